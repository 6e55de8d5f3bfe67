// Suites in files that are texts here.
#include <string.h>

#include "base/testing.h"
#include "judge/gatekeeper/suite.h"

typedef struct file {
    const char *name, *text;
} file;

#define TEMPLATE                                                                  \
    "apiVersion: templates.gatekeeper.sh/v1\nkind: ConstraintTemplate\n"          \
    "metadata: {name: t}\nspec:\n  crd: {spec: {names: {kind: T}}}\n  targets:\n" \
    "    - target: admission.k8s.gatekeeper.sh\n      rego: |\n        package t\n"

static const file FILES[] = {
    {"d/t.yaml", TEMPLATE "        violation[{\"msg\": \"said\"}] { true }\n"
                          "        violation[{\"details\": 1}] { true }\n"},
    {"d/ns.yaml", TEMPLATE "        violation[{\"msg\": m}] {\n"
                           "          m := input.review.namespaceObject.metadata.labels.env }\n"},
    {"d/broken.yaml", TEMPLATE "        violation[{\"msg\": m}] { true }\n"},
    {"d/c.yaml", "apiVersion: constraints.gatekeeper.sh/v1beta1\nkind: T\nmetadata: {name: c}\n"
                 "spec: {match: {namespaceSelector: {matchLabels: {env: prod}}}}\n"},
    {"d/pod.yaml", "apiVersion: v1\nkind: Pod\nmetadata: {name: p, namespace: shop}\n"},
    {"d/two.yaml", "apiVersion: v1\nkind: Pod\n---\napiVersion: v1\nkind: Pod\n"},
    {"d/space.yaml",
     "apiVersion: v1\nkind: Namespace\nmetadata: {name: shop, labels: {env: prod}}\n"},
};

static pt_code read_file(void *ctx, pt_arena *a, pt_str path, pt_str *ret, pt_err *e) {
    (void)ctx, (void)a;
    for (size_t i = 0; i < PT_COUNT(FILES); i++)
        if (pt_str_eqz(path, FILES[i].name)) {
            *ret = pt_str_of(FILES[i].text);
            return PT_OK;
        }
    return pt_err_set(e, PT_E_IO, "not there");
}

static int64_t clock_ns(void) {
    return 1;
}

static const pt_gk_suite_world WORLD = {.read = read_file, .clock_ns = clock_ns};

static pt_code run(pt_arena *a, const char *tests, pt_gk_suite_result *ret, pt_err *e) {
    pt_str text =
        pt_arena_printf(a, "apiVersion: test.gatekeeper.sh/v1alpha1\nkind: Suite\n%s", tests);
    return pt_gk_suite_run(a, PT_STR("d/suite.yaml"), text, &WORLD, ret, e);
}

// One test of one case: `with` are fields of the case, `of` of the test.
static pt_gk_test_result one(pt_arena *a, const char *of, const char *with) {
    pt_gk_suite_result r;
    pt_err e = {0};
    pt_str text = pt_arena_printf(a, "tests: [{name: t, %s, cases: [{name: c, %s}]}]\n", of, with);
    assert_int_equal(run(a, text.p, &r, &e), PT_OK);
    assert_int_equal(r.tests.n, 1);
    return r.tests.v[0];
}

#define GOOD "template: t.yaml, constraint: c.yaml"

typedef struct expectation {
    const char *of, *with;
    pt_gk_outcome outcome;
    const char *why; // how it begins
} expectation;

static const expectation CASES[] = {
    {GOOD,
     "object: pod.yaml, inventory: [space.yaml], assertions: [{violations: 1, message: ^said$}]",
     PT_GK_PASSED, ""},
    {GOOD, "object: pod.yaml, inventory: [space.yaml], assertions: [{violations: no}]",
     PT_GK_FAILED,
     "unexpected number of violations: got 1 violations but want none: got messages [said]"},
    {GOOD, "object: pod.yaml", PT_GK_FAILED,
     "unexpected number of violations: got 1 violations but want none: got messages [match.names"},
    {GOOD, "object: pod.yaml, assertions: [{violations: maybe}]", PT_GK_FAILED,
     "assertion.violations, if set, must be"},
    {GOOD, "object: pod.yaml, assertions: [{violations: -1}]", PT_GK_FAILED,
     "assertion.violations, if set, must be"},
    {GOOD, "object: pod.yaml, assertions: [{message: (}]", PT_GK_FAILED,
     "assertion.message is not a regular expression"},
    {GOOD, "object: two.yaml, assertions: [{}]", PT_GK_FAILED, "two.yaml: defines 2 objects"},
    {GOOD, "object: gone.yaml", PT_GK_FAILED, "d/gone.yaml: not there"},
    {GOOD, "assertions: [{}]", PT_GK_FAILED, "invalid case: must define object"},
    {GOOD, "object: pod.yaml, skip: true", PT_GK_SKIPPED, ""},
    {"template: ns.yaml, constraint: c.yaml",
     "object: pod.yaml, inventory: [space.yaml], assertions: [{message: prod}]", PT_GK_PASSED, ""},
};

static void test_case_outcome_and_reason(void **state) {
    (void)state;
    for (size_t i = 0; i < PT_COUNT(CASES); i++) {
        pt_arena a = {0};
        const expectation *x = &CASES[i];
        pt_gk_test_result t = one(&a, x->of, x->with);
        assert_int_equal(t.cases.n, 1);
        const pt_gk_case_result *c = &t.cases.v[0];
        if (c->outcome != x->outcome || t.outcome != x->outcome ||
            !pt_str_starts(c->why, pt_str_of(x->why)))
            fail_msg("case %zu: %s: %.*s", i, pt_gk_outcome_word(c->outcome), PT_PRI(c->why));
        pt_arena_done(&a);
    }
}

static const expectation TESTS[] = {
    {"template: t.yaml", "object: pod.yaml", PT_GK_FAILED, "invalid suite: missing constraint"},
    {"constraint: c.yaml", "object: pod.yaml", PT_GK_FAILED, "invalid suite: missing template"},
    {"template: c.yaml, constraint: c.yaml", "object: pod.yaml", PT_GK_FAILED,
     "c.yaml: not a ConstraintTemplate"},
    {"template: t.yaml, constraint: pod.yaml", "object: pod.yaml", PT_GK_FAILED,
     "pod.yaml: not a Constraint"},
    {"template: broken.yaml, constraint: c.yaml", "object: pod.yaml", PT_GK_FAILED,
     "d/broken.yaml:10: rego_unsafe_var_error: "},
    {GOOD ", invalid: true", "object: pod.yaml", PT_GK_FAILED,
     "the constraint should break its template's schema"},
    {GOOD ", expansion: e.yaml", "object: pod.yaml", PT_GK_NOT_EVALUATED, "it needs an expansion"},
    {GOOD ", skip: true", "object: pod.yaml", PT_GK_SKIPPED, ""},
};

static void test_test_outcome_and_reason(void **state) {
    (void)state;
    for (size_t i = 0; i < PT_COUNT(TESTS); i++) {
        pt_arena a = {0};
        pt_gk_test_result t = one(&a, TESTS[i].of, TESTS[i].with);
        if (t.outcome != TESTS[i].outcome || !pt_str_starts(t.why, pt_str_of(TESTS[i].why)) ||
            t.cases.n)
            fail_msg("test %zu: %s: %.*s", i, pt_gk_outcome_word(t.outcome), PT_PRI(t.why));
        pt_arena_done(&a);
    }
}

static void test_case_without_msg_is_counted(void **state) {
    (void)state;
    pt_arena a = {0};
    pt_gk_test_result t =
        one(&a, GOOD, "object: pod.yaml, inventory: [space.yaml], assertions: [{}]");
    assert_int_equal(t.cases.v[0].dropped, 1);
    pt_arena_done(&a);
}

static void test_suite_not_one_is_an_error(void **state) {
    (void)state;
    pt_arena a = {0};
    pt_gk_suite_result r;
    pt_err e = {0};
    assert_int_equal(pt_gk_suite_run(&a, PT_STR("s"), PT_STR("kind: Suite\n"), &WORLD, &r, &e),
                     PT_E_ABSENT);
    assert_int_equal(pt_gk_suite_run(&a, PT_STR("s"), PT_STR(""), &WORLD, &r, &e), PT_E_ABSENT);
    assert_int_equal(pt_gk_suite_run(&a, PT_STR("s"), PT_STR("a: ["), &WORLD, &r, &e), PT_E_FORMAT);
    assert_int_equal(run(&a, "tests: {}\n", &r, &e), PT_E_FORMAT);
    assert_int_equal(run(&a, "skip: true\ntests: [{}]\n", &r, &e), PT_OK);
    assert_int_equal(r.outcome, PT_GK_SKIPPED);
    pt_arena_done(&a);
}

static void test_suite_worst_of_its_tests(void **state) {
    (void)state;
    pt_arena a = {0};
    pt_gk_suite_result r;
    pt_err e = {0};
    assert_int_equal(run(&a,
                         "tests:\n- {name: a, skip: true}\n"
                         "- {name: b, template: t.yaml, constraint: c.yaml}\n",
                         &r, &e),
                     PT_OK);
    assert_int_equal(r.outcome, PT_GK_PASSED);
    assert_int_equal(
        run(&a, "tests:\n- {name: a, expansion: e}\n- {name: b, skip: true}\n", &r, &e), PT_OK);
    assert_int_equal(r.outcome, PT_GK_NOT_EVALUATED);
    pt_arena_done(&a);
}

static void test_filter_tests_and_cases(void **state) {
    (void)state;
    pt_gk_filter *f = NULL;
    pt_err e = {0};
    assert_int_equal(pt_gk_filter_new(PT_STR("a//b//c"), &f, &e), PT_E_USAGE);
    assert_int_equal(pt_gk_filter_new(PT_STR("("), &f, &e), PT_E_USAGE);
    assert_int_equal(pt_gk_filter_new(PT_STR("a//("), &f, &e), PT_E_USAGE);
    assert_int_equal(pt_gk_filter_new(PT_STR("^t$//x"), &f, &e), PT_OK);
    pt_arena a = {0};
    pt_gk_suite_world w = WORLD;
    pt_gk_suite_result r;
    w.filter = f;
    pt_str text =
        PT_STR("apiVersion: test.gatekeeper.sh/v1alpha1\nkind: Suite\ntests:\n"
               "- {name: t, template: t.yaml, constraint: c.yaml, "
               "cases: [{name: y, object: o}, {name: wxw, object: o}]}\n"
               "- {name: tt, template: t.yaml, constraint: c.yaml, cases: [{name: x}]}\n");
    assert_int_equal(pt_gk_suite_run(&a, PT_STR("d/s"), text, &w, &r, &e), PT_OK);
    assert_int_equal(r.tests.v[0].cases.v[0].outcome, PT_GK_SKIPPED);
    assert_int_equal(r.tests.v[0].cases.v[1].outcome, PT_GK_FAILED);
    assert_int_equal(r.tests.v[1].outcome, PT_GK_SKIPPED);
    pt_gk_filter_free(f);
    pt_arena_done(&a);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_case_outcome_and_reason),
        cmocka_unit_test(test_test_outcome_and_reason),
        cmocka_unit_test(test_case_without_msg_is_counted),
        cmocka_unit_test(test_suite_not_one_is_an_error),
        cmocka_unit_test(test_suite_worst_of_its_tests),
        cmocka_unit_test(test_filter_tests_and_cases),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
