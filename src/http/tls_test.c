// The server over TLS: what its clients see, and which clients it lets in.
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/instant.h"
#include "base/testing.h"
#include "http/server.h"
#include "http/testing_tls.h"
#include "http/tls.h"

#define DAY_NS (86400 * PT_SECOND_NS)

#define GET(target)        "GET " target " HTTP/1.1\r\nHost: x\r\n\r\n"
#define POST(target, more) "POST " target " HTTP/1.1\r\nHost: x\r\n" more

// Authorities and what they signed, made once.
typedef struct papers {
    pt_arena arena;
    pt_x509_pair ours, others; // authorities
    pt_x509_pair server, renewed, client, expired, foreign;
    bool http2; // is spoken beside
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
    tls_client beside;
} bench;

static void must(pt_code code, const pt_err *e) {
    if (code)
        print_error("%s\n", e->what);
    assert_int_equal(code, PT_OK);
}

static void sign(papers *p, const pt_x509_pair *by, const char *name, bool client, pt_time_ns end,
                 pt_x509_pair *ret) {
    pt_err e = {0};
    pt_x509_wish wish = {.common_name = pt_str_of(name),
                         .names = &PT_STR("localhost"),
                         .n_names = 1,
                         .not_before_ns = pt_now() - DAY_NS,
                         .not_after_ns = end,
                         .client = client};
    must(pt_x509_issue(&p->arena, by, &wish, ret, &e), &e);
}

static int make_papers(void **state) {
    papers *p = calloc(1, sizeof *p);
    pt_err e = {0};
    if (!p)
        return 1;
    pt_time_ns end = pt_now() + DAY_NS;
    must(pt_x509_authority(&p->arena, PT_STR("ours"), pt_now() - DAY_NS, end, &p->ours, &e), &e);
    must(pt_x509_authority(&p->arena, PT_STR("ours"), pt_now() - DAY_NS, end, &p->others, &e), &e);
    sign(p, &p->ours, "server one", false, end, &p->server);
    sign(p, &p->ours, "server two", false, end, &p->renewed);
    sign(p, &p->ours, "kube-apiserver", true, end, &p->client);
    sign(p, &p->ours, "kube-apiserver", true, pt_now() - PT_SECOND_NS, &p->expired);
    sign(p, &p->others, "kube-apiserver", true, end, &p->foreign);
    *state = p;
    signal(SIGPIPE, SIG_IGN); // of the client's own
    return 0;
}

// The same with another connection, of HTTP/2, so that handlers have threads of their own.
static int make_papers_beside(void **state) {
    if (make_papers(state))
        return 1;
    ((papers *)*state)->http2 = true;
    return 0;
}

static int drop_papers(void **state) {
    papers *p = *state;
    pt_arena_done(&p->arena);
    free(p);
    return 0;
}

// Echoes "METHOD TARGET PEER BODY"; "/big" gives 1 MiB more, "/slow" waits for the bench.
static void echo(void *context, const pt_http_call *c, pt_http_reply *r) {
    bench *b = context;
    atomic_fetch_add(&b->handled, 1);
    if (pt_str_eqz(c->target, "/slow"))
        while (atomic_load(&b->hold))
            usleep(1000);
    if (pt_str_eqz(c->target, "/big"))
        pt_buf_fill(&r->body, 'x', (size_t)1 << 20);
    pt_buf_printf(&r->body, "%s %.*s %s %.*s", c->method, PT_PRI(c->target),
                  c->peer_name ? c->peer_name : "-", PT_PRI(c->body));
}

static void *serve(void *context) {
    bench *b = context;
    pt_err e = {0};
    if (pt_http_server_run(b->server, &e))
        print_error("%s\n", e.what);
    return NULL;
}

static void start(bench *b, void **state, bool asks, pt_http_server_opts opts) {
    pt_err e = {0};
    b->p = *state;
    memcpy(b->dir, "/tmp/pt-tls-XXXXXX", sizeof "/tmp/pt-tls-XXXXXX");
    assert_non_null(mkdtemp(b->dir));
    b->at = (struct sockaddr_un){.sun_family = AF_UNIX};
    snprintf(b->at.sun_path, sizeof b->at.sun_path, "%s/s", b->dir);
    pt_http_identity id = {.cert = b->p->server.cert,
                           .key = b->p->server.key,
                           .client_ca = asks ? b->p->ours.cert : (pt_str){NULL, 0}};
    must(pt_http_server_tls_new(&b->tls, &id, &e), &e);
    opts.listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    opts.handle = echo;
    opts.context = b;
    opts.tls = b->tls;
    opts.http2_threads = b->p->http2 ? opts.threads + 1 : 0;
    opts.connections_max += b->p->http2 && opts.connections_max; // see `beside`
    assert_int_equal(bind(opts.listener, (struct sockaddr *)&b->at, sizeof b->at), 0);
    assert_int_equal(listen(opts.listener, 128), 0);
    must(pt_http_server_new(&b->server, &opts, &e), &e);
    assert_int_equal(pthread_create(&b->thread, NULL, serve, b), 0);
    if (b->p->http2)
        assert_true(pt_testing_tls_open(
            &b->beside, &b->at,
            &(tls_wish){.ca = b->p->ours.cert, .pair = b->p->client, .alpn = "\x02h2"}));
}

static void stop(bench *b) {
    if (b->p->http2)
        pt_testing_tls_close(&b->beside);
    pt_http_server_stop(b->server);
    pthread_join(b->thread, NULL);
    pt_http_server_free(b->server);
    pt_http_server_tls_free(b->tls);
    unlink(b->at.sun_path);
    rmdir(b->dir);
}

static void open_client(tls_client *c, const bench *b) {
    assert_true(
        pt_testing_tls_open(c, &b->at, &(tls_wish){.ca = b->p->ours.cert, .pair = b->p->client}));
}

static void say(tls_client *c, const char *text) {
    assert_true(pt_testing_tls_say(c, pt_str_of(text)));
}

static void expect(tls_client *c, const char *text) {
    PT_AUTO(pt_buf_done) pt_buf got = PT_BUF((size_t)4 << 20);
    bool heard = pt_testing_tls_hear(c, &got, text);
    if (!heard)
        print_error("no %s in: %.*s\n", text, PT_PRI(pt_buf_str(&got)));
    assert_true(heard);
}

// Of a socket without TLS: that the server ends it, and what it said until then.
static void expect_end(int fd, pt_buf *said) {
    for (;;) {
        char room[512];
        ssize_t n = recv(fd, room, sizeof room, 0);
        if (n <= 0) {
            assert_int_equal(n, 0);
            return;
        }
        pt_buf_put(said, (pt_str){room, (size_t)n});
    }
}

// -- requests -------------------------------------------------------------------------------------

static void test_http_tls_answers_one_after_another(void **state) {
    static const int versions[] = {TLS1_2_VERSION, TLS1_3_VERSION};
    bench b = {0};
    start(&b, state, true, (pt_http_server_opts){0});
    for (size_t i = 0; i < PT_COUNT(versions); i++) {
        tls_client c;
        assert_true(pt_testing_tls_open(
            &c, &b.at,
            &(tls_wish){.ca = b.p->ours.cert,
                        .pair = b.p->client,
                        .alpn = b.p->http2 ? "\x08http/1.1" : "\x02h2\x08http/1.1",
                        .version = versions[i]}));
        const unsigned char *chosen;
        unsigned n;
        SSL_get0_alpn_selected(c.ssl, &chosen, &n);
        assert_str(((pt_str){(const char *)chosen, n}), "http/1.1");
        say(&c, GET("/1"));
        expect(&c, "GET /1 kube-apiserver ");
        // Three in one record, the last of them in many.
        say(&c, GET("/2") POST("/3", "Content-Length: 5\r\n\r\nhello")
                    POST("/4", "Transfer-Encoding: chunked\r\n\r\n3\r\nab"));
        expect(&c, "POST /3 kube-apiserver hello");
        const char rest[] = "c\r\n2\r\nde\r\n0\r\n\r\n";
        for (size_t at = 0; rest[at]; at++)
            assert_true(pt_testing_tls_say(&c, (pt_str){rest + at, 1}));
        expect(&c, "POST /4 kube-apiserver abcde");
        say(&c, "GET /5 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
        expect(&c, NULL); // with a close_notify
        pt_testing_tls_close(&c);
    }
    assert_int_equal(atomic_load(&b.handled), 10);
    stop(&b);
}

static void test_http_tls_takes_and_gives_what_is_large(void **state) {
    enum {
        LARGE = 300000
    };
    bench b = {0};
    start(&b, state, false, (pt_http_server_opts){.body_bytes_max = LARGE});
    tls_client c;
    open_client(&c, &b);
    PT_AUTO(pt_buf_done) pt_buf body = PT_BUF(LARGE);
    pt_buf_fill(&body, 'b', LARGE);
    say(&c, POST("/", "Content-Length: 300000\r\n\r\n"));
    for (size_t at = 0; at < LARGE; at += 1000) // small records
        assert_true(pt_testing_tls_say(&c, (pt_str){body.p + at, 1000}));
    expect(&c, "POST / - bbbb");
    PT_AUTO(pt_buf_done) pt_buf got = PT_BUF((size_t)4 << 20);
    say(&c, GET("/big") GET("/after"));
    usleep(50000); // the answer does not fit into the socket: it waits, and so does what follows
    assert_true(pt_testing_tls_hear(&c, &got, "GET /after -"));
    assert_true(got.n > (size_t)1 << 20 && pt_str_has(pt_buf_str(&got), PT_STR("xGET /big -")));
    // Too much: why can be read, though the client is still sending.
    say(&c, POST("/", "Content-Length: 300001\r\n\r\n"));
    for (size_t at = 0; at < LARGE; at += 10000)
        assert_true(pt_testing_tls_say(&c, (pt_str){body.p + at, 10000}));
    pt_buf_clear(&got);
    assert_true(pt_testing_tls_hear(&c, &got, NULL));
    assert_true(pt_str_has(pt_buf_str(&got), PT_STR("HTTP/1.1 413 ")));
    pt_testing_tls_close(&c);
    stop(&b);
}

static void test_http_tls_lives_with_key_updates_and_a_half_close(void **state) {
    bench b = {0};
    start(&b, state, false, (pt_http_server_opts){0});
    tls_client c;
    open_client(&c, &b);
    for (int i = 0; i < 200; i++) {
        assert_int_equal(SSL_key_update(c.ssl, SSL_KEY_UPDATE_REQUESTED), 1);
        assert_int_equal(SSL_do_handshake(c.ssl), 1); // sends it
    }
    say(&c, GET("/1"));
    expect(&c, "GET /1 -");
    say(&c, POST("/2", "Content-Length: 2\r\n\r\nab"));
    assert_int_equal(SSL_shutdown(c.ssl), 0);
    shutdown(c.fd, SHUT_WR);
    expect(&c, "POST /2 - ab");
    pt_testing_tls_close(&c);
    open_client(&c, &b); // cut short: none
    say(&c, POST("/3", "Content-Length: 2\r\n\r\na"));
    assert_int_equal(SSL_shutdown(c.ssl), 0);
    PT_AUTO(pt_buf_done) pt_buf got = PT_BUF(4096);
    assert_true(pt_testing_tls_hear(&c, &got, NULL));
    assert_int_equal(got.n, 0);
    pt_testing_tls_close(&c);
    assert_int_equal(atomic_load(&b.handled), 2);
    stop(&b);
}

// -- what is no TLS, or too slow ------------------------------------------------------------------

static void test_http_tls_closes_what_is_no_tls(void **state) {
    static const pt_str cases[] = {
        PT_STR(GET("/")),
        PT_STR("\0\1\2\3\4\5\6\7garbage garbage garbage"),
        PT_STR("\x16\x03\x01\xff\xffgarbage"),                  // longer than a record may be
        PT_STR("\x15\x03\x03\x00\x02\x01\x00"),                 // an alert first
        PT_STR("\x17\x03\x03\x00\x05hello"),                    // data first
        PT_STR("\x16\x03\x01\x00\x05\x01\x00\x00\x01\x03"),     // a ClientHello of one byte
        PT_STR("\x80\x09\x01\x00\x02\x00\x15\x00\x00\x00\x10"), // SSL 2
    };
    bench b = {0};
    start(&b, state, false, (pt_http_server_opts){.read_timeout_s = 5});
    int64_t began = pt_monotonic_ns();
    for (size_t i = 0; i < PT_COUNT(cases); i++) {
        PT_AUTO(pt_buf_done) pt_buf said = PT_BUF(4096);
        PT_AUTO(pt_fd_close) int fd = pt_testing_tls_dial(&b.at);
        assert_int_equal(pt_fd_write_all(fd, cases[i], NULL), PT_OK);
        expect_end(fd, &said);
        assert_true(said.n <= 7); // an alert at most
    }
    assert_true(pt_monotonic_ns() - began < 4 * PT_SECOND_NS); // at once
    tls_client c;
    open_client(&c, &b);
    assert_true(pt_fd_write_all(c.fd, PT_STR("\x17\x03\x03\x00\x15garbage garbage garba"), NULL) ==
                PT_OK); // in the middle
    PT_AUTO(pt_buf_done) pt_buf got = PT_BUF(4096);
    assert_false(pt_testing_tls_hear(&c, &got, NULL));
    assert_int_equal(got.n, 0);
    pt_testing_tls_close(&c);
    assert_int_equal(atomic_load(&b.handled), 0);
    stop(&b);
}

static void test_http_tls_bounds_the_handshake_and_counts_it(void **state) {
    bench b = {0};
    start(&b, state, false,
          (pt_http_server_opts){.read_timeout_s = 1, .idle_timeout_s = 60, .connections_max = 1});
    PT_AUTO(pt_buf_done) pt_buf said = PT_BUF(4096);
    PT_AUTO(pt_fd_close) int half = pt_testing_tls_dial(&b.at);
    int64_t began = pt_monotonic_ns();
    assert_int_equal(pt_fd_write_all(half, PT_STR("\x16\x03\x01\x01\x00\x01\x00\x00"), NULL),
                     PT_OK);
    usleep(20000);
    tls_client c;
    open_client(&c, &b); // waits until there is room
    int64_t waited = pt_monotonic_ns() - began;
    assert_true(waited > PT_SECOND_NS * 9 / 10 && waited < 5 * PT_SECOND_NS);
    expect_end(half, &said);
    assert_int_equal(said.n, 0);
    say(&c, "GET / HTTP/1.1\r\n"); // a slow request is told
    expect(&c, "HTTP/1.1 408 ");
    expect(&c, NULL);
    pt_testing_tls_close(&c);
    stop(&b);
}

// -- who is let in --------------------------------------------------------------------------------

static bool let_in(const bench *b, const tls_wish *wish) {
    tls_client c;
    PT_AUTO(pt_buf_done) pt_buf got = PT_BUF(4096);
    // With TLS 1.3 the client is done before the server has judged.
    bool in = pt_testing_tls_open(&c, &b->at, wish) && pt_testing_tls_say(&c, PT_STR(GET("/"))) &&
              pt_testing_tls_hear(&c, &got, "GET / kube-apiserver ");
    assert_true(in || got.n == 0);
    pt_testing_tls_close(&c);
    return in;
}

static void test_http_tls_lets_in_who_is_signed_for_it(void **state) {
    papers *p = *state;
    bench b = {0};
    start(&b, state, true, (pt_http_server_opts){0});
    pt_x509_pair nul;
    pt_x509_pair two;
    pt_x509_pair silent;
    pt_x509_pair good;
    pt_arena *a = &p->arena;
    pt_testing_tls_odd_pair(a, &p->ours, PT_STR("kube-apiserver\0.example"), false, "clientAuth",
                            &nul);
    pt_testing_tls_odd_pair(a, &p->ours, PT_STR("kube-apiserver"), true, "clientAuth", &two);
    pt_testing_tls_odd_pair(a, &p->ours, PT_STR("kube-apiserver"), false, NULL, &silent);
    pt_testing_tls_odd_pair(a, &p->ours, PT_STR("kube-apiserver"), false, "clientAuth", &good);
    const struct {
        const char *who;
        pt_x509_pair pair;
        bool in;
    } cases[] = {
        {"ours", p->client, true},
        {"one that says it", good, true},
        {"nobody", {{NULL, 0}, {NULL, 0}}, false},
        {"expired", p->expired, false},
        {"of another authority with the same name", p->foreign, false},
        {"a server", p->server, false},
        {"one that does not say for what it is", silent, false},
        {"a NUL in its name", nul, false},
        {"two names", two, false},
    };
    static const int versions[] = {TLS1_2_VERSION, TLS1_3_VERSION};
    for (size_t i = 0; i < PT_COUNT(cases); i++)
        for (size_t v = 0; v < PT_COUNT(versions); v++)
            if (let_in(&b, &(tls_wish){.ca = p->ours.cert,
                                       .pair = cases[i].pair,
                                       .version = versions[v]}) != cases[i].in) {
                print_error("%s, version %x\n", cases[i].who, (unsigned)versions[v]);
                fail();
            }
    assert_int_equal(atomic_load(&b.handled), 4);
    stop(&b);
}

static void test_http_tls_speaks_nothing_old_or_weak(void **state) {
    papers *p = *state;
    bench b = {0};
    start(&b, state, false, (pt_http_server_opts){0});
    const struct {
        const char *what;
        tls_wish wish;
        bool speaks;
    } cases[] = {
        {"good", {.version = TLS1_2_VERSION, .cipher_12 = "ECDHE-ECDSA-AES128-GCM-SHA256"}, true},
        {"http/1.1", {.alpn = "\x08http/1.1"}, true},
        {"1.0", {.version = TLS1_VERSION}, false},
        {"1.1", {.version = TLS1_1_VERSION}, false},
        {"CBC", {.version = TLS1_2_VERSION, .cipher_12 = "ECDHE-ECDSA-AES128-SHA256"}, false},
        {"CCM", {.version = TLS1_2_VERSION, .cipher_12 = "ECDHE-ECDSA-AES128-CCM"}, false},
        {"no ECDHE", {.version = TLS1_2_VERSION, .cipher_12 = "AES128-GCM-SHA256"}, false},
        {"HTTP/3 only", {.alpn = "\x02h3"}, false},
        {"HTTP/2 only", {.alpn = "\x02h2"}, p->http2},
        {"a part of it", {.alpn = "\x04http\x03h/1"}, false},
    };
    for (size_t i = 0; i < PT_COUNT(cases); i++) {
        tls_client c;
        tls_wish wish = cases[i].wish;
        wish.ca = p->ours.cert;
        if (pt_testing_tls_open(&c, &b.at, &wish) != cases[i].speaks) {
            print_error("%s\n", cases[i].what);
            fail();
        }
        if (cases[i].speaks && cases[i].wish.alpn && cases[i].wish.alpn[0] == 2) {
            PT_AUTO(pt_buf_done) pt_buf got = PT_BUF(4096);
            say(&c, GET("/"));
            assert_true(pt_testing_tls_hear(&c, &got, NULL)); // that is none
            assert_false(pt_str_has(pt_buf_str(&got), PT_STR("HTTP/1.1")));
        } else if (cases[i].speaks) { // and gives nothing to come back with
            say(&c, GET("/"));
            expect(&c, "GET / -");
            assert_false(SSL_SESSION_has_ticket(SSL_get0_session(c.ssl)));
            assert_int_not_equal(SSL_SESSION_is_resumable(SSL_get0_session(c.ssl)) &&
                                     SSL_version(c.ssl) == TLS1_3_VERSION,
                                 1);
        }
        pt_testing_tls_close(&c);
    }
    stop(&b);
}

// -- the identity ---------------------------------------------------------------------------------

static void test_http_tls_says_what_is_wrong_with_an_identity(void **state) {
    papers *p = *state;
    pt_str locked = pt_testing_tls_encrypted_key(&p->arena, p->server.key);
    PT_AUTO(pt_buf_done) pt_buf cut = PT_BUF(65536);
    pt_buf_put(&cut, p->server.cert);
    pt_buf_put(&cut, pt_str_sub(p->ours.cert, 0, p->ours.cert.n / 2));
    const struct {
        pt_http_identity id;
        const char *says;
    } cases[] = {
        {{{NULL, 0}, p->server.key, {NULL, 0}},
         "the server's certificate: there is no certificate in it"},
        {{p->server.key, p->server.key, {NULL, 0}},
         "the server's certificate: there is no certificate in it"},
        {{pt_buf_str(&cut), p->server.key, {NULL, 0}},
         "the server's certificate: certificate 2 cannot be used: "},
        {{p->server.cert, {NULL, 0}, {NULL, 0}}, "the server's key: there is no private key in it"},
        {{p->server.cert, p->server.cert, {NULL, 0}},
         "the server's key: there is no private key in it"},
        {{p->server.cert, p->client.key, {NULL, 0}},
         "the server's key: it is not that of the certificate"},
        {{p->server.cert, locked, {NULL, 0}}, "the server's key: it is encrypted"},
        {{p->server.cert, p->server.key, PT_STR("x")},
         "the clients' authority: there is no certificate in it"},
    };
    for (size_t i = 0; i < PT_COUNT(cases); i++) {
        pt_http_server_tls *t = NULL;
        pt_err e = {0};
        assert_int_equal(pt_http_server_tls_new(&t, &cases[i].id, &e), PT_E_FORMAT);
        if (!pt_str_starts(pt_str_of(e.what), pt_str_of(cases[i].says)))
            print_error("%s\nnot: %s\n", e.what, cases[i].says);
        assert_true(pt_str_starts(pt_str_of(e.what), pt_str_of(cases[i].says)));
        assert_null(t);
    }
}

static void expect_server(const bench *b, const tls_wish *wish, const char *name) {
    tls_client c;
    PT_AUTO(pt_buf_done) pt_buf got = PT_BUF(256);
    assert_true(pt_testing_tls_open(&c, &b->at, wish));
    pt_testing_tls_subject(&c, &got);
    assert_str(pt_buf_str(&got), name);
    pt_testing_tls_close(&c);
}

static void test_http_tls_replaced_is_seen_by_new_connections_only(void **state) {
    papers *p = *state;
    bench b = {0};
    start(&b, state, true, (pt_http_server_opts){0});
    tls_wish ours = {.ca = p->ours.cert, .pair = p->client};
    tls_wish others = {.ca = p->ours.cert, .pair = p->foreign};
    tls_client open;
    pt_err e = {0};
    open_client(&open, &b);
    say(&open, GET("/1"));
    expect(&open, "GET /1 kube-apiserver ");
    pt_http_identity bad = {.cert = p->renewed.cert, .key = p->server.key};
    assert_int_equal(pt_http_server_tls_replace(b.tls, &bad, &e), PT_E_FORMAT);
    expect_server(&b, &ours, "server one");
    pt_http_identity next = {p->renewed.cert, p->renewed.key, p->others.cert};
    must(pt_http_server_tls_replace(b.tls, &next, &e), &e);
    say(&open, GET("/2")); // it keeps what it was made with
    expect(&open, "GET /2 kube-apiserver ");
    pt_testing_tls_close(&open);
    expect_server(&b, &others, "server two");
    assert_true(let_in(&b, &others));
    assert_false(let_in(&b, &ours));
    stop(&b);
}

typedef struct caller {
    const bench *b;
    atomic_bool *end;
    pthread_t thread;
    size_t answered;
} caller;

static void *call_on(void *context) {
    caller *c = context;
    while (!atomic_load(c->end)) {
        tls_client client;
        tls_wish wish = {.ca = c->b->p->ours.cert, .pair = c->b->p->client};
        bool ok = pt_testing_tls_open(&client, &c->b->at, &wish);
        for (int i = 0; i < 5 && ok; i++) {
            PT_AUTO(pt_buf_done) pt_buf got = PT_BUF(4096);
            ok = pt_testing_tls_say(&client, PT_STR(GET("/"))) &&
                 pt_testing_tls_hear(&client, &got, "kube-apiserver");
            c->answered += ok;
        }
        pt_testing_tls_close(&client);
        if (!ok)
            break;
    }
    return NULL;
}

static void test_http_tls_replaced_under_load_fails_nobody(void **state) {
    enum {
        CALLERS = 4,
        REPLACED = 40
    };
    papers *p = *state;
    bench b = {0};
    start(&b, state, true, (pt_http_server_opts){.threads = 2});
    atomic_bool end = false;
    caller callers[CALLERS];
    for (size_t i = 0; i < CALLERS; i++) {
        callers[i] = (caller){.b = &b, .end = &end};
        assert_int_equal(pthread_create(&callers[i].thread, NULL, call_on, &callers[i]), 0);
    }
    const pt_x509_pair *pairs[] = {&p->renewed, &p->server};
    for (size_t i = 0; i < REPLACED; i++) {
        pt_err e = {0};
        pt_http_identity id = {pairs[i % 2]->cert, pairs[i % 2]->key, p->ours.cert};
        must(pt_http_server_tls_replace(b.tls, &id, &e), &e);
        usleep(5000);
    }
    atomic_store(&end, true);
    size_t answered = 0;
    for (size_t i = 0; i < CALLERS; i++) {
        pthread_join(callers[i].thread, NULL);
        assert_int_equal(callers[i].answered % 5, 0);
        answered += callers[i].answered;
    }
    assert_true(answered > 0);
    assert_int_equal((size_t)atomic_load(&b.handled), answered);
    stop(&b);
}

static void test_http_tls_stop_answers_what_is_under_way(void **state) {
    bench b = {.hold = true};
    start(&b, state, false, (pt_http_server_opts){.threads = 2});
    tls_client idle;
    tls_client busy;
    tls_client half;
    open_client(&idle, &b);
    open_client(&busy, &b);
    open_client(&half, &b);
    say(&half, POST("/half", "Content-Length: 4\r\n\r\nab"));
    usleep(20000);
    say(&busy, GET("/slow"));
    while (atomic_load(&b.handled) == 0)
        usleep(1000);
    pt_http_server_stop(b.server);
    atomic_store(&b.hold, false);
    say(&half, "cd");
    expect(&busy, "GET /slow -");
    expect(&half, "POST /half - abcd");
    PT_AUTO(pt_buf_done) pt_buf got = PT_BUF(4096);
    assert_true(pt_testing_tls_hear(&idle, &got, NULL)); // closed at once, in order
    assert_int_equal(got.n, 0);
    pt_testing_tls_close(&idle);
    pt_testing_tls_close(&busy);
    pt_testing_tls_close(&half);
    stop(&b);
    assert_int_equal(atomic_load(&b.handled), 2);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_http_tls_answers_one_after_another),
        cmocka_unit_test(test_http_tls_takes_and_gives_what_is_large),
        cmocka_unit_test(test_http_tls_lives_with_key_updates_and_a_half_close),
        cmocka_unit_test(test_http_tls_closes_what_is_no_tls),
        cmocka_unit_test(test_http_tls_bounds_the_handshake_and_counts_it),
        cmocka_unit_test(test_http_tls_lets_in_who_is_signed_for_it),
        cmocka_unit_test(test_http_tls_speaks_nothing_old_or_weak),
        cmocka_unit_test(test_http_tls_says_what_is_wrong_with_an_identity),
        cmocka_unit_test(test_http_tls_replaced_is_seen_by_new_connections_only),
        cmocka_unit_test(test_http_tls_replaced_under_load_fails_nobody),
        cmocka_unit_test(test_http_tls_stop_answers_what_is_under_way),
    };
    int failed = cmocka_run_group_tests_name("HTTP/1.1", tests, make_papers, drop_papers);
    return failed + cmocka_run_group_tests_name("HTTP/1.1 beside HTTP/2", tests, make_papers_beside,
                                                drop_papers);
}
