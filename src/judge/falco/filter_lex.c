// The words of conditions. Blanks are space, tab, backspace, line feed and carriage return.
#include <stdio.h>
#include <string.h>

#include "judge/falco/filter_impl.h"

pt_code pt_filter_fail(pt_filter_parser *p, const char *fmt, ...) {
    va_list ap;
    va_start(ap, fmt);
    pt_err_fill(p->e, PT_E_FORMAT, 0, fmt, ap);
    va_end(ap);
    if (p->e)
        p->e->offset = p->at;
    return PT_E_FORMAT;
}

pt_code pt_filter_deeper(pt_filter_parser *p) {
    if (p->depth >= PT_FILTER_DEPTH_MAX) {
        pt_err_set(p->e, PT_E_LIMIT, "exceeded max depth limit of %d", PT_FILTER_DEPTH_MAX);
        if (p->e)
            p->e->offset = p->at;
        return PT_E_LIMIT;
    }
    p->depth++;
    return PT_OK;
}

// What ends a bare text is more than what separates words.
static bool is_space(char c) {
    return c == ' ' || (c >= '\t' && c <= '\r');
}

static bool is_letter(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

static bool is_alnum(char c) {
    return is_letter(c) || is_digit(c);
}

static bool is_blank(char c) {
    return c == ' ' || c == '\t' || c == '\b' || c == '\r' || c == '\n';
}

bool pt_filter_bare_byte(char c) {
    return c != '\0' && !is_space(c) && !strchr("()\"'=,", c);
}

bool pt_filter_argument_byte(char c) {
    return c != '\0' && !is_space(c) && !strchr("[]\"'", c);
}

static char peek(const pt_filter_parser *p, size_t at) {
    if (at >= p->in.n)
        return '\0';
    return p->in.p[at];
}

static pt_str take(pt_filter_parser *p, size_t end) {
    p->last = pt_str_sub(p->in, p->at, end);
    p->at = end;
    return p->last;
}

bool pt_filter_blank(pt_filter_parser *p) {
    size_t from = p->at;
    while (p->at < p->in.n && is_blank(p->in.p[p->at]))
        p->at++;
    return p->at > from;
}

bool pt_filter_is(const pt_filter_parser *p, const char *word) {
    return pt_str_starts(pt_str_sub(p->in, p->at, p->in.n), pt_str_of(word));
}

bool pt_filter_take(pt_filter_parser *p, const char *word) {
    if (!pt_filter_is(p, word))
        return false;
    take(p, p->at + strlen(word));
    return true;
}

bool pt_filter_word_then_blank(pt_filter_parser *p, const char *word) {
    if (!pt_filter_is(p, word) || !is_blank(peek(p, p->at + strlen(word))))
        return false;
    take(p, p->at + strlen(word));
    return pt_filter_blank(p);
}

// Where a name that begins at `at` ends; `at` if none begins there.
static size_t name_end(const pt_filter_parser *p, size_t at) {
    if (!is_letter(peek(p, at)))
        return at;
    while (is_alnum(peek(p, at)) || peek(p, at) == '_')
        at++;
    return at;
}

bool pt_filter_identifier(pt_filter_parser *p, pt_str *ret) {
    size_t end = name_end(p, p->at);
    if (end == p->at)
        return false;
    *ret = take(p, end);
    return true;
}

bool pt_filter_field_name(pt_filter_parser *p, pt_str *ret) {
    size_t end = name_end(p, p->at);
    size_t parts = end > p->at;
    while (parts && peek(p, end) == '.' && name_end(p, end + 1) > end + 1) {
        end = name_end(p, end + 1);
        parts++;
    }
    if (parts < 2)
        return false;
    *ret = take(p, end);
    return true;
}

static size_t digits_end(const pt_filter_parser *p, size_t at) {
    while (is_digit(peek(p, at)))
        at++;
    return at;
}

// 0x1f, -1, 1.5, 1.5e+10. An exponent has a sign.
bool pt_filter_number(pt_filter_parser *p, pt_str *ret) {
    size_t at = p->at;
    if (peek(p, at) == '0' && (peek(p, at + 1) == 'x' || peek(p, at + 1) == 'X') &&
        is_alnum(peek(p, at + 2))) {
        for (at += 2; is_alnum(peek(p, at));)
            at++;
        *ret = take(p, at);
        return true;
    }
    if (peek(p, at) == '+' || peek(p, at) == '-')
        at++;
    size_t end = digits_end(p, at);
    if (end == at)
        return false;
    if (peek(p, end) == '.')
        end = digits_end(p, end + 1);
    bool exponent = peek(p, end) == 'e' || peek(p, end) == 'E';
    bool sign = peek(p, end + 1) == '+' || peek(p, end + 1) == '-';
    if (exponent && sign && is_digit(peek(p, end + 2)))
        end = digits_end(p, end + 2);
    *ret = take(p, end);
    return true;
}

static bool bytes(pt_filter_parser *p, bool (*of)(char c), pt_str *ret) {
    size_t end = p->at;
    while (end < p->in.n && of(p->in.p[end]))
        end++;
    if (end == p->at)
        return false;
    *ret = take(p, end);
    return true;
}

bool pt_filter_bare_argument(pt_filter_parser *p, pt_str *ret) {
    return bytes(p, pt_filter_argument_byte, ret);
}

bool pt_filter_bare(pt_filter_parser *p, pt_str *ret) {
    return bytes(p, pt_filter_bare_byte, ret);
}

static int hex_digit(char c) {
    if (is_digit(c))
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

// The byte of the escape at `at` (behind its backslash), *ret_n bytes long; -1: there is none.
static int escape(const pt_filter_parser *p, size_t at, char quote, size_t *ret_n) {
    // A backslash and a blank is a backslash: rules in the field rely on it.
    static const char from[] = "bfnrt\\/ ";
    static const char to[] = "\b\f\n\r\t\\/\\";
    char c = peek(p, at);
    const char *row = c ? strchr(from, c) : NULL;
    *ret_n = 1;
    if (row)
        return to[row - from];
    if (c == quote)
        return c;
    if (c != 'x' || hex_digit(peek(p, at + 1)) < 0 || hex_digit(peek(p, at + 2)) < 0)
        return -1;
    *ret_n = 3;
    int byte = hex_digit(peek(p, at + 1)) * 16 + hex_digit(peek(p, at + 2));
    return byte ? byte : -1;
}

static pt_code bad_escape(pt_filter_parser *p, size_t at, char quote) {
    char c = peek(p, at);
    p->at = at - 1;
    if (c == '\'' || c == '"')
        return pt_filter_fail(p, "invalid \\%c escape in %c-quoted string", c, quote);
    if (c == 'x')
        return pt_filter_fail(p, "invalid \\x escape: expected two hexadecimal digits that are "
                                 "not 00");
    return pt_filter_fail(p, "unsupported string escape sequence: \\%c", c);
}

static pt_code unescape(pt_filter_parser *p, size_t from, size_t end, pt_str *ret) {
    char *out = pt_arena_take(p->a, end - from);
    if (!out)
        return pt_err_set(p->e, PT_E_NOMEM, "out of memory");
    size_t n = 0;
    char quote = p->in.p[from - 1];
    for (size_t i = from; i < end;) {
        char c = p->in.p[i++];
        if (c == '\\') {
            size_t used = 0;
            int byte = i < end ? escape(p, i, quote, &used) : -1;
            if (byte < 0 || i + used > end)
                return bad_escape(p, i, quote);
            c = (char)(unsigned char)byte;
            i += used;
        }
        out[n++] = c;
    }
    *ret = (pt_str){out, n};
    return PT_OK;
}

// It ends at the first quote of its kind that no backslash precedes: "a\\" does not end there,
// although its backslash is escaped.
pt_code pt_filter_quoted(pt_filter_parser *p, pt_str *ret, bool *ret_is) {
    char quote = peek(p, p->at);
    *ret_is = false;
    if (quote != '"' && quote != '\'')
        return PT_OK;
    size_t from = p->at + 1;
    size_t end = from;
    bool escapes = false;
    for (; end < p->in.n && p->in.p[end] != '\0'; end++) {
        bool escaped = end > from && p->in.p[end - 1] == '\\';
        if (p->in.p[end] == quote && !escaped)
            break;
        escapes = escapes || p->in.p[end] == '\\';
    }
    if (peek(p, end) != quote)
        return PT_OK;
    pt_str text = pt_str_sub(p->in, from, end);
    pt_code code = escapes ? unescape(p, from, end, &text) : PT_OK;
    if (code)
        return code;
    take(p, end + 1);
    p->last = text;
    *ret = text;
    *ret_is = true;
    return PT_OK;
}
