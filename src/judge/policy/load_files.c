// The files of a bundle: what they are, and their bytes.
#include <errno.h>
#include <sys/stat.h>

#include "judge/policy/load_impl.h"

static const struct {
    pt_str name;
    bool end; // it is the end of a name rather than the whole
    pt_load_kind kind;
} KINDS[] = {
    {PT_STR(".rego"), true, PT_LOAD_MODULE},
    {PT_STR("data.json"), false, PT_LOAD_JSON},
    {PT_STR("data.yaml"), false, PT_LOAD_YAML},
    {PT_STR("data.yml"), false, PT_LOAD_YAML},
    {PT_STR(".manifest"), true, PT_LOAD_MANIFEST},
    {PT_STR(".manifest.pb"), true, PT_LOAD_REFUSED},
    {PT_STR("patch.json"), false, PT_LOAD_PATCH},
    {PT_STR(".signatures.json"), false, PT_LOAD_SIGNATURES},
};

pt_load_kind pt_load_kind_of(pt_str path) {
    pt_str base = pt_load_base(path);
    for (size_t i = 0; i < PT_COUNT(KINDS); i++)
        if (KINDS[i].end ? pt_str_ends(base, KINDS[i].name) : pt_str_eq(base, KINDS[i].name))
            return KINDS[i].kind;
    return PT_LOAD_OTHER;
}

// How much of a file is read: nothing of one that does not count.
static size_t bytes_max(pt_str path) {
    static const size_t max[] = {
        [PT_LOAD_OTHER] = 0,
        [PT_LOAD_MODULE] = PT_REGO_BYTES_MAX,
        [PT_LOAD_JSON] = PT_LOAD_FILE_BYTES_MAX,
        [PT_LOAD_YAML] = PT_LOAD_FILE_BYTES_MAX,
        [PT_LOAD_MANIFEST] = 16 << 20,
        [PT_LOAD_PATCH] = PT_LOAD_FILE_BYTES_MAX,
        [PT_LOAD_SIGNATURES] = PT_LOAD_SIGNATURES_BYTES_MAX,
        [PT_LOAD_REFUSED] = 16 << 20,
    };
    return max[pt_load_kind_of(path)];
}

static size_t whole_bytes_max(pt_str path) {
    size_t max = bytes_max(path);
    return max ? max : PT_LOAD_FILE_BYTES_MAX;
}

// -- folders --------------------------------------------------------------------------------------

typedef struct lister {
    pt_load *l;
    size_t (*bytes_max)(pt_str path);
    pt_load_entries *found;
} lister;

static pt_code list_folder(lister *f, pt_str folder, unsigned depth);

// NOLINTNEXTLINE(misc-no-recursion): PT_LOAD_FOLDERS_MAX
static pt_code list_entry(lister *f, pt_str path, unsigned depth) {
    struct stat st;
    pt_load *l = f->l;
    if (!path.p)
        return pt_load_full(l);
    if (pt_load_ignored(l, path) || lstat(path.p, &st) != 0)
        return PT_OK; // or it is gone
    if (S_ISDIR(st.st_mode))
        return list_folder(f, path, depth + 1);
    if (!S_ISREG(st.st_mode) || f->bytes_max(path) == 0)
        return PT_OK;
    if (++l->state->files > PT_LOAD_FILES_MAX)
        return pt_load_fail(l, PT_E_LIMIT, "more than %d files", PT_LOAD_FILES_MAX);
    pt_load_entry *e = PT_PUSH(l->arena, f->found);
    if (!e)
        return pt_load_full(l);
    *e = (pt_load_entry){.path = path};
    return pt_load_read(l, path, f->bytes_max(path), &e->bytes);
}

// NOLINTNEXTLINE(misc-no-recursion): PT_LOAD_FOLDERS_MAX
static pt_code list_folder(lister *f, pt_str folder, unsigned depth) {
    pt_load_paths paths = {0};
    pt_code code = pt_load_list(f->l, folder, depth, &paths);
    for (size_t i = 0; i < paths.n && !code; i++)
        code = list_entry(f, paths.v[i], depth);
    return code;
}

// Paths within the bundle begin with a slash, as if the folder were the root.
static pt_code read_folder(lister *f, pt_str folder) {
    pt_code code = list_folder(f, folder, 0);
    size_t skip =
        pt_str_eq(folder, PT_STR(".")) || pt_str_eq(folder, PT_STR("/")) ? 0 : folder.n + 1;
    for (size_t i = 0; i < f->found->n && !code; i++) {
        pt_load_entry *e = &f->found->v[i];
        e->path =
            pt_arena_printf(f->l->arena, "/%.*s", PT_PRI(pt_str_sub(e->path, skip, e->path.n)));
        code = e->path.p ? PT_OK : pt_load_full(f->l);
    }
    return code;
}

pt_code pt_load_files_of(pt_load *l, pt_str name, bool whole, pt_load_files *ret) {
    struct stat st;
    lister f = {l, whole ? whole_bytes_max : bytes_max, &ret->v};
    if (stat(name.p, &st) != 0)
        return pt_load_fail_sys(l, errno, "stat", name);
    if (!S_ISDIR(st.st_mode))
        return pt_load_untar(l, name, f.bytes_max, &ret->v);
    ret->folder = pt_load_clean(l->arena, name);
    return ret->folder.p ? read_folder(&f, ret->folder) : pt_load_full(l);
}
