#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/testing.h"
#include "value/toml.h"

static pt_code refusal(pt_str text, pt_err *e) {
    pt_arena a = {0};
    char *copy = malloc(text.n ? text.n : 1);
    if (text.n)
        memcpy(copy, text.p, text.n);
    pt_value v = {0};
    pt_value lines = {0};
    pt_code code = pt_toml_parse(&a, (pt_str){copy, text.n}, &v, e);
    if (!code)
        print_error("reads: %.*s\n", PT_PRI(text));
    assert_int_equal(pt_toml_lines(&a, (pt_str){copy, text.n}, PT_STR("p"), &lines, NULL), code);
    assert_false(code && (pt_defined(v) || pt_defined(lines)));
    free(copy);
    pt_arena_done(&a);
    return code;
}

static void assert_all_refused(const char *const *cases, size_t n) {
    for (size_t i = 0; i < n; i++) {
        pt_err e = {0};
        assert_int_equal(refusal(pt_str_of(cases[i]), &e), PT_E_FORMAT);
        assert_true(e.line >= 1 && e.column >= 1);
    }
}

#define assert_refused(cases) assert_all_refused(cases, PT_COUNT(cases))

static void test_what_is_no_line(void **state) {
    (void)state;
    static const char *const cases[] = {
        "a",
        "a =",
        "= 1",
        "a = 1 b = 2",
        "a = 1, b = 2",
        "a b = 1",
        "a\n= 1",
        "a =\n1",
        "a. = 1",
        ".a = 1",
        "a..b = 1",
        "a = 1\rb = 2",
        "\r",
        "# a\rb",
        "# \x01",
        "# \x7f",
        "a = 1 # \x1f",
        "a = 1 \x0c",
        "\xc3\xa9 = 1",
        "a = \xff",
        "# \xc0\x80",
        "a = 1\xef\xbb\xbf",
        "a = b",
        "a = nul",
        "a = True",
        "a = trues",
        "a = tru",
        "\"\"\"a\"\"\" = 1",
        "'''a''' = 1",
        "\"a\nb\" = 1",
    };
    assert_refused(cases);
}

static void test_strings(void **state) {
    (void)state;
    static const char *const cases[] = {
        "a = \"",
        "a = \"b",
        "a = 'b",
        "a = \"b'",
        "a = \"\"\"b",
        "a = \"\"\"b\"",
        "a = '''b''",
        "a = \"b\nc\"",
        "a = 'b\nc'",
        "a = \"b\rc\"",
        "a = \"\"\"b\rc\"\"\"",
        "a = '''b\rc'''",
        "a = \"\x01\"",
        "a = '\x7f'",
        "a = '''\x01'''",
        "a = \"\\x41\"",
        "a = \"\\a\"",
        "a = \"\\ \"",
        "a = \"\\",
        "a = \"\\\"",
        "a = \"\\u12\"",
        "a = \"\\u12g4\"",
        "a = \"\\u-123\"",
        "a = \"\\ud800\"",
        "a = \"\\U0000dfff\"",
        "a = \"\\U00110000\"",
        "a = \"\\U0001F60\"",
        "a = \"\\\n\"",
        "a = \"\"\"\\ b\"\"\"",
        "a = \"\"\"b\"\"\"\"\"\"",
        "a = '''b''''''",
        "a = \"b\" \"c\"",
        "a = \"\"\"\\e\"\"\"",
        "a = \"\xed\xa0\x80\"",
        "a = \"\"b\"",
        "a = '''''",
    };
    assert_refused(cases);
}

static void test_numbers(void **state) {
    (void)state;
    static const char *const cases[] = {
        "a = 01",
        "a = -01",
        "a = +00",
        "a = 1_",
        "a = _1",
        "a = 1__0",
        "a = +",
        "a = -",
        "a = ++1",
        "a = +-1",
        "a = --1",
        "a = 1-",
        "a = 0x",
        "a = 0xg",
        "a = +0x1",
        "a = -0b1",
        "a = 0x_1",
        "a = 0x1_",
        "a = 0x+1",
        "a = 0x-1",
        "a = 0b2",
        "a = 0o8",
        "a = 0X1",
        "a = 0x1.0",
        "a = 1.",
        "a = .1",
        "a = 1.e5",
        "a = 1._0",
        "a = 1_.0",
        "a = 1.0_",
        "a = 1e",
        "a = 1e+",
        "a = 1e_5",
        "a = 1_e5",
        "a = 1e5_",
        "a = 1e5.0",
        "a = 1.2.3",
        "a = 01.5",
        "a = Inf",
        "a = infinity",
        "a = NaN",
        "a = +true",
        "a = 9223372036854775808",
        "a = -9223372036854775809",
        "a = 0x8000000000000000",
        "a = 0xffffffffffffffffff",
        "a = 1a",
        "a = ++inf",
    };
    assert_refused(cases);
}

static void test_dates(void **state) {
    (void)state;
    static const char *const cases[] = {
        "a = 2021-13-01",
        "a = 2021-00-01",
        "a = 2021-01-00",
        "a = 2021-04-31",
        "a = 2021-02-29",
        "a = 1900-02-29",
        "a = 2021-1-01",
        "a = 21-01-01",
        "a = 20210-01-01",
        "a = 2021-01-01T",
        "a = 2021-01-01T24:00:00",
        "a = 2021-01-01T00:60:00",
        "a = 2021-01-01T00:00:61",
        "a = 2021-01-01T00:00",
        "a = 2021-01-01T00:00:00.",
        "a = 2021-01-01T00:00:00+24:00",
        "a = 2021-01-01T00:00:00+00:60",
        "a = 2021-01-01T00:00:00+0000",
        "a = 2021-01-01T00:00:00ZZ",
        "a = 2021-01-01  00:00:00",
        "a = 2021-01-01x",
        "a = 00:00:00Z",
        "a = 00:00",
        "a = 1:00:00",
        "a = 24:00:00",
        "a = 2021-01",
        "a = 2021-01-01 00",
        "a = 00:00:00.1.2",
    };
    assert_refused(cases);
}

static void test_arrays_and_inline_tables(void **state) {
    (void)state;
    static const char *const cases[] = {
        "a = [",           "a = [1",
        "a = [1,",         "a = [1 2]",
        "a = [,]",         "a = [1,,2]",
        "a = [1]]",        "a = ]",
        "a = [1}",         "a = [#]",
        "a = [1 # x]",     "a = {",
        "a = {b",          "a = {b=1",
        "a = {b=1,}",      "a = {,}",
        "a = {b=1 c=2}",   "a = {b=1,,c=2}",
        "a = {b=1]",       "a = {\nb=1}",
        "a = {b=1\n}",     "a = {b=1,\nc=2}",
        "a = {b=1 # x\n}", "a = {b=1}}",
        "a = {b=1,b=2}",   "a = {b={c=1},b.d=2}",
        "a = {b.c=1,b=2}", "a = {b=1,b.c=2}",
    };
    assert_refused(cases);
}

static void test_headers(void **state) {
    (void)state;
    static const char *const cases[] = {
        "[",
        "[]",
        "[a",
        "[a]]",
        "[a] b=1",
        "[a.]",
        "[.a]",
        "[a..b]",
        "[a b]",
        "[[a]",
        "[[]]",
        "[[a] ]",
        "[ [a]]",
        "[a\n]",
        "[#]",
        "[[a]] x",
        "[\"\"\"a\"\"\"]",
        "a = 1 [b]",
    };
    assert_refused(cases);
}

static void test_what_is_there_already(void **state) {
    (void)state;
    static const char *const cases[] = {
        "a = 1\na = 2",
        "a = 1\n\"a\" = 2",
        "\"\\u0061\" = 1\na = 2",
        "a = 1\na.b = 2",
        "a.b = 1\na = 2",
        "a.b = 1\na.b.c = 2",
        "[a]\n[a]",
        "[a]\n[b]\n['a']",
        "[a]\nb = 1\n[a.b]",
        "[a]\nb = 1\n[a.b.c]",
        "a = 1\n[a]",
        "a = 1\n[[a]]",
        "a.b = 1\n[a]",
        "[a]\nb.c = 1\n[a.b]",
        "[a]\nb.c.d = 1\n[a.b.c]",
        "[a.b]\nx = 1\n[a]\nb.y = 2",
        "[a.b.c]\nx = 1\n[a]\nb.c.y = 2",
        "[a.b.c]\nx = 1\n[a]\nb.y = 2",
        "[a.b]\n[a]\nb = 1",
        "a = {}\n[a]",
        "a = {}\n[a.b]",
        "a = {}\na.b = 1",
        "a = {b = {}}\na.b.c = 1",
        "a = [{}]\n[[a]]",
        "a = [{}]\n[a.b]",
        "a = []\n[[a]]",
        "a = [{b = 1}]\n[[a.c]]",
        "[a]\n[[a]]",
        "[[a]]\n[a]",
        "[a.b]\n[[a]]",
        "[[a.b]]\n[[a]]",
        "[[a]]\nb = 1\n[[a.b]]",
        "[[a]]\n[a.b]\n[[a.b]]",
        "[[a]]\n[[a.b]]\n[a.b]",
        "[[a]]\n[b]\na = 1\na.c = 2",
        "[[a]]\n[a.b]\nc=1\n[a.b]",
    };
    assert_refused(cases);
}

static void test_faults_have_their_place(void **state) {
    (void)state;
    static const struct {
        const char *text;
        uint32_t line, column;
        const char *what;
    } cases[] = {
        {"a = 1\nb = ?", 2, 5, "not valid TOML: a value is missing"},
        {"a = 1\n[t]\nx.y = 1\nx.y = 2", 4, 3, "not valid TOML: a key that is there already"},
        {"\xc3\xa9", 1, 1, "not valid TOML: a key is missing"},
        {"a = '\xc3\xa9' b", 1, 9, "not valid TOML: something behind what should end the line"},
        {"[t]\n[t]", 2, 2, "not valid TOML: a table that is there already"},
        {"a = \"\"\"x\n\\q\"\"\"", 2, 1, "not valid TOML: an escape that TOML does not know"},
        {"a = [1,\n2021-02-30]", 2, 1, "not valid TOML: a date or time that there is not"},
        {"a\r\n\xff", 2, 1, "not valid TOML: not UTF-8"},
    };
    for (size_t i = 0; i < PT_COUNT(cases); i++) {
        pt_err e = {0};
        assert_int_equal(refusal(pt_str_of(cases[i].text), &e), PT_E_FORMAT);
        assert_string_equal(e.what, cases[i].what);
        assert_int_equal(e.line, cases[i].line);
        assert_int_equal(e.column, cases[i].column);
    }
}

static void assert_deep(const char *before, const char *each, size_t n, const char *after,
                        pt_code want) {
    pt_arena a = {0};
    pt_buf b = PT_BUF(8 << 20);
    pt_value v = {0};
    pt_buf_putz(&b, before);
    for (size_t i = 0; i < n; i++)
        pt_buf_putz(&b, each);
    pt_buf_putz(&b, after);
    pt_code code = pt_toml_parse(&a, pt_buf_str(&b), &v, NULL);
    assert_int_equal(code, want);
    pt_buf_done(&b);
    pt_arena_done(&a);
}

static void test_depth_is_bounded(void **state) {
    (void)state;
    // Unclosed, so that what is not too deep is no document.
    assert_deep("a = ", "[", PT_TOML_DEPTH_MAX - 1, "", PT_E_FORMAT);
    assert_deep("a = ", "[", PT_TOML_DEPTH_MAX, "", PT_E_LIMIT);
    assert_deep("a = ", "[", 1000000, "", PT_E_LIMIT);
    assert_deep("a = ", "{b=", 1000000, "", PT_E_LIMIT);
    assert_deep("a = {", "b.", 1000000, "c=1}", PT_E_LIMIT);
    assert_deep("", "a.", PT_TOML_DEPTH_MAX - 1, "a = 1", PT_OK);
    assert_deep("", "a.", PT_TOML_DEPTH_MAX, "a = 1", PT_E_LIMIT);
    assert_deep("[", "a.", PT_TOML_DEPTH_MAX - 2, "a]", PT_OK);
    assert_deep("[", "a.", PT_TOML_DEPTH_MAX - 1, "a]", PT_E_LIMIT);
    assert_deep("[[", "a.", PT_TOML_DEPTH_MAX - 2, "a]]", PT_E_LIMIT);
}

static void test_memory_is_bounded(void **state) {
    (void)state;
    pt_buf b = PT_BUF(8 << 20);
    for (int i = 0; i < 10000; i++)
        pt_buf_printf(&b, "[[p]]\nk%d.b = \"\\n\"\nl = [1, {x = 1_0}]\n", i);
    pt_value v;
    size_t done = 0;
    for (size_t bytes = 1024; !done; bytes *= 2) {
        pt_arena a = {.bytes_max = bytes};
        pt_err e = {0};
        pt_code code = pt_toml_parse(&a, pt_buf_str(&b), &v, &e);
        pt_code lines = pt_toml_lines(&a, pt_buf_str(&b), PT_STR("p"), &v, NULL);
        assert_true(code == PT_OK || (code == PT_E_NOMEM && e.what[0]));
        assert_true(lines == PT_OK || lines == PT_E_NOMEM);
        done = !code && !lines;
        pt_arena_done(&a);
    }
    pt_buf_done(&b);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_is_no_line),
        cmocka_unit_test(test_strings),
        cmocka_unit_test(test_numbers),
        cmocka_unit_test(test_dates),
        cmocka_unit_test(test_arrays_and_inline_tables),
        cmocka_unit_test(test_headers),
        cmocka_unit_test(test_what_is_there_already),
        cmocka_unit_test(test_faults_have_their_place),
        cmocka_unit_test(test_depth_is_bounded),
        cmocka_unit_test(test_memory_is_bounded),
    };
    return cmocka_run_group_tests_name("value_toml_invalid", tests, NULL, NULL);
}
