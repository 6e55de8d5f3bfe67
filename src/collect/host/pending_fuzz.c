// Whatever dpkg's file holds: without a list of updates nothing is known to be up to date.
#include "collect/host/fuzz.h"

static pt_time_ns no_time(pt_world *w) {
    (void)w;
    return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    pt_arena a = {0};
    pt_host_memo memo = {0};
    fuzz_world w = fuzz_world_of("/var/lib/dpkg/status", data, size);
    w.world.now = no_time;
    pt_host_ask q = {.w = &w.world, .a = &a, .memo = &memo};
    pt_fact f = pt_host_pending(&q);
    pt_assert(f.state == PT_UNKNOWN && f.reason.n);
    pt_arena_done(&a);
    return 0;
}
