// CVSS in CSAF: {"cvss_v2": {"vectorString", "baseScore", …}, "cvss_v3": {…}, "products": […]}.
#include "judge/csaf/impl.h"
#include "judge/vuln/cvss.h"

typedef void each_score(pt_csaf *c, pt_value cvss);

static const char *const kinds[] = {"cvss_v2", "cvss_v3"};

static void scores(pt_csaf *c, each_score *fn) {
    for (size_t i = 0; i < pt_len(c->vulns); i++) {
        pt_value list = pt_csaf_list(pt_at(c->vulns, i), "scores");
        for (size_t k = 0; k < pt_len(list); k++)
            for (size_t m = 0; m < PT_COUNT(kinds); m++)
                if (pt_defined(pt_getz(pt_at(list, k), kinds[m])))
                    fn(c, pt_getz(pt_at(list, k), kinds[m]));
    }
}

static void scores_twice_of(pt_csaf *c, pt_value list, const char *kind, const char *version) {
    pt_csaf_ids met = {0};
    for (size_t i = 0; i < pt_len(list); i++) {
        pt_value cvss = pt_getz(pt_at(list, i), kind);
        pt_value products = pt_csaf_list(pt_at(list, i), "products");
        if (!pt_str_eqz(pt_csaf_text(cvss, "version"), version))
            continue;
        pt_csaf_push_all(c, &met, products);
    }
    pt_csaf_twice(c, &met, "two scores of one version");
}

void pt_csaf_scores_twice(pt_csaf *c) {
    for (size_t i = 0; i < pt_len(c->vulns); i++) {
        pt_value list = pt_csaf_list(pt_at(c->vulns, i), "scores");
        scores_twice_of(c, list, "cvss_v2", "2.0");
        scores_twice_of(c, list, "cvss_v3", "3.0");
        scores_twice_of(c, list, "cvss_v3", "3.1");
    }
}

// -- what the vector gives ------------------------------------------------------------------------

// A score in tenths. False: it has none.
static bool tenths(pt_value cvss, const char *key, int64_t *ret) {
    char room[PT_NUMBER_ROOM];
    pt_value v = pt_getz(cvss, key);
    pt_str s = pt_tag_of(v) == PT_NUMBER ? pt_number_text(v, room) : (pt_str){0};
    size_t dot = pt_str_find(s, '.');
    int64_t whole = 0;
    int64_t part = 0;
    pt_str behind = pt_str_sub(s, dot + 1, dot + 2);
    if (!pt_str_int(pt_str_sub(s, 0, dot), 10, &whole) ||
        (behind.n && !pt_str_int(behind, 10, &part)))
        return false;
    *ret = whole * 10 + part;
    return true;
}

static void computed(pt_csaf *c, pt_value cvss) {
    pt_cvss v;
    pt_str vector = pt_csaf_text(cvss, "vectorString");
    if (pt_cvss_parse(vector, &v, NULL))
        return; // the schema's test says so
    pt_cvss_scores s = pt_cvss_score(&v);
    const struct {
        const char *score, *severity;
        int is;
    } rows[] = {{"baseScore", "baseSeverity", s.base},
                {"temporalScore", "temporalSeverity", s.temporal},
                {"environmentalScore", "environmentalSeverity", s.environmental}};
    for (size_t i = 0; i < PT_COUNT(rows); i++) {
        int64_t said = 0;
        pt_str severity = pt_csaf_text(cvss, rows[i].severity);
        if (tenths(cvss, rows[i].score, &said) && said != rows[i].is)
            pt_csaf_found(c, rows[i].score, vector);
        if (severity.n &&
            !pt_str_eq_nocase(severity, pt_str_of(pt_cvss_severity(v.version, rows[i].is))))
            pt_csaf_found(c, rows[i].severity, vector);
    }
}

void pt_csaf_score_computed(pt_csaf *c) {
    scores(c, computed);
}

// -- properties beside the vector -----------------------------------------------------------------

typedef struct metric {
    const char *property, *v3, *v2; // its name in the vectors; NULL: not of this version
} metric;

static const metric metrics[] = {
    {"attackVector", "AV", NULL},
    {"attackComplexity", "AC", NULL},
    {"privilegesRequired", "PR", NULL},
    {"userInteraction", "UI", NULL},
    {"scope", "S", NULL},
    {"accessVector", NULL, "AV"},
    {"accessComplexity", NULL, "AC"},
    {"authentication", NULL, "Au"},
    {"confidentialityImpact", "C", "C"},
    {"integrityImpact", "I", "I"},
    {"availabilityImpact", "A", "A"},
    {"exploitCodeMaturity", "E", NULL},
    {"exploitability", NULL, "E"},
    {"remediationLevel", "RL", "RL"},
    {"reportConfidence", "RC", "RC"},
    {"collateralDamagePotential", NULL, "CDP"},
    {"targetDistribution", NULL, "TD"},
    {"confidentialityRequirement", "CR", "CR"},
    {"integrityRequirement", "IR", "IR"},
    {"availabilityRequirement", "AR", "AR"},
    {"modifiedAttackVector", "MAV", NULL},
    {"modifiedAttackComplexity", "MAC", NULL},
    {"modifiedPrivilegesRequired", "MPR", NULL},
    {"modifiedUserInteraction", "MUI", NULL},
    {"modifiedScope", "MS", NULL},
    {"modifiedConfidentialityImpact", "MC", NULL},
    {"modifiedIntegrityImpact", "MI", NULL},
    {"modifiedAvailabilityImpact", "MA", NULL},
};

// What the vector has for a metric; empty: nothing.
static pt_str value_in(pt_str vector, pt_str name) {
    pt_str one;
    while (pt_str_split(&vector, '/', &one)) {
        size_t colon = pt_str_find(one, ':');
        if (pt_str_eq(pt_str_sub(one, 0, colon), name))
            return pt_str_sub(one, colon + 1, one.n);
    }
    return (pt_str){0};
}

// "NETWORK" as vectors write it.
static pt_str short_of(pt_str word, bool v2) {
    static const char *const words[][2] = {{"PROOF_OF_CONCEPT", "POC"}, {"OFFICIAL_FIX", "OF"},
                                           {"TEMPORARY_FIX", "TF"},     {"UNCONFIRMED", "UC"},
                                           {"UNCORROBORATED", "UR"},    {"LOW_MEDIUM", "LM"},
                                           {"MEDIUM_HIGH", "MH"},       {"NOT_DEFINED", "ND"}};
    for (size_t i = 0; v2 && i < PT_COUNT(words); i++)
        if (pt_str_eqz(word, words[i][0]))
            return pt_str_of(words[i][1]);
    return pt_str_eqz(word, "NOT_DEFINED") ? PT_STR("X") : pt_str_sub(word, 0, 1);
}

static void consistent(pt_csaf *c, pt_value cvss) {
    pt_str vector = pt_csaf_text(cvss, "vectorString");
    pt_str version = pt_csaf_text(cvss, "version");
    bool v2 = pt_str_eqz(version, "2.0");
    pt_str prefix = pt_str_sub(vector, 5, pt_str_find(vector, '/'));
    if (!v2 && pt_str_starts(vector, PT_STR("CVSS:")) && !pt_str_eq(prefix, version))
        pt_csaf_found(c, "the version is another than the vector's", vector);
    for (size_t i = 0; i < PT_COUNT(metrics); i++) {
        const char *name = v2 ? metrics[i].v2 : metrics[i].v3;
        pt_str said = pt_csaf_text(cvss, metrics[i].property);
        if (!name || !said.n)
            continue;
        pt_str is = value_in(vector, pt_str_of(name)); // what it leaves out it does not deny
        if (is.n && !pt_str_eq(short_of(said, v2), is))
            pt_csaf_found(c, metrics[i].property, vector);
    }
}

void pt_csaf_score_consistent(pt_csaf *c) {
    scores(c, consistent);
}

// -- products -------------------------------------------------------------------------------------

static void put_scored(pt_csaf *c, pt_csaf_ids *ids, pt_value vuln) {
    pt_value list = pt_csaf_list(vuln, "scores");
    for (size_t i = 0; i < pt_len(list); i++)
        pt_csaf_push_all(c, ids, pt_csaf_list(pt_at(list, i), "products"));
}

void pt_csaf_missing_score(pt_csaf *c) {
    static const char *const states[] = {"first_affected", "known_affected", "last_affected"};
    for (size_t i = 0; i < pt_len(c->vulns); i++) {
        pt_csaf_ids want = {0};
        pt_csaf_ids have = {0};
        pt_csaf_push_states(c, &want, pt_at(c->vulns, i), states, PT_COUNT(states));
        put_scored(c, &have, pt_at(c->vulns, i));
        pt_csaf_missing(c, &want, &have, "an affected product without a score");
    }
}

// Does the score say that nothing is left to be hurt?
static bool harmless(pt_value cvss, bool v2) {
    static const char *const v3_keys[][2] = {{"modifiedConfidentialityImpact", "MC"},
                                             {"modifiedIntegrityImpact", "MI"},
                                             {"modifiedAvailabilityImpact", "MA"}};
    static const char *const v2_keys[][2] = {{"targetDistribution", "TD"}};
    const char *const(*keys)[2] = v2 ? v2_keys : v3_keys;
    size_t n = v2 ? PT_COUNT(v2_keys) : PT_COUNT(v3_keys);
    pt_str vector = pt_csaf_text(cvss, "vectorString");
    int64_t score = 0;
    if (tenths(cvss, "environmentalScore", &score) || !pt_defined(cvss))
        return score == 0;
    if (tenths(cvss, "baseScore", &score) && score == 0)
        return true;
    for (size_t i = 0; i < n; i++)
        if (!pt_str_eqz(pt_csaf_text(cvss, keys[i][0]), "NONE") &&
            !pt_str_eqz(value_in(vector, pt_str_of(keys[i][1])), "N"))
            return false;
    return true;
}

void pt_csaf_fixed_score(pt_csaf *c) {
    static const char *const states[] = {"first_fixed", "fixed"};
    for (size_t i = 0; i < pt_len(c->vulns); i++) {
        pt_csaf_ids fixed = {0};
        pt_value list = pt_csaf_list(pt_at(c->vulns, i), "scores");
        pt_csaf_push_states(c, &fixed, pt_at(c->vulns, i), states, PT_COUNT(states));
        pt_value set = pt_csaf_set(c, &fixed);
        for (size_t k = 0; k < pt_len(list); k++) {
            pt_value products = pt_csaf_list(pt_at(list, k), "products");
            bool fine = true;
            for (size_t m = 0; m < PT_COUNT(kinds); m++)
                fine = fine && harmless(pt_getz(pt_at(list, k), kinds[m]), m == 0);
            for (size_t m = 0; !fine && m < pt_len(products); m++)
                if (pt_set_has(set, pt_at(products, m)))
                    pt_csaf_found(c, "a fixed product with a score", pt_text(pt_at(products, m)));
        }
    }
}

void pt_csaf_only_v2(pt_csaf *c) {
    for (size_t i = 0; i < pt_len(c->vulns); i++) {
        pt_value list = pt_csaf_list(pt_at(c->vulns, i), "scores");
        for (size_t k = 0; k < pt_len(list); k++)
            if (pt_defined(pt_getz(pt_at(list, k), "cvss_v2")) &&
                !pt_defined(pt_getz(pt_at(list, k), "cvss_v3")))
                pt_csaf_found(c, "only a score of version 2",
                              pt_csaf_text(pt_getz(pt_at(list, k), "cvss_v2"), "vectorString"));
    }
}

static void v30(pt_csaf *c, pt_value cvss) {
    if (pt_str_eqz(pt_csaf_text(cvss, "version"), "3.0") ||
        pt_str_starts(pt_csaf_text(cvss, "vectorString"), PT_STR("CVSS:3.0/")))
        pt_csaf_found(c, "a score of version 3.0", pt_csaf_text(cvss, "vectorString"));
}

void pt_csaf_v30(pt_csaf *c) {
    scores(c, v30);
}
