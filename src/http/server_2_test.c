// HTTP/2 as a client sees it that need not keep its rules: frames written by hand, over TLS.
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

static void must(pt_code code, const pt_err *e) {
    if (code)
        print_error("%s\n", e->what);
    assert_int_equal(code, PT_OK);
}

static void sign(papers *p, const char *name, bool client, pt_x509_pair *ret) {
    pt_err e = {0};
    pt_x509_wish wish = {.common_name = pt_str_of(name),
                         .names = &PT_STR("localhost"),
                         .n_names = 1,
                         .not_before_ns = pt_now() - DAY_NS,
                         .not_after_ns = pt_now() + DAY_NS,
                         .client = client};
    must(pt_x509_issue(&p->arena, &p->ours, &wish, ret, &e), &e);
}

static int make_papers(void **state) {
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

static int drop_papers(void **state) {
    papers *p = *state;
    pt_arena_done(&p->arena);
    free(p);
    return 0;
}

// Echoes "METHOD TARGET HOST PEER BODY"; "/big" gives 1 MiB more, "/length" the length of the body
// only, "/slow" waits for the bench.
static void echo(void *context, const pt_http_call *c, pt_http_reply *r) {
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

static void *serve(void *context) {
    bench *b = context;
    pt_err e = {0};
    if (pt_http_server_run(b->server, &e))
        print_error("%s\n", e.what);
    return NULL;
}

static void start(bench *b, void **state, pt_http_server_opts opts) {
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

static void join(bench *b) {
    pthread_join(b->thread, NULL);
    pt_http_server_free(b->server);
    pt_http_server_tls_free(b->tls);
    unlink(b->at.sun_path);
    rmdir(b->dir);
    assert_false(atomic_load(&b->twice));
}

static void stop(bench *b) {
    pt_http_server_stop(b->server);
    join(b);
}

static void await_handled(bench *b, int n) {
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

static void frame(client *c, int type, int flags, int32_t id, pt_str payload) {
    const char head[9] = {
        (char)(payload.n >> 16), (char)(payload.n >> 8), (char)payload.n, (char)type, (char)flags,
        (char)(id >> 24),        (char)(id >> 16),       (char)(id >> 8), (char)id};
    pt_buf_put(&c->out, (pt_str){head, sizeof head});
    pt_buf_put(&c->out, payload);
}

static void flush(client *c) {
    PT_IGNORE(pt_testing_tls_say(&c->tls, pt_buf_str(&c->out))); // whether it was taken is heard
    pt_buf_clear(&c->out);
}

static void put_length(pt_buf *b, size_t n) {
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
static void field(pt_buf *b, pt_str name, pt_str value) {
    pt_buf_putc(b, 0);
    put_length(b, name.n);
    pt_buf_put(b, name);
    put_length(b, value.n);
    pt_buf_put(b, value);
}

static void put_fields(pt_buf *b, const char *method, const char *path) {
    field(b, PT_STR(":method"), pt_str_of(method));
    field(b, PT_STR(":scheme"), PT_STR("https"));
    field(b, PT_STR(":authority"), PT_STR("here"));
    field(b, PT_STR(":path"), pt_str_of(path));
}

static int32_t next_id(client *c) {
    int32_t id = c->next;
    c->next += 2;
    assert_true(id < IDS);
    return id;
}

// Its id. A body follows where a length is given (SIZE_MAX: one whose length is not said).
static int32_t ask(client *c, const char *method, const char *path, size_t length) {
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

static void open_client(client *c, const bench *b) {
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

static void close_client(client *c) {
    nghttp2_hd_inflate_del(c->fields);
    pt_testing_tls_close(&c->tls);
    pt_buf_done(&c->out);
    pt_buf_done(&c->in);
    free(c->of);
}

static uint32_t number(const char *p) {
    const unsigned char *u = (const unsigned char *)p;
    return (uint32_t)u[0] << 24 | (uint32_t)u[1] << 16 | (uint32_t)u[2] << 8 | u[3];
}

static void take_fields(client *c, answer *a, pt_str block) {
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

static void take_frame(client *c, int type, int flags, int32_t id, pt_str payload) {
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
static bool pump(client *c) {
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

static const answer *await(client *c, int32_t id) {
    const answer *a = &c->of[id];
    flush(c);
    while (!a->end && a->reset < 0 && pump(c))
        ;
    return a;
}

static void expect(client *c, int32_t id, int status, const char *body) {
    const answer *a = await(c, id);
    if (a->status != status || (body && strcmp(a->body, body) != 0))
        print_error("%d: %d (reset %lld) %s\n", id, a->status, (long long)a->reset, a->body);
    assert_int_equal(a->status, status);
    if (body)
        assert_string_equal(a->body, body);
}

// Whatever was sent before has been looked at.
static void settle(client *c) {
    size_t before = c->pongs;
    frame(c, NGHTTP2_PING, 0, 0, PT_STR("12345678"));
    flush(c);
    while (c->pongs == before && pump(c))
        ;
}

static int64_t await_goaway(client *c) {
    flush(c);
    while (c->goaway < 0 && pump(c))
        ;
    return c->goaway >= 0 ? c->goaway : CLOSED;
}

static void await_end(client *c) {
    flush(c);
    while (pump(c))
        ;
}

// As much of a body as the windows let through; the rest when they open.
static void send_body(client *c, int32_t id, size_t n, bool end) {
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

// -- requests -------------------------------------------------------------------------------------

static void test_http_2_answers_many_at_once(void **state) {
    enum {
        MANY = 80
    };
    bench b = {.hold = true};
    client c;
    start(&b, state, (pt_http_server_opts){.threads = 4});
    open_client(&c, &b);
    int32_t slow = ask(&c, "GET", "/slow", 0);
    int32_t slower = ask(&c, "GET", "/slow", 0);
    int32_t ids[MANY];
    for (size_t i = 0; i < MANY; i++)
        ids[i] = ask(&c, "GET", "/quick?x=1", 0);
    for (size_t i = 0; i < MANY; i++)
        expect(&c, ids[i], 200, "GET /quick?x=1 here kube-apiserver ");
    assert_false(c.of[slow].end || c.of[slower].end);
    atomic_store(&b.hold, false);
    expect(&c, slow, 200, "GET /slow here kube-apiserver ");
    expect(&c, slower, 200, "GET /slow here kube-apiserver ");
    assert_int_equal(atomic_load(&b.handled), MANY + 2);
    close_client(&c);
    stop(&b);
}

static void test_http_2_takes_bodies_in_any_pieces(void **state) {
    bench b = {0};
    client c;
    start(&b, state, (pt_http_server_opts){.threads = 2});
    open_client(&c, &b);
    int32_t padded = ask(&c, "POST", "/a", 5);
    int32_t between = ask(&c, "POST", "/b", SIZE_MAX);
    frame(&c, NGHTTP2_DATA, NGHTTP2_FLAG_PADDED, padded, PT_STR("\x03hel\0\0\0"));
    frame(&c, NGHTTP2_DATA, 0, between, PT_STR("xy"));
    frame(&c, NGHTTP2_DATA, 0, padded, PT_STR("lo"));
    frame(&c, NGHTTP2_DATA, NGHTTP2_FLAG_END_STREAM, padded, PT_STR(""));
    frame(&c, NGHTTP2_DATA, NGHTTP2_FLAG_END_STREAM, between, PT_STR("z"));
    expect(&c, padded, 200, "POST /a here kube-apiserver hello");
    expect(&c, between, 200, "POST /b here kube-apiserver xyz");
    int32_t head = ask(&c, "HEAD", "/h", 0);
    expect(&c, head, 200, "");
    for (const char *at = "byte by byte"; *at; at++) {
        int32_t id = ask(&c, "POST", "/c", 1);
        frame(&c, NGHTTP2_DATA, NGHTTP2_FLAG_END_STREAM, id, (pt_str){at, 1});
        for (size_t i = 0; i < c.out.n; i++)
            assert_true(pt_testing_tls_say(&c.tls, (pt_str){c.out.p + i, 1}));
        pt_buf_clear(&c.out);
        await(&c, id);
        assert_int_equal(c.of[id].body[strlen(c.of[id].body) - 1], *at);
    }
    close_client(&c);
    stop(&b);
}

static void test_http_2_expects_and_continues(void **state) {
    bench b = {0};
    client c;
    start(&b, state, (pt_http_server_opts){0});
    open_client(&c, &b);
    PT_AUTO(pt_buf_done) pt_buf f = PT_BUF(4096);
    put_fields(&f, "POST", "/length");
    field(&f, PT_STR("expect"), PT_STR("100-Continue"));
    int32_t id = next_id(&c);
    frame(&c, NGHTTP2_HEADERS, NGHTTP2_FLAG_END_HEADERS, id, pt_buf_str(&f));
    flush(&c);
    while (c.of[id].status == 0 && pump(&c))
        ;
    assert_int_equal(c.of[id].status, 100);
    send_body(&c, id, 70000, true);
    expect(&c, id, 200, "70000");
    close_client(&c);
    stop(&b);
}

// -- what is refused ------------------------------------------------------------------------------

#define F(name, value) {PT_STR(name), PT_STR(value)}
#define PSEUDO(method, path) \
    F(":method", method), F(":scheme", "https"), F(":authority", "here"), F(":path", path)

static void test_http_2_refuses_what_is_unclear(void **state) {
    typedef struct pair {
        pt_str name, value;
    } pair;
    static const struct {
        const char *what;
        pair fields[8];
        int status;    // or
        int64_t reset; // NGHTTP2_…
        const char *body;
    } cases[] = {
        {"good", {PSEUDO("POST", "/x")}, 200, 0, "hello"},
        {"no method", {F(":scheme", "https"), F(":authority", "a"), F(":path", "/")}, 0, 1, NULL},
        {"no path", {F(":method", "GET"), F(":scheme", "https"), F(":authority", "a")}, 0, 1, NULL},
        {"an empty path", {PSEUDO("GET", "")}, 0, 1, NULL},
        {"two methods", {F(":method", "GET"), PSEUDO("GET", "/")}, 0, 1, NULL},
        {"an unknown one", {PSEUDO("GET", "/"), F(":status", "200")}, 0, 1, NULL},
        {"one too late", {F("a", "b"), PSEUDO("GET", "/")}, 0, 1, NULL},
        {"CONNECT", {F(":method", "CONNECT"), F(":authority", "a:443")}, 405, 0, NULL},
        {"CONNECT with a protocol",
         {PSEUDO("CONNECT", "/"), F(":protocol", "websocket")},
         0,
         1,
         NULL},
        {"no host", {F(":method", "GET"), F(":scheme", "https"), F(":path", "/")}, 0, 1, NULL},
        {"two hosts", {PSEUDO("GET", "/"), F("host", "there")}, 400, 0, NULL},
        {"a blank in the path", {PSEUDO("GET", "/a b")}, 0, 1, NULL},
        {"a path beyond ASCII", {PSEUDO("GET", "/\xc3\xa4")}, 400, 0, NULL},
        {"a method with a blank", {PSEUDO("GET /", "/")}, 0, 1, NULL},
        {"a capital", {PSEUDO("GET", "/"), F("Foo", "b")}, 0, 1, NULL},
        {"a NUL in a name", {PSEUDO("GET", "/"), F("a\0b", "b")}, 400, 0, NULL},
        {"a NUL in a value", {PSEUDO("GET", "/"), F("a", "b\0c")}, 400, 0, NULL},
        {"a line end in a value", {PSEUDO("GET", "/"), F("a", "b\r\nc: d")}, 400, 0, NULL},
        {"connection", {PSEUDO("GET", "/"), F("connection", "close")}, 0, 1, NULL},
        {"upgrade", {PSEUDO("GET", "/"), F("upgrade", "h2c")}, 0, 1, NULL},
        {"transfer-encoding", {PSEUDO("POST", "/"), F("transfer-encoding", "chunked")}, 0, 1, "x"},
        {"te", {PSEUDO("GET", "/"), F("te", "gzip")}, 0, 1, NULL},
        {"too little", {PSEUDO("POST", "/"), F("content-length", "6")}, 0, 1, "hello"},
        {"too much", {PSEUDO("POST", "/"), F("content-length", "4")}, 0, 1, "hello"},
        {"a length and nothing", {PSEUDO("POST", "/"), F("content-length", "4")}, 0, 1, NULL},
        {"two lengths",
         {PSEUDO("POST", "/"), F("content-length", "5"), F("content-length", "5")},
         0,
         1,
         "hello"},
        {"a length that is none", {PSEUDO("POST", "/"), F("content-length", "5x")}, 0, 1, "hello"},
        {"a length below nothing", {PSEUDO("POST", "/"), F("content-length", "-5")}, 0, 1, "hello"},
        {"a length for giants",
         {PSEUDO("POST", "/"), F("content-length", "9223372036854775807")},
         0,
         1,
         "x"},
        {"an unknown expectation", {PSEUDO("POST", "/"), F("expect", "a cake")}, 417, 0, "hello"},
        {"the last is good", {PSEUDO("OPTIONS", "*"), F("te", "trailers")}, 200, 0, NULL},
    };
    bench b = {0};
    client c;
    bool all = true;
    start(&b, state, (pt_http_server_opts){0});
    open_client(&c, &b);
    for (size_t i = 0; i < PT_COUNT(cases); i++) {
        PT_AUTO(pt_buf_done) pt_buf f = PT_BUF(4096);
        for (const pair *p = cases[i].fields; p->name.n; p++)
            field(&f, p->name, p->value);
        int32_t id = next_id(&c);
        const char *body = cases[i].body;
        frame(&c, NGHTTP2_HEADERS, NGHTTP2_FLAG_END_HEADERS | (body ? 0 : NGHTTP2_FLAG_END_STREAM),
              id, pt_buf_str(&f));
        if (body)
            frame(&c, NGHTTP2_DATA, NGHTTP2_FLAG_END_STREAM, id, pt_str_of(body));
        const answer *a = await(&c, id);
        bool same = cases[i].status ? a->status == cases[i].status : a->reset == cases[i].reset;
        if (!same || (a->status && a->reset > 0))
            print_error("%s: %d, reset %lld\n", cases[i].what, a->status, (long long)a->reset);
        all = all && same;
    }
    assert_true(all);
    assert_int_equal(c.goaway, -1);
    assert_int_equal(atomic_load(&b.handled), 2);
    close_client(&c);
    stop(&b);
}

static void test_http_2_refuses_trailers(void **state) {
    bench b = {0};
    client c;
    start(&b, state, (pt_http_server_opts){0});
    open_client(&c, &b);
    PT_AUTO(pt_buf_done) pt_buf f = PT_BUF(4096);
    field(&f, PT_STR("content-length"), PT_STR("1"));
    int32_t id = ask(&c, "POST", "/", SIZE_MAX);
    frame(&c, NGHTTP2_DATA, 0, id, PT_STR("x"));
    frame(&c, NGHTTP2_HEADERS, NGHTTP2_FLAG_END_HEADERS | NGHTTP2_FLAG_END_STREAM, id,
          pt_buf_str(&f));
    expect(&c, id, 400, "");
    expect(&c, ask(&c, "GET", "/", 0), 200, NULL);
    assert_int_equal(atomic_load(&b.handled), 1);
    close_client(&c);
    stop(&b);
}

static void test_http_2_bounds_the_head(void **state) {
    bench b = {0};
    client c;
    start(&b, state, (pt_http_server_opts){.head_bytes_max = 8192});
    open_client(&c, &b);
    PT_AUTO(pt_buf_done) pt_buf many = PT_BUF(65536);
    put_fields(&many, "GET", "/");
    for (int i = 0; i < 100; i++) // and host is one
        field(&many, PT_STR("a"), PT_STR("b"));
    int32_t first = next_id(&c);
    frame(&c, NGHTTP2_HEADERS, NGHTTP2_FLAG_END_HEADERS | NGHTTP2_FLAG_END_STREAM, first,
          pt_buf_str(&many));
    expect(&c, first, 431, "");
    static const char long_[9000] = "";
    PT_AUTO(pt_buf_done) pt_buf large = PT_BUF(65536);
    PT_AUTO(pt_buf_done) pt_buf value = PT_BUF(65536);
    pt_buf_fill(&value, 'v', sizeof long_);
    put_fields(&large, "GET", "/");
    field(&large, PT_STR("a"), pt_buf_str(&value));
    int32_t second = next_id(&c);
    frame(&c, NGHTTP2_HEADERS, NGHTTP2_FLAG_END_HEADERS | NGHTTP2_FLAG_END_STREAM, second,
          pt_buf_str(&large));
    expect(&c, second, 431, "");
    // One field that is said again and again, in a byte each (CVE-2016-6581).
    PT_AUTO(pt_buf_done) pt_buf bomb = PT_BUF(65536);
    put_fields(&bomb, "GET", "/");
    pt_buf_putc(&bomb, 0x40); // a literal, to be known from now on
    put_length(&bomb, 1);
    pt_buf_putc(&bomb, 'a');
    put_length(&bomb, 3000);
    pt_buf_fill(&bomb, 'v', 3000);
    pt_buf_fill(&bomb, (char)(0x80 | 62), 10000);
    int32_t third = next_id(&c);
    frame(&c, NGHTTP2_HEADERS, NGHTTP2_FLAG_END_HEADERS | NGHTTP2_FLAG_END_STREAM, third,
          pt_buf_str(&bomb));
    expect(&c, third, 431, "");
    expect(&c, ask(&c, "GET", "/", 0), 200, NULL);
    assert_int_equal(atomic_load(&b.handled), 1);
    close_client(&c);
    stop(&b);
}

static void test_http_2_bounds_the_body(void **state) {
    bench b = {0};
    client c;
    start(&b, state, (pt_http_server_opts){.body_bytes_max = 200000});
    open_client(&c, &b);
    int32_t exact = ask(&c, "POST", "/length", 200000);
    send_body(&c, exact, 200000, true);
    expect(&c, exact, 200, "200000");
    int32_t unsaid = ask(&c, "POST", "/length", SIZE_MAX);
    send_body(&c, unsaid, 200000, true);
    expect(&c, unsaid, 200, "200000");
    int32_t said = ask(&c, "POST", "/length", 200001);
    expect(&c, said, 413, "");
    int32_t more = ask(&c, "POST", "/length", SIZE_MAX);
    send_body(&c, more, 300000, true);
    expect(&c, more, 413, "");
    while (c.of[more].reset < 0 && pump(&c))
        ;
    assert_int_equal(c.of[more].reset, NGHTTP2_NO_ERROR); // the rest is not wanted
    // Past the window: the client breaks the rules.
    int32_t rude = ask(&c, "POST", "/length", 200000);
    static const char room[FRAME] = "";
    for (int i = 0; i < 14; i++)
        frame(&c, NGHTTP2_DATA, 0, rude, (pt_str){room, FRAME});
    const answer *a = await(&c, rude);
    assert_true(a->reset == NGHTTP2_FLOW_CONTROL_ERROR || a->reset == NGHTTP2_PROTOCOL_ERROR);
    expect(&c, ask(&c, "GET", "/", 0), 200, NULL);
    assert_int_equal(atomic_load(&b.handled), 3);
    close_client(&c);
    stop(&b);
}

// -- what many may hold ---------------------------------------------------------------------------

static void test_http_2_bodies_wait_until_there_is_room(void **state) {
    enum {
        MANY = 12
    };
    bench b = {0};
    client c;
    client d;
    start(&b, state, (pt_http_server_opts){.threads = 1, .body_bytes_max = MIB});
    open_client(&c, &b);
    open_client(&d, &b);
    int32_t ids[MANY];
    size_t open = 0;
    for (size_t i = 0; i < MANY; i++)
        ids[i] = ask(&c, "POST", "/length", MIB);
    settle(&c);
    settle(&c);
    for (size_t i = 0; i < MANY; i++)
        open += c.of[ids[i]].window > WINDOW;
    assert_in_range(open, 3, 5); // 5 MiB for all
    int32_t other = ask(&d, "POST", "/length", MIB);
    int32_t small = ask(&d, "POST", "/length", 1000);
    send_body(&d, small, 1000, true);
    expect(&d, small, 200, "1000"); // while they wait
    assert_int_equal(d.of[other].window, WINDOW);
    for (size_t i = 0; i < MANY; i++)
        send_body(&c, ids[i], MIB, true);
    for (size_t i = 0; i < MANY; i++)
        expect(&c, ids[i], 200, "1048576");
    send_body(&d, other, MIB, true); // of another connection: it was told
    expect(&d, other, 200, "1048576");
    close_client(&c);
    close_client(&d);
    stop(&b);
}

// Small ones do not wait: who has many of them is refused while all hold too much, nobody else.
static void test_http_2_refuses_who_crowds(void **state) {
    enum {
        MANY = 95,
        SMALL = 60000,
    };
    bench b = {0};
    client c[2];
    client d;
    int32_t ids[2][MANY];
    size_t refused = 0;
    start(&b, state, (pt_http_server_opts){.threads = 1, .body_bytes_max = MIB});
    for (size_t i = 0; i < 2; i++) {
        open_client(&c[i], &b);
        for (size_t n = 0; n < MANY; n++)
            ids[i][n] = ask(&c[i], "POST", "/length", SMALL);
        settle(&c[i]);
    }
    for (size_t n = 0; n < MANY; n++) {
        assert_int_equal(c[0].of[ids[0][n]].status, 0);
        refused += c[1].of[ids[1][n]].status == 503;
    }
    assert_in_range(refused, 5, 50); // twice 5 MiB for all
    open_client(&d, &b);
    int32_t id = ask(&d, "POST", "/length", SMALL);
    send_body(&d, id, SMALL, true);
    expect(&d, id, 200, "60000");
    for (size_t n = 0; n < MANY; n++) {
        send_body(&c[0], ids[0][n], SMALL, true);
        expect(&c[0], ids[0][n], 200, "60000");
    }
    for (size_t i = 0; i < 2; i++)
        close_client(&c[i]);
    close_client(&d);
    stop(&b);
}

static void test_http_2_gives_back_what_ended_early(void **state) {
    bench b = {0};
    client c;
    client d;
    start(&b, state, (pt_http_server_opts){.threads = 1, .body_bytes_max = MIB});
    for (int i = 0; i < 5; i++) { // each would take all there is
        open_client(&c, &b);
        int32_t first = 0;
        for (int n = 0; n < 8; n++)
            first = ask(&c, "POST", "/length", MIB);
        settle(&c);
        if (i % 2)
            frame(&c, NGHTTP2_RST_STREAM, 0, first, PT_STR("\0\0\0\x08"));
        flush(&c);
        close_client(&c);
    }
    open_client(&d, &b);
    int32_t id = ask(&d, "POST", "/length", MIB);
    send_body(&d, id, MIB, true);
    expect(&d, id, 200, "1048576");
    close_client(&d);
    stop(&b);
}

static void test_http_2_bounds_streams_and_counts_those_that_were_reset(void **state) {
    enum {
        STREAMS = 100
    };
    bench b = {.hold = true};
    client c;
    start(&b, state, (pt_http_server_opts){.threads = 4});
    open_client(&c, &b);
    frame(&c, NGHTTP2_SETTINGS, NGHTTP2_FLAG_ACK, 0, (pt_str){NULL, 0});
    int32_t ids[STREAMS];
    for (size_t i = 0; i < STREAMS; i++)
        ids[i] = ask(&c, "GET", "/slow", 0);
    flush(&c);
    await_handled(&b, 4);
    settle(&c);
    assert_int_equal(c.goaway, -1);
    for (size_t i = 0; i < STREAMS; i++)
        frame(&c, NGHTTP2_RST_STREAM, 0, ids[i], PT_STR("\0\0\0\x08"));
    for (size_t i = 0; i < STREAMS; i++)
        ids[i] = ask(&c, "GET", "/slow", 0);
    settle(&c);
    size_t refused = 0;
    for (size_t i = 0; i < STREAMS; i++)
        refused += c.of[ids[i]].reset == NGHTTP2_REFUSED_STREAM;
    assert_int_equal(refused, 4); // those that are still handled count
    assert_int_equal(atomic_load(&b.handled), 4);
    atomic_store(&b.hold, false);
    for (size_t i = 0; i < STREAMS; i++)
        await(&c, ids[i]);
    assert_int_equal(atomic_load(&b.handled), STREAMS); // 96 of them were never begun
    // Too many, after it was told how many: that is an error of the connection.
    atomic_store(&b.hold, true);
    for (size_t i = 0; i <= STREAMS; i++)
        ask(&c, "GET", "/slow", 0);
    assert_int_equal(await_goaway(&c), NGHTTP2_PROTOCOL_ERROR);
    atomic_store(&b.hold, false);
    close_client(&c);
    stop(&b);
}

// -- floods ---------------------------------------------------------------------------------------

typedef void flood(client *c, int32_t open);

static void resets(client *c, int32_t open) {
    (void)open;
    frame(c, NGHTTP2_RST_STREAM, 0, ask(c, "GET", "/slow", 0), PT_STR("\0\0\0\x08"));
}
static void pings(client *c, int32_t open) {
    (void)open;
    frame(c, NGHTTP2_PING, 0, 0, PT_STR("12345678"));
}
static void pongs(client *c, int32_t open) {
    (void)open;
    frame(c, NGHTTP2_PING, NGHTTP2_FLAG_ACK, 0, PT_STR("12345678"));
}
static void some_settings(client *c, int32_t open) {
    (void)open;
    frame(c, NGHTTP2_SETTINGS, 0, 0, PT_STR("\0\x04\0\0\x40\0"));
}
static void windows(client *c, int32_t open) {
    frame(c, NGHTTP2_WINDOW_UPDATE, 0, open, PT_STR("\0\0\0\x01"));
}
static void empty_data(client *c, int32_t open) {
    frame(c, NGHTTP2_DATA, 0, open, PT_STR(""));
}
static void padding(client *c, int32_t open) {
    frame(c, NGHTTP2_DATA, NGHTTP2_FLAG_PADDED, open, PT_STR("\x03\0\0\0"));
}

static void test_http_2_ends_floods(void **state) {
    static const struct {
        const char *what;
        flood *one;
    } cases[] = {
        {"resets", resets},          {"pings", pings},     {"their answers", pongs},
        {"settings", some_settings}, {"windows", windows}, {"empty data", empty_data},
        {"padding", padding},
    };
    for (size_t i = 0; i < PT_COUNT(cases); i++) {
        bench b = {.hold = true};
        client c;
        start(&b, state, (pt_http_server_opts){.threads = 2});
        open_client(&c, &b);
        int32_t open = ask(&c, "POST", "/", SIZE_MAX);
        for (int n = 0; n < FLOOD; n++)
            cases[i].one(&c, open);
        if (await_goaway(&c) != NGHTTP2_ENHANCE_YOUR_CALM)
            print_error("%s: %lld\n", cases[i].what, (long long)c.goaway);
        assert_int_equal(c.goaway, NGHTTP2_ENHANCE_YOUR_CALM);
        await_end(&c);
        assert_in_range(atomic_load(&b.handled), 0, 2);
        close_client(&c);
        atomic_store(&b.hold, false);
        stop(&b);
    }
}

// Priorities, which are not heeded, and frames that nobody knows, are thrown away unseen.
static void test_http_2_throws_away_what_it_does_not_know(void **state) {
    bench b = {0};
    client c;
    start(&b, state, (pt_http_server_opts){0});
    open_client(&c, &b);
    for (int i = 0; i < 20 * FLOOD; i++) {
        frame(&c, NGHTTP2_PRIORITY, 0, 2 * i + 9, PT_STR("\0\0\0\0\x10"));
        frame(&c, 0xf0, 0xff, 0, PT_STR("whatever it is"));
    }
    expect(&c, ask(&c, "GET", "/", 0), 200, NULL);
    close_client(&c);
    stop(&b);
}

// Nobody who asks in earnest is patient for less: 20 frames for each answer are too many, 3 are
// not.
static void test_http_2_is_calm_with_who_asks(void **state) {
    bench b = {0};
    client c;
    start(&b, state, (pt_http_server_opts){.threads = 2});
    open_client(&c, &b);
    for (int i = 0; i < 2000; i++) {
        int32_t id = ask(&c, "GET", "/", 0);
        for (int n = 0; n < 3; n++)
            frame(&c, NGHTTP2_WINDOW_UPDATE, 0, 0, PT_STR("\0\0\0\x40"));
        if (i % 50 == 49)
            expect(&c, id, 200, NULL);
    }
    settle(&c);
    assert_int_equal(c.goaway, -1);
    close_client(&c);
    stop(&b);
}

static void test_http_2_ends_what_is_no_http_2(void **state) {
    static const struct {
        const char *what;
        int type, flags, id;
        pt_str payload;
        int64_t why; // -1: closed without a word
    } cases[] = {
        {"a long frame", NGHTTP2_DATA, 0, 1, PT_STR(""), NGHTTP2_FRAME_SIZE_ERROR},
        {"data of no stream", NGHTTP2_DATA, 0, 0, PT_STR("x"), NGHTTP2_PROTOCOL_ERROR},
        {"a stream of the server", NGHTTP2_HEADERS, 5, 2, PT_STR("\x82\x87\x84"),
         NGHTTP2_PROTOCOL_ERROR},
        {"a push", NGHTTP2_PUSH_PROMISE, 4, 1, PT_STR("\0\0\0\x02\x82\x87\x84"),
         NGHTTP2_PROTOCOL_ERROR},
        {"fields that are none", NGHTTP2_HEADERS, 5, 1, PT_STR("\xff\xff\xff\xff\xff\xff"),
         NGHTTP2_COMPRESSION_ERROR},
        {"more of nothing", NGHTTP2_CONTINUATION, 4, 1, PT_STR("\x82"), NGHTTP2_PROTOCOL_ERROR},
        {"settings of another size", NGHTTP2_SETTINGS, 0, 0, PT_STR("\0\x04\0"),
         NGHTTP2_FRAME_SIZE_ERROR},
        {"a window too large", NGHTTP2_WINDOW_UPDATE, 0, 0, PT_STR("\x7f\xff\xff\xff"),
         NGHTTP2_FLOW_CONTROL_ERROR},
        {"a window of nothing", NGHTTP2_WINDOW_UPDATE, 0, 0, PT_STR("\0\0\0\0"),
         NGHTTP2_PROTOCOL_ERROR},
        {"a reset of what never was", NGHTTP2_RST_STREAM, 0, 7, PT_STR("\0\0\0\x08"),
         NGHTTP2_PROTOCOL_ERROR},
    };
    bench b = {0};
    start(&b, state, (pt_http_server_opts){.read_timeout_s = 5});
    int64_t began = pt_monotonic_ns();
    for (size_t i = 0; i < PT_COUNT(cases); i++) {
        client c;
        open_client(&c, &b);
        if (cases[i].payload.n)
            frame(&c, cases[i].type, cases[i].flags, cases[i].id, cases[i].payload);
        else
            pt_buf_put(&c.out, PT_STR("\xff\xff\xff\0\0\0\0\0\1"));
        if (await_goaway(&c) != cases[i].why)
            print_error("%s: %lld\n", cases[i].what, (long long)c.goaway);
        assert_int_equal(c.goaway, cases[i].why);
        await_end(&c);
        close_client(&c);
    }
    // Fields without an end: in many pieces, and in none.
    client c;
    open_client(&c, &b);
    frame(&c, NGHTTP2_HEADERS, 0, 1, PT_STR("\x82"));
    for (int i = 0; i < 100; i++)
        frame(&c, NGHTTP2_CONTINUATION, 0, 1, PT_STR("\x87"));
    await_end(&c);
    close_client(&c);
    open_client(&c, &b);
    pt_buf_clear(&c.out);
    pt_buf_putz(&c.out, "GET / HTTP/1.1\r\nHost: x\r\n\r\n");
    await_end(&c);
    assert_int_equal(c.of[1].status, 0);
    close_client(&c);
    assert_true(pt_monotonic_ns() - began < 4 * PT_SECOND_NS); // at once
    assert_int_equal(atomic_load(&b.handled), 0);
    stop(&b);
}

// -- time -----------------------------------------------------------------------------------------

static void test_http_2_ends_what_is_slow(void **state) {
    bench b = {0};
    client c;
    client fields;
    start(&b, state,
          (pt_http_server_opts){.read_timeout_s = 1, .idle_timeout_s = 60, .threads = 2});
    open_client(&c, &b);
    int32_t body = ask(&c, "POST", "/", 10);
    frame(&c, NGHTTP2_DATA, 0, body, PT_STR("x"));
    int32_t big = ask(&c, "GET", "/big", 0); // no window is opened for it
    expect(&c, body, 408, "");
    assert_int_equal(await(&c, big)->reset, NGHTTP2_CANCEL);
    assert_int_equal(c.of[big].n, WINDOW);
    // The connection lives.
    frame(&c, NGHTTP2_WINDOW_UPDATE, 0, 0, PT_STR("\0\x10\0\0"));
    expect(&c, ask(&c, "GET", "/", 0), 200, NULL);
    open_client(&fields, &b); // nothing else can come on this one
    frame(&fields, NGHTTP2_HEADERS, 0, 1, PT_STR("\x82"));
    await_end(&fields);
    close_client(&fields);
    close_client(&c);
    stop(&b);
}

static void test_http_2_idle_ends_in_order(void **state) {
    bench b = {0};
    client c;
    start(&b, state, (pt_http_server_opts){.read_timeout_s = 30, .idle_timeout_s = 1});
    open_client(&c, &b);
    expect(&c, ask(&c, "GET", "/1", 0), 200, NULL);
    while (c.goaway < 0 && pump(&c))
        ;
    assert_int_equal(c.goaway, NGHTTP2_NO_ERROR);
    await_end(&c);
    assert_int_equal(c.last, 1);
    assert_int_equal(c.pings, 1);
    close_client(&c);
    stop(&b);
}

// -- the end --------------------------------------------------------------------------------------

static void test_http_2_stop_answers_what_is_under_way(void **state) {
    bench b = {.hold = true};
    client idle;
    client busy;
    start(&b, state, (pt_http_server_opts){.threads = 2});
    open_client(&idle, &b);
    open_client(&busy, &b);
    settle(&idle);
    int32_t half = ask(&busy, "POST", "/length", 4);
    frame(&busy, NGHTTP2_DATA, 0, half, PT_STR("ab"));
    int32_t slow = ask(&busy, "GET", "/slow", 0);
    flush(&busy);
    await_handled(&b, 1);
    pt_http_server_stop(b.server);
    // Begun before the client has seen that the server ends.
    int32_t late = ask(&busy, "GET", "/late", 0);
    flush(&busy);
    assert_int_equal(await_goaway(&busy), NGHTTP2_NO_ERROR);
    atomic_store(&b.hold, false);
    frame(&busy, NGHTTP2_DATA, NGHTTP2_FLAG_END_STREAM, half, PT_STR("cd"));
    expect(&busy, half, 200, "4");
    expect(&busy, slow, 200, "GET /slow here kube-apiserver ");
    expect(&busy, late, 200, "GET /late here kube-apiserver ");
    await_end(&busy);
    assert_int_equal(busy.last, late);
    await_end(&idle);
    assert_int_equal(idle.goaway, NGHTTP2_NO_ERROR);
    close_client(&idle);
    close_client(&busy);
    join(&b);
    assert_int_equal(atomic_load(&b.handled), 3);
}

static void test_http_2_lives_when_clients_die(void **state) {
    bench b = {.hold = true};
    client c;
    start(&b, state, (pt_http_server_opts){.threads = 2});
    for (int i = 0; i < 4; i++) {
        open_client(&c, &b);
        for (int n = 0; n < 20; n++)
            ask(&c, "GET", "/slow", 0);
        flush(&c);
        await_handled(&b, 2);
        close_client(&c); // and all that waits is forgotten
    }
    usleep(50000);
    atomic_store(&b.hold, false);
    open_client(&c, &b);
    expect(&c, ask(&c, "GET", "/after", 0), 200, "GET /after here kube-apiserver ");
    assert_in_range(atomic_load(&b.handled), 3, 5);
    close_client(&c);
    stop(&b);
}

static void test_http_2_stop_waits_for_handlers_of_the_dead(void **state) {
    bench b = {.hold = true};
    client c;
    start(&b, state, (pt_http_server_opts){.threads = 2});
    open_client(&c, &b);
    for (int n = 0; n < 20; n++)
        ask(&c, "GET", "/slow", 0);
    flush(&c);
    await_handled(&b, 2);
    close_client(&c);
    pt_http_server_stop(b.server);
    usleep(50000);
    atomic_store(&b.hold, false);
    join(&b);
    assert_int_equal(atomic_load(&b.handled), 2);
}

// -- who speaks what ------------------------------------------------------------------------------

static void test_http_2_is_spoken_with_who_asks_for_it(void **state) {
    static const char *const ours[] = {NULL, "\x08http/1.1", "\x02h3\x08http/1.1"};
    bench b = {0};
    start(&b, state, (pt_http_server_opts){.threads = 2});
    for (size_t i = 0; i < PT_COUNT(ours); i++) {
        tls_client c;
        tls_wish wish = {.ca = b.p->ours.cert, .pair = b.p->client, .alpn = ours[i]};
        PT_AUTO(pt_buf_done) pt_buf got = PT_BUF(4096);
        assert_true(pt_testing_tls_open(&c, &b.at, &wish));
        // Another protocol is asked for in vain.
        assert_true(pt_testing_tls_say(
            &c, PT_STR("GET /1 HTTP/1.1\r\nHost: h\r\nConnection: Upgrade, HTTP2-Settings\r\n"
                       "Upgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAoAAAAAIAAAAA\r\n\r\n")));
        assert_true(pt_testing_tls_hear(&c, &got, NULL));
        assert_true(pt_str_starts(pt_buf_str(&got), PT_STR("HTTP/1.1 200 OK\r\n")) &&
                    pt_str_has(pt_buf_str(&got), PT_STR("GET /1 h kube-apiserver ")));
        pt_testing_tls_close(&c);
        pt_buf_clear(&got);
        assert_true(pt_testing_tls_open(&c, &b.at, &wish));
        assert_true(pt_testing_tls_say(&c, PT_STR("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")));
        assert_true(pt_testing_tls_hear(&c, &got, NULL));
        assert_true(pt_str_starts(pt_buf_str(&got), PT_STR("HTTP/1.1 505 ")));
        pt_testing_tls_close(&c);
    }
    stop(&b);
}

// A handler of HTTP/1.1 that waits holds up nobody who shares its loop.
static void test_http_2_is_not_held_up_by_http_1(void **state) {
    bench b = {.hold = true};
    client c;
    tls_client old;
    tls_client dying;
    start(&b, state, (pt_http_server_opts){.threads = 1, .connections_max = 10});
    tls_wish wish = {.ca = b.p->ours.cert, .pair = b.p->client};
    PT_AUTO(pt_buf_done) pt_buf got = PT_BUF(4096);
    open_client(&c, &b);
    settle(&c);
    assert_true(pt_testing_tls_open(&old, &b.at, &wish));
    assert_true(pt_testing_tls_say(&old, PT_STR("GET /slow HTTP/1.1\r\nHost: h\r\n\r\n"
                                                "GET /next HTTP/1.1\r\nHost: h\r\n\r\n")));
    await_handled(&b, 1);
    assert_true(pt_testing_tls_open(&dying, &b.at, &wish));
    assert_true(pt_testing_tls_say(&dying, PT_STR("GET /slow HTTP/1.1\r\nHost: h\r\n\r\n")));
    pt_testing_tls_close(&dying);
    settle(&c); // no thread is left, but the loop goes on
    int32_t id = ask(&c, "GET", "/quick", 0);
    flush(&c);
    atomic_store(&b.hold, false);
    expect(&c, id, 200, "GET /quick here kube-apiserver ");
    assert_true(pt_testing_tls_hear(&old, &got, "GET /next h kube-apiserver "));
    assert_true(pt_str_has(pt_buf_str(&got), PT_STR("GET /slow h kube-apiserver ")));
    pt_testing_tls_close(&old);
    close_client(&c);
    stop(&b);
}

// -- load -----------------------------------------------------------------------------------------

typedef struct caller {
    const bench *b;
    pthread_t thread;
    unsigned seed;
    size_t asked, answered, lost;
} caller;

static size_t rounds(caller *k, client *c) {
    enum {
        AT_A_TIME = 20
    };
    size_t lost = 0;
    for (int round = 0; round < 10; round++) {
        int32_t ids[AT_A_TIME];
        for (size_t i = 0; i < AT_A_TIME; i++) {
            ids[i] = ask(c, "POST", "/length", i % 5 ? 10 : 3000);
            send_body(c, ids[i], i % 5 ? 10 : 3000, true);
            if (rand_r(&k->seed) % 8 == 0) {
                frame(c, NGHTTP2_RST_STREAM, 0, ids[i], PT_STR("\0\0\0\x08"));
                c->of[ids[i]].reset = 0;
            }
        }
        for (size_t i = 0; i < AT_A_TIME; i++) {
            const answer *a = await(c, ids[i]);
            k->asked++;
            k->answered += a->status == 200;
            // What the server says it did not look at may be asked elsewhere.
            lost += a->status != 200 && a->reset < 0 && !(c->goaway == 0 && ids[i] > c->last);
        }
        if (c->goaway >= 0)
            break;
    }
    return lost;
}

static void *call_on(void *context) {
    caller *k = context;
    for (int i = 0; i < 4; i++) {
        client c;
        open_client(&c, k->b);
        k->lost += rounds(k, &c);
        if (i % 2)
            ask(&c, "GET", "/", 0); // and away
        flush(&c);
        close_client(&c);
        if (c.goaway >= 0)
            break;
    }
    return NULL;
}

static void test_http_2_loses_nothing_under_load(void **state) {
    enum {
        CALLERS = 4
    };
    bench b = {0};
    start(&b, state, (pt_http_server_opts){.threads = 4});
    caller callers[CALLERS];
    for (size_t i = 0; i < CALLERS; i++) {
        callers[i] = (caller){.b = &b, .seed = (unsigned)i};
        assert_int_equal(pthread_create(&callers[i].thread, NULL, call_on, &callers[i]), 0);
    }
    for (size_t i = 0; i < CALLERS; i++) {
        pthread_join(callers[i].thread, NULL);
        assert_int_equal(callers[i].lost, 0);
        assert_int_equal(callers[i].asked, 800);
    }
    stop(&b);
}

static void test_http_2_stop_under_load_loses_nothing(void **state) {
    enum {
        CONNECTIONS = 6,
        AT_A_TIME = 50
    };
    for (int round = 0; round < 5; round++) {
        bench b = {0};
        client c[CONNECTIONS];
        start(&b, state, (pt_http_server_opts){.threads = 4});
        for (size_t i = 0; i < CONNECTIONS; i++) {
            open_client(&c[i], &b);
            settle(&c[i]);
        }
        for (size_t i = 0; i < CONNECTIONS; i++) {
            for (size_t n = 0; n < AT_A_TIME; n++)
                ask(&c[i], "GET", "/", 0);
            flush(&c[i]);
            if (i == CONNECTIONS / 2)
                pt_http_server_stop(b.server);
        }
        int answered = 0;
        for (size_t i = 0; i < CONNECTIONS; i++) {
            await_end(&c[i]);
            assert_int_equal(c[i].goaway, NGHTTP2_NO_ERROR);
            for (int32_t id = 1; id < c[i].next; id += 2) {
                answered += c[i].of[id].status == 200;
                assert_true(c[i].of[id].status == 200 || id > c[i].last);
            }
            close_client(&c[i]);
        }
        join(&b);
        assert_int_equal(atomic_load(&b.handled), answered);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_http_2_answers_many_at_once),
        cmocka_unit_test(test_http_2_takes_bodies_in_any_pieces),
        cmocka_unit_test(test_http_2_expects_and_continues),
        cmocka_unit_test(test_http_2_refuses_what_is_unclear),
        cmocka_unit_test(test_http_2_refuses_trailers),
        cmocka_unit_test(test_http_2_bounds_the_head),
        cmocka_unit_test(test_http_2_bounds_the_body),
        cmocka_unit_test(test_http_2_bodies_wait_until_there_is_room),
        cmocka_unit_test(test_http_2_refuses_who_crowds),
        cmocka_unit_test(test_http_2_gives_back_what_ended_early),
        cmocka_unit_test(test_http_2_bounds_streams_and_counts_those_that_were_reset),
        cmocka_unit_test(test_http_2_ends_floods),
        cmocka_unit_test(test_http_2_throws_away_what_it_does_not_know),
        cmocka_unit_test(test_http_2_is_calm_with_who_asks),
        cmocka_unit_test(test_http_2_ends_what_is_no_http_2),
        cmocka_unit_test(test_http_2_ends_what_is_slow),
        cmocka_unit_test(test_http_2_idle_ends_in_order),
        cmocka_unit_test(test_http_2_stop_answers_what_is_under_way),
        cmocka_unit_test(test_http_2_lives_when_clients_die),
        cmocka_unit_test(test_http_2_stop_waits_for_handlers_of_the_dead),
        cmocka_unit_test(test_http_2_is_spoken_with_who_asks_for_it),
        cmocka_unit_test(test_http_2_is_not_held_up_by_http_1),
        cmocka_unit_test(test_http_2_loses_nothing_under_load),
        cmocka_unit_test(test_http_2_stop_under_load_loses_nothing),
    };
    return cmocka_run_group_tests(tests, make_papers, drop_papers);
}
