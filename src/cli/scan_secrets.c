#include "cli/scan_secrets.h"

#include "cli/scan_vuln.h"
#include "record/report/cells.h"

enum {
    TITLE_CELLS = 44, // at 80 columns
    SEVERITY_CELLS = 17,
    TEXT_FROM = 4,
};

// Worst first; the last one is any other word.
static const char *const severities[] = {"critical", "high", "medium", "low", "unknown"};

static pt_str text_of(pt_value v, const char *key) {
    return pt_text(pt_getz(v, key));
}

static long long number_of(pt_value v, const char *key) {
    int64_t n = 0;
    PT_IGNORE(pt_to_int(pt_getz(v, key), &n)); // 0: it is not there
    return n;
}

static bool is_of(pt_value f, size_t severity) {
    size_t i = 0;
    while (i + 1 < PT_COUNT(severities) && !pt_str_eqz(text_of(f, "severity"), severities[i]))
        i++;
    return i == severity;
}

static void put_place(pt_buf *b, pt_value f) {
    pt_str config = text_of(f, "config");
    pt_buf_putz(b, config.n ? "config " : "");
    pt_buf_put_safe(b, config.n ? config : text_of(f, "file"));
    if (!config.n)
        pt_buf_printf(b, ":%lld", number_of(f, "line"));
}

// "app/.env:3, 40 bytes, deleted in layer 4"
static void put_evidence(pt_buf *b, const pt_terminal *t, pt_value f) {
    PT_AUTO(pt_buf_done) pt_buf place = PT_BUF(1 << 16);
    PT_AUTO(pt_buf_done) pt_buf rest = PT_BUF(128);
    size_t room = pt_scan_cells(t, TITLE_CELLS) + SEVERITY_CELLS;
    put_place(&place, f);
    if (number_of(f, "bytes"))
        pt_buf_printf(&rest, ", %lld bytes", number_of(f, "bytes"));
    if (number_of(f, "deleted_in"))
        pt_buf_printf(&rest, ", deleted in layer %lld", number_of(f, "deleted_in"));
    pt_buf_fill(b, ' ', TEXT_FROM);
    pt_put_cut_middle(b, t, pt_buf_str(&place), room > rest.n ? room - rest.n : 1);
    pt_buf_put(b, pt_buf_str(&rest));
    pt_buf_putc(b, '\n');
}

static void put_one(pt_buf *b, const pt_terminal *t, pt_value f, const pt_scan_marks *marks,
                    const char *severity) {
    PT_AUTO(pt_buf_done) pt_buf title = PT_BUF(1 << 16);
    pt_role role = pt_scan_role(pt_str_of(severity));
    pt_str named = text_of(f, "title");
    pt_buf_put_safe(&title, named.n ? named : text_of(f, "rule"));
    pt_scan_put_title(b, t, role, PT_SIGN_FAIL, pt_buf_str(&title), pt_scan_cells(t, TITLE_CELLS));
    pt_paint_padded(b, t, role, pt_scan_standing(marks, f, pt_str_of(severity)), SEVERITY_CELLS);
    if (number_of(f, "layer"))
        pt_buf_printf(b, "%5lld", number_of(f, "layer"));
    else if (text_of(f, "config").n)
        pt_buf_putz(b, "config");
    pt_scan_put_mark(b, t, pt_scan_mark_of(marks, f));
    pt_buf_putc(b, '\n');
    put_evidence(b, t, f);
}

static void put_head(pt_buf *b, const pt_terminal *t) {
    pt_buf_putc(b, '\n');
    pt_paint_padded(b, t, PT_ROLE_HEAD, PT_STR("Secrets"),
                    TEXT_FROM + pt_scan_cells(t, TITLE_CELLS) + 2);
    pt_paint_padded(b, t, PT_ROLE_HEAD, PT_STR("severity"), SEVERITY_CELLS);
    pt_paint(b, t, PT_ROLE_HEAD, PT_STR("layer"));
    pt_buf_putc(b, '\n');
}

void pt_scan_secrets_show(pt_buf *b, pt_value doc, const pt_terminal *t,
                          const pt_scan_marks *marks) {
    pt_value found = pt_getz(doc, "secrets");
    size_t shown = 0;
    for (size_t s = 0; s < PT_COUNT(severities); s++)
        for (size_t i = 0; i < pt_len(found); i++) {
            pt_value f = pt_at(found, i);
            if (!is_of(f, s) || (!t->all && pt_scan_steps_back(marks, f)))
                continue;
            if (!shown++)
                put_head(b, t);
            put_one(b, t, f, marks, severities[s]);
        }
}

void pt_scan_secrets_count(pt_buf *b, pt_value doc) {
    pt_value found = pt_getz(doc, "secrets");
    const char *before = " (";
    if (!pt_defined(found))
        return;
    pt_buf_printf(b, ", %zu %s", pt_len(found), pt_len(found) == 1 ? "secret" : "secrets");
    for (size_t s = 0; s < PT_COUNT(severities); s++) {
        size_t n = 0;
        for (size_t i = 0; i < pt_len(found); i++)
            n += is_of(pt_at(found, i), s);
        if (n)
            pt_buf_printf(b, "%s%zu %s", before, n, severities[s]);
        before = n ? ", " : before;
    }
    pt_buf_putz(b, pt_len(found) ? ")" : "");
}
