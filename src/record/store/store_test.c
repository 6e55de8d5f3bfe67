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
    assert_int_equal(pt_store_keep(s, r, pt_str_of(scope), &e), PT_OK);
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

static void test_store_another_scope_is_not_compared(void **state) {
    bench *b = *state;
    pt_run r = run_at(b, 100, (const size_t[]){0}, 1);
    keep(b, &r, "--only host");
    r = run_at(b, 200, (const size_t[]){0}, 1);
    keep(b, &r, "");
    assert_false(r.compared);
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
        cmocka_unit_test_setup_teardown(test_store_old_runs_are_pruned, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_store_foreign_file_is_refused_and_kept, set_up,
                                        tear_down),
    };
    return cmocka_run_group_tests_name("record_store", tests, NULL, NULL);
}
