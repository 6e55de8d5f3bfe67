// http.send through the real client, to a server on loopback: what comes back, and what is refused.
#include <arpa/inet.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/testing.h"
#include "cli/net.h"
#include "value/json.h"

// The command line has --allow-net and nothing else.
const char *pt_args_nth(const pt_args *a, const char *name, size_t nth) {
    assert_string_equal(name, "allow-net");
    return nth < a->n ? a->values[nth].value : NULL;
}

typedef struct stage {
    uint16_t port;
    pid_t server;
    pt_cli_net net;
    pt_arena a;
    pt_fn_world world;
    pt_call c;
} stage;

// A server on 127.0.0.1 that gives the same answer to each request.
static void serve(stage *s, const char *answer) {
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    socklen_t n = sizeof at;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_true(fd >= 0 && bind(fd, (struct sockaddr *)&at, n) == 0 && listen(fd, 4) == 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&at, &n), 0);
    s->port = ntohs(at.sin_port);
    s->server = fork();
    assert_true(s->server >= 0);
    if (s->server == 0) // a test that fails does not get to done()
        PT_IGNORE(prctl(PR_SET_PDEATHSIG, SIGKILL) < 0);
    while (s->server == 0) {
        char request[4096];
        int one = accept(fd, NULL, NULL);
        PT_IGNORE(read(one, request, sizeof request) < 0);
        PT_IGNORE(pt_fd_write_all(one, pt_str_of(answer), NULL));
        close(one);
    }
    close(fd);
}

static void set(stage *s, const char *answer, const char *host) {
    const pt_args args = {.values = {{NULL, host}}, .n = 1};
    *s = (stage){0};
    serve(s, answer);
    assert_int_equal(pt_cli_net_open(&s->net, &args, &s->world.net, NULL), PT_OK);
    assert_non_null(s->world.net);
    s->c = (pt_call){.arena = &s->a, .world = &s->world};
}

static void done(stage *s) {
    kill(s->server, SIGKILL);
    waitpid(s->server, NULL, 0);
    pt_cli_net_close(&s->net);
    pt_arena_done(&s->a);
}

// The request's fields besides "url", which gets the server's port.
static pt_value send_to(stage *s, const char *host, const char *fields) {
    pt_str text =
        pt_arena_printf(&s->a, "{\"url\": \"http://%s:%u/x\", %s}", host, s->port, fields);
    pt_value v;
    assert_int_equal(pt_json_parse(&s->a, text, NULL, &v, NULL), PT_OK);
    s->c.fault = PT_FAULT_NONE;
    s->c.sent = NULL;
    return pt_fn_call(&s->c, pt_fn_find(PT_STR("http.send")), &v);
}

static void test_answer_comes_through_libcurl(void **state) {
    (void)state;
    stage s;
    set(&s,
        "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 201 Made\r\nA: 1\r\na: 2\r\nContent-Length: "
        "2\r\n\r\nok",
        "127.0.0.1");
    static const char *const rows[] = {
        "\"method\": \"get\"", "\"method\": \"put\", \"raw_body\": \"x\"",
        "\"method\": \"delete\", \"headers\": {\"content-type\": \"\", \"Host\": \"h.example\"}"};
    for (size_t i = 0; i < PT_COUNT(rows); i++) {
        pt_value v = send_to(&s, "127.0.0.1", rows[i]);
        assert_str(pt_text(pt_getz(v, "status")), "201 Made");
        assert_str(pt_text(pt_getz(v, "raw_body")), "ok");
        assert_int_equal(pt_len(pt_getz(pt_getz(v, "headers"), "a")), 2);
    }
    done(&s);
}

static void test_name_needs_the_right_address(void **state) {
    (void)state;
    static const char answer[] = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
    stage s;
    set(&s, answer, "localhost");
    assert_true(pt_defined(send_to(&s, "localhost", "\"method\": \"get\"")));
    assert_false(pt_defined(send_to(&s, "127.0.0.1", "\"method\": \"get\"")));
    assert_int_equal(s.c.fault, PT_FAULT_END);
    // a name that came to mean another address since it was allowed
    memcpy(s.net.hosts.v[0].found.address[0], "169.254.169.254", sizeof "169.254.169.254");
    s.net.hosts.v[0].found.n = 1;
    assert_false(pt_defined(send_to(&s, "localhost", "\"method\": \"get\"")));
    assert_int_equal(s.c.fault, PT_FAULT_END);
    assert_true(pt_str_has(s.c.message, PT_STR("not public")));
    done(&s);
}

static void test_what_is_no_answer_is_an_error(void **state) {
    (void)state;
    static const struct {
        const char *answer, *why;
    } rows[] = {
        {"", "EOF"},
        {"nonsense\r\n\r\n", "net/http: malformed HTTP response"},
        {"HTTP/1.1 200 OK\r\nContent-Length: +5\r\n\r\nhello", "net/http: malformed HTTP response"},
        {"HTTP/1.1 200 OK\r\nContent-Length: 5 5\r\n\r\nhello",
         "net/http: malformed HTTP response"},
        {"HTTP/1.1 200 OK\r\nContent-Length: 5, 5\r\n\r\nhello",
         "net/http: malformed HTTP response"},
        {"HTTP/1.1 200 OK\r\nContent-Length: 6\r\nContent-Length: 5\r\n\r\nhello",
         "net/http: malformed HTTP response"},
        {"HTTP/1.1 200 OK\r\nno colon\r\nContent-Length: 0\r\n\r\n",
         "net/http: malformed HTTP response"}};
    for (size_t i = 0; i < PT_COUNT(rows); i++) {
        stage s;
        set(&s, rows[i].answer, "127.0.0.1");
        pt_value v = send_to(&s, "127.0.0.1", "\"method\": \"get\", \"raise_error\": false");
        pt_str message = pt_text(pt_getz(pt_getz(v, "error"), "message"));
        if (!pt_str_ends(message, pt_str_of(rows[i].why)))
            fail_msg("%.*s", PT_PRI(message));
        done(&s);
    }
}

static void test_certificates_that_are_none_are_wrong(void **state) {
    (void)state;
    static const struct {
        const char *fields, *why;
    } rows[] = {
        {"\"tls_ca_cert\": \"x\"", "could not append certificates"},
        {"\"tls_ca_cert_file\": \"/proc/self/comm\"",
         "could not append CA certificates from \"/proc/self/comm\""},
        {"\"tls_ca_cert_file\": \"/nowhere\"", "open /nowhere: no such file or directory"},
        {"\"tls_ca_cert_env_variable\": \"PT_NO_SUCH\"",
         "could not add CA certificates from envvar \"PT_NO_SUCH\": could not append certificates"},
        {"\"tls_client_cert\": \"x\", \"tls_client_key\": \"y\"",
         "tls: failed to find any PEM data in certificate input"}};
    stage s;
    set(&s, "", "127.0.0.1");
    for (size_t i = 0; i < PT_COUNT(rows); i++) {
        pt_str fields = pt_arena_printf(&s.a, "\"method\": \"get\", %s", rows[i].fields);
        assert_false(pt_defined(send_to(&s, "127.0.0.1", fields.p)));
        assert_str(s.c.message, rows[i].why);
    }
    done(&s);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_answer_comes_through_libcurl),
        cmocka_unit_test(test_name_needs_the_right_address),
        cmocka_unit_test(test_what_is_no_answer_is_an_error),
        cmocka_unit_test(test_certificates_that_are_none_are_wrong),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
