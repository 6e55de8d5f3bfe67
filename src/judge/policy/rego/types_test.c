// Types by themselves: what they print, how they compare, unite and unify.
#include <string.h>

#include "base/testing.h"
#include "judge/policy/rego/types_tree.h"

static pt_arena arena;

static pt_types made(void) {
    return (pt_types){.arena = &arena};
}

static const pt_type *parse(pt_types *t, const char *text) {
    const pt_type *f = pt_type_parse(t, pt_arena_printf(&arena, "(%s) => any", text));
    assert_int_equal(f->n, 1);
    return f->of[0];
}

static const char *text_of(const pt_type *a) {
    pt_buf b = PT_BUF(1 << 16);
    pt_type_write(&b, a);
    pt_str s = pt_arena_str(&arena, pt_buf_str(&b));
    pt_buf_done(&b);
    return s.p;
}

static int done(void **state) {
    (void)state;
    pt_arena_done(&arena);
    return 0;
}

static void test_parse_and_print_agree(void **state) {
    (void)state;
    static const char *const types[] = {
        "any",
        "null",
        "set[any<number, string>]",
        "array<number, string>[any]",
        "array[any<string>]",
        "object<a: string, b: array[any]>[any: any]",
        "object[string: set[string]]",
        "any<null, boolean, number, string>",
        "any<array[any], object[any: any], set[any]>",
    };
    pt_types t = made();
    for (size_t i = 0; i < PT_COUNT(types); i++)
        assert_string_equal(text_of(parse(&t, types[i])), types[i]);
    const pt_type *f = pt_type_parse(&t, PT_STR("(x: string, number...) => ???"));
    assert_string_equal(text_of(f), "(string, number...) => ???");
    assert_null(f->result);
}

static void test_every_builtin_has_a_type(void **state) {
    (void)state;
    static const char *const names[] = {"count", "json.patch", "print", "walk", "http.send"};
    pt_types t = made();
    for (size_t i = 0; i < PT_COUNT(names); i++) {
        const pt_fn *fn = pt_fn_find(pt_str_of(names[i]));
        assert_non_null(fn);
        assert_int_equal(pt_type_parse(&t, pt_str_of(fn->type))->n, fn->arity);
    }
}

static void test_union_is_sorted_and_has_each_once(void **state) {
    (void)state;
    static const char *const rows[][3] = {
        {"string", "number", "any<number, string>"},
        {"number", "number", "number"},
        {"any<number, set[any]>", "any<null, number>", "any<null, number, set[any]>"},
        {"any", "string", "any"},
        {"array[any]", "array<number>", "any<array<number>, array[any]>"},
    };
    pt_types t = made();
    for (size_t i = 0; i < PT_COUNT(rows); i++) {
        const pt_type *a = parse(&t, rows[i][0]), *b = parse(&t, rows[i][1]);
        assert_string_equal(text_of(pt_type_or(&t, a, b)), rows[i][2]);
        assert_string_equal(text_of(pt_type_or(&t, b, a)), rows[i][2]);
    }
    assert_ptr_equal(pt_type_or(&t, NULL, &pt_type_null), &pt_type_null);
}

static void test_unify_asks_what_a_value_could_be(void **state) {
    (void)state;
    static const struct {
        const char *a, *b;
        bool want;
    } rows[] = {
        {"number", "number", true},
        {"number", "string", false},
        {"any", "string", true},
        {"any<number, string>", "string", true},
        {"any<number, string>", "null", false},
        {"array<number>", "array[number]", true},
        {"array<number>", "array<number, number>", false},
        {"array<number, string>", "array[number]", false},
        {"object<a: number>", "object<a: number, b: string>", false},
        {"object<a: number>", "object<b: number>[any: any]", true},
        {"object[string: number]", "object<a: string>", false},
        {"set", "set[number]", true},
        {"set[string]", "set[number]", false},
    };
    pt_types t = made();
    for (size_t i = 0; i < PT_COUNT(rows); i++) {
        const pt_type *a = parse(&t, rows[i].a), *b = parse(&t, rows[i].b);
        if (pt_type_unifies(&t, a, b) != rows[i].want || pt_type_unifies(&t, b, a) != rows[i].want)
            fail_msg("%s, %s", rows[i].a, rows[i].b);
    }
}

static void test_what_is_too_deep_is_any(void **state) {
    (void)state;
    pt_types t = made();
    const pt_type *a = &pt_type_null;
    for (int i = 0; i < PT_TYPE_DEPTH_MAX - 1; i++)
        a = pt_type_set(&t, a);
    assert_int_equal(a->kind, PT_TYPE_SET);
    assert_true(pt_type_is_any(pt_type_set(&t, a)));
    const pt_type *pair[2] = {&pt_type_null, &pt_type_null};
    for (int i = 0; i < 40; i++)
        pair[0] = pair[1] = pt_type_array(&t, pair, 2, NULL);
    assert_true(pair[0]->size <= PT_TYPE_SIZE_MAX);
}

static void test_documents_join_on_the_way(void **state) {
    (void)state;
    pt_types t = {.arena = &arena, .lasting = true};
    pt_type_node root = {0};
    pt_value path[] = {pt_stringz("data"), pt_stringz("p"), pt_stringz("a")};
    pt_type_insert(&t, &root, path, 3, &pt_type_number);
    pt_type_insert(&t, &root, path, 3, &pt_type_string);
    pt_type_node *data = pt_type_node_kid(&root, path[0]);
    assert_string_equal(text_of(pt_type_extent(&t, data)),
                        "object<p: object<a: any<number, string>>[string: any]>[string: any]");
    pt_type_insert(&t, &root, path, 2, parse(&t, "object[number: null]"));
    assert_string_equal(
        text_of(pt_type_extent(&t, data)),
        "object<p: object[any<number, string>: any<null, number, string>]>[string: any]");
}

static void test_wide_types_show_what_differs(void **state) {
    (void)state;
    pt_types t = made();
    const pt_type *a = parse(&t, "object<a: number, b: string, same: array[string]>");
    const pt_type *b = parse(&t, "object<a: number, b: null, same: array[string]>");
    pt_buf left = PT_BUF(4096), right = PT_BUF(4096);
    pt_type_write_diff(&t, &left, &right, a, b);
    assert_str(pt_buf_str(&left), "object<b: string, ...>");
    assert_str(pt_buf_str(&right), "object<b: null, ...>");
    pt_buf_clear(&left);
    pt_type_write_short(&left, PT_STR("x"), a);
    assert_str(pt_buf_str(&left), "x: object<...>");
    pt_buf_done(&left);
    pt_buf_done(&right);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_parse_and_print_agree),
        cmocka_unit_test(test_every_builtin_has_a_type),
        cmocka_unit_test(test_union_is_sorted_and_has_each_once),
        cmocka_unit_test(test_unify_asks_what_a_value_could_be),
        cmocka_unit_test(test_what_is_too_deep_is_any),
        cmocka_unit_test(test_documents_join_on_the_way),
        cmocka_unit_test(test_wide_types_show_what_differs),
    };
    return cmocka_run_group_tests_name("judge_rego_types", tests, NULL, done);
}
