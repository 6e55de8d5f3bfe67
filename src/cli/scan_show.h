// What paratia scan prints.
#pragma once

#include "cli/scan_verdict.h"
#include "record/report/terminal.h"

typedef struct pt_scan_shown {
    const pt_run *run; // with its document
    const pt_scan_marks *marks;
    pt_scan_end end;
    size_t over;       // findings over the gate
    bool packages;     // are listed beside the judgement
    const char *state; // of --state: where the receipt is; NULL: where everybody looks
} pt_scan_shown;

// Heading, vulnerabilities (without a judgement: packages), layers, what was found wrong or could
// not be looked at, receipt, summary.
void pt_scan_show(pt_buf *b, const pt_scan_shown *s, const pt_terminal *t);
