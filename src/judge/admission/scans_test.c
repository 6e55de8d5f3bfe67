// What the last scans of a pod's images let in.
#include "base/testing.h"
#include "judge/admission/admission.h"
#include "value/json.h"

#define GOOD    "web@sha256:1111111111111111111111111111111111111111111111111111111111111111"
#define BAD     "web@sha256:2222222222222222222222222222222222222222222222222222222222222222"
#define UNKNOWN "web@sha256:3333333333333333333333333333333333333333333333333333333333333333"
#define NONE    "web@sha256:4444444444444444444444444444444444444444444444444444444444444444"

static pt_value parsed(pt_arena *a, const char *json) {
    pt_value v = pt_undefined();
    assert_int_equal(pt_json_parse(a, pt_str_of(json), NULL, &v, NULL), PT_OK);
    return v;
}

static pt_fact known(pt_arena *a, const char *verdict) {
    pt_str text = pt_arena_printf(a,
                                  "[{\"verdict\":\"%s\",\"why\":\"because\",\"receipt\":7,"
                                  "\"age_s\":1,\"index_age_s\":1,\"over\":{\"high\":0}}]",
                                  verdict);
    return pt_fact_known(parsed(a, text.p), (pt_str){0});
}

// Of a digest, by its first digit.
static pt_fact scan(void *scans, pt_arena *a, pt_str digest) {
    (void)scans;
    switch (digest.p[7]) {
    case '1':
        return known(a, "pass");
    case '2':
        return known(a, "fail");
    case '3':
        return pt_fact_unknown(PT_STR("no record"), (pt_str){0});
    default:
        return pt_fact_absent((pt_str){0});
    }
}

static pt_fact scan_named(void *scans, pt_arena *a, pt_str name) {
    (void)scans;
    return pt_str_eqz(name, "docker.io/library/web:latest") ? known(a, "pass")
                                                            : pt_fact_absent((pt_str){0});
}

typedef struct asked {
    const char *operation, *group, *resource, *subresource;
    const char *object, *before;
} asked;

static pt_admission_verdict judged(pt_arena *a, const pt_scanned_policy *scanned, const asked *q) {
    const pt_admission_policy policy = {.scanned = *scanned};
    const pt_admission_world world = {.scan = scan, .scan_named = scan_named};
    const pt_admission_request r = {.operation = pt_str_of(q->operation ? q->operation : "CREATE"),
                                    .group = pt_str_of(q->group),
                                    .resource = pt_str_of(q->resource ? q->resource : "pods"),
                                    .subresource = pt_str_of(q->subresource),
                                    .namespace = PT_STR("shop"),
                                    .object = parsed(a, q->object),
                                    .old_object =
                                        q->before ? parsed(a, q->before) : pt_undefined()};
    pt_admission_verdict v;
    assert_int_equal(pt_admission_judge(a, &policy, &world, &r, &v, NULL), PT_OK);
    return v;
}

#define POD(image)  "{\"spec\":{\"containers\":[{\"name\":\"c\",\"image\":\"" image "\"}]}}"
#define LIST(image) "[{\"name\":\"c\",\"image\":\"" image "\"}]"

static void test_scans_let_in_what_passed(void **state) {
    (void)state;
    pt_arena a = {0};
    const pt_scanned_policy p = {.age_s_max = 60};
    static const struct {
        asked q;
        const char *message; // empty: allowed
    } cases[] = {
        {{.object = POD(GOOD)}, ""},
        {{.object = POD(BAD)}, "its last scan failed: because"},
        {{.object = POD(UNKNOWN)}, "its scan is not known: no record"},
        {{.object = POD(NONE)}, "nobody has scanned it"},
        {{.object = POD("web")}, "a tag may lead to any image: name its digest"},
        {{.object = POD("web@sha256:12")}, "a tag may lead to any image: name its digest"},
        {{.object = POD("")}, "a tag may lead to any image"},
        {{.object = "{\"spec\":{\"initContainers\":" LIST(BAD) ",\"containers\":" LIST(GOOD) "}}"},
         "initContainers c: image web@"},
        {{.object = "{\"spec\":{\"volumes\":[{\"image\":{\"reference\":\"" BAD "\"}}]}}"},
         "volumes: image web@"},
        {{.operation = "UPDATE",
          .subresource = "ephemeralcontainers",
          .object =
              "{\"spec\":{\"containers\":" LIST(BAD) ",\"ephemeralContainers\":" LIST(BAD) "}}",
          .before = POD(BAD)},
         "ephemeralContainers c: image web@"},
        {{.operation = "UPDATE", .object = POD(BAD), .before = POD(BAD)}, ""}, // it runs already
        {{.operation = "UPDATE", .object = POD(BAD), .before = POD(GOOD)}, "its last scan failed"},
        {{.operation = "UPDATE", .subresource = "status", .object = POD(BAD)}, ""},
        {{.operation = "DELETE", .object = "{}"}, ""},
        {{.resource = "services", .object = POD(BAD)}, ""},
    };
    for (size_t i = 0; i < PT_COUNT(cases); i++) {
        pt_admission_verdict v = judged(&a, &p, &cases[i].q);
        bool good = cases[i].message[0] ? !v.allowed && v.off_scans && v.code == 403 &&
                                              pt_str_has(v.message, pt_str_of(cases[i].message))
                                        : v.allowed && !v.off_scans;
        if (!good)
            fail_msg("case %zu: %.*s", i, PT_PRI(v.message));
    }
    pt_arena_done(&a);
}

static void test_scans_are_named_for_the_receipt(void **state) {
    (void)state;
    pt_arena a = {0};
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(4096);
    pt_admission_verdict v =
        judged(&a, &(pt_scanned_policy){.age_s_max = 60}, &(asked){.object = POD(GOOD)});
    assert_int_equal(pt_json_write(&b, v.scans, NULL, NULL), PT_OK);
    assert_true(pt_str_eqz(pt_buf_str(&b),
                           "[{\"image\":\"sha256:11111111111111111111111111111111111111111111111111"
                           "11111111111111\",\"receipt\":7}]"));
    v = judged(&a, &(pt_scanned_policy){0}, &(asked){.object = POD(BAD)}); // nobody asks
    assert_true(v.allowed && !pt_defined(v.scans));
    pt_arena_done(&a);
}

// Of a controller it is told early; its pods are denied when they come.
static void test_scans_of_a_template_warn(void **state) {
    (void)state;
    pt_arena a = {0};
    const asked q = {.group = "apps",
                     .resource = "deployments",
                     .object =
                         "{\"spec\":{\"template\":{\"spec\":{\"containers\":" LIST(BAD) "}}}}"};
    pt_admission_verdict v = judged(&a, &(pt_scanned_policy){.age_s_max = 60}, &q);
    assert_true(v.allowed && v.warnings.n == 1 && v.end == PT_ADMISSION_WARNED);
    v = judged(&a, &(pt_scanned_policy){.age_s_max = 60, .warns = true},
               &(asked){.object = POD(BAD)});
    assert_true(v.allowed && v.warnings.n == 1 && !v.off_scans);
    pt_arena_done(&a);
}

static void test_scans_by_name_where_that_was_said(void **state) {
    (void)state;
    pt_arena a = {0};
    const pt_str from = PT_STR("registry.example.org/base/");
    const pt_scanned_policy p = {
        .age_s_max = 60, .by_name = true, .except = &from, .reasons = &from, .n_except = 1};
    static const struct {
        const char *object;
        bool allowed;
    } cases[] = {
        {POD("web"), true},
        {POD("docker.io/library/web:latest"), true},
        {POD("web:2"), false},
        {POD(BAD), false}, // a digest says more than a name
        {POD("registry.example.org/base/x:1"), true},
        {POD("registry.example.org/based:1"), false},
    };
    for (size_t i = 0; i < PT_COUNT(cases); i++)
        if (judged(&a, &p, &(asked){.object = cases[i].object}).allowed != cases[i].allowed)
            fail_msg("case %zu", i);
    pt_arena_done(&a);
}

// Thousands of images are not looked up.
static void test_scans_of_too_many_images_are_denied(void **state) {
    (void)state;
    pt_arena a = {0};
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(1 << 20);
    pt_buf_putz(&b, "{\"spec\":{\"containers\":[");
    for (size_t i = 0; i < 1000; i++)
        pt_buf_printf(&b, "%s{\"name\":\"c%zu\",\"image\":\"" GOOD "\"}", i ? "," : "", i);
    pt_buf_putz(&b, "]}}");
    pt_str text = pt_arena_str(&a, pt_buf_str(&b));
    pt_admission_verdict v =
        judged(&a, &(pt_scanned_policy){.age_s_max = 60}, &(asked){.object = text.p});
    assert_true(!v.allowed && pt_str_has(v.message, PT_STR("too many images")));
    assert_int_equal(pt_len(v.scans), 64);
    pt_arena_done(&a);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_scans_let_in_what_passed),
        cmocka_unit_test(test_scans_are_named_for_the_receipt),
        cmocka_unit_test(test_scans_of_a_template_warn),
        cmocka_unit_test(test_scans_by_name_where_that_was_said),
        cmocka_unit_test(test_scans_of_too_many_images_are_denied),
    };
    return cmocka_run_group_tests_name("judge_admission_scans", tests, NULL, NULL);
}
