// What each literal of a query is worth, for those who show it.
#include "judge/policy/rego/impl.h"

// NOLINTBEGIN(misc-no-recursion): terms nest up to PT_REGO_NESTING_MAX

// Does the literal loop: is there a variable in brackets?
static bool iterates(const pt_compiler *c, const pt_term *t) {
    if (t->kind == PT_TERM_CONST || t->kind == PT_TERM_VAR || t->kind == PT_TERM_LITERAL ||
        pt_term_closure(t))
        return false;
    for (size_t i = 0; i < t->items.n; i++) {
        const pt_term *item = t->items.v[i];
        if ((t->kind == PT_TERM_REF && i > 0 && item->kind == PT_TERM_VAR) || iterates(c, item))
            return true;
    }
    return false;
}

static bool body_iterates(const pt_compiler *c, const pt_body *b) {
    for (size_t i = 0; i < b->n; i++)
        if (b->v[i]->kind == PT_EXPR_SOME ||
            (b->v[i]->kind == PT_EXPR_TERM && iterates(c, b->v[i]->term)))
            return true;
    return false;
}

// Make `e` give its value to a fresh variable. NULL: it has none to give.
static pt_term *capture(pt_compiler *c, pt_expr *e) {
    if (e->kind != PT_EXPR_TERM || e->negated || pt_expr_calls(e, "eq") ||
        pt_expr_calls(e, "assign"))
        return NULL;
    pt_term *t = e->term;
    const pt_fn *fn = NULL;
    if (t->kind == PT_TERM_CALL) {
        int arity = pt_call_arity(c, t->items.v[0], &fn, NULL);
        if (arity < 0 || t->items.n != (size_t)arity + 1 || (fn && fn->flags & PT_FN_VOID))
            return NULL;
    }
    pt_term *v = pt_new_local(c, e->loc, NULL);
    if (v && t->kind == PT_TERM_CALL) {
        pt_term **slot = PT_PUSH(c->arena, &t->items);
        c->full |= !slot;
        if (slot)
            *slot = v;
        return v;
    }
    pt_expr *eq = v ? pt_new_eq(c, v, t, e->loc) : NULL;
    if (eq)
        e->term = eq->term;
    return v;
}

static void test_value(pt_compiler *c, pt_body *b, pt_sym *v, pt_loc loc) {
    pt_expr *e = pt_expr_new(c->arena, PT_EXPR_TERM, loc);
    pt_term *t = e ? pt_term_var(c->arena, loc, v) : NULL;
    if (!t) {
        c->full = true;
        return;
    }
    e->term = t;
    e->made = true;
    pt_body_add(c, b, e);
}

void pt_capture_query(pt_compiler *c, pt_body *body, pt_captures *ret) {
    size_t n = body->n;
    bool test = n > 1 || body_iterates(c, body);
    for (size_t i = 0; i < n && !c->full; i++) {
        pt_expr *e = body->v[i];
        pt_captured *slot = e->kind == PT_EXPR_SOME && e->decl.v[0]->kind != PT_TERM_CALL
                                ? NULL
                                : PT_PUSH(c->arena, ret);
        if (!slot)
            continue;
        pt_term *v = capture(c, e);
        *slot = (pt_captured){v ? v->sym : NULL, e->loc};
        if (v && test)
            test_value(c, body, v->sym, e->loc);
    }
}

// NOLINTEND(misc-no-recursion)
