// The policies of the API server, as they are now: which kinds hold them is looked up again and
// again, the mirror keeps those.
#pragma once

#include <stdatomic.h>

#include "cli/guard_k8s_live_write.h"

typedef struct pt_live_watch {
    bool on;     // --cluster-policies
    bool writes; // --write-crds
    pt_arena a;  // of `kinds`, but for constraints
    pt_arena of_constraints;
    pt_live_kinds kinds;
    pt_cluster *client; // its own: nobody waits for it
    pt_live_writer writer;
    atomic_bool changed;               // … since they were read last
    _Atomic int64_t first_ns, last_ns; // the first and the last such change
    atomic_bool kinds_changed;         // a kind may have gone
    atomic_bool templates_changed;     // kinds will come, or go
    int64_t look_ns, hurry_until_ns;   // when to look which kinds there are, and how often
    bool begun;                        // the kinds are known
    bool unserved;                     // … but the server does not tell of some that it has
    pt_hash256 missing;                // of the names that were said to have none
    int64_t opened_ns, again_ns;       // again_ns: to try again what could not be done; 0: nothing
    pt_err told;                       // what was complained of last
    pt_hash256 print;                  // of what is in force
    bool in_force;                     // … which something is
} pt_live_watch;

// Find the kinds, before rights are given up. PT_E_ABSENT, PT_E_DENIED: no right to list them;
// errors of cluster.h.
PT_CHECK pt_code pt_live_open(pt_live_watch *l, const pt_kubeconfig *config, const pt_args *args,
                              pt_err *e);
void pt_live_done(pt_live_watch *l); // after the mirror; as zeroed is fine

// For pt_mirror_opts.changed; nothing if the kind is none of policies.
void pt_live_note(pt_live_watch *l, const pt_cluster_kind *k);

// Have the mirror keep the kinds of constraints that there are now, if it is time to look.
void pt_live_look(pt_live_watch *l, pt_mirror *m, const pt_kubeconfig *config);

// They have changed a moment ago, or something is to be tried again.
bool pt_live_is_due(const pt_live_watch *l);
// How long to wait for that, in ms; `fallback` if nothing has changed.
int pt_live_wait_ms(const pt_live_watch *l, int fallback);

// Read all of them. PT_E_TIMEOUT: a kind was not listed yet.
PT_CHECK pt_code pt_live_read(pt_live_watch *l, pt_mirror *m, pt_live_docs *ret, pt_err *e);

// Nothing is in force yet, and the server has kinds of which it does not tell yet: their
// constraints must not be missing.
bool pt_live_waits(const pt_live_watch *l);

// They are to be read once more: what they need was not there yet.
void pt_live_again(pt_live_watch *l);

// It could not be taken: said, if it was not said already (true), and tried again after a while.
bool pt_live_failed(pt_live_watch *l, const pt_err *e);

// What has this print is in force from now on.
void pt_live_taken(pt_live_watch *l, const pt_hash256 *print);

// Write definitions where that is asked for.
void pt_live_define(pt_live_watch *l, const pt_live_docs *docs);

// May this user list all of a kind? With resource "*": of its group.
PT_CHECK pt_code pt_live_may_list(pt_cluster *c, const pt_cluster_kind *k, bool *ret, pt_err *e);
