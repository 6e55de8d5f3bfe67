// The type check: every rule in the order of what it asks for, and queries.
#include "judge/policy/rego/check_types.h"

#include <stdlib.h>
#include <string.h>

enum {
    CALL_BYTES_MAX = 1 << 18, // of a call in a message
};

// -- what a rule is -------------------------------------------------------------------------------

// The path of its head: "data", the package, the rule's name, its steps; a step that is a variable
// has no key. *ret_ground: how many are constants.
static size_t path_of(const pt_rule *r, size_t ground, pt_value path[PT_TYPE_DEPTH_MAX],
                      size_t *ret_ground) {
    const pt_terms *package = &r->module->package->items;
    const pt_term *name = r->ref->kind == PT_TERM_VAR ? r->ref : r->ref->items.v[0];
    size_t steps = r->ref->kind == PT_TERM_VAR ? 1 : r->ref->items.n;
    size_t n = 0;
    if (package->n + steps > PT_TYPE_DEPTH_MAX)
        return 0;
    path[n++] = pt_stringz("data");
    for (size_t i = 1; i < package->n; i++)
        path[n++] = package->v[i]->value;
    path[n++] = pt_string(name->sym->name);
    *ret_ground = n + ground - 1;
    for (size_t i = 1; i < steps; i++) {
        const pt_term *step = r->ref->items.v[i];
        path[n++] = step->kind == PT_TERM_CONST ? step->value : pt_undefined();
    }
    return n;
}

static void no_type_yet(void *to, pt_sym *s) { // a pt_var_fn
    pt_infer *k = to;
    if (!pt_infer_var_type(k, s))
        pt_infer_set(k, s, &pt_type_any);
}

static const pt_type *function_type(pt_infer *k, const pt_rule *r) {
    const pt_type **args = PT_NEW(k->t.arena, const pt_type *, r->args.n);
    if (!args) {
        k->t.full = true;
        return NULL;
    }
    for (size_t i = 0; i < r->args.n; i++)
        pt_walk_term(k->c, r->args.v[i], PT_SEE_ALL, no_type_yet, k);
    for (size_t i = 0; i < r->args.n; i++)
        args[i] = pt_infer_term(k, r->args.v[i]);
    return pt_type_function(&k->t, args, r->args.n, pt_infer_term(k, r->value));
}

static const pt_type *rule_type(pt_infer *k, const pt_rule *r, size_t ground) {
    if (r->args.n)
        return function_type(k, r);
    const pt_type *type = pt_infer_term(k, r->value ? r->value : r->key);
    if (type && !r->value)
        type = pt_type_set(&k->t, type);
    size_t steps = r->ref->kind == PT_TERM_REF ? r->ref->items.n : 1;
    for (size_t i = steps; type && i > ground; i--) { // heads with variables
        const pt_type *key = pt_infer_term(k, r->ref->items.v[i - 1]);
        type = key ? pt_type_opened(&k->t, NULL, key, type) : NULL;
    }
    return type;
}

// -- one rule, one query --------------------------------------------------------------------------

// What is made from here on ends with `finish`.
static void start(pt_infer *k) {
    pt_arena_clear(&k->c->scratch);
    memset((void *)k->memos, 0, sizeof k->memos);
    memset(&k->undo, 0, sizeof k->undo);
    k->t = (pt_types){.arena = &k->c->scratch};
    k->last.steps = 0;
    k->last.tired = false;
    k->next_var = k->c->symbols->n;
}

static bool tired(const pt_infer *k) {
    return k->t.tired || k->last.tired;
}

static void finish(pt_infer *k) {
    k->c->full = k->c->full || k->t.full || k->last.full;
}

static void keep_errors(pt_infer *k, pt_type_errors *to, const pt_type_errors *from) {
    for (size_t i = 0; i < from->n; i++) {
        pt_type_error *slot = PT_PUSH(k->last.arena, to);
        if (!slot) {
            k->last.full = true;
            return;
        }
        *slot = from->v[i];
        slot->message = pt_arena_str(k->last.arena, from->v[i].message);
        slot->details = pt_arena_str(k->last.arena, from->v[i].details);
    }
}

static void infer_rule(pt_infer *k, const pt_rule *r, size_t ground, pt_type_errors *ret) {
    pt_value path[PT_TYPE_DEPTH_MAX];
    size_t n_ground;
    size_t n = path_of(r, ground, path, &n_ground);
    start(k);
    pt_infer_scope s = pt_infer_enter(k);
    const pt_infer_layer *layers = k->layers;
    pt_type_errors notes = {0};
    pt_type_errors errors = {0};
    k->body = &r->body;
    pt_infer_annotated(k, r, ground, &notes);
    keep_errors(k, ret, &notes);
    pt_body body = pt_infer_hoist(k, &r->body);
    pt_infer_body(k, &body, &errors);
    const pt_type *type = errors.n || tired(k) ? &pt_type_any : rule_type(k, r, ground);
    if (tired(k))
        type = &pt_type_any;
    if (n && errors.n) // who asks for a rule that is wrong is not wrong as well
        pt_type_put(&k->last, k->rules.root, path, n, type);
    else if (n && type)
        pt_type_insert(&k->last, k->rules.root, path, n_ground, pt_type_last(&k->last, type));
    keep_errors(k, ret, &errors);
    k->layers = layers;
    pt_infer_leave(k, s);
    k->body = NULL;
    finish(k);
}

int pt_infer_place_cmp(const pt_loc *a, const pt_loc *b) {
    int cmp = pt_str_cmp(a->source->file, b->source->file);
    if (cmp)
        return cmp;
    if (a->row != b->row)
        return a->row < b->row ? -1 : 1;
    return (a->column > b->column) - (a->column < b->column);
}

static int error_cmp(const void *a, const void *b) {
    const pt_type_error *x = a;
    const pt_type_error *y = b;
    int cmp = pt_infer_place_cmp(&x->loc, &y->loc);
    cmp = cmp ? cmp : pt_str_cmp(x->message, y->message);
    return cmp ? cmp : pt_str_cmp(x->details, y->details);
}

static void diagnose(pt_compiler *c, const pt_type_errors *errors) {
    for (size_t i = 0; i < errors->n; i++) {
        const pt_type_error *e = &errors->v[i];
        pt_diagnose(c->d, PT_REGO_TYPE, &e->loc, "%.*s", PT_PRI(e->message));
        if (e->details.n)
            pt_diagnose_details(c->d, "%.*s", PT_PRI(e->details));
    }
}

void pt_types_rules(pt_compiler *c) {
    pt_infer *k = pt_infer_of(c);
    if (!k)
        return;
    pt_infer_order(k);
    pt_type_errors errors = {0};
    for (size_t i = 0; i < k->order.n && !c->full; i++)
        infer_rule(k, k->order.v[i]->rule, k->order.v[i]->ground, &errors);
    if (errors.n > 1)
        qsort(errors.v, errors.n, sizeof *errors.v, error_cmp);
    diagnose(c, &errors);
}

void pt_types_query(pt_compiler *c, const pt_body *query) {
    pt_infer *k = pt_infer_of(c);
    if (!k)
        return;
    start(k);
    pt_infer_scope s = pt_infer_enter(k);
    pt_type_errors errors = {0};
    k->query = true;
    k->body = query;
    pt_body body = pt_infer_hoist(k, query);
    pt_infer_body(k, &body, &errors);
    if (!tired(k))
        diagnose(c, &errors);
    pt_infer_leave(k, s);
    k->body = NULL;
    finish(k);
}

void pt_types_void(pt_compiler *c, const pt_term *call) {
    pt_infer *k = pt_infer_of(c);
    if (!k)
        return;
    start(k);
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(CALL_BYTES_MAX);
    pt_infer_write_call(k, &b, call, call->items.n - 1);
    pt_diagnose(c->d, PT_REGO_TYPE, &call->loc, "%.*s used as value", PT_PRI(pt_buf_str(&b)));
    finish(k);
}

void pt_types_arity(pt_compiler *c, const pt_term *call, const pt_fn *fn) {
    pt_infer *k = pt_infer_of(c);
    size_t n = call->items.n - 1;
    const pt_type **have = k ? PT_NEW(k->last.arena, const pt_type *, n) : NULL;
    if (!have) {
        c->full = true;
        return;
    }
    start(k);
    pt_infer_scope s = pt_infer_enter(k);
    for (size_t i = 0; i < n; i++)
        have[i] = pt_infer_term(k, call->items.v[i + 1]);
    pt_infer_args args = {.have = have, .n = n, .want = pt_infer_builtin(k, fn)};
    pt_type_error e = pt_infer_args_error(k, call->loc, call->items.v[0], "arity mismatch", &args);
    pt_type_errors one = {.v = &e, .n = 1};
    diagnose(c, &one);
    pt_infer_leave(k, s);
    finish(k);
}
