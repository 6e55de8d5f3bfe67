// Golden tests: testdata/terminal-*.txt is what the terminal shows. PT_GOLDEN=write makes them
// anew; look at them before they are committed.
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/fd.h"
#include "base/testing.h"
#include "judge/catalogue/catalogue.h"
#include "record/report/cells_impl.h"

static void add(pt_run *r, pt_arena *a, const char *id, pt_verdict v, const char *subject,
                const char *evidence) {
    const pt_check *c = pt_catalogue_find(pt_str_of(id));
    assert_non_null(c);
    pt_finding f = {.check = c,
                    .verdict = v,
                    .kind = c->kind,
                    .subject = pt_str_of(subject),
                    .evidence = pt_str_of(evidence),
                    .first_seen = INT64_C(1763769600) * PT_SECOND_NS};
    if (v == PT_NOT_EVALUATED)
        f.remedy = PT_STR("needs root: sudo paratia audit");
    assert_true(pt_findings_add(&r->findings, a, &f));
}

static pt_run busy_run(pt_arena *a) {
    pt_run r = {
        .verb = "audit",
        .subject = PT_STR("hel-07"),
        .took_ns = 612 * INT64_C(1000000),
        .fail_on = PT_HIGH,
        .compared = true,
        .exit_code = 1,
        .receipt = {.recorded = true, .index = 1284},
    };
    static const char *const facts[] = {"Debian 12, Linux 6.1", "Docker 28.5.2",
                                        "5 containers, 4 images"};
    for (size_t i = 0; i < PT_COUNT(facts); i++)
        *PT_PUSH(a, &r.facts) = pt_str_of(facts[i]);
    *PT_PUSH(a, &r.outputs) = (pt_output){PT_STR("html"), PT_STR("paratia-report.html")};
    add(&r, a, "PT-DKR-TCP", PT_FAIL, "dockerd", "tcp://0.0.0.0:2375, no client certificate asked");
    add(&r, a, "PT-CTR-SOCKET", PT_FAIL, "edge-proxy", "/run/docker.sock (read-write)");
    add(&r, a, "PT-CTR-PRIVILEGED", PT_FAIL, "ci-runner", "Privileged = true");
    add(&r, a, "PT-CTR-ROOT", PT_FAIL, "a-container-with-quite-a-long-name", "User = \"\" (uid 0)");
    add(&r, a, "PT-HOST-CPU-FLAWS", PT_FAIL, "hel-07",
        "retbleed: Vulnerable, tsx_async_abort: Vulnerable: Clear CPU buffers attempted, no "
        "microcode");
    add(&r, a, "PT-CTR-MEM", PT_FAIL, "ci-runner", "Memory = 0");
    add(&r, a, "PT-CTR-MEM", PT_FAIL, "shop-web", "Memory = 0");
    add(&r, a, "PT-CTR-NNP", PT_FAIL, "one-container-here", "unset");
    add(&r, a, "PT-CTR-NNP", PT_FAIL, "another-container-there", "unset");
    add(&r, a, "PT-DKR-LIVE-RESTORE", PT_FAIL, "dockerd", "false");
    add(&r, a, "PT-HOST-PASSWORDLESS", PT_NOT_EVALUATED, "hel-07",
        "/etc/shadow: Permission denied");
    add(&r, a, "PT-HOST-SHADOW-MODE", PT_PASS, "hel-07", "mode 0640, owner 0:42");
    pt_findings_finish(&r.findings);
    r.findings.all.v[0].is_new = true;
    r.findings.all.v[1].is_new = true;
    return r;
}

static void compare(const char *name, pt_str got) {
    char path[512];
    snprintf(path, sizeof path, "%s/record/report/testdata/%s", getenv("PT_TESTDATA"), name);
    const char *mode = getenv("PT_GOLDEN");
    if (mode && strcmp(mode, "write") == 0)
        assert_int_equal(pt_file_replace(path, got, 0644, NULL), PT_OK);
    FILE *f = fopen(path, "r");
    if (!f)
        print_error("%s is missing\n", path);
    assert_non_null(f);
    pt_buf want = PT_BUF(1 << 20);
    assert_int_equal(pt_fd_read_all(fileno(f), &want, NULL), PT_OK);
    fclose(f);
    if (!pt_str_eq(got, pt_buf_str(&want)))
        print_error("%s differs:\n%.*s\n", name, PT_PRI(got));
    assert_true(pt_str_eq(got, pt_buf_str(&want)));
    pt_buf_done(&want);
}

static void golden(const char *name, const pt_run *r, pt_terminal t) {
    pt_buf b = PT_BUF(1 << 20);
    pt_report_terminal(&b, r, &t);
    assert_false(b.full);
    compare(name, pt_buf_str(&b));
    pt_buf_done(&b);
}

static void test_terminal_shows_what_the_golden_files_show(void **state) {
    (void)state;
    pt_arena a = {0};
    pt_run r = busy_run(&a);
    golden("terminal-48.txt", &r, (pt_terminal){.width = 48});
    golden("terminal-60.txt", &r, (pt_terminal){.width = 60});
    golden("terminal-80.txt", &r, (pt_terminal){.width = 80});
    golden("terminal-120.txt", &r, (pt_terminal){.width = 120});
    golden("terminal-120-color.txt", &r, (pt_terminal){.width = 200, .color = true});
    golden("terminal-80-ascii-all.txt", &r, (pt_terminal){.width = 80, .ascii = true, .all = true});
    golden("terminal-pipe.txt", &r, (pt_terminal){0});
    golden("terminal-quiet.txt", &r, (pt_terminal){.width = 80, .quiet = true});
    pt_arena_done(&a);
}

static void test_terminal_nothing_to_report_is_four_lines(void **state) {
    (void)state;
    pt_run r = {.verb = "audit",
                .subject = PT_STR("hel-08"),
                .took_ns = 500000000,
                .receipt = {.recorded = true,
                            .index = 311,
                            .witness = PT_STR("witness.example/w1"),
                            .witness_size = 311,
                            .witness_time = INT64_C(1795500004) * PT_SECOND_NS}};
    golden("terminal-80-nothing.txt", &r, (pt_terminal){.width = 80});
}

static void test_terminal_lists_what_is_gone(void **state) {
    (void)state;
    pt_arena a = {0};
    pt_run r = {.verb = "audit", .subject = PT_STR("h"), .compared = true};
    for (int i = 0; i < 12; i++)
        *PT_PUSH(&a, &r.gone) = (pt_kept_finding){.check = PT_STR("PT-CTR-MEM"),
                                                  .subject = PT_STR("ci-\x1brunner"),
                                                  .verdict = PT_STR("fail"),
                                                  .severity = PT_STR("medium")};
    pt_buf b = PT_BUF(10000);
    pt_report_terminal(&b, &r, &(pt_terminal){.width = 80});
    assert_true(
        pt_str_has(pt_buf_str(&b), PT_STR("Gone since the last run\n  ✓ No memory limit  ci-")));
    assert_true(pt_str_has(pt_buf_str(&b), PT_STR("and 2 more\n")));
    assert_false(pt_str_has(pt_buf_str(&b), PT_STR("\x1b")));
    pt_buf_clear(&b);
    pt_report_terminal(&b, &r, &(pt_terminal){0});
    assert_true(pt_str_starts(
        pt_buf_str(&b), PT_STR("medium  gone  ci-\\x1brunner  PT-CTR-MEM  -  No memory limit\n")));
    pt_buf_done(&b);
    pt_arena_done(&a);
}

static void test_terminal_says_which_files_were_not_evaluated(void **state) {
    (void)state;
    pt_arena a = {0};
    pt_run r = {.verb = "check", .subject = PT_STR("app.yaml")};
    for (uint32_t i = 1; i <= 12; i++) {
        pt_finding f = {.check = pt_catalogue_find(PT_STR("PT-POL-UNJUDGED")),
                        .verdict = PT_NOT_EVALUATED,
                        .kind = PT_KIND_OBJECT,
                        .subject = PT_STR("p.rego"),
                        .place = {PT_STR("p.rego"), i, 3},
                        .evidence = pt_arena_printf(&a, "reason %u", i),
                        .remedy = PT_STR("repair it")};
        assert_true(pt_findings_add(&r.findings, &a, &f));
    }
    pt_buf b = PT_BUF(10000);
    for (unsigned width = 60; width <= 120; width += 60) {
        pt_buf_clear(&b);
        pt_report_terminal(&b, &r, &(pt_terminal){.width = width});
        pt_str got = pt_buf_str(&b);
        assert_true(pt_str_has(got, PT_STR("? Policy cannot be evaluated (12)")));
        assert_true(pt_str_has(got, PT_STR("p.rego:1:3: reason 1\n")));
        assert_true(pt_str_has(got, PT_STR("p.rego:10:3: reason 10\n")));
        assert_false(pt_str_has(got, PT_STR("reason 11")));
        assert_true(pt_str_has(got, PT_STR("and 2 more\n")));
    }
    pt_buf_done(&b);
    pt_arena_done(&a);
}

static void test_cells_count_and_cut_wide_text(void **state) {
    (void)state;
    const pt_terminal t = {0};
    static const struct {
        const char *text;
        size_t cells;
        const char *start;
    } cases[] = {
        {"short", 8, "short"},
        {"registry.example.net/web:latest", 20, NULL},
        {"deploy/shop/web.yaml", 12, "…op/web.yaml"},
        {"\xe6\xbc\xa2\xe5\xad\x97\xe6\xbc\xa2\xe5\xad\x97", 6, NULL},
    };
    assert_int_equal(pt_terminal_cells(PT_STR("\xe6\xbc\xa2")), 2);
    assert_int_equal(pt_terminal_cells(PT_STR("e\xcc\x81")), 1);
    for (size_t i = 0; i < PT_COUNT(cases); i++) {
        pt_buf b = PT_BUF(1000);
        pt_put_cut_middle(&b, &t, pt_str_of(cases[i].text), cases[i].cells);
        assert_true(pt_terminal_cells(pt_buf_str(&b)) <= cases[i].cells);
        assert_true(pt_str_utf8(pt_buf_str(&b), NULL));
        pt_buf_clear(&b);
        pt_put_cut_start(&b, &t, pt_str_of(cases[i].text), cases[i].cells);
        assert_true(pt_terminal_cells(pt_buf_str(&b)) <= cases[i].cells);
        if (cases[i].start)
            assert_str(pt_buf_str(&b), cases[i].start);
        pt_buf_done(&b);
    }
}

static void test_cells_take_line_never_cuts_a_word(void **state) {
    (void)state;
    pt_str rest = PT_STR("one two a-very-long-word-that-does-not-fit end");
    assert_str(pt_take_line(&rest, 8), "one two");
    assert_str(pt_take_line(&rest, 8), "a-very-long-word-that-does-not-fit");
    assert_str(pt_take_line(&rest, 8), "end");
    assert_int_equal(pt_str_trim(rest).n, 0);
}

static void test_run_score_and_headline_follow_the_rule(void **state) {
    (void)state;
    pt_arena a = {0};
    pt_run r = {.verb = "audit"};
    assert_int_equal(pt_run_score(&r, PT_KIND_COUNT), -1);
    assert_str(pt_run_headline(&r, &a), "Nothing found");
    add(&r, &a, "PT-HOST-PASSWORDLESS", PT_NOT_EVALUATED, "h", "");
    assert_str(pt_run_headline(&r, &a), "Nothing found in what could be looked at");
    add(&r, &a, "PT-HOST-ASLR", PT_PASS, "h", ""); // high: 5
    assert_int_equal(pt_run_score(&r, PT_KIND_COUNT), 100);
    add(&r, &a, "PT-HOST-KPTR", PT_FAIL, "h", ""); // medium: 2
    assert_int_equal(pt_run_score(&r, PT_KIND_COUNT), 71);
    assert_int_equal(pt_run_score(&r, PT_KIND_CONTAINER), -1);
    assert_str(pt_run_headline(&r, &a), "Nothing urgent: 1 finding to plan");
    add(&r, &a, "PT-HOST-SSH-ROOT", PT_FAIL, "h", "");
    assert_str(pt_run_headline(&r, &a), "1 finding is one flaw away from a takeover");
    for (int i = 0; i < 20; i++)
        add(&r, &a, "PT-HOST-ASLR", PT_PASS, "h", "");
    add(&r, &a, "PT-HOST-UID0", PT_FAIL, "h", "");
    assert_str(pt_run_headline(&r, &a), "1 finding lets someone take over this host");
    assert_int_equal(pt_run_score(&r, PT_KIND_COUNT), 49); // held while a critical is open
    pt_arena_done(&a);
}

int main(void) {
    setlocale(LC_CTYPE, "C.UTF-8");
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_terminal_shows_what_the_golden_files_show),
        cmocka_unit_test(test_terminal_nothing_to_report_is_four_lines),
        cmocka_unit_test(test_terminal_lists_what_is_gone),
        cmocka_unit_test(test_terminal_says_which_files_were_not_evaluated),
        cmocka_unit_test(test_cells_count_and_cut_wide_text),
        cmocka_unit_test(test_cells_take_line_never_cuts_a_word),
        cmocka_unit_test(test_run_score_and_headline_follow_the_rule),
    };
    return cmocka_run_group_tests_name("record_terminal", tests, NULL, NULL);
}
