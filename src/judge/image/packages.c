// Which packages were judged by advisories ("coverage", "unmatched"), and which nobody can judge.
#include "judge/image/judges.h"

static pt_str text_of(pt_value v, const char *key) {
    return pt_text(pt_getz(v, key));
}

static bool is_informational(pt_value row) {
    return pt_true(pt_getz(row, "informational"));
}

static pt_code add_ecosystem(const pt_image_facts *f, pt_arena *a, pt_value row, pt_findings *ret,
                             pt_err *e) {
    bool known = pt_true(pt_getz(row, "known"));
    pt_verdict informed = is_informational(row) ? PT_NOT_APPLICABLE : PT_NOT_EVALUATED;
    pt_finding x =
        pt_image_finding(f, pt_image_check("PT-IMG-ADVISED"), known ? PT_PASS : informed);
    pt_str why = text_of(row, "why");
    int64_t n = 0;
    PT_IGNORE(pt_to_int(pt_getz(row, "packages"), &n)); // 0: it is not told
    x.identity = text_of(row, "ecosystem");
    x.evidence = pt_arena_printf(a, "%.*s, %lld %s%s%.*s", PT_PRI(x.identity), (long long)n,
                                 n == 1 ? "package" : "packages", why.n ? ": " : "", PT_PRI(why));
    x.about = row;
    if (x.verdict == PT_NOT_EVALUATED)
        x.remedy = pt_defined(pt_getz(row, "ended"))
                       ? PT_STR("build on a release that is looked after")
                       : PT_STR("an index that knows them: paratia db update");
    return pt_image_add(a, ret, &x, e);
}

static pt_code add_unmatched(const pt_image_facts *f, pt_arena *a, pt_value row, pt_findings *ret,
                             pt_err *e) {
    pt_value package = pt_getz(row, "package");
    pt_finding x = pt_image_finding(f, pt_image_check("PT-IMG-ADVISED"),
                                    is_informational(row) ? PT_NOT_APPLICABLE : PT_NOT_EVALUATED);
    pt_str name = text_of(package, "name");
    pt_str version = text_of(package, "version");
    pt_str reason = text_of(row, "reason");
    x.identity = pt_image_package_identity(a, package);
    x.place.file = text_of(package, "file");
    x.evidence = pt_arena_printf(a, "%.*s%s%.*s: %.*s", PT_PRI(name), version.n ? " " : "",
                                 PT_PRI(version), PT_PRI(reason));
    x.about = row;
    return pt_image_add(a, ret, &x, e);
}

static pt_code add_unasked(const pt_image_facts *f, pt_arena *a, pt_findings *ret, pt_err *e) {
    pt_finding x = pt_image_finding(f, pt_image_check("PT-IMG-ADVISED"), PT_NOT_EVALUATED);
    x.identity = PT_STR("no advisory index");
    x.evidence = PT_STR("there is no advisory index");
    x.remedy = PT_STR("paratia db update makes one");
    return pt_image_add(a, ret, &x, e);
}

// What is newer than the index says nobody: without `about`, for all that could be judged was.
static pt_code add_outdated(const pt_image_facts *f, pt_arena *a, pt_findings *ret, pt_err *e) {
    pt_finding x = pt_image_finding(f, pt_image_check("PT-IMG-ADVISED"), PT_NOT_EVALUATED);
    int64_t days = 0;
    if (!pt_to_int(pt_getz(pt_getz(f->doc, "index"), "outdated"), &days))
        return PT_OK;
    x.identity = PT_STR("outdated index");
    x.evidence = pt_arena_printf(
        a, "the advisory index is %lld day%s old: what is newer is not in it (--max-age)",
        (long long)days, days == 1 ? "" : "s");
    x.remedy = PT_STR("paratia db update");
    return pt_image_add(a, ret, &x, e);
}

pt_code pt_judge_packages(const pt_image_facts *f, pt_arena *a, pt_findings *ret, pt_err *e) {
    pt_value coverage = pt_getz(f->doc, "coverage");
    pt_value unmatched = pt_getz(f->doc, "unmatched");
    pt_code code = PT_OK;
    if (!pt_len(pt_getz(f->doc, "packages")))
        return PT_OK;
    if (!pt_defined(coverage))
        return add_unasked(f, a, ret, e);
    for (size_t i = 0; i < pt_len(coverage) && !code; i++)
        code = add_ecosystem(f, a, pt_at(coverage, i), ret, e);
    for (size_t i = 0; i < pt_len(unmatched) && !code; i++)
        code = add_unmatched(f, a, pt_at(unmatched, i), ret, e);
    return code ? code : add_outdated(f, a, ret, e);
}
