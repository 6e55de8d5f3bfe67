// SPDX 2.2 and 2.3, JSON, with what Syft, Trivy and our own bills write into it.
#include "collect/sbom/impl.h"

static const pt_str OS_KEYS = PT_STR("id_like distribution codename");

static bool id_starts(pt_value package, const char *prefix) {
    return pt_str_starts(pt_bill_text(package, "SPDXID"), pt_str_of(prefix));
}

static bool serves_as(pt_value package, const char *purpose) {
    return pt_str_eqz(pt_bill_text(package, "primaryPackagePurpose"), purpose);
}

static pt_str purl_of(pt_value package) {
    pt_value refs = pt_bill_list(package, "externalRefs");
    for (size_t i = 0; i < pt_len(refs); i++)
        if (pt_str_eqz(pt_bill_text(pt_at(refs, i), "referenceType"), "purl"))
            return pt_bill_text(pt_at(refs, i), "referenceLocator");
    return (pt_str){0};
}

// -- packages -------------------------------------------------------------------------------------

// The names of licences that the document describes itself.
static void put_terms(pt_bill *b) {
    pt_value list = pt_bill_list(b->doc, "hasExtractedLicensingInfos");
    pt_list l = {.a = b->a};
    for (size_t i = 0; i < pt_len(list); i++) {
        pt_list_add(&l, pt_string(pt_bill_text(pt_at(list, i), "licenseId")));
        pt_list_add(&l, pt_string(pt_bill_text(pt_at(list, i), "name")));
    }
    b->terms = pt_object_of(b->a, l.items.v, l.items.n / 2, NULL);
}

static void put_licence(const pt_bill *b, pt_bill_item *i, pt_value package) {
    pt_str said = pt_bill_text(package, "licenseDeclared");
    bool none = pt_str_eqz(said, "NOASSERTION") || pt_str_eqz(said, "NONE");
    pt_str name = pt_text(pt_get(b->terms, said));
    if (said.n && !none)
        pt_list_add(&i->licences, pt_string(name.n ? name : said));
}

// What stands behind `word`, up to one of `ends`; empty: it is not said.
static pt_str behind(pt_str s, const char *word, const char *ends) {
    size_t at = pt_str_find_str(s, pt_str_of(word));
    pt_str rest = at < s.n ? pt_str_sub(s, at + pt_str_of(word).n, s.n) : (pt_str){0};
    for (const char *c = ends; *c; c++)
        rest = pt_str_sub(rest, 0, pt_str_find(rest, *c));
    return rest;
}

// "built of glibc 2.36-9; listed by var/lib/dpkg/status, layer 1" (ours), "built package from:
// glibc 2.36-9" (Trivy), "acquired package info from DPKG DB: /var/lib/dpkg/status" (Syft).
static void put_source(pt_bill_item *i, pt_str info) {
    pt_str source = behind(info, "built of ", ";");
    source = source.n ? source : behind(info, "built package from: ", "");
    pt_str name = {0};
    pt_str file = behind(info, "listed by ", ",");
    pt_str syft = behind(info, "acquired package info from ", "");
    if (pt_str_word(&source, &name)) {
        i->source = name;
        i->source_version = pt_str_trim(source);
    }
    file = file.n ? file : behind(syft, ": ", ",");
    i->file = pt_bill_path(file);
    PT_IGNORE(pt_str_int(behind(info, ", layer ", ""), 10, &i->layer)); // 0: it is not told
}

// What our own bills note of a package: "NAME VALUE" lines. The next of them.
static bool next_fact(pt_str *notes, pt_str *ret_name, pt_str *ret_value) {
    pt_str line;
    if (!pt_str_split(notes, '\n', &line))
        return false;
    size_t blank = pt_str_find(line, ' ');
    *ret_name = pt_str_sub(line, 0, blank);
    *ret_value = pt_str_sub(line, blank + 1, line.n);
    return true;
}

static pt_str notes_of(pt_value p) {
    pt_value list = pt_bill_list(p, "annotations");
    for (size_t i = 0; i < pt_len(list); i++)
        if (pt_str_starts(pt_bill_text(pt_at(list, i), "annotator"), PT_STR("Tool: paratia-")))
            return pt_bill_text(pt_at(list, i), "comment");
    return (pt_str){0};
}

static void put_facts(pt_bill *b, pt_bill_item *i, pt_str notes) {
    static const pt_str more = PT_STR("paratia:more:");
    pt_obj o = {.a = b->a};
    pt_str name;
    pt_str value;
    pt_bill_put(&o, "module", pt_bill_text(i->more, "module")); // of the package URL
    while (next_fact(&notes, &name, &value)) {
        pt_str key = pt_arena_str(b->a, pt_str_sub(name, more.n, name.n));
        if (pt_str_eqz(name, "paratia:owner"))
            i->owner = value;
        else if (pt_str_eqz(name, "paratia:owner:content"))
            i->owner_content = value;
        else if (pt_str_starts(name, more) && key.n)
            pt_bill_put(&o, key.p, value);
    }
    if (o.pairs.n)
        i->more = pt_obj_end(&o);
}

static void put_package(pt_bill *b, pt_value p) {
    pt_bill_item *i = pt_bill_add(b);
    if (!i)
        return;
    if (!pt_bill_purl(b, i, purl_of(p))) {
        b->items.n--;
        pt_bill_unmapped(b, pt_bill_text(p, "name"));
        return;
    }
    pt_value sums = pt_bill_list(p, "checksums");
    for (size_t k = 0; k < pt_len(sums); k++)
        pt_bill_digest(b, i, pt_bill_text(pt_at(sums, k), "algorithm"),
                       pt_bill_text(pt_at(sums, k), "checksumValue"));
    i->ref = pt_bill_text(p, "SPDXID");
    i->dev = pt_str_eqz(pt_bill_text(p, "comment"), "needed to develop only");
    put_licence(b, i, p);
    put_source(i, pt_bill_text(p, "sourceInfo"));
    put_facts(b, i, notes_of(p));
}

static void put_system(pt_bill *b, pt_value p) {
    b->os = (pt_obj){.a = b->a}; // what a package URL said of it is forgotten
    pt_bill_put(&b->os, "id", pt_bill_text(p, "name"));
    pt_bill_put(&b->os, "version", pt_bill_text(p, "versionInfo"));
    pt_bill_put(&b->os, "name", pt_bill_text(p, "description"));
    static const pt_str prefix = PT_STR("paratia:os:");
    pt_str notes = notes_of(p);
    pt_str name;
    pt_str value;
    while (next_fact(&notes, &name, &value)) {
        pt_str key = pt_arena_str(b->a, pt_str_sub(name, prefix.n, name.n));
        if (pt_str_starts(name, prefix) && pt_str_in_list(key, OS_KEYS, ' '))
            pt_bill_put(&b->os, key.p, value);
    }
    pt_bill_put(&b->os, "file",
                pt_bill_path(behind(pt_bill_text(p, "sourceInfo"), "listed by ", ",")));
}

static void put_image(pt_bill *b, pt_value p) {
    pt_bill_item image = {0};
    pt_str version = pt_bill_text(p, "versionInfo");
    pt_value sums = pt_bill_list(p, "checksums");
    pt_str named = pt_bill_image_purl(b, purl_of(p));
    for (size_t k = 0; k < pt_len(sums); k++)
        pt_bill_digest(b, &image, pt_bill_text(pt_at(sums, k), "algorithm"),
                       pt_bill_text(pt_at(sums, k), "checksumValue"));
    image.digest = image.digest.n ? image.digest : named.n ? named : version;
    b->is_image = true;
    b->name = pt_bill_text(p, "name");
    bool whole = image.digest.n == 71 && pt_str_starts(image.digest, PT_STR("sha256:"));
    if (b->name.n)
        pt_list_add(&b->names, pt_getz(p, "name"));
    pt_bill_put(&b->image, "manifest", whole ? image.digest : (pt_str){0});
}

// Of a lock file, which Trivy tells as the source or as the name ("Ruby" and "gemspec" are none).
static pt_str file_of(pt_value p) {
    static const char *const keys[] = {"sourceInfo", "name"};
    for (size_t i = 0; i < PT_COUNT(keys); i++) {
        pt_str s = pt_bill_text(p, keys[i]);
        if (pt_str_find(s, '/') < s.n || pt_str_find(s, '.') < s.n)
            return pt_bill_path(s);
    }
    return (pt_str){0};
}

static void put_one(pt_bill *b, pt_value p) {
    if (serves_as(p, "OPERATING_SYSTEM") || serves_as(p, "OPERATING-SYSTEM") ||
        id_starts(p, "SPDXRef-OperatingSystem-"))
        put_system(b, p);
    else if (serves_as(p, "CONTAINER") || id_starts(p, "SPDXRef-ContainerImage-") ||
             id_starts(p, "SPDXRef-DocumentRoot-Image-"))
        put_image(b, p);
    else if (id_starts(p, "SPDXRef-DocumentRoot-"))
        b->name = pt_bill_text(p, "name");
    else if (id_starts(p, "SPDXRef-Application-") && !purl_of(p).n)
        pt_bill_holder_add(b, pt_bill_text(p, "SPDXID"), file_of(p));
    else
        put_package(b, p);
}

// -- the document ---------------------------------------------------------------------------------

static void put_edges(pt_bill *b, pt_value list) {
    for (size_t i = 0; i < pt_len(list); i++) {
        pt_value r = pt_at(list, i);
        pt_str type = pt_bill_text(r, "relationshipType");
        pt_str from = pt_bill_text(r, "spdxElementId");
        pt_str to = pt_bill_text(r, "relatedSpdxElement");
        if (pt_str_eqz(type, "DEPENDS_ON") || pt_str_eqz(type, "CONTAINS"))
            pt_bill_edge_add(b, from, to, pt_str_eqz(type, "CONTAINS"));
        if (pt_str_eqz(type, "DEPENDENCY_OF"))
            pt_bill_edge_add(b, to, from, false);
    }
}

static void put_gaps(pt_bill *b) {
    pt_value notes = pt_bill_list(b->doc, "annotations");
    for (size_t i = 0; i < pt_len(notes); i++) {
        pt_str who = pt_bill_text(pt_at(notes, i), "annotator");
        if (pt_str_starts(who, PT_STR("Tool: paratia-")))
            pt_bill_told(b, pt_bill_text(pt_at(notes, i), "comment"));
    }
}

void pt_bill_spdx(pt_bill *b) {
    pt_value packages = pt_bill_list(b->doc, "packages");
    put_terms(b);
    for (size_t i = 0; i < pt_len(packages) && !b->full; i++)
        put_one(b, pt_at(packages, i));
    put_edges(b, pt_bill_list(b->doc, "relationships"));
    pt_bill_put(&b->image, "created", pt_bill_text(pt_getz(b->doc, "creationInfo"), "created"));
    put_gaps(b);
}
