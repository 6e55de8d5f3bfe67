// Keys for signatures: from PEM, certificates and JSON Web Keys (RFC 7517), and what one does with
// them (RFC 7518). The arithmetic is OpenSSL's.
#pragma once

#include <openssl/evp.h>

#include "judge/policy/fn/aid.h"

typedef enum pt_key_kind {
    PT_KEY_OTHER, // of a certificate: nothing that a JWT is signed with
    PT_KEY_RSA,
    PT_KEY_EC,
    PT_KEY_OKP, // Ed25519
    PT_KEY_OCT, // a secret
} pt_key_kind;

typedef struct pt_key {
    pt_key_kind kind;
    bool is_private;
    EVP_PKEY *pkey; // NULL for a secret
    char *secret;   // malloc'ed, wiped when freed
    size_t secret_n;
    char alg[16];      // "": any
    const char *lacks; // a field of a private RSA key that is missing; NULL: none
    char *kid;         // malloc'ed; NULL: none
    size_t kid_n;
} pt_key;

typedef struct pt_keys {
    pt_key *v; // malloc'ed
    size_t n;
} pt_keys;
void pt_keys_free(void *p); // pt_keys *, NULL is fine

// From PEM (a certificate, a public key) or JWKs; through the cache. NULL after a fault.
pt_kept pt_keys_get(pt_call *c, pt_str text);

EVP_PKEY *pt_private_of_der(pt_str der); // PKCS #1, PKCS #8, SEC 1. NULL: it is none

// From a JSON Web Key, or {"keys": [...]}. NULL after a fault, whose text begins with `before`.
pt_keys *pt_jwk_read(pt_call *c, const char *before, pt_str text);

// -- algorithms -----------------------------------------------------------------------------------

typedef enum pt_jwa_family {
    PT_JWA_HMAC,
    PT_JWA_RSA,
    PT_JWA_PSS,
    PT_JWA_EC,
    PT_JWA_ED,
} pt_jwa_family;

typedef struct pt_jwa {
    const char *name; // "RS256"
    pt_jwa_family family;
    const EVP_MD *(*md)(void); // NULL: EdDSA
} pt_jwa;
const pt_jwa *pt_jwa_find(pt_str name); // NULL: none of OPA's

// The key for `alg` of a file: of the first block of a PEM text, be it public, private or a
// certificate; for HMAC the bytes are the secret. NULL after a fault: it is of another kind, too.
pt_keys *pt_keys_for(pt_call *c, const pt_jwa *alg, pt_str bytes);

// Is `sig` the signature of `msg`? `strict`: ECDSA of exactly the curve's length, PSS with a salt
// of the digest's length; private keys and secrets may verify too. Never a fault.
bool pt_jwa_verify(const pt_jwa *alg, const pt_key *k, pt_str msg, pt_str sig, bool strict);

// False: the key is of another kind, or OpenSSL refuses.
bool pt_jwa_sign(const pt_jwa *alg, const pt_key *k, pt_str msg, pt_buf *ret);
