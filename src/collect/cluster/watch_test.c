// Watches: events in whatever pieces they come, the ends that a watch has, and silence.
#include <stdio.h>
#include <string.h>

#include "base/instant.h"
#include "base/testing.h"
#include "collect/cluster/cluster_impl.h"
#include "collect/cluster/testing_server.h"

static const pt_cluster_kind pods = {.version = PT_STR("v1"),
                                     .kind = PT_STR("Pod"),
                                     .resource = PT_STR("pods"),
                                     .namespaced = true,
                                     .lists = true,
                                     .watches = true};

typedef struct seen {
    pt_buf text; // "A:name:kind "
    size_t n, drained;
    size_t stop_after;
    int64_t stop_at_ns;
    size_t asked;
} seen;

static pt_code on_event(void *ctx, pt_cluster_event what, pt_value object, pt_err *e) {
    seen *s = ctx;
    pt_buf_printf(&s->text, "%c:%.*s:%.*s ", "AMDB"[what],
                  PT_PRI(pt_text(pt_getz(pt_getz(object, "metadata"), "name"))),
                  PT_PRI(pt_text(pt_getz(object, "kind"))));
    s->n++;
    return s->n == s->stop_after ? pt_err_set(e, PT_E_USAGE, "enough") : PT_OK;
}

static bool on_stop(void *ctx) {
    seen *s = ctx;
    s->asked++;
    return s->stop_at_ns && pt_monotonic_ns() >= s->stop_at_ns;
}

static void on_drained(void *ctx) {
    seen *s = ctx;
    s->drained++;
}

#define ADDED(name) "{\"type\":\"ADDED\",\"object\":{\"metadata\":{\"name\":\"" name "\"}}}\n"
#define TWO                                                                                    \
    "\n" ADDED("a") "{\"type\":\"DELETED\",\"object\":{\"kind\":\"Odd\",\"metadata\":{}}}\r\n" \
                    "{\"type\":\"BOOKMARK\",\"object\":{}}\n"

static void test_watch_reader_takes_any_pieces(void **state) {
    (void)state;
    const pt_str all = PT_STR(TWO);
    for (size_t step = 1; step <= all.n; step++) {
        seen s = {.text = PT_BUF(4096)};
        const pt_cluster_watch w = {.event = on_event, .drained = on_drained, .ctx = &s};
        pt_watch_reader r;
        pt_watch_reader_init(&r, NULL, &pods, &w);
        for (size_t i = 0; i < all.n; i += step)
            assert_true(pt_watch_reader_feed(&r, pt_str_sub(all, i, i + step)));
        assert_str(pt_buf_str(&s.text), "A:a:Pod D::Odd B::Pod ");
        assert_int_equal(r.line.n, 0);
        assert_int_equal(s.drained, (all.n + step - 1) / step);
        pt_watch_reader_done(&r);
        pt_buf_done(&s.text);
    }
}

static void test_watch_reader_bad_lines_are_errors(void **state) {
    (void)state;
    static const struct {
        const char *line;
        pt_code code;
    } cases[] = {
        {"{\n", PT_E_FORMAT},
        {"[]\n", PT_E_FORMAT},
        {"{\"type\":\"ODD\",\"object\":{}}\n", PT_E_FORMAT},
        {"{\"type\":\"ADDED\",\"object\":5}\n", PT_E_FORMAT},
        {"{\"type\":\"ADDED\",\"type\":\"DELETED\",\"object\":{}}\n", PT_E_FORMAT},
        {"{\"type\":\"ERROR\",\"object\":{\"code\":410,\"message\":\"too old\"}}\n", PT_E_CONFLICT},
        {"{\"type\":\"ERROR\",\"object\":{\"code\":403}}\n", PT_E_DENIED},
        {"{\"type\":\"ERROR\",\"object\":{\"code\":500}}\n", PT_E_IO},
        {"{\"type\":\"ERROR\",\"object\":{}}\n", PT_E_FORMAT},
    };
    for (size_t i = 0; i < PT_COUNT(cases); i++) {
        seen s = {.text = PT_BUF(4096)};
        const pt_cluster_watch w = {.event = on_event, .ctx = &s};
        pt_watch_reader r;
        pt_watch_reader_init(&r, NULL, &pods, &w);
        assert_false(pt_watch_reader_feed(&r, pt_str_of(cases[i].line)));
        assert_int_equal(r.e.code, cases[i].code);
        assert_int_equal(s.n, 0);
        pt_watch_reader_done(&r);
        pt_buf_done(&s.text);
    }
}

static void test_watch_reader_bounds_a_line(void **state) {
    (void)state;
    static char piece[16384];
    memset(piece, 'x', sizeof piece);
    const pt_cluster_watch w = {.event = on_event};
    pt_watch_reader r;
    pt_watch_reader_init(&r, NULL, &pods, &w);
    size_t n = 0;
    while (pt_watch_reader_feed(&r, (pt_str){piece, sizeof piece}))
        n += sizeof piece;
    assert_int_equal(n, PT_CLUSTER_LINE_BYTES_MAX);
    assert_int_equal(r.e.code, PT_E_LIMIT);
    pt_watch_reader_done(&r);
}

// -- over HTTP ------------------------------------------------------------------------------------

static pt_code run(fake_handler *handle, seen *s, const char *version, pt_err *e) {
    pt_kubeconfig config;
    pt_cluster *c = NULL;
    fake *f = pt_fake_start(handle, NULL, &config);
    const pt_cluster_watch w = {
        .event = on_event, .stop = on_stop, .drained = on_drained, .ctx = s, .timeout_s = 100};
    s->text = PT_BUF(1 << 20);
    assert_int_equal(pt_cluster_new(&c, &config, e), PT_OK);
    pt_code code = pt_cluster_watch_run(c, &pods, pt_str_of(version), &w, e);
    pt_cluster_free(c);
    pt_fake_stop(f);
    return code;
}

static bool serve_two(fake_call *c) {
    assert_string_equal(c->target, "/api/v1/pods?watch=true&allowWatchBookmarks=true&"
                                   "timeoutSeconds=100&resourceVersion=42");
    pt_fake_begin(c);
    for (size_t i = 0; i < sizeof TWO - 1; i++)
        pt_fake_piece(c, (pt_str){&TWO[i], 1});
    return pt_fake_end(c);
}

static void test_watch_ends_as_the_server_does(void **state) {
    (void)state;
    seen s = {0};
    pt_err e = {0};
    pt_code code = run(serve_two, &s, "42", &e);
    if (code)
        print_error("%s: %s\n", e.where, e.what);
    assert_int_equal(code, PT_OK);
    assert_str(pt_buf_str(&s.text), "A:a:Pod D::Odd B::Pod ");
    pt_buf_done(&s.text);
}

static void test_watch_event_may_end_it(void **state) {
    (void)state;
    seen s = {.stop_after = 2};
    pt_err e = {0};
    assert_int_equal(run(serve_two, &s, "42", &e), PT_E_USAGE);
    assert_string_equal(e.what, "enough");
    assert_non_null(strstr(e.where, "GET /api/v1/pods"));
    assert_null(strstr(e.where, "watch=true"));
    pt_buf_done(&s.text);
}

static bool serve_cut(fake_call *c) {
    pt_fake_begin(c);
    pt_fake_piece(c, PT_STR(ADDED("a") "{\"type\":\"ADD"));
    return pt_fake_end(c);
}

static void test_watch_cut_event_is_an_error(void **state) {
    (void)state;
    seen s = {0};
    pt_err e = {0};
    assert_int_equal(run(serve_cut, &s, "1", &e), PT_E_FORMAT);
    assert_int_equal(s.n, 1);
    pt_buf_done(&s.text);
}

static bool serve_half(fake_call *c) {
    pt_fake_begin(c);
    pt_fake_piece(c, PT_STR(ADDED("a")));
    return false; // without the last chunk
}

static void test_watch_broken_connection_is_an_error(void **state) {
    (void)state;
    seen s = {0};
    pt_err e = {0};
    assert_int_equal(run(serve_half, &s, "1", &e), PT_E_IO);
    assert_int_equal(s.n, 1);
    pt_buf_done(&s.text);
}

static bool serve_gone(fake_call *c) {
    static const char gone[] = "{\"kind\":\"Status\",\"code\":410,\"reason\":\"Expired\","
                               "\"message\":\"too old resource version: 1 (9)\"}";
    if (c->index == 0 && strstr(c->target, "resourceVersion=1"))
        return pt_fake_answer(c, 410, "", pt_str_of(gone));
    pt_fake_begin(c);
    pt_fake_piece(c, PT_STR("{\"type\":\"ERROR\",\"object\":"));
    pt_fake_piece(c, pt_str_of(gone));
    pt_fake_piece(c, PT_STR("}\n"));
    return pt_fake_end(c);
}

static void test_watch_too_old_is_a_conflict(void **state) {
    (void)state;
    for (int i = 1; i <= 2; i++) {
        seen s = {0};
        pt_err e = {0};
        assert_int_equal(run(serve_gone, &s, i == 1 ? "1" : "2", &e), PT_E_CONFLICT);
        assert_string_equal(e.what, "status 410: too old resource version: 1 (9)");
        pt_buf_done(&s.text);
    }
}

static bool serve_silence(fake_call *c) {
    pt_fake_begin(c);
    pt_fake_piece(c, PT_STR(ADDED("a")));
    while (!pt_fake_stopping(c->server))
        pt_fake_sleep_ms(20);
    return false;
}

static void test_watch_stops_within_a_second(void **state) {
    (void)state;
    int64_t begun = pt_monotonic_ns();
    seen s = {.stop_at_ns = begun + PT_SECOND_NS / 2};
    pt_err e = {0};
    pt_kubeconfig config;
    pt_cluster *c = NULL;
    fake *f = pt_fake_start(serve_silence, NULL, &config);
    const pt_cluster_watch w = {.event = on_event, .stop = on_stop, .ctx = &s};
    s.text = PT_BUF(4096);
    assert_int_equal(pt_cluster_new(&c, &config, &e), PT_OK);
    assert_int_equal(pt_cluster_watch_run(c, &pods, PT_STR("1"), &w, &e), PT_E_TIMEOUT);
    int64_t took = pt_monotonic_ns() - begun;
    assert_true(took >= PT_SECOND_NS / 2 && took < 2 * PT_SECOND_NS);
    assert_str(pt_buf_str(&s.text), "A:a:Pod ");
    pt_cluster_free(c);
    pt_fake_stop(f);
    pt_buf_done(&s.text);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_watch_reader_takes_any_pieces),
        cmocka_unit_test(test_watch_reader_bad_lines_are_errors),
        cmocka_unit_test(test_watch_reader_bounds_a_line),
        cmocka_unit_test(test_watch_ends_as_the_server_does),
        cmocka_unit_test(test_watch_event_may_end_it),
        cmocka_unit_test(test_watch_cut_event_is_an_error),
        cmocka_unit_test(test_watch_broken_connection_is_an_error),
        cmocka_unit_test(test_watch_too_old_is_a_conflict),
        cmocka_unit_test(test_watch_stops_within_a_second),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
