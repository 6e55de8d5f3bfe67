// Tiles, then the signed checkpoint, then the trimmed journal: each durable before the next.
#include <inttypes.h>
#include <string.h>

#include "record/ledger/state.h"

typedef struct builder {
    pt_ledger *l;
    pt_dirs dirs;
    pt_tiler tiler;
    pt_buf bundle;
    pt_arena a;
} builder;

static pt_code put_tile(void *arg, pt_tile_id id, const pt_hash256 *hashes, pt_err *e) {
    builder *b = arg;
    pt_str bytes = {(const char *)hashes, id.width * sizeof *hashes};
    return pt_folder_put(&b->l->folder, pt_tile_path_of(id).z, bytes, &b->dirs, e);
}

static pt_code put_bundle(builder *b, pt_err *e) {
    uint64_t n = (b->tiler.size - 1) / PT_TILE_WIDTH;
    pt_tile_id id = {PT_TILE_ENTRIES, n, pt_tile_width(PT_TILE_ENTRIES, n, b->tiler.size)};
    pt_code code =
        pt_folder_put(&b->l->folder, pt_tile_path_of(id).z, pt_buf_str(&b->bundle), &b->dirs, e);
    pt_buf_clear(&b->bundle);
    return code;
}

// The partial bundle that grows now. Its entries must be those that were signed: what is changed
// on disk must not be copied on as if it were ours.
static pt_code resume_bundle(builder *b, pt_err *e) {
    uint64_t size = b->tiler.size;
    pt_tile_id id = {PT_TILE_ENTRIES, size / PT_TILE_WIDTH, (unsigned)(size % PT_TILE_WIDTH)};
    if (id.width == 0)
        return PT_OK;
    pt_buf old = PT_BUF(PT_BUNDLE_MAX);
    pt_code code = pt_tile_read(&b->l->folder, id, &old, NULL, e);
    pt_str rest = pt_buf_str(&old);
    for (unsigned i = 0; code == PT_OK && i < id.width; i++) {
        pt_str entry = {0};
        bool whole = pt_bundle_next(&rest, &entry);
        pt_hash256 leaf = pt_merkle_leaf(entry);
        if (whole && pt_equal_ct(&leaf, &b->tiler.level[0][i], sizeof leaf))
            pt_bundle_put(&b->bundle, entry);
        else {
            code = pt_err_set(e, PT_E_CORRUPT, "the ledger's entry %" PRIu64 " was changed",
                              id.n * PT_TILE_WIDTH + i);
            pt_err_at(e, "%s/%s", b->l->path, pt_tile_path_of(id).z);
        }
    }
    pt_buf_done(&old);
    return code;
}

static pt_code add_record(builder *b, const pt_record *r, pt_err *e) {
    pt_bundle_put(&b->bundle, r->entry);
    if (b->bundle.full)
        return pt_err_set(e, PT_E_NOMEM, "no memory for the ledger's tiles");
    pt_hash256 leaf = pt_merkle_leaf(r->entry);
    pt_code code = pt_tiler_add(&b->tiler, &leaf, e);
    if (code == PT_OK && b->tiler.size % PT_TILE_WIDTH == 0)
        code = put_bundle(b, e);
    return code;
}

static pt_code write_tiles(builder *b, pt_err *e) {
    pt_ledger *l = b->l;
    pt_code code = pt_tiler_init(&b->tiler, &b->a, e);
    if (code == PT_OK)
        code = pt_tiler_resume(&b->tiler, &l->folder, &l->edge, e);
    if (code == PT_OK)
        code = resume_bundle(b, e);
    pt_cursor_start(&l->cursor, l->journal, 0, l->end, l->first);
    for (bool more = true; code == PT_OK && more;) {
        pt_record r;
        code = pt_cursor_next(&l->cursor, &r, &more, e);
        if (code == PT_OK && more && r.sequence >= l->signed_tree.size)
            code = add_record(b, &r, e);
    }
    if (code == PT_OK && b->tiler.size % PT_TILE_WIDTH)
        code = put_bundle(b, e);
    if (code == PT_OK)
        code = pt_tiler_end(&b->tiler, e);
    if (code == PT_OK)
        code = pt_dirs_sync(&b->dirs, &l->folder, e);
    pt_assert(code || b->tiler.size == l->size);
    return code;
}

static pt_code publish(builder *b, pt_err *e) {
    pt_ledger *l = b->l;
    pt_checkpoint c = {l->key.name, l->size, pt_merkle_root(&b->tiler.edge)};
    pt_buf note = PT_BUF(PT_NOTE_BYTES_MAX);
    pt_code code = pt_checkpoint_sign(&note, &c, &l->key, &l->seed, e);
    if (code == PT_OK)
        code = pt_folder_put(&l->folder, "checkpoint", pt_buf_str(&note), &b->dirs, e);
    if (code == PT_OK)
        code = pt_dirs_sync(&b->dirs, &l->folder, e);
    if (code) {
        pt_buf_done(&note);
        return code;
    }
    pt_buf_done(&l->note);
    l->note = note;
    l->signed_tree = c;
    l->edge = b->tiler.edge;
    l->witnesses = 0;
    return PT_OK;
}

static pt_code sign_all(pt_ledger *l, pt_err *e) {
    uint64_t before = l->signed_tree.size;
    builder b = {.l = l, .bundle = PT_BUF(PT_BUNDLE_MAX)};
    b.tiler.emit = put_tile;
    b.tiler.arg = &b;
    pt_code code =
        pt_folder_sync(&l->folder, l->journal, "journal", e); // never sign what may vanish
    if (code == PT_OK) {
        l->durable = l->folder.safe = l->size;
        code = write_tiles(&b, e);
    }
    if (code == PT_OK)
        code = publish(&b, e);
    pt_dirs_done(&b.dirs);
    pt_buf_done(&b.bundle);
    pt_arena_done(&b.a);
    if (code)
        return code;
    pt_tile_tidy(&l->folder, before,
                 l->size); // before the trim, so that recovery knows to repeat it
    return pt_ledger_trim(l, e);
}

pt_code pt_ledger_checkpoint(pt_ledger *l, pt_err *e) {
    pt_code code = pt_ledger_writable(l, e);
    if (code == PT_OK)
        code = pt_ledger_lock(l, e);
    if (code)
        return code;
    code = pt_ledger_catch_up(l, e);
    if (code == PT_OK && l->size > l->signed_tree.size)
        code = sign_all(l, e);
    pt_ledger_unlock(l);
    return code;
}
