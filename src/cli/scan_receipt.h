// The receipt of a scan: its document beside the ledger, byte for byte as --json prints it, and
// what the ledger says of it.
#pragma once

#include "record/run.h"

PT_CHECK pt_code pt_scan_payload(const pt_run *r, pt_buf *ret, pt_err *e);

// `report`: the digest of the payload.
PT_CHECK pt_code pt_scan_entry(const pt_run *r, pt_arena *a, pt_value report, pt_buf *ret,
                               pt_err *e);
