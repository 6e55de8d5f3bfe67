// What prove and ledger share: the key and the saved checkpoint that the operator names.
#pragma once

#include "cli/verb.h"
#include "record/ledger/ledger.h"

typedef struct pt_trust {
    pt_arena arena;
    pt_str state; // folder of runs and ledger
    pt_str dir;   // of the ledger
    bool own_key; // no --key: the ledger's own pub file, which root on the host can exchange
    pt_vkey key;
    pt_str saved; // text of --checkpoint; empty: none
} pt_trust;

// Read --state, --key (a file, or the vkey itself) and --checkpoint (a file).
PT_CHECK pt_code pt_trust_read(pt_trust *t, const pt_args *args, pt_err *e);
void pt_trust_done(pt_trust *t);
