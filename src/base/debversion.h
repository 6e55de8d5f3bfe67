// The order of Debian's package versions (deb-version(7)): [epoch:]upstream[-revision].
#pragma once

#include "base/str.h"

// <0, 0, >0. Total over all byte strings: what is no version compares by the same rules. An epoch
// that is missing is 0, a revision that is missing is empty, which is the same as "0".
int pt_debversion_cmp(pt_str a, pt_str b);
