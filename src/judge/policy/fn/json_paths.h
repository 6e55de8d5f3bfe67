// Paths into values, as JSON pointers or arrays of keys.
#pragma once

#include "judge/policy/builtin.h"

// The path as an array of its keys; undefined with a fault if `v` is neither a string nor an array.
pt_value pt_fn_json_path(pt_call *c, pt_value v);

pt_value pt_fn_json_filter(pt_call *c, const pt_value *args);
pt_value pt_fn_json_patch(pt_call *c, const pt_value *args);
pt_value pt_fn_json_remove(pt_call *c, const pt_value *args);
