// Names, numbers, strings and template strings.
#include "judge/policy/rego/parse_impl.h"
#include "value/json.h"

pt_term *pt_read_var(pt_parser *p) {
    pt_str name = pt_lit(p);
    pt_sym *s = pt_str_eqz(name, "_") ? pt_sym_wildcard(p->symbols) : pt_sym_of(p->symbols, name);
    return pt_made(p, pt_term_var(p->arena, pt_here(p), s));
}

// -- numbers --------------------------------------------------------------------------------------

typedef enum pt_magnitude {
    PT_MAGNITUDE_GOOD,
    PT_MAGNITUDE_BEYOND, // at least 2^100000, or below 2^-100001
    PT_MAGNITUDE_WRONG,  // the exponent is beyond what Go reads
} pt_magnitude;

// The written exponent, less the digits of the fraction.
static bool exponent(pt_str tail, int64_t fraction, int64_t *ret) {
    *ret = 0;
    if (tail.n && tail.p[0] == '+')
        tail = pt_str_sub(tail, 1, tail.n);
    if (tail.n && (!pt_str_int(tail, 10, ret) || *ret == INT64_MIN))
        return false;
    int64_t e = *ret < 0 ? -*ret + fraction : *ret;
    return e <= INT32_MAX;
}

// These are OPA's bounds. Seventeen digits tell.
static pt_magnitude magnitude(pt_str s) {
    double mantissa = 0; // d.ddd
    double unit = 1;
    int64_t e10 = -1;
    int64_t fraction = -1; // digits behind the point
    size_t i = 0;
    for (; i < s.n && s.p[i] != 'e' && s.p[i] != 'E'; i++) {
        fraction += s.p[i] == '.' || fraction >= 0;
        if (s.p[i] < '0' || s.p[i] > '9')
            continue;
        mantissa += unit * (s.p[i] - '0');
        unit = mantissa > 0 ? unit / 10 : 1;
        e10 += mantissa > 0 && fraction < 0;
        e10 -= mantissa <= 0 && fraction >= 0;
    }
    int64_t written;
    if (mantissa <= 0)
        return PT_MAGNITUDE_GOOD;
    if (!exponent(pt_str_sub(s, i + 1, s.n), fraction < 0 ? 0 : fraction, &written))
        return PT_MAGNITUDE_WRONG;
    e10 += written;
    bool big = e10 > 30102 || (e10 == 30102 && mantissa >= 9.990020930143845079);
    bool small = e10 < -30104 || (e10 == -30104 && mantissa < 5.004994518993470834);
    return big || small ? PT_MAGNITUDE_BEYOND : PT_MAGNITUDE_GOOD;
}

// "- 5" and ".5" are written as JSON has it.
static pt_str number_text(pt_parser *p, bool minus, bool point) {
    pt_str lit = pt_lit(p);
    if (!minus && !point)
        return lit;
    if (minus && !point && p->source->text.p[p->s.at - 1] == '-')
        return (pt_str){lit.p - 1, lit.n + 1};
    return pt_arena_printf(p->arena, "%s%s%.*s", minus ? "-" : "", point ? "0." : "", PT_PRI(lit));
}

// The current token is the number; what stands before it was read.
static pt_term *number(pt_parser *p, pt_loc loc, bool minus, bool point) {
    pt_str lit = pt_lit(p);
    if (!point && lit.n > 1 && lit.p[0] == '0' && lit.p[1] != '.' &&
        !(lit.n > 2 && (lit.p[1] | 0x20) == 'e')) {
        pt_illegal(p, "expected number without leading zero");
        return NULL;
    }
    if ((point && pt_str_find(lit, '.') < lit.n) || (lit.p[lit.n - 1] & 0x80)) {
        pt_illegal(p, "invalid float");
        return NULL;
    }
    pt_str text = number_text(p, minus, point);
    pt_magnitude m = magnitude(text);
    pt_value v = text.p ? pt_number(text) : pt_undefined();
    if (m == PT_MAGNITUDE_WRONG) {
        pt_illegal(p, "invalid float");
        return NULL;
    }
    if (text.p && (!pt_defined(v) || m == PT_MAGNITUDE_BEYOND)) {
        pt_flaw_at(p, pt_here(p), "number too big");
        return NULL;
    }
    return pt_made(p, text.p ? pt_term_const(p->arena, loc, v) : NULL);
}

pt_term *pt_read_number(pt_parser *p) {
    pt_loc loc = pt_here(p);
    bool minus = p->s.tok == PT_TOK_SUB;
    if (minus) {
        pt_scan(p);
        if (p->s.tok != PT_TOK_NUMBER && p->s.tok != PT_TOK_DOT) {
            pt_illegal(p, "expected number");
            return NULL;
        }
    }
    bool point = p->s.tok == PT_TOK_DOT;
    if (point) {
        pt_scan(p);
        if (p->s.tok != PT_TOK_NUMBER) {
            pt_illegal(p, "expected number");
            return NULL;
        }
    }
    pt_term *t = number(p, loc, minus, point);
    if (t)
        t->loc = pt_span(loc, p->s.end);
    return t;
}

// -- strings --------------------------------------------------------------------------------------

// A JSON string with its quotes; undefined if it is none.
static pt_value unescape(pt_parser *p, pt_str quoted) {
    pt_value v;
    pt_code code = pt_json_parse(p->arena, quoted, NULL, &v, NULL);
    if (code == PT_E_NOMEM)
        p->full = true;
    return code ? pt_undefined() : v;
}

pt_term *pt_read_string(pt_parser *p) {
    pt_loc loc = pt_here(p);
    pt_str lit = pt_lit(p);
    if (p->s.raw || pt_str_find(lit, '\\') == lit.n)
        return pt_term_string(p, loc, lit);
    pt_value v = unescape(p, pt_loc_text(loc));
    if (!pt_defined(v)) {
        pt_flaw_at(p, loc, "illegal string literal: %.*s", PT_PRI(pt_loc_text(loc)));
        return NULL;
    }
    return pt_made(p, pt_term_const(p->arena, loc, v));
}

// -- template strings -----------------------------------------------------------------------------

// Without the backslash of every "\{". An escaped backslash before it is passed over in a string,
// and is none in a raw one.
static pt_str plain_braces(pt_parser *p, pt_str lit, bool raw) {
    char *out = pt_made(p, pt_arena_take(p->arena, lit.n));
    size_t n = 0;
    for (size_t i = 0; out && i < lit.n; i++) {
        bool escape = lit.p[i] == '\\' && i + 1 < lit.n;
        if (escape && lit.p[i + 1] == '{')
            i++;
        else if (escape && !raw)
            out[n++] = lit.p[i++];
        out[n++] = lit.p[i];
    }
    return (pt_str){out, n};
}

// The text of the current part. Undefined: something is wrong.
static pt_value part_text(pt_parser *p) {
    pt_str lit = pt_lit(p);
    if (pt_str_find(lit, '\\') == lit.n)
        return pt_string(lit);
    pt_str text = plain_braces(p, lit, p->s.raw);
    if (!text.p || p->s.raw)
        return text.p ? pt_string(text) : pt_undefined();
    pt_str quoted = pt_arena_printf(p->arena, "\"%.*s\"", PT_PRI(text));
    pt_value v = quoted.p ? unescape(p, quoted) : pt_undefined();
    if (!pt_defined(v))
        pt_flaw_at(p, pt_here(p), "illegal template-string part: %c%.*s%c", '"', PT_PRI(text), '"');
    return v;
}

static bool part_refused(pt_parser *p, const pt_expr *e) {
    const pt_term *call = pt_is_call(e) ? e->term : NULL;
    if (e->negated)
        pt_flaw_at(p, e->loc, "unexpected negation ('not') in template-string expression");
    else if (call && pt_operator_is(call, "eq"))
        pt_flaw_at(p, e->loc, "unexpected unification ('=') in template-string expression");
    else if (call && pt_operator_is(call, "assign"))
        pt_flaw_at(p, e->loc, "unexpected assignment (':=') in template-string expression");
    else if (e->kind == PT_EXPR_EVERY || e->kind == PT_EXPR_SOME)
        pt_flaw_at(p, e->loc, "unexpected '%s' in template-string expression",
                   e->kind == PT_EXPR_EVERY ? "every" : "some");
    else
        return false;
    return true;
}

// The literal between the braces.
// NOLINTBEGIN(misc-no-recursion): terms nest up to PT_REGO_NESTING_MAX
static pt_term *part_literal(pt_parser *p) {
    pt_scan(p);
    pt_expr *e = pt_read_literal(p);
    if (!e) {
        pt_flaw_at(p, pt_here(p), "invalid template-string expression");
        return NULL;
    }
    if (part_refused(p, e))
        return NULL;
    if (p->s.tok != PT_TOK_RBRACE) {
        pt_flaw_at(p, pt_here(p), "expected } to end template string expression");
        return NULL;
    }
    if (e->kind == PT_EXPR_TERM && e->with.n == 0)
        return e->term;
    pt_term *t = pt_made(p, pt_term_new(p->arena, PT_TERM_LITERAL, e->loc));
    if (t)
        t->literal = e;
    return t;
}

static bool part_add(pt_parser *p, pt_terms *items) {
    pt_value text = part_text(p);
    if (!pt_defined(text))
        return false;
    return pt_text(text).n == 0 ||
           pt_add(p, items, pt_made(p, pt_term_const(p->arena, pt_here(p), text)));
}

pt_term *pt_read_template(pt_parser *p) {
    pt_loc loc = pt_here(p);
    if (p->opts->version != PT_REGO_V1) {
        pt_flaw_at(p, loc, "template strings are not supported by current capabilities");
        return NULL;
    }
    bool raw = p->s.raw;
    pt_terms items = {0};
    for (;;) {
        if (!part_add(p, &items))
            return NULL;
        if (p->s.tok == PT_TOK_TEMPLATE_END || p->s.tok == PT_TOK_RAW_TEMPLATE_END)
            break;
        if (!pt_add(p, &items, part_literal(p)))
            return NULL;
        pt_scan_template(p, raw);
        if (p->s.tok == PT_TOK_ILLEGAL) {
            pt_flaw_at(p, pt_here(p), "expected template-string part");
            return NULL;
        }
    }
    pt_term *t = pt_made(p, pt_term_new(p->arena, PT_TERM_TEMPLATE, pt_span(loc, p->s.end)));
    if (!t)
        return NULL;
    t->raw = raw;
    t->items = items;
    return t;
}
// NOLINTEND(misc-no-recursion)
