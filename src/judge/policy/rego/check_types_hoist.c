// OPA computes refs and comprehensions that stand within other terms before the literal that they
// stand in, each with a variable of its own. Messages show what the variable stands for.
#include "judge/policy/rego/check_types.h"

typedef struct hoister {
    pt_infer *k;
    pt_body *out;
    const pt_expr *from; // its `with` holds
} hoister;

static pt_term *hoist_one(hoister *h, pt_term *t);

const pt_term *pt_infer_subject(const pt_sym *s) {
    return s->made && s->name.n == 0 ? s->global : NULL; // they alone have no name
}

static void full(hoister *h) {
    h->k->t.full = true;
}

static void add(hoister *h, pt_body *to, pt_expr *e) {
    pt_expr **slot = e ? PT_PUSH(h->k->t.arena, to) : NULL;
    if (slot)
        *slot = e;
    else
        full(h);
}

// A variable that is `t`, in a literal before the one at hand.
static pt_term *bind(hoister *h, pt_term *t, const pt_term *shown) {
    pt_arena *a = h->k->t.arena;
    pt_sym *s = PT_NEW(a, pt_sym, 1);
    pt_term *v = s ? pt_term_var(a, t->loc, s) : NULL;
    pt_expr *e = v ? pt_expr_new(a, PT_EXPR_TERM, t->loc) : NULL;
    pt_term *op = e ? pt_term_var(a, t->loc, h->k->eq) : NULL;
    pt_term *call = op ? pt_term_new(a, PT_TERM_CALL, t->loc) : NULL;
    if (!call) {
        full(h);
        return t;
    }
    *s = (pt_sym){.id = h->k->next_var++, .made = true};
    s->global = (pt_term *)(uintptr_t)shown; // NOLINT: read as const by pt_infer_subject
    pt_term *const items[] = {op, v, t};
    for (size_t i = 0; i < PT_COUNT(items); i++) {
        pt_term **slot = PT_PUSH(a, &call->items);
        if (slot)
            *slot = items[i];
        else
            full(h);
    }
    e->term = call;
    e->made = true;
    e->with.v = h->from->with.v;
    e->with.n = h->from->with.n;
    add(h, h->out, e);
    return v;
}

static pt_term *copy_of(hoister *h, const pt_term *t) {
    pt_term *to = pt_term_new(h->k->t.arena, t->kind, t->loc);
    if (to)
        *to = *t;
    else
        full(h);
    return to;
}

// NOLINTBEGIN(misc-no-recursion): the parser bounds how deep terms are
// The same with items from `first` on hoisted.
static pt_term *hoist_items(hoister *h, pt_term *t, size_t first) {
    pt_term *to = copy_of(h, t);
    if (!to)
        return t;
    to->items = (pt_terms){0};
    for (size_t i = 0; i < t->items.n; i++) {
        pt_term *item = i < first ? t->items.v[i] : hoist_one(h, t->items.v[i]);
        pt_term **slot = PT_PUSH(h->k->t.arena, &to->items);
        if (!slot) {
            full(h);
            return t;
        }
        *slot = item;
    }
    return to;
}

static bool plain(const pt_term *t) {
    if (t->kind == PT_TERM_CONST || t->kind == PT_TERM_VAR)
        return true;
    if (t->kind != PT_TERM_ARRAY && t->kind != PT_TERM_SET && t->kind != PT_TERM_OBJECT)
        return false;
    for (size_t i = 0; i < t->items.n; i++)
        if (!plain(t->items.v[i]))
            return false;
    return true;
}

static pt_term *hoist_closure(hoister *h, pt_term *t) {
    pt_term *to = copy_of(h, t);
    if (!to)
        return t;
    to->compr.body = pt_infer_hoist(h->k, &t->compr.body);
    return to;
}

static pt_term *hoist_ref(hoister *h, pt_term *t) {
    for (size_t i = 1; i < t->items.n; i++)
        if (!plain(t->items.v[i]))
            return hoist_items(h, t, 1);
    return t;
}

static pt_term *hoist_one(hoister *h, pt_term *t) {
    if (plain(t))
        return t;
    if (t->kind == PT_TERM_REF)
        return bind(h, hoist_ref(h, t), t);
    if (pt_term_closure(t))
        return bind(h, hoist_closure(h, t), t);
    if (t->kind == PT_TERM_ARRAY || t->kind == PT_TERM_SET || t->kind == PT_TERM_OBJECT)
        return hoist_items(h, t, 0);
    return t;
}

// A term that is a literal itself, or a side of `=`, stays where it is.
static pt_term *hoist_within(hoister *h, pt_term *t) {
    if (t->kind == PT_TERM_REF)
        return hoist_ref(h, t);
    return pt_term_closure(t) ? hoist_closure(h, t) : hoist_one(h, t);
}

static pt_term *hoist_call(hoister *h, pt_term *t) {
    bool equal = !h->k->query && pt_term_calls(t, "equal") && t->items.n == 3;
    if (!equal && !pt_term_calls(t, "eq"))
        return hoist_items(h, t, 1);
    pt_term *to = copy_of(h, t);
    pt_term **items = to ? PT_NEW(h->k->t.arena, pt_term *, t->items.n) : NULL;
    pt_term *op = items ? pt_term_var(h->k->t.arena, t->loc, h->k->eq) : NULL;
    if (!op) {
        full(h);
        return t;
    }
    items[0] = op;
    for (size_t i = 1; i < t->items.n; i++)
        items[i] = hoist_within(h, t->items.v[i]);
    to->items.v = items;
    return to;
}

static void hoist_sides(hoister *h, pt_expr *e) {
    pt_body *v = PT_NEW(h->k->t.arena, pt_body, e->sides.n);
    for (size_t i = 0; v && i < e->sides.n; i++)
        v[i] = pt_infer_hoist(h->k, &e->sides.v[i]);
    if (v)
        e->sides.v = v;
    else
        full(h);
}

// "c"[x]: a head that is a constant, whose literal is our own. OPA knows nothing of such a ref.
static bool constant_head(const pt_expr *e) {
    if (!e->made || !pt_expr_calls(e, "eq") || e->term->items.n != 3)
        return false;
    const pt_term *var = e->term->items.v[1];
    return var->kind == PT_TERM_VAR && var->sym->made && !var->sym->from &&
           e->term->items.v[2]->kind == PT_TERM_CONST;
}

static void hoist_expr(hoister *h, const pt_expr *from) {
    if (constant_head(from))
        return;
    pt_expr *e = pt_expr_new(h->k->t.arena, from->kind, from->loc);
    if (!e) {
        full(h);
        return;
    }
    *e = *from;
    h->from = from;
    switch (e->kind) {
    case PT_EXPR_TERM:
        e->term = e->term->kind == PT_TERM_CALL ? hoist_call(h, e->term) : hoist_within(h, e->term);
        break;
    case PT_EXPR_EVERY:
        e->every.domain = hoist_one(h, e->every.domain);
        e->every.body = pt_infer_hoist(h->k, &from->every.body);
        break;
    case PT_EXPR_NOT:
        e->body = pt_infer_hoist(h->k, &from->body);
        break;
    case PT_EXPR_AND:
    case PT_EXPR_OR:
        hoist_sides(h, e);
        break;
    case PT_EXPR_SOME:
        break;
    }
    add(h, h->out, e);
}

pt_body pt_infer_hoist(pt_infer *k, const pt_body *b) {
    pt_body out = {0};
    hoister h = {.k = k, .out = &out};
    for (size_t i = 0; i < b->n; i++)
        hoist_expr(&h, b->v[i]);
    return out;
}
// NOLINTEND(misc-no-recursion)
