// What of edits only the built-in functions use.
#pragma once

#include "judge/policy/fn/edit_tree.h"

// What stands at a path; undefined with a fault if nothing does.
pt_value pt_edit_render(pt_edit *e, pt_value path);
