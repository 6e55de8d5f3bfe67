// Schemas, as `opa eval --schema` takes them.
#include <errno.h>
#include <sys/stat.h>

#include "judge/policy/load_impl.h"
#include "value/json.h"

typedef struct found { // a file or a folder
    pt_str path;
    const pt_value *keys;
    size_t n;
    unsigned depth; // of folders around it
} found;

static pt_code read_schema(pt_load *l, const found *f, pt_schemas *ret) {
    pt_str bytes;
    pt_schema_named named = {.path = pt_array_of(l->arena, f->keys, f->n)};
    if (++l->state->files > PT_LOAD_FILES_MAX)
        return pt_load_fail(l, PT_E_LIMIT, "more than %d files", PT_LOAD_FILES_MAX);
    pt_code code = pt_load_read(l, f->path, PT_LOAD_SCHEMA_BYTES_MAX, &bytes);
    if (code)
        return code;
    code = pt_json_parse(l->arena, bytes, NULL, &named.doc, NULL);
    if (code == PT_E_FORMAT)
        code = pt_load_yaml(l, f->path, bytes, &named.doc);
    else if (code)
        code = pt_load_json(l, f->path, bytes, &named.doc); // which says why
    if (code)
        return code;
    pt_schema_named *slot = pt_defined(named.path) ? PT_PUSH(l->arena, &ret->s) : NULL;
    if (!slot)
        return pt_load_full(l);
    *slot = named;
    return PT_OK;
}

// "a/b.schema.json" is "b.schema".
static pt_value key_of(const found *f, bool folder) {
    pt_str name = pt_load_base(f->path);
    return pt_string(folder ? name : pt_str_sub(name, 0, pt_str_rfind(name, '.')));
}

// NOLINTNEXTLINE(misc-no-recursion): PT_LOAD_FOLDERS_MAX
static pt_code read_folder(pt_load *l, const found *in, pt_schemas *ret) {
    pt_load_paths paths = {0};
    pt_code code = pt_load_list(l, in->path, in->depth, &paths);
    for (size_t i = 0; i < paths.n && !code; i++) {
        struct stat st;
        found f = {.path = paths.v[i], .n = in->n + 1, .depth = in->depth + 1};
        if (lstat(f.path.p, &st) != 0)
            return pt_load_fail_sys(l, errno, "stat", f.path);
        bool folder = S_ISDIR(st.st_mode);
        if (stat(f.path.p, &st) == 0 && !S_ISREG(st.st_mode) && !S_ISDIR(st.st_mode))
            continue; // a pipe within a folder would wait for ever
        pt_value *keys = PT_NEW(l->arena, pt_value, f.n);
        if (!keys)
            return pt_load_full(l);
        for (size_t k = 0; k < in->n; k++)
            keys[k] = in->keys[k];
        keys[in->n] = key_of(&f, folder);
        f.keys = keys;
        code = folder ? read_folder(l, &f, ret) : read_schema(l, &f, ret);
    }
    return code;
}

static pt_code read_any(pt_load *l, const char *path, pt_schemas *ret) {
    struct stat st;
    found f = {0};
    if (!pt_load_state_of(l))
        return pt_load_full(l);
    pt_code code = pt_load_of_url(l, pt_str_of(path), &f.path);
    if (code)
        return code;
    if (stat(f.path.p, &st) != 0)
        return pt_load_fail_sys(l, errno, "stat", f.path);
    return S_ISDIR(st.st_mode) ? read_folder(l, &f, ret) : read_schema(l, &f, ret);
}

pt_code pt_load_schemas(pt_load *l, const char *path, pt_schemas *ret, pt_err *e) {
    size_t faults = l->faults.n;
    PT_IGNORE(read_any(l, path, ret)); // the first fault says
    return pt_load_said(l, faults, l->diagnostics->v.n, e);
}
