// The whole ledger read again: what was signed is compared with what is there.
#include <inttypes.h>
#include <string.h>

#include "record/ledger/state.h"

// What differs first: a leaf and its tile disagree; then the root tells which of them was changed.
typedef struct audit {
    pt_ledger *l;
    pt_tiler tiler;
    pt_buf tile, bundle;
    bool leaf_differs, tile_differs;
    uint64_t leaf;      // index
    pt_tile_id tile_id; // and the hash within
    unsigned hash;
} audit;

static pt_code found(const audit *a, const char *name, pt_err *e) {
    pt_err_at(e, "%s/%s", a->l->path, name);
    pt_err_remedy(e, "keep a copy of the folder as evidence; restore the file from a backup");
    return PT_E_CORRUPT;
}

static pt_code compare_tile(void *arg, pt_tile_id id, const pt_hash256 *hashes, pt_err *e) {
    audit *a = arg;
    pt_code code = pt_tile_read(&a->l->folder, id, &a->tile, NULL, e);
    if (code)
        return code;
    for (unsigned i = 0; i < id.width; i++) {
        if (memcmp(a->tile.p + i * sizeof *hashes, hashes[i].b, sizeof *hashes) == 0)
            continue;
        if (id.level == 0 && !a->leaf_differs) {
            a->leaf_differs = true;
            a->leaf = id.n * PT_TILE_WIDTH + i;
        }
        if (!a->tile_differs) {
            a->tile_differs = true;
            a->tile_id = id;
            a->hash = i;
        }
    }
    return PT_OK;
}

static pt_code read_bundle(audit *a, uint64_t n, pt_err *e) {
    pt_tile_id id = {PT_TILE_ENTRIES, n, pt_tile_width(PT_TILE_ENTRIES, n, a->l->signed_tree.size)};
    bool exact = true;
    pt_code code = pt_tile_read(&a->l->folder, id, &a->bundle, &exact, e);
    pt_str rest = pt_buf_str(&a->bundle);
    for (unsigned i = 0; code == PT_OK && i < id.width; i++) {
        pt_str entry;
        if (!pt_bundle_next(&rest, &entry)) {
            pt_err_set(e, PT_E_CORRUPT, "the ledger's entry %" PRIu64 " is cut",
                       n * PT_TILE_WIDTH + i);
            return found(a, pt_tile_path_of(id).z, e);
        }
        pt_hash256 leaf = pt_merkle_leaf(entry);
        code = pt_tiler_add(&a->tiler, &leaf, e);
    }
    if (code || !exact || rest.n == 0)
        return code;
    pt_err_set(e, PT_E_CORRUPT, "the ledger's entries %" PRIu64 " and up have %zu bytes too many",
               n * PT_TILE_WIDTH, rest.n);
    return found(a, pt_tile_path_of(id).z, e);
}

static pt_code check_root(const audit *a, pt_err *e) {
    const pt_checkpoint *c = &a->l->signed_tree;
    pt_hash256 root = pt_merkle_root(&a->tiler.edge);
    bool same = pt_equal_ct(&root, &c->root, sizeof root);
    pt_tile_path tile = pt_tile_path_of(a->tile_id);
    if (same && !a->tile_differs)
        return PT_OK;
    if (same) { // the entries are those that were signed
        pt_err_set(e, PT_E_CORRUPT, "the ledger's %s was changed: its hash %u is wrong", tile.z,
                   a->hash);
        return found(a, tile.z, e);
    }
    if (a->leaf_differs) {
        pt_tile_id id = {PT_TILE_ENTRIES, a->leaf / PT_TILE_WIDTH,
                         pt_tile_width(PT_TILE_ENTRIES, a->leaf / PT_TILE_WIDTH, c->size)};
        pt_err_set(e, PT_E_CORRUPT, "the ledger's entry %" PRIu64 " was changed", a->leaf);
        return found(a, pt_tile_path_of(id).z, e);
    }
    pt_err_set(e, PT_E_CORRUPT,
               "the ledger was rewritten: its %" PRIu64 " entries do not have the signed root",
               c->size);
    return found(a, "checkpoint", e);
}

// The journal's copies of signed entries must be those entries.
static pt_code check_journal(audit *a, pt_err *e) {
    pt_ledger *l = a->l;
    pt_cursor_start(&l->cursor, l->journal, 0, l->end, l->first);
    for (bool more = true; more;) {
        pt_record r;
        pt_hash256 want;
        pt_code code = pt_cursor_next(&l->cursor, &r, &more, e);
        if (code == PT_OK && more && r.sequence < l->signed_tree.size)
            code = pt_tree_perfect((pt_tree){&l->folder, l->signed_tree.size}, 0, r.sequence, &want,
                                   e);
        else if (code == PT_OK)
            continue;
        if (code)
            return code;
        pt_hash256 leaf = pt_merkle_leaf(r.entry);
        if (pt_equal_ct(&leaf, &want, sizeof leaf))
            continue;
        pt_err_set(e, PT_E_CORRUPT, "the ledger's entry %" PRIu64 " was changed in the journal",
                   r.sequence);
        return found(a, "journal", e);
    }
    return PT_OK;
}

static pt_code walk(audit *a, pt_err *e) {
    uint64_t size = a->l->signed_tree.size;
    pt_code code = PT_OK;
    for (uint64_t n = 0; code == PT_OK && n * PT_TILE_WIDTH < size; n++)
        code = read_bundle(a, n, e);
    if (code == PT_OK)
        code = pt_tiler_end(&a->tiler, e);
    if (code == PT_OK && size > 0)
        code = check_root(a, e);
    if (code == PT_OK)
        code = check_journal(a, e);
    return code;
}

pt_code pt_ledger_verify(const char *dir, const pt_vkey *key, pt_ledger_audit *ret, pt_err *e) {
    pt_ledger *l = NULL;
    pt_code code = pt_ledger_snapshot(&l, dir, key, e);
    if (code)
        return code;
    audit a = {.l = l, .tile = PT_BUF(PT_BUNDLE_MAX), .bundle = PT_BUF(PT_BUNDLE_MAX)};
    a.tiler.emit = compare_tile;
    a.tiler.arg = &a;
    pt_arena arena = {0};
    uint64_t torn = 0;
    code = pt_tiler_init(&a.tiler, &arena, e);
    if (code == PT_OK)
        code = walk(&a, e);
    if (code == PT_OK)
        code = pt_ledger_torn(l, &torn, e);
    if (code == PT_OK)
        *ret = (pt_ledger_audit){.size = l->size,
                                 .signed_size = l->signed_tree.size,
                                 .root = pt_merkle_root(&a.tiler.edge),
                                 .witnesses = l->witnesses,
                                 .torn_bytes = torn};
    pt_buf_done(&a.tile);
    pt_buf_done(&a.bundle);
    pt_arena_done(&arena);
    pt_ledger_free(l);
    return code;
}

static pt_code check_extends(pt_ledger *l, pt_str saved, pt_err *e) {
    pt_checkpoint old = {0};
    const pt_checkpoint *now = &l->signed_tree;
    pt_proof proof;
    pt_code code = pt_checkpoint_open(saved, &l->key, &old, NULL, e);
    if (code) {
        pt_err_at(e, "the checkpoint that was kept");
        return code;
    }
    if (old.size > now->size) {
        code =
            pt_err_set(e, PT_E_CORRUPT,
                       "the ledger was rolled back: %" PRIu64 " entries were signed, now %" PRIu64,
                       old.size, now->size);
    } else {
        code = pt_ledger_load_edge(l, e);
        if (code == PT_OK)
            code = pt_ledger_consistency(l, old.size, now->size, &proof, e);
        if (code)
            return code;
        if (now->size == 0)
            return PT_OK; // old.size is 0 too: signed by this key, over nothing
        if (!pt_consistency_verify(old.size, &old.root, now->size, &now->root, &proof))
            code = pt_err_set(e, PT_E_CORRUPT,
                              "the ledger was rewritten: its first %" PRIu64
                              " entries are not those that were signed",
                              old.size);
    }
    if (code) {
        pt_err_at(e, "%s", l->path);
        pt_err_remedy(e, "keep a copy of the folder as evidence, and restore a backup that extends "
                         "the checkpoint");
    }
    return code;
}

pt_code pt_ledger_extends(const char *dir, const pt_vkey *key, pt_str saved, pt_err *e) {
    pt_ledger *l = NULL;
    pt_code code = pt_ledger_snapshot(&l, dir, key, e);
    if (code == PT_OK)
        code = check_extends(l, saved, e);
    pt_ledger_free(l);
    return code;
}
