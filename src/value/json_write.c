// Values to JSON text.
#include <stdlib.h>

#include "value/json_impl.h"

// RFC 8785 prints numbers as doubles. The ledger's entries hold none but integers that a double
// holds exactly, for which plain decimals are the same text.
#define CANONICAL_INT_MAX ((INT64_C(1) << 53) - 1)

typedef struct writer {
    pt_buf *b;
    const pt_json_opts *opts;
    pt_err *e;
    pt_code code;
} writer;

static bool late(writer *w, size_t steps) {
    if (!w->code && pt_watch_spend(steps))
        w->code = pt_err_set(w->e, PT_E_TIMEOUT, "there is no time left to write the JSON text");
    return w->code != PT_OK;
}

// -- strings --------------------------------------------------------------------------------------

// The well-formed sequence at p: its length, or 0.
static size_t sequence(const char *p, const char *end) {
    unsigned char c = (unsigned char)*p;
    size_t n = c < 0xe0 ? 2 : c < 0xf0 ? 3 : 4;
    return (size_t)(end - p) >= n && pt_str_utf8((pt_str){p, n}, NULL) ? n : 0;
}

static const char *put_high(pt_buf *b, const char *p, const char *end, bool html_safe) {
    size_t n = sequence(p, end);
    if (n == 0) {
        pt_buf_putz(b, html_safe ? "\\ufffd" : "\xef\xbf\xbd");
        return p + 1;
    }
    if (html_safe && n == 3 &&
        (memcmp(p, "\xe2\x80\xa8", 3) == 0 || memcmp(p, "\xe2\x80\xa9", 3) == 0))
        pt_buf_putz(b, p[2] == '\xa8' ? "\\u2028" : "\\u2029");
    else
        pt_buf_put(b, (pt_str){p, n});
    return p + n;
}

static void put_escape(pt_buf *b, char c) {
    static const char from[] = "\"\\\b\f\n\r\t";
    static const char to[] = "\"\\bfnrt";
    const char *at = c ? strchr(from, c) : NULL;
    if (at)
        pt_buf_put(b, (pt_str){(char[]){'\\', to[at - from]}, 2});
    else
        pt_buf_printf(b, "\\u%04x", (unsigned)c);
}

// The first byte that does not stand for itself.
static const char *verbatim(const char *p, const char *end, bool html_safe) {
    const char *to = pt_json_plain(p, end);
    for (; html_safe && p < to; p++)
        if (*p == '<' || *p == '>' || *p == '&')
            return p;
    return to;
}

void pt_json_put_string(pt_buf *b, pt_str s, const pt_json_opts *opts) {
    bool html_safe = opts && opts->html_safe;
    const char *p = s.n ? s.p : "";
    const char *end = p + s.n;
    pt_buf_putc(b, '"');
    while (p < end && !b->full) {
        const char *to = verbatim(p, end, html_safe);
        pt_buf_put(b, (pt_str){p, (size_t)(to - p)});
        p = to;
        if (p == end)
            break;
        if ((unsigned char)*p >= 0x80)
            p = put_high(b, p, end, html_safe);
        else
            put_escape(b, *p++);
        b->full |= pt_watch_spend(1); // keys within keys double their quotes and backslashes
    }
    pt_buf_putc(b, '"');
}

// -- values ---------------------------------------------------------------------------------------

static void refuse(writer *w, const char *what) {
    if (!w->code)
        w->code = pt_err_set(w->e, PT_E_FORMAT, "not canonical JSON: %s", what);
}

static void put_text(writer *w, pt_str s) {
    if (w->opts->canonical && !pt_str_utf8(s, NULL))
        refuse(w, "a string that is not UTF-8");
    if (s.n <= PT_LONG_TEXT || !late(w, s.n / PT_WATCH_BYTES))
        pt_json_put_string(w->b, s, w->opts);
}

static void put_number(writer *w, pt_value v) {
    int64_t i;
    if (w->opts->canonical) {
        if (!pt_to_int(v, &i) || i > CANONICAL_INT_MAX || i < -CANONICAL_INT_MAX)
            refuse(w, "a number that is no integer within 2^53");
        else
            v = pt_int(i);
    }
    char room[PT_NUMBER_ROOM];
    pt_buf_put(w->b, pt_number_text(v, room));
}

static void put_scalar(writer *w, pt_value v) {
    if (v.tag == PT_STRING)
        put_text(w, pt_text(v));
    else if (v.tag == PT_NUMBER)
        put_number(w, v);
    else if (v.tag == PT_BOOL)
        pt_buf_put(w->b, v.i ? PT_STR("true") : PT_STR("false"));
    else
        pt_buf_put(w->b, PT_STR("null"));
}

static void put_break(writer *w, unsigned level) {
    if (!w->opts->pretty)
        return;
    pt_buf_putc(w->b, '\n');
    pt_buf_fill(w->b, ' ', 2 * (size_t)level);
}

static void put_value(writer *w, pt_value v, unsigned level);

// Rego's objects take any key; JSON's a string. OPA writes the key's JSON as the string.
// NOLINTNEXTLINE(misc-no-recursion): PT_VALUE_DEPTH_MAX
static void put_key(writer *w, pt_value key) {
    if (key.tag == PT_STRING) {
        put_text(w, pt_text(key));
    } else if (w->opts->canonical) {
        refuse(w, "a key that is no string");
    } else {
        pt_json_opts compact = {.html_safe = w->opts->html_safe};
        pt_buf text = PT_BUF(w->b->max);
        writer inner = {.b = &text, .opts = &compact};
        put_value(&inner, key, 0);
        w->b->full |= text.full;
        w->code = inner.code;
        if (!w->b->full)
            pt_json_put_string(w->b, pt_buf_str(&text), w->opts);
        pt_buf_done(&text);
    }
    pt_buf_put(w->b, w->opts->pretty ? PT_STR(": ") : PT_STR(":"));
}

// Where UTF-16 units sort a byte of UTF-8: surrogates (bytes f0 to f4) come before U+E000 to U+FFFF
// (ee, ef); otherwise both encodings sort alike.
static int utf16_rank(char c) {
    int byte = (unsigned char)c;
    return byte == 0xee || byte == 0xef ? byte + 0x10 : byte;
}

static int utf16_cmp(const void *x, const void *y) {
    const pt_value *a = x;
    const pt_value *b = y;
    for (uint32_t i = 0; i < a->n && i < b->n; i++)
        if (a->s[i] != b->s[i])
            return utf16_rank(a->s[i]) - utf16_rank(b->s[i]);
    return (a->n > b->n) - (a->n < b->n);
}

static bool has_surrogates(pt_value key) {
    for (uint32_t i = 0; key.tag == PT_STRING && i < key.n; i++)
        if ((unsigned char)key.s[i] >= 0xf0)
            return true;
    return false;
}

// The keys of v in the order of RFC 8785, section 3.2.3: NULL: as they stand, or no memory.
static const pt_value *utf16_keys(writer *w, pt_value v, pt_arena *a) {
    bool differs = false;
    for (size_t i = 0; w->opts->canonical && i < v.n; i++) {
        if (pt_keys_of(v)[i].tag != PT_STRING)
            return NULL; // refused when it is written
        differs |= has_surrogates(pt_keys_of(v)[i]);
    }
    if (!differs)
        return NULL;
    pt_value *keys = pt_arena_take(a, v.n * sizeof *keys);
    if (!keys) {
        w->code = pt_err_set(w->e, PT_E_NOMEM, "no memory to sort the keys of an object");
        return NULL;
    }
    memcpy(keys, pt_keys_of(v), v.n * sizeof *keys);
    qsort(keys, v.n, sizeof *keys, utf16_cmp);
    return keys;
}

// NOLINTNEXTLINE(misc-no-recursion): PT_VALUE_DEPTH_MAX
static void put_object(writer *w, pt_value v, unsigned level) {
    pt_arena a = {0};
    const pt_value *keys = utf16_keys(w, v, &a);
    for (size_t i = 0; i < v.n && !w->code && !w->b->full; i++) {
        if (i > 0)
            pt_buf_putc(w->b, ',');
        put_break(w, level + 1);
        put_key(w, keys ? keys[i] : pt_keys_of(v)[i]);
        put_value(w, keys ? pt_get_value(v, keys[i]) : pt_vals(v)[i], level + 1);
    }
    pt_arena_done(&a);
}

// NOLINTNEXTLINE(misc-no-recursion): PT_VALUE_DEPTH_MAX
static void put_items(writer *w, pt_value v, unsigned level) {
    for (size_t i = 0; i < v.n && !w->code && !w->b->full; i++) {
        if (i > 0)
            pt_buf_putc(w->b, ',');
        put_break(w, level + 1);
        put_value(w, v.seq->v[i], level + 1);
    }
}

// NOLINTNEXTLINE(misc-no-recursion): PT_VALUE_DEPTH_MAX
static void put_value(writer *w, pt_value v, unsigned level) {
    if (!pt_impl_composite(v)) {
        put_scalar(w, v);
        return;
    }
    if (late(w, (size_t)v.n + 1))
        return;
    bool object = v.tag == PT_OBJECT;
    pt_buf_putc(w->b, object ? '{' : '[');
    if (object)
        put_object(w, v, level);
    else
        put_items(w, v, level);
    if (v.n > 0)
        put_break(w, level);
    pt_buf_putc(w->b, object ? '}' : ']');
}

pt_code pt_json_write(pt_buf *b, pt_value v, const pt_json_opts *opts, pt_err *e) {
    pt_json_opts plain = opts ? *opts : (pt_json_opts){0};
    if (plain.canonical)
        plain.pretty = plain.html_safe = false;
    writer w = {.b = b, .opts = &plain, .e = e};
    put_value(&w, v, 0);
    if (b->full && !late(&w, 0))
        w.code = pt_err_set(e, PT_E_NOMEM, "the JSON text needs more memory than it may take");
    return w.code;
}
