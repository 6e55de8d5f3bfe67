#include "collect/packages/lock/testing_lock.h"
#include "collect/packages/php/php.h"

#define LOCK                                                                             \
    "{\n \"packages\": [\n  {\n   \"name\": \"Acme/Web\", \"version\": \"v1.2.0\",\n"    \
    "   \"require\": {\"php\": \">=8\", \"ext-json\": \"*\", \"acme\\/log\": \"^2\"},\n" \
    "   \"license\": [\"MIT\", \"GPL-2.0\"]\n  },\n"                                     \
    "  {\"name\": \"acme/log\", \"version\": \"2.0\", \"license\": \"MIT\"}\n ],\n"      \
    " \"packages-dev\": [{\"name\": \"acme/test\", \"version\": \"3\", \"require\": {}}]\n}\n"

static void test_composer_lock(void **state) {
    (void)state;
    const pt_test_file files[] = {{"composer.json", "{\"require\": {\"acme/web\": \"*\"},"
                                                    " \"require-dev\": {\"acme/test\": \"3\"}}"},
                                  {0}};
    assert_reads(pt_read_composer_lock, LOCK,
                 "Acme/Web v1.2.0 licences MIT,GPL-2.0 :3-7 > acme/log@2.0\n"
                 "acme/log 2.0 licences MIT :8-8\nacme/test 3 dev :10-10\n");
    assert_reads_beside(pt_read_composer_lock, files, LOCK,
                        "Acme/Web v1.2.0 direct licences MIT,GPL-2.0 :3-7 > acme/log@2.0\n"
                        "acme/log 2.0 indirect licences MIT :8-8\nacme/test 3 direct dev :10-10\n");
}

static void test_composer_tells_what_is_broken(void **state) {
    (void)state;
    const pt_test_file broken[] = {{"composer.json", "{"}, {0}};
    assert_reads(pt_read_composer_lock, "{\"packages\":\n[}",
                 "! line 2: not valid JSON: a closing brace where a value is expected\n");
    assert_reads_beside(
        pt_read_composer_lock, broken,
        "{\"packages\": [{\"name\": \"a/b\"},\n{\"version\": \"1\"}, 5]}",
        "! line 1: a package without a version\n"
        "! line 2: a package without a name\n"
        "! line 0: a package without a name\n"
        "! line 1: of composer.json beside it: not valid JSON: the text ends inside an object\n");
    assert_reads(pt_read_composer_lock, "[]", "");
}

static void test_composer_installed(void **state) {
    (void)state;
    assert_reads(pt_read_composer_installed,
                 "[{\"name\": \"a/b\", \"version\": \"1\", \"require\": {\"a/c\": \"*\"}},\n"
                 "{\"name\": \"a/c\", \"version\": \"2\"}]",
                 "a/b 1 :1-1 > a/c@2\na/c 2 :2-2\n");
    assert_reads(pt_read_composer_installed,
                 "{\"packages\": [{\"name\": \"a/b\", \"version\": \"1\"},\n"
                 "{\"name\": \"a/c\", \"version\": \"2\"}],\n"
                 "\"dev\": true, \"dev-package-names\": [\"a/c\"]}",
                 "a/b 1 :1-1\na/c 2 dev :2-2\n");
    assert_reads(pt_read_composer_installed, "{\"packages\": 1, \"dev-package-names\": 2}", "");
}

static void test_wordpress_says_its_version(void **state) {
    (void)state;
    assert_reads(pt_read_wordpress,
                 "<?php\n/**\n * WordPress\n$wp_version = '1';\n * */\n/* x */ // y\n"
                 "// $wp_version = '2';\n$wp_version_old = '3';\n"
                 "  $wp_version\t=  \"6.4.2-alpha\"; // it\n$wp_version = '5';\n",
                 "wordpress 6.4.2-alpha :9-9\n");
    assert_reads(pt_read_wordpress, "<?php\n$wp_version = get();\n/* $wp_version = '1';",
                 "! line 1: no version of WordPress\n");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_wordpress_says_its_version),
        cmocka_unit_test(test_composer_lock),
        cmocka_unit_test(test_composer_tells_what_is_broken),
        cmocka_unit_test(test_composer_installed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
