// A layer, as the worker is given it: every header's checksum is repaired, so that the readers
// behind it are reached. The first byte says what is asked.
#include <sys/mman.h>
#include <unistd.h>

#include "base/fd.h"
#include "collect/image/jobs.h"
#include "collect/image/testing_rules.h"
#include "collect/image/testing_tar.h"
#include "value/json.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    PT_AUTO(pt_arena_done) pt_arena a = {.bytes_max = 64 << 20};
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(1 << 20);
    PT_AUTO(pt_fd_close) int fd = memfd_create("layer", MFD_CLOEXEC);
    pt_answer got = {.o = {.a = &a}};
    pt_value v = pt_undefined();
    if (size < 1)
        return 0;
    ask_for_secrets();
    pt_buf_put(&b, (pt_str){(const char *)data + 1, size - 1});
    for (size_t at = 0; !b.full && at + TAR_BLOCK <= b.n; at += TAR_BLOCK)
        if (b.p[at] != '\0')
            tar_checksum(b.p + at);
    pt_job j = {.size = b.n, .flags = (data[0] & 15) | (uint64_t)(data[0] >> 4) << 16};
    j.flags |= data[0] & 8 ? PT_LAYER_LICENCES : 0;
    if (pt_fd_write_all(fd, pt_buf_str(&b), NULL))
        return 0;
    if (!pt_job_layer(&j, fd, &got, NULL)) {
        pt_assert(pt_json_parse(&a, pt_buf_str(&got.parts[0]), NULL, &v, NULL) == PT_OK);
        pt_assert(pt_tag_of(v) == PT_ARRAY);
    }
    for (size_t i = 0; i < PT_COUNT(got.parts); i++)
        pt_buf_done(&got.parts[i]);
    return 0;
}
