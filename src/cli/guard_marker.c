// Did the guard before this one end by itself, with all its receipts kept? A file in the state
// folder says so. Its words have one length, so that the end can be written when the disk is full.
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "base/fd.h"
#include "cli/guard.h"

#define RUNS  "runs \n"
#define ENDED "ended\n"
static_assert(sizeof RUNS == sizeof ENDED, "one takes the other's place");

static const char *before_of(const char *text, size_t n) {
    if (n == 0)
        return "none ran before it";
    if (n == sizeof ENDED - 1 && memcmp(text, ENDED, n) == 0)
        return "the guard before it ended by itself";
    return "the guard before it did not end by itself: receipts may be missing";
}

pt_code pt_guard_marker_begin(pt_str state, const char *name, int *ret_fd, const char **ret_before,
                              pt_err *e) {
    PT_AUTO(pt_arena_done) pt_arena a = {0};
    pt_str path = pt_arena_printf(&a, "%.*s/%s", PT_PRI(state), name);
    if (!path.p)
        return pt_err_set(e, PT_E_NOMEM, "out of memory");
    PT_AUTO(pt_fd_close) int fd = open(path.p, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0) {
        pt_code code = pt_err_sys(e, errno, "cannot open %s: %s", path.p, pt_errno_text(errno));
        return code;
    }
    if (flock(fd, LOCK_EX | LOCK_NB) != 0) { // that one's end is not ours
        *ret_before = "another one runs with this ledger";
        *ret_fd = -1;
        return PT_OK;
    }
    char text[16];
    ssize_t n = pread(fd, text, sizeof text, 0);
    *ret_before = before_of(text, n > 0 ? (size_t)n : 0);
    PT_IGNORE(pwrite(fd, RUNS, sizeof RUNS - 1, 0) < 0); // what is left unwritten is no "ended"
    PT_IGNORE(fdatasync(fd) != 0);
    *ret_fd = pt_fd_take(&fd);
    return PT_OK;
}

void pt_guard_marker_end(int fd) {
    if (fd >= 0)
        PT_IGNORE(pwrite(fd, ENDED, sizeof ENDED - 1, 0) < 0); // then it says "runs": the safe side
}
