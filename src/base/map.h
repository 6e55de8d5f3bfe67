// 64-bit hashes to pointers. Memory in an arena; nothing is taken out. A zeroed map with its arena
// set is an empty one.
#pragma once

#include "base/arena.h"

typedef struct pt_map {
    pt_arena *a;
    uint64_t *keys; // 0: nothing stands there
    void **values;
    size_t n, cap;
} pt_map;

// What was put there, or NULL. Of keys the lowest bit is not looked at.
void *pt_map_get(const pt_map *m, uint64_t key);

// Put, or put in the place of what is there. False: no memory.
PT_CHECK bool pt_map_put(pt_map *m, uint64_t key, void *value);
