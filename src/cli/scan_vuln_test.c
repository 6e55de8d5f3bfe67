#include <locale.h>
#include <string.h>

#include "base/testing.h"
#include "cli/scan_vuln.h"
#include "value/json.h"

#define FINDING(id, severity, fixed)                                                           \
    "{\"id\": \"" id "\", \"severity\": \"" severity "\", \"fixed\": [" fixed                  \
    "], \"state\": \"affected\", "                                                             \
    "\"package\": {\"name\": \"libssl3\", \"version\": \"3.0.11-1\", \"layer\": 1, \"file\": " \
    "\"var/lib/dpkg/status\"}"

static const char document[] =
    "{\"vulnerabilities\": [" FINDING("CVE-1", "critical", "\"3.0.15-1\"") "}, " FINDING(
        "CVE-2", "high",
        "") "}, " FINDING("CVE-3", "unknown",
                          "") "}],"
                              "\"suppressed\": [" FINDING(
                                  "CVE-4", "low",
                                  "") ", \"suppressed_by\": {\"kind\": \"vex\", \"reason\": "
                                      "\"component_not_present\", \"by\": \"us\"}}],"
                                      "\"coverage\": [{\"ecosystem\": \"Debian:12\", \"packages\": "
                                      "3, \"known\": true}, {\"ecosystem\": \"conda\", "
                                      "\"packages\": 1, \"known\": false, \"why\": \"no advisories "
                                      "are known\"}],"
                                      "\"unmatched\": [{\"package\": {\"name\": \"a\", "
                                      "\"version\": \"1\"}, \"reason\": \"it has no version\"}, "
                                      "{\"package\": {\"name\": \"b\", \"version\": \"1\"}, "
                                      "\"reason\": \"it has no version\"}, {\"package\": "
                                      "{\"name\": \"linux-libc-dev\", \"version\": \"6\"}, "
                                      "\"informational\": true, \"reason\": \"it holds no "
                                      "kernel\"}],"
                                      "\"counts\": {\"critical\": 1, \"high\": 1, \"unknown\": 1},"
                                      "\"fixes\": {\"upgrades\": [{\"names\": [\"libssl3\"], "
                                      "\"source\": \"openssl\", \"from\": \"3.0.11-1\", \"to\": "
                                      "\"3.0.15-1\", \"removes\": 1, "
                                      "\"severities\": {\"critical\": 1}, \"exploited\": true, "
                                      "\"ids\": [\"CVE-1\"], \"layers\": [1], \"files\": "
                                      "[\"var/lib/dpkg/status\"]}, "
                                      "{\"names\": [\"ws\"], \"from\": \"8.13.0\", \"to\": "
                                      "\"8.17.1\", \"severities\": {\"critical\": 2, \"high\": 1, "
                                      "\"low\": 4}, \"ids\": [\"CVE-5\"], \"layers\": [9], "
                                      "\"files\": [\"app/package-lock.json\"]}], "
                                      "\"layers\": [{\"layer\": 1, \"findings\": 3, \"fixable\": "
                                      "1}]}}";

static void shown(pt_buf *b, const pt_terminal *t) {
    PT_AUTO(pt_arena_done) pt_arena a = {0};
    pt_value v;
    pt_err e = {0};
    assert_int_equal(pt_json_parse(&a, pt_str_of(document), NULL, &v, &e), PT_OK);
    pt_scan_vuln_show(b, v, t, NULL);
    pt_scan_vuln_unjudged(b, v, t);
}

static void test_terminal_groups_by_upgrade(void **state) {
    (void)state;
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(1 << 16);
    shown(&b, &(pt_terminal){.width = 80, .ascii = true});
    assert_str(pt_buf_str(&b),
               "\n"
               "Upgrade                                           closes           layer\n"
               "  x libssl3 of openssl  3.0.11-1 -> 3.0.15-1      1 critical           1\n"
               "    exploited in the wild (KEV): CVE-1\n"
               "  x ws  8.13.0 -> 8.17.1                          2 critical, 1 high   9\n"
               "    CVE-5, app/package-lock.json\n"
               "  Layer 1 brought 3 of 3, 1 with a fix: rebuild on a newer base\n"
               "\n"
               "No fix yet\n"
               "  x 2 without a fix, the gravest high: --full lists them\n"
               "\n"
               "Suppressed\n"
               "    1, each with its reason: --full lists them\n"
               "\n"
               "Not evaluated, which is not a pass\n"
               "  ? conda, 1 package\n"
               "    no advisories are known\n"
               "  ? a and 1 more\n"
               "    it has no version\n");
}

static void test_all_lists_each(void **state) {
    (void)state;
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(1 << 16);
    shown(&b, &(pt_terminal){.width = 80, .ascii = true, .all = true});
    assert_true(
        pt_str_has(pt_buf_str(&b),
                   PT_STR("  x CVE-2  libssl3 3.0.11-1                       affected, high\n")));
    assert_true(pt_str_has(pt_buf_str(&b), PT_STR("    component_not_present, by us\n")));
}

// What is accepted is counted, and an upgrade that removes nothing else is not shown; what is new
// is marked.
static void test_terminal_marks_what_is_new_and_leaves_out_what_is_known(void **state) {
    (void)state;
    PT_AUTO(pt_arena_done) pt_arena a = {0};
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(1 << 16);
    static const pt_check check = {.id = "CVE", .severity = PT_HIGH};
    pt_run r = {.beside = true};
    pt_scan_marks marks;
    assert_int_equal(pt_json_parse(&a, pt_str_of(document), NULL, &r.scan, NULL), PT_OK);
    for (size_t i = 0; i < 3; i++) {
        const pt_finding f = {.check = &check,
                              .verdict = PT_FAIL,
                              .about = pt_at(pt_getz(r.scan, "vulnerabilities"), i),
                              .known = i != 1,
                              .is_new = i == 1};
        assert_true(pt_findings_add(&r.findings, &a, &f));
    }
    assert_int_equal(pt_scan_mark(&r, &a, &marks, NULL), PT_OK);
    pt_scan_vuln_show(&b, r.scan, &(pt_terminal){.width = 80, .ascii = true}, &marks);
    assert_false(pt_str_has(pt_buf_str(&b), PT_STR("CVE-1")));
    assert_true(pt_str_has(pt_buf_str(&b), PT_STR("1 without a fix, the gravest high")));
    pt_buf_clear(&b);
    pt_scan_vuln_show(&b, r.scan, &(pt_terminal){.width = 80, .ascii = true, .all = true}, &marks);
    assert_true(
        pt_str_has(pt_buf_str(&b), PT_STR("    exploited in the wild (KEV): CVE-1, 1 known\n")));
    assert_true(pt_str_has(
        pt_buf_str(&b),
        PT_STR("  x CVE-2  libssl3 3.0.11-1                       affected, high  new\n")));
    assert_true(pt_str_has(pt_buf_str(&b), PT_STR("affected, known\n")));
}

static void test_counts_are_told(void **state) {
    (void)state;
    PT_AUTO(pt_arena_done) pt_arena a = {0};
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(256);
    pt_value v;
    assert_int_equal(pt_json_parse(&a, pt_str_of(document), NULL, &v, NULL), PT_OK);
    pt_scan_vuln_count(&b, v);
    assert_str(pt_buf_str(&b),
               "3 vulnerabilities (1 critical, 1 high, 1 unknown), 1 fixable, 1 suppressed");
}

int main(void) {
    setlocale(LC_CTYPE, "C.UTF-8");
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_terminal_groups_by_upgrade),
        cmocka_unit_test(test_all_lists_each),
        cmocka_unit_test(test_terminal_marks_what_is_new_and_leaves_out_what_is_known),
        cmocka_unit_test(test_counts_are_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
