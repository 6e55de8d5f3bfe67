// Events a second through the program of rule files, on one core:
//   bench_falco EVENTS RULES.yaml …
// EVENTS are lines (events.txt says how); each is told as often as its weight says, in a few
// variants with other numbers in them, and all are mixed by a fixed sequence. Few, because who
// reads a ring has one event in his hands and some processes in his table, all of them in a cache.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/buf.h"
#include "base/instant.h"
#include "judge/falco/match/testing_event.h"
#include "judge/falco/rules.h"

enum {
    ROUNDS = 20,
    RUNS = 101,
    EVENTS_MAX = 4096,
    VARIANTS = 4,
    BYTES_MAX = 16 << 20,
};

static pt_str file_text(pt_arena *a, const char *path) {
    pt_buf b = PT_BUF(BYTES_MAX);
    FILE *in = fopen(path, "r");
    int c;
    if (!in) {
        perror(path);
        exit(2);
    }
    while ((c = fgetc(in)) != EOF)
        pt_buf_putc(&b, (char)c);
    fclose(in);
    pt_str s = pt_arena_str(a, pt_buf_str(&b));
    pt_buf_done(&b);
    return s;
}

static pt_str numbered(pt_arena *a, pt_str line, unsigned n) {
    pt_buf b = PT_BUF(1 << 16);
    for (size_t i = 0; i < line.n; i++) {
        bool mark = i + 1 < line.n && line.p[i] == '{' && line.p[i + 1] == '}';
        if (mark)
            pt_buf_printf(&b, "%u", 100 + n % 900);
        else
            pt_buf_putc(&b, line.p[i]);
        i += mark;
    }
    pt_str s = pt_arena_str(a, pt_buf_str(&b));
    pt_buf_done(&b);
    return s;
}

static size_t read_events(pt_arena *a, pt_str text, const pt_event **ret) {
    pt_str line;
    size_t n = 0;
    while (pt_str_split(&text, '\n', &line)) {
        size_t blank = pt_str_find(line, ' ');
        int64_t weight = 0;
        if (!line.n || line.p[0] == '#' || !pt_str_int(pt_str_sub(line, 0, blank), 10, &weight))
            continue;
        for (int64_t i = 0; i < weight && n < EVENTS_MAX; i++) {
            if (i >= VARIANTS) {
                ret[n] = ret[n - VARIANTS];
                n++;
                continue;
            }
            pt_testing_event *t = PT_NEW(a, pt_testing_event, 1);
            pt_str bad;
            pt_str one = numbered(a, pt_str_sub(line, blank + 1, line.n), (unsigned)n);
            if (!pt_testing_event_read(a, one, t, &bad)) {
                fprintf(stderr, "%.*s: no such key, or no such value\n", PT_PRI(bad));
                exit(2);
            }
            ret[n++] = &t->ev;
        }
    }
    return n;
}

static void shuffle(const pt_event **v, size_t n) {
    uint64_t x = 88172645463325252U;
    for (size_t i = n; i > 1; i--) {
        x ^= x << 13;
        x ^= x >> 7;
        x ^= x << 17;
        const pt_event *swap = v[i - 1];
        v[i - 1] = v[x % i];
        v[x % i] = swap;
    }
}

static pt_falco_program *read_rules(pt_arena *a, char **paths, size_t n) {
    static const pt_falco_source *const sources[] = {&pt_falco_syscall, &pt_falco_k8s_audit};
    const pt_falco_sources all = {sources, PT_COUNT(sources)};
    static const struct pt_falco_plugin plugins[] = {
        {"container", "0.7.0"}, {"json", "0.7.0"}, {"k8saudit", "0.7.0"}};
    const pt_falco_load_options o = {
        .sources = &all, .plugins = plugins, .n_plugins = PT_COUNT(plugins)};
    const pt_falco_compile_options co = {.least = PT_FALCO_DEBUG};
    pt_falco_file *files = PT_NEW(a, pt_falco_file, n);
    pt_falco_rules rules = {0};
    pt_falco_program *p = NULL;
    pt_err e = {0};
    for (size_t i = 0; i < n; i++)
        files[i] = (pt_falco_file){pt_str_of(paths[i]), file_text(a, paths[i])};
    if (pt_falco_load(a, files, n, &o, &rules, &e) || !rules.ok) {
        fprintf(stderr, "%s %.*s\n", e.what, rules.n_errors ? (int)rules.errors[0].message.n : 0,
                rules.n_errors ? rules.errors[0].message.p : "");
        exit(2);
    }
    int64_t from = pt_monotonic_ns();
    if (pt_falco_compile(&pt_falco_syscall, rules.rules, rules.n_rules, &co, &p, &e)) {
        fprintf(stderr, "%s: %s\n", e.where, e.what);
        exit(2);
    }
    size_t enabled = 0;
    for (size_t i = 0; i < rules.n_rules; i++)
        enabled += rules.rules[i].enabled;
    printf("%zu rules, %zu enabled, compiled in %.1f ms\n", rules.n_rules, enabled,
           (double)(pt_monotonic_ns() - from) / 1e6);
    return p;
}

// What this thread took, whoever else the processor served.
static int64_t cpu_ns(void) {
    struct timespec t;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return t.tv_sec * INT64_C(1000000000) + t.tv_nsec;
}

static int by_time(const void *a, const void *b) {
    int64_t x = *(const int64_t *)a;
    int64_t y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

typedef struct took {
    double median, fastest; // of several runs over all events, nanoseconds an event
    size_t matched;         // of one run
} took;

static took measure(pt_falco_run *r, const pt_event **events, size_t n) {
    int64_t times[RUNS];
    const uint32_t *rules;
    size_t matched = 0;
    for (size_t i = 0; i < RUNS; i++) {
        int64_t from = cpu_ns();
        for (size_t k = 0; k < ROUNDS; k++)
            for (size_t j = 0; j < n; j++)
                matched += pt_falco_match(r, events[j], &rules);
        times[i] = cpu_ns() - from;
    }
    qsort(times, RUNS, sizeof *times, by_time);
    double each = (double)(ROUNDS * n);
    return (took){(double)times[RUNS / 2] / each, (double)times[0] / each, matched / RUNS / ROUNDS};
}

// What each type of event takes by itself.
static void by_type(pt_falco_run *r, const pt_event **events, size_t n) {
    const pt_event **some = calloc(n, sizeof *some);
    pt_assert(some);
    for (pt_event_type t = 0; t < PT_EVENT_TYPES; t++) {
        size_t k = 0;
        for (size_t i = 0; i < n; i++)
            if (events[i]->type == t)
                some[k++] = events[i];
        if (k) {
            took m = measure(r, some, k);
            printf("  %-12s %5zu events %7.0f ns each (fastest %.0f), %zu match\n",
                   pt_event_name(t), k, m.median, m.fastest, m.matched);
        }
    }
    free(some);
}

int main(int argc, char **argv) {
    static const pt_event *events[EVENTS_MAX];
    pt_arena a = {0};
    pt_falco_run *r = NULL;
    if (argc < 3) {
        fprintf(stderr, "bench_falco EVENTS RULES.yaml …\n");
        return 2;
    }
    pt_falco_program *p = read_rules(&a, argv + 2, (size_t)argc - 2);
    size_t n = read_events(&a, file_text(&a, argv[1]), events);
    pt_assert(n && !pt_falco_run_new(p, &r, NULL));
    shuffle(events, n);
    took m = measure(r, events, n);
    printf("%zu events, %zu match: %.0f ns an event, %.2f million a second and core (median of %d "
           "runs; fastest %.0f ns, %.2f million)\n",
           n, m.matched, m.median, 1e3 / m.median, RUNS, m.fastest, 1e3 / m.fastest);
    by_type(r, events, n);
    pt_falco_run_free(r);
    pt_falco_program_free(p);
    pt_arena_done(&a);
}
