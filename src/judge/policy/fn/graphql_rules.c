// The rules for queries (section 5 of the specification), in gqlparser's order and words.
#include <stdlib.h>
#include <string.h>

#include "judge/policy/fn/graphql.h"

// -- suggestions ----------------------------------------------------------------------------------

#define NAME_MAX 100 // longer ones are never alike

static char lower(char c) {
    if (c >= 'A' && c <= 'Z')
        return (char)((unsigned char)c | 0x20u);
    return c;
}

static size_t least(size_t a, size_t b) {
    return a < b ? a : b;
}

// How many letters differ (Levenshtein), without regard to case.
static size_t distance(pt_str a, pt_str b) {
    size_t row[NAME_MAX + 1];
    if (pt_str_eq(a, b))
        return 0;
    if (pt_str_eq_nocase(a, b))
        return 1;
    if (a.n > NAME_MAX || b.n > NAME_MAX)
        return SIZE_MAX;
    for (size_t j = 0; j <= b.n; j++)
        row[j] = j;
    for (size_t i = 1; i <= a.n; i++) {
        size_t corner = row[0];
        row[0] = i;
        for (size_t j = 1; j <= b.n; j++) {
            size_t same = corner + (lower(a.p[i - 1]) != lower(b.p[j - 1]));
            corner = row[j];
            row[j] = least(same, least(row[j], row[j - 1]) + 1);
        }
    }
    return row[b.n];
}

#define LIKE_MAX 5 // names that are suggested

typedef struct like { // the nearest names, the nearest first
    pt_str name[LIKE_MAX];
    size_t far[LIKE_MAX], n;
} like;

static void put_like(like *l, pt_str name, size_t far) {
    size_t at = l->n;
    while (at > 0 && l->far[at - 1] > far)
        at--;
    if (at == LIKE_MAX)
        return;
    l->n = least(l->n + 1, LIKE_MAX);
    for (size_t k = l->n - 1; k > at; k--) {
        l->name[k] = l->name[k - 1];
        l->far[k] = l->far[k - 1];
    }
    l->name[at] = name;
    l->far[at] = far;
}

// "a", "b", or "c"
static pt_str listed(pt_arena *a, const pt_str *names, size_t n) {
    pt_str list = {0};
    for (size_t i = 0; i < n; i++) {
        const char *last = n == 2 ? " or " : ", or ";
        const char *between = i + 1 == n ? last : ", ";
        list =
            pt_arena_printf(a, "%.*s%s\"%.*s\"", PT_PRI(list), i ? between : "", PT_PRI(names[i]));
    }
    return list;
}

void pt_gql_suggest(pt_gql_walk *w, pt_str *text, const char *prefix, pt_str typed,
                    pt_value options) {
    like l = {0};
    size_t threshold = typed.n * 4 / 10 + 1;
    for (size_t i = 0; i < pt_len(options); i++) {
        pt_str option = pt_gql_text(pt_at(options, i), "Name");
        size_t far = distance(typed, option);
        if (far <= threshold)
            put_like(&l, option, far);
    }
    if (!l.n)
        return;
    pt_str list = listed(w->a, l.name, l.n);
    *text = pt_arena_printf(w->a, "%.*s %s %.*s?", PT_PRI(*text), prefix, PT_PRI(list));
}

// -- fields ---------------------------------------------------------------------------------------

static bool composite(pt_value def) {
    return pt_gql_kind_is(def, "OBJECT INTERFACE UNION");
}

static bool leaf(pt_value def) {
    return pt_gql_kind_is(def, "SCALAR ENUM");
}

// Types that have the field, of an interface or a union that has not.
static pt_value types_with(pt_gql_walk *w, pt_value parent, pt_str name) {
    pt_value possible = pt_get(w->s->possible, pt_gql_text(parent, "Name"));
    pt_list l = {.a = w->a};
    if (!pt_gql_kind_is(parent, "INTERFACE UNION"))
        return pt_undefined();
    for (size_t i = 0; i < pt_len(possible); i++) {
        pt_value def = pt_gql_def(w, pt_text(pt_at(possible, i)));
        if (pt_defined(pt_gql_field(w->s, def, name)))
            pt_list_add(&l, pt_at(possible, i));
    }
    return l.items.n ? pt_set_of(w->a, l.items.v, l.items.n) : pt_undefined();
}

static void unknown_field(pt_gql_walk *w, pt_value f, pt_value parent) {
    pt_str name = pt_gql_text(f, "Name");
    pt_str text = pt_arena_printf(w->a, "Cannot query field \"%.*s\" on type \"%.*s\".",
                                  PT_PRI(name), PT_PRI(pt_gql_text(parent, "Name")));
    pt_value types = types_with(w, parent, name);
    size_t n = least(pt_len(types), LIKE_MAX);
    pt_str names[LIKE_MAX] = {0};
    for (size_t i = 0; i < n; i++)
        names[i] = pt_text(pt_at(types, i));
    pt_str list = listed(w->a, names, n);
    if (n)
        text = pt_arena_printf(w->a, "%.*s Did you mean to use an inline fragment on %.*s?",
                               PT_PRI(text), PT_PRI(list));
    else if (pt_gql_kind_is(parent, "OBJECT INTERFACE"))
        pt_gql_suggest(w, &text, "Did you mean", name, pt_getz(parent, "Fields"));
    pt_gql_error(w, f, text);
}

static void known_arguments(pt_gql_walk *w, pt_value node, pt_value defs, pt_str on) {
    pt_value args = pt_getz(node, "Arguments");
    for (size_t i = 0; i < pt_len(args); i++) {
        pt_str name = pt_gql_text(pt_at(args, i), "Name");
        if (pt_defined(pt_gql_named(defs, "Name", name)))
            continue;
        pt_str text =
            pt_arena_printf(w->a, "Unknown argument \"%.*s\" on %.*s.", PT_PRI(name), PT_PRI(on));
        pt_gql_suggest(w, &text, "Did you mean", name, defs);
        pt_gql_error(w, node, text);
    }
}

static void required_arguments(pt_gql_walk *w, pt_value node, pt_value defs, pt_str who) {
    pt_value args = pt_getz(node, "Arguments");
    for (size_t i = 0; i < pt_len(defs); i++) {
        pt_value def = pt_at(defs, i);
        pt_value type = pt_getz(def, "Type");
        pt_str name = pt_gql_text(def, "Name");
        pt_str text = pt_gql_type_text(w->a, type);
        if (pt_true(pt_getz(type, "NonNull")) && !pt_defined(pt_getz(def, "DefaultValue")) &&
            !pt_defined(pt_gql_named(args, "Name", name)))
            PT_GQL_ERROR(w, node,
                         "%.*s argument \"%.*s\" of type \"%.*s\" is required, but it was not "
                         "provided.",
                         PT_PRI(who), PT_PRI(name), PT_PRI(text));
    }
}

static void leafs(pt_gql_walk *w, pt_value f, pt_value def) {
    pt_value type = pt_gql_def(w, pt_gql_type_name(pt_getz(def, "Type")));
    pt_str name = pt_gql_text(f, "Name");
    size_t n = pt_len(pt_getz(f, "SelectionSet"));
    if (!pt_defined(type))
        return;
    if (leaf(type) && n)
        PT_GQL_ERROR(
            w, f, "Field \"%.*s\" must not have a selection since type \"%.*s\" has no subfields.",
            PT_PRI(name), PT_PRI(pt_gql_text(type, "Name")));
    if (!leaf(type) && !n) {
        pt_str text = pt_gql_type_text(w->a, pt_getz(def, "Type"));
        PT_GQL_ERROR(
            w, f,
            "Field \"%.*s\" of type \"%.*s\" must have a selection of subfields. Did you mean "
            "\"%.*s { ... }\"?",
            PT_PRI(name), PT_PRI(text), PT_PRI(name));
    }
}

// Items whose `key` came before, each told at its place.
static void once(pt_gql_walk *w, pt_value list, const char *key, const char *what) {
    pt_names seen = {0};
    for (size_t i = 0; i < pt_len(list); i++) {
        pt_str name = pt_gql_text(pt_at(list, i), key);
        if (!pt_names_add(&seen, w->a, name))
            PT_GQL_ERROR(w, pt_at(list, i), "There can be only one %s%.*s\".", what, PT_PRI(name));
    }
}

void pt_gql_check_field(pt_gql_walk *w, pt_value f, pt_value parent, pt_value def) {
    pt_str name = pt_gql_text(f, "Name");
    pt_value args = pt_getz(def, "Arguments");
    if (pt_defined(parent) && !pt_defined(def))
        unknown_field(w, f, parent);
    if (pt_defined(parent) && pt_defined(def))
        known_arguments(w, f, args,
                        pt_arena_printf(w->a, "field \"%.*s.%.*s\"",
                                        PT_PRI(pt_gql_text(parent, "Name")), PT_PRI(name)));
    if (pt_defined(w->operation))
        pt_gql_check_overlaps(w, pt_getz(f, "SelectionSet"),
                              pt_gql_def(w, pt_gql_type_name(pt_getz(def, "Type"))));
    if (pt_defined(def)) {
        required_arguments(w, f, args, pt_arena_printf(w->a, "Field \"%.*s\"", PT_PRI(name)));
        leafs(w, f, def);
    }
    once(w, pt_getz(f, "Arguments"), "Name", "argument named \"");
}

// -- directives -----------------------------------------------------------------------------------

static bool told_before(pt_gql_walk *w, int64_t pos) {
    for (size_t i = 0; i < w->misplaced.n; i++)
        if (w->misplaced.v[i] == pos)
            return true;
    int64_t *p = PT_PUSH(w->a, &w->misplaced);
    if (p)
        *p = pos;
    return false;
}

void pt_gql_check_directive(pt_gql_walk *w, pt_value dir, pt_value def, const char *location) {
    pt_str name = pt_gql_text(dir, "Name");
    pt_value args = pt_getz(def, "Arguments");
    pt_value places = pt_getz(def, "Locations");
    bool fits = false;
    for (size_t i = 0; i < pt_len(places); i++)
        fits = fits || pt_str_eqz(pt_text(pt_at(places, i)), location);
    if (pt_defined(def))
        known_arguments(w, dir, args, pt_arena_printf(w->a, "directive \"@%.*s\"", PT_PRI(name)));
    if (!pt_defined(def))
        PT_GQL_ERROR(w, dir, "Unknown directive \"@%.*s\".", PT_PRI(name));
    else if (!fits && !told_before(w, pt_gql_pos_of(dir)))
        PT_GQL_ERROR(w, dir, "Directive \"@%.*s\" may not be used on %s.", PT_PRI(name), location);
    if (pt_defined(def))
        required_arguments(w, dir, args,
                           pt_arena_printf(w->a, "Directive \"@%.*s\"", PT_PRI(name)));
    once(w, pt_getz(dir, "Arguments"), "Name", "argument named \"");
}

void pt_gql_check_directives(pt_gql_walk *w, pt_value dirs) {
    pt_names seen = {0};
    for (size_t i = 0; i < pt_len(dirs); i++) {
        pt_str name = pt_gql_text(pt_at(dirs, i), "Name");
        bool repeated = !pt_names_add(&seen, w->a, name);
        if (repeated && !pt_true(pt_getz(pt_get(w->s->directives, name), "IsRepeatable")))
            PT_GQL_ERROR(w, pt_at(dirs, i),
                         "The directive \"@%.*s\" can only be used once at this location.",
                         PT_PRI(name));
    }
}

// -- fragments ------------------------------------------------------------------------------------

// Can an object of `parent` be one of the type `name`? What is unknown can.
static bool may_be(pt_gql_walk *w, pt_value parent, pt_str name) {
    pt_value type = pt_gql_def(w, name);
    if (!composite(parent) || !composite(type))
        return true;
    pt_value a = pt_get(w->s->possible, pt_gql_text(parent, "Name"));
    pt_value b = pt_get(w->s->possible, name);
    for (size_t i = 0; i < pt_len(a); i++)
        if (pt_set_has(b, pt_at(a, i)))
            return true;
    return false;
}

void pt_gql_check_inline(pt_gql_walk *w, pt_value node, pt_value parent) {
    pt_str name = pt_gql_text(node, "TypeCondition");
    pt_value type = pt_gql_def(w, name);
    if (pt_defined(type) && !composite(type))
        PT_GQL_ERROR(w, node, "Fragment cannot condition on non composite type \"%.*s\".",
                     PT_PRI(name));
    if (name.n && !pt_defined(type))
        PT_GQL_ERROR(w, node, "Unknown type \"%.*s\".", PT_PRI(name));
    pt_gql_check_overlaps(w, pt_getz(node, "SelectionSet"), name.n ? type : parent);
    if (!may_be(w, parent, name))
        PT_GQL_ERROR(
            w, node,
            "Fragment cannot be spread here as objects of type \"%.*s\" can never be of type "
            "\"%.*s\".",
            PT_PRI(pt_gql_text(parent, "Name")), PT_PRI(name));
}

void pt_gql_check_spread(pt_gql_walk *w, pt_value node, pt_value parent, pt_value fragment) {
    pt_str name = pt_gql_text(node, "Name");
    pt_str type = pt_gql_text(fragment, "TypeCondition");
    if (w->spreads_count)
        pt_names_add(&w->spread, w->a, name);
    if (!pt_defined(fragment))
        PT_GQL_ERROR(w, node, "Unknown fragment \"%.*s\".", PT_PRI(name));
    else if (!may_be(w, parent, type))
        PT_GQL_ERROR(
            w, node,
            "Fragment \"%.*s\" cannot be spread here as objects of type \"%.*s\" can never be "
            "of type \"%.*s\".",
            PT_PRI(name), PT_PRI(pt_gql_text(parent, "Name")), PT_PRI(type));
}

// All spreads below a selection set.
typedef struct spreads {
    PT_VEC(pt_value) v;
} spreads;

// NOLINTNEXTLINE(misc-no-recursion): PT_GQL_NESTING_MAX
static void collect(pt_gql_walk *w, pt_value set, spreads *ret) {
    for (size_t i = 0; i < pt_len(set); i++) {
        pt_value node = pt_at(set, i);
        pt_value inner = pt_getz(node, "SelectionSet");
        bool spread = !pt_defined(pt_getz(node, "Alias")) &&
                      !pt_defined(pt_getz(node, "TypeCondition")) && !pt_defined(inner);
        pt_value *p = spread ? PT_PUSH(w->a, &ret->v) : NULL;
        if (p)
            *p = node;
        collect(w, inner, ret);
    }
}

// The way from a fragment through others.
typedef struct way {
    spreads path;
    PT_VEC(pt_str) names; // of the fragments on it: one more
} way;

// Is the fragment that the node spreads on the way? Then say so.
static bool told_cycle(pt_gql_walk *w, pt_value node, const way *x) {
    pt_str to = pt_gql_text(node, "Name");
    size_t k = 0;
    while (k < x->names.n && !pt_str_eq(x->names.v[k], to))
        k++;
    if (k == x->names.n)
        return false;
    pt_str via = {0};
    for (size_t j = k; j < x->path.v.n; j++)
        via = pt_arena_printf(w->a, "%.*s%s\"%.*s\"", PT_PRI(via), j > k ? ", " : " via ",
                              PT_PRI(pt_gql_text(x->path.v.v[j], "Name")));
    PT_GQL_ERROR(w, node, "Cannot spread fragment \"%.*s\" within itself%.*s.", PT_PRI(to),
                 PT_PRI(via));
    return true;
}

// NOLINTNEXTLINE(misc-no-recursion): PT_GQL_DEPTH_MAX
static void cycles(pt_gql_walk *w, pt_value fragment, way *x) {
    pt_str name = pt_gql_text(fragment, "Name");
    spreads below = {0};
    if (x->names.n > PT_GQL_DEPTH_MAX)
        pt_call_fault(w->c, PT_FAULT_LIMIT, "the query asks for too much work");
    if (w->c->fault || !pt_names_add(&w->cycled, w->a, name))
        return;
    pt_str *own = PT_PUSH(w->a, &x->names);
    if (!own)
        return;
    *own = name;
    collect(w, pt_getz(fragment, "SelectionSet"), &below);
    for (size_t i = 0; i < below.v.n && !w->c->fault; i++) {
        pt_value node = below.v.v[i];
        pt_value next = pt_get(w->fragments, pt_gql_text(node, "Name"));
        if (told_cycle(w, node, x) || !pt_defined(next))
            continue;
        pt_value *p = PT_PUSH(w->a, &x->path.v);
        if (!p)
            return;
        *p = node;
        cycles(w, next, x);
        x->path.v.n--;
    }
    x->names.n--;
}

void pt_gql_check_fragment(pt_gql_walk *w, pt_value node) {
    pt_str name = pt_gql_text(node, "Name");
    pt_str type_name = pt_gql_text(node, "TypeCondition");
    pt_value type = pt_gql_def(w, type_name);
    if (pt_defined(type) && !composite(type))
        PT_GQL_ERROR(w, node, "Fragment \"%.*s\" cannot condition on non composite type \"%.*s\".",
                     PT_PRI(name), PT_PRI(type_name));
    if (!pt_defined(type)) {
        pt_str text = pt_arena_printf(w->a, "Unknown type \"%.*s\".", PT_PRI(type_name));
        pt_list defs = {.a = w->a};
        for (size_t i = 0; i < pt_len(w->s->types); i++)
            pt_list_add(&defs, pt_val_at(w->s->types, i));
        pt_gql_suggest(w, &text, "Did you mean", type_name, pt_list_end(&defs));
        pt_gql_error(w, node, text);
    }
    way x = {0};
    cycles(w, node, &x);
    if (pt_names_find(&w->spread, name) == PT_NAMES_NONE)
        PT_GQL_ERROR(w, node, "Fragment \"%.*s\" is never used.", PT_PRI(name));
    pt_gql_check_overlaps(w, pt_getz(node, "SelectionSet"), type);
    if (pt_gql_pos_of(pt_get(w->fragments, name)) != pt_gql_pos_of(node))
        PT_GQL_ERROR(w, node, "There can be only one fragment named \"%.*s\".", PT_PRI(name));
}

// -- operations -----------------------------------------------------------------------------------

static void unused_variables(pt_gql_walk *w, pt_value vars, pt_str name) {
    for (size_t i = 0; i < pt_len(vars); i++) {
        pt_str var = pt_gql_text(pt_at(vars, i), "Variable");
        bool again = !pt_eq(pt_get(w->variables, var), pt_at(vars, i));
        if (!again &&
            pt_names_find(&w->used, var) != PT_NAMES_NONE) // the first of its name is meant
            continue;
        if (name.n)
            PT_GQL_ERROR(w, pt_at(vars, i),
                         "Variable \"$%.*s\" is never used in operation \"%.*s\".", PT_PRI(var),
                         PT_PRI(name));
        else
            PT_GQL_ERROR(w, pt_at(vars, i), "Variable \"$%.*s\" is never used.", PT_PRI(var));
    }
}

typedef struct top { // fields at the top of a subscription
    spreads fields;
    pt_names names, through; // of the fields, each once; of fragments
    unsigned depth;
} top;

// NOLINTNEXTLINE(misc-no-recursion): PT_GQL_NESTING_MAX, through fragments too
static void top_fields(pt_gql_walk *w, pt_value set, top *ret) {
    if (ret->depth >= PT_GQL_NESTING_MAX)
        pt_call_fault(w->c, PT_FAULT_LIMIT, "the query asks for too much work");
    ret->depth++;
    for (size_t i = 0; i < pt_len(set) && !w->c->fault; i++) {
        pt_value node = pt_at(set, i);
        pt_str name = pt_gql_text(node, "Name");
        if (pt_defined(pt_getz(node, "TypeCondition"))) {
            top_fields(w, pt_getz(node, "SelectionSet"), ret);
        } else if (pt_defined(pt_getz(node, "Alias"))) {
            pt_value *p =
                pt_names_add(&ret->names, w->a, name) ? PT_PUSH(w->a, &ret->fields.v) : NULL;
            if (p)
                *p = node;
        } else if (pt_names_add(&ret->through, w->a, name)) {
            top_fields(w, pt_getz(pt_get(w->fragments, name), "SelectionSet"), ret);
        }
    }
    ret->depth--;
}

static void single_field(pt_gql_walk *w, pt_value op) {
    pt_str name = pt_gql_text(op, "Name");
    if (!w->s->roots[2].n || !pt_str_eqz(pt_gql_text(op, "Operation"), "subscription"))
        return;
    top t = {0};
    top_fields(w, pt_getz(op, "SelectionSet"), &t);
    pt_str who = name.n ? pt_arena_printf(w->a, "Subscription \"%.*s\"", PT_PRI(name))
                        : PT_STR("Anonymous Subscription");
    const spreads *f = &t.fields;
    if (f->v.n > 1)
        PT_GQL_ERROR(w, f->v.v[1], "%.*s must select only one top level field.", PT_PRI(who));
    for (size_t i = 0; i < f->v.n; i++)
        if (pt_str_starts(pt_gql_text(f->v.v[i], "Name"), PT_STR("__")))
            PT_GQL_ERROR(w, f->v.v[i], "%.*s must not select an introspection top level field.",
                         PT_PRI(who));
}

void pt_gql_check_operation(pt_gql_walk *w, pt_value op) {
    pt_value ops = pt_getz(w->query, "Operations");
    pt_value vars = pt_getz(op, "VariableDefinitions");
    pt_str name = pt_gql_text(op, "Name");
    pt_str kind = pt_gql_text(op, "Operation");
    size_t k = 0;
    while (k + 1 < PT_COUNT(pt_gql_operations) && !pt_str_eqz(kind, pt_gql_operations[k]))
        k++;
    pt_value root = pt_gql_def(w, w->s->roots[k]);
    if (!pt_defined(root))
        PT_GQL_ERROR(w, op, "Schema does not support operation type \"%.*s\"", PT_PRI(kind));
    if (!name.n && pt_len(ops) > 1)
        PT_GQL_ERROR(w, op, "This anonymous operation must be the only defined operation.");
    unused_variables(w, vars, name);
    pt_gql_check_overlaps(w, pt_getz(op, "SelectionSet"), root);
    single_field(w, op);
    if (!pt_names_add(&w->operations, w->a, name))
        PT_GQL_ERROR(w, op, "There can be only one operation named \"%.*s\".", PT_PRI(name));
    once(w, vars, "Variable", "variable named \"$");
    for (size_t i = 0; i < pt_len(vars); i++) {
        pt_value type = pt_getz(pt_at(vars, i), "Type");
        pt_value def = pt_gql_def(w, pt_gql_type_name(type));
        pt_str text = pt_gql_type_text(w->a, type);
        if (pt_defined(def) && !pt_gql_kind_is(def, "SCALAR ENUM INPUT_OBJECT"))
            PT_GQL_ERROR(w, pt_at(vars, i), "Variable \"$%.*s\" cannot be non-input type \"%.*s\".",
                         PT_PRI(pt_gql_text(pt_at(vars, i), "Variable")), PT_PRI(text));
    }
}
