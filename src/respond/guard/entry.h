// Entries of decisions in the ledger: what receipts of every guard are written with. No person's
// name and no content is in them, only commitments.
#pragma once

#include "respond/guard/terms.h"

enum {
    PT_ENTRY_SALT_BYTES = 16
};

// {"sha256": "…"} of the concatenated parts; with "bytes" unless that is 0.
pt_value pt_entry_digest(pt_arena *a, const pt_str *parts, size_t n, size_t bytes);

// Words of a decision (rules, controls, constraints), each once and sorted.
typedef struct pt_entry_ids {
    pt_arena *a;
    PT_VEC(pt_value) all;
} pt_entry_ids;
void pt_entry_add(pt_entry_ids *to, pt_str word);
// "KIND/NAME" of constraints that deny, or of those that only say something.
void pt_entry_add_constraints(pt_entry_ids *to, const pt_gk_verdict *v, bool deny);
pt_value pt_entry_end(pt_entry_ids *of);

// A name that is a person's: in the entry a salted commitment (o["user"]), in the line beside it
// the name and the salt.
typedef struct pt_entry_user {
    pt_str name;
    uint8_t salt[PT_ENTRY_SALT_BYTES];
} pt_entry_user;
void pt_entry_user_hide(pt_obj *o, const pt_entry_user *user);
void pt_entry_user_show(pt_obj *o, const pt_entry_user *user);

// Canonical JSON; empty: it is too long, or the arena is full.
pt_str pt_entry_json(pt_arena *a, pt_value v);
