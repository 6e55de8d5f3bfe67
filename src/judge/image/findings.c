#include "judge/image/findings.h"

#include "judge/catalogue/catalogue.h"
#include "judge/image/judges.h"

const pt_check *pt_image_check(const char *id) {
    const pt_check *c = pt_catalogue_find(pt_str_of(id));
    pt_assert(c);
    return c;
}

pt_finding pt_image_finding(const pt_image_facts *f, const pt_check *check, pt_verdict verdict) {
    return (pt_finding){
        .check = check, .verdict = verdict, .kind = PT_KIND_IMAGE, .subject = f->subject};
}

pt_code pt_image_add(pt_arena *a, pt_findings *ret, const pt_finding *f, pt_err *e) {
    return pt_findings_add(ret, a, f) && !a->full
               ? PT_OK
               : pt_err_set(e, PT_E_NOMEM, "too many findings for the memory allowed");
}

pt_str pt_image_package_identity(pt_arena *a, pt_value package) {
    pt_str type = pt_text(pt_getz(package, "type"));
    pt_str name = pt_text(pt_getz(package, "name"));
    pt_str architecture = pt_text(pt_getz(package, "architecture"));
    pt_str file = pt_text(pt_getz(package, "file"));
    return pt_arena_printf(a, "%.*s %.*s%s%.*s, %.*s", PT_PRI(type), PT_PRI(name),
                           architecture.n ? ":" : "", PT_PRI(architecture), PT_PRI(file));
}

pt_code pt_image_findings(const pt_image_facts *f, pt_arena *a, pt_findings *ret, pt_err *e) {
    pt_code code = PT_OK;
    for (pt_image_judge *const *judge = pt_image_judges; *judge && !code; judge++)
        code = (*judge)(f, a, ret, e);
    return code;
}
