// The Kubernetes API server, asked as a client: objects listed in pieces, watched, and what the
// server says of itself. Read strictly, bounded in bytes and time. Plain HTTP is refused.
#pragma once

#include "base/err.h"
#include "value/value.h"

// Who asks whom. Texts live in the arena they were read into.
typedef struct pt_kubeconfig {
    pt_str server;     // "https://127.0.0.1:6443"
    pt_str ca;         // PEM
    pt_str cert, key;  // PEM, ours; empty: none
    pt_str token;      // bearer; empty: none
    pt_str token_file; // read anew for every connection, as tokens are rotated; empty: none
    pt_str tls_name;   // the name its certificate must have; empty: the server's own
} pt_kubeconfig;

// Read a kubeconfig (YAML; `context` NULL: its current one); files that it names are relative to
// its folder. PT_E_FORMAT with place and path, also for what is refused with its reason: exec and
// auth-provider plugins, insecure-skip-tls-verify, proxy-url, passwords. PT_E_IO, PT_E_ABSENT.
PT_CHECK pt_code pt_kubeconfig_read(pt_arena *a, const char *file, const char *context,
                                    pt_kubeconfig *ret, pt_err *e);

// What a pod is given: /var/run/secrets/kubernetes.io/serviceaccount and KUBERNETES_SERVICE_HOST
// and _PORT; `root` is "/" but in tests. PT_E_ABSENT: this is no pod.
PT_CHECK pt_code pt_kubeconfig_in_cluster(pt_arena *a, const char *root, pt_kubeconfig *ret,
                                          pt_err *e);

typedef struct pt_cluster pt_cluster; // used by one thread at a time

PT_CHECK pt_code pt_cluster_new(pt_cluster **ret, const pt_kubeconfig *c, pt_err *e);
void pt_cluster_free(pt_cluster *c); // NULL is fine

// A kind that the server serves, and where.
typedef struct pt_cluster_kind {
    pt_str group, version, kind, resource; // "apps", "v1", "Deployment", "deployments"
    bool namespaced, lists, watches;
} pt_cluster_kind;
typedef PT_VEC(pt_cluster_kind) pt_cluster_kinds;

// All kinds, each group's in its preferred version, without subresources. A group that does not
// answer is named in *ret_missing (empty: all did): what lives there is unknown, not absent.
PT_CHECK pt_code pt_cluster_discover(pt_cluster *c, pt_arena *a, pt_cluster_kinds *ret,
                                     pt_str *ret_missing, pt_err *e);

// Called for every object with apiVersion and kind filled in; what it is given is gone afterwards.
// Not PT_OK ends the listing with that code.
typedef pt_code pt_cluster_take(void *ctx, pt_value object, pt_err *e);

// List a kind in chunks of 500 (`namespace` empty: all). *ret_version is the list's
// resourceVersion, in `a`. A list that expires on the way (410) is begun anew once, and `restart`
// (may be NULL) says so before. PT_E_DENIED (401, 403), PT_E_ABSENT (404), PT_E_LIMIT,
// PT_E_TIMEOUT, PT_E_FORMAT, PT_E_IO.
PT_CHECK pt_code pt_cluster_list(pt_cluster *c, pt_arena *a, const pt_cluster_kind *k,
                                 pt_str namespace, pt_cluster_take *take,
                                 void (*restart)(void *ctx), void *ctx, pt_str *ret_version,
                                 pt_err *e);

typedef enum pt_cluster_event {
    PT_CLUSTER_ADDED,
    PT_CLUSTER_MODIFIED,
    PT_CLUSTER_DELETED,
    PT_CLUSTER_BOOKMARK, // only metadata.resourceVersion is told
} pt_cluster_event;

typedef struct pt_cluster_watch {
    // One event; gone afterwards. Not PT_OK ends the watch.
    pt_code (*event)(void *ctx, pt_cluster_event what, pt_value object, pt_err *e);
    bool (*stop)(void *ctx); // asked now and then (at least each second); true: PT_E_TIMEOUT
    void *ctx;
    uint32_t timeout_s; // how long the server is asked to keep it open; 0: 300
} pt_cluster_watch;

// Watch from `version` on, until the server ends the watch (PT_OK: watch again from the last
// version seen), or PT_E_CONFLICT: the version is too old (410): list anew. Other errors as above.
PT_CHECK pt_code pt_cluster_watch_run(pt_cluster *c, const pt_cluster_kind *k, pt_str version,
                                      const pt_cluster_watch *w, pt_err *e);

// One request with a body of JSON ("GET", "POST", "PUT", "PATCH", "DELETE"; `type` is the body's,
// NULL: application/json), for what is written back: reports, status, caBundle. *ret_status is
// HTTP's, *ret the answer in `a` (undefined: not JSON). PT_OK whatever the status is.
PT_CHECK pt_code pt_cluster_send(pt_cluster *c, pt_arena *a, const char *method, const char *path,
                                 const char *type, pt_str body, int *ret_status, pt_value *ret,
                                 pt_err *e);
