// A schema from its document: what is built in, extensions, and the rules for type systems.
#include <stdlib.h>
#include <string.h>

#include "judge/policy/fn/graphql_make.h"

#define SCHEMA_BYTES_MAX ((size_t)64 << 20)

// What every schema has (section 4.5 and 3.13 of the specification).
static const char prelude[] =
    "scalar Int scalar Float scalar String scalar Boolean scalar ID "
    "directive @defer(if: Boolean = true, label: String) on FRAGMENT_SPREAD | INLINE_FRAGMENT "
    "directive @include(if: Boolean!) on FIELD | FRAGMENT_SPREAD | INLINE_FRAGMENT "
    "directive @skip(if: Boolean!) on FIELD | FRAGMENT_SPREAD | INLINE_FRAGMENT "
    "directive @deprecated(reason: String = \"No longer supported\") on FIELD_DEFINITION | "
    "ARGUMENT_DEFINITION | INPUT_FIELD_DEFINITION | ENUM_VALUE "
    "directive @specifiedBy(url: String!) on SCALAR directive @oneOf on INPUT_OBJECT "
    "type __Schema { description: String types: [__Type!]! queryType: __Type! mutationType: __Type "
    "subscriptionType: __Type directives: [__Directive!]! } "
    "type __Type { kind: __TypeKind! name: String description: String specifiedByURL: String "
    "fields(includeDeprecated: Boolean = false): [__Field!] interfaces: [__Type!] possibleTypes: "
    "[__Type!] enumValues(includeDeprecated: Boolean = false): [__EnumValue!] "
    "inputFields(includeDeprecated: Boolean = false): [__InputValue!] ofType: __Type isOneOf: "
    "Boolean "
    "} enum __TypeKind { SCALAR OBJECT INTERFACE UNION ENUM INPUT_OBJECT LIST NON_NULL } "
    "type __Field { name: String! description: String args(includeDeprecated: Boolean = false): "
    "[__InputValue!]! type: __Type! isDeprecated: Boolean! deprecationReason: String } "
    "type __InputValue { name: String! description: String type: __Type! defaultValue: String "
    "isDeprecated: Boolean! deprecationReason: String } "
    "type __EnumValue { name: String! description: String isDeprecated: Boolean! "
    "deprecationReason: "
    "String } type __Directive { name: String! description: String isRepeatable: Boolean! "
    "locations: "
    "[__DirectiveLocation!]! args(includeDeprecated: Boolean = false): [__InputValue!]! } "
    "enum __DirectiveLocation { QUERY MUTATION SUBSCRIPTION FIELD FRAGMENT_DEFINITION "
    "FRAGMENT_SPREAD INLINE_FRAGMENT VARIABLE_DEFINITION SCHEMA SCALAR OBJECT FIELD_DEFINITION "
    "ARGUMENT_DEFINITION INTERFACE UNION ENUM ENUM_VALUE INPUT_OBJECT INPUT_FIELD_DEFINITION }";

// -- looking --------------------------------------------------------------------------------------

pt_str pt_gql_type_name(pt_value type) {
    for (unsigned i = 0; i <= PT_GQL_NESTING_MAX && pt_defined(pt_getz(type, "Elem")); i++)
        type = pt_getz(type, "Elem");
    return pt_gql_text(type, "NamedType");
}

// NOLINTNEXTLINE(misc-no-recursion): PT_GQL_NESTING_MAX
pt_str pt_gql_type_text(pt_arena *a, pt_value type) {
    pt_value elem = pt_getz(type, "Elem");
    const char *bang = pt_true(pt_getz(type, "NonNull")) ? "!" : "";
    if (!pt_defined(elem))
        return pt_arena_printf(a, "%.*s%s", PT_PRI(pt_gql_text(type, "NamedType")), bang);
    pt_str inner = pt_gql_type_text(a, elem);
    return pt_arena_printf(a, "[%.*s]%s", PT_PRI(inner), bang);
}

pt_value pt_gql_named(pt_value list, const char *key, pt_str name) {
    for (size_t i = 0; i < pt_len(list); i++)
        if (pt_str_eq(pt_gql_text(pt_at(list, i), key), name))
            return pt_at(list, i);
    return pt_undefined();
}

pt_value pt_gql_index(pt_arena *a, pt_value list, const char *key) {
    pt_list pairs = {.a = a};
    for (size_t i = pt_len(list); i-- > 0;) { // the last pair of a name wins
        pt_list_add(&pairs, pt_string(pt_gql_text(pt_at(list, i), key)));
        pt_list_add(&pairs, pt_at(list, i));
    }
    if (pairs.full)
        return pt_undefined();
    return pt_object_of(a, pairs.items.v, pairs.items.n / 2, NULL);
}

pt_value pt_gql_field(const pt_gql_schema *s, pt_value type, pt_str name) {
    return pt_defined(type) ? pt_get(pt_get(s->fields, pt_gql_text(type, "Name")), name) : type;
}

int64_t pt_gql_pos_of(pt_value node) {
    int64_t pos = 0;
    return pt_to_int(pt_getz(node, "Position"), &pos) ? pos : 0;
}

void pt_gql_put_error(pt_buf *b, int64_t pos, pt_str what) {
    pt_buf_putz(b, "input:");
    if (pos)
        pt_buf_printf(b, "%lld:%lld:", (long long)(pos >> 32), (long long)(pos & UINT32_MAX));
    pt_buf_putc(b, ' ');
    pt_buf_put(b, what);
}

bool pt_gql_no_schema(pt_gql_maker *m, pt_value at, pt_str what) {
    if (m->why.p)
        return false;
    pt_buf b = PT_BUF(1 << 20);
    pt_buf_putz(&b, "Error in gqlparser SchemaDocument to Schema conversion: ");
    pt_gql_put_error(&b, pt_gql_pos_of(at), what);
    m->why = pt_arena_str(m->c->arena, pt_buf_str(&b));
    pt_buf_done(&b);
    return false;
}

// -- making ---------------------------------------------------------------------------------------

static pt_value joined(pt_arena *a, pt_value x, pt_value y) {
    pt_list l = {.a = a};
    for (size_t i = 0; i < pt_len(x); i++)
        pt_list_add(&l, pt_at(x, i));
    for (size_t i = 0; i < pt_len(y); i++)
        pt_list_add(&l, pt_at(y, i));
    return pt_list_end(&l);
}

// An object with the lists of another one behind its own.
static pt_value extended(pt_gql_maker *m, pt_value def, pt_value ext) {
    static const char *const keys[] = {"Directives", "Interfaces", "Fields",
                                       "Types",      "EnumValues", "TypePositions"};
    pt_obj o = {.a = m->a};
    static const char *const plain[] = {"Kind", "Name", "Position", "Description", "BuiltIn"};
    for (size_t i = 0; i < PT_COUNT(plain); i++)
        pt_obj_maybe(&o, plain[i], pt_getz(def, plain[i]));
    for (size_t i = 0; i < PT_COUNT(keys); i++) {
        pt_value x = pt_getz(def, keys[i]);
        pt_value y = pt_getz(ext, keys[i]);
        if (pt_defined(x) || pt_defined(y))
            pt_obj_set(&o, keys[i], joined(m->a, x, y));
    }
    return pt_obj_end(&o);
}

bool pt_gql_put(pt_gql_maker *m, pt_gql_values *v, pt_value x) {
    pt_value *p = PT_PUSH(m->a, &v->l);
    if (!p)
        return pt_defined(pt_call_full(m->c));
    *p = x;
    return true;
}

static bool by_name(pt_gql_maker *m, pt_value first, pt_value second, bool types, pt_value *ret) {
    pt_gql_values pairs = {0};
    pt_value both = joined(m->a, first, second);
    pt_value dup;
    for (size_t i = 0; i < pt_len(both); i++)
        if (!pt_gql_put(m, &pairs, pt_getz(pt_at(both, i), "Name")) ||
            !pt_gql_put(m, &pairs, pt_at(both, i)))
            return false;
    *ret = pt_object_of(m->a, pairs.l.v, pairs.l.n / 2, &dup);
    if (!pt_defined(dup))
        return true;
    PT_IGNORE(!types);
    for (size_t i = 0, seen = 0; i < pt_len(both); i++) { // the second of its name
        pt_str name = pt_gql_text(pt_at(both, i), "Name");
        if (!pt_str_eq(name, pt_text(dup)) || ++seen < 2)
            continue;
        if (types)
            return REFUSE(m, pt_at(both, i), "Cannot redeclare type %.*s.", PT_PRI(name));
        if (!pt_str_in_list(name, PT_STR("include skip deprecated specifiedBy defer oneOf"), ' '))
            return REFUSE(m, pt_at(both, i), "Cannot redeclare directive %.*s.", PT_PRI(name));
    }
    return true;
}

typedef struct named { // types, as pairs of name and definition
    pt_gql_values pairs;
    pt_names names;
    PT_VEC(size_t) at; // where the pair of a name is
} named;

static bool add_type(pt_gql_maker *m, named *n, pt_value name, pt_value def) {
    size_t at = n->pairs.l.n;
    if (pt_tag_of(name) == PT_STRING) {
        pt_names_add(&n->names, m->a, pt_text(name));
        size_t *p = PT_PUSH(m->a, &n->at);
        if (!p)
            return pt_defined(pt_call_full(m->c));
        *p = at;
    }
    return pt_gql_put(m, &n->pairs, name) && pt_gql_put(m, &n->pairs, def);
}

static bool extend(pt_gql_maker *m, pt_value extensions) {
    named types = {0};
    if (!pt_len(extensions))
        return true;
    for (size_t i = 0; i < pt_len(m->s->types); i++)
        if (!add_type(m, &types, pt_key_at(m->s->types, i), pt_val_at(m->s->types, i)))
            return false;
    for (size_t i = 0; i < pt_len(extensions); i++) {
        pt_value ext = pt_at(extensions, i);
        pt_value name = pt_getz(ext, "Name");
        size_t number = pt_names_find(&types.names, pt_text(name));
        if (number >= types.at.n) {
            if (!add_type(m, &types, name, extended(m, ext, pt_undefined())))
                return false;
            continue;
        }
        pt_value *def = &types.pairs.l.v[types.at.v[number] + 1];
        if (!pt_str_eq(pt_gql_text(*def, "Kind"), pt_gql_text(ext, "Kind")))
            return REFUSE(m, ext,
                          "Cannot extend type %.*s because the base type is a %.*s, not %.*s.",
                          PT_PRI(pt_text(name)), PT_PRI(pt_gql_text(*def, "Kind")),
                          PT_PRI(pt_gql_text(ext, "Kind")));
        *def = extended(m, *def, ext);
    }
    m->s->types = pt_object_of(m->a, types.pairs.l.v, types.pairs.l.n / 2, NULL);
    return true;
}

static bool index_fields(pt_gql_maker *m) {
    pt_gql_values pairs = {0};
    for (size_t i = pt_len(m->s->types); i-- > 0;) {
        pt_value def = pt_val_at(m->s->types, i);
        pt_value fields = pt_gql_index(m->a, pt_getz(def, "Fields"), "Name");
        if (!pt_gql_put(m, &pairs, pt_string(pt_gql_text(def, "Name"))) ||
            !pt_gql_put(m, &pairs, fields))
            return false;
    }
    m->s->fields = pt_object_of(m->a, pairs.l.v, pairs.l.n / 2, NULL);
    return pt_defined(m->s->fields) || pt_defined(pt_call_full(m->c));
}

// Names of types, by the interface that they implement.
typedef struct implementers {
    pt_names faces;
    PT_VEC(pt_list) types; // by the interfaces' numbers
} implementers;

static bool find_implementers(pt_gql_maker *m, implementers *ret) {
    for (size_t i = 0; i < pt_len(m->s->types); i++) {
        pt_value def = pt_val_at(m->s->types, i);
        pt_value list = pt_getz(def, "Interfaces");
        for (size_t k = 0; k < pt_len(list); k++) {
            pt_str face = pt_text(pt_at(list, k));
            pt_list *new =
                pt_names_add(&ret->faces, m->a, face) ? PT_PUSH(m->a, &ret->types) : NULL;
            size_t number = pt_names_find(&ret->faces, face);
            if (number >= ret->types.n)
                return pt_defined(pt_call_full(m->c));
            if (new)
                *new = (pt_list){.a = m->a};
            pt_list_add(&ret->types.v[number], pt_getz(def, "Name"));
        }
    }
    return true;
}

// Which types an object of the type `def` may have.
static pt_value possible_of(pt_gql_maker *m, const implementers *all, pt_value def) {
    pt_list l = {.a = m->a};
    pt_str name = pt_gql_text(def, "Name");
    pt_value types = pt_getz(def, "Types");
    if (pt_gql_kind_is(def, "OBJECT INPUT_OBJECT"))
        pt_list_add(&l, pt_string(name));
    for (size_t i = 0; pt_gql_kind_is(def, "UNION") && i < pt_len(types); i++)
        pt_list_add(&l, pt_at(types, i));
    size_t number = pt_names_find(&all->faces, name);
    if (pt_gql_kind_is(def, "INTERFACE") && number < all->types.n)
        l = all->types.v[number];
    return l.full ? pt_undefined() : pt_set_of(m->a, l.items.v, l.items.n);
}

static bool find_possible(pt_gql_maker *m) {
    implementers all = {0};
    pt_gql_values pairs = {0};
    if (!find_implementers(m, &all))
        return false;
    for (size_t i = 0; i < pt_len(m->s->types); i++)
        if (!pt_gql_put(m, &pairs, pt_key_at(m->s->types, i)) ||
            !pt_gql_put(m, &pairs, possible_of(m, &all, pt_val_at(m->s->types, i))))
            return false;
    m->s->possible = pt_object_of(m->a, pairs.l.v, pairs.l.n / 2, NULL);
    return pt_defined(m->s->possible) || pt_defined(pt_call_full(m->c));
}

// -- all ------------------------------------------------------------------------------------------

static bool roots_ok(pt_gql_maker *m, pt_value schemas) {
    for (size_t i = 0; i < pt_len(schemas); i++) {
        pt_value roots = pt_getz(pt_at(schemas, i), "OperationTypes");
        for (size_t k = 0; k < pt_len(roots); k++) {
            pt_str op = pt_gql_text(pt_at(roots, k), "Operation");
            pt_str type = pt_gql_text(pt_at(roots, k), "Type");
            if (!pt_defined(pt_gql_type_at(m, type)))
                return REFUSE(m, pt_at(roots, k),
                              "Schema root %.*s refers to a type %.*s that does not exist.",
                              PT_PRI(op), PT_PRI(type));
            for (size_t j = 0; j < PT_COUNT(pt_gql_operations); j++)
                if (pt_str_eqz(op, pt_gql_operations[j]))
                    m->s->roots[j] = type;
        }
        if (!pt_gql_directives_ok(m, pt_getz(pt_at(schemas, i), "Directives"), "SCHEMA",
                                  (pt_str){0}, true))
            return false;
    }
    return true;
}

static void default_roots(pt_gql_maker *m) {
    static const char *const names[] = {"Query", "Mutation", "Subscription"};
    for (size_t i = 0; i < PT_COUNT(names); i++)
        if (pt_defined(pt_getz(m->s->types, names[i])))
            m->s->roots[i] = pt_str_of(names[i]);
}

static bool make(pt_gql_maker *m, pt_value doc) {
    pt_str ignored;
    pt_call scratch = *m->c;
    scratch.arena = m->a;
    pt_value built_in = pt_gql_parse_schema(&scratch, pt_str_of(prelude), &ignored);
    pt_value schemas = pt_getz(doc, "Schema");
    pt_value own = pt_getz(built_in, "Definitions");
    if (!by_name(m, own, pt_getz(doc, "Definitions"), true, &m->s->types) ||
        !extend(m, pt_getz(doc, "Extensions")) || !find_possible(m) || !index_fields(m) ||
        !by_name(m, pt_getz(built_in, "Directives"), pt_getz(doc, "Directives"), false,
                 &m->s->directives))
        return false;
    if (pt_len(schemas) > 1)
        return REFUSE(
            m, pt_at(schemas, 1),
            "Cannot have multiple schema entry points, consider schema extensions instead.");
    if (!roots_ok(m, schemas) || !roots_ok(m, pt_getz(doc, "SchemaExtension")) ||
        !pt_gql_types_ok(m, own))
        return false;
    if (!pt_len(schemas))
        default_roots(m);
    return true;
}

void pt_gql_schema_free(void *p) {
    pt_gql_schema *s = p;
    if (s)
        pt_arena_done(&s->a);
    free(s);
}

pt_gql_schema *pt_gql_schema_make(pt_call *c, pt_value doc, pt_str *ret_why) {
    pt_gql_schema *s = calloc(1, sizeof *s);
    *ret_why = (pt_str){0};
    if (!s) {
        pt_call_full(c);
        return NULL;
    }
    pt_arena_init(&s->a, SCHEMA_BYTES_MAX);
    pt_gql_maker m = {.c = c, .a = &s->a, .s = s};
    doc = pt_clone(&s->a, doc);
    if (pt_defined(doc) && make(&m, doc) && !s->a.full)
        return s;
    if (s->a.full)
        pt_call_full(c);
    *ret_why = m.why;
    pt_gql_schema_free(s);
    return NULL;
}
