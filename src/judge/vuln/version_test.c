#include <stdio.h>
#include <string.h>

#include "base/testing.h"
#include "judge/vuln/version.h"

typedef struct pair {
    pt_version_scheme scheme;
    const char *a;
    char op;
    const char *b;
} pair;

static const pair pairs[] = {
    // dpkg: a rebuild (binNMU) is newer than what it was built from
    {PT_VERSION_DEB, "1.2-3+b1", '>', "1.2-3"},
    {PT_VERSION_DEB, "1.2-3+b1", '<', "1.2-4"},
    {PT_VERSION_DEB, "1:1.0", '>', "2.0"},
    {PT_VERSION_DEB, "2.0~rc1-1", '<', "2.0-1"},
    // rpm: the source's version has no epoch; the release decides last
    {PT_VERSION_RPM, "5.26.3", '<', "4:5.26.3"},
    {PT_VERSION_RPM, "1.0-2.el9_2", '<', "1.0-2.el9_4"},
    {PT_VERSION_RPM, "1.0~rc1-1", '<', "1.0-1"},
    {PT_VERSION_RPM, "1.0^git1-1", '>', "1.0-1"},
    {PT_VERSION_RPM, "1.0^git1-1", '<', "1.0.1-1"},
    {PT_VERSION_RPM, "1.0", '<', "1.0-1"},
    {PT_VERSION_RPM, "1.05", '=', "1.5"},
    {PT_VERSION_RPM, "1.a", '<', "1.1"},
    {PT_VERSION_RPM, "2_0", '=', "2.0"},
    {PT_VERSION_RPM, "99999999999999999999999999", '>', "18446744073709551616"},
    // apk
    {PT_VERSION_APK, "1.2_rc1", '<', "1.2"},
    {PT_VERSION_APK, "1.2_alpha3", '<', "1.2_beta1"},
    {PT_VERSION_APK, "1.2_p1", '>', "1.2"},
    {PT_VERSION_APK, "1.2_git20200101", '<', "1.2_p1"},
    {PT_VERSION_APK, "1.2a", '>', "1.2"},
    {PT_VERSION_APK, "1.2-r10", '>', "1.2-r9"},
    {PT_VERSION_APK, "1.2", '<', "1.2-r0"},
    {PT_VERSION_APK, "1.2", '<', "1.2.0"},
    {PT_VERSION_APK, "1.010", '<', "1.02"},
    {PT_VERSION_APK, "010", '=', "10"},
    {PT_VERSION_APK, "6.6.2p9-r0", '<', "6.6.2p10-r0"},
    // pacman
    {PT_VERSION_ALPM, "1.0rc1-1", '<', "1.0-1"},
    {PT_VERSION_ALPM, "1.0.1-1", '>', "1.0-9"},
    {PT_VERSION_ALPM, "1:0.1-1", '>', "9-1"},
    // semver and its family
    {PT_VERSION_SEMVER, "1.0.0-alpha.1", '<', "1.0.0-alpha.beta"},
    {PT_VERSION_SEMVER, "1.0.0-rc.1", '<', "1.0.0"},
    {PT_VERSION_SEMVER, "1.0.0+a", '=', "1.0.0+b"},
    {PT_VERSION_SEMVER, "v1.2", '=', "1.2.0"},
    {PT_VERSION_NPM, "1.10.0", '>', "1.9.9"},
    {PT_VERSION_CRATES, "1.0.0-a", '<', "1.0.0-a.0"},
    {PT_VERSION_GO, "v1.2.3+incompatible", '=', "1.2.3"},
    {PT_VERSION_GO, "v0.0.0-20190101000000-abcdefabcdef", '<', "0.0.0-20200101000000-0123456789ab"},
    {PT_VERSION_GO, "go1.21rc2", '=', "1.21.0-rc.2"},
    {PT_VERSION_GO, "go1.21rc10", '>', "go1.21rc2"},
    {PT_VERSION_GO, "go1.21.5 X:rangefunc", '=', "1.21.5"},
    {PT_VERSION_GO, "go1.21.5-X:rangefunc", '=', "1.21.5"},
    {PT_VERSION_GO, "go1.21", '>', "1.21.0-0"},
    {PT_VERSION_PUB, "1.0.0", '<', "1.0.0+1"},
    {PT_VERSION_JULIA, "1.0.0+2", '<', "1.0.0+10"},
    {PT_VERSION_NUGET, "1.0.0-BETA", '=', "1.0-beta"},
    {PT_VERSION_NUGET, "1.0.0.1", '>', "1.0.0"},
    {PT_VERSION_BITNAMI, "1.2.3-4", '>', "1.2.3"},
    {PT_VERSION_BITNAMI, "1.2.3-0", '=', "1.2.3"},
    {PT_VERSION_BITNAMI, "1.2.3-rc.1", '<', "1.2.3"},
    {PT_VERSION_HEX, "1.0.0-dev", '<', "1.0.0"},
    {PT_VERSION_SWIFT, "1.2.3", '<', "1.2.10"},
    // Python
    {PT_VERSION_PEP440, "1.0.dev1", '<', "1.0a1.dev1"},
    {PT_VERSION_PEP440, "1.0a1.post1", '<', "1.0b1"},
    {PT_VERSION_PEP440, "1.0rc1", '<', "1.0"},
    {PT_VERSION_PEP440, "1.0", '<', "1.0.post1.dev1"},
    {PT_VERSION_PEP440, "1.0+local", '>', "1.0"},
    {PT_VERSION_PEP440, "1.0+1", '>', "1.0+a"},
    {PT_VERSION_PEP440, "1.0-1", '=', "1.0.post1"},
    {PT_VERSION_PEP440, "1.0-RC.1", '=', "1c1"},
    {PT_VERSION_PEP440, "1.0bdev1", '=', "1.0b0.dev1"},
    {PT_VERSION_PEP440, "1!0.1", '>', "99"},
    // Maven
    {PT_VERSION_MAVEN, "1.0-alpha-1", '<', "1.0-beta-1"},
    {PT_VERSION_MAVEN, "1.0-SNAPSHOT", '<', "1.0"},
    {PT_VERSION_MAVEN, "1.0-rc1", '=', "1-CR1"},
    {PT_VERSION_MAVEN, "1.0.0.Final", '=', "1"},
    {PT_VERSION_MAVEN, "1.0-sp", '>', "1.0"},
    {PT_VERSION_MAVEN, "1.0-jre", '>', "1.0-sp"},
    {PT_VERSION_MAVEN, "1.0-1", '>', "1.0-jre"},
    {PT_VERSION_MAVEN, "1.0.1", '>', "1.0-1"},
    {PT_VERSION_MAVEN, "1a1", '=', "1-alpha-1"},
    {PT_VERSION_MAVEN, "1a", '>', "1"},
    // Ruby
    {PT_VERSION_RUBYGEMS, "1.0.a", '=', "1.a"},
    {PT_VERSION_RUBYGEMS, "1.0.a", '<', "1"},
    {PT_VERSION_RUBYGEMS, "1.0.rc10", '>', "1.0.rc9"},
    {PT_VERSION_RUBYGEMS, "1.0.0", '=', "1"},
    {PT_VERSION_RUBYGEMS, "1.0-1", '<', "1.0"},
    // PHP
    {PT_VERSION_PACKAGIST, "1.0.0-beta2", '=', "v1.0.0beta2"},
    {PT_VERSION_PACKAGIST, "1.0-dev", '<', "1.0-alpha"},
    {PT_VERSION_PACKAGIST, "1.0-RC1", '<', "1.0"},
    {PT_VERSION_PACKAGIST, "1.0-p1", '>', "1.0"},
    {PT_VERSION_PACKAGIST, "1.0-foo", '<', "1.0-dev"},
    {PT_VERSION_PACKAGIST, "dev-main", '<', "0.1"},
    // lists
    {PT_VERSION_CRAN, "1.2-3", '=', "1.2.3"},
    {PT_VERSION_CRAN, "1.2", '<', "1.2.0"},
    {PT_VERSION_HACKAGE, "1.0.0", '>', "1.0"},
    // conda
    {PT_VERSION_CONDA, "1.0dev1", '<', "1.0a1"},
    {PT_VERSION_CONDA, "1.0rc1", '<', "1.0"},
    {PT_VERSION_CONDA, "1.0", '=', "1.0.0"},
    {PT_VERSION_CONDA, "1.0", '<', "1.0.post1"},
    {PT_VERSION_CONDA, "1!0.1", '>', "2.0"},
    {PT_VERSION_CONDA, "1.0.1_", '<', "1.0.1a"},
    {PT_VERSION_CONDA, "1.0_1", '=', "1.0.1"},
};

static int sign_of(char op) {
    return op == '<' ? -1 : op == '>';
}

static void test_compare_orders_as_each_packager_does(void **state) {
    (void)state;
    for (size_t i = 0; i < PT_COUNT(pairs); i++) {
        const pair *p = &pairs[i];
        pt_err e = {0};
        int order = 9;
        pt_code code = pt_version_compare(p->scheme, pt_str_of(p->a), pt_str_of(p->b), &order, &e);
        if (code || order != sign_of(p->op))
            print_error("%s against %s: %d %s\n", p->a, p->b, order, e.what);
        assert_int_equal(code, PT_OK);
        assert_int_equal(order, sign_of(p->op));
        assert_int_equal(pt_version_order(p->scheme, pt_str_of(p->b), pt_str_of(p->a)),
                         -sign_of(p->op));
    }
}

static const struct {
    pt_version_scheme scheme;
    const char *text;
    bool valid;
} texts[] = {
    {PT_VERSION_DEB, "", false},
    {PT_VERSION_DEB, "1.0", true},
    {PT_VERSION_DEB, "a:1.0", false},
    {PT_VERSION_DEB, ":1.0", false},
    {PT_VERSION_DEB, "1.0-", false},
    {PT_VERSION_DEB, "-1", false},
    {PT_VERSION_DEB, "1.0 ", false},
    {PT_VERSION_RPM, "1.0-1.el9", true},
    {PT_VERSION_RPM, "1-2-3", false},
    {PT_VERSION_RPM, "", false},
    {PT_VERSION_RPM, "1.0-", false},
    {PT_VERSION_APK, "1.2.3_rc1-r0", true},
    {PT_VERSION_APK, "1.2.3~abc-r0", true},
    {PT_VERSION_APK, "1.2.3-0", false},
    {PT_VERSION_APK, "1..2", false},
    {PT_VERSION_APK, "1.2_foo", false},
    {PT_VERSION_APK, "1.r1", false},
    {PT_VERSION_APK, "a", false},
    {PT_VERSION_SEMVER, "1.2.3-a.1+b", true},
    {PT_VERSION_SEMVER, "1.2.", false},
    {PT_VERSION_SEMVER, "1.2.3-", false},
    {PT_VERSION_SEMVER, "1.x", false},
    {PT_VERSION_SEMVER, "", false},
    {PT_VERSION_GO, "(devel)", false},
    {PT_VERSION_GO, "go1.21.5", true},
    {PT_VERSION_GO, "go1.21.13 (Red Hat 1.21.13-2.el9)", false},
    {PT_VERSION_PEP440, "1.0a1.post2.dev3+x.1", true},
    {PT_VERSION_PEP440, "2004d", false},
    {PT_VERSION_PEP440, "1.0+", false},
    {PT_VERSION_PEP440, "1.0+a..b", false},
    {PT_VERSION_MAVEN, "anything-goes", true},
    {PT_VERSION_MAVEN, "[1.0]", false},
    {PT_VERSION_MAVEN, "1 0", false},
    {PT_VERSION_RUBYGEMS, "1.0.a-b", true},
    {PT_VERSION_RUBYGEMS, "a.1", false},
    {PT_VERSION_RUBYGEMS, "1..2", false},
    {PT_VERSION_PACKAGIST, "dev-main", true},
    {PT_VERSION_PACKAGIST, "main", false},
    {PT_VERSION_CRAN, "1.2-3", true},
    {PT_VERSION_CRAN, "1.2.", false},
    {PT_VERSION_HACKAGE, "1.2-3", false},
    {PT_VERSION_CONDA, "1!2.0_1+x", true},
    {PT_VERSION_CONDA, "1..2", false},
};

static void test_valid_takes_versions_of_the_scheme_only(void **state) {
    (void)state;
    for (size_t i = 0; i < PT_COUNT(texts); i++) {
        bool valid = pt_version_valid(texts[i].scheme, pt_str_of(texts[i].text));
        if (valid != texts[i].valid)
            print_error("\"%s\" of %.*s\n", texts[i].text,
                        PT_PRI(pt_version_scheme_name(texts[i].scheme)));
        assert_int_equal(valid, texts[i].valid);
    }
}

static void test_compare_tells_no_version_apart_from_less(void **state) {
    (void)state;
    int order = 9;
    pt_err e = {0};
    pt_str bad = PT_STR("2004d");
    assert_int_equal(pt_version_compare(PT_VERSION_PEP440, PT_STR("1.0"), bad, &order, &e),
                     PT_E_FORMAT);
    assert_string_equal(e.what, "\"2004d\" is no version of pep440");
    assert_int_equal(pt_version_compare(PT_VERSION_PEP440, bad, PT_STR("1.0"), &order, NULL),
                     PT_E_FORMAT);
    assert_int_equal(order, 9); // untouched
    assert_true(pt_version_order(PT_VERSION_PEP440, bad, PT_STR("1.0")) < 0);
}

static void test_without_epoch_compares_with_what_leaves_it_out(void **state) {
    (void)state;
    pt_str perl = pt_version_without_epoch(PT_VERSION_RPM, PT_STR("4:5.26.3-416.el8"));
    assert_str(perl, "5.26.3-416.el8");
    assert_int_equal(pt_version_order(PT_VERSION_RPM, PT_STR("5.26.3-416.el8"), perl), 0);
    assert_str(pt_version_without_epoch(PT_VERSION_DEB, PT_STR("1:2")), "2");
    assert_str(pt_version_without_epoch(PT_VERSION_DEB, PT_STR("2")), "2");
    assert_str(pt_version_without_epoch(PT_VERSION_RPM, PT_STR("a:2")), "a:2");
    assert_str(pt_version_without_epoch(PT_VERSION_RPM, PT_STR(":2")), ":2");
    assert_str(pt_version_without_epoch(PT_VERSION_MAVEN, PT_STR("1:2")), "1:2");
}

static void test_compare_bounds_what_it_takes(void **state) {
    (void)state;
    static char digits[PT_RANGE_BYTES_MAX + 1];
    memset(digits, '1', sizeof digits);
    pt_str most = {digits, PT_VERSION_BYTES_MAX};
    pt_str more = {digits, PT_VERSION_BYTES_MAX + 1};
    int order = 9;
    bool in = false;
    assert_int_equal(pt_version_compare(PT_VERSION_SEMVER, most, most, &order, NULL), PT_OK);
    assert_int_equal(order, 0);
    assert_int_equal(pt_version_compare(PT_VERSION_SEMVER, most, more, &order, NULL), PT_E_LIMIT);
    assert_true(pt_version_order(PT_VERSION_SEMVER, most, more) < 0);
    assert_int_equal(
        pt_version_in(PT_VERSION_SEMVER, PT_STR("1"), (pt_str){digits, sizeof digits}, &in, NULL),
        PT_E_LIMIT);
}

static void test_scheme_of_knows_names_of_packagers_and_feeds(void **state) {
    (void)state;
    pt_version_scheme s = PT_VERSION_SCHEMES;
    assert_true(pt_version_scheme_of(PT_STR("PyPI"), &s) && s == PT_VERSION_PEP440);
    assert_true(pt_version_scheme_of(PT_STR("golang"), &s) && s == PT_VERSION_GO);
    assert_true(pt_version_scheme_of(PT_STR("Alpine"), &s) && s == PT_VERSION_APK);
    assert_false(pt_version_scheme_of(PT_STR("fortran"), &s));
    assert_false(pt_version_scheme_of(PT_STR(""), &s));
    for (unsigned i = 0; i < PT_VERSION_SCHEMES; i++) {
        assert_true(pt_version_scheme_of(pt_version_scheme_name((pt_version_scheme)i), &s));
        assert_int_equal(s, i);
    }
}

// -- the order is one -----------------------------------------------------------------------------

static uint32_t next_random(uint32_t *state) {
    *state = *state * 1664525u + 1013904223u;
    return *state >> 8;
}

// Texts of pieces that mean something to one scheme or another, many of them no versions.
static pt_str make_text(uint32_t *state, char buf[64]) {
    static const char *const pieces[] = {
        "0",  "1",     "2",  "00",  "01",  "10",   ".",    ".",     ".",   "-",   "-",  "_",
        "+",  "~",     "^",  ":",   "!",   "a",    "b",    "rc",    "dev", "pre", "p",  "post",
        "-r", "final", "sp", "git", "1:",  "#",    "A",    "alpha", "go",  "v",   " ",  "x",
        "*",  "..",    "--", "RC1", ".0.", "-0.0", "_p_p", "~~",    "cr",  "M1",  "ga", "\xce\xb1",
    };
    size_t n = 0;
    for (uint32_t k = next_random(state) % 7; k--;) {
        const char *piece = pieces[next_random(state) % PT_COUNT(pieces)];
        memcpy(buf + n, piece, strlen(piece));
        n += strlen(piece);
    }
    return (pt_str){buf, n};
}

enum {
    TEXTS = 90
};

static void assert_is_order(pt_version_scheme s, const pt_str v[TEXTS]) {
    static int8_t o[TEXTS][TEXTS];
    for (size_t i = 0; i < TEXTS; i++)
        for (size_t k = 0; k < TEXTS; k++)
            o[i][k] = (int8_t)pt_version_order(s, v[i], v[k]);
    for (size_t i = 0; i < TEXTS; i++)
        for (size_t k = 0; k < TEXTS; k++)
            for (size_t m = 0; m < TEXTS; m++) {
                bool good = o[i][i] == 0 && o[i][k] == -o[k][i] &&
                            (o[i][k] > 0 || o[k][m] > 0 || o[i][m] <= 0) &&
                            (o[i][k] != 0 || o[i][m] == o[k][m]);
                if (!good)
                    print_error("%.*s: \"%.*s\" %d \"%.*s\" %d \"%.*s\": %d\n",
                                PT_PRI(pt_version_scheme_name(s)), PT_PRI(v[i]), o[i][k],
                                PT_PRI(v[k]), o[k][m], PT_PRI(v[m]), o[i][m]);
                assert_true(good);
            }
}

static void test_order_is_total_antisymmetric_and_transitive(void **state) {
    (void)state;
    static char bufs[TEXTS][64];
    pt_str v[TEXTS];
    for (unsigned s = 0; s < PT_VERSION_SCHEMES; s++)
        for (uint32_t seed = 1; seed <= 6; seed++) {
            uint32_t random = seed * 7919 + s;
            for (size_t i = 0; i < TEXTS; i++)
                v[i] = make_text(&random, bufs[i]);
            assert_is_order((pt_version_scheme)s, v);
        }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_compare_orders_as_each_packager_does),
        cmocka_unit_test(test_valid_takes_versions_of_the_scheme_only),
        cmocka_unit_test(test_compare_tells_no_version_apart_from_less),
        cmocka_unit_test(test_without_epoch_compares_with_what_leaves_it_out),
        cmocka_unit_test(test_compare_bounds_what_it_takes),
        cmocka_unit_test(test_scheme_of_knows_names_of_packagers_and_feeds),
        cmocka_unit_test(test_order_is_total_antisymmetric_and_transitive),
    };
    return cmocka_run_group_tests_name("judge_vuln_version", tests, NULL, NULL);
}
