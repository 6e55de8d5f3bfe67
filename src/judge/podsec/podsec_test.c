#include <stdlib.h>
#include <string.h>

#include "base/testing.h"
#include "judge/podsec/podsec.h"
#include "value/json.h"

// A pod from JSON in which ' stands for ".
static pt_value pod_of(pt_arena *a, const char *text) {
    char *json = pt_arena_take(a, strlen(text) + 1);
    size_t n = 0;
    for (; text[n]; n++)
        json[n] = (char)(text[n] == '\'' ? '"' : text[n]);
    pt_value v;
    pt_err e = {0};
    pt_code code = pt_json_parse(a, (pt_str){json, n}, NULL, &v, &e);
    if (code)
        print_error("%s: %s\n", text, e.what);
    assert_int_equal(code, PT_OK);
    return v;
}

static pt_podsec_result judge(pt_arena *a, const char *text, pt_podsec_level level,
                              unsigned minor) {
    pt_podsec_result r = {0};
    pt_err e = {0};
    assert_int_equal(pt_podsec_judge(a, pod_of(a, text), level, minor, &r, &e), PT_OK);
    return r;
}

typedef struct message_case {
    const char *pod;
    pt_podsec_level level;
    unsigned minor;
    const char *message; // behind "violates PodSecurity …: "; "" for an allowed pod
    const char *path;    // of the first violation; NULL: not looked at
} message_case;

#define B       PT_PODSEC_BASELINE
#define R       PT_PODSEC_RESTRICTED
#define LATEST  PT_PODSEC_LATEST
#define GOOD    "'allowPrivilegeEscalation':false,'capabilities':{'drop':['ALL']}"
#define GOODPOD "'runAsNonRoot':true,'seccompProfile':{'type':'RuntimeDefault'}"

static void check_messages(const message_case *cases, size_t n) {
    for (size_t i = 0; i < n; i++) {
        pt_arena a = {0};
        const message_case *c = &cases[i];
        pt_podsec_result r = judge(&a, c->pod, c->level, c->minor);
        pt_str said = pt_podsec_message(&a, &r, c->level, PT_STR("x"));
        size_t head = pt_str_find_str(said, PT_STR("\": ")) + 3;
        assert_str(pt_str_sub(said, head, said.n), c->message);
        if (c->path)
            assert_str(r.violations.v[0].path, c->path);
        pt_arena_done(&a);
    }
}

static void test_podsec_messages_read_as_upstreams(void **state) {
    (void)state;
    static const message_case cases[] = {
        {"{'spec':{'containers':[{'name':'a','securityContext':{'privileged':true}},{'name':'b'}]}"
         "}",
         B, LATEST, "privileged (container \"a\" must not set securityContext.privileged=true)",
         "spec.containers[0].securityContext.privileged"},
        {"{'spec':{'hostPID':true,'hostNetwork':true,'containers':[{'name':'a','ports':["
         "{'hostPort':8080},{'hostPort':90}]},{'name':'b','ports':[{'hostPort':90}]}]}}",
         B, LATEST,
         "host namespaces (hostNetwork=true, hostPID=true), "
         "hostPort (containers \"a\", \"b\" use hostPorts 8080, 90)",
         "spec.hostNetwork"},
        // Byte order: seLinuxOptions before seccompProfile_baseline. Initial containers first.
        {"{'spec':{'securityContext':{'seccompProfile':{'type':'Unconfined'},"
         "'seLinuxOptions':{'type':'x','user':'u','role':'r'}},"
         "'containers':[{'name':'a'}],'initContainers':[{'name':'i','securityContext':"
         "{'seccompProfile':{}}}]}}",
         B, LATEST,
         "seLinuxOptions (pod set forbidden securityContext.seLinuxOptions: type \"x\"; user may "
         "not be set; role may not be set), seccompProfile (pod and container \"i\" must not set "
         "securityContext.seccompProfile.type to \"\", \"Unconfined\")",
         "spec.securityContext.seLinuxOptions"},
        {"{'metadata':{'annotations':{'container.apparmor.security.beta.kubernetes.io/a':"
         "'unconfined'}},'spec':{'containers':[{'name':'a','securityContext':"
         "{'appArmorProfile':{'type':'Unconfined'}}}]}}",
         B, LATEST,
         "forbidden AppArmor profiles (container \"a\" and annotation must not set AppArmor "
         "profile type to \"Unconfined\", \"container.apparmor.security.beta.kubernetes.io/a="
         "\"unconfined\"\")",
         "spec.containers[0].securityContext.appArmorProfile.type"},
        {"{'spec':{'containers':[{'name':'b','livenessProbe':{'httpGet':{'host':'h'}}},"
         "{'name':'a','lifecycle':{'preStop':{'tcpSocket':{'host':'127.0.0.1'}}}}]}}",
         B, 34,
         "probe or lifecycle host (containers \"a\", \"b\" use probe or lifecycle hosts "
         "\"127.0.0.1\", \"h\")",
         "spec.containers[0].livenessProbe.httpGet.host"},
        {"{'spec':{'volumes':[{'name':'v','hostPath':{'path':'/'}},{'name':'w','nfs':{}},"
         "{'name':'x','emptyDir':{}},{'name':'y','newKind':{}},{'name':'z'}],"
         "'securityContext':{" GOODPOD "},'containers':[{'name':'a','securityContext':{" GOOD
         "}}]}}",
         R, LATEST,
         "restricted volume types (volumes \"v\", \"w\", \"y\" use restricted volume types "
         "\"hostPath\", \"nfs\", \"unknown\")",
         "spec.volumes[0].hostPath"},
        {"{'spec':{'containers':[{'name':'a','securityContext':{'capabilities':{'drop':['all'],"
         "'add':['NET_RAW','CHOWN']}}}]}}",
         R, LATEST,
         "allowPrivilegeEscalation != false (container \"a\" must set "
         "securityContext.allowPrivilegeEscalation=false), unrestricted capabilities (container "
         "\"a\" must set securityContext.capabilities.drop=[\"ALL\"]; container \"a\" must not "
         "include \"CHOWN\", \"NET_RAW\" in securityContext.capabilities.add), runAsNonRoot != "
         "true (pod or container \"a\" must set securityContext.runAsNonRoot=true), "
         "seccompProfile (pod or container \"a\" must set securityContext.seccompProfile.type to "
         "\"RuntimeDefault\" or \"Localhost\")",
         "spec.containers[0].securityContext.allowPrivilegeEscalation"},
        // What somebody set badly hides what nobody set.
        {"{'spec':{'securityContext':{'runAsUser':0,'seccompProfile':{'type':'Localhost'}},"
         "'containers':[{'name':'a','securityContext':{'runAsNonRoot':false," GOOD "}},"
         "{'name':'b','securityContext':{" GOOD "}}]}}",
         R, LATEST,
         "runAsNonRoot != true (container \"a\" must not set securityContext.runAsNonRoot=false), "
         "runAsUser=0 (pod must not set runAsUser=0)",
         "spec.containers[0].securityContext.runAsNonRoot"},
        {"{'spec':{'securityContext':{'sysctls':[{'name':'b'},{'name':'a'},"
         "{'name':'net.ipv4.tcp_rmem'}]}}}",
         B, 31, "forbidden sysctls (b, a, net.ipv4.tcp_rmem)",
         "spec.securityContext.sysctls[0].name"},
        {"{'metadata':{'annotations':{'seccomp.security.alpha.kubernetes.io/pod':'unconfined',"
         "'container.seccomp.security.alpha.kubernetes.io/a':'x',"
         "'container.seccomp.security.alpha.kubernetes.io/gone':'x'}},"
         "'spec':{'containers':[{'name':'a'}]}}",
         B, 18,
         "seccompProfile (forbidden annotations "
         "container.seccomp.security.alpha.kubernetes.io/a=\"x\", "
         "seccomp.security.alpha.kubernetes.io/pod=\"unconfined\")",
         "metadata.annotations[\"container.seccomp.security.alpha.kubernetes.io/a\"]"},
    };
    check_messages(cases, PT_COUNT(cases));
}

static void test_podsec_versions_differ_as_the_standard_says(void **state) {
    (void)state;
#define WINDOWS                                                                 \
    "{'spec':{'os':{'name':'windows'},'securityContext':{'runAsNonRoot':true}," \
    "'containers':[{'name':'a'}]}}"
#define USERNS                                                                                  \
    "{'spec':{'hostUsers':false,'securityContext':{'runAsUser':0,'seccompProfile':"             \
    "{'type':'Localhost'}},'containers':[{'name':'a','securityContext':{'procMount':'Unmasked'" \
    "," GOOD "}}]}}"
    static const struct {
        const char *pod;
        pt_podsec_level level;
        unsigned minor;
        const char *controls;
    } cases[] = {
        {WINDOWS, R, 24,
         "allowPrivilegeEscalation capabilities_restricted seccompProfile_restricted "},
        {WINDOWS, R, 25, ""},
        {USERNS, B, 34, "procMount "},
        {USERNS, B, 35, ""},
        {USERNS, R, 34, "procMount runAsNonRoot runAsUser "},
        {USERNS, R, 35, "procMount_restricted "},
        {USERNS, R, 99, "procMount_restricted "}, // clamped to the newest
        {USERNS, PT_PODSEC_PRIVILEGED, LATEST, ""},
        {"{'spec':{'containers':[{'name':'a'}]}}", R, 7, "runAsNonRoot "},
        {"{'spec':{'containers':[{'name':'a'}]}}", R, 8, "allowPrivilegeEscalation runAsNonRoot "},
        {"{'spec':{'securityContext':{'seLinuxOptions':{'type':'container_engine_t'}}}}", B, 30,
         "seLinuxOptions "},
        {"{'spec':{'securityContext':{'seLinuxOptions':{'type':'container_engine_t'}}}}", B, 31,
         ""},
        {"{'spec':{'containers':[{'livenessProbe':{'httpGet':{'host':'h'}}}]}}", B, 33, ""},
        // Overridden only from the version on that has the overriding control.
        {"{'spec':{'securityContext':{'runAsNonRoot':true},'containers':[{'name':'a',"
         "'securityContext':{'allowPrivilegeEscalation':false,'capabilities':{'add':['BPF']}}}]}}",
         R, 18, "capabilities_baseline "},
    };
    for (size_t i = 0; i < PT_COUNT(cases); i++) {
        pt_arena a = {0};
        pt_podsec_result r = judge(&a, cases[i].pod, cases[i].level, cases[i].minor);
        pt_buf b = PT_BUF(1024);
        for (size_t k = 0; k < r.violations.n; k++)
            pt_buf_printf(&b, "%s ", r.violations.v[k].control->id);
        assert_str(pt_buf_str(&b), cases[i].controls);
        pt_buf_done(&b);
        pt_arena_done(&a);
    }
}

static void test_podsec_wrong_types_are_violations(void **state) {
    (void)state;
    static const message_case cases[] = {
        {"{'spec':{'containers':[{'name':'a','securityContext':{'privileged':'yes'}}]}}", B, LATEST,
         "privileged (spec.containers[0].securityContext.privileged is string, not boolean)",
         "spec.containers[0].securityContext.privileged"},
        {"{'spec':{'hostIPC':1}}", B, LATEST,
         "host namespaces (spec.hostIPC is number, not boolean)", "spec.hostIPC"},
        {"{'spec':{'volumes':[{'name':'v','hostPath':'/'}]}}", B, LATEST,
         "hostPath volumes (spec.volumes[0].hostPath is string, not object)",
         "spec.volumes[0].hostPath"},
        {"{'spec':{'containers':[{'ports':[{'hostPort':'80'}]}]}}", B, LATEST,
         "hostPort (spec.containers[0].ports[0].hostPort is string, not number)", NULL},
        {"{'spec':{'securityContext':{'seLinuxOptions':{'user':5}}}}", B, LATEST,
         "seLinuxOptions (spec.securityContext.seLinuxOptions.user is number, not string)", NULL},
        {"{'spec':{'securityContext':{'sysctls':'x'}}}", B, LATEST,
         "forbidden sysctls (spec.securityContext.sysctls is string, not array)", NULL},
    };
    check_messages(cases, PT_COUNT(cases));
}

// Every control refuses what it cannot read: no spec, containers that are no list, null in it.
static void test_podsec_unreadable_pod_is_refused_by_every_control(void **state) {
    (void)state;
    static const char *const pods[] = {"{}", "[]", "'x'", "null", "{'spec':[]}", "{'spec':null}"};
    for (size_t i = 0; i < PT_COUNT(pods); i++) {
        pt_arena a = {0};
        assert_int_equal(judge(&a, pods[i], B, LATEST).violations.n, 12);
        assert_int_equal(judge(&a, pods[i], R, LATEST).violations.n, 15);
        pt_arena_done(&a);
    }
    static const char *const lists[] = {
        "{'spec':{'containers':{}}}",
        "{'spec':{'initContainers':[null]}}",
        "{'spec':{'ephemeralContainers':['x']}}",
        "{'spec':{'containers':[{'securityContext':[]}]}}",
    };
    for (size_t i = 0; i < PT_COUNT(lists); i++) {
        pt_arena a = {0};
        assert_true(judge(&a, lists[i], B, LATEST).violations.n >= 6);
        pt_arena_done(&a);
    }
}

static void test_podsec_null_is_absent(void **state) {
    (void)state;
    pt_arena a = {0};
    pt_podsec_result r = judge(
        &a,
        "{'metadata':{'annotations':null},'spec':{'hostPID':null,'volumes':null,'securityContext':"
        "null,'containers':[{'name':'a','ports':null,'securityContext':{'privileged':null,"
        "'capabilities':{'add':null},'seccompProfile':null,'procMount':null}}]}}",
        B, LATEST);
    assert_int_equal(r.violations.n, 0);
    pt_arena_done(&a);
}

static void test_podsec_hostile_names_are_made_safe(void **state) {
    (void)state;
    static const message_case cases[] = {
        {"{'spec':{'containers':[{'name':'a\\u001b[2J\\u202e','securityContext':"
         "{'privileged':true}}]}}",
         B, LATEST,
         "privileged (container \"a\\x1b[2J\\u{202e}\" must not set "
         "securityContext.privileged=true)",
         NULL},
    };
    check_messages(cases, PT_COUNT(cases));
}

static void test_podsec_message_says_level_and_version_of_the_label(void **state) {
    (void)state;
    pt_arena a = {0};
    pt_podsec_result r = judge(&a, "{'spec':{'hostPID':true}}", R, 999);
    assert_str(pt_podsec_message(&a, &r, R, PT_STR("v1.999")),
               "violates PodSecurity \"restricted:v1.999\": host namespaces (hostPID=true)");
    pt_arena_done(&a);
}

static void test_podsec_version_takes_exact_names_only(void **state) {
    (void)state;
    static const struct {
        const char *text;
        bool ok;
        unsigned minor;
    } cases[] = {
        {"latest", true, PT_PODSEC_LATEST},
        {"v1.0", true, 0},
        {"v1.25", true, 25},
        {"v1.1000", true, 1000},
        {"v1.01", false, 0},
        {"v1.", false, 0},
        {"v2.1", false, 0},
        {"1.25", false, 0},
        {"v1.-1", false, 0},
        {"v1.+1", false, 0},
        {"", false, 0},
        {"Latest", false, 0},
        {"v1.25 ", false, 0},
        {"v1.99999999999999999999", false, 0},
    };
    for (size_t i = 0; i < PT_COUNT(cases); i++) {
        unsigned minor = 0;
        assert_int_equal(pt_podsec_version(pt_str_of(cases[i].text), &minor), cases[i].ok);
        assert_int_equal(minor, cases[i].minor);
    }
}

static void test_podsec_controls_stand_in_upstreams_order(void **state) {
    (void)state;
    size_t n;
    const pt_podsec_control *c = pt_podsec_controls(&n);
    assert_int_equal(n, 19);
    for (size_t i = 1; i < n; i++)
        assert_true(c[i - 1].level < c[i].level || strcmp(c[i - 1].id, c[i].id) < 0);
}

static void test_podsec_full_arena_is_an_error(void **state) {
    (void)state;
    pt_arena a = {0};
    pt_value pod = pod_of(&a, "{'spec':{'hostPID':true}}");
    for (size_t max = 1; max < 4096; max += 256) {
        pt_arena small;
        pt_arena_init(&small, max);
        pt_podsec_result r = {0};
        pt_err e = {0};
        pt_code code = pt_podsec_judge(&small, pod, B, LATEST, &r, &e);
        assert_true(code == PT_OK ? r.violations.n == 1
                                  : code == PT_E_NOMEM && r.violations.n == 0);
        pt_arena_done(&small);
    }
    pt_arena_done(&a);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_podsec_messages_read_as_upstreams),
        cmocka_unit_test(test_podsec_versions_differ_as_the_standard_says),
        cmocka_unit_test(test_podsec_wrong_types_are_violations),
        cmocka_unit_test(test_podsec_unreadable_pod_is_refused_by_every_control),
        cmocka_unit_test(test_podsec_null_is_absent),
        cmocka_unit_test(test_podsec_hostile_names_are_made_safe),
        cmocka_unit_test(test_podsec_message_says_level_and_version_of_the_label),
        cmocka_unit_test(test_podsec_version_takes_exact_names_only),
        cmocka_unit_test(test_podsec_controls_stand_in_upstreams_order),
        cmocka_unit_test(test_podsec_full_arena_is_an_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
