// A path of the host, part by part.
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "base/fd.h"
#include "collect/docker/state_impl.h"

enum {
    LINKS_MAX = 40, // as the kernel
    PARTS_MAX = 1000,
    PATH_BYTES_MAX = 4096,
};

typedef struct walk {
    pt_world *w;
    pt_arena *a;
    pt_buf at;   // where it is: "" for the root, else "/a/b"
    pt_str rest; // what is still to be walked
    pt_list links, open, mounts;
    size_t links_n, parts_n;
    mode_t type;
    dev_t device;
} walk;

static pt_fact failed(walk *k, const char *call, int sys) {
    return pt_fact_unknown(
        pt_arena_printf(k->a, "%.*s, %s: %s", PT_PRI(pt_buf_str(&k->at)), call, pt_errno_text(sys)),
        (pt_str){0});
}

// May others than root put another thing in the place of what lies in this folder? With a sticky
// bit they may still make what is not there yet.
static bool open_to_others(int fd, const struct stat *st) {
    char self[64];
    snprintf(self, sizeof self, "/proc/self/fd/%d", fd); // O_PATH descriptors have no attributes
    bool widened = getxattr(self, "system.posix_acl_access", NULL, 0) > 0;
    return st->st_uid != 0 || (st->st_mode & S_IWOTH) ||
           ((st->st_mode & S_IWGRP) && (st->st_gid != 0 || widened));
}

static int open_at(walk *k, struct stat *ret) {
    pt_str path = pt_arena_str(k->a, k->at.n ? pt_buf_str(&k->at) : PT_STR("/"));
    int fd = path.p ? k->w->open(k->w, path.p, O_PATH | O_NOFOLLOW) : -ENOMEM;
    if (fd >= 0 && fstat(fd, ret) != 0) {
        int sys = errno;
        close(fd);
        return -sys;
    }
    return fd;
}

// Where it leads goes before what is left to walk. False: *ret is the answer.
static bool follow(walk *k, int fd, size_t parent, pt_fact *ret) {
    char target[PATH_BYTES_MAX];
    ssize_t n = readlinkat(fd, "", target, sizeof target);
    int sys = n < 0 ? errno : ELOOP;
    if (n <= 0 || (size_t)n == sizeof target || ++k->links_n > LINKS_MAX) {
        *ret = failed(k, "readlink", sys);
        return false;
    }
    pt_list_add(&k->links, pt_string(pt_arena_str(k->a, pt_buf_str(&k->at))));
    k->rest = pt_arena_printf(k->a, "%.*s/%.*s", (int)n, target, PT_PRI(k->rest));
    k->at.n = target[0] == '/' ? 0 : parent;
    k->type = S_IFDIR;
    if (!k->rest.p)
        *ret = failed(k, "readlink", ENOMEM);
    return k->rest.p != NULL;
}

static pt_fact not_there(walk *k) {
    while (pt_str_ends(k->rest, PT_STR("/")))
        k->rest.n--;
    return pt_fact_absent(pt_arena_printf(k->a, "%.*s%s%.*s", PT_PRI(pt_buf_str(&k->at)),
                                          k->rest.n ? "/" : "", PT_PRI(k->rest)));
}

// Step into `part` of the folder that k->at is. False: *ret is the answer.
static bool step(walk *k, pt_str part, pt_fact *ret) {
    size_t parent = k->at.n;
    bool up = pt_str_eqz(part, "..");
    bool folder = k->type == S_IFDIR;
    if (up && folder) {
        k->at.n = parent ? pt_str_rfind(pt_buf_str(&k->at), '/') : 0;
        return true;
    }
    pt_buf_putc(&k->at, '/');
    pt_buf_put(&k->at, part);
    struct stat st;
    PT_AUTO(pt_fd_close) int fd = folder ? open_at(k, &st) : -ENOTDIR;
    if (k->at.full)
        *ret = failed(k, "open", ENAMETOOLONG);
    else if (fd == -ENOENT || fd == -ENOTDIR)
        *ret = not_there(k);
    else if (fd < 0)
        *ret = failed(k, "open", -fd);
    if (fd < 0 || k->at.full)
        return false;
    k->type = st.st_mode & S_IFMT;
    if (k->type == S_IFLNK)
        return follow(k, fd, parent, ret);
    if (k->device && st.st_dev != k->device)
        pt_list_add(&k->mounts, pt_string(pt_arena_str(k->a, pt_buf_str(&k->at))));
    k->device = st.st_dev;
    if (k->type == S_IFDIR && open_to_others(fd, &st))
        pt_list_add(&k->open, pt_string(pt_arena_str(k->a, pt_buf_str(&k->at))));
    return true;
}

static const char *type_word(mode_t m) {
    static const struct {
        mode_t type;
        const char *word;
    } words[] = {{S_IFREG, "file"},
                 {S_IFDIR, "directory"},
                 {S_IFLNK, "symlink"},
                 {S_IFSOCK, "socket"},
                 {S_IFIFO, "fifo"}};
    for (size_t i = 0; i < PT_COUNT(words); i++)
        if (words[i].type == m)
            return words[i].word;
    return "device";
}

static pt_fact arrived(walk *k) {
    pt_str resolved = pt_arena_str(k->a, k->at.n ? pt_buf_str(&k->at) : PT_STR("/"));
    pt_obj o = {.a = k->a};
    pt_obj_set(&o, "resolved", resolved.p ? pt_string(resolved) : pt_undefined());
    pt_obj_set(&o, "links", pt_list_end(&k->links));
    pt_obj_set(&o, "open", pt_list_end(&k->open));
    pt_obj_set(&o, "mounts", pt_list_end(&k->mounts));
    pt_obj_set(&o, "type", pt_stringz(type_word(k->type)));
    pt_value v = pt_obj_end(&o);
    return pt_defined(v) ? pt_fact_known(v, resolved) : failed(k, "walk", ENOMEM);
}

// The next part that is one: "", "." and what a slash at the end leaves are none.
static bool next_part(walk *k, pt_str *ret) {
    while (k->rest.n) {
        size_t n = pt_str_find(k->rest, '/');
        *ret = pt_str_sub(k->rest, 0, n);
        k->rest = pt_str_sub(k->rest, n + 1, k->rest.n);
        while (k->rest.n && k->rest.p[0] == '/')
            k->rest = pt_str_sub(k->rest, 1, k->rest.n);
        if (ret->n && !pt_str_eqz(*ret, "."))
            return true;
    }
    return false;
}

pt_fact pt_docker_state_path(void *state, pt_arena *a, pt_str path) {
    pt_docker_state *s = state;
    if (pt_arena_ended(a))
        return pt_state_full();
    if (!path.n || path.p[0] != '/' || memchr(path.p, '\0', path.n))
        return pt_fact_unknown(PT_STR("not an absolute path"), (pt_str){0});
    walk k = {.w = s->w,
              .a = a,
              .at = PT_BUF(PATH_BYTES_MAX),
              .rest = path,
              .links = {.a = a},
              .open = {.a = a},
              .mounts = {.a = a},
              .type = S_IFDIR};
    pt_fact f = {0};
    pt_str part;
    bool on = true;
    while (on && next_part(&k, &part)) {
        on = ++k.parts_n <= PARTS_MAX && step(&k, part, &f);
        if (k.parts_n > PARTS_MAX)
            f = failed(&k, "walk", ELOOP);
    }
    if (on)
        f = arrived(&k);
    pt_buf_done(&k.at);
    return pt_state_whole(a, f);
}
