#include "base/subprocess.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/fd.h"

enum {
    TIMEOUT_MS_DEFAULT = 10000,
    CHUNK_BYTES = 8192,
    SAID_BYTES_MAX = 255,
    NOT_FOUND = 127, // as shells say it
};

typedef struct running {
    pid_t pid;
    int in, out, err; // our ends of its pipes; -1: closed
    pt_str input;     // what is not yet written
    pt_buf *output;
    size_t output_bytes_max;
    pt_buf said;
    int64_t deadline_ms;
} running;

static int64_t now_ms(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

// execve takes what it does not change as if it did.
static char *const *words(const char *const *v) {
    union {
        const char *const *ours;
        char *const *its;
    } list = {.ours = v};
    return list.its;
}

// In the child: nothing of ours goes along but the three pipes.
static _Noreturn void become(const pt_subprocess *p, const int ends[3]) {
    static const char *const ours[] = {"PATH=/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL=C", NULL};
    const struct sigaction by_default = {.sa_handler = SIG_DFL};
    setsid();
    sigaction(SIGPIPE, &by_default, NULL);
    bool ok = chdir("/") == 0;
    for (int i = 0; i < 3; i++)
        ok = ok && dup2(ends[i], i) == i;
    if (ok && close_range(3, ~0u, 0) == 0)
        execve(p->argv[0], words(p->argv), words(p->environment ? p->environment : ours));
    _exit(NOT_FOUND);
}

// Pipes that are closed on exec: {read end, write end} of standard input, output and error.
static bool make_pipes(int pipes[3][2]) {
    for (int i = 0; i < 3; i++)
        if (pipe2(pipes[i], O_CLOEXEC) != 0)
            return false;
    return true;
}

static void close_all(int pipes[3][2]) {
    for (int i = 0; i < 3; i++)
        for (int k = 0; k < 2; k++)
            pt_fd_close(&pipes[i][k]);
}

static pt_code start(const pt_subprocess *p, running *r, pt_err *e) {
    int pipes[3][2] = {{-1, -1}, {-1, -1}, {-1, -1}};
    bool made = make_pipes(pipes);
    // Above the standard three, or dup2 in the child would overwrite what it still needs.
    bool safe = made && pipes[0][0] > 2 && pipes[1][0] > 2 && pipes[2][0] > 2;
    r->pid = safe ? fork() : -1;
    if (r->pid == 0)
        become(p, (const int[]){pipes[0][0], pipes[1][1], pipes[2][1]});
    int sys = errno;
    if (r->pid > 0) {
        r->in = pt_fd_take(&pipes[0][1]);
        r->out = pt_fd_take(&pipes[1][0]);
        r->err = pt_fd_take(&pipes[2][0]);
        fcntl(r->in, F_SETFL, O_NONBLOCK);
    }
    close_all(pipes);
    return r->pid > 0 ? PT_OK : pt_err_sys(e, sys, "cannot start %s", p->argv[0]);
}

static void feed(running *r) {
    ssize_t n = write(r->in, r->input.p, r->input.n);
    if (n > 0)
        r->input = pt_str_sub(r->input, (size_t)n, r->input.n);
    if (!r->input.n || (n < 0 && errno != EAGAIN && errno != EINTR))
        pt_fd_close(&r->in); // all written, or it reads no more
}

// What stands in one of its pipes; beyond `max` it is dropped.
static void drain(int *fd, pt_buf *to, size_t max) {
    char chunk[CHUNK_BYTES];
    ssize_t n = read(*fd, chunk, sizeof chunk);
    if (n > 0) {
        size_t room = to->n < max ? max - to->n : 0;
        pt_buf_put(to, (pt_str){chunk, (size_t)n < room ? (size_t)n : room});
    } else if (n == 0 || errno != EINTR)
        pt_fd_close(fd);
}

// Move what can be moved, once. False: it has closed its pipes, or the time is over.
static bool move(running *r) {
    struct pollfd set[3] = {{.fd = r->in, .events = POLLOUT},
                            {.fd = r->out, .events = POLLIN},
                            {.fd = r->err, .events = POLLIN}};
    int64_t left = r->deadline_ms - now_ms();
    if ((r->out < 0 && r->err < 0) || left <= 0 || r->output->n > r->output_bytes_max)
        return false;
    if (poll(set, 3, (int)left) < 0)
        return errno == EINTR;
    if (set[0].revents)
        feed(r);
    if (set[1].revents)
        drain(&r->out, r->output, r->output_bytes_max + 1);
    if (set[2].revents)
        drain(&r->err, &r->said, SAID_BYTES_MAX);
    return true;
}

// Wait for its end until the deadline, then kill its session. True: it ended by itself.
static bool finish(running *r, int *ret_status) {
    const struct timespec nap = {.tv_nsec = 2000000};
    pid_t got = 0;
    while (r->output->n <= r->output_bytes_max && now_ms() < r->deadline_ms &&
           (got = waitpid(r->pid, ret_status, WNOHANG)) == 0)
        nanosleep(&nap, NULL);
    if (got == r->pid)
        return true;
    kill(-r->pid, SIGKILL);
    kill(r->pid, SIGKILL);
    while (waitpid(r->pid, ret_status, 0) < 0 && errno == EINTR)
        ;
    return false;
}

static void describe(int status, pt_buf *said, pt_subprocess_end *ret) {
    *ret = (pt_subprocess_end){.exit = WIFEXITED(status) ? WEXITSTATUS(status) : -1,
                               .signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0};
    PT_AUTO(pt_buf_done) pt_buf safe = PT_BUF(sizeof ret->said - 1);
    pt_buf_put_safe(&safe, pt_str_trim(pt_buf_str(said)));
    if (safe.n)
        memcpy(ret->said, safe.p, safe.n);
}

pt_code pt_subprocess_run(const pt_subprocess *p, pt_buf *ret_output, pt_subprocess_end *ret_end,
                          pt_err *e) {
    if (access(p->argv[0], X_OK) != 0)
        return pt_err_set(e, PT_E_ABSENT, "there is no program %s", p->argv[0]);
    PT_AUTO(pt_buf_done) pt_buf output = PT_BUF(p->output_bytes_max + 1);
    running r = {.in = -1,
                 .out = -1,
                 .err = -1,
                 .input = p->input,
                 .output = &output,
                 .output_bytes_max = p->output_bytes_max,
                 .said = PT_BUF(SAID_BYTES_MAX),
                 .deadline_ms = now_ms() + (p->timeout_ms ? p->timeout_ms : TIMEOUT_MS_DEFAULT)};
    pt_code code = start(p, &r, e);
    if (code)
        return code;
    if (!r.input.n)
        pt_fd_close(&r.in);
    while (move(&r))
        ;
    pt_fd_close(&r.in);
    pt_fd_close(&r.out);
    pt_fd_close(&r.err);
    int status = 0;
    bool ended = finish(&r, &status);
    describe(status, &r.said, ret_end);
    pt_buf_done(&r.said);
    if (output.n > p->output_bytes_max)
        return pt_err_set(e, PT_E_LIMIT, "%s wrote more than %zu bytes", p->argv[0],
                          p->output_bytes_max);
    if (!ended)
        return pt_err_set(e, PT_E_TIMEOUT, "%s did not end in time", p->argv[0]);
    pt_buf_put(ret_output, pt_buf_str(&output));
    return ret_output->full ? pt_err_set(e, PT_E_NOMEM, "out of memory") : PT_OK;
}
