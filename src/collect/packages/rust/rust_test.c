#include "collect/packages/rust/rust.h"
#include "collect/packages/testing_json.h"

static void test_cargo_lock_alone(void **state) {
    (void)state;
    pt_testing_assert_read(
        pt_read_cargo_lock, NULL,
        "version = 4\n"
        "\n"
        "[[package]]\n"
        "name = \"app\"\n"
        "version = \"0.1.0\"\n"
        "dependencies = [\n"
        " \"dup 1.0.0\",\n"
        " \"lib\",\n"
        "]\n"
        "\n"
        "[[package]]\n"
        "name = \"dup\"\n"
        "version = \"1.0.0\"\n"
        "source = \"registry+https://github.com/rust-lang/crates.io-index\"\n"
        "checksum = \"00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff\"\n"
        "\n"
        "[[package]]\n"
        "name = \"dup\"\n"
        "version = \"2.0.0\"\n"
        "source = \"registry+https://github.com/rust-lang/crates.io-index\"\n"
        "\n"
        "[[package]]\n"
        "name = \"lib\"\n"
        "version = \"0.2.0\"\n"
        "source = \"git+https://example.org/lib#00\"\n"
        "dependencies = [\n"
        " \"dup 2.0.0 (registry+https://github.com/rust-lang/crates.io-index)\",\n"
        " \"gone\",\n"
        "]\n"
        "\n"
        "[[package]]\n"
        "name = \"x\"\n",
        "[{\"depends\":[\"dup@1.0.0\",\"lib@0.2.0\"],\"lines\":[3,9],\"name\":\"app\",\"version\":"
        "\"0.1.0\"},"
        "{\"digest\":\"sha256:00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff\","
        "\"lines\":[11,15],\"name\":\"dup\",\"version\":\"1.0.0\"},"
        "{\"lines\":[17,20],\"name\":\"dup\",\"version\":\"2.0.0\"},"
        "{\"depends\":[\"dup@2.0.0\"],\"lines\":[22,29],\"name\":\"lib\",\"version\":\"0.2.0\"}]",
        "[\"line 31: a package without a version\"]");
}

static void test_cargo_lock_of_version_1(void **state) {
    (void)state;
    pt_testing_assert_read(
        pt_read_cargo_lock, NULL,
        "[root]\n"
        "name = \"app\"\n"
        "version = \"0.1.0\"\n"
        "dependencies = [\"a 1.0.0 (registry+r)\"]\n"
        "\n"
        "[[package]]\n"
        "name = \"a\"\n"
        "version = \"1.0.0\"\n"
        "source = \"git+g\"\n"
        "\n"
        "[[package]]\n"
        "name = \"a\"\n"
        "version = \"1.0.0\"\n"
        "source = \"registry+r\"\n"
        "\n"
        "[metadata]\n"
        "\"checksum a 1.0.0 (registry+r)\" = "
        "\"00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff\"\n",
        "[{\"depends\":[\"a@1.0.0\"],\"name\":\"app\",\"version\":\"0.1.0\"},"
        "{\"lines\":[6,9],\"name\":\"a\",\"version\":\"1.0.0\"},"
        "{\"digest\":\"sha256:00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff\","
        "\"lines\":[11,14],\"name\":\"a\",\"version\":\"1.0.0\"}]",
        "[]");
}

static void test_cargo_lock_beside_its_manifest(void **state) {
    (void)state;
    static const pt_testing_file files[] = {
        {"Cargo.toml", "[package]\n"
                       "name = \"app\"\n"
                       "[dependencies]\n"
                       "renamed = {package = \"used\", version = \"1\"}\n"
                       "[target.'cfg(unix)'.dependencies]\n"
                       "both = \"1\"\n"
                       "[target.'cfg(unix)'.dev-dependencies]\n"
                       "tester = \"1\"\n"
                       "[dev-dependencies]\n"
                       "both = \"1\"\n"
                       "unlinked = \"*\"\n"},
        {0},
    };
    pt_testing_assert_read(
        pt_read_cargo_lock, files,
        "[[package]]\n"
        "name = \"app\"\n"
        "version = \"1.0.0\"\n"
        "dependencies = [\"both\", \"local\", \"tester\", \"used\"]\n"
        "[[package]]\n"
        "name = \"local\"\n"
        "version = \"1.0.0\"\n"
        "[[package]]\n"
        "name = \"both\"\n"
        "version = \"1.0.0\"\n"
        "source = \"r\"\n"
        "[[package]]\n"
        "name = \"tester\"\n"
        "version = \"1.0.0\"\n"
        "source = \"r\"\n"
        "dependencies = [\"deep\"]\n"
        "[[package]]\n"
        "name = \"deep\"\n"
        "version = \"1.0.0\"\n"
        "source = \"r\"\n"
        "[[package]]\n"
        "name = \"used\"\n"
        "version = \"1.0.0\"\n"
        "source = \"r\"\n"
        "[[package]]\n"
        "name = \"unlinked\"\n"
        "version = \"1.0.0\"\n"
        "source = \"r\"\n",
        "[{\"depends\":[\"both@1.0.0\",\"local@1.0.0\",\"tester@1.0.0\",\"used@1.0.0\"],\"lines\":["
        "1,4],\"name\":\"app\",\"relationship\":\"root\",\"version\":\"1.0.0\"},"
        "{\"lines\":[5,7],\"name\":\"local\",\"relationship\":\"direct\",\"version\":\"1.0.0\"},"
        "{\"lines\":[8,11],\"name\":\"both\",\"relationship\":\"direct\",\"version\":\"1.0.0\"},"
        "{\"depends\":[\"deep@1.0.0\"],\"dev\":true,\"lines\":[12,16],\"name\":\"tester\","
        "\"relationship\":\"direct\",\"version\":\"1.0.0\"},"
        "{\"dev\":true,\"lines\":[17,20],\"name\":\"deep\",\"relationship\":\"indirect\","
        "\"version\":\"1.0.0\"},"
        "{\"lines\":[21,24],\"name\":\"used\",\"relationship\":\"direct\",\"version\":\"1.0.0\"},"
        "{\"dev\":true,\"lines\":[25,28],\"name\":\"unlinked\",\"relationship\":\"direct\","
        "\"version\":\"1.0.0\"}]",
        "[]");
}

static void test_cargo_lock_of_a_workspace(void **state) {
    (void)state;
    static const pt_testing_file files[] = {
        {"Cargo.toml", "[workspace]\n"
                       "members = [\"tool\", \"crates/*\"]\n"},
        {"tool/Cargo.toml", "[package]\n"
                            "name = \"tool\"\n"
                            "[dev-dependencies]\n"
                            "a = \"1\"\n"},
        {"crates/lib/Cargo.toml", "[package]\n"
                                  "name = \"lib\"\n"
                                  "[dev-dependencies]\n"
                                  "b = \"1\"\n"},
        {0},
    };
    pt_testing_assert_read(
        pt_read_cargo_lock, files,
        "[[package]]\n"
        "name = \"tool\"\n"
        "version = \"1.0.0\"\n"
        "dependencies = [\"a\", \"lib\"]\n"
        "[[package]]\n"
        "name = \"lib\"\n"
        "version = \"1.0.0\"\n"
        "dependencies = [\"b\"]\n"
        "[[package]]\n"
        "name = \"elsewhere\"\n"
        "version = \"1.0.0\"\n"
        "dependencies = [\"c\"]\n"
        "[[package]]\n"
        "name = \"a\"\n"
        "version = \"1.0.0\"\n"
        "source = \"r\"\n"
        "[[package]]\n"
        "name = \"b\"\n"
        "version = \"1.0.0\"\n"
        "source = \"r\"\n"
        "dependencies = [\"c\"]\n"
        "[[package]]\n"
        "name = \"c\"\n"
        "version = \"1.0.0\"\n"
        "source = \"r\"\n",
        "[{\"depends\":[\"a@1.0.0\",\"lib@1.0.0\"],\"lines\":[1,4],\"name\":\"tool\","
        "\"relationship\":\"workspace\",\"version\":\"1.0.0\"},"
        "{\"depends\":[\"b@1.0.0\"],\"lines\":[5,8],\"name\":\"lib\",\"relationship\":"
        "\"workspace\",\"version\":\"1.0.0\"},"
        "{\"depends\":[\"c@1.0.0\"],\"lines\":[9,12],\"name\":\"elsewhere\",\"relationship\":"
        "\"workspace\",\"version\":\"1.0.0\"},"
        "{\"dev\":true,\"lines\":[13,16],\"name\":\"a\",\"relationship\":\"direct\",\"version\":"
        "\"1.0.0\"},"
        "{\"depends\":[\"c@1.0.0\"],\"dev\":true,\"lines\":[17,21],\"name\":\"b\",\"relationship\":"
        "\"direct\",\"version\":\"1.0.0\"},"
        "{\"lines\":[22,25],\"name\":\"c\",\"relationship\":\"direct\",\"version\":\"1.0.0\"}]",
        "[]");
}

static void test_cargo_lock_beside_a_broken_manifest(void **state) {
    (void)state;
    static const pt_testing_file files[] = {
        {"Cargo.toml", "["},
        {0},
    };
    pt_testing_assert_read(pt_read_cargo_lock, files,
                           "[[package]]\n"
                           "name = \"a\"\n"
                           "version = \"1\"\n",
                           "[{\"lines\":[1,3],\"name\":\"a\",\"version\":\"1\"}]",
                           "[\"line 1: Cargo.toml: not valid TOML: a key is missing\"]");
}

static void test_cargo_lock_that_is_broken(void **state) {
    (void)state;
    pt_testing_assert_read(pt_read_cargo_lock, NULL,
                           "[[package]]\n"
                           "name = \"a\"\n"
                           "version =\n",
                           "[]", "[\"line 3: not valid TOML: a value is missing\"]");
}

static void test_lock_of_an_unknown_version_is_told(void **state) {
    (void)state;
    pt_testing_assert_read(pt_read_cargo_lock, NULL, "version = 5\n", "[]",
                           "[\"line 1: a version of the file's format that is not known\"]");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lock_of_an_unknown_version_is_told),
        cmocka_unit_test(test_cargo_lock_alone),
        cmocka_unit_test(test_cargo_lock_of_version_1),
        cmocka_unit_test(test_cargo_lock_beside_its_manifest),
        cmocka_unit_test(test_cargo_lock_of_a_workspace),
        cmocka_unit_test(test_cargo_lock_beside_a_broken_manifest),
        cmocka_unit_test(test_cargo_lock_that_is_broken),
    };
    return cmocka_run_group_tests_name("rust_readers", tests, NULL, NULL);
}
