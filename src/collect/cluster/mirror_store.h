// Inside the mirror: the objects of one kind as packed texts, found by namespace and name.
#pragma once

#include "base/err.h"
#include "collect/cluster/mirror_pack.h"
#include "value/value.h"

typedef struct pt_mirror_entry pt_mirror_entry;

typedef struct pt_mirror_store { // zeroed: empty
    uint64_t seed;               // of hashes, so that nobody can choose names that collide
    pt_mirror_pack *pack;        // for texts like the first one
    pt_mirror_entry **slots;
    size_t n, cap;
    uint32_t round; // entries of earlier ones go with pt_mirror_store_sweep
} pt_mirror_store;

void pt_mirror_store_done(pt_mirror_store *s);

// Keep `object`, with this round; `a` is for what is made on the way. PT_E_FORMAT: it has no name.
PT_CHECK pt_code pt_mirror_store_put(pt_mirror_store *s, pt_arena *a, pt_value object,
                                     bool *ret_changed, pt_err *e);
bool pt_mirror_store_drop(pt_mirror_store *s, pt_value object); // was it there?
size_t pt_mirror_store_sweep(pt_mirror_store *s);               // how many went

// Put the text of the next object at or behind slot *at into `text`; it stays empty when there is
// none. PT_E_NOMEM.
PT_CHECK pt_code pt_mirror_store_next(const pt_mirror_store *s, size_t *at, pt_buf *text,
                                      pt_err *e);
