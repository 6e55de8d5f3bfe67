#include <stdio.h>
#include <string.h>

#include "base/testing.h"
#include "judge/conftest/conftest.h"
#include "value/json.h"

static const char *const MAIN[] = {"main"};
static const char *const ALL[] = {"*"};

typedef struct world {
    pt_arena a;
    pt_conftest *c;
    PT_VEC(pt_conftest_verdict) v;
} world;

static void make(world *w, const char *const *namespaces, const char *const *texts) {
    *w = (world){0};
    w->c = pt_conftest_new(&w->a, namespaces, 1);
    assert_non_null(w->c);
    for (size_t i = 0; texts[i]; i++) {
        pt_str file = pt_arena_printf(&w->a, "%c.rego", (char)('a' + i));
        assert_int_equal(pt_conftest_add(w->c, file, pt_str_of(texts[i]), NULL), PT_OK);
    }
    assert_int_equal(pt_conftest_end(w->c, NULL), PT_OK);
}

static void judge(world *w, const char *input) {
    pt_value v;
    pt_fn_world fns = {0};
    size_t n;
    const pt_conftest_rule *rules = pt_conftest_rules(w->c, &n);
    assert_int_equal(pt_json_parse(&w->a, pt_str_of(input), NULL, &v, NULL), PT_OK);
    pt_eval_opts opts = {.input = v, .machine = pt_machine_new(), .world = &fns};
    w->v.n = 0;
    for (size_t i = 0; i < n; i++) {
        pt_conftest_verdict *slot = PT_PUSH(&w->a, &w->v);
        assert_non_null(slot);
        assert_int_equal(pt_conftest_judge(w->c, &w->a, &rules[i], &opts, slot, NULL), PT_OK);
    }
    pt_machine_free(opts.machine);
}

#define TEXTS(...) ((const char *const[]){__VA_ARGS__, NULL})

static void test_rules_names_and_notes(void **state) {
    (void)state;
    world w;
    make(&w, MAIN,
         TEXTS("# METADATA\n# title: No latest\n# description: Tags move.\npackage main\n"
               "# METADATA\n# title: Latest\n# description: Tags move.\n"
               "deny_latest contains \"x\" if input.a\nwarn contains \"w\"\n"
               "violation contains {\"msg\": \"v\"}\ndenying contains 1\n"
               "deny_ contains 1\ndeny(x) := x\n",
               "package other\ndeny contains \"o\"\n"));
    size_t n;
    const pt_conftest_rule *r = pt_conftest_rules(w.c, &n);
    assert_int_equal(n, 3); // deny(x) is a function, deny_ and denying are other names
    assert_str(r[0].name, "deny_latest");
    assert_str(r[0].title, "Latest");
    assert_str(r[0].description, "Tags move.");
    assert_str(r[0].place.file, "a.rego");
    assert_int_equal(r[0].place.line, 8);
    assert_false(r[0].warns);
    assert_str(r[1].name, "warn");
    assert_str(r[2].name, "violation");
    pt_arena_done(&w.a);
}

static void test_judge_strings_and_objects(void **state) {
    (void)state;
    world w;
    make(&w, MAIN,
         TEXTS("package main\ndeny contains \"x\" if input.a\nwarn contains \"w\" if input.w\n"
               "violation_named contains {\"msg\": \"v\"} if input.v\n",
               "package other\ndeny contains \"o\"\n"));
    judge(&w, "{\"a\": 1, \"v\": 1}");
    assert_int_equal(w.v.n, 3);
    assert_str(w.v.v[0].rule->name, "deny");
    assert_int_equal(w.v.v[0].outcome, PT_CONFTEST_BAD);
    assert_str(w.v.v[0].messages.v[0].text, "x");
    assert_str(w.v.v[1].rule->name, "warn");
    assert_true(w.v.v[1].rule->warns);
    assert_int_equal(w.v.v[1].outcome, PT_CONFTEST_GOOD);
    assert_str(w.v.v[2].messages.v[0].text, "v");
    pt_arena_done(&w.a);
}

static void test_members_of_the_document_that_modules_ask_for(void **state) {
    (void)state;
    world w;
    pt_place at;
    make(&w, MAIN,
         TEXTS("package main\nimport data.lib\ndeny contains \"x\" if {\n  lib.bad\n"
               "  input[\"licences\"]\n  input.image.settings.user\n}\n",
               "package lib\nbad if some s in input.secrets\n",
               "package other\ndeny contains \"o\" if input.index\n"));
    assert_true(pt_conftest_asks(w.c, PT_STR("secrets"), &at));
    assert_str(at.file, "b.rego");
    assert_int_equal(at.line, 2);
    assert_true(pt_conftest_asks(w.c, PT_STR("licences"), &at));
    assert_int_equal(at.line, 5);
    assert_true(pt_conftest_asks(w.c, PT_STR("image.settings"), &at));
    assert_int_equal(at.line, 6);
    assert_false(pt_conftest_asks(w.c, PT_STR("image.history"), &at));
    assert_false(pt_conftest_asks(w.c, PT_STR("index"), &at)); // of no module of the program
    judge(&w, "{\"secrets\": [1], \"licences\": 1, \"image\": {\"settings\": {\"user\": 1}}}");
    assert_str(pt_text(w.v.v[0].messages.v[0].of), "x");
    pt_arena_done(&w.a);
}

static void test_judge_all_namespaces_and_both_versions(void **state) {
    (void)state;
    world w;
    make(&w, ALL,
         TEXTS("package main\ndeny[\"x\"] { input.a }\n",
               "package a.b\ndeny contains \"o\" if input.a\n"));
    judge(&w, "{\"a\": 1}");
    assert_int_equal(w.v.n, 2);
    assert_int_equal(w.v.v[0].outcome, PT_CONFTEST_BAD);
    assert_str(w.v.v[1].rule->package, "a.b");
    assert_int_equal(w.v.v[1].outcome, PT_CONFTEST_BAD);
    pt_arena_done(&w.a);
}

static void test_judge_exceptions(void **state) {
    (void)state;
    world w;
    make(&w, MAIN,
         TEXTS("package main\ndeny_root contains \"x\"\ndeny contains \"y\"\n"
               "exception contains [\"root\"] if input.trusted\n"));
    judge(&w, "{\"trusted\": true}");
    assert_int_equal(w.v.v[0].outcome, PT_CONFTEST_EXCEPT);
    assert_int_equal(w.v.v[1].outcome, PT_CONFTEST_BAD);
    judge(&w, "{}");
    assert_int_equal(w.v.v[0].outcome, PT_CONFTEST_BAD);
    pt_arena_done(&w.a);
}

static void test_judge_what_cannot_be_judged_is_an_error(void **state) {
    (void)state;
    world w;
    make(&w, MAIN,
         TEXTS("package main\ndeny contains 1\ndeny contains \"x\"\n"
               "warn contains \"w\" if f\nf := 1\nf := 2 if input.a\n"));
    judge(&w, "{\"a\": 1}");
    assert_int_equal(w.v.v[0].outcome, PT_CONFTEST_ERROR);
    assert_int_equal(w.v.v[0].messages.n, 1);
    assert_int_equal(w.v.v[1].outcome, PT_CONFTEST_ERROR);
    assert_true(pt_str_has(w.v.v[1].messages.v[0].text, PT_STR("eval_conflict_error")));
    pt_arena_done(&w.a);
}

static void test_judge_one_rule_without_memory_or_time_leaves_the_others(void **state) {
    (void)state;
    world w;
    size_t n;
    pt_arena small;
    pt_conftest_verdict v;
    make(&w, MAIN,
         TEXTS("package main\ndeny_hog contains \"h\" if count(numbers.range(1, 1000000)) > 1\n"
               "deny_other contains \"x\"\n"));
    const pt_conftest_rule *rules = pt_conftest_rules(w.c, &n);
    pt_fn_world fns = {0};
    pt_eval_opts opts = {.input = pt_null(), .machine = pt_machine_new(), .world = &fns};
    assert_int_equal(n, 2);
    pt_arena_init(&small, 1 << 20);
    assert_int_equal(pt_conftest_judge(w.c, &small, &rules[0], &opts, &v, NULL), PT_E_NOMEM);
    pt_arena_clear(&small);
    assert_int_equal(pt_conftest_judge(w.c, &small, &rules[1], &opts, &v, NULL), PT_OK);
    assert_int_equal(v.outcome, PT_CONFTEST_BAD);
    assert_false(v.late);
    fns.deadline_ns = 1;
    assert_int_equal(pt_conftest_judge(w.c, &w.a, &rules[0], &opts, &v, NULL), PT_OK);
    assert_int_equal(v.outcome, PT_CONFTEST_ERROR);
    assert_true(v.late);
    pt_machine_free(opts.machine);
    pt_arena_done(&small);
    pt_arena_done(&w.a);
}

static void test_end_takes_what_the_namespaces_refer_to(void **state) {
    (void)state;
    static const struct {
        const char *main, *lib;
        bool taken;
    } cases[] = {
        {"deny contains \"x\"", "data.lib.b", true},
        {"import data.lib.b as c\ndeny contains \"x\" if c.y", NULL, true},
        {"deny contains \"x\" if data.lib[input.z].y", NULL, true},
        {"deny contains \"x\" if data[input.z]", NULL, true},
        {"deny contains \"x\" if count(data) > 1", NULL, true},
        {"deny contains \"x\" if data.lib", NULL, true},
        {"deny contains \"x\" if data.lib.b.y.z", NULL, true},
        {"deny contains \"x\" if data.libs.b.y", NULL, false},
        {"deny contains \"x\" if data.lib.c.y", NULL, false},
        {"deny contains \"x\" if input.lib.b", NULL, false},
    };
    for (size_t i = 0; i < PT_COUNT(cases); i++) {
        world w;
        size_t n;
        pt_str more = cases[i].lib ? pt_str_of(cases[i].lib) : PT_STR("1");
        char text[256];
        snprintf(text, sizeof text, "package main\n%s\nother := %.*s\n", cases[i].main,
                 PT_PRI(more));
        make(&w, MAIN, TEXTS(text, "package lib.b\ny := data.lib.missing.f(1)\n"));
        pt_conftest_faults(w.c, &n);
        if ((n > 0) != cases[i].taken)
            print_error("%s: %zu faults\n", cases[i].main, n);
        assert_int_equal(n > 0, cases[i].taken);
        pt_arena_done(&w.a);
    }
}

static void test_end_faults_with_places(void **state) {
    (void)state;
    world w;
    size_t n;
    make(&w, MAIN, TEXTS("package main\ndeny contains x\n", "package main\nwarn contains \"w\"\n"));
    const pt_conftest_fault *f = pt_conftest_faults(w.c, &n);
    assert_int_equal(n, 1);
    assert_str(f->place.file, "a.rego");
    assert_int_equal(f->place.line, 2);
    assert_true(pt_str_starts(f->message, PT_STR("rego_unsafe_var_error: ")));
    judge(&w, "{}");
    assert_int_equal(w.v.n, 0);
    pt_arena_done(&w.a);
    make(&w, MAIN, TEXTS("package main\ndeny contains \"x\"\n", "package main\nwarn := true\n"));
    f = pt_conftest_faults(w.c, &n);
    assert_int_equal(n, 1);
    assert_str(f->place.file, "b.rego");
    assert_int_equal(f->place.line, 2);
    assert_true(pt_str_starts(f->message, PT_STR("data.main.warn holds no messages: ")));
    pt_arena_done(&w.a);
    make(&w, MAIN, TEXTS("package main\ndeny contains\n"));
    f = pt_conftest_faults(w.c, &n);
    assert_true(n > 0);
    assert_true(pt_str_starts(f->message, PT_STR("rego_parse_error: ")));
    pt_arena_done(&w.a);
}

static void test_what_the_schema_does_not_have_is_a_fault(void **state) {
    (void)state;
    static const char *const modules[] = {
        "package main\ndeny contains \"x\" if {\n\tsome p in input.things\n\tp.nmae\n}\n",
        "package main\ndeny[msg] { msg := input.thins[_] }\n",
    };
    static const char *const details[] = {"have: \"nmae\"", "have: \"thins\""};
    static const uint32_t lines[] = {4, 2};
    for (size_t i = 0; i < PT_COUNT(modules); i++) {
        pt_arena a = {0};
        pt_value schema;
        size_t n;
        pt_conftest *c = pt_conftest_new(&a, MAIN, 1);
        assert_int_equal(
            pt_json_parse(&a,
                          PT_STR("{\"type\": \"object\", \"properties\": {\"things\": {\"type\": "
                                 "\"array\", \"items\": {\"type\": \"object\", \"properties\": "
                                 "{\"name\": {\"type\": \"string\"}}}}}}"),
                          NULL, &schema, NULL),
            PT_OK);
        pt_conftest_schema(c, schema);
        assert_int_equal(pt_conftest_add(c, PT_STR("a.rego"), pt_str_of(modules[i]), NULL), PT_OK);
        assert_int_equal(pt_conftest_end(c, NULL), PT_OK);
        const pt_conftest_fault *f = pt_conftest_faults(c, &n);
        assert_int_equal(n, 1);
        assert_true(pt_str_starts(f->message, PT_STR("rego_type_error: undefined ref: ")));
        assert_true(pt_str_find_str(f->details, pt_str_of(details[i])) < f->details.n);
        assert_int_equal(f->place.line, lines[i]);
        pt_conftest_rules(c, &n);
        assert_int_equal(n, 0);
        pt_arena_done(&a);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_the_schema_does_not_have_is_a_fault),
        cmocka_unit_test(test_rules_names_and_notes),
        cmocka_unit_test(test_judge_strings_and_objects),
        cmocka_unit_test(test_members_of_the_document_that_modules_ask_for),
        cmocka_unit_test(test_judge_all_namespaces_and_both_versions),
        cmocka_unit_test(test_judge_exceptions),
        cmocka_unit_test(test_judge_what_cannot_be_judged_is_an_error),
        cmocka_unit_test(test_judge_one_rule_without_memory_or_time_leaves_the_others),
        cmocka_unit_test(test_end_takes_what_the_namespaces_refer_to),
        cmocka_unit_test(test_end_faults_with_places),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
