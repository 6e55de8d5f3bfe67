// The formatter: testdata/formats.json has modules, and what `opa fmt` makes of them when it is
// asked until it does not change them any more.
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/fd.h"
#include "base/testing.h"
#include "judge/policy/rego/format.h"
#include "value/json.h"

static pt_value read_cases(pt_arena *a) {
    char path[4096];
    PT_AUTO(pt_buf_done) pt_buf text = PT_BUF(4 << 20);
    snprintf(path, sizeof path, "%s/judge/policy/testdata/formats.json", getenv("PT_TESTDATA"));
    PT_AUTO(pt_fd_close) int fd = open(path, O_RDONLY | O_CLOEXEC);
    assert_true(fd >= 0);
    assert_int_equal(pt_fd_read_all(fd, &text, NULL), PT_OK);
    pt_value v = pt_undefined();
    assert_int_equal(pt_json_parse(a, pt_arena_str(a, pt_buf_str(&text)), NULL, &v, NULL), PT_OK);
    assert_true(pt_len(v) > 0);
    return v;
}

static pt_rego_version version_of(pt_value c) {
    return pt_true(pt_getz(c, "v0")) ? PT_REGO_V0 : PT_REGO_V1;
}

static void test_format_as_opa(void **state) {
    (void)state;
    pt_arena a = {0};
    pt_value cases = read_cases(&a);
    for (size_t i = 0; i < pt_len(cases); i++) {
        pt_value c = pt_at(cases, i);
        pt_value want = pt_getz(c, "want");
        pt_diagnostics d = {.arena = &a};
        pt_buf got = PT_BUF(1 << 20);
        pt_source source = {PT_STR("f.rego"), pt_text(pt_getz(c, "module"))};
        bool good = pt_format(&got, &source, version_of(c), &d);
        if (!good)
            pt_diagnostics_write(&got, &d);
        pt_str wanted = pt_text(pt_defined(want) ? want : pt_getz(c, "error"));
        if (good != pt_defined(want) || !pt_str_eq(pt_buf_str(&got), wanted))
            fail_msg("%.*s: want\n%.*s\ngot\n%.*s", PT_PRI(pt_text(pt_getz(c, "note"))),
                     PT_PRI(wanted), PT_PRI(pt_buf_str(&got)));
        pt_buf_done(&got);
    }
    pt_arena_done(&a);
}

static void test_format_twice_is_once(void **state) {
    (void)state;
    pt_arena a = {0};
    pt_value cases = read_cases(&a);
    for (size_t i = 0; i < pt_len(cases); i++) {
        pt_value c = pt_at(cases, i);
        pt_value want = pt_getz(c, "want");
        pt_diagnostics d = {.arena = &a};
        pt_buf got = PT_BUF(1 << 20);
        pt_source source = {PT_STR("f.rego"), pt_text(want)};
        if (pt_defined(want)) {
            assert_true(pt_format(&got, &source, version_of(c), &d));
            assert_true(pt_str_eq(pt_buf_str(&got), source.text));
        }
        pt_buf_done(&got);
    }
    pt_arena_done(&a);
}

// However little memory there is: all of the module, or nothing.
static void test_format_little_memory_gives_nothing(void **state) {
    (void)state;
    pt_arena cases = {0};
    pt_value c = pt_at(read_cases(&cases), 0);
    pt_source source = {PT_STR("f.rego"), pt_text(pt_getz(c, "module"))};
    bool made = false;
    for (size_t max = 1 << 10; max < 1 << 24 && !made; max += max / 4) {
        pt_arena a = {.bytes_max = max};
        pt_diagnostics d = {.arena = &a};
        pt_buf got = PT_BUF(1 << 20);
        made = pt_format(&got, &source, version_of(c), &d);
        assert_true(made != d.full);
        assert_true(pt_str_eq(pt_buf_str(&got), made ? pt_text(pt_getz(c, "want")) : PT_STR("")));
        pt_buf_done(&got);
        pt_arena_done(&a);
    }
    assert_true(made);
    pt_arena_done(&cases);
}

static void test_format_room_that_is_too_small_is_told(void **state) {
    (void)state;
    pt_arena a = {0};
    pt_source source = {PT_STR("f.rego"), PT_STR("package a\np := {1,2}\n")};
    for (size_t max = 0; max < 20; max++) {
        pt_diagnostics d = {.arena = &a};
        pt_buf got = PT_BUF(max);
        assert_false(pt_format(&got, &source, PT_REGO_V1, &d));
        assert_true(d.full);
        assert_int_equal(got.n, 0);
        pt_buf_done(&got);
    }
    pt_arena_done(&a);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_format_as_opa),
        cmocka_unit_test(test_format_twice_is_once),
        cmocka_unit_test(test_format_little_memory_gives_nothing),
        cmocka_unit_test(test_format_room_that_is_too_small_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
