#include <stdio.h>
#include <string.h>

#include "base/testing.h"
#include "record/ledger/merkle.h"

enum {
    SIZE_MAX_TESTED = 70,
};

static void assert_hash(const pt_hash256 *h, const char *want) {
    pt_buf b = PT_BUF(64);
    pt_hex_put(&b, (pt_str){(const char *)h->b, sizeof h->b});
    assert_str(pt_buf_str(&b), want);
    pt_buf_done(&b);
}

static pt_hash256 leaf_a(unsigned i) {
    char entry[64];
    int n = snprintf(entry, sizeof entry, "{\"n\":%u,\"verb\":\"audit\"}", i);
    return pt_merkle_leaf((pt_str){entry, (size_t)n});
}

// RFC 6962, section 2.1, word for word: the split is at the largest power of two below n.
static size_t below(size_t n) {
    size_t k = 1;
    while (k * 2 < n)
        k *= 2;
    return k;
}

// NOLINTNEXTLINE(misc-no-recursion): the definition itself
static pt_hash256 mth(const pt_hash256 *leaves, size_t n) {
    if (n == 1)
        return leaves[0];
    size_t k = below(n);
    pt_hash256 left = mth(leaves, k);
    pt_hash256 right = mth(leaves + k, n - k);
    return pt_merkle_node(&left, &right);
}

static void put(pt_proof *p, pt_hash256 h) {
    p->hash[p->n++] = h;
}

// NOLINTNEXTLINE(misc-no-recursion): the definition itself
static void path(pt_proof *p, const pt_hash256 *d, size_t m, size_t n) {
    if (n == 1)
        return;
    size_t k = below(n);
    if (m < k) {
        path(p, d, m, k);
        put(p, mth(d + k, n - k));
    } else {
        path(p, d + k, m - k, n - k);
        put(p, mth(d, k));
    }
}

// NOLINTNEXTLINE(misc-no-recursion)
static void subproof(pt_proof *p, const pt_hash256 *d, size_t m, size_t n, bool whole) {
    if (m == n) {
        if (!whole)
            put(p, mth(d, m));
        return;
    }
    size_t k = below(n);
    if (m <= k) {
        subproof(p, d, m, k, whole);
        put(p, mth(d + k, n - k));
    } else {
        subproof(p, d + k, m - k, n - k, false);
        put(p, mth(d, k));
    }
}

static void make_leaves(pt_hash256 *leaves, size_t n) {
    for (size_t i = 0; i < n; i++)
        leaves[i] = leaf_a((unsigned)i);
}

static void test_merkle_vector_a(void **state) {
    (void)state;
    pt_hash256 leaves[5];
    make_leaves(leaves, 5);
    assert_hash(&leaves[0], "59e941495da1a7f671672972aaa553bb82eeac351e176f0556f6e323406ce833");
    assert_hash(&leaves[4], "ceb1958ff62aff9000eaba485421b88a1a629448379719582160e772e64af4e7");
    static const char *const roots[] = {
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        "59e941495da1a7f671672972aaa553bb82eeac351e176f0556f6e323406ce833",
        NULL,
        "3bdb2add3b62181c65684bf0f74c22d100791bcae8473f907f1f9ffef2e6d531",
        "8f8439df5c7d4469212a117596eb1293d3a472c0e4369bb30d81d59e4155b193",
        "cea65ebde3943645eb622d293f6adbd7c58096373b636bba5cb2abcfee5ef671",
    };
    pt_merkle_edge m = {0};
    for (size_t n = 0; n < PT_COUNT(roots); n++) {
        pt_hash256 root = pt_merkle_root(&m);
        if (roots[n])
            assert_hash(&root, roots[n]);
        if (n < 5)
            pt_merkle_append(&m, &leaves[n]);
    }
}

static void test_merkle_vector_b_root_of_300(void **state) {
    (void)state;
    pt_merkle_edge m = {0};
    for (unsigned i = 0; i < 300; i++) {
        char be[4] = {0, 0, (char)(i >> 8), (char)(i & 255)};
        pt_hash256 leaf = pt_merkle_leaf((pt_str){be, sizeof be});
        pt_merkle_append(&m, &leaf);
    }
    pt_hash256 root = pt_merkle_root(&m);
    assert_hash(&root, "7cb38a3a7211231d902f423fcd3f43cf9ac6da0aa1f31de0876c9927451ee3c5");
}

static void test_merkle_edge_is_the_recursive_definition(void **state) {
    (void)state;
    pt_hash256 leaves[SIZE_MAX_TESTED];
    make_leaves(leaves, SIZE_MAX_TESTED);
    pt_merkle_edge m = {0};
    for (size_t n = 1; n < SIZE_MAX_TESTED; n++) {
        pt_merkle_append(&m, &leaves[n - 1]);
        pt_hash256 root = pt_merkle_root(&m);
        pt_hash256 want = mth(leaves, n);
        assert_memory_equal(root.b, want.b, sizeof want.b);
    }
}

static bool includes(const pt_hash256 *leaves, size_t m, size_t n, const pt_proof *p,
                     const pt_hash256 *root) {
    return pt_inclusion_verify(&leaves[m], m, n, p, root);
}

static void test_merkle_every_inclusion_below_70_verifies_and_no_other(void **state) {
    (void)state;
    pt_hash256 leaves[SIZE_MAX_TESTED];
    make_leaves(leaves, SIZE_MAX_TESTED);
    for (size_t n = 1; n < SIZE_MAX_TESTED; n++) {
        pt_hash256 root = mth(leaves, n);
        for (size_t m = 0; m < n; m++) {
            pt_proof p = {0};
            path(&p, leaves, m, n);
            assert_true(includes(leaves, m, n, &p, &root));
            assert_false(pt_inclusion_verify(&leaves[m], n, n, &p, &root));
            if (n > 1) {
                assert_false(pt_inclusion_verify(&leaves[(m + 1) % n], m, n, &p, &root));
                assert_false(pt_inclusion_verify(&leaves[m], m ^ 1, n, &p, &root));
            }
            for (size_t i = 0; i < p.n; i++) { // one bit of each hash, another for each proof
                uint8_t *byte = &p.hash[i].b[(m * 5 + n + i) % 32];
                *byte ^= (uint8_t)(1u << (m + i) % 8);
                assert_false(includes(leaves, m, n, &p, &root));
                *byte ^= (uint8_t)(1u << (m + i) % 8);
            }
            p.n++; // a hash too many
            assert_false(includes(leaves, m, n, &p, &root));
            p.n--;
            if (p.n) { // and one too few
                p.n--;
                assert_false(includes(leaves, m, n, &p, &root));
            }
        }
    }
}

static void test_merkle_every_consistency_below_70_verifies_and_no_other(void **state) {
    (void)state;
    pt_hash256 leaves[SIZE_MAX_TESTED];
    make_leaves(leaves, SIZE_MAX_TESTED);
    for (size_t n = 1; n < SIZE_MAX_TESTED; n++) {
        pt_hash256 root = mth(leaves, n);
        for (size_t m = 1; m <= n; m++) {
            pt_proof p = {0};
            pt_hash256 old = mth(leaves, m);
            subproof(&p, leaves, m, n, true);
            assert_true(pt_consistency_verify(m, &old, n, &root, &p));
            assert_false(pt_consistency_verify(n + 1, &old, n, &root, &p));
            if (m < n)
                assert_false(pt_consistency_verify(m, &root, n, &root, &p));
            for (size_t i = 0; i < p.n; i++) {
                uint8_t *byte = &p.hash[i].b[(m * 5 + n + i) % 32];
                *byte ^= (uint8_t)(1u << (m + i) % 8);
                assert_false(pt_consistency_verify(m, &old, n, &root, &p));
                *byte ^= (uint8_t)(1u << (m + i) % 8);
            }
            p.n++;
            assert_false(pt_consistency_verify(m, &old, n, &root, &p));
            p.n--;
            if (p.n) {
                p.n--;
                assert_false(pt_consistency_verify(m, &old, n, &root, &p));
            }
        }
    }
}

// All bits of a few proofs of every shape.
static void test_merkle_every_flipped_bit_of_a_proof_is_refused(void **state) {
    (void)state;
    pt_hash256 leaves[SIZE_MAX_TESTED];
    make_leaves(leaves, SIZE_MAX_TESTED);
    static const struct {
        size_t m, n;
    } pairs[] = {{2, 5}, {0, 1}, {4, 5}, {6, 7}, {33, 69}, {68, 69}, {31, 64}};
    for (size_t i = 0; i < PT_COUNT(pairs); i++) {
        size_t m = pairs[i].m;
        size_t n = pairs[i].n;
        pt_hash256 root = mth(leaves, n);
        pt_hash256 old = mth(leaves, m ? m : 1);
        pt_proof in = {0};
        pt_proof con = {0};
        path(&in, leaves, m, n);
        subproof(&con, leaves, m ? m : 1, n, true);
        for (size_t bit = 0; bit < in.n * sizeof in.hash[0] * 8; bit++) {
            uint8_t *byte = &in.hash[bit / 256].b[bit / 8 % 32];
            *byte ^= (uint8_t)(1u << bit % 8);
            assert_false(includes(leaves, m, n, &in, &root));
            *byte ^= (uint8_t)(1u << bit % 8);
        }
        for (size_t bit = 0; bit < con.n * sizeof con.hash[0] * 8; bit++) {
            uint8_t *byte = &con.hash[bit / 256].b[bit / 8 % 32];
            *byte ^= (uint8_t)(1u << bit % 8);
            assert_false(pt_consistency_verify(m ? m : 1, &old, n, &root, &con));
            *byte ^= (uint8_t)(1u << bit % 8);
        }
    }
}

static void test_merkle_proofs_of_vector_a(void **state) {
    (void)state;
    static const char *const inclusion_2_5[] = {"WNr8OhcOcK0LdDaImvWGjtvs+bKRZmAa/WU8HmBk5Oc=",
                                                "7rlk723wUzjbWFKOPCOroP1K3TeDmE8VqonYkvlh5v4=",
                                                "zrGVj/Yq/5AA6rpIVCG4ihpilEg3lxlYIWDncuZK9Oc="};
    pt_arena a = {0};
    pt_hash256 leaves[5];
    make_leaves(leaves, 5);
    pt_hash256 root5 = mth(leaves, 5);
    pt_hash256 root3 = mth(leaves, 3);
    pt_proof in = {0};
    pt_proof con = {0};
    put(&con, leaves[2]); // the first hash of "consistency 3 to 5"; the other three are inclusion's
    for (size_t i = 0; i < PT_COUNT(inclusion_2_5); i++) {
        pt_str raw = pt_base64_decode(&a, pt_str_of(inclusion_2_5[i]));
        pt_hash256 h;
        assert_int_equal(raw.n, sizeof h.b);
        memcpy(h.b, raw.p, sizeof h.b);
        put(&in, h);
        put(&con, h);
    }
    assert_true(includes(leaves, 2, 5, &in, &root5));
    assert_true(pt_consistency_verify(3, &root3, 5, &root5, &con));
    pt_arena_done(&a);
}

static void test_merkle_edges_of_the_rules(void **state) {
    (void)state;
    pt_hash256 leaf = leaf_a(0);
    pt_hash256 empty = pt_merkle_empty();
    pt_proof none = {0};
    pt_proof long_one = {.n = PT_MERKLE_PROOF_MAX + 1};
    assert_true(pt_consistency_verify(0, &empty, 1, &leaf, &none));
    assert_true(pt_consistency_verify(0, &empty, 0, &empty, &none));
    assert_false(pt_consistency_verify(0, &leaf, 1, &leaf, &none));
    assert_true(pt_consistency_verify(1, &leaf, 1, &leaf, &none));
    assert_false(pt_consistency_verify(1, &leaf, 2, &leaf, &none));
    assert_false(pt_inclusion_verify(&leaf, 0, 0, &none, &leaf));
    assert_false(pt_inclusion_verify(&leaf, 0, UINT64_MAX, &long_one, &leaf));
    assert_false(pt_consistency_verify(1, &leaf, UINT64_MAX, &leaf, &long_one));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_merkle_vector_a),
        cmocka_unit_test(test_merkle_vector_b_root_of_300),
        cmocka_unit_test(test_merkle_edge_is_the_recursive_definition),
        cmocka_unit_test(test_merkle_every_inclusion_below_70_verifies_and_no_other),
        cmocka_unit_test(test_merkle_every_consistency_below_70_verifies_and_no_other),
        cmocka_unit_test(test_merkle_every_flipped_bit_of_a_proof_is_refused),
        cmocka_unit_test(test_merkle_proofs_of_vector_a),
        cmocka_unit_test(test_merkle_edges_of_the_rules),
    };
    return cmocka_run_group_tests_name("merkle", tests, NULL, NULL);
}
