// Arithmetic beside its cases in fn/testdata/numbers.json: the x87 path against MPFR's, and limits.
#include <string.h>

#include "base/testing.h"
#include "judge/policy/number_float.h"

typedef struct bench {
    pt_arena a;
    pt_call c;
} bench;

static void start(bench *b) {
    *b = (bench){0};
    b->c.arena = &b->a;
}

static pt_value number(const char *text) {
    pt_value v = pt_number(pt_str_of(text));
    assert_true(pt_defined(v));
    return v;
}

static void assert_number(pt_value v, const char *want) {
    char room[PT_NUMBER_ROOM];
    assert_str(pt_number_text(v, room), want);
}

static uint64_t next(uint64_t *state) {
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state;
}

// Up to 19 digits with a point or an exponent somewhere: all that the x87 path takes, and more.
static pt_value random_number(pt_arena *a, uint64_t *state) {
    uint64_t digits = next(state) >> next(state) % 64;
    const char *sign = next(state) % 2 ? "-" : "";
    unsigned places = (unsigned)(next(state) % 20);
    switch (next(state) % 4) {
    case 0:
        return pt_number(pt_arena_printf(a, "%s%llu.%llu", sign, (unsigned long long)digits % 1000,
                                         (unsigned long long)next(state) % 10000));
    case 1:
        return pt_number(
            pt_arena_printf(a, "%s%llue%d", sign, (unsigned long long)digits, (int)places - 10));
    case 2:
        return pt_number(
            pt_arena_printf(a, "%s%llue-%u", sign, (unsigned long long)digits, places));
    default:
        return pt_number(pt_arena_printf(a, "%s%llu", sign, (unsigned long long)digits));
    }
}

static void test_number_x87_and_mpfr_agree(void **state) {
    (void)state;
    uint64_t random = 88172645463325252u;
    for (int i = 0; i < 20000; i++) {
        bench b;
        start(&b);
        pt_value x = random_number(&b.a, &random);
        pt_value y = random_number(&b.a, &random);
        pt_num_op op = (pt_num_op)(next(&random) % PT_NUM_OPS);
        pt_value hard = pt_num_float(&b.c, op, x, y);
        pt_fault fault = b.c.fault;
        b.c.fault = PT_FAULT_NONE;
        pt_value soft = pt_num_float_soft(&b.c, op, x, y);
        assert_int_equal(fault, b.c.fault);
        char room[2][PT_NUMBER_ROOM];
        pt_str a = pt_number_text(hard, room[0]);
        pt_str z = pt_number_text(soft, room[1]);
        if (!pt_str_eq(a, z))
            print_error("%.*s is not %.*s\n", PT_PRI(a), PT_PRI(z));
        assert_true(pt_str_eq(a, z));
        pt_arena_done(&b.a);
    }
}

static void test_number_integral_is_told_by_value(void **state) {
    (void)state;
    static const char *const yes[] = {"0", "-0", "2.0", "1e30", "1.50e1", "0.0e-99", "1e1000000"};
    static const char *const no[] = {"0.5", "1e-1", "1.5e0", "10000000000000000000000.1"};
    for (size_t i = 0; i < PT_COUNT(yes); i++)
        assert_true(pt_num_integral(number(yes[i])));
    for (size_t i = 0; i < PT_COUNT(no); i++)
        assert_false(pt_num_integral(number(no[i])));
    assert_false(pt_num_integral(pt_stringz("1")));
}

static void test_number_integers_are_exact(void **state) {
    (void)state;
    bench b;
    start(&b);
    assert_number(pt_num_add(&b.c, number("9223372036854775807"), number("1")),
                  "9223372036854775808");
    assert_number(pt_num_sub(&b.c, number("-9223372036854775808"), number("1")),
                  "-9223372036854775809");
    assert_number(pt_num_mul(&b.c, number("1e20"), number("3.0")), "300000000000000000000");
    assert_number(pt_num_sub(&b.c, number("1e20"), number("100000000000000000000")), "0");
    assert_number(pt_num_rem(&b.c, number("-1e20"), number("7")), "-2");
    assert_int_equal(b.c.fault, PT_FAULT_NONE);
    pt_arena_done(&b.a);
}

static void test_number_huge_costs_nothing_until_it_is_expanded(void **state) {
    (void)state;
    static const struct {
        pt_value (*op)(pt_call *c, pt_value a, pt_value b);
        const char *a, *b;
    } cases[] = {
        {pt_num_add, "1e1000000", "1"},
        {pt_num_sub, "1", "1e999999999"},
        {pt_num_mul, "1e6000", "1e6000"},
        {pt_num_rem, "1e1000000", "7"},
        {pt_num_mul, "1.5e500000000", "1.5e999999999"},
        {pt_num_add, "1e20000", "0.5"},
    };
    for (size_t i = 0; i < PT_COUNT(cases); i++) {
        bench b;
        start(&b);
        assert_false(pt_defined(cases[i].op(&b.c, number(cases[i].a), number(cases[i].b))));
        assert_int_equal(b.c.fault, PT_FAULT_LIMIT);
        assert_true(b.a.bytes < 1 << 20);
        pt_arena_done(&b.a);
    }
}

static void test_number_tiny_stays_a_float(void **state) {
    (void)state;
    bench b;
    start(&b);
    assert_number(pt_num_mul(&b.c, number("1.5e-500000000"), number("2")), "3e-500000000");
    assert_number(pt_num_div(&b.c, number("1"), number("3e20000")), "3.3333333333333333333e-20001");
    assert_number(pt_num_add(&b.c, number("1e-999999999"), number("0.5")), "0.5");
    pt_arena_done(&b.a);
}

static void test_number_full_arena_is_a_limit(void **state) {
    (void)state;
    bench b;
    start(&b);
    pt_arena_init(&b.a, 1);
    assert_false(pt_defined(pt_num_mul(&b.c, number("1e30"), number("1e30"))));
    assert_int_equal(b.c.fault, PT_FAULT_LIMIT);
    b.c.fault = PT_FAULT_NONE;
    assert_false(pt_defined(pt_num_mul(&b.c, number("1.5"), number("0.1"))));
    assert_int_equal(b.c.fault, PT_FAULT_LIMIT);
    pt_arena_done(&b.a);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_number_x87_and_mpfr_agree),
        cmocka_unit_test(test_number_integral_is_told_by_value),
        cmocka_unit_test(test_number_integers_are_exact),
        cmocka_unit_test(test_number_huge_costs_nothing_until_it_is_expanded),
        cmocka_unit_test(test_number_tiny_stays_a_float),
        cmocka_unit_test(test_number_full_arena_is_a_limit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
