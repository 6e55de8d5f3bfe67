#include "collect/world.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/fd.h"

// openat2 keeps every symbolic link below the root (RESOLVE_IN_ROOT): a hostile disk cannot lead
// an audit of it to this machine's files.
static int real_open(pt_world *w, const char *path, int flags) {
    const pt_real_world *real = (const pt_real_world *)w;
    struct open_how how = {
        .flags = (uint64_t)(unsigned)flags | O_CLOEXEC,
        .resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS,
    };
    long fd = syscall(SYS_openat2, real->root, path, &how, sizeof how);
    return fd < 0 ? -errno : (int)fd;
}

static pt_time_ns real_now(pt_world *w) {
    (void)w;
    return pt_now();
}

static int real_clock(pt_world *w, struct timex *ret) {
    (void)w;
    *ret = (struct timex){0}; // no modes: only read
    int state = adjtimex(ret);
    return state < 0 ? -errno : state;
}

pt_code pt_real_world_open(pt_real_world *w, const char *root, pt_err *e) {
    int fd = open(root, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) {
        pt_code code = pt_err_sys(e, errno, "cannot look below this root");
        pt_err_at(e, "%s, open: %s", root, pt_errno_text(errno));
        pt_err_remedy(e, "name a folder that holds a whole system, such as a mounted disk");
        return code;
    }
    *w = (pt_real_world){
        .world = {.open = real_open,
                  .now = real_now,
                  .clock = real_clock,
                  .live = strcmp(root, "/") == 0},
        .root = fd,
    };
    return PT_OK;
}

void pt_real_world_done(pt_real_world *w) {
    pt_fd_close(&w->root);
}
