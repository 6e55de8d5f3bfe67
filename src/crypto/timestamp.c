#include "crypto/timestamp.h"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ts.h>
#include <openssl/x509.h>
#include <string.h>
#include <time.h>

static void free_req(TS_REQ **r) {
    TS_REQ_free(*r);
}
static void free_resp(TS_RESP **r) {
    TS_RESP_free(*r);
}
static void free_store(X509_STORE **s) {
    X509_STORE_free(*s);
}
static void free_bio(BIO **b) {
    BIO_free(*b);
}

static pt_code no_memory(pt_err *e) {
    return pt_err_set(e, PT_E_NOMEM, "no memory for a time stamp");
}

// -- asking ---------------------------------------------------------------------------------------

static bool set_imprint(TS_REQ *req, const pt_hash256 *digest) {
    TS_MSG_IMPRINT *imprint = TS_MSG_IMPRINT_new();
    X509_ALGOR *algorithm = X509_ALGOR_new();
    pt_hash256 copy = *digest; // the setter takes what it only reads as if it wrote
    bool ok = imprint && algorithm &&
              X509_ALGOR_set0(algorithm, OBJ_nid2obj(NID_sha256), V_ASN1_NULL, NULL) == 1 &&
              TS_MSG_IMPRINT_set_algo(imprint, algorithm) == 1 &&
              TS_MSG_IMPRINT_set_msg(imprint, copy.b, sizeof copy.b) == 1 &&
              TS_REQ_set_msg_imprint(req, imprint) == 1; // each setter copies
    X509_ALGOR_free(algorithm);
    TS_MSG_IMPRINT_free(imprint);
    return ok;
}

static bool set_nonce(TS_REQ *req, uint64_t nonce) {
    ASN1_INTEGER *n = ASN1_INTEGER_new();
    bool ok = n && ASN1_INTEGER_set_uint64(n, nonce) == 1 && TS_REQ_set_nonce(req, n) == 1;
    ASN1_INTEGER_free(n);
    return ok;
}

// The request, which is also what an answer is compared with. NULL: no memory.
static TS_REQ *request_of(const pt_hash256 *digest, uint64_t nonce) {
    TS_REQ *req = TS_REQ_new();
    bool ok = req && TS_REQ_set_version(req, 1) == 1 && set_imprint(req, digest) &&
              TS_REQ_set_cert_req(req, 1) == 1 && (!nonce || set_nonce(req, nonce));
    if (ok)
        return req;
    TS_REQ_free(req);
    return NULL;
}

pt_code pt_timestamp_query(pt_buf *b, const pt_hash256 *digest, uint64_t nonce, pt_err *e) {
    PT_AUTO(free_req) TS_REQ *req = request_of(digest, nonce);
    unsigned char *der = NULL;
    int n = req ? i2d_TS_REQ(req, &der) : -1;
    if (n > 0)
        pt_buf_put(b, (pt_str){(const char *)der, (size_t)n});
    OPENSSL_free(der);
    return n > 0 && !b->full ? PT_OK : no_memory(e);
}

// -- verifying ------------------------------------------------------------------------------------

// Every certificate of a PEM text.
static bool add_authorities(X509_STORE *store, pt_str pem) {
    if (!pem.n)
        return X509_STORE_set_default_paths(store) == 1;
    PT_AUTO(free_bio) BIO *bio = BIO_new_mem_buf(pem.p, (int)pem.n);
    size_t n = 0;
    X509 *cert;
    bool ok = bio != NULL;
    while (ok && (cert = PEM_read_bio_X509(bio, NULL, NULL, NULL)) != NULL) {
        ok = X509_STORE_add_cert(store, cert) == 1;
        X509_free(cert);
        n++;
    }
    ERR_clear_error(); // "no more certificates" is how it ends
    return ok && n > 0;
}

static pt_code time_of(TS_RESP *resp, time_t *ret, pt_err *e) {
    TS_TST_INFO *info = TS_RESP_get_tst_info(resp);
    const ASN1_GENERALIZEDTIME *when = info ? TS_TST_INFO_get_time(info) : NULL;
    struct tm tm;
    if (!when || ASN1_TIME_to_tm(when, &tm) != 1)
        return pt_err_set(e, PT_E_FORMAT, "the time stamp has no time");
    *ret = timegm(&tm);
    return PT_OK;
}

static pt_code granted(TS_RESP *resp, pt_err *e) {
    const ASN1_INTEGER *status = TS_STATUS_INFO_get0_status(TS_RESP_get_status_info(resp));
    int64_t code = -1;
    if (!status || ASN1_INTEGER_get_int64(&code, status) != 1 || code < 0)
        return pt_err_set(e, PT_E_FORMAT, "the time stamp has no status");
    if (code > TS_STATUS_GRANTED_WITH_MODS)
        return pt_err_set(e, PT_E_DENIED, "the authority refused, status %lld", (long long)code);
    return PT_OK;
}

static pt_code check(TS_RESP *resp, TS_REQ *req, X509_STORE *store, pt_err *e) {
    TS_VERIFY_CTX *ctx = TS_REQ_to_TS_VERIFY_CTX(req, NULL);
    if (!ctx || X509_STORE_up_ref(store) != 1) {
        TS_VERIFY_CTX_free(ctx);
        return no_memory(e);
    }
    TS_VERIFY_CTX_set_store(ctx, store); // freed with ctx
    TS_VERIFY_CTX_add_flags(ctx, TS_VFY_SIGNATURE);
    bool ok = TS_RESP_verify_response(ctx, resp) == 1;
    const char *why = ok ? NULL : ERR_reason_error_string(ERR_peek_last_error());
    pt_code code = ok ? PT_OK
                      : pt_err_set(e, PT_E_CORRUPT, "the time stamp does not verify: %s",
                                   why ? why : "no reason given");
    ERR_clear_error();
    TS_VERIFY_CTX_free(ctx);
    return code;
}

pt_code pt_timestamp_verify(pt_str response, const pt_hash256 *digest, uint64_t nonce,
                            pt_str ca_pem, pt_time_ns *ret_time, pt_err *e) {
    if (response.n > PT_TIMESTAMP_BYTES_MAX || ca_pem.n > INT32_MAX)
        return pt_err_set(e, PT_E_LIMIT, "a time stamp of more than %zu bytes",
                          PT_TIMESTAMP_BYTES_MAX);
    const unsigned char *at = (const unsigned char *)response.p;
    PT_AUTO(free_resp) TS_RESP *resp = response.n ? d2i_TS_RESP(NULL, &at, (long)response.n) : NULL;
    ERR_clear_error();
    if (!resp)
        return pt_err_set(e, PT_E_FORMAT, "this is no answer of a time stamping authority");
    time_t when = 0;
    pt_code code = granted(resp, e);
    if (!code)
        code = time_of(resp, &when, e);
    if (code)
        return code;
    PT_AUTO(free_req) TS_REQ *req = request_of(digest, nonce);
    PT_AUTO(free_store) X509_STORE *store = X509_STORE_new();
    if (!req || !store)
        return no_memory(e);
    if (!add_authorities(store, ca_pem))
        return pt_err_set(e, PT_E_USAGE, "there is no certificate in what shall be trusted");
    X509_VERIFY_PARAM_set_time(X509_STORE_get0_param(store), when);
    code = check(resp, req, store, e);
    if (!code)
        *ret_time = (pt_time_ns)when * PT_SECOND_NS;
    return code;
}
