// Arithmetic on exact numbers, as OPA does it (Go's big.Int, and big.Float of 64 bits mantissa).
//
// Integral operands ("2.0" and "1e30" count) give exact integers of any size. Otherwise operands
// are rounded to 64 bits of mantissa, nearest-even, and so is the result; it prints as the shortest
// decimal that reads back to the same 64 bits, integers as plain digits, others in %e style if the
// exponent is below -4 or at least 6 (1.2345675e+06). Division always takes that way.
// Limits: results beyond PT_NUMBER_DIGITS_MAX digits or PT_NUMBER_EXPONENT_MAX are PT_FAULT_LIMIT.
#pragma once

#include "judge/policy/builtin.h"

pt_value pt_num_add(pt_call *c, pt_value a, pt_value b);
pt_value pt_num_sub(pt_call *c, pt_value a, pt_value b);
pt_value pt_num_mul(pt_call *c, pt_value a, pt_value b);
pt_value pt_num_div(pt_call *c, pt_value a, pt_value b); // "divide by zero"
pt_value pt_num_rem(pt_call *c, pt_value a, pt_value b); // "modulo on floating-point number"

bool pt_num_integral(pt_value n); // is its value an integer, however written?
