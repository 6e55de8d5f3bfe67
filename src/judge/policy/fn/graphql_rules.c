// The rules for queries (section 5 of the specification), in gqlparser's order and words.
#include <stdlib.h>
#include <string.h>

#include "judge/policy/fn/graphql.h"

// -- suggestions ----------------------------------------------------------------------------------

#define NAME_MAX 100 // longer ones are never alike

static char lower(char c) {
    return c >= 'A' && c <= 'Z' ? (char)(c + 32) : c;
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

void pt_gql_suggest(pt_gql_walk *w, pt_str *text, const char *prefix, pt_str typed,
                    pt_value options, const char *key, bool quoted) {
    pt_str best[5] = {0};
    size_t far[5], n = 0, total = 0, threshold = typed.n * 4 / 10 + 1;
    for (size_t i = 0; i < pt_len(options); i++) {
        pt_str option = pt_gql_text(pt_at(options, i), key);
        size_t d = distance(typed, option), at = n;
        if (d > threshold)
            continue;
        total++;
        while (at > 0 && far[at - 1] > d)
            at--;
        if (at == 5)
            continue;
        n = least(n + 1, 5);
        for (size_t k = n - 1; k > at; k--) {
            best[k] = best[k - 1];
            far[k] = far[k - 1];
        }
        best[at] = option;
        far[at] = d;
    }
    if (!total)
        return;
    const char *q = quoted ? "\"" : "";
    pt_str list = {0};
    for (size_t i = 0; i < n; i++) {
        const char *sep = i == 0 ? "" : n == 2 ? " or " : i + 1 == n ? ", or " : ", ";
        list = pt_arena_printf(w->a, "%.*s%s%s%.*s%s", PT_PRI(list), sep, q, PT_PRI(best[i]), q);
    }
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
        if (pt_defined(pt_gql_named(pt_getz(def, "Fields"), "Name", name)))
            pt_list_add(&l, pt_at(possible, i));
    }
    return l.items.n ? pt_set_of(w->a, l.items.v, l.items.n) : pt_undefined();
}

static void unknown_field(pt_gql_walk *w, pt_value f, pt_value parent) {
    pt_str name = pt_gql_text(f, "Name");
    pt_str text = pt_arena_printf(w->a, "Cannot query field \"%.*s\" on type \"%.*s\".",
                                  PT_PRI(name), PT_PRI(pt_gql_text(parent, "Name")));
    pt_value types = types_with(w, parent, name);
    size_t n = least(pt_len(types), 5);
    pt_str list = {0};
    for (size_t i = 0; i < n; i++)
        list = pt_arena_printf(w->a, "%.*s%s\"%.*s\"", PT_PRI(list),
                               i == 0       ? ""
                               : n == 2     ? " or "
                               : i + 1 == n ? ", or "
                                            : ", ",
                               PT_PRI(pt_text(pt_at(types, i))));
    if (n)
        text = pt_arena_printf(w->a, "%.*s Did you mean to use an inline fragment on %.*s?",
                               PT_PRI(text), PT_PRI(list));
    else if (pt_gql_kind_is(parent, "OBJECT INTERFACE"))
        pt_gql_suggest(w, &text, "Did you mean", name, pt_getz(parent, "Fields"), "Name", true);
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
        pt_gql_suggest(w, &text, "Did you mean", name, defs, "Name", true);
        pt_gql_error(w, node, text);
    }
}

static void required_arguments(pt_gql_walk *w, pt_value node, pt_value defs, pt_str who) {
    pt_value args = pt_getz(node, "Arguments");
    for (size_t i = 0; i < pt_len(defs); i++) {
        pt_value def = pt_at(defs, i), type = pt_getz(def, "Type");
        pt_str name = pt_gql_text(def, "Name"), text = pt_gql_type_text(w->a, type);
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
    PT_VEC(pt_str) seen = {0};
    for (size_t i = 0; i < pt_len(list); i++) {
        pt_str name = pt_gql_text(pt_at(list, i), key);
        if (pt_gql_seen(seen.v, seen.n, name))
            PT_GQL_ERROR(w, pt_at(list, i), "There can be only one %s%.*s\".", what, PT_PRI(name));
        pt_str *p = PT_PUSH(w->a, &seen);
        if (p)
            *p = name;
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
    pt_value args = pt_getz(def, "Arguments"), places = pt_getz(def, "Locations");
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
    for (size_t i = 0; i < pt_len(dirs); i++) {
        pt_str name = pt_gql_text(pt_at(dirs, i), "Name");
        bool repeated = false;
        for (size_t k = 0; k < i; k++)
            repeated = repeated || pt_str_eq(pt_gql_text(pt_at(dirs, k), "Name"), name);
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
        for (size_t k = 0; k < pt_len(b); k++)
            if (pt_eq(pt_at(a, i), pt_at(b, k)))
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
    pt_str name = pt_gql_text(node, "Name"), type = pt_gql_text(fragment, "TypeCondition");
    pt_str *p = PT_PUSH(w->a, &w->spread);
    if (p)
        *p = name;
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

static void collect(pt_gql_walk *w, pt_value set, spreads *ret) {
    for (size_t i = 0; i < pt_len(set); i++) {
        pt_value node = pt_at(set, i), inner = pt_getz(node, "SelectionSet");
        bool spread = !pt_defined(pt_getz(node, "Alias")) &&
                      !pt_defined(pt_getz(node, "TypeCondition")) && !pt_defined(inner);
        pt_value *p = spread ? PT_PUSH(w->a, &ret->v) : NULL;
        if (p)
            *p = node;
        collect(w, inner, ret);
    }
}

static void cycles(pt_gql_walk *w, pt_value fragment, spreads *path, spreads *names) {
    pt_str name = pt_gql_text(fragment, "Name");
    spreads below = {0};
    if (pt_gql_seen(w->cycled.v, w->cycled.n, name) || names->v.n > PT_GQL_DEPTH_MAX)
        return;
    pt_str *done = PT_PUSH(w->a, &w->cycled);
    pt_value *own = PT_PUSH(w->a, &names->v);
    if (!done || !own)
        return;
    *done = name;
    *own = pt_string(name);
    collect(w, pt_getz(fragment, "SelectionSet"), &below);
    for (size_t i = 0; i < below.v.n; i++) {
        pt_value node = below.v.v[i];
        pt_str to = pt_gql_text(node, "Name");
        size_t k = 0;
        while (k < names->v.n && !pt_str_eq(pt_text(names->v.v[k]), to))
            k++;
        pt_str via = {0};
        for (size_t j = k; k < names->v.n && j < path->v.n; j++)
            via = pt_arena_printf(w->a, "%.*s%s\"%.*s\"", PT_PRI(via), j > k ? ", " : " via ",
                                  PT_PRI(pt_gql_text(path->v.v[j], "Name")));
        if (k < names->v.n) {
            PT_GQL_ERROR(w, node, "Cannot spread fragment \"%.*s\" within itself%.*s.", PT_PRI(to),
                         PT_PRI(via));
            continue;
        }
        pt_value next = pt_gql_named(pt_getz(w->query, "Fragments"), "Name", to);
        pt_value *p = PT_PUSH(w->a, &path->v);
        if (!p)
            return;
        *p = node;
        if (pt_defined(next))
            cycles(w, next, path, names);
        path->v.n--;
    }
    names->v.n--;
}

void pt_gql_check_fragment(pt_gql_walk *w, pt_value node) {
    pt_str name = pt_gql_text(node, "Name"), type_name = pt_gql_text(node, "TypeCondition");
    pt_value type = pt_gql_def(w, type_name), all = pt_getz(w->query, "Fragments");
    if (pt_defined(type) && !composite(type))
        PT_GQL_ERROR(w, node, "Fragment \"%.*s\" cannot condition on non composite type \"%.*s\".",
                     PT_PRI(name), PT_PRI(type_name));
    if (!pt_defined(type)) {
        pt_str text = pt_arena_printf(w->a, "Unknown type \"%.*s\".", PT_PRI(type_name));
        pt_list defs = {.a = w->a};
        for (size_t i = 0; i < pt_len(w->s->types); i++)
            pt_list_add(&defs, pt_val_at(w->s->types, i));
        pt_gql_suggest(w, &text, "Did you mean", type_name, pt_list_end(&defs), "Name", true);
        pt_gql_error(w, node, text);
    }
    spreads path = {0}, names = {0};
    cycles(w, node, &path, &names);
    if (!pt_gql_seen(w->spread.v, w->spread.n, name))
        PT_GQL_ERROR(w, node, "Fragment \"%.*s\" is never used.", PT_PRI(name));
    pt_gql_check_overlaps(w, pt_getz(node, "SelectionSet"), type);
    size_t i = 0;
    while (i < pt_len(all) && !pt_str_eq(pt_gql_text(pt_at(all, i), "Name"), name))
        i++;
    if (pt_gql_pos_of(pt_at(all, i)) != pt_gql_pos_of(node))
        PT_GQL_ERROR(w, node, "There can be only one fragment named \"%.*s\".", PT_PRI(name));
}

// -- operations -----------------------------------------------------------------------------------

static void unused_variables(pt_gql_walk *w, pt_value vars, pt_str name) {
    for (size_t i = 0; i < pt_len(vars); i++) {
        pt_str var = pt_gql_text(pt_at(vars, i), "Variable");
        bool again = !pt_eq(pt_gql_named(vars, "Variable", var), pt_at(vars, i));
        if (!again && pt_gql_seen(w->used.v, w->used.n, var)) // the first of its name is meant
            continue;
        if (name.n)
            PT_GQL_ERROR(w, pt_at(vars, i),
                         "Variable \"$%.*s\" is never used in operation \"%.*s\".", PT_PRI(var),
                         PT_PRI(name));
        else
            PT_GQL_ERROR(w, pt_at(vars, i), "Variable \"$%.*s\" is never used.", PT_PRI(var));
    }
}

// Fields at the top of a subscription, each name once.
static void top_fields(pt_gql_walk *w, pt_value set, spreads *ret, spreads *through) {
    for (size_t i = 0; i < pt_len(set); i++) {
        pt_value node = pt_at(set, i);
        pt_str name = pt_gql_text(node, "Name");
        bool is_field = pt_defined(pt_getz(node, "Alias")), seen = false;
        spreads *in = is_field ? ret : through;
        for (size_t k = 0; k < in->v.n; k++)
            seen = seen || pt_str_eq(pt_gql_text(in->v.v[k], "Name"), name);
        bool inline_fragment = pt_defined(pt_getz(node, "TypeCondition"));
        pt_value *p = !seen && !inline_fragment ? PT_PUSH(w->a, &in->v) : NULL;
        if (p)
            *p = node;
        if (inline_fragment)
            top_fields(w, pt_getz(node, "SelectionSet"), ret, through);
        else if (!is_field && !seen)
            top_fields(
                w,
                pt_getz(pt_gql_named(pt_getz(w->query, "Fragments"), "Name", name), "SelectionSet"),
                ret, through);
    }
}

static void single_field(pt_gql_walk *w, pt_value op) {
    pt_str name = pt_gql_text(op, "Name");
    if (!w->s->roots[2].n || !pt_str_eqz(pt_gql_text(op, "Operation"), "subscription"))
        return;
    spreads fields = {0}, through = {0};
    top_fields(w, pt_getz(op, "SelectionSet"), &fields, &through);
    pt_str who = name.n ? pt_arena_printf(w->a, "Subscription \"%.*s\"", PT_PRI(name))
                        : PT_STR("Anonymous Subscription");
    if (fields.v.n > 1)
        PT_GQL_ERROR(w, fields.v.v[1], "%.*s must select only one top level field.", PT_PRI(who));
    for (size_t i = 0; i < fields.v.n; i++)
        if (pt_str_starts(pt_gql_text(fields.v.v[i], "Name"), PT_STR("__")))
            PT_GQL_ERROR(w, fields.v.v[i], "%.*s must not select an introspection top level field.",
                         PT_PRI(who));
}

void pt_gql_check_operation(pt_gql_walk *w, pt_value op, size_t index) {
    pt_value ops = pt_getz(w->query, "Operations"), vars = pt_getz(op, "VariableDefinitions");
    pt_str name = pt_gql_text(op, "Name"), kind = pt_gql_text(op, "Operation");
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
    for (size_t i = 0, told = 0; i < index && !told; i++) {
        told = pt_str_eq(pt_gql_text(pt_at(ops, i), "Name"), name);
        if (told)
            PT_GQL_ERROR(w, op, "There can be only one operation named \"%.*s\".", PT_PRI(name));
    }
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
