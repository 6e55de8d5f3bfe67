// CVSS v2 (First, "A Complete Guide to the Common Vulnerability Scoring System Version 2.0", 3.2).
#include "judge/vuln/cvss_impl.h"

#define E(n) ((pt_cvss_wide)1e##n)

// In thousandths, by metric and value as in cvss_metrics.c.
static const int weights[PT_V2_METRICS][6] = {
    [PT_V2_AV] = {395, 646, 1000},
    [PT_V2_AC] = {350, 610, 710},
    [PT_V2_AU] = {450, 560, 704},
    [PT_V2_C] = {0, 275, 660},
    [PT_V2_I] = {0, 275, 660},
    [PT_V2_A] = {0, 275, 660},
    [PT_V2_E] = {1000, 850, 900, 950, 1000},
    [PT_V2_RL] = {1000, 870, 900, 950, 1000},
    [PT_V2_RC] = {1000, 900, 950, 1000},
    [PT_V2_CDP] = {0, 0, 100, 300, 400, 500},
    [PT_V2_TD] = {1000, 0, 250, 750, 1000},
    [PT_V2_CR] = {1000, 500, 1000, 1510},
    [PT_V2_IR] = {1000, 500, 1000, 1510},
    [PT_V2_AR] = {1000, 500, 1000, 1510},
};

static pt_cvss_wide weight(const pt_cvss *c, size_t metric) {
    return weights[metric][pt_cvss_which(c, metric)];
}

// x / scale in tenths, the half away from 0.
static pt_cvss_wide round_tenths(pt_cvss_wide x, pt_cvss_wide scale) {
    pt_cvss_wide half = x < 0 ? -scale : scale;
    return (20 * x + half) / (2 * scale);
}

// 10.41 * (1 - (1-C)(1-I)(1-A)), each times its requirement, by 1e20.
static pt_cvss_wide impact(const pt_cvss *c, bool adjusted) {
    pt_cvss_wide left = 1;
    for (size_t i = 0; i < 3; i++)
        left *= E(6) - weight(c, PT_V2_C + i) * (adjusted ? weight(c, PT_V2_CR + i) : 1000);
    pt_cvss_wide x = 1041 * (E(18) - left);
    return adjusted && x > 10 * E(20) ? 10 * E(20) : x;
}

// ((0.6 * impact) + (0.4 * exploitability) - 1.5) * (impact ? 1.176 : 0)
static pt_cvss_wide base(const pt_cvss *c, bool adjusted) {
    pt_cvss_wide of_impact = impact(c, adjusted);
    pt_cvss_wide exploitability =
        20 * weight(c, PT_V2_AV) * weight(c, PT_V2_AC) * weight(c, PT_V2_AU);
    pt_cvss_wide sum = of_impact * 6 + exploitability * 4 * E(11) - 15 * E(20);
    return of_impact ? round_tenths(sum * 1176, E(24)) : 0;
}

static pt_cvss_wide temporal(const pt_cvss *c, pt_cvss_wide of_base) {
    return round_tenths(of_base * weight(c, PT_V2_E) * weight(c, PT_V2_RL) * weight(c, PT_V2_RC),
                        E(10));
}

static int positive(pt_cvss_wide tenths) {
    return tenths > 0 ? (int)tenths : 0;
}

pt_cvss_scores pt_cvss2_score(const pt_cvss *c) {
    pt_cvss_scores s = {0};
    pt_cvss_wide of_base = base(c, false);
    s.base = positive(of_base);
    s.temporal = positive(temporal(c, of_base));
    // (adjusted temporal + (10 - adjusted temporal) * CDP) * TD
    pt_cvss_wide adjusted = temporal(c, base(c, true));
    pt_cvss_wide damage = adjusted * 1000 + (100 - adjusted) * weight(c, PT_V2_CDP);
    s.environmental = positive(round_tenths(damage * weight(c, PT_V2_TD), E(7)));
    return s;
}
