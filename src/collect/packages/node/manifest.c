#include "collect/licence/places.h"
#include "collect/packages/node/impl.h"
#include "collect/packages/node/node.h"

static pt_value licence_of(pt_value v) {
    if (pt_tag_of(v) == PT_OBJECT)
        v = pt_getz(v, "type");
    return pt_text(v).n ? v : pt_undefined();
}

pt_value pt_node_licences(pt_arena *a, pt_value manifest) {
    static const char *const keys[] = {"license", "licenses"};
    for (size_t k = 0; k < PT_COUNT(keys); k++) {
        pt_list l = {.a = a};
        pt_value v = pt_getz(manifest, keys[k]);
        bool list = pt_tag_of(v) == PT_ARRAY;
        for (size_t i = 0; i < (list ? pt_len(v) : 1); i++) {
            pt_value one = licence_of(list ? pt_at(v, i) : v);
            if (pt_defined(one))
                pt_list_add(&l, one);
        }
        if (l.items.n)
            return pt_list_end(&l);
    }
    return pt_undefined();
}

// With "installed" beside what it has already.
static pt_value with_folder(pt_arena *a, pt_value more, pt_str path) {
    pt_obj o = {.a = a};
    for (size_t i = 0; i < pt_len(more); i++)
        pt_obj_put(&o, pt_text(pt_key_at(more, i)), pt_val_at(more, i));
    pt_obj_set(&o, "installed", pt_string(pt_arena_str(a, path)));
    return pt_obj_end(&o);
}

bool pt_node_installed(pt_read *r, pt_str path, pt_package *p) {
    if (!r->beside || (pt_defined(p->licences) && !pt_licence_names_file(p->licences)))
        return false;
    pt_value m = pt_lock_beside(r, pt_arena_printf(r->a, "%.*s/package.json", PT_PRI(path)), false);
    bool same = pt_str_eq(pt_text(pt_getz(m, "name")), p->name) &&
                pt_str_eq(pt_text(pt_getz(m, "version")), p->version);
    if (!same)
        return false;
    p->licences = pt_node_licences(r->a, m);
    p->more = with_folder(r->a, p->more, path);
    return true;
}

static bool may_be_missing(pt_value manifest, pt_value peer) {
    pt_value meta = pt_get_value(pt_getz(manifest, "peerDependenciesMeta"), peer);
    pt_value list = pt_getz(manifest, "optionalPeers"); // bun's
    bool may = pt_true(pt_getz(meta, "optional"));
    for (size_t i = 0; !may && i < pt_len(list); i++)
        may = pt_eq(pt_at(list, i), peer);
    return may;
}

bool pt_node_next(pt_node_asked *it) {
    static const char *const keys[] = {"dependencies", "optionalDependencies", "peerDependencies",
                                       "devDependencies"};
    for (; it->kind <= it->last && it->kind < PT_COUNT(keys); it->kind++, it->next = 0) {
        pt_value asked = pt_getz(it->manifest, keys[it->kind]);
        while (pt_tag_of(asked) == PT_OBJECT && it->next < pt_len(asked)) {
            pt_value name = pt_key_at(asked, it->next);
            it->range = pt_val_at(asked, it->next++);
            it->name = pt_text(name);
            if (it->kind != PT_NODE_PEERS || !may_be_missing(it->manifest, name))
                return true;
        }
    }
    return false;
}

// "@scope%2fname": as URLs may have it.
static pt_str plain_name(pt_arena *a, pt_str name) {
    size_t at = pt_str_find(name, '%');
    pt_str code = pt_str_sub(name, at, at + 3);
    if (!pt_str_eq_nocase(code, PT_STR("%2f")))
        return name;
    return pt_arena_printf(a, "%.*s/%.*s", PT_PRI(pt_str_sub(name, 0, at)),
                           PT_PRI(pt_str_sub(name, at + 3, name.n)));
}

// The last part of a path, with its scope before it.
static pt_str scoped_name(pt_arena *a, pt_str path) {
    size_t cut = pt_str_rfind(path, '/');
    pt_str above = pt_str_sub(path, 0, cut < path.n ? cut : 0);
    size_t scope = pt_str_rfind(above, '/') + 1;
    if (cut < path.n && scope < above.n && above.p[scope] == '@')
        return pt_str_sub(path, scope, path.n);
    return plain_name(a, pt_str_sub(path, cut < path.n ? cut + 1 : 0, path.n));
}

static pt_str behind_last(pt_str s, char c) {
    size_t cut = pt_str_rfind(s, c);
    return pt_str_sub(s, cut < s.n ? cut + 1 : 0, s.n);
}

// What is built of one version is one version: "1.0.0+linux" may be fetched as "1.0.0".
static bool same_version(pt_str said, pt_str fetched) {
    return pt_str_eq(pt_str_sub(said, 0, pt_str_find(said, '+')),
                     pt_str_sub(fetched, 0, pt_str_find(fetched, '+')));
}

void pt_node_fetched(pt_arena *a, pt_str url, pt_package *p) {
    const pt_str end = PT_STR(".tgz");
    url = pt_str_sub(url, 0, pt_str_find(url, '#'));
    url = pt_str_sub(url, 0, pt_str_find(url, '?'));
    size_t dash = pt_str_find_str(url, PT_STR("/-/"));
    pt_str name = scoped_name(a, pt_str_sub(url, 0, dash));
    pt_str base = behind_last(name, '/');
    pt_str file = behind_last(pt_str_sub(url, dash + 3, url.n), '/'); // some repeat the scope
    pt_str version = pt_str_sub(file, base.n + 1, file.n - (file.n > end.n ? end.n : 0));
    if (dash == url.n || !pt_str_starts(url, PT_STR("http")) || !base.n || !version.n ||
        !pt_str_starts(file, base) || file.p[base.n] != '-' || !pt_str_ends(file, end))
        return;
    p->name = name;
    p->version = same_version(p->version, version) ? p->version : version;
}

void pt_node_misnamed(pt_read *r, const pt_package *fetched, const pt_package *said) {
    if (pt_str_eq(fetched->name, said->name) && pt_str_eq(fetched->version, said->version))
        return;
    pt_str what = pt_arena_printf(
        r->a, "it says %.*s %.*s, and %.*s %.*s is fetched", PT_PRI(pt_str_sub(said->name, 0, 80)),
        PT_PRI(pt_str_sub(said->version, 0, 40)), PT_PRI(pt_str_sub(fetched->name, 0, 80)),
        PT_PRI(pt_str_sub(fetched->version, 0, 40)));
    pt_fault_add(r, fetched->line, what.p ? what.p : "another package is fetched");
}

pt_value pt_node_from(pt_arena *a, pt_str from) {
    pt_obj o = {.a = a};
    pt_obj_set(&o, "from", pt_string(from));
    return pt_obj_end(&o);
}

bool pt_node_is_installed(pt_str path) {
    pt_str folder = pt_str_sub(path, 0, pt_str_rfind(path, '/'));
    size_t cut = pt_str_rfind(folder, '/');
    pt_str around = pt_str_sub(folder, 0, cut < folder.n ? cut : 0);
    size_t scope = pt_str_rfind(around, '/');
    if (scope < around.n && around.p[scope + 1] == '@')
        around = pt_str_sub(around, 0, scope);
    return pt_str_eqz(around, "node_modules") || pt_str_ends(around, PT_STR("/node_modules"));
}

// A package.json without a name is no package, but says of what kind the files around it are;
// where a package is installed, one with a version hides what it is.
pt_code pt_read_package_json(pt_read *r, pt_str text, pt_err *e) {
    pt_value m;
    pt_code code = pt_read_json(r, &text, &m, e);
    pt_package p = {.name = pt_text(pt_getz(m, "name")), .version = pt_text(pt_getz(m, "version"))};
    if (!code && !p.name.n && p.version.n && pt_node_is_installed(r->path))
        pt_fault_add(r, 1, "a package without a name");
    if (code || !p.name.n)
        return code;
    p.licences = pt_node_licences(r->a, m);
    return pt_package_add(r, &p, e);
}
