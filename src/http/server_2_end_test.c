// HTTP/2: floods, what is slow, the end of connections and of the server, and load.
#include "http/testing_2.h"

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
