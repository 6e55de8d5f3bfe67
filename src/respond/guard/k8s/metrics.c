// Prometheus' text format, version 0.0.4: names and labels as Gatekeeper has them, ours beside.
#include "respond/guard/k8s/webhook_impl.h"

// Upper bounds of the histogram's buckets; the last one has none.
static const struct {
    int64_t ns;
    const char *le;
} buckets[PT_WEBHOOK_BUCKETS] = {
    {100000, "0.0001"}, {250000, "0.00025"}, {500000, "0.0005"},  {1000000, "0.001"},
    {2000000, "0.002"}, {5000000, "0.005"},  {10000000, "0.01"},  {25000000, "0.025"},
    {50000000, "0.05"}, {100000000, "0.1"},  {250000000, "0.25"}, {1000000000, "1"},
    {5000000000, "5"},  {INT64_MAX, "+Inf"},
};

static const char *const statuses[PT_WEBHOOK_STATUSES] = {"allow", "deny", "error"};

size_t pt_webhook_bucket(int64_t took_ns) {
    size_t i = 0;
    while (i < PT_WEBHOOK_BUCKETS - 1 && took_ns > buckets[i].ns)
        i++;
    return i;
}

uint64_t pt_webhook_bound_us(size_t bucket) {
    return (uint64_t)buckets[bucket < PT_WEBHOOK_BUCKETS - 1 ? bucket : PT_WEBHOOK_BUCKETS - 2].ns /
           1000;
}

static void head(pt_buf *b, const char *name, const char *type, const char *help) {
    pt_buf_printf(b, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

static void one(pt_buf *b, const char *name, const char *type, const char *help, uint64_t value) {
    head(b, name, type, help);
    pt_buf_printf(b, "%s %llu\n", name, (unsigned long long)value);
}

// Of a label: backslash, quote and line feed are escaped.
static void put_label(pt_buf *b, pt_str value) {
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

static void put_seconds(pt_buf *b, uint64_t ns) {
    pt_buf_printf(b, "%llu.%09llu\n", (unsigned long long)(ns / 1000000000),
                  (unsigned long long)(ns % 1000000000));
}

static void put_requests(pt_buf *b, const pt_webhook_counts *c) {
    static const char name[] = "gatekeeper_validation_request_count";
    head(b, name, "counter", "The number of requests that are routed to validation webhook");
    for (size_t s = 0; s < PT_WEBHOOK_STATUSES; s++)
        for (size_t dry = 0; dry < 2; dry++)
            pt_buf_printf(b, "%s{admission_dryrun=\"%s\",admission_status=\"%s\"} %llu\n", name,
                          dry ? "true" : "false", statuses[s],
                          (unsigned long long)c->answers[s][dry]);
}

static void put_durations(pt_buf *b, const pt_webhook_counts *c) {
    static const char name[] = "gatekeeper_validation_request_duration_seconds";
    head(b, name, "histogram", "The response time in seconds");
    for (size_t s = 0; s < PT_WEBHOOK_STATUSES; s++) {
        unsigned long long sum = 0;
        for (size_t i = 0; i < PT_WEBHOOK_BUCKETS; i++) {
            sum += c->took[s][i];
            pt_buf_printf(b, "%s_bucket{admission_status=\"%s\",le=\"%s\"} %llu\n", name,
                          statuses[s], buckets[i].le, sum);
        }
        pt_buf_printf(b, "%s_sum{admission_status=\"%s\"} ", name, statuses[s]);
        put_seconds(b, c->took_ns[s]);
        pt_buf_printf(b, "%s_count{admission_status=\"%s\"} %llu\n", name, statuses[s], sum);
    }
}

void pt_webhook_put_counts(pt_buf *b, const pt_webhook_counts *c) {
    put_requests(b, c);
    put_durations(b, c);
    head(b, "paratia_guard_ends_total", "counter", "How answers came about");
    for (unsigned i = 0; i < PT_WEBHOOK_END_COUNT; i++)
        pt_buf_printf(b, "paratia_guard_ends_total{end=\"%s\"} %llu\n", pt_webhook_end_word(i),
                      (unsigned long long)c->ends[i]);
    one(b, "paratia_guard_reloads_total", "counter", "Settings that were read again", c->reloads);
    one(b, "paratia_guard_reload_failures_total", "counter",
        "Settings that could not be read; the old ones stayed", c->reload_failures);
    one(b, "paratia_receipts_sealed_total", "counter", "Receipts in the ledger",
        c->receipts.sealed);
    one(b, "paratia_receipts_waiting", "gauge", "Receipts that are not sealed yet",
        c->receipts.waiting);
    one(b, "paratia_receipts_lost_total", "counter",
        "Receipts that were given up; the ledger counts them", c->receipts.lost);
}

// -- of a set -------------------------------------------------------------------------------------

// `action` NULL: without that label.
static void put_constraint(pt_buf *b, const char *metric, const pt_gk_constraint *c,
                           const char *action, unsigned long long value) {
    pt_buf_printf(b, "%s{constraint_kind=\"", metric);
    put_label(b, c->kind);
    pt_buf_putz(b, "\",constraint_name=\"");
    put_label(b, c->name);
    if (action)
        pt_buf_printf(b, "\",enforcement_action=\"%s", action);
    pt_buf_printf(b, "\"} %llu\n", value);
}

static void put_violations(pt_buf *b, const pt_webhook_set *s, const pt_gk_constraint *all,
                           size_t n) {
    static const char found[] = "paratia_violations_total";
    static const char errors[] = "paratia_policy_errors_total";
    head(b, found, "counter",
         "Violations that reviews were found to have, since the policies were loaded");
    for (size_t i = 0; i < n; i++)
        put_constraint(b, found, &all[i], pt_gk_action_word(all[i].actions[PT_GK_ADMISSION]),
                       atomic_load(&s->tally[i].violations));
    head(b, errors, "counter",
         "Reviews that a constraint could not judge, since the policies were loaded");
    for (size_t i = 0; i < n; i++)
        put_constraint(b, errors, &all[i], NULL, atomic_load(&s->tally[i].errors));
}

static void put_policy_bytes(void *ctx, pt_str kind, size_t bytes) {
    pt_buf *b = ctx;
    pt_buf_putz(b, "paratia_policies_bytes{template=\"");
    put_label(b, kind);
    pt_buf_printf(b, "\"} %zu\n", bytes);
}

void pt_webhook_put_set(pt_buf *b, const pt_webhook_set *s) {
    size_t n = 0;
    const pt_gk_constraint *all = s->policies ? pt_gk_constraints(s->policies, &n) : NULL;
    uint64_t by_action[PT_GK_DENY + 1] = {0};
    for (size_t i = 0; i < n; i++)
        by_action[all[i].actions[PT_GK_ADMISSION]]++;
    head(b, "gatekeeper_constraints", "gauge", "Current number of known constraints");
    for (pt_gk_action action = PT_GK_DRYRUN; action <= PT_GK_DENY; action++)
        pt_buf_printf(b,
                      "gatekeeper_constraints{enforcement_action=\"%s\",status=\"active\"} %llu\n",
                      pt_gk_action_word(action), (unsigned long long)by_action[action]);
    head(b, "gatekeeper_constraint_templates", "gauge", "Number of observed constraint templates");
    pt_buf_printf(b, "gatekeeper_constraint_templates{status=\"active\"} %zu\n",
                  s->policies ? pt_gk_counts_of(s->policies).templates : 0);
    put_violations(b, s, all, n);
    head(b, "paratia_policies_bytes", "gauge",
         "Memory of a template, compiled, and of its constraints");
    if (s->policies)
        pt_gk_each_template(s->policies, put_policy_bytes, b);
}

// -- of the inventory -----------------------------------------------------------------------------

static void put_kind(pt_buf *b, const char *name, pt_str kind, size_t value) {
    pt_buf_printf(b, "%s{kind=\"", name);
    put_label(b, kind);
    pt_buf_printf(b, "\"} %zu\n", value);
}

void pt_webhook_put_inventory(pt_buf *b, const pt_webhook_facts *facts) {
    static const char objects[] = "paratia_inventory_objects";
    static const char bytes[] = "paratia_inventory_bytes";
    head(b, objects, "gauge", "Objects of the cluster that policies look up");
    for (size_t i = 0; i < facts->n_kinds; i++)
        put_kind(b, objects, facts->kinds[i].name, facts->kinds[i].objects);
    head(b, bytes, "gauge", "Memory of these objects beyond what they share with others");
    for (size_t i = 0; i < facts->n_kinds; i++)
        put_kind(b, bytes, facts->kinds[i].name, facts->kinds[i].bytes);
}
