// What the parser makes of a text: the traps of the grammar one by one, places, and limits.
#include <stdlib.h>
#include <string.h>

#include "base/testing.h"
#include "judge/policy/rego/tests.h"

static const module_case numbers[] = {
    {"p := [1.0, 1e3, -5, - 5, .5, 0.50, 1E+2, 123456789012345678901234567890]",
     "p := [1.0 1e3 -5 -5 0.5 0.50 1E+2 123456789012345678901234567890]"},
};

static void test_parse_numbers_keep_their_text(void **state) {
    (void)state;
    check_modules(numbers, PT_COUNT(numbers), PT_REGO_V1);
}

static const module_case strings[] = {
    {"p := [\"a\\n\\u00e9\\\"\\\\\\/\", `raw\\n\"x\"`, \"\\ud800\", \"\\ud83d\\ude00\", \"\", ``, "
     "\"\303\251\"]",
     "p := [\"a\\n\303\251\\\"\\\\/\" \"raw\\\\n\\\"x\\\"\" \"\357\277\275\" \"\360\237\230\200\" "
     "\"\" \"\" \"\303\251\"]"},
};

static void test_parse_strings_are_unescaped(void **state) {
    (void)state;
    check_modules(strings, PT_COUNT(strings), PT_REGO_V1);
}

static const module_case templates[] = {
    {"p := $\"a{input.x}b{1}{\"s\"}\\{c\"", "p := $\"\"a\" <input \"x\"> \"b\" 1 \"s\" \"{c\"\""},
    {"p := $`\\n{x + 1}`", "p := $\"\"\\\\n\" (plus x 1)\""},
    {"p := $\"\"", "p := $\"\""},
    {"p := $\"{x with input as 1}{ {y | y} }\"", "p := $\"x with input as 1 #{y | y}\""},
    {"p := $\"{$\"{x}\"}\"", "p := $\"$\"x\"\""},
};

static void test_parse_templates_give_texts_and_terms(void **state) {
    (void)state;
    check_modules(templates, PT_COUNT(templates), PT_REGO_V1);
}

static const module_case wildcards[] = {
    {"p := x if x := [_, _][_]", "p := x if (assign x <[_ _] _>)"},
};

static void test_parse_wildcards_are_variables(void **state) {
    (void)state;
    check_modules(wildcards, PT_COUNT(wildcards), PT_REGO_V1);
}

static const module_case infix[] = {
    {"p := 1 + 2 * 3 - 4 % 5 / 6", "p := (minus (plus 1 (mul 2 3)) (div (rem 4 5) 6))"},
    {"p := a | b & c == d + 1", "p := (equal (or a (and b c)) (plus d 1))"},
    {"p := 1 in [1] in [true]",
     "p := (<internal \"member_2\"> (<internal \"member_2\"> 1 [1]) [true])"},
    {"p := a < b < c", "p := (lt (lt a b) c)"},
    {"p := [1, 2 in [2]]", "p := [1 (<internal \"member_2\"> 2 [2])]"},
    {"p := f(1, 2 in [2])", "p := (f 1 (<internal \"member_2\"> 2 [2]))"},
    {"p := (1, 2 in [2])", "p := (<internal \"member_3\"> 1 2 [2])"},
    {"p if x, y in z", "p if (<internal \"member_3\"> x y z)"},
    {"p := -x.y", "p := (minus 0 <x \"y\">)"},
    {"p := 1 -x", "p := (minus 1 x)"},
    {"p if { x := 1\n- 1 }", "p if (assign x (minus 1 1))"},
    {"p if { a == 1; b = 2 }", "p if (equal a 1); (eq b 2)"},
    {"p := and(a, b) | or(c, d)", "p := (or (and a b) (or c d))"},
};

static void test_parse_infix_operators_bind_by_precedence(void **state) {
    (void)state;
    check_modules(infix, PT_COUNT(infix), PT_REGO_V1);
}

static const module_case braces[] = {
    {"p := [{}, set(), {1}, {\"a\": 1}, {1, 2,}, [1,], {,1}, [,1]]",
     "p := [{} #{} #{1} {\"a\" 1} #{1 2} [1] #{1} [1]]"},
    {"p := {a | b}", "p := #{a | b}"},
    {"p := {(a | b)}", "p := #{(or a b)}"},
    {"p := {a | b, c}", "p := #{(or a b) c}"},
    {"p := {x: y | z}", "p := {x: y | z}"},
    {"p := [x | y; z]", "p := [x | y; z]"},
    {"p := {a + 1: b | c}", "p := {(plus a 1): b | c}"},
    {"p := {a: b | c}", "p := {a: b | c}"},
    {"p if {a}", "p if a"},
    {"p if {\"a\"}", "p if \"a\""},
    {"p if {a: b | c}", "p if {a: b | c}"},
    {"p if { {a} }", "p if #{a}"},
    {"p if {a | b}", "p if #{a | b}"},
    {"p if { x := {a} }", "p if (assign x #{a})"},
    {"p if set()", "p if #{}"},
    {"p if {}.x", "p if <{} \"x\">"},
};

static void test_parse_braces_are_what_they_hold(void **state) {
    (void)state;
    check_modules(braces, PT_COUNT(braces), PT_REGO_V1);
}

static const module_case refs[] = {
    {"p := a.b[c][\"d\"].e", "p := <a \"b\" c \"d\" \"e\">"},
    {"p := input.if.not[\"every\"]", "p := <input \"if\" \"not\" \"every\">"},
    {"p := f(x).a[0]", "p := <(f x) \"a\" 0>"},
    {"p := [1][0]", "p := <[1] 0>"},
    {"p := {\"a\": 1}.a", "p := <{\"a\" 1} \"a\">"},
    {"p := a.b.c(1)", "p := (<a \"b\" \"c\"> 1)"},
    {"p if { in.x; if.y[0]; not.z }", "p if <in \"x\">; <if \"y\" 0>; <not \"z\">"},
    {"p := data", "p := data"},
    {"p := input[_]", "p := <input _>"},
};

static void test_parse_refs_take_keywords_and_any_head(void **state) {
    (void)state;
    check_modules(refs, PT_COUNT(refs), PT_REGO_V1);
}

static const module_case heads[] = {
    {"p.a[x].c contains v if x := v", "<p \"a\" x \"c\"> contains v if (assign x v)"},
    {"p[x] if x := 1", "<p x> if (assign x 1)"},
    {"p[x] := y if { x := 1; y := 2 }", "<p x> := y if (assign x 1); (assign y 2)"},
    {"p contains 1", "p contains 1"},
    {"p.q.r := 1", "<p \"q\" \"r\"> := 1"},
    {"p.q.r.s if true", "<p \"q\" \"r\" \"s\"> if true"},
    {"f(x) := x", "f(x) := x"},
    {"f(x)", "f(x) = true"},
    {"f() := 1", "f := 1"},
    {"p if true else := 2 if false else := 3", "p if true else p := 2 if false else p := 3"},
    {"f(_) := 1 if true else := 2", "f(_) := 1 if true else f(_) := 2"},
    {"f (x) if x", "f(x) if x"},
    {"p [x] if x", "<p x> if x"},
    {"default p := 1", "default p := 1"},
    {"default f(_, x) := [y | y := 1]", "default f(_, x) := [y | (assign y 1)]"},
    {"if.x := 1", "<if \"x\"> := 1"},
    {"every.x.y if true", "<every \"x\" \"y\"> if true"},
    {"p := 1 if x == 1\nq := 2", "p := 1 if (equal x 1)\nq := 2"},
};

static void test_parse_heads_are_sets_maps_values_or_functions(void **state) {
    (void)state;
    check_modules(heads, PT_COUNT(heads), PT_REGO_V1);
}

static const module_case newlines[] = {
    {"p if {\n a\n b; c\n}", "p if a; b; c"}, {"p if a\n\nq if b", "p if a\nq if b"},
    {"p := [\n1,\n2\n]", "p := [1 2]"},       {"p if { f(1)\n(x) }", "p if (f 1); x"},
    {"p if { a\n[1] }", "p if a; [1]"},
};

static void test_parse_newlines_part_literals(void **state) {
    (void)state;
    check_modules(newlines, PT_COUNT(newlines), PT_REGO_V1);
}

static const module_case withs[] = {
    {"p if a with input.x as 1 with data.y as 2",
     "p if a with <input \"x\"> as 1 with <data \"y\"> as 2"},
    {"p if not a with input as b", "p if !a with input as b"},
    {"p if some x in y with input as 1", "p if some (<internal \"member_2\"> x y) with input as 1"},
    {"p if { every x in y { x } with input as 1 }", "p if every x in y {x} with input as 1"},
};

static void test_parse_with_belongs_to_its_literal(void **state) {
    (void)state;
    check_modules(withs, PT_COUNT(withs), PT_REGO_V1);
}

static const module_case literals[] = {
    {"p if { some x; some y, z }", "p if some x; some y z"},
    {"p if some x in xs", "p if some (<internal \"member_2\"> x xs)"},
    {"p if some k, v in xs", "p if some (<internal \"member_3\"> k v xs)"},
    {"p if { every x in xs { x }; every k, v in xs { k; v } }",
     "p if every x in xs {x}; every k, v in xs {k; v}"},
    {"p if { x = [y, z]; [x, y] := z }", "p if (eq x [y z]); (assign [x y] z)"},
    {"p if contains(a, b)", "p if (contains a b)"},
};

static void test_parse_literals_declare_and_iterate(void **state) {
    (void)state;
    check_modules(literals, PT_COUNT(literals), PT_REGO_V1);
}

static const module_case keywords[] = {
    {"import future.keywords.not\np if { not { a; b }; not c; not (d) }",
     "p if not {a; b}; not {c}; not {d}"},
    {"import future.keywords.and\nimport future.keywords.or\np if a and b or c and d",
     "p if or{and{a}{b}}{and{c}{d}}"},
    {"import rego.v2\np if (a or b) and not c", "p if and{or{a}{b}}{not {c}}"},
    {"import rego.v2\np if { a; b } or { c }", "p if or{a; b}{c}"},
    {"import rego.v2\np if a and b with input as 1", "p if and{a}{b} with input as 1"},
    {"import rego.v2\np if or(a, b)", "p if (or a b)"},
    {"import rego.v2\np if { {a} and b\n(c) }", "p if and{a}{b}; c"},
    {"import rego.v1\np := 1", "p := 1"},
};

static void test_parse_imported_keywords_are_known(void **state) {
    (void)state;
    check_modules(keywords, PT_COUNT(keywords), PT_REGO_V1);
}

static const module_case v0[] = {
    {"p[x] { x = 1 }", "p contains x if (eq x 1)"},
    {"p[x] = y { x = 1; y = 2 }", "<p x> = y if (eq x 1); (eq y 2)"},
    {"p { a } { b }", "p if a\np if b"},
    {"f(x) = y { y = x } else = 2 { true }", "f(x) = y if (eq y x) else f(x) = 2 if true"},
    {"p = 1", "p = 1"},
    {"p := 1", "p := 1"},
    {"p[\"a\"]", "p contains \"a\""},
    {"p.a", "p contains \"a\""},
    {"p.a.b", "<p \"a\" \"b\">"},
    {"pi = 3.14 { true }", "pi = 3.14 if true"},
    {"p.a.b { true }", "<p \"a\" \"b\"> if true"},
    {"f(x) { x } { not x }", "f(x) if x\nf(x) if !x"},
    {"f(_) { true } { true }", "f(_) if true\nf(_) if true"},
    {"p { if }", "p if if"},
    {"import future.keywords\np contains x if some x in [1]",
     "p contains x if some (<internal \"member_2\"> x [1])"},
    {"import future.keywords.every\np { every x in [1] { x in [1] } }",
     "p if every x in [1] {(<internal \"member_2\"> x [1])}"},
    {"import rego.v1\np contains 1 if true", "p contains 1 if true"},
    {"p[x] = 1", "<p x> = 1"},
    {"f(x) = 1", "f(x) = 1"},
    {"a.b.c = 1", "<a \"b\" \"c\"> = 1"},
    {"contains = 1", "contains = 1"},
    {"p = {1}", "p = #{1}"},
    {"p = 2 { q } else { r }", "p = 2 if q else p if r"},
    {"p { not x; x := 1 }", "p if !x; (assign x 1)"},
};

static void test_parse_v0_has_its_own_rules(void **state) {
    (void)state;
    check_modules(v0, PT_COUNT(v0), PT_REGO_V0);
}

// -- places ---------------------------------------------------------------------------------------

typedef struct parsed {
    pt_arena a;
    pt_symbols symbols;
    pt_source source;
    pt_diagnostics d;
    pt_module *m;
} parsed;

static void parse(parsed *x, pt_str text, pt_rego_version version) {
    *x = (parsed){.source = {.file = PT_STR("x.rego"), .text = text}};
    x->symbols.arena = &x->a;
    x->d.arena = &x->a;
    pt_parse_opts opts = {.version = version};
    x->m = pt_parse_module(&x->symbols, &x->source, &opts, &x->d);
}

static void assert_place(pt_loc l, unsigned row, unsigned column, const char *text) {
    assert_int_equal(l.row, row);
    assert_int_equal(l.column, column);
    assert_str(pt_loc_text(l), text);
}

static void test_parse_places_are_rows_and_code_points(void **state) {
    (void)state;
    parsed x;
    parse(&x, PT_STR("package a.b\n\np := \"\303\251\" if {\n\tx := (1 + 2) # c\n\ty.z[0]\n}\n"),
          PT_REGO_V1);
    assert_non_null(x.m);
    const pt_rule *r = x.m->rules.v[0];
    assert_place(x.m->package->loc, 1, 9, "a.b");
    assert_place(r->head_loc, 3, 1, "p := \"\303\251\"");
    assert_place(r->value->loc, 3, 6, "\"\303\251\"");
    const pt_term *assign = r->body.v[0]->term;
    assert_place(r->body.v[0]->loc, 4, 2, "x := (1 + 2)");
    assert_place(assign->items.v[0]->loc, 4, 4, ":=");
    assert_place(assign->items.v[2]->loc, 4, 8, "(1 + 2)");
    assert_true(assign->items.v[2]->parens);
    assert_place(r->body.v[1]->term->items.v[1]->loc, 5, 4, "z");
    assert_place(x.m->comments.v[0].loc, 4, 15, "# c");
    assert_str(x.m->comments.v[0].text, " c");
    pt_arena_done(&x.a);
}

static void test_parse_each_wildcard_is_its_own_symbol(void **state) {
    (void)state;
    parsed x;
    parse(&x, PT_STR("package t\nf(_, _) := 1 if true else := 2"), PT_REGO_V1);
    assert_non_null(x.m);
    const pt_rule *r = x.m->rules.v[0];
    assert_true(r->args.v[0]->sym != r->args.v[1]->sym);
    assert_true(r->args.v[0]->sym != r->orelse->args.v[0]->sym);
    assert_true(r->orelse->args.v[0]->sym->wildcard);
    pt_arena_done(&x.a);
}

static void test_parse_rules_remember_how_they_were_written(void **state) {
    (void)state;
    parsed x;
    parse(&x, PT_STR("package t\nimport data.a.b as c\np if x\nq if { x }\nr contains 1\ns := 2"),
          PT_REGO_V1);
    assert_non_null(x.m);
    pt_rule *const *r = x.m->rules.v;
    assert_true(r[0]->with_if && r[0]->one_line_body && r[0]->value_made && !r[0]->bodiless);
    assert_true(r[1]->with_if && !r[1]->one_line_body);
    assert_true(r[2]->contains && r[2]->bodiless && !r[2]->value);
    assert_true(r[3]->assigned && r[3]->bodiless && !r[3]->value_made);
    assert_ptr_equal(r[3]->module, x.m);
    assert_str(x.m->imports.v[0].alias->name, "c");
    pt_arena_done(&x.a);
}

static void test_parse_v1_import_raises_the_version(void **state) {
    (void)state;
    parsed x;
    parse(&x, PT_STR("package t\nimport rego.v1\np := 1"), PT_REGO_V0);
    assert_non_null(x.m);
    assert_int_equal(x.m->version, PT_REGO_V0_V1);
    pt_arena_done(&x.a);
}

// -- metadata -------------------------------------------------------------------------------------

static void assert_value(pt_value v, const char *json) {
    pt_buf b = PT_BUF(65536);
    assert_int_equal(pt_json_write(&b, v, NULL, NULL), PT_OK);
    assert_str(pt_buf_str(&b), json);
    pt_buf_done(&b);
}

static void test_parse_metadata_is_as_rego_metadata_gives_it(void **state) {
    (void)state;
    parsed x;
    parse(&x,
          PT_STR("# METADATA\n# title: P\npackage t\n"
                 "# METADATA\n# entrypoint: true\n# authors:\n# - Jane van Doe <j@x.org>\n"
                 "# - name: Joe\n# related_resources:\n# - https://x.y\n"
                 "# - {ref: https://z, description: d}\n"
                 "# METADATA\n# organizations: [a]\n# custom: {b: [1, {c: null}]}\n"
                 "# schemas:\n# - input.x: schema[\"y z\"]\n# - data.a: {type: string}\n"
                 "p := 1\n"),
          PT_REGO_V1);
    assert_non_null(x.m);
    assert_int_equal(x.m->annotations.n, 3);
    pt_annotations *const *a = x.m->annotations.v;
    assert_value(a[0]->value, "{\"scope\":\"package\",\"title\":\"P\"}");
    assert_null(a[0]->rule);
    assert_value(
        a[1]->value,
        "{\"authors\":[{\"email\":\"j@x.org\",\"name\":\"Jane van Doe\"},{\"name\":\"Joe\"}],"
        "\"entrypoint\":true,\"related_resources\":[{\"ref\":\"https://x.y\"},"
        "{\"description\":\"d\",\"ref\":\"https://z\"}],\"scope\":\"document\"}");
    assert_value(a[2]->value,
                 "{\"custom\":{\"b\":[1,{\"c\":null}]},\"organizations\":[\"a\"],\"schemas\":"
                 "[{\"path\":[\"input\",\"x\"],\"schema\":[\"schema\",\"y z\"]},"
                 "{\"definition\":{\"type\":\"string\"},\"path\":[\"data\",\"a\"]}],"
                 "\"scope\":\"rule\"}");
    assert_int_equal(a[1]->scope, PT_SCOPE_DOCUMENT);
    assert_ptr_equal(a[1]->rule, x.m->rules.v[0]);
    assert_ptr_equal(x.m->rules.v[0]->annotations, a[2]);
    pt_arena_done(&x.a);
}

// -- queries and terms ----------------------------------------------------------------------------

static void test_parse_query_gives_its_literals(void **state) {
    (void)state;
    pt_arena a = {0};
    pt_symbols symbols = {.arena = &a};
    pt_source source = {.text = PT_STR("x := 1; some y in x\ndata.a.b = z")};
    pt_parse_opts opts = {.version = PT_REGO_V0};
    pt_diagnostics d = {.arena = &a};
    pt_body body;
    pt_buf got = PT_BUF(1 << 16);
    assert_true(pt_parse_query(&symbols, &source, &opts, &body, &d));
    put_body(&got, &body);
    assert_str(pt_buf_str(&got), "(assign x 1); some (<internal \"member_2\"> y x); "
                                 "(eq <data \"a\" \"b\"> z)");
    pt_buf_done(&got);
    pt_arena_done(&a);
}

static void test_parse_term_gives_one_term(void **state) {
    (void)state;
    pt_arena a = {0};
    pt_symbols symbols = {.arena = &a};
    pt_source good = {.text = PT_STR("{1, {\"a\": set()}}")};
    pt_source bad[] = {{.text = PT_STR("1; 2")}, {.text = PT_STR("x = 1")}, {.text = PT_STR("")}};
    pt_parse_opts opts = {0};
    pt_diagnostics d = {.arena = &a};
    const pt_term *t = pt_parse_term(&symbols, &good, &opts, &d);
    assert_non_null(t);
    assert_int_equal(t->kind, PT_TERM_SET);
    for (size_t i = 0; i < PT_COUNT(bad); i++) {
        assert_null(pt_parse_term(&symbols, &bad[i], &opts, &d));
        assert_int_equal(d.v.n, i + 1);
    }
    pt_arena_done(&a);
}

// -- limits ---------------------------------------------------------------------------------------

// `head`, then n times `open`, "1", and n times `close`.
static void nest(parsed *x, const char *head, const char *open, const char *close, size_t n) {
    pt_buf b = PT_BUF((size_t)1 << 24);
    pt_buf_putz(&b, head);
    for (size_t i = 0; i < n; i++)
        pt_buf_putz(&b, open);
    pt_buf_putz(&b, "1");
    for (size_t i = 0; i < n; i++)
        pt_buf_putz(&b, close);
    parse(x, pt_buf_str(&b), PT_REGO_V1);
    x->source.text = (pt_str){NULL, 0};
    pt_buf_done(&b);
}

static const struct {
    const char *head, *open, *close;
} nests[] = {
    {"package t\np := ", "[", "]"},
    {"package t\np := ", "(", ")"},
    {"package t\np := ", "{\"a\": ", "}"},
    {"package t\np := ", "{x | ", "}"},
    {"package t\np := ", "$\"{", "}\""},
    {"package t\np := ", "f(", ")"},
    {"package t\np := ", "a[", "]"},
    {"package t\np := ", "1 + ", ""},
    {"package t\np := 1", "", " in x"},
    {"package t\np := f(x).b", "", ".a(y)"},
    {"package t\np if ", "every x in y { ", " }"},
    {"package t\nimport rego.v2\np if ", "not {", "}"},
    {"package t\nimport rego.v2\np if ", "(a or ", ")"},
    {"package t\nimport rego.v2\np if ", "{b and ", "}"},
};

static void test_parse_nesting_beyond_the_limit_is_one_error(void **state) {
    (void)state;
    parsed x;
    for (size_t i = 0; i < PT_COUNT(nests); i++) {
        nest(&x, nests[i].head, nests[i].open, nests[i].close, 100000);
        assert_null(x.m);
        assert_int_equal(x.d.v.n, 1);
        assert_str(x.d.v.v[0].message, "max parsing recursion depth exceeded");
        pt_arena_done(&x.a);
        nest(&x, nests[i].head, nests[i].open, nests[i].close, PT_REGO_NESTING_MAX / 4);
        assert_non_null(x.m);
        pt_arena_done(&x.a);
    }
}

// What must be read in several ways is read once: twice the depth takes twice the memory.
static void test_parse_backtracking_is_linear(void **state) {
    (void)state;
    for (size_t i = 0; i < PT_COUNT(nests); i++) {
        parsed once;
        parsed twice;
        nest(&once, nests[i].head, nests[i].open, nests[i].close, 100);
        nest(&twice, nests[i].head, nests[i].open, nests[i].close, 200);
        assert_non_null(once.m);
        assert_non_null(twice.m);
        assert_true(twice.a.bytes <= 4 * once.a.bytes);
        pt_arena_done(&once.a);
        pt_arena_done(&twice.a);
    }
}

static void test_parse_module_too_large_is_an_error(void **state) {
    (void)state;
    size_t n = (size_t)PT_REGO_BYTES_MAX + 1;
    char *text = malloc(n);
    assert_non_null(text);
    memset(text, ' ', n);
    parsed x;
    parse(&x, (pt_str){text, n}, PT_REGO_V1);
    assert_null(x.m);
    assert_int_equal(x.d.v.n, 1);
    assert_str(x.d.v.v[0].message, "module is larger than 67108864 bytes");
    pt_arena_done(&x.a);
    free(text);
}

static void test_parse_full_arena_is_told(void **state) {
    (void)state;
    static const char text[] =
        "package t\n# METADATA\n# title: x\np[x] := $\"a{x}\" if { some x in "
        "[1, {2: 3}, f(y)[_]]; not z with input.a as {v | v := 1} }\n";
    bool done = false;
    for (size_t limit = 1; !done; limit += 512) {
        pt_arena a;
        pt_arena_init(&a, limit);
        pt_symbols symbols = {.arena = &a};
        pt_source source = {.text = {text, sizeof text - 1}};
        pt_parse_opts opts = {0};
        pt_diagnostics d = {.arena = &a};
        done = pt_parse_module(&symbols, &source, &opts, &d);
        assert_true(done || d.full);
        pt_arena_done(&a);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_parse_numbers_keep_their_text),
        cmocka_unit_test(test_parse_strings_are_unescaped),
        cmocka_unit_test(test_parse_templates_give_texts_and_terms),
        cmocka_unit_test(test_parse_wildcards_are_variables),
        cmocka_unit_test(test_parse_infix_operators_bind_by_precedence),
        cmocka_unit_test(test_parse_braces_are_what_they_hold),
        cmocka_unit_test(test_parse_refs_take_keywords_and_any_head),
        cmocka_unit_test(test_parse_heads_are_sets_maps_values_or_functions),
        cmocka_unit_test(test_parse_newlines_part_literals),
        cmocka_unit_test(test_parse_with_belongs_to_its_literal),
        cmocka_unit_test(test_parse_literals_declare_and_iterate),
        cmocka_unit_test(test_parse_imported_keywords_are_known),
        cmocka_unit_test(test_parse_v0_has_its_own_rules),
        cmocka_unit_test(test_parse_places_are_rows_and_code_points),
        cmocka_unit_test(test_parse_each_wildcard_is_its_own_symbol),
        cmocka_unit_test(test_parse_rules_remember_how_they_were_written),
        cmocka_unit_test(test_parse_v1_import_raises_the_version),
        cmocka_unit_test(test_parse_metadata_is_as_rego_metadata_gives_it),
        cmocka_unit_test(test_parse_query_gives_its_literals),
        cmocka_unit_test(test_parse_term_gives_one_term),
        cmocka_unit_test(test_parse_nesting_beyond_the_limit_is_one_error),
        cmocka_unit_test(test_parse_backtracking_is_linear),
        cmocka_unit_test(test_parse_module_too_large_is_an_error),
        cmocka_unit_test(test_parse_full_arena_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
