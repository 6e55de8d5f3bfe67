// Outputs: text with %field, %20field, %tolower(field).
#include <string.h>

#include "judge/falco/match/match_impl.h"

enum {
    WIDTH_MAX = 4096,
};

static bool name_byte(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '.';
}

static size_t name_bytes(pt_str s) {
    size_t n = 0;
    while (n < s.n && name_byte(s.p[n]))
        n++;
    return n;
}

// Bytes of the [argument] that stands here; 0: none. A quoted one may have brackets in it.
static size_t argument_bytes(pt_str s, pt_str *ret) {
    if (s.n < 3 || s.p[0] != '[')
        return 0;
    bool quote = s.p[1] == '"' || s.p[1] == '\'';
    size_t from = quote ? 2 : 1;
    pt_str rest = pt_str_sub(s, from, s.n);
    size_t n = quote ? pt_str_find(rest, s.p[1]) : pt_str_find(rest, ']');
    size_t end = from + n + (quote ? 1 : 0);
    if (n == rest.n || end >= s.n || s.p[end] != ']')
        return 0;
    *ret = pt_str_sub(rest, 0, n);
    return end + 1;
}

static bool good(const pt_falco_source *s, pt_str name) {
    pt_str argument = {0};
    const char *why;
    const pt_falco_field *f = pt_falco_field_named(s, name, &argument);
    return f && (!argument.n || !s->argument_ok || s->argument_ok(f, argument, &why));
}

// The longest name that a field has: what follows may be a full stop of the sentence.
static size_t field_bytes(const pt_falco_source *s, pt_str text, pt_filter_term *ret) {
    size_t n = name_bytes(text);
    while (n && !good(s, pt_str_sub(text, 0, n)))
        n--;
    if (!n)
        return 0;
    *ret = (pt_filter_term){.is_field = true, .text = pt_str_sub(text, 0, n)};
    size_t more = argument_bytes(pt_str_sub(text, n, text.n), &ret->argument);
    ret->has_argument = more;
    return n + more;
}

// tolower(…): up to the parenthesis that closes it, read as a condition is.
static size_t call_bytes(pt_arena *a, pt_str text, pt_filter_term *ret) {
    size_t n = name_bytes(text);
    unsigned open = 0;
    if (n >= text.n || text.p[n] != '(')
        return 0;
    do {
        open += text.p[n] == '(';
        open -= text.p[n] == ')';
        n++;
    } while (open && n < text.n);
    const pt_filter *f;
    pt_str call = pt_str_sub(text, 0, n);
    pt_str condition = pt_arena_printf(a, "%.*s exists", PT_PRI(call));
    if (open || !condition.p || pt_filter_parse(a, condition, &f, NULL) ||
        f->kind != PT_FILTER_EXISTS)
        return 0;
    *ret = f->left;
    return n;
}

static pt_code read_width(pt_str *text, size_t *ret, pt_err *e) {
    size_t n = 0;
    *ret = 0;
    for (; n < text->n && text->p[n] >= '0' && text->p[n] <= '9'; n++)
        if (*ret <= WIDTH_MAX)
            *ret = *ret * 10 + (size_t)(text->p[n] - '0');
    if (n == text->n)
        return pt_err_set(e, PT_E_FORMAT,
                          "invalid formatting syntax: formatting cannot end with a %s",
                          n ? "number" : "%");
    if (*ret > WIDTH_MAX)
        return pt_err_set(e, PT_E_FORMAT, "a width of more than %d", WIDTH_MAX);
    *text = pt_str_sub(*text, n, text->n);
    return PT_OK;
}

// Behind the %. *text is what is left.
static pt_code read_field(pt_resolver *r, pt_str *text, pt_piece *ret) {
    pt_filter_term term;
    pt_code code = read_width(text, &ret->width, r->e);
    if (code)
        return code;
    size_t n = call_bytes(r->a, *text, &term);
    if (!n)
        n = field_bytes(r->source, *text, &term);
    if (!n) {
        r->unknown = true;
        return pt_err_set(r->e, PT_E_FORMAT, "invalid formatting token %.*s", PT_PRI(*text));
    }
    ret->is_field = true;
    ret->text = pt_str_sub(*text, 0, n);
    *text = pt_str_sub(*text, n, text->n);
    code = pt_ref_resolve(r, &term, &ret->ref);
    if (!code && ret->ref.field && (ret->ref.field->flags & PT_FIELD_FILTER_ONLY))
        return pt_err_set(r->e, PT_E_FORMAT,
                          "%.*s is filter only and cannot be used as a display field",
                          PT_PRI(ret->text));
    return code;
}

pt_code pt_output_read(pt_resolver *r, pt_str output, pt_pieces *ret) {
    PT_VEC(pt_piece) v = {0};
    pt_str text = output;
    if (pt_str_starts(text, PT_STR("*"))) // absent values are always shown as <NA>
        text = pt_str_sub(text, 1, text.n);
    while (text.n) {
        pt_piece *piece = PT_PUSH(r->a, &v);
        pt_code code = PT_OK;
        if (!piece)
            return pt_err_set(r->e, PT_E_NOMEM, "out of memory");
        *piece = (pt_piece){0};
        size_t n = pt_str_find(text, '%');
        if (n) {
            piece->text = pt_str_sub(text, 0, n);
            text = pt_str_sub(text, n, text.n);
            continue;
        }
        size_t at = (size_t)(text.p - output.p);
        text = pt_str_sub(text, 1, text.n);
        code = read_field(r, &text, piece);
        if (code) {
            if (r->e)
                r->e->offset = at;
            return code;
        }
    }
    *ret = (pt_pieces){v.v, v.n};
    return PT_OK;
}
