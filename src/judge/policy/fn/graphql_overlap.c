// Fields of one response name must be the same field (section 5.3.2 of the specification).
#include "judge/policy/fn/graphql.h"

#define PAIRS_MAX 1000000

typedef struct found { // a field, and what it is a field of
    pt_value node, parent, def;
    pt_str name; // in the response
    size_t next; // number of the next one of that name, or NONE
} found;

typedef struct ends { // of the chain of fields of one name
    size_t first, last;
} ends;

#define NONE SIZE_MAX

typedef struct fields {
    PT_VEC(found) v;
    pt_names names;
    PT_VEC(ends) chains; // by the names' numbers
    pt_names through;    // fragments
    unsigned depth;
} fields;

static pt_str response_name(pt_value f) {
    pt_str alias = pt_gql_text(f, "Alias");
    return alias.n ? alias : pt_gql_text(f, "Name");
}

static void add(pt_gql_walk *w, fields *ret, pt_value node, pt_value parent) {
    size_t n = ret->v.n;
    pt_value def = pt_gql_field(w->s, parent, pt_gql_text(node, "Name"));
    pt_str name = response_name(node);
    bool first = pt_names_add(&ret->names, w->a, name);
    found *f = PT_PUSH(w->a, &ret->v);
    ends *new = first ? PT_PUSH(w->a, &ret->chains) : NULL;
    size_t number = pt_names_find(&ret->names, name);
    if (!f || number >= ret->chains.n) { // no memory
        pt_call_full(w->c);
        return;
    }
    *f = (found){node, parent, def, name, NONE};
    if (new)
        *new = (ends){n, n};
    ends *chain = &ret->chains.v[number];
    if (chain->last != n)
        ret->v.v[chain->last].next = n;
    chain->last = n;
}

// The first field of that name, or NONE.
static size_t first_of(const fields *f, pt_str name) {
    size_t number = pt_names_find(&f->names, name);
    return number == PT_NAMES_NONE ? NONE : f->chains.v[number].first;
}

static bool too_much(pt_gql_walk *w) {
    pt_call_fault(w->c, PT_FAULT_LIMIT, "the query asks for too much work");
    return true;
}

// NOLINTNEXTLINE(misc-no-recursion): PT_GQL_NESTING_MAX, through fragments too
static void collect(pt_gql_walk *w, pt_value set, pt_value parent, fields *ret) {
    if (ret->depth >= PT_GQL_NESTING_MAX && too_much(w))
        return;
    ret->depth++;
    for (size_t i = 0; i < pt_len(set) && !w->c->fault; i++) {
        pt_value node = pt_at(set, i);
        pt_str type = pt_gql_text(node, "TypeCondition");
        pt_str name = pt_gql_text(node, "Name");
        if (pt_defined(pt_getz(node, "Alias"))) {
            add(w, ret, node, parent);
        } else if (pt_defined(pt_getz(node, "SelectionSet"))) {
            collect(w, pt_getz(node, "SelectionSet"), type.n ? pt_gql_def(w, type) : parent, ret);
        } else if (pt_names_add(&ret->through, w->a, name)) {
            pt_value def = pt_get(w->fragments, name);
            collect(w, pt_getz(def, "SelectionSet"),
                    pt_gql_def(w, pt_gql_text(def, "TypeCondition")), ret);
        }
        if (++w->collected % 1024 == 0 && pt_call_stop(w->c))
            break;
    }
    ret->depth--;
}

// NOLINTNEXTLINE(misc-no-recursion): PT_GQL_NESTING_MAX
static bool same_value(pt_value a, pt_value b) {
    pt_value x = pt_getz(a, "Children");
    pt_value y = pt_getz(b, "Children");
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

// NOLINTNEXTLINE(misc-no-recursion): PT_GQL_NESTING_MAX
static bool types_conflict(pt_gql_walk *w, pt_value a, pt_value b) {
    pt_value ae = pt_getz(a, "Elem");
    pt_value be = pt_getz(b, "Elem");
    if (pt_defined(ae) && pt_defined(be))
        return types_conflict(w, ae, be);
    if (pt_defined(ae) || pt_defined(be))
        return true;
    if (pt_true(pt_getz(a, "NonNull")) != pt_true(pt_getz(b, "NonNull")))
        return true;
    pt_str x = pt_gql_text(a, "NamedType");
    pt_str y = pt_gql_text(b, "NamedType");
    return pt_gql_kind_is(pt_gql_def(w, x), "SCALAR ENUM") &&
           pt_gql_kind_is(pt_gql_def(w, y), "SCALAR ENUM") && !pt_str_eq(x, y);
}

static pt_str conflict(pt_gql_walk *w, const found *a, const found *b, bool apart, unsigned depth);

// Conflicts between what two fields select.
// NOLINTNEXTLINE(misc-no-recursion): PT_GQL_DEPTH_MAX, of conflict
static pt_str below(pt_gql_walk *w, const found *a, const found *b, bool apart, unsigned depth) {
    fields x = {0};
    fields y = {0};
    pt_str why = {0};
    collect(w, pt_getz(a->node, "SelectionSet"),
            pt_gql_def(w, pt_gql_type_name(pt_getz(a->def, "Type"))), &x);
    collect(w, pt_getz(b->node, "SelectionSet"),
            pt_gql_def(w, pt_gql_type_name(pt_getz(b->def, "Type"))), &y);
    for (size_t i = 0; i < x.v.n && !w->c->fault; i++) {
        for (size_t k = first_of(&y, x.v.v[i].name); k != NONE; k = y.v.v[k].next) {
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
// no object has both.
// NOLINTNEXTLINE(misc-no-recursion): PT_GQL_DEPTH_MAX
static pt_str conflict(pt_gql_walk *w, const found *a, const found *b, bool apart, unsigned depth) {
    pt_str x = pt_gql_text(a->node, "Name");
    pt_str y = pt_gql_text(b->node, "Name");
    if (w->c->fault || (++w->steps % 256 == 0 && pt_call_stop(w->c)))
        return (pt_str){0};
    if ((w->steps > PAIRS_MAX || depth > PT_GQL_DEPTH_MAX) && too_much(w))
        return (pt_str){0};
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
    pt_value at = pt_getz(a->def, "Type");
    pt_value bt = pt_getz(b->def, "Type");
    if (pt_defined(at) && pt_defined(bt) && types_conflict(w, at, bt)) {
        pt_str p = pt_gql_type_text(w->a, at);
        pt_str q = pt_gql_type_text(w->a, bt);
        return pt_arena_printf(w->a, "they return conflicting types \"%.*s\" and \"%.*s\"",
                               PT_PRI(p), PT_PRI(q));
    }
    return below(w, a, b, apart, depth);
}

void pt_gql_check_overlaps(pt_gql_walk *w, pt_value set, pt_value parent) {
    fields f = {0};
    if (!w->c->fault)
        collect(w, set, parent, &f);
    for (size_t i = 0; i < f.v.n && !w->c->fault; i++) {
        for (size_t k = f.v.v[i].next; k != NONE && !w->c->fault; k = f.v.v[k].next) {
            pt_str why = conflict(w, &f.v.v[i], &f.v.v[k], false, 0);
            if (why.n)
                PT_GQL_ERROR(w, f.v.v[k].node,
                             "Fields \"%.*s\" conflict because %.*s. Use different aliases on the "
                             "fields to fetch both if this was intentional.",
                             PT_PRI(f.v.v[i].name), PT_PRI(why));
        }
    }
}
