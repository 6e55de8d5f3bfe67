#include "collect/runtime/sensor/sensor.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/fd.h"
#include "base/str.h"
#include "collect/runtime/bpf/sensor_event.h"
#include "collect/runtime/sensor/ring.h"
#include "collect/runtime/sensor/sensor_impl.h"

enum {
    ARENA_BYTES = 65536, // of two paths
    RING_BYTES_MIN = 4096,
    RING_BYTES_MAX = 1 << 30,
    NAP_MS = 200,         // for which a wake-up that came between two looks may be missed
    END_MS = 5000,        // within which the sensor's process ends, or is killed
    STREAM_BYTES = 65536, // of processes as they are, read at a time; holds one record
};
static_assert(STREAM_BYTES >= PT_WIRE_RECORD_MAX, "a record fits");

struct pt_sensor {
    int socket; // to paratia-sensor
    pid_t pid;
    int pidfd;
    int wait;      // an epoll of the rings and the socket
    int processes; // the iterator; -1: read to its end
    uint8_t *stream;
    size_t stream_at, stream_n;
    pt_rings rings;
    size_t ring_bytes, page;
    struct pt_sensor_cpu *counters; // one a processor, then a pt_sensor_reader
    size_t cpus, counters_bytes;
    pt_sensor_probe probes[PT_FEATURES];
};

static const pt_sensor_probe features[PT_FEATURES] = {
    [PT_FEATURE_BTF] = {"BTF", false,
                        "nothing is watched: the programs cannot be fitted to the kernel"},
    [PT_FEATURE_RING] = {"ring buffer", false,
                         "nothing is watched: there is no way out of the kernel"},
    [PT_FEATURE_TRACEPOINTS] = {"raw tracepoints with BTF", false, "nothing is watched"},
    [PT_FEATURE_ENTRY] =
        {"tracepoints of single calls", false,
         "every system call of the host takes longer, not only those that are watched"},
    [PT_FEATURE_ITERATOR] =
        {"task iterator", false,
         "processes that ran before the start are unknown until they call exec"},
    [PT_FEATURE_FENTRY] = {"fentry", false, "nothing is lost: no program of the sensor needs it"},
    [PT_FEATURE_LSM] =
        {"BPF LSM", false,
         "calls are told of, not prevented; a killed process may have done one of them"},
};

// -- starting -------------------------------------------------------------------------------------

// In the child: the socket is standard input, and it has nothing else.
static _Noreturn void become(const char *program, int socket) {
    char *argv[] = {(char[]){"paratia-sensor"}, NULL};
    char *environment[] = {NULL};
    PT_AUTO(pt_fd_close) int null = open("/dev/null", O_RDWR | O_CLOEXEC);
    bool ok = prctl(PR_SET_PDEATHSIG, SIGKILL) == 0 && null >= 0 && dup2(socket, 0) == 0 &&
              dup2(null, 1) == 1 && dup2(null, 2) == 2 && chdir("/") == 0;
    if (ok && close_range(3, ~0u, 0) == 0)
        execve(program, argv, environment);
    _exit(127);
}

static pt_code spawn(pt_sensor *s, const char *program, pt_err *e) {
    int ends[2] = {-1, -1};
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0)
        return pt_err_sys(e, errno, "cannot make a socket: %s", pt_errno_text(errno));
    s->socket = ends[0];
    PT_AUTO(pt_fd_close) int its = ends[1];
    s->pid = its > 2 ? fork() : -1;
    if (s->pid == 0)
        become(program, its);
    if (s->pid < 0)
        return pt_err_sys(e, errno, "cannot start %s", program);
    s->pidfd = (int)syscall(SYS_pidfd_open, s->pid, 0);
    return PT_OK;
}

static pt_code died(pt_err *e) {
    return pt_err_set(e, PT_E_IO, "the sensor's process is gone: nothing is watched any more");
}

static pt_code hear(pt_sensor *s, const pt_sensor_ask *ask, pt_sensor_answer *a, pt_err *e) {
    pt_assert(s->socket >= 0);
    if (send(s->socket, ask, sizeof *ask, MSG_NOSIGNAL) != (ssize_t)sizeof *ask ||
        recv(s->socket, a, sizeof *a, 0) != (ssize_t)sizeof *a)
        return died(e);
    for (size_t i = 0; i < PT_FEATURES; i++) {
        s->probes[i] = features[i];
        s->probes[i].there = a->there[i];
    }
    if (!a->code)
        return PT_OK;
    pt_code code = pt_err_set(e, a->code, "%.*s", (int)sizeof a->what - 1, a->what);
    pt_err_remedy(e, "%.*s", (int)sizeof a->remedy - 1, a->remedy);
    return code;
}

typedef union fds_room {
    struct cmsghdr head;
    char room[CMSG_SPACE(PT_SENSOR_FDS * sizeof(int))];
} fds_room;

// A message with `n` descriptors. False: there are not as many.
static bool take(int socket, int *fds, size_t n) {
    char byte;
    fds_room beside = {0};
    struct iovec part = {&byte, 1};
    struct msghdr m = {.msg_iov = &part,
                       .msg_iovlen = 1,
                       .msg_control = beside.room,
                       .msg_controllen = sizeof beside.room};
    if (recvmsg(socket, &m, MSG_CMSG_CLOEXEC) != 1)
        return false;
    const struct cmsghdr *c = CMSG_FIRSTHDR(&m);
    if (!c || c->cmsg_type != SCM_RIGHTS || c->cmsg_len != CMSG_LEN(n * sizeof(int)))
        return false; // descriptors of another number would be lost: the sensor is of our build
    memcpy(fds, CMSG_DATA(c), n * sizeof(int));
    return true;
}

static pt_code map_counters(pt_sensor *s, pt_err *e) {
    PT_AUTO(pt_fd_close) int fd = -1;
    if (!take(s->socket, &fd, 1))
        return died(e);
    size_t n = (s->cpus + 1) * sizeof *s->counters;
    s->counters_bytes = (n + s->page - 1) / s->page * s->page;
    void *p = mmap(NULL, s->counters_bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (p == MAP_FAILED)
        return pt_err_sys(e, errno, "cannot map the sensor's counters");
    s->counters = p;
    return PT_OK;
}

static pt_code map_ring(pt_sensor *s, int fd, pt_ring *r, pt_err *e) {
    void *own = mmap(NULL, s->page, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (own == MAP_FAILED)
        return pt_err_sys(e, errno, "cannot map the sensor's ring");
    r->consumed = own;
    void *its = mmap(NULL, s->page + 2 * s->ring_bytes, PROT_READ, MAP_SHARED, fd, (off_t)s->page);
    if (its == MAP_FAILED)
        return pt_err_sys(e, errno, "cannot map the sensor's ring");
    r->mapped = its;
    r->produced = its;
    r->data = (const uint8_t *)its + s->page;
    r->mask = s->ring_bytes - 1;
    return PT_OK;
}

static pt_code watch_fd(const pt_sensor *s, int fd, pt_err *e) {
    struct epoll_event what = {.events = EPOLLIN, .data.fd = fd};
    return epoll_ctl(s->wait, EPOLL_CTL_ADD, fd, &what) == 0
               ? PT_OK
               : pt_err_sys(e, errno, "cannot wait for the sensor");
}

// An epoll does not hold what it waits for: the rings' descriptors stay open until the end, in
// `fds`, which the process gives back then.
static pt_code map_rings(pt_sensor *s, uint32_t n, pt_err *e) {
    s->rings.v = calloc(n, sizeof *s->rings.v);
    if (!s->rings.v)
        return pt_err_set(e, PT_E_NOMEM, "no memory for %u rings", n);
    for (size_t at = 0; at < n;) {
        int fds[PT_SENSOR_FDS];
        size_t k = n - at < PT_SENSOR_FDS ? n - at : PT_SENSOR_FDS;
        if (!take(s->socket, fds, k))
            return died(e);
        for (size_t i = 0; i < k; i++, at++) {
            s->rings.v[at].fd = fds[i];
            s->rings.n++;
        }
    }
    pt_code code = PT_OK;
    for (size_t i = 0; i < n && !code; i++) {
        code = map_ring(s, s->rings.v[i].fd, &s->rings.v[i], e);
        if (!code)
            code = watch_fd(s, s->rings.v[i].fd, e);
    }
    return code;
}

static pt_code join(pt_sensor *s, const pt_sensor_answer *a, pt_err *e) {
    s->page = (size_t)sysconf(_SC_PAGESIZE);
    s->cpus = a->cpus;
    s->ring_bytes = a->ring_bytes;
    s->wait = epoll_create1(EPOLL_CLOEXEC);
    s->stream = malloc(STREAM_BYTES);
    if (s->wait < 0 || !s->stream)
        return pt_err_set(e, PT_E_NOMEM, "no memory to wait for the sensor");
    pt_code code = map_counters(s, e);
    if (code)
        return code;
    if (!take(s->socket, &s->processes, 1))
        s->processes = -1; // the kernel has no such iterator: a probe says what that costs
    code = map_rings(s, a->rings, e);
    return code ? code : watch_fd(s, s->socket, e);
}

pt_code pt_sensor_start_program(const char *program, pt_sensor_ask *ask, pt_sensor **ret,
                                pt_err *e) {
    pt_assert(program);
    if (access(program, X_OK) != 0) {
        pt_code code = pt_err_set(e, PT_E_ABSENT, "there is no program %s", program);
        pt_err_remedy(e, "install paratia whole: paratia-sensor belongs to it");
        return code;
    }
    pt_sensor *s = calloc(1, sizeof *s);
    if (!s)
        return pt_err_set(e, PT_E_NOMEM, "no memory");
    s->socket = s->pidfd = s->wait = s->processes = -1;
    ask->reader = (uint32_t)getpid();
    pt_sensor_answer answer = {0};
    pt_code code = spawn(s, program, e);
    if (!code)
        code = hear(s, ask, &answer, e);
    if (!code)
        code = join(s, &answer, e);
    if (code)
        pt_sensor_stop(s);
    else
        *ret = s;
    return code;
}

// Beside this program as it is built, below libexec as it is installed, and nowhere else.
static pt_code find_program(pt_arena *a, pt_str *ret, pt_err *e) {
    char self[PATH_MAX];
    ssize_t n = readlink("/proc/self/exe", self, sizeof self);
    pt_str own = {self, n > 0 && (size_t)n < sizeof self ? (size_t)n : 0};
    pt_str folder = pt_str_sub(own, 0, pt_str_rfind(own, '/'));
    pt_str beside = pt_arena_printf(a, "%.*s/paratia-sensor", PT_PRI(folder));
    pt_str installed = pt_arena_printf(a, "%.*s/../libexec/paratia/paratia-sensor", PT_PRI(folder));
    if (!own.n || !beside.p || !installed.p)
        return pt_err_set(e, PT_E_IO, "cannot tell where this program is");
    *ret = access(installed.p, X_OK) == 0 ? installed : beside;
    return PT_OK;
}

pt_code pt_sensor_start(const pt_sensor_plan *plan, pt_sensor **ret, pt_err *e) {
    bool power = (plan->ring_bytes & (plan->ring_bytes - 1)) == 0;
    if (plan->ring_bytes &&
        (!power || plan->ring_bytes < RING_BYTES_MIN || plan->ring_bytes > RING_BYTES_MAX))
        return pt_err_set(e, PT_E_USAGE, "a ring's size is a power of two from 4 KiB to 1 GiB");
    if (plan->n_cgroups > PT_SENSOR_CGROUPS_MAX)
        return pt_err_set(e, PT_E_LIMIT, "at most %d cgroups can be chosen", PT_SENSOR_CGROUPS_MAX);
    pt_sensor_ask ask = {.types = plan->types,
                         .ring_bytes = plan->ring_bytes,
                         .data_bytes = plan->data_bytes,
                         .environment = plan->environment,
                         .by_cgroup = plan->only_cgroup_set,
                         .n_cgroups = (uint32_t)plan->n_cgroups};
    if (plan->n_cgroups)
        memcpy(ask.cgroups, plan->cgroups, plan->n_cgroups * sizeof *plan->cgroups);
    PT_AUTO(pt_arena_done) pt_arena a;
    pt_arena_init(&a, ARENA_BYTES);
    pt_str program = {0};
    pt_code code = find_program(&a, &program, e);
    return code ? code : pt_sensor_start_program(program.p, &ask, ret, e);
}

// -- stopping
// ---------------------------------------------------------------------------------------

static void reap(const pt_sensor *s) {
    if (s->pid <= 0)
        return;
    struct pollfd end = {.fd = s->pidfd, .events = POLLIN};
    if (s->pidfd >= 0 && poll(&end, 1, END_MS) == 0)
        kill(s->pid, SIGKILL); // it is our child and not waited for: the number is still its own
    waitpid(s->pid, NULL, 0);
}

void pt_sensor_stop(pt_sensor *s) {
    if (!s)
        return;
    for (size_t i = 0; i < s->rings.n; i++) {
        pt_ring *r = &s->rings.v[i];
        if (r->consumed)
            munmap(r->consumed, s->page);
        if (r->mapped)
            munmap(r->mapped, s->page + 2 * s->ring_bytes);
        pt_fd_close(&r->fd);
    }
    if (s->counters)
        munmap(s->counters, s->counters_bytes);
    pt_fd_close(&s->processes);
    pt_fd_close(&s->wait);
    pt_fd_close(&s->socket);
    reap(s);
    pt_fd_close(&s->pidfd);
    free(s->rings.v);
    free(s->stream);
    free(s);
}

const pt_sensor_probe *pt_sensor_probes(const pt_sensor *s, size_t *n) {
    *n = PT_FEATURES;
    return s->probes;
}

// -- reading
// ----------------------------------------------------------------------------------------

static uint64_t now_ns(void) {
    struct timespec t;
    clock_gettime(CLOCK_BOOTTIME, &t);
    return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
}

// The next process of the iterator, which gives whole records. NULL: it has no more.
static pt_code next_process(pt_sensor *s, const struct pt_wire_head **ret, pt_err *e) {
    *ret = NULL;
    if (s->stream_at == s->stream_n) {
        ssize_t n;
        do
            n = read(s->processes, s->stream, STREAM_BYTES);
        while (n < 0 && (errno == EINTR || errno == EAGAIN));
        s->stream_at = 0;
        s->stream_n = n > 0 ? (size_t)n : 0;
        if (n <= 0) {
            pt_fd_close(&s->processes);
            return n == 0 ? PT_OK : pt_err_sys(e, errno, "cannot read the kernel's processes");
        }
    }
    size_t left = s->stream_n - s->stream_at;
    const struct pt_wire_head *h = (const void *)(s->stream + s->stream_at);
    if (left < sizeof *h || h->length < sizeof *h || h->length > left || h->length % PT_WIRE_ALIGN)
        return pt_err_set(e, PT_E_FORMAT, "the kernel's list of processes is cut");
    s->stream_at += h->length;
    *ret = h;
    return PT_OK;
}

pt_code pt_sensor_look_again(pt_sensor *s, pt_err *e) {
    if (s->processes >= 0)
        return PT_OK; // the last look is not over: it shows what is now
    char what = PT_SENSOR_SNAPSHOT;
    if (send(s->socket, &what, 1, MSG_NOSIGNAL) != 1)
        return died(e);
    if (take(s->socket, &s->processes, 1))
        return PT_OK;
    s->processes = -1;
    return pt_err_set(e, PT_E_UNSUPPORTED, "the kernel's processes cannot be listed again");
}

static struct pt_sensor_reader *reader_of(const pt_sensor *s) {
    return (void *)&s->counters[s->cpus];
}

// Sleep until a ring has something, the sensor is gone, or the time is over.
static pt_code wait_for(pt_sensor *s, int timeout_ms, pt_err *e) {
    struct epoll_event got;
    int n = epoll_wait(s->wait, &got, 1, timeout_ms);
    if (n < 0 && errno != EINTR)
        return pt_err_sys(e, errno, "cannot wait for the sensor");
    return n == 1 && got.data.fd == s->socket ? died(e) : PT_OK;
}

// Let an older record come. The rings have something, so that an epoll would not wait.
static void nap(uint64_t ns) {
    struct timespec t = {.tv_sec = (time_t)(ns / 1000000000), .tv_nsec = (long)(ns % 1000000000)};
    nanosleep(&t, NULL); // cut by a signal: we look again, and nap again
}

static pt_code next_event(pt_sensor *s, int timeout_ms, const struct pt_wire_head **ret,
                          pt_err *e) {
    uint64_t until = timeout_ms < 0 ? UINT64_MAX : now_ns() + (uint64_t)timeout_ms * 1000000;
    struct pt_sensor_reader *reader = reader_of(s);
    for (bool told = false;;) {
        uint64_t now = now_ns();
        uint64_t wait_ns = 0;
        pt_code code = pt_rings_next(&s->rings, now, PT_SENSOR_ORDER_NS, ret, &wait_ns, e);
        if (code || *ret || now >= until)
            return code;
        uint64_t left = until - now;
        if (wait_ns != UINT64_MAX) {
            nap(wait_ns < left ? wait_ns : left);
            continue;
        }
        if (!told) { // then look once more: what came before this was not woken for
            __atomic_store_n(&reader->asleep, 1, __ATOMIC_SEQ_CST);
            told = true;
            continue;
        }
        int ms = left / 1000000 >= NAP_MS ? NAP_MS : (int)(left / 1000000) + 1;
        code = wait_for(s, ms, e);
        if (code)
            return code;
        told = false;
    }
}

pt_code pt_sensor_next(pt_sensor *s, int timeout_ms, const struct pt_wire_head **ret, pt_err *e) {
    *ret = NULL;
    if (s->processes >= 0) {
        pt_code code = next_process(s, ret, e);
        if (code || *ret)
            return code;
    }
    return next_event(s, timeout_ms, ret, e);
}

// -- counters
// ---------------------------------------------------------------------------------------

static_assert(PT_COUNT(((pt_sensor_counts *)NULL)->lost) ==
                  PT_COUNT(((struct pt_sensor_cpu *)NULL)->lost),
              "the same causes");

pt_sensor_counts pt_sensor_counted(const pt_sensor *s, int cpu) {
    pt_sensor_counts sum = {0};
    for (size_t i = 0; i < s->cpus; i++) {
        if (cpu >= 0 && (size_t)cpu != i)
            continue;
        const volatile struct pt_sensor_cpu *c = &s->counters[i];
        sum.sent += c->sent;
        sum.bytes += c->bytes;
        sum.filtered += c->filtered;
        for (size_t k = 0; k < PT_LOSS_KINDS; k++)
            sum.lost[k] += c->lost[k];
    }
    return sum;
}
