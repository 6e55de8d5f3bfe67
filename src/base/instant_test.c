#include <string.h>

#include "base/instant.h"
#include "base/testing.h"

static void test_time_round_trips(void **state) {
    (void)state;
    static const struct {
        const char *text;
        int64_t seconds;
    } cases[] = {
        {"1970-01-01T00:00:00Z", 0},           {"2026-11-24T06:00:05Z", 1795500005},
        {"2000-02-29T23:59:59Z", 951868799},   {"1969-12-31T23:59:59Z", -1},
        {"1700-03-01T00:00:00Z", -8515238400}, {"2262-04-11T23:47:16Z", 9223372036},
    };
    for (size_t i = 0; i < PT_COUNT(cases); i++) {
        pt_time_ns t = 0;
        assert_true(pt_time_parse(pt_str_of(cases[i].text), &t));
        assert_int_equal(t, cases[i].seconds * PT_SECOND_NS);
        char out[PT_RFC3339_BYTES];
        assert_str(pt_time_rfc3339(t, out), cases[i].text);
    }
}

static void test_time_parse_takes_offsets_and_fractions(void **state) {
    (void)state;
    pt_time_ns utc;
    pt_time_ns t;
    assert_true(pt_time_parse(PT_STR("2026-11-24T06:00:00Z"), &utc));
    assert_true(pt_time_parse(PT_STR("2026-11-24T07:30:00.25+01:30"), &t));
    assert_int_equal(t, utc + PT_SECOND_NS / 4);
    assert_true(pt_time_parse(PT_STR("2026-11-23t23:00:00.1234567899-07:00"), &t));
    assert_int_equal(t, utc + 123456789);
    assert_true(pt_time_parse(PT_STR("2026-11-24T05:59:60z"), &t));
    assert_int_equal(t, utc);
}

static void test_time_parse_refuses_what_is_no_date(void **state) {
    (void)state;
    static const char *const bad[] = {
        "",
        "2026-11-24",
        "2026-13-01T00:00:00Z",
        "2026-02-29T00:00:00Z",
        "2026-11-24T24:00:00Z",
        "2026-11-24T06:00:00",
        "2026-11-24T06:00:00.Z",
        "2026-11-24T06:00:00Z ",
        "2026-11-24 06:00:00Z",
        "2026-11-24T06:00:00+24:00",
        "-026-11-24T06:00:00Z",
        "2300-01-01T00:00:00Z",
    };
    for (size_t i = 0; i < PT_COUNT(bad); i++) {
        pt_time_ns t = 7;
        assert_false(pt_time_parse(pt_str_of(bad[i]), &t));
        assert_int_equal(t, 7);
    }
}

static void test_duration_is_a_number_of_one_unit(void **state) {
    (void)state;
    static const struct {
        const char *text;
        int64_t seconds; // 0: none
    } cases[] = {{"1s", 1},   {"90s", 90}, {"15m", 900}, {"1h", 3600}, {"366d", 31622400},
                 {"", 0},     {"h", 0},    {"1", 0},     {"0s", 0},    {"-1h", 0},
                 {"1.5h", 0}, {"367d", 0}, {"1h ", 0},   {"1w", 0},    {"99999999999h", 0}};
    for (size_t i = 0; i < PT_COUNT(cases); i++) {
        int64_t seconds = 0;
        bool ok = pt_duration_parse(pt_str_of(cases[i].text), &seconds);
        assert_int_equal(ok, cases[i].seconds != 0);
        assert_int_equal(seconds, cases[i].seconds);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_duration_is_a_number_of_one_unit),
        cmocka_unit_test(test_time_round_trips),
        cmocka_unit_test(test_time_parse_takes_offsets_and_fractions),
        cmocka_unit_test(test_time_parse_refuses_what_is_no_date),
    };
    return cmocka_run_group_tests_name("base_instant", tests, NULL, NULL);
}
