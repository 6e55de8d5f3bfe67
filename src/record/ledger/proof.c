// Entries and proofs from the tiles. Takes no lock: tiles only ever grow.
#include <inttypes.h>

#include "record/ledger/state.h"

static pt_code past_end(const pt_ledger *l, uint64_t index, uint64_t size, pt_err *e) {
    pt_code code = pt_err_set(e, PT_E_ABSENT,
                              "the ledger has no entry %" PRIu64 ": it has %" PRIu64, index, size);
    pt_err_at(e, "%s", l->path);
    return code;
}

static pt_code copy(pt_arena *a, pt_str entry, pt_str *ret, pt_err *e) {
    pt_str s = pt_arena_str(a, entry);
    if (!s.p)
        return pt_err_set(e, PT_E_NOMEM, "no memory for a ledger entry");
    *ret = s;
    return PT_OK;
}

static pt_code from_bundle(pt_ledger *l, pt_arena *a, uint64_t index, pt_str *ret, pt_err *e) {
    uint64_t n = index / PT_TILE_WIDTH;
    pt_tile_id id = {PT_TILE_ENTRIES, n, pt_tile_width(PT_TILE_ENTRIES, n, l->signed_tree.size)};
    pt_buf b = PT_BUF(PT_BUNDLE_MAX);
    pt_code code = pt_tile_read(&l->folder, id, &b, NULL, e);
    pt_str rest = pt_buf_str(&b);
    pt_str entry = {0};
    for (uint64_t i = 0; code == PT_OK && i <= index % PT_TILE_WIDTH; i++)
        if (!pt_bundle_next(&rest, &entry)) {
            code = pt_err_set(e, PT_E_CORRUPT, "the ledger's entry %" PRIu64 " is cut",
                              n * PT_TILE_WIDTH + i);
            pt_err_at(e, "%s/%s", l->path, pt_tile_path_of(id).z);
        }
    if (code == PT_OK)
        code = copy(a, entry, ret, e);
    pt_buf_done(&b);
    return code;
}

pt_code pt_ledger_entry(pt_ledger *l, pt_arena *a, uint64_t index, pt_str *ret, pt_err *e) {
    if (index >= l->size)
        return past_end(l, index, l->size, e);
    if (index < l->signed_tree.size)
        return from_bundle(l, a, index, ret, e);
    pt_cursor_start(&l->cursor, l->journal, 0, l->end, l->first);
    for (bool more = true; more;) {
        pt_record r;
        pt_code code = pt_cursor_next(&l->cursor, &r, &more, e);
        if (code)
            return code;
        if (more && r.sequence == index)
            return copy(a, r.entry, ret, e);
    }
    return past_end(l, index, l->size, e);
}

// The siblings from the root down; a proof lists them from the leaf up.
typedef struct path {
    pt_tree tree;
    pt_proof proof;
} path;

static pt_code add(path *p, uint64_t from, uint64_t to, pt_err *e) {
    pt_assert(p->proof.n < PT_MERKLE_PROOF_MAX);
    return pt_tree_range(p->tree, from, to, &p->proof.hash[p->proof.n++], e);
}

static void turn(const pt_proof *down, pt_proof *ret) {
    ret->n = down->n;
    for (uint32_t i = 0; i < down->n; i++)
        ret->hash[i] = down->hash[down->n - 1 - i];
}

// The largest power of two below n, n > 1.
static uint64_t split(uint64_t n) {
    return UINT64_C(1) << (63 - __builtin_clzll(n - 1));
}

static pt_code check_size(const pt_ledger *l, uint64_t size, pt_err *e) {
    if (size <= l->signed_tree.size)
        return PT_OK;
    pt_code code = pt_err_set(
        e, PT_E_ABSENT, "no checkpoint covers %" PRIu64 " entries yet: %" PRIu64 " are signed",
        size, l->signed_tree.size);
    pt_err_at(e, "%s", l->path);
    return code;
}

// RFC 6962, section 2.1.1.
pt_code pt_ledger_inclusion(pt_ledger *l, uint64_t index, uint64_t size, pt_proof *ret, pt_err *e) {
    pt_code code = check_size(l, size, e);
    if (code)
        return code;
    if (index >= size)
        return past_end(l, index, size, e);
    path p = {.tree = {&l->folder, l->signed_tree.size}};
    uint64_t from = 0;
    for (uint64_t to = size; code == PT_OK && to - from > 1;) {
        uint64_t middle = from + split(to - from);
        if (index < middle) {
            code = add(&p, middle, to, e);
            to = middle;
        } else {
            code = add(&p, from, middle, e);
            from = middle;
        }
    }
    if (code == PT_OK)
        turn(&p.proof, ret);
    return code;
}

// RFC 6962, section 2.1.2.
pt_code pt_ledger_consistency(pt_ledger *l, uint64_t old_size, uint64_t size, pt_proof *ret,
                              pt_err *e) {
    pt_code code = check_size(l, size, e);
    if (code)
        return code;
    if (old_size > size)
        return past_end(l, old_size, size, e);
    path p = {.tree = {&l->folder, l->signed_tree.size}};
    uint64_t from = 0;
    uint64_t to = size;
    while (code == PT_OK && old_size > 0 && old_size != to) {
        uint64_t middle = from + split(to - from);
        if (old_size <= middle) {
            code = add(&p, middle, to, e);
            to = middle;
        } else {
            code = add(&p, from, middle, e);
            from = middle;
        }
    }
    if (code == PT_OK && from > 0) // the old tree is not a left subtree: its last part is needed
        code = add(&p, from, to, e);
    if (code == PT_OK)
        turn(&p.proof, ret);
    return code;
}
