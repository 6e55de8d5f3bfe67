// clang-format off
#include "base/testing.h"
// clang-format on
#include "record/report/report.h"
#include "record/report/testing_run.h"
#include "value/json.h"

// The run of the document that `t` gives.
static pt_value run_of(test_run *t, pt_buf *b, const char *name) {
    pt_value doc;
    pt_err e = {0};
    test_finish(t);
    assert_int_equal(pt_report_sarif(b, &t->r, &e), PT_OK);
    test_keep(name, pt_buf_str(b));
    assert_int_equal(
        pt_json_parse(&t->a, pt_buf_str(b), &(pt_json_opts){.dup_refuse = true}, &doc, &e), PT_OK);
    assert_str(pt_text(pt_getz(doc, "version")), "2.1.0");
    assert_int_equal(pt_len(pt_getz(doc, "runs")), 1);
    return pt_at(pt_getz(doc, "runs"), 0);
}

static pt_value deep(pt_value v, const char *path) {
    pt_str rest = pt_str_of(path);
    pt_str key;
    while (pt_str_split(&rest, '.', &key)) {
        int64_t index;
        v = pt_str_int(key, 10, &index) ? pt_at(v, (size_t)index) : pt_get(v, key);
    }
    return v;
}

static pt_str text_at(pt_value v, const char *path) {
    return pt_text(deep(v, path));
}

// The result of a check with a verdict.
static pt_value result_of(pt_value run, const char *rule) {
    pt_value results = pt_getz(run, "results");
    for (size_t i = 0; i < pt_len(results); i++)
        if (pt_str_eqz(text_at(pt_at(results, i), "ruleId"), rule))
            return pt_at(results, i);
    print_error("no result of %s\n", rule);
    fail();
    return pt_undefined();
}

// What GitHub and GitLab ask of every result, and that it leads to its rule.
static void assert_results_sound(pt_value run) {
    pt_value results = pt_getz(run, "results");
    pt_value rules = deep(run, "tool.driver.rules");
    for (size_t i = 0; i < pt_len(results); i++) {
        pt_value r = pt_at(results, i);
        int64_t index;
        assert_true(pt_to_int(pt_getz(r, "ruleIndex"), &index));
        assert_true(pt_str_eq(text_at(pt_at(rules, (size_t)index), "id"), text_at(r, "ruleId")));
        assert_true(text_at(r, "message.text").n > 0);
        assert_true(
            pt_str_ends(text_at(r, "partialFingerprints.primaryLocationLineHash"), PT_STR(":1")));
        pt_str uri = text_at(r, "locations.0.physicalLocation.artifactLocation.uri");
        assert_true(uri.n > 0 && uri.p[0] != '/');
        for (size_t k = 0; k < uri.n; k++)
            assert_true(uri.p[k] > ' ' && (unsigned char)uri.p[k] < 0x7f && uri.p[k] != ':');
        assert_true(pt_to_int(deep(r, "locations.0.physicalLocation.region.startLine"), &index));
        assert_true(index >= 1);
        bool fails = pt_str_eqz(text_at(r, "kind"), "fail");
        assert_int_equal(fails, !pt_str_eqz(text_at(r, "level"), "none"));
    }
}

static void test_sarif_whole_run_has_what_scanners_ask(void **state) {
    (void)state;
    test_run t;
    test_run_init(&t);
    test_fill(&t);
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF((size_t)8 << 20);
    pt_value run = run_of(&t, &b, "whole.sarif");
    assert_results_sound(run);
    assert_int_equal(pt_len(pt_getz(run, "results")), 11); // all but "not applicable"
    pt_value socket = result_of(run, "PT-CTR-SOCKET");
    assert_str(text_at(socket, "level"), "error");
    assert_str(text_at(socket, "message.text"),
               "edge-proxy: Docker socket is mounted into the container "
               "(/var/run/docker.sock, read-write)");
    assert_str(text_at(socket, "locations.0.logicalLocations.0.fullyQualifiedName"),
               "container/edge-proxy");
    assert_str(text_at(socket, "provenance.firstDetectionTimeUtc"), "2026-11-24T06:00:04Z");
    assert_str(
        text_at(result_of(run, "PT-HOST-BPF"), "locations.0.physicalLocation.artifactLocation.uri"),
        "host/sysctl");
    assert_str(text_at(result_of(run, "PT-HOST-KPTR"), "suppressions.0.justification"),
               "kdump needs it (k.osei, until 2026-12-05T19:46:44Z)");
    assert_str(text_at(result_of(run, "PT-HOST-PTRACE"), "suppressions.0.justification"),
               "known from the baseline");
    assert_int_equal(pt_len(pt_getz(socket, "suppressions")), 0);
    assert_str(text_at(run, "automationDetails.id"), "paratia/audit/");
    test_run_done(&t);
}

static void test_sarif_not_evaluated_lends_no_severity(void **state) {
    (void)state;
    test_run t;
    test_run_init(&t);
    test_fill(&t);
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF((size_t)8 << 20);
    pt_value run = run_of(&t, &b, "open.sarif");
    pt_value open = result_of(run, "PT-HOST-DMESG/not-evaluated");
    assert_str(text_at(open, "kind"), "open");
    assert_str(
        text_at(open, "message.text"),
        "hel-07: not evaluated: The kernel log is for root alone (no right to read the file). "
        "To let Paratia look: needs root: sudo paratia audit");
    int64_t index;
    assert_true(pt_to_int(pt_getz(open, "ruleIndex"), &index));
    pt_value rule = pt_at(deep(run, "tool.driver.rules"), (size_t)index);
    assert_false(pt_defined(deep(rule, "properties.security-severity")));
    assert_str(text_at(rule, "defaultConfiguration.level"), "none");
    test_run_done(&t);
}

static void test_sarif_rules_carry_severity_as_text(void **state) {
    (void)state;
    test_run t;
    test_run_init(&t);
    test_fill(&t);
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF((size_t)8 << 20);
    pt_value rule = deep(run_of(&t, &b, "rules.sarif"), "tool.driver.rules.0");
    assert_str(text_at(rule, "properties.security-severity"), "9.5");
    assert_str(text_at(rule, "properties.tags.0"), "security");
    assert_str(text_at(rule, "defaultConfiguration.level"), "error");
    assert_true(text_at(rule, "help.text").n > 0 && text_at(rule, "help.markdown").n > 0);
    test_run_done(&t);
}

static void test_sarif_hostile_places_are_encoded(void **state) {
    (void)state;
    test_run t;
    test_run_init(&t);
    test_add(
        &t, "PT-CTR-SOCKET",
        (pt_finding){
            .verdict = PT_FAIL,
            .subject = PT_STR(TEST_HOSTILE "[pay](https://evil.example/)"),
            .place = {.file = PT_STR(".//deploy/a b:\xc3\xbc#?%.yaml"), .line = 12, .column = 5},
            .path = PT_STR("spec.volumes[0]"),
            .evidence = PT_STR("[x](https://evil.example/)")});
    test_add(
        &t, "PT-CTR-PRIVILEGED",
        (pt_finding){.verdict = PT_FAIL, .subject = PT_STR("in"), .place = {.file = PT_STR("-")}});
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF((size_t)8 << 20);
    pt_value run = run_of(&t, &b, "hostile.sarif");
    assert_results_sound(run);
    pt_value r = result_of(run, "PT-CTR-SOCKET");
    assert_str(text_at(r, "locations.0.physicalLocation.artifactLocation.uri"),
               "deploy/a%20b%3A%C3%BC%23%3F%25.yaml");
    int64_t line;
    assert_true(pt_to_int(deep(r, "locations.0.physicalLocation.region.startLine"), &line));
    assert_int_equal(line, 12);
    pt_str message = text_at(r, "message.text");
    assert_false(pt_str_has(message, PT_STR("](")));
    assert_false(pt_str_has(message, PT_STR("\xe2\x80\xae")));
    assert_true(pt_str_has(message, PT_STR("\\u{202e}")));
    assert_str(text_at(result_of(run, "PT-CTR-PRIVILEGED"),
                       "locations.0.physicalLocation.artifactLocation.uri"),
               "stdin");
    test_run_done(&t);
}

static void test_sarif_passes_stay_out_unless_kept(void **state) {
    (void)state;
    test_run t;
    test_run_init(&t);
    test_fill(&t);
    t.r.findings.drop_good = true;
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF((size_t)8 << 20);
    pt_value run = run_of(&t, &b, "dropped.sarif");
    assert_int_equal(pt_len(pt_getz(run, "results")), 9);
    test_run_done(&t);
}

static void test_sarif_too_many_results_are_cut_with_a_notice(void **state) {
    (void)state;
    test_run t;
    test_run_init(&t);
    for (size_t i = 0; i < 25007; i++)
        test_add(&t, "PT-CTR-SOCKET",
                 (pt_finding){.verdict = PT_FAIL, .subject = pt_arena_printf(&t.a, "c-%zu", i)});
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF((size_t)256 << 20);
    pt_value run = run_of(&t, &b, "many.sarif");
    assert_int_equal(pt_len(pt_getz(run, "results")), 25000);
    assert_true(
        pt_str_starts(text_at(run, "invocations.0.toolExecutionNotifications.0.message.text"),
                      PT_STR("7 results are left out")));
    test_run_done(&t);
}

static void test_sarif_empty_run_is_a_run(void **state) {
    (void)state;
    test_run t;
    test_run_init(&t);
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF((size_t)1 << 20);
    pt_value run = run_of(&t, &b, "empty.sarif");
    assert_int_equal(pt_len(pt_getz(run, "results")), 0);
    assert_true(pt_defined(deep(run, "tool.driver.rules")));
    test_run_done(&t);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sarif_whole_run_has_what_scanners_ask),
        cmocka_unit_test(test_sarif_not_evaluated_lends_no_severity),
        cmocka_unit_test(test_sarif_rules_carry_severity_as_text),
        cmocka_unit_test(test_sarif_hostile_places_are_encoded),
        cmocka_unit_test(test_sarif_passes_stay_out_unless_kept),
        cmocka_unit_test(test_sarif_too_many_results_are_cut_with_a_notice),
        cmocka_unit_test(test_sarif_empty_run_is_a_run),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
