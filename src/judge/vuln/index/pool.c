#include "judge/vuln/index/pool.h"

#include <stdlib.h>
#include <string.h>

#include "crypto/crypto.h"

void pt_pool_done(pt_pool *p) {
    free(p->of);
    free(p->slots);
    *p = (pt_pool){.a = p->a};
}

// Eight bytes at a time, mixed as in splitmix64.
static uint64_t hash_of(const pt_pool *p, pt_str s) {
    uint64_t h = s.n ^ p->seed;
    for (size_t i = 0; i < s.n; i += 8) {
        uint64_t part = 0;
        memcpy(&part, s.p + i, s.n - i < 8 ? s.n - i : 8);
        h = (h ^ part) * UINT64_C(0x9e3779b97f4a7c15);
        h ^= h >> 29;
    }
    h *= UINT64_C(0xbf58476d1ce4e5b9);
    return h ^ h >> 32;
}

static bool grow_slots(pt_pool *p) {
    size_t n = p->slots_n ? 2 * p->slots_n : 1024;
    uint32_t *slots = calloc(n, sizeof *slots);
    if (!slots)
        return false;
    if (!p->slots)
        pt_random(&p->seed, sizeof p->seed);
    for (size_t i = 0; i < p->n; i++) {
        size_t at = hash_of(p, p->of[i]) & (n - 1);
        while (slots[at])
            at = (at + 1) & (n - 1);
        slots[at] = (uint32_t)i + 1;
    }
    free(p->slots);
    p->slots = slots;
    p->slots_n = n;
    return true;
}

static bool grow_texts(pt_pool *p) {
    size_t cap = p->cap ? 2 * p->cap : 1024;
    pt_str *of = reallocarray(p->of, cap, sizeof *of);
    if (!of)
        return false;
    p->of = of;
    p->cap = cap;
    return true;
}

bool pt_pool_put(pt_pool *p, pt_str text, uint32_t *ret) {
    if ((p->n >= p->slots_n / 2 && !grow_slots(p)) || (p->n == p->cap && !grow_texts(p)))
        return false;
    size_t at = hash_of(p, text) & (p->slots_n - 1);
    for (; p->slots[at]; at = (at + 1) & (p->slots_n - 1))
        if (pt_str_eq(p->of[p->slots[at] - 1], text)) {
            *ret = p->slots[at] - 1;
            return true;
        }
    pt_str copy = p->a ? pt_arena_str(p->a, text) : text;
    if ((p->a && !copy.p) || p->n == UINT32_MAX - 1)
        return false;
    p->of[p->n] = copy;
    *ret = (uint32_t)p->n++;
    p->slots[at] = *ret + 1;
    return true;
}
