#include "crypto/x509.h"

#include <arpa/inet.h>
#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <string.h>
#include <time.h>

#include "base/instant.h"

enum {
    PEM_BYTES_MAX = 1 << 20,
    SERIAL_BYTES = 16,
    COMMON_NAME_BYTES_MAX = 256, // 64 characters of UTF-8 (ub-common-name)
};

static void free_bio(BIO **b) {
    BIO_free(*b);
}
static void free_cert(X509 **c) {
    X509_free(*c);
}
static void free_key(EVP_PKEY **k) {
    EVP_PKEY_free(*k);
}
static void free_names(GENERAL_NAMES **n) {
    GENERAL_NAMES_free(*n);
}

// What OpenSSL says last, and nothing of it is left for the next who looks.
static pt_code failed(pt_err *e, const char *what) {
    const char *why = ERR_reason_error_string(ERR_peek_last_error());
    pt_code code = pt_err_set(e, PT_E_IO, "%s: %s", what, why ? why : "no reason given");
    ERR_clear_error();
    return code;
}

static pt_code no_memory(pt_err *e) {
    ERR_clear_error();
    return pt_err_set(e, PT_E_NOMEM, "no memory for a certificate");
}

// -- names ----------------------------------------------------------------------------------------

static bool label_ok(pt_str l) {
    if (l.n == 0 || l.n > 63 || l.p[0] == '-' || l.p[l.n - 1] == '-')
        return false;
    for (size_t i = 0; i < l.n; i++) {
        char c = l.p[i];
        bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
        if (!letter && (c < '0' || c > '9') && c != '-')
            return false;
    }
    return true;
}

static bool all_digits(pt_str s) {
    size_t n = 0;
    while (n < s.n && s.p[n] >= '0' && s.p[n] <= '9')
        n++;
    return n == s.n;
}

// A host's name (RFC 1123, section 2.1): its last label is not all digits, or it would be taken for
// an address.
static bool dns_name_ok(pt_str s) {
    if (s.n == 0 || s.n > 253)
        return false;
    pt_str label = {0};
    for (size_t from = 0; from <= s.n; from += label.n + 1) {
        label = pt_str_sub(s, from, from + pt_str_find(pt_str_sub(s, from, s.n), '.'));
        if (!label_ok(label))
            return false;
    }
    return !all_digits(label);
}

// The octets of an address in text; 0: it is none.
static size_t address_of(pt_str s, uint8_t ret[16]) {
    char text[INET6_ADDRSTRLEN];
    if (s.n >= sizeof text || memchr(s.n ? s.p : "", '\0', s.n))
        return 0;
    memcpy(text, s.n ? s.p : "", s.n);
    text[s.n] = '\0';
    if (inet_pton(AF_INET, text, ret) == 1)
        return 4;
    return inet_pton(AF_INET6, text, ret) == 1 ? 16 : 0;
}

static bool add_name(GENERAL_NAMES *names, int kind, const void *bytes, size_t n) {
    GENERAL_NAME *name = GENERAL_NAME_new();
    ASN1_STRING *value =
        ASN1_STRING_type_new(kind == GEN_DNS ? V_ASN1_IA5STRING : V_ASN1_OCTET_STRING);
    if (!name || !value || ASN1_STRING_set(value, bytes, (int)n) != 1) {
        GENERAL_NAME_free(name);
        ASN1_STRING_free(value);
        return false;
    }
    GENERAL_NAME_set0_value(name, kind, value);
    if (sk_GENERAL_NAME_push(names, name) > 0)
        return true;
    GENERAL_NAME_free(name);
    return false;
}

static pt_code set_names(X509 *cert, const pt_x509_wish *wish, pt_err *e) {
    PT_AUTO(free_names) GENERAL_NAMES *names = GENERAL_NAMES_new();
    bool ok = names != NULL;
    for (size_t i = 0; i < wish->n_names && ok; i++) {
        pt_str s = wish->names[i];
        uint8_t address[16];
        size_t n = address_of(s, address);
        if (!n && !dns_name_ok(s)) {
            PT_AUTO(pt_buf_done) pt_buf safe = PT_BUF(64);
            pt_buf_put_safe(&safe, s);
            return pt_err_set(e, PT_E_FORMAT, "\"%.*s\" is no name of a host and no address",
                              PT_PRI(pt_buf_str(&safe)));
        }
        ok = n ? add_name(names, GEN_IPADD, address, n) : add_name(names, GEN_DNS, s.p, s.n);
    }
    ok = ok && (!wish->n_names ||
                X509_add1_ext_i2d(cert, NID_subject_alt_name, names, 0, X509V3_ADD_DEFAULT) == 1);
    return ok ? PT_OK : no_memory(e);
}

bool pt_x509_common_name(const X509 *cert, pt_buf *name) {
    X509_NAME *subject = X509_get_subject_name(cert);
    int at = X509_NAME_get_index_by_NID(subject, NID_commonName, -1);
    if (at < 0)
        return true;
    if (X509_NAME_get_index_by_NID(subject, NID_commonName, at) >= 0)
        return false;
    unsigned char *text = NULL;
    int n = ASN1_STRING_to_UTF8(&text, X509_NAME_ENTRY_get_data(X509_NAME_get_entry(subject, at)));
    bool ok = n >= 0 && !memchr(text, '\0', (size_t)n);
    if (ok)
        pt_buf_put(name, (pt_str){(const char *)text, (size_t)n});
    ERR_clear_error();
    OPENSSL_free(text);
    return ok && !name->full;
}

// -- making ---------------------------------------------------------------------------------------

static bool set_serial(X509 *cert) {
    uint8_t bytes[SERIAL_BYTES];
    pt_random(bytes, sizeof bytes);
    BIGNUM *n = BN_bin2bn(bytes, sizeof bytes, NULL);
    bool ok = n && BN_to_ASN1_INTEGER(n, X509_get_serialNumber(cert)) != NULL;
    BN_free(n);
    return ok;
}

static int64_t seconds_of(int64_t ns) {
    return ns / PT_SECOND_NS - (ns % PT_SECOND_NS < 0);
}

static pt_code set_common_name(X509 *cert, pt_str s, pt_err *e) {
    bool ok = s.n > 0 && s.n <= COMMON_NAME_BYTES_MAX && pt_str_utf8(s, NULL);
    for (size_t i = 0; i < s.n && ok; i++)
        ok = (unsigned char)s.p[i] >= ' ' && s.p[i] != 0x7f;
    // OpenSSL counts the characters.
    if (ok && X509_NAME_add_entry_by_NID(X509_get_subject_name(cert), NID_commonName, MBSTRING_UTF8,
                                         (const unsigned char *)s.p, (int)s.n, -1, 0) == 1)
        return PT_OK;
    ERR_clear_error();
    return pt_err_set(e, PT_E_FORMAT, "a common name has 1 to 64 characters, none of them control");
}

typedef struct extension {
    int nid;
    const char *value; // OpenSSL's x509v3_config
} extension;

static const extension of_authorities[] = {
    {NID_basic_constraints, "critical,CA:TRUE,pathlen:0"},
    {NID_key_usage, "critical,keyCertSign"},
    {NID_subject_key_identifier, "hash"},
    {NID_authority_key_identifier, "keyid:always"},
};
static const extension of_servers[] = {
    {NID_basic_constraints, "critical,CA:FALSE"},
    {NID_key_usage, "critical,digitalSignature"},
    {NID_ext_key_usage, "serverAuth"},
    {NID_subject_key_identifier, "hash"},
    {NID_authority_key_identifier, "keyid:always"},
};
static const extension of_clients[] = {
    {NID_basic_constraints, "critical,CA:FALSE"},
    {NID_key_usage, "critical,digitalSignature"},
    {NID_ext_key_usage, "clientAuth"},
    {NID_subject_key_identifier, "hash"},
    {NID_authority_key_identifier, "keyid:always"},
};

static bool add_extensions(X509 *cert, X509 *issuer, const extension *x, size_t n) {
    X509V3_CTX context;
    X509V3_set_ctx(&context, issuer, cert, NULL, NULL, 0);
    for (size_t i = 0; i < n; i++) {
        X509_EXTENSION *made = X509V3_EXT_conf_nid(NULL, &context, x[i].nid, x[i].value);
        bool ok = made && X509_add_ext(cert, made, -1) == 1;
        X509_EXTENSION_free(made);
        if (!ok)
            return false;
    }
    return true;
}

// With a key, a serial number, times and the subject; *ret_cert and *ret_key are the caller's, on
// errors too.
static pt_code begin(const pt_x509_wish *wish, X509 **ret_cert, EVP_PKEY **ret_key, pt_err *e) {
    if (wish->not_after_ns <= wish->not_before_ns)
        return pt_err_set(e, PT_E_FORMAT, "the certificate would end before it begins");
    X509 *cert = *ret_cert = X509_new();
    EVP_PKEY *key = *ret_key = EVP_EC_gen("P-256");
    if (!cert || !key)
        return failed(e, "no key can be made");
    if (X509_set_version(cert, X509_VERSION_3) != 1 || !set_serial(cert) ||
        !ASN1_TIME_set(X509_getm_notBefore(cert), seconds_of(wish->not_before_ns)) ||
        !ASN1_TIME_set(X509_getm_notAfter(cert), seconds_of(wish->not_after_ns)) ||
        X509_set_pubkey(cert, key) != 1)
        return no_memory(e);
    return set_common_name(cert, wish->common_name, e);
}

static pt_str text_of(pt_arena *a, BIO *bio) {
    char *p = NULL;
    long n = BIO_get_mem_data(bio, &p);
    return pt_arena_str(a, (pt_str){p, n > 0 ? (size_t)n : 0});
}

static pt_code finish(pt_arena *a, X509 *cert, EVP_PKEY *key, EVP_PKEY *signer, pt_x509_pair *ret,
                      pt_err *e) {
    if (X509_sign(cert, signer, EVP_sha256()) <= 0)
        return failed(e, "the certificate cannot be signed");
    PT_AUTO(free_bio) BIO *out_cert = BIO_new(BIO_s_mem());
    PT_AUTO(free_bio) BIO *out_key = BIO_new(BIO_s_mem()); // wipes its memory
    if (!out_cert || !out_key || PEM_write_bio_X509(out_cert, cert) != 1 ||
        PEM_write_bio_PKCS8PrivateKey(out_key, key, NULL, NULL, 0, NULL, NULL) != 1)
        return no_memory(e);
    pt_x509_pair made = {text_of(a, out_cert), text_of(a, out_key)};
    if (!made.cert.p || !made.key.p)
        return no_memory(e);
    *ret = made;
    return PT_OK;
}

pt_code pt_x509_authority(pt_arena *a, pt_str common_name, int64_t not_before_ns,
                          int64_t not_after_ns, pt_x509_pair *ret, pt_err *e) {
    PT_AUTO(free_cert) X509 *cert = NULL;
    PT_AUTO(free_key) EVP_PKEY *key = NULL;
    pt_code code = begin(&(pt_x509_wish){.common_name = common_name,
                                         .not_before_ns = not_before_ns,
                                         .not_after_ns = not_after_ns},
                         &cert, &key, e);
    if (code)
        return code;
    if (X509_set_issuer_name(cert, X509_get_subject_name(cert)) != 1 ||
        !add_extensions(cert, cert, of_authorities, PT_COUNT(of_authorities)))
        return failed(e, "the authority cannot be made");
    return finish(a, cert, key, key, ret, e);
}

// -- reading --------------------------------------------------------------------------------------

// No terminal is asked.
static int no_password(char *room, int n, int writing, void *context) {
    (void)room, (void)n, (void)writing, (void)context;
    return 0;
}

static X509 *cert_of(pt_str pem) {
    PT_AUTO(free_bio)
    BIO *bio = pem.n && pem.n <= PEM_BYTES_MAX ? BIO_new_mem_buf(pem.p, (int)pem.n) : NULL;
    X509 *cert = bio ? PEM_read_bio_X509(bio, NULL, no_password, NULL) : NULL;
    ERR_clear_error();
    return cert;
}

static EVP_PKEY *key_of(pt_str pem) {
    PT_AUTO(free_bio)
    BIO *bio = pem.n && pem.n <= PEM_BYTES_MAX ? BIO_new_mem_buf(pem.p, (int)pem.n) : NULL;
    EVP_PKEY *key = bio ? PEM_read_bio_PrivateKey(bio, NULL, no_password, NULL) : NULL;
    ERR_clear_error();
    return key;
}

pt_code pt_x509_issue(pt_arena *a, const pt_x509_pair *authority, const pt_x509_wish *wish,
                      pt_x509_pair *ret, pt_err *e) {
    PT_AUTO(free_cert) X509 *issuer = cert_of(authority->cert);
    PT_AUTO(free_key) EVP_PKEY *signer = key_of(authority->key);
    if (!issuer)
        return pt_err_set(e, PT_E_FORMAT, "there is no certificate of an authority in its PEM");
    if (!signer)
        return pt_err_set(e, PT_E_FORMAT, "there is no readable key of the authority in its PEM");
    if (X509_check_private_key(issuer, signer) != 1 || X509_check_ca(issuer) != 1) {
        ERR_clear_error();
        return pt_err_set(e, PT_E_FORMAT, "%s",
                          X509_check_ca(issuer) == 1 ? "the key is not the authority's"
                                                     : "the certificate is not an authority's");
    }
    if (!wish->client && !wish->n_names)
        return pt_err_set(e, PT_E_FORMAT, "a server's certificate needs a name of the server");
    PT_AUTO(free_cert) X509 *cert = NULL;
    PT_AUTO(free_key) EVP_PKEY *key = NULL;
    pt_code code = begin(wish, &cert, &key, e);
    if (!code)
        code = set_names(cert, wish, e);
    if (code)
        return code;
    static const struct {
        const extension *x;
        size_t n;
    } of[] = {{of_servers, PT_COUNT(of_servers)}, {of_clients, PT_COUNT(of_clients)}};
    if (X509_set_issuer_name(cert, X509_get_subject_name(issuer)) != 1 ||
        !add_extensions(cert, issuer, of[wish->client].x, of[wish->client].n))
        return failed(e, "the certificate cannot be made");
    return finish(a, cert, key, signer, ret, e);
}

static bool time_of(const ASN1_TIME *t, int64_t *ret_ns) {
    struct tm tm;
    if (ASN1_TIME_to_tm(t, &tm) != 1)
        return false;
    int64_t seconds = timegm(&tm);
    if (__builtin_mul_overflow(seconds, PT_SECOND_NS, ret_ns))
        *ret_ns = seconds < 0 ? INT64_MIN : INT64_MAX;
    return true;
}

static pt_str name_of(pt_arena *a, const X509_NAME *name) {
    PT_AUTO(free_bio) BIO *bio = BIO_new(BIO_s_mem());
    // RFC 2253 escapes what is not ASCII, control characters, and what would part a name.
    if (!bio || X509_NAME_print_ex(bio, name, 0, XN_FLAG_RFC2253) < 0)
        return (pt_str){0};
    return text_of(a, bio);
}

static void put_dns_name(pt_buf *b, const ASN1_STRING *s) {
    static const char plain[] =
        "*-._0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
    const unsigned char *p = ASN1_STRING_get0_data(s);
    pt_buf_putz(b, "DNS:");
    for (int i = 0; i < ASN1_STRING_length(s); i++) {
        if (p[i] && strchr(plain, p[i]))
            pt_buf_putc(b, (char)p[i]);
        else
            pt_buf_printf(b, "\\x%02x", p[i]);
    }
}

static void put_name(pt_buf *b, const GENERAL_NAME *name) {
    int kind;
    const ASN1_STRING *s = GENERAL_NAME_get0_value(name, &kind);
    char text[INET6_ADDRSTRLEN];
    int n = kind == GEN_IPADD ? ASN1_STRING_length(s) : 0;
    if (kind == GEN_DNS)
        put_dns_name(b, s);
    else if ((n == 4 || n == 16) &&
             inet_ntop(n == 4 ? AF_INET : AF_INET6, ASN1_STRING_get0_data(s), text, sizeof text))
        pt_buf_printf(b, "IP Address:%s", text);
    else
        pt_buf_putz(b, "other");
}

static pt_code put_names(const X509 *cert, pt_buf *b, pt_err *e) {
    int how = 0;
    PT_AUTO(free_names)
    GENERAL_NAMES *names = X509_get_ext_d2i(cert, NID_subject_alt_name, &how, NULL);
    ERR_clear_error();
    if (!names && how != -1)
        return pt_err_set(e, PT_E_FORMAT, "the certificate's names cannot be read");
    for (int i = 0; i < sk_GENERAL_NAME_num(names); i++) {
        if (i)
            pt_buf_putz(b, ", ");
        put_name(b, sk_GENERAL_NAME_value(names, i));
    }
    return PT_OK;
}

static pt_code put_digest(const X509 *cert, char ret[2 * PT_SHA256_BYTES + 1], pt_err *e) {
    unsigned char *der = NULL;
    int n = i2d_X509(cert, &der);
    if (n <= 0)
        return no_memory(e);
    pt_hash256 h = pt_sha256(&(pt_str){(const char *)der, (size_t)n}, 1);
    OPENSSL_free(der);
    for (size_t i = 0; i < sizeof h.b; i++) {
        ret[2 * i] = "0123456789abcdef"[h.b[i] >> 4];
        ret[2 * i + 1] = "0123456789abcdef"[h.b[i] & 15];
    }
    ret[2 * sizeof h.b] = '\0';
    return PT_OK;
}

static pt_str serial_of(pt_arena *a, const X509 *cert) {
    BIGNUM *n = ASN1_INTEGER_to_BN(X509_get0_serialNumber(cert), NULL);
    char *hex = n ? BN_bn2hex(n) : NULL;
    pt_str digits = pt_str_of(hex);
    bool negative = pt_str_starts(digits, PT_STR("-"));
    digits = pt_str_sub(digits, negative, digits.n);
    while (digits.n > 1 && digits.p[0] == '0')
        digits = pt_str_sub(digits, 1, digits.n);
    pt_str text = pt_arena_printf(a, "%s%.*s", negative ? "-" : "", PT_PRI(digits));
    OPENSSL_free(hex);
    BN_free(n);
    char *p = text.n && digits.n ? pt_arena_take(a, text.n + 1) : NULL;
    for (size_t i = 0; p && i < text.n; i++)
        p[i] = (char)(text.p[i] >= 'A' && text.p[i] <= 'F' ? text.p[i] + ('a' - 'A') : text.p[i]);
    return (pt_str){p, p ? text.n : 0};
}

pt_code pt_x509_read(pt_arena *a, pt_str pem, pt_x509_facts *ret, pt_err *e) {
    PT_AUTO(free_cert) X509 *cert = cert_of(pem);
    if (!cert)
        return pt_err_set(e, PT_E_FORMAT, "there is no certificate in it");
    pt_x509_facts f = {0};
    PT_AUTO(pt_buf_done) pt_buf common = PT_BUF(PEM_BYTES_MAX);
    PT_AUTO(pt_buf_done) pt_buf names = PT_BUF((size_t)8 * PEM_BYTES_MAX);
    if (!time_of(X509_get0_notBefore(cert), &f.not_before_ns) ||
        !time_of(X509_get0_notAfter(cert), &f.not_after_ns))
        return pt_err_set(e, PT_E_FORMAT, "the certificate's times cannot be read");
    if (!pt_x509_common_name(cert, &common))
        return pt_err_set(e, PT_E_FORMAT, "the certificate's common name is not one text");
    pt_code code = put_names(cert, &names, e);
    if (!code)
        code = put_digest(cert, f.sha256, e);
    if (code)
        return code;
    f.subject = name_of(a, X509_get_subject_name(cert));
    f.issuer = name_of(a, X509_get_issuer_name(cert));
    f.serial = serial_of(a, cert);
    f.common_name = pt_arena_str(a, pt_buf_str(&common));
    f.names = pt_arena_str(a, pt_buf_str(&names));
    if (!f.subject.p || !f.issuer.p || !f.serial.p || !f.common_name.p || !f.names.p || names.full)
        return no_memory(e);
    *ret = f;
    return PT_OK;
}

bool pt_x509_names_are(const pt_x509_facts *f, const pt_str *names, size_t n) {
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF((size_t)8 * PEM_BYTES_MAX);
    unsigned char bytes[16];
    char text[INET6_ADDRSTRLEN];
    for (size_t i = 0; i < n; i++) {
        size_t length = address_of(names[i], bytes);
        pt_buf_putz(&b, i ? ", " : "");
        if (length && inet_ntop(length == 4 ? AF_INET : AF_INET6, bytes, text, sizeof text))
            pt_buf_printf(&b, "IP Address:%s", text);
        else
            pt_buf_printf(&b, "DNS:%.*s", PT_PRI(names[i]));
    }
    return pt_str_eq(pt_buf_str(&b), f->names);
}

bool pt_x509_fits(const pt_x509_pair *pair) {
    PT_AUTO(free_cert) X509 *cert = cert_of(pair->cert);
    PT_AUTO(free_key) EVP_PKEY *key = cert ? key_of(pair->key) : NULL;
    bool fits = key && X509_check_private_key(cert, key) == 1;
    ERR_clear_error();
    return fits;
}

bool pt_x509_signed_by(pt_str pem, pt_str authority) {
    PT_AUTO(free_cert) X509 *cert = cert_of(pem);
    PT_AUTO(free_cert) X509 *by = cert_of(authority);
    bool yes = cert && by && X509_check_issued(by, cert) == X509_V_OK &&
               X509_verify(cert, X509_get0_pubkey(by)) == 1;
    ERR_clear_error();
    return yes;
}
