// How long does it take to open an index, and to ask it for packages?
//   bench_db INDEX PACKAGES [ROUNDS]
// PACKAGES has lines of ecosystem, name and version between tabs. Each round opens the index anew,
// finds what is said of every package and evaluates the version against all of it.
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <time.h>

#include "base/fd.h"
#include "base/instant.h"
#include "judge/vuln/index/index.h"

enum {
    ROUNDS_MAX = 1000,
};

typedef struct round {
    int64_t open_ns, find_ns, find_cpu_ns;
    size_t packages, statements, held, unknown;
} round_of;

static void need(bool ok, const char *what) {
    if (!ok) {
        fprintf(stderr, "error: %s\n", what);
        exit(1);
    }
}

// Of this process, so that what else runs on the machine does not count.
static int64_t cpu_ns(void) {
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return t.tv_sec * PT_SECOND_NS + t.tv_nsec;
}

static void ask(const pt_index *x, pt_arena *a, pt_str line, round_of *r) {
    pt_str field[3] = {{0}, {0}, {0}};
    pt_advised_list found = {0};
    bool known;
    for (size_t i = 0; i < PT_COUNT(field) && pt_str_split(&line, '\t', &field[i]);)
        i++;
    need(pt_index_find(x, a, field[0], field[1], &found, &known, NULL) == PT_OK, "find");
    r->packages++;
    r->statements += found.of.n;
    for (size_t i = 0; i < found.of.n; i++) {
        pt_advised_range range;
        bool held = false;
        if (pt_advised_holds(x, &found.of.v[i], field[2], &held, &range, NULL))
            r->unknown++;
        r->held += held;
    }
}

static round_of run(const char *index, pt_str packages) {
    round_of r = {0};
    pt_arena a = {0};
    pt_index *x = NULL;
    pt_err e = {0};
    pt_str line;
    int64_t from = pt_monotonic_ns();
    need(pt_index_open(index, &x, &e) == PT_OK, e.what);
    int64_t opened = pt_monotonic_ns();
    int64_t cpu = cpu_ns();
    while (pt_str_split(&packages, '\n', &line))
        ask(x, &a, line, &r);
    r.open_ns = opened - from;
    r.find_ns = pt_monotonic_ns() - opened;
    r.find_cpu_ns = cpu_ns() - cpu;
    pt_index_close(x);
    pt_arena_done(&a);
    return r;
}

static int ascending(const void *a, const void *b) {
    const int64_t *x = a;
    const int64_t *y = b;
    return (*x > *y) - (*x < *y);
}

static double median_ms(int64_t *v, size_t n) {
    qsort(v, n, sizeof *v, ascending);
    return (double)v[n / 2] / 1e6;
}

int main(int argc, char **argv) {
    int64_t n = 51;
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(64 << 20);
    static int64_t opens[ROUNDS_MAX];
    static int64_t finds[ROUNDS_MAX];
    static int64_t cpus[ROUNDS_MAX];
    round_of r = {0};
    if (argc < 3 || (argc > 3 && !pt_str_int(pt_str_of(argv[3]), 10, &n)) || n < 1 ||
        n > ROUNDS_MAX) {
        fprintf(stderr, "usage: bench_db INDEX PACKAGES [ROUNDS]\n");
        return 2;
    }
    FILE *f = fopen(argv[2], "re");
    need(f && pt_fd_read_all(fileno(f), &b, NULL) == PT_OK, argv[2]);
    fclose(f);
    for (int64_t i = 0; i < n; i++) {
        r = run(argv[1], pt_buf_str(&b));
        opens[i] = r.open_ns;
        finds[i] = r.find_ns;
        cpus[i] = r.find_cpu_ns;
    }
    double first_ms = (double)finds[0] / 1e6;
    struct rusage use;
    getrusage(RUSAGE_SELF, &use);
    printf("%zu packages, %zu statements, %zu affected, %zu not evaluated\n", r.packages,
           r.statements, r.held, r.unknown);
    printf(
        "first: find %.2f ms; median of %lld: open %.3f ms  find %.2f ms  (%.2f ms of processor)  "
        "peak memory %ld KiB\n",
        first_ms, (long long)n, median_ms(opens, (size_t)n), median_ms(finds, (size_t)n),
        median_ms(cpus, (size_t)n), use.ru_maxrss);
    return 0;
}
