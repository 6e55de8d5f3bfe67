// "denied" and "policy" of a scan: what the operator's own rules say of it.
#include <string.h>

#include "judge/image/judges.h"
#include "judge/image/made.h"

static pt_str text_of(pt_value v, const char *key) {
    return pt_text(pt_getz(v, key));
}

static pt_verdict verdict_of(pt_value row) {
    for (pt_verdict v = PT_FAIL; v < PT_VERDICT_COUNT; v++)
        if (pt_str_eqz(text_of(row, "verdict"), pt_verdict_word(v)))
            return v;
    return PT_NOT_EVALUATED;
}

static pt_str safe(pt_arena *a, pt_str text) {
    return pt_str_of(pt_made_text(a, "%.*s", PT_PRI(text)));
}

// -- --deny ---------------------------------------------------------------------------------------

static pt_code add_denied(const pt_image_facts *f, pt_arena *a, pt_value row, pt_findings *ret,
                          pt_err *e) {
    pt_value package = pt_getz(row, "package");
    pt_str rule = text_of(row, "rule");
    pt_str identity = pt_image_package_identity(a, package);
    pt_finding x = pt_image_finding(f, pt_image_check("PT-IMG-DENIED"), verdict_of(row));
    int64_t line = 0;
    x.identity = pt_arena_printf(a, "%.*s: %.*s", PT_PRI(rule), PT_PRI(identity));
    x.place.file = text_of(package, "file");
    if (pt_to_int(pt_at(pt_getz(package, "lines"), 0), &line) && line > 0 && line <= UINT32_MAX) {
        x.place.line = (uint32_t)line;
        x.place.column = 1;
    }
    x.evidence = pt_str_of(
        pt_made_text(a, "%.*s (--deny %.*s)", PT_PRI(text_of(row, "message")), PT_PRI(rule)));
    x.about = row;
    if (x.verdict == PT_NOT_EVALUATED)
        x.remedy = PT_STR("deny it without a range, or look at it");
    return pt_image_add(a, ret, &x, e);
}

pt_code pt_judge_denied(const pt_image_facts *f, pt_arena *a, pt_findings *ret, pt_err *e) {
    pt_value rows = pt_getz(f->doc, "denied");
    pt_code code = PT_OK;
    for (size_t i = 0; i < pt_len(rows) && !code; i++)
        code = add_denied(f, a, pt_at(rows, i), ret, e);
    if (code || !pt_defined(rows) || pt_len(rows))
        return code;
    pt_finding x = pt_image_finding(f, pt_image_check("PT-IMG-DENIED"), PT_PASS);
    return pt_image_add(a, ret, &x, e);
}

// -- --policy -------------------------------------------------------------------------------------

// "p/own.rego:3"
static pt_str source_of(pt_arena *a, pt_value row) {
    int64_t line = 0;
    PT_IGNORE(pt_to_int(pt_getz(row, "line"), &line)); // 0: it is not told
    return pt_str_of(pt_made_text(a, "%.*s:%lld", PT_PRI(text_of(row, "file")), (long long)line));
}

static const pt_check *check_of(pt_arena *a, pt_value row, pt_str source, pt_err *e) {
    pt_check *c = PT_NEW(a, pt_check, 1);
    pt_str rule = text_of(row, "rule");
    pt_str title = text_of(row, "title");
    pt_str description = text_of(row, "description");
    if (!c) {
        PT_IGNORE(pt_err_set(e, PT_E_NOMEM, "too many findings for the memory allowed"));
        return NULL;
    }
    *c = *pt_image_check("PT-IMG-POLICY");
    c->id = pt_made_text(a, "%s/%.*s", c->id, PT_PRI(rule));
    c->severity = pt_made_severity(text_of(row, "severity"));
    c->why =
        pt_made_text(a, "%.*s%sPolicy of your own: rule data.main.%.*s, %.*s.", PT_PRI(description),
                     description.n ? " " : "", PT_PRI(rule), PT_PRI(source));
    if (title.n) {
        c->title = pt_made_text(a, "%.*s", PT_PRI(title));
        c->good = pt_made_text(a, "Kept: %.*s", PT_PRI(title));
    }
    return c;
}

static pt_code add_ruled(const pt_image_facts *f, pt_arena *a, pt_value row, pt_findings *ret,
                         pt_err *e) {
    pt_str source = source_of(a, row);
    pt_str id = text_of(row, "id");
    const pt_check *check = check_of(a, row, source, e);
    if (!check)
        return PT_E_NOMEM;
    pt_finding x = pt_image_finding(f, check, verdict_of(row));
    x.identity = id.n ? id : text_of(row, "message");
    x.evidence = safe(a, text_of(row, "message"));
    if (x.verdict == PT_NOT_EVALUATED)
        x.evidence = pt_arena_printf(a, "%.*s (%.*s)", PT_PRI(x.evidence), PT_PRI(source));
    x.source = source;
    x.about = row;
    if (!x.identity.n)
        x.identity = PT_STR("-"); // it holds
    if (x.verdict == PT_NOT_EVALUATED)
        x.remedy = PT_STR("repair the policy, or leave it out");
    return pt_image_add(a, ret, &x, e);
}

pt_code pt_judge_policy(const pt_image_facts *f, pt_arena *a, pt_findings *ret, pt_err *e) {
    pt_value rows = pt_getz(f->doc, "policy");
    pt_code code = PT_OK;
    for (size_t i = 0; i < pt_len(rows) && !code; i++)
        code = add_ruled(f, a, pt_at(rows, i), ret, e);
    return code;
}
