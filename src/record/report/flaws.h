// What the formats of a scan share: the part of the document that a finding was made of.
#pragma once

#include "record/run.h"

pt_str pt_part_text(pt_value part, const char *key);
int64_t pt_part_number(pt_value part, const char *key); // 0: it is not there

bool pt_part_is_flaw(const pt_finding *f); // a vulnerability of a package

// The version that removes a vulnerability; empty: there is none.
pt_str pt_flaw_fix(pt_value flaw);

// Where one reads about "CVE-2024-1", "GHSA-…", "CWE-79"; empty: nobody is known who keeps such
// ids.
pt_str pt_id_address(pt_arena *a, pt_str id);

// Of a reference: its address if it is one of the web; else empty.
pt_str pt_web_address(pt_value reference);
