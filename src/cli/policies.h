// Policies of the operator's own, which `check` judges by beside the catalogue: Gatekeeper's
// templates and constraints, and Rego with Conftest's conventions.
#pragma once

#include "cli/journey.h"
#include "collect/manifest/manifest.h"
#include "judge/conftest/conftest.h"
#include "judge/gatekeeper/gatekeeper.h"

enum {
    PT_POLICY_ONE_MIB_MAX = 256, // to judge one object by one policy
    PT_POLICY_ONE_S_MAX = 10,    // likewise
    PT_POLICY_ALL_S_MAX = 300,   // all of them, unless --timeout says otherwise
    PT_POLICY_PATTERNS_MAX = 1000,
};

typedef struct pt_policies pt_policies;

// Read and compile what --policy names, into j->policies; NULL if it is not given. What is wrong
// with a policy becomes a finding, and the run no pass: exit code 3, unless it found something.
// PT_E_ABSENT: there is no policy; PT_E_IO, PT_E_NOMEM.
PT_CHECK pt_code pt_policies_read(pt_journey *j, pt_err *e);
void pt_policies_free(pt_policies *p); // NULL is fine

// Keep an object until all are read: policies ask for the others too. PT_E_NOMEM.
PT_CHECK pt_code pt_policies_keep(pt_policies *p, const pt_object *o, pt_place place, pt_err *e);

// Judge all that was kept into j->run. An object that one policy cannot judge is not evaluated by
// it. PT_E_NOMEM: the findings have no room.
PT_CHECK pt_code pt_policies_judge(pt_journey *j, pt_err *e);

// Is a policy called so, or does its name begin so, as words of --only do? Of one that is broken it
// may not be known.
bool pt_policies_know(const pt_policies *p, pt_str word);

// Policies that were read already, for an audit of a cluster. As pt_policies_read.
typedef struct pt_policy_doc {
    pt_value doc;
    pt_place place;
} pt_policy_doc;
PT_CHECK pt_code pt_policies_of(pt_journey *j, const pt_policy_doc *docs, size_t n, pt_err *e);
const pt_gk_set *pt_policies_set(const pt_policies *p);
// The row of a constraint of that set.
const pt_check *pt_policies_row(const pt_policies *p, const pt_gk_constraint *c);

// What objects that come one by one are judged in: a cluster. It is borrowed.
typedef struct pt_policies_world {
    pt_value namespaces; // {NAME: Namespace}; undefined: none is known
    pt_value inventory;  // undefined: there is none
    bool unsure;         // it is not whole: constraints that look things up are left out
    // What a constraint found, passes too. `message` is gone afterwards. NULL: nobody asks.
    void (*found)(void *ctx, const pt_gk_constraint *c, const pt_check *row, pt_verdict v,
                  pt_str message);
    void *ctx;
} pt_policies_world;
typedef struct pt_policies_judging pt_policies_judging;
PT_CHECK pt_code pt_policies_judging_new(pt_policies_judging **ret, pt_journey *j,
                                         const pt_policies_world *w, pt_err *e);
void pt_policies_judging_free(pt_policies_judging *k); // NULL is fine
// Judge one into j->run; neither it nor its name is kept. PT_E_NOMEM: the findings have no room.
PT_CHECK pt_code pt_policies_judge_object(pt_policies_judging *k, pt_value doc, pt_str name,
                                          pt_err *e);

// The row of the policy with this name, NULL if there is none; it lives as long as the journey.
const pt_check *pt_policies_find(const pt_policies *p, pt_str id);
