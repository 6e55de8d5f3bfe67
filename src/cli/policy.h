// What the files of `paratia policy` share.
#pragma once

#include "cli/verb.h"
#include "judge/policy/rego/parse.h"

pt_rego_version pt_policy_version(const pt_args *args);
bool pt_policy_builtin(pt_str name);

// A diagnostic as people read it: "a.rego:3:5: rego_parse_error: … (hint: …)", the source line and
// a caret below it. `source` may be NULL: the line that the diagnostic itself has is shown.
void pt_policy_put(pt_buf *b, const pt_diagnostic *x, const pt_source *source);

int pt_policy_check(const pt_args *args);
int pt_policy_fmt(const pt_args *args);
