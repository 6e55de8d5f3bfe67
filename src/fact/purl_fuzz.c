// Package URLs from anywhere: what is read has one canonical text, which reads as the same.
#include "fact/purl.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    pt_arena a = {0};
    pt_purl p = {0};
    pt_purl again = {0};
    pt_err e = {0};
    pt_code code = pt_purl_parse(&a, (pt_str){(const char *)data, size}, &p, &e);
    pt_assert(code == e.code);
    if (code == PT_OK) {
        pt_str text = pt_purl_text(&a, &p);
        pt_assert(p.name.n && text.n);
        pt_assert(pt_purl_parse(&a, text, &again, &e) == PT_OK);
        pt_assert(pt_purl_answers(&again, &p) && pt_purl_answers(&p, &again));
        pt_assert(pt_str_eq(text, pt_purl_text(&a, &again)));
    }
    pt_arena_done(&a);
    return 0;
}
