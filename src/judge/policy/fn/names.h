// A set of names that numbers them in the order of their coming. A zeroed one is empty; what it
// needs is taken from an arena, and it borrows the names' bytes.
#pragma once

#include "judge/policy/fn/aid.h"

typedef struct pt_names {
    PT_VEC(pt_str) v; // by number
    uint32_t *slots;  // 1 + number; 0: free
    size_t room;      // slots, a power of two
} pt_names;

#define PT_NAMES_NONE SIZE_MAX

size_t pt_names_find(const pt_names *s, pt_str name); // its number, or PT_NAMES_NONE

// False: it was there. True, and the name is not in it, when the arena is full.
bool pt_names_add(pt_names *s, pt_arena *a, pt_str name);

void pt_names_clear(pt_names *s);
