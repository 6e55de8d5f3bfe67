// Software bills of materials of a scan: CycloneDX 1.6 and SPDX 2.3, in JSON.
//
// The same scan gives the same bytes. Nothing is said that was not seen: what could not be
// evaluated makes the bill one that says of itself that it is incomplete, with each reason.
#pragma once

#include "base/err.h"
#include "value/value.h"

typedef enum pt_sbom_format {
    PT_SBOM_CYCLONEDX,
    PT_SBOM_SPDX,
    PT_SBOM_FORMATS
} pt_sbom_format;

// "cyclonedx", "spdx". False: there is none of this name.
bool pt_sbom_format_of(pt_str name, pt_sbom_format *ret);

typedef struct pt_sbom_ask {
    pt_sbom_format format;
    int64_t seconds; // since 1970, by which it is dated (SOURCE_DATE_EPOCH). Negative: by the
                     // image; if that does not say, 1970-01-01
    pt_str name;     // of what was read, if it has none itself; empty: "unnamed"
} pt_sbom_ask;

// The bill of the document of a scan (docs/scan.schema.json). *ret lives in `a` and borrows from
// `doc` and `ask`. PT_E_NOMEM.
PT_CHECK pt_code pt_sbom_make(pt_arena *a, pt_value doc, const pt_sbom_ask *ask, pt_value *ret,
                              pt_err *e);
