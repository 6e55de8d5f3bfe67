#include "judge/vuln/index/plain.h"

enum {
    DIGITS_MAX = 9, // of one number: it fits into 32 bits
};

static bool is_digit(pt_str s, size_t i) {
    return i < s.n && s.p[i] >= '0' && s.p[i] <= '9';
}

// The number at *at, which is then behind it and its dot. False: there is none, or one that begins
// with a zero, which apk compares as text.
static bool take(pt_str s, size_t *at, uint32_t *ret) {
    size_t from = *at;
    size_t i = from;
    uint32_t v = 0;
    for (; is_digit(s, i) && i - from < DIGITS_MAX; i++)
        v = v * 10 + (uint32_t)(s.p[i] - '0');
    bool dot = i + 1 < s.n && s.p[i] == '.';
    *at = i + dot;
    *ret = v;
    return i > from && (s.p[from] != '0' || i == from + 1) && (dot || i == s.n);
}

int pt_ix_version_order(pt_version_scheme scheme, pt_str a, pt_str b) {
    size_t i = 0;
    size_t k = 0;
    int order = 0;
    do {
        uint32_t x;
        uint32_t y;
        if (!take(a, &i, &x) || !take(b, &k, &y))
            return pt_version_order(scheme, a, b);
        if (!order)
            order = (x > y) - (x < y);
    } while (i < a.n && k < b.n);
    return i == a.n && k == b.n ? order : pt_version_order(scheme, a, b);
}
