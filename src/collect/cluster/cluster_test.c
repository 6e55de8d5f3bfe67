// The client against a server that behaves, and against ones that do not.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/instant.h"
#include "base/testing.h"
#include "collect/cluster/cluster_impl.h"
#include "collect/cluster/testing_server.h"

static const pt_cluster_kind maps = {.version = PT_STR("v1"),
                                     .kind = PT_STR("ConfigMap"),
                                     .resource = PT_STR("configmaps"),
                                     .namespaced = true,
                                     .lists = true,
                                     .watches = true};

typedef struct bed {
    fake *f;
    pt_cluster *c;
    pt_arena a;
    pt_err e;
} bed;

static void start(bed *b, fake_handler *handle, void *ctx, const char *token) {
    pt_kubeconfig config;
    *b = (bed){.f = pt_fake_start(handle, ctx, &config)};
    if (token) {
        config.cert = config.key = (pt_str){0};
        config.token = pt_str_of(token);
    }
    assert_int_equal(pt_cluster_new(&b->c, &config, &b->e), PT_OK);
}

static void stop(bed *b) {
    pt_cluster_free(b->c);
    pt_fake_stop(b->f);
    pt_arena_done(&b->a);
}

// -- lists ----------------------------------------------------------------------------------------

typedef struct taken {
    size_t n, restarts, stop_after;
    pt_str kind, version; // of the last one
    char room[2][64];
    long rss_kb_max;
} taken;

static long rss_kb(void) {
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(4096);
    FILE *f = fopen("/proc/self/statm", "r");
    long all = 0;
    long resident = 0;
    assert_non_null(f);
    assert_int_equal(fscanf(f, "%ld %ld", &all, &resident), 2);
    fclose(f);
    return resident * 4;
}

static pt_code take(void *ctx, pt_value object, pt_err *e) {
    taken *t = ctx;
    t->n++;
    snprintf(t->room[0], 64, "%.*s", PT_PRI(pt_text(pt_getz(object, "kind"))));
    snprintf(t->room[1], 64, "%.*s", PT_PRI(pt_text(pt_getz(object, "apiVersion"))));
    if (t->n % 1000 == 0 && rss_kb() > t->rss_kb_max)
        t->rss_kb_max = rss_kb();
    return t->n == t->stop_after ? pt_err_set(e, PT_E_USAGE, "enough") : PT_OK;
}

static void on_restart(void *ctx) {
    taken *t = ctx;
    t->restarts++;
    t->n = 0;
}

static pt_code list(bed *b, taken *t, pt_str *ret_version) {
    const pt_cluster_lister l = {.take = take, .restart = on_restart, .ctx = t};
    return pt_cluster_list(b->c, &b->a, &maps, &l, ret_version, &b->e);
}

// `ctx` is how many there are; the token of a chunk is "FROM/ +=".
static bool serve_list(fake_call *c) {
    size_t all = *(const size_t *)c->ctx;
    unsigned from = 0;
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF((size_t)64 << 20);
    const char *at = strstr(c->target, "&continue=");
    assert_true(strncmp(c->target, "/api/v1/configmaps?limit=500", 28) == 0);
    if (at) {
        assert_int_equal(sscanf(at, "&continue=%u", &from), 1);
        assert_non_null(strstr(at, "%2F%20%2B%3D"));
    }
    size_t to = from + 500 < all ? from + 500 : all;
    pt_buf_putz(&b, "{\"kind\":\"ConfigMapList\",\"apiVersion\":\"v1\",\"metadata\":{"
                    "\"resourceVersion\":\"77\"");
    if (to < all)
        pt_buf_printf(&b, ",\"continue\":\"%zu/ +=\"", to);
    pt_buf_putz(&b, "},\"items\":[");
    for (size_t i = from; i < to; i++) {
        pt_buf_printf(&b, "%s{\"metadata\":{\"name\":\"m%zu\"},\"data\":{\"x\":\"",
                      i == from ? "" : ",", i);
        pt_buf_fill(&b, 'x', 3000);
        pt_buf_putz(&b, "\"}}");
    }
    pt_buf_putz(&b, "]}");
    return pt_fake_answer(c, 200, "", pt_buf_str(&b));
}

static void test_cluster_list_comes_in_chunks_and_memory_stays_flat(void **state) {
    (void)state;
    bed b;
    size_t all = 20000;
    taken t = {0};
    pt_str version = {0};
    start(&b, serve_list, &all, NULL);
    assert_int_equal(list(&b, &t, &version), PT_OK); // what is kept for reuse is there
    long before = rss_kb();
    t = (taken){0};
    pt_code code = list(&b, &t, &version);
    if (code)
        print_error("%s: %s\n", b.e.where, b.e.what);
    assert_int_equal(code, PT_OK);
    assert_int_equal(t.n, 20000);
    assert_int_equal(pt_fake_requests(b.f), 80);
    assert_str(version, "77");
    assert_string_equal(t.room[0], "ConfigMap");
    assert_string_equal(t.room[1], "v1");
    print_message("# 20000 objects of 3 KB: %ld KiB before, at most %ld KiB\n", before,
                  t.rss_kb_max);
    assert_true(t.rss_kb_max < before + 24 * 1024); // all of them are 60 MB
    stop(&b);
}

static void test_cluster_list_taker_may_end_it(void **state) {
    (void)state;
    bed b;
    size_t all = 1000;
    taken t = {.stop_after = 3};
    pt_str version = {0};
    start(&b, serve_list, &all, NULL);
    assert_int_equal(list(&b, &t, &version), PT_E_USAGE);
    assert_string_equal(b.e.what, "enough");
    assert_int_equal(t.n, 3);
    stop(&b);
}

static bool serve_expired(fake_call *c) {
    size_t all = 1000;
    if (c->index == 1 || (c->index == 3 && c->ctx))
        return pt_fake_answer(c, 410, "", PT_STR("{\"kind\":\"Status\",\"message\":\"expired\"}"));
    c->ctx = &all;
    return serve_list(c);
}

static void test_cluster_list_begins_anew_once(void **state) {
    (void)state;
    for (int twice = 0; twice < 2; twice++) {
        bed b;
        taken t = {0};
        pt_str version = {0};
        start(&b, serve_expired, twice ? &twice : NULL, NULL);
        assert_int_equal(list(&b, &t, &version), twice ? PT_E_CONFLICT : PT_OK);
        assert_int_equal(t.restarts, 1);
        assert_int_equal(t.n, twice ? 500 : 1000);
        stop(&b);
    }
}

// -- what is wrong --------------------------------------------------------------------------------

typedef struct wrong {
    int status;
    const char *headers, *body;
    pt_code code;
    const char *what;
} wrong;

static bool serve_wrong(fake_call *c) {
    const wrong *w = c->ctx;
    return pt_fake_answer(c, w->status, w->headers, pt_str_of(w->body));
}

static void test_cluster_wrong_answers_are_errors_with_their_path(void **state) {
    (void)state;
    static const wrong cases[] = {
        {401, "", "{\"message\":\"Unauthorized\"}", PT_E_DENIED, "status 401: Unauthorized"},
        {403, "", "{\"message\":\"for S3CRET-token no\"}", PT_E_DENIED, "status 403"},
        {403, "", "<html>", PT_E_DENIED, "status 403"},
        {404, "", "{\"message\":\"a\\u0007b\"}", PT_E_ABSENT, "status 404: a\\x07b"},
        {302, "Location: https://127.0.0.1:1/\r\n", "", PT_E_IO, "status 302"},
        {500, "", "", PT_E_IO, "status 500"},
        {504, "", "", PT_E_TIMEOUT, "status 504"},
        {200, "", "", PT_E_FORMAT, "the answer is empty"},
        {200, "", "{", PT_E_FORMAT, NULL},
        {200, "", "{\"kind\":\"PodList\",\"metadata\":{},\"items\":[{", PT_E_FORMAT, NULL},
        {200, "", "{\"kind\":\"PodList\",\"metadata\":{},\"items\":[5]}", PT_E_FORMAT,
         "an item of the list is no object"},
        {200, "", "{\"kind\":\"Pod\",\"metadata\":{}}", PT_E_FORMAT,
         "the answer is no list of objects"},
        {200, "", "{\"kind\":\"Pod\",\"metadata\":{},\"items\":[]}", PT_E_FORMAT, NULL},
        {200, "", "[]", PT_E_FORMAT, NULL},
        {200, "", "{\"kind\":\"PodList\",\"metadata\":{\"continue\":\"x\"},\"items\":[]}",
         PT_E_FORMAT, "the list does not go on: the same piece came again"},
    };
    for (size_t i = 0; i < PT_COUNT(cases); i++) {
        bed b;
        taken t = {0};
        pt_str version = {0};
        wrong w = cases[i];
        start(&b, serve_wrong, &w, "S3CRET-token");
        pt_code code = list(&b, &t, &version);
        if (code != w.code || (w.what && strcmp(b.e.what, w.what) != 0))
            print_error("%zu: %d %s: %s\n", i, code, b.e.where, b.e.what);
        assert_int_equal(code, w.code);
        if (w.what)
            assert_string_equal(b.e.what, w.what);
        assert_non_null(strstr(b.e.where, "GET /api/v1/configmaps"));
        assert_null(strstr(b.e.where, "limit"));
        stop(&b);
    }
}

static bool serve_cut(fake_call *c) {
    pt_fake_put(c, PT_STR("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{\"kind\":"));
    return false;
}

static bool serve_noise(fake_call *c) {
    pt_fake_put(c, PT_STR("what is HTTP?\r\n\r\n"));
    return false;
}

static bool serve_huge(fake_call *c) {
    static char piece[1 << 20];
    memset(piece, ' ', sizeof piece);
    pt_fake_begin(c);
    for (int i = 0; i < 80 && !pt_fake_stopping(c->server); i++)
        pt_fake_piece(c, (pt_str){piece, sizeof piece});
    return pt_fake_end(c);
}

static void test_cluster_broken_answers_are_errors(void **state) {
    (void)state;
    static const struct {
        fake_handler *handle;
        pt_code code;
    } cases[] = {{serve_cut, PT_E_IO}, {serve_noise, PT_E_FORMAT}, {serve_huge, PT_E_LIMIT}};
    for (size_t i = 0; i < PT_COUNT(cases); i++) {
        bed b;
        taken t = {0};
        pt_str version = {0};
        start(&b, cases[i].handle, NULL, NULL);
        assert_int_equal(list(&b, &t, &version), cases[i].code);
        assert_non_null(strstr(b.e.where, "GET /api/v1/configmaps"));
        stop(&b);
    }
}

static bool serve_busy(fake_call *c) {
    int busy = *(const int *)c->ctx;
    size_t all = 1;
    if (c->index < busy)
        return pt_fake_answer(c, c->index % 2 ? 503 : 429, "Retry-After: 1\r\n", PT_STR("{}"));
    c->ctx = &all;
    return serve_list(c);
}

static void test_cluster_busy_server_is_asked_again_a_few_times(void **state) {
    (void)state;
    for (int busy = 2; busy <= 9; busy += 7) {
        bed b;
        taken t = {0};
        pt_str version = {0};
        start(&b, serve_busy, &busy, NULL);
        int64_t begun = pt_monotonic_ns();
        assert_int_equal(list(&b, &t, &version), busy == 2 ? PT_OK : PT_E_IO);
        assert_true(pt_monotonic_ns() - begun >= (busy == 2 ? 2 : 3) * PT_SECOND_NS * 9 / 10);
        assert_int_equal(pt_fake_requests(b.f), busy == 2 ? 3 : 4);
        stop(&b);
    }
}

// -- who we are -----------------------------------------------------------------------------------

static bool serve_who(fake_call *c) {
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(8192);
    const char *auth = strstr(c->head, "Authorization: ");
    const char *host = strstr(c->head, "Host: ");
    pt_buf_printf(&b,
                  "{\"certified\":%s,\"auth\":\"%.*s\",\"host\":\"%.*s\",\"body\":\"%.*s\","
                  "\"method\":\"%s\",\"typed\":%s}",
                  c->certified ? "true" : "false", auth ? (int)strcspn(auth, "\r") : 0,
                  auth ? auth : "", (int)strcspn(host, "\r"), host, PT_PRI(c->body), c->method,
                  strstr(c->head, "Content-Type: application/merge-patch+json") ? "true" : "false");
    return pt_fake_answer(c, 201, "", pt_buf_str(&b));
}

static pt_value who(bed *b, const char *method, const char *body) {
    const pt_cluster_call call = {method, "/who", "application/merge-patch+json", pt_str_of(body)};
    pt_cluster_result r = {0};
    pt_code code = pt_cluster_send(b->c, &b->a, &call, &r, &b->e);
    if (code)
        print_error("%s: %s\n", b->e.where, b->e.what);
    assert_int_equal(code, PT_OK);
    assert_int_equal(r.status, 201);
    return r.value;
}

static void test_cluster_certificate_and_body_are_sent(void **state) {
    (void)state;
    bed b;
    start(&b, serve_who, NULL, NULL);
    pt_value v = who(&b, "PATCH", "S3CRET");
    assert_true(pt_true(pt_getz(v, "certified")) && pt_true(pt_getz(v, "typed")));
    assert_str(pt_text(pt_getz(v, "body")), "S3CRET");
    assert_str(pt_text(pt_getz(v, "method")), "PATCH");
    assert_str(pt_text(pt_getz(v, "auth")), "");
    v = who(&b, "GET", NULL); // nothing stays of the request before
    assert_str(pt_text(pt_getz(v, "body")), "");
    assert_str(pt_text(pt_getz(v, "method")), "GET");
    assert_false(pt_true(pt_getz(v, "typed")));
    pt_cluster_result r = {0};
    assert_int_equal(pt_cluster_send(b.c, &b.a, &(pt_cluster_call){"GET", "/a b"}, &r, &b.e),
                     PT_E_USAGE);
    stop(&b);
}

static void test_cluster_token_file_is_read_anew(void **state) {
    (void)state;
    char path[] = "/tmp/pt-token-XXXXXX";
    int fd = mkstemp(path);
    pt_kubeconfig config;
    bed b = {.f = pt_fake_start(serve_who, NULL, &config)};
    config.cert = config.key = (pt_str){0};
    config.token_file = pt_str_of(path);
    assert_int_equal(pt_fd_write_all(fd, PT_STR("one\n"), NULL), PT_OK);
    assert_int_equal(pt_cluster_new(&b.c, &config, &b.e), PT_OK);
    pt_value v = who(&b, "GET", NULL);
    assert_str(pt_text(pt_getz(v, "auth")), "Authorization: Bearer one");
    assert_false(pt_true(pt_getz(v, "certified")));
    assert_int_equal(pt_fd_write_all(fd, PT_STR("two\n"), NULL), PT_OK);
    pt_cluster_result r = {0}; // two lines are no token
    assert_int_equal(pt_cluster_send(b.c, &b.a, &(pt_cluster_call){"GET", "/who"}, &r, &b.e),
                     PT_E_FORMAT);
    assert_int_equal(pt_file_replace(path, PT_STR("three"), 0600, NULL), PT_OK);
    v = who(&b, "GET", NULL);
    assert_str(pt_text(pt_getz(v, "auth")), "Authorization: Bearer three");
    unlink(path);
    close(fd);
    stop(&b);
}

static pt_code knock(const pt_kubeconfig *config, pt_value *ret, pt_err *e) {
    static pt_arena a;
    pt_cluster *c = NULL;
    assert_int_equal(pt_cluster_new(&c, config, e), PT_OK);
    pt_cluster_result r = {0};
    pt_code code = pt_cluster_send(c, &a, &(pt_cluster_call){"GET", "/who"}, &r, e);
    *ret = r.value;
    pt_cluster_free(c);
    return code;
}

static void test_cluster_server_must_be_whom_the_kubeconfig_says(void **state) {
    (void)state;
    pt_kubeconfig config;
    pt_kubeconfig other;
    pt_value v = pt_undefined();
    pt_err e = {0};
    char host[64];
    fake *f = pt_fake_start(serve_who, NULL, &config);
    fake *g = pt_fake_start(serve_who, NULL, &other);
    config.tls_name = PT_STR("fake.example"); // has it, too; the Host header stays the address
    assert_int_equal(knock(&config, &v, &e), PT_OK);
    snprintf(host, sizeof host, "Host: 127.0.0.1:%u", pt_fake_port(f));
    assert_str(pt_text(pt_getz(v, "host")), host);
    config.tls_name = PT_STR("other.example");
    assert_int_equal(knock(&config, &v, &e), PT_E_IO);
    config.tls_name = (pt_str){0};
    config.ca = other.ca;
    assert_int_equal(knock(&config, &v, &e), PT_E_IO);
    config.ca = (pt_str){0}; // the system's list
    assert_int_equal(knock(&config, &v, &e), PT_E_IO);
    pt_fake_stop(f);
    pt_fake_stop(g);
}

static void test_cluster_odd_servers_are_refused(void **state) {
    (void)state;
    static const struct {
        const char *server, *token;
    } cases[] = {
        {"http://127.0.0.1:1", ""},      {"https://u:p@127.0.0.1:1", ""},
        {"https://127.0.0.1:1/?x", ""},  {"https://127.0.0.1:1/#x", ""},
        {"https://127.0.0.1:1/a b", ""}, {"https://127.0.0.1:1", "a\r\nX: y"},
        {"https://127.0.0.1:1", "a b"},
    };
    for (size_t i = 0; i < PT_COUNT(cases); i++) {
        const pt_kubeconfig config = {.server = pt_str_of(cases[i].server),
                                      .token = pt_str_of(cases[i].token)};
        pt_cluster *c = NULL;
        pt_err e = {0};
        pt_code code = pt_cluster_new(&c, &config, &e);
        assert_true(code == PT_E_FORMAT || code == PT_E_USAGE);
        assert_null(c);
    }
}

// -- discovery ------------------------------------------------------------------------------------

#define R(resource, kind, scope, verbs)                                     \
    "{\"resource\":\"" resource                                             \
    "\",\"responseKind\":{\"group\":\"\",\"version\":\"\",\"kind\":\"" kind \
    "\"},\"scope\":\"" scope "\",\"verbs\":[" verbs "]}"
#define V(version, fresh, resources) \
    "{\"version\":\"" version "\",\"freshness\":\"" fresh "\",\"resources\":[" resources "]}"

static bool serve_aggregated(fake_call *c) {
    assert_non_null(strstr(c->head, "Accept: application/json;g=apidiscovery.k8s.io;v=v2;as="));
    if (strcmp(c->target, "/api") == 0)
        return pt_fake_json(
            c, "{\"kind\":\"APIGroupDiscoveryList\",\"items\":[{\"metadata\":{},"
               "\"versions\":[" V("v1", "Current",
                                  R("pods", "Pod", "Namespaced", "\"list\",\"watch\"") "," R(
                                      "nodes", "Node", "Cluster", "\"list\"")) "]}]}");
    assert_string_equal(c->target, "/apis");
    return pt_fake_json(
        c,
        "{\"kind\":\"APIGroupDiscoveryList\",\"items\":[{\"metadata\":{\"name\":\"autoscaling\"},"
        "\"versions\":[" V("v2", "Current", R("hpas", "HPA", "Namespaced", "\"get\"")) "," V(
            "v1", "Current",
            R("hpas", "HPA", "Namespaced", "") "," R(
                "olds", "Old", "Cluster",
                "")) "]},{\"metadata\":{\"name\":\"metrics.k8s.io\"},\"versions\":[" V("v1beta1",
                                                                                       "Stale",
                                                                                       "") "]}]}");
}

static bool serve_plain(fake_call *c) {
    static const struct {
        const char *path, *body;
    } answers[] = {
        {"/api", "{\"kind\":\"APIVersions\",\"versions\":[\"v1\"]}"},
        {"/api/v1", "{\"kind\":\"APIResourceList\",\"resources\":["
                    "{\"name\":\"pods\",\"kind\":\"Pod\",\"namespaced\":true,\"verbs\":[\"watch\","
                    "\"list\"]},{\"name\":\"pods/log\",\"kind\":\"Pod\",\"verbs\":[\"get\"]},"
                    "{\"name\":\"nodes\",\"kind\":\"Node\",\"verbs\":[\"list\"]}]}"},
        {"/apis", "{\"kind\":\"APIGroupList\",\"groups\":[{\"name\":\"autoscaling\",\"versions\":["
                  "{\"version\":\"v1\"},{\"version\":\"v2\"}],\"preferredVersion\":{\"version\":"
                  "\"v2\"}},{\"name\":\"metrics.k8s.io\",\"versions\":[{\"version\":\"v1beta1\"}],"
                  "\"preferredVersion\":{\"version\":\"v1beta1\"}}]}"},
        {"/apis/autoscaling/v1",
         "{\"resources\":[{\"name\":\"hpas\",\"kind\":\"HPA\",\"namespaced\""
         ":true},{\"name\":\"olds\",\"kind\":\"Old\"}]}"},
        {"/apis/autoscaling/v2",
         "{\"resources\":[{\"name\":\"hpas\",\"kind\":\"HPA\",\"namespaced\":true}]}"},
    };
    for (size_t i = 0; i < PT_COUNT(answers); i++)
        if (strcmp(c->target, answers[i].path) == 0)
            return pt_fake_json(c, answers[i].body);
    return pt_fake_answer(c, 503, "", PT_STR("service unavailable"));
}

static void test_cluster_discovery_old_and_new_say_the_same(void **state) {
    (void)state;
    static fake_handler *const servers[] = {serve_aggregated, serve_plain};
    for (size_t i = 0; i < PT_COUNT(servers); i++) {
        bed b;
        pt_cluster_kinds kinds = {0};
        pt_str missing = {0};
        PT_AUTO(pt_buf_done) pt_buf all = PT_BUF(4096);
        start(&b, servers[i], NULL, NULL);
        pt_code code = pt_cluster_discover(b.c, &b.a, &kinds, &missing, &b.e);
        if (code)
            print_error("%s: %s\n", b.e.where, b.e.what);
        assert_int_equal(code, PT_OK);
        for (size_t j = 0; j < kinds.n; j++)
            pt_buf_printf(&all, "%.*s/%.*s %.*s %.*s%s%s%s, ", PT_PRI(kinds.v[j].group),
                          PT_PRI(kinds.v[j].version), PT_PRI(kinds.v[j].kind),
                          PT_PRI(kinds.v[j].resource), kinds.v[j].namespaced ? " n" : "",
                          kinds.v[j].lists ? " l" : "", kinds.v[j].watches ? " w" : "");
        assert_str(pt_buf_str(&all),
                   "/v1 Pod pods n l w, /v1 Node nodes l, autoscaling/v2 HPA hpas "
                   "n, autoscaling/v1 Old olds, ");
        assert_str(missing, "metrics.k8s.io/v1beta1");
        stop(&b);
    }
}

static bool serve_group(fake_call *c) {
    static const struct {
        const char *path;
        int status;
        const char *body;
    } answers[] = {
        {"/apis/one.example", 200,
         "{\"name\":\"one.example\",\"versions\":[{\"version\":\"v1beta1\"},{\"version\":"
         "\"v1alpha1\"}],\"preferredVersion\":{\"version\":\"v1beta1\"}}"},
        {"/apis/one.example/v1beta1", 200,
         "{\"resources\":[{\"name\":\"as\",\"kind\":\"A\"},{\"name\":\"as/status\","
         "\"kind\":\"A\"}]}"},
        {"/apis/one.example/v1alpha1", 200,
         "{\"resources\":[{\"name\":\"as\",\"kind\":\"A\"},{\"name\":\"bs\",\"kind\":"
         "\"B\"}]}"},
        {"/apis/none.example", 404, "{\"kind\":\"Status\",\"code\":404}"},
        {"/apis/denied.example", 403, "{\"kind\":\"Status\",\"code\":403}"},
        {"/apis/other.example", 200, "{\"name\":\"one.example\",\"versions\":[]}"},
        {"/apis/silent.example", 200,
         "{\"name\":\"silent.example\",\"versions\":[{\"version\":\"v1\"}]}"},
    };
    for (size_t i = 0; i < PT_COUNT(answers); i++)
        if (strcmp(c->target, answers[i].path) == 0)
            return pt_fake_answer(c, answers[i].status, "", pt_str_of(answers[i].body));
    return pt_fake_answer(c, 503, "", PT_STR("service unavailable"));
}

static void test_cluster_discovery_of_one_group(void **state) {
    (void)state;
    static const struct {
        const char *group;
        pt_code code;
        size_t n;
        const char *missing;
    } cases[] = {
        {"one.example", PT_OK, 2, ""},
        {"none.example", PT_OK, 0, ""},
        {"silent.example", PT_OK, 0, "silent.example/v1"},
        {"denied.example", PT_E_DENIED, 0, ""},
        {"other.example", PT_E_FORMAT, 0, ""},
        {"../x", PT_E_USAGE, 0, ""},
    };
    bed b;
    start(&b, serve_group, NULL, NULL);
    for (size_t i = 0; i < PT_COUNT(cases); i++) {
        pt_cluster_kinds kinds = {0};
        pt_str missing = PT_STR("");
        assert_int_equal(
            pt_cluster_discover_group(b.c, &b.a, pt_str_of(cases[i].group), &kinds, &missing, &b.e),
            cases[i].code);
        assert_int_equal(kinds.n, cases[i].n);
        assert_str(missing, cases[i].missing);
        if (i == 0)
            assert_str(kinds.v[1].version, "v1alpha1");
    }
    stop(&b);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_cluster_list_comes_in_chunks_and_memory_stays_flat),
        cmocka_unit_test(test_cluster_list_taker_may_end_it),
        cmocka_unit_test(test_cluster_list_begins_anew_once),
        cmocka_unit_test(test_cluster_wrong_answers_are_errors_with_their_path),
        cmocka_unit_test(test_cluster_broken_answers_are_errors),
        cmocka_unit_test(test_cluster_busy_server_is_asked_again_a_few_times),
        cmocka_unit_test(test_cluster_certificate_and_body_are_sent),
        cmocka_unit_test(test_cluster_token_file_is_read_anew),
        cmocka_unit_test(test_cluster_server_must_be_whom_the_kubeconfig_says),
        cmocka_unit_test(test_cluster_odd_servers_are_refused),
        cmocka_unit_test(test_cluster_discovery_old_and_new_say_the_same),
        cmocka_unit_test(test_cluster_discovery_of_one_group),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
