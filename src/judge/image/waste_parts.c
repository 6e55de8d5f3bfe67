// What stands there twice, package managers' caches, and which folders are large.
#include <stdlib.h>

#include "judge/image/waste_impl.h"

enum {
    FOLDERS_TOLD_MAX = 100,
    DEPTH_MAX = 4, // of folders
};

static int compare_numbers(uint64_t a, uint64_t b) {
    return a < b ? -1 : a > b;
}

// -- twice ----------------------------------------------------------------------------------------

static int by_content(const void *a, const void *b) {
    const pt_file *x = *(const pt_file *const *)a;
    const pt_file *y = *(const pt_file *const *)b;
    int order = pt_str_cmp(x->sum, y->sum);
    return order ? order : pt_str_cmp(x->path, y->path);
}

typedef struct copies {
    const pt_file **first;
    size_t n;
    uint64_t wasted; // but for one of them
} copies;

static int by_wasted(const void *a, const void *b) {
    const copies *x = a;
    const copies *y = b;
    int order = compare_numbers(y->wasted, x->wasted);
    return order ? order : pt_str_cmp((*x->first)->path, (*y->first)->path);
}

static pt_value copies_value(const copies *c, pt_arena *a) {
    pt_list l = {.a = a};
    pt_obj o = {.a = a};
    for (size_t i = 0; i < c->n && i < PT_WASTE_PATHS_MAX; i++) {
        pt_obj p = {.a = a};
        pt_obj_set(&p, "path", pt_string(c->first[i]->path));
        pt_obj_set(&p, "layer", pt_int(c->first[i]->layer));
        pt_list_add(&l, pt_obj_end(&p));
    }
    pt_obj_set(&o, "files", pt_int((int64_t)c->n));
    pt_obj_set(&o, "bytes", pt_waste_int((*c->first)->size));
    pt_obj_set(&o, "wasted", pt_waste_int(c->wasted));
    pt_obj_set(&o, "paths", pt_list_end(&l));
    return pt_obj_end(&o);
}

pt_value pt_waste_duplicates(const pt_files *files, pt_arena *a, uint64_t *ret_bytes) {
    PT_VEC(const pt_file *) all = {0};
    PT_VEC(copies) found = {0};
    pt_list l = {.a = a};
    for (size_t i = 0; i < files->all.n; i++) {
        const pt_file *f = &files->all.v[i];
        bool counts = pt_waste_has_content(f) && f->size && f->sum.n;
        const pt_file **slot = counts ? PT_PUSH(a, &all) : NULL;
        if (slot)
            *slot = f;
    }
    if (all.n)
        qsort((void *)all.v, all.n, sizeof(const pt_file *), by_content);
    for (size_t from = 0, to = 0; from < all.n; from = to) {
        while (to < all.n && pt_str_eq(all.v[from]->sum, all.v[to]->sum))
            to++;
        copies *c = to - from > 1 ? PT_PUSH(a, &found) : NULL;
        if (!c)
            continue;
        *c = (copies){.first = &all.v[from], .n = to - from};
        for (size_t i = 1; i < c->n; i++)
            c->wasted = pt_waste_sum(c->wasted, c->first[i]->size);
        *ret_bytes = pt_waste_sum(*ret_bytes, c->wasted);
    }
    if (found.n)
        qsort(found.v, found.n, sizeof(copies), by_wasted);
    for (size_t i = 0; i < found.n && i < PT_WASTE_GROUPS_MAX; i++)
        pt_list_add(&l, copies_value(&found.v[i], a));
    return pt_list_end(&l);
}

// -- caches ---------------------------------------------------------------------------------------

static const struct {
    pt_str folder;
    const char *of, *advice;
} caches[] = {
    {PT_STR("var/lib/apt/lists/"), "apt", "rm -rf /var/lib/apt/lists/* in the step of apt-get"},
    {PT_STR("var/cache/apt/"), "apt", "apt-get clean, or a cache mount: RUN --mount=type=cache"},
    {PT_STR("var/cache/apk/"), "apk", "apk add --no-cache"},
    {PT_STR("var/cache/dnf/"), "dnf", "dnf clean all in the step of dnf"},
    {PT_STR("var/cache/libdnf5/"), "dnf", "dnf clean all in the step of dnf"},
    {PT_STR("var/cache/yum/"), "yum", "yum clean all in the step of yum"},
    {PT_STR("var/cache/zypp/"), "zypper", "zypper clean --all in the step of zypper"},
    {PT_STR("var/cache/pacman/pkg/"), "pacman", "pacman -Scc in the step of pacman"},
    {PT_STR("root/.cache/pip/"), "pip", "pip install --no-cache-dir"},
    {PT_STR("root/.cache/uv/"), "uv", "uv --no-cache, or a cache mount"},
    {PT_STR("root/.cache/pypoetry/"), "poetry", "a cache mount: RUN --mount=type=cache"},
    {PT_STR("root/.npm/"), "npm", "npm cache clean --force, or a cache mount"},
    {PT_STR("usr/local/share/.cache/yarn/"), "yarn", "yarn cache clean, or a cache mount"},
    {PT_STR("root/.cache/yarn/"), "yarn", "yarn cache clean, or a cache mount"},
    {PT_STR("root/.local/share/pnpm/store/"), "pnpm", "a cache mount: RUN --mount=type=cache"},
    {PT_STR("root/.cache/go-build/"), "go", "build in a stage of its own, and copy the program"},
    {PT_STR("go/pkg/mod/cache/"), "go", "build in a stage of its own, and copy the program"},
    {PT_STR("root/.m2/repository/"), "maven", "build in a stage of its own, and copy the result"},
    {PT_STR("root/.gradle/caches/"), "gradle", "build in a stage of its own, and copy the result"},
    {PT_STR("root/.cargo/registry/"), "cargo", "build in a stage of its own, and copy the program"},
    {PT_STR("usr/local/cargo/registry/"), "cargo", "build in a stage of its own"},
    {PT_STR("root/.composer/cache/"), "composer", "composer clear-cache, or a cache mount"},
    {PT_STR("root/.cache/composer/"), "composer", "composer clear-cache, or a cache mount"},
    {PT_STR("opt/conda/pkgs/"), "conda", "conda clean --all in the step of conda"},
};

typedef struct cell {
    size_t row;
    uint32_t layer;
    size_t files;
    uint64_t bytes;
} cell;

static int by_cell(const void *a, const void *b) {
    const cell *x = a;
    const cell *y = b;
    int order = compare_numbers(y->bytes, x->bytes);
    if (!order)
        order = compare_numbers(x->row, y->row);
    return order ? order : compare_numbers(x->layer, y->layer);
}

static void fill_cells(const pt_files *files, cell *cells, size_t layers) {
    for (size_t i = 0; i < files->all.n; i++) {
        const pt_file *f = &files->all.v[i];
        if (!pt_waste_has_content(f) || !f->size || !f->layer || f->layer > layers)
            continue;
        size_t row = 0;
        while (row < PT_COUNT(caches) && !pt_str_starts(f->path, caches[row].folder))
            row++;
        if (row == PT_COUNT(caches))
            continue;
        cell *c = &cells[row * layers + f->layer - 1];
        *c = (cell){row, f->layer, c->files + 1, pt_waste_sum(c->bytes, f->size)};
    }
}

pt_value pt_waste_caches(const pt_files *files, size_t layers, pt_arena *a, uint64_t *ret_bytes) {
    size_t n = PT_COUNT(caches) * layers;
    cell *cells = PT_NEW(a, cell, n + 1);
    pt_list l = {.a = a};
    if (!cells)
        return pt_undefined();
    fill_cells(files, cells, layers);
    if (n)
        qsort(cells, n, sizeof(cell), by_cell);
    for (size_t i = 0; i < n && cells[i].bytes; i++) {
        pt_obj o = {.a = a};
        const cell *c = &cells[i];
        *ret_bytes = pt_waste_sum(*ret_bytes, c->bytes);
        pt_obj_set(&o, "of", pt_stringz(caches[c->row].of));
        pt_obj_set(&o, "folder", pt_string(caches[c->row].folder));
        pt_obj_set(&o, "layer", pt_int(c->layer));
        pt_obj_set(&o, "files", pt_int((int64_t)c->files));
        pt_obj_set(&o, "bytes", pt_waste_int(c->bytes));
        pt_obj_set(&o, "advice", pt_stringz(caches[c->row].advice));
        pt_list_add(&l, pt_obj_end(&o));
    }
    return pt_list_end(&l);
}

// -- folders --------------------------------------------------------------------------------------

typedef struct folder {
    pt_str path; // with the last "/"
    size_t files;
    uint64_t bytes;
    bool told_below; // most of it is in one folder of it, which is told in its place
} folder;

typedef PT_VEC(folder) folders;

// The first `depth` parts of it, or nothing if it has no more.
static pt_str above(pt_str path, size_t depth) {
    size_t end = 0;
    for (size_t i = 0; i < depth; i++) {
        end += pt_str_find(pt_str_sub(path, end, path.n), '/') + 1;
        if (end > path.n)
            return (pt_str){0};
    }
    return pt_str_sub(path, 0, end);
}

// What is in one folder stands together: the files are sorted by path.
static void add_up(const pt_files *files, size_t depth, folders *ret, pt_arena *a) {
    for (size_t i = 0; i < files->all.n; i++) {
        const pt_file *f = &files->all.v[i];
        pt_str path = pt_waste_has_content(f) ? above(f->path, depth) : (pt_str){0};
        if (!path.n)
            continue;
        folder *last = ret->n ? &ret->v[ret->n - 1] : NULL;
        if (!last || !pt_str_eq(last->path, path)) {
            last = PT_PUSH(a, ret);
            if (!last)
                return;
            *last = (folder){.path = path};
        }
        last->files++;
        last->bytes = pt_waste_sum(last->bytes, f->size);
    }
}

// Both are sorted, so that one way through both is enough.
static void leave_to(folders *outer, const folders *inner) {
    size_t k = 0;
    for (size_t i = 0; i < outer->n; i++) {
        folder *f = &outer->v[i];
        while (k < inner->n && pt_str_cmp(inner->v[k].path, f->path) < 0)
            k++;
        for (; k < inner->n && pt_str_starts(inner->v[k].path, f->path); k++)
            f->told_below = f->told_below || inner->v[k].bytes >= f->bytes / 4 * 3;
    }
}

static int by_size(const void *a, const void *b) {
    const folder *x = a;
    const folder *y = b;
    int order = compare_numbers(y->bytes, x->bytes);
    return order ? order : pt_str_cmp(x->path, y->path);
}

pt_value pt_waste_folders(const pt_files *files, pt_arena *a) {
    folders of[DEPTH_MAX] = {0};
    folders told = {0};
    pt_list l = {.a = a};
    for (size_t d = DEPTH_MAX; d > 0; d--) {
        add_up(files, d, &of[d - 1], a);
        if (d < DEPTH_MAX)
            leave_to(&of[d - 1], &of[d]);
    }
    for (size_t d = 0; d < DEPTH_MAX; d++)
        for (size_t i = 0; i < of[d].n; i++) {
            folder *slot = of[d].v[i].told_below ? NULL : PT_PUSH(a, &told);
            if (slot)
                *slot = of[d].v[i];
        }
    if (told.n)
        qsort(told.v, told.n, sizeof(folder), by_size);
    for (size_t i = 0; i < told.n && i < FOLDERS_TOLD_MAX; i++) {
        pt_obj o = {.a = a};
        pt_obj_set(&o, "path", pt_string(told.v[i].path));
        pt_obj_set(&o, "files", pt_int((int64_t)told.v[i].files));
        pt_obj_set(&o, "bytes", pt_waste_int(told.v[i].bytes));
        pt_list_add(&l, pt_obj_end(&o));
    }
    return pt_list_end(&l);
}
