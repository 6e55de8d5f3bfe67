// Bits of integers of any size, in two's complement.
#pragma once

#include "judge/policy/number_impl.h"

// An operand that has to be an integer, as OPA's big integers: "operand 2 must be integer but got
// string", "operand 2 must be integer number but got floating-point number".
bool pt_fn_integer(pt_call *c, unsigned pos, pt_value operand, mpz_t ret);

pt_value pt_fn_bits_and(pt_call *c, const pt_value *args);
pt_value pt_fn_bits_lsh(pt_call *c, const pt_value *args);
pt_value pt_fn_bits_negate(pt_call *c, const pt_value *args);
pt_value pt_fn_bits_or(pt_call *c, const pt_value *args);
pt_value pt_fn_bits_rsh(pt_call *c, const pt_value *args);
pt_value pt_fn_bits_xor(pt_call *c, const pt_value *args);
