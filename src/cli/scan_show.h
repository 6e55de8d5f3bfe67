// What paratia scan prints.
#pragma once

#include "record/report/terminal.h"
#include "value/value.h"

typedef struct pt_scan_shown {
    pt_value doc;    // of pt_image_scan
    pt_value judged; // of pt_match; undefined: there was no advisory index
    pt_str target;   // as it was asked for
    size_t over;     // findings over the gate
    bool packages;   // are listed beside the judgement
    int exit;        // code that follows
    int64_t ns;      // that it took
} pt_scan_shown;

// Heading, vulnerabilities (without a judgement: packages), layers, what was found wrong or could
// not be looked at, summary.
void pt_scan_show(pt_buf *b, const pt_scan_shown *s, const pt_terminal *t);
