// What came and what went between two scans: packages, licences, vulnerabilities, secrets, files,
// configuration, layers.
#pragma once

#include "base/err.h"
#include "fact/file.h"
#include "value/value.h"

// One of the two.
typedef struct pt_compared {
    pt_value doc;          // docs/scan.schema.json, judged
    const pt_files *files; // NULL: they are not known (of a bill, of a saved report)
} pt_compared;

// The member "against" of the document but for its "target": what `now` has and `before` has not,
// and the other way round. What only one of them tells of is in "not_compared", and is no
// difference. Lives in `a`; texts borrow both. PT_E_NOMEM.
PT_CHECK pt_code pt_difference(const pt_compared *now, const pt_compared *before, pt_arena *a,
                               pt_value *ret, pt_err *e);
