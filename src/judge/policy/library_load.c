// libparatia-policy: policies and data from files, folders and bundles.
#include <stdlib.h>

#include "base/instant.h"
#include "judge/policy/library.h"

static bool is_builtin(pt_str name) {
    return pt_fn_find(name) != NULL;
}

// What of it was read stays in the load: a policy without the rest of it must not be used.
static bool refuse(paratia_policy *p, const pt_err *why, paratia_error *e) {
    p->state = PT_LIBRARY_REFUSED;
    if (p->loaded.v.n)
        return pt_library_keep(p, &p->loaded, e);
    if (why->code == PT_E_NOMEM)
        return pt_library_full(e);
    return pt_library_fail(e, "load_error", "%s", why->what);
}

// False with *e filled: a key is none.
static bool read_keys(paratia_policy *p, const paratia_key *keys, size_t n, pt_load_trust *ret,
                      paratia_error *e) {
    pt_load_key *v = PT_NEW(&p->arena, pt_load_key, n);
    if (!v)
        return pt_library_full(e);
    for (size_t i = 0; i < n; i++) {
        if (!keys[i].text)
            return pt_library_fail(e, "usage_error", "a key without a text");
        v[i] = (pt_load_key){.id = pt_arena_str(&p->arena, pt_str_of(keys[i].id)),
                             .algorithm = pt_arena_str(&p->arena, pt_str_of(keys[i].algorithm)),
                             .bytes = pt_arena_str(&p->arena, (pt_str){keys[i].text, keys[i].n})};
        if (!v[i].id.p || !v[i].algorithm.p || !v[i].bytes.p)
            return pt_library_full(e);
    }
    *ret = (pt_load_trust){.keys = v, .n_keys = n, .now_s = pt_now() / PT_SECOND_NS};
    return true;
}

bool paratia_policy_load(paratia_policy *p, const char *path, bool bundle, const paratia_key *keys,
                         size_t n_keys, paratia_error *e) {
    if (!p || p->state != PT_LIBRARY_MAKING)
        return pt_library_fail(e, "usage_error", "%s",
                               p ? "the policy is made already" : "no policy");
    if (!path || (!keys && n_keys))
        return pt_library_fail(e, "usage_error", "no %s", path ? "keys" : "path");
    const pt_fn_own own = {p->own.v, p->own.n};
    pt_load_trust trust = {0};
    pt_err why = {0};
    if (n_keys && !read_keys(p, keys, n_keys, &trust, e))
        return false;
    p->loaded.arena = &p->said;
    p->load.arena = &p->arena;
    p->load.symbols = &p->symbols;
    p->load.diagnostics = &p->loaded;
    p->load.parse = (pt_parse_opts){.version = PT_REGO_V1, .own = &own, .builtin = is_builtin};
    p->load.trust = n_keys ? &trust : NULL;
    pt_code code =
        bundle ? pt_load_bundle(&p->load, path, &why) : pt_load_path(&p->load, path, &why);
    p->load.trust = NULL;
    p->load.parse.own = NULL;
    return !code || refuse(p, &why, e);
}

bool pt_library_load_end(paratia_policy *p, paratia_error *e) {
    pt_err why = {0};
    if (!p->load.arena)
        return true;
    if (pt_load_end(&p->load, &why))
        return refuse(p, &why, e);
    for (size_t i = 0; i < p->load.n_modules; i++) {
        pt_module **slot = PT_PUSH(&p->arena, &p->modules);
        if (!slot)
            return pt_library_full(e);
        *slot = p->load.modules[i];
    }
    pt_library_data *d = p->data ? NULL : calloc(1, sizeof *d);
    if (!p->data && !d)
        return pt_library_full(e);
    if (d)
        *d = (pt_library_data){.users = 1, .value = p->load.data}; // which lives in p->arena
    p->data = p->data ? p->data : d;
    return true;
}
