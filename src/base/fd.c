#include "base/fd.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <unistd.h>

void pt_fd_close(int *fd) {
    if (*fd >= 0)
        close(*fd);
    *fd = -1;
}

int pt_fd_take(int *fd) {
    int was = *fd;
    *fd = -1;
    return was;
}

pt_code pt_fd_read_all(int fd, pt_buf *b, pt_err *e) {
    for (;;) {
        size_t want = b->max - b->n < 65536 ? b->max - b->n : 65536;
        char one;
        // At the limit, one byte more tells "just fits" from "too large".
        char *room = want ? pt_buf_room(b, want) : &one; // cppcheck-suppress uninitvar
        if (!room)
            return pt_err_set(e, PT_E_NOMEM, "out of memory");
        ssize_t n = read(fd, room, want ? want : 1);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return pt_err_sys(e, errno, "cannot read: %s", pt_errno_text(errno));
        if (n == 0)
            return PT_OK;
        if (!want)
            return pt_err_set(e, PT_E_LIMIT, "larger than %zu bytes", b->max);
        pt_buf_took(b, (size_t)n);
    }
}

pt_code pt_fd_write_all(int fd, pt_str s, pt_err *e) {
    while (s.n) {
        ssize_t n = write(fd, s.p, s.n);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return pt_err_sys(e, n ? errno : EIO, "cannot write: %s",
                              pt_errno_text(n ? errno : EIO));
        s = pt_str_sub(s, (size_t)n, s.n);
    }
    return PT_OK;
}

// The folder of `path` as a descriptor for fsync; the name within it.
static int open_folder(const char *path, char dir[PATH_MAX]) {
    size_t cut = pt_str_rfind(pt_str_of(path), '/');
    int n = path[cut] ? snprintf(dir, PATH_MAX, "%.*s", cut ? (int)cut : 1, path)
                      : snprintf(dir, PATH_MAX, ".");
    if (n < 0 || n >= PATH_MAX) {
        errno = ENAMETOOLONG;
        return -1;
    }
    return open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

pt_code pt_file_replace(const char *path, pt_str content, unsigned mode, pt_err *e) {
    char dir[PATH_MAX];
    char temp[PATH_MAX];
    PT_AUTO(pt_fd_close) int folder = open_folder(path, dir);
    if (folder < 0)
        return pt_err_sys(e, errno, "cannot write there: %s", pt_errno_text(errno));
    int n = snprintf(temp, sizeof temp, "%s.%ld.part", path, (long)getpid());
    if (n < 0 || (size_t)n >= sizeof temp)
        return pt_err_sys(e, ENAMETOOLONG, "the path is too long");
    PT_AUTO(pt_fd_close)
    int fd = open(temp, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, mode);
    if (fd < 0)
        return pt_err_sys(e, errno, "cannot write there: %s", pt_errno_text(errno));
    pt_code code = pt_fd_write_all(fd, content, e);
    if (!code && (fsync(fd) != 0 || rename(temp, path) != 0 || fsync(folder) != 0))
        code = pt_err_sys(e, errno, "cannot write: %s", pt_errno_text(errno));
    if (code)
        unlink(temp);
    return code;
}
