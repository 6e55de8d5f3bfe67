// What arithmetic shares with the functions on numbers in fn/; nobody else includes it.
#pragma once

#include <gmp.h>

#include "judge/policy/number.h"

// A number as it is written: [-]whole.part e exp, its digits without the zeros on either side.
typedef struct pt_decimal {
    bool minus;
    pt_str whole, part; // digits before and behind the point
    size_t first;       // of the significant digits of whole and part taken together
    size_t n;           // significant digits; 0: the number is zero
    int64_t last;       // the power of ten of the last significant digit
    char room[PT_NUMBER_ROOM];
} pt_decimal;

// `v` is a number; `d` must stay where it is.
void pt_decimal_of(pt_decimal *d, pt_value v);

// What OPA takes as an index or a count: an integer within int64 without an exponent and with at
// most 19 digits ("2", "2.0"; neither "2e1" nor "2.5").
bool pt_num_index(pt_value v, int64_t *ret);

// -- integers of any size -------------------------------------------------------------------------

static inline void pt_mpz_done(mpz_t *z) {
    mpz_clear(*z);
}
#define PT_MPZ(name)                       \
    PT_AUTO(pt_mpz_done) mpz_t name = {0}; \
    mpz_init(name)

// False if it is not integral, and with PT_FAULT_LIMIT if it is too large; `ret` is initialized.
bool pt_num_to_mpz(pt_call *c, pt_value v, mpz_t ret);
pt_value pt_num_of_mpz(pt_call *c, const mpz_t z);

// -- floats ---------------------------------------------------------------------------------------

pt_value pt_num_float_sum(pt_call *c, pt_value items);
pt_value pt_num_float_product(pt_call *c, pt_value items); // at 53 bits, as OPA has it

typedef enum pt_num_whole {
    PT_NUM_ABS,
    PT_NUM_CEIL,
    PT_NUM_FLOOR,
    PT_NUM_ROUND,
    PT_NUM_TRUNC, // format_int's
} pt_num_whole;
pt_value pt_num_float_whole(pt_call *c, pt_num_whole how, pt_value v);
