#include "judge/policy/rego/schema_types.h"

#include "judge/policy/fn/schema_tree.h"

#define DEPTH_MAX 500u // of schemas within one another

typedef struct maker {
    pt_types *t;
    pt_arena *a; // the schema's
    unsigned depth;
    size_t steps;
    pt_str why; // p != NULL: there is no type
} maker;

// What a reference leads to: the type, or the name that stands for it while it is being made.
typedef struct definition {
    const pt_type *type; // NULL: not yet
    pt_type *self;       // NULL: it was not asked for within itself
} definition;

static bool refuse(maker *m, const char *why) {
    if (!m->why.p)
        m->why = pt_arena_printf(m->t->arena, "%s", why);
    if (!m->why.p)
        m->why = PT_STR("out of memory");
    return false;
}

static bool full(maker *m) {
    m->t->full = true;
    return refuse(m, "out of memory");
}

static const pt_type *no_room(maker *m) {
    full(m);
    return NULL;
}

static const pt_type *no_type(maker *m, const char *why) {
    refuse(m, why);
    return NULL;
}

static bool step(maker *m, size_t n) {
    m->steps += n;
    if (m->steps > PT_SCHEMA_TYPES_MAX)
        refuse(m, "the schema is too large: its schemas refer to one another too often");
    return !m->why.p;
}

static bool has(const pt_sub *s, const char *type) {
    return s->types & 1 << pt_schema_type(pt_str_of(type));
}

static size_t count(const pt_subs *v) {
    return v ? v->s.n : 0;
}

static pt_sub *resolved(maker *m, pt_sub *s, pt_str *ret_uri) {
    while (s->ref && step(m, 1)) {
        *ret_uri = s->uri;
        s = s->ref;
    }
    return s;
}

// -- merging --------------------------------------------------------------------------------------

static bool type_by_content(maker *m, pt_sub *s) {
    const char *type = count(s->properties) ? "object" : count(s->items) ? "array" : NULL;
    if (type && !has(s, type) && !pt_schema_add_type(m->a, s, pt_str_of(type)))
        return full(m);
    return type;
}

// What is in `from` from item `at` on, behind what is in `to`.
static bool append(maker *m, pt_subs *to, const pt_subs *from, size_t at) {
    size_t n = count(from); // which may be the same list
    if (!step(m, n))
        return false;
    for (size_t i = at; i < n; i++) {
        pt_sub **slot = PT_PUSH(m->a, &to->s);
        if (!slot)
            return full(m);
        *slot = from->s.v[i];
    }
    return true;
}

// A list to append to, which those who have the same one do not see.
static bool own(maker *m, pt_subs **list) {
    const pt_subs *shared = *list;
    if (shared)
        *list = PT_NEW(m->a, pt_subs, 1);
    return !shared || (*list ? append(m, *list, shared, 0) : full(m));
}

static bool merge_items(maker *m, pt_sub *into, const pt_sub *s) {
    if (count(into->items) < count(s->items) &&
        !append(m, into->items, s->items, count(into->items)))
        return false;
    for (size_t i = 0; i < count(s->items); i++) {
        if (!pt_str_eq(into->items->s.v[i]->type_text, s->items->s.v[i]->type_text))
            return refuse(m, "unable to merge these schemas");
    }
    return true;
}

static pt_str type_text(const pt_sub *s) {
    return s->types ? s->type_text : PT_STR("Undefined");
}

static bool merge_one(maker *m, pt_sub *into, const pt_sub *s) {
    if (!pt_str_eq(into->type_text, s->type_text)) {
        pt_str why =
            pt_arena_printf(m->a, "unable to merge these schemas: type mismatch: %.*s and %.*s",
                            PT_PRI(type_text(into)), PT_PRI(type_text(s)));
        return why.p ? refuse(m, why.p) : full(m);
    }
    if (has(into, "object") && count(into->properties) && count(s->properties))
        return append(m, into->properties, s->properties, 0);
    if (has(into, "array") && count(into->items) && count(s->items))
        return merge_items(m, into, s);
    return true;
}

// The first one takes in what the others have, for all who refer to it. NULL: refused.
static pt_sub *merge(maker *m, pt_sub *const *v, size_t n) {
    for (size_t i = 0; i < n; i++)
        type_by_content(m, v[i]);
    bool good = own(m, &v[0]->properties) && own(m, &v[0]->items);
    for (size_t i = 1; i < n && good; i++)
        good = merge_one(m, v[0], v[i]);
    return good && !m->why.p ? v[0] : NULL;
}

// -- types ----------------------------------------------------------------------------------------

// NOLINTBEGIN(misc-no-recursion): DEPTH_MAX, of type_of
static const pt_type *type_of(maker *m, pt_sub *s);

static const pt_type **types_of(maker *m, const pt_subs *v, size_t spare) {
    const pt_type **types = PT_NEW(m->a, const pt_type *, count(v) + spare);
    if (!types)
        full(m);
    for (size_t i = 0; types && i < count(v); i++) {
        types[i] = type_of(m, v->s.v[i]);
        if (!types[i])
            return NULL;
    }
    return types;
}

static const pt_type *type_of_any(maker *m, const pt_sub *s) {
    size_t n = count(s->any_of);
    const pt_type **v = types_of(m, s->any_of, 1);
    if (v && s->types) { // what it says itself counts if it lists properties
        pt_sub *core = PT_NEW(m->a, pt_sub, 1);
        if (!core)
            return no_room(m);
        *core = *s;
        core->any_of = NULL;
        const pt_type *type = type_of(m, core);
        if (!type)
            return NULL;
        if (type->kind == PT_TYPE_OBJECT && !type->open)
            v[n++] = type;
    }
    return v ? pt_type_union(m->t, v, n) : NULL;
}

static const pt_type *type_of_all(maker *m, pt_sub *s) {
    pt_str ignored;
    size_t n = 0;
    pt_sub **v = PT_NEW(m->a, pt_sub *, count(s->all_of));
    if (!v)
        return no_room(m);
    for (size_t i = 0; i < count(s->all_of); i++) {
        pt_sub *part = resolved(m, s->all_of->s.v[i], &ignored);
        bool plain = part->types || count(part->properties) || count(part->items);
        if (plain || !part->any_of)
            v[n++] = part;
    }
    if (m->why.p || n == 0)
        return m->why.p ? NULL : &pt_type_any;
    pt_sub *sum = merge(m, v, n);
    if (!sum || !s->types)
        return sum ? type_of(m, sum) : NULL;
    bool alike = (has(s, "object") && has(sum, "object")) || (has(s, "array") && has(sum, "array"));
    if (alike)
        sum = merge(m, (pt_sub *[]){sum, s}, 2);
    else if (!pt_str_eq(s->type_text, sum->type_text))
        return no_type(m, "unable to merge these schemas");
    return sum ? type_of(m, sum) : NULL;
}

static const pt_type *type_of_object(maker *m, const pt_sub *s) {
    size_t n = count(s->properties);
    if (n == 0)
        return pt_type_opened(m->t, NULL, &pt_type_any, &pt_type_any);
    const pt_type **values = types_of(m, s->properties, 0);
    pt_value *keys = PT_NEW(m->t->arena, pt_value, n);
    if (!values || !keys)
        return values ? no_room(m) : NULL;
    for (size_t i = 0; i < n; i++) {
        pt_str key = pt_arena_str(m->t->arena, s->properties->s.v[i]->property);
        if (!key.p)
            return no_room(m);
        keys[i] = pt_string(key);
    }
    return pt_type_object_all(m->t, keys, values, n);
}

static const pt_type *type_of_array(maker *m, const pt_sub *s) {
    size_t n = count(s->items);
    if (n == 0)
        return pt_type_array(m->t, NULL, 0, &pt_type_any);
    if (s->items_single) {
        const pt_type *item = type_of(m, s->items->s.v[0]);
        return item ? pt_type_array(m->t, NULL, 0, item) : NULL;
    }
    const pt_type **items = types_of(m, s->items, 0);
    return items ? pt_type_array(m->t, items, n, NULL) : NULL;
}

static const pt_type *type_of_plain(maker *m, pt_sub *s) {
    if (s->any_of)
        return type_of_any(m, s);
    if (s->all_of)
        return type_of_all(m, s);
    if (has(s, "boolean"))
        return &pt_type_boolean;
    if (has(s, "string"))
        return &pt_type_string;
    if (has(s, "integer") || has(s, "number"))
        return &pt_type_number;
    if (!has(s, "object") && !has(s, "array"))
        type_by_content(m, s);
    if (has(s, "object"))
        return type_of_object(m, s);
    return has(s, "array") ? type_of_array(m, s) : &pt_type_any;
}

// The type of what is referred to by `uri`, made once.
static const pt_type *type_of_definition(maker *m, pt_sub *s, pt_str uri) {
    definition *d = s->made;
    if (d && d->type)
        return d->type;
    if (d && !d->self) {
        pt_str name = pt_arena_str(m->t->arena, uri.n ? uri : PT_STR("#"));
        d->self = pt_type_recursive(m->t, name);
    }
    if (d)
        return d->self ? d->self : no_room(m);
    s->made = d = PT_NEW(m->a, definition, 1);
    if (!d)
        return no_room(m);
    d->type = type_of_plain(m, s);
    const pt_type *open = d->type;
    for (size_t i = 0; open && open->kind == PT_TYPE_RECURSIVE && i < DEPTH_MAX; i++)
        open = open->rest;
    if (d->self) // one that is nothing but itself can be anything
        d->self->rest = open && open->kind != PT_TYPE_RECURSIVE ? open : &pt_type_any;
    return d->type;
}

static const pt_type *type_of(maker *m, pt_sub *s) {
    pt_str uri = {NULL, 0};
    bool outer = m->why.p;
    if (!step(m, 1) || m->depth == DEPTH_MAX)
        return no_type(m, "the schema is too deep, or says of itself what it is");
    m->depth++;
    pt_sub *target = resolved(m, s, &uri);
    const pt_type *type = m->why.p      ? NULL
                          : target == s ? type_of_plain(m, s)
                                        : type_of_definition(m, target, uri);
    m->depth--;
    if (!type && !outer && m->why.p && m->depth > 0 && !pt_str_starts(m->why, PT_STR("unexpected")))
        m->why = pt_arena_printf(m->t->arena, "unexpected schema type of \"%.*s\": %.*s",
                                 PT_PRI(s->property), PT_PRI(m->why));
    return type;
}
// NOLINTEND(misc-no-recursion)

static const pt_type *bad(pt_types *t, const char *stage, pt_str why, pt_str *ret_why) {
    *ret_why = pt_arena_printf(t->arena, "%s: %.*s", stage, PT_PRI(why));
    if (!ret_why->p) {
        t->full = true;
        *ret_why = PT_STR("out of memory");
    }
    return NULL;
}

const pt_type *pt_schema_type_of(pt_types *t, pt_value schema, pt_str *ret_why) {
    static const pt_fn_world world = {0};
    PT_AUTO(pt_arena_done) pt_arena said = {0};
    pt_call c = {.arena = &said, .world = &world};
    pt_str why;
    pt_schema *s = pt_schema_compile(&c, schema, false, &why);
    if (!s)
        return bad(t, "unable to compile the schema", c.fault ? c.message : why, ret_why);
    maker m = {.t = t, .a = &s->a};
    t->tired = false;
    t->steps = 0;
    const pt_type *type = type_of(&m, s->root);
    pt_schema_free(s);
    if (!type)
        return bad(t, "type checking", m.why, ret_why);
    return t->tired ? &pt_type_any : type;
}
