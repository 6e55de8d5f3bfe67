// What the worker copies of a layer, on archives of our own making.
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/testing.h"
#include "collect/image/copy.h"
#include "collect/image/jobs.h"
#include "collect/image/testing_tar.h"
#include "value/json.h"

typedef struct wish {
    uint64_t entry;
    const char *path, *link, *lose;
} wish;

typedef struct copied {
    pt_arena a;
    pt_buf archive; // what was written
    pt_value said;
} copied;

static void end(copied *c) {
    pt_buf_done(&c->archive);
    pt_arena_done(&c->a);
}

static int file_of(pt_str bytes) {
    int fd = memfd_create("test", MFD_CLOEXEC);
    assert_true(fd >= 0);
    assert_int_equal(pt_fd_write_all(fd, bytes, NULL), PT_OK);
    assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
    return fd;
}

static void give_plan(pt_arena *a, const wish *w) {
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(1 << 20);
    pt_answer answer = {.o = {.a = a}};
    for (; w->path; w++) {
        const pt_copy_row r = {.entry = w->entry,
                               .path_n = (uint32_t)strlen(w->path),
                               .link_n = w->link ? (uint32_t)strlen(w->link) : 0,
                               .lose_n = w->lose ? (uint32_t)strlen(w->lose) : 0,
                               .hard = w->link != NULL};
        pt_buf_put(&b, (pt_str){(const char *)&r, sizeof r});
        pt_buf_putz(&b, w->path);
        pt_buf_put(&b, pt_str_of(w->link));
        pt_buf_put(&b, pt_str_of(w->lose));
    }
    PT_AUTO(pt_fd_close) int fd = file_of(pt_buf_str(&b));
    assert_int_equal(pt_job_plan(&(pt_job){0}, fd, &answer, NULL), PT_OK);
}

// Take the pieces apart.
static void take_apart(copied *c, pt_str rest) {
    uint32_t n = 0;
    c->archive = PT_BUF(1 << 24);
    do {
        assert_true(rest.n >= sizeof n);
        memcpy(&n, rest.p, sizeof n);
        assert_true(n <= rest.n - sizeof n && n <= PT_PIECE_BYTES_MAX);
        pt_buf_put(&c->archive, pt_str_sub(rest, sizeof n, sizeof n + n));
        rest = pt_str_sub(rest, sizeof n + n, rest.n);
    } while (n);
    assert_int_equal(pt_json_parse(&c->a, pt_arena_str(&c->a, rest), NULL, &c->said, NULL), PT_OK);
    tar_end(&c->archive);
}

static void copy(copied *c, pt_str tar, const wish *w, const char *digest) {
    PT_AUTO(pt_buf_done) pt_buf out = PT_BUF(1 << 24);
    PT_AUTO(pt_fd_close) int in = file_of(tar);
    PT_AUTO(pt_fd_close) int to = memfd_create("out", MFD_CLOEXEC);
    pt_job j = {.size = tar.n};
    assert_true(pt_job_word(&j, 0, pt_str_of(digest)));
    give_plan(&c->a, w);
    assert_true(pt_job_copy(&j, in, to));
    assert_int_equal(lseek(to, 0, SEEK_SET), 0);
    assert_int_equal(pt_fd_read_all(to, &out, NULL), PT_OK);
    take_apart(c, pt_buf_str(&out));
}

static pt_str error_of(const copied *c) {
    return pt_text(pt_getz(c->said, "error"));
}

// "path type mode link content;" for each entry.
static pt_str list(copied *c) {
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(1 << 20);
    memory_flow m = memory_flow_of(pt_buf_str(&c->archive), 1000);
    pt_tar t = {.flow = &m.flow};
    pt_tar_entry e;
    bool ended = false;
    for (;;) {
        PT_AUTO(pt_buf_done) pt_buf content = PT_BUF(1 << 20);
        assert_int_equal(pt_tar_next(&t, &e, &ended, NULL), PT_OK);
        if (ended)
            break;
        pt_buf_printf(&b, "%.*s %d %o %.*s ", PT_PRI(e.path), (int)e.type, e.mode & 07777u,
                      PT_PRI(e.link));
        assert_int_equal(pt_tar_read(&t, &content, NULL), PT_OK);
        pt_buf_put(&b, pt_buf_str(&content));
        pt_buf_put(&b, e.capability);
        pt_buf_putc(&b, ';');
    }
    pt_tar_done(&t);
    return pt_arena_str(&c->a, pt_buf_str(&b));
}

static void pax_before(pt_buf *b, const char *records) {
    tar_file(b, "x", 'x', pt_str_of(records));
}

static void test_only_what_is_planned_is_copied(void **state) {
    PT_AUTO(end) copied c = {0};
    PT_AUTO(pt_buf_done) pt_buf tar = PT_BUF(1 << 20);
    char block[TAR_BLOCK];
    const wish plan[] = {
        {0, "bin", NULL, NULL}, {1, "bin/app", NULL, NULL}, {4, "lib", NULL, NULL}, {0}};
    (void)state;
    tar_head(block, "bin/", '5', 0);
    memcpy(block + 100, "0001777", 7);
    tar_put(&tar, block, (pt_str){0});
    pax_before(&tar, "40 SCHILY.xattr.security.capability=cap\n");
    tar_head(block, "./bin//app", '\0', 3);
    memcpy(block + 100, "0004755", 7);
    tar_put(&tar, block, PT_STR("app"));
    tar_file(&tar, "bin/old", '0', PT_STR("old"));
    tar_file(&tar, "etc/x", '0', PT_STR("x"));
    tar_head(block, "lib", '2', 0);
    memcpy(block + 157, "usr/lib", 7);
    tar_put(&tar, block, (pt_str){0});
    tar_end(&tar);
    copy(&c, pt_buf_str(&tar), plan, NULL);
    assert_true(!error_of(&c).n);
    pt_str its = list(&c);
    if (!pt_str_eqz(its, "bin 3 1777  ;bin/app 0 4755  appcap;lib 2 644 usr/lib ;"))
        fail_msg("%.*s", PT_PRI(its));
}

static void test_names_become_what_the_plan_says(void **state) {
    PT_AUTO(end) copied c = {0};
    PT_AUTO(pt_buf_done) pt_buf tar = PT_BUF(1 << 20);
    char name[301] = {0};
    const wish plan[] = {
        {0, "usr/lib/a", NULL, NULL}, {1, name, NULL, NULL}, {2, "b", name, NULL}, {0}};
    (void)state;
    memset(name, 'n', sizeof name - 1);
    pax_before(&tar, "19 path=lib/longer\n");
    tar_file(&tar, "lib/a", '0', PT_STR("a"));
    tar_file(&tar, "short", '0', PT_STR("b"));
    tar_file(&tar, "b", '1', (pt_str){0});
    tar_end(&tar);
    copy(&c, pt_buf_str(&tar), plan, NULL);
    pt_str want = pt_arena_printf(&c.a, "usr/lib/a 0 644  a;%s 0 644  b;b 1 644 %s ;", name, name);
    assert_true(!error_of(&c).n);
    assert_true(pt_str_eq(list(&c), want));
}

static void test_list_of_packages_loses_those_that_went(void **state) {
    PT_AUTO(end) copied c = {0};
    PT_AUTO(pt_buf_done) pt_buf tar = PT_BUF(1 << 20);
    const wish plan[] = {{0, "status", NULL, "bash\napt\n"}, {0}};
    (void)state;
    tar_file(
        &tar, "status", '0',
        PT_STR("Package: apt\nVersion: 1\n\nPackage: libc6\nDescription: x\n .\n Package: bash\n\n"
               "Package: bash\n"));
    tar_end(&tar);
    copy(&c, pt_buf_str(&tar), plan, NULL);
    pt_str its = list(&c);
    if (!pt_str_eqz(its, "status 0 644  Package: libc6\nDescription: x\n .\n Package: bash\n\n;"))
        fail_msg("%.*s", PT_PRI(its));
}

static void test_what_cannot_be_copied_is_an_error(void **state) {
    static const struct {
        wish plan[2];
        const char *digest, *error;
    } rows[] = {
        {{{2, "more", NULL, NULL}, {0}}, NULL, "it does not hold what it held before"},
        {{{0, "a", NULL, NULL}, {0}}, "sha256:00", "its bytes are not what its digest says"},
        {{{1, "h", NULL, NULL}, {0}}, NULL, "a hard link leads nowhere: h"},
    };
    PT_AUTO(pt_buf_done) pt_buf tar = PT_BUF(1 << 20);
    (void)state;
    tar_file(&tar, "a", '0', PT_STR("a"));
    tar_file(&tar, "h", '1', (pt_str){0});
    tar_end(&tar);
    for (size_t i = 0; i < PT_COUNT(rows); i++) {
        PT_AUTO(end) copied c = {0};
        copy(&c, pt_buf_str(&tar), rows[i].plan, rows[i].digest);
        assert_string_equal(pt_arena_str(&c.a, error_of(&c)).p, rows[i].error);
    }
}

static void test_sparse_file_is_refused(void **state) {
    PT_AUTO(end) copied c = {0};
    PT_AUTO(pt_buf_done) pt_buf tar = PT_BUF(1 << 20);
    const wish plan[] = {{0, "s", NULL, NULL}, {0}};
    (void)state;
    pax_before(&tar, "22 GNU.sparse.major=1\n");
    tar_file(&tar, "s", '0', PT_STR("a"));
    tar_end(&tar);
    copy(&c, pt_buf_str(&tar), plan, NULL);
    assert_true(pt_str_eqz(error_of(&c), "a sparse file cannot be copied: s"));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_only_what_is_planned_is_copied),
        cmocka_unit_test(test_names_become_what_the_plan_says),
        cmocka_unit_test(test_list_of_packages_loses_those_that_went),
        cmocka_unit_test(test_what_cannot_be_copied_is_an_error),
        cmocka_unit_test(test_sparse_file_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
