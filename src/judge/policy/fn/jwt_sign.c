// io.jwt.encode_sign and io.jwt.encode_sign_raw.
#include <openssl/err.h>
#include <openssl/evp.h>
#include <string.h>

#include "judge/policy/fn/go_json.h"
#include "judge/policy/fn/gojson.h"
#include "judge/policy/fn/jwt.h"
#include "judge/policy/fn/pem.h"
#include "value/json.h"

static const char *type_of(const pt_key *k) {
    static const char *const names[][2] = {
        [PT_KEY_OTHER] = {"rsaPublicKey", "rsaPrivateKey"},
        [PT_KEY_RSA] = {"rsaPublicKey", "rsaPrivateKey"},
        [PT_KEY_EC] = {"ecdsaPublicKey", "ecdsaPrivateKey"},
        [PT_KEY_OKP] = {"okpPublicKey", "okpPrivateKey"},
        [PT_KEY_OCT] = {"symmetricKey", "symmetricKey"},
    };
    return names[k->kind][k->is_private];
}

// The key is of a kind that the algorithm does not sign with.
static void wrong_key(pt_call *c, const pt_jwa *alg, const pt_key *k) {
    static const struct {
        const char *wanted, *produce;
    } kinds[] = {
        [PT_JWA_HMAC] = {"[]byte", "keyconv: failed to produce []byte"},
        [PT_JWA_RSA] = {"*rsa.PrivateKey", "failed to produce rsa.PrivateKey"},
        [PT_JWA_PSS] = {"*rsa.PrivateKey", "failed to produce rsa.PrivateKey"},
        [PT_JWA_EC] = {"*ecdsa.PrivateKey", "keyconv: failed to produce ecdsa.PrivateKey"},
        [PT_JWA_ED] = {"ed25519.PrivateKey", "failed to produce ed25519.PrivateKey"},
    };
    const char *type = type_of(k);
    const char *wanted = kinds[alg->family].wanted;
    bool rsa = alg->family == PT_JWA_RSA || alg->family == PT_JWA_PSS;
    if (k->kind == PT_KEY_RSA && k->is_private && rsa && !k->lacks) {
        pt_call_fault(c, PT_FAULT_BUILTIN,
                      "crypto/rsa: %d-bit keys are insecure (see "
                      "https://go.dev/pkg/crypto/rsa#hdr-Minimum_key_size)",
                      EVP_PKEY_get_bits(k->pkey));
        return;
    }
    pt_str why =
        pt_arena_printf(c->arena, "no suitable exporter found for key type '*jwk.%s'", type);
    if (k->lacks && rsa)
        why = pt_arena_printf(
            c->arena, "failed to export jwk.Key to raw format: missing \"%s\" value", k->lacks);
    pt_call_fault(c, PT_FAULT_BUILTIN,
                  "jwsbb.Sign: invalid key type *jwk.%s. %s is required: %s from *jwk.%s: "
                  "jwk.Export: %.*s",
                  type, wanted, kinds[alg->family].produce, type, PT_PRI(why));
}

// "alg" of a header, which only needs to be JSON. NULL after a fault.
static const pt_jwa *algorithm(pt_call *c, pt_value header) {
    pt_value alg = pt_getz(header, "alg");
    static const char before[] = "missing or invalid 'alg' header: ";
    if (!pt_defined(alg)) {
        pt_call_fault(c, PT_FAULT_BUILTIN, "%sjwsbb: header \"alg\" not found", before);
    } else if (pt_tag_of(alg) != PT_STRING) {
        const char *type = pt_tag_of(alg) != PT_BOOL ? pt_tag_name(pt_tag_of(alg))
                           : pt_true(alg)            ? "true"
                                                     : "false";
        pt_call_fault(c, PT_FAULT_BUILTIN, "%svalue doesn't contain string; it contains %s", before,
                      type);
    } else {
        const pt_jwa *a = pt_jwa_find(pt_text(alg));
        if (!a)
            pt_call_fault(c, PT_FAULT_BUILTIN, "unknown JWS algorithm: %.*s", PT_PRI(pt_text(alg)));
        return a;
    }
    return NULL;
}

static pt_value signed_token(pt_call *c, const pt_jwa *alg, const pt_key *k, pt_buf *b) {
    PT_AUTO(pt_buf_done) pt_buf sig = PT_BUF(4096);
    bool ok = !k->lacks && pt_jwa_sign(alg, k, pt_buf_str(b), &sig);
    ERR_clear_error();
    if (!ok) {
        wrong_key(c, alg, k);
        return pt_undefined();
    }
    pt_buf_putc(b, '.');
    pt_base64url_put(b, pt_buf_str(&sig));
    return pt_call_text(c, b);
}

// OPA's reader of headers takes every run of a number's characters for a number.
static bool like_number(pt_str s) {
    static const char characters[] = "0123456789+-.eE";
    for (size_t i = 0; i < s.n; i++)
        if (!memchr(characters, s.p[i], sizeof characters - 1))
            return false;
    return s.n > 0;
}

static pt_value sign_with(pt_call *c, const pt_keys *keys, pt_str header, pt_str payload) {
    if (keys->n == 0)
        return pt_call_fault(c, PT_FAULT_BUILTIN, "no keys found in JWK set");
    pt_str why;
    pt_value fields = pt_go_json(c, header, &why);
    if (!pt_defined(fields) && like_number(header)) // read, and without a header of that name
        return pt_call_fault(c, PT_FAULT_BUILTIN,
                             "missing or invalid 'alg' header: jwsbb: header \"alg\" not found");
    if (!pt_defined(fields))
        return pt_call_fault(c, PT_FAULT_BUILTIN,
                             "missing or invalid 'alg' header: cannot parse JSON: %.*s",
                             PT_PRI(why));
    const pt_jwa *alg = algorithm(c, fields);
    if (!alg)
        return pt_undefined();
    pt_value typ = pt_getz(fields, "typ");
    bool jwt = pt_tag_of(typ) != PT_STRING || pt_str_eqz(pt_text(typ), "JWT");
    if (jwt && !pt_gojson_valid(payload))
        return pt_call_fault(c, PT_FAULT_BUILTIN, "type is JWT but payload is not JSON");
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(PT_FN_TEXT_BYTES_MAX);
    pt_base64url_put(&b, header);
    pt_buf_putc(&b, '.');
    pt_base64url_put(&b, payload);
    return b.full ? pt_call_full(c) : signed_token(c, alg, &keys->v[0], &b);
}

static pt_value sign(pt_call *c, pt_str header, pt_str payload, pt_str key) {
    pt_keys *keys = pt_jwk_read(c, "", key); // not through the cache: a private key stays nowhere
    if (!keys)
        return pt_undefined();
    pt_value v = sign_with(c, keys, header, payload);
    pt_keys_free(keys);
    return v;
}

pt_value pt_jwt_encode_sign_raw(pt_call *c, const pt_value *args) {
    return sign(c, pt_text(args[0]), pt_text(args[1]), pt_text(args[2]));
}

pt_value pt_jwt_encode_sign(pt_call *c, const pt_value *args) {
    pt_buf b[3] = {PT_BUF(PT_FN_TEXT_BYTES_MAX), PT_BUF(PT_FN_TEXT_BYTES_MAX),
                   PT_BUF(PT_FN_TEXT_BYTES_MAX)};
    const pt_json_opts go = {.html_safe = true};
    bool ok = true;
    for (size_t i = 0; ok && i < 3; i++)
        ok = pt_json_write(&b[i], args[i], &go, NULL) == PT_OK;
    pt_value v =
        ok ? sign(c, pt_buf_str(&b[0]), pt_buf_str(&b[1]), pt_buf_str(&b[2])) : pt_call_full(c);
    for (size_t i = 0; i < 3; i++)
        pt_buf_done(&b[i]);
    return v;
}
