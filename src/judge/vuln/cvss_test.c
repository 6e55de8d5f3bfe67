#include <stdio.h>
#include <string.h>

#include "base/testing.h"
#include "judge/vuln/cvss.h"

// The examples of the v2 guide; the others were computed with exact fractions beside this code.
static const struct {
    const char *vector;
    int base, temporal, environmental, overall;
} scores[] = {
    // v2 guide, 3.3.1 to 3.3.3
    {"AV:N/AC:L/Au:N/C:N/I:N/A:C/E:F/RL:OF/RC:C/CDP:H/TD:H/CR:M/IR:M/AR:H", 78, 64, 92, 92},
    {"AV:N/AC:L/Au:N/C:C/I:C/A:C/E:F/RL:OF/RC:C/CDP:H/TD:H/CR:M/IR:M/AR:L", 100, 83, 90, 90},
    {"AV:L/AC:H/Au:N/C:C/I:C/A:C/E:POC/RL:OF/RC:C/CDP:H/TD:H/CR:M/IR:M/AR:M", 62, 49, 75, 75},
    {"AV:N/AC:L/Au:N/C:N/I:N/A:N", 0, 0, 0, 0},
    {"AV:L/AC:H/Au:M/C:P/I:N/A:N/CR:L/E:ND", 8, 8, 0, 0},
    // v3
    {"CVSS:3.0/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H", 98, 98, 98, 98},
    {"CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:C/C:H/I:H/A:H", 100, 100, 100, 100},
    {"CVSS:3.1/AV:N/AC:L/PR:N/UI:R/S:C/C:L/I:L/A:N", 61, 61, 61, 61},
    {"CVSS:3.1/AV:L/AC:L/PR:L/UI:N/S:U/C:N/I:N/A:N", 0, 0, 0, 0},
    {"CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H/E:U/RL:O/RC:U", 98, 78, 78, 78},
    {"CVSS:3.1/S:U/AV:N/AC:L/PR:N/UI:N/C:H/I:H/A:H/MAV:P", 98, 98, 68, 68},
    // v4
    {"CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:H/SI:H/SA:H", 100, 100, 100, 100},
    {"CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N", 93, 93, 93, 93},
    {"CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:N/VI:N/VA:N/SC:N/SI:N/SA:N/S:P", 0, 0, 0, 0},
    {"CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N/E:U", 93, 81, 81, 81},
};

static void test_score_rounds_as_each_version_says(void **state) {
    (void)state;
    for (size_t i = 0; i < PT_COUNT(scores); i++) {
        pt_cvss c;
        pt_err e = {0};
        assert_int_equal(pt_cvss_parse(pt_str_of(scores[i].vector), &c, &e), PT_OK);
        pt_cvss_scores s = pt_cvss_score(&c);
        if (s.base != scores[i].base || s.temporal != scores[i].temporal ||
            s.environmental != scores[i].environmental)
            print_error("%s: %d %d %d\n", scores[i].vector, s.base, s.temporal, s.environmental);
        assert_int_equal(s.base, scores[i].base);
        assert_int_equal(s.temporal, scores[i].temporal);
        assert_int_equal(s.environmental, scores[i].environmental);
        assert_int_equal(s.overall, scores[i].overall);
    }
}

static const struct {
    const char *vector;
    pt_code code;
    const char *what;
} refused[] = {
    {"", PT_E_FORMAT, "a CVSS vector without its metric AV"},
    {"AV:N/AC:L/Au:N/C:N/I:N", PT_E_FORMAT, "a CVSS vector without its metric A"},
    {"AV:N/AC:L/Au:N/C:N/I:N/A:C/", PT_E_FORMAT, "\"\" is no metric of this CVSS version"},
    {"AV:N/AC:L/Au:N/C:N/I:N/A:C/A:C", PT_E_FORMAT, "the CVSS metric A is given twice"},
    {"AV:N/AC:L/Au:N/C:N/I:N/A:c", PT_E_FORMAT,
     "the CVSS metric A has the value \"c\", not one of N P C"},
    {"av:N/AC:L/Au:N/C:N/I:N/A:C", PT_E_FORMAT, "\"av:N\" is no metric of this CVSS version"},
    {"AV:N/AC:L/Au:N/C:N/I:N/A", PT_E_FORMAT, "\"A\" is no metric of this CVSS version"},
    {"AV:N/AC:L/Au:N/C:N/I:N/A:", PT_E_FORMAT,
     "the CVSS metric A has the value \"\", not one of N P C"},
    {"CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H/AT:N", PT_E_FORMAT,
     "\"AT:N\" is no metric of this CVSS version"},
    {"CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:S/VA:H/SC:H/SI:H/SA:H", PT_E_FORMAT,
     "the CVSS metric VI has the value \"S\", not one of H L N"},
    {"CVSS:5.0/AV:N", PT_E_UNSUPPORTED,
     "a CVSS vector \"CVSS:5.0/AV:N…\" of a version other than 2.0, 3.0, 3.1 and 4.0"},
    {"CVSS:3.1", PT_E_UNSUPPORTED,
     "a CVSS vector \"CVSS:3.1…\" of a version other than 2.0, 3.0, 3.1 and 4.0"},
};

static void test_parse_refuses_and_says_what(void **state) {
    (void)state;
    for (size_t i = 0; i < PT_COUNT(refused); i++) {
        pt_cvss c;
        pt_err e = {0};
        assert_int_equal(pt_cvss_parse(pt_str_of(refused[i].vector), &c, &e), refused[i].code);
        assert_string_equal(e.what, refused[i].what);
    }
    static char many[PT_CVSS_BYTES_MAX + 1];
    pt_cvss c;
    assert_int_equal(pt_cvss_parse((pt_str){many, sizeof many}, &c, NULL), PT_E_LIMIT);
}

static void test_write_is_in_the_order_of_the_specification(void **state) {
    (void)state;
    char buf[PT_CVSS_BYTES_MAX];
    pt_cvss c;
    assert_int_equal(
        pt_cvss_parse(PT_STR("CVSS:4.0/VC:H/SC:N/VI:H/SI:N/VA:H/SA:N/U:Amber/E:X/MSI:S/"
                             "AV:N/AC:L/AT:N/PR:N/UI:N"),
                      &c, NULL),
        PT_OK);
    assert_false(c.in_order);
    assert_str(pt_cvss_write(&c, buf), "CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/"
                                       "SA:N/MSI:S/U:Amber");
    assert_int_equal(pt_cvss_parse(PT_STR("AV:N/AC:L/Au:N/C:N/I:N/A:C/E:ND"), &c, NULL), PT_OK);
    assert_true(c.in_order);
    assert_str(pt_cvss_write(&c, buf), "AV:N/AC:L/Au:N/C:N/I:N/A:C");
    assert_false(pt_cvss_score(&c).has_temporal);
}

static void test_severity_has_the_bounds_of_its_version(void **state) {
    (void)state;
    assert_string_equal(pt_cvss_severity(PT_CVSS_31, 0), "none");
    assert_string_equal(pt_cvss_severity(PT_CVSS_31, 1), "low");
    assert_string_equal(pt_cvss_severity(PT_CVSS_40, 39), "low");
    assert_string_equal(pt_cvss_severity(PT_CVSS_40, 40), "medium");
    assert_string_equal(pt_cvss_severity(PT_CVSS_30, 69), "medium");
    assert_string_equal(pt_cvss_severity(PT_CVSS_30, 70), "high");
    assert_string_equal(pt_cvss_severity(PT_CVSS_31, 89), "high");
    assert_string_equal(pt_cvss_severity(PT_CVSS_31, 90), "critical");
    assert_string_equal(pt_cvss_severity(PT_CVSS_2, 0), "low");
    assert_string_equal(pt_cvss_severity(PT_CVSS_2, 100), "high");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_score_rounds_as_each_version_says),
        cmocka_unit_test(test_parse_refuses_and_says_what),
        cmocka_unit_test(test_write_is_in_the_order_of_the_specification),
        cmocka_unit_test(test_severity_has_the_bounds_of_its_version),
    };
    return cmocka_run_group_tests_name("judge_vuln_cvss", tests, NULL, NULL);
}
