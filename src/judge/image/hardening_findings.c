#include "judge/catalogue/catalogue.h"
#include "judge/image/judges.h"

static pt_verdict verdict_of(pt_str word) {
    for (unsigned v = 0; v < PT_VERDICT_COUNT; v++)
        if (pt_str_eqz(word, pt_verdict_word((pt_verdict)v)))
            return (pt_verdict)v;
    return PT_NOT_EVALUATED;
}

// One of each check: it stays the same one, whichever files show it.
pt_code pt_judge_hardening(const pt_image_facts *f, pt_arena *a, pt_findings *ret, pt_err *e) {
    pt_value found = pt_getz(pt_getz(f->doc, "hardening"), "findings");
    pt_code code = PT_OK;
    for (size_t i = 0; !code && i < pt_len(found); i++) {
        pt_value one = pt_at(found, i);
        const pt_check *check = pt_catalogue_find(pt_text(pt_getz(one, "id")));
        if (!check) // a document of another version
            continue;
        pt_finding x = pt_image_finding(f, check, verdict_of(pt_text(pt_getz(one, "verdict"))));
        x.identity = PT_STR("the whole image");
        x.evidence = pt_text(pt_getz(one, "evidence"));
        x.source = pt_text(pt_getz(one, "source"));
        x.about = one;
        code = pt_image_add(a, ret, &x, e);
    }
    return code;
}
