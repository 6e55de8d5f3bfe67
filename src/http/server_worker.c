// One thread of the server: an event loop, its listener's connections, one request at a time.
#include <errno.h>
#include <event2/buffer.h>
#include <event2/event.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "http/server_impl.h"

enum {
    REPLY_BYTES_MAX = 16 << 20,
    LINGER_S = 2, // after a refusal: what the client still sends is read, so that it sees why
    DRAIN_S = 5,  // when the server ends: what is under way may come to its end
    SMALL_BYTES = 64 << 10, // of a request that is read in any case
    HELD_BYTES = 4 << 20,   // of requests that come at a time, beside one of the largest
};

typedef enum phase {
    IDLE, // nothing of a request has come
    HEAD,
    BODY,
    REPLY,  // nothing is read until the answer is on its way
    LINGER, // refused: what comes is thrown away
} phase;

typedef struct request {
    pt_http_head head;
    char text[]; // of the head
} request;

typedef struct conn {
    struct pt_http_worker *worker;
    struct conn *next, **slot; // of the worker's list
    pt_http_stream stream;
    struct event *readable, *writable, *timer;
    phase phase;
    bool close; // when the answer is sent
    bool turn;  // the next request has come, and waits until others had their turn
    int peer_pid;
    request *request; // from its head to its answer
    pt_http_chunks chunks;
    pt_buf body; // of chunks
    size_t held; // bytes of requests that are not answered
} conn;

struct pt_http_worker {
    const pt_http_server_opts *opts;
    size_t index;
    struct event_base *base;
    struct event *accept, *stop, *drain;
    conn *conns;
    size_t count, count_max;
    size_t held, held_max; // bytes of all its requests that are not answered
    bool stopping;
    pt_buf reply;
    struct evbuffer *clear; // what is handed over to be sent
    pt_http_room room;      // large, and touched where something is read only
};

// -- connections ----------------------------------------------------------------------------------

static void wait_for(conn *c, uint32_t seconds) {
    event_add(c->timer, &(struct timeval){.tv_sec = (time_t)seconds});
}

// What has come of a request, and waits for the rest.
static void account(conn *c) {
    size_t now = evbuffer_get_length(c->stream.in) + c->body.n;
    c->worker->held += now - c->held; // modulo, so less is less
    c->held = now;
}

static void forget_request(conn *c) {
    free(c->request);
    c->request = NULL;
    pt_buf_done(&c->body);
    c->body = PT_BUF(c->worker->opts->body_bytes_max);
    c->chunks = (pt_http_chunks){0};
}

static void conn_free(conn *c) {
    pt_http_worker *w = c->worker;
    *c->slot = c->next;
    if (c->next)
        c->next->slot = c->slot;
    forget_request(c);
    w->held -= c->held;
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

static void put_reply(conn *c, const pt_http_reply *r, bool with_body) {
    struct evbuffer *out = c->worker->clear;
    evbuffer_add_printf(out, "HTTP/1.1 %d %s\r\n", r->status, pt_http_reason(r->status));
    if (r->type)
        evbuffer_add_printf(out, "Content-Type: %s\r\n", r->type);
    evbuffer_add_printf(out, "Content-Length: %zu\r\n%s\r\n", r->body.n,
                        c->close ? "Connection: close\r\n" : "");
    if (with_body)
        evbuffer_add(out, r->body.p, r->body.n);
    pt_http_stream_put(&c->stream, out);
    if (c->close)
        pt_http_stream_end(&c->stream);
    c->phase = REPLY;
    wait_for(c, c->worker->opts->read_timeout_s);
}

// Say no, and close. The rest of the request is read and thrown away for a while: a socket that is
// closed with bytes unread resets the connection, and the answer with it.
static void refuse(conn *c, int status) {
    c->close = true;
    put_reply(c, &(pt_http_reply){.status = status}, true);
}

static const char *call_header(const pt_http_call *call, const char *name) {
    return pt_http_head_get(call->connection, name);
}

static void answer(conn *c, pt_str body) {
    pt_http_worker *w = c->worker;
    const pt_http_head *head = &c->request->head;
    pt_http_call call = {
        .method = head->method,
        .target = head->target,
        .body = body,
        .peer_pid = c->peer_pid,
        .peer_name = c->stream.tls ? pt_http_tls_link_peer(c->stream.tls) : NULL,
        .thread = w->index,
        .connection = &c->request->head,
        .header = call_header,
    };
    pt_http_reply r = {.body = w->reply};
    pt_buf_clear(&r.body);
    w->opts->handle(w->opts->context, &call, &r);
    if (r.body.full) {
        pt_buf_clear(&r.body);
        r.status = 500;
        r.type = NULL;
    }
    if (!r.status)
        r.status = 200;
    c->close = !head->keep || w->stopping;
    put_reply(c, &r, strcmp(head->method, "HEAD") != 0);
    w->reply = r.body;
}

// -- reading a request ----------------------------------------------------------------------------

// Take the head, `n` bytes of what came. 0, or the status to refuse it with.
static int take_head(conn *c, struct evbuffer *in, size_t n) {
    c->request = malloc(sizeof *c->request + n + 1);
    if (!c->request)
        return 503;
    evbuffer_remove(in, c->request->text, n);
    c->request->text[n] = '\0';
    int status = pt_http_head_read(c->request->text, n, &c->request->head);
    bool long_ = c->request->head.length > c->worker->opts->body_bytes_max;
    return !status && long_ ? 413 : status;
}

// 0: more must come. Otherwise the phase has changed.
static bool step_head(conn *c, struct evbuffer *in) {
    size_t max = c->worker->opts->head_bytes_max;
    struct evbuffer_ptr end = evbuffer_search(in, "\r\n\r\n", 4, NULL);
    size_t n = end.pos < 0 ? evbuffer_get_length(in) : (size_t)end.pos + 4;
    if (n > max) {
        refuse(c, 431);
        return true;
    }
    if (end.pos < 0)
        return false;
    int status = take_head(c, in, n);
    if (status) {
        refuse(c, status);
        return true;
    }
    c->phase = BODY;
    const pt_http_head *head = &c->request->head;
    bool waits = head->expects && (head->chunked || head->length > 0);
    if (waits && evbuffer_get_length(in) == 0) {
        evbuffer_add_printf(c->worker->clear, "HTTP/1.1 100 Continue\r\n\r\n");
        pt_http_stream_put(&c->stream, c->worker->clear);
    }
    return true;
}

static bool step_chunks(conn *c, struct evbuffer *in) {
    size_t n = evbuffer_get_length(in);
    const char *bytes = (const char *)evbuffer_pullup(in, -1);
    int status = 0;
    size_t taken = 0;
    if (n)
        taken = pt_http_chunks_take(&c->chunks, (pt_str){bytes, n}, &c->body, &status);
    evbuffer_drain(in, taken);
    if (status)
        refuse(c, status);
    else if (c->chunks.at == PT_CHUNK_DONE)
        answer(c, pt_buf_str(&c->body));
    return c->phase != BODY;
}

static bool step_body(conn *c, struct evbuffer *in) {
    if (c->request->head.chunked)
        return step_chunks(c, in);
    size_t n = (size_t)c->request->head.length;
    if (evbuffer_get_length(in) < n)
        return false;
    const char *bytes = n ? (const char *)evbuffer_pullup(in, (ev_ssize_t)n) : "";
    if (bytes)
        answer(c, (pt_str){bytes, n});
    else
        refuse(c, 503);
    evbuffer_drain(in, bytes ? n : 0);
    return true;
}

// Of one request, as much as has come.
static void step(conn *c) {
    struct evbuffer *in = c->stream.in;
    bool more = true;
    while (more) {
        more = false;
        if (c->phase == IDLE && evbuffer_get_length(in) > 0) {
            c->phase = HEAD;
            wait_for(c, c->worker->opts->read_timeout_s); // for all of the request
        }
        if (c->phase == HEAD)
            more = step_head(c, in);
        else if (c->phase == BODY)
            more = step_body(c, in);
    }
}

// Many that send much and never all of it must not fill the memory: whoever has sent more than a
// little is refused while they are too many.
static void bound(conn *c) {
    account(c);
    bool reads = c->phase == HEAD || c->phase == BODY;
    if (!reads || c->held <= SMALL_BYTES || c->worker->held <= c->worker->held_max)
        return;
    evbuffer_drain(c->stream.in, evbuffer_get_length(c->stream.in));
    refuse(c, 503);
    account(c);
}

static bool untouched(const conn *c) {
    return c->phase == IDLE && pt_http_stream_untouched(&c->stream);
}

// The answer is on its way. False: that was the last.
static bool replied(conn *c) {
    forget_request(c);
    if (c->close) {
        c->phase = LINGER;
        shutdown(c->stream.fd, SHUT_WR);
        wait_for(c, LINGER_S);
    } else {
        c->phase = IDLE;
        wait_for(c, c->worker->opts->idle_timeout_s);
    }
    return !c->worker->stopping || !untouched(c);
}

// Send what there is to be sent, and say what is waited for then. `c` may be gone.
static void proceed(conn *c) {
    switch (pt_http_stream_flush(&c->stream)) {
    case PT_STREAM_WAITS: // nothing is read until the client has taken it
        event_del(c->readable);
        event_add(c->writable, NULL);
        return;
    case PT_STREAM_FAILED:
        conn_free(c);
        return;
    case PT_STREAM_SENT:
        break;
    }
    if (c->phase == REPLY && !replied(c)) {
        conn_free(c);
        return;
    }
    c->turn = c->phase == IDLE && evbuffer_get_length(c->stream.in) > 0;
    if (c->turn)
        event_add(c->writable, NULL); // at once, and after all that is due already
    else if (c->stream.ended)
        conn_free(c); // a request that was cut short is none
    else
        event_add(c->readable, NULL);
}

static void on_readable(evutil_socket_t fd, short what, void *context) {
    (void)fd, (void)what;
    conn *c = context;
    if (c->phase == LINGER) {
        pt_http_stream_skip(&c->stream, &c->worker->room);
    } else if (!c->turn) {
        pt_http_stream_take(&c->stream, &c->worker->room);
        if (c->stream.broken) {
            c->close = true;
            c->phase = REPLY; // it is in the stream already
            wait_for(c, c->worker->opts->read_timeout_s);
        }
    }
    step(c);
    bound(c);
    proceed(c);
}

static void on_writable(evutil_socket_t fd, short what, void *context) {
    (void)fd, (void)what;
    step(context);
    account(context);
    proceed(context);
}

static void on_time(evutil_socket_t fd, short what, void *context) {
    (void)fd, (void)what;
    conn *c = context;
    if (c->phase == HEAD || c->phase == BODY) {
        refuse(c, 408);
        proceed(c);
    } else {
        conn_free(c);
    }
}

// -- the worker -----------------------------------------------------------------------------------

static int peer_of(int fd) {
    struct ucred peer = {0};
    socklen_t n = sizeof peer;
    return getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &n) == 0 ? peer.pid : 0;
}

static bool conn_begin(conn *c, int fd) {
    const pt_http_worker *w = c->worker;
    if (!pt_http_stream_open(&c->stream, fd, w->opts->tls))
        return false;
    c->readable = event_new(w->base, fd, EV_READ | EV_PERSIST, on_readable, c);
    c->writable = event_new(w->base, fd, EV_WRITE, on_writable, c);
    c->timer = evtimer_new(w->base, on_time, c);
    if (!c->readable || !c->writable || !c->timer)
        return false;
    wait_for(c, w->opts->read_timeout_s);
    return event_add(c->readable, NULL) == 0;
}

static void conn_new(pt_http_worker *w, int fd) {
    conn *c = calloc(1, sizeof *c);
    if (!c) {
        close(fd);
        return;
    }
    *c = (conn){.worker = w, .next = w->conns, .slot = &w->conns, .peer_pid = peer_of(fd)};
    c->body = PT_BUF(w->opts->body_bytes_max);
    if (w->conns)
        w->conns->slot = &c->next;
    w->conns = c;
    w->count++;
    if (!conn_begin(c, fd))
        conn_free(c);
}

static void on_accept(evutil_socket_t listener, short what, void *context) {
    (void)what;
    pt_http_worker *w = context;
    if (w->count >= w->count_max) {
        event_del(w->accept); // they wait in the backlog
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
    for (conn *c = w->conns, *next; c; c = next) {
        next = c->next;
        if (c->phase == LINGER || untouched(c))
            conn_free(c);
    }
    if (w->conns)
        event_add(w->drain, &(struct timeval){.tv_sec = DRAIN_S});
    else
        event_base_loopbreak(w->base);
}

static bool make_events(pt_http_worker *w, int stop_fd) {
    w->base = event_base_new();
    if (!w->base)
        return false;
    w->accept = event_new(w->base, w->opts->listener, EV_READ | EV_PERSIST, on_accept, w);
    w->stop = event_new(w->base, stop_fd, EV_READ, on_stop, w);
    w->drain = evtimer_new(w->base, on_drained, w);
    return w->accept && w->stop && w->drain && event_add(w->accept, NULL) == 0 &&
           event_add(w->stop, NULL) == 0;
}

pt_code pt_http_worker_new(pt_http_worker **ret, const pt_http_server_opts *opts, size_t index,
                           int stop_fd, pt_err *e) {
    pt_http_worker *w = calloc(1, sizeof *w);
    if (!w)
        return pt_err_set(e, PT_E_NOMEM, "no memory for the server");
    w->opts = opts;
    w->index = index;
    w->reply = PT_BUF(REPLY_BYTES_MAX);
    w->count_max = (opts->connections_max + opts->threads - 1) / opts->threads;
    w->held_max = opts->body_bytes_max + HELD_BYTES;
    w->clear = evbuffer_new();
    if (!w->clear || !make_events(w, stop_fd)) {
        pt_http_worker_free(w);
        return pt_err_set(e, PT_E_IO, "the server cannot wait for events");
    }
    *ret = w;
    return PT_OK;
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
    for (conn *c = w->conns, *next; c; c = next) {
        next = c->next;
        conn_free(c);
    }
    if (w->accept)
        event_free(w->accept);
    if (w->stop)
        event_free(w->stop);
    if (w->drain)
        event_free(w->drain);
    if (w->base)
        event_base_free(w->base);
    if (w->clear)
        evbuffer_free(w->clear);
    pt_buf_done(&w->reply);
    free(w);
}
