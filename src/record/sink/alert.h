// An alert as receivers of events read it: one line each. Falco's own two forms, so that what reads
// Falco reads this; OCSF 1.3 (class 2004, Detection Finding); syslog (RFC 5424). Pure.
#pragma once

#include "base/buf.h"
#include "base/err.h"
#include "value/value.h"

// As syslog counts severities (RFC 5424, section 6.2.1), which Falco's priorities are.
#define PT_ALERT_PRIORITIES 8

typedef struct pt_alert {
    uint64_t time_ns;     // since the epoch
    int32_t utc_offset_s; // of the clock that people read there; of the text form alone
    unsigned priority;    // 0 Emergency … 7 Debug
    pt_str rule, source, host;
    pt_str description; // what the rule is for
    pt_str message;     // the rule's output, filled in; any bytes
    const pt_str *tags; // sorted
    size_t n_tags;
    pt_value fields; // an object: the output's fields by name, absent ones null
} pt_alert;

const char *pt_alert_priority_name(unsigned priority); // "Warning"

// "06:31:26.000000017: Warning Sensitive file opened …", without a line feed.
void pt_alert_put_text(pt_buf *b, const pt_alert *al);

// One line of JSON each, without a line feed. PT_E_NOMEM: `a` or `b` is full.
PT_CHECK pt_code pt_alert_put_falco(pt_buf *b, pt_arena *a, const pt_alert *al, pt_err *e);
PT_CHECK pt_code pt_alert_put_ocsf(pt_buf *b, pt_arena *a, const pt_alert *al, pt_err *e);

// "<12>1 2026-11-24T06:31:26.000000017Z host paratia - RULE [paratia@32473 …] message"
void pt_alert_put_syslog(pt_buf *b, const pt_alert *al);
