// JSON Web Keys (RFC 7517, 7518 and 8037), with the error texts of the package jwx.
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <openssl/rsa.h>
#include <stdlib.h>
#include <string.h>

#include "crypto/crypto.h"
#include "judge/policy/fn/go_json.h"
#include "judge/policy/fn/keys.h"
#include "judge/policy/fn/pem.h"

#define KEYS_MAX 1000

typedef struct reader {
    pt_call *c;
    pt_str before; // of every message: how far reading came
    pt_value v;    // the key
} reader;

static bool bad(reader *r, pt_str what) {
    pt_call_fault(r->c, PT_FAULT_BUILTIN, "%.*sjwk.ParseKey: %.*s", PT_PRI(r->before),
                  PT_PRI(what));
    return false;
}

// -- fields ---------------------------------------------------------------------------------------

typedef struct shape {
    const char *kty;
    const char *type;     // as Go names it
    const char *required; // in the order in which they are missed
    const char *binary;   // fields in base64
    pt_key_kind kind;
    bool is_private;
} shape;

static const shape shapes[] = {
    {"RSA", "rsaPublicKey", "e n", "e n", PT_KEY_RSA, false},
    {"RSA", "rsaPrivateKey", "d e n", "d dp dq e n p q qi", PT_KEY_RSA, true},
    {"EC", "ecdsaPublicKey", "crv x y", "x y", PT_KEY_EC, false},
    {"EC", "ecdsaPrivateKey", "crv d x y", "d x y", PT_KEY_EC, true},
    {"OKP", "okpPublicKey", "crv x", "x", PT_KEY_OKP, false},
    {"OKP", "okpPrivateKey", "crv d x", "d x", PT_KEY_OKP, true},
    {"oct", "symmetricKey", "k", "k", PT_KEY_OCT, false},
    {"oct", "symmetricKey", "k", "k", PT_KEY_OCT, true},
};

static const shape *shape_of(pt_str kty, bool is_private) {
    for (size_t i = 0; i < PT_COUNT(shapes); i++)
        if (pt_str_eqz(kty, shapes[i].kty) && shapes[i].is_private == is_private)
            return &shapes[i];
    return NULL;
}

// jwx guesses the alphabet and the padding.
static bool decode(pt_arena *a, pt_str s, pt_str *ret) {
    size_t wrong;
    bool url = pt_str_find(s, '+') == s.n && pt_str_find(s, '/') == s.n;
    return pt_go_base64(a, s, url, pt_str_ends(s, PT_STR("=")), ret, &wrong);
}

static pt_str binary(const reader *r, const char *name) {
    pt_str bytes = {0};
    PT_IGNORE(!decode(r->c->arena, pt_text(pt_getz(r->v, name)), &bytes)); // was checked
    return bytes;
}

static bool unmarshal_bad(reader *r, const shape *s, pt_str what) {
    pt_call_fault(r->c, PT_FAULT_BUILTIN,
                  "%.*sjwk.ParseKey: failed to unmarshal JSON into key (*jwk.%s): failed to "
                  "unmarshal JSON into key (*jwk.%s): %.*s",
                  PT_PRI(r->before), s->type, s->type, PT_PRI(what));
    return false;
}

static bool known_alg(pt_str s) {
    return pt_str_in_list(
        s,
        PT_STR("ES256 ES256K ES384 ES512 EdDSA Ed25519 HS256 HS384 HS512 none PS256 "
               "PS384 PS512 RS256 RS384 RS512 A128GCMKW A128KW A192GCMKW A192KW "
               "A256GCMKW A256KW dir ECDH-ES ECDH-ES+A128KW ECDH-ES+A192KW "
               "ECDH-ES+A256KW PBES2-HS256+A128KW PBES2-HS384+A192KW "
               "PBES2-HS512+A256KW RSA1_5 RSA-OAEP RSA-OAEP-256 RSA-OAEP-384 "
               "RSA-OAEP-512"),
        ' ');
}

static const char *go_type(pt_value v) {
    return pt_tag_of(v) == PT_BOOL ? "bool" : pt_tag_name(pt_tag_of(v));
}

// The field's value could not be decoded: `why`, then `text`.
static bool decode_bad(reader *r, const shape *s, pt_str name, const char *why, pt_str text) {
    return unmarshal_bad(r, s,
                         pt_arena_printf(r->c->arena, "failed to decode value for key %.*s: %s%.*s",
                                         PT_PRI(name), why, PT_PRI(text)));
}

static bool field_ok(reader *r, const shape *s, pt_str name, pt_value v) {
    pt_arena *a = r->c->arena;
    pt_str bytes;
    pt_str text = pt_text(v);
    bool is_binary = pt_str_in_list(name, pt_str_of(s->binary), ' ');
    bool is_text = is_binary || pt_str_in_list(name, PT_STR("alg crv kid use"), ' ');
    if (is_text && pt_tag_of(v) != PT_STRING)
        return decode_bad(r, s, name, "error reading next value: json: cannot unmarshal ",
                          pt_arena_printf(a, "%s into Go value of type string", go_type(v)));
    if (is_binary && !decode(a, text, &bytes))
        return decode_bad(r, s, name, "expected base64 encoded []byte (string)", (pt_str){0});
    if (pt_str_eqz(name, "alg") && !known_alg(text))
        return decode_bad(
            r, s, name, "invalid key value: ",
            pt_arena_printf(a, "%.*s: invalid key algorithm", PT_PRI(pt_call_quoted(r->c, text))));
    if (pt_str_eqz(name, "crv") &&
        !pt_str_in_list(text, PT_STR("P-256 P-384 P-521 Ed25519 Ed448 X25519 X448"), ' '))
        return decode_bad(r, s, name,
                          "unknown EllipticCurveAlgorithm: ", pt_call_quoted(r->c, text));
    return true;
}

static bool fields_ok(reader *r, const shape *s) {
    for (size_t i = 0; i < pt_len(r->v); i++)
        if (!field_ok(r, s, pt_text(pt_key_at(r->v, i)), pt_val_at(r->v, i)))
            return false;
    pt_str list = pt_str_of(s->required);
    pt_str name;
    while (pt_str_split(&list, ' ', &name))
        if (!pt_defined(pt_get(r->v, name)))
            return unmarshal_bad(
                r, s, pt_arena_printf(r->c->arena, "required field %.*s is missing", PT_PRI(name)));
    return true;
}

// -- making keys ----------------------------------------------------------------------------------

static void add(OSSL_PARAM_BLD *b, const char *name, pt_str bytes, BIGNUM **bn) {
    *bn = BN_bin2bn((const uint8_t *)bytes.p, (int)bytes.n, NULL);
    if (*bn)
        PT_IGNORE(OSSL_PARAM_BLD_push_BN(b, name, *bn) != 1); // fromdata then refuses
}

static EVP_PKEY *from_params(const char *type, OSSL_PARAM_BLD *b, bool is_private) {
    EVP_PKEY_CTX *c = EVP_PKEY_CTX_new_from_name(NULL, type, NULL);
    OSSL_PARAM *p = OSSL_PARAM_BLD_to_param(b);
    EVP_PKEY *k = NULL;
    bool ok = c && p && EVP_PKEY_fromdata_init(c) == 1 &&
              EVP_PKEY_fromdata(c, &k, is_private ? EVP_PKEY_KEYPAIR : EVP_PKEY_PUBLIC_KEY, p) == 1;
    OSSL_PARAM_free(p);
    EVP_PKEY_CTX_free(c);
    return ok ? k : NULL;
}

static EVP_PKEY *rsa_key(reader *r, bool is_private) {
    static const struct {
        const char *field, *param;
    } fields[] = {
        {"n", OSSL_PKEY_PARAM_RSA_N},          {"e", OSSL_PKEY_PARAM_RSA_E},
        {"d", OSSL_PKEY_PARAM_RSA_D},          {"p", OSSL_PKEY_PARAM_RSA_FACTOR1},
        {"q", OSSL_PKEY_PARAM_RSA_FACTOR2},    {"dp", OSSL_PKEY_PARAM_RSA_EXPONENT1},
        {"dq", OSSL_PKEY_PARAM_RSA_EXPONENT2}, {"qi", OSSL_PKEY_PARAM_RSA_COEFFICIENT1},
    };
    OSSL_PARAM_BLD *b = OSSL_PARAM_BLD_new();
    BIGNUM *bn[PT_COUNT(fields)] = {0};
    bool crt = true; // all five or none
    for (size_t i = 3; i < PT_COUNT(fields); i++)
        crt = crt && binary(r, fields[i].field).n > 0;
    size_t n = !is_private ? 2 : crt ? PT_COUNT(fields) : 3;
    for (size_t i = 0; b && i < n; i++) {
        pt_str bytes = binary(r, fields[i].field);
        if (bytes.n <= OPENSSL_RSA_MAX_MODULUS_BITS / 8)
            add(b, fields[i].param, bytes, &bn[i]);
    }
    EVP_PKEY *k = b ? from_params("RSA", b, is_private) : NULL;
    OSSL_PARAM_BLD_free(b);
    for (size_t i = 0; i < PT_COUNT(fields); i++)
        BN_clear_free(bn[i]);
    return k;
}

static size_t curve_bytes(pt_str crv) {
    return pt_str_eqz(crv, "P-256")   ? 32
           : pt_str_eqz(crv, "P-384") ? 48
           : pt_str_eqz(crv, "P-521") ? 66
                                      : 0;
}

static EVP_PKEY *ec_key(reader *r, bool is_private) {
    uint8_t point[1 + 2 * 66] = {4};
    pt_str crv = pt_text(pt_getz(r->v, "crv"));
    pt_str x = binary(r, "x");
    pt_str y = binary(r, "y");
    size_t n = curve_bytes(crv);
    pt_str name = pt_arena_str(r->c->arena, crv);
    OSSL_PARAM_BLD *b = OSSL_PARAM_BLD_new();
    BIGNUM *d = NULL;
    EVP_PKEY *k = NULL;
    if (b && name.p && x.n == n && y.n == n) {
        memcpy(point + 1, x.p, n);
        memcpy(point + 1 + n, y.p, n);
        bool ok =
            OSSL_PARAM_BLD_push_utf8_string(b, OSSL_PKEY_PARAM_GROUP_NAME, name.p, 0) == 1 &&
            OSSL_PARAM_BLD_push_octet_string(b, OSSL_PKEY_PARAM_PUB_KEY, point, 1 + 2 * n) == 1;
        if (is_private)
            add(b, OSSL_PKEY_PARAM_PRIV_KEY, binary(r, "d"), &d);
        k = ok ? from_params("EC", b, is_private) : NULL;
    }
    OSSL_PARAM_BLD_free(b);
    BN_clear_free(d);
    return k;
}

static EVP_PKEY *okp_key(reader *r, bool is_private) {
    pt_str raw = binary(r, is_private ? "d" : "x");
    const uint8_t *p = (const uint8_t *)raw.p;
    return is_private ? EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, NULL, p, raw.n)
                      : EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, NULL, p, raw.n);
}

static bool validation(reader *r, const char *type, const char *why) {
    return bad(
        r, pt_arena_printf(r->c->arena,
                           "jwk.Parse: key validation failed: key validation failed: jwk.%s: %s",
                           type, why));
}

static bool rsa_ok(reader *r, const char *type) {
    pt_str n = binary(r, "n");
    pt_str e = binary(r, "e");
    while (e.n && e.p[0] == 0)
        e = pt_str_sub(e, 1, e.n);
    if (!n.n || !e.n)
        return validation(r, type, n.n ? "missing \"e\" value" : "missing \"n\" value");
    return (e.p[e.n - 1] & 1) ||
           validation(r, type, "invalid rsa public exponent: must be a positive odd integer");
}

static bool zeros(pt_str s) {
    for (size_t i = 0; i < s.n; i++)
        if (s.p[i])
            return false;
    return true;
}

static bool ec_ok(reader *r, const shape *s, const char *type) {
    static const char *const names[] = {"x", "y", "d"};
    pt_str crv = pt_text(pt_getz(r->v, "crv"));
    for (size_t i = 0; i < (s->is_private ? 3u : 2u); i++) {
        pt_str bytes = binary(r, names[i]);
        if (bytes.n == curve_bytes(crv))
            continue;
        pt_str why = pt_arena_printf(r->c->arena, "invalid \"%s\" length (%zu) for curve \"%.*s\"",
                                     names[i], bytes.n, PT_PRI(crv));
        return validation(r, type, why.p ? why.p : "invalid length");
    }
    if (zeros(binary(r, "x")) && zeros(binary(r, "y")))
        return validation(r, type,
                          "invalid ECDSA public key: identity point is not a valid public key");
    EVP_PKEY *k = ec_key(r, false);
    EVP_PKEY_free(k);
    if (k)
        return true;
    pt_str why = pt_arena_printf(r->c->arena, "invalid ECDSA public key: P%.*s point not on curve",
                                 PT_PRI(pt_str_sub(crv, 2, crv.n)));
    return validation(r, type, why.p ? why.p : "point not on curve");
}

static bool okp_ok(reader *r, const shape *s, const char *type) {
    if (!pt_str_eqz(pt_text(pt_getz(r->v, "crv")), "Ed25519"))
        return true;
    if (binary(r, "x").n != 32)
        return validation(r, type, "ed25519: wrong public key size");
    return !s->is_private || binary(r, "d").n == 32 ||
           validation(r, type, "ed25519: wrong private key size");
}

static bool numbers_ok(reader *r, const shape *s) {
    bool is_private = s->is_private;
    if (s->kind == PT_KEY_RSA)
        return rsa_ok(r, is_private ? "RSAPrivateKey" : "RSAPublicKey");
    if (s->kind == PT_KEY_EC)
        return ec_ok(r, s, is_private ? "ECDSAPrivateKey" : "ECDSAPublicKey");
    if (s->kind == PT_KEY_OKP)
        return okp_ok(r, s, is_private ? "OKPPrivateKey" : "OKPPublicKey");
    return binary(r, "k").n || validation(r, "SymmetricKey", "missing \"k\" field");
}

static char *copied(pt_str s) {
    char *p = malloc(s.n + 1);
    if (p && s.n)
        memcpy(p, s.p, s.n);
    return p;
}

static bool make_key(reader *r, const shape *s, pt_key *ret) {
    pt_str kid = pt_text(pt_getz(r->v, "kid"));
    pt_str alg = pt_text(pt_getz(r->v, "alg"));
    *ret = (pt_key){.kind = s->kind, .is_private = s->is_private};
    ret->kid = kid.n ? copied(kid) : NULL;
    ret->kid_n = ret->kid ? kid.n : 0;
    if (alg.n < sizeof ret->alg)
        memcpy(ret->alg, alg.n ? alg.p : "", alg.n);
    else
        memcpy(ret->alg, "?", 2); // known, but none that signs
    if (s->kind == PT_KEY_OCT) {
        pt_str k = binary(r, "k");
        ret->secret = copied(k);
        ret->secret_n = ret->secret ? k.n : 0;
        return ret->secret || pt_defined(pt_call_full(r->c));
    }
    ret->pkey = s->kind == PT_KEY_RSA  ? rsa_key(r, s->is_private)
                : s->kind == PT_KEY_EC ? ec_key(r, s->is_private)
                                       : okp_key(r, s->is_private);
    ERR_clear_error();
    if (s->kind == PT_KEY_RSA && s->is_private)
        ret->lacks = !binary(r, "q").n ? "q" : !binary(r, "p").n ? "p" : NULL;
    if (!ret->pkey) // OpenSSL does not take the numbers: a key that nothing was signed with
        ret->kind = PT_KEY_OTHER;
    return true;
}

static bool probe_bad(reader *r, pt_value v, const char *into) {
    return bad(r,
               pt_arena_printf(r->c->arena,
                               "jwk.Parse: failed to probe data: probe: failed to unmarshal data: "
                               "json: cannot unmarshal %s into Go %s",
                               go_type(v), into));
}

static bool read_key(reader *r, pt_key *ret) {
    if (pt_tag_of(r->v) != PT_OBJECT)
        return probe_bad(r, r->v, "value of type struct");
    pt_value kty = pt_getz(r->v, "kty");
    if (pt_defined(kty) && pt_tag_of(kty) != PT_STRING)
        return probe_bad(r, kty, "struct field .kty of type string");
    const shape *s = shape_of(pt_text(kty), pt_defined(pt_getz(r->v, "d")));
    if (!s)
        return bad(r, pt_arena_printf(r->c->arena, "invalid key type from JSON (%.*s)",
                                      PT_PRI(pt_text(kty))));
    return fields_ok(r, s) && numbers_ok(r, s) && make_key(r, s, ret);
}

static bool read_keys(reader *r, pt_value list, pt_keys *keys) {
    pt_str before = r->before;
    for (size_t i = 0; i < pt_len(list); i++) {
        r->v = pt_at(list, i);
        r->before =
            pt_arena_printf(r->c->arena,
                            "%.*sjwk.Parse: failed to unmarshal JWK set: failed to decode key "
                            "#%zu in \"keys\": ",
                            PT_PRI(before), i);
        if (!read_key(r, &keys->v[keys->n++]))
            return false;
    }
    return true;
}

static pt_keys *fill(reader *r, pt_value v) {
    pt_value list = pt_getz(v, "keys");
    size_t n = pt_tag_of(list) == PT_ARRAY ? pt_len(list) : 1;
    pt_keys *keys = calloc(1, sizeof *keys);
    if (keys)
        keys->v = calloc(n + 1, sizeof *keys->v);
    if (!keys || !keys->v) {
        pt_call_full(r->c);
        free(keys);
        return NULL;
    }
    bool ok;
    if (pt_tag_of(list) == PT_ARRAY) {
        ok = read_keys(r, list, keys);
    } else {
        r->v = v;
        r->before = pt_arena_printf(r->c->arena,
                                    "%.*sjwk.Parse: failed to parse sole key: ", PT_PRI(r->before));
        ok = read_key(r, &keys->v[keys->n++]);
    }
    if (ok)
        return keys;
    pt_keys_free(keys);
    return NULL;
}

pt_keys *pt_jwk_read(pt_call *c, const char *before, pt_str text) {
    pt_str why;
    pt_value v = pt_go_json(c, text, &why);
    pt_value list = pt_getz(v, "keys");
    if (!pt_defined(v)) {
        if (why.n)
            pt_call_fault(
                c, PT_FAULT_BUILTIN,
                "%sjwk.Parse: failed to parse sole key: jwk.ParseKey: jwk.Parse: failed to "
                "probe data: probe: failed to unmarshal data: %.*s",
                before, PT_PRI(why));
        return NULL;
    }
    if (pt_defined(list) && pt_tag_of(list) != PT_ARRAY) {
        pt_buf b = PT_BUF(256);
        pt_fn_put_term(&b, list);
        pt_call_fault(
            c, PT_FAULT_BUILTIN,
            "%sjwk.Parse: failed to unmarshal JWK set: failed to decode \"keys\": expected "
            "'[' but got %.*s",
            before, PT_PRI(pt_buf_str(&b)));
        pt_buf_done(&b);
        return NULL;
    }
    if (pt_len(list) > KEYS_MAX) {
        pt_call_fault(
            c, PT_FAULT_BUILTIN,
            "%sjwk.Parse: failed to unmarshal JWK set: too many keys in \"keys\" array: max "
            "%d",
            before, KEYS_MAX);
        return NULL;
    }
    reader r = {.c = c, .before = pt_str_of(before)};
    return fill(&r, v);
}
