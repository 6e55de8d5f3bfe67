#include "judge/policy/fn/bits.h"

enum {
    BITS_MAX = 4 * PT_NUMBER_DIGITS_MAX, // more have too many decimal digits in any case
};

bool pt_fn_integer(pt_call *c, unsigned pos, pt_value operand, mpz_t ret) {
    if (pt_tag_of(operand) != PT_NUMBER) {
        pt_call_fault(c, PT_FAULT_TYPE, "operand %u must be integer but got %s", pos,
                      pt_tag_name(pt_tag_of(operand)));
        return false;
    }
    if (pt_num_to_mpz(c, operand, ret))
        return true;
    pt_call_fault(c, PT_FAULT_TYPE,
                  "operand %u must be integer number but got floating-point number", pos);
    return false;
}

typedef void two(mpz_ptr to, mpz_srcptr a, mpz_srcptr b);

static pt_value combine(pt_call *c, const pt_value *args, two *op) {
    PT_MPZ(a);
    PT_MPZ(b);
    if (!pt_fn_integer(c, 1, args[0], a) || !pt_fn_integer(c, 2, args[1], b))
        return pt_undefined();
    op(a, a, b);
    return pt_num_of_mpz(c, a);
}

pt_value pt_fn_bits_and(pt_call *c, const pt_value *args) {
    return combine(c, args, mpz_and);
}

pt_value pt_fn_bits_or(pt_call *c, const pt_value *args) {
    return combine(c, args, mpz_ior);
}

pt_value pt_fn_bits_xor(pt_call *c, const pt_value *args) {
    return combine(c, args, mpz_xor);
}

pt_value pt_fn_bits_negate(pt_call *c, const pt_value *args) {
    PT_MPZ(a);
    if (!pt_fn_integer(c, 1, args[0], a))
        return pt_undefined();
    mpz_com(a, a);
    return pt_num_of_mpz(c, a);
}

static bool shift_operands(pt_call *c, const pt_value *args, mpz_t a, mpz_t by) {
    if (!pt_fn_integer(c, 1, args[0], a) || !pt_fn_integer(c, 2, args[1], by))
        return false;
    if (mpz_sgn(by) >= 0)
        return true;
    pt_call_fault(c, PT_FAULT_TYPE,
                  "operand 2 must be an unsigned integer number but got a negative integer");
    return false;
}

pt_value pt_fn_bits_lsh(pt_call *c, const pt_value *args) {
    PT_MPZ(a);
    PT_MPZ(by);
    if (!shift_operands(c, args, a, by))
        return pt_undefined();
    if (mpz_sgn(a) != 0 && mpz_cmp_ui(by, BITS_MAX) > 0)
        return pt_call_fault(c, PT_FAULT_LIMIT, "a number of more than %d digits",
                             PT_NUMBER_DIGITS_MAX);
    if (mpz_sgn(a) != 0)
        mpz_mul_2exp(a, a, mpz_get_ui(by));
    return pt_num_of_mpz(c, a);
}

pt_value pt_fn_bits_rsh(pt_call *c, const pt_value *args) {
    PT_MPZ(a);
    PT_MPZ(by);
    if (!shift_operands(c, args, a, by))
        return pt_undefined();
    if (mpz_cmp_ui(by, BITS_MAX) > 0)
        mpz_set_ui(by, BITS_MAX);
    mpz_fdiv_q_2exp(a, a, mpz_get_ui(by));
    return pt_num_of_mpz(c, a);
}
