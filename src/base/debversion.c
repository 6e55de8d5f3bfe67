#include "base/debversion.h"

static bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

static bool is_letter(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

// '~' before the end, the end before letters, letters before everything else.
static int rank(pt_str s, size_t i) {
    if (i >= s.n || is_digit(s.p[i]))
        return 0;
    if (s.p[i] == '~')
        return -1;
    return (unsigned char)s.p[i] + (is_letter(s.p[i]) ? 0 : 256);
}

static size_t skip_zeros(pt_str s, size_t i) {
    while (i < s.n && s.p[i] == '0')
        i++;
    return i;
}

static size_t digits_end(pt_str s, size_t i) {
    while (i < s.n && is_digit(s.p[i]))
        i++;
    return i;
}

// Two numbers of any length, leading zeros aside; the cursors move behind them.
static int compare_numbers(pt_str a, size_t *i, pt_str b, size_t *k) {
    size_t from_a = skip_zeros(a, *i);
    size_t from_b = skip_zeros(b, *k);
    *i = digits_end(a, from_a);
    *k = digits_end(b, from_b);
    size_t n = *i - from_a;
    size_t m = *k - from_b;
    if (n != m)
        return n < m ? -1 : 1;
    return pt_str_cmp(pt_str_sub(a, from_a, *i), pt_str_sub(b, from_b, *k));
}

// One part: what are no digits, then a number, and again.
static int compare_parts(pt_str a, pt_str b) {
    size_t i = 0;
    size_t k = 0;
    while (i < a.n || k < b.n) {
        while ((i < a.n && !is_digit(a.p[i])) || (k < b.n && !is_digit(b.p[k]))) {
            int difference = rank(a, i) - rank(b, k);
            if (difference)
                return difference;
            i++;
            k++;
        }
        int order = compare_numbers(a, &i, b, &k);
        if (order)
            return order;
    }
    return 0;
}

// "1:2.3-4": the first colon ends the epoch, the last hyphen begins the revision.
static void split(pt_str s, pt_str *epoch, pt_str *upstream, pt_str *revision) {
    size_t colon = pt_str_find(s, ':');
    *epoch = colon < s.n ? pt_str_sub(s, 0, colon) : (pt_str){0};
    s = pt_str_sub(s, colon < s.n ? colon + 1 : 0, s.n);
    size_t hyphen = pt_str_rfind(s, '-');
    *upstream = pt_str_sub(s, 0, hyphen);
    *revision = pt_str_sub(s, hyphen + 1, s.n);
}

int pt_debversion_cmp(pt_str a, pt_str b) {
    pt_str of_a[3];
    pt_str of_b[3];
    split(a, &of_a[0], &of_a[1], &of_a[2]);
    split(b, &of_b[0], &of_b[1], &of_b[2]);
    for (size_t i = 0; i < PT_COUNT(of_a); i++) {
        int order = compare_parts(of_a[i], of_b[i]);
        if (order)
            return order;
    }
    return 0;
}
