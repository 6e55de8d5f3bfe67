#include "judge/policy/fn/keys.h"

#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/ecdsa.h>
#include <openssl/err.h>
#include <openssl/hmac.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>
#include <stdlib.h>
#include <string.h>

#include "crypto/crypto.h"
#include "judge/policy/fn/pem.h"

#define RSA_BITS_MIN 1024 // below, Go's crypto/rsa refuses

void pt_keys_free(void *p) {
    pt_keys *keys = p;
    for (size_t i = 0; keys && i < keys->n; i++) {
        pt_key *k = &keys->v[i];
        EVP_PKEY_free(k->pkey);
        pt_wipe(k->secret, k->secret_n);
        free(k->secret);
        free(k->kid);
    }
    if (keys)
        free(keys->v);
    free(keys);
}

// -- PEM ------------------------------------------------------------------------------------------

static pt_key_kind kind_of(EVP_PKEY *k) {
    int id = EVP_PKEY_get_base_id(k);
    return id == EVP_PKEY_RSA       ? PT_KEY_RSA
           : id == EVP_PKEY_EC      ? PT_KEY_EC
           : id == EVP_PKEY_ED25519 ? PT_KEY_OKP
                                    : PT_KEY_OTHER;
}

// NULL: a secret.
static pt_keys *one_key(EVP_PKEY *pkey) {
    pt_keys *keys = calloc(1, sizeof *keys);
    if (keys)
        keys->v = calloc(1, sizeof *keys->v);
    if (!keys || !keys->v) {
        EVP_PKEY_free(pkey);
        free(keys);
        return NULL;
    }
    keys->n = 1;
    keys->v[0] = (pt_key){.kind = pkey ? kind_of(pkey) : PT_KEY_OCT, .pkey = pkey};
    return keys;
}

EVP_PKEY *pt_private_of_der(pt_str der) {
    const uint8_t *p = (const uint8_t *)der.p;
    return der.n <= INT32_MAX ? d2i_AutoPrivateKey(NULL, &p, (long)der.n) : NULL;
}

static EVP_PKEY *public_of(pt_pem *block) {
    const uint8_t *p = (const uint8_t *)block->der.p;
    long n = block->der.n > INT32_MAX ? 0 : (long)block->der.n;
    if (pt_str_eqz(block->type, "PUBLIC KEY"))
        return d2i_PUBKEY(NULL, &p, n);
    if (pt_str_eqz(block->type, "RSA PUBLIC KEY"))
        return d2i_PublicKey(EVP_PKEY_RSA, NULL, &p, n);
    X509 *x = d2i_X509(NULL, &p, n);
    EVP_PKEY *k = x ? X509_get_pubkey(x) : NULL;
    X509_free(x);
    return k;
}

static pt_keys *from_pem(pt_call *c, pt_pem *block) {
    bool cert = pt_str_eqz(block->type, "CERTIFICATE");
    if (!cert && !pt_str_eqz(block->type, "PUBLIC KEY")) {
        pt_call_fault(c, PT_FAULT_BUILTIN, "failed to extract a Key from the PEM certificate");
        return NULL;
    }
    EVP_PKEY *pkey = public_of(block);
    if (!pkey) {
        pt_call_fault(c, PT_FAULT_BUILTIN,
                      cert ? "failed to parse a PEM certificate: x509: malformed certificate"
                           : "failed to parse a PEM public key: asn1: structure error");
        return NULL;
    }
    pt_keys *keys = one_key(pkey);
    if (!keys)
        pt_call_full(c);
    return keys;
}

// Only whole keys verify. Takes `keys`.
static pt_keys *whole(pt_call *c, pt_keys *keys) {
    for (size_t i = 0; keys && i < keys->n; i++) {
        const char *lacks = keys->v[i].lacks;
        if (!lacks)
            continue;
        pt_call_fault(c, PT_FAULT_BUILTIN,
                      "jwk.Export: failed to export jwk.Key to raw format: missing \"%s\" value",
                      lacks);
        pt_keys_free(keys);
        return NULL;
    }
    return keys;
}

pt_kept pt_keys_get(pt_call *c, pt_str text) {
    static const char kind;
    void *keys = pt_fn_cache_get(c->cache, &kind, text);
    if (keys)
        return (pt_kept){.thing = keys};
    pt_str rest = text;
    pt_pem block;
    if (!pt_pem_next(c->arena, &rest, &block))
        keys = whole(
            c, pt_jwk_read(
                   c, "failed to parse a JWK key (set): jwk.ParseString: failed to parse string: ",
                   text));
    else if (rest.n)
        pt_call_fault(c, PT_FAULT_BUILTIN, "extra data after a PEM certificate block");
    else
        keys = from_pem(c, &block);
    return pt_kept_put(c, &kind, text, keys, pt_keys_free);
}

// -- algorithms -----------------------------------------------------------------------------------

const pt_jwa *pt_jwa_find(pt_str name) {
    static const pt_jwa algs[] = {
        {"HS256", PT_JWA_HMAC, EVP_sha256}, {"HS384", PT_JWA_HMAC, EVP_sha384},
        {"HS512", PT_JWA_HMAC, EVP_sha512}, {"RS256", PT_JWA_RSA, EVP_sha256},
        {"RS384", PT_JWA_RSA, EVP_sha384},  {"RS512", PT_JWA_RSA, EVP_sha512},
        {"PS256", PT_JWA_PSS, EVP_sha256},  {"PS384", PT_JWA_PSS, EVP_sha384},
        {"PS512", PT_JWA_PSS, EVP_sha512},  {"ES256", PT_JWA_EC, EVP_sha256},
        {"ES384", PT_JWA_EC, EVP_sha384},   {"ES512", PT_JWA_EC, EVP_sha512},
        {"EdDSA", PT_JWA_ED, NULL},
    };
    for (size_t i = 0; i < PT_COUNT(algs); i++)
        if (pt_str_eqz(name, algs[i].name))
            return &algs[i];
    return NULL;
}

static bool mac(const pt_jwa *alg, const pt_key *k, pt_str msg, uint8_t out[EVP_MAX_MD_SIZE],
                unsigned *ret_n) {
    return k->secret_n <= INT32_MAX &&
           HMAC(alg->md(), k->secret_n ? k->secret : "", (int)k->secret_n, (const uint8_t *)msg.p,
                msg.n, out, ret_n) != NULL;
}

static bool fits(const pt_jwa *alg, const pt_key *k) {
    static const pt_key_kind kinds[] = {PT_KEY_OCT, PT_KEY_RSA, PT_KEY_RSA, PT_KEY_EC, PT_KEY_OKP};
    return k->kind == kinds[alg->family] &&
           (k->kind != PT_KEY_RSA || EVP_PKEY_get_bits(k->pkey) >= RSA_BITS_MIN);
}

static void free_md_ctx(EVP_MD_CTX **c) {
    EVP_MD_CTX_free(*c);
}

// The settings of RSASSA-PSS; nothing for the others.
static bool set_padding(const pt_jwa *alg, EVP_PKEY_CTX *p, int salt) {
    if (alg->family != PT_JWA_PSS)
        return true;
    return EVP_PKEY_CTX_set_rsa_padding(p, RSA_PKCS1_PSS_PADDING) == 1 &&
           EVP_PKEY_CTX_set_rsa_pss_saltlen(p, salt) == 1;
}

static size_t curve_bytes(const pt_key *k) {
    return ((size_t)EVP_PKEY_get_bits(k->pkey) + 7) / 8;
}

// r and s side by side, as ASN.1. 0: no such signature.
static size_t to_der(pt_str sig, uint8_t der[static 256]) {
    size_t half = sig.n / 2;
    if (sig.n > 160)
        return 0;
    ECDSA_SIG *s = ECDSA_SIG_new();
    BIGNUM *r = BN_bin2bn((const uint8_t *)sig.p, (int)half, NULL);
    BIGNUM *t = BN_bin2bn((const uint8_t *)sig.p + half, (int)(sig.n - half), NULL);
    int n = 0;
    if (s && r && t && ECDSA_SIG_set0(s, r, t) == 1) {
        uint8_t *p = der;
        n = i2d_ECDSA_SIG(s, NULL) <= 256 ? i2d_ECDSA_SIG(s, &p) : 0;
    } else {
        BN_free(r);
        BN_free(t);
    }
    ECDSA_SIG_free(s);
    return n > 0 ? (size_t)n : 0;
}

static bool verify_pkey(const pt_jwa *alg, const pt_key *k, pt_str msg, pt_str sig, bool strict) {
    uint8_t der[256];
    if (alg->family == PT_JWA_EC) {
        size_t n = strict && sig.n != 2 * curve_bytes(k) ? 0 : to_der(sig, der);
        if (n == 0)
            return false;
        sig = (pt_str){(const char *)der, n};
    }
    PT_AUTO(free_md_ctx) EVP_MD_CTX *c = EVP_MD_CTX_new();
    EVP_PKEY_CTX *p = NULL;
    int salt = strict ? RSA_PSS_SALTLEN_DIGEST : RSA_PSS_SALTLEN_AUTO;
    return c && EVP_DigestVerifyInit(c, &p, alg->md ? alg->md() : NULL, NULL, k->pkey) == 1 &&
           set_padding(alg, p, salt) &&
           EVP_DigestVerify(c, (const uint8_t *)sig.p, sig.n, (const uint8_t *)msg.p, msg.n) == 1;
}

bool pt_jwa_verify(const pt_jwa *alg, const pt_key *k, pt_str msg, pt_str sig, bool strict) {
    if (!fits(alg, k) || (k->is_private && !strict))
        return false;
    if (alg->family != PT_JWA_HMAC)
        return verify_pkey(alg, k, msg, sig, strict);
    uint8_t out[EVP_MAX_MD_SIZE];
    unsigned n = 0;
    return mac(alg, k, msg, out, &n) && n == sig.n && pt_equal_ct(out, sig.p, n);
}

// -- keys for an algorithm ------------------------------------------------------------------------

static pt_keys *secret_key(pt_call *c, pt_str bytes) {
    pt_keys *keys = bytes.n ? one_key(NULL) : NULL;
    char *secret = keys ? malloc(bytes.n) : NULL;
    if (!bytes.n)
        pt_call_fault(c, PT_FAULT_BUILTIN, "the secret is empty");
    else if (!secret)
        pt_call_full(c);
    if (!secret) {
        pt_keys_free(keys);
        return NULL;
    }
    memcpy(secret, bytes.p, bytes.n);
    keys->v[0].secret = secret;
    keys->v[0].secret_n = bytes.n;
    return keys;
}

static pt_keys *pem_key(pt_call *c, pt_str text) {
    pt_pem block;
    if (!pt_pem_next(c->arena, &text, &block)) {
        pt_call_fault(c, PT_FAULT_BUILTIN, "failed to parse PEM block containing the key");
        return NULL;
    }
    bool is_private =
        pt_str_in_list(block.type, PT_STR("RSA PRIVATE KEY,PRIVATE KEY,EC PRIVATE KEY"), ',');
    bool is_public =
        pt_str_in_list(block.type, PT_STR("RSA PUBLIC KEY,PUBLIC KEY,CERTIFICATE"), ',');
    EVP_PKEY *pkey = is_private  ? pt_private_of_der(block.der)
                     : is_public ? public_of(&block)
                                 : NULL;
    ERR_clear_error();
    if (!pkey) {
        pt_call_fault(c, PT_FAULT_BUILTIN, "the PEM block %.*s is no key that can be read",
                      PT_PRI(block.type));
        return NULL;
    }
    pt_keys *keys = one_key(pkey);
    if (keys)
        keys->v[0].is_private = is_private;
    else
        pt_call_full(c);
    return keys;
}

// ES256 is of one curve (RFC 7518, section 3.4).
static bool right_curve(const pt_jwa *alg, const pt_key *k) {
    static const char *const curves[][2] = {
        {"ES256", "prime256v1"}, {"ES384", "secp384r1"}, {"ES512", "secp521r1"}};
    char name[64] = "";
    if (alg->family != PT_JWA_EC)
        return true;
    if (EVP_PKEY_get_group_name(k->pkey, name, sizeof name, NULL) != 1)
        return false;
    for (size_t i = 0; i < PT_COUNT(curves); i++)
        if (strcmp(alg->name, curves[i][0]) == 0)
            return strcmp(name, curves[i][1]) == 0;
    return false;
}

pt_keys *pt_keys_for(pt_call *c, const pt_jwa *alg, pt_str bytes) {
    bool hmac = alg->family == PT_JWA_HMAC;
    if (hmac && pt_str_has(bytes, PT_STR("-----BEGIN "))) {
        pt_call_fault(c, PT_FAULT_BUILTIN, "a PEM text is no secret for %s", alg->name);
        return NULL;
    }
    pt_keys *keys = hmac ? secret_key(c, bytes) : pem_key(c, bytes);
    if (!keys || (fits(alg, &keys->v[0]) && right_curve(alg, &keys->v[0])))
        return keys;
    pt_call_fault(c, PT_FAULT_BUILTIN, "the key is of another kind than %s wants", alg->name);
    pt_keys_free(keys);
    return NULL;
}

// -- signing --------------------------------------------------------------------------------------

// r and s of an ASN.1 signature side by side, each of the curve's length.
static bool put_raw(pt_buf *b, const uint8_t *der, size_t n, size_t bytes) {
    const uint8_t *p = der;
    ECDSA_SIG *s = d2i_ECDSA_SIG(NULL, &p, (long)n);
    uint8_t out[160];
    bool ok = s && 2 * bytes <= sizeof out &&
              BN_bn2binpad(ECDSA_SIG_get0_r(s), out, (int)bytes) > 0 &&
              BN_bn2binpad(ECDSA_SIG_get0_s(s), out + bytes, (int)bytes) > 0;
    ECDSA_SIG_free(s);
    if (ok)
        pt_buf_put(b, (pt_str){(const char *)out, 2 * bytes});
    return ok;
}

static bool sign_pkey(const pt_jwa *alg, const pt_key *k, pt_str msg, pt_buf *ret) {
    PT_AUTO(free_md_ctx) EVP_MD_CTX *c = EVP_MD_CTX_new();
    EVP_PKEY_CTX *p = NULL;
    uint8_t out[2048]; // RSA of 16,384 bits
    size_t n = sizeof out;
    if (!c || EVP_DigestSignInit(c, &p, alg->md ? alg->md() : NULL, NULL, k->pkey) != 1 ||
        !set_padding(alg, p, RSA_PSS_SALTLEN_DIGEST) ||
        EVP_DigestSign(c, out, &n, (const uint8_t *)msg.p, msg.n) != 1)
        return false;
    if (alg->family == PT_JWA_EC)
        return put_raw(ret, out, n, curve_bytes(k));
    pt_buf_put(ret, (pt_str){(const char *)out, n});
    return true;
}

bool pt_jwa_sign(const pt_jwa *alg, const pt_key *k, pt_str msg, pt_buf *ret) {
    if (!fits(alg, k) || (alg->family != PT_JWA_HMAC && !k->is_private))
        return false;
    if (alg->family != PT_JWA_HMAC)
        return sign_pkey(alg, k, msg, ret);
    uint8_t out[EVP_MAX_MD_SIZE];
    unsigned n = 0;
    if (!mac(alg, k, msg, out, &n))
        return false;
    pt_buf_put(ret, (pt_str){(const char *)out, n});
    return true;
}
