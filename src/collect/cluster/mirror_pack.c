#include "collect/cluster/mirror_pack.h"

#include <stdlib.h>
#include <string.h>
#include <zlib.h>

enum {
    WINDOW_BITS = 13, // and so 8 KiB of the text that the others are like
    MEMORY_LEVEL = 6,
    LEVEL = 3,
    LIKE_BYTES_MAX = 1 << WINDOW_BITS,
};

struct pt_mirror_pack {
    z_stream in, out;
    size_t like_n;
    unsigned char like[LIKE_BYTES_MAX];
};

static Bytef *bytes_of(pt_str s) {
    return (Bytef *)(uintptr_t)s.p; // NOLINT(performance-no-int-to-ptr): zlib only reads it
}

pt_mirror_pack *pt_mirror_pack_new(pt_str like) {
    pt_mirror_pack *p = calloc(1, sizeof *p);
    if (!p)
        return NULL;
    p->like_n = like.n < LIKE_BYTES_MAX ? like.n : LIKE_BYTES_MAX;
    if (p->like_n)
        memcpy(p->like, like.p, p->like_n);
    bool in = deflateInit2(&p->in, LEVEL, Z_DEFLATED, -WINDOW_BITS, MEMORY_LEVEL,
                           Z_DEFAULT_STRATEGY) == Z_OK;
    bool out = in && inflateInit2(&p->out, -WINDOW_BITS) == Z_OK;
    if (out)
        return p;
    if (in)
        deflateEnd(&p->in);
    free(p);
    return NULL;
}

void pt_mirror_pack_free(pt_mirror_pack *p) {
    if (!p)
        return;
    deflateEnd(&p->in);
    inflateEnd(&p->out);
    free(p);
}

bool pt_mirror_pack_put(pt_mirror_pack *p, pt_str text, pt_buf *ret) {
    z_stream *z = &p->in;
    pt_assert(deflateReset(z) == Z_OK && deflateSetDictionary(z, p->like, (uInt)p->like_n) == Z_OK);
    size_t most = deflateBound(z, text.n);
    char *room = pt_buf_room(ret, most);
    if (!room)
        return false;
    z->next_in = bytes_of(text);
    z->avail_in = (uInt)text.n;
    z->next_out = (Bytef *)room;
    z->avail_out = (uInt)most;
    pt_assert(deflate(z, Z_FINISH) == Z_STREAM_END); // it has room for all
    pt_buf_took(ret, most - z->avail_out);
    return true;
}

bool pt_mirror_pack_get(pt_mirror_pack *p, pt_str packed, size_t n, pt_buf *ret) {
    z_stream *z = &p->out;
    char *room = pt_buf_room(ret, n);
    if (!room)
        return false;
    pt_assert(inflateReset(z) == Z_OK && inflateSetDictionary(z, p->like, (uInt)p->like_n) == Z_OK);
    z->next_in = bytes_of(packed);
    z->avail_in = (uInt)packed.n;
    z->next_out = (Bytef *)room;
    z->avail_out = (uInt)n;
    pt_assert(inflate(z, Z_FINISH) == Z_STREAM_END && z->avail_out == 0); // we packed it
    pt_buf_took(ret, n);
    return true;
}
