// Paths within an image, as a process in its container follows them.
#include "judge/image/hardening_impl.h"

enum {
    LINKS_MAX = 40, // as the kernel counts
    PARTS_MAX = 4096,
    PATH_BYTES_MAX = 4096,
};

bool pt_hardening_leads(const pt_hardening *x, pt_str path, pt_str *ret, const pt_file **ret_file) {
    PT_AUTO(pt_buf_done) pt_buf at = PT_BUF(PATH_BYTES_MAX);
    const pt_file *found = NULL;
    pt_str part;
    unsigned links = 0;
    for (unsigned parts = 0; pt_str_split(&path, '/', &part); parts++) {
        size_t before = at.n;
        const pt_file *f = pt_files_step(x->f->files, &at, part);
        found = f ? f : part.n ? NULL : found;
        if (at.full || parts > PARTS_MAX || links > LINKS_MAX)
            return false;
        if (!f || !S_ISLNK(f->mode))
            continue;
        at.n = pt_str_starts(f->link, PT_STR("/")) ? 0 : before;
        path = path.n ? pt_arena_printf(x->a, "%.*s/%.*s", PT_PRI(f->link), PT_PRI(path)) : f->link;
        links++;
    }
    *ret = pt_arena_str(x->a, pt_buf_str(&at));
    *ret_file = found && !S_ISLNK(found->mode) ? found : NULL;
    return true;
}

const pt_file *pt_hardening_find(const pt_hardening *x, pt_str path) {
    const pt_file *found = NULL;
    pt_str real;
    return pt_hardening_leads(x, path, &real, &found) ? found : NULL;
}

bool pt_hardening_may_write(const pt_hardening *x, const pt_file *f) {
    if (S_ISLNK(f->mode))
        return false;
    bool own = x->uid > 0 && f->uid == x->uid && f->mode & S_IWUSR;
    bool of_group = x->uid > 0 && x->gid >= 0 && f->gid == x->gid && f->mode & S_IWGRP;
    return f->mode & S_IWOTH || own || of_group;
}
