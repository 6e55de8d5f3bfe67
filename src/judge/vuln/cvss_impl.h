// Between cvss.c (text) and the scores of each version.
#pragma once

#include "judge/vuln/cvss.h"

typedef __int128 pt_cvss_wide; // products of ten decimals

// Metrics by version, in the order of the specification: rows of the tables in cvss_metrics.c.
enum {
    PT_V2_AV,
    PT_V2_AC,
    PT_V2_AU,
    PT_V2_C,
    PT_V2_I,
    PT_V2_A,
    PT_V2_E,
    PT_V2_RL,
    PT_V2_RC,
    PT_V2_CDP,
    PT_V2_TD,
    PT_V2_CR,
    PT_V2_IR,
    PT_V2_AR,
    PT_V2_METRICS
};
enum {
    PT_V3_AV,
    PT_V3_AC,
    PT_V3_PR,
    PT_V3_UI,
    PT_V3_S,
    PT_V3_C,
    PT_V3_I,
    PT_V3_A,
    PT_V3_E,
    PT_V3_RL,
    PT_V3_RC,
    PT_V3_CR,
    PT_V3_IR,
    PT_V3_AR,
    PT_V3_MAV,
    PT_V3_MAC,
    PT_V3_MPR,
    PT_V3_MUI,
    PT_V3_MS,
    PT_V3_MC,
    PT_V3_MI,
    PT_V3_MA,
    PT_V3_METRICS
};
enum {
    PT_V4_AV,
    PT_V4_AC,
    PT_V4_AT,
    PT_V4_PR,
    PT_V4_UI,
    PT_V4_VC,
    PT_V4_VI,
    PT_V4_VA,
    PT_V4_SC,
    PT_V4_SI,
    PT_V4_SA,
    PT_V4_E,
    PT_V4_CR,
    PT_V4_IR,
    PT_V4_AR,
    PT_V4_MAV,
    PT_V4_MAC,
    PT_V4_MAT,
    PT_V4_MPR,
    PT_V4_MUI,
    PT_V4_MVC,
    PT_V4_MVI,
    PT_V4_MVA,
    PT_V4_MSC,
    PT_V4_MSI,
    PT_V4_MSA,
    PT_V4_S,
    PT_V4_AU,
    PT_V4_R,
    PT_V4_V,
    PT_V4_RE,
    PT_V4_U,
    PT_V4_METRICS
};

typedef enum pt_cvss_group {
    PT_CVSS_BASE, // mandatory; of the others the first value is "not defined"
    PT_CVSS_TEMPORAL,
    PT_CVSS_ENVIRONMENTAL,
    PT_CVSS_SUPPLEMENTAL, // in no score
} pt_cvss_group;

typedef struct pt_cvss_metric {
    pt_str name;
    pt_str values; // between blanks
    pt_cvss_group group;
} pt_cvss_metric;

typedef struct pt_cvss_language {
    pt_str prefix;
    const pt_cvss_metric *metrics;
    size_t n;
} pt_cvss_language;

extern const pt_cvss_language pt_cvss_languages[4]; // by pt_cvss_version

// Which value a metric has, from 0; 0 too where it is not written.
static inline unsigned pt_cvss_which(const pt_cvss *c, size_t metric) {
    return c->value[metric] ? c->value[metric] - 1U : 0;
}

// base, temporal and environmental; the rest is the caller's.
pt_cvss_scores pt_cvss2_score(const pt_cvss *c);
pt_cvss_scores pt_cvss3_score(const pt_cvss *c);
pt_cvss_scores pt_cvss4_score(const pt_cvss *c);
