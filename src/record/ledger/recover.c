// Mending after a crash, and keeping up with other processes. Under the lock.
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"
#include "record/ledger/state.h"

enum {
    COPY_BYTES = 1 << 20,
};

static void all_durable(pt_ledger *l) {
    l->durable = l->folder.safe = l->size;
}

// Copy the records from sequence `from` on to `fd`.
static pt_code copy_records(pt_ledger *l, int fd, uint64_t from, uint64_t *ret_bytes, pt_err *e) {
    pt_buf *b = &l->batch;
    b->max = COPY_BYTES + PT_RECORD_BYTES_MAX;
    pt_buf_clear(b);
    pt_cursor_start(&l->cursor, l->journal, 0, l->end, PT_SEQUENCE_ANY);
    *ret_bytes = 0;
    for (bool more = true; more;) {
        pt_record r;
        pt_code code = pt_cursor_next(&l->cursor, &r, &more, e);
        if (code)
            return code;
        if (more && r.sequence >= from)
            pt_buf_put(b, (pt_str){r.entry.p - PT_RECORD_HEAD, r.bytes});
        if (b->full)
            return pt_err_set(e, PT_E_NOMEM, "no memory for the ledger's journal");
        if (more && b->n < COPY_BYTES)
            continue;
        *ret_bytes += b->n;
        code = pt_folder_write(&l->folder, fd, "journal", pt_buf_str(b), e);
        if (code)
            return code;
        pt_buf_clear(b);
    }
    return PT_OK;
}

pt_code pt_ledger_trim(pt_ledger *l, pt_err *e) {
    uint64_t from = l->signed_tree.size ? l->signed_tree.size - 1 : 0;
    uint64_t bytes = 0;
    pt_dirs dirs = {0};
    PT_AUTO(pt_fd_close) int fd = -1;
    pt_code code = pt_folder_temp(&l->folder, &fd, e);
    if (code == PT_OK)
        code = copy_records(l, fd, from, &bytes, e);
    if (code == PT_OK)
        code = pt_folder_publish(&l->folder, fd, "journal", &dirs, e);
    if (code)
        pt_folder_forget_temp(&l->folder);
    else
        code = pt_dirs_sync(&dirs, &l->folder, e);
    pt_dirs_done(&dirs);
    if (code) // the name may be the new file's and not durable: this handle must not go on
        return l->folder.failed = true, code;
    pt_fd_close(&l->journal);
    l->journal = pt_fd_take(&fd);
    l->first = from;
    l->end = bytes;
    all_durable(l);
    return PT_OK;
}

// A process may have died between renaming and flushing the folder. What is acknowledged in a file
// relies on its name.
static pt_code sync_names(pt_ledger *l, pt_err *e) {
    return pt_folder_sync(&l->folder, l->folder.fd, ".", e);
}

// Entries above the checkpoint are written anew rather than trusted: after a failed flush the page
// cache shows bytes that the disk never got, and a second flush of them succeeds (USENIX ATC 2020).
pt_code pt_ledger_mend(pt_ledger *l, pt_err *e) {
    uint64_t torn = 0;
    uint64_t covered = l->signed_tree.size;
    pt_code code = pt_ledger_torn(l, &torn, e);
    if (code == PT_OK)
        code = sync_names(l, e);
    if (code)
        return code;
    bool untrimmed = l->first + 1 < covered;
    if (untrimmed)
        pt_tile_tidy(&l->folder, l->first, covered);
    if (untrimmed || torn || l->size > covered)
        return pt_ledger_trim(l, e);
    all_durable(l);
    return PT_OK;
}

// A writer that died within its write left a torn end; nothing may be appended behind it.
static pt_code cut_torn(pt_ledger *l, pt_err *e) {
    uint64_t torn = 0;
    pt_code code = pt_ledger_torn(l, &torn, e);
    if (code == PT_OK && torn && l->folder.io->truncate(l->folder.io, l->journal, l->end) != 0)
        code = pt_folder_failed(&l->folder, "journal", "ftruncate", errno, e);
    return code;
}

static pt_code walk_new(pt_ledger *l, uint64_t bytes, pt_err *e) {
    pt_record r;
    pt_code code = PT_OK;
    pt_cursor_start(&l->cursor, l->journal, l->end, bytes, l->size);
    for (bool more = true; code == PT_OK && more;)
        code = pt_cursor_next(&l->cursor, &r, &more, e);
    l->end = l->cursor.at;
    l->size = l->cursor.want;
    if (code)
        pt_err_at(e, "%s", l->path);
    return code;
}

static pt_code shrunk(const pt_ledger *l, uint64_t before, pt_err *e) {
    pt_code code = pt_err_set(e, PT_E_CORRUPT,
                              "the ledger was rolled back while open: it had %" PRIu64
                              " entries, now it has %" PRIu64,
                              before, l->size);
    pt_err_at(e, "%s/journal", l->path);
    pt_err_remedy(e, "something else than Paratia writes there: find it, and restore a backup");
    return code;
}

static pt_code load_again(pt_ledger *l, pt_err *e) {
    uint64_t before = l->size;
    pt_code code = pt_ledger_load_checkpoint(l, e);
    if (code == PT_OK)
        code = pt_ledger_load_edge(l, e);
    if (code == PT_OK)
        code = pt_ledger_load_journal(l, e);
    if (code == PT_OK && l->size < before)
        code = shrunk(l, before, e);
    if (code == PT_OK)
        code = sync_names(l, e);
    if (code == PT_OK)
        l->durable = l->folder.safe = l->signed_tree.size;
    return code;
}

static pt_code see_others(pt_ledger *l, pt_err *e) {
    struct stat name;
    struct stat mine;
    if (fstatat(l->folder.fd, "journal", &name, AT_SYMLINK_NOFOLLOW) != 0 ||
        fstat(l->journal, &mine) != 0)
        return pt_folder_unread(&l->folder, "journal", "stat", errno, e);
    // The inode number of a file that is open here cannot be given to another.
    if (name.st_ino != mine.st_ino || name.st_dev != mine.st_dev) {
        pt_code code = load_again(l, e);
        return code ? code : cut_torn(l, e);
    }
    uint64_t bytes = (uint64_t)mine.st_size;
    if (bytes == l->end)
        return PT_OK;
    if (bytes < l->end)
        return shrunk(l, l->size, e);
    pt_code code = walk_new(l, bytes, e);
    return code ? code : cut_torn(l, e);
}

pt_code pt_ledger_catch_up(pt_ledger *l, pt_err *e) {
    pt_code code = see_others(l, e);
    if (code)
        l->folder.failed = true;
    return code;
}
