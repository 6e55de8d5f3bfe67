// What becomes of each control of the CIS Docker Benchmark 1.6, sections 1 to 7 (ids only; the
// words are ours): a check decides it, only a human can, or it is not covered yet.
#pragma once

#include "base/base.h"

typedef enum pt_coverage {
    PT_DECIDED,
    PT_MANUAL,
    PT_NOT_COVERED,
    PT_COVERAGE_COUNT,
} pt_coverage;

typedef struct pt_control {
    const char *id; // "5.31"
    pt_coverage coverage;
    const char *by; // decided: the id of a check; else a clause that says why not
} pt_control;

#define PT_CONTROL_SECTIONS 7

// The i-th control, in the order of the benchmark; NULL past the last one.
const pt_control *pt_control_at(size_t i);

const char *pt_control_section(unsigned n); // 1 to PT_CONTROL_SECTIONS: "host", "daemon", …
