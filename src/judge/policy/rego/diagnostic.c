// Collecting diagnostics, and printing them as OPA does.
#include "judge/policy/rego/diagnostic.h"

#include <stdlib.h>

#include "judge/policy/rego/ast.h"

enum {
    TEXT_BYTES_MAX = 1 << 20, // of one message: it may quote the source
};

const char *pt_rego_code_name(pt_rego_code c) {
    static const char *const names[] = {
        [PT_REGO_PARSE] = "rego_parse_error",         [PT_REGO_COMPILE] = "rego_compile_error",
        [PT_REGO_TYPE] = "rego_type_error",           [PT_REGO_UNSAFE] = "rego_unsafe_var_error",
        [PT_REGO_RECURSION] = "rego_recursion_error", [PT_REGO_FORMAT] = "rego_format_error",
    };
    return names[c];
}

PT_FORMAT(2, 0)
static pt_str text(pt_diagnostics *d, const char *fmt, va_list ap) {
    pt_buf b = PT_BUF(TEXT_BYTES_MAX);
    pt_buf_vprintf(&b, fmt, ap);
    pt_str s = pt_arena_str(d->arena, pt_buf_str(&b));
    pt_buf_done(&b);
    d->full = d->full || !s.p;
    return s;
}

void pt_diagnose(pt_diagnostics *d, pt_rego_code code, const pt_loc *loc, const char *fmt, ...) {
    d->dropped = d->truncated || (d->max && d->v.n == d->max);
    if (d->dropped) {
        d->truncated = true;
        return;
    }
    pt_diagnostic *x = PT_PUSH(d->arena, &d->v);
    if (!x) {
        d->full = true;
        return;
    }
    *x = (pt_diagnostic){.code = code};
    if (loc) {
        x->file = loc->source ? loc->source->file : (pt_str){NULL, 0};
        x->row = loc->row;
        x->column = loc->column;
    }
    va_list ap;
    va_start(ap, fmt);
    x->message = text(d, fmt, ap);
    va_end(ap);
    d->truncated = code != PT_REGO_PARSE && d->v.n == d->max;
}

// The one that was added last; NULL when it was dropped.
static pt_diagnostic *last(pt_diagnostics *d) {
    return d->dropped || d->full || d->v.n == 0 ? NULL : &d->v.v[d->v.n - 1];
}

void pt_diagnose_details(pt_diagnostics *d, const char *fmt, ...) {
    va_list ap;
    va_start(ap, fmt);
    pt_diagnostic *x = last(d);
    if (x)
        x->details = text(d, fmt, ap);
    va_end(ap);
}

void pt_diagnose_hint(pt_diagnostics *d, const char *fmt, ...) {
    va_list ap;
    va_start(ap, fmt);
    pt_diagnostic *x = last(d);
    if (x)
        x->hint = text(d, fmt, ap);
    va_end(ap);
}

// The source line without its leading tabs, and a caret below it.
static void write_line(pt_buf *b, const pt_diagnostic *x) {
    size_t tabs = 0;
    while (tabs < x->line.n && x->line.p[tabs] == '\t')
        tabs++;
    pt_buf_putz(b, "\n\t");
    pt_buf_put(b, pt_str_sub(x->line, tabs, x->line.n));
    pt_buf_putz(b, "\n\t");
    pt_buf_fill(b, ' ', x->caret > tabs ? x->caret - tabs : 0);
    pt_buf_putc(b, '^');
}

static void write_one(pt_buf *b, const pt_diagnostic *x) {
    if (x->file.n)
        pt_buf_printf(b, "%.*s:%u: ", PT_PRI(x->file), x->row);
    else if (x->row)
        pt_buf_printf(b, "%u:%u: ", x->row, x->column);
    pt_buf_printf(b, "%s: ", pt_rego_code_name(x->code));
    pt_buf_put(b, x->message);
    if (x->hint.n) {
        pt_buf_putz(b, " (hint: ");
        pt_buf_put(b, x->hint);
        pt_buf_putc(b, ')');
    }
    if (x->line.n)
        write_line(b, x);
    pt_str rest = x->details;
    pt_str line;
    while (pt_str_split(&rest, '\n', &line)) {
        pt_buf_putz(b, "\n\t");
        pt_buf_put(b, line);
    }
}

static int by_place(const void *a, const void *b) {
    const pt_diagnostic *x = a;
    const pt_diagnostic *y = b;
    if (!x->row != !y->row) // without a place: last
        return x->row ? -1 : 1;
    int cmp = pt_str_cmp(x->file, y->file);
    if (cmp)
        return cmp;
    if (x->row != y->row)
        return x->row < y->row ? -1 : 1;
    if (x->column != y->column)
        return x->column < y->column ? -1 : 1;
    cmp = pt_str_cmp(pt_str_of(pt_rego_code_name(x->code)), pt_str_of(pt_rego_code_name(y->code)));
    cmp = cmp ? cmp : pt_str_cmp(x->message, y->message);
    return cmp ? cmp : pt_str_cmp(x->details, y->details);
}

void pt_diagnostics_sort(pt_diagnostics *d) {
    if (d->v.n > 1)
        qsort(d->v.v, d->v.n, sizeof *d->v.v, by_place);
}

void pt_diagnostics_write(pt_buf *b, const pt_diagnostics *d) {
    static const pt_diagnostic limit = {
        .code = PT_REGO_COMPILE,
        .message = {"error limit reached", sizeof "error limit reached" - 1}};
    size_t n = d->v.n + d->truncated;
    if (n == 1)
        pt_buf_putz(b, "1 error occurred: ");
    else
        pt_buf_printf(b, "%zu errors occurred:\n", n);
    for (size_t i = 0; i < n; i++) {
        if (i > 0)
            pt_buf_putc(b, '\n');
        write_one(b, i < d->v.n ? &d->v.v[i] : &limit);
    }
}
