#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/testing.h"
#include "value/json.h"
#include "value/yaml.h"

// The documents of a text, one a line: JSON, or "error LINE:COLUMN what". Behind a document with
// notes " !NOTES@LINE".
static void read_all(pt_buf *out, pt_str text, pt_yaml_dialect dialect) {
    pt_yaml_stream s = {.bytes = text, .dialect = dialect};
    pt_arena a = {0};
    for (;;) {
        pt_yaml_doc doc;
        pt_err e = {0};
        pt_arena_clear(&a);
        pt_code code = pt_yaml_next(&s, &a, &doc, &e);
        if (!code && !pt_defined(doc.value))
            break;
        if (out->n)
            pt_buf_putc(out, '\n');
        if (code)
            pt_buf_printf(out, "error %u:%u %s", e.line, e.column, e.what);
        else
            assert_int_equal(pt_json_write(out, doc.value, NULL, &e), PT_OK);
        if (!code && doc.notes)
            pt_buf_printf(out, " !%x@%u", doc.notes, doc.note_line);
    }
    pt_yaml_stream_done(&s);
    pt_arena_done(&a);
}

typedef struct text_case {
    const char *text;
    const char *want;
} text_case;

static void check_cases(const text_case *cases, size_t n, pt_yaml_dialect dialect) {
    for (size_t i = 0; i < n; i++) {
        pt_buf got = PT_BUF(65536);
        read_all(&got, pt_str_of(cases[i].text), dialect);
        if (!pt_str_eqz(pt_buf_str(&got), cases[i].want))
            print_error("%s\n gives\n%.*s\n", cases[i].text, PT_PRI(pt_buf_str(&got)));
        assert_str(pt_buf_str(&got), cases[i].want);
        pt_buf_done(&got);
    }
}

// -- the Kubernetes dialect -----------------------------------------------------------------------

// What Go's reader makes of `a: X`.
static const struct {
    const char *words; // blank-separated
    const char *want;
} scalars[] = {
    {"y Y yes Yes YES on On ON true True TRUE", "true"},
    {"n N no No NO off Off OFF false False FALSE", "false"},
    {"~ null Null NULL", "null"},
    {"0777 0o777 0O777 0x1ff 0b111111111 0X1FF", "511"},
    {"007 0O7 +7 0_7 07_", "7"},
    {"08 8.0 8e0 +8 0b1000", "8"},
    {"0888", "888"},
    {"0x1F 0x1_F +31", "31"},
    {"-0b11 -3 -03", "-3"},
    {"1_000 1000.0 1e3 1E+3", "1000"},
    {"1__0_", "10"},
    {"+.5 .5 5e-1 +0.5", "0.5"},
    {"1. 1.0 +1", "1"},
    {"1.10", "1.1"},
    {"1234e56", "1.234e+59"},
    {"1E+21", "1e+21"},
    {"1e20", "100000000000000000000"},
    {"1e-7", "1e-7"},
    {"1e-6", "0.000001"},
    {"123.456e-3", "0.123456"},
    {"-0 0 00", "0"},
    {"-0.0", "-0"},
    {"0.1", "0.1"},
    {"5e-324 4e-324", "5e-324"},
    {"1.7976931348623157e308", "1.7976931348623157e+308"},
    {"9007199254740993.0", "9007199254740992"},
    {"9223372036854775807", "9223372036854775807"},
    {"-9223372036854775808 -0x8000000000000000", "-9223372036854775808"},
    {"9223372036854775808", "9223372036854775808"},
    {"18446744073709551615 0xffffffffffffffff", "18446744073709551615"},
    {"18446744073709551616", "18446744073709552000"},
    {"-9223372036854775809", "-9223372036854776000"},
    {"1e-400", "0"},
};

static void check_scalar(pt_str word, const char *json) {
    char text[64];
    char want[64];
    pt_buf got = PT_BUF(256);
    snprintf(text, sizeof text, "a: %.*s", PT_PRI(word));
    snprintf(want, sizeof want, "{\"a\":%s}", json);
    read_all(&got, pt_str_of(text), PT_YAML_KUBERNETES);
    if (!pt_str_eqz(pt_buf_str(&got), want))
        print_error("%s\n", text);
    assert_str(pt_buf_str(&got), want);
    pt_buf_done(&got);
}

static void test_yaml_kubernetes_scalars_are_what_go_makes_of_them(void **state) {
    (void)state;
    for (size_t i = 0; i < PT_COUNT(scalars); i++) {
        pt_str rest = pt_str_of(scalars[i].words);
        pt_str word;
        while (pt_str_word(&rest, &word))
            check_scalar(word, scalars[i].want);
    }
}

static void test_yaml_kubernetes_look_alikes_stay_strings(void **state) {
    (void)state;
    static const char *const words[] = {
        "oN",  "tRue",   "nULL", "yEs",   "0o8",       "0x",         "0b2",
        "_1",  "12e456", "1:30", "22:22", "190:20:30", "NaN",        "Infinity",
        "-",   "+",      ".",    "1e",    "e1",        "2001-12-14", "2001-12-14T21:59:43Z",
        "0xg", "1.2.3",  "..5",  "-.",    ".e5",       "+-1",        "-0x",
        "inf", ".INf",   "--1",  "0b",    "1_e",       "_",          "-9_a"};
    for (size_t i = 0; i < PT_COUNT(words); i++) {
        char text[64];
        char want[64];
        pt_buf got = PT_BUF(256);
        snprintf(text, sizeof text, "a: %s", words[i]);
        snprintf(want, sizeof want, "{\"a\":\"%s\"}", words[i]);
        if (strcmp(words[i], "-") == 0) // an indicator in the block style
            snprintf(text, sizeof text, "a: '-'");
        read_all(&got, pt_str_of(text), PT_YAML_KUBERNETES);
        assert_str(pt_buf_str(&got), want);
        pt_buf_done(&got);
    }
}

static const text_case inputs[] = {
    {"a: 'yes'", "{\"a\":\"yes\"}"},
    {"a: |\n  yes", "{\"a\":\"yes\\n\"}"},
    {"[y, n, \"y\"]", "[true,false,\"y\"]"},
    {"{a: on, b: off}", "{\"a\":true,\"b\":false}"},
    {"y: 1", "{\"true\":1}"},
    {"on: 1", "{\"true\":1}"},
    {"off: 1", "{\"false\":1}"},
    {"'y': 1", "{\"y\":1}"},
    {"a: .inf", "error 1:4 not valid YAML: infinity and NaN have no JSON form"},
    {"a: -.INF", "error 1:4 not valid YAML: infinity and NaN have no JSON form"},
    {"a: .nan", "error 1:4 not valid YAML: infinity and NaN have no JSON form"},
    {"a:", "{\"a\":null}"},
    {"~: 1", "error 1:1 not valid YAML: null cannot be a key"},
    {"null: 1", "error 1:1 not valid YAML: null cannot be a key"},
    {"0x10: 1", "{\"16\":1}"},
    {"010: 1", "{\"8\":1}"},
    {"1.50: 1", "{\"1.5\":1}"},
    {"123456789.5: 1", "{\"1.2345679e+08\":1}"},
    {"1e-5: 1", "{\"1e-05\":1}"},
    {"0.0001: 1", "{\"0.0001\":1}"},
    {"123456.0: 1", "{\"123456\":1}"},
    {".inf: 1", "{\".inf\":1}"},
    {"-.inf: 1", "{\"-.inf\":1}"},
    {".nan: 1", "{\".nan\":1}"},
    {"1e300: 1", "{\".inf\":1}"},
    {"-5: 1", "{\"-5\":1}"},
    {"18446744073709551615: 1",
     "error 1:1 not valid YAML: an integer beyond 64 bits with sign cannot be a key"},
    {"[a]: 1", "error 1:1 not valid YAML: a list or map cannot be a key"},
    {"? {a: 1}\n: 2", "error 1:3 not valid YAML: a list or map cannot be a key"},
    {"a: !!str 123", "{\"a\":\"123\"}"},
    {"a: !!int '42'", "{\"a\":42}"},
    {"a: !!bool 'yes'", "{\"a\":true}"},
    {"a: !!float 1", "{\"a\":1}"},
    {"a: !!null ''", "{\"a\":null}"},
    {"a: !foo bar", "{\"a\":\"bar\"}"},
    {"a: !foo 12", "{\"a\":\"12\"}"},
    {"a: ! 12", "{\"a\":\"12\"}"},
    {"a: !!set {x, y}", "{\"a\":{\"true\":null,\"x\":null}}"},
    {"a: !!binary aGk=", "{\"a\":\"hi\"}"},
    {"a: !!binary /w==", "{\"a\":\"\xef\xbf\xbd\"}"},
    {"a: !!binary a", "error 1:13 not valid YAML: the text of a !!binary is not base64"},
    {"a: !!binary a=Gk", "error 1:13 not valid YAML: the text of a !!binary is not base64"},
    {"a: !!timestamp 2001-12-14", "{\"a\":\"2001-12-14\"}"},
    {"a: !!timestamp x", "error 1:16 not valid YAML: the text of a !!timestamp is no date"},
    {"a: !!int abc", "error 1:10 not valid YAML: the text of an !!int is no integer"},
    {"a: !!null x", "error 1:11 not valid YAML: the text of a !!null is not null"},
    {"a: !!bool 1", "error 1:11 not valid YAML: the text of a !!bool is no boolean"},
    {"a: !!float x", "error 1:12 not valid YAML: the text of a !!float is no number"},
    {"{x:1}", "{\"x:1\":null}"},
    {"# y\n{\"x\":1}", "{\"x\":1}"},
    {"[x: 1]", "[{\"x\":1}]"},
    {"[1,2,]", "[1,2]"},
    {"[1,,2]", "error 1:4 not valid YAML: a comma too many"},
    {"a: [\n1,\n2\n]\nb: {\n}\n", "{\"a\":[1,2],\"b\":{}}"},
    {"a:\tb", "{\"a\":\"b\"}"},
    {"a: b\t# c", "{\"a\":\"b\"}"},
    {"[1,\t2]", "[1,2]"},
    {"a: |\n  x\n  \ty\n", "{\"a\":\"x\\n\\ty\\n\"}"},
    {"\ta: 1", "error 1:1 not valid YAML: a tab where indentation is expected"},
    {"a:\n\t- b", "error 2:1 not valid YAML: a tab where indentation is expected"},
    {"a:\n  \tb: 1", "error 2:3 not valid YAML: a tab where indentation is expected"},
    {"-\ta", "error 1:2 not valid YAML: a tab where indentation is expected"},
    {"- \ta", "error 1:3 not valid YAML: a tab where indentation is expected"},
    {"a:\n\t\n  b: 1", "error 2:1 not valid YAML: a tab where indentation is expected"},
    {"? a:\t- b", "error 1:5 not valid YAML: a tab where indentation is expected"}, // crashed
    {"? a:\t-\n:\t", "error 1:5 not valid YAML: a tab where indentation is expected"},
    {"a: 1\rb: 2", "{\"a\":1,\"b\":2} !10@1"},
    {"a: 1\nx: 2\xc2\x85"
     "b: 2",
     "{\"a\":1,\"b\":2,\"x\":2} !10@2"},
    {"a: 1\xe2\x80\xa8"
     "b: 2",
     "{\"a\":1,\"b\":2} !10@1"},
    {"a: 1\r\nb: 2\r\n", "{\"a\":1,\"b\":2}"},
    {"a: |\n  x", "{\"a\":\"x\\n\"}"},
    {"a: |-\n  x\n", "{\"a\":\"x\"}"},
    {"a: |+\n  x", "{\"a\":\"x\\n\"}"},
    {"a: \"\\/\"", "error 1:5 not valid YAML: an escape that JSON has, but not the YAML that "
                   "Kubernetes reads"},
    {"a: \"\\ud83d\\ude00\"", "error 1:5 not valid YAML: an escape that JSON has, but not the "
                              "YAML that Kubernetes reads"},
    {"a: \"\\\\/ \\u0041\"", "{\"a\":\"\\\\/ A\"}"},
    {"{\"a\": \"\\/ \\ud83d\\ude00\"}", "{\"a\":\"/ \xf0\x9f\x98\x80\"}"},
    {"a: @x", "error 1:4 not valid YAML: a character that no text without quotes can begin "
              "with"},
    {"a: `x", "error 1:4 not valid YAML: a character that no text without quotes can begin "
              "with"},
    {"a: %x", "error 1:4 not valid YAML: a character that no text without quotes can begin "
              "with"},
    {"a: \x01", "error 1:4 not valid YAML: a control character"},
    {"a: \x7f", "error 1:4 not valid YAML: a control character"},
    {"a: \xc2\x9b", "error 1:4 not valid YAML: a control character"},
    {"a: \xef\xbf\xbe", "error 1:4 not valid YAML: a character that is none (U+FFFE or "
                        "U+FFFF)"},
    {"a: \xff", "error 1:4 not valid YAML: a byte that is not UTF-8"},
    {"\xef\xbb\xbf"
     "a: 1",
     "{\"a\":1}"},
    {"a: 1\n...\nb: 2", "{\"a\":1} !2@3"},
    {"a: 1\n...\n# b\n...\n\n", "{\"a\":1}"},
    {"# c\n{\"a\":1}\n{\"b\":2}", "{\"a\":1} !2@3"},
    {"# c\n{a: 1} b", "{\"a\":1} !2@2"},
    {"{a: 1} b", "{\"a\":1} !2@1"},
    {"~\n...\nb: 1", "null !2@3"},
    {" a: 1\nb: 2", "{\"a\":1} !2@2"},
    {"a: 1\r---\rb: 2", "{\"a\":1} !12@1"},
    {"{\"a\":1}{\"b\":2}", "{\"a\":1}\n{\"b\":2}"},
    {"{\"a\":1}\n---\nb: 2", "{\"a\":1}\n{\"b\":2}"},
    {"{\"a\":1}\n---\n{\"b\": yes}", "{\"a\":1}\n{\"b\":true}"},
    {"{\"a\":1.0}", "{\"a\":1.0}"},
    {"a: 1\n ---\nb: 2", "{\"a\":\"1 ---\",\"b\":2}"},
    {"a: {1: x, 0x1: z}", "{\"a\":{\"1\":\"z\"}} !1@1"},
};

static void test_yaml_kubernetes_inputs_give_what_kubectl_sends(void **state) {
    (void)state;
    check_cases(inputs, PT_COUNT(inputs), PT_YAML_KUBERNETES);
}

static void test_yaml_kubernetes_pieces_are_split_by_lines(void **state) {
    (void)state;
    static const text_case cases[] = {
        {"", ""},
        {"---", ""},
        {"---\n---\n---\n", ""},
        {"# a\n---\n# b\n", ""},
        {"~\n---\nnull\n---\n", ""},
        {"---\n\n---\n\n\n---\n \n", ""},
        {"a: 1\n---\nb: 2\n", "{\"a\":1}\n{\"b\":2}"},
        {"---\na: 1\n---\n---\nb: 2\n---", "{\"a\":1}\n{\"b\":2}"},
        {"a: 1\n---   # c\r\nb: 2\n--- \t\nc: 3", "{\"a\":1}\n{\"b\":2}\n{\"c\":3}"},
        {"a: |\n  x\n---\n  z", "{\"a\":\"x\\n\"}\n\"z\""},
        {"a: 1\n--- {b: 2}\nc: 3\n---\nd: 4",
         "{\"a\":1}\nerror 2:4 not valid YAML: text behind \"---\"\n{\"d\":4}"},
        {"a: 1\n----\nb: 2", "{\"a\":1}\nerror 2:4 not valid YAML: text behind \"---\""},
        {"-----BEGIN KEY", "error 1:4 not valid YAML: text behind \"---\""},
        {"a: &x 1\n---\nb: *x\n---\nc: 1",
         "{\"a\":1}\nerror 3:4 not valid YAML: an alias without an anchor of its name\n"
         "{\"c\":1}"},
        {"%YAML 1.1\n---\na: 1", "error 1:1 not valid YAML: a % line above \"---\"\n{\"a\":1}"},
        {"a: 1\n---\nb: [\n---\nc: 1",
         "{\"a\":1}\nerror 4:1 not valid YAML: the closing bracket ] is missing\n{\"c\":1}"},
        {"{\"a\": 1,\n \"b\": ]\n", "error 2:7 not valid JSON: a closing bracket where a value is "
                                    "expected"},
        {"{\"a\": 1,\n \"b\": }\n", "{\"a\":1,\"b\":null}"},
        {"{\"a\":1}\n{\"b\":2}\n{c: 1}", "{\"a\":1}\n{\"b\":2}\nerror 3:2 not valid JSON: a key "
                                         "must be a string in double quotes"},
    };
    check_cases(cases, PT_COUNT(cases), PT_YAML_KUBERNETES);
}

static void test_yaml_kubernetes_keys_that_meet_are_noted(void **state) {
    (void)state;
    static const text_case cases[] = {
        {"a: {x: 1}\nb: 1\na: {z: 2}", "{\"a\":{\"z\":2},\"b\":1} !1@3"},
        {"1: x\n\"1\": z", "{\"1\":\"z\"} !8@2"},
        {"true: x\n\"true\": z", "{\"true\":\"z\"} !8@2"},
        {"1: x\n1.0: z", "{\"1\":\"z\"} !8@2"},
        {"true: x\nyes: z", "{\"true\":\"z\"} !1@2"},
        {"a: &a {x: 1, z: 2}\nb:\n  <<: *a\n  x: 3", "{\"a\":{\"x\":1,\"z\":2},\"b\":{\"x\":3,"
                                                     "\"z\":2}}"},
        {"a: &a {x: 1, z: 2}\nb:\n  x: 3\n  <<: *a", "{\"a\":{\"x\":1,\"z\":2},\"b\":{\"x\":1,"
                                                     "\"z\":2}} !4@4"},
        {"- &a {x: 1}\n- &b {x: 2, z: 2}\n- <<: [*a, *b]", "[{\"x\":1},{\"x\":2,\"z\":2},{\"x\":1,"
                                                           "\"z\":2}]"},
        {"- &a {x: 1}\n- {<<: {x: 2}, <<: *a}", "[{\"x\":1},{\"x\":1}]"},
        {"- &a {x: 1}\n- &b {<<: *a, z: 1}\n- {<<: *b}", "[{\"x\":1},{\"x\":1,\"z\":1},{\"x\":1,"
                                                         "\"z\":1}]"},
        {"'<<': {x: 1}", "{\"<<\":{\"x\":1}}"},
        {"a: <<", "{\"a\":\"<<\"}"},
        {"!!merge <<: {x: 1}", "{\"x\":1}"},
        {"<<: 1", "error 1:5 not valid YAML: << merges a map or a list of maps only"},
        {"<<: [1]", "error 1:5 not valid YAML: << merges a map or a list of maps only"},
        {"<<:", "error 1:3 not valid YAML: << merges a map or a list of maps only"},
        {"<<: []\na: 1", "{\"a\":1}"},
        {"{\"a\":1,\n\"a\":2}", "{\"a\":2} !1@2"},
    };
    check_cases(cases, PT_COUNT(cases), PT_YAML_KUBERNETES);
}

static void test_yaml_go_reads_as_yaml_v3_does(void **state) {
    (void)state;
    static const text_case cases[] = {
        {"a: yes\nb: on\nc: true", "{\"a\":\"yes\",\"b\":\"on\",\"c\":true}"},
        {"a: 017\nb: 0b11\nc: 1_000\nd: 1.0", "{\"a\":15,\"b\":3,\"c\":1000,\"d\":1}"},
        {"a: 1\na: 2", "{\"a\":2}"},
        {"- &a {x: 1}\n- {x: 3, <<: *a, z: 2}", "[{\"x\":1},{\"x\":3,\"z\":2}]"},
        {"- {<<: [{x: 1}, {x: 2, z: 2}], y: 0}", "[{\"x\":1,\"y\":0,\"z\":2}]"},
        {"- {<<: {x: 1}, <<: {x: 2}}", "[{\"x\":1}]"},
        {"a: |\n  x", "{\"a\":\"x\"}"},
        {" |", "\"\""},
        {"a: |\n  x\n ", "{\"a\":\"x\\n\"}"},
        {"18446744073709551615: a", "{\"18446744073709551615\":\"a\"}"},
        {"a: 1\n---\nb: [",
         "{\"a\":1}\nerror 3:5 not valid YAML: the closing bracket ] is missing"},
    };
    check_cases(cases, PT_COUNT(cases), PT_YAML_GO);
}

static void test_yaml_aliases_stand_for_what_was_written(void **state) {
    (void)state;
    static const text_case cases[] = {
        {"a: &x 010\nb: *x\n*x : c", "{\"8\":\"c\",\"a\":8,\"b\":8}"},
        {"a: &x t\n*x : c", "{\"a\":\"t\",\"t\":\"c\"}"},
        {"- &x a\n- *x\n- &x b\n- *x", "[\"a\",\"a\",\"b\",\"b\"]"},
        {"- &x [&x b, *x]\n- *x", "[[\"b\",\"b\"],\"b\"]"},
        {"a: &x\nb: *x", "{\"a\":null,\"b\":null}"},
        {"&x [*x]", "error 1:5 not valid YAML: an alias inside the value that it stands for"},
        {"&x {a: {b: *x}}", "error 1:12 not valid YAML: an alias inside the value that it stands "
                            "for"},
        {"a: *y", "error 1:4 not valid YAML: an alias without an anchor of its name"},
        {"- &x [a]\n- {*x : b}", "error 2:4 not valid YAML: a list or map cannot be a key"},
    };
    check_cases(cases, PT_COUNT(cases), PT_YAML_KUBERNETES);
}

static void test_yaml_kubernetes_errors_are_sentences(void **state) {
    (void)state;
    static const struct {
        const char *text;
        const char *what, *remedy;
    } cases[] = {
        {"a: b: c", "1:5 a second \": \" on one line",
         "put the text in quotes, or the inner key on a line of its own"},
        {"a: \"x", "1:5 the closing double quote is missing", ""},
        {"a: 'x", "1:5 the closing single quote is missing", ""},
        {"a: \"q\" b", "1:8 text behind the closing quote", ""},
        {"a:\n  b: 1\n c: 2", "3:2 a key that is indented unlike the others of its map",
         "indent keys of one map equally"},
        {"a: 1\nb", "2:1 text without \":\" where a key is expected", ""},
        {"- a\nb: 1", "2:1 text where a list item (\"- \") is expected", ""},
        {"a: 1\n- b", "2:1 a key is expected here", ""},
        {"a: - b", "1:4 a list item (\"- \") on the line of its key",
         "begin the list on a line of its own"},
        {"a: [1}", "1:6 a closing bracket or brace that does not match the opening one", ""},
        {"a: \"\\q\"", "1:5 an escape that YAML does not know",
         "use single quotes to keep a backslash as it is"},
        {"a:\n\tb: 1", "2:1 a tab where indentation is expected", "indent with spaces"},
    };
    for (size_t i = 0; i < PT_COUNT(cases); i++) {
        pt_yaml_stream s = {.bytes = pt_str_of(cases[i].text)};
        pt_arena a = {0};
        pt_yaml_doc doc;
        pt_err e = {0};
        char got[512];
        assert_int_equal(pt_yaml_next(&s, &a, &doc, &e), PT_E_FORMAT);
        assert_true(pt_str_starts(pt_str_of(e.what), PT_STR("not valid YAML: ")));
        snprintf(got, sizeof got, "%u:%u %.200s", e.line, e.column, e.what + 16);
        assert_string_equal(got, cases[i].what);
        assert_string_equal(e.remedy, cases[i].remedy);
        pt_yaml_stream_done(&s);
        pt_arena_done(&a);
    }
}

// -- the core dialect -----------------------------------------------------------------------------

static void test_yaml_core_reads_the_core_schema(void **state) {
    (void)state;
    static const text_case cases[] = {
        {"", ""},
        {"---\n---\n", "null\nnull"},
        {"[y, yes, on, no]", "[\"y\",\"yes\",\"on\",\"no\"]"},
        {"[true, TRUE, False, ~, null, '']", "[true,true,false,null,null,\"\"]"},
        {"[0o17, 0x1F, 017, +12, -0, 1_0]", "[15,31,17,12,-0,\"1_0\"]"},
        {"[1.50, .5, -.5, 5., 1e3, +1.e2, 00.5]", "[1.50,0.5,-0.5,5,1e3,1e2,0.5]"},
        {"[0xffffffffffffffff, 18446744073709551616]",
         "[18446744073709551615,18446744073709551616]"},
        {"[0o8, 0b1, 1:30, -0x1, 2001-12-14]",
         "[\"0o8\",\"0b1\",\"1:30\",\"-0x1\",\"2001-12-14\"]"},
        {".inf", "error 1:1 not valid YAML: infinity and NaN have no JSON form"},
        {"{1: a, 0x1: b, null: c}", "{\"0x1\":\"b\",\"1\":\"a\",\"null\":\"c\"}"},
        {"- &x 0x1\n- {*x : a}", "[1,{\"0x1\":\"a\"}]"},
        {"a: 1\na: 2", "{\"a\":2} !1@2"},
        {"a: &a {x: 1}\nb: {<<: *a}", "{\"a\":{\"x\":1},\"b\":{\"<<\":{\"x\":1}}}"},
        {"!!str 1", "\"1\""},
        {"!!int '1'", "1"},
        {"!foo 1", "\"1\""},
        {"!!int x", "error 1:7 not valid YAML: the text of an !!int is no integer"},
        {"\"\\/\"", "\"/\""},
        {"--- a\n--- b\n...\n---\nc: [", "\"a\"\n\"b\"\nerror 5:5 not valid YAML: the closing "
                                         "bracket ] is missing"},
        {"a: 1\n---\nb: *x\n---\nc: 1",
         "{\"a\":1}\nerror 3:4 not valid YAML: an alias without an anchor of its name"},
        {"\xef\xbb\xbf"
         "a: 1\nb: [",
         "error 2:5 not valid YAML: the closing bracket ] is missing"},
    };
    check_cases(cases, PT_COUNT(cases), PT_YAML_CORE);
}

static void test_yaml_core_documents_know_their_lines(void **state) {
    (void)state;
    pt_yaml_stream s = {.bytes = PT_STR("# c\na: 1\n---\n\nb:\n  c: 2\n  c: 3\n"),
                        .dialect = PT_YAML_CORE};
    pt_arena a = {0};
    pt_yaml_doc doc;
    uint32_t line;
    uint32_t column;
    assert_int_equal(pt_yaml_next(&s, &a, &doc, NULL), PT_OK);
    pt_yaml_locate(&doc, PT_STR("a"), &line, &column);
    assert_int_equal(line, 2);
    assert_int_equal(column, 4);
    assert_int_equal(pt_yaml_next(&s, &a, &doc, NULL), PT_OK);
    assert_int_equal(doc.note_line, 7);
    pt_yaml_locate(&doc, PT_STR("b.c"), &line, &column);
    assert_int_equal(line, 7);
    assert_int_equal(column, 6);
    pt_yaml_stream_done(&s);
    pt_arena_done(&a);
}

// -- places ---------------------------------------------------------------------------------------

static const struct {
    const char *path;
    uint32_t line, column;
} places[] = {
    {"", 4, 1},
    {"kind", 4, 7},
    {"items", 6, 1},
    {"items[0]", 6, 3},
    {"items[0].name", 6, 9},
    {"items[0].true.x", 7, 11},
    {"items[0].true[\"\xc3\xa9\"][1]", 7, 21},
    {"items[0].true[\"\xc3\xa9\"][2].z", 7, 29},
    {"items[1].name", 10, 9},
    {"items[1].list[0][0]", 13, 7},
    {"items[1].list[0][1].deep", 14, 22},
    {"items[1].list[0][7]", 13, 5},
    {"items[1].empty", 15, 8},
    {"items[1].again.deep", 14, 22},
    {"items[2].k", 17, 14},
    {"items[2][\"a.b/c\"]", 20, 18},
    {"items[2].dup", 22, 8},
    {"items[9].x", 6, 1},
    {"nothing", 4, 1},
    {"kind.x[0]", 4, 7},
    {"kind..x", 4, 1}, // no path at all
};

static void test_yaml_locate_finds_the_value_or_its_deepest_parent(void **state) {
    (void)state;
    static const char text[] = "a: 1\n"
                               "---\n"
                               "# comment: x\n"
                               "kind: \"List\" # comment\r\n"
                               "items:\r\n"
                               "- name: 'a'\r\n"
                               "  on: {x: 1, \xc3\xa9: [1, 2 , {z: ~}]}\n"
                               "\n"
                               "# - name: z\n"
                               "- name: |- # | no\n"
                               "    text\n"
                               "  list:\n"
                               "  - - 1\n"
                               "    - &anchor {deep: 5}\n"
                               "  empty:\n"
                               "  again: *anchor\n"
                               "- <<: &m {k: 1}\n"
                               "  k: 2\n"
                               "  <<: *m\n"
                               "  \"a.b/c\": !!str 7\n"
                               "  dup: 1\n"
                               "  dup: 2\n";
    pt_yaml_stream s = {.bytes = pt_str_of(text)};
    pt_arena a = {0};
    pt_yaml_doc doc;
    assert_int_equal(pt_yaml_next(&s, &a, &doc, NULL), PT_OK);
    assert_int_equal(pt_yaml_next(&s, &a, &doc, NULL), PT_OK);
    assert_int_equal(doc.line, 3);
    for (size_t i = 0; i < PT_COUNT(places); i++) {
        uint32_t line;
        uint32_t column;
        pt_yaml_locate(&doc, pt_str_of(places[i].path), &line, &column);
        if (line != places[i].line || column != places[i].column)
            print_error("%s: %u:%u\n", places[i].path, line, column);
        assert_int_equal(line, places[i].line);
        assert_int_equal(column, places[i].column);
    }
    pt_yaml_stream_done(&s);
    pt_arena_done(&a);
}

static void test_yaml_locate_counts_json_from_the_file(void **state) {
    (void)state;
    pt_yaml_stream s = {.bytes = PT_STR("{\"a\":1} {\"b\":2,\n\"c\":3}")};
    pt_arena a = {0};
    pt_yaml_doc doc;
    uint32_t line;
    uint32_t column;
    assert_int_equal(pt_yaml_next(&s, &a, &doc, NULL), PT_OK);
    assert_int_equal(pt_yaml_next(&s, &a, &doc, NULL), PT_OK);
    assert_true(doc.json);
    assert_null(pt_yaml_places_new(&doc));
    pt_yaml_locate(&doc, PT_STR("b"), &line, &column);
    assert_int_equal(line, 1);
    assert_int_equal(column, 14);
    pt_yaml_locate(&doc, PT_STR("c"), &line, &column);
    assert_int_equal(line, 2);
    assert_int_equal(column, 5);
    pt_yaml_stream_done(&s);
    pt_arena_done(&a);
}

// -- failures -------------------------------------------------------------------------------------

static void test_yaml_nothing_is_printed(void **state) {
    (void)state;
    static const char *const texts[] = {
        "a: [", "%YAML 9.9\n---\na", "a: \"\\q\"", "&x *y",   "%TAG\n", "a:\n\t- b",
        "\xff", "{{ x }}: {{",       "!<%zz> a",   "--- ...x"};
    int pipes[2];
    int old = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 3);
    assert_int_equal(pipe2(pipes, O_CLOEXEC), 0);
    assert_true(dup2(pipes[1], STDERR_FILENO) >= 0);
    for (size_t i = 0; i < PT_COUNT(texts); i++) {
        pt_buf got = PT_BUF(65536);
        read_all(&got, pt_str_of(texts[i]), PT_YAML_CORE);
        read_all(&got, pt_str_of(texts[i]), PT_YAML_KUBERNETES);
        pt_buf_done(&got);
    }
    fflush(stderr);
    assert_true(dup2(old, STDERR_FILENO) >= 0);
    close(pipes[1]);
    char byte;
    assert_int_equal(read(pipes[0], &byte, 1), 0);
    close(pipes[0]);
    close(old);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_yaml_kubernetes_scalars_are_what_go_makes_of_them),
        cmocka_unit_test(test_yaml_kubernetes_look_alikes_stay_strings),
        cmocka_unit_test(test_yaml_kubernetes_inputs_give_what_kubectl_sends),
        cmocka_unit_test(test_yaml_kubernetes_pieces_are_split_by_lines),
        cmocka_unit_test(test_yaml_kubernetes_keys_that_meet_are_noted),
        cmocka_unit_test(test_yaml_go_reads_as_yaml_v3_does),
        cmocka_unit_test(test_yaml_aliases_stand_for_what_was_written),
        cmocka_unit_test(test_yaml_kubernetes_errors_are_sentences),
        cmocka_unit_test(test_yaml_core_reads_the_core_schema),
        cmocka_unit_test(test_yaml_core_documents_know_their_lines),
        cmocka_unit_test(test_yaml_locate_finds_the_value_or_its_deepest_parent),
        cmocka_unit_test(test_yaml_locate_counts_json_from_the_file),
        cmocka_unit_test(test_yaml_nothing_is_printed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
