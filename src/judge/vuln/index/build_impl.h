// What was added to an index that is being made, for the files that make it.
#pragma once

#include "base/buf.h"
#include "judge/vuln/index/build.h"
#include "judge/vuln/index/format.h"
#include "judge/vuln/index/pool.h"

// A statement; texts by their number in the shard's pool. The key is "ECOSYSTEM\0NAME".
typedef struct pt_ix_stated {
    uint32_t key, ranges, module;
    uint8_t state, scheme;
} pt_ix_stated;

typedef struct pt_ix_added {
    uint32_t source;
    uint32_t stated, stated_n; // its statements in the shard
    bool withdrawn;
    pt_time_ns date; // 0: none
    pt_str id, record;
} pt_ix_added;

typedef struct pt_ix_used {
    uint32_t source;
    pt_str id, kev, date; // `kev` is JSON; both may be empty
    uint32_t score, percentile;
} pt_ix_used;

struct pt_index_shard {
    pt_arena arena;   // what is kept
    pt_arena scratch; // of the document that is added
    pt_buf out;
    pt_pool pool;
    PT_VEC(pt_ix_added) added;
    PT_VEC(pt_ix_stated) stated;
    PT_VEC(pt_ix_used) used;
    size_t unordered;
    // the order of the ecosystem that came last: most feeds are of one
    pt_str ecosystem;
    bool has_scheme;
    pt_version_scheme scheme;
};

typedef struct pt_ix_source {
    pt_str name, kind, digest;
    size_t problems;
    pt_time_ns date;   // told
    pt_time_ns newest; // of its advisories
    size_t advisories;
    bool speaks; // of packages, and not of the use of flaws alone
    bool ahead;  // it has a date that has not come
} pt_ix_source;

struct pt_index_build {
    pt_arena arena;
    PT_VEC(pt_ix_source) sources;
    pt_index_shard *shards[PT_INDEX_SHARDS_MAX];
    size_t shards_n;
    pt_time_ns until; // 0: every date counts
};

// Versions and events of one statement, as format.h has them.
typedef struct pt_ix_version_event {
    pt_ix_event what;
    bool unordered, commits;
    uint32_t range;
    pt_str text;
    size_t written; // which one of all
} pt_ix_version_event;

typedef struct pt_ix_ranges {
    pt_arena *a;
    pt_version_scheme scheme;
    PT_VEC(pt_str) versions;
    PT_VEC(pt_ix_version_event) events;
} pt_ix_ranges;

// Sort them and append their bytes to `b`.
void pt_ix_ranges_put(pt_buf *b, pt_ix_ranges *r);

// The part of a document that is kept for who asks for it, as JSON. PT_E_NOMEM.
PT_CHECK pt_code pt_ix_record_put(pt_buf *b, pt_arena *a, pt_value doc, pt_err *e);
