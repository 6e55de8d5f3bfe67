// Reviews over the handler: what is answered, counted and told, while settings change.
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>

#include "base/testing.h"
#include "respond/guard/k8s/webhook_impl.h"
#include "value/json.h"

#define TEMPLATE                                                                           \
    "{\"apiVersion\":\"templates.gatekeeper.sh/v1\",\"kind\":\"ConstraintTemplate\","      \
    "\"metadata\":{\"name\":\"needsowner\"},\"spec\":{\"crd\":{\"spec\":{\"names\":{"      \
    "\"kind\":\"NeedsOwner\"}}},\"targets\":[{\"target\":\"admission.k8s.gatekeeper.sh\"," \
    "\"rego\":\"package needsowner\\nviolation[{\\\"msg\\\": msg}] {\\n"                   \
    "not input.review.object.metadata.labels.owner\\nmsg := \\\"no owner\\\"\\n}\"}]}}"
#define SLOW                                                                           \
    "{\"apiVersion\":\"templates.gatekeeper.sh/v1\",\"kind\":\"ConstraintTemplate\","  \
    "\"metadata\":{\"name\":\"isslow\"},\"spec\":{\"crd\":{\"spec\":{\"names\":{"      \
    "\"kind\":\"IsSlow\"}}},\"targets\":[{\"target\":\"admission.k8s.gatekeeper.sh\"," \
    "\"rego\":\"package isslow\\nviolation[{\\\"msg\\\": \\\"slow\\\"}] {\\n"          \
    "n := numbers.range(1, 3000)\\ncount([1 | n[_] + n[_] + n[_] == 1]) > 0\\n}\"}]}}"
#define CONSTRAINT(kind, action)                                                       \
    "{\"apiVersion\":\"constraints.gatekeeper.sh/v1beta1\",\"kind\":\"" kind "\","     \
    "\"metadata\":{\"name\":\"must\"},\"spec\":{\"enforcementAction\":\"" action "\"," \
    "\"match\":{\"kinds\":[{\"apiGroups\":[\"\"],\"kinds\":[\"ConfigMap\"]}]}}}"
#define REVIEW(meta)                                                                           \
    "{\"apiVersion\":\"admission.k8s.io/v1\",\"kind\":\"AdmissionReview\",\"request\":{"       \
    "\"uid\":\"u-1\",\"kind\":{\"group\":\"\",\"version\":\"v1\",\"kind\":\"ConfigMap\"},"     \
    "\"resource\":{\"group\":\"\",\"version\":\"v1\",\"resource\":\"configmaps\"},"            \
    "\"namespace\":\"shop\",\"name\":\"m\",\"operation\":\"CREATE\",\"userInfo\":{"            \
    "\"username\":\"jane@example.org\",\"groups\":[\"g\"]},\"object\":{\"apiVersion\":\"v1\"," \
    "\"kind\":\"ConfigMap\",\"metadata\":{\"name\":\"m\",\"namespace\":\"shop\"" meta "}},"    \
    "\"oldObject\":null,\"dryRun\":false}}"
#define OWNED ",\"labels\":{\"owner\":\"jane\"}"

typedef struct bench {
    pt_arena arena;
    pt_webhook *webhook;
    pt_buf reply;
    int status;
} bench;

static pt_webhook_settings settings_of(pt_arena *a, const char *const *docs, size_t n) {
    pt_guard_policy *policies = PT_NEW(a, pt_guard_policy, n);
    for (size_t i = 0; i < n; i++)
        assert_int_equal(pt_json_parse(a, pt_str_of(docs[i]), NULL, &policies[i].doc, NULL), PT_OK);
    return (pt_webhook_settings){.policies = policies, .n_policies = n};
}

static void start(bench *b, const pt_webhook_opts *opts, const char *template,
                  const char *constraint) {
    const char *const docs[] = {template, constraint};
    *b = (bench){.reply = PT_BUF(1 << 20)};
    pt_webhook_settings s = settings_of(&b->arena, docs, PT_COUNT(docs));
    pt_webhook_opts with = *opts;
    with.threads = with.threads ? with.threads : 1;
    assert_int_equal(pt_webhook_new(&b->webhook, &with, &s, NULL), PT_OK);
}

static void stop(bench *b) {
    pt_webhook_free(b->webhook);
    pt_buf_done(&b->reply);
    pt_arena_done(&b->arena);
}

static pt_str call(bench *b, const char *method, const char *target, const char *body) {
    pt_http_call c = {.method = method, .target = pt_str_of(target), .body = pt_str_of(body)};
    pt_http_reply r = {.body = b->reply};
    pt_buf_clear(&r.body);
    bool ours = pt_webhook_handle(b->webhook, &c, &r);
    b->reply = r.body;
    b->status = !ours ? 404 : r.status ? r.status : 200;
    return pt_buf_str(&b->reply);
}

// The response to a review; in the bench's arena.
static pt_value admit(bench *b, const char *review) {
    pt_value v;
    pt_str text = pt_arena_str(&b->arena, call(b, "POST", "/v1/admit?timeout=10s", review));
    assert_int_equal(b->status, 200);
    assert_int_equal(pt_json_parse(&b->arena, text, NULL, &v, NULL), PT_OK);
    pt_value response = pt_getz(v, "response");
    assert_str(pt_text(pt_getz(v, "kind")), "AdmissionReview");
    assert_str(pt_text(pt_getz(response, "uid")), "u-1");
    return response;
}

static const char *message_of(pt_value response) {
    return pt_text(pt_getz(pt_getz(response, "status"), "message")).p;
}

static bool counts(bench *b, const char *line) {
    PT_AUTO(pt_buf_done) pt_buf text = PT_BUF(1 << 20);
    pt_webhook_put_metrics(b->webhook, &text);
    return pt_str_has(pt_buf_str(&text), pt_str_of(line));
}

static void test_webhook_denies_by_policies_and_counts(void **state) {
    (void)state;
    bench b;
    start(&b, &(pt_webhook_opts){.mode = PT_GUARD_ENFORCE}, TEMPLATE,
          CONSTRAINT("NeedsOwner", "deny"));
    assert_true(pt_true(pt_getz(admit(&b, REVIEW(OWNED)), "allowed")));
    pt_value no = admit(&b, REVIEW(""));
    assert_false(pt_true(pt_getz(no, "allowed")));
    assert_true(pt_str_has(pt_str_of(message_of(no)), PT_STR("[must] no owner")));
    assert_true(counts(&b, "gatekeeper_validation_request_count{admission_dryrun=\"false\","
                           "admission_status=\"allow\"} 1\n"));
    assert_true(counts(&b, "admission_status=\"deny\"} 1\n"));
    assert_true(counts(&b, "paratia_violations_total{constraint_kind=\"NeedsOwner\","
                           "constraint_name=\"must\",enforcement_action=\"deny\"} 1\n"));
    assert_true(counts(&b, "gatekeeper_constraints{enforcement_action=\"deny\","
                           "status=\"active\"} 1\n"));
    stop(&b);
}

#define LOST(kind, rule)                                                                 \
    "{\"apiVersion\":\"templates.gatekeeper.sh/v1\",\"kind\":\"ConstraintTemplate\","    \
    "\"metadata\":{\"name\":\"" rule "\"},\"spec\":{\"crd\":{\"spec\":{\"names\":{"      \
    "\"kind\":\"" kind "\"}}},\"targets\":[{\"target\":\"admission.k8s.gatekeeper.sh\"," \
    "\"rego\":\"package p\\nviolation[{\\\"msg\\\": \\\"few\\\"}] {\\nshare < 3\\n}\\n"  \
    "share = n {\\nn := to_number(input.review.object.metadata.labels.owner)\\n}\"}]}}"
#define FAULTS(kind) \
    "paratia_policy_builtin_errors_total{constraint_kind=\"" kind "\",constraint_name=\"must\"} "

// What a built-in that fails leaves undefined is no violation, as upstream: it is counted, of every
// policy, where they share what failed, too.
static void test_webhook_counts_built_ins_that_fail(void **state) {
    (void)state;
    static const char *const DOCS[] = {LOST("One", "one"), CONSTRAINT("One", "deny"),
                                       LOST("Two", "two"), CONSTRAINT("Two", "deny")};
    bench b = {.reply = PT_BUF(1 << 20)};
    pt_webhook_settings s = settings_of(&b.arena, DOCS, PT_COUNT(DOCS));
    const pt_webhook_opts opts = {.mode = PT_GUARD_ENFORCE, .threads = 1};
    assert_int_equal(pt_webhook_new(&b.webhook, &opts, &s, NULL), PT_OK);
    assert_true(pt_true(pt_getz(admit(&b, REVIEW(",\"labels\":{\"owner\":\"4\"}")), "allowed")));
    assert_true(counts(&b, FAULTS("One") "0\n"));
    assert_true(pt_true(pt_getz(admit(&b, REVIEW(OWNED)), "allowed")));
    assert_true(pt_true(pt_getz(admit(&b, REVIEW(OWNED)), "allowed")));
    assert_true(counts(&b, FAULTS("One") "2\n"));
    assert_true(counts(&b, FAULTS("Two") "2\n"));
    assert_true(counts(&b, "paratia_policy_errors_total{constraint_kind=\"One\","
                           "constraint_name=\"must\"} 0\n"));
    stop(&b);
}

static void count_fault(void *ctx, const pt_gk_fault *f) {
    *(size_t *)ctx += f->bound;
}

// What an API server holds and cannot be evaluated denies, and is counted apart; files are not so.
static void test_webhook_broken_policies_of_the_api_server_deny(void **state) {
    (void)state;
    static const char *const DOCS[] = {TEMPLATE, CONSTRAINT("NeedsOwner", "deny"),
                                       CONSTRAINT("Nobody", "deny")};
    bench b = {.reply = PT_BUF(1 << 20)};
    pt_webhook_settings s = settings_of(&b.arena, DOCS, PT_COUNT(DOCS));
    pt_guard_policy *policies = PT_NEW(&b.arena, pt_guard_policy, PT_COUNT(DOCS));
    const pt_webhook_opts opts = {.mode = PT_GUARD_ENFORCE, .threads = 1};
    pt_err e = {0};
    assert_int_equal(pt_webhook_new(&b.webhook, &opts, &s, &e), PT_E_FORMAT);
    memcpy(policies, s.policies, PT_COUNT(DOCS) * sizeof *policies);
    policies[2].bound = true;
    s.policies = policies;
    s.live = true;
    assert_int_equal(pt_webhook_new(&b.webhook, &opts, &s, &e), PT_OK);
    pt_value no = admit(&b, REVIEW(OWNED));
    assert_false(pt_true(pt_getz(no, "allowed")));
    assert_true(
        pt_str_has(pt_str_of(message_of(no)),
                   PT_STR("[must] it could not be judged: no template of the kind Nobody")));
    assert_true(counts(&b, "gatekeeper_constraints{enforcement_action=\"deny\","
                           "status=\"active\"} 1\n"));
    assert_true(counts(&b, "gatekeeper_constraints{enforcement_action=\"deny\","
                           "status=\"error\"} 1\n"));
    assert_true(counts(&b, "paratia_policy_errors_total{constraint_kind=\"Nobody\","
                           "constraint_name=\"must\"} 1\n"));
    pt_guard_policies_id id = pt_webhook_policies_in_force(b.webhook);
    assert_int_equal(id.constraints, 1);
    assert_int_equal(id.bound, 0);
    assert_int_equal(id.broken, 1);
    size_t faults = 0;
    pt_webhook_each_fault(b.webhook, count_fault, &faults);
    assert_int_equal(faults, 1);
    s.n_policies = 0; // there need be none
    assert_int_equal(pt_webhook_reload(b.webhook, &s, &e), PT_OK);
    assert_true(pt_true(pt_getz(admit(&b, REVIEW("")), "allowed")));
    stop(&b);
}

static void test_webhook_that_learns_denies_nothing_and_says_it(void **state) {
    (void)state;
    bench b;
    start(&b, &(pt_webhook_opts){.mode = PT_GUARD_LEARN}, TEMPLATE,
          CONSTRAINT("NeedsOwner", "deny"));
    pt_value yes = admit(&b, REVIEW(""));
    assert_true(pt_true(pt_getz(yes, "allowed")));
    pt_value notes = pt_getz(yes, "auditAnnotations");
    assert_true(pt_str_has(pt_text(pt_getz(notes, "would-deny")), PT_STR("no owner")));
    assert_true(counts(&b, "paratia_guard_ends_total{end=\"denied\"} 1\n"));
    stop(&b);
}

static void test_webhook_denies_what_it_cannot_judge_in_time(void **state) {
    (void)state;
    bench b;
    start(&b, &(pt_webhook_opts){.mode = PT_GUARD_ENFORCE, .deadline_ms = 50}, SLOW,
          CONSTRAINT("IsSlow", "deny"));
    pt_value no = admit(&b, REVIEW(""));
    assert_false(pt_true(pt_getz(no, "allowed")));
    assert_true(counts(&b, "paratia_guard_ends_total{end=\"late\"} 1\n"));
    assert_true(counts(&b, "admission_status=\"error\"} 1\n"));
    stop(&b);
}

#define LOUD                                                                               \
    "{\"apiVersion\":\"templates.gatekeeper.sh/v1\",\"kind\":\"ConstraintTemplate\","      \
    "\"metadata\":{\"name\":\"isloud\"},\"spec\":{\"crd\":{\"spec\":{\"names\":{"          \
    "\"kind\":\"IsLoud\"}}},\"targets\":[{\"target\":\"admission.k8s.gatekeeper.sh\","     \
    "\"rego\":\"package isloud\\nviolation[{\\\"msg\\\": msg}] {\\nn := numbers.range(1, " \
    "200000)[_]\\n"                                                                        \
    "msg := sprintf(\\\"%d of far too many things that are wrong with it\\\", [n])\\n}\"}]}}"

// What fills the memory of judging is denied, whatever the policy's action says, and leaves a
// receipt.
static void test_webhook_denies_what_has_more_wrong_than_it_can_tell(void **state) {
    (void)state;
    static const char *const constraints[] = {CONSTRAINT("IsLoud", "deny"),
                                              CONSTRAINT("IsLoud", "warn")};
    for (size_t i = 0; i < PT_COUNT(constraints); i++) {
        bench b;
        start(&b, &(pt_webhook_opts){.mode = PT_GUARD_ENFORCE, .deadline_ms = 20000}, LOUD,
              constraints[i]);
        pt_value no = admit(&b, REVIEW(""));
        assert_false(pt_true(pt_getz(no, "allowed")));
        assert_true(strlen(message_of(no)) > 0);
        assert_true(counts(&b, "paratia_guard_ends_total{end=\"unjudged\"} 1\n"));
        stop(&b);
    }
}

static void test_webhook_refuses_what_is_no_review(void **state) {
    (void)state;
    static const struct {
        const char *method, *target, *body;
        int status;
    } cases[] = {
        {"GET", "/v1/admit", "", 405},
        {"POST", "/v1/admit/", "{}", 404},
        {"POST", "/v1/data", "{}", 404},
        {"POST", "/v1/admit", "", 400},
        {"POST", "/v1/admit", "{", 400},
        {"POST", "/v1/admit", "{\"kind\":\"AdmissionReview\"}", 400},
    };
    bench b;
    start(&b, &(pt_webhook_opts){.mode = PT_GUARD_ENFORCE}, TEMPLATE,
          CONSTRAINT("NeedsOwner", "deny"));
    for (size_t i = 0; i < PT_COUNT(cases); i++) {
        call(&b, cases[i].method, cases[i].target, cases[i].body);
        assert_int_equal(b.status, cases[i].status);
    }
    assert_true(counts(&b, "paratia_guard_ends_total{end=\"malformed\"} 3\n"));
    stop(&b);
}

static void test_webhook_keeps_old_settings_where_new_ones_are_broken(void **state) {
    (void)state;
    const char *const other[] = {TEMPLATE, CONSTRAINT("NeedsOwner", "dryrun")};
    const char *const broken[] = {TEMPLATE, CONSTRAINT("NoSuchKind", "deny")};
    bench b;
    start(&b, &(pt_webhook_opts){.mode = PT_GUARD_ENFORCE}, TEMPLATE,
          CONSTRAINT("NeedsOwner", "deny"));
    pt_webhook_settings s = settings_of(&b.arena, broken, PT_COUNT(broken));
    assert_int_equal(pt_webhook_reload(b.webhook, &s, NULL), PT_E_FORMAT);
    assert_false(pt_true(pt_getz(admit(&b, REVIEW("")), "allowed")));
    s = settings_of(&b.arena, other, PT_COUNT(other));
    assert_int_equal(pt_webhook_reload(b.webhook, &s, NULL), PT_OK);
    assert_true(pt_true(pt_getz(admit(&b, REVIEW("")), "allowed")));
    assert_true(counts(&b, "paratia_guard_reloads_total 1\n"));
    assert_true(counts(&b, "paratia_guard_reload_failures_total 1\n"));
    stop(&b);
}

static pt_value find_shop(void *ctx, pt_arena *a, pt_str name) {
    int *asked = ctx;
    pt_value v;
    ++*asked;
    assert_str(name, "shop");
    assert_int_equal(
        pt_json_parse(a,
                      PT_STR("{\"apiVersion\":\"v1\",\"kind\":\"Namespace\",\"metadata\":{\"name\":"
                             "\"shop\",\"labels\":{\"judged\":\"no\"}}}"),
                      NULL, &v, NULL),
        PT_OK);
    return v;
}

static void test_webhook_asks_for_a_namespace_that_it_does_not_know(void **state) {
    (void)state;
    static const char constraint[] =
        "{\"apiVersion\":\"constraints.gatekeeper.sh/v1beta1\",\"kind\":\"NeedsOwner\","
        "\"metadata\":{\"name\":\"must\"},\"spec\":{\"match\":{\"namespaceSelector\":{"
        "\"matchLabels\":{\"judged\":\"yes\"}}}}}";
    int asked = 0;
    bench b;
    start(&b, &(pt_webhook_opts){.mode = PT_GUARD_ENFORCE}, TEMPLATE, constraint);
    assert_false(pt_true(pt_getz(admit(&b, REVIEW("")), "allowed"))); // who knows?
    stop(&b);
    start(&b,
          &(pt_webhook_opts){.mode = PT_GUARD_ENFORCE, .find_namespace = find_shop, .ctx = &asked},
          TEMPLATE, constraint);
    assert_true(pt_true(pt_getz(admit(&b, REVIEW("")), "allowed")));
    assert_int_equal(asked, 1);
    pt_arena a = {0};
    pt_value v;
    assert_int_equal(pt_json_parse(&a,
                                   PT_STR("{\"shop\":{\"apiVersion\":\"v1\",\"kind\":\"Namespace\","
                                          "\"metadata\":{\"name\":\"shop\",\"labels\":{\"judged\":"
                                          "\"yes\"}}}}"),
                                   NULL, &v, NULL),
                     PT_OK);
    assert_int_equal(pt_webhook_learn(b.webhook, PT_WEBHOOK_NAMESPACES, &a,
                                      &(pt_webhook_facts){.value = v}, NULL),
                     PT_OK);
    assert_false(pt_true(pt_getz(admit(&b, REVIEW("")), "allowed")));
    assert_int_equal(asked, 1);
    stop(&b);
}

// -- what is told ---------------------------------------------------------------------------------

static pt_webhook_decision decision_of(pt_arena *a, const char *review) {
    pt_webhook_decision d = {.end = PT_ADMISSION_ALLOWED, .allow = true, .digest = "d1"};
    d.document = pt_str_of(review);
    assert_int_equal(pt_admission_read(a, d.document, &d.request, NULL), PT_OK);
    return d;
}

static void test_receipt_has_no_name_and_no_object(void **state) {
    (void)state;
    PT_AUTO(pt_arena_done) pt_arena a = {0};
    pt_webhook_decision d = decision_of(&a, REVIEW(OWNED));
    pt_webhook_receipt r =
        pt_webhook_receipt_of(&a, &d, &(pt_webhook_opts){.lines = PT_GUARD_JSON_LINES});
    assert_false(pt_str_has(r.entry, PT_STR("jane")));
    assert_false(pt_str_has(r.entry, PT_STR("owner")));
    assert_true(pt_str_has(r.entry, PT_STR("\"namespace\":\"shop\"")));
    assert_true(pt_str_has(r.entry, PT_STR("\"policy\":\"d1\"")));
    assert_true(pt_str_has(r.line, PT_STR("jane@example.org")));
    assert_true(pt_str_has(r.line, PT_STR("\"salt\":\"")));
}

static void test_receipt_clips_what_others_chose_and_says_so(void **state) {
    (void)state;
    PT_AUTO(pt_arena_done) pt_arena a = {0};
    PT_AUTO(pt_buf_done) pt_buf long_ = PT_BUF(1 << 20);
    for (size_t i = 0; i < 40000; i++)
        pt_buf_putz(&long_, "é");
    pt_webhook_decision d = decision_of(&a, REVIEW(OWNED));
    d.request.name = d.request.user = pt_buf_str(&long_);
    pt_webhook_receipt r =
        pt_webhook_receipt_of(&a, &d, &(pt_webhook_opts){.lines = PT_GUARD_JSON_LINES});
    pt_value line;
    pt_value entry;
    assert_int_equal(pt_json_parse(&a, r.line, NULL, &line, NULL), PT_OK);
    assert_int_equal(pt_json_parse(&a, r.entry, NULL, &entry, NULL), PT_OK);
    assert_true(pt_str_ends(pt_text(pt_getz(line, "user")), PT_STR("é…")));
    assert_true(pt_str_ends(pt_text(pt_getz(entry, "name")), PT_STR("é…")));
    assert_true(r.entry.n < 2048 && r.line.n < 3072);
}

static void test_receipt_tells_some_of_a_long_message_and_each_word_once(void **state) {
    (void)state;
    PT_AUTO(pt_arena_done) pt_arena a = {0};
    PT_AUTO(pt_buf_done) pt_buf long_ = PT_BUF(1 << 20);
    for (size_t i = 0; i < 40000; i++)
        pt_buf_putz(&long_, "é");
    pt_gk_constraint many = {.kind = PT_STR("K"), .name = PT_STR("many")};
    pt_gk_constraint last = {.kind = PT_STR("K"), .name = PT_STR("last")};
    pt_gk_violation found[100];
    for (size_t i = 0; i < PT_COUNT(found); i++)
        found[i] = (pt_gk_violation){.constraint = i < 99 ? &many : &last, .action = PT_GK_DENY};
    pt_webhook_decision d = decision_of(&a, REVIEW(OWNED));
    d.end = PT_ADMISSION_DENIED;
    d.allow = false;
    d.verdict.message = pt_buf_str(&long_);
    d.verdict.policies.violations.v = found;
    d.verdict.policies.violations.n = PT_COUNT(found);
    pt_value v;
    pt_webhook_receipt r =
        pt_webhook_receipt_of(&a, &d, &(pt_webhook_opts){.lines = PT_GUARD_JSON_LINES});
    assert_true(pt_str_has(r.entry, PT_STR("\"rules\":[\"K/last\",\"K/many\"]")));
    assert_int_equal(pt_json_parse(&a, r.line, NULL, &v, NULL), PT_OK);
    assert_true(pt_str_ends(pt_text(pt_getz(v, "message")), PT_STR("é…")));
}

static void test_decision_log_is_opas_and_erases_secrets(void **state) {
    (void)state;
    static const char secret[] =
        "{\"apiVersion\":\"admission.k8s.io/v1\",\"kind\":\"AdmissionReview\",\"request\":{"
        "\"uid\":\"u-2\",\"kind\":{\"group\":\"\",\"version\":\"v1\",\"kind\":\"Secret\"},"
        "\"resource\":{\"group\":\"\",\"version\":\"v1\",\"resource\":\"secrets\"},"
        "\"namespace\":\"shop\",\"name\":\"s\",\"operation\":\"UPDATE\",\"userInfo\":{"
        "\"username\":\"jane\"},\"object\":{\"apiVersion\":\"v1\","
        "\"kind\":\"Secret\",\"data\":{\"k\":\"cGFzc3dvcmQ=\"}},\"oldObject\":{\"apiVersion\":"
        "\"v1\","
        "\"kind\":\"Secret\",\"data\":{\"k\":\"b2xkZXI=\"}}}}";
    PT_AUTO(pt_arena_done) pt_arena a = {0};
    pt_value v;
    pt_webhook_opts opts = {.decisions = true};
    pt_webhook_decision d = decision_of(&a, REVIEW(OWNED));
    pt_webhook_receipt r = pt_webhook_receipt_of(&a, &d, &opts);
    assert_int_equal(pt_json_parse(&a, r.line, NULL, &v, NULL), PT_OK);
    assert_str(pt_text(pt_getz(v, "decision_id")), "u-1");
    assert_true(pt_true(pt_getz(pt_getz(v, "result"), "allowed")));
    pt_value request = pt_getz(pt_getz(v, "input"), "request");
    assert_str(pt_text(pt_getz(pt_getz(request, "object"), "kind")), "ConfigMap");
    assert_false(pt_defined(pt_getz(v, "erased")));

    d = decision_of(&a, secret);
    r = pt_webhook_receipt_of(&a, &d, &opts);
    assert_int_equal(pt_json_parse(&a, r.line, NULL, &v, NULL), PT_OK);
    assert_false(pt_str_has(r.line, PT_STR("cGFzc3dvcmQ=")));
    assert_false(pt_str_has(r.line, PT_STR("b2xkZXI=")));
    assert_int_equal(pt_len(pt_getz(v, "erased")), 2);
}

// -- threads --------------------------------------------------------------------------------------

enum {
    THREADS = 4,
    CALLS = 300,
    RELOADS = 40
};

typedef struct asking {
    pt_webhook *webhook;
    size_t thread;
    atomic_int *wrong;
} asking;

static void *ask_often(void *context) {
    const asking *k = context;
    PT_AUTO(pt_buf_done) pt_buf reply = PT_BUF(1 << 16);
    for (int i = 0; i < CALLS; i++) {
        pt_http_call c = {.method = "POST",
                          .target = PT_STR("/v1/admit"),
                          .body = PT_STR(REVIEW("")),
                          .thread = k->thread};
        pt_http_reply r = {.body = reply};
        pt_buf_clear(&r.body);
        PT_IGNORE(pt_webhook_handle(k->webhook, &c, &r));
        reply = r.body;
        if (!pt_str_has(pt_buf_str(&reply), PT_STR("\"allowed\":false")))
            atomic_fetch_add(k->wrong, 1);
    }
    return NULL;
}

static void test_webhook_answers_all_while_it_is_given_new_settings(void **state) {
    (void)state;
    const char *const docs[] = {TEMPLATE, CONSTRAINT("NeedsOwner", "deny")};
    bench b;
    start(&b, &(pt_webhook_opts){.mode = PT_GUARD_ENFORCE, .threads = THREADS}, docs[0], docs[1]);
    pthread_t threads[THREADS];
    asking of[THREADS];
    atomic_int wrong = 0;
    for (size_t i = 0; i < THREADS; i++) {
        of[i] = (asking){b.webhook, i, &wrong};
        assert_int_equal(pthread_create(&threads[i], NULL, ask_often, &of[i]), 0);
    }
    pt_webhook_settings s = settings_of(&b.arena, docs, PT_COUNT(docs));
    for (size_t i = 0; i < RELOADS; i++) {
        pt_arena a = {0};
        pt_obj none = {.a = &a};
        pt_value namespaces = pt_obj_end(&none);
        assert_int_equal(pt_webhook_reload(b.webhook, &s, NULL), PT_OK);
        assert_int_equal(pt_webhook_learn(b.webhook, PT_WEBHOOK_NAMESPACES, &a,
                                          &(pt_webhook_facts){.value = namespaces}, NULL),
                         PT_OK);
    }
    for (size_t i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    assert_int_equal(atomic_load(&wrong), 0);
    pt_webhook_counts c;
    pt_webhook_count(b.webhook, &c);
    assert_int_equal(c.ends[PT_ADMISSION_DENIED], THREADS * CALLS);
    assert_int_equal(c.reloads, RELOADS);
    stop(&b);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_webhook_denies_by_policies_and_counts),
        cmocka_unit_test(test_webhook_counts_built_ins_that_fail),
        cmocka_unit_test(test_webhook_broken_policies_of_the_api_server_deny),
        cmocka_unit_test(test_webhook_that_learns_denies_nothing_and_says_it),
        cmocka_unit_test(test_webhook_denies_what_it_cannot_judge_in_time),
        cmocka_unit_test(test_webhook_denies_what_has_more_wrong_than_it_can_tell),
        cmocka_unit_test(test_webhook_refuses_what_is_no_review),
        cmocka_unit_test(test_webhook_keeps_old_settings_where_new_ones_are_broken),
        cmocka_unit_test(test_webhook_asks_for_a_namespace_that_it_does_not_know),
        cmocka_unit_test(test_receipt_has_no_name_and_no_object),
        cmocka_unit_test(test_receipt_clips_what_others_chose_and_says_so),
        cmocka_unit_test(test_receipt_tells_some_of_a_long_message_and_each_word_once),
        cmocka_unit_test(test_decision_log_is_opas_and_erases_secrets),
        cmocka_unit_test(test_webhook_answers_all_while_it_is_given_new_settings),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
