// Terms: scalars, refs, calls, collections and comprehensions.
#include "judge/policy/rego/parse_impl.h"

const char *pt_term_kind_name(const pt_term *t) {
    static const char *const names[] = {
        [PT_TERM_VAR] = "var",
        [PT_TERM_REF] = "ref",
        [PT_TERM_CALL] = "call",
        [PT_TERM_ARRAY] = "array",
        [PT_TERM_SET] = "set",
        [PT_TERM_OBJECT] = "object",
        [PT_TERM_TEMPLATE] = "templatestring",
        [PT_TERM_ARRAY_COMPR] = "arraycomprehension",
        [PT_TERM_SET_COMPR] = "setcomprehension",
        [PT_TERM_OBJECT_COMPR] = "objectcomprehension",
        [PT_TERM_LITERAL] = "expr",
    };
    if (t->kind == PT_TERM_CONST)
        return pt_tag_name(pt_tag_of(t->value));
    return pt_is_root(t) ? names[PT_TERM_REF] : names[t->kind];
}

bool pt_is_root(const pt_term *t) {
    return t->kind == PT_TERM_VAR &&
           (pt_str_eqz(t->sym->name, "input") || pt_str_eqz(t->sym->name, "data"));
}

// NOLINTNEXTLINE(misc-no-recursion): PT_REGO_NESTING_MAX
bool pt_is_ground(const pt_term *t) {
    switch (t->kind) {
    case PT_TERM_CONST:
        return true;
    case PT_TERM_VAR:
        return pt_is_root(t);
    case PT_TERM_REF:
    case PT_TERM_CALL:
    case PT_TERM_ARRAY:
    case PT_TERM_SET:
    case PT_TERM_OBJECT:
        // The head of a ref and the operator of a call are ground.
        for (size_t i = t->kind == PT_TERM_REF || t->kind == PT_TERM_CALL; i < t->items.n; i++) {
            if (!pt_is_ground(t->items.v[i]))
                return false;
        }
        return true;
    default:
        return false;
    }
}

static pt_term *items_term(pt_parser *p, pt_term_kind kind, pt_loc loc, pt_terms items) {
    pt_term *t = pt_made(p, pt_term_new(p->arena, kind, loc));
    if (t)
        t->items = items;
    return t;
}

// NOLINTBEGIN(misc-no-recursion): terms nest up to PT_REGO_NESTING_MAX

// -- lists ----------------------------------------------------------------------------------------

// Terms up to `end`, with a comma between them and maybe behind them. In an object ("pairs") every
// other one has a colon before it.
static bool read_list(pt_parser *p, pt_token end, bool pairs, pt_terms *items) {
    for (bool value = false; value || p->s.tok != end;) {
        if (!pt_add(p, items, pt_read_infix_in_list(p)))
            return false;
        if (pairs && !value) {
            value = true;
            if (p->s.tok != PT_TOK_COLON) {
                pt_illegal(p, "expected \":\"");
                return false;
            }
            pt_scan(p);
            continue;
        }
        value = false;
        if (p->s.tok == end)
            break;
        if (p->s.tok != PT_TOK_COMMA) {
            pt_illegal(p, "expected \",\" or \"%s\"", pt_token_name(end));
            return false;
        }
        pt_scan(p);
    }
    return true;
}

// A collection of `first` (one term, or two of an object) and of what follows the comma here.
static pt_term *read_rest(pt_parser *p, pt_term_kind kind, pt_token end, pt_term *const first[2]) {
    pt_terms items = {0};
    bool pairs = kind == PT_TERM_OBJECT;
    if (!pt_add(p, &items, first[0]) || (pairs && !pt_add(p, &items, first[1])))
        return NULL;
    if (p->s.tok == PT_TOK_COMMA) {
        pt_scan(p);
        if (!read_list(p, end, pairs, &items))
            return NULL;
    }
    return items_term(p, kind, pt_here(p), items);
}

// The body behind '|'.
static pt_term *read_compr(pt_parser *p, pt_term_kind kind, pt_term *key, pt_term *term) {
    pt_scan(p);
    pt_body body = pt_read_body(p, kind == PT_TERM_ARRAY_COMPR ? PT_TOK_RBRACK : PT_TOK_RBRACE);
    if (body.n == 0)
        return NULL;
    pt_term *t = pt_made(p, pt_term_new(p->arena, kind, pt_here(p)));
    if (t) {
        t->compr.key = key;
        t->compr.term = term;
        t->compr.body = body;
    }
    return t;
}

// -- arrays, sets, objects ------------------------------------------------------------------------

// Behind the opening bracket; the closing one is then the current token. A plain term is read
// first, so that '|' behind it makes a comprehension, and is no operator.
static pt_term *read_array(pt_parser *p) {
    pt_scan(p);
    if (p->s.tok == PT_TOK_RBRACK)
        return items_term(p, PT_TERM_ARRAY, pt_here(p), (pt_terms){0});
    bool may_compr = p->s.tok != PT_TOK_COMMA; // a leading comma is a relic
    if (!may_compr)
        pt_scan(p);
    pt_state saved = p->s;
    pt_term *head = pt_read_term(p);
    if (!head)
        return NULL;
    if (p->s.tok == PT_TOK_RBRACK || p->s.tok == PT_TOK_COMMA)
        return read_rest(p, PT_TERM_ARRAY, PT_TOK_RBRACK, (pt_term *const[]){head, NULL});
    if (p->s.tok == PT_TOK_OR && may_compr) {
        pt_term *t = read_compr(p, PT_TERM_ARRAY_COMPR, NULL, head);
        if (t || p->s.tok != PT_TOK_COMMA)
            return t;
    }
    p->s = saved;
    pt_terms items = {0};
    return read_list(p, PT_TOK_RBRACK, false, &items)
               ? items_term(p, PT_TERM_ARRAY, pt_here(p), items)
               : NULL;
}

static pt_term *read_set(pt_parser *p, const pt_state *saved, pt_term *head) {
    if (p->s.tok != PT_TOK_OR)
        return read_rest(p, PT_TERM_SET, PT_TOK_RBRACE, (pt_term *const[]){head, NULL});
    pt_term *t = read_compr(p, PT_TERM_SET_COMPR, NULL, head);
    if (t || p->s.tok != PT_TOK_COMMA)
        return t;
    p->s = *saved;
    pt_terms items = {0};
    return read_list(p, PT_TOK_RBRACE, false, &items)
               ? items_term(p, PT_TERM_SET, pt_here(p), items)
               : NULL;
}

// At the colon.
static pt_term *read_object(pt_parser *p, pt_term *key, bool may_compr) {
    pt_scan(p);
    pt_state saved = p->s;
    pt_term *value = pt_read_term(p);
    if (!value)
        return NULL;
    if (may_compr && (p->s.tok == PT_TOK_RBRACE || p->s.tok == PT_TOK_COMMA))
        return read_rest(p, PT_TERM_OBJECT, PT_TOK_RBRACE, (pt_term *const[]){key, value});
    if (may_compr && p->s.tok == PT_TOK_OR) {
        pt_term *t = read_compr(p, PT_TERM_OBJECT_COMPR, key, value);
        if (t)
            return t;
    }
    p->s = saved;
    value = pt_read_infix_in_list(p);
    if (!value)
        return NULL;
    if (p->s.tok == PT_TOK_RBRACE || p->s.tok == PT_TOK_COMMA)
        return read_rest(p, PT_TERM_OBJECT, PT_TOK_RBRACE, (pt_term *const[]){key, value});
    pt_illegal(p, "non-terminated object");
    return NULL;
}

static pt_term *read_braces(pt_parser *p) {
    pt_scan(p);
    if (p->s.tok == PT_TOK_RBRACE)
        return items_term(p, PT_TERM_OBJECT, pt_here(p), (pt_terms){0});
    bool may_compr = p->s.tok != PT_TOK_COMMA;
    if (!may_compr)
        pt_scan(p);
    pt_state saved = p->s;
    pt_term *head = pt_read_term(p);
    if (!head)
        return NULL;
    pt_token t = p->s.tok;
    if ((t == PT_TOK_OR && may_compr) || t == PT_TOK_RBRACE || t == PT_TOK_COMMA)
        return read_set(p, &saved, head);
    if (t == PT_TOK_COLON)
        return read_object(p, head, may_compr);
    p->s = saved;
    head = pt_read_infix_in_list(p);
    if (!head)
        return NULL;
    if (p->s.tok == PT_TOK_RBRACE || p->s.tok == PT_TOK_COMMA)
        return read_set(p, &saved, head);
    if (p->s.tok == PT_TOK_COLON)
        return read_object(p, head, may_compr);
    pt_illegal(p, "non-terminated set");
    return NULL;
}

// -- refs and calls -------------------------------------------------------------------------------

// What is called, or a ref: one item stands for itself.
static pt_term *ref_of(pt_parser *p, pt_terms items, pt_loc loc) {
    return items.n == 1 ? items.v[0] : items_term(p, PT_TERM_REF, loc, items);
}

// At the opening parenthesis; the token behind the closing one is then the current one.
static pt_term *read_call(pt_parser *p, pt_term *op, pt_loc loc) {
    pt_scan(p);
    bool empty = p->s.tok == PT_TOK_RPAREN;
    pt_terms items = {0};
    if (!pt_add(p, &items, op) || (!empty && !read_list(p, PT_TOK_RPAREN, false, &items)))
        return NULL;
    loc = pt_span(loc, p->s.end);
    pt_scan_blank(p);
    if (empty && op->kind == PT_TERM_VAR && pt_str_eqz(op->sym->name, "set"))
        return items_term(p, PT_TERM_SET, loc, (pt_terms){0});
    return items_term(p, PT_TERM_CALL, loc, items);
}

// `.name` or `[term]` here.
static bool read_step(pt_parser *p, pt_terms *items) {
    if (p->s.tok == PT_TOK_DOT) {
        pt_scan_blank(p);
        if (p->s.tok != PT_TOK_IDENT && !pt_ref_keyword(p)) {
            pt_illegal(p, "expected identifier");
            return false;
        }
        bool added = pt_add(p, items, pt_term_string(p, pt_here(p), pt_lit(p)));
        pt_scan_blank(p);
        return added;
    }
    pt_scan(p);
    if (!pt_add(p, items, pt_read_infix(p)))
        return false;
    if (p->s.tok != PT_TOK_RBRACK) {
        pt_illegal(p, "expected [");
        return false;
    }
    pt_scan_blank(p);
    return true;
}

static bool at_step(const pt_parser *p) {
    return p->s.tok == PT_TOK_DOT || p->s.tok == PT_TOK_LBRACK;
}

static pt_term *read_ref(pt_parser *p, pt_term *head, pt_loc loc) {
    for (;;) {
        pt_terms items = {0};
        if (!pt_add(p, &items, head))
            return NULL;
        while (at_step(p)) {
            if (!read_step(p, &items))
                return NULL;
        }
        head = ref_of(p, items, pt_span(loc, p->s.tok == PT_TOK_LPAREN ? p->s.at : p->s.last_end));
        if (!head || p->s.tok != PT_TOK_LPAREN)
            return head;
        head = read_call(p, head, loc);
        if (!head || !pt_height_add(p, 2) || !at_step(p)) // f(x)(y) is none
            return head;
    }
}

// At '.', '[' or '(' behind `head`.
pt_term *pt_read_ref(pt_parser *p, pt_term *head) {
    if (head->kind == PT_TERM_CONST || head->kind == PT_TERM_TEMPLATE)
        pt_flaw_at(p, head->loc, "illegal ref (head cannot be %s)", pt_term_kind_name(head));
    pt_term *t = read_ref(p, head, head->loc);
    if (t && p->s.tok == PT_TOK_BLANK)
        pt_scan(p);
    return t;
}

// -- terms ----------------------------------------------------------------------------------------

// At the last token of `head`: what follows it without a blank belongs to it.
static pt_term *finish(pt_parser *p, pt_term *head) {
    pt_scan_blank(p);
    if (p->s.tok == PT_TOK_LPAREN || at_step(p))
        return pt_read_ref(p, head);
    if (p->s.tok == PT_TOK_BLANK)
        pt_scan(p);
    return head;
}

static pt_term *read_parens(pt_parser *p) {
    uint32_t at = p->s.at;
    pt_scan(p);
    pt_term *t = pt_read_infix(p);
    if (!t)
        return NULL;
    if (p->s.tok != PT_TOK_RPAREN) {
        pt_flaw_at(p, pt_here(p), "non-terminated expression");
        return NULL;
    }
    t->loc.at = at;
    t->loc = pt_span(t->loc, p->s.end);
    t->parens = true;
    return t;
}

static pt_term *read_constant(pt_parser *p, pt_value v) {
    return pt_made(p, pt_term_const(p->arena, pt_here(p), v));
}

static pt_term *read_collection(pt_parser *p) {
    pt_loc loc = pt_here(p);
    pt_term *t = p->s.tok == PT_TOK_LBRACK ? read_array(p) : read_braces(p);
    if (t)
        t->loc = pt_span(loc, p->s.end);
    return t;
}

// `and` and `or` before a parenthesis are the built-ins of & and |, where a term is expected.
static bool at_logical_call(pt_parser *p) {
    return pt_at_logical(p) && pt_peek_blank(p) == PT_TOK_LPAREN;
}

// Up to its last token.
static pt_term *read_primary(pt_parser *p) {
    switch (p->s.tok) {
    case PT_TOK_NULL:
        return read_constant(p, pt_null());
    case PT_TOK_TRUE:
    case PT_TOK_FALSE:
        return read_constant(p, pt_bool(p->s.tok == PT_TOK_TRUE));
    case PT_TOK_SUB:
    case PT_TOK_DOT:
    case PT_TOK_NUMBER:
        return pt_read_number(p);
    case PT_TOK_STRING:
        return pt_read_string(p);
    case PT_TOK_TEMPLATE_PART:
    case PT_TOK_TEMPLATE_END:
    case PT_TOK_RAW_TEMPLATE_PART:
    case PT_TOK_RAW_TEMPLATE_END:
        return pt_read_template(p);
    case PT_TOK_IDENT:
    case PT_TOK_CONTAINS: // a keyword in heads only
        return pt_read_var(p);
    case PT_TOK_LBRACK:
    case PT_TOK_LBRACE:
        return read_collection(p);
    case PT_TOK_LPAREN:
        return read_parens(p);
    default:
        break;
    }
    if (at_logical_call(p))
        return pt_read_var(p);
    pt_illegal_token(p);
    return NULL;
}

// -x.y, at the minus: minus(0, x.y). NULL without an error: it is a number's sign.
static pt_term *read_negative(pt_parser *p) {
    pt_loc loc = pt_here(p);
    pt_state saved = p->s;
    pt_scan(p);
    if (p->s.tok != PT_TOK_IDENT && p->s.tok != PT_TOK_CONTAINS) {
        p->s = saved;
        pt_term *number = pt_read_number(p);
        return number ? finish(p, number) : NULL;
    }
    pt_term *t = pt_read_var(p);
    t = t ? finish(p, t) : NULL;
    if (!t)
        return NULL;
    pt_term *zero = pt_made(p, pt_term_const(p->arena, loc, pt_int(0)));
    pt_term *call =
        zero ? pt_made(p, pt_term_call(p->symbols, loc, "minus", (pt_term *const[]){zero, t}, 2))
             : NULL;
    if (call)
        call->loc = pt_span_last(p, loc);
    return call;
}

static pt_term *read_term(pt_parser *p) {
    if (p->s.tok == PT_TOK_SUB)
        return read_negative(p);
    pt_term *t = read_primary(p);
    return t ? finish(p, t) : NULL;
}

pt_term *pt_read_term(pt_parser *p) {
    pt_term *t;
    if (pt_memo_get(p, &t))
        return t;
    if (!pt_enter(p))
        return NULL;
    pt_state from = p->s;
    uint32_t before = pt_height_begin(p);
    t = read_term(p);
    if (!pt_height_add(p, 1))
        t = NULL;
    pt_memo_put(p, &from, t);
    pt_height_end(p, before);
    pt_leave(p);
    return t;
}
// NOLINTEND(misc-no-recursion)
