#include "http/tls.h"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <stdlib.h>
#include <string.h>

#include "crypto/x509.h"
#include "http/tls_impl.h"

enum {
    PEM_BYTES_MAX = 4 << 20,
    CHAIN_DEPTH_MAX = 8,
    CLIENT_CHAIN_BYTES_MAX = 32 << 10,
    PEER_NAME_BYTES_MAX = 1024,
};

static void free_bio(BIO **b) {
    BIO_free(*b);
}
static void free_key(EVP_PKEY **k) {
    EVP_PKEY_free(*k);
}

// -- PEM ------------------------------------------------------------------------------------------

static pt_code no_memory(pt_err *e) {
    ERR_clear_error();
    return pt_err_set(e, PT_E_NOMEM, "no memory for TLS");
}

static const char *reason(void) {
    const char *why = ERR_reason_error_string(ERR_peek_last_error());
    return why ? why : "no reason given";
}

static pt_code open_pem(pt_str pem, const char *what, BIO **ret, pt_err *e) {
    if (pem.n > PEM_BYTES_MAX)
        return pt_err_set(e, PT_E_FORMAT, "%s: more than %d MiB of PEM", what, PEM_BYTES_MAX >> 20);
    *ret = BIO_new_mem_buf(pem.n ? pem.p : "", (int)pem.n);
    return *ret ? PT_OK : no_memory(e);
}

// Notes that a password would be needed; no terminal is asked.
static int no_password(char *room, int n, int writing, void *context) {
    (void)room, (void)n, (void)writing;
    if (context)
        *(bool *)context = true;
    return -1;
}

// Give each certificate of `pem` to `take`, which counts it where it keeps it.
typedef bool taker(const pt_libssl *lib, SSL_CTX *ctx, X509 *cert, size_t at);

static pt_code each_cert(const pt_libssl *lib, SSL_CTX *ctx, pt_str pem, const char *what,
                         taker *take, pt_err *e) {
    PT_AUTO(free_bio) BIO *bio = NULL;
    pt_code code = open_pem(pem, what, &bio, e);
    for (size_t n = 0; !code; n++) {
        ERR_clear_error();
        X509 *cert = PEM_read_bio_X509(bio, NULL, no_password, NULL);
        bool end = !cert && ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE;
        if (end && n > 0)
            break;
        if (end)
            code = pt_err_set(e, PT_E_FORMAT, "%s: there is no certificate in it", what);
        else if (!cert || !take(lib, ctx, cert, n))
            code = pt_err_set(e, PT_E_FORMAT, "%s: certificate %zu cannot be used: %s", what, n + 1,
                              reason());
        X509_free(cert);
    }
    ERR_clear_error();
    return code;
}

static pt_code read_key(pt_str pem, EVP_PKEY **ret, pt_err *e) {
    PT_AUTO(free_bio) BIO *bio = NULL;
    pt_code code = open_pem(pem, "the server's key", &bio, e);
    if (code)
        return code;
    bool encrypted = false;
    *ret = PEM_read_bio_PrivateKey(bio, NULL, no_password, &encrypted);
    ERR_clear_error();
    if (*ret)
        return PT_OK;
    if (!encrypted)
        return pt_err_set(e, PT_E_FORMAT, "the server's key: there is no private key in it");
    code = pt_err_set(e, PT_E_FORMAT, "the server's key: it is encrypted");
    pt_err_remedy(e, "openssl pkey -in KEY -out PLAIN, and only its reader may read it");
    return code;
}

// -- who is let in --------------------------------------------------------------------------------

// The client itself: made for client authentication (a certificate that does not say for what it is
// would pass OpenSSL's own look), with a name that reads only one way.
static int verify_client(int ok, X509_STORE_CTX *x) {
    if (!ok || X509_STORE_CTX_get_error_depth(x) != 0)
        return ok;
    X509 *cert = X509_STORE_CTX_get_current_cert(x);
    bool says = (X509_get_extension_flags(cert) & EXFLAG_XKUSAGE) != 0;
    if (!says || !(X509_get_extended_key_usage(cert) & XKU_SSL_CLIENT)) {
        X509_STORE_CTX_set_error(x, X509_V_ERR_INVALID_PURPOSE);
        return 0;
    }
    PT_AUTO(pt_buf_done) pt_buf name = PT_BUF(PEER_NAME_BYTES_MAX);
    if (pt_x509_common_name(cert, &name))
        return 1;
    X509_STORE_CTX_set_error(x, X509_V_ERR_CERT_REJECTED);
    return 0;
}

// All connections share it, so its extensions are read now: the first of two handshakes at a time
// would write them while the other one compares.
static bool trust(const pt_libssl *lib, SSL_CTX *ctx, X509 *cert, size_t at) {
    (void)at;
    PT_IGNORE(X509_check_purpose(cert, -1, 0) < 0);
    return X509_STORE_add_cert(lib->CTX_get_cert_store(ctx), cert) == 1 &&
           lib->CTX_add_client_CA(ctx, cert) == 1;
}

static pt_code ask_clients(const pt_libssl *lib, SSL_CTX *ctx, pt_str ca, pt_err *e) {
    pt_code code = each_cert(lib, ctx, ca, "the clients' authority", trust, e);
    if (code)
        return code;
    X509_VERIFY_PARAM *p = lib->CTX_get0_param(ctx);
    X509_VERIFY_PARAM_set_flags(p, X509_V_FLAG_PARTIAL_CHAIN); // one that another signed is one
    X509_VERIFY_PARAM_set_depth(p, CHAIN_DEPTH_MAX);
    lib->CTX_ctrl(ctx, SSL_CTRL_SET_MAX_CERT_LIST, CLIENT_CHAIN_BYTES_MAX, NULL);
    lib->CTX_set_verify(ctx, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, verify_client);
    return PT_OK;
}

// -- what it shows --------------------------------------------------------------------------------

static bool show(const pt_libssl *lib, SSL_CTX *ctx, X509 *cert, size_t at) {
    if (at == 0)
        return lib->CTX_use_certificate(ctx, cert) == 1;
    return lib->CTX_ctrl(ctx, SSL_CTRL_CHAIN_CERT, 1, cert) == 1; // counts it
}

static pt_code show_identity(const pt_libssl *lib, SSL_CTX *ctx, const pt_http_identity *id,
                             pt_err *e) {
    PT_AUTO(free_key) EVP_PKEY *key = NULL;
    pt_code code = each_cert(lib, ctx, id->cert, "the server's certificate", show, e);
    if (!code)
        code = read_key(id->key, &key, e);
    if (code || lib->CTX_use_PrivateKey(ctx, key) == 1)
        return code;
    bool other = ERR_GET_REASON(ERR_peek_last_error()) == X509_R_KEY_VALUES_MISMATCH ||
                 ERR_GET_REASON(ERR_peek_last_error()) == X509_R_KEY_TYPE_MISMATCH;
    code = pt_err_set(e, PT_E_FORMAT, "the server's key: %s",
                      other ? "it is not that of the certificate" : reason());
    ERR_clear_error();
    return code;
}

static bool choose_one(pt_str ours, pt_str offered, const unsigned char **ret,
                       unsigned char *ret_n) {
    for (size_t at = 0; at < offered.n;) {
        size_t n = (unsigned char)offered.p[at++];
        pt_str one = pt_str_sub(offered, at, at + n);
        if (pt_str_eq(one, ours)) {
            *ret = (const unsigned char *)one.p;
            *ret_n = (unsigned char)one.n;
            return true;
        }
        at += n;
    }
    return false;
}

// RFC 7301: what is spoken. Who offers nothing of it is told so.
static int choose(SSL *ssl, const unsigned char **ret, unsigned char *ret_n,
                  const unsigned char *offered, unsigned n, void *context) {
    (void)ssl;
    const pt_http_server_tls *t = context;
    pt_str all = {(const char *)offered, n};
    bool found = (t->http2 && choose_one(PT_STR("h2"), all, ret, ret_n)) ||
                 choose_one(PT_STR("http/1.1"), all, ret, ret_n);
    return found ? SSL_TLSEXT_ERR_OK : SSL_TLSEXT_ERR_ALERT_FATAL;
}

// Whatever the machine's openssl.cnf says. No tickets and no cache: a client that was let in once
// would be let in again after its authority was replaced.
static bool limit(pt_http_server_tls *t, SSL_CTX *ctx) {
    const pt_libssl *lib = &t->ssl;
    lib->CTX_set_options(ctx, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION | SSL_OP_NO_TICKET);
    lib->CTX_set_security_level(ctx, 2);
    lib->CTX_ctrl(ctx, SSL_CTRL_SET_SESS_CACHE_MODE, SSL_SESS_CACHE_OFF, NULL);
    lib->CTX_ctrl(ctx, SSL_CTRL_MODE, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_NO_AUTO_CHAIN, NULL);
    lib->CTX_set_alpn_select_cb(ctx, choose, t);
    static const char groups[] = "X25519:P-256:P-384";
    PT_AUTO(pt_buf_done) pt_buf copy = PT_BUF(sizeof groups); // the call takes what it only reads
    pt_buf_put(&copy, (pt_str){groups, sizeof groups});
    return !copy.full && lib->CTX_set_num_tickets(ctx, 0) == 1 &&
           lib->CTX_ctrl(ctx, SSL_CTRL_SET_MIN_PROTO_VERSION, TLS1_2_VERSION, NULL) == 1 &&
           lib->CTX_ctrl(ctx, SSL_CTRL_SET_MAX_PROTO_VERSION, TLS1_3_VERSION, NULL) == 1 &&
           lib->CTX_ctrl(ctx, SSL_CTRL_SET_GROUPS_LIST, 0, copy.p) == 1 &&
           lib->CTX_set_cipher_list(ctx, "ECDHE+AESGCM:ECDHE+CHACHA20") == 1 &&
           lib->CTX_set_ciphersuites(ctx, "TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:"
                                          "TLS_CHACHA20_POLY1305_SHA256") == 1;
}

static pt_code make(pt_http_server_tls *t, const pt_http_identity *id, SSL_CTX **ret, pt_err *e) {
    const pt_libssl *lib = &t->ssl;
    ERR_clear_error();
    SSL_CTX *ctx = lib->CTX_new(lib->server_method());
    if (!ctx)
        return no_memory(e);
    pt_code code = limit(t, ctx) ? PT_OK
                                 : pt_err_set(e, PT_E_UNSUPPORTED,
                                              "OpenSSL cannot be set up for TLS: %s", reason());
    if (!code)
        code = show_identity(lib, ctx, id, e);
    if (!code && id->client_ca.n)
        code = ask_clients(lib, ctx, id->client_ca, e);
    if (code)
        lib->CTX_free(ctx);
    else
        *ret = ctx;
    return code;
}

// -- life -----------------------------------------------------------------------------------------

pt_code pt_http_server_tls_new(pt_http_server_tls **ret, const pt_http_identity *id, pt_err *e) {
    pt_http_server_tls *t = calloc(1, sizeof *t);
    if (!t)
        return no_memory(e);
    pthread_mutex_init(&t->lock, NULL);
    pt_code code = pt_libssl_load(&t->ssl, e);
    t->wire = pt_http_tls_link_method();
    if (!code && !t->wire)
        code = no_memory(e);
    if (!code)
        code = make(t, id, &t->now, e);
    if (code)
        pt_http_server_tls_free(t);
    else
        *ret = t;
    return code;
}

pt_code pt_http_server_tls_replace(pt_http_server_tls *t, const pt_http_identity *id, pt_err *e) {
    SSL_CTX *next = NULL;
    pt_code code = make(t, id, &next, e);
    if (code)
        return code;
    pthread_mutex_lock(&t->lock);
    SSL_CTX *before = t->now;
    t->now = next;
    pthread_mutex_unlock(&t->lock);
    t->ssl.CTX_free(before); // connections that are open count it
    return PT_OK;
}

void pt_http_server_tls_free(pt_http_server_tls *t) {
    if (!t)
        return;
    if (t->now)
        t->ssl.CTX_free(t->now);
    BIO_meth_free(t->wire);
    pthread_mutex_destroy(&t->lock);
    free(t);
}
