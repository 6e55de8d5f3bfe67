// A bounded walk of folders (world.h). The stack holds paths, not descriptors: a folder is opened
// through the world when its turn comes, so that nothing is open but it.
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <string.h>
#include <sys/statvfs.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "base/fd.h"
#include "fact/world.h"

typedef struct place {
    pt_str path;
    mode_t mode;
    dev_t dev;
    bool given; // one of walk->folders
} place;

typedef struct walker {
    pt_world *w;
    pt_arena *a;    // of the reason
    pt_arena paths; // of the stack
    const pt_walk *walk;
    PT_VEC(place) stack;
    struct stat root; // of the world
    size_t seen, max;
    bool whole;
    pt_fact trouble; // the first, if it is not whole
} walker;

static void trouble(walker *k, pt_fact why) {
    if (k->whole)
        k->trouble = why;
    k->whole = false;
}

static void push(walker *k, const place *p) {
    place *slot = PT_PUSH(&k->paths, &k->stack);
    if (slot && p->path.p)
        *slot = *p;
    else
        trouble(k, pt_fact_unknown(PT_STR("out of memory"), (pt_str){0}));
}

typedef enum mount_kind {
    WALKED,  // files of this machine
    KERNELS, // no files at all
    FOREIGN, // another machine's, or a program's
} mount_kind;

static mount_kind kind_of(uint32_t type) {
    static const struct {
        uint32_t type;
        mount_kind kind;
    } kinds[] = {
        {EXT4_SUPER_MAGIC, WALKED},  {0x58465342, WALKED},                             // XFS
        {BTRFS_SUPER_MAGIC, WALKED}, {F2FS_SUPER_MAGIC, WALKED}, {0x2fc12fc1, WALKED}, // ZFS
        {0xca451a4e, WALKED},                                                          // bcachefs
        {TMPFS_MAGIC, WALKED},       {RAMFS_MAGIC, WALKED},      {OVERLAYFS_SUPER_MAGIC, WALKED},
        {SQUASHFS_MAGIC, WALKED},    {0xe0f5e1e2, WALKED}, // EROFS
        {0x67596969, KERNELS},                             // rpc_pipefs
        {PROC_SUPER_MAGIC, KERNELS}, {SYSFS_MAGIC, KERNELS},     {NSFS_MAGIC, KERNELS},
    };
    for (size_t i = 0; i < PT_COUNT(kinds); i++)
        if (kinds[i].type == type)
            return kinds[i].kind;
    return FOREIGN;
}

// May a mount point be entered? O_PATH alone mounts nothing that waits for an access (autofs).
static bool enters_mount(walker *k, pt_str path) {
    struct statfs fs;
    PT_AUTO(pt_fd_close) int fd = k->w->open(k->w, path.p, O_PATH);
    if (fd < 0 || fstatfs(fd, &fs) != 0) {
        trouble(k, pt_world_refused(k->a, path.p, "statfs", fd < 0 ? -fd : errno));
        return false;
    }
    mount_kind kind = kind_of((uint32_t)fs.f_type);
    if (kind == FOREIGN && !((unsigned long)fs.f_flags & ST_NOSUID))
        trouble(k, pt_fact_unknown(
                       pt_arena_printf(k->a, "%.*s is no local disk, and mounted without nosuid",
                                       PT_PRI(path)),
                       pt_arena_printf(k->a, "mount -o remount,nosuid %.*s", PT_PRI(path))));
    return kind == WALKED;
}

// A name of the folder `p` that `fd` stands for.
static void take(walker *k, const place *p, int fd, const char *name) {
    struct stat st;
    if (fstatat(fd, name, &st, AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT) != 0) {
        if (errno != ENOENT)
            trouble(k, pt_world_refused(k->a, p->path.p, "stat", errno));
        return;
    }
    if (!S_ISREG(st.st_mode) && !S_ISDIR(st.st_mode))
        return;
    pt_walk_entry e = {p->path, p->mode, name, &st};
    if (S_ISREG(st.st_mode)) {
        k->walk->visit(k->walk->ctx, &e);
        return;
    }
    pt_str path = pt_arena_printf(&k->paths, "%.*s/%s", PT_PRI(p->path), name);
    if (!path.p)
        push(k, &(place){0}); // says so
    else if (k->walk->enter(k->walk->ctx, path) && (st.st_dev == p->dev || enters_mount(k, path))) {
        k->walk->visit(k->walk->ctx, &e);
        push(k, &(place){path, st.st_mode, st.st_dev, false});
    }
}

static bool dot(const char *name) {
    return name[0] == '.' && (name[1] == '\0' || (name[1] == '.' && name[2] == '\0'));
}

// All names of the folder that `fd` stands for. Links, sockets, FIFOs and devices cost no call.
static void list(walker *k, const place *p, DIR *d, int fd) {
    struct dirent *entry;
    for (errno = 0; (entry = readdir(d)) != NULL; errno = 0) {
        if (dot(entry->d_name))
            continue;
        if (++k->seen > k->max) {
            trouble(k, pt_fact_unknown(pt_arena_printf(k->a, "stopped after %zu files at %.*s",
                                                       k->max, PT_PRI(p->path)),
                                       (pt_str){0}));
            return;
        }
        bool maybe =
            entry->d_type == DT_REG || entry->d_type == DT_DIR || entry->d_type == DT_UNKNOWN;
        if (maybe)
            take(k, p, fd, entry->d_name);
    }
    if (errno)
        trouble(k, pt_world_refused(k->a, p->path.p, "readdir", errno));
}

// One of the folders that were given: on this machine's disks?
static bool begins(walker *k, place *p, int fd) {
    struct stat st;
    if (fstat(fd, &st) != 0) {
        trouble(k, pt_world_refused(k->a, p->path.p, "fstat", errno));
        return false;
    }
    pt_walk_entry e = {PT_STR(""), k->root.st_mode, p->path.p + 1, &st};
    k->walk->visit(k->walk->ctx, &e);
    p->mode = st.st_mode;
    p->dev = st.st_dev;
    return st.st_dev == k->root.st_dev || enters_mount(k, p->path);
}

// A folder that is not there: one that was given must be proved absent.
static void missing(walker *k, const place *p) {
    pt_fact none = {.state = PT_ABSENT};
    if (p->given)
        none = pt_world_stat(k->w, k->a, p->path.p, k->walk->folders[0]);
    if (none.state == PT_UNKNOWN)
        trouble(k, none);
}

static void open_and_list(walker *k, place *p) {
    int fd = k->w->open(k->w, p->path.p, O_RDONLY | O_DIRECTORY | (p->given ? 0 : O_NOFOLLOW));
    if (fd < 0) {
        if (fd == -ENOENT)
            missing(k, p);
        else
            trouble(k, pt_world_refused(k->a, p->path.p, "open", -fd));
        return;
    }
    if (p->given && !begins(k, p, fd)) {
        close(fd);
        return;
    }
    DIR *d = fdopendir(fd);
    if (!d) {
        trouble(k, pt_world_refused(k->a, p->path.p, "fdopendir", errno));
        close(fd);
        return;
    }
    list(k, p, d, fd);
    closedir(d);
}

static void look_at_root(walker *k) {
    PT_AUTO(pt_fd_close) int fd = k->w->open(k->w, "/", O_PATH | O_DIRECTORY);
    if (fd < 0 || fstat(fd, &k->root) != 0)
        trouble(k, pt_world_refused(k->a, "/", "open", fd < 0 ? -fd : errno));
}

pt_fact pt_world_walk(pt_world *w, pt_arena *a, const pt_walk *walk) {
    walker k = {.w = w, .a = a, .walk = walk, .whole = true};
    k.max = walk->max ? walk->max : PT_WORLD_WALK_MAX;
    look_at_root(&k);
    size_t n = 0;
    while (walk->folders[n])
        n++;
    while (n > 0) // the first one comes first off the stack
        push(&k, &(place){.path = pt_str_of(walk->folders[--n]), .given = true});
    while (k.stack.n > 0 && k.seen <= k.max) {
        place p = k.stack.v[--k.stack.n];
        open_and_list(&k, &p);
    }
    pt_arena_done(&k.paths);
    return k.whole ? pt_fact_known(pt_int((int64_t)k.seen), pt_str_of(walk->folders[0]))
                   : k.trouble;
}
