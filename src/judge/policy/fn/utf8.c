#include "judge/policy/fn/utf8.h"

#include <string.h>

uint32_t pt_utf8_next(pt_str s, size_t *at, bool *ret_bad) {
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000}; // by length: no overlong forms
    unsigned char c = (unsigned char)s.p[*at];
    size_t n = c < 0x80 ? 1 : c >= 0xc2 && c < 0xe0 ? 2 : c >= 0xe0 && c < 0xf0 ? 3 : 4;
    uint32_t rune = n == 1 ? c : c & (0x7fu >> n);
    bool good = n == 1 || (c >= 0xc2 && c < 0xf5 && n <= s.n - *at);
    for (size_t i = 1; good && i < n; i++) {
        unsigned char more = (unsigned char)s.p[*at + i];
        good = (more & 0xc0) == 0x80;
        rune = rune << 6 | (more & 0x3f);
    }
    good = good && (n == 1 || rune >= least[n]) && rune < 0x110000 && (rune & ~0x7ffu) != 0xd800;
    if (ret_bad)
        *ret_bad = !good;
    *at += good ? n : 1;
    return good ? rune : PT_RUNE_BAD;
}

size_t pt_utf8_count(pt_str s) {
    size_t n = 0;
    for (size_t at = 0; at < s.n; n++)
        pt_utf8_next(s, &at, NULL);
    return n;
}

size_t pt_utf8_skip(pt_str s, size_t n) {
    size_t at = 0;
    for (; n > 0 && at < s.n; n--)
        pt_utf8_next(s, &at, NULL);
    return at;
}

void pt_utf8_put(pt_buf *b, uint32_t rune) {
    if (rune >= 0x110000 || (rune & ~0x7ffu) == 0xd800)
        rune = PT_RUNE_BAD;
    static const unsigned leads[] = {0, 0xc0, 0xe0, 0xf0};
    unsigned n = rune < 0x80 ? 0 : rune < 0x800 ? 1 : rune < 0x10000 ? 2 : 3; // bytes that follow
    pt_buf_putc(b, (char)(leads[n] | rune >> (6 * n)));
    while (n-- > 0)
        pt_buf_putc(b, (char)(0x80u | (rune >> (6 * n) & 0x3f)));
}

static uint32_t shift(const pt_rune_shift *v, size_t n, uint32_t rune) {
    size_t from = 0;
    size_t to = n;
    while (to > from) {
        size_t mid = from + (to - from) / 2;
        if (v[mid].last < rune)
            from = mid + 1;
        else
            to = mid;
    }
    if (from == n || rune < v[from].first || (rune - v[from].first) % v[from].step != 0)
        return rune;
    return (uint32_t)((int64_t)rune + v[from].delta);
}

uint32_t pt_rune_lower(uint32_t rune) {
    if (rune < 0x80)
        return rune >= 'A' && rune <= 'Z' ? rune + 32 : rune;
    return shift(pt_rune_lowers, pt_rune_lowers_n, rune);
}

uint32_t pt_rune_upper(uint32_t rune) {
    if (rune < 0x80)
        return rune >= 'a' && rune <= 'z' ? rune - 32 : rune;
    return shift(pt_rune_uppers, pt_rune_uppers_n, rune);
}

bool pt_rune_space(uint32_t rune) {
    static const uint32_t others[] = {0x85, 0xa0, 0x1680, 0x2028, 0x2029, 0x202f, 0x205f, 0x3000};
    if (rune == ' ' || (rune >= '\t' && rune <= '\r') || (rune >= 0x2000 && rune <= 0x200a))
        return true;
    for (size_t i = 0; i < PT_COUNT(others); i++)
        if (rune == others[i])
            return true;
    return false;
}

static bool among(const pt_rune_range *v, size_t n, uint32_t rune) {
    size_t from = 0;
    size_t to = n;
    while (to > from) {
        size_t mid = from + (to - from) / 2;
        if (v[mid].last < rune)
            from = mid + 1;
        else
            to = mid;
    }
    return from < n && v[from].first <= rune;
}

bool pt_rune_print(uint32_t rune) {
    return among(pt_rune_prints, pt_rune_prints_n, rune);
}

bool pt_rune_letter(uint32_t rune) {
    return among(pt_rune_letters, pt_rune_letters_n, rune);
}

static void quote_rune(pt_buf *b, uint32_t rune, char mark, bool ascii) {
    static const char letters[] = "abtnvfr"; // of \a (7) and those behind it
    if (rune == (uint32_t)mark || rune == '\\')
        pt_buf_printf(b, "\\%c", (int)rune);
    else if (pt_rune_print(rune) && (rune < 0x80 || !ascii))
        pt_utf8_put(b, rune);
    else if (rune >= 7 && rune < 7 + sizeof letters - 1)
        pt_buf_printf(b, "\\%c", letters[rune - 7]);
    else if (rune < ' ' || rune == 0x7f)
        pt_buf_printf(b, "\\x%02x", (unsigned)rune);
    else
        pt_buf_printf(b, rune < 0x10000 ? "\\u%04x" : "\\U%08x", (unsigned)rune);
}

void pt_utf8_quote_as(pt_buf *b, pt_str s, char mark, bool ascii) {
    pt_buf_putc(b, mark);
    for (size_t at = 0; at < s.n && !b->full;) {
        bool bad;
        size_t from = at;
        uint32_t rune = pt_utf8_next(s, &at, &bad);
        if (bad)
            pt_buf_printf(b, "\\x%02x", (unsigned)(unsigned char)s.p[from]);
        else
            quote_rune(b, rune, mark, ascii);
    }
    pt_buf_putc(b, mark);
}

void pt_utf8_quote(pt_buf *b, pt_str s) {
    pt_utf8_quote_as(b, s, '"', false);
}

size_t pt_utf8_last(pt_str s) {
    size_t from = s.n - 1;
    for (size_t n = 1; n < 4 && from > 0 && ((unsigned char)s.p[from] & 0xc0) == 0x80; n++)
        from--;
    size_t at = from;
    pt_utf8_next(s, &at, NULL);
    return at == s.n ? from : s.n - 1;
}
