#include "http/testing_tls.h"

#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

int pt_testing_tls_dial(const struct sockaddr_un *at) {
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    struct timeval patience = {.tv_sec = 20};
    pt_assert(fd >= 0 && connect(fd, (const struct sockaddr *)at, sizeof *at) == 0);
    pt_assert(setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience) == 0);
    return fd;
}

static X509 *cert_of(pt_str pem) {
    BIO *bio = BIO_new_mem_buf(pem.p, (int)pem.n);
    X509 *cert = PEM_read_bio_X509(bio, NULL, NULL, NULL);
    BIO_free(bio);
    pt_assert(cert != NULL);
    return cert;
}

static EVP_PKEY *key_of(pt_str pem) {
    BIO *bio = BIO_new_mem_buf(pem.p, (int)pem.n);
    EVP_PKEY *key = PEM_read_bio_PrivateKey(bio, NULL, NULL, NULL);
    BIO_free(bio);
    pt_assert(key != NULL);
    return key;
}

static void show(SSL_CTX *ctx, const pt_x509_pair *pair) {
    X509 *cert = cert_of(pair->cert);
    EVP_PKEY *key = key_of(pair->key);
    pt_assert(SSL_CTX_use_certificate(ctx, cert) == 1 && SSL_CTX_use_PrivateKey(ctx, key) == 1);
    X509_free(cert);
    EVP_PKEY_free(key);
}

static void trust(SSL_CTX *ctx, pt_str ca) {
    X509 *cert = cert_of(ca);
    pt_assert(X509_STORE_add_cert(SSL_CTX_get_cert_store(ctx), cert) == 1);
    X509_free(cert);
    SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER, NULL);
}

bool pt_testing_tls_open(tls_client *c, const struct sockaddr_un *at, const tls_wish *wish) {
    *c = (tls_client){.fd = pt_testing_tls_dial(at), .ctx = SSL_CTX_new(TLS_client_method())};
    pt_assert(c->ctx != NULL);
    SSL_CTX_set_security_level(c->ctx, 0); // whatever the server may be asked for
    if (wish->ca.n)
        trust(c->ctx, wish->ca);
    if (wish->pair.cert.n)
        show(c->ctx, &wish->pair);
    if (wish->alpn)
        pt_assert(SSL_CTX_set_alpn_protos(c->ctx, (const unsigned char *)wish->alpn,
                                          (unsigned)strlen(wish->alpn)) == 0);
    pt_assert(SSL_CTX_set_min_proto_version(c->ctx, wish->version ? wish->version : TLS1_VERSION) &&
              SSL_CTX_set_max_proto_version(c->ctx, wish->version));
    if (wish->cipher_12)
        pt_assert(SSL_CTX_set_cipher_list(c->ctx, wish->cipher_12) == 1);
    c->ssl = SSL_new(c->ctx);
    pt_assert(c->ssl && SSL_set_fd(c->ssl, c->fd) == 1);
    ERR_clear_error();
    return SSL_connect(c->ssl) == 1;
}

void pt_testing_tls_close(tls_client *c) {
    SSL_free(c->ssl);
    SSL_CTX_free(c->ctx);
    close(c->fd);
    ERR_clear_error();
}

bool pt_testing_tls_say(tls_client *c, pt_str text) {
    ERR_clear_error();
    return SSL_write(c->ssl, text.p, (int)text.n) == (int)text.n;
}

bool pt_testing_tls_hear(tls_client *c, pt_buf *b, const char *text) {
    for (;;) {
        if (text && pt_str_has(pt_buf_str(b), pt_str_of(text)))
            return true;
        char room[4096];
        ERR_clear_error();
        int n = SSL_read(c->ssl, room, sizeof room);
        if (n <= 0)
            return !text && SSL_get_error(c->ssl, n) == SSL_ERROR_ZERO_RETURN;
        pt_buf_put(b, (pt_str){room, (size_t)n});
    }
}

void pt_testing_tls_subject(const tls_client *c, pt_buf *b) {
    X509 *cert = SSL_get1_peer_certificate(c->ssl);
    pt_assert(cert && pt_x509_common_name(cert, b));
    X509_free(cert);
}

static pt_str text_of(pt_arena *a, BIO *bio) {
    char *p = NULL;
    long n = BIO_get_mem_data(bio, &p);
    pt_str s = pt_arena_str(a, (pt_str){p, (size_t)n});
    BIO_free(bio);
    return s;
}

void pt_testing_tls_odd_pair(pt_arena *a, const pt_x509_pair *authority, pt_str common_name,
                             bool twice, const char *usage, pt_x509_pair *ret) {
    X509 *issuer = cert_of(authority->cert);
    EVP_PKEY *signer = key_of(authority->key);
    EVP_PKEY *key = EVP_EC_gen("P-256");
    X509 *cert = X509_new();
    pt_assert(key && cert && X509_set_version(cert, X509_VERSION_3) == 1);
    X509_NAME *name = X509_get_subject_name(cert);
    for (int i = 0; i < (twice ? 2 : 1); i++)
        pt_assert(X509_NAME_add_entry_by_NID(name, NID_commonName, V_ASN1_UTF8STRING,
                                             (const unsigned char *)common_name.p,
                                             (int)common_name.n, -1, 0) == 1);
    ASN1_INTEGER_set(X509_get_serialNumber(cert), 7);
    X509_gmtime_adj(X509_getm_notBefore(cert), -60);
    X509_gmtime_adj(X509_getm_notAfter(cert), 86400);
    X509_EXTENSION *x = usage ? X509V3_EXT_conf_nid(NULL, NULL, NID_ext_key_usage, usage) : NULL;
    pt_assert(!usage || (x && X509_add_ext(cert, x, -1) == 1));
    X509_EXTENSION_free(x);
    pt_assert(X509_set_pubkey(cert, key) == 1 &&
              X509_set_issuer_name(cert, X509_get_subject_name(issuer)) == 1 &&
              X509_sign(cert, signer, EVP_sha256()) > 0);
    BIO *out_cert = BIO_new(BIO_s_mem());
    BIO *out_key = BIO_new(BIO_s_mem());
    pt_assert(PEM_write_bio_X509(out_cert, cert) == 1 &&
              PEM_write_bio_PrivateKey(out_key, key, NULL, NULL, 0, NULL, NULL) == 1);
    *ret = (pt_x509_pair){text_of(a, out_cert), text_of(a, out_key)};
    X509_free(issuer);
    X509_free(cert);
    EVP_PKEY_free(signer);
    EVP_PKEY_free(key);
}

pt_str pt_testing_tls_encrypted_key(pt_arena *a, pt_str key) {
    EVP_PKEY *k = key_of(key);
    BIO *out = BIO_new(BIO_s_mem());
    pt_assert(PEM_write_bio_PKCS8PrivateKey(out, k, EVP_aes_128_cbc(), "secret", 6, NULL, NULL) ==
              1);
    EVP_PKEY_free(k);
    return text_of(a, out);
}
