// Values of Rego as JSON has them.
#pragma once

#include "base/err.h"
#include "value/value.h"

// `v` with arrays for sets, and with texts for keys that are none: 1 is "1", {"a": 2} is
// "{\"a\":2}". Objects are sorted by what their keys are then; of equal keys the last one counts.
// A value that has neither is given back as it is. Undefined: the arena is full.
pt_value pt_as_json(pt_arena *a, pt_value v);

// The one document of a YAML text, as JSON; null if it is empty. PT_E_FORMAT if it is none, or if
// something follows it: what would not be judged must not look as if it were.
PT_CHECK pt_code pt_yaml_as_json(pt_arena *a, pt_str text, pt_value *ret, pt_err *e);
