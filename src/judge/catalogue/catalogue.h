// The checks that Paratia ships, as tables: one per area, one file each.
#pragma once

#include "judge/finding.h"

// The i-th check, in the order of the tables; NULL past the last one.
const pt_check *pt_catalogue_at(size_t i);

// NULL if there is none with this id (exact, or without case).
const pt_check *pt_catalogue_find(pt_str id);

// Is the check one of the words of a list like "host,PT-PSS,PT-CTR-SOCKET": its id, the start of
// it, or its area? An empty list has every check.
bool pt_check_selected(const pt_check *c, pt_str words);
