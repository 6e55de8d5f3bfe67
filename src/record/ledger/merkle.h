// RFC 6962 Merkle trees: hashes, the right edge of a growing tree, and proof verification.
// Pure: proofs are made by ledger.h, which has the hashes.
#pragma once

#include "crypto/crypto.h"

#define PT_MERKLE_PROOF_MAX 63u

pt_hash256 pt_merkle_leaf(pt_str entry);
pt_hash256 pt_merkle_node(const pt_hash256 *left, const pt_hash256 *right);
pt_hash256 pt_merkle_empty(void);

// The roots of the perfect subtrees of a tree of `size` leaves, largest first: all that appending
// needs. A zeroed edge is the empty tree.
typedef struct pt_merkle_edge {
    uint64_t size;
    pt_hash256 at[64]; // at[level]: valid where bit `level` of size is set
} pt_merkle_edge;
void pt_merkle_append(pt_merkle_edge *m, const pt_hash256 *leaf);
pt_hash256 pt_merkle_root(const pt_merkle_edge *m);

typedef struct pt_proof {
    uint32_t n;
    pt_hash256 hash[PT_MERKLE_PROOF_MAX];
} pt_proof;

// RFC 9162, 2.1.3.2 and 2.1.4.2.
bool pt_inclusion_verify(const pt_hash256 *leaf, uint64_t index, uint64_t size, const pt_proof *p,
                         const pt_hash256 *root);
bool pt_consistency_verify(uint64_t old_size, const pt_hash256 *old_root, uint64_t size,
                           const pt_hash256 *root, const pt_proof *p);
