#include <string.h>

#include "base/testing.h"
#include "crypto/testing_stamp.h"
#include "crypto/timestamp.h"

static pt_str stamp(void) {
    return (pt_str){(const char *)stamp_der, sizeof stamp_der};
}

static pt_hash256 digest_of(pt_str text) {
    return pt_sha256(&text, 1);
}

static void test_timestamp_verifies_as_of_its_own_time(void **state) {
    (void)state;
    pt_hash256 digest = digest_of(STAMP_TEXT);
    pt_time_ns time = 0;
    pt_err e = {0};
    assert_int_equal(
        pt_timestamp_verify(stamp(), &digest, 0, pt_str_of(stamp_authority), &time, &e), PT_OK);
    char room[PT_RFC3339_BYTES];
    assert_true(pt_str_eqz(pt_time_rfc3339(time, room), STAMP_TIME));
}

static void test_timestamp_of_another_text_nonce_or_authority_does_not_verify(void **state) {
    (void)state;
    pt_hash256 digest = digest_of(STAMP_TEXT);
    pt_hash256 other = digest_of(PT_STR("another"));
    pt_time_ns time = -1;
    pt_err e = {0};
    pt_str ca = pt_str_of(stamp_authority);
    assert_int_equal(pt_timestamp_verify(stamp(), &other, 0, ca, &time, &e), PT_E_CORRUPT);
    assert_int_equal(pt_timestamp_verify(stamp(), &digest, 7, ca, &time, &e), PT_E_CORRUPT);
    assert_int_equal(pt_timestamp_verify(stamp(), &digest, 0, pt_str_of(NULL), &time, &e),
                     PT_E_CORRUPT); // the system's list does not know it
    assert_int_equal(pt_timestamp_verify(stamp(), &digest, 0, PT_STR("no PEM"), &time, &e),
                     PT_E_USAGE);
    assert_int_equal(time, -1);
}

// Every byte changed in turn: what still verifies says the same (parts of it are not signed, such
// as the text of its status).
static void test_timestamp_changed_anywhere_says_nothing_else(void **state) {
    (void)state;
    pt_hash256 digest = digest_of(STAMP_TEXT);
    uint8_t bytes[sizeof stamp_der];
    size_t refused = 0;
    for (size_t i = 0; i < sizeof bytes; i++) {
        memcpy(bytes, stamp_der, sizeof bytes);
        bytes[i] ^= 1;
        pt_time_ns time = 0;
        pt_time_ns wanted = 0;
        pt_code code = pt_timestamp_verify((pt_str){(const char *)bytes, sizeof bytes}, &digest, 0,
                                           pt_str_of(stamp_authority), &time, NULL);
        refused += code != PT_OK;
        assert_true(pt_time_parse(PT_STR(STAMP_TIME), &wanted));
        if (!code)
            assert_int_equal(time, wanted);
    }
    assert_true(refused > sizeof bytes * 9 / 10);
}

static void test_timestamp_query_is_answered_by_the_stamp(void **state) {
    (void)state;
    pt_hash256 digest = digest_of(STAMP_TEXT);
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(4096);
    assert_int_equal(pt_timestamp_query(&b, &digest, 0x1122334455667788, NULL), PT_OK);
    pt_str der = pt_buf_str(&b);
    assert_true(pt_str_has(der, (pt_str){(const char *)digest.b, sizeof digest.b}));
    assert_true(pt_str_has(der, PT_STR("\x11\x22\x33\x44\x55\x66\x77\x88")));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_timestamp_verifies_as_of_its_own_time),
        cmocka_unit_test(test_timestamp_of_another_text_nonce_or_authority_does_not_verify),
        cmocka_unit_test(test_timestamp_changed_anywhere_says_nothing_else),
        cmocka_unit_test(test_timestamp_query_is_answered_by_the_stamp),
    };
    return cmocka_run_group_tests_name("crypto_timestamp", tests, NULL, NULL);
}
