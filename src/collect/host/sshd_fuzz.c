// Whatever the units and settings of sshd hold: a start that is not followed lets nothing be known.
#include "collect/host/fuzz.h"

static pt_fact ask(fuzz_world *w, pt_arena *a) {
    pt_host_memo memo = {0};
    pt_host_ask q = {.w = &w->world, .a = a, .arg = PT_STR("permitrootlogin"), .memo = &memo};
    pt_fact match = pt_host_sshd_match(&q);
    pt_fact f = pt_host_sshd(&q);
    pt_assert(f.state != PT_UNKNOWN || f.reason.n);
    pt_assert(match.state != PT_UNKNOWN || match.reason.n);
    return f;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    pt_arena a = {0};
    fuzz_world w = fuzz_world_of("/etc/systemd/system/ssh.service", data, size);
    pt_assert(ask(&w, &a).state != PT_ABSENT);
    // An empty line ends one that was to go on.
    w.text = pt_arena_printf(&a, "%.*s\n\nExecStart=/bin/sh -c sshd\n", PT_PRI(w.text));
    pt_assert(ask(&w, &a).state == PT_UNKNOWN);
    pt_arena_done(&a);
    return 0;
}
