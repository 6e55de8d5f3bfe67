// internal.template_string.
#pragma once

#include "judge/policy/builtin.h"

pt_value pt_fn_template_string(pt_call *c, const pt_value *args); // a pt_fn_body
