// Values of options.
#pragma once

#include "cli/verb.h"

// A whole number from 1 to `max`; *ret stays if the option was not given. PT_E_USAGE.
PT_CHECK pt_code pt_args_number(const pt_args *args, const char *name, int64_t max, int64_t *ret,
                                pt_err *e);

// A duration in nanoseconds, as Go writes them: "5s", "1m30s". As above.
PT_CHECK pt_code pt_args_duration(const pt_args *args, const char *name, int64_t *ret, pt_err *e);
