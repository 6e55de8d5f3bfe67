// Settings of plain configuration files, and the folders of fragments beside them.
#include <stdlib.h>
#include <string.h>

#include "collect/host/provider.h"

typedef struct fragment {
    pt_str name, path;
} fragment;

static int by_name(const void *a, const void *b) {
    return pt_str_cmp(((const fragment *)a)->name, ((const fragment *)b)->name);
}

typedef PT_VEC(fragment) fragments;

static bool seen_before(const fragments *all, pt_str name) {
    for (size_t i = 0; i < all->n; i++)
        if (pt_str_eq(all->v[i].name, name))
            return true;
    return false;
}

pt_fact pt_host_fragments(const pt_host_ask *q, const char *const *dirs, const char *suffix) {
    fragments all = {0};
    bool any = false;
    pt_fact list = {0};
    for (; *dirs; dirs++) {
        // A disk's /run is empty until it boots: nothing below it counts there.
        if (!q->w->live && pt_str_starts(pt_str_of(*dirs), PT_STR("/run/")))
            continue;
        list = pt_world_list(q->w, q->a, *dirs, NULL);
        if (list.state == PT_UNKNOWN)
            return list;
        any |= list.state == PT_KNOWN;
        for (size_t i = 0; list.state == PT_KNOWN && i < pt_len(list.value); i++) {
            pt_str name = pt_text(pt_at(list.value, i));
            if (!pt_str_ends(name, pt_str_of(suffix)) || seen_before(&all, name))
                continue;
            fragment *slot = PT_PUSH(q->a, &all);
            if (!slot)
                return pt_fact_unknown(PT_STR("out of memory"), (pt_str){0});
            *slot = (fragment){name, pt_arena_printf(q->a, "%s/%.*s", *dirs, PT_PRI(name))};
        }
    }
    if (!any)
        return list;
    if (all.n)
        qsort(all.v, all.n, sizeof *all.v, by_name);
    pt_list paths = {.a = q->a};
    for (size_t i = 0; i < all.n; i++)
        pt_list_add(&paths, pt_string(all.v[i].path));
    return pt_fact_known(pt_list_end(&paths), list.source);
}

pt_fact pt_host_listed(const pt_host_ask *q, const char *path) {
    pt_fact f = pt_host_text(q, path, NULL);
    return f.state == PT_ABSENT
               ? pt_fact_unknown(pt_arena_printf(q->a, "%s vanished, or is a dead link", path),
                                 (pt_str){0})
               : f;
}

bool pt_host_setting(pt_str text, pt_str key, pt_str *ret) {
    pt_str line;
    bool found = false;
    while (pt_str_split(&text, '\n', &line)) {
        line = pt_str_trim(line);
        size_t n = 0;
        while (n < line.n && !strchr(" \t=", line.p[n]))
            n++;
        if (!pt_str_eq(pt_str_sub(line, 0, n), key)) // a comment begins with another character
            continue;
        pt_str value = pt_str_trim(pt_str_sub(line, n, line.n));
        if (value.n && value.p[0] == '=')
            value = pt_str_trim(pt_str_sub(value, 1, value.n));
        *ret = value;
        found = true;
    }
    return found;
}

pt_value pt_host_number_or_text(pt_str s) {
    int64_t i;
    bool octal = s.n > 1 && s.p[0] == '0'; // a umask: its digits are the value
    return !octal && pt_str_int(s, 10, &i) ? pt_int(i) : pt_string(s);
}

// conf//etc/login.defs#UMASK
pt_fact pt_host_conf(const pt_host_ask *q) {
    size_t cut = pt_str_find(q->arg, '#');
    pt_str path = pt_arena_str(q->a, pt_str_sub(q->arg, 0, cut));
    if (!path.p)
        return pt_fact_unknown(PT_STR("out of memory"), (pt_str){0});
    pt_fact f = pt_host_text(q, path.p, NULL);
    pt_str value;
    if (f.state != PT_KNOWN)
        return f;
    if (!pt_host_setting(pt_text(f.value), pt_str_sub(q->arg, cut + 1, q->arg.n), &value))
        return pt_fact_absent(f.source);
    return pt_fact_known(pt_host_number_or_text(value), f.source);
}
