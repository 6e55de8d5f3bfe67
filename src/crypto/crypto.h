// Digests, signatures and encodings: a thin room over OpenSSL 3. No algorithm is written here.
#pragma once

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/str.h"

#define PT_SHA256_BYTES      32
#define PT_ED25519_KEY_BYTES 32
#define PT_ED25519_SIG_BYTES 64

typedef struct pt_hash256 {
    uint8_t b[PT_SHA256_BYTES];
} pt_hash256;

// SHA-256 of the concatenation of n parts (n >= 1): node hashes need no joined copy.
pt_hash256 pt_sha256(const pt_str *parts, size_t n);

// The same of bytes that come one after another. pt_sha256_end frees it.
typedef struct pt_sha256_run pt_sha256_run;
pt_sha256_run *pt_sha256_begin(void);
void pt_sha256_add(pt_sha256_run *r, pt_str bytes);
pt_hash256 pt_sha256_end(pt_sha256_run *r);

// HMAC-SHA256 (RFC 2104): who does not have the key can neither make it nor try bytes against it.
pt_hash256 pt_hmac_sha256(pt_str key, pt_str bytes);

// SHA-1, by which registries of packages name files. It proves nothing: collisions can be made.
typedef struct pt_hash160 {
    uint8_t b[20];
} pt_hash160;
pt_hash160 pt_sha1(pt_str bytes);

// MD5, by which old lists of packages' files name their content. It proves nothing at all. False:
// this machine's library refuses it.
bool pt_md5(pt_str bytes, uint8_t ret[16]);

// By what packages name their files' content. MD5 proves as little as SHA-1 does.
typedef enum pt_digest_kind {
    PT_DIGEST_MD5,
    PT_DIGEST_SHA1,
    PT_DIGEST_SHA256,
    PT_DIGEST_KINDS,
} pt_digest_kind;
#define PT_DIGEST_BYTES_MAX 32

// Of bytes that come one after another, of one text after another: pt_digest_start begins each.
// False: this machine does not do it (MD5 in FIPS mode).
typedef struct pt_digest_run pt_digest_run;
pt_digest_run *pt_digest_new(void);
PT_CHECK bool pt_digest_start(pt_digest_run *r, pt_digest_kind kind);
void pt_digest_add(pt_digest_run *r, pt_str bytes);
size_t pt_digest_end(pt_digest_run *r, uint8_t ret[PT_DIGEST_BYTES_MAX]); // how many it has
void pt_digest_free(pt_digest_run *r);                                    // NULL: nothing

// Constant time in the bytes.
bool pt_equal_ct(const void *a, const void *b, size_t n);

// Bytes from the kernel (getrandom). Never fails: aborts if the kernel has none.
void pt_random(void *out, size_t n);

// Ed25519 (RFC 8032). A private key is the 32-byte seed; wiped with pt_wipe when done.
typedef struct pt_ed25519_seed {
    uint8_t b[PT_ED25519_KEY_BYTES];
} pt_ed25519_seed;
PT_CHECK pt_code pt_ed25519_public(const pt_ed25519_seed *seed,
                                   uint8_t ret_pub[PT_ED25519_KEY_BYTES], pt_err *e);
PT_CHECK pt_code pt_ed25519_sign(const pt_ed25519_seed *seed, pt_str msg,
                                 uint8_t ret_sig[PT_ED25519_SIG_BYTES], pt_err *e);
bool pt_ed25519_verify(const uint8_t pub[PT_ED25519_KEY_BYTES], pt_str msg,
                       const uint8_t sig[PT_ED25519_SIG_BYTES]);
void pt_wipe(void *p, size_t n);

// Standard base64 with padding (RFC 4648, section 4). Decoding is strict: no blanks, padding
// required, unused bits zero. Copies live in `a`; decode gives p == NULL for anything else.
void pt_base64_put(pt_buf *b, pt_str bytes);
pt_str pt_base64_decode(pt_arena *a, pt_str text);

// Lower-case hexadecimal.
void pt_hex_put(pt_buf *b, pt_str bytes);
