// HTTP/1.1 (RFC 9112) on a connection: one request at a time, from its head to its answer.
#include <stdlib.h>
#include <string.h>

#include "http/server_conn.h"

typedef enum phase {
    IDLE, // nothing of a request has come
    HEAD,
    BODY,
    HANDLED, // nothing is read until the answer is on its way
    REPLY,
} phase;

typedef struct request {
    pt_http_head head;
    char text[]; // of the head
} request;

typedef struct session {
    phase phase;
    bool close;       // when the answer is sent
    request *request; // from its head to its answer
    pt_http_chunks chunks;
    pt_buf body;    // of chunks
    size_t pending; // bytes of `in` that are the body, and go when it is answered
    pt_http_exchange exchange;
    pt_http_share share;
} session;

static const pt_http_server_opts *opts_of(const pt_http_conn *c) {
    return c->worker->opts;
}

// What has come of a request, and waits for the rest or the answer.
static void account(pt_http_conn *c) {
    session *s = c->state;
    pt_http_share_hold(&s->share, c, evbuffer_get_length(c->stream.in) + s->body.n);
}

static void forget_request(pt_http_conn *c) {
    session *s = c->state;
    free(s->request);
    s->request = NULL;
    pt_buf_done(&s->body);
    s->body = PT_BUF(opts_of(c)->body_bytes_max);
    s->chunks = (pt_http_chunks){0};
}

static bool begin(pt_http_conn *c) {
    session *s = calloc(1, sizeof *s);
    c->state = s;
    if (!s)
        return false;
    s->exchange.conn = c;
    s->exchange.reply.body = PT_BUF(PT_HTTP_REPLY_BYTES_MAX);
    forget_request(c);
    return true;
}

static void end(pt_http_conn *c) {
    session *s = c->state;
    if (!s)
        return;
    free(s->request);
    pt_buf_done(&s->body);
    pt_buf_done(&s->exchange.reply.body);
    pt_http_share_drop(&s->share);
    free(s);
}

static void put_reply(pt_http_conn *c, const pt_http_reply *r, bool with_body) {
    session *s = c->state;
    struct evbuffer *out = c->worker->clear;
    evbuffer_add_printf(out, "HTTP/1.1 %d %s\r\n", r->status, pt_http_reason(r->status));
    if (r->type)
        evbuffer_add_printf(out, "Content-Type: %s\r\n", r->type);
    evbuffer_add_printf(out, "Content-Length: %zu\r\n%s\r\n", r->body.n,
                        s->close ? "Connection: close\r\n" : "");
    if (with_body)
        evbuffer_add(out, r->body.p, r->body.n);
    pt_http_stream_put(&c->stream, out);
    if (s->close)
        pt_http_stream_end(&c->stream);
    s->phase = REPLY;
    pt_http_conn_wait(c, opts_of(c)->read_timeout_s);
}

// Say no, and close.
static void refuse(pt_http_conn *c, int status) {
    session *s = c->state;
    s->close = true;
    put_reply(c, &(pt_http_reply){.status = status}, true);
}

static const char *call_header(const pt_http_call *call, const char *name) {
    return pt_http_head_get(call->connection, name);
}

static void answer(pt_http_conn *c, pt_str body) {
    session *s = c->state;
    pt_http_head *head = &s->request->head;
    s->exchange.call = (pt_http_call){
        .method = head->method,
        .target = head->target,
        .body = body,
        .peer_pid = c->peer_pid,
        .peer_name = c->stream.tls ? pt_http_tls_link_peer(c->stream.tls) : NULL,
        .connection = head,
        .header = call_header,
    };
    s->phase = HANDLED;
    pt_http_conn_wait(c, 0);
    if (!pt_http_conn_submit(c, &s->exchange))
        refuse(c, 503);
}

static void answered(pt_http_conn *c, pt_http_exchange *x) {
    enum {
        KEPT_BYTES = 4 << 10 // of memory, for the next answer
    };
    session *s = c->state;
    const pt_http_head *head = &s->request->head;
    s->close = !head->keep || c->worker->stopping;
    put_reply(c, &x->reply, strcmp(head->method, "HEAD") != 0);
    evbuffer_drain(c->stream.in, s->pending);
    s->pending = 0;
    if (x->reply.body.cap > KEPT_BYTES)
        pt_buf_done(&x->reply.body);
    pt_buf_clear(&x->reply.body);
    account(c);
}

// -- reading a request ----------------------------------------------------------------------------

// Take the head, `n` bytes of what came. 0, or the status to refuse it with.
static int take_head(pt_http_conn *c, size_t n) {
    session *s = c->state;
    s->request = malloc(sizeof *s->request + n + 1);
    if (!s->request)
        return 503;
    evbuffer_remove(c->stream.in, s->request->text, n);
    s->request->text[n] = '\0';
    int status = pt_http_head_read(s->request->text, n, &s->request->head);
    bool long_ = s->request->head.length > opts_of(c)->body_bytes_max;
    return !status && long_ ? 413 : status;
}

// False: more must come. Otherwise the phase has changed.
static bool step_head(pt_http_conn *c, struct evbuffer *in) {
    session *s = c->state;
    struct evbuffer_ptr at = evbuffer_search(in, "\r\n\r\n", 4, NULL);
    size_t n = at.pos < 0 ? evbuffer_get_length(in) : (size_t)at.pos + 4;
    if (n > opts_of(c)->head_bytes_max) {
        refuse(c, 431);
        return true;
    }
    if (at.pos < 0)
        return false;
    int status = take_head(c, n);
    if (status) {
        refuse(c, status);
        return true;
    }
    s->phase = BODY;
    const pt_http_head *head = &s->request->head;
    bool waits = head->expects && (head->chunked || head->length > 0);
    if (waits && evbuffer_get_length(in) == 0) {
        evbuffer_add_printf(c->worker->clear, "HTTP/1.1 100 Continue\r\n\r\n");
        pt_http_stream_put(&c->stream, c->worker->clear);
    }
    return true;
}

static bool step_chunks(pt_http_conn *c, struct evbuffer *in) {
    session *s = c->state;
    size_t n = evbuffer_get_length(in);
    const char *bytes = (const char *)evbuffer_pullup(in, -1);
    int status = 0;
    size_t taken = 0;
    if (n)
        taken = pt_http_chunks_take(&s->chunks, (pt_str){bytes, n}, &s->body, &status);
    evbuffer_drain(in, taken);
    if (status)
        refuse(c, status);
    else if (s->chunks.at == PT_CHUNK_DONE)
        answer(c, pt_buf_str(&s->body));
    return s->phase != BODY;
}

static bool step_body(pt_http_conn *c, struct evbuffer *in) {
    session *s = c->state;
    if (s->request->head.chunked)
        return step_chunks(c, in);
    size_t n = (size_t)s->request->head.length;
    if (evbuffer_get_length(in) < n)
        return false;
    const char *bytes = n ? (const char *)evbuffer_pullup(in, (ev_ssize_t)n) : "";
    s->pending = bytes ? n : 0;
    if (bytes)
        answer(c, (pt_str){bytes, n});
    else
        refuse(c, 503);
    return true;
}

// Many that send much and never all of it must not fill the memory: whoever has sent more than a
// little is refused while they are too many.
static void bound(pt_http_conn *c) {
    const session *s = c->state;
    account(c);
    if ((s->phase != HEAD && s->phase != BODY) || !pt_http_conn_crowds(c, 1))
        return;
    evbuffer_drain(c->stream.in, evbuffer_get_length(c->stream.in));
    refuse(c, 503);
    account(c);
}

// Of one request, as much as has come.
static void came(pt_http_conn *c) {
    session *s = c->state;
    struct evbuffer *in = c->stream.in;
    bool more = true;
    while (more) {
        more = false;
        if (s->phase == IDLE && evbuffer_get_length(in) > 0) {
            s->phase = HEAD;
            pt_http_conn_wait(c, opts_of(c)->read_timeout_s); // for all of the request
        }
        if (s->phase == HEAD)
            more = step_head(c, in);
        else if (s->phase == BODY)
            more = step_body(c, in);
    }
    bound(c);
}

// -- what is to happen ----------------------------------------------------------------------------

static bool idle(const pt_http_conn *c) {
    const session *s = c->state;
    return s->phase == IDLE && pt_http_stream_untouched(&c->stream);
}

static pt_http_next sent(pt_http_conn *c) {
    session *s = c->state;
    if (s->phase == HANDLED)
        return PT_NEXT_ANSWER;
    if (s->phase == REPLY) {
        forget_request(c);
        if (s->close)
            return PT_NEXT_LINGER;
        s->phase = IDLE;
        pt_http_conn_wait(c, opts_of(c)->idle_timeout_s);
        if (c->worker->stopping && idle(c))
            return PT_NEXT_CLOSE;
    }
    return s->phase == IDLE && evbuffer_get_length(c->stream.in) > 0 ? PT_NEXT_TURN : PT_NEXT_READ;
}

static bool late(pt_http_conn *c) {
    const session *s = c->state;
    if (s->phase != HEAD && s->phase != BODY)
        return false;
    refuse(c, 408);
    return true;
}

static bool stop(pt_http_conn *c) {
    return !idle(c);
}

static void cancel(pt_http_conn *c) {
    session *s = c->state;
    if (s->phase == HANDLED)
        PT_IGNORE(pt_http_conn_cancel(c, &s->exchange));
}

const pt_http_protocol pt_http_1 = {begin, came, answered, sent, late, stop, idle, cancel, end};
