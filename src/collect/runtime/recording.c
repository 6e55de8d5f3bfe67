#include "collect/runtime/recording.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/fd.h"
#include "collect/runtime/describe.h"
#include "fact/event.h"

#define MAGIC        "PARATIAR"
#define VERSION      1
#define GATHER_BYTES ((size_t)256 << 10)
#define END_NAME     "recording_end"

struct head {
    char magic[8];
    uint32_t version, reserved;
    uint64_t boot_epoch_ns, started_ns;
    char host[PT_RECORDING_TEXT_BYTES], kernel[PT_RECORDING_TEXT_BYTES];
    char rest[PT_RECORDING_HEAD - 160];
};
static_assert(sizeof(struct head) == PT_RECORDING_HEAD, "the head is 256 bytes");

// One part in a record of no process.
typedef struct one_part {
    struct pt_wire_head head;
    struct pt_wire_part part;
} one_part;

static one_part record_of(uint16_t type, uint16_t kind, size_t n, uint64_t time_ns) {
    size_t padded = (n + PT_WIRE_ALIGN - 1) / PT_WIRE_ALIGN * PT_WIRE_ALIGN;
    return (one_part){
        .head = {.length = (uint32_t)(sizeof(one_part) + padded),
                 .type = type,
                 .version = PT_WIRE_VERSION,
                 .time_ns = time_ns,
                 .login_uid = UINT32_MAX,
                 .parts = 1},
        .part = {.kind = kind, .length = (uint32_t)n},
    };
}

bool pt_container_record(pt_arena *a, const pt_container *c, uint64_t time_ns,
                         const struct pt_wire_head **ret) {
    pt_buf text PT_AUTO(pt_buf_done) = PT_BUF(PT_DESCRIPTION_BYTES_MAX);
    if (!pt_container_describe(a, c, &text))
        return false;
    one_part r = record_of(PT_EVENT_CONTAINER, PT_WIRE_CONTAINER, text.n, time_ns);
    one_part *record = pt_arena_zero(a, r.head.length, 1);
    if (!record)
        return false;
    *record = r;
    memcpy(record + 1, text.p, text.n);
    *ret = &record->head;
    return true;
}

// -- writing --------------------------------------------------------------------------------------
struct pt_recorder {
    int fd;
    uint64_t written, bytes_max;
    bool ended;
    pt_buf gathered;
};

pt_code pt_recorder_flush(pt_recorder *r, pt_err *e) {
    pt_code code = pt_fd_write_all(r->fd, pt_buf_str(&r->gathered), e);
    if (code)
        return code;
    r->written += r->gathered.n;
    pt_buf_clear(&r->gathered);
    return PT_OK;
}

static pt_code gather(pt_recorder *r, const void *bytes, size_t n, pt_err *e) {
    if (r->gathered.n + n > r->gathered.max) {
        pt_code code = pt_recorder_flush(r, e);
        if (code)
            return code;
    }
    pt_buf_put(&r->gathered, (pt_str){bytes, n});
    return r->gathered.full ? pt_err_set(e, PT_E_NOMEM, "no memory for a recording") : PT_OK;
}

pt_code pt_recorder_new(int fd, const pt_recording_about *about, uint64_t bytes_max,
                        pt_recorder **ret, pt_err *e) {
    pt_recorder *r = calloc(1, sizeof *r);
    if (!r)
        return pt_err_set(e, PT_E_NOMEM, "no memory for a recording");
    *r = (pt_recorder){.fd = fd, .bytes_max = bytes_max, .gathered = PT_BUF(GATHER_BYTES)};
    struct head h = {
        .version = VERSION, .boot_epoch_ns = about->boot_epoch_ns, .started_ns = about->started_ns};
    memcpy(h.magic, MAGIC, sizeof h.magic);
    memcpy(h.host, about->host, strnlen(about->host, sizeof h.host));
    memcpy(h.kernel, about->kernel, strnlen(about->kernel, sizeof h.kernel));
    pt_code code = gather(r, &h, sizeof h, e);
    if (code)
        pt_recorder_free(r);
    else
        *ret = r;
    return code;
}

uint64_t pt_recorder_bytes(const pt_recorder *r) {
    return r->written + r->gathered.n;
}

static size_t end_bytes(void) {
    return record_of(PT_EVENT_ASYNC, PT_WIRE_NAME, sizeof END_NAME - 1, 0).head.length;
}

pt_code pt_recorder_end(pt_recorder *r, pt_err *e) {
    if (r->ended)
        return PT_OK;
    size_t n = sizeof END_NAME - 1;
    one_part end = record_of(PT_EVENT_ASYNC, PT_WIRE_NAME, n, 0);
    char name[PT_WIRE_ALIGN * 2] = END_NAME;
    pt_code code = gather(r, &end, sizeof end, e);
    if (code == PT_OK)
        code = gather(r, name, end.head.length - sizeof end, e);
    if (code == PT_OK)
        code = pt_recorder_flush(r, e);
    r->ended = true;
    return code;
}

pt_code pt_recorder_put(pt_recorder *r, const struct pt_wire_head *record, pt_err *e) {
    pt_assert(record->length >= sizeof *record && record->length <= PT_WIRE_RECORD_MAX);
    uint64_t needed = pt_recorder_bytes(r) + record->length + end_bytes();
    if (!r->ended && r->bytes_max && needed > r->bytes_max) {
        pt_code code = pt_recorder_end(r, e);
        if (code)
            return code;
    }
    if (r->ended)
        return pt_err_set(e, PT_E_LIMIT, "the recording is as long as it may be");
    return gather(r, record, record->length, e);
}

void pt_recorder_free(pt_recorder *r) {
    if (!r)
        return;
    pt_buf_done(&r->gathered);
    free(r);
}

// -- reading --------------------------------------------------------------------------------------
struct pt_recording {
    pt_recording_source from;
    uint64_t at;      // of `bytes` in the recording
    size_t have;      // bytes that are there
    bool over, ended; // the source gave its last byte; the end mark was read
    union {
        struct pt_wire_head record;
        char bytes[PT_WIRE_RECORD_MAX];
    };
};

long pt_recording_read_fd(void *ctx, void *to, size_t n) {
    ssize_t got;
    do
        got = read(*(const int *)ctx, to, n);
    while (got < 0 && errno == EINTR);
    return got;
}

// Have at least n bytes, unless the source has no more.
static pt_code fill(pt_recording *r, size_t n, pt_err *e) {
    while (r->have < n && !r->over) {
        long got = r->from.read(r->from.ctx, r->bytes + r->have, n - r->have);
        if (got < 0)
            return pt_err_sys(e, errno, "the recording cannot be read");
        pt_assert((size_t)got <= n - r->have);
        r->have += (size_t)got;
        r->over = got == 0;
    }
    return PT_OK;
}

static pt_code wrong(const pt_recording *r, pt_err *e, const char *what) {
    pt_code code = pt_err_set(e, PT_E_FORMAT, "%s", what);
    if (e)
        e->offset = r->at;
    return code;
}

static pt_code read_head(pt_recording *r, pt_recording_about *about, pt_err *e) {
    struct head h;
    pt_code code = fill(r, sizeof h, e);
    if (code)
        return code;
    memcpy(&h, r->bytes, sizeof h);
    if (r->have < sizeof h || memcmp(h.magic, MAGIC, sizeof h.magic) != 0)
        return wrong(r, e, "not a recording of paratia watch");
    if (h.version != VERSION)
        return pt_err_set(e, PT_E_UNSUPPORTED, "a recording of version %u", (unsigned)h.version);
    *about = (pt_recording_about){.boot_epoch_ns = h.boot_epoch_ns, .started_ns = h.started_ns};
    memcpy(about->host, h.host, strnlen(h.host, sizeof h.host));
    memcpy(about->kernel, h.kernel, strnlen(h.kernel, sizeof h.kernel));
    r->at = sizeof h;
    r->have = 0;
    return PT_OK;
}

pt_code pt_recording_open(const pt_recording_source *from, pt_recording **ret,
                          pt_recording_about *ret_about, pt_err *e) {
    pt_recording *r = calloc(1, sizeof *r);
    if (!r)
        return pt_err_set(e, PT_E_NOMEM, "no memory for a recording");
    r->from = *from;
    pt_code code = read_head(r, ret_about, e);
    if (code)
        pt_recording_free(r);
    else
        *ret = r;
    return code;
}

static bool is_end(const pt_recording *r, const struct pt_wire_head *h) {
    one_part end = record_of(PT_EVENT_ASYNC, PT_WIRE_NAME, sizeof END_NAME - 1, 0);
    return h->length == end.head.length && h->type == PT_EVENT_ASYNC &&
           memcmp(r->bytes + sizeof *h, &end.part, sizeof end.part) == 0 &&
           memcmp(r->bytes + sizeof end, END_NAME, sizeof END_NAME - 1) == 0;
}

pt_code pt_recording_next(pt_recording *r, const struct pt_wire_head **ret, pt_err *e) {
    struct pt_wire_head h;
    *ret = NULL;
    r->at += r->have; // the record that was given before
    r->have = 0;
    if (r->ended)
        return PT_OK;
    pt_code code = fill(r, sizeof h, e);
    if (code)
        return code;
    if (r->have < sizeof h)
        return PT_OK; // cut off, or nothing behind the last record
    memcpy(&h, r->bytes, sizeof h);
    if (h.version != PT_WIRE_VERSION || h.length < sizeof h || h.length > sizeof r->bytes ||
        h.length % PT_WIRE_ALIGN)
        return wrong(r, e, "what follows is no record");
    code = fill(r, h.length, e);
    if (code || r->have < h.length)
        return code;
    if (is_end(r, &h))
        r->ended = true;
    else
        *ret = &r->record;
    return PT_OK;
}

bool pt_recording_cut(const pt_recording *r) {
    return r->over && !r->ended;
}

void pt_recording_free(pt_recording *r) {
    free(r);
}
