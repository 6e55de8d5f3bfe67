// Parts of types: keys, values, and what is behind one key.
#include "judge/policy/rego/types.h"

// NOLINTBEGIN(misc-no-recursion): PT_TYPE_DEPTH_MAX, PT_TYPE_TURNS_MAX
// The union of f over the members of an `any`.
static const pt_type *each(pt_types *t, const pt_type *any,
                           const pt_type *f(pt_types *t, const pt_type *a)) {
    const pt_type **v = PT_NEW(t->arena, const pt_type *, any->n);
    if (!v || any->n == 0 || t->turns == PT_TYPE_TURNS_MAX)
        return &pt_type_any;
    for (uint32_t i = 0; i < any->n; i++) {
        t->turns += pt_type_turns(any->of[i]);
        v[i] = f(t, any->of[i]);
        t->turns -= pt_type_turns(any->of[i]);
    }
    return pt_type_union(t, v, any->n);
}

const pt_type *pt_type_keys(pt_types *t, const pt_type *a) {
    a = pt_type_open(a);
    if (!a)
        return NULL;
    const pt_type *keys = NULL;
    switch (a->kind) {
    case PT_TYPE_ARRAY:
        return &pt_type_number;
    case PT_TYPE_OBJECT:
        for (uint32_t i = 0; i < a->n; i++)
            keys = pt_type_or(t, keys, pt_type_of(t, a->keys[i]));
        return a->open ? pt_type_or(t, keys, a->key) : keys;
    case PT_TYPE_SET:
        return a->rest;
    case PT_TYPE_ANY:
        return each(t, a, pt_type_keys);
    default:
        return NULL;
    }
}

const pt_type *pt_type_values(pt_types *t, const pt_type *a) {
    a = pt_type_open(a);
    if (!a)
        return NULL;
    switch (a->kind) {
    case PT_TYPE_ARRAY:
    case PT_TYPE_OBJECT:
        return pt_type_or(t, pt_type_union(t, a->of, a->n), a->rest);
    case PT_TYPE_SET:
        return a->rest;
    case PT_TYPE_ANY:
        return each(t, a, pt_type_values);
    default:
        return NULL;
    }
}

// The members of an `any` are sorted.
static bool has_member(pt_types *t, const pt_type *any, const pt_type *x) {
    uint32_t lo = 0;
    uint32_t hi = any->n;
    while (lo < hi) {
        uint32_t mid = (lo + hi) / 2;
        int cmp = pt_type_cmp(t, any->of[mid], x);
        if (cmp == 0)
            return true;
        if (cmp < 0)
            lo = mid + 1;
        else
            hi = mid;
    }
    return false;
}

static bool contains(pt_types *t, const pt_type *a, const pt_type *b) {
    if (a && a->kind == PT_TYPE_ANY)
        return a->n == 0 || has_member(t, a, b);
    return pt_type_cmp(t, a, b) == 0;
}

static const pt_type *select_item(const pt_type *a, pt_value key) {
    int64_t i;
    char room[PT_NUMBER_ROOM];
    if (key.tag != PT_NUMBER || !pt_to_int(key, &i) || i < 0)
        return NULL;
    pt_str text = pt_number_text(key, room);
    for (size_t k = 0; k < text.n; k++)
        if (text.p[k] < '0' || text.p[k] > '9') // 1.0, 1e0: no index to OPA's checker
            return NULL;
    return (uint64_t)i < a->n ? a->of[i] : a->rest;
}

static const pt_type *select_entry(pt_types *t, const pt_type *a, pt_value key) {
    uint32_t lo = 0;
    uint32_t hi = a->n;
    while (lo < hi) {
        uint32_t mid = (lo + hi) / 2;
        if (pt_cmp(a->keys[mid], key) < 0)
            lo = mid + 1;
        else
            hi = mid;
    }
    if (lo < a->n && pt_eq(a->keys[lo], key))
        return a->of[lo];
    return a->open && contains(t, a->key, pt_type_of(t, key)) ? a->rest : NULL;
}

static const pt_type *select_member(pt_types *t, const pt_type *any, pt_value key) {
    const pt_type *sum = NULL;
    if (t->turns == PT_TYPE_TURNS_MAX)
        return &pt_type_any;
    for (uint32_t i = 0; i < any->n; i++) {
        t->turns += pt_type_turns(any->of[i]);
        sum = pt_type_or(t, pt_type_select(t, any->of[i], key), sum);
        t->turns -= pt_type_turns(any->of[i]);
    }
    return sum;
}

const pt_type *pt_type_select(pt_types *t, const pt_type *a, pt_value key) {
    a = pt_type_open(a);
    if (!a || pt_type_is_any(a))
        return a;
    const pt_type *sum = NULL;
    switch (a->kind) {
    case PT_TYPE_ARRAY:
        return select_item(a, key);
    case PT_TYPE_OBJECT:
        return select_entry(t, a, key);
    case PT_TYPE_SET:
        sum = pt_type_of(t, key);
        if (pt_type_cmp(t, a->rest, sum) == 0)
            return a->rest;
        return a->rest && contains(t, a->rest, sum) ? sum : NULL;
    case PT_TYPE_ANY:
        return select_member(t, a, key);
    default:
        return NULL;
    }
}
// NOLINTEND(misc-no-recursion)
