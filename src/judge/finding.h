// A finding: a check on one subject, with one of four verdicts. One type everywhere.
#pragma once

#include "base/buf.h"
#include "base/err.h"
#include "base/instant.h"
#include "fact/subject.h"

typedef enum pt_verdict { // in the order in which parts of one check combine: the first one wins
    PT_FAIL,              // a known failure beats unknown
    PT_NOT_EVALUATED,     // unknown beats pass
    PT_PASS,
    PT_NOT_APPLICABLE,
    PT_VERDICT_COUNT,
} pt_verdict;

typedef enum pt_severity {
    PT_CRITICAL,
    PT_HIGH,
    PT_MEDIUM,
    PT_LOW,
    PT_INFO,
    PT_SEVERITY_COUNT,
} pt_severity;

const char *pt_verdict_word(pt_verdict v); // "fail", "not evaluated", "pass", "not applicable"
const char *pt_severity_word(pt_severity s);
bool pt_severity_parse(pt_str word, pt_severity *ret); // capitals or not

// What must hold for a check: one fact and a test of its value.
// A test sees values only, never "unknown": it gives pass, fail or not applicable with what it saw,
// or not evaluated if the value is not of the kind that it judges (a broken answer is no pass).
// `want` is the operand of the row. What was seen never holds a secret.
typedef struct pt_seen {
    pt_buf text; // the evidence: "Privileged = true"
    pt_buf path; // where in the value, if the test looked deeper (value/path.h)
    pt_str name; // what the value is called: "Privileged", "kernel.kptr_restrict"; may be empty
} pt_seen;
typedef pt_verdict (*pt_test)(pt_value v, pt_str want, pt_seen *seen);

typedef struct pt_cond {
    const char *fact; // name of a fact of the subject; NULL ends the list
    const char *path; // inside its value; NULL: all of it
    pt_test test;
    const char *want;
    pt_verdict absent;        // what proved absence means
    const char *absent_shown; // the evidence then: "unset, which means yes"
} pt_cond;

#define PT_CONDS_MAX 4

// A check is data. Texts: title and good 48 columns at most, id 20, consequence 90 (a test holds
// them). `%s` in `act` is the subject.
typedef struct pt_check {
    const char *id;
    pt_severity severity;
    pt_kind kind;
    const char *title;       // when it fails: the problem
    const char *good;        // when it passes: the good state
    const char *act;         // Do first: the imperative
    const char *consequence; // Do first: what happens otherwise
    const char *interrupts;  // Do first: what the remedy interrupts
    const char *why;
    const char *remedy;          // a snippet to paste; lines end in \n
    const char *standards;       // ids only, "; " between them
    bool conceals;               // its place holds a secret: the line itself is never shown
    pt_cond when;                // not applicable unless it passes; fact NULL: always applicable
    pt_cond conds[PT_CONDS_MAX]; // all must hold; none: a module of judge decides (podsec)
} pt_check;

#define PT_FINGERPRINT_CHARS 12

typedef struct pt_finding {
    const pt_check *check;
    pt_verdict verdict;
    pt_kind kind;
    pt_str subject; // its name
    pt_str detail;
    pt_place place;
    pt_str path;     // where in the object (value/path.h); empty elsewhere
    pt_str evidence; // what was seen, safe to show
    pt_str excerpt;  // the line at `place`, as it is: made safe by whoever shows it; may be empty
    pt_str source;   // where that was read
    pt_str remedy;   // not evaluated: what would let us look
    // What makes it the same finding in the next run, in place of subject and file: "deb libssl3,
    // var/lib/dpkg/status". Then the subject may be called otherwise and the evidence may change.
    pt_str identity;
    pt_value about; // the part of a document that it was made of; undefined: none
    char fingerprint[PT_FINGERPRINT_CHARS + 1]; // set by pt_findings_finish
    // Filled by record: known from earlier runs, accepted by a waiver.
    bool is_new;
    bool known; // in the baseline that was given: it steps back and does not count
    bool waived;
    bool waiver_expired;
    const struct pt_waiver *waiver; // the one that did it; NULL: neither
    pt_time_ns first_seen;          // 0: never stored
} pt_finding;

// A zeroed pt_findings keeps everything.
typedef struct pt_findings {
    PT_VEC(pt_finding) all;
    bool drop_good; // of manifests: passes and "not applicable" are counted, not kept
    size_t tally[PT_VERDICT_COUNT][PT_SEVERITY_COUNT]; // of all that was judged, kept or not
} pt_findings;

// Count `f` and keep it, unless it is to be dropped. False when the arena is full.
bool pt_findings_add(pt_findings *fs, pt_arena *a, const pt_finding *f);
bool pt_findings_keeps(const pt_findings *fs, pt_kind kind, pt_verdict v);
size_t pt_findings_count(const pt_findings *fs, pt_verdict v); // over all severities

// Sort worst first (fails by severity, then not evaluated, pass, not applicable; then by check and
// subject) and give each its fingerprint: the id that stays when lines and indexes move, SHA-256
// over check, kind, subject and file (or the identity), and the ordinal of the nth such, 12 hex
// digits of it.
void pt_findings_finish(pt_findings *fs);
