// Can a value have both types? What is not listed on both sides may be there.
#include "judge/policy/rego/types.h"

// NOLINTBEGIN(misc-no-recursion): PT_TYPE_DEPTH_MAX
static bool any_unifies(pt_types *t, const pt_type *any, const pt_type *b) {
    if (b->kind == PT_TYPE_FUNCTION)
        return false;
    for (uint32_t i = 0; i < any->n; i++)
        if (pt_type_unifies(t, any->of[i], b))
            return true;
    return any->n == 0;
}

static const pt_type *item(const pt_type *a, uint32_t i) {
    return i < a->n ? a->of[i] : a->rest;
}

static bool arrays(pt_types *t, const pt_type *a, const pt_type *b) {
    uint32_t n = a->n > b->n ? a->n : b->n;
    for (uint32_t i = 0; i < n; i++)
        if (!pt_type_unifies(t, item(a, i), item(b, i)))
            return false;
    return !a->rest || !b->rest || pt_type_unifies(t, a->rest, b->rest);
}

static bool listed(pt_types *t, const pt_type *a, const pt_type *b) {
    for (uint32_t i = 0; i < a->n; i++) {
        if (i && pt_eq(a->keys[i - 1], a->keys[i]))
            continue;
        const pt_type *other = pt_type_select(t, b, a->keys[i]);
        if (!other && !a->rest && !b->rest)
            return false;
        if (other && !pt_type_unifies(t, a->of[i], other))
            return false;
    }
    return true;
}

static bool objects(pt_types *t, const pt_type *a, const pt_type *b) {
    return listed(t, a, b) && listed(t, b, a) &&
           (!a->rest || !b->rest || pt_type_unifies(t, a->rest, b->rest));
}

static bool functions(pt_types *t, const pt_type *a, const pt_type *b) {
    if (a->n != b->n)
        return false;
    for (uint32_t i = 0; i < a->n; i++)
        if (!pt_type_unifies(t, a->of[i], b->of[i]))
            return false;
    return true;
}

static bool opened(pt_types *t, const pt_type *a, const pt_type *b) {
    a = pt_type_open(a);
    b = pt_type_open(b);
    if (a == b || t->turns == PT_TYPE_TURNS_MAX)
        return true;
    t->turns++;
    bool good = pt_type_unifies(t, a, b);
    t->turns--;
    return good;
}

bool pt_type_unifies(pt_types *t, const pt_type *a, const pt_type *b) {
    if (!a || !b)
        return false;
    if (!pt_types_step(t))
        return true;
    if (pt_type_turns(a) || pt_type_turns(b))
        return opened(t, a, b);
    bool any = a->kind == PT_TYPE_ANY, other_any = b->kind == PT_TYPE_ANY;
    if ((any && any_unifies(t, a, b)) || (other_any && any_unifies(t, b, a)))
        return true;
    if (any || other_any || a->kind != b->kind)
        return false;
    switch (a->kind) {
    case PT_TYPE_ARRAY:
        return arrays(t, a, b);
    case PT_TYPE_OBJECT:
        return objects(t, a, b);
    case PT_TYPE_SET:
        return !a->rest || !b->rest || pt_type_unifies(t, a->rest, b->rest);
    case PT_TYPE_FUNCTION:
        return functions(t, a, b);
    default:
        return true;
    }
}
// NOLINTEND(misc-no-recursion)
