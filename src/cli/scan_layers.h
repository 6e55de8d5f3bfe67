// What paratia scan --layers says of layers and what they waste (judge/image/waste.h).
#pragma once

#include "cli/verb.h"
#include "judge/image/waste.h"
#include "record/report/terminal.h"
#include "value/value.h"

// Of --max-waste: "5%", "2.5%", "50M", "100000". PT_E_USAGE.
PT_CHECK pt_code pt_scan_waste_limit(const pt_args *args, pt_waste_limit *ret, pt_err *e);

// Append layers, waste, what stands there twice, caches, folders and the order of steps, each list
// cut short. Not a terminal: a line each, the kind first, sizes in bytes.
void pt_scan_waste_show(pt_buf *b, pt_value doc, const pt_terminal *t);

// Append for the summary line: "1.2 MiB wasted".
void pt_scan_waste_count(pt_buf *b, pt_value doc);

// Append a size for people: "1.2 MiB".
void pt_scan_put_size(pt_buf *b, int64_t bytes);
