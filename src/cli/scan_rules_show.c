#include "cli/scan_rules.h"
#include "cli/scan_vuln.h"
#include "record/report/cells.h"

enum {
    MESSAGE_CELLS = 46, // at 80 columns
    SEVERITY_CELLS = 8,
    PAGE_CELLS = 80,
};

static pt_str text_of(pt_value v, const char *key) {
    return pt_text(pt_getz(v, key));
}

static bool is_of(pt_value row, pt_verdict v) {
    return pt_str_eqz(text_of(row, "verdict"), pt_verdict_word(v));
}

// "main.rego:3"; of a package the file that proves it.
static void put_place(pt_buf *b, pt_value row) {
    pt_value package = pt_getz(row, "package");
    pt_value of = pt_defined(package) ? package : row;
    int64_t line = 0;
    pt_value lines = pt_getz(package, "lines");
    PT_IGNORE(pt_to_int(pt_len(lines) ? pt_at(lines, 0) : pt_getz(row, "line"), &line));
    pt_buf_put_safe(b, text_of(of, "file"));
    if (line > 0)
        pt_buf_printf(b, ":%lld", (long long)line);
}

static void put_row(pt_buf *b, const pt_terminal *t, pt_value row, const pt_scan_marks *marks) {
    PT_AUTO(pt_buf_done) pt_buf safe = PT_BUF(1 << 16);
    PT_AUTO(pt_buf_done) pt_buf place = PT_BUF(1 << 14);
    size_t cells = pt_scan_cells(t, MESSAGE_CELLS);
    bool fails = is_of(row, PT_FAIL);
    pt_str standing = pt_scan_standing(marks, row, text_of(row, "severity"));
    pt_role role = fails ? pt_scan_role(text_of(row, "severity")) : PT_ROLE_UNKNOWN;
    pt_buf_put_safe(&safe, text_of(row, "message"));
    pt_str rest = pt_buf_str(&safe);
    pt_scan_put_title(b, t, role, fails ? PT_SIGN_FAIL : PT_SIGN_UNKNOWN,
                      pt_take_line(&rest, cells), cells);
    pt_paint_padded(b, t, role, fails ? standing : (pt_str){0}, SEVERITY_CELLS);
    pt_buf_putz(b, "  ");
    pt_buf_put_safe(&place, text_of(row, "rule"));
    pt_put_cut_middle(b, t, pt_buf_str(&place), PAGE_CELLS - MESSAGE_CELLS - SEVERITY_CELLS - 8);
    pt_buf_putc(b, '\n');
    while ((rest = pt_str_trim(rest)).n) {
        pt_buf_putz(b, "    ");
        pt_put_cut_middle(b, t, pt_take_line(&rest, cells), cells);
        pt_buf_putc(b, '\n');
    }
    const char *mark = pt_scan_mark_of(marks, row);
    pt_buf_clear(&place);
    put_place(&place, row);
    if (!place.n && !mark[0])
        return;
    pt_buf_putz(b, place.n ? "    " : "  ");
    pt_paint(b, t, PT_ROLE_QUIET, pt_buf_str(&place));
    pt_scan_put_mark(b, t, mark);
    pt_buf_putc(b, '\n');
}

static void put_all(pt_buf *b, const pt_terminal *t, pt_value rows, const char *severity,
                    pt_verdict v, const pt_scan_marks *marks) {
    for (size_t i = 0; i < pt_len(rows); i++) {
        pt_value row = pt_at(rows, i);
        if (is_of(row, v) && pt_str_eqz(text_of(row, "severity"), severity) &&
            (t->all || !pt_scan_steps_back(marks, row)))
            put_row(b, t, row, marks);
    }
}

static size_t shown_of(pt_value rows, const pt_terminal *t, const pt_scan_marks *marks) {
    size_t n = 0;
    for (size_t i = 0; i < pt_len(rows); i++) {
        pt_value row = pt_at(rows, i);
        n += is_of(row, PT_NOT_EVALUATED) ||
             (is_of(row, PT_FAIL) && (t->all || !pt_scan_steps_back(marks, row)));
    }
    return n;
}

static size_t count(pt_value rows, pt_verdict v) {
    size_t n = 0;
    for (size_t i = 0; i < pt_len(rows); i++)
        n += is_of(pt_at(rows, i), v);
    return n;
}

static void show(pt_buf *b, pt_value rows, const char *head, const pt_terminal *t,
                 const pt_scan_marks *marks) {
    if (!shown_of(rows, t, marks))
        return;
    pt_buf_putc(b, '\n');
    pt_paint(b, t, PT_ROLE_HEAD, pt_str_of(head));
    pt_buf_putc(b, '\n');
    for (pt_verdict v = PT_FAIL; v <= PT_NOT_EVALUATED; v++)
        for (pt_severity s = PT_CRITICAL; s < PT_SEVERITY_COUNT; s++)
            put_all(b, t, rows, pt_severity_word(s), v, marks);
}

void pt_scan_rules_show(pt_buf *b, pt_value doc, const pt_terminal *t, const pt_scan_marks *marks) {
    show(b, pt_getz(doc, "denied"), "Denied", t, marks);
    show(b, pt_getz(doc, "policy"), "Policy", t, marks);
}

void pt_scan_rules_count(pt_buf *b, pt_value doc) {
    pt_value denied = pt_getz(doc, "denied");
    pt_value policy = pt_getz(doc, "policy");
    size_t unknown = count(policy, PT_NOT_EVALUATED);
    if (pt_defined(denied))
        pt_buf_printf(b, ", %zu denied", count(denied, PT_FAIL));
    if (pt_defined(policy))
        pt_buf_printf(b, ", policy: %zu fail", count(policy, PT_FAIL));
    if (unknown)
        pt_buf_printf(b, ", %zu not evaluated", unknown);
}
