// The formatter: a module as `opa fmt` writes it, byte for byte.
#pragma once

#include "judge/policy/rego/parse.h"

// Format `source` as a module of `version`. False with the diagnostics in `d` and nothing in `out`:
// it does not parse; or what came out would be another module, or would have lost a comment, which
// happens where comments stand at places that the formatter knows nothing of.
bool pt_format(pt_buf *out, const pt_source *source, pt_rego_version version, pt_diagnostics *d);
