// Receipts over a real ledger, whose writes a test slows down and fails.
#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/instant.h"
#include "base/subprocess.h"
#include "base/testing.h"
#include "respond/guard/receipts.h"

typedef struct bench {
    pt_ledger_io io; // first: the calls are handed it
    char dir[40];
    pt_ledger *ledger;
    pt_receipts *receipts;
    atomic_bool held; // no flush ends
    atomic_int slow_ms, fails, syncs, told, untold, broken, mended;
} bench;

static int64_t io_write(pt_ledger_io *io, int fd, const void *p, size_t n) {
    (void)io;
    return write(fd, p, n);
}

static int io_sync(pt_ledger_io *io, int fd) {
    bench *b = (bench *)io;
    atomic_fetch_add(&b->syncs, 1);
    usleep((useconds_t)atomic_load(&b->slow_ms) * 1000);
    while (atomic_load(&b->held))
        usleep(1000);
    if (atomic_load(&b->fails) > 0) {
        atomic_fetch_sub(&b->fails, 1);
        errno = EIO;
        return -1;
    }
    return fsync(fd);
}

static int io_rename(pt_ledger_io *io, int dir, const char *from, const char *to) {
    (void)io;
    return renameat(dir, from, dir, to);
}

static int io_truncate(pt_ledger_io *io, int fd, uint64_t size) {
    (void)io;
    return ftruncate(fd, (off_t)size);
}

static pt_code open_ledger(void *context, pt_ledger **ret, pt_err *e) {
    bench *b = context;
    pt_ledger_recovery mended = {0};
    pt_ledger_opts opts = {.origin = PT_STR("test.invalid/paratia"), .io = &b->io};
    return pt_ledger_open(ret, b->dir, &opts, &mended, e);
}

static void told(void *context, pt_str line, bool sealed, uint64_t index) {
    bench *b = context;
    if (!sealed) {
        atomic_fetch_add(&b->untold, 1);
        return;
    }
    char want[32];
    snprintf(want, sizeof want, "line %llu", (unsigned long long)index);
    assert_str(line, want); // in order
    atomic_fetch_add(&b->told, 1);
}

static void broken(void *context, const pt_err *e) {
    bench *b = context;
    atomic_fetch_add(e ? &b->broken : &b->mended, 1);
}

static bench *start_gathering(size_t queue_bytes_max, uint32_t gather_ms) {
    bench *b = calloc(1, sizeof *b);
    assert_non_null(b);
    b->io = (pt_ledger_io){io_write, io_sync, io_rename, io_truncate};
    memcpy(b->dir, "/tmp/pt-receipts-XXXXXX", sizeof "/tmp/pt-receipts-XXXXXX");
    assert_non_null(mkdtemp(b->dir));
    assert_int_equal(open_ledger(b, &b->ledger, NULL), PT_OK);
    pt_receipts_opts opts = {.ledger = b->ledger,
                             .open = open_ledger,
                             .told = told,
                             .broken = broken,
                             .context = b,
                             .gather_ms = gather_ms,
                             .queue_bytes_max = queue_bytes_max};
    assert_int_equal(pt_receipts_new(&b->receipts, &opts, NULL), PT_OK);
    return b;
}

static bench *start(size_t queue_bytes_max) {
    return start_gathering(queue_bytes_max, 0);
}

// End the writer; the ledger must verify. How many entries it has.
static uint64_t end(bench *b) {
    pt_receipts_free(b->receipts, 5000);
    pt_ledger_audit audit = {0};
    pt_err e = {0};
    pt_code code = pt_ledger_verify(b->dir, NULL, &audit, &e);
    if (code)
        print_error("%s %s\n", e.what, e.where);
    assert_int_equal(code, PT_OK);
    assert_int_equal(audit.signed_size, audit.size);
    const char *const argv[] = {"/bin/rm", "-rf", b->dir, NULL};
    PT_AUTO(pt_buf_done) pt_buf out = PT_BUF(4096);
    pt_subprocess_end how;
    assert_int_equal(pt_subprocess_run(&(pt_subprocess){.argv = argv, .output_bytes_max = 4096},
                                       &out, &how, NULL),
                     PT_OK);
    free(b);
    return audit.size;
}

static void stop(bench *b, uint64_t entries) {
    assert_int_equal(end(b), entries);
}

static bool put(bench *b, size_t i, uint32_t wait_ms, uint64_t *ret_index) {
    char entry[64];
    char line[64];
    snprintf(entry, sizeof entry, "{\"n\":%zu}", i);
    snprintf(line, sizeof line, "line %zu", i);
    return pt_receipts_put(b->receipts, pt_str_of(entry), pt_str_of(line), wait_ms, ret_index);
}

static void wait_sealed(bench *b, uint64_t n) {
    while (pt_receipts_count(b->receipts).sealed < n)
        usleep(1000);
}

static void test_receipts_are_sealed_in_order_and_named(void **state) {
    (void)state;
    bench *b = start(0);
    uint64_t index = 99;
    assert_true(put(b, 0, 10000, &index));
    assert_int_equal(index, 0);
    for (size_t i = 1; i < 1000; i++)
        assert_false(put(b, i, 0, &index));
    assert_true(put(b, 1000, 10000, &index));
    assert_int_equal(index, 1000);
    assert_int_equal(atomic_load(&b->told), 1001);
    pt_receipts_counts c = pt_receipts_count(b->receipts);
    assert_int_equal(c.lost + c.waiting, 0);
    stop(b, 1001);
}

static void test_receipts_share_a_flush_and_nobody_waits_longer_than_he_says(void **state) {
    (void)state;
    bench *b = start(0);
    uint64_t index;
    atomic_store(&b->held, true);
    assert_false(put(b, 0, 20, &index));
    for (size_t i = 1; i < 3000; i++)
        put(b, i, 0, &index);
    assert_int_equal(pt_receipts_count(b->receipts).waiting, 3000);
    atomic_store(&b->held, false);
    wait_sealed(b, 3000);
    assert_true(atomic_load(&b->syncs) < 40);
    stop(b, 3000);
}

static void test_receipts_are_gathered_until_somebody_waits_or_time_is_over(void **state) {
    (void)state;
    bench *b = start_gathering(0, 60000);
    uint64_t index;
    for (size_t i = 0; i < 500; i++) {
        put(b, i, 0, &index);
        usleep(100);
    }
    assert_int_equal(pt_receipts_count(b->receipts).sealed, 0);
    assert_true(put(b, 500, 30000, &index));
    assert_int_equal(index, 500);
    assert_true(atomic_load(&b->syncs) < 60);
    stop(b, 501);
    b = start_gathering(0, 50);
    put(b, 0, 0, &index);
    wait_sealed(b, 1);
    stop(b, 1);
}

static void test_receipts_beyond_the_queue_are_lost_and_the_ledger_says_so(void **state) {
    (void)state;
    bench *b = start(200);
    uint64_t index;
    atomic_store(&b->held, true);
    for (size_t i = 0; i < 100; i++)
        put(b, i, 0, &index);
    pt_receipts_counts c = pt_receipts_count(b->receipts);
    assert_true(c.lost > 50 && c.lost + c.waiting == 100);
    atomic_store(&b->held, false);
    wait_sealed(b, 100 - c.lost);
    uint64_t kept = 100 - c.lost;
    put(b, kept + 1, 0, &index); // its index: one entry before it counts what was lost
    stop(b, kept + 2);
}

static void test_receipts_outlive_a_ledger_that_failed(void **state) {
    (void)state;
    bench *b = start(0);
    uint64_t index;
    assert_true(put(b, 0, 10000, &index));
    atomic_store(&b->fails, 2);
    put(b, 1, 0, &index);
    put(b, 2, 0, &index);
    wait_sealed(b, 3);
    assert_int_equal(atomic_load(&b->broken), 1);
    assert_true(put(b, 3, 10000, &index));
    assert_int_equal(index, 3);
    assert_int_equal(atomic_load(&b->mended), 1);
    stop(b, 4);
}

static bool stuck(bench *b, pt_str *ret_why) {
    pt_arena a = {0};
    bool is = pt_receipts_stuck(b->receipts, &a, ret_why);
    if (is && ret_why->n)
        *ret_why = PT_STR("said");
    pt_arena_done(&a);
    return is;
}

static void test_receipts_are_stuck_after_a_while_and_only_while_they_wait(void **state) {
    (void)state;
    bench *b = start(0);
    uint64_t index;
    pt_str why = {0};
    pt_receipts_free(b->receipts, 0);
    assert_int_equal(open_ledger(b, &b->ledger, NULL), PT_OK);
    pt_receipts_opts opts = {
        .ledger = b->ledger, .open = open_ledger, .context = b, .stuck_ms = 300, .stuck_after = 5};
    assert_int_equal(pt_receipts_new(&b->receipts, &opts, NULL), PT_OK);
    assert_true(put(b, 0, 10000, &index));
    usleep(400000);
    assert_false(stuck(b, &why)); // nothing waits
    atomic_store(&b->fails, 1000000);
    assert_false(put(b, 1, 100, &index));
    assert_false(stuck(b, &why)); // not long enough
    for (size_t i = 2; i < 8; i++)
        put(b, i, 0, &index);
    assert_true(stuck(b, &why)); // but too many
    assert_str(why, "said");
    atomic_store(&b->fails, 0);
    wait_sealed(b, 8);
    assert_false(stuck(b, &why));
    atomic_store(&b->slow_ms, 1000);
    put(b, 8, 400, &index);
    assert_true(stuck(b, &why)); // it does not refuse, and does not come to an end
    atomic_store(&b->slow_ms, 0);
    wait_sealed(b, 9);
    assert_false(stuck(b, &why));
    assert_in_range(end(b), 9, 10); // an entry whose flush failed may stand there twice
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_receipts_are_sealed_in_order_and_named),
        cmocka_unit_test(test_receipts_share_a_flush_and_nobody_waits_longer_than_he_says),
        cmocka_unit_test(test_receipts_are_gathered_until_somebody_waits_or_time_is_over),
        cmocka_unit_test(test_receipts_beyond_the_queue_are_lost_and_the_ledger_says_so),
        cmocka_unit_test(test_receipts_outlive_a_ledger_that_failed),
        cmocka_unit_test(test_receipts_are_stuck_after_a_while_and_only_while_they_wait),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
