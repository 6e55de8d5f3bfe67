#include <string.h>

#include "base/testing.h"
#include "value/json.h"
#include "value/value.h"

static pt_value parse(pt_arena *a, const char *text) {
    pt_value v;
    pt_err e = {0};
    pt_code code = pt_json_parse(a, pt_str_of(text), NULL, &v, &e);
    if (code)
        print_error("%s: %s\n", text, e.what);
    assert_int_equal(code, PT_OK);
    return v;
}

static void assert_json(pt_value v, const char *want) {
    pt_buf b = PT_BUF(1 << 20);
    assert_int_equal(pt_json_write(&b, v, NULL, NULL), PT_OK);
    assert_str(pt_buf_str(&b), want);
    pt_buf_done(&b);
}

static void test_value_scalars_say_what_they_are(void **state) {
    (void)state;
    assert_false(pt_defined(pt_undefined()));
    assert_int_equal(pt_tag_of(pt_null()), PT_NULL);
    assert_true(pt_true(pt_bool(true)));
    assert_false(pt_true(pt_bool(false)));
    assert_false(pt_true(pt_int(1)));
    assert_str(pt_text(pt_stringz("abc")), "abc");
    assert_str(pt_text(pt_stringz("")), "");
    assert_int_equal(pt_text(pt_int(1)).n, 0);
    assert_int_equal(pt_len(pt_stringz("abc")), 0);
    assert_false(pt_defined(pt_at(pt_null(), 0)));
    assert_false(pt_defined(pt_getz(pt_null(), "a")));
    assert_false(pt_defined(pt_string((pt_str){"", PT_VALUE_ITEMS_MAX + 1})));
    assert_string_equal(pt_tag_name(PT_SET), "set");
    assert_string_equal(pt_tag_name(PT_BOOL), "boolean");
}

static void test_value_set_keeps_the_first_of_equal_items(void **state) {
    (void)state;
    pt_arena a = {0};
    pt_value items[] = {pt_stringz("b"),
                        pt_number(PT_STR("1.0")),
                        pt_stringz("a"),
                        pt_number(PT_STR("1")),
                        pt_number(PT_STR("10e-1")),
                        pt_stringz("b"),
                        pt_null()};
    pt_value set = pt_set_of(&a, items, PT_COUNT(items));
    assert_json(set, "[null,1.0,\"a\",\"b\"]");
    assert_int_equal(pt_tag_of(set), PT_SET);
    assert_true(pt_set_has(set, pt_int(1)));
    assert_false(pt_set_has(set, pt_int(2)));
    assert_false(pt_set_has(pt_set_of(&a, NULL, 0), pt_int(2)));
    pt_arena_done(&a);
}

static void test_value_object_sorts_and_the_last_of_equal_keys_wins(void **state) {
    (void)state;
    pt_arena a = {0};
    pt_value pairs[] = {pt_stringz("b"), pt_int(1), pt_stringz("a"), pt_int(2),
                        pt_stringz("b"), pt_int(3), pt_stringz(""),  pt_int(4)};
    pt_value dup;
    pt_value v = pt_object_of(&a, pairs, 4, &dup);
    assert_json(v, "{\"\":4,\"a\":2,\"b\":3}");
    assert_str(pt_text(dup), "b");
    assert_str(pt_text(pt_key_at(v, 1)), "a");
    assert_true(pt_eq(pt_val_at(v, 2), pt_int(3)));
    assert_false(pt_defined(pt_key_at(v, 3)));
    assert_json(pt_object_of(&a, pairs, 2, &dup), "{\"a\":2,\"b\":1}");
    assert_false(pt_defined(dup));
    pt_arena_done(&a);
}

// Every size around the bounds of insertion, merging and searching; backwards, and with a twin
// each.
static void test_value_object_of_any_size_finds_every_key(void **state) {
    (void)state;
    for (size_t n = 0; n < 200; n += n < 40 ? 1 : 23) {
        pt_arena a = {0};
        pt_value *pairs = PT_NEW(&a, pt_value, 4 * n);
        for (size_t i = 0; i < 2 * n; i++) {
            size_t number = i < n ? n - 1 - i : (i - n) * 7 % n;
            pairs[2 * i] = pt_string(pt_arena_printf(&a, "key%zu", number));
            pairs[2 * i + 1] = pt_int((int64_t)(i < n ? 1000 : number));
        }
        bool all = n > 0 && n % 7 != 0; // then i * 7 % n comes by every number
        pt_value v = pt_object_of(&a, pairs, all ? 2 * n : n, NULL);
        assert_int_equal(pt_len(v), n);
        for (size_t i = 0; i < n; i++) {
            pt_str key = pt_arena_printf(&a, "key%zu", i);
            assert_true(pt_eq(pt_get(v, key), pt_int(all ? (int64_t)i : 1000)));
        }
        for (size_t i = 1; i < n; i++)
            assert_true(pt_cmp(pt_key_at(v, i - 1), pt_key_at(v, i)) < 0);
        assert_false(pt_defined(pt_getz(v, "key")));
        assert_false(pt_defined(pt_get_value(v, pt_int(1))));
        pt_arena_done(&a);
    }
}

static void test_value_object_takes_any_key(void **state) {
    (void)state;
    pt_arena a = {0};
    pt_value list = parse(&a, "[1]");
    pt_value pairs[] = {list, pt_int(1), pt_number(PT_STR("2.0")), pt_int(2), pt_null(), pt_int(3)};
    pt_value v = pt_object_of(&a, pairs, 3, NULL);
    assert_true(pt_eq(pt_get_value(v, pt_int(2)), pt_int(2)));
    assert_true(pt_eq(pt_get_value(v, parse(&a, "[1.0]")), pt_int(1)));
    assert_true(pt_eq(pt_get_value(v, pt_null()), pt_int(3)));
    assert_json(v, "{\"null\":3,\"2.0\":2,\"[1]\":1}");
    pt_arena_done(&a);
}

static void test_value_builders_fail_on_what_could_not_be_made(void **state) {
    (void)state;
    pt_arena a = {0};
    pt_list l = {.a = &a};
    pt_list_add(&l, pt_int(1));
    pt_list_add(&l, pt_int(2));
    pt_obj o = {.a = &a};
    pt_obj_set(&o, "z", pt_list_end(&l));
    pt_obj_maybe(&o, "none", pt_undefined());
    pt_obj_set(&o, "a", pt_null());
    assert_json(pt_obj_end(&o), "{\"a\":null,\"z\":[1,2]}");
    pt_obj_set(&o, "b", pt_undefined());
    assert_false(pt_defined(pt_obj_end(&o)));
    pt_list_add(&l, pt_undefined());
    assert_false(pt_defined(pt_list_end(&l)));
    pt_arena_done(&a);
}

static void test_value_builders_say_when_the_arena_is_full(void **state) {
    (void)state;
    pt_arena a = {.bytes_max = 1};
    pt_obj o = {.a = &a};
    pt_obj_set(&o, "a", pt_int(1));
    assert_false(pt_defined(pt_obj_end(&o)));
    pt_list l = {.a = &a};
    pt_list_add(&l, pt_int(1));
    pt_list_add(&l, pt_int(1));
    assert_false(pt_defined(pt_list_end(&l)));
    pt_arena_done(&a);
}

static void test_value_clone_needs_nothing_of_the_original(void **state) {
    (void)state;
    static const char text[] = "{\"a\":[\"x\\ty\",1.50,-7,{}],\"b\":{\"c\":true,\"d\":null}}";
    char source[sizeof text];
    memcpy(source, text, sizeof text);
    pt_arena from = {0};
    pt_arena to = {0};
    pt_value v = pt_clone(&to, parse(&from, source));
    pt_arena_done(&from);
    memset(source, 'x', sizeof source);
    assert_json(v, text);
    pt_arena_done(&to);
}

// Whatever allocation fails, the answer is undefined; nothing is half built.
static void test_value_full_arena_gives_undefined_at_every_allocation(void **state) {
    (void)state;
    pt_arena from = {0};
    pt_value v =
        parse(&from, "{\"b\":[\"x\",[1,2,{\"c\":\"a string that is longer than the others\"}]],"
                     "\"a\":{\"d\":[[],[[1.5]]]}}");
    size_t bytes = 0;
    pt_value copy = {0};
    for (; !pt_defined(copy); bytes += 16) {
        pt_arena a = {.bytes_max = bytes + 1};
        copy = pt_clone(&a, v);
        if (pt_defined(copy))
            assert_true(pt_eq(copy, v));
        pt_arena_done(&a);
        assert_true(bytes < 1 << 16);
    }
    assert_true(bytes > 100);
    pt_arena_done(&from);
}

static void test_value_deeper_than_the_limit_is_not_built(void **state) {
    (void)state;
    pt_arena a = {0};
    pt_value v = pt_int(1);
    for (size_t i = 0; i < PT_VALUE_DEPTH_MAX; i++)
        v = i % 2 ? pt_array_of(&a, &v, 1)
                  : pt_object_of(&a, (pt_value[]){pt_stringz("k"), v}, 1, NULL);
    assert_true(pt_defined(v));
    assert_false(pt_defined(pt_array_of(&a, &v, 1)));
    assert_false(pt_defined(pt_set_of(&a, &v, 1)));
    assert_false(pt_defined(pt_object_of(&a, (pt_value[]){v, v}, 1, NULL)));
    // and the deepest value can be walked
    pt_value copy = pt_clone(&a, v);
    assert_true(pt_eq(v, copy));
    assert_int_equal(pt_cmp(v, copy), 0);
    assert_int_equal(pt_hash(v, 1), pt_hash(copy, 1));
    pt_buf b = PT_BUF((size_t)1 << 30);
    assert_int_equal(pt_json_write(&b, v, NULL, NULL), PT_OK);
    assert_int_equal(pt_json_parse(&a, pt_buf_str(&b), NULL, &copy, NULL), PT_OK);
    assert_true(pt_eq(v, copy));
    pt_buf_done(&b);
    pt_arena_done(&a);
}

static void test_object_key_is_a_slice_that_needs_no_nul(void **state) {
    (void)state;
    pt_arena a = {0};
    pt_obj o = {.a = &a};
    pt_obj_put(&o, (pt_str){"onetwo", 3}, pt_int(1));
    pt_value v = pt_obj_end(&o);
    assert_int_equal(pt_len(v), 1);
    assert_str(pt_text(pt_key_at(v, 0)), "one");
    pt_arena_done(&a);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_value_scalars_say_what_they_are),
        cmocka_unit_test(test_value_set_keeps_the_first_of_equal_items),
        cmocka_unit_test(test_value_object_sorts_and_the_last_of_equal_keys_wins),
        cmocka_unit_test(test_value_object_of_any_size_finds_every_key),
        cmocka_unit_test(test_value_object_takes_any_key),
        cmocka_unit_test(test_value_builders_fail_on_what_could_not_be_made),
        cmocka_unit_test(test_value_builders_say_when_the_arena_is_full),
        cmocka_unit_test(test_value_clone_needs_nothing_of_the_original),
        cmocka_unit_test(test_value_full_arena_gives_undefined_at_every_allocation),
        cmocka_unit_test(test_value_deeper_than_the_limit_is_not_built),
        cmocka_unit_test(test_object_key_is_a_slice_that_needs_no_nul),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
