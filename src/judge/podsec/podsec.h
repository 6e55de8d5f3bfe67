// The Pod Security Standards, as a table of controls that reads like the standard.
// https://kubernetes.io/docs/concepts/security/pod-security-standards/ ; versions and fields as the
// pod-security-admission controller of Kubernetes 1.37 judges them.
#pragma once

#include "judge/finding.h"

typedef enum pt_podsec_level {
    PT_PODSEC_PRIVILEGED,
    PT_PODSEC_BASELINE,
    PT_PODSEC_RESTRICTED,
} pt_podsec_level;

#define PT_PODSEC_LATEST 37u // minor version: everything beyond is clamped to it

struct pt_reading; // private to podsec/

typedef struct pt_podsec_control {
    const char *id; // upstream's: "hostNamespaces", "capabilities_restricted"
    pt_podsec_level level;
    unsigned since;                        // minor version from which it is asked
    const char *overrides;                 // baseline id that it replaces in restricted; or NULL
    const char *reason;                    // upstream's text: "host namespaces"
    bool (*forbids)(struct pt_reading *r); // private to podsec/
} pt_podsec_control;

// In upstream's order: baseline, then restricted, each by the bytes of its id.
const pt_podsec_control *pt_podsec_controls(size_t *ret_n);

// One control by itself, whether or not another one overrides it: NULL if it allows the pod or is
// younger than `minor`, else the reason (upstream's text, with its plural), the detail in
// seen->text and the place in seen->path, as below, behind what stands there: the path of the pod.
const char *pt_podsec_forbids(const pt_podsec_control *c, pt_value pod, unsigned minor,
                              pt_seen *seen);

typedef struct pt_podsec_violation {
    const pt_podsec_control *control;
    const char *reason; // control->reason, or its plural
    pt_str detail;      // "container \"web\" must not set securityContext.privileged=true"
    pt_str path; // of the first offending value inside the pod: "spec.containers[0].…", or of the
                 // part where it should stand
} pt_podsec_violation;

typedef struct pt_podsec_result {
    PT_VEC(pt_podsec_violation) violations; // in upstream's order; empty: allowed
} pt_podsec_result;

// "latest" or "v1.N" (no leading zeros) to a minor version, not clamped. False on anything else.
bool pt_podsec_version(pt_str text, unsigned *ret_minor);

// Judge a pod (an object with metadata and spec). Texts live in `a`. Values of a wrong type count
// as violations: what cannot be read is not allowed. PT_E_NOMEM.
PT_CHECK pt_code pt_podsec_judge(pt_arena *a, pt_value pod, pt_podsec_level level, unsigned minor,
                                 pt_podsec_result *ret, pt_err *e);

// Upstream's whole message: `violates PodSecurity "restricted:latest": reason (detail), …`.
pt_str pt_podsec_message(pt_arena *a, const pt_podsec_result *r, pt_podsec_level level,
                         pt_str version);
