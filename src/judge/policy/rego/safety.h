// Sets of a rule's variables, and which variables a literal binds; what safety.c and outputs.c
// share.
#pragma once

#include <string.h>

#include "judge/policy/rego/impl.h"

typedef struct pt_vars {
    uint64_t *w; // one bit a variable of the rule
} pt_vars;

typedef struct pt_unsafe { // nothing binds `sym` at `loc`
    const pt_sym *sym;
    pt_loc loc;
} pt_unsafe;

typedef struct pt_edge { // `a` is safe once all its `b` are; if `a` is safe, so is each `b`
    uint32_t a, b;
    bool gone;
} pt_edge;

typedef struct pt_checker {
    pt_compiler *c;
    uint32_t n;           // variables of the rule
    size_t words;         // of each set
    pt_sym **names;       // by number
    pt_vars spare;        // what is handed out when the arena is full
    PT_VEC(pt_vars) pool; // all sets that were made; those from `used` on are free
    size_t used;
    PT_VEC(pt_edge) edges;  // of the unification at hand
    PT_VEC(uint32_t) queue; // variables of it that are to be marked as safe
    PT_VEC(pt_unsafe) unsafe;
    pt_vars args;     // of the rule: the same in every turn
    pt_vars assigned; // by := of literals that are unsafe
    bool grouped;     // some comprehension has a grouping
    bool full;
} pt_checker;

// Empty. Going back to an earlier `used` gives back what was made since: bodies are tried again and
// again.
static inline pt_vars pt_vars_new(pt_checker *k) {
    if (k->used < k->pool.n) {
        pt_vars s = k->pool.v[k->used++];
        memset(s.w, 0, k->words * sizeof *s.w);
        return s;
    }
    pt_vars s = {PT_NEW(&k->c->scratch, uint64_t, k->words)};
    pt_vars *slot = s.w ? PT_PUSH(&k->c->scratch, &k->pool) : NULL;
    if (!slot) {
        k->full = true;
        return k->spare;
    }
    k->used++;
    return *slot = s;
}

static inline bool pt_vars_has(pt_vars s, uint32_t v) {
    return s.w[v / 64] >> (v % 64) & 1;
}

static inline void pt_vars_add(pt_vars s, uint32_t v) {
    s.w[v / 64] |= UINT64_C(1) << (v % 64);
}

static inline void pt_vars_merge(const pt_checker *k, pt_vars to, pt_vars from) {
    for (size_t i = 0; i < k->words; i++)
        to.w[i] |= from.w[i];
}

static inline void pt_vars_without(const pt_checker *k, pt_vars to, pt_vars what) {
    for (size_t i = 0; i < k->words; i++)
        to.w[i] &= ~what.w[i];
}

static inline bool pt_vars_empty(const pt_checker *k, pt_vars s) {
    for (size_t i = 0; i < k->words; i++)
        if (s.w[i])
            return false;
    return true;
}

static inline bool pt_vars_within(const pt_checker *k, pt_vars s, pt_vars of) {
    for (size_t i = 0; i < k->words; i++)
        if (s.w[i] & ~of.w[i])
            return false;
    return true;
}

static inline pt_vars pt_vars_copy(pt_checker *k, pt_vars s) {
    pt_vars n = pt_vars_new(k);
    memcpy(n.w, s.w, k->words * sizeof *n.w);
    return n;
}

static inline void pt_vars_collect(void *to, pt_sym *s) { // a pt_var_fn
    pt_vars_add(*(pt_vars *)to, s->var);
}

static inline pt_vars pt_vars_of(pt_checker *k, const pt_term *t, unsigned skip) {
    pt_vars s = pt_vars_new(k);
    pt_walk_term(k->c, t, skip, pt_vars_collect, &s);
    return s;
}

// What the literal binds when the variables `safe` are bound.
pt_vars pt_outputs(pt_checker *k, const pt_expr *e, pt_vars safe);
// `globals`, and all that the literals bind one after the other.
pt_vars pt_body_outputs(pt_checker *k, const pt_body *b, pt_vars globals);

// Put the literals in order, without saying what is unsafe. False: they cannot be.
bool pt_order_literals(pt_checker *k, pt_body *b, pt_vars globals);

// group.c: find the grouping of a comprehension whose body is ordered; `globals`: bound around it.
void pt_find_grouping(pt_checker *k, pt_term *t, pt_vars globals);
