// The difference of two texts, as `diff -u` shows it.
#pragma once

#include "base/arena.h"
#include "base/buf.h"

// `name` stands in the head: "--- a/NAME", "+++ b/NAME". Nothing is written for equal texts. Texts
// that differ very much are shown as one hunk. False: the arena is full.
PT_CHECK bool pt_diff(pt_buf *out, pt_arena *a, pt_str name, pt_str from, pt_str to);
