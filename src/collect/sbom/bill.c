#include "collect/sbom/bill.h"

#include "collect/sbom/impl.h"

typedef struct format {
    const char *name;
    const char *versions; // that are read
    void (*read)(pt_bill *b);
} format;

static const format *format_of(pt_value doc, pt_str *ret_version) {
    static const format cyclonedx = {"CycloneDX", "1.2 1.3 1.4 1.5 1.6 1.7", pt_bill_cyclonedx};
    static const format spdx = {"SPDX", "2.2 2.3", pt_bill_spdx};
    pt_str version = pt_bill_text(doc, "spdxVersion");
    if (pt_str_eqz(pt_bill_text(doc, "bomFormat"), "CycloneDX")) {
        *ret_version = pt_bill_text(doc, "specVersion");
        return &cyclonedx;
    }
    if (!pt_str_starts(version, PT_STR("SPDX-")))
        return NULL;
    *ret_version = pt_str_sub(version, 5, version.n);
    return &spdx;
}

pt_code pt_bill_read(pt_arena *a, pt_str bytes, pt_value *ret, pt_err *e) {
    pt_bill b = {
        .a = a, .image = {.a = a}, .os = {.a = a}, .names = {.a = a}, .problems = {.a = a}};
    pt_str text = {0};
    pt_code code = pt_bill_utf8(a, bytes, &text, e);
    if (!code && pt_bill_has_tags(text))
        code = pt_bill_tags(a, text, &b.doc, e);
    else if (!code)
        code = pt_bill_parse(a, bytes, &b.doc, e);
    if (code)
        return code;
    const format *f = format_of(b.doc, &b.version);
    if (!f)
        return pt_err_set(e, PT_E_FORMAT, "neither CycloneDX in JSON nor SPDX");
    if (!pt_str_in_list(b.version, pt_str_of(f->versions), ' '))
        return pt_err_set(e, PT_E_UNSUPPORTED, "%s %.*s is not read; %s are", f->name,
                          PT_PRI(b.version), f->versions);
    b.format = f->name;
    f->read(&b);
    pt_value doc = b.too_many ? pt_undefined() : pt_bill_document(&b);
    if (b.too_many)
        return pt_err_set(e, PT_E_LIMIT, "more than %u packages", PT_BILL_PACKAGES_MAX);
    if (!pt_defined(doc))
        return pt_err_set(e, PT_E_NOMEM, "out of memory");
    *ret = doc;
    return PT_OK;
}
