// to_number takes whatever Go's strconv.ParseFloat takes: "+5", ".5", "5.", "007", "0x1.8p1". OPA
// keeps such a text as the number; here it becomes the JSON number of the same value.
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "judge/policy/fn/family.h"
#include "judge/policy/fn/types.h"
#include "judge/policy/fn/utf8.h"
#include "judge/policy/number_impl.h"

enum {
    HEX_EXPONENT_MAX = 20000, // binary; far below a double's least number
    DIGITS_FEW = 18,          // fit into an int64
};

static bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

static bool is_hex(char c) {
    return is_digit(c) || ((c | 32) >= 'a' && (c | 32) <= 'f');
}

// The pieces of [sign][0x]whole[.part][(e|p)exp]; underscores may only stand in hexadecimal ones.
typedef struct pieces {
    bool minus, hex;
    pt_str whole, part, exp; // exp with its sign
} pieces;

static pt_str run(const char **p, const char *end, bool hex) {
    const char *from = *p;
    while (*p < end && (is_digit(**p) || (hex && (is_hex(**p) || **p == '_'))))
        (*p)++;
    return (pt_str){from, (size_t)(*p - from)};
}

// Underscores stand between digits, or between the prefix and a digit.
static bool underscores_fit(pt_str s) {
    for (size_t i = 0; i < s.n; i++)
        if (s.p[i] == '_' && (i + 1 == s.n || !is_hex(s.p[i + 1]) ||
                              !(is_hex(s.p[i - 1]) || s.p[i - 1] == 'x' || s.p[i - 1] == 'X')))
            return false;
    return true;
}

static bool read_exponent(const char **p, const char *end, bool hex, pt_str *ret) {
    const char *from = ++*p;
    if (*p < end && (**p == '+' || **p == '-'))
        (*p)++;
    const char *digits = *p;
    while (*p < end && (is_digit(**p) || (hex && **p == '_')))
        (*p)++;
    *ret = (pt_str){from, (size_t)(*p - from)};
    return *p > digits && is_digit(*digits);
}

static bool read(pt_str s, pieces *ret) {
    const char *p = s.p;
    const char *end = p + s.n;
    *ret = (pieces){.minus = p < end && *p == '-'};
    if (p < end && (*p == '-' || *p == '+'))
        p++;
    if (end - p > 2 && p[0] == '0' && (p[1] | 32) == 'x') {
        ret->hex = true;
        p += 2;
    }
    ret->whole = run(&p, end, ret->hex);
    if (p < end && *p == '.') {
        p++;
        ret->part = run(&p, end, ret->hex);
    }
    if (ret->whole.n + ret->part.n == 0)
        return false;
    char mark = ret->hex ? 'p' : 'e';
    if (p < end && (*p | 32) == mark) {
        if (!read_exponent(&p, end, ret->hex, &ret->exp))
            return false;
    } else if (ret->hex) {
        return false;
    }
    return p == end && underscores_fit(s);
}

static pt_value decimal(pt_call *c, const pieces *x) {
    pt_str whole = x->whole;
    while (whole.n > 1 && whole.p[0] == '0')
        whole = pt_str_sub(whole, 1, whole.n);
    pt_str text = pt_arena_printf(c->arena, "%s%.*s%s%.*s%s%.*s", x->minus ? "-" : "",
                                  PT_PRI(whole.n ? whole : PT_STR("0")), x->part.n ? "." : "",
                                  PT_PRI(x->part), x->exp.n ? "e" : "", PT_PRI(x->exp));
    if (!text.p)
        return pt_call_full(c);
    return pt_number(text); // undefined: beyond the limits
}

static void add_hex(mpz_t z, pt_str digits, long *exp, bool behind) {
    for (size_t i = 0; i < digits.n; i++) {
        char d = digits.p[i];
        if (d == '_')
            continue;
        mpz_mul_2exp(z, z, 4);
        mpz_add_ui(z, z, (unsigned long)(is_digit(d) ? d - '0' : (d | 32) - 'a' + 10));
        *exp -= behind ? 4 : 0;
    }
}

static pt_value hexadecimal(pt_call *c, const pieces *x) {
    PT_MPZ(z);
    PT_MPZ(power);
    long exp = 0;
    for (size_t i = 0; i < x->exp.n && exp <= HEX_EXPONENT_MAX; i++)
        if (is_digit(x->exp.p[i]))
            exp = exp * 10 + (x->exp.p[i] - '0');
    if (x->exp.p[0] == '-')
        exp = -exp;
    add_hex(z, x->whole, &exp, false);
    add_hex(z, x->part, &exp, true);
    mp_bitcnt_t zeros = exp < 0 && mpz_sgn(z) != 0 ? mpz_scan1(z, 0) : 0;
    if (exp < 0 && (long)zeros > -exp)
        zeros = (mp_bitcnt_t)-exp;
    mpz_tdiv_q_2exp(z, z, zeros);
    exp += (long)zeros;
    if (exp > HEX_EXPONENT_MAX || exp < -HEX_EXPONENT_MAX)
        return pt_call_fault(c, PT_FAULT_LIMIT, "a number with too large an exponent");
    if (x->minus)
        mpz_neg(z, z);
    if (exp >= 0 || mpz_sgn(z) == 0) {
        mpz_mul_2exp(z, z, exp >= 0 ? (mp_bitcnt_t)exp : 0);
        return pt_num_of_mpz(c, z);
    }
    mpz_ui_pow_ui(power, 5, (unsigned long)-exp); // 2^-n is 5^n * 10^-n
    mpz_mul(z, z, power);
    pt_value v = pt_num_of_mpz(c, z);
    char room[PT_NUMBER_ROOM];
    pt_str text = pt_arena_printf(c->arena, "%.*se%ld", PT_PRI(pt_number_text(v, room)), exp);
    return !pt_defined(v) ? v : text.p ? pt_number(text) : pt_call_full(c);
}

// Every spelling of infinity and of "not a number", with any signs before it.
static bool nameless(pt_str s) {
    while (s.n && (s.p[0] == '+' || s.p[0] == '-'))
        s = pt_str_sub(s, 1, s.n);
    return pt_str_eq_nocase(s, PT_STR("inf")) || pt_str_eq_nocase(s, PT_STR("infinity")) ||
           pt_str_eq_nocase(s, PT_STR("nan"));
}

static pt_value refuse(pt_call *c, pt_str s, const char *why) {
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF((size_t)1 << 30);
    pt_utf8_quote(&b, s);
    return pt_call_fault(c, PT_FAULT_BUILTIN, "strconv.ParseFloat: parsing %.*s: %s",
                         PT_PRI(pt_buf_str(&b)), why);
}

// Below 2^-100000, where OPA takes no number.
static bool too_small(pt_value v) {
    pt_decimal d;
    pt_decimal_of(&d, v);
    return d.n && d.last + (int64_t)d.n < -30102;
}

// Most texts are a few digits.
static bool few_digits(pt_str s, int64_t *ret) {
    int64_t i = 0;
    for (size_t k = 0; k < s.n && s.n <= DIGITS_FEW; k++) {
        if (!is_digit(s.p[k]))
            return false;
        i = i * 10 + (s.p[k] - '0');
    }
    *ret = i;
    return s.n > 0 && s.n <= DIGITS_FEW;
}

static pt_value of_text(pt_call *c, pt_str s) {
    pieces x;
    int64_t i;
    if (few_digits(s, &i))
        return pt_int(i);
    if (nameless(s))
        return pt_call_fault(c, PT_FAULT_TYPE,
                             "operand 1 must be valid number string but got string");
    pt_str z = pt_arena_str(c->arena, s);
    if (!z.p)
        return pt_call_full(c);
    if (!read(z, &x))
        return refuse(c, s, "invalid syntax");
    pt_value v = x.hex ? hexadecimal(c, &x) : decimal(c, &x);
    bool small = x.exp.n && x.exp.p[0] == '-';
    if (c->fault)
        return v;
    if (!small && !pt_defined(v))
        return refuse(c, s, "value out of range");
    if (!pt_defined(v) || (!x.hex && too_small(v)))
        return pt_call_fault(c, PT_FAULT_BUILTIN, "invalid number: number too big");
    char room[PT_NUMBER_ROOM];
    pt_str text = pt_arena_str(c->arena, pt_number_text(v, room));
    if (isinf(strtod(text.p, NULL)))
        return refuse(c, s, "value out of range");
    return v;
}

pt_value pt_fn_to_number(pt_call *c, const pt_value *args) {
    switch (pt_tag_of(args[0])) {
    case PT_NULL:
        return pt_int(0);
    case PT_BOOL:
        return pt_int(pt_true(args[0]));
    case PT_NUMBER:
        return args[0];
    case PT_STRING:
        return of_text(c, pt_text(args[0]));
    default:
        return pt_call_one_of(c, 1, "null, boolean, number, string", args[0]);
    }
}
