// The socket on which the daemon asks: systemd's, or one of our own.
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/fd.h"
#include "cli/guard.h"

enum {
    FIRST_FD = 3, // sd_listen_fds(3)
    BACKLOG = 1024,
};

static pt_code failed(pt_err *e, const char *path, const char *call, int sys) {
    pt_code code = pt_err_sys(e, sys, "cannot listen");
    pt_err_at(e, "%s, %s: %s", path, call, pt_errno_text(sys));
    return code;
}

// Is a descriptor handed over, and is it what it must be?
static pt_code take_activated(int *ret, pt_err *e) {
    int64_t n;
    int listens = 0;
    socklen_t size = sizeof listens;
    bool one = pt_str_int(pt_str_of(getenv("LISTEN_FDS")), 10, &n) && n == 1;
    if (!one || getsockopt(FIRST_FD, SOL_SOCKET, SO_ACCEPTCONN, &listens, &size) != 0 || !listens) {
        pt_code code = pt_err_set(e, PT_E_USAGE,
                                  "what systemd hands over is not one socket that "
                                  "listens");
        pt_err_remedy(e, "one ListenStream= in the .socket unit, Accept=no");
        return code;
    }
    if (fcntl(FIRST_FD, F_SETFD, FD_CLOEXEC) != 0)
        return failed(e, "LISTEN_FDS", "fcntl", errno);
    *ret = FIRST_FD;
    return PT_OK;
}

static bool is_activated(void) {
    int64_t pid;
    return pt_str_int(pt_str_of(getenv("LISTEN_PID")), 10, &pid) && pid == getpid();
}

// A socket that a dead process left may be replaced, one that somebody answers on may not.
static pt_code clear_way(const char *option, const struct sockaddr_un *at, pt_err *e) {
    struct stat st;
    if (lstat(at->sun_path, &st) != 0)
        return errno == ENOENT ? PT_OK : failed(e, at->sun_path, "stat", errno);
    PT_AUTO(pt_fd_close) int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    bool answers = fd >= 0 && connect(fd, (const struct sockaddr *)at, sizeof *at) == 0;
    if (answers || !S_ISSOCK(st.st_mode)) {
        pt_code code = pt_err_set(e, PT_E_USAGE, "%s",
                                  answers ? "another process listens there"
                                          : "something that is no socket is there");
        pt_err_at(e, "%s", at->sun_path);
        pt_err_remedy(e, "stop it, or name another one: --%s PATH", option);
        return code;
    }
    return unlink(at->sun_path) == 0 ? PT_OK : failed(e, at->sun_path, "unlink", errno);
}

// The folders above it, as dockerd makes them.
static pt_code make_folders(const char *path, pt_err *e) {
    char dir[sizeof((struct sockaddr_un *)0)->sun_path];
    for (size_t i = 1; path[i]; i++) {
        if (path[i] != '/')
            continue;
        memcpy(dir, path, i);
        dir[i] = '\0';
        if (mkdir(dir, 0711) != 0 && errno != EEXIST)
            return failed(e, dir, "mkdir", errno);
    }
    return PT_OK;
}

pt_code pt_guard_listen_unix(const char *option, const char *path, int *ret, pt_err *e) {
    struct sockaddr_un at = {.sun_family = AF_UNIX};
    size_t n = strlen(path);
    if (n == 0 || n >= sizeof at.sun_path)
        return pt_err_set(e, PT_E_USAGE, "--%s %s: a path of 1 to %zu bytes", option, path,
                          sizeof at.sun_path - 1);
    memcpy(at.sun_path, path, n);
    pt_code code = make_folders(path, e);
    if (!code)
        code = clear_way(option, &at, e);
    if (code)
        return code;
    PT_AUTO(pt_fd_close) int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    mode_t old = umask(0177); // for its owner alone, from the first moment on
    int rc = fd < 0 ? -1 : bind(fd, (struct sockaddr *)&at, sizeof at);
    int sys = errno;
    umask(old);
    if (rc != 0)
        return failed(e, path, "bind", sys);
    if (listen(fd, BACKLOG) != 0)
        return failed(e, path, "listen", errno);
    *ret = pt_fd_take(&fd);
    return PT_OK;
}

pt_code pt_guard_listen(const pt_args *args, int *ret, pt_err *e) {
    const char *path = pt_args_get(args, "socket");
    if (is_activated())
        return take_activated(ret, e);
    return pt_guard_listen_unix("socket", path ? path : PT_GUARD_SOCKET, ret, e);
}
