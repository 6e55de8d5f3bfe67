// Unification, which the order of literals has made one-sided: for every pair, one side is known
// when its turn comes.
#include "judge/policy/rego/emit.h"

// NOLINTBEGIN(misc-no-recursion): patterns nest up to PT_REGO_NESTING_MAX

typedef struct pair {
    pt_term *a, *b;
} pair;

typedef PT_VEC(pair) pairs;

static bool unbound_var(const pt_emitter *m, const pt_term *t) {
    return t->kind == PT_TERM_VAR && !pt_emit_bound(m, t->sym);
}

static void match_array(pt_emitter *m, pt_term *t, uint32_t from) {
    pt_emit_insn(m, PT_OP_IS_ARRAY, 0, from, 0)->n = (uint16_t)t->items.n;
    for (size_t i = 0; i < t->items.n; i++) {
        pt_term *item = t->items.v[i];
        if (item->kind == PT_TERM_VAR && item->sym->wildcard)
            continue;
        uint32_t at = pt_emit_const(m, pt_int((int64_t)i));
        uint32_t reg = unbound_var(m, item) ? pt_emit_var(m, item->sym) : pt_emit_reg(m);
        pt_emit_insn(m, PT_OP_GET, reg, from, at);
        pt_emit_match(m, item, reg);
    }
}

static void match_object(pt_emitter *m, pt_term *t, uint32_t from) {
    pt_emit_insn(m, PT_OP_IS_OBJECT, 0, from, 0)->n = (uint16_t)(t->items.n / 2);
    for (size_t i = 0; i < t->items.n; i += 2) {
        pt_term *item = t->items.v[i + 1];
        uint32_t key = pt_emit_term(m, t->items.v[i], PT_OPERAND_NONE);
        uint32_t reg = unbound_var(m, item) ? pt_emit_var(m, item->sym) : pt_emit_reg(m);
        pt_emit_insn(m, PT_OP_GET, reg, from, key);
        pt_emit_match(m, item, reg);
    }
}

void pt_emit_match(pt_emitter *m, pt_term *t, uint32_t from) {
    if (unbound_var(m, t)) {
        uint32_t reg = pt_emit_var(m, t->sym);
        if (reg != from)
            pt_emit_insn(m, PT_OP_MOVE, reg, from, 0);
        pt_emit_bind(m, t->sym);
        return;
    }
    if (t->kind == PT_TERM_ARRAY && !pt_term_ground(m->c, t) && t->items.n <= UINT16_MAX) {
        match_array(m, t, from);
        return;
    }
    if (t->kind == PT_TERM_OBJECT && !pt_term_ground(m->c, t) && t->items.n <= UINT16_MAX) {
        match_object(m, t, from);
        return;
    }
    uint32_t value = pt_emit_term(m, t, PT_OPERAND_NONE);
    pt_emit_insn(m, PT_OP_EQ, 0, from, value);
}

static void push(pt_emitter *m, pairs *open, pt_term *a, pt_term *b) {
    pair *p = PT_PUSH(m->c->arena, open);
    if (p)
        *p = (pair){a, b};
    else
        m->c->full = true;
}

static bool const_keys(const pt_term *t) {
    for (size_t i = 0; i < t->items.n; i += 2)
        if (t->items.v[i]->kind != PT_TERM_CONST)
            return false;
    return true;
}

static pt_term *value_under(const pt_term *object, pt_value key) {
    for (size_t i = 0; i < object->items.n; i += 2)
        if (pt_eq(object->items.v[i]->value, key))
            return object->items.v[i + 1];
    return NULL;
}

// Two composites written out: pairs of their parts. False if that is not how to take them.
static bool split(pt_emitter *m, pairs *open, pair p) {
    if (p.a->kind == PT_TERM_ARRAY && p.b->kind == PT_TERM_ARRAY) {
        if (p.a->items.n != p.b->items.n)
            pt_emit_jump(m, m->fail);
        for (size_t i = 0; p.a->items.n == p.b->items.n && i < p.a->items.n; i++)
            push(m, open, p.a->items.v[i], p.b->items.v[i]);
        return true;
    }
    if (p.a->kind != PT_TERM_OBJECT || p.b->kind != PT_TERM_OBJECT || !const_keys(p.a) ||
        !const_keys(p.b))
        return false;
    bool fits = p.a->items.n == p.b->items.n;
    for (size_t i = 0; fits && i < p.a->items.n; i += 2)
        fits = value_under(p.b, p.a->items.v[i]->value) != NULL;
    if (!fits)
        pt_emit_jump(m, m->fail);
    for (size_t i = 0; fits && i < p.a->items.n; i += 2)
        push(m, open, p.a->items.v[i + 1], value_under(p.b, p.a->items.v[i]->value));
    return true;
}

typedef struct mention {
    const pt_sym *wanted;
    bool found;
} mention;

static void note_mention(void *to, pt_sym *s) {
    mention *n = to;
    n->found |= s == n->wanted;
}

static bool mentions(const pt_emitter *m, const pt_term *t, const pt_sym *s) {
    mention n = {s, false};
    if (t->kind == PT_TERM_REF)
        pt_walk_term(m->c, t, PT_SEE_ALL, note_mention, &n);
    return n.found;
}

// One pair of which a side is known. False if none is, yet.
static bool settle(pt_emitter *m, pt_term *a, pt_term *b) {
    bool ra = pt_emit_ready(m, a), rb = pt_emit_ready(m, b);
    if (!ra && !rb)
        return false;
    if (unbound_var(m, a) && rb && !mentions(m, b, a->sym)) {
        (void)pt_emit_term(m, b, pt_emit_var(m, a->sym));
        pt_emit_bind(m, a->sym);
        return true;
    }
    if (unbound_var(m, b) && ra && !mentions(m, a, b->sym))
        return settle(m, b, a);
    // the side that is a pattern is taken apart; if both are known, the one that is composite
    bool pattern_a = !ra || (rb && (a->kind == PT_TERM_ARRAY || a->kind == PT_TERM_OBJECT) &&
                             b->kind != PT_TERM_CONST);
    pt_term *pattern = pattern_a ? a : b;
    pt_term *known = pattern_a ? b : a;
    pt_emit_match(m, pattern, pt_emit_term(m, known, PT_OPERAND_NONE));
    return true;
}

// Refs inside of a composite are looked up first: they may bind what stands beside them, as in
// x = [input.a[i], i]. The same term if there are none.
static pt_term *hoist_refs(pt_emitter *m, pt_term *t) {
    if (t->kind != PT_TERM_ARRAY && t->kind != PT_TERM_SET && t->kind != PT_TERM_OBJECT)
        return t;
    pt_term *to = t;
    for (size_t i = 0; i < t->items.n; i++) {
        pt_term *item = t->items.v[i];
        pt_term *known = item->kind == PT_TERM_REF ? pt_emit_hoist(m, item) : hoist_refs(m, item);
        if (known == item)
            continue;
        if (to == t)
            to = pt_emit_copy(m, t);
        to->items.v[i] = known;
    }
    return to;
}

static bool hoist_pairs(pt_emitter *m, const pairs *open) {
    bool any = false;
    for (size_t i = 0; i < open->n; i++) {
        pair p = {hoist_refs(m, open->v[i].a), hoist_refs(m, open->v[i].b)};
        any |= p.a != open->v[i].a || p.b != open->v[i].b;
        open->v[i] = p;
    }
    return any;
}

void pt_emit_unify(pt_emitter *m, pt_term *a, pt_term *b) {
    pairs open = {0};
    push(m, &open, a, b);
    while (open.n > 0 && !m->c->full) {
        size_t left = 0;
        bool moved = false;
        for (size_t i = 0; i < open.n; i++) {
            pair p = open.v[i];
            if (split(m, &open, p) || settle(m, p.a, p.b))
                moved = true;
            else
                open.v[left++] = p;
        }
        open.n = left;
        if (moved || left == 0 || hoist_pairs(m, &open))
            continue;
        pt_diagnose(m->c->d, PT_REGO_UNSAFE, &m->loc, "expression is unsafe");
        return;
    }
}

// NOLINTEND(misc-no-recursion)
