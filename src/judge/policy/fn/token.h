// Signed tokens (RFC 7515, compact) for other folders: bundles are signed with them.
#pragma once

#include "judge/policy/builtin.h"

typedef struct pt_token {
    pt_str algorithm, kid; // of the header; empty: it says none
    bool critical;         // the header has a critical field that is not known
    pt_str payload;        // decoded
    pt_str signature;      // likewise
    pt_str signed_text;    // "HEADER.PAYLOAD"
} pt_token;

// Take a token apart. Nothing of it is to be believed yet. False after a fault.
bool pt_token_read(pt_call *c, pt_str text, pt_token *ret);

// Is it signed with `algorithm`, by the key of a file (pt_keys_for)? False after a fault. `strict`
// in the sense of RFC 8725: the token must say the algorithm that the key is for, else a public key
// could be taken for a secret.
bool pt_token_verify(pt_call *c, const pt_token *t, pt_str algorithm, pt_str key);

// The token of a header and a payload, both JSON. p is NULL after a fault.
pt_str pt_token_sign(pt_call *c, pt_str algorithm, pt_str key, pt_str header, pt_str payload);
