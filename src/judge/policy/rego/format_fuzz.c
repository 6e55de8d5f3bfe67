// Whatever the bytes are: what is formatted stays as it is when it is formatted again, and what is
// refused has a diagnostic.
#include "judge/policy/rego/format.h"

static void check(pt_str text, pt_rego_version version) {
    pt_arena a = {0};
    pt_arena_init(&a, (size_t)64 << 20);
    pt_diagnostics d = {.arena = &a};
    pt_buf once = PT_BUF((size_t)8 << 20);
    pt_buf twice = PT_BUF((size_t)8 << 20);
    pt_source source = {PT_STR("f.rego"), text};
    bool good = pt_format(&once, &source, version, &d);
    pt_assert(good == (d.v.n == 0 && !d.full));
    pt_assert(good || once.n == 0);
    source.text = pt_buf_str(&once);
    if (good && pt_format(&twice, &source, version, &d))
        pt_assert(pt_str_eq(pt_buf_str(&once), pt_buf_str(&twice)));
    else
        pt_assert(!good || d.full);
    pt_buf_done(&once);
    pt_buf_done(&twice);
    pt_arena_done(&a);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    pt_str text = {(const char *)data, size};
    if (!pt_str_utf8(text, NULL))
        return 0;
    check(text, PT_REGO_V1);
    check(text, PT_REGO_V0);
    return 0;
}
