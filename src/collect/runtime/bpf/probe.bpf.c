// Programs that are only loaded, never attached: whether the kernel takes such ones.
// clang-format off: types come first
#include "kernel.h"

#include <bpf/bpf_helpers.h>

char LICENSE[] SEC("license") = "Dual BSD/GPL";

SEC("lsm/file_open")
int pt_probe_lsm(void *ctx) {
    (void)ctx;
    return 0;
}

SEC("fentry/do_exit")
int pt_probe_fentry(void *ctx) {
    (void)ctx;
    return 0;
}
