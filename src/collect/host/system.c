// Files by mode and owner, installed programs, and which distribution this is.
#include "collect/host/provider.h"

pt_fact pt_host_file(const pt_host_ask *q) {
    pt_str path = pt_arena_str(q->a, q->arg);
    if (!path.p)
        return pt_fact_unknown(PT_STR("out of memory"), (pt_str){0});
    return pt_world_stat(q->w, q->a, path.p, NULL);
}

// programs/gcc,make: those of them that are installed. /usr/bin, which every system has, is the
// witness of all the others.
pt_fact pt_host_programs(const pt_host_ask *q) {
    static const char *const dirs[] = {"/usr/bin", "/usr/sbin", "/usr/local/bin",
                                       "/usr/local/sbin"};
    pt_list l = {.a = q->a};
    for (size_t i = 0; i < PT_COUNT(dirs); i++) {
        pt_fact names = pt_world_list(q->w, q->a, dirs[i], i == 0 ? dirs[0] : NULL);
        if (names.state == PT_UNKNOWN)
            return names;
        for (size_t k = 0; k < pt_len(names.value); k++)
            if (pt_str_in_list(pt_text(pt_at(names.value, k)), q->arg, ','))
                pt_list_add(&l, pt_string(pt_arena_printf(q->a, "%s/%.*s", dirs[i],
                                                          PT_PRI(pt_text(pt_at(names.value, k))))));
    }
    return pt_fact_known(pt_list_end(&l), PT_STR("/usr/bin"));
}

// KEY=value or KEY="value with blanks" (os-release(5)); escapes do not occur in what is used here.
static pt_str unquoted(pt_str s) {
    s = pt_str_trim(s);
    bool quoted = s.n >= 2 && (s.p[0] == '"' || s.p[0] == '\'') && s.p[s.n - 1] == s.p[0];
    return quoted ? pt_str_sub(s, 1, s.n - 1) : s;
}

pt_fact pt_host_os(const pt_host_ask *q) {
    pt_fact f = pt_host_text(q, "/etc/os-release", NULL);
    if (f.state == PT_ABSENT)
        f = pt_host_text(q, "/usr/lib/os-release", NULL);
    if (f.state != PT_KNOWN)
        return f;
    PT_VEC(pt_value) pairs = {0};
    pt_str rest = pt_text(f.value);
    pt_str line;
    while (pt_str_split(&rest, '\n', &line)) {
        size_t eq = pt_str_find(line, '=');
        if (eq == line.n || line.p[0] == '#')
            continue;
        const pt_value pair[] = {pt_string(pt_str_sub(line, 0, eq)),
                                 pt_string(unquoted(pt_str_sub(line, eq + 1, line.n)))};
        for (size_t i = 0; i < 2; i++) {
            pt_value *slot = PT_PUSH(q->a, &pairs);
            if (!slot)
                return pt_fact_unknown(PT_STR("out of memory"), (pt_str){0});
            *slot = pair[i];
        }
    }
    return pt_fact_known(pt_object_of(q->a, pairs.v, pairs.n / 2, NULL), f.source);
}
