#include "judge/vuln/cvss_impl.h"

#define B(name, values) {PT_STR(name), PT_STR(values), PT_CVSS_BASE}
#define T(name, values) {PT_STR(name), PT_STR(values), PT_CVSS_TEMPORAL}
#define E(name, values) {PT_STR(name), PT_STR(values), PT_CVSS_ENVIRONMENTAL}
#define S(name, values) {PT_STR(name), PT_STR(values), PT_CVSS_SUPPLEMENTAL}

// clang-format off
static const pt_cvss_metric of_2[] = {
    B("AV", "L A N"), B("AC", "H M L"), B("Au", "M S N"), B("C", "N P C"), B("I", "N P C"), B("A", "N P C"),
    T("E", "ND U POC F H"), T("RL", "ND OF TF W U"), T("RC", "ND UC UR C"),
    E("CDP", "ND N L LM MH H"), E("TD", "ND N L M H"), E("CR", "ND L M H"), E("IR", "ND L M H"), E("AR", "ND L M H"),
};

static const pt_cvss_metric of_3[] = {
    B("AV", "N A L P"), B("AC", "L H"), B("PR", "N L H"), B("UI", "N R"), B("S", "U C"),
    B("C", "H L N"), B("I", "H L N"), B("A", "H L N"),
    T("E", "X U P F H"), T("RL", "X O T W U"), T("RC", "X U R C"),
    E("CR", "X L M H"), E("IR", "X L M H"), E("AR", "X L M H"),
    E("MAV", "X N A L P"), E("MAC", "X L H"), E("MPR", "X N L H"), E("MUI", "X N R"), E("MS", "X U C"),
    E("MC", "X H L N"), E("MI", "X H L N"), E("MA", "X H L N"),
};

// Values from the worst on: cvss4.c counts in steps.
static const pt_cvss_metric of_4[] = {
    B("AV", "N A L P"), B("AC", "L H"), B("AT", "N P"), B("PR", "N L H"), B("UI", "N P A"),
    B("VC", "H L N"), B("VI", "H L N"), B("VA", "H L N"), B("SC", "H L N"), B("SI", "H L N"), B("SA", "H L N"),
    T("E", "X A P U"), E("CR", "X H M L"), E("IR", "X H M L"), E("AR", "X H M L"),
    E("MAV", "X N A L P"), E("MAC", "X L H"), E("MAT", "X N P"), E("MPR", "X N L H"), E("MUI", "X N P A"),
    E("MVC", "X H L N"), E("MVI", "X H L N"), E("MVA", "X H L N"),
    E("MSC", "X H L N"), E("MSI", "X S H L N"), E("MSA", "X S H L N"),
    S("S", "X N P"), S("AU", "X N Y"), S("R", "X A U I"), S("V", "X D C"), S("RE", "X L M H"),
    S("U", "X Clear Green Amber Red"),
};
// clang-format on

static_assert(PT_COUNT(of_2) == PT_V2_METRICS && PT_COUNT(of_3) == PT_V3_METRICS &&
                  PT_COUNT(of_4) == PT_V4_METRICS && PT_V4_METRICS <= PT_CVSS_METRICS_MAX,
              "a row for each metric, and a place for each row");

const pt_cvss_language pt_cvss_languages[4] = {
    [PT_CVSS_2] = {PT_STR(""), of_2, PT_COUNT(of_2)},
    [PT_CVSS_30] = {PT_STR("CVSS:3.0/"), of_3, PT_COUNT(of_3)},
    [PT_CVSS_31] = {PT_STR("CVSS:3.1/"), of_3, PT_COUNT(of_3)},
    [PT_CVSS_40] = {PT_STR("CVSS:4.0/"), of_4, PT_COUNT(of_4)},
};
