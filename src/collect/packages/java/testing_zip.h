// For tests: archives of our own making.
#pragma once

#include <string.h>
#include <zlib.h>

#include "base/buf.h"
#include "base/testing.h"

typedef struct zip_file {
    pt_str name, content;
    bool stored;
    uint32_t said; // instead of its size, if it is not 0
} zip_file;

static inline void put_le(pt_buf *b, uint64_t n, unsigned bytes) {
    for (; bytes > 0; bytes--, n >>= 8)
        pt_buf_putc(b, (char)(unsigned char)(n & 0xff));
}

static inline void put_deflated(pt_buf *b, pt_str content) {
    union {
        const char *ours;
        Bytef *its; // it only reads there
    } in = {.ours = content.n ? content.p : ""};
    size_t room = content.n + content.n / 1000 + 1024;
    z_stream z = {.next_in = in.its,
                  .avail_in = (uInt)content.n,
                  .next_out = (Bytef *)pt_buf_room(b, room),
                  .avail_out = (uInt)room};
    assert_int_equal(deflateInit2(&z, 6, Z_DEFLATED, -MAX_WBITS, 8, Z_DEFAULT_STRATEGY), Z_OK);
    assert_int_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
    assert_int_equal(deflateEnd(&z), Z_OK);
    pt_buf_took(b, room - z.avail_out);
}

// An archive of these files behind what `b` has: offsets are from where it begins.
static inline void put_zip(pt_buf *b, const zip_file *files, size_t n) {
    PT_AUTO(pt_buf_done) pt_buf directory = PT_BUF(1 << 24);
    size_t base = b->n;
    for (size_t i = 0; i < n; i++) {
        PT_AUTO(pt_buf_done) pt_buf packed = PT_BUF(1 << 26);
        const zip_file *f = files + i;
        uint64_t size = f->said ? f->said : f->content.n;
        uint32_t crc = (uint32_t)crc32_z(0, (const Bytef *)f->content.p, f->content.n);
        size_t at = b->n - base;
        if (f->stored)
            pt_buf_put(&packed, f->content);
        else
            put_deflated(&packed, f->content);
        pt_buf_put(b, PT_STR("PK\3\4"));
        pt_buf_fill(b, '\0', 22);
        put_le(b, f->name.n, 2);
        put_le(b, 0, 2);
        pt_buf_put(b, f->name);
        pt_buf_put(b, pt_buf_str(&packed));
        pt_buf_put(&directory, PT_STR("PK\1\2\x14\0\x14\0\0\0"));
        put_le(&directory, f->stored ? 0 : 8, 2);
        put_le(&directory, 0, 4); // its time
        put_le(&directory, crc, 4);
        put_le(&directory, packed.n, 4);
        put_le(&directory, size, 4);
        put_le(&directory, f->name.n, 2);
        pt_buf_fill(&directory, '\0', 12);
        put_le(&directory, at, 4);
        pt_buf_put(&directory, f->name);
    }
    size_t at = b->n - base;
    pt_buf_put(b, pt_buf_str(&directory));
    pt_buf_put(b, PT_STR("PK\5\6\0\0\0\0"));
    put_le(b, n, 2);
    put_le(b, n, 2);
    put_le(b, directory.n, 4);
    put_le(b, at, 4);
    put_le(b, 0, 2);
}
