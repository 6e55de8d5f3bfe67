// Conditions: what is read can be written, and what is written is read as the same.
#include "judge/falco/filter.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static pt_str again(pt_arena *a, pt_str text) {
    const pt_filter *f = NULL;
    pt_err e = {0};
    pt_assert(pt_filter_parse(a, text, &f, &e) == PT_OK);
    return pt_filter_text(a, f);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    pt_arena a = {0};
    const pt_filter *f = NULL;
    pt_err e = {0};
    if (pt_filter_parse(&a, (pt_str){(const char *)data, size}, &f, &e) == PT_OK) {
        // `not (not a)` is written `not not a`, which is read as `a`: the second writing stays.
        pt_str once = again(&a, pt_filter_text(&a, f));
        pt_assert(pt_str_eq(once, again(&a, once)));
    } else {
        pt_assert(e.code == PT_E_LIMIT || (e.code == PT_E_FORMAT && e.offset <= size));
    }
    pt_arena_done(&a);
    return 0;
}
