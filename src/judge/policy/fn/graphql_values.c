// Rules for values: are they of the type that is expected? And: do fields of one name agree?
#include <string.h>

#include "judge/policy/fn/graphql.h"

// As GraphQL writes it.
// NOLINTNEXTLINE(misc-no-recursion): PT_GQL_NESTING_MAX
static void put_value(pt_buf *b, pt_arena *a, pt_value v) {
    pt_str raw = pt_gql_text(v, "Raw");
    pt_value children = pt_getz(v, "Children");
    int64_t kind = PT_GQL_NULL;
    PT_IGNORE(!pt_to_int(pt_getz(v, "Kind"), &kind)); // a policy's own object may lack it
    bool object = kind == PT_GQL_OBJECT;
    if (kind == PT_GQL_STRING || kind == PT_GQL_BLOCK) {
        pt_call c = {.arena = a};
        raw = pt_call_quoted(&c, raw);
    }
    if (kind == PT_GQL_VARIABLE)
        pt_buf_putc(b, '$');
    if (kind != PT_GQL_LIST && !object) {
        pt_buf_put(b, raw);
        return;
    }
    pt_buf_putc(b, object ? '{' : '[');
    for (size_t i = 0; i < pt_len(children); i++) {
        pt_buf_putz(b, i ? "," : "");
        pt_buf_put(b, pt_gql_text(pt_at(children, i), "Name"));
        pt_buf_putz(b, object ? ":" : "");
        put_value(b, a, pt_getz(pt_at(children, i), "Value"));
    }
    pt_buf_putc(b, object ? '}' : ']');
}

static pt_str value_text(pt_arena *a, pt_value v) {
    pt_buf b = PT_BUF(PT_FN_TEXT_BYTES_MAX);
    put_value(&b, a, v);
    pt_str s = pt_arena_str(a, pt_buf_str(&b));
    pt_buf_done(&b);
    return s;
}

// -- types ----------------------------------------------------------------------------------------

typedef struct asked {
    pt_gql_walk *w;
    pt_value v;
    const pt_gql_expected *x;
    pt_str type, text; // expected; what the value is written as
} asked;

static pt_str unexpected_text(const asked *q) {
    static const struct {
        const char *types, *text;
    } known[] = {
        {"String String! [String]", "String cannot represent a non string value: "},
        {"Boolean Boolean!", "Boolean cannot represent a non boolean value: "},
        {"Float Float!", "Float cannot represent non numeric value: "},
        {"ID ID!", "ID cannot represent a non-string and non-integer value: "},
    };
    pt_arena *a = q->w->a;
    if (pt_str_in_list(q->type, PT_STR("Int Int!"), ' ')) {
        pt_str raw = pt_gql_text(q->v, "Raw");
        int64_t n = 0;
        size_t sign = raw.n && raw.p[0] == '-';
        bool number = raw.n > sign;
        for (size_t i = sign; i < raw.n; i++)
            number = number && raw.p[i] >= '0' && raw.p[i] <= '9';
        bool wide = number && (!pt_str_int(raw, 10, &n) || n > INT32_MAX || n < INT32_MIN);
        return pt_arena_printf(a, "Int cannot represent %s value: %.*s",
                               wide ? "non 32-bit signed integer" : "non-integer", PT_PRI(q->text));
    }
    for (size_t i = 0; i < PT_COUNT(known); i++)
        if (pt_str_in_list(q->type, pt_str_of(known[i].types), ' '))
            return pt_arena_printf(a, "%s%.*s", known[i].text, PT_PRI(q->text));
    if (pt_gql_kind_is(q->x->def, "ENUM"))
        return pt_arena_printf(a, "Enum \"%.*s\" cannot represent non-enum value: %.*s.",
                               PT_PRI(q->type), PT_PRI(q->text));
    return pt_arena_printf(a, "Expected value of type \"%.*s\", found %.*s.", PT_PRI(q->type),
                           PT_PRI(q->text));
}

static bool def_is(const asked *q, const char *names) {
    return pt_str_in_list(pt_gql_text(q->x->def, "Name"), pt_str_of(names), ' ');
}

static void unless(const asked *q, const char *names) {
    if (!def_is(q, names))
        pt_gql_error(q->w, q->v, unexpected_text(q));
}

static void string_value(const asked *q) {
    if (!pt_gql_kind_is(q->x->def, "ENUM")) {
        unless(q, "String ID");
        return;
    }
    pt_str text = pt_arena_printf(q->w->a, "Enum \"%.*s\" cannot represent non-enum value: %.*s.",
                                  PT_PRI(q->type), PT_PRI(q->text));
    pt_gql_suggest(q->w, &text, "Did you mean the enum value", pt_gql_text(q->v, "Raw"),
                   pt_getz(q->x->def, "EnumValues"));
    pt_gql_error(q->w, q->v, text);
}

static void enum_value(const asked *q) {
    pt_str raw = pt_gql_text(q->v, "Raw");
    pt_value values = pt_getz(q->x->def, "EnumValues");
    if (!pt_gql_kind_is(q->x->def, "ENUM")) {
        pt_gql_error(q->w, q->v, unexpected_text(q));
        return;
    }
    if (pt_defined(pt_gql_named(values, "Name", raw)))
        return;
    pt_str text = pt_arena_printf(q->w->a, "Value \"%.*s\" does not exist in \"%.*s\" enum.",
                                  PT_PRI(q->text), PT_PRI(q->type));
    pt_gql_suggest(q->w, &text, "Did you mean the enum value", raw, values);
    pt_gql_error(q->w, q->v, text);
}

static void one_of(const asked *q, pt_value children) {
    pt_value def = q->x->def;
    pt_value first = pt_getz(pt_at(children, 0), "Value");
    if (pt_len(children) != 1)
        PT_GQL_ERROR(q->w, q->v, "OneOf Input Object \"%.*s\" must specify exactly one key.",
                     PT_PRI(pt_gql_text(def, "Name")));
    else if (pt_eq(pt_getz(first, "Kind"), pt_int(PT_GQL_NULL)))
        PT_GQL_ERROR(q->w, first, "Field \"%.*s.%.*s\" must be non-null.",
                     PT_PRI(pt_gql_text(def, "Name")),
                     PT_PRI(pt_gql_text(pt_at(pt_getz(def, "Fields"), 0), "Name")));
}

static void object_value(const asked *q) {
    pt_value fields = pt_getz(q->x->def, "Fields");
    pt_value children = pt_getz(q->v, "Children");
    pt_value given = pt_gql_index(q->w->a, children, "Name");
    pt_str name = pt_gql_text(q->x->def, "Name");
    for (size_t i = 0; i < pt_len(fields); i++) {
        pt_value f = pt_at(fields, i);
        pt_value type = pt_getz(f, "Type");
        pt_str field = pt_gql_text(f, "Name");
        pt_str text = pt_gql_type_text(q->w->a, type);
        if (pt_true(pt_getz(type, "NonNull")) && !pt_defined(pt_getz(f, "DefaultValue")) &&
            !pt_defined(pt_get(given, field)))
            PT_GQL_ERROR(q->w, q->v,
                         "Field \"%.*s.%.*s\" of required type \"%.*s\" was not provided.",
                         PT_PRI(name), PT_PRI(field), PT_PRI(text));
    }
    if (pt_defined(pt_gql_named(pt_getz(q->x->def, "Directives"), "Name", PT_STR("oneOf"))))
        one_of(q, children);
    for (size_t i = 0; i < pt_len(children); i++) {
        pt_str field = pt_gql_text(pt_at(children, i), "Name");
        if (pt_defined(pt_gql_field(q->w->s, q->x->def, field)))
            continue;
        pt_str text = pt_arena_printf(q->w->a, "Field \"%.*s\" is not defined by type \"%.*s\".",
                                      PT_PRI(field), PT_PRI(name));
        pt_gql_suggest(q->w, &text, "Did you mean", field, fields);
        pt_gql_error(q->w, pt_at(children, i), text);
    }
}

static void of_type(const asked *q, pt_gql_kind kind) {
    int64_t n;
    if (!pt_defined(q->x->def) || !pt_defined(q->x->type))
        return;
    if (kind == PT_GQL_NULL && pt_true(pt_getz(q->x->type, "NonNull")))
        PT_GQL_ERROR(q->w, q->v, "Expected value of type \"%.*s\", found %.*s.", PT_PRI(q->type),
                     PT_PRI(q->text));
    if (pt_gql_kind_is(q->x->def, "SCALAR") && !def_is(q, "Int Float String Boolean ID"))
        return;
    if (kind == PT_GQL_INT && !pt_str_int(pt_gql_text(q->v, "Raw"), 10, &n))
        pt_gql_error(q->w, q->v, unexpected_text(q));
    if (kind == PT_GQL_LIST && !pt_defined(pt_getz(q->x->type, "Elem")))
        pt_gql_error(q->w, q->v, unexpected_text(q));
    if (kind == PT_GQL_INT)
        unless(q, "Int Float ID");
    if (kind == PT_GQL_FLOAT)
        unless(q, "Float");
    if (kind == PT_GQL_BOOLEAN)
        unless(q, "Boolean");
    if (kind == PT_GQL_STRING || kind == PT_GQL_BLOCK)
        string_value(q);
    if (kind == PT_GQL_ENUM)
        enum_value(q);
    if (kind == PT_GQL_OBJECT)
        object_value(q);
}

// -- variables ------------------------------------------------------------------------------------

// NOLINTNEXTLINE(misc-no-recursion): PT_GQL_NESTING_MAX
static bool compatible(pt_value t, pt_value other, bool other_not_null) {
    pt_value te = pt_getz(t, "Elem");
    pt_value oe = pt_getz(other, "Elem");
    if (!pt_str_eq(pt_gql_text(t, "NamedType"), pt_gql_text(other, "NamedType")))
        return false;
    if (pt_defined(te) && (!pt_defined(oe) || !compatible(te, oe, pt_true(pt_getz(oe, "NonNull")))))
        return false;
    return !other_not_null || pt_true(pt_getz(t, "NonNull"));
}

static pt_value variable_of(const asked *q, pt_value v) {
    return pt_get(q->w->variables, pt_gql_text(v, "Raw"));
}

static void undefined_variable(const asked *q) {
    pt_str name = pt_gql_text(q->w->operation, "Name");
    if (pt_defined(variable_of(q, q->v)))
        return;
    if (name.n)
        PT_GQL_ERROR(q->w, q->v, "Variable \"%.*s\" is not defined by operation \"%.*s\".",
                     PT_PRI(q->text), PT_PRI(name));
    else
        PT_GQL_ERROR(q->w, q->v, "Variable \"%.*s\" is not defined.", PT_PRI(q->text));
}

static void placed(const asked *q) {
    pt_value var = variable_of(q, q->v);
    pt_value d = pt_getz(var, "DefaultValue");
    if (!pt_defined(q->x->type) || !pt_defined(var))
        return;
    bool not_null = pt_true(pt_getz(q->x->type, "NonNull")) && !q->x->has_default;
    if (pt_defined(d) && !pt_eq(pt_getz(d, "Kind"), pt_int(PT_GQL_NULL)))
        not_null = false;
    if (compatible(pt_getz(var, "Type"), q->x->type, not_null))
        return;
    pt_str type = pt_gql_type_text(q->w->a, pt_getz(var, "Type"));
    PT_GQL_ERROR(q->w, q->v,
                 "Variable \"%.*s\" of type \"%.*s\" used in position expecting type \"%.*s\".",
                 PT_PRI(q->text), PT_PRI(type), PT_PRI(q->type));
}

static void unique_children(const asked *q) {
    pt_value children = pt_getz(q->v, "Children");
    pt_names seen = {0};
    for (size_t i = 0; i < pt_len(children); i++) {
        pt_str name = pt_gql_text(pt_at(children, i), "Name");
        if (!pt_names_add(&seen, q->w->a, name))
            PT_GQL_ERROR(q->w, pt_at(children, i),
                         "There can be only one input field named \"%.*s\".", PT_PRI(name));
    }
}

void pt_gql_check_value(pt_gql_walk *w, pt_value v, const pt_gql_expected *x) {
    int64_t kind = PT_GQL_NULL;
    PT_IGNORE(!pt_to_int(pt_getz(v, "Kind"), &kind)); // the walker looked
    asked q = {w, v, x, pt_gql_type_text(w->a, x->type), value_text(w->a, v)};
    bool variable = kind == PT_GQL_VARIABLE && pt_defined(w->operation);
    if (variable)
        undefined_variable(&q);
    if (kind == PT_GQL_OBJECT)
        unique_children(&q);
    of_type(&q, (pt_gql_kind)kind);
    if (variable)
        placed(&q);
}
