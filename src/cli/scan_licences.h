// What paratia scan --licences judges by, and says of licences ("licences" of
// docs/scan.schema.json).
#pragma once

#include "cli/scan_verdict.h"
#include "cli/verb.h"
#include "judge/licence/policy.h"
#include "record/report/terminal.h"

// The policy that was asked for, or ours. An error says the file and the line.
PT_CHECK pt_code pt_scan_licences_policy(const pt_args *args, pt_arena *a, pt_licence_policy *ret,
                                         pt_err *e);

// Judge the packages of *doc: it gets its member "licences".
PT_CHECK pt_code pt_scan_licences_judge(const pt_licence_policy *p, pt_arena *a, pt_value *doc,
                                        pt_err *e);

// Append for a terminal a row a licence, worst first, and of those that are allowed how many (with
// t->all each of them). Nothing if they were not looked for. What is waived or known is left out,
// unless t->all. `marks` may be NULL.
void pt_scan_licences_show(pt_buf *b, pt_value doc, const pt_terminal *t,
                           const pt_scan_marks *marks);

// Append for the summary line: ", licences: 2 denied, 7 not evaluated", of packages.
void pt_scan_licences_count(pt_buf *b, pt_value doc);
