// Suites of tests (test.gatekeeper.sh/v1alpha1) as `gator verify` runs them: templates and
// constraints, judged on objects, and what is expected of it. Pure: who calls reads the files.
#pragma once

#include "judge/gatekeeper/gatekeeper.h"

enum {
    PT_GK_SUITE_TESTS_MAX = 10000,    // of one suite, and cases of one test
    PT_GK_SUITE_OBJECTS_MAX = 100000, // of one inventory
};

// Which tests and cases run: "regex" (either matches), "test//case" (both match), "" (all).
typedef struct pt_gk_filter pt_gk_filter;
PT_CHECK pt_code pt_gk_filter_new(pt_str text, pt_gk_filter **ret, pt_err *e); // PT_E_USAGE
void pt_gk_filter_free(pt_gk_filter *f);                                       // NULL is fine

typedef struct pt_gk_suite_world {
    void *ctx;
    // The bytes of a file, in `a`. Names in suites are relative to the suite's folder; they come
    // here joined to it.
    pt_code (*read)(void *ctx, pt_arena *a, pt_str path, pt_str *ret, pt_err *e);
    int64_t (*clock_ns)(void);  // CLOCK_MONOTONIC, to say how long things took
    int64_t now_ns;             // what time.now_ns() says
    int64_t timeout_ns;         // of one case; 0: none
    const pt_gk_filter *filter; // NULL: all
} pt_gk_suite_world;

typedef enum pt_gk_outcome {
    PT_GK_PASSED,
    PT_GK_FAILED,
    PT_GK_SKIPPED,       // it says so, or the filter does
    PT_GK_NOT_EVALUATED, // it needs what is not there: CEL, an expansion
} pt_gk_outcome;
const char *pt_gk_outcome_word(pt_gk_outcome o); // "pass", "fail", "skip", "not evaluated"

typedef struct pt_gk_case_result {
    pt_str name;
    pt_gk_outcome outcome;
    pt_str why;     // it failed or was not evaluated
    size_t dropped; // elements of `violation` without `msg`
    int64_t ns;
} pt_gk_case_result;

typedef struct pt_gk_test_result {
    pt_str name;
    pt_gk_outcome outcome; // of its cases: fail before not evaluated before pass before skip
    pt_str why;            // of the test itself; of its cases: empty
    PT_VEC(pt_gk_case_result) cases;
    int64_t ns;
} pt_gk_test_result;

typedef struct pt_gk_suite_result {
    pt_str path;
    pt_gk_outcome outcome;
    pt_str why; // of a suite that could not be read: not evaluated, without tests
    PT_VEC(pt_gk_test_result) tests;
    int64_t ns;
} pt_gk_suite_result;

// Run the suite that `text`, read at `path`, is. Everything lives in `a`; what is needed on the way
// does not. PT_E_ABSENT: it is something else; PT_E_FORMAT with line: it is no YAML, or no suite;
// PT_E_LIMIT, PT_E_NOMEM.
PT_CHECK pt_code pt_gk_suite_run(pt_arena *a, pt_str path, pt_str text, const pt_gk_suite_world *w,
                                 pt_gk_suite_result *ret, pt_err *e);
