// The receipt of a run: its findings beside the ledger, their digest in it.
#pragma once

#include "cli/journey.h"
#include "record/ledger/ledger.h"

// Compare the run with the last one and keep it in the store: what is new is marked then. Without a
// store the run is whole, only nothing is new.
void pt_record_keep(pt_journey *j);

// Put the digest of the findings into the ledger and fill j->run.receipt. Never fails the run:
// without a ledger the receipt says why there is none.
void pt_record_receipt(pt_journey *j);

// Note beside the kept run how it ended: its receipt and its exit code.
void pt_record_end(pt_journey *j);

// The folder of the ledger below a state folder.
pt_str pt_ledger_dir(pt_arena *a, pt_str state);

// What the operator left in, as words: only runs of the same scope are compared.
pt_str pt_scope_of(const pt_args *args, pt_arena *a);
