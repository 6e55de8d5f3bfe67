// A body: each literal's comprehensions, its refs, then itself.
#include "judge/policy/rego/check_types.h"

struct pt_infer_memo {
    const pt_term *term;
    uint64_t version; // what was known then
    const pt_type *type;
    pt_type_errors errors;
    pt_infer_memo *next;
};

static pt_infer_memo *memo_of(pt_infer *k, const pt_term *t) {
    pt_infer_memo **bucket = &k->memos[((uintptr_t)t / 16) % PT_INFER_BUCKETS];
    for (pt_infer_memo *m = *bucket; m; m = m->next)
        if (m->term == t)
            return m;
    pt_infer_memo *m = PT_NEW(k->t.arena, pt_infer_memo, 1);
    if (!m) {
        k->t.full = true;
        return NULL;
    }
    *m = (pt_infer_memo){.term = t, .version = UINT64_MAX, .next = *bucket};
    *bucket = m;
    return m;
}

static void add_all(pt_infer *k, pt_type_errors *to, const pt_type_errors *from) {
    for (size_t i = 0; i < from->n; i++)
        pt_infer_add(k, to, from->v[i]);
}

// NOLINTBEGIN(misc-no-recursion): the parser bounds how deep bodies are; steps are counted
static const pt_type *closure_type(pt_infer *k, const pt_term *t) {
    const pt_type *of = pt_infer_term(k, t->compr.term);
    if (t->kind == PT_TERM_ARRAY_COMPR)
        return pt_type_array(&k->t, NULL, 0, of);
    if (t->kind == PT_TERM_SET_COMPR)
        return pt_type_set(&k->t, of);
    return pt_type_opened(&k->t, NULL, pt_infer_term(k, t->compr.key), of);
}

const pt_type *pt_infer_closure(pt_infer *k, const pt_term *t, pt_type_errors *ret) {
    pt_infer_memo *m = memo_of(k, t);
    if (!m || !pt_types_step(&k->t))
        return &pt_type_any;
    if (m->version != k->version) {
        pt_infer_scope s = pt_infer_enter(k);
        pt_type_errors errors = {0};
        pt_infer_body(k, &t->compr.body, &errors);
        const pt_type *type = errors.n ? NULL : closure_type(k, t);
        pt_infer_leave(k, s);
        m->version = k->version;
        m->errors = errors;
        m->type = type;
    }
    if (ret)
        *ret = m->errors;
    return m->type;
}

static void closures_in_expr(pt_infer *k, const pt_expr *e, pt_type_errors *ret);

static void closures_in_body(pt_infer *k, const pt_body *b, pt_type_errors *ret) {
    for (size_t i = 0; i < b->n; i++)
        closures_in_expr(k, b->v[i], ret);
}

// The errors of the last one that is wrong are those that are told.
static void closures_in_term(pt_infer *k, const pt_term *t, pt_type_errors *ret) {
    if (t->kind == PT_TERM_CONST || t->kind == PT_TERM_VAR || t->kind == PT_TERM_LITERAL)
        return;
    if (!pt_term_closure(t)) {
        for (size_t i = 0; i < t->items.n; i++)
            closures_in_term(k, t->items.v[i], ret);
        return;
    }
    pt_type_errors errors = {0};
    pt_infer_closure(k, t, &errors);
    if (errors.n) {
        *ret = errors;
        return;
    }
    if (t->compr.key)
        closures_in_term(k, t->compr.key, ret);
    closures_in_term(k, t->compr.term, ret);
    closures_in_body(k, &t->compr.body, ret);
}

static void closures_in_expr(pt_infer *k, const pt_expr *e, pt_type_errors *ret) {
    if (!pt_types_step(&k->t))
        return;
    switch (e->kind) {
    case PT_EXPR_TERM:
        closures_in_term(k, e->term, ret);
        break;
    case PT_EXPR_EVERY:
        closures_in_term(k, e->every.domain, ret);
        closures_in_body(k, &e->every.body, ret);
        break;
    case PT_EXPR_NOT:
        closures_in_body(k, &e->body, ret);
        break;
    case PT_EXPR_AND:
    case PT_EXPR_OR:
        for (size_t i = 0; i < e->sides.n; i++)
            closures_in_body(k, &e->sides.v[i], ret);
        break;
    case PT_EXPR_SOME:
        break;
    }
    for (size_t i = 0; i < e->with.n; i++)
        closures_in_term(k, e->with.v[i].value, ret);
}

static void infer_expr(pt_infer *k, const pt_expr *e, pt_type_errors *ret) {
    pt_type_errors closures = {0};
    pt_type_errors refs = {0};
    pt_type_error wrong;
    closures_in_expr(k, e, &closures);
    add_all(k, ret, &closures);
    pt_infer_refs(k, e, &refs);
    add_all(k, ret, &refs);
    // What follows from an error within it is not told.
    if (pt_infer_call(k, e, &wrong) && !((closures.n || refs.n) && wrong.nil))
        pt_infer_add(k, ret, wrong);
}

void pt_infer_body(pt_infer *k, const pt_body *b, pt_type_errors *ret) {
    for (size_t i = 0; i < b->n && pt_types_step(&k->t); i++) {
        const pt_infer_layer *layers = k->layers;
        if (b->v[i]->with.n)
            pt_infer_with(k, b->v[i]);
        infer_expr(k, b->v[i], ret);
        if (k->layers != layers) {
            k->layers = layers;
            pt_infer_changed(k);
        }
    }
}
// NOLINTEND(misc-no-recursion)
