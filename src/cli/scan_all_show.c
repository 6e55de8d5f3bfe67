#include "cli/scan_all_show.h"

#include "base/err.h"
#include "cli/scan_vuln.h"
#include "cli/verb.h"
#include "record/report/cells.h"
#include "value/json.h"

enum {
    LABEL_BYTES_MAX = 4096,
    VERDICT_CELLS = 15,
    WORST_CELLS = 11,
    FIX_CELLS = 8,
    SIZE_CELLS = 10,
    HOW_CELLS = 10,
    NAME_CELLS_MIN = 16,
};

static int64_t number_of(pt_value v, const char *key) {
    int64_t n = 0;
    PT_IGNORE(!pt_to_int(pt_getz(v, key), &n)); // 0: it is not there
    return n;
}

pt_str pt_scan_row_label(pt_arena *a, const pt_scan_row *row) {
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(LABEL_BYTES_MAX);
    pt_buf_put_safe(&b, row->names.n     ? row->names.v[0]
                        : row->digests.n ? row->digests.v[0]
                                         : row->id);
    return pt_arena_str(a, pt_buf_str(&b));
}

// -- one row --------------------------------------------------------------------------------------

static const struct {
    const char *word;
    int exit;
    pt_role role;
    pt_sign sign;
} verdicts[] = {
    {"not evaluated", PT_EXIT_FAILED, PT_ROLE_UNKNOWN, PT_SIGN_UNKNOWN},
    {"fail", PT_EXIT_FINDINGS, PT_ROLE_HIGH, PT_SIGN_FAIL},
    {"pass", PT_EXIT_OK, PT_ROLE_PASS, PT_SIGN_PASS},
};

// What could not be scanned was not evaluated.
static size_t verdict_of(const pt_scan_row *row) {
    pt_str word = pt_text(pt_getz(row->record, "verdict"));
    for (size_t i = 0; i < PT_COUNT(verdicts); i++)
        if (pt_str_eqz(word, verdicts[i].word))
            return i;
    return 0;
}

static const char *how_of(const pt_scan_row *row) {
    static const char *const words[] = {[PT_SCAN_FAILED] = "failed",
                                        [PT_SCAN_READ] = "read",
                                        [PT_SCAN_JUDGED] = "judged",
                                        [PT_SCAN_UNCHANGED] = "unchanged"};
    return words[row->how];
}

static const char *worst_of(const pt_scan_row *row) {
    static const char *const words[] = {"critical", "high",       "medium",
                                        "low",      "negligible", "unknown"};
    pt_value counts = pt_getz(row->record, "counts");
    for (size_t i = 0; i < PT_COUNT(words); i++)
        if (number_of(counts, words[i]) > 0)
            return words[i];
    return "-";
}

static int64_t fixable_of(const pt_scan_row *row) {
    return number_of(pt_getz(row->record, "over_fixable"), "negligible");
}

static void put_size(pt_buf *b, int64_t bytes) {
    static const char *const units[] = {"B", "KiB", "MiB", "GiB"};
    double n = (double)bytes;
    size_t u = 0;
    if (bytes < 0) {
        pt_buf_putz(b, "?");
        return;
    }
    for (; n >= 1024 && u + 1 < PT_COUNT(units); u++)
        n /= 1024;
    pt_buf_printf(b, u ? "%.1f %s" : "%.0f %s", n, units[u]);
}

static pt_str why_of(pt_arena *a, const pt_scan_row *row) {
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(LABEL_BYTES_MAX);
    pt_buf_put_safe(&b, row->how == PT_SCAN_FAILED ? pt_str_of(row->error.what)
                                                   : pt_text(pt_getz(row->record, "why")));
    return pt_arena_str(a, pt_buf_str(&b));
}

// -- all rows -------------------------------------------------------------------------------------

int pt_scan_rows_exit(const pt_scan_row *v, size_t n) {
    int worst = PT_EXIT_OK; // a known failure is worse than what could not be looked at
    for (size_t i = 0; i < n; i++) {
        int exit = verdicts[verdict_of(&v[i])].exit;
        if (exit == PT_EXIT_FINDINGS || worst == PT_EXIT_OK)
            worst = exit;
        if (worst == PT_EXIT_FINDINGS)
            break;
    }
    return worst;
}

static void put_line(pt_buf *b, pt_arena *a, const pt_scan_row *row) {
    pt_str why = why_of(a, row);
    pt_buf_printf(b, "%s  %s  %lld  ", verdicts[verdict_of(row)].word, worst_of(row),
                  (long long)fixable_of(row));
    put_size(b, row->bytes);
    pt_buf_printf(b, "  %s  %.*s%s%.*s\n", how_of(row), PT_PRI(pt_scan_row_label(a, row)),
                  why.n ? "  " : "", PT_PRI(why));
}

static void put_padded(pt_buf *b, const pt_terminal *t, pt_role role, const char *text,
                       size_t cells) {
    pt_paint_padded(b, t, role, pt_str_of(text), cells);
}

static void put_head(pt_buf *b, const pt_terminal *t, size_t name_cells) {
    pt_buf_putz(b, "  ");
    put_padded(b, t, PT_ROLE_HEAD, "Image", name_cells + 2);
    put_padded(b, t, PT_ROLE_HEAD, "size", SIZE_CELLS);
    put_padded(b, t, PT_ROLE_HEAD, "verdict", VERDICT_CELLS);
    put_padded(b, t, PT_ROLE_HEAD, "worst", WORST_CELLS);
    put_padded(b, t, PT_ROLE_HEAD, "fixable", FIX_CELLS);
    pt_paint(b, t, PT_ROLE_HEAD, PT_STR("scan"));
    pt_buf_putc(b, '\n');
}

static void put_row(pt_buf *b, pt_arena *a, const pt_terminal *t, const pt_scan_row *row,
                    size_t name_cells) {
    PT_AUTO(pt_buf_done) pt_buf size = PT_BUF(64);
    PT_AUTO(pt_buf_done) pt_buf name = PT_BUF(LABEL_BYTES_MAX);
    size_t v = verdict_of(row);
    pt_str why = why_of(a, row);
    put_size(&size, row->bytes);
    pt_put_cut_middle(&name, t, pt_scan_row_label(a, row), name_cells);
    pt_paint(b, t, verdicts[v].role, pt_str_of(pt_sign_text(t, verdicts[v].sign)));
    pt_buf_putc(b, ' ');
    pt_paint_padded(b, t, PT_ROLE_PLAIN, pt_buf_str(&name), name_cells + 2);
    pt_paint_padded(b, t, PT_ROLE_PLAIN, pt_buf_str(&size), SIZE_CELLS);
    put_padded(b, t, verdicts[v].role, verdicts[v].word, VERDICT_CELLS);
    put_padded(b, t, pt_scan_role(pt_str_of(worst_of(row))), worst_of(row), WORST_CELLS);
    pt_paint_padded(b, t, PT_ROLE_PLAIN, pt_arena_printf(a, "%lld", (long long)fixable_of(row)),
                    FIX_CELLS);
    pt_paint(b, t, PT_ROLE_QUIET, pt_str_of(how_of(row)));
    pt_buf_putc(b, '\n');
    while (why.n) {
        pt_str line = pt_take_line(&why, t->width > 8 ? t->width - 4 : 4);
        pt_buf_printf(b, "    %.*s\n", PT_PRI(line));
    }
}

static void put_table(pt_buf *b, pt_arena *a, const pt_scan_rows *r, const pt_terminal *t) {
    const size_t others = 2 + 2 + SIZE_CELLS + VERDICT_CELLS + WORST_CELLS + FIX_CELLS + HOW_CELLS;
    size_t room = t->width > others + NAME_CELLS_MIN ? t->width - others : NAME_CELLS_MIN;
    size_t widest = NAME_CELLS_MIN;
    for (size_t i = 0; i < r->n; i++) {
        size_t n = pt_terminal_cells(pt_scan_row_label(a, &r->v[i]));
        widest = n > widest ? n : widest;
    }
    widest = widest < room ? widest : room;
    put_head(b, t, widest);
    for (size_t i = 0; i < r->n; i++)
        put_row(b, a, t, &r->v[i], widest);
    pt_buf_putc(b, '\n');
}

static void put_summary(pt_buf *b, const pt_scan_rows *r) {
    size_t of[PT_COUNT(verdicts)] = {0};
    size_t how[PT_SCAN_UNCHANGED + 1] = {0};
    for (size_t i = 0; i < r->n; i++) {
        of[verdict_of(&r->v[i])]++;
        how[r->v[i].how]++;
    }
    pt_buf_printf(b, "%zu image%s: %zu fail, %zu not evaluated, %zu pass", r->n,
                  r->n == 1 ? "" : "s", of[1], of[0], of[2]);
    pt_buf_printf(b, "; %zu read, %zu judged anew, %zu unchanged, %.1f s\n", how[PT_SCAN_READ],
                  how[PT_SCAN_JUDGED], how[PT_SCAN_UNCHANGED], (double)r->ns / 1e9);
}

void pt_scan_rows_show(pt_buf *b, pt_arena *a, const pt_scan_rows *r, const pt_terminal *t) {
    if (t->width && !t->quiet && r->n)
        put_table(b, a, r, t);
    for (size_t i = 0; !t->width && !t->quiet && i < r->n; i++)
        put_line(b, a, &r->v[i]);
    put_summary(b, r);
}

// -- JSON -----------------------------------------------------------------------------------------

static pt_value words_value(pt_arena *a, const pt_scan_words *w) {
    pt_list l = {.a = a};
    for (size_t i = 0; i < w->n; i++)
        pt_list_add(&l, pt_string(w->v[i]));
    return pt_list_end(&l);
}

static pt_value row_value(pt_arena *a, const pt_scan_row *row) {
    static const char *const copied[] = {"read", "judged",       "index",    "index_made", "counts",
                                         "over", "over_fixable", "packages", "receipt"};
    pt_obj o = {.a = a};
    pt_str why = row->how == PT_SCAN_FAILED ? pt_str_of(row->error.what)
                                            : pt_text(pt_getz(row->record, "why"));
    pt_obj_set(&o, "id", pt_string(row->id));
    pt_obj_set(&o, "names", words_value(a, &row->names));
    pt_obj_set(&o, "digests", words_value(a, &row->digests));
    if (row->bytes >= 0)
        pt_obj_set(&o, "bytes", pt_int(row->bytes));
    pt_obj_set(&o, "how", pt_stringz(how_of(row)));
    pt_obj_set(&o, "verdict", pt_stringz(verdicts[verdict_of(row)].word));
    if (why.n)
        pt_obj_set(&o, "why", pt_string(why));
    for (size_t i = 0; i < PT_COUNT(copied); i++)
        pt_obj_maybe(&o, copied[i], pt_getz(row->record, copied[i]));
    return pt_obj_end(&o);
}

pt_code pt_scan_rows_json(pt_buf *b, pt_arena *a, const pt_scan_rows *r, pt_err *e) {
    pt_list images = {.a = a};
    for (size_t i = 0; i < r->n; i++)
        pt_list_add(&images, row_value(a, &r->v[i]));
    pt_obj o = {.a = a};
    pt_obj_set(&o, "format", pt_stringz("paratia-scan-all/1"));
    pt_obj_set(&o, "index", r->index);
    pt_obj_set(&o, "images", pt_list_end(&images));
    pt_obj_set(&o, "exit", pt_int(pt_scan_rows_exit(r->v, r->n)));
    pt_value v = pt_obj_end(&o);
    if (!pt_defined(v))
        return pt_err_set(e, PT_E_NOMEM, "out of memory");
    pt_code code = pt_json_write(b, v, &(pt_json_opts){.pretty = true}, e);
    pt_buf_putc(b, '\n');
    return code;
}
