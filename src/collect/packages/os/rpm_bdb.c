// rpm's database in Berkeley DB, a hash (rpm before 4.16), in the byte order of the machine that
// made it. Pages:
//   8 number u32 · 16 next u32 · 20 entries u16 · 22 of an overflow page: bytes on it u16
//   25 type: 2, 13 a hash's bucket · 7 overflow · 8 the head, page 0:
//   12 magic u32 · 20 bytes of a page u32 · 32 last page u32
// A bucket's entries are u16 offsets behind the page's 26 bytes, key and value in turn, from the
// page's end down. A value: type u8, then
//   1 inline: its bytes, to the entry before · 3 on overflow pages: 3 zeros, page u32, bytes u32
// Key 0 holds the number of the next package. Berkeley DB: src/dbinc/db_page.h.
#include <string.h>

#include "collect/packages/os/os.h"
#include "collect/packages/os/rpm.h"

enum {
    MAGIC = 0x061561,
    HEAD_BYTES = 512,
    PAGE_HEAD_BYTES = 26,
    PAGE_BYTES_MAX = 65536,
    IN_BUCKET_UNSORTED = 2,
    IN_OVERFLOW = 7,
    IN_HEAD = 8,
    IN_BUCKET = 13,
    INLINE = 1,
    OFF_PAGE = 3,
    OFF_PAGE_BYTES = 12,
};

typedef struct bdb {
    pt_rpm w;
    pt_str text;
    size_t page_bytes;
    bool big;
    char *room; // for a header that lies on several pages; as long as the file
} bdb;

static uint32_t number32(const bdb *b, pt_str s, size_t at) {
    const unsigned char *p = (const unsigned char *)s.p + at;
    if (b->big)
        return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
    return (uint32_t)p[3] << 24 | (uint32_t)p[2] << 16 | (uint32_t)p[1] << 8 | p[0];
}

static uint32_t number16(const bdb *b, pt_str s, size_t at) {
    const unsigned char *p = (const unsigned char *)s.p + at;
    return b->big ? (uint32_t)p[0] << 8 | p[1] : (uint32_t)p[1] << 8 | p[0];
}

static unsigned type_at(pt_str s, size_t at) {
    return (unsigned char)s.p[at];
}

// A whole page; false: the file ends before it does.
static bool page_of(const bdb *b, uint32_t number, pt_str *ret) {
    uint64_t at = (uint64_t)number * b->page_bytes;
    if (at >= b->text.n || b->text.n - at < b->page_bytes)
        return false;
    *ret = pt_str_sub(b->text, (size_t)at, (size_t)at + b->page_bytes);
    return true;
}

static bool open_bdb(bdb *b) {
    if (b->text.n < HEAD_BYTES)
        return false;
    b->big = false;
    if (number32(b, b->text, 12) != MAGIC)
        b->big = true;
    b->page_bytes = number32(b, b->text, 20);
    return number32(b, b->text, 12) == MAGIC && type_at(b->text, 25) == IN_HEAD &&
           b->page_bytes >= HEAD_BYTES && b->page_bytes <= PAGE_BYTES_MAX &&
           (b->page_bytes & (b->page_bytes - 1)) == 0;
}

// What a chain of overflow pages holds. Every page takes from the budget, so that chains that run
// into one another end.
static bool chain_of(bdb *b, pt_str value, pt_str *ret) {
    uint32_t number = number32(b, value, 4);
    size_t whole = number32(b, value, 8);
    size_t n = 0;
    while (n < whole) {
        pt_str page = {0};
        if (!page_of(b, number, &page) || type_at(page, 25) != IN_OVERFLOW ||
            number32(b, page, 8) != number || !pt_rpm_spend(&b->w, page.n))
            return false;
        size_t has = number16(b, page, 22);
        if (has == 0 || has > page.n - PAGE_HEAD_BYTES || has > whole - n)
            return false;
        memcpy(b->room + n, page.p + PAGE_HEAD_BYTES, has);
        n += has;
        number = number32(b, page, 16);
    }
    *ret = (pt_str){b->room, n};
    return true;
}

// The i-th entry of a bucket; empty: it does not lie in its page.
static pt_str entry_of(const bdb *b, pt_str page, size_t i) {
    size_t at = number16(b, page, PAGE_HEAD_BYTES + 2 * i);
    size_t end = i ? number16(b, page, PAGE_HEAD_BYTES + 2 * (i - 1)) : page.n;
    return at >= PAGE_HEAD_BYTES && at < end && end <= page.n ? pt_str_sub(page, at, end)
                                                              : (pt_str){0};
}

static pt_code put_pair(bdb *b, pt_str key, pt_str value, pt_err *e) {
    pt_str blob = {0};
    if (key.n == 5 && number32(b, key, 1) == 0)
        return PT_OK;
    bool found = false;
    if (value.n > 1 && type_at(value, 0) == INLINE) {
        blob = pt_str_sub(value, 1, value.n);
        found = pt_rpm_spend(&b->w, blob.n);
    } else if (value.n >= OFF_PAGE_BYTES && type_at(value, 0) == OFF_PAGE)
        found = chain_of(b, value, &blob);
    if (found)
        return pt_rpm_put(&b->w, blob, e);
    pt_fault_add(b->w.r, ++b->w.row, "a package whose header cannot be found");
    return PT_OK;
}

static pt_code put_bucket(bdb *b, pt_str page, pt_err *e) {
    pt_code code = PT_OK;
    size_t n = number16(b, page, 20);
    if (n > (page.n - PAGE_HEAD_BYTES) / 2) {
        pt_fault_add(b->w.r, ++b->w.row, "more entries than their page has room for");
        return PT_OK;
    }
    for (size_t i = 0; !code && i + 1 < n; i += 2)
        code = put_pair(b, entry_of(b, page, i), entry_of(b, page, i + 1), e);
    return code;
}

pt_code pt_read_rpm_bdb(pt_read *r, pt_str text, pt_err *e) {
    bdb b = {.w = {.r = r, .budget = text.n}, .text = text};
    pt_code code = PT_OK;
    r->unit = "package";
    if (!open_bdb(&b)) {
        pt_fault_add(r, 0, "not a database of rpm (Berkeley DB)");
        return PT_OK;
    }
    b.room = pt_arena_take(r->a, text.n);
    if (!b.room)
        return pt_err_set(e, PT_E_NOMEM, "out of memory");
    uint32_t last = number32(&b, text, 32);
    for (uint32_t i = 1; !code && i <= last; i++) {
        pt_str page = {0};
        if (!page_of(&b, i, &page)) {
            pt_fault_add(r, b.w.row, "behind it the file is cut");
            break;
        }
        if (type_at(page, 25) == IN_BUCKET || type_at(page, 25) == IN_BUCKET_UNSORTED)
            code = put_bucket(&b, page, e);
    }
    return code ? code : pt_rpm_end(&b.w, e);
}
