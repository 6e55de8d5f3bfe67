// units.parse (exact rationals) and units.parse_bytes (floats of 64 bits, cut to an integer).
#include <mpfr.h>
#include <stdio.h>
#include <string.h>

#include "judge/policy/fn/family.h"
#include "judge/policy/fn/utf8.h"
#include "judge/policy/number_impl.h"

enum {
    EXPONENT_DIGITS_MAX = 6, // OPA's
    DECIMALS = 10,           // of a result that is no integer
    BITS_MAX = 4 * PT_NUMBER_DIGITS_MAX,
    EXPONENT_MIN = -2 * PT_NUMBER_DIGITS_MAX,
};

typedef struct unit {
    const char *names; // "|kb|k|"
    uint64_t factor;
} unit;

static const unit byte_units[] = {
    {"||", 1},
    {"|kb|k|", UINT64_C(1000)},
    {"|kib|ki|", UINT64_C(1) << 10},
    {"|mb|m|", UINT64_C(1000000)},
    {"|mib|mi|", UINT64_C(1) << 20},
    {"|gb|g|", UINT64_C(1000000000)},
    {"|gib|gi|", UINT64_C(1) << 30},
    {"|tb|t|", UINT64_C(1000000000000)},
    {"|tib|ti|", UINT64_C(1) << 40},
    {"|pb|p|", UINT64_C(1000000000000000)},
    {"|pib|pi|", UINT64_C(1) << 50},
    {"|eb|e|", UINT64_C(1000000000000000000)},
    {"|eib|ei|", UINT64_C(1) << 60},
    {0},
};

static const unit si_units[] = {
    {"||", 1},
    {"|k|K|", UINT64_C(1000)},
    {"|ki|Ki|", UINT64_C(1) << 10},
    {"|M|", UINT64_C(1000000)},
    {"|mi|Mi|", UINT64_C(1) << 20},
    {"|g|G|", UINT64_C(1000000000)},
    {"|gi|Gi|", UINT64_C(1) << 30},
    {"|t|T|", UINT64_C(1000000000000)},
    {"|ti|Ti|", UINT64_C(1) << 40},
    {"|p|P|", UINT64_C(1000000000000000)},
    {"|pi|Pi|", UINT64_C(1) << 50},
    {"|e|E|", UINT64_C(1000000000000000000)},
    {"|ei|Ei|", UINT64_C(1) << 60},
    {"|m|", 0}, // milli
    {0},
};

static const unit *find_unit(const unit *table, pt_str name) {
    char wanted[8];
    if (name.n + 3 > sizeof wanted || pt_str_find(name, '|') < name.n)
        return NULL;
    snprintf(wanted, sizeof wanted, "|%.*s|", PT_PRI(name));
    for (; table->names; table++)
        if (strstr(table->names, wanted))
            return table;
    return NULL;
}

// -- number and unit apart ------------------------------------------------------------------------

typedef struct amount {
    bool minus;
    pt_str whole, part;
    int64_t exp;
    pt_str number, unit;
} amount;

static bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

static pt_str digits(pt_str *rest) {
    size_t n = 0;
    while (n < rest->n && is_digit(rest->p[n]))
        n++;
    pt_str run = pt_str_sub(*rest, 0, n);
    *rest = pt_str_sub(*rest, n, rest->n);
    return run;
}

// Where the number ends, as OPA finds it: behind digits, points, signs and exponents.
static bool number_end(pt_str s, size_t *ret) {
    for (*ret = 0; *ret < s.n; ++*ret) {
        char c = s.p[*ret];
        size_t next = *ret + 1;
        if (!is_digit(c) && !(c && strchr(".+-eE", c)))
            return true;
        if (c != 'e' && c != 'E')
            continue;
        if (next == s.n || !(is_digit(s.p[next]) || s.p[next] == '+' || s.p[next] == '-'))
            return true;
        if (!is_digit(s.p[next]))
            ++*ret;
        pt_str rest = pt_str_sub(s, *ret + 1, s.n);
        if (digits(&rest).n > EXPONENT_DIGITS_MAX)
            return false;
    }
    return true;
}

// [sign]digits[.digits][e[sign]digits]
static bool number_of(pt_str s, amount *a) {
    a->minus = s.n && s.p[0] == '-';
    if (s.n && (s.p[0] == '-' || s.p[0] == '+'))
        s = pt_str_sub(s, 1, s.n);
    a->whole = digits(&s);
    if (s.n && s.p[0] == '.') {
        s = pt_str_sub(s, 1, s.n);
        a->part = digits(&s);
    }
    if (a->whole.n + a->part.n == 0)
        return false;
    if (s.n == 0)
        return true;
    if (s.p[0] != 'e' && s.p[0] != 'E')
        return false;
    s = pt_str_sub(s, 1, s.n);
    if (s.n && s.p[0] == '+')
        s = pt_str_sub(s, 1, s.n);
    return s.n && is_digit(s.p[s.n - 1]) && pt_str_int(s, 10, &a->exp);
}

static pt_value refuse(pt_call *c, const char *what, pt_str name, const char *more) {
    return pt_call_fault(c, PT_FAULT_BUILTIN, "%s: %s%.*s%s", c->fn->name, what, PT_PRI(name),
                         more);
}

typedef struct texts {
    const char *none, *bad, *unknown;
} texts;

static const unit *read(pt_call *c, pt_str s, const unit *table, const texts *said, amount *ret) {
    size_t end;
    pt_str none = {0};
    *ret = (amount){0};
    if (pt_str_find(s, ' ') < s.n) {
        refuse(c, "spaces not allowed in resource strings", none, "");
        return NULL;
    }
    if (!number_end(s, &end)) {
        refuse(c, "exponent too large", none, "");
        return NULL;
    }
    ret->number = pt_str_sub(s, 0, end);
    ret->unit = pt_str_sub(s, end, s.n);
    if (end == 0) {
        refuse(c, said->none, none, "");
        return NULL;
    }
    const unit *u = find_unit(table, ret->unit);
    if (!u)
        refuse(c, said->unknown, ret->unit, " not recognized");
    else if (!number_of(ret->number, ret))
        refuse(c, said->bad, none, "");
    return c->fault ? NULL : u;
}

// Without quotes; in small letters from the n-th byte on.
static pt_str prepare(pt_call *c, pt_str s, bool small, pt_buf *b) {
    for (size_t at = 0; at < s.n && !b->full;) {
        size_t from = at;
        uint32_t rune = pt_utf8_next(s, &at, NULL);
        if (rune == '"')
            continue;
        if (small)
            pt_utf8_put(b, pt_rune_lower(rune));
        else
            pt_buf_put(b, pt_str_sub(s, from, at));
    }
    if (b->full)
        pt_call_full(c);
    return pt_buf_str(b);
}

// -- units.parse_bytes ----------------------------------------------------------------------------

static pt_value too_large(pt_call *c) {
    return pt_call_fault(c, PT_FAULT_LIMIT, "a number of more than %d digits",
                         PT_NUMBER_DIGITS_MAX);
}

static void mpfr_done(mpfr_t *x) {
    mpfr_clear(*x);
}

static pt_value scale_float(pt_call *c, pt_str number, uint64_t factor) {
    PT_AUTO(mpfr_done) mpfr_t x = {0};
    PT_MPZ(z);
    mpfr_init2(x, 64);
    pt_str text = pt_arena_str(c->arena, number);
    if (!text.p)
        return pt_call_full(c);
    mpfr_strtofr(x, text.p, NULL, 10, MPFR_RNDN);
    mpfr_mul_ui(x, x, factor, MPFR_RNDN);
    if (!mpfr_zero_p(x) && mpfr_get_exp(x) > BITS_MAX)
        return too_large(c);
    mpfr_get_z(z, x, MPFR_RNDZ);
    return pt_num_of_mpz(c, z);
}

static pt_value parse_bytes(pt_call *c, const pt_value *args) {
    static const texts said = {"no byte amount provided", "could not parse byte amount to a number",
                               "byte unit "};
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(PT_FN_TEXT_BYTES_MAX);
    amount a;
    pt_str s = prepare(c, pt_text(args[0]), true, &b);
    const unit *u = c->fault ? NULL : read(c, s, byte_units, &said, &a);
    return u ? scale_float(c, a.number, u->factor) : pt_undefined();
}

// -- units.parse ----------------------------------------------------------------------------------

static void mpq_done(mpq_t *x) {
    mpq_clear(*x);
}

// With ten decimals, half away from zero.
static pt_value decimal_text(pt_call *c, mpq_t x) {
    PT_MPZ(scaled);
    PT_MPZ(rest);
    PT_MPZ(power);
    bool minus = mpq_sgn(x) < 0;
    mpz_ui_pow_ui(power, 10, DECIMALS);
    mpz_abs(scaled, mpq_numref(x));
    mpz_mul(scaled, scaled, power);
    mpz_tdiv_qr(scaled, rest, scaled, mpq_denref(x));
    mpz_mul_2exp(rest, rest, 1);
    if (mpz_cmp(rest, mpq_denref(x)) >= 0)
        mpz_add_ui(scaled, scaled, 1);
    if (mpz_sizeinbase(scaled, 10) > PT_NUMBER_DIGITS_MAX)
        return too_large(c);
    mpz_tdiv_qr(scaled, rest, scaled, power);
    size_t room = mpz_sizeinbase(scaled, 10) + DECIMALS + 4;
    char *text = pt_arena_take(c->arena, room);
    char *digits_z = pt_arena_take(c->arena, mpz_sizeinbase(scaled, 10) + 2);
    if (!text || !digits_z)
        return pt_call_full(c);
    mpz_get_str(digits_z, 10, scaled);
    int n =
        snprintf(text, room, "%s%s.%0*lu", minus ? "-" : "", digits_z, DECIMALS, mpz_get_ui(rest));
    return pt_number((pt_str){text, (size_t)n});
}

static pt_value scale_exact(pt_call *c, const amount *a, uint64_t factor) {
    PT_AUTO(mpq_done) mpq_t x = {0};
    PT_AUTO(mpq_done) mpq_t by = {0};
    PT_MPZ(power);
    mpq_init(x);
    mpq_init(by);
    int64_t exp = a->exp - (int64_t)a->part.n;
    if (exp > PT_NUMBER_DIGITS_MAX || a->whole.n + a->part.n > PT_NUMBER_DIGITS_MAX)
        return too_large(c);
    if (exp < EXPONENT_MIN) // far below the last decimal
        exp = EXPONENT_MIN - 64;
    pt_str text = pt_arena_printf(c->arena, "%.*s%.*s", PT_PRI(a->whole), PT_PRI(a->part));
    if (!text.p)
        return pt_call_full(c);
    mpz_set_str(mpq_numref(x), text.p, 10);
    mpz_ui_pow_ui(power, 10, (unsigned long)(exp < 0 ? -exp : exp));
    if (exp < 0)
        mpz_set(mpq_denref(x), power);
    else
        mpz_mul(mpq_numref(x), mpq_numref(x), power);
    mpq_canonicalize(x);
    if (factor)
        mpq_set_ui(by, factor, 1);
    else
        mpq_set_d(by, 0.001);
    mpq_mul(x, x, by);
    if (a->minus)
        mpq_neg(x, x);
    return mpz_cmp_ui(mpq_denref(x), 1) == 0 ? pt_num_of_mpz(c, mpq_numref(x)) : decimal_text(c, x);
}

static pt_value parse(pt_call *c, const pt_value *args) {
    static const texts said = {"no amount provided", "could not parse amount to a number", "unit "};
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(PT_FN_TEXT_BYTES_MAX);
    PT_AUTO(pt_buf_done) pt_buf small = PT_BUF(PT_FN_TEXT_BYTES_MAX);
    amount a;
    size_t end;
    pt_str s = prepare(c, pt_text(args[0]), false, &b);
    if (c->fault)
        return pt_undefined();
    // In small letters but for the unit's first one: "m" is milli, "M" mega.
    if (pt_str_find(s, ' ') == s.n && number_end(s, &end) && end + 1 < s.n) {
        pt_buf_put(&small, pt_str_sub(s, 0, end + 1));
        prepare(c, pt_str_sub(s, end + 1, s.n), true, &small);
        s = pt_buf_str(&small);
    }
    const unit *u = c->fault ? NULL : read(c, s, si_units, &said, &a);
    return u ? scale_exact(c, &a, u->factor) : pt_undefined();
}

static const pt_fn table[] = {
    {"units.parse", "(x: string) => y: number", parse, 1, 0, {STR}},
    {"units.parse_bytes", "(x: string) => y: number", parse_bytes, 1, 0, {STR}},
};
const pt_fn_family pt_fn_units = PT_FN_FAMILY(table);
