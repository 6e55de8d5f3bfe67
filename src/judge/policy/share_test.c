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

// Rule `x` of both is one document, for a round or for all; or is none.
typedef enum shares {
    APART,
    ROUND,
    KEPT, // of each one of its own
    KEPT_ONE,
} shares;

// Two modules of package p, and what their inputs have under "own".
typedef struct row {
    const char *module[2];
    const char *own[2];
    shares shared;
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
static pt_str answer_of(pt_arena *a, const program *p, pt_machine *machine, int round,
                        pt_shared shared) {
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(1 << 16);
    pt_fn_world world = {.now_ns = 1, .seed = 1};
    pt_obj input = {.a = a};
    pt_obj_set(&input, "own", p->own);
    pt_obj_set(&input, "all", json(a, round ? "{\"n\": [4, 5, 6, 7]}" : "{\"n\": [1, 2, 3]}"));
    pt_eval_opts opts = {.input = pt_obj_end(&input),
                         .data = json(a, round ? "{\"base\": 70}" : "{\"base\": 7}"),
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

// Answers are those of evaluations that share nothing, in each round.
static void check_answers(const program p[2], const pt_sharer s[2], pt_shared shared,
                          pt_machine *machine) {
    pt_arena kept = {0};
    shared.kept = &kept;
    for (int round = 0; round < 3; round++) {
        pt_arena a = {0}; // what a round gives dies with it
        for (size_t i = 0; i < shared.n_round; i++)
            shared.values[i] = (struct pt_shared_value){0};
        for (size_t i = 0; i < 2; i++) {
            shared.slots = NULL;
            pt_str alone = answer_of(&a, &p[i], machine, round, shared);
            shared.slots = s[i].ret_slots;
            pt_str together = answer_of(&a, &p[i], machine, round, shared);
            if (!pt_str_eq(alone, together))
                fail_msg("round %d: %s, and shared %s", round, alone.p, together.p);
        }
        pt_arena_done(&a);
    }
    pt_arena_done(&kept);
}

static shares way_of(const pt_sharer *s, const pt_share_counts *n) {
    uint32_t slot = slot_of(s, "data.p.x");
    assert_true(slot <= n->all);
    return slot == 0 ? APART : slot <= n->round ? ROUND : KEPT;
}

static void check_row(const row *r, pt_machine *machine, bool tell) {
    pt_arena a = {0};
    program p[2] = {0};
    pt_sharer s[2];
    pt_share_counts n;
    for (size_t i = 0; i < 2; i++) {
        compile(&a, &p[i], r->module[i], tell);
        p[i].own = json(&a, r->own[i]);
        s[i] = (pt_sharer){.program = p[i].compiled, .own = p[i].own};
    }
    assert_true(pt_share(&a, "own", s, 2, &n));
    for (size_t i = 0; i < 2; i++)
        if (way_of(&s[i], &n) != (tell ? APART : r->shared == KEPT_ONE ? KEPT : r->shared))
            fail_msg("%s: shared as %d", r->module[i], (int)way_of(&s[i], &n));
    uint32_t first = slot_of(&s[0], "data.p.x"), second = slot_of(&s[1], "data.p.x");
    assert_int_equal(first == second, tell || r->shared != KEPT);
    pt_shared shared = {.values = PT_NEW(&a, struct pt_shared_value, n.all), .n_round = n.round};
    check_answers(p, s, shared, machine);
    assert_true(!first || shared.values[first - 1].known);
    pt_arena_done(&a);
}

// clang-format off
#define SAME(rules) {rules, rules}, {"{\"a\": 1}", "{\"a\": 2}"}
#define OWN(rules, v, w) {rules, rules}, {v, w}
#define CODE(rules, others) {rules, others}, {"{}", "{}"}

static const row ROWS[] = {
    // what is the same for all is read
    {SAME("x := y\ny := count(z)\nz := [n | some n in input.all.n; f(n) > 2]\nf(n) := n * 2"), ROUND},
    {SAME("x contains n + data.base if some n in input.all.n"), ROUND},
    {SAME("x := data.base"), ROUND},
    {SAME("x := {k: v | some k, v in input.all.n}"), ROUND},
    {SAME("x := g(1)\ng(1) := input.all.n\ng(2) := 2\ng(3) := 3\ng(4) := 4"), ROUND},
    {SAME("x if not y\ny if input.none"), ROUND},
    {SAME("x := 1 if input.none"), ROUND}, // known to be undefined
    {SAME("default x := 3\nx := 4 if every n in input.all.n { n > 1 }"), ROUND},
    {SAME("x := 1 if input.all.n[0] == 2\nelse := 5"), ROUND},
    // nothing is
    {SAME("x := {\"s\": {1, 2}, \"o\": {\"k\": null}, \"t\": true, \"n\": 1.50}"), KEPT_ONE},
    {SAME("x contains n * 2 if some n in [1, 2]"), KEPT_ONE},
    // what is their own is read
    {SAME("x := input.own.a"), KEPT},
    {SAME("x := y\ny := input.own.a"), KEPT},
    {SAME("x := f(1)\nf(n) := n + input.own.a"), KEPT},
    {SAME("x := input.own"), KEPT},
    {SAME("x := [v | some k in [\"a\"]; v := input.own[k]]"), KEPT},
    {SAME("x if not input.own.b"), KEPT_ONE}, // undefined in both
    {SAME("x := input.own.a + input.all.n[0]"), APART},
    {SAME("x := [y, input.all.n]\ny := input.own.a"), APART},
    {SAME("x := [f(1), input.all.n]\nf(n) := n + input.own.a"), APART},
    {SAME("x := input"), APART},
    {SAME("x := [v | some k in [\"own\", \"all\"]; v := input[k]]"), APART},
    {OWN("x := input.own.a", "{\"a\": [1], \"b\": 1}", "{\"a\": [1], \"b\": 2}"), KEPT_ONE},
    {OWN("x := [input.own.a, input.all]", "{\"a\": 1, \"b\": 1}", "{\"a\": 1, \"b\": 2}"), ROUND},
    {OWN("x := [v | some k in [\"a\"]; v := input.own[k]]", "{\"a\": 1}", "{\"a\": 1}"), KEPT_ONE},
    {OWN("x := input.own.a", "{\"a\": 1}", "{\"a\": 1.0}"), KEPT}, // they print differently
    {OWN("x := [input.own.a, input.all]", "{\"a\": 1}", "{\"a\": 1.0}"), APART},
    {OWN("x := input.own.a", "{\"a\": true}", "{\"a\": false}"), KEPT},
    {OWN("x := input.own.a", "{\"a\": \"12\"}", "{\"a\": 12}"), KEPT},
    {OWN("x := input.own.a", "{\"a\": {}}", "{\"a\": []}"), KEPT},
    // what they do differs
    {CODE("x := 1", "x := 2"), KEPT},
    {CODE("x := 1", "x := 1.0"), KEPT},
    {CODE("x := y\ny := 1", "x := y\ny := 2"), KEPT},
    {CODE("x := f(1)\nf(n) := n + 1", "x := f(1)\nf(n) := n + 2"), KEPT},
    {CODE("x := f(1)\nf(n) := n + 1", "x := f(1)\nf(n) := n - 1"), KEPT},
    {CODE("x := input.all.n", "x := input.all.m"), APART},
    {CODE("x := input.all.n[0] + 1", "x := input.all.n[0] + 2"), APART},
    {CODE("x := g(2)\ng(1) := 1\ng(2) := 2\ng(3) := 3\ng(4) := 4",
          "x := g(2)\ng(1) := 2\ng(2) := 1\ng(3) := 3\ng(4) := 4"), KEPT},
    // … and what else stands in their programs does not
    {CODE("w := 0\nx := y + 1\ny := 2", "x := y + 1\ny := 2\nz := \"\""), KEPT_ONE},
    {CODE("w := 0\nx := y\ny := input.all", "x := y\ny := input.all\nz := \"\""), ROUND},
    // what differs from query to query, or is replaced
    {SAME("x := time.now_ns()"), APART},
    {SAME("x := rand.intn(\"a\", 1000)"), APART},
    {SAME("x := f(1)\nf(n) := uuid.rfc4122(\"k\")"), APART},
    {SAME("x := [y, v] if v := y with input.all as 3\ny := input.all"), APART},
};
// clang-format on

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
    const row *r = &ROWS[0];
    pt_arena a = {0};
    program p = {0};
    bool fits = false;
    compile(&a, &p, r->module[0], false);
    p.own = json(&a, r->own[0]);
    for (size_t bytes = 1024; !fits; bytes += 1024) {
        pt_arena small = {.bytes_max = bytes};
        pt_sharer s[2] = {{.program = p.compiled, .own = p.own}, {.program = p.compiled}};
        pt_share_counts n;
        fits = pt_share(&small, "own", s, 2, &n);
        assert_true(!fits || n.round > 0);
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
