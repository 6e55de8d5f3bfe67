// Bundles that are made of what was loaded.
#include <stdlib.h>

#include "judge/policy/load_impl.h"
#include "judge/policy/rego/format.h"
#include "value/json.h"

enum {
    PACK_BYTES_MAX = 1 << 30, // of one file
};

typedef struct packer {
    pt_load *l;
    pt_load_files files;
} packer;

static pt_code add(packer *p, pt_str path, pt_str bytes) {
    pt_load_entry *e = path.p && bytes.p ? PT_PUSH(p->l->arena, &p->files.v) : NULL;
    if (!e)
        return pt_load_full(p->l);
    *e = (pt_load_entry){path, bytes};
    return PT_OK;
}

static pt_code add_json(packer *p, const char *path, pt_value v) {
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(PACK_BYTES_MAX);
    if (pt_json_write(&b, v, &(pt_json_opts){.html_safe = true}, NULL))
        return pt_load_full(p->l);
    pt_buf_putc(&b, '\n');
    return add(p, pt_str_of(path), pt_arena_str(p->l->arena, pt_buf_str(&b)));
}

// -- modules --------------------------------------------------------------------------------------

// Its place in the bundle. A path that leads out of the folder where we are begins there.
static pt_str module_path(pt_load *l, pt_str path) {
    path = pt_load_clean(l->arena, path);
    while (pt_str_starts(path, PT_STR("/")) || pt_str_starts(path, PT_STR("../")))
        path = pt_str_sub(path, pt_str_find(path, '/') + 1, path.n);
    return pt_arena_printf(l->arena, "/%.*s", PT_PRI(path));
}

// In the one format. A module that would mean something else then stays as it is.
static pt_code add_module(packer *p, const pt_load_module *m) {
    pt_load *l = p->l;
    pt_diagnostics d = {.arena = l->arena};
    const pt_source *source = m->module->source;
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF((size_t)4 * PT_REGO_BYTES_MAX);
    // What imports rego.v1 is formatted as of v1, and is of v0 all the same.
    pt_rego_version version = m->module->version == PT_REGO_V0 ? PT_REGO_V0 : PT_REGO_V1;
    bool formatted = pt_format(&b, source, version, &d);
    if (d.full)
        return pt_load_full(l);
    return add(p, module_path(l, m->path),
               formatted ? pt_arena_str(l->arena, pt_buf_str(&b)) : source->text);
}

static int by_text(const void *x, const void *y) {
    return pt_str_cmp(*(const pt_str *)x, *(const pt_str *)y);
}

// Two modules of one place would be one.
static pt_code check_paths(packer *p) {
    size_t n = p->files.v.n;
    pt_str *paths = PT_NEW(p->l->arena, pt_str, n);
    if (!paths)
        return pt_load_full(p->l);
    for (size_t i = 0; i < n; i++)
        paths[i] = p->files.v.v[i].path;
    qsort(paths, n, sizeof *paths, by_text);
    for (size_t i = 1; i < n; i++)
        if (pt_str_eq(paths[i - 1], paths[i]))
            return pt_load_fail(p->l, PT_E_FORMAT, "two files of the bundle would be %.*s",
                                PT_PRI(paths[i]));
    return PT_OK;
}

// -- the manifest ---------------------------------------------------------------------------------

static int number_of(pt_rego_version v) {
    return v == PT_REGO_V1;
}

static pt_value roots_of(pt_load *l) {
    pt_load_roots *roots = &l->state->roots;
    pt_list list = {.a = l->arena};
    for (size_t i = 0; i < roots->n; i++)
        pt_list_add(&list, pt_string(roots->v[i].shown));
    if (roots->n == 0)
        pt_list_add(&list, pt_stringz(""));
    return pt_list_end(&list);
}

// The modules that are not of the bundle's language.
static pt_value versions_of(pt_load *l, pt_rego_version whole) {
    pt_obj o = {.a = l->arena};
    for (size_t i = 0; i < l->state->modules.n; i++) {
        const pt_load_module *m = &l->state->modules.v[i];
        if (number_of(m->module->version) != number_of(whole))
            pt_obj_set(&o, module_path(l, m->path).p, pt_int(number_of(m->module->version)));
    }
    return pt_obj_end(&o);
}

static pt_value manifest_of(pt_load *l, const char *revision) {
    struct pt_load_state *s = l->state;
    pt_value one = s->manifests.n == 1 ? s->manifests.v[0].value : pt_undefined();
    pt_value said = pt_getz(one, "rego_version");
    pt_value newest = s->delta.bundle.p ? s->delta.value : one;
    pt_value metadata = pt_getz(newest, "metadata");
    pt_value before = pt_getz(newest, "revision");
    pt_rego_version whole = l->parse.version;
    int64_t version;
    if (pt_to_int(said, &version))
        whole = version ? PT_REGO_V1 : PT_REGO_V0;
    pt_value versions = versions_of(l, whole);
    pt_obj o = {.a = l->arena};
    pt_obj_set(&o, "revision",
               revision                  ? pt_stringz(revision)
               : before.tag == PT_STRING ? before
                                         : pt_stringz(""));
    pt_obj_set(&o, "roots", roots_of(l));
    pt_obj_set(&o, "rego_version", pt_int(number_of(whole)));
    if (pt_len(versions))
        pt_obj_set(&o, "file_rego_versions", versions);
    if (pt_len(metadata))
        pt_obj_set(&o, "metadata", metadata);
    return pt_obj_end(&o);
}

// -- all of it ------------------------------------------------------------------------------------

static pt_code pack(packer *p, const char *revision, const pt_load_signer *by, pt_buf *ret) {
    pt_load *l = p->l;
    pt_str signature;
    pt_value manifest = manifest_of(l, revision);
    pt_code code = pt_defined(manifest) ? add_json(p, "/data.json", l->data) : pt_load_full(l);
    for (size_t i = 0; i < l->state->modules.n && !code; i++)
        code = add_module(p, &l->state->modules.v[i]);
    if (!code)
        code = add_json(p, "/.manifest", manifest);
    if (!code)
        code = check_paths(p);
    if (!code && by)
        code = pt_load_signature(l, &p->files, 1, by, &signature);
    if (!code && by)
        code = add(p, PT_STR("/.signatures.json"), signature);
    if (code)
        return code;
    return pt_load_tar(&p->files.v, ret) ? PT_OK : pt_load_full(l);
}

pt_code pt_load_pack(pt_load *l, const char *revision, const pt_load_signer *by, pt_buf *ret,
                     pt_err *e) {
    size_t faults = l->faults.n;
    packer p = {.l = l};
    PT_IGNORE(pack(&p, revision, by, ret)); // the first fault says
    return pt_load_said(l, faults, l->diagnostics->v.n, e);
}
