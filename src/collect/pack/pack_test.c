#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/testing.h"
#include "collect/pack/pack.h"

#define TEXT "hello hello hello hello\n"

// TEXT, as gzip, bzip2 and zstd write it.
static const char gzip[] =
    "\037\213\010\000\000\000\000\000\002\003\313\110\315\311\311\127\310\100"
    "\047\271\000\000\210\131\013\030\000\000\000";
static const char bzip2[] =
    "\102\132\150\071\061\101\131\046\123\131\157\117\020\363\000\000\005\321"
    "\000\000\020\100\000\002\104\240\000\060\300\002\250\064\161\015\255\207"
    "\017\027\162\105\070\120\220\157\117\020\363";
static const char zstd[] =
    "\050\265\057\375\004\130\155\000\000\070\150\145\154\154\157\040\012\001"
    "\000\231\113\021\250\174\056\250";

static const pt_str packed[] = {
    {gzip, sizeof gzip - 1},
    {bzip2, sizeof bzip2 - 1},
    {zstd, sizeof zstd - 1},
};

// All that comes out of `bytes`.
static pt_code unpack(pt_str bytes, uint64_t bytes_max, pt_buf *out, pt_err *e) {
    PT_AUTO(pt_arena_done) pt_arena a = {0};
    pt_unpack u = {0};
    pt_str piece = {0};
    pt_code code = pt_unpack_open(&u, &a, bytes, bytes_max, e);
    while (!code && !(code = u.flow.next(&u.flow, &piece, e)) && piece.n)
        pt_buf_put(out, piece);
    pt_unpack_done(&u);
    return code;
}

static void test_unpack_each_way_gives_the_text(void **s) {
    (void)s;
    for (size_t i = 0; i < PT_COUNT(packed); i++) {
        PT_AUTO(pt_buf_done) pt_buf out = PT_BUF(1 << 16);
        assert_true(pt_unpack_is(packed[i]));
        assert_int_equal(unpack(packed[i], 1 << 16, &out, NULL), PT_OK);
        assert_true(pt_str_eqz(pt_buf_str(&out), TEXT));
    }
}

static void test_unpack_two_members_are_one_text(void **s) {
    (void)s;
    for (size_t i = 0; i < PT_COUNT(packed); i++) {
        PT_AUTO(pt_buf_done) pt_buf both = PT_BUF(1 << 16);
        PT_AUTO(pt_buf_done) pt_buf out = PT_BUF(1 << 16);
        pt_buf_put(&both, packed[i]);
        pt_buf_put(&both, packed[i]);
        assert_int_equal(unpack(pt_buf_str(&both), 1 << 16, &out, NULL), PT_OK);
        assert_true(pt_str_eqz(pt_buf_str(&out), TEXT TEXT));
    }
}

// At every byte: nothing that is cut off is a whole.
static void test_unpack_cut_off_is_told(void **s) {
    (void)s;
    for (size_t i = 0; i < PT_COUNT(packed); i++)
        for (size_t n = 4; n < packed[i].n; n++) {
            PT_AUTO(pt_buf_done) pt_buf out = PT_BUF(1 << 16);
            assert_int_equal(unpack(pt_str_sub(packed[i], 0, n), 1 << 16, &out, NULL), PT_E_FORMAT);
        }
}

static void test_unpack_more_than_the_bound_is_told(void **s) {
    (void)s;
    for (size_t i = 0; i < PT_COUNT(packed); i++) {
        PT_AUTO(pt_buf_done) pt_buf out = PT_BUF(1 << 16);
        assert_int_equal(unpack(packed[i], sizeof TEXT - 2, &out, NULL), PT_E_LIMIT);
        assert_int_equal(unpack(packed[i], sizeof TEXT - 1, &out, NULL), PT_OK);
    }
}

static void test_unpack_what_follows_is_told(void **s) {
    (void)s;
    for (size_t i = 0; i < PT_COUNT(packed); i++) {
        PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(1 << 16);
        PT_AUTO(pt_buf_done) pt_buf out = PT_BUF(1 << 16);
        pt_buf_put(&b, packed[i]);
        pt_buf_putz(&b, "what else is here");
        assert_int_equal(unpack(pt_buf_str(&b), 1 << 16, &out, NULL), PT_E_FORMAT);
    }
}

static void test_unpack_plain_comes_as_it_is(void **s) {
    (void)s;
    PT_AUTO(pt_buf_done) pt_buf out = PT_BUF(1 << 16);
    assert_int_equal(unpack(PT_STR("{}"), 16, &out, NULL), PT_OK);
    assert_true(pt_str_eqz(pt_buf_str(&out), "{}"));
    assert_int_equal(unpack(PT_STR("{}"), 1, &out, NULL), PT_E_LIMIT);
}

static void test_pack_comes_out_again(void **s) {
    (void)s;
    char path[] = "/tmp/pack-XXXXXX";
    PT_AUTO(pt_fd_close) int fd = mkostemp(path, O_CLOEXEC);
    PT_AUTO(pt_buf_done) pt_buf in = PT_BUF(4 << 20);
    PT_AUTO(pt_buf_done) pt_buf file = PT_BUF(4 << 20);
    PT_AUTO(pt_buf_done) pt_buf out = PT_BUF(4 << 20);
    unlink(path);
    for (unsigned i = 0, x = 1; i < 1 << 20; i++, x = x * 1103515245 + 12345)
        pt_buf_putc(&in, (char)(x >> 24 & (i < 1 << 19 ? 0x7f : 1)));
    assert_int_equal(pt_pack_zstd(pt_buf_str(&in), fd, NULL), PT_OK);
    assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
    assert_int_equal(pt_fd_read_all(fd, &file, NULL), PT_OK);
    assert_true(file.n < in.n);
    assert_int_equal(unpack(pt_buf_str(&file), in.n, &out, NULL), PT_OK);
    assert_true(pt_str_eq(pt_buf_str(&in), pt_buf_str(&out)));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_unpack_each_way_gives_the_text),
        cmocka_unit_test(test_unpack_two_members_are_one_text),
        cmocka_unit_test(test_unpack_cut_off_is_told),
        cmocka_unit_test(test_unpack_more_than_the_bound_is_told),
        cmocka_unit_test(test_unpack_what_follows_is_told),
        cmocka_unit_test(test_unpack_plain_comes_as_it_is),
        cmocka_unit_test(test_pack_comes_out_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
