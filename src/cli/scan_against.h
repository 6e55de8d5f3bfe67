// What paratia scan --against OTHER says: what came and what went (judge/image/difference.h).
#pragma once

#include "record/report/terminal.h"
#include "value/value.h"

// Which one `other` is: "target", "kind", "verdict", and of an image "names", "manifest", "config".
pt_value pt_scan_against_other(const char *target, pt_value other, pt_arena *a);

// Append it, worst first, each list cut short. Not a terminal: all of it, a line each,
//   new|fixed|gone|added|removed|changed  vulnerability|secret|package|…  …
void pt_scan_against_show(pt_buf *b, pt_value doc, const pt_terminal *t);
