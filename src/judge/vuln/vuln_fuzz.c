// The first byte says which scheme, or that the rest is a CVSS vector. Of three versions the order
// is antisymmetric and transitive; a range is read or refused; a vector that is taken has scores
// from 0 to 10, and the same when it is written canonically.
#include "judge/vuln/cvss.h"
#include "judge/vuln/version.h"

static void score_vector(pt_str vector) {
    pt_cvss c;
    pt_cvss again;
    char buf[PT_CVSS_BYTES_MAX];
    if (pt_cvss_parse(vector, &c, NULL))
        return;
    pt_cvss_scores s = pt_cvss_score(&c);
    pt_assert(s.base >= 0 && s.base <= 100 && s.temporal >= 0 && s.temporal <= 100 &&
              s.environmental >= 0 && s.environmental <= 100);
    pt_assert(pt_cvss_parse(pt_cvss_write(&c, buf), &again, NULL) == PT_OK && again.in_order);
    pt_cvss_scores t = pt_cvss_score(&again);
    pt_assert(t.base == s.base && t.temporal == s.temporal && t.environmental == s.environmental);
}

static void order_three(pt_version_scheme scheme, const pt_str v[3]) {
    int order[3][3];
    for (size_t i = 0; i < 3; i++)
        for (size_t k = 0; k < 3; k++)
            order[i][k] = pt_version_order(scheme, v[i], v[k]);
    for (size_t i = 0; i < 3; i++)
        for (size_t k = 0; k < 3; k++)
            for (size_t m = 0; m < 3; m++) {
                pt_assert(order[i][i] == 0 && order[i][k] == -order[k][i]);
                pt_assert(order[i][k] > 0 || order[k][m] > 0 || order[i][m] <= 0);
            }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    pt_str rest = {(const char *)data, size};
    pt_str v[4] = {{0}, {0}, {0}, {0}};
    if (!size)
        return 0;
    unsigned which = data[0] % (PT_VERSION_SCHEMES + 1);
    rest = pt_str_sub(rest, 1, rest.n);
    if (which == PT_VERSION_SCHEMES) {
        score_vector(rest);
        return 0;
    }
    for (size_t i = 0; i < PT_COUNT(v); i++)
        PT_IGNORE(pt_str_split(&rest, '\n', &v[i])); // what is missing is empty
    pt_version_scheme scheme = (pt_version_scheme)which;
    order_three(scheme, v);
    bool in;
    int order;
    pt_code code = pt_version_in(scheme, v[0], v[3], &in, NULL);
    pt_assert(!code || code == PT_E_FORMAT || code == PT_E_LIMIT);
    code = pt_version_compare(scheme, v[0], v[1], &order, NULL);
    pt_assert(code || (pt_version_valid(scheme, v[0]) && pt_version_valid(scheme, v[1])));
    return 0;
}
