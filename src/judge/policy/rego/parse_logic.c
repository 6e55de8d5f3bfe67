// `not { … }`, `and` and `or`: operands are literals, bodies in braces, groups in parentheses.
#include "judge/policy/rego/parse_impl.h"

bool pt_at_logical(const pt_parser *p) {
    return p->s.tok == PT_TOK_LOGICAL_AND || p->s.tok == PT_TOK_LOGICAL_OR;
}

bool pt_logical_known(const pt_parser *p) {
    return p->lex.keywords & (PT_KEYWORD(PT_TOK_LOGICAL_AND) | PT_KEYWORD(PT_TOK_LOGICAL_OR));
}

bool pt_at_not(pt_parser *p) {
    if (p->s.tok != PT_TOK_NOT)
        return false;
    pt_token t = pt_peek_blank(p);
    return t != PT_TOK_DOT && t != PT_TOK_LBRACK;
}

pt_expr *pt_not_of(pt_parser *p, pt_loc not_loc, const pt_operand *o) {
    pt_loc loc = pt_span_last(p, not_loc);
    pt_expr *e = o->body.n ? pt_made(p, pt_expr_new(p->arena, PT_EXPR_NOT, loc)) : NULL;
    if (!e)
        return NULL;
    e->body = o->body;
    e->braced = o->explicit;
    return e;
}

// -- what is wrong with operands ------------------------------------------------------------------

void pt_flaw_with_operand(pt_parser *p, pt_loc loc) {
    const char *op = pt_token_name(p->s.tok);
    pt_hint_add(p,
                "Wrap the operand in `(...)` or `{...}` to scope, or move `with` after the `%s` "
                "expression to apply it to the whole expression",
                op);
    pt_flaw_at(p, loc, "`with` modifier is not allowed on operand of `%s`", op);
}

// Braces that hold a value, where a body is expected.
void pt_flaw_braces(pt_parser *p, pt_loc loc, pt_str operand, const char *op) {
    pt_hint_add(p, "wrap the operand to keep the value: `(%.*s) %s ...`", PT_PRI(operand), op);
    pt_flaw_at(p, loc, "operand of `%s` cannot begin with `{` unless the braces hold a body", op);
}

// The value that the first brace of a term opens: {1, 2} of `{1, 2} & s`.
static const pt_term *first_value(const pt_term *t) {
    while (t->kind == PT_TERM_CALL && pt_operator_infix(t))
        t = t->items.v[1];
    return t;
}

static void flaw_not_braces(pt_parser *p, pt_loc loc, pt_str operand, const pt_term *t) {
    pt_hint_add(p, "write `not (%.*s)` to negate the value, or `not {%.*s}` for a body holding it",
                PT_PRI(operand), PT_PRI(operand));
    pt_flaw_at(p, loc, "`{...}` in an operand position must contain expression(s), got: %s",
               pt_term_kind_name(first_value(t)));
}

// { a | b } as an operand: a body of one union, or a comprehension?
static bool ambiguous_union(const pt_body *b) {
    if (b->n == 0 || !pt_is_call(b->v[0]))
        return false;
    const pt_term *call = b->v[0]->term;
    return pt_operator_is(call, "or") && pt_str_eqz(pt_loc_text(call->items.v[0]->loc), "|") &&
           !pt_str_starts(pt_str_trim(pt_loc_text(b->v[0]->loc)), PT_STR("("));
}

static void flaw_ambiguous(pt_parser *p, pt_loc loc, const pt_body *b, const char *prefix) {
    pt_str braces = pt_loc_text(pt_span_last(p, loc));
    pt_loc first = b->v[0]->loc;
    pt_str head = pt_str_sub(braces, 0, first.at - loc.at);
    pt_str tail = pt_str_sub(braces, first.at - loc.at + first.n, braces.n);
    pt_hint_add(
        p, "write `%s(%.*s)` for the comprehension, or `%s%.*s(%.*s)%.*s` for the set union",
        prefix, PT_PRI(braces), prefix, PT_PRI(head), PT_PRI(pt_loc_text(first)), PT_PRI(tail));
    pt_flaw_at(p, loc,
               "ambiguous `{ ... | ... }` operand: read as a body holding a set-union expression, "
               "not as a comprehension");
}

// A body that only prints can never fail.
static void check_void(pt_parser *p, const pt_body *b, const char *op) {
    static const char *const voids[] = {"print", "internal.print", "internal.test_case"};
    const char *name = NULL;
    for (size_t i = 0; i < b->n; i++) {
        const char *found = NULL;
        for (size_t k = 0; k < PT_COUNT(voids) && !b->v[i]->negated && pt_is_call(b->v[i]); k++)
            found = pt_operator_is(b->v[i]->term, voids[k]) ? voids[k] : found;
        if (!found)
            return;
        name = name ? name : found;
    }
    if (!name)
        return;
    pt_hint_add(
        p,
        "`%s` produces no value and always succeeds, so the operand can never fail; move it "
        "out of the operand, or add an expression that can fail",
        name);
    pt_flaw_at(p, b->v[0]->loc, "operand of `%s` cannot consist only of calls to `%s`", op, name);
}

// NOLINTBEGIN(misc-no-recursion): operands nest up to PT_REGO_NESTING_MAX

// -- operands -------------------------------------------------------------------------------------

// The body in braces here; the token behind them is then the current one. `value` tells of braces
// that hold a value (NULL: the caller tries that itself).
static pt_body read_braces(pt_parser *p, const char *op, bool negation) {
    pt_state saved = p->s;
    pt_loc loc = pt_here(p);
    pt_scan(p);
    bool empty = p->s.tok == PT_TOK_RBRACE;
    pt_body body = pt_read_body(p, PT_TOK_RBRACE);
    if (body.n) {
        pt_scan(p);
        return body;
    }
    if (empty || (!op && !negation))
        return body;
    pt_state failed = p->s;
    p->s = saved;
    const pt_term *t = pt_read_infix(p);
    pt_str operand = pt_loc_text(pt_span_last(p, loc));
    if (!t)
        p->s = failed;
    else if (negation)
        flaw_not_braces(p, loc, operand, t);
    else
        pt_flaw_braces(p, loc, operand, op);
    return (pt_body){0};
}

pt_expr *pt_read_not_body(pt_parser *p, pt_loc not_loc) {
    pt_loc loc = pt_here(p);
    pt_body body = read_braces(p, NULL, true);
    if (body.n && ambiguous_union(&body)) {
        flaw_ambiguous(p, loc, &body, "not ");
        return NULL;
    }
    return pt_not_of(p, not_loc, &(pt_operand){.body = body, .explicit = true});
}

static pt_operand operand_of(pt_parser *p, pt_expr *e) {
    return e ? (pt_operand){.body = pt_body_of(p, e), .loc = e->loc} : (pt_operand){0};
}

static pt_operand read_plain_operand(pt_parser *p) {
    pt_loc loc = pt_here(p);
    bool negated = pt_at_not(p);
    if (negated)
        pt_scan(p);
    if (negated && p->not_bodies && p->s.tok == PT_TOK_LBRACE)
        return operand_of(p, pt_read_not_body(p, loc));
    pt_operand group;
    if (p->s.tok == PT_TOK_LPAREN && pt_logical_known(p) && (!negated || p->not_bodies) &&
        pt_read_group(p, true, negated ? "not " : "", &group))
        return negated ? operand_of(p, pt_not_of(p, loc, &group)) : group;
    pt_expr *e = pt_read_expr(p);
    if (e && negated && p->not_bodies)
        e = pt_not_of(p, loc, &(pt_operand){.body = pt_body_of(p, e)});
    else if (e)
        e->negated = negated;
    return operand_of(p, e);
}

// `op` is NULL where the caller restores the state when nothing is found.
static pt_operand read_operand(pt_parser *p, const char *op) {
    if (p->s.tok != PT_TOK_LBRACE)
        return read_plain_operand(p);
    pt_operand o = {.explicit = true, .loc = pt_here(p)};
    o.body = read_braces(p, op, false);
    if (o.body.n && ambiguous_union(&o.body))
        flaw_ambiguous(p, o.loc, &o.body, "");
    return o;
}

// -- chains ---------------------------------------------------------------------------------------

typedef struct pt_sides {
    PT_VEC(pt_body) v;
    PT_VEC(pt_side) written;
} pt_sides;

static bool add_side(pt_parser *p, pt_sides *s, const pt_operand *o, uint32_t end) {
    pt_body *slot = o->body.n ? pt_made(p, PT_PUSH(p->arena, &s->v)) : NULL;
    pt_side *written = slot ? pt_made(p, PT_PUSH(p->arena, &s->written)) : NULL;
    if (!written)
        return false;
    *slot = o->body;
    *written = (pt_side){.braced = o->explicit, .loc = o->loc, .end = end};
    return true;
}

// lhs `tok` … `tok` …: operands in a row make one node. `and` binds tighter than `or`.
static pt_operand read_chain(pt_parser *p, pt_token tok, pt_operand lhs) {
    if (tok == PT_TOK_LOGICAL_OR && p->s.tok == PT_TOK_LOGICAL_AND)
        lhs = read_chain(p, PT_TOK_LOGICAL_AND, lhs);
    if (lhs.body.n == 0 || p->s.tok != tok)
        return lhs;
    const char *op = pt_token_name(tok);
    pt_sides sides = {0};
    pt_body first = lhs.body;
    if (!add_side(p, &sides, &lhs, p->s.last_end))
        return (pt_operand){0};
    while (p->s.tok == tok) {
        pt_scan(p);
        pt_operand rhs = read_operand(p, op);
        if (rhs.body.n && tok == PT_TOK_LOGICAL_OR && p->s.tok == PT_TOK_LOGICAL_AND)
            rhs = read_chain(p, PT_TOK_LOGICAL_AND, rhs);
        if (!add_side(p, &sides, &rhs, p->s.last_end))
            return (pt_operand){0};
        if (first.n)
            check_void(p, &first, op);
        first.n = 0;
        check_void(p, &rhs.body, op);
    }
    pt_expr_kind kind = tok == PT_TOK_LOGICAL_OR ? PT_EXPR_OR : PT_EXPR_AND;
    pt_expr *e = pt_made(p, pt_expr_new(p->arena, kind, pt_span_last(p, lhs.loc)));
    if (!e)
        return (pt_operand){0};
    e->sides.v = sides.v.v;
    e->sides.written = sides.written.v;
    e->sides.n = sides.v.n;
    return operand_of(p, e);
}

pt_expr *pt_read_logical_tail(pt_parser *p, pt_operand lhs) {
    if (pt_at_logical(p))
        lhs = read_chain(p, PT_TOK_LOGICAL_OR, lhs);
    if (lhs.body.n == 0 || !pt_read_with(p, lhs.body.v[0]))
        return NULL;
    return lhs.body.v[0];
}

// `{ … } and …` at the beginning of a literal. *ret_taken: it was that, or is wrong as that.
pt_expr *pt_read_braces_operand(pt_parser *p, bool *ret_taken) {
    pt_state saved = p->s;
    pt_operand o = {.explicit = true, .loc = pt_here(p)};
    pt_scan(p);
    o.body = pt_read_body(p, PT_TOK_RBRACE);
    if (o.body.n)
        pt_scan(p);
    *ret_taken = o.body.n && pt_at_logical(p);
    if (!*ret_taken) {
        p->s = saved;
        return NULL;
    }
    if (ambiguous_union(&o.body)) {
        flaw_ambiguous(p, o.loc, &o.body, "");
        return NULL;
    }
    return pt_read_logical_tail(p, o);
}

// -- groups ---------------------------------------------------------------------------------------

static bool close_group(pt_parser *p) {
    if (p->s.tok != PT_TOK_RPAREN) {
        pt_flaw_at(p, pt_here(p), "expected ) to close parenthesized group");
        return false;
    }
    pt_scan(p);
    return true;
}

static pt_operand group_of(pt_parser *p, pt_body body, pt_loc open) {
    if (!close_group(p))
        return (pt_operand){0};
    return (pt_operand){.body = body, .loc = pt_span_last(p, open)};
}

static pt_operand read_chain_group(pt_parser *p, pt_operand lhs, pt_loc open) {
    pt_expr *e = pt_read_logical_tail(p, lhs);
    return e ? group_of(p, pt_body_of(p, e), open) : (pt_operand){0};
}

// `(a with x)`. False: a term, unless an operator follows.
static bool read_with_group(pt_parser *p, pt_operand lhs, pt_loc open, bool operand,
                            pt_operand *ret) {
    pt_loc with = pt_here(p);
    *ret = (pt_operand){0};
    if (!pt_read_with(p, lhs.body.v[0]))
        return true;
    if (pt_at_logical(p)) {
        pt_flaw_with_operand(p, with);
        return true;
    }
    *ret = group_of(p, lhs.body, open);
    return ret->body.n == 0 || operand || pt_at_logical(p);
}

// `({ … })`: braces in parentheses are a value; if they can be none, parentheses hold a body.
static bool read_value_group(pt_parser *p, const pt_state *saved, pt_operand lhs,
                             const char *prefix, pt_operand *ret) {
    pt_str braces = pt_loc_text(pt_span_last(p, lhs.loc));
    p->s = *saved;
    pt_loc open = pt_here(p);
    pt_scan(p);
    const pt_term *t = pt_read_term(p);
    p->s = *saved;
    if (t)
        return false;
    pt_hint_add(p, "drop the parens to keep the body: `%s%.*s`", prefix, PT_PRI(braces));
    pt_flaw_at(p, open, "`(...)` in an operand position cannot contain a body");
    *ret = (pt_operand){0};
    return true;
}

static bool is_logical(const pt_body *b) {
    const pt_expr *e = b->v[0];
    return b->n == 1 && (e->kind == PT_EXPR_AND || e->kind == PT_EXPR_OR ||
                         e->kind == PT_EXPR_NOT || e->negated);
}

static bool read_group(pt_parser *p, bool operand, const char *prefix, pt_operand *ret) {
    pt_state saved = p->s;
    pt_loc open = pt_here(p);
    pt_scan(p);
    *ret = (pt_operand){0};
    if (p->s.tok == PT_TOK_RPAREN && operand) {
        pt_flaw_at(p, open, "empty parenthesized group");
        return true;
    }
    pt_operand lhs = p->s.tok == PT_TOK_RPAREN ? *ret : read_operand(p, NULL);
    bool group = false;
    if (lhs.body.n && pt_at_logical(p)) {
        *ret = read_chain_group(p, lhs, open);
        return true;
    }
    if (lhs.body.n && p->s.tok == PT_TOK_WITH && !lhs.explicit && lhs.body.n == 1)
        group = read_with_group(p, lhs, open, operand, ret);
    else if (lhs.body.n && lhs.explicit)
        return read_value_group(p, &saved, lhs, prefix, ret);
    else if (lhs.body.n && is_logical(&lhs.body)) {
        *ret = group_of(p, lhs.body, open);
        return true;
    }
    if (!group)
        p->s = saved;
    return group;
}

bool pt_read_group(pt_parser *p, bool operand, const char *prefix, pt_operand *ret) {
    *ret = (pt_operand){0};
    if (!pt_enter(p))
        return true;
    bool group = read_group(p, operand, prefix, ret);
    pt_leave(p);
    return group;
}
// NOLINTEND(misc-no-recursion)
