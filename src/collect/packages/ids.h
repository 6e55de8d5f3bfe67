// Names and their numbers, in the order in which they first came.
#pragma once

#include "value/value.h"

#define PT_IDS_NONE UINT32_MAX

typedef struct pt_ids { // zeroed but for the arena
    pt_arena *a;
    PT_VEC(pt_str) list;
    uint32_t *slots; // a number + 1; 0: free
    size_t room;     // a power of two
    uint64_t seed;
} pt_ids;

// The number of a name, from 0; it is added if it is new. The bytes are borrowed. PT_IDS_NONE:
// out of memory.
uint32_t pt_ids_add(pt_ids *n, pt_str name);
// PT_IDS_NONE: it never came.
uint32_t pt_ids_find(const pt_ids *n, pt_str name);

// Ids, sorted and each once, as `depends` has them; undefined of none.
pt_value pt_ids_sorted(const pt_list *ids);
