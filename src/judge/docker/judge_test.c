// Rules and the pod, by cases in testdata/rules.json, testdata/tenants.json and testdata/pods.json.
#include "judge/docker/testing_host.h"
#include "judge/podsec/podsec.h"
#include "value/path.h"

#define ALL_RULES_MAX 256

static void mark(bool *seen, const pt_docker_offence *v, size_t n) {
    size_t count;
    const pt_docker_rule *rules = pt_docker_rules(&count);
    for (size_t i = 0; i < n; i++)
        seen[v[i].rule - rules] = true;
}

static bool check_rules(pt_value c, const pt_docker_host *h, bool *seen) {
    pt_arena a = {0};
    pt_err e = {0};
    pt_docker_verdict v = {0};
    bool read = testing_judge(&a, c, h, &v, &e);
    pt_str denies = testing_ids(&a, v.offences.v, v.offences.n);
    pt_str notes = testing_ids(&a, v.notes.v, v.notes.n);
    pt_value want_notes = pt_getz(c, "notes");
    bool good = read && pt_str_eq(denies, pt_text(pt_getz(c, "denies"))) &&
                v.allow == (denies.n == 0) &&
                (!pt_defined(want_notes) || pt_str_eq(notes, pt_text(want_notes)));
    if (!good)
        print_error("%.*s\n  denies: %.*s\n  notes: %.*s\n  %s\n",
                    PT_PRI(pt_text(pt_getz(c, "name"))), PT_PRI(denies), PT_PRI(notes), e.what);
    mark(seen, v.offences.v, v.offences.n);
    mark(seen, v.notes.v, v.notes.n);
    pt_arena_done(&a);
    return good;
}

static void test_rules_find_what_they_are_for_and_nothing_else(void **state) {
    (void)state;
    pt_arena a = {0};
    static const char *const files[] = {"rules.json", "tenants.json"};
    pt_value facts;
    pt_value cases;
    size_t n;
    size_t bad = 0;
    bool seen[ALL_RULES_MAX] = {false};
    testing_load(&a, "host.json", &facts);
    pt_docker_host h = testing_host(&facts);
    for (size_t k = 0; k < PT_COUNT(files); k++) {
        testing_load(&a, files[k], &cases);
        for (size_t i = 0; i < pt_len(cases); i++)
            bad += !check_rules(pt_at(cases, i), &h, seen);
    }
    const pt_docker_rule *rules = pt_docker_rules(&n);
    for (size_t i = 0; i < n; i++) {
        if (!seen[i] && rules[i].judge)
            print_error("%s has no case\n", rules[i].id);
        bad += !seen[i] && rules[i].judge;
    }
    assert_int_equal(bad, 0);
    pt_arena_done(&a);
}

static void test_rules_texts_fit_a_line(void **state) {
    (void)state;
    size_t n;
    const pt_docker_rule *rules = pt_docker_rules(&n);
    assert_true(n < ALL_RULES_MAX);
    for (size_t i = 0; i < n; i++) {
        assert_true(strncmp(rules[i].id, "PT-GRD-", 7) == 0);
        assert_true(strlen(rules[i].title) <= 60 && strlen(rules[i].remedy) <= 60);
        for (size_t k = 0; k < i; k++)
            assert_string_not_equal(rules[i].id, rules[k].id);
    }
}

static void test_rules_are_all_documented(void **state) {
    (void)state;
    pt_arena a = {0};
    size_t n;
    const pt_docker_rule *rules = pt_docker_rules(&n);
    pt_str page = testing_file(&a, "../docs/guard-docker.md");
    for (size_t i = 0; i < n; i++) {
        pt_str row = pt_arena_printf(&a, "| `%s` | %s | %s | %s |", rules[i].id,
                                     pt_severity_word(rules[i].severity),
                                     rules[i].notes ? "notes" : "denies", rules[i].title);
        if (!pt_str_has(page, row))
            print_error("docs/guard-docker.md lacks\n%.*s\n", PT_PRI(row));
        assert_true(pt_str_has(page, row));
    }
    pt_arena_done(&a);
}

// A host that knows nothing: what needs a fact is denied, and says so.
static void test_rules_deny_what_they_cannot_look_at(void **state) {
    (void)state;
    static const struct {
        testing_request request;
        const char *ids;
    } cases[] = {
        {{"POST", "/containers/a/start", NULL, NULL}, "CONTAINER?"},
        {{"POST", "/containers/a/exec", "{'Cmd':['id']}", NULL}, "CONTAINER?"},
        {{"POST", "/containers/a/update", "{'Memory':1}", NULL}, "CONTAINER?"},
        {{"POST", "/containers/create", "{'HostConfig':{'Binds':['/srv/a:/a']}}", NULL},
         "BIND-PATH? BIND-LINK? BIND-NESTED?"},
        {{"POST", "/containers/create", "{'HostConfig':{'Binds':['data:/a']}}", NULL},
         "VOLUME-OPTIONS?"},
        {{"POST", "/containers/create", "{'HostConfig':{'VolumesFrom':['a:ro']}}", NULL},
         "VOLUMES-FROM?"},
        {{"POST", "/containers/create", "{'HostConfig':{'NetworkMode':'container:a'}}", NULL},
         "NET-HOST?"},
        {{"POST", "/containers/create", "{'HostConfig':{'Runtime':'runc'}}", NULL}, "RUNTIME?"},
        {{"POST", "/containers/create", "{'HostConfig':{'UsernsMode':'host'}}", NULL},
         "USERNS-HOST"},
        {{"POST", "/containers/create",
          "{'HostConfig':{'SecurityOpt':['no-new-privileges=false']}}", NULL},
         "NO-NEW-PRIVILEGES?"},
        {{"POST", "/containers/create", "{'HostConfig':{}}", NULL}, ""},
    };
    for (size_t i = 0; i < PT_COUNT(cases); i++) {
        pt_arena a = {0};
        pt_err e = {0};
        pt_docker_request r;
        pt_docker_verdict v;
        pt_str document = testing_document(&a, &cases[i].request);
        assert_int_equal(pt_docker_request_read(&a, document, &r, &e), PT_OK);
        assert_int_equal(pt_docker_judge(&a, &r, NULL, NULL, &v, &e), PT_OK);
        assert_str(testing_ids(&a, v.offences.v, v.offences.n), cases[i].ids);
        pt_arena_done(&a);
    }
}

// Of several containers with many mounts each.
static void test_rules_bound_the_mounts_of_others(void **state) {
    (void)state;
    pt_arena a = {0};
    pt_buf b = PT_BUF(1 << 20);
    pt_err e = {0};
    pt_value facts;
    pt_docker_request r;
    pt_docker_verdict v;
    pt_buf_putz(&b, "{'containers':{");
    for (size_t k = 0; k < 4; k++) {
        pt_buf_printf(&b, "%s'big%zu':{'config':{'Config':{},'MountPoints':{", k ? "," : "", k);
        for (size_t i = 0; i < 900; i++)
            pt_buf_printf(&b, "%s'/%zu':{'Type':'volume','Driver':'local'}", i ? "," : "", i);
        pt_buf_putz(&b, "}},'host':{}}");
    }
    pt_buf_putz(&b, "}}");
    pt_buf_putc(&b, 0);
    facts = testing_json(&a, b.p);
    pt_docker_host h = testing_host(&facts);
    testing_request request = {"POST", "/containers/create",
                               "{'HostConfig':{'VolumesFrom':['big0','big1','big2','big3']}}",
                               NULL};
    assert_int_equal(pt_docker_request_read(&a, testing_document(&a, &request), &r, &e), PT_OK);
    assert_int_equal(pt_docker_judge(&a, &r, &h, NULL, &v, &e), PT_OK);
    assert_str(testing_ids(&a, v.offences.v, v.offences.n), "VOLUMES-FROM?");
    pt_buf_done(&b);
    pt_arena_done(&a);
}

static size_t asked; // for containers

static pt_fact count_containers(void *context, pt_arena *a, pt_str name) {
    asked++;
    return testing_container(context, a, name);
}

// A body of some kilobytes that names containers a thousand times costs what a few names cost.
static void test_rules_look_each_container_up_once(void **state) {
    (void)state;
    static const struct {
        const char *field;
        bool numbered; // each time another one
        size_t n;
        const char *ids;
        size_t asked_max;
    } cases[] = {
        {"VolumesFrom", false, 1000, "", 4},           {"Links", false, 32, "", 4},
        {"Links", false, 1000, "LINK-NAME", 4},        {"VolumesFrom", true, 32, "TENANT-OWN", 64},
        {"VolumesFrom", true, 1000, "TENANT-OWN?", 0}, {"Links", true, 1000, "TENANT-OWN?", 0},
    };
    for (size_t k = 0; k < PT_COUNT(cases); k++) {
        pt_arena a = {0};
        pt_err e = {0};
        pt_value facts;
        pt_docker_request r;
        pt_docker_verdict v;
        PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(1 << 20);
        pt_docker_asker asker = {.tenant = PT_STR("shop")};
        pt_docker_policy policy = {.tags = true, .shared = true, .asker = &asker};
        testing_load(&a, "host.json", &facts);
        pt_docker_host h = testing_host(&facts);
        h.container = count_containers;
        pt_buf_printf(&b,
                      "{'Image':'x','Labels':{'paratia.tenant':'shop'},'HostConfig':{"
                      "'NetworkMode':'none','%s':[",
                      cases[k].field);
        for (size_t i = 0; i < cases[k].n; i++) {
            pt_buf_printf(&b, "%s'shop.web", i ? "," : "");
            pt_buf_printf(&b, cases[k].numbered ? "-%zu:a'" : ":a%zu'", i);
        }
        pt_buf_putz(&b, "]}}");
        pt_buf_putc(&b, 0);
        testing_request request = {"POST", "/containers/create?name=shop.new", b.p, NULL};
        pt_str document = testing_document(&a, &request);
        asked = 0;
        assert_int_equal(pt_docker_request_read(&a, document, &r, &e), PT_OK);
        assert_int_equal(pt_docker_judge(&a, &r, &h, &policy, &v, &e), PT_OK);
        pt_str ids = v.offences.n ? testing_ids(&a, v.offences.v, 1) : PT_STR("");
        assert_str(ids, cases[k].ids);
        assert_true(asked <= cases[k].asked_max);
        pt_arena_done(&a);
    }
}

static void test_rules_message_names_rule_field_and_remedy(void **state) {
    (void)state;
    pt_arena a = {0};
    pt_err e = {0};
    pt_docker_request r;
    pt_docker_verdict v;
    testing_request request = {
        "POST", "/containers/create",
        "{'HostConfig':{'Privileged':true,'CapAdd':['cap_sys_admin','x\\u001b[2J']}}", NULL};
    assert_int_equal(pt_docker_request_read(&a, testing_document(&a, &request), &r, &e), PT_OK);
    assert_int_equal(pt_docker_judge(&a, &r, NULL, NULL, &v, &e), PT_OK);
    assert_str(pt_docker_message(&a, &v),
               "PT-GRD-PRIVILEGED: privileged container (HostConfig.Privileged: true); run it "
               "without --privileged\n"
               "PT-GRD-CAPABILITIES: capability beyond Docker's default (HostConfig.CapAdd[0]: "
               "SYS_ADMIN); drop it from --cap-add\n"
               "PT-GRD-CAPABILITIES: capability beyond Docker's default (HostConfig.CapAdd[1]: "
               "X\\x1b[2J); drop it from --cap-add");
    pt_arena_done(&a);
}

// -- the pod --------------------------------------------------------------------------------------

static bool check_pod(pt_value c, const pt_docker_host *h) {
    pt_arena a = {0};
    pt_err e = {0};
    pt_docker_request r;
    pt_str unknown = {0};
    pt_code code = pt_docker_request_read(&a, testing_case_document(&a, c), &r, &e);
    pt_value pod = code ? pt_undefined() : pt_docker_pod(&a, &r, h, &unknown);
    bool good = pt_eq(pod, pt_getz(c, "pod")) && pt_str_eq(unknown, pt_text(pt_getz(c, "unknown")));
    if (!good) {
        pt_buf b = PT_BUF(1 << 20);
        PT_IGNORE(pt_json_write(&b, pod, &(pt_json_opts){.pretty = true}, &e));
        print_error("%.*s: %s\n%.*s\nunknown: %.*s\n", PT_PRI(pt_text(pt_getz(c, "name"))), e.what,
                    PT_PRI(pt_buf_str(&b)), PT_PRI(unknown));
        pt_buf_done(&b);
    }
    pt_arena_done(&a);
    return good;
}

static void test_pod_is_what_the_container_amounts_to(void **state) {
    (void)state;
    pt_arena a = {0};
    pt_value facts;
    pt_value cases;
    size_t bad = 0;
    testing_load(&a, "host.json", &facts);
    testing_load(&a, "pods.json", &cases);
    assert_true(pt_len(cases) > 0);
    pt_docker_host h = testing_host(&facts);
    for (size_t i = 0; i < pt_len(cases); i++)
        bad += !check_pod(pt_at(cases, i), &h);
    assert_int_equal(bad, 0);
    pt_arena_done(&a);
}

// Of the container, as its exec has it.
static void test_pod_of_an_exec_has_the_user_of_the_exec(void **state) {
    (void)state;
    static const struct {
        const char *uri, *body;
        int64_t user; // -1: not known
    } cases[] = {
        {"/containers/web/exec", "{'Cmd':['id']}", 1000},
        {"/containers/web/exec", "{'Cmd':['id'],'User':'0'}", 0},
        {"/containers/web/exec", "{'Cmd':['id'],'User':'+0'}", 0},
        {"/containers/web/exec", "{'Cmd':['id'],'User':'33:0'}", 33},
        {"/containers/web/exec", "{'Cmd':['id'],'User':'toor'}", -1},
        {"/containers/create", "{'User':'+0','HostConfig':{}}", 0},
        {"/containers/create", "{'User':'-1','HostConfig':{}}", -1},
    };
    pt_arena a = {0};
    pt_value facts;
    testing_load(&a, "host.json", &facts);
    pt_docker_host h = testing_host(&facts);
    for (size_t i = 0; i < PT_COUNT(cases); i++) {
        pt_docker_request r;
        pt_str unknown;
        int64_t user = -1;
        testing_request request = {"POST", cases[i].uri, cases[i].body, NULL};
        pt_str document = testing_document(&a, &request);
        assert_int_equal(pt_docker_request_read(&a, document, &r, NULL), PT_OK);
        pt_value pod = pt_docker_pod(&a, &r, &h, &unknown);
        pt_value one = pt_at(pt_path_get(pod, "spec.containers"), 0);
        PT_IGNORE(!pt_to_int(pt_path_get(one, "securityContext.runAsUser"), &user));
        assert_int_equal(user, cases[i].user);
        assert_int_equal(unknown.n > 0, user < 0);
    }
    pt_arena_done(&a);
}

typedef struct standard_case {
    const char *body;
    const char *baseline, *restricted; // ids of the controls that forbid it
} standard_case;

static pt_str controls(pt_arena *a, pt_value pod, pt_podsec_level level) {
    pt_podsec_result r = {0};
    PT_AUTO(pt_buf_done)
    pt_buf b = PT_BUF(1 << 16);
    assert_int_equal(pt_podsec_judge(a, pod, level, PT_PODSEC_LATEST, &r, NULL), PT_OK);
    for (size_t i = 0; i < r.violations.n; i++)
        pt_buf_printf(&b, "%s%s", i ? " " : "", r.violations.v[i].control->id);
    return pt_arena_str(a, pt_buf_str(&b));
}

// A daemon with its defaults: users are not remapped.
static pt_fact plain_daemon(void *context, pt_arena *a) {
    (void)context;
    return pt_fact_known(testing_json(a, "{'userns_remap':false}"), (pt_str){0});
}

static void test_pod_is_judged_by_the_pod_security_standards(void **state) {
    (void)state;
#define GOOD "'SecurityOpt':['no-new-privileges'],'CapDrop':['ALL']"
    static const standard_case cases[] = {
        {"{'User':'1000','HostConfig':{" GOOD "}}", "", ""},
        {"{'User':'1','HostConfig':{" GOOD ",'Privileged':true}}",
         "appArmorProfile privileged procMount seccompProfile_baseline",
         "appArmorProfile privileged allowPrivilegeEscalation procMount_restricted "
         "seccompProfile_restricted"},
        {"{'User':'1000','HostConfig':{" GOOD ",'NetworkMode':'host'}}", "hostNamespaces",
         "hostNamespaces"},
        {"{'User':'1000','HostConfig':{" GOOD ",'Binds':['/srv/a:/a']}}", "hostPathVolumes",
         "restrictedVolumes"},
        {"{'User':'1000','HostConfig':{" GOOD ",'PortBindings':{'80/tcp':[{}]}}}", "hostPorts",
         "hostPorts"},
        {"{'User':'1000','HostConfig':{" GOOD ",'Sysctls':{'kernel.msgmax':'1'}}}", "sysctls",
         "sysctls"},
        {"{'User':'0','HostConfig':{" GOOD "}}", "", "runAsNonRoot runAsUser"},
    };
    pt_arena keep = {0};
    pt_value facts;
    testing_load(&keep, "host.json", &facts);
    pt_docker_host h = testing_host(&facts);
    h.daemon = plain_daemon;
    for (size_t i = 0; i < PT_COUNT(cases); i++) {
        pt_arena a = {0};
        pt_docker_request r;
        pt_str unknown;
        testing_request request = {"POST", "/containers/create", cases[i].body, NULL};
        pt_str document = testing_document(&a, &request);
        assert_int_equal(pt_docker_request_read(&a, document, &r, NULL), PT_OK);
        pt_value pod = pt_docker_pod(&a, &r, &h, &unknown);
        assert_str(controls(&a, pod, PT_PODSEC_BASELINE), cases[i].baseline);
        assert_str(controls(&a, pod, PT_PODSEC_RESTRICTED), cases[i].restricted);
        pt_arena_done(&a);
    }
    pt_arena_done(&keep);
}

static void test_judge_survives_any_lack_of_memory(void **state) {
    (void)state;
    pt_arena keep = {0};
    pt_value facts;
    testing_load(&keep, "host.json", &facts);
    pt_docker_host h = testing_host(&facts);
    testing_request request = {"POST", "/containers/create",
                               "{'Image':'nginx','HostConfig':{'Privileged':true,'Binds':['/a:/b',"
                               "'plain:/c'],'VolumesFrom':['web'],'PortBindings':{'80':[{}]}}}",
                               NULL};
    pt_str document = testing_document(&keep, &request);
    pt_code code = PT_E_NOMEM;
    for (size_t room = 64; code != PT_OK; room += 64) {
        pt_arena a;
        pt_docker_request r;
        pt_docker_verdict v = {0};
        pt_arena_init(&a, room);
        code = pt_docker_request_read(&a, document, &r, NULL);
        if (!code)
            code = pt_docker_judge(&a, &r, &h, NULL, &v, NULL);
        assert_true(code == PT_E_NOMEM || (code == PT_OK && !v.allow && pt_defined(v.pod)));
        pt_arena_done(&a);
    }
    pt_arena_done(&keep);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rules_find_what_they_are_for_and_nothing_else),
        cmocka_unit_test(test_rules_texts_fit_a_line),
        cmocka_unit_test(test_rules_are_all_documented),
        cmocka_unit_test(test_rules_deny_what_they_cannot_look_at),
        cmocka_unit_test(test_rules_bound_the_mounts_of_others),
        cmocka_unit_test(test_rules_look_each_container_up_once),
        cmocka_unit_test(test_rules_message_names_rule_field_and_remedy),
        cmocka_unit_test(test_pod_is_what_the_container_amounts_to),
        cmocka_unit_test(test_pod_of_an_exec_has_the_user_of_the_exec),
        cmocka_unit_test(test_pod_is_judged_by_the_pod_security_standards),
        cmocka_unit_test(test_judge_survives_any_lack_of_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
