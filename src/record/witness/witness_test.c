#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/testing.h"
#include "crypto/note.h"
#include "record/witness/witness.h"

typedef struct bench {
    char dir[64];
    pt_arena a;
} bench;

static int set_up(void **state) {
    bench *b = calloc(1, sizeof *b);
    assert_non_null(b);
    snprintf(b->dir, sizeof b->dir, "/tmp/pt-witness-XXXXXX");
    assert_non_null(mkdtemp(b->dir));
    *state = b;
    return 0;
}

static int tear_down(void **state) {
    bench *b = *state;
    char path[512];
    snprintf(path, sizeof path, "%s/witness", b->dir);
    DIR *d = opendir(path);
    for (struct dirent *f; d && (f = readdir(d)) != NULL;)
        unlinkat(dirfd(d), f->d_name, 0);
    if (d)
        closedir(d);
    rmdir(path);
    assert_int_equal(rmdir(b->dir), 0);
    pt_arena_done(&b->a);
    free(b);
    return 0;
}

static void keep(bench *b, pt_witness_kind kind, const char *by, int64_t second, uint64_t size) {
    pt_witnessed w = {.kind = kind,
                      .by = pt_str_of(by),
                      .time = second * PT_SECOND_NS,
                      .size = size,
                      .note = PT_STR("a/b\n1\nx\n\n— a/b c\n"),
                      .token =
                          kind == PT_WITNESS_STAMPED ? PT_STR("\x30\x00\xff") : pt_str_of(NULL)};
    assert_int_equal(pt_witness_keep(b->dir, &w, NULL), PT_OK);
}

static void test_witness_words_come_back_by_size(void **state) {
    bench *b = *state;
    pt_witnesses all = {0};
    pt_witnessed last;
    assert_int_equal(pt_witness_list(b->dir, &b->a, &all, NULL), PT_OK);
    assert_int_equal(all.n, 0);
    assert_false(pt_witness_last(b->dir, &b->a, &last));
    keep(b, PT_WITNESS_STAMPED, "http://tsa.example", 300, 12);
    keep(b, PT_WITNESS_COSIGNED, "w.example/1", 100, 9);
    keep(b, PT_WITNESS_COSIGNED, "w.example/2", 100, 9);
    assert_int_equal(pt_witness_list(b->dir, &b->a, &all, NULL), PT_OK);
    assert_int_equal(all.n, 3); // two of one size and second do not replace each other
    assert_int_equal(all.v[0].size, 9);
    assert_int_equal(all.v[2].kind, PT_WITNESS_STAMPED);
    assert_true(pt_str_eq(all.v[2].token, PT_STR("\x30\x00\xff")));
    assert_int_equal(all.v[2].time, 300 * PT_SECOND_NS);
    assert_true(pt_witness_last(b->dir, &b->a, &last));
    assert_true(pt_str_eqz(last.by, "http://tsa.example"));
}

static void test_witness_foreign_file_is_corrupt_and_named(void **state) {
    static const char *const texts[] = {
        "",
        "{",
        "[]",
        "{\"kind\":\"sworn\"}",
        "{\"kind\":\"copied\",\"size\":-1,\"time\":\"2026-01-01T00:00:00Z\",\"checkpoint\":\"x\"}",
        "{\"kind\":\"copied\",\"size\":1,\"time\":\"then\",\"checkpoint\":\"x\"}",
        "{\"kind\":\"copied\",\"size\":1,\"time\":\"2026-01-01T00:00:00Z\"}"};
    bench *b = *state;
    keep(b, PT_WITNESS_COPIED, "file", 100, 9);
    for (size_t i = 0; i < PT_COUNT(texts); i++) {
        char path[128];
        snprintf(path, sizeof path, "%s/witness/1.json", b->dir);
        FILE *f = fopen(path, "w");
        assert_non_null(f);
        fputs(texts[i], f);
        fclose(f);
        pt_witnesses all = {0};
        pt_err e = {0};
        assert_int_equal(pt_witness_list(b->dir, &b->a, &all, &e), PT_E_CORRUPT);
        assert_non_null(strstr(e.where, "witness/1.json"));
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_witness_words_come_back_by_size, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_witness_foreign_file_is_corrupt_and_named, set_up,
                                        tear_down),
    };
    return cmocka_run_group_tests_name("record_witness", tests, NULL, NULL);
}
