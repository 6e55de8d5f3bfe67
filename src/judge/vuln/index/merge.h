// All that was added, in the order of the file: the same for every order in which it came.
#pragma once

#include "judge/vuln/index/build_impl.h"

typedef struct pt_ix_ref {
    const struct pt_ix_merge *m;
    const pt_ix_added *added;
    const pt_ix_stated *stated; // of `added`
    const uint32_t *map;        // from numbers of its shard's pool to those of all
} pt_ix_ref;

// A statement in its place. Texts by their numbers in the pool of all.
typedef struct pt_ix_placed {
    uint32_t advisory, ranges, module;
    uint8_t state, scheme, withdrawn, spare;
} pt_ix_placed;

typedef struct pt_ix_merge {
    pt_index_build *b;
    pt_arena a;
    pt_pool pool;        // of all shards
    uint32_t *source_at; // from numbers of sources to their places by name
    uint32_t *source_of; // and back: of those that something came of
    size_t sources_n;
    pt_ix_ref *advisories;
    size_t advisories_n;
    uint32_t *keys; // by ecosystem and name
    size_t keys_n;
    pt_ix_placed *rows;              // by key and advisory
    size_t *rows_from;               // of each key, and behind the last one
    PT_VEC(const pt_ix_used *) used; // by id
} pt_ix_merge;

PT_CHECK pt_code pt_ix_merge_all(pt_ix_merge *m, pt_index_build *b, pt_err *e);
void pt_ix_merge_done(pt_ix_merge *m);
