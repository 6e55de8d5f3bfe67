// Composer's order, for its constraints.
#pragma once

#include "judge/vuln/vuln_impl.h"

// version_compare, where fewer than `numbers_min` numbers at the start are filled up with 0:
// Composer makes "1.0" into "1.0.0.0" before it compares.
int pt_packagist_cmp(pt_str a, pt_str b, size_t numbers_min);

// Only the first `n` numbers, at most four; what is missing, and a text, is 0.
int pt_packagist_cmp_numbers(pt_str a, pt_str b, size_t n);
