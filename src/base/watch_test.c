#include "base/arena.h"
#include "base/instant.h"
#include "base/testing.h"
#include "base/watch.h"

static void count(void *to) {
    ++*(int *)to;
}

static void test_watch_none_never_ends(void **state) {
    (void)state;
    for (int i = 0; i < 100; i++)
        assert_false(pt_watch_spend((size_t)1 << 20));
    assert_false(pt_watch_ended());
}

static void test_watch_ends_when_cancelled_and_says_so_once(void **state) {
    (void)state;
    atomic_bool cancel = false;
    int heard = 0;
    pt_watch w = {.cancel = &cancel, .over = count, .to = &heard};
    pt_watch_begin(&w);
    assert_false(pt_watch_spend((size_t)2 * PT_WATCH_STEPS));
    cancel = true;
    assert_false(pt_watch_spend(1)); // it does not look each time
    assert_true(pt_watch_spend((size_t)2 * PT_WATCH_STEPS));
    cancel = false;
    for (int i = 0; i < 10; i++)
        assert_true(pt_watch_spend((size_t)i)); // it stays so
    assert_true(pt_watch_ended());
    assert_int_equal(heard, 1);
    pt_watch_end(&w);
    assert_true(w.ended);
    assert_false(pt_watch_ended());
    assert_false(pt_watch_spend(1));
}

static void test_watch_ends_at_its_deadline(void **state) {
    (void)state;
    pt_watch w = {.deadline_ns = pt_monotonic_ns() + INT64_C(5000000)};
    pt_watch_begin(&w);
    while (!pt_watch_spend(1))
        ;
    assert_true(pt_monotonic_ns() >= w.deadline_ns);
    assert_true(pt_monotonic_ns() < w.deadline_ns + 10 * PT_SECOND_NS);
    pt_watch_end(&w);
}

static void test_watch_within_another_is_alone(void **state) {
    (void)state;
    atomic_bool cancel = true;
    pt_watch outer = {.cancel = &cancel};
    pt_watch inner = {0};
    pt_watch_begin(&outer);
    pt_watch_begin(&inner);
    assert_false(pt_watch_spend((size_t)2 * PT_WATCH_STEPS));
    pt_watch_end(&inner);
    assert_false(inner.ended);
    assert_true(pt_watch_spend(1)); // at once: the inner one took its time
    pt_watch_end(&outer);
}

static void test_watch_that_ended_gives_no_memory(void **state) {
    (void)state;
    atomic_bool cancel = true;
    pt_watch w = {.cancel = &cancel};
    pt_arena a = {0};
    pt_watch_begin(&w);
    for (int i = 0; i < 100 && pt_arena_take(&a, 1 << 20);)
        i++;
    assert_true(a.full);
    assert_null(pt_arena_take(&a, 1 << 20));
    pt_watch_end(&w);
    pt_arena_clear(&a);
    assert_non_null(pt_arena_take(&a, 100));
    pt_arena_done(&a);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_watch_none_never_ends),
        cmocka_unit_test(test_watch_ends_when_cancelled_and_says_so_once),
        cmocka_unit_test(test_watch_ends_at_its_deadline),
        cmocka_unit_test(test_watch_within_another_is_alone),
        cmocka_unit_test(test_watch_that_ended_gives_no_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
