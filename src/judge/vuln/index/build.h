// Making an index. Advisories are added as OSV documents (whatever the feed was: its reader makes
// such of it), from several threads at once, and the bytes of the file do not depend on their
// order.
#pragma once

#include "base/arena.h"
#include "base/err.h"
#include "base/instant.h"
#include "value/value.h"

#define PT_INDEX_SOURCES_MAX 65536u
#define PT_INDEX_SHARDS_MAX  64u

typedef struct pt_index_build pt_index_build;
typedef struct pt_index_shard pt_index_shard; // what one thread adds

pt_index_build *pt_index_build_new(void); // NULL: out of memory
void pt_index_build_free(pt_index_build *b);

// The shard for one more thread. NULL: out of memory, or more than PT_INDEX_SHARDS_MAX.
pt_index_shard *pt_index_build_shard(pt_index_build *b);

// Where advisories come from. `name` must differ from that of the others of its kind. All sources
// are known before the first advisory is added. PT_E_LIMIT, PT_E_NOMEM.
PT_CHECK pt_code pt_index_build_source(pt_index_build *b, pt_str name, pt_str kind, uint32_t *ret,
                                       pt_err *e);
// What is known of it at the end: the digest of its bytes, how much of it could not be read, and a
// date for one that has none in itself (0: none). One of which nothing is told gave nothing, and is
// left out.
void pt_index_build_told(pt_index_build *b, uint32_t source, pt_str digest, size_t problems,
                         pt_time_ns date);

// Add a document of OSV (schema 1.x; what is not of the schema is left out), or one of a feed about
// the use of flaws: {"id", "kev"?: {"added", "due", "ransomware"}, "epss"?: {"score",
// "percentile", "date"}}. An entry of "affected" may have a "state": pt_advised_name's word, as the
// readers of distributions' feeds write it. Nothing is kept of `doc`.
// PT_E_FORMAT: it is none, and where (e->where is a path in it); nothing is then added.
PT_CHECK pt_code pt_index_add(pt_index_shard *s, uint32_t source, pt_value doc, pt_err *e);

// Ranges that have no order here, because a version in them is none by its ecosystem's rules, or
// nobody knows the ecosystem's order: they speak of the versions alone that they name.
size_t pt_index_unordered(const pt_index_shard *s);

// Dates behind `last` have not come yet, and tell nothing of an index's age: who writes 2099 does
// not make it young for ever. A source that has no other date has none. 0: every date counts.
void pt_index_build_until(pt_index_build *b, pt_time_ns last);

// Write the file: beside `path`, then renamed, so that readers have the old one or the new one.
// Shards are used up. PT_E_IO, PT_E_DENIED, PT_E_LIMIT, PT_E_NOMEM.
PT_CHECK pt_code pt_index_build_write(pt_index_build *b, const char *path, pt_err *e);
