// The parts of the suite "falco": one case of each kind, in or at `path`.
#pragma once

#include "conformance.h"

typedef void pt_falco_case_run(pt_tally *t, pt_arena *a, const char *title, const char *path);
pt_falco_case_run pt_falco_run_load;   // a folder with what the regression suite expects of it
pt_falco_case_run pt_falco_run_loader; // a folder with steps of the loader's unit tests
pt_falco_case_run pt_falco_run_rules;  // a rule file that must load without a warning
pt_falco_case_run pt_falco_run_events; // a file of scenarios
