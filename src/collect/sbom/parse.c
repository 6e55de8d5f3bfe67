#include "collect/sbom/impl.h"
#include "value/json.h"

// A code point as UTF-8; `p` has room for four bytes.
static size_t put_rune(char *p, uint32_t c) {
    if (c < 0x80) {
        p[0] = (char)c;
        return 1;
    }
    if (c < 0x800) {
        p[0] = (char)(0xc0 | c >> 6);
        p[1] = (char)(0x80 | (c & 0x3f));
        return 2;
    }
    if (c < 0x10000) {
        p[0] = (char)(0xe0 | c >> 12);
        p[1] = (char)(0x80 | (c >> 6 & 0x3f));
        p[2] = (char)(0x80 | (c & 0x3f));
        return 3;
    }
    p[0] = (char)(0xf0 | c >> 18);
    p[1] = (char)(0x80 | (c >> 12 & 0x3f));
    p[2] = (char)(0x80 | (c >> 6 & 0x3f));
    p[3] = (char)(0x80 | (c & 0x3f));
    return 4;
}

static uint32_t unit_at(pt_str s, size_t at, bool big) {
    const unsigned char *p = (const unsigned char *)s.p + at;
    return big ? (uint32_t)(p[0] << 8 | p[1]) : (uint32_t)(p[1] << 8 | p[0]);
}

// Surrogates without their other half are U+FFFD.
static pt_code of_utf16(pt_arena *a, pt_str s, bool big, pt_str *ret, pt_err *e) {
    char *p = pt_arena_take(a, s.n / 2 * 3);
    size_t n = 0;
    if (!p)
        return pt_err_set(e, PT_E_NOMEM, "out of memory");
    for (size_t at = 0; at + 1 < s.n; at += 2) {
        uint32_t c = unit_at(s, at, big);
        uint32_t low = at + 3 < s.n ? unit_at(s, at + 2, big) : 0;
        if (c >= 0xd800 && c < 0xdc00 && low >= 0xdc00 && low < 0xe000) {
            c = 0x10000 + ((c - 0xd800) << 10) + (low - 0xdc00);
            at += 2;
        } else if (c >= 0xd800 && c < 0xe000)
            c = 0xfffd;
        n += put_rune(p + n, c);
    }
    *ret = (pt_str){p, n};
    return PT_OK;
}

pt_code pt_bill_utf8(pt_arena *a, pt_str bytes, pt_str *ret, pt_err *e) {
    if (bytes.n > PT_BILL_BYTES_MAX)
        return pt_err_set(e, PT_E_LIMIT, "larger than %zu bytes", PT_BILL_BYTES_MAX);
    if (pt_str_starts(bytes, PT_STR("\xef\xbb\xbf")))
        *ret = pt_str_sub(bytes, 3, bytes.n);
    else if (pt_str_starts(bytes, PT_STR("\xff\xfe")) || pt_str_starts(bytes, PT_STR("\xfe\xff")))
        return of_utf16(a, pt_str_sub(bytes, 2, bytes.n), bytes.p[0] == '\xfe', ret, e);
    else
        *ret = bytes;
    return PT_OK;
}

pt_code pt_bill_parse(pt_arena *a, pt_str bytes, pt_value *ret, pt_err *e) {
    pt_str text = {0};
    pt_code code = pt_bill_utf8(a, bytes, &text, e);
    if (code)
        return code;
    return pt_json_parse(a, text, &(pt_json_opts){.depth_max = PT_BILL_DEPTH_MAX}, ret, e);
}
