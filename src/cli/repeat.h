// --every and --notify: an audit again and again, in a process of its own each time, and word to
// those who asked for it when something changed.
#pragma once

#include "cli/verb.h"

// One run. Gives its exit code; *ret_run is its id in the store, 0 if it was not kept.
typedef int (*pt_once)(const pt_args *args, int64_t *ret_run);

// Do `args` ask for it? Otherwise the verb runs itself.
bool pt_repeat_wanted(const pt_args *args);

// Run as --every says (once without it) and tell as --notify says. The exit code of the last run;
// PT_EXIT_FAILED also if somebody could not be told, who is then told with the next run.
int pt_repeat(const pt_args *args, pt_once once);
