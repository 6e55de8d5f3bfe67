// Work that is done in time, and work that is not.
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/instant.h"
#include "base/testing.h"
#include "respond/guard/lane.h"

typedef struct bench {
    atomic_int hold, left;
    pt_arena *arena; // that it last worked in
} bench;

// Gives a copy of its input; waits while "slow" is held.
static void *copy(void *context, pt_arena *a, pt_str input) {
    bench *b = context;
    while (pt_str_eqz(input, "slow") && atomic_load(&b->hold))
        usleep(1000);
    b->arena = a;
    pt_str *s = PT_NEW(a, pt_str, 1);
    if (!s) // it was left
        return NULL;
    *s = pt_arena_str(a, input);
    return s;
}

static void count_left(void *context) {
    atomic_fetch_add(&((bench *)context)->left, 1);
}

static void test_lane_gives_what_the_work_gives(void **state) {
    (void)state;
    bench b = {0};
    pt_lane *l = NULL;
    assert_int_equal(pt_lane_new(&l, copy, count_left, &b, NULL), PT_OK);
    PT_AUTO(pt_buf_done) pt_buf large = PT_BUF((size_t)8 << 20);
    pt_buf_fill(&large, 'x', large.max);
    const pt_str inputs[] = {PT_STR("one"), PT_STR(""), pt_buf_str(&large), PT_STR("two")};
    for (size_t i = 0; i < PT_COUNT(inputs); i++) {
        void *result = NULL;
        bool left;
        assert_true(pt_lane_run(l, inputs[i], 10000, &result, &left));
        assert_true(pt_str_eq(*(pt_str *)result, inputs[i]));
    }
    pt_lane_free(l);
    assert_int_equal(atomic_load(&b.left), 0);
}

// A connection that asks for nothing more does not keep what one request needed.
static void test_lane_gives_back_what_one_work_needed(void **state) {
    (void)state;
    bench b = {0};
    pt_lane *l = NULL;
    void *result;
    bool left;
    assert_int_equal(pt_lane_new(&l, copy, count_left, &b, NULL), PT_OK);
    PT_AUTO(pt_buf_done) pt_buf large = PT_BUF((size_t)8 << 20);
    pt_buf_fill(&large, 'x', large.max);
    assert_true(pt_lane_run(l, pt_buf_str(&large), 10000, &result, &left));
    assert_true(b.arena->bytes > large.n);
    pt_lane_rest(l);
    assert_int_equal(b.arena->bytes, 0);
    assert_null(b.arena->spare);
    assert_true(pt_lane_run(l, PT_STR("small"), 10000, &result, &left));
    pt_lane_rest(l);
    assert_non_null(b.arena->spare); // that is little, and is kept
    assert_true(pt_lane_run(l, PT_STR("again"), 10000, &result, &left));
    assert_true(pt_str_eqz(*(pt_str *)result, "again"));
    pt_lane_free(l);
}

static void test_lane_that_is_late_is_left_and_ends_by_itself(void **state) {
    (void)state;
    bench b = {.hold = 1};
    pt_lane *l = NULL;
    void *result = NULL;
    bool left = false;
    assert_int_equal(pt_lane_new(&l, copy, count_left, &b, NULL), PT_OK);
    int64_t began = pt_monotonic_ns();
    assert_false(pt_lane_run(l, PT_STR("slow"), 50, &result, &left));
    assert_true(left);
    assert_true(pt_monotonic_ns() - began < PT_SECOND_NS);
    assert_int_equal(atomic_load(&b.left), 0);
    atomic_store(&b.hold, 0);
    while (atomic_load(&b.left) == 0)
        usleep(1000);
}

// Works for ever, unless there is no more memory for it.
static void *never_ends(void *context, pt_arena *a, pt_str input) {
    (void)context, (void)input;
    while (!pt_arena_ended(a))
        usleep(1000);
    return NULL;
}

static void test_lane_that_is_left_is_told_to_end(void **state) {
    (void)state;
    bench b = {0};
    pt_lane *l = NULL;
    void *result = NULL;
    bool left = false;
    assert_int_equal(pt_lane_new(&l, never_ends, count_left, &b, NULL), PT_OK);
    assert_false(pt_lane_run(l, PT_STR("x"), 50, &result, &left));
    assert_true(left);
    int64_t began = pt_monotonic_ns();
    while (atomic_load(&b.left) == 0 && pt_monotonic_ns() - began < 5 * PT_SECOND_NS)
        usleep(1000);
    assert_int_equal(atomic_load(&b.left), 1);
}

static void test_lane_refuses_what_is_too_large(void **state) {
    (void)state;
    bench b = {0};
    pt_lane *l = NULL;
    void *result = NULL;
    bool left = true;
    assert_int_equal(pt_lane_new(&l, copy, count_left, &b, NULL), PT_OK);
    PT_AUTO(pt_buf_done) pt_buf large = PT_BUF((size_t)128 << 20);
    pt_buf_fill(&large, 'x', (size_t)65 << 20);
    assert_false(pt_lane_run(l, pt_buf_str(&large), 10000, &result, &left));
    assert_false(left);
    assert_true(pt_lane_run(l, PT_STR("small"), 10000, &result, &left));
    pt_lane_free(l);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lane_gives_what_the_work_gives),
        cmocka_unit_test(test_lane_gives_back_what_one_work_needed),
        cmocka_unit_test(test_lane_that_is_late_is_left_and_ends_by_itself),
        cmocka_unit_test(test_lane_that_is_left_is_told_to_end),
        cmocka_unit_test(test_lane_refuses_what_is_too_large),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
