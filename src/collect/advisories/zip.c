#include "collect/advisories/zip.h"

#include <zlib.h>

// The numbers below are offsets in the structures of APPNOTE.TXT, section 4.3.
enum {
    LOCAL_BYTES = 30,      // 4.3.7
    CENTRAL_BYTES = 46,    // 4.3.12
    END_BYTES = 22,        // 4.3.16
    END_64_BYTES = 56,     // 4.3.14
    LOCATOR_64_BYTES = 20, // 4.3.15
    COMMENT_BYTES_MAX = 65535,
    EXTRA_64 = 1, // 4.5.3
    STORED = 0,
    DEFLATED = 8,
    ENCRYPTED = 1,
};

#define LOCAL_SIGN      0x04034b50U
#define CENTRAL_SIGN    0x02014b50U
#define END_SIGN        0x06054b50U
#define END_64_SIGN     0x06064b50U
#define LOCATOR_64_SIGN 0x07064b50U

static uint64_t number(pt_str s, uint64_t at, unsigned bytes) {
    uint64_t v = 0;
    for (unsigned i = bytes; i-- > 0;)
        v = v << 8 | (uint8_t)s.p[at + i];
    return v;
}

static uint32_t number32(pt_str s, uint64_t at) {
    return (uint32_t)number(s, at, 4);
}

static uint16_t number16(pt_str s, uint64_t at) {
    return (uint16_t)number(s, at, 2);
}

static bool fits(pt_str s, uint64_t at, uint64_t n) {
    return at <= s.n && n <= s.n - at;
}

static pt_code broken(pt_err *e, uint64_t at, const char *what) {
    pt_code code = pt_err_set(e, PT_E_FORMAT, "a broken ZIP archive: %s", what);
    if (e)
        e->offset = at;
    return code;
}

bool pt_zip_is(pt_str bytes) {
    return pt_str_starts(bytes, PT_STR("PK\3\4")) || pt_str_starts(bytes, PT_STR("PK\5\6"));
}

// -- opening --------------------------------------------------------------------------------------

// The record at the end; behind it is nothing but its comment. False: there is none.
static bool find_end(pt_str s, uint64_t *ret) {
    for (uint64_t back = END_BYTES; back <= s.n && back <= END_BYTES + COMMENT_BYTES_MAX; back++) {
        uint64_t at = s.n - back;
        if (number32(s, at) == END_SIGN && number16(s, at + 20) == back - END_BYTES) {
            *ret = at;
            return true;
        }
    }
    return false;
}

// The 64-bit record, which the locator before `end` leads to. False: there is none.
static bool find_end_64(pt_str s, uint64_t end, uint64_t *ret) {
    if (end < LOCATOR_64_BYTES || number32(s, end - LOCATOR_64_BYTES) != LOCATOR_64_SIGN)
        return false;
    *ret = number(s, end - LOCATOR_64_BYTES + 8, 8);
    return fits(s, *ret, END_64_BYTES) && number32(s, *ret) == END_64_SIGN;
}

pt_code pt_zip_open(pt_str bytes, pt_zip *ret, pt_err *e) {
    uint64_t end = 0;
    uint64_t end_64 = 0;
    pt_zip z = {.bytes = bytes};
    if (!find_end(bytes, &end))
        return broken(e, bytes.n, "it has no directory");
    bool large = find_end_64(bytes, end, &end_64);
    z.members = large ? number(bytes, end_64 + 32, 8) : number16(bytes, end + 10);
    z.left = large ? number(bytes, end_64 + 40, 8) : number32(bytes, end + 12);
    z.at = large ? number(bytes, end_64 + 48, 8) : number32(bytes, end + 16);
    if (!fits(bytes, z.at, z.left))
        return broken(e, end, "its directory lies outside of it");
    if (z.members > PT_ZIP_MEMBERS_MAX)
        return pt_err_set(e, PT_E_LIMIT, "more than %u members", PT_ZIP_MEMBERS_MAX);
    *ret = z;
    return PT_OK;
}

// -- members --------------------------------------------------------------------------------------

// Where a number of 32 bits is all ones, the extra field has it with 64, in this order.
typedef struct wide {
    pt_str bytes;
    uint64_t at, end;
} wide;

static wide find_wide(pt_str s, uint64_t at, uint64_t n) {
    for (uint64_t end = at + n; end - at >= 4;) {
        uint64_t size = number16(s, at + 2);
        if (size > end - at - 4)
            break;
        if (number16(s, at) == EXTRA_64)
            return (wide){s, at + 4, at + 4 + size};
        at += 4 + size;
    }
    return (wide){.bytes = s};
}

static bool widen(wide *w, uint64_t *v) {
    if (*v != UINT32_MAX)
        return true;
    if (w->end - w->at < 8)
        return false;
    *v = number(w->bytes, w->at, 8);
    w->at += 8;
    return true;
}

// The bytes of a member stand behind its local header, which has a name and extra of its own.
static bool find_packed(pt_str s, uint64_t local, uint64_t n, pt_str *ret) {
    if (!fits(s, local, LOCAL_BYTES) || number32(s, local) != LOCAL_SIGN)
        return false;
    uint64_t at = local + LOCAL_BYTES + number16(s, local + 26) + number16(s, local + 28);
    *ret = pt_str_sub(s, at, at + n);
    return fits(s, at, n);
}

pt_code pt_zip_next(pt_zip *z, pt_zip_member *ret, bool *ret_any, pt_err *e) {
    pt_str s = z->bytes;
    uint64_t at = z->at;
    *ret_any = z->members > 0;
    if (!z->members)
        return PT_OK;
    if (z->left < CENTRAL_BYTES || number32(s, at) != CENTRAL_SIGN)
        return broken(e, at, "its directory ends too early");
    uint64_t name_n = number16(s, at + 28);
    uint64_t extra_n = number16(s, at + 30);
    uint64_t all = CENTRAL_BYTES + name_n + extra_n + number16(s, at + 32);
    if (z->left < all)
        return broken(e, at, "its directory ends too early");
    wide w = find_wide(s, at + CENTRAL_BYTES + name_n, extra_n);
    uint64_t bytes = number32(s, at + 24);
    uint64_t packed = number32(s, at + 20);
    uint64_t local = number32(s, at + 42);
    pt_zip_member m = {.name = pt_str_sub(s, at + CENTRAL_BYTES, at + CENTRAL_BYTES + name_n),
                       .crc = number32(s, at + 16),
                       .method = number16(s, at + 10)};
    if (!widen(&w, &bytes) || !widen(&w, &packed) || !widen(&w, &local) ||
        !find_packed(s, local, packed, &m.packed))
        return broken(e, at, "a member lies outside of it");
    m.bytes = bytes;
    if (number16(s, at + 8) & ENCRYPTED)
        m.method = UINT16_MAX;
    z->at += all;
    z->left -= all;
    z->members--;
    *ret = m;
    return PT_OK;
}

// -- reading --------------------------------------------------------------------------------------

static pt_code inflate_to(const pt_zip_member *m, char *to, pt_err *e) {
    union { // zlib does not write there
        const char *from;
        Bytef *to;
    } in = {m->packed.p};
    z_stream z = {.next_in = in.to,
                  .avail_in = (uInt)m->packed.n,
                  .next_out = (Bytef *)to,
                  .avail_out = (uInt)m->bytes};
    if (inflateInit2(&z, -MAX_WBITS) != Z_OK)
        return pt_err_set(e, PT_E_NOMEM, "out of memory");
    int code = inflate(&z, Z_FINISH);
    bool whole = code == Z_STREAM_END && z.avail_out == 0;
    inflateEnd(&z);
    return whole ? PT_OK : broken(e, 0, "a member is not what its directory says");
}

pt_code pt_zip_read(const pt_zip_member *m, pt_buf *ret, pt_err *e) {
    if (m->method != STORED && m->method != DEFLATED)
        return pt_err_set(e, PT_E_UNSUPPORTED, "a member that is encrypted, or packed otherwise");
    if (m->bytes > UINT32_MAX || m->packed.n > UINT32_MAX || m->bytes >= ret->max - ret->n)
        return pt_err_set(e, PT_E_LIMIT, "unpacked, a member has more than %zu bytes", ret->max);
    if (m->method == STORED && m->bytes != m->packed.n)
        return broken(e, 0, "a member is not as long as its directory says");
    char *to = pt_buf_room(ret, (size_t)m->bytes + 1);
    if (!to)
        return pt_err_set(e, PT_E_NOMEM, "out of memory");
    pt_code code = m->method == DEFLATED ? inflate_to(m, to, e) : PT_OK;
    for (size_t i = 0; m->method == STORED && i < m->packed.n; i++)
        to[i] = m->packed.p[i];
    if (code)
        return code;
    if (crc32_z(0, (const Bytef *)to, (size_t)m->bytes) != m->crc)
        return broken(e, 0, "a member's checksum differs");
    pt_buf_took(ret, (size_t)m->bytes);
    return PT_OK;
}
