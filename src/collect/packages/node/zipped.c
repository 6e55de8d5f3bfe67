// What berry has zipped (.yarn/cache/NAME-npm-1.2.3-HASH.zip) is run as it is: Plug'n'Play installs
// nothing else. One package each, and those that it brings with it.
#include "collect/packages/zipped.h"

#include "collect/packages/node/impl.h"
#include "collect/packages/node/node.h"

typedef struct taking {
    pt_read *r;
    pt_code code;
    pt_err *e;
} taking;

static bool is_manifest(pt_str name) {
    return pt_str_ends(name, PT_STR("/package.json")) && pt_node_is_installed(name);
}

static bool take(void *arg, pt_str name, pt_str text) {
    taking *t = arg;
    pt_read in = *t->r;
    pt_str kept = pt_arena_str(t->r->a, text); // packages have slices of it
    in.path = pt_arena_printf(t->r->a, "%.*s/%.*s", PT_PRI(t->r->path), PT_PRI(name));
    t->code = pt_read_package_json(&in, kept, t->e);
    t->r->packages = in.packages;
    t->r->faults = in.faults;
    return !t->code;
}

pt_code pt_read_yarn_zip(pt_read *r, pt_str text, pt_err *e) {
    pt_err bad = {0};
    taking t = {.r = r, .e = e};
    pt_code code = pt_zipped_each(text, is_manifest, take, &t, &bad);
    if (t.code)
        return t.code;
    if (code == PT_E_NOMEM)
        return pt_err_set(e, PT_E_NOMEM, "out of memory");
    if (code)
        pt_fault_add(r, 1, bad.what);
    return PT_OK;
}
