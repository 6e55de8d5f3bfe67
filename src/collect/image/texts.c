#include "collect/image/texts.h"

#include <isa-l/igzip_lib.h>

enum {
    CHUNK_BYTES = 64 << 10,
    SURE_BYTES = 16, // fewer do not tell how NULs stand
    PERCENT = 100,
    NULS_LEAST = 80, // percent of one half that are NUL, and
    NULS_MOST = 5,   // of the other one
    BAD = 0xfffd,
};

// -- what it is -----------------------------------------------------------------------------------

static pt_text_kind utf16_of(pt_str head) {
    size_t nuls[2] = {0, 0};
    size_t half = head.n / 2;
    for (size_t i = 0; i < half * 2; i++)
        nuls[i % 2] += head.p[i] == '\0';
    for (unsigned odd = 0; odd < 2 && head.n >= SURE_BYTES; odd++)
        if (nuls[odd] * PERCENT >= half * NULS_LEAST && nuls[!odd] * PERCENT <= half * NULS_MOST)
            return odd ? PT_TEXT_UTF16_LE : PT_TEXT_UTF16_BE;
    return PT_TEXT_NONE;
}

pt_text_kind pt_text_kind_of(pt_str head) {
    static const struct {
        pt_str begin;
        pt_text_kind kind;
    } marks[] = {
        {PT_STR("\x1f\x8b\x08"), PT_TEXT_GZIP},
        {PT_STR("\xff\xfe"), PT_TEXT_UTF16_LE},
        {PT_STR("\xfe\xff"), PT_TEXT_UTF16_BE},
    };
    for (size_t i = 0; i < PT_COUNT(marks); i++)
        if (pt_str_starts(head, marks[i].begin))
            return marks[i].kind;
    return pt_str_find(head, '\0') == head.n ? PT_TEXT_PLAIN : utf16_of(head);
}

// -- UTF-16 ---------------------------------------------------------------------------------------

static uint32_t unit_at(pt_str bytes, size_t at, bool big) {
    uint32_t a = (unsigned char)bytes.p[at];
    uint32_t b = (unsigned char)bytes.p[at + 1];
    return big ? a << 8 | b : b << 8 | a;
}

// The character at *at, which goes on.
static uint32_t next_of(pt_str bytes, size_t *at, bool big) {
    uint32_t one = unit_at(bytes, *at, big);
    *at += 2;
    if (one < 0xd800 || one > 0xdfff)
        return one;
    if (one > 0xdbff || bytes.n - *at < 2)
        return BAD;
    uint32_t two = unit_at(bytes, *at, big);
    if (two < 0xdc00 || two > 0xdfff)
        return BAD;
    *at += 2;
    return 0x10000 + ((one - 0xd800) << 10) + (two - 0xdc00);
}

static void put_character(pt_buf *to, uint32_t c) {
    unsigned more = c < 0x80 ? 0 : c < 0x800 ? 1 : c < 0x10000 ? 2 : 3; // bytes behind the first
    static const unsigned char first[] = {0, 0xc0, 0xe0, 0xf0};
    pt_buf_putc(to, (char)(first[more] | c >> (6 * more)));
    while (more--)
        pt_buf_putc(to, (char)(0x80 | (c >> (6 * more) & 0x3f)));
}

pt_code pt_text_utf8(pt_str bytes, pt_text_kind kind, pt_buf *to, pt_err *e) {
    bool big = kind == PT_TEXT_UTF16_BE;
    size_t at = bytes.n >= 2 && unit_at(bytes, 0, big) == 0xfeff ? 2 : 0;
    while (bytes.n - at >= 2 && !to->full && to->max - to->n >= 4)
        put_character(to, next_of(bytes, &at, big));
    if (to->full)
        return pt_err_set(e, PT_E_NOMEM, "out of memory");
    return bytes.n - at < 2 ? PT_OK
                            : pt_err_set(e, PT_E_LIMIT, "as UTF-8 more than %zu bytes", to->max);
}

// -- gzip -----------------------------------------------------------------------------------------

// One step; what came out goes to `to`. False: nothing more comes.
static bool step(struct inflate_state *z, pt_buf *to, int *ret) {
    size_t room = to->max - to->n < CHUNK_BYTES ? to->max - to->n : CHUNK_BYTES;
    char *out = room ? pt_buf_room(to, room) : NULL;
    if (!out)
        return false;
    z->next_out = (uint8_t *)out;
    z->avail_out = (uint32_t)room;
    *ret = isal_inflate(z);
    pt_buf_took(to, room - z->avail_out);
    return *ret == ISAL_DECOMP_OK && z->avail_out != room;
}

static void begin_member(struct inflate_state *z) {
    isal_inflate_reset(z);
    z->crc_flag = ISAL_GZIP;
}

pt_code pt_text_gunzip(pt_arena *a, pt_str packed, pt_buf *to, pt_err *e) {
    struct inflate_state *z = PT_NEW(a, struct inflate_state, 1);
    int code = ISAL_DECOMP_OK;
    union { // igzip does not write there
        const char *from;
        uint8_t *to;
    } in = {packed.p};
    if (!z || packed.n > UINT32_MAX)
        return pt_err_set(e, z ? PT_E_LIMIT : PT_E_NOMEM, z ? "too large" : "out of memory");
    isal_inflate_init(z);
    z->crc_flag = ISAL_GZIP;
    z->next_in = in.to;
    z->avail_in = (uint32_t)packed.n;
    while (step(z, to, &code))
        if (z->block_state == ISAL_BLOCK_FINISH && z->avail_in > 2 && z->next_in[0] == 0x1f)
            begin_member(z); // what stands behind the last one is no part of it
    if (to->full)
        return pt_err_set(e, PT_E_NOMEM, "out of memory");
    if (z->block_state == ISAL_BLOCK_FINISH)
        return PT_OK;
    return to->n == to->max ? pt_err_set(e, PT_E_LIMIT, "unpacked more than %zu bytes", to->max)
                            : pt_err_set(e, PT_E_FORMAT, "gzip: cut, or damaged");
}
