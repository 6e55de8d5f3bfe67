#include "judge/vuln/cvss.h"

#include <string.h>

#include "judge/vuln/cvss_impl.h"

static pt_code language_of(pt_str vector, pt_cvss_version *ret, pt_err *e) {
    for (size_t i = PT_CVSS_30; i < PT_COUNT(pt_cvss_languages); i++)
        if (pt_str_starts(vector, pt_cvss_languages[i].prefix)) {
            *ret = (pt_cvss_version)i;
            return PT_OK;
        }
    *ret = PT_CVSS_2;
    if (!pt_str_starts(vector, PT_STR("CVSS")))
        return PT_OK;
    return pt_err_set(e, PT_E_UNSUPPORTED,
                      "a CVSS vector \"%.*s…\" of a version other than 2.0, 3.0, 3.1 and 4.0",
                      PT_PRI(pt_str_sub(vector, 0, 16)));
}

// The place of a word among those between blanks; n behind the last if it is none of them.
static size_t place_of(pt_str word, pt_str words) {
    pt_str one;
    size_t i = 0;
    while (pt_str_word(&words, &one) && !pt_str_eq(one, word))
        i++;
    return i;
}

static pt_code take_metric(const pt_cvss_language *l, pt_str piece, pt_cvss *c, size_t *last,
                           pt_err *e) {
    size_t colon = pt_str_find(piece, ':');
    pt_str name = pt_str_sub(piece, 0, colon);
    pt_str value = pt_str_sub(piece, colon + 1, piece.n);
    size_t m = 0;
    while (m < l->n && !pt_str_eq(l->metrics[m].name, name))
        m++;
    if (m == l->n || colon == piece.n)
        return pt_err_set(e, PT_E_FORMAT, "\"%.*s\" is no metric of this CVSS version",
                          PT_PRI(piece));
    if (c->value[m])
        return pt_err_set(e, PT_E_FORMAT, "the CVSS metric %.*s is given twice", PT_PRI(name));
    if (!value.n || !pt_str_in_list(value, l->metrics[m].values, ' '))
        return pt_err_set(e, PT_E_FORMAT,
                          "the CVSS metric %.*s has the value \"%.*s\", not one of %.*s",
                          PT_PRI(name), PT_PRI(value), PT_PRI(l->metrics[m].values));
    c->value[m] = (uint8_t)(1 + place_of(value, l->metrics[m].values));
    c->in_order = c->in_order && m >= *last;
    *last = m;
    return PT_OK;
}

pt_code pt_cvss_parse(pt_str vector, pt_cvss *ret, pt_err *e) {
    pt_cvss c = {.in_order = true};
    if (vector.n > PT_CVSS_BYTES_MAX)
        return pt_err_set(e, PT_E_LIMIT, "a CVSS vector of %zu bytes; at most %d are taken",
                          vector.n, PT_CVSS_BYTES_MAX);
    pt_code code = language_of(vector, &c.version, e);
    const pt_cvss_language *l = &pt_cvss_languages[c.version];
    pt_str rest = pt_str_sub(vector, l->prefix.n, vector.n);
    pt_str piece;
    size_t last = 0;
    while (!code && pt_str_split(&rest, '/', &piece))
        code = take_metric(l, piece, &c, &last, e);
    for (size_t m = 0; !code && m < l->n; m++)
        if (l->metrics[m].group == PT_CVSS_BASE && !c.value[m])
            code = pt_err_set(e, PT_E_FORMAT, "a CVSS vector without its metric %.*s",
                              PT_PRI(l->metrics[m].name));
    if (!code)
        *ret = c;
    return code;
}

static bool has_group(const pt_cvss *c, pt_cvss_group group) {
    const pt_cvss_language *l = &pt_cvss_languages[c->version];
    for (size_t m = 0; m < l->n; m++)
        if (l->metrics[m].group == group && pt_cvss_which(c, m))
            return true;
    return false;
}

pt_cvss_scores pt_cvss_score(const pt_cvss *c) {
    pt_cvss_scores s = c->version == PT_CVSS_2    ? pt_cvss2_score(c)
                       : c->version == PT_CVSS_40 ? pt_cvss4_score(c)
                                                  : pt_cvss3_score(c);
    s.has_temporal = has_group(c, PT_CVSS_TEMPORAL);
    s.has_environmental = has_group(c, PT_CVSS_ENVIRONMENTAL);
    s.overall = s.has_environmental ? s.environmental : s.has_temporal ? s.temporal : s.base;
    return s;
}

static void put(char *buf, size_t *n, pt_str s) {
    pt_assert(s.n <= PT_CVSS_BYTES_MAX - *n);
    if (s.n)
        memcpy(buf + *n, s.p, s.n);
    *n += s.n;
}

pt_str pt_cvss_write(const pt_cvss *c, char buf[PT_CVSS_BYTES_MAX]) {
    const pt_cvss_language *l = &pt_cvss_languages[c->version];
    size_t n = 0;
    put(buf, &n, l->prefix);
    for (size_t m = 0; m < l->n; m++) {
        bool base = l->metrics[m].group == PT_CVSS_BASE;
        if (!base && !pt_cvss_which(c, m))
            continue;
        pt_str values = l->metrics[m].values;
        pt_str value = {0};
        for (unsigned i = 0; i <= pt_cvss_which(c, m); i++)
            PT_IGNORE(pt_str_word(&values, &value)); // a parsed value is in the list
        if (n > l->prefix.n)
            put(buf, &n, PT_STR("/"));
        put(buf, &n, l->metrics[m].name);
        put(buf, &n, PT_STR(":"));
        put(buf, &n, value);
    }
    return (pt_str){buf, n};
}

const char *pt_cvss_severity(pt_cvss_version version, int tenths) {
    bool old = version == PT_CVSS_2;
    if (tenths >= 90 && !old)
        return "critical";
    if (tenths >= 70)
        return "high";
    if (tenths >= 40)
        return "medium";
    return tenths > 0 || old ? "low" : "none";
}
