// The engine: facts and a check's row to a verdict. Turns unknown into "not evaluated", so that no
// check can. Pure: no files, no sockets, no clock.
#pragma once

#include "judge/finding.h"

// Judge one subject by every check of `checks` (n of them) that is for its kind; append a finding
// for each to `ret`. Findings and their texts live in `a`, the subject may die afterwards.
// PT_E_NOMEM if the arena is full.
PT_CHECK pt_code pt_judge_subject(pt_arena *a, const pt_check *const *checks, size_t n,
                                  const pt_subject *s, pt_findings *ret, pt_err *e);

// The same row by row, for a module that judges some rows itself. The buffers of `seen` are used
// again and again: judging a subject whose every check passes allocates nothing per check.
typedef struct pt_judging {
    pt_arena *a;
    const pt_subject *subject;
    pt_findings *ret;
    pt_seen seen; // of the row that is being judged
    // private
    pt_buf safe;
    pt_finding common; // what all findings of the subject share, copied on the first one
    bool copied;
} pt_judging;
pt_judging pt_judging_begin(pt_arena *a, const pt_subject *s, pt_findings *ret);
void pt_judging_done(pt_judging *j); // for PT_AUTO
// Judge by a row with conditions.
PT_CHECK pt_code pt_judging_row(pt_judging *j, const pt_check *c, pt_err *e);
// Before a module judges: empty buffers, but for the path at which the value stands.
void pt_judging_clear(pt_judging *j, pt_str path);
// A verdict that a module came to, with what it wrote into j->seen.
PT_CHECK pt_code pt_judging_add(pt_judging *j, const pt_check *c, pt_verdict v, pt_err *e);

// The names of the facts that these checks ask of subjects of one kind, without repetitions: the
// plan that collect carries out.
typedef struct pt_plan {
    PT_VEC(pt_str) facts;
} pt_plan;
PT_CHECK pt_code pt_plan_of(pt_arena *a, const pt_check *const *checks, size_t n, pt_kind kind,
                            pt_plan *ret, pt_err *e);

// -- tests that rows are made of; `want` as said --------------------------------------------------
pt_verdict pt_test_true(pt_value v, pt_str want, pt_seen *seen);   // boolean true
pt_verdict pt_test_false(pt_value v, pt_str want, pt_seen *seen);  // boolean false
pt_verdict pt_test_one_of(pt_value v, pt_str want, pt_seen *seen); // "1|2|yes", text or number
// An array of words that hold for some cases only: all listed pass, others are not evaluated.
pt_verdict pt_test_each_one_of(pt_value v, pt_str want, pt_seen *seen);
pt_verdict pt_test_none_of(pt_value v, pt_str want, pt_seen *seen);  // likewise
pt_verdict pt_test_at_least(pt_value v, pt_str want, pt_seen *seen); // an integer
pt_verdict pt_test_at_most(pt_value v, pt_str want, pt_seen *seen);
pt_verdict pt_test_has(pt_value v, pt_str want, pt_seen *seen);   // array with one of "a|b"
pt_verdict pt_test_lacks(pt_value v, pt_str want, pt_seen *seen); // array with none of "a|b"
pt_verdict pt_test_empty(pt_value v, pt_str want, pt_seen *seen); // array, object or string
pt_verdict pt_test_not_empty(pt_value v, pt_str want, pt_seen *seen);
// An array of "ADDRESS:PORT OWNER": none of the ports "2375|4789/udp" on an address that others
// reach.
pt_verdict pt_test_not_reachable(pt_value v, pt_str want, pt_seen *seen);
// For what must not be there at all: a known value fails.
pt_verdict pt_test_absent(pt_value v, pt_str want, pt_seen *seen);
// A stat object (fact/world.h): no mode bit outside the octal, owner and group as numbers:
// "644 0:0"; "600" leaves the owner alone; "660 0:*" any group. Fails with "above", too: a folder
// {"path", "mode", "uid"} in which others may replace the file.
pt_verdict pt_test_mode(pt_value v, pt_str want, pt_seen *seen);
