#include <string.h>

#include "base/testing.h"
#include "judge/catalogue/catalogue.h"
#include "record/waiver/waiver.h"

#define WAIVER(check, subject, expires)                     \
    "waivers:\n  - check: " check "\n    subject: " subject \
    "\n    reason: because\n    owner: me\n    expires: " expires "\n"

static pt_run run_with(pt_arena *a, const char *subject) {
    pt_run r = {.verb = "audit"};
    pt_finding f = {.check = pt_catalogue_find(PT_STR("PT-CTR-SOCKET")),
                    .verdict = PT_FAIL,
                    .kind = PT_KIND_CONTAINER,
                    .subject = pt_str_of(subject)};
    assert_true(pt_findings_add(&r.findings, a, &f));
    pt_findings_finish(&r.findings);
    return r;
}

static pt_time_ns at(const char *time) {
    pt_time_ns t = 0;
    assert_true(pt_time_parse(pt_str_of(time), &t));
    return t;
}

// An image is what its digest, or who was asked for it, says: not what its archive says.
static void test_waiver_of_an_image_meets_its_words_and_not_its_own_name(void **state) {
    (void)state;
    static const struct {
        const char *subject;
        bool waived;
    } cases[] = {{"'shop/web:1'", false}, {"'sha256:11'", true}, {"'build/*.tar'", true}};
    pt_str words[] = {PT_STR("sha256:11"), PT_STR("build/web.tar")};
    for (size_t i = 0; i < PT_COUNT(cases); i++) {
        PT_AUTO(pt_arena_done) pt_arena a = {0};
        pt_waivers w = {0};
        pt_str text =
            pt_arena_printf(&a, WAIVER("PT-CTR-SOCKET", "%s", "2026-12-31"), cases[i].subject);
        assert_int_equal(pt_waivers_read(&a, text, &w, NULL), PT_OK);
        pt_run r = run_with(&a, "shop/web:1");
        r.words.v = words;
        r.words.n = PT_COUNT(words);
        pt_waivers_apply(&w, &r, at("2026-01-01T00:00:00Z"));
        assert_int_equal(r.findings.all.v[0].waived, cases[i].waived);
    }
}

static void test_waiver_accepts_what_it_names_until_it_expires(void **state) {
    (void)state;
    static const struct {
        const char *text, *subject, *now;
        bool waived, expired;
    } cases[] = {
        {WAIVER("PT-CTR-SOCKET", "edge-proxy", "2026-12-31"), "edge-proxy", "2026-12-31T23:59:59Z",
         true, false},
        {WAIVER("PT-CTR-SOCKET", "edge-proxy", "2026-12-31"), "edge-proxy", "2027-01-01T00:00:00Z",
         false, true},
        {WAIVER("PT-CTR-SOCKET", "edge-proxy", "2026-12-31T12:00:00Z"), "edge-proxy",
         "2026-12-31T12:00:00Z", false, true},
        {WAIVER("PT-CTR-SOCKET", "edge-proxy", "2026-12-31"), "edge-proxy-2",
         "2026-01-01T00:00:00Z", false, false},
        {WAIVER("PT-CTR-SOCKET", "edge-*", "2026-12-31"), "edge-proxy-2", "2026-01-01T00:00:00Z",
         true, false},
        {WAIVER("PT-CTR-*", "'*proxy*'", "2026-12-31"), "edge-proxy-2", "2026-01-01T00:00:00Z",
         true, false},
        {WAIVER("main.deny_latest", "edge-proxy", "2026-12-31"), "edge-proxy",
         "2026-01-01T00:00:00Z", false, false}, // a policy's
        {WAIVER("PT-CTR-MEM", "edge-proxy", "2026-12-31"), "edge-proxy", "2026-01-01T00:00:00Z",
         false, false},
    };
    for (size_t i = 0; i < PT_COUNT(cases); i++) {
        pt_arena a = {0};
        pt_waivers w = {0};
        pt_err e = {0};
        if (pt_waivers_read(&a, pt_str_of(cases[i].text), &w, &e))
            print_error("case %zu: %s\n", i, e.what);
        assert_int_equal(e.code, PT_OK);
        pt_run r = run_with(&a, cases[i].subject);
        pt_waivers_apply(&w, &r, at(cases[i].now));
        assert_int_equal(r.findings.all.v[0].waived, cases[i].waived);
        assert_int_equal(r.findings.all.v[0].waiver_expired, cases[i].expired);
        assert_int_equal(r.waived, cases[i].waived);
        assert_int_equal(w.all.v[0].hits, cases[i].waived || cases[i].expired);
        assert_int_equal(pt_run_open(&r, PT_INFO), !cases[i].waived);
        pt_arena_done(&a);
    }
}

static void test_waiver_a_valid_one_beats_an_expired_one(void **state) {
    (void)state;
    pt_arena a = {0};
    pt_waivers w = {0};
    static const char text[] =
        "waivers:\n"
        "  - {check: PT-CTR-SOCKET, subject: '*', reason: r, owner: o, expires: '2020-01-01'}\n"
        "  - {check: PT-CTR-SOCKET, subject: '*', reason: r, owner: o, expires: '2030-01-01'}\n";
    assert_int_equal(pt_waivers_read(&a, pt_str_of(text), &w, NULL), PT_OK);
    pt_run r = run_with(&a, "x");
    pt_waivers_apply(&w, &r, at("2026-01-01T00:00:00Z"));
    assert_true(r.findings.all.v[0].waived);
    assert_false(r.findings.all.v[0].waiver_expired);
    assert_int_equal(r.waivers_expired, 0);
    pt_arena_done(&a);
}

static void test_waiver_what_is_not_understood_is_refused(void **state) {
    (void)state;
    static const struct {
        const char *text, *what;
        uint32_t line;
    } cases[] = {
        {"waivers:\n  - check: PT-CTR-SOCKET\n    owner: me\n    expires: 2026-12-31\n",
         "no reason", 2},
        {"waivers:\n  - check: PT-CTR-SOCKET\n    reason: r\n    expires: 2026-12-31\n", "no owner",
         2},
        {"waivers:\n  - check: PT-CTR-SOCKET\n    reason: r\n    owner: o\n", "no expires", 2},
        {WAIVER("PT-CTR-SOKET", "x", "2026-12-31"), "no check PT-CTR-SOKET", 2},
        {WAIVER("PT-CTR-SOCKET", "x", "31.12.2026"), "no date", 6},
        {WAIVER("PT-CTR-SOCKET", "x", "2026-12-31\n    untill: x"), "no key untill", 7},
        {WAIVER("CVE-1", "x", "2026-12-31\n    status: harmless"), "status is one of", 7},
        {WAIVER("CVE-1", "x", "2026-12-31\n    status: not_affected"), "needs a justification", 2},
        {WAIVER("CVE-1", "x", "2026-12-31\n    justification: component_not_present"),
         "is of status", 7},
        {"waivers:\n  - reason: r\n    owner: o\n    expires: 2026-12-31\n", "neither", 2},
        {"waivers: 3\n", "list", 0},
        {"waiver: []\n", "no setting", 0},
        {"- a\n", "map", 0},
        {"waivers:\n  - {check: PT-CTR-SOCKET, reason: r, owner: o, expires: '2030-01-01'}\n",
         "no subject", 2},
        {"waivers: []\n---\nwaivers: []\n", "second", 0},
        {"waivers:\n  - check: [a]\n", "text", 2},
        {"waivers: []\nwaivers: []\n", "twice", 2},
    };
    for (size_t i = 0; i < PT_COUNT(cases); i++) {
        pt_arena a = {0};
        pt_waivers w = {0};
        pt_err e = {0};
        assert_int_equal(pt_waivers_read(&a, pt_str_of(cases[i].text), &w, &e), PT_E_FORMAT);
        if (!strstr(e.what, cases[i].what) || (cases[i].line && e.line != cases[i].line))
            print_error("case %zu: %s at %u\n", i, e.what, e.line);
        assert_non_null(strstr(e.what, cases[i].what));
        if (cases[i].line)
            assert_int_equal(e.line, cases[i].line);
        pt_arena_done(&a);
    }
}

static void test_baseline_hides_what_stood_in_it(void **state) {
    (void)state;
    pt_arena a = {0};
    size_t listed = 0;
    pt_run r = run_with(&a, "x");
    pt_str report =
        pt_arena_printf(&a, "{\"findings\":[{\"verdict\":\"fail\",\"fingerprint\":\"%s\"}]}",
                        r.findings.all.v[0].fingerprint);
    assert_int_equal(pt_baseline_apply(report, &r, &listed, NULL), PT_OK);
    assert_int_equal(r.known, 1);
    assert_int_equal(listed, 1);
    assert_int_equal(pt_run_open(&r, PT_INFO), 0);
    // What passed then and fails now is not known.
    pt_run s = run_with(&a, "x");
    report = pt_arena_printf(&a, "{\"findings\":[{\"verdict\":\"pass\",\"fingerprint\":\"%s\"}]}",
                             s.findings.all.v[0].fingerprint);
    assert_int_equal(pt_baseline_apply(report, &s, &listed, NULL), PT_OK);
    assert_int_equal(pt_run_open(&s, PT_INFO), 1);
    assert_int_equal(pt_baseline_apply(PT_STR("[]"), &s, &listed, NULL), PT_E_FORMAT);
    // What got worse is not known either.
    pt_run worse = run_with(&a, "x");
    worse.findings.all.v[0].evidence = PT_STR("more than before");
    report = pt_arena_printf(&a,
                             "{\"findings\":[{\"verdict\":\"fail\",\"fingerprint\":\"%s\","
                             "\"evidence\":\"before\"}]}",
                             worse.findings.all.v[0].fingerprint);
    assert_int_equal(pt_baseline_apply(report, &worse, &listed, NULL), PT_OK);
    assert_int_equal(pt_run_open(&worse, PT_INFO), 1);
    pt_arena_done(&a);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_waiver_accepts_what_it_names_until_it_expires),
        cmocka_unit_test(test_waiver_of_an_image_meets_its_words_and_not_its_own_name),
        cmocka_unit_test(test_waiver_a_valid_one_beats_an_expired_one),
        cmocka_unit_test(test_waiver_what_is_not_understood_is_refused),
        cmocka_unit_test(test_baseline_hides_what_stood_in_it),
    };
    return cmocka_run_group_tests_name("record_waiver", tests, NULL, NULL);
}
