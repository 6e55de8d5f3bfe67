// The four kinds of strings. One pass finds the end and what may not stand there, a second one
// makes a copy of what has escapes; all others are slices of the document.
#include "value/toml_impl.h"

typedef struct quoted {
    const char *from, *to; // between the quotes
    const char *behind;    // the closing ones
    bool escaped;
    bool many_lines;
} quoted;

static const char *bad_control(char c) {
    return c == '\n'   ? "a line break inside a string of one line"
           : c == '\r' ? "a carriage return without a line feed inside a string"
                       : "a control character inside a string must be escaped";
}

// Quotes at p, as many as count: a string of many lines may end with two more than the three.
static size_t quotes(const char *p, const char *end) {
    size_t n = 1;
    while (n < 5 && p + n < end && p[n] == *p)
        n++;
    return n;
}

static bool closes(quoted *q, const char *p, const char *end, size_t *ret_n) {
    *ret_n = q->many_lines ? quotes(p, end) : 1;
    if (q->many_lines && *ret_n < 3)
        return false;
    q->to = q->many_lines ? p + *ret_n - 3 : p;
    q->behind = p + *ret_n;
    return true;
}

static bool find_end(pt_toml *t, char quote, quoted *q) {
    const char *p = q->from;
    size_t n = 0;
    for (; p < t->end; p += n) {
        n = 1;
        if (*p == quote) {
            if (closes(q, p, t->end, &n))
                return true;
        } else if (*p == '\\' && quote == '"') {
            q->escaped = true;
            n = t->end - p > 1 && !pt_toml_control(p[1]) ? 2 : 1;
        } else if (pt_toml_control(*p)) {
            n = q->many_lines ? pt_toml_newline(p, t->end) : 0;
            if (!n)
                return pt_toml_fault(t, p, bad_control(*p));
        }
    }
    return pt_toml_fault(t, q->from, "a string without its closing quotes");
}

// -- escapes --------------------------------------------------------------------------------------

static size_t put_utf8(char *to, uint32_t u) {
    if (u < 0x80) {
        to[0] = (char)u;
        return 1;
    }
    size_t n = u < 0x800 ? 2 : u < 0x10000 ? 3 : 4;
    static const uint8_t lead[] = {0, 0, 0xc0, 0xe0, 0xf0};
    for (size_t i = n - 1; i > 0; i--, u >>= 6)
        to[i] = (char)(0x80 | (u & 0x3f));
    to[0] = (char)(lead[n] | u);
    return n;
}

// \uXXXX and \UXXXXXXXX: a Unicode scalar value. Gives the bytes put, 0 for a fault.
static size_t put_code_point(pt_toml *t, char *to, const char *p, const char *end) {
    size_t digits = p[1] == 'u' ? 4 : 8;
    int64_t u;
    if ((size_t)(end - p) < 2 + digits || p[2] == '-' ||
        !pt_str_int((pt_str){p + 2, digits}, 16, &u)) {
        pt_toml_fault(t, p,
                      digits == 4 ? "four hexadecimal digits must follow \\u"
                                  : "eight hexadecimal digits must follow \\U");
        return 0;
    }
    if (u > 0x10ffff || (u >= 0xd800 && u <= 0xdfff)) {
        pt_toml_fault(t, p, "an escape that is no Unicode scalar value");
        return 0;
    }
    return put_utf8(to, (uint32_t)u);
}

// What an escaped line end takes with it: all blanks and line ends. NULL: it is none.
static const char *skip_line_end(const char *p, const char *end) {
    bool any = false;
    for (size_t n; (n = pt_toml_newline(p, end)) || (p < end && pt_toml_blank(*p)); p += n ? n : 1)
        any = any || n;
    return any ? p : NULL;
}

// One escape at the backslash *p. Gives the bytes put; false for a fault.
static bool unescape(pt_toml *t, const quoted *q, const char **p, char **to) {
    static const char names[] = "btnfr\"\\";
    static const char means[] = "\b\t\n\f\r\"\\";
    const char *at = *p;
    const char *name = q->to - at > 1 ? memchr(names, at[1], sizeof names - 1) : NULL;
    if (name) {
        *(*to)++ = means[name - names];
        *p = at + 2;
        return true;
    }
    if (q->to - at > 1 && (at[1] | 0x20) == 'u') {
        size_t n = put_code_point(t, *to, at, q->to);
        *to += n;
        *p = at + (at[1] == 'u' ? 6 : 10);
        return n > 0;
    }
    const char *behind = q->many_lines ? skip_line_end(at + 1, q->to) : NULL;
    if (!behind)
        return pt_toml_fault(t, at, "an escape that TOML does not know");
    *p = behind;
    return true;
}

// No escape is shorter than what it stands for.
static bool copy(pt_toml *t, const quoted *q, pt_str *ret) {
    char *room = pt_arena_take(t->a, (size_t)(q->to - q->from));
    if (!room)
        return pt_toml_no_memory(t);
    char *to = room;
    for (const char *p = q->from; p < q->to;) {
        if (*p != '\\')
            *to++ = *p++;
        else if (!unescape(t, q, &p, &to))
            return false;
    }
    *ret = (pt_str){room, (size_t)(to - room)};
    return true;
}

static bool read_quoted(pt_toml *t, quoted q, pt_str *ret) {
    if (!find_end(t, *t->p, &q))
        return false;
    t->p = q.behind;
    *ret = (pt_str){q.from, (size_t)(q.to - q.from)};
    return !q.escaped || copy(t, &q, ret);
}

bool pt_toml_line_string(pt_toml *t, pt_str *ret) {
    return read_quoted(t, (quoted){.from = t->p + 1}, ret);
}

bool pt_toml_string(pt_toml *t, pt_str *ret) {
    if (quotes(t->p, t->end) < 3)
        return pt_toml_line_string(t, ret);
    quoted q = {.from = t->p + 3, .many_lines = true};
    q.from += pt_toml_newline(q.from, t->end); // the first line end is not part of it
    return read_quoted(t, q, ret);
}
