// SPDX as tags and values (SPDX 2.3, section 6 to 12): a line "Tag: value", a value over several
// lines between <text> and </text>, a line that begins with # is a comment. What a tag is of stands
// before it: "PackageName" begins a package, "FileName" a file.
#include "collect/sbom/impl.h"

typedef enum section {
    DOCUMENT,
    PACKAGE,
    LICENCE,
    OTHER, // a file, a snippet: not read
} section;

typedef struct tags {
    pt_arena *a;
    pt_err *e;
    pt_str rest;
    const char *end; // of the text
    uint32_t line;
    pt_str tag, value;
    section in;
    pt_obj document, creation, package, licence;
    pt_list packages, licences, relations, references, checksums;
} tags;

// -- lines ----------------------------------------------------------------------------------------

static bool is_comment(pt_str line) {
    return !line.n || line.p[0] == '#';
}

bool pt_bill_has_tags(pt_str text) {
    pt_str line = {0};
    do {
        if (!pt_str_split(&text, '\n', &line))
            return false;
        line = pt_str_trim(line);
    } while (is_comment(line));
    return pt_str_starts(line, PT_STR("SPDXVersion:"));
}

static pt_code refuse(tags *t, const char *what) {
    pt_code code = pt_err_set(t->e, PT_E_FORMAT, "not SPDX: %s", what);
    if (t->e)
        t->e->line = t->line;
    return code;
}

// The rest of a value that began with <text>; `first` is of the line that it begins in.
static pt_code long_value(tags *t, pt_str first) {
    static const pt_str open = PT_STR("<text>");
    static const pt_str close = PT_STR("</text>");
    const char *from = first.p + open.n;
    pt_str all = {from, (size_t)(t->end - from)};
    size_t end = pt_str_find_str(all, close);
    if (end == all.n)
        return refuse(t, "a <text> without its end");
    t->value = pt_str_sub(all, 0, end);
    pt_str behind = pt_str_sub(all, end + close.n, all.n);
    size_t lf = pt_str_find(behind, '\n');
    for (size_t i = 0; i < end; i++)
        t->line += all.p[i] == '\n';
    t->rest = pt_str_sub(behind, lf + 1, behind.n);
    return PT_OK;
}

// The next tag. *ret_more: there was one.
static pt_code next(tags *t, bool *ret_more) {
    pt_str line = {0};
    *ret_more = false;
    do {
        if (!pt_str_split(&t->rest, '\n', &line))
            return PT_OK;
        t->line++;
        line = pt_str_trim(line);
    } while (is_comment(line));
    size_t colon = pt_str_find(line, ':');
    if (colon == line.n)
        return refuse(t, "no tag");
    *ret_more = true;
    t->tag = pt_str_sub(line, 0, colon);
    t->value = pt_str_trim(pt_str_sub(line, colon + 1, line.n));
    return pt_str_starts(t->value, PT_STR("<text>")) ? long_value(t, t->value) : PT_OK;
}

// -- sections -------------------------------------------------------------------------------------

static void put_list(pt_obj *o, const char *key, pt_list *l) {
    pt_value v = pt_list_end(l);
    pt_obj_maybe(o, key, pt_len(v) ? v : pt_undefined());
    *l = (pt_list){.a = o->a};
}

static void end_section(tags *t) {
    if (t->in == PACKAGE) {
        put_list(&t->package, "externalRefs", &t->references);
        put_list(&t->package, "checksums", &t->checksums);
        pt_list_add(&t->packages, pt_obj_end(&t->package));
        t->package = (pt_obj){.a = t->a};
    }
    if (t->in == LICENCE) {
        pt_list_add(&t->licences, pt_obj_end(&t->licence));
        t->licence = (pt_obj){.a = t->a};
    }
}

// Words between blanks, under these keys; an empty object if there are fewer.
static pt_value words(tags *t, const char *const *keys, size_t n) {
    pt_str rest = t->value;
    pt_str word;
    pt_obj o = {.a = t->a};
    for (size_t i = 0; i < n && pt_str_word(&rest, &word); i++)
        pt_bill_put(&o, keys[i], word);
    return pt_obj_end(&o);
}

static void put_checksum(tags *t) {
    size_t colon = pt_str_find(t->value, ':');
    pt_obj o = {.a = t->a};
    pt_bill_put(&o, "algorithm", pt_str_trim(pt_str_sub(t->value, 0, colon)));
    pt_bill_put(&o, "checksumValue", pt_str_trim(pt_str_sub(t->value, colon + 1, t->value.n)));
    pt_list_add(&t->checksums, pt_obj_end(&o));
}

static bool tagged(const tags *t, const char *tag) {
    return pt_str_eqz(t->tag, tag);
}

// What is no plain text of its section.
static bool put_whole(tags *t) {
    static const char *const relation[] = {"spdxElementId", "relationshipType",
                                           "relatedSpdxElement"};
    static const char *const reference[] = {"referenceCategory", "referenceType",
                                            "referenceLocator"};
    if (tagged(t, "Relationship"))
        pt_list_add(&t->relations, words(t, relation, PT_COUNT(relation)));
    else if (tagged(t, "ExternalRef") && t->in == PACKAGE)
        pt_list_add(&t->references, words(t, reference, PT_COUNT(reference)));
    else if (tagged(t, "PackageChecksum") && t->in == PACKAGE)
        put_checksum(t);
    else if (tagged(t, "Created"))
        pt_bill_put(&t->creation, "created", t->value);
    else
        return false;
    return true;
}

// Does the tag begin a section?
static void begin(tags *t) {
    static const struct {
        const char *tag;
        section in;
    } begins[] = {{"PackageName", PACKAGE},
                  {"LicenseID", LICENCE},
                  {"FileName", OTHER},
                  {"SnippetSPDXID", OTHER}};
    for (size_t i = 0; i < PT_COUNT(begins); i++)
        if (tagged(t, begins[i].tag)) {
            end_section(t);
            t->in = begins[i].in;
        }
}

static void put_text(tags *t) {
    static const struct {
        const char *tag;
        section in;
        const char *key;
    } texts[] = {{"SPDXVersion", DOCUMENT, "spdxVersion"},
                 {"DocumentName", DOCUMENT, "name"},
                 {"SPDXID", DOCUMENT, "SPDXID"},
                 {"PackageName", PACKAGE, "name"},
                 {"SPDXID", PACKAGE, "SPDXID"},
                 {"PackageVersion", PACKAGE, "versionInfo"},
                 {"PackageSourceInfo", PACKAGE, "sourceInfo"},
                 {"PackageLicenseDeclared", PACKAGE, "licenseDeclared"},
                 {"PackageComment", PACKAGE, "comment"},
                 {"PackageDescription", PACKAGE, "description"},
                 {"PrimaryPackagePurpose", PACKAGE, "primaryPackagePurpose"},
                 {"LicenseID", LICENCE, "licenseId"},
                 {"LicenseName", LICENCE, "name"}};
    pt_obj *const objects[] = {&t->document, &t->package, &t->licence};
    for (size_t i = 0; i < PT_COUNT(texts); i++)
        if (t->in == texts[i].in && tagged(t, texts[i].tag))
            pt_bill_put(objects[t->in], texts[i].key, t->value);
}

pt_code pt_bill_tags(pt_arena *a, pt_str text, pt_value *ret, pt_err *e) {
    tags t = {.a = a,
              .e = e,
              .rest = text,
              .end = text.n ? text.p + text.n : NULL,
              .document = {.a = a},
              .creation = {.a = a},
              .package = {.a = a},
              .licence = {.a = a},
              .packages = {.a = a},
              .licences = {.a = a},
              .relations = {.a = a},
              .references = {.a = a},
              .checksums = {.a = a}};
    bool more = true;
    pt_code code = PT_OK;
    if (!pt_str_utf8(text, NULL))
        return pt_err_set(e, PT_E_FORMAT, "not SPDX: not UTF-8 text");
    while (!code && (code = next(&t, &more)) == PT_OK && more) {
        begin(&t);
        if (!put_whole(&t))
            put_text(&t);
    }
    if (code)
        return code;
    end_section(&t);
    pt_obj_set(&t.document, "creationInfo", pt_obj_end(&t.creation));
    pt_obj_set(&t.document, "packages", pt_list_end(&t.packages));
    pt_obj_set(&t.document, "relationships", pt_list_end(&t.relations));
    pt_obj_set(&t.document, "hasExtractedLicensingInfos", pt_list_end(&t.licences));
    pt_value doc = pt_obj_end(&t.document);
    if (!pt_defined(doc))
        return pt_err_set(e, PT_E_NOMEM, "out of memory");
    *ret = doc;
    return PT_OK;
}
