#include <string.h>

#include "base/testing.h"
#include "record/sink/alert.h"
#include "value/json.h"

// 2026-11-24T06:31:26.000000017Z
#define WHEN (UINT64_C(1795501886) * 1000000000 + 17)

static const pt_str tags[] = {{"T1059.004", 9}, {"container", 9}, {"mitre_execution", 15}};

static pt_alert an_alert(pt_arena *a) {
    pt_obj f = {.a = a};
    pt_obj_set(&f, "evt.time", pt_int((int64_t)WHEN));
    pt_obj_set(&f, "proc.cmdline", pt_stringz("sh -c id"));
    pt_obj_set(&f, "proc.pid", pt_int(41));
    pt_obj_set(&f, "proc.exepath", pt_stringz("/bin/sh"));
    pt_obj_set(&f, "user.uid", pt_int(33));
    pt_obj_set(&f, "fd.sip", pt_stringz("198.51.100.7"));
    pt_obj_set(&f, "container.id", pt_stringz("0123456789ab"));
    pt_obj_set(&f, "proc.tty", pt_null());
    return (pt_alert){.time_ns = WHEN,
                      .priority = 4,
                      .rule = PT_STR("Shell in web server"),
                      .source = PT_STR("syscall"),
                      .host = PT_STR("hel-07"),
                      .description = PT_STR("a web server that starts a shell"),
                      .message = PT_STR("Shell | command=sh -c id"),
                      .tags = tags,
                      .n_tags = 3,
                      .fields = pt_obj_end(&f)};
}

static void test_alert_text_has_time_priority_and_message(void **state) {
    (void)state;
    pt_arena a = {0};
    pt_buf b = PT_BUF(4096);
    pt_alert al = an_alert(&a);
    pt_alert_put_text(&b, &al);
    assert_str(pt_buf_str(&b), "06:31:26.000000017: Warning Shell | command=sh -c id");
    pt_buf_clear(&b);
    al.utc_offset_s = -7 * 3600; // the day before
    al.message = PT_STR("two\nlines \x1b[31m and \x7f");
    pt_alert_put_text(&b, &al);
    assert_str(pt_buf_str(&b), "23:31:26.000000017: Warning two\\nlines \\u001b[31m and \\u007f");
    pt_buf_done(&b);
    pt_arena_done(&a);
}

static void test_alert_falco_json_is_what_falco_writes(void **state) {
    (void)state;
    pt_arena a = {0};
    pt_buf b = PT_BUF(4096);
    pt_alert al = an_alert(&a);
    assert_int_equal(pt_alert_put_falco(&b, &a, &al, NULL), PT_OK);
    assert_str(
        pt_buf_str(&b),
        "{\"hostname\":\"hel-07\","
        "\"output\":\"06:31:26.000000017: Warning Shell | command=sh -c id\","
        "\"output_fields\":{\"container.id\":\"0123456789ab\",\"evt.time\":1795501886000000017,"
        "\"fd.sip\":\"198.51.100.7\",\"proc.cmdline\":\"sh -c id\",\"proc.exepath\":\"/bin/sh\","
        "\"proc.pid\":41,\"proc.tty\":null,\"user.uid\":33},"
        "\"priority\":\"Warning\",\"rule\":\"Shell in web server\",\"source\":\"syscall\","
        "\"tags\":[\"T1059.004\",\"container\",\"mitre_execution\"],"
        "\"time\":\"2026-11-24T06:31:26.000000017Z\"}");
    pt_buf_done(&b);
    pt_arena_done(&a);
}

static void test_alert_ocsf_puts_each_field_in_its_place(void **state) {
    (void)state;
    pt_arena a = {0};
    pt_buf b = PT_BUF(8192);
    pt_alert al = an_alert(&a);
    assert_int_equal(pt_alert_put_ocsf(&b, &a, &al, NULL), PT_OK);
    pt_value v;
    assert_int_equal(pt_json_parse(&a, pt_buf_str(&b), NULL, &v, NULL), PT_OK);
    int64_t n = 0;
    assert_true(pt_to_int(pt_getz(v, "type_uid"), &n));
    assert_int_equal(n, 200401);
    assert_true(pt_to_int(pt_getz(v, "severity_id"), &n));
    assert_int_equal(n, 3);
    assert_true(pt_to_int(pt_getz(v, "time"), &n));
    assert_int_equal(n, 1795501886000);
    pt_value seen = pt_at(pt_getz(v, "evidences"), 0);
    assert_str(pt_text(pt_getz(pt_getz(seen, "process"), "cmd_line")), "sh -c id");
    assert_str(pt_text(pt_getz(pt_getz(pt_getz(seen, "process"), "file"), "path")), "/bin/sh");
    assert_str(pt_text(pt_getz(pt_getz(pt_getz(seen, "actor"), "user"), "uid")), "33");
    assert_str(pt_text(pt_getz(pt_getz(seen, "dst_endpoint"), "ip")), "198.51.100.7");
    assert_str(pt_text(pt_getz(pt_at(pt_getz(v, "resources"), 0), "uid")), "0123456789ab");
    pt_value attacks = pt_getz(pt_getz(v, "finding_info"), "attacks");
    assert_int_equal(pt_len(attacks), 2);
    assert_str(pt_text(pt_getz(pt_getz(pt_at(attacks, 0), "technique"), "uid")), "T1059.004");
    assert_str(pt_text(pt_getz(pt_getz(pt_at(attacks, 1), "tactic"), "name")), "execution");
    assert_true(pt_defined(pt_getz(pt_getz(v, "unmapped"), "evt.time")));
    assert_false(pt_defined(pt_getz(pt_getz(v, "unmapped"), "proc.tty"))); // absent says nothing
    pt_buf_done(&b);
    pt_arena_done(&a);
}

static void test_alert_syslog_escapes_what_would_end_a_parameter(void **state) {
    (void)state;
    pt_arena a = {0};
    pt_buf b = PT_BUF(4096);
    pt_alert al = an_alert(&a);
    al.rule = PT_STR("a \"rule\"] of \\ more than thirty-two bytes");
    al.message = PT_STR("x\r\ny");
    pt_alert_put_syslog(&b, &al);
    assert_str(
        pt_buf_str(&b),
        "<12>1 2026-11-24T06:31:26.000000Z hel-07 paratia - a_\"rule\"]_of_\\_more_than_thirty- "
        "[paratia@32473 rule=\"a \\\"rule\\\"\\] of \\\\ more than thirty-two bytes\" "
        "source=\"syscall\" priority=\"Warning\"] x\\r\\ny");
    pt_buf_done(&b);
    pt_arena_done(&a);
}

static void test_alert_too_large_is_an_error_and_not_cut(void **state) {
    (void)state;
    pt_arena a = {0};
    pt_buf b = PT_BUF(64);
    pt_alert al = an_alert(&a);
    assert_int_equal(pt_alert_put_falco(&b, &a, &al, NULL), PT_E_NOMEM);
    pt_buf_done(&b);
    pt_arena_done(&a);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_alert_text_has_time_priority_and_message),
        cmocka_unit_test(test_alert_falco_json_is_what_falco_writes),
        cmocka_unit_test(test_alert_ocsf_puts_each_field_in_its_place),
        cmocka_unit_test(test_alert_syslog_escapes_what_would_end_a_parameter),
        cmocka_unit_test(test_alert_too_large_is_an_error_and_not_cut),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
