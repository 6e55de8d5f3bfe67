// What the sensor costs those whom it watches: nanoseconds of a getppid, which nobody watches, and
// of an open, read and close of a small file, by how the sensor is attached and what it is to send.
// The best of many short runs: what else the machine does cannot make one faster.
//   bench_sensor PARATIA-SENSOR   its absolute path; as root, with cgroup v2 below
//   /sys/fs/cgroup/unified
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "collect/runtime/sensor/sensor_impl.h"

enum {
    RUNS = 60,
    GETPPIDS = 40000,
    OPENS = 2000,
};
#define GROUP "/sys/fs/cgroup/unified/paratia-test-bench"

typedef struct result {
    double getppid_ns, open_ns;
    volatile int done;
} result;

static double now_ns(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

static void open_read_close(void) {
    char byte;
    int fd = open("/etc/hostname", O_RDONLY | O_CLOEXEC);
    if (read(fd, &byte, 1) < 0)
        _exit(1);
    close(fd);
}

static void least(double *best, double ns) {
    if (*best == 0 || ns < *best)
        *best = ns;
}

// In the watched cgroup.
static _Noreturn void load(result *r) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    int procs = open(GROUP "/cgroup.procs", O_WRONLY | O_CLOEXEC);
    if (procs < 0 || write(procs, "0", 1) != 1)
        _exit(1);
    close(procs);
    for (int run = 0; run < RUNS; run++) {
        double from = now_ns();
        for (int i = 0; i < GETPPIDS; i++)
            syscall(SYS_getppid);
        least(&r->getppid_ns, (now_ns() - from) / GETPPIDS);
        from = now_ns();
        for (int i = 0; i < OPENS; i++)
            open_read_close();
        least(&r->open_ns, (now_ns() - from) / OPENS);
    }
    r->done = 1;
    _exit(0);
}

static void all_types(pt_event_set *s) {
    for (pt_event_type t = 0; t <= PT_EVENT_PROCEXIT; t++)
        if (t != SYS_getppid)
            pt_event_set_add(s, t);
}
static void open_types(pt_event_set *s) {
    static const pt_event_type types[] = {SYS_open,  SYS_openat,  SYS_openat2,
                                          SYS_creat, SYS_connect, SYS_execve};
    for (size_t i = 0; i < PT_COUNT(types); i++)
        pt_event_set_add(s, types[i]);
}
static void rare_types(pt_event_set *s) {
    pt_event_set_add(s, SYS_ptrace);
}

static const struct mode {
    const char *name;
    void (*types)(pt_event_set *s); // NULL: no sensor
    bool per_call, one_ring;
} modes[] = {
    {"no sensor", NULL, false, false},
    {"ptrace alone, sys_exit", rare_types, false, false},
    {"ptrace alone, its own tracepoint", rare_types, true, false},
    {"open, connect, exec; sys_exit", open_types, false, false},
    {"open, connect, exec; own tracepoints", open_types, true, false},
    {"all but getppid, a ring a processor", all_types, false, false},
    {"all but getppid, one ring", all_types, false, true},
};

static void measure(const char *program, const struct mode *m, uint64_t cgroup, result *r) {
    pt_sensor *s = NULL;
    pt_err e = {0};
    pt_sensor_ask ask = {.by_cgroup = true,
                         .n_cgroups = 1,
                         .cgroups = {cgroup},
                         .per_call = m->per_call,
                         .one_ring = m->one_ring};
    if (m->types) {
        m->types(&ask.types);
        if (pt_sensor_start_program(program, &ask, &s, &e) != PT_OK) {
            fprintf(stderr, "%s\n", e.what);
            rmdir(GROUP);
            exit(1);
        }
    }
    memset((void *)r, 0, sizeof *r);
    pid_t pid = fork();
    if (pid == 0)
        load(r);
    while (!r->done) {
        const struct pt_wire_head *h = NULL;
        if (!s)
            usleep(10000);
        else if (pt_sensor_next(s, 20, &h, &e) != PT_OK)
            break;
    }
    waitpid(pid, NULL, 0);
    pt_sensor_counts c = {0};
    if (s)
        c = pt_sensor_counted(s, -1);
    printf("%-40s %10.1f %12.1f %12llu %10llu\n", m->name, r->getppid_ns, r->open_ns,
           (unsigned long long)c.sent, (unsigned long long)c.lost[PT_LOSS_SPACE]);
    fflush(stdout);
    pt_sensor_stop(s);
}

int main(int argc, char **argv) {
    struct stat st;
    result *r = mmap(NULL, sizeof *r, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (argc != 2 || r == MAP_FAILED || mkdir(GROUP, 0755) != 0 || stat(GROUP, &st) != 0) {
        fprintf(stderr, "bench_sensor PARATIA-SENSOR, as root; %s must not exist\n", GROUP);
        return 2;
    }
    printf("%-40s %10s %12s %12s %10s\n", "", "getppid ns", "open etc. ns", "records", "lost");
    for (size_t i = 0; i < PT_COUNT(modes); i++)
        measure(argv[1], &modes[i], st.st_ino, r);
    for (int i = 0; i < 100 && rmdir(GROUP) != 0; i++)
        usleep(10000);
    return 0;
}
