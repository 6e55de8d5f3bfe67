#include "collect/image/root.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "base/fd.h"
#include "collect/image/limits.h"
#include "collect/image/system.h"
#include "collect/licence/licence.h"

enum {
    BLOCK = 512,
    CHUNK = 1 << 16,
    NAME_MAX_USTAR = 100,
};

typedef struct folder {
    pt_str path;
    dev_t dev;
    struct folder *next;
} folder;

typedef struct root {
    int fd, out;
    bool tree;
    bool all;      // files, not those alone that somebody reads packages from
    bool tell;     // everything there is, and whose it is
    bool licences; // files that say them
    pt_layers *l;
    pt_arena a;
    pt_reader_index rows;
    folder *waiting;
    pt_map files; // device and number of one with several names -> char *, the path it was sent by
    uint64_t entries;
    bool gone;      // nobody reads any more
    struct stat st; // of the entry that is written
    size_t problems;
    char *chunk;
    pt_buf path; // of the entry that is looked at
} root;

static pt_code no_memory(pt_err *e) {
    return pt_err_set(e, PT_E_NOMEM, "out of memory");
}

static void tell(root *r, const char *what, pt_str path, int sys) {
    if (r->problems++ >= PT_FAULTS_MAX)
        return; // the first ones tell the story
    bool denied = sys == EACCES || sys == EPERM;
    pt_layers_problem(
        r->l, "not evaluated",
        pt_arena_printf(r->l->a, "%s%s%s%s", what, sys ? ": " : "", sys ? pt_errno_text(sys) : "",
                        denied && geteuid() != 0 ? " (root may: sudo paratia scan)" : ""),
        pt_arena_str(r->l->a, path), 0);
}

// Below the folder, through no link.
static int open_below(int fd, const char *path, uint64_t flags) {
    struct open_how how = {.flags = flags | O_CLOEXEC | O_NONBLOCK | O_NOCTTY | O_NOFOLLOW,
                           .resolve =
                               RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS};
    return (int)syscall(SYS_openat2, fd, path, &how, sizeof how);
}

static bool stands(int fd, const char *path) {
    struct stat st;
    return fstatat(fd, path, &st, 0) == 0;
}

pt_folder pt_folder_of(int fd) {
    if (stands(fd, "oci-layout") || (stands(fd, "index.json") && stands(fd, "blobs")) ||
        (stands(fd, "ingest") && stands(fd, "blobs")))
        return PT_FOLDER_IMAGE;
    struct stat st;
    bool system = fstatat(fd, "etc/os-release", &st, AT_SYMLINK_NOFOLLOW) == 0 ||
                  fstatat(fd, "usr/lib/os-release", &st, AT_SYMLINK_NOFOLLOW) == 0;
    return system ? PT_FOLDER_ROOT : PT_FOLDER_TREE;
}

uint64_t pt_root_sums(int fd) {
    uint64_t sums = 0;
    const char *name;
    for (size_t i = 0; !sums && (name = pt_system_name(i)); i++)
        sums = stands(fd, name) ? pt_system_sums(pt_str_of(name)) : 0;
    return sums;
}

// -- the tar --------------------------------------------------------------------------------------

static void put(root *r, pt_str bytes) {
    if (!r->gone && pt_fd_write_all(r->out, bytes, NULL))
        r->gone = true; // it says itself why
}

static void fill(root *r, uint64_t n) {
    static const char zeros[BLOCK];
    while (n && !r->gone) {
        size_t now = n < BLOCK ? (size_t)n : BLOCK;
        put(r, (pt_str){zeros, now});
        n -= now;
    }
}

// Octal, or in base 256 what has no room for that.
static void put_number(char *at, size_t n, uint64_t v) {
    if (v >> (3 * (n - 1)) == 0) {
        (void)snprintf(at, n, "%0*llo", (int)n - 1, (unsigned long long)v);
        return;
    }
    for (size_t i = n; i-- > 1; v >>= 8)
        at[i] = (char)(v & 0xff);
    at[0] = (char)0x80;
}

// A header of ustar; what does not fit its fields has entries of GNU before it.
static void put_head(root *r, pt_str name, char type, uint64_t size, pt_str link) {
    const struct stat nobody = {.st_mode = 0644};
    const struct stat *st = r->tell ? &r->st : &nobody;
    char b[BLOCK] = {0};
    unsigned sum = 0;
    memcpy(b, name.p, name.n < NAME_MAX_USTAR ? name.n : NAME_MAX_USTAR);
    put_number(b + 100, 8, st->st_mode & 07777);
    put_number(b + 108, 8, st->st_uid);
    put_number(b + 116, 8, st->st_gid);
    put_number(b + 124, 12, size);
    put_number(b + 136, 12, st->st_mtime > 0 ? (uint64_t)st->st_mtime : 0);
    memset(b + 148, ' ', 8);
    b[156] = type;
    if (link.n)
        memcpy(b + 157, link.p, link.n < NAME_MAX_USTAR ? link.n : NAME_MAX_USTAR);
    memcpy(b + 257, "ustar\00000", 8);
    for (size_t i = 0; i < sizeof b; i++)
        sum += (unsigned char)b[i];
    (void)snprintf(b + 148, 8, "%06o", sum & 0777777u);
    put(r, (pt_str){b, sizeof b});
}

static void put_long(root *r, char type, pt_str text) {
    if (text.n <= NAME_MAX_USTAR)
        return;
    put_head(r, PT_STR("././@LongLink"), type, text.n, (pt_str){0});
    put(r, text);
    fill(r, (BLOCK - text.n % BLOCK) % BLOCK);
}

// A record of PAX: its length counts itself.
static void put_capability(root *r, pt_str value) {
    static const char key[] = " SCHILY.xattr.security.capability=";
    char text[512];
    size_t n = sizeof key - 1 + value.n + 1;
    n += n + 2 > 99 ? 3 : 2;
    int head = snprintf(text, sizeof text, "%zu%s", n, key);
    if (head < 0 || (size_t)head + value.n + 1 > sizeof text)
        return;
    memcpy(text + head, value.p, value.n);
    text[(size_t)head + value.n] = '\n';
    put_head(r, PT_STR("././@PaxHeader"), 'x', n, (pt_str){0});
    put(r, (pt_str){text, n});
    fill(r, (BLOCK - n % BLOCK) % BLOCK);
}

static void put_entry(root *r, pt_str path, char type, uint64_t size, pt_str link) {
    put_long(r, 'K', link);
    put_long(r, 'L', path);
    put_head(r, path, type, size, link);
}

// The content, exactly as many bytes as the header says; a file that shrinks meanwhile is filled
// up.
static void put_content(root *r, int fd, pt_str path, uint64_t size) {
    uint64_t left = size;
    while (left && !r->gone) {
        ssize_t n = read(fd, r->chunk, left < CHUNK ? (size_t)left : CHUNK);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0) {
            tell(r, "A file could not be read to its end", path, n < 0 ? errno : 0);
            break;
        }
        put(r, (pt_str){r->chunk, (size_t)n});
        left -= (uint64_t)n;
    }
    fill(r, left);
    fill(r, (BLOCK - size % BLOCK) % BLOCK);
}

// -- files ----------------------------------------------------------------------------------------

// What a source tree's lock files ask for, installed: it is not the tree's own, and only says
// licences.
static bool is_installed(const root *r, pt_str path) {
    return r->tree && (pt_str_starts(path, PT_STR("node_modules/")) ||
                       pt_str_has(path, PT_STR("/node_modules/")));
}

static bool is_named(const root *r, pt_str path, uint64_t size) {
    if (is_installed(r, path) && !pt_licence_file_of(path))
        return pt_str_ends(path, PT_STR("/package.json"));
    const pt_reader_row *row = (r->tree ? pt_reader_find : pt_reader_guess)(&r->rows, path);
    if (r->licences && pt_licence_file_of(path) != PT_LICENCE_NONE)
        return true;
    return (row && !row->claims) || pt_reader_asks(&r->rows, path, size) ||
           (r->tree && pt_reader_asks_within(&r->rows, path));
}

static bool is_program(int fd) {
    char head[4];
    return pread(fd, head, sizeof head, 0) == (ssize_t)sizeof head && memcmp(head,
                                                                             "\x7f"
                                                                             "ELF",
                                                                             4) == 0;
}

static uint64_t identity(const struct stat *st) {
    const uint64_t words[] = {st->st_dev, st->st_ino};
    return pt_path_hash((pt_str){(const char *)words, sizeof words});
}

// Another name of a file that was sent already.
static bool put_again(root *r, pt_str path, const struct stat *st) {
    const char *first = st->st_nlink > 1 ? pt_map_get(&r->files, identity(st)) : NULL;
    if (first)
        put_entry(r, path, '1', 0, pt_str_of(first));
    return first != NULL;
}

// The next name of this file shall be a link to this one.
static pt_code remember(root *r, pt_str path, const struct stat *st, pt_err *e) {
    char *kept = st->st_nlink > 1 ? pt_arena_take(&r->a, path.n + 1) : NULL;
    if (st->st_nlink < 2)
        return PT_OK;
    if (!kept)
        return no_memory(e);
    memcpy(kept, path.p, path.n);
    kept[path.n] = '\0';
    return pt_map_put(&r->files, identity(st), kept) ? PT_OK : no_memory(e);
}

static pt_code put_file(root *r, pt_str path, bool named, int fd, pt_err *e) {
    struct stat st;
    if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode) || put_again(r, path, &st) ||
        (!named && !r->all && !is_program(fd)))
        return PT_OK;
    if ((uint64_t)st.st_size > PT_FILE_BYTES_MAX) {
        tell(r, "A file could not be read: it is larger than 1 GiB", path, 0);
        return PT_OK;
    }
    char capability[64];
    ssize_t n = r->tell ? fgetxattr(fd, "security.capability", capability, sizeof capability) : -1;
    r->st = st;
    if (n > 0)
        put_capability(r, (pt_str){capability, (size_t)n});
    put_entry(r, path, '0', (uint64_t)st.st_size, (pt_str){0});
    put_content(r, fd, path, (uint64_t)st.st_size);
    return remember(r, path, &st, e);
}

static pt_code take_file(root *r, int in, const char *name, pt_str path, uint64_t size, pt_err *e) {
    bool named = is_named(r, path, size);
    bool others = (r->all || r->rows.elf.n) && !is_installed(r, path);
    if (!named && !others)
        return PT_OK;
    PT_AUTO(pt_fd_close) int fd = open_below(in, name, O_RDONLY);
    if (fd >= 0)
        return put_file(r, path, named, fd, e);
    if (errno != ENOENT) // else it was removed meanwhile
        tell(r, "A file could not be read", path, errno);
    return PT_OK;
}

static void take_link(root *r, int in, const char *name, pt_str path) {
    char to[PT_PATH_BYTES_MAX];
    ssize_t n = readlinkat(in, name, to, sizeof to);
    if (n > 0)
        put_entry(r, path, '2', 0, (pt_str){to, (size_t)n});
}

// -- folders --------------------------------------------------------------------------------------

// File systems that the kernel makes up: nothing is installed there, and reading some of it acts.
static bool is_made_up(int fd) {
    static const unsigned long kinds[] = {PROC_SUPER_MAGIC,
                                          SYSFS_MAGIC,
                                          DEVPTS_SUPER_MAGIC,
                                          CGROUP_SUPER_MAGIC,
                                          CGROUP2_SUPER_MAGIC,
                                          DEBUGFS_MAGIC,
                                          TRACEFS_MAGIC,
                                          SECURITYFS_MAGIC,
                                          BPF_FS_MAGIC,
                                          PSTOREFS_MAGIC,
                                          SELINUX_MAGIC,
                                          HUGETLBFS_MAGIC,
                                          EFIVARFS_MAGIC,
                                          NSFS_MAGIC,
                                          BINFMTFS_MAGIC,
                                          AUTOFS_SUPER_MAGIC,
                                          0x19800202 /* mqueue */,
                                          0x62656570 /* configfs */,
                                          0x65735543 /* fusectl */};
    struct statfs fs;
    if (fstatfs(fd, &fs) != 0)
        return false;
    for (size_t i = 0; i < PT_COUNT(kinds); i++)
        if ((unsigned long)fs.f_type == kinds[i])
            return true;
    return false;
}

// What is no part of what is installed here: images and containers of engines, root's and, in
// homes, anybody's. A source tree: what it does not say itself, unless it is asked for licences.
static bool is_left_out(const root *r, pt_str path) {
    static const char *const of_engines[] = {"var/lib/docker", "var/lib/containerd",
                                             "var/lib/containers/storage",
                                             "var/snap/docker/common/var-lib-docker"};
    static const char *const of_rootless[] = {"/.local/share/docker", "/.local/share/containerd",
                                              "/.local/share/nerdctl",
                                              "/.local/share/containers/storage"};
    size_t cut = pt_str_rfind(path, '/');
    pt_str name = pt_str_sub(path, cut < path.n ? cut + 1 : 0, path.n);
    bool out =
        r->tree && (pt_str_eqz(name, ".git") || (pt_str_eqz(name, "node_modules") && !r->licences));
    for (size_t i = 0; !r->tree && i < PT_COUNT(of_engines); i++)
        out = out || pt_str_eqz(path, of_engines[i]);
    for (size_t i = 0; !r->tree && i < PT_COUNT(of_rootless); i++)
        out = out || pt_str_ends(path, pt_str_of(of_rootless[i]));
    return out;
}

static pt_code push(root *r, pt_str path, dev_t dev, pt_err *e) {
    folder *f = PT_NEW(&r->a, folder, 1);
    if (!f)
        return no_memory(e);
    *f = (folder){pt_arena_str(&r->a, path), dev, r->waiting};
    r->waiting = f;
    return f->path.p ? PT_OK : no_memory(e);
}

// A folder, a device, a pipe: only if all is told.
static void put_special(root *r, pt_str path, const struct stat *st) {
    char type = S_ISDIR(st->st_mode)    ? '5'
                : S_ISCHR(st->st_mode)  ? '3'
                : S_ISBLK(st->st_mode)  ? '4'
                : S_ISFIFO(st->st_mode) ? '6'
                                        : 0;
    bool whiteout = S_ISCHR(st->st_mode) && st->st_rdev == 0; // of an overlay: nothing is there
    if (r->tell && type && !whiteout)
        put_entry(r, path, type, 0, (pt_str){0});
}

// `fd` is the folder that it stands in: no name above it can be changed under our hands.
static pt_code take_entry(root *r, const folder *in, int fd, const char *name, pt_err *e) {
    struct stat st;
    pt_buf_clear(&r->path);
    pt_buf_put(&r->path, in->path);
    pt_buf_putz(&r->path, in->path.n ? "/" : "");
    pt_buf_putz(&r->path, name);
    pt_str path = pt_buf_str(&r->path);
    if (r->path.full) {
        tell(r, "A path is longer than can be followed", pt_str_sub(path, 0, 200), 0);
        return PT_OK;
    }
    if (r->entries++ == PT_LAYER_ENTRIES_MAX)
        return pt_err_set(e, PT_E_LIMIT, "more than %u files", PT_LAYER_ENTRIES_MAX);
    if (fstatat(fd, name, &st, AT_SYMLINK_NOFOLLOW) != 0)
        return PT_OK; // removed meanwhile
    r->st = st;
    put_special(r, path, &st);
    if (S_ISLNK(st.st_mode) && !is_installed(r, path))
        take_link(r, fd, name, path);
    else if (!r->tell && !S_ISREG(st.st_mode) && !S_ISDIR(st.st_mode) && !S_ISLNK(st.st_mode) &&
             is_named(r, path, 0))
        put_entry(r, path, '6', 0, (pt_str){0}); // a device or a pipe where a file belongs: told
    if (S_ISDIR(st.st_mode))
        return is_left_out(r, path) ? PT_OK : push(r, path, in->dev, e);
    return S_ISREG(st.st_mode) ? take_file(r, fd, name, path, (uint64_t)st.st_size, e) : PT_OK;
}

static int by_name(const struct dirent **a, const struct dirent **b) {
    return strcmp((*a)->d_name, (*b)->d_name);
}

static int no_dots(const struct dirent *d) {
    return strcmp(d->d_name, ".") != 0 && strcmp(d->d_name, "..") != 0;
}

static pt_code take_folder(root *r, folder *f, pt_err *e) {
    struct dirent **names = NULL;
    struct stat st;
    pt_code code = PT_OK;
    PT_AUTO(pt_fd_close)
    int fd = open_below(r->fd, f->path.n ? f->path.p : ".", O_RDONLY | O_DIRECTORY);
    if (fd < 0 || fstat(fd, &st) != 0) {
        if (errno != ENOENT)
            tell(r, "A folder could not be read", f->path, errno);
        return PT_OK;
    }
    if (st.st_dev != f->dev && f->path.n && is_made_up(fd))
        return PT_OK;
    f->dev = st.st_dev;
    int n = scandirat(fd, ".", &names, no_dots, by_name);
    if (n < 0)
        tell(r, "A folder could not be read", f->path, errno);
    for (int i = 0; i < n; i++) {
        if (!code && !r->gone)
            code = take_entry(r, f, fd, names[i]->d_name, e);
        free(names[i]);
    }
    free((void *)names);
    return code;
}

pt_code pt_root_write(const pt_root_ask *ask, pt_layers *l, pt_err *e) {
    root r = {.fd = ask->fd,
              .out = ask->out,
              .tree = ask->kind == PT_FOLDER_TREE,
              .all = ask->all,
              .tell = ask->tell,
              .licences = ask->licences,
              .l = l};
    r.files.a = &r.a;
    r.path.max = PT_PATH_BYTES_MAX - 1;
    r.chunk = pt_arena_take(&r.a, CHUNK);
    pt_code code = r.chunk ? push(&r, (pt_str){"", 0}, 0, e) : no_memory(e);
    if (!code)
        code = pt_reader_index_make(&r.rows, &r.a, r.tree ? PT_IN_TREE : PT_IN_IMAGE, e);
    while (!code && r.waiting && !r.gone) {
        folder *f = r.waiting;
        r.waiting = f->next;
        code = take_folder(&r, f, e);
    }
    if (!code)
        fill(&r, (uint64_t)2 * BLOCK);
    pt_buf_done(&r.path);
    pt_arena_done(&r.a);
    return code;
}
