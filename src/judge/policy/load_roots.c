// What bundles own.
//
// A root is kept as a key, "a/b/" for a/b and "" for everything, so that a root holds what its key
// is a prefix of, and sorted keys stand beside those that they hold.
#include <stdlib.h>

#include "judge/policy/load_impl.h"

bool pt_load_root_key(pt_buf *b, pt_str name) {
    pt_str part;
    for (size_t i = 0; i < name.n; i += part.n + 1) {
        part = pt_str_sub(name, i, i + pt_str_find(pt_str_sub(name, i, name.n), '/'));
        pt_buf_put(b, part);
        if (i + part.n < name.n)
            pt_buf_putc(b, '\0');
    }
    pt_buf_putc(b, '/');
    return !b->full;
}

static int by_key(const void *x, const void *y) {
    const pt_load_root *a = x;
    const pt_load_root *b = y;
    int order = pt_str_cmp(a->key, b->key);
    return order ? order : pt_str_cmp(a->bundle, b->bundle);
}

static void sort(pt_load_roots *r) {
    if (r->n)
        qsort(r->v, r->n, sizeof *r->v, by_key);
}

// The neighbours of sorted roots that overlap, or NULL.
static const pt_load_root *overlap(const pt_load_roots *r) {
    for (size_t i = 1; i < r->n; i++)
        if (pt_str_starts(r->v[i].key, r->v[i - 1].key))
            return &r->v[i - 1];
    return NULL;
}

static pt_code add_root(pt_load *l, pt_str bundle, pt_str shown, pt_load_roots *ret) {
    shown = pt_load_trim(shown);
    pt_str key = shown.n ? pt_arena_printf(l->arena, "%.*s/", PT_PRI(shown)) : PT_STR("");
    pt_load_root *slot = key.p ? PT_PUSH(l->arena, ret) : NULL;
    if (!slot)
        return pt_load_full(l);
    *slot = (pt_load_root){key, shown, bundle};
    return PT_OK;
}

pt_code pt_load_roots_of(pt_load *l, pt_str bundle, pt_value roots, pt_load_roots *ret) {
    if (!pt_defined(roots))
        return add_root(l, bundle, PT_STR(""), ret);
    for (size_t i = 0; i < pt_len(roots); i++) {
        pt_code code = add_root(l, bundle, pt_text(pt_at(roots, i)), ret);
        if (code)
            return code;
    }
    sort(ret);
    const pt_load_root *r = overlap(ret);
    return r ? pt_load_fail(
                   l, PT_E_FORMAT,
                   "loading error: bundle %.*s: manifest has overlapped roots: '%.*s' and '%.*s'",
                   PT_PRI(bundle), PT_PRI(r[0].shown), PT_PRI(r[1].shown))
             : PT_OK;
}

// The first of the roots whose key is greater than `key`.
static size_t upper(const pt_load_roots *r, pt_str key) {
    size_t lo = 0;
    size_t hi = r->n;
    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;
        if (pt_str_cmp(r->v[mid].key, key) <= 0)
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo;
}

// Roots of one bundle do not hold one another, so only the last one before `key` can hold it.
bool pt_load_roots_hold(const pt_load_roots *r, pt_str key) {
    size_t i = upper(r, key);
    return i > 0 && pt_str_starts(key, r->v[i - 1].key);
}

bool pt_load_roots_below(const pt_load_roots *r, pt_str key) {
    size_t i = upper(r, key);
    return i < r->n && pt_str_starts(r->v[i].key, key);
}

// The first of the two owns everything; the second may, too.
static pt_code say_empty(pt_load *l, const pt_load_root *r, pt_str names) {
    pt_str empty = r[1].shown.n ? r[0].bundle : names;
    return pt_load_fail(
        l, PT_E_FORMAT,
        "bundle activation failed: bundles [%.*s] have overlapping roots and cannot be activated "
        "simultaneously because bundle(s) [%.*s] specify empty root paths ('') which overlap with "
        "any other bundle root",
        PT_PRI(names), PT_PRI(empty));
}

static pt_code say_apart(pt_load *l, const pt_load_root *r) {
    const pt_load_root *first = pt_str_cmp(r[0].bundle, r[1].bundle) > 0 ? r + 1 : r;
    const pt_load_root *second = first == r ? r + 1 : r;
    pt_str names =
        pt_arena_printf(l->arena, "%.*s, %.*s", PT_PRI(first->bundle), PT_PRI(second->bundle));
    if (!r->shown.n)
        return say_empty(l, r, names);
    pt_str how =
        pt_str_eq(r[0].key, r[1].key)
            ? pt_arena_printf(l->arena, "root %.*s is in multiple bundles", PT_PRI(r->shown))
            : pt_arena_printf(l->arena, "%.*s overlaps %.*s", PT_PRI(r[0].shown),
                              PT_PRI(r[1].shown));
    return pt_load_fail(l, PT_E_FORMAT,
                        "bundle activation failed: detected overlapping roots in manifests for "
                        "these bundles: [%.*s] "
                        "(%.*s)",
                        PT_PRI(names), PT_PRI(how));
}

pt_code pt_load_roots_apart(pt_load *l) {
    pt_load_roots *roots = &l->state->roots;
    sort(roots);
    const pt_load_root *r = overlap(roots);
    return r ? say_apart(l, r) : PT_OK;
}
