// The threads that handle requests, and how those come to them and back.
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/fd.h"
#include "http/server_conn.h"

enum {
    WAITING_MAX = 4096 // requests; beyond, 503
};

// -- mail -----------------------------------------------------------------------------------------

static pt_code open_event(int *ret, pt_err *e) {
    *ret = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    return *ret >= 0 ? PT_OK : pt_err_sys(e, errno, "eventfd: %s", pt_errno_text(errno));
}

pt_code pt_http_mail_open(pt_http_mail *m, pt_err *e) {
    pthread_mutex_init(&m->lock, NULL);
    m->first = NULL;
    m->end = &m->first;
    return open_event(&m->fd, e);
}

static void mail_put(pt_http_mail *m, pt_http_exchange *x) {
    x->next = NULL;
    pthread_mutex_lock(&m->lock);
    bool first = !m->first;
    *m->end = x;
    m->end = &x->next;
    if (first) // full: it is readable already
        PT_IGNORE(write(m->fd, &(uint64_t){1}, sizeof(uint64_t)) < 0);
    pthread_mutex_unlock(&m->lock);
}

pt_http_exchange *pt_http_mail_take(pt_http_mail *m) {
    uint64_t n;
    PT_IGNORE(read(m->fd, &n, sizeof n) < 0); // first: what is put from now on says so again
    pthread_mutex_lock(&m->lock);
    pt_http_exchange *all = m->first;
    m->first = NULL;
    m->end = &m->first;
    pthread_mutex_unlock(&m->lock);
    return all;
}

void pt_http_mail_close(pt_http_mail *m) {
    if (!m->end)
        return;
    pthread_mutex_destroy(&m->lock);
    pt_fd_close(&m->fd);
    m->end = NULL;
}

// -- the pool -------------------------------------------------------------------------------------

typedef struct handler {
    pt_http_pool *pool;
    pthread_t thread;
} handler;

struct pt_http_pool {
    const pt_http_server_opts *opts;
    handler *handlers;
    size_t begun;
    pthread_mutex_t lock;
    pthread_cond_t more;
    pt_http_exchange *first, **end; // under `lock`, with what follows
    size_t waiting;
    bool ends;
};

pt_code pt_http_pool_new(pt_http_pool **ret, const pt_http_server_opts *opts, pt_err *e) {
    pt_http_pool *p = calloc(1, sizeof *p);
    handler *handlers = calloc(opts->http2_threads, sizeof *handlers);
    if (!p || !handlers) {
        free(p);
        free(handlers);
        return pt_err_set(e, PT_E_NOMEM, "no memory for the server");
    }
    *p = (pt_http_pool){.opts = opts, .handlers = handlers, .end = &p->first};
    pthread_mutex_init(&p->lock, NULL);
    pthread_cond_init(&p->more, NULL);
    *ret = p;
    return PT_OK;
}

static void unlink_one(pt_http_pool *p, pt_http_exchange *x) {
    *x->slot = x->next;
    if (x->next)
        x->next->slot = x->slot;
    else
        p->end = x->slot;
    x->slot = NULL; // it waits no longer
    p->waiting--;
}

// The next to be handled; NULL: there will be none.
static pt_http_exchange *take(pt_http_pool *p) {
    pthread_mutex_lock(&p->lock);
    while (!p->first && !p->ends)
        pthread_cond_wait(&p->more, &p->lock);
    pt_http_exchange *x = p->ends ? NULL : p->first;
    if (x)
        unlink_one(p, x);
    pthread_mutex_unlock(&p->lock);
    return x;
}

static void *handle(void *item) {
    const handler *h = item;
    const pt_http_server_opts *opts = h->pool->opts;
    for (pt_http_exchange *x; (x = take(h->pool));) {
        x->call.thread = opts->threads + (size_t)(h - h->pool->handlers);
        opts->handle(opts->context, &x->call, &x->reply);
        mail_put(&x->conn->worker->mail, x);
    }
    return NULL;
}

pt_code pt_http_pool_begin(pt_http_pool *p, pt_err *e) {
    for (; p->begun < p->opts->http2_threads; p->begun++) {
        handler *h = &p->handlers[p->begun];
        h->pool = p;
        int sys = pthread_create(&h->thread, NULL, handle, h);
        if (!sys)
            continue;
        pt_http_pool_end(p);
        return pt_err_sys(e, sys, "no thread for the server: %s", pt_errno_text(sys));
    }
    return PT_OK;
}

bool pt_http_pool_put(pt_http_pool *p, pt_http_exchange *x) {
    pthread_mutex_lock(&p->lock);
    bool room = p->waiting < WAITING_MAX;
    if (room) {
        x->next = NULL;
        x->slot = p->end;
        *p->end = x;
        p->end = &x->next;
        p->waiting++;
        pthread_cond_signal(&p->more);
    }
    pthread_mutex_unlock(&p->lock);
    return room;
}

bool pt_http_pool_cancel(pt_http_pool *p, pt_http_exchange *x) {
    pthread_mutex_lock(&p->lock);
    bool waits = x->slot != NULL;
    if (waits)
        unlink_one(p, x);
    pthread_mutex_unlock(&p->lock);
    return waits;
}

void pt_http_pool_end(pt_http_pool *p) {
    pthread_mutex_lock(&p->lock);
    p->ends = true;
    pthread_cond_broadcast(&p->more);
    pthread_mutex_unlock(&p->lock);
    while (p->begun > 0)
        pthread_join(p->handlers[--p->begun].thread, NULL);
}

void pt_http_pool_free(pt_http_pool *p) {
    if (!p)
        return;
    pthread_mutex_destroy(&p->lock);
    pthread_cond_destroy(&p->more);
    free(p->handlers);
    free(p);
}
