// What is remembered within a context: documents of rules, parts of them by their keys, answers of
// functions by their operands.
#include "judge/policy/vm.h"

enum {
    NOTED_MAX = 1 << 17, // parts in one context
    BITS_MIN = 3,
    TEXT_MAX = 64, // bytes of a string that are looked at; a longer one is equal to itself only
};
#define CALL  (UINT64_C(1) << 62) // what is noted is of a function
#define EXACT (UINT64_C(1) << 63) // values are compared by what they are

// Large values are told apart by where they are, so that nothing is walked for every call.
static bool by_place(uint64_t what, pt_value v) {
    return !(what & EXACT) && (v.tag >= PT_ARRAY || (v.tag == PT_STRING && v.n > TEXT_MAX));
}

static uint32_t hash_of(const pt_vm *vm, uint64_t what, const pt_value *keys, uint32_t n) {
    uint64_t h = what * UINT64_C(0x9e3779b97f4a7c15);
    for (uint32_t k = 0; k < n; k++) {
        uint64_t part = by_place(what, keys[k]) ? (uint64_t)(uintptr_t)keys[k].s >> 4
                                                : pt_hash(keys[k], (uint64_t)(uintptr_t)vm->arena);
        h = (h ^ part) * UINT64_C(0x9e3779b97f4a7c15);
    }
    return (uint32_t)(h >> 32);
}

static bool same_key(uint64_t what, pt_value a, pt_value b) {
    if (a.tag != b.tag)
        return false;
    return by_place(what, a) || by_place(what, b) ? a.s == b.s && a.n == b.n : pt_eq(a, b);
}

static bool same(const pt_noted *x, uint64_t what, const pt_value *keys, uint32_t n) {
    if (x->what != what || x->n != n)
        return false;
    for (uint32_t k = 0; k < n; k++)
        if (!same_key(what, x->keys[k], keys[k]))
            return false;
    return true;
}

static bool grow(pt_vm *vm, pt_context *c) {
    uint32_t bits = c->noted ? c->noted_bits + 1 : BITS_MIN;
    uint32_t mask = (UINT32_C(1) << bits) - 1;
    pt_noted **to = PT_NEW(vm->arena, pt_noted *, (size_t)mask + 1);
    if (!to)
        return false;
    for (size_t i = 0; c->noted && i < (size_t)1 << c->noted_bits; i++) {
        if (!c->noted[i])
            continue;
        uint32_t at = c->noted[i]->hash & mask;
        while (to[at])
            at = (at + 1) & mask;
        to[at] = c->noted[i];
    }
    c->noted = to;
    c->noted_bits = bits;
    return true;
}

static pt_noted *noted(pt_vm *vm, uint64_t what, const pt_value *keys, uint32_t n) {
    pt_context *c = vm->context;
    uint32_t cap = c->noted ? UINT32_C(1) << c->noted_bits : 0;
    if (2 * c->n_noted >= cap && !grow(vm, c))
        return NULL;
    uint32_t hash = hash_of(vm, what, keys, n);
    uint32_t mask = (UINT32_C(1) << c->noted_bits) - 1;
    uint32_t at = hash & mask;
    for (; c->noted[at]; at = (at + 1) & mask)
        if (c->noted[at]->hash == hash && same(c->noted[at], what, keys, n))
            return c->noted[at];
    if (n > 0 && c->n_noted >= NOTED_MAX)
        return NULL;
    pt_noted *x = pt_arena_take(vm->arena, sizeof *x + n * sizeof *keys);
    if (!x)
        return NULL;
    *x = (pt_noted){.what = what, .hash = hash, .n = n, .memo.fleeting = n > 0};
    for (uint32_t k = 0; k < n; k++)
        x->keys[k] = keys[k];
    c->noted[at] = x;
    c->n_noted++;
    return x;
}

void pt_vm_share(pt_vm *vm, const pt_memo *m) {
    const pt_shared *shared = &vm->opts->shared;
    pt_value v = m->value;
    if (m->shared >= shared->values + shared->n_round)
        v = pt_clone(shared->kept, v);
    if (v.tag == m->value.tag) // else there is no room to keep it
        *m->shared = (struct pt_shared_value){v, true, vm->faults != m->faults};
}

// The first time that an evaluation asks: perhaps another one knows.
static void begin(pt_vm *vm, pt_memo *m, uint32_t node) {
    const pt_shared *shared = &vm->opts->shared;
    *m = (pt_memo){.evaluation = vm->evaluation, .faults = vm->faults};
    if (!vm->shares || !shared->slots[node])
        return;
    m->shared = &shared->values[shared->slots[node] - 1];
    if (m->shared->known) {
        m->state = PT_MEMO_DONE;
        m->value = m->shared->value;
        vm->faults += m->shared->faulty;
    }
}

pt_memo *pt_vm_memo(pt_vm *vm, uint32_t node) {
    pt_context *c = vm->context;
    if (!c->memos) {
        pt_noted *x = noted(vm, node, NULL, 0);
        return x ? &x->memo : NULL;
    }
    pt_memo *m = &c->memos[node];
    if (m->evaluation != vm->evaluation)
        begin(vm, m, node);
    return m;
}

pt_memo *pt_vm_memo_of(pt_vm *vm, uint64_t what, const pt_value *keys, uint32_t n) {
    pt_noted *x = noted(vm, what, keys, n);
    return x ? &x->memo : NULL;
}

pt_memo *pt_vm_memo_call(pt_vm *vm, uint32_t node, const pt_value *args, bool exact) {
    uint32_t n = vm->program->nodes[node].proc.args;
    pt_noted *x = noted(vm, node | CALL | (exact ? EXACT : 0), args, n);
    return x ? &x->memo : NULL;
}
