// The language, from text to answers: testdata/programs.json holds small programs, each with what
// it gives, and testdata/refused.json those that must not compile, with the messages;
// testdata/schemas.json those that are typed by schemas.
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/fd.h"
#include "base/instant.h"
#include "base/testing.h"
#include "judge/policy/eval.h"
#include "judge/policy/rego/ast_value.h"
#include "judge/policy/rego/compile.h"
#include "judge/policy/rego/parse.h"
#include "value/json.h"

typedef struct program {
    pt_arena a;
    pt_symbols symbols;
    pt_diagnostics d;
    pt_compiler *compiler;
    const pt_query *query;
    bool tell;
} program;

static bool is_builtin(pt_str name) {
    return pt_fn_find(name) != NULL;
}

static pt_value read_cases(pt_arena *a, const char *name) {
    char path[4096];
    PT_AUTO(pt_buf_done) pt_buf text = PT_BUF(4 << 20);
    snprintf(path, sizeof path, "%s/judge/policy/testdata/%s", getenv("PT_TESTDATA"), name);
    PT_AUTO(pt_fd_close) int fd = open(path, O_RDONLY | O_CLOEXEC);
    assert_true(fd >= 0);
    assert_int_equal(pt_fd_read_all(fd, &text, NULL), PT_OK);
    pt_value v = pt_undefined();
    pt_err e = {0};
    if (pt_json_parse(a, pt_arena_str(a, pt_buf_str(&text)), NULL, &v, &e))
        fail_msg("%s:%u: %s", name, e.line, e.what);
    assert_true(pt_len(v) > 0);
    return v;
}

static pt_source *source(program *p, pt_str file, pt_str text) {
    pt_source *s = PT_NEW(&p->a, pt_source, 1);
    if (s)
        *s = (pt_source){file, text};
    return s; // NULL: the arena is full
}

// {"": …, "a/b": …}: the files of --schema, without their ends.
static void add_schemas(program *p, pt_value files, pt_schemas *to) {
    for (size_t i = 0; i < pt_len(files); i++) {
        pt_schema_named *s = PT_PUSH(&p->a, &to->s);
        pt_list path = {.a = &p->a};
        pt_str rest = pt_text(pt_key_at(files, i));
        pt_str step;
        while (rest.n && pt_str_split(&rest, '/', &step))
            pt_list_add(&path, pt_string(step));
        *s = (pt_schema_named){pt_list_end(&path), pt_val_at(files, i)};
    }
}

static bool compile(program *p, pt_value c) {
    pt_parse_opts parse = {.builtin = is_builtin};
    parse.version = pt_true(pt_getz(c, "v0")) ? PT_REGO_V0 : PT_REGO_V1;
    p->symbols.arena = &p->a;
    p->d.arena = &p->a;
    const pt_source *module = source(p, PT_STR("m.rego"), pt_text(pt_getz(c, "module")));
    pt_module *m = module ? pt_parse_module(&p->symbols, module, &parse, &p->d) : NULL;
    pt_schemas schemas = {0};
    add_schemas(p, pt_getz(c, "schemas"), &schemas);
    pt_compile_opts opts = {.data = pt_getz(c, "data"), .tell = p->tell};
    opts.schemas = pt_defined(pt_getz(c, "schemas")) ? &schemas : NULL;
    p->compiler = m ? pt_compile(&p->a, &p->symbols, &m, 1, &opts, &p->d) : NULL;
    if (!p->compiler)
        return false;
    pt_body body = {0};
    const pt_source *q = source(p, (pt_str){0}, pt_text(pt_getz(c, "query")));
    if (!q)
        return false;
    if (!q->text.n)
        return true;
    if (pt_parse_query(&p->symbols, q, &parse, &body, &p->d))
        p->query = pt_compile_query(p->compiler, &body, NULL, &p->d);
    return p->query != NULL;
}

static pt_value json_of(pt_arena *a, pt_value v) {
    pt_buf b = PT_BUF(1 << 20);
    pt_value out = pt_undefined();
    assert_int_equal(pt_json_write(&b, v, NULL, NULL), PT_OK);
    assert_int_equal(pt_json_parse(a, pt_arena_str(a, pt_buf_str(&b)), NULL, &out, NULL), PT_OK);
    pt_buf_done(&b);
    return out;
}

static pt_value answers_of(program *p, const pt_answers *answers) {
    pt_list rows = {.a = &p->a};
    for (size_t i = 0; i < answers->v.n; i++) {
        pt_value *pairs = PT_NEW(&p->a, pt_value, 2 * p->query->n_vars);
        for (size_t k = 0; k < p->query->n_vars; k++) {
            pairs[2 * k] = pt_string(p->query->vars[k]);
            pairs[2 * k + 1] = json_of(&p->a, answers->v.v[i][k]);
        }
        pt_list_add(&rows, pt_object_of(&p->a, pairs, p->query->n_vars, NULL));
    }
    return pt_list_end(&rows);
}

static size_t differences; // said so far: each is shown before the test fails

static void expect_same(pt_value c, pt_value want, pt_value got) {
    if (pt_eq(want, got))
        return;
    pt_buf w = PT_BUF(1 << 16);
    pt_buf g = PT_BUF(1 << 16);
    PT_IGNORE(pt_json_write(&w, want, NULL, NULL)); // what fits is shown
    PT_IGNORE(pt_json_write(&g, got, NULL, NULL));  // likewise
    print_error("%.*s: want %.*s\n  got %.*s\n", PT_PRI(pt_text(pt_getz(c, "note"))),
                PT_PRI(pt_buf_str(&w)), PT_PRI(pt_buf_str(&g)));
    differences++;
    pt_buf_done(&w);
    pt_buf_done(&g);
}

// What is told must fit together: literals that begin, have an answer, fail.
typedef struct heard {
    size_t count[PT_TOLD_CASE + 1];
    size_t frames;
} heard;

static void hear(void *to, const pt_eval_event *e) {
    heard *h = to;
    assert_in_range(e->told, PT_TOLD_ENTER, PT_TOLD_CASE);
    assert_true(e->frame >= 1);
    h->count[e->told]++;
    h->frames = e->frame > h->frames ? e->frame : h->frames;
    for (uint32_t i = 0; e->told == PT_TOLD_FAIL && i < e->mark->n; i++) {
        assert_true(e->mark->values[i].text.n > 0);
        assert_true(e->values[i].tag <= PT_SET + 1); // a value, or a document that is walked
    }
}

static void run_program(pt_value c, bool tell, pt_machine *machine) {
    program p = {.tell = tell};
    heard h = {0};
    pt_buf said = PT_BUF(1 << 16);
    pt_str note = pt_text(pt_getz(c, "note"));
    pt_str error = pt_text(pt_getz(c, "error"));
    if (!compile(&p, c)) {
        pt_diagnostics_write(&said, &p.d);
        fail_msg("%.*s: %.*s", PT_PRI(note), PT_PRI(pt_buf_str(&said)));
    }
    pt_fn_world world = {.now_ns = 1, .seed = 1, .parse_module = pt_ast_parse_module};
    pt_eval_opts opts = {.input = pt_getz(c, "input"),
                         .data = pt_getz(c, "data"),
                         .strict_errors = pt_true(pt_getz(c, "strict")),
                         .world = &world,
                         .machine = machine,
                         .tell = hear,
                         .tell_to = &h};
    pt_answers answers;
    pt_eval_error e;
    bool good = pt_eval(&p.a, pt_compiled(p.compiler), p.query->proc, &opts, &answers, &e);
    pt_str got = good ? (pt_str){0} : pt_arena_printf(&p.a, "%s: %.*s", e.code, PT_PRI(e.message));
    if (!pt_str_starts(got, error) || (!good && !error.n))
        expect_same(c, pt_string(error), pt_string(got));
    else if (good)
        expect_same(c, pt_getz(c, "want"), answers_of(&p, &answers));
    assert_int_equal(h.count[PT_TOLD_EVAL] > 0, tell);
    assert_true(h.count[PT_TOLD_EVAL] >= h.count[PT_TOLD_FAIL]);
    assert_true(!good || !answers.v.n || !tell || h.count[PT_TOLD_EXIT] > 0);
    pt_buf_done(&said);
    pt_arena_done(&p.a);
}

// Whether they tell what they do or not.
static void test_programs_give_what_opa_gives(void **state) {
    (void)state;
    pt_arena a = {0};
    pt_machine *machine = pt_machine_new();
    pt_value cases = read_cases(&a, "programs.json");
    for (size_t i = 0; i < pt_len(cases); i++)
        for (int tell = 0; tell <= 1; tell++)
            run_program(pt_at(cases, i), tell, machine);
    assert_int_equal(differences, 0);
    pt_machine_free(machine);
    pt_arena_done(&a);
}

static void expect_said(const char *file) {
    pt_arena a = {0};
    pt_value cases = read_cases(&a, file);
    for (size_t i = 0; i < pt_len(cases); i++) {
        pt_value c = pt_at(cases, i);
        program p = {0};
        pt_buf said = PT_BUF(1 << 16);
        if (!compile(&p, c))
            pt_diagnostics_write(&said, &p.d);
        expect_same(c, pt_getz(c, "said"), pt_string(pt_buf_str(&said)));
        pt_buf_done(&said);
        pt_arena_done(&p.a);
    }
    assert_int_equal(differences, 0);
    pt_arena_done(&a);
}

static void test_refused_modules_say_why(void **state) {
    (void)state;
    expect_said("refused.json");
}

static void test_schemas_type_input_and_data(void **state) {
    (void)state;
    expect_said("schemas.json");
}

static void test_memory_limit_ends_an_evaluation(void **state) {
    (void)state;
    pt_arena c = {0};
    pt_obj o = {.a = &c};
    pt_obj_set(&o, "module",
               pt_stringz("package t\np := [[i, j] | some i in numbers.range(1, 2000);"
                          " some j in numbers.range(1, 2000)]"));
    pt_obj_set(&o, "query", pt_stringz("x = data.t.p"));
    program p = {0};
    assert_true(compile(&p, pt_obj_end(&o)));
    pt_arena small = {.bytes_max = 4 << 20};
    pt_eval_opts opts = {.machine = pt_machine_new()};
    pt_answers answers;
    pt_eval_error e;
    assert_false(pt_eval(&small, pt_compiled(p.compiler), p.query->proc, &opts, &answers, &e));
    assert_string_equal(e.code, "eval_limit_error");
    atomic_bool cancel = true;
    pt_fn_world world = {.cancel = &cancel};
    opts.world = &world;
    pt_arena roomy = {0};
    assert_false(pt_eval(&roomy, pt_compiled(p.compiler), p.query->proc, &opts, &answers, &e));
    assert_string_equal(e.code, "eval_cancel_error");
    cancel = false;
    for (int i = 1; i <= 20; i++) { // wherever it is then: what lacks time does not lack memory
        pt_arena_clear(&roomy);
        world.deadline_ns = pt_monotonic_ns() + (int64_t)i * 500000;
        assert_false(pt_eval(&roomy, pt_compiled(p.compiler), p.query->proc, &opts, &answers, &e));
        assert_string_equal(e.code, "eval_cancel_error");
        assert_false(roomy.full);
    }
    pt_machine_free(opts.machine);
    pt_arena_done(&small);
    pt_arena_done(&roomy);
    pt_arena_done(&p.a);
    pt_arena_done(&c);
}

// As little memory as it takes, and less: for the compiler, then for an evaluation.
static const char MANY[] =
    "package t\np[x].b[y] := x + y if { some x in [1, 2]; some y in [3, 4] }\n"
    "p[1].c := 7 if { input.x } else := 8\np[1].d[z] contains z if some z in [5]\n"
    "s contains [x, y] if { some x in [1, 2]; y := f(x) }\n"
    "f(x) := count([y | some y in [1, 2, 3]; y > x])\n"
    "q := [p[1].b[3], p[1].c, p[2].b, p[1].d[5][5], s[[1, 2]], f(1), [v | v := data[_].s[[1, 2]]]]";

static void test_memory_of_any_size_is_enough_or_is_said_not_to_be(void **state) {
    (void)state;
    pt_arena c = {0};
    pt_obj o = {.a = &c};
    pt_obj_set(&o, "module", pt_stringz(MANY));
    pt_obj_set(&o, "query", pt_stringz("x = data.t.q; y = data.t.p[1].c"));
    pt_value given = pt_obj_end(&o);
    pt_eval_opts opts = {.machine = pt_machine_new()};
    pt_answers answers = {0};
    pt_eval_error e;
    bool compiled = false;
    bool evaluated = false;
    for (size_t bytes = 1024; !compiled; bytes += 1024) {
        program p = {.a = {.bytes_max = bytes}};
        compiled = compile(&p, given);
        assert_true(compiled || p.a.full);
        for (size_t room = 256; compiled && !evaluated; room += 256) {
            pt_arena a = {.bytes_max = room};
            evaluated = pt_eval(&a, pt_compiled(p.compiler), p.query->proc, &opts, &answers, &e);
            if (!evaluated)
                assert_string_equal(e.code, "eval_limit_error");
            pt_arena_done(&a);
        }
        pt_arena_done(&p.a);
    }
    assert_int_equal(answers.v.n, 1);
    pt_machine_free(opts.machine);
    pt_arena_done(&c);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_programs_give_what_opa_gives),
        cmocka_unit_test(test_refused_modules_say_why),
        cmocka_unit_test(test_schemas_type_input_and_data),
        cmocka_unit_test(test_memory_limit_ends_an_evaluation),
        cmocka_unit_test(test_memory_of_any_size_is_enough_or_is_said_not_to_be),
    };
    return cmocka_run_group_tests_name("judge_policy", tests, NULL, NULL);
}
