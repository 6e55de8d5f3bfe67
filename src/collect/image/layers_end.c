#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "collect/image/layers_impl.h"
#include "collect/image/limits.h"

enum {
    WAYS_MAX = 1000, // to one file
};

typedef struct ending {
    pt_layers *l;
    pt_reader_index rows;
    pt_map owners; // hash of a path -> owner *
    pt_map sums;   // hash of a path, and an owner's key -> uint32_t *, a sum
    pt_arena scratch;
    unsigned ways; // by links, that were looked at
    bool ways_cut; // there were more
} ending;

typedef struct owner {
    pt_value type, name;
    uint64_t key;
} owner;

static pt_str text_of(pt_value v, const char *key) {
    return pt_text(pt_getz(v, key));
}

static void tell(pt_layers *l, pt_str what, const pt_node *n) {
    pt_layers_problem(l, "not evaluated", what, n->path, n->layer);
}

// A file that only has the name of one that is read, not the folder.
static bool is_other(const ending *x, const pt_node *n) {
    return pt_true(pt_getz(n->event, "maybe")) && !pt_reader_find(&x->rows, n->path);
}

// Is it read as `row` reads it? A program's name says nothing.
static bool is_read_as(const ending *x, const pt_node *n, const pt_reader_row *row) {
    const pt_reader_row *its = pt_reader_guess(&x->rows, text_of(n->event, "path"));
    return its ? pt_reader_same(row, its) : pt_str_eqz(text_of(n->event, "kind"), row->kind);
}

// -- owners ---------------------------------------------------------------------------------------

static bool put_owner(ending *x, const pt_owned *one, owner *of, uint32_t *room) {
    *room = one->sum;
    return pt_map_put(&x->owners, one->path, of) &&
           (!one->sum || pt_map_put(&x->sums, one->path ^ of->key, room));
}

static pt_code put_owners(ending *x, const pt_node *n, pt_err *e) {
    pt_value names = pt_getz(n->event, "owners");
    size_t count = n->owned.n / sizeof(pt_owned);
    owner *of = PT_NEW(x->l->a, owner, pt_len(names));
    uint32_t *sums = PT_NEW(x->l->a, uint32_t, count);
    for (size_t i = 0; of && i < pt_len(names); i++)
        of[i] = (owner){pt_getz(n->event, "kind"), pt_at(names, i),
                        pt_path_hash(pt_text(pt_at(names, i)))};
    for (size_t i = 0; of && sums && i < count; i++) {
        pt_owned one;
        memcpy(&one, n->owned.p + i * sizeof one, sizeof one);
        if (one.owner < pt_len(names) && !put_owner(x, &one, &of[one.owner], &sums[i]))
            return pt_layers_full(e);
    }
    return of && sums ? PT_OK : pt_layers_full(e);
}

static pt_code find_owners(ending *x, pt_err *e) {
    pt_code code = PT_OK;
    pt_tree_lead_links(&x->l->tree);
    for (size_t i = 0; !code && i < x->l->tree.nodes.n; i++)
        if (x->l->tree.nodes.v[i]->owned.n && !is_other(x, x->l->tree.nodes.v[i]))
            code = put_owners(x, x->l->tree.nodes.v[i], e);
    return code;
}

// What a map has of a file by its path, or by one of the links to a folder above it: databases say
// it either way.
static void *said_of(const pt_map *map, const pt_node *n, uint64_t key) {
    void *found = pt_map_get(map, pt_path_hash(n->path) ^ key);
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(1 << 16);
    unsigned ways = 0;
    for (const pt_node *up = n->up; !found && up && map->n; up = up->up)
        for (const pt_node *link = up->links; !found && link && ways < 100;
             link = link->next_link, ways++) {
            pt_buf_clear(&b);
            pt_buf_put(&b, link->path);
            pt_buf_putz(&b, up->path.n ? "" : "/");
            pt_buf_put(&b, pt_str_sub(n->path, up->path.n, n->path.n));
            found = pt_map_get(map, pt_path_hash(pt_buf_str(&b)) ^ key);
        }
    return found;
}

// What was told of files, with whose they are.
static void list_files(const ending *x) {
    pt_layers *l = x->l;
    for (size_t i = 0; i < l->tree.nodes.n; i++) {
        const pt_node *n = l->tree.nodes.v[i];
        pt_file *at = n->in_place && n->file ? PT_PUSH(l->a, &l->files.all) : NULL;
        if (!at)
            continue;
        const owner *of = n->file->diverted ? NULL : said_of(&x->owners, n, 0);
        *at = *n->file;
        at->owner_type = of ? pt_text(of->type) : (pt_str){0};
        at->owner = of ? pt_text(of->name) : (pt_str){0};
    }
    pt_files_sort(&l->files);
}

// Files that are searched only where no package brought them.
static void own_holders(const ending *x) {
    for (size_t i = 0; i < x->l->holders.n; i++) {
        pt_holder *h = x->l->holders.v[i];
        if (h->node && pt_true(pt_getz(h->event, "unless_owned")))
            h->owned = said_of(&x->owners, h->node, 0) != NULL;
    }
}

// Is the file's content what its owner put there? "listed": the owner says a sum, and the file's is
// not known. NULL: the owner says none of it.
static const char *content_of(const ending *x, const pt_node *n, const owner *of) {
    const uint32_t *said = said_of(&x->sums, n, of->key);
    int64_t own = 0;
    if (!said)
        return NULL;
    if (!pt_to_int(pt_getz(n->event, "md5"), &own))
        return "listed";
    return own == *said ? "same" : "other";
}

// -- files ----------------------------------------------------------------------------------------

static void put_package(ending *x, const pt_node *n, pt_value p, pt_value kind, const owner *of) {
    static const char *const keys[] = {
        "name", "version",  "architecture", "source",  "source_version", "id",    "relationship",
        "dev",  "licences", "recognised",   "depends", "digest",         "lines", "more"};
    pt_layers *l = x->l;
    pt_obj o = {.a = l->a};
    pt_value type = pt_getz(p, "type");
    pt_obj_set(&o, "type", pt_defined(type) ? type : kind);
    for (size_t i = 0; i < PT_COUNT(keys); i++)
        pt_obj_maybe(&o, keys[i], pt_getz(p, keys[i]));
    if (!l->one)
        pt_obj_set(&o, "layer", pt_get(n->since, pt_layers_key(l->a, p)));
    pt_obj_set(&o, "file", pt_string(n->path));
    if (of) {
        pt_obj v = {.a = l->a};
        const char *content = content_of(x, n, of);
        pt_obj_set(&v, "type", of->type);
        pt_obj_set(&v, "name", of->name);
        if (content)
            pt_obj_set(&v, "content", pt_stringz(content));
        pt_obj_set(&o, "owner", pt_obj_end(&v));
    }
    pt_list_add(&l->packages, pt_obj_end(&o));
}

static void tell_faults(pt_layers *l, const pt_node *n) {
    pt_value faults = pt_getz(n->event, "faults");
    for (size_t i = 0; i < pt_len(faults); i++)
        tell(l,
             pt_arena_printf(l->a, "Part of a file is not readable: %.*s",
                             PT_PRI(pt_text(pt_at(faults, i)))),
             n);
    if (pt_true(pt_getz(n->event, "unread")))
        tell(l,
             pt_arena_printf(l->a, "This file of %.*s lists packages, and is not read",
                             PT_PRI(text_of(n->event, "kind"))),
             n);
    if (text_of(n->event, "failed").n)
        tell(l,
             pt_arena_printf(l->a, "A file could not be read: %.*s",
                             PT_PRI(text_of(n->event, "failed"))),
             n);
}

// What other files than the first one know of the system: repositories, the build, extended
// support.
static void add_to_os(pt_layers *l, pt_value os) {
    static const char *const facts[] = {"build", "content_sets", "extended", "repositories"};
    pt_obj o = {.a = l->a};
    bool more = false;
    for (size_t i = 0; i < pt_len(l->os); i++)
        pt_obj_put(&o, pt_text(pt_key_at(l->os, i)), pt_val_at(l->os, i));
    for (size_t i = 0; i < PT_COUNT(facts); i++) {
        bool is_new = pt_defined(pt_getz(os, facts[i])) && !pt_defined(pt_getz(l->os, facts[i]));
        if (is_new)
            pt_obj_set(&o, facts[i], pt_getz(os, facts[i]));
        more = more || is_new;
    }
    if (more)
        l->os = pt_obj_end(&o);
}

static void put_os(pt_layers *l, const pt_node *n, pt_value os) {
    static const char *const texts[] = {"id",      "id_like",  "distribution",
                                        "version", "codename", "name"};
    pt_obj o = {.a = l->a};
    for (size_t i = 0; i < PT_COUNT(texts); i++)
        pt_obj_maybe(&o, texts[i], pt_getz(os, texts[i]));
    pt_obj_set(&o, "file", pt_string(n->path));
    if (!l->one)
        pt_obj_set(&o, "layer", pt_int(n->layer));
    l->os = pt_obj_end(&o);
}

// `as`: the row of a link's name, by which it is read; NULL: none.
static void use_file(ending *x, pt_node *n, const pt_reader_row *as) {
    pt_layers *l = x->l;
    pt_value os = pt_getz(n->event, "os");
    pt_value packages = pt_getz(n->event, "packages");
    bool system = pt_true(pt_getz(n->event, "system"));
    const pt_reader_row *row = pt_reader_find(&x->rows, n->path);
    pt_value kind = pt_getz(n->event, "kind");
    n->used = true;
    as = row ? row : as;
    if (as && is_read_as(x, n, as))
        kind = pt_stringz(as->kind); // it was read by its last part, which several kinds have
    if (row && !is_read_as(x, n, row))
        tell(l,
             pt_arena_printf(l->a, "A link gives it this name, by which it is not read as %s",
                             row->kind),
             n);
    // A second name of a file that is listed already.
    if (n->same && n->same->in_place && n->same->event.seq == n->event.seq)
        return;
    l->databases += system && !pt_defined(os) && !pt_defined(pt_getz(n->event, "owners"));
    l->databases += system && pt_len(packages) > 0;
    if (pt_defined(os) && pt_defined(l->os)) {
        add_to_os(l, os);
        return;
    }
    tell_faults(l, n);
    if (pt_defined(os)) {
        put_os(l, n, os);
        add_to_os(l, os);
    }
    const owner *of = pt_len(packages) && !system ? said_of(&x->owners, n, 0) : NULL;
    for (size_t i = 0; i < pt_len(packages); i++)
        put_package(x, n, pt_at(packages, i), kind, of);
}

static void use_node(ending *x, pt_node *n, pt_str path) {
    pt_layers *l = x->l;
    if (n->used || !pt_defined(n->event))
        return;
    if (pt_node_is(n, "file")) {
        use_file(x, n, pt_reader_find(&x->rows, path));
        return;
    }
    n->used = true;
    pt_layers_problem(l, "not evaluated",
                      pt_node_is(n, "hard")
                          ? pt_arena_printf(l->a, "A link leads to %.*s, which is not read",
                                            PT_PRI(text_of(n->event, "to")))
                          : PT_STR("No regular file, where a package database belongs"),
                      path, n->layer);
}

// `n`, a file or a link to one, has a name by which `row` reads it.
static void use_as(ending *x, pt_node *n, const pt_reader_row *row) {
    pt_layers *l = x->l;
    bool link = pt_node_is(n, "link");
    pt_str real = link ? pt_tree_resolve(&l->tree, l->a, n->path, true) : n->path;
    pt_node *file = real.p ? pt_tree_at(&l->tree, real) : NULL;
    bool read = file && pt_node_is(file, "file") && is_read_as(x, file, row);
    if (!read)
        tell(l,
             pt_arena_printf(l->a, "A link leads to %.*s, which is not read as %s",
                             PT_PRI(real.p ? real : PT_STR("itself")), row->kind),
             n);
    else if (!file->used)
        use_file(x, file, row);
}

// The file that `path` is, or the files of the folder that it is.
static void use_row(ending *x, pt_str path) {
    bool folder = pt_str_ends(path, PT_STR("/"));
    pt_str plain = folder ? pt_str_sub(path, 0, path.n - 1) : path;
    pt_str real = pt_tree_resolve(&x->l->tree, x->l->a, plain, true);
    pt_node *n = real.p ? pt_tree_at(&x->l->tree, real) : NULL;
    if (n && !folder)
        use_node(x, n, plain);
    if (n && !folder && pt_node_is(n, "file") && !pt_str_eq(n->path, plain))
        use_as(x, n, pt_reader_find(&x->rows, plain));
    for (pt_node *one = n && folder ? n->below : NULL; one; one = one->next)
        if (pt_node_is(one, "file") || pt_node_is(one, "hard"))
            use_node(x, one, one->path);
}

// -- names by links -------------------------------------------------------------------------------

// One of a file's names: `at` is a link that leads to a folder above it, behind which `rest` goes
// on.
typedef struct way {
    const pt_node *at;
    pt_str rest;
    const struct way *by;
    struct way *next;
} way;

static bool went(const way *w, const pt_node *link) {
    while (w && w->at != link)
        w = w->by;
    return w != NULL;
}

// The way by `link`, which leads to `up` above w->at; NULL: there are too many.
static way *way_by(ending *x, const way *w, const pt_node *up, const pt_node *link) {
    pt_str rest = pt_str_sub(w->at->path, up->path.n, w->at->path.n);
    way *one = x->ways++ < PT_ALIASES_MAX ? PT_NEW(&x->scratch, way, 1) : NULL;
    x->ways_cut = x->ways_cut || !one;
    if (one)
        *one = (way){.at = link,
                     .rest = pt_arena_printf(&x->scratch, "%s%.*s%.*s", up->path.n ? "" : "/",
                                             PT_PRI(rest), PT_PRI(w->rest)),
                     .by = w};
    return one;
}

// The names by the links to folders above w->at, behind those in *end. NULL: none of them is read.
static const pt_reader_row *take_ways(ending *x, const way *w, way ***end) {
    const pt_reader_row *row = NULL;
    for (const pt_node *up = w->at->up; !row && up; up = up->up)
        for (const pt_node *link = up->links; !row && link; link = link->next_link) {
            way *one = went(w, link) ? NULL : way_by(x, w, up, link);
            if (!one)
                continue;
            **end = one;
            *end = &one->next;
            row = pt_reader_find(&x->rows, pt_arena_printf(&x->scratch, "%.*s%.*s",
                                                           PT_PRI(link->path), PT_PRI(one->rest)));
        }
    return row;
}

// A file that has the name of one that is read: does a link to a folder above it, or a link to such
// a link, give it the folder, too?
static void use_by_links(ending *x, pt_node *n) {
    way first = {.at = n, .rest = {"", 0}};
    way **end = &first.next;
    const pt_reader_row *row = NULL;
    unsigned before = x->ways;
    for (const way *w = &first; !row && w && x->ways - before < WAYS_MAX; w = w->next)
        row = take_ways(x, w, &end);
    if (row)
        use_as(x, n, row);
    x->ways_cut = x->ways_cut || (!row && (x->ways - before >= WAYS_MAX || x->scratch.full));
    pt_arena_clear(&x->scratch);
}

static void use_others(ending *x) {
    for (size_t i = 0; i < x->l->tree.nodes.n; i++) {
        pt_node *n = x->l->tree.nodes.v[i];
        bool other = pt_node_is(n, "link")
                         ? !pt_reader_find(&x->rows, n->path) && pt_reader_guess(&x->rows, n->path)
                         : pt_node_is(n, "file") && !n->used && is_other(x, n);
        if (other && n->in_place)
            use_by_links(x, n);
    }
    if (x->ways_cut)
        pt_layers_problem(x->l, "not evaluated",
                          PT_STR("More links to folders than can be followed: packages behind them "
                                 "may not be listed"),
                          (pt_str){0}, 0);
}

// -- what was not seen ----------------------------------------------------------------------------

// What reads any file of a folder, and of an end that too many have.
static const pt_reader_row *row_within(ending *x, pt_str folder) {
    return pt_reader_find(&x->rows, pt_arena_printf(&x->scratch, "%.*s/a.json", PT_PRI(folder)));
}

// What lies behind a link out of the paths that are known was not looked at, nor what a layer wrote
// through a link into a folder of which every file counts.
static void tell_link(ending *x, pt_node *n) {
    pt_layers *l = x->l;
    bool leads = pt_reader_leads_to(&x->rows, n->path);
    const pt_reader_row *row = leads ? pt_reader_find(&x->rows, n->path) : NULL;
    pt_str real = pt_tree_resolve(&l->tree, &x->scratch, n->path, true);
    pt_str to = real.p ? real : PT_STR("itself");
    pt_node *at = row && real.p ? pt_tree_at(&l->tree, real) : NULL;
    bool away = leads && !(real.p && pt_reader_leads_to(&x->rows, real));
    bool into = real.n && !pt_reader_same(row_within(x, n->path), row_within(x, real));
    if (at && pt_node_is(at, "file") && !pt_map_get(&x->rows.leads, pt_path_hash(n->path)))
        use_as(x, n, row);
    else if ((away || into) && !(at && pt_node_is(at, "file") && at->used))
        tell(l, pt_arena_printf(l->a, "A link leads to %.*s, which is not read", PT_PRI(to)), n);
    pt_arena_clear(&x->scratch);
}

static void tell_links(ending *x) {
    for (size_t i = 0; i < x->l->tree.nodes.n; i++) {
        pt_node *n = x->l->tree.nodes.v[i];
        if (pt_node_is(n, "link"))
            tell_link(x, n);
        else if (pt_node_is(n, "hard") && pt_reader_find(&x->rows, n->path))
            use_node(x, n, n->path);
    }
}

// A database that was deleted or emptied, and not written anew: its packages' files may well be
// there still.
static bool tell_gone(pt_layers *l) {
    bool any = false;
    for (size_t i = 0; i < l->tree.nodes.n; i++) {
        const pt_node *n = l->tree.nodes.v[i];
        any = any || n->gone;
        if (n->gone && !pt_len(pt_getz(n->event, "packages")))
            pt_layers_problem(
                l, "not evaluated",
                pt_arena_printf(l->a,
                                "The list of %zu packages was deleted, their files may be there",
                                n->gone),
                n->path, n->gone_by);
    }
    return any;
}

static pt_code put_names(const pt_layers *l, pt_map *names, pt_err *e) {
    for (size_t i = 0; i < l->packages.items.n; i++) {
        pt_value p = l->packages.items.v[i];
        if (pt_str_eqz(text_of(p, "type"), "deb") &&
            !pt_map_put(names, pt_path_hash(text_of(p, "name")), names))
            return pt_layers_full(e);
    }
    return PT_OK;
}

// dpkg keeps a list of a package's files as long as its status speaks of the package: a list alone
// is of a package that was cut out of the status. (Of one that left its configuration only, the
// status says that the list is its.)
static pt_code tell_cut(ending *x, pt_err *e) {
    pt_layers *l = x->l;
    pt_map names = {.a = &x->scratch};
    size_t n = 0;
    const pt_node *first = NULL;
    const pt_node *status = pt_tree_at(&l->tree, PT_STR("var/lib/dpkg/status"));
    if (!status || !pt_node_is(status, "file"))
        return PT_OK;
    pt_code code = put_names(l, &names, e);
    for (size_t i = 0; !code && i < l->tree.nodes.n; i++) {
        const pt_node *one = l->tree.nodes.v[i];
        pt_str of = pt_text(pt_at(pt_getz(one->event, "owners"), 0));
        if (!of.n || !pt_reader_names("var/lib/dpkg/info/*.list", one->path) ||
            pt_map_get(&names, pt_path_hash(of)) || pt_map_get(&x->owners, pt_path_hash(one->path)))
            continue;
        first = first ? first : one;
        n++;
    }
    if (first)
        tell(l,
             pt_arena_printf(l->a,
                             "dpkg's status does not list %zu packages whose files it keeps a "
                             "list of",
                             n),
             first);
    return code;
}

// A system without a list of its packages is one whose list is not where it belongs; of a source
// tree without a lock file nobody can say what it needs.
static void tell_none(const ending *x, bool tree, bool gone) {
    pt_layers *l = x->l;
    bool any = !tree || l->packages.items.n > 0;
    for (size_t i = 0; !any && i < l->tree.nodes.n; i++)
        any = pt_defined(l->tree.nodes.v[i]->event) &&
              pt_reader_find(&x->rows, l->tree.nodes.v[i]->path);
    if (!any)
        pt_layers_problem(l, "not evaluated",
                          PT_STR("No lock file that is known: nothing says what is needed"),
                          (pt_str){0}, 0);
    if (pt_defined(l->os) && !l->databases && !gone)
        pt_layers_problem(l, "not evaluated", PT_STR("A system, but no list of its packages"),
                          text_of(l->os, "file"), 0);
    if (l->one && !tree && !pt_defined(l->os) && !l->databases && !gone && !l->packages.items.n)
        pt_layers_problem(l, "not evaluated",
                          PT_STR("Neither a system nor a package is in it: is it a root?"),
                          (pt_str){0}, 0);
    if (l->aliases_cut)
        pt_layers_problem(l, "not evaluated",
                          PT_STR("More links to folders than can be followed: files that a layer "
                                 "deleted may be listed"),
                          (pt_str){0}, 0);
}

static int by_name(const void *a, const void *b) {
    static const char *const keys[] = {"name", "architecture", "version", "file"};
    int order = 0;
    for (size_t i = 0; !order && i < PT_COUNT(keys); i++)
        order =
            pt_cmp(pt_getz(*(const pt_value *)a, keys[i]), pt_getz(*(const pt_value *)b, keys[i]));
    return order ? order : pt_cmp(*(const pt_value *)a, *(const pt_value *)b);
}

pt_code pt_layers_end(pt_layers *l, pt_read_where where, pt_err *e) {
    ending x = {.l = l, .owners = {.a = l->a}, .sums = {.a = l->a}};
    pt_code code = pt_reader_index_make(&x.rows, l->a, where, e);
    if (!code)
        code = find_owners(&x, e);
    if (code)
        return code;
    for (size_t t = 0; where != PT_IN_TREE && pt_reader_tables[t]; t++)
        for (const pt_reader_row *r = pt_reader_tables[t]; r->kind; r++)
            if (r->path && !r->claims && !pt_str_has(pt_str_of(r->path), PT_STR("*")))
                use_row(&x, pt_str_of(r->path));
    for (size_t i = 0; i < l->tree.nodes.n; i++) // what rows of any folder name, and programs
        if (pt_node_is(l->tree.nodes.v[i], "file") && !l->tree.nodes.v[i]->used &&
            !is_other(&x, l->tree.nodes.v[i]))
            use_file(&x, l->tree.nodes.v[i], NULL);
    use_others(&x);
    tell_links(&x);
    code = pt_layers_claims(l, e);
    list_files(&x);
    own_holders(&x);
    tell_none(&x, where == PT_IN_TREE, tell_gone(l));
    if (!code)
        code = tell_cut(&x, e);
    pt_arena_done(&x.scratch);
    if (!code && l->licences)
        code = pt_layers_licences(l, e);
    if (code)
        return code;
    if (l->packages.full || l->problems.full || l->a->full)
        return pt_layers_full(e);
    if (l->packages.items.n)
        qsort(l->packages.items.v, l->packages.items.n, sizeof(pt_value), by_name);
    return PT_OK;
}
