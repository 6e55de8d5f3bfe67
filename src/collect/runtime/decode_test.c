#include "base/testing.h"
#include "collect/runtime/decode.h"
#include "collect/runtime/testing_wire.h"

static void test_decode_takes_each_part(void **state) {
    (void)state;
    static pt_wire_test w;
    pt_wire_begin(&w, 257, 100);
    pt_wire_arg_text(&w, "name", PT_STR("/etc/shadow"));
    pt_wire_arg(&w, "flags", 2);
    struct pt_wire_file f = {.number = 3, .ino = 77};
    pt_wire_part_of(&w, PT_WIRE_FILE, &f, sizeof f);
    pt_wire_text(&w, PT_WIRE_OPEN_PATH, PT_STR("/etc/shadow-"));
    pt_wire_text(&w, PT_WIRE_CWD, PT_STR("/"));
    pt_wire_text(&w, PT_WIRE_DIR_2, PT_STR("/b"));
    pt_wire_text(&w, 4711, PT_STR("of a later version"));
    pt_wire_text(&w, PT_WIRE_DATA, PT_STR(""));
    pt_record r;
    pt_err e = {0};
    assert_int_equal(pt_record_read(pt_wire_end(&w), w.n, &r, &e), PT_OK);
    assert_str(r.args[2], "/etc/shadow");
    assert_int_equal(r.args[3].n, 8);
    assert_int_equal(r.file->ino, 77);
    assert_str(r.open_path, "/etc/shadow-");
    assert_str(r.cwd, "/");
    assert_str(r.dir[1], "/b");
    assert_null(r.dir[0].p);
    assert_non_null(r.data.p);
    assert_int_equal(r.data.n, 0);
    assert_null(r.exec);
    assert_str(r.comm, "test");
    // The buffer may be longer than the record.
    assert_int_equal(pt_record_read(w.head, sizeof w.bytes, &r, &e), PT_OK);
    memset(w.head->comm, 'c', sizeof w.head->comm); // without a NUL
    assert_int_equal(pt_record_read(w.head, w.n, &r, &e), PT_OK);
    assert_int_equal(r.comm.n, 16);
}

static void test_decode_what_the_sensor_could_not_read_is_not_there(void **state) {
    (void)state;
    static pt_wire_test w;
    pt_wire_begin(&w, 257, 100);
    pt_wire_arg_text(&w, "name", PT_STR(""));
    struct pt_wire_part *part = (struct pt_wire_part *)(void *)(w.bytes + sizeof *w.head);
    part->flags = PT_WIRE_FAULT;
    pt_record r;
    assert_int_equal(pt_record_read(pt_wire_end(&w), w.n, &r, NULL), PT_OK);
    assert_null(r.args[2].p);
}

// Each way to be malformed: what is set where in a good record of one exec, and where it says so.
static void test_decode_malformed_records_are_refused(void **state) {
    (void)state;
    static const struct {
        size_t at;
        uint32_t value; // four bytes; the part of the exec's structure begins at 120
        size_t n;       // of the bytes that are there; 0: all
        uint64_t offset;
    } cases[] = {
        {0, 112, 0, 0},                // shorter than a head
        {0, 0xfffffff8, 0, 0},         // longer than what is there
        {0, 121, 0, 0},                // no multiple of 8
        {0, 120, 0, 120},              // the parts are missing
        {4, 0x00000040, 0, 0},         // version 0
        {4, 0x00020040, 0, 0},         // version 2
        {4, 0x0001ffff, 0, 0},         // no type
        {120 + 4, 0xffffffff, 0, 120}, // a part leaves the record
        {120 + 4, 8, 0, 120},          // a structure is cut
        {0, 0, 100, 0},                // the head is cut
        {0, 0, 184, 0},                // the record is cut
    };
    for (size_t i = 0; i < PT_COUNT(cases); i++) {
        static pt_wire_test w;
        pt_wire_begin(&w, 59, 100);
        pt_wire_exec_of(&w, PT_STR("ls\0"), PT_STR("/bin/ls"), NULL);
        pt_wire_end(&w);
        if (!cases[i].n)
            memcpy(w.bytes + cases[i].at, &cases[i].value, 4);
        pt_record r = {0};
        pt_err e = {0};
        assert_int_equal(pt_record_read(w.head, cases[i].n ? cases[i].n : w.n, &r, &e),
                         PT_E_FORMAT);
        assert_int_equal(e.offset, cases[i].offset);
        assert_null(r.head);
    }
}

static void test_decode_refuses_parts_that_are_there_twice(void **state) {
    (void)state;
    static pt_wire_test w;
    pt_record r;
    pt_err e = {0};
    for (int i = 0; i < 3; i++) {
        pt_wire_begin(&w, 59, 100);
        pt_wire_exec_of(&w, PT_STR("ls\0"), PT_STR("/bin/ls"), NULL);
        size_t before = w.n;
        struct pt_wire_exec x = {0};
        if (i == 0)
            pt_wire_text(&w, PT_WIRE_ARGV, PT_STR("rm\0"));
        else if (i == 1)
            pt_wire_part_of(&w, PT_WIRE_EXEC, &x, sizeof x);
        else
            pt_wire_arg(&w, "res", 0), before = w.n, pt_wire_arg(&w, "res", 0);
        assert_int_equal(pt_record_read(pt_wire_end(&w), w.n, &r, &e), PT_E_FORMAT);
        assert_int_equal(e.offset, before);
    }
    // Fewer parts than the head says, and bytes behind the last.
    pt_wire_begin(&w, 59, 100);
    pt_wire_text(&w, PT_WIRE_ARGV, PT_STR("ls\0"));
    w.head->parts = 2;
    assert_int_equal(pt_record_read(pt_wire_end(&w), w.n, &r, &e), PT_E_FORMAT);
    assert_int_equal(e.offset, w.n);
    pt_wire_begin(&w, 59, 100);
    pt_wire_text(&w, PT_WIRE_ARGV, PT_STR("ls\0"));
    w.head->parts = 0;
    assert_int_equal(pt_record_read(pt_wire_end(&w), w.n, &r, &e), PT_E_FORMAT);
    assert_int_equal(e.offset, sizeof *w.head);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_decode_takes_each_part),
        cmocka_unit_test(test_decode_what_the_sensor_could_not_read_is_not_there),
        cmocka_unit_test(test_decode_malformed_records_are_refused),
        cmocka_unit_test(test_decode_refuses_parts_that_are_there_twice),
    };
    return cmocka_run_group_tests_name("collect_runtime_decode", tests, NULL, NULL);
}
