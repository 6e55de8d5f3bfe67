// Which package's licence a file says: by Debian's and other systems' folders of them, or by the
// folder that a package has to itself.
#include "base/buf.h"
#include "base/map.h"
#include "collect/image/layers_impl.h"
#include "fact/licence.h"

enum {
    FILES_MAX = 32, // of one package
};

typedef struct said {
    pt_str file;       // empty: there is none
    pt_str expression; // empty: nothing in it is known
} said;

typedef struct joining {
    pt_layers *l;
    pt_arena scratch;
    pt_map folders; // hash of a folder -> said *
    pt_map files;   // hash of a file -> size_t *, how many packages it lists
} joining;

static pt_str text_of(pt_value v, const char *key) {
    return pt_text(pt_getz(v, key));
}

static bool says(const pt_node *n) {
    return n->in_place && pt_str_eqz(text_of(n->event, "kind"), "licence");
}

static pt_str last_part(pt_str path) {
    size_t cut = pt_str_rfind(path, '/');
    return cut < path.n ? pt_str_sub(path, cut + 1, path.n) : path;
}

static pt_str folder_of(pt_str path) {
    size_t cut = pt_str_rfind(path, '/');
    return pt_str_sub(path, 0, cut < path.n ? cut : 0);
}

static pt_node *node_at(const joining *j, pt_str path) {
    pt_str real = pt_tree_resolve(&j->l->tree, j->l->a, path, true);
    return real.p ? pt_tree_at(&j->l->tree, real) : NULL;
}

// A notice says whose work is in it, and of licences little: it counts where nothing else does.
static bool is_notice(const pt_node *n) {
    static const pt_str name = PT_STR("NOTICE");
    return pt_str_eq_nocase(pt_str_sub(last_part(n->path), 0, name.n), name);
}

static void add(joining *j, said *s, pt_buf *b, const pt_node *n) {
    pt_str one = text_of(n->event, "says");
    pt_str file = s->file.n ? folder_of(n->path) : n->path;
    s->file = pt_arena_str(j->l->a, file.n ? file : n->path);
    pt_buf_printf(b, "%s(%.*s)", b->n ? " AND " : "", PT_PRI(one));
}

// All files of a folder that say something together, the first time that somebody asks.
static said make_folder(joining *j, pt_str folder) {
    const pt_node *n = node_at(j, folder);
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(PT_LICENCE_BYTES_MAX);
    pt_licence l = {0};
    said s = {0};
    size_t files = 0;
    for (int notices = 0; n && notices < 2 && !s.file.n; notices++)
        for (const pt_node *one = n->below; one && files <= FILES_MAX; one = one->next)
            if (says(one) && is_notice(one) == notices) {
                add(j, &s, &b, one);
                files++;
            }
    bool known = files <= FILES_MAX && !pt_str_has(pt_buf_str(&b), PT_STR("()"));
    if (known && b.n && !b.full && pt_licence_parse(j->l->a, pt_buf_str(&b), &l, NULL) == PT_OK)
        s.expression = l.text;
    return s;
}

static said of_folder(joining *j, pt_str folder) {
    uint64_t hash = pt_path_hash(folder);
    said *known = pt_map_get(&j->folders, hash);
    if (known)
        return *known;
    known = PT_NEW(&j->scratch, said, 1);
    if (!known || !pt_map_put(&j->folders, hash, known))
        return (said){0};
    *known = make_folder(j, folder);
    return *known;
}

static said of_deb(const joining *j, pt_str name) {
    pt_str path = pt_arena_printf(j->l->a, "usr/share/doc/%.*s/copyright", PT_PRI(name));
    const pt_node *n = node_at(j, path);
    return n && says(n) ? (said){n->path, text_of(n->event, "says")} : (said){0};
}

// The folder of the packages' own database does not say which package a licence is of; one that a
// package has to itself does.
static bool is_its_own(const joining *j, pt_value p) {
    const size_t *n = pt_map_get(&j->files, pt_path_hash(text_of(p, "file")));
    return (n && *n == 1) || pt_str_eqz(text_of(p, "relationship"), "root");
}

static said of_own_folder(joining *j, pt_value p) {
    pt_str file = text_of(p, "file");
    pt_str folder = folder_of(file);
    static const pt_str gemspecs = PT_STR("specifications");
    if (!is_its_own(j, p))
        return (said){0};
    if (pt_str_eqz(text_of(p, "type"), "gem") && pt_str_eq(last_part(folder), gemspecs)) {
        pt_str above = pt_str_sub(folder, 0, folder.n - gemspecs.n);
        pt_str name = last_part(file);
        folder = pt_arena_printf(&j->scratch, "%.*sgems/%.*s", PT_PRI(above),
                                 PT_PRI(pt_str_sub(name, 0, pt_str_rfind(name, '.'))));
    }
    said s = of_folder(j, folder);
    return s.file.n ? s
                    : of_folder(j, pt_arena_printf(&j->scratch, "%.*s/licenses", PT_PRI(folder)));
}

static said of_package(joining *j, pt_value p) {
    static const char *const systems[] = {"rpm", "alpm", "apk"};
    pt_str type = text_of(p, "type");
    pt_str name = text_of(p, "name");
    pt_value owner = pt_getz(p, "owner");
    if (pt_str_eqz(type, "deb"))
        return of_deb(j, name);
    for (size_t i = 0; i < PT_COUNT(systems); i++)
        if (pt_str_eqz(type, systems[i]))
            return of_folder(j,
                             pt_arena_printf(&j->scratch, "usr/share/licenses/%.*s", PT_PRI(name)));
    said s = of_own_folder(j, p);
    if (!s.file.n && pt_str_eqz(text_of(owner, "type"), "deb"))
        s = of_deb(j, text_of(owner, "name"));
    return s;
}

static pt_value with(pt_arena *a, pt_value p, const said *s) {
    pt_obj recognised = {.a = a};
    pt_obj o = {.a = a};
    pt_obj_set(&recognised, "file", pt_string(s->file));
    if (s->expression.n)
        pt_obj_set(&recognised, "expression", pt_string(s->expression));
    for (size_t i = 0; i < pt_len(p); i++)
        pt_obj_set(&o, pt_text(pt_key_at(p, i)).p, pt_val_at(p, i));
    pt_obj_set(&o, "recognised", pt_obj_end(&recognised));
    return pt_obj_end(&o);
}

static pt_code count_files(joining *j, pt_err *e) {
    for (size_t i = 0; i < j->l->packages.items.n; i++) {
        uint64_t hash = pt_path_hash(text_of(j->l->packages.items.v[i], "file"));
        size_t *n = pt_map_get(&j->files, hash);
        if (!n) {
            n = PT_NEW(&j->scratch, size_t, 1);
            if (!n || !pt_map_put(&j->files, hash, n))
                return pt_layers_full(e);
        }
        ++*n;
    }
    return PT_OK;
}

pt_code pt_layers_licences(pt_layers *l, pt_err *e) {
    joining j = {.l = l};
    j.folders.a = &j.scratch;
    j.files.a = &j.scratch;
    pt_code code = count_files(&j, e);
    for (size_t i = 0; !code && i < l->packages.items.n; i++) {
        pt_value *p = &l->packages.items.v[i];
        said s = of_package(&j, *p);
        if (s.file.n)
            *p = with(l->a, *p, &s);
        if (!pt_defined(*p) || l->a->full || j.scratch.full)
            code = pt_layers_full(e);
    }
    pt_arena_done(&j.scratch);
    return code;
}
