#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/testing.h"
#include "judge/vuln/index/testing_index.h"
#include "value/json.h"

#define TEMPLATE "/tmp/index-test-XXXXXX"

// One advisory of one package: what of its "affected" a test is about.
static pt_str advisory(pt_arena *a, const char *ecosystem, const char *name, const char *rest) {
    return pt_arena_printf(a,
                           "{\"id\":\"T-1\",\"modified\":\"2024-01-02T03:04:05Z\",\"affected\":[{"
                           "\"package\":{\"ecosystem\":\"%s\",\"name\":\"%s\"},%s}]}",
                           ecosystem, name, rest);
}

typedef struct asked {
    pt_arena a;
    char path[sizeof TEMPLATE];
    pt_index *x;
    pt_advised_list found;
    bool known;
} asked;

static void ask(asked *q, const char *const *docs, size_t n, const char *ecosystem,
                const char *name) {
    snprintf(q->path, sizeof q->path, TEMPLATE);
    q->x = pt_testing_index(docs, n, q->path);
    assert_int_equal(pt_index_find(q->x, &q->a, pt_str_of(ecosystem), pt_str_of(name), &q->found,
                                   &q->known, NULL),
                     PT_OK);
}

static void done(asked *q) {
    pt_testing_index_done(q->x, q->path);
    pt_arena_done(&q->a);
}

// What the index says of each version: "1.0+ 1.1- x?" (affected, not, nobody can say).
static void check_versions(const char *ecosystem, const char *rest, const char *versions) {
    asked q = {0};
    pt_str doc = advisory(&q.a, ecosystem, "p", rest);
    ask(&q, &doc.p, 1, ecosystem, "p");
    assert_int_equal(q.found.of.n, 1);
    pt_str list = pt_str_of(versions);
    pt_str word;
    while (pt_str_word(&list, &word)) {
        pt_advised_range range;
        bool holds = false;
        pt_str version = pt_str_sub(word, 0, word.n - 1);
        pt_code code = pt_advised_holds(q.x, &q.found.of.v[0], version, &holds, &range, NULL);
        assert_true(code == PT_OK || code == PT_E_FORMAT);
        char got = code ? '?' : holds ? '+' : '-';
        if (got != word.p[word.n - 1])
            fail_msg("%s %s: %.*s gives %c", ecosystem, rest, PT_PRI(word), got);
    }
    done(&q);
}

#define EVENTS(type, events) "\"ranges\":[{\"type\":\"" type "\",\"events\":[" events "]}]"

static void test_ranges_are_evaluated_as_osv_says(void **state) {
    (void)state;
    static const struct {
        const char *ecosystem, *rest, *versions;
    } cases[] = {
        {"npm", EVENTS("SEMVER", "{\"introduced\":\"0\"},{\"fixed\":\"1.2.0\"}"),
         "0+ 1.1.9+ 1.2.0-rc.1+ 1.2.0- 2- x?"},
        {"npm", EVENTS("SEMVER", "{\"introduced\":\"1.0.0\"},{\"last_affected\":\"1.4.0\"}"),
         "0.9.0- 1.0.0+ 1.4.0+ 1.4.1-"},
        // written in any order
        {"Debian:12",
         EVENTS("ECOSYSTEM", "{\"fixed\":\"2:3\"},{\"introduced\":\"2:1\"},{\"fixed\":\"2\"},"
                             "{\"introduced\":\"0\"}"),
         "1.9+ 2- 1:9- 2:1+ 2:2.9+ 2:3-"},
        // the last version is the first one, and where one part ends the next one begins
        {"npm", EVENTS("SEMVER", "{\"introduced\":\"1.0.0\"},{\"last_affected\":\"1.0.0\"}"),
         "0.9.9- 1.0.0+ 1.0.1-"},
        {"npm",
         EVENTS("SEMVER", "{\"introduced\":\"2.0.0\"},{\"fixed\":\"3.0.0\"},"
                          "{\"introduced\":\"1.0.0\"},{\"fixed\":\"2.0.0\"}"),
         "1.0.0+ 1.9.9+ 2.0.0+ 2.9.9+ 3.0.0-"},
        {"npm",
         EVENTS("SEMVER", "{\"introduced\":\"1.0.0\"},{\"fixed\":\"1.0.0\"},"
                          "{\"introduced\":\"1.2.0\"},{\"fixed\":\"1.3.0\"}"),
         "1.0.0- 1.1.0- 1.2.0+ 1.3.0-"},
        {"npm", EVENTS("SEMVER", "{\"introduced\":\"0\"},{\"limit\":\"2.0.0\"}"), "1.9.9+ 2.0.0-"},
        {"npm", EVENTS("SEMVER", "{\"introduced\":\"0\"},{\"limit\":\"*\"}"), "1.9.9+ 2.0.0+"},
        // "0" is before all, a pre-release of 0.0.0 too
        {"Go", EVENTS("SEMVER", "{\"introduced\":\"0\"},{\"fixed\":\"0.0.0-20240102-a1\"}"),
         "0+ v0.0.0-20230101-b2+ v0.0.0-20250101-b2- v1.0.0-"},
        // listed, as written and as the order has it
        {"PyPI", "\"versions\":[\"1.0\",\"2.0.post1\",\"odd one\"]", "1.0+ 1.0.0+ 1.1- 2.0.post1+"},
        {"PyPI",
         "\"versions\":[\"1.0\"]," EVENTS("ECOSYSTEM", "{\"introduced\":\"3\"},{\"fixed\":\"4\"}"),
         "1.0+ 2- 3.5+ 4-"},
        // commits have no order: they are what they are
        {"npm", EVENTS("GIT", "{\"introduced\":\"0\"},{\"fixed\":\"c0ffee\"}"), "c0ffee- 1.0.0?"},
        {"npm", EVENTS("GIT", "{\"introduced\":\"beef\"},{\"fixed\":\"c0ffee\"}"), "beef+ 1.0.0?"},
        {"npm", "\"versions\":[\"1.0.0\"]," EVENTS("GIT", "{\"introduced\":\"beef\"}"),
         "1.0.0+ 1.1.0-"},
        // but versions beside them have
        {"npm",
         "\"ranges\":[{\"type\":\"GIT\",\"events\":[{\"introduced\":\"0\"},{\"fixed\":\"c0ffee\"}]}"
         ","
         "{\"type\":\"SEMVER\",\"events\":[{\"introduced\":\"1.0.0\"},{\"fixed\":\"1.2.0\"}]}]",
         "1.1.0+ 1.2.0- 0.9.0- c0ffee- beef?"},
        {"npm",
         "\"ranges\":[{\"type\":\"GIT\",\"events\":[{\"introduced\":\"0\"}]},"
         "{\"type\":\"SEMVER\",\"events\":[{\"introduced\":\"1.0.0\"},{\"fixed\":\"1.2.0\"}]}]",
         "1.1.0+ 1.2.0- 0.9.0-"},
        {"npm", EVENTS("GIT", "{\"introduced\":\"0\"}"), "1.0.0+ beef+"},
        // an order that nobody knows; whatever began and never ended holds all
        {"Elsewhere", EVENTS("ECOSYSTEM", "{\"introduced\":\"1\"},{\"fixed\":\"2\"}"), "1+ 2- 3?"},
        {"Elsewhere", EVENTS("ECOSYSTEM", "{\"introduced\":\"0\"}"), "1+ x+"},
        {"Elsewhere", EVENTS("SEMVER", "{\"introduced\":\"1\"},{\"fixed\":\"2\"}"), "1.5+ 2- 3-"},
        {"Root:Alpine:3.18", EVENTS("ECOSYSTEM", "{\"introduced\":\"0\"},{\"fixed\":\"1.2-r1\"}"),
         "1.2-r0+ 1.2-r1-"},
        // an end that is no version: nobody can say, and nobody guesses
        {"Debian:12", EVENTS("ECOSYSTEM", "{\"introduced\":\"1\"},{\"fixed\":\"soon (tm)\"}"),
         "1+ 2?"},
    };
    for (size_t i = 0; i < PT_COUNT(cases); i++)
        check_versions(cases[i].ecosystem, cases[i].rest, cases[i].versions);
}

static void test_the_range_that_holds_is_told(void **state) {
    (void)state;
    asked q = {0};
    pt_advised_range range = {0};
    bool holds = false;
    pt_str doc = advisory(&q.a, "npm", "p",
                          "\"versions\":[\"1.5.0\"]," EVENTS(
                              "SEMVER", "{\"introduced\":\"0\"},{\"fixed\":\"1.0.0\"},"
                                        "{\"introduced\":\"1.2.0\"},{\"fixed\":\"1.6.0\"}"));
    ask(&q, &doc.p, 1, "npm", "p");
    assert_int_equal(pt_advised_holds(q.x, &q.found.of.v[0], PT_STR("1.5.0"), &holds, &range, NULL),
                     PT_OK);
    assert_true(holds && range.listed);
    assert_str(range.introduced, "1.2.0");
    assert_str(range.fixed, "1.6.0");
    done(&q);
}

static void test_names_are_those_of_their_ecosystem(void **state) {
    (void)state;
    static const struct {
        const char *ecosystem, *written, *asked;
        size_t found;
    } cases[] = {
        {"PyPI", "Foo.Bar__baz", "foo-bar-baz", 1},
        {"PyPI", "foo-bar-baz", "FOO_bar.baz", 1},
        {"NuGet", "Newtonsoft.Json", "newtonsoft.json", 1},
        {"npm", "JSONStream", "jsonstream", 0},
        {"SwiftURL", "https://github.com/Apple/swift-nio.git", "github.com/apple/swift-nio", 1},
    };
    for (size_t i = 0; i < PT_COUNT(cases); i++) {
        asked q = {0};
        pt_str doc = advisory(&q.a, cases[i].ecosystem, cases[i].written, "\"versions\":[\"1\"]");
        ask(&q, &doc.p, 1, cases[i].ecosystem, cases[i].asked);
        assert_int_equal(q.found.of.n, cases[i].found);
        done(&q);
    }
}

static void test_a_release_has_what_is_said_of_all(void **state) {
    (void)state;
    asked q = {0};
    const pt_str docs[] = {advisory(&q.a, "Debian", "p", "\"versions\":[\"1\"]"),
                           advisory(&q.a, "Debian:12", "p", "\"versions\":[\"2\"]"),
                           advisory(&q.a, "Debian:13", "p", "\"versions\":[\"3\"]")};
    const char *texts[] = {docs[0].p, docs[1].p, docs[2].p};
    ask(&q, texts, 3, "Debian:12", "p");
    assert_int_equal(q.found.of.n, 2);
    assert_true(q.known);
    q.found = (pt_advised_list){0};
    assert_int_equal(
        pt_index_find(q.x, &q.a, PT_STR("Alpine:v3.20"), PT_STR("p"), &q.found, &q.known, NULL),
        PT_OK);
    assert_int_equal(q.found.of.n, 0);
    assert_false(q.known);
    done(&q);
}

static void test_a_withdrawn_advisory_matches_nothing_and_is_told(void **state) {
    (void)state;
    asked q = {0};
    const char *doc = "{\"id\":\"T-1\",\"withdrawn\":\"2024-01-01T00:00:00Z\",\"affected\":[{"
                      "\"package\":{\"ecosystem\":\"npm\",\"name\":\"p\"},\"versions\":[\"1\"]}]}";
    pt_value record;
    ask(&q, &doc, 1, "npm", "p");
    assert_int_equal(q.found.of.n, 0);
    assert_false(q.known);
    assert_int_equal(pt_index_find_withdrawn(q.x, &q.a, PT_STR("npm"), PT_STR("p"), &q.found, NULL),
                     PT_OK);
    assert_int_equal(q.found.of.n, 1);
    assert_int_equal(pt_index_advisory(q.x, q.found.of.v[0].advisory, &q.a, &record, NULL), PT_OK);
    assert_str(pt_text(pt_getz(record, "withdrawn")), "2024-01-01T00:00:00Z");
    done(&q);
}

static void test_what_an_advisory_says_is_kept(void **state) {
    (void)state;
    asked q = {0};
    static const char ghsa[] =
        "{\"id\":\"GHSA-1\",\"aliases\":[\"CVE-2024-1\"],\"summary\":\"s\",\"severity\":[{\"type\":"
        "\"CVSS_V3\",\"score\":\"CVSS:3.1/AV:N\"}],\"database_specific\":{\"severity\":\"HIGH\","
        "\"cwe_ids\":[\"CWE-79\"]},\"affected\":[{\"package\":{\"ecosystem\":\"npm\",\"name\":"
        "\"p\"},\"state\":\"won't fix\",\"versions\":[\"1\"]}]}";
    static const char kev[] = "{\"id\":\"CVE-2024-1\",\"kev\":{\"added\":\"2024-02-03\"}}";
    static const char epss[] = "{\"id\":\"CVE-2024-1\",\"epss\":{\"score\":0.97,\"percentile\":"
                               "\"0.99958\",\"date\":\"2024-03-04\"}}";
    const char *docs[] = {ghsa, kev, epss};
    pt_value record;
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(4096);
    ask(&q, docs, 3, "npm", "p");
    assert_int_equal(q.found.of.v[0].state, PT_ADVISED_WONT_FIX);
    assert_int_equal(pt_index_advisory(q.x, q.found.of.v[0].advisory, &q.a, &record, NULL), PT_OK);
    assert_int_equal(pt_json_write(&b, record, NULL, NULL), PT_OK);
    assert_str(pt_buf_str(&b),
               "{\"aliases\":[\"CVE-2024-1\"],\"cwes\":[\"CWE-79\"],\"epss\":{\"date\":\"2024-03-"
               "04\",\"percentile\":0.99958,\"score\":0.97},\"id\":\"GHSA-1\",\"kev\":{\"added\":"
               "\"2024-02-03\"},\"label\":\"high\",\"severity\":[{\"score\":\"CVSS:3.1/AV:N\","
               "\"source\":\"test\",\"type\":\"CVSS_V3\"}],\"source\":{\"digest\":\"sha256:00\","
               "\"name\":\"test\"},\"summary\":\"s\"}");
    done(&q);
}

static void test_streams_of_modules_are_told(void **state) {
    (void)state;
    asked q = {0};
    const char *doc =
        "{\"id\":\"A-1\",\"summary\":\"Important: nodejs:18 security update\",\"affected\":[{"
        "\"package\":{\"ecosystem\":\"AlmaLinux:8\",\"name\":\"p\"},\"ranges\":[{\"type\":"
        "\"ECOSYSTEM\",\"events\":[{\"introduced\":\"0\"},{\"fixed\":\"1-1.module_el8.9\"}]}]}]}";
    ask(&q, &doc, 1, "AlmaLinux:8", "p");
    assert_str(q.found.of.v[0].module, "nodejs:18");
    done(&q);
}

static void test_what_is_no_advisory_is_refused_with_its_place(void **state) {
    (void)state;
    static const struct {
        const char *doc, *where;
    } cases[] = {
        {"{}", ""},
        {"[]", ""},
        {"{\"id\":\"X\",\"affected\":[{},{\"package\":{\"name\":\"p\"}}]}", "affected[1]"},
        {"{\"id\":\"X\",\"affected\":[{\"package\":{\"ecosystem\":\"A\",\"name\":\"p\"},\"state\":"
         "\"x\"}]}",
         "affected[0]"},
    };
    for (size_t i = 0; i < PT_COUNT(cases); i++) {
        PT_AUTO(pt_arena_done) pt_arena a = {0};
        pt_value doc;
        pt_err e = {0};
        pt_index_build *b = pt_index_build_new();
        pt_index_shard *s = pt_index_build_shard(b);
        assert_int_equal(pt_json_parse(&a, pt_str_of(cases[i].doc), NULL, &doc, NULL), PT_OK);
        assert_int_equal(pt_index_add(s, 0, doc, &e), PT_E_FORMAT);
        assert_string_equal(e.where, cases[i].where);
        pt_index_build_free(b);
    }
}

static pt_str bytes_of(pt_arena *a, const char *path) {
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(1 << 20);
    FILE *f = fopen(path, "re");
    assert_non_null(f);
    assert_int_equal(pt_fd_read_all(fileno(f), &b, NULL), PT_OK);
    fclose(f);
    return pt_arena_str(a, pt_buf_str(&b));
}

static void test_the_bytes_do_not_depend_on_the_order(void **state) {
    (void)state;
    asked q[2] = {{.x = NULL}, {.x = NULL}};
    pt_str one = advisory(&q[0].a, "npm", "p", "\"versions\":[\"1\",\"2\"]");
    pt_str two = advisory(&q[0].a, "npm", "p", "\"versions\":[\"2\",\"3\"]");
    pt_str three = advisory(&q[0].a, "Go", "b", "\"versions\":[\"2\",\"1\"]");
    const char *docs[2][4] = {{one.p, two.p, three.p, one.p}, {three.p, two.p, one.p, two.p}};
    for (size_t i = 0; i < 2; i++)
        ask(&q[i], docs[i], 4, "npm", "p");
    pt_str first = bytes_of(&q[0].a, q[0].path);
    pt_str second = bytes_of(&q[0].a, q[1].path);
    assert_true(pt_str_eq(first, second));
    assert_int_equal(pt_index_verify(q[0].x, NULL), PT_OK);
    assert_str(pt_text(pt_getz(pt_index_about(q[0].x, &q[0].a), "made")), "2024-01-02T03:04:05Z");
    done(&q[1]);
    done(&q[0]);
}

// An index is no younger than what speaks of packages, and what has not come tells nothing.
static void test_the_future_and_the_use_of_flaws_make_no_index_young(void **state) {
    (void)state;
    static const char ahead[] = "{\"id\":\"A-2\",\"modified\":\"2099-01-01T00:00:00Z\"}";
    static const char use[] = "{\"id\":\"CVE-1\",\"kev\":{\"added\":\"2024-05-01\"}}";
    static const struct {
        const char *old;
        const char *made;
    } cases[] = {{"{\"id\":\"A-1\",\"modified\":\"2024-01-02T03:04:05Z\"}", "2024-01-02T03:04:05Z"},
                 {ahead, "1970-01-01T00:00:00Z"}};
    for (size_t i = 0; i < PT_COUNT(cases); i++) {
        PT_AUTO(pt_arena_done) pt_arena a = {0};
        char path[] = "/tmp/pt-index-XXXXXX";
        const char *docs[] = {cases[i].old, ahead, use};
        pt_index_build *b = pt_index_build_new();
        pt_index_shard *s = pt_index_build_shard(b);
        pt_index *x = NULL;
        pt_time_ns today = 0;
        close(mkstemp(path));
        assert_true(pt_time_parse(PT_STR("2024-06-01T00:00:00Z"), &today));
        uint32_t of[2];
        for (uint32_t k = 0; k < 2; k++) {
            assert_int_equal(pt_index_build_source(b, PT_STR("f"),
                                                   k ? PT_STR("kev") : PT_STR("osv"), &of[k], NULL),
                             PT_OK);
            pt_index_build_told(b, of[k], PT_STR("sha256:1"), 0, today);
        }
        for (size_t k = 0; k < PT_COUNT(docs); k++) {
            pt_value doc = pt_undefined();
            assert_int_equal(pt_json_parse(&a, pt_str_of(docs[k]), NULL, &doc, NULL), PT_OK);
            assert_int_equal(pt_index_add(s, of[k == 2], doc, NULL), PT_OK);
        }
        pt_index_build_until(b, today);
        assert_int_equal(pt_index_build_write(b, path, NULL), PT_OK);
        pt_index_build_free(b);
        assert_int_equal(pt_index_open(path, &x, NULL), PT_OK);
        assert_str(pt_text(pt_getz(pt_index_about(x, &a), "made")), cases[i].made);
        pt_index_close(x);
        unlink(path);
    }
}

static void test_an_ecosystem_is_as_old_as_the_oldest_who_speaks_of_it(void **state) {
    (void)state;
    static const struct {
        const char *ecosystem, *modified, *more;
        uint32_t source;
    } docs[] = {{"Debian:12", "2024-03-01T00:00:00Z", "", 0},
                {"Debian:12", "2020-01-01T00:00:00Z", "", 0}, // its source has a newer one
                {"Debian:12", "2024-02-01T00:00:00Z", "", 1},
                {"Debian:12", "2019-01-01T00:00:00Z", "\"withdrawn\":\"2019-02-01T00:00:00Z\",", 2},
                {"npm", "2021-01-01T00:00:00Z", "", 3}};
    static const char *const names[] = {"a", "b", "c", "d"};
    PT_AUTO(pt_arena_done) pt_arena a = {0};
    char path[] = "/tmp/pt-index-XXXXXX";
    pt_index_build *b = pt_index_build_new();
    pt_index_shard *s = pt_index_build_shard(b);
    pt_index *x = NULL;
    close(mkstemp(path));
    for (uint32_t i = 0; i < PT_COUNT(names); i++) {
        uint32_t at = 0;
        assert_int_equal(pt_index_build_source(b, pt_str_of(names[i]), PT_STR("osv"), &at, NULL),
                         PT_OK);
        assert_int_equal(at, i);
        pt_index_build_told(b, at, PT_STR("sha256:1"), 0, 0);
    }
    for (size_t i = 0; i < PT_COUNT(docs); i++) {
        pt_value doc = pt_undefined();
        pt_str text = pt_arena_printf(&a,
                                      "{\"id\":\"A-%zu\",\"modified\":\"%s\",%s\"affected\":[{"
                                      "\"package\":{\"ecosystem\":\"%s\","
                                      "\"name\":\"p%zu\"},\"versions\":[\"1\"]}]}",
                                      i, docs[i].modified, docs[i].more, docs[i].ecosystem, i % 2);
        assert_int_equal(pt_json_parse(&a, text, NULL, &doc, NULL), PT_OK);
        assert_int_equal(pt_index_add(s, docs[i].source, doc, NULL), PT_OK);
    }
    assert_int_equal(pt_index_build_write(b, path, NULL), PT_OK);
    pt_index_build_free(b);
    assert_int_equal(pt_index_open(path, &x, NULL), PT_OK);
    static const struct {
        const char *ecosystem, *date;
    } cases[] = {{"Debian:12", "2024-02-01T00:00:00Z"},
                 {"npm", "2021-01-01T00:00:00Z"},
                 {"Alpine:v3.20", NULL}};
    for (size_t i = 0; i < PT_COUNT(cases); i++) {
        bool any = false;
        pt_time_ns got = 0;
        pt_time_ns want = 0;
        assert_int_equal(pt_index_oldest(x, pt_str_of(cases[i].ecosystem), &any, &got, NULL),
                         PT_OK);
        assert_int_equal(any, cases[i].date != NULL);
        assert_true(!any || pt_time_parse(pt_str_of(cases[i].date), &want));
        assert_int_equal(got, want);
    }
    pt_index_close(x);
    unlink(path);
}

// Cut anywhere, it is no index, or says so when it is looked at.
static void test_a_cut_or_changed_file_is_found(void **state) {
    (void)state;
    asked q = {0};
    pt_index *x = NULL;
    pt_str doc = advisory(&q.a, "npm", "p", "\"versions\":[\"1\"]");
    ask(&q, &doc.p, 1, "npm", "p");
    pt_str whole = bytes_of(&q.a, q.path);
    for (size_t n = 0; n < whole.n; n += 7) {
        assert_int_equal(pt_file_replace(q.path, pt_str_sub(whole, 0, n), 0600, NULL), PT_OK);
        pt_code code = pt_index_open(q.path, &x, NULL);
        assert_true(code == PT_E_FORMAT || code == PT_E_CORRUPT);
    }
    for (size_t n = 0; n < whole.n; n += 5) {
        static char copy[1 << 16];
        assert_true(whole.n <= sizeof copy);
        memcpy(copy, whole.p, whole.n);
        copy[n] = (char)(copy[n] ^ 1);
        assert_int_equal(pt_file_replace(q.path, (pt_str){copy, whole.n}, 0600, NULL), PT_OK);
        pt_code code = pt_index_open(q.path, &x, NULL);
        if (code)
            continue;
        assert_int_equal(pt_index_verify(x, NULL), PT_E_CORRUPT);
        pt_index_close(x);
    }
    unlink(q.path);
    assert_int_equal(pt_index_open(q.path, &x, NULL), PT_E_ABSENT);
    done(&q);
}

// One byte of a name, or of where its statements are: what it hides is missed, not called absent.
static void test_damage_on_the_way_is_not_taken_for_nothing(void **state) {
    (void)state;
    static const char *const packages[] = {"apple", "banana", "cherry", "damson", "elder"};
    static char copy[1 << 16];
    asked q = {0};
    const char *docs[PT_COUNT(packages)];
    for (size_t i = 0; i < PT_COUNT(packages); i++)
        docs[i] = advisory(&q.a, "npm", packages[i], "\"versions\":[\"1\"]").p;
    ask(&q, docs, PT_COUNT(docs), "npm", "cherry");
    pt_str whole = bytes_of(&q.a, q.path);
    for (size_t i = 0; i < PT_COUNT(packages); i++) {
        pt_index *x = NULL;
        pt_advised_list found = {0};
        bool known = false;
        pt_str name = pt_str_of(packages[i]);
        size_t at = 0;
        while (!pt_str_starts(pt_str_sub(whole, at, whole.n), name))
            at++;
        memcpy(copy, whole.p, whole.n);
        copy[at] = i == 0 ? 'x' : 'A'; // out of its place
        assert_int_equal(pt_file_replace(q.path, (pt_str){copy, whole.n}, 0600, NULL), PT_OK);
        assert_int_equal(pt_index_open(q.path, &x, NULL), PT_OK);
        assert_int_equal(pt_index_find(x, &q.a, PT_STR("npm"), name, &found, &known, NULL),
                         PT_E_CORRUPT);
        pt_index_close(x);
    }
    done(&q);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_ranges_are_evaluated_as_osv_says),
        cmocka_unit_test(test_the_range_that_holds_is_told),
        cmocka_unit_test(test_names_are_those_of_their_ecosystem),
        cmocka_unit_test(test_a_release_has_what_is_said_of_all),
        cmocka_unit_test(test_a_withdrawn_advisory_matches_nothing_and_is_told),
        cmocka_unit_test(test_what_an_advisory_says_is_kept),
        cmocka_unit_test(test_streams_of_modules_are_told),
        cmocka_unit_test(test_what_is_no_advisory_is_refused_with_its_place),
        cmocka_unit_test(test_the_bytes_do_not_depend_on_the_order),
        cmocka_unit_test(test_an_ecosystem_is_as_old_as_the_oldest_who_speaks_of_it),
        cmocka_unit_test(test_the_future_and_the_use_of_flaws_make_no_index_young),
        cmocka_unit_test(test_a_cut_or_changed_file_is_found),
        cmocka_unit_test(test_damage_on_the_way_is_not_taken_for_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
