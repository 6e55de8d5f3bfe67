// Copying of a layer: the first byte is how much of the input is the plan, the rest the archive.
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/fd.h"
#include "collect/image/copy.h"
#include "collect/image/jobs.h"

static int file_of(const uint8_t *p, size_t n) {
    int fd = memfd_create("fuzz", MFD_CLOEXEC);
    pt_assert(fd >= 0);
    pt_assert(pt_fd_write_all(fd, (pt_str){(const char *)p, n}, NULL) == PT_OK);
    pt_assert(lseek(fd, 0, SEEK_SET) == 0);
    return fd;
}

// A few rows for the first entries, as the byte's bits say; the plan is our own, not the image's.
static int plan_of(uint8_t bits) {
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(4096);
    for (uint64_t i = 0; i < 8; i++) {
        const pt_copy_row r = {
            .entry = i, .path_n = 1, .link_n = 1, .lose_n = i & 1 ? 2 : 0, .hard = i == 4};
        if (!(bits >> i & 1))
            continue;
        pt_buf_put(&b, (pt_str){(const char *)&r, sizeof r});
        pt_buf_putz(&b, i & 1 ? "abx\n" : "ab");
    }
    return file_of((const uint8_t *)b.p, b.n);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    PT_AUTO(pt_arena_done) pt_arena a = {0};
    pt_answer answer = {.o = {.a = &a}};
    if (size < 1)
        return 0;
    PT_AUTO(pt_fd_close) int in = file_of(data + 1, size - 1);
    PT_AUTO(pt_fd_close) int plan = plan_of(data[0]);
    PT_AUTO(pt_fd_close) int out = memfd_create("out", MFD_CLOEXEC);
    pt_assert(pt_job_plan(&(pt_job){0}, plan, &answer, NULL) == PT_OK);
    pt_assert(pt_job_copy(&(pt_job){.size = size - 1}, in, out));
    return 0;
}
