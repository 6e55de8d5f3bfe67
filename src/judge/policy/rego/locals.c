// Declared variables (:=, some, every, arguments) become fresh ones, so that from here on a symbol
// is one variable of its rule, whatever the scopes were.
#include "judge/policy/rego/impl.h"

// NOLINTBEGIN(misc-no-recursion): terms and bodies nest up to PT_REGO_NESTING_MAX

typedef enum occurrence {
    OCC_NONE,
    OCC_ARG,
    OCC_SEEN,
    OCC_ASSIGNED,
    OCC_DECLARED,
} occurrence;

typedef struct local {
    pt_sym *from, *to;
    occurrence occ;
    uint32_t seen; // times, the declaration included
    bool picked;   // by `some … in`, which is a use as well
    pt_loc loc;    // of the declaration
} local;

typedef struct scopes {
    pt_compiler *c;
    PT_VEC(local) v; // of all open scopes, innermost last
    bool strict;     // unused assignments count: not in queries, whose variables are shown
    size_t base;     // where the innermost one begins
} scopes;

static void rename_term(scopes *s, pt_term *t);
static void rename_body(scopes *s, pt_body *b);
static void rename_expr(scopes *s, pt_expr *e);

static local *find(const scopes *s, const pt_sym *from, size_t base) {
    for (size_t i = s->v.n; i > base; i--)
        if (s->v.v[i - 1].from == from)
            return &s->v.v[i - 1];
    return NULL;
}

static void insert(scopes *s, pt_sym *from, pt_sym *to, occurrence occ) {
    local *l = PT_PUSH(s->c->arena, &s->v);
    if (l)
        *l = (local){.from = from, .to = to, .occ = occ, .seen = 1};
    else
        s->c->full = true;
}

typedef struct scope_mark {
    size_t n, base;
} scope_mark;

static scope_mark push(scopes *s) {
    scope_mark m = {s->v.n, s->base};
    s->base = s->v.n;
    return m;
}

static void pop(scopes *s, scope_mark m) {
    s->v.n = m.n;
    s->base = m.base;
}

// Declare `v` in the innermost scope. NULL if it cannot be.
static pt_sym *declare(scopes *s, pt_sym *v, occurrence occ, pt_loc loc) {
    static const struct {
        const char *kind, *what;
    } clash[] = {
        [OCC_ARG] = {"arg", "redeclared"},
        [OCC_SEEN] = {"var", "referenced above"},
        [OCC_ASSIGNED] = {"var", "assigned above"},
        [OCC_DECLARED] = {"var", "declared above"},
    };
    const local *l = find(s, v, s->base);
    if (l) {
        pt_diagnose(s->c->d, PT_REGO_COMPILE, &loc, "%s %.*s %s", clash[l->occ].kind,
                    PT_PRI(v->name), clash[l->occ].what);
        return NULL;
    }
    pt_sym *fresh = v->wildcard ? v : pt_sym_made(s->c->symbols, v);
    s->c->full |= !fresh;
    insert(s, v, fresh, occ);
    if (s->v.n > 0)
        s->v.v[s->v.n - 1].loc = loc;
    return fresh;
}

// What is declared and not used is a mistake; what is assigned and not used, one of strict mode.
static void check_unused(scopes *s) {
    for (size_t i = s->base; i < s->v.n; i++) {
        const local *l = &s->v.v[i];
        if (l->seen > 1 || l->picked || l->from->wildcard)
            continue;
        bool assigned = l->occ == OCC_ASSIGNED && s->strict;
        s->c->soft += assigned;
        if (l->occ == OCC_DECLARED || assigned)
            pt_diagnose(s->c->d, PT_REGO_COMPILE, &l->loc, "%s var %.*s unused",
                        assigned ? "assigned" : "declared", PT_PRI(l->from->name));
    }
}

static void check_unused_args(scopes *s, const pt_rule *rule) {
    for (size_t i = 0; i < s->v.n && s->c->opts.strict; i++) {
        const local *l = &s->v.v[i];
        if (l->occ != OCC_ARG || l->seen > 1 || l->from->wildcard)
            continue;
        pt_diagnose(s->c->d, PT_REGO_COMPILE, &rule->head_loc,
                    "unused argument %.*s. (hint: use _ (wildcard variable) instead)",
                    PT_PRI(l->from->name));
        s->c->soft++;
    }
}

// -- terms ----------------------------------------------------------------------------------------

static void rename_var(scopes *s, pt_term *t) {
    if (t->sym->wildcard)
        return;
    local *l = find(s, t->sym, 0);
    if (!l) {
        insert(s, t->sym, t->sym, OCC_SEEN);
        return;
    }
    l->seen++;
    t->sym = l->to;
}

// input and data, where a variable of that name is declared.
static void rename_root(scopes *s, pt_term *t) {
    local *l = find(s, t->items.v[0]->sym, 0);
    if (!l || l->occ == OCC_SEEN)
        return;
    l->seen++;
    t->kind = PT_TERM_VAR;
    t->sym = l->to;
}

static void rename_head(scopes *s, pt_term *t) {
    pt_term *head = t->items.v[0];
    if (head->kind == PT_TERM_VAR && (head->sym == s->c->input || head->sym == s->c->data)) {
        local *l = find(s, head->sym, 0);
        if (!l || l->occ == OCC_SEEN)
            return;
    }
    rename_term(s, head);
}

static void rename_call(scopes *s, pt_term *t) {
    const pt_term *op = t->items.v[0];
    const pt_term *head = op->kind == PT_TERM_REF ? op->items.v[0] : op;
    const local *l = head->kind == PT_TERM_VAR ? find(s, head->sym, 0) : NULL;
    if (l && l->to != l->from && l->from != s->c->input && l->from != s->c->data)
        pt_diagnose(s->c->d, PT_REGO_COMPILE, &t->loc, "called function %.*s shadowed",
                    PT_PRI(pt_ref_text(s->c->arena, op)));
    for (size_t i = 1; i < t->items.n; i++)
        rename_term(s, t->items.v[i]);
}

static void rename_closure(scopes *s, pt_term *t) {
    scope_mark m = push(s);
    rename_body(s, &t->compr.body);
    if (t->compr.key)
        rename_term(s, t->compr.key);
    rename_term(s, t->compr.term);
    check_unused(s);
    pop(s, m);
}

static void rename_template(scopes *s, pt_term *t) {
    for (size_t i = 0; i < t->items.n; i++) {
        scope_mark m = push(s);
        rename_term(s, t->items.v[i]);
        pop(s, m);
    }
}

static void rename_term(scopes *s, pt_term *t) {
    switch (t->kind) {
    case PT_TERM_CONST:
        return;
    case PT_TERM_VAR:
        rename_var(s, t);
        return;
    case PT_TERM_REF:
        if (pt_root_ref(s->c, t)) {
            rename_root(s, t);
            return;
        }
        rename_head(s, t);
        for (size_t i = 1; i < t->items.n; i++)
            rename_term(s, t->items.v[i]);
        return;
    case PT_TERM_CALL:
        rename_call(s, t);
        return;
    case PT_TERM_ARRAY:
    case PT_TERM_SET:
    case PT_TERM_OBJECT:
        for (size_t i = 0; i < t->items.n; i++)
            rename_term(s, t->items.v[i]);
        return;
    case PT_TERM_TEMPLATE:
        rename_template(s, t);
        return;
    case PT_TERM_ARRAY_COMPR:
    case PT_TERM_SET_COMPR:
    case PT_TERM_OBJECT_COMPR:
        rename_closure(s, t);
        return;
    case PT_TERM_LITERAL:
        rename_expr(s, t->literal);
        return;
    }
}

// -- literals -------------------------------------------------------------------------------------

static void rename_withs(scopes *s, pt_expr *e) {
    for (size_t i = 0; i < e->with.n; i++) {
        pt_term *target = e->with.v[i].target;
        // `with input as` means the document, whatever is called input here
        if (target->kind == PT_TERM_REF && !pt_root_ref(s->c, target)) {
            for (size_t j = 1; j < target->items.n; j++)
                rename_term(s, target->items.v[j]);
        }
        rename_term(s, e->with.v[i].value);
    }
}

static const char *kind_name(const pt_term *t) {
    static const char *const names[] = {
        [PT_TERM_CONST] = "scalar",
        [PT_TERM_VAR] = "var",
        [PT_TERM_REF] = "ref",
        [PT_TERM_CALL] = "call",
        [PT_TERM_ARRAY] = "array",
        [PT_TERM_SET] = "set",
        [PT_TERM_OBJECT] = "object",
        [PT_TERM_TEMPLATE] = "templatestring",
        [PT_TERM_LITERAL] = "literal",
        [PT_TERM_ARRAY_COMPR] = "arraycomprehension",
        [PT_TERM_SET_COMPR] = "setcomprehension",
        [PT_TERM_OBJECT_COMPR] = "objectcomprehension",
    };
    return t->kind == PT_TERM_CONST ? pt_tag_name(pt_tag_of(t->value)) : names[t->kind];
}

// The left side of `:=`: variables, arrays and values of objects.
static void assign_to(scopes *s, pt_term *t) {
    pt_sym *v = t->kind == PT_TERM_VAR ? t->sym : NULL;
    if (pt_root_ref(s->c, t))
        v = t->items.v[0]->sym;
    if (v) {
        pt_sym *fresh = declare(s, v, OCC_ASSIGNED, t->loc);
        if (fresh) {
            t->kind = PT_TERM_VAR;
            t->sym = fresh;
        }
        return;
    }
    if (t->kind != PT_TERM_ARRAY && t->kind != PT_TERM_OBJECT) {
        pt_diagnose(s->c->d, PT_REGO_COMPILE, &t->loc, "cannot assign to %s", kind_name(t));
        return;
    }
    bool object = t->kind == PT_TERM_OBJECT;
    for (size_t i = object ? 1 : 0; i < t->items.n; i += object ? 2 : 1)
        assign_to(s, t->items.v[i]);
}

static void rename_assignment(scopes *s, pt_expr *e) {
    pt_term *call = e->term;
    if (e->negated) {
        pt_diagnose(s->c->d, PT_REGO_COMPILE, &e->loc,
                    "cannot assign vars inside negated expression");
        return;
    }
    rename_term(s, call->items.v[2]);
    for (size_t i = 0; i < e->with.n; i++)
        rename_term(s, e->with.v[i].value);
    assign_to(s, call->items.v[1]);
    pt_expr *eq = pt_new_eq(s->c, call->items.v[1], call->items.v[2], call->loc);
    if (eq) {
        e->term = eq->term;
        e->assigned = true;
    }
}

static void declare_every(scopes *s, pt_term *t) {
    pt_sym *fresh = t && t->kind == PT_TERM_VAR ? declare(s, t->sym, OCC_DECLARED, t->loc) : NULL;
    if (fresh)
        t->sym = fresh;
}

static void rename_every(scopes *s, pt_expr *e) {
    rename_term(s, e->every.domain);
    scope_mark m = push(s);
    declare_every(s, e->every.key);
    declare_every(s, e->every.value);
    rename_body(s, &e->every.body);
    check_unused(s);
    pop(s, m);
}

// -- some x in xs ---------------------------------------------------------------------------------

typedef struct picker {
    scopes *s;
    const pt_term *domain;
    pt_loc loc;
    bool found; // for `in_domain`
    const pt_sym *wanted;
} picker;

static void in_domain(void *to, pt_sym *v) {
    picker *p = to;
    p->found |= v == p->wanted;
}

static void declare_some(void *to, pt_sym *v) {
    picker *p = to;
    if (v->wildcard || v->made)
        return;
    p->wanted = v;
    p->found = false;
    pt_walk_term(p->s->c, p->domain, PT_SKIP_CLOSURES, in_domain, p);
    if (p->found) {
        pt_diagnose(p->s->c->d, PT_REGO_COMPILE, &p->loc, "var %.*s assigned before",
                    PT_PRI(v->name));
        return;
    }
    const local *l = find(p->s, v, p->s->base);
    if (l && l->picked && l->seen == 1) // twice in one pattern
        return;
    if (declare(p->s, v, OCC_DECLARED, p->loc))
        p->s->v.v[p->s->v.n - 1].picked = true;
}

// some k, v in xs: v = xs[k].
static void rename_some_in(scopes *s, pt_expr *e, pt_term *call) {
    pt_compiler *c = s->c;
    size_t n = call->items.n;
    pt_term *domain = call->items.v[n - 1];
    pt_term *value = call->items.v[n - 2];
    pt_term *key = n == 4 ? call->items.v[1] : pt_new_local(c, call->loc, NULL);
    pt_term *ref =
        domain->kind == PT_TERM_REF ? domain : pt_term_new(c->arena, PT_TERM_REF, domain->loc);
    if (!key || !ref) {
        c->full = true;
        return;
    }
    picker p = {.s = s, .domain = domain, .loc = e->loc};
    unsigned skip = PT_SKIP_REF_HEAD | PT_SKIP_OBJECT_KEYS | PT_SKIP_CLOSURES | PT_SKIP_SETS;
    if (value->kind == PT_TERM_VAR || value->kind == PT_TERM_ARRAY || value->kind == PT_TERM_OBJECT)
        pt_walk_term(c, value, skip, declare_some, &p);
    pt_walk_term(c, key, PT_SKIP_REF_HEAD, declare_some, &p);
    pt_term **slot = ref != domain ? PT_PUSH(c->arena, &ref->items) : NULL;
    if (slot)
        *slot = domain;
    slot = PT_PUSH(c->arena, &ref->items);
    pt_expr *eq = pt_new_eq(c, value, ref, e->loc);
    if (!slot || !eq) {
        c->full = true;
        return;
    }
    *slot = key;
    e->kind = PT_EXPR_TERM;
    e->term = eq->term;
    rename_term(s, e->term);
    rename_withs(s, e);
}

static void rename_some(scopes *s, pt_expr *e) {
    for (size_t i = 0; i < e->decl.n; i++) {
        pt_term *t = e->decl.v[i];
        if (t->kind == PT_TERM_CALL) {
            rename_some_in(s, e, t);
            return;
        }
        if (t->kind == PT_TERM_VAR)
            (void)declare(s, t->sym, OCC_DECLARED, t->loc);
    }
}

// -- bodies ---------------------------------------------------------------------------------------

static void rename_expr(scopes *s, pt_expr *e) {
    switch (e->kind) {
    case PT_EXPR_SOME:
        rename_some(s, e);
        return;
    case PT_EXPR_TERM:
        if (pt_expr_calls(e, "assign") && e->term->items.n == 3) {
            rename_assignment(s, e);
            return;
        }
        rename_term(s, e->term);
        break;
    case PT_EXPR_EVERY:
        rename_every(s, e);
        break;
    case PT_EXPR_NOT: {
        scope_mark m = push(s);
        rename_body(s, &e->body);
        check_unused(s);
        pop(s, m);
        break;
    }
    case PT_EXPR_AND:
    case PT_EXPR_OR:
        for (size_t i = 0; i < e->sides.n; i++) {
            scope_mark m = push(s);
            rename_body(s, &e->sides.v[i]);
            check_unused(s);
            pop(s, m);
        }
        break;
    }
    rename_withs(s, e);
}

static void drop_declarations(scopes *s, pt_body *b) {
    size_t n = 0;
    for (size_t i = 0; i < b->n; i++)
        if (b->v[i]->kind != PT_EXPR_SOME)
            b->v[n++] = b->v[i];
    pt_loc loc = b->n ? b->v[0]->loc : (pt_loc){0};
    b->n = n;
    if (n > 0)
        return;
    pt_expr *e = pt_expr_new(s->c->arena, PT_EXPR_TERM, loc);
    pt_term *t = e ? pt_term_const(s->c->arena, loc, pt_bool(true)) : NULL;
    if (!t) {
        s->c->full = true;
        return;
    }
    e->term = t;
    pt_body_add(s->c, b, e);
}

static void rename_body(scopes *s, pt_body *b) {
    for (size_t i = 0; i < b->n; i++)
        rename_expr(s, b->v[i]);
    drop_declarations(s, b);
}

// -- rules ----------------------------------------------------------------------------------------

static void rename_arg(scopes *s, pt_term *t) {
    switch (t->kind) {
    case PT_TERM_VAR: {
        local *l = t->sym->wildcard ? NULL : find(s, t->sym, 0);
        pt_sym *fresh = l ? l->to : pt_sym_made(s->c->symbols, t->sym);
        if (!l)
            insert(s, t->sym, fresh, OCC_ARG);
        else
            l->seen++;
        s->c->full |= !fresh;
        t->sym = fresh ? fresh : t->sym;
        return;
    }
    case PT_TERM_OBJECT:
        for (size_t i = 1; i < t->items.n; i += 2)
            rename_arg(s, t->items.v[i]);
        return;
    case PT_TERM_CALL:
        pt_diagnose(s->c->d, PT_REGO_COMPILE, &t->loc, "rule arguments cannot contain calls");
        return;
    case PT_TERM_REF:
    case PT_TERM_ARRAY:
        for (size_t i = 0; i < t->items.n; i++)
            rename_arg(s, t->items.v[i]);
        return;
    case PT_TERM_CONST:
    case PT_TERM_SET:
    case PT_TERM_TEMPLATE:
    case PT_TERM_LITERAL:
    case PT_TERM_ARRAY_COMPR:
    case PT_TERM_SET_COMPR:
    case PT_TERM_OBJECT_COMPR:
        return;
    }
}

// Comprehensions in a head have scopes of their own, which the body does not see into.
static void rename_head_closures(pt_compiler *c, pt_term *t) {
    if (pt_term_closure(t) || t->kind == PT_TERM_TEMPLATE) {
        scopes fresh = {.c = c, .strict = c->opts.strict};
        rename_term(&fresh, t);
        return;
    }
    if (t->kind == PT_TERM_CONST || t->kind == PT_TERM_VAR)
        return;
    for (size_t i = 0; i < t->items.n; i++)
        rename_head_closures(c, t->items.v[i]);
}

static void swap_vars(scopes *s, pt_term *t);

static void swap_body(scopes *s, pt_body *b);
static void swap_expr(scopes *s, pt_expr *e);

static void swap_expr(scopes *s, pt_expr *e) {
    if (e->kind == PT_EXPR_TERM)
        swap_vars(s, e->term);
    else if (e->kind == PT_EXPR_EVERY) {
        swap_vars(s, e->every.domain);
        swap_body(s, &e->every.body);
    } else if (e->kind == PT_EXPR_NOT)
        swap_body(s, &e->body);
    else if (e->kind == PT_EXPR_AND || e->kind == PT_EXPR_OR)
        for (size_t i = 0; i < e->sides.n; i++)
            swap_body(s, &e->sides.v[i]);
    for (size_t i = 0; i < e->with.n; i++)
        swap_vars(s, e->with.v[i].value);
}

static void swap_body(scopes *s, pt_body *b) {
    for (size_t i = 0; i < b->n; i++)
        swap_expr(s, b->v[i]);
}

// What the body declared is what the head means by it.
static void swap_vars(scopes *s, pt_term *t) {
    if (t->kind == PT_TERM_CONST)
        return;
    if (t->kind == PT_TERM_VAR) {
        local *l = find(s, t->sym, 0);
        if (!l)
            return;
        l->seen++;
        t->sym = l->to;
        return;
    }
    if (pt_root_ref(s->c, t)) {
        rename_root(s, t);
        return;
    }
    if (t->kind == PT_TERM_LITERAL) {
        swap_expr(s, t->literal);
        return;
    }
    if (pt_term_closure(t)) {
        if (t->compr.key)
            swap_vars(s, t->compr.key);
        swap_vars(s, t->compr.term);
        swap_body(s, &t->compr.body);
        return;
    }
    for (size_t i = t->kind == PT_TERM_CALL ? 1 : 0; i < t->items.n; i++)
        swap_vars(s, t->items.v[i]);
}

typedef void head_fn(void *to, pt_term *t);

static void each_head_term(pt_rule *r, head_fn *fn, void *to) {
    if (r->ref->kind == PT_TERM_REF && !r->is_else)
        for (size_t i = 1; i < r->ref->items.n; i++)
            fn(to, r->ref->items.v[i]);
    if (r->key)
        fn(to, r->key);
    if (r->value)
        fn(to, r->value);
}

static void head_closures(void *to, pt_term *t) {
    rename_head_closures(to, t);
}

static void head_swap(void *to, pt_term *t) {
    swap_vars(to, t);
}

void pt_locals_rule(pt_compiler *c, pt_rule *rule) {
    scopes s = {.c = c, .strict = c->opts.strict};
    for (size_t i = 0; i < rule->args.n; i++)
        rename_arg(&s, rule->args.v[i]);
    size_t args = s.v.n;
    for (pt_rule *r = rule; r; r = r->orelse) {
        s.v.n = args;
        each_head_term(r, head_closures, c);
        rename_body(&s, &r->body);
        each_head_term(r, head_swap, &s);
        check_unused(&s);
    }
    s.v.n = args;
    check_unused_args(&s, rule);
}

void pt_locals_query(pt_compiler *c, pt_body *body) {
    scopes s = {.c = c};
    rename_body(&s, body);
    check_unused(&s);
}

// NOLINTEND(misc-no-recursion)
