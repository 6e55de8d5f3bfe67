#include <string.h>

#include "base/testing.h"
#include "fact/licence.h"
#include "value/json.h"

// Its canonical text, "?" behind it if SPDX does not list all of it; "! what" is wrong.
static pt_str canonical(pt_arena *a, pt_str s) {
    pt_licence l = {0};
    pt_err e = {0};
    if (pt_licence_parse(a, s, &l, &e))
        return pt_arena_printf(a, "! %s", e.what);
    return pt_arena_printf(a, "%.*s%s", PT_PRI(l.text), l.listed ? "" : "?");
}

static void test_licence_is_made_canonical(void **state) {
    (void)state;
    PT_AUTO(pt_arena_done) pt_arena a = {0};
    static const char *const cases[][2] = {
        {"mit", "MIT"},
        {"(MIT)", "MIT"},
        {"apache-2.0 or (bsd-2-clause or MIT)", "Apache-2.0 OR BSD-2-Clause OR MIT"},
        {"MIT AND (Apache-2.0 OR ISC)", "MIT AND (Apache-2.0 OR ISC)"},
        {"MIT AND ISC OR Zlib AND X11", "MIT AND ISC OR Zlib AND X11"},
        {"(MIT AND ISC) AND Zlib", "MIT AND ISC AND Zlib"},
        {"GPL-2.0+", "GPL-2.0-or-later"},
        {"GPL-2+", "GPL-2.0-or-later"},
        {"gpl-3", "GPL-3.0-only"},
        {"LGPL-2.1", "LGPL-2.1-only"},
        {"GPL-2.0-only WITH classpath-exception-2.0", "GPL-2.0-only WITH Classpath-exception-2.0"},
        {"GPL-2.0 with Own-exception", "GPL-2.0-only WITH Own-exception?"},
        {"GPL-2.0-with-classpath-exception", "GPL-2.0-with-classpath-exception"},
        {"Apache-2.0+", "Apache-2.0+"},
        {"Expat", "MIT"},
        {"LicenseRef-Own.1", "LicenseRef-Own.1"},
        {"DocumentRef-x:LicenseRef-y", "DocumentRef-x:LicenseRef-y"},
        {"DocumentRef-x", "! not a licence expression: a word that is no id"},
        {"GPL", "GPL?"},
        {"Own-1.0 OR MIT", "Own-1.0 OR MIT?"},
        {"", "! not a licence expression: something is missing"},
        {"MIT AND", "! not a licence expression: something is missing"},
        {"AND MIT", "! not a licence expression: an operator without what it joins"},
        {"(MIT", "! not a licence expression: a parenthesis is not closed"},
        {"MIT)", "! not a licence expression: words without an operator between them"},
        {"MIT License", "! not a licence expression: words without an operator between them"},
        {"MIT, ISC", "! not a licence expression: a word that is no id"},
        {"MIT WITH", "! not a licence expression: no exception behind WITH"},
        {"NOASSERTION", "! not a licence expression: nothing is said"},
        {"(NONE)", "! not a licence expression: nothing is said"},
        {"MIT++", "! not a licence expression: a word that is no id"},
    };
    for (size_t i = 0; i < PT_COUNT(cases); i++)
        assert_str(canonical(&a, pt_str_of(cases[i][0])), cases[i][1]);
}

static void test_licence_tree_is_told(void **state) {
    (void)state;
    PT_AUTO(pt_arena_done) pt_arena a = {0};
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(1 << 16);
    pt_licence l = {0};
    assert_int_equal(
        pt_licence_parse(&a, PT_STR("Own OR (MIT AND GPL-2 WITH Bison-exception-2.2)"), &l, NULL),
        PT_OK);
    assert_int_equal(pt_json_write(&b, l.tree, NULL, NULL), PT_OK);
    assert_str(pt_buf_str(&b), "{\"any\":[{\"id\":\"Own\",\"listed\":false},{\"all\":[{\"id\":"
                               "\"MIT\",\"listed\":true},{\"id\":\"GPL-2.0-only\",\"listed\":true,"
                               "\"with\":\"Bison-exception-2.2\"}]}]}");
    assert_false(l.single);
    assert_int_equal(pt_licence_parse(&a, PT_STR("Own"), &l, NULL), PT_OK);
    assert_true(l.single && !l.listed);
}

static void test_licence_depth_is_bounded(void **state) {
    (void)state;
    PT_AUTO(pt_arena_done) pt_arena a = {0};
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(1 << 16);
    pt_licence l = {0};
    pt_buf_fill(&b, '(', PT_LICENCE_DEPTH_MAX + 1);
    assert_int_equal(pt_licence_parse(&a, pt_buf_str(&b), &l, NULL), PT_E_LIMIT);
    pt_buf_fill(&b, 'x', PT_LICENCE_BYTES_MAX);
    assert_int_equal(pt_licence_parse(&a, pt_buf_str(&b), &l, NULL), PT_E_LIMIT);
}

static void test_licence_of_metadata_is_an_expression(void **state) {
    (void)state;
    static const char *const cases[][2] = {
        {"MIT", "MIT"},
        {"ASL 2.0", "Apache-2.0"},
        {"GPLv2+ and LGPLv2+ and (MIT or BSD)",
         "GPL-2.0-or-later AND LGPL-2.0-or-later AND (MIT OR BSD-3-Clause)"},
        {"GPLv3+ with exceptions", "GPL-3.0-or-later WITH LicenseRef-exceptions"},
        {"License :: OSI Approved :: Apache Software License", "Apache-2.0"},
        {"The Apache License, Version 2.0", "Apache-2.0"},
        {"UNLICENSED", "LicenseRef-proprietary"},
        {"Own", "Own"},
        {"SEE LICENSE IN LICENSE.txt", "!"},
        {"see the file", "!"},
        {"", "!"},
        {"and and", "!"},
        {"()", "!"},
    };
    for (size_t i = 0; i < PT_COUNT(cases); i++) {
        PT_AUTO(pt_arena_done) pt_arena a = {0};
        pt_licence l = {.text = PT_STR("!")};
        PT_IGNORE(pt_licence_named(&a, pt_str_of(cases[i][0]), &l, NULL)); // "!": it is none
        assert_str(l.text, cases[i][1]);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_licence_is_made_canonical),
        cmocka_unit_test(test_licence_tree_is_told),
        cmocka_unit_test(test_licence_depth_is_bounded),
        cmocka_unit_test(test_licence_of_metadata_is_an_expression),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
