// What the file of a package is called: "NAME-VERSION-…-PLATFORM.whl" (binary distributions,
// packaging.python.org/specifications/binary-distribution-format), "NAME-VERSION.tar.gz".
#include "collect/packages/python/python.h"

static bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

static pt_str last_part(pt_str s) {
    s = pt_str_sub(s, 0, pt_str_find(s, '#'));
    s = pt_str_sub(s, 0, pt_str_find(s, '?'));
    size_t cut = pt_str_rfind(s, '/');
    return cut < s.n ? pt_str_sub(s, cut + 1, s.n) : s;
}

bool pt_python_archive(pt_str path, pt_python_requirement *ret) {
    static const char *const sources[] = {".tar.gz", ".zip", ".tar.bz2", ".tgz", ".tar.xz"};
    pt_str file = last_part(path);
    pt_str stem = {0};
    pt_str rest = file;
    if (pt_str_ends(file, PT_STR(".whl"))) {
        bool is = pt_str_split(&rest, '-', &ret->name) && pt_str_split(&rest, '-', &ret->version);
        return is && ret->name.n && ret->version.n && is_digit(ret->version.p[0]) &&
               pt_str_find(rest, '-') < rest.n;
    }
    for (size_t i = 0; !stem.n && i < PT_COUNT(sources); i++)
        if (pt_str_ends(file, pt_str_of(sources[i])))
            stem = pt_str_sub(file, 0, file.n - pt_str_of(sources[i]).n);
    size_t dash = pt_str_rfind(stem, '-');
    *ret = (pt_python_requirement){pt_str_sub(stem, 0, dash), pt_str_sub(stem, dash + 1, stem.n)};
    return ret->name.n && ret->version.n && is_digit(ret->version.p[0]);
}

pt_str pt_python_without_login(pt_arena *a, pt_str url) {
    size_t scheme = pt_str_find_str(url, PT_STR("://")) + 3;
    pt_str rest = pt_str_sub(url, scheme, url.n);
    size_t at = pt_str_rfind(pt_str_sub(rest, 0, pt_str_find(rest, '/')), '@');
    if (scheme > url.n || at >= pt_str_find(rest, '/') || at >= rest.n)
        return url;
    return pt_arena_printf(a, "%.*s%.*s", PT_PRI(pt_str_sub(url, 0, scheme)),
                           PT_PRI(pt_str_sub(rest, at + 1, rest.n)));
}
