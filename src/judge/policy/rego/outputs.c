// Which variables a literal binds: brackets of refs, sides of unifications, results of calls.
#include "judge/policy/rego/safety.h"

// NOLINTBEGIN(misc-no-recursion): terms nest up to PT_REGO_NESTING_MAX

static bool head_safe(pt_checker *k, const pt_term *ref, pt_vars safe) {
    const pt_term *head = ref->items.v[0];
    if (head->kind == PT_TERM_VAR)
        return head->sym == k->c->input || head->sym == k->c->data ||
               pt_vars_has(safe, head->sym->var);
    return pt_vars_within(k, pt_vars_of(k, head, PT_SKIP_CLOSURES), safe);
}

// The unbound brackets of refs whose head is safe.
static void ref_outputs(pt_checker *k, const pt_term *t, pt_vars safe, pt_vars out) {
    if (t->kind == PT_TERM_CONST || t->kind == PT_TERM_VAR || pt_term_closure(t) ||
        t->kind == PT_TERM_TEMPLATE)
        return;
    if (t->kind == PT_TERM_REF) {
        if (!head_safe(k, t, safe))
            return;
        pt_walk_term(k->c, t, PT_SKIP_REF_HEAD, pt_vars_collect, &out);
    }
    for (size_t i = t->kind == PT_TERM_CALL ? 1 : 0; i < t->items.n; i++)
        ref_outputs(k, t->items.v[i], safe, out);
}

typedef struct unifier {
    pt_checker *k;
    pt_vars safe, unified;
} unifier;

static bool is_safe(const unifier *u, uint32_t v) {
    return pt_vars_has(u->safe, v) || pt_vars_has(u->unified, v);
}

static bool waits(const unifier *u, uint32_t v) {
    for (size_t i = 0; i < u->k->edges.n; i++)
        if (!u->k->edges.v[i].gone && u->k->edges.v[i].a == v)
            return true;
    return false;
}

static void queue(unifier *u, uint32_t x) {
    uint32_t *slot = PT_PUSH(&u->k->c->scratch, &u->k->queue);
    if (slot)
        *slot = x;
    else
        u->k->full = true;
}

// x is safe; so are those that it waited with, and those that waited for nothing else.
static void settle_one(unifier *u, uint32_t x) {
    pt_vars_add(u->unified, x);
    for (size_t i = 0; i < u->k->edges.n; i++) {
        pt_edge *e = &u->k->edges.v[i];
        if (e->gone || (e->a != x && e->b != x))
            continue;
        e->gone = true;
        if (e->a == x)
            queue(u, e->b);
        else if (!waits(u, e->a))
            queue(u, e->a);
    }
}

static void mark_safe(unifier *u, uint32_t x) {
    queue(u, x);
    while (u->k->queue.n > 0)
        settle_one(u, u->k->queue.v[--u->k->queue.n]);
}

static void mark_var(void *to, pt_sym *s) {
    mark_safe(to, s->var);
}

enum {
    PATTERN = PT_SKIP_REF_HEAD | PT_SKIP_OBJECT_KEYS | PT_SKIP_CLOSURES,
};

static void mark_all(unifier *u, const pt_term *t) {
    pt_walk_term(u->k->c, t, PATTERN, mark_var, u);
}

static void mark_unknown(unifier *u, uint32_t a, uint32_t b) {
    pt_edge *e = PT_PUSH(&u->k->c->scratch, &u->k->edges);
    if (e)
        *e = (pt_edge){a, b, false};
    else
        u->k->full = true;
}

static void unify_all(unifier *u, const pt_term *var, const pt_term *composite) {
    if (is_safe(u, var->sym->var)) {
        mark_all(u, composite);
        return;
    }
    pt_vars open = pt_vars_of(u->k, composite, PATTERN);
    pt_vars_without(u->k, open, u->safe);
    pt_vars_without(u->k, open, u->unified);
    if (pt_vars_empty(u->k, open)) {
        mark_safe(u, var->sym->var);
        return;
    }
    for (uint32_t v = 0; v < u->k->n; v++)
        if (pt_vars_has(open, v))
            mark_unknown(u, var->sym->var, v);
}

static void unify(unifier *u, const pt_term *a, const pt_term *b);

static bool composite(const pt_term *t) {
    return t->kind == PT_TERM_ARRAY || t->kind == PT_TERM_OBJECT;
}

static void unify_var(unifier *u, const pt_term *a, const pt_term *b) {
    uint32_t v = a->sym->var;
    if (b->kind == PT_TERM_VAR) {
        uint32_t w = b->sym->var;
        if (is_safe(u, w))
            mark_safe(u, v);
        else if (is_safe(u, v))
            mark_safe(u, w);
        else {
            mark_unknown(u, v, w);
            mark_unknown(u, w, v);
        }
    } else if (composite(b))
        unify_all(u, a, b);
    else if (b->kind != PT_TERM_REF || head_safe(u->k, b, u->safe))
        mark_safe(u, v);
}

static void unify_objects(unifier *u, const pt_term *a, const pt_term *b) {
    if (a->items.n != b->items.n)
        return;
    for (size_t i = 0; i < a->items.n; i += 2)
        for (size_t j = 0; j < b->items.n; j += 2) {
            const pt_term *ka = a->items.v[i];
            const pt_term *kb = b->items.v[j];
            bool equal = ka->kind == kb->kind &&
                         ((ka->kind == PT_TERM_CONST && pt_eq(ka->value, kb->value)) ||
                          (ka->kind == PT_TERM_VAR && ka->sym == kb->sym));
            if (equal)
                unify(u, a->items.v[i + 1], b->items.v[j + 1]);
        }
}

// `a` is no variable. Known whole: a ref with a safe head, a comprehension.
static void unify_known(unifier *u, const pt_term *a, const pt_term *b) {
    if (a->kind == PT_TERM_REF && !head_safe(u->k, a, u->safe))
        return;
    if (b->kind == PT_TERM_VAR)
        mark_safe(u, b->sym->var);
    else if (composite(b))
        mark_all(u, b);
}

static void unify(unifier *u, const pt_term *a, const pt_term *b) {
    if (a->kind == PT_TERM_VAR)
        unify_var(u, a, b);
    else if (b->kind == PT_TERM_VAR)
        unify_var(u, b, a);
    else if (a->kind == PT_TERM_REF || pt_term_closure(a))
        unify_known(u, a, b);
    else if (b->kind == PT_TERM_REF || pt_term_closure(b))
        unify_known(u, b, a);
    else if (a->kind == PT_TERM_ARRAY && b->kind == PT_TERM_ARRAY && a->items.n == b->items.n)
        for (size_t i = 0; i < a->items.n; i++)
            unify(u, a->items.v[i], b->items.v[i]);
    else if (a->kind == PT_TERM_OBJECT && b->kind == PT_TERM_OBJECT)
        unify_objects(u, a, b);
}

static pt_vars eq_outputs(pt_checker *k, const pt_expr *e, pt_vars safe) {
    const pt_term *left = e->term->items.v[1];
    const pt_term *right = e->term->items.v[2];
    pt_vars known = pt_vars_new(k);
    ref_outputs(k, left, safe, known);
    ref_outputs(k, right, safe, known);
    pt_vars_merge(k, known, safe);
    if (e->assigned)
        pt_vars_without(k, known, pt_vars_of(k, left, PT_SEE_ALL));
    unifier u = {.k = k, .safe = known, .unified = pt_vars_new(k)};
    k->edges.n = k->queue.n = 0;
    unify(&u, left, right);
    pt_vars_merge(k, known, u.unified);
    pt_vars_without(k, known, safe);
    return known;
}

static pt_vars call_outputs(pt_checker *k, const pt_expr *e, pt_vars safe) {
    const pt_term *call = e->term;
    pt_vars out = pt_vars_new(k);
    int arity = pt_call_arity(k->c, call->items.v[0], NULL, NULL);
    if (arity < 0)
        return out;
    for (size_t i = 1; i < call->items.n; i++)
        ref_outputs(k, call->items.v[i], safe, out);
    size_t inputs = (size_t)arity + 1;
    if (inputs >= call->items.n)
        return out;
    pt_vars in = pt_vars_new(k);
    for (size_t i = 1; i < inputs; i++)
        pt_walk_term(k->c, call->items.v[i], PATTERN | PT_SKIP_SETS, pt_vars_collect, &in);
    pt_vars_without(k, in, out);
    if (!pt_vars_within(k, in, safe))
        return pt_vars_new(k);
    for (size_t i = inputs; i < call->items.n; i++)
        pt_walk_term(k->c, call->items.v[i], PATTERN | PT_SKIP_SETS, pt_vars_collect, &out);
    return out;
}

pt_vars pt_outputs(pt_checker *k, const pt_expr *e, pt_vars safe) {
    if (e->negated || e->kind == PT_EXPR_NOT || e->kind == PT_EXPR_AND || e->kind == PT_EXPR_OR)
        return pt_vars_new(k);
    for (size_t i = 0; i < e->with.n; i++)
        if (pt_arity(k->c, e->with.v[i].value, NULL, NULL) < 0 &&
            !pt_vars_within(k, pt_vars_of(k, e->with.v[i].value, PT_SKIP_CLOSURES), safe))
            return pt_vars_new(k);
    const pt_term *t = e->kind == PT_EXPR_EVERY ? e->every.domain : e->term;
    if (e->kind == PT_EXPR_TERM && pt_expr_calls(e, "eq") && t->items.n == 3)
        return eq_outputs(k, e, safe);
    if (e->kind == PT_EXPR_TERM && t->kind == PT_TERM_CALL)
        return call_outputs(k, e, safe);
    pt_vars out = pt_vars_new(k);
    ref_outputs(k, t, safe, out);
    return out;
}

pt_vars pt_body_outputs(pt_checker *k, const pt_body *b, pt_vars globals) {
    pt_vars known = pt_vars_copy(k, globals);
    for (size_t i = 0; i < b->n; i++)
        pt_vars_merge(k, known, pt_outputs(k, b->v[i], known));
    return known;
}

// NOLINTEND(misc-no-recursion)
