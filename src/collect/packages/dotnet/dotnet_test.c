#include "collect/packages/dotnet/dotnet.h"
#include "collect/packages/testing_packages.h"

#define assert_reads(fn, text, want) assert_packages(fn, "x", NULL, text, want)

static void test_deps_json_lists_what_runs(void **state) {
    (void)state;
    assert_reads(
        pt_read_deps_json,
        "\xef\xbb\xbf{\"runtimeTarget\": {\"name\": \"net8/x\"},\n"
        "\"targets\": {\"net8\": {}, \"net8/x\": {\n"
        " \"App/1.0\": {\"dependencies\": {\"Lib/no\": \"1\", \"Lib\": \"1.0\", \"Near\": \"2.0\","
        " \"Only.Built\": \"3\", \"runtimepack.Run\": \"8\"}, \"runtime\": {\"App.dll\": {}}},\n"
        " \"Lib/1.0\": {\"runtime\": {\"Lib.dll\": {}}},\n"
        " \"Near/2.0\": {\"dependencies\": {\"Far\": \"5\"}, \"native\": {\"n.so\": {}}},\n"
        " \"Far/5\": {\"runtimeTargets\": {\"f.dll\": {}}},\n"
        " \"Only.Built/3\": {\"compile\": {\"o.dll\": {}}},\n"
        " \"runtimepack.Run/8\": {\"runtime\": {\"r.dll\": {}}}}},\n"
        "\"libraries\": {\n"
        " \"App/1.0\": {\"type\": \"project\"},\n"
        " \"Lib/1.0\": {\"type\": \"project\"},\n"
        " \"Near/2.0\": {\n  \"type\": \"package\",\n  \"sha512\": \"sha512-x\"\n },\n"
        " \"Far/5\": {\"type\": \"Package\"},\n"
        " \"Only.Built/3\": {\"type\": \"package\"},\n"
        " \"runtimepack.Run/8\": {\"type\": \"runtimepack\"},\n"
        " \"Frame/8\": {\"type\": \"reference\"},\n"
        " \"runtimepack./1\": {\"type\": \"package\"}, \"NoVersion\": {\"type\": \"package\"}}}",
        "App 1.0 root 10-10 -> Lib@1.0, Near@2.0, Run@8\n"
        "Lib 1.0 workspace 11-11\n"
        "Near 2.0 direct 12-15 -> Far@5\n"
        "Far 5 indirect 16-16\n"
        "Run 8 direct 18-18\n"
        "runtimepack. 1 20-20\n"
        "! line 20: a library without a name or a version\n");
}

static void test_deps_json_without_its_target_knows_no_relationships(void **state) {
    (void)state;
    assert_reads(
        pt_read_deps_json,
        "{\"libraries\": {\"A/1\": {\"type\": \"project\"}, \"B/2\": {\"type\": \"package\"},"
        " \"B/2\": {\"type\": \"package\"}}}",
        "A 1 root 1-1\nB 2 1-1\n");
    assert_reads(pt_read_deps_json, "{\n\"libraries\": {",
                 "! line 2: not valid JSON: the text ends inside an object\n");
}

static void test_digest_is_of_sha512(void **state) {
    (void)state;
    PT_AUTO(pt_arena_done) pt_arena a = {0};
    pt_str digest = pt_nuget_digest(&a, PT_STR("AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8gISIjJCU"
                                               "mJygpKissLS4vMDEyMzQ1Njc4OTo7PD0+Pw=="));
    assert_str(digest, "sha512:000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"
                       "202122232425262728292a2b2c2d2e2f303132333435363738393a3b3c3d3e3f");
    assert_int_equal(pt_nuget_digest(&a, PT_STR("AAEC")).n, 0);
    assert_int_equal(pt_nuget_digest(&a, PT_STR("!")).n, 0);
}

static void test_lock_lists_what_is_resolved(void **state) {
    (void)state;
    assert_reads(pt_read_nuget_lock,
                 "{\"version\": 2, \"dependencies\": {\n"
                 " \"net8.0\": {\n"
                 "  \"A\": {\n   \"type\": \"Direct\",\n   \"requested\": \"[1, )\",\n   "
                 "\"resolved\": \"1.1\",\n"
                 "   \"dependencies\": {\"B\": \"2.0\", \"Gone\": \"1\"}\n  },\n"
                 "  \"B\": {\"type\": \"Transitive\", \"resolved\": \"2.5\"},\n"
                 "  \"mine\": {\"type\": \"Project\", \"dependencies\": {\"A\": \"1\"}},\n"
                 "  \"C\": {\"type\": \"CentralTransitive\"}\n },\n"
                 " \"net8.0/linux-x64\": {\"A\": {\"type\": \"Transitive\", \"resolved\": \"1.1\","
                 " \"dependencies\": {\"D\": \"1\", \"b\": \"2\"}},"
                 " \"D\": {\"type\": \"Direct\", \"resolved\": \"4\"}},\n"
                 " \"net9.0\": {\"B\": {\"type\": \"Direct\", \"resolved\": \"2.5\"}}}}",
                 "A 1.1 direct 3-8 -> B@2.5, D@4\n"
                 "B 2.5 direct 9-9\n"
                 "D 4 direct 13-13\n"
                 "! line 11: a package without a version\n");
    assert_reads(pt_read_nuget_lock, "{\"version\": 1, \"dependencies\": {}}", "");
    assert_reads(pt_read_nuget_lock, "[]", "! line 1: no list of dependencies\n");
}

static void test_config_lists_what_is_not_for_building(void **state) {
    (void)state;
    assert_reads(
        pt_read_nuget_config,
        "\xef\xbb\xbf<?xml version=\"1.0\"?>\n<packages>\n"
        " <package id=\"A.B\" version=\"1.0\" targetFramework=\"net45\"/>\n"
        " <package id=\"Tool\"\n  version=\"2\" developmentDependency=\"true\" />\n"
        " <package id=\"C\" version=\" 3 \"></package>\n <package version=\"4\"/>\n</packages>\n",
        "A.B 1.0 3-3\nC 3 6-6\n! line 7: a package without a name\n");
    assert_reads(pt_read_nuget_config, "<p/>", "! line 1: no list of packages\n");
    assert_reads(pt_read_nuget_config, "<packages>\n<package>",
                 "! line 2: not XML: no element found\n");
}

static void test_props_list_central_versions(void **state) {
    (void)state;
    assert_reads(pt_read_nuget_props,
                 "<Project xmlns=\"http://schemas.microsoft.com/developer/msbuild/2003\">\n"
                 "<PropertyGroup><V>0</V><V>1.2</V><W>$(V)</W></PropertyGroup>\n"
                 "<ItemGroup>\n<PackageVersion Include=\"A\" Version=\"$(v).3\" />\n"
                 "<PackageVersion Include=\"B \"><Version>2</Version></PackageVersion>\n"
                 "<PackageReference Update=\"C\" Version=\"3\" />\n"
                 "<GlobalPackageReference Include=\"D\" Version=\"4\" />\n"
                 "<PackageVersion Include=\"E\" Version=\"$(Unknown)\" />\n"
                 "<PackageVersion Include=\"F\" Version=\"$(W)\" />\n"
                 "<Other Include=\"G\" Version=\"5\" />\n</ItemGroup>\n</Project>",
                 "A 1.2.3 4-4\nB 2 5-5\nC 3 6-6\nD 4 7-7\nF 1.2 9-9\n"
                 "! line 8: a package without a version\n");
    assert_reads(pt_read_nuget_props,
                 "<Project>\n<PropertyGroup><V>$(V)x</V></PropertyGroup><ItemGroup>\n"
                 "<PackageVersion Include=\"A\" Version=\"$(V)\" />\n"
                 "<PackageVersion Include=\"B\" Version=\"[ 1.0 ]\" />\n"
                 "<PackageVersion Include=\"C\" Version=\"[1.0,2.0]\" />\n"
                 "</ItemGroup></Project>",
                 "B 1.0 4-4\nC [1.0,2.0] 5-5\n! line 3: a package without a version\n");
    assert_reads(pt_read_nuget_props, "<ItemGroup/>", "! line 1: no project\n");
}

static void test_xml_with_a_document_type_is_refused(void **state) {
    (void)state;
    assert_reads(pt_read_nuget_props, "<!DOCTYPE x [<!ENTITY a \"b\">]>\n<Project>&a;</Project>",
                 "! line 1: a document type, which is not read\n");
}

static void test_xml_too_deep_is_refused(void **state) {
    (void)state;
    PT_AUTO(pt_arena_done) pt_arena a = {0};
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(1 << 16);
    pt_read r = {.a = &a};
    for (int i = 0; i < 300; i++)
        pt_buf_putz(&b, "<a>");
    assert_str(packages_of(pt_read_nuget_props, &r, pt_buf_str(&b)),
               "! line 1: elements too deep within one another\n");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_deps_json_lists_what_runs),
        cmocka_unit_test(test_deps_json_without_its_target_knows_no_relationships),
        cmocka_unit_test(test_digest_is_of_sha512),
        cmocka_unit_test(test_lock_lists_what_is_resolved),
        cmocka_unit_test(test_config_lists_what_is_not_for_building),
        cmocka_unit_test(test_props_list_central_versions),
        cmocka_unit_test(test_xml_with_a_document_type_is_refused),
        cmocka_unit_test(test_xml_too_deep_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
