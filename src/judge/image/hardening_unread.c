// Files that programs read as settings, and the worker did not: it goes by names, and they are
// behind links, or others include them. What they say nobody knows.
#include <string.h>

#include "fact/settings.h"
#include "judge/image/hardening_impl.h"

enum {
    MOVED_MAX = 32,     // folders of settings
    INCLUDES_MAX = 128, // of all files: each may look through all of them
    PATH_BYTES_MAX = 4096,
};

static void push(pt_hardening *x, const pt_file *f, pt_str kind) {
    uint64_t key = ((uint64_t)(uintptr_t)f << 1) * UINT64_C(0x9e3779b97f4a7c15);
    pt_unread *first = pt_map_get(&x->unread_at, key);
    for (const pt_unread *u = first; u; u = u->same)
        if (pt_str_eq(u->kind, kind))
            return;
    pt_unread *one = PT_NEW(x->a, pt_unread, 1);
    pt_unread **at = one ? PT_PUSH(x->a, &x->unread) : NULL;
    if (!at || !pt_map_put(&x->unread_at, key, one)) {
        x->full = true;
        return;
    }
    *one = (pt_unread){.f = f, .kind = kind, .same = first};
    *at = one;
}

// `f` is read as `kind`, by whatever name.
static void take(pt_hardening *x, const pt_file *f, pt_str kind) {
    const pt_file *to = f;
    pt_str path;
    bool known = !S_ISLNK(f->mode) || pt_hardening_leads(x, f->path, &path, &to);
    bool file = known && to && S_ISREG(to->mode) && to->size;
    if (kind.n && (!known || (file && !pt_str_eq(pt_hardening_read_as(to), kind))))
        push(x, f, kind);
}

// What is left of a path within a folder; empty: it is not there.
static pt_str within(pt_str path, pt_str folder) {
    if (!folder.n)
        return path;
    bool under = pt_str_starts(path, folder) && path.n > folder.n && path.p[folder.n] == '/';
    return under ? pt_str_sub(path, folder.n + 1, path.n) : (pt_str){0};
}

static bool is_name(pt_str rest) {
    return rest.n && pt_str_find(rest, '/') == rest.n;
}

// -- folders --------------------------------------------------------------------------------------

typedef struct moved {
    pt_str folder, real; // by its name, and where that leads
} moved;

static size_t find_moved(pt_hardening *x, moved *v) {
    size_t n = 0;
    size_t at = 0;
    moved one;
    const pt_file *to;
    while (n < MOVED_MAX && pt_settings_folder(&at, &one.folder)) {
        bool known = pt_hardening_leads(x, one.folder, &one.real, &to);
        if (known && !pt_str_eq(one.folder, one.real))
            v[n++] = one;
    }
    return n;
}

static void take_moved(pt_hardening *x, const pt_file *f, const moved *m) {
    PT_AUTO(pt_buf_done) pt_buf path = PT_BUF(PATH_BYTES_MAX);
    pt_str rest = within(f->path, m->real);
    if (!is_name(rest))
        return;
    pt_buf_put(&path, m->folder);
    pt_buf_putc(&path, '/');
    pt_buf_put(&path, rest);
    take(x, f, pt_str_of(pt_settings_kind(pt_buf_str(&path))));
}

// A folder of any folder, by a link.
static void take_linked(pt_hardening *x, const pt_file *f) {
    static const char *const ends[] = {"config.json", "pip.conf", "pip/pip.conf"};
    for (size_t i = 0; S_ISLNK(f->mode) && i < PT_COUNT(ends); i++) {
        PT_AUTO(pt_buf_done) pt_buf path = PT_BUF(PATH_BYTES_MAX);
        pt_str real;
        const pt_file *to = NULL;
        pt_buf_printf(&path, "%.*s/%s", PT_PRI(f->path), ends[i]);
        const char *kind = pt_settings_kind(pt_buf_str(&path));
        if (kind && !pt_hardening_leads(x, pt_buf_str(&path), &real, &to))
            push(x, f, pt_str_of(kind));
        if (to)
            take(x, to, pt_str_of(kind));
    }
}

// -- what is included -----------------------------------------------------------------------------

// The offset of the first one of these, or s.n.
static size_t find_any(pt_str s, const char *set) {
    size_t n = 0;
    while (n < s.n && !strchr(set, s.p[n]))
        n++;
    return n;
}

// A file, a folder, or a pattern: of that the folder before it counts, and its end.
static void take_include(pt_hardening *x, const pt_file *by, pt_str path) {
    pt_str kind = pt_hardening_read_as(by);
    pt_str end = pt_str_sub(path, find_any(path, "*?["), path.n);
    bool pattern = end.n > 0;
    bool deep = pt_str_find(end, '/') < end.n;
    pt_str front = pt_str_sub(path, 0, path.n - end.n);
    pt_str folder;
    const pt_file *to = NULL;
    if (pattern)
        front = pt_str_sub(front, 0, pt_str_rfind(front, '/'));
    for (size_t at = 0; at < end.n; at = find_any(end, "*?[]"))
        end = pt_str_sub(end, at + 1, end.n);
    if (!pt_hardening_leads(x, front, &folder, &to)) {
        push(x, by, kind);
        return;
    }
    if (to && !S_ISDIR(to->mode)) {
        take(x, to, kind);
        return;
    }
    for (size_t i = 0; i < x->f->files->all.n; i++) {
        const pt_file *f = &x->f->files->all.v[i];
        pt_str rest = within(f->path, folder);
        if (rest.n && deep && S_ISLNK(f->mode)) // a folder, maybe, of which the pattern speaks
            push(x, f, kind);
        else if (rest.n && (deep || is_name(rest)) && pt_str_ends(rest, end))
            take(x, f, kind);
    }
}

void pt_hardening_find_unread(pt_hardening *x) {
    const pt_files *files = x->f->files;
    moved folders[MOVED_MAX];
    size_t n = find_moved(x, folders);
    size_t includes = 0;
    x->unread_at = (pt_map){.a = x->a};
    for (size_t i = 0; i < files->all.n; i++) {
        const pt_file *f = &files->all.v[i];
        take(x, f, pt_str_of(pt_settings_kind(f->path)));
        for (size_t k = 0; k < n; k++)
            take_moved(x, f, &folders[k]);
        take_linked(x, f);
        pt_value included = pt_getz(pt_getz(f->seen, "settings"), "includes");
        for (size_t k = 0; k < pt_len(included); k++)
            if (includes++ < INCLUDES_MAX)
                take_include(x, f, pt_text(pt_at(included, k)));
            else
                push(x, f, pt_hardening_read_as(f));
    }
}
