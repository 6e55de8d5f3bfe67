// What the document of a scan can hold, by which rules of the operator's own are checked.
#pragma once

#include "base/err.h"
#include "value/value.h"

// The schemas of the documentation, as they are.
extern const pt_str pt_scan_schema_document;        // docs/scan.schema.json
extern const pt_str pt_scan_schema_vulnerabilities; // docs/scan-vulnerabilities.schema.json

// The JSON schema of what a rule gets as `input`, in `a`: the document with all that it says of
// vulnerabilities, without what is made only when rules have been asked ("policy", "against").
// PT_E_NOMEM.
PT_CHECK pt_code pt_scan_schema(pt_arena *a, pt_value *ret, pt_err *e);

// The document of a scan in what --json or --output json=FILE wrote: all of it, or its member
// "scan". Undefined: it holds none.
pt_value pt_scan_document(pt_value written);

// Of the lines in which OPA's type check says what it has and what it wants, the name that was
// meant; empty: there is none near.
pt_str pt_scan_schema_nearest(pt_arena *a, pt_str details);
