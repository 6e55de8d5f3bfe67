#include <string.h>

#include "base/testing.h"
#include "crypto/crypto.h"

static void assert_hex(const void *p, size_t n, const char *want) {
    pt_buf b = PT_BUF(4096);
    pt_hex_put(&b, (pt_str){p, n});
    assert_str(pt_buf_str(&b), want);
    pt_buf_done(&b);
}

static void test_crypto_sha1_is_that_of_the_standard(void **state) {
    (void)state;
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(64);
    pt_hash160 h = pt_sha1(PT_STR("abc")); // FIPS 180-2, appendix A.1
    pt_hex_put(&b, (pt_str){(const char *)h.b, sizeof h.b});
    assert_str(pt_buf_str(&b), "a9993e364706816aba3e25717850c26c9cd0d89d");
    pt_buf_clear(&b);
    h = pt_sha1((pt_str){0});
    pt_hex_put(&b, (pt_str){(const char *)h.b, sizeof h.b});
    assert_str(pt_buf_str(&b), "da39a3ee5e6b4b0d3255bfef95601890afd80709");
}

static void test_crypto_md5_is_that_of_the_rfc(void **state) {
    (void)state;
    uint8_t md5[16];
    if (pt_md5(PT_STR("abc"), md5)) // RFC 1321, A.5
        assert_hex(md5, sizeof md5, "900150983cd24fb0d6963f7d28e17f72");
    if (pt_md5((pt_str){0}, md5))
        assert_hex(md5, sizeof md5, "d41d8cd98f00b204e9800998ecf8427e");
}

static void test_crypto_hmac_is_that_of_the_rfc(void **state) {
    (void)state;
    pt_hash256 h = pt_hmac_sha256(PT_STR("Jefe"), PT_STR("what do ya want for nothing?"));
    assert_hex(h.b, sizeof h.b, // RFC 4231, test case 2
               "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
}

static void test_crypto_sha256_hashes_the_concatenation(void **state) {
    (void)state;
    pt_str parts[] = {PT_STR("a"), {0}, PT_STR("bc")};
    pt_hash256 h = pt_sha256(parts, PT_COUNT(parts)); // FIPS 180-2, appendix B.1
    assert_hex(h.b, sizeof h.b, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    h = pt_sha256(&(pt_str){0}, 1);
    assert_hex(h.b, sizeof h.b, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

// RFC 8032, section 7.1, test 2.
static void test_crypto_ed25519_signs_as_the_rfc_does(void **state) {
    (void)state;
    static const pt_ed25519_seed seed = {{0x4c, 0xcd, 0x08, 0x9b, 0x28, 0xff, 0x96, 0xda,
                                          0x9d, 0xb6, 0xc3, 0x46, 0xec, 0x11, 0x4e, 0x0f,
                                          0x5b, 0x8a, 0x31, 0x9f, 0x35, 0xab, 0xa6, 0x24,
                                          0xda, 0x8c, 0xf6, 0xed, 0x4f, 0xb8, 0xa6, 0xfb}};
    uint8_t pub[PT_ED25519_KEY_BYTES];
    uint8_t sig[PT_ED25519_SIG_BYTES];
    pt_str msg = PT_STR("\x72");
    assert_int_equal(pt_ed25519_public(&seed, pub, NULL), PT_OK);
    assert_hex(pub, sizeof pub, "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c");
    assert_int_equal(pt_ed25519_sign(&seed, msg, sig, NULL), PT_OK);
    assert_hex(sig, sizeof sig,
               "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
               "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00");
    assert_true(pt_ed25519_verify(pub, msg, sig));
    assert_false(pt_ed25519_verify(pub, PT_STR("\x73"), sig));
    for (size_t bit = 0; bit < sizeof sig * 8; bit++) {
        sig[bit / 8] ^= (uint8_t)(1u << bit % 8);
        assert_false(pt_ed25519_verify(pub, msg, sig));
        sig[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
}

// RFC 4648, section 10.
static void test_crypto_base64_round_trips(void **state) {
    (void)state;
    static const char *const cases[][2] = {{"", ""},
                                           {"f", "Zg=="},
                                           {"fo", "Zm8="},
                                           {"foo", "Zm9v"},
                                           {"foob", "Zm9vYg=="},
                                           {"fooba", "Zm9vYmE="},
                                           {"foobar", "Zm9vYmFy"},
                                           {"\xff\xfe\xfd", "//79"}};
    pt_arena a = {0};
    for (size_t i = 0; i < PT_COUNT(cases); i++) {
        pt_buf b = PT_BUF(strlen(cases[i][1])); // an exact bound is enough
        pt_base64_put(&b, pt_str_of(cases[i][0]));
        assert_false(b.full);
        assert_str(pt_buf_str(&b), cases[i][1]);
        pt_str back = pt_base64_decode(&a, pt_buf_str(&b));
        assert_non_null(back.p);
        assert_str(back, cases[i][0]);
        pt_buf_done(&b);
    }
    pt_arena_done(&a);
}

static void test_crypto_base64_refuses_every_second_form(void **state) {
    (void)state;
    static const char *const bad[] = {
        "Zg",       "Zg=",  "Zg===", "Zh==", "Zm9=", "Zm8",      "Zm9v\n", " Zm9v",
        "Zm9v====", "=Zm8", "Z===",  "====", "Zm-_", "Zg==Zg==", "Zm9v="};
    pt_arena a = {0};
    for (size_t i = 0; i < PT_COUNT(bad); i++)
        assert_null(pt_base64_decode(&a, pt_str_of(bad[i])).p);
    pt_arena_done(&a);
}

static void test_crypto_random_differs_and_wipe_clears(void **state) {
    (void)state;
    uint8_t one[32] = {0};
    uint8_t two[32] = {0};
    uint8_t none[32] = {0};
    pt_random(one, sizeof one);
    pt_random(two, sizeof two);
    assert_false(pt_equal_ct(one, two, sizeof one));
    pt_wipe(one, sizeof one);
    assert_true(pt_equal_ct(one, none, sizeof one));
    assert_true(pt_equal_ct(NULL, NULL, 0));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_crypto_sha1_is_that_of_the_standard),
        cmocka_unit_test(test_crypto_md5_is_that_of_the_rfc),
        cmocka_unit_test(test_crypto_hmac_is_that_of_the_rfc),
        cmocka_unit_test(test_crypto_sha256_hashes_the_concatenation),
        cmocka_unit_test(test_crypto_ed25519_signs_as_the_rfc_does),
        cmocka_unit_test(test_crypto_base64_round_trips),
        cmocka_unit_test(test_crypto_base64_refuses_every_second_form),
        cmocka_unit_test(test_crypto_random_differs_and_wipe_clears),
    };
    return cmocka_run_group_tests_name("crypto", tests, NULL, NULL);
}
