// Files by a pattern, with mode and owner.
#include <fnmatch.h>

#include "collect/host/provider.h"

typedef PT_VEC(pt_str) paths;

// The names in `dir` that `glob` matches. A folder that is not there has none: absent says so.
static pt_fact match(const pt_host_ask *q, pt_str dir, pt_str glob, paths *ret) {
    pt_str pattern = pt_arena_str(q->a, glob);
    pt_fact names = pt_world_list(q->w, q->a, dir.p, NULL);
    for (size_t i = 0; names.state == PT_KNOWN && i < pt_len(names.value); i++) {
        pt_str name = pt_arena_str(q->a, pt_text(pt_at(names.value, i)));
        if (fnmatch(pattern.p, name.p, FNM_PERIOD) != 0)
            continue;
        pt_str *slot = PT_PUSH(q->a, ret);
        if (!slot)
            return pt_fact_unknown(PT_STR("out of memory"), (pt_str){0});
        *slot = pt_arena_printf(q->a, "%.*s/%.*s", PT_PRI(dir), PT_PRI(name));
    }
    return names;
}

// One more part of the pattern for each of the paths so far.
static pt_fact descend(const pt_host_ask *q, const paths *from, pt_str part, paths *ret) {
    bool wild = pt_str_find(part, '*') < part.n;
    pt_fact last = pt_fact_known(pt_bool(true), q->arg);
    for (size_t i = 0; i < from->n; i++) {
        if (wild) {
            last = match(q, from->v[i], part, ret);
            if (last.state == PT_UNKNOWN)
                return last;
            continue;
        }
        pt_str *slot = PT_PUSH(q->a, ret);
        if (!slot)
            return pt_fact_unknown(PT_STR("out of memory"), (pt_str){0});
        *slot = pt_arena_printf(q->a, "%.*s/%.*s", PT_PRI(from->v[i]), PT_PRI(part));
    }
    // Deeper down a file in a folder's place is no witness of anything.
    return from->n == 1 ? last : pt_fact_known(pt_bool(true), q->arg);
}

pt_value pt_host_file_entry(const pt_host_ask *q, pt_str path, pt_value stat) {
    static const char *const kept[] = {"mode", "uid", "gid", "acl"};
    pt_obj o = {.a = q->a};
    pt_obj_set(&o, "path", pt_string(path));
    for (size_t i = 0; i < PT_COUNT(kept); i++)
        pt_obj_set(&o, kept[i], pt_getz(stat, kept[i]));
    pt_obj_maybe(&o, "above", pt_getz(stat, "above"));
    return pt_obj_end(&o);
}

// files//etc/docker/certs.d/*/*
pt_fact pt_host_files(const pt_host_ask *q) {
    paths now = {0};
    pt_str *root = PT_PUSH(q->a, &now);
    if (!root)
        return pt_fact_unknown(PT_STR("out of memory"), (pt_str){0});
    *root = PT_STR("");
    pt_str rest = pt_str_sub(q->arg, 1, q->arg.n);
    pt_str part;
    while (pt_str_split(&rest, '/', &part)) {
        paths next = {0};
        pt_fact f = descend(q, &now, part, &next);
        if (f.state != PT_KNOWN)
            return f;
        now = next;
    }
    pt_list l = {.a = q->a};
    for (size_t i = 0; i < now.n; i++) {
        pt_fact f = pt_host_with_above(q, now.v[i], pt_world_stat(q->w, q->a, now.v[i].p, NULL));
        if (f.state == PT_UNKNOWN)
            return f;
        bool folder = pt_str_eqz(pt_text(pt_getz(f.value, "type")), "directory");
        if (f.state == PT_KNOWN && !folder)
            pt_list_add(&l, pt_host_file_entry(q, now.v[i], f.value));
    }
    return pt_fact_known(pt_list_end(&l), q->arg);
}
