// io.jwt.decode_verify: signature, then the registered claims (RFC 7519, section 4.1).
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "judge/policy/fn/jwt.h"
#include "judge/policy/fn/pem.h"

typedef struct demands {
    pt_kept keys;  // of "cert"
    pt_str secret; // empty: none
    pt_str alg, iss, aud;
    double time; // seconds
} demands;

static void demands_done(demands *d) {
    pt_kept_done(&d->keys);
}

static bool refuse(pt_call *c, const char *what) {
    pt_call_fault(c, PT_FAULT_BUILTIN, "%s", what);
    return false;
}

static bool read_time(pt_call *c, pt_value v, double *ret) {
    char room[PT_NUMBER_ROOM];
    if (pt_tag_of(v) != PT_NUMBER)
        return refuse(c, "token time constraint: must be a number");
    pt_str text = pt_number_text(v, room);
    pt_str z = pt_arena_str(c->arena, text);
    double ns = z.p ? strtod(z.p, NULL) : 0;
    if (isinf(ns))
        return refuse(c, "token time constraint: unvalid float64");
    if (ns < 0)
        return refuse(c, "token time constraint: must not be negative");
    *ret = ns / 1e9;
    return true;
}

static bool read_text(pt_call *c, const char *name, pt_value v, pt_str *ret) {
    *ret = pt_text(v);
    if (pt_tag_of(v) == PT_STRING)
        return true;
    pt_call_fault(c, PT_FAULT_BUILTIN, "%s constraint: must be a string", name);
    return false;
}

static bool read_demand(pt_call *c, pt_str name, pt_value v, demands *d) {
    const struct {
        const char *name;
        pt_str *where;
    } texts[] = {{"alg", &d->alg}, {"aud", &d->aud}, {"iss", &d->iss}, {"secret", &d->secret}};
    for (size_t i = 0; i < PT_COUNT(texts); i++)
        if (pt_str_eqz(name, texts[i].name))
            return read_text(c, texts[i].name, v, texts[i].where);
    if (pt_str_eqz(name, "time"))
        return read_time(c, v, &d->time);
    if (pt_str_eqz(name, "cert")) {
        pt_str text;
        if (!read_text(c, "cert", v, &text))
            return false;
        d->keys = pt_keys_get(c, text);
        return d->keys.thing != NULL;
    }
    pt_call_fault(c, PT_FAULT_BUILTIN, "unknown token validation constraint: %.*s", PT_PRI(name));
    return false;
}

static bool read_demands(pt_call *c, pt_value o, demands *d) {
    *d = (demands){.time = (double)(c->world ? c->world->now_ns : 0) / 1e9};
    for (size_t i = 0; i < pt_len(o); i++)
        if (!read_demand(c, pt_text(pt_key_at(o, i)), pt_val_at(o, i), d))
            return false;
    if (d->keys.thing && d->secret.n)
        return refuse(c, "duplicate key constraints");
    return d->keys.thing || d->secret.n || refuse(c, "no key constraint");
}

// -- checks ---------------------------------------------------------------------------------------

typedef enum verdict {
    NO,
    YES,
    FAULT,
} verdict;

static bool signature_ok(const demands *d, const pt_jwt *t, const pt_jwt_header *h, pt_str sig) {
    const pt_jwa *alg = pt_jwa_find(h->alg);
    if (!alg)
        return false;
    if (d->keys.thing)
        return pt_jwt_verify(d->keys.thing, h, alg, t, sig, true);
    const union {
        const char *given;
        char *key;
    } secret = {d->secret.p}; // verifying only reads it
    pt_key k = {.kind = PT_KEY_OCT, .secret = secret.key, .secret_n = d->secret.n};
    return alg->family == PT_JWA_HMAC && pt_jwa_verify(alg, &k, t->signed_text, sig, true);
}

// The innermost token, its signature checked; *ret_payload is its payload.
static verdict open_token(pt_call *c, pt_value token, const demands *d, pt_jwt *t,
                          pt_str *ret_payload) {
    for (;;) {
        pt_jwt_header h;
        pt_str sig;
        if (!pt_jwt_split(c, token, t) || !pt_jwt_decode_header(c, t) ||
            !pt_jwt_read_header(c, t, &h))
            return FAULT;
        if (!h.alg.n || h.critical || (d->alg.n && !pt_str_eq(d->alg, h.alg)))
            return NO;
        if (!pt_base64url(c, "", t->signature, &sig))
            return FAULT;
        if (!signature_ok(d, t, &h, sig))
            return NO;
        if (!pt_base64url(c, "JWT payload had invalid encoding: ", t->payload, ret_payload))
            return FAULT;
        if (!pt_str_eq_nocase(h.cty, PT_STR("JWT")))
            return YES;
        token = pt_string(*ret_payload); // a token within the token
    }
}

static bool audience_ok(pt_value aud, pt_str want) {
    if (!pt_defined(aud))
        return !want.n;
    if (pt_tag_of(aud) == PT_STRING)
        return pt_str_eq(pt_text(aud), want);
    for (size_t i = 0; pt_tag_of(aud) == PT_ARRAY && i < pt_len(aud); i++)
        if (pt_tag_of(pt_at(aud, i)) == PT_STRING && pt_str_eq(pt_text(pt_at(aud, i)), want))
            return true;
    return false;
}

// The time against a claim: <0, 0, >0. The shortest decimal that reads back to the time is
// compared.
static int compare_time(pt_call *c, double time, pt_value claim) {
    pt_str text = {0};
    for (int digits = 1; digits <= 17; digits++) {
        text = pt_arena_printf(c->arena, "%.*e", digits - 1, time);
        if (!text.p || strtod(text.p, NULL) == time)
            break;
    }
    return pt_cmp(pt_number(text), claim);
}

static verdict claims_ok(pt_call *c, pt_value payload, const demands *d) {
    pt_value iss = pt_getz(payload, "iss");
    pt_value exp = pt_getz(payload, "exp");
    pt_value nbf = pt_getz(payload, "nbf");
    if (d->iss.n && !pt_str_eq(pt_text(iss), d->iss))
        return NO;
    if (!audience_ok(pt_getz(payload, "aud"), d->aud))
        return NO;
    if (pt_defined(exp) && pt_tag_of(exp) != PT_NUMBER) {
        refuse(c, "exp value must be a number");
        return FAULT;
    }
    if (pt_defined(exp) && compare_time(c, d->time, exp) >= 0)
        return NO;
    if (pt_defined(nbf) && pt_tag_of(nbf) != PT_NUMBER) {
        refuse(c, "nbf value must be a number");
        return FAULT;
    }
    return pt_defined(nbf) && compare_time(c, d->time, nbf) < 0 ? NO : YES;
}

pt_value pt_jwt_decode_verify(pt_call *c, const pt_value *args) {
    PT_AUTO(demands_done) demands d;
    if (!read_demands(c, args[1], &d))
        return pt_undefined();
    pt_jwt t;
    pt_str text;
    pt_value payload = pt_undefined();
    verdict v = open_token(c, args[0], &d, &t, &text);
    if (v == YES)
        v = pt_jwt_object(c, "", text, &payload) ? claims_ok(c, payload, &d) : FAULT;
    if (v == FAULT)
        return pt_undefined();
    pt_value none = pt_object_of(c->arena, NULL, 0, NULL);
    const pt_value yes[] = {pt_bool(true), t.fields, payload};
    const pt_value no[] = {pt_bool(false), none, none};
    return pt_call_made(c, pt_array_of(c->arena, v == YES ? yes : no, 3));
}
