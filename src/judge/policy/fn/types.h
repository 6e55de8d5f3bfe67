#pragma once

#include "judge/policy/builtin.h"

pt_value pt_fn_to_number(pt_call *c, const pt_value *args);
