// The first byte says what the rest is: a file of rules, or a text under the rules that are
// shipped. What is found may not depend on the factors of patterns, which only spare time.
#include "collect/secret/secret_impl.h"

// What files of rules build upon here: to compile all that is shipped takes longer than a thousand
// runs.
#define BASE                                                                             \
    "[[rules]]\nid = 'github-pat'\nregex = 'ghp_[0-9A-Za-z]{36}'\nkeywords = ['ghp_']\n" \
    "[[rules]]\nid = 'jwt-token'\nregex = '\\b(eyJ\\w+\\.eyJ\\w+)'\nkeywords = ['eyJ']\n"

static void forget_factors(pt_secret_rules *r) {
    for (size_t i = 0; i < r->of.n; i++)
        r->of.v[i].n_factors = 0;
}

static void read_rules(pt_str text, bool trivy) {
    PT_AUTO(pt_arena_done) pt_arena a = {0};
    pt_secret_rules *r = NULL;
    pt_value v = pt_undefined();
    pt_err e = {0};
    const pt_secret_ask ask = {.text = text, .trivy = trivy, .base = PT_STR(BASE)};
    if (pt_secret_rules_read(&ask, &r, &e)) {
        pt_assert(e.code && e.what[0]);
        return;
    }
    pt_value again = pt_undefined();
    pt_code code = pt_secret_scan(r, PT_STR("etc/key.txt"), text, &a, &v, NULL);
    forget_factors(r);
    pt_assert(code != PT_E_LIMIT);
    pt_assert(pt_secret_scan(r, PT_STR("etc/key.txt"), text, &a, &again, NULL) == code);
    pt_assert(code || pt_eq(v, again));
    pt_secret_rules_free(r);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static pt_secret_rules *shipped;
    static pt_secret_rules *plain;
    pt_value again = pt_undefined();
    PT_AUTO(pt_arena_done) pt_arena a = {0};
    pt_value v = pt_undefined();
    if (size < 1)
        return 0;
    pt_str text = {(const char *)data + 1, size - 1};
    if (data[0] % 4 < 2) {
        read_rules(text, data[0] % 4 == 1);
        return 0;
    }
    if (!shipped) {
        pt_assert(pt_secret_rules_read(&(pt_secret_ask){0}, &shipped, NULL) == PT_OK);
        pt_assert(pt_secret_rules_read(&(pt_secret_ask){0}, &plain, NULL) == PT_OK);
        forget_factors(plain);
    }
    pt_assert(pt_secret_scan(shipped, PT_STR("app/settings"), text, &a, &v, NULL) == PT_OK);
    pt_assert(pt_secret_scan(plain, PT_STR("app/settings"), text, &a, &again, NULL) == PT_OK);
    pt_assert(pt_eq(v, again));
    for (size_t i = 0; i < pt_len(v); i++)
        pt_assert(pt_text(pt_getz(pt_at(v, i), "rule")).n);
    return 0;
}
