// Values of Rego as JSON has them.
#pragma once

#include "base/err.h"
#include "value/value.h"

// The one document of a YAML text, as JSON; null if it is empty. PT_E_FORMAT if it is none, or if
// something follows it: what would not be judged must not look as if it were.
PT_CHECK pt_code pt_yaml_as_json(pt_arena *a, pt_str text, pt_value *ret, pt_err *e);
