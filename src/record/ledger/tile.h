// Tiles and entry bundles as C2SP tlog-tiles lays them out. Private to the ledger.
//   tile/L/N       256 hashes of level L (0: leaves; above it, roots of full tiles below)
//   tile/entries/N 256 entries, each  u16 length big-endian | bytes
//   …/N.p/W        the same with only W, 1 <= W < 256
#pragma once

#include "base/arena.h"
#include "record/ledger/folder.h"
#include "record/ledger/merkle.h"

#define PT_TILE_WIDTH    256u
#define PT_TILE_LEVELS   8u             // 256^8 is more than any size
#define PT_TILE_ENTRIES  PT_TILE_LEVELS // "level" of the entry bundles
#define PT_BUNDLE_MAX    ((size_t)PT_TILE_WIDTH * (2 + PT_LEDGER_ENTRY_BYTES_MAX))
#define PT_TILE_PATH_MAX 64u

typedef struct pt_tile_id {
    unsigned level; // or PT_TILE_ENTRIES
    uint64_t n;
    unsigned width; // 1..PT_TILE_WIDTH
} pt_tile_id;

typedef struct pt_tile_path {
    char z[PT_TILE_PATH_MAX];
} pt_tile_path;
pt_tile_path pt_tile_path_of(pt_tile_id id);

unsigned pt_tile_width(unsigned level, uint64_t n, uint64_t size);

// Replace *b by the tile's bytes; b->max is PT_BUNDLE_MAX. A wider one serves too: another process
// may have grown the tree and removed the narrower. *ret_exact (may be NULL): it was not wider.
// PT_E_CORRUPT: missing, or not as long as its width says.
PT_CHECK pt_code pt_tile_read(const pt_folder *f, pt_tile_id id, pt_buf *b, bool *ret_exact,
                              pt_err *e);

// Take the next entry of a bundle. False: *rest is cut within it, or empty.
bool pt_bundle_next(pt_str *rest, pt_str *ret);
void pt_bundle_put(pt_buf *b, pt_str entry);

// The root of the perfect subtree of 2^height leaves that begins at leaf index << height, all of
// which the tiles of a tree of `size` cover.
typedef struct pt_tree {
    const pt_folder *folder;
    uint64_t size;
} pt_tree;
PT_CHECK pt_code pt_tree_perfect(pt_tree t, unsigned height, uint64_t index, pt_hash256 *ret,
                                 pt_err *e);
// The Merkle tree hash of the leaves [from, to), from < to <= size, aligned as RFC 6962 splits.
PT_CHECK pt_code pt_tree_range(pt_tree t, uint64_t from, uint64_t to, pt_hash256 *ret, pt_err *e);

// Is there a level-0 tile that holds more than `size` leaves?
bool pt_tile_beyond(const pt_folder *f, uint64_t size);

// Remove the partial tiles of every level that a tree of `to` leaves no longer needs and one that
// grew from `from` to it may have left. What cannot be removed only takes room.
void pt_tile_tidy(const pt_folder *f, uint64_t from, uint64_t to);

// A growing tree, tile by tile. `emit` gets every tile that is full, and at the end the partial
// ones: hashes only.
typedef struct pt_tiler {
    uint64_t size, start;
    pt_merkle_edge edge;
    pt_hash256 (*level)[PT_TILE_WIDTH]; // PT_TILE_LEVELS of them
    pt_code (*emit)(void *arg, pt_tile_id id, const pt_hash256 *hashes, pt_err *e);
    void *arg;
} pt_tiler;
PT_CHECK pt_code pt_tiler_init(pt_tiler *t, pt_arena *a, pt_err *e);
PT_CHECK pt_code pt_tiler_add(pt_tiler *t, const pt_hash256 *leaf, pt_err *e);
PT_CHECK pt_code pt_tiler_end(pt_tiler *t, pt_err *e);
// Go on from the tree of `size` whose edge and tiles are on disk.
PT_CHECK pt_code pt_tiler_resume(pt_tiler *t, const pt_folder *f, const pt_merkle_edge *edge,
                                 pt_err *e);
