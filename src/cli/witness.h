// paratia ledger witness: carry the newest checkpoint to somebody who is not this host.
#pragma once

#include "cli/proof.h"
#include "record/witness/witness.h"

// One target after the other; gives the verb's exit code.
int pt_ledger_witness(pt_trust *t, const pt_args *args);

// Compare the ledger with what witnesses have kept of it, and print a line for the newest word of
// each; `want` > 0: for the oldest word of each that covers so many entries. Signatures are
// verified with the keys of --witness and the authorities of --trust; where none is given, that is
// said. PT_E_CORRUPT: the ledger does not extend what a witness saw, or a signature does not hold.
PT_CHECK pt_code pt_witness_report(pt_trust *t, const pt_args *args, uint64_t want, pt_err *e);
