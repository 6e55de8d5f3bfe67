// Requests to the Docker Engine API, judged: what an authorization plugin is asked, made canonical
// as the daemon itself would understand it, then judged by rules and as a pod. Pure: what the
// daemon knows is asked of a host interface that the caller hands in.
#pragma once

#include "base/err.h"
#include "judge/finding.h"
#include "judge/scanned/scanned.h"

enum {
    PT_DOCKER_DOCUMENT_BYTES_MAX = 8 << 20, // what the daemon sends to a plugin
    PT_DOCKER_BODY_BYTES_MAX = 4 << 20,     // beyond, dockerd does not ask
};

// What a request does; the row of the endpoint table.
typedef struct pt_docker_endpoint pt_docker_endpoint;

// A request in canonical form. Everything lives in the arena it was read into.
typedef struct pt_docker_request {
    pt_str method;                      // "POST"
    pt_str path;                        // decoded, without version: "/containers/create"
    pt_str version;                     // "1.44"; empty: none was named
    pt_value query;                     // {NAME: TEXT}: of equal names the first
    pt_value query_all;                 // [NAME, TEXT, NAME, TEXT, …] as they came
    pt_value body;                      // names as the API spells them; undefined: there was none
    pt_str body_bytes;                  // as it came
    const pt_docker_endpoint *endpoint; // NULL: none that is known
    pt_value args;                      // what the path names: {"id": "web"}
    pt_str user, user_method;           // of a TLS client; empty on the Unix socket
    pt_value raw;                       // the plugin's document, body left out
} pt_docker_request;

// Read the document of AuthZPlugin.AuthZReq. PT_E_FORMAT, PT_E_LIMIT: it cannot be judged, hence is
// denied; e->what is what to tell the client (rule, field, remedy).
PT_CHECK pt_code pt_docker_request_read(pt_arena *a, pt_str document, pt_docker_request *ret,
                                        pt_err *e);

// "containers/create": the row's name, for receipts and metrics; "unknown" for NULL.
const char *pt_docker_endpoint_name(const pt_docker_endpoint *e);
// It changes nothing and tells nothing secret: allowed without a look at the body.
bool pt_docker_endpoint_harmless(const pt_docker_endpoint *e);

// What the daemon and the host know, each answered as a fact: unknown with the reason where it
// cannot be read. Called only for what a rule needs. Answers live in `a`.
typedef struct pt_docker_host {
    void *context;
    // A named volume: {"driver", "options": {…}, "mountpoint"}; absent: there is none.
    pt_fact (*volume)(void *context, pt_arena *a, pt_str name);
    // A container by id, prefix of it, or name: {"config": config.v2.json, "host":
    // hostconfig.json}.
    pt_fact (*container)(void *context, pt_arena *a, pt_str name);
    // An image's configuration by reference or id: {"id", "digests": […], "config": {"User", …}}.
    pt_fact (*image)(void *context, pt_arena *a, pt_str reference);
    // A path of the host, walked component by component as root would at start:
    // {"resolved": real path, "links": [components that are symlinks],
    //  "open": [folders on the way, the path itself too, that others than root can write],
    //  "mounts": [parts of it that another file system is mounted on],
    //  "type": "directory|file|socket|…"}; absent: a part does not exist, which is an offence.
    pt_fact (*path)(void *context, pt_arena *a, pt_str path);
    // Of the daemon: {"userns_remap": bool, "no_new_privileges": bool, "seccomp_profile": text,
    //  "data_root": path, "default_runtime": text, "live_restore": …}.
    pt_fact (*daemon)(void *context, pt_arena *a);
    // What all stored containers, running or not, mount of the host: [{"source": the path that was
    // asked for, "resolved": where it leads, "mounts": as of a path, "writable": bool}].
    pt_fact (*mounts)(void *context, pt_arena *a);
    // The last scan of an image, by its id or a digest that leads to it: as pt_scanned_why takes
    // it. With a context of its own.
    pt_fact (*scan)(void *scans, pt_arena *a, pt_str digest);
    void *scans;
} pt_docker_host;

// A rule: a row of the table.
struct pt_docker_judging; // private to docker/
typedef struct pt_docker_rule {
    const char *id; // "PT-GRD-PRIVILEGED"
    pt_severity severity;
    const char *title;  // "privileged container"
    const char *remedy; // what to do instead, one clause
    bool notes;         // what it finds is told and does not deny, unless the policy says so
    // private to docker/
    uint32_t scope;                             // of which endpoints it is asked
    void (*judge)(struct pt_docker_judging *j); // NULL: the reader of requests has it
    const char *of;                             // which field, for a function of several rows
} pt_docker_rule;
const pt_docker_rule *pt_docker_rules(size_t *ret_n);

typedef struct pt_docker_offence {
    const pt_docker_rule *rule;
    pt_str field;  // "HostConfig.Privileged", "query fromImage"
    pt_str detail; // what it is: "/var/run/docker.sock"
    bool unknown;  // it could not be looked at: denied because of that
} pt_docker_offence;

// Who asks, where tenants share the daemon. What is a tenant's: a container that has the label
// PT_DOCKER_TENANT_LABEL with the tenant's name, a volume or network whose name begins with
// "TENANT.", an exec that the tenant made.
#define PT_DOCKER_TENANT_LABEL "paratia.tenant"
typedef struct pt_docker_asker {
    pt_str tenant;          // empty: nobody who is known, and nothing is allowed
    pt_str why;             // … because of this: "alice has no tenant"
    const pt_str *networks; // that are not the tenant's, and its containers may be in
    size_t n_networks;
    bool exec; // the exec that the request names is the tenant's
} pt_docker_asker;

// How strict; each a deviation from "deny what carries risk" that an administrator wrote down.
typedef struct pt_docker_policy {
    const pt_str *allow; // ids of rules that do not apply
    size_t n_allow;
    const pt_str *deny; // ids of rules that only note, and deny here
    size_t n_deny;
    // Host folders that may be bound all the same: "/opt/sites", that one; "/opt/sites/*", those
    // right below it.
    const pt_str *bind_prefixes;
    size_t n_bind_prefixes;
    const pt_str *registries; // images come from these only: "registry.example.org/"; none: any
    size_t n_registries;
    bool tags;                     // images by tag are allowed
    const pt_str *protected_names; // containers that nobody may stop, rename, kill or remove
    size_t n_protected;
    pt_scanned_policy scanned;    // what is asked of an image's last scan
    bool shared;                  // by tenants
    const pt_docker_asker *asker; // one of them; NULL: who operates the daemon
} pt_docker_policy;

typedef struct pt_docker_verdict {
    bool allow;
    PT_VEC(pt_docker_offence) offences; // empty if allowed
    PT_VEC(pt_docker_offence) notes;    // what rules that only note have found
    // Images whose scan was asked for: [{"image": digest, "receipt": of the scan in the ledger}].
    pt_value scans;     // undefined: none was
    pt_value pod;       // of the container that it is about, for other policies; else undefined
    pt_str pod_unknown; // what of the pod could not be read: "the image's user: …"; empty: nothing
} pt_docker_verdict;

// Judge a request by all rules; every offence is listed, in the order of the table. PT_E_NOMEM: to
// be denied.
PT_CHECK pt_code pt_docker_judge(pt_arena *a, const pt_docker_request *r, const pt_docker_host *h,
                                 const pt_docker_policy *policy, pt_docker_verdict *ret, pt_err *e);

// The pod that a container's creation amounts to (apiVersion v1, kind Pod), as docs/guard-docker.md
// lists it field by field; for a container that was made before, of its stored configuration, and
// for an update, of what it is after it. *ret_unknown names what could not be read; empty: nothing.
// Undefined: the request is about no container that is known, or the arena is full.
pt_value pt_docker_pod(pt_arena *a, const pt_docker_request *r, const pt_docker_host *h,
                       pt_str *ret_unknown);

// What the client is told: "PT-GRD-PRIVILEGED: privileged container (HostConfig.Privileged: true);
// run it without --privileged", one line for each offence, safe to show.
pt_str pt_docker_message(pt_arena *a, const pt_docker_verdict *v);
