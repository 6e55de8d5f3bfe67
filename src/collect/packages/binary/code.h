// What of a program nobody here reads.
#pragma once

#include "base/str.h"

// Where in a program stands code in which none of these looks: bytes [*from, *to) of the file, as
// its first bytes say. False: nowhere, or `front` does not tell.
bool pt_program_code(pt_str path, pt_str front, uint64_t *from, uint64_t *to);
