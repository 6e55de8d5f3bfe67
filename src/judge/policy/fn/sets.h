#pragma once

#include "judge/policy/builtin.h"

pt_value pt_fn_set_minus(pt_call *c, pt_value a, pt_value b);
