// HTTP/2 (RFC 9113) on a connection: nghttp2 knows the frames, this what requests may cost.
#include "http/server_2.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/instant.h"

enum {
    STREAMS_MAX = 100,    // requests at a time; those that were reset and are still handled, too
    WINDOW_BYTES = 65535, // of a request's body, that may come before it is known to have room
    CONNECTION_BYTES = 4 << 20, // under way; what has come is given back at once
    OUT_BYTES = 64 << 10,       // are put at a time
    CALM = 500,                 // frames a second that bring no request on; see `calm`
    CALM_ANSWER = 10,           // more for each answer
    CALM_MAX = 5000,
    SMALL_FRAME_BYTES = 256,
    NOTICE_NS = 1000000000, // for a client to see that the connection ends
};

typedef enum stage {
    S_HEAD,
    S_BODY,
    S_HANDLED,
    S_REPLY,
} stage;

typedef struct stream {
    pt_http_exchange exchange; // the first
    struct session *session;
    struct stream *next, **slot; // of the session's list
    int32_t id;
    stage stage;
    bool whole;    // nothing more of it will come
    bool answered; // in spite of that
    bool gone;     // reset while it was handled: the answer is thrown away
    int64_t until_ns;
    pt_http_2_head head;
    pt_buf body;
    pt_http_share share;
    size_t sent; // of the answer's body
} stream;

typedef struct session {
    pt_http_conn *conn;
    const pt_libnghttp2 *lib;
    nghttp2_session *of;
    stream *streams;
    size_t n, gone;
    int64_t idle_ns;           // when it is idle too long, as long as there is no stream
    int64_t calm, calm_second; // frames that may still come in this second
    enum {
        OPEN,
        NOTICED, // the client was told that the connection ends
        ENDING,  // streams that it began after that are not looked at
    } end;
    int64_t notice_ns; // when it must have seen that
    bool failed;       // there is no use in it any more
    bool over;         // and that was said
} session;

static int64_t in_seconds(uint32_t seconds) {
    return pt_monotonic_ns() + (int64_t)seconds * PT_SECOND_NS;
}

static const pt_http_server_opts *opts_of(const session *s) {
    return s->conn->worker->opts;
}

// -- streams --------------------------------------------------------------------------------------

static void stream_free(stream *t) {
    session *s = t->session;
    *t->slot = t->next;
    if (t->next)
        t->next->slot = t->slot;
    s->n--;
    s->gone -= t->gone;
    pt_http_share_drop(&t->share);
    pt_http_2_head_done(&t->head);
    pt_buf_done(&t->body);
    pt_buf_done(&t->exchange.reply.body);
    free(t);
    if (s->n == 0)
        s->idle_ns = in_seconds(opts_of(s)->idle_timeout_s);
}

static stream *stream_new(session *s, int32_t id) {
    stream *t = calloc(1, sizeof *t);
    if (!t)
        return NULL;
    *t = (stream){.session = s, .id = id, .next = s->streams, .slot = &s->streams};
    t->exchange.conn = s->conn;
    t->exchange.reply.body = PT_BUF(PT_HTTP_REPLY_BYTES_MAX);
    t->until_ns = in_seconds(opts_of(s)->read_timeout_s); // for all of the request
    t->body = PT_BUF(opts_of(s)->body_bytes_max);
    pt_http_2_head_begin(&t->head, opts_of(s)->head_bytes_max);
    if (s->streams)
        s->streams->slot = &t->next;
    s->streams = t;
    s->n++;
    return t;
}

static stream *stream_of(const session *s, int32_t id) {
    return s->lib->session_get_stream_user_data(s->of, id);
}

static void hold(stream *t, size_t now) {
    pt_http_share_hold(&t->share, t->session->conn, now);
}

static void reset(stream *t, uint32_t why) {
    session *s = t->session;
    if (s->lib->submit_rst_stream(s->of, NGHTTP2_FLAG_NONE, t->id, why) != 0)
        s->failed = true;
}

// -- answers --------------------------------------------------------------------------------------

// NOLINTNEXTLINE(readability-function-size): as nghttp2 calls it
static ssize_t read_body(nghttp2_session *of, int32_t id, uint8_t *room, size_t n, uint32_t *flags,
                         nghttp2_data_source *source, void *context) {
    (void)of, (void)id, (void)context;
    stream *t = source->ptr;
    const pt_buf *body = &t->exchange.reply.body;
    if (n > body->n - t->sent)
        n = body->n - t->sent;
    memcpy(room, body->p + t->sent, n);
    t->sent += n;
    if (t->sent == body->n)
        *flags |= NGHTTP2_DATA_FLAG_EOF;
    return (ssize_t)n;
}

static nghttp2_nv field(const char *name, const char *value) {
    nghttp2_nv f = {.namelen = strlen(name), .valuelen = strlen(value)};
    memcpy((void *)&f.name, (const void *)&name, sizeof name); // which it only reads
    memcpy((void *)&f.value, (const void *)&value, sizeof value);
    return f;
}

static void put_reply(stream *t) {
    enum {
        NUMBER_BYTES = 24
    };
    session *s = t->session;
    const pt_http_reply *r = &t->exchange.reply;
    const char *method = t->head.head.method;
    bool bare = r->body.n == 0 || (method && strcmp(method, "HEAD") == 0);
    char status[NUMBER_BYTES];
    char length[NUMBER_BYTES];
    snprintf(status, sizeof status, "%d", r->status);
    snprintf(length, sizeof length, "%zu", r->body.n);
    const nghttp2_nv fields[] = {field(":status", status), field("content-length", length),
                                 field("content-type", r->type ? r->type : "")};
    const nghttp2_data_provider body = {.source = {.ptr = t}, .read_callback = read_body};
    t->stage = S_REPLY;
    t->until_ns = in_seconds(opts_of(s)->read_timeout_s);
    hold(t, t->head.text.cap + t->exchange.reply.body.cap);
    pt_buf_done(&t->body);
    if (s->lib->submit_response(s->of, t->id, fields, PT_COUNT(fields) - (r->type ? 0 : 1),
                                bare ? NULL : &body) != 0)
        reset(t, NGHTTP2_INTERNAL_ERROR);
}

// Say no. What still comes of it is thrown away.
static void refuse(stream *t, int status) {
    pt_http_share_want(&t->share, 0);
    t->exchange.reply.status = status;
    t->exchange.reply.type = NULL;
    pt_buf_clear(&t->exchange.reply.body);
    put_reply(t);
}

static void answered(pt_http_conn *c, pt_http_exchange *x) {
    session *s = c->state;
    stream *t = (stream *)x;
    s->calm += s->calm < CALM_MAX ? CALM_ANSWER : 0;
    if (t->gone)
        stream_free(t);
    else
        put_reply(t);
}

// -- requests -------------------------------------------------------------------------------------

static const char *call_header(const pt_http_call *call, const char *name) {
    return pt_http_head_get(call->connection, name);
}

static void hand_over(stream *t) {
    pt_http_conn *c = t->session->conn;
    pt_http_head *head = &t->head.head;
    t->exchange.call = (pt_http_call){
        .method = head->method,
        .target = head->target,
        .body = pt_buf_str(&t->body),
        .peer_pid = c->peer_pid,
        .peer_name = c->stream.tls ? pt_http_tls_link_peer(c->stream.tls) : NULL,
        .connection = head,
        .header = call_header,
    };
    t->stage = S_HANDLED;
    if (!pt_http_conn_submit(c, &t->exchange))
        refuse(t, 503);
}

// All of it has come.
static void complete(stream *t) {
    const pt_http_head *head = &t->head.head;
    t->whole = true;
    if (t->stage != S_BODY)
        return; // it was refused
    if (head->length != UINT64_MAX && head->length != t->body.n)
        reset(t, NGHTTP2_PROTOCOL_ERROR);
    else
        hand_over(t);
}

// The body may come as far as there is room for it. What is small needs not ask.
static void admit(stream *t) {
    session *s = t->session;
    const pt_http_head *head = &t->head.head;
    size_t max = opts_of(s)->body_bytes_max;
    size_t length = head->length < max ? (size_t)head->length : max;
    size_t before = length < WINDOW_BYTES ? length : WINDOW_BYTES;
    hold(t, t->head.text.cap + before);
    pt_http_share_want(&t->share, length - before);
    const nghttp2_nv status = field(":status", "100");
    if (head->expects &&
        s->lib->submit_headers(s->of, NGHTTP2_FLAG_NONE, t->id, NULL, &status, 1, NULL) != 0)
        s->failed = true;
}

// The head has come; `whole`: there is no body.
static void begin_body(stream *t, bool whole) {
    const session *s = t->session;
    int status = pt_http_2_head_end(&t->head);
    uint64_t length = t->head.head.length;
    if (!status && length != UINT64_MAX && length > opts_of(s)->body_bytes_max)
        status = 413;
    t->stage = S_BODY;
    hold(t, t->head.text.cap);
    if (!status && pt_http_conn_crowds(s->conn, 2))
        status = 503;
    if (status)
        refuse(t, status);
    else if (!whole)
        admit(t);
}

// It has its turn: one byte more than may come shows what is too long.
static void open_window(stream *t) {
    t->share.granted = false;
    size_t bytes = opts_of(t->session)->body_bytes_max + 1;
    if (bytes > INT32_MAX)
        bytes = INT32_MAX;
    session *s = t->session;
    if (t->stage == S_BODY &&
        s->lib->session_set_local_window_size(s->of, NGHTTP2_FLAG_NONE, t->id, (int32_t)bytes) != 0)
        s->failed = true;
}

// -- what a client may do without bringing a request on -------------------------------------------

// A connection has so much patience a second, and more for each answer: pings, settings, resets
// (CVE-2023-44487), windows, empty frames. nghttp2 bounds some of them by itself, with larger
// numbers; fields and their continuations in any case.
static void calm(session *s) {
    int64_t now = pt_monotonic_ns() / PT_SECOND_NS;
    if (now != s->calm_second && s->calm < CALM)
        s->calm = CALM;
    s->calm_second = now;
    if (--s->calm >= 0)
        return;
    s->calm = INT64_MAX; // it is said once
    if (s->lib->session_terminate_session(s->of, NGHTTP2_ENHANCE_YOUR_CALM) != 0)
        s->failed = true;
}

static bool brings_on(const nghttp2_frame *f) {
    if (f->hd.type == NGHTTP2_HEADERS)
        return true;
    if (f->hd.type != NGHTTP2_DATA)
        return false;
    return (f->hd.flags & NGHTTP2_FLAG_END_STREAM) ||
           f->hd.length >= f->data.padlen + (size_t)SMALL_FRAME_BYTES;
}

// -- what nghttp2 says ----------------------------------------------------------------------------

static int on_begin_headers(nghttp2_session *of, const nghttp2_frame *f, void *context) {
    session *s = context;
    int32_t id = f->hd.stream_id;
    stream *t = stream_of(s, id);
    if (f->headers.cat != NGHTTP2_HCAT_REQUEST) {
        if (t && t->stage == S_BODY)
            refuse(t, 400); // trailers
        return 0;
    }
    t = s->n < STREAMS_MAX ? stream_new(s, id) : NULL;
    if (t)
        s->lib->session_set_stream_user_data(of, id, t);
    else
        s->lib->submit_rst_stream(of, NGHTTP2_FLAG_NONE, id, NGHTTP2_REFUSED_STREAM);
    return 0;
}

static pt_str text_of(const uint8_t *p, size_t n) {
    return (pt_str){(const char *)p, n};
}

// NOLINTNEXTLINE(readability-function-size): as nghttp2 calls it
static int on_header(nghttp2_session *of, const nghttp2_frame *f, const uint8_t *name,
                     size_t name_n, const uint8_t *value, size_t value_n, uint8_t flags,
                     void *context) {
    (void)of, (void)flags;
    stream *t = stream_of(context, f->hd.stream_id);
    if (t && t->stage == S_HEAD)
        pt_http_2_head_put(&t->head, text_of(name, name_n), text_of(value, value_n));
    return 0;
}

// What nghttp2 would leave out.
// NOLINTNEXTLINE(readability-function-size): as nghttp2 calls it
static int on_invalid_header(nghttp2_session *of, const nghttp2_frame *f, const uint8_t *name,
                             size_t name_n, const uint8_t *value, size_t value_n, uint8_t flags,
                             void *context) {
    (void)of, (void)name, (void)name_n, (void)value, (void)value_n, (void)flags;
    stream *t = stream_of(context, f->hd.stream_id);
    if (t && t->stage == S_HEAD)
        t->head.status = 400;
    return 0;
}

static int on_data(nghttp2_session *of, uint8_t flags, int32_t id, const uint8_t *bytes, size_t n,
                   void *context) {
    (void)flags;
    session *s = context;
    stream *t = stream_of(s, id);
    if (s->lib->session_consume_connection(of, n) != 0)
        s->failed = true;
    if (!t || t->stage != S_BODY)
        return 0;
    pt_buf_put(&t->body, text_of(bytes, n));
    if (t->body.full)
        refuse(t, 413);
    return 0;
}

static void say_last(session *s) {
    s->end = ENDING;
    if (s->lib->submit_goaway(s->of, NGHTTP2_FLAG_NONE,
                              s->lib->session_get_last_proc_stream_id(s->of), NGHTTP2_NO_ERROR,
                              NULL, 0) != 0)
        s->failed = true;
}

static int on_frame(nghttp2_session *of, const nghttp2_frame *f, void *context) {
    (void)of;
    session *s = context;
    stream *t = stream_of(s, f->hd.stream_id);
    if (!brings_on(f))
        calm(s);
    if (f->hd.type == NGHTTP2_PING && (f->hd.flags & NGHTTP2_FLAG_ACK) && s->end == NOTICED)
        say_last(s); // it knows: whatever it sent before has come
    if (!t || (f->hd.type != NGHTTP2_HEADERS && f->hd.type != NGHTTP2_DATA))
        return 0;
    bool whole = (f->hd.flags & NGHTTP2_FLAG_END_STREAM) != 0;
    if (t->stage == S_HEAD)
        begin_body(t, whole);
    if (whole)
        complete(t);
    return 0;
}

// An answer to a request that has not come as a whole: the rest is not wanted. It is reset a moment
// later, as clients are known that look at no answer whose stream is closed already.
static int on_sent(nghttp2_session *of, const nghttp2_frame *f, void *context) {
    (void)of;
    stream *t = stream_of(context, f->hd.stream_id);
    bool last = (f->hd.type == NGHTTP2_HEADERS || f->hd.type == NGHTTP2_DATA) &&
                (f->hd.flags & NGHTTP2_FLAG_END_STREAM);
    if (t && last && !t->whole) {
        t->answered = true;
        t->until_ns = pt_monotonic_ns();
    }
    return 0;
}

static int on_stream_close(nghttp2_session *of, int32_t id, uint32_t why, void *context) {
    (void)of, (void)why;
    session *s = context;
    stream *t = stream_of(s, id);
    if (!t)
        return 0;
    if (t->stage == S_HANDLED && !pt_http_conn_cancel(s->conn, &t->exchange)) {
        t->gone = true;
        s->gone++;
    } else {
        stream_free(t);
    }
    return 0;
}

// -- the connection -------------------------------------------------------------------------------

static bool settle(session *s) {
    const nghttp2_settings_entry settings[] = {
        {NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, STREAMS_MAX},
        {NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, WINDOW_BYTES},
        {NGHTTP2_SETTINGS_MAX_HEADER_LIST_SIZE, (uint32_t)opts_of(s)->head_bytes_max},
        {NGHTTP2_SETTINGS_NO_RFC7540_PRIORITIES, 1},
    };
    return s->lib->submit_settings(s->of, NGHTTP2_FLAG_NONE, settings, PT_COUNT(settings)) == 0 &&
           s->lib->session_set_local_window_size(s->of, NGHTTP2_FLAG_NONE, 0, CONNECTION_BYTES) ==
               0;
}

// Streams that the client has begun before it sees this are still served.
static void notice(session *s) {
    s->end = NOTICED;
    s->notice_ns = pt_monotonic_ns() + NOTICE_NS;
    if (s->lib->submit_shutdown_notice(s->of) != 0 ||
        s->lib->submit_ping(s->of, NGHTTP2_FLAG_NONE, NULL) != 0)
        s->failed = true;
}

static bool begin(pt_http_conn *c) {
    const pt_http_2_shared *shared = c->worker->plan->http2;
    session *s = calloc(1, sizeof *s);
    c->state = s;
    if (!s)
        return false;
    *s = (session){.conn = c, .lib = &shared->lib, .calm = CALM};
    s->idle_ns = in_seconds(opts_of(s)->read_timeout_s);
    pt_http_conn_wait(c, 1);
    if (shared->lib.session_server_new2(&s->of, shared->callbacks, s, shared->option) != 0 ||
        !settle(s))
        return false;
    if (c->worker->stopping)
        notice(s);
    return true;
}

static void cancel(pt_http_conn *c) {
    session *s = c->state;
    for (stream *t = s ? s->streams : NULL, *next; t; t = next) {
        next = t->next;
        bool handled = t->stage == S_HANDLED && (t->gone || !pt_http_conn_cancel(c, &t->exchange));
        if (!handled)
            stream_free(t);
    }
}

static void end(pt_http_conn *c) {
    session *s = c->state;
    if (!s)
        return;
    for (stream *t = s->streams, *next; t; t = next) {
        next = t->next;
        stream_free(t);
    }
    if (s->of)
        s->lib->session_del(s->of);
    free(s);
}

static void came(pt_http_conn *c) {
    session *s = c->state;
    struct evbuffer *in = c->stream.in;
    for (size_t n; !s->failed && (n = evbuffer_get_contiguous_space(in)) > 0;) {
        ssize_t taken = s->lib->session_mem_recv(s->of, evbuffer_pullup(in, (ev_ssize_t)n), n);
        s->failed = s->failed || taken < 0;
        evbuffer_drain(in, n);
    }
    for (stream *t = s->streams; t; t = t->next)
        if (t->share.granted)
            open_window(t);
}

// Put what there is to be said, up to OUT_BYTES. False: nothing.
static bool put_frames(session *s) {
    struct evbuffer *out = s->conn->worker->clear;
    const uint8_t *bytes;
    ssize_t n = 0;
    while (evbuffer_get_length(out) < OUT_BYTES &&
           (n = s->lib->session_mem_send(s->of, &bytes)) > 0)
        if (evbuffer_add(out, bytes, (size_t)n) != 0)
            s->failed = true;
    s->failed = s->failed || n < 0;
    if (evbuffer_get_length(out) == 0)
        return false;
    pt_http_stream_put(&s->conn->stream, out);
    return true;
}

static pt_http_next sent(pt_http_conn *c) {
    session *s = c->state;
    if (put_frames(s))
        return PT_NEXT_SEND;
    bool over = s->failed || (s->end == ENDING && s->n == s->gone) ||
                (!s->lib->session_want_read(s->of) && !s->lib->session_want_write(s->of));
    if (!over)
        return PT_NEXT_READ;
    if (s->over)
        return PT_NEXT_LINGER;
    s->over = true;
    pt_http_stream_end(&c->stream);
    return PT_NEXT_SEND;
}

// -- time -----------------------------------------------------------------------------------------

// False: the connection is stuck.
static bool stream_late(stream *t) {
    switch (t->stage) {
    case S_HEAD: // fields do not end, and until they do nothing else can come
        return false;
    case S_BODY:
        refuse(t, t->share.wanted ? 503 : 408);
        return true;
    case S_HANDLED:
        return true;
    case S_REPLY:
        // Once: it is closed when that is sent.
        reset(t, t->answered ? NGHTTP2_NO_ERROR : NGHTTP2_CANCEL);
        return evbuffer_get_length(t->session->conn->stream.out) == 0;
    }
    return false;
}

static bool late(pt_http_conn *c) {
    session *s = c->state;
    int64_t now = pt_monotonic_ns();
    bool idle = s->n == s->gone && now >= s->idle_ns;
    for (stream *t = s->streams; t; t = t->next)
        if (!t->gone && now >= t->until_ns && !stream_late(t))
            return false;
    if (idle && evbuffer_get_length(c->stream.out) > 0)
        return false;
    if (s->end == OPEN && idle)
        notice(s);
    else if (s->end == NOTICED && now >= s->notice_ns)
        say_last(s);
    pt_http_conn_wait(c, 1);
    return true;
}

static bool stop(pt_http_conn *c) {
    session *s = c->state;
    if (s->end == OPEN)
        notice(s);
    return true;
}

static bool idle(const pt_http_conn *c) {
    return ((const session *)c->state)->n == 0;
}

const pt_http_protocol pt_http_2 = {begin, came, answered, sent, late, stop, idle, cancel, end};

// -- what sessions have in common -----------------------------------------------------------------

pt_code pt_http_2_load(pt_http_2_shared *ret, pt_err *e) {
    pt_code code = pt_libnghttp2_load(&ret->lib, e);
    if (code)
        return code;
    const pt_libnghttp2 *lib = &ret->lib;
    if (lib->option_new(&ret->option) != 0 || lib->session_callbacks_new(&ret->callbacks) != 0)
        return pt_err_set(e, PT_E_NOMEM, "no memory for HTTP/2");
    nghttp2_session_callbacks *all = ret->callbacks;
    lib->option_set_no_auto_window_update(ret->option, 1);
    lib->session_callbacks_set_on_begin_headers_callback(all, on_begin_headers);
    lib->session_callbacks_set_on_header_callback(all, on_header);
    lib->session_callbacks_set_on_invalid_header_callback(all, on_invalid_header);
    lib->session_callbacks_set_on_data_chunk_recv_callback(all, on_data);
    lib->session_callbacks_set_on_frame_recv_callback(all, on_frame);
    lib->session_callbacks_set_on_frame_send_callback(all, on_sent);
    lib->session_callbacks_set_on_stream_close_callback(all, on_stream_close);
    return PT_OK;
}

void pt_http_2_unload(pt_http_2_shared *s) {
    if (s->option)
        s->lib.option_del(s->option);
    if (s->callbacks)
        s->lib.session_callbacks_del(s->callbacks);
}
