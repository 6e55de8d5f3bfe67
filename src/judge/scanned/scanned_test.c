#include "base/testing.h"
#include "judge/scanned/scanned.h"
#include "value/json.h"

#define GOOD                                                               \
    "\"verdict\":\"pass\",\"over\":{\"high\":0,\"critical\":0,\"low\":3}," \
    "\"over_fixable\":{\"high\":0,\"low\":0},\"age_s\":10,\"index_age_s\":20"

static const char *why(pt_arena *a, const pt_scanned_policy *p, const char *records) {
    pt_value v = pt_undefined();
    int64_t receipt = 0;
    assert_int_equal(pt_json_parse(a, pt_str_of(records), NULL, &v, NULL), PT_OK);
    return pt_arena_str(a, pt_scanned_why(a, p, pt_fact_known(v, (pt_str){0}), &receipt)).p;
}

static void test_scanned_only_a_whole_young_pass_lets_it_run(void **state) {
    (void)state;
    pt_arena a = {0};
    const pt_scanned_policy p = {.age_s_max = 7 * 86400};
    static const struct {
        const char *records, *why;
    } cases[] = {
        {"[{" GOOD "}]", ""},
        {"[{" GOOD "},{" GOOD "}]", ""},
        {"[]", "nobody has scanned it"},
        {"[{}]", "its last scan could not judge it: "},
        {"[{\"verdict\":\"fail\",\"why\":\"2 at or above low\\u001b[31m (--fail-on)\"}]",
         "its last scan failed: 2 at or above low\\x1b[31m (--fail-on)"},
        {"[{\"verdict\":\"not evaluated\",\"why\":\"no index\"}]",
         "its last scan could not judge it: no index"},
        {"[{" GOOD "},{\"verdict\":\"fail\"}]", "its last scan failed: "}, // one of its platforms
        {"[{" GOOD ",\"age_s\":691200}]", "its last scan is 8 days old"},
        {"[{" GOOD ",\"index_age_s\":691200}]",
         "the advisory index of its last scan is 8 days old"},
        {"[{" GOOD ",\"age_s\":-1}]", "the age of its last scan is not known"},
        {"[{" GOOD ",\"age_s\":null}]", "the age of its last scan is not known"},
        {"[{" GOOD ",\"over\":{\"high\":1}}]", "its last scan has 1 finding at or above high"},
        {"[{" GOOD ",\"over\":{}}]", "its last scan counted no findings"},
        {"[{" GOOD ",\"over\":{\"high\":-1}}]", "its last scan counted no findings"},
    };
    for (size_t i = 0; i < PT_COUNT(cases); i++)
        assert_string_equal(why(&a, &p, cases[i].records), cases[i].why);
    pt_arena_done(&a);
}

static void test_scanned_who_asks_draws_his_own_line(void **state) {
    (void)state;
    pt_arena a = {0};
    pt_scanned_policy p = {.age_s_max = 60, .fail_on = PT_STR("low")};
    assert_string_equal(why(&a, &p, "[{" GOOD "}]"),
                        "its last scan has 3 findings at or above low");
    p.ignore_unfixed = true;
    assert_string_equal(why(&a, &p, "[{" GOOD "}]"), "");
    assert_true(pt_scanned_severity(PT_STR("negligible")));
    assert_false(pt_scanned_severity(PT_STR("unknown")));
    pt_arena_done(&a);
}

static void test_scanned_what_is_not_known_is_no_pass(void **state) {
    (void)state;
    pt_arena a = {0};
    const pt_scanned_policy p = {.age_s_max = 60};
    int64_t receipt = 0;
    pt_fact unknown = pt_fact_unknown(PT_STR("permission denied"), (pt_str){0});
    pt_str said = pt_scanned_why(&a, &p, unknown, &receipt);
    assert_true(pt_str_eqz(said, "its scan is not known: permission denied"));
    said = pt_scanned_why(&a, &p, pt_fact_absent((pt_str){0}), &receipt);
    assert_true(pt_str_eqz(said, "nobody has scanned it"));
    said = pt_scanned_why(&a, &p, pt_fact_known(pt_int(1), (pt_str){0}), &receipt);
    assert_true(pt_str_eqz(said, "nobody has scanned it"));
    assert_int_equal(receipt, -1);
    pt_arena_done(&a);
}

static void test_scanned_exceptions_are_whole_parts_of_a_name(void **state) {
    (void)state;
    const pt_str from[] = {PT_STR("registry.example.org/base/"), PT_STR("docker.io/library/web"),
                           PT_STR("")};
    const pt_str reasons[] = {PT_STR("signed"), PT_STR("known"), PT_STR("nothing")};
    const pt_scanned_policy p = {.except = from, .reasons = reasons, .n_except = 3};
    static const struct {
        const char *name, *reason;
    } cases[] = {
        {"registry.example.org/base/web", "signed"},
        {"registry.example.org/bases/web", ""},
        {"registry.example.org/base", ""},
        {"docker.io/library/web", "known"},
        {"docker.io/library/web/x", "known"},
        {"docker.io/library/webs", ""},
        {"", ""},
    };
    for (size_t i = 0; i < PT_COUNT(cases); i++)
        assert_true(pt_str_eqz(pt_scanned_excepted(&p, pt_str_of(cases[i].name)), cases[i].reason));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_scanned_only_a_whole_young_pass_lets_it_run),
        cmocka_unit_test(test_scanned_who_asks_draws_his_own_line),
        cmocka_unit_test(test_scanned_what_is_not_known_is_no_pass),
        cmocka_unit_test(test_scanned_exceptions_are_whole_parts_of_a_name),
    };
    return cmocka_run_group_tests_name("judge_scanned", tests, NULL, NULL);
}
