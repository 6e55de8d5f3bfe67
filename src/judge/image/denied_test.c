#include <stdio.h>
#include <string.h>

#include "base/testing.h"
#include "judge/image/denied.h"
#include "judge/image/findings.h"
#include "value/json.h"

#define P(type, name, version) \
    "{\"type\":\"" type "\",\"name\":\"" name "\",\"version\":\"" version "\",\"file\":\"f\"}"

// What one denial says of one package: "" (nothing), "fail", "not evaluated".
static void expect(const char *denial, const char *package, const char *verdict) {
    pt_arena a = {0};
    pt_err e = {0};
    pt_denial d;
    pt_value doc;
    pt_value rows;
    pt_str json = pt_arena_printf(&a, "{\"packages\":[%s]}", package);
    assert_int_equal(pt_denial_parse(pt_str_of(denial), &d, &e), PT_OK);
    assert_int_equal(pt_json_parse(&a, json, NULL, &doc, &e), PT_OK);
    assert_int_equal(pt_denied(&d, 1, doc, &a, &rows, &e), PT_OK);
    pt_str got = pt_text(pt_getz(pt_at(rows, 0), "verdict"));
    if (!pt_str_eqz(got, verdict))
        print_error("%s of %s\n", denial, package);
    assert_str(got, verdict);
    pt_arena_done(&a);
}

static void test_denied_names_are_whole_or_begin_so(void **state) {
    (void)state;
    expect("telnetd", P("deb", "telnetd", "1"), "fail");
    expect("telnetd", P("rpm", "telnetd", "1"), "fail");
    expect("deb/telnetd", P("rpm", "telnetd", "1"), "");
    expect("pkg:deb/telnetd", P("deb", "telnetd", "1"), "fail");
    expect("telnet", P("deb", "telnetd", "1"), "");
    expect("telnetd", P("deb", "telnet", "1"), "");
    expect("npm/event-*", P("npm", "event-stream", "3.3.6"), "fail");
    expect("npm/event-*", P("npm", "eventsource", "1.0.0"), "");
    expect("npm/*", P("npm", "x", "1.0.0"), "fail");
    expect("npm/@evil/*", P("npm", "@evil/x", "1.0.0"), "fail");
    expect("@evil/x", P("npm", "@evil/x", "1.0.0"), "fail");
    expect("npm/X", P("npm", "x", "1.0.0"), "");
    expect("golang/github.com/a/b", P("golang", "github.com/A/b", "v1.0.0"), "fail");
}

static void test_denied_names_are_spelled_as_their_registry_reads_them(void **state) {
    (void)state;
    expect("pypi/pyyaml", P("pypi", "PyYAML", "6.0"), "fail");
    expect("pypi/zope.interface", P("pypi", "zope-_interface", "6.0"), "fail");
    expect("zope-*", P("pypi", "zope.interface", "6.0"), "fail");
    expect("nuget/newtonsoft.json", P("nuget", "Newtonsoft.Json", "1.0.0"), "fail");
    expect("maven/log4j/log4j-core", P("maven", "log4j:log4j-core", "2.0"), "fail");
    expect("deb/a_b", P("deb", "a-b", "1"), "");
}

static void test_denied_ranges_go_by_the_types_order(void **state) {
    (void)state;
    const char *core = "maven/log4j:log4j-core@<2.17.1";
    expect(core, P("maven", "log4j:log4j-core", "2.9"), "fail");
    expect(core, P("maven", "log4j:log4j-core", "2.17.1-rc1"), "fail");
    expect(core, P("maven", "log4j:log4j-core", "2.17.1"), "");
    expect("maven/x@[1,2)", P("maven", "x", "1.5"), "fail");
    expect("npm/@a/b@>=1 <2", P("npm", "@a/b", "1.9.0"), "fail");
    expect("npm/@a/b@>=1 <2", P("npm", "@a/b", "2.0.0"), "");
    expect("deb/openssl@<3.0.11-1", P("deb", "openssl", "3.0.11-1~deb12u2"), "fail");
    expect("deb/openssl@<3.0.11-1", P("deb", "openssl", "1:1"), "");
    expect("apk/musl@<1.2.4", P("apk", "musl", "1.2.4_rc1"), "fail");
    expect("rpm/bash@< 5.1-9", P("rpm", "bash", "5.1-10"), "");
    // A version alone is that version, also where the packager would read more into it.
    expect("cargo/x@1.2.0", P("cargo", "x", "1.3.0"), "");
    expect("npm/event-stream@3.3.6", P("npm", "event-stream", "3.3.6"), "fail");
    expect("pypi/x@1.0", P("pypi", "x", "1.0.0"), "fail");
}

static void test_denied_version_without_order_is_not_evaluated(void **state) {
    (void)state;
    expect("npm/x@<2", P("npm", "x", "latest"), "not evaluated");
    expect("npm/x@<2", "{\"type\":\"npm\",\"name\":\"x\",\"file\":\"f\"}", "not evaluated");
    expect("npm/x", "{\"type\":\"npm\",\"name\":\"x\",\"file\":\"f\"}", "fail");
}

static void test_denied_every_type_takes_a_range(void **state) {
    (void)state;
    static const char *const with_order[] = {
        "alpm",  "apk",     "bitnami", "cargo",   "composer", "conda", "cran",  "deb",
        "gem",   "generic", "golang",  "hackage", "hex",      "julia", "maven", "npm",
        "nuget", "opkg",    "pub",     "pypi",    "rpm",      "swift"};
    for (size_t i = 0; i < PT_COUNT(with_order); i++) {
        char text[64];
        pt_denial d;
        pt_err e = {0};
        snprintf(text, sizeof text, "%s/a/b@<", with_order[i]);
        if (pt_denial_parse(pt_str_of(text), &d, &e) != PT_E_USAGE)
            fail_msg("%s is taken", text);
        snprintf(text, sizeof text, "%s/a/b@<2.0.0", with_order[i]);
        if (pt_denial_parse(pt_str_of(text), &d, &e) != PT_OK)
            fail_msg("%s: %s", text, e.what);
    }
}

static void test_denied_what_is_no_denial_is_refused(void **state) {
    (void)state;
    static const char *const wrong[][2] = {
        {"nmp/x", "no such type"},
        {"github.com/a/b", "no such type"},
        {"", "no name"},
        {"*", "no name"},
        {"npm/", "no name"},
        {"npm/@", "no name"},
        {"npm/a*b", "at the end"},
        {"lodash<5", "no name"},
        {"lodash=4.17.20", "no name"},
        {"npm/lodash,event-stream", "no name"},
        {"x@1", "a range needs a type"},
        {"npm/x@", "no version"},
        {"npm/x@<one", "is no range"},
        {"conan/x@<1", "have no order"},
        {"npm/x@>=1 <", "is no range"},
        {"maven/x@[1,2", "is no range"},
    };
    for (size_t i = 0; i < PT_COUNT(wrong); i++) {
        pt_denial d;
        pt_err e = {0};
        assert_int_equal(pt_denial_parse(pt_str_of(wrong[i][0]), &d, &e), PT_E_USAGE);
        if (!pt_str_has(pt_str_of(e.what), pt_str_of(wrong[i][1])))
            fail_msg("%s: %s", wrong[i][0], e.what);
        assert_true(e.remedy[0]);
    }
}

static const pt_finding *nth(const pt_findings *all, const char *check, size_t n) {
    for (size_t i = 0; i < all->all.n; i++)
        if (pt_str_eqz(pt_str_of(all->all.v[i].check->id), check) && n-- == 0)
            return &all->all.v[i];
    fail_msg("there is no %s", check);
    return NULL;
}

static void test_rules_of_ones_own_are_findings(void **state) {
    (void)state;
    pt_arena a = {0};
    pt_err e = {0};
    pt_findings all = {0};
    pt_image_facts f = {.subject = PT_STR("shop/web")};
    const char *json =
        "{\"denied\":[{\"rule\":\"npm/x\",\"verdict\":\"fail\",\"severity\":\"critical\","
        "\"message\":\"npm x 1.0.0\",\"package\":" P(
            "npm", "x", "1.0.0") "}],"
                                 "\"policy\":[{\"rule\":\"deny_a\",\"kind\":\"deny\",\"verdict\":"
                                 "\"fail\",\"severity\":"
                                 "\"low\",\"message\":\"a\\u001b[1m\",\"title\":\"No "
                                 "a\",\"file\":\"p.rego\",\"line\":3},"
                                 "{\"rule\":\"warn\",\"kind\":\"warn\",\"verdict\":\"pass\","
                                 "\"severity\":\"medium\","
                                 "\"file\":\"p.rego\",\"line\":5}]}";
    assert_int_equal(pt_json_parse(&a, pt_str_of(json), NULL, &f.doc, &e), PT_OK);
    assert_int_equal(pt_image_findings(&f, &a, &all, &e), PT_OK);
    const pt_finding *x = nth(&all, "PT-IMG-DENIED", 0);
    assert_int_equal(x->check->severity, PT_CRITICAL);
    assert_str(x->evidence, "npm x 1.0.0 (--deny npm/x)");
    assert_str(x->identity, "npm/x: npm x, f");
    x = nth(&all, "PT-IMG-POLICY/deny_a", 0);
    assert_int_equal(x->verdict, PT_FAIL);
    assert_int_equal(x->check->severity, PT_LOW);
    assert_string_equal(x->check->title, "No a");
    assert_str(x->source, "p.rego:3");
    assert_false(pt_str_has(x->evidence, PT_STR("\x1b")));
    assert_int_equal(nth(&all, "PT-IMG-POLICY/warn", 0)->verdict, PT_PASS);
    pt_arena_done(&a);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_denied_names_are_whole_or_begin_so),
        cmocka_unit_test(test_denied_names_are_spelled_as_their_registry_reads_them),
        cmocka_unit_test(test_denied_ranges_go_by_the_types_order),
        cmocka_unit_test(test_denied_version_without_order_is_not_evaluated),
        cmocka_unit_test(test_denied_every_type_takes_a_range),
        cmocka_unit_test(test_denied_what_is_no_denial_is_refused),
        cmocka_unit_test(test_rules_of_ones_own_are_findings),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
