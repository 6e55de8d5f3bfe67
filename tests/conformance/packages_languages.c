// Runs of lock files, of installed packages' files and of programs. A case passes if the same
// packages are found, in any order: name and version; relationship, licences, lines and digest
// where they are expected; what is for development only; and the same edges between them.
#include <stdio.h>
#include <string.h>

#include "collect/packages/ids.h"
#include "collect/packages/java/java.h"
#include "collect/packages/readers.h"
#include "packages.h"

static pt_str text_of(pt_value v, const char *key) {
    return pt_text(pt_getz(v, key));
}

// -- one package ----------------------------------------------------------------------------------

static bool same_texts(pt_value a, pt_value b) {
    if (pt_len(a) != pt_len(b))
        return false;
    for (size_t i = 0; i < pt_len(a); i++) {
        bool found = false;
        for (size_t k = 0; !found && k < pt_len(b); k++)
            found = pt_eq(pt_at(a, i), pt_at(b, k));
        if (!found)
            return false;
    }
    return true;
}

static bool same_lines(pt_value want, pt_value lines) {
    bool found = pt_len(want) == 0;
    for (size_t i = 0; i < pt_len(want); i++) {
        pt_value w = pt_at(want, i);
        found |= pt_eq(pt_getz(w, "StartLine"), pt_at(lines, 0)) &&
                 pt_eq(pt_getz(w, "EndLine"), pt_at(lines, 1));
    }
    return found;
}

// "name@version" behind an id of either side; the id itself if nothing has it.
static pt_str id_meant(pt_arena *a, pt_value packages, const char *const keys[3], pt_str id) {
    for (size_t i = 0; i < pt_len(packages); i++) {
        pt_value p = pt_at(packages, i);
        pt_str name = text_of(p, keys[1]);
        pt_str version = text_of(p, keys[2]);
        pt_str meant = pt_arena_printf(a, "%.*s@%.*s", PT_PRI(name), PT_PRI(version));
        pt_str own = text_of(p, keys[0]);
        if (own.n ? pt_str_eq(own, id) : pt_str_eq(meant, id))
            return meant;
    }
    return id;
}

static const char *const OURS[] = {"id", "name", "version"};
static const char *const THEIRS[] = {"ID", "Name", "Version"};

static pt_value edges_of(pt_arena *a, pt_value packages, const char *const keys[3], pt_value ids) {
    pt_list l = {.a = a};
    for (size_t i = 0; i < pt_len(ids); i++)
        pt_list_add(&l, pt_string(id_meant(a, packages, keys, pt_text(pt_at(ids, i)))));
    return pt_list_end(&l);
}

// What of `got` is not as in `want`; NULL: nothing. `digest`: what the file says of it.
static const char *differs(pt_value want, pt_value got, pt_str digest) {
    pt_value licences = pt_getz(want, "Licenses");
    pt_str relation = text_of(want, "Relationship");
    if (pt_str_eqz(relation, "unknown"))
        relation = (pt_str){0}; // what is known here is no mistake
    if (relation.n && !pt_str_eq(relation, text_of(got, "relationship")))
        return "relationship";
    if (pt_true(pt_getz(want, "Dev")) != pt_true(pt_getz(got, "dev")))
        return "dev";
    if (pt_len(licences) && !same_texts(licences, pt_getz(got, "licences")))
        return "licences";
    if (!same_lines(pt_getz(want, "Locations"), pt_getz(got, "lines")))
        return "lines";
    if (digest.n && pt_str_starts(digest, PT_STR("sha")) &&
        !pt_str_eq(digest, text_of(got, "digest")))
        return "digest";
    return NULL;
}

// -- the lists ------------------------------------------------------------------------------------

typedef struct compared {
    pt_arena *a;
    pt_value want, got;
    pt_value edges; // [{ID, DependsOn}] beside the list; undefined: within its packages
    bool *used;     // of `got`
    bool no_dev;    // `want` leaves out what is for development only
    bool lowest;    // `want` has the lowest version where the file says a range
    bool of_file;   // digests in `want` are of the file itself
} compared;

static pt_value expected_edges(const compared *c, pt_value want) {
    pt_value inside = pt_getz(want, "DependsOn");
    for (size_t i = 0; i < pt_len(c->edges); i++)
        if (pt_eq(pt_getz(pt_at(c->edges, i), "ID"), pt_getz(want, "ID")))
            inside = pt_getz(pt_at(c->edges, i), "DependsOn");
    return edges_of(c->a, c->want, THEIRS, inside);
}

static pt_str version_of(const compared *c, pt_value got) {
    pt_str lowest = text_of(pt_getz(got, "more"), "version_min");
    return c->lowest && lowest.n ? lowest : text_of(got, "version");
}

// What is wrong with `want` in the other list; NULL: it is there.
static const char *look_for(const compared *c, pt_value want, bool edges) {
    const char *wrong = "not found";
    for (size_t i = 0; i < pt_len(c->got); i++) {
        pt_value got = pt_at(c->got, i);
        if (c->used[i] || !pt_str_eq(text_of(want, "Name"), text_of(got, "name")) ||
            !pt_str_eq(text_of(want, "Version"), version_of(c, got)))
            continue;
        const char *other = differs(want, got, c->of_file ? (pt_str){0} : text_of(want, "Digest"));
        if (!other && edges &&
            !same_texts(expected_edges(c, want),
                        edges_of(c->a, c->got, OURS, pt_getz(got, "depends"))))
            other = "edges";
        if (!other) {
            c->used[i] = true;
            return NULL;
        }
        wrong = other;
    }
    return wrong;
}

// The corpus leaves out of some lists, and has in others, what no registry gave (of git, say), and
// what is asked for without one version.
static bool may_be_more(pt_value got) {
    pt_value more = pt_getz(got, "more");
    return pt_defined(pt_getz(more, "from")) || pt_defined(pt_getz(more, "asked"));
}

// True: the same. Otherwise `why` says what is not.
static bool compare(compared *c, bool edges, char *why, size_t room) {
    pt_value w = pt_undefined();
    const char *wrong = NULL;
    c->used = PT_NEW(c->a, bool, pt_len(c->got) + 1);
    for (size_t i = 0; c->used && !wrong && i < pt_len(c->want); i++) {
        w = pt_at(c->want, i);
        if (text_of(w, "Name").n) // a project may have none, and is no package then
            wrong = look_for(c, w, edges);
    }
    pt_str name = text_of(w, "Name");
    pt_str version = text_of(w, "Version");
    for (size_t i = 0; c->used && !wrong && i < pt_len(c->got); i++)
        if (!c->used[i] && !may_be_more(pt_at(c->got, i)) &&
            !(c->no_dev && pt_true(pt_getz(pt_at(c->got, i), "dev")))) {
            wrong = "found, not expected";
            name = text_of(pt_at(c->got, i), "name");
            version = text_of(pt_at(c->got, i), "version");
        }
    if (wrong)
        PT_IGNORE(snprintf(why, room, "%.*s %.*s: %s", PT_PRI(name), PT_PRI(version), wrong));
    return c->used && !wrong;
}

// -- reading --------------------------------------------------------------------------------------

static pt_str beside(const pt_read *r, pt_str name) {
    pt_package_place *at = r->beside_of;
    size_t cut = pt_str_rfind(r->path, '/');
    pt_str folder = pt_str_sub(r->path, 0, cut < r->path.n ? cut : 0);
    const pt_str cache = PT_STR(".pub-cache/");
    if (pt_str_starts(name, PT_STR("~/")))
        return pt_package_file(at, name);
    if (at->cache.n && pt_str_starts(name, cache))
        return pt_package_disk(at->a, pt_arena_printf(at->a, "%.*s/%.*s", PT_PRI(at->cache),
                                                      PT_PRI(pt_str_sub(name, cache.n, name.n))));
    pt_str file =
        pt_package_file(at, pt_arena_printf(at->a, "%.*s/%.*s", PT_PRI(folder), PT_PRI(name)));
    at->missing = at->missing || !file.p;
    at->missing_below = at->missing_below || (!file.p && !pt_str_starts(name, PT_STR("../")));
    return file;
}

static pt_value listed(const pt_read *r, pt_str pattern) {
    const pt_package_place *at = r->beside_of;
    size_t cut = pt_str_rfind(r->path, '/');
    pt_str folder = pt_str_sub(r->path, 0, cut < r->path.n ? cut + 1 : 0);
    pt_value all = pt_package_paths(at);
    pt_list l = {.a = at->a};
    for (size_t i = 0; i < pt_len(all); i++) {
        pt_str path = pt_text(pt_at(all, i));
        pt_str below = pt_str_sub(path, folder.n, path.n);
        if (pt_str_starts(path, folder) && pt_path_fits(pattern, below))
            pt_list_add(&l, pt_string(below));
    }
    return pt_ids_sorted(&l);
}

static pt_read read_at(pt_package_place *at, pt_str path) {
    return (pt_read){.a = at->a,
                     .path = path,
                     .beside = beside,
                     .listed = listed,
                     .beside_of = at,
                     .packages = {.a = at->a},
                     .faults = {.a = at->a}};
}

typedef struct sum { // of several files
    pt_arena *a;
    pt_list packages, faults;
    pt_str text; // of the last one
    bool any;
    bool missing; // a file that was asked for
} sum;

static pt_value with_licences(const pt_package_place *at, pt_str path, pt_value p, bool own) {
    pt_value licences = pt_package_licences(at, path, p, own);
    pt_obj o = {.a = at->a};
    for (size_t i = 0; i < pt_len(p); i++)
        if (!pt_str_eqz(pt_text(pt_key_at(p, i)), "licences"))
            pt_obj_set(&o, pt_text(pt_key_at(p, i)).p, pt_val_at(p, i));
    pt_obj_maybe(&o, "licences", licences);
    return pt_obj_end(&o);
}

static void add_file(sum *s, pt_package_place *at, pt_reader *read, pt_str path, pt_str text) {
    pt_read r = read_at(at, path);
    pt_err e = {0};
    if (read(&r, text, &e))
        pt_list_add(&s->faults, pt_string(pt_arena_str(s->a, pt_str_of(e.what))));
    for (size_t i = 0; i < r.packages.items.n; i++)
        pt_list_add(&s->packages,
                    with_licences(at, path, r.packages.items.v[i], r.packages.items.n == 1));
    for (size_t i = 0; i < r.faults.items.n; i++)
        pt_list_add(&s->faults, r.faults.items.v[i]);
    s->text = text;
    s->any = true;
}

// Is the file one of the group's, by the readers' table?
static pt_reader *reader_in(const pt_package_group *g, pt_str path) {
    const pt_reader_row *row = pt_reader_of(path);
    for (const pt_package_group *o = pt_package_groups; row && o->path; o++)
        if (strcmp(o->path, g->path) == 0 && (o->read == row->read || o->other == row->read))
            return row->read;
    return NULL;
}

static void read_archive(sum *s, const pt_package_group *g, pt_package_place *at) {
    pt_str rest = at->archive;
    pt_str path;
    pt_str text;
    while (pt_package_archive_next(&rest, &path, &text)) {
        pt_reader *read = reader_in(g, path);
        if (read)
            add_file(s, at, read, path, text);
    }
}

static void read_folder(sum *s, const pt_package_group *g, pt_package_place *at) {
    pt_value paths = pt_package_paths(at);
    for (size_t i = 0; i < pt_len(paths); i++) {
        pt_str path = pt_text(pt_at(paths, i));
        pt_reader *read = reader_in(g, path);
        if (read)
            add_file(s, at, read, path, pt_package_file(at, path));
    }
}

// Where the case's file, folder or archive is; false: it has none of these.
static bool read_input(sum *s, const pt_package_group *g, const char *dir, pt_value run) {
    pt_value inputs = pt_getz(run, "inputs");
    pt_str folder = text_of(inputs, "dir").n ? text_of(inputs, "dir") : text_of(inputs, "inputDir");
    pt_package_place at = {.a = s->a};
    size_t suite = pt_str_find_str(pt_str_of(dir), pt_str_of(g->path));
    at.repository =
        pt_arena_printf(s->a, "%.*smaven-repository", PT_PRI(pt_str_sub(pt_str_of(dir), 0, suite)));
    if (text_of(inputs, "pubCacheEnv").n)
        at.cache = pt_arena_printf(s->a, "%s/%.*s", dir, PT_PRI(text_of(inputs, "pubCacheEnv")));
    if (folder.n) {
        at.root = pt_arena_printf(s->a, "%s/%.*s", dir, PT_PRI(folder));
        read_folder(s, g, &at);
        return true;
    }
    pt_str file = pt_text(pt_val_at(inputs, 0));
    if (!file.n)
        return false;
    at.root = pt_arena_printf(s->a, "%s/input", dir);
    pt_str path = pt_str_sub(file, 6, file.n); // behind "input/"
    pt_str text = pt_package_file(&at, path);
    if (pt_str_ends(file, PT_STR(".txtar"))) {
        at.archive = text;
        read_archive(s, g, &at);
    } else
        add_file(s, &at, reader_in(g, path) == g->other && g->other ? g->other : g->read, path,
                 text);
    s->missing = at.missing_below || (at.missing && s->faults.items.n);
    return true;
}

// The packages of all applications that are expected, the only one, or the list itself.
static pt_value expected_of(pt_arena *a, pt_value run) {
    pt_value e = pt_getz(run, "expected");
    pt_value applications = pt_getz(e, "Applications");
    pt_list l = {.a = a};
    if (!pt_defined(e))
        e = pt_getz(run, "packages");
    if (pt_tag_of(e) != PT_OBJECT)
        return e;
    if (pt_defined(pt_getz(e, "Package")))
        pt_list_add(&l, pt_getz(e, "Package"));
    if (pt_defined(pt_getz(e, "Name")))
        pt_list_add(&l, e); // a parser of one package
    for (size_t i = 0; i < pt_len(applications); i++) {
        pt_value packages = pt_getz(pt_at(applications, i), "Packages");
        for (size_t k = 0; k < pt_len(packages); k++)
            pt_list_add(&l, pt_at(packages, k));
    }
    return pt_list_end(&l);
}

// What an archive of Java is, where it says nothing itself, was asked of a service by the sum of
// its bytes: the suite has neither that service nor those bytes.
static bool asks_service(const pt_package_group *g, pt_value run, const sum *s) {
    bool asks = g->read == pt_read_jar && s->packages.items.n &&
                !pt_true(pt_getz(pt_getz(run, "options"), "offline"));
    for (size_t i = 0; asks && i < s->packages.items.n; i++) {
        pt_value p = s->packages.items.v[i];
        asks = pt_true(pt_getz(pt_getz(p, "more"), "guessed")) ||
               !pt_str_has(text_of(p, "name"), PT_STR(":"));
    }
    return asks;
}

// What another's cache on the disk says, or a function of its own about a file of the cache.
static bool asks_cache(const pt_package_group *g, pt_value run) {
    pt_value inputs = pt_getz(run, "inputs");
    bool asks = pt_str_has(text_of(run, "function"), PT_STR("parsePom"));
    for (size_t i = 0; i < pt_len(inputs); i++)
        asks |= pt_str_has(pt_text(pt_key_at(inputs, i)), PT_STR("ache"));
    return g->read == pt_read_gradle && asks;
}

bool pt_package_run(pt_tally *t, const pt_package_group *g, const char *dir, pt_value run) {
    PT_AUTO(pt_arena_done) pt_arena a = {0};
    sum s = {.a = &a, .packages = {.a = &a}, .faults = {.a = &a}};
    char why[256] = "";
    bool go = pt_str_has(pt_str_of(g->path), PT_STR("golang"));
    if (asks_cache(g, run) || !read_input(&s, g, dir, run) ||
        (go && pt_package_go_other(run, s.text)))
        return false;
    bool fails = pt_defined(pt_getz(run, "error"));
    // A project's other files may be the suite's other half: it cannot be told what they say.
    if ((g->whole && s.missing && !fails) || asks_service(g, run, &s))
        return false;
    compared c = {.a = &a,
                  .want = expected_of(&a, run),
                  .got = pt_list_end(&s.packages),
                  .edges = pt_getz(run, "dependencies"),
                  .no_dev = g->no_dev,
                  .lowest = pt_true(pt_getz(pt_getz(run, "options"), "useMinVersion")),
                  .of_file = pt_true(pt_getz(pt_getz(run, "options"), "includeChecksum"))};
    if (go)
        c.got = pt_package_go_got(&a, run, c.got);
    bool edges = pt_defined(c.edges) || pt_tag_of(pt_getz(run, "expected")) == PT_OBJECT;
    if (fails && !s.faults.items.n)
        pt_case_failed(t, dir, "read without a fault, which it has");
    else if (fails || compare(&c, edges, why, sizeof why))
        pt_case_passed(t);
    else
        pt_case_failed(t, dir, "%.*s: %s", PT_PRI(text_of(run, "name")), why);
    return true;
}
