#include <stdlib.h>
#include <string.h>

#include "base/testing.h"
#include "collect/runtime/sensor/ring.h"

// Rings as the kernel maps them, made up: the data twice in a row.
enum {
    BYTES = 4096,
    RINGS = 3,
    BUSY_BIT = 31,
    VOID_BIT = 30,
};
#define ORDER 10000000u

typedef struct made {
    uint64_t consumed, produced;
    _Alignas(8) uint8_t data[2 * BYTES];
} made;

typedef struct fixture {
    made m[RINGS];
    pt_ring v[RINGS];
    pt_rings r;
} fixture;

static int setup(void **state) {
    fixture *f = calloc(1, sizeof *f);
    if (!f)
        return -1;
    for (size_t i = 0; i < RINGS; i++)
        f->v[i] = (pt_ring){.consumed = &f->m[i].consumed,
                            .produced = &f->m[i].produced,
                            .data = f->m[i].data,
                            .mask = BYTES - 1};
    f->r = (pt_rings){.v = f->v, .n = RINGS};
    *state = f;
    return 0;
}

static int teardown(void **state) {
    free(*state);
    return 0;
}

static void set_byte(made *m, uint64_t at, uint8_t b) {
    m->data[at % BYTES] = b;
    m->data[at % BYTES + BYTES] = b;
}

static void put(made *m, uint64_t at, const void *bytes, size_t n) {
    const uint8_t *p = bytes;
    for (size_t i = 0; i < n; i++)
        set_byte(m, at + i, p[i]);
}

// A record of n bytes at `time`, with `bits` of the ring's header; what its own length says.
static void write_record(made *m, uint64_t time, uint32_t n, uint32_t bits, uint32_t says) {
    struct pt_wire_head h = {.length = says, .version = PT_WIRE_VERSION, .time_ns = time};
    uint32_t header[2] = {n | bits, 0};
    put(m, m->produced, header, sizeof header);
    put(m, m->produced + 8, &h, sizeof h < n ? sizeof h : n);
    m->produced += (n + 8 + 7) / 8 * 8;
}

static void good(made *m, uint64_t time) {
    write_record(m, time, sizeof(struct pt_wire_head), 0, sizeof(struct pt_wire_head));
}

static uint64_t next_time(fixture *f, uint64_t now, uint64_t *ret_wait) {
    const struct pt_wire_head *h = NULL;
    pt_err e = {0};
    assert_int_equal(pt_rings_next(&f->r, now, ORDER, &h, ret_wait, &e), PT_OK);
    return h ? h->time_ns : 0;
}

static void test_rings_empty_nothing_waits(void **state) {
    uint64_t wait = 0;
    assert_int_equal(next_time(*state, 100, &wait), 0);
    assert_true(wait == UINT64_MAX);
}

static void test_rings_several_merged_by_time(void **state) {
    fixture *f = *state;
    const uint64_t times[RINGS][4] = {{10, 40, 70, 100}, {20, 50, 80, 110}, {30, 60, 90, 120}};
    for (size_t i = 0; i < RINGS; i++)
        for (size_t k = 0; k < 4; k++)
            good(&f->m[i], times[i][k]);
    uint64_t wait;
    for (uint64_t t = 10; t <= 120; t += 10)
        assert_int_equal(next_time(f, ORDER + 200, &wait), t);
    assert_int_equal(next_time(f, ORDER + 200, &wait), 0);
    for (size_t i = 0; i < RINGS; i++)
        assert_int_equal(f->m[i].consumed, f->m[i].produced);
}

static void test_rings_older_one_may_come_waits_for_it(void **state) {
    fixture *f = *state;
    uint64_t wait = 0;
    good(&f->m[0], 1000);
    assert_int_equal(next_time(f, 1500, &wait), 0);
    assert_int_equal(wait, ORDER - 500);
    good(&f->m[1], 900); // it came
    good(&f->m[2], 1100);
    assert_int_equal(next_time(f, 1600, &wait), 900);
    assert_int_equal(next_time(f, 1600, &wait), 0); // ring 1 is empty again
    assert_int_equal(next_time(f, 1000 + ORDER, &wait), 1000);
    assert_int_equal(next_time(f, 1100 + ORDER, &wait), 1100);
}

static void test_rings_record_stays_until_next_call(void **state) {
    fixture *f = *state;
    uint64_t wait;
    good(&f->m[0], 5);
    assert_int_equal(next_time(f, ORDER + 5, &wait), 5);
    assert_int_equal(f->m[0].consumed, 0);
    assert_int_equal(next_time(f, ORDER + 5, &wait), 0);
    assert_int_equal(f->m[0].consumed, f->m[0].produced);
}

static void test_rings_over_the_end_is_whole(void **state) {
    fixture *f = *state;
    uint64_t wait;
    for (uint64_t t = 1; t <= 200; t++) { // 200 * 128 bytes go round six times
        good(&f->m[0], t);
        assert_int_equal(next_time(f, ORDER + t, &wait), t);
    }
}

static void test_rings_busy_waits_void_is_skipped(void **state) {
    fixture *f = *state;
    uint64_t wait;
    const uint32_t n = sizeof(struct pt_wire_head);
    write_record(&f->m[0], 1, n, UINT32_C(1) << VOID_BIT, n);
    write_record(&f->m[0], 2, n, UINT32_C(1) << BUSY_BIT, n);
    good(&f->m[0], 3);
    assert_int_equal(next_time(f, ORDER * 2, &wait), 0); // what is behind it must not overtake
    assert_int_equal(f->m[0].consumed, 128);
    uint32_t header = n;
    put(&f->m[0], 128, &header, sizeof header);
    assert_int_equal(next_time(f, ORDER * 2, &wait), 2);
    assert_int_equal(next_time(f, ORDER * 2, &wait), 3);
}

static void test_rings_no_record_is_an_error(void **state) {
    static const struct {
        const char *what;
        uint32_t n, says, produced;
    } cases[] = {
        {"shorter than a head", 64, 64, 0},
        {"its own length is another", 120, 128, 0},
        {"not a multiple of 8", 124, 124, 0},
        {"longer than what was written", 2048, 2048, 128},
        {"longer than the ring", 8192, 8192, 8200},
    };
    (void)state;
    for (size_t i = 0; i < PT_COUNT(cases); i++) {
        void *own = NULL;
        assert_int_equal(setup(&own), 0);
        fixture *f = own;
        write_record(&f->m[0], 1, cases[i].n, 0, cases[i].says);
        if (cases[i].produced)
            f->m[0].produced = cases[i].produced;
        const struct pt_wire_head *h = NULL;
        uint64_t wait;
        pt_err e = {0};
        if (pt_rings_next(&f->r, ORDER * 2, ORDER, &h, &wait, &e) != PT_E_FORMAT)
            fail_msg("%s", cases[i].what);
        assert_null(h);
        teardown(&own);
    }
}

static void test_rings_other_version_is_an_error(void **state) {
    fixture *f = *state;
    struct pt_wire_head h = {.length = sizeof h, .version = PT_WIRE_VERSION + 1};
    uint32_t header[2] = {sizeof h, 0};
    put(&f->m[0], 0, header, sizeof header);
    put(&f->m[0], 8, &h, sizeof h);
    f->m[0].produced = 128;
    const struct pt_wire_head *got = NULL;
    uint64_t wait;
    assert_int_equal(pt_rings_next(&f->r, ORDER, ORDER, &got, &wait, NULL), PT_E_FORMAT);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_rings_empty_nothing_waits, setup, teardown),
        cmocka_unit_test_setup_teardown(test_rings_several_merged_by_time, setup, teardown),
        cmocka_unit_test_setup_teardown(test_rings_older_one_may_come_waits_for_it, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(test_rings_record_stays_until_next_call, setup, teardown),
        cmocka_unit_test_setup_teardown(test_rings_over_the_end_is_whole, setup, teardown),
        cmocka_unit_test_setup_teardown(test_rings_busy_waits_void_is_skipped, setup, teardown),
        cmocka_unit_test(test_rings_no_record_is_an_error),
        cmocka_unit_test_setup_teardown(test_rings_other_version_is_an_error, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
