// Bytes from outside made safe to show: one place decides what a terminal or a log may get.
#include <string.h>

#include "base/buf.h"

// One code point of well-formed or broken UTF-8: its length, or 0 for a broken byte.
static size_t decode(pt_str s, uint32_t *ret) {
    size_t len = s.n;
    for (size_t try = 1; try <= 4 && try <= s.n; try++)
        if (pt_str_utf8(pt_str_sub(s, 0, try), NULL)) {
            len = try;
            break;
        } else if (try == 4 || try == s.n)
            return 0;
    unsigned char c = (unsigned char)s.p[0];
    static const unsigned char mask[] = {0, 0x7f, 0x1f, 0x0f, 0x07};
    uint32_t u = c & mask[len];
    for (size_t i = 1; i < len; i++)
        u = u << 6 | ((unsigned char)s.p[i] & 0x3f);
    *ret = u;
    return len;
}

// C0, DEL, C1; zero-width and bidirectional controls; line separators: all that can move a cursor
// or make a line read differently from its bytes (Unicode TR 36, section 2.10).
static bool hidden(uint32_t u) {
    return u < 0x20 || (u >= 0x7f && u < 0xa0) || u == 0xad || u == 0x61c ||
           (u >= 0x200b && u <= 0x200f) || (u >= 0x2028 && u <= 0x202e) ||
           (u >= 0x2060 && u <= 0x206f) || u == 0xfeff || (u >= 0xfff9 && u <= 0xfffb) ||
           (u >= 0xe0000 && u <= 0xe007f);
}

// Printable ASCII at the beginning of s: nearly everything that is ever shown.
static size_t plain(pt_str s) {
    size_t n = 0;
    while (n < s.n && s.p[n] >= 0x20 && s.p[n] < 0x7f)
        n++;
    return n;
}

void pt_buf_put_safe(pt_buf *b, pt_str s) {
    for (size_t i = 0; i < s.n;) {
        size_t run = plain(pt_str_sub(s, i, s.n));
        pt_buf_put(b, pt_str_sub(s, i, i + run));
        i += run;
        if (i == s.n)
            return;
        uint32_t u;
        size_t len = decode(pt_str_sub(s, i, s.n), &u);
        if (len == 0)
            pt_buf_printf(b, "\\x%02x", (unsigned char)s.p[i]);
        else if (hidden(u) && u < 0x80)
            pt_buf_printf(b, "\\x%02x", u);
        else if (hidden(u))
            pt_buf_printf(b, "\\u{%04x}", u);
        else
            pt_buf_put(b, pt_str_sub(s, i, i + len));
        i += len ? len : 1;
    }
}

void pt_buf_put_safe_text(pt_buf *b, pt_str s) {
    size_t from = 0;
    for (size_t i = 0; i < s.n; i++) {
        if (s.p[i] != '\n' && s.p[i] != '\t')
            continue;
        pt_buf_put_safe(b, pt_str_sub(s, from, i));
        pt_buf_putc(b, s.p[i]);
        from = i + 1;
    }
    pt_buf_put_safe(b, pt_str_sub(s, from, s.n));
}

void pt_buf_put_safe_json(pt_buf *b, pt_str json) {
    for (size_t i = 0; i < json.n;) {
        size_t run = plain(pt_str_sub(json, i, json.n));
        uint32_t u = UINT32_C(0xfffd); // of a broken byte
        pt_buf_put(b, pt_str_sub(json, i, i + run));
        i += run;
        if (i == json.n)
            return;
        size_t len = decode(pt_str_sub(json, i, json.n), &u);
        bool between =
            json.p[i] == '\n' || json.p[i] == '\t'; // tokens: in strings they are escaped
        if (len && (between || !hidden(u)))
            pt_buf_put(b, pt_str_sub(json, i, i + len));
        else if (u > 0xffff)
            pt_buf_printf(b, "\\u%04x\\u%04x", 0xd800 + ((u - 0x10000) >> 10),
                          0xdc00 + (u & 0x3ff));
        else
            pt_buf_printf(b, "\\u%04x", u);
        i += len ? len : 1;
    }
}
