#include "collect/packages/java/pom.h"

enum {
    ROUNDS_MAX = 64 // a version that is demanded begins a new one
};

typedef struct growing {
    pt_poms *all;
    pt_pom *root;
    pt_tree tree;
    pt_ids forced; // "group:artifact"; numbers of `versions`
    PT_VEC(pt_str) versions;
    bool again;
} growing;

static bool is_used(const pt_needs *d) {
    return !d->scope.n || pt_str_eqz(d->scope, "compile") || pt_str_eqz(d->scope, "runtime");
}

// "[1.0]" demands 1.0; a range has no version, since what there is is not known. *ret_hard: it is
// demanded.
static pt_str plain_version(pt_str v, bool *ret_hard) {
    *ret_hard = false;
    if (pt_str_has(v, PT_STR("${")))
        return (pt_str){0};
    if (!v.n || (v.p[0] != '[' && v.p[0] != '('))
        return v;
    if (v.n < 3 || v.p[0] != '[' || v.p[v.n - 1] != ']' || pt_str_find(v, ',') < v.n)
        return (pt_str){0};
    *ret_hard = true;
    return pt_str_trim(pt_str_sub(v, 1, v.n - 1));
}

static pt_code out_of_memory(pt_err *e) {
    return pt_err_set(e, PT_E_NOMEM, "out of memory");
}

// A demanded version takes the place of another one.
static pt_code force(growing *g, pt_str name, pt_str version, pt_err *e) {
    uint32_t n = pt_ids_add(&g->forced, name);
    if (n != g->versions.n)
        return n == PT_IDS_NONE ? out_of_memory(e) : PT_OK; // the first demand counts
    pt_str *to = PT_PUSH(g->all->r->a, &g->versions);
    if (!to)
        return out_of_memory(e);
    *to = version;
    g->again = true;
    return PT_OK;
}

static pt_code add(growing *g, pt_str name, const pt_needs *d, bool direct, pt_err *e) {
    bool hard = false;
    pt_str version = plain_version(d->gav.version, &hard);
    size_t known = g->tree.names.list.n;
    uint32_t n = pt_ids_add(&g->tree.names, name);
    if (n == PT_IDS_NONE)
        return out_of_memory(e);
    if (n < known) {
        const pt_artifact *there = g->tree.list.v + n;
        bool other = hard && !there->hard && !pt_str_eq(there->d.gav.version, version);
        return other && n > 0 ? force(g, name, version, e) : PT_OK;
    }
    if (g->tree.list.n == PT_PACKAGES_MAX)
        return pt_err_set(e, PT_E_LIMIT, "more than %u packages", PT_PACKAGES_MAX);
    pt_artifact *to = PT_PUSH(g->all->r->a, &g->tree.list);
    if (!to)
        return out_of_memory(e);
    uint32_t forced = pt_ids_find(&g->forced, name);
    *to = (pt_artifact){.d = *d, .hard = hard, .direct = direct};
    to->d.gav.version = forced == PT_IDS_NONE ? version : g->versions.v[forced];
    return PT_OK;
}

// The exclusions of one dependency, and behind them those on the way to it.
static const pt_exclusions *behind(growing *g, const pt_exclusions *own, const pt_exclusions *way) {
    const pt_exclusions *all = way;
    for (; own; own = own->next) {
        pt_exclusions *copy = PT_NEW(g->all->r->a, pt_exclusions, 1);
        if (!copy)
            break;
        *copy = (pt_exclusions){.list = own->list, .of = own->of, .next = all};
        all = copy;
    }
    return all;
}

// `i` may move in memory while others are added.
static pt_code add_needs(growing *g, size_t i, const pt_needs *of, pt_err *e) {
    pt_needs d = *of;
    pt_arena *a = g->all->r->a;
    const pt_exclusions *way = g->tree.list.v[i].d.exclusions;
    bool direct = i == 0;
    if (!d.gav.group.n || !d.gav.artifact.n || pt_pom_excluded(g->all, way, &d.gav))
        return PT_OK;
    if (!direct) { // said in the file of another one
        d.line = d.line_end = 0;
        pt_pom_manage(g->all, g->root, &d);
    }
    if (!is_used(&d) || (d.optional && !direct))
        return PT_OK;
    d.exclusions = behind(g, d.exclusions, way);
    pt_str name = pt_arena_printf(a, "%.*s:%.*s", PT_PRI(d.gav.group), PT_PRI(d.gav.artifact));
    pt_code code = add(g, name, &d, direct, e);
    pt_str *to = code ? NULL : PT_PUSH(a, &g->tree.list.v[i].needs);
    if (to)
        *to = name;
    return code || to ? code : out_of_memory(e);
}

static pt_code expand(growing *g, size_t i, pt_err *e) {
    pt_artifact *at = g->tree.list.v + i;
    at->pom = i == 0 ? g->root : pt_pom_find(g->all, &at->d.gav, 0);
    pt_pom *p = at->pom;
    pt_code code = p ? pt_pom_needs(g->all, p, e) : PT_OK;
    for (size_t k = 0; !code && p && k < p->needs_n; k++)
        code = add_needs(g, i, p->needs + k, e);
    return code;
}

static pt_code grow(growing *g, pt_err *e) {
    pt_arena *a = g->all->r->a;
    const pt_gav *root = &g->root->gav;
    pt_needs d = {.gav = *root};
    g->tree = (pt_tree){.names = {.a = a}};
    g->again = false;
    pt_code code =
        add(g, pt_arena_printf(a, "%.*s:%.*s", PT_PRI(root->group), PT_PRI(root->artifact)), &d,
            false, e);
    for (size_t i = 0; !code && !g->again && i < g->tree.list.n; i++)
        code = expand(g, i, e);
    return code;
}

pt_code pt_pom_tree(pt_poms *all, pt_pom *root, pt_tree *ret, pt_err *e) {
    growing g = {.all = all, .root = root, .forced = {.a = all->r->a}, .again = true};
    pt_code code = PT_OK;
    for (unsigned round = 0; !code && g.again; round++) {
        if (round == ROUNDS_MAX)
            return pt_err_set(e, PT_E_LIMIT, "more than %u versions are demanded", ROUNDS_MAX);
        code = grow(&g, e);
    }
    if (!code)
        *ret = g.tree;
    return code;
}
