// RFC 6962, section 2.1; RFC 9162, section 2.1.
#include "record/ledger/merkle.h"

#include <string.h>

static const char leaf_prefix = 0;
static const char node_prefix = 1;

pt_hash256 pt_merkle_leaf(pt_str entry) {
    pt_str parts[] = {{&leaf_prefix, 1}, entry};
    return pt_sha256(parts, PT_COUNT(parts));
}

pt_hash256 pt_merkle_node(const pt_hash256 *left, const pt_hash256 *right) {
    pt_str parts[] = {{&node_prefix, 1},
                      {(const char *)left->b, sizeof left->b},
                      {(const char *)right->b, sizeof right->b}};
    return pt_sha256(parts, PT_COUNT(parts));
}

pt_hash256 pt_merkle_empty(void) {
    return pt_sha256(&(pt_str){0}, 1);
}

void pt_merkle_append(pt_merkle_edge *m, const pt_hash256 *leaf) {
    pt_hash256 h = *leaf;
    unsigned level = 0;
    for (; m->size >> level & 1; level++) // two perfect trees of one height become one
        h = pt_merkle_node(&m->at[level], &h);
    m->at[level] = h;
    m->size++;
}

pt_hash256 pt_merkle_root(const pt_merkle_edge *m) {
    if (m->size == 0)
        return pt_merkle_empty();
    unsigned level = (unsigned)__builtin_ctzll(m->size);
    pt_hash256 h = m->at[level];
    while (++level < 64)
        if (m->size >> level & 1)
            h = pt_merkle_node(&m->at[level], &h);
    return h;
}

static bool same(const pt_hash256 *a, const pt_hash256 *b) {
    return memcmp(a->b, b->b, sizeof a->b) == 0;
}

// After a left sibling: climb to where this node is itself a right child again, or to the root.
static void climb(uint64_t *fn, uint64_t *sn) {
    while (*fn != 0 && !(*fn & 1)) {
        *fn >>= 1;
        *sn >>= 1;
    }
}

bool pt_inclusion_verify(const pt_hash256 *leaf, uint64_t index, uint64_t size, const pt_proof *p,
                         const pt_hash256 *root) {
    if (index >= size || p->n > PT_MERKLE_PROOF_MAX)
        return false;
    uint64_t fn = index;
    uint64_t sn = size - 1;
    pt_hash256 r = *leaf;
    for (uint32_t i = 0; i < p->n; i++) {
        if (sn == 0)
            return false;
        if ((fn & 1) || fn == sn) {
            r = pt_merkle_node(&p->hash[i], &r);
            climb(&fn, &sn);
        } else
            r = pt_merkle_node(&r, &p->hash[i]);
        fn >>= 1;
        sn >>= 1;
    }
    return sn == 0 && same(&r, root);
}

// 0 < old_size < size. `rest` are the hashes behind the first.
static bool consistent(uint64_t old_size, const pt_hash256 *old_root, uint64_t size,
                       const pt_hash256 *root, const pt_proof *p) {
    bool whole = (old_size & (old_size - 1)) == 0; // a perfect old tree is its own first hash
    uint64_t fn = old_size - 1;
    uint64_t sn = size - 1;
    while (fn & 1) {
        fn >>= 1;
        sn >>= 1;
    }
    pt_hash256 fr = whole ? *old_root : p->hash[0];
    pt_hash256 sr = fr;
    for (uint32_t i = !whole; i < p->n; i++) {
        const pt_hash256 *c = &p->hash[i];
        if (sn == 0)
            return false;
        if ((fn & 1) || fn == sn) {
            fr = pt_merkle_node(c, &fr);
            sr = pt_merkle_node(c, &sr);
            climb(&fn, &sn);
        } else
            sr = pt_merkle_node(&sr, c);
        fn >>= 1;
        sn >>= 1;
    }
    return sn == 0 && same(&fr, old_root) && same(&sr, root);
}

bool pt_consistency_verify(uint64_t old_size, const pt_hash256 *old_root, uint64_t size,
                           const pt_hash256 *root, const pt_proof *p) {
    if (old_size > size || p->n > PT_MERKLE_PROOF_MAX)
        return false;
    if (old_size == size)
        return p->n == 0 && same(old_root, root);
    if (old_size == 0) { // proves nothing; the old root must be that of nothing
        pt_hash256 empty = pt_merkle_empty();
        return p->n == 0 && same(old_root, &empty);
    }
    return p->n > 0 && consistent(old_size, old_root, size, root, p);
}
