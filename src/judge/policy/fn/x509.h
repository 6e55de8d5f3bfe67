// What the files of the family "x509" share: certificates (RFC 5280), requests (RFC 2986) and
// private keys as values, with the field names of Go's structures.
#pragma once

#include <openssl/evp.h>

#include "judge/policy/fn/der.h"

// The certificate at the start of *der, which moves behind it. Undefined: it is none. `uris`: with
// the field URIStrings.
pt_value pt_x509_cert(pt_arena *a, pt_str *der, bool uris, pt_str *ret_raw);
pt_value pt_x509_request(pt_arena *a, pt_str der);

int64_t pt_x509_signature_algorithm(pt_str algorithm); // 0: unknown

// Put the fields that the extensions say into `o` (all of them, empty where there is none).
// False: one is broken.
bool pt_x509_extensions(pt_obj *o, pt_str list, bool uris);
// Those of a request: Extensions, DNSNames, EmailAddresses, IPAddresses, URIs.
bool pt_x509_request_extensions(pt_obj *o, pt_str list);

pt_value pt_x509_private(pt_arena *a, EVP_PKEY *k); // as Go's structure; undefined: unknown kind
pt_value pt_x509_jwk(pt_arena *a, EVP_PKEY *k);     // as a JSON Web Key

pt_value pt_x509_or_null(pt_list *l); // the list, null if it is empty
