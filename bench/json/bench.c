// bench_json [MiB [ROUNDS]]: our reader against jansson and simdjson's DOM, on two long Kubernetes
// lists. The engines take turns, so that a machine that slows down slows all of them.
#include "bench.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "documents.h"

enum {
    ROUNDS_MAX = 50,
    WARM = 3,
};

static const engine *const engines[] = {
    &ours_whole,
    &ours_stream,
#ifdef HAVE_JANSSON
    &peer_jansson,
#endif
#ifdef HAVE_SIMDJSON
    &peer_simdjson,
#endif
};

typedef struct sample {
    double cold_ms, warm_ms;
    double peak_mb; // above the process before it read
    size_t items;
} sample;

static double now_ms(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static double peak_mb(void) {
    struct rusage u;
    getrusage(RUSAGE_SELF, &u);
    return (double)u.ru_maxrss / 1024;
}

static double timed_read(const engine *e, void *state, pt_str text, size_t *ret_items) {
    double from = now_ms();
    *ret_items = e->read(state, text.p, text.n);
    return now_ms() - from;
}

static sample measure_here(const engine *e, pt_str text) {
    size_t sum = 0;
    for (size_t i = 0; i < text.n; i += 4096) // all of the input is in memory, whoever comes first
        sum += (unsigned char)text.p[i];
    sample s = {.peak_mb = -peak_mb() + (sum == 0)};
    void *state = e->open();
    s.cold_ms = timed_read(e, state, text, &s.items);
    s.peak_mb += peak_mb();
    for (int i = 0; i < WARM; i++) {
        size_t items;
        e->reset(state);
        double ms = timed_read(e, state, text, &items);
        s.warm_ms = i == 0 || ms < s.warm_ms ? ms : s.warm_ms;
        s.items = items == s.items ? items : 0;
    }
    return s;
}

static sample measure(const engine *e, pt_str text) {
    int ends[2];
    sample s = {0};
    if (pipe2(ends, O_CLOEXEC) != 0)
        return s;
    pid_t child = fork();
    if (child == 0) {
        s = measure_here(e, text);
        _exit(write(ends[1], &s, sizeof s) == (ssize_t)sizeof s ? 0 : 1);
    }
    close(ends[1]);
    if (read(ends[0], &s, sizeof s) != (ssize_t)sizeof s)
        s = (sample){0};
    close(ends[0]);
    waitpid(child, NULL, 0);
    return s;
}

static int by_size(const void *a, const void *b) {
    double x = *(const double *)a;
    double y = *(const double *)b;
    return (x > y) - (x < y);
}

static double median(const sample *s, size_t n, size_t offset) {
    double v[ROUNDS_MAX];
    for (size_t i = 0; i < n; i++)
        memcpy(&v[i], (const char *)&s[i] + offset, sizeof v[i]);
    qsort(v, n, sizeof v[0], by_size);
    return v[n / 2];
}

static void compare(const char *what, pt_str text, size_t rounds) {
    static sample samples[PT_COUNT(engines)][ROUNDS_MAX];
    for (size_t r = 0; r < rounds; r++)
        for (size_t i = 0; i < PT_COUNT(engines); i++)
            samples[i][r] = measure(engines[i], text);
    double load[1] = {0};
    if (getloadavg(load, 1) != 1)
        load[0] = -1;
    printf("%s: %.1f MB, %zu items, %zu rounds, medians, load %.2f\n", what, (double)text.n / 1e6,
           samples[0][0].items, rounds, load[0]);
    printf("  %-18s %9s %9s %9s %9s %9s %9s\n", "", "cold ms", "MB/s", "warm ms", "MB/s", "cold x",
           "peak MB");
    double base = median(samples[0], rounds, offsetof(sample, cold_ms));
    for (size_t i = 0; i < PT_COUNT(engines); i++) {
        double cold = median(samples[i], rounds, offsetof(sample, cold_ms));
        double warm = median(samples[i], rounds, offsetof(sample, warm_ms));
        bool same = samples[i][0].items == samples[0][0].items && samples[i][0].items > 0;
        printf("  %-18s %9.1f %9.0f %9.1f %9.0f %9.2f %9.1f%s\n", engines[i]->name, cold,
               (double)text.n / 1e3 / cold, warm, (double)text.n / 1e3 / warm, cold / base,
               median(samples[i], rounds, offsetof(sample, peak_mb)), same ? "" : "  FAILED");
    }
}

int main(int argc, char **argv) {
    static const struct {
        const char *name;
        void (*make)(pt_buf *b, size_t bytes);
    } inputs[] = {{"API server (compact, unsorted)", make_compact},
                  {"kubectl (4 spaces, sorted)", make_pretty}};
    size_t bytes = (argc > 1 ? (size_t)strtoul(argv[1], NULL, 10) : 50) << 20;
    size_t rounds = argc > 2 ? (size_t)strtoul(argv[2], NULL, 10) : 5;
    if (rounds == 0 || rounds > ROUNDS_MAX)
        return 2;
    for (size_t i = 0; i < PT_COUNT(inputs); i++) {
        pt_buf text = PT_BUF(bytes + (4 << 20));
        inputs[i].make(&text, bytes);
        if (text.full || !pt_buf_room(&text, PADDING))
            return 1;
        memset(text.p + text.n, 0, PADDING);
        compare(inputs[i].name, pt_buf_str(&text), rounds);
        pt_buf_done(&text);
    }
    return 0;
}
