// The licences of an image's packages against a policy.
#pragma once

#include "judge/finding.h"
#include "judge/licence/policy.h"

// *ret, in `a`, borrowing both: the member "licences" of docs/scan.schema.json, a row for all
// packages of one expression and verdict, the worst first, then those of most packages:
//   {"expression"?, "declared"?, "found"?, "said"?: [texts that nobody knows], "verdict",
//    "licence"?, "why", "packages": [{"name", "version"?, "type", "source", "place"?}]}
// Denied is "fail"; what is for review, or not known, "not evaluated"; allowed "pass". Of A OR B
// the better part counts, of A AND B the worse. What a package's own metadata declares and what was
// recognised in its files beyond that ("recognised") count both; if no part of one is in the other
// they are "declared" and "found", and for review at best. PT_E_NOMEM.
PT_CHECK pt_code pt_licences_judge(pt_value doc, const pt_licence_policy *p, pt_arena *a,
                                   pt_value *ret, pt_err *e);
