// What an audit of a cluster found, in the objects that clusters keep of it: PolicyReports
// (wgpolicyk8s.io/v1alpha2) and the status of Gatekeeper's constraints. Pure.
#pragma once

#include "judge/finding.h"

typedef enum pt_policy_result { // the worst first
    PT_RESULT_FAIL,
    PT_RESULT_ERROR, // it could not be judged
    PT_RESULT_WARN,  // violated, and allowed nevertheless
    PT_RESULT_PASS,
    PT_RESULT_COUNT,
} pt_policy_result;

// A policy on an object.
typedef struct pt_policy_finding {
    pt_str version, kind, namespace, name, uid; // of the object: "apps/v1"; cluster-scoped: no
                                                // namespace
    pt_str policy, rule;                        // "must-have-owner", "K8sRequiredLabels"
    pt_str action;                              // "deny", "warn", "dryrun"
    pt_str message;
    pt_policy_result result;
    pt_severity severity;
} pt_policy_finding;

// By namespace, then worst first.
void pt_policy_findings_sort(pt_policy_finding *v, size_t n);

#define PT_REPORT_NAME  "paratia"
#define PT_REPORT_LABEL "app.kubernetes.io/managed-by" // "paratia": of every report of ours

// etcd takes 1.5 MiB, the API server's bookkeeping included.
enum {
    PT_REPORT_RESULTS_MAX = 1000,
    PT_REPORT_BYTES_MAX = 1 << 20,
};

// A PolicyReport, or a ClusterPolicyReport.
typedef struct pt_policy_report {
    pt_str namespace;           // empty: of what is in none
    const pt_policy_finding *v; // no passes, sorted
    size_t n, passed;
    pt_time_ns time;
    pt_str incomplete; // what could not be looked at; empty: all was
} pt_policy_report;

// Its summary counts all; of `v` it holds what the bounds above have room for, and an annotation
// says how many more there are. Borrows r's texts. Undefined: the arena is full.
pt_value pt_policyreport_make(pt_arena *a, const pt_policy_report *r);

// {"status": {"auditTimestamp", "totalViolations", "violations"}}, a merge patch, as Gatekeeper's
// audit has it: the first 20 by group, version, kind, namespace, name and message, of at most 256
// bytes each. `v` is what was found of this constraint; errors are none. Undefined: the arena is
// full.
pt_value pt_constraint_status(pt_arena *a, const pt_policy_finding *v, size_t n, pt_time_ns time);
