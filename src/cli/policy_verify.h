// What suites of tests came to, and how it is told.
#pragma once

#include "cli/verb.h"
#include "judge/gatekeeper/suite.h"

typedef struct pt_verified {
    PT_VEC(pt_gk_suite_result) suites;
    bool filtered; // by --run: that nothing of one suite was run says nothing
    // set by pt_verified_count: cases, and tests that have none
    size_t passed, failed, skipped, not_evaluated;
    size_t idle;  // suites of which nothing was evaluated
    bool nothing; // was verified, of all or of one
} pt_verified;

void pt_verified_count(pt_verified *v);

// In the words of `go test`, as gator tells it; `verbose`: what passed and was skipped, too.
PT_CHECK pt_code pt_verified_put(const pt_verified *v, bool verbose, pt_err *e);
PT_CHECK pt_code pt_verified_put_json(pt_arena *a, const pt_verified *v, pt_err *e);
