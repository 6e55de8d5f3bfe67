#include "judge/policy/rego/ast_visit.h"

static void visit_body(const pt_visit *w, const pt_body *b);

// NOLINTBEGIN(misc-no-recursion): terms and bodies nest up to PT_REGO_NESTING_MAX
static void visit_terms(const pt_visit *w, const pt_terms *v) {
    for (size_t i = 0; i < v->n; i++)
        pt_visit_term(w, v->v[i]);
}

void pt_visit_term(const pt_visit *w, pt_term *t) {
    if (!t)
        return;
    if (w->term)
        w->term(w->to, t);
    switch (t->kind) {
    case PT_TERM_CONST:
    case PT_TERM_VAR:
        break;
    case PT_TERM_ARRAY_COMPR:
    case PT_TERM_SET_COMPR:
    case PT_TERM_OBJECT_COMPR:
        pt_visit_term(w, t->compr.key);
        pt_visit_term(w, t->compr.term);
        visit_body(w, &t->compr.body);
        break;
    case PT_TERM_LITERAL:
        pt_visit_expr(w, t->literal);
        break;
    default:
        visit_terms(w, &t->items);
    }
}

void pt_visit_expr(const pt_visit *w, pt_expr *e) {
    if (w->expr)
        w->expr(w->to, e);
    for (size_t i = 0; i < e->with.n; i++) {
        pt_visit_term(w, e->with.v[i].target);
        pt_visit_term(w, e->with.v[i].value);
    }
    switch (e->kind) {
    case PT_EXPR_TERM:
        pt_visit_term(w, e->term);
        break;
    case PT_EXPR_SOME:
        visit_terms(w, &e->decl);
        break;
    case PT_EXPR_EVERY:
        pt_visit_term(w, e->every.key);
        pt_visit_term(w, e->every.value);
        pt_visit_term(w, e->every.domain);
        visit_body(w, &e->every.body);
        break;
    case PT_EXPR_NOT:
        visit_body(w, &e->body);
        break;
    case PT_EXPR_AND:
    case PT_EXPR_OR:
        for (size_t i = 0; i < e->sides.n; i++)
            visit_body(w, &e->sides.v[i]);
        break;
    }
}

static void visit_body(const pt_visit *w, const pt_body *b) {
    for (size_t i = 0; i < b->n; i++)
        pt_visit_expr(w, b->v[i]);
}
// NOLINTEND(misc-no-recursion)

void pt_visit_rule(const pt_visit *w, const pt_rule *r) {
    pt_visit_term(w, r->ref);
    visit_terms(w, &r->args);
    pt_visit_term(w, r->key);
    pt_visit_term(w, r->value);
    visit_body(w, &r->body);
}
