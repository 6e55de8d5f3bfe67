// What the files of the webhook share.
#pragma once

#include <stdatomic.h>

#include "respond/guard/k8s/webhook.h"

// What was counted of a constraint: violations, at the strictness it asks for; reviews that it
// could not judge; reviews in which a built-in function of it failed.
typedef struct pt_webhook_tally {
    atomic_ullong violations, errors, faults;
} pt_webhook_tally;

// Settings in use. Frozen but for its tally; freed with the last review that is judged by them.
typedef struct pt_webhook_set {
    pt_arena arena;
    pt_gk_set *policies; // NULL: none
    pt_admission_policy judge;
    pt_webhook_tally *tally; // of each constraint, in the set's order
    pt_guard_digest digest;
    size_t uses; // under the webhook's lock
} pt_webhook_set;

PT_CHECK pt_code pt_webhook_set_new(pt_webhook_set **ret, const pt_webhook_settings *settings,
                                    pt_err *e);
void pt_webhook_set_free(pt_webhook_set *s);

// A part of what is known of the cluster; likewise.
typedef struct pt_webhook_known {
    pt_arena arena;
    pt_webhook_facts facts;
    size_t uses;
} pt_webhook_known;

// One review on its way from the judge to the answer, the log and the ledger.
typedef struct pt_webhook_decision {
    unsigned end; // pt_admission_end, or pt_webhook_end
    bool allow;   // what is answered
    pt_admission_request request;
    pt_admission_verdict verdict; // its end is what the judge said
    bool ours;                    // the judge did not make it:
    pt_str message;               // of that denial
    pt_str document;
    const char *digest; // of the settings
    int64_t took_ns;
} pt_webhook_decision;

const char *pt_webhook_end_word(unsigned end);

// -- receipt.c ------------------------------------------------------------------------------------

// The receipt as the ledger holds it, and its line in the log. Empty: the arena is full.
typedef struct pt_webhook_receipt {
    pt_str entry, line;
} pt_webhook_receipt;
pt_webhook_receipt pt_webhook_receipt_of(pt_arena *a, const pt_webhook_decision *d,
                                         const pt_webhook_opts *opts);

// -- metrics.c ------------------------------------------------------------------------------------

size_t pt_webhook_bucket(int64_t took_ns); // where it counts
void pt_webhook_put_counts(pt_buf *b, const pt_webhook_counts *c);
void pt_webhook_put_set(pt_buf *b, const pt_webhook_set *s); // constraints, templates, violations
void pt_webhook_put_inventory(pt_buf *b, const pt_webhook_facts *facts);
