#include <stdio.h>
#include <string.h>

#include "base/testing.h"
#include "record/policyreport/policyreport.h"
#include "value/json.h"

#define AT (INT64_C(1700000000) * PT_SECOND_NS + 5)

static pt_policy_finding finding(const char *namespace, const char *name, pt_policy_result result) {
    return (pt_policy_finding){.version = PT_STR("apps/v1"),
                               .kind = PT_STR("Deployment"),
                               .namespace = pt_str_of(namespace),
                               .name = pt_str_of(name),
                               .uid = PT_STR("u-1"),
                               .policy = PT_STR("must-have-owner"),
                               .rule = PT_STR("NeedsOwner"),
                               .action = PT_STR("deny"),
                               .message = PT_STR("it has no \"owner\""),
                               .result = result,
                               .severity = PT_HIGH};
}

static void assert_json(pt_value v, const char *want) {
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(1 << 20);
    assert_int_equal(pt_json_write(&b, v, NULL, NULL), PT_OK);
    pt_buf_putc(&b, '\0');
    assert_string_equal(b.p, want);
}

static void test_policyreport_of_a_namespace_says_all(void **state) {
    (void)state;
    pt_arena a = {0};
    pt_policy_finding v[] = {finding("shop", "web", PT_RESULT_WARN),
                             finding("shop", "api", PT_RESULT_FAIL)};
    pt_policy_findings_sort(v, 2);
    pt_policy_report r = {.namespace = PT_STR("shop"), .v = v, .n = 1, .passed = 7, .time = AT};
    assert_json(
        pt_policyreport_make(&a, &r),
        "{\"apiVersion\":\"wgpolicyk8s.io/v1alpha2\",\"kind\":\"PolicyReport\","
        "\"metadata\":{\"annotations\":{},\"labels\":{\"app.kubernetes.io/managed-by\":"
        "\"paratia\"},\"name\":\"paratia\",\"namespace\":\"shop\"},"
        "\"results\":[{\"message\":\"it has no \\\"owner\\\"\",\"policy\":\"must-have-owner\","
        "\"resources\":[{\"apiVersion\":\"apps/v1\",\"kind\":\"Deployment\",\"name\":\"api\","
        "\"namespace\":\"shop\",\"uid\":\"u-1\"}],\"result\":\"fail\",\"rule\":\"NeedsOwner\","
        "\"scored\":true,\"severity\":\"high\",\"source\":\"paratia\","
        "\"timestamp\":{\"nanos\":5,\"seconds\":1700000000}}],"
        "\"summary\":{\"error\":0,\"fail\":1,\"pass\":7,\"skip\":0,\"warn\":0}}");
    pt_arena_done(&a);
}

static pt_value note(pt_value report, const char *key) {
    return pt_getz(pt_getz(pt_getz(report, "metadata"), "annotations"), key);
}

static void test_policyreport_of_the_cluster_says_what_is_missing(void **state) {
    (void)state;
    pt_arena a = {0};
    pt_policy_report r = {.passed = 1, .time = AT, .incomplete = PT_STR("Secret (v1)")};
    pt_value v = pt_policyreport_make(&a, &r);
    assert_true(pt_str_eqz(pt_text(pt_getz(v, "kind")), "ClusterPolicyReport"));
    assert_false(pt_defined(pt_getz(pt_getz(v, "metadata"), "namespace")));
    assert_true(pt_str_eqz(pt_text(note(v, "paratia/not-evaluated")), "Secret (v1)"));
    assert_int_equal(pt_len(pt_getz(v, "results")), 0);
    pt_arena_done(&a);
}

// However many and however long: etcd takes it, and what is left out is told.
static void check_bounds(const char *message_of, size_t n) {
    pt_arena a = {0};
    PT_AUTO(pt_buf_done) pt_buf text = PT_BUF(16 << 20);
    char left[24];
    int64_t fails = 0;
    pt_policy_finding *v = PT_NEW(&a, pt_policy_finding, n);
    for (size_t i = 0; i < n; i++) {
        v[i] = finding("shop", "web", PT_RESULT_FAIL);
        v[i].message = pt_str_of(message_of);
    }
    pt_policy_report r = {.namespace = PT_STR("shop"), .v = v, .n = n, .time = AT};
    pt_value report = pt_policyreport_make(&a, &r);
    size_t held = pt_len(pt_getz(report, "results"));
    assert_int_equal(pt_json_write(&text, report, NULL, NULL), PT_OK);
    assert_true(text.n < (5 << 20) / 4);
    assert_true(held > 50 && held <= PT_REPORT_RESULTS_MAX && held < n);
    snprintf(left, sizeof left, "%zu", n - held);
    assert_true(pt_str_eqz(pt_text(note(report, "paratia/results-left-out")), left));
    assert_true(pt_to_int(pt_getz(pt_getz(report, "summary"), "fail"), &fails));
    assert_int_equal(fails, n);
    pt_arena_done(&a);
}

static void test_policyreport_bounds_hold_and_are_told(void **state) {
    (void)state;
    char controls[4000];
    memset(controls, 1, sizeof controls - 1);
    controls[sizeof controls - 1] = '\0';
    check_bounds("short", 1500);
    check_bounds(controls, 1500);
}

static void test_sort_worst_first_within_namespaces(void **state) {
    (void)state;
    pt_policy_finding v[] = {
        finding("shop", "b", PT_RESULT_WARN), finding("", "node", PT_RESULT_WARN),
        finding("shop", "a", PT_RESULT_ERROR), finding("shop", "z", PT_RESULT_FAIL)};
    static const char *const order[] = {"node", "z", "a", "b"};
    pt_policy_findings_sort(v, PT_COUNT(v));
    for (size_t i = 0; i < PT_COUNT(v); i++)
        assert_true(pt_str_eqz(v[i].name, order[i]));
}

static void test_status_holds_the_first_twenty_and_counts_all(void **state) {
    (void)state;
    pt_arena a = {0};
    pt_policy_finding v[30];
    char names[30][8];
    char message[300];
    memset(message, 'm', 254);
    memcpy(message + 251, "\xc3\xa9\xc3\xa9\xc3\xa9", 7); // the cut would fall into a character
    for (size_t i = 0; i < 30; i++) {
        snprintf(names[i], sizeof names[i], "n%02zu", 29 - i);
        v[i] = finding("shop", names[i], i == 0 ? PT_RESULT_ERROR : PT_RESULT_FAIL);
        v[i].message = pt_str_of(message);
    }
    pt_value status = pt_getz(pt_constraint_status(&a, v, 30, AT), "status");
    pt_value all = pt_getz(status, "violations");
    int64_t total = 0;
    assert_true(pt_str_eqz(pt_text(pt_getz(status, "auditTimestamp")), "2023-11-14T22:13:20Z"));
    assert_true(pt_to_int(pt_getz(status, "totalViolations"), &total));
    assert_int_equal(total, 29);
    assert_int_equal(pt_len(all), 20);
    pt_value first = pt_at(all, 0);
    assert_true(pt_str_eqz(pt_text(pt_getz(first, "name")), "n00"));
    assert_true(pt_str_eqz(pt_text(pt_getz(first, "group")), "apps"));
    assert_true(pt_str_eqz(pt_text(pt_getz(first, "version")), "v1"));
    assert_true(pt_str_eqz(pt_text(pt_getz(first, "enforcementAction")), "deny"));
    pt_str said = pt_text(pt_getz(first, "message"));
    assert_int_equal(said.n, 256);
    assert_true(pt_str_ends(said, PT_STR("\xc3\xa9...")));
    pt_arena_done(&a);
}

static void test_status_without_violations_takes_old_ones_away(void **state) {
    (void)state;
    pt_arena a = {0};
    assert_json(pt_constraint_status(&a, NULL, 0, AT),
                "{\"status\":{\"auditTimestamp\":\"2023-11-14T22:13:20Z\",\"totalViolations\":0,"
                "\"violations\":null}}");
    pt_arena_done(&a);
}

static void test_little_memory_gives_nothing(void **state) {
    (void)state;
    pt_policy_finding v[] = {finding("shop", "web", PT_RESULT_FAIL)};
    pt_policy_report r = {.namespace = PT_STR("shop"), .v = v, .n = 1, .time = AT};
    size_t ok = 0;
    for (size_t max = 64; max < (64 << 10) && ok < 2; max *= 2) {
        pt_arena a = {.bytes_max = max};
        pt_value report = pt_policyreport_make(&a, &r);
        ok += pt_defined(report) && !a.full;
        assert_true(pt_defined(report) || a.full);
        pt_arena_done(&a);
        pt_arena b = {.bytes_max = max};
        pt_value status = pt_constraint_status(&b, v, 1, AT);
        assert_true(pt_defined(status) || b.full);
        pt_arena_done(&b);
    }
    assert_int_equal(ok, 2);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_policyreport_of_a_namespace_says_all),
        cmocka_unit_test(test_policyreport_of_the_cluster_says_what_is_missing),
        cmocka_unit_test(test_policyreport_bounds_hold_and_are_told),
        cmocka_unit_test(test_sort_worst_first_within_namespaces),
        cmocka_unit_test(test_status_holds_the_first_twenty_and_counts_all),
        cmocka_unit_test(test_status_without_violations_takes_old_ones_away),
        cmocka_unit_test(test_little_memory_gives_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
