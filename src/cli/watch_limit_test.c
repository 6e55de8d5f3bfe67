#include <string.h>

#include "base/testing.h"
#include "cli/watch.h"

#define SECOND UINT64_C(1000000000)

static uint64_t said_of(pt_watch_limit *l, uint64_t key, uint64_t now_ns, int tries) {
    uint64_t n = 0;
    for (int i = 0; i < tries; i++)
        n += pt_watch_may_say(l, key, now_ns);
    return n;
}

static void test_limit_holds_back_a_flood_and_nobody_else(void **state) {
    (void)state;
    static pt_watch_limit l;
    assert_int_equal(said_of(&l, 7, SECOND, 1000), 200);
    assert_int_equal(l.held_back, 800);
    assert_int_equal(said_of(&l, 8, SECOND, 5), 5);             // another rule or container
    assert_int_equal(said_of(&l, 7, 11 * SECOND, 1000), 40);    // four a second
    assert_int_equal(said_of(&l, 7, 1000 * SECOND, 1000), 200); // as much as at the start, no more
    assert_int_equal(said_of(&l, 7, SECOND, 10), 0); // a clock that goes back gives nothing
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_limit_holds_back_a_flood_and_nobody_else),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
