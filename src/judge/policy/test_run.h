// Running tests of policies: rules called test_…, several at a time.
#pragma once

#include <stdatomic.h>

#include "base/err.h"
#include "base/instant.h"
#include "judge/policy/eval.h"
#include "judge/policy/rego/compile.h"

typedef enum pt_test_outcome {
    PT_TEST_PASSED,
    PT_TEST_FAILED,
    PT_TEST_ERROR, // it could not be judged: `error` says why
    PT_TEST_SKIPPED,
} pt_test_outcome;

// One case of a test of many. Its name has several parts if the rule's head goes on so.
typedef struct pt_test_case {
    const pt_str *name;
    size_t n;
    bool failed;
} pt_test_case;

typedef struct pt_test_result {
    pt_test_outcome outcome;
    int64_t ns;
    pt_str value;               // of a test that failed: what it is instead of true, if anything
    pt_str output;              // what `print` said, line by line
    pt_eval_error error;        // of PT_TEST_ERROR
    PT_VEC(pt_test_case) cases; // sorted by their names
} pt_test_result;

// What a thread runs now, for who watches from elsewhere, a signal's handler too.
typedef struct pt_test_watch {
    atomic_size_t test;       // its number
    _Atomic int64_t since_ns; // of CLOCK_MONOTONIC; 0: none
} pt_test_watch;

static inline void pt_test_watch_begin(pt_test_watch *w, size_t test) {
    if (!w)
        return;
    atomic_store(&w->test, test);
    atomic_store(&w->since_ns, pt_monotonic_ns());
}

static inline void pt_test_watch_end(pt_test_watch *w) {
    if (w)
        atomic_store(&w->since_ns, 0);
}

typedef struct pt_test_plan {
    const pt_program *program;
    const pt_test_rule *rules;
    const pt_query *const *queries; // of each rule, NULL of skipped ones and functions
    size_t n;
    size_t threads;       // at least 1
    pt_test_watch *watch; // of each thread; NULL: nobody watches
    pt_eval_opts opts;    // data, world, strict_errors; the others are set for each test
    int64_t timeout_ns;   // of one test
    size_t bytes_max;     // of one evaluation's arena
    // Hears what programs tell, of several tests at a time. NULL: nobody. A program that was
    // compiled to tell also shows cases whose name is undefined; without it they are not seen.
    void (*tell)(void *to, const pt_eval_event *e);
    void *tell_to;
} pt_test_plan;

// Run them all; *ret are n results, in the order of the rules, in `a`. PT_E_NOMEM. Where
// threads cannot be made, fewer work.
PT_CHECK pt_code pt_test_run(pt_arena *a, const pt_test_plan *plan, pt_test_result **ret,
                             pt_err *e);
