#include "judge/policy/fn/pem.h"

#include <string.h>

static int sextet(char c, bool url) {
    if (c >= 'A' && c <= 'Z')
        return c - 'A';
    if (c >= 'a' && c <= 'z')
        return c - 'a' + 26;
    if (c >= '0' && c <= '9')
        return c - '0' + 52;
    return c == (url ? '-' : '+') ? 62 : c == (url ? '_' : '/') ? 63 : -1;
}

static void skip_breaks(pt_str s, size_t *at) {
    while (*at < s.n && (s.p[*at] == '\n' || s.p[*at] == '\r'))
        ++*at;
}

// The padding that begins with the '=' before *at, behind `have` letters of a group.
static bool padding(pt_str s, size_t *at, int have, size_t *ret_bad) {
    *ret_bad = *at - 1;
    if (have < 2)
        return false;
    if (have == 2) {
        skip_breaks(s, at);
        if (*at == s.n) {
            *ret_bad = s.n;
            return false;
        }
        *ret_bad = *at - 1;
        if (s.p[(*at)++] != '=')
            return false;
    }
    skip_breaks(s, at);
    *ret_bad = *at;
    return *at == s.n;
}

bool pt_go_base64(pt_arena *a, pt_str s, bool url, bool padded, pt_str *ret, size_t *ret_bad) {
    uint8_t *out = pt_arena_take(a, s.n / 4 * 3 + 4);
    size_t n = 0;
    size_t at = 0;
    uint32_t bits = 0;
    int have = 0;
    *ret_bad = 0;
    if (!out)
        return false;
    while (at < s.n) {
        char c = s.p[at++];
        int v = sextet(c, url);
        if (v < 0 && (c == '\n' || c == '\r'))
            continue;
        if (v < 0) {
            *ret_bad = at - 1;
            if (c != '=' || !padded || !padding(s, &at, have, ret_bad))
                return false;
            break;
        }
        bits = bits << 6 | (uint32_t)v;
        if (++have == 4) {
            out[n++] = (uint8_t)(bits >> 16);
            out[n++] = (uint8_t)(bits >> 8);
            out[n++] = (uint8_t)bits;
            have = 0;
        } else if (at == s.n && (padded || have == 1)) {
            *ret_bad = at - (size_t)have;
            return false;
        }
    }
    if (have >= 2)
        out[n++] = (uint8_t)(bits >> (6 * have - 8));
    if (have == 3)
        out[n++] = (uint8_t)(bits >> 2);
    *ret = (pt_str){(const char *)out, n};
    return true;
}

bool pt_base64url(pt_call *c, const char *before, pt_str s, pt_str *ret) {
    size_t bad;
    pt_str whole = s;
    if (!pt_str_ends(s, PT_STR("="))) {
        if (s.n % 4 == 1) {
            pt_call_fault(c, PT_FAULT_BUILTIN, "%sillegal base64url string: %.*s", before,
                          PT_PRI(s));
            return false;
        }
        whole = pt_arena_printf(c->arena, "%.*s%s", PT_PRI(s),
                                s.n % 4 == 2   ? "=="
                                : s.n % 4 == 3 ? "="
                                               : "");
    }
    if (pt_go_base64(c->arena, whole, true, true, ret, &bad))
        return true;
    pt_call_fault(c, PT_FAULT_BUILTIN, "%sillegal base64 data at input byte %zu", before, bad);
    return false;
}

bool pt_base64std(pt_call *c, pt_str s, pt_str *ret) {
    size_t bad;
    if (pt_go_base64(c->arena, s, false, true, ret, &bad))
        return true;
    pt_call_fault(c, PT_FAULT_BUILTIN, "illegal base64 data at input byte %zu", bad);
    return false;
}

void pt_base64url_put(pt_buf *b, pt_str s) {
    static const char letters[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    uint32_t bits = 0;
    int have = 0;
    for (size_t i = 0; i < s.n; i++) {
        bits = (bits & 0xffff) << 8 | (uint8_t)s.p[i];
        for (have += 8; have >= 6; have -= 6)
            pt_buf_putc(b, letters[bits >> (have - 6) & 63]);
    }
    if (have)
        pt_buf_putc(b, letters[bits << (6 - have) & 63]);
}

// -- PEM ------------------------------------------------------------------------------------------

// The line at the start of *s, without its end and trailing blanks; *s moves behind it.
static pt_str line_of(pt_str *s) {
    size_t end = pt_str_find(*s, '\n');
    pt_str line = pt_str_sub(*s, 0, end);
    while (line.n && strchr(" \t\r", line.p[line.n - 1]))
        line.n--;
    *s = pt_str_sub(*s, end < s->n ? end + 1 : end, s->n);
    return line;
}

// Where "-----BEGIN" stands at the start of a line; s.n if nowhere.
static size_t begin_of(pt_str s) {
    if (pt_str_starts(s, PT_STR("-----BEGIN ")))
        return 0;
    size_t at = pt_str_find_str(s, PT_STR("\n-----BEGIN "));
    return at < s.n ? at + 1 : s.n;
}

// The block whose "-----BEGIN TYPE-----" line starts *s. False: it is none.
static bool block(pt_arena *a, pt_str *s, pt_pem *ret) {
    pt_str rest = *s;
    pt_str first = line_of(&rest);
    if (!pt_str_ends(first, PT_STR("-----")) || first.n < 16)
        return false;
    pt_str type = pt_str_sub(first, 11, first.n - 5);
    for (;;) { // "Key: value" lines
        pt_str behind = rest;
        pt_str line = line_of(&behind);
        if (!rest.n)
            return false;
        if (pt_str_find(line, ':') == line.n)
            break;
        rest = behind;
    }
    size_t end =
        pt_str_starts(rest, PT_STR("-----END ")) ? 0 : pt_str_find_str(rest, PT_STR("\n-----END "));
    if (end == rest.n)
        return false;
    pt_str tail = pt_str_sub(rest, rest.p[end] == '\n' ? end + 10 : end + 9, rest.n);
    pt_str last = line_of(&tail);
    if (last.n != type.n + 5 || !pt_str_starts(last, type) || !pt_str_ends(last, PT_STR("-----")))
        return false;
    char *body = pt_arena_take(a, end + 1);
    size_t n = 0;
    size_t bad;
    for (size_t i = 0; body && i < end; i++)
        if (!strchr(" \t\r\n", rest.p[i]) || !rest.p[i])
            body[n++] = rest.p[i];
    if (!body || !pt_go_base64(a, (pt_str){body, n}, false, true, &ret->der, &bad))
        return false;
    ret->type = type;
    *s = tail;
    return true;
}

bool pt_pem_next(pt_arena *a, pt_str *rest, pt_pem *ret) {
    pt_str s = *rest;
    for (;;) {
        size_t at = begin_of(s);
        if (at == s.n)
            return false;
        s = pt_str_sub(s, at, s.n);
        if (block(a, &s, ret)) {
            *rest = s;
            return true;
        }
        s = pt_str_sub(s, 10, s.n);
    }
}
