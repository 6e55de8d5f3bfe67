#include <stdlib.h>
#include <string.h>

#include "base/testing.h"
#include "judge/falco/filter.h"

typedef struct text_case {
    const char *in, *out;
} text_case;

static const pt_filter *parsed(pt_arena *a, const char *text) {
    const pt_filter *f = NULL;
    pt_err e = {0};
    pt_code code = pt_filter_parse(a, pt_str_of(text), &f, &e);
    if (code)
        print_error("%s: %s at %zu\n", text, e.what, (size_t)e.offset);
    assert_int_equal(code, PT_OK);
    return f;
}

static void check_texts(const text_case *cases, size_t n) {
    for (size_t i = 0; i < n; i++) {
        pt_arena a = {0};
        assert_str(pt_filter_text(&a, parsed(&a, cases[i].in)), cases[i].out);
        // What was written is read as the same.
        pt_arena_done(&a);
        assert_str(pt_filter_text(&a, parsed(&a, cases[i].out)), cases[i].out);
        pt_arena_done(&a);
    }
}

static void test_filter_joined_conditions_are_written_with_parentheses(void **state) {
    (void)state;
    static const text_case cases[] = {
        {"spawned", "spawned"},
        {" ( spawned ) ", "spawned"},
        {"a and b or c", "((a and b) or c)"},
        {"a or b and c", "(a or (b and c))"},
        {"a and (b and c)", "(a and (b and c))"},
        {"a and(b)or(c)", "((a and b) or c)"},
        {"a\nand\tnot\r\nb", "(a and not b)"},
        {"not not not a", "not a"},
        {"not not a", "a"},
        {"not(not a)", "a"},
        {"notx and orx and andx", "(notx and orx and andx)"},
        {"f.x existsand b", "(f.x exists and b)"},
    };
    // not(not a) is NOT(NOT(a)); it is written "not not a", and that is read as a.
    check_texts(cases, 9);
    check_texts(cases + 10, PT_COUNT(cases) - 10);
    pt_arena a = {0};
    assert_str(pt_filter_text(&a, parsed(&a, cases[9].in)), "not not a");
    pt_arena_done(&a);
}

static void test_filter_comparisons_are_written_canonically(void **state) {
    (void)state;
    static const text_case cases[] = {
        {"f.x==y", "f.x = y"},
        {"f.x!=y", "f.x != y"},
        {"f.x = 'two words'", "f.x = \"two words\""},
        {"f.x = \"plain\"", "f.x = plain"},
        {"f.x = ''", "f.x = \"\""},
        {"f.x = 'a,b'", "f.x = \"a,b\""},
        {"f.x = \"it's\"", "f.x = \"it's\""},
        {"f.x = 'say \"x\"'", "f.x = \"say \\\"x\\\"\""},
        {"f.x = a\\b", "f.x = \"a\\\\b\""},
        {"f.x = 'a\\b\\f\\n\\r\\t\\\\\\/\\x1fZ'", "f.x = \"a\\b\\f\\n\\r\\t\\\\/\\x1fZ\""},
        {"f.x = 'ends in \\x5c'", "f.x = \"ends in \\x5c\""},
        {"f.x = \"\\ \"", "f.x = \"\\x5c\""}, // a backslash and a blank is a backslash
        {"f.x < 0x1F and f.x>= -1.5e+3", "(f.x < 0x1F and f.x >= -1.5e+3)"},
        {"f.x in(a,'b c' , \"d\")", "f.x in (a, \"b c\", d)"},
        {"f.x in ( )", "f.x in ()"},
        {"f.x intersects names", "f.x intersects names"},
        {"f.x pmatch (/etc, /bin)", "f.x pmatch (/etc, /bin)"},
        {"f.x contains\nabc", "f.x contains abc"},
        {"f.x[1] = y and f.x[ab/c] exists", "(f.x[1] = y and f.x[ab/c] exists)"},
        {"f.x['a b'] = y and f.x[''] = z", "(f.x[\"a b\"] = y and f.x[\"\"] = z)"},
        {"f.x startswith oneof  (a, b)", "f.x startswith oneof (a, b)"},
        {"f.x != allof names", "f.x != allof names"},
        {"f.x = anyof and b", "(f.x = anyof and b)"},
        {"f.x = anyof", "f.x = anyof"},
    };
    check_texts(cases, PT_COUNT(cases));
}

static void test_filter_transformers_nest(void **state) {
    (void)state;
    static const text_case cases[] = {
        {"tolower( b64( f.x ) ) = y", "tolower(b64(f.x)) = y"},
        {"f.x = val( f.y )", "f.x = val(f.y)"},
        {"f.x = toupper(f.y[1])", "f.x = toupper(f.y[1])"},
        {"f.x in val(f.y)", "f.x in val(f.y)"},
        {"f.x >= len(f.y)", "f.x >= len(f.y)"},
        {"join('-',(f.x,'y',1,len(f.z))) = q", "join(\"-\", (f.x, \"y\", 1, len(f.z))) = q"},
        {"join('-', ()) = q", "join(\"-\", ()) = q"},
        {"join(',', f.list) = q", "join(\",\", f.list) = q"},
        {"concat(f.x, ':', f.y) = q", "concat(f.x, \":\", f.y) = q"},
        {"concat('a', f.y) = q", "concat(\"a\", f.y) = q"},
        {"getopt(f.args, 'ab:')[b] = q", "getopt(f.args, \"ab:\")[b] = q"},
        {"len(join('-', (f.x))) > 5", "len(join(\"-\", (f.x))) > 5"},
    };
    check_texts(cases, PT_COUNT(cases));
}

static void test_filter_transformers_are_kept_from_the_innermost(void **state) {
    (void)state;
    pt_arena a = {0};
    const pt_filter *f = parsed(&a, "a and toupper(b64(f.x[1])) = val(f.y)");
    assert_int_equal(f->kind, PT_FILTER_AND);
    f = f->kids[1];
    assert_int_equal(f->at, 6);
    assert_int_equal(f->left.at, 6);
    assert_int_equal(f->left.n_transforms, 2);
    assert_str(f->left.transforms[0].name, "b64");
    assert_str(f->left.transforms[1].name, "toupper");
    assert_str(f->left.text, "f.x");
    assert_str(f->left.argument, "1");
    assert_int_equal(f->n_right, 1);
    assert_true(f->right[0].is_field);
    assert_str(f->right[0].text, "f.y");
    assert_int_equal(f->right[0].at, 29);
    pt_arena_done(&a);
}

static void test_filter_what_is_wrong_is_said_with_its_place(void **state) {
    (void)state;
    static const struct {
        const char *in, *what;
        size_t at;
    } cases[] = {
        {"", "filter input string is empty", 0},
        {"  ", "expected a '(' token, a field check, or an identifier", 2},
        {"a and", "expected blank or '(' after 'and'", 5},
        {"a orb", "expected blank or '(' after 'or'", 4},
        {"(a", "expected a ')' token", 2},
        {"f.x=execve foo", "unexpected token after 'execve', expecting 'or', 'and'", 11},
        {"f.x = 'y' foo", "unexpected token after 'y', expecting 'or', 'and'", 10},
        {"f.x like y",
         "expected a valid check operator: one of 'exists', '<=', '<', '>=', '>', '==', '=', '!=', "
         "'glob', 'iglob', 'contains', 'icontains', 'bcontains', 'startswith', 'bstartswith', "
         "'endswith', 'regex', 'intersects', 'in', 'pmatch'",
         4},
        {"f.x > y",
         "expected a number value or a field with a valid transformer: 'val', 'tolower', "
         "'toupper', 'b64', 'basename', 'len', 'join', 'concat', 'getopt'",
         6},
        {"f.x in (a,)", "expected a string value", 10},
        {"f.x in (a b)", "expected a ')' token", 10},
        {"f.x[a b] = y", "expected a ']' token", 5},
        {"f.x[] = y", "expected a valid field argument: a quoted string or a bare string", 4},
        {"f.x = 'a\\q'", "unsupported string escape sequence: \\q", 8},
        {"f.x = 'a\\\"'", "invalid \\\" escape in '-quoted string", 8},
        {"f.x = '\\x00'", "invalid \\x escape: expected two hexadecimal digits that are not 00", 7},
        {"f.x = val(y)", "expected a field within 'val' transformer", 10},
        {"len(f.x = 1", "expected a ')' token closing the transformer", 8},
        {"join('-') = x", "expected a ',' token: join() takes more than one argument", 8},
        {"f.x ==oneof (a)", "unexpected token after 'oneof', expecting 'or', 'and'", 12},
    };
    for (size_t i = 0; i < PT_COUNT(cases); i++) {
        pt_arena a = {0};
        const pt_filter *f = NULL;
        pt_err e = {0};
        assert_int_equal(pt_filter_parse(&a, pt_str_of(cases[i].in), &f, &e), PT_E_FORMAT);
        assert_string_equal(e.what, cases[i].what);
        assert_int_equal(e.offset, cases[i].at);
        assert_null(f);
        assert_int_equal(pt_filter_parse(&a, pt_str_of(cases[i].in), &f, NULL), PT_E_FORMAT);
        pt_arena_done(&a);
    }
}

static void test_filter_a_zero_byte_is_refused(void **state) {
    (void)state;
    static const char *const cases[] = {"a%", "f.x = a%b", "f.x = 'a%b'", "f.x[%] = 1"};
    for (size_t i = 0; i < PT_COUNT(cases); i++) {
        pt_arena a = {0};
        pt_str text = pt_arena_str(&a, pt_str_of(cases[i]));
        ((char *)(uintptr_t)text.p)[pt_str_find(text, '%')] = '\0';
        const pt_filter *f = NULL;
        assert_int_equal(pt_filter_parse(&a, text, &f, NULL), PT_E_FORMAT);
        pt_arena_done(&a);
    }
}

// `n` times `open`, then `middle`, then `n` times `close`.
static pt_code nested(unsigned n, const char *open, const char *middle, const char *close) {
    pt_arena a = {0};
    size_t size = n * (strlen(open) + strlen(close)) + strlen(middle);
    char *text = pt_arena_take(&a, size + 1);
    char *at = text;
    for (unsigned i = 0; i < n; i++)
        at = stpcpy(at, open);
    at = stpcpy(at, middle);
    for (unsigned i = 0; i < n; i++)
        at = stpcpy(at, close);
    const pt_filter *f = NULL;
    pt_err e = {0};
    pt_code code = pt_filter_parse(&a, (pt_str){text, size}, &f, &e);
    if (!code)
        assert_true(pt_filter_text(&a, f).n > 0);
    pt_arena_done(&a);
    return code;
}

static void test_filter_depth_is_bounded(void **state) {
    (void)state;
    assert_int_equal(nested(PT_FILTER_DEPTH_MAX, "(", "a", ")"), PT_OK);
    assert_int_equal(nested(PT_FILTER_DEPTH_MAX + 1, "(", "a", ")"), PT_E_LIMIT);
    assert_int_equal(nested(PT_FILTER_DEPTH_MAX, "not(", "a", ")"), PT_OK);
    assert_int_equal(nested(PT_FILTER_DEPTH_MAX, "len(", "f.x", ")"), PT_E_FORMAT); // no operator
    assert_int_equal(nested(PT_FILTER_DEPTH_MAX + 1, "len(", "f.x", ")"), PT_E_LIMIT);
    assert_int_equal(nested(100000, "not ", "a", ""), PT_OK); // read in a loop
}

static void test_filter_length_is_bounded(void **state) {
    (void)state;
    pt_arena a = {0};
    char *text = pt_arena_take(&a, PT_FILTER_BYTES_MAX + 1);
    memset(text, 'a', PT_FILTER_BYTES_MAX + 1);
    const pt_filter *f = NULL;
    assert_int_equal(pt_filter_parse(&a, (pt_str){text, PT_FILTER_BYTES_MAX}, &f, NULL), PT_OK);
    assert_int_equal(pt_filter_parse(&a, (pt_str){text, PT_FILTER_BYTES_MAX + 1}, &f, NULL),
                     PT_E_LIMIT);
    pt_arena_done(&a);
}

static void test_filter_a_full_arena_is_an_error(void **state) {
    (void)state;
    static const char *const text =
        "a and not f.x in (b, 'c\\n') or join(',', (f.y, f.z)) = val(f.q)";
    bool parsed_once = false;
    for (size_t max = 0; !parsed_once && max < 1 << 20; max += 4096) {
        pt_arena a;
        pt_arena_init(&a, max + 1);
        const pt_filter *f = NULL;
        pt_err e = {0};
        pt_code code = pt_filter_parse(&a, pt_str_of(text), &f, &e);
        assert_true(code == PT_OK || code == PT_E_NOMEM);
        parsed_once = code == PT_OK;
        pt_arena_done(&a);
    }
    assert_true(parsed_once);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_filter_joined_conditions_are_written_with_parentheses),
        cmocka_unit_test(test_filter_comparisons_are_written_canonically),
        cmocka_unit_test(test_filter_transformers_nest),
        cmocka_unit_test(test_filter_transformers_are_kept_from_the_innermost),
        cmocka_unit_test(test_filter_what_is_wrong_is_said_with_its_place),
        cmocka_unit_test(test_filter_a_zero_byte_is_refused),
        cmocka_unit_test(test_filter_depth_is_bounded),
        cmocka_unit_test(test_filter_length_is_bounded),
        cmocka_unit_test(test_filter_a_full_arena_is_an_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
