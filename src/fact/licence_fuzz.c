// Licence expressions from anywhere: the canonical text reads as the same.
#include "fact/licence.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    pt_arena a = {0};
    pt_licence l = {0};
    pt_licence again = {0};
    pt_err e = {0};
    pt_code code = pt_licence_parse(&a, (pt_str){(const char *)data, size}, &l, &e);
    pt_assert(code == e.code);
    if (code == PT_OK && l.text.n <= PT_LICENCE_BYTES_MAX) {
        pt_assert(pt_licence_parse(&a, l.text, &again, &e) == PT_OK);
        pt_assert(pt_str_eq(l.text, again.text) && pt_eq(l.tree, again.tree));
        pt_assert(l.listed == again.listed && l.single == again.single);
    }
    if (pt_licence_named(&a, (pt_str){(const char *)data, size}, &l, NULL) == PT_OK)
        pt_assert(pt_licence_parse(&a, l.text, &again, NULL) == PT_OK);
    pt_arena_done(&a);
    return 0;
}
