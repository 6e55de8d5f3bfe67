#include "judge/policy/rego/types_tree.h"

static size_t find(const pt_type_node *n, pt_value key, bool *ret_found) {
    size_t lo = 0;
    size_t hi = n->kids.n;
    *ret_found = true;
    while (lo < hi) {
        size_t mid = (lo + hi) / 2;
        int cmp = pt_cmp(n->kids.v[mid]->key, key);
        if (cmp == 0)
            return mid;
        if (cmp < 0)
            lo = mid + 1;
        else
            hi = mid;
    }
    *ret_found = false;
    return lo;
}

pt_type_node *pt_type_node_kid(const pt_type_node *n, pt_value key) {
    bool found;
    size_t at = find(n, key, &found);
    return found ? n->kids.v[at] : NULL;
}

static pt_type_node *grow(pt_types *t, pt_type_node *n, pt_value key) {
    bool found;
    size_t at = find(n, key, &found);
    if (found)
        return n->kids.v[at];
    pt_type_node *kid = PT_NEW(t->arena, pt_type_node, 1);
    pt_type_node **slot = kid ? PT_PUSH(t->arena, &n->kids) : NULL;
    if (!slot) {
        t->full = true;
        return NULL;
    }
    kid->key = key;
    for (size_t i = n->kids.n - 1; i > at; i--)
        n->kids.v[i] = n->kids.v[i - 1];
    n->kids.v[at] = kid;
    return kid;
}

void pt_type_put(pt_types *t, pt_type_node *root, const pt_value *path, size_t n,
                 const pt_type *type) {
    pt_type_node *at = root;
    for (size_t i = 0; at && i < n; i++) {
        at->extent = NULL;
        at = grow(t, at, path[i]);
    }
    if (at) {
        at->extent = NULL;
        at->value = type;
    }
}

// NOLINTBEGIN(misc-no-recursion): the depth of rules' paths, PT_TYPE_DEPTH_MAX
// `o` with a document of `type` somewhere at the path.
static const pt_type *into_object(pt_types *t, const pt_type *o, const pt_value *path, size_t n,
                                  const pt_type *type) {
    o = pt_type_open(o);
    if (n == 0 || !o || o->kind != PT_TYPE_OBJECT)
        return o;
    const pt_type *key = pt_type_of(t, path[0]);
    if (n > 1)
        type = into_object(t, pt_type_object(t, NULL, NULL, 0), path + 1, n - 1, type);
    if (o->open) {
        key = pt_type_or(t, o->key, key);
        type = pt_type_or(t, o->rest, type);
    }
    return pt_type_opened(t, o, key, type);
}

static bool plain_object(const pt_type *a) {
    return a->kind == PT_TYPE_OBJECT && a->n == 0;
}

static const pt_type *merge(pt_types *t, const pt_type *a, const pt_type *b);

static const pt_type *merge_objects(pt_types *t, const pt_type *a, const pt_type *b) {
    if (!a->open || !b->open)
        return a->open ? a : b;
    return pt_type_opened(t, NULL, pt_type_or(t, a->key, b->key), merge(t, a->rest, b->rest));
}

// The first member of `any` that is such an object takes the entries of `a` in.
static const pt_type *merge_member(pt_types *t, const pt_type *a, const pt_type *any) {
    const pt_type **v = PT_NEW(t->arena, const pt_type *, any->n);
    if (!v) {
        t->full = true;
        return &pt_type_any;
    }
    bool done = false;
    for (uint32_t i = 0; i < any->n; i++) {
        const pt_type *m = any->of[i];
        bool this = !done && plain_object(m) && m->open;
        v[i] = this ? pt_type_opened(t, NULL, pt_type_or(t, m->key, a->key),
                                     pt_type_or(t, m->rest, a->rest))
                    : m;
        done = done || this;
    }
    return done ? pt_type_union(t, v, any->n) : pt_type_or(t, a, any);
}

static const pt_type *merge(pt_types *t, const pt_type *a, const pt_type *b) {
    if (!a || !b)
        return a ? a : b;
    a = pt_type_open(a);
    b = pt_type_open(b);
    if (a->kind == PT_TYPE_ANY && b->kind != PT_TYPE_ANY)
        return merge(t, b, a);
    if (plain_object(a) && plain_object(b))
        return merge_objects(t, a, b);
    if (plain_object(a) && a->open && b->kind == PT_TYPE_ANY)
        return merge_member(t, a, b);
    if (a->kind == PT_TYPE_SET && b->kind == PT_TYPE_SET)
        return pt_type_set(t, pt_type_or(t, a->rest, b->rest));
    return pt_type_or(t, a, b);
}

// Documents below `from` join the object that stands at `to`.
static void join_leaves(pt_types *t, pt_type_node *to, const pt_type_node *from, pt_value *path,
                        size_t n) {
    for (size_t i = 0; i < from->kids.n && n < PT_TYPE_DEPTH_MAX; i++) {
        const pt_type_node *kid = from->kids.v[i];
        path[n] = kid->key;
        if (kid->value)
            to->value = into_object(t, to->value, path, n + 1, kid->value);
        else
            join_leaves(t, to, kid, path, n + 1);
    }
}

void pt_type_insert(pt_types *t, pt_type_node *root, const pt_value *path, size_t n,
                    const pt_type *type) {
    pt_type_node *at = root;
    for (size_t i = 0; i < n; i++) {
        at->extent = NULL;
        at = grow(t, at, path[i]);
        if (!at)
            return;
        if (at->value && i + 1 < n)
            at->value = into_object(t, at->value, path + i + 1, n - i - 1, type);
    }
    at->extent = NULL;
    at->value = merge(t, at->value, type);
    pt_value below[PT_TYPE_DEPTH_MAX];
    if (pt_type_open(type)->kind == PT_TYPE_OBJECT && at->kids.n > 0)
        join_leaves(t, at, at, below, 0);
}

const pt_type *pt_type_extent(pt_types *t, pt_type_node *n) {
    if (n->value || n->extent)
        return n->value ? n->value : n->extent;
    pt_value *keys = PT_NEW(t->arena, pt_value, n->kids.n);
    const pt_type **values = PT_NEW(t->arena, const pt_type *, n->kids.n);
    if (!keys || !values) {
        t->full = true;
        return &pt_type_any;
    }
    size_t m = 0;
    for (size_t i = 0; i < n->kids.n; i++) {
        pt_value key = n->kids.v[i]->key;
        if (key.tag != PT_STRING && key.tag != PT_NUMBER && key.tag != PT_BOOL)
            continue;
        keys[m] = key;
        values[m++] = pt_type_extent(t, n->kids.v[i]);
    }
    const pt_type *all = pt_type_object(t, keys, values, m);
    all = pt_type_opened(t, all, &pt_type_string, &pt_type_any);
    if (t->lasting)
        n->extent = all;
    return all;
}
// NOLINTEND(misc-no-recursion)
