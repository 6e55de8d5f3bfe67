#include <stdlib.h>
#include <string.h>

#include "base/testing.h"
#include "value/json.h"

// The text behind its last byte is not ours: a copy without room for a NUL lets ASan see it.
static pt_code read_exactly(pt_arena *a, pt_str text, const pt_json_opts *opts, pt_value *ret,
                            pt_err *e) {
    char *copy = malloc(text.n ? text.n : 1);
    if (text.n)
        memcpy(copy, text.p, text.n);
    pt_value v = {0};
    pt_code code = pt_json_parse(a, (pt_str){copy, text.n}, opts, &v, e);
    if (code == PT_OK)
        *ret = pt_clone(a, v);
    free(copy);
    return code;
}

static void assert_reads(const char *text, const char *want) {
    pt_arena a = {0};
    pt_buf b = PT_BUF(1 << 20);
    pt_value v = {0};
    pt_err e = {0};
    pt_code code = read_exactly(&a, pt_str_of(text), NULL, &v, &e);
    if (code)
        print_error("%s: %s\n", text, e.what);
    assert_int_equal(code, PT_OK);
    assert_int_equal(pt_json_write(&b, v, NULL, NULL), PT_OK);
    assert_str(pt_buf_str(&b), want);
    pt_buf_done(&b);
    pt_arena_done(&a);
}

static void test_json_reads_what_rfc_8259_allows(void **state) {
    (void)state;
    static const char *const cases[][2] = {
        {"null", "null"},
        {" \t\r\n true \n", "true"},
        {"false", "false"},
        {"-0", "-0"},
        {"123456789012345678", "123456789012345678"},
        {"1234567890123456789", "1234567890123456789"},
        {"-9223372036854775808", "-9223372036854775808"},
        {"123456789012345678901234567890", "123456789012345678901234567890"},
        {"1.50", "1.50"},
        {"-1e+2", "-1e+2"},
        {"\"\"", "\"\""},
        {"[]", "[]"},
        {"{}", "{}"},
        {"[ ]", "[]"},
        {"{\n}", "{}"},
        {"[[],{},[[]],[{}]]", "[[],{},[[]],[{}]]"},
        {"[1 , 2\n,\t3]", "[1,2,3]"},
        {"{\"b\":1,\"a\":{\"d\":[true],\"c\":null}}", "{\"a\":{\"c\":null,\"d\":[true]},\"b\":1}"},
        {"{\"a\":1,\"b\":2,\"a\":3}", "{\"a\":3,\"b\":2}"},
        {"{ \"a\" : 1 }", "{\"a\":1}"},
        {"\"a string of more than sixteen bytes, then \\\"quotes\\\"\"",
         "\"a string of more than sixteen bytes, then \\\"quotes\\\"\""},
        {"\"\\u0041\\/\\b\\f\\n\\r\\t\\\\\"", "\"A/\\b\\f\\n\\r\\t\\\\\""},
        {"\"\\u00e9\\u20AC\\uD83D\\uDE00\"", "\"\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80\""},
        {"\"\\ud800\"", "\"\xef\xbf\xbd\""},
        {"\"\\ud800\\u0041\"", "\"\xef\xbf\xbd"
                               "A\""},
        {"\"\\ud800\\ud800\\udc00\"", "\"\xef\xbf\xbd\xf0\x90\x80\x80\""},
        {"\"\\udc00\\ud800x\"", "\"\xef\xbf\xbd\xef\xbf\xbdx\""},
        {"\"\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80\x7f\"",
         "\"\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80\x7f\""},
        {"{\"\\u0061\":1,\"a\":2}", "{\"a\":2}"},
        {"\"\\u0000\"", "\"\\u0000\""},
    };
    for (size_t i = 0; i < PT_COUNT(cases); i++)
        assert_reads(cases[i][0], cases[i][1]);
}

// A special byte at every place of a string, over the bounds of the steps that scan it.
static void test_json_string_of_any_length_is_whole(void **state) {
    (void)state;
    for (size_t n = 0; n < 70; n++)
        for (size_t at = 0; at <= n; at++) {
            char text[80] = "\"";
            memset(text + 1, 'x', n);
            text[n + 1] = '"';
            assert_reads(text, text);
            if (at == n)
                continue;
            text[1 + at] = '\n';
            pt_arena a = {0};
            pt_value v;
            pt_err e = {0};
            assert_int_equal(read_exactly(&a, (pt_str){text, n + 2}, NULL, &v, &e), PT_E_FORMAT);
            assert_int_equal(e.offset, 1 + at);
            text[1 + at] = '\x80';
            assert_int_equal(read_exactly(&a, (pt_str){text, n + 2}, NULL, &v, &e), PT_E_FORMAT);
            assert_int_equal(e.offset, 1 + at);
            pt_arena_done(&a);
        }
}

static const struct {
    const char *text;
    uint64_t offset;
    uint32_t line, column;
    const char *what;
} errors[] = {
    {"", 0, 1, 1, "no value at all"},
    {" \n ", 3, 2, 2, "no value at all"},
    {"[1,2,]", 5, 1, 6, "a comma before the closing bracket"},
    {"{\"a\":1,\n}", 8, 2, 1, "a comma before the closing brace"},
    {"[1,,2]", 3, 1, 4, "a comma where a value is expected"},
    {"[,1]", 1, 1, 2, "a comma where a value is expected"},
    {"{,}", 1, 1, 2, "a comma where a key is expected"},
    {"{\"a\":1,,}", 7, 1, 8, "a comma where a key is expected"},
    {"]", 0, 1, 1, "a closing bracket where a value is expected"},
    {"{\"a\":}", 5, 1, 6, "a closing brace where a value is expected"},
    {"[1:2]", 2, 1, 3, "a comma or a closing bracket is missing"},
    {"[:]", 1, 1, 2, "a colon where a value is expected"},
    {"[1 2]", 3, 1, 4, "a comma or a closing bracket is missing"},
    {"{\"a\":1 \"b\":2}", 7, 1, 8, "a comma or a closing brace is missing"},
    {"[1}", 2, 1, 3, "a closing brace where a closing bracket is expected"},
    {"{\"a\":1]", 6, 1, 7, "a closing bracket where a closing brace is expected"},
    {"{\"a\" 1}", 5, 1, 6, "a colon is missing after a key"},
    {"{a:1}", 1, 1, 2, "a key must be a string in double quotes"},
    {"{'a':1}", 1, 1, 2, "strings stand in double quotes, not in single quotes"},
    {"['a']", 1, 1, 2, "strings stand in double quotes, not in single quotes"},
    {"{1:1}", 1, 1, 2, "a key must be a string in double quotes"},
    {"[1", 2, 1, 3, "the text ends inside an array"},
    {"[1,", 3, 1, 4, "the text ends inside an array"},
    {"[", 1, 1, 2, "the text ends inside an array"},
    {"{", 1, 1, 2, "the text ends inside an object"},
    {"{\"a\"", 4, 1, 5, "the text ends inside an object"},
    {"{\"a\":", 5, 1, 6, "the text ends inside an object"},
    {"{\"a\":1", 6, 1, 7, "the text ends inside an object"},
    {"{\"a\":1,", 7, 1, 8, "the text ends inside an object"},
    {"[\"\xc3\xa9\xe2\x82\xac\", x]", 10, 1, 8,
     "unknown word; only true, false and null stand without quotes"},
    {"tru", 0, 1, 1, "unknown word; only true, false and null stand without quotes"},
    {"nul1", 0, 1, 1, "unknown word; only true, false and null stand without quotes"},
    {"truex", 4, 1, 5, "more text after the end of the document"},
    {"1 2", 2, 1, 3, "more text after the end of the document"},
    {"// x\n1", 0, 1, 1, "comments are not part of JSON"},
    {"[1, # x\n1]", 4, 1, 5, "comments are not part of JSON"},
    {"+1", 0, 1, 1, "a number does not begin with a plus"},
    {".5", 0, 1, 1, "a digit is missing before the decimal point"},
    {"-", 1, 1, 2, "a digit is missing at the beginning of a number"},
    {"-x", 1, 1, 2, "a digit is missing at the beginning of a number"},
    {"[01]", 1, 1, 2, "a number with a leading zero"},
    {"-00", 1, 1, 2, "a number with a leading zero"},
    {"1.", 2, 1, 3, "a digit is missing after the decimal point"},
    {"[1.e1]", 3, 1, 4, "a digit is missing after the decimal point"},
    {"1e", 2, 1, 3, "a digit is missing in the exponent of a number"},
    {"[1e+]", 4, 1, 5, "a digit is missing in the exponent of a number"},
    {"\"a", 2, 1, 3, "a string without its closing quote"},
    {"\"a\\", 2, 1, 3, "a string without its closing quote"},
    {"\"a\\\"", 4, 1, 5, "a string without its closing quote"},
    {"\"a\nb\"", 2, 1, 3, "a line break inside a string"},
    {"\"a\tb\"", 2, 1, 3, "a tab inside a string must be written \\t"},
    {"\"a\x01"
     "b\"",
     2, 1, 3, "a control character inside a string must be escaped"},
    {"\"\\x41\"", 1, 1, 2, "an escape that JSON does not know"},
    {"\"\\u12\"", 1, 1, 2, "four hexadecimal digits must follow \\u"},
    {"\"\\u12g4\"", 1, 1, 2, "four hexadecimal digits must follow \\u"},
    {"\"\xff\"", 1, 1, 2, "bytes that are not UTF-8"},
    {"\"\xed\xa0\x80\"", 1, 1, 2, "bytes that are not UTF-8"},
    {"\"\xc0\x80\"", 1, 1, 2, "bytes that are not UTF-8"},
    {"\"\xc3\xa9\xe2\x82\"", 3, 1, 3, "bytes that are not UTF-8"},
    {"\xef\xbb\xbf{}", 0, 1, 1, "a byte-order mark or other text where a value is expected"},
    {"\xff\xfe{", 0, 1, 1, "this is UTF-16; JSON is UTF-8"},
};

static void test_json_error_names_the_place_and_the_reason(void **state) {
    (void)state;
    for (size_t i = 0; i < PT_COUNT(errors); i++) {
        pt_arena a = {0};
        pt_value v = pt_int(7);
        pt_err e = {0};
        pt_str want = pt_arena_printf(&a, "not valid JSON: %s", errors[i].what);
        assert_int_equal(read_exactly(&a, pt_str_of(errors[i].text), NULL, &v, &e), PT_E_FORMAT);
        assert_string_equal(e.what, want.p);
        assert_int_equal(e.offset, errors[i].offset);
        assert_int_equal(e.line, errors[i].line);
        assert_int_equal(e.column, errors[i].column);
        assert_true(pt_eq(v, pt_int(7))); // untouched
        assert_int_equal(read_exactly(&a, pt_str_of(errors[i].text), NULL, &v, NULL), PT_E_FORMAT);
        pt_arena_done(&a);
    }
}

static void test_json_unclosed_brace_is_named(void **state) {
    (void)state;
    pt_arena a = {0};
    pt_value v;
    pt_err e = {0};
    assert_int_equal(pt_json_parse(&a, PT_STR("[1,\n  {\"a\":[]"), NULL, &v, &e), PT_E_FORMAT);
    assert_string_equal(e.remedy, "close the brace that begins at line 2, column 3");
    pt_arena_done(&a);
}

static void test_json_duplicate_keys_are_refused_where_asked(void **state) {
    (void)state;
    static const struct {
        const char *text;
        uint64_t offset;
    } cases[] = {
        {"{\"a\":1,\"a\":2}", 7},
        {"[{\"b\":1,\"a\":2,\"b\":3}]", 14},
        {"{\"x\":{\"a\":1,\"\\u0061\":2}}", 5},
    };
    pt_json_opts opts = {.dup_refuse = true};
    for (size_t i = 0; i < PT_COUNT(cases); i++) {
        pt_arena a = {0};
        pt_value v;
        pt_err e = {0};
        assert_int_equal(pt_json_parse(&a, pt_str_of(cases[i].text), &opts, &v, &e), PT_E_FORMAT);
        assert_string_equal(e.what, "not valid JSON: a key comes twice in one object");
        assert_int_equal(e.offset, cases[i].offset);
        assert_int_equal(pt_json_parse(&a, pt_str_of(cases[i].text), NULL, &v, &e), PT_OK);
        pt_arena_done(&a);
    }
}

static void test_json_limits_are_told_apart_from_errors(void **state) {
    (void)state;
    pt_arena a = {0};
    pt_value v;
    pt_err e = {0};
    pt_json_opts opts = {.depth_max = 3};
    assert_int_equal(pt_json_parse(&a, PT_STR("[[{}]]"), &opts, &v, &e), PT_OK);
    assert_int_equal(pt_json_parse(&a, PT_STR("[[{\"a\":[]}]]"), &opts, &v, &e), PT_E_LIMIT);
    assert_int_equal(e.offset, 7);
    assert_int_equal(pt_json_parse(&a, PT_STR("[1e99999999999]"), NULL, &v, &e), PT_E_LIMIT);
    size_t n = PT_JSON_DEPTH_MAX_DEFAULT + 1;
    char *deep = malloc(2 * n);
    memset(deep, '[', n);
    memset(deep + n, ']', n);
    assert_int_equal(pt_json_parse(&a, (pt_str){deep, 2 * n}, NULL, &v, &e), PT_E_LIMIT);
    assert_int_equal(pt_json_parse(&a, (pt_str){deep + 1, 2 * n - 2}, NULL, &v, &e), PT_OK);
    opts.depth_max = UINT32_MAX;
    assert_int_equal(pt_json_parse(&a, (pt_str){deep, 2 * n}, &opts, &v, &e), PT_E_LIMIT);
    free(deep);
    pt_arena_done(&a);
}

// The moving fault point: one allocation later each time, until the reading passes untouched.
static void test_json_full_arena_is_told_at_every_allocation(void **state) {
    (void)state;
    pt_buf b = PT_BUF(1 << 20);
    pt_buf_putz(&b, "{\"z\":[\"a\\tb\",1,[2,{\"y\":3,\"x\":[[4]]}]],\"many\":[");
    for (int i = 0; i < 300; i++)
        pt_buf_printf(&b, "{\"k%d\":\"%d\\n\"},", i, i);
    pt_buf_putz(&b, "0]}");
    pt_code code = PT_E_NOMEM;
    size_t tries = 0;
    for (size_t bytes = 1; code != PT_OK; bytes += 48, tries++) {
        pt_arena a = {.bytes_max = bytes};
        pt_value v = pt_int(7);
        pt_err e = {0};
        code = pt_json_parse(&a, pt_buf_str(&b), NULL, &v, &e);
        assert_int_equal(code, e.code);
        if (code) {
            assert_int_equal(code, PT_E_NOMEM);
            assert_true(pt_eq(v, pt_int(7)));
        }
        assert_true(a.bytes <= bytes);
        pt_arena_done(&a);
    }
    assert_true(tries > 100);
    pt_buf_done(&b);
}

// Objects share keys with one before them that has the same ones; that must not show.
static void test_json_objects_with_the_same_keys_keep_their_own_values(void **state) {
    (void)state;
    static const char *const cases[][2] = {
        {"[{\"b\":1,\"a\":2},{\"b\":3,\"a\":4},{\"a\":5,\"b\":6},{\"a\":7,\"b\":8}]",
         "[{\"a\":2,\"b\":1},{\"a\":4,\"b\":3},{\"a\":5,\"b\":6},{\"a\":7,\"b\":8}]"},
        {"[{\"ab1\":1},{\"ab2\":2},{\"ab1\":3},{\"\\u0061b2\":4},{\"ab2\":5}]",
         "[{\"ab1\":1},{\"ab2\":2},{\"ab1\":3},{\"ab2\":4},{\"ab2\":5}]"},
        {"[{\"b\":1,\"a\":2,\"b\":3},{\"b\":4,\"a\":5,\"b\":6}]",
         "[{\"a\":2,\"b\":3},{\"a\":5,\"b\":6}]"},
        {"{\"x\":{\"x\":{\"x\":1}},\"x2\":{\"x\":{}}}",
         "{\"x\":{\"x\":{\"x\":1}},\"x2\":{\"x\":{}}}"},
        // more, fewer and other keys than at the same place before
        {"[{\"b\":1,\"a\":2},{\"b\":1},{\"b\":1,\"a\":2,\"c\":3},{\"b\":1,\"ab\":2},{\"ba\":1}]",
         "[{\"a\":2,\"b\":1},{\"b\":1},{\"a\":2,\"b\":1,\"c\":3},{\"ab\":2,\"b\":1},{\"ba\":1}]"},
        {"[{\"b\":[{}],\"a\":2},{\"b\" : [{\"b\":1}],\n\"a\"\t:2}, "
         "{\"\":0},{\"\":1},{\"b\":1,\"b\":2}]",
         "[{\"a\":2,\"b\":[{}]},{\"a\":2,\"b\":[{\"b\":1}]},{\"\":0},{\"\":1},{\"b\":2}]"},
        {"[{\"a key of more than 16\":1},{\"a key of more than 16\":2},{\"a key of more than "
         "17\":3}]",
         "[{\"a key of more than 16\":1},{\"a key of more than 16\":2},{\"a key of more than "
         "17\":3}]"},
    };
    for (size_t i = 0; i < PT_COUNT(cases); i++)
        assert_reads(cases[i][0], cases[i][1]);
}

// What a key with escapes means must not be taken for how one is written.
static void test_json_expected_key_is_compared_as_written(void **state) {
    (void)state;
    pt_arena a = {0};
    pt_value v;
    pt_err e = {0};
    pt_str text = PT_STR("[{\"a\\\"b\":1},{\"a\\\"b\":1},{\"a\"b\":1}]");
    assert_int_equal(pt_json_parse(&a, text, NULL, &v, &e), PT_E_FORMAT);
    assert_int_equal(e.offset, 27);
    text = PT_STR("[{\"a\\u0001\":1},{\"a\x01\":1}]");
    assert_int_equal(pt_json_parse(&a, text, NULL, &v, &e), PT_E_FORMAT);
    assert_int_equal(e.offset, 18);
    pt_arena_done(&a);
}

static pt_str shape_key(pt_arena *a, int shape, int k) {
    return pt_arena_printf(a, "%.*s%d.%d", k * 3 % 40, "a long prefix that all keys have in common",
                           shape, k);
}

// Shapes of every size and length of key, each three times in turns, more than are remembered.
static void test_json_many_shapes_of_objects_stay_apart(void **state) {
    (void)state;
    enum {
        SHAPES = 400
    };
    pt_buf text = PT_BUF(8 << 20);
    pt_arena a = {0};
    pt_value v;
    pt_buf_putc(&text, '[');
    for (int i = 0; i < 3 * SHAPES; i++) {
        int shape = i % SHAPES;
        for (int k = shape % 20; k >= 0; k--)
            pt_buf_printf(&text, "%c\"%s\":%d", k == shape % 20 ? '{' : ',',
                          shape_key(&a, shape, k).p, i * 100 + k);
        pt_buf_putz(&text, "},");
    }
    pt_buf_putz(&text, "null]");
    assert_int_equal(pt_json_parse(&a, pt_buf_str(&text), NULL, &v, NULL), PT_OK);
    for (int i = 0; i < 3 * SHAPES; i++) {
        pt_value object = pt_at(v, (size_t)i);
        int shape = i % SHAPES;
        assert_int_equal(pt_len(object), shape % 20 + 1);
        for (int k = 0; k <= shape % 20; k++) {
            pt_str key = shape_key(&a, shape, k);
            assert_true(pt_eq(pt_get(object, key), pt_int((int64_t)i * 100 + k)));
        }
    }
    pt_arena_done(&a);
    pt_buf_done(&text);
}

// What a document may cost: frozen composites, keys once, and nothing else.
static void test_json_allocates_composites_only(void **state) {
    (void)state;
    pt_buf b = PT_BUF(1 << 20);
    pt_buf_putc(&b, '[');
    for (int i = 0; i < 1000; i++)
        pt_buf_printf(&b, "{\"name\":\"a text that is a slice of the input\",\"value\":%d.5},", i);
    pt_buf_putz(&b, "null]");
    pt_arena a = {0};
    pt_value v;
    assert_int_equal(pt_json_parse(&a, pt_buf_str(&b), NULL, &v, NULL), PT_OK);
    size_t needed = (size_t)1000 * 3 * sizeof(pt_value) + (size_t)1001 * sizeof(pt_value);
    assert_true(a.bytes < 2 * needed + 8192); // blocks double
    pt_arena_done(&a);
    pt_buf_done(&b);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_json_reads_what_rfc_8259_allows),
        cmocka_unit_test(test_json_string_of_any_length_is_whole),
        cmocka_unit_test(test_json_error_names_the_place_and_the_reason),
        cmocka_unit_test(test_json_unclosed_brace_is_named),
        cmocka_unit_test(test_json_duplicate_keys_are_refused_where_asked),
        cmocka_unit_test(test_json_limits_are_told_apart_from_errors),
        cmocka_unit_test(test_json_full_arena_is_told_at_every_allocation),
        cmocka_unit_test(test_json_objects_with_the_same_keys_keep_their_own_values),
        cmocka_unit_test(test_json_expected_key_is_compared_as_written),
        cmocka_unit_test(test_json_many_shapes_of_objects_stay_apart),
        cmocka_unit_test(test_json_allocates_composites_only),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
