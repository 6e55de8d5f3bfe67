#include <stdlib.h>

#include "base/watch.h"
#include "judge/policy/fn/family.h"
#include "judge/policy/fn/json_paths.h"
#include "judge/policy/number_impl.h"

static pt_value keys(pt_call *c, const pt_value *args) {
    pt_list l = {.a = c->arena};
    for (size_t i = 0; i < pt_len(args[0]); i++)
        pt_list_add(&l, pt_key_at(args[0], i));
    if (l.full)
        return pt_call_full(c);
    return pt_call_made(c, pt_set_of(c->arena, l.items.v, l.items.n));
}

static pt_value step(pt_value v, pt_value key) {
    int64_t i;
    switch (pt_tag_of(v)) {
    case PT_OBJECT:
        return pt_get_value(v, key);
    case PT_SET:
        return pt_set_has(v, key) ? key : pt_undefined();
    case PT_ARRAY:
        if (pt_tag_of(key) == PT_NUMBER && pt_num_index(key, &i) && i >= 0)
            return pt_at(v, (size_t)i);
        return pt_undefined();
    default:
        return pt_undefined();
    }
}

static pt_value get(pt_call *c, const pt_value *args) {
    (void)c;
    pt_value v = args[0];
    if (pt_tag_of(args[1]) != PT_ARRAY)
        v = pt_get_value(v, args[1]);
    else
        for (size_t i = 0; i < pt_len(args[1]) && pt_defined(v); i++)
            v = step(v, pt_at(args[1], i));
    return pt_defined(v) ? v : args[2];
}

// -- object.filter, object.remove -----------------------------------------------------------------

static pt_value keep(pt_call *c, const pt_value *args, bool listed) {
    pt_value by = args[1];
    if (!(PT_KIND(pt_tag_of(by)) & PT_COMPOSITE))
        return pt_call_one_of(c, 2, "object, set, array", by);
    if (pt_tag_of(by) == PT_ARRAY) {
        pt_list l = {.a = c->arena};
        for (size_t i = 0; i < pt_len(by); i++)
            pt_list_add(&l, pt_at(by, i));
        by = l.full ? pt_undefined() : pt_set_of(c->arena, l.items.v, l.items.n);
        if (!pt_defined(by))
            return pt_call_full(c);
    }
    pt_list pairs = {.a = c->arena};
    for (size_t i = 0; i < pt_len(args[0]); i++) {
        pt_value key = pt_key_at(args[0], i);
        bool has =
            pt_tag_of(by) == PT_SET ? pt_set_has(by, key) : pt_defined(pt_get_value(by, key));
        if (has != listed)
            continue;
        pt_list_add(&pairs, key);
        pt_list_add(&pairs, pt_val_at(args[0], i));
    }
    if (pairs.full)
        return pt_call_full(c);
    return pt_call_made(c, pt_object_of(c->arena, pairs.items.v, pairs.items.n / 2, NULL));
}

static pt_value filter(pt_call *c, const pt_value *args) {
    return keep(c, args, true);
}

static pt_value without(pt_call *c, const pt_value *args) {
    return keep(c, args, false);
}

// -- object.union, object.union_n -----------------------------------------------------------------

typedef struct entry {
    pt_value key, value;
    size_t from; // which object it comes from: later ones win
} entry;

static int by_key(const void *a, const void *b) {
    const entry *x = a;
    const entry *y = b;
    int order = pt_cmp(x->key, y->key);
    return order ? order : (x->from > y->from) - (x->from < y->from);
}

static pt_value merge(pt_call *c, const pt_value *objects, size_t n);

// The value of one key: the last one or, if that is an object, the union of it and the objects
// right before it.
// NOLINTNEXTLINE(misc-no-recursion): as deep as the values, PT_VALUE_DEPTH_MAX
static pt_value merge_values(pt_call *c, const entry *e, size_t n) {
    size_t first = n - 1;
    while (first > 0 && pt_tag_of(e[first].value) == PT_OBJECT &&
           pt_tag_of(e[first - 1].value) == PT_OBJECT)
        first--;
    if (first == n - 1)
        return e[first].value;
    pt_value *objects = PT_NEW(c->arena, pt_value, n - first);
    if (!objects)
        return pt_call_full(c);
    for (size_t i = first; i < n; i++)
        objects[i - first] = e[i].value;
    return merge(c, objects, n - first);
}

static entry *entries_of(pt_call *c, const pt_value *objects, size_t n, size_t *ret_n) {
    size_t all = 0;
    for (size_t i = 0; i < n; i++)
        all += pt_len(objects[i]);
    entry *e = PT_NEW(c->arena, entry, all);
    *ret_n = 0;
    for (size_t i = 0; e && i < n; i++)
        for (size_t k = 0; k < pt_len(objects[i]); k++)
            e[(*ret_n)++] = (entry){pt_key_at(objects[i], k), pt_val_at(objects[i], k), i};
    if (e)
        qsort(e, all, sizeof *e, by_key);
    else
        pt_call_full(c);
    return e;
}

// NOLINTNEXTLINE(misc-no-recursion): as deep as the values, PT_VALUE_DEPTH_MAX
static pt_value merge(pt_call *c, const pt_value *objects, size_t n) {
    size_t all;
    const entry *e = entries_of(c, objects, n, &all);
    pt_list pairs = {.a = c->arena};
    for (size_t i = 0, same; e && i < all; i += same) {
        same = 1;
        while (i + same < all && pt_eq(e[i].key, e[i + same].key))
            same++;
        pt_list_add(&pairs, e[i].key);
        pt_list_add(&pairs, merge_values(c, e + i, same));
        if (pt_call_stop(c))
            return pt_undefined();
    }
    if (!e || pairs.full)
        return pt_call_full(c);
    return pt_call_made(c, pt_object_of(c->arena, pairs.items.v, pairs.items.n / 2, NULL));
}

static pt_value union_two(pt_call *c, const pt_value *args) {
    if (pt_len(args[0]) == 0)
        return args[1];
    return pt_len(args[1]) == 0 ? args[0] : merge(c, args, 2);
}

static pt_value union_n(pt_call *c, const pt_value *args) {
    size_t n = pt_len(args[0]);
    pt_value *objects = PT_NEW(c->arena, pt_value, n);
    if (!objects)
        return pt_call_full(c);
    for (size_t i = 0; i < n; i++) {
        objects[i] = pt_at(args[0], i);
        if (pt_tag_of(objects[i]) != PT_OBJECT)
            return pt_call_element(c, 1, "array of objects", args[0], objects[i]);
    }
    return n == 1 ? objects[0] : merge(c, objects, n);
}

// -- object.subset --------------------------------------------------------------------------------

static bool set_within(pt_value sub, pt_value super) {
    for (size_t i = 0; i < pt_len(sub); i++)
        if (!pt_set_has(super, pt_at(sub, i)))
            return false;
    return true;
}

// Does `sub` stand in `super`, item behind item? Knuth, Morris and Pratt's search.
static bool array_within(pt_call *c, pt_value sub, pt_value super) {
    size_t n = pt_len(sub);
    if (n == 0 || n > pt_len(super))
        return n == 0;
    size_t *border = PT_NEW(c->arena, size_t, n + 1);
    if (!border) {
        pt_call_full(c);
        return false;
    }
    for (size_t i = 1, k = 0; i < n; i++) {
        while (k > 0 && !pt_eq(pt_at(sub, i), pt_at(sub, k)))
            k = border[k];
        k += pt_eq(pt_at(sub, i), pt_at(sub, k));
        border[i + 1] = k;
    }
    for (size_t i = 0, k = 0; i < pt_len(super); i++) {
        while (k > 0 && !pt_eq(pt_at(super, i), pt_at(sub, k)))
            k = border[k];
        k += pt_eq(pt_at(super, i), pt_at(sub, k));
        if (k == n)
            return true;
    }
    return false;
}

// NOLINTNEXTLINE(misc-no-recursion): as deep as the values, PT_VALUE_DEPTH_MAX
static bool within(pt_call *c, pt_value sub, pt_value super) {
    if (pt_tag_of(sub) != pt_tag_of(super))
        return false;
    switch (pt_tag_of(sub)) {
    case PT_SET:
        return set_within(sub, super);
    case PT_ARRAY:
        return array_within(c, sub, super);
    case PT_OBJECT:
        if (pt_watch_spend(pt_len(sub) + 1))
            return false;
        for (size_t i = 0; i < pt_len(sub); i++)
            if (!within(c, pt_val_at(sub, i), pt_get_value(super, pt_key_at(sub, i))))
                return false;
        return true;
    default:
        return pt_eq(sub, super);
    }
}

// As OPA counts: every item of the array that is in the set is a hit, twins too.
static bool array_has_set(pt_value array, pt_value set) {
    size_t left = pt_len(set);
    for (size_t i = 0; i < pt_len(array); i++) {
        left -= pt_set_has(set, pt_at(array, i));
        if (left == 0)
            return true;
    }
    return false;
}

static pt_value subset(pt_call *c, const pt_value *args) {
    pt_tag super = pt_tag_of(args[0]);
    if (super == PT_ARRAY && pt_tag_of(args[1]) == PT_SET)
        return pt_bool(array_has_set(args[0], args[1]));
    if (super != pt_tag_of(args[1]) || !(PT_KIND(super) & PT_COMPOSITE))
        return pt_call_fault(
            c, PT_FAULT_TYPE,
            "both arguments object.subset must be of the same type or array and set");
    return pt_bool(within(c, args[1], args[0]));
}

static const pt_fn table[] = {
    {"json.filter",
     "(object: object[any: any], paths: any<array[any<string, array[any]>], set[any<string, "
     "array[any]>]>) => filtered: object[any: any]",
     pt_fn_json_filter,
     2,
     0,
     {OBJ, 0}},
    {"json.patch",
     "(target: any, patches: array[object<op: string, path: any>[any: any]]) => output: any",
     pt_fn_json_patch,
     2,
     0,
     {0, ARR}},
    {"json.remove",
     "(object: object[any: any], paths: any<array[any<string, array[any]>], set[any<string, "
     "array[any]>]>) => output: object[any: any]",
     pt_fn_json_remove,
     2,
     0,
     {OBJ, 0}},
    {"object.filter",
     "(object: object[any: any], keys: any<array[any], object[any: any], set[any]>) => filtered: "
     "object[any: any]",
     filter,
     2,
     0,
     {OBJ, 0}},
    {"object.get",
     "(object: object[any: any], key: any, default: any) => value: any",
     get,
     3,
     0,
     {OBJ, 0, 0}},
    {"object.keys", "(object: object[any: any]) => value: set[any]", keys, 1, 0, {OBJ}},
    {"object.remove",
     "(object: object[any: any], keys: any<array[any], object[any: any], set[any]>) => output: "
     "object[any: any]",
     without,
     2,
     0,
     {OBJ, 0}},
    {"object.subset",
     "(super: any<array[any], object[any: any], set[any]>, sub: any<array[any], object[any: any], "
     "set[any]>) => result: boolean",
     subset,
     2,
     0,
     {0, 0}},
    {"object.union",
     "(a: object[any: any], b: object[any: any]) => output: object[any: any]",
     union_two,
     2,
     0,
     {OBJ, OBJ}},
    {"object.union_n",
     "(objects: array[object[any: any]]) => output: object[any: any]",
     union_n,
     1,
     0,
     {ARR}},
};
const pt_fn_family pt_fn_objects = PT_FN_FAMILY(table);
