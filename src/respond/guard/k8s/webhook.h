// The guard of a Kubernetes cluster: a validating admission webhook that asks the judge. It decides
// nothing itself, and when anything goes wrong it denies.
// (kubernetes.io/docs/reference/access-authn-authz/extensible-admission-controllers)
#pragma once

#include "http/server.h"
#include "judge/admission/admission.h"
#include "respond/guard/receipts.h"
#include "respond/guard/terms.h"

enum {
    PT_WEBHOOK_BUCKETS = 14, // of the histogram, with the one that has no bound
};

// How an answer came about, beyond what the judge says.
typedef enum pt_webhook_end {
    PT_WEBHOOK_MALFORMED = PT_ADMISSION_END_COUNT, // no review that could be read: denied
    PT_WEBHOOK_UNKEPT, // allowed, but its receipt could not be kept: denied while it enforces
    PT_WEBHOOK_END_COUNT,
} pt_webhook_end;

// By what is judged; what a reload replaces.
typedef struct pt_webhook_settings {
    const pt_guard_policy *policies;
    size_t n_policies;
    bool live;                 // an API server may hold more of them: pt_guard_compile_live
    pt_admission_policy judge; // its `policies` are those above
} pt_webhook_settings;

// What Gatekeeper counts as admission_status.
typedef enum pt_webhook_status {
    PT_WEBHOOK_ALLOW,
    PT_WEBHOOK_DENY,
    PT_WEBHOOK_ERROR,
    PT_WEBHOOK_STATUSES,
} pt_webhook_status;

typedef struct pt_webhook_counts {
    uint64_t ends[PT_WEBHOOK_END_COUNT];
    uint64_t answers[PT_WEBHOOK_STATUSES][2]; // … [1]: of dry runs
    uint64_t took[PT_WEBHOOK_STATUSES][PT_WEBHOOK_BUCKETS];
    uint64_t took_ns[PT_WEBHOOK_STATUSES]; // together
    uint64_t reloads, reload_failures;
    pt_receipts_counts receipts;
} pt_webhook_counts;

typedef struct pt_webhook_opts {
    pt_guard_mode mode;
    size_t threads;        // that call pt_webhook_handle
    pt_receipts *receipts; // NULL: none are kept. Outlives the webhook
    bool best_effort;      // what is allowed is done even if receipts are stuck
    pt_guard_lines lines;  // what receipts tell of each
    bool decisions;        // lines are OPA's decision log instead
    // The Namespace object of a namespace that is not known, in `a`; undefined: it cannot be found.
    // From any thread. NULL: nobody can be asked.
    pt_value (*find_namespace)(void *ctx, pt_arena *a, pt_str name);
    void *ctx;
    // As of pt_admission_world. NULL: no scan is known.
    pt_fact (*scan)(void *scans, pt_arena *a, pt_str digest);
    pt_fact (*scan_named)(void *scans, pt_arena *a, pt_str name);
    void *scans;
    uint32_t deadline_ms;     // of judging one review; 0: 2 s. A shorter ?timeout= counts
    uint32_t receipt_wait_ms; // how long a denial waits to name its receipt; 0: 10 ms
} pt_webhook_opts;

typedef struct pt_webhook pt_webhook;

// PT_E_FORMAT: policies that cannot be evaluated; PT_E_NOMEM.
PT_CHECK pt_code pt_webhook_new(pt_webhook **ret, const pt_webhook_opts *opts,
                                const pt_webhook_settings *settings, pt_err *e);
void pt_webhook_free(pt_webhook *w); // NULL is fine; not while a server calls it

// Judge by these from now on; copied. Reviews under way keep the old ones. The same errors, and
// then the old ones stay. From one thread at a time.
PT_CHECK pt_code pt_webhook_reload(pt_webhook *w, const pt_webhook_settings *settings, pt_err *e);

pt_guard_policies_id pt_webhook_policies_in_force(pt_webhook *w); // from any thread

void pt_webhook_reload_failed(pt_webhook *w); // counts settings that could not even be read

// What is known of the cluster beside the review.
typedef enum pt_webhook_part {
    PT_WEBHOOK_NAMESPACES, // {NAME: Namespace object}
    PT_WEBHOOK_INVENTORY,  // data.inventory
    PT_WEBHOOK_PARTS,
} pt_webhook_part;

typedef struct pt_webhook_kind {
    pt_str name; // "v1/Pod", "networking.k8s.io/v1/Ingress"
    size_t objects, bytes;
} pt_webhook_kind;

typedef struct pt_webhook_facts {
    pt_value value;
    const pt_webhook_kind *kinds; // that it holds: metrics say it of the inventory
    size_t n_kinds;
    // What all of it points to beside the arena: let go once when no review needs it any more, from
    // any thread. NULL: nothing.
    void (*let_go)(void *owner);
    void *owner;
} pt_webhook_facts;

// Know this from now on. The arena that the facts live in is the webhook's then, *a is as new.
// PT_E_NOMEM: what was known stays, and nothing is let go.
PT_CHECK pt_code pt_webhook_learn(pt_webhook *w, pt_webhook_part part, pt_arena *a,
                                  const pt_webhook_facts *facts, pt_err *e);

// Answer POST /v1/admit, on thread c->thread. False: another path, nothing was done.
bool pt_webhook_handle(pt_webhook *w, const pt_http_call *c, pt_http_reply *r);

void pt_webhook_count(pt_webhook *w, pt_webhook_counts *ret);

// Of a constraint, since the policies were loaded: violations that reviews were found to have,
// reviews that it could not judge, and reviews in which a built-in function of its policy failed.
typedef struct pt_webhook_found {
    uint64_t violations, errors, faults;
} pt_webhook_found;

// Each constraint in use.
void pt_webhook_each_constraint(pt_webhook *w,
                                void (*each)(void *ctx, const pt_gk_constraint *c,
                                             const pt_webhook_found *found),
                                void *ctx);

// What cannot be evaluated of the policies that an API server holds.
void pt_webhook_each_fault(pt_webhook *w, void (*each)(void *ctx, const pt_gk_fault *f), void *ctx);
uint64_t pt_webhook_bound_us(size_t bucket); // of the histogram: what it holds took no longer

// Metrics in Prometheus' text format (0.0.4), named as Gatekeeper names them where it has the same.
void pt_webhook_put_metrics(pt_webhook *w, pt_buf *b);
