// Floats with 64 bits of mantissa, nearest-even, where that is the processor's own format; MPFR
// does what lies outside its range, and everything on other processors.
#include <float.h>
#include <math.h>

#include "judge/policy/number_float.h"

enum {
    BITS = 64,
};

#if LDBL_MANT_DIG == 64 && LDBL_MAX_EXP == 16384

// Both exact, so that one multiplication or division rounds as reading the decimal would.
enum {
    HARD_DIGITS_MAX = 19, // below 2^64
    HARD_POWER_MAX = 27,  // 5^27 is below 2^64
};

static bool hard_of(pt_value v, long double *ret) {
    static const long double powers[HARD_POWER_MAX + 1] = {
        1e0L,  1e1L,  1e2L,  1e3L,  1e4L,  1e5L,  1e6L,  1e7L,  1e8L,  1e9L,
        1e10L, 1e11L, 1e12L, 1e13L, 1e14L, 1e15L, 1e16L, 1e17L, 1e18L, 1e19L,
        1e20L, 1e21L, 1e22L, 1e23L, 1e24L, 1e25L, 1e26L, 1e27L};
    pt_decimal d;
    pt_decimal_of(&d, v);
    if (d.n > HARD_DIGITS_MAX || (d.n && (d.last > HARD_POWER_MAX || d.last < -HARD_POWER_MAX)))
        return false;
    uint64_t sum = 0;
    for (size_t i = d.first; i < d.first + d.n; i++) {
        const char *digit = i < d.whole.n ? d.whole.p + i : d.part.p + (i - d.whole.n);
        sum = sum * 10 + (uint64_t)(*digit - '0');
    }
    long double x = (long double)sum;
    if (d.n && d.last < 0)
        x /= powers[-d.last];
    else if (d.n)
        x *= powers[d.last];
    *ret = d.minus ? -x : x;
    return true;
}

static pt_value of_hard(pt_call *c, long double x) {
    if (x == 0)
        return signbit(x) ? pt_number(PT_STR("-0")) : pt_int(0);
    int exp;
    long double mantissa = frexpl(fabsl(x), &exp);
    PT_MPZ(z);
    mpz_set_ui(z, (unsigned long)ldexpl(mantissa, BITS));
    if (x < 0)
        mpz_neg(z, z);
    return pt_num_of_float(c, z, exp - BITS, BITS);
}

pt_value pt_num_float(pt_call *c, pt_num_op op, pt_value a, pt_value b) {
    long double x;
    long double y;
    if (!hard_of(a, &x) || !hard_of(b, &y))
        return pt_num_float_soft(c, op, a, b);
    if (op == PT_NUM_DIV && y == 0)
        return pt_call_fault(c, PT_FAULT_BUILTIN, "divide by zero");
    long double r = op == PT_NUM_ADD   ? x + y
                    : op == PT_NUM_SUB ? x - y
                    : op == PT_NUM_MUL ? x * y
                                       : x / y;
    return of_hard(c, r); // operands are within 10^±46, so that nothing leaves the range
}

#else

pt_value pt_num_float(pt_call *c, pt_num_op op, pt_value a, pt_value b) {
    return pt_num_float_soft(c, op, a, b);
}

#endif
