// Every function against the answers of OPA in fn/testdata/*.json: lists of
//   {"fn": NAME, "args": [...], "want": TEXT}                    as Rego writes the result
//   {"fn": NAME, "args": [...], "fault": "type", "message": TEXT}  or "builtin", "limit"
//   {"fn": NAME, "args": [...], "undefined": true}
// Operands that JSON cannot say: {"$set": [...]}, {"$object": [[key, value], ...]} and
// {"$bytes": "6869"}.
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/testing.h"
#include "judge/policy/builtin.h"
#include "judge/policy/fn/family.h"
#include "value/json.h"

enum {
    CASES_PER_FUNCTION_MIN = 5,
};

static pt_value operand(pt_arena *a, pt_value v);

// NOLINTNEXTLINE(misc-no-recursion): as deep as the data of the tests
static pt_value pairs_of(pt_arena *a, pt_value list) {
    pt_list l = {.a = a};
    for (size_t i = 0; i < pt_len(list); i++)
        for (size_t k = 0; k < 2; k++)
            pt_list_add(&l, operand(a, pt_at(pt_at(list, i), k)));
    return pt_object_of(a, l.items.v, l.items.n / 2, NULL);
}

static pt_value bytes_of(pt_arena *a, pt_str hex) {
    char *p = pt_arena_take(a, hex.n / 2);
    for (size_t i = 0; i + 1 < hex.n; i += 2) {
        int64_t byte = 0;
        assert_true(pt_str_int(pt_str_sub(hex, i, i + 2), 16, &byte));
        p[i / 2] = (char)(unsigned char)byte;
    }
    return pt_string((pt_str){p, hex.n / 2});
}

// NOLINTNEXTLINE(misc-no-recursion): likewise
static pt_value operand(pt_arena *a, pt_value v) {
    pt_value set = pt_getz(v, "$set");
    pt_value list = pt_defined(set) ? set : v;
    pt_list l = {.a = a};
    if (pt_defined(pt_getz(v, "$object")))
        return pairs_of(a, pt_getz(v, "$object"));
    if (pt_defined(pt_getz(v, "$bytes")))
        return bytes_of(a, pt_text(pt_getz(v, "$bytes")));
    if (pt_tag_of(list) == PT_OBJECT) {
        for (size_t i = 0; i < pt_len(v); i++) {
            pt_list_add(&l, pt_key_at(v, i));
            pt_list_add(&l, operand(a, pt_val_at(v, i)));
        }
        return pt_object_of(a, l.items.v, l.items.n / 2, NULL);
    }
    if (pt_tag_of(list) != PT_ARRAY)
        return v;
    for (size_t i = 0; i < pt_len(list); i++)
        pt_list_add(&l, operand(a, pt_at(list, i)));
    return pt_defined(set) ? pt_set_of(a, l.items.v, l.items.n)
                           : pt_array_of(a, l.items.v, l.items.n);
}

static const char *fault_name(pt_fault fault) {
    static const char *const names[] = {"none", "type", "builtin", "conflict", "limit", "cancel"};
    return names[fault];
}

// What came out, in the notation of the cases.
static void put_answer(pt_buf *b, const pt_call *c, pt_value v) {
    if (c->fault)
        pt_buf_printf(b, "%s: %.*s", fault_name(c->fault), PT_PRI(c->message));
    else if (!pt_defined(v))
        pt_buf_putz(b, "undefined");
    else
        pt_fn_put_term(b, v);
}

static void put_wanted(pt_buf *b, pt_value test) {
    pt_str fault = pt_text(pt_getz(test, "fault"));
    if (fault.n)
        pt_buf_printf(b, "%.*s: %.*s", PT_PRI(fault), PT_PRI(pt_text(pt_getz(test, "message"))));
    else if (pt_true(pt_getz(test, "undefined")))
        pt_buf_putz(b, "undefined");
    else
        pt_buf_put(b, pt_text(pt_getz(test, "want")));
}

// The parser is another room's: what it is handed.
static pt_value parse_module(pt_call *c, pt_str file, pt_str text) {
    if (!text.n)
        return pt_call_fault(c, PT_FAULT_BUILTIN, "%.*s: empty module", PT_PRI(file));
    return pt_array_of(c->arena, (pt_value[]){pt_string(file), pt_string(text)}, 2);
}

static bool check(pt_value test) {
    pt_arena a = {0};
    pt_fn_world world = {.seed = 1, .parse_module = parse_module};
    pt_call c = {.arena = &a, .world = &world};
    pt_value args[PT_FN_ARGS_MAX] = {0};
    pt_str name = pt_text(pt_getz(test, "fn"));
    const pt_fn *fn = pt_fn_find(name);
    pt_value list = pt_getz(test, "args");
    pt_buf got = PT_BUF(1 << 20);
    pt_buf want = PT_BUF(1 << 20);
    if (fn && fn->body && fn->arity == pt_len(list)) {
        for (size_t i = 0; i < fn->arity; i++)
            args[i] = operand(&a, pt_at(list, i));
        put_answer(&got, &c, pt_fn_call(&c, fn, args));
    }
    put_wanted(&want, test);
    bool good = got.n == want.n && memcmp(got.p, want.p, got.n) == 0;
    if (!good) {
        PT_IGNORE(pt_json_write(&got, list, NULL, NULL)); // for the reader of the message
        print_error("%.*s: %.*s\n  want %.*s\n", PT_PRI(name), PT_PRI(pt_buf_str(&got)),
                    PT_PRI(pt_buf_str(&want)));
    }
    pt_buf_done(&got);
    pt_buf_done(&want);
    pt_arena_done(&a);
    return good;
}

static void load(pt_arena *a, const char *path, pt_value *ret) {
    FILE *f = fopen(path, "re");
    assert_non_null(f);
    if (!f) // for the analyzer, which does not know that the line above ends the test
        return;
    pt_buf b = PT_BUF(1 << 24);
    while (!feof(f) && !ferror(f)) {
        char *room = pt_buf_room(&b, 4096);
        assert_non_null(room);
        pt_buf_took(&b, fread(room, 1, 4096, f));
    }
    fclose(f);
    pt_err e = {0};
    pt_code code = pt_json_parse(a, pt_arena_str(a, pt_buf_str(&b)), NULL, ret, &e);
    if (code)
        print_error("%s:%u: %s\n", path, e.line, e.what);
    assert_int_equal(code, PT_OK);
    pt_buf_done(&b);
}

static glob_t files(void) {
    char pattern[4096];
    const char *root = getenv("PT_TESTDATA");
    glob_t g = {0};
    snprintf(pattern, sizeof pattern, "%s/judge/policy/fn/testdata/*.json", root ? root : "src");
    assert_int_equal(glob(pattern, 0, NULL, &g), 0);
    return g;
}

static void test_fn_answers_as_opa_does(void **state) {
    (void)state;
    glob_t g = files();
    size_t bad = 0;
    for (size_t i = 0; i < g.gl_pathc; i++) {
        pt_arena a = {0};
        pt_value tests = pt_undefined();
        load(&a, g.gl_pathv[i], &tests);
        assert_true(pt_len(tests) > 0);
        for (size_t k = 0; k < pt_len(tests); k++)
            bad += !check(pt_at(tests, k));
        pt_arena_done(&a);
    }
    globfree(&g);
    assert_int_equal(bad, 0);
}

static size_t cases_of(const glob_t *g, pt_arena *a, const char *name) {
    size_t n = 0;
    for (size_t i = 0; i < g->gl_pathc; i++) {
        pt_value tests = pt_undefined();
        load(a, g->gl_pathv[i], &tests);
        for (size_t k = 0; k < pt_len(tests); k++)
            n += pt_str_eqz(pt_text(pt_getz(pt_at(tests, k), "fn")), name);
    }
    return n;
}

static void test_fn_every_one_has_its_cases(void **state) {
    (void)state;
    static const pt_fn_family *const families[] = {
        &pt_fn_aggregates, &pt_fn_arrays,  &pt_fn_encoding, &pt_fn_engine,
        &pt_fn_graph,      &pt_fn_numbers, &pt_fn_objects,  &pt_fn_sets,
        &pt_fn_sprintf,    &pt_fn_strings, &pt_fn_types,    &pt_fn_units,
    };
    glob_t g = files();
    for (size_t i = 0; i < PT_COUNT(families); i++) {
        for (size_t k = 0; k < families[i]->n; k++) {
            const pt_fn *fn = &families[i]->v[k];
            pt_arena a = {0};
            size_t n = cases_of(&g, &a, fn->name);
            if (fn->body && fn->arity > 0 && n < CASES_PER_FUNCTION_MIN)
                print_error("%s has %zu cases\n", fn->name, n);
            assert_true(!fn->body || fn->arity == 0 || n >= CASES_PER_FUNCTION_MIN);
            assert_true(fn->arity <= PT_FN_ARGS_MAX);
            pt_arena_done(&a);
        }
    }
    globfree(&g);
}

static const pt_fn *fn_of(const char *name) {
    const pt_fn *fn = pt_fn_find(pt_str_of(name));
    assert_non_null(fn);
    return fn;
}

static void test_fn_find_knows_names_and_nothing_else(void **state) {
    (void)state;
    assert_string_equal(fn_of("array.concat")->name, "array.concat");
    assert_int_equal(fn_of("walk")->flags, PT_FN_RELATION);
    assert_int_equal(fn_of("any")->flags, PT_FN_DEPRECATED);
    assert_null(fn_of("eq")->body);
    assert_null(pt_fn_find(PT_STR("array")));
    assert_null(pt_fn_find(PT_STR("")));
    assert_null(pt_fn_find(PT_STR("array.concat ")));
}

static void test_fn_fault_the_first_one_stays(void **state) {
    (void)state;
    pt_arena a = {0};
    pt_call c = {.arena = &a};
    pt_call_fault(&c, PT_FAULT_BUILTIN, "first %d", 1);
    pt_call_fault(&c, PT_FAULT_LIMIT, "second");
    assert_int_equal(c.fault, PT_FAULT_BUILTIN);
    assert_str(c.message, "first 1");
    pt_arena_done(&a);
}

static void test_fn_cancelled_call_ends(void **state) {
    (void)state;
    pt_arena a = {0};
    atomic_bool cancel = true;
    pt_fn_world world = {.cancel = &cancel};
    pt_call c = {.arena = &a, .world = &world};
    pt_value args[] = {pt_int(0), pt_int(INT64_MAX)};
    assert_false(pt_defined(pt_fn_call(&c, fn_of("numbers.range"), args)));
    assert_int_equal(c.fault, PT_FAULT_CANCEL);
    assert_str(c.message, "caller cancelled query execution");
    pt_arena_done(&a);
}

static void test_fn_full_arena_is_a_limit(void **state) {
    (void)state;
    pt_arena a = {0};
    pt_arena_init(&a, 1 << 16);
    pt_call c = {.arena = &a};
    pt_value args[] = {pt_int(0), pt_int(INT64_MAX)};
    assert_false(pt_defined(pt_fn_call(&c, fn_of("numbers.range"), args)));
    assert_int_equal(c.fault, PT_FAULT_LIMIT);
    pt_arena_done(&a);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_fn_answers_as_opa_does),
        cmocka_unit_test(test_fn_every_one_has_its_cases),
        cmocka_unit_test(test_fn_find_knows_names_and_nothing_else),
        cmocka_unit_test(test_fn_fault_the_first_one_stays),
        cmocka_unit_test(test_fn_cancelled_call_ends),
        cmocka_unit_test(test_fn_full_arena_is_a_limit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
