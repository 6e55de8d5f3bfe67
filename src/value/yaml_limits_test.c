// What hostile YAML may cost: time, depth, memory.
#include <time.h>

#include "base/testing.h"
#include "value/yaml.h"

static void repeat(pt_buf *b, const char *text, size_t n) {
    for (size_t i = 0; i < n; i++)
        pt_buf_putz(b, text);
}

// Read, and end in so many milliseconds with so much memory.
static pt_code read_bomb(const pt_buf *b, pt_yaml_dialect dialect) {
    enum {
        MS_MAX = 2000, // of a busy machine, and of one with sanitizers; a fraction of it is usual
        ARENA_MAX = 32 << 20
    };
    pt_yaml_stream s = {.bytes = pt_buf_str(b), .dialect = dialect};
    pt_arena a = {0};
    pt_yaml_doc doc;
    struct timespec from;
    struct timespec to;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &from);
    pt_code code = pt_yaml_next(&s, &a, &doc, NULL);
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &to);
    int64_t ms = (to.tv_sec - from.tv_sec) * 1000 + (to.tv_nsec - from.tv_nsec) / 1000000;
    assert_true(ms < MS_MAX);
    assert_true(a.bytes < ARENA_MAX);
    pt_yaml_stream_done(&s);
    pt_arena_done(&a);
    return code;
}

static void test_yaml_bombs_end_at_their_limit(void **state) {
    (void)state;
    static const struct {
        const char *before, *repeated, *after;
        size_t n;
        pt_code want;
    } cases[] = {
        {"", "[", "", 100000, PT_E_LIMIT},
        {"", "[", "", 5000000, PT_E_LIMIT},
        {"", "{a: ", "", 100000, PT_E_LIMIT},
        {"", "- ", "", 100000, PT_E_LIMIT},
        {"", "? ", "", 100000, PT_E_LIMIT},
        {"[", "1,", "]", 2000001, PT_E_LIMIT},
        {"a: |\n", "\n", "  x\n", 200000, PT_E_LIMIT},
        {"a: |\n  x\n", "   \n", "  x\n", 200000, PT_E_LIMIT},
        {"a: \"x", "\n", "\"\n", 200000, PT_E_LIMIT},
        {"a: x", "\n", "  y\n", 200000, PT_E_LIMIT},
        {"!<", "%41", "> x\n", 100000, PT_E_LIMIT},
        {"", "!", " x\n", 100000, PT_OK},
        {"", "%TAG !a! x\n", "", 100000, PT_E_LIMIT},
        {"a: 1\n...\n%YAML 1", "1", "\n---\n", 20000000, PT_E_LIMIT},
        {"%TAG !a! ", "1", "\n---\na\n", 20000000, PT_E_LIMIT},
        {"a: x", "\t", "\n", 100000, PT_OK},
        {"a:", " \t", "b\n", 100000, PT_OK},
        {"a: x", "\n", "", 100000, PT_OK},
        {"a: |\n  x\n", "\n", "  y\n", 900, PT_OK},
        {"- &x ", "a", "\n", 1000000, PT_OK},
        {"- &a x\n", "- &a x\n", "", 65536, PT_E_LIMIT},
    };
    for (size_t i = 0; i < PT_COUNT(cases); i++) {
        pt_buf b = PT_BUF((size_t)64 << 20);
        pt_buf_putz(&b, cases[i].before);
        repeat(&b, cases[i].repeated, cases[i].n);
        pt_buf_putz(&b, cases[i].after);
        pt_code code = read_bomb(&b, PT_YAML_KUBERNETES);
        if (code != cases[i].want)
            print_error("\"%s\" gives %d\n", cases[i].repeated, code);
        assert_int_equal(code, cases[i].want);
        pt_buf_done(&b);
    }
}

static void test_yaml_depth_ends_exactly_at_its_limit(void **state) {
    (void)state;
    for (size_t more = 0; more < 2; more++) {
        pt_buf b = PT_BUF(65536);
        repeat(&b, "[", PT_YAML_DEPTH_MAX + more);
        repeat(&b, "]", PT_YAML_DEPTH_MAX + more);
        assert_int_equal(read_bomb(&b, PT_YAML_KUBERNETES), more ? PT_E_LIMIT : PT_OK);
        assert_int_equal(read_bomb(&b, PT_YAML_CORE), more ? PT_E_LIMIT : PT_OK);
        pt_buf_done(&b);
    }
}

// Ten of ten of ten …, and chains of merges and of depth.
static void test_yaml_alias_bombs_cost_nothing(void **state) {
    (void)state;
    enum {
        LEVELS = 30
    };
    static const char *const shapes[] = {
        "- &a%d [*a%d, *a%d, *a%d, *a%d, *a%d, *a%d, *a%d, *a%d, *a%d, *a%d]\n",
        "- &a%d {a: *a%d, b: *a%d, c: *a%d, d: *a%d, e: *a%d, f: *a%d, g: *a%d, h: *a%d, i: *a%d, "
        "j: *a%d}\n"};
    for (size_t k = 0; k < PT_COUNT(shapes); k++) {
        pt_buf b = PT_BUF(65536);
        pt_buf_putz(&b, "- &a0 [lol, lol]\n");
        for (int i = 1; i < LEVELS; i++) {
            pt_str rest = pt_str_of(shapes[k]);
            for (bool first = true; rest.n; first = false) {
                size_t n = pt_str_find_str(rest, PT_STR("%d"));
                pt_buf_put(&b, pt_str_sub(rest, 0, n));
                if (n < rest.n)
                    pt_buf_printf(&b, "%d", first ? i : i - 1);
                rest = pt_str_sub(rest, n + 2, rest.n);
            }
        }
        assert_int_equal(read_bomb(&b, PT_YAML_KUBERNETES), PT_E_LIMIT);
        assert_int_equal(read_bomb(&b, PT_YAML_CORE), PT_E_LIMIT);
        pt_buf_done(&b);
    }
    pt_buf deep = PT_BUF(1 << 20);
    pt_buf_putz(&deep, "- &a0 [x]\n");
    for (unsigned i = 1; i < PT_YAML_DEPTH_MAX; i++)
        pt_buf_printf(&deep, "- &a%u [*a%u]\n", i, i - 1);
    assert_int_equal(read_bomb(&deep, PT_YAML_KUBERNETES), PT_E_LIMIT);
    pt_buf_done(&deep);
}

static void test_yaml_many_honest_aliases_are_fine(void **state) {
    (void)state;
    pt_buf b = PT_BUF(8 << 20);
    pt_buf_putz(&b, "- &x {a: 1, b: 2}\n");
    repeat(&b, "- *x\n", 200000);
    assert_int_equal(read_bomb(&b, PT_YAML_KUBERNETES), PT_OK);
    pt_buf_done(&b);
}

// Whatever limit the arena has: out of memory, or the right value.
static void test_yaml_a_full_arena_is_an_error(void **state) {
    (void)state;
    static const char text[] =
        "a: &x {1.5: 0xffffffffffffffff, y: [\"q\\n\", *x1, !!binary aGk=]}\n";
    static const char fine[] = "a: &x {1.5: 0xffffffffffffffff, y: [\"q\\n\", !!binary aGk=]}\n"
                               "b: {<<: *x, 1.5: 2, 1_0: 3, 1e5: +4.5}\n"
                               "a: |\n  text\n";
    pt_arena big = {0};
    pt_yaml_doc whole;
    pt_yaml_stream first = {.bytes = pt_str_of(fine)};
    assert_int_equal(pt_yaml_next(&first, &big, &whole, NULL), PT_OK);
    size_t ends[PT_E_CORRUPT + 1] = {0};
    for (size_t max = 1; max < 131072; max = max < 4096 ? max + 16 : max * 2) {
        pt_arena a;
        pt_arena_init(&a, max);
        pt_yaml_stream s = {.bytes = pt_str_of(fine)};
        pt_yaml_doc doc = {0};
        pt_code code = pt_yaml_next(&s, &a, &doc, NULL);
        assert_true(code == PT_OK || code == PT_E_NOMEM);
        ends[code]++;
        if (code)
            assert_false(pt_defined(doc.value));
        else
            assert_true(pt_eq(doc.value, whole.value));
        pt_yaml_stream_done(&s);
        pt_arena_done(&a);
    }
    assert_true(ends[PT_OK] && ends[PT_E_NOMEM]);
    pt_yaml_stream_done(&first);
    pt_yaml_stream broken = {.bytes = pt_str_of(text)};
    assert_int_equal(pt_yaml_next(&broken, &big, &whole, NULL), PT_E_FORMAT);
    pt_yaml_stream_done(&broken);
    pt_arena_done(&big);
}

// A worker behind its walls is killed for the question whether something is a terminal. This one is
// the program's, and so the library's.
static unsigned asked;
__attribute__((visibility("default"))) int isatty(int fd);
// house: allow naming: the C library's name
__attribute__((visibility("default"))) int isatty(int fd) {
    (void)fd;
    asked++;
    return 0;
}

static void test_nobody_asks_for_a_terminal(void **state) {
    (void)state;
    static const char *const texts[] = {"a: 1", "a: [", "a: \"b\n- c"};
    for (size_t i = 0; i < PT_COUNT(texts); i++) {
        pt_arena a = {0};
        pt_yaml_stream s = {.bytes = pt_str_of(texts[i]), .dialect = PT_YAML_CORE};
        pt_yaml_doc doc;
        assert_int_equal(pt_yaml_next(&s, &a, &doc, NULL), i ? PT_E_FORMAT : PT_OK);
        pt_yaml_stream_done(&s);
        pt_arena_done(&a);
    }
    assert_int_equal(asked, 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_nobody_asks_for_a_terminal),
        cmocka_unit_test(test_yaml_bombs_end_at_their_limit),
        cmocka_unit_test(test_yaml_depth_ends_exactly_at_its_limit),
        cmocka_unit_test(test_yaml_alias_bombs_cost_nothing),
        cmocka_unit_test(test_yaml_many_honest_aliases_are_fine),
        cmocka_unit_test(test_yaml_a_full_arena_is_an_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
