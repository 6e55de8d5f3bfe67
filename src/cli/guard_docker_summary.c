// What the guard did, or would have done.
#include <stdio.h>

#include "cli/guard.h"

enum {
    TITLE_CELLS = 40,
    RULES_BYTES_MAX = 1 << 16,
};

static uint64_t total_of(const pt_guard_counts *c) {
    uint64_t n = 0;
    for (size_t i = 0; i < PT_GUARD_END_COUNT; i++)
        n += c->ends[i];
    return n;
}

static uint64_t refused_of(const pt_guard_counts *c) {
    return c->ends[PT_GUARD_OFFENDS] + c->ends[PT_GUARD_UNCLEAR] + c->ends[PT_GUARD_LATE] +
           c->ends[PT_GUARD_UNKEPT];
}

// The time within which 99 of 100 were answered, in microseconds, rounded up to a power of two.
static uint64_t p99_of(const pt_guard_counts *c) {
    uint64_t all = 0;
    for (size_t i = 0; i < PT_GUARD_SLOTS; i++)
        all += c->took[i];
    uint64_t seen = 0;
    size_t i = 0;
    while (i < PT_GUARD_SLOTS - 1 && (seen += c->took[i]) * 100 < all * 99)
        i++;
    return UINT64_C(1) << i;
}

static void put_row(pt_buf *b, const char *title, const char *id, uint64_t times,
                    const pt_terminal *screen) {
    if (!times)
        return;
    size_t cells = pt_terminal_cells(pt_str_of(title));
    pt_buf_printf(b, "  %s %s", screen->ascii ? "x" : "✗", title);
    pt_buf_fill(b, ' ', cells < TITLE_CELLS ? TITLE_CELLS - cells : 1);
    pt_buf_printf(b, "%6llu  %s\n", (unsigned long long)times, id);
}

static void put_rows(pt_buf *b, pt_guard_mode mode, const pt_guard_counts *c,
                     const pt_terminal *screen) {
    size_t n;
    const pt_docker_rule *rules = pt_docker_rules(&n);
    const char *heading = mode == PT_GUARD_ENFORCE ? "Denied" : "Would be denied";
    pt_buf_putz(b, heading);
    pt_buf_fill(b, ' ', TITLE_CELLS + 5 - pt_terminal_cells(pt_str_of(heading)));
    pt_buf_putz(b, "times\n");
    for (size_t i = 0; i < n && i < PT_COUNT(c->rules); i++)
        put_row(b, rules[i].title, rules[i].id, c->rules[i], screen);
    put_row(b, "Offence against the level", "--level", c->level, screen);
    put_row(b, "Offence against policies", "--policy", c->policies, screen);
    put_row(b, "Request that cannot be judged", "unclear", c->ends[PT_GUARD_UNCLEAR], screen);
    put_row(b, "Request that was not judged in time", "late", c->ends[PT_GUARD_LATE], screen);
    put_row(b, "Request whose receipt could not be kept", "no receipt", c->ends[PT_GUARD_UNKEPT],
            screen);
    pt_buf_putc(b, '\n');
}

void pt_guard_put_summary(pt_buf *b, pt_guard_mode mode, const pt_guard_counts *c,
                          const pt_terminal *screen) {
    uint64_t total = total_of(c);
    uint64_t refused = refused_of(c);
    if (!screen->quiet && refused)
        put_rows(b, mode, c, screen);
    if (!screen->quiet && c->plugin_off)
        pt_buf_printf(b, "A plugin was to be switched off, %llu times\n",
                      (unsigned long long)c->plugin_off);
    if (!screen->quiet || c->receipts.lost)
        pt_buf_printf(b, "Receipts %llu sealed, %llu waiting, %llu lost\n",
                      (unsigned long long)c->receipts.sealed,
                      (unsigned long long)c->receipts.waiting,
                      (unsigned long long)c->receipts.lost);
    pt_buf_printf(b, "%llu of %llu requests %s, p99 below %llu us\n", (unsigned long long)refused,
                  (unsigned long long)total,
                  mode == PT_GUARD_ENFORCE ? "denied" : "would be denied",
                  (unsigned long long)p99_of(c));
}

int pt_guard_list_rules(void) {
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(RULES_BYTES_MAX);
    size_t n;
    const pt_docker_rule *rules = pt_docker_rules(&n);
    for (size_t i = 0; i < n; i++)
        pt_buf_printf(&b, "%-8s  %-26s  %s: %s%s\n", pt_severity_word(rules[i].severity),
                      rules[i].id, rules[i].title, rules[i].remedy,
                      rules[i].notes ? " (notes only)" : "");
    pt_err e = {0};
    if (!pt_put_stdout(pt_buf_str(&b), &e))
        return PT_EXIT_OK;
    pt_say_error(&e);
    return PT_EXIT_FAILED;
}
