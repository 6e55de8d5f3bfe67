// Processes that are killed at any moment, processes beside each other, and a disk that is full.
#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <time.h>

#include "record/ledger/testing_ledger.h"

enum {
    ROUNDS = 100, // of two kills
    LIVES_US_MAX = 6000,
    WRITERS = 8,
    APPENDS = 50,
};

// One line of the child to the parent: entry `index` is durable and holds number `number`.
typedef struct receipt {
    uint64_t index, number;
} receipt;

static void die_unless(bool ok) {
    if (!ok)
        _exit(3);
}

// Append and sign until killed; tell of each entry only when the ledger says so.
_Noreturn static void live(const char *dir, int pipe, uint64_t number) {
    pt_ledger *l = NULL;
    die_unless(pt_ledger_open(&l, dir, &(pt_ledger_opts){.origin = ORIGIN}, NULL, NULL) == PT_OK);
    for (;; number += 3) {
        char text[3][128];
        pt_str batch[3];
        receipt r[3];
        uint64_t first = 0;
        for (uint64_t i = 0; i < 3; i++)
            batch[i] = entry_text(text[i], "kill", number + i);
        die_unless(pt_ledger_append(l, batch, 3, &first, NULL) == PT_OK);
        for (uint64_t i = 0; i < 3; i++)
            r[i] = (receipt){first + i, number + i};
        die_unless(write(pipe, r, sizeof r) == (ssize_t)sizeof r);
        if (number % 4 == 0)
            die_unless(pt_ledger_checkpoint(l, NULL) == PT_OK);
    }
}

static uint64_t mix(uint64_t *state) { // splitmix64
    uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return z ^ z >> 31;
}

typedef struct receipts {
    pt_arena a;
    PT_VEC(receipt) list;
} receipts;

// Two lives at once, killed one after the other; what they told is read to the end.
static void live_and_die(const char *dir, receipts *all, uint64_t *seed, uint64_t number) {
    int ends[2];
    assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
    pid_t child[2];
    for (size_t i = 0; i < 2; i++) {
        child[i] = fork();
        assert_true(child[i] >= 0);
        if (child[i] == 0)
            live(dir, ends[1], number + i * 1000000);
    }
    close(ends[1]);
    for (size_t i = 0; i < 2; i++) {
        long us = (long)(mix(seed) % (LIVES_US_MAX));
        nanosleep(&(struct timespec){.tv_nsec = us * 1000}, NULL);
        kill(child[i], SIGKILL);
        int status = 0;
        assert_int_equal(waitpid(child[i], &status, 0), child[i]);
        assert_true(WIFSIGNALED(status)); // it did not end by itself, on an error
    }
    receipt r;
    while (read(ends[0], &r, sizeof r) == (ssize_t)sizeof r) {
        receipt *room = PT_PUSH(&all->a, &all->list);
        assert_non_null(room);
        *room = r;
    }
    close(ends[0]);
}

static void assert_told(pt_ledger *l, const receipts *all, size_t from) {
    pt_arena a = {0};
    for (size_t i = from; i < all->list.n; i++) {
        char text[128];
        pt_str want = entry_text(text, "kill", all->list.v[i].number);
        pt_str got = {0};
        assert_ok(pt_ledger_entry(l, &a, all->list.v[i].index, &got, why));
        assert_true(pt_str_eq(got, want));
    }
    pt_arena_done(&a);
}

// NOLINTNEXTLINE(readability-function-cognitive-complexity): macros branch
static void test_crash_200_kills_lose_nothing(void **state) {
    (void)state;
    uint64_t seed = (uint64_t)time(NULL);
    const char *given = getenv("PT_SEED");
    if (given)
        seed = strtoull(given, NULL, 10);
    print_message("# PT_SEED=%llu\n", (unsigned long long)seed);
    temp_dir t = make_temp();
    receipts all = {0};
    pt_buf published = PT_BUF(PT_NOTE_BYTES_MAX);
    pt_ledger_audit audit = {0};
    for (uint64_t round = 0; round < ROUNDS; round++) {
        size_t before = all.list.n;
        live_and_die(t.ledger, &all, &seed, round * 10000);
        char path[128];
        snprintf(path, sizeof path, "%s/checkpoint", t.ledger);
        pt_buf dead = PT_BUF(PT_NOTE_BYTES_MAX); // what the world could see when they died
        if (access(path, F_OK) == 0)
            dead = read_whole(t.ledger, "checkpoint");
        pt_ledger *l = opened(t.ledger);
        assert_told(l, &all, round % 20 ? before : 0);
        assert_ok(pt_ledger_checkpoint(l, why));
        if (published.n)
            assert_ok(pt_ledger_extends(t.ledger, NULL, pt_buf_str(&published), why));
        if (dead.n)
            assert_ok(pt_ledger_extends(t.ledger, NULL, pt_buf_str(&dead), why));
        pt_buf_clear(&published);
        pt_buf_put(&published, pt_ledger_checkpoint_text(l));
        pt_buf_done(&dead);
        pt_ledger_free(l);
        if (round % 8 == 0 || round + 1 == ROUNDS)
            assert_ok(pt_ledger_verify(t.ledger, NULL, &audit, why));
    }
    print_message("# %zu acknowledged, %llu in the ledger\n", all.list.n,
                  (unsigned long long)audit.size);
    assert_true(all.list.n > ROUNDS);
    assert_true(audit.size >= all.list.n);
    pt_buf_done(&published);
    pt_arena_done(&all.a);
    remove_tree(t.top);
}

// A child of the test below: its own handle, its own entries, a checkpoint now and then.
_Noreturn static void write_beside(const char *dir, unsigned me, int pipe) {
    char tag[16];
    snprintf(tag, sizeof tag, "w%u", me);
    pt_ledger *l = NULL;
    die_unless(pt_ledger_open(&l, dir, &(pt_ledger_opts){.origin = ORIGIN}, NULL, NULL) == PT_OK);
    for (uint64_t i = 0; i < APPENDS; i++) {
        char text[128];
        pt_str entry = entry_text(text, tag, i);
        receipt r = {.number = me};
        die_unless(pt_ledger_append(l, &entry, 1, &r.index, NULL) == PT_OK);
        die_unless(write(pipe, &r, sizeof r) == (ssize_t)sizeof r);
        if (i % 17 == me)
            die_unless(pt_ledger_checkpoint(l, NULL) == PT_OK);
    }
    pt_ledger_free(l);
    _exit(0);
}

static void test_crash_8_writers_lose_nothing_and_keep_their_order(void **state) {
    (void)state;
    temp_dir t = make_temp();
    int ends[2];
    assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
    pid_t child[WRITERS];
    for (unsigned i = 0; i < WRITERS; i++) {
        child[i] = fork();
        assert_true(child[i] >= 0);
        if (child[i] == 0)
            write_beside(t.ledger, i, ends[1]);
    }
    close(ends[1]);
    static uint64_t told[WRITERS][APPENDS];
    uint64_t n[WRITERS] = {0};
    receipt r;
    while (read(ends[0], &r, sizeof r) == (ssize_t)sizeof r) {
        assert_true(r.number < WRITERS && n[r.number] < APPENDS);
        told[r.number][n[r.number]++] = r.index;
    }
    close(ends[0]);
    for (unsigned i = 0; i < WRITERS; i++) {
        int status = 0;
        assert_int_equal(waitpid(child[i], &status, 0), child[i]);
        assert_true(WIFEXITED(status));
        assert_int_equal(WEXITSTATUS(status), 0);
        assert_int_equal(n[i], APPENDS);
    }
    pt_ledger *l = opened(t.ledger);
    assert_int_equal(pt_ledger_size(l), (uint64_t)WRITERS * APPENDS);
    pt_arena a = {0};
    for (unsigned w = 0; w < WRITERS; w++)
        for (uint64_t i = 0; i < APPENDS; i++) {
            char tag[16];
            char text[128];
            pt_str got = {0};
            snprintf(tag, sizeof tag, "w%u", w);
            assert_ok(pt_ledger_entry(l, &a, told[w][i], &got, why));
            assert_true(pt_str_eq(got, entry_text(text, tag, i)));
            assert_true(i == 0 || told[w][i] > told[w][i - 1]);
        }
    pt_arena_done(&a);
    pt_ledger_free(l);
    pt_ledger_audit audit;
    assert_ok(pt_ledger_verify(t.ledger, NULL, &audit, why));
    remove_tree(t.top);
}

// In a mount namespace of its own: fill a file system of 1 MiB. Exit code: the line that failed.
#define must(cond)                                      \
    do {                                                \
        if (!(cond))                                    \
            _exit(__LINE__ & 127 ? __LINE__ & 127 : 1); \
    } while (0)

// NOLINTNEXTLINE(readability-function-cognitive-complexity): macros branch
_Noreturn static void fill_disk(const char *dir) {
    must(mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0);
    must(mount("tmpfs", dir, "tmpfs", MS_NOSUID | MS_NODEV, "size=1m,mode=700") == 0);
    char ledger[128];
    snprintf(ledger, sizeof ledger, "%s/ledger", dir);
    pt_ledger_opts opts = {.origin = ORIGIN};
    pt_ledger *l = NULL;
    must(pt_ledger_open(&l, ledger, &opts, NULL, NULL) == PT_OK);
    static char big[5000];
    uint64_t acknowledged = 0;
    pt_err e = {0};
    pt_code code = PT_OK;
    while (code == PT_OK) {
        uint64_t at = 0;
        code = pt_ledger_append(l, &(pt_str){big, sizeof big}, 1, &at, &e);
        acknowledged += code == PT_OK;
        if (code == PT_OK && acknowledged % 50 == 0)
            code = pt_ledger_checkpoint(l, &e);
    }
    must(code == PT_E_IO && e.sys == ENOSPC && strstr(e.what, "full") && strstr(e.remedy, "free"));
    uint64_t at;
    must(pt_ledger_append(l, &PT_STR("x"), 1, &at, &e) == PT_E_IO);
    pt_ledger_free(l);
    l = NULL;
    pt_ledger_audit audit;
    must(pt_ledger_verify(ledger, NULL, &audit, &e) == PT_OK && audit.size >= acknowledged);
    must(mount(NULL, dir, NULL, MS_REMOUNT, "size=4m") == 0); // the operator makes room
    must(pt_ledger_open(&l, ledger, &opts, NULL, &e) == PT_OK);
    must(pt_ledger_append(l, &PT_STR("x"), 1, &at, &e) == PT_OK);
    must(pt_ledger_checkpoint(l, &e) == PT_OK);
    must(pt_ledger_verify(ledger, NULL, &audit, &e) == PT_OK && audit.signed_size > acknowledged);
    pt_ledger_free(l);
    _exit(0);
}

static void test_crash_full_disk_is_an_error_and_loses_nothing(void **state) {
    (void)state;
    if (geteuid() != 0)
        skip_because("needs root to mount a tmpfs");
    temp_dir t = make_temp();
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        if (unshare(CLONE_NEWNS) != 0)
            _exit(200);
        fill_disk(t.top);
    }
    int status = 0;
    assert_int_equal(waitpid(child, &status, 0), child);
    remove_tree(t.top);
    if (WIFEXITED(status) && WEXITSTATUS(status) == 200)
        skip_because("no mount namespaces here");
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_crash_200_kills_lose_nothing),
        cmocka_unit_test(test_crash_8_writers_lose_nothing_and_keep_their_order),
        cmocka_unit_test(test_crash_full_disk_is_an_error_and_loses_nothing),
    };
    return cmocka_run_group_tests_name("crash", tests, NULL, NULL);
}
