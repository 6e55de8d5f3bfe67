// Strings of Go's source text.
#include <string.h>

#include "base/buf.h"
#include "judge/policy/fn/template_impl.h"
#include "judge/policy/fn/utf8.h"

// n digits of `base` behind s[*at].
static bool digits(pt_str s, size_t *at, size_t n, int base, int64_t *ret) {
    pt_str text = pt_str_sub(s, *at, *at + n);
    *at += n;
    return text.n == n && text.p[0] != '-' && pt_str_int(text, base, ret);
}

// s[*at] is behind the backslash.
static bool escape(pt_buf *b, pt_str s, size_t *at) {
    static const char from[] = "abfnrtv\\'\"";
    static const char to[] = "\a\b\f\n\r\t\v\\'\"";
    int64_t value = 0;
    char c = s.p[*at];
    const char *found = strchr(from, c);
    if (c && found) {
        pt_buf_putc(b, to[found - from]);
        ++*at;
        return true;
    }
    bool rune = c == 'u' || c == 'U';
    bool octal = c >= '0' && c <= '7';
    *at += octal ? 0 : 1;
    if (!rune && c != 'x' && !octal)
        return false;
    size_t n = c == 'u' ? 4 : c == 'U' ? 8 : c == 'x' ? 2 : 3;
    if (!digits(s, at, n, octal ? 8 : 16, &value) || value > (rune ? 0x10ffff : 0xff))
        return false;
    if (rune)
        pt_utf8_put(b, (uint32_t)value);
    else
        pt_buf_putc(b, (char)(unsigned char)value);
    return true;
}

bool pt_tpl_unquote(pt_arena *a, pt_str s, pt_str *ret) {
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(s.n + 4);
    for (size_t at = 0; at < s.n;) {
        char c = s.p[at++];
        if (c != '\\')
            pt_buf_putc(&b, c);
        else if (at == s.n || !escape(&b, s, &at))
            return false;
    }
    *ret = pt_arena_str(a, pt_buf_str(&b));
    return ret->p && !b.full;
}
