#include "judge/policy/fn/gojson.h"

#include <stdio.h>
#include <string.h>

#include "judge/policy/fn/utf8.h"

enum {
    DEPTH_MAX = 10000, // as Go's
};

typedef struct checker {
    pt_str s;
    size_t at;
    pt_buf *why;
    size_t depth;
    char open[DEPTH_MAX + 1];
} checker;

size_t pt_gojson_blanks(pt_str s, size_t at) {
    while (at < s.n && (s.p[at] == ' ' || s.p[at] == '\t' || s.p[at] == '\r' || s.p[at] == '\n'))
        at++;
    return at;
}

static bool refuse(checker *k, const char *context) {
    if (k->at >= k->s.n) {
        pt_buf_putz(k->why, "unexpected EOF");
        return false;
    }
    unsigned char c = (unsigned char)k->s.p[k->at];
    PT_AUTO(pt_buf_done) pt_buf rune = PT_BUF(8);
    pt_utf8_put(&rune, c);
    pt_buf_putz(k->why, "invalid character ");
    pt_utf8_quote_as(k->why, pt_buf_str(&rune), '\'', false);
    pt_buf_printf(k->why, " %s", context);
    return false;
}

static int peek(const checker *k) {
    return k->at < k->s.n ? (unsigned char)k->s.p[k->at] : -1;
}

static bool digit(int c) {
    return c >= '0' && c <= '9';
}

static bool hex(int c) {
    return digit(c) || ((c | 32) >= 'a' && (c | 32) <= 'f');
}

static bool escape(checker *k) {
    int c = peek(k);
    if (c < 0 || !strchr("bfnrt\\/\"u", c))
        return refuse(k, "in string escape code");
    k->at++;
    for (int i = 0; c == 'u' && i < 4; i++, k->at++)
        if (!hex(peek(k)))
            return refuse(k, "in \\u hexadecimal character escape");
    return true;
}

static bool string(checker *k) {
    for (k->at++;;) {
        int c = peek(k);
        if (c < ' ')
            return refuse(k, "in string literal");
        k->at++;
        if (c == '"')
            return true;
        if (c == '\\' && !escape(k))
            return false;
    }
}

static bool digits(checker *k, const char *context) {
    if (!digit(peek(k)))
        return refuse(k, context);
    while (digit(peek(k)))
        k->at++;
    return true;
}

static bool number(checker *k) {
    k->at += peek(k) == '-';
    if (peek(k) == '0')
        k->at++;
    else if (!digits(k, "in numeric literal"))
        return false;
    if (peek(k) == '.') {
        k->at++;
        if (!digits(k, "after decimal point in numeric literal"))
            return false;
    }
    if ((peek(k) | 32) != 'e')
        return true;
    k->at++;
    k->at += peek(k) == '+' || peek(k) == '-';
    return digits(k, "in exponent of numeric literal");
}

static bool literal(checker *k, const char *word) {
    char context[48];
    for (const char *p = word; *p; p++, k->at++) {
        if (peek(k) == *p)
            continue;
        snprintf(context, sizeof context, "in literal %s (expecting '%c')", word, *p);
        return refuse(k, context);
    }
    return true;
}

static bool scalar(checker *k) {
    switch (peek(k)) {
    case '"':
        return string(k);
    case 't':
        return literal(k, "true");
    case 'f':
        return literal(k, "false");
    case 'n':
        return literal(k, "null");
    default:
        if (peek(k) == '-' || digit(peek(k)))
            return number(k);
        return refuse(k, "looking for beginning of value");
    }
}

static void blanks(checker *k) {
    k->at = pt_gojson_blanks(k->s, k->at);
}

// `"key" :`, blanks before and behind.
static bool key(checker *k) {
    blanks(k);
    if (peek(k) != '"')
        return refuse(k, "looking for beginning of object key string");
    if (!string(k))
        return false;
    blanks(k);
    if (peek(k) != ':')
        return refuse(k, "after object key");
    k->at++;
    return true;
}

// A bracket or brace; *ret_empty: it was closed at once.
static bool open_one(checker *k, bool *ret_empty) {
    char c = (char)peek(k);
    char close = c == '{' ? '}' : ']';
    if (k->depth == DEPTH_MAX)
        return refuse(k, "exceeded max depth");
    k->at++;
    blanks(k);
    *ret_empty = peek(k) == close;
    if (*ret_empty) {
        k->at++;
        return true;
    }
    k->open[k->depth++] = close;
    return c == '[' || key(k);
}

// What follows a value: commas and closing brackets. *ret_more: another value has to come.
static bool follow(checker *k, bool *ret_more) {
    *ret_more = false;
    while (k->depth > 0) {
        char close = k->open[k->depth - 1];
        blanks(k);
        int c = peek(k);
        if (c == ',') {
            k->at++;
            *ret_more = true;
            return close == ']' || key(k);
        }
        if (c != close)
            return refuse(k, close == ']' ? "after array element" : "after object key:value pair");
        k->at++;
        k->depth--;
    }
    return true;
}

bool pt_gojson_value(pt_str s, size_t *at, pt_buf *why) {
    checker k __attribute__((uninitialized)); // 10 kB of brackets, which are written before read
    k.s = s;
    k.at = pt_gojson_blanks(s, *at);
    k.why = why;
    k.depth = 0;
    bool good = k.at < s.n;
    bool more = good;
    if (!good)
        pt_buf_putz(why, "EOF");
    while (good && more) {
        bool closed = true;
        blanks(&k);
        int c = peek(&k);
        good = c == '{' || c == '[' ? open_one(&k, &closed) : scalar(&k);
        if (good && closed)
            good = follow(&k, &more);
    }
    *at = k.at;
    return good;
}

bool pt_gojson_valid(pt_str s) {
    PT_AUTO(pt_buf_done) pt_buf why = PT_BUF(256);
    size_t at = 0;
    return pt_gojson_value(s, &at, &why) && pt_gojson_blanks(s, at) == s.n;
}
