// JSON as Go's encoding/json reads it, with Go's words for what is wrong with a text.
#pragma once

#include "judge/policy/fn/aid.h"

// The value of a text that is one document, blanks around it; undefined otherwise, with *ret_why in
// the call's arena ("unexpected EOF", "invalid character 'x' looking for beginning of value"). A
// full arena is a fault and leaves *ret_why empty.
pt_value pt_go_json(pt_call *c, pt_str text, pt_str *ret_why);
