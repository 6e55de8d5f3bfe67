#include "collect/packages/misc/misc.h"
#include "collect/packages/testing_json.h"

static void test_pub_lock(void **state) {
    (void)state;
    pt_testing_assert_read(pt_read_pub_lock, NULL,
                           "packages:\n"
                           "  crypto:\n"
                           "    dependency: \"direct main\"\n"
                           "    description:\n"
                           "      name: crypto\n"
                           "      sha256: \"00ff\"\n"
                           "    source: hosted\n"
                           "    version: \"3.0.2\"\n"
                           "  \"odd.name\":\n"
                           "    dependency: \"direct dev\"\n"
                           "    version: \"1.0.0\"\n"
                           "  uuid:\n"
                           "    dependency: transitive\n"
                           "    version: \"3.0.6\"\n"
                           "  bad:\n"
                           "    dependency: transitive\n",
                           "[{\"digest\":\"sha256:00ff\",\"lines\":[3,3],\"name\":\"crypto\","
                           "\"relationship\":\"direct\",\"version\":\"3.0.2\"},"
                           "{\"lines\":[10,10],\"name\":\"odd.name\",\"relationship\":\"direct\","
                           "\"version\":\"1.0.0\"},"
                           "{\"lines\":[13,13],\"name\":\"uuid\",\"relationship\":\"indirect\","
                           "\"version\":\"3.0.6\"}]",
                           "[\"line 16: a package without a version\"]");
}

static void test_pub_lock_without_packages(void **state) {
    (void)state;
    pt_testing_assert_read(pt_read_pub_lock, NULL,
                           "packages:\n"
                           "sdks:\n"
                           "  dart: \"x\"\n",
                           "[]", "[]");
}

static void test_pub_lock_says_which_sdk_a_package_is_of(void **state) {
    (void)state;
    pt_testing_assert_read(pt_read_pub_lock, NULL,
                           "packages:\n"
                           "  a:\n    description: flutter\n    source: sdk\n    version: 0.0.0\n"
                           "  b:\n    description: dart\n    source: sdk\n    version: 0.0.0\n"
                           "  c:\n    description: other\n    source: sdk\n    version: 0.0.0\n"
                           "sdks:\n"
                           "  dart: \">=2.18.0 <3.0.0\"\n"
                           "  flutter: ^3.3.0\n"
                           "  other: any\n",
                           "[{\"lines\":[3,3],\"more\":{\"sdk\":\"flutter\",\"version_min\":"
                           "\"3.3.0\"},\"name\":\"a\",\"version\":\"0.0.0\"},"
                           "{\"lines\":[7,7],\"more\":{\"sdk\":\"dart\",\"version_min\":"
                           "\"2.18.0\"},\"name\":\"b\",\"version\":\"0.0.0\"},"
                           "{\"lines\":[11,11],\"more\":{\"sdk\":\"other\"},\"name\":\"c\","
                           "\"version\":\"0.0.0\"}]",
                           "[]");
}

static void test_pub_lock_knows_edges_of_the_cache_beside_it(void **state) {
    (void)state;
    static const pt_testing_file files[] = {
        {".pub-cache/hosted/pub.dev/a-1.0.0/pubspec.yaml",
         "name: a\ndependencies:\n  b: ^2.0.0\n  none: any\n  flutter:\n    sdk: flutter\n"},
        {".pub-cache/hosted/pub.dev/b-2.0.0/pubspec.yaml", "{broken"},
        {0}};
    pt_testing_assert_read(
        pt_read_pub_lock, files,
        "packages:\n"
        "  a:\n    description:\n      url: https://pub.dev/\n    source: hosted\n"
        "    version: 1.0.0\n"
        "  b:\n    description:\n      url: https://pub.dev\n    source: hosted\n"
        "    version: 2.0.0\n",
        "[{\"depends\":[\"b@2.0.0\"],\"lines\":[3,3],\"name\":\"a\",\"version\":\"1.0.0\"},"
        "{\"lines\":[8,8],\"name\":\"b\",\"version\":\"2.0.0\"}]",
        "[]");
}

static void test_pub_lock_of_something_else(void **state) {
    (void)state;
    pt_testing_assert_read(pt_read_pub_lock, NULL, "it is broken\n", "[]",
                           "[\"line 1: no packages\"]");
}

static void test_swift_resolved_of_version_1(void **state) {
    (void)state;
    pt_testing_assert_read(
        pt_read_swift_resolved, NULL,
        "{\n"
        "  \"object\": {\n"
        "    \"pins\": [\n"
        "      {\n"
        "        \"package\": \"A\",\n"
        "        \"repositoryURL\": \"https://github.com/O/A.git\",\n"
        "        \"state\": {\"branch\": null, \"revision\": \"c0\", \"version\": \"9.2.1\"}\n"
        "      },\n"
        "      {\"package\": \"B\", \"repositoryURL\": \"git@example.org:O/B.git\", \"state\": "
        "{\"branch\": \"main\", \"revision\": \"c1\"}}\n"
        "    ]\n"
        "  },\n"
        "  \"version\": 1\n"
        "}\n",
        "[{\"lines\":[4,8],\"name\":\"github.com/O/A\",\"version\":\"9.2.1\"},"
        "{\"lines\":[9,9],\"name\":\"example.org/O/B\",\"version\":\"main\"}]",
        "[]");
}

static void test_swift_resolved_of_version_3(void **state) {
    (void)state;
    pt_testing_assert_read(
        pt_read_swift_resolved, NULL,
        "{\n"
        "  \"originHash\": \"00\",\n"
        "  \"pins\": [\n"
        "    {\n"
        "      \"identity\": \"a\",\n"
        "      \"kind\": \"remoteSourceControl\",\n"
        "      \"location\": \"ssh://git@example.org:22/O/A\",\n"
        "      \"state\": {\"revision\": \"c0\"}\n"
        "    },\n"
        "    {\"identity\": \"apple.lib\", \"state\": {\"version\": \"1\"}},\n"
        "    {\"state\": {\"version\": \"1\"}},\n"
        "    5\n"
        "  ],\n"
        "  \"version\": 3\n"
        "}\n",
        "[{\"lines\":[4,9],\"name\":\"example.org:22/O/A\",\"version\":\"c0\"},"
        "{\"lines\":[10,10],\"name\":\"apple.lib\",\"version\":\"1\"}]",
        "[\"line 11: a pin without a place\",\"line 12: a pin without a place\"]");
}

static void test_swift_resolved_of_something_else(void **state) {
    (void)state;
    pt_testing_assert_read(pt_read_swift_resolved, NULL, "{}", "[]", "[\"line 1: no pins\"]");
}

static void test_podfile_lock(void **state) {
    (void)state;
    pt_testing_assert_read(
        pt_read_podfile_lock, NULL,
        "PODS:\n"
        "  - AppCenter (4.2.0):\n"
        "    - AppCenter/Analytics (= 4.2.0)\n"
        "    - Missing\n"
        "  - AppCenter/Analytics (4.2.0):\n"
        "    - AppCenter/Core\n"
        "  - AppCenter/Core (4.2.0)\n"
        "  - \"Quoted/NS+zlib (7.7.0)\"\n"
        "  - Wrong = 1\n"
        "\n"
        "DEPENDENCIES:\n"
        "  - AppCenter (~> 4.0)\n"
        "  - Quoted/NS+zlib (from `x`)\n"
        "\n"
        "COCOAPODS: 1.11.2\n",
        "[{\"depends\":[\"AppCenter/"
        "Analytics@4.2.0\"],\"lines\":[2,2],\"name\":\"AppCenter\",\"relationship\":\"direct\","
        "\"version\":\"4.2.0\"},"
        "{\"depends\":[\"AppCenter/Core@4.2.0\"],\"lines\":[5,5],\"name\":\"AppCenter/"
        "Analytics\",\"relationship\":\"indirect\",\"version\":\"4.2.0\"},"
        "{\"lines\":[7,7],\"name\":\"AppCenter/"
        "Core\",\"relationship\":\"indirect\",\"version\":\"4.2.0\"},"
        "{\"lines\":[8,8],\"name\":\"Quoted/"
        "NS+zlib\",\"relationship\":\"direct\",\"version\":\"7.7.0\"}]",
        "[\"line 9: not a pod and its version\"]");
}

static void test_podfile_lock_without_pods(void **state) {
    (void)state;
    pt_testing_assert_read(pt_read_podfile_lock, NULL, "COCOAPODS: 1\n", "[]",
                           "[\"line 1: no pods\"]");
}

static void test_mix_lock(void **state) {
    (void)state;
    pt_testing_assert_read(
        pt_read_mix_lock, NULL,
        "# a comment\n"
        "%{\n"
        "  \"decimal\": {:hex, :decimal, \"2.0.0\", \"00\", [:mix], [], \"hexpm\", "
        "\"00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff\"},\n"
        "  \"jason_app\": {:hex, :jason, \"1.4.0\", \"a\\\"}\", [:mix],\n"
        "    [{:decimal, \"~> 1.0 or ~> 2.0\", [hex: :decimal, repo: \"hexpm\", optional: true]}, "
        "{:gone, \"> 0\", []}],\n"
        "    \"hexpm\", \"00\"},\n"
        "  \"saml\": {:git, \"https://example.org/saml.git\", \"4294a3\", [ref: \"x\"]},\n"
        "  \"user\": {:hex, :\"user\", \"1.0.0\", \"00\", [:mix], [{:jason_app, \"~> 1.0\", [hex: "
        ":jason]}], \"hexpm\"},\n"
        "}\n",
        "[{\"digest\":\"sha256:00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff\","
        "\"lines\":[3,3],\"name\":\"decimal\",\"version\":\"2.0.0\"},"
        "{\"depends\":[\"decimal@2.0.0\"],\"lines\":[4,6],\"name\":\"jason\",\"version\":\"1.4.0\"}"
        ","
        "{\"depends\":[\"jason@1.4.0\"],\"lines\":[8,8],\"name\":\"user\",\"version\":\"1.0.0\"}]",
        "[\"line 7: a package that is not one of Hex, and has no version\"]");
}

static void test_mix_lock_that_does_not_end(void **state) {
    (void)state;
    pt_testing_assert_read(pt_read_mix_lock, NULL, "%{\"a\": {:hex, :a, \"1\", \"00\", [:mix",
                           "[{\"lines\":[1,1],\"name\":\"a\",\"version\":\"1\"}]",
                           "[\"line 1: the map of packages does not end\"]");
}

static void test_mix_lock_of_something_else(void **state) {
    (void)state;
    pt_testing_assert_read(pt_read_mix_lock, NULL, "[]", "[]",
                           "[\"line 1: not a map of packages\"]");
}

static void test_mix_lock_with_a_stray_bracket(void **state) {
    (void)state;
    pt_testing_assert_read(pt_read_mix_lock, NULL, "%{ ] }", "[]",
                           "[\"line 1: not a name and its package\"]");
}

static void test_julia_manifest_of_format_2(void **state) {
    (void)state;
    static const pt_testing_file files[] = {
        {"Project.toml", "[deps]\n"
                         "A = \"u-a\"\n"
                         "[extras]\n"
                         "Test = \"u-t\"\n"},
        {0},
    };
    pt_testing_assert_read(pt_read_julia_manifest, files,
                           "julia_version = \"1.9.0\"\n"
                           "manifest_format = \"2.0\"\n"
                           "\n"
                           "[[deps.A]]\n"
                           "deps = [\"B\"]\n"
                           "uuid = \"u-a\"\n"
                           "version = \"1.0.0\"\n"
                           "\n"
                           "    [deps.A.weakdeps]\n"
                           "    W = \"u-w\"\n"
                           "\n"
                           "[[deps.B]]\n"
                           "uuid = \"u-b\"\n"
                           "\n"
                           "[[deps.C]]\n"
                           "uuid = \"u-c1\"\n"
                           "[[deps.C]]\n"
                           "uuid = \"u-c2\"\n"
                           "version = \"2\"\n"
                           "\n"
                           "[[deps.Test]]\n"
                           "uuid = \"u-t\"\n"
                           "\n"
                           "    [deps.Test.deps]\n"
                           "    C = \"u-c2\"\n"
                           "\n"
                           "[[deps.N]]\n"
                           "version = \"1\"\n",
                           "[{\"depends\":[\"u-b\"],\"id\":\"u-a\",\"lines\":[4,7],\"name\":\"A\","
                           "\"relationship\":\"direct\",\"version\":\"1.0.0\"},"
                           "{\"id\":\"u-b\",\"lines\":[12,13],\"name\":\"B\",\"relationship\":"
                           "\"indirect\",\"version\":\"1.9.0\"},"
                           "{\"id\":\"u-c1\",\"lines\":[15,16],\"name\":\"C\",\"relationship\":"
                           "\"indirect\",\"version\":\"1.9.0\"},"
                           "{\"dev\":true,\"id\":\"u-c2\",\"lines\":[17,19],\"name\":\"C\","
                           "\"relationship\":\"indirect\",\"version\":\"2\"},"
                           "{\"depends\":[\"u-c2\"],\"dev\":true,\"id\":\"u-t\",\"lines\":[21,22],"
                           "\"name\":\"Test\",\"relationship\":\"direct\",\"version\":\"1.9.0\"}]",
                           "[\"line 27: a package without a UUID\"]");
}

static void test_julia_manifest_of_format_1(void **state) {
    (void)state;
    pt_testing_assert_read(
        pt_read_julia_manifest, NULL,
        "[[Dates]]\n"
        "deps = [\"Printf\"]\n"
        "uuid = \"u-d\"\n"
        "\n"
        "[[Printf]]\n"
        "uuid = \"u-p\"\n"
        "\n"
        "[[Twice]]\n"
        "uuid = \"u-1\"\n"
        "[[Twice]]\n"
        "uuid = \"u-2\"\n"
        "\n"
        "[[User]]\n"
        "deps = [\"Twice\"]\n"
        "uuid = \"u-u\"\n",
        "[{\"depends\":[\"u-p\"],\"id\":\"u-d\",\"lines\":[1,3],\"name\":\"Dates\"},"
        "{\"id\":\"u-p\",\"lines\":[5,6],\"name\":\"Printf\"},"
        "{\"id\":\"u-1\",\"lines\":[8,9],\"name\":\"Twice\"},"
        "{\"id\":\"u-2\",\"lines\":[10,11],\"name\":\"Twice\"},"
        "{\"id\":\"u-u\",\"lines\":[13,15],\"name\":\"User\"}]",
        "[\"line 13: needs a package by a name that several have\"]");
}

static void test_julia_manifest_that_is_broken(void **state) {
    (void)state;
    pt_testing_assert_read(pt_read_julia_manifest, NULL, "[[a]", "[]",
                           "[\"line 1: not valid TOML: a header without its closing brackets\"]");
}

static void test_conan_lock_of_version_1(void **state) {
    (void)state;
    pt_testing_assert_read(pt_read_conan_lock, NULL,
                           "{\n"
                           " \"graph_lock\": {\n"
                           "  \"nodes\": {\n"
                           "   \"0\": {\n"
                           "    \"requires\": [\"1\"],\n"
                           "    \"build_requires\": [\"4\"],\n"
                           "    \"path\": \"conanfile.txt\"\n"
                           "   },\n"
                           "   \"1\": {\n"
                           "    \"ref\": \"pkga/0.0.1@user/testing#rev\",\n"
                           "    \"requires\": [\"2\", \"9\"],\n"
                           "    \"context\": \"host\"\n"
                           "   },\n"
                           "   \"2\": {\"ref\": \"pkgb/system\", \"context\": \"host\"},\n"
                           "   \"3\": {\"ref\": \"wrong/ref/format\"},\n"
                           "   \"4\": {\"ref\": \"cmake/3.1\", \"context\": \"build\"}\n"
                           "  }\n"
                           " },\n"
                           " \"version\": \"0.4\"\n"
                           "}\n",
                           "[{\"depends\":[\"pkgb/system\"],\"id\":\"pkga/"
                           "0.0.1\",\"lines\":[9,13],\"name\":\"pkga\",\"relationship\":\"direct\","
                           "\"version\":\"0.0.1\"},"
                           "{\"id\":\"pkgb/"
                           "system\",\"lines\":[14,14],\"name\":\"pkgb\",\"relationship\":"
                           "\"indirect\",\"version\":\"system\"},"
                           "{\"dev\":true,\"id\":\"cmake/"
                           "3.1\",\"lines\":[16,16],\"name\":\"cmake\",\"relationship\":\"direct\","
                           "\"version\":\"3.1\"}]",
                           "[\"line 15: not a name and its version\"]");
}

static void test_conan_lock_of_version_2(void **state) {
    (void)state;
    pt_testing_assert_read(
        pt_read_conan_lock, NULL,
        "{\n"
        "    \"version\": \"0.5\",\n"
        "    \"requires\": [\n"
        "        \"sound/1.0#83d4%1675278904.07\",\n"
        "        \"no-version\"\n"
        "    ],\n"
        "    \"build_requires\": [\"tool/2\"],\n"
        "    \"python_requires\": []\n"
        "}\n",
        "[{\"dev\":true,\"id\":\"tool/2\",\"lines\":[7,7],\"name\":\"tool\",\"version\":\"2\"},"
        "{\"id\":\"sound/1.0\",\"lines\":[4,4],\"name\":\"sound\",\"version\":\"1.0\"}]",
        "[\"line 5: not a name and its version\"]");
}

static void test_conan_lock_of_something_else(void **state) {
    (void)state;
    pt_testing_assert_read(pt_read_conan_lock, NULL, "{}", "[]",
                           "[\"line 1: neither a graph nor a list of references\"]");
}

static void test_formats_of_unknown_versions_are_told(void **state) {
    (void)state;
    pt_testing_assert_read(pt_read_swift_resolved, NULL, "{\"pins\": [], \"version\": 4}", "[]",
                           "[\"line 1: a version of the file's format that is not known\"]");
    pt_testing_assert_read(pt_read_conan_lock, NULL, "{\"version\": \"1.0\", \"requires\": []}",
                           "[]", "[\"line 1: a version of the file's format that is not known\"]");
    pt_testing_assert_read(pt_read_julia_manifest, NULL, "manifest_format = \"3.0\"\n", "[]",
                           "[\"line 1: a version of the file's format that is not known\"]");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_formats_of_unknown_versions_are_told),
        cmocka_unit_test(test_pub_lock),
        cmocka_unit_test(test_pub_lock_without_packages),
        cmocka_unit_test(test_pub_lock_says_which_sdk_a_package_is_of),
        cmocka_unit_test(test_pub_lock_knows_edges_of_the_cache_beside_it),
        cmocka_unit_test(test_pub_lock_of_something_else),
        cmocka_unit_test(test_swift_resolved_of_version_1),
        cmocka_unit_test(test_swift_resolved_of_version_3),
        cmocka_unit_test(test_swift_resolved_of_something_else),
        cmocka_unit_test(test_podfile_lock),
        cmocka_unit_test(test_podfile_lock_without_pods),
        cmocka_unit_test(test_mix_lock),
        cmocka_unit_test(test_mix_lock_that_does_not_end),
        cmocka_unit_test(test_mix_lock_of_something_else),
        cmocka_unit_test(test_mix_lock_with_a_stray_bracket),
        cmocka_unit_test(test_julia_manifest_of_format_2),
        cmocka_unit_test(test_julia_manifest_of_format_1),
        cmocka_unit_test(test_julia_manifest_that_is_broken),
        cmocka_unit_test(test_conan_lock_of_version_1),
        cmocka_unit_test(test_conan_lock_of_version_2),
        cmocka_unit_test(test_conan_lock_of_something_else),
    };
    return cmocka_run_group_tests_name("misc_readers", tests, NULL, NULL);
}
