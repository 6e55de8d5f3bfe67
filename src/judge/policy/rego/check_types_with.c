// Which rules ask for which: the order in which they are checked, and whose types `with` makes
// unknown.
#include <stdlib.h>

#include "judge/policy/rego/check_types.h"

enum {
    TARGET_BYTES_MAX = 4096,
    ORDER_DEPTH_MAX = 2000, // rules that ask for one another; what is deeper is not known in time
};

typedef void node_fn(void *to, pt_rule_node *n, bool wide);

// Calls fn for the nodes with rules on the ref's path, and with `wide` for the node from which on
// every document may be asked for.
static void nodes_of(const pt_infer *k, const pt_term *ref, node_fn *fn, void *to) {
    pt_rule_node *n = k->c->root;
    for (size_t i = 1; n && i < ref->items.n; i++) {
        if (ref->items.v[i]->kind != PT_TERM_CONST) {
            fn(to, n, true);
            return;
        }
        n = pt_tree_kid(n, ref->items.v[i]->value);
        if (n && n->rules.n)
            fn(to, n, false);
    }
    if (n && n->kids.n)
        fn(to, n, true);
}

// NOLINTBEGIN(misc-no-recursion): the parser bounds how deep terms are; ORDER_DEPTH_MAX
static void refs_in_term(const pt_infer *k, const pt_term *t, pt_infer_ref_fn *fn, void *to) {
    if (!t || t->kind == PT_TERM_CONST || t->kind == PT_TERM_VAR || t->kind == PT_TERM_LITERAL)
        return;
    if (pt_term_closure(t)) {
        refs_in_term(k, t->compr.key, fn, to);
        refs_in_term(k, t->compr.term, fn, to);
        pt_infer_refs_in(k, &t->compr.body, fn, to);
        return;
    }
    if (pt_infer_root(k, t))
        fn(to, t);
    for (size_t i = 0; i < t->items.n; i++)
        refs_in_term(k, t->items.v[i], fn, to);
}

static void refs_in_expr(const pt_infer *k, const pt_expr *e, pt_infer_ref_fn *fn, void *to) {
    for (size_t i = 0; i < e->with.n; i++) {
        refs_in_term(k, e->with.v[i].target, fn, to);
        refs_in_term(k, e->with.v[i].value, fn, to);
    }
    switch (e->kind) {
    case PT_EXPR_TERM:
        refs_in_term(k, e->term, fn, to);
        return;
    case PT_EXPR_EVERY:
        refs_in_term(k, e->every.domain, fn, to);
        pt_infer_refs_in(k, &e->every.body, fn, to);
        return;
    case PT_EXPR_NOT:
        pt_infer_refs_in(k, &e->body, fn, to);
        return;
    case PT_EXPR_AND:
    case PT_EXPR_OR:
        for (size_t i = 0; i < e->sides.n; i++)
            pt_infer_refs_in(k, &e->sides.v[i], fn, to);
        return;
    case PT_EXPR_SOME:
        return;
    }
}

void pt_infer_refs_in(const pt_infer *k, const pt_body *b, pt_infer_ref_fn *fn, void *to) {
    for (size_t i = 0; i < b->n; i++)
        refs_in_expr(k, b->v[i], fn, to);
}

// -- order ----------------------------------------------------------------------------------------
// Clauses by their places, each behind those that it asks for, which are followed by their places
// too: what is known of a rule with several clauses depends on it.

typedef struct orderer {
    pt_infer *k;
    const pt_rule_node *user;
    PT_VEC(uint32_t) asked; // clauses that the one at hand asks for
    unsigned depth;
} orderer;

static void push(pt_infer *k, pt_arena *a, void *vec, uint32_t x) {
    PT_VEC(uint32_t) *v = vec;
    uint32_t *slot = PT_PUSH(a, v);
    if (slot)
        *slot = x;
    else
        k->last.full = true;
}

static void asked(orderer *o, const pt_rule_node *n) {
    const pt_infer_deps *d = &o->k->deps[n->id];
    for (size_t i = 0; i < d->clauses.n; i++)
        if (!o->k->clauses.v[d->clauses.v[i]].seen)
            push(o->k, o->k->t.arena, &o->asked, d->clauses.v[i]);
}

static void asked_below(orderer *o, const pt_rule_node *n) { // NOLINT(misc-no-recursion): paths
    pt_infer_deps *d = &o->k->deps[n->id];
    if (d->below_seen)
        return;
    d->below_seen = true;
    asked(o, n);
    for (size_t i = 0; i < n->kids.n; i++)
        asked_below(o, n->kids.v[i]);
}

static void asks_for(void *to, pt_rule_node *n, bool wide) {
    orderer *o = to;
    pt_infer_deps *d = &o->k->deps[n->id];
    if (wide) {
        push(o->k, o->k->last.arena, &d->wide, o->user->id);
        asked_below(o, n);
    } else {
        push(o->k, o->k->last.arena, &d->users, o->user->id);
        asked(o, n);
    }
}

static void follow(void *to, const pt_term *ref) {
    orderer *o = to;
    if (ref->items.v[0]->sym == o->k->c->data)
        nodes_of(o->k, ref, asks_for, o);
}

static int number_cmp(const void *a, const void *b) {
    uint32_t x = *(const uint32_t *)a;
    uint32_t y = *(const uint32_t *)b;
    return (x > y) - (x < y);
}

static void order_clause(orderer *o, pt_infer_clause *x) {
    if (x->seen || o->depth > ORDER_DEPTH_MAX)
        return;
    x->seen = true;
    orderer own = {.k = o->k, .user = x->node, .depth = o->depth + 1};
    pt_infer_refs_in(o->k, &x->rule->body, follow, &own);
    if (own.asked.n > 1)
        qsort(own.asked.v, own.asked.n, sizeof *own.asked.v, number_cmp);
    for (size_t i = 0; i < own.asked.n; i++) // NOLINTNEXTLINE(misc-no-recursion): ORDER_DEPTH_MAX
        order_clause(&own, &o->k->clauses.v[own.asked.v[i]]);
    const pt_infer_clause **slot = PT_PUSH(o->k->last.arena, &o->k->order);
    if (slot)
        *slot = x;
    else
        o->k->last.full = true;
}
// NOLINTEND(misc-no-recursion)

static int place_cmp(const void *a, const void *b) {
    const pt_loc *x = &((const pt_infer_clause *)a)->rule->loc;
    const pt_loc *y = &((const pt_infer_clause *)b)->rule->loc;
    return pt_infer_place_cmp(x, y);
}

static void add_clauses(pt_infer *k, const pt_rule_node *n, const pt_rule *r) {
    for (size_t ground = r->ground; r; r = r->orelse) {
        pt_infer_clause *slot = PT_PUSH(k->last.arena, &k->clauses);
        if (!slot) {
            k->last.full = true;
            return;
        }
        *slot = (pt_infer_clause){.rule = r, .node = n, .ground = ground};
    }
}

void pt_infer_order(pt_infer *k) {
    const pt_compiler *c = k->c;
    k->deps = PT_NEW(k->last.arena, pt_infer_deps, c->nodes.n);
    if (!k->deps) {
        k->last.full = true;
        return;
    }
    for (size_t i = 0; i < c->nodes.n; i++)
        for (size_t j = 0; j < c->nodes.v[i]->rules.n; j++)
            add_clauses(k, c->nodes.v[i], c->nodes.v[i]->rules.v[j]);
    if (k->clauses.n > 1)
        qsort(k->clauses.v, k->clauses.n, sizeof *k->clauses.v, place_cmp);
    for (size_t i = 0; i < k->clauses.n; i++)
        push(k, k->last.arena, &k->deps[k->clauses.v[i].node->id].clauses, (uint32_t)i);
    orderer o = {.k = k};
    for (size_t i = 0; i < k->clauses.n && !k->last.full; i++)
        order_clause(&o, &k->clauses.v[i]);
}

// -- with -----------------------------------------------------------------------------------------

typedef struct dependents {
    pt_infer *k;
    PT_VEC(const pt_rule_node *) found;
} dependents;

static size_t path_of(const pt_rule_node *n, pt_value *path, size_t room) {
    size_t depth = 0;
    for (const pt_rule_node *p = n; p; p = p->parent)
        depth++;
    if (depth > room)
        return 0;
    size_t at = depth;
    for (const pt_rule_node *p = n; p; p = p->parent)
        path[--at] = p->key; // of the root: "data"
    return depth;
}

static void found(dependents *d, const pt_rule_node *n) {
    pt_infer_deps *deps = &d->k->deps[n->id];
    if (n->rules.n == 0 || deps->mark == d->k->mark)
        return;
    deps->mark = d->k->mark;
    const pt_rule_node **slot = PT_PUSH(d->k->t.arena, &d->found);
    if (slot)
        *slot = n;
    else
        d->k->t.full = true;
}

static void found_below(dependents *d, const pt_rule_node *n) { // NOLINT(misc-no-recursion): paths
    found(d, n);
    for (size_t i = 0; i < n->kids.n; i++)
        found_below(d, n->kids.v[i]);
}

static void found_node(void *to, pt_rule_node *n, bool wide) {
    if (wide)
        found_below(to, n);
    else
        found(to, n);
}

static void found_users(dependents *d, const pt_rule_node *n) {
    const pt_infer *k = d->k;
    const pt_infer_deps *deps = &k->deps[n->id];
    for (size_t i = 0; i < deps->users.n; i++)
        found(d, k->c->nodes.v[deps->users.v[i]]);
    for (const pt_rule_node *p = n; p; p = p->parent) {
        pt_infer_deps *up = &k->deps[p->id];
        for (size_t i = 0; up->wide_mark != k->mark && i < up->wide.n; i++)
            found(d, k->c->nodes.v[up->wide.v[i]]);
        up->wide_mark = k->mark;
    }
}

// A layer in which the rules that depend on what is replaced can be anything.
static pt_type_node *relax(pt_infer *k, pt_types *t, const pt_term *target, bool function) {
    pt_type_node *root = PT_NEW(t->arena, pt_type_node, 1);
    dependents d = {.k = k};
    if (!root) {
        t->full = true;
        return NULL;
    }
    k->mark++;
    nodes_of(k, target, found_node, &d);
    size_t direct = function ? d.found.n : 0; // the function itself stays what it is
    for (size_t i = 0; i < d.found.n; i++)
        found_users(&d, d.found.v[i]);
    for (size_t i = direct; i < d.found.n; i++) {
        pt_value path[PT_TYPE_DEPTH_MAX];
        size_t n = path_of(d.found.v[i], path, PT_COUNT(path));
        pt_type_put(t, root, path, n, &pt_type_any);
    }
    k->n_relaxed += t->lasting ? d.found.n : 0;
    return root;
}

static pt_type_node *relaxed(pt_infer *k, const pt_term *target, bool function) {
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(TARGET_BYTES_MAX);
    pt_infer_write_term(k, &b, target);
    pt_str text = pt_buf_str(&b);
    pt_infer_relaxed **bucket = &k->relaxed[pt_hash(pt_string(text), function) % PT_INFER_BUCKETS];
    for (const pt_infer_relaxed *r = *bucket; r; r = r->next)
        if (r->function == function && pt_str_eq(r->target, text))
            return r->root;
    if (b.full || k->n_relaxed > PT_INFER_RELAXED_MAX)
        return relax(k, &k->t, target, function);
    pt_infer_relaxed *r = PT_NEW(k->last.arena, pt_infer_relaxed, 1);
    pt_type_node *root = r ? relax(k, &k->last, target, function) : NULL;
    if (!root) {
        k->last.full = true;
        return NULL;
    }
    *r = (pt_infer_relaxed){pt_arena_str(k->last.arena, text), function, root, *bucket};
    *bucket = r;
    return root;
}

void pt_infer_push(pt_infer *k, pt_type_node *root) {
    pt_infer_layer *l = root ? PT_NEW(k->t.arena, pt_infer_layer, 1) : NULL;
    if (!l) {
        k->t.full = true;
        return;
    }
    *l = (pt_infer_layer){root, k->layers};
    k->layers = l;
}

// No variable but the heads of refs, as OPA's checker means it.
// NOLINTNEXTLINE(misc-no-recursion): the parser bounds how deep terms are
static bool ground(const pt_term *t) {
    if (t->kind == PT_TERM_CONST)
        return true;
    bool ref = t->kind == PT_TERM_REF;
    if (!ref && t->kind != PT_TERM_ARRAY && t->kind != PT_TERM_OBJECT && t->kind != PT_TERM_SET)
        return false;
    for (size_t i = ref; i < t->items.n; i++)
        if (!ground(t->items.v[i]))
            return false;
    return true;
}

// The document at the target's ground part has the type of what replaces it as well. A step that is
// not constant, but ground, is one that no other ref takes.
static void replace(pt_infer *k, const pt_term *target, const pt_type *type, pt_type_node *layer) {
    pt_value *path = PT_NEW(k->t.arena, pt_value, target->items.n);
    if (!path) {
        k->t.full = true;
        return;
    }
    path[0] = pt_infer_root_key(k, target);
    size_t n = 1;
    for (; n < target->items.n && ground(target->items.v[n]); n++) {
        bool constant = pt_infer_constant(target->items.v[n]);
        path[n] = constant ? pt_infer_value(k, target->items.v[n]) : pt_undefined();
    }
    pt_type_put(&k->t, layer, path, n, n == target->items.n && type ? type : &pt_type_any);
}

// What the target can be: a function stays what it is; NULL: anything.
static const pt_type *replaced(pt_infer *k, const pt_with *w) {
    const pt_type *is = pt_infer_term(k, w->target);
    const pt_type *by = pt_infer_term(k, w->value);
    if (is && is->kind == PT_TYPE_FUNCTION)
        return is;
    return is && by ? pt_type_or(&k->t, is, by) : NULL;
}

void pt_infer_with(pt_infer *k, const pt_expr *e) {
    const pt_type **types = PT_NEW(k->t.arena, const pt_type *, e->with.n);
    bool documents = false;
    if (!types) {
        k->t.full = true;
        return;
    }
    for (size_t i = 0; i < e->with.n; i++) { // as the rules have them, before anything is replaced
        if (!pt_infer_root(k, e->with.v[i].target))
            continue;
        types[i] = replaced(k, &e->with.v[i]);
        documents = documents || !types[i] || types[i]->kind != PT_TYPE_FUNCTION;
    }
    for (size_t i = 0; i < e->with.n; i++) {
        const pt_term *target = e->with.v[i].target;
        if (!pt_infer_root(k, target) || target->items.v[0]->sym != k->c->data)
            continue;
        if (k->deps) // else: rules are not in order yet, their types are not known anyway
            pt_infer_push(k, relaxed(k, target, types[i] && types[i]->kind == PT_TYPE_FUNCTION));
    }
    pt_type_node *layer = documents ? PT_NEW(k->t.arena, pt_type_node, 1) : NULL;
    if (documents)
        pt_infer_push(k, layer);
    for (size_t i = 0; layer && i < e->with.n; i++)
        if (pt_infer_root(k, e->with.v[i].target) &&
            !(types[i] && types[i]->kind == PT_TYPE_FUNCTION))
            replace(k, e->with.v[i].target, types[i], layer);
    pt_infer_changed(k);
}
