// Whatever patch.json holds: the data is changed, or a fault.
#include <stdio.h>
#include <sys/mman.h>

#include "base/fd.h"
#include "judge/policy/load_impl.h"
#include "value/json.h"

#define DATA "{\"a\":{\"x\":1,\"l\":[1,[2],{\"y\":3}]},\"b\":{}}"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    if (size > 1 << 16)
        return 0;
    char path[64];
    pt_arena a = {.bytes_max = (size_t)64 << 20};
    pt_symbols symbols = {.arena = &a};
    pt_diagnostics d = {.arena = &a};
    pt_load l = {.arena = &a, .symbols = &symbols, .diagnostics = &d};
    pt_load_entries files = {0};
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(1 << 20);
    PT_AUTO(pt_fd_close) int fd = memfd_create("delta", MFD_CLOEXEC);
    pt_load_entry *e = PT_PUSH(&a, &files);
    pt_assert(fd >= 0 && e && pt_load_state_of(&l));
    *e = (pt_load_entry){PT_STR("/patch.json"), {(const char *)data, size}};
    pt_load_root *root = PT_PUSH(&a, &l.state->roots);
    pt_load_manifest *m = PT_PUSH(&a, &l.state->manifests);
    pt_assert(root && m && pt_load_tar(&files, &b) && !pt_fd_write_all(fd, pt_buf_str(&b), NULL));
    *root = (pt_load_root){PT_STR(""), PT_STR(""), PT_STR("b")};
    *m = (pt_load_manifest){PT_STR("b"), pt_undefined()};
    pt_assert(!pt_json_parse(&a, PT_STR(DATA), NULL, &l.data, NULL));
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    pt_code code = pt_load_delta(&l, path, NULL);
    pt_assert((code == PT_OK) == (l.faults.n == 0));
    pt_assert(l.data.tag == PT_OBJECT);
    pt_arena_done(&a);
    return 0;
}
