// What the findings of a scan come to: how many are over the gate, the exit code, and what became
// of each part of its document.
#pragma once

#include "base/map.h"
#include "record/run.h"

// Of --fail-on: "critical", "high", "medium", "low", "negligible" or "info", in capitals or not.
// False: no such severity.
bool pt_scan_gate_parse(pt_str word, pt_severity *ret);

// Open findings at or above r->fail_on; `fixable`: of the vulnerabilities those alone with a fix.
// 0: the gate is passed, or there is none.
size_t pt_scan_over(const pt_run *r, bool fixable);

// The run as if no baseline and no earlier run were known: what guards ask is how many flaws an
// image has, and not how many are news. Waivers stay, for each has a reason. Its findings are in
// `a`. PT_E_NOMEM.
PT_CHECK pt_code pt_scan_all_open(const pt_run *r, pt_arena *a, pt_run *ret, pt_err *e);

typedef enum pt_scan_end {
    PT_SCAN_SOUND,
    PT_SCAN_BROKEN,     // the image contradicts itself
    PT_SCAN_OVER,       // the gate is not passed
    PT_SCAN_RULED_OUT,  // by a rule of --policy that denies, or by --deny
    PT_SCAN_DENIED,     // a licence is, by the policy
    PT_SCAN_STRICT,     // something was not evaluated, and --strict counts it
    PT_SCAN_WASTEFUL,   // layers hold more than --max-waste that is not there
    PT_SCAN_UNREAD,     // something could not be read
    PT_SCAN_UNJUDGED,   // a package could not be judged
    PT_SCAN_UNCOMPARED, // a file could not be compared with its package
    PT_SCAN_UNRULED,    // a rule of --policy or --deny could not be asked
    PT_SCAN_UNDECIDED,  // a licence is not known, or for a person to look at
    PT_SCAN_END_COUNT,
} pt_scan_end;
pt_scan_end pt_scan_end_of(const pt_run *r, size_t over);
int pt_scan_exit_code(pt_scan_end end);

// What became of a vulnerability in a package, in whichever files it was found.
typedef struct pt_scan_flaw {
    bool open, fresh, expired, waived, known;
} pt_scan_flaw;

// The finding that a part of the document became, and who accepted it.
typedef struct pt_scan_marks {
    const pt_run *run;
    pt_map findings; // by what they were made of
    pt_map flaws;    // pt_scan_flaw, by id and package
} pt_scan_marks;
PT_CHECK pt_code pt_scan_mark(const pt_run *r, pt_arena *a, pt_scan_marks *ret, pt_err *e);
const pt_finding *pt_scan_finding(const pt_scan_marks *m, pt_value part); // NULL: none
// Without marks, and of one that became no finding: it is open.
pt_scan_flaw pt_scan_flaw_of(const pt_scan_marks *m, pt_str id, pt_str package);

// Does it step back: is what a part became waived, or known? `m` may be NULL: nothing does.
bool pt_scan_steps_back(const pt_scan_marks *m, pt_value part);
// "waived", "known", or `severity`: how a finding counts.
pt_str pt_scan_standing(const pt_scan_marks *m, pt_value part, pt_str severity);
// "new", "exp" (its waiver has expired), or nothing.
const char *pt_scan_mark_of(const pt_scan_marks *m, pt_value part);
