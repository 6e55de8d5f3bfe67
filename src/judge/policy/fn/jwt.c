// io.jwt.decode and io.jwt.verify_*.
#include "judge/policy/fn/jwt.h"

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <string.h>

#include "crypto/crypto.h"
#include "judge/policy/fn/go_json.h"
#include "judge/policy/fn/pem.h"

// -- tokens ---------------------------------------------------------------------------------------

bool pt_jwt_split(pt_call *c, pt_value token, pt_jwt *ret) {
    pt_str s = pt_text(token);
    size_t dots = 0;
    for (size_t i = 0; i < s.n; i++)
        dots += s.p[i] == '.';
    if (dots == 0)
        pt_call_fault(c, PT_FAULT_BUILTIN, "encoded JWT had no period separators");
    else if (dots != 2)
        pt_call_fault(c, PT_FAULT_BUILTIN, "encoded JWT must have 3 sections, found %zu", dots + 1);
    if (dots != 2)
        return false;
    size_t first = pt_str_find(s, '.');
    size_t last = pt_str_rfind(s, '.');
    *ret = (pt_jwt){
        .header = pt_str_sub(s, 0, first),
        .payload = pt_str_sub(s, first + 1, last),
        .signature = pt_str_sub(s, last + 1, s.n),
        .signed_text = pt_str_sub(s, 0, last),
    };
    return true;
}

bool pt_jwt_object(pt_call *c, const char *before, pt_str text, pt_value *ret) {
    pt_str why;
    *ret = pt_go_json(c, text, &why);
    if (pt_tag_of(*ret) == PT_OBJECT)
        return true;
    if (why.n)
        pt_call_fault(c, PT_FAULT_BUILTIN, "%sinvalid JSON: %.*s", before, PT_PRI(why));
    else
        pt_call_fault(c, PT_FAULT_BUILTIN, "%sdecoded JSON type was not an Object", before);
    return false;
}

bool pt_jwt_decode_header(pt_call *c, pt_jwt *t) {
    pt_str text;
    if (!pt_base64url(c, "JWT header had invalid encoding: ", t->header, &text) ||
        !pt_jwt_object(c, "bad JWT header: ", text, &t->fields))
        return false;
    if (!pt_defined(pt_getz(t->fields, "enc")))
        return true;
    pt_call_fault(c, PT_FAULT_BUILTIN, "JWT is a JWE object, which is not supported");
    return false;
}

static bool header_text(pt_call *c, const pt_jwt *t, const char *name, pt_str *ret) {
    pt_value v = pt_getz(t->fields, name);
    *ret = pt_text(v);
    if (!pt_defined(v) || pt_tag_of(v) == PT_STRING)
        return true;
    pt_call_fault(c, PT_FAULT_BUILTIN, "%s: must be a string", name);
    return false;
}

static bool is_known(pt_str field) {
    return pt_str_in_list(field, PT_STR("alg crit cty kid typ"), ' ');
}

static bool critical(pt_call *c, const pt_jwt *t, pt_jwt_header *h) {
    pt_value crit = pt_getz(t->fields, "crit");
    if (!pt_defined(crit))
        return true;
    if (pt_tag_of(crit) != PT_ARRAY)
        return pt_defined(pt_call_fault(c, PT_FAULT_BUILTIN, "crit: must be a list"));
    if (pt_tag_of(pt_at(crit, 0)) != PT_STRING)
        return pt_defined(pt_call_fault(c, PT_FAULT_BUILTIN, "crit: must be a nonempty list"));
    for (size_t i = 0; i < pt_len(crit); i++) {
        pt_value name = pt_at(crit, i);
        if (pt_tag_of(name) != PT_STRING)
            break; // OPA looks no further
        h->critical |= !is_known(pt_text(name)) && pt_defined(pt_get_value(t->fields, name));
    }
    return true;
}

bool pt_jwt_read_header(pt_call *c, const pt_jwt *t, pt_jwt_header *ret) {
    pt_str typ;
    *ret = (pt_jwt_header){0};
    return header_text(c, t, "alg", &ret->alg) && critical(c, t, ret) &&
           header_text(c, t, "cty", &ret->cty) && header_text(c, t, "kid", &ret->kid) &&
           header_text(c, t, "typ", &typ);
}

bool pt_jwt_verify(const pt_keys *keys, const pt_jwt_header *h, const pt_jwa *alg, const pt_jwt *t,
                   pt_str sig, bool strict) {
    bool ok = false;
    for (size_t pass = h->kid.n ? 0 : 1; pass < 2; pass++) { // first by name, then any
        for (size_t i = 0; !ok && i < keys->n; i++) {
            const pt_key *k = &keys->v[i];
            if (k->alg[0] && !pt_jwa_find(pt_str_of(k->alg)))
                continue; // for something else than signatures
            bool named = pt_str_eq((pt_str){k->kid, k->kid_n}, h->kid);
            if (pass == 0 ? !named : k->alg[0] && !pt_str_eqz(h->alg, k->alg))
                continue;
            ok = pt_jwa_verify(alg, k, t->signed_text, sig, strict);
            if (pass == 0) {
                ERR_clear_error();
                return ok;
            }
        }
    }
    ERR_clear_error();
    return ok;
}

// -- io.jwt.decode --------------------------------------------------------------------------------

static pt_str unquoted(pt_str s) {
    while (s.n && (s.p[0] == '"' || s.p[0] == '\''))
        s = pt_str_sub(s, 1, s.n);
    while (s.n && (s.p[s.n - 1] == '"' || s.p[s.n - 1] == '\''))
        s.n--;
    return s;
}

static pt_value decoded(pt_call *c, const pt_jwt *t, pt_str payload) {
    pt_value v[3] = {t->fields};
    pt_str sig;
    if (!pt_jwt_object(c, "", payload, &v[1]) ||
        !pt_base64url(c, "JWT signature had invalid encoding: ", t->signature, &sig))
        return pt_undefined();
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(PT_FN_TEXT_BYTES_MAX);
    pt_hex_put(&b, sig);
    v[2] = pt_call_text(c, &b);
    return pt_defined(v[2]) ? pt_call_made(c, pt_array_of(c->arena, v, 3)) : v[2];
}

static pt_value jwt_decode(pt_call *c, const pt_value *args) {
    pt_value token = args[0];
    for (;;) { // a token may hold another one; each is shorter
        pt_jwt t;
        pt_str payload;
        if (!pt_jwt_split(c, token, &t) || !pt_jwt_decode_header(c, &t) ||
            !pt_base64url(c, "JWT payload had invalid encoding: ", t.payload, &payload))
            return pt_undefined();
        if (!pt_str_eqz(pt_text(pt_getz(t.fields, "cty")), "JWT"))
            return decoded(c, &t, payload);
        token = pt_string(unquoted(payload));
    }
}

// -- io.jwt.verify_* ------------------------------------------------------------------------------

static pt_value verify(pt_call *c, const pt_value *args, const char *alg) {
    pt_jwt t;
    pt_jwt_header h;
    pt_str sig;
    if (!pt_jwt_split(c, args[0], &t))
        return pt_undefined();
    PT_AUTO(pt_kept_done) pt_kept k = pt_keys_get(c, pt_text(args[1]));
    if (!k.thing || !pt_base64url(c, "", t.signature, &sig) || !pt_jwt_decode_header(c, &t) ||
        !pt_jwt_read_header(c, &t, &h))
        return pt_undefined();
    return pt_bool(pt_jwt_verify(k.thing, &h, pt_jwa_find(pt_str_of(alg)), &t, sig, false));
}

static pt_value verify_secret(pt_call *c, const pt_value *args, const EVP_MD *md) {
    pt_jwt t;
    pt_str sig;
    pt_str key = pt_text(args[1]);
    uint8_t mac[EVP_MAX_MD_SIZE];
    unsigned n = 0;
    if (!pt_jwt_split(c, args[0], &t) || !pt_base64url(c, "", t.signature, &sig))
        return pt_undefined();
    if (key.n > INT32_MAX || !HMAC(md, key.n ? key.p : "", (int)key.n,
                                   (const uint8_t *)t.signed_text.p, t.signed_text.n, mac, &n))
        return pt_call_full(c);
    return pt_bool(n == sig.n && pt_equal_ct(mac, sig.p, n));
}

#define VERIFY(name, alg)                                    \
    static pt_value name(pt_call *c, const pt_value *args) { \
        return verify(c, args, alg);                         \
    }
VERIFY(verify_eddsa, "EdDSA")
VERIFY(verify_es256, "ES256")
VERIFY(verify_es384, "ES384")
VERIFY(verify_es512, "ES512")
VERIFY(verify_ps256, "PS256")
VERIFY(verify_ps384, "PS384")
VERIFY(verify_ps512, "PS512")
VERIFY(verify_rs256, "RS256")
VERIFY(verify_rs384, "RS384")
VERIFY(verify_rs512, "RS512")

static pt_value verify_hs256(pt_call *c, const pt_value *args) {
    return verify_secret(c, args, EVP_sha256());
}
static pt_value verify_hs384(pt_call *c, const pt_value *args) {
    return verify_secret(c, args, EVP_sha384());
}
static pt_value verify_hs512(pt_call *c, const pt_value *args) {
    return verify_secret(c, args, EVP_sha512());
}

#define BY_KEY    "(jwt: string, certificate: string) => result: boolean"
#define BY_SECRET "(jwt: string, secret: string) => result: boolean"
#define TWO      \
    2, 0, {      \
        STR, STR \
    }
static const pt_fn fns[] = {
    {"io.jwt.decode",
     "(jwt: string) => output: array<object[any: any], object[any: any], string>",
     jwt_decode,
     1,
     0,
     {STR}},
    {"io.jwt.decode_verify",
     "(jwt: string, constraints: object[string: any]) => output: array<boolean, object[any: any], "
     "object[any: any]>",
     pt_jwt_decode_verify,
     2,
     PT_FN_VARIES,
     {STR, OBJ}},
    {"io.jwt.encode_sign",
     "(headers: object[string: any], payload: object[string: any], key: object[string: any]) => "
     "output: string",
     pt_jwt_encode_sign,
     3,
     PT_FN_VARIES,
     {0}},
    {"io.jwt.encode_sign_raw",
     "(headers: string, payload: string, key: string) => output: string",
     pt_jwt_encode_sign_raw,
     3,
     PT_FN_VARIES,
     {STR, STR, STR}},
    {"io.jwt.verify_eddsa", BY_KEY, verify_eddsa, TWO},
    {"io.jwt.verify_es256", BY_KEY, verify_es256, TWO},
    {"io.jwt.verify_es384", BY_KEY, verify_es384, TWO},
    {"io.jwt.verify_es512", BY_KEY, verify_es512, TWO},
    {"io.jwt.verify_hs256", BY_SECRET, verify_hs256, TWO},
    {"io.jwt.verify_hs384", BY_SECRET, verify_hs384, TWO},
    {"io.jwt.verify_hs512", BY_SECRET, verify_hs512, TWO},
    {"io.jwt.verify_ps256", BY_KEY, verify_ps256, TWO},
    {"io.jwt.verify_ps384", BY_KEY, verify_ps384, TWO},
    {"io.jwt.verify_ps512", BY_KEY, verify_ps512, TWO},
    {"io.jwt.verify_rs256", BY_KEY, verify_rs256, TWO},
    {"io.jwt.verify_rs384", BY_KEY, verify_rs384, TWO},
    {"io.jwt.verify_rs512", BY_KEY, verify_rs512, TWO},
};
const pt_fn_family pt_fn_jwt = PT_FN_FAMILY(fns);
