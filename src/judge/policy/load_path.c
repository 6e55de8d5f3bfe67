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

pt_str pt_load_base(pt_str path) {
    size_t slash = pt_str_rfind(path, '/');
    return slash == path.n ? path : pt_str_sub(path, slash + 1, path.n);
}

// Put %41 as A. False: a broken escape, or a NUL.
static bool put_unescaped(pt_buf *b, pt_str s) {
    for (size_t i = 0; i < s.n; i++) {
        int64_t byte = (unsigned char)s.p[i];
        if (byte == '%') {
            pt_str hex = pt_str_sub(s, i + 1, i + 3);
            if (hex.n != 2 || hex.p[0] == '-' || !pt_str_int(hex, 16, &byte))
                return false;
            i += 2;
        }
        if (byte == 0)
            return false;
        pt_buf_putc(b, (char)byte);
    }
    return true;
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
        if (!put_unescaped(&b, rest))
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
