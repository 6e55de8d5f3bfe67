// What paratia scan --hardening says ("hardening" of docs/scan.schema.json).
#pragma once

#include "cli/scan_verdict.h"
#include "record/report/terminal.h"
#include "value/value.h"

// Append for a terminal what fails, worst first, what could not be seen, and the score; nothing if
// it was not asked for. Notes (severity info) are counted, what is waived or known is left out,
// unless t->all. `marks` may be NULL.
void pt_scan_hardening_show(pt_buf *b, pt_value doc, const pt_terminal *t,
                            const pt_scan_marks *marks);

// Append for the summary line: ", minimality 62"; nothing if it was not asked for.
void pt_scan_hardening_count(pt_buf *b, pt_value doc);
