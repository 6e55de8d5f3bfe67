// Literals: each goes on to the next, or to the label m->fail.
#include "judge/policy/rego/emit.h"

// NOLINTBEGIN(misc-no-recursion): bodies nest up to PT_REGO_NESTING_MAX

static void emit_literal(pt_emitter *m, pt_expr *e);

void pt_emit_body(pt_emitter *m, pt_body *b) {
    for (size_t i = 0; i < b->n && !m->c->full; i++)
        emit_literal(m, b->v[i]);
}

// A body that is only asked whether it has an answer: what it binds, and its loops, end with it.
static void emit_question(pt_emitter *m, pt_body *b, uint32_t fail) {
    size_t trail = m->trail.n;
    uint32_t outer = m->fail;
    m->fail = fail;
    pt_tell_scope around = pt_tell_body(m, b);
    pt_emit_body(m, b);
    pt_tell_answer(m);
    pt_tell_leave(m, around);
    pt_emit_forget(m, trail);
    m->fail = outer;
}

// -- calls ----------------------------------------------------------------------------------------

static const struct {
    const char *name;
    pt_op op;
} COMPARISONS[] = {
    {"equal", PT_OP_EQ}, {"neq", PT_OP_NE}, {"lt", PT_OP_LT},
    {"lte", PT_OP_LE},   {"gt", PT_OP_GT},  {"gte", PT_OP_GE},
};

static uint32_t fn_number(pt_emitter *m, const pt_fn *fn) {
    for (size_t i = 0; i < m->c->fns.n; i++)
        if (m->c->fns.v[i] == fn)
            return (uint32_t)i;
    const pt_fn **slot = PT_PUSH(m->c->arena, &m->c->fns);
    if (slot)
        *slot = fn;
    else
        m->c->full = true;
    return (uint32_t)m->c->fns.n - 1;
}

static bool emit_comparison(pt_emitter *m, const pt_fn *fn, const uint32_t *args) {
    for (size_t i = 0; i < PT_COUNT(COMPARISONS); i++) {
        if (!pt_str_eqz(pt_str_of(fn->name), COMPARISONS[i].name))
            continue;
        pt_emit_insn(m, COMPARISONS[i].op, 0, args[0], args[1]);
        return true;
    }
    return false;
}

// Calls that only say something.
static bool emit_said(pt_emitter *m, const pt_fn *fn, uint32_t operand) {
    pt_str name = pt_str_of(fn->name);
    if (pt_str_eqz(name, "internal.print"))
        pt_emit_insn(m, PT_OP_PRINT, 0, operand, 0);
    else if (pt_str_eqz(name, "internal.test_case"))
        pt_tell_value(m, PT_TOLD_CASE, operand);
    else
        return false;
    return true;
}

// The result of a call, for its last operand or for nobody.
static void emit_result(pt_emitter *m, pt_term *out, uint32_t result) {
    if (out)
        pt_emit_match(m, out, result);
    else
        pt_emit_insn(m, PT_OP_TRUE, 0, result, 0);
}

// A relation gives an array of results: a loop over them.
static uint32_t emit_each(pt_emitter *m, uint32_t results) {
    uint32_t it = pt_emit_reg(m);
    (void)pt_emit_reg(m);
    uint32_t value = pt_emit_reg(m);
    uint32_t next = pt_emit_label(m);
    pt_emit_insn(m, PT_OP_ITER, it, results, 0);
    pt_emit_place(m, next);
    pt_emit_insn(m, PT_OP_NEXT, it, value, PT_OPERAND_NONE);
    m->fail = next;
    return value;
}

static void emit_call(pt_emitter *m, pt_expr *e) {
    pt_term *call = e->term;
    const pt_fn *fn = NULL;
    pt_rule_node *node = NULL;
    int arity = pt_call_arity(m->c, call->items.v[0], &fn, &node);
    size_t n = call->items.n - 1;
    if (arity < 0 || n < (size_t)arity || n > (size_t)arity + 1 || arity > PT_RULE_ARGS_MAX)
        return; // said before
    uint32_t args[PT_RULE_ARGS_MAX] = {0};
    for (size_t i = 0; i < (size_t)arity; i++)
        args[i] = pt_emit_term(m, call->items.v[i + 1], PT_OPERAND_NONE);
    pt_term *out = n > (size_t)arity ? call->items.v[n] : NULL;
    m->loc = e->loc;
    if (fn && emit_said(m, fn, args[0]))
        return;
    if (fn && !out && emit_comparison(m, fn, args))
        return;
    if (fn && m->c->opts.tell && pt_str_eqz(pt_str_of(fn->name), "trace"))
        pt_tell_value(m, PT_TOLD_NOTE, args[0]);
    uint32_t list = pt_emit_list(m, args, (size_t)arity);
    bool direct = out && out->kind == PT_TERM_VAR && !pt_emit_bound(m, out->sym) &&
                  !(fn && fn->flags & PT_FN_RELATION);
    uint32_t a = direct ? pt_emit_var(m, out->sym) : pt_emit_reg(m);
    pt_op op = fn                 ? PT_OP_CALL
               : !node->function  ? PT_OP_RULE
               : node->remembered ? PT_OP_KEPT
                                  : PT_OP_FUNCTION;
    pt_emit_insn(m, op, a, fn ? fn_number(m, fn) : node->id, list)->n = (uint16_t)arity;
    if (fn && fn->flags & PT_FN_RELATION)
        a = emit_each(m, a);
    emit_result(m, out, a);
}

// -- statements -----------------------------------------------------------------------------------

static bool is_eq(const pt_expr *e) {
    return pt_expr_calls(e, "eq") && e->term->items.n == 3;
}

static void emit_statement(pt_emitter *m, pt_expr *e) {
    pt_term *t = e->term;
    if (is_eq(e))
        pt_emit_unify(m, t->items.v[1], t->items.v[2]);
    else if (t->kind == PT_TERM_CALL)
        emit_call(m, e);
    else
        pt_emit_insn(m, PT_OP_TRUE, 0, pt_emit_term(m, t, PT_OPERAND_NONE), 0);
}

// Of `not x[y.z] = 1` the brackets are looked up before, x itself is not.
static pt_term *hoist_inside(pt_emitter *m, pt_term *t) {
    if (t->kind == PT_TERM_REF)
        return pt_emit_hoist_items(m, t, 1);
    return pt_term_closure(t) ? t : pt_emit_hoist(m, t);
}

// What a negated literal is about is computed first: where that is undefined, so is the literal.
static pt_term *hoist_negated(pt_emitter *m, const pt_expr *e) {
    if (e->term->kind != PT_TERM_CALL)
        return hoist_inside(m, e->term);
    bool eq = is_eq(e) || (pt_expr_calls(e, "equal") && !m->query);
    if (!eq)
        return pt_emit_hoist_items(m, e->term, 1);
    pt_term *t = pt_emit_copy(m, e->term);
    for (size_t i = 1; i < t->items.n && !m->c->full; i++)
        t->items.v[i] = hoist_inside(m, t->items.v[i]);
    return t;
}

static void emit_plain(pt_emitter *m, pt_expr *e);

static void emit_not(pt_emitter *m, pt_expr *e) {
    pt_expr hoisted = *e;
    if (e->kind == PT_EXPR_TERM)
        hoisted.term = hoist_negated(m, e);
    uint32_t outer = m->fail;
    uint32_t after = pt_emit_label(m);
    size_t trail = m->trail.n;
    m->fail = after;
    emit_plain(m, &hoisted);
    pt_emit_jump(m, outer);
    pt_emit_forget(m, trail);
    m->fail = outer;
    pt_emit_place(m, after);
}

static void emit_not_body(pt_emitter *m, pt_expr *e) {
    uint32_t after = pt_emit_label(m);
    emit_question(m, &e->body, after);
    pt_emit_jump(m, m->fail);
    pt_emit_place(m, after);
}

static void emit_every(pt_emitter *m, pt_expr *e) {
    uint32_t domain = pt_emit_term(m, e->every.domain, PT_OPERAND_NONE);
    uint32_t it = pt_emit_reg(m);
    (void)pt_emit_reg(m);
    uint32_t next = pt_emit_label(m);
    uint32_t done = pt_emit_label(m);
    size_t trail = m->trail.n;
    pt_emit_insn(m, PT_OP_ITER, it, domain, 0);
    pt_emit_place(m, next);
    uint32_t value = pt_emit_var(m, e->every.value->sym);
    uint32_t key = e->every.key ? pt_emit_var(m, e->every.key->sym) : PT_OPERAND_NONE;
    pt_emit_insn(m, PT_OP_NEXT, it, value, key)->fail = done;
    pt_emit_bind(m, e->every.value->sym);
    if (e->every.key)
        pt_emit_bind(m, e->every.key->sym);
    emit_question(m, &e->every.body, m->fail);
    pt_emit_jump(m, next);
    pt_emit_forget(m, trail);
    pt_emit_place(m, done);
}

static void emit_or(pt_emitter *m, pt_expr *e) {
    uint32_t done = pt_emit_label(m);
    for (size_t i = 0; i < e->sides.n; i++) {
        bool last = i + 1 == e->sides.n;
        uint32_t other = last ? m->fail : pt_emit_label(m);
        emit_question(m, &e->sides.v[i], other);
        if (last)
            break;
        pt_emit_jump(m, done);
        pt_emit_place(m, other);
    }
    pt_emit_place(m, done);
}

static void emit_plain(pt_emitter *m, pt_expr *e) {
    switch (e->kind) {
    case PT_EXPR_TERM:
        emit_statement(m, e);
        return;
    case PT_EXPR_EVERY:
        emit_every(m, e);
        return;
    case PT_EXPR_NOT:
        emit_not_body(m, e);
        return;
    case PT_EXPR_AND:
        for (size_t i = 0; i < e->sides.n; i++)
            emit_question(m, &e->sides.v[i], m->fail);
        return;
    case PT_EXPR_OR:
        emit_or(m, e);
        return;
    case PT_EXPR_SOME:
        return;
    }
}

// -- with -----------------------------------------------------------------------------------------

static pt_with_entry with_target(pt_emitter *m, const pt_with *w, uint32_t *ret_value) {
    pt_with_entry t = {.kind = PT_WITH_INPUT};
    pt_rule_node *node = NULL;
    const pt_term *ref = w->target;
    size_t n = 0;
    if (pt_arity(m->c, ref, &t.fn, &node) >= 0) {
        t.node = node ? node->id : 0;
        t.kind = PT_WITH_MOCK;
        pt_rule_node *by = NULL;
        if (pt_arity(m->c, w->value, &t.by_fn, &by) >= 0) {
            t.kind = PT_WITH_MOCK_BY;
            t.by_node = by ? by->id : 0;
            *ret_value = pt_emit_const(m, pt_null());
            return t;
        }
        *ret_value = pt_emit_term(m, w->value, PT_OPERAND_NONE);
        return t;
    }
    *ret_value = pt_emit_term(m, w->value, PT_OPERAND_NONE);
    if (ref->kind != PT_TERM_REF)
        return t;
    if (ref->items.v[0]->sym == m->c->data) {
        t.kind = PT_WITH_DATA;
        t.node = pt_tree_find(m->c, ref, &n)->id;
        t.whole = n + 1 == ref->items.n;
    }
    PT_VEC(uint32_t) path = {0};
    for (size_t i = 1; i < ref->items.n; i++) {
        uint32_t *slot = PT_PUSH(m->c->arena, &path);
        if (!slot)
            break;
        *slot = pt_emit_term(m, ref->items.v[i], PT_OPERAND_NONE);
    }
    t.path = pt_emit_list(m, path.v, path.n);
    t.n_path = (uint32_t)path.n;
    return t;
}

static pt_with_plan with_plan(pt_emitter *m, pt_expr *e, uint32_t *ret_list) {
    pt_with_entry *v = PT_NEW(m->c->arena, pt_with_entry, e->with.n);
    uint32_t *values = PT_NEW(m->c->arena, uint32_t, e->with.n);
    *ret_list = 0;
    if (!v || !values) {
        m->c->full = true;
        return (pt_with_plan){NULL, 0};
    }
    for (size_t i = 0; i < e->with.n; i++)
        v[i] = with_target(m, &e->with.v[i], &values[i]);
    *ret_list = pt_emit_list(m, values, e->with.n);
    return (pt_with_plan){v, (uint32_t)e->with.n};
}

// The literal runs in a context of its own. A later failure that comes back into one of its loops
// enters that context again; every way out leaves it.
static void emit_with(pt_emitter *m, pt_expr *e) {
    uint32_t list;
    uint32_t outside = pt_emit_reg(m);
    uint32_t inside = pt_emit_reg(m);
    pt_with_plan plan = with_plan(m, e, &list);
    pt_with_plan *slot = PT_PUSH(m->c->arena, &m->withs);
    if (!slot) {
        m->c->full = true;
        return;
    }
    *slot = plan;
    uint32_t number = (uint32_t)m->withs.n - 1;
    uint32_t outer = m->fail;
    uint32_t leave = pt_emit_label(m);
    uint32_t on = pt_emit_label(m);
    pt_emit_insn(m, PT_OP_ENTER, outside, number, list);
    m->fail = leave;
    m->withs_around++;
    if (e->negated)
        emit_not(m, e);
    else
        emit_plain(m, e);
    m->withs_around--;
    pt_emit_insn(m, PT_OP_CONTEXT, inside, outside, 0);
    pt_emit_jump(m, on);
    uint32_t again = m->fail;
    pt_emit_place(m, leave);
    pt_emit_insn(m, PT_OP_CONTEXT, PT_OPERAND_NONE, outside, 0);
    pt_emit_jump(m, outer);
    m->fail = outer;
    if (again != leave) {
        m->fail = pt_emit_label(m);
        pt_emit_place(m, m->fail);
        pt_emit_insn(m, PT_OP_CONTEXT, PT_OPERAND_NONE, inside, 0);
        pt_emit_jump(m, again);
    }
    pt_emit_place(m, on);
}

static void emit_untold(pt_emitter *m, pt_expr *e) {
    m->loc = e->loc;
    if (e->with.n > 0)
        emit_with(m, e);
    else if (e->negated)
        emit_not(m, e);
    else
        emit_plain(m, e);
}

static void emit_literal(pt_emitter *m, pt_expr *e) {
    if (!m->c->opts.tell) {
        emit_untold(m, e);
        return;
    }
    pt_tell_literal t = pt_tell_begin(m, e);
    emit_untold(m, e);
    pt_tell_end(m, &t);
}

// NOLINTEND(misc-no-recursion)
