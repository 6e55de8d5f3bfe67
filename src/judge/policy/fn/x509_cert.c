#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/x509.h>
#include <string.h>

#include "judge/policy/fn/x509.h"

pt_value pt_x509_or_null(pt_list *l) {
    return l->items.n || l->full ? pt_list_end(l) : pt_null();
}

// -- names ----------------------------------------------------------------------------------------

// Attributes 2.5.4.N that have a field of their own; `one`: the last one counts, as text.
static const struct field {
    const char *name;
    uint8_t oid; // the N
    bool one;
} fields[] = {
    {"CommonName", 3, true},     {"SerialNumber", 5, true}, {"Country", 6, false},
    {"Locality", 7, false},      {"Province", 8, false},    {"StreetAddress", 9, false},
    {"Organization", 10, false}, {"PostalCode", 17, false}, {"OrganizationalUnit", 11, false},
};

typedef struct name {
    pt_arena *a;
    pt_list names;
    pt_list of[PT_COUNT(fields)];
} name;

static bool attribute(name *n, pt_str body) {
    pt_der oid;
    pt_der value;
    if (!pt_der_take(&body, DER_OID, &oid) || !pt_der_next(&body, &value))
        return false;
    pt_value text = pt_der_text(n->a, &value);
    if (!pt_defined(text))
        return false;
    pt_obj o = {.a = n->a};
    pt_obj_set(&o, "Type", pt_der_oid(n->a, oid.body));
    pt_obj_set(&o, "Value", text);
    pt_list_add(&n->names, pt_obj_end(&o));
    bool ours = oid.body.n == 3 && memcmp(oid.body.p, "\x55\x04", 2) == 0;
    for (size_t i = 0; ours && i < PT_COUNT(fields); i++)
        if ((uint8_t)oid.body.p[2] == fields[i].oid)
            pt_list_add(&n->of[i], text);
    return true;
}

static pt_value name_of(pt_arena *a, pt_str raw) {
    name n = {.a = a, .names = {.a = a}};
    pt_der seq;
    pt_der set;
    pt_der pair;
    if (!pt_der_take(&raw, DER_SEQUENCE, &seq))
        return pt_undefined();
    for (size_t i = 0; i < PT_COUNT(fields); i++)
        n.of[i].a = a;
    while (seq.body.n) {
        if (!pt_der_take(&seq.body, DER_SET, &set))
            return pt_undefined();
        while (set.body.n)
            if (!pt_der_take(&set.body, DER_SEQUENCE, &pair) || !attribute(&n, pair.body))
                return pt_undefined();
    }
    pt_obj o = {.a = a};
    for (size_t i = 0; i < PT_COUNT(fields); i++) {
        const pt_list *l = &n.of[i];
        if (fields[i].one)
            pt_obj_set(&o, fields[i].name,
                       l->items.n ? l->items.v[l->items.n - 1] : pt_stringz(""));
        else
            pt_obj_set(&o, fields[i].name, pt_x509_or_null(&n.of[i]));
    }
    pt_obj_set(&o, "Names", pt_x509_or_null(&n.names));
    pt_obj_set(&o, "ExtraNames", pt_null());
    return pt_obj_end(&o);
}

// -- algorithms -----------------------------------------------------------------------------------

#define RSA_OID "\x2a\x86\x48\x86\xf7\x0d\x01\x01"
#define EC_OID  "\x2a\x86\x48\xce\x3d\x04"

// The digest of RSASSA-PSS parameters as Go numbers the algorithm.
static int64_t pss(pt_str params) {
    static const struct {
        char last; // of 2.16.840.1.101.3.4.2.N
        int64_t algorithm;
    } digests[] = {{1, 13}, {2, 14}, {3, 15}};
    pt_der seq;
    pt_der hash;
    pt_der alg;
    pt_der oid;
    if (!pt_der_take(&params, DER_SEQUENCE, &seq) ||
        !pt_der_take(&seq.body, DER_TAGGED(0), &hash) ||
        !pt_der_take(&hash.body, DER_SEQUENCE, &alg) || !pt_der_take(&alg.body, DER_OID, &oid))
        return 0;
    for (size_t i = 0; i < PT_COUNT(digests); i++)
        if (oid.body.n == 9 && oid.body.p[8] == digests[i].last)
            return digests[i].algorithm;
    return 0;
}

int64_t pt_x509_signature_algorithm(pt_str algorithm) {
    static const struct {
        pt_str oid;
        int64_t number;
    } known[] = {
        {{RSA_OID "\x02", 9}, 1},
        {{RSA_OID "\x04", 9}, 2},
        {{RSA_OID "\x05", 9}, 3},
        {{RSA_OID "\x0b", 9}, 4},
        {{RSA_OID "\x0c", 9}, 5},
        {{RSA_OID "\x0d", 9}, 6},
        {{"\x2a\x86\x48\xce\x38\x04\x03", 7}, 7},
        {{"\x60\x86\x48\x01\x65\x03\x04\x03\x02", 9}, 8},
        {{EC_OID "\x01", 7}, 9},
        {{EC_OID "\x03\x02", 8}, 10},
        {{EC_OID "\x03\x03", 8}, 11},
        {{EC_OID "\x03\x04", 8}, 12},
        {{"\x2b\x65\x70", 3}, 16},
    };
    pt_der oid;
    if (!pt_der_take(&algorithm, DER_OID, &oid))
        return 0;
    if (pt_str_eq(oid.body, (pt_str){RSA_OID "\x0a", 9}))
        return pss(algorithm);
    for (size_t i = 0; i < PT_COUNT(known); i++)
        if (pt_str_eq(oid.body, known[i].oid))
            return known[i].number;
    return 0;
}

static pt_value ec_public(pt_arena *a, pt_str point) {
    if (point.n < 3 || point.p[0] != 4)
        return pt_undefined();
    size_t half = (point.n - 1) / 2;
    pt_obj o = {.a = a};
    pt_obj_set(&o, "Curve", pt_object_of(a, NULL, 0, NULL));
    for (size_t i = 0; i < 2; i++) {
        char *room = pt_arena_take(a, half + 1);
        if (!room)
            return pt_undefined();
        room[0] = 0; // not negative, whatever the first bit is
        memcpy(room + 1, point.p + 1 + i * half, half);
        pt_obj_set(&o, i ? "Y" : "X", pt_der_number(a, (pt_str){room, half + 1}));
    }
    return pt_obj_end(&o);
}

static pt_value rsa_public(pt_arena *a, pt_str bits) {
    pt_der seq;
    pt_der n;
    pt_der e;
    if (!pt_der_take(&bits, DER_SEQUENCE, &seq) || !pt_der_take(&seq.body, DER_INTEGER, &n) ||
        !pt_der_take(&seq.body, DER_INTEGER, &e))
        return pt_undefined();
    pt_obj o = {.a = a};
    pt_obj_set(&o, "N", pt_der_number(a, n.body));
    pt_obj_set(&o, "E", pt_der_number(a, e.body));
    return pt_obj_end(&o);
}

// The key of a SubjectPublicKeyInfo; null: of an unknown kind.
static pt_value public_of(pt_arena *a, pt_str spki, int64_t *ret_algorithm) {
    pt_der seq;
    pt_der alg;
    pt_der oid;
    pt_der bits;
    *ret_algorithm = 0;
    if (!pt_der_take(&spki, DER_SEQUENCE, &seq) || !pt_der_take(&seq.body, DER_SEQUENCE, &alg) ||
        !pt_der_take(&alg.body, DER_OID, &oid) || !pt_der_take(&seq.body, DER_BIT_STRING, &bits) ||
        bits.body.n < 1)
        return pt_undefined();
    pt_str key = pt_str_sub(bits.body, 1, bits.body.n);
    if (pt_str_eq(oid.body, (pt_str){RSA_OID "\x01", 9})) {
        *ret_algorithm = 1;
        return rsa_public(a, key);
    }
    if (pt_str_eq(oid.body, (pt_str){"\x2a\x86\x48\xce\x3d\x02\x01", 7})) {
        *ret_algorithm = 3;
        return ec_public(a, key);
    }
    if (pt_str_eq(oid.body, (pt_str){"\x2b\x65\x70", 3})) {
        *ret_algorithm = 4;
        return pt_der_base64(a, key);
    }
    return pt_null();
}

// -- certificates ---------------------------------------------------------------------------------

static bool version(pt_str *tbs, int64_t *ret) {
    pt_der tagged;
    pt_der n;
    *ret = 0;
    if (!pt_der_maybe(tbs, DER_TAGGED(0), &tagged))
        return true;
    return pt_der_take(&tagged.body, DER_INTEGER, &n) && pt_der_int(n.body, ret) && *ret >= 0 &&
           *ret <= 2;
}

static bool put_key(pt_obj *o, pt_der *spki) {
    int64_t algorithm;
    pt_value key = public_of(o->a, spki->raw, &algorithm);
    if (!pt_defined(key))
        return false;
    pt_obj_set(o, "PublicKey", key);
    pt_obj_set(o, "PublicKeyAlgorithm", pt_int(algorithm));
    pt_obj_set(o, "RawSubjectPublicKeyInfo", pt_der_base64(o->a, spki->raw));
    return true;
}

static bool put_validity(pt_obj *o, pt_str *tbs) {
    pt_der seq;
    pt_der from;
    pt_der to;
    if (!pt_der_take(tbs, DER_SEQUENCE, &seq) || !pt_der_next(&seq.body, &from) ||
        !pt_der_next(&seq.body, &to))
        return false;
    pt_value f = pt_der_time(o->a, &from);
    pt_value t = pt_der_time(o->a, &to);
    if (!pt_defined(f) || !pt_defined(t))
        return false;
    pt_obj_set(o, "NotBefore", f);
    pt_obj_set(o, "NotAfter", t);
    return true;
}

static bool put_name(pt_obj *o, pt_str *tbs, const char *name_key, const char *raw_key) {
    pt_der d;
    if (!pt_der_take(tbs, DER_SEQUENCE, &d))
        return false;
    pt_value v = name_of(o->a, d.raw);
    if (!pt_defined(v))
        return false;
    pt_obj_set(o, name_key, v);
    pt_obj_set(o, raw_key, pt_der_base64(o->a, d.raw));
    return true;
}

static bool put_tbs(pt_obj *o, pt_str tbs, bool uris) {
    pt_der serial;
    pt_der alg;
    pt_der spki;
    pt_der d;
    pt_der exts = {0};
    int64_t v;
    if (!version(&tbs, &v) || !pt_der_take(&tbs, DER_INTEGER, &serial) ||
        !pt_der_take(&tbs, DER_SEQUENCE, &alg) || !put_name(o, &tbs, "Issuer", "RawIssuer") ||
        !put_validity(o, &tbs) || !put_name(o, &tbs, "Subject", "RawSubject") ||
        !pt_der_take(&tbs, DER_SEQUENCE, &spki) || !put_key(o, &spki))
        return false;
    pt_obj_set(o, "Version", pt_int(v + 1));
    pt_value number = pt_der_number(o->a, serial.body);
    if (!pt_defined(number))
        return false;
    pt_obj_set(o, "SerialNumber", number);
    if (pt_der_maybe(&tbs, DER_CONTEXT(1), &d) || pt_der_maybe(&tbs, DER_CONTEXT(2), &d))
        PT_IGNORE(pt_der_maybe(&tbs, DER_CONTEXT(2), &d)); // unique identifiers: passed over
    if (pt_der_maybe(&tbs, DER_TAGGED(3), &d) && !pt_der_take(&d.body, DER_SEQUENCE, &exts))
        return false;
    return pt_x509_extensions(o, exts.body, uris);
}

static bool put_signature(pt_obj *o, pt_str *rest) {
    pt_der alg;
    pt_der sig;
    if (!pt_der_take(rest, DER_SEQUENCE, &alg) || !pt_der_take(rest, DER_BIT_STRING, &sig) ||
        sig.body.n < 1)
        return false;
    pt_obj_set(o, "SignatureAlgorithm", pt_int(pt_x509_signature_algorithm(alg.body)));
    pt_obj_set(o, "Signature", pt_der_base64(o->a, pt_str_sub(sig.body, 1, sig.body.n)));
    return true;
}

pt_value pt_x509_cert(pt_arena *a, pt_str *der, bool uris, pt_str *ret_raw) {
    pt_der cert;
    pt_der tbs;
    pt_obj o = {.a = a};
    if (!pt_der_take(der, DER_SEQUENCE, &cert))
        return pt_undefined();
    pt_str body = cert.body;
    if (!pt_der_take(&body, DER_SEQUENCE, &tbs) || !put_tbs(&o, tbs.body, uris) ||
        !put_signature(&o, &body))
        return pt_undefined();
    pt_obj_set(&o, "Raw", pt_der_base64(a, cert.raw));
    pt_obj_set(&o, "RawTBSCertificate", pt_der_base64(a, tbs.raw));
    *ret_raw = cert.raw;
    return pt_obj_end(&o);
}

// -- requests -------------------------------------------------------------------------------------

// The values of an attribute that Go's AttributeTypeAndValueSET can hold: SET OF SEQUENCE OF
// {identifier, bytes}. Undefined: others.
static pt_value attribute_values(pt_arena *a, pt_str set) {
    pt_list outer = {.a = a};
    pt_der seq;
    pt_der pair;
    pt_der oid;
    pt_der value;
    while (set.n) {
        pt_list inner = {.a = a};
        if (!pt_der_take(&set, DER_SEQUENCE, &seq))
            return pt_undefined();
        while (seq.body.n) {
            if (!pt_der_take(&seq.body, DER_SEQUENCE, &pair) ||
                !pt_der_take(&pair.body, DER_OID, &oid) || !pt_der_next(&pair.body, &value) ||
                value.tag != DER_OCTET_STRING)
                return pt_undefined();
            pt_obj o = {.a = a};
            pt_obj_set(&o, "Type", pt_der_oid(a, oid.body));
            pt_obj_set(&o, "Value", pt_der_base64(a, value.body));
            pt_list_add(&inner, pt_obj_end(&o));
        }
        pt_list_add(&outer, pt_list_end(&inner));
    }
    return pt_list_end(&outer);
}

// Attributes, and the extensions asked for: 1.2.840.113549.1.9.14.
static bool put_attributes(pt_obj *o, pt_str attributes) {
    pt_list l = {.a = o->a};
    pt_der attr;
    pt_der oid;
    pt_der set;
    pt_der exts = {0};
    while (attributes.n) {
        if (!pt_der_take(&attributes, DER_SEQUENCE, &attr) ||
            !pt_der_take(&attr.body, DER_OID, &oid) || !pt_der_take(&attr.body, DER_SET, &set))
            return false;
        pt_value values = attribute_values(o->a, set.body);
        if (pt_defined(values)) {
            pt_obj x = {.a = o->a};
            pt_obj_set(&x, "Type", pt_der_oid(o->a, oid.body));
            pt_obj_set(&x, "Value", values);
            pt_list_add(&l, pt_obj_end(&x));
        }
        bool ours = pt_str_eq(oid.body, (pt_str){"\x2a\x86\x48\x86\xf7\x0d\x01\x09\x0e", 9});
        if (ours && !pt_der_take(&set.body, DER_SEQUENCE, &exts))
            return false;
    }
    pt_obj_set(o, "Attributes", pt_x509_or_null(&l));
    return pt_x509_request_extensions(o, exts.body);
}

pt_value pt_x509_request(pt_arena *a, pt_str der) {
    pt_der csr;
    pt_der tbs;
    pt_der v;
    pt_der spki;
    pt_der attrs = {0};
    pt_obj o = {.a = a};
    int64_t number;
    if (!pt_der_take(&der, DER_SEQUENCE, &csr) || der.n)
        return pt_undefined();
    pt_str body = csr.body;
    if (!pt_der_take(&body, DER_SEQUENCE, &tbs))
        return pt_undefined();
    pt_str t = tbs.body;
    if (!pt_der_take(&t, DER_INTEGER, &v) || !pt_der_int(v.body, &number) ||
        !put_name(&o, &t, "Subject", "RawSubject") || !pt_der_take(&t, DER_SEQUENCE, &spki) ||
        !put_key(&o, &spki))
        return pt_undefined();
    PT_IGNORE(pt_der_maybe(&t, DER_TAGGED(0), &attrs)); // may be missing
    if (!put_attributes(&o, attrs.body) || !put_signature(&o, &body))
        return pt_undefined();
    pt_obj_set(&o, "Version", pt_int(number));
    pt_obj_set(&o, "Raw", pt_der_base64(a, csr.raw));
    pt_obj_set(&o, "RawTBSCertificateRequest", pt_der_base64(a, tbs.raw));
    return pt_obj_end(&o);
}
