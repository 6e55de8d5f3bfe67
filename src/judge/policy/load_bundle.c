// Bundles: a folder or an archive with a manifest.
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "judge/policy/builtin.h"
#include "judge/policy/load_impl.h"
#include "value/json.h"

typedef enum kind {
    KIND_OTHER,
    KIND_MODULE,
    KIND_JSON,
    KIND_YAML,
    KIND_MANIFEST,
    KIND_REFUSED, // what would have to be heeded
} kind;

static const struct {
    pt_str name;
    bool end; // it is the end of a name rather than the whole
    kind kind;
} KINDS[] = {
    {PT_STR(".rego"), true, KIND_MODULE},        {PT_STR("data.json"), false, KIND_JSON},
    {PT_STR("data.yaml"), false, KIND_YAML},     {PT_STR("data.yml"), false, KIND_YAML},
    {PT_STR(".manifest"), true, KIND_MANIFEST},  {PT_STR(".manifest.pb"), true, KIND_REFUSED},
    {PT_STR("patch.json"), false, KIND_REFUSED},
};

static kind kind_of(pt_str path) {
    pt_str base = pt_load_base(path);
    for (size_t i = 0; i < PT_COUNT(KINDS); i++)
        if (KINDS[i].end ? pt_str_ends(base, KINDS[i].name) : pt_str_eq(base, KINDS[i].name))
            return KINDS[i].kind;
    return KIND_OTHER;
}

// How much of a file is read: nothing of one that does not count.
static size_t bytes_max(pt_str path) {
    static const size_t max[] = {
        [KIND_OTHER] = 0,
        [KIND_MODULE] = PT_REGO_BYTES_MAX,
        [KIND_JSON] = PT_LOAD_FILE_BYTES_MAX,
        [KIND_YAML] = PT_LOAD_FILE_BYTES_MAX,
        [KIND_MANIFEST] = 16 << 20,
        [KIND_REFUSED] = 16 << 20,
    };
    return max[kind_of(path)];
}

typedef struct bundle {
    pt_load *l;
    pt_str name;   // as the caller named it
    pt_str folder; // put before the modules' names; empty for an archive
    bool single;   // -d FILE.tar.gz
    pt_load_entries files;
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

// -- folders --------------------------------------------------------------------------------------

static pt_code list_folder(bundle *b, pt_str folder, unsigned depth);

// NOLINTNEXTLINE(misc-no-recursion): PT_LOAD_FOLDERS_MAX
static pt_code list_entry(bundle *b, pt_str path, unsigned depth) {
    struct stat st;
    if (!path.p)
        return pt_load_full(b->l);
    if (pt_load_ignored(b->l, path) || lstat(path.p, &st) != 0)
        return PT_OK; // or it is gone
    if (S_ISDIR(st.st_mode))
        return list_folder(b, path, depth + 1);
    if (!S_ISREG(st.st_mode) || kind_of(path) == KIND_OTHER)
        return PT_OK;
    if (++b->l->state->files > PT_LOAD_FILES_MAX)
        return pt_load_fail(b->l, PT_E_LIMIT, "more than %d files", PT_LOAD_FILES_MAX);
    pt_load_entry *e = PT_PUSH(b->l->arena, &b->files);
    if (!e)
        return pt_load_full(b->l);
    *e = (pt_load_entry){.path = path};
    return pt_load_read(b->l, path, bytes_max(path), &e->bytes);
}

// NOLINTNEXTLINE(misc-no-recursion): PT_LOAD_FOLDERS_MAX
static pt_code list_folder(bundle *b, pt_str folder, unsigned depth) {
    pt_load_paths paths = {0};
    pt_code code = pt_load_list(b->l, folder, depth, &paths);
    for (size_t i = 0; i < paths.n && !code; i++)
        code = list_entry(b, paths.v[i], depth);
    return code;
}

// Paths within the bundle begin with a slash, as if the folder were the root.
static pt_code read_folder(bundle *b) {
    b->folder = pt_load_clean(b->l->arena, b->name);
    pt_code code = b->folder.p ? list_folder(b, b->folder, 0) : pt_load_full(b->l);
    size_t skip = pt_str_eq(b->folder, PT_STR(".")) || pt_str_eq(b->folder, PT_STR("/"))
                      ? 0
                      : b->folder.n + 1;
    for (size_t i = 0; i < b->files.n && !code; i++) {
        pt_load_entry *e = &b->files.v[i];
        e->path =
            pt_arena_printf(b->l->arena, "/%.*s", PT_PRI(pt_str_sub(e->path, skip, e->path.n)));
        code = e->path.p ? PT_OK : pt_load_full(b->l);
    }
    return code;
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
    pt_code code = label.p ? pt_load_json(b->l, label, e->bytes, &b->manifest) : pt_load_full(b->l);
    if (!code && b->manifest.tag != PT_OBJECT)
        code = bad(b, PT_STR("bundle load failed on manifest decode: it is no object"));
    return code;
}

static bool version_of(pt_value v, pt_rego_version *ret) {
    int64_t n;
    if (!pt_to_int(v, &n) || n < 0 || n > 1)
        return false;
    *ret = n == 0 ? PT_REGO_V0 : PT_REGO_V1;
    return true;
}

// Does the pattern of file_rego_versions name the path? As the function glob.match says it.
static bool glob_matches(bundle *b, pt_value pattern, pt_str path) {
    const pt_fn *match = pt_fn_find(PT_STR("glob.match"));
    static const pt_fn_world world = {0};
    pt_call c = {.arena = b->l->arena, .world = &world};
    const pt_value args[] = {pattern, pt_null(), pt_string(path)};
    return match && pt_true(pt_fn_call(&c, match, args));
}

// The language of one file: what file_rego_versions says, then rego_version, then the caller.
static bool version_for(bundle *b, pt_str path, pt_rego_version *ret) {
    pt_value files = pt_getz(b->manifest, "file_rego_versions");
    pt_value whole = pt_getz(b->manifest, "rego_version");
    *ret = b->l->parse.version;
    for (size_t i = 0; i < pt_len(files); i++)
        if (glob_matches(b, pt_key_at(files, i), path))
            return version_of(pt_val_at(files, i), ret);
    return !pt_defined(whole) || whole.tag == PT_NULL || version_of(whole, ret);
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
    pt_rego_version version;
    pt_module *m;
    size_t from = l->diagnostics->v.n;
    pt_str file = b->folder.n ? pt_load_join(l->arena, b->folder, e->path) : e->path;
    if (!file.p)
        return pt_load_full(l);
    if (!version_for(b, e->path, &version))
        return bad(b,
                   pt_arena_printf(l->arena, "manifest has an unknown rego version for file '%.*s'",
                                   PT_PRI(e->path)));
    pt_code code = pt_load_rego(l, file, e->bytes, version, &m);
    if (code && l->diagnostics->v.n > from && !b->single)
        return say_diagnostics(b, from);
    return code
               ? code
               : pt_load_add_module(l, b->single ? file : pt_load_join(l->arena, b->name, file), m);
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
    pt_str file = b->folder.n ? pt_load_join(l->arena, b->folder, e->path) : e->path;
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

static pt_code read_entry(bundle *b, const pt_load_entry *e) {
    switch (kind_of(e->path)) {
    case KIND_MODULE:
        return read_module(b, e);
    case KIND_JSON:
    case KIND_YAML:
        return read_document(b, e, kind_of(e->path) == KIND_YAML);
    case KIND_REFUSED:
        return bad(b, pt_arena_printf(b->l->arena, "%.*s is not supported", PT_PRI(e->path)));
    case KIND_OTHER:
    case KIND_MANIFEST:
        break;
    }
    return PT_OK;
}

static pt_code read_content(bundle *b) {
    pt_code code = PT_OK;
    for (size_t i = 0; i < b->files.n && !code; i++)
        if (kind_of(b->files.v[i].path) == KIND_MANIFEST)
            code = read_manifest(b, &b->files.v[i]);
    for (size_t i = 0; i < b->files.n && !code; i++)
        code = read_entry(b, &b->files.v[i]);
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

static pt_code read_bundle(bundle *b) {
    struct stat st;
    pt_assert(b->name.p);
    if (stat(b->name.p, &st) != 0) {
        int sys = errno;
        if (b->single)
            return pt_load_fail_sys(b->l, sys, "stat", b->name);
        pt_str call = pt_arena_printf(b->l->arena, "loading error: error reading \"%.*s\": stat",
                                      PT_PRI(b->name));
        return pt_load_fail_sys(b->l, sys, call.p ? call.p : "stat", b->name);
    }
    pt_code code =
        S_ISDIR(st.st_mode) ? read_folder(b) : pt_load_untar(b->l, b->name, bytes_max, &b->files);
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
    return code ? code : put_document(l, &l->state->bundled, data, b->name);
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
    pt_value m = b->manifest;
    if (!pt_defined(m)) {
        pt_value root = pt_stringz("");
        m = pt_object_of(a,
                         (pt_value[]){pt_stringz("revision"), root, pt_stringz("roots"),
                                      pt_array_of(a, &root, 1)},
                         2, NULL);
    }
    return pt_load_mount(a, (pt_str[]){PT_STR("system"), PT_STR("bundle"), PT_STR("manifest")}, 3,
                         m);
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
