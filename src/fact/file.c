#include "fact/file.h"

#include <stdlib.h>

static int by_path(const void *a, const void *b) {
    return pt_str_cmp(((const pt_file *)a)->path, ((const pt_file *)b)->path);
}

void pt_files_sort(pt_files *f) {
    if (f->all.n)
        qsort(f->all.v, f->all.n, sizeof(pt_file), by_path);
}

const pt_file *pt_files_at(const pt_files *f, pt_str path) {
    const pt_file key = {.path = path};
    return f->all.n ? bsearch(&key, f->all.v, f->all.n, sizeof(pt_file), by_path) : NULL;
}

const pt_file *pt_files_step(const pt_files *f, pt_buf *at, pt_str part) {
    if (!part.n || pt_str_eqz(part, "."))
        return NULL;
    if (pt_str_eqz(part, "..")) {
        size_t cut = pt_str_rfind(pt_buf_str(at), '/');
        at->n = cut < at->n ? cut : 0;
        return NULL;
    }
    if (at->n)
        pt_buf_putc(at, '/');
    pt_buf_put(at, part);
    return pt_files_at(f, pt_buf_str(at));
}
