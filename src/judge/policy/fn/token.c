#include "judge/policy/fn/token.h"

#include <ctype.h>
#include <openssl/err.h>

#include "judge/policy/fn/jwt.h"
#include "judge/policy/fn/pem.h"

static bool refuse(pt_call *c, const char *what, pt_str text) {
    pt_call_fault(c, PT_FAULT_BUILTIN, "%s%.*s", what, PT_PRI(text));
    return false;
}

// Base64 without padding and line breaks (RFC 7515, section 2): else one token had many texts.
static bool is_base64url(pt_str s) {
    bool ok = true;
    for (size_t i = 0; i < s.n && ok; i++)
        ok = isalnum((unsigned char)s.p[i]) || s.p[i] == '-' || s.p[i] == '_';
    return ok;
}

bool pt_token_read(pt_call *c, pt_str text, pt_token *ret) {
    pt_jwt t;
    pt_jwt_header h;
    pt_str rest = text;
    pt_str part;
    while (pt_str_split(&rest, '.', &part))
        if (!is_base64url(part))
            return refuse(c, "failed to base64 decode JWT: ", pt_call_quoted(c, part));
    if (!pt_jwt_split(c, pt_string(text), &t) || !pt_jwt_decode_header(c, &t) ||
        !pt_jwt_read_header(c, &t, &h))
        return false;
    *ret = (pt_token){h.alg, h.kid, h.critical, {0}, {0}, t.signed_text};
    return pt_base64url(c, "failed to base64 decode JWT payload: ", t.payload, &ret->payload) &&
           pt_base64url(c, "failed to base64 decode JWT signature: ", t.signature, &ret->signature);
}

static const pt_jwa *algorithm_of(pt_call *c, pt_str name) {
    const pt_jwa *alg = pt_jwa_find(name);
    if (!alg)
        refuse(c, "unknown signature algorithm: ", name);
    return alg;
}

bool pt_token_verify(pt_call *c, const pt_token *t, pt_str algorithm, pt_str key) {
    const pt_jwa *alg = algorithm_of(c, algorithm);
    if (!alg)
        return false;
    if (!pt_str_eq(t->algorithm, algorithm)) {
        pt_call_fault(c, PT_FAULT_BUILTIN, "the signature's algorithm is %.*s, and the key's is %s",
                      PT_PRI(t->algorithm), alg->name);
        return false;
    }
    if (t->critical)
        return refuse(c, "the signature's header has a critical field that is not known",
                      (pt_str){0});
    pt_keys *keys = pt_keys_for(c, alg, key);
    bool ok = keys && pt_jwa_verify(alg, &keys->v[0], t->signed_text, t->signature, true);
    pt_keys_free(keys);
    ERR_clear_error();
    return ok || refuse(c, "failed to verify JWT signature", (pt_str){0});
}

pt_str pt_token_sign(pt_call *c, pt_str algorithm, pt_str key, pt_str header, pt_str payload) {
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(PT_FN_TEXT_BYTES_MAX);
    PT_AUTO(pt_buf_done) pt_buf sig = PT_BUF(4096);
    const pt_jwa *alg = algorithm_of(c, algorithm);
    pt_keys *keys = alg ? pt_keys_for(c, alg, key) : NULL;
    pt_base64url_put(&b, header);
    pt_buf_putc(&b, '.');
    pt_base64url_put(&b, payload);
    bool ok = keys && pt_jwa_sign(alg, &keys->v[0], pt_buf_str(&b), &sig);
    pt_keys_free(keys);
    ERR_clear_error();
    if (!ok) { // the fault that came first stays
        refuse(c, "the key does not sign: a private key does", (pt_str){0});
        return (pt_str){0};
    }
    pt_buf_putc(&b, '.');
    pt_base64url_put(&b, pt_buf_str(&sig));
    pt_str text = {0};
    if (!b.full)
        text = pt_arena_str(c->arena, pt_buf_str(&b));
    if (!text.p)
        pt_call_full(c);
    return text;
}
