// X.509 certificates of our own making (RFC 5280), and what others say.
#pragma once

#include "crypto/crypto.h"

// Texts in PEM, in the arena they were made in; the key is PKCS#8, not encrypted: pt_wipe it.
typedef struct pt_x509_pair {
    pt_str cert, key;
} pt_x509_pair;

// An authority (ECDSA P-256, pathlen 0, keyCertSign only) that signs itself. Times are nanoseconds
// since 1970, cut to seconds. PT_E_FORMAT: the name is none (1 to 64 characters, no control
// characters), the end is not after the beginning; PT_E_IO: OpenSSL could not; PT_E_NOMEM.
PT_CHECK pt_code pt_x509_authority(pt_arena *a, pt_str common_name, int64_t not_before_ns,
                                   int64_t not_after_ns, pt_x509_pair *ret, pt_err *e);

typedef struct pt_x509_wish {
    pt_str common_name;
    const pt_str *names; // subjectAltName: DNS names, or IP addresses in text; servers need one
    size_t n_names;
    int64_t not_before_ns, not_after_ns;
    bool client; // for client authentication; else for servers
} pt_x509_wish;

// A certificate with a key of its own (ECDSA P-256), signed by `authority`. PT_E_FORMAT: the
// authority cannot be read or is none, a name is none (wildcards neither); PT_E_IO, PT_E_NOMEM.
PT_CHECK pt_code pt_x509_issue(pt_arena *a, const pt_x509_pair *authority, const pt_x509_wish *wish,
                               pt_x509_pair *ret, pt_err *e);

typedef struct pt_x509_facts {
    int64_t not_before_ns, not_after_ns; // what an int64 does not hold is its least or greatest
    pt_str subject, issuer;              // RFC 2253
    pt_str common_name;                  // of the subject; empty: it has none
    pt_str names;  // subjectAltName: "DNS:guard.paratia.svc, IP Address:127.0.0.1"; what belongs in
                   // no such name is \xNN, what is neither is "other"
    pt_str serial; // hexadecimal, in small letters, without zeros before it; "-" first: negative
    char sha256[2 * PT_SHA256_BYTES + 1]; // of the certificate, hexadecimal
} pt_x509_facts;

// What the first certificate of a PEM text says. PT_E_FORMAT, PT_E_NOMEM.
PT_CHECK pt_code pt_x509_read(pt_arena *a, pt_str pem, pt_x509_facts *ret, pt_err *e);

// Are these the names of it, in this order?
bool pt_x509_names_are(const pt_x509_facts *f, const pt_str *names, size_t n);

// Is the key the certificate's? False also where one of them cannot be read.
bool pt_x509_fits(const pt_x509_pair *pair);

// Has the authority, the first certificate of its text, signed this one? Times are not looked at.
bool pt_x509_signed_by(pt_str pem, pt_str authority);

// For who holds OpenSSL's own: append the common name of the subject, in UTF-8; nothing where there
// is none. False: it has several, it is no text, or there is a NUL in it, so that two programs
// would read two names.
struct x509_st;
PT_CHECK bool pt_x509_common_name(const struct x509_st *cert, pt_buf *name);
