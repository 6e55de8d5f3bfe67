// Archives of Java, and those within them. What an artifact is, is told by
// META-INF/**/pom.properties and the pom beside it, of which a shaded archive has several; by the
// manifest; by the file's name, which knows no group. Groups are not guessed but for the beginning
// of a bundle's name, and then the package says "guessed".
#include "collect/packages/java/jar.h"

#include "base/buf.h"
#include "collect/licence/licence.h"
#include "collect/licence/places.h"
#include "collect/packages/aside.h"
#include "collect/packages/ids.h"
#include "collect/packages/xml.h"
#include "collect/packages/zip.h"
#include "crypto/crypto.h"

typedef struct jar { // the file, with all that is in it
    pt_read *r;
    pt_unzip *unzip;
    size_t left; // bytes that may still be unpacked
    size_t open; // bytes of unpacked archives that are being read
    uint32_t entries;
} jar;

typedef struct part { // a folder with a pom or its properties
    pt_str path;      // of the file that says so
    pt_gav gav;
    pt_value licences;
    bool told; // by properties
} part;

typedef struct archive {
    jar *j;
    pt_zip zip;
    pt_str path; // within the file; empty: the file itself
    pt_gav named;
    pt_ids folders;
    PT_VEC(part) parts;
    pt_ids ids; // that were listed
    pt_manifest manifest;
    pt_str digest; // of its bytes; empty: not yet asked for
    pt_licence_saying texts;
    bool classes; // it has some
} archive;

static pt_str within(const archive *w, pt_str name) {
    if (!w->path.n || !name.n)
        return pt_arena_str(w->j->r->a, name.n ? name : w->path);
    return pt_arena_printf(w->j->r->a, "%.*s/%.*s", PT_PRI(w->path), PT_PRI(name));
}

static void fault(const archive *w, pt_str name, const char *what) {
    pt_str place = within(w, name);
    pt_str said = pt_arena_printf(w->j->r->a, "%.*s%s%s", PT_PRI(place), place.n ? ": " : "", what);
    pt_fault_add(w->j->r, w->j->entries, said.p);
}

// The content of an entry. Without bytes if it cannot be read, which is a fault then.
static pt_code unpack(archive *w, const pt_zip_entry *n, pt_buf *room, pt_str *ret, pt_err *e) {
    pt_err bad = {0};
    pt_code code = PT_OK;
    *ret = (pt_str){0};
    if (n->size > w->j->left)
        code = pt_err_set(&bad, PT_E_LIMIT, "more bytes than are unpacked of one file");
    if (!code)
        code = pt_zip_read(&w->zip, n, w->j->unzip, room, ret, &bad);
    if (code == PT_E_NOMEM)
        return pt_err_set(e, PT_E_NOMEM, "%s", bad.what);
    if (code)
        fault(w, n->name, bad.what);
    // What is only stored, too: the same bytes may be there many times. And what turned out not to
    // be what it says: the work was done.
    if (!code || code == PT_E_FORMAT)
        w->j->left -= (size_t)n->size;
    return PT_OK;
}

// -- what it says that it is ----------------------------------------------------------------------

// That of the folder that the file is in. Properties once more in the same folder, as two entries
// of one name, are another one.
static part *part_of(archive *w, pt_str name, bool properties) {
    pt_str folder = pt_arena_str(w->j->r->a, pt_str_sub(name, 0, pt_str_rfind(name, '/')));
    uint32_t n = pt_ids_add(&w->folders, folder);
    if (n == PT_IDS_NONE)
        return NULL;
    if (n < w->parts.n && !(properties && w->parts.v[n].told))
        return w->parts.v + n;
    part *p = PT_PUSH(w->j->r->a, &w->parts);
    if (p)
        *p = (part){.path = within(w, name)};
    while (p && w->folders.list.n < w->parts.n) // numbers of both stay the same
        if (pt_ids_add(&w->folders, pt_arena_printf(w->j->r->a, "/%zu", w->parts.n)) == PT_IDS_NONE)
            return NULL;
    return p;
}

static pt_str or_parent(const pt_xml *project, const char *name) {
    pt_str own = pt_xml_text(project, name);
    return own.n ? own : pt_xml_text(pt_xml_child(project, "parent"), name);
}

// A pom says less than its properties: it inherits. Of one that cannot be read they are enough.
static void take_pom(archive *w, part *p, pt_str text) {
    PT_AUTO(pt_arena_done) pt_arena own = {.bytes_max = PT_JAR_ROOM};
    pt_arena *a = w->j->r->a;
    pt_xml *project = NULL;
    pt_list names = {.a = a};
    if (pt_xml_parse(&own, text, &project, NULL) || !pt_str_eqz(project->name, "project"))
        return;
    const pt_xml *l = pt_xml_child(pt_xml_child(project, "licenses"), "license");
    for (; l; l = pt_xml_again(l))
        if (pt_xml_text(l, "name").n)
            pt_list_add(&names, pt_string(pt_arena_str(a, pt_xml_text(l, "name"))));
    if (names.items.n)
        p->licences = pt_list_end(&names);
    if (!p->told)
        p->gav = (pt_gav){.group = pt_arena_str(a, or_parent(project, "groupId")),
                          .artifact = pt_arena_str(a, pt_xml_text(project, "artifactId")),
                          .version = pt_arena_str(a, or_parent(project, "version"))};
}

static pt_code take_licence(archive *w, pt_str name, pt_str text, pt_err *e) {
    pt_str says = {0};
    pt_str place = within(w, name);
    pt_str file = pt_arena_printf(w->j->r->a, "%.*s/%.*s", PT_PRI(w->j->r->path), PT_PRI(place));
    pt_code code = pt_licence_of_text(w->j->r->a, text, &says, e);
    const pt_licence_said one = {.file = file, .expression = says, .unknown = pt_undefined()};
    pt_licence_says(&w->texts, &one);
    return code;
}

typedef enum kind {
    NOTHING,
    PROPERTIES,
    POM,
    MANIFEST,
    LICENCE,
    ARCHIVE,
    CLASS
} kind;

static kind kind_of(pt_str name) {
    size_t slash = pt_str_rfind(name, '/');
    pt_str last = slash < name.n ? pt_str_sub(name, slash + 1, name.n) : name;
    pt_str folder = pt_str_sub(name, 0, slash < name.n ? slash : 0);
    pt_str meta = PT_STR("META-INF/");
    bool is_meta = pt_str_starts(name, meta) || pt_str_has(name, PT_STR("/META-INF/"));
    pt_str stem = pt_str_sub(last, 0, pt_str_find(last, '.'));
    if (is_meta && pt_str_eqz(last, "pom.properties"))
        return PROPERTIES;
    if (pt_str_has(name, PT_STR("META-INF/maven/")) && pt_str_eqz(last, "pom.xml"))
        return POM;
    if (pt_str_eq_nocase(name, PT_STR("META-INF/MANIFEST.MF")))
        return MANIFEST;
    if ((!folder.n || pt_str_eqz(folder, "META-INF")) &&
        (pt_str_eq_nocase(stem, PT_STR("LICENSE")) || pt_str_eq_nocase(stem, PT_STR("LICENCE"))))
        return LICENCE;
    if (pt_jar_is(last))
        return ARCHIVE;
    return pt_str_ends(last, PT_STR(".class")) ? CLASS : NOTHING;
}

static pt_code take_text(archive *w, const pt_zip_entry *n, kind k, pt_err *e) {
    PT_AUTO(pt_buf_done) pt_buf room = PT_BUF(PT_JAR_TEXT_BYTES_MAX);
    pt_arena *a = w->j->r->a;
    pt_str text;
    pt_code code = unpack(w, n, &room, &text, e);
    if (code || !text.n)
        return code;
    if (k == MANIFEST)
        w->manifest = pt_jar_manifest(a, text, &w->named);
    else if (k == LICENCE)
        return take_licence(w, n->name, text, e);
    else {
        part *p = part_of(w, n->name, k == PROPERTIES);
        if (!p)
            return pt_err_set(e, PT_E_NOMEM, "out of memory");
        if (k == POM)
            take_pom(w, p, text);
        else {
            p->gav = pt_jar_properties(a, text);
            p->path = within(w, n->name);
            p->told = true;
        }
    }
    return a->full ? pt_err_set(e, PT_E_NOMEM, "out of memory") : PT_OK;
}

// -- listing --------------------------------------------------------------------------------------

static bool is_whole(const pt_gav *g) {
    return g->group.n && g->artifact.n && g->version.n && !pt_str_has(g->group, PT_STR("${")) &&
           !pt_str_has(g->artifact, PT_STR("${")) && !pt_str_has(g->version, PT_STR("${"));
}

// Does the file's name say the same? "gizmo-1.1.jar", "gizmo.jar",
// "io.quarkus.gizmo.gizmo-1.1.jar".
static bool is_own(const archive *w, const pt_gav *g) {
    pt_str named = w->named.artifact;
    size_t at = named.n - g->artifact.n; // of the end of a longer name
    return pt_str_eq(named, g->artifact) ||
           (pt_str_ends(named, g->artifact) && named.p[at - 1] == '.') ||
           (pt_str_starts(named, g->artifact) &&
            pt_str_find(PT_STR("-_."), named.p[g->artifact.n]) < 3);
}

// Many parts may be the archive itself: its bytes are read once.
static pt_str digest_of(archive *w) {
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(64);
    if (w->digest.n)
        return w->digest;
    pt_hash160 h = pt_sha1(w->zip.bytes);
    pt_buf_putz(&b, "sha1:");
    pt_hex_put(&b, (pt_str){(const char *)h.b, sizeof h.b});
    return w->digest = pt_arena_str(w->j->r->a, pt_buf_str(&b));
}

static pt_value more_of(pt_arena *a, pt_str path, bool guessed) {
    pt_obj o = {.a = a};
    if (path.n)
        pt_obj_set(&o, "path", pt_string(path));
    if (guessed)
        pt_obj_set(&o, "guessed", pt_bool(true));
    return o.pairs.n ? pt_obj_end(&o) : pt_undefined();
}

// The archive itself: its digest and its licence. What a manifest says of it is a URL, mostly, and
// counts where the texts say nothing that is known.
static void describe(archive *w, pt_package *p) {
    pt_arena *a = w->j->r->a;
    pt_licence_said said = pt_licence_together(a, &w->texts);
    pt_value one = pt_string(w->manifest.licence);
    p->digest = digest_of(w);
    if (w->manifest.licence.n && !said.expression.n && !pt_defined(p->licences))
        p->licences = pt_array_of(a, &one, 1);
    if (said.file.n)
        p->recognised = pt_licence_recognised(a, &said);
}

// `own`: it is the archive itself.
static pt_code list(archive *w, const pt_gav *g, pt_value licences, pt_value more, bool own,
                    pt_err *e) {
    pt_arena *a = w->j->r->a;
    pt_package p = {.name = g->artifact, .version = g->version, .licences = licences, .more = more};
    size_t before = w->ids.list.n;
    if (g->group.n)
        p.name = pt_arena_printf(a, "%.*s:%.*s", PT_PRI(g->group), PT_PRI(g->artifact));
    p.id = p.name;
    if (g->version.n)
        p.id = pt_arena_printf(a, "%.*s:%.*s", PT_PRI(p.name), PT_PRI(p.version));
    if (pt_ids_add(&w->ids, p.id) == PT_IDS_NONE || !p.name.n)
        return pt_err_set(e, PT_E_NOMEM, "out of memory");
    if (w->ids.list.n == before)
        return PT_OK; // said twice
    if (own)
        describe(w, &p);
    return pt_package_add(w->j->r, &p, e);
}

// Without a part that is the archive itself.
static pt_code list_self(archive *w, pt_err *e) {
    pt_arena *a = w->j->r->a;
    pt_gav g = w->manifest.gav;
    if (is_whole(&g))
        return list(w, &g, pt_undefined(),
                    more_of(a, within(w, PT_STR("META-INF/MANIFEST.MF")), w->manifest.guessed),
                    true, e);
    pt_gav named = {.artifact = w->named.artifact,
                    .version = w->named.version.n ? w->named.version : g.version};
    if (w->parts.n)
        return PT_OK;
    if (!named.artifact.n || !(named.version.n || w->classes))
        return PT_OK; // a folder of other archives
    return list(w, &named, pt_undefined(), more_of(a, w->path, false), true, e);
}

static pt_code list_all(archive *w, pt_err *e) {
    pt_code code = PT_OK;
    bool found = false;
    for (size_t i = 0; !code && i < w->parts.n; i++) {
        const part *p = w->parts.v + i;
        if (!is_whole(&p->gav)) {
            fault(w, pt_str_sub(p->path, w->path.n + (w->path.n > 0), p->path.n),
                  "not a group, artifact and version");
            continue;
        }
        bool own = w->parts.n == 1 || is_own(w, &p->gav);
        code = list(w, &p->gav, p->licences, more_of(w->j->r->a, p->path, false), own, e);
        found |= own;
    }
    return code || found ? code : list_self(w, e);
}

// -- walking --------------------------------------------------------------------------------------

static pt_code read_archive(jar *j, pt_str bytes, pt_str path, unsigned depth, pt_err *e);

// NOLINTNEXTLINE(misc-no-recursion): no deeper than PT_JAR_DEPTH_MAX
static pt_code take_archive(archive *w, const pt_zip_entry *n, unsigned depth, pt_err *e) {
    PT_AUTO(pt_buf_done) pt_buf room = PT_BUF(PT_JAR_NEST_BYTES_MAX);
    size_t open = w->j->open;
    pt_str bytes = {0};
    pt_code code = PT_OK;
    if (depth == PT_JAR_DEPTH_MAX)
        fault(w, n->name, "too deep in other archives, and not read");
    else if (n->method && n->size > PT_JAR_NESTS_BYTES_MAX - open)
        fault(w, n->name, "too large in other archives, and not read");
    else
        code = unpack(w, n, &room, &bytes, e);
    if (code || !bytes.n)
        return code;
    w->j->open += room.n;
    code = read_archive(w->j, bytes, within(w, n->name), depth + 1, e);
    w->j->open = open;
    return code;
}

// NOLINTNEXTLINE(misc-no-recursion)
static pt_code walk(archive *w, unsigned depth, pt_err *e) {
    pt_code code = PT_OK;
    pt_err bad = {0};
    pt_zip_entry n;
    bool end = false;
    while (!code) {
        if (pt_zip_next(&w->zip, &n, &end, &bad)) {
            fault(w, (pt_str){0}, bad.what);
            break;
        }
        if (end)
            break;
        if (w->j->entries == PT_JAR_ENTRIES_MAX) {
            fault(w, n.name, "more files than are looked at, and the rest is not read");
            break;
        }
        w->j->entries++;
        kind k = kind_of(n.name);
        w->classes |= k == CLASS;
        if (k == ARCHIVE)
            code = take_archive(w, &n, depth, e);
        else if (k == LICENCE && w->texts.n == PT_LICENCE_FILES_MAX)
            w->texts.cut = true;
        else if (k != NOTHING && k != CLASS)
            code = take_text(w, &n, k, e);
    }
    return code;
}

// NOLINTNEXTLINE(misc-no-recursion)
static pt_code read_archive(jar *j, pt_str bytes, pt_str path, unsigned depth, pt_err *e) {
    pt_err bad = {0};
    pt_arena *a = j->r->a;
    archive w = {.j = j,
                 .path = path,
                 .named = pt_jar_name(path.n ? path : j->r->path),
                 .folders = {.a = a},
                 .ids = {.a = a}};
    pt_code opened = pt_zip_open(&w.zip, bytes, &bad);
    if (opened && !pt_zip_is(bytes) && pt_jar_may_be(path.n ? path : j->r->path))
        return PT_OK; // another kind of archive
    if (opened) {
        fault(&w, (pt_str){0}, bad.what);
        return PT_OK;
    }
    pt_code code = walk(&w, depth, e);
    return code ? code : list_all(&w, e);
}

static pt_code read_file(pt_read *r, pt_str text, pt_err *e) {
    jar j = {.r = r, .unzip = pt_unzip_new(r->a), .left = PT_JAR_UNPACK_MAX};
    if (!j.unzip)
        return pt_err_set(e, PT_E_NOMEM, "out of memory");
    if (text.n < (PT_JAR_UNPACK_MAX - PT_JAR_UNPACK_FROM) / PT_JAR_SWELL_MAX)
        j.left = PT_JAR_UNPACK_FROM + text.n * PT_JAR_SWELL_MAX;
    r->unit = "entry";
    return read_archive(&j, text, (pt_str){0}, 0, e);
}

pt_code pt_read_jar(pt_read *r, pt_str text, pt_err *e) {
    return pt_read_aside(r, text, read_file, PT_JAR_ROOM, e);
}
