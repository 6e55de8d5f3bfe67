// Calls: operands of the types that the function takes; both sides of `=`; items of `in`.
#include "judge/policy/rego/check_types.h"

static const pt_type **types_of(pt_infer *k, pt_term *const *v, size_t n) {
    const pt_type **have = PT_NEW(k->t.arena, const pt_type *, n);
    k->t.full = k->t.full || !have;
    for (size_t i = 0; have && i < n; i++)
        have[i] = pt_infer_term(k, v[i]);
    return have;
}

static bool wrong_args(pt_infer *k, const pt_expr *e, const char *what, const pt_infer_args *args,
                       pt_type_error *ret) {
    *ret = pt_infer_args_error(k, e->loc, e->term->items.v[0], what, args);
    return true;
}

static bool call_function(pt_infer *k, const pt_expr *e, const pt_type *f, pt_type_error *ret) {
    pt_term *const *v = e->term->items.v + 1;
    pt_infer_args args = {.n = e->term->items.n - 1, .want = f, .result = f->result};
    args.have = types_of(k, v, args.n);
    if (!args.have)
        return false;
    if (args.n > (size_t)f->n + args.result && !f->rest)
        return wrong_args(k, e, "too many arguments", &args, ret);
    if (args.n < f->n)
        return wrong_args(k, e, "too few arguments", &args, ret);
    for (size_t i = 0; i < args.n; i++) {
        const pt_type *want = i < f->n ? f->of[i] : i == f->n && f->result ? f->result : f->rest;
        if (!pt_type_nil(&k->t, args.have[i]) && !pt_type_unifies(&k->t, args.have[i], want))
            return wrong_args(k, e, "invalid argument(s)", &args, ret);
        if (pt_infer_fit(k, v[i], want))
            continue;
        args.have = types_of(k, v, args.n);
        return args.have && wrong_args(k, e, "invalid argument(s)", &args, ret);
    }
    return false;
}

// -- in -------------------------------------------------------------------------------------------

static bool not_member(pt_infer *k, const pt_expr *e, const pt_term *t, const pt_type *type,
                       pt_type_error *ret) {
    if (pt_type_nil(&k->t, type))
        return false;
    const pt_type *have = pt_infer_term(k, t);
    if ((pt_type_nil(&k->t, have) || pt_type_unifies(&k->t, have, type)) &&
        pt_infer_fit(k, t, type))
        return false;
    *ret = pt_infer_match_error(k, e->loc, have, type);
    return true;
}

static bool member(pt_infer *k, const pt_expr *e, size_t arity, pt_type_error *ret) {
    pt_term *const *v = e->term->items.v + 1;
    if (e->term->items.n < arity + 1)
        return false;
    const pt_type *of = pt_infer_term(k, v[arity - 1]);
    const pt_type *values = pt_type_values(&k->t, of);
    if (!values)
        return false;
    if (arity == 3 && not_member(k, e, v[0], pt_type_keys(&k->t, of), ret))
        return true;
    return not_member(k, e, v[arity - 2], values, ret);
}

// -- literals -------------------------------------------------------------------------------------

static bool unification(pt_infer *k, const pt_expr *e, pt_type_error *ret) {
    const pt_term *a = e->term->items.v[1];
    const pt_term *b = e->term->items.v[2];
    const pt_type *left = pt_infer_term(k, a);
    const pt_type *right = pt_infer_term(k, b);
    if (pt_infer_unify(k, a, b))
        return false;
    *ret = pt_infer_match_error(k, e->loc, left, right);
    return true;
}

// A function that another one replaces must take what that one takes.
static bool wrong_with(pt_infer *k, const pt_with *w, pt_type_error *ret) {
    const pt_type *f = pt_infer_operator(k, w->target);
    if (!f || f->kind != PT_TYPE_FUNCTION || pt_arity(k->c, w->value, NULL, NULL) < 0)
        return false;
    const pt_type *by = pt_infer_operator(k, w->value);
    if (!by || by->kind != PT_TYPE_FUNCTION || pt_type_unifies(&k->t, f, by))
        return false;
    pt_infer_args args = {.have = by->of, .n = by->n, .want = f};
    *ret = pt_infer_args_error(k, w->loc, w->target, "arity mismatch", &args);
    return true;
}

bool pt_infer_call(pt_infer *k, const pt_expr *e, pt_type_error *ret) {
    for (size_t i = 0; i < e->with.n; i++)
        if (wrong_with(k, &e->with.v[i], ret))
            return true;
    if (e->kind != PT_EXPR_TERM || e->term->kind != PT_TERM_CALL)
        return false;
    if (pt_term_calls(e->term, "eq") && e->term->items.n == 3)
        return unification(k, e, ret);
    if (pt_term_calls(e->term, "internal.member_2") && member(k, e, 2, ret))
        return true;
    if (pt_term_calls(e->term, "internal.member_3") && member(k, e, 3, ret))
        return true;
    const pt_type *f = pt_infer_operator(k, e->term->items.v[0]);
    if (!f || pt_type_is_any(f))
        return false;
    if (f->kind == PT_TYPE_FUNCTION)
        return call_function(k, e, f, ret);
    *ret = pt_infer_no_function(k, e->loc, e->term->items.v[0]);
    return true;
}
