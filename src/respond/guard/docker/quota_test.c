// How many receipts denials leave, over a clock that a test moves; and what the ledger gets.
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/instant.h"
#include "base/subprocess.h"
#include "base/testing.h"
#include "respond/guard/docker/guard_impl.h"
#include "value/json.h"

static pt_guard_decision denial(const char *user, const char *rule) {
    size_t n;
    const pt_docker_rule *rules = pt_docker_rules(&n);
    pt_guard_decision d = {.end = PT_GUARD_UNCLEAR, .request.user = pt_str_of(user)};
    for (size_t i = 0; i < n; i++)
        if (strcmp(rules[i].id, rule) == 0)
            d.unclear = &rules[i];
    assert_non_null(d.unclear);
    return d;
}

// How many of `n` denials at one moment have a receipt.
static size_t taken(pt_guard_quota *q, const char *user, size_t n, int64_t now_ns) {
    pt_guard_decision d = denial(user, "PT-GRD-BODY");
    size_t may = 0;
    for (size_t i = 0; i < n; i++)
        may += pt_guard_quota_take(q, &d, (pt_str){0}, now_ns);
    return may;
}

static void test_quota_is_a_hundred_then_ten_a_second_for_each_user(void **state) {
    (void)state;
    int64_t now = 5 * PT_SECOND_NS;
    pt_guard_quota *q = pt_guard_quota_new();
    assert_int_equal(taken(q, "alice", 1000, now), 100);
    assert_int_equal(taken(q, "bob", 50, now), 50);
    assert_int_equal(taken(q, "alice", 1000, now + PT_SECOND_NS), 10);
    assert_int_equal(taken(q, "bob", 1000, now + PT_SECOND_NS), 60);
    assert_int_equal(taken(q, "alice", 1000, now + 60 * PT_SECOND_NS), 100);
    pt_guard_quota_free(q);
}

static void test_quota_tells_what_is_over_of_each_user_once(void **state) {
    (void)state;
    int64_t now = 5 * PT_SECOND_NS;
    pt_guard_more m;
    pt_guard_quota *q = pt_guard_quota_new();
    assert_int_equal(taken(q, "alice", 1000, now), 100);
    pt_guard_decision other = denial("alice", "PT-GRD-ENDPOINT");
    assert_false(pt_guard_quota_take(q, &other, (pt_str){0}, now));
    assert_int_equal(taken(q, "bob", 100, now), 100);
    assert_false(pt_guard_quota_due(q, now + 9 * PT_SECOND_NS, &m));
    assert_true(pt_guard_quota_due(q, now + 10 * PT_SECOND_NS, &m));
    assert_int_equal(m.n, 901);
    assert_str(pt_guard_name_of(&m.user), "alice");
    size_t n_rules = 0;
    for (size_t i = 0; i < PT_COUNT(m.rules); i++)
        n_rules += m.rules[i];
    assert_int_equal(n_rules, 2);
    assert_false(pt_guard_quota_due(q, INT64_MAX, &m));
    pt_guard_quota_free(q);
}

// No number of names makes more of it, and nothing of them is lost.
static void test_quota_of_more_users_than_it_knows_is_shared(void **state) {
    (void)state;
    enum {
        USERS = 1000,
        EACH = 200
    };
    int64_t now = 5 * PT_SECOND_NS;
    pt_guard_more m;
    size_t may = 0;
    uint64_t told = 0;
    pt_guard_quota *q = pt_guard_quota_new();
    for (size_t i = 0; i < USERS; i++) {
        char name[16];
        snprintf(name, sizeof name, "user-%zu", i);
        may += taken(q, name, EACH, now);
    }
    assert_int_equal(may, 256 * 100);
    while (pt_guard_quota_due(q, INT64_MAX, &m))
        told += m.n;
    assert_int_equal(may + told, USERS * EACH);
    pt_guard_quota_free(q);
}

// Whose a document is that could not be read, as the daemon begins it.
static void test_quota_knows_who_sends_what_cannot_be_read(void **state) {
    (void)state;
    int64_t now = 5 * PT_SECOND_NS;
    pt_guard_quota *q = pt_guard_quota_new();
    pt_guard_decision d = denial("", "PT-GRD-BODY");
    for (size_t i = 0; i < 100; i++)
        assert_true(pt_guard_quota_take(q, &d, PT_STR("{\"User\":\"alice\",\"x"), now));
    assert_int_equal(taken(q, "alice", 10, now), 0);
    assert_int_equal(taken(q, "", 10, now), 10);
    pt_guard_quota_free(q);
}

// -- the guard ------------------------------------------------------------------------------------

typedef struct told {
    atomic_int lines;
    char last[512];
} told;

static void hear(void *context, pt_str line, bool sealed, uint64_t index) {
    told *t = context;
    (void)index;
    assert_true(sealed);
    atomic_fetch_add(&t->lines, 1);
    snprintf(t->last, sizeof t->last, "%.*s", PT_PRI(line));
}

// {"Image":"web:1","HostConfig":{"NetworkMode":"container:other"}}
#define BODY                                       \
    "eyJJbWFnZSI6IndlYjoxIiwiSG9zdENvbmZpZyI6eyJO" \
    "ZXR3b3JrTW9kZSI6ImNvbnRhaW5lcjpvdGhlciJ9fQ=="

typedef struct bench {
    char folder[32];
    told heard;
    pt_receipts *receipts;
    pt_docker_host host;
    pt_guard *guard;
} bench;

static void start(bench *b, const pt_guard_settings *settings) {
    pt_ledger *ledger = NULL;
    pt_ledger_recovery mended = {0};
    const pt_ledger_opts of = {.origin = PT_STR("test.invalid/paratia")};
    memcpy(b->folder, "/tmp/pt-quota-XXXXXX", sizeof "/tmp/pt-quota-XXXXXX");
    assert_non_null(mkdtemp(b->folder));
    assert_int_equal(pt_ledger_open(&ledger, b->folder, &of, &mended, NULL), PT_OK);
    const pt_receipts_opts to = {.ledger = ledger, .told = hear, .context = &b->heard};
    assert_int_equal(pt_receipts_new(&b->receipts, &to, NULL), PT_OK);
    const pt_guard_opts opts = {.mode = PT_GUARD_ENFORCE,
                                .threads = 1,
                                .host = &b->host,
                                .receipts = b->receipts,
                                .lines = PT_GUARD_TEXT_LINES};
    assert_int_equal(pt_guard_new(&b->guard, &opts, settings, NULL), PT_OK);
}

static void stop(bench *b) {
    const char *const argv[] = {"/bin/rm", "-rf", b->folder, NULL};
    PT_AUTO(pt_buf_done) pt_buf out = PT_BUF(4096);
    pt_subprocess_end how;
    pt_guard_free(b->guard); // what is left is told
    assert_true(pt_receipts_free(b->receipts, 5000));
    assert_int_equal(pt_subprocess_run(&(pt_subprocess){.argv = argv, .output_bytes_max = 4096},
                                       &out, &how, NULL),
                     PT_OK);
}

static void denied(bench *b, pt_str document) {
    const pt_http_call call = {
        .method = "POST", .target = PT_STR("/AuthZPlugin.AuthZReq"), .body = document};
    pt_http_reply r = {.body = PT_BUF(1 << 16)};
    pt_guard_handle(b->guard, &call, &r);
    assert_true(pt_str_starts(pt_buf_str(&r.body), PT_STR("{\"Allow\":false")));
    pt_buf_done(&r.body);
}

static void test_guard_denies_all_and_leaves_few_receipts(void **state) {
    (void)state;
    bench b = {0};
    pt_guard_counts c;
    start(&b, &(pt_guard_settings){0});
    for (size_t i = 0; i < 5000; i++)
        denied(&b, PT_STR("{\"RequestMethod\":\"GET\",\"RequestUri\":\"/nowhere\"}"));
    pt_guard_count(b.guard, &c);
    assert_int_equal(c.denied, 5000);
    assert_true(c.gathered > 3000);
    stop(&b);
    assert_true(atomic_load(&b.heard.lines) >= 101);
    assert_true((uint64_t)atomic_load(&b.heard.lines) <= 5000 - c.gathered + 3);
    assert_true(
        pt_str_has(pt_str_of(b.heard.last), PT_STR(" more denials of the same kind  PT-GRD-")));
}

// Settings change while it is judged by them, and the receipt names what was in them.
static pt_fact reload_meanwhile(void *context, pt_arena *a, pt_str name) {
    (void)a, (void)name;
    assert_int_equal(pt_guard_reload(context, &(pt_guard_settings){.rules.tags = true}, NULL),
                     PT_OK);
    return pt_fact_absent(PT_STR("none"));
}

static void test_guard_keeps_settings_that_a_receipt_names(void **state) {
    (void)state;
    static const char *const DOCS[] = {
        "{\"apiVersion\":\"templates.gatekeeper.sh/v1\",\"kind\":\"ConstraintTemplate\","
        "\"metadata\":{\"name\":\"all\"},\"spec\":{\"crd\":{\"spec\":{\"names\":{\"kind\":\"All\"}}"
        "},"
        "\"targets\":[{\"target\":\"admission.k8s.gatekeeper.sh\",\"rego\":"
        "\"package x\\nviolation[{\\\"msg\\\": \\\"no\\\"}] { true }\"}]}}",
        "{\"apiVersion\":\"constraints.gatekeeper.sh/v1beta1\",\"kind\":\"All\","
        "\"metadata\":{\"name\":\"none-may\"},\"spec\":{}}"};
    PT_AUTO(pt_arena_done) pt_arena a = {0};
    pt_guard_policy policies[PT_COUNT(DOCS)] = {0};
    bench b = {0};
    for (size_t i = 0; i < PT_COUNT(DOCS); i++)
        assert_int_equal(pt_json_parse(&a, pt_str_of(DOCS[i]), NULL, &policies[i].doc, NULL),
                         PT_OK);
    start(&b, &(pt_guard_settings){
                  .rules.tags = true, .policies = policies, .n_policies = PT_COUNT(policies)});
    b.host.context = b.guard;
    b.host.container = reload_meanwhile;
    denied(
        &b,
        PT_STR("{\"RequestMethod\":\"POST\",\"RequestUri\":\"/containers/create\","
               "\"RequestHeaders\":{\"Content-Type\":\"application/json\"},\"RequestBody\":\"" BODY
               "\"}"));
    stop(&b);
    assert_true(pt_str_has(pt_str_of(b.heard.last), PT_STR("All/none-may")));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_quota_is_a_hundred_then_ten_a_second_for_each_user),
        cmocka_unit_test(test_quota_tells_what_is_over_of_each_user_once),
        cmocka_unit_test(test_quota_of_more_users_than_it_knows_is_shared),
        cmocka_unit_test(test_quota_knows_who_sends_what_cannot_be_read),
        cmocka_unit_test(test_guard_denies_all_and_leaves_few_receipts),
        cmocka_unit_test(test_guard_keeps_settings_that_a_receipt_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
