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

pt_value pt_node_installed(pt_read *r, pt_str path, pt_str name, pt_str version) {
    if (!r->beside)
        return pt_undefined();
    pt_value m = pt_lock_beside(r, pt_arena_printf(r->a, "%.*s/package.json", PT_PRI(path)), false);
    bool same = pt_str_eq(pt_text(pt_getz(m, "name")), name) &&
                pt_str_eq(pt_text(pt_getz(m, "version")), version);
    return same ? pt_node_licences(r->a, m) : pt_undefined();
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

pt_value pt_node_from(pt_arena *a, pt_str from) {
    pt_obj o = {.a = a};
    pt_obj_set(&o, "from", pt_string(from));
    return pt_obj_end(&o);
}

// Where a package is installed: ".../node_modules/NAME/package.json", or ".../@SCOPE/NAME/…".
static bool is_installed(pt_str path) {
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
    pt_code code = pt_lock_json(r, text, &m, e);
    pt_package p = {.name = pt_text(pt_getz(m, "name")), .version = pt_text(pt_getz(m, "version"))};
    if (!code && !p.name.n && p.version.n && is_installed(r->path))
        pt_fault_add(r, 1, "a package without a name");
    if (code || !p.name.n)
        return code;
    p.licences = pt_node_licences(r->a, m);
    return pt_package_add(r, &p, e);
}
