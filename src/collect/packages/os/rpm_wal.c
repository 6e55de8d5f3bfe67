// The log, all numbers big-endian:
//   0 magic u32 (its last bit: the checksums are big-endian) · 4 version · 8 page size · 12
//   sequence 16 salt u32 ×2 · 24 checksum u32 ×2, then frames: 0 page u32, from 1 · 4 pages of the
//   database behind a commit, else 0 · 8 salt u32 ×2 16 checksum u32 ×2, which runs on from the
//   frame before · 24 the page
#include "collect/packages/os/rpm_wal.h"

#include <string.h>

enum {
    HEAD_BYTES = 32,
    FRAME_BYTES = 24,
    MAGIC = 0x377f0682,
    PAGE_BYTES_MIN = 512,
    PAGE_BYTES_MAX = 65536,
    SWELL_MAX = 16 << 20, // bytes that a database may grow by beyond the log's own
};

typedef struct wal {
    pt_str text;
    uint32_t page_bytes;
    bool big; // the checksums' byte order
    uint32_t sum[2];
} wal;

static uint32_t number_at(pt_str s, size_t at, bool big) {
    const unsigned char *p = (const unsigned char *)s.p + at;
    if (big)
        return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
    return (uint32_t)p[3] << 24 | (uint32_t)p[2] << 16 | (uint32_t)p[1] << 8 | p[0];
}

static void sum_up(wal *w, size_t from, size_t to) {
    for (size_t at = from; at + 8 <= to; at += 8) {
        w->sum[0] = (uint32_t)((uint64_t)w->sum[0] + number_at(w->text, at, w->big) + w->sum[1]);
        w->sum[1] =
            (uint32_t)((uint64_t)w->sum[1] + number_at(w->text, at + 4, w->big) + w->sum[0]);
    }
}

static bool is_sum_at(const wal *w, size_t at) {
    return number_at(w->text, at, true) == w->sum[0] &&
           number_at(w->text, at + 4, true) == w->sum[1];
}

static bool open_wal(wal *w, pt_str text) {
    *w = (wal){.text = text};
    if (text.n < HEAD_BYTES || (number_at(text, 0, true) & ~1u) != MAGIC)
        return false;
    w->big = number_at(text, 0, true) & 1;
    w->page_bytes = number_at(text, 8, true);
    sum_up(w, 0, 24);
    return w->page_bytes >= PAGE_BYTES_MIN && w->page_bytes <= PAGE_BYTES_MAX &&
           (w->page_bytes & (w->page_bytes - 1)) == 0 && is_sum_at(w, 24);
}

bool pt_wal_is(pt_str log) {
    wal w;
    return open_wal(&w, log);
}

// Where the frames of whole transactions end, and the pages of the database behind them.
static size_t committed(wal *w, uint32_t *ret_pages) {
    size_t step = FRAME_BYTES + (size_t)w->page_bytes;
    size_t end = HEAD_BYTES;
    for (size_t at = HEAD_BYTES; w->text.n - at >= step; at += step) {
        sum_up(w, at, at + 8);
        sum_up(w, at + FRAME_BYTES, at + step);
        if (memcmp(w->text.p + at + 8, w->text.p + 16, 8) != 0 || !is_sum_at(w, at + 16))
            break;
        if (number_at(w->text, at + 4, true)) {
            *ret_pages = number_at(w->text, at + 4, true);
            end = at + step;
        }
    }
    return end;
}

unsigned char *pt_wal_merge(pt_arena *a, pt_str db, pt_str log, size_t *ret_n) {
    wal w;
    uint32_t pages = 0;
    size_t end = open_wal(&w, log) ? committed(&w, &pages) : 0;
    size_t n = pages ? (size_t)pages * w.page_bytes : db.n;
    if (n > db.n + log.n + SWELL_MAX) { // more pages than anybody wrote
        end = 0;
        n = db.n;
    }
    unsigned char *copy = pt_arena_zero(a, 1, n);
    if (!copy)
        return NULL;
    memcpy(copy, db.p, db.n < n ? db.n : n);
    for (size_t at = HEAD_BYTES; at < end; at += FRAME_BYTES + (size_t)w.page_bytes) {
        size_t page = number_at(w.text, at, true);
        if (page >= 1 && page * w.page_bytes <= n)
            memcpy(copy + (page - 1) * w.page_bytes, w.text.p + at + FRAME_BYTES, w.page_bytes);
    }
    *ret_n = n;
    return copy;
}
