// The moving fault point: every write, flush, rename and truncation fails once or is cut short;
// afterwards nothing acknowledged may be missing.
#include "record/ledger/testing_fault.h"

static void move_error(fault_kind kind, int sys, bool again) {
    told *t = calloc(1, sizeof *t);
    assert_non_null(t);
    int64_t point = 0;
    for (; point < POINTS_MAX; point++) {
        temp_dir d = make_temp();
        memset(t, 0, sizeof *t);
        fault_io io = fault_make(kind, sys, point);
        io.again = again;
        pt_err e = {0};
        pt_code code = scenario(d.ledger, &io, t, &e);
        if (code && (code != PT_E_IO || e.sys != sys || !e.remedy[0]))
            fail_msg("point %lld: %d %s (%s)", (long long)point, code, e.what, e.where);
        assert_recovered(d.ledger, t, point);
        remove_tree(d.top);
        if (code == PT_OK && io.left >= 0)
            break; // not reached: every point was tried
    }
    assert_in_range(point, 20, POINTS_MAX - 1); // the scenario was not cut short
    free(t);
}

static void test_fault_every_call_fails_with_eio(void **state) {
    (void)state;
    move_error(FAULT_ERROR, EIO, false);
}

static void test_fault_every_call_and_all_behind_it_fail_with_enospc(void **state) {
    (void)state;
    move_error(FAULT_ERROR, ENOSPC, true);
}

static void test_fault_every_write_is_short_and_then_fails(void **state) {
    (void)state;
    move_error(FAULT_SHORT, ENOSPC, false);
}

// The page cache shows what a failed flush did not bring to the disk: it is written anew.
static void test_fault_what_a_failed_flush_left_is_not_trusted(void **state) {
    (void)state;
    temp_dir d = make_temp();
    fault_io io = fault_make(FAULT_NONE, EIO, 0);
    pt_ledger *l = NULL;
    pt_ledger_opts opts = {.origin = ORIGIN, .io = &io.io};
    assert_ok(pt_ledger_open(&l, d.ledger, &opts, NULL, why));
    io.kind = FAULT_ERROR;
    io.left = 1;
    uint64_t at;
    assert_int_equal(pt_ledger_append(l, &PT_STR("x"), 1, &at, NULL), PT_E_IO);
    char path[128];
    struct stat before;
    struct stat after;
    snprintf(path, sizeof path, "%s/journal", d.ledger);
    assert_int_equal(stat(path, &before), 0);
    pt_ledger *other = opened(d.ledger); // while the first holds the inode
    assert_int_equal(stat(path, &after), 0);
    assert_true(before.st_ino != after.st_ino && before.st_size == after.st_size);
    pt_ledger_free(l);
    pt_ledger_free(other);
    remove_tree(d.top);
}

// A writer whose flush failed says what is safe; one that was open beside it goes on.
static void test_fault_full_disk_is_said_in_words(void **state) {
    (void)state;
    temp_dir d = make_temp();
    fault_io io = fault_make(FAULT_NONE, ENOSPC, 0);
    pt_ledger *l = NULL;
    pt_ledger_opts opts = {.origin = ORIGIN, .io = &io.io};
    assert_ok(pt_ledger_open(&l, d.ledger, &opts, NULL, why));
    pt_ledger *other = opened(d.ledger);
    append_some(l, "a", 0, 3);
    io.kind = FAULT_ERROR;
    io.left = 1; // the write succeeds, the flush does not
    uint64_t at;
    pt_err e = {0};
    assert_int_equal(pt_ledger_append(l, &PT_STR("x"), 1, &at, &e), PT_E_IO);
    assert_string_equal(e.what, "the ledger is full: nothing more can be recorded");
    assert_non_null(strstr(e.where, "/ledger/journal, fdatasync: No space left on device"));
    assert_non_null(strstr(e.remedy, "free 1 MiB there; entries up to 2 are safe"));
    assert_int_equal(pt_ledger_append(l, &PT_STR("x"), 1, &at, &e), PT_E_IO);
    assert_non_null(strstr(e.what, "an earlier write failed"));
    append_some(other, "a", 4, 5); // behind the one that nobody was told of
    assert_int_equal(pt_ledger_size(other), 5);
    pt_ledger_free(other);
    pt_ledger_free(l);
    remove_tree(d.top);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_fault_every_call_fails_with_eio),
        cmocka_unit_test(test_fault_every_call_and_all_behind_it_fail_with_enospc),
        cmocka_unit_test(test_fault_every_write_is_short_and_then_fails),
        cmocka_unit_test(test_fault_what_a_failed_flush_left_is_not_trusted),
        cmocka_unit_test(test_fault_full_disk_is_said_in_words),
    };
    return cmocka_run_group_tests_name("fault", tests, NULL, NULL);
}
