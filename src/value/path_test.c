#include <string.h>

#include "base/testing.h"
#include "value/json.h"
#include "value/path.h"

// "spec containers #0": the steps of a path.
static void walk(const char *path, pt_buf *ret) {
    pt_arena a = {0};
    pt_str rest = pt_str_of(path);
    pt_step step;
    bool bad = false;
    while (pt_path_next(&rest, &a, &step, &bad)) {
        if (ret->n > 0)
            pt_buf_putc(ret, ' ');
        if (step.is_index)
            pt_buf_printf(ret, "#%u", step.index);
        else
            pt_buf_put(ret, step.key);
    }
    if (bad)
        pt_buf_putz(ret, "!");
    pt_arena_done(&a);
}

static void test_path_walk_gives_steps_or_says_bad(void **state) {
    (void)state;
    static const char *const cases[][2] = {
        {"", ""},
        {"spec", "spec"},
        {"spec.containers[0].image", "spec containers #0 image"},
        {"[3][12]", "#3 #12"},
        {"a[0][1].b", "a #0 #1 b"},
        {"metadata.annotations[\"x.io/y\"].z", "metadata annotations x.io/y z"},
        {"[\"a\\\"b\\u0041\"]", "a\"bA"},
        {"[\"\"]", ""},
        {"a-b_c.0", "a-b_c 0"},
        {".a", "!"},
        {"a.", "!"},
        {"a..b", "!"},
        {"a.[0]", "!"},
        {"[0]a", "!"},
        {"a[", "!"},
        {"a[0", "a!"},
        {"a[]", "a!"},
        {"a[-1]", "a!"},
        {"a[4294967296]", "a!"},
        {"a[\"b]", "a!"},
        {"a[\"b\"", "a!"},
        {"a b", "!"},
        {"a/b", "!"},
    };
    for (size_t i = 0; i < PT_COUNT(cases); i++) {
        pt_buf got = PT_BUF(4096);
        walk(cases[i][0], &got);
        if (strcmp(cases[i][1], "!") == 0) // where exactly a broken path ends does not matter
            assert_true(got.n > 0 && got.p[got.n - 1] == '!');
        else
            assert_str(pt_buf_str(&got), cases[i][1]);
        pt_buf_done(&got);
    }
}

static const char pod[] =
    "{\"kind\":\"Pod\",\n \"metadata\":{\"annotations\":{\"a.io/b\":\"x\",\"q\\\"\":7}},\n"
    " \"spec\":{\"containers\":[{\"image\":\"one, [2] {\"},\n  "
    "{\"image\":\"\xc3\xa9\",\"image\":\"two\"}]}}";

static void test_path_get_finds_or_is_undefined(void **state) {
    (void)state;
    static const char *const cases[][2] = {
        {"kind", "Pod"},
        {"spec.containers[0].image", "one, [2] {"},
        {"spec.containers[1].image", "two"},
        {"metadata.annotations[\"a.io/b\"]", "x"},
        {"spec.containers[2].image", NULL},
        {"spec.containers.image", NULL},
        {"spec[0]", NULL},
        {"kind.x", NULL},
        {"metadata.annotations[\"q\\\"\"]", NULL}, // escapes are not resolved here
        {"kind.", NULL},
    };
    pt_arena a = {0};
    pt_value v;
    assert_int_equal(pt_json_parse(&a, pt_str_of(pod), NULL, &v, NULL), PT_OK);
    for (size_t i = 0; i < PT_COUNT(cases); i++) {
        pt_value got = pt_path_get(v, cases[i][0]);
        assert_int_equal(pt_defined(got), cases[i][1] != NULL);
        if (cases[i][1])
            assert_str(pt_text(got), cases[i][1]);
    }
    assert_true(pt_eq(pt_path_get(v, ""), v));
    pt_arena_done(&a);
}

static void test_path_written_reads_back(void **state) {
    (void)state;
    pt_buf b = PT_BUF(4096);
    pt_path_key(&b, PT_STR("spec"));
    pt_path_index(&b, 3);
    pt_path_key(&b, PT_STR("a-b_C9"));
    pt_path_key(&b, PT_STR("x.io/y\""));
    pt_path_key(&b, PT_STR(""));
    assert_str(pt_buf_str(&b), "spec[3].a-b_C9[\"x.io/y\\\"\"][\"\"]");
    pt_buf steps = PT_BUF(4096);
    pt_buf_putc(&b, '\0');
    walk(b.p, &steps);
    assert_str(pt_buf_str(&steps), "spec #3 a-b_C9 x.io/y\" ");
    pt_buf_done(&steps);
    pt_buf_done(&b);
}

static void test_json_locate_finds_the_value_or_its_deepest_parent(void **state) {
    (void)state;
    static const struct {
        const char *path;
        const char *at; // where it begins
        bool whole;
    } cases[] = {
        {"", "{\"kind\"", true},
        {"kind", "\"Pod\"", true},
        {"metadata.annotations[\"a.io/b\"]", "\"x\"", true},
        {"metadata.annotations[\"q\\\"\"]", "7}", true},
        {"spec.containers", "[{", true},
        {"spec.containers[0].image", "\"one,", true},
        {"spec.containers[1].image", "\"two\"", true}, // the last one counts
        {"spec.containers[2].image", "[{", false},
        {"spec.containers[0].nothing.more", "{\"image\":\"one", false},
        {"spec[0]", "{\"containers\"", false},
        {"kind.x", "\"Pod\"", false},
        {"spec.containers[x]", "[{", false},
    };
    for (size_t i = 0; i < PT_COUNT(cases); i++) {
        bool whole = !cases[i].whole;
        size_t at = pt_json_locate(pt_str_of(pod), pt_str_of(cases[i].path), &whole);
        assert_str(pt_str_sub(pt_str_of(pod), at, at + strlen(cases[i].at)), cases[i].at);
        assert_int_equal(whole, cases[i].whole);
    }
}

// It is given what was read before, but must not trip over anything else.
static void test_json_locate_stays_inside_broken_text(void **state) {
    (void)state;
    static const char *const paths[] = {"", "spec.containers[1].image", "metadata.annotations.x",
                                        "[1][2]"};
    static const char list[] = "[1,[2,3,\"\\\"]\"]]";
    for (size_t p = 0; p < PT_COUNT(paths); p++) {
        bool whole;
        for (size_t n = 0; n < sizeof pod; n++)
            assert_true(pt_json_locate((pt_str){pod, n}, pt_str_of(paths[p]), &whole) <= n);
        for (size_t n = 0; n < sizeof list; n++)
            assert_true(pt_json_locate((pt_str){list, n}, pt_str_of(paths[p]), &whole) <= n);
    }
}

static void test_line_of_counts_code_points(void **state) {
    (void)state;
    static const struct {
        size_t offset;
        uint32_t line, column;
    } cases[] = {{0, 1, 1}, {1, 1, 2}, {3, 1, 3}, {4, 2, 1},
                 {5, 3, 1}, {8, 3, 2}, {9, 3, 3}, {99, 3, 3}};
    for (size_t i = 0; i < PT_COUNT(cases); i++) {
        uint32_t line;
        uint32_t column;
        pt_line_of(PT_STR("a\xc3\xa9\n\n\xe2\x82\xac"
                          "b"),
                   cases[i].offset, &line, &column);
        assert_int_equal(line, cases[i].line);
        assert_int_equal(column, cases[i].column);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_path_walk_gives_steps_or_says_bad),
        cmocka_unit_test(test_path_get_finds_or_is_undefined),
        cmocka_unit_test(test_path_written_reads_back),
        cmocka_unit_test(test_json_locate_finds_the_value_or_its_deepest_parent),
        cmocka_unit_test(test_json_locate_stays_inside_broken_text),
        cmocka_unit_test(test_line_of_counts_code_points),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
