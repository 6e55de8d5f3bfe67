// How much of a program is held in memory. Of most of a large one nobody here reads anything, and
// where what is read stands may be said only behind it. So only what is likely to be read is held,
// and if that says that more is, the layer's stream goes back to where the program begins.
#include <sys/mman.h>

#include "collect/image/image.h"
#include "collect/image/limits.h"
#include "collect/image/look_rows.h"
#include "collect/image/walk.h"
#include "collect/packages/binary/code.h"

enum {
    PROGRAM_FRONT = 4096, // where the table of its segments stands
    PART_MIN = 256 << 10, // less is read on
    PAGE = 4096,
    BY_PARTS_MIN = 16 << 20, // a smaller one is held but for its code
    TIMES_MAX = 4,           // that it is gone through, before all of it is held
};

// Go on to `to`: whole pages of zeros take the place of what is passed, which cost no memory.
static pt_code pass_to(pt_walk *w, uint64_t to, pt_err *e) {
    pt_buf *b = &w->content;
    uintptr_t start = (uintptr_t)b->p;
    uint64_t size = b->n + w->tar.left;
    to = to < size ? to : size;
    if (to < b->n || to - b->n < PART_MIN)
        return PT_OK;
    uint64_t first = ((start + b->n + PAGE - 1) & ~(uintptr_t)(PAGE - 1)) - start;
    uint64_t end = ((start + to) & ~(uintptr_t)(PAGE - 1)) - start;
    pt_code code = pt_tar_read_some(&w->tar, b, first - b->n, e);
    if (!code && madvise(b->p + first, end - first, MADV_DONTNEED) != 0)
        return PT_OK; // then it is read as everything is
    if (!code)
        code = pt_tar_pass(&w->tar, end - first, e);
    if (!code)
        pt_buf_took(b, (size_t)(end - first));
    return code;
}

static pt_code read_to(pt_walk *w, uint64_t to, pt_err *e) {
    return to > w->content.n ? pt_tar_read_some(&w->tar, &w->content, to - w->content.n, e) : PT_OK;
}

static pt_code load_but_code(pt_walk *w, pt_str path, pt_err *e) {
    uint64_t from = 0;
    uint64_t to = 0;
    pt_code code = PT_OK;
    if (pt_program_code(path, pt_buf_str(&w->content), &from, &to) && to - from >= PART_MIN &&
        from >= w->content.n) {
        code = read_to(w, from, e);
        if (!code)
            code = pass_to(w, to, e);
    }
    return code ? code : pt_walk_load(w, e);
}

static pt_code load_parts(pt_walk *w, const pt_program_parts *p, pt_err *e) {
    pt_code code = PT_OK;
    for (size_t i = 0; !code && i < p->n; i++) {
        code = pass_to(w, p->v[i].from, e);
        if (!code)
            code = read_to(w, p->v[i].to, e);
    }
    if (!code)
        code = pass_to(w, p->size, e);
    return code ? code : pt_walk_load(w, e);
}

static bool asks_for_more(const pt_walk *w, pt_str path, pt_program_parts *p) {
    pt_str text = pt_buf_str(&w->content);
    pt_program_go_on(path, text, p);
    bool more = p->more;
    if (!p->all && (w->flags & PT_LOOK_HARDENING))
        pt_see_elf_parts(text, p);
    p->more |= more;
    return p->more || p->all;
}

// Whoever listens has heard everything the first time.
static pt_code load_by_parts(pt_walk *w, pt_str path, const pt_tar_mark *from, pt_program_parts *p,
                             pt_err *e) {
    pt_tap *tap = w->tar.tap;
    pt_code code = load_parts(w, p, e);
    for (unsigned times = 1; !code && asks_for_more(w, path, p); times++) {
        pt_tar_back(&w->tar, from);
        w->tar.tap = NULL;
        w->content.n = PROGRAM_FRONT;
        if (p->all || times == TIMES_MAX) {
            code = load_but_code(w, path, e);
            break;
        }
        code = load_parts(w, p, e);
    }
    w->tar.tap = tap;
    return code;
}

pt_code pt_walk_load_program(pt_walk *w, pt_str path, pt_err *e) {
    pt_program_parts p = {.all = true};
    pt_tar_mark mark;
    pt_buf *b = &w->content;
    uint64_t size = b->n + w->tar.left;
    pt_code code = pt_tar_read_some(&w->tar, b, PROGRAM_FRONT - b->n, e);
    if (!code && !pt_buf_room(b, (size_t)w->tar.left))
        code = pt_err_set(e, PT_E_NOMEM, "out of memory");
    if (!code && size >= BY_PARTS_MIN)
        pt_program_begin(path, pt_buf_str(b), size, &p);
    if (!code && !p.all && pt_tar_mark_here(&w->tar, &mark))
        return load_by_parts(w, path, &mark, &p, e);
    return code ? code : load_but_code(w, path, e);
}
