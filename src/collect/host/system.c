// Files by mode and owner, installed programs, and which distribution this is.
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/vfs.h>

#include "base/fd.h"
#include "collect/host/provider.h"

// May somebody who is not root put another file in the place of what is below this folder?
static bool lets_replace(pt_value stat) {
    int64_t mode = 0;
    int64_t uid = 0;
    PT_IGNORE(pt_to_int(pt_getz(stat, "mode"), &mode));
    PT_IGNORE(pt_to_int(pt_getz(stat, "uid"), &uid));
    return uid != 0 || ((mode & (S_IWGRP | S_IWOTH)) && !(mode & S_ISVTX));
}

// The highest such folder above `path`, as {"path", "mode", "uid", …}; absent if there is none.
static pt_fact folder_above(const pt_host_ask *q, pt_str path) {
    for (size_t i = 0; i < path.n; i++) {
        if (path.p[i] != '/' || path.n == 1)
            continue;
        pt_str folder = pt_arena_str(q->a, i ? pt_str_sub(path, 0, i) : PT_STR("/"));
        if (!folder.p)
            return pt_fact_unknown(PT_STR("out of memory"), (pt_str){0});
        pt_fact f = pt_world_stat(q->w, q->a, folder.p, folder.p);
        if (f.state != PT_KNOWN)
            return f;
        if (lets_replace(f.value))
            return pt_fact_known(f.value, folder);
    }
    return pt_fact_absent(path);
}

pt_fact pt_host_with_above(const pt_host_ask *q, pt_str path, pt_fact stat) {
    enum {
        KEYS_MAX = 16
    };
    pt_fact above = stat.state == PT_KNOWN ? folder_above(q, path) : pt_fact_absent(path);
    if (above.state == PT_UNKNOWN)
        return above;
    size_t n = pt_len(stat.value);
    if (above.state == PT_ABSENT || n >= KEYS_MAX)
        return stat;
    pt_obj o = {.a = q->a};
    pt_obj_set(&o, "path", pt_string(above.source));
    pt_obj_set(&o, "mode", pt_getz(above.value, "mode"));
    pt_obj_set(&o, "uid", pt_getz(above.value, "uid"));
    pt_value pairs[2 * KEYS_MAX];
    for (size_t i = 0; i < n; i++) {
        pairs[2 * i] = pt_key_at(stat.value, i);
        pairs[2 * i + 1] = pt_val_at(stat.value, i);
    }
    pairs[2 * n] = pt_stringz("above");
    pairs[2 * n + 1] = pt_obj_end(&o);
    stat.value = pt_object_of(q->a, pairs, n + 1, NULL);
    bool whole = pt_defined(pairs[2 * n + 1]) && pt_defined(stat.value);
    return whole ? stat : pt_fact_unknown(PT_STR("out of memory"), (pt_str){0});
}

pt_fact pt_host_file(const pt_host_ask *q) {
    pt_str path = pt_arena_str(q->a, q->arg);
    if (!path.p)
        return pt_fact_unknown(PT_STR("out of memory"), (pt_str){0});
    return pt_host_with_above(q, path, pt_world_stat(q->w, q->a, path.p, NULL));
}

// Part of the whole in percent, rounded down.
static pt_value percent(uint64_t part, uint64_t whole) {
    return pt_int((int64_t)((long double)part / (long double)whole * 100));
}

// {"path": "/var", "free": 80, "inodes": 97}: percent that are left, as df(1) reckons. A file
// system that makes inodes as it needs them has no "inodes".
pt_fact pt_host_disk_free(const pt_host_ask *q) {
    pt_str path = pt_arena_str(q->a, q->arg);
    if (!path.p)
        return pt_fact_unknown(PT_STR("out of memory"), (pt_str){0});
    pt_fact there = pt_world_stat(q->w, q->a, path.p, NULL);
    if (there.state != PT_KNOWN)
        return there;
    struct statfs fs;
    PT_AUTO(pt_fd_close) int fd = q->w->open(q->w, path.p, O_PATH);
    if (fd < 0 || fstatfs(fd, &fs) != 0)
        return pt_world_refused(q->a, path.p, "statfs", fd < 0 ? -fd : errno);
    if (fs.f_blocks == 0 || fs.f_bfree > fs.f_blocks)
        return pt_fact_unknown(
            pt_arena_printf(q->a, "%.*s does not say how large it is", PT_PRI(path)), (pt_str){0});
    uint64_t usable = fs.f_blocks - fs.f_bfree + fs.f_bavail;
    pt_obj o = {.a = q->a};
    pt_obj_set(&o, "path", pt_string(path));
    pt_obj_set(&o, "free", usable ? percent(fs.f_bavail, usable) : pt_int(0));
    if (fs.f_files)
        pt_obj_set(&o, "inodes", percent(fs.f_ffree, fs.f_files));
    pt_value v = pt_obj_end(&o);
    return pt_defined(v) ? pt_fact_known(v, path)
                         : pt_fact_unknown(PT_STR("out of memory"), (pt_str){0});
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
