// Whatever an archive holds: a document and modules, or a fault. The bytes are a tar archive, which
// is packed here, with the checksum of each block that could be a header made right.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include <zlib.h>

#include "base/fd.h"
#include "judge/policy/load.h"

enum {
    BLOCK = 512,
};

static void repair(char *block) {
    unsigned sum = 8 * ' ';
    for (size_t i = 0; i < BLOCK; i++)
        sum += i >= 148 && i < 156 ? 0 : (unsigned char)block[i];
    snprintf(block + 148, 8, "%06o", sum);
}

static bool pack(int fd, char *bytes, size_t n) {
    static char out[1 << 20];
    z_stream z = {.next_in = (unsigned char *)bytes,
                  .avail_in = (unsigned)n,
                  .next_out = (unsigned char *)out,
                  .avail_out = sizeof out};
    if (deflateInit2(&z, 1, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) != Z_OK)
        return false;
    bool ok = deflate(&z, Z_FINISH) == Z_STREAM_END;
    pt_str packed = {out, z.total_out};
    deflateEnd(&z);
    return ok && !pt_fd_write_all(fd, packed, NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    if (size > 1 << 19)
        return 0;
    char path[64], *bytes = malloc(size + 1);
    memcpy(bytes, data, size);
    for (size_t i = 0; i + BLOCK <= size; i += BLOCK)
        if (bytes[i])
            repair(bytes + i);
    PT_AUTO(pt_fd_close) int fd = memfd_create("bundle", MFD_CLOEXEC);
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    pt_arena a = {.bytes_max = (size_t)64 << 20};
    pt_symbols symbols = {.arena = &a};
    pt_diagnostics d = {.arena = &a};
    pt_load l = {.arena = &a, .symbols = &symbols, .diagnostics = &d};
    pt_err e = {0};
    if (fd >= 0 && pack(fd, bytes, size)) {
        pt_code code = pt_load_bundle(&l, path, &e);
        pt_assert((code == PT_OK) == (l.faults.n == 0 && d.v.n == 0 && !d.full));
        if (!code)
            code = pt_load_end(&l, &e);
        pt_assert(code || l.data.tag == PT_OBJECT);
    }
    free(bytes);
    pt_arena_done(&a);
    return 0;
}
