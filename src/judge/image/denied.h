// Packages that may not be in an image: `--deny PACKAGE[@RANGE]`. docs/scan-policy.md.
#pragma once

#include "base/err.h"
#include "judge/vuln/version.h"
#include "value/value.h"

#define PT_DENIAL_BYTES_MAX 4096

typedef struct pt_denial {
    pt_str text;  // as it was written
    pt_str type;  // of a package URL: "npm"; empty: any
    pt_str name;  // without the "*" at its end
    pt_str range; // empty: every version
    bool begins;  // `name` is how the package's begins
    bool exact;   // `range` is one version
    pt_version_scheme scheme;
} pt_denial;

// "telnetd", "npm/event-*", "maven/log4j:log4j-core@<2.17.1"; "pkg:" may stand before it. The range
// is in the syntax of the type's packager; a version alone is that version. Borrows `text`.
// PT_E_USAGE: an unknown type, no name, a "*" elsewhere than at the end, a broken range, a range
// without a type.
PT_CHECK pt_code pt_denial_parse(pt_str text, pt_denial *ret, pt_err *e);

// "denied" of docs/scan.schema.json: a row for each package of `doc` and each denial that meets it;
// not evaluated: the version is none that the range could be asked of. Lives in `a`. PT_E_NOMEM.
PT_CHECK pt_code pt_denied(const pt_denial *all, size_t n, pt_value doc, pt_arena *a, pt_value *ret,
                           pt_err *e);
