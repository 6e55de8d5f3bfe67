// Running a suite: each test makes a set of its template and constraint, each case judges by it.
#include "judge/gatekeeper/suite_impl.h"
#include "value/yaml.h"

enum {
    CASE_BYTES_MAX = 1 << 30,
};

const char *pt_gk_outcome_word(pt_gk_outcome o) {
    static const char *const WORDS[] = {[PT_GK_PASSED] = "pass",
                                        [PT_GK_FAILED] = "fail",
                                        [PT_GK_SKIPPED] = "skip",
                                        [PT_GK_NOT_EVALUATED] = "not evaluated"};
    return WORDS[o];
}

// The worst of parts is that of the whole.
static pt_gk_outcome worse(pt_gk_outcome x, pt_gk_outcome y) {
    static const int RANK[] = {
        [PT_GK_SKIPPED] = 0, [PT_GK_PASSED] = 1, [PT_GK_NOT_EVALUATED] = 2, [PT_GK_FAILED] = 3};
    return RANK[x] > RANK[y] ? x : y;
}

typedef PT_VEC(pt_yaml_doc) docs;

typedef struct run {
    pt_arena *a; // of the result
    pt_str folder;
    const pt_gk_suite_world *w;
} run;

// A test that is being run: what lives as long as it does.
typedef struct test {
    const run *r;
    pt_arena a;
    pt_value doc;
    docs template, constraint;
    pt_str template_path, constraint_path;
    pt_gk_set *set;
    pt_gk_judge *judge;
    pt_gk_test_result *ret;
} test;

// -- files ----------------------------------------------------------------------------------------

static pt_str joined(const run *r, pt_arena *a, pt_str name) {
    return r->folder.n ? pt_arena_printf(a, "%.*s/%.*s", PT_PRI(r->folder), PT_PRI(name)) : name;
}

static pt_code read_docs(pt_arena *a, pt_str bytes, docs *ret, pt_err *e) {
    pt_yaml_stream s = {.bytes = bytes, .dialect = PT_YAML_GO};
    pt_code code = PT_OK;
    while (!code) {
        pt_yaml_doc doc = {0};
        code = pt_yaml_next(&s, a, &doc, e);
        if (code || !pt_defined(doc.value))
            break;
        if (pt_tag_of(doc.value) == PT_NULL)
            continue;
        pt_yaml_doc *slot = ret->n < PT_GK_SUITE_OBJECTS_MAX ? PT_PUSH(a, ret) : NULL;
        if (!slot)
            code = pt_err_set(e, PT_E_LIMIT, "more documents than are taken");
        else
            *slot = doc;
    }
    pt_yaml_stream_done(&s);
    return code;
}

// The documents of a file that a suite names. *ret_why is empty, or says why there are none.
static bool read_file(test *t, pt_str name, docs *ret, pt_str *ret_why) {
    pt_err e = {0};
    pt_str bytes = {0};
    pt_str path = joined(t->r, &t->a, name);
    pt_code code = t->r->w->read(t->r->w->ctx, &t->a, path, &bytes, &e);
    if (!code)
        code = read_docs(&t->a, bytes, ret, &e);
    if (!code && ret->n > 0)
        return true;
    if (!code)
        *ret_why = pt_arena_printf(t->r->a, "%.*s: no object in it", PT_PRI(path));
    else if (e.line)
        *ret_why = pt_arena_printf(t->r->a, "%.*s:%u: %s", PT_PRI(path), e.line, e.what);
    else
        *ret_why = pt_arena_printf(t->r->a, "%.*s: %s", PT_PRI(path), e.what);
    return false;
}

// -- the set of a test ----------------------------------------------------------------------------

static bool group_is(pt_value doc, const char *group) {
    pt_str api = pt_text(pt_getz(doc, "apiVersion"));
    return pt_str_eqz(pt_str_sub(api, 0, pt_str_find(api, '/')), group);
}

static void failed(test *t, pt_str why) {
    t->ret->outcome = PT_GK_FAILED;
    t->ret->why = why;
}

static bool of_template(const pt_gk_fault *f) {
    return pt_str_eqz(f->kind, "ConstraintTemplate");
}

static void tell_fault(test *t, const pt_gk_fault *f) {
    const docs *d = of_template(f) ? &t->template : &t->constraint;
    pt_str path = joined(t->r, &t->a, of_template(f) ? t->template_path : t->constraint_path);
    pt_place at = pt_gk_fault_place(f, &d->v[0], (pt_str){NULL, 0});
    failed(t, pt_arena_printf(t->r->a, "%.*s:%u: %.*s", PT_PRI(path), at.line, PT_PRI(f->message)));
    if (f->unsupported)
        t->ret->outcome = PT_GK_NOT_EVALUATED;
}

// NULL: there are none. A template's is why its constraint has one.
static const pt_gk_fault *first_fault(const test *t) {
    size_t n;
    const pt_gk_fault *all = pt_gk_faults(t->set, &n);
    for (size_t i = 0; i < n; i++)
        if (of_template(&all[i]))
            return &all[i];
    return n ? all : NULL;
}

static bool breaks_schema(const test *t) {
    size_t n;
    const pt_gk_fault *all = pt_gk_faults(t->set, &n);
    for (size_t i = 0; i < n; i++)
        if (all[i].schema)
            return true;
    return false;
}

static bool read_sources(test *t) {
    pt_str why = {0};
    t->template_path = pt_text(pt_getz(t->doc, "template"));
    t->constraint_path = pt_text(pt_getz(t->doc, "constraint"));
    if (!t->template_path.n)
        why = PT_STR("invalid suite: missing template");
    else if (!t->constraint_path.n)
        why = PT_STR("invalid suite: missing constraint");
    else if (read_file(t, t->template_path, &t->template, &why) &&
             read_file(t, t->constraint_path, &t->constraint, &why)) {
        if (!group_is(t->template.v[0].value, "templates.gatekeeper.sh"))
            why = pt_arena_printf(t->r->a, "%.*s: not a ConstraintTemplate",
                                  PT_PRI(t->template_path));
        else if (!group_is(t->constraint.v[0].value, "constraints.gatekeeper.sh"))
            why = pt_arena_printf(t->r->a, "%.*s: not a Constraint", PT_PRI(t->constraint_path));
    }
    if (why.n)
        failed(t, why);
    return !why.n;
}

static pt_code make_set(test *t, pt_err *e) {
    pt_gk_taken taken;
    t->set = pt_gk_new(&t->a);
    if (!t->set)
        return pt_err_set(e, PT_E_NOMEM, "the suite needs more memory than the limit");
    pt_code code =
        pt_gk_add(t->set, t->template.v[0].value, (pt_place){.file = t->template_path}, &taken, e);
    if (!code)
        code = pt_gk_add(t->set, t->constraint.v[0].value, (pt_place){.file = t->constraint_path},
                         &taken, e);
    return code ? code : pt_gk_end(t->set, e);
}

// -- a case ---------------------------------------------------------------------------------------

typedef struct single { // a case
    test *t;
    pt_arena a;
    pt_value doc;
    pt_gk_review review;
    pt_gk_case_result *ret;
} single;

static bool case_failed(single *s, pt_str why) {
    s->ret->outcome = PT_GK_FAILED;
    s->ret->why = why;
    return false;
}

// An AdmissionReview in place of an object: its request is what is judged.
static bool take_request(single *s, pt_value review) {
    static const char *const KNOWN[] = {
        "uid",       "kind",      "resource", "subResource", "requestKind", "requestResource",
        "namespace", "operation", "userInfo", "object",      "oldObject",   "requestSubResource",
        "dryRun",    "options",   "name",     NULL};
    s->review.request = pt_getz(review, "request");
    if (pt_tag_of(s->review.request) != PT_OBJECT)
        return case_failed(s, PT_STR("the AdmissionReview has no request"));
    for (size_t i = 0; i < pt_len(s->review.request); i++) {
        pt_str field = pt_text(pt_key_at(s->review.request, i));
        bool known = false;
        for (const char *const *k = KNOWN; *k && !known; k++)
            known = pt_str_eqz(field, *k);
        if (!known)
            return case_failed(s, pt_arena_printf(s->t->r->a,
                                                  "the AdmissionReview's request has a field "
                                                  "that nobody knows: %.*s",
                                                  PT_PRI(field)));
    }
    return true;
}

static bool read_object(single *s) {
    docs all = {0};
    pt_str why;
    pt_str name = pt_text(pt_getz(s->doc, "object"));
    if (!name.n)
        return case_failed(s, PT_STR("invalid case: must define object"));
    if (!read_file(s->t, name, &all, &why))
        return case_failed(s, why);
    if (all.n > 1)
        return case_failed(s, pt_arena_printf(s->t->r->a, "%.*s: defines %zu objects, not one",
                                              PT_PRI(name), all.n));
    pt_value doc = all.v[0].value;
    if (group_is(doc, "admission.k8s.io") &&
        pt_str_eqz(pt_text(pt_getz(doc, "kind")), "AdmissionReview"))
        return take_request(s, doc);
    s->review.object = doc;
    return true;
}

static pt_value judged_object(const single *s) {
    pt_value in = pt_getz(s->review.request, "object");
    if (pt_tag_of(in) != PT_OBJECT)
        in = pt_getz(s->review.request, "oldObject");
    return pt_tag_of(in) == PT_OBJECT ? in : s->review.object;
}

static bool read_inventory(single *s) {
    pt_value files = pt_getz(s->doc, "inventory");
    pt_str why;
    pt_str in = pt_text(pt_getz(pt_getz(judged_object(s), "metadata"), "namespace"));
    docs all = {0};
    for (size_t i = 0; i < pt_len(files); i++)
        if (!read_file(s->t, pt_text(pt_at(files, i)), &all, &why))
            return case_failed(s, why);
    pt_value *objects = PT_NEW(&s->a, pt_value, all.n);
    for (size_t i = 0; objects && i < all.n; i++) {
        pt_value o = objects[i] = all.v[i].value;
        if (in.n && pt_str_eqz(pt_text(pt_getz(o, "kind")), "Namespace") &&
            pt_str_eqz(pt_text(pt_getz(o, "apiVersion")), "v1") &&
            pt_str_eq(pt_text(pt_getz(pt_getz(o, "metadata"), "name")), in))
            s->review.namespace = o;
    }
    if (objects && all.n)
        s->review.inventory = pt_gk_inventory(&s->a, objects, all.n);
    return objects || case_failed(s, PT_STR("the inventory needs more memory than the limit"));
}

// What the deadline cut off was not judged: its message must not pass for a violation that the case
// asks for.
static bool was_late(single *s, const pt_gk_verdict *v) {
    int64_t ms = s->t->r->w->timeout_ns / 1000000;
    for (size_t i = 0; i < v->violations.n; i++) {
        const pt_gk_violation *x = &v->violations.v[i];
        if (x->late)
            return !case_failed(
                s, pt_arena_printf(s->t->r->a,
                                   "it was not judged within %lld ms: %.*s; give it longer "
                                   "(--timeout), or look for what takes %.*s so long",
                                   (long long)ms, PT_PRI(x->message), PT_PRI(x->constraint->kind)));
    }
    return false;
}

static void judge_case(single *s) {
    const pt_gk_suite_world *w = s->t->r->w;
    pt_gk_verdict verdict;
    pt_err e = {0};
    pt_str why;
    s->review.now_ns = w->now_ns;
    s->review.point = PT_GK_GATOR;
    s->review.deadline_ns = w->timeout_ns ? w->clock_ns() + w->timeout_ns : 0;
    if (pt_gk_judge_review(s->t->judge, &s->a, &s->review, &verdict, &e)) {
        case_failed(s, pt_arena_str(s->t->r->a, pt_str_of(e.what)));
        return;
    }
    s->ret->dropped = verdict.dropped;
    if (was_late(s, &verdict))
        return;
    if (!pt_gk_assert(s->t->r->a, pt_getz(s->doc, "assertions"), &verdict.violations, &why))
        case_failed(s, PT_STR("not enough memory"));
    else if (why.n)
        case_failed(s, why);
}

static void run_case(test *t, pt_value doc, pt_gk_case_result *ret) {
    int64_t start = t->r->w->clock_ns();
    single s = {.t = t, .doc = doc, .ret = ret};
    ret->name = pt_arena_str(t->r->a, pt_text(pt_getz(doc, "name")));
    if (pt_true(pt_getz(doc, "skip")) ||
        !pt_gk_filter_case(t->r->w->filter, t->ret->name, ret->name)) {
        ret->outcome = PT_GK_SKIPPED;
        return;
    }
    pt_arena_init(&s.a, CASE_BYTES_MAX);
    if (read_object(&s) && read_inventory(&s))
        judge_case(&s);
    pt_arena_done(&s.a);
    ret->ns = t->r->w->clock_ns() - start;
}

// -- a test ---------------------------------------------------------------------------------------

static pt_code run_cases(test *t, pt_err *e) {
    pt_value cases = pt_getz(t->doc, "cases");
    t->judge = pt_gk_judge_new(t->set);
    if (!t->judge)
        return pt_err_set(e, PT_E_NOMEM, "no memory to judge with");
    for (size_t i = 0; i < pt_len(cases); i++) {
        pt_gk_case_result *c = i < PT_GK_SUITE_TESTS_MAX ? PT_PUSH(t->r->a, &t->ret->cases) : NULL;
        if (!c)
            return pt_err_set(e, PT_E_LIMIT, "more than %d cases in one test",
                              PT_GK_SUITE_TESTS_MAX);
        *c = (pt_gk_case_result){0};
        run_case(t, pt_at(cases, i), c);
        t->ret->outcome = i ? worse(t->ret->outcome, c->outcome) : c->outcome;
    }
    return PT_OK;
}

// A test that says `invalid`: the constraint must break the schema of its kind.
static void expect_invalid(test *t) {
    const pt_gk_fault *f = first_fault(t);
    if (breaks_schema(t))
        t->ret->outcome = PT_GK_PASSED;
    else if (f)
        tell_fault(t, f);
    else
        failed(t, PT_STR("the constraint should break its template's schema, and does not"));
}

static pt_code run_sources(test *t, pt_err *e) {
    pt_code code = make_set(t, e);
    const pt_gk_fault *f = code ? NULL : first_fault(t);
    if (code)
        return code;
    if (pt_true(pt_getz(t->doc, "invalid")))
        expect_invalid(t);
    else if (f)
        tell_fault(t, f);
    else
        code = run_cases(t, e);
    return code;
}

static pt_code run_test(const run *r, pt_value doc, pt_gk_test_result *ret, pt_err *e) {
    int64_t start = r->w->clock_ns();
    test t = {.r = r, .doc = doc, .ret = ret};
    pt_code code = PT_OK;
    ret->name = pt_arena_str(r->a, pt_text(pt_getz(doc, "name")));
    if (pt_true(pt_getz(doc, "skip")) ||
        !pt_gk_filter_test(r->w->filter, ret->name, pt_getz(doc, "cases"))) {
        ret->outcome = PT_GK_SKIPPED;
        return PT_OK;
    }
    if (pt_text(pt_getz(doc, "expansion")).n) {
        ret->outcome = PT_GK_NOT_EVALUATED;
        ret->why = PT_STR("it needs an expansion, and expansions are not evaluated");
        return PT_OK;
    }
    if (read_sources(&t))
        code = run_sources(&t, e);
    pt_gk_judge_free(t.judge);
    pt_arena_done(&t.a);
    ret->ns = r->w->clock_ns() - start;
    return code;
}

// -- the suite ------------------------------------------------------------------------------------

static pt_code run_tests(const run *r, pt_value suite, pt_gk_suite_result *ret, pt_err *e) {
    pt_value tests = pt_getz(suite, "tests");
    ret->outcome = PT_GK_SKIPPED;
    if (pt_defined(tests) && pt_tag_of(tests) != PT_ARRAY)
        return pt_err_set(e, PT_E_FORMAT, "`tests` of a suite must be a list");
    if (pt_true(pt_getz(suite, "skip")))
        return PT_OK;
    for (size_t i = 0; i < pt_len(tests); i++) {
        pt_gk_test_result *t = i < PT_GK_SUITE_TESTS_MAX ? PT_PUSH(r->a, &ret->tests) : NULL;
        if (!t)
            return pt_err_set(e, PT_E_LIMIT, "more than %d tests in one suite",
                              PT_GK_SUITE_TESTS_MAX);
        *t = (pt_gk_test_result){0};
        pt_code code = run_test(r, pt_at(tests, i), t, e);
        if (code)
            return code;
        ret->outcome = worse(ret->outcome, t->outcome);
    }
    return PT_OK;
}

static pt_str folder_of(pt_str path) {
    size_t slash = pt_str_rfind(path, '/');
    return slash < path.n ? pt_str_sub(path, 0, slash ? slash : 1) : (pt_str){NULL, 0};
}

pt_code pt_gk_suite_run(pt_arena *a, pt_str path, pt_str text, const pt_gk_suite_world *w,
                        pt_gk_suite_result *ret, pt_err *e) {
    PT_AUTO(pt_arena_done) pt_arena room = {0};
    docs all = {0};
    run r = {.a = a, .folder = folder_of(path), .w = w};
    int64_t start = w->clock_ns();
    *ret = (pt_gk_suite_result){.path = pt_arena_str(a, path)};
    pt_code code = read_docs(&room, text, &all, e);
    if (code)
        return code;
    pt_value suite = all.n ? all.v[0].value : pt_undefined();
    if (!group_is(suite, "test.gatekeeper.sh") ||
        !pt_str_eqz(pt_text(pt_getz(suite, "kind")), "Suite"))
        return pt_err_set(e, PT_E_ABSENT, "not a Suite");
    code = run_tests(&r, suite, ret, e);
    ret->ns = w->clock_ns() - start;
    return code || !a->full ? code : pt_err_set(e, PT_E_NOMEM, "the results need more memory");
}
