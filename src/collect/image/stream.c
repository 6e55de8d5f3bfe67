#include "collect/image/stream.h"

#include <errno.h>
#include <isa-l/igzip_lib.h>
#include <string.h>
#include <unistd.h>
#include <zstd.h>

#include "collect/image/limits.h"

enum {
    IN_BYTES = 1 << 17,
    OUT_BYTES = 1 << 18,
    WINDOW_LOG_MAX = 27, // 128 MiB, what zstd itself takes unasked
};

static pt_code cut_off(pt_err *e) {
    return pt_err_set(e, PT_E_FORMAT, "it is cut off: the file ends before its content does");
}

// `total`: bytes with these. Those that were hashed before a mark was come back to are not again.
static void hash(pt_sha256_run *run, pt_str bytes, uint64_t total, uint64_t *hashed) {
    if (!run || total <= *hashed)
        return;
    if (total - *hashed < bytes.n)
        bytes = pt_str_sub(bytes, bytes.n - (size_t)(total - *hashed), bytes.n);
    pt_sha256_add(run, bytes);
    *hashed = total;
}

// The next piece of the file, as it stands there. Empty at its end.
static pt_code read_chunk(pt_stream *s, pt_err *e) {
    size_t want = s->end - s->at < IN_BYTES ? (size_t)(s->end - s->at) : IN_BYTES;
    ssize_t n = 0;
    do
        n = !want     ? 0
            : s->pipe ? read(s->fd, s->chunk, want)
                      : pread(s->fd, s->chunk, want, (off_t)s->at);
    while (n < 0 && errno == EINTR);
    if (n < 0)
        return pt_err_sys(e, errno, "cannot read: %s", pt_errno_text(errno));
    if (n == 0 && want && !s->pipe)
        return cut_off(e);
    s->at += (uint64_t)n;
    s->in_bytes += (uint64_t)n;
    s->rest = (pt_str){s->chunk, (size_t)n};
    hash(s->in, s->rest, s->in_bytes, &s->in_hashed);
    return PT_OK;
}

// -- decompressors --------------------------------------------------------------------------------

static pt_code bad_data(pt_err *e, const char *what) {
    return pt_err_set(e, PT_E_FORMAT, "not sound %s data", what);
}

// Behind a member of gzip stands another one, or zeros that fill up, or the end.
static pt_code between_gzip(pt_stream *s, pt_err *e) {
    struct inflate_state *z = s->state;
    size_t zeros = 0;
    while (zeros < s->rest.n && s->rest.p[zeros] == '\0')
        zeros++;
    if (zeros == s->rest.n) {
        s->rest.n = 0;
        return PT_OK;
    }
    if (zeros || s->rest.p[0] != '\x1f')
        return pt_err_set(e, PT_E_FORMAT, "something that is not gzip stands behind gzip data");
    isal_inflate_reset(z);
    z->crc_flag = ISAL_GZIP;
    s->member_ended = false;
    return PT_OK;
}

// igzip takes what it needs of s->rest and writes to `room`. *ret: bytes written.
static pt_code inflate_gzip(pt_stream *s, size_t *ret, pt_err *e) {
    struct inflate_state *z = s->state;
    union {
        const char *ours;
        uint8_t *its; // it only reads there
    } in = {.ours = s->rest.p};
    z->next_in = in.its;
    z->avail_in = (uint32_t)s->rest.n;
    z->next_out = (uint8_t *)s->room;
    z->avail_out = OUT_BYTES;
    int rc = isal_inflate(z);
    *ret = OUT_BYTES - z->avail_out;
    s->rest = pt_str_sub(s->rest, s->rest.n - z->avail_in, s->rest.n);
    s->member_ended = z->block_state == ISAL_BLOCK_FINISH;
    return rc == ISAL_DECOMP_OK || rc == ISAL_END_INPUT || rc == ISAL_OUT_OVERFLOW
               ? PT_OK
               : bad_data(e, "gzip");
}

static pt_code inflate_zstd(pt_stream *s, size_t *ret, pt_err *e) {
    ZSTD_inBuffer in = {s->rest.p, s->rest.n, 0};
    ZSTD_outBuffer out = {s->room, OUT_BYTES, 0};
    size_t rc = ZSTD_decompressStream(s->state, &out, &in);
    *ret = out.pos;
    s->rest = pt_str_sub(s->rest, in.pos, s->rest.n);
    s->member_ended = rc == 0;
    return ZSTD_isError(rc) ? bad_data(e, "zstd") : PT_OK;
}

static bool is_gzip(const pt_stream *s) {
    return s->compression[0] == 'g';
}

static pt_code swells(const pt_stream *s, pt_err *e) {
    if (s->out_bytes > PT_LAYER_BYTES_MAX)
        return pt_err_set(e, PT_E_LIMIT, "it decompresses to more than %llu GiB",
                          (unsigned long long)(PT_LAYER_BYTES_MAX >> 30));
    if (s->out_bytes > PT_LAYER_SWELL_FROM && s->out_bytes / PT_LAYER_SWELL_MAX > s->in_bytes)
        return pt_err_set(e, PT_E_LIMIT,
                          "it swells to more than %u times its size when it is "
                          "decompressed, as a bomb does",
                          PT_LAYER_SWELL_MAX);
    return PT_OK;
}

// One step: read if nothing is there, then decompress. *ret 0 and not s->ended: again.
static pt_code step(pt_stream *s, size_t *ret, pt_err *e) {
    pt_code code = PT_OK;
    *ret = 0;
    if (!s->rest.n)
        code = read_chunk(s, e);
    bool empty = !code && !s->rest.n;
    if (!code && !empty && s->member_ended && is_gzip(s)) {
        code = between_gzip(s, e);
        empty = !s->rest.n && s->at == s->end;
        if (!s->rest.n && !empty)
            return code;
    }
    if (!code && empty && s->member_ended)
        s->ended = true;
    if (code || s->ended)
        return code;
    bool was_empty = empty;
    code = is_gzip(s) ? inflate_gzip(s, ret, e) : inflate_zstd(s, ret, e);
    if (!code && was_empty && *ret == 0 && !s->member_ended)
        return cut_off(e);
    return code;
}

static pt_code next_piece(pt_stream *s, pt_str *ret, pt_err *e) {
    pt_code code = PT_OK;
    size_t n = 0;
    if (!s->state) {
        code = s->rest.n ? PT_OK : read_chunk(s, e);
        *ret = s->rest;
        s->rest.n = 0;
        s->out_bytes += code ? 0 : ret->n;
        s->ended = !code && !ret->n;
        return code;
    }
    while (!code && n == 0 && !s->ended)
        code = step(s, &n, e);
    *ret = (pt_str){s->room, code ? 0 : n};
    s->out_bytes += ret->n;
    return code ? code : swells(s, e);
}

static pt_code flow_next(pt_flow *f, pt_str *ret, pt_err *e) {
    pt_stream *s = (pt_stream *)f;
    pt_code code = next_piece(s, ret, e);
    if (!code)
        hash(s->out, *ret, s->out_bytes, &s->out_hashed);
    return code;
}

// What is neither decompressed nor hashed need not be read.
static pt_code flow_skip(pt_flow *f, uint64_t n, pt_err *e) {
    pt_stream *s = (pt_stream *)f;
    size_t here = n < s->rest.n ? (size_t)n : s->rest.n;
    s->rest = pt_str_sub(s->rest, here, s->rest.n);
    if (n - here > s->end - s->at)
        return cut_off(e);
    s->at += n - here;
    return PT_OK;
}

// -- marks ----------------------------------------------------------------------------------------

// What a stream consists of at one place: its own members, and what they point to.
struct pt_stream_mark {
    pt_stream s;
    struct inflate_state z;
    char chunk[IN_BYTES], room[OUT_BYTES];
};

// (What zstd holds of its window cannot be copied.)
static bool flow_mark(pt_flow *f) {
    pt_stream *s = (pt_stream *)f;
    if (s->pipe || (s->state && !is_gzip(s)))
        return false;
    if (!s->mark)
        s->mark = pt_arena_take(s->a, sizeof *s->mark);
    if (!s->mark)
        return false;
    s->mark->s = *s;
    memcpy(s->mark->chunk, s->chunk, IN_BYTES);
    if (s->state) {
        s->mark->z = *(const struct inflate_state *)s->state;
        memcpy(s->mark->room, s->room, OUT_BYTES);
    }
    return true;
}

static void flow_back(pt_flow *f) {
    pt_stream *s = (pt_stream *)f;
    const pt_stream now = *s;
    pt_assert(s->mark != NULL);
    *s = s->mark->s;
    s->in_hashed = now.in_hashed;
    s->out_hashed = now.out_hashed;
    memcpy(s->chunk, s->mark->chunk, IN_BYTES);
    if (s->state) {
        *(struct inflate_state *)s->state = s->mark->z;
        memcpy(s->room, s->mark->room, OUT_BYTES);
    }
}

// -- opening --------------------------------------------------------------------------------------

static void *gzip_state(pt_arena *a) {
    struct inflate_state *z = pt_arena_take(a, sizeof *z);
    if (!z)
        return NULL;
    isal_inflate_init(z);
    z->crc_flag = ISAL_GZIP;
    return z;
}

static void *zstd_state(void) {
    ZSTD_DCtx *z = ZSTD_createDCtx();
    if (z && ZSTD_isError(ZSTD_DCtx_setParameter(z, ZSTD_d_windowLogMax, WINDOW_LOG_MAX))) {
        ZSTD_freeDCtx(z);
        return NULL;
    }
    return z;
}

// By content: what the manifest says of it is only a claim.
static bool is_zstd(pt_str s) {
    // a frame, or a skippable one (50 2a 4d 18 and up) before it
    return pt_str_starts(s, PT_STR("\x28\xb5\x2f\xfd")) ||
           (s.n > 3 && (s.p[0] & 0xf0) == 0x50 && memcmp(s.p + 1, "\x2a\x4d\x18", 3) == 0);
}

static pt_code sniff(pt_stream *s, pt_arena *a, pt_err *e) {
    pt_code code = read_chunk(s, e);
    s->compression = "none";
    if (code)
        return code;
    bool gzip = pt_str_starts(s->rest, PT_STR("\x1f\x8b"));
    bool zstd = is_zstd(s->rest);
    if (!gzip && !zstd)
        return PT_OK;
    s->compression = gzip ? "gzip" : "zstd";
    s->state = gzip ? gzip_state(a) : zstd_state();
    s->room = pt_arena_take(a, OUT_BYTES);
    return s->state && s->room ? PT_OK : pt_err_set(e, PT_E_NOMEM, "out of memory");
}

pt_code pt_stream_open(pt_stream *s, pt_arena *a, int fd, uint64_t offset, uint64_t size,
                       pt_err *e) {
    *s = (pt_stream){.flow = {.next = flow_next, .mark = flow_mark, .back = flow_back},
                     .fd = fd,
                     .at = offset,
                     .compression = "none",
                     .a = a};
    if (__builtin_add_overflow(offset, size, &s->end) || s->end > INT64_MAX)
        return cut_off(e);
    s->chunk = pt_arena_take(a, IN_BYTES);
    if (!s->chunk)
        return pt_err_set(e, PT_E_NOMEM, "out of memory");
    s->in = pt_sha256_begin();
    pt_code code = sniff(s, a, e);
    if (s->state)
        s->out = pt_sha256_begin();
    return code;
}

pt_code pt_stream_open_pipe(pt_stream *s, pt_arena *a, int fd, pt_err *e) {
    *s = (pt_stream){.flow = {.next = flow_next},
                     .fd = fd,
                     .end = INT64_MAX,
                     .compression = "none",
                     .pipe = true};
    s->chunk = pt_arena_take(a, IN_BYTES);
    return s->chunk ? PT_OK : pt_err_set(e, PT_E_NOMEM, "out of memory");
}

void pt_stream_seek(pt_stream *s) {
    pt_assert(!s->state);
    (void)pt_sha256_end(s->in);
    s->in = NULL;
    s->flow.skip = flow_skip;
}

bool pt_stream_trust(pt_stream *s) {
    if (!s->state)
        return false;
    (void)pt_sha256_end(s->in);
    s->in = NULL;
    return true;
}

pt_code pt_stream_finish(pt_stream *s, pt_hash256 *ret_in, pt_hash256 *ret_out, pt_err *e) {
    pt_code code = PT_OK;
    while (!code && !s->ended) {
        pt_str ignored;
        code = flow_next(&s->flow, &ignored, e);
    }
    if (code)
        return code;
    *ret_in = *ret_out = s->in ? pt_sha256_end(s->in) : (pt_hash256){0};
    s->in = NULL;
    if (s->out)
        *ret_out = pt_sha256_end(s->out);
    s->out = NULL;
    return PT_OK;
}

void pt_stream_done(pt_stream *s) {
    if (s->in)
        (void)pt_sha256_end(s->in);
    if (s->out)
        (void)pt_sha256_end(s->out);
    if (s->state && !is_gzip(s))
        ZSTD_freeDCtx(s->state);
    *s = (pt_stream){0};
}
