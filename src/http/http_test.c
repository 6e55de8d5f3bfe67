// Names become addresses, and each of them is tried.
#include <arpa/inet.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/fd.h"
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

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_http_each_address_is_tried),
        cmocka_unit_test(test_http_no_address_that_listens_is_a_refusal),
        cmocka_unit_test(test_http_urls_resolve_to_numbers),
        cmocka_unit_test(test_http_a_name_has_all_its_addresses),
        cmocka_unit_test(test_http_send_gives_head_and_body),
        cmocka_unit_test(test_http_send_connects_to_given_addresses_only),
        cmocka_unit_test(test_http_send_ends_when_it_is_told_to),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
