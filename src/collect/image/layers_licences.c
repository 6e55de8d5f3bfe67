// Which package's licence a file says: by Debian's and other systems' folders of them, or by the
// folder that a package has to itself.
#include "base/map.h"
#include "collect/image/layers_impl.h"
#include "collect/licence/places.h"

typedef struct joining {
    pt_layers *l;
    pt_arena scratch;
    pt_map folders; // hash of a folder -> pt_licence_said *
    pt_map owners;  // key of a folder and a type -> size_t *, how many packages are told of there
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

static void ask(pt_licence_saying *all, const pt_node *n) {
    const pt_licence_said one = {n->path, text_of(n->event, "says"), pt_getz(n->event, "unknown")};
    pt_licence_says(all, &one);
}

// All files of a folder that say something together, the first time that somebody asks.
static pt_licence_said make_folder(joining *j, pt_str folder) {
    const pt_node *n = node_at(j, folder);
    pt_licence_saying all = {0};
    for (const pt_node *one = n ? n->below : NULL; one && !all.cut; one = one->next)
        if (says(one))
            ask(&all, one);
    return pt_licence_together(j->l->a, &all);
}

static pt_licence_said of_folder(joining *j, pt_str folder) {
    uint64_t hash = pt_path_hash(folder);
    pt_licence_said *known = pt_map_get(&j->folders, hash);
    if (known)
        return *known;
    known = PT_NEW(&j->scratch, pt_licence_said, 1);
    if (!known || !pt_map_put(&j->folders, hash, known))
        return (pt_licence_said){0};
    *known = make_folder(j, folder);
    return *known;
}

static pt_licence_said of_deb(const joining *j, pt_str name) {
    pt_str path = pt_arena_printf(j->l->a, "usr/share/doc/%.*s/copyright", PT_PRI(name));
    const pt_node *n = node_at(j, path);
    pt_licence_saying one = {0};
    if (n && says(n))
        ask(&one, n);
    return pt_licence_together(j->l->a, &one);
}

static uint64_t owners_key(pt_value p) {
    return pt_path_hash(folder_of(text_of(p, "file"))) + 7 * pt_path_hash(text_of(p, "type"));
}

static pt_str below(joining *j, pt_str folder, pt_str name) {
    return pt_arena_printf(&j->scratch, "%.*s%s%.*s", PT_PRI(folder), folder.n ? "/" : "",
                           PT_PRI(name));
}

// The folder of a database or of a lock file does not say which of its packages a licence is of;
// one that a package has to itself does. False: it has none.
static bool own_folder_of(joining *j, pt_value p, pt_str *ret) {
    static const pt_str gemspecs = PT_STR("specifications");
    pt_str file = text_of(p, "file");
    pt_str relationship = text_of(p, "relationship");
    pt_str installed = text_of(pt_getz(p, "more"), "installed");
    const size_t *n = pt_map_get(&j->owners, owners_key(p));
    *ret = folder_of(file);
    if (installed.n) {
        *ret = below(j, *ret, installed);
        return true;
    }
    if (pt_str_eqz(text_of(p, "type"), "gem") && pt_str_eq(last_part(*ret), gemspecs)) {
        pt_str gems = pt_arena_printf(&j->scratch, "%.*sgems",
                                      PT_PRI(pt_str_sub(*ret, 0, ret->n - gemspecs.n)));
        pt_str name = last_part(file);
        *ret = below(j, gems, pt_str_sub(name, 0, pt_str_rfind(name, '.')));
        return true;
    }
    return pt_str_eqz(relationship, "root") || (!relationship.n && n && *n == 1);
}

// The files that its metadata names, as far as they are there.
static pt_licence_said of_named(joining *j, const pt_licence_places *places) {
    pt_licence_saying all = {.cut = places->cut};
    for (size_t i = 0; i < places->n; i++) {
        const pt_node *n = NULL;
        for (size_t k = 0; !n && k < PT_COUNT(places->files[i].at); k++) {
            n = node_at(j, places->files[i].at[k]);
            n = n && says(n) ? n : NULL;
        }
        if (n)
            ask(&all, n);
    }
    return pt_licence_together(j->l->a, &all);
}

static pt_licence_said of_own_folder(joining *j, pt_value p) {
    pt_str folder = {0};
    if (!own_folder_of(j, p, &folder))
        return (pt_licence_said){0};
    pt_licence_places places = pt_licence_places_of(&j->scratch, folder, pt_getz(p, "licences"));
    pt_licence_said s = of_named(j, &places);
    for (size_t i = 0; !s.file.n && i < PT_COUNT(places.folders); i++)
        s = of_folder(j, places.folders[i]);
    return s;
}

static pt_licence_said of_package(joining *j, pt_value p) {
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
    pt_licence_said s = of_own_folder(j, p);
    if (!s.file.n && pt_str_eqz(text_of(owner, "type"), "deb"))
        s = of_deb(j, text_of(owner, "name"));
    return s;
}

static pt_value with(pt_arena *a, pt_value p, const pt_licence_said *s) {
    pt_obj o = {.a = a};
    for (size_t i = 0; i < pt_len(p); i++)
        pt_obj_put(&o, pt_text(pt_key_at(p, i)), pt_val_at(p, i));
    pt_obj_set(&o, "recognised", pt_licence_recognised(a, s));
    return pt_obj_end(&o);
}

static pt_code count_owners(joining *j, pt_err *e) {
    for (size_t i = 0; i < j->l->packages.items.n; i++) {
        uint64_t key = owners_key(j->l->packages.items.v[i]);
        size_t *n = pt_map_get(&j->owners, key);
        if (!n) {
            n = PT_NEW(&j->scratch, size_t, 1);
            if (!n || !pt_map_put(&j->owners, key, n))
                return pt_layers_full(e);
        }
        ++*n;
    }
    return PT_OK;
}

pt_code pt_layers_licences(pt_layers *l, pt_err *e) {
    joining j = {.l = l};
    j.folders.a = &j.scratch;
    j.owners.a = &j.scratch;
    pt_code code = count_owners(&j, e);
    for (size_t i = 0; !code && i < l->packages.items.n; i++) {
        pt_value *p = &l->packages.items.v[i];
        bool known = pt_defined(pt_getz(*p, "recognised")); // by what it was read of
        pt_licence_said s = {0};
        if (!known)
            s = of_package(&j, *p);
        if (s.file.n)
            *p = with(l->a, *p, &s);
        if (!pt_defined(*p) || l->a->full || j.scratch.full)
            code = pt_layers_full(e);
    }
    pt_arena_done(&j.scratch);
    return code;
}
