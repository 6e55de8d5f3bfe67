// What paratia scan says of vulnerabilities (judge/vuln/match/match.h), and whether it passes.
#pragma once

#include "record/report/cells.h"
#include "record/report/terminal.h"
#include "value/value.h"

// Append what removes them, what has no fix, what is suppressed and what nobody could judge. Not a
// terminal: a line for each,
//   SEVERITY  ID  PACKAGE  VERSION  FIXED  STATE  layer N  FILE
// and "suppressed", "not evaluated" in place of a severity for what does not count.
void pt_scan_vuln_show(pt_buf *b, pt_value ret, const pt_terminal *t);

// Append for the summary line: "12 vulnerabilities (2 critical, 5 high), 5 fixable"; none is told,
// too.
void pt_scan_vuln_count(pt_buf *b, pt_value ret);

// Findings at or above the severity `fail_on` ("critical", "high", "medium", "low", "negligible");
// an unknown one counts as medium. `fixable`: only those with a fix. 0: the gate is passed.
size_t pt_scan_gate(pt_value ret, pt_str fail_on, bool fixable);
bool pt_scan_gate_parse(pt_str word);                  // is it such a severity?
bool pt_scan_is_over(pt_str severity, pt_str fail_on); // of one finding
pt_role pt_scan_role(pt_str severity);                 // in which it is shown

// Was every package judged, of a release that is looked after? What was not is no pass.
bool pt_scan_vuln_whole(pt_value ret);
