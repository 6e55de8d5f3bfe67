// Whatever apt.conf holds: a setting that stands before it is never held to be unset.
#include "collect/host/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static const char key[] = "APT::Periodic::Enable";
    pt_arena a = {0};
    pt_host_memo memo = {0};
    fuzz_world w = fuzz_world_of("/etc/apt/apt.conf", data, size);
    pt_host_ask q = {.w = &w.world, .a = &a, .memo = &memo};
    pt_fact f = pt_host_apt_setting(&q, key);
    pt_assert(f.state != PT_UNKNOWN || f.reason.n);
    w.text = pt_arena_printf(&a, "APT { Periodic { Enable \"7\"; }; };\n%.*s", PT_PRI(w.text));
    pt_fact set = pt_host_apt_setting(&q, key);
    pt_assert(set.state != PT_ABSENT);
    pt_assert((f.state == PT_UNKNOWN) == (set.state == PT_UNKNOWN));
    pt_arena_done(&a);
    return 0;
}
