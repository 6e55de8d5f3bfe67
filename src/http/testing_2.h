// For tests of HTTP/2: a server, and a client that need not keep the rules, as its frames are
// written by hand, over TLS.
#pragma once

#include <nghttp2/nghttp2.h>
#include <openssl/err.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/instant.h"
#include "base/testing.h"
#include "http/server.h"
#include "http/testing_tls.h"
#include "http/tls.h"

#define DAY_NS (86400 * PT_SECOND_NS)

enum {
    IDS = 8192,
    THREADS_MAX = 16,
    WINDOW = 65535,
    MIB = 1 << 20,
    FRAME = 16384,
    FLOOD = 1100, // more than two seconds' patience
    CLOSED = -2,  // instead of a reason
};

typedef struct papers {
    pt_arena arena;
    pt_x509_pair ours, server, client;
} papers;

typedef struct bench {
    const papers *p;
    char dir[32];
    struct sockaddr_un at;
    pt_http_server *server;
    pt_http_server_tls *tls;
    pthread_t thread;
    atomic_int handled;
    atomic_bool hold;
    atomic_bool busy[THREADS_MAX];
    atomic_bool twice; // two handlers with one number at a time
} bench;

// -- the server -----------------------------------------------------------------------------------

static inline void must(pt_code code, const pt_err *e) {
    if (code)
        print_error("%s\n", e->what);
    assert_int_equal(code, PT_OK);
}

static inline void sign(papers *p, const char *name, bool client, pt_x509_pair *ret) {
    pt_err e = {0};
    pt_x509_wish wish = {.common_name = pt_str_of(name),
                         .names = &PT_STR("localhost"),
                         .n_names = 1,
                         .not_before_ns = pt_now() - DAY_NS,
                         .not_after_ns = pt_now() + DAY_NS,
                         .client = client};
    must(pt_x509_issue(&p->arena, &p->ours, &wish, ret, &e), &e);
}

static inline int make_papers(void **state) {
    papers *p = calloc(1, sizeof *p);
    pt_err e = {0};
    if (!p)
        return 1;
    must(pt_x509_authority(&p->arena, PT_STR("ours"), pt_now() - DAY_NS, pt_now() + DAY_NS,
                           &p->ours, &e),
         &e);
    sign(p, "server", false, &p->server);
    sign(p, "kube-apiserver", true, &p->client);
    *state = p;
    signal(SIGPIPE, SIG_IGN);
    return 0;
}

static inline int drop_papers(void **state) {
    papers *p = *state;
    pt_arena_done(&p->arena);
    free(p);
    return 0;
}

// Echoes "METHOD TARGET HOST PEER BODY"; "/big" gives 1 MiB more, "/length" the length of the body
// only, "/slow" waits for the bench.
static inline void echo(void *context, const pt_http_call *c, pt_http_reply *r) {
    bench *b = context;
    if (atomic_exchange(&b->busy[c->thread], true))
        atomic_store(&b->twice, true);
    atomic_fetch_add(&b->handled, 1);
    if (pt_str_eqz(c->target, "/slow"))
        while (atomic_load(&b->hold))
            usleep(1000);
    if (pt_str_eqz(c->target, "/big"))
        pt_buf_fill(&r->body, 'x', MIB);
    r->type = c->header(c, "Content-Type") ? "text/x-echo" : NULL;
    if (pt_str_eqz(c->target, "/length"))
        pt_buf_printf(&r->body, "%zu", c->body.n);
    else
        pt_buf_printf(&r->body, "%s %.*s %s %s %.*s", c->method, PT_PRI(c->target),
                      c->header(c, "Host"), c->peer_name ? c->peer_name : "-", PT_PRI(c->body));
    atomic_store(&b->busy[c->thread], false);
}

static inline void *serve(void *context) {
    bench *b = context;
    pt_err e = {0};
    if (pt_http_server_run(b->server, &e))
        print_error("%s\n", e.what);
    return NULL;
}

static inline void start(bench *b, void **state, pt_http_server_opts opts) {
    pt_err e = {0};
    b->p = *state;
    memcpy(b->dir, "/tmp/pt-h2-XXXXXX", sizeof "/tmp/pt-h2-XXXXXX");
    assert_non_null(mkdtemp(b->dir));
    b->at = (struct sockaddr_un){.sun_family = AF_UNIX};
    snprintf(b->at.sun_path, sizeof b->at.sun_path, "%s/s", b->dir);
    pt_http_identity id = {
        .cert = b->p->server.cert, .key = b->p->server.key, .client_ca = b->p->ours.cert};
    must(pt_http_server_tls_new(&b->tls, &id, &e), &e);
    opts.listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    opts.handle = echo;
    opts.context = b;
    opts.tls = b->tls;
    opts.http2_threads = opts.threads ? opts.threads : 1;
    assert_int_equal(bind(opts.listener, (struct sockaddr *)&b->at, sizeof b->at), 0);
    assert_int_equal(listen(opts.listener, 128), 0);
    must(pt_http_server_new(&b->server, &opts, &e), &e);
    assert_int_equal(pthread_create(&b->thread, NULL, serve, b), 0);
}

static inline void join(bench *b) {
    pthread_join(b->thread, NULL);
    pt_http_server_free(b->server);
    pt_http_server_tls_free(b->tls);
    unlink(b->at.sun_path);
    rmdir(b->dir);
    assert_false(atomic_load(&b->twice));
}

static inline void stop(bench *b) {
    pt_http_server_stop(b->server);
    join(b);
}

static inline void await_handled(bench *b, int n) {
    while (atomic_load(&b->handled) < n)
        usleep(1000);
}

// -- the client -----------------------------------------------------------------------------------

typedef struct answer {
    int status;
    bool end;
    int64_t reset; // why; -1: it was not
    int64_t window;
    size_t n; // of the body
    char body[128];
} answer;

typedef struct client {
    tls_client tls;
    nghttp2_hd_inflater *fields;
    pt_buf out, in;
    answer *of; // by id
    int32_t next;
    int64_t window;
    int64_t goaway, last; // why (-1: not), and how far
    size_t pongs, settings, pings;
    bool ended;
} client;

static inline void frame(client *c, int type, int flags, int32_t id, pt_str payload) {
    const char head[9] = {
        (char)(payload.n >> 16), (char)(payload.n >> 8), (char)payload.n, (char)type, (char)flags,
        (char)(id >> 24),        (char)(id >> 16),       (char)(id >> 8), (char)id};
    pt_buf_put(&c->out, (pt_str){head, sizeof head});
    pt_buf_put(&c->out, payload);
}

static inline void flush(client *c) {
    PT_IGNORE(pt_testing_tls_say(&c->tls, pt_buf_str(&c->out))); // whether it was taken is heard
    pt_buf_clear(&c->out);
}

static inline void put_length(pt_buf *b, size_t n) {
    if (n < 127) {
        pt_buf_putc(b, (char)n);
        return;
    }
    pt_buf_putc(b, 127);
    for (n -= 127; n >= 128; n >>= 7)
        pt_buf_putc(b, (char)(0x80 | (n & 127)));
    pt_buf_putc(b, (char)n);
}

// RFC 7541, section 6.2.2: a literal, not indexed.
static inline void field(pt_buf *b, pt_str name, pt_str value) {
    pt_buf_putc(b, 0);
    put_length(b, name.n);
    pt_buf_put(b, name);
    put_length(b, value.n);
    pt_buf_put(b, value);
}

static inline void put_fields(pt_buf *b, const char *method, const char *path) {
    field(b, PT_STR(":method"), pt_str_of(method));
    field(b, PT_STR(":scheme"), PT_STR("https"));
    field(b, PT_STR(":authority"), PT_STR("here"));
    field(b, PT_STR(":path"), pt_str_of(path));
}

static inline int32_t next_id(client *c) {
    int32_t id = c->next;
    c->next += 2;
    assert_true(id < IDS);
    return id;
}

// Its id. A body follows where a length is given (SIZE_MAX: one whose length is not said).
static inline int32_t ask(client *c, const char *method, const char *path, size_t length) {
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(4096);
    put_fields(&b, method, path);
    char digits[24];
    snprintf(digits, sizeof digits, "%zu", length);
    if (length && length != SIZE_MAX)
        field(&b, PT_STR("content-length"), pt_str_of(digits));
    int32_t id = next_id(c);
    int flags = NGHTTP2_FLAG_END_HEADERS | (length ? 0 : NGHTTP2_FLAG_END_STREAM);
    frame(c, NGHTTP2_HEADERS, flags, id, pt_buf_str(&b));
    return id;
}

static inline void open_client(client *c, const bench *b) {
    *c = (client){.next = 1, .window = WINDOW, .goaway = -1};
    c->out = PT_BUF(64 << 20);
    c->in = PT_BUF(64 << 20);
    c->of = calloc(IDS, sizeof *c->of);
    assert_non_null(c->of);
    for (size_t i = 0; i < IDS; i++)
        c->of[i] = (answer){.reset = -1, .window = WINDOW};
    assert_int_equal(nghttp2_hd_inflate_new(&c->fields), 0);
    assert_true(pt_testing_tls_open(
        &c->tls, &b->at,
        &(tls_wish){.ca = b->p->ours.cert, .pair = b->p->client, .alpn = "\x02h2\x08http/1.1"}));
    pt_buf_putz(&c->out, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
    frame(c, NGHTTP2_SETTINGS, 0, 0, (pt_str){NULL, 0});
}

static inline void close_client(client *c) {
    nghttp2_hd_inflate_del(c->fields);
    pt_testing_tls_close(&c->tls);
    pt_buf_done(&c->out);
    pt_buf_done(&c->in);
    free(c->of);
}

static inline uint32_t number(const char *p) {
    const unsigned char *u = (const unsigned char *)p;
    return (uint32_t)u[0] << 24 | (uint32_t)u[1] << 16 | (uint32_t)u[2] << 8 | u[3];
}

static inline void take_fields(client *c, answer *a, pt_str block) {
    const uint8_t *at = (const uint8_t *)block.p;
    size_t left = block.n;
    int flags = 0;
    while (!(flags & NGHTTP2_HD_INFLATE_FINAL)) {
        nghttp2_nv nv = {0};
        ssize_t n = nghttp2_hd_inflate_hd2(c->fields, &nv, &flags, at, left, 1);
        assert_true(n >= 0);
        at += n;
        left -= (size_t)n;
        if ((flags & NGHTTP2_HD_INFLATE_EMIT) && nv.namelen == 7 &&
            memcmp(nv.name, ":status", 7) == 0)
            a->status = (nv.value[0] - '0') * 100 + (nv.value[1] - '0') * 10 + nv.value[2] - '0';
    }
    nghttp2_hd_inflate_end_headers(c->fields);
}

static inline void take_frame(client *c, int type, int flags, int32_t id, pt_str payload) {
    answer *a = &c->of[id < IDS ? id : 0];
    bool ack = (flags & NGHTTP2_FLAG_ACK) != 0;
    if (type == NGHTTP2_HEADERS)
        take_fields(c, a, payload);
    for (size_t i = 0; type == NGHTTP2_DATA && i < payload.n; i++, a->n++)
        if (a->n < sizeof a->body - 1)
            a->body[a->n] = payload.p[i];
    if (type == NGHTTP2_HEADERS || type == NGHTTP2_DATA)
        a->end = (flags & NGHTTP2_FLAG_END_STREAM) != 0;
    if (type == NGHTTP2_RST_STREAM)
        a->reset = number(payload.p);
    if (type == NGHTTP2_WINDOW_UPDATE)
        *(id ? &a->window : &c->window) += number(payload.p);
    if (type == NGHTTP2_GOAWAY) {
        c->last = number(payload.p);
        c->goaway = number(payload.p + 4);
    }
    if (type == NGHTTP2_SETTINGS)
        c->settings += !ack;
    if (type == NGHTTP2_PING && ack)
        c->pongs++;
    if (type == NGHTTP2_PING && !ack) {
        c->pings++;
        frame(c, NGHTTP2_PING, NGHTTP2_FLAG_ACK, 0, payload);
        flush(c);
    }
}

// Some more of what the server says; false: it says no more.
static inline bool pump(client *c) {
    char room[FRAME / 2];
    ERR_clear_error();
    int got = c->ended ? 0 : SSL_read(c->tls.ssl, room, sizeof room);
    if (got <= 0) {
        c->ended = true;
        return false;
    }
    pt_buf_put(&c->in, (pt_str){room, (size_t)got});
    pt_str rest = pt_buf_str(&c->in);
    size_t taken = 0;
    while (rest.n - taken >= 9) {
        const char *p = rest.p + taken;
        size_t n = number(p) >> 8;
        if (rest.n - taken < n + 9)
            break;
        take_frame(c, p[3], p[4], (int32_t)number(p + 5),
                   pt_str_sub(rest, taken + 9, taken + 9 + n));
        taken += n + 9;
    }
    memmove(c->in.p, c->in.p + taken, c->in.n - taken);
    c->in.n -= taken;
    return true;
}

static inline const answer *await(client *c, int32_t id) {
    const answer *a = &c->of[id];
    flush(c);
    while (!a->end && a->reset < 0 && pump(c))
        ;
    return a;
}

static inline void expect(client *c, int32_t id, int status, const char *body) {
    const answer *a = await(c, id);
    if (a->status != status || (body && strcmp(a->body, body) != 0))
        print_error("%d: %d (reset %lld) %s\n", id, a->status, (long long)a->reset, a->body);
    assert_int_equal(a->status, status);
    if (body)
        assert_string_equal(a->body, body);
}

// Whatever was sent before has been looked at.
static inline void settle(client *c) {
    size_t before = c->pongs;
    frame(c, NGHTTP2_PING, 0, 0, PT_STR("12345678"));
    flush(c);
    while (c->pongs == before && pump(c))
        ;
}

static inline int64_t await_goaway(client *c) {
    flush(c);
    while (c->goaway < 0 && pump(c))
        ;
    return c->goaway >= 0 ? c->goaway : CLOSED;
}

static inline void await_end(client *c) {
    flush(c);
    while (pump(c))
        ;
}

// As much of a body as the windows let through; the rest when they open.
static inline void send_body(client *c, int32_t id, size_t n, bool end) {
    static const char room[FRAME] = "";
    answer *a = &c->of[id];
    while (n > 0 && a->reset < 0 && !a->end) {
        int64_t window = a->window < c->window ? a->window : c->window;
        size_t part = n < FRAME ? n : FRAME;
        if (window < (int64_t)part)
            part = window > 0 ? (size_t)window : 0;
        if (part == 0) {
            flush(c);
            if (!pump(c))
                return;
            continue;
        }
        n -= part;
        a->window -= (int64_t)part;
        c->window -= (int64_t)part;
        frame(c, NGHTTP2_DATA, n == 0 && end ? NGHTTP2_FLAG_END_STREAM : 0, id,
              (pt_str){room, part});
    }
}
