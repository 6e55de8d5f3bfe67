// Who asks, by certificates that are made here; and execs that are remembered.
#include <stdio.h>
#include <string.h>

#include "base/instant.h"
#include "base/testing.h"
#include "crypto/x509.h"
#include "respond/guard/docker/guard_impl.h"
#include "value/json.h"

#define HOUR_NS (INT64_C(3600) * PT_SECOND_NS)
#define EXEC    "aaaaaaaaaaaaaaaabbbbbbbbbbbbbbbbccccccccccccccccdddddddddddddddd"

typedef struct scene {
    pt_arena a;
    pt_x509_pair authority;
    int64_t now_ns;
} scene;

static void begin(scene *s) {
    *s = (scene){.now_ns = INT64_C(1700000000) * PT_SECOND_NS};
    assert_int_equal(pt_x509_authority(&s->a, PT_STR("test"), s->now_ns - HOUR_NS,
                                       s->now_ns + 10 * HOUR_NS, &s->authority, NULL),
                     PT_OK);
}

static pt_str certificate(scene *s, const char *name) {
    pt_x509_pair made;
    pt_x509_wish wish = {.common_name = pt_str_of(name),
                         .not_before_ns = s->now_ns - HOUR_NS,
                         .not_after_ns = s->now_ns + HOUR_NS,
                         .client = true};
    assert_int_equal(pt_x509_issue(&s->a, &s->authority, &wish, &made, NULL), PT_OK);
    return made.cert;
}

// A document of the daemon, of a client with this name and certificate; NULL: without it.
static pt_str document(scene *s, const char *user, const char *method, pt_str pem,
                       const char *more) {
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(1 << 20);
    pt_buf_printf(&b, "{\"RequestMethod\":\"POST\",\"RequestUri\":\"/containers/web/exec\","
                      "\"RequestHeaders\":{\"Content-Type\":\"application/json\"},"
                      "\"RequestBody\":\"e30=\"");
    if (user)
        pt_buf_printf(&b, ",\"User\":\"%s\"", user);
    if (method)
        pt_buf_printf(&b, ",\"UserAuthNMethod\":\"%s\"", method);
    if (pem.n) {
        pt_buf_putz(&b, ",\"RequestPeerCertificates\":[\"");
        pt_base64_put(&b, pem);
        pt_buf_putz(&b, "\"]");
    }
    pt_buf_printf(&b, "%s}", more ? more : "");
    return pt_arena_str(&s->a, pt_buf_str(&b));
}

static pt_guard_who who(scene *s, const pt_guard_tenants *t, pt_str text, int64_t now_ns) {
    pt_docker_request r;
    pt_err e = {0};
    assert_int_equal(pt_docker_request_read(&s->a, text, &r, &e), PT_OK);
    return pt_guard_who_of(&s->a, t, &r, now_ns);
}

static const pt_str alice[] = {PT_STR("alice")};
static const pt_str bob[] = {PT_STR("bob")};
static const pt_str olga[] = {PT_STR("olga")};
static const pt_guard_tenant two[] = {{.name = PT_STR("shop"), .users = alice, .n_users = 1},
                                      {.name = PT_STR("acme"), .users = bob, .n_users = 1}};
static const pt_guard_tenants given = {
    .given = true, .operators = olga, .n_operators = 1, .v = two, .n = 2};

static void test_who_is_told_by_a_certificate_that_holds_now(void **state) {
    (void)state;
    scene s;
    begin(&s);
    pt_str cert = certificate(&s, "alice");
    pt_guard_who w = who(&s, &given, document(&s, "alice", "TLS", cert, NULL), s.now_ns);
    assert_true(w.tenant == &two[0] && !w.stranger);
    assert_str(w.asker.tenant, "shop");
    w = who(&s, &given, document(&s, "olga", "TLS", certificate(&s, "olga"), NULL), s.now_ns);
    assert_true(!w.tenant && !w.stranger);
    w = who(&s, &given, document(&s, NULL, NULL, (pt_str){0}, NULL), s.now_ns);
    assert_true(!w.tenant && !w.stranger); // the Unix socket
    pt_guard_tenants nobody = given;
    nobody.no_socket = true;
    w = who(&s, &nobody, document(&s, NULL, NULL, (pt_str){0}, NULL), s.now_ns);
    assert_true(w.stranger);
    pt_guard_tenants none = {0}; // nobody is told apart
    w = who(&s, &none, document(&s, "eve", "TLS", cert, NULL), s.now_ns);
    assert_true(!w.tenant && !w.stranger);
    pt_arena_done(&s.a);
}

static void test_who_is_a_stranger_whenever_something_is_missing(void **state) {
    (void)state;
    scene s;
    begin(&s);
    pt_str cert = certificate(&s, "alice");
    pt_str eve = certificate(&s, "eve");
    const struct {
        const char *user, *method;
        pt_str pem;
        int64_t at_ns;
        const char *why;
    } cases[] = {
        {"alice", "TLS", {0}, 0, "the daemon does not show it"},
        {"alice", "TLS", PT_STR("no PEM"), 0, "the daemon does not show it"},
        {"alice", "TLS", eve, 0, "its common name is not the user"},
        {"alice", "TLS", cert, HOUR_NS, "it has ended"},
        {"alice", "TLS", cert, -2 * HOUR_NS, "it is not valid yet"},
        {"alice", "OIDC", cert, 0, "an unknown way"},
        {"alice", NULL, cert, 0, "an unknown way"},
        {NULL, "TLS", cert, 0, "it has no common name"},
        {"eve", "TLS", eve, 0, "eve has no tenant"},
        {"Alice", "TLS", certificate(&s, "Alice"), 0, "Alice has no tenant"},
        {"shop", "TLS", certificate(&s, "shop"), 0, "shop has no tenant"},
    };
    for (size_t i = 0; i < PT_COUNT(cases); i++) {
        pt_str text = document(&s, cases[i].user, cases[i].method, cases[i].pem, NULL);
        pt_guard_who w = who(&s, &given, text, s.now_ns + cases[i].at_ns);
        assert_true(w.stranger && !w.tenant && !w.asker.tenant.n);
        if (!pt_str_has(w.asker.why, pt_str_of(cases[i].why)))
            print_error("%zu: %.*s\n", i, PT_PRI(w.asker.why));
        assert_true(pt_str_has(w.asker.why, pt_str_of(cases[i].why)));
    }
    pt_arena_done(&s.a);
}

// The guard's own requests, that look at the daemon: what is harmless alone, by the secret alone.
static void test_who_is_the_guard_itself(void **state) {
    (void)state;
    static const struct {
        const char *uri;
        bool ours;
    } cases[] = {
        {"/info?paratia=secret", true},
        {"/_ping?paratia=secret", true},
        {"/info?paratia=secre", false},
        {"/info?paratia=secret2", false},
        {"/info?paratia=", false},
        {"/info", false},
        {"/info?paratia=x&paratia=secret", false},
        {"/containers/web/json?paratia=secret", false},
        {"/containers/web/logs?paratia=secret", false},
    };
    scene s;
    begin(&s);
    pt_guard_tenants t = given;
    t.no_socket = true;
    t.probe = PT_STR("secret");
    for (size_t i = 0; i < PT_COUNT(cases); i++) {
        pt_str text = pt_arena_printf(&s.a, "{\"RequestMethod\":\"GET\",\"RequestUri\":\"%s\"}",
                                      cases[i].uri);
        assert_int_equal(who(&s, &t, text, s.now_ns).stranger, !cases[i].ours);
    }
    t.probe = (pt_str){0};
    pt_str text = PT_STR("{\"RequestMethod\":\"GET\",\"RequestUri\":\"/info?paratia=\"}");
    assert_true(who(&s, &t, text, s.now_ns).stranger);
    t.probe = PT_STR("secret"); // with a certificate it is the certificate's
    text =
        pt_arena_printf(&s.a, "{\"RequestMethod\":\"GET\",\"RequestUri\":\"/info?paratia=secret\","
                              "\"User\":\"eve\",\"UserAuthNMethod\":\"TLS\"}");
    assert_true(who(&s, &t, text, s.now_ns).stranger);
    pt_arena_done(&s.a);
}

static void test_who_has_a_revoked_certificate_is_a_stranger(void **state) {
    (void)state;
    scene s;
    begin(&s);
    pt_str cert = certificate(&s, "alice");
    pt_x509_facts f;
    assert_int_equal(pt_x509_read(&s.a, cert, &f, NULL), PT_OK);
    pt_guard_tenants t = given;
    t.revoked = &f.serial;
    t.n_revoked = 1;
    assert_true(who(&s, &t, document(&s, "alice", "TLS", cert, NULL), s.now_ns).stranger);
    pt_str other = certificate(&s, "alice");
    assert_false(who(&s, &t, document(&s, "alice", "TLS", other, NULL), s.now_ns).stranger);
    pt_arena_done(&s.a);
}

// -- execs ----------------------------------------------------------------------------------------

static pt_str numbered(pt_arena *a, size_t i) {
    return pt_arena_printf(a, "%064zx", i);
}

static void test_execs_are_forgotten_the_oldest_of_who_has_many_first(void **state) {
    (void)state;
    PT_AUTO(pt_arena_done) pt_arena a = {0};
    pt_guard_execs *x = pt_guard_execs_new();
    assert_non_null(x);
    pt_guard_execs_add(x, PT_STR(EXEC), PT_STR("shop"));
    for (size_t i = 0; i < 600; i++)
        pt_guard_execs_add(x, numbered(&a, i), PT_STR("acme"));
    assert_true(pt_guard_execs_has(x, PT_STR(EXEC), PT_STR("shop")));
    assert_false(pt_guard_execs_has(x, PT_STR(EXEC), PT_STR("acme")));
    assert_false(pt_guard_execs_has(x, PT_STR(EXEC), PT_STR("sho")));
    assert_false(pt_guard_execs_has(x, numbered(&a, 0), PT_STR("acme")));
    assert_true(pt_guard_execs_has(x, numbered(&a, 599), PT_STR("acme")));
    assert_false(pt_guard_execs_has(x, pt_str_sub(PT_STR(EXEC), 0, 12), PT_STR("shop")));
    assert_false(pt_guard_execs_has(x, (pt_str){0}, PT_STR("shop")));
    pt_guard_execs_add(x, PT_STR("short"), PT_STR("shop"));
    assert_false(pt_guard_execs_has(x, PT_STR("short"), PT_STR("shop")));
    // Tenants without end: what is left is the newest.
    for (size_t i = 0; i < 20000; i++)
        pt_guard_execs_add(x, numbered(&a, i), pt_arena_printf(&a, "t%zu", i));
    assert_false(pt_guard_execs_has(x, PT_STR(EXEC), PT_STR("shop")));
    assert_true(pt_guard_execs_has(x, numbered(&a, 19999), PT_STR("t19999")));
    pt_guard_execs_free(x);
}

static pt_str answered(scene *s, const char *user, pt_str pem, int status) {
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(1 << 16);
    pt_buf_printf(&b, ",\"ResponseStatusCode\":%d,\"ResponseBody\":\"", status);
    pt_base64_put(&b, PT_STR("{\"Id\":\"" EXEC "\"}\n"));
    pt_buf_putz(&b, "\"");
    pt_str more = pt_arena_str(&s->a, pt_buf_str(&b));
    return document(s, user, user ? "TLS" : NULL, pem, more.p);
}

static void test_execs_are_remembered_of_tenants_that_made_them(void **state) {
    (void)state;
    scene s;
    begin(&s);
    s.now_ns = pt_now(); // certificates are looked at as of now
    assert_int_equal(pt_x509_authority(&s.a, PT_STR("test"), s.now_ns - HOUR_NS,
                                       s.now_ns + 10 * HOUR_NS, &s.authority, NULL),
                     PT_OK);
    pt_guard_execs *x = pt_guard_execs_new();
    pt_str cert = certificate(&s, "alice");
    const pt_str not_kept[] = {
        answered(&s, "alice", cert, 409),
        answered(&s, NULL, (pt_str){0}, 201),
        answered(&s, "alice", certificate(&s, "bob"), 201),
        document(&s, "alice", "TLS", cert, NULL),
        document(&s, "alice", "TLS", cert, ",\"ResponseStatusCode\":201,\"ResponseBody\":\"e30=\""),
        PT_STR("no JSON /exec"),
        PT_STR(""),
    };
    for (size_t i = 0; i < PT_COUNT(not_kept); i++) {
        pt_guard_who_remember(&s.a, not_kept[i], &given, x);
        assert_false(pt_guard_execs_has(x, PT_STR(EXEC), PT_STR("shop")));
        assert_false(pt_guard_execs_has(x, PT_STR(EXEC), PT_STR("acme")));
    }
    pt_guard_who_remember(&s.a, answered(&s, "alice", cert, 201), &given, x);
    assert_true(pt_guard_execs_has(x, PT_STR(EXEC), PT_STR("shop")));
    assert_false(pt_guard_execs_has(x, PT_STR(EXEC), PT_STR("acme")));
    pt_guard_execs_free(x);
    pt_arena_done(&s.a);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_who_is_told_by_a_certificate_that_holds_now),
        cmocka_unit_test(test_who_is_a_stranger_whenever_something_is_missing),
        cmocka_unit_test(test_who_is_the_guard_itself),
        cmocka_unit_test(test_who_has_a_revoked_certificate_is_a_stranger),
        cmocka_unit_test(test_execs_are_forgotten_the_oldest_of_who_has_many_first),
        cmocka_unit_test(test_execs_are_remembered_of_tenants_that_made_them),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
