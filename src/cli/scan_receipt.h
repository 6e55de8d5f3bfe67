// The receipt of a scan: its document beside the ledger, the digest of it in the ledger.
#pragma once

#include "cli/verb.h"
#include "value/value.h"

// Leave it in --state. *ret_number is the entry. An error is one of the ledger: nothing was proved.
PT_CHECK pt_code pt_scan_receipt(const pt_args *args, pt_arena *a, pt_value doc, int exit,
                                 uint64_t *ret_number, pt_err *e);
