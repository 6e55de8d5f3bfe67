#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/testing.h"
#include "collect/runtime/names.h"

static void test_names_are_sorted_and_the_first_of_an_id_counts(void **state) {
    (void)state;
    pt_arena a PT_AUTO(pt_arena_done) = {0};
    pt_names n;
    assert_true(
        pt_names_users(&a,
                       PT_STR("root:x:0:0:root:/root:/bin/bash\n"
                              "ann:x:1000:1000::/home/alice:/bin/sh\r\n"
                              "# comment:x:5:5\n"
                              "daemon:x:1:1:d:/usr/sbin:/usr/sbin/nologin\n"
                              "toor:x:0:0::/root:\n"
                              "+nis::7:7::\n-out::8:8::\n+\n\n:x:9:9::\n"
                              "bad:x:abc:1\nneg:x:-5:1\nbig:x:4294967295:1\nhuge:x:99999999999:1\n"
                              "short:x\nonly:x:42"),
                       &n));
    assert_int_equal(n.n, 4);
    assert_false(n.cut);
    assert_str(n.v[0].name, "root");
    assert_str(n.v[0].home, "/root");
    assert_str(n.v[0].shell, "/bin/bash");
    assert_str(n.v[1].name, "daemon");
    assert_str(n.v[2].name, "only");
    assert_int_equal(n.v[2].id, 42);
    assert_str(n.v[3].name, "ann");
    assert_str(n.v[3].shell, "/bin/sh");
    assert_true(pt_names_groups(&a, PT_STR("tty:x:5:\nroot:x:0:a,b\n"), &n));
    assert_int_equal(n.n, 2);
    assert_str(n.v[1].name, "tty");
    assert_str(n.v[1].home, "");
    assert_true(pt_names_groups(&a, (pt_str){0}, &n));
    assert_int_equal(n.n, 0);
}

static void test_names_are_bounded(void **state) {
    (void)state;
    pt_arena a PT_AUTO(pt_arena_done) = {0};
    pt_names n;
    pt_buf b PT_AUTO(pt_buf_done) = PT_BUF((size_t)8 << 20);
    for (int i = 0; i < PT_NAMES_MAX + 10; i++)
        pt_buf_printf(&b, "u%d:x:%d:0:::\n", i, i);
    assert_true(pt_names_users(&a, pt_buf_str(&b), &n));
    assert_int_equal(n.n, PT_NAMES_MAX);
    assert_true(n.cut);
    pt_arena small PT_AUTO(pt_arena_done) = {0};
    pt_arena_init(&small, 100000);
    assert_false(pt_names_users(&small, pt_buf_str(&b), &n));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_names_are_sorted_and_the_first_of_an_id_counts),
        cmocka_unit_test(test_names_are_bounded),
    };
    return cmocka_run_group_tests_name("collect_runtime_names", tests, NULL, NULL);
}
