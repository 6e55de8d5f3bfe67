#include "cli/walk.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/arena.h"

static const char *below(pt_arena *a, const char *folder, const char *name) {
    bool slash = pt_str_ends(pt_str_of(folder), PT_STR("/"));
    return pt_arena_printf(a, "%s%s%s", folder, slash ? "" : "/", name).p;
}

static bool is_folder(const char *path) {
    struct stat st;
    return lstat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

static bool leads_to_folder(const char *path) {
    struct stat st;
    return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

// NOLINTNEXTLINE(misc-no-recursion): PT_WALK_FOLDERS_MAX
static void walk(const pt_walk *w, const char *path, unsigned depth) {
    PT_AUTO(pt_arena_done) pt_arena a = {0};
    struct dirent **entries;
    pt_err e = {0};
    int n = depth < PT_WALK_FOLDERS_MAX ? scandir(path, &entries, NULL, alphasort) : -1;
    if (n < 0) {
        if (depth < PT_WALK_FOLDERS_MAX)
            PT_IGNORE(pt_err_sys(&e, errno, "cannot be read: %s", pt_errno_text(errno)));
        else
            PT_IGNORE(pt_err_set(&e, PT_E_LIMIT, "more than %d folders within one another",
                                 PT_WALK_FOLDERS_MAX));
        w->failed(w->ctx, path, &e);
        return;
    }
    for (int i = 0; i < n; i++) {
        const char *name = entries[i]->d_name;
        const char *at = below(&a, path, name);
        bool self = strcmp(name, ".") == 0 || strcmp(name, "..") == 0;
        if (!self && at && w->deep && is_folder(at))
            walk(w, at, depth + 1);
        else if (!self && at && !leads_to_folder(at))
            w->file(w->ctx, at);
        free(entries[i]);
    }
    free((void *)entries);
}

void pt_walk_folder(const pt_walk *w, const char *path) {
    walk(w, path, 0);
}
