#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/testing.h"
#include "judge/catalogue/catalogue.h"
#include "record/store/store.h"

typedef struct bench {
    char dir[64], path[96];
    pt_arena a;
} bench;

static int set_up(void **state) {
    bench *b = calloc(1, sizeof *b);
    assert_non_null(b);
    snprintf(b->dir, sizeof b->dir, "/tmp/pt-store-XXXXXX");
    assert_non_null(mkdtemp(b->dir));
    snprintf(b->path, sizeof b->path, "%s/runs.db", b->dir);
    *state = b;
    return 0;
}

static int tear_down(void **state) {
    bench *b = *state;
    static const char *const ends[] = {"", "-wal", "-shm"};
    for (size_t i = 0; i < PT_COUNT(ends); i++) {
        char path[128];
        snprintf(path, sizeof path, "%s%s", b->path, ends[i]);
        unlink(path);
    }
    rmdir(b->dir);
    pt_arena_done(&b->a);
    free(b);
    return 0;
}

// A run at `second` in which these checks (by index in the catalogue) fail.
static pt_run run_at(bench *b, int second, const size_t *failing, size_t n) {
    pt_run r = {.verb = "audit", .subject = PT_STR("host"), .started = second * PT_SECOND_NS};
    for (size_t i = 0; i < n; i++) {
        pt_finding f = {.check = pt_catalogue_at(failing[i]),
                        .verdict = PT_FAIL,
                        .subject = PT_STR("host"),
                        .evidence = PT_STR("seen")};
        assert_true(pt_findings_add(&r.findings, &b->a, &f));
    }
    pt_findings_finish(&r.findings);
    return r;
}

static void keep(bench *b, pt_run *r, const char *scope) {
    pt_store *s = NULL;
    pt_err e = {0};
    assert_int_equal(pt_store_open(&s, b->path, &e), PT_OK);
    assert_int_equal(pt_store_keep(s, &b->a, r, pt_str_of(scope), &e), PT_OK);
    pt_store_free(s);
}

static const pt_finding *of_check(const pt_run *r, size_t check) {
    for (size_t i = 0; i < r->findings.all.n; i++)
        if (r->findings.all.v[i].check == pt_catalogue_at(check))
            return &r->findings.all.v[i];
    fail();
    return NULL;
}

static void test_store_second_run_tells_new_from_known(void **state) {
    bench *b = *state;
    pt_run first = run_at(b, 100, (const size_t[]){0, 1}, 2);
    keep(b, &first, "");
    assert_false(first.compared);
    pt_run second = run_at(b, 200, (const size_t[]){1, 2}, 2);
    keep(b, &second, "");
    assert_true(second.compared);
    assert_false(of_check(&second, 1)->is_new);
    assert_int_equal(of_check(&second, 1)->first_seen, 100 * PT_SECOND_NS);
    assert_true(of_check(&second, 2)->is_new);
    assert_int_equal(of_check(&second, 2)->first_seen, 200 * PT_SECOND_NS);
}

static void test_store_what_came_back_is_new_again(void **state) {
    bench *b = *state;
    pt_run r = run_at(b, 100, (const size_t[]){0}, 1);
    keep(b, &r, "");
    r = run_at(b, 200, NULL, 0);
    keep(b, &r, "");
    r = run_at(b, 300, (const size_t[]){0}, 1);
    keep(b, &r, "");
    assert_true(of_check(&r, 0)->is_new);
    assert_int_equal(of_check(&r, 0)->first_seen, 300 * PT_SECOND_NS);
}

static void test_store_what_got_worse_is_new_and_keeps_its_day(void **state) {
    bench *b = *state;
    pt_run r = run_at(b, 100, (const size_t[]){0}, 1);
    keep(b, &r, "");
    r = run_at(b, 200, (const size_t[]){0}, 1);
    r.findings.all.v[0].evidence = PT_STR("seen, and more");
    keep(b, &r, "");
    assert_true(of_check(&r, 0)->is_new);
    assert_int_equal(of_check(&r, 0)->first_seen, 100 * PT_SECOND_NS);
}

static pt_store *open_store(bench *b) {
    pt_store *s = NULL;
    assert_int_equal(pt_store_open(&s, b->path, NULL), PT_OK);
    return s;
}

static void test_store_what_got_better_is_not_new(void **state) {
    bench *b = *state;
    pt_run r = run_at(b, 100, (const size_t[]){0}, 1);
    r.findings.all.v[0].evidence = PT_STR("/etc (rw), /dev (rw), ENV A; ENV B");
    keep(b, &r, "");
    r = run_at(b, 200, (const size_t[]){0}, 1);
    r.findings.all.v[0].evidence = PT_STR("ENV B, /etc (rw)"); // fewer, and in another order
    keep(b, &r, "");
    assert_false(r.findings.all.v[0].is_new);
    assert_true(r.unchanged);
    r = run_at(b, 300, (const size_t[]){0}, 1);
    r.findings.all.v[0].evidence = PT_STR("ENV B, /etc (ro)");
    keep(b, &r, "");
    assert_true(r.findings.all.v[0].is_new);
}

// Docker was down for a run: what was there before is not new after it.
static void test_store_blind_runs_forget_nothing(void **state) {
    bench *b = *state;
    pt_run r = run_at(b, 100, (const size_t[]){0}, 1);
    keep(b, &r, "");
    for (int i = 0; i < 3; i++) {
        r = run_at(b, 200 + i, NULL, 0);
        pt_finding blind = {.check = pt_catalogue_at(0),
                            .verdict = PT_NOT_EVALUATED,
                            .subject = PT_STR("every container")};
        assert_true(pt_findings_add(&r.findings, &b->a, &blind));
        pt_findings_finish(&r.findings);
        keep(b, &r, "");
    }
    int64_t told = r.id;
    r = run_at(b, 300, (const size_t[]){0, 1}, 2);
    keep(b, &r, "");
    assert_false(of_check(&r, 0)->is_new);
    assert_int_equal(of_check(&r, 0)->first_seen, 100 * PT_SECOND_NS);
    assert_true(of_check(&r, 1)->is_new);
    pt_store *s = open_store(b);
    pt_changes c;
    assert_int_equal(pt_store_changes(s, &b->a, r.id, told, &c, NULL), PT_OK);
    assert_int_equal(c.fresh.n, 1);
    pt_store_free(s);
}

// A waiver that expired is news, though the finding is the same.
static void test_store_what_is_accepted_no_more_is_a_change(void **state) {
    bench *b = *state;
    pt_run first = run_at(b, 100, (const size_t[]){0}, 1);
    first.findings.all.v[0].waived = true;
    keep(b, &first, "");
    pt_run r = run_at(b, 200, (const size_t[]){0}, 1);
    keep(b, &r, "");
    assert_false(r.unchanged);
    pt_store *s = open_store(b);
    pt_changes c;
    assert_int_equal(pt_store_changes(s, &b->a, r.id, first.id, &c, NULL), PT_OK);
    assert_int_equal(c.fresh.n, 1);
    pt_store_free(s);
}

static void test_store_another_scope_is_not_compared(void **state) {
    bench *b = *state;
    pt_run r = run_at(b, 100, (const size_t[]){0}, 1);
    keep(b, &r, "--only host");
    r = run_at(b, 200, (const size_t[]){0}, 1);
    keep(b, &r, "");
    assert_false(r.compared);
}

static int64_t lost(bench *b, pt_run *r, int64_t entry) {
    pt_store *s = open_store(b);
    int64_t n = -1;
    int64_t from = -1;
    assert_int_equal(pt_store_lost(s, r->id, entry, &from, &n, NULL), PT_OK);
    assert_true(from >= 0 && from + n <= entry);
    pt_store_free(s);
    return n;
}

static void test_store_knows_how_many_receipts_are_of_no_run(void **state) {
    bench *b = *state;
    pt_run first = run_at(b, 100, NULL, 0);
    keep(b, &first, "");
    assert_int_equal(lost(b, &first, 0), 0);
    assert_int_equal(lost(b, &first, 7), 7); // nothing but this run is kept
    pt_store *s = open_store(b);
    assert_int_equal(pt_store_end(s, first.id, 7, 0, NULL), PT_OK);
    pt_store_free(s);
    pt_run second = run_at(b, 200, NULL, 0);
    keep(b, &second, "another scope");
    assert_int_equal(lost(b, &second, 8), 0);
    assert_int_equal(lost(b, &second, 10), 2); // an older store
    pt_run third = run_at(b, 300, NULL, 0);
    keep(b, &third, "");
    assert_int_equal(lost(b, &third, 9), 0); // the second one's receipt may be 8
    assert_int_equal(lost(b, &third, 8), 0); // or 9, to come
}

static void test_store_old_runs_are_pruned(void **state) {
    bench *b = *state;
    for (int i = 0; i < 110; i++) {
        pt_run r = run_at(b, 100 + i, (const size_t[]){0}, 1);
        keep(b, &r, "");
        if (i)
            assert_int_equal(of_check(&r, 0)->first_seen, 100 * PT_SECOND_NS);
    }
    struct stat st;
    assert_int_equal(stat(b->path, &st), 0);
    assert_true(st.st_size < 200000);
    assert_int_equal(st.st_mode & 0777, 0600);
}

static void test_store_what_is_looked_at_and_not_there_is_gone(void **state) {
    bench *b = *state;
    pt_run r = run_at(b, 100, (const size_t[]){0, 1}, 2);
    keep(b, &r, "");
    assert_int_equal(r.gone.n, 0);
    r = run_at(b, 200, (const size_t[]){1}, 1);
    keep(b, &r, "");
    assert_int_equal(r.gone.n, 1);
    assert_true(pt_str_eqz(r.gone.v[0].check, pt_catalogue_at(0)->id));
    assert_int_equal(r.gone.v[0].first_seen, 100 * PT_SECOND_NS);
    assert_true(pt_str_eqz(pt_kept_title(&r.gone.v[0]), pt_catalogue_at(0)->title));
}

// A check that could not look at the subject, or at anything of the kind, says nothing is gone.
static void test_store_what_was_not_looked_at_is_not_gone(void **state) {
    static const char *const subjects[] = {"host", "every container"};
    for (size_t i = 0; i < PT_COUNT(subjects); i++) {
        bench *b = *state;
        pt_run r = run_at(b, 100, (const size_t[]){0, 1}, 2);
        keep(b, &r, subjects[i]);
        r = run_at(b, 200, (const size_t[]){1}, 1);
        pt_finding blind = {.check = pt_catalogue_at(0),
                            .verdict = PT_NOT_EVALUATED,
                            .subject = pt_str_of(subjects[i])};
        assert_true(pt_findings_add(&r.findings, &b->a, &blind));
        pt_findings_finish(&r.findings);
        keep(b, &r, subjects[i]);
        assert_int_equal(r.gone.n, 0);
    }
}

static void test_store_what_is_accepted_is_not_gone(void **state) {
    bench *b = *state;
    pt_run r = run_at(b, 100, (const size_t[]){0}, 1);
    keep(b, &r, "");
    r = run_at(b, 200, (const size_t[]){0}, 1);
    r.findings.all.v[0].waived = true;
    keep(b, &r, "");
    assert_int_equal(r.gone.n, 0);
    r = run_at(b, 300, NULL, 0); // and what was accepted is no news when it goes
    keep(b, &r, "");
    assert_int_equal(r.gone.n, 0);
}

static void test_store_changes_are_against_any_earlier_run(void **state) {
    bench *b = *state;
    pt_run first = run_at(b, 100, (const size_t[]){0, 1}, 2);
    keep(b, &first, "");
    pt_run second = run_at(b, 200, (const size_t[]){1, 2}, 2);
    keep(b, &second, "");
    pt_run third = run_at(b, 300, (const size_t[]){2, 3}, 2);
    third.findings.all.v[0].waived = true;
    keep(b, &third, "");
    pt_store *s = open_store(b);
    pt_changes c;
    assert_int_equal(pt_store_changes(s, &b->a, third.id, first.id, &c, NULL), PT_OK);
    assert_int_equal(c.since, 100 * PT_SECOND_NS);
    assert_int_equal(c.fresh.n, 1); // of 2 and 3 one is waived
    assert_int_equal(c.gone.n, 2);
    assert_int_equal(c.entry, -1);
    size_t open = 0;
    for (size_t i = 0; i < PT_SEVERITY_COUNT; i++)
        open += c.open[i];
    assert_int_equal(open, 1);
    assert_int_equal(pt_store_end(s, third.id, 7, 3, NULL), PT_OK);
    assert_int_equal(pt_store_changes(s, &b->a, third.id, 0, &c, NULL), PT_OK);
    assert_int_equal(c.entry, 7);
    assert_int_equal(c.exit_code, 3);
    assert_int_equal(c.since, 0);
    assert_int_equal(c.gone.n, 0);
    assert_int_equal(pt_store_changes(s, &b->a, 99, 0, &c, NULL), PT_E_ABSENT);
    pt_store_free(s);
}

static void test_store_score_has_a_history(void **state) {
    bench *b = *state;
    pt_run r;
    for (int i = 0; i < 20; i++) {
        r = run_at(b, 100 + i, (const size_t[]){0}, 1);
        keep(b, &r, "");
        assert_int_equal(r.history.n, i < (int)PT_HISTORY_MAX ? i : (int)PT_HISTORY_MAX);
    }
    assert_int_equal(r.history.v[0].started, 106 * PT_SECOND_NS);
    assert_int_equal(r.history.v[PT_HISTORY_MAX - 1].started, 118 * PT_SECOND_NS);
    assert_int_equal(r.history.v[0].score, pt_run_score(&r, PT_KIND_COUNT));
}

// Who was not reached for a hundred runs is still told what changed since the last word.
static void test_store_run_that_was_told_is_not_pruned(void **state) {
    bench *b = *state;
    pt_run first = run_at(b, 100, (const size_t[]){0}, 1);
    keep(b, &first, "");
    pt_store *s = open_store(b);
    pt_last_told told;
    assert_int_equal(pt_store_told(s, &b->a, PT_STR("ops"), &told, NULL), PT_OK);
    assert_int_equal(told.run, 0);
    told = (pt_last_told){first.id, PT_STR("no root")};
    assert_int_equal(pt_store_tell(s, PT_STR("ops"), &told, NULL), PT_OK);
    pt_store_free(s);
    pt_run r;
    for (int i = 0; i < 110; i++) {
        r = run_at(b, 200 + i, (const size_t[]){1}, 1);
        keep(b, &r, "");
    }
    s = open_store(b);
    assert_int_equal(pt_store_told(s, &b->a, PT_STR("ops"), &told, NULL), PT_OK);
    assert_int_equal(told.run, first.id);
    assert_true(pt_str_eqz(told.trouble, "no root"));
    pt_changes c;
    assert_int_equal(pt_store_changes(s, &b->a, r.id, told.run, &c, NULL), PT_OK);
    assert_int_equal(c.gone.n, 1);
    pt_store_free(s);
}

// As version 0.1.0 left it.
static void test_store_first_schema_is_brought_forward(void **state) {
    bench *b = *state;
    sqlite3 *db = NULL;
    assert_int_equal(sqlite3_open(b->path, &db), SQLITE_OK);
    assert_int_equal(
        sqlite3_exec(
            db,
            "CREATE TABLE run (id INTEGER PRIMARY KEY, verb TEXT NOT NULL, subject TEXT NOT NULL,"
            " scope TEXT NOT NULL, started INTEGER NOT NULL, took_ns INTEGER NOT NULL,"
            " exit INTEGER NOT NULL, entry INTEGER);"
            "CREATE INDEX run_of ON run (verb, subject, scope, id);"
            "CREATE TABLE finding (run INTEGER NOT NULL REFERENCES run (id),"
            " fingerprint TEXT NOT NULL, chk TEXT NOT NULL, kind TEXT NOT NULL,"
            " subject TEXT NOT NULL, verdict TEXT NOT NULL, severity TEXT NOT NULL,"
            " evidence TEXT NOT NULL, first_seen INTEGER NOT NULL,"
            " PRIMARY KEY (run, fingerprint)) WITHOUT ROWID;"
            "CREATE INDEX finding_of ON finding (fingerprint, run);"
            "INSERT INTO run VALUES (1, 'audit', 'host', '', 50, 1, 1, NULL);"
            "INSERT INTO finding VALUES (1, 'abc', 'PT-GONE', 'host', 'host', 'fail', 'high', 'x',"
            " 50); PRAGMA user_version = 1;",
            NULL, NULL, NULL),
        SQLITE_OK);
    sqlite3_close(db);
    pt_run r = run_at(b, 100, NULL, 0);
    keep(b, &r, "");
    assert_true(r.compared);
    assert_int_equal(r.gone.n, 1);
    assert_true(pt_str_eqz(pt_kept_title(&r.gone.v[0]), "PT-GONE"));
    assert_int_equal(r.history.n, 0);
}

static void test_store_foreign_file_is_refused_and_kept(void **state) {
    bench *b = *state;
    FILE *f = fopen(b->path, "w");
    assert_non_null(f);
    for (int i = 0; i < 1000; i++)
        fputs("this is no database\n", f);
    fclose(f);
    pt_store *s = NULL;
    pt_err e = {0};
    assert_int_equal(pt_store_open(&s, b->path, &e), PT_E_CORRUPT);
    assert_null(s);
    assert_non_null(strstr(e.where, b->path));
    struct stat st;
    assert_int_equal(stat(b->path, &st), 0);
    assert_int_equal(st.st_size, 20000);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_store_second_run_tells_new_from_known, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_store_what_came_back_is_new_again, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_store_what_got_worse_is_new_and_keeps_its_day, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_store_another_scope_is_not_compared, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_store_knows_how_many_receipts_are_of_no_run, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_store_old_runs_are_pruned, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_store_what_is_looked_at_and_not_there_is_gone, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_store_what_was_not_looked_at_is_not_gone, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_store_what_is_accepted_is_not_gone, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_store_changes_are_against_any_earlier_run, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_store_score_has_a_history, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_store_run_that_was_told_is_not_pruned, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_store_first_schema_is_brought_forward, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_store_what_got_better_is_not_new, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_store_blind_runs_forget_nothing, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_store_what_is_accepted_no_more_is_a_change, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_store_foreign_file_is_refused_and_kept, set_up,
                                        tear_down),
    };
    return cmocka_run_group_tests_name("record_store", tests, NULL, NULL);
}
