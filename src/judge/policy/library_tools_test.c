// libparatia-policy: diagnostics and the formatter.
#include "judge/policy/testing_library.h"

static void expect_diagnostics(const paratia_policy *p, const char *want) {
    paratia_answers got = {0};
    paratia_error e = {0};
    if (!paratia_policy_diagnostics(p, &got, &e))
        fail_msg("%s", e.message);
    assert_string_equal(got.json, want);
    assert_int_equal(strlen(got.json), got.n);
    free(got.json);
}

static void test_diagnostics_are_all_that_was_wrong(void **state) {
    (void)state;
    paratia_error e = {0};
    paratia_policy *p = paratia_policy_new();
    expect_diagnostics(p, "[]");
    assert_false(add(p, "package a\n\np if {", &e));
    assert_true(add(p, "package b\n\np := x\n\nq := y\n", &e));
    assert_false(paratia_policy_compile(p, false, &e));
    assert_string_equal(e.code, "rego_unsafe_var_error");
    paratia_answers got = {0};
    assert_true(paratia_policy_diagnostics(p, &got, &e));
    static const char *const parts[] = {
        "{\"code\":\"rego_parse_error\"", "\"code\":\"rego_unsafe_var_error\",\"col\":",
        "\"line\":\"p := x\",\"message\":\"var x is unsafe\",\"row\":3}",
        "\"line\":\"q := y\",\"message\":\"var y is unsafe\",\"row\":5}]"};
    for (size_t i = 0; i < PT_COUNT(parts); i++)
        if (!strstr(got.json, parts[i]))
            fail_msg("%s is not in %s", parts[i], got.json);
    free(got.json);
    expect_usage(paratia_policy_diagnostics(p, NULL, &e), &e);
    expect_usage(paratia_policy_diagnostics(NULL, &got, &e), &e);
    paratia_policy_free(p);
}

// A module that is refused is no part of the policy, whatever was said of it.
static void test_refused_modules_do_not_count(void **state) {
    (void)state;
    paratia_policy *p = paratia_policy_new();
    paratia_error e = {0};
    assert_false(add(p, "package", &e));
    assert_true(add(p, "package a\n\np := 1\n", &e));
    assert_true(paratia_policy_compile(p, false, &e));
    expect(p, "data.a.p", NULL,
           "[{\"bindings\":{},\"expressions\":[{\"text\":\"data.a.p\",\"value\":1}]}]");
    paratia_policy_free(p);
}

static void test_format_is_that_of_opa(void **state) {
    (void)state;
    static const char text[] = "package a\np if {x:=1;x>0}";
    static const char old[] = "package a\np { x := 1; x>0 }";
    paratia_answers got = {0};
    paratia_error e = {0};
    assert_true(paratia_policy_format(text, sizeof text - 1, false, &got, &e));
    assert_string_equal(got.json, "package a\n\np if {\n\tx := 1\n\tx > 0\n}\n");
    assert_int_equal(got.n, strlen(got.json));
    free(got.json);
    assert_true(paratia_policy_format(old, sizeof old - 1, true, &got, &e));
    assert_string_equal(got.json, "package a\n\np {\n\tx := 1\n\tx > 0\n}\n");
    free(got.json);
    assert_false(paratia_policy_format("p", 1, false, &got, &e));
    assert_string_equal(e.code, "rego_parse_error");
    expect_usage(paratia_policy_format("\xff", 1, false, &got, &e), &e);
    expect_usage(paratia_policy_format(NULL, 1, false, &got, &e), &e);
    expect_usage(paratia_policy_format("package a", 9, false, NULL, &e), &e);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_diagnostics_are_all_that_was_wrong),
        cmocka_unit_test(test_refused_modules_do_not_count),
        cmocka_unit_test(test_format_is_that_of_opa),
    };
    return cmocka_run_group_tests_name("judge_policy_library_tools", tests, NULL, NULL);
}
