#include "collect/packages/zip.h"

#include <zlib.h>

enum {
    END_BYTES = 22,
    END64_BYTES = 56,
    LOCATOR_BYTES = 20,
    HEADER_BYTES = 46, // of an entry in the directory
    LOCAL_BYTES = 30,
    COMMENT_BYTES_MAX = 65535,
    DEFLATE_RATIO_MAX = 1032, // no more can come of a byte
    STORED = 0,
    DEFLATED = 8,
    ENCRYPTED = 1 // flag
};

#define END_MARK     "PK\5\6"
#define END64_MARK   "PK\6\6"
#define LOCATOR_MARK "PK\6\7"
#define HEADER_MARK  "PK\1\2"
#define LOCAL_MARK   "PK\3\4"

struct pt_unzip {
    z_stream state;
};

pt_unzip *pt_unzip_new(pt_arena *a) {
    return pt_arena_take(a, sizeof(pt_unzip));
}

// Little-endian; the caller knows that they are there.
static uint64_t number(pt_str s, size_t at, unsigned bytes) {
    uint64_t n = 0;
    pt_assert(at + bytes <= s.n);
    while (bytes-- > 0)
        n = n << 8 | (unsigned char)s.p[at + bytes];
    return n;
}

static bool marked(pt_str s, size_t at, const char *mark) {
    return pt_str_eqz(pt_str_sub(s, at, at + 4), mark);
}

// -- the directory --------------------------------------------------------------------------------

// The last end record whose comment fills the file; s.n: there is none.
//    0 "PK\5\6"   10 u16 entries   12 u32 bytes of the directory   16 u32 its offset
//   20 u16 bytes of the comment behind it
static size_t find_end(pt_str s) {
    size_t lowest = s.n > END_BYTES + COMMENT_BYTES_MAX ? s.n - END_BYTES - COMMENT_BYTES_MAX : 0;
    for (size_t at = s.n >= END_BYTES ? s.n - END_BYTES + 1 : 0; at-- > lowest;)
        if (marked(s, at, END_MARK) && number(s, at + 20, 2) <= s.n - at - END_BYTES)
            return at;
    return s.n;
}

// The ZIP64 end record before the locator that stands before the end record, if there are both.
//    0 "PK\6\6"   32 u64 entries   40 u64 bytes of the directory   48 u64 its offset
static bool find_end64(pt_str s, size_t end, size_t *ret) {
    if (end < LOCATOR_BYTES + END64_BYTES || !marked(s, end - LOCATOR_BYTES, LOCATOR_MARK))
        return false;
    // Nothing but its own extensions stands between the two, and nobody writes any.
    *ret = end - LOCATOR_BYTES - END64_BYTES;
    return marked(s, *ret, END64_MARK);
}

bool pt_zip_is(pt_str bytes) {
    return marked(bytes, 0, LOCAL_MARK) || marked(bytes, 0, END_MARK);
}

pt_code pt_zip_open(pt_zip *z, pt_str bytes, pt_err *e) {
    size_t end = find_end(bytes);
    size_t end64 = 0;
    if (end == bytes.n)
        return pt_err_set(e, PT_E_FORMAT, "not a ZIP archive: it has no end record");
    bool is64 = find_end64(bytes, end, &end64);
    uint64_t entries = is64 ? number(bytes, end64 + 32, 8) : number(bytes, end + 10, 2);
    uint64_t size = is64 ? number(bytes, end64 + 40, 8) : number(bytes, end + 12, 4);
    uint64_t offset = is64 ? number(bytes, end64 + 48, 8) : number(bytes, end + 16, 4);
    size_t directory_end = is64 ? end64 : end;
    // The directory stands right before its end record: offsets that are too small by as much as
    // stands before the archive are as good as right ones.
    if (size > directory_end || offset > directory_end - size)
        return pt_err_set(e, PT_E_FORMAT, "not a ZIP archive: its directory is cut off");
    *z = (pt_zip){.bytes = bytes,
                  .base = directory_end - (size_t)size - (size_t)offset,
                  .at = directory_end - (size_t)size,
                  .end = directory_end,
                  .left = entries};
    return PT_OK;
}

// What is all ones in the entry stands in its extra field 1, in this order. False: it does not.
static bool widen(pt_str extra, pt_zip_entry *n) {
    uint64_t *const fields[] = {&n->size, &n->packed, &n->header};
    pt_str wide = {0};
    while (extra.n >= 4) {
        size_t bytes = (size_t)number(extra, 2, 2);
        if (number(extra, 0, 2) == 1)
            wide = pt_str_sub(extra, 4, 4 + bytes);
        extra = pt_str_sub(extra, 4 + bytes, extra.n);
    }
    for (size_t i = 0; i < PT_COUNT(fields); i++) {
        if (*fields[i] != UINT32_MAX)
            continue;
        if (wide.n < 8)
            return false;
        *fields[i] = number(wide, 0, 8);
        wide = pt_str_sub(wide, 8, wide.n);
    }
    return true;
}

//    0 "PK\1\2"   8 u16 flags   10 u16 method   16 u32 CRC   20 u32 packed   24 u32 size
//   28 u16 bytes of the name   30 u16 of the extra fields   32 u16 of the comment
//   42 u32 where the local header is   46 name, extra fields, comment
pt_code pt_zip_next(pt_zip *z, pt_zip_entry *ret, bool *ret_end, pt_err *e) {
    pt_str s = z->bytes;
    size_t at = z->at;
    *ret_end = z->left == 0 && at == z->end;
    if (*ret_end)
        return PT_OK;
    if (z->end - at < HEADER_BYTES || !marked(s, at, HEADER_MARK))
        return pt_err_set(e, PT_E_FORMAT, "the directory of the archive is broken");
    size_t name = (size_t)number(s, at + 28, 2);
    size_t extra = (size_t)number(s, at + 30, 2);
    size_t comment = (size_t)number(s, at + 32, 2);
    if (z->end - at - HEADER_BYTES < name + extra + comment)
        return pt_err_set(e, PT_E_FORMAT, "the directory of the archive is cut off");
    size_t behind = at + HEADER_BYTES + name;
    *ret = (pt_zip_entry){.name = pt_str_sub(s, at + HEADER_BYTES, behind),
                          .flags = (uint16_t)number(s, at + 8, 2),
                          .method = (uint16_t)number(s, at + 10, 2),
                          .crc = (uint32_t)number(s, at + 16, 4),
                          .packed = number(s, at + 20, 4),
                          .size = number(s, at + 24, 4),
                          .header = number(s, at + 42, 4)};
    if (!widen(pt_str_sub(s, behind, behind + extra), ret))
        return pt_err_set(e, PT_E_FORMAT, "the directory of the archive is broken");
    z->at = behind + extra + comment;
    z->left -= z->left > 0; // the count of archives with more than 65535 entries is cut in some
    return PT_OK;
}

// -- entries --------------------------------------------------------------------------------------

// Where the packed bytes are.
//    0 "PK\3\4"   26 u16 bytes of the name   28 u16 of the extra fields   30 both
static bool find_packed(const pt_zip *z, const pt_zip_entry *n, pt_str *ret) {
    size_t room = z->bytes.n - z->base;
    if (n->header > room || room - n->header < LOCAL_BYTES)
        return false;
    size_t at = z->base + (size_t)n->header;
    if (!marked(z->bytes, at, LOCAL_MARK))
        return false;
    size_t from = at + LOCAL_BYTES + (size_t)number(z->bytes, at + 26, 2) +
                  (size_t)number(z->bytes, at + 28, 2);
    if (from > z->bytes.n || n->packed > z->bytes.n - from)
        return false;
    *ret = pt_str_sub(z->bytes, from, from + (size_t)n->packed);
    return true;
}

static pt_code unpack(pt_unzip *u, pt_str packed, size_t size, pt_buf *room, pt_str *ret,
                      pt_err *e) {
    union {
        const char *ours;
        Bytef *its; // it only reads there
    } in = {.ours = packed.p};
    z_stream *z = &u->state;
    if (size >= room->max - room->n)
        return pt_err_set(e, PT_E_LIMIT, "more bytes than are read of such an entry");
    char *to = pt_buf_room(room, size + 1); // one byte more would show that there is more
    *z = (z_stream){.next_in = in.its,
                    .avail_in = (uInt)packed.n,
                    .next_out = (Bytef *)to,
                    .avail_out = (uInt)size + 1};
    if (!to || inflateInit2(z, -MAX_WBITS) != Z_OK)
        return pt_err_set(e, PT_E_NOMEM, "out of memory");
    int rc = inflate(z, Z_FINISH);
    PT_IGNORE(inflateEnd(z)); // it only frees
    if (rc != Z_STREAM_END || z->avail_out != 1)
        return pt_err_set(e, PT_E_FORMAT, "an entry is not what the directory says");
    pt_buf_took(room, size);
    *ret = (pt_str){to, size};
    return PT_OK;
}

pt_code pt_zip_read(const pt_zip *z, const pt_zip_entry *n, pt_unzip *u, pt_buf *room, pt_str *ret,
                    pt_err *e) {
    pt_str packed = {0};
    pt_str content = {0};
    pt_code code = PT_OK;
    if (n->flags & ENCRYPTED)
        return pt_err_set(e, PT_E_UNSUPPORTED, "an entry is encrypted");
    if (n->method != STORED && n->method != DEFLATED)
        return pt_err_set(e, PT_E_UNSUPPORTED, "an entry is packed by method %u, not by deflate",
                          n->method);
    if (!find_packed(z, n, &packed))
        return pt_err_set(e, PT_E_FORMAT, "an entry is not where the directory says");
    if (n->size >= UINT32_MAX || packed.n >= UINT32_MAX)
        return pt_err_set(e, PT_E_LIMIT, "more bytes than are read of such an entry");
    if (n->method == STORED)
        content = packed;
    else if (n->size / DEFLATE_RATIO_MAX <= packed.n)
        code = unpack(u, packed, (size_t)n->size, room, &content, e);
    if (code)
        return code;
    if (content.n != n->size || crc32_z(0, (const Bytef *)content.p, content.n) != n->crc)
        return pt_err_set(e, PT_E_FORMAT, "an entry is not what the directory says");
    *ret = content;
    return PT_OK;
}
