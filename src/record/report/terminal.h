// The report in a terminal: results worst first, then what to do, what could not be looked at,
// files and receipt, and the summary as the last line.
#pragma once

#include "record/run.h"

typedef struct pt_terminal {
    unsigned width; // columns; 0: not a terminal (no wrapping, no cutting, one finding a line)
    bool color;
    bool ascii; // signs in ASCII
    bool all;   // every finding with its evidence, passes too
    bool quiet; // the summary line alone
    pt_time_ns now;
} pt_terminal;

// Take from *rest the words that fit into `cells` (at least one word, never cut). The locale's
// character set must be UTF-8.
pt_str pt_take_line(pt_str *rest, size_t cells);

void pt_report_terminal(pt_buf *b, const pt_run *r, const pt_terminal *t);

// What is no terminal gets a line for each finding, made for grep; two blanks or more between
// fields, of which the last ones may be missing:
//   SEVERITY  VERDICT  SUBJECT  CHECK  MARK  TITLE  FILE:LINE:COLUMN|PATH  EVIDENCE  REMEDY
// A waiver of CHECK and SUBJECT accepts it. Without `all` what fails or was not evaluated, but for
// what is known; and what is gone since the last run.
void pt_report_plain(pt_buf *b, const pt_run *r, bool all);

// Cells that a text takes (wcwidth); the locale's character set must be UTF-8.
size_t pt_terminal_cells(pt_str s);
