// The kernel knows where a path ended, not how it was asked for; rules name files by the latter,
// also in later events of the descriptor. So the name of an open is remembered by process and
// number, and holds as long as device and inode are the same.
#include <stdlib.h>
#include <string.h>

#include "collect/runtime/state_impl.h"

#define FORKS_MAX 8 // a descriptor is inherited from an ancestor no farther than this

typedef struct named {
    uint64_t dev, ino;
    pt_str name;
    char *bytes; // of the name
} named;

static void drop(void *entry) {
    free(((named *)entry)->bytes);
}

pt_recent *pt_opened_new(void) {
    return pt_recent_new(PT_OPENED_MAX, sizeof(named), drop);
}

void pt_opened_put(pt_recent *opened, uint32_t pid, const pt_file_ref *f) {
    if (f->number < 0 || !f->ino)
        return;
    named *x = pt_recent_of(opened, pid, (uint64_t)f->number);
    if (x->dev == f->dev && x->ino == f->ino && pt_str_eq(x->name, f->name))
        return;
    char *bytes = f->name.n ? malloc(f->name.n) : NULL;
    if (bytes)
        memcpy(bytes, f->name.p, f->name.n);
    free(x->bytes);
    *x = (named){f->dev, f->ino, {bytes, bytes ? f->name.n : 0}, bytes};
}

pt_str pt_opened_find(pt_recent *opened, const pt_process *p, const pt_file_ref *f) {
    for (int i = 0; p && f->ino && i < FORKS_MAX; i++, p = p->parent) {
        const named *x = pt_recent_find(opened, p->pid, (uint64_t)f->number);
        if (x)
            return x->dev == f->dev && x->ino == f->ino ? x->name : (pt_str){0};
    }
    return (pt_str){0};
}
