// NAME.deps.json (github.com/dotnet/sdk, "Runtime configuration files"): what lies beside a built
// application. "libraries" are "Name/Version" with a type, "targets" say for one framework what of
// them is there at run time and what they need.
#include "collect/packages/dotnet/dotnet.h"
#include "collect/packages/ids.h"
#include "collect/packages/members.h"
#include "crypto/crypto.h"

pt_str pt_nuget_digest(pt_arena *a, pt_str base64) {
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(256);
    pt_str bytes = base64.n < 256 ? pt_base64_decode(a, base64) : (pt_str){0};
    if (bytes.n != 64)
        return (pt_str){0};
    pt_buf_putz(&b, "sha512:");
    pt_hex_put(&b, bytes);
    return pt_arena_str(a, pt_buf_str(&b));
}

typedef struct library {
    pt_package p;
    pt_value target; // what the target says of it; undefined: nothing
    bool project;    // of the solution, not of a registry
    bool needed;     // by another one
    bool by_project; // by one of the solution
    bool listed;
} library;

typedef struct deps {
    pt_read *r;
    pt_value target; // of the framework that it was built for
    pt_ids keys;     // "Name/Version"
    PT_VEC(library) libraries;
} deps;

// A package whose files are all for the compiler is not there at run time.
static bool is_there(pt_value target) {
    static const char *const parts[] = {"runtime", "runtimeTargets", "native", "resources"};
    for (size_t i = 0; i < PT_COUNT(parts); i++)
        if (pt_len(pt_getz(target, parts[i])) > 0)
            return true;
    return !pt_defined(target);
}

static pt_str library_name(pt_str name) {
    pt_str pack = PT_STR("runtimepack.");
    return pt_str_starts(name, pack) && name.n > pack.n ? pt_str_sub(name, pack.n, name.n) : name;
}

static bool take_library(deps *d, const pt_member *m) {
    pt_str key = pt_text(m->key);
    pt_str type = pt_text(pt_getz(m->value, "type"));
    pt_str hash = pt_text(pt_getz(m->value, "sha512"));
    size_t cut = pt_str_find(key, '/');
    bool project = pt_str_eq_nocase(type, PT_STR("project"));
    if (!project && !pt_str_eq_nocase(type, PT_STR("package")) &&
        !pt_str_eq_nocase(type, PT_STR("runtimepack")))
        return true; // an assembly of the framework, and the like
    if (cut == 0 || cut + 1 >= key.n) {
        pt_fault_add(d->r, m->line, "a library without a name or a version");
        return true;
    }
    if (pt_ids_find(&d->keys, key) != PT_IDS_NONE)
        return true; // once more
    library *l = PT_PUSH(d->r->a, &d->libraries);
    if (!l || pt_ids_add(&d->keys, key) == PT_IDS_NONE)
        return false;
    *l = (library){.project = project, .target = pt_get(d->target, key)};
    l->listed = project || is_there(l->target);
    l->p = (pt_package){.name = library_name(pt_str_sub(key, 0, cut)),
                        .version = pt_str_sub(key, cut + 1, key.n),
                        .line = m->line,
                        .line_end = m->line_end};
    if (pt_str_starts(hash, PT_STR("sha512-")))
        l->p.digest = pt_nuget_digest(d->r->a, pt_str_sub(hash, 7, hash.n));
    return true;
}

// The library that is `i`-th of those that another needs; NULL: none that is here.
static library *needed_by(deps *d, pt_value needs, size_t i) {
    pt_str name = pt_text(pt_key_at(needs, i));
    pt_str version = pt_text(pt_val_at(needs, i));
    pt_str key = pt_arena_printf(d->r->a, "%.*s/%.*s", PT_PRI(name), PT_PRI(version));
    uint32_t n = pt_ids_find(&d->keys, key);
    return n == PT_IDS_NONE ? NULL : d->libraries.v + n;
}

static void mark_needed(deps *d, const library *by) {
    pt_value needs = pt_getz(by->target, "dependencies");
    for (size_t i = 0; i < pt_len(needs); i++) {
        library *l = needed_by(d, needs, i);
        if (l && l != by) {
            l->needed = true;
            l->by_project |= by->project;
        }
    }
}

static pt_value edges_of(deps *d, const library *of) {
    pt_value needs = pt_getz(of->target, "dependencies");
    pt_list ids = {.a = d->r->a};
    for (size_t i = 0; i < pt_len(needs); i++) {
        const library *l = needed_by(d, needs, i);
        if (l && l->listed)
            pt_list_add(&ids, pt_string(pt_arena_printf(d->r->a, "%.*s@%.*s", PT_PRI(l->p.name),
                                                        PT_PRI(l->p.version))));
    }
    return pt_ids_sorted(&ids);
}

static pt_code put(deps *d, library *l, pt_err *e) {
    if (l->project)
        l->p.relationship = l->needed ? PT_STR("workspace") : PT_STR("root");
    else if (pt_defined(l->target))
        l->p.relationship = l->by_project ? PT_STR("direct") : PT_STR("indirect");
    l->p.depends = edges_of(d, l);
    return pt_package_add(d->r, &l->p, e);
}

pt_code pt_read_deps_json(pt_read *r, pt_str text, pt_err *e) {
    pt_value doc;
    pt_member m;
    deps d = {.r = r, .keys = {.a = r->a}};
    pt_code code = pt_read_json(r, &text, &doc, e);
    if (code || !pt_defined(doc))
        return code;
    d.target =
        pt_get(pt_getz(doc, "targets"), pt_text(pt_getz(pt_getz(doc, "runtimeTarget"), "name")));
    if (pt_tag_of(pt_getz(doc, "libraries")) != PT_OBJECT)
        pt_fault_add(r, 1, "no list of libraries");
    pt_members all = pt_members_at(r->a, text, "libraries");
    while (pt_members_next(&all, &m))
        if (!take_library(&d, &m))
            return pt_err_set(e, PT_E_NOMEM, "out of memory");
    for (size_t i = 0; i < d.libraries.n; i++)
        mark_needed(&d, d.libraries.v + i);
    for (size_t i = 0; !code && i < d.libraries.n; i++)
        if (d.libraries.v[i].listed)
            code = put(&d, d.libraries.v + i, e);
    return code;
}
