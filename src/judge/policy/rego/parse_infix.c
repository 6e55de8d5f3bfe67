// Infix operators, by precedence: `in`, comparisons, |, &, + and -, * and / and %.
#include "judge/policy/rego/parse_impl.h"

enum {
    LEVEL_COMPARE = 1,
    LEVEL_OR,
    LEVEL_AND,
    LEVEL_SUM,
    LEVEL_PRODUCT,
};

static const uint8_t levels[PT_TOK_COUNT] = {
    [PT_TOK_EQUAL] = LEVEL_COMPARE, [PT_TOK_NEQ] = LEVEL_COMPARE, [PT_TOK_LT] = LEVEL_COMPARE,
    [PT_TOK_GT] = LEVEL_COMPARE,    [PT_TOK_LTE] = LEVEL_COMPARE, [PT_TOK_GTE] = LEVEL_COMPARE,
    [PT_TOK_OR] = LEVEL_OR,         [PT_TOK_AND] = LEVEL_AND,     [PT_TOK_ADD] = LEVEL_SUM,
    [PT_TOK_SUB] = LEVEL_SUM,       [PT_TOK_MUL] = LEVEL_PRODUCT, [PT_TOK_QUO] = LEVEL_PRODUCT,
    [PT_TOK_REM] = LEVEL_PRODUCT,
};

// The call of an operator at `op`; its place is that of the first operand.
static pt_term *call_of(pt_parser *p, pt_loc op, const char *name, pt_term *const *args, size_t n) {
    pt_term *call = pt_made(p, pt_term_call(p->symbols, op, name, args, n));
    if (!call || !pt_height_add(p, 1))
        return NULL;
    call->loc = pt_span_last(p, args[0]->loc);
    return call;
}

// NOLINTBEGIN(misc-no-recursion): once a level, and terms nest up to PT_REGO_NESTING_MAX
// Operators of `level` and above. Where the right side is missing the left one is given, as OPA
// does, with the error told; weaker operators may then follow.
static pt_term *climb(pt_parser *p, unsigned level) {
    uint32_t before = pt_height_begin(p);
    pt_term *lhs = pt_read_term(p);
    unsigned top = LEVEL_PRODUCT;
    while (lhs) {
        unsigned at = levels[p->s.tok];
        if (at < level || at > top)
            break;
        pt_loc op = pt_here(p);
        const char *name = pt_token_name(p->s.tok);
        pt_scan(p);
        pt_term *rhs = climb(p, at + 1);
        top = rhs ? at : at - 1;
        if (rhs)
            lhs = call_of(p, op, name, (pt_term *const[]){lhs, rhs}, 2);
    }
    pt_height_end(p, before);
    return lhs;
}

// `mhs in rhs` behind "lhs,". NULL: that it is not, and the parser stands where it stood.
static pt_term *pair_in(pt_parser *p, pt_term *lhs) {
    pt_state saved = p->s;
    pt_scan(p);
    pt_term *mhs = climb(p, LEVEL_COMPARE);
    if (mhs && p->s.tok == PT_TOK_IN) {
        pt_loc op = pt_here(p);
        pt_scan(p);
        pt_term *rhs = climb(p, LEVEL_COMPARE);
        if (rhs)
            return call_of(p, op, "internal.member_3", (pt_term *const[]){lhs, mhs, rhs}, 3);
    }
    p->s = saved;
    return NULL;
}

static pt_term *read_in(pt_parser *p, bool pair) {
    uint32_t before = pt_height_begin(p);
    pt_term *lhs = climb(p, LEVEL_COMPARE);
    pt_term *call = lhs && pair && p->s.tok == PT_TOK_COMMA ? pair_in(p, lhs) : NULL;
    if (call)
        lhs = call;
    if (lhs && !call)
        (void)pt_ahead_ref(p); // in.x on the next line is a ref
    while (lhs && p->s.tok == PT_TOK_IN && !(call && pt_ahead_ref(p))) {
        pt_loc op = pt_here(p);
        pt_scan(p);
        pt_term *rhs = climb(p, LEVEL_COMPARE);
        if (!rhs)
            break;
        call = call_of(p, op, "internal.member_2", (pt_term *const[]){lhs, rhs}, 2);
        lhs = call;
    }
    pt_height_end(p, before);
    return lhs;
}

pt_term *pt_read_infix(pt_parser *p) {
    return read_in(p, true);
}

pt_term *pt_read_infix_in_list(pt_parser *p) {
    return read_in(p, false);
}

// NOLINTEND(misc-no-recursion)

// -- what a call calls ----------------------------------------------------------------------------

bool pt_operator_is(const pt_term *call, const char *builtin) {
    const pt_term *op = call->items.v[0];
    pt_str rest = pt_str_of(builtin);
    pt_str piece;
    if (!pt_str_split(&rest, '.', &piece))
        return false;
    if (op->kind == PT_TERM_VAR)
        return rest.n == 0 && pt_str_eq(op->sym->name, piece);
    if (op->kind != PT_TERM_REF || op->items.v[0]->kind != PT_TERM_VAR ||
        !pt_str_eq(op->items.v[0]->sym->name, piece))
        return false;
    for (size_t i = 1; i < op->items.n; i++) {
        const pt_term *step = op->items.v[i];
        if (step->kind != PT_TERM_CONST || !pt_str_split(&rest, '.', &piece) ||
            !pt_str_eq(pt_text(step->value), piece))
            return false;
    }
    return rest.n == 0;
}

bool pt_operator_infix(const pt_term *call) {
    if (pt_operator_is(call, "internal.member_3"))
        return call->items.n == 4;
    if (call->items.n != 3)
        return false;
    for (int t = PT_TOK_ADD; t < PT_TOK_COUNT; t++) {
        if (pt_operator_is(call, pt_token_name((pt_token)t)))
            return true;
    }
    return pt_operator_is(call, "internal.member_2");
}
