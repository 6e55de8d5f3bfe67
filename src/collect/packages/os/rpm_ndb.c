// rpm's own database (ndb: SUSE), all numbers little-endian. It begins with pages of slots:
//   0 "RpmP" · 4 version 0 · 8 generation · 12 pages of slots · 16 next index · 20 zeros
// then 16-byte slots, where the first two would stand is the head:
//   0 "Slot" · 4 index, 0: free · 8 where its blob begins and 12 its length, in blocks of 16 bytes
// and blobs:
//   0 "BlbS" · 4 index · 8 generation · 12 bytes of the header · 16 the header · padding to 4
//   then a tail: Adler-32 · the same length · "BlbE"
// rpm: lib/backend/ndb/rpmpkg.c.
#include <string.h>

#include "collect/packages/os/os.h"
#include "collect/packages/os/rpm.h"

enum {
    PAGE_BYTES = 4096,
    PAGES_MAX = 2048,
    SLOT_BYTES = 16,
    BLOCK_BYTES = 16,
    HEAD_BYTES = 32,
    BLOB_HEAD_BYTES = 16,
    BLOB_TAIL_BYTES = 12,
};

static uint32_t number_at(pt_str s, size_t at) {
    const unsigned char *p = (const unsigned char *)s.p + at;
    return (uint32_t)p[3] << 24 | (uint32_t)p[2] << 16 | (uint32_t)p[1] << 8 | p[0];
}

static bool is_at(pt_str s, size_t at, const char *mark) {
    return memcmp(s.p + at, mark, 4) == 0;
}

// The header of a slot's blob; false: there is none that says that it is this slot's.
static bool blob_of(pt_str text, pt_str slot, pt_str *ret) {
    uint64_t at = (uint64_t)number_at(slot, 8) * BLOCK_BYTES;
    uint64_t n = (uint64_t)number_at(slot, 12) * BLOCK_BYTES;
    if (at > text.n || n > text.n - at || n < BLOB_HEAD_BYTES + BLOB_TAIL_BYTES)
        return false;
    pt_str blob = pt_str_sub(text, (size_t)at, (size_t)(at + n));
    uint64_t bytes = number_at(blob, 12);
    if (bytes > n - BLOB_HEAD_BYTES - BLOB_TAIL_BYTES)
        return false;
    *ret = pt_str_sub(blob, BLOB_HEAD_BYTES, BLOB_HEAD_BYTES + (size_t)bytes);
    return is_at(blob, 0, "BlbS") && number_at(blob, 4) == number_at(slot, 4) &&
           is_at(blob, blob.n - 4, "BlbE") && number_at(blob, blob.n - 8) == bytes;
}

static pt_code put_slot(pt_rpm *w, pt_str text, pt_str slot, pt_err *e) {
    pt_str blob = {0};
    if (is_at(slot, 0, "Slot") && number_at(slot, 4) == 0)
        return PT_OK;
    if (is_at(slot, 0, "Slot") && blob_of(text, slot, &blob) && pt_rpm_spend(w, blob.n))
        return pt_rpm_put(w, blob, e);
    pt_fault_add(w->r, ++w->row, "not a slot with a package's header");
    return PT_OK;
}

pt_code pt_read_rpm_ndb(pt_read *r, pt_str text, pt_err *e) {
    pt_rpm w = {.r = r, .budget = text.n};
    pt_code code = PT_OK;
    r->unit = "package";
    if (text.n < PAGE_BYTES || !is_at(text, 0, "RpmP") || number_at(text, 4) != 0 ||
        number_at(text, 12) > PAGES_MAX) {
        pt_fault_add(r, 0, "not a database of rpm (ndb)");
        return PT_OK;
    }
    size_t end = (size_t)number_at(text, 12) * PAGE_BYTES;
    for (size_t at = HEAD_BYTES; !code && at < end && text.n - at >= SLOT_BYTES; at += SLOT_BYTES)
        code = put_slot(&w, text, pt_str_sub(text, at, at + SLOT_BYTES), e);
    if (!code && end > text.n)
        pt_fault_add(r, w.row, "behind it the file is cut");
    return code ? code : pt_rpm_end(&w, e);
}
