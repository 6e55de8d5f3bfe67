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

static int by_value(const void *a, const void *b) {
    return pt_cmp(*(const pt_value *)a, *(const pt_value *)b);
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

typedef struct ways {
    pt_lock *l;
    pt_value index; // id to the package's index
    uint8_t *reached;
    PT_VEC(uint32_t) open; // reached, and its edges not yet followed
} ways;

static bool index_of(const ways *w, pt_value id, size_t *ret) {
    int64_t i;
    if (!pt_to_int(pt_get_value(w->index, id), &i))
        return false;
    *ret = (size_t)i;
    return true;
}

static bool make_index(ways *w) {
    pt_lock *l = w->l;
    pt_value *pairs = PT_NEW(l->r->a, pt_value, 2 * l->packages.n);
    w->reached = PT_NEW(l->r->a, uint8_t, l->packages.n);
    if (!pairs || !w->reached)
        return false;
    for (size_t i = 0; i < l->packages.n; i++) {
        pairs[2 * i] = pt_string(l->packages.v[i].id);
        pairs[2 * i + 1] = pt_int((int64_t)i);
    }
    w->index = pt_object_of(l->r->a, pairs, l->packages.n, NULL);
    return pt_defined(w->index);
}

// Sorted, each once, and only those that there are.
static bool clean_edges(ways *w, pt_package *p) {
    size_t n = pt_len(p->depends);
    pt_value *ids = PT_NEW(w->l->r->a, pt_value, n);
    size_t kept = 0;
    size_t i;
    if (!n || !ids)
        return !n;
    for (size_t k = 0; k < n; k++)
        ids[k] = pt_at(p->depends, k);
    qsort(ids, n, sizeof *ids, by_value);
    for (size_t k = 0; k < n; k++)
        if (index_of(w, ids[k], &i) && (!kept || !pt_eq(ids[kept - 1], ids[k])))
            ids[kept++] = ids[k];
    p->depends = kept ? pt_array_of(w->l->r->a, ids, kept) : pt_undefined();
    return !kept || pt_defined(p->depends);
}

static bool reach(ways *w, pt_value id, unsigned how) {
    size_t i;
    if (!index_of(w, id, &i) || (w->reached[i] & how) == how)
        return true;
    w->reached[i] |= (uint8_t)how;
    uint32_t *open = PT_PUSH(w->l->r->a, &w->open);
    if (!open)
        return false;
    *open = (uint32_t)i;
    return true;
}

static bool follow(ways *w, const pt_str *roots, size_t n, unsigned how) {
    bool ok = true;
    for (size_t i = 0; ok && i < n; i++)
        ok = reach(w, pt_string(roots[i]), how | ASKED_FOR);
    while (ok && w->open.n) {
        const pt_package *p = &w->l->packages.v[w->open.v[--w->open.n]];
        for (size_t k = 0; ok && k < pt_len(p->depends); k++)
            ok = reach(w, pt_at(p->depends, k), how);
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
    ways w = {.l = l};
    pt_code code = PT_OK;
    merge_all(l);
    bool ok = make_index(&w);
    for (size_t i = 0; ok && i < l->packages.n; i++)
        ok = clean_edges(&w, &l->packages.v[i]);
    if (!ok || !follow(&w, l->roots.v, l->roots.n, FOR_USE) ||
        !follow(&w, l->dev_roots.v, l->dev_roots.n, TO_DEVELOP))
        return no_memory(e);
    for (size_t i = 0; !code && i < l->packages.n; i++) {
        tell(l, &l->packages.v[i], w.reached[i]);
        code = pt_package_add(l->r, &l->packages.v[i], e);
    }
    return code;
}
