// The power fails at any moment: before every call that writes and within every write, at once or
// after another process went on. What was not flushed is lost by chance; nothing acknowledged may
// be.
#include <fts.h>

#include "record/ledger/testing_fault.h"

typedef struct loss {
    const disk *disk;
    uint64_t seed;
} loss;

static uint64_t roll(loss *w, uint64_t sides) {
    w->seed = w->seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (w->seed >> 33) % sides;
}

// Any of the names whose folder was not flushed may be as they were before.
static void lose_names(loss *w, int ledger, int aside) {
    for (unsigned i = w->disk->renames; i > 0; i--) {
        const char *name = w->disk->renamed[i - 1].name;
        const char *old = w->disk->renamed[i - 1].aside;
        if (w->disk->renamed[i - 1].folder == 0 || roll(w, 2))
            continue;
        char lost[32]; // a folder goes with all that is in it
        snprintf(lost, sizeof lost, "lost-%u", i);
        if (*old)
            PT_IGNORE(renameat(aside, old, ledger, name)); // or its folder is lost as well
        else
            PT_IGNORE(renameat(ledger, name, aside, lost));
    }
}

// Of what was written and not flushed a part may be there, or its length, with zeros in it.
static void lose_bytes(loss *w, const char *path, off_t size, off_t flushed) {
    off_t keep = flushed + (off_t)roll(w, (uint64_t)(size - flushed) + 1);
    if (roll(w, 3))
        assert_int_equal(truncate(path, keep), 0);
    else
        keep = size;
    int fd = open(path, O_WRONLY | O_CLOEXEC);
    assert_true(fd >= 0);
    for (off_t at = flushed; roll(w, 2) && at < keep && at < flushed + 64; at++)
        assert_int_equal(pwrite(fd, "", 1, at), 1);
    close(fd);
}

static void lose_unflushed(const char *dir, int aside, loss *w) {
    int ledger = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (ledger < 0)
        return;
    lose_names(w, ledger, aside);
    close(ledger);
    char *paths[] = {strdup(dir), NULL};
    FTS *walk = fts_open(paths, FTS_PHYSICAL | FTS_NOCHDIR, NULL);
    for (FTSENT *at; walk && (at = fts_read(walk)) != NULL;) {
        if (at->fts_info != FTS_F)
            continue;
        off_t flushed = 0;
        for (unsigned i = 0; i < w->disk->files; i++)
            if (w->disk->file[i].inode == at->fts_statp->st_ino)
                flushed = w->disk->file[i].size;
        if (flushed < at->fts_statp->st_size)
            lose_bytes(w, at->fts_path, at->fts_statp->st_size, flushed);
    }
    if (walk)
        fts_close(walk);
    free(paths[0]);
}

typedef enum after_death {
    POWER_FAILS,
    ANOTHER_APPENDS, // and then the power fails
    ANOTHER_SIGNS,
} after_death;

// The process dies at the point. False: it came to its end before.
static bool die_at(fault_kind kind, int64_t point, after_death after, told *t) {
    temp_dir d = make_temp();
    char path[128];
    snprintf(path, sizeof path, "%s/aside", d.top);
    assert_int_equal(mkdir(path, 0700), 0);
    fault_io io = fault_make(kind, EIO, point);
    io.disk = &t->disk;
    io.disk_folder = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    assert_true(io.disk_folder >= 0);
    bool reached = scenario(d.ledger, &io, t, NULL) != PT_OK;
    io.kind = FAULT_NONE;
    t->sign = after == ANOTHER_SIGNS;
    if (after != POWER_FAILS)
        assert_ok(go_on(d.ledger, &io, t, why));
    const char *seed = getenv("PT_SEED"); // for long runs; the same losses without it
    loss w = {&t->disk, (uint64_t)point + (seed ? strtoull(seed, NULL, 10) : 0)};
    lose_unflushed(d.ledger, io.disk_folder, &w);
    close(io.disk_folder);
    assert_recovered(d.ledger, t, point);
    remove_tree(d.top);
    return reached;
}

static void move_death(fault_kind kind, after_death after) {
    told *t = calloc(1, sizeof *t);
    assert_non_null(t);
    int64_t point = 0;
    while (point < POINTS_MAX && die_at(kind, point, after, t)) {
        memset(t, 0, sizeof *t);
        point++;
    }
    assert_in_range(point, 20, POINTS_MAX - 1); // the scenario was not cut short
    free(t);
}

static void test_power_fails_before_every_call(void **state) {
    (void)state;
    move_death(FAULT_DIE, POWER_FAILS);
}

static void test_power_fails_within_every_write(void **state) {
    (void)state;
    move_death(FAULT_TORN, POWER_FAILS);
}

static void test_power_a_kill_before_every_call_then_another_process_then_the_power(void **state) {
    (void)state;
    move_death(FAULT_DIE, ANOTHER_APPENDS);
    move_death(FAULT_DIE, ANOTHER_SIGNS);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_power_fails_before_every_call),
        cmocka_unit_test(test_power_fails_within_every_write),
        cmocka_unit_test(test_power_a_kill_before_every_call_then_another_process_then_the_power),
    };
    return cmocka_run_group_tests_name("power", tests, NULL, NULL);
}
