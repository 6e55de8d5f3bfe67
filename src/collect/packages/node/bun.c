// bun.lock (bun.sh/docs/pm/lockfile): JSON with comments and commas before closing brackets.
//
//   "packages": {
//     "a": ["a@1.0.0", "", {"dependencies": {"b": "^2"}}, "sha512-…"],
//     "a/b": ["b@2.1.0", …],                                            of a only
//     "web": ["web@workspace:packages/web"],
#include <string.h>

#include "base/buf.h"
#include "collect/packages/node/folders.h"
#include "collect/packages/node/impl.h"
#include "collect/packages/node/node.h"

typedef struct bun {
    pt_lock lock;
    pt_value packages, workspaces;
    pt_package *all; // of `packages`, without what each needs; no name: it is none
    pt_folders folders;
    const pt_json_lines *lines;
} bun;

enum {
    PATH_BYTES_MAX = 4096,
};

// -- JSON with comments ---------------------------------------------------------------------------

static size_t comment_end(pt_str text, size_t at) {
    bool line = text.p[at + 1] == '/';
    pt_str rest = pt_str_sub(text, at + 2, text.n);
    size_t n = line ? pt_str_find(rest, '\n') : pt_str_find_str(rest, PT_STR("*/"));
    return at + 2 + n + (!line && n < rest.n ? 2 : 0);
}

// The same text, with blanks for comments and for commas that nothing follows: lines stay.
static pt_str plain_json(pt_arena *a, pt_str text) {
    char *p = pt_arena_take(a, text.n);
    pt_str copy = {p, p ? text.n : 0};
    size_t comma = SIZE_MAX; // the last one, if only blanks followed
    if (copy.n)
        memcpy(p, text.p, copy.n);
    for (size_t i = 0; i < copy.n; i++) {
        if (p[i] == '"') {
            for (i++; i < copy.n && p[i] != '"'; i++)
                i += p[i] == '\\';
            comma = SIZE_MAX;
        } else if (p[i] == '/' && i + 1 < copy.n && (p[i + 1] == '/' || p[i + 1] == '*')) {
            for (size_t end = comment_end(copy, i); i < end; i++)
                p[i] = p[i] == '\n' ? '\n' : ' ';
            i--;
        } else if ((p[i] == '}' || p[i] == ']') && comma != SIZE_MAX) {
            p[comma] = ' ';
            comma = SIZE_MAX;
        } else if (p[i] == ',')
            comma = i;
        else if (!strchr(" \t\r\n", p[i]))
            comma = SIZE_MAX;
    }
    return copy;
}

// -- packages -------------------------------------------------------------------------------------

// The folder of a workspace's entry; without bytes: it is none.
static bool is_workspace(pt_str version, pt_str *ret_folder) {
    const pt_str mark = PT_STR("workspace:");
    *ret_folder = pt_str_sub(version, mark.n, version.n);
    return pt_str_starts(version, mark);
}

// The object that says what it needs: of a workspace it stands elsewhere.
static pt_value manifest_of(const bun *b, pt_value entry, pt_str version) {
    pt_value m = pt_undefined();
    pt_str folder;
    if (is_workspace(version, &folder))
        return pt_get(b->workspaces, folder);
    for (size_t i = 1; !pt_defined(m) && i < pt_len(entry); i++)
        if (pt_tag_of(pt_at(entry, i)) == PT_OBJECT)
            m = pt_at(entry, i);
    return m;
}

// "a/@s/b" to "a": a scope and its name are one.
static pt_str key_above(pt_str key) {
    size_t cut = pt_str_rfind(key, '/');
    pt_str above = pt_str_sub(key, 0, cut < key.n ? cut : 0);
    size_t scope = pt_str_rfind(above, '/');
    scope = scope < above.n ? scope + 1 : 0;
    return scope < above.n && above.p[scope] == '@' ? pt_str_sub(above, 0, scope ? scope - 1 : 0)
                                                    : above;
}

static bool describe(bun *b, size_t i) {
    pt_package *p = &b->all[i];
    pt_str key = pt_text(pt_key_at(b->packages, i));
    pt_value entry = pt_val_at(b->packages, i);
    pt_str above = key_above(key);
    pt_str spec = pt_tag_of(entry) == PT_ARRAY ? pt_text(pt_at(entry, 0)) : (pt_str){0};
    size_t at = 1 + pt_str_find(pt_str_sub(spec, 1, spec.n), '@');
    pt_str folder;
    if (at >= spec.n)
        return true;
    p->name = pt_str_sub(spec, 0, at);
    p->version = pt_str_sub(spec, at + 1, spec.n);
    if (is_workspace(p->version, &folder)) {
        p->version = pt_text(pt_getz(manifest_of(b, entry, p->version), "version"));
        p->relationship = PT_STR("workspace");
    }
    p->id = pt_arena_printf(b->lock.r->a, "%.*s%s%.*s", PT_PRI(p->name), p->version.n ? "@" : "",
                            PT_PRI(p->version));
    return p->id.n &&
           pt_folders_add(&b->folders, above, pt_str_sub(key, above.n ? above.n + 1 : 0, key.n), i);
}

// "a/@s/b" lies in node_modules/a/node_modules/@s/b.
static pt_str folder_of(pt_arena *a, pt_str key) {
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(PATH_BYTES_MAX);
    pt_str part;
    bool scope = false;
    while (pt_str_split(&key, '/', &part)) {
        pt_buf_putz(&b, b.n ? "/" : "");
        pt_buf_putz(&b, scope ? "" : "node_modules/");
        pt_buf_put(&b, part);
        scope = pt_str_starts(part, PT_STR("@"));
    }
    return pt_arena_str(a, pt_buf_str(&b));
}

static pt_value edges_of(const bun *b, pt_str key, pt_value manifest) {
    pt_list ids = {.a = b->lock.r->a};
    const pt_folder_scope *from = pt_folders_from(&b->folders, key);
    pt_node_asked it = {.manifest = manifest, .last = PT_NODE_PEERS};
    size_t i;
    while (pt_node_next(&it))
        if (pt_folders_find(&b->folders, from, it.name, &i))
            pt_list_add(&ids, pt_string(b->all[i].id));
    return pt_list_end(&ids);
}

static pt_code put_entry(bun *b, size_t i, pt_err *e) {
    pt_str key = pt_text(pt_key_at(b->packages, i));
    pt_value entry = pt_val_at(b->packages, i);
    pt_read *r = b->lock.r;
    pt_package p = b->all[i];
    pt_str spec = pt_text(pt_at(entry, 0));
    pt_json_lines_find(b->lines, entry, &p.line, &p.line_end);
    if (!p.name.n) {
        pt_fault_add(r, p.line, "a package without a name and version");
        return PT_OK;
    }
    p.digest = pt_lock_integrity(r->a, pt_text(pt_at(entry, pt_len(entry) - 1)));
    p.depends = edges_of(b, key, manifest_of(b, entry, pt_str_sub(spec, p.name.n + 1, spec.n)));
    if (r->beside)
        (void)pt_node_installed(r, folder_of(r->a, key), &p);
    return pt_lock_put(&b->lock, &p, e);
}

// What the project and its workspaces ask for.
static pt_code put_roots(bun *b, size_t w, pt_err *e) {
    pt_node_asked it = {.manifest = pt_val_at(b->workspaces, w), .last = PT_NODE_DEV};
    pt_str folder = {0};
    if (pt_text(pt_key_at(b->workspaces, w)).n) // the project itself is at ""
        folder = pt_text(pt_getz(it.manifest, "name"));
    const pt_folder_scope *from = pt_folders_from(&b->folders, folder);
    pt_code code = PT_OK;
    size_t i;
    while (!code && pt_node_next(&it))
        if (pt_folders_find(&b->folders, from, it.name, &i))
            code = pt_lock_root(&b->lock, b->all[i].id, it.kind == PT_NODE_DEV, e);
    return code;
}

static pt_code read_document(bun *b, pt_err *e) {
    pt_code code = PT_OK;
    size_t count = pt_tag_of(b->packages) == PT_OBJECT ? pt_len(b->packages) : 0;
    b->lock.rooted = pt_tag_of(b->workspaces) == PT_OBJECT;
    b->folders.a = b->lock.r->a;
    b->all = PT_NEW(b->lock.r->a, pt_package, count);
    bool ok = b->all != NULL;
    for (size_t i = 0; ok && i < count; i++)
        ok = describe(b, i);
    if (!ok || !pt_folders_link(&b->folders))
        return pt_err_set(e, PT_E_NOMEM, "out of memory");
    for (size_t i = 0; !code && b->lock.rooted && i < pt_len(b->workspaces); i++)
        code = put_roots(b, i, e);
    for (size_t i = 0; !code && i < count; i++)
        code = put_entry(b, i, e);
    return code ? code : pt_lock_end(&b->lock, e);
}

pt_code pt_read_bun(pt_read *r, pt_str text, pt_err *e) {
    bun b = {.lock = {.r = r}};
    pt_str plain = plain_json(r->a, text);
    pt_value doc;
    int64_t version;
    if (!plain.p)
        return pt_err_set(e, PT_E_NOMEM, "out of memory");
    pt_code code = pt_read_json(r, &plain, &doc, e);
    if (code || !pt_defined(doc))
        return code;
    if (!pt_to_int(pt_getz(doc, "lockfileVersion"), &version)) {
        pt_fault_add(r, 1, "no version of the lock file's format");
        return PT_OK;
    }
    pt_format_check(r, pt_getz(doc, "lockfileVersion"), 0, 1);
    b.packages = pt_getz(doc, "packages");
    b.workspaces = pt_getz(doc, "workspaces");
    b.lines = pt_json_lines_new(r->a, plain);
    return read_document(&b, e);
}
