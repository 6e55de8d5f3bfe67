// CVSS v3.0 and v3.1 (FIRST, specification documents, section 7 and appendix A).
#include "judge/vuln/cvss_impl.h"

#define E(n) ((pt_cvss_wide)1e##n)

// In hundredths (requirements in tenths), by metric and value as in cvss_metrics.c. A modified
// metric has the weights of its base metric.
static const int weights[PT_V3_METRICS][5] = {
    [PT_V3_AV] = {85, 62, 55, 20},
    [PT_V3_AC] = {77, 44},
    [PT_V3_PR] = {85, 62, 27},
    [PT_V3_UI] = {85, 62},
    [PT_V3_C] = {56, 22, 0},
    [PT_V3_I] = {56, 22, 0},
    [PT_V3_A] = {56, 22, 0},
    [PT_V3_E] = {100, 91, 94, 97, 100},
    [PT_V3_RL] = {100, 95, 96, 97, 100},
    [PT_V3_RC] = {100, 92, 96, 100},
    [PT_V3_CR] = {10, 5, 10, 15},
    [PT_V3_IR] = {10, 5, 10, 15},
    [PT_V3_AR] = {10, 5, 10, 15},
};
static const int privileges_if_changed[] = {85, 68, 50};

// Which value counts: the modified metric's where it is asked for and defined.
static unsigned which(const pt_cvss *c, size_t metric, bool modified) {
    unsigned m = modified ? pt_cvss_which(c, metric + (PT_V3_MAV - PT_V3_AV)) : 0;
    return m ? m - 1 : pt_cvss_which(c, metric);
}

static pt_cvss_wide weight(const pt_cvss *c, size_t metric, bool modified) {
    return weights[metric][which(c, metric, modified)];
}

static bool is_changed(const pt_cvss *c, bool modified) {
    return which(c, PT_V3_S, modified) == 1;
}

// Up to the next tenth. 3.1 first rounds to five decimals, against the noise of floating point.
static int round_up(pt_cvss_version version, pt_cvss_wide x, pt_cvss_wide scale) {
    if (version == PT_CVSS_30)
        return (int)((10 * x + scale - 1) / scale);
    pt_cvss_wide rounded = (2 * E(5) * x + scale) / (2 * scale);
    return (int)(rounded / 10000 + (rounded % 10000 != 0));
}

// The impact sub-score, by 1e9.
static pt_cvss_wide sub_score(const pt_cvss *c, bool modified) {
    pt_cvss_wide left = 1;
    for (size_t i = 0; i < 3; i++)
        left *= 1000 -
                weight(c, PT_V3_C + i, modified) * (modified ? weight(c, PT_V3_CR + i, false) : 10);
    pt_cvss_wide iss = E(9) - left;
    return modified && iss > 915 * E(6) ? 915 * E(6) : iss;
}

// The 15th (13th) power has far more decimals than any integer here. It is rounded at the 15th of
// them, where a score's tenths are not at stake.
static pt_cvss_wide power_term(pt_cvss_version version, pt_cvss_wide iss, bool modified) {
    bool new = version == PT_CVSS_31 &&modified;
    double x = (double)iss / 1e9 * (new ? 0.9731 : 1.0) - 0.02;
    double power = 3.25;
    for (int i = 0; i < (new ? 13 : 15); i++)
        power *= x;
    return (pt_cvss_wide)(power * 1e15 + 0.5);
}

// By 1e15.
static pt_cvss_wide impact(const pt_cvss *c, bool modified) {
    pt_cvss_wide iss = sub_score(c, modified);
    if (!is_changed(c, modified))
        return 642 * iss * E(4);
    return 752 * (iss - 29 * E(6)) * E(4) - power_term(c->version, iss, modified);
}

static pt_cvss_wide exploitability(const pt_cvss *c, bool modified) {
    pt_cvss_wide privileges = is_changed(c, modified)
                                  ? privileges_if_changed[which(c, PT_V3_PR, modified)]
                                  : weight(c, PT_V3_PR, modified);
    return 822 * weight(c, PT_V3_AV, modified) * weight(c, PT_V3_AC, modified) * privileges *
           weight(c, PT_V3_UI, modified) * E(5);
}

static int base(const pt_cvss *c, bool modified) {
    pt_cvss_wide of_impact = impact(c, modified);
    if (of_impact <= 0)
        return 0;
    pt_cvss_wide sum =
        (of_impact + exploitability(c, modified)) * (is_changed(c, modified) ? 108 : 100);
    return round_up(c->version, sum < 10 * E(17) ? sum : 10 * E(17), E(17));
}

static int temporal(const pt_cvss *c, int of_base) {
    return round_up(c->version,
                    of_base * weight(c, PT_V3_E, false) * weight(c, PT_V3_RL, false) *
                        weight(c, PT_V3_RC, false),
                    E(7));
}

pt_cvss_scores pt_cvss3_score(const pt_cvss *c) {
    pt_cvss_scores s = {.base = base(c, false)};
    s.temporal = temporal(c, s.base);
    s.environmental = temporal(c, base(c, true));
    return s;
}
