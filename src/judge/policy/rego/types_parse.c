// The declared types of built-ins: "(x: array[any], y: any<number, string>) => z: object[any:
// any]".
#include <string.h>

#include "judge/policy/rego/types.h"

enum {
    PARTS_MAX = 32, // of one list
};

typedef struct reader {
    pt_types *t;
    pt_str s;
    size_t at;
} reader;

static bool take(reader *r, const char *z) {
    size_t n = strlen(z);
    if (r->s.n - r->at < n || memcmp(r->s.p + r->at, z, n) != 0)
        return false;
    r->at += n;
    return true;
}

static pt_str word(reader *r) {
    size_t from = r->at;
    while (r->at < r->s.n && !strchr(":,<>[]().?=", r->s.p[r->at]))
        r->at++;
    return pt_str_sub(r->s, from, r->at);
}

static const pt_type *type(reader *r);

// NOLINTBEGIN(misc-no-recursion): the declarations are our own
static const pt_type *object(reader *r) {
    pt_value keys[PARTS_MAX];
    const pt_type *values[PARTS_MAX];
    size_t n = 0;
    bool listed = take(r, "<");
    while (listed && n < PARTS_MAX) {
        keys[n] = pt_string(word(r));
        pt_assert(take(r, ": "));
        values[n++] = type(r);
        if (take(r, ">"))
            break;
        pt_assert(take(r, ", "));
    }
    const pt_type *o = pt_type_object(r->t, keys, values, n);
    if (!take(r, "["))
        return o;
    const pt_type *key = type(r);
    pt_assert(take(r, ": "));
    const pt_type *value = type(r);
    pt_assert(take(r, "]"));
    return pt_type_opened(r->t, o, key, value);
}

static size_t parts(reader *r, const pt_type *v[PARTS_MAX]) {
    size_t n = 0;
    if (!take(r, "<"))
        return 0;
    do
        v[n++] = type(r);
    while (n < PARTS_MAX && take(r, ", "));
    pt_assert(take(r, ">"));
    return n;
}

static const pt_type *rest(reader *r) {
    if (!take(r, "["))
        return NULL;
    const pt_type *of = type(r);
    pt_assert(take(r, "]"));
    return of;
}

static const pt_type *type(reader *r) {
    static const struct {
        const char *name;
        const pt_type *type;
    } scalars[] = {{"null", &pt_type_null},
                   {"boolean", &pt_type_boolean},
                   {"number", &pt_type_number},
                   {"string", &pt_type_string}};
    const pt_type *v[PARTS_MAX];
    pt_str name = word(r);
    for (size_t i = 0; i < PT_COUNT(scalars); i++)
        if (pt_str_eq(name, pt_str_of(scalars[i].name)))
            return scalars[i].type;
    if (pt_str_eq(name, PT_STR("object")))
        return object(r);
    if (pt_str_eq(name, PT_STR("set")))
        return pt_type_set(r->t, rest(r));
    size_t n = parts(r, v);
    if (pt_str_eq(name, PT_STR("array")))
        return pt_type_array(r->t, v, n, rest(r));
    pt_assert(pt_str_eq(name, PT_STR("any")));
    return n ? pt_type_any_of(r->t, v, n) : &pt_type_any;
}
// NOLINTEND(misc-no-recursion)

// "name: type" or "type".
static const pt_type *named(reader *r, pt_str *ret_name) {
    size_t from = r->at;
    *ret_name = word(r);
    if (!take(r, ": ")) {
        *ret_name = (pt_str){NULL, 0};
        r->at = from;
    }
    return type(r);
}

const pt_type *pt_type_parse(pt_types *t, pt_str text) {
    reader r = {t, text, 0};
    const pt_type *v[PT_FN_ARGS_MAX + 1];
    pt_str *names = PT_NEW(t->arena, pt_str, PT_FN_ARGS_MAX + 2);
    pt_type *f = PT_NEW(t->arena, pt_type, 1);
    const pt_type **of = PT_NEW(t->arena, const pt_type *, PT_FN_ARGS_MAX + 1);
    if (!names || !f || !of) {
        t->full = true;
        return &pt_type_any;
    }
    *f = (pt_type){.kind = PT_TYPE_FUNCTION,
                   .depth = 1,
                   .size = 1,
                   .lasting = t->lasting,
                   .of = of,
                   .names = names};
    pt_assert(take(&r, "("));
    while (!take(&r, ")")) {
        PT_IGNORE(take(&r, ", ")); // none before the first
        const pt_type *arg = named(&r, &names[f->n]);
        if (take(&r, "..."))
            f->rest = arg;
        else
            v[f->n++] = arg;
        pt_assert(f->n <= PT_FN_ARGS_MAX);
    }
    memcpy((void *)of, (const void *)v, f->n * sizeof *of);
    pt_assert(take(&r, " => "));
    if (!take(&r, "???"))
        f->result = named(&r, &names[f->n]);
    return f;
}
