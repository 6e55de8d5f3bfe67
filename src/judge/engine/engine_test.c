#include <string.h>

#include "base/testing.h"
#include "judge/engine/engine.h"
#include "value/json.h"

static const pt_check plain = {
    .id = "PT-T",
    .kind = PT_KIND_HOST,
    .conds = {{"a", NULL, pt_test_true, NULL, PT_FAIL, "unset, which means false"}},
};
static const pt_check both = {
    .id = "PT-T2",
    .kind = PT_KIND_HOST,
    .conds = {{"a", NULL, pt_test_true, NULL, PT_PASS, "unset"},
              {"b", NULL, pt_test_true, NULL, PT_PASS, "unset"}},
};
static const pt_check guarded = {
    .id = "PT-T3",
    .kind = PT_KIND_HOST,
    .when = {"b", NULL, pt_test_true, NULL, PT_NOT_APPLICABLE, "no such thing"},
    .conds = {{"a", NULL, pt_test_true, NULL, PT_FAIL, ""}},
};

// 't' known true, 'f' known false, 'x' known of another kind, '-' absent, '?' unknown
static pt_fact fact_of(char c) {
    switch (c) {
    case 't':
        return pt_fact_known(pt_bool(true), PT_STR("here"));
    case 'f':
        return pt_fact_known(pt_bool(false), PT_STR("here"));
    case 'x':
        return pt_fact_known(pt_stringz("yes"), PT_STR("here"));
    case '-':
        return pt_fact_absent(PT_STR("here"));
    default:
        return pt_fact_unknown(PT_STR("Permission denied"), PT_STR("needs root"));
    }
}

static void judge(pt_arena *a, const pt_check *c, const char *facts, pt_findings *ret) {
    pt_subject s = {.kind = PT_KIND_HOST, .name = PT_STR("h")};
    assert_true(pt_facts_set(&s.facts, a, PT_STR("a"), fact_of(facts[0])));
    assert_true(pt_facts_set(&s.facts, a, PT_STR("b"), fact_of(facts[1])));
    assert_int_equal(pt_judge_subject(a, &c, 1, &s, ret, NULL), PT_OK);
}

static void test_engine_unknown_is_never_a_pass(void **state) {
    (void)state;
    static const struct {
        const pt_check *check;
        const char *facts;
        pt_verdict want;
    } cases[] = {
        {&plain, "t?", PT_PASS},
        {&plain, "f?", PT_FAIL},
        {&plain, "-?", PT_FAIL},
        {&plain, "??", PT_NOT_EVALUATED},
        {&plain, "x?", PT_NOT_EVALUATED}, // a broken answer is no pass
        {&both, "tt", PT_PASS},
        {&both, "t?", PT_NOT_EVALUATED}, // unknown beats pass
        {&both, "?f", PT_FAIL},          // a known failure beats unknown
        {&both, "f?", PT_FAIL},
        {&both, "--", PT_PASS},
        {&guarded, "tt", PT_PASS},
        {&guarded, "ft", PT_FAIL},
        {&guarded, "ff", PT_NOT_APPLICABLE},
        {&guarded, "f-", PT_NOT_APPLICABLE},
        {&guarded, "t?", PT_NOT_EVALUATED},
        {&guarded, "tx", PT_NOT_EVALUATED},
    };
    for (size_t i = 0; i < PT_COUNT(cases); i++) {
        pt_arena a = {0};
        pt_findings fs = {0};
        judge(&a, cases[i].check, cases[i].facts, &fs);
        assert_int_equal(fs.all.n, 1);
        if (fs.all.v[0].verdict != cases[i].want)
            print_error("%s with %s\n", cases[i].check->id, cases[i].facts);
        assert_int_equal(fs.all.v[0].verdict, cases[i].want);
        pt_arena_done(&a);
    }
}

static void test_engine_says_what_was_seen_and_what_would_help(void **state) {
    (void)state;
    pt_arena a = {0};
    pt_findings fs = {0};
    judge(&a, &plain, "-t", &fs);
    judge(&a, &plain, "?t", &fs);
    assert_str(fs.all.v[0].evidence, "unset, which means false");
    assert_str(fs.all.v[0].source, "here");
    assert_str(fs.all.v[1].evidence, "Permission denied");
    assert_str(fs.all.v[1].remedy, "needs root");
    pt_arena_done(&a);
}

static void test_engine_evidence_is_safe_and_bounded(void **state) {
    (void)state;
    static const pt_check words = {
        .id = "PT-T4",
        .kind = PT_KIND_HOST,
        .conds = {{"a", NULL, pt_test_none_of, "bad", PT_PASS, ""}},
    };
    pt_arena a = {0};
    char big[5000];
    memset(big, '\x1b', sizeof big);
    pt_subject s = {.kind = PT_KIND_HOST, .name = PT_STR("h")};
    pt_fact f = pt_fact_known(pt_string((pt_str){big, sizeof big}), PT_STR("a\nb"));
    assert_true(pt_facts_set(&s.facts, &a, PT_STR("a"), f));
    const pt_check *c = &words;
    pt_findings fs = {0};
    assert_int_equal(pt_judge_subject(&a, &c, 1, &s, &fs, NULL), PT_OK);
    assert_true(fs.all.v[0].evidence.n < 5000);
    assert_int_equal(pt_str_find(fs.all.v[0].evidence, '\x1b'), fs.all.v[0].evidence.n);
    assert_str(fs.all.v[0].source, "a\\x0ab");
    pt_arena_done(&a);
}

static void test_engine_full_arena_is_an_error(void **state) {
    (void)state;
    pt_arena facts = {0};
    pt_subject s = {.kind = PT_KIND_HOST, .name = PT_STR("h")};
    assert_true(pt_facts_set(&s.facts, &facts, PT_STR("a"), fact_of('t')));
    const pt_check *c = &plain;
    pt_arena small;
    pt_arena_init(&small, 4096);
    pt_findings fs = {0};
    pt_code code = PT_OK;
    for (int i = 0; i < 1000 && code == PT_OK; i++)
        code = pt_judge_subject(&small, &c, 1, &s, &fs, NULL);
    assert_int_equal(code, PT_E_NOMEM);
    pt_arena_done(&small);
    pt_arena_done(&facts);
}

static void test_tests_of_rows_judge_what_they_know(void **state) {
    (void)state;
    static const struct {
        pt_test test;
        const char *want, *json;
        pt_verdict verdict;
    } cases[] = {
        {pt_test_false, NULL, "false", PT_PASS},
        {pt_test_false, NULL, "null", PT_NOT_EVALUATED},
        {pt_test_one_of, "1|2", "2", PT_PASS},
        {pt_test_one_of, "1|2", "3", PT_FAIL},
        {pt_test_one_of, "no", "\"no\"", PT_PASS},
        {pt_test_one_of, "no", "[]", PT_NOT_EVALUATED},
        {pt_test_none_of, "off", "\"auto\"", PT_PASS},
        {pt_test_none_of, "off", "\"off\"", PT_FAIL},
        {pt_test_at_least, "1", "2", PT_PASS},
        {pt_test_at_least, "1", "0", PT_FAIL},
        {pt_test_at_least, "1", "\"2\"", PT_NOT_EVALUATED},
        {pt_test_at_least, "1", "1.5", PT_NOT_EVALUATED},
        {pt_test_has, "apparmor|selinux", "[\"yama\", \"selinux\"]", PT_PASS},
        {pt_test_has, "apparmor", "[]", PT_FAIL},
        {pt_test_has, "apparmor", "\"apparmor\"", PT_NOT_EVALUATED},
        {pt_test_empty, NULL, "[]", PT_PASS},
        {pt_test_empty, NULL, "[1]", PT_FAIL},
        {pt_test_empty, NULL, "0", PT_NOT_EVALUATED},
        {pt_test_not_empty, NULL, "{\"a\": 1}", PT_PASS},
        {pt_test_not_empty, NULL, "null", PT_FAIL},
        {pt_test_mode, "644 0:0", "{\"mode\": 420, \"uid\": 0, \"gid\": 0}", PT_PASS},
        {pt_test_mode, "644 0:0", "{\"mode\": 384, \"uid\": 0, \"gid\": 0}", PT_PASS},
        {pt_test_mode, "644 0:0", "{\"mode\": 402, \"uid\": 0, \"gid\": 0}", PT_FAIL}, // 0622
        {pt_test_mode, "644 0:0", "{\"mode\": 420, \"uid\": 1, \"gid\": 0}", PT_FAIL},
        {pt_test_mode, "660 0:*", "{\"mode\": 432, \"uid\": 0, \"gid\": 998}", PT_PASS},
        {pt_test_mode, "600", "{\"mode\": 384, \"uid\": 7, \"gid\": 7}", PT_PASS},
        {pt_test_mode, "644 0:0", "{\"mode\": 420, \"uid\": 0, \"gid\": 0, \"acl\": true}",
         PT_FAIL},
        {pt_test_mode, "644 0:0", "{\"mode\": 420}", PT_NOT_EVALUATED},
    };
    for (size_t i = 0; i < PT_COUNT(cases); i++) {
        pt_arena a = {0};
        pt_value v;
        pt_seen seen = {.text = PT_BUF(1000), .path = PT_BUF(1000)};
        assert_int_equal(pt_json_parse(&a, pt_str_of(cases[i].json), NULL, &v, NULL), PT_OK);
        pt_verdict got = cases[i].test(v, pt_str_of(cases[i].want), &seen);
        if (got != cases[i].verdict)
            print_error("case %zu: %s of %s\n", i, pt_verdict_word(got), cases[i].json);
        assert_int_equal(got, cases[i].verdict);
        pt_buf_done(&seen.text);
        pt_buf_done(&seen.path);
        pt_arena_done(&a);
    }
}

static void test_fingerprints_stay_when_lines_move_and_differ_for_twins(void **state) {
    (void)state;
    pt_arena a = {0};
    pt_findings fs = {0};
    pt_finding f = {
        .check = &plain, .subject = PT_STR("Pod web"), .place = {PT_STR("a.yaml"), 3, 1}};
    assert_true(pt_findings_add(&fs, &a, &f));
    f.place.line = 9;
    assert_true(pt_findings_add(&fs, &a, &f));
    pt_findings_finish(&fs);
    char first[PT_FINGERPRINT_CHARS + 1];
    memcpy(first, fs.all.v[0].fingerprint, sizeof first);
    assert_string_not_equal(first, fs.all.v[1].fingerprint);
    pt_findings moved = {0};
    f.place.line = 30;
    assert_true(pt_findings_add(&moved, &a, &f));
    pt_findings_finish(&moved);
    assert_string_equal(first, moved.all.v[0].fingerprint);
    pt_arena_done(&a);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_engine_unknown_is_never_a_pass),
        cmocka_unit_test(test_engine_says_what_was_seen_and_what_would_help),
        cmocka_unit_test(test_engine_evidence_is_safe_and_bounded),
        cmocka_unit_test(test_engine_full_arena_is_an_error),
        cmocka_unit_test(test_tests_of_rows_judge_what_they_know),
        cmocka_unit_test(test_fingerprints_stay_when_lines_move_and_differ_for_twins),
    };
    return cmocka_run_group_tests_name("judge_engine", tests, NULL, NULL);
}
