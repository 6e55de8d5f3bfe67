// The rules for type systems (section 3 of the specification), in gqlparser's order and words.
#include "judge/policy/fn/graphql_make.h"

// -- checks ---------------------------------------------------------------------------------------

static bool name_ok(pt_gql_maker *m, pt_value at, pt_str name) {
    return !pt_str_starts(name, PT_STR("__")) ||
           REFUSE(m, at,
                  "Name \"%.*s\" must not begin with \"__\", which is reserved by GraphQL "
                  "introspection.",
                  PT_PRI(name));
}

static bool has_word(pt_value list, const char *word) {
    for (size_t i = 0; i < pt_len(list); i++)
        if (pt_str_eqz(pt_text(pt_at(list, i)), word))
            return true;
    return false;
}

static bool arguments_ok(pt_gql_maker *m, pt_value dir, pt_value def) {
    pt_value given = pt_getz(dir, "Arguments");
    pt_value wanted = pt_getz(def, "Arguments");
    pt_str name = pt_gql_text(dir, "Name");
    for (size_t i = 0; i < pt_len(given); i++) {
        pt_str arg = pt_gql_text(pt_at(given, i), "Name");
        if (!pt_defined(pt_gql_named(wanted, "Name", arg)))
            return REFUSE(m, pt_at(given, i), "Undefined argument %.*s for directive %.*s.",
                          PT_PRI(arg), PT_PRI(name));
    }
    for (size_t i = 0; i < pt_len(wanted); i++) {
        pt_value w = pt_at(wanted, i);
        pt_str arg = pt_gql_text(w, "Name");
        pt_value value = pt_getz(pt_gql_named(given, "Name", arg), "Value");
        bool null = !pt_defined(value) || pt_eq(pt_getz(value, "Kind"), pt_int(PT_GQL_NULL));
        if (null && pt_true(pt_getz(pt_getz(w, "Type"), "NonNull")) &&
            !pt_defined(pt_getz(w, "DefaultValue")))
            return REFUSE(m, dir, "Argument %.*s for directive %.*s cannot be null.", PT_PRI(arg),
                          PT_PRI(name));
    }
    return true;
}

// `repeated`: it is not the first of its name.
static bool directive_ok(pt_gql_maker *m, pt_value dir, const char *location, bool repeated) {
    pt_str name = pt_gql_text(dir, "Name");
    pt_value def = pt_get(m->s->directives, name);
    if (!pt_defined(def))
        return REFUSE(m, dir, "Undefined directive %.*s.", PT_PRI(name));
    if (repeated && !pt_true(pt_getz(def, "IsRepeatable")))
        return REFUSE(m, dir, "The directive %.*s can only be used once at this location.",
                      PT_PRI(name));
    if (!has_word(pt_getz(def, "Locations"), location))
        return REFUSE(m, dir, "Directive %.*s is not applicable on %s.", PT_PRI(name), location);
    return arguments_ok(m, dir, def);
}

bool pt_gql_directives_ok(pt_gql_maker *m, pt_value dirs, const char *location, pt_str self,
                          bool once) {
    pt_names seen = {0};
    for (size_t i = 0; i < pt_len(dirs); i++) {
        pt_value dir = pt_at(dirs, i);
        pt_str name = pt_gql_text(dir, "Name");
        if (!name_ok(m, dir, name))
            return false;
        if (self.n && pt_str_eq(self, name))
            return REFUSE(m, dir, "Directive %.*s cannot refer to itself.", PT_PRI(name));
        bool repeated = once && !pt_names_add(&seen, m->a, name);
        if (!directive_ok(m, dir, location, repeated))
            return false;
    }
    return true;
}

static bool type_ok(pt_gql_maker *m, pt_value type) {
    pt_str name = pt_gql_type_name(type);
    return pt_defined(pt_gql_type_at(m, name)) ||
           REFUSE(m, type, "Undefined type %.*s.", PT_PRI(name));
}

static bool args_ok(pt_gql_maker *m, pt_value args, pt_str self) {
    for (size_t i = 0; i < pt_len(args); i++) {
        pt_value arg = pt_at(args, i);
        pt_value type = pt_getz(arg, "Type");
        if (!name_ok(m, arg, pt_gql_text(arg, "Name")) || !type_ok(m, type))
            return false;
        pt_value def = pt_gql_type_at(m, pt_gql_type_name(type));
        if (!pt_gql_kind_is(def, "SCALAR ENUM INPUT_OBJECT")) {
            pt_str text = pt_gql_type_text(m->a, type);
            return REFUSE(m, arg,
                          "cannot use %.*s as argument %.*s because %.*s is not a valid input "
                          "type",
                          PT_PRI(text), PT_PRI(pt_gql_text(arg, "Name")),
                          PT_PRI(pt_gql_text(def, "Kind")));
        }
        if (!pt_gql_directives_ok(m, pt_getz(arg, "Directives"), "ARGUMENT_DEFINITION", self, true))
            return false;
    }
    return true;
}

static bool fields_ok(pt_gql_maker *m, pt_value def) {
    pt_value fields = pt_getz(def, "Fields");
    bool input = pt_gql_kind_is(def, "INPUT_OBJECT");
    for (size_t i = 0; i < pt_len(fields); i++) {
        pt_value f = pt_at(fields, i);
        bool built_in = pt_str_starts(pt_gql_text(def, "Name"), PT_STR("__"));
        if ((!built_in && !name_ok(m, f, pt_gql_text(f, "Name"))) ||
            !type_ok(m, pt_getz(f, "Type")) || !args_ok(m, pt_getz(f, "Arguments"), (pt_str){0}) ||
            !pt_gql_directives_ok(m, pt_getz(f, "Directives"),
                                  input ? "INPUT_FIELD_DEFINITION" : "FIELD_DEFINITION",
                                  (pt_str){0}, true))
            return false;
    }
    return true;
}

static bool members_ok(pt_gql_maker *m, pt_value def) {
    pt_value types = pt_getz(def, "Types");
    for (size_t i = 0; i < pt_len(types); i++) {
        pt_str name = pt_text(pt_at(types, i));
        pt_value t = pt_gql_type_at(m, name);
        if (!pt_defined(t))
            return REFUSE(m, def, "Undefined type \"%.*s\".", PT_PRI(name));
        if (!pt_gql_kind_is(t, "OBJECT"))
            return REFUSE(m, def, "%.*s type \"%.*s\" must be OBJECT.",
                          PT_PRI(pt_gql_text(def, "Kind")), PT_PRI(name));
    }
    return true;
}

// -- interfaces -----------------------------------------------------------------------------------

// NOLINTNEXTLINE(misc-no-recursion): PT_GQL_NESTING_MAX
static bool covariant(pt_gql_maker *m, pt_value required, pt_value actual) {
    if (pt_true(pt_getz(required, "NonNull")) && !pt_true(pt_getz(actual, "NonNull")))
        return false;
    pt_value re = pt_getz(required, "Elem");
    pt_value ae = pt_getz(actual, "Elem");
    if (pt_defined(re))
        return pt_defined(ae) && covariant(m, re, ae);
    pt_str r = pt_gql_text(required, "NamedType");
    pt_str a = pt_gql_text(actual, "NamedType");
    return pt_str_eq(r, a) || pt_set_has(pt_get(m->s->possible, r), pt_string(a));
}

// NOLINTNEXTLINE(misc-no-recursion): PT_GQL_NESTING_MAX
static bool compatible(pt_value t, pt_value other) {
    pt_value te = pt_getz(t, "Elem");
    pt_value oe = pt_getz(other, "Elem");
    if (!pt_str_eq(pt_gql_text(t, "NamedType"), pt_gql_text(other, "NamedType")))
        return false;
    if (pt_defined(te) && (!pt_defined(oe) || !compatible(te, oe)))
        return false;
    return !pt_true(pt_getz(other, "NonNull")) || pt_true(pt_getz(t, "NonNull"));
}

// A field of an interface that a type implements.
typedef struct duty {
    pt_value want, has; // the interface's and the type's own definition
    pt_str type, face, field;
} duty;

static bool argument_implements(pt_gql_maker *m, const duty *d, pt_value arg) {
    pt_str name = pt_gql_text(arg, "Name");
    pt_value found = pt_gql_named(pt_getz(d->has, "Arguments"), "Name", name);
    if (!pt_defined(found))
        return REFUSE(m, d->has,
                      "For %.*s to implement %.*s the field %.*s must have the same arguments but "
                      "it is missing %.*s.",
                      PT_PRI(d->type), PT_PRI(d->face), PT_PRI(d->field), PT_PRI(name));
    if (!compatible(pt_getz(arg, "Type"), pt_getz(found, "Type")))
        return REFUSE(m, found,
                      "For %.*s to implement %.*s the field %.*s must have the same arguments but "
                      "%.*s has the wrong type.",
                      PT_PRI(d->type), PT_PRI(d->face), PT_PRI(d->field), PT_PRI(name));
    return true;
}

static bool arguments_implement(pt_gql_maker *m, const duty *d) {
    pt_value args = pt_getz(d->want, "Arguments");
    for (size_t i = 0; i < pt_len(args); i++)
        if (!argument_implements(m, d, pt_at(args, i)))
            return false;
    return true;
}

// What the type's own field takes beyond the interface's may be left out.
static bool more_is_optional(pt_gql_maker *m, const duty *d) {
    pt_value args = pt_getz(d->want, "Arguments");
    pt_value own = pt_getz(d->has, "Arguments");
    for (size_t i = 0; i < pt_len(own); i++) {
        pt_value arg = pt_at(own, i);
        pt_str name = pt_gql_text(arg, "Name");
        if (!pt_defined(pt_gql_named(args, "Name", name)) &&
            pt_true(pt_getz(pt_getz(arg, "Type"), "NonNull")) &&
            !pt_defined(pt_getz(arg, "DefaultValue")))
            return REFUSE(m, arg,
                          "For %.*s to implement %.*s any additional arguments on %.*s must be "
                          "optional or have a default value but %.*s is required.",
                          PT_PRI(d->type), PT_PRI(d->face), PT_PRI(d->field), PT_PRI(name));
    }
    return true;
}

static bool field_implements(pt_gql_maker *m, pt_value def, pt_value face, pt_value want) {
    duty d = {.want = want,
              .type = pt_gql_text(def, "Name"),
              .face = pt_gql_text(face, "Name"),
              .field = pt_gql_text(want, "Name")};
    d.has = pt_gql_field(m->s, def, d.field);
    if (!pt_defined(d.has))
        return REFUSE(m, def, "For %.*s to implement %.*s it must have a field called %.*s.",
                      PT_PRI(d.type), PT_PRI(d.face), PT_PRI(d.field));
    pt_value type = pt_getz(want, "Type");
    if (!covariant(m, type, pt_getz(d.has, "Type"))) {
        pt_str text = pt_gql_type_text(m->a, type);
        return REFUSE(m, d.has, "For %.*s to implement %.*s the field %.*s must have type %.*s.",
                      PT_PRI(d.type), PT_PRI(d.face), PT_PRI(d.field), PT_PRI(text));
    }
    return arguments_implement(m, &d) && more_is_optional(m, &d);
}

// What an interface implements itself, the type names too. `own`: the interfaces that it names.
static bool implements_further(pt_gql_maker *m, pt_value def, pt_value face, const pt_names *own) {
    pt_value more = pt_getz(face, "Interfaces");
    pt_str d = pt_gql_text(def, "Name");
    pt_str name = pt_gql_text(face, "Name");
    for (size_t i = 0; i < pt_len(more); i++) {
        pt_str t = pt_text(pt_at(more, i));
        if (pt_names_find(own, t) != PT_NAMES_NONE)
            continue;
        if (pt_str_eq(t, d))
            return REFUSE(m, def,
                          "Type %.*s cannot implement %.*s because it would create a circular "
                          "reference.",
                          PT_PRI(d), PT_PRI(name));
        return REFUSE(m, def, "Type %.*s must implement %.*s because it is implemented by %.*s.",
                      PT_PRI(d), PT_PRI(t), PT_PRI(name));
    }
    return true;
}

static bool implements_ok(pt_gql_maker *m, pt_value def, pt_str name, const pt_names *own) {
    pt_value face = pt_gql_type_at(m, name);
    if (!pt_defined(face))
        return REFUSE(m, def, "Undefined type \"%.*s\".", PT_PRI(name));
    if (!pt_gql_kind_is(face, "INTERFACE"))
        return REFUSE(m, def, "\"%.*s\" is a non interface type %.*s.", PT_PRI(name),
                      PT_PRI(pt_gql_text(face, "Kind")));
    pt_value fields = pt_getz(face, "Fields");
    for (size_t i = 0; i < pt_len(fields); i++)
        if (!field_implements(m, def, face, pt_at(fields, i)))
            return false;
    return implements_further(m, def, face, own);
}

// -- definitions ----------------------------------------------------------------------------------

static bool field_kinds_ok(pt_gql_maker *m, pt_value def) {
    pt_value fields = pt_getz(def, "Fields");
    bool input = pt_gql_kind_is(def, "INPUT_OBJECT");
    for (size_t i = 0; i < pt_len(fields); i++) {
        pt_value f = pt_at(fields, i);
        pt_value t = pt_gql_type_at(m, pt_gql_type_name(pt_getz(f, "Type")));
        const char *kinds =
            input ? "SCALAR ENUM INPUT_OBJECT" : "SCALAR OBJECT INTERFACE UNION ENUM";
        if (pt_gql_kind_is(t, kinds))
            continue;
        pt_value who = input ? t : def;
        return REFUSE(m, f, "%.*s %.*s: field must be one of %s.", PT_PRI(pt_gql_text(who, "Kind")),
                      PT_PRI(pt_gql_text(input ? f : def, "Name")),
                      input ? "SCALAR, ENUM, INPUT_OBJECT"
                            : "SCALAR, OBJECT, INTERFACE, UNION, ENUM");
    }
    return true;
}

static bool enum_ok(pt_gql_maker *m, pt_value def) {
    pt_value values_of = pt_getz(def, "EnumValues");
    pt_str kind = pt_gql_text(def, "Kind");
    pt_str name = pt_gql_text(def, "Name");
    if (!pt_len(values_of))
        return REFUSE(m, def, "%.*s %.*s: must define one or more unique enum values.",
                      PT_PRI(kind), PT_PRI(name));
    for (size_t i = 0; i < pt_len(values_of); i++) {
        pt_value v = pt_at(values_of, i);
        pt_str n = pt_gql_text(v, "Name");
        if (pt_str_in_list(n, PT_STR("true false null"), ' '))
            return REFUSE(m, def, "%.*s %.*s: non-enum value %.*s.", PT_PRI(kind), PT_PRI(name),
                          PT_PRI(n));
        if (!pt_gql_directives_ok(m, pt_getz(v, "Directives"), "ENUM_VALUE", (pt_str){0}, true))
            return false;
    }
    return true;
}

static bool kind_ok(pt_gql_maker *m, pt_value def) {
    pt_str kind = pt_gql_text(def, "Kind");
    pt_str name = pt_gql_text(def, "Name");
    bool input = pt_gql_kind_is(def, "INPUT_OBJECT");
    if (pt_gql_kind_is(def, "ENUM"))
        return enum_ok(m, def);
    if (!pt_gql_kind_is(def, "OBJECT INTERFACE INPUT_OBJECT"))
        return true;
    if (!pt_len(pt_getz(def, "Fields")))
        return REFUSE(m, def, "%.*s %.*s: must define one or more %sfields.", PT_PRI(kind),
                      PT_PRI(name), input ? "input " : "");
    return field_kinds_ok(m, def);
}

// The first item whose name came before; undefined: none.
static pt_value twice(pt_gql_maker *m, pt_value list) {
    pt_gql_values pairs = {0};
    pt_value dup = pt_undefined();
    for (size_t i = 0; i < pt_len(list); i++)
        if (!pt_gql_put(m, &pairs, pt_getz(pt_at(list, i), "Name")) ||
            !pt_gql_put(m, &pairs, pt_null()))
            return dup;
    PT_IGNORE(!pt_defined(pt_object_of(m->a, pairs.l.v, pairs.l.n / 2, &dup)));
    for (size_t i = pt_len(list); pt_defined(dup) && i-- > 0;)
        if (pt_eq(pt_getz(pt_at(list, i), "Name"), dup))
            return pt_at(list, i);
    return pt_undefined();
}

// Where the i-th type of a union is named, as a node.
static pt_value member(pt_gql_maker *m, pt_value def, size_t i) {
    pt_value pos = pt_at(pt_getz(def, "TypePositions"), i);
    pt_obj o = {.a = m->a};
    pt_obj_maybe(&o, "Position", pt_defined(pos) ? pos : pt_getz(def, "Position"));
    return pt_obj_end(&o);
}

static bool once_ok(pt_gql_maker *m, pt_value def) {
    pt_str name = pt_gql_text(def, "Name");
    pt_value f = twice(m, pt_getz(def, "Fields"));
    pt_value e = twice(m, pt_getz(def, "EnumValues"));
    if (pt_defined(f))
        return REFUSE(m, f, "Field %.*s.%.*s can only be defined once.", PT_PRI(name),
                      PT_PRI(pt_gql_text(f, "Name")));
    if (pt_defined(e))
        return REFUSE(m, e, "Enum value %.*s.%.*s can only be defined once.", PT_PRI(name),
                      PT_PRI(pt_gql_text(e, "Name")));
    pt_value types = pt_getz(def, "Types");
    pt_names seen = {0};
    for (size_t i = 0; i < pt_len(types); i++)
        if (!pt_names_add(&seen, m->a, pt_text(pt_at(types, i))))
            return REFUSE(m, member(m, def, i), "Union type %.*s can only include type %.*s once.",
                          PT_PRI(name), PT_PRI(pt_text(pt_at(types, i))));
    return true;
}

static bool definition_ok(pt_gql_maker *m, pt_value def, bool built_in) {
    pt_value faces = pt_getz(def, "Interfaces");
    pt_str kind = pt_arena_str(m->a, pt_gql_text(def, "Kind"));
    if (!fields_ok(m, def) || !members_ok(m, def))
        return false;
    pt_names own = {0};
    for (size_t i = 0; i < pt_len(faces); i++)
        pt_names_add(&own, m->a, pt_text(pt_at(faces, i)));
    for (size_t i = 0; i < pt_len(faces); i++)
        if (!implements_ok(m, def, pt_text(pt_at(faces, i)), &own))
            return false;
    return kind_ok(m, def) && once_ok(m, def) &&
           (built_in || name_ok(m, def, pt_gql_text(def, "Name"))) &&
           pt_gql_directives_ok(m, pt_getz(def, "Directives"), kind.p ? kind.p : "", (pt_str){0},
                                false);
}

// -- cycles of input objects ----------------------------------------------------------------------

typedef struct cycle {
    pt_gql_maker *m;
    pt_gql_values path;    // fields
    pt_gql_values on_path; // types, one for each
    pt_names done;
} cycle;

// True unless the type is on the path, to which the last field leads.
static bool not_on_path(cycle *x, pt_value to) {
    pt_str name = pt_gql_text(to, "Name");
    size_t k = 0;
    while (k < x->on_path.l.n && !pt_str_eq(pt_gql_text(x->on_path.l.v[k], "Name"), name))
        k++;
    if (k == x->on_path.l.n)
        return true;
    pt_str names = {0};
    for (size_t j = k; j < x->path.l.n; j++)
        names = pt_arena_printf(x->m->a, "%.*s%s%.*s", PT_PRI(names), j > k ? "." : "",
                                PT_PRI(pt_gql_text(x->path.l.v[j], "Name")));
    return REFUSE(x->m, x->path.l.v[k],
                  "Cannot reference Input Object \"%.*s\" within itself through a series of "
                  "non-null fields: \"%.*s\".",
                  PT_PRI(name), PT_PRI(names));
}

// NOLINTNEXTLINE(misc-no-recursion): PT_GQL_DEPTH_MAX
static bool no_cycle(cycle *x, pt_value def) {
    pt_value fields = pt_getz(def, "Fields");
    if (!pt_names_add(&x->done, x->m->a, pt_gql_text(def, "Name")))
        return true;
    if (!pt_gql_put(x->m, &x->on_path, def))
        return false;
    for (size_t i = 0; i < pt_len(fields); i++) {
        pt_value f = pt_at(fields, i);
        pt_value type = pt_getz(f, "Type");
        pt_value to = pt_gql_type_at(x->m, pt_gql_text(type, "NamedType"));
        if (!pt_true(pt_getz(type, "NonNull")) || !pt_gql_kind_is(to, "INPUT_OBJECT"))
            continue;
        if (!pt_gql_put(x->m, &x->path, f) || !not_on_path(x, to))
            return false;
        if (x->on_path.l.n > PT_GQL_DEPTH_MAX) {
            pt_call_fault(x->m->c, PT_FAULT_LIMIT, "the schema is too deep");
            return false;
        }
        if (!no_cycle(x, to))
            return false;
        x->path.l.n--;
    }
    x->on_path.l.n--;
    return true;
}

static bool cycles_ok(pt_gql_maker *m) {
    cycle x = {.m = m};
    for (size_t i = 0; i < pt_len(m->s->types); i++)
        if (pt_gql_kind_is(pt_val_at(m->s->types, i), "INPUT_OBJECT") &&
            !no_cycle(&x, pt_val_at(m->s->types, i)))
            return false;
    return true;
}

bool pt_gql_types_ok(pt_gql_maker *m, pt_value built_in) {
    for (size_t i = 0; i < pt_len(m->s->types); i++) {
        pt_value def = pt_val_at(m->s->types, i);
        bool own = pt_defined(pt_gql_named(built_in, "Name", pt_gql_text(def, "Name")));
        if (!definition_ok(m, def, own))
            return false;
    }
    if (!cycles_ok(m))
        return false;
    for (size_t i = 0; i < pt_len(m->s->directives); i++) {
        pt_value dir = pt_val_at(m->s->directives, i);
        pt_str name = pt_gql_text(dir, "Name");
        if (!name_ok(m, dir, name) || !args_ok(m, pt_getz(dir, "Arguments"), name))
            return false;
    }
    return true;
}
