// The worker here is this very program, started again under the worker's name.
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/testing.h"
#include "base/worker.h"

// -- jobs -----------------------------------------------------------------------------------------

static bool job_copy(const pt_job *j, int in, int out) {
    char b[256];
    ssize_t n = pread(in, b, j->size < sizeof b ? j->size : sizeof b, (off_t)j->offset);
    return n >= 0 && write(out, j->words[0], strlen(j->words[0])) >= 0 &&
           write(out, b, (size_t)n) == n;
}

static bool job_fail(const pt_job *j, int in, int out) {
    (void)j, (void)in;
    PT_IGNORE(write(out, "half", 4) < 0);
    return false;
}

static bool job_crash(const pt_job *j, int in, int out) {
    (void)j, (void)in, (void)out;
    syscall(SYS_exit_group, 0x8b); // what an exploit that ends it would look like is no success
    return true;
}

static bool job_escape(const pt_job *j, int in, int out) {
    (void)j, (void)in, (void)out;
    return syscall(SYS_openat, AT_FDCWD, "/etc/shadow", O_RDONLY, 0) >= 0;
}

static bool job_sleep(const pt_job *j, int in, int out) {
    (void)j, (void)in, (void)out;
    volatile bool on = true;
    while (on)
        ;
    return true;
}

static bool job_talk(const pt_job *j, int in, int out) {
    (void)j, (void)in;
    char b[4096] = {0};
    while (write(out, b, sizeof b) > 0)
        ;
    return true;
}

static size_t kept;

static bool job_keep(const pt_job *j, int in, int out) {
    (void)in, (void)out;
    kept = j->size;
    return true;
}

static bool job_tell(const pt_job *j, int in, int out) {
    (void)j, (void)in;
    char said = (char)('0' + kept);
    return write(out, &said, 1) == 1;
}

enum {
    COPY,
    FAIL,
    CRASH,
    ESCAPE,
    SLEEP,
    TALK,
    KEEP,
    TELL,
    UNKNOWN
};
static const pt_job_row jobs[] = {{.run = job_copy},         {.run = job_fail},  {.run = job_crash},
                                  {.run = job_escape},       {.run = job_sleep}, {.run = job_talk},
                                  {job_keep, .stays = true}, {.run = job_tell}};

// -- tests ----------------------------------------------------------------------------------------

static int begin(void **state) {
    pt_worker *w = calloc(1, sizeof *w);
    pt_err e = {0};
    *state = w;
    if (w && pt_worker_start(w, "/proc/self/exe", &e) == PT_OK)
        return 0;
    print_error("%s: %s\n", e.what, e.where);
    return -1;
}

static int end(void **state) {
    pt_worker_done(*state);
    free(*state);
    return 0;
}

static int file_of(const char *text) {
    char path[] = "/tmp/worker-XXXXXX";
    int fd = mkostemp(path, O_CLOEXEC);
    assert_true(fd >= 0);
    unlink(path);
    assert_int_equal(write(fd, text, strlen(text)), strlen(text));
    return fd;
}

static pt_code ask(pt_worker *w, uint32_t kind, pt_buf *out, pt_err *e) {
    PT_AUTO(pt_fd_close) int in = file_of("0123456789");
    pt_job j = {.kind = kind, .seconds = 1, .offset = 3, .size = 4};
    assert_true(pt_job_word(&j, 0, PT_STR("says ")));
    pt_code code = pt_worker_send(w, &j, in, e);
    return code ? code : pt_worker_receive(w, out, e);
}

static void test_job_reads_its_file_and_answers(void **state) {
    PT_AUTO(pt_buf_done) pt_buf out = PT_BUF(100);
    pt_err e = {0};
    assert_int_equal(ask(*state, COPY, &out, &e), PT_OK);
    assert_str(pt_buf_str(&out), "says 3456");
}

// After each death the next job is done as if nothing had been.
static void assert_dies(pt_worker *w, uint32_t kind, pt_code want, const char *says) {
    PT_AUTO(pt_buf_done) pt_buf out = PT_BUF(10000);
    pt_err e = {0};
    assert_int_equal(ask(w, kind, &out, &e), want);
    if (!strstr(e.what, says))
        fail_msg("%s: not \"%s\"", e.what, says);
    void *state = w;
    test_job_reads_its_file_and_answers(&state);
}

static void test_job_that_dies_is_a_result(void **state) {
    assert_dies(*state, FAIL, PT_E_CORRUPT, "gave up");
    assert_dies(*state, CRASH, PT_E_CORRUPT, "gave up");
    assert_dies(*state, ESCAPE, PT_E_CORRUPT, "asked the kernel");
    assert_dies(*state, SLEEP, PT_E_TIMEOUT, "took too long");
    assert_dies(*state, TALK, PT_E_LIMIT, "more was found");
}

static void test_job_that_stays_is_known_to_those_after_it(void **state) {
    PT_AUTO(pt_buf_done) pt_buf out = PT_BUF(100);
    pt_err e = {0};
    assert_int_equal(ask(*state, TELL, &out, &e), PT_OK);
    assert_int_equal(ask(*state, KEEP, &out, &e), PT_OK);
    assert_int_equal(ask(*state, TELL, &out, &e), PT_OK);
    assert_int_equal(ask(*state, TELL, &out, &e), PT_OK);
    assert_str(pt_buf_str(&out), "044");
}

static void test_unknown_job_ends_the_worker(void **state) {
    PT_AUTO(pt_buf_done) pt_buf out = PT_BUF(100);
    pt_err e = {0};
    assert_int_equal(ask(*state, UNKNOWN, &out, &e), PT_E_IO);
    assert_int_equal(ask(*state, COPY, &out, &e), PT_E_IO);
}

static void test_missing_program_is_absent(void **state) {
    (void)state;
    pt_worker w = {0};
    pt_err e = {0};
    assert_int_equal(pt_worker_start(&w, "/nonexistent/worker", &e), PT_E_ABSENT);
}

static void test_program_that_is_no_worker_is_refused(void **state) {
    (void)state;
    pt_worker w = {0};
    pt_err e = {0};
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(100);
    assert_int_equal(pt_worker_start(&w, "/bin/true", &e), PT_OK);
    assert_int_equal(pt_worker_send(&w, &(pt_job){.seconds = 5}, 0, &e), PT_OK);
    assert_int_equal(pt_worker_receive(&w, &b, &e), PT_E_UNSUPPORTED);
    assert_int_equal(pt_worker_send(&w, &(pt_job){.seconds = 5}, 0, &e), PT_E_IO);
    pt_worker_done(&w);
}

// A program that would leave a trace of itself.
static void test_program_does_not_run_without_a_job(void **state) {
    (void)state;
    pt_worker w = {0};
    char path[] = "/tmp/pt-worker-XXXXXX";
    char trace[64];
    int fd = mkstemp(path);
    snprintf(trace, sizeof trace, "%s.ran", path);
    dprintf(fd, "#!/bin/sh\ntouch %s\n", trace);
    fchmod(fd, 0700);
    close(fd);
    assert_int_equal(pt_worker_start(&w, path, NULL), PT_OK);
    pt_worker_done(&w);
    usleep(50000);
    assert_int_equal(access(trace, F_OK), -1);
    unlink(path);
}

static void test_word_that_is_too_long_is_refused(void **state) {
    (void)state;
    pt_job j = {0};
    char z[PT_JOB_WORD_BYTES];
    memset(z, 'a', sizeof z);
    assert_false(pt_job_word(&j, 0, (pt_str){z, sizeof z}));
    assert_false(pt_job_word(&j, 1, PT_STR("a\0b")));
    assert_true(pt_job_word(&j, 1, (pt_str){z, sizeof z - 1}));
}

int main(int argc, char **argv) {
    if (argc == 1 && strcmp(argv[0], "paratia-worker") == 0)
        return pt_worker_serve(0, jobs, PT_COUNT(jobs), NULL) ? 1 : 0;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_job_reads_its_file_and_answers, begin, end),
        cmocka_unit_test_setup_teardown(test_job_that_dies_is_a_result, begin, end),
        cmocka_unit_test_setup_teardown(test_job_that_stays_is_known_to_those_after_it, begin, end),
        cmocka_unit_test_setup_teardown(test_unknown_job_ends_the_worker, begin, end),
        cmocka_unit_test(test_missing_program_is_absent),
        cmocka_unit_test(test_program_that_is_no_worker_is_refused),
        cmocka_unit_test(test_program_does_not_run_without_a_job),
        cmocka_unit_test(test_word_that_is_too_long_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
