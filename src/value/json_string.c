// Strings of RFC 8259, section 7, and the place of an error.
#include <limits.h>

#include "value/json_impl.h"

static const char short_escapes[UCHAR_MAX + 1] = {
    ['"'] = '"',  ['\\'] = '\\', ['/'] = '/',  ['b'] = '\b',
    ['f'] = '\f', ['n'] = '\n',  ['r'] = '\r', ['t'] = '\t',
};

// One escape behind the backslash at p: its length with the backslash, or 0.
static size_t escape_length(const char *p, const char *end) {
    if (end - p < 2)
        return 0;
    if (p[1] != 'u')
        return short_escapes[(unsigned char)p[1]] ? 2 : 0;
    if (end - p < 6)
        return 0;
    for (int i = 2; i < 6; i++) {
        char low = (char)(p[i] | 0x20);
        if (!(p[i] >= '0' && p[i] <= '9') && !(low >= 'a' && low <= 'f'))
            return 0;
    }
    return 6;
}

static const char *bad_escape(const char *p, const char *end) {
    return end - p >= 2 && p[1] == 'u' ? "four hexadecimal digits must follow \\u"
           : end - p >= 2              ? "an escape that JSON does not know"
                                       : "a string without its closing quote";
}

static const char *bad_control(char c) {
    return c == '\n' || c == '\r' ? "a line break inside a string"
           : c == '\t'            ? "a tab inside a string must be written \\t"
                                  : "a control character inside a string must be escaped";
}

// Bytes above 0x7f, as many as stand together. *ret is behind them, or where they are no UTF-8.
static bool utf8_run(const char *p, const char *end, const char **ret) {
    const char *to = p;
    while (to < end && (unsigned char)*to >= 0x80)
        to++;
    size_t sound;
    bool all = pt_str_utf8((pt_str){p, (size_t)(to - p)}, &sound);
    *ret = all ? to : p + sound;
    return all;
}

pt_json_raw pt_json_raw_string(const char *p, const char *end) {
    const char *from = p;
    const char *bad = NULL;
    bool escaped = false;
    while (!bad) {
        p = pt_json_plain(p, end);
        if (p == end) {
            bad = "a string without its closing quote";
        } else if (*p == '"') {
            break;
        } else if (*p == '\\') {
            size_t n = escape_length(p, end);
            bad = n == 0 ? bad_escape(p, end) : NULL;
            escaped = true;
            p += n;
        } else if ((unsigned char)*p >= 0x80) {
            bool sound = utf8_run(p, end, &p);
            bad = sound ? NULL : "bytes that are not UTF-8";
        } else {
            bad = bad_control(*p);
        }
    }
    return (pt_json_raw){.from = from, .to = p, .end = end, .escaped = escaped, .bad = bad};
}

static size_t least(size_t a, size_t b) {
    return a < b ? a : b;
}

static uint32_t hex4(const char *p) {
    uint32_t u = 0;
    for (int i = 0; i < 4; i++) {
        uint32_t c = (unsigned char)p[i];
        u = u << 4 | (c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10);
    }
    return u;
}

static size_t put_utf8(uint32_t u, char *out) {
    if (u < 0x80) {
        out[0] = (char)u;
        return 1;
    }
    size_t n = u < 0x800 ? 2 : u < 0x10000 ? 3 : 4;
    for (size_t i = n - 1; i > 0; i--) {
        out[i] = (char)(0x80 | (u & 0x3f));
        u >>= 6;
    }
    static const unsigned char lead[] = {0, 0, 0xc0, 0xe0, 0xf0};
    out[0] = (char)(lead[n] | u);
    return n;
}

// The code point of the \u at p, a pair of surrogates taken together; *p moves behind it.
static uint32_t unicode(const char **p, const char *to) {
    uint32_t u = hex4(*p + 2);
    *p += 6;
    if (u < 0xd800 || u > 0xdfff)
        return u;
    if (u < 0xdc00 && to - *p >= 6 && (*p)[0] == '\\' && (*p)[1] == 'u') {
        uint32_t low = hex4(*p + 2);
        if (low >= 0xdc00 && low <= 0xdfff) {
            *p += 6;
            return 0x10000 + ((u - 0xd800) << 10) + (low - 0xdc00);
        }
    }
    return 0xfffd;
}

// Copy what stands before the next escape or the end of the string, and maybe some bytes more.
// Gives how many bytes count. A call of memchr and one of memcpy cost twice as much.
static size_t copy_plain(const pt_json_raw *raw, const char *p, char *out) {
    size_t n = (size_t)(raw->to - p);
    size_t i = 0;
#if defined(__SSE2__)
    for (; i < n && (size_t)(raw->end - p) - i >= PT_JSON_SCAN; i += PT_JSON_SCAN) {
        unsigned found = pt_json_copy(out + i, p + i, '\\');
        if (found)
            return least(n, i + (unsigned)__builtin_ctz(found));
    }
#endif
    for (; i < n && p[i] != '\\'; i++)
        out[i] = p[i];
    return least(n, i);
}

// Write the bytes of a sound raw string to `out`, which has room for as many as it takes with its
// escapes, and for PT_JSON_SCAN more. Gives how many were written.
static size_t unescape(const pt_json_raw *raw, char *out) {
    const char *p = raw->from;
    char *at = out;
    for (;;) {
        size_t n = copy_plain(raw, p, at);
        at += n;
        p += n;
        if (p == raw->to)
            break;
        if (p[1] == 'u') {
            at += put_utf8(unicode(&p, raw->to), at);
        } else {
            *at++ = short_escapes[(unsigned char)p[1]];
            p += 2;
        }
    }
    return (size_t)(at - out);
}

pt_str pt_json_cook(const pt_json_raw *raw, pt_arena *a) {
    size_t n = (size_t)(raw->to - raw->from);
    if (!raw->escaped)
        return (pt_str){raw->from, n};
    char *out = pt_arena_take(a, n + PT_JSON_SCAN);
    return (pt_str){out, out ? unescape(raw, out) : 0};
}

void pt_line_of(pt_str bytes, size_t offset, uint32_t *ret_line, uint32_t *ret_column) {
    pt_str before = pt_str_sub(bytes, 0, offset);
    uint32_t line = 1;
    uint32_t column = 1;
    pt_str rest = before;
    for (size_t at = pt_str_find(rest, '\n'); at < rest.n; at = pt_str_find(rest, '\n')) {
        line++;
        rest = pt_str_sub(rest, at + 1, rest.n);
    }
    for (size_t i = 0; i < rest.n; i++)
        column += ((unsigned char)rest.p[i] & 0xc0) != 0x80;
    *ret_line = line;
    *ret_column = column;
}

pt_code pt_json_fault(pt_str bytes, size_t offset, pt_code code, const char *what, pt_err *e) {
    pt_err_set(e, code, "not valid JSON: %s", what);
    if (e) {
        e->offset = offset;
        pt_line_of(bytes, offset, &e->line, &e->column);
    }
    return code;
}
