// Schemas by themselves: which type each one is, and that none takes for ever. What follows for
// modules is in testdata/schemas.json.
#include <string.h>

#include "base/testing.h"
#include "judge/policy/rego/schema_types.h"
#include "value/json.h"

static pt_arena arena;

static int done(void **state) {
    (void)state;
    pt_arena_done(&arena);
    return 0;
}

// The type as text, or why there is none.
static const char *said(pt_str schema) {
    pt_types t = {.arena = &arena, .lasting = true};
    pt_value v = pt_undefined();
    pt_str why = {0};
    pt_err e = {0};
    if (pt_json_parse(&arena, schema, NULL, &v, &e))
        fail_msg("%s", e.what);
    const pt_type *type = pt_schema_type_of(&t, v, &why);
    if (!type)
        return why.p;
    pt_buf b = PT_BUF(1 << 16);
    pt_type_write(&b, type);
    const char *text = pt_arena_str(&arena, pt_buf_str(&b)).p;
    pt_buf_done(&b);
    return text;
}

static void test_each_schema_is_a_type(void **state) {
    (void)state;
    static const char *const rows[][2] = {
        {"{}", "any"},
        {"true", "any"},
        {"{\"type\": [\"null\", \"string\", \"object\"]}", "string"},
        {"{\"type\": \"null\"}", "any"},
        {"{\"type\": \"integer\", \"enum\": [1]}", "number"},
        {"{\"type\": \"object\"}", "object[any: any]"},
        {"{\"type\": \"array\"}", "array[any]"},
        {"{\"properties\": {\"b\": {}, \"a\": {\"items\": {\"type\": \"string\"}}}}",
         "object<a: array[string], b: any>"},
        {"{\"items\": [{\"type\": \"number\"}, true]}", "array<number, any>"},
        {"{\"properties\": {\"a\": {\"type\": \"number\"}}, \"additionalProperties\": true}",
         "object<a: number>"},
        {"{\"anyOf\": [{\"type\": \"string\"}, {\"type\": \"number\"}]}", "any<number, string>"},
        {"{\"oneOf\": [{\"type\": \"string\"}]}", "any"},
        {"{\"allOf\": [{\"properties\": {\"a\": {}}}, {\"properties\": {\"a\": {\"type\": "
         "\"string\"}}}]}",
         "object<a: any, a: string>"},
        {"{\"$ref\": \"#/definitions/s\", \"definitions\": {\"s\": {\"type\": \"string\"}}}",
         "string"},
        {"{\"properties\": {\"n\": {\"$ref\": \"#\"}}}", "object<n: object<n: recursive(#)>>"},
    };
    for (size_t i = 0; i < PT_COUNT(rows); i++)
        assert_string_equal(said(pt_str_of(rows[i][0])), rows[i][1]);
}

static void test_no_schema_says_why(void **state) {
    (void)state;
    static const char *const rows[][2] = {
        {"1", "unable to compile the schema: schema is invalid"},
        {"{\"$ref\": \"https://example.com/a.json\"}",
         "unable to compile the schema: remote reference loading disabled: "
         "https://example.com/a.json"},
        {"{\"allOf\": [{\"type\": \"string\"}, {\"type\": \"number\"}]}",
         "type checking: unable to merge these schemas: type mismatch: string and number"},
        {"{\"properties\": {\"a\": {\"allOf\": [{\"type\": \"string\"}, {}]}}}",
         "type checking: unexpected schema type of \"a\": unable to merge these schemas: type "
         "mismatch: string and Undefined"},
    };
    for (size_t i = 0; i < PT_COUNT(rows); i++)
        assert_string_equal(said(pt_str_of(rows[i][0])), rows[i][1]);
}

// OPA ends with a stack overflow, or not at all.
static void test_schemas_that_say_of_themselves_what_they_are_end(void **state) {
    (void)state;
    static const char *const rows[][2] = {
        {"{\"$ref\": \"#\"}",
         "type checking: the schema is too large: its schemas refer to one another too often"},
        {"{\"allOf\": [{\"$ref\": \"#/definitions/a\"}], \"definitions\": {\"a\": {\"allOf\": "
         "[{\"$ref\": \"#/definitions/a\"}]}}}",
         "the schema is too deep, or says of itself what it is"},
        {"{\"$ref\": \"#/definitions/a\", \"definitions\": {\"a\": {\"anyOf\": [{\"$ref\": "
         "\"#/definitions/a\"}]}}}",
         "recursive(#/definitions/a)"},
    };
    for (size_t i = 0; i < PT_COUNT(rows); i++) {
        if (!strstr(said(pt_str_of(rows[i][0])), rows[i][1]))
            fail_msg("%s: %s", rows[i][0], said(pt_str_of(rows[i][0])));
    }
}

// `rows` definitions, of which each is what `fmt` makes of the number of the next one, twice.
static const char *said_of_chain(int rows, const char *fmt) {
    pt_buf b = PT_BUF(16 << 20);
    pt_buf_putz(&b, "{\"$ref\": \"#/definitions/d0\", \"definitions\": {");
    for (int i = 0; i < rows; i++) {
        pt_str next = pt_arena_printf(&arena, "{\"$ref\": \"#/definitions/d%d\"}", i + 1);
        pt_str one = {fmt, strlen(fmt)};
        pt_buf_printf(&b, "\"d%d\": ", i);
        for (size_t k = 0; k < one.n; k++) {
            if (one.p[k] == '@')
                pt_buf_put(&b, next);
            else
                pt_buf_putc(&b, one.p[k]);
        }
        pt_buf_putc(&b, ',');
    }
    pt_buf_printf(&b, "\"d%d\": {\"properties\": {\"x\": {}}}}}", rows);
    const char *text = said(pt_arena_str(&arena, pt_buf_str(&b)));
    pt_buf_done(&b);
    return text;
}

static void test_bombs_are_bounded(void **state) {
    (void)state;
    assert_non_null(strstr(said_of_chain(60, "{\"allOf\": [{\"properties\": {\"a\": {\"allOf\": "
                                             "[@]}, \"b\": {\"allOf\": [@]}}}]}"),
                           "too large"));
    assert_non_null(
        said_of_chain(60, "{\"anyOf\": [{\"items\": @}, {\"properties\": {\"a\": @}}]}"));
    assert_string_equal(said_of_chain(60, "{\"allOf\": [@, @]}"), "object<x: any, x: any>");
    assert_string_equal(said_of_chain(60, "{\"items\": [@, @]}"), "any"); // a type of 2^60 parts
    assert_non_null(strstr(said_of_chain(2000, "{\"items\": @}"), "too deep"));
    assert_non_null(strstr(said_of_chain(20000, "{\"items\": @}"), "too deep"));
}

static void test_doubles_of_a_schema_are_bounded(void **state) {
    (void)state;
    pt_buf b = PT_BUF(1 << 20);
    pt_buf_putz(&b, "{\"definitions\": {\"a\": {\"properties\": {\"x\": {}, \"y\": {}}}}, "
                    "\"allOf\": [");
    for (int i = 0; i < 40; i++) // each doubles what all of them share
        pt_buf_printf(&b, "%s{\"$ref\": \"#/definitions/a\"}", i ? "," : "");
    pt_buf_putz(&b, "]}");
    assert_non_null(strstr(said(pt_arena_str(&arena, pt_buf_str(&b))), "too large"));
    pt_buf_done(&b);
}

static const pt_type *tree(pt_types *t) {
    static const char text[] =
        "{\"$ref\": \"#/definitions/n\", \"definitions\": {\"n\": {\"properties\": {\"l\": "
        "{\"$ref\":"
        " \"#/definitions/n\"}, \"r\": {\"anyOf\": [{\"$ref\": \"#/definitions/n\"}, {\"type\": "
        "\"string\"}]}, \"v\": {\"type\": \"number\"}}}}}";
    pt_value v = pt_undefined();
    pt_str why;
    assert_int_equal(pt_json_parse(&arena, pt_str_of(text), NULL, &v, NULL), PT_OK);
    const pt_type *type = pt_schema_type_of(t, v, &why);
    assert_non_null(type);
    return type;
}

static void test_recursive_types_go_round_a_few_times(void **state) {
    (void)state;
    pt_types t = {.arena = &arena, .lasting = true};
    const pt_type *a = tree(&t);
    const pt_type *b = tree(&t);
    assert_true(pt_type_unifies(&t, a, b));
    assert_int_equal(pt_type_cmp(&t, a, b), 0);
    assert_false(pt_type_nil(&t, a));
    const pt_type *at = a;
    for (int i = 0; i < 100; i++)
        at = pt_type_select(&t, at, pt_stringz(i % 2 ? "l" : "r"));
    assert_ptr_equal(pt_type_select(&t, at, pt_stringz("v")), &pt_type_number);
    assert_null(pt_type_select(&t, at, pt_stringz("x")));
    assert_false(pt_type_unifies(&t, at, &pt_type_null));
    assert_non_null(pt_type_keys(&t, pt_type_values(&t, a)));
    assert_false(t.tired);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_schema_is_a_type),
        cmocka_unit_test(test_no_schema_says_why),
        cmocka_unit_test(test_schemas_that_say_of_themselves_what_they_are_end),
        cmocka_unit_test(test_bombs_are_bounded),
        cmocka_unit_test(test_doubles_of_a_schema_are_bounded),
        cmocka_unit_test(test_recursive_types_go_round_a_few_times),
    };
    return cmocka_run_group_tests_name("judge_rego_schema_types", tests, NULL, done);
}
