// Which heads and literals of modules were evaluated: --coverage. As `opa test --coverage` counts.
#pragma once

#include <stdatomic.h>

#include "judge/policy/eval.h"
#include "judge/policy/rego/ast.h"

typedef struct pt_range {
    pt_str file;
    uint32_t row, column, end_row, end_column; // the end is behind the last character
} pt_range;
typedef PT_VEC(pt_range) pt_ranges;

typedef struct pt_coverage {
    pt_arena *arena; // set by the caller; everything lives there
    // private
    pt_ranges all; // sorted
    const pt_program *program;
    atomic_uchar *hit; // by mark
} pt_coverage;

// Note what can be covered, before the modules are compiled: compiling rewrites them. False: the
// arena is full.
PT_CHECK bool pt_coverage_modules(pt_coverage *c, pt_module *const *modules, size_t n);

// The program that was compiled from them to tell. False: the arena is full.
PT_CHECK bool pt_coverage_begin(pt_coverage *c, const pt_program *p);

// pt_eval_opts.tell; several threads may share one pt_coverage.
void pt_coverage_hear(void *coverage, const pt_eval_event *e);

// {"files": {"a.rego": {"covered": [{"start": {"row": 3, "col": 1}, "end": {…}}], "not_covered":
// […], "covered_lines": 1, "not_covered_lines": 0, "coverage": 100}}, "covered_lines": …}: lines
// in which something of each kind stands; `ret_percent` is the whole. Undefined: the arena is full.
pt_value pt_coverage_report(pt_coverage *c, double *ret_percent);
