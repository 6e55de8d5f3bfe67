// Whatever a unit of the kubelet and the files that it names hold: a flag at its end counts, or
// nothing is said.
#include "collect/host/fuzz.h"

static pt_fact ask(fuzz_world *w, pt_arena *a) {
    pt_host_memo memo = {0};
    pt_host_ask q = {.w = &w->world, .a = a, .arg = PT_STR("readOnlyPort"), .memo = &memo};
    return pt_host_kubelet_setting(&q);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    pt_arena a = {0};
    fuzz_world w = fuzz_world_of("/etc/systemd/system/kubelet.service", data, size);
    pt_fact f = ask(&w, &a);
    pt_assert(f.state != PT_UNKNOWN || f.reason.n);
    w.text = pt_arena_printf(&a, "%.*s\n\nExecStart=kubelet --read-only-port=7 --config=/c\n",
                             PT_PRI(w.text));
    f = ask(&w, &a);
    pt_assert(f.state == PT_UNKNOWN || (f.state == PT_KNOWN && pt_eq(f.value, pt_int(7))));
    pt_host_memo memo = {0};
    pt_host_ask q = {.w = &w.world, .a = &a, .arg = PT_STR("etcd"), .memo = &memo};
    pt_fact etcd = pt_host_component(&q);
    pt_assert(etcd.state != PT_UNKNOWN || etcd.reason.n);
    pt_arena_done(&a);
    return 0;
}
