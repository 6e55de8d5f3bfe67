#include <string.h>

#include "base/buf.h"
#include "base/testing.h"

static void test_buf_max_cuts_and_says_so(void **state) {
    (void)state;
    pt_buf b = PT_BUF(8);
    pt_buf_putz(&b, "12345678");
    assert_false(b.full);
    pt_buf_putc(&b, '9');
    assert_true(b.full);
    pt_buf_clear(&b);
    pt_buf_putz(&b, "a");
    assert_str(pt_buf_str(&b), "a");
    pt_buf_done(&b);
}

static void test_buf_printf_and_fill_append(void **state) {
    (void)state;
    pt_buf b = PT_BUF(1000);
    pt_buf_printf(&b, "%s=%d", "n", 5);
    pt_buf_fill(&b, ' ', 3);
    pt_buf_put(&b, (pt_str){0});
    pt_buf_putz(&b, "|");
    assert_str(pt_buf_str(&b), "n=5   |");
    char *room = pt_buf_room(&b, 4);
    memcpy(room, "wxyz", 4);
    pt_buf_took(&b, 2);
    assert_str(pt_buf_str(&b), "n=5   |wx");
    pt_buf_done(&b);
}

static void test_buf_safe_shows_what_could_move_the_cursor(void **state) {
    (void)state;
    static const struct {
        const char *in, *out;
    } cases[] = {
        {"plain", "plain"},
        {"Gr\xc3\xbc\xc3\x9f", "Gr\xc3\xbc\xc3\x9f"},
        {"\x1b[31mred", "\\x1b[31mred"},
        {"a\nb\tc\x7f", "a\\x0ab\\x09c\\x7f"},
        {"\xff\xc3(", "\\xff\\xc3("},
        {"\xc2\x9b", "\\u{009b}"},
        {"\xe2\x80\xae"
         "txt",
         "\\u{202e}txt"},
        {"\xf0\x9f\x98\x80", "\xf0\x9f\x98\x80"},
        {"cut \xf0\x9f\x98", "cut \\xf0\\x9f\\x98"},
    };
    for (size_t i = 0; i < PT_COUNT(cases); i++) {
        pt_buf b = PT_BUF(1000);
        pt_buf_put_safe(&b, pt_str_of(cases[i].in));
        assert_str(pt_buf_str(&b), cases[i].out);
        pt_buf_done(&b);
    }
}

static void test_buf_safe_text_keeps_lines_and_tabs(void **state) {
    (void)state;
    pt_buf b = PT_BUF(1000);
    pt_buf_put_safe_text(&b, PT_STR("\na\tb\r\n\x1b[2J\xc2\x9b"));
    assert_str(pt_buf_str(&b), "\na\tb\\x0d\n\\x1b[2J\\u{009b}");
    pt_buf_done(&b);
}

static void test_safe_json_says_the_same(void **state) {
    (void)state;
    static const struct {
        const char *in, *out;
    } cases[] = {
        {"{\n  \"a\": \"\xc3\xa9\"\n}\n", "{\n  \"a\": \"\xc3\xa9\"\n}\n"},
        {"\"\xc2\x9b\x7f\"", "\"\\u009b\\u007f\""},
        {"\"\xe2\x80\xae\xe2\x80\xa8\"", "\"\\u202e\\u2028\""},
        {"\"\xf3\xa0\x80\x81\"", "\"\\udb40\\udc01\""},
        {"\"\xff\"", "\"\\ufffd\""},
    };
    for (size_t i = 0; i < PT_COUNT(cases); i++) {
        PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(1 << 10);
        pt_buf_put_safe_json(&b, pt_str_of(cases[i].in));
        assert_str(pt_buf_str(&b), cases[i].out);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_safe_json_says_the_same),
        cmocka_unit_test(test_buf_max_cuts_and_says_so),
        cmocka_unit_test(test_buf_printf_and_fill_append),
        cmocka_unit_test(test_buf_safe_shows_what_could_move_the_cursor),
        cmocka_unit_test(test_buf_safe_text_keeps_lines_and_tabs),
    };
    return cmocka_run_group_tests_name("base_buf", tests, NULL, NULL);
}
