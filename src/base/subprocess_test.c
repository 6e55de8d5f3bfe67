#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/subprocess.h"
#include "base/testing.h"

static pt_code run(const char *const *argv, pt_str input, pt_buf *out, pt_subprocess_end *end,
                   pt_err *e) {
    pt_subprocess p = {
        .argv = argv, .input = input, .output_bytes_max = 1 << 20, .timeout_ms = 5000};
    return pt_subprocess_run(&p, out, end, e);
}

#define SHELL(script) ((const char *const[]){"/bin/sh", "-c", script, NULL})

static void test_subprocess_input_comes_back_whole(void **state) {
    (void)state;
    PT_AUTO(pt_buf_done) pt_buf in = PT_BUF(1 << 20);
    PT_AUTO(pt_buf_done) pt_buf out = PT_BUF(1 << 20);
    pt_buf_fill(&in, 'x', 500000); // more than a pipe holds, both ways
    pt_subprocess_end end;
    pt_err e = {0};
    const char *const cat[] = {"/bin/cat", NULL};
    assert_int_equal(run(cat, pt_buf_str(&in), &out, &end, &e), PT_OK);
    assert_int_equal(end.exit, 0);
    assert_true(pt_str_eq(pt_buf_str(&in), pt_buf_str(&out)));
}

static void test_subprocess_exit_and_last_words_are_told(void **state) {
    (void)state;
    PT_AUTO(pt_buf_done) pt_buf out = PT_BUF(4096);
    pt_subprocess_end end;
    assert_int_equal(
        run(SHELL("printf 'no\\033 way\\n' >&2; exit 7"), pt_str_of(NULL), &out, &end, NULL),
        PT_OK);
    assert_int_equal(end.exit, 7);
    assert_string_equal(end.said, "no\\x1b way");
    assert_int_equal(run(SHELL("kill -9 $$"), pt_str_of(NULL), &out, &end, NULL), PT_OK);
    assert_int_equal(end.exit, -1);
    assert_int_equal(end.signal, SIGKILL);
}

static void test_subprocess_environment_is_what_is_given(void **state) {
    (void)state;
    PT_AUTO(pt_buf_done) pt_buf out = PT_BUF(4096);
    pt_subprocess_end end;
    const pt_subprocess p = {.argv = (const char *const[]){"/usr/bin/env", NULL},
                             .environment = (const char *const[]){"HOME=/h", "A=b c", NULL},
                             .output_bytes_max = 4096};
    assert_int_equal(pt_subprocess_run(&p, &out, &end, NULL), PT_OK);
    assert_str(pt_buf_str(&out), "HOME=/h\nA=b c\n");
}

// Neither our environment nor our descriptors: both may hold secrets.
static void test_subprocess_gets_nothing_of_ours(void **state) {
    (void)state;
    PT_AUTO(pt_buf_done) pt_buf out = PT_BUF(65536);
    pt_subprocess_end end;
    int leak = open("/dev/null", O_RDONLY); // not closed on exec
    assert_true(leak > 2);
    assert_int_equal(
        run(SHELL("env; ls /proc/self/fd | wc -l; pwd"), pt_str_of(NULL), &out, &end, NULL), PT_OK);
    close(leak);
    pt_str text = pt_buf_str(&out);
    assert_true(pt_str_has(text, PT_STR("PATH=/usr/sbin")));
    assert_true(pt_str_has(text, PT_STR("\n4\n/\n"))); // three, and the folder that ls reads
    assert_false(pt_str_has(text, PT_STR("HOME=")));
}

static void test_subprocess_that_hangs_or_floods_is_killed(void **state) {
    (void)state;
    PT_AUTO(pt_buf_done) pt_buf out = PT_BUF(4096);
    pt_subprocess_end end;
    pt_err e = {0};
    // What it started holds the pipe: the whole session must go.
    pt_subprocess p = {
        .argv = SHELL("sleep 60 & sleep 60"), .output_bytes_max = 100, .timeout_ms = 200};
    assert_int_equal(pt_subprocess_run(&p, &out, &end, &e), PT_E_TIMEOUT);
    assert_int_equal(end.signal, SIGKILL);
    p = (pt_subprocess){.argv = SHELL("yes"), .output_bytes_max = 1000, .timeout_ms = 5000};
    assert_int_equal(pt_subprocess_run(&p, &out, &end, &e), PT_E_LIMIT);
    assert_int_equal(out.n, 0);
}

static void test_subprocess_that_does_not_read_is_no_fault(void **state) {
    (void)state;
    PT_AUTO(pt_buf_done) pt_buf in = PT_BUF(1 << 20);
    PT_AUTO(pt_buf_done) pt_buf out = PT_BUF(4096);
    pt_buf_fill(&in, 'x', 500000);
    signal(SIGPIPE, SIG_IGN);
    pt_subprocess_end end;
    assert_int_equal(run(SHELL("exit 0"), pt_buf_str(&in), &out, &end, NULL), PT_OK);
    assert_int_equal(end.exit, 0);
}

static void test_subprocess_missing_program_is_absent(void **state) {
    (void)state;
    PT_AUTO(pt_buf_done) pt_buf out = PT_BUF(4096);
    pt_subprocess_end end;
    pt_err e = {0};
    const char *const none[] = {"/nonexistent/program", NULL};
    assert_int_equal(run(none, pt_str_of(NULL), &out, &end, &e), PT_E_ABSENT);
    assert_non_null(strstr(e.what, "/nonexistent/program"));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_subprocess_input_comes_back_whole),
        cmocka_unit_test(test_subprocess_exit_and_last_words_are_told),
        cmocka_unit_test(test_subprocess_environment_is_what_is_given),
        cmocka_unit_test(test_subprocess_gets_nothing_of_ours),
        cmocka_unit_test(test_subprocess_that_hangs_or_floods_is_killed),
        cmocka_unit_test(test_subprocess_that_does_not_read_is_no_fault),
        cmocka_unit_test(test_subprocess_missing_program_is_absent),
    };
    return cmocka_run_group_tests_name("base_subprocess", tests, NULL, NULL);
}
