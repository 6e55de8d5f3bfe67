#include "record/ledger/journal.h"

#include <endian.h>
#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <unistd.h>

enum {
    CRC_AT = 4,
    SEQUENCE_AT = 8,
    LAG_MAX = UINT16_MAX, // and more: nothing is known
    WINDOW = 256 * 1024,  // holds any record whole
};

void pt_record_put(pt_buf *b, uint64_t sequence, uint64_t durable, pt_str entry) {
    pt_assert(entry.n <= PT_LEDGER_ENTRY_BYTES_MAX && durable <= sequence);
    uint64_t lag = sequence - durable < LAG_MAX ? sequence - durable : LAG_MAX;
    uint16_t sizes[2] = {htole16((uint16_t)entry.n), htole16((uint16_t)lag)};
    uint64_t seq = htole64(sequence);
    pt_str parts[] = {{(const char *)sizes, sizeof sizes}, {(const char *)&seq, sizeof seq}, entry};
    uint32_t crc = htole32(pt_crc32c(parts, PT_COUNT(parts)));
    pt_buf_put(b, parts[0]);
    pt_buf_put(b, (pt_str){(const char *)&crc, sizeof crc});
    pt_buf_put(b, parts[1]);
    pt_buf_put(b, entry);
}

static uint16_t load16(const char *p) {
    uint16_t v;
    memcpy(&v, p, sizeof v);
    return le16toh(v);
}

static uint32_t load32(const char *p) {
    uint32_t v;
    memcpy(&v, p, sizeof v);
    return le32toh(v);
}

static uint64_t load64(const char *p) {
    uint64_t v;
    memcpy(&v, p, sizeof v);
    return le64toh(v);
}

bool pt_record_get(pt_str bytes, pt_record *ret) {
    if (bytes.n < PT_RECORD_HEAD)
        return false;
    size_t n = load16(bytes.p);
    uint64_t lag = load16(bytes.p + 2);
    uint64_t sequence = load64(bytes.p + SEQUENCE_AT);
    if (n > bytes.n - PT_RECORD_HEAD || sequence > PT_SEQUENCE_MAX)
        return false;
    pt_str parts[] = {{bytes.p, CRC_AT}, {bytes.p + SEQUENCE_AT, PT_RECORD_HEAD - SEQUENCE_AT + n}};
    if (pt_crc32c(parts, PT_COUNT(parts)) != load32(bytes.p + CRC_AT))
        return false;
    ret->sequence = sequence;
    ret->durable = lag < LAG_MAX && lag <= sequence ? sequence - lag : 0;
    ret->entry = (pt_str){bytes.p + PT_RECORD_HEAD, n};
    ret->bytes = PT_RECORD_HEAD + n;
    return true;
}

void pt_cursor_done(pt_cursor *c) {
    pt_buf_done(&c->window);
}

void pt_cursor_start(pt_cursor *c, int fd, uint64_t at, uint64_t end, uint64_t want) {
    pt_buf keep = c->window;
    pt_buf_clear(&keep);
    keep.max = WINDOW;
    *c = (pt_cursor){.fd = fd, .at = at, .end = end, .want = want, .window = keep, .base = at};
}

// The bytes from `at` (never before an earlier one): `need` of them, or as many as there are.
static pt_code look(pt_cursor *c, uint64_t at, size_t need, pt_str *ret, pt_err *e) {
    uint64_t have = c->base + c->window.n;
    if (have < c->end && have - at < need) { // forget what lies behind
        size_t gone = (size_t)(at - c->base);
        if (gone)
            memmove(c->window.p, c->window.p + gone, c->window.n - gone);
        c->window.n -= gone;
        c->base = at;
    }
    while (have < c->end && have - at < need) {
        size_t left = WINDOW - c->window.n;
        size_t want = left < c->end - have ? left : (size_t)(c->end - have);
        char *room = pt_buf_room(&c->window, want);
        if (!room)
            return pt_err_set(e, PT_E_NOMEM, "no memory to read the ledger's journal");
        ssize_t n = pread(c->fd, room, want, (off_t)have);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0) {
            pt_code code = pt_err_sys(e, n ? errno : EIO, "the ledger's journal cannot be read");
            pt_err_at(e, "journal, pread: %s", n ? pt_errno_text(errno) : "it has become shorter");
            return code;
        }
        pt_buf_took(&c->window, (size_t)n);
        have += (uint64_t)n;
    }
    *ret = pt_str_sub(pt_buf_str(&c->window), (size_t)(at - c->base), c->window.n);
    return PT_OK;
}

static pt_code damaged(const pt_cursor *c, uint64_t later, pt_err *e) {
    pt_code code = pt_err_set(e, PT_E_CORRUPT,
                              "the ledger's journal is damaged: its record at byte %" PRIu64
                              " is not valid, but entry %" PRIu64 " behind it is",
                              c->at, later);
    pt_err_at(e, "journal");
    pt_err_remedy(e, "keep a copy of the folder, look for a failing disk, and restore the journal "
                     "from a backup; nothing was written");
    if (e)
        e->offset = c->at;
    return code;
}

// Is the bad record at c->at contradicted by a valid one behind it?
static bool contradicts(const pt_cursor *c, const pt_record *later) {
    return later->durable > (c->want == PT_SEQUENCE_ANY ? 0 : c->want);
}

// Look for any valid record behind the bad one. The upper half of a sequence is rarely made up by
// chance: it is asked before the CRC.
static pt_code check_tail(pt_cursor *c, pt_err *e) {
    pt_str bytes = {0};
    for (uint64_t at = c->at + 1; at < c->end; at++) {
        pt_code code = look(c, at, PT_RECORD_BYTES_MAX, &bytes, e);
        if (code)
            return code;
        if (bytes.n < PT_RECORD_HEAD)
            break;
        uint64_t from = c->want == PT_SEQUENCE_ANY ? 0 : c->want;
        pt_record r;
        if (load64(bytes.p + SEQUENCE_AT) - from <= UINT32_MAX && pt_record_get(bytes, &r) &&
            contradicts(c, &r))
            return damaged(c, r.sequence, e);
    }
    return PT_OK;
}

pt_code pt_cursor_next(pt_cursor *c, pt_record *ret, bool *ret_more, pt_err *e) {
    pt_str bytes = {0};
    pt_record r;
    pt_code code = look(c, c->at, PT_RECORD_BYTES_MAX, &bytes, e);
    if (code)
        return code;
    bool valid = pt_record_get(bytes, &r);
    if (valid && (c->want == PT_SEQUENCE_ANY || c->want == r.sequence)) {
        c->at += r.bytes;
        c->want = r.sequence + 1;
        *ret = r;
        *ret_more = true;
        return PT_OK;
    }
    if (valid && contradicts(c, &r))
        return damaged(c, r.sequence, e);
    code = check_tail(c, e);
    if (code == PT_OK)
        *ret_more = false;
    return code;
}
