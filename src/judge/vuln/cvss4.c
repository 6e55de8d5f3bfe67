// CVSS v4.0 (FIRST, specification document, section 8): the score of the MacroVector, less the mean
// of how far the vector is down, in each equivalence class, towards the next lower MacroVector.
#include "judge/vuln/cvss_impl.h"

// The scores of the MacroVectors in tenths, by EQ1 EQ2 EQ3 (the rows), EQ4, EQ5, EQ6; 0 where there
// is none: EQ3 2 with EQ6 0 cannot be.
// clang-format off
static const uint8_t macro_scores[3][2][3][3][3][2] = {
    {
        {
            {{{100, 99}, {98, 95}, {95, 92}}, {{100, 96}, {93, 87}, {91, 81}}, {{93, 90}, {89, 80}, {81, 68}}}, // 000
            {{{98, 95}, {95, 92}, {90, 84}}, {{93, 92}, {89, 81}, {81, 65}}, {{88, 80}, {78, 70}, {69, 48}}}, // 001
            {{{0, 92}, {0, 82}, {0, 72}}, {{0, 79}, {0, 69}, {0, 50}}, {{0, 69}, {0, 55}, {0, 27}}}, // 002
        },
        {
            {{{99, 97}, {95, 92}, {92, 85}}, {{95, 91}, {90, 83}, {84, 71}}, {{92, 81}, {82, 71}, {72, 53}}}, // 010
            {{{95, 93}, {92, 85}, {85, 73}}, {{92, 82}, {80, 72}, {70, 59}}, {{84, 70}, {71, 52}, {50, 30}}}, // 011
            {{{0, 86}, {0, 75}, {0, 52}}, {{0, 71}, {0, 52}, {0, 29}}, {{0, 63}, {0, 29}, {0, 17}}}, // 012
        },
    },
    {
        {
            {{{98, 95}, {94, 87}, {91, 81}}, {{94, 89}, {86, 74}, {77, 64}}, {{87, 75}, {74, 63}, {63, 49}}}, // 100
            {{{94, 89}, {88, 77}, {76, 67}}, {{86, 76}, {74, 58}, {59, 50}}, {{72, 57}, {57, 52}, {52, 25}}}, // 101
            {{{0, 83}, {0, 70}, {0, 54}}, {{0, 65}, {0, 58}, {0, 26}}, {{0, 53}, {0, 21}, {0, 13}}}, // 102
        },
        {
            {{{95, 90}, {88, 76}, {76, 70}}, {{90, 77}, {75, 62}, {61, 53}}, {{77, 66}, {68, 59}, {52, 30}}}, // 110
            {{{89, 78}, {76, 67}, {62, 58}}, {{74, 59}, {57, 57}, {47, 23}}, {{61, 52}, {57, 29}, {24, 16}}}, // 111
            {{{0, 71}, {0, 59}, {0, 30}}, {{0, 58}, {0, 26}, {0, 15}}, {{0, 23}, {0, 13}, {0, 6}}}, // 112
        },
    },
    {
        {
            {{{93, 87}, {86, 72}, {75, 58}}, {{86, 74}, {74, 61}, {56, 34}}, {{70, 54}, {52, 40}, {40, 22}}}, // 200
            {{{85, 75}, {74, 55}, {62, 51}}, {{72, 57}, {55, 41}, {46, 19}}, {{53, 36}, {34, 19}, {19, 8}}}, // 201
            {{{0, 64}, {0, 51}, {0, 20}}, {{0, 47}, {0, 21}, {0, 11}}, {{0, 24}, {0, 9}, {0, 4}}}, // 202
        },
        {
            {{{88, 75}, {73, 53}, {60, 50}}, {{73, 55}, {59, 40}, {41, 20}}, {{54, 43}, {45, 22}, {20, 11}}}, // 210
            {{{75, 55}, {58, 45}, {40, 21}}, {{61, 51}, {48, 18}, {20, 9}}, {{46, 18}, {17, 7}, {8, 2}}}, // 211
            {{{0, 53}, {0, 24}, {0, 14}}, {{0, 24}, {0, 12}, {0, 5}}, {{0, 10}, {0, 3}, {0, 1}}}, // 212
        },
    },
};
// clang-format on

// What counts of a vector, in steps from the worst value. SC, SI, SA begin at 1: only the modified
// SI and SA have a Safety, 0.
typedef enum step {
    AV,
    PR,
    UI,
    AC,
    AT,
    VC,
    VI,
    VA,
    CR,
    IR,
    AR,
    SC,
    SI,
    SA,
    EXPLOIT,
    STEPS
} step;

typedef struct source {
    step to;
    uint8_t metric, modified; // modified 0: there is none
    uint8_t first;            // the step of the metric's first value
} source;

static const source sources[] = {
    {AV, PT_V4_AV, PT_V4_MAV, 0}, {AC, PT_V4_AC, PT_V4_MAC, 0}, {AT, PT_V4_AT, PT_V4_MAT, 0},
    {PR, PT_V4_PR, PT_V4_MPR, 0}, {UI, PT_V4_UI, PT_V4_MUI, 0}, {VC, PT_V4_VC, PT_V4_MVC, 0},
    {VI, PT_V4_VI, PT_V4_MVI, 0}, {VA, PT_V4_VA, PT_V4_MVA, 0}, {SC, PT_V4_SC, PT_V4_MSC, 1},
    {SI, PT_V4_SI, PT_V4_MSI, 1}, {SA, PT_V4_SA, PT_V4_MSA, 1},
};

// "Not defined" is the worst: E:A, CR:H, IR:H, AR:H.
static uint8_t optional_step(const pt_cvss *c, size_t metric) {
    unsigned which = pt_cvss_which(c, metric);
    return (uint8_t)(which ? which - 1 : 0);
}

static void read_steps(const pt_cvss *c, bool threat, bool environment, uint8_t v[STEPS]) {
    for (size_t i = 0; i < PT_COUNT(sources); i++) {
        source s = sources[i];
        unsigned modified = environment ? pt_cvss_which(c, s.modified) : 0;
        bool has_safety = s.modified == PT_V4_MSI || s.modified == PT_V4_MSA;
        unsigned given = modified ? modified - 1 + (has_safety ? 0U : s.first)
                                  : pt_cvss_which(c, s.metric) + s.first;
        v[s.to] = (uint8_t)given;
    }
    v[EXPLOIT] = threat ? optional_step(c, PT_V4_E) : 0;
    v[CR] = environment ? optional_step(c, PT_V4_CR) : 0;
    v[IR] = environment ? optional_step(c, PT_V4_IR) : 0;
    v[AR] = environment ? optional_step(c, PT_V4_AR) : 0;
}

static unsigned eq1(const uint8_t v[STEPS]) {
    if (!v[AV] && !v[PR] && !v[UI])
        return 0;
    return v[AV] < 3 && (!v[AV] || !v[PR] || !v[UI]) ? 1 : 2;
}

static unsigned eq3(const uint8_t v[STEPS]) {
    if (!v[VC] && !v[VI])
        return 0;
    return !v[VC] || !v[VI] || !v[VA] ? 1 : 2;
}

static unsigned eq4(const uint8_t v[STEPS]) {
    if (!v[SI] || !v[SA])
        return 0;
    return v[SC] == 1 || v[SI] == 1 || v[SA] == 1 ? 1 : 2;
}

static unsigned eq6(const uint8_t v[STEPS]) {
    return (!v[CR] && !v[VC]) || (!v[IR] && !v[VI]) || (!v[AR] && !v[VA]) ? 0 : 1;
}

typedef struct macro {
    unsigned eq[6];
} macro;

// 0: there is no such MacroVector.
static int macro_score(macro m) {
    if (m.eq[0] > 2 || m.eq[1] > 1 || m.eq[2] > 2 || m.eq[3] > 2 || m.eq[4] > 2 || m.eq[5] > 1)
        return 0;
    return macro_scores[m.eq[0]][m.eq[1]][m.eq[2]][m.eq[3]][m.eq[4]][m.eq[5]];
}

static int score_below(macro m, size_t eq) {
    m.eq[eq]++;
    return macro_score(m);
}

// EQ3 and EQ6 go together: 00 to the higher of 01 and 10, 10 to 11, 01 and 11 by EQ3.
static int score_below_36(macro m) {
    if (m.eq[5])
        return score_below(m, 2);
    int by_6 = score_below(m, 5);
    int by_3 = m.eq[2] ? 0 : score_below(m, 2);
    return by_6 > by_3 ? by_6 : by_3;
}

// The worst vectors of each class; the first that is not below the vector in any step counts.
typedef struct worst {
    uint8_t class; // EQ3 and EQ6: 10 * EQ3 + EQ6
    uint8_t step[6];
} worst;

static const worst worst_1[] = {
    {0, {0, 0, 0}}, {1, {1, 0, 0}}, {1, {0, 1, 0}}, {1, {0, 0, 1}}, {2, {3, 0, 0}}, {2, {1, 1, 1}},
};
static const worst worst_2[] = {{0, {0, 0}}, {1, {1, 0}}, {1, {0, 1}}};
static const worst worst_36[] = {
    // VC VI VA CR IR AR
    {0, {0, 0, 0, 0, 0, 0}},  {1, {0, 0, 1, 1, 1, 0}},  {1, {0, 0, 0, 1, 1, 1}},
    {10, {1, 0, 0, 0, 0, 0}}, {10, {0, 1, 0, 0, 0, 0}}, {11, {1, 0, 1, 0, 1, 0}},
    {11, {1, 0, 0, 0, 1, 1}}, {11, {0, 1, 0, 1, 0, 1}}, {11, {0, 1, 1, 1, 0, 0}},
    {11, {1, 1, 0, 0, 0, 1}}, {21, {1, 1, 1, 0, 0, 0}},
};
static const worst worst_4[] = {{0, {1, 0, 0}}, {1, {1, 1, 1}}, {2, {2, 2, 2}}};

// How many steps v is below the worst vector of its class; v: the `n` steps of the class.
static int distance(const worst *list, size_t count, unsigned class, const uint8_t *v, size_t n) {
    for (size_t i = 0; i < count; i++) {
        int sum = 0;
        bool above = list[i].class != class;
        for (size_t k = 0; k < n && !above; k++) {
            above = v[k] < list[i].step[k];
            sum += v[k] - list[i].step[k];
        }
        if (!above)
            return sum;
    }
    return 0;
}

// How many steps a class is deep.
static const int depth_1[] = {1, 4, 5};
static const int depth_2[] = {1, 2};
static const int depth_36[3][2] = {{7, 6}, {8, 8}, {10, 10}};
static const int depth_4[] = {6, 5, 4};

#define DEPTHS 840 // all depths divide it

// One class: its share of the way down, in 1/840 of a tenth; *n counts those that have a below.
static int share(int score, int below, int steps, int depth, int *n) {
    if (!below)
        return 0;
    *n += 1;
    return (score - below) * steps * (DEPTHS / depth);
}

static int score_of(const uint8_t v[STEPS]) {
    if (v[VC] == 2 && v[VI] == 2 && v[VA] == 2 && v[SC] == 3 && v[SI] == 3 && v[SA] == 3)
        return 0;
    macro m = {{eq1(v), v[AC] || v[AT], eq3(v), eq4(v), v[EXPLOIT], eq6(v)}};
    pt_assert(m.eq[0] < 3 && m.eq[1] < 2 && m.eq[2] < 3 && m.eq[3] < 3 && m.eq[5] < 2);
    unsigned class_36 = 10 * m.eq[2] + m.eq[5];
    int score = macro_score(m);
    int n = 0;
    int down =
        share(score, score_below(m, 0), distance(worst_1, PT_COUNT(worst_1), m.eq[0], &v[AV], 3),
              depth_1[m.eq[0]], &n);
    down += share(score, score_below(m, 1),
                  distance(worst_2, PT_COUNT(worst_2), m.eq[1], &v[AC], 2), depth_2[m.eq[1]], &n);
    down +=
        share(score, score_below_36(m), distance(worst_36, PT_COUNT(worst_36), class_36, &v[VC], 6),
              depth_36[m.eq[2]][m.eq[5]], &n);
    down += share(score, score_below(m, 3),
                  distance(worst_4, PT_COUNT(worst_4), m.eq[3], &v[SC], 3), depth_4[m.eq[3]], &n);
    down += share(score, score_below(m, 4), 0, 1, &n);
    // score - down / 840 / n, the half up
    int unit = DEPTHS * (n ? n : 1);
    int left = score * unit - down;
    return left > 0 ? (2 * left + unit) / (2 * unit) : 0;
}

static int score_with(const pt_cvss *c, bool threat, bool environment) {
    uint8_t v[STEPS] = {0};
    read_steps(c, threat, environment, v);
    return score_of(v);
}

pt_cvss_scores pt_cvss4_score(const pt_cvss *c) {
    pt_cvss_scores s = {.base = score_with(c, false, false)};
    s.temporal = score_with(c, true, false);
    s.environmental = score_with(c, true, true);
    return s;
}
