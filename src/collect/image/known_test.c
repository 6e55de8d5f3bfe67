// Whose word is taken that bytes are those of earlier.
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/testing.h"
#include "collect/image/digest.h"
#include "collect/image/jobs.h"
#include "collect/image/known_impl.h"

#define BYTES  "bytes of a layer"
#define ANSWER "{\"digest\":\"…\"}\nand so on"

typedef struct fixture {
    char folder[32], blob[40];
    pt_arena a;
    pt_cache c;
    pt_known k;
    int fd;
    pt_part part;
    pt_known_layer layer;
    pt_str answer;
} fixture;

static void write_blob(fixture *f, const char *text) {
    pt_fd_close(&f->fd);
    f->fd = open(f->blob, O_CREAT | O_RDWR | O_TRUNC | O_CLOEXEC, 0600);
    assert_true(f->fd >= 0);
    assert_int_equal(pt_fd_write_all(f->fd, pt_str_of(text), NULL), PT_OK);
    f->part = (pt_part){.fd = f->fd, .size = strlen(text)};
}

static pt_str digest_of(fixture *f, const char *text) {
    const pt_str s = pt_str_of(text);
    pt_hash256 h = pt_sha256(&s, 1);
    return pt_digest_text(&f->a, &h);
}

// As the next run has it, an hour later.
static void again(fixture *f, const char *program, const char *rules) {
    pt_err e = {0};
    if (pt_known_init(&f->k, &f->c, program, pt_str_of(rules), &e))
        fail_msg("%s", e.what);
    f->k.now += 3600 * PT_SECOND_NS;
}

static int set_up(void **state) {
    fixture *f = calloc(1, sizeof *f);
    *state = f;
    snprintf(f->folder, sizeof f->folder, "/tmp/pt-known-XXXXXX");
    if (!f || !mkdtemp(f->folder) || pt_cache_open(&f->c, f->folder, 0, NULL))
        return -1;
    snprintf(f->blob, sizeof f->blob, "%s.blob", f->folder);
    f->fd = -1;
    again(f, "/proc/self/exe", "");
    write_blob(f, BYTES);
    f->layer = (pt_known_layer){.digest = digest_of(f, BYTES), .diff_id = digest_of(f, "tar")};
    f->answer = PT_STR(ANSWER);
    return 0;
}

static int tear_down(void **state) {
    fixture *f = *state;
    DIR *d = opendir(f->folder);
    for (const struct dirent *one; d && (one = readdir(d));)
        if (one->d_name[0] != '.')
            unlinkat(dirfd(d), one->d_name, 0);
    if (d)
        closedir(d);
    rmdir(f->folder);
    unlink(f->blob);
    pt_fd_close(&f->fd);
    pt_cache_close(&f->c);
    pt_arena_done(&f->a);
    free(f);
    return 0;
}

// A worker's answer: what it says of the digests.
static void keep(fixture *f, pt_str digest, pt_str diff_id) {
    pt_obj o = {.a = &f->a};
    pt_obj_set(&o, "digest", pt_string(digest));
    pt_obj_set(&o, "diff_id", pt_string(diff_id));
    pt_known_layer_keep(&f->k, &f->layer, pt_known_layer_hash(&f->k, &f->part, &f->a),
                        pt_obj_end(&o), f->answer);
}

static bool is_known(fixture *f) {
    pt_str answer = {0};
    bool found = pt_known_layer_find(&f->k, &f->layer, &f->part, &f->a, &answer);
    if (found)
        assert_str(answer, ANSWER);
    return found;
}

static void test_known_layer_is_found_by_its_bytes_wherever_they_are(void **state) {
    fixture *f = *state;
    assert_false(is_known(f));
    keep(f, f->layer.digest, f->layer.diff_id);
    assert_true(is_known(f));
    write_blob(f, "0123" BYTES "456"); // in an archive
    f->part.offset = 4;
    f->part.size = strlen(BYTES);
    assert_true(is_known(f));
}

static void test_known_altered_bytes_under_an_honest_name_are_not(void **state) {
    fixture *f = *state;
    struct timespec old[2] = {{.tv_sec = 1000}, {.tv_sec = 1000}};
    futimens(f->fd, old);
    keep(f, f->layer.digest, f->layer.diff_id);
    assert_true(is_known(f));
    // Of the same length, with the same time: in the file itself, and as another file.
    assert_int_equal(pwrite(f->fd, "B", 1, 0), 1);
    futimens(f->fd, old);
    assert_false(is_known(f));
    write_blob(f, "bytes of a lawyr");
    futimens(f->fd, old);
    assert_false(is_known(f));
    write_blob(f, BYTES);
    assert_true(is_known(f));
}

static void test_known_depends_on_readers_rules_and_flags(void **state) {
    fixture *f = *state;
    keep(f, f->layer.digest, f->layer.diff_id);
    again(f, "/proc/self/exe", "other rules");
    assert_false(is_known(f));
    again(f, "/bin/sh", "");
    assert_false(is_known(f));
    again(f, "/proc/self/exe", "");
    assert_true(is_known(f));
    f->layer.flags = PT_LAYER_LOWEST;
    assert_false(is_known(f));
    f->layer.flags = 0;
    f->k.fresh = true;
    assert_false(is_known(f));
}

// What a worker says that an image has taken over.
static void test_known_answer_about_other_bytes_is_not_kept(void **state) {
    fixture *f = *state;
    pt_str other = digest_of(f, "the base image that everybody has");
    pt_str own = f->layer.digest;
    keep(f, other, f->layer.diff_id);
    assert_false(is_known(f));
    keep(f, own, other);
    assert_false(is_known(f));
    f->layer.digest = other; // the manifest lies, and the worker too
    keep(f, other, f->layer.diff_id);
    assert_false(pt_known_take(&f->k, f->layer.digest, 0, &f->a));
    f->layer.digest = own;
    keep(f, own, f->layer.diff_id);
    assert_true(is_known(f));
}

static void test_known_nothing_is_kept_of_what_others_can_write(void **state) {
    fixture *f = *state;
    assert_int_equal(chmod(f->blob, 0666), 0);
    keep(f, f->layer.digest, f->layer.diff_id);
    assert_false(is_known(f));
    assert_int_equal(chmod(f->blob, 0644), 0);
    if (geteuid() == 0) {
        assert_int_equal(chown(f->blob, 65534, 0), 0);
        keep(f, f->layer.digest, f->layer.diff_id);
        assert_false(is_known(f));
        assert_int_equal(chown(f->blob, 0, 0), 0);
    }
    keep(f, f->layer.digest, f->layer.diff_id);
    assert_true(is_known(f));
    assert_int_equal(chmod(f->blob, 0666), 0); // but it is hashed, and then known
    assert_true(is_known(f));
}

static size_t bytes_read(void) {
    char text[4096];
    PT_AUTO(pt_fd_close) int fd = open("/proc/self/io", O_RDONLY | O_CLOEXEC);
    ssize_t n = fd < 0 ? 0 : read(fd, text, sizeof text - 1);
    text[n > 0 ? n : 0] = '\0';
    return n > 7 ? strtoul(text + 7, NULL, 10) : 0; // "rchar: "
}

static size_t bytes_to_know(fixture *f) {
    size_t before = bytes_read();
    assert_true(is_known(f));
    return bytes_read() - before;
}

static void test_known_file_that_stood_still_is_not_hashed_again(void **state) {
    fixture *f = *state;
    enum {
        SIZE = 4 << 20
    };
    static char big[SIZE + 1];
    if (!bytes_read())
        skip_because("/proc/self/io cannot be read");
    memset(big, 'x', SIZE);
    write_blob(f, big);
    f->layer.digest = digest_of(f, big);
    keep(f, f->layer.digest, f->layer.diff_id);
    assert_true(bytes_to_know(f) < SIZE);
    assert_int_equal(chmod(f->blob, 0644), 0); // its time of state is another one
    assert_true(bytes_to_know(f) >= SIZE);
    assert_true(bytes_to_know(f) < SIZE);
    again(f, "/proc/self/exe", "");
    f->k.now -= 3600 * PT_SECOND_NS; // it has just been made: who knows what comes next
    assert_int_equal(chmod(f->blob, 0600), 0);
    assert_true(bytes_to_know(f) >= SIZE);
    assert_true(bytes_to_know(f) >= SIZE);
}

static void test_known_layer_without_digest_is_its_content(void **state) {
    fixture *f = *state;
    f->layer = (pt_known_layer){.diff_id = digest_of(f, BYTES)};
    keep(f, f->layer.diff_id, f->layer.diff_id);
    assert_true(is_known(f));
    f->layer.diff_id = (pt_str){0};
    assert_false(is_known(f));
}

static void test_known_taken_layer_needs_no_bytes(void **state) {
    fixture *f = *state;
    pt_str answer = {0};
    keep(f, f->layer.digest, f->layer.diff_id);
    assert_false(pt_known_layer_taken(&f->k, &f->layer, &answer));
    assert_true(pt_known_take(&f->k, f->layer.digest, 0, &f->a));
    assert_true(pt_known_take(&f->k, f->layer.digest, 0, &f->a));
    assert_int_equal(f->k.taken.n, 1);
    assert_true(pt_known_layer_taken(&f->k, &f->layer, &answer));
    assert_str(answer, ANSWER);
}

static void test_known_document_is_its_bytes_and_its_said_digest(void **state) {
    fixture *f = *state;
    pt_hash256 key;
    pt_str answer = {0};
    pt_known_file doc = {.part = &f->part};
    assert_false(pt_known_file_find(&f->k, &doc, &f->a, &key, &answer));
    pt_known_file_keep(&f->k, &doc, &key, PT_STR("read"));
    assert_true(pt_known_file_find(&f->k, &doc, &f->a, &key, &answer));
    assert_str(answer, "read");
    doc.digest = PT_STR("sha256:of something else"); // which the worker must refuse
    assert_false(pt_known_file_find(&f->k, &doc, &f->a, &key, &answer));
    doc.digest = (pt_str){0};
    write_blob(f, "other bytes");
    assert_false(pt_known_file_find(&f->k, &doc, &f->a, &key, &answer));
    write_blob(f, "once more"); // while a worker read it
    pt_known_file_keep(&f->k, &doc, &key, PT_STR("read"));
    assert_false(pt_known_file_find(&f->k, &doc, &f->a, &key, &answer));
}

static void test_known_members_are_those_of_a_file_that_stood_still(void **state) {
    fixture *f = *state;
    pt_hash256 key;
    pt_str answer = {0};
    const pt_known_file tar = {.kind = PT_KNOWN_MEMBERS, .part = &f->part};
    assert_false(pt_known_file_find(&f->k, &tar, &f->a, &key, &answer));
    pt_known_file_keep(&f->k, &tar, &key, PT_STR("list"));
    assert_true(pt_known_file_find(&f->k, &tar, &f->a, &key, &answer));
    assert_int_equal(chmod(f->blob, 0644), 0);
    assert_false(pt_known_file_find(&f->k, &tar, &f->a, &key, &answer));
    f->k.now -= 3600 * PT_SECOND_NS;
    pt_known_file_keep(&f->k, &tar, &key, PT_STR("list"));
    assert_false(pt_known_file_find(&f->k, &tar, &f->a, &key, &answer));
}

static void test_known_words_are_told_apart(void **state) {
    fixture *f = *state;
    pt_str v = {0};
    pt_known_keep(&f->k, PT_STR("ab"), PT_STR("c"), PT_STR("what"));
    assert_true(pt_known_find(&f->k, PT_STR("ab"), PT_STR("c"), &f->a, &v));
    assert_str(v, "what");
    assert_false(pt_known_find(&f->k, PT_STR("a"), PT_STR("bc"), &f->a, &v));
    assert_false(pt_known_find(NULL, PT_STR("ab"), PT_STR("c"), &f->a, &v));
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, set_up, tear_down)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(test_known_layer_is_found_by_its_bytes_wherever_they_are),
        TEST(test_known_altered_bytes_under_an_honest_name_are_not),
        TEST(test_known_depends_on_readers_rules_and_flags),
        TEST(test_known_answer_about_other_bytes_is_not_kept),
        TEST(test_known_nothing_is_kept_of_what_others_can_write),
        TEST(test_known_file_that_stood_still_is_not_hashed_again),
        TEST(test_known_layer_without_digest_is_its_content),
        TEST(test_known_taken_layer_needs_no_bytes),
        TEST(test_known_document_is_its_bytes_and_its_said_digest),
        TEST(test_known_members_are_those_of_a_file_that_stood_still),
        TEST(test_known_words_are_told_apart),
    };
    return cmocka_run_group_tests_name("image_known", tests, NULL, NULL);
}
