#include <fcntl.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/testing.h"
#include "record/images/images.h"
#include "value/json.h"

#define ID     "sha256:1111111111111111111111111111111111111111111111111111111111111111"
#define OTHER  "sha256:2222222222222222222222222222222222222222222222222222222222222222"
#define DIGEST "sha256:dddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddd"

typedef struct bench {
    char dir[64], path[96];
    pt_arena a;
    pt_images *i;
} bench;

static int set_up(void **state) {
    bench *b = calloc(1, sizeof *b);
    assert_non_null(b);
    snprintf(b->dir, sizeof b->dir, "/tmp/pt-images-XXXXXX");
    assert_non_null(mkdtemp(b->dir));
    snprintf(b->path, sizeof b->path, "%s/images.db", b->dir);
    *state = b;
    return 0;
}

static int tear_down(void **state) {
    bench *b = *state;
    char journal[128];
    snprintf(journal, sizeof journal, "%s-journal", b->path);
    pt_images_free(b->i);
    unlink(journal);
    unlink(b->path);
    rmdir(b->dir);
    pt_arena_done(&b->a);
    free(b);
    return 0;
}

static void open_it(bench *b) {
    pt_err e = {0};
    pt_images_free(b->i);
    b->i = NULL;
    pt_code code = pt_images_open(&b->i, b->path, &e);
    if (code)
        print_error("%s (%s)\n", e.what, e.where);
    assert_int_equal(code, PT_OK);
}

static pt_value record(bench *b, const char *verdict) {
    pt_obj o = {.a = &b->a};
    pt_obj_set(&o, "verdict", pt_stringz(verdict));
    return pt_obj_end(&o);
}

static void put(bench *b, pt_image_put p, const char *id, int64_t time, const char *verdict) {
    pt_err e = {0};
    p.id = pt_str_of(id);
    p.time = time;
    p.record = record(b, verdict);
    pt_code code = pt_images_put(b->i, &p, &e);
    if (code)
        print_error("%s (%s)\n", e.what, e.where);
    assert_int_equal(code, PT_OK);
}

// "ID TIME VERDICT" of those that a digest leads to.
static const char *found(bench *b, const char *digest) {
    pt_value v = pt_undefined();
    pt_err e = {0};
    PT_AUTO(pt_buf_done) pt_buf out = PT_BUF(4096);
    pt_code code = pt_images_find(b->i, &b->a, pt_str_of(digest), &v, &e);
    if (code == PT_E_ABSENT)
        return "absent";
    assert_int_equal(code, PT_OK);
    for (size_t k = 0; k < pt_len(v); k++) {
        pt_value one = pt_at(v, k);
        int64_t time = 0;
        assert_true(pt_to_int(pt_getz(one, "time"), &time));
        pt_buf_printf(&out, "%s%.*s %lld %.*s", k ? ", " : "",
                      PT_PRI(pt_str_sub(pt_text(pt_getz(one, "id")), 7, 9)), (long long)time,
                      PT_PRI(pt_text(pt_getz(one, "verdict"))));
    }
    return pt_arena_str(&b->a, pt_buf_str(&out)).p;
}

static void test_images_the_last_scan_counts(void **state) {
    bench *b = *state;
    open_it(b);
    assert_string_equal(found(b, ID), "absent");
    put(b, (pt_image_put){0}, ID, 1, "pass");
    assert_string_equal(found(b, ID), "11 1 pass");
    put(b, (pt_image_put){0}, ID, 2, "fail");
    assert_string_equal(found(b, ID), "11 2 fail");
    assert_string_equal(found(b, OTHER), "absent");
    open_it(b); // and it is still there
    assert_string_equal(found(b, ID), "11 2 fail");
}

// A digest leads to every image that has it: an index has one for each platform.
static void test_images_all_of_an_alias_are_found(void **state) {
    bench *b = *state;
    const pt_str alias = PT_STR(DIGEST);
    open_it(b);
    put(b, (pt_image_put){.aliases = &alias, .n_aliases = 1}, ID, 1, "pass");
    put(b, (pt_image_put){.aliases = &alias, .n_aliases = 1}, OTHER, 2, "fail");
    put(b, (pt_image_put){.aliases = &alias, .n_aliases = 1}, OTHER, 3, "fail"); // no second one
    assert_string_equal(found(b, DIGEST), "11 1 pass, 22 3 fail");
}

static void test_images_a_name_is_of_who_had_it_last(void **state) {
    bench *b = *state;
    const pt_str name = PT_STR("docker.io/library/web:1");
    pt_value v = pt_undefined();
    open_it(b);
    assert_int_equal(pt_images_named(b->i, &b->a, name, &v, NULL), PT_E_ABSENT);
    put(b, (pt_image_put){.names = &name, .n_names = 1}, ID, 1, "pass");
    put(b, (pt_image_put){.names = &name, .n_names = 1}, OTHER, 2, "fail");
    put(b, (pt_image_put){0}, ID, 3, "pass"); // scanned by its id: the name stays another's
    assert_int_equal(pt_images_named(b->i, &b->a, name, &v, NULL), PT_OK);
    assert_true(pt_str_eqz(pt_text(pt_getz(v, "id")), OTHER));
}

static void test_images_documents_are_of_how_was_looked(void **state) {
    bench *b = *state;
    const pt_image_put p = {.document = PT_STR("{\"packages\": []}"), .looked = PT_STR("plainly")};
    pt_str text = {0};
    open_it(b);
    put(b, p, ID, 1, "pass");
    assert_int_equal(pt_images_document(b->i, &b->a, PT_STR(ID), p.looked, &text, NULL), PT_OK);
    assert_true(pt_str_eq(text, p.document));
    assert_int_equal(pt_images_document(b->i, &b->a, PT_STR(ID), PT_STR("x"), &text, NULL),
                     PT_E_ABSENT);
    put(b, (pt_image_put){.looked = p.looked}, ID, 2, "fail"); // judged anew
    assert_int_equal(pt_images_document(b->i, &b->a, PT_STR(ID), p.looked, &text, NULL), PT_OK);
    put(b, (pt_image_put){.looked = PT_STR("x")}, ID, 2, "fail"); // it is of another look
    assert_int_equal(pt_images_document(b->i, &b->a, PT_STR(ID), p.looked, &text, NULL),
                     PT_E_ABSENT);
}

static void test_images_who_asks_makes_nothing(void **state) {
    bench *b = *state;
    pt_images *i = NULL;
    assert_int_equal(pt_images_open_read(&i, b->path, NULL), PT_E_ABSENT);
    assert_int_equal(access(b->path, F_OK), -1);
    open_it(b);
    put(b, (pt_image_put){0}, ID, 1, "pass");
    assert_int_equal(pt_images_open_read(&i, b->path, NULL), PT_OK);
    const pt_image_put p = {.id = PT_STR(ID), .record = record(b, "fail")};
    assert_int_equal(pt_images_put(i, &p, NULL), PT_E_IO);
    pt_images_free(i);
    assert_string_equal(found(b, ID), "11 1 pass");
}

// Whoever may write it, or replace it, decides what runs.
static void test_images_what_others_may_write_is_refused(void **state) {
    bench *b = *state;
    struct stat st;
    pt_images *i = NULL;
    char link[128];
    open_it(b);
    assert_int_equal(stat(b->path, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
    static const unsigned modes[] = {0620, 0602};
    for (size_t k = 0; k < PT_COUNT(modes); k++) {
        assert_int_equal(chmod(b->path, modes[k]), 0);
        assert_int_equal(pt_images_open_read(&i, b->path, NULL), PT_E_DENIED);
        assert_int_equal(pt_images_open(&i, b->path, NULL), PT_E_DENIED);
    }
    assert_int_equal(chmod(b->path, 0600), 0);
    assert_int_equal(chmod(b->dir, 0777), 0);
    assert_int_equal(pt_images_open_read(&i, b->path, NULL), PT_E_DENIED);
    assert_int_equal(chmod(b->dir, 0700), 0);
    snprintf(link, sizeof link, "%s/link", b->dir);
    assert_int_equal(symlink(b->path, link), 0);
    assert_int_equal(pt_images_open_read(&i, link, NULL), PT_E_DENIED);
    assert_int_equal(unlink(link), 0);
    assert_int_equal(pt_images_open_read(&i, "images.db", NULL), PT_E_USAGE);
}

static void put_version(bench *b, int version) {
    sqlite3 *db = NULL;
    char sql[64];
    snprintf(sql, sizeof sql, "PRAGMA user_version = %d", version);
    assert_int_equal(sqlite3_open(b->path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
    sqlite3_close(db);
}

static void test_images_of_a_newer_version_are_left_alone(void **state) {
    bench *b = *state;
    pt_images *i = NULL;
    open_it(b);
    put_version(b, 99);
    assert_int_equal(pt_images_open_read(&i, b->path, NULL), PT_E_UNSUPPORTED);
    assert_int_equal(pt_images_open(&i, b->path, NULL), PT_E_UNSUPPORTED);
}

// An empty file is one that somebody emptied, to who asks; who writes begins a new one.
static void test_images_an_empty_file_is_no_record(void **state) {
    bench *b = *state;
    pt_images *i = NULL;
    assert_int_equal(pt_file_replace(b->path, (pt_str){0}, 0600, NULL), PT_OK);
    assert_int_equal(pt_images_open_read(&i, b->path, NULL), PT_E_CORRUPT);
    open_it(b);
    assert_int_equal(pt_images_open_read(&i, b->path, NULL), PT_OK);
    pt_images_free(i);
}

// Wherever a byte is off, the answer is the right one or an error, and never another verdict.
static void test_images_damage_is_never_a_verdict(void **state) {
    bench *b = *state;
    PT_AUTO(pt_buf_done) pt_buf whole = PT_BUF(1 << 20);
    open_it(b);
    put(b, (pt_image_put){0}, ID, 1, "fail");
    pt_images_free(b->i);
    b->i = NULL;
    int fd = open(b->path, O_RDONLY | O_CLOEXEC);
    assert_int_equal(pt_fd_read_all(fd, &whole, NULL), PT_OK);
    close(fd);
    size_t loud = 0;
    for (size_t at = 0; at < whole.n; at += 61) {
        pt_images *i = NULL;
        pt_value v = pt_undefined();
        whole.p[at] = (char)(whole.p[at] ^ 0xff);
        assert_int_equal(pt_file_replace(b->path, pt_buf_str(&whole), 0600, NULL), PT_OK);
        whole.p[at] = (char)(whole.p[at] ^ 0xff);
        pt_code code = pt_images_open_read(&i, b->path, NULL);
        if (!code)
            code = pt_images_find(i, &b->a, PT_STR(ID), &v, NULL);
        if (!code)
            assert_false(pt_str_eqz(pt_text(pt_getz(pt_at(v, 0), "verdict")), "pass"));
        loud += code != PT_OK;
        pt_images_free(i);
    }
    assert_true(loud > 0);
}

static void test_images_two_writers_lose_nothing(void **state) {
    enum {
        EACH = 20
    };
    bench *b = *state;
    pid_t pids[2];
    for (int w = 0; w < 2; w++) {
        pids[w] = fork();
        if (pids[w] == 0) {
            int good = 1;
            for (int k = 0; k < EACH; k++) {
                pt_images *i = NULL;
                pt_str id = pt_arena_printf(&b->a, "sha256:%d-%d", w, k);
                const pt_image_put p = {.id = id, .time = k, .record = record(b, "pass")};
                good &= !pt_images_open(&i, b->path, NULL) && !pt_images_put(i, &p, NULL);
                pt_images_free(i);
            }
            _exit(good ? 0 : 1);
        }
    }
    for (int w = 0; w < 2; w++) {
        int status = -1;
        assert_int_equal(waitpid(pids[w], &status, 0), pids[w]);
        assert_int_equal(status, 0);
    }
    open_it(b);
    for (int w = 0; w < 2; w++)
        for (int k = 0; k < EACH; k++)
            assert_string_not_equal(found(b, pt_arena_printf(&b->a, "sha256:%d-%d", w, k).p),
                                    "absent");
}

int main(void) {
#define T(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        T(test_images_the_last_scan_counts),
        T(test_images_all_of_an_alias_are_found),
        T(test_images_a_name_is_of_who_had_it_last),
        T(test_images_documents_are_of_how_was_looked),
        T(test_images_who_asks_makes_nothing),
        T(test_images_what_others_may_write_is_refused),
        T(test_images_of_a_newer_version_are_left_alone),
        T(test_images_an_empty_file_is_no_record),
        T(test_images_damage_is_never_a_verdict),
        T(test_images_two_writers_lose_nothing),
    };
    return cmocka_run_group_tests_name("record_images", tests, NULL, NULL);
}
