// Comprehensions in loops: [u.name | some u in users; u.group == g] is computed once for all g, as
// a table by g, if its body makes sense alone. Then a loop over g costs n + m, not n times m.
#include "judge/policy/rego/safety.h"

// NOLINTBEGIN(misc-no-recursion): terms nest up to PT_REGO_NESTING_MAX

static bool has_closure(const pt_term *t) {
    if (t->kind == PT_TERM_CONST || t->kind == PT_TERM_VAR)
        return false;
    if (pt_term_closure(t))
        return true;
    for (size_t i = 0; i < t->items.n; i++)
        if (has_closure(t->items.v[i]))
            return true;
    return false;
}

static bool loops(const pt_term *t) {
    if (t->kind == PT_TERM_CONST || t->kind == PT_TERM_VAR)
        return false;
    for (size_t i = 0; i < t->items.n; i++)
        if ((t->kind == PT_TERM_REF && i > 0 && t->items.v[i]->kind == PT_TERM_VAR) ||
            loops(t->items.v[i]))
            return true;
    return false;
}

// NOLINTEND(misc-no-recursion)

// Literals that mean the same in another order, and leave no trace.
static bool simple(const pt_expr *e) {
    return e->kind == PT_EXPR_TERM && !e->negated && e->with.n == 0 && !has_closure(e->term) &&
           !pt_expr_calls(e, "internal.print") && !pt_expr_calls(e, "trace");
}

static bool worth_it(const pt_term *t) {
    bool looping = false;
    for (size_t i = 0; i < t->compr.body.n; i++) {
        if (!simple(t->compr.body.v[i]))
            return false;
        looping |= loops(t->compr.body.v[i]->term);
    }
    return looping && !t->compr.key && !has_closure(t->compr.term);
}

// A copy of the literal; its operands are shared.
static pt_expr *copy_literal(pt_compiler *c, const pt_expr *e) {
    pt_expr *n = NULL;
    const pt_term *t = e->term;
    if (pt_expr_calls(e, "equal") && t->items.n == 3)
        n = pt_new_eq(c, t->items.v[1], t->items.v[2], e->loc);
    else
        n = pt_expr_new(c->arena, PT_EXPR_TERM, e->loc);
    if (!n) {
        c->full = true;
        return NULL;
    }
    if (!n->term)
        n->term = e->term;
    n->made = e->made;
    n->assigned = e->assigned;
    return n;
}

static bool same_order(const pt_body *a, const pt_body *b) {
    if (a->n != b->n)
        return false;
    for (size_t i = 0; i < a->n; i++)
        if (a->v[i] != b->v[i])
            return false;
    return true;
}

static void add_vars(pt_checker *k, pt_grouping *g, pt_vars by) {
    for (uint32_t v = 0; v < k->n; v++) {
        pt_sym **slot = pt_vars_has(by, v) ? PT_PUSH(k->c->arena, &g->by) : NULL;
        if (slot)
            *slot = k->names[v];
    }
}

void pt_find_grouping(pt_checker *k, pt_term *t, pt_vars globals) {
    if (!worth_it(t))
        return;
    pt_vars by = pt_vars_new(k);
    pt_walk_term(k->c, t, PT_SEE_ALL, pt_vars_collect, &by);
    for (size_t i = 0; i < k->words; i++)
        by.w[i] &= globals.w[i] & ~k->args.w[i];
    pt_vars inside = pt_vars_new(k);
    pt_walk_body(k->c, &t->compr.body, PT_SEE_ALL, pt_vars_collect, &inside);
    if (pt_vars_empty(k, by) || !pt_vars_within(k, by, inside)) // or the body could not tell them
        return;
    pt_grouping *g = PT_NEW(k->c->arena, pt_grouping, 1);
    pt_body copies = {0};
    for (size_t i = 0; g && i < t->compr.body.n; i++)
        pt_body_add(k->c, &copies, copy_literal(k->c, t->compr.body.v[i]));
    pt_vars alone = pt_vars_copy(k, globals);
    pt_vars_without(k, alone, by);
    if (!g || k->c->full)
        return;
    g->body = copies;
    bool array = t->kind == PT_TERM_ARRAY_COMPR;
    if (!pt_order_literals(k, &g->body, alone) || (array && !same_order(&g->body, &copies)))
        return;
    add_vars(k, g, by);
    t->compr.group = g;
    k->grouped = true;
}
