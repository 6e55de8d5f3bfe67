// Whatever sudoers holds: behind it, a rule without a password is never overlooked.
#include "collect/host/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    pt_arena a = {0};
    pt_host_memo memo = {0};
    fuzz_world w = fuzz_world_of("/etc/sudoers", data, size);
    pt_host_ask q = {.w = &w.world, .a = &a, .memo = &memo};
    pt_fact f = pt_host_sudo_open(&q);
    pt_assert(f.state != PT_ABSENT && (f.state == PT_KNOWN || f.reason.n));
    if (pt_str_has(w.rest, PT_STR("sudoers_file="))) { // sudo.conf: /etc/sudoers may not be read
        pt_arena_done(&a);
        return 0;
    }
    // An empty line ends one that was to go on; a comment does not go on.
    w.text = pt_arena_printf(&a, "%.*s\n\n# \\\nbob ALL=(ALL) NOPASSWD: ALL\n", PT_PRI(w.text));
    pt_fact open = pt_host_sudo_open(&q);
    pt_assert(open.state != PT_KNOWN || pt_len(open.value) > 0);
    // Only who else is asked (nsswitch.conf) matters no more once a rule is found.
    bool others = pt_str_has(f.reason, PT_STR("come from elsewhere"));
    pt_assert(f.state != PT_UNKNOWN || others || open.state == PT_UNKNOWN);
    pt_arena_done(&a);
    return 0;
}
