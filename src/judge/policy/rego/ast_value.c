// Terms and literals as values. Each node is made together with its key, so that the items of sets
// and objects can be put into OPA's order without looking at them twice.
#include <stdlib.h>

#include "judge/policy/rego/ast_impl.h"
#include "judge/policy/rego/parse_impl.h"

// OPA's order of kinds; those of values first.
enum {
    ORDER_NULL,
    ORDER_BOOL,
    ORDER_NUMBER,
    ORDER_STRING,
    ORDER_TEMPLATE,
    ORDER_VAR,
    ORDER_REF,
    ORDER_ARRAY,
    ORDER_OBJECT,
    ORDER_SET,
    ORDER_ARRAY_COMPR,
    ORDER_OBJECT_COMPR,
    ORDER_SET_COMPR,
    ORDER_CALL,
    ORDER_EXPR = 100,
};

// -- small ones -----------------------------------------------------------------------------------

static pt_value array(pt_arena *a, const pt_value *items, size_t n) {
    return pt_array_of(a, items, n);
}

// {"type": …, "value": …}, [order, key].
static pt_ast_node typed(const pt_ast_maker *m, const char *type, int order, pt_ast_node n) {
    pt_obj o = {.a = m->a};
    pt_obj_set(&o, "type", pt_stringz(type));
    pt_obj_set(&o, "value", n.value);
    return (pt_ast_node){pt_obj_end(&o), array(m->a, (pt_value[]){pt_int(order), n.key}, 2)};
}

static pt_ast_node constant(const pt_ast_maker *m, const pt_term *t) {
    static const int orders[] = {[PT_NULL] = ORDER_NULL,
                                 [PT_BOOL] = ORDER_BOOL,
                                 [PT_NUMBER] = ORDER_NUMBER,
                                 [PT_STRING] = ORDER_STRING};
    pt_tag tag = pt_tag_of(t->value);
    pt_value v = tag == PT_NULL ? pt_object_of(m->a, NULL, 0, NULL) : t->value; // Go's struct{}
    return typed(m, pt_tag_name(tag), orders[tag], (pt_ast_node){v, t->value});
}

static pt_ast_node variable(const pt_ast_maker *m, const pt_term *t) {
    pt_value name = pt_string(t->sym->name);
    return typed(m, "var", ORDER_VAR, (pt_ast_node){name, name});
}

// A growing array of nodes.
typedef struct pt_ast_nodes {
    pt_list values, keys;
} pt_ast_nodes;

static pt_ast_nodes nodes_of(const pt_ast_maker *m) {
    return (pt_ast_nodes){{.a = m->a}, {.a = m->a}};
}

static void add(pt_ast_nodes *l, pt_ast_node n) {
    pt_list_add(&l->values, n.value);
    pt_list_add(&l->keys, n.key);
}

static pt_ast_node end(pt_ast_nodes *l) {
    return (pt_ast_node){pt_list_end(&l->values), pt_list_end(&l->keys)};
}

// -- what is sorted -------------------------------------------------------------------------------

typedef struct pt_entry {
    pt_ast_node item, of; // of: the value of an object's key
    size_t at;            // where it stands in the source
} pt_entry;

static int by_key(const void *a, const void *b) {
    const pt_entry *x = a;
    const pt_entry *y = b;
    int c = pt_cmp(x->item.key, y->item.key);
    return c ? c : (x->at > y->at) - (x->at < y->at);
}

// Sort them. Of equal items in a set the first stays, of equal keys all do: OPA's parser makes
// objects without looking for an earlier one.
static size_t settle(pt_entry *v, size_t n, bool set) {
    qsort(v, n, sizeof *v, by_key);
    size_t kept = 0;
    for (size_t i = 0; i < n; i++) {
        if (set && kept && pt_eq(v[kept - 1].item.key, v[i].item.key))
            continue;
        v[kept++] = v[i];
    }
    return kept;
}

// NOLINTBEGIN(misc-no-recursion): terms and bodies nest up to PT_REGO_NESTING_MAX

static pt_ast_node collection(const pt_ast_maker *m, const pt_term *t) {
    static const pt_ast_node none;
    bool set = t->kind == PT_TERM_SET;
    size_t step = set ? 1 : 2;
    pt_entry *v = PT_NEW(m->a, pt_entry, t->items.n / step);
    if (!v)
        return none;
    size_t n = 0;
    for (size_t i = 0; i < t->items.n; i += step, n++) {
        v[n].item = pt_ast_of_term(m, t->items.v[i]);
        v[n].of = set ? none : pt_ast_of_term(m, t->items.v[i + 1]);
        v[n].at = n;
        if (!pt_defined(v[n].item.key))
            return none;
    }
    n = settle(v, n, set);
    pt_ast_nodes l = nodes_of(m);
    for (size_t i = 0; i < n; i++) {
        pt_value pair[] = {v[i].item.value, v[i].of.value};
        pt_list_add(&l.values, set ? pair[0] : array(m->a, pair, 2));
        pt_list_add(&l.keys, v[i].item.key);
        if (!set)
            pt_list_add(&l.keys, v[i].of.key);
    }
    return typed(m, set ? "set" : "object", set ? ORDER_SET : ORDER_OBJECT, end(&l));
}

// -- refs and calls -------------------------------------------------------------------------------

// The head of a ref is a variable even where it is `input`.
static pt_ast_node head(const pt_ast_maker *m, const pt_term *t) {
    return t->kind == PT_TERM_VAR ? variable(m, t) : pt_ast_of_term(m, t);
}

static pt_ast_node steps(const pt_ast_maker *m, const pt_term *t) {
    pt_ast_nodes l = nodes_of(m);
    if (t->kind != PT_TERM_REF)
        add(&l, head(m, t));
    for (size_t i = 0; t->kind == PT_TERM_REF && i < t->items.n; i++)
        add(&l, i == 0 ? head(m, t->items.v[i]) : pt_ast_of_term(m, t->items.v[i]));
    return end(&l);
}

pt_value pt_ast_path(const pt_ast_maker *m, const pt_term *ref) {
    return steps(m, ref).value;
}

static pt_ast_node ref_of(const pt_ast_maker *m, const pt_term *t) {
    return typed(m, "ref", ORDER_REF, steps(m, t));
}

static pt_ast_node call_items(const pt_ast_maker *m, const pt_term *t) {
    pt_ast_nodes l = nodes_of(m);
    const pt_term *op = t->items.v[0];
    bool named = op->kind == PT_TERM_VAR || op->kind == PT_TERM_REF;
    add(&l, named ? ref_of(m, op) : pt_ast_of_term(m, op));
    for (size_t i = 1; i < t->items.n; i++)
        add(&l, pt_ast_of_term(m, t->items.v[i]));
    return end(&l);
}

static pt_ast_node items(const pt_ast_maker *m, const pt_term *t) {
    pt_ast_nodes l = nodes_of(m);
    for (size_t i = 0; i < t->items.n; i++)
        add(&l, pt_ast_of_term(m, t->items.v[i]));
    return end(&l);
}

// -- comprehensions -------------------------------------------------------------------------------

static pt_ast_node comprehension(const pt_ast_maker *m, const pt_term *t) {
    static const struct {
        const char *type, *term;
        int order;
    } kinds[] = {[PT_TERM_ARRAY_COMPR] = {"arraycomprehension", "term", ORDER_ARRAY_COMPR},
                 [PT_TERM_SET_COMPR] = {"setcomprehension", "term", ORDER_SET_COMPR},
                 [PT_TERM_OBJECT_COMPR] = {"objectcomprehension", "value", ORDER_OBJECT_COMPR}};
    pt_obj o = {.a = m->a};
    pt_list keys = {.a = m->a};
    if (t->compr.key) {
        pt_ast_node key = pt_ast_of_term(m, t->compr.key);
        pt_obj_set(&o, "key", key.value);
        pt_list_add(&keys, key.key);
    }
    pt_ast_node term = pt_ast_of_term(m, t->compr.term);
    pt_ast_node body = pt_ast_of_body(m, &t->compr.body);
    pt_obj_set(&o, kinds[t->kind].term, term.value);
    pt_obj_set(&o, "body", body.value);
    pt_list_add(&keys, term.key);
    pt_list_add(&keys, body.key);
    pt_ast_node n = {pt_obj_end(&o), pt_list_end(&keys)};
    return typed(m, kinds[t->kind].type, kinds[t->kind].order, n);
}

// -- literals -------------------------------------------------------------------------------------

// What a literal consists of: its "terms", and the order of its kind.
typedef struct pt_said {
    pt_ast_node terms;
    int order;
} pt_said;

static pt_said every(const pt_ast_maker *m, const pt_expr *e) {
    pt_ast_node absent = {pt_null(), array(m->a, NULL, 0)};
    pt_ast_node k = e->every.key ? pt_ast_of_term(m, e->every.key) : absent;
    pt_ast_node v = pt_ast_of_term(m, e->every.value);
    pt_ast_node d = pt_ast_of_term(m, e->every.domain);
    pt_ast_node b = pt_ast_of_body(m, &e->every.body);
    pt_obj o = {.a = m->a};
    pt_obj_set(&o, "key", k.value);
    pt_obj_set(&o, "value", v.value);
    pt_obj_set(&o, "domain", d.value);
    pt_obj_set(&o, "body", b.value);
    pt_value keys[] = {k.key, v.key, d.key, b.key};
    return (pt_said){{pt_obj_end(&o), array(m->a, keys, PT_COUNT(keys))}, 3};
}

static pt_said some(const pt_ast_maker *m, const pt_expr *e) {
    pt_ast_nodes l = nodes_of(m);
    for (size_t i = 0; i < e->decl.n; i++)
        add(&l, pt_ast_of_term(m, e->decl.v[i]));
    pt_ast_node n = end(&l);
    pt_obj o = {.a = m->a};
    pt_obj_set(&o, "symbols", n.value);
    return (pt_said){{pt_obj_end(&o), n.key}, 0};
}

static pt_said not_body(const pt_ast_maker *m, const pt_expr *e) {
    pt_ast_node b = pt_ast_of_body(m, &e->body);
    pt_obj o = {.a = m->a};
    pt_obj_set(&o, "type", pt_stringz("not"));
    pt_obj_set(&o, "body", b.value);
    pt_obj_set(&o, "explicit_body", pt_bool(e->braced));
    return (pt_said){{pt_obj_end(&o), b.key}, 4};
}

static pt_ast_node expr_of(const pt_ast_maker *m, const pt_expr *e, size_t index, pt_said said);

// a and b and c: (a and b) and c.
static pt_said logical(const pt_ast_maker *m, const pt_expr *e) {
    static const pt_expr inner;
    int order = e->kind == PT_EXPR_AND ? 5 : 6;
    pt_ast_node left = pt_ast_of_body(m, &e->sides.v[0]);
    for (size_t i = 1;; i++) {
        pt_ast_node right = pt_ast_of_body(m, &e->sides.v[i]);
        pt_obj o = {.a = m->a};
        pt_obj_set(&o, "type", pt_stringz(e->kind == PT_EXPR_AND ? "and" : "or"));
        pt_obj_set(&o, "lhs", left.value);
        pt_obj_set(&o, "rhs", right.value);
        if (i == 1 && e->sides.written[0].braced)
            pt_obj_set(&o, "explicit_lhs", pt_bool(true));
        if (e->sides.written[i].braced)
            pt_obj_set(&o, "explicit_rhs", pt_bool(true));
        pt_value keys[] = {left.key, right.key};
        pt_said said = {{pt_obj_end(&o), array(m->a, keys, 2)}, order};
        if (i + 1 == e->sides.n)
            return said;
        pt_ast_node n = expr_of(m, &inner, 0, said);
        left = (pt_ast_node){array(m->a, &n.value, 1), array(m->a, &n.key, 1)};
    }
}

static pt_said said_of(const pt_ast_maker *m, const pt_expr *e) {
    switch (e->kind) {
    case PT_EXPR_SOME:
        return some(m, e);
    case PT_EXPR_EVERY:
        return every(m, e);
    case PT_EXPR_NOT:
        return not_body(m, e);
    case PT_EXPR_AND:
    case PT_EXPR_OR:
        return logical(m, e);
    case PT_EXPR_TERM:
        break;
    }
    bool call = e->term->kind == PT_TERM_CALL;
    return (pt_said){call ? call_items(m, e->term) : pt_ast_of_term(m, e->term), call ? 2 : 1};
}

static pt_ast_node withs(const pt_ast_maker *m, const pt_expr *e) {
    pt_ast_nodes l = nodes_of(m);
    for (size_t i = 0; i < e->with.n; i++) {
        const pt_with *w = &e->with.v[i];
        pt_ast_node target = pt_ast_of_term(m, w->target);
        pt_ast_node value = pt_ast_of_term(m, w->value);
        pt_obj o = {.a = m->a};
        pt_obj_set(&o, "target", target.value);
        pt_obj_set(&o, "value", value.value);
        pt_value keys[] = {target.key, value.key};
        add(&l, (pt_ast_node){pt_obj_end(&o), array(m->a, keys, 2)});
    }
    return end(&l);
}

static pt_ast_node expr_of(const pt_ast_maker *m, const pt_expr *e, size_t index, pt_said said) {
    pt_ast_node with = withs(m, e);
    pt_obj o = {.a = m->a};
    pt_obj_set(&o, "index", pt_int((int64_t)index));
    pt_obj_set(&o, "terms", said.terms.value);
    if (e->with.n)
        pt_obj_set(&o, "with", with.value);
    if (e->made)
        pt_obj_set(&o, "generated", pt_bool(true));
    if (e->negated)
        pt_obj_set(&o, "negated", pt_bool(true));
    pt_value keys[] = {pt_int(ORDER_EXPR),  pt_int(said.order), pt_int((int64_t)index),
                       pt_bool(e->negated), said.terms.key,     with.key};
    return (pt_ast_node){pt_obj_end(&o), array(m->a, keys, PT_COUNT(keys))};
}

pt_ast_node pt_ast_of_body(const pt_ast_maker *m, const pt_body *b) {
    pt_ast_nodes l = nodes_of(m);
    for (size_t i = 0; i < b->n; i++)
        add(&l, expr_of(m, b->v[i], i, said_of(m, b->v[i])));
    return end(&l);
}

// -- templates ------------------------------------------------------------------------------------

// Does a comment stand between these two places?
static bool commented(const pt_ast_maker *m, uint32_t from, uint32_t to) {
    size_t low = 0;
    size_t high = m->n_comments;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (m->comments[middle].loc.at < from)
            low = middle + 1;
        else
            high = middle;
    }
    return low < m->n_comments && m->comments[low].loc.at < to;
}

// Constants are terms, all else is a literal.
static pt_ast_node part(const pt_ast_maker *m, pt_term *t, uint32_t from) {
    if (t->kind == PT_TERM_LITERAL)
        return pt_ast_of_term(m, t);
    if (t->kind == PT_TERM_CONST && !commented(m, from, t->loc.at))
        return constant(m, t);
    pt_expr e = {.kind = PT_EXPR_TERM, .term = t};
    return expr_of(m, &e, 0, said_of(m, &e));
}

static pt_ast_node template(const pt_ast_maker *m, const pt_term *t) {
    pt_ast_nodes l = nodes_of(m);
    uint32_t from = t->loc.at;
    for (size_t i = 0; i < t->items.n; i++) {
        pt_term *item = t->items.v[i];
        add(&l, part(m, item, from));
        from = item->loc.at + item->loc.n;
    }
    pt_ast_node parts = end(&l);
    pt_obj o = {.a = m->a};
    pt_obj_set(&o, "multi_line", pt_bool(t->raw));
    pt_obj_set(&o, "parts", t->items.n ? parts.value : pt_null()); // Go's nil slice
    pt_value keys[] = {pt_bool(t->raw), pt_int((int64_t)t->items.n), parts.key};
    pt_ast_node n = {pt_obj_end(&o), array(m->a, keys, PT_COUNT(keys))};
    return typed(m, "templatestring", ORDER_TEMPLATE, n);
}

// -- terms ----------------------------------------------------------------------------------------

pt_ast_node pt_ast_of_term(const pt_ast_maker *m, const pt_term *t) {
    switch (t->kind) {
    case PT_TERM_CONST:
        return constant(m, t);
    case PT_TERM_VAR:
        return pt_is_root(t) ? ref_of(m, t) : variable(m, t);
    case PT_TERM_REF:
        return ref_of(m, t);
    case PT_TERM_CALL:
        return typed(m, "call", ORDER_CALL, call_items(m, t));
    case PT_TERM_ARRAY:
        return typed(m, "array", ORDER_ARRAY, items(m, t));
    case PT_TERM_SET:
    case PT_TERM_OBJECT:
        return collection(m, t);
    case PT_TERM_TEMPLATE:
        return template(m, t);
    case PT_TERM_LITERAL: // a part of a template only
        return expr_of(m, t->literal, 0, said_of(m, t->literal));
    case PT_TERM_ARRAY_COMPR:
    case PT_TERM_SET_COMPR:
    case PT_TERM_OBJECT_COMPR:
        break;
    }
    return comprehension(m, t);
}
// NOLINTEND(misc-no-recursion)
