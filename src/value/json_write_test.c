#include <string.h>

#include "base/testing.h"
#include "value/json.h"

static void assert_writes(const char *text, const pt_json_opts *opts, const char *want) {
    pt_arena a = {0};
    pt_buf b = PT_BUF(1 << 16);
    pt_value v;
    pt_err e = {0};
    assert_int_equal(pt_json_parse(&a, pt_str_of(text), NULL, &v, &e), PT_OK);
    assert_int_equal(pt_json_write(&b, v, opts, &e), PT_OK);
    assert_str(pt_buf_str(&b), want);
    pt_buf_done(&b);
    pt_arena_done(&a);
}

static void test_json_write_pretty_indents_by_two(void **state) {
    (void)state;
    static const char *const cases[][2] = {
        {"[]", "[]"},
        {"{}", "{}"},
        {"1", "1"},
        {"{\"a\":[1,{\"b\":[]}],\"c\":{}}",
         "{\n  \"a\": [\n    1,\n    {\n      \"b\": []\n    }\n  ],\n  \"c\": {}\n}"},
    };
    for (size_t i = 0; i < PT_COUNT(cases); i++)
        assert_writes(cases[i][0], &(pt_json_opts){.pretty = true}, cases[i][1]);
}

static void test_json_write_html_safe_escapes_as_go_does(void **state) {
    (void)state;
    static const char *const cases[][2] = {
        {"{\"<b>\":\"a&b\"}", "{\"\\u003cb\\u003e\":\"a\\u0026b\"}"},
        {"\"a long text without anything, then > and \xe2\x80\xa8\xe2\x80\xa9\xe2\x80\xa7\"",
         "\"a long text without anything, then \\u003e and \\u2028\\u2029\xe2\x80\xa7\""},
        {"\"\\n\\u0001\\u007f'\"", "\"\\n\\u0001\x7f'\""},
    };
    for (size_t i = 0; i < PT_COUNT(cases); i++)
        assert_writes(cases[i][0], &(pt_json_opts){.html_safe = true}, cases[i][1]);
}

static void test_json_put_string_repairs_what_is_no_utf8(void **state) {
    (void)state;
    static const struct {
        pt_str s;
        bool html_safe;
        const char *want;
    } cases[] = {
        {{0}, false, "\"\""},
        {PT_STR("a\xff"
                "b"),
         false,
         "\"a\xef\xbf\xbd"
         "b\""},
        {PT_STR("\xe2\x82"), false, "\"\xef\xbf\xbd\xef\xbf\xbd\""},
        {PT_STR("\xe2\x82"), true, "\"\\ufffd\\ufffd\""},
        {PT_STR("\xed\xa0\x80"), false, "\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\""},
        {PT_STR("\xc3\xa9\x80"), false, "\"\xc3\xa9\xef\xbf\xbd\""},
        {PT_STR("\"\\\b\f\n\r\t\x01\x1f\0"), false,
         "\"\\\"\\\\\\b\\f\\n\\r\\t\\u0001\\u001f\\u0000\""},
    };
    for (size_t i = 0; i < PT_COUNT(cases); i++) {
        pt_buf b = PT_BUF(4096);
        pt_json_put_string(&b, cases[i].s, &(pt_json_opts){.html_safe = cases[i].html_safe});
        assert_str(pt_buf_str(&b), cases[i].want);
        pt_buf_done(&b);
    }
}

// The vectors of RFC 8785 (sections 3.2.2 and 3.2.3) that the ledger's rule allows.
static void test_json_write_canonical_follows_rfc_8785(void **state) {
    (void)state;
    static const char *const cases[][2] = {
        {"{\"literals\" : [null, true, false],\n \"string\": "
         "\"\\u20ac$\\u000F\\u000aA'\\u0042\\u0022\\u005c\\\\\\\"\\/\"}",
         "{\"literals\":[null,true,false],\"string\":\"\xe2\x82\xac$\\u000f\\nA'B\\\"\\\\\\\\\\\"/"
         "\"}"},
        {"{\"\\u20ac\":\"Euro Sign\",\"\\r\":\"Carriage Return\",\"\\ufb33\":\"Hebrew Letter Dalet "
         "With Dagesh\","
         "\"1\":\"One\",\"\\ud83d\\ude00\":\"Emoji: Grinning Face\",\"\\u0080\":\"Control\","
         "\"\\u00f6\":\"Latin Small Letter O With Diaeresis\"}",
         "{\"\\r\":\"Carriage Return\",\"1\":\"One\",\"\xc2\x80\":\"Control\","
         "\"\xc3\xb6\":\"Latin Small Letter O With Diaeresis\",\"\xe2\x82\xac\":\"Euro Sign\","
         "\"\xf0\x9f\x98\x80\":\"Emoji: Grinning Face\",\"\xef\xac\xb3\":\"Hebrew Letter Dalet "
         "With Dagesh\"}"},
        {"[1e2, -0, 2.0, 9007199254740991, -9007199254740991, \"<&>\"]",
         "[100,0,2,9007199254740991,-9007199254740991,\"<&>\"]"},
    };
    pt_json_opts opts = {.canonical = true, .pretty = true, .html_safe = true}; // canonical wins
    for (size_t i = 0; i < PT_COUNT(cases); i++)
        assert_writes(cases[i][0], &opts, cases[i][1]);
}

static void test_json_write_canonical_refuses_what_a_double_may_change(void **state) {
    (void)state;
    pt_arena a = {0};
    pt_value one = pt_int(1);
    const pt_value bad[] = {
        pt_int(INT64_C(9007199254740992)),
        pt_int(INT64_C(-9007199254740992)),
        pt_int(INT64_MIN),
        pt_number(PT_STR("0.5")),
        pt_number(PT_STR("1e30")),
        pt_string(PT_STR("\xff")),
        pt_object_of(&a, (pt_value[]){one, one}, 1, NULL),
    };
    for (size_t i = 0; i < PT_COUNT(bad); i++) {
        pt_buf b = PT_BUF(4096);
        pt_err e = {0};
        pt_value list = pt_array_of(&a, &bad[i], 1);
        assert_int_equal(pt_json_write(&b, list, &(pt_json_opts){.canonical = true}, &e),
                         PT_E_FORMAT);
        assert_int_equal(e.code, PT_E_FORMAT);
        pt_buf_done(&b);
    }
    pt_arena_done(&a);
}

static void test_json_write_full_buffer_is_told(void **state) {
    (void)state;
    static const char text[] = "{\"a\":[1,\"x\\n\",{\"b\":null}]}";
    pt_arena a = {0};
    pt_value v;
    assert_int_equal(pt_json_parse(&a, pt_str_of(text), NULL, &v, NULL), PT_OK);
    for (size_t n = 0; n < sizeof text; n++) {
        pt_buf b = PT_BUF(n);
        assert_int_equal(pt_json_write(&b, v, NULL, NULL),
                         n < sizeof text - 1 ? PT_E_NOMEM : PT_OK);
        assert_true(b.n <= n);
        pt_buf_done(&b);
    }
    pt_arena_done(&a);
}

static void test_json_write_sets_and_undefined_have_a_text(void **state) {
    (void)state;
    pt_arena a = {0};
    pt_buf b = PT_BUF(4096);
    pt_value items[] = {pt_int(2), pt_stringz("<"), pt_int(1)};
    pt_value set = pt_set_of(&a, items, 3);
    pt_value pairs[] = {set, pt_undefined()};
    assert_int_equal(pt_json_write(&b, pt_object_of(&a, pairs, 1, NULL),
                                   &(pt_json_opts){.html_safe = true}, NULL),
                     PT_OK);
    assert_str(pt_buf_str(&b), "{\"[1,2,\\\"\\\\u003c\\\"]\":null}");
    pt_buf_done(&b);
    pt_arena_done(&a);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_json_write_pretty_indents_by_two),
        cmocka_unit_test(test_json_write_html_safe_escapes_as_go_does),
        cmocka_unit_test(test_json_put_string_repairs_what_is_no_utf8),
        cmocka_unit_test(test_json_write_canonical_follows_rfc_8785),
        cmocka_unit_test(test_json_write_canonical_refuses_what_a_double_may_change),
        cmocka_unit_test(test_json_write_full_buffer_is_told),
        cmocka_unit_test(test_json_write_sets_and_undefined_have_a_text),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
