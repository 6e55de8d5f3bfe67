#include <errno.h>
#include <string.h>

#include "base/err.h"
#include "base/testing.h"

static void test_err_context_is_prepended(void **state) {
    (void)state;
    pt_err e = {0};
    assert_int_equal(pt_err_sys(&e, ENOSPC, "the ledger is full"), PT_E_IO);
    pt_err_at(&e, "fdatasync: %s", pt_errno_text(e.sys));
    pt_err_at(&e, "%s", "/var/lib/paratia/ledger");
    assert_string_equal(e.where, "/var/lib/paratia/ledger, fdatasync: No space left on device");
    pt_err_remedy(&e, "free 1 MiB there");
    assert_string_equal(e.remedy, "free 1 MiB there");
    assert_int_equal(pt_err_set(&e, PT_E_FORMAT, "other"), PT_E_FORMAT);
    assert_string_equal(e.where, "");
    assert_string_equal(e.remedy, "");
}

static void test_err_long_texts_are_cut_visibly(void **state) {
    (void)state;
    pt_err e = {0};
    char big[2000];
    memset(big, 'x', sizeof big - 1);
    big[sizeof big - 1] = '\0';
    PT_IGNORE(pt_err_set(&e, PT_E_FORMAT, "%s", big)); // the code is known
    assert_int_equal(strlen(e.what), sizeof e.what - 1);
    assert_string_equal(e.what + sizeof e.what - 4, "...");
    for (int i = 0; i < 10; i++)
        pt_err_at(&e, "a place with a rather long name, number %d, which fills the field", i);
    assert_true(strlen(e.where) < sizeof e.where);
    assert_memory_equal(e.where, "a place with", 12);
}

static void test_err_errno_maps_to_what_the_caller_can_do(void **state) {
    (void)state;
    assert_int_equal(pt_err_sys(NULL, EACCES, "x"), PT_E_DENIED);
    assert_int_equal(pt_err_sys(NULL, EPERM, "x"), PT_E_DENIED);
    assert_int_equal(pt_err_sys(NULL, ENOMEM, "x"), PT_E_NOMEM);
    assert_int_equal(pt_err_sys(NULL, EAGAIN, "x"), PT_E_TIMEOUT);
    assert_int_equal(pt_err_sys(NULL, ENOENT, "x"), PT_E_IO); // never "absent" by itself
    assert_int_equal(pt_err_set(NULL, PT_E_LIMIT, "x"), PT_E_LIMIT);
    pt_err_at(NULL, "x");
    pt_err_remedy(NULL, "x");
    assert_string_equal(pt_errno_text(99999), "unknown error");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_err_context_is_prepended),
        cmocka_unit_test(test_err_long_texts_are_cut_visibly),
        cmocka_unit_test(test_err_errno_maps_to_what_the_caller_can_do),
    };
    return cmocka_run_group_tests_name("base_err", tests, NULL, NULL);
}
