// Every check of a Kubernetes object has a file in workload/testdata: documents whose name begins
// with "fail" or "pass". A line that ends in "# <-" is where the finding must point.
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/fd.h"
#include "base/testing.h"
#include "judge/catalogue/catalogue.h"
#include "judge/workload/controls.h"
#include "judge/workload/roles.h"
#include "judge/workload/workload.h"
#include "value/json.h"
#include "value/yaml.h"

#define MARK "# <-"

typedef struct all_checks {
    const pt_check *v[256];
    size_t n;
} all_checks;

static all_checks object_checks(void) {
    all_checks all = {.n = 0};
    const pt_check *c;
    for (size_t i = 0; (c = pt_catalogue_at(i)) != NULL; i++)
        if (c->kind == PT_KIND_OBJECT)
            all.v[all.n++] = c;
    return all;
}

static pt_str read_fixture(pt_arena *a, const char *id) {
    const char *folder = getenv("PT_TESTDATA");
    pt_str path =
        pt_arena_printf(a, "%s/judge/workload/testdata/%s.yaml", folder ? folder : "src", id);
    int fd = open(path.p, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return (pt_str){0};
    pt_buf b = PT_BUF(1 << 20);
    pt_err e = {0};
    assert_int_equal(pt_fd_read_all(fd, &b, &e), PT_OK);
    pt_fd_close(&fd);
    pt_str text = pt_arena_str(a, pt_buf_str(&b));
    pt_buf_done(&b);
    return text;
}

// The shapes of these files: a Pod, or a template.
static pt_value pod_of(pt_value doc, pt_str *ret_path) {
    pt_value template = pt_getz(pt_getz(doc, "spec"), "template");
    bool is_pod = pt_str_eqz(pt_text(pt_getz(doc, "kind")), "Pod");
    *ret_path = is_pod ? (pt_str){0} : PT_STR("spec.template");
    return is_pod ? doc : template;
}

static pt_findings judge(pt_arena *a, const all_checks *checks, const pt_yaml_doc *doc) {
    pt_findings fs = {0};
    pt_err e = {0};
    pt_workload w = {
        .doc = doc->value,
        .name = PT_STR("it"),
        .place = {PT_STR("file.yaml"), 1, 1},
        .notes = doc->notes,
        .note_line = doc->note_line,
        .podsec_minor = PT_PODSEC_LATEST,
    };
    w.pod = pod_of(doc->value, &w.pod_path);
    assert_int_equal(pt_judge_workload(a, checks->v, checks->n, &w, &fs, &e), PT_OK);
    return fs;
}

static bool line_is_marked(pt_str bytes, uint32_t line) {
    pt_str one = {0};
    for (uint32_t i = 0; i < line; i++)
        if (!pt_str_split(&bytes, '\n', &one))
            return false;
    return pt_str_ends(one, PT_STR(MARK));
}

static void check_place(const pt_check *c, const pt_finding *f, const pt_yaml_doc *doc) {
    if (!pt_str_has(doc->bytes, PT_STR(MARK)))
        return;
    uint32_t line;
    uint32_t column;
    pt_yaml_locate(doc, f->path, &line, &column);
    uint32_t in_doc = line >= doc->line ? line - doc->line + 1 : 0;
    if (!line_is_marked(doc->bytes, in_doc))
        fail_msg("%s points at %.*s, line %u", c->id, PT_PRI(f->path), line);
}

// One document: the check's verdict is the one that its name says.
static bool check_document(pt_arena *a, const pt_check *c, const pt_yaml_doc *doc) {
    all_checks one = {.v = {c}, .n = 1};
    pt_str name = pt_text(pt_getz(pt_getz(doc->value, "metadata"), "name"));
    bool must_fail = pt_str_starts(name, PT_STR("fail"));
    assert_true(must_fail || pt_str_starts(name, PT_STR("pass")));
    pt_findings fs = judge(a, &one, doc);
    assert_int_equal(fs.all.n, 1);
    const pt_finding *f = &fs.all.v[0];
    if (f->verdict != (must_fail ? PT_FAIL : PT_PASS))
        fail_msg("%s: %.*s is %s: %.*s", c->id, PT_PRI(name), pt_verdict_word(f->verdict),
                 PT_PRI(f->evidence));
    if (must_fail) {
        if (f->evidence.n == 0)
            fail_msg("%s says nothing", c->id);
        check_place(c, f, doc);
    }
    return must_fail;
}

static bool reads_documents(const pt_check *c) { // the rows of pt_judge_problem have none
    return strcmp(c->id, "PT-MAN-BROKEN") != 0 && strcmp(c->id, "PT-MAN-TEMPLATE") != 0 &&
           strcmp(c->id, "PT-POL-UNJUDGED") != 0;
}

static void test_objects_every_check_has_a_failing_and_a_passing_document(void **state) {
    (void)state;
    all_checks all = object_checks();
    assert_true(all.n > 50);
    for (size_t i = 0; i < all.n; i++) {
        if (!reads_documents(all.v[i]))
            continue;
        pt_arena a = {0};
        pt_str text = read_fixture(&a, all.v[i]->id);
        if (!text.p)
            fail_msg("%s has no file in testdata", all.v[i]->id);
        pt_yaml_stream s = {.bytes = text, .dialect = PT_YAML_KUBERNETES};
        pt_yaml_doc doc = {0};
        pt_err e = {0};
        size_t fails = 0;
        size_t passes = 0;
        while (pt_yaml_next(&s, &a, &doc, &e) == PT_OK && pt_defined(doc.value))
            *(check_document(&a, all.v[i], &doc) ? &fails : &passes) += 1;
        if (e.code)
            fail_msg("%s.yaml: %s", all.v[i]->id, e.what);
        if (!fails || !passes)
            fail_msg("%s needs a failing and a passing document", all.v[i]->id);
        pt_yaml_stream_done(&s);
        pt_arena_done(&a);
    }
}

// -- Pod Security ---------------------------------------------------------------------------------

static void test_objects_every_control_has_a_check_and_every_check_a_control(void **state) {
    (void)state;
    size_t n;
    const pt_podsec_control *controls = pt_podsec_controls(&n);
    for (size_t i = 0; i < n; i++) {
        bool found = false;
        for (size_t k = 0; k < pt_workload_controls_n && !found; k++) {
            const pt_workload_control *row = &pt_workload_controls[k];
            found = strcmp(row->control, controls[i].id) == 0 ||
                    (row->also && strcmp(row->also, controls[i].id) == 0);
        }
        if (!found)
            fail_msg("%s has no check", controls[i].id);
    }
    for (size_t k = 0; k < pt_workload_controls_n; k++)
        assert_non_null(pt_catalogue_find(pt_str_of(pt_workload_controls[k].check)));
    all_checks all = object_checks();
    for (size_t i = 0; i < all.n; i++)
        if (strncmp(all.v[i]->id, "PT-PSS-", 7) == 0)
            assert_non_null(pt_workload_control_of(all.v[i]->id));
}

// A pod that the restricted level refuses has a failing PT-PSS check, and one that it allows none.
static void check_same_answer(pt_arena *a, pt_value pod) {
    pt_podsec_result r = {0};
    pt_err e = {0};
    assert_int_equal(pt_podsec_judge(a, pod, PT_PODSEC_RESTRICTED, PT_PODSEC_LATEST, &r, &e),
                     PT_OK);
    all_checks all = object_checks();
    pt_workload w = {
        .doc = pod, .pod = pod, .name = PT_STR("it"), .podsec_minor = PT_PODSEC_LATEST};
    pt_findings fs = {0};
    assert_int_equal(pt_judge_workload(a, all.v, all.n, &w, &fs, &e), PT_OK);
    for (size_t i = 0; i < r.violations.n; i++) {
        const pt_podsec_control *c = r.violations.v[i].control;
        bool told = false;
        for (size_t k = 0; k < fs.all.n && !told; k++) {
            const pt_workload_control *row = pt_workload_control_of(fs.all.v[k].check->id);
            bool same = row && (strcmp(row->control, c->id) == 0 ||
                                (row->also && strcmp(row->also, c->id) == 0) ||
                                (c->overrides && strcmp(row->control, c->overrides) == 0));
            told = same && fs.all.v[k].verdict == PT_FAIL;
        }
        if (!told)
            fail_msg("no check tells %s (%.*s)", c->id, PT_PRI(r.violations.v[i].detail));
    }
    for (size_t k = 0; k < fs.all.n && !r.violations.n; k++)
        if (pt_workload_control_of(fs.all.v[k].check->id))
            assert_int_equal(fs.all.v[k].verdict, PT_PASS);
}

static void test_objects_checks_tell_what_the_standard_forbids(void **state) {
    (void)state;
    static const char good[] =
        "{\"spec\":{\"securityContext\":{\"runAsNonRoot\":true,\"seccompProfile\":{\"type\":"
        "\"Localhost\"}},\"containers\":[{\"name\":\"a\",\"securityContext\":"
        "{\"allowPrivilegeEscalation\":false,\"capabilities\":{\"drop\":[\"ALL\"]}}}]}}";
    // clang-format off
    static const char *const pods[] = {
        good,
        "{\"spec\":{\"containers\":[{\"securityContext\":{\"capabilities\":{\"add\":\"BPF\"}}}]}}",
        "{\"spec\":{\"containers\":[{\"securityContext\":{\"capabilities\":{\"add\":[5]}}}]}}",
        "{\"spec\":{\"containers\":[{\"securityContext\":{\"capabilities\":{\"add\":[\"chown\"]}}}]}}",
        "{\"spec\":{\"containers\":[{\"securityContext\":{\"capabilities\":{\"add\":[\"\"]}}}]}}",
        "{\"spec\":{\"containers\":[{\"securityContext\":{\"capabilities\":{\"drop\":[\"ALL\",5]}}}]}}",
        "{\"spec\":{\"containers\":[{\"securityContext\":{\"capabilities\":[]}}]}}",
        "{\"spec\":{\"containers\":[{\"securityContext\":5}]}}",
        "{\"spec\":{\"containers\":[5]}}",
        "{\"spec\":{\"containers\":5}}",
        "{\"spec\":{\"volumes\":5}}",
        "{\"spec\":{\"volumes\":[5]}}",
        "{\"spec\":{\"volumes\":[{\"hostPath\":5}]}}",
        "{\"spec\":{\"volumes\":[{\"hostPath\":{}}]}}",
        "{\"spec\":{\"volumes\":[{\"hostPath\":{\"path\":5}}]}}",
        "{\"spec\":{\"volumes\":[{\"name\":\"x\",\"emptyDir\":5}]}}",
        "{\"spec\":{\"volumes\":[{\"name\":\"x\",\"newKind\":5}]}}",
        "{\"spec\":{\"volumes\":[{\"other\":\"x\"}]}}",
        "{\"spec\":5}",
        "{}",
    };
    // clang-format on
    for (size_t i = 0; i < PT_COUNT(pods); i++) {
        pt_arena a = {0};
        pt_value pod;
        pt_err e = {0};
        assert_int_equal(pt_json_parse(&a, pt_str_of(pods[i]), NULL, &pod, &e), PT_OK);
        check_same_answer(&a, pod);
        pt_arena_done(&a);
    }
}

// -- texts ----------------------------------------------------------------------------------------

static size_t columns(const char *text) {
    size_t n = 0;
    for (; *text; text++)
        n += ((unsigned char)*text & 0xc0) != 0x80;
    return n;
}

static bool one_subject(const char *act) {
    const char *at = strstr(act, "%s");
    return at && !strchr(at + 1, '%') && strchr(act, '%') == at;
}

static void test_objects_texts_keep_their_lengths(void **state) {
    (void)state;
    all_checks all = object_checks();
    for (size_t i = 0; i < all.n; i++) {
        const pt_check *c = all.v[i];
        bool ok = strlen(c->id) <= 20 && columns(c->title) <= 48 && columns(c->good) <= 48 &&
                  columns(c->consequence) <= 90 && one_subject(c->act) && c->why && c->standards &&
                  c->interrupts && c->remedy && c->remedy[strlen(c->remedy) - 1] == '\n';
        if (!ok)
            fail_msg("%s: a text is missing or too long", c->id);
        for (size_t k = 0; k < i; k++)
            assert_string_not_equal(all.v[k]->id, c->id);
    }
}

// -- the rest -------------------------------------------------------------------------------------

static void test_objects_problem_becomes_a_finding_of_its_check(void **state) {
    (void)state;
    pt_arena a = {0};
    all_checks all = object_checks();
    pt_findings fs = {0};
    pt_err e = {0};
    pt_workload_problem p = {
        "PT-MAN-BROKEN", {PT_STR("a.yaml"), 3, 1}, PT_STR("a tab"), PT_STR("use blanks")};
    assert_int_equal(pt_judge_problem(&a, all.v, all.n, &p, &fs, &e), PT_OK);
    p.check = "PT-MAN-TEMPLATE";
    assert_int_equal(pt_judge_problem(&a, all.v, 0, &p, &fs, &e), PT_OK); // not selected
    assert_int_equal(fs.all.n, 1);
    assert_int_equal(fs.all.v[0].verdict, PT_NOT_EVALUATED);
    assert_string_equal(fs.all.v[0].check->id, "PT-MAN-BROKEN");
    assert_str(fs.all.v[0].subject, "a.yaml");
    assert_str(fs.all.v[0].evidence, "a tab");
    assert_int_equal(fs.all.v[0].place.line, 3);
    pt_arena_done(&a);
}

static void test_objects_secret_value_is_never_shown(void **state) {
    (void)state;
    pt_arena a = {0};
    all_checks all = object_checks();
    pt_yaml_doc doc = {0};
    pt_err e = {0};
    const char *pod = "{\"kind\":\"Pod\",\"spec\":{\"containers\":[{\"name\":\"w\",\"env\":["
                      "{\"name\":\"API_KEY\",\"value\":\"hunter2hunter2\"}]}]}}";
    assert_int_equal(pt_json_parse(&a, pt_str_of(pod), NULL, &doc.value, &e), PT_OK);
    pt_findings fs = judge(&a, &all, &doc);
    bool told = false;
    for (size_t i = 0; i < fs.all.n; i++) {
        assert_false(pt_str_has(fs.all.v[i].evidence, PT_STR("hunter2")));
        if (strcmp(fs.all.v[i].check->id, "PT-POD-SECRET-ENV") != 0)
            continue;
        assert_str(fs.all.v[i].evidence, "container \"w\": API_KEY, 14 characters");
        told = true;
    }
    assert_true(told);
    pt_arena_done(&a);
}

static void test_objects_finding_path_begins_at_the_document(void **state) {
    (void)state;
    pt_arena a = {0};
    const pt_check *c[] = {pt_catalogue_find(PT_STR("PT-PSS-PRIVILEGED")),
                           pt_catalogue_find(PT_STR("PT-POD-ROOTFS"))};
    pt_err e = {0};
    pt_value doc;
    const char *text =
        "{\"spec\":{\"jobTemplate\":{\"spec\":{\"template\":{\"spec\":{\"containers\":["
        "{\"name\":\"a\",\"securityContext\":{\"privileged\":true}},{\"name\":\"b\"}"
        "]}}}}}}";
    assert_int_equal(pt_json_parse(&a, pt_str_of(text), NULL, &doc, &e), PT_OK);
    pt_workload w = {.doc = doc,
                     .name = PT_STR("CronJob x"),
                     .podsec_minor = PT_PODSEC_LATEST,
                     .pod_path = PT_STR("spec.jobTemplate.spec.template")};
    w.pod = pt_getz(pt_getz(pt_getz(pt_getz(doc, "spec"), "jobTemplate"), "spec"), "template");
    pt_findings fs = {.drop_good = true};
    assert_int_equal(pt_judge_workload(&a, c, 2, &w, &fs, &e), PT_OK);
    assert_int_equal(fs.all.n, 2);
    assert_str(fs.all.v[0].path,
               "spec.jobTemplate.spec.template.spec.containers[0].securityContext.privileged");
    assert_str(fs.all.v[0].evidence,
               "container \"a\" must not set securityContext.privileged=true");
    assert_str(fs.all.v[1].path,
               "spec.jobTemplate.spec.template.spec.containers[0].securityContext."
               "readOnlyRootFilesystem");
    assert_str(fs.all.v[1].evidence, "containers \"a\", \"b\": readOnlyRootFilesystem is not true");
    pt_arena_done(&a);
}

// What PT-RBAC-SECRETS makes of the first role, which aggregates.
static void test_objects_aggregated_role_has_the_rules_of_what_it_selects(void **state) {
#define ROLE(meta, rest)                                                         \
    "{\"kind\":\"ClusterRole\",\"apiVersion\":\"rbac.authorization.k8s.io/v1\"," \
    "\"metadata\":{" meta "}," rest "}"
#define SUM(labels, selectors)      \
    ROLE("\"name\":\"sum\"" labels, \
         "\"aggregationRule\":{\"clusterRoleSelectors\":[" selectors "]},\"rules\":" SECRETS)
#define SECRETS       "[{\"apiGroups\":[\"\"],\"resources\":[\"secrets\"],\"verbs\":[\"get\"]}]"
#define A_LABEL       ",\"labels\":{\"to\":\"sum\",\"n\":\"1\"}"
#define READS         ROLE("\"name\":\"reads\"" A_LABEL, "\"rules\":" SECRETS)
#define EMPTY         ROLE("\"name\":\"empty\"" A_LABEL, "\"rules\":[]")
#define BY(condition) "{" condition "}"
#define TO(name)      BY("\"matchLabels\":{\"to\":\"" name "\"}")
#define EXPR(op, values) \
    BY("\"matchExpressions\":[{\"key\":\"to\",\"operator\":\"" op "\"" values "}]")
#define AGAIN                                              \
    ROLE("\"name\":\"again\",\"labels\":{\"to\":\"top\"}", \
         "\"aggregationRule\":{\"clusterRoleSelectors\":[" TO("sum") "]}")
    static const struct {
        pt_verdict verdict; // of the first role
        const char *roles;
    } cases[] = {
        {PT_FAIL, SUM("", TO("sum")) "\n" READS},
        {PT_FAIL, SUM("", TO("no") "," TO("sum")) "\n" EMPTY "\n" READS},
        {PT_PASS, SUM("", TO("sum")) "\n" EMPTY}, // its own rules are replaced
        {PT_NOT_EVALUATED, SUM("", TO("no")) "\n" READS},
        {PT_NOT_EVALUATED, SUM("", "")},
        {PT_NOT_EVALUATED, SUM(A_LABEL, TO("sum"))}, // not itself
        {PT_FAIL, SUM("", "{}") "\n" READS},
        {PT_FAIL, SUM("", EXPR("In", ",\"values\":[\"x\",\"sum\"]")) "\n" READS},
        {PT_NOT_EVALUATED, SUM("", EXPR("NotIn", ",\"values\":[\"sum\"]")) "\n" READS},
        {PT_FAIL, SUM("", EXPR("Exists", "")) "\n" READS},
        {PT_NOT_EVALUATED, SUM("", EXPR("DoesNotExist", "")) "\n" READS},
        {PT_NOT_EVALUATED, SUM("", EXPR("Odd", "")) "\n" READS},
        {PT_FAIL, SUM("", TO("top")) "\n" AGAIN "\n" READS}, // through another that aggregates
        {PT_NOT_EVALUATED, SUM(A_LABEL, TO("top")) "\n" AGAIN},
    };
    (void)state;
    const pt_check *const checks[] = {pt_catalogue_find(PT_STR("PT-RBAC-SECRETS")),
                                      pt_catalogue_find(PT_STR("PT-OBJ-NAMESPACE"))};
    for (size_t i = 0; i < PT_COUNT(cases); i++) {
        pt_arena a = {0};
        pt_roles roles = {0};
        pt_findings early = {0};
        pt_findings late = {0};
        pt_str rest = pt_str_of(cases[i].roles);
        pt_str text;
        while (pt_str_split(&rest, '\n', &text)) {
            pt_workload w = {.name = PT_STR("ClusterRole x"), .podsec_minor = PT_PODSEC_LATEST};
            pt_role *role;
            size_t before = early.all.n;
            assert_int_equal(pt_json_parse(&a, text, NULL, &w.doc, NULL), PT_OK);
            assert_int_equal(pt_judge_workload(&a, checks, 2, &w, &early, NULL), PT_OK);
            assert_int_equal(pt_roles_take(&roles, &a, &w, &role, NULL), PT_OK);
            assert_non_null(role);
            assert_int_equal(early.all.n - before, pt_defined(role->selects) ? 1 : 2);
        }
        assert_int_equal(pt_roles_judge(&roles, &a, checks, 2, &late, NULL), PT_OK);
        assert_int_equal(late.all.n, roles.aggregate);
        const pt_finding *f = &late.all.v[0];
        if (f->verdict != cases[i].verdict)
            print_error("%s: %.*s\n", cases[i].roles, PT_PRI(f->evidence));
        assert_int_equal(f->verdict, cases[i].verdict);
        if (f->verdict == PT_FAIL)
            assert_str(f->evidence, "ClusterRole x, rule 1: get on secrets");
        pt_arena_done(&a);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_objects_every_check_has_a_failing_and_a_passing_document),
        cmocka_unit_test(test_objects_every_control_has_a_check_and_every_check_a_control),
        cmocka_unit_test(test_objects_checks_tell_what_the_standard_forbids),
        cmocka_unit_test(test_objects_texts_keep_their_lengths),
        cmocka_unit_test(test_objects_problem_becomes_a_finding_of_its_check),
        cmocka_unit_test(test_objects_secret_value_is_never_shown),
        cmocka_unit_test(test_objects_finding_path_begins_at_the_document),
        cmocka_unit_test(test_objects_aggregated_role_has_the_rules_of_what_it_selects),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
