// Prometheus' text format, version 0.0.4: what metrics of every guard are written with.
#pragma once

#include "respond/guard/receipts.h"
#include "respond/guard/terms.h"

void pt_metric_head(pt_buf *b, const char *name, const char *type, const char *help);
void pt_metric_one(pt_buf *b, const char *name, const char *type, const char *help, uint64_t value);
void pt_metric_label(pt_buf *b, pt_str value); // backslash, quote and line feed are escaped
void pt_metric_seconds(pt_buf *b, uint64_t ns);

// What every guard counts: settings that were read again, and receipts.
void pt_metric_reloads(pt_buf *b, uint64_t reloads, uint64_t failures);
void pt_metric_receipts(pt_buf *b, const pt_receipts_counts *c);
// Templates and constraints in force; NULL: none.
void pt_metric_policies(pt_buf *b, const pt_gk_set *set);
