#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "judge/policy/load_impl.h"

// Drop the last segment of b, unless it is ".." or there is none. False: there is none to drop.
static bool up(pt_buf *b, size_t root) {
    pt_str s = pt_buf_str(b);
    if (s.n == root)
        return false;
    size_t slash = pt_str_rfind(s, '/');
    size_t from = slash == s.n ? 0 : slash + 1;
    if (pt_str_eq(pt_str_sub(s, from, s.n), PT_STR("..")))
        return false;
    b->n = slash == s.n || slash < root ? root : slash;
    return true;
}

static void segment(pt_buf *b, size_t root, pt_str name) {
    if (!name.n || pt_str_eq(name, PT_STR(".")))
        return;
    if (pt_str_eq(name, PT_STR("..")) && (up(b, root) || root > 0))
        return;
    if (b->n > root)
        pt_buf_putc(b, '/');
    pt_buf_put(b, name);
}

pt_str pt_load_clean(pt_arena *a, pt_str path) {
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(path.n + 2);
    if (pt_str_starts(path, PT_STR("/")))
        pt_buf_putc(&b, '/');
    size_t root = b.n;
    pt_str name;
    while (pt_str_split(&path, '/', &name))
        segment(&b, root, name);
    if (b.n == 0)
        pt_buf_putc(&b, '.');
    return pt_arena_str(a, pt_buf_str(&b));
}

pt_str pt_load_join(pt_arena *a, pt_str folder, pt_str name) {
    pt_str both = pt_arena_printf(a, "%.*s/%.*s", PT_PRI(folder), PT_PRI(name));
    return both.p ? pt_load_clean(a, both) : both;
}

pt_str pt_load_trim(pt_str s) {
    while (pt_str_starts(s, PT_STR("/")))
        s = pt_str_sub(s, 1, s.n);
    while (pt_str_ends(s, PT_STR("/")))
        s = pt_str_sub(s, 0, s.n - 1);
    return s;
}

pt_str pt_load_base(pt_str path) {
    size_t slash = pt_str_rfind(path, '/');
    return slash == path.n ? path : pt_str_sub(path, slash + 1, path.n);
}

bool pt_load_unescape(pt_buf *b, pt_str s) {
    for (size_t i = 0; i < s.n; i++) {
        int64_t byte = (unsigned char)s.p[i];
        if (byte == '%') {
            pt_str hex = pt_str_sub(s, i + 1, i + 3);
            if (hex.n != 2 || hex.p[0] == '-' || !pt_str_int(hex, 16, &byte))
                return false;
            i += 2;
        }
        pt_buf_putc(b, (char)byte);
    }
    return !b->full;
}

pt_code pt_load_of_url(pt_load *l, pt_str path, pt_str *ret) {
    static const pt_str SCHEME = PT_STR("file://");
    pt_str file = pt_arena_str(l->arena, path);
    if (file.p && pt_str_has(path, PT_STR("://"))) {
        if (!pt_str_starts(path, SCHEME))
            return pt_load_fail(l, PT_E_UNSUPPORTED, "unsupported URL scheme: %.*s", PT_PRI(path));
        pt_str rest = pt_str_sub(path, SCHEME.n, path.n);
        rest = pt_str_sub(rest, pt_str_find(rest, '/'), rest.n); // behind the host
        PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(rest.n + 1);
        if (!pt_load_unescape(&b, rest) || pt_str_find(pt_buf_str(&b), '\0') < b.n)
            return pt_load_fail(l, PT_E_FORMAT, "%.*s: not a URL", PT_PRI(path));
        file = pt_arena_str(l->arena, pt_buf_str(&b));
    }
    if (!file.p)
        return pt_load_full(l);
    if (file.n > 1 && (file.p[0] == '/' || file.p[0] == '\\') &&
        (file.p[1] == '/' || file.p[1] == '\\'))
        return pt_load_fail(l, PT_E_UNSUPPORTED, "UNC path read is not allowed: %.*s",
                            PT_PRI(file));
    *ret = file;
    return PT_OK;
}

// -- folders --------------------------------------------------------------------------------------

static int by_bytes(const struct dirent **x, const struct dirent **y) {
    return strcmp((*x)->d_name, (*y)->d_name);
}

static int no_dots(const struct dirent *d) {
    return strcmp(d->d_name, ".") != 0 && strcmp(d->d_name, "..") != 0;
}

pt_code pt_load_list(pt_load *l, pt_str folder, unsigned depth, pt_load_paths *ret) {
    struct dirent **found;
    if (depth >= PT_LOAD_FOLDERS_MAX)
        return pt_load_fail(l, PT_E_LIMIT, "%.*s: more than %d folders within one another",
                            PT_PRI(folder), PT_LOAD_FOLDERS_MAX);
    int n = scandir(folder.p, &found, no_dots, by_bytes);
    if (n < 0)
        return pt_load_fail_sys(l, errno, "open", folder);
    bool good = true;
    for (int i = 0; i < n; i++) {
        pt_str *slot = good ? PT_PUSH(l->arena, ret) : NULL;
        if (slot)
            *slot = pt_load_join(l->arena, folder, pt_str_of(found[i]->d_name));
        good = slot && slot->p;
        free(found[i]);
    }
    free((void *)found);
    return good ? PT_OK : pt_load_full(l);
}
