#include <string.h>

#include "base/str.h"
#include "base/testing.h"

static void test_str_empty_slices_are_taken_everywhere(void **state) {
    (void)state;
    pt_str none = {0};
    pt_str piece;
    assert_true(pt_str_eq(none, PT_STR("")));
    assert_int_equal(pt_str_cmp(none, PT_STR("a")), -1);
    assert_true(pt_str_starts(none, none));
    assert_true(pt_str_ends(PT_STR("a"), none));
    assert_int_equal(pt_str_find(none, 'x'), 0);
    assert_int_equal(pt_str_find_str(none, PT_STR("x")), 0);
    assert_false(pt_str_has(none, PT_STR("x")));
    assert_int_equal(pt_str_trim(none).n, 0);
    assert_false(pt_str_split(&none, ',', &piece));
    assert_false(pt_str_word(&none, &piece));
    assert_true(pt_str_utf8(none, NULL));
    assert_int_equal(pt_str_of(NULL).n, 0);
}

static void test_str_split_gives_empty_pieces_between_and_behind(void **state) {
    (void)state;
    pt_str rest = PT_STR("a,,b,");
    pt_str piece;
    static const char *const want[] = {"a", "", "b", ""};
    for (size_t i = 0; i < 4; i++) {
        bool more = pt_str_split(&rest, ',', &piece);
        if (i < 3) {
            assert_true(more);
            assert_str(piece, want[i]);
        }
    }
    assert_true(pt_str_in_list(PT_STR("b"), PT_STR("a,b"), ','));
    assert_false(pt_str_in_list(PT_STR("a,b"), PT_STR("a,b"), ','));
    assert_false(pt_str_in_list(PT_STR("c"), PT_STR("a,b"), ','));
}

static void test_str_word_skips_runs_of_blanks(void **state) {
    (void)state;
    pt_str rest = PT_STR("  one\t two \n");
    pt_str w;
    assert_true(pt_str_word(&rest, &w));
    assert_str(w, "one");
    assert_true(pt_str_word(&rest, &w));
    assert_str(w, "two");
    assert_false(pt_str_word(&rest, &w));
}

static void test_str_int_takes_the_whole_range_and_nothing_else(void **state) {
    (void)state;
    static const struct {
        const char *s;
        int base;
        bool ok;
        int64_t v;
    } cases[] = {
        {"0", 10, true, 0},
        {"-5", 10, true, -5},
        {"9223372036854775807", 10, true, INT64_MAX},
        {"-9223372036854775808", 10, true, INT64_MIN},
        {"9223372036854775808", 10, false, 0},
        {"644", 8, true, 0644},
        {"648", 8, false, 0},
        {"fF", 16, true, 255},
        {"", 10, false, 0},
        {"-", 10, false, 0},
        {"+1", 10, false, 0},
        {" 1", 10, false, 0},
        {"1x", 10, false, 0},
    };
    for (size_t i = 0; i < PT_COUNT(cases); i++) {
        int64_t v = 42;
        assert_int_equal(pt_str_int(pt_str_of(cases[i].s), cases[i].base, &v), cases[i].ok);
        assert_int_equal(v, cases[i].ok ? cases[i].v : 42);
    }
}

static void test_str_utf8_refuses_every_malformed_form(void **state) {
    (void)state;
    static const struct {
        const char *s;
        size_t bad; // offset, or the length if well-formed
    } cases[] = {
        {"ascii only, longer than eight", 29},
        {"\xc3\xbc", 2},
        {"\xf4\x8f\xbf\xbf", 4},
        {"12345678\xff", 8},
        {"\xc0\xaf", 0},
        {"\xe0\x80\xaf", 0},
        {"\xed\xa0\x80", 0},
        {"\xf4\x90\x80\x80", 0},
        {"a\x80", 1},
        {"ab\xe2\x82", 2},
        {"\xf8\x88\x80\x80\x80", 0},
        {"\xf0\x80\x80\x80", 0},
    };
    for (size_t i = 0; i < PT_COUNT(cases); i++) {
        size_t bad = strlen(cases[i].s);
        bool ok = pt_str_utf8(pt_str_of(cases[i].s), &bad);
        assert_int_equal(bad, cases[i].bad);
        assert_int_equal(ok, bad == strlen(cases[i].s));
    }
}

static void test_str_searches_and_slices(void **state) {
    (void)state;
    pt_str s = PT_STR("/etc/docker/daemon.json");
    assert_int_equal(pt_str_rfind(s, '/'), 11);
    assert_int_equal(pt_str_rfind(s, '#'), s.n);
    assert_str(pt_str_sub(s, 12, 999), "daemon.json");
    assert_int_equal(pt_str_sub(s, 9, 3).n, 0);
    assert_true(pt_str_has(s, PT_STR("docker")));
    assert_true(pt_str_starts(s, PT_STR("/etc")));
    assert_true(pt_str_ends(s, PT_STR(".json")));
    assert_true(pt_str_eq_nocase(PT_STR("YES"), PT_STR("yes")));
    assert_false(pt_str_eq_nocase(PT_STR("YE"), PT_STR("yes")));
    assert_true(pt_str_eqz(PT_STR("x"), "x"));
    assert_str(pt_str_trim(PT_STR(" \t x y\r\n")), "x y");
    assert_true(pt_str_cmp(PT_STR("a"), PT_STR("\xff")) < 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_str_empty_slices_are_taken_everywhere),
        cmocka_unit_test(test_str_split_gives_empty_pieces_between_and_behind),
        cmocka_unit_test(test_str_word_skips_runs_of_blanks),
        cmocka_unit_test(test_str_int_takes_the_whole_range_and_nothing_else),
        cmocka_unit_test(test_str_utf8_refuses_every_malformed_form),
        cmocka_unit_test(test_str_searches_and_slices),
    };
    return cmocka_run_group_tests_name("base_str", tests, NULL, NULL);
}
