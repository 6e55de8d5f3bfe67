#include <string.h>
#include <wchar.h>

#include "record/report/cells_impl.h"

// The code point at s[*at]; moves *at behind it. Text in reports went through pt_buf_put_safe, so
// it is well-formed.
static wchar_t next(pt_str s, size_t *at) {
    mbstate_t state = {0};
    wchar_t w = 0;
    size_t n = mbrtowc(&w, s.p + *at, s.n - *at, &state);
    *at += n == 0 || n > s.n - *at ? 1 : n;
    return n > s.n ? 0 : w;
}

static size_t cells_of(wchar_t w) {
    int c = wcwidth(w);
    return c < 0 ? 1 : (size_t)c;
}

size_t pt_terminal_cells(pt_str s) {
    size_t cells = 0;
    for (size_t at = 0; at < s.n;)
        cells += cells_of(next(s, &at));
    return cells;
}

const char *pt_sign_text(const pt_terminal *t, pt_sign s) {
    static const char *const signs[PT_SIGN_COUNT][2] = {
        [PT_SIGN_FAIL] = {"✗", "x"},    [PT_SIGN_PASS] = {"✓", "+"},  [PT_SIGN_NA] = {"–", "-"},
        [PT_SIGN_UNKNOWN] = {"?", "?"}, [PT_SIGN_CUT] = {"…", "..."}, [PT_SIGN_DOT] = {" · ", ", "},
    };
    return signs[s][t->ascii];
}

void pt_paint(pt_buf *b, const pt_terminal *t, pt_role role, pt_str s) {
    static const char *const sgr[PT_ROLE_COUNT] = {
        [PT_ROLE_PLAIN] = NULL,   [PT_ROLE_HEAD] = "1",    [PT_ROLE_CRITICAL] = "1;31",
        [PT_ROLE_HIGH] = "31",    [PT_ROLE_MEDIUM] = "33", [PT_ROLE_PASS] = "32",
        [PT_ROLE_UNKNOWN] = "35", [PT_ROLE_MARK] = "1",    [PT_ROLE_QUIET] = "2",
    };
    bool on = t->color && sgr[role] && s.n;
    if (on)
        pt_buf_printf(b, "\x1b[%sm", sgr[role]);
    pt_buf_put(b, s);
    if (on)
        pt_buf_putz(b, "\x1b[0m");
}

void pt_paint_padded(pt_buf *b, const pt_terminal *t, pt_role role, pt_str s, size_t cells) {
    pt_paint(b, t, role, s);
    size_t used = pt_terminal_cells(s);
    pt_buf_fill(b, ' ', used < cells ? cells - used : 0);
}

// Offset behind the longest start of `s` within `cells`.
static size_t start_within(pt_str s, size_t cells) {
    size_t at = 0;
    for (size_t used = 0; at < s.n;) {
        size_t ahead = at;
        used += cells_of(next(s, &ahead));
        if (used > cells)
            break;
        at = ahead;
    }
    return at;
}

// Offset of the longest end of `s` within `cells`.
static size_t end_within(pt_str s, size_t cells) {
    size_t at = 0;
    for (size_t left = pt_terminal_cells(s); at < s.n && left > cells;)
        left -= cells_of(next(s, &at));
    return at;
}

static void put_cut(pt_buf *b, const pt_terminal *t, pt_str s, size_t head, size_t tail) {
    pt_buf_put(b, pt_str_sub(s, 0, start_within(s, head)));
    pt_buf_putz(b, pt_sign_text(t, PT_SIGN_CUT));
    pt_buf_put(b, pt_str_sub(s, end_within(s, tail), s.n));
}

void pt_put_cut_middle(pt_buf *b, const pt_terminal *t, pt_str s, size_t cells) {
    size_t mark = pt_terminal_cells(pt_str_of(pt_sign_text(t, PT_SIGN_CUT)));
    if (pt_terminal_cells(s) <= cells)
        pt_buf_put(b, s);
    else
        put_cut(b, t, s, (cells - mark) / 2, cells - mark - (cells - mark) / 2);
}

void pt_put_cut_start(pt_buf *b, const pt_terminal *t, pt_str s, size_t cells) {
    size_t mark = pt_terminal_cells(pt_str_of(pt_sign_text(t, PT_SIGN_CUT)));
    if (pt_terminal_cells(s) <= cells)
        pt_buf_put(b, s);
    else
        put_cut(b, t, s, 0, cells - mark);
}

pt_str pt_take_line(pt_str *rest, size_t cells) {
    pt_str s = pt_str_trim(*rest);
    size_t end = 0; // behind the last word that fits
    for (size_t at = 0; at < s.n;) {
        size_t word = at + pt_str_find(pt_str_sub(s, at, s.n), ' ');
        if (end && pt_terminal_cells(pt_str_sub(s, 0, word)) > cells)
            break;
        end = word;
        at = word + 1;
    }
    *rest = pt_str_sub(s, end, s.n);
    return pt_str_sub(s, 0, end);
}
