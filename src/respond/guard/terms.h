// What every guard speaks of.
#pragma once

#include "crypto/crypto.h"
#include "fact/subject.h"
#include "judge/gatekeeper/gatekeeper.h"
#include "judge/scanned/scanned.h"

typedef enum pt_guard_mode {
    PT_GUARD_LEARN, // judges, never denies
    PT_GUARD_ENFORCE,
} pt_guard_mode;

// What receipts tell of each decision.
typedef enum pt_guard_lines {
    PT_GUARD_NO_LINES,
    PT_GUARD_TEXT_LINES, // of denials alone
    PT_GUARD_JSON_LINES,
} pt_guard_lines;

// A template, a constraint or a Config of Gatekeeper's.
typedef struct pt_guard_policy {
    pt_value doc;
    pt_place place;
    bool bound; // an API server holds it: pt_gk_add_bound
} pt_guard_policy;

// The set of these, in `a`; *ret NULL: there are none. PT_E_FORMAT: a policy that cannot be
// evaluated, e says which and why (what it would deny must not pass), or none that judges;
// PT_E_NOMEM.
PT_CHECK pt_code pt_guard_compile(pt_arena *a, const pt_guard_policy *policies, size_t n,
                                  pt_gk_set **ret, pt_err *e);

// The same where an API server may hold more of them: a policy of these that cannot be evaluated is
// none of the errors, and there need be no constraint.
PT_CHECK pt_code pt_guard_compile_live(pt_arena *a, const pt_guard_policy *policies, size_t n,
                                       pt_gk_set **ret, pt_err *e);

// Which policies are in force, as reports name them.
typedef struct pt_guard_policies_id {
    size_t constraints;   // that judge
    size_t bound, broken; // of the API server: of them, and those that cannot be evaluated
    bool unread;          // those of the API server were not read yet
    char digest[sizeof "sha256:" + 2 * PT_SHA256_BYTES]; // pt_gk_digest's
} pt_guard_policies_id;
pt_guard_policies_id pt_guard_policies_id_of(const pt_gk_set *set); // NULL: none

// A list of settings, copied into `a` with its texts. False: the arena is full.
PT_CHECK bool pt_guard_copy_list(pt_arena *a, const pt_str **list, size_t n);
pt_value pt_guard_list_value(pt_arena *a, const pt_str *list, size_t n);

// What is asked of scans: copied into `a` (false: it is full), and all of it that counts.
PT_CHECK bool pt_guard_scanned_copy(pt_arena *a, pt_scanned_policy *p);
pt_value pt_guard_scanned_value(pt_arena *a, const pt_scanned_policy *p);

// Which settings they were, for receipts: SHA-256 of the canonical JSON of all that counts, in
// hexadecimal. False: there is no memory for it.
typedef struct pt_guard_digest {
    char text[2 * PT_SHA256_BYTES + 1];
} pt_guard_digest;
PT_CHECK bool pt_guard_digest_of(pt_guard_digest *ret, pt_value settings);
