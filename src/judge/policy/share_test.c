// Which documents two programs have in common, and that sharing them changes no answer.
#include "base/testing.h"
#include "judge/policy/eval.h"
#include "judge/policy/rego/compile.h"
#include "judge/policy/rego/parse.h"
#include "judge/policy/share.h"
#include "value/json.h"

typedef struct program {
    pt_symbols symbols;
    pt_diagnostics d;
    const pt_program *compiled;
    const pt_query *query;
    pt_value own;
} program;

// Two modules of package p, what their inputs have under "own", and whether rule `x` is shared.
typedef struct row {
    const char *module[2];
    const char *own[2];
    bool shared;
} row;

static bool is_builtin(pt_str name) {
    return pt_fn_find(name) != NULL;
}

static pt_value json(pt_arena *a, const char *text) {
    pt_value v;
    pt_err e = {0};
    assert_int_equal(pt_json_parse(a, pt_str_of(text), NULL, &v, &e), PT_OK);
    return v;
}

static pt_source *source(pt_arena *a, pt_str text) {
    pt_source *s = PT_NEW(a, pt_source, 1);
    *s = (pt_source){PT_STR("m.rego"), text};
    return s;
}

static void compile(pt_arena *a, program *p, const char *rules, bool tell) {
    pt_parse_opts parse = {.version = PT_REGO_V1, .builtin = is_builtin};
    pt_compile_opts opts = {.tell = tell};
    pt_body body = {0};
    p->symbols.arena = p->d.arena = a;
    pt_str text = pt_arena_printf(a, "package p\n%s\n", rules);
    pt_module *m = pt_parse_module(&p->symbols, source(a, text), &parse, &p->d);
    pt_compiler *c = m ? pt_compile(a, &p->symbols, &m, 1, &opts, &p->d) : NULL;
    if (!c || !pt_parse_query(&p->symbols, source(a, PT_STR("data.p.x = v")), &parse, &body, &p->d))
        fail_msg("%s", rules);
    p->compiled = pt_compiled(c);
    p->query = pt_compile_query(c, &body, NULL, &p->d);
    assert_non_null(p->query);
}

static uint32_t slot_of(const pt_sharer *s, const char *name) {
    for (uint32_t i = 0; s->ret_slots && i < s->program->n_nodes; i++)
        if (pt_str_eqz(s->program->nodes[i].name, name))
            return s->ret_slots[i];
    return 0;
}

// `x`, as text; "": undefined.
static pt_str answer_of(pt_arena *a, const program *p, pt_machine *machine, pt_shared shared) {
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(1 << 16);
    pt_fn_world world = {.now_ns = 1, .seed = 1};
    pt_obj input = {.a = a};
    pt_obj_set(&input, "own", p->own);
    pt_obj_set(&input, "all", json(a, "{\"n\": [1, 2, 3]}"));
    pt_eval_opts opts = {.input = pt_obj_end(&input),
                         .data = json(a, "{\"base\": 7}"),
                         .world = &world,
                         .machine = machine,
                         .shared = shared};
    pt_answers answers;
    pt_eval_error e;
    assert_true(pt_eval(a, p->compiled, p->query->proc, &opts, &answers, &e));
    if (answers.v.n)
        assert_int_equal(pt_json_write(&b, answers.v.v[0][0], NULL, NULL), PT_OK);
    return pt_arena_str(a, pt_buf_str(&b));
}

static void check_row(const row *r, pt_machine *machine, bool tell) {
    pt_arena a = {0};
    program p[2] = {0};
    pt_sharer s[2];
    size_t n;
    for (size_t i = 0; i < 2; i++) {
        compile(&a, &p[i], r->module[i], tell);
        p[i].own = json(&a, r->own[i]);
        s[i] = (pt_sharer){.program = p[i].compiled, .own = p[i].own};
    }
    assert_true(pt_share(&a, "own", s, 2, &n));
    uint32_t slot = slot_of(&s[0], "data.p.x");
    if ((slot > 0) != (r->shared && !tell) || slot != slot_of(&s[1], "data.p.x"))
        fail_msg("%s: shared as %u and %u", r->module[0], slot, slot_of(&s[1], "data.p.x"));
    pt_shared shared = {.values = PT_NEW(&a, struct pt_shared_value, n)};
    for (size_t i = 0; i < 2; i++) {
        pt_str alone = answer_of(&a, &p[i], machine, (pt_shared){0});
        shared.slots = s[i].ret_slots;
        pt_str together = answer_of(&a, &p[i], machine, shared);
        if (!pt_str_eq(alone, together))
            fail_msg("%s: %s, and shared %s", r->module[i], alone.p, together.p);
        assert_true(!slot || shared.values[slot - 1].known);
    }
    pt_arena_done(&a);
}

#define SAME(rules) {rules, rules}, {"{\"a\": 1}", "{\"a\": 2}"}
#define OWN(rules, v, w) \
    {rules, rules}, {    \
        v, w             \
    }

static const row ROWS[] = {
    {SAME("x contains n + data.base if some n in input.all.n"), true},
    {SAME("x := {k: v | some k, v in input.all.n}"), true},
    {SAME("x := y\ny := count(z)\nz := [n | some n in input.all.n; f(n) > 2]\nf(n) := n * 2"),
     true},
    {SAME("x := g(1)\ng(1) := input.all.n\ng(2) := 2\ng(3) := 3\ng(4) := 4"), true},
    {SAME("x if not input.own.b"), true}, // undefined in both
    {SAME("x if not y\ny if input.none"), true},
    {SAME("x := 1 if input.none"), true}, // … and known to be so
    {SAME("x := {\"s\": {1, 2}, \"o\": {\"k\": null}, \"t\": true, \"n\": 1.50}"), true},
    {SAME("default x := 3\nx := 4 if every n in input.all.n { n > 1 }"), true},
    {SAME("x := 1 if input.all.n[0] == 2\nelse := 5"), true},
    // what differs is read
    {SAME("x := input.own.a"), false},
    {SAME("x := y\ny := input.own.a"), false},
    {SAME("x := f(1)\nf(n) := n + input.own.a"), false},
    {SAME("x := input.own"), false},
    {SAME("x := input"), false},
    {SAME("x := [v | some k in [\"own\", \"all\"]; v := input[k]]"), false},
    {SAME("x := [v | some k in [\"a\"]; v := input.own[k]]"), false},
    {OWN("x := input.own.a", "{\"a\": [1], \"b\": 1}", "{\"a\": [1], \"b\": 2}"), true},
    {OWN("x := [v | some k in [\"a\"]; v := input.own[k]]", "{\"a\": 1}", "{\"a\": 1}"), true},
    {OWN("x := input.own.a", "{\"a\": 1}", "{\"a\": 1.0}"), false}, // they print differently
    {OWN("x := input.own.a", "{\"a\": true}", "{\"a\": false}"), false},
    {OWN("x := input.own.a", "{\"a\": \"12\"}", "{\"a\": 12}"), false},
    {OWN("x := input.own.a", "{\"a\": {}}", "{\"a\": []}"), false},
    // what they do differs
    {{"x := 1", "x := 2"}, {"{}", "{}"}, false},
    {{"x := 1", "x := 1.0"}, {"{}", "{}"}, false},
    {{"x := y\ny := 1", "x := y\ny := 2"}, {"{}", "{}"}, false},
    {{"x := f(1)\nf(n) := n + 1", "x := f(1)\nf(n) := n + 2"}, {"{}", "{}"}, false},
    {{"x := f(1)\nf(n) := n + 1", "x := f(1)\nf(n) := n - 1"}, {"{}", "{}"}, false},
    {{"x := input.all.n", "x := input.all.m"}, {"{}", "{}"}, false},
    {{"x := g(2)\ng(1) := 1\ng(2) := 2\ng(3) := 3\ng(4) := 4",
      "x := g(2)\ng(1) := 2\ng(2) := 1\ng(3) := 3\ng(4) := 4"},
     {"{}", "{}"},
     false},
    // … and what else stands in their programs does not
    {{"w := 0\nx := y + 1\ny := 2", "x := y + 1\ny := 2\nz := \"\""}, {"{}", "{}"}, true},
    // what differs from query to query, or is replaced
    {SAME("x := time.now_ns()"), false},
    {SAME("x := rand.intn(\"a\", 1000)"), false},
    {SAME("x := f(1)\nf(n) := uuid.rfc4122(\"k\")"), false},
    {SAME("x := [y, v] if v := y with input.all as 3\ny := input.all"), false},
};

static void test_what_is_the_same_is_shared_and_nothing_else(void **state) {
    (void)state;
    pt_machine *machine = pt_machine_new();
    for (size_t i = 0; i < PT_COUNT(ROWS); i++)
        for (int tell = 0; tell < 2; tell++)
            check_row(&ROWS[i], machine, tell);
    pt_machine_free(machine);
}

static void test_sharing_needs_memory_or_says_so(void **state) {
    (void)state;
    const row *r = &ROWS[2];
    pt_arena a = {0};
    program p = {0};
    bool fits = false;
    compile(&a, &p, r->module[0], false);
    p.own = json(&a, r->own[0]);
    for (size_t bytes = 1024; !fits; bytes += 1024) {
        pt_arena small = {.bytes_max = bytes};
        pt_sharer s[2] = {{.program = p.compiled, .own = p.own}, {.program = p.compiled}};
        size_t n;
        fits = pt_share(&small, "own", s, 2, &n);
        assert_true(!fits || n > 0);
        assert_true(bytes < 1 << 20);
        pt_arena_done(&small);
    }
    pt_arena_done(&a);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_is_the_same_is_shared_and_nothing_else),
        cmocka_unit_test(test_sharing_needs_memory_or_says_so),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
