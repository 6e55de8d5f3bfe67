// Names and requirements (PEP 503, PEP 508).
#include "collect/packages/python/python.h"

static bool of_name(char c) {
    return (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z') || c == '-' ||
           c == '_' || c == '.';
}

pt_str pt_python_key(pt_arena *a, pt_str name) {
    char *p = pt_arena_take(a, name.n);
    size_t n = 0;
    for (size_t i = 0; p && i < name.n; i++) {
        char c = name.p[i];
        bool dash = c == '-' || c == '_' || c == '.';
        if (dash && n > 0 && p[n - 1] == '-')
            continue;
        if (c >= 'A' && c <= 'Z')
            c = (char)(c | 0x20);
        p[n++] = '-';
        if (!dash)
            p[n - 1] = c;
    }
    return (pt_str){p, p ? n : 0};
}

// Behind "[…]" and blanks.
static pt_str skip_extras(pt_str s) {
    s = pt_str_trim(s);
    if (s.n && s.p[0] == '[')
        s = pt_str_trim(pt_str_sub(s, pt_str_find(s, ']') + 1, s.n));
    return s;
}

bool pt_python_require(pt_str s, pt_python_requirement *ret) {
    s = pt_str_trim(s);
    size_t n = 0;
    while (n < s.n && of_name(s.p[n]))
        n++;
    pt_str rest = skip_extras(pt_str_sub(s, n, s.n));
    bool url = rest.n && rest.p[0] == '@';
    pt_str version = pt_str_trim(pt_str_sub(rest, 0, url ? 0 : pt_str_find(rest, ';')));
    if (version.n > 1 && version.p[0] == '(' && version.p[version.n - 1] == ')')
        version = pt_str_trim(pt_str_sub(version, 1, version.n - 1));
    *ret = (pt_python_requirement){pt_str_sub(s, 0, n), version};
    return n > 0;
}

uint32_t pt_python_meant(const pt_graph *g, pt_arena *a, pt_str name, pt_str asked) {
    size_t n;
    const uint32_t *all = pt_graph_all(g, pt_python_key(a, name), &n);
    for (size_t i = 0; n > 1 && i < n; i++)
        if (pt_python_fits(g->nodes.v[all[i]].package.version, asked))
            return all[i];
    return n ? all[0] : PT_GRAPH_NONE;
}
