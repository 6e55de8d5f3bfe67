// The Kubernetes API server, asked as a client: objects listed in pieces, watched, and what the
// server says of itself. Read strictly, bounded in bytes and time. Plain HTTP is refused.
#pragma once

#include "base/err.h"
#include "value/value.h"

// Who asks whom. Texts live in the arena they were read into; names in it are not resolved yet.
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
// auth-provider plugins, insecure-skip-tls-verify, proxy-url, passwords, impersonation; what is
// there twice. PT_E_USAGE: it has no such context. PT_E_ABSENT: there is no such file. PT_E_DENIED,
// PT_E_LIMIT, PT_E_IO. No error holds a secret.
PT_CHECK pt_code pt_kubeconfig_read(pt_arena *a, const char *file, const char *context,
                                    pt_kubeconfig *ret, pt_err *e);

// What a pod is given: /var/run/secrets/kubernetes.io/serviceaccount below `root` ("/" but in
// tests), and the environment's KUBERNETES_SERVICE_HOST and _PORT (NULL: not set). PT_E_ABSENT:
// this is no pod.
typedef struct pt_kubeconfig_pod {
    const char *root, *host, *port;
} pt_kubeconfig_pod;
PT_CHECK pt_code pt_kubeconfig_in_cluster(pt_arena *a, const pt_kubeconfig_pod *pod,
                                          pt_kubeconfig *ret, pt_err *e);

typedef struct pt_cluster pt_cluster; // used by one thread at a time

// Copies `c`, loads libcurl and asks the resolver, which is why it comes before pt_rights_drop; all
// else needs pt_rights.internet, and token_file to be readable. PT_E_FORMAT: what the server is
// called, or a token, cannot be sent. PT_E_IO: no such host. PT_E_UNSUPPORTED, PT_E_NOMEM.
PT_CHECK pt_code pt_cluster_new(pt_cluster **ret, const pt_kubeconfig *c, pt_err *e);
void pt_cluster_free(pt_cluster *c); // NULL is fine

// A kind that the server serves, and where.
typedef struct pt_cluster_kind {
    pt_str group, version, kind, resource; // "apps", "v1", "Deployment", "deployments"
    pt_str namespace;                      // only what is in it is listed and watched; empty: all
    bool namespaced, lists, watches;
} pt_cluster_kind;
typedef PT_VEC(pt_cluster_kind) pt_cluster_kinds;

// All kinds, without subresources, each in its group's preferred version or else in the first that
// has it. A group that does not answer or whose answer is stale is named in *ret_missing, with its
// version ("metrics.k8s.io/v1beta1, …"; empty: all did): what lives there is unknown, not absent.
PT_CHECK pt_code pt_cluster_discover(pt_cluster *c, pt_arena *a, pt_cluster_kinds *ret,
                                     pt_str *ret_missing, pt_err *e);

// Those of one group ("apps"), likewise; none where the server has no such group.
PT_CHECK pt_code pt_cluster_discover_group(pt_cluster *c, pt_arena *a, pt_str group,
                                           pt_cluster_kinds *ret, pt_str *ret_missing, pt_err *e);

// Called for every object with apiVersion and kind filled in; what it is given is gone afterwards.
// Not PT_OK ends the listing with that code.
typedef pt_code pt_cluster_take(void *ctx, pt_value object, pt_err *e);

typedef struct pt_cluster_lister {
    pt_str namespace; // empty: all
    pt_cluster_take *take;
    void (*restart)(void *ctx); // before a list that expired on the way (410) is begun anew, which
                                // it is once; may be NULL
    void *ctx;
} pt_cluster_lister;

// List a kind in chunks of 500, each at most 64 MiB. *ret_version is the list's resourceVersion, in
// `a`. Whatever ends it, objects were taken before. PT_E_DENIED
// (401, 403), PT_E_ABSENT (404: the server has no such kind), PT_E_CONFLICT (410, twice),
// PT_E_LIMIT, PT_E_TIMEOUT, PT_E_FORMAT, PT_E_IO (also 429 and 503, after some tries).
PT_CHECK pt_code pt_cluster_list(pt_cluster *c, pt_arena *a, const pt_cluster_kind *k,
                                 const pt_cluster_lister *l, pt_str *ret_version, pt_err *e);

// One request, for what is written back: reports, status, caBundle.
typedef struct pt_cluster_call {
    const char *method; // "GET", "POST", "PUT", "PATCH", "DELETE"
    const char *path;
    const char *type; // of the body; NULL: application/json
    pt_str body;
} pt_cluster_call;
typedef struct pt_cluster_result {
    int status;
    pt_value value; // undefined: the answer is not JSON
} pt_cluster_result;

// PT_OK whatever the status is; *ret lives in `a`. PT_E_USAGE: a path that cannot be sent.
PT_CHECK pt_code pt_cluster_send(pt_cluster *c, pt_arena *a, const pt_cluster_call *call,
                                 pt_cluster_result *ret, pt_err *e);
