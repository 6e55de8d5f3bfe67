// Kubernetes admission: an AdmissionReview (admission.k8s.io/v1) is read, judged by Gatekeeper's
// policies and by the Pod Security level of its namespace, and answered. Pure: what the cluster
// knows (namespaces, inventory) comes in as values.
//
// Fail closed: what cannot be read or judged is denied, unless a constraint says otherwise
// (annotation "paratia/on-error: allow"; then it is a warning and counted).
#pragma once

#include "judge/gatekeeper/gatekeeper.h"
#include "judge/podsec/podsec.h"
#include "judge/scanned/scanned.h"

#define PT_BREAK_GLASS        "paratia/break-glass"        // label; its value is a ticket
#define PT_BREAK_GLASS_REASON "paratia/break-glass-reason" // annotation: at least 8 characters

enum {
    // A request to the API server has 3 MiB; a review holds the object, the one before it, and is
    // JSON where the request may have been a denser format.
    PT_ADMISSION_BYTES_MAX = 8 << 20,
    // Kubernetes takes 10,000. Schemas, the deepest that people write, stay below 200, and whoever
    // looks at an object by recursion is spared the rest.
    PT_ADMISSION_DEPTH_MAX = 1000,
    PT_ADMISSION_MESSAGE_BYTES_MAX = 64 << 10, // of a denial, and of an audit annotation
};

// Everything points into the text that was read, or lives in its arena.
typedef struct pt_admission_request {
    pt_value request; // the AdmissionRequest itself
    pt_str uid;
    pt_str operation;             // "CREATE", "UPDATE", "DELETE", "CONNECT"
    pt_str group, version, kind;  // of the object as it comes (`kind`)
    pt_str resource, subresource; // as it comes
    pt_str namespace, name;       // may be empty (cluster-scoped; generateName)
    pt_str user;                  // userInfo.username
    pt_value groups;              // userInfo.groups: an array; undefined: none
    pt_value object, old_object;  // undefined where they are null or absent
    bool dry_run;
} pt_admission_request;

// Read a review (admission.k8s.io/v1). PT_E_FORMAT: no JSON, another kind or apiVersion, a field
// that is missing or of the wrong type (with its path), a name twice in one object, and what no API
// server sends: an object of another kind, name or namespace than the request says; a namespace
// that is no DNS label; a uid or type of more than 255 bytes. PT_E_LIMIT: deeper or larger than the
// bounds above. PT_E_NOMEM. After an error ret->uid is what could be read of it, for the answer;
// empty: nothing.
PT_CHECK pt_code pt_admission_read(pt_arena *a, pt_str body, pt_admission_request *ret, pt_err *e);

// -- Pod Security -----------------------------------------------------------------------------

typedef struct pt_admission_mode {
    pt_podsec_level level;
    pt_str version; // "latest", "v1.31", as written
} pt_admission_mode;

// What a PodSecurityConfiguration says (pod-security.admission.config.k8s.io/v1): defaults for
// namespaces without labels, and who is exempt.
typedef struct pt_admission_podsec {
    pt_admission_mode enforce, audit, warn;
    const pt_str *namespaces, *users, *runtime_classes; // exempt
    size_t n_namespaces, n_users, n_runtime_classes;
} pt_admission_podsec;

// Read one, or the AdmissionConfiguration (apiserver.config.k8s.io/v1) that embeds it. *ret lives
// in `a`. PT_E_FORMAT with the field: another kind or version, an unknown field, a word that is no
// level or version, an exemption that could never apply. PT_E_NOMEM.
PT_CHECK pt_code pt_admission_podsec_read(pt_arena *a, pt_value doc, pt_admission_podsec *ret,
                                          pt_err *e);

// Does Pod Security judge objects of this kind ("apps", "deployments")?
bool pt_admission_podsec_concerns(pt_str group, pt_str resource);

// -- judging ----------------------------------------------------------------------------------

// What is judged by. Frozen; shared by any number of threads.
typedef struct pt_admission_policy {
    const pt_gk_set *policies;         // NULL: none
    const pt_admission_podsec *podsec; // NULL: levels are not judged
    const pt_str *excluded;            // namespaces that are not judged, with globs ("kube-*")
    size_t n_excluded;
    const pt_str *glass_groups; // groups whose members may break the glass
    size_t n_glass_groups;
    pt_scanned_policy scanned; // what is asked of the last scans of a pod's images
} pt_admission_policy;

// What is known of the cluster when it is asked.
typedef struct pt_admission_world {
    pt_gk_judge *judge;  // the asking thread's, of policy.policies; NULL if there are none
    pt_value namespaces; // {NAME: Namespace object}; undefined: none is known
    pt_value inventory;  // data.inventory; undefined: none
    int64_t deadline_ns; // of CLOCK_MONOTONIC; 0: none
    int64_t now_ns;      // what policies see as the time
    uint64_t seed;
    // The last scan of the images that a digest leads to, and of the one that was the last under a
    // name ("docker.io/library/web:1"), as pt_scanned_why takes it. NULL: nothing is known.
    pt_fact (*scan)(void *scans, pt_arena *a, pt_str digest);
    pt_fact (*scan_named)(void *scans, pt_arena *a, pt_str name);
    void *scans;
} pt_admission_world;

// How an answer came about; the worst that applies.
typedef enum pt_admission_end {
    PT_ADMISSION_ALLOWED,
    PT_ADMISSION_EXCLUDED, // its namespace, or it is a static pod that a node reports
    PT_ADMISSION_GLASS,    // it offends, and the glass was broken: allowed
    PT_ADMISSION_WARNED,   // allowed, with warnings
    PT_ADMISSION_DENIED,
    PT_ADMISSION_UNJUDGED, // it could not be judged: denied
    PT_ADMISSION_LATE,     // … in time: denied
    PT_ADMISSION_END_COUNT,
} pt_admission_end;
const char *pt_admission_end_word(pt_admission_end end); // "allowed", "denied", …

typedef struct pt_admission_verdict {
    pt_admission_end end;
    bool allowed;
    int code;       // 200; 403 denied, 422 an object that cannot be used (a policy, labels of a
                    // Namespace), 500 not judged
    pt_str message; // of a denial: lines "[constraint] message", then Pod Security's; of a broken
                    // glass: those that would have denied it; else empty
    PT_VEC(pt_str) warnings;
    // auditAnnotations: key, value, key, value … The API server puts the webhook's name and a slash
    // before each key, and drops what then is no qualified name: there is no slash in them.
    PT_VEC(pt_str) annotations;
    pt_gk_verdict policies; // what Gatekeeper's policies found
    pt_podsec_result pods;  // violations of the enforced level
    // Images whose scan was asked for: [{"image": digest or name, "receipt": of the scan}];
    // undefined: none was.
    pt_value scans;
    bool off_scans;                // one of them does not let it in
    pt_admission_mode enforced;    // the level that was asked for; version empty: none was
    pt_str glass_ticket, glass_by; // who broke the glass, and why; empty: nobody. Where a Namespace
    pt_str glass_reason;           // says it for all in it, glass_by is "Namespace NAME"
} pt_admission_verdict;

// Judge, in this order: who may break the glass of a Namespace; what is excluded; policies; whether
// a policy object can be used; Pod Security; scans; the glass. Dry runs are judged alike.
// Lives in `a`, borrows request, policy and world. PT_E_NOMEM: say no.
PT_CHECK pt_code pt_admission_judge(pt_arena *a, const pt_admission_policy *p,
                                    const pt_admission_world *w, const pt_admission_request *r,
                                    pt_admission_verdict *ret, pt_err *e);

// Write the AdmissionReview that answers; b->full: it did not fit, do not send it. Warnings of more
// than 4,096 characters together are cut to 256 each, as the API server would, and what then is
// beyond is counted in a last one, so that none is lost silently; for the same reason control
// characters are blanks in them (the API server drops a warning that has one).
void pt_admission_answer(pt_buf *b, pt_str uid, const pt_admission_verdict *v);
