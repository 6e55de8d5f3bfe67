// The API server's audit log as events of the source k8s_audit: what `paratia watch --audit-log`
// reads. Kubernetes writes one JSON document a line; its webhook sends an EventList. Both are read,
// and arrays of them, on one line or on many, one behind another (audit.k8s.io/v1 and v1beta1).
//
// Documents are found by their brackets, so that one that was broken off (a full disk, a log that
// was rotated) costs itself alone: a line that begins with a brace within a document begins the
// next one, unless it is the next item of an array.
#pragma once

#include "collect/runtime/recording.h"
#include "fact/event.h"

#define PT_AUDIT_EVENT_BYTES    ((size_t)256 << 10) // as Falco's plugin
#define PT_AUDIT_DOCUMENT_BYTES ((size_t)12 << 20)

typedef struct pt_audit_limits {
    size_t event_bytes;    // 0: PT_AUDIT_EVENT_BYTES
    size_t document_bytes; // 0: PT_AUDIT_DOCUMENT_BYTES
} pt_audit_limits;

// Why something in the log is no event.
typedef enum pt_audit_refusal {
    PT_AUDIT_NOT_JSON,       // or broken off
    PT_AUDIT_NOT_EVENT,      // JSON of another kind or version
    PT_AUDIT_NO_ID,          // auditID is missing
    PT_AUDIT_NO_TIME,        // stageTimestamp is missing, or no time
    PT_AUDIT_EVENT_LARGE,    // an event is larger than it may be
    PT_AUDIT_DOCUMENT_LARGE, // a document is, or what it would be in memory
    PT_AUDIT_REFUSALS,
} pt_audit_refusal;
extern const char *const pt_audit_refusals[PT_AUDIT_REFUSALS]; // "without an auditID"

typedef struct pt_audit_counts {
    uint64_t events;
    uint64_t truncated; // events that the API server has cut to its own bound and marked so: what
                        // is not in them matches no rule
    uint64_t refused[PT_AUDIT_REFUSALS];
} pt_audit_counts;

typedef struct pt_audit_log pt_audit_log;
// `limits` may be NULL. PT_E_NOMEM.
PT_CHECK pt_code pt_audit_log_new(const pt_recording_source *from, const pt_audit_limits *limits,
                                  pt_audit_log **ret, pt_err *e);
// The next event, valid until the next call: its `doc` is the audit event, its time the event's
// stageTimestamp. NULL: none for a moment (the source said EAGAIN), or with *ret_end the log's end.
// What is refused is counted and passed over. PT_E_IO: the source failed; PT_E_NOMEM.
PT_CHECK pt_code pt_audit_log_next(pt_audit_log *l, const pt_event **ret, bool *ret_end, pt_err *e);
pt_audit_counts pt_audit_log_counted(const pt_audit_log *l);
void pt_audit_log_free(pt_audit_log *l);
