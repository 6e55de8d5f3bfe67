// What the guard writes for the templates that the API server holds: the definition of each one's
// kind, so that there can be constraints of it, and that it did.
#pragma once

#include "cli/guard_k8s_live.h"

// One template's definition, as it was written last.
typedef struct pt_live_written {
    pt_str name; // of the template
    pt_hash256 print;
} pt_live_written;

typedef struct pt_live_writer {
    pt_arena a;
    PT_VEC(pt_live_written) all;
    int64_t again_ns; // some could not be written: not before; 0: all are
    pt_err told;      // what was complained of last
} pt_live_writer;

// Write what is not written yet, or has changed. What cannot be written is said once, and tried
// again after a while.
void pt_live_write(pt_live_writer *w, pt_cluster *c, const pt_cluster_kind *templates,
                   const pt_live_docs *docs);

// The server has no such kind any more: its definition is written anew.
void pt_live_unwritten(pt_live_writer *w, pt_str template);
void pt_live_writer_done(pt_live_writer *w); // as zeroed is fine
