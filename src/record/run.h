// One run of a verb, as every report and the ledger see it.
#pragma once

#include "base/instant.h"
#include "judge/finding.h"

typedef struct pt_output {
    pt_str format; // "html"
    pt_str path;
} pt_output;

typedef struct pt_receipt {
    bool recorded;  // false: `why` says why there is no receipt
    uint64_t index; // of the entry in the ledger
    uint64_t size;  // of the tree that the checkpoint signs
    // The newest word of a witness about this log, as it was kept; size 0: none yet.
    uint64_t witness_size; // entries that it saw
    pt_time_ns witness_time;
    pt_str witness;
    pt_str origin;
    pt_str checkpoint; // the signed note
    pt_str why;
    bool broken; // the ledger contradicts itself or what was signed
} pt_receipt;

// A finding as the kept runs saw it.
typedef struct pt_kept_finding {
    pt_str check, kind, subject, verdict, severity, evidence, fingerprint;
    pt_time_ns first_seen; // of the unbroken row of runs that ends with the last one that saw it
    pt_time_ns last_seen;
    pt_str remedy;                      // not evaluated: what would let us look; may be empty
    pt_str waiver_reason, waiver_owner; // of the waiver that expired; empty: none
    int64_t entry;                      // the receipt of the last run that saw it; -1: none
    bool in_last_run;                   // of its verb and subject
    bool open;                          // it counted: not waived, not known from a baseline
} pt_kept_finding;
typedef PT_VEC(pt_kept_finding) pt_kept_findings;

// Its check's title (its good state, if it does not fail); its id, if the catalogue has it no more.
pt_str pt_kept_title(const pt_kept_finding *f);

// One point of the score's history.
typedef struct pt_past {
    pt_time_ns started;
    int score; // as pt_run_score; -1: nothing was judged
} pt_past;

#define PT_HISTORY_MAX 13u

typedef struct pt_run {
    const char *verb;     // "audit"
    pt_str subject;       // whom or what: "hel-07", "deploy/"
    pt_str series;        // by what it is compared with earlier ones; empty: by the subject
    PT_VEC(pt_str) words; // by which a waiver's subject is met; none: by that of each finding
    pt_value scan;        // its document, docs/scan.schema.json; undefined: it was no scan
    PT_VEC(pt_str) facts; // of the head line: "Debian 12, Linux 6.1", "Docker 28.5.2", …
    pt_time_ns started;
    int64_t took_ns;
    pt_findings findings;  // finished
    size_t files, objects; // of manifests
    size_t without;        // files that hold no Kubernetes object: values, Compose, other settings
    pt_severity fail_on;
    bool no_gate;            // no severity is too high
    bool strict;             // what was not evaluated counts for the exit code
    bool compared;           // an earlier run is known, so that "new" means something
    bool beside;             // likewise: --baseline, or --against OTHER, says what is known
    bool unchanged;          // nothing new, gone or newly not evaluated since the last run
    int64_t id;              // in the store; 0: not kept
    pt_kept_findings gone;   // open in the last run, and looked at in this one: not there
    PT_VEC(pt_past) history; // the runs like this one before it, oldest first, PT_HISTORY_MAX
    size_t waived, waivers_expired;
    size_t known;              // fail, and stood in the baseline
    PT_VEC(pt_output) outputs; // what was written
    pt_receipt receipt;
    pt_str cut; // why not all was judged that should have been; empty: it was
    int exit_code;
} pt_run;

// Is it a failure that counts: not waived, not in the baseline?
bool pt_finding_open(const pt_finding *f);

// "waived", "known" (from a baseline or an earlier run), "exp" (its waiver has expired), "new";
// empty: nothing is to be said of it.
const char *pt_finding_mark(const pt_run *r, const pt_finding *f);

// Did a finding get worse between two evidences: is there something in `now` that `before` had not?
// Both are lists, with commas or semicolons; one that only lost items got better.
bool pt_evidence_grew(pt_str before, pt_str now);

// Open findings at or above a severity.
size_t pt_run_open(const pt_run *r, pt_severity at_least);

// Share of severity weight that passes, 0 to 100: critical 10, high 5, medium 2, low 1, info 0; not
// applicable, not evaluated and waived left out; at most 49 while a critical is open. -1: nothing
// was judged. `kind` PT_KIND_COUNT: over all.
int pt_run_score(const pt_run *r, pt_kind kind);

// "3 findings let someone take over this host", by rule from the worst open severity.
pt_str pt_run_headline(const pt_run *r, pt_arena *a);

// "18 fail (3 critical, 8 high), 5 new, 4 not evaluated, 177 pass, 0.6 s"
pt_str pt_run_summary(const pt_run *r, pt_arena *a);

// Do first: at most three open findings, worst first, then new, then how many the same remedy
// closes; two of the same subject and remedy are one.
typedef struct pt_todo {
    const pt_finding *finding;
    size_t closes; // findings with this check
    pt_str act;    // the imperative with its subject
} pt_todo;
size_t pt_run_todo(const pt_run *r, pt_arena *a, pt_todo ret[3]);

// Why there is no more: "Exit 1   11 findings at or above high (--fail-on high)" without the word.
pt_str pt_run_exit_reason(const pt_run *r, pt_arena *a);
