// Places in conditions. What is wrong is found in the text in which lists and exceptions were put;
// people look for it in their file. Parts of both texts come in the same order, so that the n-th
// part of one is the n-th of the other; and a text differs from its source in blanks only.
#include "judge/falco/rules_impl.h"

static bool is_blank(char c) {
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

// Where the text begins in the source of its scalar: behind a quote, or the line that opens a
// block.
static size_t text_begins(pt_str source) {
    if (!source.n)
        return 0;
    if (source.p[0] == '|' || source.p[0] == '>')
        return pt_str_find(source, '\n');
    return source.p[0] == '"' || source.p[0] == '\'';
}

// The offset in the source of what stands at `offset` in the text. False: they part before it
// (escapes of a quoted text).
static bool find_in_source(const pt_falco_piece *p, size_t offset, size_t *ret) {
    size_t at = text_begins(p->source);
    for (size_t i = 0;; i++, at++) {
        while (i < p->text.n && is_blank(p->text.p[i]))
            i++;
        if (i >= p->text.n)
            break;
        while (at < p->source.n && is_blank(p->source.p[at]))
            at++;
        if (i >= offset)
            break;
        if (at >= p->source.n || p->source.p[at] != p->text.p[i])
            return false;
    }
    *ret = at;
    return true;
}

static void point_at_source(const pt_falco_piece *p, size_t at, pt_falco_about *about) {
    about->file = p->file;
    about->line = p->line;
    about->column = p->column;
    for (size_t i = 0; i < at && i < p->source.n; i++) {
        bool more = ((unsigned char)p->source.p[i] & 0xc0) == 0x80; // of one letter
        if (p->source.p[i] == '\n') {
            about->line++;
            about->column = 1;
        } else if (!more) {
            about->column++;
        }
    }
}

void pt_falco_point_at(const pt_falco_pieces *pieces, size_t offset, pt_falco_about *about) {
    size_t i = 0;
    while (i + 1 < pieces->n && offset > pieces->v[i].text.n) {
        offset -= pieces->v[i].text.n + 1; // the blank between two
        i++;
    }
    size_t at = 0;
    if (i < pieces->n &&
        (find_in_source(&pieces->v[i], offset, &at) || find_in_source(&pieces->v[i], 0, &at)))
        point_at_source(&pieces->v[i], at, about);
}

// NOLINTNEXTLINE(misc-no-recursion): the depth of a condition that was parsed
static const pt_filter *walk(const pt_filter *f, pt_falco_part_test *test, void *context,
                             size_t *n) {
    if (!f->n_kids) {
        bool found = test(context, f);
        *n += !found;
        return found ? f : NULL;
    }
    const pt_filter *ret = NULL;
    for (size_t i = 0; i < f->n_kids && !ret; i++)
        ret = walk(f->kids[i], test, context, n);
    return ret;
}

size_t pt_falco_find_part(const pt_filter *f, pt_falco_part_test *test, void *context) {
    size_t n = 0;
    walk(f, test, context, &n);
    return n;
}

static bool is_last(void *context, const pt_filter *part) {
    (void)part;
    size_t *left = context;
    return (*left)-- == 0;
}

void pt_falco_point_at_part(pt_falco_loader *l, const pt_falco_pieces *pieces, pt_str written,
                            size_t n, pt_falco_about *about) {
    const pt_filter *f = NULL;
    const pt_filter *found = NULL;
    size_t before = 0;
    if (pt_filter_parse(l->a, written, &f, NULL) == PT_OK)
        found = walk(f, is_last, &n, &before);
    pt_falco_point_at(pieces, found ? found->at : 0, about);
}

void pt_falco_point_at_fault(pt_falco_loader *l, const pt_falco_pieces *pieces, pt_str written,
                             pt_falco_about *about) {
    const pt_filter *f = NULL;
    pt_err e = {0};
    if (pt_filter_parse(l->a, written, &f, &e) == PT_OK)
        e.offset = 0; // it is in what was put in
    pt_falco_point_at(pieces, (size_t)e.offset, about);
}
