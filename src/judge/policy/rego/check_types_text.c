// Terms as messages show them: with the names and the terms that the source has.
#include "judge/policy/fn/quote.h"
#include "judge/policy/rego/check_types.h"
#include "judge/policy/rego/token.h"

// NOLINTBEGIN(misc-no-recursion): the parser bounds how deep terms are, PT_VALUE_DEPTH_MAX
void pt_infer_write_value(pt_buf *b, pt_value v) {
    char room[PT_NUMBER_ROOM];
    switch (pt_tag_of(v)) {
    case PT_UNDEFINED:
        return;
    case PT_NULL:
        pt_buf_putz(b, "null");
        return;
    case PT_BOOL:
        pt_buf_putz(b, pt_true(v) ? "true" : "false");
        return;
    case PT_NUMBER:
        pt_buf_put(b, pt_number_text(v, room));
        return;
    case PT_STRING:
        pt_utf8_quote(b, pt_text(v));
        return;
    case PT_ARRAY:
    case PT_OBJECT:
    case PT_SET:
        break;
    }
    bool object = v.tag == PT_OBJECT;
    if (v.tag == PT_SET && pt_len(v) == 0) {
        pt_buf_putz(b, "set()");
        return;
    }
    pt_buf_putc(b, v.tag == PT_ARRAY ? '[' : '{');
    for (size_t i = 0; i < pt_len(v); i++) {
        pt_buf_putz(b, i ? ", " : "");
        if (object) {
            pt_infer_write_value(b, pt_key_at(v, i));
            pt_buf_putz(b, ": ");
        }
        pt_infer_write_value(b, object ? pt_val_at(v, i) : pt_at(v, i));
    }
    pt_buf_putc(b, v.tag == PT_ARRAY ? ']' : '}');
}

// -- what a variable of the compiler's stands for -------------------------------------------------

static const pt_term *defined_in(const pt_body *b, const pt_sym *s);

static const pt_term *defined_in_term(const pt_term *t, const pt_sym *s) {
    if (t->kind == PT_TERM_CONST || t->kind == PT_TERM_VAR || t->kind == PT_TERM_LITERAL)
        return NULL;
    if (pt_term_closure(t))
        return defined_in(&t->compr.body, s);
    const pt_term *found = NULL;
    for (size_t i = 0; i < t->items.n && !found; i++)
        found = defined_in_term(t->items.v[i], s);
    return found;
}

// The call whose result the variable is, or the term that it is compared with.
static const pt_term *defined_by(const pt_expr *e, const pt_sym *s) {
    const pt_term *t = e->term;
    if (!e->made || t->kind != PT_TERM_CALL || t->items.n < 2)
        return NULL;
    bool eq = pt_expr_calls(e, "eq") && t->items.n == 3;
    const pt_term *var = t->items.v[eq ? 1 : t->items.n - 1];
    if (var->kind != PT_TERM_VAR || var->sym != s)
        return NULL;
    return eq ? t->items.v[2] : t;
}

static const pt_term *defined_in(const pt_body *b, const pt_sym *s) {
    const pt_term *found = NULL;
    for (size_t i = 0; i < b->n && !found; i++) {
        const pt_expr *e = b->v[i];
        switch (e->kind) {
        case PT_EXPR_TERM:
            found = defined_by(e, s);
            found = found ? found : defined_in_term(e->term, s);
            break;
        case PT_EXPR_EVERY:
            found = defined_in(&e->every.body, s);
            break;
        case PT_EXPR_NOT:
            found = defined_in(&e->body, s);
            break;
        case PT_EXPR_AND:
        case PT_EXPR_OR:
            for (size_t k = 0; k < e->sides.n && !found; k++)
                found = defined_in(&e->sides.v[k], s);
            break;
        case PT_EXPR_SOME:
            break;
        }
    }
    return found;
}

// -- terms ----------------------------------------------------------------------------------------

static void write_body(pt_infer *k, pt_buf *b, const pt_body *body);

static void write_list(pt_infer *k, pt_buf *b, pt_term *const *v, size_t n, bool pairs) {
    for (size_t i = 0; i < n; i++) {
        if (i > 0)
            pt_buf_putz(b, pairs && i % 2 ? ": " : ", ");
        pt_infer_write_term(k, b, v[i]);
    }
}

void pt_infer_write_call(pt_infer *k, pt_buf *b, const pt_term *t, size_t n) {
    pt_buf_put(b, pt_ref_text(k->t.arena, t->items.v[0]));
    pt_buf_putc(b, '(');
    write_list(k, b, t->items.v + 1, n - 1, false);
    pt_buf_putc(b, ')');
}

static void write_var(pt_infer *k, pt_buf *b, const pt_sym *s) {
    const pt_term *t = pt_infer_subject(s);
    if (!t && s->made && !s->from && k->body)
        t = defined_in(k->body, s);
    if (t && t->kind == PT_TERM_CALL) // its last operand is the variable
        pt_infer_write_call(k, b, t, t->items.n - 1);
    else if (t)
        pt_infer_write_term(k, b, t);
    else if (s->wildcard)
        pt_buf_putc(b, '_');
    else
        pt_buf_put(b, s->from && s->made ? s->from->name : s->name);
}

static void write_expr(pt_infer *k, pt_buf *b, const pt_expr *e) {
    pt_buf_putz(b, e->negated ? "not " : "");
    switch (e->kind) {
    case PT_EXPR_TERM:
        if (pt_expr_calls(e, "eq") && e->term->items.n == 3) {
            pt_infer_write_term(k, b, e->term->items.v[1]);
            pt_buf_putz(b, " = ");
            pt_infer_write_term(k, b, e->term->items.v[2]);
        } else
            pt_infer_write_term(k, b, e->term);
        break;
    case PT_EXPR_EVERY:
        pt_buf_putz(b, "every ");
        if (e->every.key) {
            pt_infer_write_term(k, b, e->every.key);
            pt_buf_putz(b, ", ");
        }
        pt_infer_write_term(k, b, e->every.value);
        pt_buf_putz(b, " in ");
        pt_infer_write_term(k, b, e->every.domain);
        pt_buf_putz(b, " { ");
        write_body(k, b, &e->every.body);
        pt_buf_putz(b, " }");
        break;
    case PT_EXPR_NOT:
        pt_buf_putz(b, e->braced ? "not {" : "not ");
        write_body(k, b, &e->body);
        pt_buf_putz(b, e->braced ? "}" : "");
        break;
    case PT_EXPR_AND:
    case PT_EXPR_OR:
        for (size_t i = 0; i < e->sides.n; i++) {
            pt_buf_putz(b, i == 0 ? "" : e->kind == PT_EXPR_AND ? " and " : " or ");
            write_body(k, b, &e->sides.v[i]);
        }
        break;
    case PT_EXPR_SOME:
        break;
    }
    for (size_t i = 0; i < e->with.n; i++) {
        pt_buf_putz(b, " with ");
        pt_infer_write_term(k, b, e->with.v[i].target);
        pt_buf_putz(b, " as ");
        pt_infer_write_term(k, b, e->with.v[i].value);
    }
}

static void write_body(pt_infer *k, pt_buf *b, const pt_body *body) {
    for (size_t i = 0; i < body->n; i++) {
        pt_buf_putz(b, i ? "; " : "");
        write_expr(k, b, body->v[i]);
    }
}

static void write_closure(pt_infer *k, pt_buf *b, const pt_term *t) {
    bool array = t->kind == PT_TERM_ARRAY_COMPR;
    pt_buf_putc(b, array ? '[' : '{');
    if (t->compr.key) {
        pt_infer_write_term(k, b, t->compr.key);
        pt_buf_putz(b, ": ");
    }
    pt_infer_write_term(k, b, t->compr.term);
    pt_buf_putz(b, " | ");
    write_body(k, b, &t->compr.body);
    pt_buf_putc(b, array ? ']' : '}');
}

static void write_step(pt_infer *k, pt_buf *b, const pt_term *step) {
    enum {
        KEYWORDS = PT_KEYWORDS_BASE | PT_KEYWORDS_V0_FUTURE,
    };
    pt_str s = step->kind == PT_TERM_CONST ? pt_text(step->value) : (pt_str){NULL, 0};
    if (s.n && pt_is_name(s) && pt_keyword(s, KEYWORDS) == PT_TOK_IDENT) {
        pt_buf_putc(b, '.');
        pt_buf_put(b, s);
        return;
    }
    bool plain = step->kind == PT_TERM_CONST && step->value.tag == PT_STRING;
    for (size_t i = 0; i < s.n; i++)
        plain = plain && (unsigned char)s.p[i] >= ' ' && s.p[i] != '\\' && s.p[i] != 0x7f;
    pt_buf_putc(b, '[');
    if (plain) {
        pt_buf_putc(b, '"');
        pt_buf_put(b, s);
        pt_buf_putc(b, '"');
    } else
        pt_infer_write_term(k, b, step);
    pt_buf_putc(b, ']');
}

void pt_infer_write_ref(pt_infer *k, pt_buf *b, const pt_term *ref, size_t n) {
    if (n > 0)
        pt_infer_write_term(k, b, ref->items.v[0]);
    for (size_t i = 1; i < n; i++)
        write_step(k, b, ref->items.v[i]);
}

void pt_infer_write_term(pt_infer *k, pt_buf *b, const pt_term *t) {
    switch (t->kind) {
    case PT_TERM_CONST:
        pt_infer_write_value(b, t->value);
        return;
    case PT_TERM_VAR:
        write_var(k, b, t->sym);
        return;
    case PT_TERM_REF:
        pt_infer_write_ref(k, b, t, t->items.n);
        return;
    case PT_TERM_CALL:
        pt_infer_write_call(k, b, t, t->items.n);
        return;
    case PT_TERM_ARRAY_COMPR:
    case PT_TERM_SET_COMPR:
    case PT_TERM_OBJECT_COMPR:
        write_closure(k, b, t);
        return;
    case PT_TERM_TEMPLATE:
    case PT_TERM_LITERAL:
        return;
    case PT_TERM_ARRAY:
    case PT_TERM_SET:
    case PT_TERM_OBJECT:
        break;
    }
    if (pt_infer_constant(t)) { // sorted, each once
        pt_infer_write_value(b, pt_infer_value(k, t));
        return;
    }
    pt_buf_putc(b, t->kind == PT_TERM_ARRAY ? '[' : '{');
    write_list(k, b, t->items.v, t->items.n, t->kind == PT_TERM_OBJECT);
    pt_buf_putc(b, t->kind == PT_TERM_ARRAY ? ']' : '}');
}
// NOLINTEND(misc-no-recursion)
