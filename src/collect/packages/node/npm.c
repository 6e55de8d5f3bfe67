// package-lock.json and npm-shrinkwrap.json (docs.npmjs.com, package-lock-json). Version 1 nests
// "dependencies" as their folders are; versions 2 and 3 have "packages" by folder, the project's
// own at "". A name is found as Node.js finds it: in node_modules here, then of each folder above.
#include "collect/packages/node/folders.h"
#include "collect/packages/node/impl.h"
#include "collect/packages/node/node.h"

enum {
    NEST_MAX = 64, // of version 1
};

#define FOLDER PT_STR("node_modules/")

typedef struct npm {
    pt_lock lock;
    pt_value packages; // by folder
    pt_package *all;   // of each, without what it needs; no name: it is none
    pt_folders folders;
    const pt_json_lines *lines;
} npm;

// -- versions 2 and 3 -----------------------------------------------------------------------------

// Behind the last "node_modules/" of a path; *ret_folder: what it lies in. Empty: the folder is the
// project's own.
static pt_str name_in(pt_str path, pt_str *ret_folder) {
    for (size_t at = path.n; at >= FOLDER.n; at--) {
        size_t from = at - FOLDER.n;
        if (!pt_str_eq(pt_str_sub(path, from, at), FOLDER) || (from && path.p[from - 1] != '/'))
            continue;
        *ret_folder = pt_str_sub(path, 0, from ? from - 1 : 0);
        return pt_str_sub(path, at, path.n);
    }
    return (pt_str){0};
}

// The package at a folder: a link is what it leads to. *ret_folder: where that lies.
static pt_value package_at(const npm *n, size_t i, pt_str *ret_folder) {
    pt_value entry = pt_val_at(n->packages, i);
    *ret_folder = pt_text(pt_key_at(n->packages, i));
    if (!pt_true(pt_getz(entry, "link")))
        return entry;
    *ret_folder = pt_text(pt_getz(entry, "resolved"));
    return ret_folder->n ? pt_get(n->packages, *ret_folder) : pt_undefined();
}

// Its own name counts where it was installed under another one, and above all what is fetched.
// `said`: without that.
static void name_entry(const npm *n, size_t i, bool said, pt_package *ret) {
    pt_str folder;
    pt_value entry = package_at(n, i, &folder);
    pt_str own = pt_text(pt_getz(pt_val_at(n->packages, i), "name"));
    ret->name = own.n ? own : name_in(pt_text(pt_key_at(n->packages, i)), &folder);
    ret->version = pt_text(pt_getz(entry, "version"));
    if (!said)
        pt_node_fetched(n->lock.r->a, pt_text(pt_getz(entry, "resolved")), ret);
}

static bool describe(npm *n, size_t i) {
    pt_package *p = &n->all[i];
    pt_str folder;
    pt_value entry = package_at(n, i, &folder);
    pt_str name = name_in(pt_text(pt_key_at(n->packages, i)), &folder);
    if (!name.n || pt_tag_of(entry) != PT_OBJECT)
        return true; // the project itself, its workspaces' folders, a link to nowhere
    name_entry(n, i, false, p);
    p->id = pt_arena_printf(n->lock.r->a, "%.*s%s%.*s", PT_PRI(p->name), p->version.n ? "@" : "",
                            PT_PRI(p->version));
    return p->id.n && pt_folders_add(&n->folders, folder, name, i);
}

static pt_value edges_of(const npm *n, pt_str folder, pt_value entry) {
    pt_list ids = {.a = n->lock.r->a};
    const pt_folder_scope *from = pt_folders_from(&n->folders, folder);
    pt_node_asked it = {.manifest = entry, .last = PT_NODE_PEERS};
    size_t i;
    while (pt_node_next(&it))
        if (pt_folders_find(&n->folders, from, it.name, &i))
            pt_list_add(&ids, pt_string(n->all[i].id));
    return pt_list_end(&ids);
}

static pt_code put_folder(npm *n, size_t i, pt_err *e) {
    pt_read *r = n->lock.r;
    pt_package p = n->all[i];
    pt_package said = {0};
    pt_str folder;
    pt_value entry = package_at(n, i, &folder);
    pt_str from = pt_text(pt_getz(entry, "resolved"));
    if (!p.name.n)
        return PT_OK;
    if (pt_str_starts(from, PT_STR("git")))
        p.more = pt_node_from(r->a, from);
    p.dev = pt_true(pt_getz(entry, "dev"));
    p.digest = pt_lock_integrity(r->a, pt_text(pt_getz(entry, "integrity")));
    p.depends = edges_of(n, folder, entry);
    p.licences = pt_node_licences(r->a, entry);
    (void)pt_node_installed(r, pt_text(pt_key_at(n->packages, i)), &p);
    pt_json_lines_find(n->lines, entry, &p.line, &p.line_end);
    name_entry(n, i, true, &said);
    pt_node_misnamed(r, &p, &said);
    return pt_lock_put(&n->lock, &p, e);
}

// What the project asks for, and its workspaces, which are links.
static pt_code put_roots(npm *n, pt_err *e) {
    const pt_folder_scope *from = pt_folders_from(&n->folders, (pt_str){0});
    pt_node_asked it = {.manifest = pt_getz(n->packages, ""), .last = PT_NODE_DEV};
    pt_code code = PT_OK;
    size_t at;
    n->lock.rooted = pt_tag_of(it.manifest) == PT_OBJECT;
    while (!code && pt_node_next(&it))
        if (pt_folders_find(&n->folders, from, it.name, &at))
            code = pt_lock_root(&n->lock, n->all[at].id, it.kind == PT_NODE_DEV, e);
    for (size_t i = 0; !code && i < pt_len(n->packages); i++) {
        pt_str folder;
        bool top = name_in(pt_text(pt_key_at(n->packages, i)), &folder).n && !folder.n;
        if (top && n->all[i].name.n && pt_true(pt_getz(pt_val_at(n->packages, i), "link")))
            code = pt_lock_root(&n->lock, n->all[i].id, false, e);
    }
    return code;
}

static pt_code read_folders(npm *n, pt_err *e) {
    pt_code code = PT_OK;
    size_t count = pt_len(n->packages);
    n->folders.a = n->lock.r->a;
    n->all = PT_NEW(n->lock.r->a, pt_package, count);
    bool ok = n->all != NULL;
    for (size_t i = 0; ok && i < count; i++)
        ok = describe(n, i);
    if (!ok || !pt_folders_link(&n->folders))
        return pt_err_set(e, PT_E_NOMEM, "out of memory");
    code = put_roots(n, e);
    for (size_t i = 0; !code && i < count; i++)
        code = put_folder(n, i, e);
    return code;
}

// -- version 1 ------------------------------------------------------------------------------------

typedef struct nest {
    pt_value packages; // "dependencies" here
    const struct nest *around;
    pt_str folder; // of their node_modules; only where licences are looked for
    unsigned depth;
} nest;

// "npm:NAME@VERSION" is installed under another name.
static void name_nested(pt_str name, pt_value entry, pt_package *ret) {
    pt_str version = pt_text(pt_getz(entry, "version"));
    pt_str real = pt_str_sub(version, 4, version.n);
    size_t at = pt_str_rfind(real, '@');
    bool alias = pt_str_starts(version, PT_STR("npm:")) && at > 0 && at < real.n;
    ret->name = alias ? pt_str_sub(real, 0, at) : name;
    ret->version = alias ? pt_str_sub(real, at + 1, real.n) : version;
}

static void describe_nested(pt_arena *a, pt_str name, pt_value entry, pt_package *ret) {
    name_nested(name, entry, ret);
    pt_node_fetched(a, pt_text(pt_getz(entry, "resolved")), ret);
    ret->id = pt_arena_printf(a, "%.*s%s%.*s", PT_PRI(ret->name), ret->version.n ? "@" : "",
                              PT_PRI(ret->version));
}

static pt_value nested_edges(pt_arena *a, const nest *in, pt_value entry) {
    pt_value asked = pt_getz(entry, "requires");
    pt_list ids = {.a = a};
    for (size_t i = 0; pt_tag_of(asked) == PT_OBJECT && i < pt_len(asked); i++) {
        pt_value name = pt_key_at(asked, i);
        pt_value found = pt_undefined();
        pt_package p = {0};
        for (const nest *at = in; at && !pt_defined(found); at = at->around)
            found = pt_get_value(at->packages, name);
        if (!pt_defined(found))
            continue; // optional, and not for this machine
        describe_nested(a, pt_text(name), found, &p);
        pt_list_add(&ids, pt_string(p.id));
    }
    return pt_list_end(&ids);
}

static pt_code read_nest(npm *n, const nest *in, pt_err *e);

// NOLINTNEXTLINE(misc-no-recursion): NEST_MAX
static pt_code put_nested(npm *n, const nest *in, size_t i, pt_err *e) {
    pt_read *r = n->lock.r;
    pt_str name = pt_text(pt_key_at(in->packages, i));
    pt_value entry = pt_val_at(in->packages, i);
    nest inner = {.packages = pt_getz(entry, "dependencies"), .around = in, .depth = in->depth + 1};
    pt_package p = {.dev = pt_true(pt_getz(entry, "dev"))};
    pt_package said = {0};
    if (pt_tag_of(entry) != PT_OBJECT || !name.n)
        return PT_OK;
    describe_nested(r->a, name, entry, &p);
    p.digest = pt_lock_integrity(r->a, pt_text(pt_getz(entry, "integrity")));
    p.depends = nested_edges(r->a, &inner, entry);
    pt_json_lines_find(n->lines, entry, &p.line, &p.line_end);
    name_nested(name, entry, &said);
    pt_node_misnamed(r, &p, &said);
    if (r->beside) {
        inner.folder =
            pt_arena_printf(r->a, "%.*snode_modules/%.*s/", PT_PRI(in->folder), PT_PRI(name));
        (void)pt_node_installed(
            r, pt_str_sub(inner.folder, 0, inner.folder.n ? inner.folder.n - 1 : 0), &p);
    }
    pt_code code = pt_lock_put(&n->lock, &p, e);
    return code ? code : read_nest(n, &inner, e);
}

// NOLINTNEXTLINE(misc-no-recursion): NEST_MAX
static pt_code read_nest(npm *n, const nest *in, pt_err *e) {
    pt_code code = PT_OK;
    if (pt_tag_of(in->packages) != PT_OBJECT)
        return PT_OK;
    if (in->depth == NEST_MAX) {
        pt_fault_add(n->lock.r, 0, "packages nested more than 64 deep");
        return PT_OK;
    }
    for (size_t i = 0; !code && i < pt_len(in->packages); i++)
        code = put_nested(n, in, i, e);
    return code;
}

// What the project asks for is not told here, but beside.
static pt_code put_nested_roots(npm *n, const nest *project, pt_err *e) {
    pt_node_asked it = {.manifest = pt_lock_beside(n->lock.r, PT_STR("package.json"), true),
                        .last = PT_NODE_DEV};
    pt_code code = PT_OK;
    n->lock.rooted = pt_tag_of(it.manifest) == PT_OBJECT;
    while (!code && pt_node_next(&it)) {
        pt_package p = {0};
        describe_nested(n->lock.r->a, it.name, pt_get(project->packages, it.name), &p);
        code = pt_lock_root(&n->lock, p.id, it.kind == PT_NODE_DEV, e);
    }
    return code;
}

// -------------------------------------------------------------------------------------------------

pt_code pt_read_npm(pt_read *r, pt_str text, pt_err *e) {
    pt_value doc;
    npm n = {.lock = {.r = r, .dev_told = true}};
    pt_code code = pt_read_json(r, &text, &doc, e);
    n.packages = pt_getz(doc, "packages");
    if (code || pt_tag_of(doc) != PT_OBJECT)
        return code;
    pt_format_check(r, pt_getz(doc, "lockfileVersion"), 1, 3);
    n.lines = pt_json_lines_new(r->a, text);
    if (pt_tag_of(n.packages) == PT_OBJECT)
        code = read_folders(&n, e);
    else {
        const nest project = {.packages = pt_getz(doc, "dependencies")};
        code = put_nested_roots(&n, &project, e);
        code = code ? code : read_nest(&n, &project, e);
    }
    return code ? code : pt_lock_end(&n.lock, e);
}
