// The cases are in testdata/rules.cases: files, and what loading them gives. A line that begins
// with @ is an instruction:
//   @case TITLE                      begins a case
//   @file NAME                       the lines that follow are this file
//   @select on|off tag|name WHAT, @plugin NAME VERSION, @append rule=R source=S tag=T … | OUTPUT
//   @error CODE TYPE 'NAME' | MESSAGE    the error; without one loading must succeed
//   @warning CODE TYPE 'NAME' | MESSAGE  all warnings in order, each one; MESSAGE may be left out
//   @rules A, B                      the rules that are on, in order
//   @condition|@output|@written|@tags|@priority|@desc RULE | TEXT
//   @line RULE | LINE CONDITION-LINE
//   @at LINE COLUMN                  of the error
//   @schema failed                   else it must be kept
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/testing.h"
#include "judge/falco/rules.h"

typedef struct rules_case {
    pt_arena a;
    pt_str title;
    PT_VEC(pt_falco_file) files;
    PT_VEC(struct pt_falco_select) selects;
    PT_VEC(struct pt_falco_plugin) plugins;
    PT_VEC(struct pt_falco_append) appends;
    PT_VEC(pt_str) wanted;          // the instructions that say what must come of it
    size_t errors, warnings, wrong; // those that were looked at
    bool breaks_schema;
} rules_case;

// "'a b' rest" or "a rest"
static pt_str word(pt_str *rest) {
    *rest = pt_str_trim(*rest);
    char end = rest->n && rest->p[0] == '\'' ? '\'' : ' ';
    size_t from = end == '\'';
    size_t to = from + pt_str_find(pt_str_sub(*rest, from, rest->n), end);
    pt_str ret = pt_str_sub(*rest, from, to);
    *rest = pt_str_trim(pt_str_sub(*rest, to + 1, rest->n));
    return ret;
}

static pt_str behind_bar(pt_str *rest) {
    size_t bar = pt_str_find_str(*rest, PT_STR("| "));
    pt_str ret = pt_str_sub(*rest, bar + 2, rest->n);
    *rest = pt_str_trim(pt_str_sub(*rest, 0, bar));
    return ret;
}

static void add_append(rules_case *c, pt_str rest) {
    struct pt_falco_append *x = PT_PUSH(&c->a, &c->appends);
    *x = (struct pt_falco_append){.output = behind_bar(&rest)};
    PT_VEC(pt_str) tags = {0};
    while (rest.n) {
        pt_str one = word(&rest);
        if (pt_str_starts(one, PT_STR("rule=")))
            x->rule = pt_str_sub(one, 5, one.n);
        else if (pt_str_starts(one, PT_STR("source=")))
            x->source = pt_str_sub(one, 7, one.n);
        else
            *PT_PUSH(&c->a, &tags) = pt_str_sub(one, 4, one.n);
    }
    x->tags = tags.v;
    x->n_tags = tags.n;
}

static void add_instruction(rules_case *c, pt_str what, pt_str rest) {
    if (pt_str_eqz(what, "select")) {
        struct pt_falco_select *s = PT_PUSH(&c->a, &c->selects);
        s->on = pt_str_eqz(word(&rest), "on");
        s->by_tag = pt_str_eqz(word(&rest), "tag");
        s->what = rest;
    } else if (pt_str_eqz(what, "plugin")) {
        struct pt_falco_plugin *p = PT_PUSH(&c->a, &c->plugins);
        p->name = pt_arena_str(&c->a, word(&rest)).p;
        p->version = pt_arena_str(&c->a, rest).p;
    } else if (pt_str_eqz(what, "append")) {
        add_append(c, rest);
    } else {
        fail_msg("unknown instruction @%.*s", PT_PRI(what));
    }
}

static const char *const outcomes =
    "error warning rules condition output written tags priority desc "
    "line at schema";

static bool is_field_of_case(pt_str what) {
    return pt_str_in_list(what, pt_str_of(outcomes), ' ');
}

// -- what loading gave ----------------------------------------------------------------------------

static const pt_falco_rule *rule_named(const pt_falco_rules *r, pt_str name) {
    for (size_t i = 0; i < r->n_rules; i++)
        if (pt_str_eq(r->rules[i].name, name))
            return &r->rules[i];
    return NULL;
}

PT_FORMAT(2, 3) static void wrong(rules_case *c, const char *fmt, ...) {
    va_list ap;
    va_start(ap, fmt);
    print_error("%.*s: ", PT_PRI(c->title));
    vprint_error(fmt, ap);
    print_error("\n");
    va_end(ap);
    c->wrong++;
}

static void same(rules_case *c, pt_str got, pt_str wanted) {
    if (!pt_str_eq(got, wanted))
        wrong(c, "\"%.*s\" is not \"%.*s\"", PT_PRI(got), PT_PRI(wanted));
}

static void check_said(rules_case *c, const pt_falco_said *said, pt_str rest) {
    bool message = pt_str_has(rest, PT_STR("| "));
    pt_str text = behind_bar(&rest);
    same(c, pt_str_of(said->code), word(&rest));
    same(c, said->item_type, word(&rest));
    same(c, said->item_name, rest.n ? word(&rest) : PT_STR(""));
    if (message)
        same(c, said->message, text);
    if (!said->line || !said->file.n)
        wrong(c, "%s without a place", said->code);
}

static pt_str names_on(pt_arena *a, const pt_falco_rules *r) {
    pt_str ret = {0};
    for (size_t i = 0; i < r->n_rules; i++)
        if (r->rules[i].enabled)
            ret = pt_arena_printf(a, "%.*s%s%.*s", PT_PRI(ret), ret.n ? ", " : "",
                                  PT_PRI(r->rules[i].name));
    return ret;
}

static pt_str tags_of(pt_arena *a, const pt_falco_rule *r) {
    pt_str ret = {0};
    for (size_t i = 0; i < r->n_tags; i++)
        ret = pt_arena_printf(a, "%.*s%s%.*s", PT_PRI(ret), i ? " " : "", PT_PRI(r->tags[i]));
    return ret;
}

static void check_rule(rules_case *c, const pt_falco_rules *got, pt_str what, pt_str rest) {
    pt_str wanted = behind_bar(&rest);
    const pt_falco_rule *r = rule_named(got, rest);
    if (!r) {
        wrong(c, "no rule '%.*s'", PT_PRI(rest));
        return;
    }
    if (pt_str_eqz(what, "condition"))
        same(c, pt_filter_text(&c->a, r->filter), wanted);
    else if (pt_str_eqz(what, "output"))
        same(c, r->compiled_output, wanted);
    else if (pt_str_eqz(what, "written"))
        same(c, r->condition, wanted);
    else if (pt_str_eqz(what, "tags"))
        same(c, tags_of(&c->a, r), wanted);
    else if (pt_str_eqz(what, "priority"))
        same(c, pt_str_of(pt_falco_priority_names[r->priority]), wanted);
    else if (pt_str_eqz(what, "desc"))
        same(c, r->description, wanted);
    else
        same(c, pt_arena_printf(&c->a, "%u %u", r->line, r->condition_line), wanted);
}

static void check_outcome(rules_case *c, const pt_falco_rules *got, pt_str what, pt_str rest) {
    static const pt_falco_said nothing = {.code = "nothing was said"};
    bool error = pt_str_eqz(what, "error");
    if (error || pt_str_eqz(what, "warning")) {
        size_t *n = error ? &c->errors : &c->warnings;
        size_t all = error ? got->n_errors : got->n_warnings;
        const pt_falco_said *said = error ? got->errors : got->warnings;
        check_said(c, *n < all ? &said[*n] : &nothing, rest);
        ++*n;
    } else if (pt_str_eqz(what, "rules")) {
        same(c, names_on(&c->a, got), rest);
    } else if (pt_str_eqz(what, "at")) {
        same(c,
             got->n_errors
                 ? pt_arena_printf(&c->a, "%u %u", got->errors[0].line, got->errors[0].column)
                 : PT_STR("none"),
             rest);
    } else if (pt_str_eqz(what, "schema")) {
        c->breaks_schema = true;
    } else {
        check_rule(c, got, what, rest);
    }
}

static size_t check_case(rules_case *c) {
    static const pt_falco_source *const known[] = {&pt_falco_syscall, &pt_falco_k8s_audit};
    static const pt_falco_sources sources = {known, PT_COUNT(known)};
    pt_falco_load_options o = {&sources,     c->plugins.v, c->plugins.n, c->selects.v,
                               c->selects.n, c->appends.v, c->appends.n};
    pt_falco_rules got = {0};
    pt_err e = {0};
    assert_int_equal(pt_falco_load(&c->a, c->files.v, c->files.n, &o, &got, &e), PT_OK);
    for (size_t i = 0; i < c->wanted.n; i++) {
        pt_str rest = c->wanted.v[i];
        pt_str what = word(&rest);
        check_outcome(c, &got, what, rest);
    }
    for (size_t i = c->errors; i < got.n_errors; i++)
        wrong(c, "refused: %s %.*s '%.*s': %.*s", got.errors[i].code,
              PT_PRI(got.errors[i].item_type), PT_PRI(got.errors[i].item_name),
              PT_PRI(got.errors[i].message));
    for (size_t i = c->warnings; i < got.n_warnings; i++)
        wrong(c, "warned: %s %.*s '%.*s': %.*s", got.warnings[i].code,
              PT_PRI(got.warnings[i].item_type), PT_PRI(got.warnings[i].item_name),
              PT_PRI(got.warnings[i].message));
    if (got.schema_ok == c->breaks_schema)
        wrong(c, got.schema_ok ? "keeps the schema" : "breaks the schema");
    assert_int_equal(got.ok, got.n_errors == 0);
    size_t ret = c->wrong;
    pt_arena_done(&c->a);
    *c = (rules_case){0};
    return ret;
}

static pt_str read_cases(pt_arena *a) {
    const char *root = getenv("PT_TESTDATA");
    if (!root)
        return (pt_str){0};
    FILE *f = fopen(pt_arena_printf(a, "%s/judge/falco/testdata/rules.cases", root).p, "re");
    assert_non_null(f);
    char *p = pt_arena_take(a, 1 << 20);
    size_t n = fread(p, 1, 1 << 20, f);
    assert_int_equal(fclose(f), 0);
    return (pt_str){p, n};
}

static void test_rules_cases(void **state) {
    (void)state;
    pt_arena a = {0};
    pt_str rest = read_cases(&a);
    if (!rest.p)
        skip_because("PT_TESTDATA is not set");
    rules_case c = {0};
    pt_str *text = NULL; // of the file that is being read
    pt_str line;
    size_t n = 0;
    size_t bad = 0;
    while (pt_str_split(&rest, '\n', &line)) {
        if (!pt_str_starts(line, PT_STR("@"))) {
            if (text)
                text->n = (size_t)(line.p + line.n + 1 - text->p);
            continue;
        }
        pt_str what = pt_str_sub(line, 1, line.n);
        pt_str more = what;
        pt_str head = word(&more);
        text = NULL;
        if (pt_str_eqz(head, "case")) {
            bad += c.title.n ? check_case(&c) : 0;
            c.title = more;
            n++;
        } else if (pt_str_eqz(head, "file")) {
            pt_falco_file *f = PT_PUSH(&c.a, &c.files);
            *f = (pt_falco_file){more, {rest.p, 0}};
            text = &f->text;
        } else if (is_field_of_case(head)) {
            *PT_PUSH(&c.a, &c.wanted) = what;
        } else {
            add_instruction(&c, head, more);
        }
    }
    bad += check_case(&c);
    assert_int_equal(bad, 0);
    assert_true(n > 60);
    pt_arena_done(&a);
}

// -- limits ---------------------------------------------------------------------------------------

static pt_code load_text(pt_arena *a, pt_str text, pt_falco_rules *ret) {
    static const pt_falco_source *const known[] = {&pt_falco_syscall};
    static const pt_falco_sources sources = {known, PT_COUNT(known)};
    const pt_falco_load_options o = {.sources = &sources};
    const pt_falco_file file = {PT_STR("a.yaml"), text};
    pt_err e = {0};
    return pt_falco_load(a, &file, 1, &o, ret, &e);
}

// Each macro twice the one before: what it says grows without its text.
static void test_rules_macros_that_double_are_refused(void **state) {
    (void)state;
    pt_arena a = {0};
    pt_buf b = PT_BUF(1 << 20);
    pt_falco_rules r = {0};
    pt_buf_putz(&b, "- macro: m0\n  condition: evt.type = open\n");
    for (unsigned i = 1; i < 40; i++)
        pt_buf_printf(&b, "- macro: m%u\n  condition: m%u or m%u\n", i, i - 1, i - 1);
    assert_int_equal(load_text(&a, pt_buf_str(&b), &r), PT_E_LIMIT);
    pt_arena_done(&a);
    pt_buf_clear(&b);
    // The same where none is resolved before another needs it.
    for (unsigned i = 0; i < 2; i++) {
        pt_buf_putz(&b, "- macro: m40\n  condition: evt.type = open\n");
        for (unsigned k = 40; k-- > 0;)
            pt_buf_printf(&b, "- macro: m%u\n  condition: m%u or m%u\n", k, k + 1, k + 1);
    }
    assert_int_equal(load_text(&a, pt_buf_str(&b), &r), PT_E_LIMIT);
    pt_arena_done(&a);
    pt_buf_done(&b);
}

static void test_rules_macros_within_macros_are_bounded(void **state) {
    (void)state;
    pt_arena a = {0};
    pt_buf b = PT_BUF(4 << 20);
    pt_falco_rules r = {0};
    // Defined anew, each sees the next one, which is not resolved yet.
    for (unsigned i = 0; i < 2; i++) {
        for (unsigned k = 0; k < PT_FALCO_DEPTH_MAX; k++)
            pt_buf_printf(&b, "- macro: m%u\n  condition: not m%u\n", k, k + 1);
        pt_buf_printf(&b, "- macro: m%u\n  condition: evt.type = open\n", PT_FALCO_DEPTH_MAX);
    }
    assert_int_equal(load_text(&a, pt_buf_str(&b), &r), PT_OK);
    assert_int_equal(r.n_errors, 1);
    assert_string_equal(r.errors[0].code, "LOAD_ERR_COMPILE_CONDITION");
    assert_str(r.errors[0].message, "exceeded max depth limit of 4000");
    pt_arena_done(&a);
    pt_buf_done(&b);
}

static void test_rules_lists_that_grow_are_refused(void **state) {
    (void)state;
    pt_arena a = {0};
    pt_buf b = PT_BUF(16 << 20);
    pt_falco_rules r = {0};
    // Each item is a list that is defined later, so that a condition doubles with each of them.
    for (unsigned i = 0; i < 40; i++)
        pt_buf_printf(&b, "- list: l%u\n  items: [l%u, l%u]\n", i, i + 1, i + 1);
    pt_buf_putz(&b, "- macro: m\n  condition: proc.name in (l0)\n");
    assert_int_equal(load_text(&a, pt_buf_str(&b), &r), PT_E_LIMIT);
    pt_arena_done(&a);
    pt_buf_done(&b);
}

static void test_rules_thousands_of_lists_and_rules_are_loaded(void **state) {
    (void)state;
    pt_arena a = {0};
    pt_buf b = PT_BUF(16 << 20);
    pt_falco_rules r = {0};
    enum {
        N = 3000
    };
    for (unsigned i = 0; i < N; i++)
        pt_buf_printf(&b, "- list: l%u\n  items: [a%u, b%u]\n", i, i, i);
    for (unsigned i = 0; i < N; i++)
        pt_buf_printf(&b,
                      "- rule: r%u\n  desc: d\n  condition: evt.type = open and proc.name in "
                      "(l%u)\n  output: o\n  priority: INFO\n",
                      i, i);
    assert_int_equal(load_text(&a, pt_buf_str(&b), &r), PT_OK);
    assert_true(r.ok);
    assert_int_equal(r.n_warnings, 0);
    assert_int_equal(r.n_rules, N);
    pt_arena_done(&a);
    pt_buf_done(&b);
}

static void test_rules_a_full_arena_is_an_error(void **state) {
    (void)state;
    static const char *const text =
        "- required_plugin_versions: [{name: x, version: 0.1.0}]\n"
        "- list: l\n  items: [a, b]\n- macro: m\n  condition: evt.type = open\n"
        "- rule: r\n  desc: d\n  condition: m and proc.name in (l)\n  output: o\n  priority: INFO\n"
        "  tags: [a, b]\n  exceptions: [{name: x, fields: [fd.name], values: [[/tmp]]}]\n"
        "- rule: r\n  condition: and proc.name = x\n  append: true\n";
    bool loaded = false;
    for (size_t max = 1; !loaded && max < 4 << 20; max += 4096) {
        pt_arena a;
        pt_falco_rules r = {0};
        pt_arena_init(&a, max);
        pt_code code = load_text(&a, pt_str_of(text), &r);
        assert_true(code == PT_OK || code == PT_E_NOMEM);
        loaded = code == PT_OK;
        if (loaded)
            assert_int_equal(r.n_errors, 1); // the plugin
        pt_arena_done(&a);
    }
    assert_true(loaded);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rules_cases),
        cmocka_unit_test(test_rules_macros_that_double_are_refused),
        cmocka_unit_test(test_rules_macros_within_macros_are_bounded),
        cmocka_unit_test(test_rules_lists_that_grow_are_refused),
        cmocka_unit_test(test_rules_thousands_of_lists_and_rules_are_loaded),
        cmocka_unit_test(test_rules_a_full_arena_is_an_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
