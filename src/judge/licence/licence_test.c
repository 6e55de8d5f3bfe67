#include <string.h>

#include "base/buf.h"
#include "base/testing.h"
#include "fact/licence.h"
#include "judge/licence/judge.h"
#include "judge/licence/shipped.h"
#include "value/json.h"

// "verdict EXPRESSION because LICENCE; …" of packages by a policy; "LINE what" is wrong with it.
static pt_str judged(pt_arena *a, const char *policy, const char *packages) {
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(1 << 16);
    pt_licence_policy p = {0};
    pt_value doc = pt_undefined();
    pt_value rows = pt_undefined();
    pt_err e = {0};
    if (pt_licence_policy_read(a, pt_str_of(policy), PT_STR("p"), &p, &e))
        return pt_arena_printf(a, "%u %s", e.line, e.what);
    pt_str json = pt_arena_printf(a, "{\"packages\":[%s]}", packages);
    assert_int_equal(pt_json_parse(a, json, NULL, &doc, &e), PT_OK);
    assert_int_equal(pt_licences_judge(doc, &p, a, &rows, &e), PT_OK);
    for (size_t i = 0; i < pt_len(rows); i++) {
        pt_value r = pt_at(rows, i);
        pt_str expression = pt_text(pt_getz(r, "expression"));
        pt_buf_printf(&b, "%s%.*s %.*s because %.*s", i ? "; " : "",
                      PT_PRI(pt_text(pt_getz(r, "verdict"))),
                      PT_PRI(expression.n ? expression : PT_STR("-")),
                      PT_PRI(pt_text(pt_getz(r, "licence"))));
    }
    return pt_arena_str(a, pt_buf_str(&b));
}

#define PACKAGE(licence) \
    "{\"type\":\"deb\",\"name\":\"a\",\"file\":\"f\",\"licences\":[\"" licence "\"]}"
#define POLICY "allowed: [permissive, GPL-2.0-only]\nreview: [weak-copyleft]\ndenied: [GPL-*]\n"

static void test_expression_is_judged_by_its_parts(void **state) {
    (void)state;
    static const char *const cases[][2] = {
        {"MIT", "pass MIT because MIT"},
        {"LGPL-2.1+", "not evaluated LGPL-2.1-or-later because LGPL-2.1-or-later"},
        {"GPL-3.0-only", "fail GPL-3.0-only because GPL-3.0-only"},
        // The closest rule counts.
        {"GPL-2.0-only", "pass GPL-2.0-only because GPL-2.0-only"},
        {"GPL-3.0-only OR MIT", "pass GPL-3.0-only OR MIT because MIT"},
        {"MIT AND (GPL-3.0-only OR LGPL-3.0-only)",
         "not evaluated MIT AND (GPL-3.0-only OR LGPL-3.0-only) because LGPL-3.0-only"},
        {"MIT AND GPL-3.0-only", "fail MIT AND GPL-3.0-only because GPL-3.0-only"},
        // By its exception it binds less, and what is allowed is so with any.
        {"GPL-2.0-only WITH Classpath-exception-2.0",
         "pass GPL-2.0-only WITH Classpath-exception-2.0 because GPL-2.0-only WITH "
         "Classpath-exception-2.0"},
        // Nobody has said.
        {"AGPL-3.0-only", "not evaluated AGPL-3.0-only because AGPL-3.0-only"},
        {"Own-1.0", "not evaluated Own-1.0 because Own-1.0"},
        {"LicenseRef-Own", "not evaluated LicenseRef-Own because LicenseRef-Own"},
        {"GPLv2 and (MIT or BSD)",
         "pass GPL-2.0-only AND (MIT OR BSD-3-Clause) because GPL-2.0-only"},
        {"SEE LICENSE IN x", "not evaluated - because "},
        {"UNLICENSED", "not evaluated LicenseRef-proprietary because LicenseRef-proprietary"},
    };
    for (size_t i = 0; i < PT_COUNT(cases); i++) {
        pt_arena a = {0};
        pt_str package = pt_arena_printf(&a, PACKAGE("%s"), cases[i][0]);
        assert_str(judged(&a, POLICY, package.p), cases[i][1]);
        pt_arena_done(&a);
    }
}

static void test_exception_that_binds_less_is_not_denied(void **state) {
    (void)state;
    pt_arena a = {0};
    static const char policy[] = "allowed: [weak-copyleft]\ndenied: [GPL-2.0-only]\n";
    assert_str(judged(&a, policy, PACKAGE("GPL-2.0-only WITH Classpath-exception-2.0")),
               "pass GPL-2.0-only WITH Classpath-exception-2.0 because GPL-2.0-only WITH "
               "Classpath-exception-2.0");
    assert_str(judged(&a, policy, PACKAGE("GPL-2.0-only WITH Own-exception")),
               "fail GPL-2.0-only WITH Own-exception because GPL-2.0-only WITH Own-exception");
    pt_arena_done(&a);
}

static void test_package_has_its_own_rule(void **state) {
    (void)state;
    pt_arena a = {0};
    static const char policy[] =
        "denied: [GPL-3.0-only, unknown]\n"
        "packages:\n"
        "  - {package: lib*x, verdict: allowed, why: asked them}\n"
        "  - {package: b, licence: GPL-3.0-only, verdict: review, why: y}\n"
        "  - {package: c, type: rpm, verdict: allowed, why: y}\n";
    static const char form[] = "{\"type\":\"deb\",\"name\":\"%s\",\"file\":\"f\",%s}";
    static const char *const cases[][3] = {
        {"libax", "\"licences\":[\"GPL-3.0-only\"]", "pass GPL-3.0-only because GPL-3.0-only"},
        {"libxa", "\"licences\":[\"GPL-3.0-only\"]", "fail GPL-3.0-only because GPL-3.0-only"},
        {"libx", "\"a\":1", "pass - because "},
        {"b", "\"licences\":[\"GPL-3.0-only\"]", "not evaluated GPL-3.0-only because GPL-3.0-only"},
        {"b", "\"a\":1", "fail - because "},
        {"c", "\"licences\":[\"GPL-3.0-only\"]", "fail GPL-3.0-only because GPL-3.0-only"},
    };
    for (size_t i = 0; i < PT_COUNT(cases); i++)
        assert_str(judged(&a, policy, pt_arena_printf(&a, form, cases[i][0], cases[i][1]).p),
                   cases[i][2]);
    pt_arena_done(&a);
}

static void test_what_is_recognised_counts_where_nothing_known_is_declared(void **state) {
    (void)state;
    pt_arena a = {0};
    static const char form[] = "{\"type\":\"npm\",\"name\":\"a\",\"file\":\"f\",%s\"recognised\":{"
                               "\"file\":\"g\",\"expression\":\"ISC\"}}";
    static const char *const cases[][2] = {
        {"", "pass ISC because ISC"},
        {"\"licences\":[\"ISC\"],", "pass ISC because ISC"},
        {"\"licences\":[\"SEE LICENSE IN LICENSE\"],", "pass ISC because ISC"},
        {"\"licences\":[\"MIT\",\"Own\"],", "pass ISC AND MIT because ISC"},
        {"\"licences\":[\"Own\"],", "pass ISC because ISC"},
        {"\"licences\":[\"MIT\",\"ISC\"],", "pass MIT AND ISC because MIT"},
    };
    for (size_t i = 0; i < PT_COUNT(cases); i++)
        assert_str(judged(&a, "allowed: [permissive]", pt_arena_printf(&a, form, cases[i][0]).p),
                   cases[i][1]);
    pt_arena_done(&a);
}

// What a file says beyond what is declared counts, too, and what says something else is for review.
static void test_what_contradicts_itself_is_no_pass(void **state) {
    (void)state;
    static const char form[] = "{\"type\":\"npm\",\"name\":\"%s\",\"file\":\"f\",\"licences\":[%s],"
                               "\"recognised\":{\"file\":\"g\",\"expression\":\"%s\"}}";
    static const char policy[] =
        "allowed: [permissive, weak-copyleft, GPL-2.0-only]\ndenied: [GPL-3.0-only]\n"
        "packages:\n  - {package: known, verdict: allowed, why: asked}\n"
        "  - {package: part, licence: ISC, verdict: allowed, why: y}\n";
    static const char *const cases[][4] = {
        {"a", "\"MIT\"", "ISC", "not evaluated MIT AND ISC because MIT AND ISC"},
        {"a", "\"MIT\"", "GPL-3.0-only", "fail MIT AND GPL-3.0-only because GPL-3.0-only"},
        {"a", "\"GPL-3.0-only\"", "MIT", "fail GPL-3.0-only AND MIT because GPL-3.0-only"},
        {"known", "\"MIT\"", "ISC", "pass MIT AND ISC because MIT"},
        {"part", "\"MIT\"", "ISC", "not evaluated MIT AND ISC because MIT AND ISC"},
        // More than is declared is none, nor is less.
        {"a", "\"MIT\"", "MIT AND ISC", "pass MIT AND ISC because MIT"},
        {"a", "\"MIT\"", "MIT AND GPL-3.0-only", "fail MIT AND GPL-3.0-only because GPL-3.0-only"},
        {"a", "\"MIT\"", "MIT AND LicenseRef-unknown-1",
         "not evaluated MIT AND LicenseRef-unknown-1 because LicenseRef-unknown-1"},
        {"a", "\"MIT AND GPL-2.0-only\"", "MIT", "pass MIT AND GPL-2.0-only because MIT"},
        {"a", "\"MIT OR GPL-3.0-only\"", "GPL-3.0-only", "pass MIT OR GPL-3.0-only because MIT"},
        {"a", "\"MIT OR GPL-3.0-only\"", "MIT AND GPL-3.0-only",
         "pass MIT OR GPL-3.0-only because MIT"},
        {"a", "\"MIT\"", "MIT OR GPL-3.0-only", "pass MIT because MIT"},
        // Of a text nobody knows which versions are meant.
        {"a", "\"LGPL-2.1-or-later\"", "LGPL-2.1-only",
         "pass LGPL-2.1-or-later because LGPL-2.1-or-later"},
        {"a", "\"LGPL-2.1+\"", "LGPL-3.0-only AND GPL-3.0-only",
         "pass LGPL-2.1-or-later because LGPL-2.1-or-later"},
        {"a", "\"LGPL-2.1-only\"", "LGPL-3.0-only",
         "not evaluated LGPL-2.1-only AND LGPL-3.0-only because "
         "LGPL-2.1-only AND LGPL-3.0-only"},
        // A name without a kind is any of it, and the text says which.
        {"a", "\"BSD\"", "BSD-2-Clause", "pass BSD-3-Clause AND BSD-2-Clause because BSD-3-Clause"},
        {"a", "\"BSD-3-Clause\"", "BSD-2-Clause",
         "not evaluated BSD-3-Clause AND BSD-2-Clause because BSD-3-Clause AND BSD-2-Clause"},
        // Python's classifiers, where they stand beside what is declared.
        {"a", "\"MIT\",\"License :: OSI Approved :: ISC License (ISCL)\"", "",
         "not evaluated MIT AND ISC because MIT AND ISC"},
        {"a",
         "\"License :: OSI Approved :: MIT License\",\"License :: OSI Approved :: ISC License "
         "(ISCL)\"",
         "", "pass MIT AND ISC because MIT"},
    };
    for (size_t i = 0; i < PT_COUNT(cases); i++) {
        pt_arena a = {0};
        pt_str package = pt_arena_printf(&a, form, cases[i][0], cases[i][1], cases[i][2]);
        assert_str(judged(&a, policy, package.p), cases[i][3]);
        pt_arena_done(&a);
    }
}

static void test_worst_comes_first_then_most(void **state) {
    (void)state;
    pt_arena a = {0};
    assert_str(judged(&a, POLICY,
                      PACKAGE("MIT") "," PACKAGE("ISC") "," PACKAGE("ISC") "," PACKAGE(
                          "GPL-3.0-only") "," PACKAGE("MPL-2.0")),
               "fail GPL-3.0-only because GPL-3.0-only; not evaluated MPL-2.0 because MPL-2.0; "
               "pass ISC because ISC; pass MIT because MIT");
    pt_arena_done(&a);
}

static void test_policy_that_is_wrong_is_told_with_its_line(void **state) {
    (void)state;
    static const char *const cases[][2] = {
        {"", "0 a licence policy is a map that says something"},
        {"[]", "1 a licence policy is a map that says something"},
        {"allowed: MIT", "1 allowed must be a list"},
        {"allowed: [MIT]\nforbidden: [X]", "2 there is no setting forbidden"},
        {"allowed:\n  - MIT\n  - MTI\n", "3 SPDX has no licence MTI"},
        {"denied:\n  - MIT OR ISC\n", "2 this is no licence and no category: MIT OR ISC"},
        {"denied:\n  - 3\n", "2 this is no licence and no category: "},
        {"allowed: [MIT]\nallowed: [ISC]", "2 a key stands twice"},
        {"allowed: [MIT]\n---\ndenied: [ISC]", "2 a second document follows"},
        {"packages:\n  - package: a\n    why: x\n", "2 it lacks one of package, verdict and why"},
        {"packages:\n  - package: a\n    verdict: no\n", "3 verdict is allowed, review or denied"},
        {"packages:\n  - package: a\n    name: no\n", "3 there is no key name"},
        {"packages:\n  - a\n", "2 this must be a map"},
    };
    for (size_t i = 0; i < PT_COUNT(cases); i++) {
        pt_arena a = {0};
        assert_str(judged(&a, cases[i][0], ""), cases[i][1]);
        pt_arena_done(&a);
    }
}

static void test_shipped_policy_can_be_read(void **state) {
    (void)state;
    pt_arena a = {0};
    pt_licence_policy p = {0};
    pt_err e = {0};
    assert_int_equal(pt_licence_policy_read(&a, pt_licence_policy_shipped, PT_STR("p"), &p, &e),
                     PT_OK);
    assert_true(p.rules.n > 0);
    pt_arena_done(&a);
}

// An id that no category has would be for review for ever.
static void test_category_is_known_of_common_licences(void **state) {
    (void)state;
    static const struct {
        const char *id, *with;
        pt_licence_category category;
    } cases[] = {
        {"MIT", "", PT_LICENCE_PERMISSIVE},
        {"Apache-2.0", "LLVM-exception", PT_LICENCE_PERMISSIVE},
        {"MPL-2.0", "", PT_LICENCE_WEAK_COPYLEFT},
        {"LGPL-2.1-or-later", "", PT_LICENCE_WEAK_COPYLEFT},
        {"GPL-3.0-or-later", "", PT_LICENCE_STRONG_COPYLEFT},
        {"GPL-3.0-or-later", "GCC-exception-3.1", PT_LICENCE_WEAK_COPYLEFT},
        {"GPL-3.0-or-later", "Own-exception", PT_LICENCE_STRONG_COPYLEFT},
        {"AGPL-3.0-only", "", PT_LICENCE_NETWORK_COPYLEFT},
        {"SSPL-1.0", "", PT_LICENCE_NETWORK_COPYLEFT},
        {"GPL-2.0-with-classpath-exception", "", PT_LICENCE_WEAK_COPYLEFT},
        {"APSL-2.0", "", PT_LICENCE_NETWORK_COPYLEFT},
        {"Latex2e", "", PT_LICENCE_STRONG_COPYLEFT},
        {"LiLiQ-Rplus-1.1", "", PT_LICENCE_STRONG_COPYLEFT},
        {"OLDAP-1.4", "", PT_LICENCE_WEAK_COPYLEFT},
        {"OLDAP-2.8", "", PT_LICENCE_PERMISSIVE},
        {"NCGL-UK-2.0", "", PT_LICENCE_NON_COMMERCIAL},
        {"CC-BY-3.0-AT", "", PT_LICENCE_PERMISSIVE},
        {"CC-BY-4.0", "", PT_LICENCE_PERMISSIVE},
        {"CC-BY-NC-4.0", "", PT_LICENCE_NON_COMMERCIAL},
        {"BUSL-1.1", "", PT_LICENCE_NON_COMMERCIAL},
        {"LicenseRef-Own", "", PT_LICENCE_UNKNOWN},
    };
    for (size_t i = 0; i < PT_COUNT(cases); i++)
        assert_int_equal(pt_licence_category_of(pt_str_of(cases[i].id), pt_str_of(cases[i].with)),
                         cases[i].category);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_expression_is_judged_by_its_parts),
        cmocka_unit_test(test_exception_that_binds_less_is_not_denied),
        cmocka_unit_test(test_package_has_its_own_rule),
        cmocka_unit_test(test_what_is_recognised_counts_where_nothing_known_is_declared),
        cmocka_unit_test(test_what_contradicts_itself_is_no_pass),
        cmocka_unit_test(test_worst_comes_first_then_most),
        cmocka_unit_test(test_policy_that_is_wrong_is_told_with_its_line),
        cmocka_unit_test(test_shipped_policy_can_be_read),
        cmocka_unit_test(test_category_is_known_of_common_licences),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
