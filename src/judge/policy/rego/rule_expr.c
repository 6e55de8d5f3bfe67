// Rules without a body, which were read as expressions: p[x], p := 1, f(x) = y.
#include "judge/policy/rego/parse_impl.h"

static pt_rule *rule_new(pt_parser *p, pt_term *ref, pt_loc loc) {
    pt_rule *r = pt_made(p, PT_NEW(p->arena, pt_rule, 1));
    if (!r)
        return NULL;
    *r = (pt_rule){.loc = loc, .head_loc = loc, .ref = ref, .bodiless = true};
    return r;
}

static pt_rule *refuse(pt_parser *p, pt_str *ret_why, const char *before, const char *what,
                       const char *after) {
    *ret_why = pt_arena_printf(p->arena, "%s%s%s", before, what, after);
    return NULL;
}

// A ref must begin with a name.
static bool named(const pt_term *ref) {
    return ref->kind == PT_TERM_VAR ||
           (ref->kind == PT_TERM_REF && ref->items.v[0]->kind == PT_TERM_VAR);
}

static pt_rule *refuse_head(pt_parser *p, pt_str *ret_why, const pt_term *ref) {
    *ret_why = pt_arena_printf(p->arena, "invalid rule head: %.*s", PT_PRI(pt_loc_text(ref->loc)));
    return NULL;
}

// p.a and p["a"] are keys of a set; longer refs are true.
static pt_rule *rule_of_term(pt_parser *p, pt_term *t, pt_str *ret_why) {
    if (pt_is_root(t))
        return refuse(p, ret_why, "", "refs", " cannot be used for rule head");
    if (t->kind != PT_TERM_REF)
        return refuse(p, ret_why, "", pt_term_kind_name(t), " cannot be used for rule name");
    if (!named(t))
        return refuse_head(p, ret_why, t);
    pt_rule *r = rule_new(p, t, t->loc);
    if (r)
        r->body = pt_body_true(p, t->loc);
    if (r && t->items.n == 2) {
        r->ref = t->items.v[0];
        r->key = t->items.v[1];
    } else if (r) {
        r->value_made = true;
        r->value = pt_made(p, pt_term_const(p->arena, t->loc, pt_bool(true)));
    }
    return r;
}

static bool set_args(pt_parser *p, pt_rule *r, const pt_term *call) {
    for (size_t i = 1; i < call->items.n; i++) {
        if (!pt_add(p, &r->args, call->items.v[i]))
            return false;
    }
    r->function = r->args.n > 0;
    return true;
}

static pt_rule *rule_of_equation(pt_parser *p, const pt_expr *e, pt_str *ret_why) {
    const pt_term *call = e->term;
    if (call->items.n < 3)
        return refuse(p, ret_why, "", "assignment requires two operands", "");
    pt_term *lhs = call->items.v[1];
    bool function = lhs->kind == PT_TERM_CALL && named(lhs->items.v[0]);
    if (lhs->kind == PT_TERM_REF && !named(lhs))
        return refuse_head(p, ret_why, lhs);
    if (!function && lhs->kind != PT_TERM_REF && lhs->kind != PT_TERM_VAR)
        return refuse(p, ret_why, "", pt_term_kind_name(lhs), " cannot be used for rule name");
    pt_rule *r = rule_new(p, function ? lhs->items.v[0] : lhs, e->loc);
    if (!r || (function && !set_args(p, r, lhs)))
        return NULL;
    r->value = call->items.v[2];
    r->body = pt_body_true(p, r->value->loc);
    r->assigned = pt_operator_is(call, "assign");
    return r;
}

static bool builtin(const pt_parser *p, const pt_term *call) {
    const pt_term *op = call->items.v[0];
    if (p->opts->builtin && p->opts->builtin(pt_loc_text(op->loc)))
        return true;
    if (p->opts->own && pt_fn_own_find(p->opts->own, pt_loc_text(op->loc)))
        return true;
    static const char *const in[] = {"internal.member_2", "internal.member_3"};
    for (size_t i = 0; i < PT_COUNT(in); i++) {
        if (pt_operator_is(call, in[i]))
            return true;
    }
    for (int t = PT_TOK_ADD; t < PT_TOK_COUNT; t++) {
        if (pt_operator_is(call, pt_token_name((pt_token)t)))
            return true;
    }
    return false;
}

static pt_rule *rule_of_call(pt_parser *p, const pt_term *call, pt_str *ret_why) {
    pt_term *op = call->items.v[0];
    if (builtin(p, call))
        return refuse(p, ret_why, "", "rule name conflicts with built-in function", "");
    if (call->items.n <= 1)
        return refuse(p, ret_why, "rule argument list must take at least one argument", "", "");
    if (!named(op))
        return refuse_head(p, ret_why, op);
    pt_rule *r = rule_new(p, op, op->loc);
    if (!r || !set_args(p, r, call))
        return NULL;
    r->value = pt_made(p, pt_term_const(p->arena, op->loc, pt_bool(true)));
    r->body = pt_body_true(p, op->loc);
    return r;
}

pt_rule *pt_rule_of_body(pt_parser *p, const pt_body *body, pt_str *ret_why) {
    const pt_expr *e = body->v[0];
    if (body->n != 1)
        return refuse(p, ret_why, "multiple expressions", " cannot be used for rule head", "");
    if (e->with.n)
        return refuse(p, ret_why, "expressions using with keyword", " cannot be used for rule head",
                      "");
    if (e->negated)
        return refuse(p, ret_why, "negated expressions", " cannot be used for rule head", "");
    if (e->kind == PT_EXPR_SOME)
        return refuse(p, ret_why, "'some' declarations", " cannot be used for rule head", "");
    if (e->kind != PT_EXPR_TERM)
        return refuse(p, ret_why, "expression", " cannot be used for rule head", "");
    if (!pt_is_call(e))
        return rule_of_term(p, e->term, ret_why);
    if (pt_operator_is(e->term, "eq") || pt_operator_is(e->term, "assign"))
        return rule_of_equation(p, e, ret_why);
    return rule_of_call(p, e->term, ret_why);
}
