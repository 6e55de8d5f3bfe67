// libparatia-policy: what is wrong with a policy, whole; and the formatter.
#include "judge/policy/library.h"
#include "judge/policy/rego/format.h"
#include "value/json.h"

// -- diagnostics ----------------------------------------------------------------------------------

// The line at which a diagnostic of the compiler points; those of the parser have it.
static pt_str line_of(const paratia_policy *p, const pt_diagnostic *x) {
    pt_str line = x->line;
    for (size_t i = 0; i < p->modules.n && !line.n; i++) {
        const pt_source *s = p->modules.v[i]->source;
        pt_str rest = s->text;
        bool here = pt_str_eq(s->file, x->file);
        for (uint32_t row = 0; here && row < x->row; row++)
            if (!pt_str_split(&rest, '\n', &line))
                line = (pt_str){NULL, 0};
    }
    return line;
}

static void set_text(pt_obj *o, const char *key, pt_str s) {
    if (s.n)
        pt_obj_set(o, key, pt_string(s));
}

static pt_value diagnostic_value(pt_arena *a, const paratia_policy *p, const pt_diagnostic *x) {
    pt_obj o = {.a = a};
    pt_obj_set(&o, "code", pt_stringz(pt_rego_code_name(x->code)));
    pt_obj_set(&o, "message", pt_string(x->message));
    set_text(&o, "file", x->file);
    if (x->row) {
        pt_obj_set(&o, "row", pt_int(x->row));
        pt_obj_set(&o, "col", pt_int(x->column));
    }
    set_text(&o, "line", line_of(p, x));
    set_text(&o, "hint", x->hint);
    set_text(&o, "details", x->details);
    return pt_obj_end(&o);
}

// A buffer's bytes are malloc's; they end with a NUL that does not count.
static bool give(pt_buf *b, paratia_answers *ret, paratia_error *e) {
    pt_buf_putc(b, '\0');
    if (b->full) {
        pt_buf_done(b);
        return pt_library_full(e);
    }
    *ret = (paratia_answers){b->p, b->n - 1};
    return true;
}

bool paratia_policy_diagnostics(const paratia_policy *p, paratia_answers *ret, paratia_error *e) {
    if (!p || !ret)
        return pt_library_fail(e, "usage_error", "no %s", p ? "place for the answers" : "policy");
    PT_AUTO(pt_arena_done) pt_arena a = {.bytes_max = PT_LIBRARY_SAID_BYTES_MAX};
    pt_buf b = PT_BUF(PT_LIBRARY_SAID_BYTES_MAX);
    pt_list all = {.a = &a};
    for (size_t i = 0; i < p->diagnostics.v.n; i++)
        pt_list_add(&all, diagnostic_value(&a, p, &p->diagnostics.v.v[i]));
    pt_value v = pt_list_end(&all);
    if (p->diagnostics.full || !pt_defined(v) || pt_json_write(&b, v, NULL, NULL)) {
        pt_buf_done(&b);
        return pt_library_full(e);
    }
    return give(&b, ret, e);
}

// -- format ---------------------------------------------------------------------------------------

bool paratia_policy_format(const char *text, size_t n, bool v0, paratia_answers *ret,
                           paratia_error *e) {
    size_t bad;
    if (!ret || (!text && n))
        return pt_library_fail(e, "usage_error", "no %s", ret ? "text" : "place for the answers");
    if (!pt_str_utf8((pt_str){text, n}, &bad))
        return pt_library_fail(e, "usage_error", "not UTF-8 at byte %zu", bad);
    PT_AUTO(pt_arena_done) pt_arena said = {.bytes_max = PT_LIBRARY_SAID_BYTES_MAX};
    const pt_source source = {{NULL, 0}, {text, n}};
    pt_diagnostics d = {.arena = &said};
    pt_buf b = PT_BUF(PT_LIBRARY_SAID_BYTES_MAX);
    if (pt_format(&b, &source, v0 ? PT_REGO_V0 : PT_REGO_V1, &d))
        return give(&b, ret, e);
    pt_buf_done(&b);
    return pt_library_diagnosed(e, &d);
}
