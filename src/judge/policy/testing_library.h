// What the tests of libparatia-policy share.
#pragma once

#include <stdlib.h>
#include <string.h>

#include "base/testing.h"
#include "judge/policy/paratia-policy.h"

static inline bool add(paratia_policy *p, const char *text, paratia_error *e) {
    return paratia_policy_module(p, "m.rego", text, strlen(text), false, e);
}

static inline bool give_data(paratia_policy *p, const char *json, paratia_error *e) {
    return paratia_policy_data(p, json, strlen(json), e);
}

static inline paratia_policy *made(const char *text) {
    paratia_error e = {0};
    paratia_policy *p = paratia_policy_new();
    assert_non_null(p);
    if (!add(p, text, &e) || !paratia_policy_compile(p, false, &e))
        fail_msg("%s", e.message);
    return p;
}

static inline bool ask(const paratia_query *q, const char *input, char **ret, paratia_error *e) {
    paratia_answers answers = {0};
    bool good = paratia_query_eval(q, input, input ? strlen(input) : 0, NULL, &answers, e);
    *ret = answers.json;
    return good;
}

static inline void expect(paratia_policy *p, const char *query, const char *input,
                          const char *want) {
    paratia_error e = {0};
    char *got = NULL;
    paratia_query *q = paratia_query_new(p, query, &e);
    if (!q || !ask(q, input, &got, &e))
        fail_msg("%s: %s", query, e.message);
    assert_string_equal(got, want);
    free(got);
    paratia_query_free(q);
}

static inline void expect_usage(bool done, paratia_error *e) {
    assert_false(done);
    assert_string_equal(e->code, "usage_error");
    assert_true(e->message[0] != '\0');
    *e = (paratia_error){0};
}
