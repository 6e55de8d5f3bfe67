// crypto.x509.* and crypto.parse_private_keys.
#include "judge/policy/fn/x509.h"

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/x509.h>
#include <string.h>

#include "judge/policy/fn/keys.h"
#include "judge/policy/fn/pem.h"
#include "judge/policy/fn/x509_verify.h"

static void free_pkey(EVP_PKEY **k) {
    EVP_PKEY_free(*k);
    ERR_clear_error();
}

// -- reading --------------------------------------------------------------------------------------

// The DER of all certificates of a text: PEM, base64 of PEM, base64 of DER. False after a fault.
static bool read_ders(pt_call *c, pt_str text, pt_str *ret) {
    if (!pt_str_starts(text, PT_STR("-----BEGIN"))) {
        if (!pt_base64std(c, text, &text))
            return false;
        if (!pt_str_starts(text, PT_STR("-----BEGIN"))) {
            *ret = text;
            return true;
        }
    }
    pt_pem block;
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(PT_FN_TEXT_BYTES_MAX);
    while (pt_pem_next(c->arena, &text, &block)) {
        if (!pt_str_eqz(block.type, "CERTIFICATE")) {
            pt_call_fault(c, PT_FAULT_BUILTIN, "PEM block type is '%.*s', expected CERTIFICATE",
                          PT_PRI(block.type));
            return false;
        }
        pt_buf_put(&b, block.der);
    }
    *ret = pt_arena_str(c->arena, pt_buf_str(&b));
    return ret->p || pt_defined(pt_call_full(c));
}

static pt_value certs_of(pt_call *c, pt_str ders, bool uris) {
    pt_list l = {.a = c->arena};
    while (ders.n) {
        pt_str raw;
        pt_value v = pt_x509_cert(c->arena, &ders, uris, &raw);
        if (!pt_defined(v) && !c->arena->full)
            return pt_call_fault(c, PT_FAULT_BUILTIN, "x509: malformed certificate");
        pt_list_add(&l, v);
    }
    return pt_call_made(c, pt_list_end(&l));
}

static pt_value parse_certificates(pt_call *c, const pt_value *args) {
    pt_str ders;
    return read_ders(c, pt_text(args[0]), &ders) ? certs_of(c, ders, true) : pt_undefined();
}

// -- verifying ------------------------------------------------------------------------------------

static pt_value verdict(pt_call *c, bool ok, pt_value certs) {
    const pt_value v[] = {pt_bool(ok), certs};
    return pt_call_made(c, pt_array_of(c->arena, v, 2));
}

static pt_value not_verified(pt_call *c) {
    if (c->fault == PT_FAULT_LIMIT)
        return pt_undefined();
    c->fault = PT_FAULT_NONE; // what cannot be read is not verified
    return verdict(c, false, pt_array_of(c->arena, NULL, 0));
}

static pt_value verify(pt_call *c, pt_str text, const pt_value *options) {
    pt_str ders;
    pt_str chain;
    pt_x509_demands d = {.now_ns = c->world ? c->world->now_ns : 0};
    if (!read_ders(c, text, &ders) || !pt_defined(certs_of(c, ders, false)))
        return not_verified(c);
    if (options && !pt_x509_demands_read(c, *options, &d))
        return pt_undefined();
    if (!pt_x509_verify(c, ders, &d, &chain))
        return not_verified(c);
    pt_value certs = certs_of(c, chain, options == NULL);
    return pt_defined(certs) ? verdict(c, true, certs) : certs;
}

static pt_value parse_and_verify(pt_call *c, const pt_value *args) {
    return verify(c, pt_text(args[0]), NULL);
}

static pt_value parse_and_verify_with_options(pt_call *c, const pt_value *args) {
    return verify(c, pt_text(args[0]), &args[1]);
}

// -- requests -------------------------------------------------------------------------------------

static pt_value parse_certificate_request(pt_call *c, const pt_value *args) {
    pt_str text = pt_text(args[0]);
    pt_pem block;
    if (!pt_str_starts(text, PT_STR("-----BEGIN CERTIFICATE REQUEST-----")) &&
        !pt_base64std(c, text, &text))
        return pt_undefined();
    pt_str der = text;
    if (pt_pem_next(c->arena, &text, &block)) {
        if (!pt_str_eqz(block.type, "CERTIFICATE REQUEST"))
            return pt_call_fault(c, PT_FAULT_BUILTIN,
                                 "invalid PEM-encoded certificate signing request");
        der = block.der;
    }
    pt_value v = pt_x509_request(c->arena, der);
    if (!pt_defined(v) && !c->arena->full)
        return pt_call_fault(c, PT_FAULT_BUILTIN, "asn1: structure error");
    return pt_call_made(c, v);
}

// -- private keys ---------------------------------------------------------------------------------

typedef pt_value key_value(pt_arena *a, EVP_PKEY *k);

// The values of all private keys of a PEM text; the first one alone with `one`.
static bool private_keys(pt_call *c, pt_str text, pt_list *l, key_value *value, bool one) {
    pt_pem block;
    l->a = c->arena;
    while (pt_pem_next(c->arena, &text, &block)) {
        bool ours =
            pt_str_in_list(block.type, PT_STR("RSA PRIVATE KEY,PRIVATE KEY,EC PRIVATE KEY"), ',');
        if (!ours)
            continue;
        PT_AUTO(free_pkey) EVP_PKEY *k = pt_private_of_der(block.der);
        pt_value v = k ? value(c->arena, k) : pt_undefined();
        if (!pt_defined(v) && !c->arena->full) {
            pt_call_fault(c, PT_FAULT_BUILTIN, "asn1: structure error");
            return false;
        }
        pt_list_add(l, v);
        if (one)
            break;
    }
    return true;
}

// A text in base64 is decoded first.
static pt_str maybe_base64(pt_call *c, pt_str text) {
    pt_str decoded;
    size_t bad;
    return pt_go_base64(c->arena, text, false, true, &decoded, &bad) ? decoded : text;
}

static pt_value parse_private_keys(pt_call *c, const pt_value *args) {
    pt_str text = pt_text(args[0]);
    pt_list l = {0};
    if (!text.n)
        return pt_null();
    if (!private_keys(c, maybe_base64(c, text), &l, pt_x509_private, false))
        return pt_undefined();
    return pt_call_made(c, pt_list_end(&l));
}

static pt_value parse_rsa_private_key(pt_call *c, const pt_value *args) {
    pt_str text = pt_text(args[0]);
    pt_list l = {0};
    if (!text.n)
        return pt_call_fault(c, PT_FAULT_BUILTIN, "input PEM data was empty");
    if (!pt_str_starts(text, PT_STR("-----BEGIN")) && !pt_base64std(c, text, &text))
        return pt_undefined();
    if (!private_keys(c, maybe_base64(c, text), &l, pt_x509_jwk, true))
        return pt_undefined();
    return l.full ? pt_call_full(c) : l.items.n ? l.items.v[0] : pt_null();
}

// -- pairs ----------------------------------------------------------------------------------------

static bool refuse(pt_call *c, const char *what) {
    pt_call_fault(c, PT_FAULT_BUILTIN, "tls: %s", what);
    return false;
}

// The types of blocks that were passed over: "[A B]".
typedef struct skipped {
    pt_str types;
    size_t n;
    pt_str last;
} skipped;

static void skip(pt_call *c, skipped *s, pt_str type) {
    s->types =
        pt_arena_printf(c->arena, "%.*s%s%.*s", PT_PRI(s->types), s->n ? " " : "", PT_PRI(type));
    s->last = type;
    s->n++;
}

static bool pair_certs(pt_call *c, pt_str text, pt_list *ret, pt_str *ret_first) {
    pt_pem block;
    skipped s = {0};
    ret->a = c->arena;
    while (pt_pem_next(c->arena, &text, &block)) {
        if (!pt_str_eqz(block.type, "CERTIFICATE")) {
            skip(c, &s, block.type);
            continue;
        }
        if (!ret->items.n)
            *ret_first = block.der;
        pt_list_add(ret, pt_der_base64(c->arena, block.der));
    }
    if (ret->items.n || ret->full)
        return true;
    if (s.n == 0)
        return refuse(c, "failed to find any PEM data in certificate input");
    if (s.n == 1 && pt_str_ends(s.last, PT_STR("PRIVATE KEY")))
        return refuse(c, "failed to find certificate PEM data in certificate input, but did find a "
                         "private key; PEM inputs may have been switched");
    pt_call_fault(
        c, PT_FAULT_BUILTIN,
        "tls: failed to find \"CERTIFICATE\" PEM block in certificate input after skipping "
        "PEM blocks of the following types: [%.*s]",
        PT_PRI(s.types));
    return false;
}

static bool pair_key(pt_call *c, pt_str text, pt_str *ret_der) {
    pt_pem block;
    skipped s = {0};
    while (pt_pem_next(c->arena, &text, &block)) {
        if (pt_str_eqz(block.type, "PRIVATE KEY") ||
            pt_str_ends(block.type, PT_STR(" PRIVATE KEY"))) {
            *ret_der = block.der;
            return true;
        }
        skip(c, &s, block.type);
    }
    if (s.n == 0)
        return refuse(c, "failed to find any PEM data in key input");
    if (s.n == 1 && pt_str_eqz(s.last, "CERTIFICATE"))
        return refuse(c, "found a certificate rather than a key in the PEM for the private key");
    pt_call_fault(c, PT_FAULT_BUILTIN,
                  "tls: failed to find PEM block with type ending in \"PRIVATE KEY\" in key input "
                  "after skipping PEM blocks of the following types: [%.*s]",
                  PT_PRI(s.types));
    return false;
}

static bool matches(pt_call *c, pt_str cert, EVP_PKEY *k) {
    const uint8_t *p = (const uint8_t *)cert.p;
    X509 *x = d2i_X509(NULL, &p, (long)cert.n);
    EVP_PKEY *pub = x ? X509_get_pubkey(x) : NULL;
    X509_free(x);
    if (!pub)
        return refuse(c, "unknown public key algorithm");
    bool same_type = EVP_PKEY_get_base_id(pub) == EVP_PKEY_get_base_id(k);
    bool same = same_type && EVP_PKEY_eq(pub, k) == 1;
    EVP_PKEY_free(pub);
    return same || refuse(c, same_type ? "private key does not match public key"
                                       : "private key type does not match public key type");
}

// Text that is neither PEM nor base64 of PEM is taken as DER.
static bool pem_or_der(pt_call *c, pt_str text, const char *type, pt_str *ret) {
    *ret = text;
    if (pt_str_starts(text, PT_STR("-----BEGIN ")))
        return true;
    if (!pt_base64std(c, text, ret))
        return false;
    if (pt_str_starts(*ret, PT_STR("-----BEGIN ")))
        return true;
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(PT_FN_TEXT_BYTES_MAX);
    pt_buf_printf(&b, "-----BEGIN %s-----\n%.*s\n-----END %s-----\n", type,
                  PT_PRI(pt_text(pt_der_base64(c->arena, *ret))), type);
    *ret = pt_arena_str(c->arena, pt_buf_str(&b));
    return true;
}

static pt_value parse_keypair(pt_call *c, const pt_value *args) {
    pt_str cert_pem;
    pt_str key_pem;
    pt_str first = {0};
    pt_str der = {0};
    pt_str raw;
    pt_list certs = {0};
    if (!pem_or_der(c, pt_text(args[0]), "CERTIFICATE", &cert_pem) ||
        !pem_or_der(c, pt_text(args[1]), "PRIVATE KEY", &key_pem) ||
        !pair_certs(c, cert_pem, &certs, &first) || !pair_key(c, key_pem, &der))
        return pt_undefined();
    pt_str rest = first;
    pt_value leaf = pt_x509_cert(c->arena, &rest, false, &raw);
    if (!pt_defined(leaf))
        return pt_call_fault(c, PT_FAULT_BUILTIN, "x509: malformed certificate");
    PT_AUTO(free_pkey) EVP_PKEY *k = pt_private_of_der(der);
    if (!k)
        return pt_call_fault(c, PT_FAULT_BUILTIN, "tls: failed to parse private key");
    if (!matches(c, first, k))
        return pt_undefined();
    pt_obj o = {.a = c->arena};
    pt_obj_set(&o, "Certificate", pt_list_end(&certs));
    pt_obj_set(&o, "PrivateKey", pt_x509_private(c->arena, k));
    pt_obj_set(&o, "Leaf", leaf);
    pt_obj_set(&o, "OCSPStaple", pt_null());
    pt_obj_set(&o, "SignedCertificateTimestamps", pt_null());
    pt_obj_set(&o, "SupportedSignatureAlgorithms", pt_null());
    return pt_call_made(c, pt_obj_end(&o));
}

#define CERTS   "array[object[string: any]]"
#define CHECKED "array<boolean, " CERTS ">"
static const pt_fn fns[] = {
    {"crypto.parse_private_keys",
     "(keys: string) => output: " CERTS,
     parse_private_keys,
     1,
     0,
     {STR}},
    {"crypto.x509.parse_and_verify_certificates",
     "(certs: string) => output: " CHECKED,
     parse_and_verify,
     1,
     0,
     {STR}},
    {"crypto.x509.parse_and_verify_certificates_with_options",
     "(certs: string, options: object[string: any]) => output: " CHECKED,
     parse_and_verify_with_options,
     2,
     0,
     {STR, OBJ}},
    {"crypto.x509.parse_certificate_request",
     "(csr: string) => output: object[string: any]",
     parse_certificate_request,
     1,
     0,
     {STR}},
    {"crypto.x509.parse_certificates",
     "(certs: string) => output: " CERTS,
     parse_certificates,
     1,
     0,
     {STR}},
    {"crypto.x509.parse_keypair",
     "(cert: string, pem: string) => output: object[string: any]",
     parse_keypair,
     2,
     0,
     {STR, STR}},
    {"crypto.x509.parse_rsa_private_key",
     "(pem: string) => output: object[string: any]",
     parse_rsa_private_key,
     1,
     0,
     {STR}},
};
const pt_fn_family pt_fn_x509 = PT_FN_FAMILY(fns);
