// Walks a query as gqlparser's walker does, and asks the rules at each node.
#include <string.h>

#include "judge/policy/fn/graphql.h"

#define STEPS_MAX 2000000

void pt_gql_error(pt_gql_walk *w, pt_value at, pt_str what) {
    pt_gql_put_error(&w->errors, pt_gql_pos_of(at), what);
    pt_buf_putc(&w->errors, '\n');
    w->count++;
}

pt_value pt_gql_def(const pt_gql_walk *w, pt_str type) {
    return pt_get(w->s->types, type);
}

static bool go_on(pt_gql_walk *w) {
    if (w->c->fault || w->errors.full)
        return false;
    if (++w->steps > STEPS_MAX || w->depth > PT_GQL_DEPTH_MAX) {
        pt_call_fault(w->c, PT_FAULT_LIMIT, "the query asks for too much work");
        return false;
    }
    return w->steps % 256 != 0 || !pt_call_stop(w->c);
}

// NOLINTNEXTLINE(misc-no-recursion): PT_GQL_DEPTH_MAX
static void walk_value(pt_gql_walk *w, pt_value v, const pt_gql_expected *x) {
    int64_t kind = -1;
    if (!go_on(w) || !pt_to_int(pt_getz(v, "Kind"), &kind))
        return;
    pt_value children = pt_getz(v, "Children");
    w->depth++;
    if (kind == PT_GQL_VARIABLE && pt_defined(w->operation))
        pt_names_add(&w->used, w->a, pt_gql_text(v, "Raw"));
    for (size_t i = 0; i < pt_len(children); i++) {
        pt_value child = pt_at(children, i);
        pt_gql_expected inner = {0};
        if (kind == PT_GQL_OBJECT) {
            pt_value f = pt_gql_field(w->s, x->def, pt_gql_text(child, "Name"));
            pt_value d = pt_getz(f, "DefaultValue");
            inner.type = pt_getz(f, "Type");
            inner.has_default = pt_defined(d) && !pt_eq(pt_getz(d, "Kind"), pt_int(PT_GQL_NULL));
            inner.def = pt_gql_def(w, pt_gql_type_name(inner.type));
        } else if (pt_defined(pt_getz(x->type, "Elem"))) {
            inner.type = pt_getz(x->type, "Elem");
            inner.def = x->def;
        }
        walk_value(w, pt_getz(child, "Value"), &inner);
    }
    w->depth--;
    pt_gql_check_value(w, v, x);
}

static void walk_arguments(pt_gql_walk *w, pt_value args, pt_value defs) {
    for (size_t i = 0; i < pt_len(args); i++) {
        pt_value def = pt_gql_named(defs, "Name", pt_gql_text(pt_at(args, i), "Name"));
        pt_value d = pt_getz(def, "DefaultValue");
        pt_value type = pt_getz(def, "Type");
        pt_gql_expected x = {
            .type = type,
            .def = pt_gql_def(w, pt_gql_type_name(type)),
            .has_default = pt_defined(d) && !pt_eq(pt_getz(d, "Kind"), pt_int(PT_GQL_NULL)),
        };
        walk_value(w, pt_getz(pt_at(args, i), "Value"), &x);
    }
}

static void walk_directives(pt_gql_walk *w, pt_value dirs, const char *location) {
    for (size_t i = 0; i < pt_len(dirs) && go_on(w); i++) {
        pt_value dir = pt_at(dirs, i);
        pt_value def = pt_get(w->s->directives, pt_gql_text(dir, "Name"));
        walk_arguments(w, pt_getz(dir, "Arguments"), pt_getz(def, "Arguments"));
        pt_gql_check_directive(w, dir, def, location);
    }
    pt_gql_check_directives(w, dirs);
}

static void walk_selections(pt_gql_walk *w, pt_value set, pt_value parent);

// The definition of a field of a type, the ones that all types have included.
static pt_value field_def(pt_gql_walk *w, pt_value parent, pt_str name) {
    static const struct {
        const char *name, *type;
        bool not_null;
    } own[] = {{"__typename", "String", false},
               {"__schema", "__Schema", true},
               {"__type", "__Type", false}};
    bool root = pt_defined(parent) && w->s->roots[0].n &&
                pt_str_eq(pt_gql_text(parent, "Name"), w->s->roots[0]);
    for (size_t i = 0; i < PT_COUNT(own); i++) {
        if (!pt_str_eqz(name, own[i].name) || (i > 0 && !root))
            continue;
        pt_obj type = {.a = w->a};
        pt_obj o = {.a = w->a};
        pt_obj_set(&type, "NamedType", pt_stringz(own[i].type));
        pt_obj_set(&type, "NonNull", pt_bool(own[i].not_null));
        pt_obj_set(&o, "Name", pt_stringz(own[i].name));
        pt_obj_set(&o, "Type", pt_obj_end(&type));
        if (i == 2) {
            pt_obj arg_type = {.a = w->a};
            pt_obj arg = {.a = w->a};
            pt_obj_set(&arg_type, "NamedType", pt_stringz("String"));
            pt_obj_set(&arg_type, "NonNull", pt_bool(true));
            pt_obj_set(&arg, "Name", pt_stringz("name"));
            pt_obj_set(&arg, "Type", pt_obj_end(&arg_type));
            const pt_value args[] = {pt_obj_end(&arg)};
            pt_obj_set(&o, "Arguments", pt_array_of(w->a, args, 1));
        }
        return pt_obj_end(&o);
    }
    return pt_gql_field(w->s, parent, name);
}

// NOLINTBEGIN(misc-no-recursion): PT_GQL_DEPTH_MAX, of walk_selections
static void walk_field(pt_gql_walk *w, pt_value f, pt_value parent) {
    pt_value def = field_def(w, parent, pt_gql_text(f, "Name"));
    pt_value next = pt_gql_def(w, pt_gql_type_name(pt_getz(def, "Type")));
    walk_arguments(w, pt_getz(f, "Arguments"), pt_getz(def, "Arguments"));
    walk_directives(w, pt_getz(f, "Directives"), "FIELD");
    walk_selections(w, pt_getz(f, "SelectionSet"), next);
    pt_gql_check_field(w, f, parent, def);
}

static void walk_inline(pt_gql_walk *w, pt_value node, pt_value parent) {
    pt_str type = pt_gql_text(node, "TypeCondition");
    pt_value next = type.n ? pt_gql_def(w, type) : parent;
    walk_directives(w, pt_getz(node, "Directives"), "INLINE_FRAGMENT");
    walk_selections(w, pt_getz(node, "SelectionSet"), next);
    pt_gql_check_inline(w, node, parent);
}

static void walk_spread(pt_gql_walk *w, pt_value node, pt_value parent) {
    pt_str name = pt_gql_text(node, "Name");
    pt_value def = pt_get(w->fragments, name);
    walk_directives(w, pt_getz(node, "Directives"), "FRAGMENT_SPREAD");
    if (pt_defined(def) && pt_names_add(&w->visited, w->a, name)) {
        walk_directives(w, pt_getz(def, "Directives"), "FRAGMENT_DEFINITION");
        walk_selections(w, pt_getz(def, "SelectionSet"),
                        pt_gql_def(w, pt_gql_text(def, "TypeCondition")));
    }
    pt_gql_check_spread(w, node, parent, def);
}

static void walk_selections(pt_gql_walk *w, pt_value set, pt_value parent) {
    w->depth++;
    for (size_t i = 0; i < pt_len(set) && go_on(w); i++) {
        pt_value node = pt_at(set, i);
        if (pt_defined(pt_getz(node, "Alias")))
            walk_field(w, node, parent);
        else if (pt_defined(pt_getz(node, "TypeCondition")) ||
                 pt_defined(pt_getz(node, "SelectionSet")))
            walk_inline(w, node, parent);
        else
            walk_spread(w, node, parent);
    }
    w->depth--;
}
// NOLINTEND(misc-no-recursion)

static void walk_operation(pt_gql_walk *w, pt_value op) {
    static const char *const locations[] = {"QUERY", "MUTATION", "SUBSCRIPTION"};
    pt_value vars = pt_getz(op, "VariableDefinitions");
    size_t kind = 0;
    for (size_t i = 0; i < PT_COUNT(pt_gql_operations); i++)
        if (pt_str_eqz(pt_gql_text(op, "Operation"), pt_gql_operations[i]))
            kind = i;
    w->operation = op;
    w->variables = pt_gql_index(w->a, vars, "Variable");
    pt_names_clear(&w->used);
    pt_names_clear(&w->visited);
    for (size_t i = 0; i < pt_len(vars); i++) {
        pt_str name = pt_gql_type_name(pt_getz(pt_at(vars, i), "Type"));
        if (!pt_defined(pt_gql_def(w, name)))
            PT_GQL_ERROR(w, pt_at(vars, i), "Unknown type \"%.*s\".", PT_PRI(name));
    }
    for (size_t i = 0; i < pt_len(vars); i++) {
        pt_value type = pt_getz(pt_at(vars, i), "Type");
        pt_gql_expected x = {.type = type, .def = pt_gql_def(w, pt_gql_type_name(type))};
        walk_value(w, pt_getz(pt_at(vars, i), "DefaultValue"), &x);
        walk_directives(w, pt_getz(pt_at(vars, i), "Directives"), "VARIABLE_DEFINITION");
    }
    walk_directives(w, pt_getz(op, "Directives"), locations[kind]);
    pt_value root = pt_gql_def(w, w->s->roots[kind]);
    walk_selections(w, pt_getz(op, "SelectionSet"), root);
    pt_gql_check_operation(w, op);
    w->operation = pt_undefined();
}

static void walk_all(pt_gql_walk *w) {
    pt_value ops = pt_getz(w->query, "Operations");
    pt_value frags = pt_getz(w->query, "Fragments");
    for (size_t i = 0; i < pt_len(ops) && go_on(w); i++)
        walk_operation(w, pt_at(ops, i));
    for (size_t i = 0; i < pt_len(frags) && go_on(w); i++) {
        pt_value f = pt_at(frags, i);
        pt_names_clear(&w->visited);
        w->spreads_count = i == 0; // within fragments they do not; but gqlparser counts the first's
        walk_directives(w, pt_getz(f, "Directives"), "FRAGMENT_DEFINITION");
        walk_selections(w, pt_getz(f, "SelectionSet"),
                        pt_gql_def(w, pt_gql_text(f, "TypeCondition")));
        pt_gql_check_fragment(w, f);
    }
}

// As OPA tells it: the place of the first error goes to the end.
static pt_str told(pt_call *c, pt_str lines) {
    int64_t line;
    int64_t column;
    pt_str s = pt_str_sub(lines, 6, lines.n); // "input:"
    size_t a = pt_str_find(s, ':');
    pt_str rest = pt_str_sub(s, a + 1, s.n);
    size_t b = pt_str_find(rest, ':');
    if (!pt_str_int(pt_str_sub(s, 0, a), 10, &line) ||
        !pt_str_int(pt_str_sub(rest, 0, b), 10, &column))
        return pt_arena_printf(c->arena, "GraphQL parse error: %.*s", PT_PRI(lines));
    rest = pt_str_sub(rest, b + 2, rest.n);
    if (pt_str_ends(rest, PT_STR(".\n")))
        rest.n -= 2;
    return pt_arena_printf(c->arena, "%.*s in GraphQL string at location %lld:%lld", PT_PRI(rest),
                           (long long)line, (long long)column);
}

bool pt_gql_validate(pt_call *c, const pt_gql_schema *s, pt_value query, pt_str *ret_why) {
    pt_gql_walk w = {.c = c,
                     .a = c->arena,
                     .s = s,
                     .query = query,
                     .errors = PT_BUF(1 << 20),
                     .spreads_count = true};
    w.fragments = pt_gql_index(w.a, pt_getz(query, "Fragments"), "Name");
    *ret_why = (pt_str){0};
    walk_all(&w);
    if (c->arena->full || w.errors.full)
        pt_call_full(c);
    if (!c->fault && w.count)
        *ret_why = told(c, pt_buf_str(&w.errors));
    pt_buf_done(&w.errors);
    return !c->fault && w.count == 0;
}
