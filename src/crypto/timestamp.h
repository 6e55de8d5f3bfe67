// Time stamps of an authority (RFC 3161) over a SHA-256, by OpenSSL. Nothing here touches a file or
// the network.
#pragma once

#include "base/instant.h"
#include "crypto/crypto.h"

#define PT_TIMESTAMP_BYTES_MAX ((size_t)256 * 1024)

// Append the DER of a TimeStampReq for `digest`; it asks for the signer's certificate. `nonce` is
// repeated in the answer; 0: none.
PT_CHECK pt_code pt_timestamp_query(pt_buf *b, const pt_hash256 *digest, uint64_t nonce, pt_err *e);

// Verify the DER of a TimeStampResp: granted, for `digest` (and `nonce`, unless 0), signed by a
// certificate for time stamping that leads to one of `ca_pem` (empty: the system's list), as of its
// own time, so that a token outlives the certificates. *ret_time: what it says.
// PT_E_FORMAT: it is none. PT_E_DENIED: the authority refused. PT_E_CORRUPT: it does not verify.
PT_CHECK pt_code pt_timestamp_verify(pt_str response, const pt_hash256 *digest, uint64_t nonce,
                                     pt_str ca_pem, pt_time_ns *ret_time, pt_err *e);
