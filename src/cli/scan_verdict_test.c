#include <string.h>

#include "base/testing.h"
#include "cli/scan_verdict.h"
#include "cli/verb.h"
#include "judge/image/findings.h"
#include "value/json.h"

#define FLAW(id, severity, fixed)                                        \
    "{\"id\":\"" id "\",\"severity\":\"" severity "\",\"fixed\":[" fixed \
    "],\"package\":{\"type\":\"deb\",\"name\":\"libssl3\",\"version\":\"1\",\"file\":\"status\"}}"

static const char flaws[] =
    "{\"packages\":[1],\"problems\":[],\"coverage\":[],\"vulnerabilities\":[" FLAW(
        "CVE-1", "critical", "\"2\"") "," FLAW("CVE-2", "high",
                                               "") "," FLAW("CVE-3", "unknown",
                                                            "") "," FLAW("CVE-4", "negligible",
                                                                         "") "]}";

typedef struct scanned {
    pt_arena a;
    pt_run r;
} scanned;

static void scan(scanned *s, const char *json) {
    *s = (scanned){.r = {.verb = "scan", .subject = PT_STR("i"), .no_gate = true}};
    assert_int_equal(pt_json_parse(&s->a, pt_str_of(json), NULL, &s->r.scan, NULL), PT_OK);
    pt_image_facts f = {.doc = s->r.scan, .subject = s->r.subject};
    assert_int_equal(pt_image_findings(&f, &s->a, &s->r.findings, NULL), PT_OK);
    pt_findings_finish(&s->r.findings);
}

static void test_gates_count_what_is_open(void **state) {
    (void)state;
    static const struct {
        const char *on;
        bool fixable;
        size_t n;
    } gates[] = {{"critical", false, 1}, {"high", false, 2},       {"high", true, 1},
                 {"medium", false, 3}, // what nobody has weighed counts as medium
                 {"low", false, 3},      {"negligible", false, 4}, {"negligible", true, 1}};
    scanned s;
    scan(&s, flaws);
    assert_int_equal(pt_scan_over(&s.r, false), 0); // no gate was asked for
    s.r.no_gate = false;
    for (size_t i = 0; i < PT_COUNT(gates); i++) {
        assert_true(pt_scan_gate_parse(pt_str_of(gates[i].on), &s.r.fail_on));
        assert_int_equal(pt_scan_over(&s.r, gates[i].fixable), gates[i].n);
    }
    s.r.fail_on = PT_HIGH;
    s.r.findings.all.v[0].waived = true;
    s.r.findings.all.v[1].known = true;
    assert_int_equal(pt_scan_over(&s.r, false), 0);
    assert_false(pt_scan_gate_parse(PT_STR("grave"), &s.r.fail_on));
    assert_false(pt_scan_gate_parse(PT_STR("unknown"), &s.r.fail_on));
    pt_arena_done(&s.a);
}

static void test_guards_hear_of_what_is_known_too(void **state) {
    (void)state;
    scanned s;
    pt_run open = {0};
    scan(&s, flaws);
    s.r.no_gate = false;
    s.r.fail_on = PT_HIGH;
    s.r.findings.all.v[0].waived = true;
    s.r.findings.all.v[1].known = true;
    s.r.known = 1;
    assert_int_equal(pt_scan_all_open(&s.r, &s.a, &open, NULL), PT_OK);
    assert_int_equal(pt_scan_over(&open, false), 1);
    assert_int_equal(open.known, 0);
    assert_int_equal(pt_scan_over(&s.r, false), 0); // the run's own is as it was
    pt_arena_done(&s.a);
}

static void test_the_gravest_end_decides(void **state) {
    (void)state;
    static const char broken[] = "{\"verdict\":\"fail\",\"what\":\"x\"}";
    static const char unread[] = "{\"verdict\":\"not evaluated\",\"what\":\"y\"}";
    static const char gap[] =
        "\"packages\":[1],\"coverage\":[{\"ecosystem\":\"conda\",\"packages\":1,"
        "\"known\":false}]";
    static const char denied[] = "\"licences\":[{\"verdict\":\"fail\",\"why\":\"w\"}]";
    static const char unknown[] = "\"licences\":[{\"verdict\":\"not evaluated\",\"why\":\"w\"}]";
    const struct {
        const char *problem, *rest;
        bool strict;
        pt_scan_end end;
        int exit;
    } cases[] = {
        {"", "\"packages\":[]", false, PT_SCAN_SOUND, PT_EXIT_OK},
        {"", "\"packages\":[1]", false, PT_SCAN_SOUND, PT_EXIT_OK}, // nobody asked for a judgement
        {"", "\"packages\":[1]", true, PT_SCAN_STRICT, PT_EXIT_FINDINGS},
        {"", gap, false, PT_SCAN_UNJUDGED, PT_EXIT_FAILED},
        {unread, gap, false, PT_SCAN_UNREAD, PT_EXIT_FAILED},
        {broken, gap, false, PT_SCAN_BROKEN, PT_EXIT_FINDINGS},
        {"", denied, false, PT_SCAN_DENIED, PT_EXIT_FINDINGS},
        {unread, unknown, false, PT_SCAN_UNREAD, PT_EXIT_FAILED},
        {"", unknown, false, PT_SCAN_UNDECIDED, PT_EXIT_FAILED},
    };
    for (size_t i = 0; i < PT_COUNT(cases); i++) {
        PT_AUTO(pt_arena_done) pt_arena a = {0};
        scanned s;
        pt_str json =
            pt_arena_printf(&a, "{\"problems\":[%s],%s}", cases[i].problem, cases[i].rest);
        scan(&s, json.p);
        s.r.strict = cases[i].strict;
        assert_int_equal(pt_scan_end_of(&s.r, 0), cases[i].end);
        assert_int_equal(pt_scan_exit_code(cases[i].end), cases[i].exit);
        pt_arena_done(&s.a);
    }
}

static void test_parts_know_what_became_of_them(void **state) {
    (void)state;
    scanned s;
    pt_scan_marks m;
    scan(&s, flaws);
    s.r.findings.all.v[0].waived = true;
    s.r.findings.all.v[1].known = true;
    assert_int_equal(pt_scan_mark(&s.r, &s.a, &m, NULL), PT_OK);
    pt_value found = pt_getz(s.r.scan, "vulnerabilities");
    assert_str(pt_scan_standing(&m, pt_at(found, 0), PT_STR("critical")), "waived");
    assert_str(pt_scan_standing(&m, pt_at(found, 1), PT_STR("high")), "known");
    assert_str(pt_scan_standing(&m, pt_at(found, 2), PT_STR("unknown")), "unknown");
    assert_true(pt_scan_flaw_of(&m, PT_STR("CVE-1"), PT_STR("libssl3")).waived);
    assert_false(pt_scan_flaw_of(&m, PT_STR("CVE-1"), PT_STR("libssl3")).open);
    assert_false(pt_scan_flaw_of(&m, PT_STR("CVE-1"), PT_STR("zlib")).waived);
    assert_true(pt_scan_flaw_of(&m, PT_STR("CVE-1"), PT_STR("zlib")).open);
    assert_true(pt_scan_steps_back(&m, pt_at(found, 1)));
    assert_false(pt_scan_steps_back(&m, pt_at(found, 2)));
    assert_str(pt_str_of(pt_scan_mark_of(&m, pt_at(found, 2))), "");
    s.r.findings.all.v[2].is_new = s.r.findings.all.v[1].is_new = true;
    s.r.beside = true;
    assert_str(pt_str_of(pt_scan_mark_of(&m, pt_at(found, 1))), ""); // known
    assert_str(pt_str_of(pt_scan_mark_of(&m, pt_at(found, 2))), "new");
    s.r.findings.all.v[2].waiver_expired = true;
    assert_str(pt_str_of(pt_scan_mark_of(&m, pt_at(found, 2))), "exp");
    assert_null(pt_scan_finding(&m, pt_undefined()));
    pt_arena_done(&s.a);
}

#define RULED(kind, verdict)                                                                    \
    "{\"problems\":[],\"policy\":[{\"rule\":\"x\",\"kind\":\"" kind "\",\"verdict\":\"" verdict \
    "\",\"severity\":\"low\",\"message\":\"m\",\"file\":\"p.rego\",\"line\":1}]}"

static void test_rules_of_ones_own_decide_without_a_gate(void **state) {
    (void)state;
    static const struct {
        const char *json;
        pt_scan_end end;
    } cases[] = {
        {RULED("deny", "fail"), PT_SCAN_RULED_OUT},
        {RULED("violation", "fail"), PT_SCAN_RULED_OUT},
        {RULED("warn", "fail"), PT_SCAN_SOUND}, // for --fail-on
        {RULED("warn", "not evaluated"), PT_SCAN_UNRULED},
        {RULED("deny", "not evaluated"), PT_SCAN_UNRULED},
        {RULED("deny", "pass"), PT_SCAN_SOUND},
        {"{\"problems\":[],\"denied\":[]}", PT_SCAN_SOUND},
    };
    for (size_t i = 0; i < PT_COUNT(cases); i++) {
        scanned s;
        scan(&s, cases[i].json);
        assert_int_equal(pt_scan_end_of(&s.r, 0), cases[i].end);
        for (size_t k = 0; k < s.r.findings.all.n; k++)
            s.r.findings.all.v[k].waived = true;
        if (cases[i].end == PT_SCAN_RULED_OUT)
            assert_int_equal(pt_scan_end_of(&s.r, 0), PT_SCAN_SOUND);
        pt_arena_done(&s.a);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rules_of_ones_own_decide_without_a_gate),
        cmocka_unit_test(test_gates_count_what_is_open),
        cmocka_unit_test(test_guards_hear_of_what_is_known_too),
        cmocka_unit_test(test_the_gravest_end_decides),
        cmocka_unit_test(test_parts_know_what_became_of_them),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
