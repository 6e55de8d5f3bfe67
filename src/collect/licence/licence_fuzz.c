// Files that say licences, from anywhere: what is made of them is an expression.
#include "collect/licence/licence.h"
#include "fact/licence.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    pt_arena a = {0};
    pt_licence l = {0};
    pt_err e = {0};
    pt_licence_reading r = {0};
    if (!size)
        return 0;
    pt_licence_file kind = data[0] & 1 ? PT_LICENCE_DEBIAN : PT_LICENCE_TEXT;
    pt_str text = {(const char *)data + 1, size - 1};
    if (pt_licence_read(&a, kind, text, &r, &e) == PT_OK && r.expression.n)
        pt_assert(pt_licence_parse(&a, r.expression, &l, &e) == PT_OK &&
                  pt_str_eq(l.text, r.expression));
    pt_arena_done(&a);
    return 0;
}
