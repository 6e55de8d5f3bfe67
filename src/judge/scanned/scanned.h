// May an image run, by what is kept of its last scan (record/images)? Pure: what is kept comes in
// as a fact, with its age.
#pragma once

#include "base/arena.h"
#include "fact/fact.h"

// What is asked of it.
typedef struct pt_scanned_policy {
    int64_t age_s_max;   // of the scan, and of the advisory index that it was judged by; 0: nothing
                         // is asked at all
    pt_str fail_on;      // no finding at or above it: "critical", "high", "medium", "low",
                         // "negligible"; empty: "high"
    bool ignore_unfixed; // of vulnerabilities those alone that a newer package removes
    bool warns;          // what it finds is told, and does not deny
    bool by_name;        // Kubernetes: a tag is as good as the image that had it last
    // Where images come from that may run all the same: the beginning of a name, or a digest, each
    // with a reason.
    const pt_str *except, *reasons;
    size_t n_except;
} pt_scanned_policy;

bool pt_scanned_severity(pt_str word); // is it one that fail_on may be?

// The reason for which a name with its registry ("docker.io/library/web"), or a digest, may run
// without a scan; empty: there is none.
pt_str pt_scanned_excepted(const pt_scanned_policy *p, pt_str name);

// Why it may not run; empty: it may. `scan` is known: an array of records, all of which must be
// good, with "age_s" and "index_age_s"; absent: it was not scanned. In `a`; what it says is safe to
// show. *ret_receipt is the entry of the scan in the ledger; -1: there is none.
pt_str pt_scanned_why(pt_arena *a, const pt_scanned_policy *p, pt_fact scan, int64_t *ret_receipt);
