// Literals: terms, calls, `some`, `every`, `not`, `with`; and bodies of them.
#include "judge/policy/rego/format_impl.h"
#include "judge/policy/rego/parse_impl.h"

bool pt_fmt_is_logical(const pt_expr *e) {
    return e->kind == PT_EXPR_AND || e->kind == PT_EXPR_OR;
}

bool pt_fmt_is_union(const pt_expr *e) {
    return pt_is_call(e) && e->term->items.n == 3 && pt_fmt_union(e->term);
}

bool pt_fmt_is_set(const pt_expr *e) {
    return !e->negated && e->kind == PT_EXPR_TERM && e->term->kind == PT_TERM_SET;
}

// The operand that an infix call begins with: of `z = x | y`, written or(x, y, z), that is z.
pt_term *pt_fmt_first_operand(const pt_expr *e) {
    if (!pt_is_call(e) || !pt_fmt_infix(e->term))
        return NULL;
    const pt_terms *v = &e->term->items;
    size_t arity = pt_fmt_arity(e->term);
    return v->n == arity + 1 ? v->v[1] : v->n == arity + 2 ? v->v[v->n - 1] : NULL;
}

bool pt_fmt_expr_brace_lead(const pt_expr *e) {
    const pt_term *first = pt_is_call(e) ? pt_fmt_first_operand(e) : NULL;
    if (pt_is_call(e))
        return first && pt_fmt_brace_lead(first);
    return e->kind == PT_EXPR_TERM && pt_fmt_brace_lead(e->term);
}

// NOLINTBEGIN(misc-no-recursion): terms and bodies nest up to PT_REGO_NESTING_MAX

// -- calls ----------------------------------------------------------------------------------------

static pt_fmt_code put_infix(pt_fmt *w, pt_term *lhs, const char *infix, pt_term *rhs) {
    pt_fmt_code code = pt_fmt_term(w, lhs);
    if (code)
        return pt_fmt_drop(w, code);
    pt_buf_printf(w->out, " %s ", infix);
    return pt_fmt_term(w, rhs);
}

static pt_fmt_code put_call(pt_fmt *w, const pt_term *call) {
    pt_term *const *v = call->items.v;
    const char *infix = pt_fmt_infix(call);
    if (!infix)
        return pt_fmt_call_plain(w, call);
    if (infix[0] == 'i')
        return pt_fmt_in(w, call, false);
    if (call->items.n == 3)
        return put_infix(w, v[1], infix, v[2]);
    if (call->items.n != 4)
        return pt_fmt_wrong(w, &call->loc, "an operator with a wrong number of operands");
    pt_fmt_code code = pt_fmt_term(w, v[3]); // plus(x, y, z): z = x + y
    if (code)
        return pt_fmt_drop(w, code);
    pt_fmt_put(w, " = ");
    code = put_infix(w, v[1], infix, v[2]);
    return code ? pt_fmt_drop(w, code) : PT_FMT_OK;
}

// -- some, every, not -----------------------------------------------------------------------------

static pt_fmt_code put_some(pt_fmt *w, const pt_expr *e) {
    uint32_t row = e->loc.row;
    pt_fmt_code code = pt_fmt_insert(w, row);
    pt_fmt_put(w, code ? "" : "some ");
    for (size_t i = 0; !code && i < e->decl.n; i++) {
        pt_term *t = e->decl.v[i];
        if (t->kind == PT_TERM_CALL) {
            code = pt_fmt_in(w, t, false);
            continue;
        }
        if (t->loc.row > row) {
            pt_fmt_end_line(w);
            pt_fmt_start_line(w);
            pt_fmt_put(w, "\t");
            row = t->loc.row;
        } else if (i > 0) {
            pt_fmt_put(w, " ");
        }
        code = pt_fmt_term(w, t);
        pt_fmt_put(w, !code && i + 1 < e->decl.n ? "," : "");
    }
    return code ? pt_fmt_drop(w, code) : PT_FMT_OK;
}

// The body in braces of `every` and `not`: on their line, or below it.
static pt_fmt_code put_braced(pt_fmt *w, const pt_body *b, pt_loc loc, const pt_expr *on_line) {
    pt_fmt_put(w, "{");
    pt_fmt_code code = pt_fmt_inner_body(w, b, "{}", loc.row, loc);
    if (code == PT_FMT_WRONG)
        return pt_fmt_drop(w, code);
    pt_fmt_put(w, on_line && on_line->loc.row == loc.row ? " }" : "}");
    return PT_FMT_OK;
}

static pt_fmt_code put_every(pt_fmt *w, pt_expr *e) {
    const pt_body *b = &e->every.body;
    pt_fmt_code code = pt_fmt_insert(w, e->loc.row);
    if (code)
        return pt_fmt_drop(w, code);
    pt_fmt_put(w, "every ");
    if (e->every.key) {
        code = pt_fmt_term(w, e->every.key);
        if (code)
            return pt_fmt_drop(w, code);
        pt_fmt_put(w, ", ");
    }
    code = pt_fmt_term(w, e->every.value);
    if (code)
        return pt_fmt_drop(w, code);
    pt_fmt_put(w, " in ");
    code = pt_fmt_term(w, e->every.domain);
    if (code)
        return pt_fmt_drop(w, code);
    pt_fmt_put(w, " ");
    return put_braced(w, b, e->loc, b->n == 1 ? b->v[0] : NULL);
}

// Would the only literal behind `not` be read otherwise without parentheses?
static bool not_parens(const pt_expr *e) {
    return e->with.n || pt_fmt_is_logical(e) || e->kind == PT_EXPR_NOT || pt_fmt_expr_brace_lead(e);
}

static pt_fmt_code put_not(pt_fmt *w, pt_expr *e) {
    pt_expr *first = e->body.v[0];
    pt_fmt_code code = pt_fmt_insert(w, e->loc.row);
    if (code)
        return pt_fmt_drop(w, code);
    pt_fmt_put(w, "not ");
    if (e->braced || e->body.n > 1) {
        if (pt_fmt_is_union(first))
            w->paren_expr = first;
        return put_braced(w, &e->body, e->loc, e->body.v[e->body.n - 1]);
    }
    bool parens = not_parens(first);
    pt_fmt_put(w, parens ? "(" : "");
    code = pt_fmt_expr(w, first);
    if (code == PT_FMT_WRONG)
        return pt_fmt_drop(w, code);
    pt_fmt_put(w, parens ? ")" : "");
    return PT_FMT_OK;
}

// -- with -----------------------------------------------------------------------------------------

static pt_fmt_code put_with(pt_fmt *w, const pt_with *with, bool indented) {
    pt_fmt_code code = pt_fmt_insert(w, with->loc.row);
    if (code)
        return pt_fmt_drop(w, code);
    pt_fmt_put(w, indented ? "with " : " with ");
    code = pt_fmt_term(w, with->target);
    if (code)
        return pt_fmt_drop(w, code);
    pt_fmt_put(w, " as ");
    code = pt_fmt_term(w, with->value);
    return code == PT_FMT_WRONG ? code : PT_FMT_OK; // else it was written as it stood
}

// The row on which the literal ends, without its `with`.
static uint32_t terms_end_row(const pt_expr *e) {
    pt_loc loc = e->loc;
    uint32_t at = e->with.v[0].loc.at;
    if (at > loc.at && at - loc.at <= loc.n)
        loc.n = at - loc.at;
    pt_str s = pt_loc_text(loc);
    while (s.n && (s.p[s.n - 1] == ' ' || s.p[s.n - 1] == '\t' || s.p[s.n - 1] == '\r' ||
                   s.p[s.n - 1] == '\n'))
        s.n--;
    loc.n = (uint32_t)s.n;
    return pt_fmt_end_row(&loc);
}

static pt_fmt_code put_withs(pt_fmt *w, const pt_expr *e) {
    uint32_t row = terms_end_row(e);
    size_t i = 0;
    if (e->with.v[0].loc.row == row) {
        pt_fmt_code code = put_with(w, &e->with.v[i++], false);
        if (code)
            return code;
    }
    unsigned level = w->level;
    pt_fmt_code code = PT_FMT_OK;
    for (; !code && i < e->with.n; i++) {
        const pt_with *with = &e->with.v[i];
        bool indented = with->loc.row > row;
        if (indented) {
            w->level = level + 1;
            pt_fmt_end_line(w);
            pt_fmt_start_line(w);
            row = with->loc.row;
        }
        code = put_with(w, with, indented);
    }
    w->level = level;
    return code;
}

// -- literals -------------------------------------------------------------------------------------

static pt_fmt_code put_kind(pt_fmt *w, pt_expr *e) {
    switch (e->kind) {
    case PT_EXPR_SOME:
        return put_some(w, e);
    case PT_EXPR_EVERY:
        return put_every(w, e);
    case PT_EXPR_NOT:
        return put_not(w, e);
    case PT_EXPR_AND:
    case PT_EXPR_OR:
        return pt_fmt_logical(w, e);
    case PT_EXPR_TERM:
        break;
    }
    return pt_is_call(e) ? put_call(w, e->term) : pt_fmt_term(w, e->term);
}

pt_fmt_code pt_fmt_expr(pt_fmt *w, pt_expr *e) {
    bool parens = w->paren_expr == e;
    if (parens)
        w->paren_expr = NULL;
    pt_fmt_code code = pt_fmt_insert(w, e->loc.row);
    if (code)
        return code;
    if (!w->inside)
        pt_fmt_start_line(w);
    bool group = e->negated && pt_fmt_is_logical(e);
    pt_fmt_put(w, e->negated ? "not " : "");
    pt_fmt_put(w, group ? "(" : "");
    pt_fmt_put(w, parens ? "(" : "");
    code = put_kind(w, e);
    if (code)
        return e->kind == PT_EXPR_TERM ? code : pt_fmt_drop(w, code);
    pt_fmt_put(w, parens ? ")" : "");
    pt_fmt_put(w, group ? ")" : "");
    return e->with.n ? put_withs(w, e) : PT_FMT_OK;
}

// -- bodies ---------------------------------------------------------------------------------------

pt_fmt_code pt_fmt_body(pt_fmt *w, const pt_body *b) {
    pt_fmt_code code = pt_fmt_insert(w, b->v[0]->loc.row);
    for (size_t i = 0; !code && i < b->n; i++) {
        pt_expr *e = b->v[i];
        if (i > 0 && e->loc.row > pt_fmt_end_row(&b->v[i - 1]->loc) + 1)
            pt_fmt_blank_line(w);
        pt_fmt_start_line(w);
        code = pt_fmt_expr(w, e) == PT_FMT_WRONG ? PT_FMT_WRONG : PT_FMT_OK;
        pt_fmt_end_line(w);
    }
    return code;
}
// NOLINTEND(misc-no-recursion)
