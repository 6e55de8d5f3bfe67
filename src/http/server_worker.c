// One thread of the server: an event loop, its listener's connections, what comes and goes on them.
#include <errno.h>
#include <event2/buffer.h>
#include <event2/event.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/instant.h"
#include "http/server_conn.h"

enum {
    LINGER_S = 2,
    DRAIN_S = 5,           // when the server ends: what is under way may come to its end
    HELD_BYTES = 4 << 20,  // of requests that come at a time, beside one of the largest
    GRACE_NS = 1000000000, // nobody is sent away before
};

// -- what requests hold ---------------------------------------------------------------------------

static void wait_no_more(pt_http_share *s) {
    s->wanted = 0;
    if (!s->slot)
        return;
    *s->slot = s->next;
    if (s->next)
        s->next->slot = s->slot;
    else
        s->conn->worker->waiting_end = s->slot;
    s->slot = NULL;
}

// Those that wait have their turn as long as there is room.
static void grant(pt_http_worker *w) {
    for (pt_http_share *s; (s = w->waiting) && w->held + s->wanted <= w->held_max;) {
        size_t more = s->wanted;
        pt_http_conn *c = s->conn;
        wait_no_more(s);
        s->held += more;
        s->granted = true;
        c->held += more;
        w->held += more;
        event_active(c->writable, EV_WRITE, 0);
    }
}

void pt_http_share_hold(pt_http_share *s, pt_http_conn *c, size_t now) {
    pt_http_worker *w = c->worker;
    s->conn = c;
    c->held += now - s->held; // modulo, so less is less
    w->held += now - s->held;
    s->held = now;
    if (w->waiting)
        grant(w);
}

void pt_http_share_want(pt_http_share *s, size_t more) {
    if (!s->conn)
        return;
    pt_http_worker *w = s->conn->worker;
    wait_no_more(s);
    if (more == 0)
        return;
    s->wanted = more;
    s->next = NULL;
    s->slot = w->waiting_end;
    *w->waiting_end = s;
    w->waiting_end = &s->next;
    grant(w);
}

void pt_http_share_drop(pt_http_share *s) {
    if (!s->conn)
        return;
    wait_no_more(s);
    pt_http_share_hold(s, s->conn, 0);
    s->conn = NULL;
}

bool pt_http_conn_crowds(const pt_http_conn *c, size_t times) {
    return c->held > PT_HTTP_SMALL_BYTES && c->worker->held > times * c->worker->held_max;
}

// -- handing over ---------------------------------------------------------------------------------

void pt_http_conn_wait(pt_http_conn *c, uint32_t seconds) {
    if (seconds)
        event_add(c->timer, &(struct timeval){.tv_sec = (time_t)seconds});
    else
        event_del(c->timer);
}

static void give_back(pt_http_exchange *x) {
    pt_http_reply *r = &x->reply;
    if (r->body.full) {
        pt_buf_clear(&r->body);
        r->status = 500;
        r->type = NULL;
    }
    if (!r->status)
        r->status = 200;
    x->conn->protocol->answered(x->conn, x);
}

bool pt_http_conn_submit(pt_http_conn *c, pt_http_exchange *x) {
    pt_http_worker *w = c->worker;
    c->since_ns = pt_monotonic_ns();
    c->asked = true;
    x->reply.status = 0;
    x->reply.type = NULL;
    if (w->http2 > 0) {
        bool taken = pt_http_pool_put(w->plan->pool, x);
        c->handled += taken;
        return taken;
    }
    x->call.thread = w->index;
    w->opts->handle(w->opts->context, &x->call, &x->reply);
    give_back(x);
    return true;
}

bool pt_http_conn_cancel(pt_http_conn *c, pt_http_exchange *x) {
    bool cancelled = pt_http_pool_cancel(c->worker->plan->pool, x);
    c->handled -= cancelled;
    return cancelled;
}

// -- connections ----------------------------------------------------------------------------------

static void conn_free(pt_http_conn *c) {
    pt_http_worker *w = c->worker;
    *c->slot = c->next;
    if (c->next)
        c->next->slot = c->slot;
    w->http2 -= c->protocol == &pt_http_2;
    c->protocol->end(c);
    struct event *events[] = {c->readable, c->writable, c->timer};
    for (size_t i = 0; i < PT_COUNT(events); i++)
        if (events[i])
            event_free(events[i]);
    pt_http_stream_close(&c->stream); // the last: events are of its descriptor
    free(c);
    w->count--;
    if (w->stopping && !w->conns)
        event_base_loopbreak(w->base);
    if (!w->stopping)
        event_add(w->accept, NULL); // there is room again
}

// At once, or when its requests have come back from their handlers.
static void conn_close(pt_http_conn *c) {
    c->closed = true;
    c->protocol->cancel(c);
    if (c->handled == 0) {
        conn_free(c);
        return;
    }
    event_del(c->readable);
    event_del(c->writable);
    event_del(c->timer);
}

static void linger(pt_http_conn *c) {
    c->lingers = true;
    shutdown(c->stream.fd, SHUT_WR);
    pt_http_conn_wait(c, LINGER_S);
    event_add(c->readable, NULL);
}

// All that was put is sent. `c` may be gone.
static void follow(pt_http_conn *c, pt_http_next next) {
    if (next == PT_NEXT_LINGER) {
        linger(c);
    } else if (next == PT_NEXT_CLOSE || (next == PT_NEXT_READ && c->stream.ended)) {
        conn_close(c); // a request that was cut short is none
    } else if (next == PT_NEXT_READ) {
        event_add(c->readable, NULL);
    } else {
        event_del(c->readable);
        if (next == PT_NEXT_TURN)
            event_add(c->writable, NULL); // at once, and after all that is due already
    }
}

// Send what there is to be sent, and say what is waited for then. `c` may be gone.
static void proceed(pt_http_conn *c) {
    pt_http_next next = PT_NEXT_SEND;
    while (next == PT_NEXT_SEND) {
        pt_stream_sent sent = pt_http_stream_flush(&c->stream);
        if (sent == PT_STREAM_FAILED) {
            conn_close(c);
            return;
        }
        if (sent == PT_STREAM_WAITS) { // nothing is read until the client has taken it
            event_del(c->readable);
            event_add(c->writable, NULL);
            return;
        }
        next = c->stream.broken ? PT_NEXT_LINGER : c->protocol->sent(c);
    }
    follow(c, next);
}

// HTTP/1.1 until the client is known to have chosen the other.
static bool choose(pt_http_conn *c) {
    if (c->protocol == &pt_http_2 || !c->stream.tls || !pt_http_tls_link_http2(c->stream.tls))
        return true;
    c->protocol->end(c);
    c->protocol = &pt_http_2;
    c->worker->http2++;
    return c->protocol->begin(c);
}

static void on_readable(evutil_socket_t fd, short what, void *context) {
    (void)fd, (void)what;
    pt_http_conn *c = context;
    if (c->lingers) {
        pt_http_stream_skip(&c->stream, &c->worker->room);
        if (c->stream.ended)
            conn_close(c);
        return;
    }
    pt_http_stream_take(&c->stream, &c->worker->room);
    if (!choose(c)) {
        conn_close(c);
        return;
    }
    if (c->stream.broken) // what is to be said of it is in the stream already
        pt_http_conn_wait(c, c->worker->opts->read_timeout_s);
    else
        c->protocol->came(c);
    proceed(c);
}

static void on_writable(evutil_socket_t fd, short what, void *context) {
    (void)fd, (void)what;
    pt_http_conn *c = context;
    if (!c->stream.broken)
        c->protocol->came(c);
    proceed(c);
}

static void on_time(evutil_socket_t fd, short what, void *context) {
    (void)fd, (void)what;
    pt_http_conn *c = context;
    if (!c->lingers && !c->stream.broken && c->protocol->late(c))
        proceed(c);
    else
        conn_close(c);
}

// Answers that handlers of the pool have given: all of them, and then each connection once.
static void on_mail(evutil_socket_t fd, short what, void *context) {
    (void)fd, (void)what;
    pt_http_worker *w = context;
    pt_http_conn *due = NULL;
    for (pt_http_exchange *x = pt_http_mail_take(&w->mail), *next; x; x = next) {
        pt_http_conn *c = x->conn;
        next = x->next;
        c->handled--;
        if (c->closed) {
            if (c->handled == 0)
                conn_free(c);
            continue;
        }
        give_back(x);
        if (!c->is_due) {
            c->due = due;
            due = c;
        }
        c->is_due = true;
    }
    for (pt_http_conn *next; due; due = next) {
        next = due->due;
        due->is_due = false;
        proceed(due);
    }
}

// -- the worker -----------------------------------------------------------------------------------

static int peer_of(int fd) {
    struct ucred peer = {0};
    socklen_t n = sizeof peer;
    return getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &n) == 0 ? peer.pid : 0;
}

static bool conn_begin(pt_http_conn *c, int fd) {
    const pt_http_worker *w = c->worker;
    if (!pt_http_stream_open(&c->stream, fd, w->opts->tls) || !c->protocol->begin(c))
        return false;
    c->readable = event_new(w->base, fd, EV_READ | EV_PERSIST, on_readable, c);
    c->writable = event_new(w->base, fd, EV_WRITE, on_writable, c);
    c->timer = evtimer_new(w->base, on_time, c);
    if (!c->readable || !c->writable || !c->timer)
        return false;
    pt_http_conn_wait(c, w->opts->read_timeout_s);
    return event_add(c->readable, NULL) == 0;
}

static void conn_new(pt_http_worker *w, int fd) {
    pt_http_conn *c = calloc(1, sizeof *c);
    if (!c) {
        close(fd);
        return;
    }
    *c = (pt_http_conn){.worker = w,
                        .next = w->conns,
                        .slot = &w->conns,
                        .peer_pid = peer_of(fd),
                        .since_ns = pt_monotonic_ns(),
                        .protocol = &pt_http_1};
    if (w->conns)
        w->conns->slot = &c->next;
    w->conns = c;
    w->count++;
    if (!conn_begin(c, fd))
        conn_free(c);
}

// Whose turn it is to go before another comes: who has been there for a while and brought no
// request as a whole, or else who brings none, each time the one that does so for the longest.
static pt_http_conn *spare(const pt_http_worker *w) {
    int64_t before_ns = pt_monotonic_ns() - GRACE_NS;
    pt_http_conn *found = NULL;
    for (pt_http_conn *c = w->conns; c; c = c->next) {
        bool stays = c->closed || c->handled || c->since_ns > before_ns ||
                     (c->asked && !c->protocol->idle(c));
        if (!stays && (!found || c->asked < found->asked ||
                       (c->asked == found->asked && c->since_ns <= found->since_ns)))
            found = c;
    }
    return found;
}

static bool make_room(pt_http_worker *w) {
    pt_http_conn *c = w->count < w->count_max ? NULL : spare(w);
    if (c)
        conn_close(c);
    return w->count < w->count_max;
}

static void on_again(evutil_socket_t fd, short what, void *context) {
    (void)fd, (void)what;
    pt_http_worker *w = context;
    if (!w->stopping)
        event_add(w->accept, NULL);
}

static void on_accept(evutil_socket_t listener, short what, void *context) {
    (void)what;
    pt_http_worker *w = context;
    if (!make_room(w)) {
        event_del(w->accept); // they wait in the backlog
        event_add(w->again, &(struct timeval){.tv_sec = GRACE_NS / PT_SECOND_NS});
        return;
    }
    int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (fd >= 0)
        conn_new(w, fd);
    else if (errno == EMFILE || errno == ENFILE || errno == ENOMEM || errno == ENOBUFS)
        event_del(w->accept); // until a connection ends
}

static void on_drained(evutil_socket_t fd, short what, void *context) {
    (void)fd, (void)what;
    event_base_loopbreak(((pt_http_worker *)context)->base);
}

static void on_stop(evutil_socket_t fd, short what, void *context) {
    (void)fd, (void)what;
    pt_http_worker *w = context;
    w->stopping = true;
    event_del(w->stop); // its descriptor stays readable
    event_del(w->accept);
    for (pt_http_conn *c = w->conns, *next; c; c = next) {
        next = c->next;
        if (c->closed)
            continue;
        if (c->lingers || !c->protocol->stop(c))
            conn_close(c);
        else
            proceed(c);
    }
    if (w->conns)
        event_add(w->drain, &(struct timeval){.tv_sec = DRAIN_S});
    else
        event_base_loopbreak(w->base);
}

static bool make_events(pt_http_worker *w) {
    w->base = event_base_new();
    if (!w->base)
        return false;
    w->accept = event_new(w->base, w->opts->listener, EV_READ | EV_PERSIST, on_accept, w);
    w->again = evtimer_new(w->base, on_again, w);
    w->stop = event_new(w->base, w->plan->stop, EV_READ, on_stop, w);
    w->drain = evtimer_new(w->base, on_drained, w);
    return w->accept && w->again && w->stop && w->drain && event_add(w->accept, NULL) == 0 &&
           event_add(w->stop, NULL) == 0;
}

static bool get_mail(pt_http_worker *w) {
    w->mailed = event_new(w->base, w->mail.fd, EV_READ | EV_PERSIST, on_mail, w);
    return w->mailed && event_add(w->mailed, NULL) == 0;
}

// Its part of what the server may take.
static void share_bounds(pt_http_worker *w) {
    const pt_http_server_opts *o = w->opts;
    w->count_max = (o->connections_max + o->threads - 1) / o->threads;
    w->held_max = o->body_bytes_max + HELD_BYTES;
    w->waiting_end = &w->waiting;
}

pt_code pt_http_worker_new(pt_http_worker **ret, const pt_http_plan *plan, size_t index,
                           pt_err *e) {
    pt_http_worker *w = calloc(1, sizeof *w);
    if (!w)
        return pt_err_set(e, PT_E_NOMEM, "no memory for the server");
    w->plan = plan;
    w->opts = plan->opts;
    w->index = index;
    share_bounds(w);
    pt_code code = plan->pool ? pt_http_mail_open(&w->mail, e) : PT_OK;
    w->clear = evbuffer_new();
    if (!code && (!w->clear || !make_events(w) || (plan->pool && !get_mail(w))))
        code = pt_err_set(e, PT_E_IO, "the server cannot wait for events");
    if (code)
        pt_http_worker_free(w);
    else
        *ret = w;
    return code;
}

pt_code pt_http_worker_run(pt_http_worker *w, pt_err *e) {
    if (event_base_dispatch(w->base) < 0)
        return pt_err_set(e, PT_E_IO, "the server cannot wait for events");
    return PT_OK;
}

void pt_http_worker_free(pt_http_worker *w) {
    if (!w)
        return;
    w->stopping = true;
    for (pt_http_conn *c = w->conns, *next; c; c = next) {
        next = c->next;
        conn_free(c);
    }
    struct event *events[] = {w->accept, w->again, w->stop, w->drain, w->mailed};
    for (size_t i = 0; i < PT_COUNT(events); i++)
        if (events[i])
            event_free(events[i]);
    if (w->base)
        event_base_free(w->base);
    pt_http_mail_close(&w->mail);
    if (w->clear)
        evbuffer_free(w->clear);
    free(w);
}
