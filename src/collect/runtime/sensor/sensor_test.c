#include <bpf/bpf.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <glob.h>
#include <linux/capability.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/fd.h"
#include "base/testing.h"
#include "collect/runtime/sensor/sensor_impl.h"
#include "collect/runtime/sensor/testing_script.h"
#include "collect/runtime/state.h"
#include "fact/process.h"

// The live sensor. What it sees is one cgroup of the test's own; nothing stays attached afterwards.
#define CGROUPS "/sys/fs/cgroup/unified"
enum {
    RECORDS_MAX = 4096,
    WAIT_MS = 20000,
};

typedef struct live {
    char cgroup[128], folder[64], program[4096];
    uint64_t cgroup_id, ring_bytes;
    bool pinned; // the script runs on the first processor alone
    pt_sensor *sensor;
    struct pt_wire_head *v[RECORDS_MAX];
    size_t n;
    uint32_t pid;
} live;

// -- setting up -----------------------------------------------------------------------------------

static bool write_text(const char *path, const char *text) {
    PT_AUTO(pt_fd_close) int fd = open(path, O_WRONLY | O_CLOEXEC);
    return fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text);
}

// The program beside the folder of the tests.
static bool find_program(char *ret, size_t n) {
    char self[2048];
    ssize_t got = readlink("/proc/self/exe", self, sizeof self - 1);
    if (got <= 0)
        return false;
    self[got] = 0;
    for (int i = 0; i < 2; i++) {
        char *slash = strrchr(self, '/');
        if (!slash)
            return false;
        *slash = 0;
    }
    return snprintf(ret, n, "%s/paratia-sensor", self) < (int)n && access(ret, X_OK) == 0;
}

static const char *missing(live *l) {
    if (geteuid() != 0)
        return "needs root";
    static const unsigned caps[] = {CAP_SYS_ADMIN, CAP_BPF, CAP_PERFMON};
    for (size_t i = 0; i < PT_COUNT(caps); i++)
        if (prctl(PR_CAPBSET_READ, caps[i], 0, 0, 0) != 1)
            return "needs CAP_SYS_ADMIN, CAP_BPF and CAP_PERFMON";
    if (access("/sys/kernel/btf/vmlinux", R_OK) != 0)
        return "the kernel has no BTF";
    if (access(CGROUPS "/cgroup.procs", W_OK) != 0)
        return "no cgroup v2 at " CGROUPS;
    return find_program(l->program, sizeof l->program) ? NULL : "paratia-sensor is not built";
}

// With what still runs in it.
static void remove_cgroup(const char *path) {
    char file[160];
    PT_IGNORE(snprintf(file, sizeof file, "%s/cgroup.kill", path) < 0);
    PT_IGNORE(!write_text(file, "1"));
    for (int i = 0; i < 100 && rmdir(path) != 0 && errno == EBUSY; i++)
        usleep(10000);
}

// What a killed run left.
static void sweep(void) {
    glob_t g = {0};
    if (glob(CGROUPS "/paratia-test-sensor-*", 0, NULL, &g) == 0)
        for (size_t i = 0; i < g.gl_pathc; i++) {
            const char *end = g.gl_pathv[i] + strlen(CGROUPS "/paratia-test-sensor-");
            int64_t pid = 0;
            if (pt_str_int(pt_str_of(end), 10, &pid) && kill((pid_t)pid, 0) != 0)
                remove_cgroup(g.gl_pathv[i]);
        }
    globfree(&g);
}

static void make_cgroup(live *l) {
    struct stat st;
    sweep();
    PT_IGNORE(snprintf(l->cgroup, sizeof l->cgroup, CGROUPS "/paratia-test-sensor-%d", getpid()) <
              0);
    assert_int_equal(mkdir(l->cgroup, 0755), 0);
    assert_int_equal(stat(l->cgroup, &st), 0);
    l->cgroup_id = st.st_ino;
    PT_IGNORE(snprintf(l->folder, sizeof l->folder, "/tmp/paratia-test-XXXXXX") < 0);
    assert_non_null(mkdtemp(l->folder));
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *at) {
    (void)st, (void)type, (void)at;
    remove(path);
    return 0;
}

static int teardown(void **state) {
    live *l = *state;
    pt_sensor_stop(l->sensor);
    if (l->folder[0])
        nftw(l->folder, remove_one, 8, FTW_DEPTH | FTW_PHYS | FTW_MOUNT);
    if (l->cgroup[0])
        remove_cgroup(l->cgroup);
    for (size_t i = 0; i < l->n; i++)
        free(l->v[i]);
    free(l);
    return 0;
}

static int setup(void **state) {
    *state = calloc(1, sizeof(live));
    return *state ? 0 : -1;
}

static void start(live *l, bool one_ring, bool per_call) {
    pt_sensor_ask ask = {.ring_bytes = l->ring_bytes ? l->ring_bytes : 1 << 20,
                         .data_bytes = 80,
                         .environment = true,
                         .by_cgroup = true,
                         .one_ring = one_ring,
                         .per_call = per_call,
                         .n_cgroups = 1,
                         .cgroups = {l->cgroup_id}};
    for (pt_event_type t = 0; t <= PT_EVENT_PROCEXIT; t++)
        pt_event_set_add(&ask.types, t);
    pt_err e = {0};
    if (pt_sensor_start_program(l->program, &ask, &l->sensor, &e) != PT_OK)
        fail_msg("%s (%s)", e.what, e.remedy);
}

// In the child: into the cgroup, then the script as a program of its own.
static _Noreturn void become_script(const live *l) {
    char procs[160], folder[80];
    cpu_set_t first;
    CPU_ZERO(&first);
    CPU_SET(0, &first);
    if (l->pinned && sched_setaffinity(0, sizeof first, &first) != 0)
        _exit(98);
    PT_IGNORE(snprintf(procs, sizeof procs, "%s/cgroup.procs", l->cgroup) < 0);
    PT_IGNORE(snprintf(folder, sizeof folder, "%s", l->folder) < 0);
    char *argv[] = {(char[]){"paratia-script"}, (char[]){"--script"}, folder, NULL};
    char *environment[] = {(char[]){"PARATIA=1"}, (char[]){"LONG=2"}, NULL};
    if (write_text(procs, "0"))
        execve("/proc/self/exe", argv, environment);
    _exit(99);
}

static uint32_t run_script(const live *l) {
    pid_t pid = fork();
    if (pid == 0)
        become_script(l);
    assert_true(pid > 0);
    int status = 0;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 5);
    return (uint32_t)pid;
}

static void keep(live *l, const struct pt_wire_head *h) {
    assert_true(l->n < RECORDS_MAX);
    struct pt_wire_head *copy = malloc(h->length);
    assert_non_null(copy);
    memcpy(copy, h, h->length);
    l->v[l->n++] = copy;
}

// All records up to the script's end.
static void collect(live *l) {
    for (bool ended = false; !ended;) {
        const struct pt_wire_head *h = NULL;
        pt_err e = {0};
        if (pt_sensor_next(l->sensor, WAIT_MS, &h, &e) != PT_OK)
            fail_msg("%s", e.what);
        if (!h)
            fail_msg("the end of process %u was not told of", l->pid);
        keep(l, h);
        ended = h->type == PT_EVENT_PROCEXIT && h->pid == l->pid;
    }
}

// -- reading records ------------------------------------------------------------------------------

// The first part of a kind. False: there is none.
static bool part(const struct pt_wire_head *h, unsigned kind, pt_str *ret) {
    const char *p = (const char *)(h + 1), *stop = (const char *)h + h->length;
    for (unsigned i = 0; i < h->parts; i++) {
        struct pt_wire_part w;
        assert_true(stop - p >= (ptrdiff_t)sizeof w);
        memcpy(&w, p, sizeof w);
        assert_true(w.length <= (size_t)(stop - p) - sizeof w);
        if (w.kind == kind) {
            *ret = (pt_str){p + sizeof w, w.length};
            return true;
        }
        p += sizeof w + (w.length + 7) / 8 * 8;
    }
    assert_ptr_equal(p, stop); // parts fill the record
    return false;
}

static bool argument(const struct pt_wire_head *h, const char *name, pt_str *ret) {
    size_t i = pt_event_param_index(h->type, pt_str_of(name));
    assert_true(i < 32);
    return part(h, PT_WIRE_ARG + (unsigned)i, ret);
}

static uint64_t number(pt_str s) {
    uint64_t n = 0;
    assert_int_equal(s.n, sizeof n);
    memcpy(&n, s.p, sizeof n);
    return n;
}

static bool file_of(const struct pt_wire_head *h, struct pt_wire_file *ret) {
    pt_str s;
    if (!part(h, PT_WIRE_FILE, &s))
        return false;
    assert_int_equal(s.n, sizeof *ret);
    memcpy(ret, s.p, sizeof *ret);
    return true;
}

// -- what is expected -----------------------------------------------------------------------------

typedef struct want_arg {
    const char *name;
    const char *text; // NULL: a number
    uint64_t number;
} want_arg;
typedef struct want {
    int call;
    int64_t result; // ANY_FD: not negative
    want_arg arg[6];
    unsigned part;    // a path of this kind,
    const char *path; // below the test's folder, or absolute
    int file;         // pt_file_type of the descriptor; 0: not looked at
    unsigned flags;   // pt_wire_flag that are set; PT_WIRE_IA32 is not if it is not here
} want;

#define ANY_FD    INT64_MAX
#define ANY_ERROR INT64_MIN // kernels differ
#define CWD       ((uint64_t)AT_FDCWD)
#define DIR       UINT64_MAX // any descriptor

// In the order of testing_script.c.
// clang-format off
static const want wants[] = {
    {SYS_openat, ANY_FD, {{"dirfd", NULL, CWD}, {"name", "."}, {"flags", NULL, O_RDONLY | O_DIRECTORY}}, PT_WIRE_OPEN_PATH, "", PT_FILE_DIRECTORY},
    {SYS_open, ANY_FD, {{"name", "one"}, {"flags", NULL, O_RDWR | O_CREAT}, {"mode", NULL, 0640}}, PT_WIRE_OPEN_PATH, "/one", PT_FILE_REGULAR},
    {SYS_openat, ANY_FD, {{"dirfd", NULL, DIR}, {"name", "two"}, {"mode", NULL, 0600}}, PT_WIRE_DIR, "", PT_FILE_REGULAR},
    {SYS_openat2, ANY_FD, {{"dirfd", NULL, DIR}, {"name", "one"}, {"flags", NULL, 0}, {"resolve", NULL, 4}}, PT_WIRE_OPEN_PATH, "/one", PT_FILE_REGULAR},
    {SYS_creat, -ENOENT, {{"name", "../paratia-none/three"}, {"mode", NULL, 0600}}, PT_WIRE_CWD, "", 0},
    {SYS_openat, ANY_FD, {{"name", "/proc/self/../self/status"}}, 0, NULL, PT_FILE_REGULAR},
    {SYS_mkdir, 0, {{"path", "folder"}, {"mode", NULL, 0755}}, PT_WIRE_CWD, "", 0},
    {SYS_mkdirat, 0, {{"dirfd", NULL, DIR}, {"path", "folder/below"}, {"mode", NULL, 0700}}, PT_WIRE_DIR, "", 0},
    {SYS_symlink, 0, {{"target", "/etc/shadow"}, {"linkpath", "link"}}, PT_WIRE_CWD, "", 0},
    {SYS_openat, -ELOOP, {{"name", "link"}}, PT_WIRE_DIR, "", 0},
    {SYS_link, 0, {{"oldpath", "one"}, {"newpath", "hard"}}, PT_WIRE_CWD, "", 0},
    {SYS_linkat, 0, {{"olddir", NULL, DIR}, {"oldpath", "one"}, {"newdir", NULL, CWD}, {"newpath", "harder"}}, PT_WIRE_DIR, "", 0},
    {SYS_rename, 0, {{"oldpath", "hard"}, {"newpath", "soft"}}, PT_WIRE_CWD, "", 0},
    {SYS_renameat, 0, {{"olddirfd", NULL, DIR}, {"oldpath", "soft"}, {"newpath", "softer"}}, PT_WIRE_CWD, "", 0},
    {SYS_chmod, 0, {{"filename", "one"}, {"mode", NULL, 04755}}, PT_WIRE_CWD, "", 0},
    {SYS_fchmodat, 0, {{"filename", "two"}, {"mode", NULL, 0644}}, PT_WIRE_DIR, "", 0},
    {SYS_fchmod, 0, {{"mode", NULL, 0700}}, PT_WIRE_FILE_PATH, "", PT_FILE_DIRECTORY},
    {SYS_unlink, 0, {{"path", "softer"}}, PT_WIRE_CWD, "", 0},
    {SYS_unlinkat, 0, {{"dirfd", NULL, DIR}, {"name", "harder"}}, PT_WIRE_DIR, "", 0},
    {SYS_chdir, 0, {{"path", "folder"}}, PT_WIRE_CWD, "/folder", 0},
    {SYS_open, -ENOENT, {{"name", "below/none"}}, PT_WIRE_CWD, "/folder", 0},
    {SYS_fchdir, 0, {{0}}, PT_WIRE_CWD, "", PT_FILE_DIRECTORY},
    {SYS_rmdir, 0, {{"path", "folder/below"}}, PT_WIRE_CWD, "", 0},

    {SYS_open, ANY_FD, {{"name", "one"}, {"flags", NULL, 0}}, PT_WIRE_OPEN_PATH, "/one", PT_FILE_REGULAR, .flags = PT_WIRE_IA32},
    {SYS_socket, ANY_FD, {{"domain", NULL, AF_INET}, {"type", NULL, SOCK_DGRAM}}, 0, NULL, PT_FILE_IPV4, .flags = PT_WIRE_IA32},
    {SYS_openat, ANY_FD, {{"name", "pipe"}}, PT_WIRE_OPEN_PATH, "/pipe", PT_FILE_REGULAR}, // not "other"

    {SYS_socket, ANY_FD, {{"domain", NULL, AF_INET}, {"type", NULL, SOCK_STREAM}}, 0, NULL, PT_FILE_IPV4},
    {SYS_bind, 0, {{"fd", NULL, DIR}}, 0, NULL, PT_FILE_IPV4},
    {SYS_listen, 0, {{"backlog", NULL, 5}}, 0, NULL, PT_FILE_IPV4},
    {SYS_connect, 0, {{"fd", NULL, DIR}}, 0, NULL, PT_FILE_IPV4},
    {SYS_accept4, ANY_FD, {{"flags", NULL, SOCK_CLOEXEC}}, 0, NULL, PT_FILE_IPV4},
    {SYS_dup2, 60, {{"oldfd", NULL, DIR}, {"newfd", NULL, 60}}, 0, NULL, PT_FILE_IPV4},
    {SYS_write, 5, {{"size", NULL, 5}}, PT_WIRE_DATA, "hello", PT_FILE_IPV4},
    {SYS_read, 1, {{"size", NULL, 1}}, PT_WIRE_DATA, "h", PT_FILE_IPV4},
    {SYS_connect, -ECONNREFUSED, {{"fd", NULL, DIR}}, 0, NULL, PT_FILE_IPV4},
    {SYS_sendto, 1, {{"size", NULL, 1}}, PT_WIRE_DATA, "h", PT_FILE_IPV4},
    {SYS_bind, 0, {{"fd", NULL, DIR}}, PT_WIRE_FILE_PATH, "socket", PT_FILE_UNIX},

    {SYS_memfd_create, ANY_FD, {{"name", "paratia"}}, PT_WIRE_FILE_PATH, "memfd:paratia", PT_FILE_MEMFD},
    {SYS_eventfd2, ANY_FD, {{0}}, 0, NULL, PT_FILE_EVENT},
    {SYS_epoll_create1, ANY_FD, {{0}}, 0, NULL, PT_FILE_EVENTPOLL},
    {SYS_ptrace, -ESRCH, {{"request", NULL, PTRACE_ATTACH}, {"pid", NULL, 0}}, 0, NULL, 0},
    {SYS_setns, -EBADF, {{"fd", NULL, UINT64_MAX}, {"nstype", NULL, CLONE_NEWNET}}, 0, NULL, 0},
    {SYS_bpf, ANY_ERROR, {{"cmd", NULL, 5}}, 0, NULL, 0},
    {SYS_finit_module, ANY_ERROR, {{"uargs", "option=1"}}, 0, NULL, 0},
    {SYS_mount, 0, {{"dev", "none"}, {"dir", "folder"}, {"type", "tmpfs"}, {"flags", NULL, 1}}, PT_WIRE_CWD, "", 0},
    {SYS_umount2, -ENOENT, {{"name", "nowhere"}, {"flags", NULL, 2}}, PT_WIRE_CWD, "", 0},
    {SYS_prctl, 0, {{"option", NULL, PR_SET_NAME}, {"arg2_str", "renamed"}}, 0, NULL, 0},
    {SYS_kill, 0, {{"pid", NULL, 0}, {"sig", NULL, 0}}, 0, NULL, 0},
    {SYS_execve, -ENOENT, {{"filename", "/nonexistent/program"}}, PT_WIRE_ARGV, "zero", 0},
    {SYS_setresuid, 0, {{"ruid", NULL, 1234}, {"euid", NULL, 1234}, {"suid", NULL, 1234}}, 0, NULL, 0},
    {SYS_setuid, -EPERM, {{"uid", NULL, 0}}, 0, NULL, 0},
    {PT_EVENT_PROCEXIT, 5 << 8, {{0}}, 0, NULL, 0},
};
// clang-format on

static bool has_arguments(const want *w, const struct pt_wire_head *h) {
    for (size_t i = 0; i < PT_COUNT(w->arg) && w->arg[i].name; i++) {
        pt_str got;
        if (!argument(h, w->arg[i].name, &got))
            return false;
        if (w->arg[i].text ? !pt_str_eqz(got, w->arg[i].text)
                           : w->arg[i].number != DIR && w->arg[i].number != number(got))
            return false;
    }
    return true;
}

static bool has_path(const live *l, const want *w, const struct pt_wire_head *h) {
    pt_str got;
    if (!w->path)
        return true;
    if (!part(h, w->part, &got))
        return false;
    if (w->part == PT_WIRE_DATA || strchr(w->path, ':') || strcmp(w->path, "socket") == 0)
        return pt_str_eqz(got, w->path);
    if (w->part == PT_WIRE_ARGV)
        return strcmp(got.p, w->path) == 0;
    char want_path[256];
    PT_IGNORE(snprintf(want_path, sizeof want_path, "%s%s", l->folder, w->path) < 0);
    return pt_str_eqz(got, want_path);
}

static bool fits(const live *l, const want *w, const struct pt_wire_head *h) {
    struct pt_wire_file f = {0};
    if (h->type != w->call || h->pid != l->pid || h->flags & PT_WIRE_SNAPSHOT)
        return false;
    if ((h->flags & PT_WIRE_IA32) != (w->flags & PT_WIRE_IA32))
        return false;
    if (w->result == ANY_FD || w->result == ANY_ERROR ? (w->result == ANY_FD) != (h->result >= 0)
                                                      : h->result != w->result)
        return false;
    if (w->file && (!file_of(h, &f) || f.type != w->file))
        return false;
    return has_arguments(w, h) && has_path(l, w, h);
}

static void show(const struct pt_wire_head *h) {
    const char *name = pt_event_name(h->type);
    print_message("# %s = %lld flags %x:", name ? name : "?", (long long)h->result, h->flags);
    const char *p = (const char *)(h + 1);
    for (unsigned i = 0; i < h->parts; i++) {
        struct pt_wire_part w;
        memcpy(&w, p, sizeof w);
        p += sizeof w;
        if (w.length == 8)
            print_message(" %u=%lld", w.kind, (long long)number((pt_str){p, 8}));
        else if (w.kind == PT_WIRE_FILE)
            print_message(" %u=<file %d>", w.kind,
                          ((const struct pt_wire_file *)(const void *)p)->type);
        else
            print_message(" %u=\"%.*s\"", w.kind, (int)w.length, p);
        p += (w.length + 7) / 8 * 8;
    }
    print_message("\n");
}

static void check_script(const live *l) {
    size_t at = 0;
    for (size_t i = 0; i < PT_COUNT(wants); i++) {
        size_t from = at;
        while (at < l->n && !fits(l, &wants[i], l->v[at]))
            at++;
        if (at < l->n) {
            at++;
            continue;
        }
        for (size_t k = from; k < l->n && k < from + 30; k++)
            show(l->v[k]);
        fail_msg("row %zu: no %s as expected", i, pt_event_name((pt_event_type)wants[i].call));
    }
}

static const struct pt_wire_head *find(const live *l, int type,
                                       bool (*is)(const struct pt_wire_head *)) {
    for (size_t i = 0; i < l->n; i++)
        if (l->v[i]->type == type && l->v[i]->pid == l->pid &&
            !(l->v[i]->flags & PT_WIRE_SNAPSHOT) && (!is || is(l->v[i])))
            return l->v[i];
    fail_msg("no record of type %d", type);
    return NULL;
}

static void check_exec(const live *l) {
    const struct pt_wire_head *h = find(l, SYS_execve, NULL);
    pt_str s;
    char own[4096], argv[256];
    struct stat st;
    ssize_t n = readlink("/proc/self/exe", own, sizeof own - 1);
    assert_true(n > 0);
    own[n] = 0;
    assert_int_equal(h->result, 0);
    assert_int_equal(h->cgroup, l->cgroup_id);
    assert_int_equal(h->ppid, getpid());
    assert_int_equal(h->uid, 0);
    assert_true(part(h, PT_WIRE_EXE_PATH, &s) && pt_str_eqz(s, own));
    int size = snprintf(argv, sizeof argv, "paratia-script%c--script%c%s%c", 0, 0, l->folder, 0);
    assert_true(part(h, PT_WIRE_ARGV, &s));
    assert_int_equal(s.n, size);
    assert_memory_equal(s.p, argv, s.n);
    assert_true(part(h, PT_WIRE_ENVIRONMENT, &s) && s.n == sizeof "PARATIA=1\0LONG=2");
    assert_true(part(h, PT_WIRE_CGROUP_PATH, &s) && pt_str_eqz(s, strrchr(l->cgroup, '/')));
    assert_true(argument(h, "filename", &s) && pt_str_eqz(s, "/proc/self/exe"));
    struct pt_wire_exec x;
    assert_true(part(h, PT_WIRE_EXEC, &s) && s.n == sizeof x);
    memcpy(&x, s.p, sizeof x);
    assert_int_equal(stat(own, &st), 0);
    assert_int_equal(x.exe_ino, st.st_ino);
    assert_int_equal(x.exe_dev, st.st_dev);
    assert_int_equal(x.exe_mtime_ns,
                     (uint64_t)st.st_mtim.tv_sec * 1000000000 + (uint64_t)st.st_mtim.tv_nsec);
    assert_int_equal(x.exe_ctime_ns,
                     (uint64_t)st.st_ctim.tv_sec * 1000000000 + (uint64_t)st.st_ctim.tv_nsec);
    assert_int_equal(x.sid, getsid(0));
    assert_int_equal(x.pgid, getpgid(0));
    assert_true(x.exe_flags & PT_EXE_WRITABLE);
}

// The child that a record tells of, a process's or a thread's. False: it tells of none.
static bool child_of(const struct pt_wire_head *h, struct pt_wire_child *ret) {
    pt_str s;
    if (!part(h, PT_WIRE_CHILD, &s))
        return false;
    assert_int_equal(s.n, sizeof *ret);
    memcpy(ret, s.p, sizeof *ret);
    return true;
}

static void check_fork(const live *l) {
    size_t processes = 0, threads = 0, i = 0;
    struct pt_wire_child c = {0};
    for (size_t k = 0; k < l->n; k++) {
        struct pt_wire_child one;
        if (l->v[k]->pid != l->pid || !child_of(l->v[k], &one))
            continue;
        assert_int_equal(l->v[k]->result, one.tid);
        assert_int_equal(one.pid == l->pid, (one.flags & CLONE_THREAD) != 0);
        if (one.pid == l->pid) {
            threads++;
            continue;
        }
        if (processes++ > 0)
            continue; // the leak checker's, at the end
        c = one;
        i = k;
    }
    assert_true(processes >= 1);
    assert_true(threads >= 1); // sanitizers have one of their own
    assert_int_equal(c.tid, c.pid);
    while (i < l->n && !(l->v[i]->type == PT_EVENT_PROCEXIT && l->v[i]->pid == c.pid))
        i++;
    assert_true(i < l->n);
    assert_int_equal(l->v[i]->result, 7 << 8);
    assert_int_equal(l->v[i]->start_ns, c.start_ns);
}

static bool is_accept(const struct pt_wire_head *h) {
    return h->result >= 0;
}

static void check_sockets(const live *l) {
    struct pt_wire_file f, g;
    assert_true(file_of(find(l, SYS_connect, NULL), &f));
    assert_true(f.bound && f.peered && f.remote_port == 4242 && f.protocol == 6 && !f.accepted);
    assert_memory_equal(f.remote_ip, "\x7f\0\0\1", 4);
    assert_true(file_of(find(l, SYS_accept4, is_accept), &g));
    assert_true(g.accepted && g.local_port == 4242 && g.remote_port == f.local_port);
    assert_true(file_of(find(l, SYS_listen, NULL), &g) && g.listening && g.local_port == 4242);
    pt_str s;
    assert_true(part(find(l, SYS_connect, NULL), PT_WIRE_ADDRESS, &s));
    assert_int_equal(s.n, 16);
    assert_memory_equal(s.p, "\2\0\x10\x92\x7f\0\0\1", 8);
}

// Mounting "/" private names no device and no type: nothing could not be read.
static bool is_root_mount(const struct pt_wire_head *h) {
    pt_str s;
    return argument(h, "dir", &s) && pt_str_eqz(s, "/");
}

static void check_nothing_passed(const live *l) {
    const struct pt_wire_head *h = find(l, SYS_mount, is_root_mount);
    pt_str s;
    assert_false(h->flags & PT_WIRE_FAULT);
    assert_false(argument(h, "dev", &s));
}

static void check_after(const live *l) {
    const struct pt_wire_head *h = find(l, SYS_setresuid, NULL);
    assert_int_equal(h->uid, 1234); // as it is after the call
    pt_str s;
    struct pt_wire_ids ids;
    assert_true(part(find(l, SYS_setsid, NULL), PT_WIRE_IDS, &s) && s.n == sizeof ids);
}

// Nothing was lost, and each processor's numbers have no gap.
static void check_whole(const live *l) {
    uint64_t last[64] = {0};
    for (size_t i = 0; i < l->n; i++) {
        const struct pt_wire_head *h = l->v[i];
        if (h->flags & PT_WIRE_SNAPSHOT)
            continue;
        assert_true(h->cpu < PT_COUNT(last));
        assert_int_equal(h->sequence, last[h->cpu] + 1);
        last[h->cpu] = h->sequence;
        assert_false(h->flags & PT_WIRE_LOST);
        assert_int_equal(h->cgroup, l->cgroup_id);
    }
    pt_sensor_counts c = pt_sensor_counted(l->sensor, -1);
    for (size_t i = 0; i < PT_LOSS_KINDS; i++)
        assert_int_equal(c.lost[i], 0);
    assert_true(c.sent > 0 && c.bytes > c.sent * sizeof(struct pt_wire_head));
}

// The same records as events (state.h): texts as rules see them.
static void check_events(const live *l) {
    static const char *const texts[] = {"name=../paratia-none/three(/tmp/paratia-none/three)",
                                        "127.0.0.1:4242", "(PTRACE_ATTACH)", "(BPF_PROG_LOAD)",
                                        "target=/etc/shadow"};
    bool seen[PT_COUNT(texts)] = {0};
    pt_runtime *rt = NULL;
    pt_err e = {0};
    assert_int_equal(pt_runtime_new(&(pt_runtime_options){0}, &rt, &e), PT_OK);
    pt_arena a;
    pt_arena_init(&a, 1 << 20);
    for (size_t i = 0; i < l->n; i++) {
        const pt_event *ev = NULL;
        if (pt_runtime_apply(rt, l->v[i], l->v[i]->length, &ev, &e) != PT_OK)
            fail_msg("%s", e.what);
        if (!ev || !ev->process || ev->process->pid != l->pid)
            continue;
        pt_str text = pt_event_args_text(&a, ev);
        for (size_t k = 0; k < PT_COUNT(texts); k++)
            seen[k] = seen[k] || memmem(text.p, text.n, texts[k], strlen(texts[k]));
        pt_arena_clear(&a);
    }
    for (size_t k = 0; k < PT_COUNT(texts); k++)
        if (!seen[k])
            fail_msg("no event has %s", texts[k]);
    assert_int_equal(pt_runtime_counted(rt).malformed, 0);
    pt_arena_done(&a);
    pt_runtime_free(rt);
}

// This very process was there before the sensor: the snapshot has it.
static void check_snapshot(const live *l) {
    for (size_t i = 0; i < l->n; i++) {
        const struct pt_wire_head *h = l->v[i];
        pt_str s;
        if (!(h->flags & PT_WIRE_SNAPSHOT) || h->pid != (uint32_t)getpid())
            continue;
        char name[16];
        char own[4096];
        ssize_t n = readlink("/proc/self/exe", own, sizeof own);
        PT_IGNORE(snprintf(name, sizeof name, "%s", program_invocation_short_name) < 0);
        assert_true(strncmp(h->comm, name, 15) == 0);
        assert_int_equal(h->ppid, getppid());
        assert_true(part(h, PT_WIRE_EXE_PATH, &s) && s.n == (size_t)n &&
                    memcmp(s.p, own, s.n) == 0);
        assert_true(part(h, PT_WIRE_ARGV, &s) && s.n > 0);
        return;
    }
    fail_msg("the snapshot lacks this process");
}

// How many programs of ours the kernel has.
static size_t programs(void) {
    size_t n = 0;
    for (uint32_t id = 0; bpf_prog_get_next_id(id, &id) == 0;) {
        PT_AUTO(pt_fd_close) int fd = bpf_prog_get_fd_by_id(id);
        struct bpf_prog_info info = {0};
        uint32_t size = sizeof info;
        if (fd >= 0 && bpf_obj_get_info_by_fd(fd, &info, &size) == 0)
            n += strncmp(info.name, "pt_", 3) == 0;
    }
    return n;
}

static void run_and_check(live *l, bool one_ring, bool per_call) {
    const char *why = missing(l);
    if (why)
        skip_because("%s", why);
    size_t before = programs();
    make_cgroup(l);
    start(l, one_ring, per_call);
    l->pid = run_script(l);
    collect(l);
    check_script(l);
    check_exec(l);
    check_fork(l);
    check_sockets(l);
    check_after(l);
    check_nothing_passed(l);
    check_whole(l);
    check_snapshot(l);
    check_events(l);
    pt_sensor_stop(l->sensor);
    l->sensor = NULL;
    assert_int_equal(programs(), before);
}

static void test_sensor_script_is_told_whole(void **state) {
    run_and_check(*state, false, false);
}

static void test_sensor_one_ring_tells_the_same(void **state) {
    run_and_check(*state, true, false);
}

// The number of the sensor's process, our one child. False: the kernel does not list children.
static bool sensor_pid(int64_t *ret) {
    char text[64] = {0};
    PT_AUTO(pt_fd_close) int children = open("/proc/thread-self/children", O_RDONLY | O_CLOEXEC);
    if (children < 0 || read(children, text, sizeof text - 1) <= 0)
        return false;
    pt_str all = pt_str_of(text);
    return pt_str_int(pt_str_sub(all, 0, pt_str_find(all, ' ')), 10, ret);
}

// It has no capability left, and a filter.
static void check_walls(void) {
    char path[64];
    char text[4096];
    int64_t pid = 0;
    if (!sensor_pid(&pid))
        skip_because("the kernel does not list children");
    PT_IGNORE(snprintf(path, sizeof path, "/proc/%lld/status", (long long)pid) < 0);
    PT_AUTO(pt_fd_close) int status = open(path, O_RDONLY | O_CLOEXEC);
    assert_true(status >= 0);
    ssize_t n = read(status, text, sizeof text - 1);
    assert_true(n > 0);
    text[n] = 0;
    static const char *const lines[] = {"CapPrm:\t0000000000000000",
                                        "CapEff:\t0000000000000000",
                                        "CapBnd:\t0000000000000000",
                                        "CapAmb:\t0000000000000000",
                                        "NoNewPrivs:\t1",
                                        "Seccomp:\t2"};
    for (size_t i = 0; i < PT_COUNT(lines); i++)
        if (!strstr(text, lines[i]))
            fail_msg("%s is not so:\n%s", lines[i], text);
}

// However it ends, the reader hears of it and nothing stays attached.
static void test_sensor_killed_is_an_error_and_detaches(void **state) {
    live *l = *state;
    const char *why = missing(l);
    int64_t pid = 0;
    if (why)
        skip_because("%s", why);
    size_t before = programs();
    make_cgroup(l);
    start(l, false, false);
    assert_true(programs() > before);
    if (!sensor_pid(&pid))
        skip_because("the kernel does not list children");
    assert_int_equal(kill((pid_t)pid, SIGKILL), 0);
    const struct pt_wire_head *h = NULL;
    pt_code code;
    do
        code = pt_sensor_next(l->sensor, WAIT_MS, &h, NULL);
    while (code == PT_OK && h);
    assert_int_equal(code, PT_E_IO);
    pt_sensor_stop(l->sensor);
    l->sensor = NULL;
    for (int i = 0; i < 100 && programs() > before; i++)
        usleep(20000);
    assert_int_equal(programs(), before);
}

static size_t count_snapshot(live *l) {
    const struct pt_wire_head *h = NULL;
    size_t n = 0;
    do {
        assert_int_equal(pt_sensor_next(l->sensor, 50, &h, NULL), PT_OK);
        n += h && h->flags & PT_WIRE_SNAPSHOT && h->pid == (uint32_t)getpid();
    } while (h);
    return n;
}

static void test_sensor_looks_again_when_asked(void **state) {
    live *l = *state;
    const char *why = missing(l);
    if (why)
        skip_because("%s", why);
    make_cgroup(l);
    start(l, false, false);
    assert_int_equal(count_snapshot(l), 1);
    assert_int_equal(count_snapshot(l), 0);
    pt_err e = {0};
    if (pt_sensor_look_again(l->sensor, &e) != PT_OK)
        fail_msg("%s", e.what);
    assert_int_equal(count_snapshot(l), 1);
}

static void test_sensor_has_no_rights_left(void **state) {
    live *l = *state;
    const char *why = missing(l);
    if (why)
        skip_because("%s", why);
    make_cgroup(l);
    start(l, false, false);
    check_walls();
}

// Nobody reads a ring of 4 KiB while the script runs: what does not fit is counted, and the numbers
// of what did say how much is missing.
static void test_sensor_full_ring_is_counted(void **state) {
    live *l = *state;
    const char *why = missing(l);
    if (why)
        skip_because("%s", why);
    make_cgroup(l);
    l->ring_bytes = 4096;
    l->pinned = true; // a processor knows what it lost itself
    start(l, true, false);
    run_script(l);
    pt_sensor_counts c = pt_sensor_counted(l->sensor, -1);
    assert_true(c.lost[PT_LOSS_SPACE] > 0 && c.sent > 0 && c.bytes <= 4096);
    for (size_t left = c.sent; left > 0;) {
        const struct pt_wire_head *h = NULL;
        assert_int_equal(pt_sensor_next(l->sensor, WAIT_MS, &h, NULL), PT_OK);
        assert_non_null(h);
        left -= !(h->flags & PT_WIRE_SNAPSHOT);
    }
    run_script(l); // room again: the first record says that some are missing
    const struct pt_wire_head *h = NULL;
    assert_int_equal(pt_sensor_next(l->sensor, WAIT_MS, &h, NULL), PT_OK);
    assert_true(h && h->flags & PT_WIRE_LOST);
}

static void test_sensor_probes_say_what_is_missing(void **state) {
    live *l = *state;
    const char *why = missing(l);
    if (why)
        skip_because("%s", why);
    make_cgroup(l);
    start(l, false, false);
    size_t n = 0;
    const pt_sensor_probe *p = pt_sensor_probes(l->sensor, &n);
    assert_int_equal(n, PT_FEATURES);
    for (size_t i = 0; i < n; i++)
        assert_true(p[i].name[0] && p[i].without[0]);
    assert_true(p[PT_FEATURE_BTF].there && p[PT_FEATURE_RING].there &&
                p[PT_FEATURE_TRACEPOINTS].there);
}

// A program that ends without a word is an error, not a wait.
static void test_sensor_program_that_dies_is_an_error(void **state) {
    (void)state;
    pt_sensor_ask ask = {0};
    pt_sensor *s = NULL;
    pt_err e = {0};
    assert_int_equal(pt_sensor_start_program("/bin/true", &ask, &s, &e), PT_E_IO);
    assert_int_equal(pt_sensor_start_program("/nonexistent", &ask, &s, &e), PT_E_ABSENT);
    assert_null(s);
}

static void test_sensor_plan_out_of_bounds_is_refused(void **state) {
    (void)state;
    pt_sensor *s = NULL;
    pt_err e = {0};
    assert_int_equal(pt_sensor_start(&(pt_sensor_plan){.ring_bytes = 12345}, &s, &e), PT_E_USAGE);
    uint64_t ids[PT_SENSOR_CGROUPS_MAX + 1] = {0};
    pt_sensor_plan many = {.cgroups = ids, .n_cgroups = PT_COUNT(ids), .only_cgroup_set = true};
    assert_int_equal(pt_sensor_start(&many, &s, &e), PT_E_LIMIT);
}

int main(int argc, char **argv) {
    if (argc == 3 && strcmp(argv[1], "--script") == 0)
        return pt_sensor_script(argv[2]);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_sensor_script_is_told_whole, setup, teardown),
        cmocka_unit_test_setup_teardown(test_sensor_one_ring_tells_the_same, setup, teardown),
        cmocka_unit_test_setup_teardown(test_sensor_has_no_rights_left, setup, teardown),
        cmocka_unit_test_setup_teardown(test_sensor_killed_is_an_error_and_detaches, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(test_sensor_looks_again_when_asked, setup, teardown),
        cmocka_unit_test_setup_teardown(test_sensor_full_ring_is_counted, setup, teardown),
        cmocka_unit_test_setup_teardown(test_sensor_probes_say_what_is_missing, setup, teardown),
        cmocka_unit_test(test_sensor_program_that_dies_is_an_error),
        cmocka_unit_test(test_sensor_plan_out_of_bounds_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
