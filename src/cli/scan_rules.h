// What a scan is judged by that is the operator's own: rules in Rego (--policy), and packages that
// may not be in it (--deny). "policy" and "denied" of docs/scan.schema.json.
#pragma once

#include "cli/scan_verdict.h"
#include "cli/verb.h"
#include "judge/conftest/conftest.h"
#include "judge/image/denied.h"
#include "record/report/terminal.h"

typedef struct pt_scan_rules {
    pt_conftest *rego;   // NULL: there is no --policy
    bool asks_for_index; // for what only a judgement by advisories has
    pt_denial denials[PT_VALUES_MAX];
    size_t n_denials;
} pt_scan_rules;

// Read and compile them, before an image is read and rights are given up. An error says file, line
// and column. PT_E_USAGE: a denial that is none, a policy about what no option looks for; PT_E_IO,
// PT_E_FORMAT, PT_E_ABSENT (no rule at all), PT_E_NOMEM.
PT_CHECK pt_code pt_scan_rules_read(const pt_args *args, pt_arena *a, pt_scan_rules *ret,
                                    pt_err *e);

// "denied" of a document; undefined: nothing is to be denied. PT_E_NOMEM.
PT_CHECK pt_code pt_scan_rules_deny(const pt_scan_rules *r, pt_value doc, pt_arena *a,
                                    pt_value *ret, pt_err *e);
// "policy": the document is `input`, whole, with "denied". Undefined: there is no policy. A rule
// that needs too much, or fails, is not evaluated. PT_E_NOMEM.
PT_CHECK pt_code pt_scan_rules_ask(const pt_scan_rules *r, pt_value doc, pt_arena *a, pt_value *ret,
                                   pt_err *e);

// Of the policies of a file or a folder, for who asks whether they changed. PT_E_IO, PT_E_LIMIT.
PT_CHECK pt_code pt_scan_rules_digest(const char *path, pt_buf *b, pt_err *e);

// Append for a terminal what is denied and what the rules say, worst first. What is waived or known
// is left out, unless t->all. `marks` may be NULL.
void pt_scan_rules_show(pt_buf *b, pt_value doc, const pt_terminal *t, const pt_scan_marks *marks);

// Append for the summary line: ", 1 denied", ", policy: 2 fail, 1 not evaluated".
void pt_scan_rules_count(pt_buf *b, pt_value doc);
