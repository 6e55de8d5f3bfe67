// Within the guard: a decision on its way from the judge to the answer, the log and the ledger.
#pragma once

#include "respond/guard/docker/guard.h"

// Settings in use. Frozen; freed with the last decision that was made by them.
typedef struct pt_guard_set {
    pt_arena arena;
    pt_guard_settings settings;
    pt_gk_set *policies;    // NULL: none
    pt_guard_digest digest; // which rules a receipt is of
    size_t uses;            // under the guard's lock
} pt_guard_set;

// A copy of `settings`, used once. PT_E_FORMAT, PT_E_NOMEM.
PT_CHECK pt_code pt_guard_set_new(pt_guard_set **ret, const pt_guard_settings *settings, pt_err *e);
void pt_guard_set_free(pt_guard_set *s);

typedef struct pt_guard_decision {
    pt_guard_end end;
    pt_docker_request request; // zeroed where it could not be read
    pt_docker_verdict verdict;
    const pt_docker_rule *unclear; // by which it cannot be judged; NULL: another reason
    pt_podsec_result pods;
    bool off_level; // the pod offends against the level, or cannot be seen whole
    pt_gk_verdict policies;
    bool off_policies; // likewise
    pt_str message;    // what the client is told if it is denied, without the receipt
    pt_guard_digest policy;
    bool plugin_off;
} pt_guard_decision;

// -- policies.c -----------------------------------------------------------------------------------

// Judge the pod of d->verdict into d->policies. PT_E_NOMEM.
PT_CHECK pt_code pt_guard_policies_judge(pt_arena *a, const pt_gk_set *set, pt_guard_decision *d,
                                         pt_err *e);

// "[no-privileged] container …", a line for each that denies.
void pt_guard_policies_put(pt_buf *b, const pt_guard_decision *d);

// -- decide.c -------------------------------------------------------------------------------------

// Judge a document by `s`. Lives in `a`; NULL: the arena is full.
pt_guard_decision *pt_guard_decide(pt_arena *a, pt_str document, const pt_docker_host *host,
                                   const pt_guard_set *s);

// What is harmless, told from little of a small document, so that nobody waits for a judge with it.
// NULL: it is to be judged.
pt_guard_decision *pt_guard_decide_harmless(pt_arena *a, pt_str document, const pt_guard_set *s);

// The receipt of a decision as the ledger holds it (canonical JSON, no body, no header, no user in
// clear), and its line in the log. Empty: the arena is full.
typedef struct pt_guard_receipt {
    pt_str entry, line;
} pt_guard_receipt;
pt_guard_receipt pt_guard_receipt_of(pt_arena *a, const pt_guard_decision *d, pt_guard_mode mode,
                                     pt_guard_lines lines, pt_str document);
