#include "collect/packages/readers.h"

// Rows that have the same key, in the tables' order.
typedef struct pt_reader_entry {
    const pt_reader_row *row;
    unsigned order;
    struct pt_reader_entry *next;
} pt_reader_entry;

static pt_str last_part(pt_str path) {
    size_t cut = pt_str_rfind(path, '/');
    return cut < path.n ? pt_str_sub(path, cut + 1, path.n) : path;
}

static pt_str folder_of(pt_str path) {
    size_t cut = pt_str_rfind(path, '/');
    return pt_str_sub(path, 0, cut < path.n ? cut : 0);
}

// "x.tar.gz": ".gz". Empty: there is none.
static pt_str end_of(pt_str name) {
    return pt_str_sub(name, pt_str_rfind(name, '.'), name.n);
}

static bool append(pt_arena *a, pt_reader_entry **list, const pt_reader_row *row, unsigned order) {
    pt_reader_entry *n = PT_NEW(a, pt_reader_entry, 1);
    while (*list)
        list = &(*list)->next;
    if (n)
        *n = (pt_reader_entry){.row = row, .order = order};
    *list = n;
    return n != NULL;
}

static bool append_to(pt_arena *a, pt_map *m, pt_str key, const pt_reader_row *row,
                      unsigned order) {
    pt_reader_entry *list = pt_map_get(m, pt_path_hash(key));
    return append(a, &list, row, order) && pt_map_put(m, pt_path_hash(key), list);
}

// A row without "*": it, and every folder above it.
static bool add_leads(pt_reader_index *x, const char *path) {
    pt_str at = pt_str_of(path);
    if (pt_str_has(at, PT_STR("*")))
        return true;
    if (pt_str_ends(at, PT_STR("/")))
        at.n--;
    for (; at.n; at = folder_of(at))
        if (!pt_map_put(&x->leads, pt_path_hash(at), x))
            return false;
    return true;
}

// "*.txt" by its end.
static bool add_beside(pt_reader_index *x, const char *names) {
    pt_str rest = pt_str_of(names);
    pt_str name;
    while (pt_str_word(&rest, &name)) {
        name = last_part(name);
        name = pt_str_sub(name, pt_str_starts(name, PT_STR("*")), name.n);
        if (!pt_map_put(&x->beside, pt_path_hash(name), x))
            return false;
    }
    return true;
}

bool pt_reader_asks(const pt_reader_index *x, pt_str path, uint64_t size) {
    pt_str name = last_part(path);
    pt_str end = end_of(name);
    if (!x->beside.n)
        return false;
    return pt_map_get(&x->beside, pt_path_hash(name)) ||
           (size <= PT_BESIDE_BYTES_MAX && end.n && end.n < name.n &&
            pt_map_get(&x->beside, pt_path_hash(end)));
}

bool pt_reader_asks_within(const pt_reader_index *x, pt_str path) {
    bool asks = false;
    for (size_t i = 0; !asks && i < x->within.n; i++)
        asks = pt_reader_names(x->within.v[i]->within, path);
    return asks;
}

// What programs with lock files call what a project itself says.
static const char of_projects[] =
    "package.json pnpm-workspace.yaml pyproject.toml Pipfile requirements.in setup.cfg Cargo.toml "
    "composer.json Gemfile go.mod go.sum go.work pom.xml build.gradle gradle.properties "
    "libs.versions.toml pubspec.yaml mix.exs Podfile Package.swift Directory.Packages.props "
    "Directory.Build.props conanfile.txt conanfile.py environment.yml";

static bool add_row(pt_reader_index *x, pt_arena *a, const pt_reader_row *r, unsigned order) {
    pt_str path = pt_str_of(r->path);
    pt_str name = last_part(path);
    pt_str end = end_of(name);
    const pt_reader_row **within = r->within ? PT_PUSH(a, &x->within) : NULL;
    if (within)
        *within = r;
    if ((r->within && !within) || !add_beside(x, r->beside))
        return false;
    if (r->elf) {
        const pt_reader_row **row = PT_PUSH(a, &x->elf);
        if (row)
            *row = r;
        return row != NULL;
    }
    if (!r->claims && !add_leads(x, r->path)) // nothing is missing from the list without it
        return false;
    if (!name.n)
        return append_to(a, &x->folders, folder_of(path), r, order);
    if (!pt_str_has(name, PT_STR("*")))
        return append_to(a, &x->names, name, r, order);
    if (end.n && !pt_str_has(end, PT_STR("*")))
        return append_to(a, &x->names, end, r, order);
    return append(a, &x->others, r, order);
}

pt_code pt_reader_index_make(pt_reader_index *x, pt_arena *a, pt_read_where where, pt_err *e) {
    unsigned order = 0;
    bool ok = true;
    bool tree = where == PT_IN_TREE;
    *x = (pt_reader_index){
        .names = {.a = a}, .folders = {.a = a}, .leads = {.a = a}, .beside = {.a = a}};
    for (size_t t = 0; pt_reader_tables[t]; t++) {
        // The system's own are where it is installed, whatever its rows say.
        if (pt_reader_tables[t] == pt_os_readers && tree)
            continue;
        for (const pt_reader_row *r = pt_reader_tables[t]; ok && r->kind; r++)
            if (r->where == PT_IN_BOTH || r->where == where || where == PT_IN_BOTH)
                ok = add_row(x, a, r, order++);
    }
    if (ok && tree)
        ok = add_beside(x, of_projects);
    return ok ? PT_OK : pt_err_set(e, PT_E_NOMEM, "out of memory");
}

// The first row of a list that names `path`, if it stands before *best.
static void look(const pt_reader_entry *n, pt_str path, const pt_reader_entry **best) {
    for (; n; n = n->next)
        if ((!*best || n->order < (*best)->order) && pt_reader_row_names(n->row, path)) {
            *best = n;
            return;
        }
}

const pt_reader_row *pt_reader_find(const pt_reader_index *x, pt_str path) {
    const pt_reader_entry *best = NULL;
    pt_str name = last_part(path);
    pt_str end = end_of(name);
    look(pt_map_get(&x->names, pt_path_hash(name)), path, &best);
    if (end.n && end.n < name.n)
        look(pt_map_get(&x->names, pt_path_hash(end)), path, &best);
    look(pt_map_get(&x->folders, pt_path_hash(folder_of(path))), path, &best);
    look(x->others, path, &best);
    return best ? best->row : NULL;
}

static const pt_reader_row *first_but(const pt_reader_entry *n, pt_str name) {
    for (; n; n = n->next)
        if (!n->row->except || !pt_str_ends(name, pt_str_of(n->row->except)))
            return n->row;
    return NULL;
}

const pt_reader_row *pt_reader_guess(const pt_reader_index *x, pt_str path) {
    const pt_reader_row *row = pt_reader_find(x, path);
    pt_str name = last_part(path);
    pt_str end = end_of(name);
    if (!row)
        row = first_but(pt_map_get(&x->names, pt_path_hash(name)), name);
    if (!row && end.n && end.n < name.n && !pt_str_eqz(end, ".json"))
        row = first_but(pt_map_get(&x->names, pt_path_hash(end)), name);
    return row;
}

// opkg writes what dpkg does.
static bool same_kind(const char *one, const char *other) {
    const pt_str written_alike = PT_STR("deb opkg");
    return pt_str_eqz(pt_str_of(one), other) ||
           (pt_str_in_list(pt_str_of(one), written_alike, ' ') &&
            pt_str_in_list(pt_str_of(other), written_alike, ' '));
}

bool pt_reader_same(const pt_reader_row *one, const pt_reader_row *other) {
    if (one == other || !one || !other)
        return one == other;
    pt_str a = last_part(pt_str_of(one->path));
    pt_str b = last_part(pt_str_of(other->path));
    bool folder = (!a.n || !b.n) && !pt_str_has(a.n ? a : b, PT_STR("*"));
    return same_kind(one->kind, other->kind) &&
           (folder || pt_str_eq(a, b) || pt_str_eqz(pt_str_of(one->kind), "os"));
}

bool pt_reader_leads_to(const pt_reader_index *x, pt_str path) {
    return !path.n || pt_map_get(&x->leads, pt_path_hash(path)) || pt_reader_find(x, path);
}
