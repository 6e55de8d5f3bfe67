// CVSS 2.0, 3.0, 3.1 and 4.0 (FIRST): vectors, their scores, the names of severities.
// Pure, without allocation; scores are whole tenths, computed exactly and rounded once, as each
// version says.
#pragma once

#include "base/err.h"
#include "base/str.h"

#define PT_CVSS_BYTES_MAX   512 // of a vector
#define PT_CVSS_METRICS_MAX 32

typedef enum pt_cvss_version {
    PT_CVSS_2,
    PT_CVSS_30,
    PT_CVSS_31,
    PT_CVSS_40
} pt_cvss_version;

typedef struct pt_cvss {
    pt_cvss_version version;
    uint8_t value[PT_CVSS_METRICS_MAX]; // by the version's metrics: 0 not written, else 1 + which
    bool in_order;                      // the metrics stand in the order of the specification
} pt_cvss;

// In tenths: 98 is 9.8. What a group of metrics does not define counts as "not defined" there.
// Version 4 calls them CVSS-B, CVSS-BT and CVSS-BTE.
typedef struct pt_cvss_scores {
    int base, temporal, environmental;
    bool has_temporal, has_environmental; // such a metric is written, and defined
    int overall;                          // the last of the three for which there is a metric
} pt_cvss_scores;

// "CVSS:3.1/AV:N/…", or version 2 without a prefix. All mandatory metrics, each metric once, only
// values of the version; a wrong case is wrong. Any order is taken (3.x says so; 4.0 and 2.0 fix
// one that feeds do not keep): c->in_order tells.
// PT_E_FORMAT says what is wrong; PT_E_UNSUPPORTED: a version that is not known here; PT_E_LIMIT.
PT_CHECK pt_code pt_cvss_parse(pt_str vector, pt_cvss *ret, pt_err *e);

pt_cvss_scores pt_cvss_score(const pt_cvss *c);

// The canonical vector in `buf`, in the order of the specification and without what is written as
// not defined.
pt_str pt_cvss_write(const pt_cvss *c, char buf[PT_CVSS_BYTES_MAX]);

// "none", "low", "medium", "high", "critical"; version 2 has (by NVD) only the middle three.
const char *pt_cvss_severity(pt_cvss_version version, int tenths);
