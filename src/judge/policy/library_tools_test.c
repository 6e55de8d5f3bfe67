// libparatia-policy: diagnostics, the formatter, what is loaded.
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

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

// A folder of the test's own with a module and data; *at gets its path.
static void make_folder(char at[64]) {
    static const struct {
        const char *name, *text;
    } files[] = {{"p.rego", "package p\n\nx := data.least + 1\n"}, {"data.json", "{\"least\": 2}"}};
    memcpy(at, "/tmp/pt-library-XXXXXX", sizeof "/tmp/pt-library-XXXXXX");
    assert_non_null(mkdtemp(at));
    for (size_t i = 0; i < PT_COUNT(files); i++) {
        char path[128];
        snprintf(path, sizeof path, "%s/%s", at, files[i].name);
        FILE *f = fopen(path, "w");
        assert_non_null(f);
        assert_true(fputs(files[i].text, f) >= 0 && fclose(f) == 0);
    }
}

static void remove_folder(const char *at) {
    static const char *const names[] = {"p.rego", "data.json", ""};
    for (size_t i = 0; i < PT_COUNT(names); i++) {
        char path[128];
        snprintf(path, sizeof path, "%s/%s", at, names[i]);
        assert_int_equal(remove(path), 0);
    }
}

static void test_folders_and_bundles_are_loaded(void **state) {
    (void)state;
    char at[64];
    make_folder(at);
    for (int bundle = 0; bundle < 2; bundle++) {
        paratia_error e = {0};
        paratia_policy *p = paratia_policy_new();
        if (!paratia_policy_load(p, at, bundle, NULL, 0, &e) ||
            !paratia_policy_compile(p, false, &e))
            fail_msg("%s", e.message);
        expect(p, "data.p.x == 3", NULL,
               "[{\"bindings\":{},\"expressions\":[{\"text\":\"data.p.x == 3\",\"value\":true}]}]");
        assert_true(give_data(p, "{\"least\": 4}", &e));
        expect(p, "data.p.x == 5", NULL,
               "[{\"bindings\":{},\"expressions\":[{\"text\":\"data.p.x == 5\",\"value\":true}]}]");
        expect_usage(paratia_policy_load(p, at, bundle, NULL, 0, &e), &e);
        paratia_policy_free(p);
    }
    remove_folder(at);
}

static void test_what_cannot_be_loaded_or_trusted_is_refused(void **state) {
    (void)state;
    static const paratia_key key = {"default", "HS256", "not a secret", 12};
    char at[64];
    make_folder(at);
    paratia_error e = {0};
    paratia_policy *p = paratia_policy_new();
    assert_false(paratia_policy_load(p, at, true, &key, 1, &e));
    assert_string_equal(e.code, "load_error");
    assert_non_null(strstr(e.message, "bundle missing .signatures.json file"));
    expect_usage(paratia_policy_compile(p, false, &e), &e);
    paratia_policy_free(p);
    p = paratia_policy_new();
    assert_false(paratia_policy_load(p, "/nowhere", false, NULL, 0, &e));
    assert_string_equal(e.code, "load_error");
    paratia_policy_free(p);
    p = paratia_policy_new();
    expect_usage(paratia_policy_load(p, NULL, false, NULL, 0, &e), &e);
    expect_usage(paratia_policy_load(p, at, false, NULL, 1, &e), &e);
    expect_usage(paratia_policy_load(NULL, at, false, NULL, 0, &e), &e);
    paratia_policy_free(p);
    remove_folder(at);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_diagnostics_are_all_that_was_wrong),
        cmocka_unit_test(test_refused_modules_do_not_count),
        cmocka_unit_test(test_format_is_that_of_opa),
        cmocka_unit_test(test_folders_and_bundles_are_loaded),
        cmocka_unit_test(test_what_cannot_be_loaded_or_trusted_is_refused),
    };
    return cmocka_run_group_tests_name("judge_policy_library_tools", tests, NULL, NULL);
}
