#include <stdio.h>

#include "base/debversion.h"
#include "base/testing.h"

static const struct {
    const char *a;
    int sign;
    const char *b;
} cases[] = {
    {"", 0, ""},
    {"1.0", 0, "1.0"},
    {"0:1.0", 0, "1.0"},
    {"1.0-0", 0, "1.0"},
    {"1.0", -1, "1:0.1"},
    {"2:0", -1, "10:0"},
    {"1.0~rc1", -1, "1.0"},
    {"1.0~~", -1, "1.0~"},
    {"1.0~~a", -1, "1.0~"},
    {"1.0~", -1, "1.0"},
    {"1.0", -1, "1.0a"},
    {"1.0a", -1, "1.0+"},
    {"1.0Z", -1, "1.0a"},
    {"1.9", -1, "1.10"},
    {"1.09", 0, "1.9"},
    {"1.2-1", -1, "1.2-1+b1"},
    {"1-2-3", -1, "1-2-4"},
    {"1-9-1", -1, "1-10-1"}, // the last hyphen begins the revision
    {"3.0.11-1~deb12u2", -1, "3.0.15-1~deb12u1"},
    {"3.0.15-1~deb12u1", -1, "3.0.15-1"},
    {"18446744073709551616", -1, "18446744073709551617"},
    {"18446744073709551616", 1, "9"},
};

static int sign(int n) {
    return (n > 0) - (n < 0);
}

static void test_debversion_orders_as_dpkg_does(void **state) {
    (void)state;
    for (size_t i = 0; i < PT_COUNT(cases); i++) {
        pt_str a = pt_str_of(cases[i].a);
        pt_str b = pt_str_of(cases[i].b);
        if (sign(pt_debversion_cmp(a, b)) != cases[i].sign)
            print_error("%s against %s\n", cases[i].a, cases[i].b);
        assert_int_equal(sign(pt_debversion_cmp(a, b)), cases[i].sign);
        assert_int_equal(sign(pt_debversion_cmp(b, a)), -cases[i].sign);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_debversion_orders_as_dpkg_does),
    };
    return cmocka_run_group_tests_name("base_debversion", tests, NULL, NULL);
}
