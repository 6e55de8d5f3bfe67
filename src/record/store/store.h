// The store of one machine: SQLite in WAL mode, runs and the findings they saw. Knows what is new.
// One pt_store is used by one thread; several processes may use one file.
#pragma once

#include "record/run.h"

typedef struct pt_store pt_store;

// Open `path`, or make it (0600); bring an older schema forward. PT_E_UNSUPPORTED: the file is of a
// newer Paratia. PT_E_CORRUPT: it is no database of ours.
PT_CHECK pt_code pt_store_open(pt_store **ret, const char *path, pt_err *e);
void pt_store_free(pt_store *s); // NULL is fine

// Compare the run with the last one of the same verb, subject and scope (what --only and the paths
// left in), and keep it, in one transaction. Sets r->compared (there was an earlier one) and of
// each failing finding is_new and first_seen: seen without a gap since then. Nothing is kept on an
// error.
PT_CHECK pt_code pt_store_keep(pt_store *s, pt_run *r, pt_str scope, pt_err *e);

// A finding as the runs saw it, for explain.
typedef struct pt_kept_finding {
    pt_str check, kind, subject, verdict, severity, evidence;
    pt_time_ns first_seen; // of the unbroken row of runs that ends with the last one that saw it
    pt_time_ns last_seen;
    bool in_last_run; // of its verb and subject
} pt_kept_finding;

// PT_E_ABSENT: no kept run saw it. Texts live in `a`.
PT_CHECK pt_code pt_store_find(pt_store *s, pt_arena *a, pt_str fingerprint, pt_kept_finding *ret,
                               pt_err *e);
