// What the sources of the functions on strings share.
#pragma once

#include "judge/policy/builtin.h"

pt_value pt_fn_replace(pt_call *c, const pt_value *args);
pt_value pt_fn_replace_n(pt_call *c, const pt_value *args);
pt_value pt_fn_any_prefix(pt_call *c, const pt_value *args);
pt_value pt_fn_any_suffix(pt_call *c, const pt_value *args);
pt_value pt_fn_trim(pt_call *c, const pt_value *args);
pt_value pt_fn_trim_left(pt_call *c, const pt_value *args);
pt_value pt_fn_trim_right(pt_call *c, const pt_value *args);
pt_value pt_fn_trim_space(pt_call *c, const pt_value *args);
pt_value pt_fn_render_template(pt_call *c, const pt_value *args);

// The text with every broken byte as U+FFFD; the same slice if there is none. Empty with a fault
// when the arena is full.
pt_str pt_fn_clean(pt_call *c, pt_str s);
