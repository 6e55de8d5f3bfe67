// Terms on one line, as OPA's String() gives them: the bracket of a head such as p[x].
#include "judge/policy/builtin.h"
#include "judge/policy/rego/format_impl.h"
#include "judge/policy/rego/parse_impl.h"

// As Go quotes.
void pt_fmt_quoted(pt_fmt *w, pt_str s) {
    pt_call call = {.arena = w->a};
    pt_value text = pt_string(s);
    pt_value args[] = {pt_stringz("%q"), pt_array_of(w->a, &text, 1)};
    pt_value quoted = pt_defined(args[1]) ? pt_fn_call(&call, pt_fn_find(PT_STR("sprintf")), args)
                                          : pt_undefined();
    w->out->full = w->out->full || !pt_defined(quoted);
    pt_fmt_put_str(w, pt_text(quoted));
}

// NOLINTBEGIN(misc-no-recursion): terms nest up to PT_REGO_NESTING_MAX
static pt_fmt_code list(pt_fmt *w, const pt_term *t, size_t first, const char *const between[2]) {
    for (size_t i = first; i < t->items.n; i++) {
        pt_fmt_code code = pt_fmt_text(w, t->items.v[i]);
        if (code)
            return code;
        pt_fmt_put(w, i + 1 < t->items.n ? between[(i - first) % 2] : "");
    }
    return PT_FMT_OK;
}

static pt_fmt_code bracketed(pt_fmt *w, const pt_term *t, const char *open, const char *close) {
    static const char *const comma[] = {", ", ", "};
    static const char *const pairs[] = {": ", ", "};
    pt_fmt_put(w, open);
    pt_fmt_code code =
        list(w, t, t->kind == PT_TERM_CALL, t->kind == PT_TERM_OBJECT ? pairs : comma);
    pt_fmt_put(w, close);
    return code;
}

static pt_fmt_code ref(pt_fmt *w, const pt_term *t) {
    pt_fmt_code code = pt_fmt_text(w, t->items.v[0]);
    for (size_t i = 1; i < t->items.n && !code; i++) {
        const pt_term *step = t->items.v[i];
        pt_str name = step->kind == PT_TERM_CONST ? pt_text(step->value) : (pt_str){NULL, 0};
        if (pt_is_name(name) && !pt_keyword_name(name, PT_REGO_V1)) {
            pt_fmt_put(w, ".");
            pt_fmt_put_str(w, name);
            continue;
        }
        pt_fmt_put(w, "[");
        code = pt_fmt_text(w, step);
        pt_fmt_put(w, "]");
    }
    return code;
}

pt_fmt_code pt_fmt_text(pt_fmt *w, const pt_term *t) {
    char room[PT_NUMBER_ROOM];
    switch (t->kind) {
    case PT_TERM_VAR:
        pt_fmt_put_str(w, t->sym->wildcard ? PT_STR("_") : t->sym->name);
        return PT_FMT_OK;
    case PT_TERM_REF:
        return ref(w, t);
    case PT_TERM_ARRAY:
        return bracketed(w, t, "[", "]");
    case PT_TERM_SET:
        return t->items.n ? bracketed(w, t, "{", "}") : bracketed(w, t, "set(", ")");
    case PT_TERM_OBJECT:
        return bracketed(w, t, "{", "}");
    case PT_TERM_CALL: {
        pt_fmt_code code = pt_fmt_text(w, t->items.v[0]);
        return code ? code : bracketed(w, t, "(", ")");
    }
    case PT_TERM_CONST:
        break;
    default:
        return pt_fmt_wrong(w, &t->loc, "a comprehension or template in the brackets of a head");
    }
    switch (pt_tag_of(t->value)) {
    case PT_STRING:
        pt_fmt_quoted(w, pt_text(t->value));
        break;
    case PT_NUMBER:
        pt_fmt_put_str(w, pt_number_text(t->value, room));
        break;
    case PT_BOOL:
        pt_fmt_put(w, pt_true(t->value) ? "true" : "false");
        break;
    default:
        pt_fmt_put(w, "null");
    }
    return PT_FMT_OK;
}
// NOLINTEND(misc-no-recursion)
