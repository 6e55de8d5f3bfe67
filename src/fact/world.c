#include "fact/world.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "base/fd.h"

pt_fact pt_world_refused(pt_arena *a, const char *path, const char *call, int sys) {
    pt_str reason = pt_arena_printf(a, "%s, %s: %s", path, call, pt_errno_text(sys));
    bool denied = sys == EACCES || sys == EPERM;
    return pt_fact_unknown(reason, denied ? PT_STR("needs root: sudo paratia audit") : (pt_str){0});
}

static bool missing(int sys) {
    return sys == ENOENT || sys == ENOTDIR;
}

// Can this folder be listed? 0, or an errno. An open alone proves little on FUSE and NFS.
static int listable(pt_world *w, const char *path) {
    int fd = w->open(w, path, O_RDONLY | O_DIRECTORY);
    if (fd < 0)
        return -fd;
    DIR *d = fdopendir(fd);
    if (!d) {
        int sys = errno;
        close(fd);
        return sys;
    }
    errno = 0;
    bool any = readdir(d) != NULL;
    int sys = any ? 0 : errno ? errno : ENOENT;
    closedir(d);
    return sys;
}

// Absent if the nearest folder above `path` that exists can be listed; the root proves nothing,
// unless `root_counts`. Otherwise unknown.
static pt_fact not_listed(pt_world *w, pt_arena *a, const char *path, bool root_counts) {
    pt_str dir = pt_arena_str(a, pt_str_of(path));
    for (;;) {
        size_t cut = pt_str_rfind(dir, '/');
        if (cut == dir.n || dir.n <= 1 || (cut == 0 && !root_counts))
            return pt_fact_unknown(pt_arena_printf(a, "%s: no folder above it exists", path),
                                   (pt_str){0});
        dir = pt_arena_str(a, cut ? pt_str_sub(dir, 0, cut) : PT_STR("/"));
        if (!dir.p)
            return pt_fact_unknown(PT_STR("out of memory"), (pt_str){0});
        int sys = listable(w, dir.p);
        if (sys == 0)
            return pt_fact_absent(pt_arena_printf(a, "%s (not in %s)", path, dir.p));
        if (!missing(sys))
            return pt_world_refused(a, dir.p, "readdir", sys);
    }
}

// What "no such file" proves: absent with its witness, or unknown. A witness says that this is a
// place where the path could be; it says nothing of a folder that cannot be looked into.
static pt_fact absence(pt_world *w, pt_arena *a, const char *path, const char *witness) {
    if (witness && strcmp(witness, path) == 0)
        return pt_fact_unknown(pt_arena_printf(a, "%s is missing, where every system has it", path),
                               (pt_str){0});
    if (witness) {
        PT_AUTO(pt_fd_close) int there = w->open(w, witness, O_PATH);
        if (there < 0)
            return pt_fact_unknown(
                pt_arena_printf(a, "%s is not there, and neither is %s beside it", path, witness),
                (pt_str){0});
    }
    pt_fact f = not_listed(w, a, path, witness != NULL);
    if (f.state == PT_ABSENT && witness)
        f.source = pt_str_of(path);
    return f;
}

// Open, or say as a fact why not: *ret_fd is -1 then.
static pt_fact open_or_why(pt_world *w, pt_arena *a, const char *path, const char *witness,
                           int flags, int *ret_fd) {
    *ret_fd = w->open(w, path, flags);
    if (*ret_fd >= 0)
        return (pt_fact){0};
    int sys = -*ret_fd;
    *ret_fd = -1;
    return missing(sys) ? absence(w, a, path, witness) : pt_world_refused(a, path, "open", sys);
}

static pt_fact full(void) {
    return pt_fact_unknown(PT_STR("out of memory"), (pt_str){0});
}

pt_fact pt_world_read(pt_world *w, pt_arena *a, const char *path, const char *witness,
                      size_t bytes_max) {
    PT_AUTO(pt_fd_close) int fd = -1;
    // O_NONBLOCK: a FIFO in a file's place must not hang the audit.
    pt_fact why = open_or_why(w, a, path, witness, O_RDONLY | O_NONBLOCK | O_NOCTTY, &fd);
    if (fd < 0)
        return why;
    struct stat st;
    if (fstat(fd, &st) != 0)
        return pt_world_refused(a, path, "fstat", errno);
    if (!S_ISREG(st.st_mode))
        return pt_fact_unknown(pt_arena_printf(a, "%s is not a regular file", path), (pt_str){0});
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(bytes_max);
    pt_err e = {0};
    pt_code code = pt_fd_read_all(fd, &b, &e);
    if (code == PT_E_LIMIT)
        return pt_fact_unknown(pt_arena_printf(a, "%s is larger than %zu bytes", path, bytes_max),
                               (pt_str){0});
    if (code)
        return pt_world_refused(a, path, "read", e.sys);
    pt_str text = pt_arena_str(a, pt_buf_str(&b));
    pt_str source = pt_arena_str(a, pt_str_of(path));
    return text.p && source.p ? pt_fact_known(pt_string(text), source) : full();
}

static const char *type_word(mode_t m) {
    return S_ISREG(m)    ? "file"
           : S_ISDIR(m)  ? "directory"
           : S_ISLNK(m)  ? "symlink"
           : S_ISSOCK(m) ? "socket"
           : S_ISFIFO(m) ? "fifo"
                         : "device";
}

pt_fact pt_world_stat(pt_world *w, pt_arena *a, const char *path, const char *witness) {
    PT_AUTO(pt_fd_close) int fd = -1;
    pt_fact why = open_or_why(w, a, path, witness, O_PATH, &fd);
    if (fd < 0)
        return why;
    struct stat st;
    if (fstat(fd, &st) != 0)
        return pt_world_refused(a, path, "fstat", errno);
    pt_obj o = {.a = a};
    pt_obj_set(&o, "type", pt_stringz(type_word(st.st_mode)));
    pt_obj_set(&o, "mode", pt_int(st.st_mode & 07777));
    pt_obj_set(&o, "uid", pt_int(st.st_uid));
    pt_obj_set(&o, "gid", pt_int(st.st_gid));
    pt_obj_set(&o, "size", pt_int(st.st_size));
    pt_obj_set(&o, "mtime", pt_int(st.st_mtim.tv_sec));
    // An access ACL shows as an extended attribute; O_PATH descriptors are read through /proc.
    char self[64];
    snprintf(self, sizeof self, "/proc/self/fd/%d", fd);
    pt_obj_set(&o, "acl", pt_bool(getxattr(self, "system.posix_acl_access", NULL, 0) > 0));
    pt_value v = pt_obj_end(&o);
    pt_str source = pt_arena_str(a, pt_str_of(path));
    return pt_defined(v) && source.p ? pt_fact_known(v, source) : full();
}

static bool dot(const char *name) {
    return strcmp(name, ".") == 0 || strcmp(name, "..") == 0;
}

pt_fact pt_world_list(pt_world *w, pt_arena *a, const char *path, const char *witness) {
    int fd;
    pt_fact why = open_or_why(w, a, path, witness, O_RDONLY | O_DIRECTORY, &fd);
    if (fd < 0)
        return why;
    DIR *d = fdopendir(fd);
    if (!d) {
        int sys = errno;
        close(fd);
        return pt_world_refused(a, path, "fdopendir", sys);
    }
    PT_VEC(pt_value) names = {0};
    pt_value *slot;
    struct dirent *entry;
    bool ok = true;
    for (errno = 0; ok && (entry = readdir(d)) != NULL; errno = 0) {
        if (dot(entry->d_name))
            continue;
        ok = names.n < PT_WORLD_LIST_MAX && (slot = PT_PUSH(a, &names)) != NULL;
        if (ok)
            *slot = pt_string(pt_arena_str(a, pt_str_of(entry->d_name)));
    }
    int sys = errno;
    closedir(d);
    if (!ok)
        return pt_fact_unknown(pt_arena_printf(a, "%s holds too many names", path), (pt_str){0});
    if (sys)
        return pt_world_refused(a, path, "readdir", sys);
    pt_value set = pt_set_of(a, names.v, names.n); // sorts
    pt_list sorted = {.a = a};
    for (size_t i = 0; i < pt_len(set); i++)
        pt_list_add(&sorted, pt_at(set, i));
    pt_value v = pt_list_end(&sorted);
    pt_str source = pt_arena_str(a, pt_str_of(path));
    return pt_defined(v) && source.p ? pt_fact_known(v, source) : full();
}
