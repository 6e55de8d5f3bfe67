#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/re2.h"
#include "judge/policy/fn/regex.h"
#include "judge/policy/fn/schema.h"
#include "judge/policy/number.h"
#include "value/json.h"

#define DEPTH_MAX 1000    // of schemas and values within one another
#define STEPS_MAX 5000000 // schemas can ask for work without end

// Where in the document: "(Root).a.0", as a list from the inside out.
typedef struct path {
    const struct path *outer;
    pt_str name;
} path;

typedef struct failure {
    const char *type;
    pt_str field, desc;
} failure;

typedef struct result {
    PT_VEC(failure) f;
    long score; // how well it matched
} result;

typedef struct matcher {
    pt_call *c;
    pt_arena *a;
    size_t steps;
    unsigned depth;
} matcher;

// -- results --------------------------------------------------------------------------------------

static pt_str field_of(matcher *m, const path *p) {
    pt_buf b = PT_BUF(1 << 20);
    pt_str names[DEPTH_MAX + 2];
    size_t n = 0;
    for (; p->outer && n <= DEPTH_MAX; p = p->outer)
        names[n++] = p->name;
    if (n == 0)
        pt_buf_putz(&b, "(Root)");
    for (size_t i = n; i-- > 0;) {
        pt_buf_put(&b, names[i]);
        if (i)
            pt_buf_putc(&b, '.');
    }
    pt_str r = pt_arena_str(m->a, pt_buf_str(&b));
    pt_buf_done(&b);
    return r;
}

static void fail_as(matcher *m, result *r, const path *p, const char *type, pt_str desc) {
    failure *f = PT_PUSH(m->a, &r->f);
    if (!f || !desc.p) {
        pt_call_full(m->c);
        return;
    }
    *f = (failure){type, field_of(m, p), desc};
    r->score -= 2;
}

#define FAIL(m, r, p, type, ...) fail_as(m, r, p, type, pt_arena_printf((m)->a, __VA_ARGS__))

static void merge(matcher *m, result *r, const result *other) {
    for (size_t i = 0; i < other->f.n; i++) {
        failure *f = PT_PUSH(m->a, &r->f);
        if (!f) {
            pt_call_full(m->c);
            return;
        }
        *f = other->f.v[i];
    }
    r->score += other->score;
}

// NOLINTBEGIN(misc-no-recursion): DEPTH_MAX, of walk
static void walk(matcher *m, const pt_sub *s, pt_value v, result *r, const path *p);

static result sub_walk(matcher *m, const pt_sub *s, pt_value v, const path *p) {
    result r = {0};
    walk(m, s, v, &r, p);
    return r;
}

static bool valid(const result *r) {
    return r->f.n == 0;
}

// -- combinations ---------------------------------------------------------------------------------

static void any_of(matcher *m, const pt_sub *s, pt_value v, result *r, const path *p) {
    result best = {0};
    bool have = false;
    for (size_t i = 0; i < s->any_of->s.n; i++) {
        result x = sub_walk(m, s->any_of->s.v[i], v, p);
        if (valid(&x))
            return;
        if (!have || x.score > best.score)
            best = x;
        have = true;
    }
    FAIL(m, r, p, "number_any_of", "Must validate at least one schema (anyOf)");
    merge(m, r, &best);
}

static void one_of(matcher *m, const pt_sub *s, pt_value v, result *r, const path *p) {
    result best = {0};
    bool have = false;
    size_t hits = 0;
    for (size_t i = 0; i < s->one_of->s.n; i++) {
        result x = sub_walk(m, s->one_of->s.v[i], v, p);
        if (valid(&x)) {
            hits++;
        } else if (hits == 0 && (!have || x.score > best.score)) {
            best = x;
            have = true;
        }
    }
    if (hits == 1)
        return;
    FAIL(m, r, p, "number_one_of", "Must validate one and only one schema (oneOf)");
    if (hits == 0)
        merge(m, r, &best);
}

static void all_of(matcher *m, const pt_sub *s, pt_value v, result *r, const path *p) {
    bool all = true;
    for (size_t i = 0; i < s->all_of->s.n; i++) {
        result x = sub_walk(m, s->all_of->s.v[i], v, p);
        all = all && valid(&x);
        merge(m, r, &x);
    }
    if (!all)
        FAIL(m, r, p, "number_all_of", "Must validate all the schemas (allOf)");
}

static void depend(matcher *m, const pt_sub *s, pt_value v, result *r, const path *p) {
    for (size_t i = 0; pt_tag_of(v) == PT_OBJECT && i < pt_len(v); i++) {
        pt_str key = pt_text(pt_key_at(v, i));
        pt_value names = pt_get(s->dependencies, key);
        for (size_t j = 0; pt_tag_of(names) == PT_ARRAY && j < pt_len(names); j++) {
            pt_str name = pt_text(pt_at(names, j));
            if (!pt_defined(pt_get(v, name)))
                FAIL(m, r, p, "missing_dependency", "Has a dependency on %.*s", PT_PRI(name));
        }
        for (size_t j = 0; s->dependent && j < s->dependent->s.n; j++)
            if (pt_str_eq(s->dependent->s.v[j]->property, key))
                walk(m, s->dependent->s.v[j], v, r, p);
    }
}

static void condition(matcher *m, const pt_sub *s, pt_value v, result *r, const path *p) {
    result when = sub_walk(m, s->when, v, p);
    bool yes = valid(&when);
    const pt_sub *next = yes ? s->then : s->otherwise;
    if (!next)
        return;
    result x = sub_walk(m, next, v, p);
    if (valid(&x))
        return;
    FAIL(m, r, p, yes ? "condition_then" : "condition_else",
         yes ? "Must validate \"then\" as \"if\" was valid"
             : "Must validate \"else\" as \"if\" was not valid");
    merge(m, r, &x);
}

static void combined(matcher *m, const pt_sub *s, pt_value v, result *r, const path *p) {
    if (s->any_of)
        any_of(m, s, v, r, p);
    if (s->one_of)
        one_of(m, s, v, r, p);
    if (s->all_of)
        all_of(m, s, v, r, p);
    if (s->not) {
        result x = sub_walk(m, s->not, v, p);
        if (valid(&x))
            FAIL(m, r, p, "number_not", "Must not validate the schema (not)");
    }
    if (pt_len(s->dependencies))
        depend(m, s, v, r, p);
    if (s->when)
        condition(m, s, v, r, p);
    r->score++;
}

// -- values ---------------------------------------------------------------------------------------

static void common(matcher *m, const pt_sub *s, pt_value v, result *r, const path *p) {
    pt_str text = s->constant.p || pt_defined(s->allowed) ? pt_schema_plain(m->a, v) : (pt_str){0};
    if (s->constant.p && !pt_str_eq(text, s->constant)) {
        pt_str field = field_of(m, p);
        FAIL(m, r, p, "const", "%.*s does not match: %.*s", PT_PRI(field), PT_PRI(s->constant));
    }
    bool found = !pt_defined(s->allowed);
    for (size_t i = 0; !found && i < pt_len(s->allowed); i++)
        found = pt_str_eq(pt_text(pt_at(s->allowed, i)), text);
    if (!found) {
        pt_buf b = PT_BUF(PT_FN_TEXT_BYTES_MAX);
        for (size_t i = 0; i < pt_len(s->allowed); i++) {
            pt_buf_putz(&b, i ? ", " : "");
            pt_buf_put(&b, pt_text(pt_at(s->allowed, i)));
        }
        pt_str field = field_of(m, p);
        FAIL(m, r, p, "enum", "%.*s must be one of the following: %.*s", PT_PRI(field),
             PT_PRI(pt_buf_str(&b)));
        pt_buf_done(&b);
    }
    if (s->format.n && pt_tag_of(v) == PT_STRING &&
        !pt_schema_format_ok(m->c, s->format, pt_text(v)))
        FAIL(m, r, p, "format", "Does not match format '%.*s'", PT_PRI(s->format));
    r->score++;
}

static bool matches(matcher *m, pt_str pattern, pt_str text) {
    PT_AUTO(pt_kept_done) pt_kept k = pt_regex_get(m->c, pattern);
    pt_re2_span span;
    return k.thing && pt_re2_match(k.thing, text, 0, &span, 0) > 0;
}

static void string(matcher *m, const pt_sub *s, pt_str text, result *r, const path *p) {
    int64_t runes = 0;
    for (size_t at = 0; at < text.n; runes++)
        pt_rune_next(text, &at);
    if (s->min_length.set && runes < s->min_length.n)
        FAIL(m, r, p, "string_gte", "String length must be greater than or equal to %lld",
             (long long)s->min_length.n);
    if (s->max_length.set && runes > s->max_length.n)
        FAIL(m, r, p, "string_lte", "String length must be less than or equal to %lld",
             (long long)s->max_length.n);
    if (s->pattern.p && !matches(m, s->pattern, text))
        FAIL(m, r, p, "pattern", "Does not match pattern '%.*s'", PT_PRI(s->pattern));
    r->score++;
}

// As Go prints a big.Float with %v: the shortest digits, an exponent below -4 and from 6 on.
static pt_str shown(matcher *m, pt_value n) {
    char room[PT_NUMBER_ROOM];
    pt_str z = pt_arena_str(m->a, pt_number_text(n, room));
    double d = z.p ? strtod(z.p, NULL) : 0;
    for (int digits = 1; digits <= 17; digits++) {
        pt_str e = pt_arena_printf(m->a, "%.*e", digits - 1, d);
        if (!e.p || strtod(e.p, NULL) != d)
            continue;
        int exponent = pt_schema_exponent(e);
        if (d != 0 && (exponent < -4 || exponent >= 6))
            return e;
        int behind = digits - 1 - exponent;
        return pt_arena_printf(m->a, "%.*f", behind > 0 ? behind : 0, d);
    }
    return z;
}

// Split a number's text: what stands before its exponent, and the exponent. How many digits stand
// behind the point when it is written without one: the answer, at least 0.
static int64_t split(pt_str text, pt_str *ret_mantissa, int64_t *ret_exponent) {
    size_t e = 0;
    while (e < text.n && text.p[e] != 'e' && text.p[e] != 'E')
        e++;
    *ret_mantissa = pt_str_sub(text, 0, e);
    *ret_exponent = 0;
    pt_str exponent = pt_str_sub(text, e + 1, text.n);
    if (pt_str_starts(exponent, PT_STR("+")))
        exponent = pt_str_sub(exponent, 1, exponent.n);
    PT_IGNORE(!pt_str_int(exponent, 10, ret_exponent)); // none is 0
    size_t point = pt_str_find(*ret_mantissa, '.');
    int64_t digits = point < e ? (int64_t)(e - point - 1) : 0;
    return digits > *ret_exponent ? digits - *ret_exponent : 0;
}

// Both numbers by the power of ten that makes them integers; then the remainder says it.
static bool multiple(matcher *m, pt_value v, pt_value of) {
    char rooms[2][PT_NUMBER_ROOM];
    const pt_value in[] = {v, of};
    pt_str mantissa[2];
    int64_t exponent[2];
    int64_t shift = 0;
    pt_value n[2];
    for (size_t i = 0; i < 2; i++) {
        int64_t digits = split(pt_number_text(in[i], rooms[i]), &mantissa[i], &exponent[i]);
        shift = digits > shift ? digits : shift;
    }
    for (size_t i = 0; i < 2; i++) {
        long long whole = exponent[i] + shift;
        n[i] = pt_number(pt_arena_printf(m->a, "%.*se%lld", PT_PRI(mantissa[i]), whole));
    }
    if (!pt_defined(n[0]) || !pt_defined(n[1]))
        return false;
    return pt_eq(pt_num_rem(m->c, n[0], n[1]), pt_int(0));
}

static void number(matcher *m, const pt_sub *s, pt_value v, result *r, const path *p) {
    if (pt_defined(s->multiple_of) && !multiple(m, v, s->multiple_of))
        FAIL(m, r, p, "multiple_of", "Must be a multiple of %.*s",
             PT_PRI(shown(m, s->multiple_of)));
    if (pt_defined(s->maximum) && pt_cmp(v, s->maximum) > 0)
        FAIL(m, r, p, "number_lte", "Must be less than or equal to %.*s",
             PT_PRI(shown(m, s->maximum)));
    if (pt_defined(s->below) && pt_cmp(v, s->below) >= 0)
        FAIL(m, r, p, "number_lt", "Must be less than %.*s", PT_PRI(shown(m, s->below)));
    if (pt_defined(s->minimum) && pt_cmp(v, s->minimum) < 0)
        FAIL(m, r, p, "number_gte", "Must be greater than or equal to %.*s",
             PT_PRI(shown(m, s->minimum)));
    if (pt_defined(s->above) && pt_cmp(v, s->above) <= 0)
        FAIL(m, r, p, "number_gt", "Must be greater than %.*s", PT_PRI(shown(m, s->above)));
    r->score++;
}

// -- arrays ---------------------------------------------------------------------------------------

static void item(matcher *m, const pt_sub *s, pt_value v, size_t i, result *r, const path *p) {
    path inner = {p, pt_arena_printf(m->a, "%zu", i)};
    result x = sub_walk(m, s, pt_at(v, i), &inner);
    merge(m, r, &x);
}

static void items(matcher *m, const pt_sub *s, pt_value v, result *r, const path *p) {
    size_t n = s->items->s.n;
    for (size_t i = 0; i < pt_len(v); i++) {
        if (s->items_single || i < n)
            item(m, s->items->s.v[s->items_single ? 0 : i], v, i, r, p);
        else if (s->additional_items)
            item(m, s->additional_items, v, i, r, p);
    }
    if (!s->items_single && n < pt_len(v) && s->no_additional_items)
        FAIL(m, r, p, "array_no_additional_items", "No additional items allowed on array");
}

static void unique(matcher *m, pt_value v, result *r, const path *p) {
    PT_VEC(pt_value) pairs = {0}; // text, index
    size_t n = pt_len(v);
    for (size_t i = 0; i < n; i++) {
        for (size_t k = 0; k < 2; k++) {
            pt_value *q = PT_PUSH(m->a, &pairs);
            if (!q) {
                pt_call_full(m->c);
                return;
            }
            *q = k ? pt_int((int64_t)i) : pt_string(pt_schema_plain(m->a, pt_at(v, i)));
        }
    }
    pt_value last = pt_object_of(m->a, pairs.v, n, NULL);
    if (pt_len(last) == n)
        return;
    // The last one before each: walk in order with a second look-up.
    pt_value *seen = pt_defined(last) ? PT_NEW(m->a, pt_value, pt_len(last)) : NULL;
    if (!seen) {
        pt_call_full(m->c);
        return;
    }
    for (size_t i = 0; i < n; i++) {
        size_t k = 0;
        size_t hi = pt_len(last);
        while (hi - k > 1) {
            size_t mid = (k + hi) / 2;
            if (pt_cmp(pt_key_at(last, mid), pairs.v[2 * i]) <= 0)
                k = mid;
            else
                hi = mid;
        }
        int64_t before;
        if (pt_to_int(seen[k], &before))
            FAIL(m, r, p, "unique", "array items[%lld,%zu] must be unique", (long long)before, i);
        seen[k] = pt_int((int64_t)i);
    }
}

static void contains(matcher *m, const pt_sub *s, pt_value v, result *r, const path *p) {
    result best = {0};
    bool have = false;
    for (size_t i = 0; i < pt_len(v); i++) {
        path inner = {p, pt_arena_printf(m->a, "%zu", i)};
        result x = sub_walk(m, s->contains, pt_at(v, i), &inner);
        if (valid(&x))
            return;
        if (!have || x.score > best.score)
            best = x;
        have = true;
    }
    FAIL(m, r, p, "contains", "At least one of the items must match");
    merge(m, r, &best);
}

static void array(matcher *m, const pt_sub *s, pt_value v, result *r, const path *p) {
    int64_t n = (int64_t)pt_len(v);
    if (s->items)
        items(m, s, v, r, p);
    if (s->min_items.set && n < s->min_items.n)
        FAIL(m, r, p, "array_min_items", "Array must have at least %lld items",
             (long long)s->min_items.n);
    if (s->max_items.set && n > s->max_items.n)
        FAIL(m, r, p, "array_max_items", "Array must have at most %lld items",
             (long long)s->max_items.n);
    if (s->unique)
        unique(m, v, r, p);
    if (s->contains)
        contains(m, s, v, r, p);
    r->score++;
}

// -- objects --------------------------------------------------------------------------------------

static const pt_sub *property(const pt_sub *s, pt_str name) {
    size_t lo = 0;
    size_t hi = s->properties ? s->properties->s.n : 0; // sorted: they came from an object
    while (lo < hi) {
        size_t mid = (lo + hi) / 2;
        int d = pt_str_cmp(s->properties->s.v[mid]->property, name);
        if (d == 0)
            return s->properties->s.v[mid];
        if (d < 0)
            lo = mid + 1;
        else
            hi = mid;
    }
    return NULL;
}

static bool by_pattern(matcher *m, const pt_sub *s, pt_str key, pt_value v, result *r,
                       const path *p) {
    bool any = false;
    for (size_t i = 0; s->patterns && i < s->patterns->s.n; i++) {
        if (!matches(m, s->patterns->s.v[i]->property, key))
            continue;
        any = true;
        path inner = {p, key};
        result x = sub_walk(m, s->patterns->s.v[i], v, &inner);
        merge(m, r, &x);
    }
    r->score += any;
    return any;
}

static void additional(matcher *m, const pt_sub *s, pt_str key, pt_value v, result *r,
                       const path *p) {
    if (s->no_additional_properties)
        FAIL(m, r, p, "additional_property_not_allowed", "Additional property %.*s is not allowed",
             PT_PRI(key));
    if (!s->additional_properties)
        return;
    path inner = {p, key};
    result x = sub_walk(m, s->additional_properties, v, &inner);
    merge(m, r, &x);
}

static void counts(matcher *m, const pt_sub *s, int64_t n, result *r, const path *p) {
    if (s->min_properties.set && n < s->min_properties.n)
        FAIL(m, r, p, "array_min_properties", "Must have at least %lld properties",
             (long long)s->min_properties.n);
    if (s->max_properties.set && n > s->max_properties.n)
        FAIL(m, r, p, "array_max_properties", "Must have at most %lld properties",
             (long long)s->max_properties.n);
}

static void object(matcher *m, const pt_sub *s, pt_value v, result *r, const path *p) {
    counts(m, s, (int64_t)pt_len(v), r, p);
    for (size_t i = 0; i < pt_len(s->required); i++) {
        pt_str name = pt_text(pt_at(s->required, i));
        if (pt_defined(pt_get(v, name)))
            r->score++;
        else
            FAIL(m, r, p, "required", "%.*s is required", PT_PRI(name));
    }
    for (size_t i = 0; i < pt_len(v); i++) {
        pt_str key = pt_text(pt_key_at(v, i));
        bool described = by_pattern(m, s, key, pt_val_at(v, i), r, p);
        if (!described && !property(s, key))
            additional(m, s, key, pt_val_at(v, i), r, p);
    }
    for (size_t i = 0; s->property_names && i < pt_len(v); i++) {
        result x = sub_walk(m, s->property_names, pt_key_at(v, i), p);
        if (valid(&x))
            continue;
        FAIL(m, r, p, "invalid_property_name", "Property name of \"%.*s\" does not match",
             PT_PRI(pt_text(pt_key_at(v, i))));
        merge(m, r, &x);
    }
    r->score++;
}

static void properties(matcher *m, const pt_sub *s, pt_value v, result *r, const path *p) {
    for (size_t i = 0; s->properties && i < s->properties->s.n; i++) {
        const pt_sub *sub = s->properties->s.v[i];
        pt_value item = pt_get(v, sub->property);
        path inner = {p, sub->property};
        if (pt_defined(item))
            walk(m, sub, item, r, &inner);
    }
}

// -- all ------------------------------------------------------------------------------------------

static const char *type_of(pt_value v) {
    if (pt_tag_of(v) == PT_NUMBER)
        return pt_num_integral(v) ? "integer" : "number";
    return pt_tag_name(pt_tag_of(v));
}

static bool typed(const pt_sub *s, pt_value v) {
    const char *name = type_of(v);
    unsigned bits = 1u << pt_schema_type(pt_str_of(name));
    if (pt_tag_of(v) == PT_NUMBER)
        bits |= 1u << pt_schema_type(PT_STR("number"));
    return !s->types || (s->types & bits);
}

static void check(matcher *m, const pt_sub *s, pt_value v, result *r, const path *p) {
    if (!typed(s, v)) {
        FAIL(m, r, p, "invalid_type", "Invalid type. Expected: %.*s, given: %s",
             PT_PRI(s->type_text), type_of(v));
        return;
    }
    combined(m, s, v, r, p);
    pt_tag tag = pt_tag_of(v);
    if (tag == PT_NUMBER)
        number(m, s, v, r, p);
    if (tag == PT_ARRAY)
        array(m, s, v, r, p);
    if (tag == PT_OBJECT)
        object(m, s, v, r, p);
    common(m, s, v, r, p);
    if (tag == PT_OBJECT)
        properties(m, s, v, r, p);
    if (tag == PT_STRING)
        string(m, s, pt_text(v), r, p);
    r->score++;
}

static void walk(matcher *m, const pt_sub *s, pt_value v, result *r, const path *p) {
    while (s->ref && m->c->fault == PT_FAULT_NONE && ++m->steps < STEPS_MAX)
        s = s->ref;
    if (m->c->fault || (++m->steps % 256 == 0 && pt_call_stop(m->c)))
        return;
    if (m->steps >= STEPS_MAX || m->depth >= DEPTH_MAX) {
        pt_call_fault(m->c, PT_FAULT_LIMIT, "the schema asks for too much work");
        return;
    }
    if (s->boolean) {
        if (!s->pass)
            FAIL(m, r, p, "false", "False always fails validation");
        return;
    }
    m->depth++;
    check(m, s, v, r, p);
    m->depth--;
}
// NOLINTEND(misc-no-recursion)

pt_value pt_schema_match(pt_call *c, const pt_schema *s, pt_value doc) {
    matcher m = {.c = c, .a = c->arena};
    const path root = {NULL, PT_STR("(Root)")};
    result r = {0};
    walk(&m, s->root, doc, &r, &root);
    pt_list l = {.a = c->arena};
    for (size_t i = 0; i < r.f.n && !c->fault; i++) {
        const failure *f = &r.f.v[i];
        pt_obj o = {.a = c->arena};
        pt_obj_set(
            &o, "error",
            pt_string(pt_arena_printf(c->arena, "%.*s: %.*s", PT_PRI(f->field), PT_PRI(f->desc))));
        pt_obj_set(&o, "type", pt_stringz(f->type));
        pt_obj_set(&o, "field", pt_string(f->field));
        pt_obj_set(&o, "desc", pt_string(f->desc));
        pt_list_add(&l, pt_obj_end(&o));
    }
    return c->fault ? pt_undefined() : pt_call_made(c, pt_list_end(&l));
}
