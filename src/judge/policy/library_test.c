// libparatia-policy as programs see it: nothing but its header.
#include <malloc.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/testing.h"
#include "judge/policy/testing_library.h"

// -- answers --------------------------------------------------------------------------------------

static void test_query_gives_bindings_and_expressions(void **state) {
    (void)state;
    paratia_policy *p = made("package p\nallow if input.user in data.admins\ns := {2, 1}\n");
    assert_true(give_data(p, "{\"admins\": [\"ann\"]}", NULL));
    expect(p, "data.p.allow", "{\"user\": \"ann\"}",
           "[{\"bindings\":{},\"expressions\":[{\"text\":\"data.p.allow\",\"value\":true}]}]");
    expect(p, "data.p.allow", "{\"user\": \"bob\"}", "[]");
    expect(p, "data.p.allow", NULL, "[]");
    expect(p, "x := data.p.s", NULL,
           "[{\"bindings\":{\"x\":[1,2]},\"expressions\":[{\"text\":\"x := data.p.s\",\"value\":"
           "true}]}]");
    paratia_policy_free(p);
}

static void test_modules_of_v0_are_read_as_such(void **state) {
    (void)state;
    static const char old[] = "package old\np[x] { x := input[_] }\n";
    paratia_error e = {0};
    paratia_policy *p = paratia_policy_new();
    assert_false(paratia_policy_module(p, NULL, old, strlen(old), false, &e));
    assert_string_equal(e.code, "rego_parse_error");
    assert_true(paratia_policy_module(p, NULL, old, strlen(old), true, NULL));
    assert_true(paratia_policy_compile(p, false, NULL));
    expect(p, "data.old.p", "[2, 1]",
           "[{\"bindings\":{},\"expressions\":[{\"text\":\"data.old.p\",\"value\":[1,2]}]}]");
    paratia_policy_free(p);
}

static void test_schemas_type_what_is_asked_for(void **state) {
    (void)state;
    static const char text[] = "package p\n# METADATA\n# schemas:\n# - data.acl: schema.lists.acl\n"
                               "p if data.acl.users[_] == input.user\n";
    static const char input[] = "{\"properties\": {\"user\": {\"type\": \"string\"}}}";
    static const char acl[] = "{\"properties\": {\"users\": {\"items\": {\"type\": \"string\"}}}}";
    paratia_error e = {0};
    paratia_policy *p = paratia_policy_new();
    assert_true(paratia_policy_schema(p, NULL, input, strlen(input), &e));
    assert_true(paratia_policy_schema(p, "lists/acl", acl, strlen(acl), &e));
    assert_false(paratia_policy_schema(p, NULL, "{", 1, &e));
    assert_string_equal(e.code, "json_error");
    assert_true(add(p, text, &e));
    assert_true(paratia_policy_compile(p, false, &e));
    assert_null(paratia_query_new(p, "input.users", &e));
    assert_string_equal(e.code, "rego_type_error");
    assert_false(paratia_policy_schema(p, NULL, input, strlen(input), &e));
    assert_string_equal(e.code, "usage_error");
    paratia_policy_free(p);
    p = paratia_policy_new();
    assert_true(paratia_policy_schema(p, "lists/acl", "[]", 2, NULL));
    assert_true(add(p, text, NULL));
    assert_false(paratia_policy_compile(p, false, &e));
    assert_non_null(strstr(e.message, "m.rego:5: rego_type_error: unable to compile the schema: "));
    paratia_policy_free(p);
}

// Copies that end where the text ends: the sanitizer sees a read behind them.
static char *cut(const char *text) {
    char *p = malloc(strlen(text));
    assert_non_null(p);
    memcpy(p, text, strlen(text)); // NOLINT(bugprone-not-null-terminated-result): that is the point
    return p;
}

static void test_texts_need_no_nul(void **state) {
    (void)state;
    static const char module[] = "package p\nx := input + data.n";
    char *text = cut(module);
    char *data = cut("{\"n\": 20}");
    char *input = cut("22");
    paratia_policy *p = paratia_policy_new();
    assert_true(paratia_policy_module(p, "m.rego", text, strlen(module), false, NULL));
    assert_true(paratia_policy_compile(p, true, NULL));
    assert_true(paratia_policy_data(p, data, 9, NULL));
    free(text);
    free(data);
    paratia_query *q = paratia_query_new(p, "data.p.x", NULL);
    paratia_answers answers;
    assert_true(paratia_query_eval(q, input, 2, NULL, &answers, NULL));
    free(input);
    assert_int_equal(strlen(answers.json), answers.n);
    assert_non_null(strstr(answers.json, "\"value\":42"));
    free(answers.json);
    paratia_policy_free(p); // the query keeps what it needs
    paratia_query_free(q);
}

static void test_the_same_query_is_compiled_once(void **state) {
    (void)state;
    paratia_policy *p = made("package p\nx := 1\n");
    paratia_query_free(paratia_query_new(p, "y := data.p.x", NULL));
    size_t before = mallinfo2().uordblks; // 0 under the sanitizers
    for (int i = 0; i < 2000; i++)
        paratia_query_free(paratia_query_new(p, "y := data.p.x", NULL));
    assert_true(mallinfo2().uordblks <= before + 4096);
    paratia_policy_free(p);
}

// -- errors ---------------------------------------------------------------------------------------

static void test_refused_modules_are_told_with_their_place(void **state) {
    (void)state;
    static const struct {
        const char *module, *code, *text;
        uint32_t row, column;
    } cases[] = {
        {"package p\nx := )\n", "rego_parse_error", "m.rego:2: rego_parse_error: ", 2, 6},
        {"package p\n\nx if y\n", "rego_unsafe_var_error", "var y is unsafe", 3, 6},
        {"package p\nx if y\ny if x\n", "rego_recursion_error", "rule data.p.x is recursive", 2, 1},
        {"package p\nx := nope(1)\n", "rego_type_error", "undefined function nope", 2, 6},
    };
    for (size_t i = 0; i < PT_COUNT(cases); i++) {
        paratia_error e = {0};
        paratia_policy *p = paratia_policy_new();
        assert_false(add(p, cases[i].module, &e) && paratia_policy_compile(p, false, &e));
        assert_string_equal(e.code, cases[i].code);
        if (!strstr(e.message, cases[i].text))
            fail_msg("%s is not in: %s", cases[i].text, e.message);
        assert_string_equal(e.file, "m.rego");
        assert_int_equal(e.row, cases[i].row);
        assert_int_equal(e.column, cases[i].column);
        paratia_policy_free(p);
    }
}

static void test_evaluation_ends_with_code_and_place(void **state) {
    (void)state;
    paratia_error e = {0};
    char *got = NULL;
    paratia_policy *p = made("package p\nx := input.a\nx := input.b\n");
    paratia_query *q = paratia_query_new(p, "data.p.x", NULL);
    assert_false(ask(q, "{\"a\": 1, \"b\": 2}", &got, &e));
    assert_null(got);
    assert_string_equal(e.code, "eval_conflict_error");
    assert_string_equal(e.file, "m.rego");
    assert_int_equal(e.row, 3);
    assert_non_null(strstr(e.message, "m.rego:3: eval_conflict_error: complete rules must not"));
    assert_true(ask(q, "{\"a\": 1, \"b\": 1}", &got, &e));
    free(got);
    paratia_query_free(q);
    assert_null(paratia_query_new(p, "x = ", &e));
    assert_string_equal(e.code, "rego_parse_error");
    assert_null(paratia_query_new(p, "", &e));
    assert_string_equal(e.message, "1 error occurred: rego_compile_error: empty query cannot be "
                                   "compiled");
    paratia_policy_free(p);
}

static void test_bad_json_is_told_with_its_place(void **state) {
    (void)state;
    paratia_error e = {0};
    char *got = NULL;
    paratia_policy *p = made("package p\nx := data.a\n");
    assert_false(give_data(p, "{\n \"a\": ]", &e));
    assert_string_equal(e.code, "json_error");
    assert_int_equal(e.row, 2);
    assert_int_equal(e.column, 7);
    assert_false(give_data(p, "[1]", &e));
    assert_string_equal(e.message, "data: json_error: it must be an object");
    assert_false(give_data(p, "", &e));
    paratia_query *q = paratia_query_new(p, "input", NULL);
    assert_false(ask(q, "{\"a\"}", &got, &e));
    assert_string_equal(e.code, "json_error");
    assert_int_equal(strncmp(e.message, "input:1:5: ", 11), 0);
    assert_false(ask(q, "", &got, NULL));
    paratia_query_free(q);
    paratia_policy_free(p);
}

static void test_long_messages_are_cut_between_characters(void **state) {
    (void)state;
    enum {
        LETTERS = 3000,
    };
    paratia_error e = {0};
    char text[2 * LETTERS + 64] = "package p\nx := \"";
    size_t n = strlen(text);
    for (size_t i = 0; i < LETTERS; i++, n += 2)
        memcpy(text + n, "\xc3\xa4", 2); // NOLINT(bugprone-not-null-terminated-result): it goes on
    paratia_policy *p = paratia_policy_new();
    assert_false(paratia_policy_module(p, text + 16, text, n, false, &e));
    assert_true(pt_str_utf8(pt_str_of(e.message), NULL));
    assert_in_range(strlen(e.message), sizeof e.message - 2, sizeof e.message - 1);
    assert_true(pt_str_utf8(pt_str_of(e.file), NULL));
    assert_false(paratia_policy_module(p, "m", "package p # \xff", 13, false, &e));
    assert_string_equal(e.code, "usage_error");
    paratia_policy_free(p);
}

static char *nothing(void *context, const char *operands, size_t n, const char **ret_error) {
    (void)context, (void)operands, (void)n, (void)ret_error;
    return NULL;
}

static void test_misuse_is_an_error(void **state) {
    (void)state;
    paratia_error e = {0};
    paratia_answers answers;
    paratia_policy *p = paratia_policy_new();
    expect_usage(add(NULL, "package p", &e), &e);
    expect_usage(paratia_policy_module(p, "m", NULL, 1, false, &e), &e);
    expect_usage(paratia_policy_compile(NULL, false, &e), &e);
    expect_usage(give_data(NULL, "{}", &e), &e);
    expect_usage(paratia_policy_data(p, NULL, 2, &e), &e);
    expect_usage(paratia_query_new(NULL, "1", &e), &e);
    expect_usage(paratia_query_new(p, "1", &e), &e); // before it is compiled
    expect_usage(paratia_query_eval(NULL, NULL, 0, NULL, &answers, &e), &e);
    assert_true(paratia_policy_compile(p, false, NULL)); // nothing but queries is a policy, too
    expect_usage(paratia_policy_compile(p, false, &e), &e);
    expect_usage(add(p, "package p", &e), &e);
    expect_usage(paratia_policy_function(p, "f", 1, nothing, NULL, &e), &e);
    expect_usage(paratia_query_new(p, NULL, &e), &e);
    paratia_query *q = paratia_query_new(p, "1", NULL);
    expect_usage(paratia_query_eval(q, NULL, 3, NULL, &answers, &e), &e);
    expect_usage(paratia_query_eval(q, NULL, 0, NULL, NULL, &e), &e);
    paratia_query_free(q);
    paratia_query_free(NULL);
    paratia_policy_free(p);
    paratia_policy_free(NULL);
    p = paratia_policy_new();
    assert_true(add(p, "package p\nx if y", NULL));
    assert_false(paratia_policy_compile(p, false, NULL));
    expect_usage(paratia_policy_compile(p, false, &e), &e);
    expect_usage(paratia_query_new(p, "1", &e), &e);
    paratia_policy_free(p);
    assert_true(paratia_policy_version()[0] != '\0');
}

static void test_rules_and_earlier_data_must_not_clash(void **state) {
    (void)state;
    paratia_error e = {0};
    paratia_policy *p = paratia_policy_new();
    assert_true(give_data(p, "{\"p\": {\"x\": 1}}", NULL));
    assert_true(add(p, "package p\nx := 2\n", NULL));
    assert_false(paratia_policy_compile(p, false, &e));
    assert_non_null(strstr(e.message, "conflicting rule for data path p/x found"));
    paratia_policy_free(p);
    p = made("package p\nx := 2\n"); // later data hides no rule
    assert_true(give_data(p, "{\"p\": {\"x\": 1, \"y\": 3}}", NULL));
    expect(
        p, "data.p", NULL,
        "[{\"bindings\":{},\"expressions\":[{\"text\":\"data.p\",\"value\":{\"x\":2,\"y\":3}}]}]");
    paratia_policy_free(p);
}

// -- documents that are read once -----------------------------------------------------------------

static void expect_verdict(const paratia_query *q, const char *input, paratia_verdict want) {
    paratia_error e = {0};
    paratia_verdict got = PARATIA_TRUE;
    paratia_value *v = input ? paratia_value_new(input, strlen(input), &e) : NULL;
    assert_true(v || !input);
    for (int i = 0; i < 2; i++) { // it can be judged again
        if (!paratia_query_decide(q, v, NULL, &got, &e))
            fail_msg("%s", e.message);
        assert_int_equal(got, want);
    }
    paratia_value_free(v);
}

static void test_documents_are_read_once_and_decided_often(void **state) {
    (void)state;
    paratia_error e = {0};
    paratia_answers answers = {0};
    paratia_policy *p = made("package p\nok := input.n > 1 if input.n\nn := [x | x := input.n]\n");
    paratia_query *ok = paratia_query_new(p, "data.p.ok", &e);
    paratia_query *some = paratia_query_new(p, "some i; input.xs[i] > 2; data.p.ok", &e);
    expect_verdict(ok, "{\"n\": 2}", PARATIA_TRUE);
    expect_verdict(ok, "{\"n\": 1}", PARATIA_FALSE);
    expect_verdict(ok, "{}", PARATIA_UNDEFINED);
    expect_verdict(ok, NULL, PARATIA_UNDEFINED);
    expect_verdict(some, "{\"n\": 2, \"xs\": [1, 3]}", PARATIA_TRUE);
    expect_verdict(some, "{\"n\": 2, \"xs\": [1, 2]}", PARATIA_UNDEFINED);
    char text[] = "{\"n\": [7]}";
    paratia_value *v = paratia_value_new(text, strlen(text), &e);
    memset(text, 'x', sizeof text); // the caller's bytes are not needed any more
    paratia_query *n = paratia_query_new(p, "x := data.p.n", &e);
    assert_true(paratia_query_eval_value(n, v, NULL, &answers, &e));
    assert_non_null(strstr(answers.json, "\"x\":[[7]]"));
    free(answers.json);
    paratia_value_free(v);
    paratia_value_free(NULL);
    assert_null(paratia_value_new("{", 1, &e));
    assert_string_equal(e.code, "json_error");
    expect_usage(paratia_value_new(NULL, 0, &e) != NULL, &e);
    expect_usage(paratia_query_decide(NULL, NULL, NULL, &(paratia_verdict){0}, &e), &e);
    expect_usage(paratia_query_decide(ok, NULL, NULL, NULL, &e), &e);
    expect_usage(paratia_query_eval_value(ok, NULL, NULL, NULL, &e), &e);
    paratia_query_free(ok);
    paratia_query_free(some);
    paratia_query_free(n);
    paratia_policy_free(p);
}

// -- threads --------------------------------------------------------------------------------------

enum {
    THREADS = 6,
    ROUNDS = 150,
};

typedef struct shared {
    paratia_policy *policy;
    const paratia_query *query;
    atomic_uint wrong, turn;
} shared;

static void *evaluate_often(void *arg) {
    shared *s = arg;
    for (int i = 0; i < ROUNDS; i++) {
        char *got = NULL;
        if (!ask(s->query, "[3, 1, 2]", &got, NULL) || !strstr(got, "\"value\":true"))
            s->wrong++;
        free(got);
    }
    return NULL;
}

static void *replace_often(void *arg) {
    shared *s = arg;
    char json[160];
    for (int i = 0; i < ROUNDS; i++) {
        snprintf(json, sizeof json, "{\"a\": {\"x\": %d, \"z\": 1, \"y\": [%d]}, \"b\": %d}", i, i,
                 i);
        if (!paratia_policy_data(s->policy, json, strlen(json), NULL))
            s->wrong++;
    }
    return NULL;
}

// The first ones call functions that no query has called before; all are texts of their own.
static void *prepare_often(void *arg) {
    static const char *const calls[] = {
        "upper(\"a\") == \"A\"", "abs(-1) == 1",          "ceil(0.5) == 1",
        "floor(1.5) == 1",       "lower(\"A\") == \"a\"", "trim(\"-a-\", \"-\") == \"a\"",
        "round(1.2) == 1",       "sum([1, 2]) == 3",      "product([2, 3]) == 6",
        "max([1, 2]) == 2",      "min([1, 2]) == 1",      "sort([2, 1]) == [1, 2]",
        "own.same(1) == [1]",    "is_null(null)",         "reverse.x(1) == [1]",
        "bits.lsh(1, 2) == 4",   "to_number(\"1\") == 1", "indexof(\"ab\", \"b\") == 1",
    };
    shared *s = arg;
    char text[80];
    for (int i = 0; i < ROUNDS; i++) {
        char *got = NULL;
        unsigned turn = s->turn++;
        snprintf(text, sizeof text, "%s # %u", calls[turn % PT_COUNT(calls)], turn);
        paratia_query *q = paratia_query_new(s->policy, text, NULL);
        if (!q || !ask(q, NULL, &got, NULL) || !strstr(got, "\"value\":true"))
            s->wrong++;
        free(got);
        paratia_query_free(q);
    }
    return NULL;
}

static char *same(void *context, const char *operands, size_t n, const char **ret_error) {
    (void)context, (void)n, (void)ret_error;
    return strdup(operands);
}

static void test_threads_evaluate_while_data_and_queries_change(void **state) {
    (void)state;
    static void *(*const work[THREADS])(void *) = {evaluate_often, evaluate_often, evaluate_often,
                                                   replace_often,  prepare_often,  prepare_often};
    static const char module[] =
        "package p\n"
        "same if { data.a.x == data.b; data.a == {\"x\": data.b, \"y\": [data.b], \"z\": 1}\n"
        "  sort(input) == [1, 2, 3]; regex.match(`^[a-z]+$`, \"abc\"); own.same(7) == [7] }\n";
    pthread_t threads[THREADS];
    shared s = {.policy = paratia_policy_new()};
    assert_true(paratia_policy_function(s.policy, "own.same", 1, same, NULL, NULL));
    assert_true(paratia_policy_function(s.policy, "reverse.x", 1, same, NULL, NULL));
    assert_true(add(s.policy, module, NULL));
    assert_true(paratia_policy_compile(s.policy, true, NULL));
    assert_true(give_data(s.policy, "{\"b\": 1, \"a\": {\"z\": 1, \"y\": [1], \"x\": 1}}", NULL));
    paratia_query *q = paratia_query_new(s.policy, "data.p.same", NULL);
    s.query = q;
    for (size_t i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, work[i], &s), 0);
    for (size_t i = 0; i < THREADS; i++)
        assert_int_equal(pthread_join(threads[i], NULL), 0);
    assert_int_equal(s.wrong, 0);
    paratia_query_free(q);
    paratia_policy_free(s.policy);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_query_gives_bindings_and_expressions),
        cmocka_unit_test(test_modules_of_v0_are_read_as_such),
        cmocka_unit_test(test_schemas_type_what_is_asked_for),
        cmocka_unit_test(test_texts_need_no_nul),
        cmocka_unit_test(test_the_same_query_is_compiled_once),
        cmocka_unit_test(test_refused_modules_are_told_with_their_place),
        cmocka_unit_test(test_evaluation_ends_with_code_and_place),
        cmocka_unit_test(test_bad_json_is_told_with_its_place),
        cmocka_unit_test(test_long_messages_are_cut_between_characters),
        cmocka_unit_test(test_misuse_is_an_error),
        cmocka_unit_test(test_rules_and_earlier_data_must_not_clash),
        cmocka_unit_test(test_documents_are_read_once_and_decided_often),
        cmocka_unit_test(test_threads_evaluate_while_data_and_queries_change),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
