// What the files of `paratia guard k8s --audit` share.
#pragma once

#include "base/progress.h"
#include "cli/guard_k8s_live.h"
#include "cli/policies.h"
#include "collect/cluster/cluster.h"
#include "record/policyreport/policyreport.h"

enum {
    PT_AUDIT_SHORTFALL_BYTES_MAX = 4096,
};

// A kind that the server serves, and what became of it.
typedef struct pt_audited_kind {
    pt_cluster_kind kind;
    bool policies, podsec; // who judges its objects
    bool kept;             // they are all in memory: policies look them up
    bool unlisted;         // they are not known
} pt_audited_kind;

// What a namespace comes to, for its report; the empty name: what is in none.
typedef struct pt_audited_namespace {
    pt_str name;
    size_t passed, judged;
} pt_audited_namespace;

typedef struct pt_k8s_audit {
    pt_args args; // without --config: that file is the guard's, not the journey's
    bool writes;
    pt_journey j;
    pt_arena a; // settings, and what is known of the cluster
    pt_guard_k8s_settings settings;
    pt_live_docs live; // of --cluster-policies
    pt_cluster *cluster;
    PT_VEC(pt_audited_kind) kinds;
    pt_str missing; // groups that do not answer
    pt_value namespaces, inventory;
    PT_VEC(pt_value) kept; // for the inventory
    bool unsure;           // the inventory is not whole
    pt_policies_judging *judging;
    pt_arena each;                // of Pod Security and one object
    size_t unanswered;            // in a row
    PT_VEC(pt_cluster_kind) gaps; // what could not be listed; kind empty: all of the group
    bool full;                    // there was no memory for the rest
    pt_buf shortfall; // what of all that makes the run no pass, for reports: "Secret (v1), …"
    pt_progress progress;
    struct { // the object that is judged
        const pt_audited_kind *kind;
        pt_value doc;
        pt_str name, namespace;
        pt_str shown; // "Pod shop/web"
    } at;
    // For what is written:
    pt_arena found_a;
    PT_VEC(pt_policy_finding) found;
    PT_VEC(pt_audited_namespace) reports;
    PT_VEC(uint32_t) passes; // of the kind that is listed: indexes of `reports`
    size_t report;           // the last one looked up
} pt_k8s_audit;

// -- guard_k8s_audit_found.c ----------------------------------------------------------------------

// A finding on the object that is judged. PT_E_NOMEM.
PT_CHECK pt_code pt_k8s_audit_found(pt_k8s_audit *u, const pt_check *row, pt_verdict v,
                                    pt_str message, pt_err *e);

// The same for what is written. Does nothing without --write.
typedef struct pt_k8s_audit_note {
    pt_str policy, rule, action, message;
    pt_verdict verdict;
    pt_severity severity;
} pt_k8s_audit_note;
void pt_k8s_audit_note_it(pt_k8s_audit *u, const pt_k8s_audit_note *n);
void pt_k8s_audit_count(pt_k8s_audit *u); // a list has come to its end: what was noted stays

// What a constraint found, noted (pt_policies_world.found).
void pt_k8s_audit_by_policy(void *ctx, const pt_gk_constraint *c, const pt_check *row, pt_verdict v,
                            pt_str message);

// What there is no list of, and why: the run is no pass. PT_E_NOMEM.
PT_CHECK pt_code pt_k8s_audit_unlisted(pt_k8s_audit *u, const pt_cluster_kind *k, const char *why,
                                       pt_err *e);

// -- the others -----------------------------------------------------------------------------------

// Judge the object by the level of its namespace. PT_E_NOMEM.
PT_CHECK pt_code pt_k8s_audit_podsec(pt_k8s_audit *u, pt_err *e);

// Write reports and the status of constraints. False: not all could be written, and it was said.
bool pt_k8s_audit_write(pt_k8s_audit *u);
