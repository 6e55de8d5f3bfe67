// HTTP/2: requests, what of them is refused, and what many may hold.
#include "http/testing_2.h"

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
    };
    return cmocka_run_group_tests(tests, make_papers, drop_papers);
}
