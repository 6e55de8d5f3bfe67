#include "collect/packages/lock/lock.h"

#include <stdlib.h>

static pt_code no_memory(pt_err *e) {
    return pt_err_set(e, PT_E_NOMEM, "out of memory");
}

pt_code pt_lock_put(pt_lock *l, const pt_package *p, pt_err *e) {
    if (l->packages.n == PT_PACKAGES_MAX)
        return pt_err_set(e, PT_E_LIMIT, "more than %u packages", PT_PACKAGES_MAX);
    pt_package *own = PT_PUSH(l->r->a, &l->packages);
    if (!own)
        return no_memory(e);
    *own = *p;
    if (!own->id.n)
        own->id = p->version.n
                      ? pt_arena_printf(l->r->a, "%.*s@%.*s", PT_PRI(p->name), PT_PRI(p->version))
                      : p->name;
    return own->id.n ? PT_OK : no_memory(e);
}

pt_code pt_lock_root(pt_lock *l, pt_str id, bool dev, pt_err *e) {
    pt_str *own = dev ? PT_PUSH(l->r->a, &l->dev_roots) : PT_PUSH(l->r->a, &l->roots);
    if (!own)
        return no_memory(e);
    *own = id;
    return PT_OK;
}

// -- one of each ----------------------------------------------------------------------------------

static int by_id(const void *a, const void *b) {
    const pt_package *x = a;
    const pt_package *y = b;
    int c = pt_str_cmp(x->id, y->id);
    return c ? c : (x->line > y->line) - (x->line < y->line);
}

// Packages of one id become the first of them.
static void merge(pt_arena *a, pt_package *first, size_t n) {
    pt_list all = {.a = a};
    for (size_t i = 1; i < n; i++) {
        first->dev = first->dev && first[i].dev;
        if (!pt_defined(first->licences))
            first->licences = first[i].licences;
    }
    for (size_t i = 0; n > 1 && i < n; i++)
        for (size_t k = 0; k < pt_len(first[i].depends); k++)
            pt_list_add(&all, pt_at(first[i].depends, k));
    if (all.items.n)
        first->depends = pt_list_end(&all);
}

static void merge_all(pt_lock *l) {
    size_t kept = 0;
    size_t n;
    if (l->packages.n)
        qsort(l->packages.v, l->packages.n, sizeof *l->packages.v, by_id);
    for (size_t i = 0; i < l->packages.n; i += n) {
        pt_package *first = &l->packages.v[i];
        for (n = 1; i + n < l->packages.n && pt_str_eq(first->id, first[n].id);)
            n++;
        merge(l->r->a, first, n);
        l->packages.v[kept++] = *first;
    }
    l->packages.n = kept;
}

// -- the way to each ------------------------------------------------------------------------------

typedef enum reached {
    FOR_USE = 1,
    TO_DEVELOP = 2,
    ASKED_FOR = 4, // by the project itself
} reached;

typedef struct node { // of the package at the same index
    uint32_t *needs;  // indices, sorted
    size_t n;
    unsigned reached;
} node;

typedef struct ways {
    pt_lock *l;
    node *nodes;
    PT_VEC(uint32_t) open; // reached, and what they need not yet followed
} ways;

// The packages are in the order of their ids.
static bool index_of(const pt_lock *l, pt_str id, uint32_t *ret) {
    size_t low = 0;
    size_t high = l->packages.n;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (pt_str_cmp(l->packages.v[middle].id, id) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    *ret = (uint32_t)low;
    return low < l->packages.n && pt_str_eq(l->packages.v[low].id, id);
}

static int by_number(const void *a, const void *b) {
    uint32_t x = *(const uint32_t *)a;
    uint32_t y = *(const uint32_t *)b;
    return (x > y) - (x < y);
}

// What a package needs: sorted, each once, and only what there is.
static bool find_needs(pt_lock *l, pt_package *p, node *ret) {
    size_t n = pt_len(p->depends);
    pt_list ids = {.a = l->r->a};
    ret->needs = PT_NEW(l->r->a, uint32_t, n);
    if (!n || !ret->needs)
        return !n;
    for (size_t k = 0; k < n; k++)
        if (index_of(l, pt_text(pt_at(p->depends, k)), &ret->needs[ret->n]))
            ret->n++;
    qsort(ret->needs, ret->n, sizeof *ret->needs, by_number);
    n = ret->n;
    ret->n = 0;
    for (size_t k = 0; k < n; k++)
        if (!ret->n || ret->needs[k] != ret->needs[ret->n - 1])
            ret->needs[ret->n++] = ret->needs[k];
    for (size_t k = 0; k < ret->n; k++)
        pt_list_add(&ids, pt_string(l->packages.v[ret->needs[k]].id));
    p->depends = ret->n ? pt_list_end(&ids) : pt_undefined();
    return !ids.full;
}

static bool reach(ways *w, uint32_t i, unsigned how) {
    if ((w->nodes[i].reached & how) == how)
        return true;
    w->nodes[i].reached |= how;
    uint32_t *open = PT_PUSH(w->l->r->a, &w->open);
    if (open)
        *open = i;
    return open != NULL;
}

static bool follow(ways *w, const pt_str *roots, size_t n, unsigned how) {
    bool ok = true;
    uint32_t root;
    for (size_t i = 0; ok && i < n; i++)
        ok = !index_of(w->l, roots[i], &root) || reach(w, root, how | ASKED_FOR);
    while (ok && w->open.n) {
        const node *at = &w->nodes[w->open.v[--w->open.n]];
        for (size_t k = 0; ok && k < at->n; k++)
            ok = reach(w, at->needs[k], how);
    }
    return ok;
}

static void tell(const pt_lock *l, pt_package *p, unsigned how) {
    if (!l->rooted)
        return;
    if (!p->relationship.n && (how || !l->partial))
        p->relationship = how & ASKED_FOR ? PT_STR("direct") : PT_STR("indirect");
    if (!l->dev_told && !l->partial)
        p->dev = (how & (FOR_USE | TO_DEVELOP)) == TO_DEVELOP;
}

pt_code pt_lock_end(pt_lock *l, pt_err *e) {
    pt_code code = PT_OK;
    merge_all(l);
    ways w = {.l = l, .nodes = PT_NEW(l->r->a, node, l->packages.n)};
    bool ok = w.nodes != NULL;
    for (size_t i = 0; ok && i < l->packages.n; i++)
        ok = find_needs(l, &l->packages.v[i], &w.nodes[i]);
    if (!ok || !follow(&w, l->roots.v, l->roots.n, FOR_USE) ||
        !follow(&w, l->dev_roots.v, l->dev_roots.n, TO_DEVELOP))
        return no_memory(e);
    for (size_t i = 0; !code && i < l->packages.n; i++) {
        tell(l, &l->packages.v[i], w.nodes[i].reached);
        code = pt_package_add(l->r, &l->packages.v[i], e);
    }
    return code;
}
