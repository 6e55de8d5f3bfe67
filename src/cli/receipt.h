// The receipt of a run: its findings beside the ledger, their digest in it.
#pragma once

#include "cli/journey.h"
#include "record/ledger/ledger.h"
#include "record/store/store.h"

// Compare the run with the last one and keep it in the store: what is new is marked then. Without a
// store the run is whole, only nothing is new.
void pt_record_keep(pt_journey *j);

// Put the digest of the findings into the ledger and fill j->run.receipt. Never fails the run:
// without a ledger the receipt says why there is none.
void pt_record_receipt(pt_journey *j);

// How many findings have which verdict, as entries say it.
pt_value pt_receipt_counts(const pt_run *r, pt_arena *a);

// Note beside the kept run how it ended: its receipt and its exit code.
void pt_record_end(pt_journey *j);

// Make a state folder, and those above it, for their owner alone. PT_E_IO, PT_E_DENIED, PT_E_NOMEM.
PT_CHECK pt_code pt_state_make(pt_arena *a, pt_str path, pt_err *e);

// Open the ledger of a state folder, or make both; say what was mended. PT_E_CORRUPT: also where it
// is not what a witness has signed: nothing may be put on top.
PT_CHECK pt_code pt_ledger_of(pt_arena *a, pt_str state, pt_ledger **ret, pt_err *e);

// How many runs the ledger has before entry `entry`, the receipt of `run`, that the store does not
// know: it was emptied or replaced.
PT_CHECK pt_code pt_runs_lost(pt_store *store, pt_str state, int64_t run, int64_t entry,
                              int64_t *ret, pt_err *e);

// The folder of the ledger below a state folder.
pt_str pt_ledger_dir(pt_arena *a, pt_str state);

// What the operator left in, as words: only runs of the same scope are compared.
pt_str pt_scope_of(const pt_args *args, pt_arena *a);
