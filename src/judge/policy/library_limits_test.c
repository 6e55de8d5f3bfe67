// libparatia-policy: what evaluations may cost.
#include <stdio.h>
#include <time.h>

#include "base/buf.h"
#include "judge/policy/testing_library.h"

static void expect_limit(paratia_policy *p, const char *query, const paratia_limits *limits,
                         const char *text) {
    paratia_error e = {0};
    paratia_answers answers;
    paratia_query *q = paratia_query_new(p, query, &e);
    assert_non_null(q);
    assert_false(paratia_query_eval(q, NULL, 0, limits, &answers, &e));
    assert_string_equal(e.code, "limit_error");
    if (!strstr(e.message, text))
        fail_msg("%s", e.message);
    paratia_query_free(q);
}

static void test_evaluation_stays_within_its_limits(void **state) {
    (void)state;
    paratia_policy *p = made("package p\nr := numbers.range(1, 2000)\n");
    const paratia_limits memory = {.memory_bytes = 1 << 20};
    const paratia_limits tiny = {.memory_bytes = 100};
    const paratia_limits time = {.milliseconds = 20};
    expect_limit(p, "x := numbers.range(1, 1000000)", &memory, "memory");
    expect_limit(p, "x := [1 | some a in data.p.r; some b in data.p.r]", &memory, "memory");
    expect_limit(p, "x := [json.marshal([data.p.r, a]) | some a in data.p.r]", &memory, "memory");
    expect_limit(p, "x := [data.p.r | some a in data.p.r]", &memory, "memory"); // as JSON
    expect_limit(p, "x := 1", &tiny, "memory");
    expect_limit(p, "x := count({1 | some a in data.p.r; some b in data.p.r; a * b == -1})", &time,
                 "takes longer than its limit");
    expect_limit(p, "x := numbers.range(1, 100000000)", &(paratia_limits){0}, "memory");
    expect(p, "1", NULL, "[{\"bindings\":{},\"expressions\":[{\"text\":\"1\",\"value\":1}]}]");
    paratia_policy_free(p);
}

// -- values that say themselves again and again ---------------------------------------------------

enum {
    LEVELS = 40,
};

// `a`, and `b` that shares nothing with it, have few parts, and 2^40 when they are written out.
static void put_repeated(pt_buf *b, const char *name) {
    pt_buf_printf(b, "%s := x%d if {\n\tx0 := [1]\n", name, LEVELS);
    for (int i = 1; i <= LEVELS; i++)
        pt_buf_printf(b, "\tx%d := [x%d, x%d]\n", i, i - 1, i - 1);
    pt_buf_putz(b, "}\n");
}

static paratia_policy *repeated(void) {
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(1 << 16);
    pt_buf_putz(&b, "package p\n");
    put_repeated(&b, "a");
    put_repeated(&b, "b");
    pt_buf_putz(&b, "two := a\ntwo := b\ns contains x if some x in [a, b]\n"
                    "o[x] := 1 if some x in [a, b]\nuntyped := json.patch(a, [])\n"
                    "f0(x) := 1\n");
    for (int i = 1; i <= LEVELS; i++)
        pt_buf_printf(&b, "f%d(x) := f%d([x, 1]) + f%d([x, 2])\n", i, i - 1, i - 1);
    pt_buf_putc(&b, '\0');
    assert_false(b.full);
    return made(b.p);
}

static void test_what_never_ends_stays_within_its_time(void **state) {
    static const char *const queries[] = {
        "data.p.a == data.p.b",
        "data.p.a < data.p.b",
        "x := {data.p.a, data.p.b}",
        "x := {data.p.a: 1, data.p.b: 2}",
        "x := {v | some v in [data.p.a, data.p.b]}",
        "count(data.p.s)",
        "count(data.p.o)",
        "data.p.s[data.p.b]",
        "data.p.two",
        "data.p.f40(1)",
        "data.p.a",
        "x := {data.p.a}",
        "x := 1 with input as {data.p.a: 1, data.p.b: 1}",
        "sort([data.p.a, data.p.b])",
        "data.p.a in [data.p.b]",
        "json.marshal(data.p.a)",
        "yaml.marshal(data.p.a)",
        "sprintf(\"%v\", [data.p.a])",
        "json.patch([data.p.a], [{\"op\": \"test\", \"path\": \"/0\", \"value\": data.p.b}])",
        "object.subset({\"a\": data.p.a}, {\"a\": data.p.b})",
        "strings.render_template(\"{{.x}}\", {\"x\": data.p.a})",
        "urlquery.encode_object({\"x\": {data.p.untyped, data.p.b}})",
        "json.match_schema(data.p.untyped, {\"enum\": [1]})",
        "graphql.schema_is_valid({\"a\": data.p.untyped})",
    };
    (void)state;
    paratia_policy *p = repeated();
    const paratia_limits limits = {.milliseconds = 20, .memory_bytes = (size_t)1 << 30};
    for (size_t i = 0; i < PT_COUNT(queries); i++) {
        struct timespec from;
        struct timespec to;
        clock_gettime(CLOCK_MONOTONIC, &from);
        expect_limit(p, queries[i], &limits, "takes longer than its limit");
        clock_gettime(CLOCK_MONOTONIC, &to);
        if (to.tv_sec - from.tv_sec > 2)
            fail_msg("%s", queries[i]);
    }
    expect(p, "count(data.p.a)", NULL,
           "[{\"bindings\":{},\"expressions\":[{\"text\":\"count(data.p.a)\",\"value\":2}]}]");
    paratia_policy_free(p);
}

// -- an embedder that uses the library within its function ----------------------------------------

static char *compare_all(void *context, const char *operands, size_t n, const char **ret_error) {
    (void)context, (void)operands, (void)n, (void)ret_error;
    const struct timespec late = {.tv_nsec = 40000000}; // the evaluation that asks has 20 ms
    nanosleep(&late, NULL);
    paratia_policy *p = made("package p\nr := numbers.range(1, 20000)\ns := {[x] | some x in r}\n");
    expect(p, "count(data.p.s & {[x] | some x in data.p.r})", NULL,
           "[{\"bindings\":{},\"expressions\":[{\"text\":\"count(data.p.s & {[x] | some x in "
           "data.p.r})\",\"value\":20000}]}]");
    paratia_policy_free(p);
    return strdup("[1]");
}

static void test_time_is_not_that_of_evaluations_within_functions(void **state) {
    (void)state;
    paratia_policy *p = paratia_policy_new();
    assert_true(paratia_policy_function(p, "compare.all", 0, compare_all, NULL, NULL));
    assert_true(add(p, "package p\nx := compare.all()\n", NULL));
    assert_true(paratia_policy_compile(p, true, NULL));
    const paratia_limits time = {.milliseconds = 20};
    expect_limit(p, "data.p.x == numbers.range(1, 100000)", &time, "takes longer than its limit");
    paratia_policy_free(p);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_evaluation_stays_within_its_limits),
        cmocka_unit_test(test_what_never_ends_stays_within_its_time),
        cmocka_unit_test(test_time_is_not_that_of_evaluations_within_functions),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
