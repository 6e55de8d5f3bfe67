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
#include "http/server_conn.h"

typedef struct pt_thread {
    pt_http_worker *worker;
    pt_code code;
    pt_err e;
} pt_thread;

struct pt_http_server {
    pt_http_server_opts opts;
    pt_http_plan plan; // its .stop: an eventfd that stays readable
    pt_http_2_shared http2;
    pt_thread *threads; // of workers
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

static pt_code use_listener(int fd, pt_err *e) {
    // Several threads wait for the same listener: the one that comes late must not block.
    int flags = fcntl(fd, F_GETFL);
    if (flags < 0 || fcntl(fd, F_SETFL, flags | O_NONBLOCK) < 0)
        return pt_err_sys(e, errno, "the listening socket cannot be used: %s",
                          pt_errno_text(errno));
    // Every answer is sent whole at once. Connections inherit it; a Unix socket has no such thing.
    PT_IGNORE(setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &(int){1}, sizeof(int)) < 0);
    return PT_OK;
}

static pt_code make_workers(pt_http_server *s, pt_err *e) {
    s->threads = calloc(s->opts.threads, sizeof *s->threads);
    if (!s->threads)
        return pt_err_set(e, PT_E_NOMEM, "no memory for the server");
    s->plan.stop = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (s->plan.stop < 0)
        return pt_err_sys(e, errno, "eventfd: %s", pt_errno_text(errno));
    pt_code code = PT_OK;
    for (size_t i = 0; i < s->opts.threads && !code; i++)
        code = pt_http_worker_new(&s->threads[i].worker, &s->plan, i, e);
    return code;
}

// Requests of HTTP/2 share a connection: its loop must not wait for their handlers.
static pt_code offer_http2(pt_http_server *s, pt_err *e) {
    pt_code code = pt_http_2_load(&s->http2, e);
    if (!code)
        code = pt_http_pool_new(&s->plan.pool, &s->opts, e);
    if (code)
        return code;
    s->plan.http2 = &s->http2;
    s->opts.tls->http2 = true;
    return PT_OK;
}

pt_code pt_http_server_new(pt_http_server **ret, const pt_http_server_opts *opts, pt_err *e) {
    pt_http_server *s = calloc(1, sizeof *s);
    if (!s)
        return pt_err_set(e, PT_E_NOMEM, "no memory for the server");
    s->opts = *opts;
    set_defaults(&s->opts);
    s->plan = (pt_http_plan){.opts = &s->opts, .stop = -1};
    pt_code code = use_listener(s->opts.listener, e);
    if (!code && s->opts.http2_threads && s->opts.tls)
        code = offer_http2(s, e);
    if (!code)
        code = make_workers(s, e);
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
    pt_code code = s->plan.pool ? pt_http_pool_begin(s->plan.pool, e) : PT_OK;
    if (code)
        return code;
    pt_threads_run(s->threads, s->opts.threads, sizeof *s->threads, run_thread);
    if (s->plan.pool)
        pt_http_pool_end(s->plan.pool);
    for (size_t i = 0; i < s->opts.threads; i++)
        if (s->threads[i].code) {
            *e = s->threads[i].e;
            return s->threads[i].code;
        }
    return PT_OK;
}

void pt_http_server_stop(pt_http_server *s) {
    // Full: it is readable already.
    PT_IGNORE(write(s->plan.stop, &(uint64_t){1}, sizeof(uint64_t)) < 0);
}

void pt_http_server_free(pt_http_server *s) {
    if (!s)
        return;
    for (size_t i = 0; s->threads && i < s->opts.threads; i++)
        pt_http_worker_free(s->threads[i].worker);
    free(s->threads);
    pt_http_pool_free(s->plan.pool);
    pt_http_2_unload(&s->http2);
    pt_fd_close(&s->plan.stop);
    pt_fd_close(&s->opts.listener);
    free(s);
}
