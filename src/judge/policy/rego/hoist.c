// Input paths that a clause reads in its loops are read once, before them: where one is undefined,
// no turn of a loop could hold. Only of literals that must hold in any case: not negated, without
// `with`.
#include "judge/policy/rego/emit.h"

// NOLINTBEGIN(misc-no-recursion): terms nest up to PT_REGO_NESTING_MAX

static bool input_path(const pt_emitter *m, const pt_term *t) {
    if (t->kind != PT_TERM_REF || t->items.n < 2 || t->items.v[0]->kind != PT_TERM_VAR ||
        t->items.v[0]->sym != m->c->input)
        return false;
    for (size_t i = 1; i < t->items.n; i++)
        if (t->items.v[i]->kind != PT_TERM_CONST)
            return false;
    return true;
}

static bool same_path(const pt_term *a, const pt_term *b) {
    if (a->items.n != b->items.n)
        return false;
    for (size_t i = 1; i < a->items.n; i++)
        if (!pt_eq(a->items.v[i]->value, b->items.v[i]->value))
            return false;
    return true;
}

bool pt_emit_hoisted(const pt_emitter *m, const pt_term *ref, uint32_t *ret) {
    if (m->withs_around > 0 || m->hoisted.n == 0 || !input_path(m, ref))
        return false;
    for (size_t i = 0; i < m->hoisted.n; i++)
        if (same_path(m->hoisted.v[i].ref, ref)) {
            *ret = m->hoisted.v[i].reg;
            return true;
        }
    return false;
}

// Does the term loop: is there a bracket that may not be bound yet?
static bool loops(const pt_term *t) {
    if (t->kind == PT_TERM_CONST || t->kind == PT_TERM_VAR || pt_term_closure(t))
        return false;
    for (size_t i = 0; i < t->items.n; i++)
        if ((t->kind == PT_TERM_REF && i > 0 && t->items.v[i]->kind == PT_TERM_VAR) ||
            loops(t->items.v[i]))
            return true;
    return false;
}

static bool plain(const pt_expr *e) {
    return e->kind == PT_EXPR_TERM && !e->negated && e->with.n == 0;
}

static void hoist(pt_emitter *m, pt_term *t) {
    uint32_t known;
    if (!input_path(m, t) || pt_emit_hoisted(m, t, &known))
        return;
    uint32_t reg = pt_emit_term(m, t, PT_OPERAND_NONE);
    pt_emit_input *slot = PT_PUSH(m->c->arena, &m->hoisted);
    if (slot)
        *slot = (pt_emit_input){t, reg};
    else
        m->c->full = true;
}

void pt_emit_hoist_inputs(pt_emitter *m, const pt_body *b) {
    m->hoisted.n = 0;
    bool looping = false;
    for (size_t i = 0; i < b->n; i++) {
        const pt_expr *e = b->v[i];
        if (!plain(e))
            continue;
        pt_term *t = e->term;
        m->loc = e->loc;
        for (size_t k = 1; looping && t->kind == PT_TERM_CALL && k < t->items.n; k++)
            hoist(m, t->items.v[k]);
        looping |= loops(t);
    }
}

// NOLINTEND(misc-no-recursion)
