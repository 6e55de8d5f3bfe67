// METADATA of packages and rules, as `opa inspect -a` shows it.
#pragma once

#include "base/buf.h"
#include "judge/policy/inspect.h"

pt_value pt_policy_notes_json(pt_arena *a, const pt_load_contents *c); // undefined: it is full
void pt_policy_notes_put(pt_buf *b, const pt_load_contents *c);
