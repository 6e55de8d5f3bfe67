// testdata/*.yaml hold sets, an object each and what is found of it: see testdata/README.md.
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/fd.h"
#include "base/testing.h"
#include "judge/gatekeeper/gatekeeper.h"
#include "value/json.h"
#include "value/yaml.h"

typedef struct world {
    pt_arena a;
    pt_value c; // the case
    pt_gk_set *set;
    pt_gk_verdict verdict;
    pt_err e;
} world;

static pt_value read_cases(pt_arena *a, const char *name) {
    char path[4096];
    PT_AUTO(pt_buf_done) pt_buf text = PT_BUF(4 << 20);
    snprintf(path, sizeof path, "%s/judge/gatekeeper/testdata/%s", getenv("PT_TESTDATA"), name);
    PT_AUTO(pt_fd_close) int fd = open(path, O_RDONLY | O_CLOEXEC);
    assert_true(fd >= 0);
    assert_int_equal(pt_fd_read_all(fd, &text, NULL), PT_OK);
    pt_yaml_stream s = {.bytes = pt_arena_str(a, pt_buf_str(&text)), .dialect = PT_YAML_GO};
    pt_yaml_doc doc = {0};
    pt_err e = {0};
    if (pt_yaml_next(&s, a, &doc, &e))
        fail_msg("%s:%u: %s", name, e.line, e.what);
    pt_yaml_stream_done(&s);
    assert_true(pt_len(doc.value) > 0);
    return doc.value;
}

// -- sets -----------------------------------------------------------------------------------------

static pt_value object(pt_arena *a, const char *const *keys, const pt_value *values, size_t n) {
    pt_obj o = {.a = a};
    for (size_t i = 0; i < n; i++)
        pt_obj_maybe(&o, keys[i], values[i]);
    return pt_obj_end(&o);
}

#define OBJECT(a, keys, ...)                                                \
    object((a), (const char *const[])keys, (const pt_value[]){__VA_ARGS__}, \
           sizeof((const pt_value[]){__VA_ARGS__}) / sizeof(pt_value))
#define KEYS(...) {__VA_ARGS__}

static pt_value or (pt_value v, const char *z) {
    return pt_defined(v) ? v : pt_stringz(z);
}

// The template K8sTest of the case's `rego`, `libs`, `schema`, `legacy`, `operations`.
static pt_value template_of(world *w) {
    pt_arena *a = &w->a;
    pt_value c = w->c, kind = OBJECT(a, KEYS("kind"), pt_stringz("K8sTest"));
    pt_value source = OBJECT(a, KEYS("rego", "libs", "version"), pt_getz(c, "rego"),
                             pt_getz(c, "libs"), pt_getz(c, "version"));
    pt_value code = OBJECT(a, KEYS("engine", "source"), pt_stringz("Rego"), source);
    pt_value codes = pt_array_of(a, &code, 1);
    pt_value target =
        OBJECT(a, KEYS("target", "code", "operations"), pt_stringz("admission.k8s.gatekeeper.sh"),
               codes, pt_getz(c, "operations"));
    pt_value validation = OBJECT(a, KEYS("openAPIV3Schema", "legacySchema"), pt_getz(c, "schema"),
                                 pt_getz(c, "legacy"));
    pt_value crd = OBJECT(a, KEYS("names", "validation"), kind, validation);
    pt_value spec =
        OBJECT(a, KEYS("crd", "targets"), OBJECT(a, KEYS("spec"), crd), pt_array_of(a, &target, 1));
    return OBJECT(a, KEYS("apiVersion", "kind", "metadata", "spec"),
                  or (pt_getz(c, "api"), "templates.gatekeeper.sh/v1"),
                  pt_stringz("ConstraintTemplate"), OBJECT(a, KEYS("name"), pt_stringz("k8stest")),
                  spec);
}

// The constraint K8sTest `c` of `match`, `parameters`, `action`, `scoped`, or of a whole `spec`.
static pt_value constraint_of(world *w) {
    pt_arena *a = &w->a;
    pt_value c = w->c, spec = pt_getz(c, "spec");
    if (!pt_defined(spec))
        spec =
            OBJECT(a, KEYS("match", "parameters", "enforcementAction", "scopedEnforcementActions"),
                   pt_getz(c, "match"), pt_getz(c, "parameters"), pt_getz(c, "action"),
                   pt_getz(c, "scoped"));
    return OBJECT(a, KEYS("apiVersion", "kind", "metadata", "spec"),
                  or (pt_getz(c, "constraint api"), "constraints.gatekeeper.sh/v1beta1"),
                  pt_stringz("K8sTest"),
                  OBJECT(a, KEYS("name"), or (pt_getz(c, "constraint name"), "c")), spec);
}

static void add(world *w, pt_value doc, size_t line) {
    pt_gk_taken taken;
    assert_int_equal(
        pt_gk_add(w->set, doc, (pt_place){PT_STR("set.yaml"), (uint32_t)line, 1}, &taken, &w->e),
        PT_OK);
}

static void make_set(world *w) {
    pt_value more = pt_getz(w->c, "set");
    w->set = pt_gk_new(&w->a);
    assert_non_null(w->set);
    if (pt_defined(pt_getz(w->c, "rego"))) {
        add(w, constraint_of(w), 1); // before its template
        add(w, template_of(w), 2);
    }
    for (size_t i = 0; i < pt_len(more); i++)
        add(w, pt_at(more, i), i + 10);
    assert_int_equal(pt_gk_end(w->set, &w->e), PT_OK);
}

// -- reviews --------------------------------------------------------------------------------------

static pt_gk_point point_of(pt_str word) {
    if (pt_str_eqz(word, "audit"))
        return PT_GK_AUDIT;
    return pt_str_eqz(word, "gator") ? PT_GK_GATOR : PT_GK_ADMISSION;
}

static pt_value inventory_of(world *w) {
    pt_value list = pt_getz(w->c, "inventory");
    pt_value *all = PT_NEW(&w->a, pt_value, pt_len(list));
    for (size_t i = 0; i < pt_len(list); i++)
        all[i] = pt_at(list, i);
    return pt_defined(list) ? pt_gk_inventory(&w->a, all, pt_len(list)) : list;
}

static pt_code review(world *w) {
    pt_value c = w->c;
    pt_gk_review r = {.request = pt_getz(c, "request"),
                      .object = pt_getz(c, "object"),
                      .old_object = pt_getz(c, "old"),
                      .namespace = pt_getz(c, "namespace"),
                      .operation = pt_text(pt_getz(c, "operation")),
                      .generated = pt_true(pt_getz(c, "generated")),
                      .inventory = inventory_of(w),
                      .now_ns = INT64_C(1700000000000000000),
                      .deadline_ns = pt_true(pt_getz(c, "late")) ? 1 : 0,
                      .point = point_of(pt_text(pt_getz(c, "point")))};
    pt_gk_judge *j = pt_gk_judge_new(w->set);
    assert_non_null(j);
    pt_code code = pt_gk_judge_review(j, &w->a, &r, &w->verdict, &w->e);
    pt_gk_judge_free(j);
    return code;
}

// -- what came of it ------------------------------------------------------------------------------

// "deny K8sTest/c: message"; "error deny …"
static pt_str shown_violation(pt_arena *a, const pt_gk_violation *v) {
    return pt_arena_printf(a, "%s%s %.*s/%.*s: %.*s", v->error ? "error " : "",
                           pt_gk_action_word(v->action), PT_PRI(v->constraint->kind),
                           PT_PRI(v->constraint->name), PT_PRI(v->message));
}

static pt_str shown_fault(pt_arena *a, const pt_gk_fault *f) {
    return pt_arena_printf(a, "%s%s%.*s/%.*s: %.*s", f->unsupported ? "unsupported " : "",
                           f->schema ? "schema " : "", PT_PRI(f->kind), PT_PRI(f->name),
                           PT_PRI(f->message));
}

static bool differs(world *w, const char *what, pt_value want, const pt_str *got, size_t n) {
    bool same = pt_len(want) == n;
    for (size_t i = 0; i < n && same; i++)
        same = pt_str_starts(got[i], pt_text(pt_at(want, i)));
    for (size_t i = 0; i < n && !same; i++)
        print_error("%.*s: %s: %.*s\n", PT_PRI(pt_text(pt_getz(w->c, "name"))), what,
                    PT_PRI(got[i]));
    if (!same && !n)
        print_error("%.*s: no %s\n", PT_PRI(pt_text(pt_getz(w->c, "name"))), what);
    return !same;
}

static bool wrong_faults(world *w) {
    size_t n;
    const pt_gk_fault *all = pt_gk_faults(w->set, &n);
    pt_str *got = PT_NEW(&w->a, pt_str, n);
    for (size_t i = 0; i < n; i++)
        got[i] = shown_fault(&w->a, &all[i]);
    return differs(w, "faults", pt_getz(w->c, "faults"), got, n);
}

static bool wrong_violations(world *w) {
    size_t n = w->verdict.violations.n;
    pt_str *got = PT_NEW(&w->a, pt_str, n);
    for (size_t i = 0; i < n; i++)
        got[i] = shown_violation(&w->a, &w->verdict.violations.v[i]);
    return differs(w, "violations", pt_getz(w->c, "violations"), got, n);
}

static bool wrong_details(world *w) {
    pt_value want = pt_getz(w->c, "details");
    bool wrong = pt_defined(want) &&
                 (w->verdict.violations.n == 0 || !pt_eq(w->verdict.violations.v[0].details, want));
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(1 << 20);
    if (wrong && w->verdict.violations.n) {
        PT_IGNORE(pt_json_write(&b, w->verdict.violations.v[0].details, NULL, NULL)); // what fits
        print_error("%.*s: details: %.*s\n", PT_PRI(pt_text(pt_getz(w->c, "name"))),
                    PT_PRI(pt_buf_str(&b)));
    }
    return wrong;
}

static bool wrong_verdict(world *w) {
    int64_t dropped = 0, judged = -1;
    pt_to_int(pt_getz(w->c, "dropped"), &dropped);
    pt_to_int(pt_getz(w->c, "judged"), &judged);
    bool wrong = (int64_t)w->verdict.dropped != dropped ||
                 w->verdict.exempt != pt_true(pt_getz(w->c, "exempt")) ||
                 (judged >= 0 && (int64_t)w->verdict.judged.n != judged);
    if (wrong)
        print_error("%.*s: dropped %zu, judged %zu%s\n", PT_PRI(pt_text(pt_getz(w->c, "name"))),
                    w->verdict.dropped, w->verdict.judged.n, w->verdict.exempt ? ", exempt" : "");
    bool violations = wrong_violations(w), details = wrong_details(w);
    return violations || details || wrong;
}

static bool wrong_review(world *w) {
    pt_str refused = pt_text(pt_getz(w->c, "refused"));
    bool judges = pt_defined(pt_getz(w->c, "object")) || pt_defined(pt_getz(w->c, "old")) ||
                  pt_defined(pt_getz(w->c, "request"));
    if (!judges && !refused.n)
        return false;
    pt_code code = review(w);
    if (!refused.n && !code)
        return wrong_verdict(w);
    if (pt_str_starts(pt_str_of(w->e.what), refused) && code == PT_E_FORMAT)
        return false;
    print_error("%.*s: %s\n", PT_PRI(pt_text(pt_getz(w->c, "name"))), w->e.what);
    return true;
}

static void run_file(const char *name) {
    pt_arena a = {0};
    pt_value cases = read_cases(&a, name);
    size_t wrong = 0;
    for (size_t i = 0; i < pt_len(cases); i++) {
        world w = {.c = pt_at(cases, i)};
        make_set(&w);
        bool faults = wrong_faults(&w), found = wrong_review(&w);
        wrong += faults || found;
        pt_arena_done(&w.a);
    }
    pt_arena_done(&a);
    if (wrong)
        fail_msg("%zu cases of %s are wrong", wrong, name);
}

static void test_templates(void **state) {
    (void)state;
    run_file("templates.yaml");
}

static void test_constraints(void **state) {
    (void)state;
    run_file("constraints.yaml");
}

static void test_match(void **state) {
    (void)state;
    run_file("match.yaml");
}

static void test_reviews(void **state) {
    (void)state;
    run_file("reviews.yaml");
}

// -- what audits ask ------------------------------------------------------------------------------

// The only constraint of a set whose text is YAML.
static const pt_gk_constraint *sole_constraint(pt_arena *a, const char *yaml, pt_gk_set **ret) {
    pt_yaml_stream s = {.bytes = pt_str_of(yaml), .dialect = PT_YAML_KUBERNETES};
    pt_yaml_doc doc = {0};
    pt_gk_taken taken;
    size_t n;
    *ret = pt_gk_new(a);
    while (!pt_yaml_next(&s, a, &doc, NULL) && pt_defined(doc.value))
        assert_int_equal(pt_gk_add(*ret, doc.value, (pt_place){0}, &taken, NULL), PT_OK);
    pt_yaml_stream_done(&s);
    assert_int_equal(pt_gk_end(*ret, NULL), PT_OK);
    const pt_gk_constraint *all = pt_gk_constraints(*ret, &n);
    assert_int_equal(n, 1);
    return all;
}

#define TEMPLATE(BODY)                                                                        \
    "apiVersion: templates.gatekeeper.sh/v1\nkind: ConstraintTemplate\n"                      \
    "metadata: {name: k8stest}\nspec:\n  crd: {spec: {names: {kind: K8sTest}}}\n  targets:\n" \
    "  - target: admission.k8s.gatekeeper.sh\n    rego: |\n      package x\n"                 \
    "      violation[{\"msg\": \"m\"}] { " BODY " }\n---\n"                                   \
    "apiVersion: constraints.gatekeeper.sh/v1beta1\nkind: K8sTest\nmetadata: {name: c}\n"

static void test_constraint_tells_whom_it_concerns(void **state) {
    (void)state;
    pt_arena a = {0};
    pt_gk_set *g;
    const pt_gk_constraint *c = sole_constraint(
        &a,
        TEMPLATE("true") "spec: {match: {kinds: [{apiGroups: [apps], kinds: [Deployment]}, "
                         "{apiGroups: ['*'], kinds: [Job]}]}}\n",
        &g);
    assert_true(pt_gk_concerns(c, PT_STR("apps"), PT_STR("Deployment")));
    assert_true(pt_gk_concerns(c, PT_STR("batch"), PT_STR("Job")));
    assert_true(pt_gk_concerns(c, PT_STR("other"), PT_STR("")));
    assert_false(pt_gk_concerns(c, PT_STR(""), PT_STR("Deployment")));
    assert_false(c->looks_up);
    c = sole_constraint(&a, TEMPLATE("data[\"inventory\"].cluster.v1"), &g);
    assert_true(pt_gk_concerns(c, PT_STR(""), PT_STR("Secret")));
    assert_true(c->looks_up);
    pt_arena_done(&a);
}

// -- digest ---------------------------------------------------------------------------------------

static pt_str digest(pt_arena *a, const pt_value *docs, const size_t *order, size_t n) {
    pt_gk_set *g = pt_gk_new(a);
    for (size_t i = 0; i < n; i++) {
        pt_gk_taken taken;
        assert_int_equal(
            pt_gk_add(g, docs[order[i]], (pt_place){.file = PT_STR("x")}, &taken, NULL), PT_OK);
    }
    assert_int_equal(pt_gk_end(g, NULL), PT_OK);
    return pt_gk_digest(g);
}

static void test_digest_same_set_same_digest(void **state) {
    (void)state;
    world w = {0};
    pt_value cases = read_cases(&w.a, "reviews.yaml"), docs[3];
    w.c = pt_at(cases, 0);
    docs[0] = template_of(&w);
    docs[1] = constraint_of(&w);
    w.c = OBJECT(&w.a, KEYS("constraint name", "action"), pt_stringz("d"), pt_stringz("warn"));
    docs[2] = constraint_of(&w);
    pt_str all = digest(&w.a, docs, (size_t[]){0, 1, 2}, 3);
    pt_str other = digest(&w.a, docs, (size_t[]){2, 0, 1}, 3);
    assert_true(pt_str_eq(all, other));
    assert_true(pt_str_starts(all, PT_STR("sha256:")));
    assert_int_equal(all.n, 7 + 64);
    assert_false(pt_str_eq(all, digest(&w.a, docs, (size_t[]){0, 1}, 2)));
    pt_arena_done(&w.a);
}

// -- what an error amounts to, and a document on trial
// ----------------------------------------------

static pt_value with_on_error(world *w, const char *word) {
    pt_value meta = OBJECT(&w->a, KEYS("name", "annotations"), pt_stringz("c"),
                           OBJECT(&w->a, KEYS("paratia/on-error"), pt_stringz(word)));
    return OBJECT(&w->a, KEYS("apiVersion", "kind", "metadata", "spec"),
                  pt_stringz("constraints.gatekeeper.sh/v1beta1"), pt_stringz("K8sTest"), meta,
                  pt_object_of(&w->a, NULL, 0, NULL));
}

static void test_on_error_allow_is_shown_and_counts_in_the_digest(void **state) {
    (void)state;
    static const char *const WORDS[] = {"deny", "allow", "Allow"};
    world w = {0};
    pt_str digests[PT_COUNT(WORDS)];
    size_t n;
    w.c = pt_at(read_cases(&w.a, "reviews.yaml"), 0);
    pt_value template = template_of(&w);
    for (size_t i = 0; i < PT_COUNT(WORDS); i++) {
        w.set = pt_gk_new(&w.a);
        add(&w, template, 1);
        add(&w, with_on_error(&w, WORDS[i]), 2);
        assert_int_equal(pt_gk_end(w.set, NULL), PT_OK);
        const pt_gk_constraint *shown = pt_gk_constraints(w.set, &n);
        assert_int_equal(n, i < 2);
        assert_true(n == 0 || shown->open_on_error == (i == 1));
        digests[i] = pt_gk_digest(w.set);
    }
    assert_str(pt_gk_faults(w.set, &n)->message,
               "metadata.annotations[\"paratia/on-error\"]: must be allow or deny");
    assert_false(pt_str_eq(digests[0], digests[1]));
    pt_arena_done(&w.a);
}

static void test_try_leaves_the_set_and_tells_the_fault(void **state) {
    (void)state;
    world w = {0};
    pt_gk_taken taken;
    pt_gk_fault fault;
    w.c = pt_at(read_cases(&w.a, "reviews.yaml"), 0);
    make_set(&w);
    size_t before = pt_gk_counts_of(w.set).constraints;
    pt_value good = with_on_error(&w, "allow");
    assert_int_equal(pt_gk_try(w.set, &w.a, good, &taken, &fault, NULL), PT_OK);
    assert_int_equal(taken, PT_GK_CONSTRAINT);
    assert_null(fault.message.p);
    assert_int_equal(pt_gk_try(w.set, &w.a, with_on_error(&w, "?"), &taken, &fault, NULL), PT_OK);
    assert_non_null(fault.message.p);
    assert_false(fault.unsupported);
    assert_int_equal(pt_gk_try(NULL, &w.a, good, &taken, &fault, NULL), PT_OK);
    assert_true(fault.unsupported);
    assert_str(fault.message, "no template of the kind K8sTest is evaluated");
    assert_int_equal(pt_gk_counts_of(w.set).constraints, before);
    pt_arena_done(&w.a);
}

// -- memory ---------------------------------------------------------------------------------------
// The arena is a little larger each time, until the whole of it fits.

static void test_set_little_memory_is_an_error(void **state) {
    (void)state;
    world w = {0};
    w.c = pt_at(read_cases(&w.a, "reviews.yaml"), 0);
    pt_value docs[2] = {template_of(&w), constraint_of(&w)};
    bool fitted = false;
    for (size_t bytes = 1 << 12; !fitted && bytes < (size_t)1 << 26; bytes += 1 << 13) {
        pt_arena a;
        pt_arena_init(&a, bytes);
        pt_gk_set *g = pt_gk_new(&a);
        pt_gk_taken taken;
        bool ok = g != NULL;
        for (size_t i = 0; ok && i < 2; i++)
            ok = !pt_gk_add(g, docs[i], (pt_place){0}, &taken, NULL);
        fitted = ok && !pt_gk_end(g, NULL) && pt_gk_counts_of(g).constraints == 1;
        pt_arena_done(&a);
    }
    assert_true(fitted);
    pt_arena_done(&w.a);
}

static void test_review_little_memory_is_an_error(void **state) {
    (void)state;
    world w = {0};
    w.c = pt_at(read_cases(&w.a, "reviews.yaml"), 0);
    make_set(&w);
    pt_gk_judge *j = pt_gk_judge_new(w.set);
    pt_gk_review r = {.object = pt_getz(w.c, "object")};
    pt_code code = PT_E_NOMEM;
    for (size_t bytes = 1 << 9; code && bytes < (size_t)1 << 24; bytes += 1 << 9) {
        pt_arena a;
        pt_gk_verdict v;
        pt_arena_init(&a, bytes);
        code = pt_gk_judge_review(j, &a, &r, &v, NULL);
        assert_true(code == PT_OK || code == PT_E_NOMEM);
        assert_true(code || v.violations.n > 0);
        pt_arena_done(&a);
    }
    assert_int_equal(code, PT_OK);
    pt_gk_judge_free(j);
    pt_arena_done(&w.a);
}

// -- one constraint -------------------------------------------------------------------------------

static const pt_gk_constraint *constraint_named(const world *w, const char *name) {
    size_t n;
    const pt_gk_constraint *all = pt_gk_constraints(w->set, &n);
    for (size_t i = 0; i < n; i++)
        if (pt_str_eqz(all[i].name, name))
            return &all[i];
    return NULL;
}

static void test_review_by_one_constraint_says_why_it_could_not(void **state) {
    (void)state;
    static const char REGO[] = "package t\nviolation[{\"msg\": \"hog\"}] "
                               "{ count(numbers.range(1, input.parameters.n)) > 1 }";
    world w = {0};
    pt_value three = OBJECT(&w.a, KEYS("n"), pt_int(3));
    pt_value many = OBJECT(&w.a, KEYS("n"), pt_int(1000000));
    pt_value field = OBJECT(&w.a, KEYS("type"), pt_stringz("integer"));
    pt_value schema = OBJECT(&w.a, KEYS("type", "properties"), pt_stringz("object"),
                             OBJECT(&w.a, KEYS("n"), field));
    w.c = OBJECT(&w.a, KEYS("rego", "schema", "parameters", "constraint name"), pt_stringz(REGO),
                 schema, many, pt_stringz("hog"));
    pt_value hog = constraint_of(&w);
    pt_value template = template_of(&w);
    w.c = OBJECT(&w.a, KEYS("parameters", "constraint name"), three, pt_stringz("small"));
    pt_value small = constraint_of(&w);
    w.set = pt_gk_new(&w.a);
    add(&w, template, 1);
    add(&w, hog, 2);
    add(&w, small, 3);
    assert_int_equal(pt_gk_end(w.set, &w.e), PT_OK);
    pt_arena a;
    pt_gk_judge *j = pt_gk_judge_new(w.set);
    pt_arena_init(&a, 1 << 20);
    pt_gk_review r = {.object = OBJECT(&a, KEYS("kind"), pt_stringz("Pod")),
                      .only = constraint_named(&w, "hog")};
    assert_int_equal(pt_gk_judge_review(j, &a, &r, &w.verdict, NULL), PT_E_NOMEM);
    r.only = NULL; // one that cannot be judged: nothing is known of all of them
    assert_int_equal(pt_gk_judge_review(j, &a, &r, &w.verdict, NULL), PT_E_NOMEM);
    r.object = OBJECT(&w.a, KEYS("kind"), pt_stringz("Pod"));
    r.only = constraint_named(&w, "small");
    pt_arena_clear(&a);
    assert_int_equal(pt_gk_judge_review(j, &a, &r, &w.verdict, NULL), PT_OK);
    assert_int_equal(w.verdict.violations.n, 1);
    assert_str(w.verdict.violations.v[0].message, "hog");
    assert_false(w.verdict.violations.v[0].error);
    r.only = constraint_named(&w, "hog");
    r.deadline_ns = 1;
    assert_int_equal(pt_gk_judge_review(j, &w.a, &r, &w.verdict, NULL), PT_OK);
    assert_int_equal(w.verdict.violations.n, 1);
    assert_true(w.verdict.violations.v[0].error && w.verdict.violations.v[0].late);
    assert_false(w.verdict.violations.v[0].unknown);
    pt_gk_judge_free(j);
    pt_arena_done(&a);
    pt_arena_done(&w.a);
}

// -- threads --------------------------------------------------------------------------------------

enum {
    THREADS = 4,
    REVIEWS = 50,
};

typedef struct worker {
    const pt_gk_set *set;
    pt_value object;
    size_t violations;
} worker;

static void *work(void *arg) {
    worker *w = arg;
    pt_arena a = {0};
    pt_gk_judge *j = pt_gk_judge_new(w->set);
    pt_gk_review r = {.object = w->object, .inventory = pt_gk_inventory(&a, &w->object, 1)};
    for (size_t i = 0; j && i < REVIEWS; i++) {
        pt_gk_verdict v;
        if (pt_gk_judge_review(j, &a, &r, &v, NULL) == PT_OK)
            w->violations += v.violations.n;
    }
    pt_gk_judge_free(j);
    pt_arena_done(&a);
    return NULL;
}

static void test_judge_threads_share_a_set(void **state) {
    (void)state;
    world w = {0};
    pthread_t threads[THREADS];
    worker workers[THREADS];
    w.c = pt_at(read_cases(&w.a, "reviews.yaml"), 0);
    make_set(&w);
    for (size_t i = 0; i < THREADS; i++) {
        workers[i] = (worker){.set = w.set, .object = pt_getz(w.c, "object")};
        assert_int_equal(pthread_create(&threads[i], NULL, work, &workers[i]), 0);
    }
    for (size_t i = 0; i < THREADS; i++) {
        assert_int_equal(pthread_join(threads[i], NULL), 0);
        assert_int_equal(workers[i].violations, REVIEWS);
    }
    pt_arena_done(&w.a);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_templates),
        cmocka_unit_test(test_constraints),
        cmocka_unit_test(test_match),
        cmocka_unit_test(test_reviews),
        cmocka_unit_test(test_constraint_tells_whom_it_concerns),
        cmocka_unit_test(test_digest_same_set_same_digest),
        cmocka_unit_test(test_on_error_allow_is_shown_and_counts_in_the_digest),
        cmocka_unit_test(test_try_leaves_the_set_and_tells_the_fault),
        cmocka_unit_test(test_set_little_memory_is_an_error),
        cmocka_unit_test(test_review_little_memory_is_an_error),
        cmocka_unit_test(test_review_by_one_constraint_says_why_it_could_not),
        cmocka_unit_test(test_judge_threads_share_a_set),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
