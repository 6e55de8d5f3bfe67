#include "http/gunzip.h"

#include <zlib.h>

enum {
    CHUNK_BYTES = 64 << 10,
    GZIP_ONLY = 16, // zlib: no other framing
};

// One step: what came out goes to `ret`. Z_OK: there is more.
static int step(z_stream *z, pt_buf *ret) {
    size_t room = ret->max - ret->n < CHUNK_BYTES ? ret->max - ret->n : CHUNK_BYTES;
    char extra[1]; // where `ret` is at its maximum: is there more?
    char *to = room ? pt_buf_room(ret, room) : extra;
    if (!to)
        return Z_MEM_ERROR;
    z->next_out = (Bytef *)to;
    z->avail_out = room ? (uInt)room : sizeof extra;
    int code = inflate(z, Z_NO_FLUSH);
    if (room)
        pt_buf_took(ret, room - z->avail_out);
    else if (z->avail_out == 0)
        ret->full = true;
    return code;
}

static pt_code inflate_all(z_stream *z, pt_buf *ret, pt_err *e) {
    int code = Z_OK;
    while (!ret->full && (code == Z_OK || (code == Z_STREAM_END && z->avail_in))) {
        if (code == Z_STREAM_END && inflateReset(z) != Z_OK)
            break;
        code = step(z, ret);
    }
    if (code == Z_MEM_ERROR)
        return pt_err_set(e, PT_E_NOMEM, "out of memory");
    if (ret->full)
        return pt_err_set(e, PT_E_LIMIT, "unpacked, it is larger than %zu bytes", ret->max);
    return code == Z_STREAM_END
               ? PT_OK
               : pt_err_set(e, PT_E_FORMAT,
                            code == Z_BUF_ERROR ? "unexpected EOF" : "gzip: invalid data");
}

pt_code pt_gunzip(pt_str packed, pt_buf *ret, pt_err *e) {
    union { // zlib does not write there
        const char *from;
        Bytef *to;
    } in = {packed.p};
    z_stream z = {.next_in = in.to, .avail_in = (uInt)packed.n};
    if (packed.n > UINT32_MAX)
        return pt_err_set(e, PT_E_LIMIT, "more than 4 GiB");
    if (inflateInit2(&z, MAX_WBITS + GZIP_ONLY) != Z_OK)
        return pt_err_set(e, PT_E_NOMEM, "out of memory");
    pt_code code = inflate_all(&z, ret, e);
    inflateEnd(&z);
    return code;
}
