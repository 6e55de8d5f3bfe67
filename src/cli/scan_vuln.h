// What paratia scan says of vulnerabilities (judge/vuln/match/match.h), and whether it passes.
#pragma once

#include "cli/scan_verdict.h"
#include "record/report/cells.h"
#include "record/report/terminal.h"
#include "value/value.h"

// Append for a terminal what removes them, what has no fix, what is suppressed. What is waived or
// known is counted, unless t->all. `marks` may be NULL.
void pt_scan_vuln_show(pt_buf *b, pt_value ret, const pt_terminal *t, const pt_scan_marks *marks);
// … and what nobody could judge.
void pt_scan_vuln_unjudged(pt_buf *b, pt_value ret, const pt_terminal *t);

// Append for the summary line: "12 vulnerabilities (2 critical, 5 high), 5 fixable"; none is told,
// too.
void pt_scan_vuln_count(pt_buf *b, pt_value ret);

pt_role pt_scan_role(pt_str severity); // in which it is shown

// The page is 80 columns at least and 120 at most: the cells of a column that has `at_80` of 80 and
// all that there is more.
size_t pt_scan_cells(const pt_terminal *t, size_t at_80);
// Append "  x TITLE", the title cut to `cells` and filled up to them, and two blanks.
void pt_scan_put_title(pt_buf *b, const pt_terminal *t, pt_role role, pt_sign sign, pt_str title,
                       size_t cells);

// Append "  new" or "  exp" to a row, if the finding is one.
void pt_scan_put_mark(pt_buf *b, const pt_terminal *t, const char *mark);
