#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/testing.h"
#include "judge/vex/vex.h"

#define WS    "pkg:npm/ws@8.13.0"
#define SSL   "pkg:deb/debian/libssl3@3.0.11?arch=amd64&distro=debian-12"
#define OTHER "pkg:npm/ws@8.13.1"
#define IMAGE "pkg:oci/web@sha256%3A11?repository_url=docker.io/shop/web&arch=amd64"

// What the documents in testdata/ say: the file, the vulnerability, the package, and "STATUS" with
// " suppresses", " tie", or "" for nothing.
static const struct {
    const char *file, *id, *package, *expect;
} cases[] = {
    {"openvex.json", "CVE-2026-0001", WS, "not_affected suppresses"},
    {"openvex.json", "GHSA-aaaa-bbbb-cccc", WS, "not_affected suppresses"},
    {"openvex.json", "CVE-2026-0001", OTHER, ""},
    {"openvex.json", "CVE-2026-0001", SSL, ""}, // a part that nobody can identify is not all of it
    {"openvex.json", "CVE-2026-0002", SSL, "fixed suppresses"},
    {"openvex.json", "CVE-2026-0002", "pkg:deb/debian/libssl3@3.0.11?distro=debian-11", ""},
    {"openvex.json", "CVE-2026-0003", WS, "not_affected"}, // nobody says why
    {"openvex.json", "CVE-2026-0004", WS, "affected"},     // the later one
    {"openvex.json", "CVE-2026-0005", WS, "under_investigation tie"},
    {"openvex.json", "CVE-2026-0005", OTHER, "not_affected suppresses"},
    {"openvex.json", "CVE-2026-0006", WS, "under_investigation"},
    {"openvex.json", "CVE-2026-0007", WS, ""}, // another image's digest
    {"csaf.json", "CVE-2026-0001", WS, "not_affected suppresses"},
    {"csaf.json", "CVE-2026-0001", OTHER, ""},
    {"csaf.json", "CVE-2026-0002", SSL, "not_affected suppresses"},
    {"csaf.json", "SHOP-7", WS, "fixed suppresses"},
    {"csaf.json", "CVE-2026-0003", WS, "under_investigation tie"},
    {"csaf.json", "CVE-2026-0004", SSL, ""}, // within what no package URL names
    {"csaf.json", "CVE-2026-0004", WS, ""},
    {"csaf.json", "CVE-2026-0005", WS, "not_affected"},
    {"cyclonedx.json", "CVE-2026-0001", WS, "not_affected suppresses"},
    {"cyclonedx.json", "GHSA-aaaa-bbbb-cccc", WS, "not_affected suppresses"},
    {"cyclonedx.json", "CVE-2026-0002", SSL, "fixed suppresses"},
    {"cyclonedx.json", "CVE-2026-0003", WS, "not_affected suppresses"},
    {"cyclonedx.json", "CVE-2026-0004", WS, "affected"},
    {"cyclonedx.json", "CVE-2026-0005", WS, "not_affected suppresses"},
    {"cyclonedx.json", "CVE-2026-0005", OTHER, ""},
    {"cyclonedx.json", "CVE-2026-0006", WS, "not_affected"},
    {"cyclonedx.json", "CVE-2026-0007", SSL, "not_affected suppresses"},
    {"cyclonedx.json", "CVE-2026-0008", WS, ""},
    {"cyclonedx.json", "CVE-2026-0009", WS, ""},
};

static pt_str file(pt_arena *a, const char *name) {
    const char *folder = getenv("PT_TESTDATA");
    pt_str path = pt_arena_printf(a, "%s/judge/vex/testdata/%s", folder ? folder : "src", name);
    char *bytes = pt_arena_take(a, 1 << 16);
    PT_AUTO(pt_fd_close) int fd = open(path.p, O_RDONLY | O_CLOEXEC);
    ssize_t n = read(fd, bytes, 1 << 16);
    assert_true(n > 0);
    return (pt_str){bytes, (size_t)n};
}

static pt_vex_said ask(pt_arena *a, const pt_vex *v, const char *id, const char *package) {
    pt_purl image;
    pt_purl purl;
    const pt_str ids[] = {pt_str_of(id)};
    assert_int_equal(pt_purl_parse(a, pt_str_of(package), &purl, NULL), PT_OK);
    assert_int_equal(pt_purl_parse(a, pt_str_of(IMAGE), &image, NULL), PT_OK);
    return pt_vex_ask_about(
        v,
        &(pt_vex_ask){.ids = ids, .ids_n = 1, .package = &purl, .images = &image, .images_n = 1});
}

static pt_str shown(pt_arena *a, const pt_vex_said *s) {
    return pt_arena_printf(a, "%s%s%s", pt_vex_status_name(s->status),
                           s->suppresses ? " suppresses" : "", s->tie ? " tie" : "");
}

static void test_three_formats_say_what_they_say(void **state) {
    (void)state;
    PT_AUTO(pt_arena_done) pt_arena a = {0};
    for (size_t i = 0; i < PT_COUNT(cases); i++) {
        pt_err e = {0};
        pt_vex *v = pt_vex_new(&a);
        pt_code code = pt_vex_read(v, file(&a, cases[i].file), pt_str_of(cases[i].file), false, &e);
        if (code)
            print_error("%s: %s\n", cases[i].file, e.what);
        assert_int_equal(code, PT_OK);
        pt_vex_said said = ask(&a, v, cases[i].id, cases[i].package);
        pt_str got = shown(&a, &said);
        if (!pt_str_eqz(got, cases[i].expect))
            print_error("%s %s %s\n", cases[i].file, cases[i].id, cases[i].package);
        assert_str(got, cases[i].expect);
    }
}

static void test_later_document_wins_whatever_the_order(void **state) {
    (void)state;
    PT_AUTO(pt_arena_done) pt_arena a = {0};
    pt_vex *v = pt_vex_new(&a);
    pt_err e = {0};
    // The latest is CycloneDX's (March): exploitable. CSAF's (February) says nothing of it.
    static const char *const files[] = {"cyclonedx.json", "openvex.json", "csaf.json"};
    for (size_t i = 0; i < PT_COUNT(files); i++)
        assert_int_equal(pt_vex_read(v, file(&a, files[i]), pt_str_of(files[i]), false, &e), PT_OK);
    pt_vex_said said = ask(&a, v, "CVE-2026-0004", WS);
    assert_str(shown(&a, &said), "affected");
    assert_str(said.document, "cyclonedx.json");
    assert_str(said.author, "A. Writer");
    pt_value about = pt_getz(pt_vex_about(v, &a), "documents");
    assert_int_equal(pt_len(about), 3);
    int64_t n = 0;
    assert_true(pt_to_int(pt_getz(pt_at(about, 1), "unidentified"), &n));
    assert_int_equal(n, 1);
}

static void test_advice_suppresses_nothing(void **state) {
    (void)state;
    PT_AUTO(pt_arena_done) pt_arena a = {0};
    pt_vex *v = pt_vex_new(&a);
    pt_err e = {0};
    assert_int_equal(pt_vex_read(v, file(&a, "openvex.json"), PT_STR("x"), true, &e), PT_OK);
    pt_vex_said said = ask(&a, v, "CVE-2026-0001", WS);
    assert_str(shown(&a, &said), "not_affected");
}

static void test_what_is_no_vex_is_refused_whole(void **state) {
    (void)state;
    static const struct {
        const char *text, *what;
    } refused[] = {
        {"{}", "no VEX document"},
        {"[", "JSON"},
        {"{\"@context\": \"https://openvex.dev/ns\"}", "no statements"},
        {"{\"@context\": \"https://openvex.dev/ns\", \"statements\": [{\"vulnerability\": "
         "\"CVE-1\", "
         "\"products\": [\"pkg:npm/ws\"], \"status\": \"fixed\"}, {\"status\": \"fine\"}]}",
         "\"fine\" is no status"},
        {"{\"@context\": \"https://openvex.dev/ns\", \"timestamp\": \"today\", \"statements\": []}",
         "\"today\" is no time"},
    };
    for (size_t i = 0; i < PT_COUNT(refused); i++) {
        PT_AUTO(pt_arena_done) pt_arena a = {0};
        pt_vex *v = pt_vex_new(&a);
        pt_err e = {0};
        assert_int_equal(pt_vex_read(v, pt_str_of(refused[i].text), PT_STR("x"), false, &e),
                         PT_E_FORMAT);
        assert_non_null(strstr(e.what, refused[i].what));
        assert_int_equal(ask(&a, v, "CVE-1", WS).status, PT_VEX_NOTHING);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_three_formats_say_what_they_say),
        cmocka_unit_test(test_later_document_wins_whatever_the_order),
        cmocka_unit_test(test_advice_suppresses_nothing),
        cmocka_unit_test(test_what_is_no_vex_is_refused_whole),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
