// What the type check knows: types of variables in their scopes, of documents by their refs.
#include <string.h>

#include "judge/policy/rego/check_types.h"

pt_infer *pt_infer_of(pt_compiler *c) {
    if (c->types)
        return c->types;
    pt_infer *k = PT_NEW(c->arena, pt_infer, 1);
    pt_type_node *root = PT_NEW(c->arena, pt_type_node, 1);
    pt_sym *eq = pt_sym_of(c->symbols, PT_STR("eq"));
    if (!k || !root || !eq) {
        c->full = true;
        return NULL;
    }
    *k = (pt_infer){.c = c,
                    .t = {.arena = &c->scratch},
                    .last = {.arena = c->arena, .lasting = true},
                    .rules = {.root = root},
                    .eq = eq};
    k->layers = &k->rules;
    c->types = k;
    return k;
}

// -- variables ------------------------------------------------------------------------------------

pt_infer_scope pt_infer_enter(pt_infer *k) {
    k->depth++;
    return (pt_infer_scope){k->version, k->undo.n};
}

void pt_infer_leave(pt_infer *k, pt_infer_scope s) {
    while (k->undo.n > s.undo) {
        pt_infer_undo u = k->undo.v[--k->undo.n];
        k->vars[u.id] = u.was;
    }
    k->depth--;
    k->version = s.version;
}

void pt_infer_changed(pt_infer *k) {
    k->version = ++k->versions;
}

const pt_type *pt_infer_var_type(const pt_infer *k, const pt_sym *s) {
    return s->id < k->n_vars ? k->vars[s->id].type : NULL;
}

static bool room_for(pt_infer *k, uint32_t id) {
    if (id < k->n_vars)
        return true;
    size_t n = 2 * (size_t)id + 64;
    pt_infer_var *v = PT_NEW(k->last.arena, pt_infer_var, n);
    if (!v) {
        k->last.full = true;
        return false;
    }
    if (k->n_vars)
        memcpy(v, k->vars, k->n_vars * sizeof *v);
    k->vars = v;
    k->n_vars = n;
    return true;
}

void pt_infer_set(pt_infer *k, const pt_sym *s, const pt_type *type) {
    if (!room_for(k, s->id))
        return;
    pt_infer_var *v = &k->vars[s->id];
    if (v->type == type)
        return;
    if (v->depth != k->depth || !v->type) {
        pt_infer_undo *u = PT_PUSH(k->t.arena, &k->undo);
        if (!u) {
            k->t.full = true;
            return;
        }
        *u = (pt_infer_undo){s->id, *v};
    }
    *v = (pt_infer_var){type, k->depth};
    pt_infer_changed(k);
}

// -- constants ------------------------------------------------------------------------------------

// NOLINTBEGIN(misc-no-recursion): the parser bounds how deep terms are
bool pt_infer_constant(const pt_term *t) {
    if (t->kind == PT_TERM_CONST)
        return true;
    if (t->kind != PT_TERM_ARRAY && t->kind != PT_TERM_SET && t->kind != PT_TERM_OBJECT)
        return false;
    for (size_t i = 0; i < t->items.n; i++)
        if (!pt_infer_constant(t->items.v[i]))
            return false;
    return true;
}

pt_value pt_infer_value(pt_infer *k, const pt_term *t) {
    if (t->kind == PT_TERM_CONST)
        return t->value;
    pt_value *v = PT_NEW(k->t.arena, pt_value, t->items.n);
    if (!v) {
        k->t.full = true;
        return pt_undefined();
    }
    for (size_t i = 0; i < t->items.n; i++)
        v[i] = pt_infer_value(k, t->items.v[i]);
    if (t->kind == PT_TERM_OBJECT)
        return pt_object_of(k->t.arena, v, t->items.n / 2, NULL);
    return t->kind == PT_TERM_SET ? pt_set_of(k->t.arena, v, t->items.n)
                                  : pt_array_of(k->t.arena, v, t->items.n);
}

// -- refs -----------------------------------------------------------------------------------------

bool pt_infer_root(const pt_infer *k, const pt_term *ref) {
    if (ref->kind != PT_TERM_REF || ref->items.v[0]->kind != PT_TERM_VAR)
        return false;
    const pt_sym *head = ref->items.v[0]->sym;
    return head == k->c->input || head == k->c->data;
}

pt_value pt_infer_root_key(const pt_infer *k, const pt_term *ref) {
    return pt_stringz(ref->items.v[0]->sym == k->c->input ? "input" : "data");
}

// The type below `type` behind steps i …
static const pt_type *behind(pt_infer *k, const pt_type *type, const pt_term *ref, size_t i) {
    for (; type && i < ref->items.n; i++) {
        const pt_term *step = ref->items.v[i];
        switch (step->kind) {
        case PT_TERM_CONST:
            type = pt_type_select(&k->t, type, step->value);
            break;
        case PT_TERM_VAR:
        case PT_TERM_REF:
        case PT_TERM_ARRAY:
        case PT_TERM_OBJECT:
        case PT_TERM_SET:
            if (pt_type_is_empty(type))
                return &pt_type_any;
            type = pt_type_values(&k->t, type);
            break;
        default:
            return NULL;
        }
    }
    return type;
}

// In one layer; *ret_below: the layer below knows.
static const pt_type *in_layer(pt_infer *k, pt_type_node *root, const pt_term *ref,
                               bool *ret_below) {
    pt_types *t = root == k->rules.root ? &k->last : &k->t;
    pt_type_node *n = pt_type_node_kid(root, pt_infer_root_key(k, ref));
    for (size_t i = 1; n; i++) {
        if (i == ref->items.n)
            return pt_type_extent(t, n);
        const pt_term *step = ref->items.v[i];
        bool constant = pt_infer_constant(step);
        pt_type_node *kid = constant ? pt_type_node_kid(n, pt_infer_value(k, step)) : NULL;
        if (!kid && (n->value || !constant))
            return behind(k, pt_type_extent(t, n), ref, i);
        n = kid;
    }
    *ret_below = true;
    return NULL;
}

static const pt_type *document(pt_infer *k, const pt_term *ref) {
    for (const pt_infer_layer *l = k->layers; l; l = l->below) {
        bool below = false;
        const pt_type *type = in_layer(k, l->root, ref, &below);
        if (!below)
            return type;
    }
    return &pt_type_any;
}

static const pt_type *ref_type(pt_infer *k, const pt_term *ref) {
    if (pt_infer_root(k, ref))
        return document(k, ref);
    const pt_term *head = ref->items.v[0];
    return head->kind == PT_TERM_VAR ? behind(k, pt_infer_var_type(k, head->sym), ref, 1)
                                     : &pt_type_any;
}

const pt_type *pt_infer_builtin(pt_infer *k, const pt_fn *fn) {
    pt_infer_fn **bucket = &k->fns[((uintptr_t)fn / sizeof *fn) % PT_INFER_BUCKETS];
    for (pt_infer_fn *f = *bucket; f; f = f->next)
        if (f->fn == fn)
            return f->type;
    pt_infer_fn *f = PT_NEW(k->last.arena, pt_infer_fn, 1);
    if (!f) {
        k->last.full = true;
        return &pt_type_any;
    }
    *f = (pt_infer_fn){fn, pt_type_parse(&k->last, pt_str_of(fn->type)), *bucket};
    *bucket = f;
    return f->type;
}

const pt_type *pt_infer_operator(pt_infer *k, const pt_term *op) {
    if (pt_infer_root(k, op))
        return document(k, op);
    pt_str name = pt_ref_text(k->t.arena, op);
    const pt_fn *fn = name.n ? pt_fn_find(name) : NULL;
    return fn ? pt_infer_builtin(k, fn) : NULL;
}

// -- terms ----------------------------------------------------------------------------------------

static const pt_type **types_of(pt_infer *k, const pt_term *t) {
    const pt_type **v = PT_NEW(k->t.arena, const pt_type *, t->items.n);
    k->t.full = k->t.full || !v;
    for (size_t i = 0; v && i < t->items.n; i++)
        v[i] = pt_infer_term(k, t->items.v[i]);
    return v;
}

// What further entries are: of several, OPA's checker knows one; we know none.
static const pt_type *one_of(const pt_type *known, const pt_type *next, bool first) {
    return first || known == next ? next : &pt_type_any;
}

static const pt_type *object_type(pt_infer *k, const pt_term *t, const pt_type **v) {
    pt_value *keys = PT_NEW(k->t.arena, pt_value, t->items.n / 2);
    const pt_type **values = PT_NEW(k->t.arena, const pt_type *, t->items.n / 2);
    const pt_type *key = NULL;
    const pt_type *value = NULL;
    size_t n = 0;
    bool open = false;
    if (!keys || !values) {
        k->t.full = true;
        return &pt_type_any;
    }
    for (size_t i = 0; i < t->items.n; i += 2) {
        if (pt_infer_constant(t->items.v[i])) {
            keys[n] = pt_infer_value(k, t->items.v[i]);
            values[n++] = v[i + 1];
            continue;
        }
        key = one_of(key, v[i], !open);
        value = one_of(value, v[i + 1], !open);
        open = true;
    }
    const pt_type *object = pt_type_object(&k->t, keys, values, n);
    return open ? pt_type_opened(&k->t, object, key, value) : object;
}

const pt_type *pt_infer_term(pt_infer *k, const pt_term *t) {
    const pt_type **v;
    switch (t->kind) {
    case PT_TERM_CONST:
        return pt_type_of(&k->t, t->value);
    case PT_TERM_VAR:
        return pt_infer_var_type(k, t->sym);
    case PT_TERM_REF:
        return ref_type(k, t);
    case PT_TERM_CALL:
        return NULL;
    case PT_TERM_TEMPLATE:
    case PT_TERM_LITERAL:
        return &pt_type_string;
    case PT_TERM_ARRAY_COMPR:
    case PT_TERM_SET_COMPR:
    case PT_TERM_OBJECT_COMPR:
        return pt_infer_closure(k, t, NULL);
    case PT_TERM_ARRAY:
    case PT_TERM_SET:
    case PT_TERM_OBJECT:
        break;
    }
    v = types_of(k, t);
    if (!v)
        return &pt_type_any;
    if (t->kind == PT_TERM_ARRAY)
        return pt_type_array(&k->t, v, t->items.n, NULL);
    return t->kind == PT_TERM_SET ? pt_type_set(&k->t, pt_type_union(&k->t, v, t->items.n))
                                  : object_type(k, t, v);
}
// NOLINTEND(misc-no-recursion)
