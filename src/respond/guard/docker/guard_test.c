// The calls of the plugin protocol, over a host that a test slows down.
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/instant.h"
#include "base/testing.h"
#include "respond/guard/docker/guard_impl.h"
#include "value/json.h"

typedef struct bench {
    pt_guard *guard;
    pt_docker_host host;
    atomic_int hold; // looking at paths waits for its end
    atomic_int slow_ms, paths;
    pt_buf reply;
    int status;
} bench;

static pt_fact no_image(void *context, pt_arena *a, pt_str name) {
    (void)context, (void)a, (void)name;
    return pt_fact_absent(PT_STR("none"));
}

static pt_fact slow_path(void *context, pt_arena *a, pt_str path) {
    bench *b = context;
    atomic_fetch_add(&b->paths, 1);
    while (atomic_load(&b->hold))
        usleep(1000);
    if (!pt_arena_ended(a))
        usleep((useconds_t)atomic_load(&b->slow_ms) * 1000);
    pt_obj o = {.a = a};
    pt_list none = {.a = a};
    pt_value empty = pt_list_end(&none);
    pt_obj_set(&o, "resolved", pt_string(path));
    pt_obj_set(&o, "links", empty);
    pt_obj_set(&o, "open", empty);
    pt_obj_set(&o, "type", pt_stringz("directory"));
    return pt_fact_known(pt_obj_end(&o), path);
}

static pt_fact plain_daemon(void *context, pt_arena *a) {
    (void)context;
    pt_obj o = {.a = a};
    pt_obj_set(&o, "userns_remap", pt_bool(false));
    pt_obj_set(&o, "data_root", pt_stringz("/var/lib/docker"));
    return pt_fact_known(pt_obj_end(&o), PT_STR("test"));
}

static pt_fact no_mounts(void *context, pt_arena *a) {
    (void)context;
    pt_list none = {.a = a};
    return pt_fact_known(pt_list_end(&none), PT_STR("test"));
}

static void start(bench *b, pt_guard_mode mode, pt_podsec_level level) {
    *b = (bench){.reply = PT_BUF(1 << 20)};
    b->host = (pt_docker_host){.context = b,
                               .volume = no_image,
                               .container = no_image,
                               .image = no_image,
                               .path = slow_path,
                               .daemon = plain_daemon,
                               .mounts = no_mounts};
    pt_guard_opts opts = {.mode = mode, .threads = 1, .host = &b->host, .deadline_ms = 200};
    pt_guard_settings settings = {.rules.tags = true, .level = level};
    assert_int_equal(pt_guard_new(&b->guard, &opts, &settings, NULL), PT_OK);
}

static void stop(bench *b) {
    pt_guard_free(b->guard);
    pt_buf_done(&b->reply);
}

static pt_str call(bench *b, const char *method, const char *target, pt_str body) {
    pt_http_call c = {.method = method, .target = pt_str_of(target), .body = body};
    pt_http_reply r = {.body = b->reply};
    pt_buf_clear(&r.body);
    pt_guard_handle(b->guard, &c, &r);
    b->reply = r.body;
    b->status = r.status ? r.status : 200;
    return pt_buf_str(&b->reply);
}

// A document of the daemon for `body`.
static pt_str document(pt_arena *a, const char *method, const char *uri, const char *body) {
    PT_AUTO(pt_buf_done) pt_buf text = PT_BUF(1 << 20);
    pt_buf_printf(&text, "{\"RequestMethod\":\"%s\",\"RequestUri\":\"%s\"", method, uri);
    if (body) {
        pt_buf_putz(&text, ",\"RequestHeaders\":{\"Content-Type\":\"application/json\"},"
                           "\"RequestBody\":\"");
        pt_base64_put(&text, pt_str_of(body));
        pt_buf_putc(&text, '"');
    }
    pt_buf_putc(&text, '}');
    return pt_arena_str(a, pt_buf_str(&text));
}

static bool allows(bench *b, const char *method, const char *uri, const char *body) {
    PT_AUTO(pt_arena_done) pt_arena a = {0};
    pt_value v;
    pt_str answer = call(b, "POST", "/AuthZPlugin.AuthZReq", document(&a, method, uri, body));
    assert_int_equal(b->status, 200);
    assert_int_equal(pt_json_parse(&a, answer, NULL, &v, NULL), PT_OK);
    bool allowed = pt_true(pt_getz(v, "Allow"));
    assert_int_equal(pt_text(pt_getz(v, "Msg")).n > 0, !allowed);
    return allowed;
}

#define PLAIN      "{\"Image\":\"web:1\"}"
#define PRIVILEGED "{\"Image\":\"web:1\",\"HostConfig\":{\"Privileged\":true}}"
#define BINDS      "{\"Image\":\"web:1\",\"HostConfig\":{\"Binds\":[\"/srv/a:/a\"]}}"

static void test_guard_speaks_the_protocol(void **state) {
    (void)state;
    bench b;
    start(&b, PT_GUARD_ENFORCE, PT_PODSEC_PRIVILEGED);
    assert_str(call(&b, "POST", "/Plugin.Activate", (pt_str){0}), "{\"Implements\":[\"authz\"]}");
    assert_str(call(&b, "POST", "/AuthZPlugin.AuthZRes", PT_STR("no JSON")), "{\"Allow\":true}");
    static const struct {
        const char *method, *target;
        int status;
    } cases[] = {{"POST", "/", 404},
                 {"POST", "/AuthZPlugin.AuthZReq/", 404},
                 {"POST", "/AuthZPlugin.AuthZReq?x", 404},
                 {"POST", "/authzplugin.authzreq", 404},
                 {"GET", "/AuthZPlugin.AuthZReq", 405}};
    for (size_t i = 0; i < PT_COUNT(cases); i++) {
        call(&b, cases[i].method, cases[i].target, PT_STR("{}"));
        assert_int_equal(b.status, cases[i].status);
        assert_int_equal(b.reply.n, 0);
    }
    stop(&b);
}

static void test_guard_denies_what_offends_and_what_is_unclear(void **state) {
    (void)state;
    bench b;
    start(&b, PT_GUARD_ENFORCE, PT_PODSEC_PRIVILEGED);
    assert_true(allows(&b, "GET", "/_ping", NULL));
    assert_true(allows(&b, "POST", "/v1.41/containers/create", PLAIN));
    assert_false(allows(&b, "POST", "/v1.41/containers/create", PRIVILEGED));
    assert_false(allows(&b, "POST", "/v1.41/containers/create", NULL));
    assert_false(allows(&b, "POST", "/v1.41/plugins/x/disable", NULL));
    static const char *const unclear[] = {"", "{", "[]", "null", "{\"RequestMethod\":\"GET\"}",
                                          "x"};
    for (size_t i = 0; i < PT_COUNT(unclear); i++)
        assert_true(pt_str_starts(call(&b, "POST", "/AuthZPlugin.AuthZReq", pt_str_of(unclear[i])),
                                  PT_STR("{\"Allow\":false,\"Msg\":\"PT-GRD-")));
    pt_guard_counts c;
    pt_guard_count(b.guard, &c);
    assert_int_equal(c.ends[PT_GUARD_HARMLESS], 1);
    assert_int_equal(c.ends[PT_GUARD_ALLOWED], 1);
    assert_int_equal(c.ends[PT_GUARD_OFFENDS], 2);
    assert_int_equal(c.ends[PT_GUARD_UNCLEAR], 1 + PT_COUNT(unclear));
    assert_int_equal(c.denied, 3 + PT_COUNT(unclear));
    assert_int_equal(c.plugin_off, 1);
    stop(&b);
}

static bool has_line(pt_str text, const char *line) {
    pt_str one;
    while (pt_str_split(&text, '\n', &one))
        if (pt_str_eqz(one, line))
            return true;
    print_error("no line %s\n", line);
    return false;
}

static void test_guard_tells_prometheus_what_it_counts(void **state) {
    (void)state;
    bench b;
    start(&b, PT_GUARD_ENFORCE, PT_PODSEC_PRIVILEGED);
    PT_AUTO(pt_buf_done) pt_buf text = PT_BUF(1 << 20);
    assert_true(allows(&b, "GET", "/_ping", NULL));
    assert_true(allows(&b, "POST", "/containers/create", PLAIN));
    assert_false(allows(&b, "POST", "/containers/create", PRIVILEGED));
    pt_guard_reload_failed(b.guard);
    pt_guard_put_metrics(b.guard, &text);
    static const char *const lines[] = {
        "paratia_guard_requests_total{decision=\"allow\"} 2",
        "paratia_guard_requests_total{decision=\"deny\"} 1",
        "paratia_guard_requests_total{decision=\"would_deny\"} 0",
        "paratia_guard_ends_total{end=\"harmless\"} 1",
        "paratia_guard_ends_total{end=\"offends\"} 1",
        "paratia_guard_offences_total{rule=\"PT-GRD-PRIVILEGED\",severity=\"critical\"} 1",
        "paratia_guard_offences_total{rule=\"PT-GRD-SWARM\",severity=\"critical\"} 0",
        "paratia_guard_request_duration_seconds_bucket{le=\"+Inf\"} 3",
        "paratia_guard_request_duration_seconds_count 3",
        "paratia_guard_reload_failures_total 1",
        "paratia_receipts_waiting 0",
        "gatekeeper_constraint_templates{status=\"active\"} 0",
        "paratia_guard_tenants 0",
        "paratia_guard_enforcing 1",
    };
    for (size_t i = 0; i < PT_COUNT(lines); i++)
        assert_true(has_line(pt_buf_str(&text), lines[i]));
    assert_true(pt_str_has(pt_buf_str(&text), PT_STR("_bucket{le=\"0.001024\"} ")));
    stop(&b);
    start(&b, PT_GUARD_LEARN, PT_PODSEC_PRIVILEGED);
    assert_true(allows(&b, "POST", "/containers/create", PRIVILEGED));
    pt_buf_clear(&text);
    pt_guard_put_metrics(b.guard, &text);
    assert_true(has_line(pt_buf_str(&text), "paratia_guard_requests_total{decision=\"deny\"} 0"));
    assert_true(
        has_line(pt_buf_str(&text), "paratia_guard_requests_total{decision=\"would_deny\"} 1"));
    assert_true(has_line(pt_buf_str(&text), "paratia_guard_enforcing 0"));
    stop(&b);
}

static void test_guard_that_learns_denies_nothing(void **state) {
    (void)state;
    bench b;
    start(&b, PT_GUARD_LEARN, PT_PODSEC_PRIVILEGED);
    assert_true(allows(&b, "POST", "/v1.41/containers/create", PRIVILEGED));
    assert_str(call(&b, "POST", "/AuthZPlugin.AuthZReq", PT_STR("{")), "{\"Allow\":true}");
    pt_guard_counts c;
    pt_guard_count(b.guard, &c);
    assert_int_equal(c.ends[PT_GUARD_OFFENDS] + c.ends[PT_GUARD_UNCLEAR], 2);
    assert_int_equal(c.denied, 0);
    stop(&b);
}

static void test_guard_judges_by_the_level_too_and_by_new_settings(void **state) {
    (void)state;
    bench b;
    start(&b, PT_GUARD_ENFORCE, PT_PODSEC_BASELINE);
    assert_true(allows(&b, "POST", "/containers/create", PLAIN));
    assert_false(allows(&b, "POST", "/containers/create", BINDS)); // a path of the host
    assert_true(pt_str_has(pt_buf_str(&b.reply), PT_STR("baseline:latest")));
    pt_guard_settings settings = {.rules.tags = true};
    assert_int_equal(pt_guard_reload(b.guard, &settings, NULL), PT_OK);
    assert_true(allows(&b, "POST", "/containers/create", BINDS));
    pt_guard_counts c;
    pt_guard_count(b.guard, &c);
    assert_int_equal(c.level, 1);
    assert_int_equal(c.reloads, 1);
    stop(&b);
}

static pt_guard_policy policy(pt_arena *a, const char *json) {
    pt_guard_policy p = {.place = {PT_STR("policy.json"), 7, 1}};
    assert_int_equal(pt_json_parse(a, pt_str_of(json), NULL, &p.doc, NULL), PT_OK);
    return p;
}

#define TEMPLATE(kind, name, rego)                                                    \
    "{\"apiVersion\":\"templates.gatekeeper.sh/v1\",\"kind\":\"ConstraintTemplate\"," \
    "\"metadata\":{\"name\":\"" name "\"},\"spec\":{\"crd\":{\"spec\":{\"names\":"    \
    "{\"kind\":\"" kind "\"}}},\"targets\":[{\"target\":"                             \
    "\"admission.k8s.gatekeeper.sh\",\"rego\":\"package x\\n" rego "\"}]}}"
#define CONSTRAINT(kind, name, action)                                                  \
    "{\"apiVersion\":\"constraints.gatekeeper.sh/v1beta1\",\"kind\":\"" kind            \
    "\",\"metadata\":{\"name\":\"" name "\"},\"spec\":{\"enforcementAction\":\"" action \
    "\",\"match\":{\"kinds\":[{\"apiGroups\":[\"\"],\"kinds\":[\"Pod\"]}]}}}"

static void test_guard_judges_the_pod_by_policies_too(void **state) {
    (void)state;
    bench b;
    PT_AUTO(pt_arena_done) pt_arena a = {0};
    static const char rego[] =
        TEMPLATE("Web", "web",
                 "violation[{\\\"msg\\\": m}] { c := input.review.object.spec.containers[_]; "
                 "c.image == \\\"web:1\\\"; input.review.operation == \\\"CREATE\\\"; "
                 "m := sprintf(\\\"no %v by %v\\\", [c.image, input.docker.body.Image]) }");
    pt_guard_policy deny[] = {policy(&a, rego), policy(&a, CONSTRAINT("Web", "no-web", "deny"))};
    pt_guard_policy warn[] = {deny[0], policy(&a, CONSTRAINT("Web", "no-web", "warn"))};
    pt_guard_policy broken[] = {policy(&a, TEMPLATE("Bad", "bad", "violation[{")), deny[0],
                                deny[1]};
    pt_err e = {0};
    start(&b, PT_GUARD_ENFORCE, PT_PODSEC_PRIVILEGED);
    pt_guard_settings settings = {.rules.tags = true, .policies = deny, .n_policies = 2};
    assert_int_equal(pt_guard_reload(b.guard, &settings, NULL), PT_OK);
    assert_false(allows(&b, "POST", "/containers/create", PLAIN));
    assert_true(pt_str_has(pt_buf_str(&b.reply), PT_STR("[no-web] no web:1 by web:1.")));
    assert_true(allows(&b, "POST", "/containers/create", "{\"Image\":\"other:1\"}"));
    assert_true(allows(&b, "POST", "/networks/x/disconnect", "{\"Container\":\"y\"}")); // no pod
    settings.policies = broken; // nothing is half in force: the others stay
    settings.n_policies = 3;
    assert_int_equal(pt_guard_reload(b.guard, &settings, &e), PT_E_FORMAT);
    assert_true(pt_str_has(pt_str_of(e.what), PT_STR("ConstraintTemplate bad is not evaluated")));
    assert_string_equal(e.where, "policy.json");
    assert_int_equal(e.line, 7);
    settings.policies = deny;
    settings.n_policies = 1;
    assert_int_equal(pt_guard_reload(b.guard, &settings, &e), PT_E_FORMAT); // no constraint
    assert_false(allows(&b, "POST", "/containers/create", PLAIN));
    settings.policies = warn;
    settings.n_policies = 2;
    assert_int_equal(pt_guard_reload(b.guard, &settings, NULL), PT_OK);
    assert_true(allows(&b, "POST", "/containers/create", PLAIN));
    pt_guard_counts c;
    pt_guard_count(b.guard, &c);
    assert_int_equal(c.policies, 2);
    stop(&b);
}

static void test_guard_denies_what_it_cannot_judge_in_time(void **state) {
    (void)state;
    bench b;
    start(&b, PT_GUARD_ENFORCE, PT_PODSEC_PRIVILEGED);
    atomic_store(&b.hold, 1);
    int64_t began = pt_monotonic_ns();
    assert_false(allows(&b, "POST", "/containers/create", BINDS));
    assert_true(pt_str_has(pt_buf_str(&b.reply), PT_STR("in time")));
    assert_true(pt_monotonic_ns() - began < 2 * PT_SECOND_NS);
    assert_true(allows(&b, "POST", "/containers/create", PLAIN)); // another judge has taken over
    for (size_t i = 0; i < 15; i++)
        assert_false(allows(&b, "POST", "/containers/create", BINDS));
    assert_false(allows(&b, "POST", "/containers/create", PLAIN)); // too many are late
    assert_true(allows(&b, "GET", "/_ping", NULL));                // what needs no judge
    assert_true(allows(&b, "GET", "/v1.41/containers/json", NULL));
    pt_guard_settings settings = {.rules.tags = true};
    assert_int_equal(pt_guard_reload(b.guard, &settings, NULL), PT_OK); // theirs live on
    atomic_store(&b.hold, 0);
    while (!allows(&b, "POST", "/containers/create", PLAIN))
        usleep(1000);
    pt_guard_counts c;
    pt_guard_count(b.guard, &c);
    assert_true(c.ends[PT_GUARD_LATE] >= 17);
    usleep(50000); // the last of them has ended
    stop(&b);
}

// A creation with that many binds, and a label of that many bytes.
static const char *creation(pt_arena *a, size_t binds, size_t label) {
    PT_AUTO(pt_buf_done) pt_buf text = PT_BUF((size_t)4 << 20);
    pt_buf_putz(&text, "{\"Image\":\"web:1\",\"Labels\":{\"x\":\"");
    pt_buf_fill(&text, 'x', label);
    pt_buf_putz(&text, "\"},\"HostConfig\":{\"Binds\":[");
    for (size_t i = 0; i < binds; i++)
        pt_buf_putz(&text, i ? ",\"/srv/a:/h\"" : "\"/srv/a:/h\"");
    pt_buf_putz(&text, "]}}");
    return pt_arena_str(a, pt_buf_str(&text)).p;
}

static void test_guard_stops_a_judge_that_is_late(void **state) {
    (void)state;
    bench b;
    PT_AUTO(pt_arena_done) pt_arena a = {0};
    start(&b, PT_GUARD_ENFORCE, PT_PODSEC_PRIVILEGED);
    atomic_store(&b.slow_ms, 20); // for all of them: 20 s
    int64_t began = pt_monotonic_ns();
    assert_false(allows(&b, "POST", "/containers/create", creation(&a, 1000, 0)));
    assert_true(pt_str_has(pt_buf_str(&b.reply), PT_STR("in time")));
    while (atomic_load(&b.paths) < 1000 && pt_monotonic_ns() - began < 5 * PT_SECOND_NS)
        usleep(1000); // it looks at none of them any more, so it is through with them soon
    assert_int_equal(atomic_load(&b.paths), 1000);
    assert_true(pt_monotonic_ns() - began < 5 * PT_SECOND_NS);
    assert_false(allows(&b, "POST", "/containers/create", creation(&a, 1001, 0)));
    assert_true(
        pt_str_has(pt_buf_str(&b.reply), PT_STR("HostConfig.Binds has more than 1000 items")));
    usleep(50000); // the late one has ended
    stop(&b);
}

static void test_guard_judges_few_large_requests_at_once(void **state) {
    (void)state;
    bench b;
    PT_AUTO(pt_arena_done) pt_arena a = {0};
    start(&b, PT_GUARD_ENFORCE, PT_PODSEC_PRIVILEGED);
    const char *large = creation(&a, 1, (size_t)300 << 10);
    assert_true(allows(&b, "POST", "/containers/create", large));
    atomic_store(&b.hold, 1);
    for (size_t i = 0; i < 4; i++)
        assert_false(allows(&b, "POST", "/containers/create", large));
    assert_true(pt_str_has(pt_buf_str(&b.reply), PT_STR("in time")));
    int64_t began = pt_monotonic_ns();
    assert_false(allows(&b, "POST", "/containers/create", large));
    assert_true(pt_str_has(pt_buf_str(&b.reply), PT_STR("other large requests")));
    assert_true(pt_monotonic_ns() - began < 150 * (PT_SECOND_NS / 1000)); // it did not wait
    assert_true(allows(&b, "POST", "/containers/create", PLAIN));
    atomic_store(&b.hold, 0);
    while (!allows(&b, "POST", "/containers/create", large))
        usleep(1000);
    usleep(50000);
    stop(&b);
}

// A container whose stored configuration is large, as any client can make some.
static pt_fact large_container(void *context, pt_arena *a, pt_str name) {
    (void)context, (void)name;
    pt_value v = pt_undefined();
    static const char points[] =
        "{\"config\":{\"Name\":\"/big\",\"Config\":{\"Image\":\"web:1\",\"Labels\":{\"x\":\"y\"}},"
        "\"MountPoints\":{\"/a\":{\"Type\":\"bind\",\"Source\":\"/srv/a\",\"RW\":true},"
        "\"/v\":{\"Type\":\"volume\",\"Name\":\"v\",\"Driver\":\"local\"}}},\"host\":{}}";
    pt_str text = pt_arena_str(a, pt_str_of(points));
    PT_IGNORE(pt_json_parse(a, text, NULL, &v, NULL)); // undefined where there is no room
    return pt_fact_known(v, name);
}

// Whatever room the judge still has, each request is judged whole, or it is not allowed.
static void test_guard_in_a_full_arena_denies(void **state) {
    (void)state;
    bench b;
    pt_guard_set *set = NULL;
    PT_AUTO(pt_arena_done) pt_arena own = {0};
    start(&b, PT_GUARD_ENFORCE, PT_PODSEC_BASELINE);
    b.host.container = large_container;
    pt_guard_settings settings = {.rules.tags = true, .level = PT_PODSEC_BASELINE};
    assert_int_equal(pt_guard_set_new(&set, &settings, NULL), PT_OK);
    const pt_str documents[] = {
        document(&own, "POST", "/containers/create", PLAIN),
        document(&own, "POST", "/containers/create",
                 "{\"Image\":\"web:1\",\"Volumes\":{\"/x\":{}},\"HostConfig\":{"
                 "\"Binds\":[\"/srv/a:/a\",\"v:/v\"],\"VolumesFrom\":[\"one\",\"two:ro\"],"
                 "\"NetworkMode\":\"container:one\",\"Links\":[\"one:o\"],"
                 "\"Mounts\":[{\"Type\":\"bind\",\"Source\":\"/srv/b\",\"Target\":\"/b\"}]}}"),
        document(&own, "POST", "/containers/one/start", NULL),
        document(&own, "POST", "/containers/one/update", "{\"Memory\":1}"),
        document(&own, "POST", "/containers/one/exec", "{\"Cmd\":[\"x\"]}"),
    };
    for (size_t i = 0; i < PT_COUNT(documents); i++) {
        const pt_guard_decision *whole = pt_guard_decide(&own, documents[i], &b.host, NULL, set);
        size_t short_of = 0;
        for (size_t room = 16; room < 131072; room += 80) {
            pt_arena a;
            pt_arena_init(&a, room);
            const pt_guard_decision *d = pt_guard_decide(&a, documents[i], &b.host, NULL, set);
            short_of += a.full;
            assert_true(!d || d->end == PT_GUARD_UNCLEAR || (!a.full && d->end == whole->end));
            pt_arena_done(&a);
        }
        assert_true(short_of > 0);
    }
    pt_guard_set_free(set);
    stop(&b);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_guard_speaks_the_protocol),
        cmocka_unit_test(test_guard_denies_what_offends_and_what_is_unclear),
        cmocka_unit_test(test_guard_tells_prometheus_what_it_counts),
        cmocka_unit_test(test_guard_that_learns_denies_nothing),
        cmocka_unit_test(test_guard_judges_by_the_level_too_and_by_new_settings),
        cmocka_unit_test(test_guard_judges_the_pod_by_policies_too),
        cmocka_unit_test(test_guard_denies_what_it_cannot_judge_in_time),
        cmocka_unit_test(test_guard_stops_a_judge_that_is_late),
        cmocka_unit_test(test_guard_judges_few_large_requests_at_once),
        cmocka_unit_test(test_guard_in_a_full_arena_denies),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
