// PEM and base64 as Go's encoding/pem and encoding/base64 read them.
#pragma once

#include "judge/policy/fn/aid.h"

typedef struct pt_pem {
    pt_str type; // "CERTIFICATE"
    pt_str der;
} pt_pem;

// Take the next block of *rest; what is no block is passed over. False: there is none, *rest stays.
bool pt_pem_next(pt_arena *a, pt_str *rest, pt_pem *ret);

// Line breaks are passed over. False: *ret_bad is the offset of the first byte that does not fit.
bool pt_go_base64(pt_arena *a, pt_str s, bool url, bool padded, pt_str *ret, size_t *ret_bad);

// base64.url_decode: padding may be missing. False after a fault with `before` before its text.
bool pt_base64url(pt_call *c, const char *before, pt_str s, pt_str *ret);

// Base64 with padding; false after a fault.
bool pt_base64std(pt_call *c, pt_str s, pt_str *ret);

void pt_base64url_put(pt_buf *b, pt_str s); // without padding
