#include <stdio.h>

#include "record/report/page.h"

static size_t blanks_before(pt_str s) {
    size_t n = 0;
    while (n < s.n && s.p[n] == ' ')
        n++;
    return n;
}

// "  41 |   hostPath: {path: /var/log}", and the value underlined. A line that was cut, or that
// would not fit, is not shown: half a line misleads.
static void put_excerpt(pt_page *p, const pt_finding *f) {
    PT_AUTO(pt_buf_done) pt_buf safe = PT_BUF(4096);
    pt_buf_put_safe(&safe, f->excerpt);
    pt_str text = pt_buf_str(&safe);
    char number[16];
    int digits = snprintf(number, sizeof number, "%u", f->place.line);
    size_t cells = pt_terminal_cells(text);
    if (!text.n || safe.full || cells + (size_t)digits + 5 > p->width)
        return;
    pt_buf_printf(p->b, "  %s | ", number);
    pt_page_line(p, PT_ROLE_PLAIN, text);
    size_t from = f->place.column ? f->place.column - 1 : 0;
    if (from >= cells)
        from = blanks_before(text);
    pt_buf_fill(p->b, ' ', 2 + (size_t)digits);
    pt_buf_putz(p->b, " | ");
    pt_buf_fill(p->b, ' ', from);
    PT_AUTO(pt_buf_done) pt_buf carets = PT_BUF(4096);
    pt_buf_fill(&carets, '^', cells - from);
    pt_page_line(p, pt_severity_roles[f->check->severity], pt_buf_str(&carets));
}

static void put_place(pt_page *p, const pt_finding *f) {
    pt_buf_put(p->b, f->place.file);
    if (f->place.line)
        pt_buf_printf(p->b, ":%u:%u", f->place.line, f->place.column);
    pt_buf_putz(p->b, "  ");
    pt_paint(p->b, p->t, pt_severity_roles[f->check->severity],
             pt_str_of(pt_severity_word(f->check->severity)));
    pt_buf_putz(p->b, "  ");
    pt_buf_putz(p->b, f->check->title);
    if (f->is_new && p->r->compared) {
        pt_buf_putz(p->b, "  ");
        pt_paint(p->b, p->t, PT_ROLE_MARK, PT_STR("new"));
    }
    pt_page_end(p);
}

void pt_page_places(pt_page *p) {
    bool was_brief = false;
    for (size_t i = 0; i < p->r->findings.all.n; i++) {
        const pt_finding *f = &p->r->findings.all.v[i];
        // Medium and lower are one line each, unless all is asked for.
        bool brief = f->check->severity > PT_HIGH && !p->t->all;
        if (!pt_finding_open(f))
            continue;
        if (!brief || !was_brief)
            pt_page_block(p);
        was_brief = brief;
        put_place(p, f);
        if (brief)
            continue;
        pt_buf_putz(p->b, "  ");
        pt_buf_put(p->b, f->subject);
        pt_buf_putz(p->b, ", ");
        pt_paint(p->b, p->t, PT_ROLE_QUIET, pt_str_of(f->check->id));
        pt_page_end(p);
        put_excerpt(p, f);
        pt_page_prose(p, f->evidence, 2, p->width - 2);
        pt_page_prose(p, pt_str_of(f->check->consequence), 2, p->width - 2);
    }
}
