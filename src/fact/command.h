// Command lines and scripts, as far as which programs and files they may name.
#pragma once

#include "base/str.h"

// The next run of bytes of *rest that could be a program's name or a path: letters, digits and
// "._+-/@". False: none is left. "a=/b/c" gives "a" and "/b/c"; a comment ("#" behind a blank or a
// line feed) gives nothing.
bool pt_command_word(pt_str *rest, pt_str *ret);
