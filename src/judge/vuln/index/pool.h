// Texts that exist once, numbered from 0 in the order in which they came.
#pragma once

#include "base/arena.h"

typedef struct pt_pool {
    pt_arena *a; // where texts are copied; NULL: they are borrowed
    pt_str *of;  // by number
    size_t n, cap;
    uint32_t *slots; // numbers + 1, by hash; a power of two
    size_t slots_n;
    uint64_t seed; // so that nobody can write texts that collide
} pt_pool;

void pt_pool_done(pt_pool *p);

// The number of a text. False: out of memory, or 2^32 texts.
PT_CHECK bool pt_pool_put(pt_pool *p, pt_str text, uint32_t *ret);
