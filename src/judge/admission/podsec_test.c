// Pod Security admission: testdata/podsec.yaml, and the configuration.
#include "judge/admission/testing_cases.h"

static const char NAMESPACES[] = "{\"shop\": {\"metadata\": {\"name\": \"shop\"}},"
                                 "\"restricted\": {\"metadata\": {\"labels\": {"
                                 "\"pod-security.kubernetes.io/enforce\": \"restricted\"}}},"
                                 "\"baseline\": {\"metadata\": {\"labels\": {"
                                 "\"pod-security.kubernetes.io/enforce\": \"baseline\","
                                 "\"pod-security.kubernetes.io/enforce-version\": \"v1.30\"}}},"
                                 "\"watched\": {\"metadata\": {\"labels\": {"
                                 "\"pod-security.kubernetes.io/warn\": \"baseline\","
                                 "\"pod-security.kubernetes.io/audit\": \"baseline\","
                                 "\"pod-security.kubernetes.io/audit-version\": \"v1.25\"}}},"
                                 "\"unreadable\": {\"metadata\": {\"labels\": {"
                                 "\"pod-security.kubernetes.io/enforce\": \"strict\","
                                 "\"pod-security.kubernetes.io/warn-version\": \"1.30\"}}}}";

static void test_judge_cases_as_told(void **state) {
    (void)state;
    world w = {0};
    w.namespaces = parsed(&w.a, NAMESPACES);
    run_cases(&w, "podsec.yaml");
    done(&w);
}

// -- the configuration ----------------------------------------------------------------------------

#define API          "\"apiVersion\":\"pod-security.admission.config.k8s.io/v1\","
#define CONFIG(more) "{" API "\"kind\":\"PodSecurityConfiguration\"" more "}"
#define OUTER(plugins)                                                                    \
    "{\"apiVersion\":\"apiserver.config.k8s.io/v1\",\"kind\":\"AdmissionConfiguration\"," \
    "\"plugins\":[" plugins "]}"

static void test_config_embedded_read_whole(void **state) {
    (void)state;
    static const char text[] = OUTER(
        "{\"name\":\"Other\",\"path\":\"x\"},{\"name\":\"PodSecurity\",\"configuration\":" CONFIG(
            ",\"defaults\":{\"enforce\":\"baseline\",\"enforce-version\":\"v1.30\",\"audit\":"
            "\"restricted\",\"warn\":\"\"},\"exemptions\":{\"usernames\":[\"a b\"],\"namespaces\":["
            "\"kube-system\",\"x\"],\"runtimeClasses\":[\"kata.v2\"]}") "}");
    pt_arena a = {0};
    pt_arena short_lived = {0};
    pt_admission_podsec p;
    char *copy = strdup(text);
    pt_value doc = parsed(&short_lived, copy);
    assert_int_equal(pt_admission_podsec_read(&a, doc, &p, NULL), PT_OK);
    memset(copy, 'x', strlen(copy)); // nothing points into it
    pt_arena_done(&short_lived);
    assert_int_equal(p.enforce.level, PT_PODSEC_BASELINE);
    assert_str(p.enforce.version, "v1.30");
    assert_int_equal(p.audit.level, PT_PODSEC_RESTRICTED);
    assert_str(p.audit.version, "latest");
    assert_int_equal(p.warn.level, PT_PODSEC_PRIVILEGED);
    assert_int_equal(p.n_users, 1);
    assert_str(p.users[0], "a b");
    assert_int_equal(p.n_namespaces, 2);
    assert_str(p.namespaces[0], "kube-system");
    assert_int_equal(p.n_runtime_classes, 1);
    assert_str(p.runtime_classes[0], "kata.v2");
    free(copy);
    pt_arena_done(&a);
}

static const struct {
    const char *text, *what;
} BAD[] = {
    {"[]", "apiVersion \"\", kind \"\": no configuration of Pod Security"},
    {"{\"apiVersion\":\"pod-security.admission.config.k8s.io/v1beta1\",\"kind\":"
     "\"PodSecurityConfiguration\"}",
     "apiVersion \"pod-security.admission.config.k8s.io/v1beta1\", kind "
     "\"PodSecurityConfiguration\": no configuration of Pod Security"},
    {CONFIG(",\"default\":{}"), "PodSecurityConfiguration: unknown field \"default\"; there are "
                                "apiVersion,kind,defaults,exemptions"},
    {CONFIG(",\"defaults\":[]"), "defaults must be an object, and is array"},
    {CONFIG(",\"defaults\":{\"enforced\":\"baseline\"}"),
     "defaults: unknown field \"enforced\"; there are "
     "enforce,enforce-version,audit,audit-version,warn,warn-version"},
    {CONFIG(",\"defaults\":{\"enforce\":1}"), "defaults.enforce must be a string, and is number"},
    {CONFIG(",\"defaults\":{\"warn\":\"strict\"}"),
     "defaults.warn is \"strict\", and must be one of privileged, baseline, restricted"},
    {CONFIG(",\"defaults\":{\"audit-version\":\"1.30\"}"),
     "defaults.audit-version is \"1.30\", and must be latest or v1.x"},
    {CONFIG(",\"exemptions\":{\"users\":[]}"),
     "exemptions: unknown field \"users\"; there are usernames,namespaces,runtimeClasses"},
    {CONFIG(",\"exemptions\":{\"usernames\":\"a\"}"),
     "exemptions.usernames must be an array, and is string"},
    {CONFIG(",\"exemptions\":{\"usernames\":[\"\"]}"),
     "exemptions.usernames[0] must be a user's name, as it is meant exactly"},
    {CONFIG(",\"exemptions\":{\"namespaces\":[\"a\",\"kube-*\"]}"),
     "exemptions.namespaces[1] must be a name in lower case, as it is meant exactly"},
    {CONFIG(",\"exemptions\":{\"namespaces\":[\"a\",\"a\"]}"),
     "exemptions.namespaces[1]: it is there twice"},
    {OUTER(""), "no entry of plugins is named PodSecurity"},
    {OUTER("{\"name\":\"PodSecurity\",\"path\":\"p.yaml\"}"),
     "plugins[0] has no `configuration`: it is in the file \"p.yaml\""},
    {OUTER("{\"name\":\"PodSecurity\",\"more\":1,\"configuration\":" CONFIG("") "}"),
     "plugins[]: unknown field \"more\"; there are name,path,configuration"},
};

static void test_config_bad_refused_with_its_field(void **state) {
    (void)state;
    for (size_t i = 0; i < PT_COUNT(BAD); i++) {
        pt_arena a = {0};
        pt_admission_podsec p;
        pt_err e = {0};
        assert_int_equal(pt_admission_podsec_read(&a, parsed(&a, BAD[i].text), &p, &e),
                         PT_E_FORMAT);
        assert_string_equal(e.what, BAD[i].what);
        pt_arena_done(&a);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_judge_cases_as_told),
        cmocka_unit_test(test_config_embedded_read_whole),
        cmocka_unit_test(test_config_bad_refused_with_its_field),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
