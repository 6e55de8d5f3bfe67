// "licences" of a scan: a check for each licence.
#include "judge/image/judges.h"
#include "judge/image/made.h"

enum {
    NAMES_MAX = 3, // packages that the evidence names
};

static pt_str text_of(pt_value v, const char *key) {
    return pt_text(pt_getz(v, key));
}

static const pt_check *check_of(pt_arena *a, const pt_check *all, pt_str licence, pt_err *e) {
    pt_check *c = PT_NEW(a, pt_check, 1);
    if (!c) {
        PT_IGNORE(pt_err_set(e, PT_E_NOMEM, "too many findings for the memory allowed"));
        return NULL;
    }
    *c = *all;
    c->good = "The policy allows the licence";
    if (licence.n)
        c->id = pt_made_text(a, "%s/%.*s", all->id, PT_PRI(licence));
    return c;
}

// "AGPL-3.0-only is denied (policy.yaml:9): mongo, x, y and 3 more"
static pt_str evidence_of(pt_arena *a, pt_value row) {
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(1 << 16);
    pt_value packages = pt_getz(row, "packages");
    size_t n = pt_len(packages);
    pt_buf_put(&b, text_of(row, "why"));
    for (size_t i = 0; i < n && i < NAMES_MAX; i++)
        pt_buf_printf(&b, "%s%.*s", i ? ", " : ": ", PT_PRI(text_of(pt_at(packages, i), "name")));
    if (n > NAMES_MAX)
        pt_buf_printf(&b, " and %zu more", n - NAMES_MAX);
    return pt_arena_str(a, pt_buf_str(&b));
}

static pt_verdict verdict_of(pt_value row) {
    for (pt_verdict v = PT_FAIL; v < PT_VERDICT_COUNT; v++)
        if (pt_str_eqz(text_of(row, "verdict"), pt_verdict_word(v)))
            return v;
    return PT_NOT_EVALUATED;
}

static pt_code add(const pt_image_facts *f, pt_arena *a, pt_value row, pt_findings *ret,
                   pt_err *e) {
    const pt_check *check =
        check_of(a, pt_image_check("PT-IMG-LICENCE"), text_of(row, "licence"), e);
    if (!check)
        return PT_E_NOMEM;
    pt_finding x = pt_image_finding(f, check, verdict_of(row));
    pt_str expression = text_of(row, "expression");
    pt_value first = pt_at(pt_getz(row, "packages"), 0);
    // Where the words stand that nobody knows, or what said the licence.
    pt_str place = text_of(first, "place");
    x.place.file = place.n ? place : text_of(first, "source");
    x.identity = expression.n ? expression : x.place.file;
    x.evidence = evidence_of(a, row);
    x.about = row;
    if (x.verdict == PT_NOT_EVALUATED)
        x.remedy = PT_STR("look at it, and write the decision into the policy, below packages");
    return pt_image_add(a, ret, &x, e);
}

pt_code pt_judge_licences(const pt_image_facts *f, pt_arena *a, pt_findings *ret, pt_err *e) {
    pt_value rows = pt_getz(f->doc, "licences");
    pt_code code = PT_OK;
    for (size_t i = 0; i < pt_len(rows) && !code; i++)
        code = add(f, a, pt_at(rows, i), ret, e);
    if (code || !pt_defined(rows) || pt_len(rows))
        return code;
    pt_finding x = pt_image_finding(f, pt_image_check("PT-IMG-LICENCE"), PT_PASS);
    return pt_image_add(a, ret, &x, e);
}
