// gzip, by zlib.
#include <limits.h>
#include <zlib.h>

#include "collect/pack/pack_impl.h"

enum {
    GZIP_ONLY = 16, // zlib: no other framing
};

static pt_code gzip_open(pt_unpack *u, pt_arena *a, pt_err *e) {
    z_stream *z = PT_NEW(a, z_stream, 1);
    if (!z || inflateInit2(z, MAX_WBITS + GZIP_ONLY) != Z_OK)
        return pt_err_set(e, PT_E_NOMEM, "out of memory");
    u->state = z;
    return PT_OK;
}

static pt_code gzip_step(pt_unpack *u, size_t *ret, pt_err *e) {
    z_stream *z = u->state;
    pt_pack_in in = {.from = u->rest.p};
    size_t some = u->rest.n < INT_MAX ? u->rest.n : INT_MAX;
    if (u->between && inflateReset(z) != Z_OK)
        return pt_err_set(e, PT_E_NOMEM, "out of memory");
    z->next_in = (Bytef *)in.to;
    z->avail_in = (uInt)some;
    z->next_out = (Bytef *)u->room;
    z->avail_out = PT_UNPACK_ROOM_BYTES;
    int code = inflate(z, Z_NO_FLUSH);
    u->rest = pt_str_sub(u->rest, some - z->avail_in, u->rest.n);
    u->between = code == Z_STREAM_END;
    *ret = PT_UNPACK_ROOM_BYTES - z->avail_out;
    if (code == Z_MEM_ERROR)
        return pt_err_set(e, PT_E_NOMEM, "out of memory");
    if (code != Z_OK && code != Z_STREAM_END && code != Z_BUF_ERROR)
        return pt_err_set(e, PT_E_FORMAT, "gzip: invalid data");
    return PT_OK;
}

static void gzip_done(pt_unpack *u) {
    inflateEnd(u->state);
}

const pt_unpack_way pt_unpack_gzip = {
    .magic = PT_STR("\x1f\x8b"), .open = gzip_open, .step = gzip_step, .done = gzip_done};
