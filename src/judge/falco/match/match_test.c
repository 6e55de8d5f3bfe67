// Conditions, outputs and errors as tables: testdata/*.txt. Lines:
//   event TYPE KEY=VALUE …   what follows is asked about it
//   T CONDITION, F CONDITION it is true, false
//   > OUTPUT                 what it prints must be the next line, which begins with "= "
//   { OUTPUT                 its fields must be the next line, as JSON
//   doc JSON                 likewise, about an audit event
//   source NAME              of the conditions that follow
//   ! CONDITION              it is refused: the next line begins with "= " and is in the message
//   !> OUTPUT                likewise of an output
//   ? CONDITION              the next line is all that is said of it: warnings, types
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/testing.h"
#include "judge/falco/match/testing_event.h"
#include "judge/falco/rules.h"
#include "value/json.h"

typedef struct tester {
    pt_arena a;       // of the file
    pt_arena event_a; // of the event
    const pt_falco_source *source;
    pt_testing_event event;
    size_t line;
    size_t checked, failed;
} tester;

static void complain(tester *t, const char *what, pt_str text, pt_str got) {
    t->failed++;
    print_error("line %zu: %s: %.*s: %.*s\n", t->line, what, PT_PRI(text), PT_PRI(got));
}

static pt_str error_text(pt_arena *a, const pt_err *e) {
    return pt_arena_printf(a, "%s", e->what);
}

// One rule's program.
static pt_code program_of(pt_arena *a, const pt_falco_source *s, pt_str condition, pt_str output,
                          pt_falco_program **ret, pt_err *e) {
    const pt_filter *f = NULL;
    const pt_falco_compile_options o = {.least = PT_FALCO_DEBUG};
    pt_code code = pt_filter_parse(a, condition, &f, e);
    if (code)
        return code;
    const pt_falco_rule rule = {.name = PT_STR("r"),
                                .source = pt_str_of(s->name),
                                .filter = f,
                                .output = output,
                                .enabled = true};
    return pt_falco_compile(s, &rule, 1, &o, ret, e);
}

static void check_condition(tester *t, pt_str condition, bool wanted) {
    pt_arena a = {0};
    pt_err e = {0};
    pt_falco_program *p = NULL;
    pt_falco_run *r = NULL;
    const uint32_t *matched;
    t->checked++;
    if (program_of(&a, t->source, condition, PT_STR("x"), &p, &e) || pt_falco_run_new(p, &r, &e)) {
        complain(t, "refused", condition, error_text(&a, &e));
    } else {
        pt_falco_run_context(r, &t->event.context);
        // Twice: nothing of an event may be left for the next one.
        for (int i = 0; i < 2; i++)
            if ((pt_falco_match(r, &t->event.ev, &matched) == 1) != wanted)
                complain(t, wanted ? "is false" : "is true", condition, PT_STR(""));
        // What it can be true for has this type in it.
        if (wanted && !pt_event_set_has(pt_falco_program_types(p), t->event.ev.type))
            complain(t, "types", condition, PT_STR(""));
    }
    pt_falco_run_free(r);
    pt_falco_program_free(p);
    pt_arena_done(&a);
}

static void check_output(tester *t, pt_str output, bool fields, pt_str wanted) {
    pt_arena a = {0};
    pt_err e = {0};
    pt_falco_program *p = NULL;
    pt_falco_run *r = NULL;
    pt_str got = {0};
    t->checked++;
    if (program_of(&a, t->source, PT_STR("evt.num exists"), output, &p, &e) ||
        pt_falco_run_new(p, &r, &e)) {
        got = error_text(&a, &e);
    } else {
        pt_falco_run_context(r, &t->event.context);
        pt_buf b = PT_BUF(1 << 16);
        if (fields)
            PT_IGNORE(pt_json_write(&b, pt_falco_output_fields(r, &a, 0, &t->event.ev), NULL, &e));
        else
            pt_buf_put(&b, pt_falco_output(r, &a, 0, &t->event.ev));
        got = pt_arena_str(&a, pt_buf_str(&b));
        pt_buf_done(&b);
    }
    if (!pt_str_eq(got, wanted))
        complain(t, "prints", output, got);
    pt_falco_run_free(r);
    pt_falco_program_free(p);
    pt_arena_done(&a);
}

static void check_refusal(tester *t, pt_str text, bool output, pt_str wanted) {
    pt_arena a = {0};
    pt_err e = {0};
    pt_falco_checked said = {0};
    const pt_filter *f = NULL;
    pt_code code = output ? pt_falco_check_output(&a, t->source, text, &said, &e)
                          : pt_filter_parse(&a, text, &f, &e);
    t->checked++;
    if (!output && !code)
        code = pt_falco_check(&a, t->source, f, &said, &e);
    if (code != PT_E_FORMAT || !pt_str_has(pt_str_of(e.what), wanted))
        complain(t, "says", text, error_text(&a, &e));
    pt_arena_done(&a);
}

static pt_str said_of(pt_arena *a, const pt_falco_checked *said) {
    pt_buf b = PT_BUF(1 << 16);
    size_t n = 0;
    for (pt_event_type i = 0; i < PT_EVENT_TYPES; i++)
        n += pt_event_set_has(&said->types, i);
    for (pt_event_type i = 0; i < PT_EVENT_TYPES && n < 8; i++)
        if (pt_event_set_has(&said->types, i))
            pt_buf_printf(&b, "%s ", pt_event_name(i));
    if (said->all_types)
        pt_buf_putz(&b, "all ");
    if (said->unsafe_na)
        pt_buf_putz(&b, "<NA> ");
    for (size_t i = 0; i < said->warnings.n; i++)
        pt_buf_printf(&b, "%.*s; ", PT_PRI(said->warnings.v[i]));
    for (size_t i = 0; i < said->deprecated.n; i++)
        pt_buf_printf(&b, "deprecated %.*s ", PT_PRI(said->deprecated.v[i]));
    pt_str s = pt_arena_str(a, pt_str_trim(pt_buf_str(&b)));
    pt_buf_done(&b);
    return s;
}

static void check_said(tester *t, pt_str condition, pt_str wanted) {
    pt_arena a = {0};
    pt_err e = {0};
    pt_falco_checked said = {0};
    const pt_filter *f = NULL;
    t->checked++;
    if (pt_filter_parse(&a, condition, &f, &e) || pt_falco_check(&a, t->source, f, &said, &e))
        complain(t, "refused", condition, error_text(&a, &e));
    else if (!pt_str_eq(said_of(&a, &said), wanted))
        complain(t, "says", condition, said_of(&a, &said));
    pt_arena_done(&a);
}

static bool answer(tester *t, pt_str *rest, pt_str *ret) {
    if (!pt_str_split(rest, '\n', ret) || !pt_str_starts(*ret, PT_STR("=")))
        return false;
    t->line++;
    *ret = pt_str_sub(*ret, 2, ret->n);
    return true;
}

static void new_event(tester *t, pt_str line) {
    pt_str bad;
    pt_testing_event_done(&t->event);
    pt_arena_clear(&t->event_a);
    if (!pt_testing_event_read(&t->event_a, line, &t->event, &bad))
        complain(t, "no such key, or no such value", bad, line);
    t->source = t->event.ev.type == PT_EVENT_PLUGIN ? &pt_falco_k8s_audit : &pt_falco_syscall;
}

static void new_document(tester *t, pt_str text) {
    pt_err e = {0};
    new_event(t, PT_STR("pluginevent time=1700000000123456789"));
    if (pt_json_parse(&t->event_a, text, NULL, &t->event.ev.doc, &e))
        complain(t, "no JSON", text, error_text(&t->event_a, &e));
}

static void one_line(tester *t, pt_str line, pt_str *rest) {
    static const pt_str words[] = {{"T ", 2},   {"F ", 2},     {"> ", 2}, {"{ ", 2},
                                   {"! ", 2},   {"!> ", 3},    {"? ", 2}, {"event ", 6},
                                   {"doc ", 4}, {"source ", 7}};
    size_t i = 0;
    pt_str wanted = {0};
    while (i < PT_COUNT(words) && !pt_str_starts(line, words[i]))
        i++;
    if (i == PT_COUNT(words)) {
        complain(t, "no such line", line, PT_STR(""));
        return;
    }
    pt_str text = pt_str_sub(line, words[i].n, line.n);
    if (i >= 2 && i < 7 && !answer(t, rest, &wanted))
        complain(t, "no answer follows", line, PT_STR(""));
    if (i < 2)
        check_condition(t, text, i == 0);
    else if (i < 4)
        check_output(t, text, i == 3, wanted);
    else if (i < 6)
        check_refusal(t, text, i == 5, wanted);
    else if (i == 6)
        check_said(t, text, wanted);
    else if (i == 7)
        new_event(t, text);
    else if (i == 8)
        new_document(t, text);
    else
        t->source = pt_str_eqz(text, "k8s_audit") ? &pt_falco_k8s_audit : &pt_falco_syscall;
}

static pt_str file_text(pt_arena *a, const char *name) {
    const char *root = getenv("PT_TESTDATA");
    pt_buf b = PT_BUF(4 << 20);
    FILE *in = fopen(
        pt_arena_printf(a, "%s/judge/falco/match/testdata/%s", root ? root : ".", name).p, "r");
    int c;
    assert_non_null(in);
    while ((c = fgetc(in)) != EOF)
        pt_buf_putc(&b, (char)c);
    fclose(in);
    pt_str s = pt_arena_str(a, pt_buf_str(&b));
    pt_buf_done(&b);
    return s;
}

static void run_file(const char *name) {
    tester t = {.source = &pt_falco_syscall};
    pt_str rest = file_text(&t.a, name);
    pt_str line;
    new_event(&t, PT_STR("getpid"));
    while (pt_str_split(&rest, '\n', &line)) {
        t.line++;
        if (line.n && line.p[0] != '#')
            one_line(&t, line, &rest);
    }
    print_message("# %s: %zu checked\n", name, t.checked);
    assert_int_equal(t.failed, 0);
    assert_true(t.checked > 20);
    pt_testing_event_done(&t.event);
    pt_arena_done(&t.event_a);
    pt_arena_done(&t.a);
}

static void test_match_operators_as_the_language_says(void **state) {
    (void)state;
    run_file("operators.txt");
}

static void test_match_fields_of_system_calls(void **state) {
    (void)state;
    run_file("fields.txt");
}

static void test_match_fields_of_audit_events(void **state) {
    (void)state;
    run_file("audit.txt");
}

static void test_match_outputs_and_refusals(void **state) {
    (void)state;
    run_file("outputs.txt");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_match_operators_as_the_language_says),
        cmocka_unit_test(test_match_fields_of_system_calls),
        cmocka_unit_test(test_match_fields_of_audit_events),
        cmocka_unit_test(test_match_outputs_and_refusals),
    };
    return cmocka_run_group_tests_name("judge_falco_match", tests, NULL, NULL);
}
