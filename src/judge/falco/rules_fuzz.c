// Rule files of any content: they are loaded, or the one error says what is wrong. A zero byte ends
// a file and begins another.
#include "judge/falco/rules.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum {
    FILES_MAX = 4
};

static void check(pt_arena *a, const pt_falco_rules *r) {
    pt_assert(r->ok == (r->n_errors == 0) && r->n_errors <= 1);
    for (size_t i = 0; i < r->n_errors; i++)
        pt_assert(r->errors[i].message.n && r->errors[i].item_type.n);
    for (size_t i = 0; i < r->n_rules; i++) {
        const pt_filter *again = NULL;
        pt_err e = {0};
        pt_str text = pt_filter_text(a, r->rules[i].filter);
        // Macros are put in without parentheses being opened, so that a tree may be deeper than a
        // text.
        if (text.p && text.n <= PT_FILTER_BYTES_MAX && pt_filter_parse(a, text, &again, &e))
            pt_assert(e.code == PT_E_LIMIT || e.code == PT_E_NOMEM);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static const pt_falco_source *const known[] = {&pt_falco_syscall, &pt_falco_k8s_audit};
    static const pt_falco_sources sources = {known, PT_COUNT(known)};
    const pt_falco_load_options o = {.sources = &sources};
    pt_arena a = {0};
    pt_arena_init(&a, (size_t)256 << 20);
    pt_falco_file files[FILES_MAX] = {0};
    size_t n = 0;
    pt_str rest = {(const char *)data, size};
    pt_falco_rules r = {0};
    pt_err e = {0};
    while (n < FILES_MAX && pt_str_split(&rest, '\0', &files[n].text))
        files[n++].name = PT_STR("rules.yaml");
    pt_code code = pt_falco_load(&a, files, n, &o, &r, &e);
    if (code)
        pt_assert(code == PT_E_NOMEM || code == PT_E_LIMIT);
    else
        check(&a, &r);
    pt_arena_done(&a);
    return 0;
}
