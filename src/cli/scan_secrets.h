// What paratia scan says of secrets ("secrets" of docs/scan.schema.json).
#pragma once

#include "cli/scan_verdict.h"
#include "record/report/terminal.h"
#include "value/value.h"

// Append them for a terminal, worst first; nothing if they were not looked for. What is waived or
// known is left out, unless t->all. `marks` may be NULL.
void pt_scan_secrets_show(pt_buf *b, pt_value doc, const pt_terminal *t,
                          const pt_scan_marks *marks);

// Append for the summary line: ", 2 secrets (1 critical, 1 high)"; nothing if they were not looked
// for.
void pt_scan_secrets_count(pt_buf *b, pt_value doc);
