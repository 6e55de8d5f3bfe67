// pnpm-lock.yaml (github.com/pnpm/spec, lockfile). "packages" lists what is installed:
//
//   version 5   /a/1.0.0, /@s/a/1.0.0_PEERS, HOST/a/1.0.0
//   version 6   /a@1.0.0(PEER@2.0.0)
//   version 9   a@1.0.0, and "snapshots" a@1.0.0(PEER@2.0.0) with what each needs
//
// What does not come from a registry has a URL in the place of its version, and "name" and
// "version" within. What is asked for is the end of a key, or a whole one.
#include "base/buf.h"
#include "collect/packages/node/impl.h"
#include "collect/packages/node/node.h"
#include "value/yaml.h"

typedef struct pnpm {
    pt_lock lock;
    pt_value packages;
    pt_value keys;  // of what is installed: "snapshots" where there are some
    bool slashes;   // version 5
    bool snapshots; // version 9
} pnpm;

// -- keys -----------------------------------------------------------------------------------------

static pt_str without_peers(pt_str key) {
    return pt_str_sub(key, 0, pt_str_find(key, '('));
}

// Without a registry's host: of "HOST/a", "@s/a" and "HOST/@s/a".
static pt_str plain_name(pt_str name) {
    size_t last = pt_str_rfind(name, '/');
    pt_str before = pt_str_sub(name, 0, last);
    size_t scope = pt_str_rfind(before, '/');
    scope = scope < before.n ? scope + 1 : 0;
    if (last == name.n)
        return name;
    return pt_str_sub(name, name.p[scope] == '@' ? scope : last + 1, name.n);
}

// *ret_end: what of the key stands behind the name.
static void split(const pnpm *n, pt_str key, pt_package *ret, pt_str *ret_end) {
    pt_str plain = pt_str_sub(key, pt_str_starts(key, PT_STR("/")) ? 1 : 0, key.n);
    pt_str head = without_peers(plain);
    size_t cut =
        n->slashes ? pt_str_rfind(head, '/') : 1 + pt_str_find(pt_str_sub(head, 1, head.n), '@');
    pt_str version = pt_str_sub(head, cut + 1, head.n);
    ret->name = plain_name(pt_str_sub(head, 0, cut));
    ret->version = n->slashes ? pt_str_sub(version, 0, pt_str_find(version, '_')) : version;
    *ret_end = pt_str_sub(plain, cut + 1, plain.n);
}

static pt_value entry_of(const pnpm *n, pt_str key) {
    pt_value entry = pt_get(n->packages, key);
    return pt_defined(entry) ? entry : pt_get(n->packages, without_peers(key));
}

// *ret_end as above. False: a folder of the project's own.
static bool describe(const pnpm *n, pt_str key, pt_package *ret, pt_str *ret_end) {
    pt_value entry = entry_of(n, key);
    pt_str name = pt_text(pt_getz(entry, "name"));
    pt_str version = pt_text(pt_getz(entry, "version"));
    split(n, key, ret, ret_end);
    bool url = pt_str_find(ret->version, ':') < ret->version.n;
    bool folder = pt_str_eqz(pt_text(pt_getz(pt_getz(entry, "resolution"), "type")), "directory");
    if (name.n)
        ret->name = name;
    if (url)
        ret->more = pt_node_from(n->lock.r->a, ret->version);
    if (url || version.n)
        ret->version = version;
    ret->id =
        (n->snapshots && !url) || !ret->version.n
            ? key
            : pt_arena_printf(n->lock.r->a, "%.*s@%.*s", PT_PRI(ret->name), PT_PRI(ret->version));
    return !folder;
}

// The id of what is asked for; undefined: it is not from here ("link:../web"), or not installed.
static pt_value resolve(const pnpm *n, pt_str name, pt_value asked) {
    static const char *const forms[][2] = {{"/", "/"}, {"/", "@"}, {"", "@"}};
    pt_str version = pt_text(pt_tag_of(asked) == PT_OBJECT ? pt_getz(asked, "version") : asked);
    pt_package p = {0};
    pt_str key = version;
    pt_str end;
    for (size_t i = 0; !pt_defined(pt_get(n->keys, key)) && i < PT_COUNT(forms); i++)
        key = pt_arena_printf(n->lock.r->a, "%s%.*s%s%.*s", forms[i][0], PT_PRI(name), forms[i][1],
                              PT_PRI(version));
    bool found = pt_defined(pt_get(n->keys, key)) && describe(n, key, &p, &end);
    return found ? pt_string(p.id) : pt_undefined();
}

// -- packages -------------------------------------------------------------------------------------

static pt_value edges_of(const pnpm *n, pt_value entry) {
    pt_list ids = {.a = n->lock.r->a};
    pt_node_asked it = {.manifest = entry, .last = PT_NODE_OPTIONAL}; // peers are among them
    while (pt_node_next(&it)) {
        pt_value id = resolve(n, it.name, it.range);
        if (pt_defined(id))
            pt_list_add(&ids, id);
    }
    return pt_list_end(&ids);
}

// In node_modules/.pnpm/ each has a folder, "@s+a@1.0.0_PEER@2.0.0"; what the project asks for is
// linked to from node_modules/, too.
static void find_installed(const pnpm *n, pt_package *p, pt_str end) {
    pt_read *r = n->lock.r;
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(4096);
    const pt_str pieces[] = {p->name, PT_STR("@"), end};
    if (!r->beside)
        return;
    pt_buf_putz(&b, "node_modules/.pnpm/");
    for (size_t i = 0; i < PT_COUNT(pieces); i++)
        for (size_t k = 0; k < pieces[i].n; k++) {
            char c = pieces[i].p[k];
            if (c != ')')
                pt_buf_putc(&b, (char)(c == '(' ? '_' : c == '/' ? '+' : c));
        }
    pt_buf_printf(&b, "/node_modules/%.*s", PT_PRI(p->name));
    if (b.full || !pt_node_installed(r, pt_buf_str(&b), p))
        (void)pt_node_installed(r, pt_arena_printf(r->a, "node_modules/%.*s", PT_PRI(p->name)), p);
}

static pt_code put_key(pnpm *n, size_t i, pt_err *e) {
    pt_str key = pt_text(pt_key_at(n->keys, i));
    pt_package p = {0};
    pt_str end;
    if (!describe(n, key, &p, &end))
        return PT_OK;
    if (!p.name.n || (!p.version.n && !pt_defined(p.more))) {
        pt_fault_add(n->lock.r, 0, "a package without a name or version");
        return PT_OK;
    }
    p.dev = pt_true(pt_getz(entry_of(n, key), "dev"));
    p.digest = pt_lock_integrity(
        n->lock.r->a, pt_text(pt_getz(pt_getz(entry_of(n, key), "resolution"), "integrity")));
    p.depends = edges_of(n, pt_val_at(n->keys, i));
    find_installed(n, &p, end);
    return pt_lock_put(&n->lock, &p, e);
}

static pt_code put_roots(pnpm *n, pt_value importer, pt_err *e) {
    pt_node_asked it = {.manifest = importer, .last = PT_NODE_DEV};
    pt_code code = PT_OK;
    while (!code && pt_node_next(&it)) {
        pt_value id = resolve(n, it.name, it.range);
        if (pt_defined(id))
            code = pt_lock_root(&n->lock, pt_text(id), it.kind == PT_NODE_DEV, e);
    }
    return code;
}

// Without workspaces the project stands at the top in versions 5 and 6.
static pt_code read_document(pt_read *r, pt_value doc, pt_err *e) {
    char room[PT_NUMBER_ROOM];
    int64_t major;
    pt_value version = pt_getz(doc, "lockfileVersion");
    pt_value importers = pt_getz(doc, "importers");
    pt_str number =
        pt_tag_of(version) == PT_NUMBER ? pt_number_text(version, room) : pt_text(version);
    pnpm n = {.lock = {.r = r, .rooted = true},
              .packages = pt_getz(doc, "packages"),
              .keys = pt_getz(doc, "snapshots")};
    pt_format_check(r, version, 5, 9);
    n.slashes =
        pt_str_int(pt_str_sub(number, 0, pt_str_find(number, '.')), 10, &major) && major < 6;
    n.snapshots = pt_tag_of(n.keys) == PT_OBJECT;
    if (!n.snapshots)
        n.keys = n.packages;
    n.lock.dev_told = !n.snapshots;
    pt_code code = put_roots(&n, doc, e);
    for (size_t i = 0; !code && pt_tag_of(importers) == PT_OBJECT && i < pt_len(importers); i++)
        code = put_roots(&n, pt_val_at(importers, i), e);
    for (size_t i = 0; !code && pt_tag_of(n.keys) == PT_OBJECT && i < pt_len(n.keys); i++)
        code = put_key(&n, i, e);
    return code ? code : pt_lock_end(&n.lock, e);
}

// Of several documents (pnpm 10 puts its own tools into one) each is a lock file.
pt_code pt_read_pnpm(pt_read *r, pt_str text, pt_err *e) {
    PT_AUTO(pt_yaml_stream_done)
    pt_yaml_stream s = {.bytes = text, .dialect = PT_YAML_CORE};
    pt_yaml_doc doc = {0};
    pt_err own = {0};
    pt_code code = PT_OK;
    pt_code yaml = pt_yaml_next(&s, r->a, &doc, &own);
    while (!code && !yaml && pt_defined(doc.value)) {
        if (pt_tag_of(doc.value) == PT_OBJECT)
            code = read_document(r, doc.value, e);
        else
            pt_fault_add(r, doc.line, "not a lock file");
        yaml = pt_yaml_next(&s, r->a, &doc, &own);
    }
    if (!code && yaml == PT_E_NOMEM)
        return pt_err_set(e, PT_E_NOMEM, "out of memory");
    if (!code && yaml)
        pt_fault_add(r, own.line, own.what);
    return code;
}
