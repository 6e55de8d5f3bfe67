// Floats with 64 bits of mantissa, nearest-even: the x87's own format, whose range is smaller than
// ours, and MPFR for what it cannot do.
#include "judge/policy/number_float.h"

#include <float.h>
#include <math.h>
#include <mpfr.h>
#include <stdlib.h>
#include <string.h>

enum {
    BITS_MAX = 4 * PT_NUMBER_DIGITS_MAX,
    BITS = 64,
    BITS_PRODUCT = 53,    // of Go's big.NewFloat(1)
    EXACT_EXP_MAX = 8192, // binary exponents whose decimals are written out to be shortened
};

static void mpfr_done(mpfr_t *x) {
    mpfr_clear(*x);
}
#define MPFR(name, bits)                  \
    PT_AUTO(mpfr_done) mpfr_t name = {0}; \
    mpfr_init2(name, bits)

// MPFR's range of exponents is the thread's; by default it is narrower than ours.
static void widen_range(void) {
    mpfr_set_emin(mpfr_get_emin_min());
    mpfr_set_emax(mpfr_get_emax_max());
}

static bool soft_of(pt_call *c, pt_value v, mpfr_t ret) {
    widen_range();
    char room[PT_NUMBER_ROOM];
    pt_str text = pt_arena_str(c->arena, pt_number_text(v, room));
    if (!text.p) {
        pt_call_full(c);
        return false;
    }
    mpfr_strtofr(ret, text.p, NULL, 10, MPFR_RNDN);
    return true;
}

// The shortest text of a float whose exponent is far from zero: try 1, 2, … digits.
static pt_value text_far(pt_call *c, mpfr_t x) {
    MPFR(back, mpfr_get_prec(x));
    for (size_t n = 1;; n++) {
        mpfr_exp_t exp;
        char *digits = mpfr_get_str(NULL, &exp, 10, n, x, MPFR_RNDN);
        size_t sign = digits[0] == '-';
        pt_digits d = {.v = digits + sign, .n = strlen(digits + sign), .exp = exp};
        pt_str text = pt_arena_printf(c->arena, "%s0.%se%ld", sign ? "-" : "", d.v, (long)exp);
        bool full = !text.p;
        if (!full)
            mpfr_strtofr(back, text.p, NULL, 10, MPFR_RNDN);
        bool found = !full && mpfr_equal_p(back, x);
        pt_value v = found  ? pt_num_of_digits(c, sign, &d, mpfr_integer_p(x))
                     : full ? pt_call_full(c)
                            : pt_undefined();
        mpfr_free_str(digits);
        if (found || full)
            return v;
    }
}

// Zero, or what has no value.
static pt_value of_singular(pt_call *c, mpfr_t x) {
    if (!mpfr_zero_p(x))
        return pt_call_fault(c, PT_FAULT_LIMIT, "a number with too large an exponent");
    return mpfr_signbit(x) ? pt_number(PT_STR("-0")) : pt_int(0);
}

static pt_value of_soft(pt_call *c, mpfr_t x) {
    if (!mpfr_regular_p(x))
        return of_singular(c, x);
    mpfr_exp_t exp = mpfr_get_exp(x);
    if (exp > EXACT_EXP_MAX || exp < -EXACT_EXP_MAX)
        return text_far(c, x);
    PT_MPZ(mantissa);
    exp = mpfr_get_z_2exp(mantissa, x);
    return pt_num_of_float(c, mantissa, exp, (unsigned)mpfr_get_prec(x));
}

pt_value pt_num_float_soft(pt_call *c, pt_num_op op, pt_value a, pt_value b) {
    static int (*const ops[PT_NUM_OPS])(mpfr_t, const mpfr_t, const mpfr_t,
                                        mpfr_rnd_t) = {[PT_NUM_ADD] = mpfr_add,
                                                       [PT_NUM_SUB] = mpfr_sub,
                                                       [PT_NUM_MUL] = mpfr_mul,
                                                       [PT_NUM_DIV] = mpfr_div};
    MPFR(x, BITS);
    MPFR(y, BITS);
    if (!soft_of(c, a, x) || !soft_of(c, b, y))
        return pt_undefined();
    if (op == PT_NUM_DIV && mpfr_zero_p(y))
        return pt_call_fault(c, PT_FAULT_BUILTIN, "divide by zero");
    ops[op](x, x, y, MPFR_RNDN);
    return of_soft(c, x);
}

// -- many operands, and one -----------------------------------------------------------------------

pt_value pt_num_float_sum(pt_call *c, pt_value items) {
    MPFR(sum, BITS);
    MPFR(x, BITS);
    mpfr_set_zero(sum, 1);
    for (size_t i = 0; i < pt_len(items); i++) {
        if (!soft_of(c, pt_at(items, i), x) || (i % 1000 == 999 && pt_call_stop(c)))
            return pt_undefined();
        mpfr_add(sum, sum, x, MPFR_RNDN);
    }
    return of_soft(c, sum);
}

pt_value pt_num_float_product(pt_call *c, pt_value items) {
    MPFR(product, BITS_PRODUCT);
    MPFR(x, BITS);
    mpfr_set_ui(product, 1, MPFR_RNDN);
    for (size_t i = 0; i < pt_len(items); i++) {
        if (!soft_of(c, pt_at(items, i), x) || (i % 1000 == 999 && pt_call_stop(c)))
            return pt_undefined();
        mpfr_mul(product, product, x, MPFR_RNDN);
    }
    return of_soft(c, product);
}

// Go rounds by adding a half at 64 bits and cutting the fraction off.
static void whole(pt_num_whole how, mpfr_t x) {
    MPFR(half, BITS);
    switch (how) {
    case PT_NUM_ABS:
        mpfr_abs(x, x, MPFR_RNDN);
        break;
    case PT_NUM_CEIL:
        mpfr_ceil(x, x);
        break;
    case PT_NUM_FLOOR:
        mpfr_floor(x, x);
        break;
    case PT_NUM_ROUND:
        mpfr_set_d(half, 0.5, MPFR_RNDN);
        mpfr_copysign(half, half, x, MPFR_RNDN);
        mpfr_add(x, x, half, MPFR_RNDN);
        mpfr_trunc(x, x);
        break;
    case PT_NUM_TRUNC:
        mpfr_trunc(x, x);
        break;
    }
}

// A whole number has as many bits of precision as it needs, so that all its digits are printed;
// abs keeps its 64.
pt_value pt_num_float_whole(pt_call *c, pt_num_whole how, pt_value v) {
    MPFR(x, BITS);
    if (!soft_of(c, v, x))
        return pt_undefined();
    whole(how, x);
    if (how == PT_NUM_ABS)
        return of_soft(c, x);
    if (mpfr_zero_p(x))
        return pt_int(0);
    if (mpfr_get_exp(x) > BITS_MAX)
        return pt_call_fault(c, PT_FAULT_LIMIT, "a number of more than %d digits",
                             PT_NUMBER_DIGITS_MAX);
    PT_MPZ(z);
    mpfr_get_z(z, x, MPFR_RNDN);
    size_t bits = mpz_sizeinbase(z, 2);
    if (bits <= BITS || how == PT_NUM_TRUNC)
        return pt_num_of_mpz(c, z);
    return pt_num_of_float(c, z, 0, (unsigned)bits);
}
