// Which files a file needs, as the worker sees it.
#include "base/testing.h"
#include "collect/image/look_rows.h"
#include "collect/packages/binary/testing_elf.h"
#include "value/json.h"

static const elf_form FORMS[] = {{true, false}, {false, false}, {true, true}, {false, true}};

enum {
    LOAD = 1,
    DYNAMIC = 2,
    INTERP = 3,
};

// What is seen in these bytes under this name, as JSON; empty: nothing.
static pt_str seen_in(pt_arena *a, const char *path, pt_str bytes) {
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(1 << 20);
    pt_walk w = {.a = a, .content = PT_BUF(1 << 22)};
    pt_tar_entry t = {.type = PT_TAR_FILE, .path = pt_str_of(path), .size = bytes.n};
    pt_obj seen = {.a = a};
    pt_buf_put(&w.content, bytes);
    assert_int_equal(pt_see_needs(&w, &t, &seen, NULL), PT_OK);
    pt_value v = pt_getz(pt_obj_end(&seen), "needs");
    if (pt_defined(v))
        assert_int_equal(pt_json_write(&b, v, NULL, NULL), PT_OK);
    pt_buf_done(&w.content);
    return pt_arena_str(a, pt_buf_str(&b));
}

static void put_word(pt_buf *b, elf_form f, uint64_t tag, uint64_t v) {
    elf_word(b, f, tag);
    elf_word(b, f, v);
}

static pt_str program(pt_arena *a, elf_form f, uint64_t library_at) {
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(1 << 16);
    PT_AUTO(pt_buf_done) pt_buf table = PT_BUF(4096);
    put_word(&table, f, 1, library_at); // DT_NEEDED
    put_word(&table, f, 5, 0x1000);     // DT_STRTAB
    put_word(&table, f, 29, 11);        // DT_RUNPATH
    put_word(&table, f, 0, 0);
    const elf_part parts[] = {
        {".dynstr", PT_STR("\0libx.so.1\0$ORIGIN/../lib\0system\0"), LOAD, 4, 0x1000},
        {".dynamic", pt_buf_str(&table), DYNAMIC, 6, 0},
        {".interp", PT_STR("/lib/ld.so\0"), INTERP, 4, 0},
        {".rodata", PT_STR("\0/etc/app.conf\0a/b\0/x\0libplug.so\0//no\0"), 0, 0, 0}};
    put_elf(&b, f, parts, PT_COUNT(parts));
    b.p[f.big ? 17 : 16] = 3;
    return pt_arena_str(a, pt_buf_str(&b));
}

static void test_program_tells_what_it_needs(void **state) {
    PT_AUTO(pt_arena_done) pt_arena a = {0};
    (void)state;
    for (size_t i = 0; i < PT_COUNT(FORMS); i++) {
        pt_str got = seen_in(&a, "bin/x", program(&a, FORMS[i], 1));
        assert_true(pt_str_has(got, PT_STR("\"interpreter\":\"/lib/ld.so\"")));
        assert_true(pt_str_has(got, PT_STR("\"libraries\":[\"libx.so.1\"]")));
        assert_true(pt_str_has(got, PT_STR("\"paths\":\"$ORIGIN/../lib\"")));
        assert_true(pt_str_has(got, PT_STR("\"shell\":true")));
        assert_true(pt_str_has(got, PT_STR("\"/etc/app.conf\"")));
        assert_true(pt_str_has(got, PT_STR("\"libplug.so\"")));
        assert_false(pt_str_has(got, PT_STR("a/b")));
        assert_false(pt_str_has(got, PT_STR("//no")));
        assert_false(pt_str_has(got, PT_STR("unread")));
    }
}

static void test_program_that_cannot_be_told_of_is_unread(void **state) {
    PT_AUTO(pt_arena_done) pt_arena a = {0};
    (void)state;
    assert_true(
        pt_str_has(seen_in(&a, "bin/x", program(&a, FORMS[0], 4000)), PT_STR("\"unread\":true")));
    assert_str(seen_in(&a, "bin/x",
                       PT_STR("\x7f"
                              "ELFxxxxxxxxxxxxxxxxx")),
               "{\"unread\":true}");
}

static void test_texts_tell_words_and_folders(void **state) {
    PT_AUTO(pt_arena_done) pt_arena a = {0};
    (void)state;
    assert_str(seen_in(&a, "x.sh", PT_STR("#! /bin/sh -e\nexec foo \"$@\" # no\n")),
               "{\"script\":\"/bin/sh -e\",\"words\":[\"/bin/sh\",\"-e\",\"exec\",\"foo\",\"@\"]}");
    assert_str(seen_in(&a, "etc/ld.so.conf.d/a.conf", PT_STR("# x\n/opt/lib\ninclude x\n/b\n")),
               "{\"folders\":[\"/opt/lib\",\"/b\"]}");
    assert_str(seen_in(&a, "etc/ld-musl-x86_64.path", PT_STR("/lib:/usr/lib\n")),
               "{\"folders\":[\"/lib\",\"/usr/lib\"]}");
    assert_str(seen_in(&a, "etc/other", PT_STR("/opt/lib\n")), "");
    assert_str(seen_in(&a, "etc/x.conf", PT_STR("# /usr/no\nroot /usr/share/x; # /usr/no\n")),
               "{\"mentions\":[\"/usr/no\",\"/usr/share/x\"]}");
    assert_str(seen_in(&a, "etc/ld.so.cache", PT_STR("\0/usr/lib/x\n")), "");
    assert_str(seen_in(&a, "usr/share/x.conf", PT_STR("root /usr/share/x\n")), "");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_program_tells_what_it_needs),
        cmocka_unit_test(test_program_that_cannot_be_told_of_is_unread),
        cmocka_unit_test(test_texts_tell_words_and_folders),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
