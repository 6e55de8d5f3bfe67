#include "base/str.h"

#include <string.h>

pt_str pt_str_of(const char *z) {
    return z ? (pt_str){z, strlen(z)} : (pt_str){0};
}

bool pt_str_eq(pt_str a, pt_str b) {
    return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}

bool pt_str_eqz(pt_str a, const char *z) {
    return pt_str_eq(a, pt_str_of(z));
}

static char lower(char c) {
    return (char)(c >= 'A' && c <= 'Z' ? c | 0x20 : c);
}

bool pt_str_eq_nocase(pt_str a, pt_str b) {
    if (a.n != b.n)
        return false;
    for (size_t i = 0; i < a.n; i++)
        if (lower(a.p[i]) != lower(b.p[i]))
            return false;
    return true;
}

int pt_str_cmp(pt_str a, pt_str b) {
    size_t n = a.n < b.n ? a.n : b.n;
    int c = n ? memcmp(a.p, b.p, n) : 0;
    return c ? c : (a.n > b.n) - (a.n < b.n);
}

bool pt_str_starts(pt_str s, pt_str prefix) {
    return s.n >= prefix.n && pt_str_eq(pt_str_sub(s, 0, prefix.n), prefix);
}

bool pt_str_ends(pt_str s, pt_str suffix) {
    return s.n >= suffix.n && pt_str_eq(pt_str_sub(s, s.n - suffix.n, s.n), suffix);
}

size_t pt_str_find(pt_str s, char c) {
    const char *at = s.n ? memchr(s.p, c, s.n) : NULL;
    return at ? (size_t)(at - s.p) : s.n;
}

size_t pt_str_find_str(pt_str s, pt_str needle) {
    if (needle.n == 0)
        return 0;
    const char *at = s.n ? memmem(s.p, s.n, needle.p, needle.n) : NULL;
    return at ? (size_t)(at - s.p) : s.n;
}

size_t pt_str_rfind(pt_str s, char c) {
    const char *at = s.n ? memrchr(s.p, c, s.n) : NULL;
    return at ? (size_t)(at - s.p) : s.n;
}

bool pt_str_has(pt_str s, pt_str needle) {
    return needle.n == 0 || pt_str_find_str(s, needle) < s.n;
}

pt_str pt_str_sub(pt_str s, size_t from, size_t to) {
    if (to > s.n)
        to = s.n;
    if (from >= to)
        return (pt_str){0};
    return (pt_str){s.p + from, to - from};
}

static bool blank(char c) {
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

pt_str pt_str_trim(pt_str s) {
    size_t from = 0;
    size_t to = s.n;
    while (from < to && blank(s.p[from]))
        from++;
    while (to > from && blank(s.p[to - 1]))
        to--;
    return pt_str_sub(s, from, to);
}

bool pt_str_split(pt_str *rest, char sep, pt_str *ret) {
    if (!rest->p)
        return false;
    size_t at = pt_str_find(*rest, sep);
    *ret = (pt_str){rest->p, at};
    *rest = at < rest->n ? (pt_str){rest->p + at + 1, rest->n - at - 1} : (pt_str){0};
    return true;
}

bool pt_str_word(pt_str *rest, pt_str *ret) {
    pt_str s = pt_str_trim(*rest);
    size_t n = 0;
    while (n < s.n && !blank(s.p[n]))
        n++;
    if (n == 0)
        return false;
    *ret = pt_str_sub(s, 0, n);
    *rest = pt_str_sub(s, n, s.n);
    return true;
}

bool pt_str_in_list(pt_str word, pt_str list, char sep) {
    pt_str piece;
    while (pt_str_split(&list, sep, &piece))
        if (pt_str_eq(piece, word))
            return true;
    return false;
}

static int digit(char c) {
    if (c >= '0' && c <= '9')
        return c - '0';
    c = lower(c);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : 99;
}

bool pt_str_int(pt_str s, int base, int64_t *ret) {
    bool minus = s.n > 0 && s.p[0] == '-';
    size_t i = minus;
    if (i == s.n)
        return false;
    int64_t sum = 0;
    for (; i < s.n; i++) {
        int d = digit(s.p[i]);
        if (d >= base || __builtin_mul_overflow(sum, base, &sum) ||
            __builtin_add_overflow(sum, minus ? -d : d, &sum))
            return false;
    }
    *ret = sum;
    return true;
}

// Length of the well-formed sequence at p (RFC 3629, section 4), or 0.
static size_t utf8_at(const unsigned char *p, size_t n) {
    unsigned char c = p[0];
    if (c < 0x80)
        return 1;
    size_t len = c >= 0xc2 && c < 0xe0   ? 2
                 : c >= 0xe0 && c < 0xf0 ? 3
                 : c >= 0xf0 && c < 0xf5 ? 4
                                         : 0;
    if (len == 0 || len > n)
        return 0;
    for (size_t i = 1; i < len; i++)
        if ((p[i] & 0xc0) != 0x80)
            return 0;
    bool bad = (c == 0xe0 && p[1] < 0xa0) || (c == 0xed && p[1] > 0x9f) ||
               (c == 0xf0 && p[1] < 0x90) || (c == 0xf4 && p[1] > 0x8f);
    return bad ? 0 : len;
}

bool pt_str_utf8(pt_str s, size_t *ret_bad) {
    const unsigned char *p = (const unsigned char *)s.p;
    size_t i = 0;
    while (i < s.n) {
        uint64_t eight;
        if (s.n - i >= sizeof eight) { // most text is ASCII: eight bytes a step
            memcpy(&eight, p + i, sizeof eight);
            if ((eight & UINT64_C(0x8080808080808080)) == 0) {
                i += sizeof eight;
                continue;
            }
        }
        size_t len = utf8_at(p + i, s.n - i);
        if (len == 0) {
            if (ret_bad)
                *ret_bad = i;
            return false;
        }
        i += len;
    }
    return true;
}
