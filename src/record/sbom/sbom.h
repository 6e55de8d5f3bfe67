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

// The bill of the document of a scan (docs/scan.schema.json). It is dated `seconds` since 1970
// (SOURCE_DATE_EPOCH); if that is negative, by the image; if it does not say, 1970-01-01.
// *ret lives in `a` and borrows from `doc`. PT_E_NOMEM.
PT_CHECK pt_code pt_sbom_make(pt_arena *a, pt_value doc, pt_sbom_format format, int64_t seconds,
                              pt_value *ret, pt_err *e);
