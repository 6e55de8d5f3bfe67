// TLS of the one HTTP server (OpenSSL): what it shows of itself, and which clients it lets in.
#pragma once

#include "base/err.h"
#include "base/str.h"

typedef struct pt_http_identity {
    pt_str cert;      // PEM: its certificate, and behind it those of its issuers
    pt_str key;       // PEM, not encrypted
    pt_str client_ca; // PEM: clients must show a certificate that one of these has signed, and that
                      // says that it is for client authentication; empty: none is asked for
} pt_http_identity;

typedef struct pt_http_server_tls pt_http_server_tls;

// TLS 1.2 and 1.3, with forward secrecy (ECDHE) and AEAD ciphers only; no renegotiation, no
// compression, no resumption: every connection is judged by the identity that it was made with.
// PT_E_FORMAT: what is no PEM, a key that is not the certificate's or is encrypted; PT_E_NOMEM;
// PT_E_UNSUPPORTED: libssl cannot be loaded.
PT_CHECK pt_code pt_http_server_tls_new(pt_http_server_tls **ret, const pt_http_identity *id,
                                        pt_err *e);

// Connections from now on see this identity; those that are open keep theirs. From any thread. The
// same errors, and then the old one stays.
PT_CHECK pt_code pt_http_server_tls_replace(pt_http_server_tls *t, const pt_http_identity *id,
                                            pt_err *e);
void pt_http_server_tls_free(pt_http_server_tls *t); // NULL is fine; not while a server uses it
