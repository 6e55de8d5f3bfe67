// Checks that are made for one finding: what an advisory or a rule says is no row of the catalogue.
#pragma once

#include "judge/image/judges.h"

// A formatted text for a pt_check, made safe to show; "" when the arena is full.
const char *pt_made_text(pt_arena *a, const char *form, ...) PT_FORMAT(2, 3);

// Of a document's word. What nobody has weighed may be grave: it counts as medium; "negligible" is
// info.
pt_severity pt_made_severity(pt_str word);
