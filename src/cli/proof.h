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

// What lies beside the log for an entry: the findings whose digest it holds.
typedef enum pt_beside {
    PT_BESIDE_NONE, // an entry of another kind
    PT_BESIDE_SAME,
    PT_BESIDE_GONE, // not there any more: retention, or somebody
} pt_beside;

// Compare them with the digest. PT_E_CORRUPT: they were changed. *ret_path (in t->arena) is where
// they are, or were.
PT_CHECK pt_code pt_findings_beside(pt_trust *t, pt_str entry, pt_beside *ret, pt_str *ret_path,
                                    pt_err *e);
