#include <string.h>

#include "base/testing.h"
#include "record/notify/notify.h"
#include "value/json.h"

typedef struct bench {
    pt_arena a;
    pt_changes c;
    pt_notice n;
} bench;

static void push(bench *b, pt_kept_findings *v, const char *check, const char *severity,
                 const char *subject) {
    *PT_PUSH(&b->a, v) = (pt_kept_finding){.check = pt_str_of(check),
                                           .kind = PT_STR("container"),
                                           .subject = pt_str_of(subject),
                                           .verdict = PT_STR("fail"),
                                           .severity = pt_str_of(severity),
                                           .evidence = PT_STR("seen \x1b[31m"),
                                           .fingerprint = PT_STR("0123456789ab")};
}

static void fill(bench *b) {
    *b = (bench){.c = {.verb = PT_STR("audit"),
                       .subject = PT_STR("hel-07"),
                       .started = INT64_C(1795500004) * PT_SECOND_NS,
                       .since = INT64_C(1795400004) * PT_SECOND_NS,
                       .entry = 7,
                       .score = 49,
                       .open = {[PT_CRITICAL] = 1, [PT_HIGH] = 2, [PT_LOW] = 3}}};
    b->n = (pt_notice){.host = PT_STR("hel-07"), .changes = &b->c};
}

static void test_notice_only_change_is_due(void **state) {
    (void)state;
    bench b;
    fill(&b);
    assert_false(pt_notice_due(&b.n));
    pt_kept_findings *const lists[] = {&b.c.fresh, &b.c.gone, &b.c.blind};
    for (size_t i = 0; i < PT_COUNT(lists); i++) {
        push(&b, lists[i], "PT-CTR-SOCKET", "critical", "edge");
        assert_true(pt_notice_due(&b.n));
        lists[i]->n = 0;
    }
    b.n.lost = 3; // the store is not what it was
    assert_true(pt_notice_due(&b.n));
    b.n.lost = 0;
    b.c.since = 0; // the first word
    assert_true(pt_notice_due(&b.n));
    pt_arena_done(&b.a);
}

static void test_notice_trouble_is_due_when_it_comes_and_goes(void **state) {
    (void)state;
    bench b;
    fill(&b);
    b.n.trouble = PT_STR("no root");
    assert_true(pt_notice_due(&b.n));
    b.n.trouble_before = PT_STR("no root");
    assert_false(pt_notice_due(&b.n));
    b.n.trouble = PT_STR("killed");
    assert_true(pt_notice_due(&b.n));
    b.n.trouble = pt_str_of(NULL);
    assert_true(pt_notice_due(&b.n));
    assert_true(pt_str_eqz(pt_notice_title(&b.n, &b.a),
                           "hel-07: audited again, 0 new, 0 gone, 6 fail (1 critical, 2 high)"));
    pt_arena_done(&b.a);
}

static void test_notice_text_names_what_changed_and_is_safe(void **state) {
    (void)state;
    bench b;
    fill(&b);
    push(&b, &b.c.fresh, "PT-CTR-SOCKET", "critical", "edge\nSubject: x");
    push(&b, &b.c.gone, "PT-CTR-MEM", "medium", "mailer");
    PT_AUTO(pt_buf_done) pt_buf out = PT_BUF(65536);
    pt_notice_text(&out, &b.n);
    pt_str text = pt_buf_str(&out);
    assert_true(pt_str_starts(
        text, PT_STR("hel-07: 1 new (1 critical), 1 gone, 6 fail (1 critical, 2 high)\n")));
    assert_true(
        pt_str_has(text, PT_STR("New\n  critical  Docker socket is mounted into the container  "
                                "edge\\x0aSubject: x\n            seen \\x1b[31m\n")));
    assert_true(pt_str_has(text, PT_STR("Gone\n  medium    No memory limit  mailer\n")));
    assert_true(pt_str_has(text, PT_STR("Receipt  7\n")));
    pt_arena_done(&b.a);
}

static void test_notice_says_why_it_could_not_look_and_whose_waiver_expired(void **state) {
    (void)state;
    bench b;
    fill(&b);
    const char *const reasons[] = {"a", "b", "a", "", "c"};
    for (size_t i = 0; i < PT_COUNT(reasons); i++) {
        push(&b, &b.c.blind, "PT-CTR-MEM", "medium", "x");
        b.c.blind.v[i].verdict = PT_STR("not evaluated");
        b.c.blind.v[i].evidence = pt_str_of(reasons[i]);
    }
    b.c.blind.v[0].remedy = b.c.blind.v[2].remedy = PT_STR("needs root");
    for (size_t i = 0; i < 2; i++) {
        push(&b, &b.c.fresh, "PT-CTR-SOCKET", "critical", "edge");
        b.c.fresh.v[i].waiver_reason = PT_STR("Traefik\nreads labels");
        b.c.fresh.v[i].waiver_owner = PT_STR("a.lindqvist");
    }
    PT_AUTO(pt_buf_done) pt_buf out = PT_BUF(65536);
    PT_AUTO(pt_buf_done) pt_buf json = PT_BUF(65536);
    pt_notice_text(&out, &b.n);
    pt_str text = pt_buf_str(&out);
    assert_true(pt_str_has(text, PT_STR("x, x, x and 2 more\n            a: needs root\n"
                                        "            b\n            what was read is nothing that "
                                        "the check knows\n            and 1 more reason\n"
                                        "            PT-CTR-MEM\n")));
    assert_true(pt_str_has(text, PT_STR("edge, edge\n            its waiver has expired: "
                                        "Traefik\\x0areads labels (a.lindqvist)\n"
                                        "            PT-CTR-SOCKET\n")));
    pt_value v;
    assert_int_equal(pt_notice_json(&json, &b.n, NULL), PT_OK);
    assert_int_equal(pt_json_parse(&b.a, pt_buf_str(&json), NULL, &v, NULL), PT_OK);
    pt_value blind = pt_at(pt_getz(pt_getz(v, "blind"), "findings"), 0);
    assert_str(pt_text(pt_getz(blind, "remedy")), "needs root");
    pt_value fresh = pt_at(pt_getz(pt_getz(v, "new"), "findings"), 0);
    assert_str(pt_text(pt_getz(pt_getz(fresh, "waiver_expired"), "owner")), "a.lindqvist");
    pt_arena_done(&b.a);
}

static void test_notice_long_lists_are_cut_and_counted(void **state) {
    (void)state;
    bench b;
    fill(&b);
    for (size_t i = 0; i < PT_NOTICE_LIST_MAX + 3; i++)
        push(&b, &b.c.fresh, "PT-CTR-SOCKET", "critical", "edge");
    PT_AUTO(pt_buf_done) pt_buf out = PT_BUF(1 << 20);
    assert_int_equal(pt_notice_json(&out, &b.n, NULL), PT_OK);
    pt_value v;
    assert_int_equal(pt_json_parse(&b.a, pt_buf_str(&out), NULL, &v, NULL), PT_OK);
    pt_value fresh = pt_getz(v, "new");
    assert_int_equal(pt_len(pt_getz(fresh, "findings")), PT_NOTICE_LIST_MAX);
    assert_true(pt_str_has(pt_text(pt_getz(v, "text")),
                           PT_STR("into the container  edge, edge, edge and 50 more\n"
                                  "            PT-CTR-SOCKET\n")));
    pt_arena_done(&b.a);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_notice_only_change_is_due),
        cmocka_unit_test(test_notice_trouble_is_due_when_it_comes_and_goes),
        cmocka_unit_test(test_notice_text_names_what_changed_and_is_safe),
        cmocka_unit_test(test_notice_says_why_it_could_not_look_and_whose_waiver_expired),
        cmocka_unit_test(test_notice_long_lists_are_cut_and_counted),
    };
    return cmocka_run_group_tests_name("record_notify", tests, NULL, NULL);
}
