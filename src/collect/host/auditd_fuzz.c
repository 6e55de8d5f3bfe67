// Whatever the audit rules hold: behind "never,task" nothing is held to be audited.
#include "collect/host/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    pt_arena a = {0};
    pt_host_memo memo = {0};
    fuzz_world w = fuzz_world_of("/etc/audit/audit.rules", data, size);
    pt_host_ask calls = {.w = &w.world, .a = &a, .arg = PT_STR("mount,bpf"), .memo = &memo};
    pt_host_ask files = {.w = &w.world, .a = &a, .arg = PT_STR("/etc/passwd"), .memo = &memo};
    pt_fact f = pt_host_audit_calls(&calls);
    pt_assert(f.state == PT_KNOWN || (f.state == PT_UNKNOWN && f.reason.n));
    pt_assert(pt_host_audit_lock(&calls).state == f.state);
    w.text = pt_arena_printf(&a, "%.*s\n-a never,task\n", PT_PRI(w.text));
    pt_fact open = pt_host_audit_calls(&calls);
    pt_assert(open.state == f.state);
    pt_assert(f.state == PT_UNKNOWN || pt_len(open.value) == 4);
    pt_assert(f.state == PT_UNKNOWN || pt_len(pt_host_audit_unwatched(&files).value) == 1);
    pt_arena_done(&a);
    return 0;
}
