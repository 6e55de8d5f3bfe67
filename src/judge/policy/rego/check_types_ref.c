// Refs: each step must be one that the document before it can have.
#include "judge/policy/rego/check_types.h"

static pt_infer_bad_ref bad_ref(const pt_term *ref, size_t at, const pt_type *have,
                                const pt_type *want) {
    return (pt_infer_bad_ref){.ref = ref, .at = at, .have = have, .want = want};
}

static pt_infer_bad_ref bad_in_node(pt_infer *k, const pt_term *ref, size_t at, const pt_type *have,
                                    const pt_type_node *n) {
    pt_infer_bad_ref bad = bad_ref(ref, at, have, NULL);
    pt_value *v = PT_NEW(k->t.arena, pt_value, n->kids.n);
    for (size_t i = 0; v && i < n->kids.n; i++)
        if (pt_defined(n->kids.v[i]->key))
            v[bad.n_one_of++] = n->kids.v[i]->key;
    bad.one_of = v;
    return bad;
}

// NOLINTNEXTLINE(misc-no-recursion): PT_TYPE_DEPTH_MAX
static void listed_keys(pt_infer *k, const pt_type *type, pt_list *to) {
    bool turn = pt_type_turns(type);
    type = k->t.turns < PT_TYPE_TURNS_MAX ? pt_type_open(type) : NULL;
    if (!type || (type->kind != PT_TYPE_OBJECT && type->kind != PT_TYPE_ANY))
        return;
    k->t.turns += turn;
    for (uint32_t i = 0; i < type->n; i++) {
        if (type->kind == PT_TYPE_OBJECT)
            pt_list_add(to, type->keys[i]);
        else
            listed_keys(k, type->of[i], to);
    }
    k->t.turns -= turn;
}

static pt_infer_bad_ref bad_in_type(pt_infer *k, const pt_term *ref, size_t at, const pt_type *have,
                                    const pt_type *type) {
    pt_infer_bad_ref bad = bad_ref(ref, at, have, pt_type_keys(&k->t, type));
    pt_list keys = {.a = k->t.arena};
    listed_keys(k, type, &keys);
    pt_value all = pt_set_of(k->t.arena, keys.items.v, keys.items.n); // sorted, each once
    pt_value *v = PT_NEW(k->t.arena, pt_value, pt_len(all));
    for (size_t i = 0; v && i < pt_len(all); i++)
        v[i] = pt_at(all, i);
    bad.one_of = v;
    bad.n_one_of = v ? pt_len(all) : 0;
    return bad;
}

// -- below a type ---------------------------------------------------------------------------------

// A step into a collection that has no items; what follows does not matter.
static void step_into_nothing(pt_infer *k, const pt_term *ref, size_t at, const pt_type *type,
                              pt_type_errors *ret) {
    const pt_term *step = ref->items.v[at];
    pt_infer_bad_ref bad = bad_ref(ref, at, NULL, NULL);
    if (step->kind == PT_TERM_CONST) {
        pt_infer_say_ref(k, &bad, ret);
        return;
    }
    if (step->kind != PT_TERM_VAR)
        return;
    const pt_type *exist = pt_infer_var_type(k, step->sym);
    if (!exist) {
        pt_infer_set(k, step->sym, &pt_type_any);
        return;
    }
    const pt_type *keys = pt_type_keys(&k->t, type);
    if (!keys || pt_type_unifies(&k->t, exist, keys))
        return;
    bad.have = exist;
    bad.want = keys;
    pt_infer_say_ref(k, &bad, ret);
}

// False: it was told that there is no such step. *type becomes what is behind it.
static bool step_into(pt_infer *k, const pt_term *ref, size_t at, const pt_type **type,
                      pt_type_errors *ret) {
    const pt_term *step = ref->items.v[at];
    const pt_type *keys = pt_type_keys(&k->t, *type);
    const pt_type *exist;
    const pt_type *behind;
    pt_infer_bad_ref bad;
    switch (step->kind) {
    case PT_TERM_VAR:
    case PT_TERM_REF:
        exist = pt_infer_term(k, step);
        if (!exist && step->kind == PT_TERM_VAR)
            pt_infer_set(k, step->sym, keys);
        if (!exist || pt_type_unifies(&k->t, exist, keys)) {
            *type = pt_type_values(&k->t, *type);
            return true;
        }
        bad = bad_in_type(k, ref, at, exist, *type);
        break;
    case PT_TERM_ARRAY:
    case PT_TERM_OBJECT:
    case PT_TERM_SET:
        if (pt_infer_fit(k, step, keys)) {
            *type = pt_type_values(&k->t, *type);
            return true;
        }
        bad = bad_ref(ref, at, pt_infer_term(k, step), keys);
        break;
    case PT_TERM_CONST:
        behind = pt_type_select(&k->t, *type, step->value);
        if (behind) {
            *type = behind;
            return true;
        }
        bad = bad_in_type(k, ref, at, NULL, *type);
        break;
    default:
        *type = &pt_type_any;
        return true;
    }
    pt_infer_say_ref(k, &bad, ret);
    return false;
}

static void below(pt_infer *k, const pt_type *type, const pt_term *ref, size_t at,
                  pt_type_errors *ret) {
    for (; at < ref->items.n && pt_types_step(&k->t); at++) {
        if (pt_type_is_empty(type)) {
            step_into_nothing(k, ref, at, type, ret);
            return;
        }
        if (!pt_type_keys(&k->t, type)) {
            pt_infer_say_unsupported(k, ref, at - 1, type, ret);
            return;
        }
        if (!step_into(k, ref, at, &type, ret))
            return;
    }
}

// -- below rules ----------------------------------------------------------------------------------

static const pt_type *node_keys(pt_infer *k, const pt_type_node *n) {
    const pt_type *keys = &pt_type_string;
    for (size_t i = 0; i < n->kids.n; i++)
        if (n->kids.v[i]->key.tag == PT_NUMBER || n->kids.v[i]->key.tag == PT_BOOL)
            keys = pt_type_or(&k->t, keys, pt_type_of(&k->t, n->kids.v[i]->key));
    return keys;
}

// A step that may be any of the documents of `n`. False: it was told that it cannot.
static bool step_into_node(pt_infer *k, const pt_term *ref, size_t at, const pt_type_node *n,
                           pt_type_errors *ret) {
    const pt_term *step = ref->items.v[at];
    bool text = step->kind == PT_TERM_CONST && step->value.tag == PT_STRING;
    pt_infer_bad_ref bad;
    if (at <= 2 && step->kind != PT_TERM_VAR && !text) {
        bad = bad_in_node(k, ref, at, pt_infer_term(k, step), n);
        bad.want = &pt_type_string;
        pt_infer_say_ref(k, &bad, ret);
        return false;
    }
    if (step->kind != PT_TERM_VAR)
        return true;
    const pt_type *keys = node_keys(k, n);
    const pt_type *exist = pt_infer_var_type(k, step->sym);
    if (!exist)
        pt_infer_set(k, step->sym, keys);
    if (!exist || pt_type_unifies(&k->t, keys, exist))
        return true;
    bad = bad_in_node(k, ref, at, exist, n);
    bad.want = keys;
    pt_infer_say_ref(k, &bad, ret);
    return false;
}

// In one layer. False: the layer below has to be asked.
static bool in_layer(pt_infer *k, const pt_type_node *root, const pt_term *ref,
                     pt_type_errors *ret) {
    const pt_type_node *n = pt_type_node_kid(root, pt_infer_root_key(k, ref));
    for (size_t i = 1; n; i++) {
        if (n->value) {
            below(k, n->value, ref, i, ret);
            return true;
        }
        if (i == ref->items.n || !step_into_node(k, ref, i, n, ret))
            return true;
        const pt_term *step = ref->items.v[i];
        n = pt_infer_constant(step) ? pt_type_node_kid(n, pt_infer_value(k, step)) : NULL;
    }
    return false;
}

static void check_ref(pt_infer *k, const pt_term *ref, pt_type_errors *ret) {
    const pt_term *head = ref->items.v[0];
    if (head->kind != PT_TERM_VAR)
        return;
    if (!pt_infer_root(k, ref)) {
        const pt_type *type = pt_infer_var_type(k, head->sym);
        if (!type)
            pt_infer_set(k, head->sym, &pt_type_any);
        below(k, type ? type : &pt_type_any, ref, 1, ret);
        return;
    }
    for (const pt_infer_layer *l = k->layers; l; l = l->below)
        if (in_layer(k, l->root, ref, ret))
            return;
    below(k, &pt_type_any, ref, 1, ret);
}

// -- all of a literal's ---------------------------------------------------------------------------

// NOLINTBEGIN(misc-no-recursion): the parser bounds how deep terms are
static void visit_expr(pt_infer *k, const pt_expr *e, pt_type_errors *ret);

static void visit_term(pt_infer *k, const pt_term *t, pt_type_errors *ret) {
    if (t->kind == PT_TERM_CONST || t->kind == PT_TERM_VAR || t->kind == PT_TERM_LITERAL ||
        pt_term_closure(t))
        return;
    if (t->kind == PT_TERM_REF) {
        const pt_type *type = pt_infer_root(k, t) ? pt_infer_term(k, t) : NULL;
        if (type && type->kind == PT_TYPE_FUNCTION) {
            pt_infer_say_unsupported(k, t, t->items.n - 1, type, ret);
            return;
        }
        check_ref(k, t, ret);
    }
    for (size_t i = t->kind == PT_TERM_CALL ? 1 : 0; i < t->items.n; i++)
        visit_term(k, t->items.v[i], ret);
}

static void visit_body(pt_infer *k, const pt_body *b, pt_type_errors *ret) {
    for (size_t i = 0; i < b->n; i++)
        visit_expr(k, b->v[i], ret);
}

static void visit_expr(pt_infer *k, const pt_expr *e, pt_type_errors *ret) {
    switch (e->kind) {
    case PT_EXPR_TERM:
        visit_term(k, e->term, ret);
        return;
    case PT_EXPR_NOT:
        visit_body(k, &e->body, ret);
        return;
    case PT_EXPR_EVERY:
        visit_term(k, e->every.domain, ret);
        visit_body(k, &e->every.body, ret);
        break;
    case PT_EXPR_AND:
    case PT_EXPR_OR:
        for (size_t i = 0; i < e->sides.n; i++)
            visit_body(k, &e->sides.v[i], ret);
        break;
    case PT_EXPR_SOME:
        break;
    }
    for (size_t i = 0; i < e->with.n; i++) {
        visit_term(k, e->with.v[i].target, ret);
        visit_term(k, e->with.v[i].value, ret);
    }
}
// NOLINTEND(misc-no-recursion)

void pt_infer_refs(pt_infer *k, const pt_expr *e, pt_type_errors *ret) {
    visit_expr(k, e, ret);
}
