#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"
#include "record/ledger/state.h"

static int64_t real_write(pt_ledger_io *io, int fd, const void *p, size_t n) {
    (void)io;
    return write(fd, p, n);
}

// Of a folder fdatasync may leave out a rename: ext4 notes only a changed size for it.
static int real_sync(pt_ledger_io *io, int fd) {
    (void)io;
    struct stat st;
    return fstat(fd, &st) == 0 && S_ISREG(st.st_mode) ? fdatasync(fd) : fsync(fd);
}

static int real_rename(pt_ledger_io *io, int dir, const char *from, const char *to) {
    (void)io;
    return renameat(dir, from, dir, to);
}

static int real_truncate(pt_ledger_io *io, int fd, uint64_t size) {
    (void)io;
    return ftruncate(fd, (off_t)size);
}

void pt_ledger_free(pt_ledger *l) {
    if (!l)
        return;
    pt_wipe(&l->seed, sizeof l->seed);
    pt_fd_close(&l->journal);
    pt_fd_close(&l->lock);
    pt_fd_close(&l->folder.fd);
    pt_cursor_done(&l->cursor);
    pt_buf_done(&l->pub);
    pt_buf_done(&l->note);
    pt_buf_done(&l->batch);
    free(l->path);
    free(l);
}

static pt_ledger *new_ledger(const char *dir, const pt_ledger_opts *opts) {
    pt_ledger *l = calloc(1, sizeof *l);
    char *path = strdup(dir);
    if (!l || !path) {
        free(l);
        free(path);
        return NULL;
    }
    l->path = path;
    l->real_io = (pt_ledger_io){real_write, real_sync, real_rename, real_truncate};
    l->folder = (pt_folder){.fd = -1, .path = path, .io = opts->io ? opts->io : &l->real_io};
    l->read_only = opts->read_only;
    l->lock_timeout_ms = opts->lock_timeout_ms;
    l->lock = l->journal = -1;
    return l;
}

static pt_code no_ledger(const pt_ledger *l, pt_err *e) {
    pt_code code = pt_err_set(e, PT_E_ABSENT, "there is no ledger");
    pt_err_at(e, "%s", l->path);
    return code;
}

// Who can write to the folder can replace the key's file in it.
static pt_code check_folder(const pt_ledger *l, pt_err *e) {
    struct stat st;
    if (fstat(l->folder.fd, &st) != 0)
        return pt_folder_unread(&l->folder, ".", "fstat", errno, e);
    if (!(st.st_mode & 022))
        return PT_OK;
    pt_code code = pt_err_set(e, PT_E_DENIED, "others may write to the ledger's folder (mode %04o)",
                              st.st_mode & 07777u);
    pt_err_at(e, "%s", l->path);
    pt_err_remedy(e, "chmod 700 it");
    return code;
}

static pt_code open_folder(pt_ledger *l, pt_err *e) {
    if (!l->read_only && mkdir(l->path, 0700) != 0 && errno != EEXIST)
        return pt_folder_failed(&l->folder, ".", "mkdir", errno, e);
    // The folder itself may be a link: the operator names it.
    l->folder.fd = open(l->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (l->folder.fd < 0)
        return errno == ENOENT ? no_ledger(l, e)
                               : pt_folder_unread(&l->folder, ".", "open", errno, e);
    pt_code code = l->read_only ? PT_OK : check_folder(l, e);
    if (code)
        return code;
    int how = l->read_only ? O_RDONLY : O_RDWR | O_CREAT;
    l->lock = openat(l->folder.fd, "lock", how | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (l->lock >= 0)
        return PT_OK;
    if (l->read_only && errno == ENOENT)
        return no_ledger(l, e);
    return pt_folder_unread(&l->folder, "lock", "open", errno, e);
}

static pt_code load_keys(pt_ledger *l, pt_str origin, const pt_vkey *key, pt_err *e) {
    pt_code code = l->read_only ? PT_OK : pt_ledger_make(l, origin, e);
    if (key)
        l->key = *key;
    else if (code == PT_OK)
        code = pt_ledger_load_pub(l, e);
    if (code == PT_E_ABSENT)
        return no_ledger(l, e);
    return code || l->read_only ? code : pt_ledger_load_seed(l, e);
}

typedef pt_code load_fn(pt_ledger *l, pt_ledger_recovery *ret, pt_err *e);

// Under the lock.
static pt_code load_all(pt_ledger *l, pt_ledger_recovery *ret, pt_err *e) {
    pt_code code = pt_ledger_load_checkpoint(l, e);
    if (code == PT_OK)
        code = pt_ledger_load_edge(l, e);
    if (code == PT_OK)
        code = pt_ledger_load_journal(l, e);
    if (code == PT_OK)
        code = pt_ledger_torn(l, &ret->torn_bytes, e);
    if (code == PT_OK && !l->read_only)
        code = pt_ledger_mend(l, e);
    ret->replayed = l->size - l->signed_tree.size;
    return code;
}

static pt_code load_snapshot(pt_ledger *l, pt_ledger_recovery *ret, pt_err *e) {
    (void)ret;
    pt_code code = pt_ledger_load_checkpoint(l, e);
    return code ? code : pt_ledger_load_journal(l, e);
}

static pt_code open_as(pt_ledger *l, pt_str origin, const pt_vkey *key, load_fn *load,
                       pt_ledger_recovery *ret, pt_err *e) {
    pt_code code = open_folder(l, e);
    if (code == PT_OK)
        code = pt_ledger_lock(l, e);
    if (code)
        return code;
    code = load_keys(l, origin, key, e);
    if (code == PT_OK)
        code = load(l, ret, e);
    pt_ledger_unlock(l);
    return code;
}

pt_code pt_ledger_open(pt_ledger **ret, const char *dir, const pt_ledger_opts *opts,
                       pt_ledger_recovery *ret_recovery, pt_err *e) {
    pt_ledger *l = new_ledger(dir, opts);
    if (!l)
        return pt_err_set(e, PT_E_NOMEM, "no memory for the ledger");
    pt_ledger_recovery found = {0};
    pt_code code = open_as(l, opts->origin, NULL, load_all, &found, e);
    if (code) {
        pt_ledger_free(l);
        return code;
    }
    if (ret_recovery)
        *ret_recovery = found;
    *ret = l;
    return PT_OK;
}

pt_code pt_ledger_snapshot(pt_ledger **ret, const char *dir, const pt_vkey *key, pt_err *e) {
    pt_ledger *l = new_ledger(dir, &(pt_ledger_opts){.read_only = true});
    if (!l)
        return pt_err_set(e, PT_E_NOMEM, "no memory for the ledger");
    pt_code code = open_as(l, (pt_str){0}, key, load_snapshot, NULL, e);
    if (code)
        pt_ledger_free(l);
    else
        *ret = l;
    return code;
}
