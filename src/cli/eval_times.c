// --metrics: how long the stages took, in one run or in many.
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "cli/eval.h"
#include "cli/table.h"

static const char *const NAMES[PT_EVAL_STAGES] = {
    // in the order of their names
    [PT_EVAL_LOAD_BUNDLES] = "timer_rego_load_bundles_ns",
    [PT_EVAL_LOAD_FILES] = "timer_rego_load_files_ns",
    [PT_EVAL_MODULE_COMPILE] = "timer_rego_module_compile_ns",
    [PT_EVAL_QUERY_COMPILE] = "timer_rego_query_compile_ns",
    [PT_EVAL_QUERY_EVAL] = "timer_rego_query_eval_ns",
    [PT_EVAL_QUERY_PARSE] = "timer_rego_query_parse_ns",
};

// The sorted times of one stage.
typedef struct sample {
    double *v;
    size_t n;
} sample;

static double mean(const sample *s, double p) {
    (void)p;
    double sum = 0;
    for (size_t i = 0; i < s->n; i++)
        sum += s->v[i];
    return sum / (double)s->n;
}

static double deviation(const sample *s, double p) {
    (void)p;
    double m = mean(s, 0);
    double sum = 0;
    for (size_t i = 0; i < s->n; i++)
        sum += (s->v[i] - m) * (s->v[i] - m);
    return sqrt(sum / (double)s->n);
}

static double percentile(const sample *s, double p) {
    double at = p * (double)(s->n + 1);
    if (at < 1)
        return s->v[0];
    if (at >= (double)s->n)
        return s->v[s->n - 1];
    size_t i = (size_t)at;
    return s->v[i - 1] + (at - floor(at)) * (s->v[i] - s->v[i - 1]);
}

static double count(const sample *s, double p) {
    (void)p;
    return (double)s->n;
}

static double extreme(const sample *s, double p) {
    return s->v[p > 0 ? s->n - 1 : 0];
}

static const struct {
    const char *name;
    double (*of)(const sample *s, double p);
    double p;
} STATISTICS[] = {
    {"75%", percentile, 0.75},   {"90%", percentile, 0.9},     {"95%", percentile, 0.95},
    {"99%", percentile, 0.99},   {"99.9%", percentile, 0.999}, {"99.99%", percentile, 0.9999},
    {"count", count, 0},         {"max", extreme, 1},          {"mean", mean, 0},
    {"median", percentile, 0.5}, {"min", extreme, 0},          {"stddev", deviation, 0},
};

static int by_size(const void *x, const void *y) {
    double a = *(const double *)x;
    double b = *(const double *)y;
    return (a > b) - (a < b);
}

static bool sample_of(pt_arena *a, const pt_eval_times *times, size_t n, pt_eval_stage stage,
                      sample *ret) {
    if (n == 0 || times[0].ns[stage] < 0)
        return false;
    *ret = (sample){PT_NEW(a, double, n), n};
    if (!ret->v)
        return false;
    for (size_t i = 0; i < n; i++)
        ret->v[i] = (double)times[i].ns[stage];
    qsort(ret->v, n, sizeof *ret->v, by_size);
    return true;
}

// As few digits as tell it from its neighbours.
static pt_str number(pt_arena *a, double v) {
    char text[400];
    for (int digits = 0; digits < 20; digits++) {
        snprintf(text, sizeof text, "%.*f", digits, v);
        if (strtod(text, NULL) == v)
            break;
    }
    return pt_arena_str(a, pt_str_of(text));
}

static void put_statistics(pt_buf *out, pt_arena *a, const sample *s) {
    for (size_t i = 0; i < PT_COUNT(STATISTICS); i++)
        pt_buf_printf(out, "%s      \"%s\": %.*s", i ? ",\n" : "{\n", STATISTICS[i].name,
                      PT_PRI(number(a, STATISTICS[i].of(s, STATISTICS[i].p))));
    pt_buf_putz(out, "\n    }");
}

void pt_eval_put_metrics_json(pt_buf *out, const pt_eval_times *times, size_t n) {
    PT_AUTO(pt_arena_done) pt_arena a = {0};
    pt_buf_printf(out, "%s\n  \"%s\": {", out->n > 1 ? "," : "",
                  n > 1 ? "aggregated_metrics" : "metrics");
    const char *before = "\n";
    for (unsigned i = 0; i < PT_EVAL_STAGES; i++) {
        sample s = {0};
        if (!sample_of(&a, times, n, (pt_eval_stage)i, &s))
            continue;
        pt_buf_printf(out, "%s    \"%s\": ", before, NAMES[i]);
        if (n > 1)
            put_statistics(out, &a, &s);
        else
            pt_buf_printf(out, "%lld", (long long)times[0].ns[i]);
        before = ",\n";
    }
    pt_buf_putz(out, "\n  }");
}

void pt_eval_put_metrics_table(pt_buf *out, const pt_eval_times *times, size_t n) {
    static const char *const ONE[] = {"Metric", "Value"};
    static const char *const MANY[] = {"Metric", "Min", "Max", "Mean", "90%", "99%"};
    static const unsigned SHOWN[] = {10, 7, 8, 1, 3}; // rows of STATISTICS
    PT_AUTO(pt_arena_done) pt_arena a = {0};
    pt_table t = {.a = &a, .columns = n > 1 ? PT_COUNT(MANY) : PT_COUNT(ONE)};
    for (size_t i = 0; i < PT_COUNT(ONE) && n == 1; i++)
        pt_table_add(&t, pt_str_of(ONE[i]));
    for (size_t i = 0; i < PT_COUNT(MANY) && n > 1; i++)
        pt_table_add(&t, pt_str_of(MANY[i]));
    for (unsigned i = 0; i < PT_EVAL_STAGES; i++) {
        sample s = {0};
        if (!sample_of(&a, times, n, (pt_eval_stage)i, &s))
            continue;
        pt_table_add(&t, pt_str_of(NAMES[i]));
        if (n == 1)
            pt_table_add(&t, number(&a, s.v[0]));
        for (size_t k = 0; n > 1 && k < PT_COUNT(SHOWN); k++)
            pt_table_add(&t, number(&a, STATISTICS[SHOWN[k]].of(&s, STATISTICS[SHOWN[k]].p)));
    }
    pt_table_put(out, &t);
}
