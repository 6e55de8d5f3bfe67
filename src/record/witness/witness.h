// What others have signed or keep of this ledger's checkpoints, kept beside it: one JSON file each
// in LEDGER/witness/. The files prove nothing by themselves (root on the host writes them): the
// signatures in them do, to whoever holds the witness's key or trusts the authority.
#pragma once

#include "base/arena.h"
#include "base/err.h"
#include "base/instant.h"

#define PT_WITNESSED_MAX 100000u

typedef enum pt_witness_kind {
    PT_WITNESS_COSIGNED, // a C2SP witness: `note` carries its signature line
    PT_WITNESS_STAMPED,  // an RFC 3161 authority: `token` is its answer over SHA-256 of `note`
    PT_WITNESS_COPIED,   // somebody else keeps `note`: a file, or a web address
    PT_WITNESS_KIND_COUNT,
} pt_witness_kind;

typedef struct pt_witnessed {
    pt_witness_kind kind;
    pt_str by;       // the witness's key name; the authority's or keeper's address
    pt_time_ns time; // when: as the witness says; of a copy by our clock
    uint64_t size;   // entries below the checkpoint
    pt_str note;     // the checkpoint as it was sent, with the cosignature of a witness
    pt_str token;    // DER, of an authority only
} pt_witnessed;
typedef PT_VEC(pt_witnessed) pt_witnesses;

const char *pt_witness_word(pt_witness_kind k); // "cosigned", "stamped", "copied"

// Keep one, in the folder of a ledger. What is kept is never replaced by another.
PT_CHECK pt_code pt_witness_keep(const char *ledger, const pt_witnessed *w, pt_err *e);

// All that are kept, by size, then time; in `a`. None is no error. PT_E_CORRUPT names a file that
// is not ours.
PT_CHECK pt_code pt_witness_list(const char *ledger, pt_arena *a, pt_witnesses *ret, pt_err *e);

// The newest one only, without reading the others: what a report shows. False: none.
bool pt_witness_last(const char *ledger, pt_arena *a, pt_witnessed *ret);
