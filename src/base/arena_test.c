#include <string.h>

#include "base/arena.h"
#include "base/testing.h"

static void test_arena_take_aligns_and_keeps_content(void **state) {
    (void)state;
    pt_arena a = {0};
    char *first = pt_arena_take(&a, 5);
    memcpy(first, "abcd", 5);
    for (int i = 0; i < 2000; i++) {
        char *p = pt_arena_take(&a, 100);
        assert_non_null(p);
        assert_int_equal((uintptr_t)p % 16, 0);
        memset(p, i, 100);
    }
    assert_string_equal(first, "abcd");
    pt_arena_done(&a);
}

static void test_arena_limit_gives_null_and_goes_on(void **state) {
    (void)state;
    pt_arena a;
    pt_arena_init(&a, 10000);
    assert_null(pt_arena_take(&a, 20000));
    assert_non_null(pt_arena_take(&a, 9000));
    assert_null(pt_arena_take(&a, 9000));
    assert_true(a.bytes <= 10000);
    pt_arena_done(&a);
    assert_int_equal(a.bytes, 0);
    assert_int_equal(a.bytes_max, 10000);
}

static void test_arena_overflowing_sizes_give_null(void **state) {
    (void)state;
    pt_arena a = {0};
    assert_null(PT_NEW(&a, uint64_t, SIZE_MAX / 4));
    assert_null(pt_arena_take(&a, SIZE_MAX));
    assert_null(pt_arena_take(&a, SIZE_MAX - 16));
    assert_int_equal(a.bytes, 0);
    assert_true(a.full);
    pt_arena_clear(&a);
    assert_false(a.full);
}

static void test_arena_clear_keeps_the_memory(void **state) {
    (void)state;
    pt_arena a = {0};
    pt_arena_clear(&a); // of nothing
    for (int i = 0; i < 1000; i++)
        assert_non_null(pt_arena_take(&a, 64));
    size_t before = a.bytes;
    const void *newest = a.blocks;
    for (int round = 0; round < 3; round++) {
        pt_arena_clear(&a);
        assert_int_equal(a.bytes, 0);
        for (int i = 0; i < 1000; i++)
            assert_non_null(pt_arena_take(&a, 64));
        assert_true(a.bytes <= before);
    }
    pt_arena_clear(&a);
    assert_non_null(pt_arena_take(&a, 64));
    assert_ptr_equal(a.blocks, newest); // the biggest one again, whatever the round
    pt_arena_done(&a);
}

static void test_arena_rest_keeps_little_and_frees_much(void **state) {
    (void)state;
    pt_arena a = {0};
    assert_non_null(pt_arena_take(&a, 100));
    pt_arena_rest(&a, 1 << 20);
    assert_non_null(a.spare);
    assert_int_equal(a.bytes, 0);
    assert_non_null(pt_arena_take(&a, 2 << 20));
    pt_arena_rest(&a, 1 << 20);
    assert_null(a.spare);
    assert_non_null(pt_arena_take(&a, 2 << 20));
    pt_arena_clear(&a);
    pt_arena_rest(&a, 1 << 20); // what was kept before counts, too
    assert_null(a.spare);
    pt_arena_done(&a);
}

static void test_arena_kept_memory_counts_within_the_limit(void **state) {
    (void)state;
    pt_arena a;
    pt_arena_init(&a, 20000);
    for (int i = 0; i < 10; i++)
        assert_non_null(pt_arena_take(&a, 1000));
    pt_arena_clear(&a);
    assert_non_null(pt_arena_take(&a, 19000)); // no kept block is so big: they make room for it
    assert_null(a.spare);
    assert_null(pt_arena_take(&a, 4000));
    pt_arena_done(&a);
}

static void test_arena_that_is_stopped_grows_no_more(void **state) {
    (void)state;
    pt_arena a = {0};
    atomic_bool stop = false;
    a.stop = &stop;
    assert_non_null(pt_arena_take(&a, 1000));
    assert_false(pt_arena_ended(&a));
    atomic_store(&stop, true);
    assert_true(pt_arena_ended(&a));
    assert_null(pt_arena_take(&a, 100000));
    assert_true(a.full);
    pt_arena_clear(&a); // what was kept counts as well, and who may stop it stays
    assert_null(pt_arena_take(&a, 1000));
    atomic_store(&stop, false);
    assert_non_null(pt_arena_take(&a, 1000));
    pt_arena_done(&a);
    assert_ptr_equal(a.stop, &stop);
}

static void test_vec_push_grows_where_it_is(void **state) {
    (void)state;
    PT_AUTO(pt_arena_done) pt_arena a = {0};
    PT_VEC(uint32_t) v = {0};
    PT_VEC(uint32_t) other = {0};
    for (uint32_t i = 0; i < 100; i++)
        *PT_PUSH(&a, &v) = i;
    size_t used = pt_arena_used(&a);
    const uint32_t *first = v.v;
    for (uint32_t i = 100; i < 128; i++)
        *PT_PUSH(&a, &v) = i;
    assert_int_equal(pt_arena_used(&a), used);
    *PT_PUSH(&a, &v) = 128;
    assert_ptr_equal(v.v, first);
    assert_int_equal(pt_arena_used(&a), used + 128 * sizeof *v.v);
    assert_int_equal(v.v[255], 0); // zeroed, as what is taken anew
    *PT_PUSH(&a, &other) = 1;
    while (v.n < v.cap)
        *PT_PUSH(&a, &v) = 1;
    *PT_PUSH(&a, &v) = 2;
    assert_ptr_not_equal(v.v, first);
    assert_int_equal(v.v[127], 127);
    assert_int_equal(other.v[0], 1);
}

static void test_vec_push_keeps_items_across_growth(void **state) {
    (void)state;
    pt_arena a = {0};
    PT_VEC(int) v = {0};
    for (int i = 0; i < 1000; i++)
        *PT_PUSH(&a, &v) = i;
    assert_int_equal(v.n, 1000);
    for (int i = 0; i < 1000; i++)
        assert_int_equal(v.v[i], i);
    pt_arena_done(&a);
}

static void test_arena_str_ends_in_nul_and_takes_empty(void **state) {
    (void)state;
    pt_arena a = {0};
    pt_str s = pt_arena_str(&a, PT_STR("hello"));
    assert_string_equal(s.p, "hello");
    s = pt_arena_str(&a, (pt_str){0});
    assert_int_equal(s.n, 0);
    assert_string_equal(s.p, "");
    s = pt_arena_printf(&a, "%d-%s", 7, "x");
    assert_str(s, "7-x");
    pt_arena_done(&a);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_arena_take_aligns_and_keeps_content),
        cmocka_unit_test(test_arena_limit_gives_null_and_goes_on),
        cmocka_unit_test(test_arena_overflowing_sizes_give_null),
        cmocka_unit_test(test_arena_clear_keeps_the_memory),
        cmocka_unit_test(test_arena_rest_keeps_little_and_frees_much),
        cmocka_unit_test(test_arena_kept_memory_counts_within_the_limit),
        cmocka_unit_test(test_arena_that_is_stopped_grows_no_more),
        cmocka_unit_test(test_vec_push_grows_where_it_is),
        cmocka_unit_test(test_vec_push_keeps_items_across_growth),
        cmocka_unit_test(test_arena_str_ends_in_nul_and_takes_empty),
    };
    return cmocka_run_group_tests_name("base_arena", tests, NULL, NULL);
}
