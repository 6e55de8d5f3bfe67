#include "crypto/crypto.h"

#include <errno.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <sys/random.h>

pt_hash256 pt_sha256(const pt_str *parts, size_t n) {
    pt_hash256 h;
    EVP_MD_CTX *c = EVP_MD_CTX_new();
    bool ok = c && EVP_DigestInit_ex(c, EVP_sha256(), NULL) == 1;
    for (size_t i = 0; ok && i < n; i++)
        ok = parts[i].n == 0 || EVP_DigestUpdate(c, parts[i].p, parts[i].n) == 1;
    ok = ok && EVP_DigestFinal_ex(c, h.b, NULL) == 1;
    EVP_MD_CTX_free(c);
    pt_assert(ok); // only memory can be missing, and a hash that is not one must not be used
    return h;
}

// A digest context of OpenSSL under a name of ours.
typedef union run_view {
    pt_sha256_run *ours;
    EVP_MD_CTX *its;
} run_view;

pt_sha256_run *pt_sha256_begin(void) {
    run_view v = {.its = EVP_MD_CTX_new()};
    pt_assert(v.its && EVP_DigestInit_ex(v.its, EVP_sha256(), NULL) == 1); // as above
    return v.ours;
}

void pt_sha256_add(pt_sha256_run *r, pt_str bytes) {
    run_view v = {.ours = r};
    pt_assert(bytes.n == 0 || EVP_DigestUpdate(v.its, bytes.p, bytes.n) == 1);
}

pt_hash256 pt_sha256_end(pt_sha256_run *r) {
    run_view v = {.ours = r};
    pt_hash256 h;
    pt_assert(EVP_DigestFinal_ex(v.its, h.b, NULL) == 1);
    EVP_MD_CTX_free(v.its);
    return h;
}

pt_hash256 pt_hmac_sha256(pt_str key, pt_str bytes) {
    pt_hash256 h;
    unsigned n = 0;
    pt_assert(HMAC(EVP_sha256(), key.n ? key.p : "", (int)key.n, (const uint8_t *)bytes.p, bytes.n,
                   h.b, &n) &&
              n == sizeof h.b); // as above
    return h;
}

pt_hash160 pt_sha1(pt_str bytes) {
    pt_hash160 h;
    pt_assert(EVP_Digest(bytes.p, bytes.n, h.b, NULL, EVP_sha1(), NULL) == 1); // as above
    return h;
}

bool pt_md5(pt_str bytes, uint8_t ret[16]) {
    return EVP_Digest(bytes.p, bytes.n, ret, NULL, EVP_md5(), NULL) == 1;
}

typedef union digest_view {
    pt_digest_run *ours;
    EVP_MD_CTX *its;
} digest_view;

pt_digest_run *pt_digest_new(void) {
    digest_view v = {.its = EVP_MD_CTX_new()};
    pt_assert(v.its); // as above
    return v.ours;
}

bool pt_digest_start(pt_digest_run *r, pt_digest_kind kind) {
    static const EVP_MD *(*const kinds[PT_DIGEST_KINDS])(void) = {
        [PT_DIGEST_MD5] = EVP_md5, [PT_DIGEST_SHA1] = EVP_sha1, [PT_DIGEST_SHA256] = EVP_sha256};
    digest_view v = {.ours = r};
    return EVP_DigestInit_ex(v.its, kinds[kind](), NULL) == 1;
}

void pt_digest_add(pt_digest_run *r, pt_str bytes) {
    digest_view v = {.ours = r};
    pt_assert(bytes.n == 0 || EVP_DigestUpdate(v.its, bytes.p, bytes.n) == 1);
}

size_t pt_digest_end(pt_digest_run *r, uint8_t ret[PT_DIGEST_BYTES_MAX]) {
    digest_view v = {.ours = r};
    unsigned n = 0;
    pt_assert(EVP_DigestFinal_ex(v.its, ret, &n) == 1 && n <= PT_DIGEST_BYTES_MAX);
    return n;
}

void pt_digest_free(pt_digest_run *r) {
    digest_view v = {.ours = r};
    EVP_MD_CTX_free(v.its);
}

bool pt_equal_ct(const void *a, const void *b, size_t n) {
    return n == 0 || CRYPTO_memcmp(a, b, n) == 0;
}

void pt_wipe(void *p, size_t n) {
    if (n)
        OPENSSL_cleanse(p, n);
}

void pt_random(void *out, size_t n) {
    for (size_t at = 0; at < n;) {
        ssize_t got = getrandom((char *)out + at, n - at, 0);
        pt_assert(got > 0 || errno == EINTR);
        at += got > 0 ? (size_t)got : 0;
    }
}

static void free_pkey(EVP_PKEY **k) {
    EVP_PKEY_free(*k);
}

static void free_md_ctx(EVP_MD_CTX **c) {
    EVP_MD_CTX_free(*c);
}

static pt_code out_of_memory(pt_err *e) {
    return pt_err_set(e, PT_E_NOMEM, "no memory for a signature");
}

pt_code pt_ed25519_public(const pt_ed25519_seed *seed, uint8_t ret_pub[PT_ED25519_KEY_BYTES],
                          pt_err *e) {
    PT_AUTO(free_pkey)
    EVP_PKEY *k = EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, NULL, seed->b, sizeof seed->b);
    size_t n = PT_ED25519_KEY_BYTES;
    if (!k || EVP_PKEY_get_raw_public_key(k, ret_pub, &n) != 1)
        return out_of_memory(e);
    return PT_OK;
}

pt_code pt_ed25519_sign(const pt_ed25519_seed *seed, pt_str msg,
                        uint8_t ret_sig[PT_ED25519_SIG_BYTES], pt_err *e) {
    PT_AUTO(free_pkey)
    EVP_PKEY *k = EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, NULL, seed->b, sizeof seed->b);
    PT_AUTO(free_md_ctx) EVP_MD_CTX *c = EVP_MD_CTX_new();
    size_t n = PT_ED25519_SIG_BYTES;
    if (!k || !c || EVP_DigestSignInit(c, NULL, NULL, NULL, k) != 1 ||
        EVP_DigestSign(c, ret_sig, &n, (const uint8_t *)msg.p, msg.n) != 1)
        return out_of_memory(e);
    return PT_OK;
}

bool pt_ed25519_verify(const uint8_t pub[PT_ED25519_KEY_BYTES], pt_str msg,
                       const uint8_t sig[PT_ED25519_SIG_BYTES]) {
    PT_AUTO(free_pkey)
    EVP_PKEY *k = EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, NULL, pub, PT_ED25519_KEY_BYTES);
    PT_AUTO(free_md_ctx) EVP_MD_CTX *c = EVP_MD_CTX_new();
    return k && c && EVP_DigestVerifyInit(c, NULL, NULL, NULL, k) == 1 &&
           EVP_DigestVerify(c, sig, PT_ED25519_SIG_BYTES, (const uint8_t *)msg.p, msg.n) == 1;
}
