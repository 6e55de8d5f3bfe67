// ClusterRoles whose rules are those of others: aggregationRule names them by their labels, and the
// cluster replaces what stands in `rules`. So they are judged when all of the input has been read.
#pragma once

#include "judge/workload/workload.h"

#define PT_ROLES_MAX 5000u // beyond, roles that aggregate are not evaluated

typedef struct pt_role {
    pt_str shown;     // "ClusterRole edit", safe to show
    pt_value labels;  // undefined: none
    pt_value rules;   // of one that does not aggregate
    pt_value selects; // the selectors of one that does; undefined: it does not
    pt_place place;   // of its aggregationRule
    pt_str excerpt;   // that line; may be empty
    bool seen;        // private
} pt_role;

// Zeroed: none so far.
typedef struct pt_roles {
    PT_VEC(pt_role) all;
    size_t aggregate; // how many of them do
    bool cut;
} pt_roles;

// Keep what this object says, in `a`, if it is a ClusterRole that aggregates or has labels: the
// role is in *ret then, for the caller to give it place and excerpt, else NULL. PT_E_NOMEM.
PT_CHECK pt_code pt_roles_take(pt_roles *r, pt_arena *a, const pt_workload *w, pt_role **ret,
                               pt_err *e);

// Judge those that aggregate by the rows about rules, which pt_judge_workload leaves out for them:
// their rules are those of all that were taken and match. None does: not evaluated.
PT_CHECK pt_code pt_roles_judge(pt_roles *r, pt_arena *a, const pt_check *const *checks, size_t n,
                                pt_findings *ret, pt_err *e);
