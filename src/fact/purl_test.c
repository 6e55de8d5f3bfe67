#include <string.h>

#include "base/testing.h"
#include "fact/purl.h"
#include "value/json.h"

// Its canonical form; "! what" is wrong with it.
static pt_str canonical(pt_arena *a, const char *text) {
    pt_purl p = {0};
    pt_err e = {0};
    if (pt_purl_parse(a, pt_str_of(text), &p, &e))
        return pt_arena_printf(a, "! %s", e.what);
    return pt_purl_text(a, &p);
}

static void test_purl_is_made_canonical(void **state) {
    (void)state;
    PT_AUTO(pt_arena_done) pt_arena a = {0};
    static const char *const cases[][2] = {
        {"pkg:deb/debian/curl@7.88.1-10+deb12u5?distro=debian-12&arch=amd64",
         "pkg:deb/debian/curl@7.88.1-10%2Bdeb12u5?arch=amd64&distro=debian-12"},
        {"PKG://DEB/Debian/Curl@1", "pkg:deb/debian/curl@1"},
        {"pkg:npm/%40angular/core@17.0.0", "pkg:npm/%40angular/core@17.0.0"},
        {"pkg:npm/@angular/core@17.0.0", "pkg:npm/%40angular/core@17.0.0"},
        {"pkg:npm/@angular/core", "pkg:npm/%40angular/core"},
        {"pkg:npm/JSONStream@1.3.5", "pkg:npm/JSONStream@1.3.5"},
        {"pkg:pypi/Typing_Extensions@4", "pkg:pypi/typing-extensions@4"},
        {"pkg:golang/github.com/BurntSushi/toml@v1.2.3#/cmd/./toml/../x/",
         "pkg:golang/github.com/BurntSushi/toml@v1.2.3#cmd/toml/x"},
        {"pkg:oci/Shop@sha256%3Aabc?repository_url=ghcr.io/acme/shop&tag=",
         "pkg:oci/shop@sha256:abc?repository_url=ghcr.io%2Facme%2Fshop"},
        {"pkg:rpm/fedora/Net@1?Epoch=2", "pkg:rpm/fedora/Net@1?epoch=2"},
        {"pkg:generic/a%20b@1%2F2", "pkg:generic/a%20b@1%2F2"},
        {"pkg:generic///a//b//c@1", "pkg:generic/a/b/c@1"},
        {"pkg:cargo/serde", "pkg:cargo/serde"},
        {"pkg:cpan/drtech/Apache-Test@1", "pkg:cpan/DRTECH/Apache-Test@1"},
        {"pkg:nuget/N\xc3\xa4me@1", "pkg:nuget/N%C3%A4me@1"},
        {"npm/a@1", "! no package URL: it does not begin with \"pkg:\""},
        {"pkg:npm/", "! no package URL: no name"},
        {"pkg:npm/@1", "! no package URL: no name"},
        {"pkg:3d/a", "! no package URL: no type"},
        {"pkg:", "! no package URL: no type"},
        {"pkg:npm/a%2", "! no package URL: a % without two hexadecimal digits"},
        {"pkg:npm/a%zz", "! no package URL: a % without two hexadecimal digits"},
        {"pkg:npm/a%ff", "! no package URL: not UTF-8 text"},
        {"pkg:npm/a%00", "! no package URL: not UTF-8 text"},
        {"pkg:npm/a%2fb/c", "! no package URL: a slash within a segment"},
        {"pkg:npm/a?x y=1", "! no package URL: a qualifier's key is none"},
        {"pkg:npm/a?x=1&X=2", "! no package URL: a qualifier twice"},
        {"pkg:swift/a@1", "! no package URL: this type needs a namespace"},
    };
    for (size_t i = 0; i < PT_COUNT(cases); i++)
        assert_str(canonical(&a, cases[i][0]), cases[i][1]);
}

static void test_purl_parts_are_decoded(void **state) {
    (void)state;
    PT_AUTO(pt_arena_done) pt_arena a = {0};
    pt_purl p = {0};
    pt_str s = PT_STR("pkg:maven/org.acme/a%2Bb@1%3A2?type=jar#x/y");
    assert_int_equal(pt_purl_parse(&a, s, &p, NULL), PT_OK);
    assert_str(p.type, "maven");
    assert_str(p.space, "org.acme");
    assert_str(p.name, "a+b");
    assert_str(p.version, "1:2");
    assert_str(pt_text(pt_getz(p.qualifiers, "type")), "jar");
    assert_str(p.subpath, "x/y");
}

static void test_purl_of_package_by_type(void **state) {
    (void)state;
    PT_AUTO(pt_arena_done) pt_arena a = {0};
    static const char *const cases[][3] = {
        {"{\"type\":\"deb\",\"name\":\"libc6\",\"version\":\"2:2.36\",\"architecture\":\"amd64\","
         "\"source\":\"glibc\",\"source_version\":\"2:2.36\"}",
         "{\"id\":\"debian\",\"version\":\"12\"}",
         "pkg:deb/debian/libc6@2:2.36?arch=amd64&distro=debian-12&upstream=glibc"},
        {"{\"type\":\"deb\",\"name\":\"a\",\"version\":\"1+b1\",\"source\":\"a\",\"source_"
         "version\":"
         "\"1\"}",
         "null", "pkg:deb/a@1%2Bb1?upstream=a%401"},
        {"{\"type\":\"rpm\",\"name\":\"perl-Errno\",\"version\":\"4:5.26-1\",\"source\":\"perl\","
         "\"source_version\":\"5.26-1\",\"more\":{\"module\":\"perl:5\"}}",
         "{\"id\":\"rhel\",\"version\":\"8.9\"}",
         "pkg:rpm/redhat/perl-Errno@5.26-1?distro=rhel-8.9&epoch=4&rpmmod=perl:5&upstream="
         "perl-5.26-1.src.rpm"},
        {"{\"type\":\"apk\",\"name\":\"musl\",\"version\":\"1.2\",\"source\":\"musl\"}",
         "{\"id\":\"alpine\"}", "pkg:apk/alpine/musl@1.2?distro=alpine"},
        {"{\"type\":\"npm\",\"name\":\"@a/b\",\"version\":\"1\"}", "null", "pkg:npm/%40a/b@1"},
        {"{\"type\":\"golang\",\"name\":\"github.com/a/b\",\"version\":\"v1\"}", "null",
         "pkg:golang/github.com/a/b@v1"},
        {"{\"type\":\"maven\",\"name\":\"org.acme:lib\",\"version\":\"1\"}", "null",
         "pkg:maven/org.acme/lib@1"},
        {"{\"type\":\"maven\",\"name\":\"lib\",\"version\":\"1\"}", "null", "pkg:maven/lib@1"},
        {"{\"type\":\"cocoapods\",\"name\":\"A/B/C\",\"version\":\"1\"}", "null",
         "pkg:cocoapods/A@1#B/C"},
        {"{\"type\":\"pypi\",\"name\":\"My_Pkg\",\"version\":\"\"}", "null", "pkg:pypi/my-pkg"},
        {"{\"name\":\"nothing\"}", "null", ""},
    };
    for (size_t i = 0; i < PT_COUNT(cases); i++) {
        pt_value v[2];
        for (size_t k = 0; k < 2; k++)
            assert_int_equal(pt_json_parse(&a, pt_str_of(cases[i][k]), NULL, &v[k], NULL), PT_OK);
        assert_str(pt_purl_of_package(&a, v[0], v[1]), cases[i][2]);
    }
}

static bool answers(pt_arena *a, const char *text, const char *pattern) {
    pt_purl p = {0};
    pt_purl q = {0};
    assert_int_equal(pt_purl_parse(a, pt_str_of(text), &p, NULL), PT_OK);
    assert_int_equal(pt_purl_parse(a, pt_str_of(pattern), &q, NULL), PT_OK);
    return pt_purl_answers(&p, &q);
}

static void test_purl_answers_to_what_the_pattern_says(void **state) {
    (void)state;
    PT_AUTO(pt_arena_done) pt_arena a = {0};
    const char *curl = "pkg:deb/debian/curl@7.88.1?arch=amd64&distro=debian-12#lib";
    assert_true(answers(&a, curl, "pkg:deb/debian/curl"));
    assert_true(answers(&a, curl, "pkg:deb/debian/curl@7.88.1"));
    assert_true(answers(&a, curl, "pkg:deb/debian/curl?distro=debian-12"));
    assert_true(answers(&a, curl, "pkg:deb/debian/curl#lib"));
    assert_false(answers(&a, curl, "pkg:deb/debian/curl@7.88.2"));
    assert_false(answers(&a, curl, "pkg:deb/debian/curl?arch=arm64"));
    assert_false(answers(&a, curl, "pkg:deb/debian/curl?epoch=1"));
    assert_false(answers(&a, curl, "pkg:deb/ubuntu/curl"));
    assert_false(answers(&a, curl, "pkg:deb/curl"));
    assert_false(answers(&a, curl, "pkg:rpm/debian/curl"));
    assert_false(answers(&a, curl, "pkg:deb/debian/curl#bin"));
    assert_true(answers(&a, "pkg:golang/github.com/A/b", "pkg:golang/github.com/a/B"));
    assert_false(answers(&a, "pkg:npm/JSONStream", "pkg:npm/jsonstream"));
}

static void test_purl_without_memory_is_said(void **state) {
    (void)state;
    pt_err e = {0};
    PT_AUTO(pt_arena_done) pt_arena a = {0};
    pt_arena_init(&a, 1);
    pt_purl p = {0};
    assert_int_equal(pt_purl_parse(&a, PT_STR("pkg:npm/A@1?x=1#y"), &p, &e), PT_E_NOMEM);
    p = (pt_purl){.type = PT_STR("pypi"), .name = PT_STR("A_b")};
    assert_int_equal(pt_purl_text(&a, &p).n, 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_purl_is_made_canonical),
        cmocka_unit_test(test_purl_parts_are_decoded),
        cmocka_unit_test(test_purl_of_package_by_type),
        cmocka_unit_test(test_purl_answers_to_what_the_pattern_says),
        cmocka_unit_test(test_purl_without_memory_is_said),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
