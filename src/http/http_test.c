// Names become addresses, and each of them is tried.
#include <arpa/inet.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/instant.h"
#include "base/testing.h"
#include "http/client.h"
#include "http/resolve.h"

// A server on 127.0.0.1 that answers one request with "hello".
static pid_t serve_once(uint16_t *ret_port) {
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    socklen_t n = sizeof at;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_true(fd >= 0 && bind(fd, (struct sockaddr *)&at, n) == 0 && listen(fd, 1) == 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&at, &n), 0);
    *ret_port = ntohs(at.sin_port);
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        char request[4096];
        int one = accept(fd, NULL, NULL);
        PT_IGNORE(read(one, request, sizeof request) < 0);
        PT_IGNORE(pt_fd_write_all(
            one, PT_STR("HTTP/1.1 200 OK\r\nContent-Length: 5\r\nConnection: close\r\n\r\nhello"),
            NULL));
        _exit(0);
    }
    close(fd);
    return pid;
}

static pt_code ask(const pt_host *to, pt_http_answer *ret, pt_err *e) {
    char url[64];
    snprintf(url, sizeof url, "http://engine.example:%u/", to->port);
    pt_http_client *c = NULL;
    pt_code code = pt_http_client_new(&c, &(pt_http_opts){.unix_socket = -1, .to = to}, e);
    assert_int_equal(code, PT_OK);
    code = pt_http_ask(c, url, NULL, ret, e);
    pt_http_client_free(c);
    return code;
}

static void test_http_each_address_is_tried(void **state) {
    (void)state;
    pt_host to = {.address = {"::1", "127.0.0.9", "127.0.0.1"}, .n = 3};
    pid_t server = serve_once(&to.port);
    pt_http_answer answer = {0};
    pt_err e = {0};
    pt_code code = ask(&to, &answer, &e);
    kill(server, SIGKILL); // one that nobody reached still waits
    waitpid(server, NULL, 0);
    if (code)
        print_error("%s\n", e.what);
    assert_int_equal(code, PT_OK);
    assert_int_equal(answer.status, 200);
    assert_true(pt_str_eqz(pt_buf_str(&answer.body), "hello"));
    pt_buf_done(&answer.body);
}

static void test_http_no_address_that_listens_is_a_refusal(void **state) {
    (void)state;
    pt_host to = {.address = {"127.0.0.8", "127.0.0.9"}, .n = 2, .port = 9};
    pt_http_answer answer;
    pt_err e = {0};
    assert_int_equal(ask(&to, &answer, &e), PT_E_IO);
    assert_string_equal(e.what, "connect: Connection refused");
}

static void test_http_urls_resolve_to_numbers(void **state) {
    (void)state;
    static const struct {
        const char *url, *address; // NULL: a usage error
        uint16_t port;
        bool loopback;
    } cases[] = {
        {"http://127.0.0.1:2375", "127.0.0.1", 2375, true},
        {"https://[::1]/hook", "::1", 443, true},
        {"http://192.0.2.7/x?y", "192.0.2.7", 80, false},
        {"ftp://127.0.0.1/", NULL, 0, false},
        {"127.0.0.1", NULL, 0, false},
        {"http://127.0.0.1:65536/", NULL, 0, false},
    };
    for (size_t i = 0; i < PT_COUNT(cases); i++) {
        pt_host host = {.n = 77};
        pt_err e = {0};
        pt_code code = pt_http_resolve(cases[i].url, &host, &e);
        assert_int_equal(code, cases[i].address ? PT_OK : PT_E_USAGE);
        assert_int_equal(host.n, cases[i].address ? 1 : 77); // set on success only
        if (code)
            continue;
        assert_string_equal(host.address[0], cases[i].address);
        assert_int_equal(host.port, cases[i].port);
        assert_int_equal(host.loopback, cases[i].loopback);
    }
}

static void test_http_a_name_has_all_its_addresses(void **state) {
    (void)state;
    pt_host host;
    pt_err e = {0};
    assert_int_equal(pt_http_resolve("http://localhost:1/", &host, &e), PT_OK);
    assert_true(host.n >= 1 && host.loopback);
    assert_int_equal(pt_http_resolve("http://no.such.host.invalid/", &host, &e), PT_E_IO);
}

// -- requests in full -----------------------------------------------------------------------------

static pt_code send_to(const pt_host *to, const char *url, const pt_http_request *r,
                       pt_http_answer *ret, pt_err *e) {
    pt_http_client *c = NULL;
    assert_int_equal(pt_http_client_new(&c, &(pt_http_opts){.unix_socket = -1, .to = to}, e),
                     PT_OK);
    pt_code code = pt_http_send(c, url, r, ret, e);
    pt_http_client_free(c);
    return code;
}

static void test_http_send_gives_head_and_body(void **state) {
    (void)state;
    static const char *const headers[] = {"X-One: 1", "X-Empty;"};
    pt_host to = {.address = {"127.0.0.1"}, .n = 1};
    pid_t server = serve_once(&to.port);
    char url[64];
    snprintf(url, sizeof url, "http://engine.example:%u/a/../b", to.port);
    pt_http_answer answer = {0};
    pt_err e = {0};
    const pt_http_request r = {.method = "PURGE", .headers = headers, .n_headers = 2};
    assert_int_equal(send_to(&to, url, &r, &answer, &e), PT_OK);
    waitpid(server, NULL, 0);
    assert_str(pt_buf_str(&answer.body), "hello");
    assert_str(pt_buf_str(&answer.head),
               "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nConnection: close\r\n\r\n");
    pt_buf_done(&answer.head);
    pt_buf_done(&answer.body);
}

// Whatever a URL says, and were it one that libcurl reads in its own way.
static void test_http_send_connects_to_given_addresses_only(void **state) {
    (void)state;
    static const char *const hosts[] = {"127.0.0.1", "0x7f.1", "2130706433", "localhost"};
    pt_host to = {.address = {"127.0.0.9"}, .n = 1};
    pid_t server = serve_once(&to.port);
    uint16_t port = to.port;
    to.port = 9; // so that libcurl has no address for the URL's port
    for (size_t i = 0; i < PT_COUNT(hosts); i++) {
        char url[64];
        snprintf(url, sizeof url, "http://%s:%u/", hosts[i], port);
        pt_http_answer answer;
        pt_err e = {0};
        assert_int_equal(send_to(&to, url, &(pt_http_request){.method = "GET"}, &answer, &e),
                         PT_E_IO);
    }
    int status;
    assert_int_equal(waitpid(server, &status, WNOHANG), 0); // nobody came
    kill(server, SIGKILL);
    waitpid(server, NULL, 0);
}

static bool at_once(void *context) {
    (void)context;
    return true;
}

static void test_http_send_ends_when_it_is_told_to(void **state) {
    (void)state;
    pt_host to = {.address = {"127.0.0.1"}, .n = 1};
    pid_t server = serve_once(&to.port);
    char url[64];
    snprintf(url, sizeof url, "http://engine.example:%u/", to.port);
    pt_http_answer answer;
    pt_err e = {0};
    const pt_http_request r = {.method = "GET", .stop = at_once};
    assert_int_equal(send_to(&to, url, &r, &answer, &e), PT_E_TIMEOUT);
    kill(server, SIGKILL);
    waitpid(server, NULL, 0);
}

// -- several requests, and answers in pieces ------------------------------------------------------

// A server on 127.0.0.1 that runs `talk` on one connection.
static pid_t serve_talk(pt_host *ret, void (*talk)(int fd)) {
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    socklen_t n = sizeof at;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_true(fd >= 0 && bind(fd, (struct sockaddr *)&at, n) == 0 && listen(fd, 1) == 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&at, &n), 0);
    *ret = (pt_host){.address = {"127.0.0.1"}, .n = 1, .port = ntohs(at.sin_port)};
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        talk(accept(fd, NULL, NULL));
        _exit(0);
    }
    close(fd);
    return pid;
}

static void hear(int fd, pt_buf *ret) {
    char request[4096];
    ssize_t n = read(fd, request, sizeof request);
    if (n > 0)
        pt_buf_put(ret, (pt_str){request, (size_t)n});
}

static void echo_twice(int fd) {
    for (int i = 0; i < 2; i++) {
        PT_AUTO(pt_buf_done) pt_buf in = PT_BUF(8192);
        PT_AUTO(pt_buf_done) pt_buf out = PT_BUF(8192);
        hear(fd, &in);
        pt_buf_printf(&out, "HTTP/1.1 200 OK\r\nContent-Length: %zu\r\n\r\n%.*s", in.n,
                      PT_PRI(pt_buf_str(&in)));
        PT_IGNORE(pt_fd_write_all(fd, pt_buf_str(&out), NULL));
    }
}

static void test_http_send_nothing_stays_of_the_request_before(void **state) {
    (void)state;
    pt_host to;
    pid_t server = serve_talk(&to, echo_twice);
    char url[64];
    snprintf(url, sizeof url, "http://engine.example:%u/", to.port);
    pt_http_client *c = NULL;
    pt_http_answer answer = {0};
    pt_err e = {0};
    const pt_http_request post = {.method = "POST", .body = PT_STR("a body")};
    const pt_http_request get = {.method = "GET"};
    assert_int_equal(pt_http_client_new(&c, &(pt_http_opts){.unix_socket = -1, .to = &to}, &e),
                     PT_OK);
    assert_int_equal(pt_http_send(c, url, &post, &answer, &e), PT_OK);
    assert_true(pt_str_has(pt_buf_str(&answer.body), PT_STR("a body")));
    pt_buf_done(&answer.head);
    pt_buf_done(&answer.body);
    assert_int_equal(pt_http_send(c, url, &get, &answer, &e), PT_OK);
    assert_true(pt_str_starts(pt_buf_str(&answer.body), PT_STR("GET / HTTP/1.1\r\n")));
    assert_false(pt_str_has(pt_buf_str(&answer.body), PT_STR("Content-Length")));
    assert_false(pt_str_has(pt_buf_str(&answer.body), PT_STR("a body")));
    pt_buf_done(&answer.head);
    pt_buf_done(&answer.body);
    pt_http_client_free(c);
    waitpid(server, NULL, 0);
}

static void talk_pieces(int fd, const char *status) {
    PT_AUTO(pt_buf_done) pt_buf in = PT_BUF(8192);
    hear(fd, &in);
    PT_IGNORE(pt_fd_write_all(fd, PT_STR("HTTP/1.1 "), NULL));
    PT_IGNORE(pt_fd_write_all(fd, pt_str_of(status), NULL));
    PT_IGNORE(
        pt_fd_write_all(fd, PT_STR("\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n"), NULL));
    usleep(50000);
    PT_IGNORE(pt_fd_write_all(fd, PT_STR("2\r\nbc\r\n"), NULL));
}

static void talk_ok(int fd) {
    talk_pieces(fd, "200 OK");
    PT_IGNORE(pt_fd_write_all(fd, PT_STR("0\r\n\r\n"), NULL));
}

static void talk_failure(int fd) {
    talk_pieces(fd, "500 Sorry");
    PT_IGNORE(pt_fd_write_all(fd, PT_STR("0\r\n\r\n"), NULL));
}

static void talk_and_fall_silent(int fd) {
    talk_pieces(fd, "200 OK");
    pause();
}

typedef struct pieces {
    pt_buf all;
    int n, max;
    int status; // of what began
    bool refused;
} pieces;

static bool begin_pieces(void *context, int status, pt_str head) {
    pieces *p = context;
    assert_int_equal(p->n, 0);
    assert_true(pt_str_starts(head, PT_STR("HTTP/1.1 ")));
    p->status = status;
    return !p->refused;
}

static bool take_piece(void *context, pt_str piece) {
    pieces *p = context;
    pt_buf_put(&p->all, piece);
    return ++p->n != p->max;
}

static pt_code take_from(void (*talk)(int fd), pieces *p, uint32_t idle_ms, pt_http_answer *ret,
                         pt_err *e) {
    pt_host to;
    pid_t server = serve_talk(&to, talk);
    char url[64];
    snprintf(url, sizeof url, "http://engine.example:%u/", to.port);
    const pt_http_request r = {.method = "GET",
                               .take = take_piece,
                               .begin = begin_pieces,
                               .take_context = p,
                               .idle_ms = idle_ms};
    p->all = PT_BUF(100);
    pt_code code = send_to(&to, url, &r, ret, e);
    kill(server, SIGKILL);
    waitpid(server, NULL, 0);
    return code;
}

static void test_http_send_body_in_pieces(void **state) {
    (void)state;
    pieces p = {0};
    pt_http_answer answer = {0};
    pt_err e = {0};
    assert_int_equal(take_from(talk_ok, &p, 0, &answer, &e), PT_OK);
    assert_str(pt_buf_str(&p.all), "abc");
    assert_int_equal(p.n, 2);
    assert_int_equal(answer.body.n, 0);
    pt_buf_done(&answer.head);
    pt_buf_done(&p.all);
    p = (pieces){.max = 1}; // it wants no more
    assert_int_equal(take_from(talk_ok, &p, 0, &answer, &e), PT_E_IO);
    assert_str(pt_buf_str(&p.all), "a");
    pt_buf_done(&p.all);
    p = (pieces){.refused = true}; // nor anything
    assert_int_equal(take_from(talk_ok, &p, 0, &answer, &e), PT_E_IO);
    assert_int_equal(p.status, 200);
    assert_int_equal(p.n, 0);
    pt_buf_done(&p.all);
    p = (pieces){0}; // what a refusal says is gathered
    assert_int_equal(take_from(talk_failure, &p, 0, &answer, &e), PT_OK);
    assert_int_equal(p.n, 0);
    assert_int_equal(p.status, 0);
    assert_int_equal(answer.status, 500);
    assert_str(pt_buf_str(&answer.body), "abc");
    pt_buf_done(&answer.head);
    pt_buf_done(&answer.body);
    pt_buf_done(&p.all);
}

static void test_http_send_silence_ends_it(void **state) {
    (void)state;
    pieces p = {0};
    pt_http_answer answer = {0};
    pt_err e = {0};
    int64_t begun = pt_monotonic_ns();
    assert_int_equal(take_from(talk_and_fall_silent, &p, 300, &answer, &e), PT_E_TIMEOUT);
    assert_string_equal(e.what, "nothing came for 1 s");
    assert_true(pt_monotonic_ns() - begun < 3 * PT_SECOND_NS); // the client's limit is 10 s
    assert_str(pt_buf_str(&p.all), "abc");
    pt_buf_done(&p.all);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_http_each_address_is_tried),
        cmocka_unit_test(test_http_no_address_that_listens_is_a_refusal),
        cmocka_unit_test(test_http_urls_resolve_to_numbers),
        cmocka_unit_test(test_http_a_name_has_all_its_addresses),
        cmocka_unit_test(test_http_send_gives_head_and_body),
        cmocka_unit_test(test_http_send_connects_to_given_addresses_only),
        cmocka_unit_test(test_http_send_ends_when_it_is_told_to),
        cmocka_unit_test(test_http_send_nothing_stays_of_the_request_before),
        cmocka_unit_test(test_http_send_body_in_pieces),
        cmocka_unit_test(test_http_send_silence_ends_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
