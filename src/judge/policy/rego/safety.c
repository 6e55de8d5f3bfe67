// Literals in an order in which every variable is bound before it is read: OPA's algorithm, so that
// what is safe, and the order in which things happen, are the same. Passes over the body in source
// order take each literal whose variables are all bound, or which binds them.
#include "judge/policy/rego/safety.h"

// NOLINTBEGIN(misc-no-recursion): terms and bodies nest up to PT_REGO_NESTING_MAX

static pt_vars expr_vars(pt_checker *k, const pt_expr *e, unsigned skip) {
    pt_vars s = pt_vars_new(k);
    pt_walk_expr(k->c, e, skip, pt_vars_collect, &s);
    return s;
}

static bool same(const pt_checker *k, pt_vars a, pt_vars b) {
    return memcmp(a.w, b.w, k->words * sizeof *a.w) == 0;
}

// What a literal needs from its body: the sides of and, or, and a `not` without braces count, other
// closures do not.
static pt_vars needed_vars(pt_checker *k, const pt_expr *e) {
    pt_vars s = expr_vars(k, e, PT_SKIP_CLOSURES);
    if (e->kind == PT_EXPR_NOT && !e->braced && e->body.n == 1)
        pt_vars_merge(k, s, needed_vars(k, e->body.v[0]));
    if (e->kind == PT_EXPR_AND || e->kind == PT_EXPR_OR)
        for (size_t i = 0; i < e->sides.n; i++)
            for (size_t j = 0; j < e->sides.v[i].n && e->sides.v[i].n == 1; j++)
                pt_vars_merge(k, s, needed_vars(k, e->sides.v[i].v[j]));
    return s;
}

static pt_vars body_vars(pt_checker *k, const pt_body *b) {
    pt_vars s = pt_vars_new(k);
    for (size_t i = 0; i < b->n; i++)
        pt_vars_merge(k, s, needed_vars(k, b->v[i]));
    return s;
}

// -- closures -------------------------------------------------------------------------------------

static void closure_term_vars(pt_checker *k, const pt_term *t, pt_vars out) {
    if (t->kind == PT_TERM_CONST || t->kind == PT_TERM_VAR)
        return;
    if (pt_term_closure(t)) {
        pt_walk_term(k->c, t, PT_SEE_ALL, pt_vars_collect, &out);
        return;
    }
    for (size_t i = 0; i < t->items.n; i++)
        closure_term_vars(k, t->items.v[i], out);
}

// Every variable that stands in a closure of this literal.
static pt_vars closure_vars(pt_checker *k, const pt_expr *e) {
    pt_vars out = pt_vars_new(k);
    switch (e->kind) {
    case PT_EXPR_TERM:
        closure_term_vars(k, e->term, out);
        break;
    case PT_EXPR_EVERY:
        closure_term_vars(k, e->every.domain, out);
        pt_walk_body(k->c, &e->every.body, PT_SEE_ALL, pt_vars_collect, &out);
        break;
    case PT_EXPR_NOT:
        pt_walk_body(k->c, &e->body, PT_SEE_ALL, pt_vars_collect, &out);
        break;
    case PT_EXPR_AND:
    case PT_EXPR_OR:
        for (size_t i = 0; i < e->sides.n; i++)
            pt_walk_body(k->c, &e->sides.v[i], PT_SEE_ALL, pt_vars_collect, &out);
        break;
    case PT_EXPR_SOME:
        break;
    }
    return out;
}

// -- order ----------------------------------------------------------------------------------------

// What the user called it; NULL: the compiler made it.
static const pt_sym *named(const pt_sym *s) {
    while (s->from)
        s = s->from;
    return s->made ? NULL : s;
}

static void unsafe_at(pt_checker *k, pt_loc loc, const pt_sym *s) {
    pt_unsafe *u = PT_PUSH(&k->c->scratch, &k->unsafe);
    if (u)
        *u = (pt_unsafe){s, loc};
    else
        k->full = true;
}

static bool same_name(const pt_checker *k, size_t i, size_t j) {
    return named(k->unsafe.v[i].sym) == named(k->unsafe.v[j].sym);
}

// Of the places of a variable the first one in the text is told.
static bool said_elsewhere(const pt_checker *k, size_t i) {
    uint32_t at = k->unsafe.v[i].loc.at;
    for (size_t j = 0; j < k->unsafe.n; j++) {
        uint32_t other = k->unsafe.v[j].loc.at;
        if (j != i && same_name(k, i, j) && (other < at || (other == at && j < i)))
            return true;
    }
    return false;
}

// By a literal that would bind it if its other side were safe.
static bool is_assigned(const pt_checker *k, size_t i) {
    return pt_vars_has(k->assigned, k->unsafe.v[i].sym->var);
}

// Each variable once; what is assigned only if nothing that it is made of is to blame, what the
// compiler made only if there is nothing else to say.
static void say_unsafe(pt_checker *k) {
    size_t said = 0;
    bool to_blame = false;
    for (size_t i = 0; i < k->unsafe.n && !to_blame; i++)
        to_blame = named(k->unsafe.v[i].sym) && !is_assigned(k, i);
    for (size_t i = 0; i < k->unsafe.n && !k->c->d->truncated; i++) {
        const pt_sym *s = named(k->unsafe.v[i].sym);
        if (!s || said_elsewhere(k, i) || (to_blame && is_assigned(k, i)))
            continue;
        pt_diagnose(k->c->d, PT_REGO_UNSAFE, &k->unsafe.v[i].loc, "var %.*s is unsafe",
                    PT_PRI(s->wildcard ? PT_STR("_") : s->name));
        said++;
    }
    for (size_t i = 0; said == 0 && i < k->unsafe.n; i++)
        pt_diagnose(k->c->d, PT_REGO_UNSAFE, &k->unsafe.v[i].loc, "expression is unsafe");
}

static void report(pt_checker *k, const pt_expr *e, pt_vars unsafe) {
    if (e->assigned)
        pt_walk_term(k->c, e->term->items.v[1], PT_SEE_ALL, pt_vars_collect, &k->assigned);
    for (uint32_t v = 0; v < k->n; v++)
        if (pt_vars_has(unsafe, v))
            unsafe_at(k, e->loc, k->names[v]);
}

typedef struct ordering {
    pt_checker *k;
    pt_vars globals, seen; // of the body: the variables around it, and its own
    pt_vars safe;
    pt_vars *unsafe; // of each literal
    pt_body done;
    pt_vars now;   // what `done` binds besides `safe`
    size_t now_of; // … when it was so long
} ordering;

// What those in order bind; what is bound by now is not in it.
static pt_vars bound_now(ordering *o) {
    pt_checker *k = o->k;
    if (o->now_of == o->done.n)
        return o->now;
    pt_vars all = pt_body_outputs(k, &o->done, o->safe);
    pt_vars_without(k, all, o->safe);
    memcpy(o->now.w, all.w, k->words * sizeof *all.w);
    o->now_of = o->done.n;
    return o->now;
}

// What it closes over must be bound by now, *unsafe is what is not. False: by itself, never.
static bool closures_ready(ordering *o, const pt_expr *e, pt_vars out, pt_vars unsafe) {
    pt_checker *k = o->k;
    pt_vars closed = closure_vars(k, e);
    for (size_t i = 0; i < k->words; i++)
        closed.w[i] &= o->seen.w[i] & ~o->globals.w[i];
    if (pt_vars_empty(k, closed))
        return true;
    pt_vars_without(k, closed, bound_now(o));
    if (pt_vars_empty(k, closed))
        return true;
    if (same(k, closed, out)) // it closes over what it binds itself
        return false;
    memcpy(unsafe.w, closed.w, k->words * sizeof *unsafe.w);
    return true;
}

static bool try_literal(ordering *o, pt_expr *e, pt_vars unsafe) {
    pt_checker *k = o->k;
    size_t used = k->used;
    pt_vars out = pt_outputs(k, e, o->safe);
    bool ready = closures_ready(o, e, out, unsafe);
    if (ready) {
        pt_vars_without(k, unsafe, out);
        pt_vars_without(k, unsafe, o->safe);
        ready = pt_vars_empty(k, unsafe);
    }
    if (ready) {
        pt_vars_merge(k, o->safe, out);
        e->placed = true;
        pt_body_add(k->c, &o->done, e);
    }
    k->used = used;
    return ready;
}

static void order_body(pt_checker *k, pt_body *b, pt_vars globals);

static void order_term(pt_checker *k, pt_term *t, pt_vars globals) {
    if (t->kind == PT_TERM_CONST || t->kind == PT_TERM_VAR)
        return;
    if (!pt_term_closure(t)) {
        for (size_t i = 0; i < t->items.n; i++)
            order_term(k, t->items.v[i], globals);
        return;
    }
    pt_vars known = pt_vars_copy(k, globals);
    pt_vars_merge(k, known, body_vars(k, &t->compr.body));
    pt_vars wanted = pt_vars_of(k, t->compr.term, PT_SKIP_CLOSURES);
    if (t->compr.key)
        pt_vars_merge(k, wanted, pt_vars_of(k, t->compr.key, PT_SKIP_CLOSURES));
    pt_vars_without(k, wanted, known);
    for (uint32_t v = 0; v < k->n; v++)
        if (pt_vars_has(wanted, v))
            unsafe_at(k, t->loc, k->names[v]);
    order_body(k, &t->compr.body, globals);
    if (k->unsafe.n == 0 && !k->full)
        pt_find_grouping(k, t, globals);
}

static void order_closures(pt_checker *k, pt_expr *e, pt_vars globals) {
    switch (e->kind) {
    case PT_EXPR_TERM:
        order_term(k, e->term, globals);
        break;
    case PT_EXPR_EVERY:
        order_term(k, e->every.domain, globals);
        if (e->every.key)
            pt_vars_add(globals, e->every.key->sym->var);
        pt_vars_add(globals, e->every.value->sym->var);
        order_body(k, &e->every.body, globals);
        break;
    case PT_EXPR_NOT:
        order_body(k, &e->body, globals);
        break;
    case PT_EXPR_AND:
    case PT_EXPR_OR:
        for (size_t i = 0; i < e->sides.n; i++)
            order_body(k, &e->sides.v[i], globals);
        break;
    case PT_EXPR_SOME:
        break;
    }
}

// Literals to o->done, as far as they go.
static bool place_all(ordering *o, const pt_body *b) {
    pt_checker *k = o->k;
    o->seen = body_vars(k, b);
    o->safe = pt_vars_copy(k, o->globals);
    o->now = pt_vars_new(k); // of no literals: nothing
    o->unsafe = PT_NEW(&k->c->scratch, pt_vars, b->n);
    if (!o->unsafe || k->full) {
        k->full = true;
        return false;
    }
    for (size_t i = 0; i < b->n; i++) {
        b->v[i]->placed = false;
        o->unsafe[i] = needed_vars(k, b->v[i]);
        pt_vars_without(k, o->unsafe[i], o->safe);
    }
    for (bool moved = true; moved && o->done.n < b->n && !k->full;) {
        moved = false;
        for (size_t i = 0; i < b->n; i++)
            if (!b->v[i]->placed)
                moved |= try_literal(o, b->v[i], o->unsafe[i]);
    }
    return o->done.n == b->n;
}

bool pt_order_literals(pt_checker *k, pt_body *b, pt_vars globals) {
    ordering o = {.k = k, .globals = globals};
    if (!place_all(&o, b))
        return false;
    *b = o.done;
    return true;
}

static void order_body(pt_checker *k, pt_body *b, pt_vars globals) {
    ordering o = {.k = k, .globals = globals};
    if (!place_all(&o, b)) {
        for (size_t i = 0; i < b->n && !k->full; i++)
            if (!b->v[i]->placed)
                report(k, b->v[i], o.unsafe[i]);
        return;
    }
    pt_vars around = pt_vars_copy(k, globals);
    for (size_t i = 0; i < o.done.n; i++) {
        order_closures(k, o.done.v[i], around);
        pt_vars_merge(k, around, needed_vars(k, o.done.v[i]));
    }
    *b = o.done;
}

// -- rules ----------------------------------------------------------------------------------------

typedef struct numbering {
    pt_compiler *c;
    PT_VEC(pt_sym *) v;
} numbering;

static void number(void *to, pt_sym *s) {
    numbering *n = to;
    if (s->var_epoch == n->c->epoch)
        return;
    s->var_epoch = n->c->epoch;
    s->var = (uint32_t)n->v.n;
    pt_sym **slot = PT_PUSH(&n->c->scratch, &n->v);
    if (slot)
        *slot = s;
    else
        n->c->full = true;
}

static void number_every(pt_compiler *c, const pt_body *b, numbering *n);

static void number_every_term(pt_compiler *c, const pt_term *t, numbering *n) {
    if (t->kind == PT_TERM_CONST || t->kind == PT_TERM_VAR)
        return;
    if (pt_term_closure(t)) {
        number_every(c, &t->compr.body, n);
        return;
    }
    for (size_t i = 0; i < t->items.n; i++)
        number_every_term(c, t->items.v[i], n);
}

// The variables of `every` need not occur anywhere else.
static void number_every(pt_compiler *c, const pt_body *b, numbering *n) {
    for (size_t i = 0; i < b->n; i++) {
        const pt_expr *e = b->v[i];
        if (e->kind == PT_EXPR_TERM)
            number_every_term(c, e->term, n);
        if (e->kind == PT_EXPR_NOT)
            number_every(c, &e->body, n);
        for (size_t k = 0; (e->kind == PT_EXPR_AND || e->kind == PT_EXPR_OR) && k < e->sides.n; k++)
            number_every(c, &e->sides.v[k], n);
        if (e->kind != PT_EXPR_EVERY)
            continue;
        if (e->every.key)
            number(n, e->every.key->sym);
        number(n, e->every.value->sym);
        number_every(c, &e->every.body, n);
    }
}

typedef void term_fn(void *to, const pt_term *t);

static void each_head(const pt_rule *r, const pt_term *ref, term_fn *fn, void *to) {
    if (ref->kind == PT_TERM_REF)
        for (size_t i = 1; i < ref->items.n; i++)
            fn(to, ref->items.v[i]);
    if (r->key)
        fn(to, r->key);
    if (r->value)
        fn(to, r->value);
}

static void number_head(void *to, const pt_term *t) {
    numbering *n = to;
    pt_walk_term(n->c, t, PT_SEE_ALL, number, n);
}

static pt_checker begin(pt_compiler *c, numbering *n) {
    pt_checker k = {.c = c, .n = (uint32_t)n->v.n, .words = (n->v.n + 63) / 64 + !n->v.n};
    k.names = n->v.v;
    k.spare = pt_vars_new(&k);
    k.assigned = pt_vars_new(&k);
    if (k.full)
        c->full = true;
    return k;
}

typedef struct head_check {
    pt_checker *k;
    const pt_rule *r;
    pt_vars known;
} head_check;

static void check_head(void *to, const pt_term *t) {
    head_check *h = to;
    pt_vars open = pt_vars_of(h->k, t, PT_SEE_ALL);
    pt_vars_without(h->k, open, h->known);
    for (uint32_t v = 0; v < h->k->n; v++)
        if (pt_vars_has(open, v))
            unsafe_at(h->k, h->r->loc, h->k->names[v]);
}

void pt_safety_rule(pt_compiler *c, pt_rule *rule) {
    for (pt_rule *r = rule; r && !c->full; r = r->orelse) {
        pt_arena_clear(&c->scratch);
        c->epoch++;
        numbering n = {.c = c};
        for (size_t i = 0; i < rule->args.n; i++)
            pt_walk_term(c, rule->args.v[i], PT_SEE_ALL, number, &n);
        each_head(r, rule->ref, number_head, &n);
        pt_walk_body(c, &r->body, PT_SEE_ALL, number, &n);
        number_every(c, &r->body, &n);
        pt_checker k = begin(c, &n);
        if (k.full)
            return;
        pt_vars globals = pt_vars_new(&k);
        for (size_t i = 0; i < rule->args.n; i++)
            pt_walk_term(c, rule->args.v[i], PT_SEE_ALL, pt_vars_collect, &globals);
        k.args = pt_vars_copy(&k, globals);
        head_check h = {&k, r, pt_vars_copy(&k, globals)};
        pt_vars_merge(&k, h.known, body_vars(&k, &r->body));
        each_head(r, rule->ref, check_head, &h);
        order_body(&k, &r->body, globals);
        say_unsafe(&k);
        r->grouped = k.grouped;
        c->full |= k.full;
    }
}

void pt_safety_query(pt_compiler *c, pt_body *body) {
    pt_arena_clear(&c->scratch);
    c->epoch++;
    numbering n = {.c = c};
    pt_walk_body(c, body, PT_SEE_ALL, number, &n);
    number_every(c, body, &n);
    pt_checker k = begin(c, &n);
    if (k.full)
        return;
    k.args = pt_vars_new(&k);
    order_body(&k, body, pt_vars_new(&k));
    say_unsafe(&k);
    c->full |= k.full;
}

// NOLINTEND(misc-no-recursion)
