// Delta bundles: patch.json changes the data of a bundle that was loaded before.
//
//   {"data": [{"op": "upsert" | "replace" | "remove", "path": "/a/b", "value": …}]}
//
// Paths are those of JSON Patch (RFC 6902), with escapes of URLs besides. What an upsert's path
// passes through is made.
#include "judge/policy/fn/edit_tree.h"
#include "judge/policy/load_impl.h"
#include "value/json.h"

enum {
    PATCHES_MAX = 1000000,
    KEYS_MAX = 1000, // of a path
};

typedef struct patcher {
    pt_load *l;
    pt_str bundle;
    pt_load_files files;
    pt_value patches;
    pt_value manifest; // undefined: the delta has none
    pt_load_roots roots;
    pt_call call;
    pt_edit *edit;
} patcher;

static pt_code bad(patcher *p, pt_str what) {
    return what.p ? pt_load_fail(p->l, PT_E_FORMAT, "bundle %.*s: %.*s", PT_PRI(p->bundle),
                                 PT_PRI(what))
                  : pt_load_full(p->l);
}
#define BAD(p, ...) bad((p), pt_arena_printf((p)->l->arena, __VA_ARGS__))

// -- reading --------------------------------------------------------------------------------------

pt_code pt_load_patches_of(pt_load *l, pt_str label, pt_str bytes, pt_value *ret) {
    pt_value v;
    pt_code code = pt_load_json(l, label, bytes, &v);
    if (code)
        return code;
    *ret = pt_getz(v, "data");
    bool ok = (v.tag == PT_OBJECT || v.tag == PT_NULL) &&
              (!pt_defined(*ret) || ret->tag == PT_NULL || ret->tag == PT_ARRAY);
    return ok ? PT_OK
              : pt_load_fail(l, PT_E_FORMAT, "%.*s: it is no list of patches", PT_PRI(label));
}

static pt_code read_file(patcher *p, const pt_load_entry *e) {
    pt_load *l = p->l;
    pt_value v;
    pt_str why = {0};
    pt_str label = pt_arena_printf(l->arena, "bundle %.*s: bundle load failed on %.*s",
                                   PT_PRI(p->bundle), PT_PRI(e->path));
    if (!label.p)
        return pt_load_full(l);
    pt_code code;
    switch (pt_load_kind_of(e->path)) {
    case PT_LOAD_PATCH:
        return pt_load_patches_of(l, label, e->bytes, &p->patches);
    case PT_LOAD_MANIFEST:
        code = pt_load_json(l, label, e->bytes, &v);
        if (!code)
            code = pt_load_manifest_of(l, v, &p->manifest, &why);
        return why.p ? bad(p, why) : code;
    case PT_LOAD_JSON:
    case PT_LOAD_YAML:
        return BAD(p, "delta bundle expected to contain only patch file but data files found");
    case PT_LOAD_MODULE:
        return BAD(p, "delta bundle expected to contain only patch file but policy files found");
    case PT_LOAD_REFUSED:
        return BAD(p, "%.*s is not supported", PT_PRI(e->path));
    case PT_LOAD_OTHER:
    case PT_LOAD_SIGNATURES:
        break;
    }
    return PT_OK;
}

static pt_code read_delta(patcher *p) {
    pt_code code = pt_load_files_of(p->l, p->bundle, false, &p->files);
    for (size_t i = 0; i < p->files.v.n && !code; i++)
        code = read_file(p, &p->files.v.v[i]);
    if (!code && pt_len(p->patches) == 0)
        return BAD(p, "it is no delta bundle: a patch.json is wanted");
    if (!code && pt_len(p->patches) > PATCHES_MAX)
        return pt_load_fail(p->l, PT_E_LIMIT, "bundle %.*s: more than %d patches",
                            PT_PRI(p->bundle), PATCHES_MAX);
    return code ? code
                : pt_load_roots_of(p->l, p->bundle, pt_getz(p->manifest, "roots"), &p->roots);
}

// A delta is of one bundle: of that which owns the same roots.
static pt_code check_roots(patcher *p) {
    const pt_load_roots *have = &p->l->state->roots;
    bool same = p->l->state->manifests.n == 1 && have->n == p->roots.n;
    for (size_t i = 0; same && i < have->n; i++)
        same = pt_str_eq(have->v[i].key, p->roots.v[i].key);
    return same ? PT_OK
                : BAD(p, "delta bundle has manifest roots that are different from those of the one "
                         "bundle that it changes");
}

// -- applying -------------------------------------------------------------------------------------

// "a~1b" is "a/b". A tilde of a URL's escape is one, too, as OPA has it.
static pt_value key_of(patcher *p, pt_str s) {
    PT_AUTO(pt_buf_done) pt_buf plain = PT_BUF(s.n + 1);
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(s.n + 1);
    if (!pt_load_unescape(&plain, s))
        return pt_undefined();
    s = pt_buf_str(&plain);
    while (s.n) {
        bool slash = pt_str_starts(s, PT_STR("~1"));
        bool tilde = pt_str_starts(s, PT_STR("~0"));
        pt_buf_put(&b, slash ? PT_STR("/") : pt_str_sub(s, 0, 1));
        s = pt_str_sub(s, slash || tilde ? 2 : 1, s.n);
    }
    pt_str key = pt_arena_str(p->l->arena, pt_buf_str(&b));
    return key.p && pt_str_utf8(key, NULL) ? pt_string(key) : pt_undefined();
}

// The keys of a path that lies within the roots, once its escapes are undone.
static pt_code path_of(patcher *p, pt_str text, pt_value *ret) {
    pt_str rest = pt_load_trim(text);
    PT_AUTO(pt_buf_done) pt_buf root = PT_BUF(1 << 20);
    pt_list keys = {.a = p->l->arena};
    pt_str part;
    for (size_t n = 0; pt_str_split(&rest, '/', &part); n++) {
        pt_value k = n < KEYS_MAX ? key_of(p, part) : pt_undefined();
        if (!pt_defined(k))
            return BAD(p, "error parsing patch path '%.*s'", PT_PRI(text));
        if (!pt_load_root_key(&root, pt_text(k)))
            return pt_load_full(p->l);
        pt_list_add(&keys, k);
    }
    if (!pt_load_roots_hold(&p->roots, pt_buf_str(&root)))
        return BAD(p, "manifest roots do not permit data patch at path '%.*s'", PT_PRI(text));
    *ret = pt_list_end(&keys);
    return pt_defined(*ret) ? PT_OK : pt_load_full(p->l);
}

static pt_value up_to(patcher *p, pt_value path, size_t n) {
    pt_list keys = {.a = p->l->arena};
    for (size_t i = 0; i < n; i++)
        pt_list_add(&keys, pt_at(path, i));
    return pt_list_end(&keys);
}

// Make the folders of an upsert that are not there.
static pt_code make_parents(patcher *p, pt_value path, pt_str text) {
    size_t there = pt_len(path) - 1;
    pt_tag tag;
    while ((tag = pt_edit_tag(p->edit, up_to(p, path, there))) == PT_UNDEFINED && there > 0)
        there--;
    bool make = there + 1 < pt_len(path);
    if (make ? tag != PT_OBJECT : tag != PT_OBJECT && tag != PT_ARRAY)
        return BAD(p, "patch '%.*s': what stands above it is no object", PT_PRI(text));
    while (++there < pt_len(path))
        if (!pt_edit_insert(p->edit, up_to(p, path, there),
                            pt_object_of(p->l->arena, NULL, 0, NULL)))
            break; // the fault says
    return PT_OK;
}

typedef enum op {
    OP_UPSERT,
    OP_REPLACE,
    OP_REMOVE,
    OPS,
} op;

static op op_of(pt_str name) {
    static const char *const names[] = {"upsert", "replace", "remove"};
    for (op o = 0; o < OPS; o++)
        if (pt_str_eqz(name, names[o]))
            return o;
    return OPS;
}

// Can it be done where it is asked for?
static pt_code prepare(patcher *p, op o, pt_value path, pt_str text, pt_value v) {
    if (pt_len(path) == 0 && o == OP_REMOVE)
        return BAD(p, "root cannot be removed");
    if (pt_len(path) == 0)
        return v.tag == PT_OBJECT ? PT_OK : BAD(p, "root must be object");
    if (o == OP_UPSERT)
        return make_parents(p, path, text);
    return pt_edit_tag(p->edit, path) != PT_UNDEFINED
               ? PT_OK
               : BAD(p, "patch '%.*s': document does not exist", PT_PRI(text));
}

static pt_code apply(patcher *p, pt_value patch) {
    pt_str name = pt_text(pt_getz(patch, "op"));
    pt_str text = pt_text(pt_getz(patch, "path"));
    pt_value said = pt_getz(patch, "value");
    pt_value v = pt_defined(said) ? said : pt_null();
    pt_value path = pt_undefined();
    op o = op_of(name);
    pt_code code =
        o < OPS ? path_of(p, text, &path) : BAD(p, "bad patch operation: %.*s", PT_PRI(name));
    if (!code)
        code = prepare(p, o, path, text, v);
    if (code)
        return code;
    if (o != OP_UPSERT)
        PT_IGNORE(pt_edit_delete(p->edit, path)); // the fault says
    if (o != OP_REMOVE && !p->call.fault)
        PT_IGNORE(pt_edit_insert(p->edit, path, v));
    if (p->call.fault == PT_FAULT_LIMIT)
        return pt_load_full(p->l);
    return p->call.fault ? BAD(p, "patch '%.*s': %.*s", PT_PRI(text), PT_PRI(p->call.message))
                         : PT_OK;
}

static pt_code apply_all(patcher *p) {
    static const pt_fn_world world = {0};
    p->call = (pt_call){.arena = p->l->arena, .world = &world};
    p->edit = pt_edit_new(&p->call, p->l->data);
    pt_code code = p->edit ? PT_OK : pt_load_full(p->l);
    for (size_t i = 0; i < pt_len(p->patches) && !code; i++)
        code = apply(p, pt_at(p->patches, i));
    if (code)
        return code;
    pt_value v = pt_edit_end(p->edit);
    if (!pt_defined(v))
        return pt_load_full(p->l);
    p->l->data = v;
    p->l->state->delta = (pt_load_manifest){p->bundle, p->manifest};
    return PT_OK;
}

pt_code pt_load_delta(pt_load *l, const char *path, pt_err *e) {
    size_t faults = l->faults.n;
    patcher p = {.l = l};
    pt_code code = pt_load_of_url(l, pt_str_of(path), &p.bundle);
    if (!code && l->trust)
        code = BAD(&p, "delta bundles do not support signature verification");
    if (!code)
        code = read_delta(&p);
    if (!code)
        code = check_roots(&p);
    if (!code)
        PT_IGNORE(apply_all(&p)); // the first fault says
    return pt_load_said(l, faults, l->diagnostics->v.n, e);
}
