#include <string.h>

#include "base/testing.h"
#include "judge/image/findings.h"
#include "value/json.h"

#define PACKAGE(name, version, file, layer)                                                \
    "{\"type\":\"deb\",\"name\":\"" name "\",\"version\":\"" version "\",\"file\":\"" file \
    "\",\"layer\":" layer "}"
#define FLAW(id, severity, fixed, package)                                                      \
    "{\"id\":\"" id "\",\"severity\":\"" severity "\",\"fixed\":[" fixed                        \
    "],\"state\":\"won't fix\",\"package\":" package ",\"summary\":\"a flaw\",\"cwes\":[\"CWE-" \
    "79\"],\"matched\":[{\"advisory\":\"DSA-1\",\"source\":\"debian\"}]}"
#define STATUS "var/lib/dpkg/status"

typedef struct judged {
    pt_arena a;
    pt_findings all;
} judged;

static void judge(judged *j, const char *subject, const char *json) {
    pt_err e = {0};
    pt_image_facts f = {.subject = pt_str_of(subject)};
    *j = (judged){0};
    assert_int_equal(pt_json_parse(&j->a, pt_str_of(json), NULL, &f.doc, &e), PT_OK);
    assert_int_equal(pt_image_findings(&f, &j->a, &j->all, &e), PT_OK);
    pt_findings_finish(&j->all);
}

static void done(judged *j) {
    pt_arena_done(&j->a);
}

// The nth finding of a check.
static const pt_finding *nth(const judged *j, const char *check, size_t n) {
    for (size_t i = 0; i < j->all.all.n; i++)
        if (strcmp(j->all.all.v[i].check->id, check) == 0 && n-- == 0)
            return &j->all.all.v[i];
    print_error("there is no %s\n", check);
    fail();
    return NULL;
}

static void test_flaws_fail_by_their_severity(void **state) {
    (void)state;
    judged j;
    judge(
        &j, "shop/web:1",
        "{\"image\":{},\"packages\":[1],\"problems\":[],\"coverage\":[],\"vulnerabilities\":[" FLAW(
            "CVE-1", "critical", "\"2-1\",\"3-1\"",
            PACKAGE("libssl3", "1-1", STATUS,
                    "1")) "," FLAW("CVE-2", "unknown", "",
                                   PACKAGE("zlib", "1-1", STATUS,
                                           "1")) "," FLAW("CVE-3", "negligible", "",
                                                          PACKAGE("zlib", "1-1", STATUS,
                                                                  "1")) "]}");
    const pt_finding *f = nth(&j, "CVE-1", 0);
    assert_int_equal(f->verdict, PT_FAIL);
    assert_int_equal(f->check->severity, PT_CRITICAL);
    assert_string_equal(f->check->title, "CVE-1 in libssl3");
    assert_string_equal(f->check->act, "Upgrade libssl3 to 3-1");
    assert_string_equal(f->check->standards, "CWE-79");
    assert_string_equal(f->check->why, "a flaw (DSA-1 of debian)");
    assert_str(f->subject, "shop/web:1");
    assert_str(f->evidence, "libssl3 1-1, fixed in 3-1");
    assert_str(f->place.file, STATUS);
    f = nth(&j, "CVE-2", 0);
    assert_int_equal(f->check->severity, PT_MEDIUM);
    assert_str(f->evidence,
               "zlib 1-1, no fix: won't fix; its severity is unknown and counts as medium");
    assert_int_equal(nth(&j, "CVE-3", 0)->check->severity, PT_INFO);
    assert_int_equal(nth(&j, "PT-IMG-INTACT", 0)->verdict, PT_PASS);
    assert_int_equal(nth(&j, "PT-IMG-READ", 0)->verdict, PT_PASS);
    done(&j);
}

static void test_fingerprint_stays_when_version_layer_and_name_move(void **state) {
    (void)state;
    judged a;
    judged b;
    judge(&a, "shop/web:1",
          "{\"problems\":[],\"vulnerabilities\":[" FLAW(
              "CVE-1", "high", "",
              PACKAGE("a", "1-1", STATUS,
                      "1")) "," FLAW("CVE-1", "high", "",
                                     PACKAGE("b", "1-1", STATUS,
                                             "1")) "," FLAW("CVE-1", "high", "",
                                                            PACKAGE("a", "1-1", "opt/status",
                                                                    "1")) "]}");
    judge(&b, "/tmp/other.tar",
          "{\"problems\":[],\"vulnerabilities\":[" FLAW(
              "CVE-1", "low", "\"9\"",
              PACKAGE("a", "1-2", STATUS, "7")) "," FLAW("CVE-1", "low", "\"9\"",
                                                         PACKAGE("a", "1-3", STATUS, "7")) "]}");
    for (size_t i = 0; i < 3; i++)
        for (size_t k = i + 1; k < 3; k++)
            assert_string_not_equal(nth(&a, "CVE-1", i)->fingerprint,
                                    nth(&a, "CVE-1", k)->fingerprint);
    const pt_finding *same = NULL;
    for (size_t i = 0; i < 3; i++)
        if (strcmp(nth(&a, "CVE-1", i)->fingerprint, nth(&b, "CVE-1", 0)->fingerprint) == 0)
            same = nth(&a, "CVE-1", i);
    assert_non_null(same);
    assert_str(same->evidence, "a 1-1, no fix: won't fix");
    // Two of one name and file are told apart by their order.
    assert_string_not_equal(nth(&b, "CVE-1", 0)->fingerprint, nth(&b, "CVE-1", 1)->fingerprint);
    done(&a);
    done(&b);
}

static void test_what_nobody_saw_is_not_evaluated(void **state) {
    (void)state;
    judged j;
    judge(&j, "i",
          "{\"packages\":[1],\"problems\":[{\"verdict\":\"not evaluated\",\"what\":\"cut off\","
          "\"layer\":2},{\"verdict\":\"fail\",\"what\":\"digest differs\",\"path\":\"blobs/x\"}]}");
    assert_str(nth(&j, "PT-IMG-READ", 0)->evidence, "cut off (layer 2)");
    assert_int_equal(nth(&j, "PT-IMG-READ", 0)->verdict, PT_NOT_EVALUATED);
    assert_int_equal(nth(&j, "PT-IMG-INTACT", 0)->verdict, PT_FAIL);
    assert_str(nth(&j, "PT-IMG-INTACT", 0)->place.file, "blobs/x");
    assert_str(nth(&j, "PT-IMG-ADVISED", 0)->evidence, "there is no advisory index");
    assert_int_equal(j.all.all.n, 3);
    done(&j);
    judge(
        &j, "i",
        "{\"packages\":[1],\"problems\":[],\"coverage\":[{\"ecosystem\":\"Debian:12\",\"packages\":"
        "3,\"known\":true},{\"ecosystem\":\"conda\",\"packages\":1,\"known\":false,\"why\":\"no "
        "advisories are known\"}],\"unmatched\":[{\"package\":" PACKAGE(
            "a", "1", STATUS,
            "1") ","
                 "\"reason\":\"it has no version\"},{\"package\":" PACKAGE(
                     "b", "1", STATUS,
                     "1") ","
                          "\"informational\":true,\"reason\":\"it holds no kernel\"}]}");
    assert_str(nth(&j, "PT-IMG-ADVISED", 1)->evidence, "a 1: it has no version");
    assert_str(nth(&j, "PT-IMG-ADVISED", 0)->evidence, "conda, 1 package: no advisories are known");
    assert_int_equal(nth(&j, "PT-IMG-ADVISED", 1)->verdict, PT_NOT_EVALUATED);
    assert_str(nth(&j, "PT-IMG-ADVISED", 2)->evidence, "Debian:12, 3 packages");
    assert_int_equal(nth(&j, "PT-IMG-ADVISED", 2)->verdict, PT_PASS);
    assert_int_equal(nth(&j, "PT-IMG-ADVISED", 3)->verdict, PT_NOT_APPLICABLE);
    done(&j);
}

static void test_suppressed_says_why(void **state) {
    (void)state;
    judged j;
    judge(&j, "i",
          "{\"problems\":[],\"suppressed\":[{\"id\":\"CVE-4\",\"severity\":\"low\",\"fixed\":[],"
          "\"state\":\"affected\",\"package\":" PACKAGE(
              "a", "1", STATUS, "1") ","
                                     "\"suppressed_by\":{\"kind\":\"vex\",\"reason\":\"component_"
                                     "not_present\",\"by\":\"us\"}}]}");
    assert_int_equal(nth(&j, "CVE-4", 0)->verdict, PT_NOT_APPLICABLE);
    assert_str(nth(&j, "CVE-4", 0)->evidence,
               "a 1, no fix: affected; set aside: component_not_present, by us");
    done(&j);
}

static void test_secrets_fail_and_their_absence_passes(void **state) {
    (void)state;
    judged j;
    judge(&j, "i",
          "{\"problems\":[],\"secrets\":[{\"rule\":\"github-pat\",\"title\":\"GitHub token\","
          "\"severity\":\"critical\",\"file\":\"app/.env\",\"line\":3,\"line_end\":3,\"match\":"
          "\"KEY=****\",\"bytes\":40,\"layer\":2,\"deleted_in\":4},{\"rule\":\"key\",\"config\":"
          "\"Env KEY\",\"line\":1,\"line_end\":1}]}");
    const pt_finding *f = nth(&j, "PT-IMG-SECRETS/github-pat", 0);
    assert_string_equal(f->check->title, "GitHub token");
    assert_int_equal(f->check->severity, PT_CRITICAL);
    assert_str(f->evidence, "KEY=****, 40 bytes, layer 2, deleted in layer 4");
    assert_int_equal(f->place.line, 3);
    f = nth(&j, "PT-IMG-SECRETS/key", 0);
    assert_int_equal(f->check->severity, PT_MEDIUM);
    assert_str(f->path, "Env KEY");
    done(&j);
    judge(&j, "i", "{\"problems\":[],\"secrets\":[]}");
    assert_int_equal(nth(&j, "PT-IMG-SECRETS", 0)->verdict, PT_PASS);
    done(&j);
}

static void test_licences_fail_or_wait_for_a_person(void **state) {
    (void)state;
    judged j;
    judge(&j, "i",
          "{\"problems\":[],\"licences\":[{\"verdict\":\"fail\",\"expression\":\"MIT AND X-1\","
          "\"licence\":\"X-1\",\"why\":\"X-1 is denied\",\"packages\":[{\"name\":\"a\",\"source\":"
          "\"f\"},{\"name\":\"b\"},{\"name\":\"c\"},{\"name\":\"d\"}]},{\"verdict\":\"not "
          "evaluated\",\"why\":\"no licence is "
          "known\",\"packages\":[{\"name\":\"e\",\"source\":\"g\"}]}"
          ",{\"verdict\":\"pass\",\"why\":\"w\",\"packages\":[{\"name\":\"e\"}]}]}");
    const pt_finding *f = nth(&j, "PT-IMG-LICENCE/X-1", 0);
    assert_int_equal(f->verdict, PT_FAIL);
    assert_str(f->evidence, "X-1 is denied: a, b, c and 1 more");
    assert_str(f->place.file, "f");
    f = nth(&j, "PT-IMG-LICENCE", 0);
    assert_int_equal(f->verdict, PT_NOT_EVALUATED);
    assert_str(f->evidence, "no licence is known: e");
    done(&j);
    judge(&j, "i", "{\"problems\":[],\"licences\":[]}");
    assert_int_equal(nth(&j, "PT-IMG-LICENCE", 0)->verdict, PT_PASS);
    done(&j);
}

// What an advisory or an image says is data: no control byte of theirs gets into a check's texts.
static void test_texts_of_made_checks_are_safe(void **state) {
    (void)state;
    judged j;
    judge(&j, "i",
          "{\"problems\":[],\"vulnerabilities\":[{\"id\":\"CVE-\\u001b[2J\",\"package\":{\"name\":"
          "\"%s%n\\u202e\"}}]}");
    const pt_check *c = j.all.all.v[0].check;
    assert_null(strchr(c->id, '\033'));
    assert_null(strchr(c->title, '\033'));
    assert_null(strstr(c->title, "\xe2\x80\xae"));
    assert_non_null(strstr(c->title, "%s%n"));
    done(&j);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_flaws_fail_by_their_severity),
        cmocka_unit_test(test_fingerprint_stays_when_version_layer_and_name_move),
        cmocka_unit_test(test_what_nobody_saw_is_not_evaluated),
        cmocka_unit_test(test_suppressed_says_why),
        cmocka_unit_test(test_secrets_fail_and_their_absence_passes),
        cmocka_unit_test(test_licences_fail_or_wait_for_a_person),
        cmocka_unit_test(test_texts_of_made_checks_are_safe),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
