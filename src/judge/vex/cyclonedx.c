// CycloneDX 1.4 and later: vulnerabilities[].analysis says what affects[].ref is; a ref is a
// bom-ref of this document, or a BOM-Link to one of another, "urn:cdx:SERIAL/VERSION#BOM-REF".
#include <string.h>

#include "judge/vex/vex_impl.h"

typedef struct cdx {
    pt_vex_reading *r;
    pt_vex_products products;
} cdx;

static pt_code add_component(cdx *c, pt_value component, pt_err *e) {
    return pt_vex_product_add(c->r, &c->products, pt_vex_text(component, "bom-ref"),
                              pt_vex_text(component, "purl"), e);
}

// Components have components: a list of what is still to be looked at, instead of recursion.
static pt_code read_components(cdx *c, pt_err *e) {
    PT_VEC(pt_value) left = {0};
    pt_value root = pt_getz(pt_getz(c->r->doc, "metadata"), "component");
    const pt_value lists[] = {pt_getz(c->r->doc, "components"), pt_getz(root, "components")};
    pt_code code = add_component(c, root, e);
    for (size_t i = 0; !code && i < PT_COUNT(lists); i++) {
        pt_value *to = PT_PUSH(c->r->a, &left);
        if (to)
            *to = lists[i];
    }
    while (!code && left.n) {
        pt_value list = left.v[--left.n];
        for (size_t i = 0; !code && i < pt_len(list); i++) {
            code = add_component(c, pt_at(list, i), e);
            pt_value *to = PT_PUSH(c->r->a, &left);
            if (to)
                *to = pt_getz(pt_at(list, i), "components");
        }
    }
    pt_vex_products_sort(&c->products);
    return code ? code : c->r->a->full ? pt_err_set(e, PT_E_NOMEM, "out of memory") : PT_OK;
}

static int hex(char c) {
    static const char digits[] = "0123456789abcdef0123456789ABCDEF";
    const char *at = c ? strchr(digits, c) : NULL;
    return at ? (int)(at - digits) % 16 : -1;
}

// RFC 3986, section 2.1. What is no escape stays.
static pt_str unescape(pt_arena *a, pt_str s) {
    char *to = pt_arena_take(a, s.n);
    size_t n = 0;
    for (size_t i = 0; to && i < s.n; i++) {
        int high = s.p[i] == '%' && i + 2 < s.n ? hex(s.p[i + 1]) : -1;
        int low = high >= 0 ? hex(s.p[i + 2]) : -1;
        to[n] = s.p[i];
        if (low >= 0) {
            to[n] = (char)(unsigned char)(high * 16 + low);
            i += 2;
        }
        n++;
    }
    return (pt_str){to, to ? n : 0};
}

// What a ref is: of a component, else a package URL by itself, as many tools write it.
static pt_code resolve(cdx *c, pt_str ref, const pt_purl **ret, pt_err *e) {
    if (pt_str_starts(ref, PT_STR("urn:cdx:")))
        ref = unescape(c->r->a, pt_str_sub(ref, pt_str_find(ref, '#') + 1, ref.n));
    const pt_vex_product *p = pt_vex_product_of(&c->products, ref);
    *ret = p ? p->purl : NULL;
    return p && p->purl ? PT_OK : pt_vex_purl(c->r->a, ref, ret, e);
}

// -- statements -----------------------------------------------------------------------------------

static pt_vex_status status_of(pt_str state) {
    static const struct {
        const char *state;
        pt_vex_status status;
    } states[] = {{"resolved", PT_VEX_FIXED},
                  {"resolved_with_pedigree", PT_VEX_FIXED},
                  {"exploitable", PT_VEX_AFFECTED},
                  {"in_triage", PT_VEX_UNDER_INVESTIGATION},
                  {"false_positive", PT_VEX_NOT_AFFECTED},
                  {"not_affected", PT_VEX_NOT_AFFECTED}};
    for (size_t i = 0; i < PT_COUNT(states); i++)
        if (pt_str_eqz(state, states[i].state))
            return states[i].status;
    return PT_VEX_NOTHING;
}

static pt_code read_time(cdx *c, pt_value v, pt_vex_statement *s, pt_err *e) {
    pt_value analysis = pt_getz(v, "analysis");
    const pt_str times[] = {pt_vex_text(analysis, "lastUpdated"),
                            pt_vex_text(analysis, "firstIssued"), pt_vex_text(v, "updated"),
                            c->r->document->time_text};
    for (size_t i = 0; i < PT_COUNT(times) && !s->time_text.n; i++)
        s->time_text = times[i];
    return pt_vex_time(s->time_text, &s->time, e);
}

// Of some versions only: each that is named, and affected, is a product. A range is not read: it is
// about versions that nobody can compare here.
static pt_code add_versions(cdx *c, pt_vex_statement *s, pt_value versions, pt_str id, pt_value ids,
                            pt_err *e) {
    const pt_purl *whole = s->product;
    for (size_t i = 0; i < pt_len(versions); i++) {
        pt_value one = pt_at(versions, i);
        pt_str status = pt_vex_text(one, "status");
        pt_str version = pt_vex_text(one, "version");
        pt_purl *product = PT_NEW(c->r->a, pt_purl, 1);
        if (!product)
            return pt_err_set(e, PT_E_NOMEM, "out of memory");
        s->product = NULL;
        if (whole && version.n && (!status.n || pt_str_eqz(status, "affected"))) {
            *product = *whole;
            product->version = version;
            s->product = product;
        }
        pt_code code = pt_vex_add(c->r, s, id, ids, e);
        if (code)
            return code;
    }
    return PT_OK;
}

static pt_code read_vulnerability(cdx *c, pt_value v, pt_err *e) {
    pt_value analysis = pt_getz(v, "analysis");
    pt_value affects = pt_getz(v, "affects");
    pt_value references = pt_getz(v, "references");
    pt_str state = pt_vex_text(analysis, "state");
    pt_vex_statement s = {.status = status_of(state),
                          .justification = pt_vex_text(analysis, "justification"),
                          .impact = pt_vex_text(analysis, "detail")};
    pt_list ids = {.a = c->r->a};
    if (s.status == PT_VEX_NOTHING) // told, and nothing said of it
        return PT_OK;
    if (!s.justification.n && pt_str_eqz(state, "false_positive"))
        s.justification = state;
    pt_code code = read_time(c, v, &s, e);
    for (size_t i = 0; i < pt_len(references); i++)
        if (pt_vex_text(pt_at(references, i), "id").n)
            pt_list_add(&ids, pt_getz(pt_at(references, i), "id"));
    pt_value list = pt_list_end(&ids);
    if (!code && !pt_defined(list))
        code = pt_err_set(e, PT_E_NOMEM, "out of memory");
    for (size_t i = 0; !code && i < pt_len(affects); i++) {
        pt_value versions = pt_getz(pt_at(affects, i), "versions");
        code = resolve(c, pt_vex_text(pt_at(affects, i), "ref"), &s.product, e);
        if (!code)
            code = pt_len(versions) ? add_versions(c, &s, versions, pt_vex_text(v, "id"), list, e)
                                    : pt_vex_add(c->r, &s, pt_vex_text(v, "id"), list, e);
    }
    return code;
}

// Who says so: 1.4 "authors", 1.5 "manufacture" or "supplier".
static pt_str author_of(pt_value metadata) {
    static const char *const keys[] = {"supplier", "manufacturer", "manufacture"};
    pt_str name = pt_vex_text(pt_at(pt_getz(metadata, "authors"), 0), "name");
    for (size_t i = 0; i < PT_COUNT(keys) && !name.n; i++)
        name = pt_vex_text(pt_getz(metadata, keys[i]), "name");
    return name;
}

pt_code pt_vex_read_cyclonedx(pt_vex_reading *r, pt_err *e) {
    cdx c = {.r = r};
    pt_value metadata = pt_getz(r->doc, "metadata");
    pt_value vulnerabilities = pt_getz(r->doc, "vulnerabilities");
    r->document->id = pt_vex_text(r->doc, "serialNumber");
    r->document->author = author_of(metadata);
    r->document->time_text = pt_vex_text(metadata, "timestamp");
    pt_code code = pt_vex_time(r->document->time_text, &r->document->time, e);
    if (!code)
        code = read_components(&c, e);
    for (size_t i = 0; !code && i < pt_len(vulnerabilities); i++) {
        code = read_vulnerability(&c, pt_at(vulnerabilities, i), e);
        if (code)
            pt_err_at(e, "vulnerabilities[%zu]", i);
    }
    return code;
}
