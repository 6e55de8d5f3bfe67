#include "respond/guard/metrics.h"

void pt_metric_head(pt_buf *b, const char *name, const char *type, const char *help) {
    pt_buf_printf(b, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

void pt_metric_one(pt_buf *b, const char *name, const char *type, const char *help,
                   uint64_t value) {
    pt_metric_head(b, name, type, help);
    pt_buf_printf(b, "%s %llu\n", name, (unsigned long long)value);
}

void pt_metric_label(pt_buf *b, pt_str value) {
    for (size_t i = 0; i < value.n; i++) {
        if (value.p[i] == '\n') {
            pt_buf_putz(b, "\\n");
            continue;
        }
        if (value.p[i] == '\\' || value.p[i] == '"')
            pt_buf_putc(b, '\\');
        pt_buf_putc(b, value.p[i]);
    }
}

void pt_metric_seconds(pt_buf *b, uint64_t ns) {
    pt_buf_printf(b, "%llu.%09llu\n", (unsigned long long)(ns / 1000000000),
                  (unsigned long long)(ns % 1000000000));
}

void pt_metric_reloads(pt_buf *b, uint64_t reloads, uint64_t failures) {
    pt_metric_one(b, "paratia_guard_reloads_total", "counter", "Settings that were read again",
                  reloads);
    pt_metric_one(b, "paratia_guard_reload_failures_total", "counter",
                  "Settings that could not be read; the old ones stayed", failures);
}

void pt_metric_receipts(pt_buf *b, const pt_receipts_counts *c) {
    pt_metric_one(b, "paratia_receipts_sealed_total", "counter", "Receipts in the ledger",
                  c->sealed);
    pt_metric_one(b, "paratia_receipts_waiting", "gauge", "Receipts that are not sealed yet",
                  c->waiting);
    pt_metric_one(b, "paratia_receipts_lost_total", "counter",
                  "Receipts that were given up; the ledger counts them", c->lost);
}

void pt_metric_policies(pt_buf *b, const pt_gk_set *set) {
    size_t n = 0;
    static const char *const states[] = {"active", "error"};
    const pt_gk_constraint *all = set ? pt_gk_constraints(set, &n) : NULL;
    uint64_t by_action[PT_COUNT(states)][PT_GK_DENY + 1] = {0};
    pt_gk_counts counts = {0};
    if (set)
        counts = pt_gk_counts_of(set);
    for (size_t i = 0; i < n; i++)
        by_action[all[i].broken.p != NULL][all[i].actions[PT_GK_ADMISSION]]++;
    pt_metric_head(b, "gatekeeper_constraints", "gauge", "Current number of known constraints");
    for (size_t i = 0; i < PT_COUNT(states); i++)
        for (pt_gk_action action = PT_GK_DRYRUN; action <= PT_GK_DENY; action++)
            pt_buf_printf(
                b, "gatekeeper_constraints{enforcement_action=\"%s\",status=\"%s\"} %llu\n",
                pt_gk_action_word(action), states[i], (unsigned long long)by_action[i][action]);
    pt_metric_head(b, "gatekeeper_constraint_templates", "gauge",
                   "Number of observed constraint templates");
    pt_buf_printf(b,
                  "gatekeeper_constraint_templates{status=\"active\"} %zu\n"
                  "gatekeeper_constraint_templates{status=\"error\"} %zu\n",
                  counts.templates, counts.broken_templates);
}
