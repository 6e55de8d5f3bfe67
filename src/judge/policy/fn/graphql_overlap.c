// Fields of one response name must be the same field (section 5.3.2 of the specification).
#include "judge/policy/fn/graphql.h"

#define PAIRS_MAX 1000000

typedef struct found { // a field, and what it is a field of
    pt_value node, parent, def;
    pt_str name; // in the response
} found;

typedef struct fields {
    PT_VEC(found) v;
    PT_VEC(pt_str) through; // fragments
} fields;

static pt_str response_name(pt_value f) {
    pt_str alias = pt_gql_text(f, "Alias");
    return alias.n ? alias : pt_gql_text(f, "Name");
}

// NOLINTNEXTLINE(misc-no-recursion) depth: the walker's, and each fragment once
static void collect(pt_gql_walk *w, pt_value set, pt_value parent, fields *ret) {
    for (size_t i = 0; i < pt_len(set); i++) {
        pt_value node = pt_at(set, i);
        pt_str type = pt_gql_text(node, "TypeCondition"), name = pt_gql_text(node, "Name");
        if (pt_defined(pt_getz(node, "Alias"))) {
            found *f = PT_PUSH(w->a, &ret->v);
            if (f)
                *f = (found){node, parent, pt_gql_named(pt_getz(parent, "Fields"), "Name", name),
                             response_name(node)};
        } else if (pt_defined(pt_getz(node, "SelectionSet"))) {
            collect(w, pt_getz(node, "SelectionSet"), type.n ? pt_gql_def(w, type) : parent, ret);
        } else if (!pt_gql_seen(ret->through.v, ret->through.n, name)) {
            pt_str *p = PT_PUSH(w->a, &ret->through);
            pt_value def = pt_gql_named(pt_getz(w->query, "Fragments"), "Name", name);
            if (!p)
                return;
            *p = name;
            collect(w, pt_getz(def, "SelectionSet"),
                    pt_gql_def(w, pt_gql_text(def, "TypeCondition")), ret);
        }
    }
}

static bool same_value(pt_value a, pt_value b) {
    pt_value x = pt_getz(a, "Children"), y = pt_getz(b, "Children");
    if (!pt_eq(pt_getz(a, "Kind"), pt_getz(b, "Kind")) ||
        !pt_str_eq(pt_gql_text(a, "Raw"), pt_gql_text(b, "Raw")) || pt_len(x) != pt_len(y))
        return false;
    bool object = pt_eq(pt_getz(a, "Kind"), pt_int(PT_GQL_OBJECT));
    for (size_t i = 0; i < pt_len(x); i++) {
        pt_value other =
            object ? pt_gql_named(y, "Name", pt_gql_text(pt_at(x, i), "Name")) : pt_at(y, i);
        if (!pt_defined(other) ||
            !same_value(pt_getz(pt_at(x, i), "Value"), pt_getz(other, "Value")))
            return false;
    }
    return true;
}

static bool same_arguments(pt_value a, pt_value b) {
    if (pt_len(a) != pt_len(b))
        return false;
    for (size_t i = 0; i < pt_len(a); i++) {
        pt_value other = pt_gql_named(b, "Name", pt_gql_text(pt_at(a, i), "Name"));
        if (!pt_defined(other) ||
            !same_value(pt_getz(pt_at(a, i), "Value"), pt_getz(other, "Value")))
            return false;
    }
    return true;
}

static bool types_conflict(pt_gql_walk *w, pt_value a, pt_value b) {
    pt_value ae = pt_getz(a, "Elem"), be = pt_getz(b, "Elem");
    if (pt_defined(ae) && pt_defined(be))
        return types_conflict(w, ae, be);
    if (pt_defined(ae) || pt_defined(be))
        return true;
    if (pt_true(pt_getz(a, "NonNull")) != pt_true(pt_getz(b, "NonNull")))
        return true;
    pt_str x = pt_gql_text(a, "NamedType"), y = pt_gql_text(b, "NamedType");
    return pt_gql_kind_is(pt_gql_def(w, x), "SCALAR ENUM") &&
           pt_gql_kind_is(pt_gql_def(w, y), "SCALAR ENUM") && !pt_str_eq(x, y);
}

static pt_str conflict(pt_gql_walk *w, const found *a, const found *b, bool apart, unsigned depth);

// Conflicts between what two fields select.
static pt_str below(pt_gql_walk *w, const found *a, const found *b, bool apart, unsigned depth) {
    fields x = {0}, y = {0};
    pt_str why = {0};
    collect(w, pt_getz(a->node, "SelectionSet"),
            pt_gql_def(w, pt_gql_type_name(pt_getz(a->def, "Type"))), &x);
    collect(w, pt_getz(b->node, "SelectionSet"),
            pt_gql_def(w, pt_gql_type_name(pt_getz(b->def, "Type"))), &y);
    for (size_t i = 0; i < x.v.n; i++) {
        for (size_t k = 0; k < y.v.n; k++) {
            if (!pt_str_eq(x.v.v[i].name, y.v.v[k].name))
                continue;
            pt_str s = conflict(w, &x.v.v[i], &y.v.v[k], apart, depth + 1);
            if (s.n)
                why = pt_arena_printf(w->a, "%.*s%ssubfields \"%.*s\" conflict because %.*s",
                                      PT_PRI(why), why.n ? " and " : "", PT_PRI(x.v.v[i].name),
                                      PT_PRI(s));
        }
    }
    return why;
}

// Why two fields of one response name conflict; empty: they do not. `apart`: they are of types that
// no object has both. NOLINTNEXTLINE(misc-no-recursion) depth: PT_GQL_DEPTH_MAX
static pt_str conflict(pt_gql_walk *w, const found *a, const found *b, bool apart, unsigned depth) {
    pt_str x = pt_gql_text(a->node, "Name"), y = pt_gql_text(b->node, "Name");
    if (++w->steps > PAIRS_MAX || depth > PT_GQL_DEPTH_MAX || w->c->fault) {
        pt_call_fault(w->c, PT_FAULT_LIMIT, "the query asks for too much work");
        return (pt_str){0};
    }
    if (!pt_defined(a->parent) || !pt_defined(b->parent))
        return (pt_str){0};
    apart = apart || (!pt_str_eq(pt_gql_text(a->parent, "Name"), pt_gql_text(b->parent, "Name")) &&
                      pt_gql_kind_is(a->parent, "OBJECT") && pt_gql_kind_is(b->parent, "OBJECT") &&
                      pt_defined(a->def) && pt_defined(b->def));
    if (!apart && !pt_str_eq(x, y))
        return pt_arena_printf(w->a, "\"%.*s\" and \"%.*s\" are different fields", PT_PRI(x),
                               PT_PRI(y));
    if (!apart && !same_arguments(pt_getz(a->node, "Arguments"), pt_getz(b->node, "Arguments")))
        return PT_STR("they have differing arguments");
    pt_value at = pt_getz(a->def, "Type"), bt = pt_getz(b->def, "Type");
    if (pt_defined(at) && pt_defined(bt) && types_conflict(w, at, bt)) {
        pt_str p = pt_gql_type_text(w->a, at), q = pt_gql_type_text(w->a, bt);
        return pt_arena_printf(w->a, "they return conflicting types \"%.*s\" and \"%.*s\"",
                               PT_PRI(p), PT_PRI(q));
    }
    return below(w, a, b, apart, depth);
}

void pt_gql_check_overlaps(pt_gql_walk *w, pt_value set, pt_value parent) {
    fields f = {0};
    collect(w, set, parent, &f);
    for (size_t i = 0; i < f.v.n && !w->c->fault; i++) {
        for (size_t k = i + 1; k < f.v.n; k++) {
            if (!pt_str_eq(f.v.v[i].name, f.v.v[k].name))
                continue;
            pt_str why = conflict(w, &f.v.v[i], &f.v.v[k], false, 0);
            if (why.n)
                PT_GQL_ERROR(w, f.v.v[k].node,
                             "Fields \"%.*s\" conflict because %.*s. Use different aliases on the "
                             "fields to fetch both if this was intentional.",
                             PT_PRI(f.v.v[i].name), PT_PRI(why));
        }
    }
}
