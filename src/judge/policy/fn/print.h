// What print and string templates show: sets that hold what an operand is, or nothing.
#pragma once

#include "base/buf.h"
#include "judge/policy/builtin.h"

// Every line that `operands` make up (an array; sets of several values give several lines), with
// `glue` between the operands. False if `fn` says so, or a limit was met.
typedef bool pt_line_fn(void *to, pt_str line);
bool pt_print_lines(pt_value operands, const char *glue, pt_line_fn *fn, void *to);
