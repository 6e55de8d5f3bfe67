// The server over a Unix socket: many requests on a connection, bounds, the end.
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/instant.h"
#include "base/testing.h"
#include "http/server.h"

typedef struct bench {
    char dir[32];
    struct sockaddr_un at;
    pt_http_server *server;
    pthread_t thread;
    atomic_int handled, peer;
    atomic_bool hold; // handlers wait for its end
} bench;

// Echoes "METHOD TARGET thread? BODY"; "/big" gives 1 MiB, "/slow" waits for the bench.
static void echo(void *context, const pt_http_call *c, pt_http_reply *r) {
    bench *b = context;
    atomic_fetch_add(&b->handled, 1);
    atomic_store(&b->peer, c->peer_pid);
    if (pt_str_eqz(c->target, "/slow"))
        while (atomic_load(&b->hold))
            usleep(1000);
    if (pt_str_eqz(c->target, "/big"))
        pt_buf_fill(&r->body, 'x', (size_t)1 << 20);
    const char *type = c->header(c, "content-type");
    r->type = type ? "text/x-echo" : NULL;
    pt_buf_printf(&r->body, "%s %.*s %.*s", c->method, PT_PRI(c->target), PT_PRI(c->body));
}

static void *serve(void *context) {
    bench *b = context;
    pt_err e = {0};
    if (pt_http_server_run(b->server, &e))
        print_error("%s\n", e.what);
    return NULL;
}

static void start(bench *b, pt_http_server_opts opts) {
    memcpy(b->dir, "/tmp/pt-server-XXXXXX", sizeof "/tmp/pt-server-XXXXXX");
    assert_non_null(mkdtemp(b->dir));
    b->at = (struct sockaddr_un){.sun_family = AF_UNIX};
    snprintf(b->at.sun_path, sizeof b->at.sun_path, "%s/s", b->dir);
    opts.listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    opts.handle = echo;
    opts.context = b;
    if (opts.listener < 0) {
        fail();
        return;
    }
    assert_int_equal(bind(opts.listener, (struct sockaddr *)&b->at, sizeof b->at), 0);
    assert_int_equal(listen(opts.listener, 128), 0);
    pt_err e = {0};
    assert_int_equal(pt_http_server_new(&b->server, &opts, &e), PT_OK);
    assert_int_equal(pthread_create(&b->thread, NULL, serve, b), 0);
}

static void stop(bench *b) {
    pt_http_server_stop(b->server);
    pthread_join(b->thread, NULL);
    pt_http_server_free(b->server);
    unlink(b->at.sun_path);
    rmdir(b->dir);
}

static int dial(const bench *b) {
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0) {
        fail();
        return -1;
    }
    assert_int_equal(connect(fd, (const struct sockaddr *)&b->at, sizeof b->at), 0);
    return fd;
}

static void say(int fd, const char *text) {
    assert_int_equal(pt_fd_write_all(fd, pt_str_of(text), NULL), PT_OK);
}

// What comes until the connection ends, or until `text` came.
static bool hear(int fd, pt_buf *b, const char *text) {
    for (;;) {
        if (text && pt_str_has(pt_buf_str(b), pt_str_of(text)))
            return true;
        struct pollfd p = {.fd = fd, .events = POLLIN};
        if (poll(&p, 1, 10000) != 1)
            return false;
        char room[4096];
        ssize_t n = read(fd, room, sizeof room);
        if (n <= 0)
            return !text;
        pt_buf_put(b, (pt_str){room, (size_t)n});
    }
}

// Send `text`, and expect the connection's whole answer to hold `want`.
static void expect(const bench *b, const char *text, const char *want) {
    PT_AUTO(pt_buf_done) pt_buf got = PT_BUF((size_t)4 << 20);
    PT_AUTO(pt_fd_close) int fd = dial(b);
    say(fd, text);
    bool heard = hear(fd, &got, want);
    if (!heard)
        print_error("%s\nno %s in: %.*s\n", text, want, PT_PRI(pt_buf_str(&got)));
    assert_true(heard);
}

#define GET(target)        "GET " target " HTTP/1.1\r\nHost: x\r\n\r\n"
#define POST(target, more) "POST " target " HTTP/1.1\r\nHost: x\r\n" more

static void test_http_server_answers_one_after_another(void **state) {
    bench b = {0};
    (void)state;
    start(&b, (pt_http_server_opts){0});
    PT_AUTO(pt_buf_done) pt_buf got = PT_BUF((size_t)1 << 20);
    PT_AUTO(pt_fd_close) int fd = dial(&b);
    say(fd, GET("/1"));
    assert_true(hear(fd, &got, "GET /1 "));
    // Three at once, and the last one in pieces.
    say(fd, GET("/2") POST("/3", "Content-Type: t\r\nContent-Length: 5\r\n\r\nhello")
                POST("/4", "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nd"));
    assert_true(hear(fd, &got, "POST /3 hello"));
    say(fd, "e\r\n0\r\n\r");
    say(fd, "\nHEAD /5 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    assert_true(hear(fd, &got, NULL));
    pt_str all = pt_buf_str(&got);
    assert_true(pt_str_has(all, PT_STR("GET /2 ")) && pt_str_has(all, PT_STR("POST /4 abcde")));
    assert_true(pt_str_has(all, PT_STR("Content-Type: text/x-echo\r\n")));
    assert_true(pt_str_ends(all, PT_STR("HTTP/1.1 200 OK\r\nContent-Length: 8\r\n"
                                        "Connection: close\r\n\r\n")));
    assert_int_equal(atomic_load(&b.handled), 5);
    assert_int_equal(atomic_load(&b.peer), getpid());
    stop(&b);
}

static void test_http_server_refuses_what_is_too_much_or_unclear(void **state) {
    bench b = {0};
    (void)state;
    start(&b, (pt_http_server_opts){.head_bytes_max = 256, .body_bytes_max = 16});
    expect(&b, POST("/", "Content-Length: 17\r\n\r\n"), "HTTP/1.1 413 ");
    expect(&b, POST("/", "Transfer-Encoding: chunked\r\n\r\n9\r\n123456789\r\n9\r\n"),
           "HTTP/1.1 413 ");
    expect(&b, POST("/", "Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
           "HTTP/1.1 400 ");
    expect(&b, "GET / HTTP/3.0\r\n\r\n", "HTTP/1.1 505 ");
    expect(&b, POST("/", "Expect: 100-continue\r\nContent-Length: 2\r\n\r\n"),
           "HTTP/1.1 100 Continue\r\n\r\n");
    PT_AUTO(pt_buf_done) pt_buf head = PT_BUF(4096);
    pt_buf_putz(&head, "GET /");
    pt_buf_fill(&head, 'a', 300);
    pt_buf_putc(&head, '\0');
    expect(&b, head.p, "HTTP/1.1 431 ");
    assert_int_equal(atomic_load(&b.handled), 0);
    // The last is one too much, whatever is announced; the server goes on.
    expect(&b, POST("/", "Content-Length: 16\r\n\r\n0123456789abcdef"), "POST / 0123456789abcdef");
    stop(&b);
}

// Ten that send most of a body and then nothing: together they may hold 5 MiB, and who comes with
// little is answered all the while.
static void test_http_server_bounds_what_unfinished_requests_hold(void **state) {
    enum {
        CLIENTS = 10,
        BODY = 900 << 10,
    };
    bench b = {0};
    (void)state;
    start(&b, (pt_http_server_opts){.body_bytes_max = 1 << 20, .threads = 1});
    PT_AUTO(pt_buf_done) pt_buf request = PT_BUF(1 << 20);
    pt_buf_putz(&request, POST("/", "Content-Length: 1048576\r\n\r\n"));
    pt_buf_fill(&request, 'x', BODY);
    int fds[CLIENTS];
    size_t refused = 0;
    for (size_t i = 0; i < CLIENTS; i++) {
        fds[i] = dial(&b);
        // What is refused on the way is read and thrown away, so all of it can be sent.
        assert_int_equal(pt_fd_write_all(fds[i], pt_buf_str(&request), NULL), PT_OK);
    }
    expect(&b, GET("/small"), "GET /small ");
    for (size_t i = 0; i < CLIENTS; i++) {
        struct pollfd p = {.fd = fds[i], .events = POLLIN};
        char room[64] = "";
        if (poll(&p, 1, 200) == 1 && read(fds[i], room, sizeof room - 1) > 0)
            refused += pt_str_starts(pt_str_of(room), PT_STR("HTTP/1.1 503 "));
        close(fds[i]);
    }
    assert_in_range(refused, 4, 6);
    assert_int_equal(atomic_load(&b.handled), 1);
    expect(&b, GET("/after"), "GET /after ");
    stop(&b);
}

static void test_http_server_ends_slow_requests(void **state) {
    bench b = {0};
    (void)state;
    start(&b, (pt_http_server_opts){.read_timeout_s = 1, .idle_timeout_s = 60});
    PT_AUTO(pt_buf_done) pt_buf got = PT_BUF(4096);
    PT_AUTO(pt_fd_close) int kept = dial(&b);
    say(kept, GET("/1"));
    assert_true(hear(kept, &got, "GET /1 "));
    pt_buf_clear(&got);
    PT_AUTO(pt_fd_close) int slow = dial(&b);
    PT_AUTO(pt_fd_close) int idle = dial(&b);
    int64_t began = pt_monotonic_ns();
    say(slow, "GET / HTTP/1.1\r\n");
    assert_true(hear(slow, &got, "HTTP/1.1 408 "));
    pt_buf_clear(&got);
    assert_true(hear(idle, &got, NULL));
    assert_int_equal(got.n, 0); // nothing was asked
    say(kept, GET("/2"));       // between two requests there is more time
    assert_true(hear(kept, &got, "GET /2 "));
    assert_true(pt_monotonic_ns() - began < 5 * PT_SECOND_NS);
    stop(&b);
}

static void test_http_server_takes_many_connections_and_bounds_them(void **state) {
    enum {
        MANY = 64
    };
    bench b = {0};
    (void)state;
    start(&b, (pt_http_server_opts){.threads = 2, .connections_max = 8});
    int fds[MANY];
    for (size_t i = 0; i < MANY; i++) {
        fds[i] = dial(&b);
        say(fds[i], GET("/big"));
    }
    for (size_t i = 0; i < MANY; i++) { // each that ends makes room for another
        PT_AUTO(pt_buf_done) pt_buf got = PT_BUF((size_t)4 << 20);
        assert_true(hear(fds[i], &got, "GET /big "));
        assert_true(got.n > (size_t)1 << 20);
        close(fds[i]);
    }
    assert_int_equal(atomic_load(&b.handled), MANY);
    stop(&b);
}

// Neither who says nothing keeps others out, nor who has said all.
static void test_http_server_sends_away_who_asks_nothing(void **state) {
    bench b = {0};
    (void)state;
    start(&b, (pt_http_server_opts){.threads = 1, .connections_max = 3});
    PT_AUTO(pt_fd_close) int kept = dial(&b);
    PT_AUTO(pt_buf_done) pt_buf got = PT_BUF(65536);
    say(kept, GET("/first"));
    assert_true(hear(kept, &got, "GET /first "));
    PT_AUTO(pt_fd_close) int silent = dial(&b);
    PT_AUTO(pt_fd_close) int half = dial(&b);
    say(half, "GET /never HTTP/1.1\r\n");
    int64_t began = pt_monotonic_ns();
    for (size_t i = 0; i < 3; i++) { // the silent one goes, the half one, the one that was answered
        int next = dial(&b);
        pt_buf_clear(&got);
        say(next, GET("/next"));
        assert_true(hear(next, &got, "GET /next "));
        close(next);
        usleep(1000);
    }
    PT_AUTO(pt_fd_close) int fourth = dial(&b);
    PT_AUTO(pt_fd_close) int fifth = dial(&b);
    const int both[] = {fourth, fifth};
    for (size_t i = 0; i < 2; i++) {
        pt_buf_clear(&got);
        say(both[i], GET("/both"));
        assert_true(hear(both[i], &got, "GET /both "));
    }
    assert_true(pt_monotonic_ns() - began < 10 * PT_SECOND_NS); // and not the 60 of a slow request
    stop(&b);
}

static void test_http_server_stop_answers_what_is_under_way(void **state) {
    bench b = {.hold = true};
    (void)state;
    start(&b, (pt_http_server_opts){.threads = 2});
    PT_AUTO(pt_buf_done) pt_buf got = PT_BUF(65536);
    PT_AUTO(pt_fd_close) int idle = dial(&b);
    PT_AUTO(pt_fd_close) int busy = dial(&b);
    PT_AUTO(pt_fd_close) int half = dial(&b);
    say(half, POST("/half", "Content-Length: 4\r\n\r\nab"));
    usleep(20000); // it has come before
    say(busy, GET("/slow"));
    while (atomic_load(&b.handled) == 0)
        usleep(1000);
    pt_http_server_stop(b.server);
    atomic_store(&b.hold, false);
    say(half, "cd");
    assert_true(hear(busy, &got, "GET /slow "));
    assert_true(hear(half, &got, "POST /half abcd"));
    assert_true(hear(idle, &got, NULL)); // closed at once
    stop(&b);
    assert_int_equal(atomic_load(&b.handled), 2);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_http_server_answers_one_after_another),
        cmocka_unit_test(test_http_server_refuses_what_is_too_much_or_unclear),
        cmocka_unit_test(test_http_server_bounds_what_unfinished_requests_hold),
        cmocka_unit_test(test_http_server_ends_slow_requests),
        cmocka_unit_test(test_http_server_takes_many_connections_and_bounds_them),
        cmocka_unit_test(test_http_server_sends_away_who_asks_nothing),
        cmocka_unit_test(test_http_server_stop_answers_what_is_under_way),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
