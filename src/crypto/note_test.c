#include <string.h>

#include "base/testing.h"
#include "crypto/note.h"

// Vector A: seed SHA-256("paratia test log key 1"), five entries; a witness cosigned it. Made by an
// independent script over hashlib and openssl.
static const char vkey_a[] =
    "paratia.example/host-a+6bcb9f1b+ARkic/vRl/Lo7b9bSibNU6jdH7gPe1r11iIPgRvoXfdZ";
static const char wvkey_a[] =
    "witness.example/w1+565c7f29+BMVjxgKoRAjCjChGZNGhR575tEu2cQF0kchDlQaVqbFP";
#define BODY_A "paratia.example/host-a\n5\nzqZeveOUNkXrYi0pP2rb18WAljc7Y2u6XLKrz+5e9nE=\n"
#define SIG_A                                                                                      \
    "\xe2\x80\x94 paratia.example/host-a a8ufG+YzycMf1mbTvwQWovxqYfEW7huQGxXIcuKJnkpkbH0nGVHOobJO" \
    "WlWLao+WSElZAmmYHOJgy4UCymvZPxItpQc=\n"
#define COSIG_A                                                                                    \
    "\xe2\x80\x94 witness.example/w1 Vlx/KQAAAABpVbkAR/v3bdXHQxfFUlJb1dM7m7r1/UoRaiV3DxUA9jRHCk1U" \
    "cCmWSjbp3kCEkoMWvyTtim0ZdjnmLS/OpyiCgRnNBA==\n"

static pt_vkey parsed(const char *text) {
    pt_vkey k;
    assert_int_equal(pt_vkey_parse(pt_str_of(text), &k, NULL), PT_OK);
    return k;
}

static pt_hash256 root_a(void) {
    pt_arena a = {0};
    pt_hash256 h;
    pt_str raw = pt_base64_decode(&a, PT_STR("zqZeveOUNkXrYi0pP2rb18WAljc7Y2u6XLKrz+5e9nE="));
    memcpy(h.b, raw.p, sizeof h.b);
    pt_arena_done(&a);
    return h;
}

static void test_note_vector_is_reproduced_byte_for_byte(void **state) {
    (void)state;
    pt_hash256 h = pt_sha256(&PT_STR("paratia test log key 1"), 1);
    pt_ed25519_seed seed;
    memcpy(seed.b, h.b, sizeof seed.b);
    uint8_t pub[PT_ED25519_KEY_BYTES];
    pt_vkey key;
    assert_int_equal(pt_ed25519_public(&seed, pub, NULL), PT_OK);
    assert_int_equal(pt_vkey_make(&key, PT_STR("paratia.example/host-a"), pub, NULL), PT_OK);
    pt_buf b = PT_BUF(PT_NOTE_BYTES_MAX);
    pt_vkey_put(&b, &key);
    assert_str(pt_buf_str(&b), vkey_a);

    pt_buf_clear(&b);
    pt_checkpoint c = {key.name, 5, root_a()};
    assert_int_equal(pt_checkpoint_sign(&b, &c, &key, &seed, NULL), PT_OK);
    assert_str(pt_buf_str(&b), BODY_A "\n" SIG_A);
    pt_buf_putz(&b, COSIG_A);
    assert_int_equal(b.n, 319);
    pt_buf hex = PT_BUF(64);
    h = pt_sha256(&(pt_str){b.p, b.n}, 1);
    pt_hex_put(&hex, (pt_str){(const char *)h.b, sizeof h.b});
    assert_str(pt_buf_str(&hex),
               "6ecfa587a597d4a9f4d6631727d21d2c87588c5dea81ed6d58bc946dcdc105cc");
    pt_buf_done(&hex);
    pt_buf_done(&b);
}

static void test_note_opens_with_the_log_and_with_the_witness_key(void **state) {
    (void)state;
    pt_str note = PT_STR(BODY_A "\n" SIG_A COSIG_A);
    pt_vkey log = parsed(vkey_a);
    pt_vkey witness = parsed(wvkey_a);
    pt_hash256 root = root_a();
    pt_checkpoint c;
    unsigned others = 9;
    assert_int_equal(pt_checkpoint_open(note, &log, &c, &others, NULL), PT_OK);
    assert_int_equal(others, 1);
    assert_int_equal(c.size, 5);
    assert_str(c.origin, "paratia.example/host-a");
    assert_memory_equal(c.root.b, root.b, sizeof root.b);
    assert_int_equal(pt_checkpoint_open(note, &witness, &c, &others, NULL), PT_OK);
    assert_int_equal(others, 1);
}

static void test_note_counts_witness_lines_up_to_the_limit(void **state) {
    (void)state;
    pt_vkey log = parsed(vkey_a);
    pt_checkpoint c;
    pt_buf b = PT_BUF(PT_NOTE_BYTES_MAX);
    pt_buf_putz(&b, BODY_A "\n");
    for (unsigned i = 0; i < PT_NOTE_SIGNATURES_MAX - 1; i++)
        pt_buf_putz(&b, COSIG_A);
    pt_buf_putz(&b, SIG_A);
    unsigned others = 0;
    assert_int_equal(pt_checkpoint_open(pt_buf_str(&b), &log, &c, &others, NULL), PT_OK);
    assert_int_equal(others, PT_NOTE_SIGNATURES_MAX - 1);
    pt_buf_putz(&b, COSIG_A);
    assert_int_equal(pt_checkpoint_open(pt_buf_str(&b), &log, &c, &others, NULL), PT_E_LIMIT);
    pt_buf_done(&b);
}

static void test_note_every_flipped_bit_is_refused(void **state) {
    (void)state;
    char note[] = BODY_A "\n" SIG_A;
    pt_vkey log = parsed(vkey_a);
    pt_checkpoint c;
    for (size_t bit = 0; bit < (sizeof note - 1) * 8; bit++) {
        note[bit / 8] = (char)((uint8_t)note[bit / 8] ^ 1u << bit % 8);
        pt_code code = pt_checkpoint_open((pt_str){note, sizeof note - 1}, &log, &c, NULL, NULL);
        if (code != PT_E_FORMAT && code != PT_E_CORRUPT)
            fail_msg("bit %zu: %d", bit, code);
        note[bit / 8] = (char)((uint8_t)note[bit / 8] ^ 1u << bit % 8);
    }
    for (size_t n = 0; n < sizeof note - 1; n++)
        assert_int_not_equal(pt_checkpoint_open((pt_str){note, n}, &log, &c, NULL, NULL), PT_OK);
}

static void test_note_malformed_forms_are_refused(void **state) {
    (void)state;
    static const struct {
        const char *note;
        pt_code code;
    } cases[] = {
        {"", PT_E_FORMAT},
        {"\n", PT_E_FORMAT},
        {"\n\n", PT_E_FORMAT},
        {BODY_A, PT_E_FORMAT},                  // no signatures
        {BODY_A "\n", PT_E_FORMAT},             // none behind the empty line
        {BODY_A SIG_A, PT_E_FORMAT},            // no empty line
        {BODY_A "\n" COSIG_A, PT_E_CORRUPT},    // not by this key
        {BODY_A "\n" SIG_A "\n", PT_E_FORMAT},  // ends in an empty line
        {BODY_A "\n" SIG_A "x\n", PT_E_FORMAT}, // no signature line
        {BODY_A "\r\n" SIG_A, PT_E_FORMAT},
        {BODY_A "\n\xe2\x80\x94  a8ufG+YzycM=\n" SIG_A, PT_E_FORMAT},           // no name
        {BODY_A "\n\xe2\x80\x94 a+b a8ufG+YzycM=\n" SIG_A, PT_E_FORMAT},        // '+' in the name
        {BODY_A "\n\xe2\x80\x94 a\xc2\xa0z a8ufG+YzycM=\n" SIG_A, PT_E_FORMAT}, // a blank in it
        {BODY_A "\n\xe2\x80\x94 a\xe2\x80\x83z a8ufG+YzycM=\n" SIG_A, PT_E_FORMAT},
        {BODY_A "\n\xe2\x80\x94 a a8ufGw==\n" SIG_A, PT_E_FORMAT},    // only the key id
        {BODY_A "\n\xe2\x80\x94 a a8ufG+YzycM\n" SIG_A, PT_E_FORMAT}, // no padding
        {BODY_A "\n- a a8ufG+YzycM=\n" SIG_A, PT_E_FORMAT},
        {"\xff\n5\n\n" SIG_A, PT_E_FORMAT},
        {"a\tb\n5\nzqZeveOUNkXrYi0pP2rb18WAljc7Y2u6XLKrz+5e9nE=\n\n" SIG_A, PT_E_FORMAT},
        {"\n5\nzqZeveOUNkXrYi0pP2rb18WAljc7Y2u6XLKrz+5e9nE=\n\n" SIG_A, PT_E_FORMAT},
        {"o\n05\nzqZeveOUNkXrYi0pP2rb18WAljc7Y2u6XLKrz+5e9nE=\n\n" SIG_A, PT_E_FORMAT},
        {"o\n-5\nzqZeveOUNkXrYi0pP2rb18WAljc7Y2u6XLKrz+5e9nE=\n\n" SIG_A, PT_E_FORMAT},
        {"o\n+5\nzqZeveOUNkXrYi0pP2rb18WAljc7Y2u6XLKrz+5e9nE=\n\n" SIG_A, PT_E_FORMAT},
        {"o\n\nzqZeveOUNkXrYi0pP2rb18WAljc7Y2u6XLKrz+5e9nE=\n\n" SIG_A, PT_E_FORMAT},
        {"o\n9223372036854775808\nzqZeveOUNkXrYi0pP2rb18WAljc7Y2u6XLKrz+5e9nE=\n\n" SIG_A,
         PT_E_FORMAT},
        {"o\n5\nzqZeveOUNkXrYi0pP2rb18WAljc7Y2u6XLKrz+5e9n==\n\n" SIG_A, PT_E_FORMAT}, // 31 bytes
        {"o\n5\n\n" SIG_A, PT_E_FORMAT},                                               // no root
        {BODY_A "\nx\n\n" SIG_A, PT_E_FORMAT},        // an empty extension line
        {BODY_A "extension\n\n" SIG_A, PT_E_CORRUPT}, // legal, but not signed
        {"paratia.example/host-b\n5\nzqZeveOUNkXrYi0pP2rb18WAljc7Y2u6XLKrz+5e9nE=\n\n" SIG_A,
         PT_E_CORRUPT},
    };
    pt_vkey log = parsed(vkey_a);
    for (size_t i = 0; i < PT_COUNT(cases); i++) {
        pt_checkpoint c;
        pt_err e = {0};
        pt_code code = pt_checkpoint_open(pt_str_of(cases[i].note), &log, &c, NULL, &e);
        if (code != cases[i].code)
            fail_msg("case %zu: %d, not %d: %s", i, code, cases[i].code, e.what);
        assert_int_equal(e.code, code);
    }
}

static void test_note_vkey_round_trips_and_refuses_the_rest(void **state) {
    (void)state;
    static const struct {
        const char *text;
        pt_code code;
    } cases[] = {
        {"PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW", PT_OK}, // C2SP's own
        {"PeterNeumann+C74F20A3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW", PT_E_FORMAT},
        {"PeterNeumann+c74f20a4+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW", PT_E_FORMAT},
        {"PeterNeumaNn+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW", PT_E_FORMAT},
        {"PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10T=", PT_E_FORMAT},
        {"PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy", PT_E_FORMAT},
        {"PeterNeumann+c74f20a3+Bhpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW", PT_E_UNSUPPORTED},
        {"PeterNeumann+-74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW", PT_E_FORMAT},
        {"Peter Neumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW", PT_E_FORMAT},
        {"+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW", PT_E_FORMAT},
        {"PeterNeumann+c74f20a3", PT_E_FORMAT},
        {"PeterNeumann", PT_E_FORMAT},
        {"", PT_E_FORMAT},
    };
    for (size_t i = 0; i < PT_COUNT(cases); i++) {
        pt_vkey k;
        pt_code code = pt_vkey_parse(pt_str_of(cases[i].text), &k, NULL);
        if (code != cases[i].code)
            fail_msg("case %zu: %d, not %d", i, code, cases[i].code);
        if (code)
            continue;
        pt_buf b = PT_BUF(256);
        pt_vkey_put(&b, &k);
        assert_str(pt_buf_str(&b), cases[i].text);
        pt_buf_done(&b);
    }
    static const char *const names[] = {"", "a b", "a+b", "a\nb", "\xff", "a\xe3\x80\x80"};
    static const uint8_t pub[PT_ED25519_KEY_BYTES] = {0};
    for (size_t i = 0; i < PT_COUNT(names); i++) {
        pt_vkey k;
        assert_int_equal(pt_vkey_make(&k, pt_str_of(names[i]), pub, NULL), PT_E_USAGE);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_note_vector_is_reproduced_byte_for_byte),
        cmocka_unit_test(test_note_opens_with_the_log_and_with_the_witness_key),
        cmocka_unit_test(test_note_counts_witness_lines_up_to_the_limit),
        cmocka_unit_test(test_note_every_flipped_bit_is_refused),
        cmocka_unit_test(test_note_malformed_forms_are_refused),
        cmocka_unit_test(test_note_vkey_round_trips_and_refuses_the_rest),
    };
    return cmocka_run_group_tests_name("note", tests, NULL, NULL);
}
