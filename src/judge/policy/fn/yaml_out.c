#include "judge/policy/fn/yaml_out.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/watch.h"
#include "judge/policy/fn/gofmt.h"
#include "judge/policy/fn/utf8.h"

enum {
    INDENT = 2,
    SIMPLE_KEY_MAX = 128, // bytes; a longer key stands behind a "?"
};

typedef enum style {
    PLAIN,
    SINGLE,
    DOUBLE,
    LITERAL,
} style;

typedef struct writer {
    pt_arena *a;
    pt_buf *b;
    bool full;
} writer;

// -- how a text has to be written -----------------------------------------------------------------

static bool is_break(uint32_t rune) {
    return rune == '\r' || rune == '\n' || rune == 0x85 || rune == 0x2028 || rune == 0x2029;
}

static bool is_printable(uint32_t rune) {
    return rune == '\n' || (rune >= ' ' && rune <= 0x7e) || (rune >= 0xa0 && rune <= 0xd7ff) ||
           (rune >= 0xe000 && rune <= 0xfffd && rune != 0xfeff);
}

typedef struct traits {
    bool indicators, breaks, special, tab;
    bool space_first, space_last, break_first, break_last;
    bool break_space, space_break; // a space right behind a break, and before one
} traits;

static bool begins_with_indicator(pt_str s) {
    bool blank = s.n == 1 || s.p[1] == ' ' || s.p[1] == '\t';
    if (s.n >= 3 && (memcmp(s.p, "---", 3) == 0 || memcmp(s.p, "...", 3) == 0))
        return true;
    return strchr("#,[]{}&*!|>'\"%@`", s.p[0]) || (strchr("?:-", s.p[0]) && blank);
}

static traits traits_of(pt_str s) {
    traits t = {.indicators = begins_with_indicator(s)};
    uint32_t before = ' ';
    for (size_t at = 0; at < s.n;) {
        size_t from = at;
        uint32_t rune = pt_utf8_next(s, &at, NULL);
        bool last = at == s.n;
        bool blank_next = last || s.p[at] == ' ' || s.p[at] == '\t';
        bool blank_before = before == ' ' || before == '\t' || is_break(before);
        if (from > 0 && ((rune == ':' && blank_next) || (rune == '#' && blank_before)))
            t.indicators = true;
        t.tab = t.tab || rune == '\t';
        t.special = t.special || (rune != '\t' && !is_printable(rune));
        t.breaks = t.breaks || is_break(rune);
        t.space_first = t.space_first || (rune == ' ' && from == 0);
        t.space_last = t.space_last || (rune == ' ' && last);
        t.break_first = t.break_first || (is_break(rune) && from == 0);
        t.break_last = t.break_last || (is_break(rune) && last);
        t.break_space = t.break_space || (rune == ' ' && from > 0 && is_break(before));
        t.space_break = t.space_break || (is_break(rune) && from > 0 && before == ' ');
        before = rune;
    }
    return t;
}

static style style_of(pt_str s, bool simple_key) {
    if (s.n == 0 || (pt_yaml_resolves(s) && pt_str_find(s, '\n') == s.n))
        return DOUBLE;
    traits t = traits_of(s);
    if (pt_str_find(s, '\n') < s.n)
        return t.space_last || t.space_break || t.special || simple_key ? DOUBLE : LITERAL;
    if (t.break_space || t.space_break || t.tab || t.special)
        return DOUBLE;
    return t.breaks || t.indicators || t.space_first || t.space_last ? SINGLE : PLAIN;
}

// -- texts ----------------------------------------------------------------------------------------

static void put_single(pt_buf *b, pt_str s) {
    pt_buf_putc(b, '\'');
    for (size_t i = 0; i < s.n; i++) {
        if (s.p[i] == '\'')
            pt_buf_putc(b, '\'');
        pt_buf_putc(b, s.p[i]);
    }
    pt_buf_putc(b, '\'');
}

static void put_escape(pt_buf *b, uint32_t rune) {
    static const struct {
        uint32_t rune;
        char letter;
    } rows[] = {{0, '0'},     {7, 'a'},    {8, 'b'},    {9, 't'},      {10, 'n'},
                {11, 'v'},    {12, 'f'},   {13, 'r'},   {0x1b, 'e'},   {'"', '"'},
                {'\\', '\\'}, {0x85, 'N'}, {0xa0, '_'}, {0x2028, 'L'}, {0x2029, 'P'}};
    pt_buf_putc(b, '\\');
    for (size_t i = 0; i < PT_COUNT(rows); i++) {
        if (rows[i].rune == rune) {
            pt_buf_putc(b, rows[i].letter);
            return;
        }
    }
    pt_buf_printf(b, rune <= 0xff ? "x%02X" : rune <= 0xffff ? "u%04X" : "U%08X", (unsigned)rune);
}

static void put_double(pt_buf *b, pt_str s) {
    pt_buf_putc(b, '"');
    for (size_t at = 0; at < s.n && !b->full;) {
        uint32_t rune = pt_utf8_next(s, &at, NULL);
        if (!is_printable(rune) || is_break(rune) || rune == '"' || rune == '\\')
            put_escape(b, rune);
        else
            pt_utf8_put(b, rune);
    }
    pt_buf_putc(b, '"');
}

static void put_literal(pt_buf *b, pt_str s, size_t indent) {
    bool ends = s.p[s.n - 1] == '\n';
    bool more = ends && (s.n == 1 || s.p[s.n - 2] == '\n');
    pt_buf_putc(b, '|');
    if (s.p[0] == ' ' || s.p[0] == '\n')
        pt_buf_putc(b, '0' + INDENT);
    pt_buf_putz(b, more ? "+\n" : ends ? "\n" : "-\n");
    while (s.n > 0 && !b->full) {
        size_t n = pt_str_find(s, '\n');
        if (n > 0)
            pt_buf_fill(b, ' ', indent);
        pt_buf_put(b, pt_str_sub(s, 0, n + 1));
        s = pt_str_sub(s, n + 1, s.n);
    }
}

static void put_text(writer *w, pt_str s, size_t indent, bool simple_key) {
    switch (style_of(s, simple_key)) {
    case PLAIN:
        pt_buf_put(w->b, s);
        break;
    case SINGLE:
        put_single(w->b, s);
        break;
    case DOUBLE:
        put_double(w->b, s);
        break;
    case LITERAL:
        put_literal(w->b, s, indent);
        break;
    }
}

// Integers within 64 bits stay, all else is a double.
static void put_number(writer *w, pt_value v) {
    char room[PT_NUMBER_ROOM];
    pt_str text = pt_arena_str(w->a, pt_number_text(v, room));
    bool integer = text.n <= 21;
    for (size_t i = 0; i < text.n; i++)
        integer =
            integer && ((text.p[i] >= '0' && text.p[i] <= '9') || (i == 0 && text.p[i] == '-'));
    w->full = w->full || !text.p;
    int64_t i;
    if (w->full)
        return;
    if (integer && pt_to_int(v, &i)) {
        pt_buf_printf(w->b, "%lld", (long long)i);
        return;
    }
    if (integer && text.p[0] != '-' &&
        (text.n < 20 || (text.n == 20 && strcmp(text.p, "18446744073709551615") <= 0))) {
        pt_buf_put(w->b, text);
        return;
    }
    pt_gofmt_arg x = {.kind = PT_GOFMT_FLOAT, .f = strtod(text.p, NULL)};
    if (isfinite(x.f))
        pt_gofmt_put(w->b, (pt_gofmt){0}, 'v', &x);
    else
        put_text(w, text, 0, false);
}

// -- the order of keys: by runs of digits as numbers, letters behind all else
// ------------------------

static bool is_digit(uint32_t rune) {
    return rune >= '0' && rune <= '9';
}

// The number at s[at], and how many digits it has. Digits before it count if one of them is not 0.
static uint64_t run_of(pt_str s, size_t at, bool led, size_t *ret_n) {
    uint64_t sum = led;
    size_t n = 0;
    for (; at + n < s.n && is_digit((unsigned char)s.p[at + n]); n++)
        sum = sum * 10 + (uint64_t)(s.p[at + n] - '0');
    *ret_n = n;
    return sum;
}

static int compare_runs(pt_str a, pt_str b, size_t at, uint32_t x, uint32_t y) {
    bool led = false;
    if (a.p[at] == '0' || b.p[at] == '0')
        for (size_t i = at; i > 0 && is_digit((unsigned char)a.p[i - 1]) && !led; i--)
            led = a.p[i - 1] != '0';
    size_t an;
    size_t bn;
    uint64_t an_value = run_of(a, at, led, &an);
    uint64_t bn_value = run_of(b, at, led, &bn);
    if (an_value != bn_value)
        return an_value < bn_value ? -1 : 1;
    if (an != bn)
        return an < bn ? -1 : 1;
    return x < y ? -1 : 1;
}

static int by_key(const void *left, const void *right) {
    pt_str a = pt_text(*(const pt_value *)left);
    pt_str b = pt_text(*(const pt_value *)right);
    bool digits = false;
    for (size_t at = 0, other = 0; at < a.n && other < b.n;) {
        size_t from = at;
        uint32_t x = pt_utf8_next(a, &at, NULL);
        uint32_t y = pt_utf8_next(b, &other, NULL);
        if (x == y) {
            digits = is_digit(x);
            continue;
        }
        if (pt_rune_letter(x) && pt_rune_letter(y))
            return x < y ? -1 : 1;
        if (pt_rune_letter(x) || pt_rune_letter(y))
            return pt_rune_letter(x) == digits ? -1 : 1;
        return compare_runs(a, b, from, x, y);
    }
    return (a.n > b.n) - (a.n < b.n);
}

// -- composites -----------------------------------------------------------------------------------

static void put_block(writer *w, pt_value v, size_t indent, bool begun);

static bool is_block(pt_value v) {
    return pt_len(v) > 0;
}

static void put_flat(writer *w, pt_value v, size_t indent, bool simple_key) {
    switch (pt_tag_of(v)) {
    case PT_BOOL:
        pt_buf_putz(w->b, pt_true(v) ? "true" : "false");
        break;
    case PT_NUMBER:
        put_number(w, v);
        break;
    case PT_STRING:
        put_text(w, pt_text(v), indent, simple_key);
        break;
    case PT_ARRAY:
    case PT_SET:
        pt_buf_putz(w->b, "[]");
        break;
    case PT_OBJECT:
        pt_buf_putz(w->b, "{}");
        break;
    default:
        pt_buf_putz(w->b, "null");
        break;
    }
}

static void new_line(writer *w, size_t indent) {
    if (w->b->n > 0 && w->b->p[w->b->n - 1] != '\n')
        pt_buf_putc(w->b, '\n');
    pt_buf_fill(w->b, ' ', indent);
}

// Behind "-", "?" or ":" a composite begins on the same line.
// NOLINTNEXTLINE(misc-no-recursion): as deep as the values, PT_VALUE_DEPTH_MAX
static void put_item(writer *w, pt_value v, size_t indent) {
    pt_buf_putc(w->b, ' ');
    if (is_block(v))
        put_block(w, v, indent + INDENT, true);
    else
        put_flat(w, v, indent + INDENT, false);
}

// NOLINTNEXTLINE(misc-no-recursion): likewise
static void put_entry(writer *w, pt_value key, pt_value v, size_t indent) {
    pt_str text = pt_text(key);
    traits t = text.n ? traits_of(text) : (traits){0};
    if (t.breaks || text.n > SIMPLE_KEY_MAX) {
        pt_buf_putc(w->b, '?');
        put_item(w, key, indent);
        new_line(w, indent);
        pt_buf_putc(w->b, ':');
        put_item(w, v, indent);
        return;
    }
    put_text(w, text, indent, true);
    pt_buf_putc(w->b, ':');
    if (is_block(v)) {
        put_block(w, v, indent + INDENT, false);
    } else {
        pt_buf_putc(w->b, ' ');
        put_flat(w, v, indent + INDENT, false);
    }
}

// NOLINTNEXTLINE(misc-no-recursion): likewise
static void put_object(writer *w, pt_value v, size_t indent, bool begun) {
    pt_value *keys = PT_NEW(w->a, pt_value, pt_len(v));
    w->full = w->full || !keys;
    for (size_t i = 0; keys && i < pt_len(v); i++)
        keys[i] = pt_key_at(v, i);
    if (keys)
        qsort(keys, pt_len(v), sizeof *keys, by_key);
    for (size_t i = 0; keys && i < pt_len(v) && !w->b->full; i++) {
        if (i > 0 || !begun)
            new_line(w, indent);
        put_entry(w, keys[i], pt_get_value(v, keys[i]), indent);
    }
}

// NOLINTNEXTLINE(misc-no-recursion): likewise
static void put_block(writer *w, pt_value v, size_t indent, bool begun) {
    w->b->full |= pt_watch_spend(pt_len(v) + 1);
    if (pt_tag_of(v) == PT_OBJECT) {
        put_object(w, v, indent, begun);
        return;
    }
    for (size_t i = 0; i < pt_len(v) && !w->b->full; i++) {
        if (i > 0 || !begun)
            new_line(w, indent);
        pt_buf_putc(w->b, '-');
        put_item(w, pt_at(v, i), indent);
    }
}

bool pt_yaml_put(pt_arena *a, pt_buf *b, pt_value v) {
    writer w = {.a = a, .b = b};
    if (is_block(v))
        put_block(&w, v, 0, false);
    else
        put_flat(&w, v, INDENT, false);
    new_line(&w, 0);
    return !w.full && !b->full;
}
