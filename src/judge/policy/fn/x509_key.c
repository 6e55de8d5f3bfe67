// Private keys as values: Go's structures, and JSON Web Keys.
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <string.h>

#include "crypto/crypto.h"
#include "judge/policy/fn/pem.h"
#include "judge/policy/fn/x509.h"

#define BYTES_MAX 2049 // RSA of 16,384 bits, and a sign

// A number of the key, big-endian, at least `bytes` long; empty if it has none.
static pt_str bytes_of(pt_arena *a, EVP_PKEY *k, const char *param, size_t bytes) {
    BIGNUM *n = NULL;
    if (EVP_PKEY_get_bn_param(k, param, &n) != 1)
        return (pt_str){0};
    size_t len = (size_t)BN_num_bytes(n);
    len = len < bytes ? bytes : len;
    uint8_t *p = len <= BYTES_MAX ? pt_arena_take(a, len) : NULL;
    bool ok = p && BN_bn2binpad(n, p, (int)len) >= 0;
    BN_clear_free(n);
    return ok ? (pt_str){(const char *)p, len} : (pt_str){0};
}

static pt_value number_of(pt_arena *a, EVP_PKEY *k, const char *param) {
    pt_str s = bytes_of(a, k, param, 0);
    char *p = pt_arena_take(a, s.n + 1);
    if (!s.p || !p)
        return pt_undefined();
    p[0] = 0; // not negative, whatever the first bit is
    memcpy(p + 1, s.p, s.n);
    return pt_der_number(a, (pt_str){p, s.n + 1});
}

static pt_value rsa_private(pt_arena *a, EVP_PKEY *k) {
    pt_obj o = {.a = a};
    pt_obj pre = {.a = a};
    pt_list primes = {.a = a};
    pt_list crt = {.a = a};
    pt_list_add(&primes, number_of(a, k, OSSL_PKEY_PARAM_RSA_FACTOR1));
    pt_list_add(&primes, number_of(a, k, OSSL_PKEY_PARAM_RSA_FACTOR2));
    pt_obj_set(&pre, "Dp", number_of(a, k, OSSL_PKEY_PARAM_RSA_EXPONENT1));
    pt_obj_set(&pre, "Dq", number_of(a, k, OSSL_PKEY_PARAM_RSA_EXPONENT2));
    pt_obj_set(&pre, "Qinv", number_of(a, k, OSSL_PKEY_PARAM_RSA_COEFFICIENT1));
    pt_obj_set(&pre, "CRTValues", pt_list_end(&crt));
    pt_obj_set(&o, "N", number_of(a, k, OSSL_PKEY_PARAM_RSA_N));
    pt_obj_set(&o, "E", number_of(a, k, OSSL_PKEY_PARAM_RSA_E));
    pt_obj_set(&o, "D", number_of(a, k, OSSL_PKEY_PARAM_RSA_D));
    pt_obj_set(&o, "Primes", pt_list_end(&primes));
    pt_obj_set(&o, "Precomputed", pt_obj_end(&pre));
    return pt_obj_end(&o);
}

static pt_value ec_private(pt_arena *a, EVP_PKEY *k) {
    pt_obj o = {.a = a};
    pt_obj_set(&o, "Curve", pt_object_of(a, NULL, 0, NULL));
    pt_obj_set(&o, "X", number_of(a, k, OSSL_PKEY_PARAM_EC_PUB_X));
    pt_obj_set(&o, "Y", number_of(a, k, OSSL_PKEY_PARAM_EC_PUB_Y));
    pt_obj_set(&o, "D", number_of(a, k, OSSL_PKEY_PARAM_PRIV_KEY));
    return pt_obj_end(&o);
}

// The seed and the public key, side by side.
static bool ed_bytes(EVP_PKEY *k, uint8_t out[64]) {
    size_t n = 32;
    size_t m = 32;
    return EVP_PKEY_get_raw_private_key(k, out, &n) == 1 && n == 32 &&
           EVP_PKEY_get_raw_public_key(k, out + 32, &m) == 1 && m == 32;
}

pt_value pt_x509_private(pt_arena *a, EVP_PKEY *k) {
    uint8_t ed[64];
    switch (EVP_PKEY_get_base_id(k)) {
    case EVP_PKEY_RSA:
        return rsa_private(a, k);
    case EVP_PKEY_EC:
        return ec_private(a, k);
    case EVP_PKEY_ED25519:
        return ed_bytes(k, ed) ? pt_der_base64(a, (pt_str){(const char *)ed, 64}) : pt_undefined();
    default:
        return pt_undefined();
    }
}

// -- JSON Web Keys --------------------------------------------------------------------------------

static pt_value url64(pt_arena *a, pt_str bytes) {
    pt_buf b = PT_BUF((size_t)2 * BYTES_MAX);
    pt_base64url_put(&b, bytes);
    pt_str s = pt_arena_str(a, pt_buf_str(&b));
    pt_buf_done(&b);
    return s.p && bytes.p ? pt_string(s) : pt_undefined();
}

static pt_value rsa_jwk(pt_arena *a, EVP_PKEY *k) {
    static const char *const params[][2] = {
        {"n", OSSL_PKEY_PARAM_RSA_N},          {"e", OSSL_PKEY_PARAM_RSA_E},
        {"d", OSSL_PKEY_PARAM_RSA_D},          {"p", OSSL_PKEY_PARAM_RSA_FACTOR1},
        {"q", OSSL_PKEY_PARAM_RSA_FACTOR2},    {"dp", OSSL_PKEY_PARAM_RSA_EXPONENT1},
        {"dq", OSSL_PKEY_PARAM_RSA_EXPONENT2}, {"qi", OSSL_PKEY_PARAM_RSA_COEFFICIENT1},
    };
    pt_obj o = {.a = a};
    pt_obj_set(&o, "kty", pt_stringz("RSA"));
    for (size_t i = 0; i < PT_COUNT(params); i++)
        pt_obj_set(&o, params[i][0], url64(a, bytes_of(a, k, params[i][1], 0)));
    return pt_obj_end(&o);
}

static pt_value ec_jwk(pt_arena *a, EVP_PKEY *k) {
    int bits = EVP_PKEY_get_bits(k);
    size_t n = ((size_t)bits + 7) / 8;
    pt_obj o = {.a = a};
    pt_obj_set(&o, "kty", pt_stringz("EC"));
    pt_obj_set(&o, "crv", pt_stringz(bits == 256 ? "P-256" : bits == 384 ? "P-384" : "P-521"));
    pt_obj_set(&o, "x", url64(a, bytes_of(a, k, OSSL_PKEY_PARAM_EC_PUB_X, n)));
    pt_obj_set(&o, "y", url64(a, bytes_of(a, k, OSSL_PKEY_PARAM_EC_PUB_Y, n)));
    pt_obj_set(&o, "d", url64(a, bytes_of(a, k, OSSL_PKEY_PARAM_PRIV_KEY, n)));
    return pt_obj_end(&o);
}

pt_value pt_x509_jwk(pt_arena *a, EVP_PKEY *k) {
    int id = EVP_PKEY_get_base_id(k);
    uint8_t ed[64];
    if (id == EVP_PKEY_RSA)
        return rsa_jwk(a, k);
    if (id == EVP_PKEY_EC)
        return ec_jwk(a, k);
    if (id != EVP_PKEY_ED25519 || !ed_bytes(k, ed))
        return pt_undefined();
    pt_obj o = {.a = a};
    pt_obj_set(&o, "kty", pt_stringz("OKP"));
    pt_obj_set(&o, "crv", pt_stringz("Ed25519"));
    pt_obj_set(&o, "x", url64(a, (pt_str){(const char *)ed + 32, 32}));
    pt_obj_set(&o, "d", url64(a, (pt_str){(const char *)ed, 32}));
    pt_wipe(ed, sizeof ed);
    return pt_obj_end(&o);
}
