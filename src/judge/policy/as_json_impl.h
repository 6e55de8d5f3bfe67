// Values of Rego as JSON has them, within this folder.
#pragma once

#include "base/arena.h"
#include "value/value.h"

// `v` with arrays for sets, and with texts for keys that are none: 1 is "1", {"a": 2} is
// "{\"a\":2}". Objects are sorted by what their keys are then; of equal keys the last one counts.
// A value that has neither is given back as it is. Undefined: the arena is full.
pt_value pt_as_json(pt_arena *a, pt_value v);
