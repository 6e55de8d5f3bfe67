#include <string.h>

#include "judge/policy/number_float.h"

static const char *digits_end(const char *p, const char *end) {
    while (p < end && *p >= '0' && *p <= '9')
        p++;
    return p;
}

static char digit_at(const pt_decimal *d, size_t i) {
    const char *p = i < d->whole.n ? d->whole.p + i : d->part.p + (i - d->whole.n);
    return *p;
}

static int64_t exponent(const char *p, const char *end) {
    bool minus = p < end && *p == '-';
    if (p < end && (*p == '-' || *p == '+'))
        p++;
    int64_t sum = 0;
    for (; p < end && sum <= PT_NUMBER_EXPONENT_MAX; p++)
        sum = sum * 10 + (*p - '0');
    return minus ? -sum : sum;
}

void pt_decimal_of(pt_decimal *d, pt_value v) {
    *d = (pt_decimal){0};
    pt_str text = pt_number_text(v, d->room);
    const char *p = text.p;
    const char *end = p + text.n;
    d->minus = *p == '-';
    p += d->minus;
    d->whole.p = p;
    p = digits_end(p, end);
    d->whole.n = (size_t)(p - d->whole.p);
    if (p < end && *p == '.') {
        d->part.p = ++p;
        p = digits_end(p, end);
        d->part.n = (size_t)(p - d->part.p);
    }
    int64_t exp = p < end ? exponent(p + 1, end) : 0;
    size_t n = d->whole.n + d->part.n;
    size_t last = n;
    while (d->first < n && digit_at(d, d->first) == '0')
        d->first++;
    while (last > d->first && digit_at(d, last - 1) == '0')
        last--;
    d->n = last - d->first;
    d->last = exp + (int64_t)(n - last) - (int64_t)d->part.n;
}

// The significant digits as text with a NUL; NULL if the arena is full.
static char *digits_of(pt_arena *a, const pt_decimal *d) {
    char *p = pt_arena_take(a, d->n + 1);
    if (!p)
        return NULL;
    for (size_t i = 0; i < d->n; i++)
        p[i] = digit_at(d, d->first + i);
    p[d->n] = '\0';
    return p;
}

static bool integral(const pt_decimal *d) {
    return d->n == 0 || d->last >= 0;
}

bool pt_num_integral(pt_value v) {
    pt_decimal d;
    int64_t i;
    if (pt_to_int(v, &i))
        return true;
    if (pt_tag_of(v) != PT_NUMBER)
        return false;
    pt_decimal_of(&d, v);
    return integral(&d);
}

bool pt_num_index(pt_value v, int64_t *ret) {
    enum {
        TEXT_MAX = 19
    };
    char room[PT_NUMBER_ROOM];
    pt_str text = pt_number_text(v, room);
    size_t sign = text.n && text.p[0] == '-';
    if (text.n - sign > TEXT_MAX || pt_str_find(text, 'e') < text.n ||
        pt_str_find(text, 'E') < text.n)
        return false;
    return pt_to_int(v, ret);
}

// -- integers of any size -------------------------------------------------------------------------

static pt_value too_large(pt_call *c) {
    return pt_call_fault(c, PT_FAULT_LIMIT, "a number of more than %d digits",
                         PT_NUMBER_DIGITS_MAX);
}

bool pt_num_to_mpz(pt_call *c, pt_value v, mpz_t ret) {
    int64_t i;
    if (pt_to_int(v, &i)) {
        mpz_set_si(ret, i);
        return true;
    }
    pt_decimal d;
    pt_decimal_of(&d, v);
    if (!integral(&d))
        return false;
    if (d.last > PT_NUMBER_DIGITS_MAX || d.n + (size_t)d.last > PT_NUMBER_DIGITS_MAX) {
        too_large(c);
        return false;
    }
    char *digits = digits_of(c->arena, &d);
    if (!digits) {
        pt_call_full(c);
        return false;
    }
    PT_MPZ(power);
    mpz_set_str(ret, digits, 10);
    mpz_ui_pow_ui(power, 10, (unsigned long)d.last);
    mpz_mul(ret, ret, power);
    if (d.minus)
        mpz_neg(ret, ret);
    return true;
}

pt_value pt_num_of_mpz(pt_call *c, const mpz_t z) {
    if (mpz_fits_slong_p(z))
        return pt_int(mpz_get_si(z));
    size_t n = mpz_sizeinbase(z, 10) + 2; // at most one too many, the sign and the NUL
    if (n > PT_NUMBER_DIGITS_MAX + 2)
        return too_large(c);
    char *text = pt_arena_take(c->arena, n);
    if (!text)
        return pt_call_full(c);
    mpz_get_str(text, 10, z);
    return pt_number(pt_str_of(text));
}

// -- the operators --------------------------------------------------------------------------------

typedef void mpz_op(mpz_ptr to, mpz_srcptr a, mpz_srcptr b);

// False: not both are integral, or a fault.
static bool exact(pt_call *c, mpz_op *op, pt_value a, pt_value b, pt_value *ret) {
    PT_MPZ(x);
    PT_MPZ(y);
    if (!pt_num_integral(a) || !pt_num_integral(b) || !pt_num_to_mpz(c, a, x) ||
        !pt_num_to_mpz(c, b, y))
        return false;
    op(x, x, y);
    *ret = pt_num_of_mpz(c, x);
    return true;
}

static pt_value compute(pt_call *c, pt_num_op op, pt_value a, pt_value b) {
    static mpz_op *const exactly[] = {
        [PT_NUM_ADD] = mpz_add, [PT_NUM_SUB] = mpz_sub, [PT_NUM_MUL] = mpz_mul};
    pt_value r = pt_undefined();
    if (exact(c, exactly[op], a, b, &r) || c->fault)
        return r;
    return pt_num_float(c, op, a, b);
}

pt_value pt_num_add(pt_call *c, pt_value a, pt_value b) {
    int64_t x;
    int64_t y;
    int64_t r;
    if (pt_to_int(a, &x) && pt_to_int(b, &y) && !__builtin_add_overflow(x, y, &r))
        return pt_int(r);
    return compute(c, PT_NUM_ADD, a, b);
}

pt_value pt_num_sub(pt_call *c, pt_value a, pt_value b) {
    int64_t x;
    int64_t y;
    int64_t r;
    if (pt_to_int(a, &x) && pt_to_int(b, &y) && !__builtin_sub_overflow(x, y, &r))
        return pt_int(r);
    return compute(c, PT_NUM_SUB, a, b);
}

pt_value pt_num_mul(pt_call *c, pt_value a, pt_value b) {
    int64_t x;
    int64_t y;
    int64_t r;
    if (pt_to_int(a, &x) && pt_to_int(b, &y) && !__builtin_mul_overflow(x, y, &r))
        return pt_int(r);
    return compute(c, PT_NUM_MUL, a, b);
}

// Always a quotient of floats; where it is a whole number of two int64 both ways agree.
pt_value pt_num_div(pt_call *c, pt_value a, pt_value b) {
    int64_t x;
    int64_t y;
    bool small = pt_to_int(b, &y);
    if (small && y == 0)
        return pt_call_fault(c, PT_FAULT_BUILTIN, "divide by zero");
    if (small && y != -1 && pt_to_int(a, &x) && x != 0 && x % y == 0)
        return pt_int(x / y);
    return pt_num_float(c, PT_NUM_DIV, a, b);
}

pt_value pt_num_rem(pt_call *c, pt_value a, pt_value b) {
    int64_t x;
    int64_t y;
    bool small = pt_to_int(b, &y);
    if (small && y == 0 && pt_num_integral(a))
        return pt_call_fault(c, PT_FAULT_BUILTIN, "modulo by zero");
    if (small && y != 0 && pt_to_int(a, &x))
        return pt_int(y == -1 ? 0 : x % y);
    pt_value r = pt_undefined();
    if (exact(c, mpz_tdiv_r, a, b, &r) || c->fault)
        return r;
    return pt_call_fault(c, PT_FAULT_BUILTIN, "modulo on floating-point number");
}
