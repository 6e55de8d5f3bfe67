// Inside the formats of a scan.
#pragma once

#include "record/report/flaws.h"

bool pt_part_is_secret(const pt_finding *f); // of a layer or the configuration

// A copy made safe to show, of at most `bytes` bytes and whole characters.
pt_str pt_safe_cut(pt_arena *a, pt_str s, size_t bytes);
