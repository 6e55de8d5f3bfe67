// Types: making, comparing, uniting.
#include "judge/policy/rego/types.h"

#include <stdlib.h>
#include <string.h>

#include "value/json.h"

enum {
    KEY_BYTES_MAX = 4096,
};

#define SCALAR(k) {.kind = (k), .depth = 1, .size = 1, .lasting = true}
const pt_type pt_type_null = SCALAR(PT_TYPE_NULL);
const pt_type pt_type_boolean = SCALAR(PT_TYPE_BOOLEAN);
const pt_type pt_type_number = SCALAR(PT_TYPE_NUMBER);
const pt_type pt_type_string = SCALAR(PT_TYPE_STRING);
const pt_type pt_type_any = SCALAR(PT_TYPE_ANY);

bool pt_types_step(pt_types *t) {
    if (t->steps++ < PT_TYPE_STEPS_MAX)
        return true;
    t->tired = true;
    return false;
}

bool pt_type_is_any(const pt_type *a) {
    return a && a->kind == PT_TYPE_ANY && a->n == 0;
}

bool pt_type_is_empty(const pt_type *a) {
    a = pt_type_open(a);
    if (!a)
        return false;
    switch (a->kind) {
    case PT_TYPE_OBJECT:
        return a->n == 0 && !a->open;
    case PT_TYPE_ARRAY:
        return a->n == 0 && !a->rest;
    case PT_TYPE_SET:
        return !a->rest;
    default:
        return false;
    }
}

// -- making ---------------------------------------------------------------------------------------

static void measure(pt_type *to, const pt_type *part) {
    if (!part)
        return;
    if (to->depth <= part->depth)
        to->depth = (uint16_t)(part->depth + 1);
    to->size += part->size;
    if (to->size > PT_TYPE_SIZE_MAX)
        to->size = PT_TYPE_SIZE_MAX + 1;
}

// `x` in the arena, with its measures; `any` if it is too large.
static const pt_type *keep(pt_types *t, pt_type x) {
    x.depth = 1;
    x.size = 1;
    x.lasting = t->lasting;
    for (uint32_t i = 0; i < x.n; i++)
        measure(&x, x.of[i]);
    measure(&x, x.key);
    measure(&x, x.rest);
    measure(&x, x.result);
    if (x.depth > PT_TYPE_DEPTH_MAX || x.size > PT_TYPE_SIZE_MAX)
        return &pt_type_any;
    pt_type *p = PT_NEW(t->arena, pt_type, 1);
    if (!p) {
        t->full = true;
        return &pt_type_any;
    }
    *p = x;
    return p;
}

static const pt_type **list_of(pt_types *t, const pt_type *const *v, size_t n) {
    if (n > PT_TYPE_SIZE_MAX)
        return NULL;
    const pt_type **to = PT_NEW(t->arena, const pt_type *, n);
    if (!to)
        t->full = true;
    else if (n)
        memcpy((void *)to, (const void *)v, n * sizeof *to);
    return to;
}

const pt_type *pt_type_array(pt_types *t, const pt_type *const *items, size_t n,
                             const pt_type *rest) {
    const pt_type **of = list_of(t, items, n);
    if (!of)
        return &pt_type_any;
    return keep(t, (pt_type){.kind = PT_TYPE_ARRAY, .n = (uint32_t)n, .of = of, .rest = rest});
}

const pt_type *pt_type_set(pt_types *t, const pt_type *of) {
    return keep(t, (pt_type){.kind = PT_TYPE_SET, .rest = of});
}

const pt_type *pt_type_function(pt_types *t, const pt_type *const *args, size_t n,
                                const pt_type *result) {
    const pt_type **of = list_of(t, args, n);
    if (!of)
        return NULL;
    return keep(t,
                (pt_type){.kind = PT_TYPE_FUNCTION, .n = (uint32_t)n, .of = of, .result = result});
}

typedef struct entry {
    pt_value key;
    const pt_type *value;
    size_t at;
} entry;

static int entry_cmp(const void *a, const void *b) {
    const entry *x = a;
    const entry *y = b;
    int cmp = pt_cmp(x->key, y->key);
    return cmp ? cmp : (x->at > y->at) - (x->at < y->at);
}

static bool in_order(const pt_value *keys, size_t n) {
    for (size_t i = 1; i < n; i++)
        if (pt_cmp(keys[i - 1], keys[i]) > 0)
            return false;
    return true;
}

static const pt_type *object(pt_types *t, const pt_value *keys, const pt_type *const *values,
                             size_t n, bool all) {
    if (n > PT_TYPE_SIZE_MAX)
        return &pt_type_any;
    entry *v = PT_NEW(t->arena, entry, n);
    pt_value *sorted = PT_NEW(t->arena, pt_value, n);
    const pt_type **of = PT_NEW(t->arena, const pt_type *, n);
    if (!v || !sorted || !of) {
        t->full = true;
        return &pt_type_any;
    }
    for (size_t i = 0; i < n; i++)
        v[i] = (entry){keys[i], values[i], i};
    if (!in_order(keys, n))
        qsort(v, n, sizeof *v, entry_cmp);
    uint32_t m = 0;
    for (size_t i = 0; i < n; i++) {
        if (!all && i + 1 < n && pt_eq(v[i].key, v[i + 1].key))
            continue;
        sorted[m] = v[i].key;
        of[m++] = v[i].value;
    }
    return keep(t, (pt_type){.kind = PT_TYPE_OBJECT, .n = m, .of = of, .keys = sorted});
}

const pt_type *pt_type_object(pt_types *t, const pt_value *keys, const pt_type *const *values,
                              size_t n) {
    return object(t, keys, values, n, false);
}

const pt_type *pt_type_object_all(pt_types *t, const pt_value *keys, const pt_type *const *values,
                                  size_t n) {
    return object(t, keys, values, n, true);
}

pt_type *pt_type_recursive(pt_types *t, pt_str name) {
    pt_type *a = PT_NEW(t->arena, pt_type, 1);
    if (a)
        *a = (pt_type){
            .kind = PT_TYPE_RECURSIVE, .lasting = t->lasting, .depth = 1, .size = 1, .name = name};
    t->full = t->full || !a;
    return a;
}

const pt_type *pt_type_opened(pt_types *t, const pt_type *object, const pt_type *key,
                              const pt_type *value) {
    pt_type x = {.kind = PT_TYPE_OBJECT, .open = true, .key = key, .rest = value};
    if (object) {
        if (object->kind != PT_TYPE_OBJECT)
            return &pt_type_any;
        x.n = object->n;
        x.of = object->of;
        x.keys = object->keys;
    }
    return keep(t, x);
}

// Within a constant that is a key itself, OPA's checker has JSON: keys are text.
static pt_value key_text(pt_types *t, pt_value key) {
    if (key.tag == PT_STRING)
        return key;
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(KEY_BYTES_MAX);
    PT_IGNORE(pt_json_write(&b, key, NULL, NULL)); // what does not fit is not shown
    return pt_string(pt_arena_str(t->arena, pt_buf_str(&b)));
}

// NOLINTBEGIN(misc-no-recursion): PT_VALUE_DEPTH_MAX, PT_TYPE_DEPTH_MAX
static const pt_type *object_of(pt_types *t, pt_value v) {
    size_t n = pt_len(v);
    pt_value *keys = PT_NEW(t->arena, pt_value, n);
    const pt_type **values = PT_NEW(t->arena, const pt_type *, n);
    if (!keys || !values) {
        t->full = true;
        return &pt_type_any;
    }
    for (size_t i = 0; i < n; i++) {
        keys[i] = key_text(t, pt_key_at(v, i));
        values[i] = pt_type_of(t, pt_val_at(v, i));
    }
    return pt_type_object(t, keys, values, n);
}

static const pt_type *array_of(pt_types *t, pt_value v) {
    size_t n = pt_len(v);
    const pt_type **items = PT_NEW(t->arena, const pt_type *, n);
    if (!items) {
        t->full = true;
        return &pt_type_any;
    }
    for (size_t i = 0; i < n; i++)
        items[i] = pt_type_of(t, pt_at(v, i));
    return pt_type_array(t, items, n, NULL);
}

const pt_type *pt_type_of(pt_types *t, pt_value v) {
    switch (pt_tag_of(v)) {
    case PT_UNDEFINED:
        return NULL;
    case PT_NULL:
        return &pt_type_null;
    case PT_BOOL:
        return &pt_type_boolean;
    case PT_NUMBER:
        return &pt_type_number;
    case PT_STRING:
        return &pt_type_string;
    case PT_OBJECT:
        return object_of(t, v);
    case PT_ARRAY: // a constant set is an array to OPA's checker
    case PT_SET:
        return array_of(t, v);
    }
    return NULL;
}

static pt_type last_parts(pt_types *t, const pt_type *a) {
    pt_type x = *a;
    x.of = list_of(t, a->of, a->n);
    if (!x.of)
        return pt_type_any;
    for (uint32_t i = 0; i < x.n; i++)
        x.of[i] = pt_type_last(t, x.of[i]);
    if (!a->keys)
        return x;
    pt_value *keys = PT_NEW(t->arena, pt_value, x.n);
    t->full = t->full || !keys;
    for (uint32_t i = 0; keys && i < x.n; i++)
        keys[i] = pt_clone(t->arena, a->keys[i]);
    x.keys = keys;
    return keys ? x : pt_type_any;
}

const pt_type *pt_type_last(pt_types *t, const pt_type *a) {
    if (!a || a->lasting)
        return a;
    pt_type x = last_parts(t, a);
    x.key = pt_type_last(t, x.key);
    x.rest = pt_type_last(t, x.rest);
    x.result = pt_type_last(t, x.result);
    return keep(t, x);
}

// -- order ----------------------------------------------------------------------------------------

static int cmp_num(size_t a, size_t b) {
    return (a > b) - (a < b);
}

static int cmp_lists(pt_types *t, const pt_type *a, const pt_type *b) {
    for (uint32_t i = 0; i < a->n && i < b->n; i++) {
        int cmp = pt_type_cmp(t, a->of[i], b->of[i]);
        if (cmp)
            return cmp;
    }
    return cmp_num(a->n, b->n);
}

static int cmp_objects(pt_types *t, const pt_type *a, const pt_type *b) {
    if (a->open != b->open)
        return a->open ? 1 : -1;
    int cmp = pt_type_cmp(t, a->key, b->key);
    cmp = cmp ? cmp : pt_type_cmp(t, a->rest, b->rest);
    for (uint32_t i = 0; !cmp && i < a->n && i < b->n; i++) {
        cmp = pt_cmp(a->keys[i], b->keys[i]);
        cmp = cmp ? cmp : pt_type_cmp(t, a->of[i], b->of[i]);
    }
    return cmp ? cmp : cmp_num(a->n, b->n);
}

static int cmp_functions(pt_types *t, const pt_type *a, const pt_type *b) {
    int cmp = cmp_num(a->n, b->n);
    cmp = cmp ? cmp : cmp_lists(t, a, b);
    cmp = cmp ? cmp : pt_type_cmp(t, a->result, b->result);
    return cmp ? cmp : pt_type_cmp(t, a->rest, b->rest);
}

// Where both go round and round they are the same.
static int cmp_opened(pt_types *t, const pt_type *a, const pt_type *b) {
    if (t->turns == PT_TYPE_TURNS_MAX)
        return 0;
    t->turns++;
    int cmp = pt_type_cmp(t, pt_type_open(a), pt_type_open(b));
    t->turns--;
    return cmp;
}

int pt_type_cmp(pt_types *t, const pt_type *a, const pt_type *b) {
    if (a == b || !pt_types_step(t))
        return 0;
    if (pt_type_turns(a) || pt_type_turns(b))
        return cmp_opened(t, a, b);
    if (!a || !b)
        return a ? 1 : -1;
    if (a->kind != b->kind)
        return cmp_num(a->kind, b->kind);
    int cmp;
    switch (a->kind) {
    case PT_TYPE_ARRAY:
        cmp = pt_type_cmp(t, a->rest, b->rest);
        return cmp ? cmp : cmp_lists(t, a, b);
    case PT_TYPE_OBJECT:
        return cmp_objects(t, a, b);
    case PT_TYPE_SET:
        return pt_type_cmp(t, a->rest, b->rest);
    case PT_TYPE_ANY:
        return cmp_lists(t, a, b);
    case PT_TYPE_FUNCTION:
        return cmp_functions(t, a, b);
    default:
        return 0;
    }
}

bool pt_type_nil(pt_types *t, const pt_type *a) {
    if (!a)
        return true;
    if (!pt_types_step(t))
        return false;
    if (a->kind == PT_TYPE_ANY)
        return false;
    if (a->kind == PT_TYPE_RECURSIVE)
        return !a->rest;
    for (uint32_t i = 0; i < a->n; i++)
        if (pt_type_nil(t, a->of[i]))
            return true;
    switch (a->kind) {
    case PT_TYPE_ARRAY:
        return a->rest && pt_type_nil(t, a->rest);
    case PT_TYPE_OBJECT:
        return a->open && (pt_type_nil(t, a->key) || pt_type_nil(t, a->rest));
    case PT_TYPE_SET:
        return pt_type_nil(t, a->rest);
    case PT_TYPE_FUNCTION:
        return pt_type_nil(t, a->result);
    default:
        return false;
    }
}

// -- union ----------------------------------------------------------------------------------------

static const pt_type *function_or(pt_types *t, const pt_type *a, const pt_type *b) {
    if (a->n != b->n || a->rest || b->rest)
        return NULL;
    const pt_type **args = PT_NEW(t->arena, const pt_type *, a->n);
    if (!args) {
        t->full = true;
        return NULL;
    }
    for (uint32_t i = 0; i < a->n; i++)
        args[i] = pt_type_or(t, a->of[i], b->of[i]);
    return pt_type_function(t, args, a->n, pt_type_or(t, a->result, b->result));
}

// Merge two sorted runs without doubles.
static size_t merge(pt_types *t, const pt_type **to, const pt_type *const *a, size_t n,
                    const pt_type *const *b, size_t m) {
    size_t i = 0;
    size_t k = 0;
    size_t out = 0;
    while (i < n && k < m) {
        int cmp = pt_type_cmp(t, a[i], b[k]);
        to[out++] = cmp <= 0 ? a[i] : b[k];
        i += cmp <= 0;
        k += cmp >= 0;
    }
    for (; i < n; i++)
        to[out++] = a[i];
    for (; k < m; k++)
        to[out++] = b[k];
    return out;
}

// Sort v, of n, without doubles; `spare` has room for as many.
static size_t sort(pt_types *t, const pt_type **v, const pt_type **spare, size_t n) {
    if (n < 2)
        return n;
    size_t half = n / 2;
    size_t a = sort(t, v, spare, half);
    size_t b = sort(t, v + half, spare, n - half);
    size_t out = merge(t, spare, v, a, v + half, b);
    memcpy((void *)v, (const void *)spare, out * sizeof *v);
    return out;
}

static const pt_type *unite(pt_types *t, const pt_type *const *v, size_t n, size_t members) {
    const pt_type **all = PT_NEW(t->arena, const pt_type *, 2 * members);
    if (!all) {
        t->full = true;
        return &pt_type_any;
    }
    size_t m = 0;
    for (size_t i = 0; i < n; i++) {
        if (!v[i])
            continue;
        bool any = v[i]->kind == PT_TYPE_ANY;
        for (uint32_t k = 0; any && k < v[i]->n; k++)
            all[m++] = v[i]->of[k];
        if (!any)
            all[m++] = v[i];
    }
    m = sort(t, all, all + members, m);
    if (m == 1)
        return all[0];
    return keep(t, (pt_type){.kind = PT_TYPE_ANY, .n = (uint32_t)m, .of = all});
}

const pt_type *pt_type_union(pt_types *t, const pt_type *const *v, size_t n) {
    size_t members = 0;
    size_t functions = 0;
    const pt_type *one = NULL;
    bool same = true;
    for (size_t i = 0; i < n; i++) {
        if (!v[i])
            continue;
        if (pt_type_is_any(v[i]))
            return &pt_type_any;
        members += v[i]->kind == PT_TYPE_ANY ? v[i]->n : 1;
        functions += v[i]->kind == PT_TYPE_FUNCTION;
        same = same && (!one || one == v[i]);
        one = v[i];
    }
    if (same)
        return one;
    if (functions || members > PT_TYPE_SIZE_MAX)
        return &pt_type_any; // a function is no value
    return unite(t, v, n, members);
}

const pt_type *pt_type_any_of(pt_types *t, const pt_type *const *v, size_t n) {
    const pt_type *sum = pt_type_union(t, v, n);
    if (!sum || sum->kind == PT_TYPE_ANY)
        return sum;
    const pt_type **of = list_of(t, &sum, 1);
    return of ? keep(t, (pt_type){.kind = PT_TYPE_ANY, .n = 1, .of = of}) : &pt_type_any;
}

const pt_type *pt_type_or(pt_types *t, const pt_type *a, const pt_type *b) {
    if (!a || !b)
        return a ? a : b;
    bool f = a->kind == PT_TYPE_FUNCTION, g = b->kind == PT_TYPE_FUNCTION;
    if (f && g)
        return function_or(t, a, b);
    if (f || g)
        return NULL;
    const pt_type *const both[2] = {a, b};
    return pt_type_union(t, both, 2);
}
// NOLINTEND(misc-no-recursion)
