// http.send over a network that the test plays: redirects, caches, limits.
#include <string.h>

#include "base/testing.h"
#include "judge/policy/fn/family.h"
#include "judge/policy/network.h"
#include "value/json.h"

enum {
    SENT_MAX = 32,
};

// What a server says, by the URL; and what it was asked.
typedef struct answer {
    const char *url; // "https://a.example/x"
    const char *head, *body;
} answer;

typedef struct stage {
    pt_arena a;
    pt_fn_world world;
    pt_net net;
    pt_net_allow allow;
    pt_net_place places[8];
    pt_call c;
    const answer *answers;
    size_t n_answers;
    pt_net_end end;        // of all others
    pt_str sent[SENT_MAX]; // "GET https://a.example/x Host: a.example Name: value … | body"
    size_t n_sent;
    atomic_bool cancel;
    bool cancel_while_sending;
} stage;

static void note(stage *s, const pt_net_request *r) {
    pt_str t = pt_arena_printf(&s->a, "%.*s %s://%.*s%.*s Host: %.*s", PT_PRI(r->method),
                               r->url->tls ? "https" : "http", PT_PRI(r->url->authority),
                               PT_PRI(r->url->target), PT_PRI(r->host));
    for (size_t i = 0; i < pt_len(r->headers); i++)
        if (!pt_str_eqz(pt_text(pt_key_at(r->headers, i)), "User-Agent"))
            t = pt_arena_printf(&s->a, "%.*s %.*s: %.*s", PT_PRI(t),
                                PT_PRI(pt_text(pt_key_at(r->headers, i))),
                                PT_PRI(pt_text(pt_val_at(r->headers, i))));
    if (r->tls->key.n)
        t = pt_arena_printf(&s->a, "%.*s with key", PT_PRI(t));
    if (r->body.n)
        t = pt_arena_printf(&s->a, "%.*s | %.*s", PT_PRI(t), PT_PRI(r->body));
    assert_true(s->n_sent < SENT_MAX);
    s->sent[s->n_sent++] = t;
}

static pt_net_end fetch(void *context, pt_call *c, const pt_net_request *r, pt_net_answer *ret) {
    stage *s = context;
    note(s, r);
    atomic_store(&s->cancel, s->cancel_while_sending);
    pt_str url = pt_arena_printf(&s->a, "%s://%.*s%.*s", r->url->tls ? "https" : "http",
                                 PT_PRI(r->url->authority), PT_PRI(r->url->target));
    for (size_t i = 0; i < s->n_answers; i++) {
        const answer *a = &s->answers[i];
        if (!pt_str_eqz(url, a->url))
            continue;
        ret->body = pt_str_of(a->body);
        if (pt_net_head_read(c->arena, pt_str_of(a->head), false, ret))
            return PT_NET_ANSWERED;
        assert_true(c->arena->full);
        return PT_NET_FAILED;
    }
    ret->why = PT_STR("no such thing");
    return s->end;
}

static pt_net_end lookup(void *context, pt_call *c, pt_str name, pt_list *ret, pt_str *ret_why) {
    (void)context, (void)c;
    *ret_why = PT_STR("no such host");
    if (!pt_str_eqz(name, "a.example"))
        return pt_str_eqz(name, "b.example") ? PT_NET_FAILED : PT_NET_REFUSED;
    pt_list_add(ret, pt_stringz("198.51.100.7"));
    pt_list_add(ret, pt_stringz("2001:db8::7"));
    return PT_NET_ANSWERED;
}

// A stage on which a.example and b.example may be reached.
static void set(stage *s, const answer *answers, size_t n) {
    *s = (stage){.answers = answers, .n_answers = n, .end = PT_NET_FAILED};
    static const char *const names[] = {"a.example", "b.example"};
    for (size_t i = 0; i < PT_COUNT(names); i++)
        assert_int_equal(pt_net_place_read(&s->a, pt_str_of(names[i]), &s->places[i], NULL), 0);
    s->allow = (pt_net_allow){s->places, PT_COUNT(names)};
    s->net = (pt_net){&s->allow, fetch, lookup, s};
    s->world = (pt_fn_world){
        .net = &s->net, .cancel = &s->cancel, .now_ns = INT64_C(784111777) * 1000000000};
    s->c = (pt_call){.arena = &s->a, .world = &s->world};
}

static pt_value call(stage *s, const char *name, pt_value operand) {
    s->c.fault = PT_FAULT_NONE;
    return pt_fn_call(&s->c, pt_fn_find(pt_str_of(name)), &operand);
}

static pt_value send_json(stage *s, const char *request) {
    pt_value v;
    assert_int_equal(pt_json_parse(&s->a, pt_str_of(request), NULL, &v, NULL), PT_OK);
    return call(s, "http.send", v);
}

// -- answers --------------------------------------------------------------------------------------

static void test_head_is_read_as_go_gives_it(void **state) {
    (void)state;
    static const struct {
        const char *head, *status, *headers;
    } rows[] = {
        {"HTTP/1.1 200 OK\r\nA: 1\r\na:  2 \r\nB:\r\n\r\n", "200 OK",
         "{\"a\":[\"1\",\"2\"],\"b\":[\"\"]}"},
        {"HTTP/1.1 200 \r\n\r\n", "200 ", "{}"},
        {"HTTP/1.0 404\n\n", "404", "{}"},
        {"HTTP/1.1 200 OK\r\nA: 1\r\n  2\r\n\r\nB: behind\r\n", "200 OK", "{\"a\":[\"1 2\"]}"},
        {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n", "200 OK",
         "{}"},
        {"HTTP/1.1 200 OK\r\nContent-Length: 05\r\nContent-Length: 05 \r\n\r\n", "200 OK",
         "{\"content-length\":[\"05\"]}"},
        {"HTTP/1.1 200 OK\r\nConnection: keep-alive\r\n\r\n", "200 OK",
         "{\"connection\":[\"keep-alive\"]}"},
    };
    static const char *const broken[] = {"",
                                         "HTTP/1.1\r\n",
                                         "HTTP/1.1 20\r\n",
                                         "HTTP/1.1 2000\r\n",
                                         "ICY 200 OK\r\n",
                                         "HTTP/1.1 200 OK\r\nno colon\r\n\r\n",
                                         "HTTP/1.1 200 OK\r\n: x\r\n\r\n",
                                         "HTTP/1.1 200 OK\r\n folded\r\n\r\n",
                                         "HTTP/1.1 200 OK\r\nContent-Length: +5\r\n\r\n",
                                         "HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\n",
                                         "HTTP/1.1 200 OK\r\nContent-Length: 5 5\r\n\r\n",
                                         "HTTP/1.1 200 OK\r\nContent-Length: 5, 5\r\n\r\n",
                                         "HTTP/1.1 200 OK\r\nContent-Length: 0x5\r\n\r\n",
                                         "HTTP/1.1 200 OK\r\nContent-Length:\r\n\r\n",
                                         "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n"
                                         "content-length: 6\r\n\r\n",
                                         "HTTP/1.1 200 OK\r\n"
                                         "Content-Length: 9999999999999999999\r\n\r\n"};
    pt_arena a = {0};
    pt_net_answer got;
    for (size_t i = 0; i < PT_COUNT(rows); i++) {
        pt_buf b = PT_BUF(4096);
        assert_true(pt_net_head_read(&a, pt_str_of(rows[i].head), false, &got));
        assert_str(got.status_text, rows[i].status);
        assert_int_equal(pt_json_write(&b, got.headers, NULL, NULL), PT_OK);
        assert_str(pt_buf_str(&b), rows[i].headers);
        pt_buf_done(&b);
    }
    for (size_t i = 0; i < PT_COUNT(broken); i++)
        assert_false(pt_net_head_read(&a, pt_str_of(broken[i]), false, &got));
    assert_true(pt_net_head_read(
        &a, PT_STR("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 9\r\n\r\n"), true,
        &got));
    assert_int_equal(pt_len(got.headers), 0);
    pt_arena_done(&a);
}

#define OK "HTTP/1.1 200 OK\r\n"

static void test_answer_has_all_that_opa_gives(void **state) {
    (void)state;
    static const answer answers[] = {
        {"http://a.example/", OK "Content-Type: application/json\r\n\r\n", "{\"x\": [1]}"}};
    stage s;
    set(&s, answers, 1);
    pt_value v = send_json(&s, "{\"method\": \"post\", \"url\": \"http://a.example\", "
                               "\"headers\": {\"x-a\": \"b\"}, \"body\": {\"k\": \"<\"}}");
    pt_buf b = PT_BUF(4096);
    assert_int_equal(pt_json_write(&b, v, NULL, NULL), PT_OK);
    assert_str(pt_buf_str(&b),
               "{\"body\":{\"x\":[1]},\"headers\":{\"content-type\":[\"application/json\"]},"
               "\"raw_body\":\"{\\\"x\\\": [1]}\",\"status\":\"200 OK\",\"status_code\":200}");
    pt_buf_done(&b);
    assert_str(s.sent[0], "POST http://a.example/ Host: a.example X-A: b | {\"k\":\"\\u003c\"}");
    pt_arena_done(&s.a);
}

// -- redirects ------------------------------------------------------------------------------------

#define TO(where) "HTTP/1.1 302 Found\r\nLocation: " where "\r\n\r\n"

static void test_redirect_takes_nothing_of_the_policys_to_another_server(void **state) {
    (void)state;
    static const answer answers[] = {
        {"https://a.example/in", TO("/next"), ""},
        {"https://a.example/next", "HTTP/1.1 307 X\r\nLocation: https://b.example/out\r\n\r\n", ""},
        {"https://b.example/out", TO("https://a.example/back"), ""},
        {"https://a.example/back", OK "\r\n", "done"}};
    stage s;
    set(&s, answers, PT_COUNT(answers));
    pt_value v = send_json(
        &s, "{\"method\": \"post\", \"url\": \"https://me:pw@a.example/in\", \"enable_redirect\": "
            "true, \"raw_body\": \"b\", \"headers\": {\"Authorization\": \"secret\", \"X-Key\": "
            "\"secret\", \"Accept\": \"a/b\", \"Content-Type\": \"text/plain\"}, "
            "\"tls_client_cert\": \"c\", \"tls_client_key\": \"k\"}");
    assert_str(pt_text(pt_getz(v, "raw_body")), "done");
    assert_int_equal(s.n_sent, 4);
    assert_str(s.sent[0],
               "POST https://a.example/in Host: a.example Accept: a/b Authorization: secret "
               "Content-Type: text/plain X-Key: secret with key | b");
    assert_str(s.sent[1], "GET https://a.example/next Host: a.example Accept: a/b Authorization: "
                          "secret X-Key: secret with key");
    assert_str(s.sent[2], "GET https://b.example/out Host: b.example Accept: a/b");
    assert_str(s.sent[3], "GET https://a.example/back Host: a.example Accept: a/b");
    pt_arena_done(&s.a);
}

static void test_redirect_to_where_nobody_may_go_is_not_followed(void **state) {
    (void)state;
    static const struct {
        const char *to;
        bool ends; // the evaluation: it is a host that was not named, or none that may be
    } to[] = {{"http://c.example/", true},  {"http://169.254.169.254/latest", true},
              {"http://127.0.0.1/", true},  {"http://a.example@c.example/", true},
              {"file:///etc/passwd", true}, {"gopher://a.example/", true},
              {"//c.example/", true},       {"http://0x7f.1/", true},
              {"http://[::1]/", true},      {"http://a.example:x/", false}};
    for (size_t i = 0; i < PT_COUNT(to); i++) {
        stage s;
        set(&s, NULL, 0);
        const answer one = {"http://a.example/", pt_arena_printf(&s.a, TO("%s"), to[i].to).p, ""};
        s.answers = &one;
        s.n_answers = 1;
        assert_false(pt_defined(send_json(
            &s,
            "{\"method\": \"get\", \"url\": \"http://a.example/\", \"enable_redirect\": true}")));
        assert_int_equal(s.c.fault, to[i].ends ? PT_FAULT_END : PT_FAULT_BUILTIN);
        assert_int_equal(s.n_sent, 1);
        pt_value v = send_json(&s, "{\"method\": \"get\", \"url\": \"http://a.example/\", "
                                   "\"enable_redirect\": true, \"raise_error\": false}");
        assert_int_equal(s.c.fault, to[i].ends ? PT_FAULT_END : PT_FAULT_NONE);
        if (!to[i].ends)
            assert_str(pt_text(pt_getz(pt_getz(v, "error"), "code")),
                       "eval_http_send_network_error");
        pt_arena_done(&s.a);
    }
}

static void test_redirects_end_after_ten(void **state) {
    (void)state;
    static const answer answers[] = {{"http://a.example/", TO("/"), ""}};
    stage s;
    set(&s, answers, 1);
    assert_false(pt_defined(send_json(
        &s, "{\"method\": \"get\", \"url\": \"http://a.example/\", \"enable_redirect\": true}")));
    assert_str(s.c.message, "Get \"/\": stopped after 10 redirects");
    assert_int_equal(s.n_sent, 11);
    pt_arena_done(&s.a);
}

// -- what is refused ------------------------------------------------------------------------------

static void test_host_that_is_not_allowed_ends_the_evaluation(void **state) {
    (void)state;
    static const char *const urls[] = {"http://c.example/", "http://127.0.0.1/", "http://[::1]/",
                                       "http://a.example@c.example/"};
    stage s;
    set(&s, NULL, 0);
    for (size_t i = 0; i < PT_COUNT(urls); i++) {
        pt_str r = pt_arena_printf(
            &s.a, "{\"method\": \"get\", \"url\": \"%s\", \"raise_error\": false}", urls[i]);
        assert_false(pt_defined(send_json(&s, r.p)));
        assert_int_equal(s.c.fault, PT_FAULT_END);
        assert_true(pt_str_starts(s.c.message, PT_STR("refused: disallowed host: ")));
    }
    s.end = PT_NET_REFUSED; // the address behind the name
    assert_false(pt_defined(send_json(
        &s, "{\"method\": \"get\", \"url\": \"http://a.example/\", \"raise_error\": false}")));
    assert_int_equal(s.c.fault, PT_FAULT_END);
    assert_int_equal(s.n_sent, 1);
    pt_arena_done(&s.a);
}

// Nothing is sent, and no value of a header is said.
static void test_request_that_would_be_two_is_not_sent(void **state) {
    (void)state;
    static const char *const rows[] = {
        "\"method\": \"get\", \"headers\": {\"A\": \"hush\\r\\nB: c\"}",
        "\"method\": \"get\", \"headers\": {\"A\": \"hush\\u0000\"}",
        "\"method\": \"get\", \"headers\": {\"A\\r\\nB\": \"hush\"}",
        "\"method\": \"get\", \"headers\": {\"A B\": \"hush\"}",
        "\"method\": \"get\", \"headers\": {\"\": \"hush\"}",
        "\"method\": \"get\", \"headers\": {\"A\": [\"hush\"]}",
        "\"method\": \"get\", \"headers\": {\"Host\": \"a\\r\\nB: hush\"}",
        "\"method\": \"GET / HTTP/1.1\"",
        "\"method\": \"GE\\r\\nT\"",
        "\"method\": \"connect\"",
        "\"method\": \"get\", \"tls_server_name\": \"127.0.0.1:80/\"",
        "\"method\": \"get\", \"tls_server_name\": \"a b\"",
        "\"method\": \"get\", \"headers\": {\"Host\": \"127.0.0.1:80/x\"}",
    };
    stage s;
    set(&s, NULL, 0);
    for (size_t i = 0; i < PT_COUNT(rows); i++) {
        pt_str r = pt_arena_printf(&s.a, "{%s, \"url\": \"https://a.example/\"}", rows[i]);
        assert_false(pt_defined(send_json(&s, r.p)));
        assert_int_equal(s.c.fault, PT_FAULT_BUILTIN);
        assert_false(pt_str_has(s.c.message, PT_STR("hush")));
    }
    assert_int_equal(s.n_sent, 0);
    pt_arena_done(&s.a);
}

static void test_password_of_a_url_is_in_no_message(void **state) {
    (void)state;
    stage s;
    set(&s, NULL, 0);
    send_json(&s, "{\"method\": \"get\", \"url\": \"http://me:hush@a.example/\"}");
    assert_str(s.c.message, "Get \"http://me:***@a.example/\": no such thing");
    assert_str(s.sent[0],
               "GET http://a.example/ Host: a.example Authorization: Basic bWU6aHVzaA==");
    pt_arena_done(&s.a);
}

static void test_cancel_ends_a_request_and_its_retries(void **state) {
    (void)state;
    stage s;
    set(&s, NULL, 0);
    s.cancel_while_sending = true;
    assert_false(pt_defined(send_json(&s, "{\"method\": \"get\", \"url\": \"http://a.example/\", "
                                          "\"max_retry_attempts\": 9, \"raise_error\": false}")));
    assert_int_equal(s.c.fault, PT_FAULT_CANCEL);
    assert_int_equal(s.n_sent, 1);
    pt_arena_done(&s.a);
}

static void test_retries_are_as_many_as_were_asked_for(void **state) {
    (void)state;
    stage s;
    set(&s, NULL, 0);
    pt_value v = send_json(&s, "{\"method\": \"get\", \"url\": \"http://a.example/\", "
                               "\"max_retry_attempts\": 2, \"raise_error\": false}");
    assert_int_equal(s.n_sent, 3);
    assert_true(pt_eq(pt_getz(v, "status_code"), pt_int(0)));
    pt_arena_done(&s.a);
}

static void test_lookup_asks_the_network_that_was_given(void **state) {
    (void)state;
    stage s;
    set(&s, NULL, 0);
    assert_int_equal(pt_len(call(&s, "net.lookup_ip_addr", pt_stringz("a.example"))), 2);
    assert_false(pt_defined(call(&s, "net.lookup_ip_addr", pt_stringz("b.example"))));
    assert_int_equal(s.c.fault, PT_FAULT_BUILTIN);
    assert_str(s.c.message, "lookup b.example: no such host");
    assert_false(pt_defined(call(&s, "net.lookup_ip_addr", pt_stringz("c.example"))));
    assert_int_equal(s.c.fault, PT_FAULT_END);
    pt_arena_done(&s.a);
}

// -- caches ---------------------------------------------------------------------------------------

// Sends it, as an evaluation of its own that begins `seconds` after the first one.
static pt_value send_at(stage *s, int64_t seconds, const char *request) {
    s->c.sent = NULL;
    s->world.now_ns = (INT64_C(784111777) + seconds) * 1000000000;
    return send_json(s, request);
}

static void test_same_request_is_sent_once_in_an_evaluation(void **state) {
    (void)state;
    static const answer answers[] = {{"http://a.example/", OK "\r\n", ""},
                                     {"http://a.example/bad", "HTTP/1.1 500 X\r\n\r\n", ""}};
    stage s;
    set(&s, answers, PT_COUNT(answers));
    static const struct {
        const char *request;
        size_t sent; // after it was sent twice
    } rows[] = {
        {"{\"method\": \"get\", \"url\": \"http://a.example/\"}", 1},
        {"{\"method\": \"get\", \"url\": \"http://a.example/\", \"headers\": {\"a\": \"b\"}}", 2},
        {"{\"method\": \"get\", \"url\": \"http://a.example/\", \"headers\": {\"a\": \"c\", \"t\": "
         "\"1\"}, "
         "\"cache_ignored_headers\": [\"t\"]}",
         3},
        {"{\"method\": \"get\", \"url\": \"http://a.example/\", \"headers\": {\"a\": \"c\", \"t\": "
         "\"2\"}, "
         "\"cache_ignored_headers\": [\"t\"]}",
         3},
        {"{\"method\": \"get\", \"url\": \"http://a.example/bad\"}", 5},  // no answer to keep
        {"{\"method\": \"get\", \"url\": \"http://a.example/none\"}", 6}, // errors are kept
    };
    for (size_t i = 0; i < PT_COUNT(rows); i++) {
        send_json(&s, rows[i].request);
        send_json(&s, rows[i].request);
        assert_int_equal(s.n_sent, rows[i].sent);
    }
    pt_arena_done(&s.a);
}

#define DATE "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n"

static void test_answer_stays_between_evaluations_while_it_is_fresh(void **state) {
    (void)state;
    static const struct {
        const char *headers, *options;
        int64_t fresh_for; // seconds; 0: not kept
    } rows[] = {
        {DATE "Cache-Control: max-age=60\r\n", "\"cache\": true", 60},
        {DATE "Cache-Control: public, max-age=60 \r\n",
         "\"cache\": true, \"caching_mode\": \"deserialized\"", 60},
        {DATE "Cache-Control: max-age=60\r\n", "\"cache\": false", 0},
        {DATE "Cache-Control: max-age=60\r\n", "\"cache\": true, \"caching_mode\": \"x\"", 0},
        {"Cache-Control: max-age=60\r\n", "\"cache\": true", 0}, // no date
        {DATE "Cache-Control: no-store, max-age=60\r\n", "\"cache\": true", 0},
        {DATE "Cache-Control: max-age=-1\r\n", "\"cache\": true", 0},
        {DATE "Cache-Control: max-age=x\r\n", "\"cache\": true", 0},
        {DATE "Expires: Sun, 06 Nov 1994 08:50:07 GMT\r\n", "\"cache\": true", 30},
        {DATE "Expires: Sunday, 06-Nov-94 08:50:07 GMT\r\n", "\"cache\": true", 30},
        {DATE "Expires: Sun Nov  6 08:50:07 1994\r\n", "\"cache\": true", 30},
        {DATE "Expires: 0\r\n", "\"cache\": true", 0},
        {DATE, "\"cache\": true", 0},
        {"Cache-Control: no-store\r\n",
         "\"force_cache\": true, \"force_cache_duration_seconds\": 9", 9},
        {DATE "Cache-Control: max-age=99999999999\r\n", "\"cache\": true", INT32_MAX},
    };
    for (size_t i = 0; i < PT_COUNT(rows); i++) {
        stage s;
        set(&s, NULL, 0);
        const answer one = {"http://a.example/",
                            pt_arena_printf(&s.a, OK "%s\r\n", rows[i].headers).p, "body"};
        pt_str r = pt_arena_printf(
            &s.a, "{\"method\": \"get\", \"url\": \"http://a.example/\", %s}", rows[i].options);
        s.answers = &one;
        s.n_answers = 1;
        s.c.cache = pt_fn_cache_new(16);
        send_at(&s, 0, r.p);
        send_at(&s, rows[i].fresh_for ? rows[i].fresh_for - 1 : 0, r.p);
        assert_int_equal(s.n_sent, rows[i].fresh_for ? 1 : 2);
        pt_value v = send_at(&s, rows[i].fresh_for, r.p);
        assert_int_equal(s.n_sent, rows[i].fresh_for ? 2 : 3);
        assert_str(pt_text(pt_getz(v, "raw_body")), "body");
        pt_fn_cache_free(s.c.cache);
        pt_arena_done(&s.a);
    }
}

static void test_stale_answer_is_asked_for_again_by_its_tag(void **state) {
    (void)state;
    static const answer first[] = {
        {"http://a.example/",
         OK DATE "Cache-Control: max-age=1\r\nETag: \"t\"\r\nLast-Modified: L\r\n\r\n", "old"}};
    static const answer same[] = {
        {"http://a.example/",
         "HTTP/1.1 304 Not Modified\r\n" DATE "Cache-Control: max-age=100\r\nX: y\r\n\r\n", ""}};
    static const answer gone[] = {{"http://a.example/", "HTTP/1.1 500 X\r\n\r\n", "bad"}};
    static const char r[] =
        "{\"method\": \"get\", \"url\": \"http://a.example/\", \"cache\": true}";
    stage s;
    set(&s, first, 1);
    s.c.cache = pt_fn_cache_new(16);
    send_at(&s, 0, r);
    s.answers = same;
    pt_value v = send_at(&s, 5, r);
    assert_str(pt_text(pt_getz(v, "raw_body")), "old");
    assert_str(pt_text(pt_getz(v, "status")), "200 OK");
    assert_str(pt_text(pt_at(pt_getz(pt_getz(v, "headers"), "x"), 0)), "y");
    assert_str(s.sent[1], "GET http://a.example/ Host: a.example If-Modified-Since: L "
                          "If-None-Match: \"t\"");
    send_at(&s, 50, r);
    assert_int_equal(s.n_sent, 2);
    s.answers = gone;
    v = send_at(&s, 200, r); // by its tag, and when that fails in full
    assert_str(pt_text(pt_getz(v, "raw_body")), "bad");
    assert_int_equal(s.n_sent, 4);
    assert_str(s.sent[3], "GET http://a.example/ Host: a.example");
    pt_fn_cache_free(s.c.cache);
    pt_arena_done(&s.a);
}

// What a server said is asked by only if it can stand in a header.
static void test_tag_with_control_characters_is_not_sent_back(void **state) {
    (void)state;
    static const answer answers[] = {{"http://a.example/", OK "ETag: \x1fx\r\n\r\n", "a"}};
    static const char r[] =
        "{\"method\": \"get\", \"url\": \"http://a.example/\", \"cache\": true}";
    stage s;
    set(&s, answers, 1);
    s.c.cache = pt_fn_cache_new(16);
    send_at(&s, 0, r);
    send_at(&s, 1, r);
    assert_int_equal(s.n_sent, 2);
    assert_str(s.sent[1], "GET http://a.example/ Host: a.example");
    pt_fn_cache_free(s.c.cache);
    pt_arena_done(&s.a);
}

// The arena gives out after ever more bytes: a limit, or the whole answer, and no leak.
static void test_every_shortage_is_a_limit(void **state) {
    (void)state;
    static const answer answers[] = {{"http://a.example/", TO("/x?y"), ""},
                                     {"http://a.example/x?y",
                                      OK "Content-Type: application/json\r\n" DATE
                                         "Cache-Control: max-age=9\r\n\r\n",
                                      "{\"a\": [1]}"}};
    bool done = false;
    for (size_t bytes = 4096; !done && bytes < (1 << 24); bytes += bytes / 3) {
        stage s;
        pt_arena request = {0};
        pt_value v;
        set(&s, answers, PT_COUNT(answers));
        s.c.cache = pt_fn_cache_new(16);
        assert_int_equal(pt_json_parse(&request,
                                       PT_STR("{\"method\": \"post\", \"url\": "
                                              "\"http://u:p@a.example/\", \"enable_redirect\": "
                                              "true, \"cache\": true, \"body\": [1], "
                                              "\"headers\": {\"a\": \"b\"}, \"timeout\": \"5s\"}"),
                                       NULL, &v, NULL),
                         PT_OK);
        pt_arena_done(&s.a);
        pt_arena_init(&s.a, bytes);
        s.net.allow = NULL;
        done = pt_defined(call(&s, "http.send", v));
        assert_true(done || s.c.fault == PT_FAULT_LIMIT);
        pt_fn_cache_free(s.c.cache);
        pt_arena_done(&s.a);
        pt_arena_done(&request);
    }
    assert_true(done);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_head_is_read_as_go_gives_it),
        cmocka_unit_test(test_answer_has_all_that_opa_gives),
        cmocka_unit_test(test_redirect_takes_nothing_of_the_policys_to_another_server),
        cmocka_unit_test(test_redirect_to_where_nobody_may_go_is_not_followed),
        cmocka_unit_test(test_redirects_end_after_ten),
        cmocka_unit_test(test_host_that_is_not_allowed_ends_the_evaluation),
        cmocka_unit_test(test_request_that_would_be_two_is_not_sent),
        cmocka_unit_test(test_password_of_a_url_is_in_no_message),
        cmocka_unit_test(test_cancel_ends_a_request_and_its_retries),
        cmocka_unit_test(test_retries_are_as_many_as_were_asked_for),
        cmocka_unit_test(test_lookup_asks_the_network_that_was_given),
        cmocka_unit_test(test_same_request_is_sent_once_in_an_evaluation),
        cmocka_unit_test(test_answer_stays_between_evaluations_while_it_is_fresh),
        cmocka_unit_test(test_stale_answer_is_asked_for_again_by_its_tag),
        cmocka_unit_test(test_tag_with_control_characters_is_not_sent_back),
        cmocka_unit_test(test_every_shortage_is_a_limit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
