// Most versions are numbers between dots. Where two have as many, the order of all schemes is that
// of their numbers, one after the other; this is a tenth of what asking the scheme costs.
#pragma once

#include "judge/vuln/version.h"

// The same as pt_version_order.
int pt_ix_version_order(pt_version_scheme scheme, pt_str a, pt_str b);
