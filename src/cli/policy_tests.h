// What the files of `paratia policy test` share.
#pragma once

#include "cli/policy.h"
#include "judge/policy/explain.h"
#include "judge/policy/rego/coverage.h"
#include "judge/policy/test_run.h"

// A term of the literal that failed, and what it was worth.
typedef struct pt_failing_value {
    pt_str text;
    uint32_t column;
    pt_str shown; // as Rego writes it; "undefined": it was not reached, or has no value
} pt_failing_value;

// Where a test, or one of its cases, failed.
typedef struct pt_failing {
    const pt_str *name; // of a case, n parts; n is 0 for the test
    size_t n;
    const pt_mark *at; // NULL: no literal of a file failed
    const pt_failing_value *values;
    size_t n_values;
} pt_failing;

// Why a test failed: it was run again, with a program that tells.
typedef struct pt_test_why {
    PT_VEC(pt_failing) failing; // of each case that failed, in the order of the cases; or one
    pt_explain explain;         // with --explain
    bool other;                 // the second run did not fail as the first one did
} pt_test_why;

// How long one test takes.
typedef struct pt_test_bench {
    uint64_t n; // evaluations; 0: it was not measured
    int64_t ns; // all of them together
    size_t bytes;
} pt_test_bench;

typedef struct pt_tested {
    const pt_args *args;
    size_t *order;          // in which rules are shown
    pt_test_bench *benches; // of each rule, with --bench
    const pt_buf *lines;    // what --bench says of them, or NULL
    int64_t runs;           // the one that is shown
    pt_test_rules rules;
    pt_test_result *results; // of each rule
    pt_test_why *whys;       // of each rule
    pt_value coverage;       // undefined: it was not asked for
    double percent;
    double threshold; // negative: none
    int64_t ns;
    size_t threads;
    size_t count[PT_TEST_SKIPPED + 1]; // of tests and cases
    bool below;                        // coverage is below the threshold
} pt_tested;

// policy_why.c: run test `i` again, with program and queries that tell. False: no room.
typedef struct pt_why_plan {
    pt_arena *arena; // what is found out lives there
    const pt_program *program;
    const pt_query *query;
    const pt_test_result *result;
    const pt_eval_opts *opts; // data and world
    pt_test_watch *watch;     // of this thread
    size_t number;            // of the test
    int64_t timeout_ns;
    bool explained;
    pt_explain_mode mode;
} pt_why_plan;
PT_CHECK bool pt_test_why_find(const pt_why_plan *plan, pt_test_why *ret);

// policy_tests_bench.c: measure the tests that passed, and tell of each in a line as Go's
// benchmarks do. False: no room.
typedef struct pt_tests_benching {
    int64_t duration_ns; // of each
    bool memory, go_names;
    pt_buf *lines;
} pt_tests_benching;
PT_CHECK bool pt_tests_bench(const pt_test_plan *plan, const pt_tests_benching *how, pt_tested *t);

// policy_watch.c: `run` in a process of its own, and again after each change of a file below the
// paths of the command line, until SIGINT or SIGTERM. The exit code.
int pt_policy_watch(const pt_args *args, int (*run)(const pt_args *args));

// policy_tests_show.c
bool pt_tests_as_json(const pt_args *args);
bool pt_tests_none(const pt_tested *t); // nothing was run, and --allow-empty was not said
void pt_tests_put_text(pt_buf *b, const pt_tested *t);
void pt_tests_put_json(pt_buf *b, pt_arena *a, const pt_tested *t);
