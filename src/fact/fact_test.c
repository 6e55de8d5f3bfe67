#include <string.h>

#include "base/testing.h"
#include "fact/fact.h"
#include "value/json.h"

static pt_fact known(pt_arena *a, const char *json) {
    pt_value v;
    assert_int_equal(pt_json_parse(a, pt_str_of(json), NULL, &v, NULL), PT_OK);
    return pt_fact_known(v, PT_STR("GET /x"));
}

static void test_fact_zero_is_unknown(void **state) {
    (void)state;
    pt_fact f = {0};
    assert_int_equal(f.state, PT_UNKNOWN);
    assert_int_equal(pt_fact_at(f, "a.b").state, PT_UNKNOWN);
    pt_facts none = {0};
    assert_int_equal(pt_facts_get(&none, PT_STR("info")).state, PT_UNKNOWN);
}

static void test_fact_of_nothing_is_unknown(void **state) {
    (void)state;
    pt_fact f = pt_fact_known(pt_undefined(), PT_STR("GET /x"));
    assert_int_equal(f.state, PT_UNKNOWN);
    assert_true(f.reason.n > 0);
}

static void test_fact_at_tells_absent_from_a_broken_frame(void **state) {
    (void)state;
    pt_arena a = {0};
    static const struct {
        const char *json, *path;
        pt_state want;
    } cases[] = {
        {"{\"A\": {\"B\": false}}", "A.B", PT_KNOWN},
        {"{\"A\": {\"B\": null}}", "A.B", PT_KNOWN}, // null is a value: the test judges it
        {"{\"A\": {}}", "A.B", PT_ABSENT},
        {"{}", "A.B", PT_UNKNOWN},          // the frame is missing: this proves nothing
        {"{\"A\": []}", "A.B", PT_UNKNOWN}, // and so does one of another kind
        {"{\"A\": null}", "A.B", PT_UNKNOWN},
        {"[]", "A", PT_UNKNOWN},
        {"{}", "A", PT_ABSENT},
    };
    for (size_t i = 0; i < PT_COUNT(cases); i++)
        assert_int_equal(pt_fact_at(known(&a, cases[i].json), cases[i].path).state, cases[i].want);
    assert_int_equal(pt_fact_at(known(&a, "{}"), NULL).state, PT_KNOWN);
    pt_arena_done(&a);
}

static void test_facts_set_replaces(void **state) {
    (void)state;
    pt_arena a = {0};
    pt_facts fs = {0};
    assert_true(pt_facts_set(&fs, &a, PT_STR("x"), pt_fact_absent(PT_STR("/x"))));
    assert_true(pt_facts_set(&fs, &a, PT_STR("x"), pt_fact_known(pt_int(1), PT_STR("/x"))));
    assert_int_equal(pt_facts_get(&fs, PT_STR("x")).state, PT_KNOWN);
    assert_int_equal(fs.all.n, 1);
    pt_arena_done(&a);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_fact_zero_is_unknown),
        cmocka_unit_test(test_fact_of_nothing_is_unknown),
        cmocka_unit_test(test_fact_at_tells_absent_from_a_broken_frame),
        cmocka_unit_test(test_facts_set_replaces),
    };
    return cmocka_run_group_tests_name("fact", tests, NULL, NULL);
}
