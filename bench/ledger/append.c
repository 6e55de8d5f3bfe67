// What does the ledger cost beside a bare write and fdatasync of the same bytes?
//   bench_ledger FOLDER [WRITERS [APPENDS [PAIRS]]]
// Runs are interleaved, ours and the peer's in turn; each writer is a process with one entry of 400
// bytes a time. The peer appends to one shared file (O_APPEND), as the ledger's writers do.
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "record/ledger/ledger.h"

enum {
    ENTRY = 400,
    RECORD = ENTRY + 16,
    WRITERS_MAX = 64,
    PAIRS_MAX = 100,
};

typedef struct job {
    const char *folder;
    long writers, appends, pairs;
} job;

static void need(bool ok, const char *what) {
    if (!ok) {
        perror(what);
        exit(1);
    }
}

static double now_s(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void wait_for_start(int ready, int start) {
    char c = 0;
    need(write(ready, &c, 1) == 1 && read(start, &c, 1) == 0, "start");
}

static void write_ours(const char *path, long n, int ready, int start) {
    char entry[ENTRY];
    memset(entry, 'x', sizeof entry);
    pt_ledger *l = NULL;
    pt_err e = {0};
    pt_ledger_opts opts = {.origin = PT_STR("paratia.invalid/bench")};
    need(pt_ledger_open(&l, path, &opts, NULL, &e) == PT_OK, e.what);
    wait_for_start(ready, start);
    for (long i = 0; i < n; i++) {
        uint64_t at;
        need(pt_ledger_append(l, &(pt_str){entry, sizeof entry}, 1, &at, &e) == PT_OK, e.what);
    }
    pt_ledger_free(l);
}

static void write_peer(const char *path, long n, int ready, int start) {
    char record[RECORD];
    memset(record, 'x', sizeof record);
    int fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
    need(fd >= 0, path);
    wait_for_start(ready, start);
    for (long i = 0; i < n; i++)
        need(write(fd, record, sizeof record) == RECORD && fdatasync(fd) == 0, "write");
    close(fd);
}

typedef void run_fn(const char *path, long n, int ready, int start);

// Microseconds per append, over all writers.
static double timed(const job *j, run_fn *run, const char *path) {
    int ready[2];
    int start[2];
    pid_t child[WRITERS_MAX];
    need(pipe2(ready, O_CLOEXEC) == 0 && pipe2(start, O_CLOEXEC) == 0, "pipe");
    for (long i = 0; i < j->writers; i++) {
        child[i] = fork();
        need(child[i] >= 0, "fork");
        if (child[i])
            continue;
        close(start[1]);
        run(path, j->appends, ready[1], start[0]);
        _exit(0);
    }
    char c;
    for (long i = 0; i < j->writers; i++)
        need(read(ready[0], &c, 1) == 1, "ready");
    double from = now_s();
    close(start[1]);
    for (long i = 0; i < j->writers; i++) {
        int status = 1;
        need(waitpid(child[i], &status, 0) == child[i] && status == 0, "writer");
    }
    double took = now_s() - from;
    close(start[0]);
    close(ready[0]);
    close(ready[1]);
    return took * 1e6 / (double)(j->writers * j->appends);
}

static int remove_one(const char *path, const struct stat *st, int kind, struct FTW *ftw) {
    (void)st;
    (void)kind;
    (void)ftw;
    return remove(path);
}

static int ascending(const void *a, const void *b) {
    const double *x = a;
    const double *y = b;
    return (*x > *y) - (*x < *y);
}

static double median(double *v, long n) {
    qsort(v, (size_t)n, sizeof *v, ascending);
    return v[n / 2];
}

static long number(int argc, char **argv, int i, long otherwise, long max) {
    int64_t v = otherwise;
    if (argc > i && (!pt_str_int(pt_str_of(argv[i]), 10, &v) || v < 1 || v > max)) {
        fprintf(stderr, "%s: 1 to %ld\n", argv[i], max);
        exit(2);
    }
    return (long)v;
}

int main(int argc, char **argv) {
    if (argc < 2) {
        fprintf(stderr, "usage: bench_ledger FOLDER [WRITERS [APPENDS [PAIRS]]]\n");
        return 2;
    }
    job j = {argv[1], number(argc, argv, 2, 1, WRITERS_MAX), number(argc, argv, 3, 1000, 1000000),
             number(argc, argv, 4, 5, PAIRS_MAX)};
    double ours[PAIRS_MAX];
    double peer[PAIRS_MAX];
    double ratio[PAIRS_MAX];
    char dir[512];
    char file[640];
    snprintf(dir, sizeof dir, "%s/bench-XXXXXX", j.folder);
    need(mkdtemp(dir) != NULL, dir);
    for (long i = 0; i < j.pairs; i++) {
        double load = 0;
        getloadavg(&load, 1);
        snprintf(file, sizeof file, "%s/ledger-%ld", dir, i);
        ours[i] = timed(&j, write_ours, file);
        snprintf(file, sizeof file, "%s/peer-%ld", dir, i);
        peer[i] = timed(&j, write_peer, file);
        ratio[i] = ours[i] / peer[i];
        printf("pair %ld  load %.2f  ours %.1f us  peer %.1f us  ratio %.2f\n", i + 1, load,
               ours[i], peer[i], ratio[i]);
    }
    nftw(dir, remove_one, 16, FTW_DEPTH | FTW_PHYS);
    struct rusage use;
    getrusage(RUSAGE_CHILDREN, &use);
    printf("%ld writers x %ld appends, median of %ld: ours %.1f us  peer %.1f us  ratio %.2f  "
           "peak memory %ld KiB\n",
           j.writers, j.appends, j.pairs, median(ours, j.pairs), median(peer, j.pairs),
           median(ratio, j.pairs), use.ru_maxrss);
    return 0;
}
