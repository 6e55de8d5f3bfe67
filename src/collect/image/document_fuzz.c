// An index, a manifest, a configuration, as the worker is given it.
#include <sys/mman.h>
#include <unistd.h>

#include "base/fd.h"
#include "collect/image/jobs.h"
#include "collect/image/testing_rules.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    PT_AUTO(pt_arena_done) pt_arena a = {.bytes_max = 64 << 20};
    PT_AUTO(pt_fd_close) int fd = memfd_create("document", MFD_CLOEXEC);
    pt_job j = {.size = size};
    pt_answer got = {.o = {.a = &a}};
    ask_for_secrets();
    if (pt_fd_write_all(fd, (pt_str){(const char *)data, size}, NULL))
        return 0;
    pt_code code = pt_job_document(&j, fd, &got, NULL);
    pt_assert(code || pt_text(pt_getz(pt_obj_end(&got.o), "kind")).n);
    return 0;
}
