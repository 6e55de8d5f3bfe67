// What the guard of a cluster did, or would have done.
#include "cli/guard_k8s.h"

enum {
    TITLE_CELLS = 48
};

typedef struct rows {
    pt_buf *b;
    const pt_terminal *screen;
} rows;

static void put_row(const rows *r, const char *before_it, pt_str kind, pt_str name,
                    uint64_t times) {
    pt_buf *b = r->b;
    size_t before;
    if (!times)
        return;
    pt_buf_printf(b, "  %s ", r->screen->ascii ? "x" : "✗");
    before = b->n;
    pt_buf_putz(b, before_it);
    pt_buf_put_safe(b, kind);
    pt_buf_putz(b, name.n ? "/" : "");
    pt_buf_put_safe(b, name);
    size_t cells = pt_terminal_cells(pt_str_sub(pt_buf_str(b), before, b->n));
    pt_buf_fill(b, ' ', cells < TITLE_CELLS ? TITLE_CELLS - cells : 1);
    pt_buf_printf(b, "%6llu\n", (unsigned long long)times);
}

static void put_constraint(void *ctx, const pt_gk_constraint *c, const pt_webhook_found *found) {
    put_row(ctx, "", c->kind, c->name, found->violations);
    put_row(ctx, "could not judge: ", c->kind, c->name, found->errors);
    put_row(ctx, "a built-in failed: ", c->kind, c->name, found->faults);
}

// Upper bound, in microseconds, of the bucket that has the 99th of 100.
static uint64_t p99_us(const pt_webhook_counts *c, uint64_t total) {
    uint64_t seen = 0;
    size_t i = 0;
    for (; i < PT_WEBHOOK_BUCKETS - 1; i++) {
        for (size_t s = 0; s < PT_WEBHOOK_STATUSES; s++)
            seen += c->took[s][i];
        if (seen * 100 >= total * 99)
            break;
    }
    return pt_webhook_bound_us(i);
}

void pt_guard_k8s_put_summary(pt_buf *b, pt_webhook *w, pt_guard_mode mode,
                              const pt_webhook_counts *c, const pt_terminal *screen) {
    static const char *const titles[] = {
        [PT_ADMISSION_GLASS] = "allowed because the glass was broken",
        [PT_ADMISSION_UNJUDGED] = "could not be judged",
        [PT_ADMISSION_LATE] = "not judged in time",
        [PT_WEBHOOK_MALFORMED] = "no review that can be read",
        [PT_WEBHOOK_UNKEPT] = "no receipt could be kept",
    };
    rows r = {b, screen};
    uint64_t total = 0;
    uint64_t refused = 0;
    for (size_t i = 0; i < PT_WEBHOOK_END_COUNT; i++) {
        total += c->ends[i];
        refused += i >= PT_ADMISSION_DENIED ? c->ends[i] : 0;
    }
    if (!screen->quiet) {
        pt_webhook_each_constraint(w, put_constraint, &r);
        for (size_t i = 0; i < PT_COUNT(titles); i++)
            if (titles[i])
                put_row(&r, "", pt_str_of(titles[i]), (pt_str){0}, c->ends[i]);
        pt_buf_printf(b, "Receipts %llu sealed, %llu waiting, %llu lost\n",
                      (unsigned long long)c->receipts.sealed,
                      (unsigned long long)c->receipts.waiting,
                      (unsigned long long)c->receipts.lost);
    }
    pt_buf_printf(b, "%llu of %llu reviews %s", (unsigned long long)refused,
                  (unsigned long long)total,
                  mode == PT_GUARD_ENFORCE ? "denied" : "would be denied");
    if (total)
        pt_buf_printf(b, ", p99 below %llu us", (unsigned long long)p99_us(c, total));
    pt_buf_putc(b, '\n');
}
