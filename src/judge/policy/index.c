// Look-up tables of rules' clauses.
#include <stdlib.h>
#include <string.h>

#include "judge/policy/vm.h"

enum {
    SEED = 0x5eed,
};

static uint32_t home(const pt_rule_index *t, pt_value v) {
    return (uint32_t)pt_hash(v, SEED) & (t->cap - 1);
}

static pt_rule_index_slot *slot_of(const pt_rule_index *t, pt_value v) {
    uint32_t at = home(t, v);
    while (pt_defined(t->slots[at].value) && !pt_eq(t->slots[at].value, v))
        at = (at + 1) & (t->cap - 1);
    return &t->slots[at];
}

// Entries come in the order of clauses, so that each slot's list is in that order too.
bool pt_rule_index_seal(pt_arena *a, pt_rule_index *t) {
    t->cap = 4;
    while (t->cap < 2 * t->entries.n)
        t->cap *= 2;
    t->slots = PT_NEW(a, pt_rule_index_slot, t->cap);
    t->clauses = PT_NEW(a, uint32_t, t->entries.n);
    if (!t->slots || !t->clauses)
        return false;
    for (size_t i = 0; i < t->entries.n; i++) {
        pt_rule_index_slot *s = slot_of(t, t->entries.v[i].value);
        s->value = t->entries.v[i].value;
        s->n++;
        t->composites |= s->value.tag >= PT_ARRAY;
    }
    uint32_t at = 0;
    for (uint32_t i = 0; i < t->cap; i++) {
        t->slots[i].first = at;
        at += t->slots[i].n;
        t->slots[i].n = 0;
    }
    for (size_t i = 0; i < t->entries.n; i++) {
        pt_rule_index_slot *s = slot_of(t, t->entries.v[i].value);
        bool again = s->n > 0 && t->clauses[s->first + s->n - 1] == t->entries.v[i].clause;
        if (!again) // `in` a collection that holds a value twice
            t->clauses[s->first + s->n++] = t->entries.v[i].clause;
    }
    return true;
}

void pt_rule_index_find(const pt_rule_index *t, pt_value v, const uint32_t **ret, uint32_t *ret_n) {
    *ret = NULL;
    *ret_n = 0;
    if (!pt_defined(v) ||
        (v.tag >= PT_ARRAY && !t->composites)) // which would be walked for nothing
        return;
    const pt_rule_index_slot *s = slot_of(t, v);
    if (!pt_defined(s->value))
        return;
    *ret = t->clauses + s->first;
    *ret_n = s->n;
}
