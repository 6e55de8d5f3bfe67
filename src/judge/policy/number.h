// Arithmetic of the policy languages, as the reference (OPA) does it: exact on integers of any size
// while every operand is integral in value (2.0 and 1e30 are), otherwise with a 64-bit mantissa,
// rounded to nearest even, whose text is the shortest that reads back as the same mantissa, in the
// style of Go's %g with exponents below -4 or from 21 on written as such where OPA does so
// (1/3 is 0.33333333333333333334).
//
// Operands are numbers (pt_value.h); results live in `a`. Undefined: the arena is full, the result
// would have more digits than PT_NUMBER_DIGITS_MAX, or as said. Nothing here costs more than its
// digits: 1e1000000 is never expanded.
#pragma once

#include "value/value.h"

typedef enum pt_num_op {
    PT_NUM_ADD,
    PT_NUM_SUB,
    PT_NUM_MUL,
    PT_NUM_DIV, // always by the mantissa's way; undefined for a zero divisor
    PT_NUM_REM, // integers only, sign of the dividend; undefined for others and for zero
} pt_num_op;

pt_value pt_num_do(pt_arena *a, pt_num_op op, pt_value x, pt_value y);

typedef enum pt_num_unary {
    PT_NUM_ABS,
    PT_NUM_ROUND, // half away from zero
    PT_NUM_CEIL,
    PT_NUM_FLOOR,
} pt_num_unary;
pt_value pt_num_unary_do(pt_arena *a, pt_num_unary op, pt_value x);

bool pt_num_integral(pt_value x); // is it an integer in value, however it is written?

typedef enum pt_num_bits { // two's complement of unbounded width; integral operands only
    PT_NUM_AND,
    PT_NUM_OR,
    PT_NUM_XOR,
    PT_NUM_LSH, // by y >= 0
    PT_NUM_RSH, // arithmetic, by y >= 0
} pt_num_bits;
pt_value pt_num_bits_do(pt_arena *a, pt_num_bits op, pt_value x, pt_value y);

// The double nearest to it, as Go's ParseFloat gives it. False: beyond the range of doubles.
bool pt_num_to_double(pt_value x, double *ret);
// A number from a double, written as Go's json.Number / big.Float text of it. Undefined: not
// finite.
pt_value pt_num_of_double(pt_arena *a, double d);
