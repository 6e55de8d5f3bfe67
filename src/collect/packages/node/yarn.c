// yarn.lock: what is installed, by the patterns "NAME@RANGE" that ask for it. What the project
// itself asks for stands in package.json beside it, and in those of its workspaces.
#include "collect/packages/node/yarn.h"

#include <stdlib.h>

#include "collect/packages/node/impl.h"
#include "collect/packages/node/node.h"
#include "collect/packages/node/yarn_cache.h"

enum {
    PATTERNS_MAX = 100, // of workspaces: each is compared with all manifests
};

typedef struct yarn {
    pt_lock lock;
    unsigned patterns;
    pt_yarn_blocks blocks;
    pt_yarn_cache cache;
    pt_value ids;     // of each pattern
    pt_value by_name; // likewise of each name, if all its patterns have one answer
} yarn;

static pt_str name_of(pt_str pattern) {
    return pt_str_sub(pattern, 0, 1 + pt_str_find(pt_str_sub(pattern, 1, pattern.n), '@'));
}

static pt_str range_of(pt_str pattern) {
    return pt_str_sub(pattern, name_of(pattern).n + 1, pattern.n);
}

// -- where a package comes from -------------------------------------------------------------------

typedef enum origin {
    REGISTRY,
    FOLDER,    // of the project itself
    PATCHED,   // what is patched has a block of its own
    ELSEWHERE, // git, an archive
} origin;

static origin origin_of(pt_str range) {
    static const struct {
        const char *begin;
        origin is;
    } protocols[] = {{"npm:", REGISTRY}, {"workspace:", FOLDER}, {"file:", FOLDER},
                     {"link:", FOLDER},  {"portal:", FOLDER},    {"patch:", PATCHED}};
    for (size_t i = 0; i < PT_COUNT(protocols); i++)
        if (pt_str_starts(range, pt_str_of(protocols[i].begin)))
            return protocols[i].is;
    bool elsewhere = pt_str_find(range, ':') < range.n || pt_str_find(range, '/') < range.n;
    return elsewhere ? ELSEWHERE : REGISTRY;
}

// In classic "a@npm:b@^1" is b, installed as a; "a@npm:^1" is a.
static pt_str real_name(pt_str pattern) {
    pt_str range = range_of(pattern);
    pt_str real = pt_str_sub(range, 4, range.n);
    bool letter = real.n && (real.p[0] == '@' || (real.p[0] | 0x20) >= 'a');
    return pt_str_starts(range, PT_STR("npm:")) && letter ? name_of(real) : name_of(pattern);
}

// Berry says in its resolution what it is. The id has the name that others ask for.
static origin describe(const yarn *y, const pt_yarn_block *b, pt_package *ret) {
    bool resolved = b->resolution.n > 0;
    pt_str pattern = b->patterns.n ? b->patterns.v[0] : (pt_str){0};
    pt_str what = resolved && pattern.n ? b->resolution : pattern;
    ret->name = resolved ? name_of(what) : real_name(pattern);
    ret->version = b->version;
    pt_node_fetched(y->lock.r->a, b->resolved, ret); // an override of the project's may do it, too
    ret->line = b->line;
    ret->line_end = b->end;
    ret->id =
        pt_arena_printf(y->lock.r->a, "%.*s@%.*s", PT_PRI(name_of(what)), PT_PRI(ret->version));
    return origin_of(range_of(what));
}

static bool is_package(const pt_package *p, origin from) {
    bool named = p->name.n && !pt_str_eqz(p->name, PT_YARN_METADATA);
    return named && p->version.n && (from == REGISTRY || from == ELSEWHERE);
}

// -- patterns -------------------------------------------------------------------------------------

static int by_key(const void *a, const void *b) {
    return pt_cmp(*(const pt_value *)a, *(const pt_value *)b);
}

// {name, id} pairs to an object of those names that have one id only.
static pt_value unique(pt_arena *a, pt_value *pairs, size_t n) {
    size_t kept = 0;
    size_t same;
    if (n)
        qsort(pairs, n, 2 * sizeof *pairs, by_key);
    for (size_t i = 0; i < n; i += same) {
        bool one = true;
        for (same = 1; i + same < n && pt_eq(pairs[2 * i], pairs[2 * (i + same)]); same++)
            one = one && pt_eq(pairs[2 * i + 1], pairs[2 * (i + same) + 1]);
        if (one) {
            pairs[2 * kept] = pairs[2 * i];
            pairs[2 * kept++ + 1] = pairs[2 * i + 1];
        }
    }
    return pt_object_of(a, pairs, kept, NULL);
}

static bool index_patterns(yarn *y) {
    pt_arena *a = y->lock.r->a;
    PT_VEC(pt_value) patterns = {0};
    PT_VEC(pt_value) names = {0};
    bool ok = true;
    for (size_t i = 0; i < y->blocks.all.n; i++) {
        const pt_yarn_block *b = &y->blocks.all.v[i];
        pt_package p = {0};
        bool is = is_package(&p, describe(y, b, &p));
        for (size_t k = 0; is && ok && k < b->patterns.n; k++) {
            const pt_value pairs[] = {pt_string(b->patterns.v[k]), pt_string(p.id),
                                      pt_string(name_of(b->patterns.v[k])), pt_string(p.id)};
            for (size_t j = 0; ok && j < PT_COUNT(pairs); j++) {
                pt_value *own = j < 2 ? PT_PUSH(a, &patterns) : PT_PUSH(a, &names);
                ok = own != NULL;
                if (own)
                    *own = pairs[j];
            }
        }
    }
    y->ids = pt_object_of(a, patterns.v, patterns.n / 2, NULL);
    y->by_name = unique(a, names.v, names.n / 2);
    return ok && pt_defined(y->ids) && pt_defined(y->by_name);
}

// The id of what answers; undefined: nothing. Where a resolution of the project's overrides the
// range, no pattern has it any more.
static pt_value resolve(const yarn *y, pt_str name, pt_str range) {
    static const char *const between[] = {"@", "@npm:"};
    pt_value id = pt_undefined();
    for (size_t i = 0; !pt_defined(id) && i < PT_COUNT(between); i++)
        id = pt_get(y->ids, pt_arena_printf(y->lock.r->a, "%.*s%s%.*s", PT_PRI(name), between[i],
                                            PT_PRI(range)));
    return pt_defined(id) || origin_of(range) == FOLDER ? id : pt_get(y->by_name, name);
}

static pt_code put_block(yarn *y, const pt_yarn_block *b, pt_err *e) {
    pt_read *r = y->lock.r;
    pt_package p = {0};
    pt_list ids = {.a = r->a};
    origin from = describe(y, b, &p);
    if (!is_package(&p, from))
        return PT_OK;
    for (size_t i = 0; i < b->needs.n; i++) {
        pt_value id = resolve(y, b->needs.v[i].name, b->needs.v[i].range);
        if (pt_defined(id))
            pt_list_add(&ids, id);
    }
    p.depends = pt_list_end(&ids);
    p.digest = pt_lock_integrity(r->a, b->integrity);
    pt_node_misnamed(r, &p, &(pt_package){.name = p.name, .version = b->version});
    if (from == ELSEWHERE)
        p.more = pt_node_from(r->a, range_of(b->resolution.n ? b->resolution : b->patterns.v[0]));
    pt_str folder = pt_arena_printf(r->a, "node_modules/%.*s", PT_PRI(name_of(b->patterns.v[0])));
    if (!pt_node_installed(r, folder, &p) && y->blocks.berry)
        (void)pt_yarn_cached(r, &y->cache, b->resolution, &p);
    return pt_lock_put(&y->lock, &p, e);
}

// -- the project ----------------------------------------------------------------------------------

// What a manifest asks for; the ids are added to `ids`.
static pt_code put_roots(yarn *y, pt_value manifest, pt_list *ids, pt_err *e) {
    pt_node_asked it = {.manifest = manifest, .last = PT_NODE_DEV};
    pt_code code = PT_OK;
    while (!code && pt_node_next(&it)) {
        pt_value id = resolve(y, it.name, pt_text(it.range));
        if (it.kind == PT_NODE_PEERS || !pt_defined(id))
            continue; // yarn installs no peers
        pt_list_add(ids, id);
        code = pt_lock_root(&y->lock, pt_text(id), it.kind == PT_NODE_DEV, e);
    }
    return code;
}

// A package of the project's own.
static pt_code put_own(yarn *y, pt_value manifest, pt_str relationship, pt_value depends,
                       pt_err *e) {
    pt_package p = {.name = pt_text(pt_getz(manifest, "name")),
                    .version = pt_text(pt_getz(manifest, "version")),
                    .relationship = relationship,
                    .licences = pt_node_licences(y->lock.r->a, manifest),
                    .depends = depends};
    return p.name.n ? pt_lock_put(&y->lock, &p, e) : PT_OK;
}

// A workspace in `folder`; its id is added to `ids`.
static pt_code put_workspace(yarn *y, pt_str folder, pt_list *ids, pt_err *e) {
    pt_read *r = y->lock.r;
    pt_list own = {.a = r->a};
    pt_value m =
        pt_lock_beside(r, pt_arena_printf(r->a, "%.*s/package.json", PT_PRI(folder)), true);
    pt_str name = pt_text(pt_getz(m, "name"));
    pt_str version = pt_text(pt_getz(m, "version"));
    if (pt_tag_of(m) != PT_OBJECT) {
        y->lock.partial = true;
        return PT_OK;
    }
    pt_code code = put_roots(y, m, &own, e);
    if (name.n)
        pt_list_add(ids, pt_string(pt_arena_printf(r->a, "%.*s%s%.*s", PT_PRI(name),
                                                   version.n ? "@" : "", PT_PRI(version))));
    return code ? code : put_own(y, m, PT_STR("workspace"), pt_list_end(&own), e);
}

// The folders that a pattern names ("packages/*") are those with a manifest.
static pt_code put_matching(yarn *y, pt_str pattern, pt_list *ids, pt_err *e) {
    pt_read *r = y->lock.r;
    const pt_str last = PT_STR("/package.json");
    pt_code code = PT_OK;
    if (!r->listed || y->patterns++ == PATTERNS_MAX) {
        y->lock.partial = true; // which folders there are cannot be asked
        return PT_OK;
    }
    pt_value all = r->listed(r, pt_arena_printf(r->a, "%.*s%s", PT_PRI(pattern), last.p));
    for (size_t i = 0; !code && i < pt_len(all); i++) {
        pt_str path = pt_text(pt_at(all, i));
        if (!pt_str_has(path, PT_STR("node_modules/")))
            code = put_workspace(y, pt_str_sub(path, 0, path.n - last.n), ids, e);
    }
    return code;
}

// A folder, a pattern of them; "!" before one of what patterns name takes it out, which is passed
// over: one workspace too many hides nothing.
static pt_code put_named(yarn *y, pt_str folder, pt_list *ids, pt_err *e) {
    while (pt_str_starts(folder, PT_STR("./")))
        folder = pt_str_sub(folder, 2, folder.n);
    while (pt_str_ends(folder, PT_STR("/")))
        folder = pt_str_sub(folder, 0, folder.n - 1);
    if (!folder.n || pt_str_starts(folder, PT_STR("!")))
        return PT_OK;
    if (pt_str_find(folder, '*') < folder.n)
        return put_matching(y, folder, ids, e);
    return put_workspace(y, folder, ids, e);
}

// Berry's lock file has a block for each; otherwise the manifest names their folders.
static pt_code put_workspaces(yarn *y, pt_value manifest, pt_list *ids, pt_err *e) {
    const pt_str mark = PT_STR("workspace:");
    pt_value folders = pt_getz(manifest, "workspaces");
    pt_code code = PT_OK;
    if (pt_tag_of(folders) == PT_OBJECT)
        folders = pt_getz(folders, "packages");
    for (size_t i = 0; !code && !y->blocks.berry && i < pt_len(folders); i++)
        code = put_named(y, pt_text(pt_at(folders, i)), ids, e);
    for (size_t i = 0; !code && y->blocks.berry && i < y->blocks.all.n; i++) {
        pt_str range = range_of(y->blocks.all.v[i].resolution);
        pt_str folder = pt_str_sub(range, mark.n, range.n);
        if (pt_str_starts(range, mark) && !pt_str_eqz(folder, "."))
            code = put_workspace(y, folder, ids, e);
    }
    return code;
}

static pt_code put_project(yarn *y, pt_err *e) {
    pt_value m = pt_lock_beside(y->lock.r, PT_STR("package.json"), true);
    pt_list ids = {.a = y->lock.r->a};
    y->lock.rooted = pt_tag_of(m) == PT_OBJECT;
    if (!y->lock.rooted)
        return PT_OK;
    pt_code code = put_roots(y, m, &ids, e);
    if (!code)
        code = put_workspaces(y, m, &ids, e);
    return code ? code : put_own(y, m, PT_STR("root"), pt_list_end(&ids), e);
}

pt_code pt_read_yarn(pt_read *r, pt_str text, pt_err *e) {
    yarn y = {.lock = {.r = r}};
    pt_code code = pt_yarn_read_blocks(r, text, &y.blocks, e);
    if (!code && !index_patterns(&y))
        code = pt_err_set(e, PT_E_NOMEM, "out of memory");
    for (size_t i = 0; !code && i < y.blocks.all.n; i++)
        code = put_block(&y, &y.blocks.all.v[i], e);
    if (!code)
        code = put_project(&y, e);
    return code ? code : pt_lock_end(&y.lock, e);
}
