// Bundles: a folder or an archive with a manifest.
#include <errno.h>
#include <sys/stat.h>

#include "judge/policy/load_impl.h"
#include "value/json.h"

typedef struct bundle {
    pt_load *l;
    pt_str name; // as the caller named it
    bool single; // -d FILE.tar.gz
    pt_load_files files;
    pt_value manifest;
    pt_str manifest_path;
    pt_load_roots roots;
    pt_load_documents documents;
    size_t modules_from; // first one of state->modules
} bundle;

static pt_code bad(bundle *b, pt_str what) {
    return pt_load_fail(b->l, PT_E_FORMAT, "%sbundle %.*s: %.*s",
                        b->single ? "" : "loading error: ", PT_PRI(b->name), PT_PRI(what));
}

// What stands before an error of one of its documents.
static pt_str label_of(bundle *b, pt_str file) {
    return pt_arena_printf(b->l->arena, "%sbundle %.*s: bundle load failed on %.*s",
                           b->single ? "" : "loading error: ", PT_PRI(b->name), PT_PRI(file));
}

// -- the manifest ---------------------------------------------------------------------------------

static pt_code read_manifest(bundle *b, const pt_load_entry *e) {
    if (b->manifest_path.p) {
        pt_str s = pt_arena_printf(b->l->arena,
                                   "bundle contains multiple manifest files: \"%.*s\" and \"%.*s\"",
                                   PT_PRI(b->manifest_path), PT_PRI(e->path));
        return bad(b, s);
    }
    b->manifest_path = e->path;
    pt_str label = label_of(b, PT_STR("manifest decode"));
    pt_value v = pt_undefined();
    pt_str why = {0};
    pt_code code = label.p ? pt_load_json(b->l, label, e->bytes, &v) : pt_load_full(b->l);
    if (!code)
        code = pt_load_manifest_of(b->l, v, &b->manifest, &why);
    if (why.p)
        return bad(b, why);
    pt_value wasm = pt_getz(b->manifest, "wasm");
    if (code || pt_len(wasm) == 0)
        return code;
    // What such a module answers would be undefined here: no answer is better than a wrong one.
    pt_str entrypoint = pt_text(pt_getz(pt_at(wasm, 0), "entrypoint"));
    return bad(b, pt_arena_printf(b->l->arena,
                                  "wasm modules are not supported (manifest: entrypoint '%.*s')",
                                  PT_PRI(entrypoint)));
}

// -- content --------------------------------------------------------------------------------------

// The first parse error as OPA says it of a bundle: not as a diagnostic.
static pt_code say_diagnostics(bundle *b, size_t from) {
    pt_diagnostics *d = b->l->diagnostics;
    pt_diagnostics mine = {.arena = d->arena};
    mine.v.v = d->v.v + from;
    mine.v.n = d->v.n - from;
    PT_AUTO(pt_buf_done) pt_buf text = PT_BUF(1 << 20);
    pt_diagnostics_write(&text, &mine);
    d->v.n = from;
    return bad(b, pt_buf_str(&text));
}

static pt_code read_module(bundle *b, const pt_load_entry *e) {
    pt_load *l = b->l;
    pt_module *m;
    size_t from = l->diagnostics->v.n;
    pt_str file = b->files.folder.n ? pt_load_join(l->arena, b->files.folder, e->path) : e->path;
    if (!file.p)
        return pt_load_full(l);
    pt_code code = pt_load_rego(l, file, e->bytes, pt_load_version_of(l, b->manifest, e->path), &m);
    if (code && l->diagnostics->v.n > from && !b->single)
        return say_diagnostics(b, from);
    if (code)
        return code;
    pt_str named = pt_load_join(l->arena, b->name, file);
    return pt_load_add_module(l, b->single ? file : named, b->files.folder.n ? file : named, m);
}

// The keys of the folder that a document stands in. Leading dots and slashes do not count.
static pt_value mount(bundle *b, pt_str path, pt_value v) {
    pt_arena *a = b->l->arena;
    pt_str base = pt_load_base(path);
    pt_str folder = pt_load_clean(a, pt_str_sub(path, 0, path.n - base.n));
    while (folder.n && (folder.p[0] == '/' || folder.p[0] == '.'))
        folder = pt_str_sub(folder, 1, folder.n);
    PT_VEC(pt_str) keys = {0};
    pt_str key;
    while (pt_str_split(&folder, '/', &key)) {
        pt_str *slot = PT_PUSH(a, &keys);
        if (!slot)
            return pt_undefined();
        *slot = key;
    }
    return pt_load_mount(a, keys.v, keys.n, v);
}

static pt_code read_document(bundle *b, const pt_load_entry *e, bool yaml) {
    pt_load *l = b->l;
    pt_value v;
    pt_str file = b->files.folder.n ? pt_load_join(l->arena, b->files.folder, e->path) : e->path;
    pt_str label = label_of(b, file);
    if (!file.p || !label.p)
        return pt_load_full(l);
    pt_code code =
        yaml ? pt_load_yaml(l, label, e->bytes, &v) : pt_load_json(l, label, e->bytes, &v);
    if (code)
        return code;
    v = mount(b, e->path, v);
    if (pt_defined(v) && v.tag != PT_OBJECT)
        return bad(b, pt_arena_printf(l->arena,
                                      "bundle load failed on %.*s: root value must be object",
                                      PT_PRI(e->path)));
    pt_load_document *d = pt_defined(v) ? PT_PUSH(l->arena, &b->documents) : NULL;
    if (!d)
        return pt_load_full(l);
    *d = (pt_load_document){v, file};
    return PT_OK;
}

// A delta changes a bundle that is in use already.
static pt_code read_patch(bundle *b, const pt_load_entry *e) {
    pt_value patches = pt_undefined();
    pt_str label = label_of(b, e->path);
    pt_code code =
        label.p ? pt_load_patches_of(b->l, label, e->bytes, &patches) : pt_load_full(b->l);
    return code || pt_len(patches) == 0
               ? code
               : bad(b, PT_STR("it is a delta bundle, and there is nothing that it could change"));
}

static pt_code read_entry(bundle *b, const pt_load_entry *e) {
    switch (pt_load_kind_of(e->path)) {
    case PT_LOAD_MODULE:
        return read_module(b, e);
    case PT_LOAD_JSON:
    case PT_LOAD_YAML:
        return read_document(b, e, pt_load_kind_of(e->path) == PT_LOAD_YAML);
    case PT_LOAD_PATCH:
        return read_patch(b, e);
    case PT_LOAD_REFUSED:
        return bad(b, pt_arena_printf(b->l->arena, "%.*s is not supported", PT_PRI(e->path)));
    case PT_LOAD_OTHER:
    case PT_LOAD_MANIFEST:
    case PT_LOAD_SIGNATURES:
        break;
    }
    return PT_OK;
}

static pt_code read_content(bundle *b) {
    pt_code code = PT_OK;
    for (size_t i = 0; i < b->files.v.n && !code; i++)
        if (pt_load_kind_of(b->files.v.v[i].path) == PT_LOAD_MANIFEST)
            code = read_manifest(b, &b->files.v.v[i]);
    for (size_t i = 0; i < b->files.v.n && !code; i++)
        code = read_entry(b, &b->files.v.v[i]);
    return code;
}

// -- roots ----------------------------------------------------------------------------------------

static pt_str roots_text(bundle *b) {
    PT_AUTO(pt_buf_done) pt_buf s = PT_BUF(1 << 16);
    pt_value roots = pt_getz(b->manifest, "roots");
    for (size_t i = 0; i < pt_len(roots); i++)
        pt_buf_printf(&s, "%s%.*s", i ? " " : "", PT_PRI(pt_text(pt_at(roots, i))));
    return pt_arena_str(b->l->arena, pt_buf_str(&s));
}

// Is what stands at `key` within the roots? `v` is undefined for a package.
// NOLINTNEXTLINE(misc-no-recursion): as deep as values
static pt_code check_data(bundle *b, pt_buf *key, pt_value v) {
    if (pt_load_roots_hold(&b->roots, pt_buf_str(key)))
        return PT_OK;
    if (v.tag != PT_OBJECT || !pt_load_roots_below(&b->roots, pt_buf_str(key)))
        return bad(
            b, pt_arena_printf(
                   b->l->arena,
                   "manifest roots [%.*s] do not permit data at path '/%.*s' (hint: check bundle "
                   "directory structure)",
                   PT_PRI(roots_text(b)),
                   PT_PRI(pt_str_sub(pt_buf_str(key), 0, key->n ? key->n - 1 : 0))));
    size_t n = key->n;
    pt_code code = PT_OK;
    for (size_t i = 0; i < pt_len(v) && !code; i++) {
        key->n = n;
        code = pt_load_root_key(key, pt_text(pt_key_at(v, i))) ? check_data(b, key, pt_val_at(v, i))
                                                               : pt_load_full(b->l);
    }
    return code;
}

static pt_code check_module(bundle *b, const pt_module *m) {
    PT_AUTO(pt_buf_done) pt_buf key = PT_BUF(1 << 20);
    for (size_t i = 1; i < m->package->items.n; i++)
        if (!pt_load_root_key(&key, pt_text(m->package->items.v[i]->value)))
            return pt_load_full(b->l);
    if (pt_load_roots_hold(&b->roots, pt_buf_str(&key)))
        return PT_OK;
    pt_str package = pt_loc_text(m->package->loc);
    return bad(
        b, pt_arena_printf(b->l->arena,
                           "manifest roots [%.*s] do not permit 'package %.*s' in module '%.*s'",
                           PT_PRI(roots_text(b)), PT_PRI(package), PT_PRI(m->source->file)));
}

static pt_code check_roots(bundle *b, pt_value data) {
    struct pt_load_state *s = b->l->state;
    PT_AUTO(pt_buf_done) pt_buf key = PT_BUF(1 << 20);
    pt_code code = pt_load_roots_of(b->l, b->name, pt_getz(b->manifest, "roots"), &b->roots);
    for (size_t i = b->modules_from; i < s->modules.n && !code; i++)
        code = check_module(b, s->modules.v[i].module);
    return code || pt_len(data) == 0 ? code : check_data(b, &key, data);
}

// -- all of it ------------------------------------------------------------------------------------

// Whoever signed it, before anything of it is used.
static pt_code check_signature(bundle *b) {
    pt_load *l = b->l;
    pt_str why = {0};
    if (l->trust) {
        pt_code code = pt_load_verify(l, &b->files, &why);
        return why.p ? bad(b, why) : code;
    }
    for (size_t i = 0; i < b->files.v.n; i++) {
        if (pt_load_kind_of(b->files.v.v[i].path) != PT_LOAD_SIGNATURES)
            continue;
        pt_str *slot = PT_PUSH(l->arena, &l->unverified);
        if (slot)
            *slot = b->name;
        return slot ? PT_OK : pt_load_full(l);
    }
    return PT_OK;
}

// A bundle without anything in it lets everything pass: most likely another folder is meant.
static pt_code check_any(bundle *b) {
    for (size_t i = 0; i < b->files.v.n; i++) {
        pt_load_kind kind = pt_load_kind_of(b->files.v.v[i].path);
        if (kind != PT_LOAD_OTHER && kind != PT_LOAD_SIGNATURES)
            return PT_OK;
    }
    return pt_load_fail(b->l, PT_E_FORMAT,
                        "bundle %.*s holds nothing: no policy, no data, no manifest",
                        PT_PRI(b->name));
}

static pt_code read_bundle(bundle *b) {
    struct stat st;
    pt_assert(b->name.p);
    if (!b->single && stat(b->name.p, &st) != 0) {
        int sys = errno;
        pt_str call = pt_arena_printf(b->l->arena, "loading error: error reading \"%.*s\": stat",
                                      PT_PRI(b->name));
        return pt_load_fail_sys(b->l, sys, call.p ? call.p : "stat", b->name);
    }
    pt_code code = pt_load_files_of(b->l, b->name, b->l->trust != NULL, &b->files);
    if (!code)
        code = check_signature(b);
    if (!code)
        code = check_any(b);
    return code ? code : read_content(b);
}

// Its documents as one, checked.
static pt_code finish(bundle *b, pt_value *ret) {
    pt_load_clash clash = {0};
    pt_value data = pt_load_merge(b->l->arena, b->documents.v, b->documents.n, &clash);
    if (clash.place.p)
        return bad(
            b, pt_arena_printf(
                   b->l->arena,
                   "bundle load failed on %.*s: conflicting values at %.*s, also defined in %.*s",
                   PT_PRI(clash.later), PT_PRI(clash.place), PT_PRI(clash.first)));
    if (!pt_defined(data))
        return pt_load_full(b->l);
    *ret = data;
    return check_roots(b, data);
}

static pt_code put_document(pt_load *l, pt_load_documents *to, pt_value v, pt_str file) {
    pt_load_document *d = pt_defined(v) ? PT_PUSH(l->arena, to) : NULL;
    if (!d)
        return pt_load_full(l);
    *d = (pt_load_document){v, file};
    return PT_OK;
}

static bool loaded_before(const pt_load *l, pt_str name) {
    for (size_t i = 0; i < l->state->roots.n; i++)
        if (pt_str_eq(l->state->roots.v[i].bundle, name))
            return true;
    return false;
}

static pt_code load_bundle(bundle *b) {
    pt_load *l = b->l;
    pt_value data;
    if (loaded_before(l, b->name))
        return PT_OK;
    b->modules_from = l->state->modules.n;
    pt_code code = read_bundle(b);
    if (!code)
        code = finish(b, &data);
    for (size_t i = 0; i < b->roots.n && !code; i++) {
        pt_load_root *r = PT_PUSH(l->arena, &l->state->roots);
        code = r ? PT_OK : pt_load_full(l);
        if (r)
            *r = b->roots.v[i];
    }
    pt_load_manifest *m = code ? NULL : PT_PUSH(l->arena, &l->state->manifests);
    if (!m)
        return code ? code : pt_load_full(l);
    *m = (pt_load_manifest){b->name, b->manifest};
    return put_document(l, &l->state->bundled, data, b->name);
}

pt_code pt_load_bundle(pt_load *l, const char *path, pt_err *e) {
    size_t faults = l->faults.n;
    size_t diagnostics = l->diagnostics->v.n;
    bundle b = {.l = l};
    pt_code code =
        pt_load_state_of(l) ? pt_load_of_url(l, pt_str_of(path), &b.name) : pt_load_full(l);
    if (!code)
        PT_IGNORE(load_bundle(&b)); // the first fault says
    return pt_load_said(l, faults, diagnostics, e);
}

// The manifest as data.system.bundle.manifest.
static pt_value manifest_data(bundle *b) {
    pt_arena *a = b->l->arena;
    return pt_load_mount(a, (pt_str[]){PT_STR("system"), PT_STR("bundle"), PT_STR("manifest")}, 3,
                         pt_load_manifest_whole(a, b->manifest));
}

pt_code pt_load_archive(pt_load *l, pt_str path, const pt_str *prefix, size_t n_prefix) {
    bundle b = {.l = l, .name = path, .single = true, .modules_from = l->state->modules.n};
    pt_value data = pt_undefined();
    size_t ignored = l->n_ignore;
    l->n_ignore = 0; // of files, not of what is in them
    pt_code code = read_bundle(&b);
    l->n_ignore = ignored;
    if (!code)
        code = finish(&b, &data);
    const pt_value parts[] = {data, manifest_data(&b)};
    for (size_t i = 0; i < PT_COUNT(parts) && !code; i++)
        code = put_document(l, &l->state->documents,
                            pt_load_mount(l->arena, prefix, n_prefix, parts[i]), path);
    return code;
}
