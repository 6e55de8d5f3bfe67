// Reading, the verdict of testdata/admission.yaml, and the answer.
#include "judge/admission/testing_cases.h"

static const char NAMESPACES[] =
    "{\"shop\": {\"metadata\": {\"name\": \"shop\"}},"
    "\"free\": {\"metadata\": {\"name\": \"free\"}},"
    "\"gold\": {\"metadata\": {\"name\": \"gold\", \"labels\": {\"tier\": \"gold\"}}},"
    "\"glass\": {\"metadata\": {\"name\": \"glass\", \"labels\": {\"paratia/break-glass\": "
    "\"OPS-1\"},"
    "\"annotations\": {\"paratia/break-glass-reason\": \"migration of the shop\"}}},"
    "\"glass-bad\": {\"metadata\": {\"name\": \"glass-bad\","
    "\"labels\": {\"paratia/break-glass\": \"OPS-1\"}}}}";

static void make_set(world *w, const char *name) {
    pt_list docs = read_documents(&w->a, name);
    size_t n;
    w->set = pt_gk_new(&w->a);
    for (size_t i = 0; i < docs.items.n; i++) {
        pt_gk_taken taken;
        assert_int_equal(pt_gk_add(w->set, docs.items.v[i], (pt_place){0}, &taken, NULL), PT_OK);
    }
    assert_int_equal(pt_gk_end(w->set, NULL), PT_OK);
    const pt_gk_fault *faults = pt_gk_faults(w->set, &n);
    if (n)
        fail_msg("%.*s", PT_PRI(faults[0].message));
    w->judge = pt_gk_judge_new(w->set);
    assert_non_null(w->judge);
}

static void test_judge_cases_as_told(void **state) {
    (void)state;
    world w = {0};
    make_set(&w, "policies.yaml");
    w.namespaces = parsed(&w.a, NAMESPACES);
    run_cases(&w, "admission.yaml");
    done(&w);
}

// Whatever the limit of memory is: no verdict, or the right one.
static void test_judge_little_memory_never_allows(void **state) {
    (void)state;
    static const char body[] =
        "{\"kind\":\"AdmissionReview\",\"apiVersion\":\"admission.k8s.io/v1\",\"request\":{"
        "\"uid\":\"u\",\"kind\":{\"group\":\"\",\"version\":\"v1\",\"kind\":\"Pod\"},"
        "\"resource\":{\"group\":\"\",\"version\":\"v1\",\"resource\":\"pods\"},"
        "\"namespace\":\"free\",\"operation\":\"CREATE\",\"userInfo\":{},\"object\":{"
        "\"apiVersion\":\"v1\",\"kind\":\"Pod\",\"metadata\":{\"name\":\"web\"},"
        "\"spec\":{\"hostPID\":true,\"containers\":[]}}}}";
    pt_admission_podsec levels = {.enforce = {PT_PODSEC_RESTRICTED, PT_STR("latest")}};
    bool judged = false;
    world w = {0};
    make_set(&w, "policies.yaml");
    pt_admission_policy p = {.policies = w.set, .podsec = &levels};
    pt_admission_world cluster = {.judge = w.judge, .namespaces = parsed(&w.a, NAMESPACES)};
    for (size_t max = 64; !judged; max += 64) {
        pt_arena a = {.bytes_max = max};
        pt_admission_request r;
        pt_admission_verdict v;
        pt_code code = pt_admission_read(&a, pt_str_of(body), &r, NULL);
        if (!code)
            code = pt_admission_judge(&a, &p, &cluster, &r, &v, NULL);
        assert_true(code == PT_OK || code == PT_E_NOMEM);
        judged = code == PT_OK;
        if (judged)
            assert_int_equal(v.end, PT_ADMISSION_DENIED);
        pt_arena_done(&a);
    }
    done(&w);
}

// -- reading --------------------------------------------------------------------------------------

#define KIND     "\"kind\":{\"group\":\"\",\"version\":\"v1\",\"kind\":\"Pod\"}"
#define RESOURCE "\"resource\":{\"group\":\"\",\"version\":\"v1\",\"resource\":\"pods\"}"
#define REVIEW(request)                                                     \
    "{\"kind\":\"AdmissionReview\",\"apiVersion\":\"admission.k8s.io/v1\"," \
    "\"request\":{" request "}}"
#define POD(metadata) "{\"apiVersion\":\"v1\",\"kind\":\"Pod\",\"metadata\":{" metadata "}}"
#define REST                                                                   \
    KIND "," RESOURCE ",\"userInfo\":{},\"operation\":\"CREATE\",\"object\":{" \
         "\"apiVersion\":\"v1\",\"kind\":\"Pod\"}"
#define POD_OF(names, object)                                                                    \
    REVIEW("\"uid\":\"u\"," KIND "," RESOURCE ",\"userInfo\":{},\"operation\":\"CREATE\"," names \
           "\"object\":" object)

static void test_read_good_review_all_of_it(void **state) {
    (void)state;
    static const char body[] = REVIEW(
        "\"uid\":\"u-1\"," KIND "," RESOURCE ",\"subResource\":\"exec\",\"name\":\"web\","
        "\"namespace\":\"shop\",\"operation\":\"UPDATE\",\"userInfo\":{\"username\":\"alice\","
        "\"groups\":[\"dev\"]},\"object\":" POD("\"name\":\"web\"") ",\"oldObject\":" POD(
            "\"namespace\":\"shop\"") ",\"dryRun\":true,"
                                      "\"options\":null");
    pt_arena a = {0};
    pt_admission_request r;
    assert_int_equal(pt_admission_read(&a, pt_str_of(body), &r, NULL), PT_OK);
    assert_str(r.uid, "u-1");
    assert_str(r.operation, "UPDATE");
    assert_str(r.version, "v1");
    assert_str(r.kind, "Pod");
    assert_str(r.resource, "pods");
    assert_str(r.subresource, "exec");
    assert_str(r.namespace, "shop");
    assert_str(r.name, "web");
    assert_str(r.user, "alice");
    assert_str(pt_text(pt_at(r.groups, 0)), "dev");
    assert_int_equal(pt_len(r.object), 3);
    assert_int_equal(pt_len(r.old_object), 3);
    assert_true(r.dry_run && r.uid.p > body && r.uid.p < body + sizeof body); // a slice of it
    pt_arena_done(&a);
}

static const struct {
    const char *body, *uid, *what;
} BAD[] = {
    {"", "", "not valid JSON: no value at all"},
    {"[]", "", "an AdmissionReview is an object, and this is array"},
    {"{\"kind\":\"Pod\",\"request\":{\"uid\":\"u\"}}", "u",
     "kind must be AdmissionReview, and is \"Pod\""},
    {"{\"kind\":\"AdmissionReview\",\"apiVersion\":\"admission.k8s.io/v1beta1\","
     "\"request\":{\"uid\":\"u\"}}",
     "u", "apiVersion admission.k8s.io/v1beta1 is not spoken since Kubernetes 1.22"},
    {"{\"kind\":\"AdmissionReview\",\"apiVersion\":\"v1\"}", "",
     "apiVersion must be admission.k8s.io/v1, and is \"v1\""},
    {"{\"kind\":\"AdmissionReview\",\"apiVersion\":\"admission.k8s.io/v1\",\"response\":{}}", "",
     "the AdmissionReview has no object `request`"},
    {REVIEW(REST), "", "request.uid must be a string that is not empty, and is not there"},
    {REVIEW("\"uid\":\"\"," REST), "",
     "request.uid must be a string that is not empty, and is empty"},
    {REVIEW("\"uid\":1," REST), "",
     "request.uid must be a string that is not empty, and is number"},
    {REVIEW("\"uid\":\"u\""), "u", "request.kind must be an object, and is not there"},
    {REVIEW("\"uid\":\"u\"," KIND "," RESOURCE), "u",
     "request.userInfo must be an object, and is not there"},
    {REVIEW("\"uid\":\"u\",\"kind\":{\"version\":\"v1\",\"kind\":\"Pod\"}," RESOURCE
            ",\"userInfo\":{},\"operation\":\"CREATE\""),
     "u", "request.kind.group must be a string, and is not there"},
    {REVIEW("\"uid\":\"u\"," KIND "," RESOURCE
            ",\"userInfo\":{\"groups\":{}},\"operation\":\"CREATE\",\"object\":{}"),
     "u", "request.userInfo.groups must be an array, and is object"},
    {REVIEW("\"uid\":\"u\"," KIND "," RESOURCE
            ",\"userInfo\":{\"groups\":[1]},\"operation\":\"CREATE\",\"object\":{}"),
     "u", "request.userInfo.groups[] must be a string, and is number"},
    {REVIEW("\"uid\":\"u\"," KIND "," RESOURCE
            ",\"userInfo\":{},\"operation\":\"PATCH\",\"object\":{}"),
     "u", "request.operation is \"PATCH\": none of CREATE, UPDATE, DELETE, CONNECT"},
    {REVIEW("\"uid\":\"u\"," KIND "," RESOURCE
            ",\"userInfo\":{},\"operation\":\"CREATE\",\"object\":null"),
     "u", "request.object: CREATE has none"},
    {REVIEW("\"uid\":\"u\"," KIND "," RESOURCE
            ",\"userInfo\":{},\"operation\":\"CREATE\",\"object\":[]"),
     "u", "request.object must be an object, and is array"},
    {REVIEW("\"uid\":\"u\"," REST ",\"oldObject\":1"), "u",
     "request.oldObject must be an object, and is number"},
    {REVIEW("\"uid\":\"u\"," REST ",\"dryRun\":\"yes\""), "u",
     "request.dryRun must be a boolean, and is string"},
    {REVIEW("\"uid\":\"u\"," REST ",\"name\":{}"), "u",
     "request.name must be a string, and is object"},
    {REVIEW("\"uid\":\"u\"," REST ",\"options\":{\"a\":1,\"a\":2}"), "u",
     "not valid JSON: a key comes twice in one object"},
    {REVIEW("\"uid\":\"u\"," REST ",\"options\":{") "", "u",
     "not valid JSON: the text ends inside an object"},
    {REVIEW("\"uid\":\"\\u0075\"," REST ",\"options\":[}"), "",
     "not valid JSON: a closing brace where a value is expected"},
};

static void test_read_bad_review_refused_and_uid_kept(void **state) {
    (void)state;
    for (size_t i = 0; i < PT_COUNT(BAD); i++) {
        pt_arena a = {0};
        pt_admission_request r;
        pt_err e = {0};
        assert_int_equal(pt_admission_read(&a, pt_str_of(BAD[i].body), &r, &e), PT_E_FORMAT);
        assert_string_equal(e.what, BAD[i].what);
        assert_str(r.uid, BAD[i].uid);
        assert_false(pt_defined(r.request));
        pt_arena_done(&a);
    }
}

#define OTHER(field) \
    "request.object." field " is another than the request says: no API server sends that"

// What an API server could not have sent: whoever reaches the port can.
static const struct {
    const char *body, *what;
} FORGED[] = {
    {POD_OF("\"namespace\":\"kube-system\\u0000x\",", POD("")),
     "request.namespace is no name of a namespace"},
    {POD_OF("\"namespace\":\"Kube-System\",", POD("")),
     "request.namespace is no name of a namespace"},
    {POD_OF("\"namespace\":\"kube-system/x\",", POD("")),
     "request.namespace is no name of a namespace"},
    {POD_OF("\"namespace\":\"-shop\",", POD("")), "request.namespace is no name of a namespace"},
    {POD_OF("\"namespace\":"
            "\"a123456789b123456789c123456789d123456789e123456789f123456789g123\",",
            POD("")),
     "request.namespace is no name of a namespace"},
    {POD_OF("", "{\"apiVersion\":\"v1\",\"kind\":\"ConfigMap\"}"), OTHER("kind")},
    {POD_OF("", "{\"apiVersion\":\"v1\"}"), OTHER("kind")},
    {POD_OF("", "{\"apiVersion\":\"apps/v1\",\"kind\":\"Pod\"}"), OTHER("apiVersion")},
    {POD_OF("", "{}"), OTHER("apiVersion")},
    {POD_OF("\"name\":\"web\",", POD("\"name\":\"db\"")), OTHER("metadata.name")},
    {POD_OF("\"name\":\"web\",", POD("\"name\":\"web\\u0000\"")), OTHER("metadata.name")},
    {POD_OF("\"name\":\"web\",", POD("\"name\":[\"web\"]")), OTHER("metadata.name")},
    {POD_OF("\"namespace\":\"kube-system\",", POD("\"namespace\":\"shop\"")),
     OTHER("metadata.namespace")},
    {POD_OF("", POD("\"namespace\":\"shop\"")), OTHER("metadata.namespace")},
    {POD_OF("", "{\"apiVersion\":\"v1\",\"kind\":\"Pod\",\"metadata\":[]}"), OTHER("metadata")},
    {REVIEW("\"uid\":\"u\"," REST ",\"oldObject\":{\"apiVersion\":\"v1\",\"kind\":\"Node\"}"),
     "request.oldObject.kind is another than the request says: no API server sends that"},
    {REVIEW("\"uid\":\"u\"," REST ",\"oldObject\\u0000\":{}"),
     "request has a field with NUL in its name"},
    {REVIEW("\"uid\":\"u\",\"kind\":{\"group\":\"\",\"version\":\"v1\",\"kind\":\"Namespace\"},"
            "\"resource\":{\"group\":\"\",\"version\":\"v1\",\"resource\":\"namespaces\"},"
            "\"userInfo\":{},\"operation\":\"CREATE\",\"name\":\"kube-system\\u0000x\",\"object\":{"
            "\"apiVersion\":\"v1\",\"kind\":\"Namespace\"}"),
     "the name of the Namespace is none for one"},
    {REVIEW("\"uid\":\"u\",\"kind\":{\"group\":\"apps\",\"version\":\"v1\",\"kind\":\"Pod\"},"
            "\"resource\":{\"group\":\"\",\"version\":\"v1\",\"resource\":\"pods\"},"
            "\"userInfo\":{},\"operation\":\"DELETE\""),
     "request.resource.group is another than that of request.kind: no API server sends that"},
    {REVIEW("\"uid\":\"u\",\"kind\":{\"group\":\"\",\"version\":\"v1\",\"kind\":\"Pod\"},"
            "\"resource\":{\"version\":\"v2\",\"resource\":\"pods\"},"
            "\"userInfo\":{},\"operation\":\"DELETE\""),
     "request.resource.version is another than that of request.kind: no API server sends that"},
};

static void test_read_what_no_server_sends_refused(void **state) {
    (void)state;
    for (size_t i = 0; i < PT_COUNT(FORGED); i++) {
        PT_AUTO(pt_arena_done) pt_arena a = {0};
        pt_admission_request r;
        pt_err e = {0};
        if (pt_admission_read(&a, pt_str_of(FORGED[i].body), &r, &e) != PT_E_FORMAT)
            fail_msg("%s is read", FORGED[i].body);
        assert_string_equal(e.what, FORGED[i].what);
        assert_str(r.uid, "u");
    }
}

static void test_read_long_words_refused_and_not_kept(void **state) {
    (void)state;
    PT_AUTO(pt_arena_done) pt_arena a = {0};
    PT_AUTO(pt_buf_done) pt_buf uid = PT_BUF(1 << 10);
    pt_buf_fill(&uid, 'u', 255);
    for (size_t n = 255; n <= 256; n++) {
        pt_admission_request r;
        pt_err e = {0};
        pt_str body =
            pt_arena_printf(&a, REVIEW("\"uid\":\"%.*s\"," REST), PT_PRI(pt_buf_str(&uid)));
        assert_int_equal(pt_admission_read(&a, body, &r, &e), n == 255 ? PT_OK : PT_E_FORMAT);
        assert_int_equal(r.uid.n, n == 255 ? n : 0);
        if (n > 255)
            assert_string_equal(e.what, "request.uid has 256 bytes, and no more than 255");
        pt_buf_putc(&uid, 'u');
    }
}

// What differs, and an API server sends.
static const char *const USUAL[] = {
    POD_OF("\"namespace\":\"shop\",", POD("\"name\":\"web-x1\",\"generateName\":\"web-\"")),
    POD_OF("\"namespace\":\"shop\",", POD("\"generateName\":\"web-\",\"name\":\"\"")),
    POD_OF("\"namespace\":\"shop\",\"name\":\"web\",", POD("\"name\":null,\"namespace\":\"\"")),
    POD_OF("\"subResource\":\"eviction\",\"name\":\"web\",", POD("\"name\":\"other\"")),
    POD_OF("\"requestKind\":{\"group\":\"\",\"version\":\"v2\",\"kind\":\"Cod\"},", POD("")),
    REVIEW(
        "\"uid\":\"u\",\"kind\":{\"group\":\"autoscaling\",\"version\":\"v1\",\"kind\":\"Scale\"},"
        "\"resource\":{\"group\":\"apps\",\"version\":\"v1\",\"resource\":\"deployments\"},"
        "\"subResource\":\"scale\",\"userInfo\":{},\"operation\":\"UPDATE\",\"object\":{"
        "\"apiVersion\":\"autoscaling/v1\",\"kind\":\"Scale\"}"),
    REVIEW(
        "\"uid\":\"u\",\"kind\":{\"group\":\"\",\"version\":\"v1\",\"kind\":\"PodExecOptions\"}"
        "," RESOURCE
        ",\"subResource\":\"exec\",\"name\":\"web\",\"namespace\":\"shop\",\"userInfo\":{},"
        "\"operation\":\"CONNECT\",\"object\":{\"apiVersion\":\"v1\",\"kind\":\"PodExecOptions\"}"),
};

static void test_read_what_may_differ_taken(void **state) {
    (void)state;
    for (size_t i = 0; i < PT_COUNT(USUAL); i++) {
        PT_AUTO(pt_arena_done) pt_arena a = {0};
        pt_admission_request r;
        pt_err e = {0};
        if (pt_admission_read(&a, pt_str_of(USUAL[i]), &r, &e))
            fail_msg("%s: %s", USUAL[i], e.what);
    }
}

static void test_read_deep_or_large_review_limited(void **state) {
    (void)state;
    pt_arena a = {0};
    pt_buf b = PT_BUF((size_t)PT_ADMISSION_BYTES_MAX + 2);
    pt_admission_request r;
    pt_err e = {0};
    pt_buf_putz(&b, "{\"request\":{\"uid\":\"u\",\"object\":");
    pt_buf_fill(&b, '[', PT_ADMISSION_DEPTH_MAX);
    assert_int_equal(pt_admission_read(&a, pt_buf_str(&b), &r, &e), PT_E_LIMIT);
    assert_str(r.uid, "u");
    pt_buf_fill(&b, ' ', PT_ADMISSION_BYTES_MAX + 1 - b.n);
    assert_int_equal(pt_admission_read(&a, pt_buf_str(&b), &r, &e), PT_E_LIMIT);
    assert_string_equal(e.what, "the AdmissionReview is larger than 8388608 bytes");
    assert_str(r.uid, "u");
    pt_buf_done(&b);
    pt_arena_done(&a);
}

// What a real API server (1.37) sent, see tests/e2e/admission.
static const struct {
    const char *name, *resource;
    pt_admission_end end;
} RECORDED[] = {
    {"01-create-namespaces", "namespaces", PT_ADMISSION_ALLOWED},
    {"02-update-namespaces", "namespaces", PT_ADMISSION_ALLOWED},
    {"03-create-pods-dry-run", "pods", PT_ADMISSION_DENIED},
    {"05-update-pods", "pods", PT_ADMISSION_DENIED},
    {"07-update-pods-ephemeralcontainers", "pods", PT_ADMISSION_DENIED},
    {"08-connect-pods-exec", "pods", PT_ADMISSION_DENIED},
    {"09-connect-pods-attach", "pods", PT_ADMISSION_ALLOWED},
    {"10-create-deployments", "deployments", PT_ADMISSION_DENIED},
    {"11-update-deployments-scale", "deployments", PT_ADMISSION_ALLOWED},
    {"12-create-configmaps", "configmaps", PT_ADMISSION_ALLOWED},
    {"13-create-services", "services", PT_ADMISSION_WARNED},
    {"14-create-customresourcedefinitions", "customresourcedefinitions", PT_ADMISSION_ALLOWED},
    {"15-create-orders", "orders", PT_ADMISSION_ALLOWED},
    {"19-delete-pods", "pods", PT_ADMISSION_DENIED},
    {"20-delete-namespaces", "namespaces", PT_ADMISSION_ALLOWED},
};

static void check_recorded(const world *w, size_t i) {
    static const char FOLDER[] = "../tests/e2e/admission";
    pt_arena a = {0};
    pt_admission_request r;
    pt_admission_verdict v;
    pt_admission_podsec levels = {0};
    pt_admission_policy p = {.policies = w->set, .podsec = &levels};
    pt_admission_world cluster = {.judge = w->judge, .namespaces = w->namespaces};
    pt_str file = pt_arena_printf(&a, "%s/%s.json", FOLDER, RECORDED[i].name);
    assert_int_equal(pt_admission_read(&a, read_file(&a, file.p), &r, NULL), PT_OK);
    assert_int_equal(r.uid.n, 36);
    assert_str(r.resource, RECORDED[i].resource);
    assert_str(r.user, "admin");
    assert_int_equal(pt_len(r.groups), 2);
    assert_int_equal(r.dry_run, strstr(RECORDED[i].name, "dry-run") != NULL);
    assert_int_equal(pt_admission_judge(&a, &p, &cluster, &r, &v, NULL), PT_OK);
    if (v.end != RECORDED[i].end)
        fail_msg("%s: it is %s: %.*s", RECORDED[i].name, pt_admission_end_word(v.end),
                 PT_PRI(v.message));
    pt_arena_done(&a);
}

static void test_judge_recorded_reviews_of_a_real_server(void **state) {
    (void)state;
    world w = {0};
    make_set(&w, "policies.yaml");
    w.namespaces = parsed(&w.a, NAMESPACES);
    for (size_t i = 0; i < PT_COUNT(RECORDED); i++)
        check_recorded(&w, i);
    done(&w);
}

// -- the answer -----------------------------------------------------------------------------------

static void answers(pt_str uid, const pt_admission_verdict *v, const char *should) {
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(1 << 20);
    pt_admission_answer(&b, uid, v);
    assert_false(b.full);
    assert_str(pt_buf_str(&b), should);
}

#define ANSWER "{\"apiVersion\":\"admission.k8s.io/v1\",\"kind\":\"AdmissionReview\",\"response\":"

static void test_answer_allowed_nothing_else(void **state) {
    (void)state;
    pt_admission_verdict v = {.allowed = true, .code = 200};
    answers(PT_STR("u\"1"), &v, ANSWER "{\"uid\":\"u\\\"1\",\"allowed\":true}}");
}

static void test_answer_denied_says_why(void **state) {
    (void)state;
    static const struct {
        int code;
        const char *reason;
    } ROWS[] = {{400, "BadRequest"}, {403, "Forbidden"}, {422, "Invalid"}, {500, "InternalError"}};
    pt_arena a = {0};
    for (size_t i = 0; i < PT_COUNT(ROWS); i++) {
        pt_admission_verdict v = {.code = ROWS[i].code, .message = PT_STR("[c] a\n[d] b")};
        pt_str should = pt_arena_printf(&a,
                                        ANSWER "{\"uid\":\"u\",\"allowed\":false,\"status\":{"
                                               "\"code\":%d,\"reason\":\"%s\",\"message\":"
                                               "\"[c] a\\n[d] b\"}}}",
                                        ROWS[i].code, ROWS[i].reason);
        answers(PT_STR("u"), &v, should.p);
    }
    pt_arena_done(&a);
}

static void test_answer_warnings_without_control_characters(void **state) {
    (void)state;
    pt_str warnings[] = {PT_STR("a\nb\t\x7f\xc2\x85 c"), PT_STR("d")};
    pt_str notes[] = {PT_STR("exempt"), PT_STR("user"), PT_STR("error"), PT_STR("e\n")};
    pt_admission_verdict v = {.allowed = true,
                              .code = 200,
                              .warnings = {.v = warnings, .n = 2},
                              .annotations = {.v = notes, .n = 4}};
    answers(PT_STR("u"), &v,
            ANSWER "{\"uid\":\"u\",\"allowed\":true,\"warnings\":[\"a b    c\",\"d\"],"
                   "\"auditAnnotations\":{\"exempt\":\"user\",\"error\":\"e\\n\"}}}");
}

static pt_value warnings_of(pt_arena *a, const pt_str *all, size_t n) {
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(1 << 20);
    pt_admission_verdict v = {.allowed = true, .code = 200};
    v.warnings.v = pt_arena_take(a, n * sizeof *all);
    memcpy(v.warnings.v, all, n * sizeof *all);
    v.warnings.n = n;
    pt_admission_answer(&b, PT_STR("u"), &v);
    pt_value doc = parsed(a, pt_arena_str(a, pt_buf_str(&b)).p);
    return pt_getz(pt_getz(doc, "response"), "warnings");
}

static void test_answer_long_warnings_cut_as_the_server_would(void **state) {
    (void)state;
    pt_arena a = {0};
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(1 << 20);
    for (size_t i = 0; i < 4000; i++)
        pt_buf_putz(&b, "ä"); // characters count, not bytes
    pt_str all[40] = {pt_buf_str(&b), PT_STR("short")};
    pt_value whole = warnings_of(&a, all, 2);
    assert_int_equal(pt_text(pt_at(whole, 0)).n, 8000);
    for (size_t i = 2; i < 40; i++)
        all[i] = pt_str_sub(all[0], 0, 600);
    pt_value cut = warnings_of(&a, all, 40);
    assert_int_equal(pt_text(pt_at(cut, 0)).n, 255 * 2 + strlen("…"));
    assert_true(pt_str_ends(pt_text(pt_at(cut, 0)), PT_STR("ä…")));
    assert_str(pt_text(pt_at(cut, 1)), "short");
    assert_int_equal(pt_len(cut), 17);
    assert_str(pt_text(pt_at(cut, 16)), "… and 24 more warnings");
    pt_arena_done(&a);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_judge_cases_as_told),
        cmocka_unit_test(test_judge_little_memory_never_allows),
        cmocka_unit_test(test_read_good_review_all_of_it),
        cmocka_unit_test(test_read_bad_review_refused_and_uid_kept),
        cmocka_unit_test(test_read_what_no_server_sends_refused),
        cmocka_unit_test(test_read_long_words_refused_and_not_kept),
        cmocka_unit_test(test_read_what_may_differ_taken),
        cmocka_unit_test(test_read_deep_or_large_review_limited),
        cmocka_unit_test(test_judge_recorded_reviews_of_a_real_server),
        cmocka_unit_test(test_answer_allowed_nothing_else),
        cmocka_unit_test(test_answer_denied_says_why),
        cmocka_unit_test(test_answer_warnings_without_control_characters),
        cmocka_unit_test(test_answer_long_warnings_cut_as_the_server_would),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
