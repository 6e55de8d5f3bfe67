#include "judge/policy/fn/sets.h"

#include "judge/policy/fn/family.h"

// What of two sorted sequences goes into the result: items of the first alone, of both, of the
// second alone.
enum {
    LEFT = 1,
    BOTH = 2,
    RIGHT = 4,
};

static pt_value merge(pt_call *c, pt_value a, pt_value b, unsigned keep) {
    pt_list l = {.a = c->arena};
    size_t i = 0;
    size_t k = 0;
    while (i < pt_len(a) || k < pt_len(b)) {
        int order = k == pt_len(b) ? -1 : i == pt_len(a) ? 1 : pt_cmp(pt_at(a, i), pt_at(b, k));
        pt_value item = order > 0 ? pt_at(b, k) : pt_at(a, i);
        if (keep & (order < 0 ? LEFT : order > 0 ? RIGHT : BOTH))
            pt_list_add(&l, item);
        i += order <= 0;
        k += order >= 0;
        if ((i + k) % 4096 == 0 && pt_call_stop(c))
            return pt_undefined();
    }
    if (l.full)
        return pt_call_full(c);
    return pt_call_made(c, pt_set_of(c->arena, l.items.v, l.items.n));
}

pt_value pt_fn_set_minus(pt_call *c, pt_value a, pt_value b) {
    return merge(c, a, b, LEFT);
}

static pt_value and (pt_call * c, const pt_value *args) {
    return merge(c, args[0], args[1], BOTH);
}

static pt_value or (pt_call * c, const pt_value *args) {
    return merge(c, args[0], args[1], LEFT | BOTH | RIGHT);
}

static pt_value set_diff(pt_call *c, const pt_value *args) {
    return pt_fn_set_minus(c, args[0], args[1]);
}

static bool all_sets(pt_call *c, pt_value v) {
    for (size_t i = 0; i < pt_len(v); i++) {
        if (pt_tag_of(pt_at(v, i)) != PT_SET) {
            pt_call_operand(c, 1, pt_at(v, i));
            return false;
        }
    }
    return true;
}

static pt_value intersection(pt_call *c, const pt_value *args) {
    if (!all_sets(c, args[0]))
        return pt_undefined();
    if (pt_len(args[0]) == 0)
        return args[0];
    pt_value v = pt_at(args[0], 0);
    for (size_t i = 1; i < pt_len(args[0]) && !c->fault; i++)
        v = merge(c, v, pt_at(args[0], i), BOTH);
    return v;
}

static pt_value set_union(pt_call *c, const pt_value *args) {
    if (!all_sets(c, args[0]))
        return pt_undefined();
    pt_list l = {.a = c->arena};
    for (size_t i = 0; i < pt_len(args[0]); i++)
        for (size_t k = 0; k < pt_len(pt_at(args[0], i)); k++)
            pt_list_add(&l, pt_at(pt_at(args[0], i), k));
    if (l.full)
        return pt_call_full(c);
    return pt_call_made(c, pt_set_of(c->arena, l.items.v, l.items.n));
}

static const pt_fn table[] = {
    {"and", "(x: set[any], y: set[any]) => z: set[any]", and, 2, 0, {SET, SET}},
    {"intersection", "(xs: set[set[any]]) => y: set[any]", intersection, 1, 0, {SET}},
    {"or", "(x: set[any], y: set[any]) => z: set[any]", or, 2, 0, {SET, SET}},
    {"set_diff", "(set[any], set[any]) => set[any]", set_diff, 2, PT_FN_DEPRECATED, {SET, SET}},
    {"union", "(xs: set[set[any]]) => y: set[any]", set_union, 1, 0, {SET}},
};
const pt_fn_family pt_fn_sets = PT_FN_FAMILY(table);
