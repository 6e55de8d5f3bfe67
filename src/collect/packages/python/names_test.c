#include <string.h>

#include "base/testing.h"
#include "collect/packages/python/python.h"

static void test_names_that_are_one(void **state) {
    (void)state;
    static const char *const cases[][2] = {
        {"requests", "requests"}, {"Zope.Interface", "zope-interface"},
        {"a__b-.-c", "a-b-c"},    {"typing_extensions", "typing-extensions"},
        {"-x-", "-x-"},           {"", ""},
    };
    pt_arena a = {0};
    for (size_t i = 0; i < PT_COUNT(cases); i++)
        assert_str(pt_python_key(&a, pt_str_of(cases[i][0])), cases[i][1]);
    pt_arena_done(&a);
}

static void test_requirements_are_taken_apart(void **state) {
    (void)state;
    static const char *const cases[][3] = {
        {"a", "a", ""},        {" a_B.c-1 ", "a_B.c-1", ""},
        {"a==1", "a", "==1"},  {"a [x, y] (>=1, <2) ; marker == '1'", "a", ">=1, <2"},
        {"a;marker", "a", ""}, {"a @ https://example.org/a.zip", "a", ""},
        {"a[x", "a", ""},
    };
    for (size_t i = 0; i < PT_COUNT(cases); i++) {
        pt_python_requirement q;
        assert_true(pt_python_require(pt_str_of(cases[i][0]), &q));
        assert_str(q.name, cases[i][1]);
        assert_str(q.version, cases[i][2]);
    }
    pt_python_requirement q;
    assert_false(pt_python_require(PT_STR(">=1"), &q));
    assert_false(pt_python_require(PT_STR(""), &q));
}

static void test_versions_fit_what_is_asked(void **state) {
    (void)state;
    static const char *const fit[][2] = {
        {"1.2", ""},           {"1.2", "*"},
        {"1.2", "1.2"},        {"1.2", "==1.2.0"},
        {"1.2", "=1.2"},       {"1.2.3", "==1.2.*"},
        {"1.2", "!=1.3"},      {"1.2", "!=1.3.*"},
        {"1.2", ">=1.2,<2"},   {"1.2", "> 1.1 , <= 1.2"},
        {"1.4.5", "~=1.4.2"},  {"1.9", "~=1.4"},
        {"1.2.9", "~1.2.3"},   {"1.9", "^1.2"},
        {"0.2.9", "^0.2.3"},   {"0.0.3", "^0.0.3"},
        {"3.0", "<2 || >=3"},  {"1.0rc1", "<1.0"},
        {"1.0.post1", ">1.0"}, {"1.0.dev1", "<1.0a1"},
        {"1!2.0", "==2.0"},    {"v1.0", "===1.0"},
        {"1.0b2", ">1.0b1"},   {"x", ""},
    };
    static const char *const not_fit[][2] = {
        {"1.2", "1.3"},        {"1.2", "==1.3.*"}, {"1.2", "!=1.2"},    {"1.2.1", "!=1.2.*"},
        {"1.2", ">=1.2,<1.2"}, {"1.5", "~=1.4.2"}, {"2.0", "~=1.4"},    {"1.3", "~1.2.3"},
        {"2.0", "^1.2"},       {"0.3", "^0.2.3"},  {"0.0.4", "^0.0.3"}, {"2.5", "<2 || >=3"},
        {"1.1", "^1.2"},       {"1.0", "<1.0"},    {"1.0", ">1.0"},
    };
    for (size_t i = 0; i < PT_COUNT(fit); i++)
        assert_true(pt_python_fits(pt_str_of(fit[i][0]), pt_str_of(fit[i][1])));
    for (size_t i = 0; i < PT_COUNT(not_fit); i++)
        assert_false(pt_python_fits(pt_str_of(not_fit[i][0]), pt_str_of(not_fit[i][1])));
}

static void assert_first(pt_str text, const char *name, const char *version) {
    pt_arena a = {0};
    pt_read r = {.a = &a, .packages = {.a = &a}, .faults = {.a = &a}};
    assert_int_equal(pt_read_requirements(&r, text, NULL), PT_OK);
    assert_int_equal(r.packages.items.n, 1);
    assert_str(pt_text(pt_getz(r.packages.items.v[0], "name")), name);
    assert_str(pt_text(pt_getz(r.packages.items.v[0], "version")), version);
    pt_arena_done(&a);
}

static void test_requirements_in_utf_16(void **state) {
    (void)state;
    assert_first(PT_STR("\xff\xfe"
                        "a\0=\0=\0"
                        "1\0\r\0\n\0"),
                 "a", "1");
    assert_first(PT_STR("\xfe\xff"
                        "\0a\0=\0=\0"
                        "2\0 \0#\x20\xac\0\n\0"),
                 "a", "2");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_names_that_are_one),
        cmocka_unit_test(test_requirements_are_taken_apart),
        cmocka_unit_test(test_versions_fit_what_is_asked),
        cmocka_unit_test(test_requirements_in_utf_16),
    };
    return cmocka_run_group_tests_name("python_names", tests, NULL, NULL);
}
