// OpenVEX 0.2.0 (openvex/spec, OPENVEX-SPEC.md); and what 0.0.1 wrote as plain strings: the
// vulnerability, products, and subcomponents beside them.
#include "judge/vex/vex_impl.h"

static bool status_of(pt_str word, pt_vex_status *ret) {
    for (int s = PT_VEX_AFFECTED; s <= PT_VEX_UNDER_INVESTIGATION; s++)
        if (pt_str_eqz(word, pt_vex_status_name((pt_vex_status)s))) {
            *ret = (pt_vex_status)s;
            return true;
        }
    return false;
}

// A component: {"@id", "identifiers": {"purl"}} or its name alone.
static pt_code component(pt_vex_reading *r, pt_value c, const pt_purl **ret, pt_err *e) {
    pt_str purl = pt_vex_text(pt_getz(c, "identifiers"), "purl");
    if (!purl.n)
        purl = pt_tag_of(c) == PT_STRING ? pt_text(c) : pt_vex_text(c, "@id");
    return pt_vex_purl(r->a, purl, ret, e);
}

// With subcomponents, the statement is about each of them within the product. One that nobody can
// identify is not the product itself.
static pt_code product(pt_vex_reading *r, pt_vex_statement *s, pt_value vulnerability,
                       pt_value parts, pt_err *e) {
    pt_str id = pt_tag_of(vulnerability) == PT_STRING ? pt_text(vulnerability)
                                                      : pt_vex_text(vulnerability, "name");
    pt_value aliases = pt_getz(vulnerability, "aliases");
    const pt_purl *whole = s->product;
    pt_code code = PT_OK;
    if (!id.n)
        id = pt_vex_text(vulnerability, "@id");
    if (!pt_len(parts))
        return pt_vex_add(r, s, id, aliases, e);
    for (size_t i = 0; !code && i < pt_len(parts); i++) {
        code = component(r, pt_at(parts, i), &s->part, e);
        s->product = s->part ? whole : NULL;
        if (!code)
            code = pt_vex_add(r, s, id, aliases, e);
    }
    return code;
}

static pt_code statement(pt_vex_reading *r, pt_value v, pt_err *e) {
    pt_value products = pt_getz(v, "products");
    pt_vex_statement s = {.time = r->document->time,
                          .time_text = r->document->time_text,
                          .justification = pt_vex_text(v, "justification"),
                          .impact = pt_vex_text(v, "impact_statement")};
    pt_str time = pt_vex_text(v, "timestamp");
    pt_code code = PT_OK;
    if (!status_of(pt_vex_text(v, "status"), &s.status))
        return pt_err_set(e, PT_E_FORMAT, "\"%.*s\" is no status",
                          PT_PRI(pt_str_sub(pt_vex_text(v, "status"), 0, 40)));
    if (time.n) {
        s.time_text = time;
        code = pt_vex_time(time, &s.time, e);
    }
    if (!code && !pt_len(products)) // about nothing that it names
        code = pt_vex_add(r, &s, (pt_str){0}, pt_undefined(), e);
    for (size_t i = 0; !code && i < pt_len(products); i++) {
        pt_value p = pt_at(products, i);
        pt_value parts = pt_getz(p, "subcomponents");
        if (!pt_defined(parts))
            parts = pt_getz(v, "subcomponents");
        s.part = NULL;
        code = component(r, p, &s.product, e);
        if (!code)
            code = product(r, &s, pt_getz(v, "vulnerability"), parts, e);
    }
    return code;
}

pt_code pt_vex_read_openvex(pt_vex_reading *r, pt_err *e) {
    pt_value statements = pt_getz(r->doc, "statements");
    r->document->id = pt_vex_text(r->doc, "@id");
    r->document->author = pt_vex_text(r->doc, "author");
    r->document->time_text = pt_vex_text(r->doc, "timestamp");
    pt_code code = pt_vex_time(r->document->time_text, &r->document->time, e);
    if (!code && pt_tag_of(statements) != PT_ARRAY)
        code = pt_err_set(e, PT_E_FORMAT, "it has no statements");
    for (size_t i = 0; !code && i < pt_len(statements); i++) {
        code = statement(r, pt_at(statements, i), e);
        if (code)
            pt_err_at(e, "statements[%zu]", i);
    }
    return code;
}
