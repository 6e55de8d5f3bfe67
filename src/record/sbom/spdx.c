// SPDX 2.3 (ISO/IEC 5962 with its successors), JSON.
#include <string.h>

#include "crypto/crypto.h"
#include "record/sbom/impl.h"

#define TOOL "Tool: paratia-" PT_VERSION

typedef struct writer {
    const pt_sbom *s;
    pt_arena *a;
    pt_list packages, relations;
    PT_VEC(pt_value) texts; // {LicenseRef, info, …}: what the licences refer to
} writer;

// "SPDXRef-PREFIX-" and what of a ref can stand in an id: its digest.
static pt_str id_of(pt_arena *a, const char *prefix, pt_str ref) {
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(128);
    pt_hash256 h = pt_sha256(&ref, 1);
    pt_buf_printf(&b, "SPDXRef-%s-", prefix);
    pt_hex_put(&b, (pt_str){(const char *)h.b, 10});
    return pt_arena_str(a, pt_buf_str(&b));
}

static pt_str item_id(const writer *w, size_t i) {
    return id_of(w->a, "Package", w->s->items[i].ref);
}

static void relate(writer *w, pt_str from, const char *type, pt_str to) {
    pt_obj o = {.a = w->a};
    pt_obj_set(&o, "spdxElementId", pt_string(from));
    pt_obj_set(&o, "relationshipType", pt_stringz(type));
    pt_obj_set(&o, "relatedSpdxElement", pt_string(to));
    pt_list_add(&w->relations, pt_obj_end(&o));
}

// -- licences -------------------------------------------------------------------------------------

static void declare(writer *w, pt_str ref, pt_str said) {
    pt_obj o = {.a = w->a};
    pt_str text =
        pt_arena_printf(w->a, "The package says \"%.*s\"; the text was not read.", PT_PRI(said));
    pt_obj_set(&o, "licenseId", pt_string(ref));
    pt_obj_set(&o, "name", pt_string(said));
    pt_obj_set(&o, "extractedText", pt_string(text));
    pt_value *k = PT_PUSH(w->a, &w->texts);
    if (k)
        *k = pt_string(ref);
    pt_value *v = k ? PT_PUSH(w->a, &w->texts) : NULL;
    if (v)
        *v = pt_obj_end(&o);
}

// Each LicenseRef- of an expression is declared. False: one is of another document.
// NOLINTNEXTLINE(misc-no-recursion): as deep as PT_LICENCE_DEPTH_MAX
static bool declare_all(writer *w, pt_value tree) {
    pt_value any = pt_getz(tree, "any");
    pt_value parts = pt_defined(any) ? any : pt_getz(tree, "all");
    pt_str id = pt_sbom_text(tree, "id");
    bool ours = pt_str_find(id, ':') == id.n;
    if (ours && pt_str_starts(id, PT_STR("LicenseRef-")))
        declare(w, id, id);
    for (size_t i = 0; i < pt_len(parts); i++)
        ours = declare_all(w, pt_at(parts, i)) && ours;
    return ours;
}

// What SPDX's list does not have is a reference to what was said.
static pt_str licence(writer *w, pt_str said, bool alone) {
    pt_licence l = {0};
    bool read = pt_licence_parse(w->a, said, &l, NULL) == PT_OK;
    if (read && l.listed && declare_all(w, l.tree)) {
        bool parens = !alone && pt_defined(pt_getz(l.tree, "any"));
        return parens ? pt_arena_printf(w->a, "(%.*s)", PT_PRI(l.text)) : l.text;
    }
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(128);
    pt_hash256 h = pt_sha256(&said, 1);
    pt_buf_putz(&b, "LicenseRef-paratia-");
    pt_hex_put(&b, (pt_str){(const char *)h.b, 10});
    pt_str ref = read && l.single && !pt_str_ends(l.text, PT_STR("+"))
                     ? pt_arena_printf(w->a, "LicenseRef-%.*s", PT_PRI(l.text))
                     : pt_arena_str(w->a, pt_buf_str(&b));
    declare(w, ref, said);
    return ref;
}

static pt_str declared(writer *w, pt_value list) {
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(1 << 20);
    for (size_t i = 0; i < pt_len(list); i++) {
        pt_str said = pt_str_trim(pt_text(pt_at(list, i)));
        if (!said.n || pt_str_eqz(said, "NOASSERTION") || pt_str_eqz(said, "NONE"))
            continue;
        pt_str one = licence(w, said, pt_len(list) == 1);
        pt_buf_putz(&b, b.n ? " AND " : "");
        pt_buf_put(&b, one);
    }
    return b.n && !b.full ? pt_arena_str(w->a, pt_buf_str(&b)) : PT_STR("NOASSERTION");
}

// -- packages -------------------------------------------------------------------------------------

static void reference(pt_list *l, const char *category, const char *type, pt_str locator,
                      const char *comment) {
    if (!locator.n)
        return;
    pt_obj o = {.a = l->a};
    pt_obj_set(&o, "referenceCategory", pt_stringz(category));
    pt_obj_set(&o, "referenceType", pt_stringz(type));
    pt_obj_set(&o, "referenceLocator", pt_string(locator));
    pt_obj_maybe(&o, "comment", comment ? pt_stringz(comment) : pt_undefined());
    pt_list_add(l, pt_obj_end(&o));
}

static void put_references(pt_obj *o, pt_str purl, pt_str cpe) {
    pt_list l = {.a = o->a};
    reference(&l, "PACKAGE-MANAGER", "purl", purl, NULL);
    reference(&l, "SECURITY", "cpe23Type", cpe, "guessed from the package's name");
    pt_value v = pt_list_end(&l);
    pt_obj_maybe(o, "externalRefs", pt_len(v) ? v : pt_undefined());
}

static void put_checksum(pt_obj *o, pt_str digest) {
    pt_sbom_hash h;
    pt_list l = {.a = o->a};
    pt_obj one = {.a = o->a};
    if (!pt_sbom_hash_of(digest, &h))
        return;
    pt_obj_set(&one, "algorithm", pt_stringz(h.spdx));
    pt_obj_set(&one, "checksumValue", pt_string(h.hex));
    pt_list_add(&l, pt_obj_end(&one));
    pt_obj_set(o, "checksums", pt_list_end(&l));
}

// "built of glibc 2.36-9; listed by var/lib/dpkg/status, layer 1"
static pt_str source_info(pt_arena *a, pt_value p) {
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(1 << 16);
    pt_str source = pt_sbom_text(p, "source");
    pt_str file = pt_sbom_text(p, "file");
    int64_t layer = pt_sbom_whole(p, "layer");
    if (source.n)
        pt_buf_printf(&b, "built of %.*s %.*s", PT_PRI(source),
                      PT_PRI(pt_sbom_text(p, "source_version")));
    if (file.n)
        pt_buf_printf(&b, "%slisted by %.*s", b.n ? "; " : "", PT_PRI(file));
    if (layer)
        pt_buf_printf(&b, "%slayer %lld", b.n ? ", " : "", (long long)layer);
    return pt_arena_str(a, pt_buf_str(&b));
}

static pt_obj package(const writer *w, pt_str id, pt_str name, const char *purpose) {
    pt_obj o = {.a = w->a};
    pt_obj_set(&o, "SPDXID", pt_string(id));
    pt_obj_set(&o, "name", pt_string(name));
    pt_obj_set(&o, "primaryPackagePurpose", pt_stringz(purpose));
    pt_obj_set(&o, "downloadLocation", pt_stringz("NOASSERTION"));
    pt_obj_set(&o, "supplier", pt_stringz("NOASSERTION"));
    pt_obj_set(&o, "copyrightText", pt_stringz("NOASSERTION"));
    pt_obj_set(&o, "licenseConcluded", pt_stringz("NOASSERTION"));
    pt_obj_set(&o, "filesAnalyzed", pt_bool(false));
    return o;
}

static void note(const writer *w, pt_list *l, pt_str text) {
    pt_obj o = {.a = w->a};
    pt_obj_set(&o, "annotator", pt_stringz(TOOL));
    pt_obj_set(&o, "annotationDate", pt_string(w->s->time));
    pt_obj_set(&o, "annotationType", pt_stringz("OTHER"));
    pt_obj_set(&o, "comment", pt_string(text));
    pt_list_add(l, pt_obj_end(&o));
}

static void tell(void *to, pt_str name, pt_str value) {
    pt_buf_printf(to, "%s%.*s %.*s", ((pt_buf *)to)->n ? "\n" : "", PT_PRI(name), PT_PRI(value));
}

// What SPDX has no field for: a line each of "NAME VALUE".
static void put_facts(const writer *w, pt_obj *o, pt_value package, bool system) {
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(1 << 20);
    pt_list l = {.a = w->a};
    (system ? pt_sbom_system_facts : pt_sbom_package_facts)(w->a, package, tell, &b);
    if (!b.n)
        return;
    note(w, &l, pt_arena_str(w->a, pt_buf_str(&b)));
    pt_obj_set(o, "annotations", pt_list_end(&l));
}

// What was recognised in its files, and in which.
static void put_concluded(writer *w, pt_obj *o, pt_value recognised) {
    pt_str said = pt_sbom_text(recognised, "expression");
    pt_str file = pt_sbom_text(recognised, "file");
    if (!said.n)
        return;
    pt_obj_set(o, "licenseConcluded", pt_string(licence(w, said, true))); // the last one counts
    pt_obj_set(o, "licenseComments",
               pt_string(pt_arena_printf(w->a, "concluded of %.*s", PT_PRI(file))));
}

static void put_item(writer *w, size_t i, pt_str parent) {
    const pt_sbom_item *it = &w->s->items[i];
    pt_str id = item_id(w, i);
    pt_obj o = package(w, id, pt_sbom_text(it->package, "name"), "LIBRARY");
    pt_sbom_put(&o, "versionInfo", pt_sbom_text(it->package, "version"));
    pt_sbom_put(&o, "sourceInfo", source_info(w->a, it->package));
    put_concluded(w, &o, pt_getz(it->package, "recognised"));
    pt_obj_set(&o, "licenseDeclared", pt_string(declared(w, pt_getz(it->package, "licences"))));
    if (pt_true(pt_getz(it->package, "dev")))
        pt_obj_set(&o, "comment", pt_stringz("needed to develop only"));
    put_references(&o, it->purl, pt_sbom_cpe(w->a, it->package));
    put_checksum(&o, pt_sbom_text(it->package, "digest"));
    put_facts(w, &o, it->package, false);
    pt_list_add(&w->packages, pt_obj_end(&o));
    relate(w, parent, "CONTAINS", id);
    for (size_t k = 0; k < pt_len(it->needs); k++) {
        int64_t at = 0;
        if (pt_to_int(pt_at(it->needs, k), &at))
            relate(w, id, "DEPENDS_ON", item_id(w, (size_t)at));
    }
}

// -- notes ----------------------------------------------------------------------------------------

static void put_layers(const writer *w, pt_obj *o) {
    pt_value layers = pt_getz(w->s->doc, "layers");
    pt_list l = {.a = w->a};
    for (size_t i = 0; i < pt_len(layers); i++) {
        pt_str diff_id = pt_sbom_text(pt_at(layers, i), "diff_id");
        note(w, &l,
             pt_arena_printf(w->a, "layer %lld: %.*s",
                             (long long)pt_sbom_whole(pt_at(layers, i), "layer"),
                             PT_PRI(diff_id.n ? diff_id : PT_STR("not read"))));
    }
    if (l.items.n)
        pt_obj_set(o, "annotations", pt_list_end(&l));
}

static void put_problems(const writer *w, pt_obj *o) {
    pt_value problems = w->s->problems;
    pt_list l = {.a = w->a};
    for (size_t i = 0; i < pt_len(problems); i++)
        note(w, &l, pt_text(pt_at(problems, i)));
    pt_obj_set(o, "comment",
               pt_stringz("This list is incomplete: the annotations say what was not read."));
    pt_obj_set(o, "annotations", pt_list_end(&l));
}

// -- the document ---------------------------------------------------------------------------------

static void put_subject(writer *w, pt_str id) {
    const pt_sbom *s = w->s;
    static const char *const purposes[] = {[PT_SBOM_IMAGE] = "CONTAINER",
                                           [PT_SBOM_SYSTEM] = "OTHER",
                                           [PT_SBOM_SOURCES] = "APPLICATION"};
    pt_obj o = package(w, id, s->name, purposes[pt_sbom_subject_of(s)]);
    pt_str digest = pt_sbom_text(s->image, "manifest");
    pt_sbom_put(&o, "versionInfo", digest);
    pt_obj_set(&o, "licenseDeclared", pt_stringz("NOASSERTION"));
    put_references(&o, s->purl, (pt_str){0});
    put_checksum(&o, digest);
    put_layers(w, &o);
    pt_list_add(&w->packages, pt_obj_end(&o));
    relate(w, PT_STR("SPDXRef-DOCUMENT"), "DESCRIBES", id);
}

static void put_system(writer *w, pt_str subject, pt_str id) {
    pt_str name = pt_sbom_text(w->s->os, "id");
    pt_obj o = package(w, id, name.n ? name : PT_STR("unknown"), "OPERATING_SYSTEM");
    pt_sbom_put(&o, "versionInfo", pt_sbom_text(w->s->os, "version"));
    pt_sbom_put(&o, "description", pt_sbom_text(w->s->os, "name"));
    pt_sbom_put(&o, "sourceInfo", source_info(w->a, w->s->os));
    pt_obj_set(&o, "licenseDeclared", pt_stringz("NOASSERTION"));
    put_facts(w, &o, w->s->os, true);
    pt_list_add(&w->packages, pt_obj_end(&o));
    relate(w, subject, "CONTAINS", id);
}

static pt_value creation(const writer *w) {
    pt_obj o = {.a = w->a};
    pt_list l = {.a = w->a};
    pt_list_add(&l, pt_stringz(TOOL));
    pt_obj_set(&o, "created", pt_string(w->s->time));
    pt_obj_set(&o, "creators", pt_list_end(&l));
    return pt_obj_end(&o);
}

static pt_value texts(const writer *w) {
    pt_value by_ref = pt_object_of(w->a, w->texts.v, w->texts.n / 2, NULL);
    return pt_len(by_ref) ? pt_array_of(w->a, pt_vals(by_ref), pt_len(by_ref)) : pt_undefined();
}

pt_value pt_sbom_spdx(const pt_sbom *s) {
    writer w = {.s = s, .a = s->a, .packages = {.a = s->a}, .relations = {.a = s->a}};
    bool has_os = pt_defined(s->os);
    pt_str subject = id_of(s->a, "DocumentRoot", s->ref);
    pt_str system = id_of(s->a, "OperatingSystem", s->os_ref);
    put_subject(&w, subject);
    if (has_os)
        put_system(&w, subject, system);
    for (size_t i = 0; i < s->n; i++)
        put_item(&w, i, has_os && s->items[i].of_system ? system : subject);

    pt_obj o = {.a = s->a};
    pt_str space = pt_arena_printf(s->a, "https://spdx.org/spdxdocs/paratia-%.*s", PT_PRI(s->uuid));
    pt_obj_set(&o, "spdxVersion", pt_stringz("SPDX-2.3"));
    pt_obj_set(&o, "dataLicense", pt_stringz("CC0-1.0"));
    pt_obj_set(&o, "SPDXID", pt_stringz("SPDXRef-DOCUMENT"));
    pt_obj_set(&o, "name", pt_string(s->name));
    pt_obj_set(&o, "documentNamespace", pt_string(space));
    pt_obj_set(&o, "creationInfo", creation(&w));
    pt_obj_set(&o, "packages", pt_list_end(&w.packages));
    pt_obj_set(&o, "relationships", pt_list_end(&w.relations));
    if (w.texts.n)
        pt_obj_set(&o, "hasExtractedLicensingInfos", texts(&w));
    if (pt_len(s->problems))
        put_problems(&w, &o);
    return pt_obj_end(&o);
}
