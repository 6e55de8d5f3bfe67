// Floats of 64 bits mantissa between the sources of arithmetic; nobody else includes it.
#pragma once

#include "judge/policy/number_impl.h"

typedef enum pt_num_op {
    PT_NUM_ADD,
    PT_NUM_SUB,
    PT_NUM_MUL,
    PT_NUM_DIV,
    PT_NUM_OPS
} pt_num_op;

// The operation at 64 bits of mantissa, on the x87 where it can do it, else by MPFR.
pt_value pt_num_float(pt_call *c, pt_num_op op, pt_value a, pt_value b);
pt_value pt_num_float_soft(pt_call *c, pt_num_op op, pt_value a, pt_value b); // MPFR, always

// mantissa * 2^exp as the shortest decimal that reads back at `bits` of precision.
pt_value pt_num_of_float(pt_call *c, const mpz_t mantissa, int64_t exp, unsigned bits);

// What a shortest text is made of: 0.d1d2d3… * 10^exp.
typedef struct pt_digits {
    char *v; // with a NUL; malloc'd
    size_t n;
    int64_t exp;
} pt_digits;

// The text in Go's %e or %f style; digits are not empty.
pt_value pt_num_of_digits(pt_call *c, bool minus, const pt_digits *d, bool integral);
