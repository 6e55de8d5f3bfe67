// What collect tells judge. A fact is unknown (the zero value), proved absent, or known; only the
// last two can lead to a pass, and only the engine sees which of the three it is.
// No code here looks at anything.
#pragma once

#include "base/arena.h"
#include "base/str.h"
#include "value/value.h"

typedef enum pt_state {
    PT_UNKNOWN, // we could not look: `reason` says why, `remedy` how to let us
    PT_ABSENT,  // it is not there, and `source` is the witness of that
    PT_KNOWN,
} pt_state;

typedef struct pt_fact {
    pt_state state;
    pt_value value; // known only
    pt_str source;  // where it was read: "/etc/ssh/sshd_config:12", "GET /info"
    pt_str reason;  // unknown only: a clause, "Permission denied"
    pt_str remedy;  // unknown only: "needs root: sudo paratia audit"
    pt_str path;    // where the value stands in its document, if a finding is to point into that
} pt_fact;

// Of an undefined value (its arena was full) nothing is known: the fact is unknown.
pt_fact pt_fact_known(pt_value v, pt_str source);
pt_fact pt_fact_absent(pt_str source);
pt_fact pt_fact_unknown(pt_str reason, pt_str remedy);

// The fact at `path` (value/path.h) inside f. An unknown or absent fact stays what it is. Inside a
// known one, a missing last step is absent; a missing or wrongly typed step before it is unknown,
// because an answer that lacks its own frame proves nothing. path may be NULL: f itself.
pt_fact pt_fact_at(pt_fact f, const char *path);

// Facts of one subject by name. A zeroed pt_facts is empty; `a` of pt_facts_set owns what it adds,
// and the strings and values that it borrows must live as long.
typedef struct pt_named_fact {
    pt_str name;
    pt_fact fact;
} pt_named_fact;
typedef struct pt_facts {
    PT_VEC(pt_named_fact) all;
} pt_facts;

// False when the arena is full: the fact is then missing, hence unknown.
bool pt_facts_set(pt_facts *fs, pt_arena *a, pt_str name, pt_fact f);
// A name that nobody set gives an unknown fact.
pt_fact pt_facts_get(const pt_facts *fs, pt_str name);
