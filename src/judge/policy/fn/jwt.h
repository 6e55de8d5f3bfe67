// What the files of the family "jwt" share (RFC 7515, 7519).
#pragma once

#include "judge/policy/fn/keys.h"

typedef struct pt_jwt {
    pt_str header, payload, signature; // in base64
    pt_str signed_text;                // "header.payload"
    pt_value fields;                   // of the header, once it is decoded
} pt_jwt;

// The fields of a header that mean something.
typedef struct pt_jwt_header {
    pt_str alg, kid, cty;
    bool critical; // a critical field is unknown
} pt_jwt_header;

// Each is false after a fault.
bool pt_jwt_split(pt_call *c, pt_value token, pt_jwt *ret);
bool pt_jwt_decode_header(pt_call *c, pt_jwt *t);
bool pt_jwt_read_header(pt_call *c, const pt_jwt *t, pt_jwt_header *ret);
bool pt_jwt_object(pt_call *c, const char *before, pt_str text, pt_value *ret); // from JSON

// Does one of the keys, the one that is called `kid` if there is such a one, verify?
bool pt_jwt_verify(const pt_keys *keys, const pt_jwt_header *h, const pt_jwa *alg, const pt_jwt *t,
                   pt_str sig, bool strict);

pt_value pt_jwt_decode_verify(pt_call *c, const pt_value *args);
pt_value pt_jwt_encode_sign(pt_call *c, const pt_value *args);
pt_value pt_jwt_encode_sign_raw(pt_call *c, const pt_value *args);
