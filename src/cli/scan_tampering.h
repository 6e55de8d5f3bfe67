// What paratia scan --tampering prints.
#pragma once

#include "cli/scan_verdict.h"
#include "record/report/terminal.h"
#include "value/value.h"

// Append for a terminal what was found, worst first. Nothing if nobody asked. What is waived or
// known is left out, unless t->all. `marks` may be NULL.
void pt_scan_tampering_show(pt_buf *b, pt_value doc, const pt_terminal *t,
                            const pt_scan_marks *marks);

// ", 3 signs of tampering", ", 812 files unchanged": of the summary.
void pt_scan_tampering_count(pt_buf *b, pt_value doc);
