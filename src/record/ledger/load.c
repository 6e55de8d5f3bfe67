// Reading the state of a ledger: checkpoint, edge, journal. Nothing here writes.
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"
#include "record/ledger/state.h"

static const char rollback_remedy[] =
    "nothing was written: keep a copy of the folder, compare it with a checkpoint kept elsewhere, "
    "and restore the newest backup or begin a new ledger";

static pt_code rollback(const pt_ledger *l, const char *name, pt_err *e) {
    pt_err_at(e, "%s/%s", l->path, name);
    pt_err_remedy(e, "%s", rollback_remedy);
    return PT_E_CORRUPT;
}

// A newer checkpoint must extend the one that this handle saw before.
static pt_code check_extends(pt_ledger *l, const pt_checkpoint *before, pt_err *e) {
    pt_hash256 root;
    if (before->size > l->signed_tree.size) {
        pt_err_set(e, PT_E_CORRUPT,
                   "the ledger was rolled back: %" PRIu64 " entries were signed, now %" PRIu64,
                   before->size, l->signed_tree.size);
        return rollback(l, "checkpoint", e);
    }
    if (before->size == 0)
        return PT_OK;
    pt_code code =
        pt_tree_range((pt_tree){&l->folder, l->signed_tree.size}, 0, before->size, &root, e);
    if (code || pt_equal_ct(&root, &before->root, sizeof root))
        return code;
    pt_err_set(e, PT_E_CORRUPT,
               "the ledger was rewritten: its first %" PRIu64
               " entries are not those that were signed",
               before->size);
    return rollback(l, "checkpoint", e);
}

pt_code pt_ledger_load_checkpoint(pt_ledger *l, pt_err *e) {
    pt_checkpoint before = l->signed_tree;
    l->note.max = PT_NOTE_BYTES_MAX;
    pt_buf_clear(&l->note);
    l->signed_tree = (pt_checkpoint){0};
    pt_code code = pt_folder_read(&l->folder, "checkpoint", &l->note, e);
    if (code == PT_OK)
        code = pt_checkpoint_open(pt_buf_str(&l->note), &l->key, &l->signed_tree, &l->witnesses, e);
    else if (code == PT_E_ABSENT)
        return check_extends(l, &before, e);
    else
        return code;
    if (code == PT_OK)
        return check_extends(l, &before, e);
    if (code == PT_E_FORMAT && e)
        e->code = PT_E_CORRUPT;
    pt_err_at(e, "%s/checkpoint", l->path);
    pt_err_remedy(e, "restore it from a backup of the folder, or give the key that signed it");
    return code == PT_E_FORMAT ? PT_E_CORRUPT : code;
}

pt_code pt_ledger_load_edge(pt_ledger *l, pt_err *e) {
    uint64_t size = l->signed_tree.size;
    if (size == 0) {
        l->edge = (pt_merkle_edge){0};
        return PT_OK;
    }
    pt_merkle_edge edge = {.size = size};
    for (unsigned height = 0; height < 64; height++) {
        if (!(size >> height & 1))
            continue;
        pt_code code = pt_tree_perfect((pt_tree){&l->folder, size}, height, (size >> height) - 1,
                                       &edge.at[height], e);
        if (code)
            return code;
    }
    pt_hash256 root = pt_merkle_root(&edge);
    if (pt_equal_ct(&root, &l->signed_tree.root, sizeof root)) {
        l->edge = edge;
        return PT_OK;
    }
    pt_err_set(e, PT_E_CORRUPT, "the ledger's tiles and its checkpoint contradict each other");
    return rollback(l, "checkpoint", e);
}

// The trimmed journal always keeps the last signed entry: so its first sequence is below the
// signed size, and a checkpoint that was put back from before the last one is noticed.
static pt_code check_span(const pt_ledger *l, bool any, pt_err *e) {
    uint64_t covered = l->signed_tree.size;
    if (!any && covered == 0 && !pt_tile_beyond(&l->folder, 0))
        return PT_OK;
    const char *name = "journal";
    if (!any)
        pt_err_set(e, PT_E_CORRUPT,
                   "the ledger's journal is empty or damaged, although "
                   "entries were recorded");
    else if (l->first >= covered && l->first > 0) {
        pt_err_set(e, PT_E_CORRUPT,
                   "the ledger was rolled back: the checkpoint covers %" PRIu64
                   " entries, but one over %" PRIu64 " was signed",
                   covered, l->first + 1);
        name = "checkpoint";
    } else if (l->size < covered)
        pt_err_set(e, PT_E_CORRUPT,
                   "the ledger was rolled back: %" PRIu64 " entries were signed, the "
                   "journal ends after %" PRIu64,
                   covered, l->size);
    else if (pt_tile_beyond(&l->folder, l->size)) {
        pt_err_set(e, PT_E_CORRUPT,
                   "the ledger was rolled back: its tiles hold more than its %" PRIu64 " entries",
                   l->size);
        name = "tile";
    } else
        return PT_OK;
    return rollback(l, name, e);
}

static pt_code open_journal(pt_ledger *l, uint64_t *ret_bytes, pt_err *e) {
    int how = l->read_only ? O_RDONLY : O_RDWR | O_APPEND;
    int fd = openat(l->folder.fd, "journal", how | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    struct stat st;
    if (fd < 0 && errno == ENOENT) {
        pt_err_set(e, PT_E_CORRUPT, "the ledger's journal is gone");
        return rollback(l, "journal", e);
    }
    if (fd < 0)
        return pt_folder_unread(&l->folder, "journal", "open", errno, e);
    pt_fd_close(&l->journal);
    l->journal = fd;
    if (fstat(fd, &st) != 0)
        return pt_folder_unread(&l->folder, "journal", "fstat", errno, e);
    *ret_bytes = (uint64_t)st.st_size;
    return PT_OK;
}

pt_code pt_ledger_load_journal(pt_ledger *l, pt_err *e) {
    uint64_t bytes = 0;
    pt_code code = open_journal(l, &bytes, e);
    if (code)
        return code;
    pt_record r;
    bool more = true;
    bool any = false;
    l->first = l->size = 0;
    pt_cursor_start(&l->cursor, l->journal, 0, bytes, PT_SEQUENCE_ANY);
    while (code == PT_OK && more) {
        code = pt_cursor_next(&l->cursor, &r, &more, e);
        if (code || !more)
            break;
        if (!any)
            l->first = r.sequence;
        any = true;
        l->size = r.sequence + 1;
    }
    if (code) {
        pt_err_at(e, "%s", l->path);
        return code;
    }
    l->end = l->cursor.at;
    return check_span(l, any, e);
}

pt_code pt_ledger_torn(pt_ledger *l, uint64_t *ret, pt_err *e) {
    struct stat st;
    if (fstat(l->journal, &st) != 0)
        return pt_folder_unread(&l->folder, "journal", "fstat", errno, e);
    *ret = (uint64_t)st.st_size > l->end ? (uint64_t)st.st_size - l->end : 0;
    return PT_OK;
}
