// Metrics of Docker's guard: names as the guard of clusters has them, ours beside.
#include "respond/guard/metrics.h"

#include "respond/guard/docker/guard_impl.h"

static const char *const end_words[PT_GUARD_END_COUNT] = {
    [PT_GUARD_HARMLESS] = "harmless", [PT_GUARD_ALLOWED] = "allowed",
    [PT_GUARD_OFFENDS] = "offends",   [PT_GUARD_UNCLEAR] = "unclear",
    [PT_GUARD_LATE] = "late",         [PT_GUARD_UNKEPT] = "unkept",
};

static void put_ends(pt_buf *b, const pt_guard_counts *c) {
    static const char requests[] = "paratia_guard_requests_total";
    static const char ends[] = "paratia_guard_ends_total";
    uint64_t refused = 0;
    uint64_t all = 0;
    for (size_t i = 0; i < PT_GUARD_END_COUNT; i++) {
        all += c->ends[i];
        refused += i >= PT_GUARD_OFFENDS ? c->ends[i] : 0;
    }
    const struct {
        const char *decision;
        uint64_t n;
    } decisions[] = {
        {"allow", all - refused}, {"deny", c->denied}, {"would_deny", refused - c->denied}};
    pt_metric_head(b, requests, "counter", "Requests that the daemon asked about, by decision");
    for (size_t i = 0; i < PT_COUNT(decisions); i++)
        pt_buf_printf(b, "%s{decision=\"%s\"} %llu\n", requests, decisions[i].decision,
                      (unsigned long long)decisions[i].n);
    pt_metric_head(b, ends, "counter", "How answers came about");
    for (size_t i = 0; i < PT_GUARD_END_COUNT; i++)
        pt_buf_printf(b, "%s{end=\"%s\"} %llu\n", ends, end_words[i],
                      (unsigned long long)c->ends[i]);
}

static void put_rule(pt_buf *b, const char *rule, const char *severity, uint64_t n) {
    pt_buf_printf(b, "paratia_guard_offences_total{rule=\"%s\",severity=\"%s\"} %llu\n", rule,
                  severity, (unsigned long long)n);
}

// The table of rules bounds the labels.
static void put_rules(pt_buf *b, const pt_guard_counts *c) {
    size_t n;
    const pt_docker_rule *rules = pt_docker_rules(&n);
    pt_metric_head(b, "paratia_guard_offences_total", "counter",
                   "Offences that requests were found to have, by rule");
    for (size_t i = 0; i < n && i < PT_GUARD_RULES_MAX; i++)
        put_rule(b, rules[i].id, pt_severity_word(rules[i].severity), c->rules[i]);
    put_rule(b, "--level", "", c->level);
    put_rule(b, "--policy", "", c->policies);
}

// Slot i of the histogram holds what took less than 2^i microseconds.
static void put_durations(pt_buf *b, const pt_guard_counts *c) {
    static const char name[] = "paratia_guard_request_duration_seconds";
    unsigned long long sum = 0;
    pt_metric_head(b, name, "histogram", "The response time in seconds");
    for (size_t i = 0; i < PT_GUARD_SLOTS; i++) {
        unsigned long long us = 1ULL << i;
        sum += c->took[i];
        if (i < PT_GUARD_SLOTS - 1)
            pt_buf_printf(b, "%s_bucket{le=\"%llu.%06llu\"} %llu\n", name, us / 1000000,
                          us % 1000000, sum);
    }
    pt_buf_printf(b, "%s_bucket{le=\"+Inf\"} %llu\n%s_sum ", name, sum, name);
    pt_metric_seconds(b, c->took_ns);
    pt_buf_printf(b, "%s_count %llu\n", name, sum);
}

void pt_guard_metrics_put(pt_buf *b, const pt_guard_counts *c, const pt_guard_set *s) {
    put_ends(b, c);
    put_rules(b, c);
    put_durations(b, c);
    pt_metric_one(b, "paratia_guard_plugin_off_total", "counter",
                  "Requests to disable or remove a plugin", c->plugin_off);
    pt_metric_reloads(b, c->reloads, c->reload_failures);
    pt_metric_receipts(b, &c->receipts);
    pt_metric_one(b, "paratia_guard_denials_gathered_total", "counter",
                  "Denials that are told together, in one receipt of many", c->gathered);
    pt_metric_policies(b, s->policies);
    pt_metric_one(b, "paratia_guard_tenants", "gauge", "Tenants that share the daemon",
                  s->settings.tenants.n);
}
