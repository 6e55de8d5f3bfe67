#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/testing.h"
#include "collect/image/jobs.h"

// The answer about a document; undefined: it was none.
static pt_value read_it(pt_arena *a, const char *text) {
    PT_AUTO(pt_fd_close) int fd = memfd_create("document", MFD_CLOEXEC);
    pt_str bytes = pt_str_of(text);
    pt_answer got = {.o = {.a = a}};
    pt_err e = {0};
    assert_int_equal(pt_fd_write_all(fd, bytes, NULL), PT_OK);
    pt_code code = pt_job_document(&(pt_job){.size = bytes.n, .words = {""}}, fd, &got, &e);
    return code ? pt_undefined() : pt_obj_end(&got.o);
}

static void test_a_key_that_readers_take_for_another_is_told(void **state) {
    (void)state;
    static const struct {
        const char *document, *twice;
    } rows[] = {
        {"{\"config\":{},\"layers\":[]}", ""},
        {"{\"config\":{},\"layers\":[],\"Layers\":[]}", "layers"},
        {"{\"config\":{},\"layers\":[],\"layers\":[]}", "layers"},
        {"{\"config\":{},\"layers\":[{\"digest\":1,\"dIgest\":2}]}", "digest"},
        // The long s and the sign of Kelvin are letters of ASCII to who folds by Unicode.
        {"{\"config\":{},\"layers\":[],\"layer\xc5\xbf\":[]}", "layer\xc5\xbf"},
        {"{\"manifests\":[],\"x\":{\"k\":1,\"\xe2\x84\xaa\":1}}", "\xe2\x84\xaa"},
        {"{\"manifests\":[{\"platform\":{\"os\":1,\"OS\":2}}]}", "os"},
        {"[{\"Config\":\"c\",\"Layers\":[],\"LAYERS\":[]}]", "Layers"},
        {"{\"rootfs\":{\"diff_ids\":[]},\"rootFS\":{}}", "rootfs"},
        {"{\"rootfs\":{\"diff_ids\":[],\"Diff_ids\":[]}}", "diff_ids"},
        // Names that the image's maker chose are taken as they are.
        {"{\"rootfs\":{},\"config\":{\"Labels\":{\"a\":\"1\",\"A\":\"2\"}}}", ""},
        {"{\"rootfs\":{},\"config\":{\"Labels\":{\"a\":\"1\",\"a\":\"2\"}}}", "a"},
        {"{\"rootfs\":{},\"config\":{\"Labels\":{\"a\":{\"b\":1,\"B\":2}}}}", "b"},
        {"{\"rootfs\":{},\"config\":{\"Labels\":{\"a\":1},\"labels\":{}}}", "labels"},
        {"{\"manifests\":[{\"annotations\":{\"a\":\"1\",\"A\":\"2\"}}]}", ""},
    };
    for (size_t i = 0; i < PT_COUNT(rows); i++) {
        PT_AUTO(pt_arena_done) pt_arena a = {0};
        pt_value v = read_it(&a, rows[i].document);
        assert_true(pt_defined(v));
        assert_str(pt_text(pt_getz(v, "twice")), rows[i].twice);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_key_that_readers_take_for_another_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
