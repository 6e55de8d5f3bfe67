#include <string.h>

#include "base/testing.h"
#include "judge/image/difference.h"
#include "judge/image/difference_impl.h"
#include "value/json.h"

static pt_value value_of(pt_arena *a, const char *text) {
    pt_value v = pt_undefined();
    assert_int_equal(pt_json_parse(a, pt_str_of(text), NULL, &v, NULL), PT_OK);
    return v;
}

static pt_str json_of(pt_arena *a, pt_value v) {
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(1 << 16);
    assert_true(pt_defined(v));
    assert_int_equal(pt_json_write(&b, v, NULL, NULL), PT_OK);
    return pt_arena_str(a, pt_buf_str(&b));
}

// The member `key` of the difference of two documents without files.
static pt_str difference_of(pt_arena *a, const char *now, const char *before, const char *key) {
    const pt_compared x = {.doc = value_of(a, now)};
    const pt_compared y = {.doc = value_of(a, before)};
    pt_value v = pt_undefined();
    assert_int_equal(pt_difference(&x, &y, a, &v, NULL), PT_OK);
    return json_of(a, pt_getz(v, key));
}

#define P(TYPE, NAME, VERSION) \
    "{\"type\":\"" TYPE "\",\"name\":\"" NAME "\",\"version\":\"" VERSION "\"}"

static void test_packages_of_one_name_are_one(void **state) {
    (void)state;
    static const struct {
        const char *now, *before, *want;
    } cases[] = {
        {P("deb", "a", "1.10"), P("deb", "a", "1.9"),
         "{\"added\":[],\"changed\":[{\"from\":[\"1.9\"],\"how\":\"upgraded\",\"name\":\"a\","
         "\"to\":[\"1.10\"],\"type\":\"deb\"}],\"removed\":[],\"same\":0}"},
        {P("deb", "a", "1~rc"), P("deb", "a", "1"),
         "{\"added\":[],\"changed\":[{\"from\":[\"1\"],\"how\":\"downgraded\",\"name\":\"a\","
         "\"to\":[\"1~rc\"],\"type\":\"deb\"}],\"removed\":[],\"same\":0}"},
        // no order is known
        {P("strange", "a", "2"), P("strange", "a", "1"),
         "{\"added\":[],\"changed\":[{\"from\":[\"1\"],\"how\":\"changed\",\"name\":\"a\","
         "\"to\":[\"2\"],\"type\":\"strange\"}],\"removed\":[],\"same\":0}"},
        // several versions: those that both have are left out; twice the same is once
        {P("npm", "a", "1.0.0") "," P("npm", "a", "1.0.0") "," P("npm", "a", "3.0.0"),
         P("npm", "a", "1.0.0") "," P("npm", "a", "2.0.0"),
         "{\"added\":[],\"changed\":[{\"from\":[\"2.0.0\"],\"how\":\"upgraded\",\"name\":\"a\","
         "\"to\":[\"3.0.0\"],\"type\":\"npm\"}],\"removed\":[],\"same\":0}"},
        {P("npm", "a", "1.0.0") "," P("npm", "a", "3.0.0"), P("npm", "a", "1.0.0"),
         "{\"added\":[],\"changed\":[{\"how\":\"changed\",\"name\":\"a\",\"to\":[\"3.0.0\"],"
         "\"type\":\"npm\"}],\"removed\":[],\"same\":0}"},
        // another type is another package
        {P("deb", "a", "1"), P("rpm", "a", "1"),
         "{\"added\":[{\"name\":\"a\",\"to\":[\"1\"],\"type\":\"deb\"}],\"changed\":[],"
         "\"removed\":[{\"from\":[\"1\"],\"name\":\"a\",\"type\":\"rpm\"}],\"same\":0}"},
        // names with blanks and digits make no other key
        {P("deb", "a 1:b", "1"), P("deb", "a", "b 1:1"),
         "{\"added\":[{\"name\":\"a 1:b\",\"to\":[\"1\"],\"type\":\"deb\"}],\"changed\":[],"
         "\"removed\":[{\"from\":[\"b 1:1\"],\"name\":\"a\",\"type\":\"deb\"}],\"same\":0}"},
        {P("deb", "a", "1") "," P("deb", "b", "1"), P("deb", "b", "1") "," P("deb", "a", "1"),
         "{\"added\":[],\"changed\":[],\"removed\":[],\"same\":2}"},
        {"", "", "{\"added\":[],\"changed\":[],\"removed\":[],\"same\":0}"},
        {"1,null,[],{}", "\"x\"", "{\"added\":[],\"changed\":[],\"removed\":[],\"same\":0}"},
    };
    for (size_t i = 0; i < PT_COUNT(cases); i++) {
        PT_AUTO(pt_arena_done) pt_arena a = {0};
        pt_str now = pt_arena_printf(&a, "{\"packages\":[%s]}", cases[i].now);
        pt_str before = pt_arena_printf(&a, "{\"packages\":[%s]}", cases[i].before);
        assert_str(difference_of(&a, now.p, before.p, "packages"), cases[i].want);
    }
}

#define FLAW(ID, NAME, VERSION)                                                               \
    "{\"id\":\"" ID "\",\"severity\":\"high\",\"package\":{\"type\":\"deb\",\"name\":\"" NAME \
    "\",\"version\":\"" VERSION "\"}}"

static void test_a_flaw_stays_the_same_in_another_version(void **state) {
    (void)state;
    PT_AUTO(pt_arena_done) pt_arena a = {0};
    assert_str(
        difference_of(
            &a, "{\"vulnerabilities\":[" FLAW("CVE-1", "a", "2") "," FLAW("CVE-2", "a", "2") "]}",
            "{\"vulnerabilities\":[" FLAW("CVE-1", "a", "1") "," FLAW("CVE-2", "b", "1") "]}",
            "vulnerabilities"),
        "{\"fixed\":[{\"id\":\"CVE-2\",\"package\":\"b\",\"severity\":\"high\",\"type\":\"deb\","
        "\"version\":\"1\"}],\"new\":[{\"id\":\"CVE-2\",\"package\":\"a\",\"severity\":\"high\","
        "\"type\":\"deb\",\"version\":\"2\"}],\"same\":1}");
}

// What only one of the two tells is no difference.
static void test_what_was_not_looked_at_is_said(void **state) {
    (void)state;
    PT_AUTO(pt_arena_done) pt_arena a = {0};
    static const char now[] =
        "{\"secrets\":[{\"rule\":\"r\",\"file\":\"f\"}],\"vulnerabilities\":[]}";
    assert_str(difference_of(&a, now, "{}", "not_compared"),
               "[{\"what\":\"vulnerabilities\",\"why\":\"there is no advisory index: paratia db "
               "update\"},{\"what\":\"secrets\",\"why\":\"only one of the two was searched for "
               "them\"},{\"what\":\"configuration\",\"why\":\"one of the two tells none\"},"
               "{\"what\":\"files\",\"why\":\"a bill and a saved report have none\"}]");
    // of a report: under another key, so by its place
    assert_str(
        difference_of(&a, "{\"secrets\":[{\"rule\":\"r\",\"file\":\"f\",\"fingerprint\":\"1\"}]}",
                      "{\"secrets\":[{\"rule\":\"r\",\"file\":\"f\",\"fingerprint\":\"2\"}]}",
                      "secrets"),
        "{\"gone\":[],\"new\":[],\"same\":1}");
}

static void test_settings_show_what_they_may(void **state) {
    (void)state;
    PT_AUTO(pt_arena_done) pt_arena a = {0};
    pt_value now = value_of(
        &a,
        "{\"user\":\"0\",\"env\":[{\"name\":\"A\",\"bytes\":2,\"shape\":\"text\"},"
        "{\"name\":\"B\",\"bytes\":1,\"shape\":\"text\"}],\"ports\":[\"22/tcp\"],\"onbuild\":0}");
    pt_value before = value_of(
        &a,
        "{\"env\":[{\"name\":\"B\",\"bytes\":1,\"shape\":\"text\"},"
        "{\"name\":\"A\",\"bytes\":1,\"shape\":\"text\"}],\"ports\":[\"80/tcp\"],\"onbuild\":0}");
    assert_str(
        json_of(&a, pt_difference_settings(now, before, &a)),
        "[{\"how\":\"added\",\"to\":\"0\",\"what\":\"user\"},"
        "{\"from\":{\"bytes\":1,\"name\":\"A\",\"shape\":\"text\"},\"how\":\"changed\","
        "\"name\":\"A\",\"to\":{\"bytes\":2,\"name\":\"A\",\"shape\":\"text\"},\"what\":\"env\"},"
        "{\"how\":\"added\",\"name\":\"22/tcp\",\"what\":\"ports\"},"
        "{\"how\":\"removed\",\"name\":\"80/tcp\",\"what\":\"ports\"}]");
}

#define S1 "md5:x sha256:1"
#define FILE_OF(PATH, SIZE, SUM, ...) \
    {.path = PT_STR(PATH),            \
     .layer = 1,                      \
     .size = (SIZE),                  \
     .mode = S_IFREG | 0644,          \
     .sum = PT_STR(SUM),              \
     __VA_ARGS__}

static void test_files_differ_in_what_can_be_seen(void **state) {
    (void)state;
    PT_AUTO(pt_arena_done) pt_arena a = {0};
    static pt_file now[] = {
        FILE_OF("a", 1, S1, .uid = 3, .mtime = 9), // both
        FILE_OF("b", 1, S1, .mtime = 7),           // its time alone is nothing
        FILE_OF("c", 1, "sha256:1"),               // other kinds of sums beside it
        FILE_OF("d", 1, "sha256:2"),
        FILE_OF("e", 1, ""),
        FILE_OF("f", 2, ""),
        {.path = PT_STR("g"), .mode = S_IFLNK | 0777, .link = PT_STR("x")},
        {.path = PT_STR("h"), .mode = S_IFDIR | 0755},
        FILE_OF("i", 1, S1, .capability = PT_STR("c")),
        FILE_OF("new", UINT64_MAX, S1),
        {.path = PT_STR("newdir"), .mode = S_IFDIR | 0755},
    };
    static pt_file before[] = {
        FILE_OF("a", 1, S1),
        FILE_OF("b", 1, S1),
        FILE_OF("c", 1, "sha1:z sha256:1"),
        FILE_OF("d", 1, "sha256:1"),
        FILE_OF("e", 1, S1),
        FILE_OF("f", 1, ""),
        {.path = PT_STR("g"), .mode = S_IFLNK | 0777, .link = PT_STR("y")},
        FILE_OF("h", 0, S1),
        FILE_OF("i", 1, S1),
        FILE_OF("old", 5, S1),
    };
    const pt_files x = {.all = {.v = now, .n = PT_COUNT(now)}};
    const pt_files y = {.all = {.v = before, .n = PT_COUNT(before)}};
    pt_value v = pt_difference_files(&x, &y, &a);
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(4096);
    pt_value changed = pt_getz(v, "changed");
    for (size_t i = 0; i < pt_len(changed); i++) {
        pt_value how = pt_getz(pt_at(changed, i), "how");
        pt_buf_put(&b, pt_text(pt_getz(pt_at(changed, i), "path")));
        for (size_t k = 0; k < pt_len(how); k++)
            pt_buf_printf(&b, " %.*s", PT_PRI(pt_text(pt_at(how, k))));
        pt_buf_putc(&b, '\n');
    }
    assert_str(pt_buf_str(&b),
               "a owner\nd content\nf content\ng target\nh kind mode\ni capability\n");
    assert_str(json_of(&a, pt_getz(v, "added")),
               "[{\"bytes\":9223372036854775807,\"layer\":1,\"mode\":\"0644\",\"path\":\"new\"}]");
    assert_str(json_of(&a, pt_getz(v, "removed")),
               "[{\"bytes\":5,\"layer\":1,\"mode\":\"0644\",\"path\":\"old\"}]");
    assert_str(json_of(&a, pt_getz(v, "same")), "2");
    assert_str(json_of(&a, pt_getz(v, "unknown")), "1");
}

static void test_memory_has_an_end(void **state) {
    (void)state;
    static pt_file now[] = {FILE_OF("a", 1, S1)};
    const pt_files files = {.all = {.v = now, .n = 1}};
    const pt_files none = {.cut = false};
    PT_AUTO(pt_arena_done) pt_arena of = {0};
    const pt_compared x = {.doc = value_of(&of, "{\"packages\":[" P("deb", "a", "1") "]}"),
                           .files = &files};
    const pt_compared y = {.doc = value_of(&of, "{}"), .files = &none};
    pt_code code = PT_E_NOMEM;
    for (size_t room = 64; code && room < (size_t)4 << 20; room *= 2) {
        PT_AUTO(pt_arena_done) pt_arena a;
        pt_arena_init(&a, room);
        pt_value v = pt_undefined();
        code = pt_difference(&x, &y, &a, &v, NULL);
        assert_true(code == PT_OK || code == PT_E_NOMEM);
    }
    assert_int_equal(code, PT_OK);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_packages_of_one_name_are_one),
        cmocka_unit_test(test_a_flaw_stays_the_same_in_another_version),
        cmocka_unit_test(test_what_was_not_looked_at_is_said),
        cmocka_unit_test(test_settings_show_what_they_may),
        cmocka_unit_test(test_files_differ_in_what_can_be_seen),
        cmocka_unit_test(test_memory_has_an_end),
    };
    return cmocka_run_group_tests_name("difference", tests, NULL, NULL);
}
