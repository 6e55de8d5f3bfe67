// Policies out of what an API server answers: hostile objects, too many of them, lists with gaps.
#include <stdio.h>
#include <string.h>

#include "base/testing.h"
#include "cli/guard_k8s_live.h"
#include "collect/cluster/testing_server.h"
#include "value/json.h"
#include "value/path.h"

// The options of a command line: none here.
const char *pt_args_get(const pt_args *a, const char *name) {
    (void)a, (void)name;
    return NULL;
}
bool pt_args_flag(const pt_args *a, const char *name) {
    (void)a, (void)name;
    return false;
}

static pt_value parse(pt_arena *a, const char *text) {
    pt_value v;
    assert_int_equal(pt_json_parse(a, pt_str_of(text), NULL, &v, NULL), PT_OK);
    return v;
}

#define C(name, more)                                                        \
    "{\"apiVersion\":\"constraints.gatekeeper.sh/v1beta1\",\"kind\":\"A\","  \
    "\"metadata\":{\"name\":\"" name "\",\"uid\":\"u\",\"resourceVersion\":" \
    "\"5\",\"labels\":{\"a\":\"b\"}" more "}"
#define NOTES(extra)                                                                         \
    ",\"annotations\":{\"paratia/on-error\":\"allow\",\"kubectl.kubernetes.io/last-applied-" \
    "configuration\":\"{}\"" extra "}"

static pt_hash256 print_of(const char *const *texts, size_t n) {
    pt_arena a = {0};
    pt_live_docs d = {0};
    pt_hash256 print;
    pt_live_docs_begin(&d);
    for (size_t i = 0; i < n; i++)
        assert_int_equal(pt_live_take(&d, parse(&a, texts[i]), NULL), PT_OK);
    assert_int_equal(pt_live_sort(&d, &print, NULL), PT_OK);
    pt_live_docs_done(&d);
    pt_arena_done(&a);
    return print;
}

static bool same(pt_hash256 x, pt_hash256 y) {
    return memcmp(&x, &y, sizeof x) == 0;
}

static void test_live_print_is_of_what_counts_in_any_order(void **state) {
    (void)state;
    static const char *const ONE[] = {C("a", NOTES("")) ",\"spec\":{}}",
                                      C("b", "") ",\"spec\":{}}"};
    static const char *const TURNED[] = {
        C("b", "") ",\"spec\":{},\"status\":{\"totalViolations\":7}}",
        C("a", NOTES("")) ",\"spec\":{},\"status\":{}}"};
    static const char *const OTHER[] = {C("a", NOTES("")) ",\"spec\":{\"match\":{}}}",
                                        C("b", "") ",\"spec\":{}}"};
    static const char *const NOTED[] = {C("a", NOTES(",\"x\":\"y\"")) ",\"spec\":{}}",
                                        C("b", "") ",\"spec\":{}}"};
    pt_hash256 one = print_of(ONE, 2);
    assert_true(same(one, print_of(TURNED, 2)));
    assert_false(same(one, print_of(OTHER, 2)));
    assert_false(same(one, print_of(NOTED, 2)));
    assert_false(same(one, print_of(ONE, 1)));
}

static void test_live_take_keeps_what_judges(void **state) {
    (void)state;
    pt_arena a = {0};
    pt_live_docs d = {0};
    pt_live_docs_begin(&d);
    assert_int_equal(
        pt_live_take(
            &d, parse(&a, C("a", NOTES("")) ",\"spec\":{\"x\":1},\"status\":{},\"odd\":2}"), NULL),
        PT_OK);
    pt_value doc = d.v.v[0].doc;
    assert_true(d.v.v[0].bound);
    assert_str(pt_text(pt_path_get(doc, "metadata.uid")), "u");
    assert_true(pt_defined(pt_path_get(doc, "spec.x")));
    assert_true(pt_defined(pt_path_get(doc, "odd"))); // the judge says what is wrong with it
    assert_false(pt_defined(pt_path_get(doc, "status")));
    assert_false(pt_defined(pt_path_get(doc, "metadata.resourceVersion")));
    assert_int_equal(pt_len(pt_path_get(doc, "metadata.annotations")), 1);
    // hostile ones are kept as they are
    assert_int_equal(pt_live_take(&d, parse(&a, "{\"metadata\":[],\"spec\":null}"), NULL), PT_OK);
    assert_int_equal(pt_live_take(&d, parse(&a, "{\"metadata\":{\"annotations\":7}}"), NULL),
                     PT_OK);
    assert_int_equal(d.v.n, 3);
    pt_live_docs_done(&d);
    pt_arena_done(&a);
}

static void test_live_too_many_or_too_large_are_errors(void **state) {
    (void)state;
    pt_arena a = {0};
    pt_live_docs d = {0};
    pt_value doc = parse(&a, C("a", "") "}");
    pt_err e = {0};
    pt_live_docs_begin(&d);
    for (size_t i = 0; i < PT_LIVE_POLICIES_MAX; i++)
        assert_int_equal(pt_live_take(&d, doc, NULL), PT_OK);
    assert_int_equal(pt_live_take(&d, doc, &e), PT_E_LIMIT);
    pt_live_docs_done(&d);
    pt_arena_init(&d.a, 1 << 12);
    pt_code code = PT_OK;
    for (size_t i = 0; i < 100 && !code; i++)
        code = pt_live_take(&d, doc, &e);
    assert_int_equal(code, PT_E_NOMEM);
    pt_live_docs_done(&d);
    pt_arena_done(&a);
}

static void test_live_join_is_files_first(void **state) {
    (void)state;
    pt_arena a = {0};
    pt_live_docs d = {0};
    pt_guard_policy file = {parse(&a, C("f", "") "}"), {PT_STR("f.yaml"), 1, 1}, false};
    pt_webhook_settings own = {.policies = &file, .n_policies = 1};
    pt_webhook_settings all;
    pt_live_docs_begin(&d);
    assert_int_equal(pt_live_take(&d, parse(&a, C("a", "") "}"), NULL), PT_OK);
    assert_int_equal(pt_live_join(&d, &own, &all, NULL), PT_OK);
    assert_int_equal(all.n_policies, 2);
    assert_true(all.live);
    assert_false(all.policies[0].bound);
    assert_true(all.policies[1].bound);
    own.n_policies = 0;
    own.policies = NULL;
    assert_int_equal(pt_live_join(&d, &own, &all, NULL), PT_OK);
    assert_int_equal(all.n_policies, 1);
    pt_live_docs_done(&d);
    pt_arena_done(&a);
}

// -- lists ----------------------------------------------------------------------------------------

#define GROUP(g, v)                                       \
    "{\"name\":\"" g "\",\"versions\":[{\"version\":\"" v \
    "\"}],\"preferredVersion\":{\"version\":"             \
    "\"" v "\"}}"
#define RESOURCE(name, kind, n)                                                      \
    "{\"resources\":[{\"name\":\"" name "\",\"kind\":\"" kind "\",\"namespaced\":" n \
    ",\"verbs\":[\"list\",\"watch\"]}]}"
#define ITEMS(kind, items) \
    "{\"kind\":\"" kind "List\",\"metadata\":{\"resourceVersion\":\"1\"},\"items\":[" items "]}"

typedef struct served {
    const char *without; // part of a path that answers with this status instead
    int status;
} served;

static bool serve(fake_call *c) {
    static const struct {
        const char *path, *body;
    } answers[] = {
        {"/apis/templates.gatekeeper.sh/v1/constrainttemplates?",
         ITEMS("ConstraintTemplate", "{\"metadata\":{\"name\":\"a\"}}")},
        {"/apis/templates.gatekeeper.sh/v1",
         RESOURCE("constrainttemplates", "ConstraintTemplate", "false")},
        {"/apis/templates.gatekeeper.sh", GROUP("templates.gatekeeper.sh", "v1")},
        {"/apis/constraints.gatekeeper.sh/v1beta1/a?",
         ITEMS("A", "{\"metadata\":{\"name\":\"x\"}},{\"metadata\":{\"name\":\"y\"}}")},
        {"/apis/constraints.gatekeeper.sh/v1beta1", RESOURCE("a", "A", "false")},
        {"/apis/constraints.gatekeeper.sh", GROUP("constraints.gatekeeper.sh", "v1beta1")},
        {"/apis/config.gatekeeper.sh/v1alpha1/namespaces/mine/configs?",
         ITEMS("Config", "{\"metadata\":{\"name\":\"config\",\"namespace\":\"mine\"}}")},
        {"/apis/config.gatekeeper.sh/v1alpha1", RESOURCE("configs", "Config", "true")},
        {"/apis/config.gatekeeper.sh", GROUP("config.gatekeeper.sh", "v1alpha1")},
    };
    const served *s = c->ctx;
    if (s->without && strstr(c->target, s->without))
        return pt_fake_answer(c, s->status, "", PT_STR("{\"kind\":\"Status\"}"));
    for (size_t i = 0; i < PT_COUNT(answers); i++)
        if (strncmp(c->target, answers[i].path, strlen(answers[i].path)) == 0)
            return pt_fake_json(c, answers[i].body);
    return pt_fake_answer(c, 404, "", PT_STR("{\"kind\":\"Status\",\"code\":404}"));
}

static pt_code note_gap(void *ctx, const pt_cluster_kind *k, const pt_err *why, pt_err *e) {
    pt_buf *gaps = ctx;
    (void)e;
    pt_buf_printf(gaps, "%.*s %.*s: %s; ", PT_PRI(k->group), PT_PRI(k->kind), why->what);
    return PT_OK;
}

static void test_live_list_is_whole_or_tells_its_gaps(void **state) {
    (void)state;
    static const struct {
        served s;
        pt_code code;
        size_t n;
        const char *gaps;
    } cases[] = {
        {{NULL, 0}, PT_OK, 4, ""},
        {{"/v1beta1/a?", 403}, PT_OK, 2, "constraints.gatekeeper.sh A: status 403; "},
        {{"/constrainttemplates?", 500},
         PT_OK,
         3,
         "templates.gatekeeper.sh ConstraintTemplate: status 500; "},
        {{"constraints.gatekeeper.sh/v1beta1", 500},
         PT_OK,
         2,
         "constraints.gatekeeper.sh : the server does not say what is in this group; "},
        {{"config.gatekeeper.sh", 404}, PT_OK, 3, ""}, // it need not be there
        {{"/apis/constraints.gatekeeper.sh", 404}, PT_OK, 2, ""},
        {{"/apis/templates.gatekeeper.sh", 404}, PT_E_ABSENT, 0, ""},
        {{"/apis/templates.gatekeeper.sh", 403}, PT_E_DENIED, 0, ""},
    };
    for (size_t i = 0; i < PT_COUNT(cases); i++) {
        PT_AUTO(pt_buf_done) pt_buf gaps = PT_BUF(4096);
        served s = cases[i].s;
        pt_kubeconfig config;
        pt_cluster *c = NULL;
        pt_live_docs d = {0};
        pt_err e = {0};
        const pt_live_lister l = {.namespace = PT_STR("mine"), .gap = note_gap, .ctx = &gaps};
        fake *f = pt_fake_start(serve, &s, &config);
        pt_live_docs_begin(&d);
        assert_int_equal(pt_cluster_new(&c, &config, &e), PT_OK);
        pt_code code = pt_live_list(c, &l, &d, &e);
        if (code != cases[i].code || d.v.n != cases[i].n)
            print_error("case %zu: %s, %zu\n", i, e.what, d.v.n);
        assert_int_equal(code, cases[i].code);
        assert_int_equal(d.v.n, cases[i].n);
        assert_str(pt_buf_str(&gaps), cases[i].gaps);
        pt_live_docs_done(&d);
        pt_cluster_free(c);
        pt_fake_stop(f);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_live_print_is_of_what_counts_in_any_order),
        cmocka_unit_test(test_live_take_keeps_what_judges),
        cmocka_unit_test(test_live_too_many_or_too_large_are_errors),
        cmocka_unit_test(test_live_join_is_files_first),
        cmocka_unit_test(test_live_list_is_whole_or_tells_its_gaps),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
