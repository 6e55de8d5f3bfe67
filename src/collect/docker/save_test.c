// Names of images, before they go into the path of a request.
#include "base/testing.h"
#include "collect/docker/docker.h"

static void test_docker_image_names_are_told_from_other_words(void **state) {
    (void)state;
    static const struct {
        const char *name;
        bool ok;
    } cases[] = {
        {"nginx", true},
        {"shop/web:1", true},
        {"10.0.0.5:5000/a/b_c--d:v1.2", true},
        {"web@sha256:abcd", true},
        {"c0ffee", true},
        {"", false},
        {"/etc/passwd", false},
        {"./img", false},
        {"../img", false},
        {"a/../b", false},
        {"a//b", false},
        {"a/", false},
        {"a b", false},
        {"a?x=1", false},
        {"a%2e", false},
        {"-o", false},
        {"a#b", false},
    };
    for (size_t i = 0; i < PT_COUNT(cases); i++)
        if (pt_docker_image_name(pt_str_of(cases[i].name)) != cases[i].ok)
            fail_msg("%s", cases[i].name);
}

static void test_docker_container_names_are_told_from_paths(void **state) {
    (void)state;
    static const char *const good[] = {"web", "0123abcd", "a.b_c-d"};
    static const char *const bad[] = {"", "-a", ".a", "a/b", "a:b", "a b", "a%2f", "a?b", "../x"};
    const pt_docker_target off = {.reason = PT_STR("no such context"), .remedy = PT_STR("mend it")};
    pt_arena a = {0};
    for (size_t i = 0; i < PT_COUNT(good) + PT_COUNT(bad); i++) {
        bool ok = i < PT_COUNT(good);
        const pt_docker_save_ask ask = {
            .target = &off, .image = ok ? good[i] : bad[i - PT_COUNT(good)], .to = -1};
        pt_value v = pt_undefined();
        pt_str where;
        pt_err e = {0};
        assert_int_equal(pt_docker_export(NULL, &a, &ask, &where, &v, &e),
                         ok ? PT_E_IO : PT_E_USAGE);
        assert_false(pt_defined(v));
    }
    pt_arena_done(&a);
}

static void test_docker_nothing_is_saved_without_an_engine(void **state) {
    (void)state;
    pt_arena a = {0};
    pt_str where = PT_STR("x");
    pt_err e = {0};
    const pt_docker_target off = {.reason = PT_STR("no such context"), .remedy = PT_STR("mend it")};
    pt_docker_save_ask ask = {.target = &off, .image = "a b", .to = -1};
    assert_int_equal(pt_docker_save(NULL, &a, &ask, &where, &e), PT_E_USAGE);
    ask.image = "a";
    assert_int_equal(pt_docker_save(NULL, &a, &ask, &where, &e), PT_E_IO);
    assert_string_equal(e.what, "no such context");
    assert_string_equal(e.remedy, "mend it");
    assert_int_equal(where.n, 0);
    pt_arena_done(&a);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_docker_image_names_are_told_from_other_words),
        cmocka_unit_test(test_docker_container_names_are_told_from_paths),
        cmocka_unit_test(test_docker_nothing_is_saved_without_an_engine),
    };
    return cmocka_run_group_tests_name("collect_docker_save", tests, NULL, NULL);
}
