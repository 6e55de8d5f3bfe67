// Documents that programs have in common. Templates carry the same library, each a copy of its own,
// so that rules which are the same and see the same are evaluated once for all of them.
//
// Two documents are the same if what was compiled of them, and of all that they depend on, is the
// same, and if the input that they read is. Rules that could tell the difference (by printing, by
// the network or chance) or that `with` replaces something for, share nothing.
//
// What reads neither data nor input but what is the program's own (its parameters, mostly) is the
// same in each round, and is kept for all of them.
#pragma once

#include "judge/policy/program.h"

// A program that is evaluated with an input of its own.
typedef struct pt_sharer {
    const pt_program *program;
    pt_value own;        // what its input has under the key `own`
    uint32_t *ret_slots; // by node: where its document is kept, from 1; 0: nowhere. NULL: none is
} pt_sharer;

typedef struct pt_share_counts {
    size_t round; // documents that hold for one round: of the first slots
    size_t all;   // … and for all rounds
} pt_share_counts;

// What they have in common, if in one round all of them are evaluated with the same data, time and
// input, but for what input holds under the key `own`. *ret_slots live in `a`. False: no memory.
PT_CHECK bool pt_share(pt_arena *a, const char *own, pt_sharer *v, size_t n, pt_share_counts *ret);
