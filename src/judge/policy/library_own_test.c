// libparatia-policy: functions and a network of the embedder's.
#include <stdio.h>

#include "judge/policy/testing_library.h"

// -- functions of the embedder's ------------------------------------------------------------------

// The operands, with what the context says before them; errors and nothing by request.
static char *own(void *context, const char *operands, size_t n, const char **ret_error) {
    const char *name = context;
    assert_int_equal(strlen(operands), n);
    if (strcmp(operands, "[\"fail\"]") == 0)
        *ret_error = "there is no such thing";
    if (strcmp(operands, "[\"none\"]") == 0)
        return NULL;
    if (strcmp(operands, "[\"bad\"]") == 0)
        return strdup("{");
    size_t room = n + strlen(name) + 8;
    char *out = malloc(room);
    assert_non_null(out);
    snprintf(out, room, "[\"%s\",%s]", name, operands);
    return out;
}

static paratia_policy *with_functions(const char *module) {
    static char shop[] = "shop";
    static char plain[] = "plain";
    paratia_error e = {0};
    paratia_policy *p = paratia_policy_new();
    assert_true(paratia_policy_function(p, "shop.price", 1, own, shop, NULL));
    assert_true(paratia_policy_function(p, "plain4", 4, own, plain, NULL));
    assert_true(paratia_policy_function(p, "plain0", 0, own, plain, NULL));
    if (!add(p, module, &e) || !paratia_policy_compile(p, true, &e))
        fail_msg("%s", e.message);
    return p;
}

static void test_own_functions_take_and_give_json(void **state) {
    (void)state;
    paratia_policy *p = with_functions("package p\n"
                                       "x := shop.price({\"b\", \"a\"})\n"
                                       "y := plain4(1, null, {2: 3}, [])\n"
                                       "z := plain0()\n"
                                       "w := v if v := shop.price(1) with shop.price as f\n"
                                       "f(n) := n + 1\n");
    expect(p, "data.p", NULL,
           "[{\"bindings\":{},\"expressions\":[{\"text\":\"data.p\",\"value\":{\"w\":2,"
           "\"x\":[\"shop\",[[\"a\",\"b\"]]],\"y\":[\"plain\",[1,null,{\"2\":3},[]]],"
           "\"z\":[\"plain\",[]]}}]}]");
    expect(p, "shop.price(1, y)", NULL,
           "[{\"bindings\":{\"y\":[\"shop\",[1]]},\"expressions\":[{\"text\":\"shop.price(1, "
           "y)\",\"value\":true}]}]");
    expect(p, "shop.price(\"none\")", NULL, "[]");
    paratia_error e = {0};
    assert_null(paratia_query_new(p, "shop.price()", &e));
    assert_string_equal(e.code, "rego_type_error");
    assert_null(paratia_query_new(p, "shop.cost(1)", &e));
    assert_non_null(strstr(e.message, "undefined function shop.cost"));
    paratia_policy_free(p);
}

// -- the network of the embedder's ----------------------------------------------------------------

// By the path of the request: an answer, a redirect, none, a refusal. *context counts.
static char *web(void *context, const char *request, size_t n, const char **ret_error) {
    size_t *count = context;
    assert_int_equal(strlen(request), n);
    ++*count;
    if (strstr(request, "\"lookup\":\"a.example\""))
        return strdup("{\"addresses\": [\"198.51.100.7\"]}");
    if (strstr(request, "a.example/none"))
        *ret_error = "nobody is there";
    if (strstr(request, "a.example/to"))
        return strdup("{\"status_code\": 302, \"headers\": {\"Location\": \"http://b.example/\"}}");
    if (strstr(request, "a.example/bad"))
        return strdup("{\"status_code\": \"x\"}");
    if (!strstr(request, "a.example/x"))
        return NULL;
    assert_non_null(strstr(request, "\"method\":\"POST\""));
    assert_non_null(strstr(request, "\"headers\":{\"A\":\"b\","));
    assert_non_null(strstr(request, "\"tls\":{\"insecure\":true}"));
    return strdup("{\"status_code\": 200, \"status\": \"200 OK\", \"body\": \"[1]\", "
                  "\"headers\": {\"Content-Type\": [\"application/json\"]}}");
}

static void expect_end(paratia_policy *p, const char *text, const char *code, const char *message) {
    paratia_error e = {0};
    paratia_answers answers;
    paratia_query *q = paratia_query_new(p, text, &e);
    assert_non_null(q);
    assert_false(paratia_query_eval(q, NULL, 0, NULL, &answers, &e));
    assert_string_equal(e.code, code);
    assert_non_null(strstr(e.message, message));
    paratia_query_free(q);
}

static void test_network_is_what_the_embedder_makes_of_it(void **state) {
    (void)state;
    size_t count = 0;
    paratia_error e = {0};
    paratia_policy *p = paratia_policy_new();
    expect_usage(paratia_policy_network(NULL, web, &count, &e), &e);
    expect_usage(paratia_policy_network(p, NULL, &count, &e), &e);
    assert_true(paratia_policy_network(p, web, &count, &e));
    assert_true(
        add(p,
            "package p\n"
            "r := {\"method\": \"post\", \"url\": \"https://a.example/x\", \"cache\": true, "
            "\"headers\": {\"a\": \"b\"}, \"tls_insecure_skip_verify\": true, "
            "\"force_cache\": true, \"force_cache_duration_seconds\": 1000}\n"
            "x := [http.send(r).body, http.send(r).status]\n"
            "y := net.lookup_ip_addr(\"a.example\")\n"
            "get(u) := http.send({\"method\": \"get\", \"url\": u, \"raise_error\": false, "
            "\"enable_redirect\": true}).error.message\n",
            &e));
    assert_true(paratia_policy_compile(p, true, &e));
    expect_usage(paratia_policy_network(p, web, &count, &e), &e);
    for (size_t i = 0; i < 2; i++) // the answer stays for the second evaluation
        expect(p, "x := data.p.x", NULL,
               "[{\"bindings\":{\"x\":[[1],\"200 OK\"]},\"expressions\":[{\"text\":\"x := "
               "data.p.x\",\"value\":true}]}]");
    assert_int_equal(count, 1);
    expect(p, "data.p.y == {\"198.51.100.7\"}", NULL,
           "[{\"bindings\":{},\"expressions\":[{\"text\":\"data.p.y == "
           "{\\\"198.51.100.7\\\"}\",\"value\":true}]}]");
    expect(
        p, "endswith(data.p.get(\"http://a.example/none\"), \": nobody is there\")", NULL,
        "[{\"bindings\":{},\"expressions\":[{\"text\":\"endswith(data.p.get(\\\"http://a.example/"
        "none\\\"), \\\": nobody is there\\\")\",\"value\":true}]}]");
    expect_end(p, "data.p.get(\"http://a.example/to\")", "eval_builtin_error",
               "refused: disallowed host: b.example");
    expect(
        p, "contains(data.p.get(\"http://a.example/bad\"), \"the answer is none\")", NULL,
        "[{\"bindings\":{},\"expressions\":[{\"text\":\"contains(data.p.get(\\\"http://a.example/"
        "bad\\\"), \\\"the answer is none\\\")\",\"value\":true}]}]");
    expect_end(p, "data.p.get(\"http://b.example/\")", "eval_builtin_error",
               "refused: disallowed host: b.example");
    expect_end(p, "net.lookup_ip_addr(\"b.example\")", "eval_builtin_error", "disallowed host");
    paratia_policy_free(p);
}

static void test_network_that_nobody_gives_ends_the_evaluation(void **state) {
    (void)state;
    paratia_policy *p = paratia_policy_new();
    assert_true(paratia_policy_compile(p, true, NULL));
    expect_end(p, "http.send({\"method\": \"get\", \"url\": \"http://127.0.0.1/\"})",
               "eval_builtin_error", "policies may not use the network");
    expect_end(p, "net.lookup_ip_addr(\"localhost\")", "eval_builtin_error", "disallowed host");
    paratia_policy_free(p);
}

static void test_errors_of_own_functions_end_the_evaluation(void **state) {
    (void)state;
    static const char *const cases[][2] = {
        {"\"fail\"", "m.rego:2: eval_builtin_error: shop.price: there is no such thing"},
        {"\"bad\"", "m.rego:2: eval_builtin_error: shop.price: the result is no JSON: "},
    };
    paratia_policy *p = with_functions("package p\nx if not shop.price(input)\n");
    paratia_query *q = paratia_query_new(p, "data.p.x", NULL);
    for (size_t i = 0; i < PT_COUNT(cases); i++) {
        paratia_error e = {0};
        char *got = NULL;
        assert_false(ask(q, cases[i][0], &got, &e));
        assert_string_equal(e.code, "eval_builtin_error");
        if (strncmp(e.message, cases[i][1], strlen(cases[i][1])) != 0)
            fail_msg("%s", e.message);
    }
    paratia_query_free(q);
    paratia_policy_free(p);
}

static void test_names_that_are_no_functions_are_refused(void **state) {
    (void)state;
    static const char *const names[] = {"",    ".",     "a.",   "a..b",    ".a",
                                        "a b", "1a",    "a.1b", "input.f", "data",
                                        "ab(", "count", NULL,   "é",       "shop.price"};
    paratia_error e = {0};
    paratia_policy *p = paratia_policy_new();
    assert_true(paratia_policy_function(p, "shop.price", 1, own, NULL, NULL));
    for (size_t i = 0; i < PT_COUNT(names); i++)
        expect_usage(paratia_policy_function(p, names[i], 1, own, NULL, &e), &e);
    expect_usage(paratia_policy_function(p, "f", 5, own, NULL, &e), &e);
    expect_usage(paratia_policy_function(p, "f", 1, NULL, NULL, &e), &e);
    expect_usage(paratia_policy_function(NULL, "f", 1, own, NULL, &e), &e);
    paratia_policy_free(p);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_own_functions_take_and_give_json),
        cmocka_unit_test(test_network_is_what_the_embedder_makes_of_it),
        cmocka_unit_test(test_network_that_nobody_gives_ends_the_evaluation),
        cmocka_unit_test(test_errors_of_own_functions_end_the_evaluation),
        cmocka_unit_test(test_names_that_are_no_functions_are_refused),
    };
    return cmocka_run_group_tests_name("judge_policy_library_own", tests, NULL, NULL);
}
