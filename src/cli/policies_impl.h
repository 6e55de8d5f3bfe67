// What reading policies and judging by them share.
#pragma once

#include "cli/policies.h"

enum {
    PT_POLICY_NAMESPACES_MAX = 64,
};

// An object of the manifests.
typedef struct pt_kept_object {
    pt_value doc;
    pt_str name;
    pt_place place;
} pt_kept_object;

// The text that a template or constraint was read from, to say where in it a fault is.
typedef struct pt_policy_text {
    pt_yaml_doc doc;
    pt_place place;
    pt_str kind, name, prefix;
} pt_policy_text;

struct pt_policies {
    pt_journey *j;
    pt_arena arena; // of all of it
    pt_gk_set *set;
    pt_conftest *rego;
    const char *namespaces[PT_POLICY_NAMESPACES_MAX];
    size_t n_namespaces, modules;
    size_t broken;      // that cannot be evaluated, as far as they are asked for
    int64_t timeout_ns; // of all judging
    pt_gk_point point;  // that constraints are asked at
    const pt_check **of_constraints, **of_rules; // their rows
    PT_VEC(pt_policy_text) texts;
    PT_VEC(pt_kept_object) objects;
    pt_code code; // of what is read in callbacks
    pt_err err;
};

PT_CHECK pt_code pt_policies_no_room(pt_err *e);
// The rows of checks that reports have of policies. PT_E_NOMEM.
PT_CHECK pt_code pt_policies_rows_make(pt_policies *p, pt_err *e);

pt_str pt_policies_safe(pt_arena *a, pt_str text); // to show
