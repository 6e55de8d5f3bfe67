// Texts as they stand in the source, in every style: what go.yaml.in/yaml/v2 and v3 make of them.
// Where a comment says so, libfyaml 0.7.12 makes another text of it.
#include <stdio.h>
#include <string.h>

#include "base/testing.h"
#include "value/json.h"
#include "value/yaml.h"

typedef struct text_case {
    const char *text;
    const char *want; // JSON, or "error LINE:COLUMN what"
} text_case;

static void read_one(pt_buf *out, pt_str text, pt_yaml_dialect dialect) {
    pt_yaml_stream s = {.bytes = text, .dialect = dialect};
    pt_arena a = {0};
    pt_yaml_doc doc;
    pt_err e = {0};
    if (pt_yaml_next(&s, &a, &doc, &e))
        pt_buf_printf(out, "error %u:%u %s", e.line, e.column, e.what);
    else
        assert_int_equal(pt_json_write(out, doc.value, NULL, &e), PT_OK);
    pt_yaml_stream_done(&s);
    pt_arena_done(&a);
}

static void check_cases(const text_case *cases, size_t n, pt_yaml_dialect dialect) {
    for (size_t i = 0; i < n; i++) {
        pt_buf got = PT_BUF(65536);
        read_one(&got, pt_str_of(cases[i].text), dialect);
        if (!pt_str_eqz(pt_buf_str(&got), cases[i].want))
            print_error("%s\n gives\n%.*s\n", cases[i].text, PT_PRI(pt_buf_str(&got)));
        assert_str(pt_buf_str(&got), cases[i].want);
        pt_buf_done(&got);
    }
}

static void test_yaml_text_quotes_in_pairs_are_single_quotes(void **state) {
    (void)state;
    static const char quotes[] = "''''''''''''''''";
    static const struct {
        const char *before, *after, *want_before, *want_after;
    } around[] = {
        {"a: '", "'", "{\"a\":\"", "\"}"},
        {"a: 'x", "'", "{\"a\":\"x", "\"}"},
        {"a: '", "x'", "{\"a\":\"", "x\"}"},
        {"a: 'x ", " y'", "{\"a\":\"x ", " y\"}"},
        {"a: '\xe2\x82\xac", "\xc3\xa9'", "{\"a\":\"\xe2\x82\xac", "\xc3\xa9\"}"},
        {"a: 'x\n  ", "\n  y'", "{\"a\":\"x ", " y\"}"},
        {"a: 'x", "\n\n  y'", "{\"a\":\"x", "\\ny\"}"},
        {"'x", "': a", "{\"x", "\":\"a\"}"},
        {"[ 'x", "', 'y' ]", "[\"x", "\",\"y\"]"},
        {"a: &n 'x", "'", "{\"a\":\"x", "\"}"},
    };
    for (size_t i = 0; i < PT_COUNT(around); i++)
        for (int pairs = 1; pairs <= 8; pairs++) { // libfyaml: 2 * pairs - 1 quotes
            char text[128];
            char want[128];
            snprintf(text, sizeof text, "%s%.*s%s", around[i].before, 2 * pairs, quotes,
                     around[i].after);
            snprintf(want, sizeof want, "%s%.*s%s", around[i].want_before, pairs, quotes,
                     around[i].want_after);
            text_case one = {text, want};
            check_cases(&one, 1, PT_YAML_KUBERNETES);
            check_cases(&one, 1, PT_YAML_GO);
            check_cases(&one, 1, PT_YAML_CORE);
        }
}

static const text_case quoted[] = {
    {"a: ''", "{\"a\":\"\"}"},
    {"a: '\r\n'", "{\"a\":\" \"}"}, // a line feed to libfyaml
    {"a: \"\r\n\"", "{\"a\":\" \"}"},
    {"a: '\n\n'", "{\"a\":\"\\n\"}"},
    {"a: 'x \t\n \t\n  y'", "{\"a\":\"x\\ny\"}"},
    {"a: ' x '", "{\"a\":\" x \"}"},
    {"a: 'x\n  '", "{\"a\":\"x \"}"},
    {"a: '\n  x'", "{\"a\":\" x\"}"},
    {"a: 'x\\'", "{\"a\":\"x\\\\\"}"},
    {"a: \"x\\\n  y\"", "{\"a\":\"xy\"}"},
    {"a: \"x \\\n  \\ y\"", "{\"a\":\"x  y\"}"},
    {"a: \"x\\\r\n\"", "{\"a\":\"x\"}"},
    {"a: \"x\\\n\n  y\"", "{\"a\":\"x\\ny\"}"},
    {"a: \"x\\\\\n  y\"", "{\"a\":\"x\\\\ y\"}"},
    {"a: \"x\\\\\\\n  y\"", "{\"a\":\"x\\\\y\"}"}, // three backslashes, then the line ends
    {"a: \"x\\\\\\\\\n  y\"", "{\"a\":\"x\\\\\\\\ y\"}"},
    {"a: \"x\\ \n  y\"", "{\"a\":\"x  y\"}"}, // the escaped blank stays
    {"a: \"x\\\t\n  y\"", "{\"a\":\"x\\t y\"}"},
    {"a: \"x\\\\ \n  y\"", "{\"a\":\"x\\\\ y\"}"},
    {"a: \"\\x41\\u263a\\U0001d11e\"", "{\"a\":\"A\xe2\x98\xba\xf0\x9d\x84\x9e\"}"},
    {"a: \"\\0\\e\\_\\\"\\\\\"", "{\"a\":\"\\u0000\\u001b\xc2\xa0\\\"\\\\\"}"},
    {"a: \"\\U00110000\"", "error 1:5 not valid YAML: an escape with wrong digits"},
};

static const text_case blocks[] = {
    {"a: |\n  x\n   y\n\n\n", "{\"a\":\"x\\n y\\n\"}"},
    {"a: |+\n  x\n\n \nb: 1", "{\"a\":\"x\\n\\n\\n\",\"b\":1}"},
    {"a: |-\n  x\n\n", "{\"a\":\"x\"}"},
    {"a: >\n  x\n  y\n\n  z\n   w\n  v\n", "{\"a\":\"x y\\nz\\n w\\nv\\n\"}"},
    {"a: >\n\n  x\n", "{\"a\":\"\\nx\\n\"}"},
    {"a: >\n  x\n  \ty\n  z\n", "{\"a\":\"x\\n\\ty\\nz\\n\"}"},
    {"a: |1-\n   \n", "{\"a\":\"  \"}"}, // nothing to libfyaml, which loses such blanks
    {"a: >1-\n\n   \n", "{\"a\":\"\\n  \"}"},
    {"a: |2\n    x\n  y\n", "{\"a\":\"  x\\ny\\n\"}"},
    {"a:\n  b:\n    - |2+\n       x\n    - w", "{\"a\":{\"b\":[\" x\\n\",\"w\"]}}"},
    {"a:\n- - >1\n     x\n", "{\"a\":[[\"  x\\n\"]]}"},
    {"? |1-\n  x\n: >1-\n  y\n", "{\" x\":\" y\"}"},
    {"a: # |-\n  |\n  x\n", "{\"a\":\"x\\n\"}"},
    {"\"> # b\": |2-\n   x\n", "{\"> # b\":\" x\"}"},
    {"a>#b: |2-\n   x\n", "{\"a>#b\":\" x\"}"},
    {"a: !<b> |2- # >+\n   x\n", "{\"a\":\" x\"}"},
    {"a: |\r\n  x\r\n\r\n  y\r\n", "{\"a\":\"x\\n\\ny\\n\"}"},
    {"a: |\n  ''''\n  \\n\n", "{\"a\":\"''''\\n\\\\n\\n\"}"},
    {"a: |\n \tx\n", "error 2:2 not valid YAML: a tab where indentation is expected"},
    {"a:\n  |\n x\n", "error 3:2 not valid YAML: it is not certain which lines belong to the text "
                      "below | or >: indent them more"},
};

static const text_case others[] = {
    {"a: x\n  y\n\n  z ''''\n", "{\"a\":\"x y\\nz ''''\"}"},
    {"a: x\r\n  y\r\nb: 1", "{\"a\":\"x y\",\"b\":1}"},
    // Other tokens to Go's scanner than to libfyaml's:
    {"[{?a: 1}]", "error 1:3 not valid YAML: a text that begins with ? must stand in quotes within "
                  "brackets or braces"},
    {"[a:, b]", "error 1:3 not valid YAML: a colon behind a key, and no blank behind it"},
    {"[a :, b]", "error 1:4 not valid YAML: a colon behind a key, and no blank behind it"},
    {"[a: , b]", "[{\"a\":null},\"b\"]"},
    {"[{\"a\":1}]", "[{\"a\":1}]"},
    {"a: &b:c", "error 1:5 not valid YAML: the name of an anchor may hold A-Z, a-z, 0-9, _ and - "
                "only"},
    {"a: &b\nc: *b:d",
     "error 2:5 not valid YAML: the name of an anchor may hold A-Z, a-z, 0-9, _ and - only"},
    {"[!, b]", "error 1:3 not valid YAML: a tag without a blank behind it"},
    {"[!!str, b]", "error 1:7 not valid YAML: a tag without a blank behind it"},
    {"[!<tag:yaml.org,2002:str> 1, !!str 2, !x '3']", "[\"1\",\"2\",\"3\"]"},
    {"a: {b: c\n%d\n }", "error 2:1 not valid YAML: a line that begins with % inside a document"},
    {"a: 1\n%b: c", "error 2:1 not valid YAML: a line that begins with % inside a document"},
    {"a\n%b", "error 2:1 not valid YAML: a line that begins with % inside a document"},
};

static void test_yaml_text_is_what_go_makes_of_it(void **state) {
    (void)state;
    check_cases(quoted, PT_COUNT(quoted), PT_YAML_KUBERNETES);
    check_cases(quoted, PT_COUNT(quoted), PT_YAML_GO);
    check_cases(blocks, PT_COUNT(blocks), PT_YAML_KUBERNETES);
    check_cases(blocks, PT_COUNT(blocks), PT_YAML_GO);
    check_cases(others, PT_COUNT(others), PT_YAML_KUBERNETES);
    check_cases(others, PT_COUNT(others), PT_YAML_GO);
}

static void test_yaml_text_breaks_by_the_versions_line_breaks(void **state) {
    (void)state;
    static const text_case go[] = {
        {"a: 'x\xc2\x85y'", "{\"a\":\"x y\"}"},
        {"a: 'x\xe2\x80\xa8y'", "{\"a\":\"x\xe2\x80\xa8y\"}"},
        {"a: 'x \xe2\x80\xa8\n  y'", "{\"a\":\"x\xe2\x80\xa8\\ny\"}"},
        {"a: |\n  x\xc2\x85  y\n", "{\"a\":\"x\\ny\\n\"}"},
    };
    static const text_case core[] = {
        {"a: 'x\xc2\x85y'", "{\"a\":\"x\xc2\x85y\"}"},
        {"a: 'x \xe2\x80\xa8\n  y'", "{\"a\":\"x \xe2\x80\xa8 y\"}"},
        {"a: \"\\ud834\\udd1e\"", "{\"a\":\"\xf0\x9d\x84\x9e\"}"},
        {"a: \"\\ud834x\"", "error 1:5 not valid YAML: an escape with wrong digits"},
        {"--- |\nx\n y", "\"x\\n y\\n\""},
        {"a: |\n \tx\n", "{\"a\":\"\\tx\\n\"}"},
        {"a: |+\n   ", "{\"a\":\"\\n\"}"},
        {"a: &b|> |2- # >+\n   x\n", "{\"a\":\" x\"}"},
    };
    check_cases(go, PT_COUNT(go), PT_YAML_KUBERNETES);
    check_cases(go, PT_COUNT(go), PT_YAML_GO);
    check_cases(core, PT_COUNT(core), PT_YAML_CORE);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_yaml_text_quotes_in_pairs_are_single_quotes),
        cmocka_unit_test(test_yaml_text_is_what_go_makes_of_it),
        cmocka_unit_test(test_yaml_text_breaks_by_the_versions_line_breaks),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
