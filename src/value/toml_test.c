#include <stdlib.h>
#include <string.h>

#include "base/testing.h"
#include "value/json.h"
#include "value/toml.h"

// The text behind its last byte is not ours: a copy without room for a NUL lets ASan see it.
static pt_value read_exactly(pt_arena *a, pt_str text) {
    char *copy = malloc(text.n ? text.n : 1);
    if (text.n)
        memcpy(copy, text.p, text.n);
    pt_value v = {0};
    pt_err e = {0};
    pt_code code = pt_toml_parse(a, (pt_str){copy, text.n}, &v, &e);
    if (code)
        print_error("%.*s: %u:%u %s\n", PT_PRI(text), e.line, e.column, e.what);
    assert_int_equal(code, PT_OK);
    v = pt_clone(a, v);
    free(copy);
    return v;
}

static void assert_reads(const char *text, const char *want) {
    pt_arena a = {0};
    pt_buf b = PT_BUF(1 << 20);
    pt_value v = read_exactly(&a, pt_str_of(text));
    assert_int_equal(pt_json_write(&b, v, NULL, NULL), PT_OK);
    assert_str(pt_buf_str(&b), want);
    pt_buf_done(&b);
    pt_arena_done(&a);
}

// {"x": value} of `x = written`.
static void assert_value(const char *written, const char *value) {
    pt_arena a = {0};
    pt_str text = pt_arena_printf(&a, "x = %s", written);
    pt_str want = pt_arena_printf(&a, "{\"x\":%s}", value);
    assert_reads(text.p, want.p);
    pt_arena_done(&a);
}

static void test_keys_of_every_kind(void **state) {
    (void)state;
    static const char *const cases[][2] = {
        {"", "{}"},
        {"\n\r\n# a comment\n \t# \xc3\xa9 \t", "{}"},
        {"\xef\xbb\xbf"
         "a=1",
         "{\"a\":1}"},
        {"a=1\r\nb = 2 # two\n", "{\"a\":1,\"b\":2}"},
        {"bare_key-1 = 1\n1234 = 2\n- = 3", "{\"-\":3,\"1234\":2,\"bare_key-1\":1}"},
        {"\"a b\" = 1\n'c\"d' = 2\n\"\" = 3\n'e.f' = 4",
         "{\"\":3,\"a b\":1,\"c\\\"d\":2,\"e.f\":4}"},
        {"\"\\u00e9\" = 1", "{\"\xc3\xa9\":1}"},
        {"a.b = 1\na . \"c\" = 2\na.\td.'e' = 3", "{\"a\":{\"b\":1,\"c\":2,\"d\":{\"e\":3}}}"},
        {"3.14 = 1", "{\"3\":{\"14\":1}}"},
        {"inf = 1\nnan = 2\ntrue = 3\n2001-02-03 = 4",
         "{\"2001-02-03\":4,\"inf\":1,\"nan\":2,\"true\":3}"},
        {"b.x = 1\na = 2\nb.y = 3", "{\"a\":2,\"b\":{\"x\":1,\"y\":3}}"},
    };
    for (size_t i = 0; i < PT_COUNT(cases); i++)
        assert_reads(cases[i][0], cases[i][1]);
}

static void test_strings_of_one_line(void **state) {
    (void)state;
    assert_value("\"\"", "\"\"");
    assert_value("''", "\"\"");
    assert_value("\"a # b\" # c", "\"a # b\"");
    assert_value("\"\\b\\t\\n\\f\\r\\\"\\\\\"", "\"\\b\\t\\n\\f\\r\\\"\\\\\"");
    assert_value("\"\\u0041\\u00e9\\u20AC\\U0001F600.\"",
                 "\"A\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80.\"");
    assert_value("\"\\u0000\\U0010FFFF\"", "\"\\u0000\xf4\x8f\xbf\xbf\"");
    assert_value("\"a\tb\"", "\"a\\tb\"");
    assert_value("'C:\\n\\x \"q\"'", "\"C:\\\\n\\\\x \\\"q\\\"\"");
    assert_value("\"\xc3\xa9\"", "\"\xc3\xa9\"");
}

static void test_strings_of_many_lines(void **state) {
    (void)state;
    assert_value("\"\"\"\"\"\"", "\"\"");
    assert_value("''''''", "\"\"");
    assert_value("\"\"\"\na\nb\n\"\"\"", "\"a\\nb\\n\"");
    assert_value("\"\"\"\r\na\r\nb\"\"\"", "\"a\\r\\nb\"");
    assert_value("'''\n\\n'a'\n'''", "\"\\\\n'a'\\n\"");
    assert_value("\"\"\"a \\\n   b \\ \t\n\n \r\n c\\\n\"\"\"", "\"a b c\"");
    assert_value("\"\"\"\\\r\n  \"\"\"", "\"\"");
    assert_value("\"\"\"a\"\"b\"\"\"", "\"a\\\"\\\"b\"");
    assert_value("\"\"\"\"a\"\"\"\"", "\"\\\"a\\\"\"");
    assert_value("\"\"\"a\"\"\"\"\"", "\"a\\\"\\\"\"");
    assert_value("'''''a'''''", "\"''a''\"");
    assert_value("\"\"\"a\\\"\"\"\"", "\"a\\\"\"");
    assert_value("\"\"\"a\\\\\"\"\"", "\"a\\\\\"");
}

static void test_numbers(void **state) {
    (void)state;
    static const char *const cases[][2] = {
        {"0", "0"},
        {"+0", "0"},
        {"-0", "0"},
        {"+99", "99"},
        {"-17", "-17"},
        {"1_000", "1000"},
        {"1_2_3", "123"},
        {"9223372036854775807", "9223372036854775807"},
        {"-9223372036854775808", "-9223372036854775808"},
        {"0xDEAD_beef", "3735928559"},
        {"0x00", "0"},
        {"0x7fffffffffffffff", "9223372036854775807"},
        {"0o755", "493"},
        {"0b1101_0110", "214"},
        {"1.5", "1.5"},
        {"+1.0", "1.0"},
        {"-0.0", "-0.0"},
        {"5e+22", "5e+22"},
        {"1e06", "1e06"},
        {"-2E-2", "-2E-2"},
        {"6.626e-34", "6.626e-34"},
        {"224_617.445_991_228", "224617.445991228"},
        {"1e1_0", "1e10"},
        {"inf", "\"inf\""},
        {"+inf", "\"+inf\""},
        {"-nan", "\"-nan\""},
        {"true", "true"},
        {"false", "false"},
    };
    for (size_t i = 0; i < PT_COUNT(cases); i++)
        assert_value(cases[i][0], cases[i][1]);
}

static void test_dates_and_times_stay_as_they_are_written(void **state) {
    (void)state;
    static const char *const cases[] = {
        "1979-05-27T07:32:00Z",
        "1979-05-27t07:32:00z",
        "1979-05-27 07:32:00Z",
        "1979-05-27T00:32:00-07:00",
        "1979-05-27T00:32:00.999999999999+23:59",
        "1979-05-27T07:32:00",
        "1979-05-27 07:32:00.5",
        "1979-05-27",
        "07:32:00",
        "00:32:00.999999",
        "2000-02-29",
        "2024-02-29",
        "2016-12-31T23:59:60Z",
    };
    pt_arena a = {0};
    for (size_t i = 0; i < PT_COUNT(cases); i++)
        assert_value(cases[i], pt_arena_printf(&a, "\"%s\"", cases[i]).p);
    assert_value("1979-05-27 # a day", "\"1979-05-27\"");
    assert_value("[1979-05-27 , 07:32:00]", "[\"1979-05-27\",\"07:32:00\"]");
    pt_arena_done(&a);
}

static void test_arrays_and_inline_tables(void **state) {
    (void)state;
    assert_value("[]", "[]");
    assert_value("[ ]", "[]");
    assert_value("[\n# nothing\n]", "[]");
    assert_value("[1,2]", "[1,2]");
    assert_value("[ 1 , # one\n\n 'a' , # two\n [true,], ]", "[1,\"a\",[true]]");
    assert_value("{}", "{}");
    assert_value("{ }", "{}");
    assert_value("{a=1}", "{\"a\":1}");
    assert_value("{ a = 1 , b.c = 2,b.d=[\n3\n] }", "{\"a\":1,\"b\":{\"c\":2,\"d\":[3]}}");
    assert_value("[{a={}},{a={b=1}}]", "[{\"a\":{}},{\"a\":{\"b\":1}}]");
}

static void test_tables(void **state) {
    (void)state;
    static const char *const cases[][2] = {
        {"[a]", "{\"a\":{}}"},
        {"[a]\nx=1\n[b]\nx=2", "{\"a\":{\"x\":1},\"b\":{\"x\":2}}"},
        {"[ a . \"b.c\" . 'd' ] # e", "{\"a\":{\"b.c\":{\"d\":{}}}}"},
        {"[a.b]\nx=1\n[a]\ny=2", "{\"a\":{\"b\":{\"x\":1},\"y\":2}}"},
        {"[a.b.c]\n[a.b]\n[a]", "{\"a\":{\"b\":{\"c\":{}}}}"},
        {"[a]\nb.c=1\nb.d.e=2\n[a.b.f]\nx=3",
         "{\"a\":{\"b\":{\"c\":1,\"d\":{\"e\":2},\"f\":{\"x\":3}}}}"},
        {"[[a]]\nx=1\n[[a]]\n\n[[a]]\nx=3", "{\"a\":[{\"x\":1},{},{\"x\":3}]}"},
        {"[[a]]\n[a.b]\nx=1\n[[a.c]]\ny=2\n[[a.c]]\n[[a]]\n[a.b]\nx=3",
         "{\"a\":[{\"b\":{\"x\":1},\"c\":[{\"y\":2},{}]},{\"b\":{\"x\":3}}]}"},
        {"[[a.b]]\n[a.b.c]\n[a]\nx=1", "{\"a\":{\"b\":[{\"c\":{}}],\"x\":1}}"},
        {"[b]\n[a]\n[b.c]", "{\"a\":{},\"b\":{\"c\":{}}}"},
    };
    for (size_t i = 0; i < PT_COUNT(cases); i++)
        assert_reads(cases[i][0], cases[i][1]);
}

// As many keys as make the index grow, in several tables with the same keys.
static void test_many_keys_are_all_there(void **state) {
    (void)state;
    pt_arena a = {0};
    pt_buf b = PT_BUF(8 << 20);
    for (int i = 0; i < 20000; i++) {
        if (i % 1000 == 0)
            pt_buf_printf(&b, "[t%d]\n", i / 1000);
        pt_buf_printf(&b, "k%d = %d\n", i % 1000, i);
    }
    pt_value v = read_exactly(&a, pt_buf_str(&b));
    assert_int_equal(pt_len(v), 20);
    for (int i = 0; i < 20000; i++) {
        int64_t n;
        pt_value table = pt_getz(v, pt_arena_printf(&a, "t%d", i / 1000).p);
        assert_true(pt_to_int(pt_getz(table, pt_arena_printf(&a, "k%d", i % 1000).p), &n));
        assert_int_equal(n, i);
    }
    pt_buf_done(&b);
    pt_arena_done(&a);
}

static void assert_lines(const char *text, const char *name, const char *want) {
    pt_arena a = {0};
    pt_buf b = PT_BUF(4096);
    pt_value v = {0};
    assert_int_equal(pt_toml_lines(&a, pt_str_of(text), pt_str_of(name), &v, NULL), PT_OK);
    assert_int_equal(pt_json_write(&b, v, NULL, NULL), PT_OK);
    assert_str(pt_buf_str(&b), want);
    pt_buf_done(&b);
    pt_arena_done(&a);
}

static void test_lines_of_tables(void **state) {
    (void)state;
    assert_lines("", "p", "[]");
    assert_lines("p = [{}, {}]", "p", "[]");
    assert_lines("[[p]]", "p", "[[1,1]]");
    assert_lines("v = 1\n\n[[p]]\na = 1\n\n# rest\n[[ 'p' ]]\nb = [\n 1,\n 2\n]\n\n\n", "p",
                 "[[3,4],[7,11]]");
    assert_lines("[[p]]\na = 1\n[p.d]\nx = '''\n\n'''\n[[p.e]]\ny = 2\n[m]\nz = 3\n[p.f]\n", "p",
                 "[[1,8]]");
    assert_lines("[[p]]\r\na = 1\r\n\r\n[[q]]\r\n[[p]]\r\na = 2 # two\r\n", "p", "[[1,2],[5,6]]");
    assert_lines("[[p.q]]\n[[p.r]]\n[[p.q]]\n[p.q.s]\n", "p.q", "[[1,1],[3,4]]");
    assert_lines("[[p.q.r]]\n[[q]]", "p.q", "[]");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_keys_of_every_kind),
        cmocka_unit_test(test_strings_of_one_line),
        cmocka_unit_test(test_strings_of_many_lines),
        cmocka_unit_test(test_numbers),
        cmocka_unit_test(test_dates_and_times_stay_as_they_are_written),
        cmocka_unit_test(test_arrays_and_inline_tables),
        cmocka_unit_test(test_tables),
        cmocka_unit_test(test_many_keys_are_all_there),
        cmocka_unit_test(test_lines_of_tables),
    };
    return cmocka_run_group_tests_name("value_toml", tests, NULL, NULL);
}
