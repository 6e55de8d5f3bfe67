#include "record/ledger/folder.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"

static const char temp_name[] = "new";

pt_code pt_folder_failed(pt_folder *f, const char *name, const char *call, int sys, pt_err *e) {
    f->failed = true;
    bool full = sys == ENOSPC || sys == EDQUOT;
    pt_code code = pt_err_set(e, PT_E_IO, "the ledger %s: nothing more can be recorded",
                              full ? "is full" : "cannot be written");
    if (e)
        e->sys = sys;
    pt_err_at(e, "%s/%s, %s: %s", f->path, name, call, pt_errno_text(sys));
    char safe[64];
    pt_buf b = PT_BUF(sizeof safe);
    if (f->safe)
        pt_buf_printf(&b, "entries up to %" PRIu64 " are safe", f->safe - 1);
    else
        pt_buf_putz(&b, "no entry is in it yet");
    pt_err_remedy(e, "%s; %.*s, what was to be recorded now is not in it",
                  full ? "free 1 MiB there" : "look for the disk's error in the kernel's log",
                  PT_PRI(pt_buf_str(&b)));
    pt_buf_done(&b);
    return code;
}

pt_code pt_folder_unread(const pt_folder *f, const char *name, const char *call, int sys,
                         pt_err *e) {
    pt_code code = sys == ENOENT ? pt_err_set(e, PT_E_ABSENT, "the ledger has no file %s", name)
                                 : pt_err_sys(e, sys, "the ledger cannot be read");
    pt_err_at(e, "%s/%s, %s: %s", f->path, name, call, pt_errno_text(sys));
    return code;
}

pt_code pt_folder_read(const pt_folder *f, const char *name, pt_buf *b, pt_err *e) {
    PT_AUTO(pt_fd_close)
    int fd = openat(f->fd, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    if (fd < 0)
        return pt_folder_unread(f, name, "open", errno, e);
    pt_code code = pt_fd_read_all(fd, b, e);
    if (code)
        pt_err_at(e, "%s/%s", f->path, name);
    return code;
}

pt_code pt_folder_temp(pt_folder *f, int *ret_fd, pt_err *e) {
    if (unlinkat(f->fd, temp_name, 0) != 0 && errno != ENOENT) // one that died left it
        return pt_folder_failed(f, temp_name, "unlink", errno, e);
    int fd = openat(f->fd, temp_name, O_RDWR | O_APPEND | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW,
                    0600);
    if (fd < 0)
        return pt_folder_failed(f, temp_name, "open", errno, e);
    *ret_fd = fd;
    return PT_OK;
}

void pt_folder_forget_temp(pt_folder *f) {
    unlinkat(f->fd, temp_name, 0);
}

pt_code pt_folder_write(pt_folder *f, int fd, const char *name, pt_str bytes, pt_err *e) {
    while (bytes.n) {
        int64_t n = f->io->write(f->io, fd, bytes.p, bytes.n);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return pt_folder_failed(f, name, "write", n ? errno : EIO, e);
        bytes = pt_str_sub(bytes, (size_t)n, bytes.n);
    }
    return PT_OK;
}

pt_code pt_folder_sync(pt_folder *f, int fd, const char *name, pt_err *e) {
    if (f->io->sync(f->io, fd) != 0)
        return pt_folder_failed(f, name, "fdatasync", errno, e);
    return PT_OK;
}

static pt_code add(pt_dirs *d, pt_str name, pt_err *e) {
    for (size_t i = d->list.n; i > 0; i--) // newest first: files come folder by folder
        if (pt_str_eq(d->list.v[i - 1], name))
            return PT_OK;
    pt_str copy = pt_arena_str(&d->a, name);
    pt_str *room = PT_PUSH(&d->a, &d->list);
    if (!copy.p || !room)
        return pt_err_set(e, PT_E_NOMEM, "no memory for the ledger's folders");
    *room = copy;
    return PT_OK;
}

// Make the folders on the way to `name`, and note them all.
static pt_code add_ancestors(pt_folder *f, const char *name, pt_dirs *dirs, pt_err *e) {
    pt_str path = pt_str_of(name);
    pt_code code = add(dirs, PT_STR("."), e);
    for (size_t i = 0; code == PT_OK && i < path.n; i++) {
        if (path.p[i] != '/')
            continue;
        size_t before = dirs->list.n;
        code = add(dirs, pt_str_sub(path, 0, i), e);
        if (code || dirs->list.n == before)
            continue;
        const char *made = dirs->list.v[before].p;
        if (mkdirat(f->fd, made, 0700) != 0 && errno != EEXIST)
            return pt_folder_failed(f, made, "mkdir", errno, e);
    }
    return code;
}

pt_code pt_folder_publish(pt_folder *f, int fd, const char *name, pt_dirs *dirs, pt_err *e) {
    pt_code code = add_ancestors(f, name, dirs, e);
    if (code == PT_OK)
        code = pt_folder_sync(f, fd, name, e);
    if (code == PT_OK && f->io->rename(f->io, f->fd, temp_name, name) != 0)
        code = pt_folder_failed(f, name, "rename", errno, e);
    return code;
}

pt_code pt_folder_put(pt_folder *f, const char *name, pt_str bytes, pt_dirs *dirs, pt_err *e) {
    PT_AUTO(pt_fd_close) int fd = -1;
    pt_code code = pt_folder_temp(f, &fd, e);
    if (code == PT_OK)
        code = pt_folder_write(f, fd, name, bytes, e);
    if (code == PT_OK)
        code = pt_folder_publish(f, fd, name, dirs, e);
    if (code)
        pt_folder_forget_temp(f);
    return code;
}

pt_code pt_dirs_sync(pt_dirs *d, pt_folder *f, pt_err *e) {
    pt_code code = PT_OK;
    for (size_t i = d->list.n; code == PT_OK && i > 0; i--) { // children before parents
        const char *name = d->list.v[i - 1].p;
        PT_AUTO(pt_fd_close)
        int fd = openat(f->fd, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
        code =
            fd < 0 ? pt_folder_failed(f, name, "open", errno, e) : pt_folder_sync(f, fd, name, e);
    }
    pt_dirs_done(d);
    return code;
}

void pt_dirs_done(pt_dirs *d) {
    pt_arena_done(&d->a);
    *d = (pt_dirs){0};
}
