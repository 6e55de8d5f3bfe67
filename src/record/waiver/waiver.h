// What is accepted: waivers (a reason, an owner, an expiry each) and baselines (findings already
// known). Both step back in reports and do not count for the exit code; both are counted and said.
#pragma once

#include "record/run.h"

#define PT_WAIVERS_MAX           10000u
#define PT_WAIVER_FILE_BYTES_MAX ((size_t)4 << 20)

typedef struct pt_waiver {
    pt_str check; // id, or the start of one followed by '*'; of a policy: its name
    pt_str
        subject; // of r->words one, else a finding's: exact, or with '*' for any run of characters
    pt_str fingerprint; // instead of check and subject: one finding
    pt_str reason, owner;
    pt_str status, justification; // of VEX, where it says more than "accepted"; may be empty
    pt_time_ns expires;           // the instant at which it counts again
    uint32_t line;                // in its file
    size_t hits;                  // findings that it accepted in this run
} pt_waiver;

typedef struct pt_waivers {
    PT_VEC(pt_waiver) all;
} pt_waivers;

// Read paratia.yaml (YAML 1.2, duplicate keys refused):
//   waivers:
//     - check: PT-CTR-SOCKET
//       subject: edge-proxy
//       reason: Traefik reads labels from Docker
//       owner: a.lindqvist
//       expires: 2026-12-31        # a date (its end, UTC) or RFC 3339
//       status: not_affected       # of a vulnerability, for OpenVEX: affected, fixed,
//       justification: vulnerable_code_not_present         # under_investigation too
// Unknown keys, a missing reason, owner or expiry, a check that does not exist and words that VEX
// does not know are PT_E_FORMAT with e->line: a waiver that is not understood must not silently do
// nothing. All in `a`; borrows `text`.
PT_CHECK pt_code pt_waivers_read(pt_arena *a, pt_str text, pt_waivers *ret, pt_err *e);

// Mark failing findings that a waiver accepts: waived, or waiver_expired if its time is over (then
// it counts again), and by which: the waivers outlive the run. Counts r->waived and
// r->waivers_expired.
void pt_waivers_apply(pt_waivers *w, pt_run *r, pt_time_ns now);

// Mark as known the failing findings that stand in a JSON report of an earlier run: what got worse
// since (pt_evidence_grew) is not known. *ret_listed: how many failing ones the report has.
// PT_E_FORMAT: it is none.
PT_CHECK pt_code pt_baseline_apply(pt_str json, pt_run *r, size_t *ret_listed, pt_err *e);
