#include <string.h>

#include "judge/policy/fn/graphql.h"

static int64_t here(const pt_gql_parser *p) {
    return p->line << 32 | (p->runes - p->line_start + 1);
}

static void step(pt_gql_parser *p, size_t bytes) { // one code point
    p->at += bytes;
    p->runes++;
}

static int byte_at(const pt_gql_parser *p, size_t i) {
    return p->at + i < p->s.n ? (uint8_t)p->s.p[p->at + i] : -1;
}

static void new_line(pt_gql_parser *p) {
    bool cr = byte_at(p, 0) == '\r';
    step(p, 1);
    p->line++;
    p->line_start = p->runes;
    if (cr && byte_at(p, 0) == '\n')
        step(p, 1);
}

static void blanks(pt_gql_parser *p) {
    for (;;) {
        int ch = byte_at(p, 0);
        if (ch == '\t' || ch == ' ' || ch == ',')
            step(p, 1);
        else if (ch == '\n' || ch == '\r')
            new_line(p);
        else if (ch == 0xef && byte_at(p, 1) == 0xbb && byte_at(p, 2) == 0xbf)
            step(p, 3);
        else
            return;
    }
}

static void invalid(pt_gql_parser *p, pt_gql_token *t, pt_str why) {
    t->tag = GQL_INVALID;
    t->text = (pt_str){0};
    t->pos = here(p);
    p->lex_why = why;
}

#define INVALID(p, t, ...) invalid(p, t, pt_arena_printf((p)->a, __VA_ARGS__))

static bool is_word(int c) {
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '_';
}

static size_t digits(pt_gql_parser *p) {
    size_t n = 0;
    while (byte_at(p, 0) >= '0' && byte_at(p, 0) <= '9') {
        step(p, 1);
        n++;
    }
    return n;
}

static pt_str described(pt_gql_parser *p) {
    int c = byte_at(p, 0);
    return c < 0 ? PT_STR("<EOF>") : pt_arena_printf(p->a, "\"%c\"", c);
}

static bool some_digits(pt_gql_parser *p, pt_gql_token *t) {
    if (digits(p))
        return true;
    INVALID(p, t, "Invalid number, expected digit but got: %.*s.", PT_PRI(described(p)));
    return false;
}

static void number(pt_gql_parser *p, pt_gql_token *t) {
    size_t from = p->at;
    t->tag = GQL_INT;
    if (byte_at(p, 0) == '-')
        step(p, 1);
    if (byte_at(p, 0) == '0') {
        step(p, 1);
        if (byte_at(p, 0) >= '0' && byte_at(p, 0) <= '9') {
            INVALID(p, t, "Invalid number, unexpected digit after 0: %.*s.", PT_PRI(described(p)));
            return;
        }
    } else if (!some_digits(p, t)) {
        return;
    }
    if (byte_at(p, 0) == '.') {
        t->tag = GQL_FLOAT;
        step(p, 1);
        if (!some_digits(p, t))
            return;
    }
    if (byte_at(p, 0) == 'e' || byte_at(p, 0) == 'E') {
        t->tag = GQL_FLOAT;
        step(p, 1);
        if (byte_at(p, 0) == '-' || byte_at(p, 0) == '+')
            step(p, 1);
        if (!some_digits(p, t))
            return;
    }
    t->text = pt_str_sub(p->s, from, p->at);
}

// Behind a backslash. False: the token is invalid.
static bool escape(pt_gql_parser *p, pt_gql_token *t, pt_buf *b) {
    static const char from[] = "\"/\\bfnrt";
    static const char to[] = "\"/\\\b\f\n\r\t";
    int c = byte_at(p, 1);
    const char *known = c > 0 ? strchr(from, c) : NULL;
    int64_t rune;
    if (known) {
        pt_buf_putc(b, to[known - from]);
        p->at += 2;
        p->runes += 2;
        return true;
    }
    pt_str hex = pt_str_sub(p->s, p->at + 2, p->at + 6);
    if (c == 'u' && p->at + 6 < p->s.n && pt_str_int(hex, 16, &rune) && hex.p[0] != '-') {
        pt_utf8_put(b, rune >= 0xd800 && rune < 0xe000 ? 0xfffd : (uint32_t)rune);
        p->at += 6;
        p->runes += 6;
        return true;
    }
    step(p, 1);
    if (c < 0) {
        INVALID(p, t, "Invalid character escape sequence.");
    } else {
        size_t n = c != 'u' ? 1 : p->at + 5 < p->s.n ? 5 : p->s.n;
        INVALID(p, t, "Invalid character escape sequence: \\%.*s.",
                PT_PRI(pt_str_sub(p->s, p->at, n > p->s.n - p->at ? p->s.n : p->at + n)));
    }
    return false;
}

static void copy_rune(pt_gql_parser *p, pt_buf *b) {
    size_t at = p->at;
    pt_utf8_put(b, (uint32_t)pt_rune_next(p->s, &at));
    step(p, at - p->at);
}

static void string(pt_gql_parser *p, pt_gql_token *t) {
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(PT_FN_TEXT_BYTES_MAX);
    step(p, 1);
    t->pos++; // as gqlparser counts
    for (;;) {
        int c = byte_at(p, 0);
        if (c < 0 || c == '\n' || c == '\r') {
            INVALID(p, t, "Unterminated string.");
            return;
        }
        if (c < 0x20 && c != '\t') {
            INVALID(p, t, "Invalid character within String: \"\\u%04x\".", (unsigned)c);
            return;
        }
        if (c == '"')
            break;
        if (c != '\\')
            copy_rune(p, &b);
        else if (!escape(p, t, &b))
            return;
    }
    step(p, 1);
    t->tag = GQL_STRING;
    t->text = pt_arena_str(p->a, pt_buf_str(&b));
}

static size_t indent_of(pt_str line) {
    size_t n = 0;
    while (n < line.n && (line.p[n] == ' ' || line.p[n] == '\t'))
        n++;
    return n == line.n ? SIZE_MAX : n;
}

// Without the indentation that all lines have (the first counts too), and blank lines at the ends.
static pt_str block_value(pt_gql_parser *p, pt_str raw) {
    size_t common = SIZE_MAX;
    size_t first = SIZE_MAX;
    size_t last = 0;
    size_t n = 0;
    for (size_t at = 0; at <= raw.n; n++) {
        pt_str rest = pt_str_sub(raw, at, raw.n);
        pt_str line = pt_str_sub(rest, 0, pt_str_find(rest, '\n'));
        size_t indent = indent_of(line);
        common = indent < common ? indent : common;
        if (indent != SIZE_MAX) {
            first = first == SIZE_MAX ? n : first;
            last = n;
        }
        at += line.n + 1;
    }
    if (first == SIZE_MAX)
        return PT_STR("");
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(PT_FN_TEXT_BYTES_MAX);
    n = 0;
    for (size_t at = 0; at <= raw.n; n++) {
        pt_str rest = pt_str_sub(raw, at, raw.n);
        pt_str line = pt_str_sub(rest, 0, pt_str_find(rest, '\n'));
        if (n >= first && n <= last) {
            pt_buf_putz(&b, n > first ? "\n" : "");
            pt_buf_put(&b, n == 0 ? line : pt_str_sub(line, common, line.n));
        }
        at += line.n + 1;
    }
    return pt_arena_str(p->a, pt_buf_str(&b));
}

static void block(pt_gql_parser *p, pt_gql_token *t) {
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(PT_FN_TEXT_BYTES_MAX);
    p->at += 3;
    p->runes += 3;
    for (;;) {
        pt_str rest = pt_str_sub(p->s, p->at, p->s.n);
        int c = byte_at(p, 0);
        if (pt_str_starts(rest, PT_STR("\"\"\""))) {
            size_t n = 3;
            for (; byte_at(p, n) == '"'; n++)
                pt_buf_putc(&b, '"');
            t->tag = GQL_BLOCK;
            t->text = block_value(p, pt_buf_str(&b));
            t->pos = here(p); // where it ends, as gqlparser counts
            p->at += n;
            p->runes += (int64_t)n;
            return;
        }
        if (c < 0) {
            INVALID(p, t, "Unterminated string.");
            return;
        }
        if (c < 0x20 && c != '\t' && c != '\n' && c != '\r') {
            INVALID(p, t, "Invalid character within String: \"\\u%04x\".", (unsigned)c);
            return;
        }
        if (pt_str_starts(rest, PT_STR("\\\"\"\""))) {
            pt_buf_putz(&b, "\"\"\"");
            p->at += 4;
            p->runes += 4;
        } else if (c == '\n' || c == '\r') {
            pt_buf_putc(&b, '\n');
            new_line(p);
        } else {
            copy_rune(p, &b);
        }
    }
}

static void comment(pt_gql_parser *p, pt_gql_token *t) {
    size_t from = p->at;
    while (byte_at(p, 0) > 0x1f || byte_at(p, 0) == '\t') {
        size_t at = p->at;
        pt_rune_next(p->s, &at);
        step(p, at - p->at);
    }
    t->tag = GQL_COMMENT;
    t->text = pt_str_sub(p->s, from, p->at);
}

static void unknown(pt_gql_parser *p, pt_gql_token *t, int c) {
    if (c < 0x20) {
        INVALID(p, t, "Cannot contain the invalid character \"\\u%04x\"", (unsigned)c);
    } else if (c == '\'') {
        INVALID(p, t,
                "Unexpected single quote character ('), did you mean to use a double quote (\")?");
    } else {
        pt_buf b = PT_BUF(16);
        pt_utf8_put(&b, (uint32_t)c); // a byte as the code point of its number
        INVALID(p, t, "Cannot parse the unexpected character \"%.*s\".", PT_PRI(pt_buf_str(&b)));
        pt_buf_done(&b);
    }
}

void pt_gql_lex(pt_gql_parser *p, pt_gql_token *ret) {
    blanks(p);
    int c = byte_at(p, 0);
    *ret = (pt_gql_token){.tag = GQL_EOF, .pos = here(p)};
    if (c < 0)
        return;
    if (c && strchr("!$&():=@[]{|}", c)) {
        ret->tag = GQL_MARK;
        ret->mark = (char)c;
        step(p, 1);
    } else if (c == '.' && byte_at(p, 1) == '.' && byte_at(p, 2) == '.') {
        ret->tag = GQL_SPREAD;
        p->at += 3;
        p->runes += 3;
    } else if (c == '#') {
        comment(p, ret);
    } else if (c == '-' || (c >= '0' && c <= '9')) {
        number(p, ret);
    } else if (is_word(c)) {
        size_t from = p->at;
        while (is_word(byte_at(p, 0)))
            step(p, 1);
        ret->tag = GQL_NAME;
        ret->text = pt_str_sub(p->s, from, p->at);
    } else if (c == '"') {
        if (byte_at(p, 1) == '"' && byte_at(p, 2) == '"')
            block(p, ret);
        else
            string(p, ret);
    } else {
        unknown(p, ret, c);
    }
}
