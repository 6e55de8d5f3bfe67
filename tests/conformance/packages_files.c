#include <fts.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/buf.h"
#include "collect/packages/zipped.h"
#include "packages.h"

enum {
    FILE_BYTES_MAX = 64 << 20
};

pt_str pt_package_disk(pt_arena *a, pt_str path) {
    struct stat st;
    FILE *f = fopen(pt_arena_str(a, path).p, "re");
    if (!f)
        return (pt_str){0};
    bool fits = fstat(fileno(f), &st) == 0 && S_ISREG(st.st_mode) && st.st_size <= FILE_BYTES_MAX;
    size_t n = fits ? (size_t)st.st_size : 0;
    char *p = fits ? pt_arena_take(a, n) : NULL;
    if (p && fread(p, 1, n, f) != n)
        p = NULL;
    PT_IGNORE(fclose(f)); // it was only read
    return (pt_str){p, p ? n : 0};
}

bool pt_package_archive_next(pt_str *rest, pt_str *ret_path, pt_str *ret_text) {
    size_t at = pt_str_find_str(*rest, PT_STR("-- "));
    pt_str head = pt_str_sub(*rest, at < rest->n ? at + 3 : rest->n, rest->n);
    size_t mark = pt_str_find_str(head, PT_STR(" --\n"));
    if (mark >= head.n)
        return false;
    *ret_path = pt_str_sub(head, 0, mark);
    pt_str body = pt_str_sub(head, mark + 4, head.n);
    size_t end =
        pt_str_starts(body, PT_STR("-- ")) ? 0 : pt_str_find_str(body, PT_STR("\n-- ")) + 1;
    *ret_text = pt_str_sub(body, 0, end < body.n ? end : body.n);
    *rest = pt_str_sub(body, ret_text->n, body.n);
    return true;
}

// The path without "." and "..", which lead no further up than the place.
static pt_str plain_path(pt_arena *a, pt_str path) {
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(1 << 16);
    pt_str part;
    while (pt_str_split(&path, '/', &part)) {
        size_t cut = pt_str_rfind(pt_buf_str(&b), '/');
        if (pt_str_eqz(part, ".."))
            b.n = cut < b.n ? cut : 0;
        if (!part.n || pt_str_eqz(part, ".") || pt_str_eqz(part, ".."))
            continue;
        pt_buf_putz(&b, b.n ? "/" : "");
        pt_buf_put(&b, part);
    }
    return pt_arena_str(a, pt_buf_str(&b));
}

// -- archives of packages, which are as folders ---------------------------------------------------

typedef struct within {
    pt_arena *a;
    pt_str want, found; // the text of one
    pt_list *names;     // or all names
    pt_str archive;
} within;

static bool is_manifest(pt_str name) {
    return pt_str_ends(name, PT_STR("/package.json"));
}

static bool take_member(void *arg, pt_str name, pt_str text) {
    within *w = arg;
    if (w->names)
        pt_list_add(w->names, pt_string(pt_arena_printf(w->a, "%.*s/%.*s", PT_PRI(w->archive),
                                                        PT_PRI(name))));
    else if (pt_str_eq(name, w->want))
        w->found = pt_arena_str(w->a, text);
    return !w->found.p;
}

static pt_str member(const pt_package_place *at, pt_str path) {
    const pt_str end = PT_STR(".zip/");
    size_t cut = pt_str_find_str(path, end) + end.n;
    within w = {.a = at->a, .want = pt_str_sub(path, cut, path.n)};
    if (cut >= path.n || !is_manifest(path))
        return (pt_str){0};
    pt_str zip = pt_package_disk(at->a, pt_arena_printf(at->a, "%.*s/%.*s", PT_PRI(at->root),
                                                        PT_PRI(pt_str_sub(path, 0, cut - 1))));
    if (pt_zipped_each(zip, is_manifest, take_member, &w, NULL))
        return (pt_str){0};
    return w.found;
}

static void list_members(const pt_package_place *at, pt_str archive, pt_list *l) {
    pt_str full = pt_arena_printf(at->a, "%.*s/%.*s", PT_PRI(at->root), PT_PRI(archive));
    within w = {.a = at->a, .names = l, .archive = archive};
    if (pt_str_ends(archive, PT_STR(".zip")) &&
        pt_zipped_each(pt_package_disk(at->a, full), is_manifest, take_member, &w, NULL))
        return; // what could be read of it is listed
}

pt_str pt_package_file(const pt_package_place *at, pt_str path) {
    const pt_str home = PT_STR("~/.m2/repository/");
    pt_str rest = at->archive;
    pt_str name;
    pt_str text;
    if (pt_str_starts(path, home))
        return pt_package_disk(at->a, pt_arena_printf(at->a, "%.*s/%.*s", PT_PRI(at->repository),
                                                      PT_PRI(pt_str_sub(path, home.n, path.n))));
    path = plain_path(at->a, path);
    if (!at->archive.n && pt_str_has(path, PT_STR(".zip/")))
        return member(at, path);
    if (!at->archive.n)
        return pt_package_disk(at->a,
                               pt_arena_printf(at->a, "%.*s/%.*s", PT_PRI(at->root), PT_PRI(path)));
    while (pt_package_archive_next(&rest, &name, &text))
        if (pt_str_eq(name, path))
            return text;
    return (pt_str){0};
}

static void list_folder(const pt_package_place *at, pt_list *l) {
    char *root = pt_arena_take(at->a, at->root.n + 1); // fts takes it without const
    if (!root)
        return;
    memcpy(root, at->root.p, at->root.n);
    root[at->root.n] = '\0';
    char *const roots[] = {root, NULL};
    FTS *walk = fts_open(roots, FTS_PHYSICAL | FTS_NOCHDIR, NULL);
    FTSENT *f;
    while (walk && (f = fts_read(walk))) {
        pt_str path = pt_arena_str(at->a, pt_str_of(f->fts_path));
        path = pt_str_sub(path, at->root.n + 1, path.n);
        if (f->fts_info != FTS_F)
            continue;
        pt_list_add(l, pt_string(path));
        list_members(at, path, l);
    }
    if (walk)
        fts_close(walk);
}

pt_value pt_package_paths(const pt_package_place *at) {
    pt_list l = {.a = at->a};
    pt_str rest = at->archive;
    pt_str path;
    pt_str text;
    while (pt_package_archive_next(&rest, &path, &text))
        pt_list_add(&l, pt_string(path));
    if (!at->archive.n)
        list_folder(at, &l);
    return pt_list_end(&l);
}
