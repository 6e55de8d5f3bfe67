// What the files of the family "regex" share.
#pragma once

#include "judge/policy/fn/aid.h"

// The compiled pattern (a pt_re2); NULL after a fault.
pt_kept pt_regex_get(pt_call *c, pt_str pattern);

pt_value pt_regex_globs_match(pt_call *c, const pt_value *args);
