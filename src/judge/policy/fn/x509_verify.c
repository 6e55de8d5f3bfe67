#include "judge/policy/fn/x509_verify.h"

#include <openssl/err.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include <string.h>

#include "judge/policy/fn/x509.h"

#define CERTS_MAX 100

// -- options --------------------------------------------------------------------------------------

static const char *const usage_names[] = {
    // by Go's numbers
    "KeyUsageAny",
    "KeyUsageServerAuth",
    "KeyUsageClientAuth",
    "KeyUsageCodeSigning",
    "KeyUsageEmailProtection",
    "KeyUsageIPSECEndSystem",
    "KeyUsageIPSECTunnel",
    "KeyUsageIPSECUser",
    "KeyUsageTimeStamping",
    "KeyUsageOCSPSigning",
    "KeyUsageMicrosoftServerGatedCrypto",
    "KeyUsageNetscapeServerGatedCrypto",
    "KeyUsageMicrosoftCommercialCodeSigning",
    "KeyUsageMicrosoftKernelCodeSigning",
};

static bool refuse(pt_call *c, const char *what) {
    pt_call_fault(c, PT_FAULT_BUILTIN, "%s", what);
    return false;
}

static pt_str unquoted(pt_str s) {
    while (s.n && s.p[0] == '"')
        s = pt_str_sub(s, 1, s.n);
    while (s.n && s.p[s.n - 1] == '"')
        s.n--;
    return s;
}

static bool read_usages(pt_call *c, pt_value v, pt_x509_demands *ret) {
    pt_str bad = {0};
    bool any_bad = false;
    if (pt_tag_of(v) != PT_ARRAY && pt_tag_of(v) != PT_SET)
        return refuse(c, "'KeyUsages' should be an Array or Set");
    for (size_t i = 0; i < pt_len(v); i++) {
        if (pt_tag_of(pt_at(v, i)) != PT_STRING)
            continue;
        pt_str name = unquoted(pt_text(pt_at(v, i)));
        size_t k = 0;
        while (k < PT_COUNT(usage_names) && !pt_str_eqz(name, usage_names[k]))
            k++;
        if (k < PT_COUNT(usage_names))
            ret->usages |= 1u << k;
        else
            bad = pt_arena_printf(c->arena, "%.*s%s%.*s", PT_PRI(bad), any_bad ? " " : "",
                                  PT_PRI(name));
        any_bad |= k == PT_COUNT(usage_names);
    }
    if (any_bad)
        pt_call_fault(c, PT_FAULT_BUILTIN, "invalid entries for 'KeyUsages' found: [%.*s]",
                      PT_PRI(bad));
    return !any_bad;
}

static bool read_option(pt_call *c, pt_str key, pt_value v, pt_x509_demands *ret) {
    int64_t n;
    if (pt_str_eqz(key, "DNSName")) {
        ret->dns_name = unquoted(pt_text(v));
        return pt_tag_of(v) == PT_STRING || refuse(c, "'DNSName' should be a string");
    }
    if (pt_str_eqz(key, "CurrentTime")) {
        if (pt_tag_of(v) != PT_NUMBER)
            return refuse(c, "'CurrentTime' should be a number");
        return pt_to_int(v, &ret->now_ns) ||
               refuse(c, "'CurrentTime' should be a valid int64 number");
    }
    if (pt_str_eqz(key, "MaxConstraintComparisons")) { // OpenSSL has a bound of its own
        if (pt_tag_of(v) != PT_NUMBER)
            return refuse(c, "'MaxConstraintComparisons' should be a number");
        return pt_to_int(v, &n) || refuse(c, "'MaxConstraintComparisons' should be a valid number");
    }
    if (pt_str_eqz(key, "KeyUsages"))
        return read_usages(c, v, ret);
    return refuse(c, "invalid key option");
}

bool pt_x509_demands_read(pt_call *c, pt_value options, pt_x509_demands *ret) {
    for (size_t i = 0; i < pt_len(options); i++)
        if (pt_tag_of(pt_key_at(options, i)) == PT_STRING &&
            !read_option(c, pt_text(pt_key_at(options, i)), pt_val_at(options, i), ret))
            return false;
    return true;
}

// -- the chain ------------------------------------------------------------------------------------

typedef struct work {
    X509 *certs[CERTS_MAX];
    size_t n;
    X509_STORE *store;
    X509_STORE_CTX *ctx;
    STACK_OF(X509) * between;
} work;

static void work_done(work *w) {
    X509_STORE_CTX_free(w->ctx);
    sk_X509_free(w->between);
    X509_STORE_free(w->store);
    for (size_t i = 0; i < w->n; i++)
        X509_free(w->certs[i]);
    ERR_clear_error();
}

static bool read_certs(pt_call *c, pt_str ders, work *w) {
    while (ders.n) {
        pt_der d;
        if (w->n == CERTS_MAX || pt_call_stop(c) || !pt_der_next(&ders, &d))
            return false;
        const uint8_t *p = (const uint8_t *)d.raw.p;
        X509 *x = d2i_X509(NULL, &p, (long)d.raw.n);
        if (!x)
            return false;
        w->certs[w->n++] = x;
    }
    return w->n >= 2;
}

// MD5 and SHA-1 prove nothing; Go does not take them.
static bool strong(const X509 *x) {
    int64_t alg = 0;
    uint8_t *der = NULL;
    const X509_ALGOR *a = X509_get0_tbs_sigalg(x);
    int n = i2d_X509_ALGOR(a, &der);
    pt_der seq;
    pt_str s = {(const char *)der, n > 0 ? (size_t)n : 0};
    if (n > 0 && pt_der_take(&s, DER_SEQUENCE, &seq))
        alg = pt_x509_signature_algorithm(seq.body);
    OPENSSL_free(der);
    return alg > 3 && alg != 7 && alg != 9;
}

// Bits of the extended key usages of a certificate; all without the extension, or with "any".
static uint32_t usages_of(X509 *x) {
    static const struct {
        int nid;
        unsigned number;
    } known[] = {
        {NID_server_auth, 1},    {NID_client_auth, 2}, {NID_code_sign, 3}, {NID_email_protect, 4},
        {NID_ipsecEndSystem, 5}, {NID_ipsecTunnel, 6}, {NID_ipsecUser, 7}, {NID_time_stamp, 8},
        {NID_OCSP_sign, 9},      {NID_ms_sgc, 10},     {NID_ns_sgc, 11},   {NID_ms_code_com, 12},
    };
    EXTENDED_KEY_USAGE *eku = X509_get_ext_d2i(x, NID_ext_key_usage, NULL, NULL);
    uint32_t bits = eku ? 0 : UINT32_MAX;
    for (int i = 0; i < sk_ASN1_OBJECT_num(eku); i++) {
        int nid = OBJ_obj2nid(sk_ASN1_OBJECT_value(eku, i));
        if (nid == NID_anyExtendedKeyUsage)
            bits = UINT32_MAX;
        for (size_t k = 0; k < PT_COUNT(known); k++)
            if (nid == known[k].nid)
                bits |= 1u << known[k].number;
    }
    EXTENDED_KEY_USAGE_free(eku);
    return bits;
}

// One of the usages that are asked for must be allowed by all of the chain.
static bool usable(STACK_OF(X509) * chain, uint32_t wanted) {
    if (wanted & 1) // any
        return true;
    wanted = wanted ? wanted : 1u << 1;
    for (int i = 0; i < sk_X509_num(chain); i++)
        wanted &= usages_of(sk_X509_value(chain, i));
    return wanted != 0;
}

static bool named(pt_call *c, X509 *leaf, pt_str name) {
    pt_str z = pt_arena_str(c->arena, name);
    if (!name.n)
        return true;
    if (!z.p || memchr(z.p, 0, z.n))
        return false;
    if (z.n > 2 && z.p[0] == '[' && z.p[z.n - 1] == ']')
        z = pt_arena_str(c->arena, pt_str_sub(z, 1, z.n - 1));
    if (z.p && X509_check_ip_asc(leaf, z.p, 0) == 1)
        return true;
    unsigned flags = X509_CHECK_FLAG_NEVER_CHECK_SUBJECT | X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS;
    return X509_check_host(leaf, name.p, name.n, flags, NULL) == 1;
}

static bool build(work *w, const pt_x509_demands *d) {
    w->store = X509_STORE_new();
    w->between = sk_X509_new_null();
    w->ctx = X509_STORE_CTX_new();
    if (!w->store || !w->between || !w->ctx || X509_STORE_add_cert(w->store, w->certs[0]) != 1)
        return false;
    for (size_t i = 1; i + 1 < w->n; i++)
        if (sk_X509_push(w->between, w->certs[i]) <= 0)
            return false;
    if (X509_STORE_CTX_init(w->ctx, w->store, w->certs[w->n - 1], w->between) != 1)
        return false;
    X509_VERIFY_PARAM *p = X509_STORE_CTX_get0_param(w->ctx);
    int64_t seconds = d->now_ns / 1000000000 - (d->now_ns % 1000000000 < 0);
    X509_VERIFY_PARAM_set_time(p, (time_t)seconds);
    // The first one is the root, whoever signed it.
    X509_VERIFY_PARAM_set_flags(p, X509_V_FLAG_PARTIAL_CHAIN);
    return X509_verify_cert(w->ctx) == 1;
}

static bool put_chain(pt_call *c, STACK_OF(X509) * chain, pt_str *ret) {
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(PT_FN_TEXT_BYTES_MAX);
    for (int i = 0; i < sk_X509_num(chain); i++) {
        uint8_t *der = NULL;
        int n = i2d_X509(sk_X509_value(chain, i), &der);
        if (n > 0)
            pt_buf_put(&b, (pt_str){(const char *)der, (size_t)n});
        OPENSSL_free(der);
    }
    *ret = pt_arena_str(c->arena, pt_buf_str(&b));
    return ret->p || pt_defined(pt_call_full(c));
}

bool pt_x509_verify(pt_call *c, pt_str ders, const pt_x509_demands *d, pt_str *ret_chain) {
    PT_AUTO(work_done) work w = {0};
    if (!read_certs(c, ders, &w) || !named(c, w.certs[w.n - 1], d->dns_name) || !build(&w, d))
        return false;
    STACK_OF(X509) *chain = X509_STORE_CTX_get0_chain(w.ctx);
    for (int i = 0; i + 1 < sk_X509_num(chain); i++)
        if (!strong(sk_X509_value(chain, i)))
            return false;
    return usable(chain, d->usages) && put_chain(c, chain, ret_chain);
}
