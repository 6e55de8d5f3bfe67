// Tests of policies: which rules they are, what comes of them, what is covered, what is explained.
#include <stdio.h>
#include <string.h>

#include "base/testing.h"
#include "judge/policy/explain.h"
#include "judge/policy/profile.h"
#include "judge/policy/rego/coverage.h"
#include "judge/policy/rego/parse.h"
#include "judge/policy/test_run.h"
#include "value/json.h"

typedef struct suite {
    pt_arena a;
    pt_symbols symbols;
    pt_diagnostics d;
    pt_compiler *compiler;
    pt_coverage coverage;
    pt_test_rules rules;
    pt_test_result *results;
    const pt_query *queries[64];
} suite;

static bool is_builtin(pt_str name) {
    return pt_fn_find(name) != NULL;
}

static pt_module *parse(suite *s, const char *file, const char *text) {
    pt_source *source = PT_NEW(&s->a, pt_source, 1);
    *source = (pt_source){pt_str_of(file), pt_str_of(text)};
    pt_parse_opts opts = {.builtin = is_builtin};
    pt_module *m = pt_parse_module(&s->symbols, source, &opts, &s->d);
    assert_non_null(m);
    return m;
}

static void compile(suite *s, pt_module **modules, size_t n, bool tell) {
    pt_compile_opts opts = {.tests = true, .tell = tell};
    s->coverage.arena = &s->a;
    assert_true(pt_coverage_modules(&s->coverage, modules, n));
    s->compiler = pt_compile(&s->a, &s->symbols, modules, n, &opts, &s->d);
    assert_non_null(s->compiler);
    assert_true(pt_coverage_begin(&s->coverage, pt_compiled(s->compiler)));
    assert_true(pt_tests(s->compiler, &s->rules));
    assert_in_range(s->rules.n, 0, PT_COUNT(s->queries));
    for (size_t i = 0; i < s->rules.n; i++) {
        s->queries[i] =
            s->rules.v[i].function ? NULL : pt_compile_test(s->compiler, &s->rules.v[i], &s->d);
        assert_true(s->queries[i] || s->rules.v[i].function);
    }
}

static void begin(suite *s) {
    s->symbols.arena = s->d.arena = &s->a;
}

static void run(suite *s, size_t threads) {
    pt_fn_world world = {.now_ns = 1, .seed = 1};
    pt_test_plan plan = {.program = pt_compiled(s->compiler),
                         .rules = s->rules.v,
                         .queries = s->queries,
                         .n = s->rules.n,
                         .threads = threads,
                         .opts = {.world = &world},
                         .timeout_ns = 60000000000,
                         .bytes_max = (size_t)1 << 28,
                         .tell = pt_coverage_hear,
                         .tell_to = &s->coverage};
    pt_err e = {0};
    assert_int_equal(pt_test_run(&s->a, &plan, &s->results, &e), PT_OK);
}

static const pt_test_result *result_of(const suite *s, const char *name) {
    for (size_t i = 0; i < s->rules.n; i++)
        if (pt_str_eqz(s->rules.v[i].name, name))
            return &s->results[i];
    fail_msg("no test %s", name);
    return NULL;
}

static void test_each_rule_is_a_test_of_its_own(void **state) {
    (void)state;
    suite s = {0};
    begin(&s);
    pt_module *m = parse(&s, "t.rego",
                         "package t\n"
                         "test_good if true\n"
                         "test_bad if { print(\"x is\", 1); false }\n"
                         "test_good if false\n"
                         "test_seven := 7\n"
                         "todo_test_later if false\n"
                         "test_clash := x if some x in [1, 2]\n"
                         "nested.test_deep if 1 == 1\n"
                         "test_f(x) if x\n"
                         "not_a_test if false\n");
    compile(&s, &m, 1, false);
    run(&s, 3);
    assert_int_equal(s.rules.n, 8);
    assert_int_equal(result_of(&s, "test_f")->outcome, PT_TEST_ERROR);
    assert_int_equal(result_of(&s, "test_good")->outcome, PT_TEST_PASSED);
    assert_int_equal(result_of(&s, "test_good#01")->outcome, PT_TEST_FAILED);
    assert_int_equal(result_of(&s, "test_bad")->outcome, PT_TEST_FAILED);
    assert_true(pt_str_eqz(result_of(&s, "test_bad")->output, "x is 1\n"));
    assert_int_equal(result_of(&s, "test_seven")->outcome, PT_TEST_FAILED);
    assert_int_equal(result_of(&s, "todo_test_later")->outcome, PT_TEST_SKIPPED);
    assert_int_equal(result_of(&s, "test_clash")->outcome, PT_TEST_ERROR);
    assert_string_equal(result_of(&s, "test_clash")->error.code, "eval_conflict_error");
    assert_int_equal(result_of(&s, "nested.test_deep")->outcome, PT_TEST_PASSED);
    pt_arena_done(&s.a);
}

static void expect_cases(const pt_test_result *r, const char *want) {
    PT_AUTO(pt_buf_done) pt_buf got = PT_BUF(1 << 16);
    for (size_t i = 0; i < r->cases.n; i++) {
        const pt_test_case *c = &r->cases.v[i];
        for (size_t k = 0; k < c->n; k++)
            pt_buf_printf(&got, "%s%.*s", k ? "/" : "", PT_PRI(c->name[k]));
        pt_buf_putz(&got, c->failed ? " failed\n" : " passed\n");
    }
    pt_buf_putc(&got, '\0');
    assert_string_equal(got.p, want);
}

static void test_cases_that_have_no_answer_failed(void **state) {
    (void)state;
    suite s = {0};
    begin(&s);
    pt_module *m = parse(&s, "t.rego",
                         "package t\n"
                         "test_sum[c.note] if {\n"
                         "  some c in [{\"note\": \"b\", \"n\": 2}, {\"note\": \"a\", \"n\": 3}]\n"
                         "  got := 1 + 1\n"
                         "  got == c.n\n"
                         "}\n"
                         "test_two[x][y] if {\n"
                         "  some x in [\"p\", \"q\"]\n"
                         "  some y in [1, 2]\n"
                         "  x == \"p\"\n"
                         "}\n"
                         "test_value[x] := v if { some x, v in {\"t\": true, \"f\": false} }\n"
                         "test_none[x] if { some x in [] }\n");
    compile(&s, &m, 1, false);
    run(&s, 1);
    expect_cases(result_of(&s, "test_sum"), "a failed\nb passed\n");
    expect_cases(result_of(&s, "test_two"), "p/1 passed\np/2 passed\nq/1 failed\nq/2 failed\n");
    expect_cases(result_of(&s, "test_value"), "f failed\nt passed\n");
    assert_int_equal(result_of(&s, "test_sum")->outcome, PT_TEST_FAILED);
    assert_int_equal(result_of(&s, "test_none")->outcome, PT_TEST_ERROR);
    assert_string_equal(result_of(&s, "test_none")->error.code, "no_cases");
    pt_arena_done(&s.a);
}

// Duplicate names hide one another, undefined ones are never told: neither is a pass.
static void test_cases_that_cannot_be_told_apart_are_not_judged(void **state) {
    (void)state;
    suite s = {0};
    begin(&s);
    pt_module *m =
        parse(&s, "t.rego",
              "package t\n"
              "test_double[c.note] if {\n"
              "  some c in [{\"note\": \"a\", \"n\": 2}, {\"note\": \"a\", \"n\": 3}]\n"
              "  c.n == 2\n"
              "}\n"
              "test_unnamed[c.note] if {\n"
              "  some c in [{\"note\": \"a\", \"n\": 2}, {\"n\": 3}, {\"n\": 4}]\n"
              "  c.n == 2\n"
              "}\n"
              "test_named[c.note] if {\n"
              "  some c in [{\"note\": \"a\", \"n\": [1, 2]}, {\"note\": \"b\", \"n\": [2]}]\n"
              "  some n in c.n\n"
              "  n == 2\n"
              "}\n");
    compile(&s, &m, 1, true);
    run(&s, 1);
    assert_int_equal(result_of(&s, "test_double")->outcome, PT_TEST_ERROR);
    assert_string_equal(result_of(&s, "test_double")->error.code, "doubled_case");
    assert_int_equal(result_of(&s, "test_unnamed")->outcome, PT_TEST_ERROR);
    assert_string_equal(result_of(&s, "test_unnamed")->error.code, "unnamed_case");
    assert_true(pt_str_starts(result_of(&s, "test_unnamed")->error.message, PT_STR("2 cases")));
    assert_int_equal(result_of(&s, "test_named")->outcome, PT_TEST_PASSED);
    pt_arena_done(&s.a);
}

static int64_t lines(pt_value report, const char *file, const char *what) {
    int64_t n = -1;
    pt_value f = pt_get(pt_getz(report, "files"), pt_str_of(file));
    assert_true(pt_to_int(pt_getz(f, what), &n));
    return n;
}

static void test_coverage_counts_heads_and_literals(void **state) {
    (void)state;
    suite s = {0};
    begin(&s);
    pt_module *m[] = {parse(&s, "a.rego",
                            "package a\n"
                            "p(x) := \"big\" if {\n"
                            "  x > 10\n"
                            "} else := \"small\" if {\n"
                            "  x < 10\n"
                            "  y := [z |\n"
                            "    z := x\n"
                            "    z > 100\n"
                            "  ]\n"
                            "  count(y) == 0\n"
                            "}\n"
                            "q if {\n"
                            "  input.never\n"
                            "}\n"),
                      parse(&s, "t.rego", "package t\ntest_p if data.a.p(3) == \"small\"\n")};
    compile(&s, m, 2, true);
    run(&s, 2);
    double percent = 0;
    pt_value report = pt_coverage_report(&s.coverage, &percent);
    assert_int_equal(lines(report, "a.rego", "covered_lines"), 8);     // 3 to 10
    assert_int_equal(lines(report, "a.rego", "not_covered_lines"), 3); // 2, 12, 13
    assert_int_equal(lines(report, "t.rego", "covered_lines"), 1);
    assert_in_range((int)(percent * 10), 750, 750);
    pt_arena_done(&s.a);
}

// The query "data.t.p", told to `hear`.
static void tell(suite *s, const char *module, void (*to)(void *, const pt_eval_event *), void *x,
                 const pt_query **ret) {
    begin(s);
    pt_module *m = parse(s, "t.rego", module);
    pt_compile_opts opts = {.tell = true, .tests = true};
    s->compiler = pt_compile(&s->a, &s->symbols, &m, 1, &opts, &s->d);
    assert_non_null(s->compiler);
    assert_true(pt_tests(s->compiler, &s->rules));
    *ret = pt_compile_test(s->compiler, &s->rules.v[0], &s->d);
    if (!to)
        return;
    pt_fn_world world = {.now_ns = 1};
    pt_eval_opts how = {.world = &world, .machine = pt_machine_new(), .tell = to, .tell_to = x};
    pt_answers answers;
    pt_eval_error e;
    assert_true(pt_eval(&s->a, pt_compiled(s->compiler), (*ret)->proc, &how, &answers, &e));
    pt_machine_free(how.machine);
}

static void expect_explained(pt_explain_mode mode, const char *want) {
    suite s = {0};
    pt_explain x = {.arena = &s.a, .mode = mode};
    const pt_query *q;
    tell(&s,
         "package t\n"
         "test_p if {\n"
         "  some x in [1, 2]\n"
         "  f(x) > 2\n"
         "}\n"
         "f(x) := x + 1 if {\n"
         "  trace(\"here\")\n"
         "}\n",
         pt_explain_hear, &x, &q);
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(1 << 16);
    pt_explain_write(&b, &x);
    pt_buf_putc(&b, '\0');
    assert_string_equal(b.p, want);
    pt_arena_done(&s.a);
}

static void test_explanations_lead_to_what_is_asked_for(void **state) {
    (void)state;
    expect_explained(PT_EXPLAIN_FAILS, "query:1   Enter data.t.test_p\n"
                                       "t.rego:2  | Enter data.t.test_p\n"
                                       "t.rego:4  | | Fail f(x) > 2\n");
    expect_explained(PT_EXPLAIN_NOTES, "query:1   Enter data.t.test_p\n"
                                       "t.rego:2  | Enter data.t.test_p\n"
                                       "t.rego:6  | | Enter data.t.f\n"
                                       "t.rego:7  | | | Note \"here\"\n"
                                       "t.rego:6  | | Enter data.t.f\n"
                                       "t.rego:7  | | | Note \"here\"\n");
}

static void test_profiles_count_literals_of_a_line_together(void **state) {
    (void)state;
    suite s = {0};
    pt_profile p;
    pt_profile_lines got = {0};
    const pt_query *q;
    tell(&s,
         "package t\n"
         "test_p if {\n"
         "  some x in [1, 2, 3]\n"
         "  x + 1 > 3; x > 2\n"
         "}\n",
         NULL, NULL, &q);
    pt_fn_world world = {.now_ns = 1};
    pt_eval_opts how = {
        .world = &world, .machine = pt_machine_new(), .tell = pt_profile_hear, .tell_to = &p};
    pt_answers answers;
    pt_eval_error e;
    assert_true(pt_profile_begin(&s.a, pt_compiled(s.compiler), q->proc, &p));
    assert_true(pt_eval(&s.a, pt_compiled(s.compiler), q->proc, &how, &answers, &e));
    const pt_profile_key keys[] = {PT_PROFILE_EVALS};
    assert_true(pt_profile_end(&s.a, &p, keys, 1, &got));
    assert_int_equal(got.n, 3); // the query's line, 3 and 4
    assert_int_equal(got.v[0].place.row, 4);
    assert_int_equal(got.v[0].literals, 3);
    assert_int_equal(got.v[0].evals, 3 + 3 + 1); // x + 1, … > 3, x > 2
    pt_machine_free(how.machine);
    pt_arena_done(&s.a);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_rule_is_a_test_of_its_own),
        cmocka_unit_test(test_cases_that_have_no_answer_failed),
        cmocka_unit_test(test_cases_that_cannot_be_told_apart_are_not_judged),
        cmocka_unit_test(test_coverage_counts_heads_and_literals),
        cmocka_unit_test(test_explanations_lead_to_what_is_asked_for),
        cmocka_unit_test(test_profiles_count_literals_of_a_line_together),
    };
    return cmocka_run_group_tests_name("judge_policy_tests", tests, NULL, NULL);
}
