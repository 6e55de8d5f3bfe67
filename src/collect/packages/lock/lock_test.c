#include "collect/packages/lock/lock.h"
#include "collect/packages/lock/testing_lock.h"
#include "value/json.h"

static void assert_lines(const pt_json_lines *l, pt_value v, uint32_t line, uint32_t end) {
    uint32_t got;
    uint32_t got_end;
    pt_json_lines_find(l, v, &got, &got_end);
    assert_int_equal(got, line);
    assert_int_equal(got_end, end);
}

static void test_json_lines_of_objects_and_arrays(void **state) {
    (void)state;
    PT_AUTO(pt_arena_done) pt_arena a = {0};
    pt_value v;
    pt_str text = PT_STR("{\n \"a\": {\"v\": \"]}\\\"\", \"w\": \"1\",\n  \"in\": {\"v\": \"2\"},\n"
                         "  \"none\": {}, \"escaped\": {\"v\": \"\\u0041\"}},\n"
                         " \"b\": [[\n\"x\"\n], \"y\"],\n \"same\": {\"v\": \"3\"}\n}");
    assert_int_equal(pt_json_parse(&a, text, NULL, &v, NULL), PT_OK);
    const pt_json_lines *l = pt_json_lines_new(&a, text);
    assert_non_null(l);
    assert_lines(l, pt_getz(v, "a"), 2, 4);
    assert_lines(l, pt_getz(pt_getz(v, "a"), "in"), 3, 3);
    assert_lines(l, pt_getz(pt_getz(v, "a"), "none"), 0, 0);
    assert_lines(l, pt_getz(pt_getz(v, "a"), "escaped"), 0, 0);
    assert_lines(l, pt_getz(v, "b"), 5, 7);
    assert_lines(l, pt_at(pt_getz(v, "b"), 0), 5, 7);
    assert_lines(l, pt_getz(v, "same"), 8, 8);
    assert_lines(NULL, v, 0, 0);
}

static void test_integrity_is_the_strongest(void **state) {
    (void)state;
    PT_AUTO(pt_arena_done) pt_arena a = {0};
    static const char sha1[] = "sha1:da39a3ee5e6b4b0d3255bfef95601890afd80709";
    static const char both[] =
        "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
#define SHA1   "sha1-2jmj7l5rSw0yVb/vlWAYkK/YBwk="
#define SHA256 "sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="
    assert_str(pt_lock_integrity(&a, PT_STR(SHA1)), sha1);
    assert_str(pt_lock_integrity(&a, PT_STR(SHA1 " " SHA256 "?x")), both);
    assert_str(pt_lock_integrity(&a, PT_STR(SHA256 "  " SHA1)), both);
    assert_str(pt_lock_integrity(&a, PT_STR(SHA1 " sha256-AAAA sha256- sha256")), sha1);
    assert_str(pt_lock_integrity(&a, PT_STR("sha384-AAAA")), "");
    assert_str(pt_lock_integrity(&a, (pt_str){0}), "");
}

// What is put and asked for in a test, as one reader after the other.
static pt_value ids(pt_arena *a, const char *one, const char *two) {
    const pt_value all[] = {pt_stringz(one), pt_stringz(two)};
    return pt_array_of(a, all, two ? 2 : 1);
}

static void put(pt_lock *l, const char *name, bool dev, uint32_t line, pt_value depends) {
    const pt_package p = {.name = pt_str_of(name),
                          .version = PT_STR("1"),
                          .dev = dev,
                          .line = line,
                          .depends = depends};
    assert_int_equal(pt_lock_put(l, &p, NULL), PT_OK);
}

static pt_code one_of_each(pt_read *r, pt_str text, pt_err *e) {
    pt_lock l = {.r = r, .dev_told = true};
    (void)text;
    put(&l, "b", true, 9, ids(r->a, "c@1", "a@1"));
    put(&l, "a", true, 7, pt_undefined());
    put(&l, "b", false, 5, ids(r->a, "a@1", "gone@1"));
    put(&l, "a", true, 3, pt_undefined());
    put(&l, "c", false, 0, pt_undefined());
    return pt_lock_end(&l, e);
}

static pt_code ways(pt_read *r, bool partial, pt_err *e) {
    pt_lock l = {.r = r, .rooted = true, .partial = partial};
    put(&l, "direct", false, 0, ids(r->a, "shared@1", NULL));
    put(&l, "shared", false, 0, ids(r->a, "direct@1", NULL)); // a circle
    put(&l, "tool", false, 0, ids(r->a, "shared@1", "helper@1"));
    put(&l, "helper", false, 0, pt_undefined());
    put(&l, "lost", false, 0, pt_undefined());
    assert_int_equal(pt_lock_root(&l, PT_STR("direct@1"), false, NULL), PT_OK);
    assert_int_equal(pt_lock_root(&l, PT_STR("tool@1"), true, NULL), PT_OK);
    assert_int_equal(pt_lock_root(&l, PT_STR("nowhere@1"), false, NULL), PT_OK);
    return pt_lock_end(&l, e);
}

static pt_code all_ways(pt_read *r, pt_str text, pt_err *e) {
    (void)text;
    return ways(r, false, e);
}

static pt_code some_ways(pt_read *r, pt_str text, pt_err *e) {
    (void)text;
    return ways(r, true, e);
}

static void test_lock_has_one_of_each(void **state) {
    (void)state;
    assert_reads(one_of_each, "", "a 1 dev :3-3\nb 1 :5-5 > a@1,c@1\nc 1\n");
}

static void test_lock_finds_the_way_to_each(void **state) {
    (void)state;
    assert_reads(all_ways, "",
                 "direct 1 direct > shared@1\nhelper 1 indirect dev\nlost 1 indirect\n"
                 "shared 1 indirect > direct@1\ntool 1 direct dev > helper@1,shared@1\n");
    assert_reads(some_ways, "",
                 "direct 1 direct > shared@1\nhelper 1 indirect\nlost 1\n"
                 "shared 1 indirect > direct@1\ntool 1 direct > helper@1,shared@1\n");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_json_lines_of_objects_and_arrays),
        cmocka_unit_test(test_integrity_is_the_strongest),
        cmocka_unit_test(test_lock_has_one_of_each),
        cmocka_unit_test(test_lock_finds_the_way_to_each),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
