// What Bitnami's images say of the software that was not installed by the system's packages: an
// SPDX document for each, opt/bitnami/NAME/.spdx-NAME.spdx (SPDX 2.3 in JSON).
#include "collect/packages/binary/binary.h"
#include "value/json.h"

// "golang" of "pkg:golang/x@1" among its references; empty: none.
static pt_str type_of(pt_value package) {
    pt_value refs = pt_getz(package, "externalRefs");
    for (size_t i = 0; pt_tag_of(refs) == PT_ARRAY && i < pt_len(refs); i++) {
        pt_str purl = pt_text(pt_getz(pt_at(refs, i), "referenceLocator"));
        size_t slash = pt_str_find(purl, '/');
        if (pt_str_starts(purl, PT_STR("pkg:")) && slash < purl.n)
            return pt_str_sub(purl, 4, slash);
    }
    return (pt_str){0};
}

static pt_value licences_of(pt_arena *a, pt_value package) {
    pt_value licence = pt_getz(package, "licenseConcluded");
    pt_str text = pt_text(licence);
    bool says = text.n && !pt_str_eqz(text, "NOASSERTION") && !pt_str_eqz(text, "NONE");
    return says ? pt_array_of(a, &licence, 1) : pt_undefined();
}

pt_code pt_read_bitnami(pt_read *r, pt_str text, pt_err *e) {
    pt_value doc = pt_undefined();
    pt_err why = {0};
    pt_code code = pt_json_parse(r->a, text, &(pt_json_opts){.depth_max = 64}, &doc, &why);
    pt_value packages = pt_getz(doc, "packages");
    if (code == PT_E_NOMEM)
        return pt_err_set(e, code, "out of memory");
    if (code || pt_tag_of(packages) != PT_ARRAY) {
        pt_fault_add(r, code ? why.line : 1, "not an SPDX document with packages");
        return PT_OK;
    }
    r->unit = "package";
    for (size_t i = 0; !code && i < pt_len(packages); i++) {
        pt_value v = pt_at(packages, i);
        pt_package p = {.type = type_of(v),
                        .name = pt_text(pt_getz(v, "name")),
                        .version = pt_text(pt_getz(v, "versionInfo")),
                        .licences = licences_of(r->a, v)};
        if (p.name.n && p.version.n)
            code = pt_package_add(r, &p, e);
        else
            pt_fault_add(r, (uint32_t)i + 1, "a package without a name or version");
    }
    return code;
}
