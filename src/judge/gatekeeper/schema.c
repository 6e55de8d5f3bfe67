// Parameters against a template's schema: structural OpenAPI v3, as the API server reads it.
// Not looked at: `format`, and x-kubernetes-validations (which `gator` does not evaluate either).
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/re2.h"
#include "judge/gatekeeper/gatekeeper_impl.h"

typedef struct check {
    pt_arena *a;
    bool legacy;
    unsigned depth;
    pt_gk_problem *problem;
} check;

static const pt_str TYPES[] = {PT_STR("object"), PT_STR("array"),   PT_STR("string"),
                               PT_STR("number"), PT_STR("integer"), PT_STR("boolean")};

static bool flag(pt_value schema, const char *name) {
    return pt_true(pt_getz(schema, name));
}

static bool free_fields(const check *c, pt_value schema) {
    return c->legacy || flag(schema, "x-kubernetes-preserve-unknown-fields");
}

static bool too_deep(check *c, const pt_gk_step *at) {
    if (c->depth < PT_GK_SCHEMA_DEPTH_MAX)
        return false;
    pt_gk_refuse(c->a, c->problem, at, "more than %d schemas within one another",
                 PT_GK_SCHEMA_DEPTH_MAX);
    return true;
}

// -- is it a schema? ------------------------------------------------------------------------------
// NOLINTBEGIN(misc-no-recursion): all of it up to PT_GK_SCHEMA_DEPTH_MAX

static bool known_type(pt_str type) {
    for (size_t i = 0; i < PT_COUNT(TYPES); i++)
        if (pt_str_eq(type, TYPES[i]))
            return true;
    return false;
}

static bool sound_type(check *c, pt_value schema, const pt_gk_step *at) {
    pt_value type = pt_getz(schema, "type");
    pt_gk_step here = {.up = at, .key = PT_STR("type")};
    bool untyped = c->legacy || flag(schema, "x-kubernetes-int-or-string") ||
                   flag(schema, "x-kubernetes-preserve-unknown-fields");
    if (!pt_defined(type) && !untyped)
        return pt_gk_refuse(c->a, c->problem, &here,
                            "must not be empty: the schema of a v1 "
                            "template is structural unless "
                            "legacySchema is true");
    if (pt_defined(type) && !known_type(pt_text(type)))
        return pt_gk_refuse(c->a, c->problem, &here, "there is no type \"%.*s\"",
                            PT_PRI(pt_text(type)));
    return true;
}

static bool sound(check *c, pt_value schema, const pt_gk_step *at);

static bool sound_below(check *c, pt_value schema, const pt_gk_step *at) {
    pt_value properties = pt_getz(schema, "properties");
    pt_gk_step group = {.up = at, .key = PT_STR("properties")};
    if (!pt_gk_is(c->a, c->problem, &group, properties, PT_OBJECT))
        return false;
    for (size_t i = 0; i < pt_len(properties); i++) {
        pt_gk_step step = {.up = &group, .key = pt_text(pt_key_at(properties, i))};
        if (!sound(c, pt_val_at(properties, i), &step))
            return false;
    }
    static const char *const ONE[] = {"items", "additionalProperties"};
    for (size_t i = 0; i < PT_COUNT(ONE); i++) {
        pt_value one = pt_getz(schema, ONE[i]);
        pt_gk_step step = {.up = at, .key = pt_str_of(ONE[i])};
        if (pt_defined(one) && pt_tag_of(one) != PT_BOOL && !sound(c, one, &step))
            return false;
    }
    return true;
}

static bool sound(check *c, pt_value schema, const pt_gk_step *at) {
    if (too_deep(c, at) || !pt_gk_is(c->a, c->problem, at, schema, PT_OBJECT) ||
        !sound_type(c, schema, at))
        return false;
    c->depth++;
    bool ok = sound_below(c, schema, at);
    c->depth--;
    return ok;
}

bool pt_gk_schema_sound(const pt_gk_schema *s, const pt_gk_step *at, pt_gk_problem *p) {
    check c = {.a = s->a, .legacy = s->legacy, .problem = p};
    return sound(&c, s->schema, at);
}

// -- defaults -------------------------------------------------------------------------------------

static pt_value defaulted(pt_arena *a, pt_value schema, pt_value v, unsigned depth);

// What stands under a key that the schema has `of` for; undefined: nothing, and no default.
static pt_value value_or_default(pt_arena *a, pt_value of, pt_value v, unsigned depth) {
    pt_value fallback = pt_getz(of, "default");
    bool empty = !pt_defined(v) || (pt_tag_of(v) == PT_NULL && !flag(of, "nullable"));
    if (empty && pt_defined(fallback))
        v = fallback;
    return pt_defined(v) ? defaulted(a, of, v, depth + 1) : v;
}

static pt_value default_fields(pt_arena *a, pt_value schema, pt_value v, unsigned depth) {
    pt_value properties = pt_getz(schema, "properties");
    pt_value more = pt_getz(schema, "additionalProperties");
    size_t n = 0;
    pt_value *pairs = PT_NEW(a, pt_value, 2 * (pt_len(v) + pt_len(properties)));
    for (size_t i = 0; pairs && i < pt_len(properties); i++) {
        pt_value key = pt_key_at(properties, i);
        pt_value field = value_or_default(a, pt_val_at(properties, i), pt_get_value(v, key), depth);
        if (!pt_defined(field))
            continue;
        pairs[n++] = key;
        pairs[n++] = field;
    }
    for (size_t i = 0; pairs && i < pt_len(v); i++) {
        pt_value key = pt_key_at(v, i);
        if (pt_defined(pt_get_value(properties, key)))
            continue;
        pairs[n++] = key;
        pairs[n++] = value_or_default(a, more, pt_val_at(v, i), depth);
    }
    return pairs ? pt_object_of(a, pairs, n / 2, NULL) : pt_undefined();
}

static pt_value default_items(pt_arena *a, pt_value schema, pt_value v, unsigned depth) {
    pt_value of = pt_getz(schema, "items");
    pt_list out = {.a = a};
    if (pt_tag_of(of) != PT_OBJECT)
        return v;
    for (size_t i = 0; i < pt_len(v); i++)
        pt_list_add(&out, defaulted(a, of, pt_at(v, i), depth + 1));
    return pt_list_end(&out);
}

static pt_value defaulted(pt_arena *a, pt_value schema, pt_value v, unsigned depth) {
    if (depth >= PT_GK_SCHEMA_DEPTH_MAX)
        return v; // no sound schema is as deep
    switch (pt_tag_of(v)) {
    case PT_OBJECT:
        return default_fields(a, schema, v, depth);
    case PT_ARRAY:
        return default_items(a, schema, v, depth);
    default:
        return v;
    }
}

pt_value pt_gk_schema_default(const pt_gk_schema *s, pt_value v) {
    return defaulted(s->a, s->schema, v, 0);
}

// -- fields that nobody knows ---------------------------------------------------------------------

static bool knows(check *c, pt_value schema, pt_value v, const pt_gk_step *at);

static bool knows_fields(check *c, pt_value schema, pt_value v, const pt_gk_step *at) {
    pt_value properties = pt_getz(schema, "properties");
    pt_value more = pt_getz(schema, "additionalProperties");
    bool any = free_fields(c, schema) || pt_true(more) || pt_tag_of(more) == PT_OBJECT;
    for (size_t i = 0; i < pt_len(v); i++) {
        pt_gk_step step = {.up = at, .key = pt_text(pt_key_at(v, i))};
        pt_value of = pt_get(properties, step.key);
        if (!pt_defined(of) && !any)
            return pt_gk_refuse(c->a, c->problem, &step, "unknown field");
        if (!knows(c, pt_defined(of) ? of : more, pt_val_at(v, i), &step))
            return false;
    }
    return true;
}

static bool knows(check *c, pt_value schema, pt_value v, const pt_gk_step *at) {
    if (too_deep(c, at))
        return false;
    if (pt_tag_of(schema) != PT_OBJECT)
        return true; // below a field that may hold anything
    bool ok = true;
    c->depth++;
    if (pt_tag_of(v) == PT_OBJECT)
        ok = knows_fields(c, schema, v, at);
    for (size_t i = 0; ok && pt_tag_of(v) == PT_ARRAY && i < pt_len(v); i++) {
        pt_gk_step step = {.up = at, .index = i};
        ok = knows(c, pt_getz(schema, "items"), pt_at(v, i), &step);
    }
    c->depth--;
    return ok;
}

bool pt_gk_schema_knows(const pt_gk_schema *s, pt_value v, const pt_gk_step *at, pt_gk_problem *p) {
    check c = {.a = s->a, .legacy = s->legacy, .problem = p};
    return knows(&c, s->schema, v, at);
}

// -- does it hold? --------------------------------------------------------------------------------

typedef bool rule_fn(check *c, pt_value schema, pt_value v, const pt_gk_step *at);
static bool holds(check *c, pt_value schema, pt_value v, const pt_gk_step *at);

#define REFUSE(c, at, ...) pt_gk_refuse((c)->a, (c)->problem, (at), __VA_ARGS__)

static bool of_type(pt_str type, pt_value v) {
    int64_t i;
    if (pt_str_eqz(type, "integer"))
        return pt_to_int(v, &i);
    return pt_str_eqz(type, pt_tag_name(pt_tag_of(v)));
}

static bool type_holds(check *c, pt_value schema, pt_value v, const pt_gk_step *at) {
    pt_str type = pt_text(pt_getz(schema, "type"));
    bool either = flag(schema, "x-kubernetes-int-or-string");
    if (either ? of_type(PT_STR("integer"), v) || pt_tag_of(v) == PT_STRING
               : type.n == 0 || of_type(type, v))
        return true;
    return REFUSE(c, at, "must be of type %.*s, and is %s",
                  PT_PRI(either ? PT_STR("integer or string") : type), pt_tag_name(pt_tag_of(v)));
}

static bool enum_holds(check *c, pt_value schema, pt_value v, const pt_gk_step *at) {
    pt_value all = pt_getz(schema, "enum");
    bool any = !pt_defined(all);
    for (size_t i = 0; !any && i < pt_len(all); i++)
        any = pt_eq(pt_at(all, i), v);
    return any || REFUSE(c, at, "is none of the values that `enum` lists");
}

// n against the schema's `min` and `max`.
static bool count_holds(check *c, pt_value schema, size_t n, const char *const names[2],
                        const pt_gk_step *at) {
    int64_t bound;
    if (pt_to_int(pt_getz(schema, names[0]), &bound) && (int64_t)n < bound)
        return REFUSE(c, at, "%s is %lld, and there are %zu", names[0], (long long)bound, n);
    if (pt_to_int(pt_getz(schema, names[1]), &bound) && (int64_t)n > bound)
        return REFUSE(c, at, "%s is %lld, and there are %zu", names[1], (long long)bound, n);
    return true;
}

static double number(pt_value v) {
    char room[PT_NUMBER_ROOM];
    char text[64] = "";
    pt_str s = pt_number_text(v, room);
    if (s.n < sizeof text)
        memcpy(text, s.p, s.n);
    return strtod(text, NULL);
}

static bool number_holds(check *c, pt_value schema, pt_value v, const pt_gk_step *at) {
    pt_value min = pt_getz(schema, "minimum");
    pt_value max = pt_getz(schema, "maximum");
    pt_value step = pt_getz(schema, "multipleOf");
    int low = pt_defined(min) ? pt_cmp(v, min) : 1;
    int high = pt_defined(max) ? pt_cmp(v, max) : -1;
    if (low < 0 || (low == 0 && flag(schema, "exclusiveMinimum")))
        return REFUSE(c, at, "is less than `minimum` allows");
    if (high > 0 || (high == 0 && flag(schema, "exclusiveMaximum")))
        return REFUSE(c, at, "is more than `maximum` allows");
    if (pt_tag_of(step) == PT_NUMBER && number(step) > 0 && fmod(number(v), number(step)) != 0)
        return REFUSE(c, at, "is not what `multipleOf` asks for");
    return true;
}

static size_t points(pt_str s) {
    size_t n = 0;
    for (size_t i = 0; i < s.n; i++)
        n += ((unsigned char)s.p[i] & 0xc0) != 0x80;
    return n;
}

static bool string_holds(check *c, pt_value schema, pt_value v, const pt_gk_step *at) {
    static const char *const NAMES[2] = {"minLength", "maxLength"};
    pt_value pattern = pt_getz(schema, "pattern");
    if (!count_holds(c, schema, points(pt_text(v)), NAMES, at))
        return false;
    if (pt_tag_of(pattern) != PT_STRING)
        return true;
    pt_re2_error why;
    char bad[64];
    pt_re2 *re = pt_re2_new(pt_text(pattern), &why, bad, sizeof bad);
    pt_re2_span span;
    int match = re ? pt_re2_match(re, pt_text(v), 0, &span, 1) : -1;
    pt_re2_free(re);
    if (match < 0)
        return REFUSE(c, at, "the schema's `pattern` cannot be used: %s", re ? "memory" : bad);
    return match || REFUSE(c, at, "does not match `%.*s`", PT_PRI(pt_text(pattern)));
}

static size_t distinct(pt_arena *a, pt_value v) {
    pt_value *items = PT_NEW(a, pt_value, pt_len(v));
    for (size_t i = 0; items && i < pt_len(v); i++)
        items[i] = pt_at(v, i);
    return items ? pt_len(pt_set_of(a, items, pt_len(v))) : 0;
}

static bool array_holds(check *c, pt_value schema, pt_value v, const pt_gk_step *at) {
    static const char *const NAMES[2] = {"minItems", "maxItems"};
    if (!count_holds(c, schema, pt_len(v), NAMES, at))
        return false;
    for (size_t i = 0; i < pt_len(v); i++) {
        pt_gk_step step = {.up = at, .index = i};
        if (!holds(c, pt_getz(schema, "items"), pt_at(v, i), &step))
            return false;
    }
    if (flag(schema, "uniqueItems") && distinct(c->a, v) < pt_len(v))
        return REFUSE(c, at, "holds an item twice");
    return true;
}

static bool object_holds(check *c, pt_value schema, pt_value v, const pt_gk_step *at) {
    static const char *const NAMES[2] = {"minProperties", "maxProperties"};
    pt_value properties = pt_getz(schema, "properties");
    pt_value required = pt_getz(schema, "required");
    if (!count_holds(c, schema, pt_len(v), NAMES, at))
        return false;
    for (size_t i = 0; i < pt_len(required); i++) {
        pt_gk_step step = {.up = at, .key = pt_text(pt_at(required, i))};
        if (!pt_defined(pt_get(v, step.key)))
            return REFUSE(c, &step, "is required");
    }
    for (size_t i = 0; i < pt_len(v); i++) {
        pt_gk_step step = {.up = at, .key = pt_text(pt_key_at(v, i))};
        pt_value of = pt_get(properties, step.key);
        if (!pt_defined(of))
            of = pt_getz(schema, "additionalProperties");
        if (!holds(c, of, pt_val_at(v, i), &step))
            return false;
    }
    return true;
}

// How many of the schemas under `name` hold; *ret_n is how many there are.
static size_t hold_of(check *c, pt_value schema, const char *name, pt_value v, size_t *ret_n) {
    pt_value all = pt_getz(schema, name);
    size_t n = 0;
    for (size_t i = 0; i < pt_len(all); i++) {
        pt_gk_problem quiet = {0};
        check sub = {.a = c->a, .legacy = c->legacy, .depth = c->depth, .problem = &quiet};
        n += holds(&sub, pt_at(all, i), v, NULL);
    }
    *ret_n = pt_len(all);
    return n;
}

static bool combined_hold(check *c, pt_value schema, pt_value v, const pt_gk_step *at) {
    size_t n;
    if (hold_of(c, schema, "allOf", v, &n) < n)
        return REFUSE(c, at, "does not hold to all schemas of `allOf`");
    if (hold_of(c, schema, "anyOf", v, &n) == 0 && n > 0)
        return REFUSE(c, at, "holds to no schema of `anyOf`");
    if (hold_of(c, schema, "oneOf", v, &n) != 1 && n > 0)
        return REFUSE(c, at, "does not hold to exactly one schema of `oneOf`");
    pt_gk_problem quiet = {0};
    check sub = {.a = c->a, .legacy = c->legacy, .depth = c->depth, .problem = &quiet};
    pt_value not = pt_getz(schema, "not");
    return !pt_defined(not) || !holds(&sub, not, v, NULL) ||
           REFUSE(c, at, "holds to the schema of `not`");
}

static rule_fn *const RULES[] = {
    [PT_NUMBER] = number_holds,
    [PT_STRING] = string_holds,
    [PT_ARRAY] = array_holds,
    [PT_OBJECT] = object_holds,
    [PT_SET] = NULL,
};

static bool holds(check *c, pt_value schema, pt_value v, const pt_gk_step *at) {
    if (too_deep(c, at))
        return false;
    if (pt_tag_of(schema) != PT_OBJECT || (pt_tag_of(v) == PT_NULL && flag(schema, "nullable")))
        return true;
    rule_fn *rule = RULES[pt_tag_of(v)];
    c->depth++;
    bool ok = type_holds(c, schema, v, at) && enum_holds(c, schema, v, at) &&
              (!rule || rule(c, schema, v, at)) && combined_hold(c, schema, v, at);
    c->depth--;
    return ok;
}
// NOLINTEND(misc-no-recursion)

bool pt_gk_schema_holds(const pt_gk_schema *s, pt_value v, const pt_gk_step *at, pt_gk_problem *p) {
    check c = {.a = s->a, .legacy = s->legacy, .problem = p};
    if (holds(&c, s->schema, v, at))
        return true;
    p->schema = true;
    return false;
}
