// A writer of gzip'ed tar archives (POSIX.1-2017, "ustar Interchange Format", pax for long names).
// Nothing of the day or the host is in them: the same files give the same bytes.
#include <string.h>
#include <zlib.h>

#include "judge/policy/load_impl.h"

enum {
    BLOCK = 512,
    NAME = 100,   // bytes of the header's name
    PREFIX = 155, // of the folder before it
};

typedef struct writer {
    z_stream z;
    pt_buf *out;
} writer;

static bool put(writer *w, pt_str s, int flush) {
    char room[1 << 13];
    union {
        const char *read;
        unsigned char *z; // it only reads
    } in = {s.p};
    w->z.next_in = in.z;
    w->z.avail_in = (unsigned)s.n;
    int rc;
    do {
        w->z.next_out = (unsigned char *)room;
        w->z.avail_out = sizeof room;
        rc = deflate(&w->z, flush);
        pt_buf_put(w->out, (pt_str){room, sizeof room - w->z.avail_out});
    } while (rc == Z_OK && w->z.avail_out == 0);
    return !w->out->full && (rc == Z_OK || rc == Z_STREAM_END || rc == Z_BUF_ERROR);
}

static bool put_padded(writer *w, pt_str s) {
    static const char zeros[BLOCK];
    return put(w, s, Z_NO_FLUSH) &&
           put(w, (pt_str){zeros, (BLOCK - s.n % BLOCK) % BLOCK}, Z_NO_FLUSH);
}

// Where a name that is too long for its field can be cut: the offset of a slash; 0: nowhere.
static size_t cut_of(pt_str name) {
    for (size_t i = name.n > NAME ? name.n - NAME - 1 : 0; i <= PREFIX && i < name.n; i++)
        if (name.p[i] == '/' && i > 0)
            return i;
    return 0;
}

static void octal(char *at, size_t digits, uint64_t v) {
    for (size_t i = digits; i-- > 0; v >>= 3)
        at[i] = (char)('0' + (v & 7));
}

static bool put_header(writer *w, pt_str prefix, pt_str name, char type, size_t size) {
    char h[BLOCK] = {0};
    unsigned sum = 0;
    memcpy(h, name.p, name.n < NAME ? name.n : NAME);
    octal(h + 100, 7, 0600);
    octal(h + 108, 7, 0);
    octal(h + 116, 7, 0);
    octal(h + 124, 11, size);
    octal(h + 136, 11, 0);
    memset(h + 148, ' ', 8);
    h[156] = type;
    memcpy(h + 257,
           "ustar\0"
           "00",
           8);
    if (prefix.n)
        memcpy(h + 345, prefix.p, prefix.n);
    for (size_t i = 0; i < BLOCK; i++)
        sum += (unsigned char)h[i];
    octal(h + 148, 6, sum);
    h[154] = '\0';
    return put(w, (pt_str){h, BLOCK}, Z_NO_FLUSH);
}

// "LENGTH path=NAME\n", whose length counts its own digits.
static bool put_long_name(writer *w, pt_str name) {
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(1 << 17);
    size_t rest = name.n + strlen(" path=\n");
    size_t digits = 1;
    for (size_t limit = 10; rest + digits >= limit; limit *= 10)
        digits++;
    pt_buf_printf(&b, "%zu path=%.*s\n", rest + digits, PT_PRI(name));
    return !b.full && put_header(w, (pt_str){0}, PT_STR("pax"), 'x', b.n) &&
           put_padded(w, pt_buf_str(&b));
}

static bool put_file(writer *w, const pt_load_entry *e) {
    size_t cut = e->path.n > NAME ? cut_of(e->path) : 0;
    pt_str prefix = pt_str_sub(e->path, 0, cut);
    pt_str name = cut ? pt_str_sub(e->path, cut + 1, e->path.n) : e->path;
    if (name.n > NAME && !put_long_name(w, e->path))
        return false;
    return put_header(w, prefix, name, '0', e->bytes.n) && put_padded(w, e->bytes);
}

bool pt_load_tar(const pt_load_entries *files, pt_buf *ret) {
    static const char end[2 * BLOCK];
    writer w = {.out = ret};
    if (deflateInit2(&w.z, Z_DEFAULT_COMPRESSION, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) !=
        Z_OK)
        return false;
    bool ok = true;
    for (size_t i = 0; i < files->n && ok; i++)
        ok = put_file(&w, &files->v[i]);
    ok = ok && put(&w, (pt_str){end, sizeof end}, Z_FINISH);
    deflateEnd(&w.z);
    return ok;
}
