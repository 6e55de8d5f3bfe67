#include <stdlib.h>

#include "judge/policy/fn/token.h"
#include "judge/policy/inspect.h"
#include "judge/policy/load_impl.h"
#include "value/json.h"

// A file in a namespace.
typedef struct member {
    pt_str space, file;
    size_t seq;
} member;

typedef struct inspector {
    pt_load *l;
    pt_str name;
    pt_load_files files;
    pt_load_contents *out;
    PT_VEC(member) members;
} inspector;

static pt_code bad(inspector *i, pt_str what) {
    return what.p
               ? pt_load_fail(i->l, PT_E_FORMAT, "bundle %.*s: %.*s", PT_PRI(i->name), PT_PRI(what))
               : pt_load_full(i->l);
}

// A file as it is shown: a folder's with the folder.
static pt_str shown(inspector *i, pt_str path) {
    pt_arena *a = i->l->arena;
    return i->files.folder.n ? pt_load_join(a, i->files.folder, path) : pt_load_clean(a, path);
}

static pt_code add_space(inspector *i, pt_str space, pt_str file) {
    member *m = space.p && file.p ? PT_PUSH(i->l->arena, &i->members) : NULL;
    if (!m)
        return pt_load_full(i->l);
    *m = (member){space, file, i->members.n};
    return PT_OK;
}

// -- modules --------------------------------------------------------------------------------------

static pt_code add_note(inspector *i, const pt_module *m, const pt_annotations *a) {
    pt_arena *arena = i->l->arena;
    const pt_rule *r = a->rule;
    pt_list path = {.a = arena};
    for (size_t k = 1; k < m->package->items.n; k++)
        pt_list_add(&path, m->package->items.v[k]->value);
    bool whole = r && r->ref->kind == PT_TERM_REF;
    if (r)
        pt_list_add(&path, pt_string(whole ? r->ref->items.v[0]->sym->name : r->ref->sym->name));
    for (size_t k = 1; whole && k < r->ref->items.n; k++) {
        if (r->ref->items.v[k]->kind != PT_TERM_CONST)
            break; // what is behind a variable is of no path
        pt_list_add(&path, r->ref->items.v[k]->value);
    }
    pt_load_note *note = PT_PUSH(arena, &i->out->notes);
    pt_value keys = pt_list_end(&path);
    if (!note || !pt_defined(keys))
        return pt_load_full(i->l);
    *note = (pt_load_note){
        .says = a->value,
        .path = keys,
        .package = pt_loc_text(m->package->loc),
        .rule = r ? pt_loc_text(r->ref->loc) : (pt_str){0},
        .place = r ? r->loc : m->package_loc,
        .metadata = a->loc,
    };
    return PT_OK;
}

static pt_code add_module(inspector *i, pt_str file, pt_str bytes, pt_rego_version version) {
    pt_module *m;
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(1 << 20);
    PT_VEC(pt_value) keys = {0};
    pt_code code = pt_load_rego(i->l, file, bytes, version, &m);
    for (size_t k = 1; !code && k < m->package->items.n; k++) {
        pt_value *slot = PT_PUSH(i->l->arena, &keys);
        if (!slot)
            return pt_load_full(i->l);
        *slot = m->package->items.v[k]->value;
    }
    if (code)
        return code;
    pt_module **kept = PT_PUSH(i->l->arena, &i->out->modules);
    if (!kept)
        return pt_load_full(i->l);
    *kept = m;
    pt_load_put_place(&b, keys.v, keys.n);
    code = add_space(i, pt_arena_str(i->l->arena, pt_buf_str(&b)), file);
    for (size_t k = 0; k < m->annotations.n && !code; k++)
        code = add_note(i, m, m->annotations.v[k]);
    return code;
}

// -- other files ----------------------------------------------------------------------------------

// "data.a.b" of a/b/data.json.
static pt_code add_data(inspector *i, pt_str path) {
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(1 << 20);
    pt_str clean = pt_load_trim(pt_load_clean(i->l->arena, path));
    pt_str folder = pt_load_trim(pt_str_sub(clean, 0, clean.n - pt_load_base(clean).n));
    pt_str key;
    pt_buf_putz(&b, "data");
    while (pt_str_split(&folder, '/', &key))
        pt_buf_printf(&b, ".%.*s", PT_PRI(key));
    return add_space(i, pt_arena_str(i->l->arena, pt_buf_str(&b)), shown(i, path));
}

static pt_str entrypoint_ref(inspector *i, pt_str entrypoint) {
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(1 << 20);
    pt_str rest = pt_load_trim(entrypoint);
    pt_str key;
    pt_buf_putz(&b, "data");
    while (pt_str_split(&rest, '/', &key))
        pt_buf_printf(&b, ".%.*s", PT_PRI(key));
    return pt_arena_str(i->l->arena, pt_buf_str(&b));
}

// A resolver's module by the name of its file; a manifest may leave out the bundle's folder.
static pt_str module_of(inspector *i, pt_value resolver) {
    pt_str module = pt_text(pt_getz(resolver, "module"));
    pt_str full = i->files.folder.n ? shown(i, module) : module;
    for (size_t k = 0; k < i->files.v.n; k++)
        if (pt_str_eq(shown(i, i->files.v.v[k].path), full))
            return full;
    return module;
}

// A Wasm module, and the rules that the manifest says it answers.
static pt_value wasm_of(inspector *i, pt_str path) {
    pt_value resolvers = pt_getz(i->out->manifest, "wasm");
    pt_str file = shown(i, path);
    pt_list entrypoints = {.a = i->l->arena};
    for (size_t k = 0; k < pt_len(resolvers); k++) {
        pt_str module = module_of(i, pt_at(resolvers, k));
        if (pt_str_eq(module, path) || pt_str_eq(module, file))
            pt_list_add(&entrypoints, pt_string(entrypoint_ref(
                                          i, pt_text(pt_getz(pt_at(resolvers, k), "entrypoint")))));
    }
    pt_value list = pt_list_end(&entrypoints);
    pt_obj o = {.a = i->l->arena};
    pt_obj_set(&o, "entrypoints", pt_len(list) ? list : pt_null());
    pt_obj_set(&o, "path", pt_string(i->files.folder.n ? file : path));
    pt_obj_set(&o, "url",
               pt_string(i->files.folder.n ? file : pt_load_join(i->l->arena, i->name, path)));
    return pt_obj_end(&o);
}

// The object with another value for a key that it has.
static pt_value with_value(pt_arena *a, pt_value o, const char *key, pt_value v) {
    pt_value *pairs = PT_NEW(a, pt_value, 2 * pt_len(o));
    for (size_t k = 0; pairs && k < pt_len(o); k++) {
        pairs[2 * k] = pt_key_at(o, k);
        pairs[2 * k + 1] = pt_str_eqz(pt_text(pt_key_at(o, k)), key) ? v : pt_val_at(o, k);
    }
    return pairs ? pt_object_of(a, pairs, pt_len(o), NULL) : pt_undefined();
}

// The manifest, with modules by the names of their files.
static pt_value with_modules(inspector *i) {
    pt_arena *a = i->l->arena;
    pt_value resolvers = pt_getz(i->out->manifest, "wasm");
    pt_list all = {.a = a};
    for (size_t k = 0; k < pt_len(resolvers); k++) {
        pt_value r = pt_at(resolvers, k);
        pt_list_add(&all, with_value(a, r, "module", pt_string(module_of(i, r))));
    }
    return with_value(a, i->out->manifest, "wasm", pt_list_end(&all));
}

static pt_code add_resolvers(inspector *i) {
    pt_value resolvers = pt_getz(i->out->manifest, "wasm");
    pt_code code = PT_OK;
    for (size_t k = 0; k < pt_len(resolvers) && !code; k++) {
        pt_value r = pt_at(resolvers, k);
        code = add_space(i, entrypoint_ref(i, pt_text(pt_getz(r, "entrypoint"))), module_of(i, r));
    }
    return code;
}

static pt_code read_json(inspector *i, const pt_load_entry *e, pt_value *ret) {
    pt_str label = pt_arena_printf(i->l->arena, "bundle %.*s: bundle load failed on %.*s",
                                   PT_PRI(i->name), PT_PRI(e->path));
    return label.p ? pt_load_json(i->l, label, e->bytes, ret) : pt_load_full(i->l);
}

static pt_code read_manifest(inspector *i) {
    pt_value said = pt_undefined();
    pt_value v = pt_undefined();
    pt_str why = {0};
    pt_code code = PT_OK;
    for (size_t k = 0; k < i->files.v.n && !code; k++) {
        if (pt_load_kind_of(i->files.v.v[k].path) != PT_LOAD_MANIFEST)
            continue;
        if (pt_defined(said))
            return bad(i, PT_STR("bundle contains multiple manifest files"));
        code = read_json(i, &i->files.v.v[k], &v);
        if (!code)
            code = pt_load_manifest_of(i->l, v, &said, &why);
    }
    if (code)
        return why.p ? bad(i, why) : code;
    i->out->manifest = pt_load_manifest_whole(i->l->arena, said);
    return pt_defined(i->out->manifest) ? PT_OK : pt_load_full(i->l);
}

static pt_code read_modules(inspector *i) {
    pt_code any = PT_OK;
    for (size_t k = 0; k < i->files.v.n; k++) {
        const pt_load_entry *e = &i->files.v.v[k];
        if (pt_load_kind_of(e->path) != PT_LOAD_MODULE)
            continue;
        pt_code code = add_module(i, shown(i, e->path), e->bytes,
                                  pt_load_version_of(i->l, i->out->manifest, e->path));
        any = any ? any : code;
    }
    return any;
}

static pt_code read_others(inspector *i, pt_list *wasm) {
    pt_code code = PT_OK;
    for (size_t k = 0; k < i->files.v.n && !code; k++) {
        const pt_load_entry *e = &i->files.v.v[k];
        pt_load_kind kind = pt_load_kind_of(e->path);
        if (kind == PT_LOAD_JSON || kind == PT_LOAD_YAML)
            code = add_data(i, e->path);
        else if (kind == PT_LOAD_SIGNATURES)
            code = read_json(i, e, &i->out->signatures);
        else if (kind == PT_LOAD_REFUSED)
            code = bad(i, pt_arena_printf(i->l->arena, "%.*s is not supported", PT_PRI(e->path)));
        else if (pt_str_eqz(pt_load_base(e->path), "policy.wasm"))
            pt_list_add(wasm, wasm_of(i, e->path));
    }
    return code;
}

// -- all of it ------------------------------------------------------------------------------------

static int by_place(const void *x, const void *y) {
    const pt_load_note *a = x;
    const pt_load_note *b = y;
    int order = pt_cmp(a->path, b->path);
    if (!order)
        order = pt_str_cmp(a->metadata.source->file, b->metadata.source->file);
    return order ? order
                 : (a->metadata.row > b->metadata.row) - (a->metadata.row < b->metadata.row);
}

static int by_space(const void *x, const void *y) {
    const member *a = x;
    const member *b = y;
    int order = pt_str_cmp(a->space, b->space);
    return order ? order : (a->seq > b->seq) - (a->seq < b->seq);
}

// {"data.a": ["x", "y"]}, the files in the order in which they came.
static pt_value spaces_of(inspector *i) {
    pt_arena *a = i->l->arena;
    size_t n = i->members.n;
    size_t out = 0;
    const member *v = i->members.v;
    pt_value *pairs = PT_NEW(a, pt_value, 2 * n);
    if (pairs && n)
        qsort(i->members.v, n, sizeof *v, by_space);
    for (size_t k = 0, end; pairs && k < n; k = end) {
        pt_list files = {.a = a};
        for (end = k; end < n && pt_str_eq(v[end].space, v[k].space); end++)
            pt_list_add(&files, pt_string(v[end].file));
        pairs[out++] = pt_string(v[k].space);
        pairs[out++] = pt_list_end(&files);
        if (!pt_defined(pairs[out - 1]))
            return pt_undefined();
    }
    return pairs ? pt_object_of(a, pairs, out / 2, NULL) : pt_undefined();
}

static pt_code inspect_bundle(inspector *i) {
    pt_list wasm = {.a = i->l->arena};
    pt_code code = pt_load_files_of(i->l, i->name, true, &i->files);
    if (!code)
        code = read_manifest(i);
    if (!code)
        code = read_modules(i);
    if (!code)
        code = read_others(i, &wasm);
    if (!code)
        code = add_resolvers(i);
    i->out->wasm = pt_list_end(&wasm);
    if (!code && pt_defined(pt_getz(i->out->manifest, "wasm")))
        i->out->manifest = with_modules(i);
    return code || pt_defined(i->out->wasm) ? code : pt_load_full(i->l);
}

static pt_code inspect_module(inspector *i) {
    pt_str bytes;
    pt_code code = pt_load_read(i->l, i->name, PT_REGO_BYTES_MAX, &bytes);
    return code ? code
                : add_module(i, pt_load_clean(i->l->arena, i->name), bytes, i->l->parse.version);
}

pt_code pt_load_inspect(pt_load *l, const char *path, pt_load_contents *ret, pt_err *e) {
    size_t faults = l->faults.n;
    size_t diagnostics = l->diagnostics->v.n;
    inspector i = {.l = l, .out = ret};
    *ret = (pt_load_contents){0};
    pt_code code =
        pt_load_state_of(l) ? pt_load_of_url(l, pt_str_of(path), &i.name) : pt_load_full(l);
    if (!code)
        code = pt_str_ends(i.name, PT_STR(".rego")) ? inspect_module(&i) : inspect_bundle(&i);
    if (!code) {
        ret->namespaces = spaces_of(&i);
        code = pt_defined(ret->namespaces) ? PT_OK : pt_load_full(l);
    }
    if (ret->notes.n)
        qsort(ret->notes.v, ret->notes.n, sizeof *ret->notes.v, by_place);
    return code ? pt_load_said(l, faults, diagnostics, e) : PT_OK;
}

pt_value pt_load_signature_says(pt_load *l, pt_value signatures) {
    static const pt_fn_world world = {0};
    static const pt_json_opts opts = {.depth_max = 64};
    static const char *const fields[] = {"keyid", "scope"};
    pt_call c = {.arena = l->arena, .world = &world};
    pt_token t;
    pt_value payload = pt_undefined();
    if (!pt_token_read(&c, pt_text(pt_at(pt_getz(signatures, "signatures"), 0)), &t) ||
        pt_json_parse(l->arena, t.payload, &opts, &payload, NULL))
        return pt_undefined();
    pt_obj o = {.a = l->arena};
    pt_obj_set(&o, "algorithm", pt_string(t.algorithm));
    pt_obj_set(&o, "kid", pt_string(t.kid));
    for (size_t i = 0; i < PT_COUNT(fields); i++)
        pt_obj_set(&o, fields[i], pt_string(pt_text(pt_getz(payload, fields[i]))));
    pt_obj_set(&o, "files", pt_int((int64_t)pt_len(pt_getz(payload, "files"))));
    return pt_obj_end(&o);
}
