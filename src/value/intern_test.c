#include <string.h>

#include "base/testing.h"
#include "base/watch.h"
#include "value/intern.h"
#include "value/json.h"

static pt_value parse(pt_arena *a, pt_str text) {
    pt_value v;
    assert_int_equal(pt_json_parse(a, text, NULL, &v, NULL), PT_OK);
    return v;
}

// xorshift64* (Vigna 2016): the same values on every run.
static uint64_t random_word(uint64_t *state) {
    *state ^= *state >> 12;
    *state ^= *state << 25;
    *state ^= *state >> 27;
    return *state * UINT64_C(0x2545f4914f6cdd1d);
}

static pt_value random_text(pt_arena *a, uint64_t *state) {
    static const size_t sizes[] = {0, 1, 2, 3, 7, 16, 127, 128, 300};
    uint64_t word = random_word(state);
    pt_str s = {NULL, sizes[word % PT_COUNT(sizes)]};
    char *p = pt_arena_take(a, s.n + 1);
    memset(p, 'a' + (int)(word >> 8 & 1), s.n);
    if (s.n)
        p[s.n - 1] = (char)(word >> 16 & 3); // with NULs, too
    s.p = p;
    return pt_string(s);
}

// NOLINTNEXTLINE(misc-no-recursion): `depth`
static pt_value random_value(pt_arena *a, uint64_t *state, int depth) {
    static const char *const numbers[] = {"0", "-0", "1", "1.0", "10e-1", "1e30", "-1.5"};
    uint64_t word = random_word(state);
    size_t n = (size_t)(word >> 16 & 3);
    pt_value items[8];
    if ((word & 0xff0000000000) == 0) { // a long one
        pt_list l = {.a = a};
        for (int64_t i = 0; i < 150; i++)
            pt_list_add(&l, pt_int(i % 2));
        return pt_list_end(&l);
    }
    switch (word % (depth > 0 ? 7 : 4)) {
    case 0:
        return pt_null();
    case 1:
        return pt_bool(word >> 8 & 1);
    case 2:
        return pt_number(pt_str_of(numbers[(word >> 8) % PT_COUNT(numbers)]));
    case 3:
        return random_text(a, state);
    default:
        for (size_t i = 0; i < 2 * n; i++)
            items[i] = random_value(a, state, depth - 1);
        return word % 7 == 4   ? pt_array_of(a, items, n)
               : word % 7 == 5 ? pt_set_of(a, items, n)
                               : pt_object_of(a, items, n, NULL);
    }
}

static void assert_same_json(pt_value x, pt_value y) {
    pt_buf a = PT_BUF(1 << 20);
    pt_buf b = PT_BUF(1 << 20);
    pt_code code = pt_json_write(&a, x, NULL, NULL);
    assert_int_equal(pt_json_write(&b, y, NULL, NULL), code);
    assert_true(pt_str_eq(pt_buf_str(&a), pt_buf_str(&b)));
    pt_buf_done(&a);
    pt_buf_done(&b);
}

// NOLINTNEXTLINE(misc-no-recursion): the depth of random values
static void assert_ended_texts(pt_value v) {
    if (pt_tag_of(v) == PT_STRING)
        assert_int_equal(pt_text(v).p[pt_text(v).n], '\0');
    for (size_t i = 0; i < pt_len(v); i++) {
        assert_ended_texts(pt_at(v, i));
        assert_ended_texts(pt_key_at(v, i));
        assert_ended_texts(pt_val_at(v, i));
    }
}

static int sign(int n) {
    return (n > 0) - (n < 0);
}

static void test_intern_copies_are_equal_and_need_only_their_arena(void **state) {
    enum {
        VALUES = 20000
    };
    (void)state;
    static pt_value mine[VALUES], clones[VALUES];
    pt_arena from = {0};
    pt_arena to = {0};
    pt_arena apart = {0};
    pt_interner *t = pt_interner_new(&to);
    assert_non_null(t);
    uint64_t seed = 11;
    for (size_t i = 0; i < VALUES; i++) {
        pt_value v = random_value(&from, &seed, 4);
        mine[i] = pt_intern(t, v);
        clones[i] = pt_clone(&apart, v);
        pt_arena_clear(&from);
    }
    pt_arena_done(&from);
    pt_interner_free(t);
    for (size_t i = 0; i < VALUES; i++) {
        pt_value other = clones[(i + 1) % VALUES];
        assert_true(pt_eq(mine[i], clones[i]));
        assert_int_equal(pt_cmp(mine[i], clones[i]), 0);
        assert_int_equal(sign(pt_cmp(mine[i], other)), sign(pt_cmp(clones[i], other)));
        assert_int_equal(sign(pt_cmp(other, mine[i])), sign(pt_cmp(other, clones[i])));
        assert_int_equal(pt_hash(mine[i], 5), pt_hash(clones[i], 5));
        assert_same_json(mine[i], clones[i]);
        assert_ended_texts(mine[i]);
    }
    pt_arena_done(&to);
    pt_arena_done(&apart);
}

static pt_value look_alike(pt_arena *a, int i) {
    pt_str text = pt_arena_printf(
        a,
        "{\"apiVersion\":\"v1\",\"kind\":\"Service\",\"metadata\":{\"name\":\"svc-%d\","
        "\"namespace\":\"shop\",\"labels\":{\"app\":\"a-name-that-all-have\",\"tier\":\"front\"}},"
        "\"spec\":{\"ports\":[{\"port\":80,\"protocol\":\"TCP\"}],\"type\":\"ClusterIP\"}}",
        i);
    return parse(a, text);
}

static void test_intern_parts_that_are_equal_exist_once(void **state) {
    enum {
        OBJECTS = 1000
    };
    (void)state;
    pt_arena from = {0};
    pt_arena to = {0};
    pt_interner *t = pt_interner_new(&to);
    pt_value first = pt_intern(t, look_alike(&from, 0));
    size_t one = pt_interner_bytes(t);
    pt_value last = pt_undefined();
    for (int i = 1; i < OBJECTS; i++)
        last = pt_intern(t, look_alike(&from, i));
    // the object, its metadata, and "svc-999" are its own
    size_t each = (pt_interner_bytes(t) - one) / (OBJECTS - 1);
    assert_in_range(each, 100, (5 + 4) * sizeof(pt_value) + 8);
    assert_true(one > 3 * each);
    assert_true(to.bytes < 1 << 20);
    assert_ptr_equal(pt_getz(first, "spec").seq, pt_getz(last, "spec").seq);
    assert_ptr_equal(pt_text(pt_key_at(first, 0)).p, pt_text(pt_key_at(last, 0)).p);
    size_t before = pt_interner_bytes(t);
    pt_value again = pt_intern(t, look_alike(&from, OBJECTS - 1));
    assert_ptr_equal(again.seq, last.seq);
    assert_int_equal(pt_interner_bytes(t), before);
    pt_interner_free(t);
    pt_arena_done(&from);
    pt_arena_done(&to);
}

static void test_intern_full_arena_gives_undefined_until_it_is_large_enough(void **state) {
    (void)state;
    pt_arena from = {0};
    pt_list l = {.a = &from};
    for (int i = 0; i < 3000; i++) {
        pt_list_add(&l, look_alike(&from, i));
        pt_list_add(&l, pt_string(pt_arena_printf(&from, "%0400d", i)));
    }
    pt_value v = pt_list_end(&l);
    pt_value copy = {0};
    size_t refused = 0;
    for (size_t bytes = 1; !pt_defined(copy); bytes += 50000, refused++) {
        pt_arena a = {.bytes_max = bytes};
        pt_interner *t = pt_interner_new(&a);
        copy = pt_intern(t, v);
        assert_int_equal(a.full, !pt_defined(copy));
        pt_interner_free(t);
        if (pt_defined(copy))
            assert_true(pt_eq(copy, v));
        pt_arena_done(&a);
        assert_true(bytes < (size_t)16 << 20);
    }
    assert_true(refused > 5);
    pt_arena_done(&from);
}

static void test_intern_the_deepest_value_is_copied(void **state) {
    (void)state;
    pt_arena a = {0};
    pt_arena to = {0};
    pt_value v = pt_int(1);
    for (size_t i = 0; i < PT_VALUE_DEPTH_MAX; i++)
        v = i % 2 ? pt_array_of(&a, &v, 1)
                  : pt_object_of(&a, (pt_value[]){pt_stringz("k"), v}, 1, NULL);
    pt_interner *t = pt_interner_new(&to);
    pt_value copy = pt_intern(t, v);
    pt_interner_free(t);
    pt_arena_done(&a);
    assert_false(pt_defined(pt_array_of(&to, &copy, 1)));
    pt_arena_done(&to);
}

// The same part twice in each of 60 levels: longer than any life when it is walked.
static void test_intern_ends_with_the_watch(void **state) {
    (void)state;
    pt_arena a = {0};
    pt_value v = pt_array_of(&a, (pt_value[]){pt_int(1)}, 1);
    for (size_t i = 0; i < 60; i++)
        v = pt_array_of(&a, (pt_value[]){v, v}, 2);
    atomic_bool cancel = true;
    pt_watch w = {.cancel = &cancel};
    pt_interner *t = pt_interner_new(&a);
    pt_watch_begin(&w);
    assert_false(pt_defined(pt_intern(t, v)));
    pt_watch_end(&w);
    pt_interner_free(t);
    pt_arena_done(&a);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_intern_copies_are_equal_and_need_only_their_arena),
        cmocka_unit_test(test_intern_parts_that_are_equal_exist_once),
        cmocka_unit_test(test_intern_full_arena_gives_undefined_until_it_is_large_enough),
        cmocka_unit_test(test_intern_the_deepest_value_is_copied),
        cmocka_unit_test(test_intern_ends_with_the_watch),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
