#include "cli/scan_hardening.h"

#include <string.h>

#include "cli/scan_vuln.h"
#include "judge/finding.h"
#include "record/report/cells.h"

enum {
    TITLE_CELLS = 46, // at 80 columns
    SEVERITY_CELLS = 8,
    TEXT_FROM = 4,
    COSTS_SHOWN = 4,
};

static pt_str text_of(pt_value v, const char *key) {
    return pt_text(pt_getz(v, key));
}

static long long number_of(pt_value v, const char *key) {
    int64_t n = 0;
    PT_IGNORE(pt_to_int(pt_getz(v, key), &n)); // 0: it is not there
    return n;
}

static pt_value findings_of(pt_value doc) {
    return pt_getz(pt_getz(doc, "hardening"), "findings");
}

static bool is_of(pt_value f, pt_verdict v) {
    return pt_str_eqz(text_of(f, "verdict"), pt_verdict_word(v));
}

static bool is_note(pt_value f) {
    return pt_str_eqz(text_of(f, "severity"), pt_severity_word(PT_INFO));
}

static void put_line(pt_buf *b, const pt_terminal *t, pt_role role, pt_str s, const char *mark) {
    PT_AUTO(pt_buf_done) pt_buf cut = PT_BUF(1 << 14);
    size_t room = pt_scan_cells(t, TITLE_CELLS) + SEVERITY_CELLS + 20;
    if (!s.n && !mark[0])
        return;
    pt_put_cut_middle(&cut, t, s, room - (mark[0] ? strlen(mark) + 2 : 0));
    pt_buf_fill(b, ' ', s.n ? TEXT_FROM : TEXT_FROM - 2);
    pt_paint(b, t, role, pt_buf_str(&cut));
    pt_scan_put_mark(b, t, mark);
    pt_buf_putc(b, '\n');
}

static void put_one(pt_buf *b, const pt_terminal *t, pt_value f, const pt_scan_marks *marks) {
    bool fails = is_of(f, PT_FAIL);
    pt_str standing = pt_scan_standing(marks, f, text_of(f, "severity"));
    pt_role role = fails ? pt_scan_role(text_of(f, "severity")) : PT_ROLE_UNKNOWN;
    pt_scan_put_title(b, t, role, fails ? PT_SIGN_FAIL : PT_SIGN_UNKNOWN, text_of(f, "title"),
                      pt_scan_cells(t, TITLE_CELLS));
    pt_paint_padded(b, t, role, fails ? standing : (pt_str){0}, SEVERITY_CELLS);
    pt_buf_putz(b, "  ");
    pt_paint(b, t, PT_ROLE_QUIET, text_of(f, "id"));
    pt_buf_putc(b, '\n');
    put_line(b, t, PT_ROLE_PLAIN, text_of(f, "evidence"), pt_scan_mark_of(marks, f));
    if (t->all)
        put_line(b, t, PT_ROLE_QUIET, text_of(f, "source"), "");
}

// "Minimality 62 of 100: a shell -10, 88 packages -8, …"
static void put_score(pt_buf *b, const pt_terminal *t, pt_value minimality) {
    pt_value costs = pt_getz(minimality, "costs");
    PT_AUTO(pt_buf_done) pt_buf s = PT_BUF(4096);
    pt_buf_printf(&s, "%lld of 100", number_of(minimality, "score"));
    for (size_t i = 0; i < pt_len(costs) && (i < COSTS_SHOWN || t->all); i++) {
        pt_value c = pt_at(costs, i);
        if (!number_of(c, "points"))
            break;
        pt_buf_printf(&s, "%s%.*s (%lld) -%lld", i ? ", " : ": ", PT_PRI(text_of(c, "what")),
                      number_of(c, "n"), number_of(c, "points"));
    }
    pt_str rest = pt_buf_str(&s);
    pt_buf_putz(b, "  Minimality\n");
    while (rest.n) {
        pt_str line = pt_take_line(&rest, pt_scan_cells(t, TITLE_CELLS) + SEVERITY_CELLS + 20);
        pt_buf_fill(b, ' ', TEXT_FROM);
        pt_buf_put(b, line);
        pt_buf_putc(b, '\n');
    }
}

static void put_all(pt_buf *b, const pt_terminal *t, pt_value found, pt_verdict v,
                    const pt_scan_marks *marks) {
    size_t notes = 0;
    for (size_t i = 0; i < pt_len(found); i++) {
        pt_value f = pt_at(found, i);
        bool hidden = is_note(f) && !t->all;
        if (!is_of(f, v) || (!t->all && pt_scan_steps_back(marks, f)))
            continue;
        notes += hidden;
        if (!hidden)
            put_one(b, t, f, marks);
    }
    if (notes && v == PT_FAIL)
        pt_buf_printf(b, "  %zu %s: --full shows %s\n", notes, notes == 1 ? "note" : "notes",
                      notes == 1 ? "it" : "them");
}

void pt_scan_hardening_show(pt_buf *b, pt_value doc, const pt_terminal *t,
                            const pt_scan_marks *marks) {
    pt_value found = findings_of(doc);
    if (!pt_defined(found))
        return;
    pt_buf_putc(b, '\n');
    pt_paint(b, t, PT_ROLE_HEAD, PT_STR("Hardening"));
    pt_buf_putc(b, '\n');
    put_all(b, t, found, PT_FAIL, marks);
    put_all(b, t, found, PT_NOT_EVALUATED, marks);
    put_score(b, t, pt_getz(pt_getz(doc, "hardening"), "minimality"));
}

void pt_scan_hardening_count(pt_buf *b, pt_value doc) {
    pt_value minimality = pt_getz(pt_getz(doc, "hardening"), "minimality");
    if (pt_defined(minimality))
        pt_buf_printf(b, ", minimality %lld", number_of(minimality, "score"));
}
