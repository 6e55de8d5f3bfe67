// The tar: POSIX.1-2001, ustar.
#include "collect/layout/layout.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/fd.h"

enum {
    BLOCK = 512,
};

// 0 name[100] 100 mode[8] 108 uid[8] 116 gid[8] 124 size[12] 136 mtime[12] 148 checksum[8]
// 156 type 257 "ustar" NUL "00"
typedef struct header {
    char b[BLOCK];
} header;

// Twelve bytes: octal, or from 8 GiB on big-endian with the highest bit set.
static void put_size(char *to, uint64_t size) {
    if (size < (uint64_t)1 << 33) {
        snprintf(to, 12, "%011llo", (unsigned long long)size);
        return;
    }
    to[0] = (char)0x80;
    for (size_t i = 0; i < 8; i++)
        to[4 + i] = (char)(size >> (56 - 8 * i));
}

static void put_checksum(header *h) {
    unsigned sum = 0;
    memset(h->b + 148, ' ', 8);
    for (size_t i = 0; i < BLOCK; i++)
        sum += (unsigned char)h->b[i];
    snprintf(h->b + 148, 8, "%06o", sum);
}

pt_code pt_layout_write(pt_layout *l, pt_str bytes, pt_err *e) {
    if (bytes.n > l->bytes_max - l->bytes)
        return pt_err_set(e, PT_E_LIMIT, "the image is larger than %llu GiB",
                          (unsigned long long)(l->bytes_max >> 30));
    pt_code code = pt_fd_write_all(l->fd, bytes, e);
    if (!code)
        l->bytes += bytes.n;
    return code;
}

static header header_of(pt_str name, uint64_t size) {
    header h = {0};
    pt_assert(name.n < 100);
    memcpy(h.b, name.p, name.n);
    memcpy(h.b + 100, "0000644", 8);
    memcpy(h.b + 108, "0000000", 8);
    memcpy(h.b + 116, "0000000", 8);
    memcpy(h.b + 136, "00000000000", 12);
    put_size(h.b + 124, size);
    h.b[156] = '0';
    memcpy(h.b + 257, "ustar\00000", 8);
    put_checksum(&h);
    return h;
}

pt_code pt_layout_begin(pt_layout *l, pt_str name, uint64_t size, pt_err *e) {
    const header h = header_of(name, size);
    return pt_layout_write(l, (pt_str){h.b, BLOCK}, e);
}

pt_code pt_layout_resize(pt_layout *l, uint64_t at, pt_str name, pt_err *e) {
    const header h = header_of(name, l->bytes - at - BLOCK);
    ssize_t n = pwrite(l->fd, h.b, BLOCK, (off_t)at);
    return n == BLOCK ? PT_OK : pt_err_sys(e, errno, "cannot be written: %s", pt_errno_text(errno));
}

pt_code pt_layout_back(pt_layout *l, uint64_t at, pt_err *e) {
    if (ftruncate(l->fd, (off_t)at) != 0 || lseek(l->fd, (off_t)at, SEEK_SET) < 0)
        return pt_err_sys(e, errno, "cannot cut the file: %s", pt_errno_text(errno));
    l->bytes = at;
    return PT_OK;
}

pt_code pt_layout_fill(pt_layout *l, pt_err *e) {
    static const char zeros[BLOCK];
    size_t over = l->bytes % BLOCK;
    return over ? pt_layout_write(l, (pt_str){zeros, BLOCK - over}, e) : PT_OK;
}

pt_code pt_layout_end(pt_layout *l, pt_err *e) {
    static const char zeros[2 * BLOCK];
    return pt_layout_write(l, (pt_str){zeros, sizeof zeros}, e);
}
