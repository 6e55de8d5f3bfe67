// A new index in the place of the old one, which is kept; and whether it may take it.
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/instant.h"
#include "cli/db.h"
#include "cli/db_verbs.h"

static pt_str made_of(const pt_index *x, pt_arena *a) {
    return pt_text(pt_getz(pt_index_about(x, a), "made"));
}

static pt_time_ns time_of(const pt_index *x, pt_arena *a) {
    pt_time_ns made = 0;
    PT_IGNORE(pt_time_parse(made_of(x, a), &made)); // else 1970
    return made;
}

// One that is older takes back what is known; somebody may want us to.
pt_code pt_db_compare(const pt_index *x, pt_str path, bool older, bool *ret_same, pt_err *e) {
    PT_AUTO(pt_arena_done) pt_arena a = {0};
    pt_index *here = NULL;
    pt_code code = PT_OK;
    *ret_same = false;
    if (pt_index_open(path.p, &here, NULL))
        return PT_OK; // there is none that could be kept
    pt_hash256 own = pt_index_digest(here);
    pt_hash256 its = pt_index_digest(x);
    *ret_same = pt_equal_ct(&own, &its, sizeof own);
    // One from the future that is here would keep all others out for ever.
    if (!*ret_same && !older && pt_db_age_s(here) >= 0 && time_of(x, &a) < time_of(here, &a)) {
        code = pt_err_set(e, PT_E_CONFLICT, "it is older than the index that is here");
        pt_err_at(e, "%.*s: made %.*s, here %.*s", PT_PRI(path), PT_PRI(made_of(x, &a)),
                  PT_PRI(made_of(here, &a)));
        pt_err_remedy(e, "take it all the same: --older");
    }
    pt_index_close(here);
    return code;
}

static pt_code failed(pt_err *e, pt_str path) {
    pt_code code = pt_err_sys(e, errno, "cannot be replaced: %s", pt_errno_text(errno));
    pt_err_at(e, "%.*s", PT_PRI(path));
    return code;
}

// Both at once where the file system can, so that there always is an index.
static bool exchange(pt_str fresh, pt_str path, pt_str old) {
    if (renameat2(AT_FDCWD, fresh.p, AT_FDCWD, path.p, RENAME_EXCHANGE) == 0)
        return rename(fresh.p, old.p) == 0;
    if (errno != EINVAL && errno != ENOSYS)
        return false;
    return rename(path.p, old.p) == 0 && rename(fresh.p, path.p) == 0;
}

// One that is not there leaves none of an earlier one behind.
static bool move(pt_str from, pt_str to) {
    if (rename(from.p, to.p) == 0)
        return true;
    return errno == ENOENT && (unlink(to.p) == 0 || errno == ENOENT);
}

pt_code pt_db_swap(pt_arena *a, pt_str fresh, pt_str path, pt_err *e) {
    pt_str old = pt_arena_printf(a, "%.*s.old", PT_PRI(path));
    pt_str old_sig = pt_arena_printf(a, "%.*s.old.sig", PT_PRI(path));
    pt_str sig = pt_arena_printf(a, "%.*s.sig", PT_PRI(path));
    pt_str fresh_sig = pt_arena_printf(a, "%.*s.sig", PT_PRI(fresh));
    size_t slash = pt_str_rfind(path, '/');
    pt_str folder = slash < path.n ? pt_arena_str(a, pt_str_sub(path, 0, slash + 1)) : PT_STR(".");
    if (!old.p || !old_sig.p || !sig.p || !fresh_sig.p || !folder.p)
        return pt_err_set(e, PT_E_NOMEM, "out of memory");
    bool there = access(path.p, F_OK) == 0;
    // The signature goes first: an index without one is refused by who asks for it, one beside
    // another's is, too.
    if (there && !move(sig, old_sig))
        return failed(e, sig);
    if (there ? !exchange(fresh, path, old) : rename(fresh.p, path.p) != 0)
        return failed(e, path);
    if (!move(fresh_sig, sig))
        return failed(e, sig);
    PT_AUTO(pt_fd_close) int fd = open(folder.p, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    return fd >= 0 && fsync(fd) == 0 ? PT_OK : failed(e, path);
}
