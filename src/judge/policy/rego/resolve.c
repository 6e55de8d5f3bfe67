// Names of the package's rules and of imports become references below data or input.
#include "judge/policy/rego/ast_visit.h"
#include "judge/policy/rego/impl.h"

// NOLINTBEGIN(misc-no-recursion): terms and bodies nest up to PT_REGO_NESTING_MAX

typedef PT_VEC(pt_sym *) syms;

typedef struct resolver {
    pt_compiler *c;
    uint32_t epoch;
    syms ignore; // declared in the scopes around: they hide globals
} resolver;

static pt_term *resolve_term(resolver *r, pt_term *t);
static void resolve_body(resolver *r, pt_body *b);
static void resolve_expr(resolver *r, pt_expr *e);

static void ignore_sym(void *to, pt_sym *s) {
    resolver *r = to;
    pt_sym **slot = PT_PUSH(r->c->arena, &r->ignore);
    if (slot)
        *slot = s;
    else
        r->c->full = true;
}

static bool ignored(const resolver *r, const pt_sym *s) {
    for (size_t i = r->ignore.n; i > 0; i--)
        if (r->ignore.v[i - 1] == s)
            return true;
    return false;
}

// -- what a body declares -------------------------------------------------------------------------

static void declare_pattern(resolver *r, const pt_term *t) {
    pt_walk_term(r->c, t, PT_SKIP_REF_HEAD | PT_SKIP_OBJECT_KEYS | PT_SKIP_CLOSURES | PT_SKIP_SETS,
                 ignore_sym, r);
}

static void declare_expr(resolver *r, const pt_expr *e) {
    if (pt_expr_calls(e, "assign") && e->term->items.n == 3) {
        declare_pattern(r, e->term->items.v[1]);
        return;
    }
    if (e->kind != PT_EXPR_SOME)
        return;
    for (size_t i = 0; i < e->decl.n; i++) {
        const pt_term *t = e->decl.v[i];
        if (t->kind != PT_TERM_CALL) {
            declare_pattern(r, t);
            continue;
        }
        for (size_t j = 1; j + 1 < t->items.n; j++)
            declare_pattern(r, t->items.v[j]);
    }
}

static void declare_body(resolver *r, const pt_body *b) {
    for (size_t i = 0; i < b->n; i++)
        declare_expr(r, b->v[i]);
}

// -- resolving ------------------------------------------------------------------------------------

static pt_term *global_of(const resolver *r, const pt_sym *s) {
    if (s->global_epoch != r->epoch || ignored(r, s))
        return NULL;
    if (s->import)
        s->import->used = true;
    return s->global;
}

static bool push_term(resolver *r, pt_terms *to, pt_term *t) {
    pt_term **slot = PT_PUSH(r->c->arena, to);
    if (!slot) {
        r->c->full = true;
        return false;
    }
    *slot = t;
    return true;
}

// A ref of its own with the items of `path`.
static pt_term *ref_to(resolver *r, const pt_term *path, pt_loc loc) {
    pt_term *t = pt_term_new(r->c->arena, PT_TERM_REF, loc);
    if (!t) {
        r->c->full = true;
        return NULL;
    }
    for (size_t i = 0; i < path->items.n; i++)
        push_term(r, &t->items, path->items.v[i]);
    return t;
}

static pt_term *resolve_var(resolver *r, pt_term *t) {
    pt_sym *s = t->sym;
    if (s == r->c->input || s == r->c->data) {
        pt_term *ref = pt_term_new(r->c->arena, PT_TERM_REF, t->loc);
        if (ref && push_term(r, &ref->items, t))
            return ref;
        r->c->full = true;
        return t;
    }
    pt_term *global = global_of(r, s);
    pt_term *ref = global ? ref_to(r, global, t->loc) : NULL;
    return ref ? ref : t;
}

static pt_term *resolve_ref(resolver *r, pt_term *t) {
    pt_term *head = t->items.v[0];
    pt_term *global = head->kind == PT_TERM_VAR ? global_of(r, head->sym) : NULL;
    for (size_t i = 1; i < t->items.n; i++)
        t->items.v[i] = resolve_term(r, t->items.v[i]);
    if (head->kind != PT_TERM_VAR)
        t->items.v[0] = resolve_term(r, head);
    if (!global)
        return t;
    pt_term *ref = ref_to(r, global, t->loc);
    for (size_t i = 1; ref && i < t->items.n; i++)
        push_term(r, &ref->items, t->items.v[i]);
    return ref ? ref : t;
}

static void resolve_closure(resolver *r, pt_term *t) {
    size_t mark = r->ignore.n;
    declare_body(r, &t->compr.body);
    if (t->compr.key)
        t->compr.key = resolve_term(r, t->compr.key);
    t->compr.term = resolve_term(r, t->compr.term);
    resolve_body(r, &t->compr.body);
    r->ignore.n = mark;
}

static pt_term *resolve_term(resolver *r, pt_term *t) {
    switch (t->kind) {
    case PT_TERM_CONST:
        return t;
    case PT_TERM_VAR:
        return resolve_var(r, t);
    case PT_TERM_REF:
        return resolve_ref(r, t);
    case PT_TERM_CALL:
    case PT_TERM_ARRAY:
    case PT_TERM_SET:
    case PT_TERM_OBJECT:
    case PT_TERM_TEMPLATE:
        for (size_t i = 0; i < t->items.n; i++)
            t->items.v[i] = resolve_term(r, t->items.v[i]);
        return t;
    case PT_TERM_ARRAY_COMPR:
    case PT_TERM_SET_COMPR:
    case PT_TERM_OBJECT_COMPR:
        resolve_closure(r, t);
        return t;
    case PT_TERM_LITERAL:
        resolve_expr(r, t->literal);
        return t;
    }
    return t;
}

static void resolve_some(resolver *r, pt_expr *e) {
    for (size_t i = 0; i < e->decl.n; i++)
        if (e->decl.v[i]->kind == PT_TERM_CALL)
            e->decl.v[i] = resolve_term(r, e->decl.v[i]);
}

static void resolve_every(resolver *r, pt_expr *e) {
    e->every.domain = resolve_term(r, e->every.domain);
    size_t mark = r->ignore.n;
    if (e->every.key)
        declare_pattern(r, e->every.key);
    declare_pattern(r, e->every.value);
    declare_body(r, &e->every.body);
    resolve_body(r, &e->every.body);
    r->ignore.n = mark;
}

static void resolve_side(resolver *r, pt_body *b) {
    size_t mark = r->ignore.n;
    declare_body(r, b);
    resolve_body(r, b);
    r->ignore.n = mark;
}

static void resolve_expr(resolver *r, pt_expr *e) {
    switch (e->kind) {
    case PT_EXPR_TERM:
        e->term = resolve_term(r, e->term);
        break;
    case PT_EXPR_SOME:
        resolve_some(r, e);
        break;
    case PT_EXPR_EVERY:
        resolve_every(r, e);
        break;
    case PT_EXPR_NOT:
        resolve_side(r, &e->body);
        break;
    case PT_EXPR_AND:
    case PT_EXPR_OR:
        for (size_t i = 0; i < e->sides.n; i++)
            resolve_side(r, &e->sides.v[i]);
        break;
    }
    for (size_t i = 0; i < e->with.n; i++) {
        e->with.v[i].target = resolve_term(r, e->with.v[i].target);
        e->with.v[i].value = resolve_term(r, e->with.v[i].value);
    }
}

static void resolve_body(resolver *r, pt_body *b) {
    for (size_t i = 0; i < b->n; i++)
        resolve_expr(r, b->v[i]);
}

// -- rules ----------------------------------------------------------------------------------------

static void check_args(resolver *r, const pt_rule *rule) {
    for (size_t i = 0; i < rule->args.n; i++) {
        const pt_term *t = rule->args.v[i];
        if (t->kind == PT_TERM_VAR && (t->sym == r->c->input || t->sym == r->c->data))
            pt_diagnose(r->c->d, PT_REGO_COMPILE, &rule->loc,
                        "args must not shadow %.*s (use a different variable name)",
                        PT_PRI(t->sym->name));
    }
}

static void resolve_rule(resolver *r, pt_rule *rule) {
    size_t mark = r->ignore.n;
    for (size_t i = 0; i < rule->args.n; i++)
        pt_walk_term(r->c, rule->args.v[i], PT_SKIP_CLOSURES | PT_SKIP_OBJECT_KEYS | PT_SKIP_SETS,
                     ignore_sym, r);
    declare_body(r, &rule->body);
    if (rule->ref->kind == PT_TERM_REF && !rule->is_else)
        for (size_t i = 1; i < rule->ref->items.n; i++)
            rule->ref->items.v[i] = resolve_term(r, rule->ref->items.v[i]);
    if (rule->key)
        rule->key = resolve_term(r, rule->key);
    if (rule->value)
        rule->value = resolve_term(r, rule->value);
    resolve_body(r, &rule->body);
    r->ignore.n = mark;
}

static void set_global(resolver *r, pt_sym *name, pt_term *ref, pt_import *import) {
    name->global = ref;
    name->import = import;
    name->global_epoch = r->epoch;
}

// The name that an import binds: its alias, or the last step of its path.
static pt_sym *import_name(pt_compiler *c, const pt_import *i) {
    if (i->alias)
        return i->alias;
    if (i->path->kind == PT_TERM_VAR)
        return i->path->sym;
    const pt_term *last = i->path->items.v[i->path->items.n - 1];
    return last->kind == PT_TERM_CONST ? pt_sym_of(c->symbols, pt_text(last->value)) : last->sym;
}

static void import_globals(resolver *r, const pt_module *m) {
    for (size_t i = 0; i < m->imports.n; i++) {
        pt_term *path = m->imports.v[i].path;
        if (path->kind == PT_TERM_VAR)
            path = resolve_var(r, path);
        pt_sym *head = path->kind == PT_TERM_REF ? path->items.v[0]->sym : NULL;
        pt_sym *name = import_name(r->c, &m->imports.v[i]);
        if (!name || (head != r->c->input && head != r->c->data))
            continue;
        const pt_import *before = name->global_epoch == r->epoch ? name->import : NULL;
        if (before && m->version != PT_REGO_V0)
            pt_diagnose(r->c->d, PT_REGO_COMPILE, &m->imports.v[i].loc,
                        "import must not shadow import %.*s",
                        PT_PRI(pt_ref_text(r->c->arena, before->path)));
        set_global(r, name, path, &m->imports.v[i]);
    }
}

static void package_globals(resolver *r, const pt_module *m) {
    size_t n;
    const pt_rule_node *package = pt_tree_find(r->c, m->package, &n);
    for (size_t i = 0; i < package->names.n; i++) {
        pt_term *ref = ref_to(r, m->package, m->package->loc);
        pt_term *step =
            pt_term_const(r->c->arena, m->package->loc, pt_string(package->names.v[i]->name));
        if (!ref || !step || !push_term(r, &ref->items, step)) {
            r->c->full = true;
            return;
        }
        set_global(r, package->names.v[i], ref, NULL);
    }
}

static resolver begin(pt_compiler *c, const pt_module *m) {
    resolver r = {.c = c, .epoch = ++c->epoch};
    if (m) {
        package_globals(&r, m);
        import_globals(&r, m);
    }
    return r;
}

static void check_imports(pt_compiler *c, const pt_module *m) {
    for (size_t i = 0; i < m->imports.n; i++) {
        const pt_import *import = &m->imports.v[i];
        const pt_term *path = import->path;
        const pt_sym *head = path->kind == PT_TERM_REF ? path->items.v[0]->sym : path->sym;
        if (import->used || (head != c->input && head != c->data))
            continue;
        pt_str alias = import->alias ? import->alias->name : (pt_str){NULL, 0};
        pt_diagnose(c->d, PT_REGO_COMPILE, &import->loc, "import %.*s%s%.*s unused",
                    PT_PRI(pt_ref_text(c->arena, path)), alias.n ? " as " : "", PT_PRI(alias));
        c->soft++;
    }
}

// -- names of documents ---------------------------------------------------------------------------

// `input` or `data`, as the name of something else.
static void check_name(pt_compiler *c, const pt_loc *loc, const pt_term *t, const char *things,
                       const char *thing) {
    const pt_term *head = t->kind == PT_TERM_REF ? t->items.v[0] : t;
    if (head->kind != PT_TERM_VAR || (head->sym != c->input && head->sym != c->data))
        return;
    pt_diagnose(c->d, PT_REGO_COMPILE, loc, "%s must not shadow %.*s (use a different %s name)",
                things, PT_PRI(head->sym->name), thing);
    c->soft++;
}

static void check_assigned(void *to, pt_expr *e) {
    pt_compiler *c = to;
    if (e->kind == PT_EXPR_TERM && pt_term_calls(e->term, "assign") && e->term->items.n > 1 &&
        e->term->items.v[1]->kind == PT_TERM_VAR)
        check_name(c, &e->loc, e->term->items.v[1], "variables", "variable");
}

static void check_names(pt_compiler *c, const pt_module *m) {
    pt_visit visit = {.expr = check_assigned, .to = c};
    for (size_t i = 0; i < m->rules.n; i++) {
        check_name(c, &m->rules.v[i]->loc, m->rules.v[i]->ref, "rules", "rule");
        for (const pt_rule *r = m->rules.v[i]; r; r = r->orelse)
            pt_visit_rule(&visit, r);
    }
}

void pt_resolve_module(pt_compiler *c, pt_module *m) {
    if (m->version != PT_REGO_V0 || c->opts.strict)
        check_names(c, m);
    resolver r = begin(c, m);
    for (size_t i = 0; i < m->rules.n; i++) {
        check_args(&r, m->rules.v[i]);
        for (pt_rule *rule = m->rules.v[i]; rule; rule = rule->orelse)
            resolve_rule(&r, rule);
    }
    if (c->opts.strict)
        check_imports(c, m);
}

void pt_resolve_query(pt_compiler *c, pt_body *body, const pt_module *of) {
    pt_visit visit = {.expr = check_assigned, .to = c};
    for (size_t i = 0; i < body->n && c->opts.strict; i++)
        pt_visit_expr(&visit, body->v[i]);
    resolver r = begin(c, of);
    declare_body(&r, body);
    resolve_body(&r, body);
}

// NOLINTEND(misc-no-recursion)
