#include "collect/licence/licence.h"

static pt_str name_of(pt_str path) {
    size_t cut = pt_str_rfind(path, '/');
    return cut < path.n ? pt_str_sub(path, cut + 1, path.n) : path;
}

static bool is_debian(pt_str path) {
    static const pt_str folder = PT_STR("usr/share/doc/");
    pt_str rest = pt_str_sub(path, folder.n, path.n);
    size_t cut = pt_str_find(rest, '/');
    return pt_str_starts(path, folder) && cut > 0 &&
           pt_str_eqz(pt_str_sub(rest, cut, rest.n), "/copyright");
}

// What may stand behind: LICENSE-MIT, LICENSE.txt, COPYING.LESSER, COPYING3; not LICENSE.py.
static bool is_end(pt_str end) {
    static const char *const code[] = {".py", ".js",   ".ts",   ".rb",   ".go",    ".c",
                                       ".h",  ".html", ".json", ".java", ".class", ".so"};
    for (size_t i = 0; i < PT_COUNT(code); i++)
        if (pt_str_ends(end, pt_str_of(code[i])))
            return false;
    return !end.n || end.p[0] == '.' || end.p[0] == '-' || end.p[0] == '_' ||
           (end.p[0] >= '0' && end.p[0] <= '9');
}

pt_licence_file pt_licence_file_of(pt_str path) {
    static const pt_str names[] = {PT_STR("LICENSE"),    PT_STR("LICENCE"), PT_STR("LICENSES"),
                                   PT_STR("COPYING"),    PT_STR("NOTICE"),  PT_STR("UNLICENSE"),
                                   PT_STR("MIT-LICENSE")};
    pt_str name = name_of(path);
    if (is_debian(path))
        return PT_LICENCE_DEBIAN;
    for (size_t i = 0; i < PT_COUNT(names); i++)
        if (pt_str_eq_nocase(pt_str_sub(name, 0, names[i].n), names[i]) &&
            is_end(pt_str_sub(name, names[i].n, name.n)))
            return PT_LICENCE_TEXT;
    return PT_LICENCE_NONE;
}
