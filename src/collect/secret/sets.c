// Sets of bytes as patterns write them, and how often they come.
#include "collect/secret/sets.h"

#include <string.h>

bool pt_secret_more(const pt_secret_cursor *c) {
    return c->at < c->s.n && !c->lost;
}

bool pt_secret_is_at(const pt_secret_cursor *c, char ch) {
    return c->at < c->s.n && c->s.p[c->at] == ch;
}

static void add(pt_secret_set *x, unsigned from, unsigned to, bool fold) {
    for (unsigned c = from; c <= to && c < 256; c++) {
        bool letter = (c | 0x20u) >= 'a' && (c | 0x20u) <= 'z';
        x->has[c] = true;
        if (fold && letter)
            x->has[c ^ 0x20u] = true;
        if (fold && ((c | 0x20u) == 'k' || (c | 0x20u) == 's'))
            x->wide = true; // the signs of Kelvin and the long s are them, too
    }
}

static void negate(pt_secret_set *x) {
    for (unsigned c = 0; c < 128; c++)
        x->has[c] = !x->has[c];
    x->wide = true;
}

// Every byte of a character that is not ASCII may be one of a wide set's.
static void end_set(pt_secret_set *x) {
    for (unsigned c = 128; c < 256; c++)
        x->has[c] = x->wide;
}

static void add_perl(pt_secret_set *x, char c) {
    static const char *const blanks = "\t\n\v\f\r ";
    pt_secret_set y = {.wide = false};
    char lower = (char)(c | 0x20);
    if (lower == 'd' || lower == 'w')
        add(&y, '0', '9', false);
    if (lower == 'w') {
        add(&y, 'a', 'z', false);
        add(&y, 'A', 'Z', false);
        add(&y, '_', '_', false);
    }
    for (const char *b = blanks; lower == 's' && *b; b++)
        add(&y, (unsigned char)*b, (unsigned char)*b, false);
    if (lower != c)
        negate(&y);
    for (unsigned i = 0; i < 128; i++)
        x->has[i] = x->has[i] || y.has[i];
    x->wide = x->wide || y.wide;
}

static int digit_of(char c) {
    return c >= '0' && c <= '9'                     ? c - '0'
           : (c | 0x20) >= 'a' && (c | 0x20) <= 'f' ? (c | 0x20) - 'a' + 10
                                                    : -1;
}

// Behind a backslash: a character (its code), or -1: it is in `x`, or is not understood.
static int read_escape(pt_secret_cursor *c, pt_secret_set *x) {
    static const char names[] = "tnrfva";
    static const char means[] = "\t\n\r\f\v\a";
    char ch = '\0';
    if (c->at < c->s.n)
        ch = c->s.p[c->at++];
    const char *named = ch ? strchr(names, ch) : NULL;
    if (named)
        return means[named - names];
    if (ch == 'x' && c->at + 1 < c->s.n) {
        int high = digit_of(c->s.p[c->at]);
        int low = digit_of(c->s.p[c->at + 1]);
        c->at += 2;
        c->lost = c->lost || high < 0 || high > 7 || low < 0;
        return high * 16 + low;
    }
    if (ch && strchr("dwsDWS", ch)) {
        add_perl(x, ch);
        return -1;
    }
    bool sign = ch && !((ch | 0x20) >= 'a' && (ch | 0x20) <= 'z') && !(ch >= '0' && ch <= '9');
    c->lost = c->lost || !sign;
    return sign ? ch : -1;
}

// One end of a range in a class; -1: it was a set.
static int read_end(pt_secret_cursor *c, pt_secret_set *x) {
    if (c->s.p[c->at] != '\\')
        return (unsigned char)c->s.p[c->at++];
    c->at++;
    return read_escape(c, x);
}

static pt_secret_set read_class(pt_secret_cursor *c, bool fold) {
    pt_secret_set x = {.wide = false};
    bool no = pt_secret_is_at(c, '^');
    c->at += no;
    for (bool first = true; pt_secret_more(c) && (first || !pt_secret_is_at(c, ']'));
         first = false) {
        c->lost = c->lost || pt_secret_is_at(c, '['); // "[:alpha:]" among others
        int from = read_end(c, &x);
        int to = from;
        if (from >= 0 && pt_secret_is_at(c, '-') && c->at + 1 < c->s.n &&
            c->s.p[c->at + 1] != ']') {
            c->at++;
            to = read_end(c, &x);
            c->lost = c->lost || to < from;
        }
        if (from >= 0 && !c->lost)
            add(&x, (unsigned)from, (unsigned)to, fold);
    }
    c->lost = c->lost || !pt_secret_is_at(c, ']');
    c->at++;
    if (no)
        negate(&x);
    return x;
}

pt_secret_set pt_secret_read_set(pt_secret_cursor *c, bool fold) {
    pt_secret_set x = {.wide = false};
    char ch = c->s.p[c->at++];
    int one = (unsigned char)ch;
    if (ch == '[')
        x = read_class(c, fold);
    else if (ch == '.')
        negate(&x);
    else {
        one = ch == '\\' ? read_escape(c, &x) : one;
        if (one >= 0 && !c->lost)
            add(&x, (unsigned)one, (unsigned)one, fold);
    }
    end_set(&x);
    return x;
}

static unsigned read_number(pt_secret_cursor *c, bool *ret) {
    unsigned n = 0;
    *ret = false;
    for (; c->at < c->s.n && c->s.p[c->at] >= '0' && c->s.p[c->at] <= '9' && n < 100000; c->at++) {
        n = n * 10 + (unsigned)(c->s.p[c->at] - '0');
        *ret = true;
    }
    return n;
}

// How often what stands before it; nothing said: once. True: it was said.
bool pt_secret_read_times(pt_secret_cursor *c, unsigned *least, unsigned *most) {
    char ch = '\0';
    if (c->at < c->s.n)
        ch = c->s.p[c->at];
    bool is = true;
    *least = *most = 1;
    if (!ch || !strchr("?*+{", ch))
        return false;
    c->at++;
    if (ch != '{') {
        *least = ch == '+';
        *most = ch == '?' ? 1 : UINT32_MAX;
    } else {
        *least = *most = read_number(c, &is);
        if (is && pt_secret_is_at(c, ',')) {
            c->at++;
            *most = read_number(c, &is);
            *most = is ? *most : UINT32_MAX;
            is = true;
        }
        c->lost = c->lost || !is || !pt_secret_is_at(c, '}'); // "{" for itself
        c->at++;
    }
    c->at += pt_secret_is_at(c, '?'); // as few as possible
    return true;
}
