// The guard and its cluster's API server: what is looked up there, and what is written back.
#pragma once

#include <pthread.h>
#include <stdatomic.h>

#include "cli/guard_k8s_live_watch.h"
#include "protect/identity/certs.h"

typedef struct pt_guard_cluster {
    pt_arena arena;
    pt_kubeconfig config;
    pt_cluster *client;     // NULL: the guard knows no API server
    pthread_mutex_t asking; // one request at a time
    pt_mirror *mirror;
    pt_cluster_kinds kinds;                     // that are looked up; the first are Namespaces
    pt_live_watch live;                         // policies: --cluster-policies
    bool unlearnt;                              // a kind is new, and was not learnt yet
    pt_guard_pool *pool;                        // of what was learnt last; NULL: nothing yet
    pt_webhook *webhook;                        // of the caller, from pt_guard_cluster_begin on
    int poke;                                   // an eventfd: something has changed
    atomic_bool fresh_namespaces, fresh_others; // changed, and not learnt yet
    int64_t next_learn_ns;                      // of the inventory: not before
    bool learnt;                                // all of it once
    pt_str own_namespace;                       // that of --cert-secret; empty: not known
    const char *webhook_name;                   // whose caBundle is kept current; NULL: none
    pt_str secret_path;                         // of the Secret with the certificates; empty: none
    int64_t next_bundle_ns;
} pt_guard_cluster;

// What --kubeconfig or --in-cluster says; *ret_any: one of them is given. PT_E_USAGE: both are;
// errors of cluster.h.
PT_CHECK pt_code pt_guard_cluster_config(const pt_args *args, pt_arena *a, pt_kubeconfig *ret,
                                         bool *ret_any, pt_err *e);

// Read --kubeconfig or --in-cluster, find where the kinds are that `policies` look up, and get
// ready to mirror them. Before rights are given up. Nothing where neither is said. PT_E_USAGE,
// PT_E_ABSENT: a kind that the server does not serve; errors of cluster.h.
PT_CHECK pt_code pt_guard_cluster_open(pt_guard_cluster *c, const pt_args *args,
                                       const pt_webhook_settings *policies, pt_err *e);

// Begin to mirror, for this webhook. After rights are given up.
PT_CHECK pt_code pt_guard_cluster_begin(pt_guard_cluster *c, pt_webhook *webhook, pt_err *e);

// Are all kinds mirrored that these policies look up? PT_E_UNSUPPORTED: start the guard again.
PT_CHECK pt_code pt_guard_cluster_serves(const pt_guard_cluster *c,
                                         const pt_webhook_settings *policies, pt_err *e);

// Mirror what of them is not mirrored yet. PT_E_TIMEOUT: it is not learnt yet; ask again. From the
// thread of pt_guard_cluster_learn.
PT_CHECK pt_code pt_guard_cluster_follow(pt_guard_cluster *c, const pt_webhook_settings *policies,
                                         pt_err *e);

// What has changed is learnt by the webhook. True: all of it is known. From one thread.
bool pt_guard_cluster_learn(pt_guard_cluster *c);

// For pt_webhook_opts.find_namespace.
pt_value pt_guard_cluster_namespace(void *cluster, pt_arena *a, pt_str name);

// The certificates of the Secret, in `a`; *ret_version is what to write over (empty: there is
// none).
PT_CHECK pt_code pt_guard_cluster_certs(pt_guard_cluster *c, pt_arena *a, pt_certs *ret,
                                        pt_str *ret_version, pt_err *e);
// PT_E_CONFLICT: somebody else has written meanwhile.
PT_CHECK pt_code pt_guard_cluster_put_certs(pt_guard_cluster *c, pt_arena *a, const pt_certs *certs,
                                            pt_str version, pt_err *e);

// Write the bundle into the webhook's configuration, unless it stands there.
PT_CHECK pt_code pt_guard_cluster_put_bundle(pt_guard_cluster *c, pt_str bundle, pt_err *e);

// How fresh what is known of the cluster is, in Prometheus' text format.
void pt_guard_cluster_put_metrics(const pt_guard_cluster *c, pt_buf *b);

void pt_guard_cluster_done(pt_guard_cluster *c); // as zeroed is fine
