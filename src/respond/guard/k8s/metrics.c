// Prometheus' text format, version 0.0.4: names and labels as Gatekeeper has them, ours beside.
#include "respond/guard/metrics.h"

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

static void put_requests(pt_buf *b, const pt_webhook_counts *c) {
    static const char name[] = "gatekeeper_validation_request_count";
    pt_metric_head(b, name, "counter",
                   "The number of requests that are routed to validation webhook");
    for (size_t s = 0; s < PT_WEBHOOK_STATUSES; s++)
        for (size_t dry = 0; dry < 2; dry++)
            pt_buf_printf(b, "%s{admission_dryrun=\"%s\",admission_status=\"%s\"} %llu\n", name,
                          dry ? "true" : "false", statuses[s],
                          (unsigned long long)c->answers[s][dry]);
}

static void put_durations(pt_buf *b, const pt_webhook_counts *c) {
    static const char name[] = "gatekeeper_validation_request_duration_seconds";
    pt_metric_head(b, name, "histogram", "The response time in seconds");
    for (size_t s = 0; s < PT_WEBHOOK_STATUSES; s++) {
        unsigned long long sum = 0;
        for (size_t i = 0; i < PT_WEBHOOK_BUCKETS; i++) {
            sum += c->took[s][i];
            pt_buf_printf(b, "%s_bucket{admission_status=\"%s\",le=\"%s\"} %llu\n", name,
                          statuses[s], buckets[i].le, sum);
        }
        pt_buf_printf(b, "%s_sum{admission_status=\"%s\"} ", name, statuses[s]);
        pt_metric_seconds(b, c->took_ns[s]);
        pt_buf_printf(b, "%s_count{admission_status=\"%s\"} %llu\n", name, statuses[s], sum);
    }
}

void pt_webhook_put_counts(pt_buf *b, const pt_webhook_counts *c) {
    put_requests(b, c);
    put_durations(b, c);
    pt_metric_head(b, "paratia_guard_ends_total", "counter", "How answers came about");
    for (unsigned i = 0; i < PT_WEBHOOK_END_COUNT; i++)
        pt_buf_printf(b, "paratia_guard_ends_total{end=\"%s\"} %llu\n", pt_webhook_end_word(i),
                      (unsigned long long)c->ends[i]);
    pt_metric_reloads(b, c->reloads, c->reload_failures);
    pt_metric_receipts(b, &c->receipts);
}

// -- of a set -------------------------------------------------------------------------------------

// `action` NULL: without that label.
static void put_constraint(pt_buf *b, const char *metric, const pt_gk_constraint *c,
                           const char *action, unsigned long long value) {
    pt_buf_printf(b, "%s{constraint_kind=\"", metric);
    pt_metric_label(b, c->kind);
    pt_buf_putz(b, "\",constraint_name=\"");
    pt_metric_label(b, c->name);
    if (action)
        pt_buf_printf(b, "\",enforcement_action=\"%s", action);
    pt_buf_printf(b, "\"} %llu\n", value);
}

static bool is_of_one_name(const pt_gk_constraint *x, const pt_gk_constraint *y) {
    return pt_str_eq(x->kind, y->kind) && pt_str_eq(x->name, y->name);
}

static unsigned long long errors_of(const pt_webhook_tally *t) {
    return atomic_load(&t->errors);
}

static unsigned long long faults_of(const pt_webhook_tally *t) {
    return atomic_load(&t->faults);
}

// Constraints of one name stand side by side, and count as one.
static void put_sums(pt_buf *b, const char *metric, const pt_webhook_set *s,
                     unsigned long long (*of)(const pt_webhook_tally *)) {
    size_t n = 0;
    const pt_gk_constraint *all = s->policies ? pt_gk_constraints(s->policies, &n) : NULL;
    unsigned long long sum = 0;
    for (size_t i = 0; i < n; i++) {
        sum += of(&s->tally[i]);
        if (i + 1 < n && is_of_one_name(&all[i], &all[i + 1]))
            continue;
        put_constraint(b, metric, &all[i], NULL, sum);
        sum = 0;
    }
}

static void put_violations(pt_buf *b, const pt_webhook_set *s) {
    static const char found[] = "paratia_violations_total";
    static const char errors[] = "paratia_policy_errors_total";
    static const char faults[] = "paratia_policy_builtin_errors_total";
    size_t n = 0;
    const pt_gk_constraint *all = s->policies ? pt_gk_constraints(s->policies, &n) : NULL;
    pt_metric_head(b, found, "counter",
                   "Violations that reviews were found to have, since the policies were loaded");
    for (size_t i = 0; i < n; i++)
        if (!all[i].broken.p) // it finds none
            put_constraint(b, found, &all[i], pt_gk_action_word(all[i].actions[PT_GK_ADMISSION]),
                           atomic_load(&s->tally[i].violations));
    pt_metric_head(b, errors, "counter",
                   "Reviews that a constraint could not judge, since the policies were loaded");
    put_sums(b, errors, s, errors_of);
    pt_metric_head(b, faults, "counter",
                   "Reviews in which a built-in function of a constraint's policy failed, so that "
                   "what asked it was undefined, since the policies were loaded");
    put_sums(b, faults, s, faults_of);
}

static void put_policy_bytes(void *ctx, pt_str kind, size_t bytes) {
    pt_buf *b = ctx;
    pt_buf_putz(b, "paratia_policies_bytes{template=\"");
    pt_metric_label(b, kind);
    pt_buf_printf(b, "\"} %zu\n", bytes);
}

void pt_webhook_put_set(pt_buf *b, const pt_webhook_set *s) {
    pt_metric_policies(b, s->policies);
    put_violations(b, s);
    pt_metric_head(b, "paratia_policies_bytes", "gauge",
                   "Memory of a template, compiled, and of its constraints");
    if (s->policies)
        pt_gk_each_template(s->policies, put_policy_bytes, b);
}

// -- of the inventory -----------------------------------------------------------------------------

static void put_kind(pt_buf *b, const char *name, pt_str kind, size_t value) {
    pt_buf_printf(b, "%s{kind=\"", name);
    pt_metric_label(b, kind);
    pt_buf_printf(b, "\"} %zu\n", value);
}

void pt_webhook_put_inventory(pt_buf *b, const pt_webhook_facts *facts) {
    static const char objects[] = "paratia_inventory_objects";
    static const char bytes[] = "paratia_inventory_bytes";
    pt_metric_head(b, objects, "gauge", "Objects of the cluster that policies look up");
    for (size_t i = 0; i < facts->n_kinds; i++)
        put_kind(b, objects, facts->kinds[i].name, facts->kinds[i].objects);
    pt_metric_head(b, bytes, "gauge", "Memory of these objects beyond what they share with others");
    for (size_t i = 0; i < facts->n_kinds; i++)
        put_kind(b, bytes, facts->kinds[i].name, facts->kinds[i].bytes);
}
