// Syntax trees as values: testdata/trees.json has modules, and what OPA's rego.parse_module gives.
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/fd.h"
#include "base/testing.h"
#include "judge/policy/rego/ast_value.h"
#include "value/json.h"

static pt_value read_cases(pt_arena *a) {
    char path[4096];
    PT_AUTO(pt_buf_done) pt_buf text = PT_BUF(4 << 20);
    snprintf(path, sizeof path, "%s/judge/policy/testdata/trees.json", getenv("PT_TESTDATA"));
    PT_AUTO(pt_fd_close) int fd = open(path, O_RDONLY | O_CLOEXEC);
    assert_true(fd >= 0);
    assert_int_equal(pt_fd_read_all(fd, &text, NULL), PT_OK);
    pt_value v = pt_undefined();
    assert_int_equal(pt_json_parse(a, pt_arena_str(a, pt_buf_str(&text)), NULL, &v, NULL), PT_OK);
    assert_true(pt_len(v) > 0);
    return v;
}

static void expect(pt_str note, pt_value want, pt_value got) {
    if (pt_eq(want, got))
        return;
    pt_buf g = PT_BUF(1 << 20);
    PT_IGNORE(pt_json_write(&g, got, NULL, NULL)); // what fits is shown
    fail_msg("%.*s: got %.*s", PT_PRI(note), PT_PRI(pt_buf_str(&g)));
}

static void test_parse_module_as_opa(void **state) {
    (void)state;
    pt_arena a = {0};
    pt_value cases = read_cases(&a);
    for (size_t i = 0; i < pt_len(cases); i++) {
        pt_value c = pt_at(cases, i);
        pt_call call = {.arena = &a};
        pt_value got = pt_ast_parse_module(&call, PT_STR("f.rego"), pt_text(pt_getz(c, "module")));
        pt_str note = pt_text(pt_getz(c, "note"));
        if (pt_defined(pt_getz(c, "error")))
            expect(note, pt_getz(c, "error"), pt_string(call.message));
        else
            expect(note, pt_getz(c, "want"), got);
    }
    pt_arena_done(&a);
}

// However little memory there is: a value or a fault, never half of a tree.
static void test_parse_module_little_memory_is_a_fault(void **state) {
    (void)state;
    pt_str text = PT_STR("package a\np contains {x, [y]} if { x := {1, 2}[_]; y = $`{x}` }\n"
                         "f(_) := 1 if input.x else := 2\n");
    bool made = false;
    for (size_t max = 1 << 10; max < 1 << 24 && !made; max += max / 4) {
        pt_arena a = {.bytes_max = max};
        pt_call call = {.arena = &a};
        made = pt_defined(pt_ast_parse_module(&call, PT_STR("f.rego"), text));
        assert_true(made == (call.fault == PT_FAULT_NONE));
        pt_arena_done(&a);
    }
    assert_true(made);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_parse_module_as_opa),
        cmocka_unit_test(test_parse_module_little_memory_is_a_fault),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
