// Software bills of materials that others wrote: CycloneDX 1.2 to 1.7 in JSON, SPDX 2.2 and 2.3 in
// JSON or as tags and values.
#pragma once

#include "base/err.h"
#include "value/value.h"

#define PT_BILL_BYTES_MAX    ((size_t)256 << 20)
#define PT_BILL_DEPTH_MAX    200u // of its JSON
#define PT_BILL_PACKAGES_MAX 200000u
#define PT_BILL_PROBLEMS_MAX 100u // that are told one by one

// The JSON of its bytes: UTF-8, or UTF-16 with its mark (which Windows' tools write). *ret lives in
// `a` and borrows `bytes`. PT_E_FORMAT, PT_E_LIMIT, PT_E_NOMEM.
PT_CHECK pt_code pt_bill_parse(pt_arena *a, pt_str bytes, pt_value *ret, pt_err *e);

// What the bill lists, in the shape of a scan's document (docs/scan.schema.json) as far as a bill
// has it: image, os, layers, packages, problems, verdict. Packages have "purl" as the bill has it,
// and no layer and no file that it does not tell. What is in it and cannot be mapped, or says that
// the bill is incomplete, is a problem, "not evaluated". PT_E_FORMAT: it is no bill;
// PT_E_UNSUPPORTED: of a version or format that is not read; PT_E_LIMIT, PT_E_NOMEM.
PT_CHECK pt_code pt_bill_read(pt_arena *a, pt_str bytes, pt_value *ret, pt_err *e);
