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
// left in), and keep it, in one transaction. Sets r->id, r->compared (there was an earlier one),
// r->unchanged, r->gone and r->history (texts in `a`), and of each failing finding is_new and
// first_seen: seen without a gap since then. Nothing is kept on an error.
PT_CHECK pt_code pt_store_keep(pt_store *s, pt_arena *a, pt_run *r, pt_str scope, pt_err *e);

// How a kept run ended: its receipt in the ledger (-1: none) and its exit code, which are known
// only after it was compared.
PT_CHECK pt_code pt_store_end(pt_store *s, int64_t run, int64_t entry, int exit_code, pt_err *e);

// How many of the entries below `entry`, which is the receipt of `run`, are of no kept run, though
// they came after all that are: the store was emptied, or an older one put in its place. Runs that
// were not ended are taken for some of them. *ret_from is the first entry that may be one; others
// than runs leave entries, too.
PT_CHECK pt_code pt_store_lost(pt_store *s, int64_t run, int64_t entry, int64_t *ret_from,
                               int64_t *ret, pt_err *e);

// PT_E_ABSENT: no kept run saw it. Texts live in `a`.
PT_CHECK pt_code pt_store_find(pt_store *s, pt_arena *a, pt_str fingerprint, pt_kept_finding *ret,
                               pt_err *e);

// -- what changed between two runs ----------------------------------------------------------------

// A kept run, and how it differs from an earlier one.
typedef struct pt_changes {
    pt_str verb, subject;
    pt_time_ns started, since; // of the run; of the earlier one, 0: there is none
    int64_t entry;             // its receipt; -1: none
    int exit_code, score;
    size_t open[PT_SEVERITY_COUNT], unlooked; // of the run: open findings, not evaluated
    pt_kept_findings fresh; // open now and not then, or with other evidence; worst first
    pt_kept_findings gone;  // open then and looked at now: not there
    pt_kept_findings blind; // not evaluated now, but then
} pt_changes;

// `since` 0: against nothing, so that all that is open is fresh. PT_E_ABSENT: no such run.
PT_CHECK pt_code pt_store_changes(pt_store *s, pt_arena *a, int64_t run, int64_t since,
                                  pt_changes *ret, pt_err *e);

// -- who was told what ----------------------------------------------------------------------------

// What somebody was last told about runs of one kind. A run that somebody was told of is not
// pruned.
typedef struct pt_last_told {
    int64_t run;    // 0: nothing yet
    pt_str trouble; // what kept the audit from being done; empty: it was done
} pt_last_told;

// `who` names target and kind of run; nothing told yet is no error.
PT_CHECK pt_code pt_store_told(pt_store *s, pt_arena *a, pt_str who, pt_last_told *ret, pt_err *e);
PT_CHECK pt_code pt_store_tell(pt_store *s, pt_str who, const pt_last_told *told, pt_err *e);
