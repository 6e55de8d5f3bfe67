// Secrets of layers and of configurations, by rules of our own making.
#include <sys/mman.h>
#include <unistd.h>
#include <zlib.h>

#include "base/fd.h"
#include "base/testing.h"
#include "collect/image/jobs.h"
#include "collect/image/layers.h"
#include "collect/image/secrets.h"
#include "collect/image/testing_tar.h"
#include "value/json.h"

#define RULES                                                                        \
    "[[rules]]\nid = \"pass\"\nregex = '''pass=([a-z]+)'''\n"                        \
    "keywords = [\"pass=\"]\nseverity = \"high\"\n[[rules]]\nid = \"name\"\npath = " \
    "'''\\.key$'''\n"

enum {
    MIB = 1 << 20,
};

static int file_of(pt_str bytes) {
    int fd = memfd_create("job", MFD_CLOEXEC);
    assert_int_equal(pt_fd_write_all(fd, bytes, NULL), PT_OK);
    return fd;
}

static int begin(void **state) {
    (void)state;
    PT_AUTO(pt_arena_done) pt_arena a = {0};
    PT_AUTO(pt_fd_close) int fd = file_of(PT_STR(RULES));
    pt_answer its = {.o = {.a = &a}};
    pt_job j = {.size = sizeof RULES - 1};
    pt_err e = {0};
    assert_false(pt_secrets_asked());
    if (pt_job_rules(&j, fd, &its, &e))
        fail_msg("%s", e.what);
    return pt_secrets_asked() ? 0 : -1;
}

static void put(pt_buf *tar, const char *path, pt_str text) {
    char block[TAR_BLOCK];
    tar_head(block, path, '0', text.n);
    tar_put(tar, block, text);
}

// The layer of `tar` upon those before it; its problems are appended to `said`.
static void lay(pt_layers *l, uint32_t n, pt_buf *tar, pt_buf *said) {
    tar_end(tar);
    PT_AUTO(pt_fd_close) int fd = file_of(pt_buf_str(tar));
    pt_answer got = {.o = {.a = l->a}};
    pt_layer_found found = {.events = pt_undefined()};
    pt_job j = {.size = tar->n, .flags = n == 1 ? PT_LAYER_LOWEST : 0};
    pt_err e = {0};
    if (pt_job_layer(&j, fd, &got, &e))
        fail_msg("%s", e.what);
    pt_str events = pt_arena_str(l->a, pt_buf_str(&got.parts[0]));
    found.words = pt_arena_str(l->a, pt_buf_str(&got.parts[1]));
    found.owned = pt_arena_str(l->a, pt_buf_str(&got.parts[2]));
    assert_int_equal(pt_json_parse(l->a, events, NULL, &found.events, NULL), PT_OK);
    for (size_t i = 0; i < PT_COUNT(got.parts); i++)
        pt_buf_done(&got.parts[i]);
    pt_value problems = pt_getz(pt_obj_end(&got.o), "problems");
    for (size_t i = 0; i < pt_len(problems); i++) {
        pt_buf_putz(said, "? ");
        pt_buf_put(said, pt_text(pt_getz(pt_at(problems, i), "what")));
        pt_buf_putc(said, '\n');
    }
    assert_int_equal(pt_layers_add(l, n, &found, &e), PT_OK);
    pt_buf_clear(tar);
}

// "RULE PATH:LINE BYTES @LAYER -DELETED" of each.
static pt_str said(pt_layers *l, pt_buf *b) {
    for (size_t i = 0; i < l->holders.n; i++) {
        const pt_holder *h = l->holders.v[i];
        pt_value found = pt_getz(h->event, "found");
        for (size_t k = 0; k < pt_len(found); k++) {
            int64_t line = 0;
            int64_t bytes = 0;
            pt_value f = pt_at(found, k);
            assert_true(pt_to_int(pt_getz(f, "line"), &line));
            PT_IGNORE(pt_to_int(pt_getz(f, "bytes"), &bytes)); // of a name there is none
            pt_buf_printf(b, "%.*s %.*s:%lld %lld @%u -%u\n", PT_PRI(pt_text(pt_getz(f, "rule"))),
                          PT_PRI(pt_text(pt_getz(h->event, "path"))), (long long)line,
                          (long long)bytes, h->layer, h->gone_by);
        }
    }
    return pt_arena_str(l->a, pt_buf_str(b));
}

static void test_files_that_a_layer_takes_away_are_told_with_it(void **state) {
    (void)state;
    PT_AUTO(pt_arena_done) pt_arena a = {0};
    PT_AUTO(pt_buf_done) pt_buf tar = PT_BUF(MIB);
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(MIB);
    pt_layers l;
    pt_layers_init(&l, &a);
    put(&tar, "a/one", PT_STR("\npass=abcd"));
    put(&tar, "a/two", PT_STR("pass=abcd"));
    put(&tar, "b/three", PT_STR("pass=abcd"));
    put(&tar, "c/four", PT_STR("pass=abcd"));
    put(&tar, "d/five", PT_STR("pass=abcd"));
    lay(&l, 1, &tar, &b);
    put(&tar, "a/.wh.one", (pt_str){0});
    put(&tar, "a/two", PT_STR("pass=efghi"));
    put(&tar, ".wh.b", (pt_str){0});
    put(&tar, "c", PT_STR("no folder"));
    lay(&l, 2, &tar, &b);
    put(&tar, "a/two", PT_STR("nothing"));
    lay(&l, 3, &tar, &b);
    assert_str(said(&l, &b),
               "pass a/one:2 4 @1 -2\npass a/two:1 4 @1 -2\npass b/three:1 4 @1 -2\n"
               "pass c/four:1 4 @1 -2\npass d/five:1 4 @1 -0\npass a/two:1 5 @2 -3\n");
}

static void test_what_is_no_text_is_known_by_its_name_alone(void **state) {
    (void)state;
    PT_AUTO(pt_arena_done) pt_arena a = {0};
    PT_AUTO(pt_buf_done) pt_buf tar = PT_BUF(MIB);
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(MIB);
    pt_layers l;
    pt_layers_init(&l, &a);
    put(&tar, "binary", PT_STR("\0pass=abcd"));
    put(&tar, "binary.key", PT_STR("\0pass=abcd"));
    put(&tar, "code.pyc", PT_STR("\0pass=abcd"));
    put(&tar, "empty", (pt_str){0});
    lay(&l, 1, &tar, &b);
    assert_str(said(&l, &b), "name binary.key:1 0 @1 -0\npass code.pyc:1 4 @1 -0\n");
}

// "abc" and so on in UTF-16.
static pt_str wide(pt_arena *a, pt_str mark, const char *text, bool big) {
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(MIB);
    pt_buf_put(&b, mark);
    for (; *text; text++) {
        pt_buf_putc(&b, big ? '\0' : *text);
        pt_buf_putc(&b, big ? *text : '\0');
    }
    return pt_arena_str(a, pt_buf_str(&b));
}

static pt_str packed(pt_arena *a, pt_str text) {
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(64 * MIB);
    z_stream z = {0};
    char *room = pt_buf_room(&b, text.n + 4096);
    assert_int_equal(deflateInit2(&z, 6, Z_DEFLATED, MAX_WBITS + 16, 8, 0), Z_OK);
    z.next_in = (Bytef *)(uintptr_t)text.p;
    z.avail_in = (uInt)text.n;
    z.next_out = (Bytef *)room;
    z.avail_out = (uInt)(text.n + 4096);
    assert_int_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
    pt_buf_took(&b, z.total_out);
    deflateEnd(&z);
    return pt_arena_str(a, pt_buf_str(&b));
}

static void test_texts_are_searched_in_utf16_and_packed(void **state) {
    (void)state;
    PT_AUTO(pt_arena_done) pt_arena a = {0};
    PT_AUTO(pt_buf_done) pt_buf tar = PT_BUF(64 * MIB);
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(MIB);
    static const char line[] = "first line of it\npass=abcd";
    pt_str none = {0};
    pt_str plain = pt_str_of(line);
    pt_str le = wide(&a, PT_STR("\xff\xfe"), line, false);
    pt_layers l;
    pt_layers_init(&l, &a);
    put(&tar, "a-le", le);
    put(&tar, "b-be", wide(&a, PT_STR("\xfe\xff"), line, true));
    put(&tar, "c-le", wide(&a, none, line, false));
    put(&tar, "d-be", wide(&a, none, line, true));
    put(&tar, "e-odd", pt_str_sub(le, 0, le.n - 1));
    put(&tar, "f.gz", packed(&a, plain));
    put(&tar, "g", packed(&a, le));
    put(&tar, "h-twice.gz", packed(&a, packed(&a, plain)));
    put(&tar, "i-cut.gz", pt_str_sub(packed(&a, plain), 0, packed(&a, plain).n - 8));
    put(&tar, "j-binary.gz", packed(&a, PT_STR("\0\0\0pass=abcd\0\0\0\0\0\0")));
    put(&tar, "k.key", packed(&a, PT_STR("\0\0\0\0")));
    put(&tar, "l.gz", PT_STR("\x1f\x8b\x08pass=abcd"));
    lay(&l, 1, &tar, &b);
    assert_str(said(&l, &b), "pass a-le:2 4 @1 -0\npass b-be:2 4 @1 -0\npass c-le:2 4 @1 -0\n"
                             "pass d-be:2 4 @1 -0\npass e-odd:2 3 @1 -0\npass f.gz:2 4 @1 -0\n"
                             "pass g:2 4 @1 -0\npass i-cut.gz:2 4 @1 -0\nname k.key:1 0 @1 -0\n");
}

// 33 MiB of lines in some 40 KiB.
static void test_what_unpacks_to_too_much_is_told(void **state) {
    (void)state;
    PT_AUTO(pt_arena_done) pt_arena a = {0};
    PT_AUTO(pt_buf_done) pt_buf tar = PT_BUF(MIB);
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(MIB);
    PT_AUTO(pt_buf_done) pt_buf text = PT_BUF(40 * MIB);
    pt_layers l;
    pt_layers_init(&l, &a);
    pt_buf_putz(&text, "pass=abcd\n");
    pt_buf_fill(&text, '.', 33 * MIB);
    put(&tar, "bomb.gz", packed(&a, pt_buf_str(&text)));
    lay(&l, 1, &tar, &b);
    assert_str(said(&l, &b),
               "? A file could not be searched for secrets\npass bomb.gz:1 4 @1 -0\n");
}

// A file of `size` bytes in lines of 64, the secret of 30000 bytes at `at`.
static pt_str large(pt_arena *a, size_t size, size_t at) {
    char *p = pt_arena_take(a, size);
    assert_non_null(p);
    for (size_t i = 0; i < size; i++)
        p[i] = i % 64 == 63 ? '\n' : '.';
    memcpy(p + at, "pass=", 5);
    memset(p + at + 5, 'x', 30000);
    return (pt_str){p, size};
}

static void test_each_place_is_one_windows(void **state) {
    (void)state;
    static const size_t places[] = {0,       MIB - 30010,     MIB - 65536, MIB - 32768, MIB - 32774,
                                    MIB - 1, 2 * MIB - 65536, 3 * MIB,     8 * MIB + 5};
    for (size_t i = 0; i < PT_COUNT(places); i++) {
        PT_AUTO(pt_arena_done) pt_arena a = {0};
        PT_AUTO(pt_buf_done) pt_buf tar = PT_BUF(32 * MIB);
        PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(MIB);
        pt_layers l;
        pt_layers_init(&l, &a);
        put(&tar, "large", large(&a, 9 * MIB + 7, places[i]));
        lay(&l, 1, &tar, &b);
        pt_str want = pt_arena_printf(&a, "pass large:%zu 30000 @1 -0\n", places[i] / 64 + 1);
        assert_str(said(&l, &b), want.p);
    }
}

static void test_a_step_of_the_history_is_told_with_stars(void **state) {
    (void)state;
    PT_AUTO(pt_arena_done) pt_arena a = {0};
    const pt_str text =
        PT_STR("{\"rootfs\": {}, \"config\": {\"Env\": [\"A=1\", \"B=pass=abcd\"]}, "
               "\"history\": [{\"created_by\": \"ENV pass=abcd pass=efgh\"}]}");
    PT_AUTO(pt_fd_close) int fd = file_of(text);
    pt_answer got = {.o = {.a = &a}};
    pt_job j = {.size = text.n};
    assert_int_equal(pt_job_document(&j, fd, &got, NULL), PT_OK);
    pt_value v = pt_obj_end(&got.o);
    pt_value found = pt_getz(v, "secrets");
    assert_str(pt_text(pt_getz(pt_at(pt_getz(v, "history"), 0), "step")),
               "ENV pass=**** pass=****");
    assert_int_equal(pt_len(found), 3);
    assert_str(pt_text(pt_getz(pt_at(found, 0), "config")), "Env B");
    assert_str(pt_text(pt_getz(pt_at(found, 2), "config")), "history 1");
    assert_true(
        pt_eq(pt_getz(pt_at(found, 0), "fingerprint"), pt_getz(pt_at(found, 1), "fingerprint")));
    assert_false(
        pt_eq(pt_getz(pt_at(found, 1), "fingerprint"), pt_getz(pt_at(found, 2), "fingerprint")));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_files_that_a_layer_takes_away_are_told_with_it),
        cmocka_unit_test(test_what_is_no_text_is_known_by_its_name_alone),
        cmocka_unit_test(test_texts_are_searched_in_utf16_and_packed),
        cmocka_unit_test(test_what_unpacks_to_too_much_is_told),
        cmocka_unit_test(test_each_place_is_one_windows),
        cmocka_unit_test(test_a_step_of_the_history_is_told_with_stars),
    };
    return cmocka_run_group_tests_name("secrets", tests, begin, NULL);
}
