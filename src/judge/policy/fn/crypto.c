// crypto.md5, sha1, sha256 and hmac.*: hexadecimal digests of strings.
#include "crypto/crypto.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "judge/policy/fn/aid.h"

static pt_value hex(pt_call *c, const uint8_t *p, size_t n) {
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(2 * EVP_MAX_MD_SIZE + 1);
    pt_hex_put(&b, (pt_str){(const char *)p, n});
    return pt_call_text(c, &b);
}

static pt_value digest(pt_call *c, pt_str s, const EVP_MD *md) {
    uint8_t out[EVP_MAX_MD_SIZE];
    unsigned n = 0;
    if (EVP_Digest(s.p, s.n, out, &n, md, NULL) != 1)
        return pt_call_full(c);
    return hex(c, out, n);
}

static pt_value hmac(pt_call *c, const pt_value *args, const EVP_MD *md) {
    pt_str m = pt_text(args[0]);
    pt_str k = pt_text(args[1]);
    uint8_t out[EVP_MAX_MD_SIZE];
    unsigned n = 0;
    if (k.n > INT32_MAX || !HMAC(md, k.n ? k.p : "", (int)k.n, (const uint8_t *)m.p, m.n, out, &n))
        return pt_call_full(c);
    return hex(c, out, n);
}

static pt_value crypto_md5(pt_call *c, const pt_value *args) {
    return digest(c, pt_text(args[0]), EVP_md5());
}
static pt_value crypto_sha1(pt_call *c, const pt_value *args) {
    return digest(c, pt_text(args[0]), EVP_sha1());
}
static pt_value crypto_sha256(pt_call *c, const pt_value *args) {
    return digest(c, pt_text(args[0]), EVP_sha256());
}
static pt_value crypto_hmac_md5(pt_call *c, const pt_value *args) {
    return hmac(c, args, EVP_md5());
}
static pt_value crypto_hmac_sha1(pt_call *c, const pt_value *args) {
    return hmac(c, args, EVP_sha1());
}
static pt_value crypto_hmac_sha256(pt_call *c, const pt_value *args) {
    return hmac(c, args, EVP_sha256());
}
static pt_value crypto_hmac_sha512(pt_call *c, const pt_value *args) {
    return hmac(c, args, EVP_sha512());
}

static pt_value crypto_hmac_equal(pt_call *c, const pt_value *args) {
    PT_IGNORE(c == NULL); // cannot fail
    pt_str a = pt_text(args[0]);
    pt_str b = pt_text(args[1]);
    return pt_bool(a.n == b.n && pt_equal_ct(a.p, b.p, a.n));
}

static const pt_fn fns[] = {
    {"crypto.hmac.equal",
     "(mac1: string, mac2: string) => result: boolean",
     crypto_hmac_equal,
     2,
     0,
     {STR, STR}},
    {"crypto.hmac.md5", "(x: string, key: string) => y: string", crypto_hmac_md5, 2, 0, {STR, STR}},
    {"crypto.hmac.sha1",
     "(x: string, key: string) => y: string",
     crypto_hmac_sha1,
     2,
     0,
     {STR, STR}},
    {"crypto.hmac.sha256",
     "(x: string, key: string) => y: string",
     crypto_hmac_sha256,
     2,
     0,
     {STR, STR}},
    {"crypto.hmac.sha512",
     "(x: string, key: string) => y: string",
     crypto_hmac_sha512,
     2,
     0,
     {STR, STR}},
    {"crypto.md5", "(x: string) => y: string", crypto_md5, 1, 0, {STR}},
    {"crypto.sha1", "(x: string) => y: string", crypto_sha1, 1, 0, {STR}},
    {"crypto.sha256", "(x: string) => y: string", crypto_sha256, 1, 0, {STR}},
};
const pt_fn_family pt_fn_crypto = PT_FN_FAMILY(fns);
