#include "base/testing.h"
#include "fact/file.h"

static void test_files_are_found_by_path(void **state) {
    (void)state;
    PT_AUTO(pt_arena_done) pt_arena a = {0};
    static const char *const paths[] = {"usr/bin/b", "etc", "usr", "usr/bin", "etc/x"};
    pt_files f = {0};
    assert_null(pt_files_at(&f, PT_STR("etc")));
    for (size_t i = 0; i < PT_COUNT(paths); i++)
        *PT_PUSH(&a, &f.all) = (pt_file){.path = pt_str_of(paths[i]), .size = i};
    pt_files_sort(&f);
    for (size_t i = 0; i < PT_COUNT(paths); i++)
        assert_int_equal(pt_files_at(&f, pt_str_of(paths[i]))->size, i);
    assert_null(pt_files_at(&f, PT_STR("usr/bin/a")));
    assert_null(pt_files_at(&f, PT_STR("")));
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_files_are_found_by_path)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
