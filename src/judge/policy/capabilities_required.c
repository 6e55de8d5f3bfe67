// What modules need, as `opa inspect` tells it: the built-in functions that they call, keywords and
// features of the language.
#include <stdlib.h>
#include <string.h>

#include "judge/policy/builtin.h"
#include "judge/policy/capabilities_impl.h"
#include "judge/policy/rego/ast_visit.h"

// -- declarations ---------------------------------------------------------------------------------
// As OPA has them in JSON, from the text of the table: "(x: array[any]) => y: any<null, string>".

typedef struct reader {
    pt_arena *a;
    pt_str s; // our own: what is not as expected is our fault
    size_t at;
} reader;

static bool take(reader *r, const char *z) {
    bool here = pt_str_starts(pt_str_sub(r->s, r->at, r->s.n), pt_str_of(z));
    r->at += here ? strlen(z) : 0;
    return here;
}

static pt_str word(reader *r) {
    size_t from = r->at;
    while (r->at < r->s.n && !strchr(":,<>[]().?=", r->s.p[r->at]))
        r->at++;
    return pt_str_sub(r->s, from, r->at);
}

// NOLINTBEGIN(misc-no-recursion): as deep as the declarations are
static pt_value type(reader *r);

static pt_value entry(reader *r, pt_value key) {
    pt_obj o = {.a = r->a};
    pt_assert(take(r, ": "));
    pt_obj_set(&o, "key", key);
    pt_obj_set(&o, "value", type(r));
    return pt_obj_end(&o);
}

static void object(reader *r, pt_obj *o) {
    pt_list fixed = {.a = r->a};
    if (take(r, "<")) {
        do
            pt_list_add(&fixed, entry(r, pt_string(word(r))));
        while (take(r, ", "));
        pt_assert(take(r, ">"));
        pt_obj_set(o, "static", pt_list_end(&fixed));
    }
    if (!take(r, "["))
        return;
    pt_obj_set(o, "dynamic", entry(r, type(r)));
    pt_assert(take(r, "]"));
}

static void parts(reader *r, pt_obj *o, bool array) {
    pt_list v = {.a = r->a};
    if (take(r, "<")) {
        do
            pt_list_add(&v, type(r));
        while (take(r, ", "));
        pt_assert(take(r, ">"));
        pt_obj_set(o, array ? "static" : "of", pt_list_end(&v));
    }
    if (!take(r, "["))
        return;
    pt_obj_set(o, array ? "dynamic" : "of", type(r));
    pt_assert(take(r, "]"));
}

static pt_value type(reader *r) {
    pt_str name = word(r);
    pt_obj o = {.a = r->a};
    pt_obj_set(&o, "type", pt_string(name));
    if (pt_str_eqz(name, "object"))
        object(r, &o);
    else
        parts(r, &o, pt_str_eqz(name, "array"));
    return pt_obj_end(&o);
}
// NOLINTEND(misc-no-recursion)

// "name: type" or "type".
static pt_value named(reader *r) {
    size_t from = r->at;
    PT_IGNORE(word(r).n);
    if (!take(r, ": "))
        r->at = from;
    return type(r);
}

static pt_value declaration(pt_arena *a, pt_str text) {
    reader r = {a, text, 0};
    pt_list args = {.a = a};
    pt_obj o = {.a = a};
    size_t n = 0;
    pt_obj_set(&o, "type", pt_stringz("function"));
    pt_assert(take(&r, "("));
    while (!take(&r, ")")) {
        PT_IGNORE(take(&r, ", ")); // none before the first
        pt_value arg = named(&r);
        if (take(&r, "..."))
            pt_obj_set(&o, "variadic", arg);
        else {
            pt_list_add(&args, arg);
            n++;
        }
    }
    if (n)
        pt_obj_set(&o, "args", pt_list_end(&args));
    pt_assert(take(&r, " => "));
    if (!take(&r, "???"))
        pt_obj_set(&o, "result", named(&r));
    return pt_obj_end(&o);
}

// -- functions ------------------------------------------------------------------------------------

static const struct {
    const char *name, *sign;
} INFIX[] = {
    {"and", "&"},
    {"assign", ":="},
    {"div", "/"},
    {"eq", "="},
    {"equal", "=="},
    {"gt", ">"},
    {"gte", ">="},
    {"internal.member_2", "in"},
    {"internal.member_3", "in"},
    {"lt", "<"},
    {"lte", "<="},
    {"minus", "-"},
    {"mul", "*"},
    {"neq", "!="},
    {"or", "|"},
    {"plus", "+"},
    {"rem", "%"},
};

static pt_value fn_value(pt_arena *a, const pt_fn *fn) {
    static const struct {
        pt_fn_flag flag;
        const char *name;
    } flags[] = {{PT_FN_RELATION, "relation"},
                 {PT_FN_DEPRECATED, "deprecated"},
                 {PT_FN_VARIES, "nondeterministic"}};
    pt_obj o = {.a = a};
    pt_obj_set(&o, "name", pt_stringz(fn->name));
    pt_obj_set(&o, "decl", declaration(a, pt_str_of(fn->type)));
    for (size_t i = 0; i < PT_COUNT(INFIX); i++)
        if (pt_str_eqz(pt_str_of(INFIX[i].name), fn->name))
            pt_obj_set(&o, "infix", pt_stringz(INFIX[i].sign));
    for (size_t i = 0; i < PT_COUNT(flags); i++)
        if (fn->flags & flags[i].flag)
            pt_obj_set(&o, flags[i].name, pt_bool(true));
    return pt_obj_end(&o);
}

typedef struct needs {
    pt_arena *a;
    PT_VEC(const pt_fn *) fns; // once for each call
    bool head;                 // what is visited is a rule's head
    bool full;
} needs;

static void need(needs *n, const pt_fn *fn) {
    const pt_fn **slot = fn ? PT_PUSH(n->a, &n->fns) : NULL;
    if (slot)
        *slot = fn;
    n->full = n->full || (fn && !slot);
}

static const pt_fn *called(const pt_term *t) {
    return t->kind == PT_TERM_CALL ? pt_capabilities_called(t->items.v[0]) : NULL;
}

// Before modules are compiled: what then has another name, or is gone. `print` is needed, and not
// what it prints.
static void hear_written(void *to, pt_expr *e) {
    needs *n = to;
    const pt_fn *fn = e->kind == PT_EXPR_TERM ? called(e->term) : NULL;
    if (!fn)
        return;
    bool print = pt_str_eqz(pt_str_of(fn->name), "print");
    bool equal = pt_str_eqz(pt_str_of(fn->name), "equal"); // of a statement: it becomes `=`
    if (print || equal || (!n->head && pt_str_eqz(pt_str_of(fn->name), "assign")))
        need(n, fn);
    if (equal)
        need(n, pt_fn_find(PT_STR("eq")));
    if (print)
        e->term = pt_term_const(n->a, e->loc, pt_bool(true));
}

// NOLINTBEGIN(misc-no-recursion): the parser bounds how deep terms are
static bool has_ref(const pt_term *t) {
    switch (t->kind) {
    case PT_TERM_ARRAY:
    case PT_TERM_SET:
    case PT_TERM_OBJECT:
        for (size_t i = 0; i < t->items.n; i++)
            if (has_ref(t->items.v[i]))
                return true;
        return false;
    case PT_TERM_CONST:
    case PT_TERM_VAR:
        return false;
    default:
        return true;
    }
}
// NOLINTEND(misc-no-recursion)

// OPA gives operands that have to be looked up a name of their own, by `=`.
static void hear_call(void *to, pt_term *t) {
    need(to, called(t));
    for (size_t i = 1; t->kind == PT_TERM_CALL && i < t->items.n; i++)
        if (has_ref(t->items.v[i]))
            need(to, pt_fn_find(PT_STR("eq")));
}

// OPA does not look into the bodies of `every`. The tree is for nothing else any more.
static void hear_compiled(void *to, pt_expr *e) {
    (void)to;
    if (e->kind == PT_EXPR_EVERY)
        e->every.body.n = 0;
}

static int by_name(const void *x, const void *y) {
    const pt_fn *a = *(const pt_fn *const *)x;
    const pt_fn *b = *(const pt_fn *const *)y;
    return pt_str_cmp(pt_str_of(a->name), pt_str_of(b->name));
}

static pt_value fns_value(needs *n) {
    pt_list l = {.a = n->a};
    if (n->fns.n)
        qsort((void *)n->fns.v, n->fns.n, sizeof(const pt_fn *), by_name);
    for (size_t i = 0; i < n->fns.n; i++)
        if (i == 0 || n->fns.v[i] != n->fns.v[i - 1])
            pt_list_add(&l, fn_value(n->a, n->fns.v[i]));
    return n->full ? pt_undefined() : pt_list_end(&l);
}

// -- keywords and features ------------------------------------------------------------------------

typedef struct names {
    pt_arena *a;
    PT_VEC(pt_value) v;
    bool full;
} names;

static void add_name(names *n, const char *name) {
    pt_value *slot = PT_PUSH(n->a, &n->v);
    n->full = n->full || !slot;
    if (slot)
        *slot = pt_stringz(name);
}

static void set_names(pt_obj *o, const char *member, const names *n) {
    pt_value set = n->full ? pt_undefined() : pt_set_of(n->a, n->v.v, n->v.n);
    pt_list sorted = {.a = n->a};
    for (size_t i = 0; i < pt_len(set); i++)
        pt_list_add(&sorted, pt_at(set, i));
    if (n->v.n)
        pt_obj_set(o, member, pt_defined(set) ? pt_list_end(&sorted) : set);
}

// A module of OPA 1.0's language has the old keywords without importing them.
static void add_keywords(names *to, const pt_module *m, pt_str keyword) {
    bool v1 = m->version == PT_REGO_V1;
    for (size_t i = v1 ? PT_CAPABILITIES_OLD_KEYWORDS : 0; i < PT_CAPABILITIES_KEYWORDS; i++) {
        const char *name = pt_capabilities_keywords[i];
        if (!keyword.n || pt_str_eqz(keyword, name))
            add_name(to, name);
    }
}

// Heads such as p.a.b and p[x].b, which came after the first language.
static void add_head(names *features, const pt_rule *r) {
    const pt_term *ref = r->ref;
    bool keyed = r->key && !r->contains; // p.q[x] { … }: a set's item
    size_t n = (ref->kind == PT_TERM_REF ? ref->items.n : 1) + keyed;
    bool fixed = !keyed || r->key->kind == PT_TERM_CONST;
    for (size_t i = 1; ref->kind == PT_TERM_REF && i < ref->items.n; i++)
        fixed = fixed && ref->items.v[i]->kind == PT_TERM_CONST;
    if (n >= 3)
        add_name(features, fixed ? "rule_head_ref_string_prefixes" : "rule_head_refs");
}

static void add_module(names *keywords, names *features, const pt_module *m) {
    for (size_t i = 0; i < m->imports.n; i++) {
        const pt_term *path = m->imports.v[i].path;
        pt_str head = pt_capabilities_step(path, 0);
        if (pt_str_eqz(head, "future"))
            add_keywords(keywords, m, pt_capabilities_step(path, 2));
        if (pt_str_eqz(head, "rego") && m->version != PT_REGO_V1)
            add_name(features, "rego_v1_import");
    }
    if (m->version == PT_REGO_V1) {
        add_name(features, "rego_v1");
        return;
    }
    for (size_t i = 0; i < m->rules.n; i++)
        add_head(features, m->rules.v[i]);
}

// -- all of it ------------------------------------------------------------------------------------

// What is only missing, an embedder's function or another bundle's, is not wrong here.
// Schemas of annotations are not heeded: opa inspect does not either.
static bool compile(pt_arena *a, pt_symbols *symbols, pt_module **modules, size_t n,
                    pt_diagnostics *d) {
    size_t before = d->v.n;
    const pt_compile_opts opts = {0};
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < modules[i]->annotations.n; k++)
            modules[i]->annotations.v[k]->schemas.n = 0;
    bool ok = pt_compile(a, symbols, modules, n, &opts, d);
    for (size_t i = before; i < d->v.n; i++)
        if (!pt_str_starts(d->v.v[i].message, PT_STR("undefined function ")))
            return false;
    ok = ok || d->v.n > before;
    d->v.n = before;
    return ok;
}

static void visit_all(const pt_visit *w, pt_module *const *modules, size_t n) {
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < modules[i]->rules.n; k++)
            for (const pt_rule *r = modules[i]->rules.v[k]; r; r = r->orelse)
                pt_visit_rule(w, r);
}

static void visit_written(needs *calls, pt_module *const *modules, size_t n) {
    const pt_visit w = {.expr = hear_written, .to = calls};
    calls->head = true;
    visit_all(&w, modules, n);
    calls->head = false;
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < modules[i]->rules.n; k++)
            for (const pt_rule *r = modules[i]->rules.v[k]; r; r = r->orelse)
                for (size_t s = 0; s < r->body.n; s++)
                    pt_visit_expr(&w, r->body.v[s]);
}

pt_value pt_capabilities_required(pt_arena *a, pt_symbols *symbols, pt_module **modules, size_t n,
                                  pt_diagnostics *d) {
    names keywords = {.a = a};
    names features = {.a = a};
    needs calls = {.a = a};
    for (size_t i = 0; i < n; i++)
        add_module(&keywords, &features, modules[i]);
    visit_written(&calls, modules, n);
    if (calls.full || a->full || !compile(a, symbols, modules, n, d))
        return pt_undefined();
    visit_all(&(pt_visit){.term = hear_call, .expr = hear_compiled, .to = &calls}, modules, n);
    for (size_t i = 0; i < calls.fns.n; i++)
        if (pt_str_eqz(pt_str_of(calls.fns.v[i]->name), "internal.template_string"))
            add_name(&features, "template_strings");
    pt_obj o = {.a = a};
    pt_value fns = fns_value(&calls);
    if (!pt_defined(fns) || pt_len(fns))
        pt_obj_set(&o, "builtins", fns);
    set_names(&o, "features", &features);
    set_names(&o, "future_keywords", &keywords);
    return pt_obj_end(&o);
}
