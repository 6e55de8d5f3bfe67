// OpenVEX 0.2.0 (openvex/spec, OPENVEX-SPEC.md): what the waivers of a scan that have a status say
// of its vulnerabilities, for who scans the same image elsewhere.
#include <string.h>

#include "crypto/crypto.h"
#include "fact/purl.h"
#include "record/report/flaws.h"
#include "record/report/report.h"
#include "record/waiver/waiver.h"
#include "value/json.h"

// Is it a finding that its waiver states something about?
static bool is_stated(const pt_finding *f) {
    return f->waived && f->waiver && f->waiver->status.n && pt_part_is_flaw(f);
}

static pt_value component(pt_arena *a, pt_str purl) {
    pt_obj ids = {.a = a};
    pt_obj_set(&ids, "purl", pt_string(purl));
    pt_obj o = {.a = a};
    pt_obj_set(&o, "@id", pt_string(purl));
    pt_obj_set(&o, "identifiers", pt_obj_end(&ids));
    return pt_obj_end(&o);
}

// "pkg:oci/web@sha256:…": what was scanned, by its digest. Empty: it has none, as a folder.
static pt_str image_purl(pt_arena *a, const pt_run *r) {
    pt_value image = pt_getz(r->scan, "image");
    pt_str digest = pt_part_text(image, "manifest");
    pt_str name = r->series;
    size_t slash = pt_str_rfind(name, '/');
    if (slash < name.n)
        name = pt_str_sub(name, slash + 1, name.n);
    if (!digest.n || !name.n || !pt_len(pt_getz(image, "names")))
        return (pt_str){0};
    return pt_purl_text(a, &(pt_purl){.type = PT_STR("oci"),
                                      .name = pt_arena_lower(a, name),
                                      .version = digest,
                                      .qualifiers = pt_undefined()});
}

// The packages within the image; without one the packages are the products.
static pt_value products(pt_arena *a, pt_str image, const pt_finding *v, size_t n) {
    pt_list packages = {.a = a};
    for (size_t i = 0; i < n; i++)
        pt_list_add(&packages, component(a, pt_part_text(pt_getz(v[i].about, "package"), "purl")));
    pt_value list = pt_list_end(&packages);
    if (!image.n)
        return list;
    pt_obj ids = {.a = a};
    pt_obj_set(&ids, "purl", pt_string(image));
    pt_obj o = {.a = a};
    pt_obj_set(&o, "@id", pt_string(image));
    pt_obj_set(&o, "identifiers", pt_obj_end(&ids));
    pt_obj_set(&o, "subcomponents", list);
    pt_list one = {.a = a};
    pt_list_add(&one, pt_obj_end(&o));
    return pt_list_end(&one);
}

// What an operator wrote is an explanation of "not affected", and of "affected" what to do.
static pt_value statement(pt_arena *a, pt_str image, const pt_finding *v, size_t n) {
    static const char *const told_as[][2] = {{"not_affected", "impact_statement"},
                                             {"affected", "action_statement"}};
    const pt_waiver *w = v->waiver;
    const char *key = "status_notes";
    pt_value aliases = pt_getz(v->about, "aliases");
    pt_obj flaw = {.a = a};
    pt_obj_set(&flaw, "name", pt_string(pt_part_text(v->about, "id")));
    if (pt_len(aliases))
        pt_obj_set(&flaw, "aliases", aliases);
    for (size_t i = 0; i < PT_COUNT(told_as); i++)
        if (pt_str_eqz(w->status, told_as[i][0]))
            key = told_as[i][1];
    pt_obj o = {.a = a};
    pt_obj_set(&o, "vulnerability", pt_obj_end(&flaw));
    pt_obj_set(&o, "products", products(a, image, v, n));
    pt_obj_set(&o, "status", pt_string(w->status));
    if (w->justification.n)
        pt_obj_set(&o, "justification", pt_string(w->justification));
    pt_obj_set(&o, key, pt_string(w->reason));
    return pt_obj_end(&o);
}

// Findings are sorted by check within a severity: those of one vulnerability and waiver stand
// together and are one statement.
static pt_value statements(pt_arena *a, const pt_run *r) {
    const pt_findings *fs = &r->findings;
    pt_str image = image_purl(a, r);
    pt_list l = {.a = a};
    for (size_t i = 0, n = 0; i < fs->all.n; i += n) {
        const pt_finding *v = &fs->all.v[i];
        n = 1;
        if (!is_stated(v))
            continue;
        while (i + n < fs->all.n && is_stated(&v[n]) && v[n].waiver == v->waiver &&
               strcmp(v[n].check->id, v->check->id) == 0)
            n++;
        pt_list_add(&l, statement(a, image, v, n));
    }
    return pt_list_end(&l);
}

// Those who own the waivers, each once, as they come; "" if nothing is stated.
static pt_str authors(pt_arena *a, const pt_run *r) {
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(1 << 16);
    for (size_t i = 0; i < r->findings.all.n; i++) {
        const pt_finding *f = &r->findings.all.v[i];
        if (!is_stated(f) || pt_str_in_list(f->waiver->owner, pt_buf_str(&b), ';'))
            continue;
        pt_buf_putz(&b, b.n ? ";" : "");
        pt_buf_put(&b, f->waiver->owner);
    }
    return pt_arena_str(a, pt_buf_str(&b));
}

// Of what it says: the same document has the same name.
static pt_code name_of(pt_arena *a, pt_value said, pt_str *ret, pt_err *e) {
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF((size_t)512 << 20);
    PT_AUTO(pt_buf_done) pt_buf name = PT_BUF(128);
    pt_code code = pt_json_write(&b, said, &(pt_json_opts){.canonical = true}, e);
    pt_str text = pt_buf_str(&b);
    pt_hash256 h = pt_sha256(&text, 1);
    pt_buf_putz(&name, "https://openvex.dev/docs/public/vex-");
    pt_hex_put(&name, (pt_str){(const char *)h.b, sizeof h.b});
    *ret = pt_arena_str(a, pt_buf_str(&name));
    return code;
}

pt_code pt_report_openvex(pt_buf *b, const pt_run *r, pt_err *e) {
    PT_AUTO(pt_arena_done) pt_arena a = {0};
    char room[PT_RFC3339_BYTES];
    pt_value said = statements(&a, r);
    pt_str author = authors(&a, r);
    pt_str name = {0};
    if (!pt_defined(said) || a.full)
        return pt_err_set(e, PT_E_NOMEM, "the report is too large for the memory allowed");
    pt_code code = name_of(&a, said, &name, e);
    if (code)
        return code;
    pt_obj o = {.a = &a};
    pt_obj_set(&o, "@context", pt_stringz("https://openvex.dev/ns/v0.2.0"));
    pt_obj_set(&o, "@id", pt_string(name));
    pt_obj_set(&o, "author",
               author.n ? pt_string(author) : pt_stringz("nobody: nothing is stated"));
    pt_obj_set(&o, "timestamp", pt_string(pt_time_rfc3339(r->started, room)));
    pt_obj_set(&o, "version", pt_int(1));
    pt_obj_set(&o, "tooling", pt_stringz("paratia " PT_VERSION));
    pt_obj_set(&o, "statements", said);
    code = pt_json_write(b, pt_obj_end(&o), &(pt_json_opts){.pretty = true}, e);
    pt_buf_putc(b, '\n');
    return code;
}
