// Calls of functions that there are, with as many operands as they take.
#include "judge/policy/rego/impl.h"

// NOLINTBEGIN(misc-no-recursion): terms and bodies nest up to PT_REGO_NESTING_MAX

enum {
    WITH_STEPS_MAX = 1000, // of what `with` replaces: copied by recursion
};

static void check_body(pt_compiler *c, const pt_body *b);

// `made`: the last operand is the compiler's, for the result.
static void check_call(pt_compiler *c, const pt_term *t, bool made) {
    const pt_fn *fn = NULL;
    int arity = pt_call_arity(c, t->items.v[0], &fn, NULL);
    pt_str name = pt_ref_text(c->arena, t->items.v[0]);
    size_t n = t->items.n - 1 - made;
    if (fn && fn->flags & PT_FN_DEPRECATED && (c->strict || c->opts.strict)) {
        pt_diagnose(c->d, PT_REGO_TYPE, &t->loc,
                    "deprecated built-in function calls in expression: %s", fn->name);
        c->soft++;
    }
    if (arity < 0)
        pt_diagnose(c->d, PT_REGO_TYPE, &t->loc, "undefined function %.*s", PT_PRI(name));
    else if (made && fn && fn->flags & PT_FN_VOID)
        pt_types_void(c, t);
    else if (n >= (size_t)arity && n <= (size_t)arity + !made)
        return;
    else if (fn)
        pt_types_arity(c, t, fn);
    else
        pt_diagnose(c->d, PT_REGO_TYPE, &t->loc, "function %.*s has arity %d, got %zu argument%s",
                    PT_PRI(name), arity, n, n == 1 ? "" : "s");
}

static void check_term(pt_compiler *c, const pt_term *t) {
    if (t->kind == PT_TERM_CONST || t->kind == PT_TERM_VAR)
        return;
    if (pt_term_closure(t)) {
        check_body(c, &t->compr.body);
        return;
    }
    for (size_t i = t->kind == PT_TERM_CALL ? 1 : 0; i < t->items.n; i++)
        check_term(c, t->items.v[i]);
}

// What `with` may replace: input, data, functions.
static void check_with(pt_compiler *c, const pt_with *w) {
    const pt_term *t = w->target;
    if (pt_arity(c, t, NULL, NULL) >= 0)
        return;
    const pt_term *head = t->kind == PT_TERM_REF ? t->items.v[0] : t;
    bool data = head->kind == PT_TERM_VAR && head->sym == c->data;
    if (!data && !(head->kind == PT_TERM_VAR && head->sym == c->input)) {
        pt_diagnose(c->d, PT_REGO_TYPE, &t->loc,
                    "with keyword target must reference existing input, data, or a function");
        return;
    }
    const pt_fn *fn = NULL;
    const pt_term *value = w->value;
    if (pt_arity(c, value, &fn, NULL) >= 0 && fn) { // only a function can be replaced by one
        const pt_term *name = value->kind == PT_TERM_REF ? value->items.v[0] : value;
        pt_diagnose(c->d, PT_REGO_UNSAFE, &value->loc, "var %.*s is unsafe",
                    PT_PRI(pt_ref_text(c->arena, name)));
    }
    size_t n;
    if (t->kind == PT_TERM_REF && t->items.n > WITH_STEPS_MAX)
        pt_diagnose(c->d, PT_REGO_COMPILE, &t->loc, "a path of more than %d steps", WITH_STEPS_MAX);
    if (data && pt_tree_find(c, t, &n)->rules.n > 0 && n + 1 < t->items.n)
        pt_diagnose(c->d, PT_REGO_COMPILE, &t->loc,
                    "with keyword cannot partially replace virtual document(s)");
}

static void check_expr(pt_compiler *c, const pt_expr *e) {
    switch (e->kind) {
    case PT_EXPR_TERM:
        if (e->term->kind == PT_TERM_CALL)
            check_call(c, e->term, e->made && !pt_expr_calls(e, "eq"));
        check_term(c, e->term);
        return;
    case PT_EXPR_EVERY:
        check_term(c, e->every.domain);
        check_body(c, &e->every.body);
        return;
    case PT_EXPR_NOT:
        check_body(c, &e->body);
        return;
    case PT_EXPR_AND:
    case PT_EXPR_OR:
        for (size_t i = 0; i < e->sides.n; i++)
            check_body(c, &e->sides.v[i]);
        return;
    case PT_EXPR_SOME:
        return;
    }
}

// Has literal i its `with` of the one that it was made for, which stands behind it?
static bool lent_with(const pt_body *b, size_t i) {
    for (size_t k = i + 1; k < b->n && b->v[k - 1]->made; k++)
        if (b->v[k]->with.v == b->v[i]->with.v)
            return true;
    return false;
}

static void check_body(pt_compiler *c, const pt_body *b) {
    for (size_t i = 0; i < b->n; i++) {
        const pt_expr *e = b->v[i];
        for (size_t k = 0; k < e->with.n && !lent_with(b, i); k++)
            check_with(c, &e->with.v[k]);
        check_expr(c, e);
    }
}

void pt_check_body(pt_compiler *c, const pt_body *body) {
    check_body(c, body);
}

void pt_check_rule(pt_compiler *c, pt_rule *r) {
    c->strict = r->module->version != PT_REGO_V0;
    if (r->args.n > PT_RULE_ARGS_MAX)
        pt_diagnose(c->d, PT_REGO_COMPILE, &r->loc, "a function of more than %d arguments",
                    PT_RULE_ARGS_MAX);
    for (; r; r = r->orelse)
        check_body(c, &r->body);
}

// NOLINTEND(misc-no-recursion)
