// package-lock.json and npm-shrinkwrap.json (docs.npmjs.com, package-lock-json). Version 1 nests
// "dependencies" as their folders are; versions 2 and 3 have "packages" by folder, the project's
// own at "". A name is found as Node.js finds it: in node_modules here, then of each folder above.
#include "base/buf.h"
#include "collect/packages/node/impl.h"
#include "collect/packages/node/node.h"

enum {
    PATH_BYTES_MAX = 4096,
    NEST_MAX = 64, // of version 1
};

#define FOLDER PT_STR("node_modules/")

typedef struct npm {
    pt_lock lock;
    pt_value packages; // by folder
    const pt_json_lines *lines;
    pt_buf path; // to write one in
} npm;

// -- versions 2 and 3 -----------------------------------------------------------------------------

// Behind the last "node_modules/"; empty: the folder is the project's own.
static pt_str name_in(pt_str path) {
    for (size_t at = path.n; at >= FOLDER.n; at--) {
        pt_str head = pt_str_sub(path, 0, at);
        if (pt_str_ends(head, FOLDER) && (at == FOLDER.n || path.p[at - FOLDER.n - 1] == '/'))
            return pt_str_sub(path, at, path.n);
    }
    return (pt_str){0};
}

// The package at a folder: a link is what it leads to. *ret_folder: where that lies.
static pt_value package_at(const npm *n, pt_str path, pt_str *ret_folder) {
    pt_value entry = pt_get(n->packages, path);
    *ret_folder = path;
    if (!pt_true(pt_getz(entry, "link")))
        return entry;
    *ret_folder = pt_text(pt_getz(entry, "resolved"));
    return ret_folder->n ? pt_get(n->packages, *ret_folder) : pt_undefined();
}

// Its own name counts where it was installed under another one. False: the project's own folder,
// or nothing is there.
static bool describe(const npm *n, pt_str path, pt_value entry, pt_package *ret) {
    pt_str own = pt_text(pt_getz(entry, "name"));
    pt_str name = name_in(path);
    bool link = pt_true(pt_getz(pt_get(n->packages, path), "link"));
    ret->name = name.n && own.n && !link ? own : name;
    ret->version = pt_text(pt_getz(entry, "version"));
    ret->id = pt_arena_printf(n->lock.r->a, "%.*s%s%.*s", PT_PRI(ret->name),
                              ret->version.n ? "@" : "", PT_PRI(ret->version));
    return pt_tag_of(entry) == PT_OBJECT && ret->name.n;
}

static bool folder_above(pt_str *folder) {
    size_t cut = pt_str_rfind(*folder, '/');
    bool any = folder->n > 0;
    *folder = pt_str_sub(*folder, 0, cut < folder->n ? cut : 0);
    return any;
}

// The id of what `name` is for a package in `folder`; empty: there is none.
static pt_str resolve(npm *n, pt_str folder, pt_str name) {
    pt_package p = {0};
    pt_str at;
    do {
        pt_buf_clear(&n->path);
        pt_buf_put(&n->path, folder);
        pt_buf_putz(&n->path, folder.n ? "/" : "");
        pt_buf_put(&n->path, FOLDER);
        pt_buf_put(&n->path, name);
        pt_str path = pt_buf_str(&n->path);
        if (!n->path.full && describe(n, path, package_at(n, path, &at), &p))
            return p.id;
    } while (folder_above(&folder));
    return (pt_str){0};
}

static pt_value edges_of(npm *n, pt_str folder, pt_value entry) {
    pt_list ids = {.a = n->lock.r->a};
    for (size_t k = 0; k < PT_NODE_DEV; k++) {
        pt_value asked = pt_getz(entry, pt_node_asks[k]);
        for (size_t i = 0; pt_tag_of(asked) == PT_OBJECT && i < pt_len(asked); i++) {
            pt_value name = pt_key_at(asked, i);
            pt_str id = resolve(n, folder, pt_text(name));
            if (id.n && !(k == PT_NODE_PEERS && pt_node_peer_optional(entry, name)))
                pt_list_add(&ids, pt_string(id));
        }
    }
    return pt_list_end(&ids);
}

static pt_code put_folder(npm *n, pt_str path, pt_err *e) {
    pt_package p = {0};
    pt_str folder;
    pt_value entry = package_at(n, path, &folder);
    if (!describe(n, path, entry, &p))
        return PT_OK; // the project itself, its workspaces' folders, a link to nowhere
    pt_str from = pt_text(pt_getz(entry, "resolved"));
    if (pt_str_starts(from, PT_STR("git")))
        p.more = pt_node_from(n->lock.r->a, from);
    p.dev = pt_true(pt_getz(entry, "dev"));
    p.digest = pt_lock_integrity(n->lock.r->a, pt_text(pt_getz(entry, "integrity")));
    p.depends = edges_of(n, folder, entry);
    p.licences = pt_node_licences(n->lock.r->a, entry);
    if (!pt_defined(p.licences))
        p.licences = pt_node_installed(n->lock.r, path, p.name, p.version);
    pt_json_lines_find(n->lines, entry, &p.line, &p.line_end);
    return pt_lock_put(&n->lock, &p, e);
}

// What the project asks for, and its workspaces, which are links.
static pt_code put_roots(npm *n, pt_err *e) {
    pt_value root = pt_getz(n->packages, "");
    pt_code code = PT_OK;
    n->lock.rooted = pt_tag_of(root) == PT_OBJECT;
    for (size_t k = 0; k < PT_COUNT(pt_node_asks); k++) {
        pt_value asked = pt_getz(root, pt_node_asks[k]);
        for (size_t i = 0; !code && pt_tag_of(asked) == PT_OBJECT && i < pt_len(asked); i++) {
            pt_str id = resolve(n, (pt_str){0}, pt_text(pt_key_at(asked, i)));
            code = id.n ? pt_lock_root(&n->lock, id, k == PT_NODE_DEV, e) : PT_OK;
        }
    }
    for (size_t i = 0; !code && i < pt_len(n->packages); i++) {
        pt_str path = pt_text(pt_key_at(n->packages, i));
        pt_str name = pt_str_sub(path, FOLDER.n, path.n);
        if (!pt_str_starts(path, FOLDER) || !pt_str_eq(name, name_in(path)) ||
            !pt_true(pt_getz(pt_val_at(n->packages, i), "link")))
            continue;
        pt_str id = resolve(n, (pt_str){0}, name);
        code = id.n ? pt_lock_root(&n->lock, id, false, e) : PT_OK;
    }
    return code;
}

static pt_code read_folders(npm *n, pt_err *e) {
    pt_code code = put_roots(n, e);
    for (size_t i = 0; !code && i < pt_len(n->packages); i++)
        code = put_folder(n, pt_text(pt_key_at(n->packages, i)), e);
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
static void describe_nested(pt_arena *a, pt_str name, pt_value entry, pt_package *ret) {
    pt_str version = pt_text(pt_getz(entry, "version"));
    pt_str real = pt_str_sub(version, 4, version.n);
    size_t at = pt_str_rfind(real, '@');
    bool alias = pt_str_starts(version, PT_STR("npm:")) && at > 0 && at < real.n;
    ret->name = alias ? pt_str_sub(real, 0, at) : name;
    ret->version = alias ? pt_str_sub(real, at + 1, real.n) : version;
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
    if (pt_tag_of(entry) != PT_OBJECT || !name.n)
        return PT_OK;
    describe_nested(r->a, name, entry, &p);
    p.digest = pt_lock_integrity(r->a, pt_text(pt_getz(entry, "integrity")));
    p.depends = nested_edges(r->a, &inner, entry);
    pt_json_lines_find(n->lines, entry, &p.line, &p.line_end);
    if (r->beside) {
        inner.folder =
            pt_arena_printf(r->a, "%.*snode_modules/%.*s/", PT_PRI(in->folder), PT_PRI(name));
        p.licences = pt_node_installed(
            r, pt_str_sub(inner.folder, 0, inner.folder.n ? inner.folder.n - 1 : 0), p.name,
            p.version);
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
    pt_value manifest = pt_lock_beside(n->lock.r, PT_STR("package.json"), true);
    pt_code code = PT_OK;
    n->lock.rooted = pt_tag_of(manifest) == PT_OBJECT;
    for (size_t k = 0; k < PT_NODE_ASKS; k++) {
        pt_value asked = pt_getz(manifest, pt_node_asks[k]);
        for (size_t i = 0; !code && pt_tag_of(asked) == PT_OBJECT && i < pt_len(asked); i++) {
            pt_value name = pt_key_at(asked, i);
            pt_value entry = pt_get_value(project->packages, name);
            pt_package p = {0};
            describe_nested(n->lock.r->a, pt_text(name), entry, &p);
            code = pt_lock_root(&n->lock, p.id, k == PT_NODE_DEV, e);
        }
    }
    return code;
}

// -------------------------------------------------------------------------------------------------

pt_code pt_read_npm(pt_read *r, pt_str text, pt_err *e) {
    pt_value doc;
    npm n = {.lock = {.r = r, .dev_told = true}, .path = PT_BUF(PATH_BYTES_MAX)};
    pt_code code = pt_lock_json(r, text, &doc, e);
    n.packages = pt_getz(doc, "packages");
    if (code || pt_tag_of(doc) != PT_OBJECT)
        return code;
    n.lines = pt_json_lines_new(r->a, text);
    if (pt_tag_of(n.packages) == PT_OBJECT)
        code = read_folders(&n, e);
    else {
        const nest project = {.packages = pt_getz(doc, "dependencies")};
        code = put_nested_roots(&n, &project, e);
        code = code ? code : read_nest(&n, &project, e);
    }
    pt_buf_done(&n.path);
    return code ? code : pt_lock_end(&n.lock, e);
}
