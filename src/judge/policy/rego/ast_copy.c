// Copies of terms and of the bodies within them. The parser bounds how deep both are.
#include "judge/policy/rego/ast.h"

typedef struct pt_copy {
    pt_arena *a;
    bool full;
} pt_copy;

static pt_term *copy_term(pt_copy *c, const pt_term *t);
static pt_expr *copy_expr(pt_copy *c, const pt_expr *e);

// NOLINTBEGIN(misc-no-recursion): terms and bodies nest at most twice PT_REGO_NESTING_MAX
static pt_terms copy_terms(pt_copy *c, const pt_terms *from) {
    pt_terms to = {0};
    for (size_t i = 0; i < from->n && !c->full; i++) {
        pt_term **slot = PT_PUSH(c->a, &to);
        if (slot)
            *slot = copy_term(c, from->v[i]);
        else
            c->full = true;
    }
    return to;
}

static pt_body copy_body(pt_copy *c, const pt_body *from) {
    pt_body to = {0};
    for (size_t i = 0; i < from->n && !c->full; i++) {
        pt_expr **slot = PT_PUSH(c->a, &to);
        if (slot)
            *slot = copy_expr(c, from->v[i]);
        else
            c->full = true;
    }
    return to;
}

static void copy_sides(pt_copy *c, pt_expr *to, const pt_expr *from) {
    to->sides.v = PT_NEW(c->a, pt_body, from->sides.n);
    c->full = c->full || !to->sides.v;
    for (size_t i = 0; i < from->sides.n && !c->full; i++)
        to->sides.v[i] = copy_body(c, &from->sides.v[i]);
}

static void copy_with(pt_copy *c, pt_expr *to, const pt_expr *from) {
    to->with.v = NULL;
    to->with.n = to->with.cap = 0;
    for (size_t i = 0; i < from->with.n && !c->full; i++) {
        pt_with *w = PT_PUSH(c->a, &to->with);
        c->full = !w;
        if (w)
            *w = (pt_with){.loc = from->with.v[i].loc,
                           .target = copy_term(c, from->with.v[i].target),
                           .value = copy_term(c, from->with.v[i].value)};
    }
}

static pt_expr *copy_expr(pt_copy *c, const pt_expr *e) {
    pt_expr *to = pt_expr_new(c->a, e->kind, e->loc);
    c->full = c->full || !to;
    if (c->full)
        return NULL;
    *to = *e;
    copy_with(c, to, e);
    switch (e->kind) {
    case PT_EXPR_TERM:
        to->term = copy_term(c, e->term);
        break;
    case PT_EXPR_SOME:
        to->decl = copy_terms(c, &e->decl);
        break;
    case PT_EXPR_EVERY:
        to->every.key = e->every.key ? copy_term(c, e->every.key) : NULL;
        to->every.value = copy_term(c, e->every.value);
        to->every.domain = copy_term(c, e->every.domain);
        to->every.body = copy_body(c, &e->every.body);
        break;
    case PT_EXPR_NOT:
        to->body = copy_body(c, &e->body);
        break;
    case PT_EXPR_AND:
    case PT_EXPR_OR:
        copy_sides(c, to, e);
        break;
    }
    return to;
}

static pt_term *copy_term(pt_copy *c, const pt_term *t) {
    pt_term *to = pt_term_new(c->a, t->kind, t->loc);
    c->full = c->full || !to;
    if (c->full)
        return NULL;
    *to = *t;
    switch (t->kind) {
    case PT_TERM_CONST:
    case PT_TERM_VAR:
        break;
    case PT_TERM_REF:
    case PT_TERM_CALL:
    case PT_TERM_ARRAY:
    case PT_TERM_SET:
    case PT_TERM_OBJECT:
    case PT_TERM_TEMPLATE:
        to->items = copy_terms(c, &t->items);
        break;
    case PT_TERM_ARRAY_COMPR:
    case PT_TERM_SET_COMPR:
    case PT_TERM_OBJECT_COMPR:
        to->compr.key = t->compr.key ? copy_term(c, t->compr.key) : NULL;
        to->compr.term = copy_term(c, t->compr.term);
        to->compr.body = copy_body(c, &t->compr.body);
        break;
    case PT_TERM_LITERAL:
        to->literal = copy_expr(c, t->literal);
        break;
    }
    return to;
}
// NOLINTEND(misc-no-recursion)

pt_term *pt_term_copy(pt_arena *a, const pt_term *t) {
    pt_copy c = {.a = a};
    pt_term *to = copy_term(&c, t);
    return c.full ? NULL : to;
}
