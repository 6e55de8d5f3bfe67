#include "judge/policy/fn/ip.h"

#include <stdio.h>
#include <string.h>

static bool read_v4(pt_str s, uint8_t b[4]) {
    size_t at = 0;
    for (int i = 0; i < 4; i++) {
        size_t from = at;
        unsigned v = 0;
        while (at < s.n && at - from < 4 && s.p[at] >= '0' && s.p[at] <= '9')
            v = v * 10 + (unsigned)(s.p[at++] - '0');
        if (at == from || v > 255 || (at - from > 1 && s.p[from] == '0'))
            return false;
        b[i] = (uint8_t)v;
        if (i == 3)
            break;
        if (at >= s.n || s.p[at] != '.')
            return false;
        at++;
    }
    return at == s.n;
}

static int hex_of(char c) {
    return c >= '0' && c <= '9'   ? c - '0'
           : c >= 'a' && c <= 'f' ? c - 'a' + 10
           : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                  : -1;
}

// At most five hexadecimal digits from s[*at] on: one more than a group has.
static unsigned read_hex(pt_str s, size_t *at) {
    unsigned v = 0;
    for (size_t i = 0; i < 5 && *at < s.n && hex_of(s.p[*at]) >= 0; i++, ++*at)
        v = v * 16 + (unsigned)hex_of(s.p[*at]);
    return v;
}

// Groups of hexadecimal digits from s[*at] on into b; *ret_gap is where "::" stood, or 16.
static bool read_groups(pt_str s, uint8_t b[16], size_t *ret_n, size_t *ret_gap) {
    size_t at = 0;
    size_t n = 0;
    size_t gap = 16;
    if (pt_str_starts(s, PT_STR("::"))) {
        gap = 0;
        at = 2;
    }
    while (at < s.n && n < 16) {
        size_t from = at;
        unsigned v = read_hex(s, &at);
        if (at < s.n && s.p[at] == '.') { // IPv4 at the end
            if (n > 12 || (gap == 16 && n != 12) || !read_v4(pt_str_sub(s, from, s.n), b + n))
                return false;
            n += 4;
            at = s.n;
            break;
        }
        if (at == from || at - from > 4)
            return false;
        b[n++] = (uint8_t)(v >> 8);
        b[n++] = (uint8_t)v;
        if (at == s.n)
            break;
        if (s.p[at] != ':' || at + 1 == s.n)
            return false;
        at++;
        if (s.p[at] == ':') {
            if (gap != 16)
                return false;
            gap = n;
            at++;
        }
    }
    *ret_n = n;
    *ret_gap = gap;
    return at == s.n;
}

static bool read_v6(pt_str s, uint8_t b[16]) {
    uint8_t raw[16] = {0};
    size_t n;
    size_t gap;
    if (!read_groups(s, raw, &n, &gap) || (gap == 16 ? n != 16 : n > 14))
        return false;
    memset(b, 0, 16);
    size_t head = gap < n ? gap : n;
    memcpy(b, raw, head);
    memcpy(b + 16 - (n - head), raw + head, n - head);
    return true;
}

static const uint8_t mapped[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

// Read as it is written; IPv4 within IPv6 stays 16 bytes.
static bool read_plain(pt_str s, pt_ip *ret) {
    *ret = (pt_ip){.n = pt_str_find(s, ':') == s.n ? 4 : 16};
    return ret->n == 4 ? read_v4(s, ret->b) : read_v6(s, ret->b);
}

static bool unmap(pt_ip *ip) {
    if (ip->n != 16 || memcmp(ip->b, mapped, 12) != 0)
        return false;
    memmove(ip->b, ip->b + 12, 4);
    memset(ip->b + 4, 0, 12);
    ip->n = 4;
    return true;
}

bool pt_ip_read(pt_str s, pt_ip *ret) {
    if (!read_plain(s, ret))
        return false;
    unmap(ret);
    return true;
}

bool pt_ip_read_net(pt_str s, pt_ip_net *ret) {
    size_t slash = pt_str_find(s, '/');
    if (slash == s.n || slash + 1 == s.n || !read_plain(pt_str_sub(s, 0, slash), &ret->ip))
        return false;
    unsigned bits = 0;
    for (size_t i = slash + 1; i < s.n; i++) {
        if (s.p[i] < '0' || s.p[i] > '9' || bits > 128)
            return false;
        bits = bits * 10 + (unsigned)(s.p[i] - '0');
    }
    if (bits > ret->ip.n * 8u)
        return false;
    pt_ip_mask(&ret->ip, bits, 0);
    ret->bits = unmap(&ret->ip) ? (bits < 96 ? 0 : bits - 96) : bits;
    return true;
}

static unsigned group(const uint8_t b[16], int i) {
    const uint8_t *g = b + 2 * (size_t)i;
    return (unsigned)g[0] << 8 | g[1];
}

// The longest run of at least two zero groups; false if there is none.
static bool zero_run(const uint8_t b[16], int *ret_from, int *ret_to) {
    *ret_from = *ret_to = 0;
    for (int i = 0; i < 8; i++) {
        int j = i;
        while (j < 8 && group(b, j) == 0)
            j++;
        if (j - i > *ret_to - *ret_from) {
            *ret_from = i;
            *ret_to = j;
        }
        i = j;
    }
    return *ret_to - *ret_from >= 2;
}

pt_str pt_ip_text(const pt_ip *ip, char room[PT_IP_ROOM]) {
    const uint8_t *b = ip->b;
    int n = 0;
    if (ip->n == 4) {
        n = snprintf(room, PT_IP_ROOM, "%u.%u.%u.%u", b[0], b[1], b[2], b[3]);
        return (pt_str){room, (size_t)n};
    }
    int from = -1;
    int to = -1;
    if (!zero_run(b, &from, &to))
        from = to = -1;
    for (int i = 0; i < 8; i++) {
        size_t left = PT_IP_ROOM - (size_t)n;
        if (i == from) {
            n += snprintf(room + n, left, "::");
            i = to - 1;
            continue;
        }
        const char *sep = i > 0 && i != to ? ":" : "";
        n += snprintf(room + n, left, "%s%x", sep, group(b, i));
    }
    return (pt_str){room, (size_t)n};
}

void pt_ip_mask(pt_ip *ip, unsigned bits, uint8_t fill) {
    for (unsigned i = 0; i < ip->n; i++) {
        unsigned keep = bits > 8 * i ? bits - 8 * i : 0;
        uint8_t m = keep >= 8 ? 0xff : (uint8_t)(0xff00u >> keep);
        ip->b[i] = (uint8_t)((ip->b[i] & m) | (fill & ~m));
    }
}

void pt_ip_step(pt_ip *ip, int by) {
    uint8_t wraps = by > 0 ? 0xff : 0;
    for (int i = ip->n - 1; i >= 0; i--) {
        bool carry = ip->b[i] == wraps;
        ip->b[i] = (uint8_t)(ip->b[i] + (unsigned)by);
        if (!carry)
            return;
    }
}

bool pt_ip_is(const pt_ip *ip, uint8_t every_byte) {
    for (unsigned i = 0; i < ip->n; i++)
        if (ip->b[i] != every_byte)
            return false;
    return true;
}

int pt_ip_cmp(const pt_ip *a, const pt_ip *b) {
    uint8_t x[2][16];
    const pt_ip *in[] = {a, b};
    for (int i = 0; i < 2; i++) {
        memcpy(x[i], mapped, 12);
        memcpy(x[i] + 16 - in[i]->n, in[i]->b, in[i]->n);
    }
    return memcmp(x[0], x[1], 16);
}

bool pt_ip_within(const pt_ip_net *net, const pt_ip *ip) {
    pt_ip a = net->ip;
    pt_ip b = *ip;
    pt_ip_mask(&a, net->bits, 0);
    pt_ip_mask(&b, net->bits, 0);
    return a.n == b.n && memcmp(a.b, b.b, a.n) == 0;
}
