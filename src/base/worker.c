#include "base/worker.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/sandbox.h"

enum {
    READY = 'r',      // what the worker says first
    START_MS = 10000, // for saying it
    GRACE_MS = 5000,  // it kills a job on time; we wait a little longer
    FAILED = 1,       // exit code of a job that says so
    NO_WALLS = 125,   // exit code of a job that could not enter its sandbox
    POURED = 65536,   // read of a result at a time
};

// Address space of a job, libraries included: a large file, and what is made of it.
// AddressSanitizer cannot live with a limit.
#if defined(__SANITIZE_ADDRESS__)
#    define JOB_BYTES_MAX 0
#elif defined(__has_feature)
#    if __has_feature(address_sanitizer)
#        define JOB_BYTES_MAX 0
#    endif
#endif
#ifndef JOB_BYTES_MAX
#    define JOB_BYTES_MAX ((size_t)1792 << 20)
#endif

typedef struct job_end {
    int32_t exit; // -1: a signal ended it
    int32_t signal;
} job_end;

bool pt_job_word(pt_job *j, size_t i, pt_str s) {
    if (s.n >= PT_JOB_WORD_BYTES || pt_str_find(s, '\0') != s.n)
        return false;
    memset(j->words[i], 0, PT_JOB_WORD_BYTES);
    if (s.n)
        memcpy(j->words[i], s.p, s.n);
    return true;
}

// -- who asks -------------------------------------------------------------------------------------

static int64_t now_ms(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

// The job stays where it is, with its descriptors. False: there will be none.
static bool wait_for_job(void) {
    char first = 0;
    ssize_t n = 0;
    do
        n = recv(0, &first, 1, MSG_PEEK);
    while (n < 0 && errno == EINTR);
    return n > 0;
}

// In the child: its socket is standard input, and it has nothing else.
static _Noreturn void become(const char *program, int socket) {
    char *argv[] = {(char[]){"paratia-worker"}, NULL};
    char *environment[] = {NULL};
    PT_AUTO(pt_fd_close) int null = open("/dev/null", O_RDWR | O_CLOEXEC);
    bool ok = prctl(PR_SET_PDEATHSIG, SIGKILL) == 0 && null >= 0 && dup2(socket, 0) == 0 &&
              dup2(null, 1) == 1 && dup2(null, 2) == 2 && chdir("/") == 0;
    if (ok && close_range(3, ~0u, 0) == 0 && wait_for_job())
        execve(program, argv, environment);
    _exit(127);
}

// Wait for something on `fd`. 1: there is, 0: the time is over.
static int wait_for(int fd, int64_t until_ms) {
    for (;;) {
        int64_t left = until_ms - now_ms();
        int n = poll(&(struct pollfd){.fd = fd, .events = POLLIN}, 1, left > 0 ? (int)left : 0);
        if (n >= 0 || errno != EINTR)
            return n > 0;
    }
}

static pt_code hear_ready(int socket, const char *program, pt_err *e) {
    char said = 0;
    if (wait_for(socket, now_ms() + START_MS) && recv(socket, &said, 1, 0) == 1 && said == READY)
        return PT_OK;
    pt_code code = pt_err_set(e, PT_E_UNSUPPORTED,
                              "the program that reads images cannot protect itself, so nothing is "
                              "read");
    pt_err_at(e, "%s", program);
    pt_err_remedy(e, "a kernel with seccomp filters is needed; in a container allow prctl and "
                     "seccomp");
    return code;
}

pt_code pt_worker_start(pt_worker *ret, const char *program, pt_err *e) {
    int ends[2] = {-1, -1};
    if (access(program, X_OK) != 0)
        return pt_err_set(e, PT_E_ABSENT, "there is no program %s", program);
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0)
        return pt_err_sys(e, errno, "cannot make a socket: %s", pt_errno_text(errno));
    PT_AUTO(pt_fd_close) int ours = ends[0];
    PT_AUTO(pt_fd_close) int its = ends[1];
    pid_t pid = its > 2 ? fork() : -1;
    if (pid == 0)
        become(program, its);
    if (pid < 0)
        return pt_err_sys(e, errno, "cannot start %s", program);
    *ret = (pt_worker){.socket = pt_fd_take(&ours), .result = -1, .program = program};
    return PT_OK;
}

void pt_worker_done(pt_worker *w) {
    pt_fd_close(&w->result);
    pt_fd_close(&w->socket);
}

static pt_code gone(pt_worker *w, pt_err *e) {
    pt_worker_done(w);
    return pt_err_set(e, PT_E_IO, "the process that reads images is gone");
}

// A message of one part with two descriptors beside it.
typedef union two_fds {
    struct cmsghdr head;
    char room[CMSG_SPACE(2 * sizeof(int))];
} two_fds;

static bool send_job(int socket, const pt_job *job, int in, int out) {
    pt_job copy = *job;
    two_fds beside = {.room = {0}};
    struct iovec part = {&copy, sizeof copy};
    struct msghdr m = {.msg_iov = &part,
                       .msg_iovlen = 1,
                       .msg_control = beside.room,
                       .msg_controllen = sizeof beside.room};
    int fds[2] = {in, out};
    beside.head = (struct cmsghdr){
        .cmsg_len = CMSG_LEN(sizeof fds), .cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS};
    memcpy(CMSG_DATA(&beside.head), fds, sizeof fds);
    return sendmsg(socket, &m, MSG_NOSIGNAL) == (ssize_t)sizeof copy;
}

pt_code pt_worker_send(pt_worker *w, const pt_job *job, int fd, pt_err *e) {
    int ends[2] = {-1, -1};
    pt_assert(w->result < 0);
    if (w->socket < 0)
        return gone(w, e);
    if (pipe2(ends, O_CLOEXEC) != 0)
        return pt_err_sys(e, errno, "cannot make a pipe: %s", pt_errno_text(errno));
    PT_AUTO(pt_fd_close) int from = ends[0];
    PT_AUTO(pt_fd_close) int to = ends[1];
    if (!send_job(w->socket, job, fd, to))
        return gone(w, e);
    w->result = pt_fd_take(&from);
    w->until_ms = now_ms() + (int64_t)job->seconds * 1000 + GRACE_MS;
    return PT_OK;
}

// All that the job writes, until it closes its end.
static pt_code pour(pt_worker *w, const pt_worker_sink *to, pt_err *e) {
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(POURED);
    char *room = pt_buf_room(&b, POURED);
    if (!room)
        return pt_err_set(e, PT_E_NOMEM, "out of memory");
    for (;;) {
        if (!wait_for(w->result, w->until_ms))
            return pt_err_set(e, PT_E_TIMEOUT, "reading it took too long");
        ssize_t n = read(w->result, room, POURED);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return n == 0 ? PT_OK : pt_err_sys(e, errno, "cannot read its result");
        pt_code code = to->take(to->of, (pt_str){room, (size_t)n}, e);
        if (code)
            return code;
    }
}

static pt_code keep(void *of, pt_str piece, pt_err *e) {
    pt_buf *b = of;
    if (piece.n > b->max - b->n)
        return pt_err_set(e, PT_E_LIMIT, "more was found in it than %zu bytes can say", b->max);
    pt_buf_put(b, piece);
    return b->full ? pt_err_set(e, PT_E_NOMEM, "out of memory") : PT_OK;
}

static pt_code ended_by(const job_end *end, pt_err *e) {
    const char *name = end->signal ? sigabbrev_np(end->signal) : NULL;
    if (end->signal == SIGALRM || end->signal == SIGXCPU)
        return pt_err_set(e, PT_E_TIMEOUT, "reading it took too long");
    if (end->signal == SIGSYS)
        return pt_err_set(e, PT_E_CORRUPT,
                          "its reader asked the kernel for what it has no use for, and was killed");
    if (end->signal)
        return pt_err_set(e, PT_E_CORRUPT, "its reader was killed by SIG%s", name ? name : "?");
    if (end->exit == NO_WALLS)
        return pt_err_set(e, PT_E_UNSUPPORTED, "its reader cannot protect itself");
    return end->exit ? pt_err_set(e, PT_E_CORRUPT, "its reader gave up") : PT_OK;
}

pt_code pt_worker_pour(pt_worker *w, const pt_worker_sink *to, pt_err *e) {
    job_end end = {0};
    if (w->socket < 0 || w->result < 0)
        return gone(w, e);
    if (w->program && hear_ready(w->socket, w->program, e)) {
        pt_worker_done(w);
        return PT_E_UNSUPPORTED;
    }
    w->program = NULL;
    pt_code code = pour(w, to, e);
    pt_fd_close(&w->result); // one that goes on writing dies of it
    if (!wait_for(w->socket, w->until_ms + GRACE_MS) ||
        recv(w->socket, &end, sizeof end, 0) != (ssize_t)sizeof end)
        return gone(w, e);
    return code ? code : ended_by(&end, e);
}

pt_code pt_worker_receive(pt_worker *w, pt_buf *ret, pt_err *e) {
    return pt_worker_pour(w, &(pt_worker_sink){keep, ret}, e);
}

// -- who works ------------------------------------------------------------------------------------

typedef struct server {
    int socket;
    const pt_job_row *jobs;
    size_t n;
} server;

// 1: a job with its two descriptors. 0: nobody asks any more. -1: not what we would say.
static int take_job(int socket, pt_job *j, int fds[2]) {
    two_fds beside = {.room = {0}};
    struct iovec part = {j, sizeof *j};
    struct msghdr m = {.msg_iov = &part,
                       .msg_iovlen = 1,
                       .msg_control = beside.room,
                       .msg_controllen = sizeof beside.room};
    ssize_t n = recvmsg(socket, &m, MSG_CMSG_CLOEXEC);
    const struct cmsghdr *c = n > 0 ? CMSG_FIRSTHDR(&m) : NULL;
    if (n == 0)
        return 0;
    if (n != (ssize_t)sizeof *j || !c || c->cmsg_type != SCM_RIGHTS ||
        c->cmsg_len != CMSG_LEN(2 * sizeof(int)))
        return -1;
    memcpy(fds, CMSG_DATA(c), 2 * sizeof(int));
    for (size_t i = 0; i < PT_JOB_WORDS; i++)
        j->words[i][PT_JOB_WORD_BYTES - 1] = '\0';
    return 1;
}

static _Noreturn void work(const server *s, const pt_job *j, int in, int out) {
    close(s->socket);
    pt_sandbox_limits limits = {.seconds = j->seconds ? j->seconds : 1, .bytes_max = JOB_BYTES_MAX};
    if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 || pt_sandbox_enter(&limits, NULL))
        _exit(NO_WALLS);
    _exit(s->jobs[j->kind].run(j, in, out) ? 0 : FAILED);
}

static job_end wait_job(pid_t pid) {
    int status = 0;
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
        ;
    return (job_end){.exit = WIFEXITED(status) ? WEXITSTATUS(status) : -1,
                     .signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0};
}

// In a child, or by the server itself.
static job_end do_job(const server *s, const pt_job *j, int fds[2]) {
    job_end end = {.exit = NO_WALLS};
    bool stays = s->jobs[j->kind].stays;
    pid_t pid = stays ? 0 : fork();
    if (pid == 0 && !stays)
        work(s, j, fds[0], fds[1]);
    if (stays)
        end.exit = s->jobs[j->kind].run(j, fds[0], fds[1]) ? 0 : FAILED;
    close(fds[0]);
    close(fds[1]);
    return pid > 0 ? wait_job(pid) : end;
}

pt_code pt_worker_serve(int socket, const pt_job_row *jobs, size_t n, pt_err *e) {
    const server s = {socket, jobs, n};
    pt_code code = pt_sandbox_serve(e);
    char ready = READY;
    pt_job j = {0};
    int fds[2] = {-1, -1};
    int got = code || send(socket, &ready, 1, MSG_NOSIGNAL) != 1 ? 0 : 1;
    while (got > 0 && (got = take_job(socket, &j, fds)) > 0) {
        if (j.kind >= n) // nobody of ours would ask for it
            return pt_err_set(e, PT_E_USAGE, "an unknown kind of job");
        job_end end = do_job(&s, &j, fds);
        if (send(socket, &end, sizeof end, MSG_NOSIGNAL) != (ssize_t)sizeof end)
            break;
    }
    return code;
}
