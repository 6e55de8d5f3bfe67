#include "http/server.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/threads.h"
#include "http/server_impl.h"

typedef struct pt_thread {
    pt_http_worker *worker;
    pt_code code;
    pt_err e;
} pt_thread;

struct pt_http_server {
    pt_http_server_opts opts;
    int stop; // an eventfd that stays readable
    pt_thread *threads;
};

static void set_defaults(pt_http_server_opts *o) {
    if (!o->threads)
        o->threads = 1;
    if (!o->head_bytes_max)
        o->head_bytes_max = (size_t)64 << 10;
    if (!o->body_bytes_max)
        o->body_bytes_max = (size_t)1 << 20;
    if (!o->read_timeout_s)
        o->read_timeout_s = 60;
    if (!o->idle_timeout_s)
        o->idle_timeout_s = o->read_timeout_s;
    if (!o->connections_max)
        o->connections_max = 1024;
}

static pt_code make_workers(pt_http_server *s, pt_err *e) {
    // Several threads wait for the same listener: the one that comes late must not block.
    int flags = fcntl(s->opts.listener, F_GETFL);
    if (flags < 0 || fcntl(s->opts.listener, F_SETFL, flags | O_NONBLOCK) < 0)
        return pt_err_sys(e, errno, "the listening socket cannot be used: %s",
                          pt_errno_text(errno));
    // Every answer is sent whole at once. Connections inherit it; a Unix socket has no such thing.
    PT_IGNORE(setsockopt(s->opts.listener, IPPROTO_TCP, TCP_NODELAY, &(int){1}, sizeof(int)) < 0);
    s->stop = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (s->stop < 0)
        return pt_err_sys(e, errno, "eventfd: %s", pt_errno_text(errno));
    pt_code code = PT_OK;
    for (size_t i = 0; i < s->opts.threads && !code; i++)
        code = pt_http_worker_new(&s->threads[i].worker, &s->opts, i, s->stop, e);
    return code;
}

pt_code pt_http_server_new(pt_http_server **ret, const pt_http_server_opts *opts, pt_err *e) {
    pt_http_server *s = calloc(1, sizeof *s);
    if (!s)
        return pt_err_set(e, PT_E_NOMEM, "no memory for the server");
    *s = (pt_http_server){.opts = *opts, .stop = -1};
    set_defaults(&s->opts);
    s->threads = calloc(s->opts.threads, sizeof *s->threads);
    pt_code code =
        s->threads ? make_workers(s, e) : pt_err_set(e, PT_E_NOMEM, "no memory for the server");
    if (code) {
        s->opts.listener = -1; // still the caller's
        pt_http_server_free(s);
        return code;
    }
    *ret = s;
    return PT_OK;
}

static void *run_thread(void *item) {
    pt_thread *t = item;
    t->code = pt_http_worker_run(t->worker, &t->e);
    return NULL;
}

pt_code pt_http_server_run(pt_http_server *s, pt_err *e) {
    pt_threads_run(s->threads, s->opts.threads, sizeof *s->threads, run_thread);
    for (size_t i = 0; i < s->opts.threads; i++)
        if (s->threads[i].code) {
            *e = s->threads[i].e;
            return s->threads[i].code;
        }
    return PT_OK;
}

void pt_http_server_stop(pt_http_server *s) {
    PT_IGNORE(write(s->stop, &(uint64_t){1}, sizeof(uint64_t)) < 0); // full: it is readable already
}

void pt_http_server_free(pt_http_server *s) {
    if (!s)
        return;
    for (size_t i = 0; s->threads && i < s->opts.threads; i++)
        pt_http_worker_free(s->threads[i].worker);
    free(s->threads);
    pt_fd_close(&s->stop);
    pt_fd_close(&s->opts.listener);
    free(s);
}
