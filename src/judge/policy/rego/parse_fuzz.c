// Whatever the bytes are: a tree or a diagnostic inside the text, in any version.
#include "judge/policy/rego/parse.h"

static void check(pt_str text, pt_rego_version version) {
    pt_arena a = {0};
    pt_arena_init(&a, (size_t)64 << 20);
    pt_symbols symbols = {.arena = &a};
    pt_source source = {.text = text};
    pt_parse_opts opts = {.version = version};
    pt_diagnostics d = {.arena = &a};
    pt_buf b = PT_BUF((size_t)1 << 20);
    pt_body body;
    const pt_module *m = pt_parse_module(&symbols, &source, &opts, &d);
    pt_assert((m != NULL) == (d.v.n == 0 && !d.full));
    for (size_t i = 0; m && i < m->rules.n; i++) {
        pt_assert(m->rules.v[i]->body.n > 0 && m->rules.v[i]->ref);
        pt_assert(m->rules.v[i]->loc.at <= text.n);
    }
    pt_diagnostics_write(&b, &d);
    pt_diagnostics query = {.arena = &a};
    bool good = pt_parse_query(&symbols, &source, &opts, &body, &query);
    pt_assert(good == (query.v.n == 0 && !query.full));
    pt_buf_done(&b);
    pt_arena_done(&a);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    pt_str text = {(const char *)data, size};
    check(text, PT_REGO_V1);
    check(text, PT_REGO_V0);
    check(text, PT_REGO_V0_V1);
    return 0;
}
