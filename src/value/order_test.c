#include <string.h>

#include "base/instant.h"
#include "base/testing.h"
#include "base/watch.h"
#include "value/json.h"
#include "value/value.h"

// -- numbers --------------------------------------------------------------------------------------

static pt_value number(const char *text) {
    pt_value v = pt_number(pt_str_of(text));
    if (!pt_defined(v))
        print_error("no number: %s\n", text);
    assert_true(pt_defined(v));
    return v;
}

static void test_number_order_is_that_of_exact_rationals(void **state) {
    (void)state;
    // rising; a line holds equal ones
    static const char *const rows[][6] = {
        {"-1e1000000", "-10e999999"},
        {"-1e999999"},
        {"-9223372036854775809"},
        {"-9223372036854775808", "-9.223372036854775808e18", "-9223372036854775808.0"},
        {"-9223372036854775807.5"},
        {"-9223372036854775807"},
        {"-1.5", "-15e-1"},
        {"-1"},
        {"-1e-1000000"},
        {"0", "-0", "0.0", "-0.000e5", "0e999999999"},
        {"1e-1000000"},
        {"0.1", "1e-1", "0.0001e3"},
        {"0.10000000000000000000000000000000000001"},
        {"1", "1.0", "1e0", "10e-1", "1000000e-6", "0.001e3"},
        {"1.00000000000000000000001"},
        {"2", "2.0", "2e0"},
        {"100", "1e2", "1E+2"},
        {"9007199254740992"},
        {"9007199254740992.5"},
        {"9007199254740993", "9007199254740993.0"},
        {"9223372036854775807"},
        {"9223372036854775808", "92233720368547758080e-1"},
        {"1e999999"},
        {"1e1000000", "0.1e1000001"},
    };
    for (size_t i = 0; i < PT_COUNT(rows); i++)
        for (size_t j = 0; j < PT_COUNT(rows); j++)
            for (size_t x = 0; x < 6 && rows[i][x]; x++)
                for (size_t y = 0; y < 6 && rows[j][y]; y++) {
                    pt_value a = number(rows[i][x]);
                    pt_value b = number(rows[j][y]);
                    int want = (i > j) - (i < j);
                    if (pt_cmp(a, b) != want)
                        print_error("%s against %s\n", rows[i][x], rows[j][y]);
                    assert_int_equal(pt_cmp(a, b), want);
                    assert_int_equal(pt_eq(a, b), want == 0);
                    if (want == 0)
                        assert_int_equal(pt_hash(a, 7), pt_hash(b, 7));
                    else
                        assert_int_not_equal(pt_hash(a, 7), pt_hash(b, 7));
                }
}

static void test_number_text_is_kept_as_written(void **state) {
    (void)state;
    static const struct {
        const char *text;
        bool is_int;
        int64_t i;
    } cases[] = {
        {"0", true, 0},
        {"-0", true, 0},
        {"2.0", true, 2},
        {"1e2", true, 100},
        {"1E+02", true, 100},
        {"-1.50e1", true, -15},
        {"9223372036854775807", true, INT64_MAX},
        {"-9223372036854775808", true, INT64_MIN},
        {"-9.223372036854775808e18", true, INT64_MIN},
        {"9223372036854775808", false, 0},
        {"-9223372036854775809", false, 0},
        {"1.5", false, 0},
        {"1e-1", false, 0},
        {"1e19", false, 0},
        {"1e1000000000", false, 0},
    };
    for (size_t i = 0; i < PT_COUNT(cases); i++) {
        char room[PT_NUMBER_ROOM];
        int64_t got = 0;
        pt_value v = number(cases[i].text);
        assert_str(pt_number_text(v, room), cases[i].text);
        assert_int_equal(pt_to_int(v, &got), cases[i].is_int);
        assert_int_equal(got, cases[i].i);
    }
    int64_t i;
    assert_false(pt_to_int(pt_stringz("1"), &i));
    char room[PT_NUMBER_ROOM];
    assert_str(pt_number_text(pt_int(INT64_MIN), room), "-9223372036854775808");
    assert_int_equal(pt_number_text(pt_null(), room).n, 0);
}

static void test_number_what_is_none_is_undefined(void **state) {
    (void)state;
    static const char *const bad[] = {"",
                                      "-",
                                      "+1",
                                      "01",
                                      "-01",
                                      "1.",
                                      ".5",
                                      "1e",
                                      "1e+",
                                      "0x1",
                                      "1 ",
                                      " 1",
                                      "1,",
                                      "NaN",
                                      "1e1000000001",
                                      "1e-1000000001",
                                      "0e99999999999999999999"};
    for (size_t i = 0; i < PT_COUNT(bad); i++)
        assert_false(pt_defined(pt_number(pt_str_of(bad[i]))));
    assert_false(pt_defined(pt_number((pt_str){0})));
    char digits[PT_NUMBER_DIGITS_MAX + 2];
    memset(digits, '7', sizeof digits);
    assert_true(pt_defined(pt_number((pt_str){digits, PT_NUMBER_DIGITS_MAX})));
    assert_false(pt_defined(pt_number((pt_str){digits, PT_NUMBER_DIGITS_MAX + 1})));
}

// -- the whole order ------------------------------------------------------------------------------

static void test_order_follows_rego(void **state) {
    (void)state;
    static const char *const rising[] = {
        "null",      "false",     "true",         "-1",           "0.5",       "1",
        "\"\"",      "\"A\"",     "\"a\"",        "\"a\\u0000\"", "\"aa\"",    "\"ab\"",
        "\"abc\"",   "\"b\"",     "\"\xc3\xa9\"", "[]",           "[null]",    "[1]",
        "[1,1]",     "[2]",       "[[]]",         "{}",           "{\"a\":1}", "{\"a\":1,\"b\":0}",
        "{\"a\":2}", "{\"b\":0}",
    };
    pt_arena a = {0};
    for (size_t i = 0; i < PT_COUNT(rising); i++)
        for (size_t j = 0; j < PT_COUNT(rising); j++) {
            pt_value x;
            pt_value y;
            assert_int_equal(pt_json_parse(&a, pt_str_of(rising[i]), NULL, &x, NULL), PT_OK);
            assert_int_equal(pt_json_parse(&a, pt_str_of(rising[j]), NULL, &y, NULL), PT_OK);
            int c = pt_cmp(x, y);
            if ((c > 0) - (c < 0) != (i > j) - (i < j))
                print_error("%s against %s\n", rising[i], rising[j]);
            assert_int_equal((c > 0) - (c < 0), (i > j) - (i < j));
            assert_int_equal(pt_eq(x, y), i == j);
        }
    pt_value one = pt_int(1);
    pt_value set = pt_set_of(&a, &one, 1);
    assert_true(pt_cmp(set, pt_set_of(&a, NULL, 0)) > 0);
    assert_true(pt_cmp(set, pt_object_of(&a, (pt_value[]){set, set}, 1, NULL)) > 0);
    assert_false(pt_eq(set, pt_array_of(&a, &one, 1)));
    pt_arena_done(&a);
}

// xorshift64* (Vigna 2016): the same values on every run.
static uint64_t random_word(uint64_t *state) {
    *state ^= *state >> 12;
    *state ^= *state << 25;
    *state ^= *state >> 27;
    return *state * UINT64_C(0x2545f4914f6cdd1d);
}

// NOLINTNEXTLINE(misc-no-recursion): `depth`
static pt_value random_value(pt_arena *a, uint64_t *state, int depth) {
    static const char *const numbers[] = {"0", "-0",   "1",    "1.0", "10e-1",
                                          "2", "-1.5", "1e30", "1e31"};
    static const char *const strings[] = {"", "a", "a\x01", "ab", "abc", "abd", "b"};
    uint64_t word = random_word(state);
    size_t pick = (size_t)(word >> 8 & 0xff);
    size_t n = (size_t)(word >> 16 & 3);
    pt_value items[8];
    switch (word % (depth > 0 ? 7 : 4)) {
    case 0:
        return pt_null();
    case 1:
        return pt_bool(pick & 1);
    case 2:
        return number(numbers[pick % PT_COUNT(numbers)]);
    case 3:
        return pt_stringz(strings[pick % PT_COUNT(strings)]);
    default:
        for (size_t i = 0; i < 2 * n; i++)
            items[i] = random_value(a, state, depth - 1);
        return word % 7 == 4   ? pt_array_of(a, items, n)
               : word % 7 == 5 ? pt_set_of(a, items, n)
                               : pt_object_of(a, items, n, NULL);
    }
}

static void test_order_is_total_over_random_triples(void **state) {
    (void)state;
    uint64_t seed = 42;
    pt_arena a = {0};
    for (int i = 0; i < 200000; i++) {
        pt_value x = random_value(&a, &seed, 3);
        pt_value y = random_value(&a, &seed, 3);
        pt_value z = random_value(&a, &seed, 3);
        int xy = pt_cmp(x, y);
        int yz = pt_cmp(y, z);
        assert_int_equal(pt_cmp(x, x), 0);
        assert_int_equal((xy > 0) - (xy < 0), -((pt_cmp(y, x) > 0) - (pt_cmp(y, x) < 0)));
        if (xy <= 0 && yz <= 0)
            assert_true(pt_cmp(x, z) <= 0);
        if (xy >= 0 && yz >= 0)
            assert_true(pt_cmp(x, z) >= 0);
        assert_int_equal(pt_eq(x, y), xy == 0);
        if (xy == 0)
            assert_int_equal(pt_hash(x, 9), pt_hash(y, 9));
        if (i % 100 == 0)
            pt_arena_clear(&a);
    }
    pt_arena_done(&a);
}

// [a, a] of [a, a] of …: written out, no machine would get to the end of it.
static void test_order_of_what_is_the_same_looks_at_nothing(void **state) {
    (void)state;
    pt_arena a = {0};
    pt_value v = pt_array_of(&a, (pt_value[]){pt_int(1)}, 1);
    pt_value object = v;
    for (size_t i = 0; i < 100; i++) {
        v = pt_array_of(&a, (pt_value[]){v, v}, 2);
        object = pt_object_of(&a, (pt_value[]){pt_int(1), object, pt_int(2), object}, 2, NULL);
    }
    pt_value less = pt_array_of(&a, (pt_value[]){v, object, pt_int(1)}, 3);
    pt_value more = pt_array_of(&a, (pt_value[]){v, object, pt_int(2)}, 3);
    assert_int_equal(pt_cmp(v, v), 0);
    assert_int_equal(pt_cmp(less, more), -1);
    assert_int_equal(pt_cmp(more, less), 1);
    assert_true(pt_eq(less, pt_array_of(&a, (pt_value[]){v, object, pt_int(1)}, 3)));
    assert_int_equal(pt_len(pt_set_of(&a, (pt_value[]){v, object, v, object}, 4)), 2);
    pt_arena_done(&a);
}

// -- an end for what is longer than any life ------------------------------------------------------

// Two of them are equal, and share nothing.
static pt_value many_times(pt_arena *a, pt_tag tag) {
    pt_value v = pt_array_of(a, (pt_value[]){pt_int(1)}, 1);
    for (size_t i = 0; i < 60; i++) {
        pt_value twice[] = {v, pt_array_of(a, (pt_value[]){v, v}, 2)};
        v = tag == PT_ARRAY ? pt_array_of(a, twice, 2)
            : tag == PT_SET ? pt_set_of(a, twice, 2)
                            : pt_object_of(a, (pt_value[]){pt_int(1), v, pt_int(2), v}, 2, NULL);
    }
    assert_true(pt_defined(v));
    return v;
}

typedef pt_value walk_fn(pt_arena *a, pt_value x, pt_value y);

static pt_value walk_cmp(pt_arena *a, pt_value x, pt_value y) {
    (void)a;
    assert_int_not_equal(pt_cmp(x, y), 0);
    return pt_undefined();
}

static pt_value walk_eq(pt_arena *a, pt_value x, pt_value y) {
    (void)a;
    assert_false(pt_eq(x, y));
    return pt_undefined();
}

static pt_value walk_hash(pt_arena *a, pt_value x, pt_value y) {
    (void)a, (void)y;
    (void)pt_hash(x, 1);
    return pt_undefined();
}

static pt_value walk_set(pt_arena *a, pt_value x, pt_value y) {
    return pt_set_of(a, (pt_value[]){x, y}, 2);
}

static pt_value walk_object(pt_arena *a, pt_value x, pt_value y) {
    return pt_object_of(a, (pt_value[]){x, pt_int(1), y, pt_int(2)}, 2, NULL);
}

static pt_value walk_clone(pt_arena *a, pt_value x, pt_value y) {
    (void)y;
    return pt_clone(a, x);
}

static pt_value walk_json(pt_arena *a, pt_value x, pt_value y) {
    (void)a, (void)y;
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF((size_t)64 << 30);
    assert_int_equal(pt_json_write(&b, x, NULL, NULL), PT_E_TIMEOUT);
    return pt_undefined();
}

static void test_walks_of_what_never_ends_end_in_time(void **state) {
    static walk_fn *const walks[] = {walk_cmp,    walk_eq,    walk_hash, walk_set,
                                     walk_object, walk_clone, walk_json};
    static const pt_tag tags[] = {PT_ARRAY, PT_OBJECT, PT_SET};
    (void)state;
    for (size_t t = 0; t < PT_COUNT(tags); t++) {
        pt_arena a = {0};
        pt_value x = many_times(&a, tags[t]);
        pt_value y = many_times(&a, tags[t]);
        for (size_t i = 0; i < PT_COUNT(walks); i++) {
            pt_arena room = {0};
            pt_watch w = {.deadline_ns = pt_monotonic_ns() + INT64_C(10000000)};
            pt_watch_begin(&w);
            assert_false(pt_defined(walks[i](&room, x, y)));
            pt_watch_end(&w);
            assert_true(w.ended);
            assert_true(pt_monotonic_ns() < w.deadline_ns + 2 * PT_SECOND_NS);
            pt_arena_done(&room);
        }
        pt_arena_done(&a);
    }
}

// Of a million references to one long text, or one long number, each costs.
static void test_walks_count_long_scalars(void **state) {
    (void)state;
    enum {
        ITEMS = 1 << 20,
        BYTES = 1 << 20,
        DIGITS = 9999
    };
    pt_arena a = {0};
    pt_value *items = pt_arena_zero(&a, sizeof *items, ITEMS);
    char *text = pt_arena_take(&a, BYTES);
    memset(text, '1', BYTES);
    const size_t bytes[] = {BYTES, DIGITS};
    for (size_t k = 0; k < PT_COUNT(bytes); k++) {
        pt_value two[2];
        for (size_t i = 0; i < 2; i++) {
            pt_str s = pt_arena_str(&a, (pt_str){text, bytes[k]});
            pt_value v = k ? pt_number(s) : pt_string(s);
            for (size_t at = 0; at < ITEMS; at++)
                items[at] = v;
            two[i] = pt_array_of(&a, items, ITEMS);
        }
        for (size_t i = 0; i < 3; i++) {
            pt_watch w = {.deadline_ns = pt_monotonic_ns() + INT64_C(10000000)};
            pt_watch_begin(&w);
            if (i == 0)
                assert_int_not_equal(pt_cmp(two[0], two[1]), 0);
            else if (i == 1)
                assert_false(pt_eq(two[0], two[1]));
            else
                (void)pt_hash(two[0], 1);
            pt_watch_end(&w);
            assert_true(w.ended);
            assert_true(pt_monotonic_ns() < w.deadline_ns + 2 * PT_SECOND_NS);
        }
    }
    pt_arena_done(&a);
}

// Objects of one document that look alike share their keys: only what they hold is looked at.
static void test_order_of_objects_that_share_keys_is_that_of_their_values(void **state) {
    (void)state;
    static const char text[] =
        "[{\"b\":1,\"a\":\"x\",\"c\":[]},{\"b\":2,\"a\":\"w\",\"c\":[]},"
        "{\"b\":1,\"a\":\"x\",\"c\":[0]},{\"b\":1,\"a\":\"x\",\"c\":[]},{},{}]";
    pt_arena a = {0};
    pt_arena other = {0};
    pt_value v;
    assert_int_equal(pt_json_parse(&a, pt_str_of(text), NULL, &v, NULL), PT_OK);
    for (size_t i = 0; i < pt_len(v); i++)
        for (size_t j = 0; j < pt_len(v); j++) {
            pt_value apart = pt_clone(&other, pt_at(v, j)); // shares nothing
            assert_int_equal(pt_cmp(pt_at(v, i), pt_at(v, j)), pt_cmp(pt_at(v, i), apart));
        }
    assert_true(pt_cmp(pt_at(v, 0), pt_at(v, 1)) > 0); // "a" comes before "b"
    assert_true(pt_cmp(pt_at(v, 0), pt_at(v, 2)) < 0);
    assert_int_equal(pt_cmp(pt_at(v, 0), pt_at(v, 3)), 0);
    assert_true(pt_cmp(pt_at(v, 0), pt_at(v, 4)) > 0);
    pt_arena_done(&other);
    pt_arena_done(&a);
}

static void test_hash_depends_on_seed_and_content(void **state) {
    (void)state;
    static const char text[] = "abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyz";
    uint64_t last = 0;
    for (size_t n = 0; n < sizeof text; n++) {
        char copy[sizeof text];
        memcpy(copy, text, n);
        uint64_t h = pt_hash(pt_string((pt_str){copy, n}), 1);
        assert_int_equal(h, pt_hash(pt_string((pt_str){text, n}), 1));
        assert_int_not_equal(h, pt_hash(pt_string((pt_str){text, n}), 2));
        assert_int_not_equal(h, last);
        for (size_t i = 0; i < n; i++) {
            copy[i] ^= 1;
            assert_int_not_equal(h, pt_hash(pt_string((pt_str){copy, n}), 1));
            copy[i] ^= 1;
        }
        last = h;
    }
    assert_int_not_equal(pt_hash(pt_null(), 1), pt_hash(pt_bool(false), 1));
    assert_int_not_equal(pt_hash(pt_bool(true), 1), pt_hash(pt_bool(false), 1));
    assert_int_not_equal(pt_hash(pt_stringz("1"), 1), pt_hash(pt_int(1), 1));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_number_order_is_that_of_exact_rationals),
        cmocka_unit_test(test_number_text_is_kept_as_written),
        cmocka_unit_test(test_number_what_is_none_is_undefined),
        cmocka_unit_test(test_order_follows_rego),
        cmocka_unit_test(test_order_is_total_over_random_triples),
        cmocka_unit_test(test_order_of_what_is_the_same_looks_at_nothing),
        cmocka_unit_test(test_walks_of_what_never_ends_end_in_time),
        cmocka_unit_test(test_walks_count_long_scalars),
        cmocka_unit_test(test_order_of_objects_that_share_keys_is_that_of_their_values),
        cmocka_unit_test(test_hash_depends_on_seed_and_content),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
