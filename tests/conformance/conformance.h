// What a conformance suite sees: a directory of cases in, passes and failures out.
// A new suite is one file that defines pt_suite_<name>, its line in SUITES (conformance.c) and its
// line in tests/meson.build.
#pragma once

#include "base/arena.h"
#include "base/base.h"
#include "base/str.h"

typedef struct pt_tally {
    size_t passed, failed;
    const void *suite; // what a suite tells its pt_case_run
} pt_tally;

// Run every case of `dir`. False: the directory cannot be read; errno says why.
typedef bool pt_suite_run(const char *dir, pt_tally *t);

void pt_case_passed(pt_tally *t);
void pt_case_failed(pt_tally *t, const char *name, const char *fmt, ...) PT_FORMAT(3, 4);

// The file's bytes in `a`; p == NULL: it cannot be read.
pt_str pt_suite_file(pt_arena *a, const char *path);

// Call `fn` with the content of each file of `dir` whose name ends in `suffix`, by name. A file
// that cannot be read is a failed case. False: the directory cannot be read; errno says why.
typedef void pt_case_run(pt_tally *t, const char *name, pt_str bytes);
bool pt_each_file(const char *dir, const char *suffix, pt_case_run *fn, pt_tally *t);
