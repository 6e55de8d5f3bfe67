// The record of scans (record/images), as paratia scan writes and asks it: images.db of the state
// folder.
#pragma once

#include "cli/verb.h"
#include "record/images/images.h"
#include "record/run.h"
#include "value/value.h"

// Where it is, as an absolute path; empty: there is no state folder. `make`: there is one then. The
// errors of pt_state_need and pt_state_make.
PT_CHECK pt_code pt_scan_record_path(const pt_args *args, pt_arena *a, bool make, pt_str *ret,
                                     pt_err *e);

// What leads to an image besides its id, by the word of an engine or a registry; what an archive
// says of its names counts for nothing.
typedef struct pt_scan_names {
    const pt_str *names, *digests;
    size_t n_names, n_digests;
} pt_scan_names;

// How a scan was asked: which options decide what is read, and which decide the verdict, too; of
// files their digests. Options that only change what is shown are left out. PT_E_IO, PT_E_LIMIT of
// such a file; PT_E_NOMEM.
typedef struct pt_scan_asked {
    pt_str looked, asked;
} pt_scan_asked;
PT_CHECK pt_code pt_scan_asked_of(const pt_args *args, pt_arena *a, pt_scan_asked *ret, pt_err *e);

typedef struct pt_scan_ended {
    const pt_run *run;  // judged, with its receipt
    pt_value read;      // the document before it was judged
    pt_time_ns read_at; // when its layers were read; 0: now, and the document is kept
    pt_scan_names names;
    bool runs; // these bytes are an engine's, which would run them
} pt_scan_ended;

// Keep it in `path`, if it is an image that has an id. Bytes that contradict a digest, or of which
// a layer was not read, are kept of an engine's image alone: a file, or a registry, may spoil what
// is known of another image no more than excuse it. All open findings count, also those that a
// baseline or an earlier run has.
PT_CHECK pt_code pt_scan_record(const pt_args *args, pt_arena *a, pt_str path,
                                const pt_scan_ended *s, pt_err *e);
