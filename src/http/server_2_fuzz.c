// Whatever comes on a connection of HTTP/2, behind its first bytes and in pieces: it is answered or
// ended, and then nothing is held any more. The first byte says how large the pieces are, and what
// of the answers the client takes.
#include <stdlib.h>
#include <sys/socket.h>

#include "http/server_conn.h"

enum {
    BODY_BYTES_MAX = 100000,
    HELD_BYTES_MAX = 200000,
};

static void handle(void *context, const pt_http_call *c, pt_http_reply *r) {
    (void)context;
    pt_assert(pt_http_is_token(pt_str_of(c->method)) && pt_http_is_target(c->target));
    pt_assert(c->header(c, "host") != NULL && c->body.n <= BODY_BYTES_MAX);
    pt_buf_fill(&r->body, 'x', c->target.n * 100);
}

static void nothing(evutil_socket_t fd, short what, void *context) {
    (void)fd, (void)what, (void)context;
}

static void open_conn(pt_http_conn *c, pt_http_worker *w) {
    *c = (pt_http_conn){.worker = w, .protocol = &pt_http_2};
    pt_assert(pt_http_stream_open(&c->stream, -1, NULL));
    c->readable = event_new(w->base, -1, 0, nothing, c);
    c->writable = event_new(w->base, -1, 0, nothing, c);
    c->timer = evtimer_new(w->base, nothing, c);
    pt_assert(c->readable && c->writable && c->timer && c->protocol->begin(c));
}

static void close_conn(pt_http_conn *c) {
    c->protocol->cancel(c);
    c->protocol->end(c);
    event_free(c->readable);
    event_free(c->writable);
    event_free(c->timer);
    pt_http_stream_close(&c->stream);
    pt_assert(c->held == 0 && c->handled == 0);
}

// False: it is over.
static bool say(pt_http_conn *c, pt_str bytes) {
    pt_assert(evbuffer_add(c->stream.in, bytes.p, bytes.n) == 0);
    c->protocol->came(c);
    pt_http_next next = PT_NEXT_SEND;
    while (next == PT_NEXT_SEND) {
        evbuffer_drain(c->stream.out, evbuffer_get_length(c->stream.out));
        next = c->protocol->sent(c);
    }
    return next == PT_NEXT_READ;
}

static void talk(pt_http_worker *w, pt_str all, size_t piece) {
    pt_http_conn c;
    open_conn(&c, w);
    bool on = say(&c, PT_STR("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0"));
    pt_assert(on);
    for (size_t at = 0; at < all.n && on; at += piece)
        on = say(&c, pt_str_sub(all, at, at + piece));
    PT_IGNORE(on && c.protocol->late(&c));
    close_conn(&c);
    pt_assert(w->held == 0 && !w->waiting);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static const pt_http_server_opts opts = {.threads = 1,
                                             .head_bytes_max = 8192,
                                             .body_bytes_max = BODY_BYTES_MAX,
                                             .read_timeout_s = 60,
                                             .idle_timeout_s = 60,
                                             .handle = handle};
    pt_err e = {0};
    pt_http_2_shared shared = {0};
    pt_assert(pt_http_2_load(&shared, &e) == PT_OK);
    const pt_http_plan plan = {.opts = &opts, .http2 = &shared, .stop = -1};
    pt_http_worker *w = calloc(1, sizeof *w);
    pt_assert(w != NULL);
    w->plan = &plan;
    w->opts = &opts;
    w->waiting_end = &w->waiting;
    w->held_max = HELD_BYTES_MAX;
    w->clear = evbuffer_new();
    w->base = event_base_new();
    pt_assert(w->clear && w->base);
    if (size > 1)
        talk(w, (pt_str){(const char *)data + 1, size - 1}, data[0] ? data[0] : size);
    event_base_free(w->base);
    evbuffer_free(w->clear);
    pt_http_2_unload(&shared);
    free(w);
    return 0;
}
