// A cache's folder: what is kept, what is not believed, what is thrown away.
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/testing.h"
#include "collect/image/cache.h"

typedef struct fixture {
    char folder[64];
    pt_arena a;
    pt_cache c;
} fixture;

static void open_cache(fixture *f, uint64_t bytes_max) {
    pt_err e = {0};
    if (pt_cache_open(&f->c, f->folder, bytes_max, &e))
        fail_msg("%s", e.what);
}

static int set_up(void **state) {
    fixture *f = calloc(1, sizeof *f);
    *state = f;
    snprintf(f->folder, sizeof f->folder, "/tmp/pt-cache-XXXXXX");
    if (!f || !mkdtemp(f->folder))
        return -1;
    open_cache(f, 0);
    return 0;
}

static size_t each_file(fixture *f, bool unlink_it) {
    size_t n = 0;
    DIR *d = opendir(f->folder);
    for (const struct dirent *one; d && (one = readdir(d));)
        if (one->d_name[0] != '.') {
            n++;
            if (unlink_it)
                unlinkat(dirfd(d), one->d_name, 0);
        }
    if (d)
        closedir(d);
    return n;
}

static int tear_down(void **state) {
    fixture *f = *state;
    pt_cache_close(&f->c);
    pt_arena_done(&f->a);
    each_file(f, true);
    rmdir(f->folder);
    free(f);
    return 0;
}

static pt_hash256 key(unsigned n) {
    const pt_str s = {(const char *)&n, sizeof n};
    return pt_sha256(&s, 1);
}

static void put(fixture *f, unsigned n, pt_str value) {
    pt_hash256 k = key(n);
    pt_cache_put(&f->c, &k, value);
}

static bool get(fixture *f, unsigned n, pt_str *ret) {
    pt_hash256 k = key(n);
    return pt_cache_get(&f->c, &k, &f->a, ret);
}

static void path_of(const fixture *f, unsigned n, char ret[256]) {
    pt_hash256 k = key(n);
    int at = snprintf(ret, 256, "%s/", f->folder);
    for (size_t i = 0; i < sizeof k.b; i++)
        at += snprintf(ret + at, 256 - (size_t)at, "%02x", k.b[i]);
}

static void test_cache_value_is_there_again(void **state) {
    fixture *f = *state;
    pt_str v = {0};
    assert_false(get(f, 1, &v));
    put(f, 1, PT_STR("one"));
    put(f, 2, (pt_str){0});
    put(f, 1, PT_STR("uno"));
    assert_true(get(f, 1, &v));
    assert_str(v, "uno");
    assert_true(get(f, 2, &v));
    assert_int_equal(v.n, 0);
    assert_false(get(f, 3, &v));
    assert_int_equal(f->c.note.code, PT_OK);
    assert_int_equal(each_file(f, false), 2);
}

static void test_cache_without_folder_knows_nothing(void **state) {
    fixture *f = *state;
    pt_str v = {0};
    uint8_t secret[PT_SHA256_BYTES];
    pt_cache_close(&f->c);
    f->c = PT_CACHE_NONE;
    put(f, 1, PT_STR("one"));
    assert_false(get(f, 1, &v));
    pt_cache_secret(&f->c, secret);
    assert_int_equal(f->c.note.code, PT_OK);
}

// Every byte of an entry, and every length of it.
static void test_cache_damaged_entry_is_none_and_is_told(void **state) {
    fixture *f = *state;
    pt_str v = {0};
    char path[256];
    path_of(f, 1, path);
    for (size_t i = 0; i < 48 + 3; i++) {
        put(f, 1, PT_STR("one"));
        int fd = open(path, O_RDWR);
        char c = 0;
        assert_int_equal(pread(fd, &c, 1, (off_t)i), 1);
        c ^= 1;
        assert_int_equal(pwrite(fd, &c, 1, (off_t)i), 1);
        close(fd);
        assert_false(get(f, 1, &v));
        assert_int_equal(f->c.note.code, PT_E_CORRUPT);
        assert_int_equal(access(path, F_OK), -1);
    }
    for (off_t i = 0; i < 48 + 3; i++) {
        put(f, 1, PT_STR("one"));
        assert_int_equal(truncate(path, i), 0);
        assert_false(get(f, 1, &v));
    }
}

static void test_cache_entry_under_another_key_is_none(void **state) {
    fixture *f = *state;
    pt_str v = {0};
    char one[256];
    char two[256];
    path_of(f, 1, one);
    path_of(f, 2, two);
    put(f, 1, PT_STR("one"));
    assert_int_equal(rename(one, two), 0);
    assert_false(get(f, 2, &v));
}

static void test_cache_link_or_pipe_is_no_entry(void **state) {
    fixture *f = *state;
    pt_str v = {0};
    char path[256];
    path_of(f, 1, path);
    assert_int_equal(symlink("/etc/passwd", path), 0);
    assert_false(get(f, 1, &v));
    unlink(path);
    assert_int_equal(mkfifo(path, 0600), 0);
    assert_false(get(f, 1, &v)); // and does not wait for a writer
    unlink(path);
}

static void test_cache_folder_of_others_is_refused(void **state) {
    fixture *f = *state;
    pt_cache c;
    pt_err e = {0};
    static const mode_t open_to[] = {0770, 0707, 0722};
    for (size_t i = 0; i < PT_COUNT(open_to); i++) {
        assert_int_equal(chmod(f->folder, open_to[i]), 0);
        assert_int_equal(pt_cache_open(&c, f->folder, 0, &e), PT_E_DENIED);
        assert_int_equal(c.fd, -1);
    }
    assert_int_equal(chmod(f->folder, 0700), 0);
    if (geteuid() == 0) {
        assert_int_equal(chown(f->folder, 65534, 65534), 0);
        assert_int_equal(pt_cache_open(&c, f->folder, 0, &e), PT_E_DENIED);
        assert_int_equal(chown(f->folder, 0, 0), 0);
    }
    assert_int_equal(pt_cache_open(&c, "/proc/none/such", 0, &e), PT_E_IO);
}

static void test_cache_is_bounded_and_keeps_what_was_used_last(void **state) {
    fixture *f = *state;
    static char big[64 << 10];
    pt_str v = {0};
    char path[256];
    struct timespec times[2] = {{.tv_nsec = UTIME_OMIT}, {.tv_sec = 0}};
    for (unsigned i = 0; i < 40; i++) {
        put(f, i, (pt_str){big, sizeof big});
        path_of(f, i, path);
        times[1].tv_sec = 1000 + i;
        assert_int_equal(utimensat(AT_FDCWD, path, times, 0), 0);
    }
    assert_true(get(f, 0, &v)); // is the youngest one from now on
    pt_cache_close(&f->c);
    assert_int_equal(each_file(f, false), 40);
    open_cache(f, 1 << 20);
    put(f, 100, PT_STR("new"));
    pt_cache_close(&f->c);
    open_cache(f, 1 << 20);
    assert_true(get(f, 0, &v));
    assert_true(get(f, 39, &v));
    assert_true(get(f, 100, &v));
    assert_false(get(f, 1, &v));
    size_t left = each_file(f, false);
    assert_true(left > 8 && left < 16);
}

static void test_cache_sweeps_only_what_is_its_own(void **state) {
    fixture *f = *state;
    char path[256];
    static const char *const names[] = {"new.0123456789abcdef", "new.fedcba9876543210",
                                        "thesis.txt"};
    struct timespec times[2] = {{.tv_sec = 1000}, {.tv_sec = 1000}};
    for (size_t i = 0; i < PT_COUNT(names); i++) {
        snprintf(path, sizeof path, "%s/%s", f->folder, names[i]);
        int fd = open(path, O_CREAT | O_WRONLY, 0600);
        assert_true(fd >= 0);
        if (i != 1) // of the second one somebody writes just now
            assert_int_equal(futimens(fd, times), 0);
        close(fd);
    }
    put(f, 1, PT_STR("one"));
    pt_cache_close(&f->c);
    assert_int_equal(each_file(f, false), 3);
    snprintf(path, sizeof path, "%s/%s", f->folder, names[0]);
    assert_int_equal(access(path, F_OK), -1);
    open_cache(f, 0);
}

static void test_cache_secret_stays_with_the_folder(void **state) {
    fixture *f = *state;
    uint8_t one[PT_SHA256_BYTES];
    uint8_t two[PT_SHA256_BYTES];
    char path[256];
    struct stat st;
    pt_cache_secret(&f->c, one);
    pt_cache_secret(&f->c, two);
    assert_memory_equal(one, two, sizeof one);
    snprintf(path, sizeof path, "%s/key", f->folder);
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
    assert_int_equal(truncate(path, 5), 0);
    pt_cache_secret(&f->c, two);
    assert_memory_not_equal(one, two, sizeof one);
    pt_cache_secret(&f->c, one);
    assert_memory_equal(one, two, sizeof one);
}

// A full disk, played by a limit of files' sizes.
static void test_cache_that_cannot_write_says_so_once_and_goes_on(void **state) {
    fixture *f = *state;
    static char big[64 << 10];
    pt_str v = {0};
    struct rlimit was;
    put(f, 1, PT_STR("one"));
    signal(SIGXFSZ, SIG_IGN);
    getrlimit(RLIMIT_FSIZE, &was);
    setrlimit(RLIMIT_FSIZE, &(struct rlimit){4096, was.rlim_max});
    put(f, 2, (pt_str){big, sizeof big});
    setrlimit(RLIMIT_FSIZE, &was);
    signal(SIGXFSZ, SIG_DFL);
    assert_int_equal(f->c.note.sys, EFBIG);
    assert_false(get(f, 2, &v));
    assert_true(get(f, 1, &v));
    assert_int_equal(each_file(f, false), 1);
}

// Twenty that write, read and throw away the same; a few are killed meanwhile. What is read is
// right.
static void test_cache_is_safe_among_many(void **state) {
    fixture *f = *state;
    enum {
        N = 20,
        ROUNDS = 60
    };
    pid_t pids[N];
    for (unsigned i = 0; i < N; i++) {
        pids[i] = fork();
        if (pids[i])
            continue;
        static char text[5000];
        bool ok = true;
        for (unsigned r = 0; ok && r < ROUNDS; r++) {
            pt_arena a = {0};
            pt_cache c;
            pt_str v = {0};
            unsigned n = (i + r) % 7;
            pt_hash256 k = key(n);
            memset(text, 'a' + (int)n, sizeof text);
            if (pt_cache_open(&c, f->folder, 12 << 10, NULL))
                _exit(1);
            pt_cache_put(&c, &k, (pt_str){text, sizeof text});
            if (pt_cache_get(&c, &k, &a, &v))
                ok = v.n == sizeof text && memcmp(v.p, text, v.n) == 0;
            ok = ok && c.note.code == PT_OK;
            pt_cache_close(&c);
            pt_arena_done(&a);
        }
        _exit(ok ? 0 : 2);
    }
    for (unsigned i = 0; i < N; i += 7)
        kill(pids[i], SIGKILL);
    for (unsigned i = 0; i < N; i++) {
        int status = 0;
        assert_int_equal(waitpid(pids[i], &status, 0), pids[i]);
        if (i % 7)
            assert_int_equal(status, 0);
    }
    pt_str v = {0};
    put(f, 1, PT_STR("after all"));
    assert_true(get(f, 1, &v));
    assert_str(v, "after all");
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, set_up, tear_down)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(test_cache_value_is_there_again),
        TEST(test_cache_without_folder_knows_nothing),
        TEST(test_cache_damaged_entry_is_none_and_is_told),
        TEST(test_cache_entry_under_another_key_is_none),
        TEST(test_cache_link_or_pipe_is_no_entry),
        TEST(test_cache_folder_of_others_is_refused),
        TEST(test_cache_is_bounded_and_keeps_what_was_used_last),
        TEST(test_cache_sweeps_only_what_is_its_own),
        TEST(test_cache_secret_stays_with_the_folder),
        TEST(test_cache_that_cannot_write_says_so_once_and_goes_on),
        TEST(test_cache_is_safe_among_many),
    };
    return cmocka_run_group_tests_name("image_cache", tests, NULL, NULL);
}
