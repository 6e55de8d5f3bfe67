// rego.parse_module: from a text to the value of its tree.
#include "judge/policy/rego/ast_impl.h"
#include "judge/policy/rego/ast_value.h"
#include "judge/policy/rego/parse.h"

static bool is_builtin(pt_str name) {
    return pt_fn_find(name) != NULL;
}

static pt_value refuse(pt_call *c, const pt_diagnostics *d) {
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(PT_REGO_BYTES_MAX);
    if (d->full)
        return pt_call_full(c);
    pt_diagnostics_write(&b, d);
    pt_str text = pt_buf_str(&b);
    if (d->v.n == 1 && d->v.v[0].row == 0) // an empty module is a lone error of OPA's, not a list
        text = pt_str_sub(text, sizeof "1 error occurred: " - 1, text.n);
    (void)pt_call_fault(c, PT_FAULT_BUILTIN, "cannot be parsed");
    c->message = pt_arena_str(c->arena, text); // the source's line in it may hold NUL
    return c->message.p ? pt_undefined() : pt_call_full(c);
}

pt_value pt_ast_parse_module(pt_call *c, pt_str file, pt_str text) {
    PT_AUTO(pt_arena_done) pt_arena a = {.bytes_max = c->arena->bytes_max};
    pt_symbols symbols = {.arena = &a};
    pt_diagnostics d = {.arena = &a};
    pt_source source = {file, text};
    pt_parse_opts opts = {.version = PT_REGO_V1, .builtin = is_builtin, .plain_comments = true};
    if (text.n > PT_REGO_BYTES_MAX)
        return pt_call_fault(c, PT_FAULT_LIMIT, "the module is larger than %d bytes",
                             PT_REGO_BYTES_MAX);
    const pt_module *m = pt_parse_module(&symbols, &source, &opts, &d);
    if (!m)
        return refuse(c, &d);
    bool numbered = pt_ast_number_wildcards(&a, &symbols, m);
    pt_value v = numbered ? pt_ast_value(&a, m) : pt_undefined();
    v = pt_defined(v) ? pt_clone(c->arena, v) : v;
    return pt_defined(v) ? v : pt_call_full(c);
}
