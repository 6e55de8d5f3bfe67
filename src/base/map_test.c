#include "base/map.h"
#include "base/testing.h"

static void test_what_was_put_is_found(void **state) {
    (void)state;
    static char things[1000];
    PT_AUTO(pt_arena_done) pt_arena a = {0};
    pt_map m = {.a = &a};
    assert_null(pt_map_get(&m, 0));
    for (uint64_t i = 0; i < 1000; i++)
        assert_true(pt_map_put(&m, i << 2, &things[i]));
    for (uint64_t i = 0; i < 1000; i++)
        assert_ptr_equal(pt_map_get(&m, i << 2), &things[i]);
    assert_null(pt_map_get(&m, UINT64_C(1000) << 2));
    assert_true(pt_map_put(&m, 8, &things[0]));
    assert_ptr_equal(pt_map_get(&m, 8), &things[0]);
    assert_int_equal(m.n, 1000);
}

static void test_no_memory_leaves_it_as_it_was(void **state) {
    (void)state;
    static char thing;
    PT_AUTO(pt_arena_done) pt_arena a = {.bytes_max = 16384};
    pt_map m = {.a = &a};
    uint64_t n = 0;
    while (pt_map_put(&m, (n + 1) << 2, &thing))
        n++;
    assert_true(n > 0);
    for (uint64_t i = 0; i < n; i++)
        assert_ptr_equal(pt_map_get(&m, (i + 1) << 2), &thing);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_was_put_is_found),
        cmocka_unit_test(test_no_memory_leaves_it_as_it_was),
    };
    return cmocka_run_group_tests_name("map", tests, NULL, NULL);
}
