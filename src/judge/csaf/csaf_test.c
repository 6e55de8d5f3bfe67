#include <string.h>

#include "base/testing.h"
#include "judge/csaf/csaf.h"
#include "value/json.h"

// The ids of the tests that find something, of those that begin so.
static pt_str found_in(pt_arena *a, const char *json, const char *of) {
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(1 << 16);
    pt_value doc = pt_undefined();
    pt_value list = pt_undefined();
    pt_err e = {0};
    if (pt_json_parse(a, pt_str_of(json), NULL, &doc, &e))
        fail_msg("%s", e.what);
    assert_int_equal(pt_csaf_check(a, doc, &list, NULL), PT_OK);
    pt_str last = {0};
    for (size_t i = 0; i < pt_len(list); i++) {
        pt_str id = pt_text(pt_getz(pt_at(list, i), "test"));
        if (!pt_str_starts(id, pt_str_of(of)) || pt_str_eq(id, last))
            continue;
        pt_buf_putz(&b, b.n ? " " : "");
        pt_buf_put(&b, id);
        last = id;
    }
    return pt_arena_str(a, pt_buf_str(&b));
}

typedef struct sample {
    const char *json, *want;
} sample;

static void assert_finds(const sample *cases, size_t n, const char *of) {
    for (size_t i = 0; i < n; i++) {
        PT_AUTO(pt_arena_done) pt_arena a = {0};
        assert_str(found_in(&a, cases[i].json, of), cases[i].want);
    }
}

#define TREE(members) "{\"product_tree\":{" members "}}"
#define ONE(id)       "{\"product_id\":\"" id "\",\"name\":\"n\"}"

static void test_csaf_products(void **state) {
    (void)state;
    static const sample cases[] = {
        {TREE("\"full_product_names\":[" ONE("a") "," ONE("a") "]"), "6.1.2"},
        {TREE("\"full_product_names\":[" ONE("a") "," ONE("b") "]"), ""},
        {TREE("\"product_groups\":[{\"group_id\":\"g\",\"product_ids\":[\"x\"]}]"), "6.1.1"},
        {TREE("\"product_groups\":[{\"group_id\":\"g\"},{\"group_id\":\"g\"}]"), "6.1.5"},
        {TREE(
             "\"full_product_names\":[" ONE("a") "],\"relationships\":[{\"full_product_name\":" ONE(
                 "b") ",\"product_reference\":\"a\",\"relates_to_product_reference\":\"c\"},{"
                      "\"full_"
                      "product_name\":" ONE(
                          "c") ",\"product_reference\":\"b\",\"relates_to_product_"
                               "reference\":\"a\"}]"),
         "6.1.3"},
        {TREE("\"branches\":[{\"category\":\"product_version\",\"name\":\"<1\"}]"), "6.1.31"},
        {TREE("\"branches\":[{\"category\":\"product_version\",\"name\":\"All Versions\"}]"),
         "6.1.31"},
        {TREE("\"branches\":[{\"category\":\"product_version\",\"name\":\"1 allowed\"}]"), ""},
        {TREE("\"full_product_names\":[{\"product_id\":\"a\",\"product_identification_helper\":{"
              "\"purl\":\"pkg:maven/@1\"}}]"),
         "6.1.13"},
        {TREE("\"full_product_names\":[{\"product_id\":\"a\",\"product_identification_helper\":{"
              "\"hashes\":[{\"file_hashes\":[{\"algorithm\":\"sha256\"},{\"algorithm\":\"sha256\"}]"
              "}]}}]"),
         "6.1.25"},
        {"{\"vulnerabilities\":[{\"remediations\":[{\"group_ids\":[\"g\"]}]}]}", "6.1.4"},
        {"{\"vulnerabilities\":[{\"remediations\":[{}]}]}", "6.1.29"},
        {"{\"vulnerabilities\":[{\"flags\":[{}]}]}", "6.1.32"},
        {"{\"vulnerabilities\":[{\"cve\":\"CVE-2024-1\"},{\"cve\":\"CVE-2024-1\"}]}", "6.1.23"},
        {"{\"vulnerabilities\":[{\"involvements\":[{\"party\":\"a\"},{\"party\":\"a\"}]}]}",
         "6.1.24"},
        {"{\"vulnerabilities\":[{\"cwe\":{\"id\":\"CWE-787\",\"name\":\"Use After Free\"}}]}",
         "6.1.11"},
        {"{\"product_tree\":{\"full_product_names\":[" ONE(
             "a") "]},\"vulnerabilities\":[{\"product_status\":{\"fixed\":[\"a\"],\"known_"
                  "affected\":"
                  "[\"a\"],\"recommended\":[\"a\"]}}]}",
         "6.1.6"},
    };
    assert_finds(cases, PT_COUNT(cases), "6.1.");
}

#define TRACK(version, status, history)                                             \
    "{\"document\":{\"tracking\":{\"version\":\"" version "\",\"status\":\"" status \
    "\",\"revision_history\":[" history "]}}}"
#define REV(date, number) "{\"date\":\"2024-01-" date "T00:00:00Z\",\"number\":\"" number "\"}"

static void test_csaf_revisions(void **state) {
    (void)state;
    static const sample cases[] = {
        {TRACK("2", "final", REV("01", "1") "," REV("02", "2")), ""},
        {TRACK("2", "final", REV("02", "2") "," REV("01", "1")), ""}, // the dates say the order
        {TRACK("10", "final", REV("01", "9") "," REV("01", "10")), "6.1.21"},
        {TRACK("1", "final", REV("01", "2") "," REV("02", "1")), "6.1.14 6.1.21"},
        {TRACK("1", "final", REV("01", "1") "," REV("02", "2")), "6.1.16"},
        {TRACK("2", "final", REV("01", "1") "," REV("02", "2") "," REV("02", "2")), "6.1.22"},
        {TRACK("1.0.0+b", "final", REV("01", "1.0.0")), ""},
        {TRACK("1.0.0-rc", "draft", REV("01", "1.0.0")), ""},
        {TRACK("1.0.0-rc", "final", REV("01", "1.0.0-rc")), "6.1.17 6.1.19 6.1.20"},
        {TRACK("0.1.0", "final", REV("01", "0.1.0")), "6.1.17 6.1.18"},
        {TRACK("1", "final", REV("01", "1.0.0")), "6.1.16 6.1.30"},
    };
    assert_finds(cases, PT_COUNT(cases), "6.1.");
}

#define DOC(members) "{\"document\":{" members "}}"

static void test_csaf_language(void **state) {
    (void)state;
    static const sample mandatory[] = {
        {DOC("\"lang\":\"en-GB\",\"source_lang\":\"de\""), ""},
        {DOC("\"lang\":\"zh-Hant-TW\""), ""},
        {DOC("\"lang\":\"xx\""), "6.1.12"},
        {DOC("\"lang\":\"en-YY\""), "6.1.12"},
        {DOC("\"lang\":\"en\",\"source_lang\":\"EN\""), "6.1.28"},
        {DOC("\"publisher\":{\"category\":\"translator\"}"), "6.1.15"},
    };
    static const sample optional[] = {
        {DOC("\"lang\":\"qaa\""), "6.2.14"},       {DOC("\"lang\":\"en-x-own\""), "6.2.14"},
        {DOC("\"lang\":\"en-QM\""), "6.2.14"},     {DOC("\"lang\":\"qu-PE\""), ""},
        {DOC("\"lang\":\"i-default\""), "6.2.15"},
    };
    assert_finds(mandatory, PT_COUNT(mandatory), "6.1.");
    assert_finds(optional, PT_COUNT(optional) - 1, "6.2.14");
    assert_finds(optional + PT_COUNT(optional) - 1, 1, "6.2.15");
}

#define VEX(vuln)                                                                               \
    "{\"document\":{\"category\":\"csaf_vex\"},\"product_tree\":{\"full_product_names\":[" ONE( \
        "a") "],\"product_groups\":[{\"group_id\":\"g\",\"product_ids\":[\"a\"]}]},"            \
             "\"vulnerabilities\":[{" vuln "}]}"

static void test_csaf_profiles(void **state) {
    (void)state;
    static const sample cases[] = {
        {DOC("\"category\":\"Csaf_Vex\""), "6.1.26"},
        {DOC("\"category\":\"Security-Advisory\""), "6.1.26"},
        {DOC("\"category\":\"csaf_base\""), ""},
        {DOC("\"category\":\"csaf_informational_advisory\""), "6.1.27.1 6.1.27.2"},
        {DOC("\"category\":\"csaf_vex\""), "6.1.27.4 6.1.27.11"},
        {VEX("\"notes\":[]"), "6.1.27.7 6.1.27.8"},
        {VEX("\"notes\":[],\"cve\":\"c\",\"product_status\":{\"known_not_affected\":[\"a\"]}"),
         "6.1.27.9"},
        {VEX("\"notes\":[],\"cve\":\"c\",\"product_status\":{\"known_not_affected\":[\"a\"]},"
             "\"threats\":[{\"category\":\"impact\",\"group_ids\":[\"g\"]}]"),
         ""},
        {VEX("\"notes\":[],\"cve\":\"c\",\"product_status\":{\"known_not_affected\":[\"a\"]},"
             "\"threats\":[{\"category\":\"exploit_status\",\"group_ids\":[\"g\"]}]"),
         "6.1.27.9"},
        {VEX("\"notes\":[],\"cve\":\"c\",\"product_status\":{\"known_affected\":[\"a\"]}"),
         "6.1.27.10"},
        {VEX("\"notes\":[],\"cve\":\"c\",\"product_status\":{\"fixed\":[\"a\"]},\"flags\":[{"
             "\"label\":\"component_not_present\",\"product_ids\":[\"a\"]},{\"label\":"
             "\"vulnerable_code_not_present\",\"group_ids\":[\"g\"]}]"),
         "6.1.33"},
    };
    assert_finds(cases, PT_COUNT(cases), "6.1.");
}

#define SCORE(members)                                                                             \
    "{\"product_tree\":{\"full_product_names\":[" ONE(                                             \
        "a") "]},\"vulnerabilities\":[{\"product_status\":{\"fixed\":[\"a\"]},\"scores\":[{"       \
             "\"products\":["                                                                      \
             "\"a\"],\"cvss_v3\":{\"version\":\"3.1\",\"vectorString\":\"CVSS:3.1/AV:N/AC:L/PR:N/" \
             "UI:N/S:U/"                                                                           \
             "C:H/I:H/A:H\"," members "}}]}]}"

static void test_csaf_scores(void **state) {
    (void)state;
    static const sample cases[] = {
        {SCORE("\"baseScore\":9.8,\"baseSeverity\":\"CRITICAL\""), ""},
        {SCORE("\"baseScore\":9.7,\"baseSeverity\":\"CRITICAL\""), "6.1.9"},
        {SCORE("\"baseScore\":9.8,\"baseSeverity\":\"HIGH\""), "6.1.9"},
        {SCORE("\"baseScore\":9.8,\"attackVector\":\"LOCAL\""), "6.1.10"},
        {SCORE("\"baseScore\":9.8,\"attackVector\":\"NETWORK\",\"modifiedScope\":\"CHANGED\""), ""},
    };
    static const sample fixed[] = {
        {SCORE("\"baseScore\":9.8"), "6.2.19"},
        {SCORE("\"baseScore\":9.8,\"environmentalScore\":0"), ""},
        {SCORE("\"baseScore\":9.8,\"modifiedConfidentialityImpact\":\"NONE\","
               "\"modifiedIntegrityImpact\":\"NONE\",\"modifiedAvailabilityImpact\":\"NONE\""),
         ""},
    };
    assert_finds(cases, PT_COUNT(cases), "6.1.");
    assert_finds(fixed, PT_COUNT(fixed), "6.2.19");
}

static void test_csaf_informative(void **state) {
    (void)state;
    static const sample cases[] = {
        {TREE("\"branches\":[{\"category\":\"vendor\",\"branches\":[{\"category\":\"product_name\","
              "\"branches\":[{\"category\":\"product_version\",\"name\":\"v1\",\"product\":" ONE(
                  "a") "}]}]}]"),
         "6.3.11"},
        {TREE("\"branches\":[{\"category\":\"product_name\",\"branches\":[{\"category\":\"vendor\","
              "\"product\":" ONE("a") "}]}]"),
         "6.3.9"},
        {TREE("\"branches\":[{\"category\":\"product_version_range\",\"name\":\"vers:deb/>1\"}]"),
         "6.3.10"},
        {DOC("\"references\":[{\"url\":\"https://a.invalid/x\"}]"), "6.3.6"},
        {DOC("\"references\":[{\"category\":\"self\",\"url\":\"https://u@a.test:1?x\"}]"), "6.3.7"},
        {DOC("\"references\":[{\"url\":\"https://invalid.example.org/invalid\"}]"), ""},
    };
    assert_finds(cases, PT_COUNT(cases), "6.3.");
}

static void test_csaf_keys_sorted(void **state) {
    (void)state;
    assert_true(
        pt_csaf_keys_sorted(PT_STR("{\"a\":{\"z\":\"\\\"b\\\":\"},\"b\":[{\"a\":1},{\"a\":2}]}")));
    assert_false(pt_csaf_keys_sorted(PT_STR("{\"b\":1, \"a\" : 2}")));
    assert_false(pt_csaf_keys_sorted(PT_STR("[{\"x\":{\"b\":1,\"a\":2}}]")));
    assert_true(pt_csaf_keys_sorted(PT_STR("\"")));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_csaf_products),    cmocka_unit_test(test_csaf_revisions),
        cmocka_unit_test(test_csaf_language),    cmocka_unit_test(test_csaf_profiles),
        cmocka_unit_test(test_csaf_scores),      cmocka_unit_test(test_csaf_informative),
        cmocka_unit_test(test_csaf_keys_sorted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
