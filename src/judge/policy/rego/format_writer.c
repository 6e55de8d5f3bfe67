// Lines, indentation and comments.
#include <string.h>

#include "judge/policy/rego/format_impl.h"

void pt_fmt_put(pt_fmt *w, const char *z) {
    pt_buf_putz(w->out, z);
}

void pt_fmt_put_str(pt_fmt *w, pt_str s) {
    pt_buf_put(w->out, s);
}

pt_fmt_code pt_fmt_wrong(pt_fmt *w, const pt_loc *at, const char *why) {
    if (!w->why) {
        w->why = why;
        w->why_loc = at;
    }
    return PT_FMT_WRONG;
}

pt_fmt_code pt_fmt_drop(pt_fmt *w, pt_fmt_code code) {
    w->notes.n = 0;
    return code;
}

// -- lines ----------------------------------------------------------------------------------------

void pt_fmt_start_line(pt_fmt *w) {
    w->inside = true;
    pt_buf_fill(w->out, '\t', w->level);
}

void pt_fmt_end_line(pt_fmt *w) {
    w->inside = false;
    if (w->before_end && !w->delay) {
        pt_buf_putc(w->out, ' ');
        pt_fmt_put_comment(w, w->before_end);
        w->before_end = NULL;
    }
    w->delay = false;
    pt_buf_putc(w->out, '\n');
}

void pt_fmt_blank_line(pt_fmt *w) {
    if (w->inside)
        pt_fmt_end_line(w);
    pt_buf_putc(w->out, '\n');
}

pt_fmt_code pt_fmt_down(pt_fmt *w) {
    if (w->level == 0)
        return pt_fmt_wrong(w, NULL, "negative indentation level");
    w->level--;
    return PT_FMT_OK;
}

// -- comments -------------------------------------------------------------------------------------

// The bytes of the blank that ends the text, as Unicode has it; 0: there is none.
static size_t blank_at_end(pt_str s) {
    static const char *const wide[] = {"\xc2\x85", "\u00a0", "\u1680", "\u2000", "\u2001",
                                       "\u2002",   "\u2003", "\u2004", "\u2005", "\u2006",
                                       "\u2007",   "\u2008", "\u2009", "\u200a", "\u2028",
                                       "\u2029",   "\u202f", "\u205f", "\u3000"};
    if (s.n && strchr("\t\n\v\f\r ", s.p[s.n - 1]))
        return 1;
    for (size_t i = 0; i < PT_COUNT(wide); i++) {
        pt_str one = pt_str_of(wide[i]);
        if (pt_str_ends(s, one))
            return one.n;
    }
    return 0;
}

pt_str pt_fmt_comment_text(const pt_comment *c) {
    pt_str s = c->text;
    for (size_t n; (n = blank_at_end(s)) > 0;)
        s.n -= n;
    return s;
}

void pt_fmt_put_comment(pt_fmt *w, const pt_comment *c) {
    pt_buf_putc(w->out, '#');
    pt_buf_put(w->out, pt_fmt_comment_text(c));
}

void pt_fmt_line_comment(pt_fmt *w, const pt_comment *c) {
    if (!w->inside)
        pt_fmt_start_line(w);
    pt_fmt_put_comment(w, c);
    pt_fmt_end_line(w);
}

static bool metadata(const pt_comment *c) {
    return c->loc.column == 1 && pt_str_starts(pt_str_trim(c->text), PT_STR("METADATA"));
}

// Blocks of them stay apart, and a block of METADATA from what it follows.
void pt_fmt_comments(pt_fmt *w, pt_notes v) {
    bool block = false;
    for (size_t i = 0; i < v.n; i++) {
        uint32_t gap = i ? v.v[i]->loc.row - v.v[i - 1]->loc.row : 0;
        if (gap > 1 || (gap == 1 && block && metadata(v.v[i])))
            pt_fmt_blank_line(w);
        block = (block && gap <= 1) || metadata(v.v[i]);
        pt_fmt_line_comment(w, v.v[i]);
    }
}

pt_notes pt_fmt_before(const pt_fmt *w, uint32_t row) {
    size_t n = 0;
    while (n < w->notes.n && w->notes.v[n]->loc.row < row)
        n++;
    return (pt_notes){w->notes.v, n};
}

static void skip(pt_fmt *w, size_t n) {
    w->notes.v += n;
    w->notes.n -= n;
}

static pt_fmt_code at_line_end(pt_fmt *w, const pt_comment *c) {
    if (!w->before_end) {
        w->before_end = c;
        return PT_FMT_OK;
    }
    if (!c)
        return PT_FMT_OK;
    w->before_end = NULL;
    return PT_FMT_COMMENT;
}

pt_fmt_code pt_fmt_insert(pt_fmt *w, int64_t row) {
    pt_notes before = row < 0 ? (pt_notes){w->notes.v, 0} : pt_fmt_before(w, (uint32_t)row);
    const pt_comment *at = NULL;
    skip(w, before.n);
    for (; w->notes.n && w->notes.v[0]->loc.row == row; skip(w, 1))
        at = w->notes.v[0];
    pt_fmt_comments(w, before);
    if (before.n && row - before.v[before.n - 1]->loc.row > 1)
        pt_fmt_blank_line(w);
    return at_line_end(w, at);
}

// The comments within it are in its text.
pt_fmt_code pt_fmt_as_it_stood(pt_fmt *w, pt_loc loc) {
    pt_str text = pt_loc_text(loc);
    if (!text.n)
        return pt_fmt_wrong(w, NULL, "original unformatted text is empty");
    uint32_t last = pt_fmt_end_row(&loc);
    pt_fmt_put_str(w, text);
    while (w->notes.n && w->notes.v[0]->loc.row < last)
        skip(w, 1);
    while (w->notes.n && w->notes.v[0]->loc.row == last && w->comment_at_last) {
        pt_fmt_put(w, " ");
        pt_fmt_put_str(w, pt_loc_text(w->notes.v[0]->loc));
        skip(w, 1);
    }
    return PT_FMT_OK;
}

// -- places ---------------------------------------------------------------------------------------

uint32_t pt_fmt_end_row(const pt_loc *loc) {
    pt_str s = pt_loc_text(*loc);
    uint32_t row = loc->row;
    for (size_t i = 0; i < s.n; i++)
        row += s.p[i] == '\n';
    return row;
}

// From `i` on, past the bracket that closes the first one there. `*rows` counts the lines, but for
// those before the opening one, as OPA does.
static bool past(pt_str s, const char pair[2], size_t *i, uint32_t *rows) {
    while (*i < s.n && s.p[*i] != pair[0])
        ++*i;
    for (size_t open = 1; open > 0;) {
        if (++*i >= s.n)
            return false;
        open += s.p[*i] == pair[0];
        open -= s.p[*i] != pair[0] && s.p[*i] == pair[1];
        *rows += s.p[*i] == '\n';
    }
    return true;
}

int64_t pt_fmt_closing_past(pt_loc loc, const char skip_pair[2], const char pair[2]) {
    pt_str s = pt_loc_text(loc);
    size_t i = 0;
    uint32_t rows = 0;
    (void)past(s, skip_pair, &i, &rows);
    return past(s, pair, &i, &rows) ? (int64_t)loc.row + rows : -1;
}

int64_t pt_fmt_closing(pt_loc loc, char open, char close) {
    size_t i = 0;
    uint32_t rows = 0;
    const char pair[2] = {open, close};
    return past(pt_loc_text(loc), pair, &i, &rows) ? (int64_t)loc.row + rows : -1;
}

static bool closes(const pt_term *head) {
    switch (head->kind) {
    case PT_TERM_ARRAY:
    case PT_TERM_OBJECT:
    case PT_TERM_ARRAY_COMPR:
    case PT_TERM_SET_COMPR:
    case PT_TERM_OBJECT_COMPR:
        return true;
    case PT_TERM_SET:
        return head->items.n > 0;
    default:
        return head->parens;
    }
}

// OPA's text of a number with a sign is the sign, and that of a ref to a value in brackets begins
// with the last of them.
pt_loc pt_fmt_text_loc(const pt_term *t) {
    pt_loc loc = t->loc;
    pt_str s = pt_loc_text(loc);
    if (t->kind == PT_TERM_CONST && pt_tag_of(t->value) == PT_NUMBER && s.n &&
        (s.p[0] == '-' || s.p[0] == '.'))
        loc.n = 1;
    if (t->kind != PT_TERM_REF || t->parens)
        return loc;
    const pt_loc *head = &t->items.v[0]->loc;
    if (closes(t->items.v[0]) && head->n && head->at + head->n <= loc.at + loc.n) {
        uint32_t end = loc.at + loc.n;
        loc.at = head->at + head->n - 1;
        loc.n = end - loc.at;
    }
    return loc;
}
