#include <stdlib.h>
#include <string.h>

#include "judge/policy/fn/encoding.h"
#include "judge/policy/fn/regex.h"
#include "judge/policy/fn/schema.h"

#define SCHEMA_BYTES_MAX ((size_t)64 << 20)

const char *const pt_schema_types[PT_SCHEMA_TYPES] = {"array", "boolean", "integer", "number",
                                                      "null",  "object",  "string"};

int pt_schema_type(pt_str name) {
    for (int i = 0; i < PT_SCHEMA_TYPES; i++)
        if (pt_str_eqz(name, pt_schema_types[i]))
            return i;
    return -1;
}

#define REFUSE(k, ...) pt_schema_refuse(k, pt_arena_printf((k)->c->arena, __VA_ARGS__))

static bool invalid_type(pt_schema_maker *k, const char *expected, const char *given) {
    return REFUSE(k, "Invalid type. Expected: %s, given: %s", expected, given);
}

static bool is_schema(pt_value v) {
    return pt_tag_of(v) == PT_OBJECT || pt_tag_of(v) == PT_BOOL;
}

// -- schemas --------------------------------------------------------------------------------------

typedef struct scope { // of one schema while it is read
    pt_schema_maker *k;
    pt_value node;
    pt_sub *s;
    pt_str base;
} scope;

// NOLINTBEGIN(misc-no-recursion): PT_SCHEMA_DEPTH_MAX, of read_schema
static bool read_schema(pt_schema_maker *k, pt_value node, pt_sub *s, pt_str base);

static pt_sub *new_sub(scope *x, pt_str property) {
    pt_sub *s = PT_NEW(x->k->a, pt_sub, 1);
    if (!s) {
        pt_schema_full(x->k);
        return NULL;
    }
    s->property = property;
    s->draft = x->s->draft;
    return s;
}

static bool child(scope *x, pt_value node, pt_str property, pt_sub **ret) {
    pt_sub *s = new_sub(x, property);
    *ret = s;
    return s && read_schema(x->k, node, s, x->base);
}

static bool add_child(scope *x, pt_value node, pt_str property, pt_subs **list) {
    if (!*list)
        *list = PT_NEW(x->k->a, pt_subs, 1);
    pt_sub *s;
    pt_sub **p = *list ? PT_PUSH(x->k->a, &(*list)->s) : NULL;
    if (!p)
        return pt_schema_full(x->k);
    *p = NULL;
    size_t at = (*list)->s.n - 1;
    bool ok = child(x, node, property, &s);
    (*list)->s.v[at] = s;
    return ok;
}

static bool text_of(scope *x, const char *key, pt_str *ret) {
    pt_value v = pt_getz(x->node, key);
    *ret = pt_tag_of(v) == PT_STRING ? pt_text(v) : (pt_str){0};
    if (pt_tag_of(v) == PT_STRING && !ret->p)
        *ret = PT_STR("");
    return !pt_defined(v) || pt_tag_of(v) == PT_STRING || invalid_type(x->k, "string", key);
}

static bool list_of(scope *x, const char *key, pt_value *ret) {
    *ret = pt_getz(x->node, key);
    return !pt_defined(*ret) || pt_tag_of(*ret) == PT_ARRAY ||
           REFUSE(x->k, "%s must be of an array", key);
}

static bool read_definitions(scope *x) {
    pt_value v = pt_getz(x->node, "definitions");
    pt_sub *ignored;
    if (pt_defined(v) && pt_tag_of(v) != PT_OBJECT)
        return invalid_type(x->k, "Array Of Schemas", "definitions");
    for (size_t i = 0; i < pt_len(v); i++) {
        if (!is_schema(pt_val_at(v, i)))
            return invalid_type(x->k, "Array Of Schemas", "definitions");
        if (!child(x, pt_val_at(v, i), PT_STR("definitions"), &ignored))
            return false;
    }
    return true;
}

bool pt_schema_add_type(pt_arena *a, pt_sub *s, pt_str name) {
    int t = pt_schema_type(name);
    if (t < 0 || s->types & 1 << t)
        return false;
    bool list = s->types & (s->types - 1); // it has its brackets already
    pt_str had = list ? pt_str_sub(s->type_text, 1, s->type_text.n - 1) : s->type_text;
    s->type_text = s->types ? pt_arena_printf(a, "[%.*s,%.*s]", PT_PRI(had), PT_PRI(name)) : name;
    s->types = (uint8_t)(s->types | 1 << t);
    return true;
}

static bool add_type(scope *x, pt_str name) {
    if (pt_schema_add_type(x->k->a, x->s, name))
        return true;
    if (pt_schema_type(name) >= 0)
        return REFUSE(x->k, "%.*s type is duplicated", PT_PRI(name));
    return REFUSE(x->k,
                  "has a primitive type that is NOT VALID -- given: /%.*s/ Expected valid values "
                  "are:[array boolean integer number null object string]",
                  PT_PRI(name));
}

static bool read_type(scope *x) {
    pt_value v = pt_getz(x->node, "type");
    if (pt_tag_of(v) == PT_STRING)
        return add_type(x, pt_text(v));
    if (pt_defined(v) && pt_tag_of(v) != PT_ARRAY)
        return invalid_type(x->k, "type", "string/Array Of Strings");
    for (size_t i = 0; i < pt_len(v); i++) {
        if (pt_tag_of(pt_at(v, i)) != PT_STRING)
            return invalid_type(x->k, "type", "string/Array Of Strings");
        if (!add_type(x, pt_text(pt_at(v, i))))
            return false;
    }
    return true;
}

static bool read_properties(scope *x) {
    pt_value v = pt_getz(x->node, "properties");
    if (pt_defined(v) && pt_tag_of(v) != PT_OBJECT)
        return REFUSE(x->k, "Properties must be of type object");
    for (size_t i = 0; i < pt_len(v); i++)
        if (!add_child(x, pt_val_at(v, i), pt_text(pt_key_at(v, i)), &x->s->properties))
            return false;
    return true;
}

// additionalProperties, additionalItems: a boolean or an object.
static bool read_additional(scope *x, const char *key, bool *ret_none, pt_sub **ret) {
    pt_value v = pt_getz(x->node, key);
    if (!pt_defined(v))
        return true;
    if (pt_tag_of(v) == PT_BOOL) {
        *ret_none = !pt_true(v);
        return true;
    }
    if (pt_tag_of(v) != PT_OBJECT)
        return invalid_type(x->k, "boolean/Valid Schema", key);
    return child(x, v, pt_str_of(key), ret);
}

static bool regex_ok(scope *x, pt_str pattern) {
    pt_call *c = x->k->c;
    pt_kept k = pt_regex_get(c, pattern);
    bool ok = k.thing != NULL;
    pt_kept_done(&k);
    if (c->fault == PT_FAULT_BUILTIN)
        c->fault = PT_FAULT_NONE; // told in other words
    return ok;
}

static bool read_patterns(scope *x) {
    pt_value v = pt_getz(x->node, "patternProperties");
    if (pt_defined(v) && pt_tag_of(v) != PT_OBJECT)
        return invalid_type(x->k, "Valid Schema", "patternProperties");
    for (size_t i = 0; i < pt_len(v); i++) {
        pt_str pattern = pt_text(pt_key_at(v, i));
        if (!regex_ok(x, pattern))
            return REFUSE(x->k, "Invalid regex pattern '%.*s'", PT_PRI(pattern));
        if (!add_child(x, pt_val_at(v, i), pattern, &x->s->patterns))
            return false;
    }
    return true;
}

static bool read_property_names(scope *x) {
    pt_value v = pt_getz(x->node, "propertyNames");
    if (!pt_defined(v) || x->s->draft < PT_DRAFT_6)
        return true;
    return is_schema(v) ? child(x, v, PT_STR("propertyNames"), &x->s->property_names)
                        : invalid_type(x->k, "Valid Schema", "patternProperties");
}

static bool bad_dependency(scope *x) {
    return REFUSE(x->k, "Dependency must be of type Schema Or Array Of Strings");
}

static bool read_dependencies(scope *x) {
    pt_value v = pt_getz(x->node, "dependencies");
    x->s->dependencies = v;
    if (pt_defined(v) && pt_tag_of(v) != PT_OBJECT)
        return REFUSE(x->k, "dependencies must be of type object");
    for (size_t i = 0; i < pt_len(v); i++) {
        pt_value d = pt_val_at(v, i);
        for (size_t j = 0; pt_tag_of(d) == PT_ARRAY && j < pt_len(d); j++)
            if (pt_tag_of(pt_at(d, j)) != PT_STRING)
                return bad_dependency(x);
        if (pt_tag_of(d) == PT_ARRAY)
            continue;
        if (!is_schema(d))
            return bad_dependency(x);
        if (!add_child(x, d, pt_text(pt_key_at(v, i)), &x->s->dependent))
            return false;
    }
    return true;
}

static bool read_items(scope *x) {
    pt_value v = pt_getz(x->node, "items");
    if (!pt_defined(v))
        return true;
    if (is_schema(v)) {
        x->s->items_single = true;
        return add_child(x, v, PT_STR("items"), &x->s->items);
    }
    if (pt_tag_of(v) != PT_ARRAY)
        return invalid_type(x->k, "Valid Schema/Array Of Schemas", "items");
    for (size_t i = 0; i < pt_len(v); i++) {
        if (!is_schema(pt_at(v, i)))
            return invalid_type(x->k, "Valid Schema/Array Of Schemas", "items");
        if (!add_child(x, pt_at(v, i), PT_STR("items"), &x->s->items))
            return false;
    }
    return true;
}

// -- numbers --------------------------------------------------------------------------------------

static bool read_multiple(scope *x) {
    pt_value v = pt_getz(x->node, "multipleOf");
    x->s->multiple_of = v;
    if (pt_defined(v) && pt_tag_of(v) != PT_NUMBER)
        return invalid_type(x->k, "Number", "multipleOf");
    return !pt_defined(v) || pt_cmp(v, pt_int(0)) > 0 ||
           REFUSE(x->k, "multipleOf must be strictly greater than 0");
}

typedef struct limit {
    const char *key, *exclusive_key;
    pt_value *value, *exclusive;
} limit;

static bool read_limit(scope *x, const limit *l) {
    pt_value v = pt_getz(x->node, l->key);
    pt_value e = pt_getz(x->node, l->exclusive_key);
    pt_draft draft = x->s->draft;
    if (pt_defined(v) && pt_tag_of(v) != PT_NUMBER)
        return REFUSE(x->k, "%s must be of a Number", l->key);
    *l->value = v;
    if (!pt_defined(e))
        return true;
    bool may_bool = draft == PT_DRAFT_4 || draft == PT_DRAFT_HYBRID;
    if (may_bool && pt_tag_of(e) == PT_BOOL) { // it says how `v` is meant
        if (!pt_defined(v))
            return REFUSE(x->k, "%s cannot be used without %s", l->exclusive_key, l->key);
        if (pt_true(e)) {
            *l->exclusive = v;
            *l->value = pt_undefined();
        }
        return true;
    }
    *l->exclusive = e;
    if (draft != PT_DRAFT_4 && pt_tag_of(e) == PT_NUMBER)
        return true;
    return invalid_type(x->k,
                        draft == PT_DRAFT_4        ? "boolean"
                        : draft == PT_DRAFT_HYBRID ? "boolean/number"
                                                   : "number",
                        l->exclusive_key);
}

static bool read_limits(scope *x) {
    const limit low = {"minimum", "exclusiveMinimum", &x->s->minimum, &x->s->above};
    const limit high = {"maximum", "exclusiveMaximum", &x->s->maximum, &x->s->below};
    return read_limit(x, &low) && read_limit(x, &high);
}

static bool read_bound(scope *x, const char *key, pt_bound *ret) {
    pt_value v = pt_getz(x->node, key);
    if (!pt_defined(v))
        return true;
    if (pt_tag_of(v) != PT_NUMBER || !pt_to_int(v, &ret->n))
        return REFUSE(x->k, "%s must be of an integer", key);
    ret->set = true;
    return ret->n >= 0 || REFUSE(x->k, "%s must be greater than or equal to 0", key);
}

static bool read_bounds(scope *x, const char *const keys[2], pt_bound *low, pt_bound *high) {
    return read_bound(x, keys[0], low) && read_bound(x, keys[1], high) &&
           (!low->set || !high->set || low->n <= high->n ||
            REFUSE(x->k, "%s cannot be greater than %s", keys[0], keys[1]));
}

static bool read_strings(scope *x) {
    static const char *const keys[] = {"minLength", "maxLength"};
    if (!read_bounds(x, keys, &x->s->min_length, &x->s->max_length) ||
        !text_of(x, "pattern", &x->s->pattern))
        return false;
    if (x->s->pattern.p && x->k->patterns && !regex_ok(x, x->s->pattern))
        return REFUSE(x->k, "pattern must be a valid regex");
    return text_of(x, "format", &x->s->format);
}

static bool read_required(scope *x) {
    static const char *const keys[] = {"minProperties", "maxProperties"};
    pt_value v;
    if (!read_bounds(x, keys, &x->s->min_properties, &x->s->max_properties) ||
        !list_of(x, "required", &v))
        return false;
    for (size_t i = 0; i < pt_len(v); i++)
        if (pt_tag_of(pt_at(v, i)) != PT_STRING)
            return invalid_type(x->k, "string", "required");
    x->s->required = v;
    PT_VEC(pt_value) items = {0};
    for (size_t i = 0; i < pt_len(v); i++) {
        pt_value *p = PT_PUSH(x->k->a, &items);
        if (!p)
            return pt_schema_full(x->k);
        *p = pt_at(v, i);
    }
    pt_value set = pt_set_of(x->k->a, items.v, items.n);
    return pt_len(set) == pt_len(v) || REFUSE(x->k, "required items must be unique");
}

static bool read_arrays(scope *x) {
    pt_value unique = pt_getz(x->node, "uniqueItems");
    pt_value contains = pt_getz(x->node, "contains");
    if (!read_bound(x, "minItems", &x->s->min_items) ||
        !read_bound(x, "maxItems", &x->s->max_items))
        return false;
    if (pt_defined(unique) && pt_tag_of(unique) != PT_BOOL)
        return REFUSE(x->k, "uniqueItems must be of a boolean");
    x->s->unique = pt_true(unique);
    return !pt_defined(contains) || x->s->draft < PT_DRAFT_6 ||
           child(x, contains, PT_STR("contains"), &x->s->contains);
}

static bool read_values(scope *x) {
    pt_value constant = pt_getz(x->node, "const");
    pt_value v;
    if (pt_defined(constant) && x->s->draft >= PT_DRAFT_6)
        x->s->constant = pt_schema_plain(x->k->a, constant);
    if (!list_of(x, "enum", &v))
        return false;
    if (!pt_defined(v))
        return true;
    pt_list texts = {.a = x->k->a};
    for (size_t i = 0; i < pt_len(v); i++)
        pt_list_add(&texts, pt_string(pt_schema_plain(x->k->a, pt_at(v, i))));
    x->s->allowed = pt_list_end(&texts);
    pt_value set = pt_set_of(x->k->a, texts.items.v, texts.items.n);
    if (!pt_defined(set))
        return pt_schema_full(x->k);
    return pt_len(set) == pt_len(v) || REFUSE(x->k, "enum items must be unique");
}

static bool read_combined(scope *x) {
    const struct {
        const char *key;
        pt_subs **list;
    } lists[] = {{"oneOf", &x->s->one_of}, {"anyOf", &x->s->any_of}, {"allOf", &x->s->all_of}};
    for (size_t i = 0; i < PT_COUNT(lists); i++) {
        pt_value v;
        if (!list_of(x, lists[i].key, &v))
            return false;
        for (size_t j = 0; j < pt_len(v); j++)
            if (!add_child(x, pt_at(v, j), pt_str_of(lists[i].key), lists[i].list))
                return false;
    }
    const struct {
        const char *key;
        pt_sub **sub;
        pt_draft from;
    } single[] = {{"not", &x->s->not, PT_DRAFT_4},
                  {"if", &x->s->when, PT_DRAFT_7},
                  {"then", &x->s->then, PT_DRAFT_7},
                  {"else", &x->s->otherwise, PT_DRAFT_7}};
    for (size_t i = 0; i < PT_COUNT(single); i++) {
        pt_value v = pt_getz(x->node, single[i].key);
        if (!pt_defined(v) || x->s->draft < single[i].from)
            continue;
        if (!is_schema(v))
            return REFUSE(x->k, "%s must be of an object", single[i].key);
        if (!child(x, v, pt_str_of(single[i].key), single[i].sub))
            return false;
    }
    return true;
}

// -- all ------------------------------------------------------------------------------------------

// No text is fine.
static bool uri_ok(pt_schema_maker *k, pt_str text) {
    PT_AUTO(pt_arena_done) pt_arena a = {0};
    pt_call c = {.arena = &a, .world = k->c->world};
    const pt_value v = pt_string(text);
    if (!text.p || pt_defined(pt_fn_uri_parse(&c, &v)))
        return true;
    return c.fault == PT_FAULT_BUILTIN ? REFUSE(k, "%.*s", PT_PRI(c.message)) : pt_schema_full(k);
}

static bool read_reference(scope *x, pt_str ref) {
    pt_schema_maker *k = x->k;
    pt_str uri = pt_uri_resolve(k->a, x->base, ref);
    pt_str fragment;
    pt_schema_place *p = pt_schema_place_of(k, uri);
    x->s->uri = uri;
    if (p && p->sub) {
        x->s->ref = p->sub;
        return true;
    }
    pt_sub *s = p ? new_sub(x, PT_STR("$ref")) : NULL;
    if (!s)
        return pt_schema_full(k);
    p->sub = s;
    s->draft = k->draft;
    pt_value node = pt_schema_at(k, uri);
    if (!pt_defined(node))
        return false;
    if (!is_schema(node))
        return REFUSE(k, "Valid Schema must be of type object");
    x->s->ref = s;
    return read_schema(k, node, s, pt_uri_without_fragment(uri, &fragment));
}

static bool read_keywords(scope *x) {
    pt_str ignored;
    pt_str uri;
    pt_str ref;
    const char *id = x->s->draft == PT_DRAFT_4 ||
                             (x->s->draft == PT_DRAFT_HYBRID && pt_defined(pt_getz(x->node, "id")))
                         ? "id"
                         : "$id";
    if (!text_of(x, id, &uri) || !uri_ok(x->k, uri) || !read_definitions(x) ||
        !text_of(x, "title", &ignored) || !text_of(x, "description", &ignored) ||
        !text_of(x, "$ref", &ref) || !uri_ok(x->k, ref))
        return false;
    if (ref.p)
        return read_reference(x, ref);
    return read_type(x) && read_properties(x) &&
           read_additional(x, "additionalProperties", &x->s->no_additional_properties,
                           &x->s->additional_properties) &&
           read_patterns(x) && read_property_names(x) && read_dependencies(x) && read_items(x) &&
           read_additional(x, "additionalItems", &x->s->no_additional_items,
                           &x->s->additional_items) &&
           read_multiple(x) && read_limits(x) && read_strings(x) && read_required(x) &&
           read_arrays(x) && read_values(x) && read_combined(x);
}

static bool read_schema(pt_schema_maker *k, pt_value node, pt_sub *s, pt_str base) {
    if (pt_tag_of(node) == PT_BOOL && s->draft >= PT_DRAFT_6) {
        s->boolean = true;
        s->pass = pt_true(node);
        return true;
    }
    if (pt_tag_of(node) != PT_OBJECT)
        return REFUSE(k, "Expected: Valid Schema, given: Invalid JSON");
    if (++k->depth > PT_SCHEMA_DEPTH_MAX)
        return pt_defined(pt_call_fault(k->c, PT_FAULT_LIMIT, "the schema is too deep"));
    scope x = {k, node, s, pt_schema_id(k, node, base)};
    bool ok = read_keywords(&x);
    k->depth--;
    return ok;
}
// NOLINTEND(misc-no-recursion)

static bool read_draft(pt_schema_maker *k, pt_value doc) {
    static const struct {
        const char *uri;
        pt_draft draft;
    } known_drafts[] = {{"http://json-schema.org/draft-04/schema", PT_DRAFT_4},
                        {"http://json-schema.org/draft-06/schema", PT_DRAFT_6},
                        {"http://json-schema.org/draft-07/schema", PT_DRAFT_7}};
    pt_value v = pt_getz(doc, "$schema");
    pt_str fragment;
    k->draft = PT_DRAFT_HYBRID;
    if (!is_schema(doc))
        return REFUSE(k, "schema is invalid");
    if (!pt_defined(v))
        return true;
    if (pt_tag_of(v) != PT_STRING)
        return REFUSE(k, "$schema must be of type string");
    if (!uri_ok(k, pt_text(v)))
        return false;
    pt_str uri = pt_uri_without_fragment(pt_text(v), &fragment);
    for (size_t i = 0; i < PT_COUNT(known_drafts); i++)
        if (pt_str_eqz(uri, known_drafts[i].uri))
            k->draft = known_drafts[i].draft;
    return true;
}

void pt_schema_free(void *p) {
    pt_schema *s = p;
    if (s)
        pt_arena_done(&s->a);
    free(s);
}

pt_schema *pt_schema_compile(pt_call *c, pt_value doc, bool patterns, pt_str *ret_why) {
    pt_schema *s = calloc(1, sizeof *s);
    *ret_why = (pt_str){0};
    if (!s) {
        pt_call_full(c);
        return NULL;
    }
    pt_arena_init(&s->a, SCHEMA_BYTES_MAX);
    pt_schema_maker k = {.c = c, .a = &s->a, .patterns = patterns};
    doc = pt_clone(&s->a, doc);
    s->root = PT_NEW(&s->a, pt_sub, 1);
    bool ok = pt_defined(doc) && s->root ? read_draft(&k, doc) : pt_schema_full(&k);
    if (ok) {
        s->root->draft = k.draft;
        s->root->property = PT_STR("(Root)");
        ok = pt_schema_find_places(&k, doc, (pt_str){"", 0}, 0) &&
             pt_schema_put_place(&k, PT_STR(""), doc) && read_schema(&k, doc, s->root, PT_STR(""));
    }
    if (ok && !s->a.full)
        return s;
    if (s->a.full)
        pt_schema_full(&k);
    *ret_why = k.why;
    pt_schema_free(s);
    return NULL;
}
