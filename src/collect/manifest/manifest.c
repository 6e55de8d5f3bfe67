// Paths: a file, a folder, standard input.
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/magic.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "base/fd.h"
#include "collect/manifest/impl.h"

void pt_manifest_problem_of(pt_manifest_reader *r, pt_problem_kind kind, pt_place place,
                            const pt_err *err) {
    pt_manifest_problem p = {.kind = kind, .place = place, .err = *err};
    r->counts->problems++;
    if (!r->sink->problem(r->sink->ctx, &p))
        r->stopped = true;
}

static void broken(pt_manifest_reader *r, const char *path, const pt_err *e) {
    pt_manifest_problem_of(r, PT_PROBLEM_BROKEN, (pt_place){.file = pt_str_of(path)}, e);
}

static pt_code refused(pt_err *e, int sys, const char *path) {
    pt_code code = pt_err_sys(e, sys, "cannot read: %s", pt_errno_text(sys));
    // Somebody named it: that it does not exist is then proved by its name.
    if (sys == ENOENT || sys == ENOTDIR) {
        code = pt_err_set(e, PT_E_ABSENT, "no such file or folder");
        pt_err_remedy(e, "check the path");
    } else if (code == PT_E_DENIED) {
        pt_err_remedy(e, "run as a user that may read it");
    } else if (sys == ELOOP) {
        pt_err_remedy(e, "remove the symbolic link: it leads back to itself");
    }
    pt_err_at(e, "%s", path);
    return code;
}

static void refuse(pt_manifest_reader *r, const char *path, int sys) {
    pt_err e = {0};
    PT_IGNORE(refused(&e, sys, path)); // it is told, not returned
    broken(r, path, &e);
}

// -- files ----------------------------------------------------------------------------------------

static void read_fd(pt_manifest_reader *r, const char *path, int fd) {
    if (r->sink->progress)
        r->sink->progress(r->sink->ctx, pt_str_of(path), r->counts->files);
    PT_AUTO(pt_manifest_bytes_done) pt_manifest_bytes bytes = {0};
    pt_err e = {0};
    r->counts->files++;
    if (pt_manifest_load(fd, &bytes, &e))
        broken(r, path, &e);
    else
        pt_manifest_documents(r, pt_str_of(path), bytes.bytes);
}

// A file that a folder holds.
static void read_member(pt_manifest_reader *r, const char *path, mode_t mode) {
    static const struct {
        mode_t type;
        const char *what;
    } types[] = {
        {S_IFIFO, "a FIFO"}, {S_IFSOCK, "a socket"}, {S_IFCHR, "a device"}, {S_IFBLK, "a device"}};
    for (size_t i = 0; i < PT_COUNT(types); i++)
        if ((mode & S_IFMT) == types[i].type) {
            pt_err e = {0};
            pt_err_set(&e, PT_E_UNSUPPORTED, "%s, not a file", types[i].what);
            pt_err_remedy(&e, "name it as PATH to read it, or move it out of the folder");
            broken(r, path, &e);
            return;
        }
    // Whoever swaps the file for a FIFO now does not make us wait.
    PT_AUTO(pt_fd_close) int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (fd < 0)
        refuse(r, path, errno);
    else
        read_fd(r, path, fd);
}

// -- folders --------------------------------------------------------------------------------------

static bool is_manifest(const char *name) {
    pt_str s = pt_str_of(name);
    pt_str end = pt_str_sub(s, pt_str_rfind(s, '.'), s.n);
    return pt_str_eq_nocase(end, PT_STR(".yaml")) || pt_str_eq_nocase(end, PT_STR(".yml")) ||
           pt_str_eq_nocase(end, PT_STR(".json"));
}

static int real_entry(const struct dirent *entry) {
    return strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0;
}

static int by_name(const struct dirent **a, const struct dirent **b) {
    return strcmp((*a)->d_name, (*b)->d_name); // alphasort follows the locale
}

static void limit(pt_manifest_reader *r, const char *path, const char *what) {
    pt_err e = {0};
    pt_err_set(&e, PT_E_LIMIT, "%s", what);
    pt_err_remedy(&e, "check its folders one by one");
    broken(r, path, &e);
}

// A link may lead back: what it leads to is read where it really is, if that is below the folder
// that was named; else who wants it names it.
static void unfollowed(pt_manifest_reader *r, const char *path) {
    char *real = realpath(path, NULL);
    pt_str inside = pt_str_sub(pt_str_of(real), 0, r->root.n);
    bool seen = real && r->root.n && pt_str_eq(inside, r->root) &&
                (real[r->root.n] == '/' || real[r->root.n] == '\0');
    free(real);
    if (seen)
        return;
    pt_err e = {0};
    pt_err_set(&e, PT_E_UNSUPPORTED, "a symbolic link to a folder, not followed");
    pt_err_remedy(&e, "name it as PATH to check what it leads to");
    broken(r, path, &e);
}

static void read_folder(pt_manifest_reader *r, const char *path, unsigned depth);

// NOLINTNEXTLINE(misc-no-recursion): PT_MANIFEST_DEPTH_MAX
static void read_entry(pt_manifest_reader *r, const char *path, const char *name, unsigned depth) {
    struct stat st;
    if (lstat(path, &st) != 0) {
        if (is_manifest(name))
            refuse(r, path, errno);
        return;
    }
    bool link = S_ISLNK(st.st_mode);
    int sys = link && stat(path, &st) != 0 ? errno : 0;
    if (S_ISDIR(st.st_mode) && strncmp(name, "..", 2) == 0)
        return; // the kubelet's, of a mounted ConfigMap: what is in it is linked beside it
    if (S_ISDIR(st.st_mode) && link) {
        unfollowed(r, path);
    } else if (S_ISDIR(st.st_mode)) {
        read_folder(r, path, depth + 1);
    } else if (!is_manifest(name)) {
        return;
    } else if (sys) {
        refuse(r, path, sys);
    } else if (r->counts->files >= PT_MANIFEST_FILES_MAX) {
        limit(r, path, "more than 200000 files");
        r->stopped = true;
    } else {
        read_member(r, path, st.st_mode);
    }
}

// NOLINTNEXTLINE(misc-no-recursion): PT_MANIFEST_DEPTH_MAX
static void read_folder(pt_manifest_reader *r, const char *path, unsigned depth) {
    if (depth > PT_MANIFEST_DEPTH_MAX) {
        limit(r, path, "folders within folders, more than 64 deep");
        return;
    }
    struct dirent **entries;
    int n = scandir(path, &entries, real_entry, by_name);
    if (n < 0) {
        refuse(r, path, errno);
        return;
    }
    const char *slash = path[0] && path[strlen(path) - 1] == '/' ? "" : "/";
    for (int i = 0; i < n; i++) {
        char *member = NULL;
        if (!r->stopped && asprintf(&member, "%s%s%s", path, slash, entries[i]->d_name) < 0)
            refuse(r, path, ENOMEM);
        else if (!r->stopped)
            read_entry(r, member, entries[i]->d_name, depth);
        free(member);
        free(entries[i]);
    }
    free((void *)entries);
}

// A FIFO has somebody who writes, or it would be waited for without end: the first byte decides. A
// pipe without a name (<(helm template …)) has one, who may take his time.
static pt_code await_writer(int fd, const char *path, pt_err *e) {
    struct pollfd set = {.fd = fd, .events = POLLIN};
    struct statfs fs;
    bool nameless = fstatfs(fd, &fs) == 0 && fs.f_type == PIPEFS_MAGIC;
    int n;
    do
        n = poll(&set, 1, nameless ? -1 : PT_MANIFEST_FIFO_MS);
    while (n < 0 && errno == EINTR);
    if (n > 0)
        return fcntl(fd, F_SETFL, 0) == 0 ? PT_OK : refused(e, errno, path);
    pt_code code = pt_err_set(e, PT_E_TIMEOUT, "nobody writes to this FIFO");
    pt_err_at(e, "%s", path);
    pt_err_remedy(e, "begin to write before, or name a file");
    return code;
}

// A file that somebody named, whatever its type.
static pt_code open_named(const char *path, int *ret_fd, pt_err *e) {
    struct stat st;
    PT_AUTO(pt_fd_close) int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (fd < 0 || fstat(fd, &st) != 0)
        return refused(e, errno, path);
    pt_code code = S_ISFIFO(st.st_mode) ? await_writer(fd, path, e) : PT_OK;
    if (!code)
        *ret_fd = pt_fd_take(&fd);
    return code;
}

pt_code pt_manifest_read(const char *path, const pt_manifest_sink *sink, pt_manifest_counts *counts,
                         pt_err *e) {
    pt_manifest_reader r = {.sink = sink, .counts = counts};
    PT_AUTO(pt_fd_close) int fd = -1;
    struct stat st;
    bool input = strcmp(path, "-") == 0;
    if (!input && stat(path, &st) != 0)
        return refused(e, errno, path);
    bool folder = !input && S_ISDIR(st.st_mode);
    if (folder && faccessat(AT_FDCWD, path, R_OK | X_OK, AT_EACCESS) != 0)
        return refused(e, errno, path);
    pt_code code = input || folder ? PT_OK : open_named(path, &fd, e);
    if (code)
        return code;
    char *root = folder ? realpath(path, NULL) : NULL;
    r.root = pt_str_of(root);
    if (folder)
        read_folder(&r, path, 1);
    else
        read_fd(&r, path, input ? STDIN_FILENO : fd);
    pt_arena_done(&r.arena);
    free(root);
    return PT_OK;
}
