#include <string.h>

#include "judge/policy/rego/impl.h"

// NOLINTBEGIN(misc-no-recursion): terms and bodies nest up to PT_REGO_NESTING_MAX

static bool skips(unsigned skip, pt_see what) {
    return (skip & (unsigned)what) != 0;
}

bool pt_root_ref(const pt_compiler *c, const pt_term *t) {
    return t->kind == PT_TERM_REF && t->items.n == 1 && t->items.v[0]->kind == PT_TERM_VAR &&
           (t->items.v[0]->sym == c->input || t->items.v[0]->sym == c->data);
}

static bool root_head(const pt_compiler *c, const pt_term *ref) {
    const pt_term *head = ref->items.v[0];
    return head->kind == PT_TERM_VAR && (head->sym == c->input || head->sym == c->data);
}

static void walk_ref(const pt_compiler *c, const pt_term *t, unsigned skip, pt_var_fn *fn,
                     void *to) {
    bool head =
        !root_head(c, t) && !(skips(skip, PT_SKIP_REF_HEAD) && t->items.v[0]->kind == PT_TERM_VAR);
    for (size_t i = head ? 0 : 1; i < t->items.n; i++)
        pt_walk_term(c, t->items.v[i], skip, fn, to);
}

static void walk_items(const pt_compiler *c, const pt_term *t, unsigned skip, pt_var_fn *fn,
                       void *to) {
    size_t first = t->kind == PT_TERM_CALL ? 1 : 0; // operators are no variables
    bool values_only = t->kind == PT_TERM_OBJECT && skips(skip, PT_SKIP_OBJECT_KEYS);
    if (t->kind == PT_TERM_SET && skips(skip, PT_SKIP_SETS))
        return;
    for (size_t i = first; i < t->items.n; i++)
        if (!values_only || i % 2 == 1)
            pt_walk_term(c, t->items.v[i], skip, fn, to);
}

void pt_walk_term(const pt_compiler *c, const pt_term *t, unsigned skip, pt_var_fn *fn, void *to) {
    switch (t->kind) {
    case PT_TERM_CONST:
        return;
    case PT_TERM_VAR:
        fn(to, t->sym);
        return;
    case PT_TERM_REF:
        walk_ref(c, t, skip, fn, to);
        return;
    case PT_TERM_CALL:
    case PT_TERM_ARRAY:
    case PT_TERM_SET:
    case PT_TERM_OBJECT:
    case PT_TERM_TEMPLATE:
        walk_items(c, t, skip, fn, to);
        return;
    case PT_TERM_ARRAY_COMPR:
    case PT_TERM_SET_COMPR:
    case PT_TERM_OBJECT_COMPR:
        if (skips(skip, PT_SKIP_CLOSURES))
            return;
        if (t->compr.key)
            pt_walk_term(c, t->compr.key, skip, fn, to);
        pt_walk_term(c, t->compr.term, skip, fn, to);
        pt_walk_body(c, &t->compr.body, skip, fn, to);
        return;
    case PT_TERM_LITERAL:
        pt_walk_expr(c, t->literal, skip, fn, to);
        return;
    }
}

static void walk_kind(const pt_compiler *c, const pt_expr *e, unsigned skip, pt_var_fn *fn,
                      void *to) {
    bool closures = !skips(skip, PT_SKIP_CLOSURES);
    switch (e->kind) {
    case PT_EXPR_TERM:
        pt_walk_term(c, e->term, skip, fn, to);
        return;
    case PT_EXPR_SOME:
        for (size_t i = 0; i < e->decl.n; i++)
            pt_walk_term(c, e->decl.v[i], skip, fn, to);
        return;
    case PT_EXPR_EVERY:
        pt_walk_term(c, e->every.domain, skip, fn, to);
        if (closures)
            pt_walk_body(c, &e->every.body, skip, fn, to);
        return;
    case PT_EXPR_NOT:
        if (closures)
            pt_walk_body(c, &e->body, skip, fn, to);
        return;
    case PT_EXPR_AND:
    case PT_EXPR_OR:
        for (size_t i = 0; closures && i < e->sides.n; i++)
            pt_walk_body(c, &e->sides.v[i], skip, fn, to);
        return;
    }
}

void pt_walk_expr(const pt_compiler *c, const pt_expr *e, unsigned skip, pt_var_fn *fn, void *to) {
    walk_kind(c, e, skip, fn, to);
    for (size_t i = 0; i < e->with.n; i++) {
        const pt_term *target = e->with.v[i].target;
        if (target->kind == PT_TERM_REF)
            for (size_t j = 1; j < target->items.n; j++)
                pt_walk_term(c, target->items.v[j], skip, fn, to);
        const pt_term *value = e->with.v[i].value;
        if (pt_arity(c, value, NULL, NULL) < 0)
            pt_walk_term(c, value, skip, fn, to);
    }
}

void pt_walk_body(const pt_compiler *c, const pt_body *b, unsigned skip, pt_var_fn *fn, void *to) {
    for (size_t i = 0; i < b->n; i++)
        pt_walk_expr(c, b->v[i], skip, fn, to);
}

bool pt_term_scalar(const pt_term *t) {
    return t->kind == PT_TERM_CONST;
}

bool pt_term_closure(const pt_term *t) {
    return t->kind == PT_TERM_ARRAY_COMPR || t->kind == PT_TERM_SET_COMPR ||
           t->kind == PT_TERM_OBJECT_COMPR;
}

bool pt_term_ground(const pt_compiler *c, const pt_term *t) {
    if (t->kind == PT_TERM_CONST)
        return true;
    if (t->kind != PT_TERM_ARRAY && t->kind != PT_TERM_SET && t->kind != PT_TERM_OBJECT)
        return false;
    for (size_t i = 0; i < t->items.n; i++)
        if (!pt_term_ground(c, t->items.v[i]))
            return false;
    return true;
}

bool pt_term_needs_eval(const pt_term *t) {
    if (t->kind == PT_TERM_CONST || t->kind == PT_TERM_VAR)
        return false;
    if (t->kind != PT_TERM_ARRAY && t->kind != PT_TERM_SET && t->kind != PT_TERM_OBJECT)
        return true;
    for (size_t i = 0; i < t->items.n; i++)
        if (pt_term_needs_eval(t->items.v[i]))
            return true;
    return false;
}

pt_str pt_ref_text(pt_arena *a, const pt_term *t) {
    if (t->kind == PT_TERM_VAR)
        return t->sym->name;
    if (t->kind != PT_TERM_REF || t->items.v[0]->kind != PT_TERM_VAR)
        return (pt_str){NULL, 0};
    size_t n = t->items.v[0]->sym->name.n;
    for (size_t i = 1; i < t->items.n; i++) {
        if (t->items.v[i]->kind != PT_TERM_CONST || t->items.v[i]->value.tag != PT_STRING)
            return (pt_str){NULL, 0};
        n += 1 + pt_text(t->items.v[i]->value).n;
    }
    char *p = pt_arena_take(a, n + 1);
    if (!p)
        return (pt_str){NULL, 0};
    pt_str head = t->items.v[0]->sym->name;
    size_t at = head.n;
    memcpy(p, head.p, head.n);
    for (size_t i = 1; i < t->items.n; i++) {
        pt_str s = pt_text(t->items.v[i]->value);
        p[at++] = '.';
        if (s.n)
            memcpy(p + at, s.p, s.n);
        at += s.n;
    }
    return (pt_str){p, at};
}

// Does the operator `t` read as `name`? Without making its text.
static bool names(const pt_term *t, const char *name) {
    pt_str rest = pt_str_of(name);
    if (t->kind == PT_TERM_VAR)
        return pt_str_eq(t->sym->name, rest);
    if (t->kind != PT_TERM_REF || t->items.v[0]->kind != PT_TERM_VAR)
        return false;
    pt_str piece;
    for (size_t i = 0; i < t->items.n; i++) {
        const pt_term *step = t->items.v[i];
        if (i > 0 && step->kind != PT_TERM_CONST)
            return false;
        pt_str text = i == 0 ? step->sym->name : pt_text(step->value);
        if (!pt_str_split(&rest, '.', &piece) || !pt_str_eq(piece, text))
            return false;
    }
    return rest.n == 0;
}

bool pt_term_calls(const pt_term *t, const char *name) {
    return t->kind == PT_TERM_CALL && names(t->items.v[0], name);
}

bool pt_expr_calls(const pt_expr *e, const char *name) {
    return e->kind == PT_EXPR_TERM && pt_term_calls(e->term, name);
}

pt_term *pt_new_local(pt_compiler *c, pt_loc loc, pt_sym *from) {
    pt_sym *s = pt_sym_made(c->symbols, from);
    pt_term *t = s ? pt_term_var(c->arena, loc, s) : NULL;
    c->full |= !t;
    return t;
}

pt_expr *pt_new_eq(pt_compiler *c, pt_term *left, pt_term *right, pt_loc loc) {
    pt_expr *e = pt_expr_new(c->arena, PT_EXPR_TERM, loc);
    pt_term *sides[2] = {left, right};
    pt_term *call = left && right ? pt_term_call(c->symbols, loc, "eq", sides, 2) : NULL;
    if (!e || !call) {
        c->full = true;
        return NULL;
    }
    e->term = call;
    e->made = true;
    return e;
}

void pt_body_add(pt_compiler *c, pt_body *b, pt_expr *e) {
    pt_expr **to = e ? PT_PUSH(c->arena, b) : NULL;
    if (to)
        *to = e;
    else
        c->full = true;
}

void pt_body_grow(pt_compiler *c, pt_body *b, pt_expr *e) {
    bool empty = b->n == 1 && b->v[0]->kind == PT_EXPR_TERM && !b->v[0]->negated &&
                 b->v[0]->with.n == 0 && b->v[0]->term->kind == PT_TERM_CONST &&
                 pt_true(b->v[0]->term->value);
    if (empty && e)
        b->v[0] = e;
    else
        pt_body_add(c, b, e);
}

// NOLINTEND(misc-no-recursion)
