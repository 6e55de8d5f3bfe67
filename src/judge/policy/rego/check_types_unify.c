// Unification: do both sides' types go together, and what does that say of their variables?
#include "judge/policy/rego/check_types.h"

static bool composite(const pt_term *t) {
    return t->kind == PT_TERM_ARRAY || t->kind == PT_TERM_OBJECT || t->kind == PT_TERM_SET;
}

// NOLINTBEGIN(misc-no-recursion): the parser bounds how deep terms are; PT_TYPE_DEPTH_MAX
static bool fit(pt_infer *k, const pt_term *t, const pt_type *type, bool unite);

static bool fit_array(pt_infer *k, const pt_term *t, const pt_type *type, bool unite) {
    if (t->items.n != type->n && !type->rest)
        return false;
    for (size_t i = 0; i < t->items.n; i++)
        if (!fit(k, t->items.v[i], i < type->n ? type->of[i] : type->rest, unite))
            return false;
    return true;
}

static bool fit_object(pt_infer *k, const pt_term *t, const pt_type *type, bool unite) {
    if (t->items.n / 2 != type->n && !type->rest)
        return false;
    for (size_t i = 0; i < t->items.n; i += 2) {
        if (!pt_infer_constant(t->items.v[i])) {
            fit(k, t->items.v[i + 1], &pt_type_any, unite);
            continue;
        }
        const pt_type *part = pt_type_select(&k->t, type, pt_infer_value(k, t->items.v[i]));
        if (!part || !fit(k, t->items.v[i + 1], part, unite))
            return false;
    }
    return true;
}

static bool fit_set(pt_infer *k, const pt_term *t, const pt_type *type, bool unite) {
    for (size_t i = 0; i < t->items.n; i++)
        if (!fit(k, t->items.v[i], type->rest, unite))
            return false;
    return true;
}

static bool fit_any(pt_infer *k, const pt_term *t, const pt_type *any) {
    if (any->n == 0) {
        for (size_t i = 0; i < t->items.n; i++)
            fit(k, t->items.v[i], any, true);
        return true;
    }
    bool fits = false;
    for (uint32_t i = 0; i < any->n; i++)
        fits = fit(k, t, any->of[i], true) || fits;
    return fits;
}

static bool fit_composite(pt_infer *k, const pt_term *t, const pt_type *type, bool unite) {
    if (!type)
        return false;
    if (type->kind == PT_TYPE_ANY)
        return fit_any(k, t, type);
    if (t->kind != PT_TERM_SET)
        type = pt_type_open(type);
    if (t->kind == PT_TERM_ARRAY)
        return type->kind == PT_TYPE_ARRAY && fit_array(k, t, type, unite);
    if (t->kind == PT_TERM_OBJECT)
        return type->kind == PT_TYPE_OBJECT && fit_object(k, t, type, unite);
    return type->kind == PT_TYPE_SET && fit_set(k, t, type, unite);
}

static bool fit_var(pt_infer *k, const pt_sym *s, const pt_type *type, bool unite) {
    const pt_type *exist = pt_infer_var_type(k, s);
    if (!unite && exist)
        return pt_type_unifies(&k->t, exist, type);
    pt_infer_set(k, s, unite ? pt_type_or(&k->t, exist, type) : type);
    return true;
}

// `unite`: one of several that are possible; what a variable has already may be wider.
static bool fit(pt_infer *k, const pt_term *t, const pt_type *type, bool unite) {
    if (!pt_types_step(&k->t))
        return true;
    if (composite(t))
        return fit_composite(k, t, type, unite);
    if (t->kind == PT_TERM_VAR)
        return fit_var(k, t->sym, type, unite);
    return pt_type_unifies(&k->t, pt_infer_term(k, t), type);
}

bool pt_infer_fit(pt_infer *k, const pt_term *t, const pt_type *type) {
    return fit(k, t, type, false);
}

static bool both(pt_infer *k, const pt_term *a, const pt_term *b) {
    return fit(k, a, &pt_type_any, false) && fit(k, b, pt_infer_term(k, a), false);
}

static bool unify_arrays(pt_infer *k, const pt_term *a, const pt_term *b) {
    if (a->items.n != b->items.n)
        return false;
    for (size_t i = 0; i < a->items.n; i++)
        if (!pt_infer_unify(k, a->items.v[i], b->items.v[i]))
            return false;
    return true;
}

static bool same_key(pt_infer *k, const pt_term *a, const pt_term *b) {
    if (a->kind == PT_TERM_VAR && b->kind == PT_TERM_VAR)
        return a->sym == b->sym;
    return pt_infer_constant(a) && pt_infer_constant(b) &&
           pt_eq(pt_infer_value(k, a), pt_infer_value(k, b));
}

static bool unify_objects(pt_infer *k, const pt_term *a, const pt_term *b) {
    if (a->items.n != b->items.n)
        return false;
    for (size_t i = 0; i < a->items.n; i += 2) {
        size_t at = 0;
        while (at < b->items.n && !same_key(k, a->items.v[i], b->items.v[at]))
            at += 2;
        bool computed = !pt_infer_constant(a->items.v[i]) && a->items.v[i]->kind != PT_TERM_VAR;
        if (at >= b->items.n && computed)
            return true; // whether such keys are equal is left to the evaluation
        if (at >= b->items.n || !pt_infer_unify(k, a->items.v[i + 1], b->items.v[at + 1]))
            return false;
    }
    return true;
}

// Neither side's type is known in full.
static bool unify_open(pt_infer *k, const pt_term *a, const pt_term *b) {
    if (a->kind == PT_TERM_VAR &&
        (b->kind == PT_TERM_VAR || b->kind == PT_TERM_ARRAY || b->kind == PT_TERM_OBJECT))
        return b->kind == PT_TERM_VAR ? both(k, a, b) : both(k, b, a);
    if (a->kind == PT_TERM_ARRAY && b->kind == PT_TERM_ARRAY)
        return unify_arrays(k, a, b);
    if (a->kind == PT_TERM_OBJECT && b->kind == PT_TERM_OBJECT)
        return unify_objects(k, a, b);
    if (a->kind == PT_TERM_ARRAY || a->kind == PT_TERM_OBJECT)
        return b->kind == PT_TERM_VAR && both(k, a, b);
    if (a->kind == PT_TERM_VAR && b->kind == PT_TERM_REF)
        return fit(k, a, &pt_type_any, false);
    if (a->kind == PT_TERM_REF && b->kind == PT_TERM_VAR)
        return fit(k, b, &pt_type_any, false);
    return false;
}

bool pt_infer_unify(pt_infer *k, const pt_term *a, const pt_term *b) {
    if (!pt_types_step(&k->t))
        return true;
    const pt_type *left = pt_infer_term(k, a);
    const pt_type *right = pt_infer_term(k, b);
    bool no_left = pt_type_nil(&k->t, left), no_right = pt_type_nil(&k->t, right);
    if (!no_left && !no_right)
        return pt_type_unifies(&k->t, left, right);
    if (no_left != no_right)
        return no_left ? fit(k, a, right, false) : fit(k, b, left, false);
    if (unify_open(k, a, b))
        return true;
    if (a->kind == PT_TERM_VAR && !left && right)
        return fit(k, a, right, false);
    return b->kind == PT_TERM_VAR && !right && left && fit(k, b, left, false);
}
// NOLINTEND(misc-no-recursion)
