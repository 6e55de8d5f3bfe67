#include <string.h>

#include "base/buf.h"
#include "base/testing.h"
#include "collect/secret/secret_impl.h"
#include "value/json.h"

static pt_secret_rules *rules_of(const char *text, bool trivy) {
    pt_secret_rules *r = NULL;
    pt_err e = {0};
    const pt_secret_ask ask = {.text = pt_str_of(text), .trivy = trivy};
    if (pt_secret_rules_read(&ask, &r, &e))
        fail_msg("%s", e.what);
    return r;
}

// "rule line-line_end |match|" of each that is found.
static pt_str found_in(pt_secret_rules *r, pt_arena *a, const char *path, pt_str text) {
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(1 << 20);
    pt_value v = pt_undefined();
    pt_err e = {0};
    if (pt_secret_scan(r, pt_str_of(path), text, a, &v, &e))
        fail_msg("%s", e.what);
    for (size_t i = 0; i < pt_len(v); i++) {
        int64_t line = 0;
        int64_t end = 0;
        pt_value f = pt_at(v, i);
        assert_true(pt_to_int(pt_getz(f, "line"), &line));
        assert_true(pt_to_int(pt_getz(f, "line_end"), &end));
        pt_buf_put(&b, pt_text(pt_getz(f, "rule")));
        pt_buf_printf(&b, " %lld-%lld |", (long long)line, (long long)end);
        pt_buf_put(&b, pt_text(pt_getz(f, "match")));
        pt_buf_putz(&b, "|\n");
    }
    return pt_arena_str(a, pt_buf_str(&b));
}

#define assert_finds(r, path, text, want)                       \
    do {                                                        \
        PT_AUTO(pt_arena_done) pt_arena a_ = {0};               \
        assert_str(found_in(r, &a_, path, PT_STR(text)), want); \
    } while (0)

static void test_rules_build_upon_what_stands_for_the_shipped_ones(void **state) {
    (void)state;
    const pt_str base = PT_STR("[[rules]]\nid = 'a'\nregex = 'x'\n");
    const pt_secret_ask asks[] = {
        {.base = base},
        {.base = base, .text = PT_STR("[extend]\nuseDefault = true\n")},
        {.base = base, .text = PT_STR("disable-rules: [b]\n"), .trivy = true},
    };
    for (size_t i = 0; i < PT_COUNT(asks); i++) {
        pt_secret_rules *r = NULL;
        assert_int_equal(pt_secret_rules_read(&asks[i], &r, NULL), PT_OK);
        assert_int_equal(pt_secret_rules_count(r), 1);
        pt_secret_rules_free(r);
    }
}

static void test_shipped_rules_find_and_mask(void **state) {
    (void)state;
    pt_secret_rules *r = rules_of("", false);
    assert_true(pt_secret_rules_count(r) > 150);
    assert_finds(r, "app/env", "A=1\nTOKEN=ghp_abcdefghijABCDEFGHIJ0123456789abcdef end\n",
                 "github-pat 2-2 |TOKEN=**************************************** end|\n");
    assert_finds(r, "app/env", "DB=postgres://shop:s3cret-Pass@db.example.org/shop\n",
                 "connection-string 1-1 |DB=postgres://shop:***********@db.example.org/shop|\n");
    assert_finds(r, "app/key",
                 "x\n-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEIGFi\nZGVm\n"
                 "-----END PRIVATE KEY-----\n",
                 "private-key 3-4 |************************|\n");
    assert_finds(r, "root/.ssh/id_rsa", "\0\1\2", "generic-key-file 1-1 ||\n");
    assert_finds(r, "root/.ssh/id_rsa.pub", "", "");
    assert_finds(
        r, "root/.ssh/id_ed25519",
        "-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEIGFi\n-----END PRIVATE KEY-----\n",
        "private-key 2-2 |************************|\n");
    assert_finds(r, "app/tls/Server.P12", "\0", "keystore-file 1-1 ||\n");
    assert_finds(r, "app/settings", "nothing of the kind: password, token, key\n", "");
    assert_finds(r, "app/settings", "", "");
    pt_secret_rules_free(r);
}

static void test_two_secrets_of_one_line_hide_each_other(void **state) {
    (void)state;
    pt_secret_rules *r = rules_of("", false);
    assert_finds(r, "app/env",
                 "glpat-abcdefghij0123456789 ghp_abcdefghijABCDEFGHIJ0123456789abcdef\n",
                 "github-pat 1-1 |************************** "
                 "****************************************|\n"
                 "gitlab-pat 1-1 |************************** "
                 "****************************************|\n");
    pt_secret_rules_free(r);
}

static void test_paths_that_are_allowed_are_not_looked_at(void **state) {
    (void)state;
    pt_secret_rules *r = rules_of("", false);
    assert_finds(r, "app/README.md", "ghp_abcdefghijABCDEFGHIJ0123456789abcdef\n", "");
    assert_finds(r, "usr/share/doc/x", "ghp_abcdefghijABCDEFGHIJ0123456789abcdef\n", "");
    pt_secret_rules_free(r);
}

// The window of a keyword is a hint: a match that is longer is found whole, and once.
static void test_matches_longer_than_their_window(void **state) {
    (void)state;
    PT_AUTO(pt_arena_done) pt_arena a = {0};
    PT_AUTO(pt_buf_done) pt_buf text = PT_BUF(1 << 16);
    pt_secret_rules *r = rules_of("window = 8\n[[rules]]\nid = 'a'\nkeywords = ['key']\n"
                                  "regex = 'key=(\\w+)'\n",
                                  false);
    pt_buf_putz(&text, "x key=");
    pt_buf_fill(&text, 'a', 600);
    pt_buf_putz(&text, "key");
    pt_buf_fill(&text, 'b', 600);
    pt_buf_putz(&text, " key=c\n");
    pt_str said = found_in(r, &a, "f", pt_buf_str(&text));
    assert_int_equal(pt_str_find(said, '\n') + 1 < said.n, true);
    pt_str rest = said;
    pt_str line;
    size_t lines = 0;
    while (rest.n && pt_str_split(&rest, '\n', &line))
        lines++;
    assert_int_equal(lines, 2);
    pt_secret_rules_free(r);
}

// A keyword without what stands around it in every match opens no window, and hides no other one.
static void test_keywords_are_asked_for_what_stands_around_them(void **state) {
    static const char rules[] =
        "window = 16\n"
        "[[rules]]\nid = 'row'\nkeywords = ['ab_', 'other']\n"
        "regex = '\\bx(ab_[0-9]{8}-AB_)'\n"
        "[[rules]]\nid = 'case'\nkeywords = ['Cd']\n"
        "regex = '(?i)(cd[0-9]{4,})'\n"
        "[[rules]]\nid = 'chain'\nkeywords = ['key']\n"
        "regex = 'key[ .]{0,2}=\\s*([^;]{3,})@'\n"
        "behind = '[ .]{0,2}=\\s*[^;@]{3,}@'\n"
        "[[rules]]\nid = 'none'\nkeywords = ['q']\nregex = 'q(z+)'\nbehind = 'y'\n";
    static const struct {
        const char *text, *found;
    } cases[] = {
        {"ab_1 ab_12345678-ab_ xab_12345678-AB_",
         "row 1-1 |ab_1 ab_12345678-ab_ x***************|\n"},
        {"xab_12345678-ab_", ""},
        {"xab_12345678-AB", ""},
        {"ab_", ""},
        {"cD1 CD12 cd1234", "case 1-1 |cD1 CD12 ******|\n"},
        {"CD1234", "case 1-1 |******|\n"},
        {"key = key..=\n abc@", "chain 1-2 |key = ******|\n"},
        {"key.=\xc3\xa4\xc3\xb6\xc3\xbc@", "chain 1-1 |key.=******@|\n"},
        {"key...=abc@", ""},
        {"key=ab@", ""},
        {"key=abc", ""},
        {"key", ""},
        {"qz qy", ""},
    };
    (void)state;
    PT_AUTO(pt_arena_done) pt_arena a = {0};
    pt_secret_rules *r = rules_of(rules, false);
    for (size_t i = 0; i < PT_COUNT(cases); i++)
        assert_str(found_in(r, &a, "f", pt_str_of(cases[i].text)), cases[i].found);
    pt_secret_rules_free(r);
}

static void test_entropy_and_stopwords(void **state) {
    (void)state;
    pt_secret_rules *r =
        rules_of("[[rules]]\nid = 'a'\nregex = 'key=(\\w+)'\nentropy = 2.0\n"
                 "keywords = ['KEY']\n[[rules.allowlists]]\nstopwords = ['Fake']\n",
                 false);
    assert_finds(r, "f", "key=aabb\n", ""); // 1.0 bit
    assert_finds(r, "f", "key=abcd\n", ""); // 2.0 bits: not more
    assert_finds(r, "f", "key=abcde\n", "a 1-1 |key=*****|\n");
    assert_finds(r, "f", "key=abcdefake\n", "");
    assert_finds(r, "f", "key=abcde # gitleaks:allow\n", "");
    pt_secret_rules_free(r);
}

static void test_rules_that_need_others(void **state) {
    (void)state;
    pt_secret_rules *r =
        rules_of("[[rules]]\nid = 'p'\nregex = 'pass=(\\w+)'\n[[rules.required]]\nid = 'u'\n"
                 "withinLines = 1\n[[rules]]\nid = 'u'\nregex = 'user=(\\w+)'\nskipReport = true\n",
                 false);
    assert_finds(r, "f", "user=me\npass=abc\n", "p 2-2 |pass=***|\n");
    assert_finds(r, "f", "user=me\n\npass=abc\n", "");
    pt_secret_rules_free(r);
}

static void test_and_of_an_allowlist(void **state) {
    (void)state;
    pt_secret_rules *r = rules_of("[[rules]]\nid = 'a'\nregex = 'key=(\\w+)'\n"
                                  "[[rules.allowlists]]\ncondition = 'AND'\npaths = ['x$']\n"
                                  "regexes = ['^abc']\n",
                                  false);
    assert_finds(r, "x", "key=abcd\n", "");
    assert_finds(r, "y", "key=abcd\n", "a 1-1 |key=****|\n");
    assert_finds(r, "x", "key=bcd\n", "a 1-1 |key=***|\n");
    pt_secret_rules_free(r);
}

static void test_trivys_files(void **state) {
    (void)state;
    pt_secret_rules *r = rules_of("disable-rules: [github-pat]\n"
                                  "rules:\n"
                                  "- id: mine\n  severity: hIgh\n  keywords: [cred]\n"
                                  "  regex: 'cred (?P<u>\\w+) (?P<s>\\w+) (?P<s>\\w+)'\n"
                                  "  secret-group-name: s\n"
                                  "  exclude-block: {regexes: ['<(.|\\n)*>']}\n",
                                  true);
    assert_finds(r, "f", "cred a bb ccc\n", "mine 1-1 |cred a ** ***|\nmine 1-1 |cred a ** ***|\n");
    assert_finds(r, "f", "<\ncred a bb ccc\n>\n", "");
    assert_finds(r, "f", "ghp_abcdefghijABCDEFGHIJ0123456789abcdef\n", "");
    pt_secret_rules_free(r);
}

static void test_files_that_are_wrong_say_where(void **state) {
    (void)state;
    static const struct {
        const char *text, *what;
    } cases[] = {
        {"[[rules]]\nregex = 'a'\n", "the 1. of [[rules]] has no id (description \"\")"},
        {"[[rules]]\nid = 'a'\n", "rule \"a\": neither regex nor path: it finds nothing"},
        {"[[rules]]\nid = 'a'\nregex = '(?=a)'\n",
         "rule \"a\": regex: not a regular expression that RE2 knows: invalid or unsupported Perl "
         "syntax: (?="},
        {"[[rules]]\nid = 'a'\nregex = '(a)'\nsecretGroup = 2\n",
         "rule \"a\": secretGroup is 2, and regex has 1 groups"},
        {"[[rules]]\nid = 'a'\nregex = 'a'\n[[rules.allowlists]]\nregexTarget = 'mtach'\n"
         "regexes = ['a']\n",
         "rule \"a\": allowlist: unknown regexTarget \"mtach\""},
        {"[[allowlists]]\ntargetRules = ['b']\nregexes = ['a']\n",
         "allowlist: targetRules: no rule \"b\""},
        {"[[allowlists]]\ndescription = 'x'\n",
         "the file: an allowlist needs commits, paths, regexes or stopwords"},
        {"[allowlist]\nregexes = ['a']\n[[allowlists]]\nregexes = ['a']\n",
         "the file: [allowlist] is the old form of [[allowlists]]: use one of the two"},
        {"[extend]\npath = 'x.toml'\n", "extend: another file cannot be read here"},
        {"[[rules]]\nid = 'a'\nregex = 'a'\n[[rules.required]]\nid = 'b'\n",
         "rule \"a\": required: no rule \"b\""},
    };
    for (size_t i = 0; i < PT_COUNT(cases); i++) {
        pt_secret_rules *r = NULL;
        pt_err e = {0};
        const pt_secret_ask ask = {.text = pt_str_of(cases[i].text)};
        assert_int_not_equal(pt_secret_rules_read(&ask, &r, &e), PT_OK);
        assert_string_equal(e.what, cases[i].what);
        assert_null(r);
    }
}

// Each pattern with a text that it matches, which must have all factors, and one that has not.
static const struct {
    const char *pattern, *with, *without;
} factors[] = {
    {"\\b(SK[0-9a-f]{32})\\b", "SK0123456789abcdef0123456789abcdef",
     "SK0123456789abcdef0123456789abcde."},
    {"(?i)x['\"]([a-z]{16,99})['\"]", "X'ABCDEFGHIJKLMNOPQR'", "x'abcdefghijklmno'"},
    {"(?i)x=([a-z]{16})!",
     "x=abcde\xe2\x84\xaa"
     "ghijklmnop!",
     "x=abcdefghijklmno!"}, // Kelvin
    {"x(?:token)?=([^ ]{8,20});",
     "x=\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4;", "x=1234 67;"},
    {"a(?:bc{0,2}d){2,3}-{5}", "abdbccd-----", "abdbccd----"},
    {"[]a]{9}[^]b]x\\x41\\.", "]]]]]]]]]cxA.", "]]]]]]]]cxA."},
    {"(?i:abc)(?-i)d([e-g-]{7,})", "ABCde-f-g-e", "ABCdeeeeee"},
    {"(?:one|two)three.five",
     "twothree\xc3\xa4"
     "five",
     "twothrefive"},
};

static bool has_factors(const pt_secret_rule *rule, const char *text) {
    for (size_t i = 0; i < rule->n_factors; i++)
        if (!pt_secret_factor_in(rule->factors[i], pt_str_of(text)))
            return false;
    return true;
}

static void test_factors_stand_in_every_match(void **state) {
    (void)state;
    for (size_t i = 0; i < PT_COUNT(factors); i++) {
        PT_AUTO(pt_arena_done) pt_arena a = {0};
        pt_re2_error wrong = PT_RE2_OK;
        char piece[64] = "";
        pt_secret_rule rule = {
            .pattern = pt_re2_new(pt_str_of(factors[i].pattern), &wrong, piece, sizeof piece)};
        assert_non_null(rule.pattern);
        assert_true(pt_secret_factors(&a, &rule));
        assert_int_equal(pt_re2_match(rule.pattern, pt_str_of(factors[i].with), 0, NULL, 0), 1);
        if (!rule.n_factors || !has_factors(&rule, factors[i].with) ||
            has_factors(&rule, factors[i].without))
            fail_msg("%s", factors[i].pattern);
        pt_re2_free(rule.pattern);
    }
}

static void test_what_is_not_understood_has_no_factor(void **state) {
    (void)state;
    static const char *const patterns[] = {"abcdefgh|ijklmnop",
                                           "[[:alpha:]]{20}x=",
                                           "(?:abcdefgh)?",
                                           "\\pL{20}",
                                           "a{2",
                                           "\\Qabcdefgh\\E",
                                           "a*"};
    for (size_t i = 0; i < PT_COUNT(patterns); i++) {
        PT_AUTO(pt_arena_done) pt_arena a = {0};
        pt_re2_error wrong = PT_RE2_OK;
        char piece[64] = "";
        pt_secret_rule rule = {.pattern =
                                   pt_re2_new(pt_str_of(patterns[i]), &wrong, piece, sizeof piece)};
        assert_non_null(rule.pattern);
        assert_true(pt_secret_factors(&a, &rule));
        assert_int_equal(rule.n_factors, 0);
        pt_re2_free(rule.pattern);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rules_build_upon_what_stands_for_the_shipped_ones),
        cmocka_unit_test(test_shipped_rules_find_and_mask),
        cmocka_unit_test(test_two_secrets_of_one_line_hide_each_other),
        cmocka_unit_test(test_paths_that_are_allowed_are_not_looked_at),
        cmocka_unit_test(test_matches_longer_than_their_window),
        cmocka_unit_test(test_entropy_and_stopwords),
        cmocka_unit_test(test_rules_that_need_others),
        cmocka_unit_test(test_and_of_an_allowlist),
        cmocka_unit_test(test_trivys_files),
        cmocka_unit_test(test_files_that_are_wrong_say_where),
        cmocka_unit_test(test_keywords_are_asked_for_what_stands_around_them),
        cmocka_unit_test(test_factors_stand_in_every_match),
        cmocka_unit_test(test_what_is_not_understood_has_no_factor),
    };
    return cmocka_run_group_tests_name("secret", tests, NULL, NULL);
}
