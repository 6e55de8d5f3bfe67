// Documents that programs have in common. Templates carry the same library, each a copy of its own,
// so that rules which are the same and see the same are evaluated once for all of them.
//
// Two documents are the same if what was compiled of them, and of all that they depend on, is the
// same, and if the input that they read is. Rules that could tell the difference (by printing, by
// the network or chance) or that `with` replaces something for, share nothing.
#pragma once

#include "judge/policy/program.h"

// A program that is evaluated with an input of its own.
typedef struct pt_sharer {
    const pt_program *program;
    pt_value own;        // what its input has under the key `own`
    uint32_t *ret_slots; // by node: where its document is kept, from 1; 0: nowhere. NULL: none is
} pt_sharer;

// What they have in common, if in one round all of them are evaluated with the same data, time and
// input, but for what input holds under the key `own`. *ret_slots live in `a`, and *ret_n is how
// many documents there are to keep: values of pt_shared. False: no memory.
PT_CHECK bool pt_share(pt_arena *a, const char *own, pt_sharer *v, size_t n, size_t *ret_n);
