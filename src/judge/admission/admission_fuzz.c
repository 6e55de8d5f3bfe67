// Whatever the API server sends is judged or refused, and answered in JSON. The bytes are an
// AdmissionReview.
#include "judge/admission/admission.h"
#include "value/json.h"
#include "value/yaml.h"

static const char POLICIES[] =
    "apiVersion: templates.gatekeeper.sh/v1\n"
    "kind: ConstraintTemplate\n"
    "metadata: {name: k8stest}\n"
    "spec:\n"
    "  crd: {spec: {names: {kind: K8sTest}}}\n"
    "  targets:\n"
    "    - target: admission.k8s.gatekeeper.sh\n"
    "      rego: |\n"
    "        package t\n"
    "        violation[{\"msg\": msg}] {\n"
    "          msg := sprintf(\"%v %v\", [input.review.name, "
    "input.review.object.metadata.labels])\n"
    "        }\n"
    "---\n"
    "apiVersion: constraints.gatekeeper.sh/v1beta1\n"
    "kind: K8sTest\n"
    "metadata: {name: deny, annotations: {paratia/on-error: allow}}\n"
    "spec: {match: {kinds: [{apiGroups: [''], kinds: [Pod]}]}}\n"
    "---\n"
    "apiVersion: constraints.gatekeeper.sh/v1beta1\n"
    "kind: K8sTest\n"
    "metadata: {name: warn}\n"
    "spec: {enforcementAction: warn, match: {namespaceSelector: {matchLabels: {a: b}}}}\n";

static const char NAMESPACES[] =
    "{\"shop\": {\"kind\": \"Namespace\", \"metadata\": {\"name\": \"shop\", \"labels\": {\"a\": "
    "\"b\","
    "\"pod-security.kubernetes.io/enforce\": \"restricted\"}}},"
    "\"glass\": {\"kind\": \"Namespace\", \"metadata\": {\"name\": \"glass\","
    "\"labels\": {\"paratia/break-glass\": \"OPS-1\"},"
    "\"annotations\": {\"paratia/break-glass-reason\": \"the shop is down\"}}}}";

static pt_gk_set *set_of(pt_arena *a) {
    pt_yaml_stream s = {.bytes = {POLICIES, sizeof POLICIES - 1}, .dialect = PT_YAML_KUBERNETES};
    pt_gk_set *g = pt_gk_new(a);
    for (;;) {
        pt_yaml_doc doc = {0};
        pt_gk_taken taken;
        pt_assert(pt_yaml_next(&s, a, &doc, NULL) == PT_OK);
        if (!pt_defined(doc.value))
            break;
        pt_assert(pt_gk_add(g, doc.value, (pt_place){0}, &taken, NULL) == PT_OK);
    }
    pt_yaml_stream_done(&s);
    size_t n;
    pt_assert(pt_gk_end(g, NULL) == PT_OK);
    PT_IGNORE(pt_gk_faults(g, &n));
    pt_assert(n == 0);
    return g;
}

// An answer is JSON, echoes the uid, and says no unless the verdict allows.
static void answer(pt_arena *a, pt_str uid, const pt_admission_verdict *v) {
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF((size_t)256 << 20);
    pt_value doc;
    pt_admission_answer(&b, uid, v);
    pt_assert(!b.full);
    pt_json_opts opts = {.dup_refuse = true};
    pt_assert(pt_json_parse(a, pt_buf_str(&b), &opts, &doc, NULL) == PT_OK);
    pt_value response = pt_getz(doc, "response");
    pt_assert(pt_str_eq(pt_text(pt_getz(response, "uid")), uid));
    pt_assert(pt_true(pt_getz(response, "allowed")) == v->allowed);
    pt_assert(v->allowed == (v->code == 200) && (v->allowed || v->message.n));
    pt_assert(v->allowed == (v->end < PT_ADMISSION_DENIED));
}

static void judge(pt_arena *a, const pt_gk_set *g, const pt_admission_request *r) {
    static const pt_str GLOBS[] = {PT_STR("kube-*")};
    static const pt_str GROUPS[] = {PT_STR("ops")};
    pt_admission_podsec levels = {.audit = {PT_PODSEC_BASELINE, PT_STR("v1.30")}};
    pt_admission_policy p = {g, &levels, GLOBS, 1, GROUPS, 1};
    pt_admission_world w = {.deadline_ns = 1};
    pt_gk_judge *j = pt_gk_judge_new(g);
    pt_assert(j && pt_json_parse(a, pt_str_of(NAMESPACES), NULL, &w.namespaces, NULL) == PT_OK);
    pt_admission_verdict v;
    pt_err e = {0};
    w.judge = j;
    if (pt_admission_judge(a, &p, &w, r, &v, &e) == PT_OK)
        answer(a, r->uid, &v);
    else
        pt_assert(e.code == PT_E_NOMEM);
    pt_gk_judge_free(j);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static pt_arena policies; // made once, as for every request
    static const pt_gk_set *set;
    if (!set)
        set = set_of(&policies);
    pt_arena a = {.bytes_max = (size_t)64 << 20};
    pt_admission_request r;
    pt_admission_podsec levels;
    pt_value doc;
    pt_err e = {0};
    pt_str body = {(const char *)data, size};
    if (pt_admission_read(&a, body, &r, &e) == PT_OK) {
        judge(&a, set, &r);
        PT_IGNORE(pt_admission_podsec_read(&a, r.object, &levels, &e));
    } else {
        pt_admission_verdict v = {
            .end = PT_ADMISSION_UNJUDGED, .code = 400, .message = pt_str_of(e.what)};
        pt_assert(e.what[0]);
        answer(&a, r.uid, &v);
    }
    if (pt_json_parse(&a, body, NULL, &doc, NULL) == PT_OK)
        PT_IGNORE(pt_admission_podsec_read(&a, doc, &levels, &e));
    pt_arena_done(&a);
    return 0;
}
