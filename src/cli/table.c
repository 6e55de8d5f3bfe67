#include "cli/table.h"

#include "record/report/terminal.h"

void pt_table_add(pt_table *t, pt_str cell) {
    pt_str *slot = PT_PUSH(t->a, &t->cells);
    if (slot)
        *slot = cell;
}

static pt_str nth_line(pt_str s, size_t i) {
    pt_str line = {0};
    for (size_t k = 0; k <= i; k++)
        if (!pt_str_split(&s, '\n', &line))
            return (pt_str){0};
    return pt_str_trim(line);
}

static size_t lines(pt_str s) {
    size_t n = 0;
    pt_str line;
    while (pt_str_split(&s, '\n', &line))
        n++;
    return n ? n : 1;
}

static void put_rule(pt_buf *b, const size_t *widths, size_t n, const char *const ends[3]) {
    for (size_t i = 0; i < n; i++) {
        pt_buf_putz(b, i ? ends[1] : ends[0]);
        for (size_t k = 0; k < widths[i] + 2; k++)
            pt_buf_putz(b, "─");
    }
    pt_buf_putz(b, ends[2]);
}

// A row of cells, which may be several lines high. The head's cells are centred.
static void put_row(pt_buf *b, const pt_str *cells, const size_t *widths, size_t n, bool head) {
    size_t high = 1;
    for (size_t i = 0; i < n; i++)
        high = lines(cells[i]) > high ? lines(cells[i]) : high;
    for (size_t line = 0; line < high; line++) {
        for (size_t i = 0; i < n; i++) {
            pt_str s = nth_line(cells[i], line);
            size_t left = widths[i] - pt_terminal_cells(s);
            size_t before = head ? left / 2 : 0;
            pt_buf_putz(b, "│ ");
            pt_buf_fill(b, ' ', before);
            pt_buf_put(b, s);
            pt_buf_fill(b, ' ', left - before + 1);
        }
        pt_buf_putz(b, "│\n");
    }
}

void pt_table_put(pt_buf *b, const pt_table *t) {
    static const char *const TOP[3] = {"┌", "┬", "┐\n"};
    static const char *const MIDDLE[3] = {"├", "┼", "┤\n"};
    static const char *const BOTTOM[3] = {"└", "┴", "┘\n"};
    size_t *widths = PT_NEW(t->a, size_t, t->columns);
    if (!widths || t->a->full) {
        b->full = true;
        return;
    }
    for (size_t i = 0; i < t->cells.n; i++)
        for (size_t k = 0; k < lines(t->cells.v[i]); k++) {
            size_t w = pt_terminal_cells(nth_line(t->cells.v[i], k));
            widths[i % t->columns] = w > widths[i % t->columns] ? w : widths[i % t->columns];
        }
    put_rule(b, widths, t->columns, TOP);
    for (size_t i = 0; i < t->cells.n; i += t->columns) {
        put_row(b, t->cells.v + i, widths, t->columns, i == 0);
        if (i == 0)
            put_rule(b, widths, t->columns, MIDDLE);
    }
    put_rule(b, widths, t->columns, BOTTOM);
}
