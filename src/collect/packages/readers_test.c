#include "base/testing.h"
#include "collect/packages/java/java.h"
#include "collect/packages/os/os.h"
#include "collect/packages/php/php.h"
#include "collect/packages/python/python.h"
#include "collect/packages/readers.h"

static bool names(const char *row, const char *path) {
    return pt_reader_names(row, pt_str_of(path));
}

static void test_whole_paths(void **state) {
    (void)state;
    assert_true(names("etc/os-release", "etc/os-release"));
    assert_false(names("etc/os-release", "x/etc/os-release"));
    assert_false(names("etc/os-release", "os-release"));
    assert_false(names("etc/os-release", ""));
}

static void test_any_folder(void **state) {
    (void)state;
    assert_true(names("**/package-lock.json", "package-lock.json"));
    assert_true(names("**/package-lock.json", "a/b/package-lock.json"));
    assert_false(names("**/package-lock.json", "a/my-package-lock.json"));
    assert_true(names("**/node_modules/**/package.json", "node_modules/package.json"));
    assert_true(names("**/node_modules/**/package.json", "a/node_modules/@b/c/package.json"));
    assert_true(
        names("**/node_modules/**/package.json", "node_modules/a/node_modules/b/package.json"));
    assert_false(names("**/node_modules/**/package.json", "a/modules/b/package.json"));
    assert_true(names("opt/bitnami/**/.spdx-*.spdx", "opt/bitnami/redis/.spdx-redis.spdx"));
    assert_false(names("opt/bitnami/**/.spdx-*.spdx", "usr/opt/bitnami/redis/.spdx-redis.spdx"));
}

static void test_parts_of_a_name(void **state) {
    (void)state;
    assert_true(names("**/*.jar", "app/a.jar"));
    assert_true(names("**/*.jar", ".jar"));
    assert_false(names("**/*.jar", "a.jar/b"));
    assert_true(names("**/*.dist-info/METADATA", "usr/lib/six-1.16.dist-info/METADATA"));
    assert_false(names("**/*.dist-info/METADATA", "usr/lib/METADATA"));
    assert_true(names("**/a*b*c", "aXbYbZc"));
    assert_false(names("**/a*b*c", "aXbYbZ"));
}

static void test_paths_find_their_reader(void **state) {
    (void)state;
    assert_ptr_equal(pt_reader_of(PT_STR("var/lib/dpkg/status"))->read, pt_read_dpkg);
    assert_ptr_equal(pt_reader_of(PT_STR("var/lib/dpkg/status.d/base"))->read, pt_read_dpkg);
    assert_ptr_equal(pt_reader_of(PT_STR("usr/lib/apk/db/installed"))->read, pt_read_apk);
    assert_ptr_equal(pt_reader_of(PT_STR("var/lib/rpm/rpmdb.sqlite"))->read, pt_read_rpm_sqlite);
    assert_ptr_equal(pt_reader_of(PT_STR("var/lib/dpkg/status.d/base.md5sums"))->read,
                     pt_read_dpkg_sums);
    assert_ptr_equal(pt_reader_of(PT_STR("var/lib/dpkg/info/libc6:amd64.list"))->read,
                     pt_read_dpkg_list);
    assert_ptr_equal(pt_reader_of(PT_STR("a/requirements-dev.txt"))->read, pt_read_requirements);
    assert_ptr_equal(pt_reader_of(PT_STR("requirements/prod.txt"))->read, pt_read_requirements);
    assert_null(pt_reader_of(PT_STR("prod.txt")));
    assert_ptr_equal(pt_reader_of(PT_STR("lib/a.egg"))->read, pt_read_egg);
    assert_ptr_equal(pt_reader_of(PT_STR("srv/A.JAR"))->read, pt_read_jar);
    assert_ptr_equal(pt_reader_of(PT_STR("srv/a.jmod"))->read, pt_read_jar);
    assert_ptr_equal(pt_reader_of(PT_STR("srv/lib/composer/installed.json"))->read,
                     pt_read_composer_installed);
    assert_null(pt_reader_of(PT_STR("var/lib/dpkg/info/libc6.postinst")));
    assert_null(pt_reader_of(PT_STR("var/lib/dpkg/status.d/a/b")));
    assert_null(pt_reader_of(PT_STR("var/lib/dpkg/status.d/")));
    assert_null(pt_reader_of(PT_STR("var/lib/dpkg/status-old")));
}

static void test_index_finds_what_all_rows_find(void **state) {
    (void)state;
    static const char *const paths[] = {"etc/os-release",
                                        "os-release",
                                        "var/lib/dpkg/status",
                                        "var/lib/dpkg/status.d/base",
                                        "var/lib/dpkg/status.d/base.md5sums",
                                        "var/lib/dpkg/info/a.list",
                                        "var/lib/dpkg/info/a.prerm",
                                        "a/b.list",
                                        "",
                                        "var/lib/rpm/rpmdb.sqlite"};
    PT_AUTO(pt_arena_done) pt_arena a = {0};
    pt_reader_index x;
    assert_int_equal(pt_reader_index_make(&x, &a, PT_IN_IMAGE, NULL), PT_OK);
    for (size_t i = 0; i < PT_COUNT(paths); i++)
        assert_ptr_equal(pt_reader_find(&x, pt_str_of(paths[i])),
                         pt_reader_of(pt_str_of(paths[i])));
    assert_true(pt_reader_leads_to(&x, PT_STR("var/lib")));
    assert_true(pt_reader_leads_to(&x, PT_STR("")));
    assert_true(pt_reader_leads_to(&x, PT_STR("var/lib/dpkg/status.d")));
    assert_false(pt_reader_leads_to(&x, PT_STR("var/li")));
    assert_false(pt_reader_leads_to(&x, PT_STR("bin")));
}

static void test_tree_has_no_system(void **state) {
    (void)state;
    PT_AUTO(pt_arena_done) pt_arena a = {0};
    pt_reader_index x;
    assert_int_equal(pt_reader_index_make(&x, &a, PT_IN_TREE, NULL), PT_OK);
    assert_null(pt_reader_find(&x, PT_STR("etc/os-release")));
    assert_null(pt_reader_find(&x, PT_STR("var/lib/dpkg/status")));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_whole_paths),
        cmocka_unit_test(test_any_folder),
        cmocka_unit_test(test_parts_of_a_name),
        cmocka_unit_test(test_paths_find_their_reader),
        cmocka_unit_test(test_index_finds_what_all_rows_find),
        cmocka_unit_test(test_tree_has_no_system),
    };
    return cmocka_run_group_tests_name("readers", tests, NULL, NULL);
}
