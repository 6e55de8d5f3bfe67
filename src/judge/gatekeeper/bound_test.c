// Documents that are in force already (pt_gk_add_bound), and the definitions that are made of them.
#include <string.h>

#include "base/testing.h"
#include "judge/gatekeeper/gatekeeper.h"
#include "value/json.h"
#include "value/path.h"
#include "value/yaml.h"

#define TEMPLATE(MESSAGE)                                                                       \
    "apiVersion: templates.gatekeeper.sh/v1\nkind: ConstraintTemplate\n"                        \
    "metadata: {name: k8stest}\nspec:\n  crd:\n    spec:\n      names: {kind: K8sTest}\n"       \
    "      validation: {openAPIV3Schema: {type: object, properties: {num: {type: integer}}}}\n" \
    "  targets:\n  - target: admission.k8s.gatekeeper.sh\n    rego: |\n      package x\n"       \
    "      violation[{\"msg\": \"" MESSAGE "\"}] { true }\n"
#define CONSTRAINT(SPEC)                                                                         \
    "apiVersion: constraints.gatekeeper.sh/v1beta1\nkind: K8sTest\nmetadata: {name: c}\nspec: {" \
    "match: {kinds: [{apiGroups: [\"\"], kinds: [Pod]}]}" SPEC "}\n"
#define BROKEN                                                                    \
    "apiVersion: templates.gatekeeper.sh/v1\nkind: ConstraintTemplate\n"          \
    "metadata: {name: k8stest}\nspec:\n  crd: {spec: {names: {kind: K8sTest}}}\n" \
    "  targets: [{target: admission.k8s.gatekeeper.sh, rego: \"package x\\nv {\"}]\n"

typedef struct world {
    pt_arena a;
    pt_gk_set *set;
    pt_gk_verdict verdict;
} world;

static pt_value doc_of(pt_arena *a, const char *yaml) {
    pt_yaml_stream s = {.bytes = pt_str_of(yaml), .dialect = PT_YAML_KUBERNETES};
    pt_yaml_doc doc = {0};
    pt_err e = {0};
    if (pt_yaml_next(&s, a, &doc, &e))
        fail_msg("%u: %s", e.line, e.what);
    pt_yaml_stream_done(&s);
    return doc.value;
}

// A set of what files say and what an API server holds; NULL at the end of each.
static void make(world *w, const char *const *files, const char *const *held) {
    pt_gk_taken taken;
    *w = (world){0};
    w->set = pt_gk_new(&w->a);
    for (; held && *held; held++)
        assert_int_equal(pt_gk_add_bound(w->set, doc_of(&w->a, *held),
                                         (pt_place){.file = PT_STR("at the server")}, &taken, NULL),
                         PT_OK);
    for (; files && *files; files++)
        assert_int_equal(pt_gk_add(w->set, doc_of(&w->a, *files),
                                   (pt_place){PT_STR("file.yaml"), 1, 1}, &taken, NULL),
                         PT_OK);
    assert_int_equal(pt_gk_end(w->set, NULL), PT_OK);
}

#define MAKE(w, files, held) make((w), (const char *const[])files, (const char *const[])held)
#define LIST(...)            {__VA_ARGS__ __VA_OPT__(, ) NULL}

static void judge(world *w, const char *kind) {
    pt_str text = pt_arena_printf(
        &w->a, "{apiVersion: v1, kind: %s, metadata: {name: o, namespace: n}}", kind);
    pt_gk_review r = {.object = doc_of(&w->a, text.p), .operation = PT_STR("CREATE")};
    pt_gk_judge *j = pt_gk_judge_new(w->set);
    assert_int_equal(pt_gk_judge_review(j, &w->a, &r, &w->verdict, NULL), PT_OK);
    pt_gk_judge_free(j);
}

// One violation of a Pod, with this message.
static const pt_gk_violation *sole(world *w) {
    judge(w, "Pod");
    assert_int_equal(w->verdict.violations.n, 1);
    return &w->verdict.violations.v[0];
}

static const pt_gk_fault *sole_fault(world *w) {
    size_t n;
    const pt_gk_fault *f = pt_gk_faults(w->set, &n);
    assert_int_equal(n, 1);
    assert_true(f->bound);
    return f;
}

static void test_bound_sound_ones_judge_as_those_of_files(void **state) {
    (void)state;
    world w;
    MAKE(&w, LIST(), LIST(TEMPLATE("m"), CONSTRAINT("")));
    assert_str(sole(&w)->message, "m");
    assert_false(sole(&w)->error);
    assert_int_equal(pt_gk_counts_of(w.set).bound, 1);
    assert_int_equal(pt_gk_counts_of(w.set).broken_constraints, 0);
    pt_arena_done(&w.a);
    MAKE(&w, LIST(TEMPLATE("m")), LIST(CONSTRAINT("")));
    assert_str(sole(&w)->message, "m");
    pt_arena_done(&w.a);
}

static void test_bound_broken_constraint_denies_what_it_matches(void **state) {
    (void)state;
    world w;
    size_t n;
    MAKE(&w, LIST(), LIST(CONSTRAINT("")));
    assert_str(sole_fault(&w)->message, "no template of the kind K8sTest");
    assert_true(sole(&w)->error);
    assert_int_equal(sole(&w)->action, PT_GK_DENY);
    assert_str(sole(&w)->message, "no template of the kind K8sTest");
    assert_str(pt_gk_constraints(w.set, &n)->broken, "no template of the kind K8sTest");
    judge(&w, "Service");
    assert_int_equal(w.verdict.violations.n, 0);
    assert_int_equal(pt_gk_counts_of(w.set).broken_constraints, 1);
    assert_int_equal(pt_gk_counts_of(w.set).constraints, 0);
    pt_arena_done(&w.a);
    MAKE(&w, LIST(), LIST(TEMPLATE("m"), CONSTRAINT(", parameters: {num: x}")));
    assert_true(sole(&w)->error);
    assert_str(sole(&w)->message, "spec.parameters.num: must be of type integer, and is string");
    assert_int_equal(pt_gk_counts_of(w.set).templates, 1);
    pt_arena_done(&w.a);
}

static void test_bound_broken_template_its_constraints_deny(void **state) {
    (void)state;
    world w;
    MAKE(&w, LIST(), LIST(BROKEN, CONSTRAINT(", enforcementAction: warn")));
    size_t n;
    PT_IGNORE(pt_gk_faults(w.set, &n) == NULL);
    assert_int_equal(n, 2);
    assert_true(sole(&w)->error);
    assert_int_equal(sole(&w)->action, PT_GK_WARN);
    assert_str(sole(&w)->message, "its template is broken, see at the server");
    assert_int_equal(pt_gk_counts_of(w.set).broken_templates, 1);
    assert_int_equal(pt_gk_counts_of(w.set).templates, 0);
    pt_arena_done(&w.a);
}

// What nobody can read might match everything, and ask for everything.
static void test_bound_match_or_action_unread_denies_everything(void **state) {
    (void)state;
    static const char *const CONSTRAINTS[] = {
        "apiVersion: constraints.gatekeeper.sh/v1beta1\nkind: K8sTest\nmetadata: {name: c}\n"
        "spec: {match: {kinds: 1}, enforcementAction: deny}\n",
        "apiVersion: constraints.gatekeeper.sh/v1beta1\nkind: K8sTest\nmetadata: {name: c}\n"
        "spec: {enforcementAction: later}\n",
        "apiVersion: constraints.gatekeeper.sh/v1beta1\nkind: K8sTest\nmetadata: {name: c}\n"
        "spec: 1\n",
        "apiVersion: constraints.gatekeeper.sh/v1beta1\nkind: K8sTest\nmetadata: {name: c, "
        "annotations: {paratia/on-error: perhaps}}\n",
    };
    for (size_t i = 0; i < PT_COUNT(CONSTRAINTS); i++) {
        world w;
        MAKE(&w, LIST(), LIST(TEMPLATE("m"), CONSTRAINTS[i]));
        judge(&w, "Service");
        assert_int_equal(w.verdict.violations.n, 1);
        assert_true(w.verdict.violations.v[0].error);
        assert_int_equal(w.verdict.violations.v[0].action, PT_GK_DENY);
        assert_false(w.verdict.violations.v[0].constraint->open_on_error);
        pt_arena_done(&w.a);
    }
}

static void test_bound_the_same_as_in_files_is_one(void **state) {
    (void)state;
    world w;
    size_t n;
    MAKE(&w, LIST(TEMPLATE("m"), CONSTRAINT(", parameters: {num: 1}")),
         LIST(TEMPLATE("m"), CONSTRAINT(", parameters: {num: 1}, enforcementAction: deny")));
    PT_IGNORE(pt_gk_faults(w.set, &n) == NULL);
    assert_int_equal(n, 0);
    assert_str(sole(&w)->message, "m");
    pt_arena_done(&w.a);
}

static void test_bound_another_template_than_in_files_its_constraints_deny(void **state) {
    (void)state;
    world w;
    MAKE(&w, LIST(TEMPLATE("file")), LIST(TEMPLATE("server"), CONSTRAINT("")));
    assert_true(sole(&w)->error);
    assert_str(sole(&w)->message, "another template of its kind, which is not the one beside it, "
                                  "is at file.yaml:1");
    pt_arena_done(&w.a);
}

static void test_bound_another_constraint_than_in_files_both_count(void **state) {
    (void)state;
    world w;
    MAKE(&w, LIST(TEMPLATE("m"), CONSTRAINT("")), LIST(CONSTRAINT(", parameters: {num: 1}")));
    assert_str(sole_fault(&w)->message, "another constraint of this name is at file.yaml:1");
    judge(&w, "Pod");
    assert_int_equal(w.verdict.violations.n, 2);
    assert_false(w.verdict.violations.v[0].error);
    assert_true(w.verdict.violations.v[1].error);
    pt_arena_done(&w.a);
}

static void test_bound_digest_tells_what_is_broken(void **state) {
    (void)state;
    world x;
    world y;
    MAKE(&x, LIST(TEMPLATE("m")), LIST());
    MAKE(&y, LIST(TEMPLATE("m")), LIST(CONSTRAINT(", parameters: {num: x}")));
    assert_false(pt_str_eq(pt_gk_digest(x.set), pt_gk_digest(y.set)));
    pt_arena_done(&x.a);
    pt_arena_done(&y.a);
}

// -- definitions ----------------------------------------------------------------------------------

static pt_str at(pt_value v, const char *path) {
    return pt_text(pt_path_get(v, path));
}

static void test_crd_is_what_gatekeeper_makes(void **state) {
    (void)state;
    pt_arena a = {0};
    pt_value crd;
    assert_int_equal(pt_gk_crd(&a, doc_of(&a, TEMPLATE("m")), &crd, NULL), PT_OK);
    assert_str(at(crd, "metadata.name"), "k8stest.constraints.gatekeeper.sh");
    assert_str(pt_text(pt_getz(pt_path_get(crd, "metadata.labels"), "gatekeeper.sh/constraint")),
               "yes");
    assert_false(pt_defined(pt_path_get(crd, "metadata.ownerReferences")));
    assert_str(at(crd, "spec.group"), "constraints.gatekeeper.sh");
    assert_str(at(crd, "spec.scope"), "Cluster");
    assert_str(at(crd, "spec.names.listKind"), "K8sTestList");
    assert_str(at(crd, "spec.names.plural"), "k8stest");
    assert_str(at(crd, "spec.versions[0].name"), "v1beta1");
    assert_true(pt_true(pt_path_get(crd, "spec.versions[0].storage")));
    assert_str(at(crd, "spec.versions[1].name"), "v1alpha1");
    assert_true(pt_true(pt_path_get(crd, "spec.versions[1].served")));
    assert_false(pt_true(pt_path_get(crd, "spec.versions[1].storage")));
    assert_true(pt_defined(pt_path_get(crd, "spec.versions[0].subresources.status")));
    assert_str(at(crd, "spec.versions[0].additionalPrinterColumns[0].name"), "enforcement-action");
    assert_str(at(crd, "spec.versions[0].additionalPrinterColumns[1].jsonPath"),
               ".status.totalViolations");
    pt_value spec =
        pt_path_get(crd, "spec.versions[0].schema.openAPIV3Schema.properties.spec.properties");
    assert_str(at(spec, "parameters.properties.num.type"), "integer");
    assert_str(at(spec, "enforcementAction.default"), "deny");
    assert_str(at(spec, "match.type"), "object");
    pt_arena_done(&a);
}

static void test_crd_is_owned_by_a_template_with_a_uid(void **state) {
    (void)state;
    pt_arena a = {0};
    pt_value crd;
    assert_int_equal(
        pt_gk_crd(&a,
                  doc_of(&a, "apiVersion: templates.gatekeeper.sh/v1beta1\n"
                             "kind: ConstraintTemplate\nmetadata: {name: k8stest, uid: u-1}\n"
                             "spec:\n  crd: {spec: {names: {kind: K8sTest, shortNames: [kt]}, "
                             "validation: {openAPIV3Schema: {properties: {a: {items: "
                             "{properties: {b: {type: string}}}}}}}}}\n  targets:\n"
                             "  - {target: admission.k8s.gatekeeper.sh, rego: package x}\n"),
                  &crd, NULL),
        PT_OK);
    assert_str(at(crd, "metadata.ownerReferences[0].uid"), "u-1");
    assert_str(at(crd, "metadata.ownerReferences[0].apiVersion"),
               "templates.gatekeeper.sh/v1beta1");
    assert_str(at(crd, "spec.names.shortNames[0]"), "kt");
    // a legacy schema: every object is free
    pt_value p = pt_path_get(
        crd, "spec.versions[0].schema.openAPIV3Schema.properties.spec.properties.parameters");
    assert_true(pt_true(pt_getz(p, "x-kubernetes-preserve-unknown-fields")));
    pt_value item = pt_path_get(p, "properties.a.items");
    assert_true(pt_true(pt_getz(item, "x-kubernetes-preserve-unknown-fields")));
    assert_str(at(item, "properties.b.type"), "string");
    pt_arena_done(&a);
}

static void test_crd_hostile_templates_are_refused(void **state) {
    (void)state;
    static const char *const NAMES[] = {"{name: x/../y}|X/../Y", "{name: k8stest}|K8sOther",
                                        "{name: 1a}|1a", "{name: a-b}|a-b", "{name: ''}|''"};
    pt_arena a = {0};
    for (size_t i = 0; i < PT_COUNT(NAMES); i++) {
        pt_str rest = pt_str_of(NAMES[i]);
        pt_str meta;
        PT_IGNORE(!pt_str_split(&rest, '|', &meta));
        pt_str text = pt_arena_printf(
            &a,
            "apiVersion: templates.gatekeeper.sh/v1\nkind: ConstraintTemplate\nmetadata: %.*s\n"
            "spec:\n  crd: {spec: {names: {kind: %.*s}}}\n  targets:\n"
            "  - {target: admission.k8s.gatekeeper.sh, rego: package x}\n",
            PT_PRI(meta), PT_PRI(rest));
        pt_value crd;
        pt_err e = {0};
        assert_int_equal(pt_gk_crd(&a, doc_of(&a, text.p), &crd, &e), PT_E_FORMAT);
    }
    pt_arena_done(&a);
}

static void test_crd_little_memory_is_an_error(void **state) {
    (void)state;
    pt_arena own = {0};
    pt_value doc = doc_of(&own, TEMPLATE("m"));
    bool fitted = false;
    for (size_t bytes = 1 << 9; !fitted && bytes < (size_t)1 << 22; bytes += 1 << 9) {
        pt_arena a;
        pt_value crd = pt_undefined();
        pt_arena_init(&a, bytes);
        pt_code code = pt_gk_crd(&a, doc, &crd, NULL);
        fitted = code == PT_OK;
        assert_true(fitted == pt_defined(crd));
        pt_arena_done(&a);
    }
    assert_true(fitted);
    pt_arena_done(&own);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_bound_sound_ones_judge_as_those_of_files),
        cmocka_unit_test(test_bound_broken_constraint_denies_what_it_matches),
        cmocka_unit_test(test_bound_broken_template_its_constraints_deny),
        cmocka_unit_test(test_bound_match_or_action_unread_denies_everything),
        cmocka_unit_test(test_bound_the_same_as_in_files_is_one),
        cmocka_unit_test(test_bound_another_template_than_in_files_its_constraints_deny),
        cmocka_unit_test(test_bound_another_constraint_than_in_files_both_count),
        cmocka_unit_test(test_bound_digest_tells_what_is_broken),
        cmocka_unit_test(test_crd_is_what_gatekeeper_makes),
        cmocka_unit_test(test_crd_is_owned_by_a_template_with_a_uid),
        cmocka_unit_test(test_crd_hostile_templates_are_refused),
        cmocka_unit_test(test_crd_little_memory_is_an_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
