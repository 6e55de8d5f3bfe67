// Bodies and their literals.
#include <string.h>

#include "judge/policy/rego/parse_impl.h"

pt_body pt_body_of(pt_parser *p, pt_expr *e) {
    pt_body b = {0};
    (void)pt_add_expr(p, &b, e);
    return b;
}

static pt_expr *term_expr(pt_parser *p, pt_term *t, pt_loc loc) {
    pt_expr *e = t ? pt_made(p, pt_expr_new(p->arena, PT_EXPR_TERM, loc)) : NULL;
    if (e)
        e->term = t;
    return e;
}

// A call as OPA tells it from a term that happens to be one: calls of the literal itself.
bool pt_is_call(const pt_expr *e) {
    return e->kind == PT_EXPR_TERM && e->term->kind == PT_TERM_CALL;
}

// NOLINTBEGIN(misc-no-recursion): bodies and terms nest up to PT_REGO_NESTING_MAX

// -- with -----------------------------------------------------------------------------------------

static bool read_with(pt_parser *p, pt_with *w) {
    w->loc = pt_here(p);
    pt_scan(p);
    if (p->s.tok != PT_TOK_IDENT) {
        pt_illegal(p, "expected ident");
        return false;
    }
    w->target = pt_read_term(p);
    if (!w->target)
        return false;
    if (w->target->kind != PT_TERM_VAR && w->target->kind != PT_TERM_REF)
        pt_illegal(p, "expected with target path");
    if (p->s.tok != PT_TOK_AS) {
        pt_illegal(p, "expected as keyword");
        return false;
    }
    pt_scan(p);
    w->value = pt_read_infix(p);
    w->loc = pt_span_last(p, w->loc);
    return w->value;
}

bool pt_read_with(pt_parser *p, pt_expr *e) {
    while (p->s.tok == PT_TOK_WITH) {
        pt_with w = {0};
        if (!read_with(p, &w))
            return false;
        pt_with *slot = pt_made(p, PT_PUSH(p->arena, &e->with));
        if (!slot)
            return false;
        *slot = w;
    }
    return true;
}

// -- some, every ----------------------------------------------------------------------------------

// Is it the call of `in`, with the right number of operands? 0: another function; else how many
// operands, or -1.
static int membership(const pt_term *call) {
    static const struct {
        const char *name;
        int operands;
    } forms[] = {{"internal.member_2", 2}, {"internal.member_3", 3}};
    for (size_t i = 0; i < PT_COUNT(forms); i++) {
        if (pt_operator_is(call, forms[i].name))
            return call->items.n == (size_t)forms[i].operands + 1 ? forms[i].operands : -1;
    }
    return 0;
}

static pt_expr *some_in(pt_parser *p, pt_loc loc, pt_term *call) {
    int operands = membership(call);
    if (operands <= 0) {
        pt_illegal(p, operands < 0 ? "illegal domain"
                                   : "expected `x in xs` or `x, y in xs` expression");
        return NULL;
    }
    pt_expr *e = pt_made(p, pt_expr_new(p->arena, PT_EXPR_SOME, loc));
    return e && pt_add(p, &e->decl, call) && pt_read_with(p, e) ? e : NULL;
}

// Would `x in xs` be read here, were `in` a keyword?
static bool future_in(pt_parser *p) {
    pt_state saved = p->s;
    pt_keywords_saved keywords = pt_keywords_set(p, p->lex.keywords | PT_KEYWORDS_FUTURE);
    pt_scan(p);
    const pt_term *t = pt_read_infix(p);
    pt_keywords_restore(p, &keywords);
    p->s = saved;
    return t && t->kind == PT_TERM_CALL && membership(t) != 0;
}

static pt_expr *some_vars(pt_parser *p, pt_loc loc) {
    pt_expr *e = pt_made(p, pt_expr_new(p->arena, PT_EXPR_SOME, loc));
    while (e) {
        pt_scan(p);
        if (p->s.tok != PT_TOK_IDENT) {
            pt_illegal(p, "expected var");
            return NULL;
        }
        if (!pt_add(p, &e->decl, pt_read_var(p)))
            return NULL;
        pt_scan(p);
        if (p->s.tok != PT_TOK_COMMA)
            break;
    }
    return e;
}

static pt_expr *read_some(pt_parser *p) {
    pt_loc loc = pt_here(p);
    pt_state saved = p->s;
    pt_scan(p);
    pt_term *t = pt_read_infix(p);
    if (t && t->kind == PT_TERM_CALL)
        return some_in(p, loc, t);
    p->s = saved;
    if (pt_keywords_future(p, PT_KEYWORD(PT_TOK_IN)) && future_in(p))
        pt_hint_add(p, "`import future.keywords.in` for `some x in xs` expressions");
    return some_vars(p, loc);
}

static bool every_vars(pt_parser *p, pt_expr *e, const pt_term *call) {
    int operands = call->kind == PT_TERM_CALL ? membership(call) : 0;
    if (operands <= 0) {
        pt_illegal(p,
                   operands < 0 ? "illegal domain" : "expected `x[, y] in xs { ... }` expression");
        return false;
    }
    pt_term *const *args = call->items.v + 1;
    if (operands == 3)
        e->every.key = *args++;
    e->every.value = args[0];
    e->every.domain = args[1];
    if (e->every.key && (e->every.key->kind != PT_TERM_VAR || pt_is_root(e->every.key))) {
        pt_illegal(p, "expected key to be a variable");
        return false;
    }
    if (e->every.value->kind != PT_TERM_VAR || pt_is_root(e->every.value)) {
        pt_illegal(p, "expected value to be a variable");
        return false;
    }
    return true;
}

static pt_expr *read_every(pt_parser *p) {
    pt_expr *e = pt_made(p, pt_expr_new(p->arena, PT_EXPR_EVERY, pt_here(p)));
    pt_scan(p);
    const pt_term *t = pt_read_infix(p);
    if (!e || !t || !every_vars(p, e, t))
        return NULL;
    if (p->s.tok != PT_TOK_LBRACE) {
        pt_illegal(p, "missing body");
        return NULL;
    }
    pt_scan(p);
    e->every.body = pt_read_body(p, PT_TOK_RBRACE);
    if (e->every.body.n == 0)
        return NULL;
    pt_scan(p);
    return pt_read_with(p, e) ? e : NULL;
}

// -- literals -------------------------------------------------------------------------------------

pt_expr *pt_read_expr(pt_parser *p) {
    pt_loc loc = pt_here(p);
    pt_term *lhs = pt_read_infix(p);
    if (!lhs)
        return NULL;
    if (p->s.tok != PT_TOK_ASSIGN && p->s.tok != PT_TOK_UNIFY)
        return term_expr(p, lhs, pt_span_last(p, loc));
    pt_loc op = pt_here(p);
    const char *name = pt_token_name(p->s.tok);
    pt_scan(p);
    pt_term *rhs = pt_read_infix(p);
    pt_term *call =
        rhs ? pt_made(p, pt_term_call(p->symbols, op, name, (pt_term *[]){lhs, rhs}, 2)) : NULL;
    if (!call)
        return NULL;
    call->loc = pt_span_last(p, lhs->loc);
    return term_expr(p, call, pt_span_last(p, loc));
}

// `every x in xs { … }` where `every` is no keyword yet was read as the variable.
static void hint_every(pt_parser *p, const pt_state *start, const pt_expr *e) {
    if (!pt_keywords_future(p, PT_KEYWORD(PT_TOK_EVERY)) || e->kind != PT_EXPR_TERM ||
        e->term->kind != PT_TERM_VAR || !pt_str_eqz(e->term->sym->name, "every"))
        return;
    pt_state saved = p->s;
    p->s = *start;
    pt_keywords_saved keywords = pt_keywords_set(p, p->lex.keywords | PT_KEYWORDS_FUTURE);
    bool every = read_every(p);
    pt_keywords_restore(p, &keywords);
    p->s = saved;
    if (every)
        pt_hint_add(p, "`import future.keywords.every` for `every x in xs { ... }` expressions");
}

static bool empty_object(const pt_expr *e) {
    return e->with.n == 0 && e->kind == PT_EXPR_TERM && e->term->kind == PT_TERM_OBJECT &&
           e->term->items.n == 0;
}

// `e` stands before `and` or `or`.
static pt_expr *logical_after(pt_parser *p, pt_expr *e, bool negated, const pt_loc *with_loc) {
    if (with_loc) {
        pt_flaw_with_operand(p, *with_loc);
        return NULL;
    }
    pt_str text = pt_loc_text(e->loc);
    if (!negated && text.n && text.p[0] == '{') {
        if (empty_object(e))
            pt_flaw_at(p, e->loc, "found empty body");
        else
            pt_flaw_braces(p, e->loc, text, pt_token_name(p->s.tok));
        return NULL;
    }
    return pt_read_logical_tail(p, (pt_operand){.body = pt_body_of(p, e), .loc = e->loc});
}

// What follows `not …`.
static pt_expr *read_after_not(pt_parser *p, pt_expr *e) {
    return e ? pt_read_logical_tail(p, (pt_operand){.body = pt_body_of(p, e), .loc = e->loc})
             : NULL;
}

// A term, or a call of an operator; `not` was read.
static pt_expr *read_literal_expr(pt_parser *p, bool negated, pt_loc not_loc) {
    pt_state start = p->s;
    pt_operand group;
    if (negated && p->not_bodies && p->s.tok == PT_TOK_LPAREN &&
        pt_read_group(p, true, "not ", &group)) {
        if (group.body.n == 0)
            return NULL;
        return read_after_not(p, pt_not_of(p, not_loc, &group));
    }
    pt_expr *e = pt_read_expr(p);
    if (!e)
        return NULL;
    pt_loc with_loc = pt_here(p);
    bool with = p->s.tok == PT_TOK_WITH;
    if (!pt_read_with(p, e))
        return NULL;
    hint_every(p, &start, e);
    if (negated && p->not_bodies) {
        pt_expr *outer = pt_not_of(p, not_loc, &(pt_operand){.body = pt_body_of(p, e)});
        if (!outer)
            return NULL;
        memcpy(&outer->with, &e->with, sizeof e->with); // they are the whole literal's
        memset(&e->with, 0, sizeof e->with);
        e = outer;
    } else {
        e->negated = negated;
    }
    return pt_at_logical(p) ? logical_after(p, e, negated, with ? &with_loc : NULL) : e;
}

static pt_expr *read_plain_literal(pt_parser *p) {
    pt_loc loc = pt_here(p);
    if (pt_ahead_ref(p))
        return read_literal_expr(p, false, loc);
    bool negated = pt_at_not(p);
    if (negated)
        pt_scan(p);
    if (negated && p->not_bodies && p->s.tok == PT_TOK_LBRACE) {
        return read_after_not(p, pt_read_not_body(p, loc));
    }
    if (p->s.tok != PT_TOK_SOME && p->s.tok != PT_TOK_EVERY)
        return read_literal_expr(p, negated, loc);
    if (negated) {
        pt_illegal(p, "illegal negation of '%s'", pt_token_name(p->s.tok));
        return NULL;
    }
    return p->s.tok == PT_TOK_SOME ? read_some(p) : read_every(p);
}

pt_expr *pt_read_literal(pt_parser *p) {
    pt_loc loc = pt_here(p);
    bool logical = pt_logical_known(p);
    bool taken = false;
    pt_expr *e = NULL;
    pt_operand group;
    if (logical && p->s.tok == PT_TOK_LBRACE)
        e = pt_read_braces_operand(p, &taken);
    if (!taken && logical && p->s.tok == PT_TOK_LPAREN && pt_read_group(p, false, "", &group)) {
        taken = true;
        e = group.body.n ? pt_read_logical_tail(p, group) : NULL;
    }
    if (!taken)
        e = read_plain_literal(p);
    if (!e)
        return NULL;
    e->loc = pt_span_last(p, loc);
    if (e->kind == PT_EXPR_NOT && !e->braced) // what is wrong in `not x` is told at the `not`
        e->body.v[0]->loc = e->loc;
    return e;
}

// -- bodies ---------------------------------------------------------------------------------------

// `x in xs` without the import, and the same for `and` and `or`.
static void hint_infix(pt_parser *p) {
    static const struct {
        const char *word, *example;
    } words[] = {{"in", "x in xs"}, {"and", "x and y"}, {"or", "x or y"}};
    if (p->s.hints)
        return;
    for (size_t i = 0; i < PT_COUNT(words); i++) {
        bool found = p->s.tok == PT_TOK_IDENT ? pt_str_eqz(pt_lit(p), words[i].word)
                                              : p->s.tok == PT_TOK_COMMA && i == 0 && future_in(p);
        if (found) {
            pt_hint_add(p, "`import future.keywords.%s` for `%s` expressions", words[i].word,
                        words[i].example);
            return;
        }
    }
}

pt_body pt_read_query(pt_parser *p, bool one, pt_token end) {
    static const pt_body none = {0};
    pt_body body = {0};
    if (p->s.tok == end) {
        pt_flaw_at(p, pt_here(p), "found empty body");
        return none;
    }
    for (;;) {
        if (!pt_add_expr(p, &body, pt_read_literal(p)))
            return none;
        if (p->s.tok == PT_TOK_SEMICOLON) {
            pt_scan(p);
            continue;
        }
        if (p->s.tok == end || one)
            return body;
        if (p->s.newline)
            continue;
        if (!p->s.flaws) {
            hint_infix(p);
            pt_illegal(p, "expected \\n or ; or %s", pt_token_name(end));
        }
        return none;
    }
}

pt_body pt_read_body(pt_parser *p, pt_token end) {
    if (!pt_enter(p))
        return (pt_body){0};
    pt_body body = pt_read_query(p, false, end);
    pt_leave(p);
    return body;
}
// NOLINTEND(misc-no-recursion)
