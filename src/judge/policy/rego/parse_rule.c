// Rules: heads, bodies, else, default.
#include "base/buf.h"
#include "judge/policy/rego/parse_impl.h"

pt_body pt_body_true(pt_parser *p, pt_loc loc) {
    pt_term *t = pt_made(p, pt_term_const(p->arena, loc, pt_bool(true)));
    pt_expr *e = t ? pt_made(p, pt_expr_new(p->arena, PT_EXPR_TERM, loc)) : NULL;
    if (e) {
        e->term = t;
        e->made = true;
    }
    return pt_body_of(p, e);
}

// -- places ---------------------------------------------------------------------------------------

static void place_expr(pt_expr *e, pt_loc loc);

// NOLINTBEGIN(misc-no-recursion): PT_REGO_NESTING_MAX
void pt_body_place(const pt_body *b, pt_loc loc) {
    for (size_t i = 0; i < b->n; i++)
        place_expr(b->v[i], loc);
}

void pt_term_place(pt_term *t, pt_loc loc) {
    if (!t)
        return;
    t->loc = loc;
    switch (t->kind) {
    case PT_TERM_CONST:
    case PT_TERM_VAR:
        break;
    case PT_TERM_ARRAY_COMPR:
    case PT_TERM_SET_COMPR:
    case PT_TERM_OBJECT_COMPR:
        pt_term_place(t->compr.key, loc);
        pt_term_place(t->compr.term, loc);
        pt_body_place(&t->compr.body, loc);
        break;
    case PT_TERM_LITERAL:
        place_expr(t->literal, loc);
        break;
    default:
        for (size_t i = 0; i < t->items.n; i++)
            pt_term_place(t->items.v[i], loc);
    }
}

static void place_expr(pt_expr *e, pt_loc loc) {
    e->loc = loc;
    for (size_t i = 0; i < e->with.n; i++) {
        e->with.v[i].loc = loc;
        pt_term_place(e->with.v[i].target, loc);
        pt_term_place(e->with.v[i].value, loc);
    }
    switch (e->kind) {
    case PT_EXPR_TERM:
        pt_term_place(e->term, loc);
        break;
    case PT_EXPR_SOME:
        for (size_t i = 0; i < e->decl.n; i++)
            pt_term_place(e->decl.v[i], loc);
        break;
    case PT_EXPR_EVERY:
        pt_term_place(e->every.key, loc);
        pt_term_place(e->every.value, loc);
        pt_term_place(e->every.domain, loc);
        pt_body_place(&e->every.body, loc);
        break;
    case PT_EXPR_NOT:
        pt_body_place(&e->body, loc);
        break;
    case PT_EXPR_AND:
    case PT_EXPR_OR:
        for (size_t i = 0; i < e->sides.n; i++)
            pt_body_place(&e->sides.v[i], loc);
        break;
    }
}
// NOLINTEND(misc-no-recursion)

// -- heads ----------------------------------------------------------------------------------------

static pt_term *read_head_ref(pt_parser *p) {
    pt_term *t = pt_read_var(p);
    if (!t)
        return NULL;
    pt_scan_blank(p);
    if (p->s.tok >= PT_TOK_ADD && p->s.tok != PT_TOK_UNIFY && p->s.tok != PT_TOK_ASSIGN)
        pt_illegal_token(p);
    if (p->s.tok == PT_TOK_BLANK)
        pt_scan(p);
    bool more = p->s.tok == PT_TOK_LPAREN || p->s.tok == PT_TOK_DOT || p->s.tok == PT_TOK_LBRACK;
    return more ? pt_read_ref(p, t) : t;
}

// The name and the arguments. False without an error: it is no head.
static bool read_head_name(pt_parser *p, pt_rule *r) {
    pt_term *t = read_head_ref(p);
    if (!t) {
        pt_illegal(p, "expected rule head name");
        return false;
    }
    if (t->kind == PT_TERM_VAR || t->kind == PT_TERM_REF) {
        r->ref = t;
        return true;
    }
    if (t->kind != PT_TERM_CALL)
        return false;
    r->ref = t->items.v[0];
    if (r->ref->kind != PT_TERM_VAR &&
        !(r->ref->kind == PT_TERM_REF && r->ref->items.v[0]->kind == PT_TERM_VAR)) {
        pt_illegal(p, "rule head ref %.*s invalid", PT_PRI(pt_loc_text(r->ref->loc)));
        return false;
    }
    for (size_t i = 1; i < t->items.n; i++) {
        if (!pt_add(p, &r->args, t->items.v[i]))
            return false;
    }
    r->function = r->args.n > 0;
    return true;
}

// The ref as OPA prints it: a["with"].b[x].
static pt_str ref_text(pt_parser *p, const pt_term *ref) {
    if (ref->kind != PT_TERM_REF)
        return pt_loc_text(ref->loc);
    pt_buf b = PT_BUF(PT_REGO_BYTES_MAX);
    pt_buf_put(&b, pt_loc_text(ref->items.v[0]->loc));
    for (size_t i = 1; i < ref->items.n; i++) {
        const pt_term *step = ref->items.v[i];
        pt_str s = step->kind == PT_TERM_CONST ? pt_text(step->value) : (pt_str){NULL, 0};
        if (pt_is_name(s) && !pt_keyword_name(s, PT_REGO_V1))
            pt_buf_printf(&b, ".%.*s", PT_PRI(s));
        else if (s.p)
            pt_buf_printf(&b, "[\"%.*s\"]", PT_PRI(s));
        else
            pt_buf_printf(&b, "[%.*s]", PT_PRI(pt_loc_text(step->loc)));
    }
    pt_str text = pt_arena_str(p->arena, pt_buf_str(&b));
    pt_buf_done(&b);
    return text;
}

static void read_head_key(pt_parser *p, pt_rule *r) {
    r->contains = true;
    if (r->function)
        pt_illegal(p,
                   "the contains keyword can only be used with multi-value rule definitions (e.g., "
                   "%.*s contains <VALUE> { ... })",
                   PT_PRI(ref_text(p, r->ref)));
    pt_scan(p);
    r->key = pt_read_infix(p);
    if (!r->key)
        pt_illegal(p, "expected rule key term (e.g., %.*s contains <VALUE> { ... })",
                   PT_PRI(ref_text(p, r->ref)));
}

static void read_head_value(pt_parser *p, pt_rule *r) {
    r->assigned = p->s.tok == PT_TOK_ASSIGN;
    pt_scan(p);
    r->value = pt_read_infix(p);
    if (r->value)
        return;
    pt_str name = ref_text(p, r->ref);
    if (!r->assigned)
        pt_illegal(p, "expected rule value term (e.g., %.*s[<nil>] = <VALUE> { ... })",
                   PT_PRI(name));
    else if (r->function)
        pt_illegal(p, "expected function value term (e.g., %.*s(...) := <VALUE> { ... })",
                   PT_PRI(name));
    else if (r->is_default)
        pt_illegal(p, "expected default rule value term (e.g., default %.*s := <VALUE>)",
                   PT_PRI(name));
    else
        pt_illegal(p, "expected rule value term (e.g., %.*s := <VALUE> { ... })", PT_PRI(name));
}

static void make_value(pt_parser *p, pt_rule *r) {
    r->value_made = true;
    r->value = pt_made(p, pt_term_const(p->arena, r->head_loc, pt_bool(true)));
}

static size_t steps(const pt_rule *r) {
    return r->ref->kind == PT_TERM_REF ? r->ref->items.n : 1;
}

static bool read_head(pt_parser *p, pt_rule *r) {
    pt_loc loc = pt_here(p);
    r->head_loc = loc;
    if (!read_head_name(p, r))
        return false;
    if (p->s.tok == PT_TOK_CONTAINS)
        read_head_key(p, r);
    else if (p->s.tok == PT_TOK_UNIFY || p->s.tok == PT_TOK_ASSIGN)
        read_head_value(p, r);
    r->head_loc = pt_span_last(p, loc);
    if (!r->value && !r->key && (steps(r) != 2 || r->function))
        make_value(p, r);
    return true;
}

// -- default --------------------------------------------------------------------------------------

// NOLINTNEXTLINE(misc-no-recursion): PT_REGO_NESTING_MAX
static void check_default_value(pt_parser *p, const pt_rule *r, const pt_term *t) {
    switch (t->kind) {
    case PT_TERM_VAR:
    case PT_TERM_REF:
    case PT_TERM_CALL:
        pt_flaw_at(p, r->loc, "illegal default rule (value cannot contain %s)",
                   pt_term_kind_name(t));
        break;
    case PT_TERM_ARRAY:
    case PT_TERM_SET:
    case PT_TERM_OBJECT:
    case PT_TERM_TEMPLATE:
        for (size_t i = 0; i < t->items.n; i++)
            check_default_value(p, r, t->items.v[i]);
        break;
    default: // constants; comprehensions have their own variables
        break;
    }
}

// Variables, each one once.
static void check_default_args(pt_parser *p, const pt_rule *r) {
    bool *seen = pt_made(p, PT_NEW(p->arena, bool, p->symbols->n));
    for (size_t i = 0; i < r->args.n && seen; i++) {
        const pt_term *t = r->args.v[i];
        if (t->kind != PT_TERM_VAR || pt_is_root(t))
            pt_flaw_at(p, r->loc, "illegal default rule (arguments cannot contain %s)",
                       pt_term_kind_name(t));
        else if (seen[t->sym->id])
            pt_flaw_at(p, r->loc, "illegal default rule (arguments cannot be repeated %.*s)",
                       PT_PRI(t->sym->name));
        else
            seen[t->sym->id] = true;
    }
}

static bool check_default(pt_parser *p, pt_rule *r) {
    const pt_flaw *before = p->s.flaws;
    if (!r->value)
        pt_flaw_at(p, r->loc, "illegal default rule (must have a value)");
    else
        check_default_value(p, r, r->value);
    if (p->s.flaws != before)
        return false;
    if (r->function)
        check_default_args(p, r);
    r->bodiless = true;
    r->loc = pt_span_last(p, r->loc);
    r->body = pt_body_true(p, r->loc);
    return p->s.flaws == before;
}

// -- bodies ---------------------------------------------------------------------------------------

static bool read_braced(pt_parser *p, pt_rule *r) {
    pt_scan(p);
    r->body = pt_read_body(p, PT_TOK_RBRACE);
    if (r->body.n == 0)
        return false;
    pt_scan(p);
    return true;
}

// Behind `if`: a literal; braces that are no other term are a body.
static bool read_if(pt_parser *p, pt_rule *r) {
    pt_scan(p);
    pt_state saved = p->s;
    bool brace = p->s.tok == PT_TOK_LBRACE;
    pt_expr *e = pt_read_literal(p);
    bool set = e && brace && e->kind == PT_EXPR_TERM && e->term->kind == PT_TERM_SET;
    if (e && !set) {
        r->one_line_body = true;
        r->body = pt_body_of(p, e);
        return true;
    }
    if (!brace)
        return false;
    p->s = saved;
    return read_braced(p, r);
}

// Arguments of a copied head: `_` is another variable there.
static bool copy_args(pt_parser *p, pt_rule *to, const pt_rule *from) {
    for (size_t i = 0; i < from->args.n; i++) {
        pt_term *t = pt_made(p, pt_term_copy(p->arena, from->args.v[i]));
        if (t && t->kind == PT_TERM_VAR && t->sym->wildcard)
            t->sym = pt_made(p, pt_sym_wildcard(p->symbols));
        if (!pt_add(p, &to->args, t))
            return false;
    }
    return true;
}

static pt_term *copy(pt_parser *p, const pt_term *t) {
    return t ? pt_made(p, pt_term_copy(p->arena, t)) : NULL;
}

static pt_rule *copy_head(pt_parser *p, const pt_rule *from, pt_loc loc) {
    pt_rule *r = pt_made(p, PT_NEW(p->arena, pt_rule, 1));
    if (!r)
        return NULL;
    *r = (pt_rule){.loc = loc,
                   .head_loc = loc,
                   .ref = copy(p, from->ref),
                   .function = from->function,
                   .value_made = from->value_made,
                   .assigned = from->assigned,
                   .contains = from->contains,
                   .with_if = from->with_if};
    return copy_args(p, r, from) ? r : NULL;
}

// -- else -----------------------------------------------------------------------------------------

static bool read_else_value(pt_parser *p, pt_rule *r) {
    switch (p->s.tok) {
    case PT_TOK_LBRACE:
    case PT_TOK_IF:
        make_value(p, r);
        return r->value;
    case PT_TOK_ASSIGN:
    case PT_TOK_UNIFY:
        r->assigned = p->s.tok == PT_TOK_ASSIGN;
        r->value_made = false;
        pt_scan(p);
        r->value = pt_read_infix(p);
        r->head_loc = pt_span_last(p, r->loc);
        return r->value;
    default:
        pt_illegal(p, "expected else value term or rule body");
        return false;
    }
}

static bool read_else_body(pt_parser *p, pt_rule *r) {
    r->with_if = p->s.tok == PT_TOK_IF;
    if (!r->with_if && p->s.tok != PT_TOK_LBRACE) {
        r->bodiless = true;
        r->body = pt_body_true(p, r->loc);
        return true;
    }
    if (r->with_if)
        pt_scan(p);
    if (p->s.tok == PT_TOK_LBRACE)
        return read_braced(p, r);
    if (p->s.tok == PT_TOK_EOF) {
        pt_illegal(p, "rule body expected");
        return false;
    }
    pt_expr *e = pt_read_literal(p);
    if (!e)
        return false;
    r->one_line_body = true;
    r->body = pt_body_of(p, e);
    pt_body_place(&r->body, pt_span_last(p, r->loc));
    return true;
}

// The chain of them. False: something is wrong.
static bool read_elses(pt_parser *p, pt_rule *head) {
    for (pt_rule *last = head; p->s.tok == PT_TOK_ELSE; last = last->orelse) {
        pt_rule *r = copy_head(p, head, pt_here(p));
        if (!r)
            return false;
        r->is_else = true;
        pt_scan(p);
        if (!read_else_value(p, r) || !read_else_body(p, r))
            return false;
        r->loc = pt_span_last(p, r->loc);
        last->orelse = r;
    }
    return true;
}

static bool may_else(pt_parser *p, const pt_rule *r, bool keyed) {
    if (p->s.tok != PT_TOK_ELSE || pt_ahead_ref(p)) // else.x is the next rule
        return true;
    bool open = r->ref->kind == PT_TERM_REF && !pt_is_ground(r->ref);
    if (open || keyed)
        pt_flaw_at(p, pt_here(p), "else keyword cannot be used on %s",
                   open ? "rules with variables in head" : "multi-value rules");
    return !open && !keyed;
}

// -- rules ----------------------------------------------------------------------------------------

static bool add_rule(pt_parser *p, pt_rule *r) {
    pt_stmt *s = pt_made(p, PT_PUSH(p->arena, &p->stmts));
    if (s)
        *s = (pt_stmt){.kind = PT_STMT_RULE, .loc = r->loc, .rule = r};
    return s;
}

// p { … } { … }
static bool read_chained(pt_parser *p, const pt_rule *head) {
    while (p->s.tok == PT_TOK_LBRACE) {
        pt_loc loc = pt_here(p);
        if (head->orelse) {
            pt_flaw_at(p, loc, "expected else keyword");
            return false;
        }
        pt_rule *r = copy_head(p, head, loc);
        if (!r || !read_braced(p, r))
            return false;
        r->key = copy(p, head->key);
        r->value = copy(p, head->value);
        r->chained = true;
        r->loc = r->head_loc = pt_span_last(p, loc);
        pt_term_place(r->key, r->loc);
        pt_term_place(r->value, r->loc);
        for (size_t i = 0; i < r->args.n; i++)
            pt_term_place(r->args.v[i], r->loc);
        if (!add_rule(p, r))
            return false;
    }
    return true;
}

// `p[x]` is a set of keys in front of braces, a map to true in front of `if`. Gives whether OPA
// takes it as one with a key.
static bool settle_key(pt_parser *p, pt_rule *r) {
    bool pair = steps(r) == 2 && !r->contains && !r->function;
    pt_term *step = steps(r) == 2 ? r->ref->items.v[1] : NULL;
    bool constant = step && pt_is_ground(step) && step->kind != PT_TERM_REF && !pt_is_root(step);
    if (r->with_if) {
        if (!r->value && !r->contains && steps(r) == 2)
            make_value(p, r);
        return r->key || (pair && !constant);
    }
    if (pair && !r->value) {
        r->key = step;
        r->ref = r->ref->items.v[0];
    }
    return r->key || pair;
}

static bool read_rule_body(pt_parser *p, pt_rule *r) {
    if (r->with_if)
        return read_if(p, r);
    if (p->s.tok == PT_TOK_LBRACE)
        return read_braced(p, r);
    if (!r->contains)
        return false; // a statement that may be read as a rule later
    r->bodiless = true;
    r->loc = r->head_loc;
    r->body = pt_body_true(p, r->loc);
    return true;
}

static bool read_rule(pt_parser *p, pt_rule *r) {
    r->with_if = p->s.tok == PT_TOK_IF;
    const pt_term *head = steps(r) == 2 ? r->ref->items.v[0] : NULL;
    if (head && head->kind != PT_TERM_VAR)
        return false;
    bool keyed = settle_key(p, r);
    if (!read_rule_body(p, r))
        return false;
    if (r->bodiless)
        return add_rule(p, r);
    if (!may_else(p, r, keyed) || !read_elses(p, r))
        return false;
    r->loc = pt_span_last(p, r->loc);
    return add_rule(p, r) && read_chained(p, r);
}

bool pt_read_rules(pt_parser *p) {
    pt_rule *r = pt_made(p, PT_NEW(p->arena, pt_rule, 1));
    if (!r)
        return false;
    r->loc = pt_here(p);
    (void)pt_ahead_ref(p);
    if (p->s.tok == PT_TOK_DEFAULT) {
        pt_scan(p);
        r->is_default = true;
        (void)pt_ahead_ref(p);
    }
    if (p->s.tok != PT_TOK_IDENT) {
        if (r->is_default)
            (void)pt_flaw_rule_name(p, true);
        return false;
    }
    size_t before = p->stmts.n;
    if (!read_head(p, r) ||
        !(r->is_default ? check_default(p, r) && add_rule(p, r) : read_rule(p, r))) {
        p->stmts.n = before;
        return false;
    }
    return true;
}
