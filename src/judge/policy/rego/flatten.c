// Nested calls become literals of their own before the one that they stand in, in the order in
// which OPA evaluates them; what a head computes moves to the end of the body; print and string
// templates become calls whose operands may be undefined.
#include "judge/policy/rego/impl.h"

// NOLINTBEGIN(misc-no-recursion): terms and bodies nest up to PT_REGO_NESTING_MAX

typedef struct flattener {
    pt_compiler *c;
    pt_body *out;        // literals so far
    const pt_expr *from; // its `with` holds for what is made of it, or NULL
    bool grow;           // a body that is just `true` gives way
} flattener;

static pt_term *flatten_term(flattener *f, pt_term *t);
static void flatten_in_place(pt_compiler *c, pt_body *b);

static void emit(flattener *f, pt_expr *e) {
    if (!e)
        return;
    if (f->from && e != f->from)
        e->with = f->from->with;
    if (f->grow)
        pt_body_grow(f->c, f->out, e);
    else
        pt_body_add(f->c, f->out, e);
}

// A fresh variable that is `t`.
static pt_term *bind(flattener *f, pt_term *t) {
    pt_term *v = pt_new_local(f->c, t->loc, NULL);
    if (!v)
        return t;
    emit(f, pt_new_eq(f->c, v, t, t->loc));
    return v;
}

// -- templates and print --------------------------------------------------------------------------

// {x | x = t}: what is undefined is the empty set.
static pt_term *captured(pt_compiler *c, pt_term *t) {
    const pt_expr *literal = t->kind == PT_TERM_LITERAL ? t->literal : NULL;
    if (literal && (literal->kind != PT_EXPR_TERM || literal->negated)) {
        pt_diagnose(c->d, PT_REGO_COMPILE, &t->loc, "unexpected template-string expression type");
        return t;
    }
    t = literal ? literal->term : t;
    pt_term *set = pt_term_new(c->arena, PT_TERM_SET_COMPR, t->loc);
    pt_term *x = pt_new_local(c, t->loc, NULL);
    pt_expr *eq = set && x ? pt_new_eq(c, x, t, t->loc) : NULL;
    if (!eq) {
        c->full = true;
        return t;
    }
    if (literal)
        eq->with = literal->with;
    set->compr.key = NULL;
    set->compr.term = x;
    set->compr.body = (pt_body){0};
    pt_body_add(c, &set->compr.body, eq);
    return set;
}

// An array of what terms from[first …] capture; constants stay.
static pt_term *capture_all(pt_compiler *c, const pt_term *of, size_t first, bool constants_stay) {
    pt_term *array = pt_term_new(c->arena, PT_TERM_ARRAY, of->loc);
    for (size_t i = first; array && i < of->items.n; i++) {
        pt_term *t = of->items.v[i];
        pt_term **slot = PT_PUSH(c->arena, &array->items);
        if (!slot) {
            array = NULL;
            break;
        }
        *slot = constants_stay && t->kind == PT_TERM_CONST ? t : captured(c, t);
    }
    c->full |= !array;
    return array;
}

static pt_term *template_call(pt_compiler *c, pt_term *t) {
    pt_term *parts = capture_all(c, t, 0, true);
    pt_term *call =
        parts ? pt_term_call(c->symbols, t->loc, "internal.template_string", &parts, 1) : NULL;
    c->full |= !call;
    return call ? call : t;
}

static void print_call(pt_compiler *c, pt_expr *e) {
    pt_term *args = capture_all(c, e->term, 1, false);
    pt_term *call = args ? pt_term_call(c->symbols, e->loc, "internal.print", &args, 1) : NULL;
    c->full |= !call;
    if (call)
        e->term = call;
}

// -- terms ----------------------------------------------------------------------------------------

static void flatten_items(flattener *f, pt_term *t, size_t first) {
    for (size_t i = first; i < t->items.n; i++)
        t->items.v[i] = flatten_term(f, t->items.v[i]);
}

static pt_term *flatten_call(flattener *f, pt_term *t) {
    pt_term *constant = pt_metadata_term(f->c, t);
    if (constant)
        return constant;
    flatten_items(f, t, 1);
    pt_term *out = pt_new_local(f->c, t->loc, NULL);
    pt_expr *e = pt_expr_new(f->c->arena, PT_EXPR_TERM, t->loc);
    pt_term **slot = out && e ? PT_PUSH(f->c->arena, &t->items) : NULL;
    if (!slot) {
        f->c->full = true;
        return t;
    }
    *slot = out;
    e->term = t;
    e->made = true;
    emit(f, e);
    return out;
}

static void flatten_ref(flattener *f, pt_term *t) {
    flatten_items(f, t, 0);
    pt_term *head = t->items.v[0];
    if (head->kind != PT_TERM_VAR && head->kind != PT_TERM_REF)
        t->items.v[0] = bind(f, head);
}

// The term (and key) of a comprehension is computed at the end of its body.
static pt_term *flatten_inner(flattener *in, pt_term *t) {
    t = flatten_term(in, t);
    return pt_term_needs_eval(t) ? bind(in, t) : t;
}

static void flatten_closure(pt_compiler *c, pt_term *t) {
    flatten_in_place(c, &t->compr.body);
    flattener in = {.c = c, .out = &t->compr.body, .grow = true};
    if (t->compr.key)
        t->compr.key = flatten_inner(&in, t->compr.key);
    t->compr.term = flatten_inner(&in, t->compr.term);
}

static pt_term *flatten_term(flattener *f, pt_term *t) {
    switch (t->kind) {
    case PT_TERM_CONST:
    case PT_TERM_VAR:
        return t;
    case PT_TERM_CALL:
        return flatten_call(f, t);
    case PT_TERM_REF:
        flatten_ref(f, t);
        return t;
    case PT_TERM_ARRAY:
    case PT_TERM_SET:
    case PT_TERM_OBJECT:
        flatten_items(f, t, 0);
        return t;
    case PT_TERM_TEMPLATE:
        return flatten_term(f, template_call(f->c, t));
    case PT_TERM_ARRAY_COMPR:
    case PT_TERM_SET_COMPR:
    case PT_TERM_OBJECT_COMPR:
        flatten_closure(f->c, t);
        return t;
    case PT_TERM_LITERAL: // part of a template: its call has taken it apart
        return t;
    }
    return t;
}

// -- literals -------------------------------------------------------------------------------------

static void flatten_withs(flattener *f, pt_expr *e) {
    for (size_t i = 0; i < e->with.n; i++) {
        pt_term *v = e->with.v[i].value;
        if (pt_arity(f->c, v, NULL, NULL) >= 0)
            continue;
        v = flatten_term(f, v);
        e->with.v[i].value = pt_term_needs_eval(v) ? bind(f, v) : v;
    }
}

static void flatten_statement(flattener *f, pt_expr *e) {
    if (pt_expr_calls(e, "print"))
        print_call(f->c, e);
    if (e->term->kind == PT_TERM_CALL)
        flatten_items(f, e->term, 1);
    else
        e->term = flatten_term(f, e->term);
}

static void flatten_expr(flattener *f, pt_expr *e) {
    flatten_withs(f, e);
    f->from = e;
    switch (e->kind) {
    case PT_EXPR_TERM:
        flatten_statement(f, e);
        break;
    case PT_EXPR_EVERY:
        e->every.domain = bind(f, flatten_term(f, e->every.domain));
        flatten_in_place(f->c, &e->every.body);
        break;
    case PT_EXPR_NOT:
        flatten_in_place(f->c, &e->body);
        break;
    case PT_EXPR_AND:
    case PT_EXPR_OR:
        for (size_t i = 0; i < e->sides.n; i++)
            flatten_in_place(f->c, &e->sides.v[i]);
        break;
    case PT_EXPR_SOME:
        break;
    }
    emit(f, e);
    f->from = NULL;
}

static void flatten_in_place(pt_compiler *c, pt_body *b) {
    pt_body out = {0};
    flattener f = {.c = c, .out = &out};
    for (size_t i = 0; i < b->n; i++)
        flatten_expr(&f, b->v[i]);
    *b = out;
}

void pt_flatten_body(pt_compiler *c, pt_body *body) {
    flatten_in_place(c, body);
}

// -- rules ----------------------------------------------------------------------------------------

static pt_term *flatten_head_term(flattener *f, pt_term *t) {
    t = flatten_term(f, t);
    return pt_term_needs_eval(t) ? bind(f, t) : t;
}

// An argument that has to be computed is compared in the body of every clause.
static void flatten_args(pt_compiler *c, pt_rule *rule, pt_body *ret) {
    flattener f = {.c = c, .out = ret};
    for (size_t i = 0; i < rule->args.n; i++)
        rule->args.v[i] = flatten_head_term(&f, rule->args.v[i]);
}

static void flatten_clause(pt_compiler *c, pt_rule *r, const pt_body *args) {
    flatten_in_place(c, &r->body);
    for (size_t i = 0; i < args->n; i++)
        pt_body_grow(c, &r->body, args->v[i]);
    flattener f = {.c = c, .out = &r->body, .grow = true};
    if (!r->is_else && r->ref->kind == PT_TERM_REF)
        for (size_t i = 1; i < r->ref->items.n; i++) {
            pt_term *t = r->ref->items.v[i];
            if (t->kind != PT_TERM_CONST && t->kind != PT_TERM_VAR)
                r->ref->items.v[i] = bind(&f, flatten_term(&f, t));
        }
    if (r->key)
        r->key = flatten_head_term(&f, r->key);
    if (r->value)
        r->value = flatten_head_term(&f, r->value);
}

void pt_flatten_rule(pt_compiler *c, pt_rule *r) {
    c->rule = r;
    pt_body args = {0};
    flatten_args(c, r, &args);
    for (; r; r = r->orelse)
        flatten_clause(c, r, &args);
    c->rule = NULL;
}

// NOLINTEND(misc-no-recursion)
