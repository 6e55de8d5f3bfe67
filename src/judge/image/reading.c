// "problems" of a scan: what contradicts itself fails, what could not be read is not evaluated.
#include "judge/image/judges.h"

static pt_str text_of(pt_value v, const char *key) {
    return pt_text(pt_getz(v, key));
}

static bool fails(pt_value problem) {
    return pt_str_eqz(text_of(problem, "verdict"), "fail");
}

static pt_code add_problem(const pt_image_facts *f, pt_arena *a, pt_value problem, pt_findings *ret,
                           pt_err *e) {
    pt_finding x = fails(problem)
                       ? pt_image_finding(f, pt_image_check("PT-IMG-INTACT"), PT_FAIL)
                       : pt_image_finding(f, pt_image_check("PT-IMG-READ"), PT_NOT_EVALUATED);
    pt_str what = text_of(problem, "what");
    int64_t layer = 0;
    x.place.file = text_of(problem, "path");
    x.identity = pt_arena_printf(a, "%.*s, %.*s", PT_PRI(x.place.file), PT_PRI(what));
    x.evidence = what;
    if (pt_to_int(pt_getz(problem, "layer"), &layer))
        x.evidence = pt_arena_printf(a, "%.*s (layer %lld)", PT_PRI(what), (long long)layer);
    x.about = problem;
    return pt_image_add(a, ret, &x, e);
}

static pt_code add_pass(const pt_image_facts *f, pt_arena *a, const char *id, pt_findings *ret,
                        pt_err *e) {
    pt_finding x = pt_image_finding(f, pt_image_check(id), PT_PASS);
    return pt_image_add(a, ret, &x, e);
}

pt_code pt_judge_reading(const pt_image_facts *f, pt_arena *a, pt_findings *ret, pt_err *e) {
    pt_value problems = pt_getz(f->doc, "problems");
    size_t failing = 0;
    pt_code code = PT_OK;
    for (size_t i = 0; i < pt_len(problems) && !code; i++) {
        failing += fails(pt_at(problems, i));
        code = add_problem(f, a, pt_at(problems, i), ret, e);
    }
    if (!code && !failing && pt_defined(pt_getz(f->doc, "image"))) // a folder has no digests
        code = add_pass(f, a, "PT-IMG-INTACT", ret, e);
    if (!code && failing == pt_len(problems))
        code = add_pass(f, a, "PT-IMG-READ", ret, e);
    return code;
}
