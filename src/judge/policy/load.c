// Files and folders.
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"
#include "judge/policy/as_json.h"
#include "judge/policy/load_impl.h"
#include "value/json.h"

// What is said of a path, and where its data stands.
typedef struct place {
    pt_str path;
    const pt_str *keys;
    size_t n;
    unsigned depth; // folders between it and what the caller named
} place;

struct pt_load_state *pt_load_state_of(pt_load *l) {
    if (!l->state)
        l->state = PT_NEW(l->arena, struct pt_load_state, 1);
    return l->state;
}

static pt_code note_fault(pt_load *l, pt_code code, pt_str message) {
    pt_load_fault *f = message.p ? PT_PUSH(l->arena, &l->faults) : NULL;
    if (f)
        *f = (pt_load_fault){code, message, l->diagnostics->v.n};
    return f ? code : PT_E_NOMEM;
}

pt_code pt_load_fail(pt_load *l, pt_code code, const char *fmt, ...) {
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(1 << 16);
    va_list ap;
    va_start(ap, fmt);
    pt_buf_vprintf(&b, fmt, ap);
    va_end(ap);
    return note_fault(l, code, pt_arena_str(l->arena, pt_buf_str(&b)));
}

pt_code pt_load_fail_sys(pt_load *l, int sys, const char *call, pt_str path) {
    const char *text = pt_errno_text(sys);
    pt_err e = {0};
    pt_code code = pt_err_sys(&e, sys, "%s", text);
    return pt_load_fail(l, code, "%s %.*s: %c%s", call, PT_PRI(path),
                        tolower((unsigned char)text[0]), text + 1);
}

pt_code pt_load_full(pt_load *l) {
    l->diagnostics->full = true; // even the fault may have no room
    return pt_load_fail(l, PT_E_NOMEM, "policies and data need more memory than the limit");
}

pt_code pt_load_said(const pt_load *l, size_t first, size_t first_diagnostic, pt_err *e) {
    const pt_load_fault *f = first < l->faults.n ? &l->faults.v[first] : NULL;
    if (f)
        return pt_err_set(e, f->code, "%.*s", PT_PRI(f->message));
    if (l->diagnostics->full)
        return pt_err_set(e, PT_E_NOMEM, "policies and data need more memory than the limit");
    if (first_diagnostic >= l->diagnostics->v.n)
        return PT_OK;
    const pt_diagnostic *d = &l->diagnostics->v.v[first_diagnostic];
    pt_code code =
        pt_err_set(e, PT_E_FORMAT, "%s: %.*s", pt_rego_code_name(d->code), PT_PRI(d->message));
    pt_err_at(e, "%.*s", PT_PRI(d->file));
    if (e) {
        e->line = d->row;
        e->column = d->column;
    }
    return code;
}

// -- one file -------------------------------------------------------------------------------------

// Read a regular file of `size` bytes into the arena: no copy.
static pt_code read_regular(pt_load *l, int fd, size_t size, pt_str path, pt_str *ret) {
    char *p = pt_arena_take(l->arena, size + 1);
    if (!p)
        return pt_load_full(l);
    size_t at = 0;
    while (at < size) {
        ssize_t n = read(fd, p + at, size - at);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return pt_load_fail_sys(l, errno, "read", path);
        if (n == 0)
            break;
        at += (size_t)n;
    }
    p[at] = '\0';
    *ret = (pt_str){p, at};
    return PT_OK;
}

static pt_code read_stream(pt_load *l, int fd, size_t bytes_max, pt_str path, pt_str *ret) {
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(bytes_max);
    pt_err e = {0};
    pt_code code = pt_fd_read_all(fd, &b, &e);
    if (code)
        return pt_load_fail(l, code, "read %.*s: %s", PT_PRI(path), e.what);
    *ret = pt_arena_str(l->arena, pt_buf_str(&b));
    return ret->p ? PT_OK : pt_load_full(l);
}

pt_code pt_load_read(pt_load *l, pt_str path, size_t bytes_max, pt_str *ret) {
    PT_AUTO(pt_fd_close) int fd = open(path.p, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    struct stat st;
    if (fd < 0 || fstat(fd, &st) != 0)
        return pt_load_fail_sys(l, errno, "open", path);
    if (S_ISDIR(st.st_mode))
        return pt_load_fail_sys(l, EISDIR, "read", path);
    if (st.st_size > 0 && (uint64_t)st.st_size > bytes_max)
        return pt_load_fail(l, PT_E_LIMIT, "%.*s: larger than %zu bytes", PT_PRI(path), bytes_max);
    if (S_ISREG(st.st_mode) && st.st_size > 0)
        return read_regular(l, fd, (size_t)st.st_size, path, ret);
    return read_stream(l, fd, bytes_max, path, ret);
}

static pt_code bad_document(pt_load *l, pt_str file, const char *how, const pt_err *e) {
    return pt_load_fail(l, e->code, "%.*s: %s%s (line %u, column %u)", PT_PRI(file), how, e->what,
                        e->line, e->column);
}

pt_code pt_load_parse(pt_arena *a, pt_str bytes, bool yaml, pt_value *ret, pt_err *e) {
    pt_code code = pt_json_parse(a, bytes, NULL, ret, yaml ? NULL : e);
    return yaml && code && code != PT_E_NOMEM ? pt_yaml_as_json(a, bytes, ret, e) : code;
}

static pt_code load_text(pt_load *l, pt_str file, pt_str bytes, bool yaml, pt_value *ret) {
    pt_err e = {0};
    pt_code code = pt_load_parse(l->arena, bytes, yaml, ret, &e);
    if (code == PT_E_NOMEM)
        return pt_load_full(l);
    return code ? bad_document(l, file, yaml ? "error converting YAML to JSON: " : "", &e) : PT_OK;
}

pt_code pt_load_json(pt_load *l, pt_str file, pt_str bytes, pt_value *ret) {
    return load_text(l, file, bytes, false, ret);
}

pt_code pt_load_yaml(pt_load *l, pt_str file, pt_str bytes, pt_value *ret) {
    return load_text(l, file, bytes, true, ret);
}

pt_code pt_load_rego(pt_load *l, pt_str file, pt_str bytes, pt_rego_version version,
                     pt_module **ret) {
    size_t bad;
    if (bytes.n > PT_REGO_BYTES_MAX)
        return pt_load_fail(l, PT_E_LIMIT, "%.*s: larger than %d bytes", PT_PRI(file),
                            PT_REGO_BYTES_MAX);
    if (!pt_str_utf8(bytes, &bad))
        return pt_load_fail(l, PT_E_FORMAT, "%.*s: not UTF-8 (byte %zu)", PT_PRI(file), bad);
    pt_source *s = PT_NEW(l->arena, pt_source, 1);
    if (!s)
        return pt_load_full(l);
    *s = (pt_source){file, bytes};
    pt_parse_opts opts = l->parse;
    opts.version = version;
    *ret = pt_parse_module(l->symbols, s, &opts, l->diagnostics);
    if (!*ret && l->diagnostics->full)
        return pt_load_full(l);
    return *ret ? PT_OK : PT_E_FORMAT;
}

pt_code pt_load_add_module(pt_load *l, pt_str name, pt_str path, pt_module *m) {
    pt_load_module *slot = name.p ? PT_PUSH(l->arena, &l->state->modules) : NULL;
    if (!slot || !path.p)
        return pt_load_full(l);
    *slot = (pt_load_module){name, path, m, l->state->modules.n};
    return PT_OK;
}

// -- what a file is -------------------------------------------------------------------------------

static pt_code add_document(pt_load *l, const place *p, pt_value v) {
    pt_value mounted = pt_load_mount(l->arena, p->keys, p->n, v);
    if (mounted.tag != PT_OBJECT && pt_defined(mounted))
        return pt_load_fail(l, PT_E_FORMAT, "%.*s: document must be of type object",
                            PT_PRI(p->path));
    pt_load_document *d = pt_defined(mounted) ? PT_PUSH(l->arena, &l->state->documents) : NULL;
    if (!d)
        return pt_load_full(l);
    *d = (pt_load_document){mounted, p->path};
    return PT_OK;
}

static pt_code file_rego(pt_load *l, const place *p) {
    pt_str bytes;
    pt_module *m;
    pt_code code = pt_load_read(l, p->path, PT_REGO_BYTES_MAX, &bytes);
    if (!code)
        code = pt_load_rego(l, p->path, bytes, l->parse.version, &m);
    return code ? code : pt_load_add_module(l, pt_load_trim(p->path), p->path, m);
}

static pt_code file_json(pt_load *l, const place *p) {
    pt_str bytes;
    pt_value v;
    pt_code code = pt_load_read(l, p->path, PT_LOAD_FILE_BYTES_MAX, &bytes);
    if (!code)
        code = pt_load_json(l, p->path, bytes, &v);
    return code ? code : add_document(l, p, v);
}

static pt_code file_yaml(pt_load *l, const place *p) {
    pt_str bytes;
    pt_value v;
    pt_code code = pt_load_read(l, p->path, PT_LOAD_FILE_BYTES_MAX, &bytes);
    if (!code)
        code = pt_load_yaml(l, p->path, bytes, &v);
    return code ? code : add_document(l, p, v);
}

static pt_code file_archive(pt_load *l, const place *p) {
    return pt_load_archive(l, p->path, p->keys, p->n);
}

// A file of an unknown name is a module, or JSON, or YAML.
static pt_code file_any(pt_load *l, const place *p) {
    pt_str bytes;
    pt_code code = pt_load_read(l, p->path, PT_LOAD_FILE_BYTES_MAX, &bytes);
    if (code)
        return code;
    pt_diagnostics *d = l->diagnostics;
    size_t faults = l->faults.n;
    size_t diagnostics = d->v.n;
    bool truncated = d->truncated;
    pt_module *m;
    pt_value v;
    if (!pt_load_rego(l, p->path, bytes, l->parse.version, &m))
        return pt_load_add_module(l, pt_load_trim(p->path), p->path, m);
    bool data =
        !d->full && (!pt_load_json(l, p->path, bytes, &v) || !pt_load_yaml(l, p->path, bytes, &v));
    if (d->full)
        return PT_E_NOMEM;
    l->faults.n = faults;
    d->v.n = diagnostics;
    d->truncated = truncated;
    return data ? add_document(l, p, v)
                : pt_load_fail(l, PT_E_FORMAT, "%.*s: can't recognize file type", PT_PRI(p->path));
}

static const struct {
    pt_str end;
    pt_code (*load)(pt_load *l, const place *p);
} TYPES[] = {
    {PT_STR(".json"), file_json}, {PT_STR(".rego"), file_rego},      {PT_STR(".yaml"), file_yaml},
    {PT_STR(".yml"), file_yaml},  {PT_STR(".tar.gz"), file_archive},
};

static pt_code load_file(pt_load *l, const place *p) {
    if (++l->state->files > PT_LOAD_FILES_MAX)
        return pt_load_fail(l, PT_E_LIMIT, "more than %d files", PT_LOAD_FILES_MAX);
    for (size_t i = 0; i < PT_COUNT(TYPES); i++)
        if (pt_str_ends(p->path, TYPES[i].end))
            return TYPES[i].load(l, p);
    return p->depth > 0 ? PT_OK : file_any(l, p);
}

// -- once each ------------------------------------------------------------------------------------

static uint64_t hash_of(pt_str s) {
    return pt_hash(pt_string(s), 0);
}

static void put_seen(pt_str *slots, size_t cap, pt_str key) {
    size_t i = hash_of(key) & (cap - 1);
    while (slots[i].p)
        i = (i + 1) & (cap - 1);
    slots[i] = key;
}

static bool grow_seen(pt_load *l) {
    struct pt_load_state *s = l->state;
    size_t cap = s->seen_cap ? 2 * s->seen_cap : 64;
    pt_str *slots = PT_NEW(l->arena, pt_str, cap);
    if (!slots)
        return false;
    for (size_t i = 0; i < s->seen_cap; i++)
        if (s->seen[i].p)
            put_seen(slots, cap, s->seen[i]);
    s->seen = slots;
    s->seen_cap = cap;
    return true;
}

// Was this file loaded at this place before? It is then as good as loaded.
static pt_code see(pt_load *l, const place *p, bool *ret_again) {
    struct pt_load_state *s = l->state;
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(1 << 20);
    for (size_t i = 0; i < p->n; i++) {
        pt_buf_put(&b, p->keys[i]);
        pt_buf_putc(&b, '\0');
    }
    pt_buf_putc(&b, '\1');
    pt_buf_put(&b, pt_load_clean(l->arena, p->path));
    pt_str key = pt_arena_str(l->arena, pt_buf_str(&b));
    if (!key.p || b.full || (2 * s->seen_n >= s->seen_cap && !grow_seen(l)))
        return pt_load_full(l);
    size_t i = hash_of(key) & (s->seen_cap - 1);
    while (s->seen[i].p && !pt_str_eq(s->seen[i], key))
        i = (i + 1) & (s->seen_cap - 1);
    *ret_again = s->seen[i].p != NULL;
    if (!*ret_again) {
        s->seen[i] = key;
        s->seen_n++;
    }
    return PT_OK;
}

// -- folders --------------------------------------------------------------------------------------

static pt_code load_any(pt_load *l, const place *p);

// Below the folder that the caller named, folders are keys.
static bool enter(pt_load *l, place *p) {
    pt_str *keys = PT_NEW(l->arena, pt_str, p->n + 1);
    if (!keys)
        return false;
    if (p->n)
        memcpy(keys, p->keys, p->n * sizeof *keys);
    keys[p->n] = pt_load_base(p->path);
    p->keys = keys;
    p->n += p->depth > 0;
    return true;
}

// NOLINTNEXTLINE(misc-no-recursion): PT_LOAD_FOLDERS_MAX
static pt_code load_folder(pt_load *l, place p) {
    pt_load_paths paths = {0};
    if (!enter(l, &p))
        return pt_load_full(l);
    pt_code code = pt_load_list(l, p.path, p.depth, &paths);
    if (code)
        return code;
    for (size_t i = 0; i < paths.n; i++) {
        code = load_any(l, &(place){paths.v[i], p.keys, p.n, p.depth + 1});
        if (code == PT_E_NOMEM || code == PT_E_LIMIT) // everything else is a fault of one file
            return PT_E_LIMIT;
    }
    return PT_OK;
}

bool pt_load_ignored(const pt_load *l, pt_str path) {
    const char *name = pt_load_base(path).p; // paths have a NUL behind them
    bool hit = false;
    for (size_t i = 0; i < l->n_ignore && !hit; i++)
        hit = fnmatch(l->ignore[i], name, 0) == 0;
    return hit;
}

// NOLINTNEXTLINE(misc-no-recursion): PT_LOAD_FOLDERS_MAX
static pt_code load_any(pt_load *l, const place *p) {
    struct stat st;
    bool again = false;
    if (p->depth > 0 && pt_load_ignored(l, p->path))
        return PT_OK;
    if (stat(p->path.p, &st) != 0)
        return pt_load_fail_sys(l, errno, "stat", p->path);
    if (S_ISDIR(st.st_mode))
        return load_folder(l, *p);
    if (p->depth > 0 && !S_ISREG(st.st_mode))
        return PT_OK; // a pipe within a folder would wait for ever
    pt_code code = see(l, p, &again);
    return code || again ? code : load_file(l, p);
}

// "a.b:PATH" to the keys and the path.
static bool split_mount(pt_load *l, place *p) {
    size_t colon = pt_str_find(p->path, ':');
    if (colon == 0 || colon == p->path.n || colon == pt_str_find_str(p->path, PT_STR("://")))
        return true;
    pt_str keys = pt_str_sub(p->path, 0, colon);
    PT_VEC(pt_str) v = {0};
    for (bool more = true; more;) {
        size_t dot = pt_str_find(keys, '.');
        more = dot < keys.n;
        pt_str *slot = PT_PUSH(l->arena, &v);
        if (!slot)
            return false;
        *slot = pt_arena_str(l->arena, pt_str_sub(keys, 0, dot));
        if (!slot->p)
            return false;
        keys = pt_str_sub(keys, dot + 1, keys.n);
    }
    p->path = pt_str_sub(p->path, colon + 1, p->path.n);
    p->keys = v.v;
    p->n = v.n;
    return true;
}

pt_code pt_load_path(pt_load *l, const char *path, pt_err *e) {
    size_t faults = l->faults.n;
    size_t diagnostics = l->diagnostics->v.n;
    place p = {.path = pt_str_of(path)};
    pt_code code;
    if (!pt_load_state_of(l) || !split_mount(l, &p))
        code = pt_load_full(l);
    else
        code = pt_load_of_url(l, p.path, &p.path);
    if (!code)
        PT_IGNORE(load_any(l, &p)); // the first fault says
    return pt_load_said(l, faults, diagnostics, e);
}

// -- the end --------------------------------------------------------------------------------------

static int by_name(const void *x, const void *y) {
    const pt_load_module *a = x;
    const pt_load_module *b = y;
    int order = pt_str_cmp(a->name, b->name);
    return order ? order : (a->seq > b->seq) - (a->seq < b->seq);
}

static bool sort_modules(pt_load *l) {
    struct pt_load_state *s = l->state;
    if (s->modules.n)
        qsort(s->modules.v, s->modules.n, sizeof *s->modules.v, by_name);
    l->modules = PT_NEW(l->arena, pt_module *, s->modules.n);
    l->n_modules = 0;
    for (size_t i = 0; l->modules && i < s->modules.n; i++) {
        const pt_load_module *m = &s->modules.v[i];
        if (i + 1 < s->modules.n && pt_str_eq(m->name, m[1].name))
            continue;
        s->modules.v[l->n_modules] = *m;
        l->modules[l->n_modules++] = m->module;
    }
    s->modules.n = l->n_modules;
    return l->modules != NULL;
}

// What -d gave, without what bundles own, and what bundles gave.
static pt_code put_together(pt_load *l) {
    struct pt_load_state *s = l->state;
    pt_load_clash clash = {0};
    pt_value data = pt_load_merge(l->arena, s->documents.v, s->documents.n, &clash);
    if (clash.place.p)
        return pt_load_fail(l, PT_E_FORMAT,
                            "%.*s: merge error: conflicting values at %.*s, also defined in %.*s",
                            PT_PRI(clash.later), PT_PRI(clash.place), PT_PRI(clash.first));
    for (size_t i = 0; i < s->roots.n && pt_defined(data); i++)
        data = pt_load_without_root(l->arena, data, s->roots.v[i].key);
    pt_load_document *first = pt_defined(data) ? PT_PUSH(l->arena, &s->bundled) : NULL;
    if (!first)
        return pt_load_full(l);
    *first = (pt_load_document){data, {0}};
    l->data = pt_load_merge(l->arena, s->bundled.v, s->bundled.n, &clash);
    if (clash.place.p)
        return pt_load_fail(l, PT_E_FORMAT, "bundles: conflicting values at %.*s",
                            PT_PRI(clash.place));
    return pt_defined(l->data) ? PT_OK : pt_load_full(l);
}

pt_code pt_load_end(pt_load *l, pt_err *e) {
    size_t faults = l->faults.n;
    size_t diagnostics = l->diagnostics->v.n;
    pt_code code = pt_load_state_of(l) && sort_modules(l) ? PT_OK : pt_load_full(l);
    if (!code && l->trust && !l->state->verified && !faults)
        code = pt_load_fail(l, PT_E_FORMAT, "no bundle was loaded: there is nothing to verify");
    if (!code)
        code = pt_load_roots_apart(l);
    if (!code)
        PT_IGNORE(put_together(l)); // the first fault says
    return pt_load_said(l, faults, diagnostics, e);
}
