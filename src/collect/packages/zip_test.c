#include <string.h>

#include "base/testing.h"
#include "collect/packages/zip.h"

// "a" (stored: "hello") and "b" (deflated: 20 times "x"), byte by byte.
static const char zip[] = "PK\3\4\24\0\0\0\0\0\0\0\0\0\x86\xa6\x10\x36\5\0\0\0\5\0\0\0\1\0\0\0"
                          "a"
                          "hello"
                          "PK\3\4\24\0\0\0\x8\0\0\0\0\0\x47\x42\xad\x27\5\0\0\0\x14\0\0\0\1\0\0\0"
                          "b"
                          "\xab\xa8\xc0\4\0"
                          "PK\1\2\24\0\24\0\0\0\0\0\0\0\0\0\x86\xa6\x10\x36\5\0\0\0\5\0\0\0\1\0\0\0"
                          "\0\0\0\0\0\0\0\0\0\0\0\0\0\0"
                          "a"
                          "PK\1\2\24\0\24\0\0\0\x8\0\0\0\0\0\x47\x42\xad\x27\5\0\0\0\x14\0\0\0\1\0"
                          "\0\0\0\0\0\0\0\0\0\0\0\0\x24\0\0\0"
                          "b"
                          "PK\5\6\0\0\0\0\2\0\2\0\x5e\0\0\0\x48\0\0\0\0\0";
static const pt_str whole = {zip, sizeof zip - 1};

static pt_code read_members(pt_str bytes, pt_buf *b) {
    PT_AUTO(pt_arena_done) pt_arena a = {0};
    PT_AUTO(pt_buf_done) pt_buf room = PT_BUF(b->max);
    pt_unzip *u = pt_unzip_new(&a);
    pt_zip z;
    pt_zip_entry m;
    pt_code code = pt_zip_open(&z, bytes, NULL);
    assert_non_null(u);
    while (!code) {
        bool end = false;
        pt_str text = {0};
        code = pt_zip_next(&z, &m, &end, NULL);
        if (code || end)
            return code;
        code = pt_zip_read(&z, &m, u, &room, &text, NULL);
        if (!code)
            pt_buf_printf(b, "%.*s=%.*s ", PT_PRI(m.name), PT_PRI(text));
    }
    return code;
}

static void test_members_of_an_archive_are_read(void **state) {
    (void)state;
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(4096);
    assert_true(pt_zip_is(whole));
    assert_int_equal(read_members(whole, &b), PT_OK);
    assert_str(pt_buf_str(&b), "a=hello b=xxxxxxxxxxxxxxxxxxxx ");
}

// Cut anywhere, or one byte changed: an error, or the same texts; never a crash.
static void test_a_broken_archive_is_told(void **state) {
    (void)state;
    for (size_t n = 0; n < whole.n; n++) {
        PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(4096);
        assert_int_not_equal(read_members(pt_str_sub(whole, 0, n), &b), PT_OK);
    }
    for (size_t n = 0; n < whole.n; n++) {
        PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(4096);
        char copy[sizeof zip];
        memcpy(copy, zip, sizeof copy);
        copy[n] = (char)(copy[n] ^ 0x41);
        pt_code code = read_members((pt_str){copy, whole.n}, &b);
        assert_true(code || pt_str_has(pt_buf_str(&b), PT_STR("hello ")));
    }
}

static void test_an_archives_member_is_bounded(void **state) {
    (void)state;
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(12);
    assert_int_equal(read_members(whole, &b), PT_E_LIMIT);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_members_of_an_archive_are_read),
        cmocka_unit_test(test_a_broken_archive_is_told),
        cmocka_unit_test(test_an_archives_member_is_bounded),
    };
    return cmocka_run_group_tests_name("zip", tests, NULL, NULL);
}
