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

// What an OpenVEX statement of `status` at `time` with `reason` (further members) does, in 2026.
static pt_str told(const char *const (*statements)[3], size_t n, pt_arena *a) {
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(1 << 16);
    pt_vex *v = pt_vex_new(a);
    pt_purl purl;
    pt_time_ns now = 0;
    pt_err e = {0};
    pt_buf_putz(&b, "{\"@context\": \"https://openvex.dev/ns/v0.2.0\", \"statements\": [");
    for (size_t i = 0; i < n; i++)
        pt_buf_printf(&b,
                      "%s{\"vulnerability\": {\"name\": \"CVE-1\"}, \"products\": [\"" WS
                      "\"], \"status\": \"%s\", \"timestamp\": \"%s\"%s}",
                      i ? ", " : "", statements[i][0], statements[i][1], statements[i][2]);
    pt_buf_putz(&b, "]}");
    pt_str text = pt_arena_str(a, pt_buf_str(&b));
    assert_int_equal(pt_vex_read(v, text, PT_STR("x"), false, &e), PT_OK);
    assert_true(pt_time_parse(PT_STR("2026-06-01T00:00:00Z"), &now));
    assert_int_equal(pt_purl_parse(a, PT_STR(WS), &purl, NULL), PT_OK);
    const pt_str ids[] = {PT_STR("CVE-1")};
    pt_vex_said said =
        pt_vex_ask_about(v, &(pt_vex_ask){.ids = ids, .ids_n = 1, .package = &purl, .now = now});
    return pt_arena_printf(a, "%.*s%s", PT_PRI(shown(a, &said)), said.future ? " future" : "");
}

static void test_a_reason_must_be_one(void **state) {
    (void)state;
    static const char *const rows[][2] = {
        {", \"justification\": \"component_not_present\"", "not_affected suppresses"},
        {", \"justification\": \"because\"", "not_affected"},
        {", \"justification\": \"code_not_present\"", "not_affected"}, // CycloneDX's
        {", \"justification\": \" \"", "not_affected"},
        {", \"impact_statement\": \" \\t\\u00a0\\u200b\\u3000\"", "not_affected"},
        {", \"impact_statement\": \" we do not call it\"", "not_affected suppresses"},
        {", \"impact_statement\": \"\\u306a\\u3044\"", "not_affected suppresses"},
        {", \"justification\": \"because\", \"impact_statement\": \"x\"",
         "not_affected suppresses"},
    };
    for (size_t i = 0; i < PT_COUNT(rows); i++) {
        PT_AUTO(pt_arena_done) pt_arena a = {0};
        const char *const one[][3] = {{"not_affected", "2026-01-01T00:00:00Z", rows[i][0]}};
        assert_str(told(one, 1, &a), rows[i][1]);
    }
}

static void test_what_comes_from_the_future_does_not_win(void **state) {
    (void)state;
    static const char *const past = "2026-01-01T00:00:00Z";
    static const char *const soon = "2026-06-01T20:00:00Z"; // a clock that goes fast
    static const char *const future = "2030-01-01T00:00:00Z";
    PT_AUTO(pt_arena_done) pt_arena a = {0};
    const char *const alone[][3] = {{"fixed", future, ""}};
    const char *const fast[][3] = {{"affected", past, ""}, {"fixed", soon, ""}};
    const char *const same[][3] = {{"fixed", future, ""}, {"fixed", past, ""}};
    const char *const over[][3] = {{"affected", past, ""}, {"fixed", future, ""}};
    const char *const denies[][3] = {{"fixed", past, ""}, {"affected", future, ""}};
    assert_str(told(alone, 1, &a), "fixed future");
    assert_str(told(fast, 2, &a), "fixed suppresses");
    assert_str(told(same, 2, &a), "fixed suppresses future");
    assert_str(told(over, 2, &a), "under_investigation tie future");
    assert_str(told(denies, 2, &a), "under_investigation tie future");
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

// Who takes an archive's word for its name takes anybody's.
static void test_statement_without_a_digest_is_not_about_what_names_itself(void **state) {
    (void)state;
    static const struct {
        const char *product;
        bool by_digest;
        pt_vex_status status;
    } rows[] = {
        {"pkg:oci/web", false, PT_VEX_NOT_AFFECTED},
        {"pkg:oci/web", true, PT_VEX_NOTHING},
        {"pkg:oci/web@sha256%3A11", true, PT_VEX_NOT_AFFECTED},
        {"pkg:oci/web@sha256%3A12", true, PT_VEX_NOTHING},
        {"pkg:npm/a", true, PT_VEX_NOT_AFFECTED},
    };
    for (size_t i = 0; i < PT_COUNT(rows); i++) {
        PT_AUTO(pt_arena_done) pt_arena a = {0};
        pt_vex *v = pt_vex_new(&a);
        pt_purl image;
        pt_purl purl;
        const pt_str id = PT_STR("CVE-1");
        pt_str text = pt_arena_printf(
            &a,
            "{\"@context\": \"https://openvex.dev/ns/v0.2.0\", \"author\": \"us\", "
            "\"timestamp\": \"2026-01-01T00:00:00Z\", \"statements\": [{\"vulnerability\": "
            "{\"name\": \"CVE-1\"}, \"products\": [{\"@id\": \"%s\"}], \"status\": "
            "\"not_affected\", \"justification\": \"component_not_present\"}]}",
            rows[i].product);
        assert_int_equal(pt_vex_read(v, text, PT_STR("v.json"), false, NULL), PT_OK);
        assert_int_equal(pt_purl_parse(&a, PT_STR("pkg:npm/a@1"), &purl, NULL), PT_OK);
        assert_int_equal(pt_purl_parse(&a, PT_STR(IMAGE), &image, NULL), PT_OK);
        const pt_vex_ask ask = {.ids = &id,
                                .ids_n = 1,
                                .package = &purl,
                                .images = &image,
                                .images_n = 1,
                                .by_digest = rows[i].by_digest};
        assert_int_equal(pt_vex_ask_about(v, &ask).status, rows[i].status);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_three_formats_say_what_they_say),
        cmocka_unit_test(test_later_document_wins_whatever_the_order),
        cmocka_unit_test(test_advice_suppresses_nothing),
        cmocka_unit_test(test_a_reason_must_be_one),
        cmocka_unit_test(test_what_comes_from_the_future_does_not_win),
        cmocka_unit_test(test_what_is_no_vex_is_refused_whole),
        cmocka_unit_test(test_statement_without_a_digest_is_not_about_what_names_itself),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
