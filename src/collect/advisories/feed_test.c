#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/fd.h"
#include "base/testing.h"
#include "collect/advisories/feed.h"
#include "value/json.h"

// What a feed gave, one document a line, and its problems.
typedef struct heard {
    pt_buf documents, problems;
    size_t n;
} heard;

static pt_code hear(void *ctx, pt_value doc, pt_err *e) {
    heard *h = ctx;
    if (!pt_text(pt_getz(doc, "id")).n)
        return pt_err_set(e, PT_E_FORMAT, "no id");
    if (h->n++)
        pt_buf_putc(&h->documents, '\n');
    return pt_json_write(&h->documents, doc, NULL, e);
}

static void hear_problem(void *ctx, const char *place, const pt_err *e) {
    heard *h = ctx;
    pt_buf_printf(&h->problems, "%s: %s\n", place, e->what);
}

typedef struct feed_case {
    const char *bytes;
    pt_feed_kind kind;
    const char *documents, *problems;
} feed_case;

static void check(const feed_case *c) {
    heard h = {.documents = PT_BUF(1 << 16), .problems = PT_BUF(1 << 16)};
    pt_arena a = {0};
    pt_err e = {0};
    pt_feed f = {.a = &a, .ctx = &h, .document = hear, .problem = hear_problem};
    assert_int_equal(pt_feed_read(&f, pt_str_of(c->bytes), &e), PT_OK);
    assert_string_equal(pt_feed_kind_name(f.kind), pt_feed_kind_name(c->kind));
    assert_str(pt_buf_str(&h.documents), c->documents);
    assert_str(pt_buf_str(&h.problems), c->problems);
    pt_buf_done(&h.documents);
    pt_buf_done(&h.problems);
    pt_arena_done(&a);
}

#define RANGE_OPEN "\"ranges\":[{\"events\":[{\"introduced\":\"0\"}],\"type\":\"ECOSYSTEM\"}]"
#define RANGE(fixed)                                                      \
    "\"ranges\":[{\"events\":[{\"introduced\":\"0\"},{\"fixed\":\"" fixed \
    "\"}],\"type\":\"ECOSYSTEM\"}]"
#define PACKAGE(ecosystem, name) \
    "{\"package\":{\"ecosystem\":\"" ecosystem "\",\"name\":\"" name "\"},"

static void test_a_feed_is_known_by_its_content(void **state) {
    (void)state;
    static const feed_case cases[] = {
        {"{\"id\":\"A-1\",\"modified\":\"2024-01-01T00:00:00Z\"}", PT_FEED_OSV,
         "{\"id\":\"A-1\",\"modified\":\"2024-01-01T00:00:00Z\"}", ""},
        {"[{\"id\":\"A-1\",\"affected\":[]},{\"affected\":[]}]", PT_FEED_OSV,
         "{\"affected\":[],\"id\":\"A-1\"}", "[1]: no id\n"},
        {"id: A-1\naffected:\n- versions: ['1.0', 1.10]\n", PT_FEED_OSV,
         "{\"affected\":[{\"versions\":[\"1.0\",1.10]}],\"id\":\"A-1\"}", ""},
        {"{\"catalogVersion\":\"1\",\"dateReleased\":\"2024-01-02T00:00:00Z\",\"vulnerabilities\":["
         "{\"cveID\":\"CVE-1\",\"dateAdded\":\"2024-01-01\",\"dueDate\":\"2024-02-01\","
         "\"knownRansomwareCampaignUse\":\"Known\"},{\"dateAdded\":\"2024-01-01\"}]}",
         PT_FEED_KEV,
         "{\"id\":\"CVE-1\",\"kev\":{\"added\":\"2024-01-01\",\"due\":\"2024-02-01\","
         "\"ransomware\":true}}",
         "vulnerabilities[1]: no id\n"},
        {"#model_version:v1,score_date:2024-03-04T00:00:00+0000\ncve,epss,percentile\n"
         "CVE-1,0.00043,0.5\r\n\n,1,1\n",
         PT_FEED_EPSS,
         "{\"epss\":{\"date\":\"2024-03-04\",\"percentile\":\"0.5\",\"score\":\"0.00043\"},"
         "\"id\":\"CVE-1\"}",
         "line 5: no id\n"},
        {"{\"a\":1}", PT_FEED_NONE, "", ""},
        {"{\"id\":\"x\"}", PT_FEED_NONE, "", ""},
        {"{\"document\":{\"csaf_version\":\"2.0\"},\"vulnerabilities\":[{\"cve\":\"CVE-1\"}]}",
         PT_FEED_NONE, "", ""},
        {"[]", PT_FEED_NONE, "", ""},
        {"# A page\n\nid: none\n", PT_FEED_NONE, "", ""},
        {"", PT_FEED_NONE, "", ""},
    };
    for (size_t i = 0; i < PT_COUNT(cases); i++)
        check(&cases[i]);
}

static void test_debians_states_are_kept_apart(void **state) {
    (void)state;
    static const char head[] = "{\"x\":{\"CVE-1\":{\"releases\":{\"bookworm\":{";
    static const struct {
        const char *release, *affected;
    } cases[] = {
        {"\"status\":\"resolved\",\"fixed_version\":\"1-2\"", RANGE("1-2")},
        {"\"status\":\"resolved\",\"fixed_version\":\"0\"",
         RANGE_OPEN ",\"state\":\"not affected\""},
        {"\"status\":\"open\"", RANGE_OPEN},
        {"\"status\":\"open\",\"nodsa\":\"Minor issue\",\"nodsa_reason\":\"\"", RANGE_OPEN},
        {"\"status\":\"open\",\"nodsa_reason\":\"ignored\"", RANGE_OPEN ",\"state\":\"won't fix\""},
        {"\"status\":\"open\",\"nodsa_reason\":\"postponed\"",
         RANGE_OPEN ",\"state\":\"deferred\""},
        {"\"status\":\"undetermined\"", RANGE_OPEN ",\"state\":\"unknown\""},
        {"\"status\":\"resolved\"", RANGE_OPEN ",\"state\":\"unknown\""},
    };
    for (size_t i = 0; i < PT_COUNT(cases); i++) {
        PT_AUTO(pt_buf_done) pt_buf in = PT_BUF(4096);
        PT_AUTO(pt_buf_done) pt_buf out = PT_BUF(4096);
        pt_buf_printf(&in, "%s%s}}}}}", head, cases[i].release);
        pt_buf_putc(&in, '\0');
        pt_buf_printf(&out, "{\"affected\":[%s%s}],\"id\":\"CVE-1\"}", PACKAGE("Debian:12", "x"),
                      cases[i].affected);
        pt_buf_putc(&out, '\0');
        check(&(feed_case){in.p, PT_FEED_DEBIAN, out.p, ""});
    }
    // each urgency is an advisory; what says nothing is told
    check(&(feed_case){
        "{\"x\":{\"CVE-1\":{\"description\":\"d\",\"releases\":{\"trixie\":{\"status\":\"open\","
        "\"urgency\":\"low\"},\"sid\":{\"status\":\"open\",\"urgency\":\"end-of-life\"}}},"
        "\"CVE-2\":{}}}",
        PT_FEED_DEBIAN,
        "{\"affected\":[" PACKAGE("Debian:sid", "x") RANGE_OPEN
        ",\"state\":\"end of life\"}],"
        "\"database_specific\":{\"severity\":\"end-of-life\"},\"details\":\"d\",\"id\":\"CVE-1\"}\n"
        "{\"affected\":[" PACKAGE("Debian:13", "x") RANGE_OPEN
        "}],"
        "\"database_specific\":{\"severity\":\"low\"},\"details\":\"d\",\"id\":\"CVE-1\"}",
        "x, CVE-2: no id\n"});
}

static void test_secdb_says_what_is_fixed_and_what_never_was(void **state) {
    (void)state;
    static const feed_case cases[] = {
        {"{\"distroversion\":\"v3.20\",\"reponame\":\"main\",\"urlprefix\":\"https://a\","
         "\"packages\":[{\"pkg\":{\"name\":\"x\",\"secfixes\":{\"0\":[\"CVE-1\"],\"1-r0\":["
         "\"CVE-2 GHSA-a (+ a remark)\"]}}}]}",
         PT_FEED_SECDB,
         "{\"affected\":[" PACKAGE("Alpine:v3.20", "x") RANGE_OPEN
         ",\"state\":\"not affected\"}],\"id\":\"CVE-1\"}\n"
         "{\"affected\":[" PACKAGE("Alpine:v3.20", "x")
             RANGE("1-r0") "}],\"id\":\"CVE-2\"}\n"
                           "{\"affected\":[" PACKAGE("Alpine:v3.20", "x")
                               RANGE("1-r0") "}],\"id\":\"GHSA-a\"}",
         ""},
        {"{\"reponame\":\"os\",\"urlprefix\":\"https://packages.wolfi.dev\",\"packages\":[{\"pkg\":"
         "{\"name\":\"x\",\"secfixes\":{\"1-r0\":[\"CVE-1\"]}}}]}",
         PT_FEED_SECDB,
         "{\"affected\":[" PACKAGE("Wolfi", "x") RANGE("1-r0") "}],\"id\":\"CVE-1\"}", ""},
    };
    for (size_t i = 0; i < PT_COUNT(cases); i++)
        check(&cases[i]);
}

static void test_csaf_says_it_stream_by_stream(void **state) {
    (void)state;
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(1 << 16);
    char path[4096];
    const char *root = getenv("PT_TESTDATA");
    assert_non_null(root);
    snprintf(path, sizeof path, "%s/collect/advisories/testdata/csaf.json", root);
    FILE *f = fopen(path, "re");
    assert_non_null(f);
    assert_int_equal(pt_fd_read_all(fileno(f), &b, NULL), PT_OK);
    fclose(f);
    pt_buf_putc(&b, '\0');
    check(&(feed_case){
        b.p, PT_FEED_CSAF,
        "{\"affected\":[" PACKAGE("Red Hat:enterprise_linux:9::baseos", "a") RANGE(
            "1:1-2.el9") "},"
                         "{\"package\":{\"ecosystem\":\"Red "
                         "Hat:enterprise_linux:9::baseos\",\"name\":\"m\","
                         "\"purl\":\"pkg:rpm/m?rpmmod=n:18\"}," RANGE("2-1.module") "}," PACKAGE(
                             "SUSE:Linux Enterprise Server 15 SP4", "c")
                             RANGE("3-150.1") "}," PACKAGE("Red Hat:enterprise_linux:9::baseos",
                                                           "b") RANGE_OPEN
        ",\"state\":\"won't fix\"}],"
        "\"database_specific\":{\"severity\":\"Important\"},\"id\":\"CVE-1\",\"modified\":"
        "\"2024-01-02T00:00:00Z\",\"related\":[\"RHSA-1\"],\"severity\":[]}",
        ""});
}

static void test_what_is_broken_is_told_with_its_place(void **state) {
    (void)state;
    static const char *const broken[] = {
        "{\"id\":\"A-1\",\n\"affected\":[}", "id: A-1\naffected: [\n", "\x1f\x8b rubbish",
        "#model_version:v1\ncve,epss,percentile\nCVE-1,0.5,0.5\n",
        "{\"reponame\":\"os\",\"urlprefix\":\"https://else\",\"packages\":[]}"};
    for (size_t i = 0; i < PT_COUNT(broken); i++) {
        heard h = {.documents = PT_BUF(1 << 16), .problems = PT_BUF(1 << 16)};
        pt_arena a = {0};
        pt_err e = {0};
        pt_feed f = {.a = &a, .ctx = &h, .document = hear, .problem = hear_problem};
        assert_int_equal(pt_feed_read(&f, pt_str_of(broken[i]), &e), PT_E_FORMAT);
        assert_int_equal(e.line, i == 0 ? 2 : e.line);
        pt_buf_done(&h.documents);
        pt_buf_done(&h.problems);
        pt_arena_done(&a);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_feed_is_known_by_its_content),
        cmocka_unit_test(test_debians_states_are_kept_apart),
        cmocka_unit_test(test_secdb_says_what_is_fixed_and_what_never_was),
        cmocka_unit_test(test_csaf_says_it_stream_by_stream),
        cmocka_unit_test(test_what_is_broken_is_told_with_its_place),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
