// Gatekeeper's templates, constraints and Config as the API server holds them.
#pragma once

#include "cli/guard_k8s.h"
#include "collect/cluster/mirror.h"

enum {
    PT_LIVE_POLICIES_MAX = 10000,
};
#define PT_LIVE_BYTES_MAX ((size_t)256 << 20)
#define PT_LIVE_NAMESPACE "gatekeeper-system" // of Config

// Which kinds hold policies. Those of constraints come and go with their templates.
typedef struct pt_live_kinds {
    pt_cluster_kind template;
    pt_cluster_kind others[2]; // Config of one namespace, SyncSet: those that are served
    size_t n_others;
    pt_cluster_kinds constraints;
    pt_str missing; // what does not answer of them; empty: nothing
} pt_live_kinds;

// In `a`, with `namespace`, of which Config is read. PT_E_ABSENT: the server has no
// ConstraintTemplates; errors of pt_cluster_discover.
PT_CHECK pt_code pt_live_find(pt_cluster *c, pt_arena *a, pt_str namespace, pt_live_kinds *ret,
                              pt_err *e);
// The kinds of constraints alone.
PT_CHECK pt_code pt_live_find_constraints(pt_cluster *c, pt_arena *a, pt_live_kinds *ret,
                                          pt_err *e);

// What was read of them, in an arena of bounded size.
typedef struct pt_live_docs {
    pt_arena a;
    pt_guard_policies v; // without status and what only the server writes
} pt_live_docs;
void pt_live_docs_begin(pt_live_docs *d); // zeroed before
void pt_live_docs_done(pt_live_docs *d);

// A pt_cluster_take that keeps an object in the pt_live_docs that `docs` is. PT_E_LIMIT,
// PT_E_NOMEM.
PT_CHECK pt_code pt_live_take(void *docs, pt_value object, pt_err *e);

// In an order of their own; the print is another one where something that counts has changed.
PT_CHECK pt_code pt_live_sort(pt_live_docs *d, pt_hash256 *ret_print, pt_err *e);

// The policies of files, `own`, and these behind them, in d->a. PT_E_NOMEM.
PT_CHECK pt_code pt_live_join(pt_live_docs *d, const pt_webhook_settings *own,
                              pt_webhook_settings *ret, pt_err *e);

// Say what of them cannot be evaluated, and denies instead; `said` is the print of what was said
// last: the same is said once.
void pt_live_say_faults(pt_webhook *w, pt_hash256 *said);

// List all of them once. What cannot be listed is told to `gap`, which may make an error of it;
// what is in a group that does not answer has no kind.
typedef struct pt_live_lister {
    pt_str namespace; // of Config
    pt_code (*gap)(void *ctx, const pt_cluster_kind *k, const pt_err *why, pt_err *e);
    void *ctx;
} pt_live_lister;
PT_CHECK pt_code pt_live_list(pt_cluster *c, const pt_live_lister *l, pt_live_docs *ret, pt_err *e);

// --config-namespace, or PT_LIVE_NAMESPACE.
pt_str pt_live_namespace(const pt_args *args);

// --cluster-policies and --write-crds: what they need beside them. PT_E_USAGE.
PT_CHECK pt_code pt_live_words(const pt_args *args, pt_err *e);
