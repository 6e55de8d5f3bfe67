#include "collect/packages/graph.h"

#include <stdlib.h>

static pt_code no_memory(pt_err *e) {
    return pt_err_set(e, PT_E_NOMEM, "out of memory");
}

pt_code pt_graph_add(pt_graph *g, const pt_package *p, pt_str key, pt_err *e) {
    if (g->nodes.n == PT_PACKAGES_MAX)
        return pt_err_set(e, PT_E_LIMIT, "more than %u packages", PT_PACKAGES_MAX);
    pt_graph_node *n = PT_PUSH(g->a, &g->nodes);
    if (!n)
        return no_memory(e);
    *n = (pt_graph_node){.package = *p, .key = key};
    return PT_OK;
}

static int by_key(const void *a, const void *b, void *nodes) {
    uint32_t i = *(const uint32_t *)a;
    uint32_t k = *(const uint32_t *)b;
    const pt_graph_node *x = (const pt_graph_node *)nodes + i;
    const pt_graph_node *y = (const pt_graph_node *)nodes + k;
    int c = pt_str_cmp(x->key, y->key);
    c = c ? c : pt_str_cmp(x->package.version, y->package.version);
    return c ? c : (i > k) - (i < k);
}

pt_code pt_graph_index(pt_graph *g, pt_err *e) {
    g->by_key = PT_NEW(g->a, uint32_t, g->nodes.n);
    if (!g->by_key)
        return no_memory(e);
    for (uint32_t i = 0; i < g->nodes.n; i++)
        g->by_key[i] = i;
    if (g->nodes.n > 1)
        qsort_r(g->by_key, g->nodes.n, sizeof *g->by_key, by_key, g->nodes.v);
    return PT_OK;
}

static const pt_graph_node *sorted(const pt_graph *g, size_t i) {
    return &g->nodes.v[g->by_key[i]];
}

// The first place in the order that is not before this key and version.
static size_t place_of(const pt_graph *g, pt_str key, pt_str version) {
    size_t from = 0;
    size_t to = g->nodes.n;
    while (from < to) {
        size_t middle = (from + to) / 2;
        int c = pt_str_cmp(sorted(g, middle)->key, key);
        c = c ? c : pt_str_cmp(sorted(g, middle)->package.version, version);
        if (c < 0)
            from = middle + 1;
        else
            to = middle;
    }
    return from;
}

const uint32_t *pt_graph_all(const pt_graph *g, pt_str key, size_t *ret_n) {
    size_t from = place_of(g, key, (pt_str){0});
    size_t to = from;
    while (to < g->nodes.n && to - from < PT_GRAPH_SAME_MAX && pt_str_eq(sorted(g, to)->key, key))
        to++;
    *ret_n = to - from;
    return g->by_key + from;
}

uint32_t pt_graph_find(const pt_graph *g, pt_str key, pt_str version) {
    size_t i = place_of(g, key, version);
    if (i == g->nodes.n || !pt_str_eq(sorted(g, i)->key, key) ||
        (version.n && !pt_str_eq(sorted(g, i)->package.version, version)))
        return PT_GRAPH_NONE;
    return g->by_key[i];
}

pt_code pt_graph_need(pt_graph *g, uint32_t node, uint32_t needed, pt_err *e) {
    if (needed == PT_GRAPH_NONE || needed == node)
        return PT_OK;
    uint32_t *to = PT_PUSH(g->a, &g->nodes.v[node].needs);
    if (!to)
        return no_memory(e);
    *to = needed;
    return PT_OK;
}

void pt_graph_ask(pt_graph *g, uint32_t node, bool develop) {
    pt_graph_node *n = &g->nodes.v[node];
    n->direct = true;
    n->used = n->used || !develop;
    n->develop = n->develop || develop;
}

// -- the end --------------------------------------------------------------------------------------

typedef struct stack {
    PT_VEC(uint32_t) nodes;
} stack;

static bool push(const pt_graph *g, stack *s, uint32_t node) {
    uint32_t *to = PT_PUSH(g->a, &s->nodes);
    if (to)
        *to = node;
    return to != NULL;
}

static bool *mark_of(pt_graph *g, uint32_t node, bool develop) {
    pt_graph_node *n = &g->nodes.v[node];
    return develop ? &n->develop : &n->used;
}

// What they need is used as they are. What the project's own packages need is asked for one by one,
// and not all of it in the same way.
static pt_code spread(pt_graph *g, bool develop, pt_err *e) {
    stack open = {0};
    for (uint32_t i = 0; i < g->nodes.n; i++)
        if (*mark_of(g, i, develop) && !push(g, &open, i))
            return no_memory(e);
    while (open.nodes.n) {
        const pt_graph_node *n = &g->nodes.v[open.nodes.v[--open.nodes.n]];
        bool own = n->package.relationship.n > 0;
        for (size_t i = 0; !own && i < n->needs.n; i++) {
            bool *mark = mark_of(g, n->needs.v[i], develop);
            if (!*mark && !push(g, &open, n->needs.v[i]))
                return no_memory(e);
            *mark = true;
        }
    }
    return PT_OK;
}

static pt_value id_of(const pt_graph *g, const pt_package *p) {
    return pt_string(
        p->id.n ? p->id : pt_arena_printf(g->a, "%.*s@%.*s", PT_PRI(p->name), PT_PRI(p->version)));
}

// Sorted, each once.
static pt_value depends_of(const pt_graph *g, const pt_graph_node *n) {
    pt_value *ids = PT_NEW(g->a, pt_value, n->needs.n);
    for (size_t i = 0; ids && i < n->needs.n; i++)
        ids[i] = id_of(g, &g->nodes.v[n->needs.v[i]].package);
    pt_value set = ids ? pt_set_of(g->a, ids, n->needs.n) : pt_undefined();
    return pt_len(set) ? pt_array_of(g->a, pt_vals(set), pt_len(set)) : pt_undefined();
}

pt_code pt_graph_put(pt_graph *g, pt_read *r, pt_err *e) {
    pt_code code = spread(g, false, e);
    code = code ? code : spread(g, true, e);
    for (size_t i = 0; !code && i < g->nodes.n; i++) {
        pt_graph_node *n = &g->nodes.v[i];
        pt_package *p = &n->package;
        if (n->twin)
            continue;
        if (g->related && !p->relationship.n)
            p->relationship = n->direct ? PT_STR("direct") : PT_STR("indirect");
        p->dev = p->dev || (n->develop && !n->used);
        p->depends = depends_of(g, n);
        code = pt_package_add(r, p, e);
    }
    return code;
}
