// Policies of the operator's own, which `check` judges by beside the catalogue: Gatekeeper's
// templates and constraints, and Rego with Conftest's conventions.
#pragma once

#include "cli/journey.h"
#include "collect/manifest/manifest.h"
#include "judge/conftest/conftest.h"
#include "judge/gatekeeper/gatekeeper.h"

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

// The row of the policy with this name, NULL if there is none; it lives as long as the journey.
const pt_check *pt_policies_find(const pt_policies *p, pt_str id);
