// Schemas: what `--schema` and the annotations say of input and data.
#include "judge/policy/rego/check_types.h"
#include "judge/policy/rego/schema_types.h"

enum {
    TEXT_BYTES_MAX = 1 << 16, // of a ref in a message
};

struct pt_infer_schema {
    const pt_type *type; // NULL: `why` says, once it was asked for
    pt_str why;
};

// -- the schemas ----------------------------------------------------------------------------------

static const pt_type *type_of_schema(pt_infer *k, pt_value doc, pt_str *ret_why) {
    pt_types t = {.arena = k->last.arena, .lasting = true};
    const pt_type *type = pt_schema_type_of(&t, doc, ret_why);
    k->last.full = k->last.full || t.full;
    return type;
}

// Is it what the ref asks for? NULL: `schema` itself.
static bool is_at(pt_value path, const pt_term *ref) {
    size_t n = ref && ref->kind == PT_TERM_REF ? ref->items.n - 1 : 0;
    bool same = pt_len(path) == n;
    for (size_t i = 0; same && i < n; i++) {
        const pt_term *step = ref->items.v[i + 1];
        same = step->kind == PT_TERM_CONST && pt_eq(step->value, pt_at(path, i));
    }
    return same;
}

// NULL: there is none, as if it were `null`.
static struct pt_infer_schema *find_schema(pt_infer *k, const pt_term *ref) {
    const pt_schemas *all = k->c->opts.schemas;
    size_t i = all ? all->s.n : 0;
    while (i > 0 && !is_at(all->s.v[i - 1].path, ref))
        i--;
    if (i == 0 || pt_tag_of(all->s.v[i - 1].doc) == PT_NULL)
        return NULL;
    if (!k->schemas)
        k->schemas = PT_NEW(k->last.arena, struct pt_infer_schema, all->s.n);
    if (!k->schemas) {
        k->last.full = true;
        return NULL;
    }
    struct pt_infer_schema *s = &k->schemas[i - 1];
    if (!s->type && !s->why.p)
        s->type = type_of_schema(k, all->s.v[i - 1].doc, &s->why);
    return s;
}

static pt_str undefined_schema(pt_infer *k, const pt_term *ref) {
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(TEXT_BYTES_MAX);
    pt_buf_putz(&b, "undefined schema: ");
    pt_infer_write_term(k, &b, ref);
    pt_str why = pt_arena_str(k->last.arena, pt_buf_str(&b));
    k->last.full = k->last.full || !why.p;
    return why;
}

void pt_types_input(pt_compiler *c) {
    pt_infer *k = c->opts.schemas ? pt_infer_of(c) : NULL;
    const struct pt_infer_schema *s = k ? find_schema(k, NULL) : NULL;
    const pt_value path[] = {pt_stringz("input")};
    if (s && s->type)
        pt_type_put(&k->last, k->rules.root, path, 1, s->type);
    else if (s)
        pt_diagnose(c->d, PT_REGO_TYPE, NULL, "%.*s", PT_PRI(s->why));
    c->full = c->full || (k && k->last.full);
}

// NULL with or without note->why.
static const pt_type *type_of_note(pt_infer *k, pt_schema_note *note) {
    if (note->type || note->why.p || (note->schema && !k->c->opts.schemas))
        return note->type;
    if (!note->schema) {
        note->type = type_of_schema(k, note->definition, &note->why);
        return note->type;
    }
    const struct pt_infer_schema *s = find_schema(k, note->schema);
    note->type = s ? s->type : NULL;
    note->why = s ? s->why : undefined_schema(k, note->schema);
    return note->type;
}

// -- a rule's documents ---------------------------------------------------------------------------

// An object of `type` at the path; whatever else is there is not known.
static const pt_type *nested(pt_infer *k, const pt_value *path, size_t n, const pt_type *type,
                             const pt_type *like) {
    for (size_t i = n; i > 0; i--) {
        type = pt_type_object(&k->t, path + i - 1, &type, 1);
        if (!like)
            type = pt_type_opened(&k->t, type, &pt_type_any, &pt_type_any);
        else if (like->open)
            type = pt_type_opened(&k->t, type, like->key, like->rest);
    }
    return type;
}

// `old` with `type` at the path.
// NOLINTNEXTLINE(misc-no-recursion): the parser bounds how long refs are
static const pt_type *overridden(pt_infer *k, const pt_type *old, const pt_value *path, size_t n,
                                 const pt_type *type) {
    old = pt_type_open(old);
    if (!old || old->kind != PT_TYPE_OBJECT)
        return nested(k, path, n, type, NULL);
    pt_value *keys = PT_NEW(k->t.arena, pt_value, old->n + 1);
    const pt_type **values = PT_NEW(k->t.arena, const pt_type *, old->n + 1);
    if (!keys || !values) {
        k->t.full = true;
        return &pt_type_any;
    }
    bool found = false;
    for (uint32_t i = 0; i < old->n; i++) {
        bool here = pt_eq(old->keys[i], path[0]);
        found = found || here;
        keys[i] = old->keys[i];
        values[i] = old->of[i];
        if (here)
            values[i] = n == 1 ? type : overridden(k, old->of[i], path + 1, n - 1, type);
    }
    if (!found) {
        keys[old->n] = path[0];
        values[old->n] = nested(k, path + 1, n - 1, type, old);
    }
    const pt_type *now = pt_type_object_all(&k->t, keys, values, old->n + !found);
    return old->open ? pt_type_opened(&k->t, now, old->key, old->rest) : now;
}

// What is known of all of input or data, with the notes before this one.
static const pt_type *known(pt_infer *k, const pt_type_node *layer, pt_value root) {
    const pt_type_node *noted = pt_type_node_kid(layer, root);
    pt_type_node *rules = noted ? NULL : pt_type_node_kid(k->rules.root, root);
    if (noted)
        return noted->value;
    return rules ? pt_type_extent(&k->t, rules) : &pt_type_any;
}

static void say(pt_infer *k, const pt_rule *r, pt_str why, pt_type_errors *ret) {
    pt_infer_add(k, ret, (pt_type_error){.loc = r->loc, .message = why});
}

static void put_note(pt_infer *k, const pt_rule *r, pt_schema_note *note, pt_type_node *layer,
                     pt_type_errors *ret) {
    const pt_type *type = type_of_note(k, note);
    const pt_term *head = note->path->kind == PT_TERM_REF ? note->path->items.v[0] : note->path;
    size_t n = note->path->kind == PT_TERM_REF ? note->path->items.n : 1;
    if (!type && note->why.p)
        say(k, r, note->why, ret);
    bool input = head->kind == PT_TERM_VAR && head->sym == k->c->input;
    if (!type || (!input && !(head->kind == PT_TERM_VAR && head->sym == k->c->data)))
        return;
    pt_value *path = PT_NEW(k->t.arena, pt_value, n);
    if (!path) {
        k->t.full = true;
        return;
    }
    path[0] = pt_stringz(input ? "input" : "data");
    for (size_t i = 1; i < n; i++) {
        const pt_term *step = note->path->items.v[i];
        if (!pt_infer_constant(step)) {
            say(k, r,
                pt_arena_printf(k->t.arena, "error getting key from value: %s requires evaluation",
                                step->kind == PT_TERM_REF ? "ref" : "var"),
                ret);
            return;
        }
        path[i] = pt_infer_value(k, step);
    }
    if (n > 1)
        type = overridden(k, known(k, layer, path[0]), path + 1, n - 1, type);
    pt_type_put(&k->t, layer, path, 1, type);
}

void pt_infer_annotated(pt_infer *k, const pt_rule *r, size_t ground, pt_type_errors *ret) {
    pt_annotated notes = pt_schema_annotations(k->c, r, ground);
    if (notes.n == 0)
        return;
    pt_type_node *layer = PT_NEW(k->t.arena, pt_type_node, 1);
    pt_infer_push(k, layer);
    for (size_t i = 0; layer && i < notes.n; i++)
        for (size_t j = 0; j < notes.v[i]->schemas.n; j++)
            put_note(k, r, &notes.v[i]->schemas.v[j], layer, ret);
    pt_infer_changed(k);
}
