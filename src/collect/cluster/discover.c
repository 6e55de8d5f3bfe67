// What the server serves: aggregated discovery (KEP-3352), and what older servers have.
#include "collect/cluster/cluster_impl.h"

#define AGGREGATED(version) \
    "application/json;g=apidiscovery.k8s.io;v=" version ";as=APIGroupDiscoveryList"

enum {
    SILENT_MAX = 3
}; // groups; more, and it is the server that does not answer

typedef struct discovery {
    pt_cluster *c;
    pt_arena *a;  // the caller's
    pt_arena top; // the answer of /api or /apis
    pt_arena one; // of one version below it
    pt_cluster_kinds kinds;
    size_t group_at; // where the kinds of the group that is being read begin
    pt_buf missing;
    size_t silent; // how many did not answer in time
} discovery;

// -- what both ways share -------------------------------------------------------------------------

static void miss(discovery *d, pt_str group, pt_str version) {
    PT_AUTO(pt_buf_done) pt_buf shown = PT_BUF(2048);
    if (group.n)
        pt_buf_printf(&shown, "%.*s/", PT_PRI(pt_str_sub(group, 0, 253)));
    pt_buf_put(&shown, pt_str_sub(version, 0, 63));
    pt_buf_putz(&d->missing, d->missing.n ? ", " : "");
    pt_buf_put_safe(&d->missing, pt_buf_str(&shown));
}

static bool has_verb(pt_value verbs, const char *verb) {
    for (size_t i = 0; i < pt_len(verbs); i++)
        if (pt_str_eqz(pt_text(pt_at(verbs, i)), verb))
            return true;
    return false;
}

static bool is_kind(pt_str s) {
    for (size_t i = 0; i < s.n; i++)
        if (!((s.p[i] >= 'a' && s.p[i] <= 'z') || (s.p[i] >= 'A' && s.p[i] <= 'Z') ||
              (s.p[i] >= '0' && s.p[i] <= '9')))
            return false;
    return s.n > 0 && s.n <= 253;
}

// A group's earlier versions are preferred.
static bool is_known(const discovery *d, const pt_cluster_kind *k) {
    for (size_t i = d->group_at; i < d->kinds.n; i++)
        if (pt_str_eq(d->kinds.v[i].resource, k->resource))
            return true;
    return false;
}

static pt_code add(discovery *d, const pt_cluster_kind *k, pt_err *e) {
    if ((k->group.n && !pt_cluster_is_name(k->group)) || !pt_cluster_is_name(k->version) ||
        !pt_cluster_is_name(k->resource) || !is_kind(k->kind))
        return pt_err_set(e, PT_E_FORMAT, "the server names a kind as none may be named");
    if (is_known(d, k))
        return PT_OK;
    if (d->kinds.n == PT_CLUSTER_KINDS_MAX)
        return pt_err_set(e, PT_E_LIMIT, "the server has more than %u kinds", PT_CLUSTER_KINDS_MAX);
    pt_cluster_kind *to = PT_PUSH(d->a, &d->kinds);
    if (!to)
        return pt_err_set(e, PT_E_NOMEM, "no memory for the server's kinds");
    *to = *k;
    to->group = pt_arena_str(d->a, k->group);
    to->version = pt_arena_str(d->a, k->version);
    to->kind = pt_arena_str(d->a, k->kind);
    to->resource = pt_arena_str(d->a, k->resource);
    return d->a->full ? pt_err_set(e, PT_E_NOMEM, "no memory for the server's kinds") : PT_OK;
}

// -- aggregated -----------------------------------------------------------------------------------

static pt_code add_version(discovery *d, pt_str group, pt_value version, pt_err *e) {
    pt_str name = pt_text(pt_getz(version, "version"));
    pt_value resources = pt_getz(version, "resources");
    pt_code code = PT_OK;
    if (!pt_str_eqz(pt_text(pt_getz(version, "freshness")), "Current"))
        miss(d, group, name);
    for (size_t i = 0; i < pt_len(resources) && !code; i++) {
        pt_value r = pt_at(resources, i);
        pt_value kind = pt_getz(r, "responseKind");
        if (!pt_text(pt_getz(kind, "kind")).n)
            continue; // nothing of its own, only subresources
        code = add(d,
                   &(pt_cluster_kind){
                       .group = group,
                       .version = name,
                       .kind = pt_text(pt_getz(kind, "kind")),
                       .resource = pt_text(pt_getz(r, "resource")),
                       .namespaced = pt_str_eqz(pt_text(pt_getz(r, "scope")), "Namespaced"),
                       .lists = has_verb(pt_getz(r, "verbs"), "list"),
                       .watches = has_verb(pt_getz(r, "verbs"), "watch"),
                   },
                   e);
    }
    return code;
}

static pt_code add_groups(discovery *d, pt_value list, pt_err *e) {
    pt_value groups = pt_getz(list, "items");
    pt_code code = PT_OK;
    for (size_t i = 0; i < pt_len(groups) && !code; i++) {
        pt_value group = pt_at(groups, i);
        pt_value versions = pt_getz(group, "versions");
        d->group_at = d->kinds.n;
        for (size_t j = 0; j < pt_len(versions) && !code; j++)
            code = add_version(d, pt_text(pt_getz(pt_getz(group, "metadata"), "name")),
                               pt_at(versions, j), e);
    }
    return code;
}

// -- one by one -----------------------------------------------------------------------------------

static pt_code add_resource(discovery *d, pt_str group, pt_str version, pt_value r, pt_err *e) {
    pt_str name = pt_text(pt_getz(r, "name"));
    if (pt_str_find(name, '/') < name.n)
        return PT_OK; // a subresource
    return add(d,
               &(pt_cluster_kind){
                   .group = group,
                   .version = version,
                   .kind = pt_text(pt_getz(r, "kind")),
                   .resource = name,
                   .namespaced = pt_true(pt_getz(r, "namespaced")),
                   .lists = has_verb(pt_getz(r, "verbs"), "list"),
                   .watches = has_verb(pt_getz(r, "verbs"), "watch"),
               },
               e);
}

static bool is_stopped(const pt_cluster *c) {
    return c->stop.stop && c->stop.stop(c->stop.ctx);
}

// What does not answer is missing.
static pt_code ask_version(discovery *d, pt_str group, pt_str version, pt_err *e) {
    pt_value list = pt_undefined();
    pt_err why = {0};
    if ((group.n && !pt_cluster_is_name(group)) || !pt_cluster_is_name(version))
        return pt_err_set(e, PT_E_FORMAT, "the server names a group as none may be named");
    pt_arena_clear(&d->one);
    pt_str path = pt_arena_printf(&d->one, group.n ? "/apis/%.*s/%.*s" : "/api%.*s/%.*s",
                                  PT_PRI(group), PT_PRI(version));
    if (!path.p)
        return pt_err_set(e, PT_E_NOMEM, "no memory");
    const pt_cluster_ask ask = {.method = "GET", .path = path, .unpack = true};
    pt_code code = pt_cluster_get(d->c, &d->one, &ask, &list, &why);
    pt_value resources = pt_getz(list, "resources");
    bool silent = code == PT_E_TIMEOUT && ++d->silent <= SILENT_MAX && !is_stopped(d->c);
    if (code && !silent && pt_http_status(d->c->http) == 0) { // the server itself
        if (e)
            *e = why;
        return code;
    }
    if (code || pt_tag_of(resources) != PT_ARRAY)
        miss(d, group, version);
    code = PT_OK;
    for (size_t i = 0; i < pt_len(resources) && !code; i++)
        code = add_resource(d, group, version, pt_at(resources, i), e);
    return code;
}

static pt_code ask_group(discovery *d, pt_value group, pt_err *e) {
    pt_str name = pt_text(pt_getz(group, "name"));
    pt_str first = pt_text(pt_getz(pt_getz(group, "preferredVersion"), "version"));
    pt_value versions = pt_getz(group, "versions");
    d->group_at = d->kinds.n;
    pt_code code = first.n ? ask_version(d, name, first, e) : PT_OK;
    for (size_t i = 0; i < pt_len(versions) && !code; i++) {
        pt_str version = pt_text(pt_getz(pt_at(versions, i), "version"));
        if (!pt_str_eq(version, first))
            code = ask_version(d, name, version, e);
    }
    return code;
}

static pt_code ask_core(discovery *d, pt_value versions, pt_err *e) {
    pt_code code = PT_OK;
    d->group_at = d->kinds.n;
    for (size_t i = 0; i < pt_len(versions) && !code; i++)
        code = ask_version(d, (pt_str){0}, pt_text(pt_at(versions, i)), e);
    return code;
}

// -- both -----------------------------------------------------------------------------------------

static pt_code read_top(discovery *d, const char *path, pt_err *e) {
    static const char accept[] = AGGREGATED("v2") "," AGGREGATED("v2beta1") ",application/json";
    const pt_cluster_ask ask = {
        .method = "GET", .path = pt_str_of(path), .accept = accept, .unpack = true};
    pt_value v = pt_undefined();
    pt_arena_clear(&d->top);
    pt_code code = pt_cluster_get(d->c, &d->top, &ask, &v, e);
    if (code)
        return code;
    pt_str kind = pt_text(pt_getz(v, "kind"));
    if (pt_str_eqz(kind, "APIGroupDiscoveryList"))
        return add_groups(d, v, e);
    if (pt_str_eqz(kind, "APIVersions"))
        return ask_core(d, pt_getz(v, "versions"), e);
    if (!pt_str_eqz(kind, "APIGroupList"))
        return pt_err_set(e, PT_E_FORMAT, "the answer to GET %s says nothing of kinds", path);
    pt_value groups = pt_getz(v, "groups");
    for (size_t i = 0; i < pt_len(groups) && !code; i++)
        code = ask_group(d, pt_at(groups, i), e);
    return code;
}

static discovery begin(pt_cluster *c, pt_arena *a) {
    return (discovery){.c = c,
                       .a = a,
                       .top = {.bytes_max = PT_CLUSTER_OBJECT_BYTES_MAX},
                       .one = {.bytes_max = PT_CLUSTER_OBJECT_BYTES_MAX},
                       .missing = PT_BUF(64 << 10)};
}

static pt_code end(discovery *d, pt_code code, pt_cluster_kinds *ret, pt_str *ret_missing,
                   pt_err *e) {
    pt_str missing = {0};
    if (!code) {
        missing = pt_arena_str(d->a, pt_buf_str(&d->missing));
        code = missing.p && !d->missing.full ? PT_OK : pt_err_set(e, PT_E_NOMEM, "no memory");
    }
    if (!code) {
        *ret = d->kinds;
        *ret_missing = missing;
    }
    pt_buf_done(&d->missing);
    pt_arena_done(&d->top);
    pt_arena_done(&d->one);
    return code;
}

pt_code pt_cluster_discover(pt_cluster *c, pt_arena *a, pt_cluster_kinds *ret, pt_str *ret_missing,
                            pt_err *e) {
    discovery d = begin(c, a);
    pt_code code = read_top(&d, "/api", e);
    if (!code)
        code = read_top(&d, "/apis", e);
    return end(&d, code, ret, ret_missing, e);
}

// The answer of /apis/GROUP.
static pt_code read_group(discovery *d, pt_str group, pt_err *e) {
    pt_err why = {0};
    pt_value v = pt_undefined();
    if (!pt_cluster_is_name(group))
        return pt_err_set(e, PT_E_USAGE, "this is no name of a group");
    pt_str path = pt_arena_printf(&d->one, "/apis/%.*s", PT_PRI(group));
    if (!path.p)
        return pt_err_set(e, PT_E_NOMEM, "no memory");
    const pt_cluster_ask ask = {.method = "GET", .path = path, .unpack = true};
    pt_code code = pt_cluster_get(d->c, &d->top, &ask, &v, &why);
    if (code == PT_E_ABSENT)
        return PT_OK;
    if (!code && !pt_str_eq(pt_text(pt_getz(v, "name")), group))
        code = pt_err_set(&why, PT_E_FORMAT, "the answer to GET %.*s is of no such group",
                          PT_PRI(path));
    if (code && e)
        *e = why;
    return code ? code : ask_group(d, v, e);
}

pt_code pt_cluster_discover_group(pt_cluster *c, pt_arena *a, pt_str group, pt_cluster_kinds *ret,
                                  pt_str *ret_missing, pt_err *e) {
    discovery d = begin(c, a);
    pt_code code = read_group(&d, group, e);
    return end(&d, code, ret, ret_missing, e);
}
