// What paratia scan says of vulnerabilities (judge/vuln/match/match.h), and whether it passes.
#pragma once

#include "cli/scan_verdict.h"
#include "record/report/cells.h"
#include "record/report/terminal.h"
#include "value/value.h"

// Append what removes them, what has no fix, what is suppressed and what nobody could judge. Not a
// terminal: a line for each,
//   SEVERITY  ID  PACKAGE  VERSION  FIXED  STATE  layer N  FILE
// and "suppressed", "not evaluated" in place of a severity for what does not count.
void pt_scan_vuln_show(pt_buf *b, pt_value ret, const pt_terminal *t, const pt_scan_marks *marks);

// Append for the summary line: "12 vulnerabilities (2 critical, 5 high), 5 fixable"; none is told,
// too.
void pt_scan_vuln_count(pt_buf *b, pt_value ret);

pt_role pt_scan_role(pt_str severity); // in which it is shown
