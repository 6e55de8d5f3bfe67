#include <errno.h>
#include <sys/file.h>
#include <time.h>

#include "base/instant.h"
#include "record/ledger/state.h"

enum {
    TIMEOUT_MS_DEFAULT = 10 * 1000,
    NAP_NS_FIRST = 10 * 1000,
    NAP_NS_MAX = 2 * 1000 * 1000,
};

// flock follows the open description: two handles of one process exclude each other too. It has no
// timeout, and a library cannot use signals for one, hence the naps.
pt_code pt_ledger_lock(pt_ledger *l, pt_err *e) {
    int how = (l->read_only ? LOCK_SH : LOCK_EX) | LOCK_NB;
    uint32_t ms = l->lock_timeout_ms ? l->lock_timeout_ms : TIMEOUT_MS_DEFAULT;
    int64_t until = 0;
    long nap = NAP_NS_FIRST;
    while (flock(l->lock, how) != 0) {
        if (errno != EWOULDBLOCK && errno != EINTR)
            return pt_folder_failed(&l->folder, "lock", "flock", errno, e);
        int64_t now = pt_monotonic_ns();
        if (until == 0)
            until = now + (int64_t)ms * 1000000;
        if (now >= until) {
            pt_code code = pt_err_set(e, PT_E_TIMEOUT, "another process holds the ledger's lock");
            pt_err_at(e, "%s/lock, flock: no answer in %u ms", l->path, ms);
            pt_err_remedy(e, "find it with: fuser %s/lock", l->path);
            return code;
        }
        nanosleep(&(struct timespec){.tv_nsec = nap}, NULL);
        nap = nap * 2 < NAP_NS_MAX ? nap * 2 : NAP_NS_MAX;
    }
    return PT_OK;
}

void pt_ledger_unlock(pt_ledger *l) {
    flock(l->lock, LOCK_UN);
}
