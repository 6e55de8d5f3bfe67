#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/testing.h"
#include "collect/runtime/describe.h"
#include "collect/runtime/recording.h"
#include "collect/runtime/state.h"
#include "collect/runtime/testing_wire.h"

#define ID "3ad7b26ded6d8e7b23da7d48fe889434573036c27ae5a74837233de441c3601e"

static pt_wire_test w;
static const pt_recording_about about = {
    .boot_epoch_ns = 1000, .started_ns = 2000, .host = "box", .kernel = "6.18.0"};

// A recording of n execs and one container in a file of memory.
static int recorded(unsigned n, uint64_t bytes_max, bool end) {
    int fd = memfd_create("recording", MFD_CLOEXEC);
    assert_true(fd >= 0);
    pt_recorder *r = NULL;
    pt_err e = {0};
    assert_int_equal(pt_recorder_new(fd, &about, bytes_max, &r, &e), PT_OK);
    pt_arena a PT_AUTO(pt_arena_done) = {0};
    const pt_container c = {.full_id = PT_STR(ID), .name = PT_STR("web")};
    const struct pt_wire_head *said;
    assert_true(pt_container_record(&a, &c, 5, &said));
    assert_int_equal(pt_recorder_put(r, said, &e), PT_OK);
    for (uint32_t i = 0; i < n; i++) {
        pt_wire_begin(&w, 59, 100 + i);
        pt_wire_exec_of(&w, PT_STR("sh\0"), PT_STR("/bin/sh"), NULL);
        pt_wire_text(&w, PT_WIRE_CGROUP_PATH, PT_STR("/docker/" ID));
        pt_code code = pt_recorder_put(r, pt_wire_end(&w), &e);
        if (bytes_max && code == PT_E_LIMIT)
            break;
        assert_int_equal(code, PT_OK);
    }
    assert_int_equal(end ? pt_recorder_end(r, &e) : pt_recorder_flush(r, &e), PT_OK);
    assert_true(!bytes_max || pt_recorder_bytes(r) <= bytes_max);
    assert_int_equal(lseek(fd, 0, SEEK_END), pt_recorder_bytes(r));
    pt_recorder_free(r);
    assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
    return fd;
}

static pt_code read_all(int fd, unsigned *ret_n, bool *ret_cut, pt_err *e) {
    const pt_recording_source from = {pt_recording_read_fd, &fd};
    pt_recording *r = NULL;
    pt_recording_about got;
    *ret_n = 0;
    pt_code code = pt_recording_open(&from, &r, &got, e);
    if (code)
        return code;
    const struct pt_wire_head *h = NULL;
    while ((code = pt_recording_next(r, &h, e)) == PT_OK && h)
        ++*ret_n;
    *ret_cut = pt_recording_cut(r);
    if (code == PT_OK) { // it stays over
        assert_int_equal(pt_recording_next(r, &h, e), PT_OK);
        assert_null(h);
    }
    pt_recording_free(r);
    return code;
}

static void test_recording_is_replayed_as_it_was(void **state) {
    (void)state;
    int fd = recorded(3, 0, true);
    const pt_recording_source from = {pt_recording_read_fd, &fd};
    pt_recording *r = NULL;
    pt_recording_about got;
    pt_err e = {0};
    assert_int_equal(pt_recording_open(&from, &r, &got, &e), PT_OK);
    assert_int_equal(got.boot_epoch_ns, 1000);
    assert_int_equal(got.started_ns, 2000);
    assert_string_equal(got.host, "box");
    assert_string_equal(got.kernel, "6.18.0");
    pt_runtime *rt = NULL;
    const pt_runtime_options o = {.boot_epoch_ns = got.boot_epoch_ns};
    assert_int_equal(pt_runtime_new(&o, &rt, &e), PT_OK);
    const struct pt_wire_head *h = NULL;
    const pt_event *ev = NULL;
    assert_int_equal(pt_recording_next(r, &h, &e), PT_OK);
    assert_int_equal(pt_runtime_apply(rt, h, h->length, &ev, &e), PT_OK);
    assert_int_equal(ev->type, PT_EVENT_CONTAINER);
    for (uint32_t i = 0; i < 3; i++) {
        assert_int_equal(pt_recording_next(r, &h, &e), PT_OK);
        assert_int_equal(pt_runtime_apply(rt, h, h->length, &ev, &e), PT_OK);
        assert_int_equal(ev->process->pid, 100 + i);
        assert_str(ev->container->name, "web");
    }
    assert_int_equal(pt_recording_next(r, &h, &e), PT_OK);
    assert_null(h);
    assert_false(pt_recording_cut(r));
    pt_recording_free(r);
    pt_runtime_free(rt);
    close(fd);
}

// Cut at each byte: whole records before the cut are read, and the cut is told.
static void test_recording_that_is_cut_says_so(void **state) {
    (void)state;
    int fd = recorded(2, 0, true);
    off_t n = lseek(fd, 0, SEEK_END);
    unsigned before = 0;
    for (off_t at = PT_RECORDING_HEAD; at <= n; at++) {
        static char bytes[4096];
        assert_true(n < (off_t)sizeof bytes);
        int part = memfd_create("cut", MFD_CLOEXEC);
        assert_int_equal(pread(fd, bytes, (size_t)at, 0), at);
        assert_int_equal(write(part, bytes, (size_t)at), at);
        assert_int_equal(lseek(part, 0, SEEK_SET), 0);
        unsigned records;
        bool cut;
        pt_err e = {0};
        assert_int_equal(read_all(part, &records, &cut, &e), PT_OK);
        assert_int_equal(cut, at < n);
        assert_true(records >= before && records <= 3);
        before = records;
        close(part);
    }
    assert_int_equal(before, 3);
    close(fd);
    unsigned records;
    bool cut;
    fd = recorded(2, 0, false); // whoever wrote it was killed
    assert_int_equal(read_all(fd, &records, &cut, NULL), PT_OK);
    assert_int_equal(records, 3);
    assert_true(cut);
    close(fd);
}

static void test_recording_ends_at_its_bound(void **state) {
    (void)state;
    int fd = recorded(100000, 1 << 20, true);
    unsigned records;
    bool cut;
    assert_int_equal(read_all(fd, &records, &cut, NULL), PT_OK);
    assert_true(records > 1000 && records < 100000);
    assert_false(cut);
    close(fd);
}

static void test_recording_of_other_bytes_is_refused(void **state) {
    (void)state;
    static const struct {
        off_t at;
        const char *bytes;
        size_t n;
        pt_code code;
        uint64_t offset;
    } cases[] = {
        {0, "paratiar", 8, PT_E_FORMAT, 0},
        {8, "\2", 1, PT_E_UNSUPPORTED, 0},
        {PT_RECORDING_HEAD, "\1\0\0\0", 4, PT_E_FORMAT, PT_RECORDING_HEAD},
        {PT_RECORDING_HEAD, "\xf8\xff\xff\x7f", 4, PT_E_FORMAT, PT_RECORDING_HEAD},
        {PT_RECORDING_HEAD + 6, "\7", 1, PT_E_FORMAT, PT_RECORDING_HEAD},
    };
    for (size_t i = 0; i < PT_COUNT(cases); i++) {
        int fd = recorded(1, 0, true);
        assert_int_equal(pwrite(fd, cases[i].bytes, cases[i].n, cases[i].at), cases[i].n);
        unsigned records;
        bool cut;
        pt_err e = {0};
        assert_int_equal(read_all(fd, &records, &cut, &e), cases[i].code);
        assert_int_equal(e.offset, cases[i].offset);
        close(fd);
    }
    int empty = memfd_create("empty", MFD_CLOEXEC);
    unsigned records;
    bool cut;
    assert_int_equal(read_all(empty, &records, &cut, NULL), PT_E_FORMAT);
    close(empty);
    assert_int_equal(read_all(-1, &records, &cut, NULL), PT_E_IO);
}

static void test_recording_that_cannot_be_written_fails(void **state) {
    (void)state;
    pt_recorder *r = NULL;
    pt_err e = {0};
    assert_int_equal(pt_recorder_new(-1, &about, 0, &r, &e), PT_OK);
    pt_wire_begin(&w, 59, 1);
    assert_int_equal(pt_recorder_put(r, pt_wire_end(&w), &e), PT_OK);
    assert_int_equal(pt_recorder_end(r, &e), PT_E_IO);
    pt_recorder_free(r);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_recording_is_replayed_as_it_was),
        cmocka_unit_test(test_recording_that_is_cut_says_so),
        cmocka_unit_test(test_recording_ends_at_its_bound),
        cmocka_unit_test(test_recording_of_other_bytes_is_refused),
        cmocka_unit_test(test_recording_that_cannot_be_written_fails),
    };
    return cmocka_run_group_tests_name("collect_runtime_recording", tests, NULL, NULL);
}
