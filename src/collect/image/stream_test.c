#include <fcntl.h>
#include <isa-l/igzip_lib.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include <zstd.h>

#include "base/fd.h"
#include "base/testing.h"
#include "collect/image/digest.h"
#include "collect/image/stream.h"

static void put_gzip(pt_buf *b, pt_str text) {
    struct isal_zstream *z = calloc(1, sizeof *z);
    size_t room = 65536;
    uint8_t *out = malloc(room);
    assert_non_null(z);
    assert_non_null(out);
    isal_deflate_stateless_init(z);
    z->gzip_flag = IGZIP_GZIP;
    z->next_in = (uint8_t *)strndup(text.p, text.n);
    uint8_t *in = z->next_in;
    z->avail_in = (uint32_t)text.n;
    z->next_out = out;
    z->avail_out = (uint32_t)room;
    z->end_of_stream = 1;
    assert_int_equal(isal_deflate_stateless(z), COMP_OK);
    pt_buf_put(b, (pt_str){(const char *)out, z->total_out});
    free(in);
    free(out);
    free(z);
}

static void put_zstd(pt_buf *b, pt_str text) {
    size_t room = ZSTD_compressBound(text.n);
    char *p = pt_buf_room(b, room);
    assert_non_null(p);
    size_t n = ZSTD_compress(p, room, text.p, text.n, 1);
    assert_false(ZSTD_isError(n));
    pt_buf_took(b, n);
}

// All that a stream over `bytes` gives, in `out`; its digests.
static pt_code stream(pt_str bytes, pt_buf *out, pt_hash256 ret[2], pt_err *e) {
    PT_AUTO(pt_arena_done) pt_arena a = {0};
    char path[] = "/tmp/stream-XXXXXX";
    PT_AUTO(pt_fd_close) int fd = mkostemp(path, O_CLOEXEC);
    unlink(path);
    assert_int_equal(write(fd, "before", 6), 6);
    assert_int_equal(pt_fd_write_all(fd, bytes, NULL), PT_OK);
    assert_int_equal(write(fd, "behind", 6), 6);
    pt_stream s = {0};
    pt_str piece = {0};
    pt_code code = pt_stream_open(&s, &a, fd, 6, bytes.n, e);
    while (!code && !(code = s.flow.next(&s.flow, &piece, e)) && piece.n)
        pt_buf_put(out, piece);
    if (!code)
        code = pt_stream_finish(&s, &ret[0], &ret[1], e);
    pt_stream_done(&s);
    return code;
}

static void test_stream_trusted_hashes_what_is_in_it_alone(void **state) {
    (void)state;
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(1 << 16);
    PT_AUTO(pt_fd_close) int fd = memfd_create("layer", MFD_CLOEXEC);
    const pt_str text = PT_STR("all that is in it");
    for (int gzip = 0; gzip < 2; gzip++) {
        PT_AUTO(pt_arena_done) pt_arena a = {0};
        pt_hash256 got[2];
        pt_hash256 want = pt_sha256(&text, 1);
        pt_stream s = {0};
        pt_buf_clear(&b);
        if (gzip)
            put_gzip(&b, text);
        else
            pt_buf_put(&b, text);
        assert_int_equal(ftruncate(fd, 0), 0);
        assert_int_equal(pwrite(fd, b.p, b.n, 0), b.n);
        assert_int_equal(pt_stream_open(&s, &a, fd, 0, b.n, NULL), PT_OK);
        assert_int_equal(pt_stream_trust(&s), gzip);
        assert_int_equal(pt_stream_finish(&s, &got[0], &got[1], NULL), PT_OK);
        assert_memory_equal(&got[1], &want, sizeof want);
        assert_int_equal(memcmp(&got[0], &want, sizeof want) == 0, !gzip);
        pt_stream_done(&s);
    }
}

static pt_str long_text(pt_arena *a) {
    size_t n = 300000;
    char *p = pt_arena_take(a, n);
    for (size_t i = 0; p && i < n; i++)
        p[i] = (char)('a' + (i * i / 7 + i / 1000) % 26);
    return (pt_str){p, n};
}

static void assert_streams(pt_str bytes, pt_str want) {
    PT_AUTO(pt_buf_done) pt_buf out = PT_BUF(1 << 24);
    pt_hash256 got[2];
    pt_err e = {0};
    pt_code code = stream(bytes, &out, got, &e);
    if (code)
        fail_msg("%s", e.what);
    assert_true(pt_str_eq(pt_buf_str(&out), want));
    pt_hash256 in = pt_sha256(&bytes, 1);
    pt_hash256 of = pt_sha256(&want, 1);
    assert_memory_equal(&got[0], &in, sizeof in);
    assert_memory_equal(&got[1], &of, sizeof of);
}

static void test_what_is_not_compressed_is_itself(void **state) {
    (void)state;
    PT_AUTO(pt_arena_done) pt_arena a = {0};
    assert_streams(PT_STR(""), PT_STR(""));
    assert_streams(PT_STR("x"), PT_STR("x"));
    assert_streams(long_text(&a), long_text(&a));
}

static void test_gzip_of_many_members_is_joined(void **state) {
    (void)state;
    PT_AUTO(pt_arena_done) pt_arena a = {0};
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(1 << 20);
    pt_str text = long_text(&a);
    put_gzip(&b, pt_str_sub(text, 0, 10));
    put_gzip(&b, (pt_str){"", 0});
    for (size_t at = 10; at < text.n; at += 29999)
        put_gzip(&b, pt_str_sub(text, at, at + 29999));
    assert_streams(pt_buf_str(&b), text);
    pt_buf_fill(&b, '\0', 200000); // filled up
    assert_streams(pt_buf_str(&b), text);
}

static void test_zstd_of_many_frames_is_joined(void **state) {
    (void)state;
    PT_AUTO(pt_arena_done) pt_arena a = {0};
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(1 << 24);
    pt_str text = long_text(&a);
    pt_buf_put(&b, PT_STR("\x51\x2a\x4d\x18\x03\0\0\0abc")); // a frame to skip
    put_zstd(&b, pt_str_sub(text, 0, 10));
    put_zstd(&b, (pt_str){"", 0});
    put_zstd(&b, pt_str_sub(text, 10, text.n));
    pt_buf_put(&b, PT_STR("\x5f\x2a\x4d\x18\0\0\0\0"));
    assert_streams(pt_buf_str(&b), text);
}

// Whoever comes back to a mark reads the same once more, and the digests are those of one reading.
static void assert_comes_back(pt_str bytes, pt_str want, bool can) {
    PT_AUTO(pt_arena_done) pt_arena a = {0};
    PT_AUTO(pt_buf_done) pt_buf out = PT_BUF(1 << 24);
    PT_AUTO(pt_fd_close) int fd = memfd_create("layer", MFD_CLOEXEC);
    pt_hash256 got[2];
    pt_stream s = {0};
    pt_str piece = {0};
    assert_int_equal(pt_fd_write_all(fd, bytes, NULL), PT_OK);
    assert_int_equal(pt_stream_open(&s, &a, fd, 0, bytes.n, NULL), PT_OK);
    assert_int_equal(s.flow.next(&s.flow, &piece, NULL), PT_OK);
    assert_int_equal(s.flow.mark(&s.flow), can);
    for (int times = 0; can && times < 3; times++) {
        pt_buf_clear(&out);
        pt_buf_put(&out, piece);
        for (pt_str next = piece; next.n && (times == 2 || out.n < want.n / 2);) {
            assert_int_equal(s.flow.next(&s.flow, &next, NULL), PT_OK);
            pt_buf_put(&out, next);
        }
        assert_true(pt_str_starts(want, pt_buf_str(&out)));
        if (times < 2)
            s.flow.back(&s.flow);
    }
    assert_int_equal(pt_stream_finish(&s, &got[0], &got[1], NULL), PT_OK);
    pt_hash256 in = pt_sha256(&bytes, 1);
    pt_hash256 of = pt_sha256(&want, 1);
    assert_memory_equal(&got[0], &in, sizeof in);
    assert_memory_equal(&got[1], &of, sizeof of);
    assert_true(!can || out.n == want.n);
    pt_stream_done(&s);
}

static void test_marks_are_come_back_to(void **state) {
    (void)state;
    PT_AUTO(pt_arena_done) pt_arena a = {0};
    PT_AUTO(pt_buf_done) pt_buf gzip = PT_BUF(1 << 20);
    PT_AUTO(pt_buf_done) pt_buf zstd = PT_BUF(1 << 24);
    pt_str text = long_text(&a);
    for (size_t at = 0; at < text.n; at += 29999)
        put_gzip(&gzip, pt_str_sub(text, at, at + 29999));
    put_zstd(&zstd, text);
    assert_comes_back(text, text, true);
    assert_comes_back(pt_buf_str(&gzip), text, true);
    assert_comes_back(pt_buf_str(&zstd), text, false);
}

static void assert_refused(pt_str bytes, pt_code want, const char *says) {
    PT_AUTO(pt_buf_done) pt_buf out = PT_BUF(1 << 24);
    pt_hash256 got[2];
    pt_err e = {0};
    pt_code code = stream(bytes, &out, got, &e);
    if (code != want || !strstr(e.what, says))
        fail_msg("%d: %s, not %s", code, e.what, says);
}

static void test_every_cut_is_noticed(void **state) {
    (void)state;
    PT_AUTO(pt_buf_done) pt_buf gzip = PT_BUF(1 << 20);
    PT_AUTO(pt_buf_done) pt_buf zstd = PT_BUF(1 << 20);
    put_gzip(&gzip, PT_STR("a text of some words, words, words"));
    put_zstd(&zstd, PT_STR("a text of some words, words, words"));
    for (size_t n = 4; n < gzip.n; n++)
        assert_refused(pt_str_sub(pt_buf_str(&gzip), 0, n), PT_E_FORMAT, "");
    for (size_t n = 4; n < zstd.n; n++)
        assert_refused(pt_str_sub(pt_buf_str(&zstd), 0, n), PT_E_FORMAT, "");
}

static void test_damage_is_noticed(void **state) {
    (void)state;
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(1 << 20);
    put_gzip(&b, PT_STR("a text of some words, words, words"));
    b.p[b.n - 6] ^= 1; // the checksum
    assert_refused(pt_buf_str(&b), PT_E_FORMAT, "not sound gzip");
    b.p[b.n - 6] ^= 1;
    pt_buf_putz(&b, "more");
    assert_refused(pt_buf_str(&b), PT_E_FORMAT, "not gzip stands behind");
    b.n -= 4;
    pt_buf_putc(&b, '\0');
    pt_buf_putz(&b, "more");
    assert_refused(pt_buf_str(&b), PT_E_FORMAT, "not gzip stands behind");
    pt_buf_clear(&b);
    put_zstd(&b, PT_STR("a text of some words, words, words"));
    pt_buf_putz(&b, "more");
    assert_refused(pt_buf_str(&b), PT_E_FORMAT, "not sound zstd");
}

static void test_file_that_is_too_short_is_refused(void **state) {
    (void)state;
    PT_AUTO(pt_arena_done) pt_arena a = {0};
    PT_AUTO(pt_fd_close) int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
    pt_stream s = {0};
    pt_err e = {0};
    assert_int_equal(pt_stream_open(&s, &a, fd, 0, 1, &e), PT_E_FORMAT);
    pt_stream_done(&s);
    assert_int_equal(pt_stream_open(&s, &a, fd, UINT64_MAX, 1, &e), PT_E_FORMAT);
    pt_stream_done(&s);
}

// A drop sink: the bomb's own gigabyte is not kept.
static void test_bomb_is_put_out(void **state) {
    (void)state;
    enum {
        FRAME = 16 << 20
    };
    PT_AUTO(pt_arena_done) pt_arena a = {0};
    PT_AUTO(pt_buf_done) pt_buf frame = PT_BUF(1 << 25);
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(1 << 24);
    PT_AUTO(pt_buf_done) pt_buf out = PT_BUF(16);
    pt_hash256 got[2];
    pt_err e = {0};
    put_zstd(&frame, (pt_str){PT_NEW(&a, char, FRAME), FRAME});
    for (size_t i = 0; i < 70; i++)
        pt_buf_put(&b, pt_buf_str(&frame));
    assert_int_equal(stream(pt_buf_str(&b), &out, got, &e), PT_E_LIMIT);
    assert_non_null(strstr(e.what, "as a bomb does"));
}

static void test_digest_is_a_digest(void **state) {
    (void)state;
    PT_AUTO(pt_arena_done) pt_arena a = {0};
    pt_hash256 h = {.b = {0xab}};
    pt_str text = pt_digest_text(&a, &h);
    assert_true(pt_digest_is(text));
    assert_str(pt_str_sub(text, 0, 11), "sha256:ab00");
    assert_false(pt_digest_is(pt_str_sub(text, 0, 70)));
    assert_false(pt_digest_is(PT_STR("sha512:")));
    assert_false(pt_digest_is(
        PT_STR("sha256:../../../../../../../../../../../../../../../../../../etc/passwd00")));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_is_not_compressed_is_itself),
        cmocka_unit_test(test_gzip_of_many_members_is_joined),
        cmocka_unit_test(test_zstd_of_many_frames_is_joined),
        cmocka_unit_test(test_marks_are_come_back_to),
        cmocka_unit_test(test_every_cut_is_noticed),
        cmocka_unit_test(test_damage_is_noticed),
        cmocka_unit_test(test_file_that_is_too_short_is_refused),
        cmocka_unit_test(test_bomb_is_put_out),
        cmocka_unit_test(test_stream_trusted_hashes_what_is_in_it_alone),
        cmocka_unit_test(test_digest_is_a_digest),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
