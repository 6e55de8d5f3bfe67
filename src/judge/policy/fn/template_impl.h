#pragma once

#include "base/arena.h"
#include "base/str.h"

// What stands between the quotes of a Go string, with its escapes replaced. False: it is malformed,
// or the arena is full.
bool pt_tpl_unquote(pt_arena *a, pt_str s, pt_str *ret);
